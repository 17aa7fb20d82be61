//! Calls that a phone places, answers, changes and ends.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use super::chores::Chore;
use super::{Line, News, Phone};
use crate::base::LegId;
use crate::sip::message::{Body, Headers, Method, Name, NameAddr, Uri};
use crate::sip::stack::{Command, Invite, RequestId};

impl Phone {
    /// `at` is a phone past the switchboard.
    pub(super) fn call_at(
        &mut self,
        to: &str,
        at: Option<SocketAddr>,
        mut headers: Headers,
        now: Instant,
    ) {
        headers.append(self.additions());
        let uri = match at {
            Some(at) => Uri::sip(to, &at.ip().to_string(), Some(at.port())),
            None => self.uri_of(to),
        };
        self.call_uri(to, uri, at.unwrap_or(self.owner.server), headers, now);
    }

    pub(super) fn call_uri(
        &mut self,
        to: &str,
        uri: Uri,
        address: SocketAddr,
        headers: Headers,
        now: Instant,
    ) -> LegId {
        let leg = LegId(self.id());
        let mut line = Line::outgoing(leg, to, self.rtp_address(), self.dice.u64() >> 2);
        line.want_sound_at(self.manners.sound_at);
        let invite = Invite {
            leg,
            to: NameAddr::new(uri.clone()),
            uri,
            from: self.own(),
            route: None,
            flow: Some(self.flow_to(address)),
            headers,
            body: Some(line.offer(&self.manners.codecs, false)),
            credentials: self.credentials(),
            max_forwards: self.manners.max_forwards,
        };
        self.open(line);
        if let Some(patience) = self.manners.patience {
            self.later(Chore::GiveUp { leg }, patience, now);
        }
        self.stack
            .handle_command(Command::Invite(Box::new(invite)), now);
        leg
    }

    /// What its manners add to INVITE and REFER.
    pub(super) fn additions(&self) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in &self.manners.adds {
            headers.push(Name::parse(name.as_bytes()), value.clone().into_bytes());
        }
        headers
    }

    pub(super) fn ring(&mut self, leg: LegId, code: u16, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        let body = match code {
            183 => line.answer(&self.manners.codecs),
            _ => Ok(None),
        };
        match body {
            Ok(body) => {
                let headers = Headers::new();
                self.stack.handle_command(
                    Command::Progress {
                        leg,
                        code,
                        headers,
                        body,
                    },
                    now,
                );
            }
            Err(code) => self.reject(leg, code, now),
        }
    }

    pub(super) fn answer(&mut self, leg: LegId, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        match line.answer(&self.manners.codecs) {
            Ok(body) => {
                line.talk();
                let headers = Headers::new();
                self.stack
                    .handle_command(Command::Answer { leg, headers, body }, now);
                self.tell_of(leg, News::Answered);
            }
            Err(code) => self.reject(leg, code, now),
        }
    }

    pub(super) fn reject(&mut self, leg: LegId, code: u16, now: Instant) {
        self.lines.remove(&leg);
        let headers = Headers::new();
        let reject = Command::Reject {
            leg,
            code,
            reason: None,
            headers,
        };
        self.stack.handle_command(reject, now);
        self.tell_of(leg, News::Rejected { code });
    }

    pub(super) fn hang_up(&mut self, leg: LegId, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        line.leave();
        let headers = Headers::new();
        self.stack
            .handle_command(Command::Hangup { leg, headers }, now);
        self.tell_of(leg, News::HungUp);
    }

    /// A new offer: on hold, or off it.
    pub(super) fn offer(&mut self, leg: LegId, hold: bool, now: Instant) {
        if let Some(line) = self.lines.get_mut(&leg) {
            let body = line.offer(&self.manners.codecs, hold);
            self.stack.handle_command(Command::Offer { leg, body }, now);
        }
    }

    pub(super) fn request_within(
        &mut self,
        leg: LegId,
        method: Method,
        (content_type, body): (&str, &str),
        now: Instant,
    ) {
        let id = RequestId(self.id());
        let body = Body {
            content_type: content_type.to_string(),
            bytes: Bytes::copy_from_slice(body.as_bytes()),
        };
        self.asked.insert(id, method.clone());
        let request = Command::RequestWithin {
            id,
            leg,
            method,
            headers: Headers::new(),
            body: Some(body),
        };
        self.stack.handle_command(request, now);
    }
}

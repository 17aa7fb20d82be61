//! REFER of ours (RFC 3515): asking the peer to transfer, and following how it goes.

use std::time::{Duration, Instant};

use super::subscriber::Subscriber;
use crate::sip::invite::{Arrival, Leg};
use crate::sip::message::uri::percent_encode_header;
use crate::sip::message::{Headers, Method, Name, NameAddr, Request, Uri};
use crate::sip::refer::{self, EventName, SubscriptionState};
use crate::sip::stack::desk::{Desk, EVENTS, Heard, Purpose, theirs};
use crate::sip::stack::{Ending, Event, ReferId, ReferredBy};
use crate::sip::transaction::ServerId;

/// The REFERs of ours on a leg.
#[derive(Default)]
pub struct Transferee {
    followed: Vec<(ReferId, Subscriber)>,
    /// For the ACK of an answer of ours: what overtook the 200 would come before there is a call.
    waiting: Vec<Waiting>,
}

/// A REFER that is not sent yet.
struct Waiting {
    refer: ReferId,
    patience: Duration,
    refer_to: String,
    referred_by: ReferredBy,
    headers: Headers,
}

impl Transferee {
    pub fn len(&self) -> usize {
        self.followed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.followed.is_empty()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let followed = self.followed.iter();
        followed
            .filter_map(|(_, subscriber)| subscriber.next_deadline())
            .min()
    }

    /// The REFER was sent again after a challenge.
    pub fn renumber(&mut self, refer: ReferId, cseq: u32) {
        if let Some(subscriber) = self.find(refer) {
            subscriber.renumber(cseq);
        }
    }

    /// Drops what nothing more will be heard of.
    pub fn forget_over(&mut self, desk: &mut Desk) {
        self.followed.retain(|(refer, subscriber)| {
            if subscriber.is_over() {
                desk.refers.remove(refer);
            }
            !subscriber.is_over()
        });
    }

    fn find(&mut self, refer: ReferId) -> Option<&mut Subscriber> {
        let mut followed = self.followed.iter_mut();
        followed
            .find(|(id, _)| *id == refer)
            .map(|(_, subscriber)| subscriber)
    }

    /// The subscription that a NOTIFY is for: by the REFER's number, or the only one there is.
    fn matching(&mut self, id: Option<&str>) -> Option<(ReferId, &mut Subscriber)> {
        let alone = self.followed.iter().filter(|(_, s)| s.listens()).count() == 1;
        self.followed
            .iter_mut()
            .filter(|(_, subscriber)| subscriber.listens())
            .find(|(_, subscriber)| match id {
                Some(id) => *id == subscriber.id().to_string(),
                None => alone,
            })
            .map(|(refer, subscriber)| (*refer, subscriber))
    }
}

impl Leg {
    /// Asks the peer to transfer. `refer_to` is a URI or a name-addr.
    pub fn refer(
        &mut self,
        desk: &mut Desk,
        (refer, patience): (ReferId, Duration),
        (refer_to, referred_by): (&str, ReferredBy),
        headers: Headers,
        now: Instant,
    ) {
        desk.refers.insert(refer, self.id);
        self.transferee.waiting.push(Waiting {
            refer,
            patience,
            refer_to: refer_to.to_string(),
            referred_by,
            headers,
        });
        self.refer_what_waits(desk, now);
    }

    /// Sends the REFERs that may go now.
    pub(in crate::sip) fn refer_what_waits(&mut self, desk: &mut Desk, now: Instant) {
        if self.awaits_ack() {
            return;
        }
        for waiting in std::mem::take(&mut self.transferee.waiting) {
            self.send_refer(desk, waiting, now);
        }
    }

    fn send_refer(&mut self, desk: &mut Desk, waiting: Waiting, now: Instant) {
        let Waiting {
            refer,
            patience,
            refer_to,
            referred_by,
            headers,
        } = waiting;
        let referred_by = match (referred_by, &self.dialog) {
            (ReferredBy::Address(address), _) => Some(bracketed(&address)),
            (ReferredBy::Peer, Some(dialog)) => {
                Some(NameAddr::new(dialog.remote().uri.without_headers()).to_string())
            }
            (ReferredBy::Peer, None) | (ReferredBy::Nobody, _) => None,
        };
        let fill = |mut request: Request| {
            request.headers.push(Name::ReferTo, bracketed(&refer_to));
            if let Some(referred_by) = referred_by {
                request.headers.push(Name::ReferredBy, referred_by);
            }
            request.headers.append(theirs(headers));
            request
        };
        if !self.is_up() || !self.send(desk, Purpose::Refer(refer), Method::Refer, fill, now) {
            desk.refers.remove(&refer);
            return desk.event(no_dialog(refer));
        }
        let cseq = self.dialog.as_ref().map_or(0, |dialog| dialog.last_cseq());
        self.transferee
            .followed
            .push((refer, Subscriber::new(cseq, patience)));
    }

    /// The peer's address, `at` or its Contact, with the `Replaces` that lets somebody take our place in
    /// this call (RFC 5589 §7.3). `None` where the call is not up, or the address is none of SIP.
    pub fn to_be_taken_over(&self, at: Option<&str>) -> Option<String> {
        let ids = self.ids().filter(|_| self.is_up())?;
        let at = match at {
            Some(at) => NameAddr::parse(bracketed(at).as_bytes()).ok()?.uri,
            None => ids.target.without_headers(),
        };
        let Uri::Sip(mut uri) = at else {
            return None;
        };
        uri.headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("Replaces"));
        let replaces = percent_encode_header(&ids.for_peer().to_string());
        uri.headers.push(("Replaces".to_string(), replaces));
        Some(Uri::Sip(uri).to_string())
    }

    /// Follows a REFER of ours no more.
    pub fn forget_refer(&mut self, refer: ReferId) {
        self.transferee
            .waiting
            .retain(|waiting| waiting.refer != refer);
        if let Some(subscriber) = self.transferee.find(refer) {
            subscriber.forget();
        }
    }

    pub(in crate::sip) fn handle_refer_answered(
        &mut self,
        desk: &mut Desk,
        refer: ReferId,
        heard: Heard,
        now: Instant,
    ) {
        let code = heard.code();
        let declined = heard.response().is_some_and(|response| {
            let value = response.headers.text(&Name::ReferSub);
            value.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
        });
        desk.event(Event::ReferAnswered {
            refer,
            code,
            reason: heard.reason(),
        });
        if let Some(subscriber) = self.transferee.find(refer) {
            subscriber.answered(code, !declined, now);
            if code < 300 && declined {
                desk.event(unknown_end(refer));
            }
        }
        if code == 481 {
            let reason = "Dialog Gone";
            self.lose(desk, Ending::Lost { code, reason }, now);
        }
    }

    /// NOTIFY in the dialog (RFC 6665 §4.1.3); it may come before the answer to the REFER.
    pub(in crate::sip) fn handle_notify(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        let mut headers = Headers::new();
        let name = match EventName::of(&request.headers) {
            Some(name) if name.package == EVENTS => name,
            Some(_) => {
                headers.push(Name::AllowEvents, EVENTS);
                return desk.refuse(server, &request, (489, None), headers, &tag, now);
            }
            None => return desk.refuse(server, &request, (400, None), headers, &tag, now),
        };
        let Some(mut standing) = SubscriptionState::of(&request.headers) else {
            return desk.refuse(server, &request, (400, None), headers, &tag, now);
        };
        let Some((refer, subscriber)) = self.transferee.matching(name.id.as_deref()) else {
            return desk.refuse(server, &request, (481, None), headers, &tag, now);
        };
        let status = request.body().and_then(|body| refer::status_of(&body));
        let last = matches!(status, Some((200.., _)));
        if matches!(status, Some((..200, _))) && standing.reason.is_none() {
            // SIP.js calls each of its NOTIFYs terminated, from 100 Trying on, and gives no reason.
            standing.terminated = false;
            standing.expires_s.get_or_insert(0);
        }
        subscriber.notified(&standing, last, now);
        self.retarget(&request, flow);
        if let Some(dialog) = &self.dialog {
            headers.push(Name::Contact, dialog.contact().to_string());
        }
        desk.refuse(server, &request, (200, None), headers, &tag, now);
        let (code, reason) = match status {
            Some((code, reason)) => (Some(code), reason),
            None => (None, standing.reason.unwrap_or_default()),
        };
        desk.event(Event::ReferNotified {
            refer,
            code,
            reason,
            ended: standing.terminated,
        });
    }

    pub(in crate::sip) fn handle_transferee_timeout(&mut self, desk: &mut Desk, now: Instant) {
        for (refer, subscriber) in &mut self.transferee.followed {
            if subscriber.handle_timeout(now) {
                desk.event(unknown_end(*refer));
            }
        }
    }
}

/// A REFER that no dialog can carry.
pub fn no_dialog(refer: ReferId) -> Event {
    Event::ReferAnswered {
        refer,
        code: 481,
        reason: "Call/Transaction Does Not Exist".to_string(),
    }
}

/// The subscription is over, and nobody said how the transfer went.
fn unknown_end(refer: ReferId) -> Event {
    Event::ReferNotified {
        refer,
        code: None,
        reason: String::new(),
        ended: true,
    }
}

/// A URI in angle brackets, as RFC 8217 §4 wants it; a name-addr as it is.
fn bracketed(value: &str) -> String {
    match value.contains('<') {
        true => value.to_string(),
        false => format!("<{value}>"),
    }
}

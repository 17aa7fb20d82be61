//! What must hold in every world, watched on the switchboard's wire and asked of the engine at the end.
//!
//! - Every INVITE that reaches it gets exactly one final response.
//! - Every REFER that it accepts ends in exactly one NOTIFY with `terminated`, unless the transferor
//!   refused a NOTIFY or never answered one.
//! - Its CSeq rises on each side of a dialog.
//! - After a BYE it sends nothing new in that dialog but NOTIFY and ACK.
//! - At the end nothing is left, and nothing has cried `error!`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use bytes::Bytes;

use crate::sip::message::{Headers, Message, Method, Name, Request, Response, parse};
use crate::sip::transport::Flow;
use crate::switchboard::Alive;

/// The watch on one switchboard's wire.
#[derive(Debug, Default)]
pub struct Watch {
    /// INVITEs that came in.
    invites: BTreeMap<Key, BTreeSet<u16>>,
    /// REFERs that came in, with their Call-ID until they are answered.
    refers: BTreeMap<Key, Option<String>>,
    subscriptions: BTreeMap<String, Subscriptions>,
    /// NOTIFYs that went out and have no final response yet.
    unanswered: BTreeMap<Key, String>,
    /// Requests that went out, so that a repetition does not count.
    sent: BTreeSet<Key>,
    sides: BTreeMap<Dialog, Side>,
    faults: Vec<String>,
}

/// A transaction: where the request came from or went to, its branch, its CSeq number.
type Key = (SocketAddr, String, u32);

/// Call-ID, our tag, the peer's tag or nothing.
type Dialog = (String, String, String);

/// The transfers of one Call-ID.
#[derive(Debug, Default)]
struct Subscriptions {
    accepted: usize,
    ended: usize,
    /// A NOTIFY was refused or lost for good: nothing more is owed.
    given_up: bool,
}

/// Our side of a dialog.
#[derive(Debug, Default)]
struct Side {
    cseq: u32,
    over: bool,
}

impl Watch {
    /// The switchboard has got this.
    pub fn received(&mut self, flow: &Flow, bytes: &Bytes) {
        match parse(bytes.clone()) {
            Ok(Message::Request(request)) => self.request_received(flow, &request),
            Ok(Message::Response(response)) => self.response_received(flow, &response),
            // Answered or not, it opens nothing.
            Err(_) => {}
        }
    }

    /// The switchboard has sent this.
    pub fn sent(&mut self, flow: &Flow, bytes: &Bytes) {
        match parse(bytes.clone()) {
            Ok(Message::Request(request)) => self.request_sent(flow, &request),
            Ok(Message::Response(response)) => self.response_sent(flow, &response),
            Err(malformed) => self
                .faults
                .push(format!("sent what cannot be read: {malformed}")),
        }
    }

    /// The faults so far.
    pub fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.faults)
    }

    /// What is still owed when everything is over.
    pub fn finish(&mut self, alive: Alive) -> Vec<String> {
        let unanswered = self.invites.iter().filter(|(_, finals)| finals.is_empty());
        for ((from, branch, cseq), _) in unanswered {
            self.faults.push(format!(
                "INVITE {cseq} from {from} ({branch}) never got a final response"
            ));
        }
        for call_id in std::mem::take(&mut self.unanswered).into_values() {
            self.subscriptions.entry(call_id).or_default().given_up = true;
        }
        for (call_id, subscriptions) in &self.subscriptions {
            let Subscriptions {
                accepted,
                ended,
                given_up,
                ..
            } = subscriptions;
            if ended < accepted && !given_up {
                self.faults.push(format!(
                    "{accepted} REFERs accepted in {call_id}, but {ended} verdicts sent"
                ));
            }
        }
        if alive != Alive::default() {
            self.faults.push(format!("something is left: {alive:?}"));
        }
        self.take_faults()
    }

    fn request_received(&mut self, flow: &Flow, request: &Request) {
        let Some(key) = key(flow, &request.headers) else {
            return;
        };
        match request.method {
            Method::Invite => {
                self.invites.entry(key).or_default();
            }
            Method::Refer => {
                if let Ok(call_id) = request.headers.call_id() {
                    let call_id = call_id.to_string();
                    self.refers.entry(key).or_insert(Some(call_id));
                }
            }
            Method::Bye => {
                if let Some((call_id, theirs, ours)) = dialog(&request.headers) {
                    self.sides.entry((call_id, ours, theirs)).or_default().over = true;
                }
            }
            // They owe us nothing that is watched here.
            _ => {}
        }
    }

    fn response_received(&mut self, flow: &Flow, response: &Response) {
        let Some(key) = key(flow, &response.headers) else {
            return;
        };
        if response.code >= 200
            && let Some(call_id) = self.unanswered.remove(&key)
            && response.code >= 300
        {
            self.subscriptions.entry(call_id).or_default().given_up = true;
        }
    }

    fn response_sent(&mut self, flow: &Flow, response: &Response) {
        let Some(key) = key(flow, &response.headers) else {
            return self
                .faults
                .push(format!("a {} without Via or CSeq", response.code));
        };
        if response.code < 200 {
            return;
        }
        if is_to(response, &Method::Invite)
            && let Some(finals) = self.invites.get_mut(&key)
        {
            finals.insert(response.code);
            if finals.len() > 1 {
                self.faults.push(format!(
                    "INVITE {} got two final responses: {finals:?}",
                    key.2
                ));
            }
        }
        if is_to(response, &Method::Refer)
            && let Some(call_id) = self.refers.get_mut(&key).and_then(Option::take)
        {
            let declined = response
                .headers
                .text(&Name::ReferSub)
                .is_some_and(|sub| sub.starts_with("false"));
            if response.code < 300 && !declined {
                self.subscriptions.entry(call_id).or_default().accepted += 1;
            }
        }
    }

    fn request_sent(&mut self, flow: &Flow, request: &Request) {
        let (Some(key), Some(dialog)) = (key(flow, &request.headers), dialog(&request.headers))
        else {
            return self
                .faults
                .push(format!("a {} without Via, CSeq or tags", request.method));
        };
        if matches!(request.method, Method::Ack | Method::Cancel) {
            return;
        }
        if !self.sent.insert(key.clone()) {
            return;
        }
        let (_, _, cseq) = &key;
        let opened = self
            .sides
            .get(&(dialog.0.clone(), dialog.1.clone(), String::new()));
        let opened = opened.map_or(0, |side| side.cseq);
        let side = self.sides.entry(dialog.clone()).or_default();
        if *cseq <= side.cseq || (!dialog.2.is_empty() && *cseq <= opened) {
            let last = side.cseq.max(opened);
            self.faults.push(format!(
                "{} has CSeq {cseq} after {last} in {}",
                request.method, dialog.0
            ));
        }
        let again = request.headers.has(&Name::Authorization)
            || request.headers.has(&Name::ProxyAuthorization);
        if side.over && request.method != Method::Notify && !again {
            self.faults.push(format!(
                "{} sent after the end of {}",
                request.method, dialog.0
            ));
        }
        side.cseq = side.cseq.max(*cseq);
        side.over |= request.method == Method::Bye;
        if request.method == Method::Notify {
            self.notified(key, dialog.0, request);
        }
    }

    fn notified(&mut self, key: Key, call_id: String, request: &Request) {
        let subscriptions = self.subscriptions.entry(call_id.clone()).or_default();
        let state = request
            .headers
            .text(&Name::SubscriptionState)
            .unwrap_or_default();
        subscriptions.ended += usize::from(state.starts_with("terminated"));
        if subscriptions.ended > subscriptions.accepted {
            self.faults.push(format!("a verdict too many in {call_id}"));
        } else if subscriptions.ended == subscriptions.accepted && !state.starts_with("terminated")
        {
            self.faults
                .push(format!("a NOTIFY after the verdict in {call_id}"));
        }
        self.unanswered.insert(key, call_id);
    }
}

fn key(flow: &Flow, headers: &Headers) -> Option<Key> {
    let branch = headers.via().ok()?.branch()?.to_string();
    Some((flow.remote, branch, headers.cseq().ok()?.number))
}

/// Call-ID, From-tag, To-tag or nothing.
fn dialog(headers: &Headers) -> Option<Dialog> {
    let from = headers.from().ok()?.tag()?.to_string();
    let to = headers.to().ok()?.tag().unwrap_or_default().to_string();
    Some((headers.call_id().ok()?.to_string(), from, to))
}

fn is_to(response: &Response, method: &Method) -> bool {
    response
        .headers
        .cseq()
        .is_ok_and(|cseq| cseq.method == *method)
}

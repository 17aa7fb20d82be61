//! What must hold in every world, watched on the switchboard's wire and asked of the engine at the end.
//!
//! - Every INVITE that reaches it gets exactly one final response.
//! - Every REFER that it accepts ends in exactly one NOTIFY with `terminated`, unless the transferor
//!   refused a NOTIFY or never answered one.
//! - For a REFER it calls the target once, and not again on the same way, unless the script dials twice.
//! - Its CSeq rises on each side of a dialog.
//! - After a BYE it sends nothing new in that dialog but NOTIFY and ACK.
//! - A status URL is told each status once, in order, and the outcome last.
//! - At the end nothing is left, no recording is open, and nothing has cried `error!`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use bytes::Bytes;
use serde_json::Value;

use crate::session::Post;
use crate::sip::message::{Headers, Message, Method, Name, NameAddr, Request, Response, parse};
use crate::sip::stack::ReferId;
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
    dials: Dials,
    faults: Vec<String>,
}

/// How often a transferor asked for a target, and how often it was called for that.
#[derive(Debug, Default)]
struct Dials {
    /// By Referred-By and the user of the Refer-To: the REFERs that came in.
    asked: BTreeMap<(String, String), BTreeSet<Key>>,
    /// The same, and where the target is: the Call-IDs of the INVITEs that went out.
    called: BTreeMap<(String, String, SocketAddr), BTreeSet<String>>,
    /// The script calls whom it likes, as often as it likes.
    at_will: bool,
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

    /// The script may call a target of a transfer as often as it likes.
    pub fn let_scripts_dial_at_will(&mut self) {
        self.dials.at_will = true;
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
        self.faults.extend(self.dials.too_many());
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
                self.dials.asked(key.clone(), request);
                if let Ok(call_id) = request.headers.call_id() {
                    // No NOTIFY follows by itself (RFC 7614).
                    let mute = ["nosub", "explicitsub"];
                    let mute = mute.map(|tag| request.headers.has_token(&Name::Require, tag));
                    let call_id = (mute == [false, false]).then(|| call_id.to_string());
                    self.refers.entry(key).or_insert(call_id);
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
        if request.method == Method::Invite && dialog.2.is_empty() {
            self.dials.called(flow, request);
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

impl Dials {
    fn asked(&mut self, key: Key, request: &Request) {
        let target = request.headers.get(&Name::ReferTo);
        let target = target.and_then(|target| NameAddr::parse(target).ok());
        if let (Some(by), Some(target)) = (referrer(request), target) {
            let user = target.uri.user().unwrap_or_default();
            self.asked.entry((by, user)).or_default().insert(key);
        }
    }

    fn called(&mut self, flow: &Flow, request: &Request) {
        if let (Some(by), Ok(call_id)) = (referrer(request), request.headers.call_id()) {
            let user = request.uri.user().unwrap_or_default();
            let calls = self.called.entry((by, user, flow.remote)).or_default();
            calls.insert(call_id.to_string());
        }
    }

    fn too_many(&self) -> Vec<String> {
        let called = self.called.iter().filter(|_| !self.at_will);
        let too_many = called.filter_map(|((by, user, _), calls)| {
            let asked = self.asked.get(&(by.clone(), user.clone()));
            let asked = asked.map_or(0, BTreeSet::len);
            (calls.len() > asked && asked > 0).then(|| {
                let calls = calls.len();
                format!("{calls} INVITEs to {user} for {asked} REFERs of {by}")
            })
        });
        too_many.collect()
    }
}

fn referrer(request: &Request) -> Option<String> {
    request.headers.text(&Name::ReferredBy).map(str::to_string)
}

/// What is wrong with the messages to status URLs: those of a transfer are numbered, and the last of them,
/// and no other, tells the outcome.
pub fn untold(posts: &[Post]) -> Vec<String> {
    let mut transfers: BTreeMap<(ReferId, String), Vec<(u64, bool)>> = BTreeMap::new();
    for post in posts {
        let body: Value = serde_json::from_str(&post.body).unwrap_or_default();
        let (sequence, last) = (body["sequence"].as_u64(), body["final"].as_bool());
        // One that was never asked for has no number of its own.
        if (sequence, last, &body["referStatus"]) == (Some(1), Some(true), &Value::Null) {
            continue;
        }
        let transfer = (post.refer, body["call"].to_string());
        let told = transfers.entry(transfer).or_default();
        told.push((sequence.unwrap_or(0), last.unwrap_or(false)));
    }
    let wrong = transfers.into_iter().filter(|(_, told)| {
        let count = told.len() as u64;
        let right = (1..=count).map(|sequence| (sequence, sequence == count));
        !right.eq(told.iter().copied())
    });
    wrong
        .map(|((_, call), told)| format!("{call}: its status URL was told {told:?}"))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hook::HookUrl;
    use crate::sip::transport::Transport;
    use expect_test::{Expect, expect};

    #[test]
    fn a_call_and_a_transfer_by_the_book_break_nothing() {
        check(
            "< INVITE 1\n> 200 INVITE 1\n< REFER 2\n> 202 REFER 2\n> NOTIFY 1 active\n< 200 NOTIFY 1\n\
             > NOTIFY 1 active\n> NOTIFY 2 terminated\n< 200 NOTIFY 2\n> BYE 3\n> BYE 3",
            expect![""],
        );
    }

    #[test]
    fn an_invite_gets_exactly_one_final_response() {
        check(
            "< INVITE 1\n< INVITE 2\n> 180 INVITE 1\n> 200 INVITE 2\n> 200 INVITE 2\n> 486 INVITE 2",
            expect![[r#"
                INVITE 2 got two final responses: {200, 486}
                INVITE 1 from 192.0.2.1:5060 (z9-INVITE-1) never got a final response
            "#]],
        );
    }

    #[test]
    fn an_accepted_refer_gets_exactly_one_verdict() {
        check(
            "< REFER 1\n> 202 REFER 1\n> NOTIFY 1 active\n< 200 NOTIFY 1",
            expect![[r#"
                1 REFERs accepted in call, but 0 verdicts sent
            "#]],
        );
        check(
            "< REFER 1\n> 202 REFER 1\n> NOTIFY 1 terminated\n> NOTIFY 2 terminated\n> NOTIFY 3 active",
            expect![[r#"
                a verdict too many in call
                a verdict too many in call
            "#]],
        );
        check(
            "< REFER 1\n> 603 REFER 1\n> NOTIFY 1 active",
            expect![[r#"
                a NOTIFY after the verdict in call
            "#]],
        );
    }

    #[test]
    fn one_refer_is_one_call_of_the_target() {
        let (refer, invite) = ("< REFER 1", "> INVITE 2 new:one\n> INVITE 3 new:one");
        check(
            &format!("{refer}\n> 202 REFER 1\n> NOTIFY 1 terminated\n{invite}"),
            expect![""],
        );
        check(
            &format!("{refer}\n> 202 REFER 1\n> NOTIFY 1 terminated\n{invite}\n> INVITE 4 new:two"),
            expect![[r#"
                2 INVITEs to x for 1 REFERs of <sip:r@h>
            "#]],
        );
    }

    #[test]
    fn nothing_more_is_owed_to_a_transferor_that_refuses_a_notify_or_is_gone() {
        check(
            "< REFER 1\n> 202 REFER 1\n> NOTIFY 1 active\n< 481 NOTIFY 1",
            expect![""],
        );
        check("< REFER 1\n> 202 REFER 1\n> NOTIFY 1 active", expect![""]);
    }

    #[test]
    fn cseq_rises_and_a_bye_is_the_end() {
        check(
            "> INFO 5\n> INFO 4\n> BYE 6\n> INFO 7",
            expect![[r#"
                INFO has CSeq 4 after 5 in call
                INFO sent after the end of call
            "#]],
        );
        check(
            "< BYE 9\n> BYE 1",
            expect![[r#"
                BYE sent after the end of call
            "#]],
        );
    }

    #[test]
    fn a_status_url_is_told_in_order_and_the_outcome_last() {
        let post = |refer, sequence: u32, last: bool| Post {
            hook: HookUrl::parse("http://h/").expect("a URL"),
            refer: ReferId(refer),
            body: format!(
                "{{\"call\":\"c\",\"sequence\":{sequence},\"final\":{last},\"referStatus\":202}}"
            ),
        };
        let whole = [post(1, 1, false), post(2, 1, true), post(1, 2, true)];
        assert_eq!(untold(&whole), [""; 0]);
        let (open, twice) = ([post(1, 1, false)], [post(1, 1, true), post(1, 2, true)]);
        assert_eq!(untold(&open).len(), 1);
        assert_eq!(untold(&twice).len(), 1);
    }

    #[test]
    fn what_is_left_is_told() {
        let alive = Alive {
            sessions: 1,
            ..Alive::default()
        };
        let faults = Watch::default().finish(alive);
        assert!(faults[0].starts_with("something is left: Alive { sessions: 1"));
    }

    /// Plays lines of `<` (received) or `>` (sent), a method or a code with its method, a CSeq number,
    /// and for NOTIFY the state of its subscription, for an INVITE of a transfer `new:` and its Call-ID.
    #[track_caller]
    fn check(exchange: &str, expect: Expect) {
        let mut watch = Watch::default();
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "192.0.2.1:5060".parse().unwrap(),
        };
        for line in exchange.lines() {
            let words: Vec<&str> = line.trim().split(' ').collect();
            let sent = words[0] == ">";
            let (start, method, cseq, state) = match words[1].parse::<u16>() {
                Ok(code) => (format!("SIP/2.0 {code} So"), words[2], words[3], None),
                Err(_) => (
                    format!("{} sip:x@h SIP/2.0", words[1]),
                    words[1],
                    words[2],
                    words.get(3),
                ),
            };
            // The requests of either side name their own tag first.
            let ours_first = sent == words[1].parse::<u16>().is_err();
            let (from, to) = if ours_first {
                ("us", "them")
            } else {
                ("them", "us")
            };
            let new = state.and_then(|word| word.strip_prefix("new:"));
            let call_id = new.unwrap_or("call");
            let to = new.map_or(format!(";tag={to}"), |_| String::new());
            let more = match (new, words[1]) {
                (Some(_), _) => Some("Referred-By: <sip:r@h>\r\n".to_string()),
                (None, "REFER") => {
                    Some("Refer-To: <sip:x@h>\r\nReferred-By: <sip:r@h>\r\n".to_string())
                }
                _ => state.map(|state| format!("Subscription-State: {state}\r\n")),
            };
            let text = format!(
                "{start}\r\nVia: SIP/2.0/UDP h;branch=z9-{method}-{cseq}\r\nFrom: <sip:a@h>;tag={from}\r\n\
                 To: <sip:b@h>{to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{}Content-Length: 0\r\n\r\n",
                more.unwrap_or_default()
            );
            match sent {
                true => watch.sent(&flow, &Bytes::from(text)),
                false => watch.received(&flow, &Bytes::from(text)),
            }
        }
        let mut faults = watch.take_faults();
        faults.extend(watch.finish(Alive::default()));
        let lines: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
        expect.assert_eq(&lines);
    }
}

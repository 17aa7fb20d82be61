//! Placing a call (RFC 3261 §13.2): the INVITE, its forks, its first 2xx and the CANCEL.

use std::time::Instant;

use bytes::Bytes;

use super::modify::{ANSWER_LIFE, Exchange, Theirs};
use super::prack::Reliability;
use super::{Leg, Login, Up, Usage, refresh};
use crate::sip::dialog::{Dialog, Hop, Key};
use crate::sip::message::{Body, Headers, Method, Name, Request, Response};
use crate::sip::stack::desk::{ALLOW, Desk, Errand, Heard, Purpose, SUPPORTED, Way, Whose, theirs};
use crate::sip::stack::{Ending, Event, Invite};
use crate::sip::transport::Flow;

/// More early dialogs than any proxy makes; the rest is answered when it answers.
const MOST_FORKS: usize = 16;

/// No fork that loses has sent more reliable responses than this.
const MOST_PRACKS: u32 = 99;

/// An INVITE of ours without a final response.
pub(super) struct Calling {
    pub(super) way: Way,
    pub(super) forks: Vec<Fork>,
    /// A 422 was answered with a longer interval already (RFC 4028 §7.3).
    raised: bool,
}

/// One early dialog of an INVITE of ours.
pub(super) struct Fork {
    pub(super) number: u32,
    pub(super) dialog: Dialog,
    /// The RSeq of the last reliable response (RFC 3262 §4).
    pub(super) rseq: Option<u32>,
    /// Whether our offer was answered reliably, so that another may follow.
    pub(super) settled: bool,
}

impl Leg {
    /// Places a call.
    pub fn invite(desk: &mut Desk, invite: Invite, now: Instant) -> Leg {
        let mut request = Request::new(Method::Invite, invite.uri.without_headers());
        let user = invite.from.uri.user().unwrap_or_default();
        let headers = &mut request.headers;
        headers.push(Name::MaxForwards, invite.max_forwards.to_string());
        if let Some(route) = &invite.route {
            headers.push(Name::Route, format!("<{route}>"));
        }
        headers.push(
            Name::From,
            invite.from.with_tag(&desk.dice.token(8)).to_string(),
        );
        headers.push(Name::To, invite.to.to_string());
        let call_id = desk.dice.token(16);
        headers.push(Name::CallId, call_id.clone());
        headers.push(Name::Cseq, "1 INVITE");
        headers.push(Name::Allow, ALLOW);
        headers.push(Name::Supported, SUPPORTED);
        refresh::ask(headers, &desk.settings, None);
        headers.append(theirs(invite.headers));
        let host = invite.uri.as_sip().map(|uri| uri.host.clone());
        let hop = match (invite.flow, invite.route) {
            (Some(flow), _) => Hop::Flow(flow),
            (None, Some(route)) => Hop::Uri(route),
            (None, None) => Hop::Uri(invite.uri),
        };
        let whose = Whose::Leg(invite.leg, Purpose::Invite);
        let errand = Errand::new(whose, request.with_body(invite.body.clone()));
        let way = desk.send(errand.with_contact_user(user), hop, now);
        let calling = Calling {
            way,
            forks: Vec::new(),
            raised: false,
        };
        let mut leg = Leg::new(invite.leg, Usage::Calling(calling), true);
        leg.errands = 1;
        leg.call_id = Some(call_id);
        leg.local_body = invite.body;
        leg.login = match (invite.credentials, host) {
            (Some(credentials), Some(host)) => Some(Login::new(credentials, host)),
            _ => None,
        };
        leg
    }

    /// A provisional response to our INVITE.
    pub(super) fn handle_progress(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        response: Response,
        now: Instant,
    ) {
        self.read_abilities(&response.headers);
        let Usage::Calling(calling) = &mut self.usage else {
            return;
        };
        if response.code == 100 {
            return;
        }
        let (mut fork, mut reliability) = (0, Reliability::None);
        let tagged = response.headers.to().is_ok_and(|to| to.tag().is_some());
        if let (Some(key), Some(flow), true) = (Key::of_response(&response), errand.flow, tagged) {
            let known = calling.forks.iter().position(|f| f.dialog.key() == key);
            let index = match known {
                Some(index) => index,
                None if calling.forks.len() >= MOST_FORKS => return,
                None => {
                    let contact = contact_of(&errand.request);
                    let Ok(dialog) = Dialog::caller(&errand.request, &response, contact, flow)
                    else {
                        return;
                    };
                    calling.forks.push(Fork {
                        number: calling.forks.len() as u32,
                        dialog,
                        rseq: None,
                        settled: false,
                    });
                    desk.dialogs.insert(key.clone(), self.id);
                    self.keys.push(key);
                    calling.forks.len() - 1
                }
            };
            fork = calling.forks.get(index).map_or(0, |fork| fork.number);
            reliability = self.judge_reliable(index, errand, &response);
        }
        let offer = match &reliability {
            Reliability::Stale => return,
            Reliability::Fresh { offers: true, .. } => response.body(),
            Reliability::None | Reliability::Fresh { .. } => None,
        };
        desk.event(Event::Progress {
            leg: self.id,
            fork,
            response: Box::new(response),
        });
        if let Reliability::Fresh { rack, .. } = reliability {
            self.confirm_reliable(desk, fork, (rack, offer), now);
        }
    }

    /// The final response to our INVITE.
    pub(super) fn handle_connected(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        heard: Heard,
        now: Instant,
    ) {
        match (&self.usage, heard) {
            (Usage::Calling(_) | Usage::Cancelling(_), Heard::Response(response))
                if response.code < 300 =>
            {
                self.handle_answered(desk, errand, *response, now);
            }
            (Usage::Calling(_), heard) => {
                if !self.invite_again(desk, errand, &heard, now) {
                    self.fail(desk, heard.code(), heard.reason(), heard);
                }
            }
            (Usage::Cancelling(_), _) => self.fail_cancelled(desk),
            // The call was given up before.
            (Usage::Ringing(_) | Usage::Up(_) | Usage::Closing | Usage::Over, _) => {}
        }
    }

    /// The first 2xx: its dialog is the call's, the other forks are not (§13.2.2.4).
    fn handle_answered(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        response: Response,
        now: Instant,
    ) {
        let (Some(key), Some(flow)) = (Key::of_response(&response), errand.flow) else {
            return self.fail(desk, 502, "Bad Gateway".to_string(), Heard::Silence);
        };
        let (mut forks, cancelled) = match std::mem::replace(&mut self.usage, Usage::Over) {
            Usage::Calling(calling) => (calling.forks, false),
            Usage::Cancelling(forks) => (forks, true),
            _ => return,
        };
        let used = forks.iter().map(|fork| fork.dialog.last_cseq()).max();
        let known = forks.iter().position(|fork| fork.dialog.key() == key);
        let mut settled = false;
        let dialog = match known {
            Some(index) => {
                let fork = forks.swap_remove(index);
                settled = fork.settled;
                let mut dialog = fork.dialog;
                dialog.confirm(&response);
                Ok(dialog)
            }
            None => Dialog::caller(
                &errand.request,
                &response,
                contact_of(&errand.request),
                flow,
            ),
        };
        let Ok(mut dialog) = dialog else {
            return self.fail(desk, 502, "Bad Gateway".to_string(), Heard::Silence);
        };
        dialog.skip_to(used.unwrap_or(0));
        for stale in self.keys.drain(..).filter(|stale| *stale != key) {
            desk.forget_dialog(stale, now);
        }
        self.know(desk, key);
        self.dialog = Some(dialog);
        self.read_abilities(&response.headers);
        self.timer = refresh::granted(&response.headers, true, now);
        let cseq = errand.request.headers.cseq().map_or(1, |cseq| cseq.number);
        if cancelled {
            self.acknowledge(desk, cseq, None, now);
            self.fail_cancelled(desk);
            return self.bye(desk, Headers::new(), now);
        }
        self.usage = Usage::Up(Up::default());
        // Where a PRACK has answered already, the 2xx only repeats (RFC 3262 §5).
        let offers = errand.request.body.is_empty() && !settled;
        let offer = response.body().filter(|_| offers);
        if offer.is_none() {
            self.acknowledge(desk, cseq, None, now);
        }
        desk.event(Event::Answered {
            leg: self.id,
            response: Box::new(response),
        });
        if let Some(offer) = offer {
            self.raise_offer(
                desk,
                Theirs::Answer {
                    cseq,
                    until: now + ANSWER_LIFE,
                },
                Some(offer),
            );
        }
    }

    /// Sends the ACK for a 2xx.
    pub(super) fn acknowledge(
        &mut self,
        desk: &mut Desk,
        cseq: u32,
        body: Option<Body>,
        now: Instant,
    ) {
        if let Some(dialog) = &self.dialog {
            let ack = dialog.ack(cseq).with_body(body);
            desk.acknowledge(ack, Some(dialog.key()), dialog.hop(), now);
        }
    }

    /// Answers a challenge once, and a 422 with the interval that it asks for. `true` where the INVITE
    /// goes again.
    fn invite_again(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        heard: &Heard,
        now: Instant,
    ) -> bool {
        let (Usage::Calling(calling), Some(response), Some(flow)) =
            (&mut self.usage, heard.response(), errand.flow)
        else {
            return false;
        };
        let mut again = errand.clone();
        match response.code {
            401 | 407 if !errand.challenged => {
                let login = self.login.as_mut();
                if !login.is_some_and(|login| login.answer(&mut again.request, response, desk)) {
                    return false;
                }
                again.challenged = true;
            }
            422 if !calling.raised => {
                let Some(least_s) = refresh::least(&response.headers) else {
                    return false;
                };
                calling.raised = true;
                refresh::ask(&mut again.request.headers, &desk.settings, Some(least_s));
            }
            _ => return false,
        }
        // The early dialogs ended with the refusal.
        calling.forks.clear();
        for key in self.keys.drain(..) {
            desk.forget_dialog(key, now);
        }
        let cseq = errand.request.headers.cseq().map_or(1, |cseq| cseq.number);
        let next = format!("{} INVITE", cseq.saturating_add(1));
        again.request.headers.set(Name::Cseq, next);
        self.errands += 1;
        calling.way = desk.send(again, Hop::Flow(flow), now);
        true
    }

    /// Hangs up before the answer: CANCEL, as soon as it may go (§9.1).
    pub(super) fn cancel(&mut self, desk: &mut Desk, headers: Headers, now: Instant) {
        let Usage::Calling(calling) = &mut self.usage else {
            return;
        };
        match calling.way {
            Way::Sent(client) => {
                let reason: Option<Bytes> = headers.get(&Name::Reason).cloned();
                desk.cancel(client, reason, now);
                let forks = std::mem::take(&mut calling.forks);
                self.usage = Usage::Cancelling(forks);
            }
            Way::Asking(query) => {
                desk.forget_query(query);
                self.errands = self.errands.saturating_sub(1);
                self.fail_cancelled(desk);
            }
            // Its failure is on its way; it counts as an errand until then.
            Way::Nowhere => self.fail_cancelled(desk),
        }
    }

    fn fail_cancelled(&mut self, desk: &mut Desk) {
        self.fail(desk, 487, "Request Terminated".to_string(), Heard::Silence);
    }

    fn fail(&mut self, desk: &mut Desk, code: u16, reason: String, heard: Heard) {
        self.usage = Usage::Over;
        self.wanted = None;
        self.drop_exchange(desk);
        let response = match heard {
            Heard::Response(response) => Some(response),
            Heard::Silence | Heard::Unreachable => None,
        };
        desk.event(Event::Failed {
            leg: self.id,
            code,
            reason,
            response,
        });
    }

    /// What the peer can, from its Allow.
    pub(super) fn read_abilities(&mut self, headers: &Headers) {
        if headers.get(&Name::Allow).is_some() {
            self.peer_updates = headers.has_token(&Name::Allow, "UPDATE");
        }
    }

    /// The layers above never answered the offer of a 2xx: the call cannot stand.
    pub(super) fn abandon_answer(&mut self, desk: &mut Desk, cseq: u32, code: u16, now: Instant) {
        self.acknowledge(desk, cseq, None, now);
        self.exchange = Exchange::Idle;
        let reason = "Offer Refused";
        self.lose(desk, Ending::Lost { code, reason }, now);
    }
}

/// A 2xx of a fork that lost, or that came after everything: ACK, then BYE (§13.2.2.4).
pub fn turn_away(desk: &mut Desk, response: &Response, flow: Flow, now: Instant) {
    let Ok(mut dialog) = Dialog::stray(response, flow) else {
        return;
    };
    let (cseq, key) = (dialog.last_cseq(), dialog.key());
    if desk.acknowledge_again(&key, cseq) {
        return;
    }
    desk.turn_away(key.clone(), now);
    desk.acknowledge(dialog.ack(cseq), Some(key), dialog.hop(), now);
    // PRACKs of ours in that early dialog may have used the next numbers; a gap is no fault (§12.2.2).
    dialog.skip_to(cseq.saturating_add(MOST_PRACKS));
    let bye = dialog.request(Method::Bye);
    desk.send(Errand::new(Whose::Nobody, bye), dialog.hop(), now);
}

fn contact_of(request: &Request) -> String {
    request
        .headers
        .text(&Name::Contact)
        .unwrap_or_default()
        .to_string()
}

//! The INVITE usage of a dialog (RFC 3261 §13–§15) and the leg that carries it, one verb per file.
//!
//! ```text
//!  connect: Invite ──▶ Calling ──2xx──▶ Up ──Hangup──▶ Closing ──answered──▶ Over
//!                         │              │                                    ▲
//!                         └──Hangup──▶ Cancelling ──────3xx–6xx──────────────▶┤
//!  accept:  INVITE ──▶ Ringing ─Answer─▶ Up ──BYE────────────────────────────▶┤
//!                         └──Reject, CANCEL, BYE─────────────────────────────▶┘
//! ```
//!
//! A leg is gone when its usage is over, no subscription lives on its dialog (RFC 5057), and nothing of
//! it waits for an answer in either direction.

pub mod accept;
pub mod close;
pub mod connect;
pub mod info;
pub mod login;
pub mod modify;
pub mod offered;
pub mod prack;
pub mod refresh;
pub mod repeat;
pub mod request;

use std::time::Instant;

use crate::base::LegId;
use crate::sip::dialog::{Dialog, DialogIds, Key, Stage, refreshes_target};
use crate::sip::message::{Body, Headers, Method, Name, Request, Response};
use crate::sip::stack::desk::{Desk, Errand, Heard, Purpose, Way, Whose};
use crate::sip::stack::{Ending, Event};
use crate::sip::subscription::refer_in::Transferor;
use crate::sip::subscription::refer_out::Transferee;
use crate::sip::transaction::ClientId;
use crate::sip::transport::Flow;

use connect::Calling;
use login::Login;
use modify::Exchange;
use refresh::SessionTimer;
use repeat::Repeat;

/// One leg: a dialog, the call on it, and the transfers that came or went in it.
pub struct Leg {
    pub id: LegId,
    usage: Usage,
    /// The dialog of the usage: from the INVITE on where we are called, from the 2xx on where we call.
    pub(in crate::sip) dialog: Option<Dialog>,
    /// Of the INVITE that we placed.
    pub(in crate::sip) call_id: Option<String>,
    /// What this leg is known by on the desk.
    keys: Vec<Key>,
    exchange: Exchange,
    /// The re-INVITE or UPDATE of ours without a final response, and when it is given up.
    change_ends: Option<(ClientId, Instant)>,
    /// The newest offer that waits for the exchange to be idle.
    wanted: Option<Body>,
    /// The session description of ours that was sent last.
    local_body: Option<Body>,
    /// Whether we placed the call, and so own its Call-ID (§14.1).
    caller: bool,
    peer_updates: bool,
    timer: Option<SessionTimer>,
    login: Option<Login>,
    /// REFERs of the peer's.
    pub(in crate::sip) transferor: Transferor,
    /// REFERs of ours.
    pub(in crate::sip) transferee: Transferee,
    /// Requests of ours without a final response.
    errands: usize,
    /// Requests of the peer's that wait for the layers above.
    pub(in crate::sip) questions: usize,
    /// The deadline that the stack has noted for this leg.
    pub noted: Option<Instant>,
    /// The layers above know nothing of it: no call was ever on it.
    pub nameless: bool,
}

enum Usage {
    Calling(Calling),
    /// Our CANCEL is out, or goes out with the first provisional response; its transaction tells how it
    /// ended. The forks so far are kept for the numbers that they have used.
    Cancelling(Vec<connect::Fork>),
    Ringing(Box<accept::Ringing>),
    Up(Up),
    /// Our BYE is out.
    Closing,
    Over,
}

/// An answered call.
#[derive(Default)]
struct Up {
    /// Our 200 to the peer's first INVITE, until its ACK comes.
    answer: Option<Repeat>,
    /// We want to hang up, and may not before that ACK (§15).
    hangup: Option<Headers>,
    /// The RAck of a reliable response that our 200 has overtaken (RFC 3262 §3).
    late_rack: Option<String>,
}

impl Leg {
    fn new(id: LegId, usage: Usage, caller: bool) -> Leg {
        Leg {
            id,
            usage,
            dialog: None,
            call_id: None,
            keys: Vec::new(),
            exchange: Exchange::Idle,
            change_ends: None,
            wanted: None,
            local_body: None,
            caller,
            peer_updates: false,
            timer: None,
            login: None,
            transferor: Transferor::default(),
            transferee: Transferee::default(),
            errands: 0,
            questions: 0,
            noted: None,
            nameless: false,
        }
    }

    /// A dialog on which no call is, only subscriptions.
    pub(in crate::sip) fn without_call(desk: &mut Desk, id: LegId, dialog: Dialog) -> Leg {
        let mut leg = Leg::new(id, Usage::Over, false);
        leg.nameless = true;
        leg.know(desk, dialog.key());
        leg.dialog = Some(dialog);
        leg
    }

    /// Whether the call was answered and not ended.
    pub(in crate::sip) fn is_up(&self) -> bool {
        matches!(self.usage, Usage::Up(_))
    }

    /// Whether our answer to the peer's INVITE may still be on its way.
    pub(in crate::sip) fn awaits_ack(&self) -> bool {
        matches!(&self.usage, Usage::Up(up) if up.answer.is_some())
    }

    /// Whether the call is not answered yet.
    pub(in crate::sip) fn is_early(&self) -> bool {
        matches!(self.usage, Usage::Calling(_) | Usage::Ringing(_))
    }

    pub(in crate::sip) fn stage(&self) -> Stage {
        match &self.usage {
            Usage::Calling(_) => Stage::Calling,
            Usage::Ringing(_) => Stage::Ringing,
            Usage::Up(_) => Stage::Up,
            Usage::Cancelling(_) | Usage::Closing | Usage::Over => Stage::Over,
        }
    }

    /// Whether its dialog was made by an INVITE, whatever became of the call.
    pub(in crate::sip) fn is_of_a_call(&self) -> bool {
        !self.nameless
    }

    /// What names this leg's dialog, where it has one.
    pub(in crate::sip) fn ids(&self) -> Option<DialogIds> {
        let dialog = match &self.usage {
            Usage::Calling(calling) => calling.forks.last().map(|fork| &fork.dialog),
            _ => self.dialog.as_ref(),
        };
        dialog.map(|dialog| dialog.ids(self.stage()))
    }

    /// The tag by which we answer requests of this leg's.
    pub(in crate::sip) fn tag(&self) -> String {
        self.dialog
            .as_ref()
            .map_or_else(String::new, |dialog| dialog.local_tag().to_string())
    }

    /// Sends a request in the leg's dialog. `false` where there is none.
    pub(in crate::sip) fn send(
        &mut self,
        desk: &mut Desk,
        purpose: Purpose,
        method: Method,
        fill: impl FnOnce(Request) -> Request,
        now: Instant,
    ) -> bool {
        let Some(dialog) = &mut self.dialog else {
            return false;
        };
        let request = fill(dialog.request(method));
        let hop = dialog.hop();
        let errand = Errand::new(Whose::Leg(self.id, purpose), request);
        self.errands += 1;
        let way = desk.send(errand, hop, now);
        self.handle_way(purpose, way, now);
        true
    }

    /// A request of ours is under way, perhaps to another target than before, or after DNS answered.
    pub fn handle_way(&mut self, purpose: Purpose, way: Way, now: Instant) {
        match (purpose, &mut self.usage, way) {
            (Purpose::Invite, Usage::Calling(calling), _) => calling.way = way,
            (Purpose::Change, _, Way::Sent(client)) => {
                self.change_ends = Some((client, now + modify::LONGEST_CHANGE));
            }
            // Their transactions end by themselves.
            _ => {}
        }
    }

    /// Makes the leg known by a dialog.
    fn know(&mut self, desk: &mut Desk, key: Key) {
        desk.dialogs.insert(key.clone(), self.id);
        self.keys.push(key);
    }

    /// A response to a request of ours, or what stands for one.
    pub fn handle_answer(
        &mut self,
        desk: &mut Desk,
        purpose: Purpose,
        errand: &Errand,
        heard: Heard,
        now: Instant,
    ) {
        let code = heard.code();
        if code < 200 {
            if let (Purpose::Invite, Heard::Response(response)) = (purpose, heard) {
                self.handle_progress(desk, errand, *response, now);
            }
            // Of the other methods a provisional response says nothing (RFC 4320 §4.1).
            return;
        }
        self.errands = self.errands.saturating_sub(1);
        if purpose != Purpose::Invite && self.log_in(desk, purpose, errand, &heard, now) {
            return;
        }
        if let (200..=299, Some(response), Some(dialog)) =
            (code, heard.response(), &mut self.dialog)
            && refreshes_target(&errand.request.method)
            && purpose != Purpose::Invite
        {
            dialog.retarget(&response.headers);
        }
        match purpose {
            Purpose::Invite => self.handle_connected(desk, errand, heard, now),
            Purpose::Change => self.handle_changed(desk, errand, heard, now),
            // A refused or lost PRACK shows in the INVITE's own end.
            Purpose::Prack => {}
            Purpose::Bye => self.handle_bye_answered(),
            Purpose::Within(id) => self.handle_told(desk, id, heard, now),
            Purpose::Notify(refer) => self.handle_notified(desk, refer, code),
            Purpose::Refer(refer) => self.handle_refer_answered(desk, refer, heard, now),
        }
    }

    pub fn handle_timeout(&mut self, desk: &mut Desk, now: Instant) {
        self.handle_accept_timeout(desk, now);
        self.handle_change_timeout(desk, now);
        self.handle_change_end(desk, now);
        self.handle_refresh_timeout(desk, now);
        self.handle_transferor_timeout(desk, now);
        self.handle_transferee_timeout(desk, now);
    }

    /// What may go now that something happened: a waiting offer, a waiting BYE, waiting NOTIFYs.
    pub fn go_on(&mut self, desk: &mut Desk, now: Instant) {
        self.offer_what_waits(desk, now);
        self.refer_what_waits(desk, now);
        self.tell_transferors(desk, now);
        self.transferee.forget_over(desk);
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let usage = match &self.usage {
            Usage::Calling(_) | Usage::Cancelling(_) | Usage::Closing | Usage::Over => None,
            Usage::Ringing(ringing) => ringing.next_deadline(),
            Usage::Up(up) => up.answer.as_ref().map(Repeat::next_deadline),
        };
        let timer = match self.is_up() {
            true => self.timer.as_ref().map(SessionTimer::next_deadline),
            false => None,
        };
        usage
            .into_iter()
            .chain(timer)
            .chain(self.change_ends.map(|(_, at)| at))
            .chain(self.exchange.next_deadline())
            .chain(self.transferor.next_deadline())
            .chain(self.transferee.next_deadline())
            .min()
    }

    /// How many subscriptions live on this leg.
    pub fn subscriptions(&self) -> usize {
        self.transferor.len() + self.transferee.len()
    }

    /// Whether nothing is left.
    pub fn is_gone(&self) -> bool {
        matches!(self.usage, Usage::Over)
            && self.errands == 0
            && self.questions == 0
            && self.subscriptions() == 0
    }

    /// Takes the leg off the desk.
    pub fn leave(&mut self, desk: &mut Desk, now: Instant) {
        for key in self.keys.drain(..) {
            desk.forget_dialog(key, now);
        }
    }

    /// The call is over by the peer or by failure; nobody is told twice.
    fn end(&mut self, desk: &mut Desk, ending: Ending) {
        if !matches!(self.usage, Usage::Over) {
            self.usage = Usage::Over;
            self.timer = None;
            self.wanted = None;
            desk.event(Event::Ended {
                leg: self.id,
                ending,
            });
        }
    }
}

/// Copies what a dialog-forming response must carry (§12.1.1) and may say about us.
fn introduce(response: &mut Response, request: &Request, contact: &str) {
    use crate::sip::stack::desk::{ALLOW, SUPPORTED};
    for route in request.headers.all(&Name::RecordRoute) {
        response.headers.push(Name::RecordRoute, route.clone());
    }
    response.headers.push(Name::Contact, contact.to_string());
    response.headers.push(Name::Allow, ALLOW);
    response.headers.push(Name::Supported, SUPPORTED);
}

/// A flow and a moment: where and when a request came.
#[derive(Clone, Copy)]
pub struct Arrival {
    pub flow: Flow,
    pub now: Instant,
}

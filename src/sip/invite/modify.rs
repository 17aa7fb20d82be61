//! Offers and answers after the first (RFC 3261 §14, RFC 3311, RFC 6141): re-INVITE and UPDATE of ours,
//! their glare, and the offers that come in other clothes: in a 2xx that waits for our ACK, and in
//! reliable provisional responses (RFC 3262 §5).
//!
//! ```text
//!  Idle ──Offer, refresh──▶ Ours ──2xx, refused──▶ Idle
//!   │                        └──491, 500 with Retry-After──▶ Waiting ──▶ Ours
//!   └──re-INVITE, UPDATE, PRACK──▶ Theirs ──AnswerOffer──▶ Idle, or Unacked ──ACK──▶ Idle
//! ```

use std::time::{Duration, Instant};

use super::repeat::Repeat;
use super::{Leg, Usage, refresh};
use crate::sip::message::{Body, Headers, Method, Name, Request};
use crate::sip::stack::desk::{ALLOW, Desk, Errand, Heard, Purpose, SUPPORTED};
use crate::sip::stack::{Ending, Event, OfferId};
use crate::sip::transaction::ServerId;
use crate::sip::transport::Flow;

/// How often an offer is tried in vain before it counts as refused.
const MOST_TRIES: u8 = 6;

/// Where offer and answer stand.
pub(super) enum Exchange {
    Idle,
    /// A re-INVITE or UPDATE of ours waits for its answer.
    Ours {
        change: Change,
        tries: u8,
    },
    /// The peer was busy with an offer of its own; ours goes again (§14.1).
    Waiting {
        at: Instant,
        change: Change,
        tries: u8,
    },
    /// The peer's offer waits for the layers above.
    Theirs {
        offer: OfferId,
        theirs: Box<Theirs>,
    },
    /// Our 200 to the peer's re-INVITE waits for its ACK.
    Unacked {
        repeat: Repeat,
        /// Our 200 made the offer, so the ACK answers it.
        offered: bool,
    },
}

/// A change of the session that we want.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Offer(Body),
    /// The session as it is, once more (RFC 4028).
    Refresh,
}

/// How an offer of the peer's came, and so how it is answered.
pub(super) enum Theirs {
    /// In a re-INVITE, UPDATE or PRACK.
    Request {
        server: ServerId,
        request: Box<Request>,
        flow: Flow,
    },
    /// In the 2xx to our INVITE without offer: answered in the ACK.
    Answer { cseq: u32, until: Instant },
    /// In a reliable 1xx to our INVITE without offer: answered in the PRACK.
    Early { fork: u32, rack: String },
}

impl Exchange {
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Exchange::Waiting { at, .. } => Some(*at),
            Exchange::Unacked { repeat, .. } => Some(repeat.next_deadline()),
            Exchange::Theirs { theirs, .. } => match &**theirs {
                Theirs::Answer { until, .. } => Some(*until),
                // The peer's own transaction runs out first.
                Theirs::Request { .. } | Theirs::Early { .. } => None,
            },
            Exchange::Idle | Exchange::Ours { .. } => None,
        }
    }
}

impl Leg {
    /// The layers above want another session; the newest offer wins where several wait.
    pub fn offer(&mut self, body: Body) {
        self.wanted = Some(body);
    }

    /// Sends the offer that waits, when it may go.
    pub(super) fn offer_what_waits(&mut self, desk: &mut Desk, now: Instant) {
        let settled = matches!(&self.usage, Usage::Up(up) if up.answer.is_none());
        if settled
            && matches!(self.exchange, Exchange::Idle)
            && let Some(body) = self.wanted.take()
        {
            self.change(desk, Change::Offer(body), now);
        }
    }

    /// Starts a change of ours unless another is under way: then an offer waits, and a refresh has
    /// happened by it.
    pub(super) fn change(&mut self, desk: &mut Desk, change: Change, now: Instant) {
        let settled = matches!(&self.usage, Usage::Up(up) if up.answer.is_none());
        if settled && matches!(self.exchange, Exchange::Idle) {
            self.send_change(desk, change, 1, now);
        } else if let Change::Offer(body) = change {
            self.wanted = Some(body);
        }
    }

    fn send_change(&mut self, desk: &mut Desk, change: Change, tries: u8, now: Instant) {
        let (method, body) = match &change {
            Change::Offer(body) => (Method::Invite, Some(body.clone())),
            Change::Refresh if self.peer_updates => (Method::Update, None),
            Change::Refresh => (Method::Invite, self.local_body.clone()),
        };
        let timer = self.timer.clone();
        let min_se_s = desk.settings.min_se_s;
        self.exchange = Exchange::Ours { change, tries };
        let fill = |mut request: Request| {
            request.headers.push(Name::Allow, ALLOW);
            request.headers.push(Name::Supported, SUPPORTED);
            if let Some(timer) = timer {
                timer.write(&mut request.headers, min_se_s);
            }
            request.with_body(body)
        };
        self.send(desk, Purpose::Change, method, fill, now);
    }

    /// The answer to our re-INVITE or UPDATE.
    pub(super) fn handle_changed(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        heard: Heard,
        now: Instant,
    ) {
        self.change_ends = None;
        let is_invite = errand.request.method == Method::Invite;
        let cseq = errand.request.headers.cseq().map_or(0, |cseq| cseq.number);
        let code = heard.code();
        if is_invite && (200..300).contains(&code) {
            self.acknowledge(desk, cseq, None, now);
        }
        let (change, tries) = match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            Exchange::Ours { change, tries } => (change, tries),
            other => {
                // The call ended meanwhile.
                self.exchange = other;
                return;
            }
        };
        if !self.is_up() {
            return;
        }
        match code {
            200..=299 => {
                let answer = heard.response().and_then(|response| response.body());
                if let Some(response) = heard.response() {
                    self.read_abilities(&response.headers);
                    let ours = self.timer.as_ref().is_none_or(|timer| timer.is_ours());
                    let granted = refresh::granted(&response.headers, ours, now);
                    self.timer = granted.or_else(|| self.timer.take().map(|timer| timer.anew(now)));
                }
                if let Change::Offer(body) = change {
                    self.local_body = Some(body);
                    desk.event(Event::OfferAnswered {
                        leg: self.id,
                        body: answer,
                    });
                }
            }
            491 | 500 | 503 if tries < MOST_TRIES => {
                match self.pause(desk, code, heard.response().map(|r| &r.headers)) {
                    Some(pause) => {
                        self.exchange = Exchange::Waiting {
                            at: now + pause,
                            change,
                            tries: tries + 1,
                        };
                    }
                    None => self.refused(desk, change, code),
                }
            }
            422 if tries < MOST_TRIES => {
                let least_s = heard.response().and_then(|r| refresh::least(&r.headers));
                match (&self.timer, least_s) {
                    (Some(timer), Some(least_s)) => {
                        self.timer = Some(timer.at_least(least_s, now));
                        self.send_change(desk, change, tries + 1, now);
                    }
                    (None, _) | (_, None) => self.refused(desk, change, code),
                }
            }
            405 | 501 if !is_invite => {
                self.peer_updates = false;
                self.send_change(desk, change, tries, now);
            }
            // The dialog is gone at the peer (§12.2.1.2, RFC 5057 §5.1).
            404 | 408 | 410 | 416 | 481..=485 | 502 | 604 => {
                let reason = "Dialog Gone";
                self.lose(desk, Ending::Lost { code, reason }, now);
            }
            _ => self.refused(desk, change, code),
        }
    }

    /// The session stays as it was (§14.1).
    fn refused(&mut self, desk: &mut Desk, change: Change, code: u16) {
        match change {
            Change::Offer(_) => desk.event(Event::OfferRefused { leg: self.id, code }),
            // The timer tries again, or runs out.
            Change::Refresh => {}
        }
    }

    /// How long to wait after a refusal for now; `None` where it was for good.
    fn pause(&self, desk: &mut Desk, code: u16, headers: Option<&Headers>) -> Option<Duration> {
        let retry_after = headers
            .and_then(|headers| headers.text(&Name::RetryAfter))
            .and_then(|value| value.split([';', '(', ' ']).next()?.parse().ok());
        match (code, retry_after, self.caller) {
            // Whoever owns the Call-ID waits longer, in steps of 10 ms.
            (491, _, true) => Some(Duration::from_millis(2100 + 10 * desk.dice.below(191))),
            (491, _, false) => Some(Duration::from_millis(10 * desk.dice.below(201))),
            (_, Some(seconds @ 0..=32), _) => Some(Duration::from_secs(seconds)),
            _ => None,
        }
    }

    /// A re-INVITE of ours that only ever got provisional responses is cancelled (§14.1); so is one whose
    /// call has ended and whose refusal was lost.
    pub(super) fn handle_change_end(&mut self, desk: &mut Desk, now: Instant) {
        if let Some((client, at)) = self.change_ends
            && at <= now
        {
            self.change_ends = None;
            desk.cancel(client, None, now);
        }
    }

    pub(super) fn handle_change_timeout(&mut self, desk: &mut Desk, now: Instant) {
        match &mut self.exchange {
            Exchange::Waiting { at, change, tries } if *at <= now => {
                let (change, tries) = (change.clone(), *tries);
                self.send_change(desk, change, tries, now);
            }
            Exchange::Unacked { repeat, .. } => {
                if !repeat.handle_timeout(desk, now) {
                    let ending = Ending::Lost {
                        code: 408,
                        reason: "No ACK",
                    };
                    self.lose(desk, ending, now);
                }
            }
            Exchange::Theirs { offer, theirs } => {
                if let Theirs::Answer { cseq, until } = **theirs
                    && until <= now
                {
                    desk.offers.remove(offer);
                    self.abandon_answer(desk, cseq, 408, now);
                }
            }
            Exchange::Idle | Exchange::Waiting { .. } | Exchange::Ours { .. } => {}
        }
    }
}

/// How long a re-INVITE of ours may go without a final response.
pub(super) const LONGEST_CHANGE: Duration = Duration::from_secs(60);

/// The most that [`Theirs::Answer`] waits.
pub(super) const ANSWER_LIFE: Duration = Duration::from_secs(16);

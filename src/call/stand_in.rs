//! A call without a leg: it stands in for a party of another call who is to come, and whom the party's
//! transferor has sent here (RFC 3515). The script rings, answers or rejects it like any other call that
//! came in; when it answers, the party takes its place.
//!
//! ```text
//!  transferor has called already ─ Incoming ─ claimed ─┐      ┌─ given back: the transfer is off
//!                                                      ▼      ▼
//!                       transfer to a number ─────▸ StandIn ──┴─ withdrawn, rejected ─▸ Ended
//!                                                      │ answered: the party takes the place
//!                                                      ▼
//!                                                  Connected
//! ```

use super::ending::{By, End};
use super::{Call, Effect, Effects, Facts, HeaderMap, News, State};
use crate::base::{CallId, LegId, Now};
use crate::sdp::Codec;
use crate::sdp::negotiate::Local;
use crate::sip::message::status;
use crate::sip::stack::{Ending, Event};

/// What stands in for somebody who is to come.
#[derive(Debug)]
pub(super) struct StandIn {
    /// What the party can take, best first.
    takes: Vec<Codec>,
    /// The furthest progress so far: 0, 180 or 183.
    progress: u16,
    /// The transferor's own call of this place (semi-attended, RFC 5589 §7.6); it waits on.
    calling: Option<Box<State>>,
    /// The party, where it waits here already: its transferor has left.
    waiting: Option<Box<Call>>,
}

/// What a stand-in tells whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It rings (180) or has early media (183).
    Progress(u16),
    /// The script has answered: the party may take the place.
    Answered,
    /// The script does not want the party.
    Declined { code: u16, reason: String },
}

/// A leg that has lost its place to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departed {
    pub leg: LegId,
    /// Whether the peer's INVITE waits for our answer.
    pub waits: bool,
}

impl Call {
    /// A call for somebody who is to come. `sound` names nothing until then.
    pub fn stand_in(
        id: CallId,
        sound: LegId,
        takes: Vec<Codec>,
        facts: Facts,
        local: Local,
    ) -> Call {
        let stand_in = StandIn {
            takes,
            progress: 0,
            calling: None,
            waiting: None,
        };
        Call {
            id,
            facts,
            sound,
            local,
            state: State::StandIn(stand_in),
        }
    }

    pub fn is_stand_in(&self) -> bool {
        matches!(self.state, State::StandIn(_))
    }

    /// A call that came in and waits becomes a stand-in for somebody else. Its own caller waits on.
    /// `false` where it is in another state.
    pub fn claim(&mut self, takes: Vec<Codec>) -> bool {
        if !matches!(self.state, State::Incoming { .. }) {
            return false;
        }
        let calling = std::mem::replace(&mut self.state, State::Ended);
        let progress = match &calling {
            State::Incoming { early: Some(_), .. } => 183,
            _ => 0,
        };
        self.state = State::StandIn(StandIn {
            takes,
            progress,
            calling: Some(Box::new(calling)),
            waiting: None,
        });
        true
    }

    /// The party comes here before it is answered, since nobody is left where it was. `own_sound`: the
    /// place has a sound until then, that of the caller who had called.
    pub fn wait_here(&mut self, party: Call, own_sound: bool) {
        if let State::StandIn(stand_in) = &mut self.state {
            if !own_sound {
                self.sound = party.sound;
            }
            stand_in.waiting = Some(Box::new(party));
        }
    }

    /// The party that waits here, to take the place.
    pub fn take_waiting(&mut self) -> Option<Call> {
        match &mut self.state {
            State::StandIn(stand_in) => stand_in.waiting.take().map(|party| *party),
            _ => None,
        }
    }

    /// Nobody comes. The caller that had called already goes on calling; else the call ends.
    pub fn withdraw(&mut self, now: Now, out: &mut Effects) {
        let State::StandIn(stand_in) = &mut self.state else {
            return;
        };
        if stand_in.waiting.is_some() {
            // The party has nowhere else to go.
            return;
        }
        match stand_in.calling.take() {
            Some(calling) => self.state = *calling,
            None => self.ended_by_peer(
                Ending::Cancelled {
                    headers: Default::default(),
                },
                now,
                out,
            ),
        }
    }

    /// Somebody else takes this call's place: its legs are handed out, to be let go of.
    pub fn give_place_to(&mut self, newcomer: Call) -> Vec<Departed> {
        let departed = match &self.state {
            State::StandIn(stand_in) => stand_in.calling.as_deref().map_or_else(Vec::new, legs_of),
            state => legs_of(state),
        };
        self.state = newcomer.state;
        self.sound = newcomer.sound;
        self.local = newcomer.local;
        self.facts = newcomer.facts;
        departed
    }

    /// Does something as the caller that had called already.
    fn as_caller(&mut self, act: impl FnOnce(&mut Call)) {
        let State::StandIn(stand_in) = &mut self.state else {
            return;
        };
        let Some(calling) = stand_in.calling.take() else {
            return;
        };
        let own = std::mem::replace(&mut self.state, *calling);
        let end = self.facts.end.take();
        act(self);
        self.facts.end = end;
        let calling = std::mem::replace(&mut self.state, own);
        if let State::StandIn(stand_in) = &mut self.state
            && !matches!(calling, State::Ended)
        {
            stand_in.calling = Some(Box::new(calling));
        }
    }

    pub(super) fn ring_for_another(&mut self, extra: &HeaderMap, out: &mut Effects) {
        self.as_caller(|call| call.ring(extra, out));
        if let State::StandIn(stand_in) = &mut self.state
            && stand_in.progress == 0
        {
            stand_in.progress = 180;
            out.push(Effect::Word(Word::Progress(180)));
        }
    }

    pub(super) fn early_media_for_another(
        &mut self,
        codecs: &[Codec],
        extra: &HeaderMap,
        out: &mut Effects,
    ) {
        self.as_caller(|call| call.start_early_media(codecs, extra, out));
        if let State::StandIn(stand_in) = &mut self.state
            && stand_in.progress < 183
        {
            stand_in.progress = 183;
            out.push(Effect::Word(Word::Progress(183)));
        }
    }

    /// Ends a stand-in from our side: with it whoever waits for it.
    pub(super) fn decline(
        &mut self,
        stand_in: StandIn,
        end: &End,
        extra: &HeaderMap,
        now: Now,
        out: &mut Effects,
    ) -> News {
        let code = match end.code {
            300..700 => end.code,
            _ => 480,
        };
        let mut unheard = Effects::new();
        if let Some(calling) = stand_in.calling {
            self.state = *calling;
            let end = End::new(code, end.reason.clone(), end.by);
            self.hang_up(end, extra, now, &mut unheard);
        }
        if let Some(mut party) = stand_in.waiting {
            let end = End::new(code, status::reason(code), end.by);
            party.hang_up(end, extra, now, &mut unheard);
        }
        // Its news is told once, for the place.
        out.extend(
            unheard
                .into_iter()
                .filter(|effect| !matches!(effect, Effect::News(_))),
        );
        self.state = State::Ended;
        out.push(Effect::Word(Word::Declined {
            code,
            reason: status::reason(code).to_string(),
        }));
        News::Disconnected {
            end: end.clone(),
            headers: HeaderMap::new(),
        }
    }

    pub(super) fn stand_in_hears(&mut self, event: Event, now: Now, out: &mut Effects) {
        let State::StandIn(stand_in) = &mut self.state else {
            return;
        };
        if let Some(party) = &mut stand_in.waiting
            && event.leg().is_some_and(|leg| party.has_leg(leg))
        {
            let mut told = Effects::new();
            party.handle_sip(event, now, &mut told);
            let left = party.is_over();
            // Hold and the like are told once the party has the place.
            out.extend(
                told.into_iter()
                    .filter(|effect| !matches!(effect, Effect::News(_))),
            );
            if left {
                stand_in.waiting = None;
                let code = 487;
                out.push(Effect::Word(Word::Declined {
                    code,
                    reason: status::reason(code).to_string(),
                }));
                // Whoever had called this place before goes on alone.
                return match stand_in.calling.take() {
                    Some(calling) => self.state = *calling,
                    None => {
                        let end = End::new(487, "Request Terminated", By::Peer);
                        self.state = State::Ended;
                        self.facts.end = Some((now, end.clone()));
                        let headers = HeaderMap::new();
                        out.push(Effect::News(News::Disconnected { end, headers }));
                    }
                };
            }
            return;
        }
        // The transferor gives its own call up, as it may: the stand-in stays.
        let mut told = Effects::new();
        self.as_caller(|call| call.incoming_hears(event, now, &mut told));
        out.extend(
            told.into_iter()
                .filter(|effect| !matches!(effect, Effect::News(_))),
        );
    }
}

impl StandIn {
    pub fn takes(&self) -> Vec<Codec> {
        self.takes.clone()
    }

    pub fn has_early_media(&self) -> bool {
        self.progress == 183
    }

    pub fn legs(&self) -> Vec<LegId> {
        let calling = self.calling.as_deref().map_or_else(Vec::new, legs_of);
        let calling = calling.into_iter().map(|departed| departed.leg);
        let waiting = self.waiting.iter().flat_map(|party| party.legs());
        calling.chain(waiting).collect()
    }
}

fn legs_of(state: &State) -> Vec<Departed> {
    let departed = |leg, waits| Departed { leg, waits };
    match state {
        State::Incoming { leg, .. } => vec![departed(*leg, true)],
        State::Connected { leg, .. } => vec![departed(*leg, false)],
        State::Dialing { devices, .. } => devices
            .iter()
            .map(|device| departed(device.leg, false))
            .collect(),
        State::Inner(inner) => vec![departed(inner.end(), false)],
        State::StandIn(_) | State::Ended => Vec::new(),
    }
}

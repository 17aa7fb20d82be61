//! Transfers that the runtime carries out, seen from one session: a party leaves for a place in another
//! session, or comes from one and takes a place here.
//!
//! ```text
//!  first session                     switchboard                      second session
//!  REFER ─▸ Errand::Seek ──────────▸ rules, or a dialog of ours ────▸ a stand-in, or a call to replace
//!  progress, verdict ◂───────────────────────────────────────────── Errand::Word: rings, answered, declined
//!  release(transferee) ─────────────────── Moved ──────────────────▸ occupy(place)
//! ```
//!
//! A leg that moves keeps its dialog, its port and its sound; what changes is whose script it belongs to.
//! So nothing that the first script does afterwards can touch the survivors.

use bytes::Bytes;

use super::inner::Visit;
use super::record::CallRecord;
use super::{Effect, Sent, Session, Talk};
use crate::base::{CallId, LegId, Now};
use crate::call::{Across, By, Call, Departed, Effects, End, Facts, HeaderMap, News, Phase, Word};
use crate::media::{self, Port};
use crate::script::command::{Level, PlaceCall};
use crate::script::event::{CallNews, TransferRole};
use crate::sdp::Codec;
use crate::sip::refer::Replaces;
use crate::sip::stack::ReferId;

/// What a session asks of the switchboard about a transfer.
#[derive(Debug)]
pub enum Errand {
    /// Find the place where the transferee is to go.
    Seek(Box<Sought>),
    /// The transferor has left: the transferee waits at its place from now on.
    Park { refer: ReferId },
    /// The verdict has been given; nobody needs to be waited for.
    Off { refer: ReferId },
    /// What a stand-in of this session tells.
    Word { call: CallId, word: Word },
    /// Legs that have lost `place` to a party that had waited there.
    Departed { place: CallId, legs: Vec<Departed> },
    /// The script calls the target of a transfer that names a dialog: where that dialog is ours, its far
    /// end comes here instead.
    Fetch {
        refer: ReferId,
        replaces: Replaces,
        place: Box<PlaceCall>,
    },
    /// A call to a conference of whatever session hosts it.
    Enter(Box<Visit>),
    /// What one end of a call between two sessions tells the other.
    Across { to: LegId, what: Across },
}

/// A transfer that the runtime carries out.
#[derive(Clone, Debug)]
pub struct Sought {
    pub refer: ReferId,
    pub transferor: CallId,
    pub transferee: CallId,
    pub to: String,
    pub replaces: Option<Replaces>,
    /// The `X-*` headers of the REFER and of its Refer-To.
    pub headers: HeaderMap,
    /// Copied unmodified into the calls that come of it (RFC 3892 §2.2).
    pub referred_by: Option<Bytes>,
    /// What the transferee can take, best first.
    pub takes: Vec<Codec>,
    /// The transferor, as the record of its call has it.
    pub facts: Facts,
}

/// A call on its way from one session to another.
#[derive(Debug)]
pub struct Moved {
    pub call: Call,
    pub port: Option<Port>,
}

impl Moved {
    pub fn legs(&self) -> Vec<LegId> {
        self.call.legs()
    }

    pub fn sound(&self) -> LegId {
        self.call.sound
    }
}

impl Session {
    /// Whether `call` may leave for another session: connected, or ringing where `ringing` will do.
    pub fn may_release(&self, call: CallId, ringing: bool) -> bool {
        self.calls
            .get(&call)
            .is_some_and(|talk| talk.call.is_connected() || (ringing && talk.call.is_dialing()))
    }

    /// The call leaves this session with its leg, its port and its sound; for the script it is over.
    pub fn release(&mut self, call: CallId, role: TransferRole, now: Now) -> Option<Moved> {
        if !self.may_release(call, true) {
            return None;
        }
        let connected = self.may_release(call, false);
        self.transfers.forget_transferee(call);
        self.referred_call_moved(call, now);
        let phase = self.calls.get(&call)?.call.phase();
        let headers = HeaderMap::new();
        self.tell_call(
            call,
            phase,
            CallNews::TransferComplete {
                role,
                headers,
                own: None,
            },
            Sent::Plain,
        );
        self.cut_sound(call, now);
        self.leave_conferences(call);
        let talk = self.calls.remove(&call)?;
        for leg in talk.call.legs() {
            self.open_legs.remove(&leg);
        }
        let end = End::new(200, "Transferred", By::Runtime);
        self.keep(call, &talk, &end, now);
        let news = match connected {
            true => CallNews::Disconnected {
                internal_code: end.code,
                direction: "Outgoing".to_string(),
                reason: end.reason,
                duration_s: talk.call.facts.duration_s(now),
                headers: HeaderMap::new(),
            },
            false => CallNews::Failed {
                code: 487,
                reason: end.reason,
                headers: HeaderMap::new(),
            },
        };
        self.tell_call(call, Phase::Terminated, news, Sent::Plain);
        self.tell_recorded(call, &talk);
        self.party_ended(call, true, 200, "Transferred", now);
        Some(Moved {
            call: talk.call,
            port: talk.port,
        })
    }

    /// The record of a leg that leaves this call's place while the call itself, or the leg, goes on.
    fn keep(&mut self, call: CallId, talk: &Talk, end: &End, now: Now) {
        let record = self.record(call, talk, end.clone(), now);
        self.effects.push_back(Effect::Record(Box::new(record)));
    }

    /// Somebody takes the place of `place`: for the script that call goes on, or connects. Hands out the
    /// legs that had the place before.
    pub fn occupy(&mut self, place: CallId, newcomer: Moved, now: Now) -> Vec<Departed> {
        let Some(talk) = self.calls.get_mut(&place) else {
            return Vec::new();
        };
        let was_connected = talk.call.is_connected();
        let was_held = talk.call.is_held();
        self.referred_call_moved(place, now);
        let Some(talk) = self.calls.get_mut(&place) else {
            return Vec::new();
        };
        let old_sound = talk.call.sound;
        let new_sound = newcomer.sound();
        let old_port = talk.port.take();
        let before = old_port
            .filter(|_| old_sound != new_sound)
            .map(|_| Box::new(self.record_of_place(place, old_sound, now)));
        let Some(talk) = self.calls.get_mut(&place) else {
            return Vec::new();
        };
        let mut call = newcomer.call;
        call.facts.started = now;
        if call.facts.answered.is_some() {
            call.facts.answered = Some(now);
        }
        let legs = call.legs();
        let connects = call.is_connected();
        let is_held = call.is_held();
        let is_inner = call.is_inner();
        let departed = talk.call.give_place_to(call);
        talk.port = match is_inner {
            true => None,
            false => newcomer.port.or(old_port),
        };
        if before.is_some() {
            // Whoever had the place takes its transfers along, into that record.
            talk.transfers.clear();
        }
        self.effects.extend(before.map(Effect::Record));
        for departed in &departed {
            self.open_legs.remove(&departed.leg);
        }
        self.open_legs.extend(legs);
        if old_sound != new_sound
            && let Some(port) = old_port
        {
            let close = media::Command::Close { leg: old_sound };
            self.effects.push_back(Effect::Media(close));
            self.effects.push_back(Effect::FreePort(port));
        }
        self.tell_tones(place);
        self.sense_anew(place);
        self.monitor_anew(place);
        self.join_again(place);
        if connects && !was_connected {
            let headers = HeaderMap::new();
            let out = vec![crate::call::Effect::News(News::Connected { headers })];
            self.take(place, out, now);
        } else if was_connected {
            self.tell_transferred(place);
            self.talk_alike_with_partners(place, now);
            let news = match (was_held, is_held) {
                (true, false) => Some(CallNews::OffHold),
                (false, true) => Some(CallNews::OnHold),
                (true, true) | (false, false) => None,
            };
            if let Some(news) = news {
                self.tell_call(place, Phase::Connected, news, Sent::Plain);
            }
        }
        departed
    }

    /// `sound` ends with it.
    fn record_of_place(&self, place: CallId, sound: LegId, now: Now) -> CallRecord {
        let end = End::new(200, "Replaced", By::Runtime);
        let talk = self.calls.get(&place).expect("it was found a moment ago");
        let mut record = self.record(place, talk, end, now);
        record.sound = Some(sound);
        record
    }

    /// The script learns that somebody else is at `place` now, and whom its partners talk with.
    fn tell_transferred(&mut self, place: CallId) {
        let parts = self
            .links
            .partners(place)
            .into_iter()
            .map(|partner| (partner, TransferRole::Target));
        let parts: Vec<_> = [(place, TransferRole::Transferor)]
            .into_iter()
            .chain(parts)
            .collect();
        self.tell_complete(&parts);
    }

    /// `TransferComplete` to calls that are still there.
    pub fn tell_complete(&mut self, parts: &[(CallId, TransferRole)]) {
        for (call, role) in parts {
            let headers = HeaderMap::new();
            let news = CallNews::TransferComplete {
                role: *role,
                headers,
                own: None,
            };
            self.tell_living(*call, news);
        }
    }

    pub(super) fn tell_living(&mut self, call: CallId, news: CallNews) {
        if let Some(phase) = self.calls.get(&call).map(|talk| talk.call.phase()) {
            self.tell_call(call, phase, news, Sent::Plain);
        }
    }

    /// Who hears whom around `call`, told to the media once more: its sound is another.
    fn join_again(&mut self, call: CallId) {
        for (from, to) in self.links.around(call) {
            self.tell_link(from, to);
        }
        self.listen_to_both_sides(call);
        self.tell_hearing_again();
    }

    /// A party of another session is to come to this call, which waits for the script's answer still. Its
    /// own caller waits on.
    pub fn claim(&mut self, call: CallId, takes: Vec<Codec>) -> bool {
        self.calls
            .get_mut(&call)
            .is_some_and(|talk| talk.call.claim(takes))
    }

    /// The party that was to come to `place` waits here from now on.
    pub fn wait_here(&mut self, place: CallId, party: Moved) {
        if let Some(talk) = self.calls.get_mut(&place) {
            self.open_legs.extend(party.legs());
            let own_sound = talk.port.is_some();
            match own_sound {
                // The place has its own caller; the sound of the one who waits is not needed before.
                true => talk.waiting = party.port.map(|port| (party.sound(), port)),
                false => talk.port = party.port,
            }
            talk.call.wait_here(party.call, own_sound);
            self.join_again(place);
        }
    }

    /// Nobody comes to `place` any more.
    pub fn withdraw(&mut self, place: CallId, now: Now) {
        let mut out = Effects::new();
        if let Some(talk) = self.calls.get_mut(&place) {
            talk.call.withdraw(now, &mut out);
        }
        self.take(place, out, now);
    }

    /// What a stand-in tells goes to whoever sent it; a party that waits here already takes the place.
    pub(super) fn word(&mut self, call: CallId, word: Word, now: Now) {
        match &word {
            Word::Answered => self.seat_waiting(call, now),
            Word::Declined { .. } => self.forget_waiting(call),
            Word::Progress(_) => {}
        }
        self.errand(Errand::Word { call, word });
    }

    /// A party that waits at `place` already takes it.
    fn seat_waiting(&mut self, place: CallId, now: Now) {
        let Some(talk) = self.calls.get_mut(&place) else {
            return;
        };
        if let Some(call) = talk.call.take_waiting() {
            let port = talk.waiting.take().map(|(_, port)| port);
            let legs = self.occupy(place, Moved { call, port }, now);
            self.errand(Errand::Departed { place, legs });
        }
    }

    pub(super) fn errand(&mut self, errand: Errand) {
        self.effects.push_back(Effect::Errand(errand));
    }

    /// The sound of a party that waited at `place` and has left.
    fn forget_waiting(&mut self, place: CallId) {
        let waiting = self
            .calls
            .get_mut(&place)
            .and_then(|talk| talk.waiting.take());
        if let Some((leg, port)) = waiting {
            self.effects
                .push_back(Effect::Media(media::Command::Close { leg }));
            self.effects.push_back(Effect::FreePort(port));
        }
    }

    /// The place is found: the REFER is accepted, and the transferor told how it goes.
    pub fn passage_opened(&mut self, refer: ReferId, how: &str, now: Now) {
        self.log(Level::Info, how);
        self.accept_transfer(refer, now);
        self.transfers.pend(refer);
    }

    /// The transferee has found its place (200), or will not.
    pub fn passage_ended(
        &mut self,
        refer: ReferId,
        code: u16,
        reason: Option<String>,
        why: &str,
        now: Now,
    ) {
        if (200..300).contains(&code) {
            self.transfers.note_answer(refer, now);
        }
        self.give_verdict(refer, code, reason, why, now);
    }

    /// The transferor has both its calls replaced by one: it waits for nothing but the end.
    pub fn lets_go_at_once(&mut self, refer: ReferId) {
        self.transfers.leave_at_once(refer);
    }

    /// A call whose far end has gone elsewhere ends.
    pub fn let_go(&mut self, call: CallId, now: Now) {
        let end = End::new(200, "Transferred", By::Runtime);
        self.hang_up(call, end, &HeaderMap::new(), now);
    }

    /// The transferee leaves this session with the transfer that it is part of.
    pub fn release_transferee(&mut self, refer: ReferId, now: Now) -> Option<Moved> {
        let transferee = self.transfers.transferee_of(refer)?;
        if !self.may_release(transferee, false) {
            return None;
        }
        self.release(transferee, TransferRole::Transferee, now)
    }

    /// Both dialogs of the transferor are calls of this session: their far ends are joined.
    pub fn join_far_ends(&mut self, refer: ReferId, other: CallId, now: Now) -> Result<(), &str> {
        let Some((transferor, Some(transferee))) = self.transfers.parties_of(refer) else {
            return Err("the transferee has left");
        };
        let far = self.links.partners(other).first().copied();
        let Some(target) = far.filter(|target| *target != transferee && *target != transferor)
        else {
            return Err("nobody is joined with the call that is to be replaced");
        };
        let up = |call: CallId| {
            self.calls
                .get(&call)
                .is_some_and(|talk| talk.call.is_connected())
        };
        if !up(transferee) || !up(target) || !up(other) {
            return Err("one of the two calls is not answered");
        }
        self.passage_opened(
            refer,
            &format!("{transferor}: {transferee} and {target} are joined"),
            now,
        );
        self.cut_sound(transferor, now);
        self.cut_sound(other, now);
        self.link(transferee, target, now);
        self.link(target, transferee, now);
        self.transfers.leaves_too(refer, other);
        self.tell_complete(&[
            (transferee, TransferRole::Transferee),
            (target, TransferRole::Target),
            (other, TransferRole::Transferor),
        ]);
        self.give_verdict(refer, 200, None, "the runtime", now);
        Ok(())
    }

    /// Somebody whose INVITE names this call takes its place (RFC 3891): answered at once, or refused with the
    /// code and why.
    pub fn replace(
        &mut self,
        place: CallId,
        newcomer: Moved,
        now: Now,
    ) -> Result<Vec<Departed>, (u16, String)> {
        let Moved { mut call, port } = newcomer;
        let codecs = self.codecs_for_answer(place);
        let mut out = Effects::new();
        call.answer(&codecs, &HeaderMap::new(), now, &mut out);
        if !call.is_connected() {
            let end = call.facts.end.map(|(_, end)| (end.code, end.reason));
            self.effects.extend(port.map(Effect::FreePort));
            return Err(end.unwrap_or((488, "Not Acceptable Here".to_string())));
        }
        if let Some(port) = port {
            let leg = call.sound;
            self.effects
                .push_back(Effect::Media(media::Command::Open { leg, port }));
        }
        let departed = self.occupy(place, Moved { call, port }, now);
        out.retain(|effect| !matches!(effect, crate::call::Effect::News(News::Connected { .. })));
        self.take(place, out, now);
        Ok(departed)
    }

    pub fn legs_of(&self, call: CallId) -> Vec<LegId> {
        let talk = self.calls.get(&call);
        talk.map_or_else(Vec::new, |talk| talk.call.legs())
    }

    /// The call that `leg` has a part in.
    pub fn call_at(&self, leg: LegId) -> Option<CallId> {
        self.call_of(leg)
    }

    /// What the call at `place` is doing, for whoever wants it replaced.
    pub fn standing_of(&self, place: CallId) -> Option<Standing> {
        let talk = self.calls.get(&place)?;
        Some(match () {
            () if talk.call.is_connected() => Standing::Answered,
            () if talk.call.is_dialing() => Standing::Called,
            () if talk.call.is_stand_in() => Standing::Taken,
            () if talk.call.is_over() => return None,
            () => Standing::Calls,
        })
    }

    /// Who talks with `call`.
    pub fn partner_of(&self, call: CallId) -> Option<CallId> {
        self.links.partners(call).first().copied()
    }

    /// A party comes to a call that the script is about to place.
    pub fn welcome(&mut self, call: CallId, newcomer: Moved, now: Now) {
        let Moved {
            call: mut party,
            port,
        } = newcomer;
        party.id = call;
        party.facts.started = now;
        let connected = party.is_connected();
        if connected {
            party.facts.answered = Some(now);
        }
        let phase = party.phase();
        self.adopt(party, port, None);
        self.target_placed(call);
        if connected {
            let headers = HeaderMap::new();
            let out = vec![crate::call::Effect::News(News::Connected { headers })];
            self.take(call, out, now);
        } else {
            let ringing = CallNews::Ringing {
                headers: HeaderMap::new(),
            };
            self.tell_call(call, phase, ringing, Sent::Plain);
        }
    }
}

/// What the call that somebody wants replaced is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Answered,
    /// We have called it, and it rings.
    Called,
    /// It has called us and waits.
    Calls,
    /// Somebody is to come to it already.
    Taken,
}

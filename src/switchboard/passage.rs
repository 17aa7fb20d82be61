//! Transfers that the runtime carries out, across sessions: where the transferee goes, who takes whose
//! place, and which legs are let go of once the transferor knows.
//!
//! ```text
//!  Seek ─▸ the Replaces names a dialog of ours
//!       │     ├─ in the same session ─▸ the far ends are joined
//!       │     ├─ answered, or we ring there ─▸ the transferee takes its place
//!       │     └─ it waits for an answer still ─▸ its place is claimed (semi-attended, RFC 5589 §7.6)
//!       └─ a number ─▸ rules ─▸ a second session with a stand-in
//!
//!  Standing ── its script answers ─▸ the transferee takes the place ─▸ Done
//!      │ └──── the transferor leaves ─▸ the transferee waits there already (parked)
//!      └────── declined, deadline, the transferee leaves ─▸ Done
//! ```

use crate::base::pii::Masked;
use crate::base::{CallId, LegId, Now, SessionId};
use crate::call::{Call, Departed, Facts, Word};
use crate::script::command::PlaceCall;
use crate::script::event::{Alerting, TransferRole};
use crate::sdp::negotiate::Local;
use crate::session::{Errand, Moved, Session, Sought, Standing};
use crate::sip::dialog;
use crate::sip::message::{Headers, Name};
use crate::sip::refer::Replaces;
use crate::sip::stack::{Command, ReferId};

use super::Switchboard;
use super::opening::{Opening, tried};

/// A transfer between two sessions, until the transferor knows the outcome.
#[derive(Debug)]
pub(super) struct Passage {
    from: SessionId,
    stage: Stage,
    /// Legs that lost their place; they are let go of when the transferor knows.
    departed: Vec<Departed>,
    /// Calls of other sessions that are let go of then.
    leaving: Vec<(SessionId, CallId)>,
}

#[derive(Debug)]
enum Stage {
    /// A stand-in waits for its script's answer.
    Standing {
        to: SessionId,
        place: CallId,
        parked: bool,
    },
    Done,
}

/// Why there is no place for a transferee.
struct Nowhere {
    code: u16,
    why: String,
}

impl Switchboard {
    /// What sessions asked for while others were not to be touched.
    pub(super) fn run_errands(&mut self, now: Now) -> bool {
        let Some((session, errand)) = self.errands.pop_front() else {
            return false;
        };
        match errand {
            Errand::Seek(sought) => self.seek(session, &sought, now),
            Errand::Park { refer } => self.park(refer, now),
            Errand::Off { refer } => self.call_off(refer, now),
            Errand::Word { call, word } => self.hear_word(session, call, word, now),
            Errand::Departed { place, legs } => self.note_departed(session, place, legs, now),
            Errand::Fetch {
                refer,
                replaces,
                place,
            } => self.fetch(session, refer, &replaces, *place, now),
            Errand::Enter(visit) => self.enter(session, *visit, now),
            Errand::Across { to, what } => self.tell_across(to, what, now),
        }
        true
    }

    fn seek(&mut self, from: SessionId, sought: &Sought, now: Now) {
        let refer = sought.refer;
        let named = sought.replaces.as_ref().and_then(|it| self.leg_of(it));
        if let Some(owner) = named.and_then(|(leg, _)| self.owner_of(leg)) {
            self.scribe.join(from, owner);
        }
        let found = match &sought.replaces {
            Some(replaces) => self.seek_dialog(from, sought, replaces, now),
            None => None,
        };
        let foreign = sought.replaces.as_ref().filter(|replaces| {
            // A call of ours that is over a moment ago cannot be replaced: its party is called again.
            self.leg_of(replaces).is_none()
        });
        let found = found.unwrap_or_else(|| self.seek_by_rules(from, sought, foreign, now));
        if let Err(Nowhere { code, why }) = found {
            self.with_session(from, now, |session, _| {
                session.passage_refused(refer, code, &why, now);
            });
        }
    }

    /// Whether the transferor and the party to be replaced may be the same.
    fn may_have_replaced(&self, from: SessionId, call: CallId, replaces: &Replaces) -> bool {
        let session = self.sessions.get(&from).map(|entry| &entry.session);
        let legs = session.map_or_else(Vec::new, |session| session.legs_of(call));
        let asking = legs.first().and_then(|leg| self.legs.get(leg));
        let replaced = self
            .leg_of(replaces)
            .and_then(|(leg, _)| self.legs.get(&leg));
        match (asking, replaced) {
            (Some(asking), Some(replaced)) => asking.party.may_be(&replaced.party),
            (None, _) | (_, None) => false,
        }
    }

    /// The leg whose dialog this is, the tags the other way round included.
    fn leg_of(&self, replaces: &Replaces) -> Option<(LegId, dialog::Stage)> {
        let known = self.stack.leg_of(replaces);
        known.or_else(|| self.stack.leg_of(&replaces.swapped()))
    }

    /// The call that a dialog of ours is of.
    pub(super) fn place_of(&self, replaces: &Replaces) -> Option<(SessionId, CallId)> {
        let (leg, stage) = self.leg_of(replaces)?;
        if stage == dialog::Stage::Over {
            return None;
        }
        let session = self.owner_of(leg)?;
        let place = self.sessions.get(&session)?.session.call_at(leg)?;
        Some((session, place))
    }

    /// `None` where the dialog is none of ours, or over.
    fn seek_dialog(
        &mut self,
        from: SessionId,
        sought: &Sought,
        replaces: &Replaces,
        now: Now,
    ) -> Option<Result<(), Nowhere>> {
        let (to, place) = self.place_of(replaces)?;
        let standing = self.sessions.get(&to)?.session.standing_of(place)?;
        let nowhere = |code, why: &str| {
            let why = why.to_string();
            Some(Err(Nowhere { code, why }))
        };
        if !self.may_have_replaced(from, sought.transferor, replaces) {
            return nowhere(403, "the call to be replaced is somebody else's");
        }
        if (to, place) == (from, sought.transferor) {
            return nowhere(400, "a call cannot be replaced by itself");
        }
        match (standing, replaces.early_only) {
            (Standing::Answered, true) => {
                return nowhere(486, "early-only, and the call is answered (RFC 3891 §3)");
            }
            (Standing::Taken, _) => return nowhere(491, "somebody else is to come to that call"),
            (Standing::Answered | Standing::Called | Standing::Calls, _) => {}
        }
        if to == from {
            let joined = self.try_session(from, now, |session| {
                session
                    .join_far_ends(sought.refer, place, now)
                    .map_err(str::to_string)
            })?;
            return Some(joined.map_err(|why| Nowhere { code: 603, why }));
        }
        let line = format!(
            "{}: a transfer to a call of session {to}: {}",
            sought.transferor, sought.transferee
        );
        self.with_session(from, now, |session, _| {
            session.passage_opened(sought.refer, &line, now);
        });
        let standing_in = standing == Standing::Calls;
        if standing_in {
            let takes = sought.takes.clone();
            self.with_session(to, now, |session, _| {
                session.claim(place, takes);
            });
        }
        self.passages.insert(
            sought.refer,
            Passage {
                from,
                stage: Stage::Standing {
                    to,
                    place,
                    parked: false,
                },
                departed: Vec::new(),
                leaving: Vec::new(),
            },
        );
        if !standing_in {
            self.complete(sought.refer, true, now);
        }
        Some(Ok(()))
    }

    /// A second session: a call from the transferor to the number, through the rules.
    fn seek_by_rules(
        &mut self,
        from: SessionId,
        sought: &Sought,
        foreign: Option<&Replaces>,
        now: Now,
    ) -> Result<(), Nowhere> {
        let nowhere = |code, why: String| Nowhere { code, why };
        let route = self.catalog.route(&sought.to).map_err(|unrouted| {
            let why = format!(
                "no rule takes the transfer to {}; {}",
                Masked(&sought.to),
                tried(&unrouted)
            );
            let code = if unrouted.code == 503 { 503 } else { 603 };
            nowhere(code, why)
        })?;
        let hosted = match route.conference {
            true => self.host_of(&sought.to),
            false => None,
        };
        let hosted = match hosted {
            Some(Err(host)) => {
                self.scribe.join(from, host);
                let why = "limits.conferenceEndpoints is reached".to_string();
                return Err(nowhere(486, why));
            }
            Some(Ok(host)) => Some(host),
            None => None,
        };
        if hosted.is_none() && self.sessions.len() >= self.settings.limits.most_sessions as usize {
            let why = "limits.mostSessions is reached".to_string();
            return Err(nowhere(503, why));
        }
        let asked = self.firewall.asked(sought.refer).cloned();
        let max_forwards = self
            .sessions
            .get(&from)
            .map_or(0, |entry| entry.max_forwards)
            .min(asked.as_ref().map_or(u8::MAX, |asked| asked.max_forwards));
        if max_forwards == 0 {
            let why = "too many hops: the transfers go round in a circle".to_string();
            return Err(nowhere(483, why));
        }
        let (id, place, seed) = match hosted {
            Some((host, guest)) => (host, guest, 0),
            None => {
                let (id, seed) = self.name_session();
                (id, CallId::INCOMING, seed)
            }
        };
        let facts = &sought.facts;
        let callerid = match facts.incoming {
            true => facts.from.clone(),
            false => facts.to.clone(),
        };
        // What a script called may be a whole address.
        let callerid = crate::sip::message::NameAddr::parse(callerid.as_bytes())
            .ok()
            .and_then(|address| address.uri.user())
            .unwrap_or(callerid);
        let sound = self.next_leg();
        let stand_in = Call::stand_in(
            place,
            sound,
            sought.takes.clone(),
            Facts::incoming(callerid.clone(), sought.to.clone(), &facts.client_type, now),
            Local::nowhere(),
        );
        let (host, port) = self.own_host();
        let uri = |user: &str| crate::sip::message::Uri::sip(user, &host, port).to_string();
        let alerting = Alerting {
            call: place,
            callerid: callerid.clone(),
            destination: sought.to.clone(),
            display_name: String::new(),
            from_uri: uri(&callerid),
            to_uri: uri(&sought.to),
            headers: sought.headers.clone(),
            client_type: facts.client_type.clone(),
            scheme: serde_json::json!({}),
        };
        let mut triggered = Headers::new();
        if let Some(referred_by) = &sought.referred_by {
            triggered.push(Name::ReferredBy, referred_by.clone());
        }
        if let Some(replaces) = foreign {
            triggered.push(Name::Replaces, replaces.to_string());
        }
        let line = format!(
            "{}: {} goes to session {id}, rule {}",
            sought.transferor, sought.transferee, route.rule
        );
        tracing::info!(session = %id, rule = %route.rule, "transfer of session {from} to {}", Masked(&sought.to));
        if hosted.is_some() {
            self.with_session(id, now, |session, _| {
                session.let_in(stand_in, None, alerting, now);
            });
        } else {
            let conference = route.conference;
            let opening = Opening {
                id,
                seed,
                route,
                call: stand_in,
                port: None,
                alerting,
                triggered,
                max_forwards: max_forwards - 1,
                depth: asked.map_or(0, |asked| asked.depth),
            };
            self.begin(opening, now);
            if conference {
                self.hosts(id, &sought.to);
            }
        }
        self.scribe.join(from, id);
        self.passages.insert(
            sought.refer,
            Passage {
                from,
                stage: Stage::Standing {
                    to: id,
                    place,
                    parked: false,
                },
                departed: Vec::new(),
                leaving: Vec::new(),
            },
        );
        self.with_session(from, now, |session, _| {
            session.passage_opened(sought.refer, &line, now);
        });
        self.with_session(id, now, |_, _| {});
        Ok(())
    }

    /// The passage whose place this is.
    fn passage_to(&self, session: SessionId, call: CallId) -> Option<ReferId> {
        let mut passages = self.passages.iter();
        let found = passages.find(|(_, passage)| match passage.stage {
            Stage::Standing { to, place, .. } => (to, place) == (session, call),
            Stage::Done => false,
        });
        found.map(|(refer, _)| *refer)
    }

    fn hear_word(&mut self, session: SessionId, call: CallId, word: Word, now: Now) {
        let Some(refer) = self.passage_to(session, call) else {
            return match word {
                // Whoever was to come is not to come any more.
                Word::Answered => {
                    self.with_session(session, now, |session, _| session.withdraw(call, now));
                }
                Word::Progress(_) | Word::Declined { .. } => {}
            };
        };
        let from = match self.passages.get(&refer) {
            Some(passage) => passage.from,
            None => return,
        };
        match word {
            Word::Progress(code) => self.with_session(from, now, |session, _| {
                session.passage_progressed(refer, code, now);
            }),
            Word::Answered => self.complete(refer, false, now),
            Word::Declined { code, reason } => {
                self.set_done(refer);
                self.with_session(from, now, |session, _| {
                    let why = "the session that it went to";
                    session.passage_ended(refer, code, Some(reason), why, now);
                });
                self.close_if_deaf(refer, now);
            }
        }
    }

    fn set_done(&mut self, refer: ReferId) {
        if let Some(passage) = self.passages.get_mut(&refer) {
            passage.stage = Stage::Done;
        }
    }

    /// Where the transferor is told no more, nothing tells when it was told.
    fn close_if_deaf(&mut self, refer: ReferId, now: Now) {
        if !self.refers.contains_key(&refer) {
            self.passage_closed(refer, now);
        }
    }

    /// The transferee takes its place, and the transferor is told.
    fn complete(&mut self, refer: ReferId, at_once: bool, now: Now) {
        let Some(passage) = self.passages.get(&refer) else {
            return;
        };
        let Stage::Standing { to, place, parked } = passage.stage else {
            return;
        };
        let from = passage.from;
        let entry = self.sessions.get(&to);
        let there = entry.is_some_and(|entry| entry.session.standing_of(place).is_some());
        if !parked && !there {
            // Answered and ended in one turn: the word of its end comes next, and is the verdict.
            return;
        }
        if !parked {
            let moved =
                self.try_session(from, now, |session| session.release_transferee(refer, now));
            let Some(moved) = moved.flatten() else {
                self.set_done(refer);
                self.with_session(to, now, |session, _| session.withdraw(place, now));
                return self.with_session(from, now, |session, _| {
                    session.passage_ended(refer, 487, None, "the transferee's end", now);
                });
            };
            let departed = self.bring(moved, to, now, |session, moved| {
                session.occupy(place, moved, now)
            });
            if let Some(passage) = self.passages.get_mut(&refer) {
                passage.departed.extend(departed);
            }
        }
        self.set_done(refer);
        self.with_session(from, now, |session, _| {
            if at_once {
                session.lets_go_at_once(refer);
            }
            session.passage_ended(refer, 200, None, "the runtime", now);
        });
        self.close_if_deaf(refer, now);
    }

    /// Brings a call into a session; its legs and sound are that session's from now on.
    fn bring<T: Default>(
        &mut self,
        moved: Moved,
        to: SessionId,
        now: Now,
        arrive: impl FnOnce(&mut Session, Moved) -> T,
    ) -> T {
        for leg in moved.legs() {
            self.move_leg(leg, to);
        }
        if moved.port.is_some() {
            self.sounds.insert(moved.sound(), to);
        }
        let legs = moved.legs();
        let arrived = self.try_session(to, now, |session| arrive(session, moved));
        if arrived.is_none() {
            // The session broke in between; nobody is left hanging.
            for leg in legs {
                if self.let_end_go(leg, 500, now) {
                    continue;
                }
                let headers = Headers::new();
                self.stack
                    .handle_command(Command::Hangup { leg, headers }, now.at);
            }
        }
        arrived.unwrap_or_default()
    }

    /// The transferor has left; the transferee waits at its place, out of reach of what the first script does
    /// about that.
    fn park(&mut self, refer: ReferId, now: Now) {
        let Some(Passage {
            from,
            stage: Stage::Standing { to, place, parked },
            ..
        }) = self.passages.get_mut(&refer)
        else {
            return;
        };
        let (from, to, place) = (*from, *to, *place);
        *parked = true;
        let moved = self.try_session(from, now, |session| session.release_transferee(refer, now));
        match moved.flatten() {
            Some(moved) => {
                self.bring(moved, to, now, |session, moved| {
                    session.wait_here(place, moved);
                });
            }
            None => self.call_off(refer, now),
        }
    }

    /// Whoever was to come does not.
    fn call_off(&mut self, refer: ReferId, now: Now) {
        let Some(passage) = self.passages.get_mut(&refer) else {
            return;
        };
        if let Stage::Standing { to, place, .. } = passage.stage {
            passage.stage = Stage::Done;
            self.with_session(to, now, |session, _| session.withdraw(place, now));
        }
        self.close_if_deaf(refer, now);
    }

    fn note_departed(&mut self, session: SessionId, place: CallId, legs: Vec<Departed>, now: Now) {
        let refer = self.passage_to(session, place);
        match refer.and_then(|refer| self.passages.get_mut(&refer)) {
            Some(passage) => passage.departed.extend(legs),
            None => self.let_go(legs, now),
        }
    }

    /// The transferor knows the outcome, or will never: whatever it left behind ends.
    pub(super) fn passage_closed(&mut self, refer: ReferId, now: Now) {
        let Some(passage) = self.passages.remove(&refer) else {
            return;
        };
        if let Stage::Standing { .. } = passage.stage {
            // The subscription ended before the outcome; the outcome is still to come.
            self.passages.insert(refer, passage);
            return;
        }
        self.let_go(passage.departed, now);
        for (session, call) in passage.leaving {
            self.with_session(session, now, |session, _| session.let_go(call, now));
        }
    }

    /// Ends legs that have lost their place.
    pub(super) fn let_go(&mut self, legs: Vec<Departed>, now: Now) {
        for Departed { leg, waits } in legs {
            if self.let_end_go(leg, 200, now) {
                continue;
            }
            let mut headers = Headers::new();
            let command = match waits {
                true => Command::Reject {
                    leg,
                    code: 487,
                    reason: None,
                    headers,
                },
                false => {
                    headers.push(
                        Name::Reason,
                        "SIP;cause=200;text=\"Call completed elsewhere\"",
                    );
                    Command::Hangup { leg, headers }
                }
            };
            self.stack.handle_command(command, now.at);
        }
    }

    /// The script calls the target of an attended transfer: where the dialog is ours, the far end comes
    /// over, and nobody rings twice.
    fn fetch(
        &mut self,
        session: SessionId,
        refer: ReferId,
        replaces: &Replaces,
        place: PlaceCall,
        now: Now,
    ) {
        let call = place.call;
        let found = self.far_end_of(session, replaces);
        let Some((owner, other, far)) = found else {
            return self.with_session(session, now, |session, desk| {
                session.place(place, desk, now);
            });
        };
        let moved = self.try_session(owner, now, |owner| {
            owner.tell_complete(&[(other, TransferRole::Transferor)]);
            owner.release(far, TransferRole::Target, now)
        });
        let Some(moved) = moved.flatten() else {
            return self.with_session(session, now, |session, desk| {
                session.place(place, desk, now);
            });
        };
        self.passages.insert(
            refer,
            Passage {
                from: session,
                stage: Stage::Done,
                departed: Vec::new(),
                leaving: vec![(owner, other)],
            },
        );
        self.bring(moved, session, now, |session, moved| {
            session.welcome(call, moved, now);
        });
    }

    /// The call of a dialog of ours in another session, and whoever talks or rings at its other end.
    fn far_end_of(
        &self,
        asking: SessionId,
        replaces: &Replaces,
    ) -> Option<(SessionId, CallId, CallId)> {
        let (owner, other) = self.place_of(replaces)?;
        let session = &self.sessions.get(&owner)?.session;
        let far = session.partner_of(other)?;
        (owner != asking && session.may_release(far, true)).then_some((owner, other, far))
    }

    /// A session is gone by a bug: whoever was on the way to it is told.
    pub(super) fn forget_passages_to(&mut self, session: SessionId, now: Now) {
        let lost: Vec<_> = self
            .passages
            .iter()
            .filter(
                |(_, passage)| matches!(passage.stage, Stage::Standing { to, .. } if to == session),
            )
            .map(|(refer, passage)| (*refer, passage.from))
            .collect();
        for (refer, from) in lost {
            self.set_done(refer);
            self.with_session(from, now, |from, _| {
                from.passage_ended(refer, 500, None, "a bug in the runtime", now);
            });
        }
    }
}

//! Conferences by name: which session hosts which, and the calls between two sessions by which one joins another's.
//!
//! ```text
//!  callConference(name) ─▸ Errand::Enter ─▸ does a session host it? ─┬─ yes ─▸ one more CallAlerting there
//!  a phone, a REFER ─▸ a rule with "conference" ─────────────────────┘└─ no ──▸ the rules ─▸ a session opens, and hosts it
//! ```

use super::opening::{Opening, tried};
use super::party::{Seat, Who};
use super::{Output, Switchboard};
use crate::base::pii::Masked;
use crate::base::{CallId, LegId, Now, SessionId};
use crate::call::{Across, Call, Facts, HeaderMap};
use crate::media;
use crate::script::event::Alerting;
use crate::session::inner::{CONFERENCE, Visit};
use crate::sip::message::{Headers, Uri, status};

/// Why a call does not come to a conference.
struct Unwelcome {
    code: u16,
    why: String,
}

impl Switchboard {
    /// The session that hosts the conference of this name, and the name of one more call there; `None` where nobody
    /// hosts it, `Err` where that session is full.
    pub(super) fn host_of(
        &mut self,
        conference: &str,
    ) -> Option<Result<(SessionId, CallId), SessionId>> {
        let host = *self.conferences.get(conference)?;
        let session = &mut self.sessions.get_mut(&host)?.session;
        if !session.is_running() {
            return None;
        }
        let guest = session.name_guest().ok_or(host);
        Some(guest.map(|guest| (host, guest)))
    }

    /// A session hosts this conference from now on.
    pub(super) fn hosts(&mut self, host: SessionId, conference: &str) {
        if let Some(entry) = self.sessions.get_mut(&host) {
            entry.conference = Some(conference.to_string());
            self.conferences.insert(conference.to_string(), host);
        }
    }

    /// The session is over.
    pub(super) fn hosts_no_more(&mut self, host: SessionId, conference: Option<String>) {
        if let Some(name) = conference
            && self.conferences.get(&name) == Some(&host)
        {
            self.conferences.remove(&name);
        }
    }

    /// `VoxEngine.callConference`.
    pub(super) fn enter(&mut self, from: SessionId, visit: Visit, now: Now) {
        let (near, far) = (visit.ends.near, visit.ends.far);
        let depth = visit.ends.depth;
        self.legs
            .insert(near, Seat::of_dialled(from, Who::Stranger, depth));
        self.inner.insert(near, far);
        self.inner.insert(far, near);
        if let Err(Unwelcome { code, why }) = self.bring_in(from, visit, now) {
            tracing::info!(session = %from, code, "call to a conference refused: {why}");
            let what = Across::Over {
                code,
                reason: status::reason(code).to_string(),
                headers: HeaderMap::new(),
            };
            self.tell_across(near, what, now);
        }
    }

    fn bring_in(&mut self, from: SessionId, visit: Visit, now: Now) -> Result<(), Unwelcome> {
        let unwelcome = |code, why: &str| {
            let why = why.to_string();
            Unwelcome { code, why }
        };
        let Visit {
            conference,
            ends,
            headers,
        } = visit;
        let host = match self.host_of(&conference) {
            Some(Err(host)) => {
                self.scribe.join(from, host);
                return Err(unwelcome(486, "limits.conferenceEndpoints is reached"));
            }
            Some(Ok(host)) => Some(host),
            None => None,
        };
        let place = host.map_or(CallId::INCOMING, |(_, place)| place);
        let (caller, name) = (ends.callerid.clone(), conference.clone());
        let facts = Facts::incoming(caller, name, CONFERENCE, now);
        let call = Call::called(place, ends.far, ends.near, facts);
        let (host_name, port) = self.own_host();
        let uri = |user: &str| Uri::sip(user, &host_name, port).to_string();
        let alerting = Alerting {
            call: place,
            from_uri: uri(&ends.callerid),
            to_uri: uri(&conference),
            callerid: ends.callerid,
            destination: conference.clone(),
            display_name: ends.display_name,
            headers,
            client_type: CONFERENCE.to_string(),
            scheme: serde_json::json!({}),
        };
        let seat = |session| Seat::of_dialled(session, Who::Stranger, ends.depth);
        if let Some((host, _)) = host {
            tracing::info!(session = %host, "session {from} comes to conference {}", Masked(&conference));
            self.scribe.join(from, host);
            self.legs.insert(ends.far, seat(host));
            self.with_session(host, now, |session, _| {
                session.let_in(call, None, alerting, now)
            });
            return Ok(());
        }
        if self.drain.is_some() {
            return Err(unwelcome(503, "the program is draining"));
        }
        let route = self.catalog.route(&conference).map_err(|unrouted| {
            let why = format!("no rule takes the conference; {}", tried(&unrouted));
            Unwelcome {
                code: unrouted.code,
                why,
            }
        })?;
        if self.sessions.len() >= self.settings.limits.most_sessions as usize {
            return Err(unwelcome(503, "limits.mostSessions is reached"));
        }
        if ends.max_forwards == 0 {
            return Err(unwelcome(483, "too many hops"));
        }
        let (id, seed) = self.name_session();
        tracing::info!(session = %id, rule = %route.rule, "session {from} opens conference {}", Masked(&conference));
        self.legs.insert(ends.far, seat(id));
        let opening = Opening {
            id,
            seed,
            route,
            call,
            port: None,
            alerting,
            triggered: Headers::new(),
            max_forwards: ends.max_forwards - 1,
            depth: ends.depth,
        };
        self.begin(opening, now);
        self.hosts(id, &conference);
        self.scribe.join(from, id);
        self.with_session(id, now, |_, _| {});
        Ok(())
    }

    /// What one end of a call between two sessions tells the other.
    pub(super) fn tell_across(&mut self, to: LegId, what: Across, now: Now) {
        let is_over = matches!(what, Across::Over { .. });
        if let Some(owner) = self.owner_of(to) {
            self.with_session(owner, now, |session, _| {
                session.hear_across(to, what, now);
            });
        }
        if is_over {
            self.untie(to);
        }
    }

    /// Neither end is there any more.
    fn untie(&mut self, end: LegId) {
        let far = self.inner.remove(&end);
        if let Some(far) = far {
            self.inner.remove(&far);
        }
        for end in [Some(end), far].into_iter().flatten() {
            self.legs.remove(&end);
        }
    }

    /// An end has lost its place in its session. Says whether it was one.
    pub(super) fn let_end_go(&mut self, end: LegId, code: u16, now: Now) -> bool {
        let Some(far) = self.inner.get(&end).copied() else {
            return false;
        };
        let what = Across::Over {
            code,
            reason: status::reason(code).to_string(),
            headers: HeaderMap::new(),
        };
        self.tell_across(far, what, now);
        self.outputs
            .push_back(Output::Media(media::Command::Close { leg: end }));
        true
    }
}

//! A call comes in: who is it, which rule takes the number, is there room.

use std::net::IpAddr;

use super::admission::{Admission, Caller};
use super::hop;
use super::opening::{Opening, tried};
use super::party::Seat;
use super::{Count, Output, Switchboard};
use crate::base::pii::Masked;
use crate::base::{CallId, LegId, Now};
use crate::call::headers;
use crate::script::event::Alerting;
use crate::settings::policy::Policies;
use crate::sip::message::{Headers, Name, Request};
use crate::sip::stack::Command;
use crate::sip::transport::{Flow, Listener};

impl Switchboard {
    /// A new INVITE outside any dialog.
    pub(super) fn receive(&mut self, leg: LegId, request: Request, flow: Flow, now: Now) {
        self.outputs.push_back(Output::Count(Count::CallIncoming));
        if let Err(refusal) = self.open_session(leg, &request, flow, now) {
            let Refusal { code, headers, why } = refusal;
            tracing::info!(code, to = %Masked(&self.destination(&request)), "call refused: {why}");
            self.outputs
                .push_back(Output::Count(Count::CallRefused { code }));
            self.stack.handle_command(
                Command::Reject {
                    leg,
                    code,
                    reason: None,
                    headers,
                },
                now.at,
            );
        }
    }

    fn open_session(
        &mut self,
        leg: LegId,
        request: &Request,
        flow: Flow,
        now: Now,
    ) -> Result<(), Refusal> {
        if self.drain.is_some() {
            return Err(Refusal::later(503, "the program is draining"));
        }
        let destination = match self.foreseen(request) {
            Some((_, destination)) => destination,
            None => self.destination(request),
        };
        let caller = match self.admit(request, &flow, &destination, now) {
            Admission::In(caller) => {
                self.note_admitted(&caller, &destination);
                caller
            }
            Admission::Challenge(headers) => {
                return Err(Refusal {
                    code: 401,
                    headers,
                    why: "digest asked".to_string(),
                });
            }
            Admission::Refuse { code, why } => return Err(Refusal::plain(code, why)),
        };
        let depth = hop::depth(&request.headers);
        let trunk = match &caller {
            Caller::Trunk { name } => Some(name.as_str()),
            Caller::User { .. } | Caller::Neighbour => None,
        };
        let (deepest, path) = Policies::of(&self.settings, trunk).max_depth();
        if depth > deepest {
            let why = format!("{path} is {deepest}, and {depth} transfers have led to this call");
            return Err(Refusal::plain(482, why));
        }
        if request.headers.get(&Name::Replaces).is_some() {
            return self.replace_call(leg, request, &caller, flow, now);
        }
        let route = self.catalog.route(&destination).map_err(|unrouted| {
            let tried = tried(&unrouted);
            Refusal::plain(unrouted.code, format!("no rule takes the number; {tried}"))
        })?;
        let host = match route.conference {
            true => self.host_of(&destination),
            false => None,
        };
        let host = match host {
            Some(Err(_)) => {
                let why = "limits.conferenceEndpoints is reached";
                return Err(Refusal::plain(486, why));
            }
            Some(Ok(host)) => Some(host),
            None => None,
        };
        if host.is_none() && self.sessions.len() >= self.settings.limits.most_sessions as usize {
            return Err(Refusal::later(503, "limits.mostSessions is reached"));
        }
        let malformed = |what: crate::sip::message::Malformed| Refusal::plain(400, what.reason);
        let from = request.headers.from().map_err(malformed)?;
        let to = request.headers.to().map_err(malformed)?;
        let place = host.map_or(CallId::INCOMING, |(_, guest)| guest);
        if let Some((host, _)) = host {
            self.scribe.adopt(host);
        }
        let (call, port) = self.take_call(place, leg, request, &caller, flow, now)?;
        let alerting = Alerting {
            call: place,
            callerid: from.uri.user().unwrap_or_default(),
            destination: destination.clone(),
            display_name: from.display.clone().unwrap_or_default(),
            from_uri: from.uri.to_string(),
            to_uri: to.uri.to_string(),
            headers: headers::visible(&request.headers),
            client_type: caller.client_type().to_string(),
            scheme: serde_json::json!({}),
        };
        let (id, seed) = match host {
            Some((host, _)) => (host, 0),
            None => self.name_session(),
        };
        let by = match &caller {
            Caller::Trunk { name } => format!("trunk {name}"),
            Caller::User { name } => format!("user {}", Masked(name)),
            Caller::Neighbour => "loopback".to_string(),
        };
        tracing::info!(session = %id, rule = %route.rule, "call from {} ({by}) to {}", Masked(&alerting.callerid), Masked(&destination));
        let max_forwards = request
            .headers
            .max_forwards()
            .ok()
            .flatten()
            .unwrap_or(70)
            .saturating_sub(1);
        self.legs.insert(leg, Seat::of_caller(id, &caller, request));
        if host.is_some() {
            self.with_session(id, now, |session, _| {
                session.let_in(call, Some(port), alerting, now);
            });
            return Ok(());
        }
        let conference = route.conference;
        let opening = Opening {
            id,
            seed,
            route,
            call,
            port: Some(port),
            alerting,
            triggered: Headers::new(),
            max_forwards,
            depth,
        };
        self.begin(opening, now);
        if conference {
            self.hosts(id, &destination);
        }
        self.with_session(id, now, |_, _| {});
        Ok(())
    }

    /// The dialled number or user: the request-URI's, or the To's where that URI is a Contact that a
    /// phone of ours or we ourselves have registered.
    pub(super) fn destination(&self, request: &Request) -> String {
        let registered =
            self.registrar.owner_of(&request.uri).is_some() || self.trunks.is_contact(&request.uri);
        let to = || request.headers.to().ok().and_then(|to| to.uri.user());
        let user = if registered {
            to()
        } else {
            request.uri.user().or_else(to)
        };
        user.unwrap_or_default()
    }
}

/// Why a call does not come in.
pub(super) struct Refusal {
    code: u16,
    headers: Headers,
    why: String,
}

impl Refusal {
    pub(super) fn plain(code: u16, why: impl Into<String>) -> Refusal {
        Refusal {
            code,
            headers: Headers::new(),
            why: why.into(),
        }
    }

    /// The caller may try again.
    pub(super) fn later(code: u16, why: &str) -> Refusal {
        let mut refusal = Refusal::plain(code, why);
        refusal.headers.push(Name::RetryAfter, "10");
        refusal
    }
}

/// The address of a listener that peers are told, and the host and port of our URIs.
pub fn host_of(listener: &Listener, domain: Option<&str>) -> (IpAddr, String, Option<u16>) {
    let address = listener.advertised;
    let host = match (domain, address.ip()) {
        (Some(domain), _) => return (address.ip(), domain.to_string(), None),
        (None, IpAddr::V4(ip)) => ip.to_string(),
        (None, IpAddr::V6(ip)) => format!("[{ip}]"),
    };
    let port = (address.port() != 5060).then_some(address.port());
    (address.ip(), host, port)
}

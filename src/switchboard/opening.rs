//! What a session begins with, whether a call or a transfer brought it about; and what every call begins with
//! that comes in.

use super::admission::Caller;
use super::reception::Refusal;
use super::{Entry, Output, Switchboard};
use crate::base::srtp::Side;
use crate::base::{CallId, LegId, Now, SessionId};
use crate::call::{Call, Facts};
use crate::media::Port;
use crate::scenario::{Route, Unrouted};
use crate::script::event::Alerting;
use crate::sdp::negotiate::Local;
use crate::session::Session;
use crate::sip::message::{Headers, Request};
use crate::sip::transport::Flow;

/// A session that is about to begin.
pub(super) struct Opening {
    pub id: SessionId,
    /// The script's chance.
    pub seed: u64,
    pub route: Route,
    pub call: Call,
    /// A stand-in has none.
    pub port: Option<Port>,
    pub alerting: Alerting,
    /// What goes into its calls because of the transfer that brought it about.
    pub triggered: Headers,
    /// For the calls that it places.
    pub max_forwards: u8,
    /// How many transfers have led to it.
    pub depth: u32,
}

impl Switchboard {
    /// Gives it an isolate and a place among the sessions; its first step is the caller's to take.
    pub(super) fn begin(&mut self, opening: Opening, now: Now) {
        let Opening {
            id, seed, route, ..
        } = opening;
        let destination = &opening.alerting.destination;
        self.scribe.begin(
            id,
            seed,
            &route.rule,
            destination,
            route.conference,
            &route.program,
        );
        let scenarios = route.program.scenarios.iter();
        let scenarios = scenarios
            .map(|scenario| (scenario.name.clone(), scenario.version.clone()))
            .collect();
        let session = Session::new(
            id,
            route.rule,
            scenarios,
            self.settings.limits.clone(),
            self.settings.transfer.clone(),
            opening.call,
            opening.port,
            opening.alerting,
            opening.triggered,
            now,
        );
        self.outputs.push_back(Output::OpenIsolate {
            session: id,
            program: route.program,
            seed,
        });
        self.sessions.insert(
            id,
            Entry {
                session,
                max_forwards: opening.max_forwards,
                depth: opening.depth,
                conference: None,
                deadline: None,
            },
        );
    }

    /// The call of an INVITE, with a port of its own.
    pub(super) fn take_call(
        &mut self,
        place: CallId,
        leg: LegId,
        request: &Request,
        caller: &Caller,
        flow: Flow,
        now: Now,
    ) -> Result<(Call, Port), Refusal> {
        let port = self
            .stock
            .take(now.at)
            .ok_or_else(|| Refusal::later(503, "no RTP port is free"))?;
        let mut listeners = self.sip.listeners.iter();
        let listener = listeners
            .find(|listener| listener.bound == flow.local || listener.advertised == flow.local);
        let sound = match caller {
            Caller::User { name } => self.settings.sound_of_user(name),
            Caller::Trunk { name } => self.settings.sound_of_trunk(name),
            Caller::Neighbour => self.settings.sound_of_others(),
        };
        let srtp = Side::deal(sound.srtp, sound.srtp_gcm, &mut self.dice);
        let local = Local {
            address: listener.map_or(flow.local.ip(), |listener| listener.advertised.ip()),
            rtp_port: port.rtp,
            rtcp_port: port.rtp + 1,
            session_id: self.dice.u64() >> 2,
            srtp,
            comedia: sound.comedia,
            wanted: sound.wanted,
        };
        let from = request.headers.from().ok();
        let from = from.and_then(|from| from.uri.user()).unwrap_or_default();
        let to = self.destination(request);
        let facts = Facts::incoming(from, to, caller.client_type(), now);
        let call = Call::incoming(place, leg, request, flow.remote.ip(), facts, local);
        call.map(|call| (call, port)).map_err(|refusal| {
            self.stock.put_back(port, now.at);
            Refusal::plain(refusal.code, refusal.why)
        })
    }
}

/// Why each rule did not take a number.
pub(super) fn tried(unrouted: &Unrouted) -> String {
    let tried: Vec<_> = unrouted
        .tried
        .iter()
        .map(|(rule, why)| format!("{rule}: {why}"))
        .collect();
    match tried.is_empty() {
        true => "there are no rules".to_string(),
        false => tried.join("; "),
    }
}

//! Who may call: a trunk's address, a user's digest, or anybody on loopback as long as no user has a
//! password. Decided before any rule is asked, so that nobody learns which numbers exist.

use super::Switchboard;
use crate::base::Now;
use crate::settings::Settings;
use crate::sip::auth::challenge::Verdict;
use crate::sip::message::{Headers, Request};
use crate::sip::stack;
use crate::sip::transport::Flow;

/// The caller, as far as we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    Trunk {
        name: String,
    },
    User {
        name: String,
    },
    /// From loopback, where nobody has a password.
    Neighbour,
}

/// What to do with the request.
#[derive(Debug)]
pub enum Admission {
    In(Caller),
    /// Answer 401 with these headers.
    Challenge(Headers),
    Refuse {
        code: u16,
        why: &'static str,
    },
}

impl Caller {
    /// As `Call.clientType()` says it.
    pub fn client_type(&self) -> &'static str {
        match self {
            Caller::Trunk { .. } => "pstn",
            Caller::User { .. } => "user",
            Caller::Neighbour => "sip",
        }
    }
}

impl Switchboard {
    pub(super) fn admit(
        &mut self,
        request: &Request,
        flow: &Flow,
        destination: &str,
        now: Now,
    ) -> Admission {
        if let Some((caller, _)) = self.foreseen(request) {
            return Admission::In(caller);
        }
        let source = flow.remote.ip();
        if let Some(trunk) = self.settings.trunk_from(source, destination) {
            return Admission::In(Caller::Trunk {
                name: trunk.name.clone(),
            });
        }
        if source.to_canonical().is_loopback() && !self.settings.has_passwords() {
            return Admission::In(Caller::Neighbour);
        }
        if self.settings.is_trunk_source(source) {
            return Admission::Refuse {
                code: 404,
                why: "no trunk of that address brings this number",
            };
        }
        self.authenticate(request, now)
    }

    /// Digest only.
    pub(super) fn authenticate(&mut self, request: &Request, now: Now) -> Admission {
        if let Some((caller, _)) = self.foreseen(request) {
            return Admission::In(caller);
        }
        let users = &self.settings.users;
        let password = |name: &str| users.get(name).and_then(|user| user.password.clone());
        match self.challenger.judge(request, &password, now.at) {
            Verdict::Ok { username } => {
                let caller = Caller::User { name: username };
                self.note_admitted(&caller, "");
                Admission::In(caller)
            }
            verdict => Admission::Challenge(self.challenger.challenge(&verdict, now.at)),
        }
    }
}

/// The digest realm: the domain, or the address that we tell.
pub fn realm(settings: &Settings, sip: &stack::Settings) -> String {
    match (&settings.domain, sip.listeners.first()) {
        (Some(domain), _) => domain.clone(),
        (None, Some(listener)) => listener.advertised.ip().to_string(),
        (None, None) => "switchhook".to_string(),
    }
}

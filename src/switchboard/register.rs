//! Requests outside any call: phones register; nothing else is taken.

use super::admission::{Admission, Caller};
use super::{Output, Switchboard};
use crate::base::Now;
use crate::settings::Settings;
use crate::sip::message::{Headers, Method, Request};
use crate::sip::registrar;
use crate::sip::stack::{self, Command, TransactionId};
use crate::sip::transport::Flow;

impl Switchboard {
    pub(super) fn hear_outside(
        &mut self,
        transaction: TransactionId,
        request: Request,
        flow: Flow,
        now: Now,
    ) {
        if request.method == Method::Refer {
            return self.hear_refer_outside(transaction, request, flow, now);
        }
        let (code, reason, headers) = match request.method {
            Method::Register => self.register(&request, flow, now),
            // A MESSAGE has no script to go to outside a call.
            _ => match self.admit(&request, &flow, "", now) {
                Admission::In(_) => (404, None, Headers::new()),
                Admission::Challenge(headers) => (401, None, headers),
                Admission::Refuse { code, .. } => (code, None, Headers::new()),
            },
        };
        let reason = reason.map(str::to_string);
        self.stack.handle_command(
            Command::Respond {
                transaction,
                code,
                reason,
                headers,
                body: None,
            },
            now.at,
        );
    }

    /// REGISTER always needs digest, from loopback too; a user may register itself and nobody else.
    fn register(
        &mut self,
        request: &Request,
        flow: Flow,
        now: Now,
    ) -> (u16, Option<&'static str>, Headers) {
        let address = match request.headers.to() {
            Ok(to) => to.uri,
            Err(_) => return (400, None, Headers::new()),
        };
        if address.as_sip().is_none() {
            return (400, Some("To is no SIP address"), Headers::new());
        }
        if !self.settings.has_passwords() {
            return (403, Some("No users"), Headers::new());
        }
        let user = match self.authenticate(request, now) {
            Admission::In(Caller::User { name }) => name,
            Admission::Challenge(headers) => return (401, None, headers),
            Admission::In(_) | Admission::Refuse { .. } => return (403, None, Headers::new()),
        };
        if address.user().as_deref() != Some(user.as_str()) {
            return (403, None, Headers::new());
        }
        let answer = self.registrar.handle_register(&user, request, flow, now);
        if answer.changed {
            tracing::info!(user = %crate::base::pii::Masked(&user), devices = self.registrar.lookup(&user, now.at).len(), "registered devices changed");
            self.store_bindings(user);
        }
        (answer.code, answer.reason, answer.headers)
    }

    pub(super) fn store_bindings(&mut self, user: String) {
        let bindings = self.registrar.stored(&user);
        self.outputs.push_back(Output::Bindings { user, bindings });
    }
}

pub fn registrar_config(settings: &Settings, sip: &stack::Settings) -> registrar::Config {
    registrar::Config {
        listeners: sip.listeners.clone(),
        domain: settings.domain.clone(),
        most_contacts: settings.limits.contacts as usize,
        min_s: settings.limits.register_min_s,
        max_s: settings.limits.register_max_s,
    }
}

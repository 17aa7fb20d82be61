//! Our registrations with the trunks that want one.

use std::collections::VecDeque;
use std::time::Instant;

use crate::base::Dice;
use crate::settings::{Settings, Trunk};
use crate::sip::message::Uri;
use crate::sip::registration::{Account, Output, Registration};
use crate::sip::stack::{Command, Credentials, Event, RequestId};

/// Every registration of ours, alive or on its way out.
#[derive(Debug, Default)]
pub struct Trunks {
    registrations: Vec<Registration>,
    next_id: u64,
    commands: VecDeque<Command>,
}

impl Trunks {
    /// Registers with the trunks that are new, leaves those that are gone or have changed.
    pub fn follow(&mut self, settings: &Settings, dice: &mut Dice) {
        let wanted: Vec<_> = settings
            .trunks
            .iter()
            .filter(|trunk| trunk.register)
            .filter_map(account_of)
            .collect();
        for registration in &mut self.registrations {
            if !wanted.contains(registration.account()) {
                registration.stop();
            }
        }
        for account in wanted {
            let is_known = |registration: &Registration| {
                registration.account() == &account && !registration.is_stopped()
            };
            if !self.registrations.iter().any(is_known) {
                // Small numbers: a session's requests have the top bit set.
                self.next_id += 1;
                self.registrations.push(Registration::new(
                    account,
                    RequestId(self.next_id),
                    dice.deal(),
                ));
            }
        }
        self.collect();
    }

    /// Tells every trunk that we are gone.
    pub fn sign_off(&mut self) {
        for registration in &mut self.registrations {
            registration.stop();
        }
        self.collect();
    }

    pub fn is_signed_off(&self) -> bool {
        self.registrations.iter().all(Registration::is_stopped)
    }

    pub fn owns(&self, id: RequestId) -> bool {
        self.registrations
            .iter()
            .any(|registration| registration.id() == id)
    }

    /// Whether `uri` is a Contact that we have registered with a trunk.
    pub fn is_contact(&self, uri: &Uri) -> bool {
        self.registrations
            .iter()
            .any(|registration| registration.is_up() && registration.is_contact(uri))
    }

    pub fn handle_response(&mut self, event: Event, now: Instant) {
        let Event::Response {
            id, code, response, ..
        } = event
        else {
            return;
        };
        if let Some(registration) = self
            .registrations
            .iter_mut()
            .find(|registration| registration.id() == id)
        {
            registration.handle_response(code, response.as_deref(), now);
        }
        self.collect();
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        for registration in &mut self.registrations {
            registration.handle_timeout(now);
        }
        self.collect();
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.registrations
            .iter()
            .filter_map(Registration::next_deadline)
            .min()
    }

    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    fn collect(&mut self) {
        for registration in &mut self.registrations {
            while let Some(output) = registration.poll() {
                let trunk = &registration.account().trunk;
                match output {
                    Output::Send(outside) => {
                        self.commands.push_back(Command::RequestOutside(outside))
                    }
                    Output::Up { expires_s } => {
                        tracing::info!(%trunk, expires_s, "registered with the trunk")
                    }
                    Output::Down { code, again_in } => {
                        tracing::warn!(%trunk, code, again_in_s = again_in.as_secs(), "not registered with the trunk; tried again");
                    }
                }
            }
        }
        self.registrations
            .retain(|registration| !registration.is_stopped());
    }
}

fn account_of(trunk: &Trunk) -> Option<Account> {
    let user = trunk.username.clone().or_else(|| trunk.uri.user())?;
    let credentials = trunk.password.clone().map(|password| Credentials {
        username: user.clone(),
        password,
    });
    Some(Account {
        trunk: trunk.name.clone(),
        registrar: trunk.uri.clone(),
        user,
        credentials,
    })
}

//! Whoever is called by a scenario: users and trunks of the configuration, and whatever addresses it dials. Each
//! gets a phone when it is called for the first time.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::manners;
use super::{Crowd, Hardship};
use crate::base::pii::Secret;
use crate::script::command::Destination;
use crate::settings::{Settings, User};
use crate::sim::chance::Chance;
use crate::sim::phone::{Manners, Owner};
use crate::sim::world::{SERVER, SERVER_NAME, Stranger, Strangers};
use crate::sip::message::uri::SipUri;
use crate::sip::message::{NameAddr, Uri};
use crate::sip::transport::{Target, Transport, host_address};

/// A scenario that calls more is not believed.
const MOST_PHONES: usize = 100;

/// Knows everybody.
pub(super) struct Guests {
    crowd: Arc<Crowd>,
    settings: Settings,
    chance: Chance,
    /// As ladders call them.
    names: BTreeSet<String>,
    addresses: BTreeSet<SocketAddr>,
}

impl Guests {
    pub fn new(crowd: Arc<Crowd>, settings: Settings, chance: Chance) -> Guests {
        Guests {
            crowd,
            settings,
            chance,
            names: [SERVER_NAME.to_string()].into(),
            addresses: [SERVER].into(),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A user whom the configuration names, or, where it names none, whoever it may be.
    pub fn user(&mut self, name: &str) -> Option<(Owner, Manners)> {
        let knows_users = !self.crowd.settings.users.is_empty();
        let password = match self.settings.users.get(name) {
            Some(user) => user.password.clone(),
            None if knows_users => return None,
            None => None,
        };
        let (name, owner) = (name.to_string(), self.owner(name, name, password)?);
        let user = self.settings.users.entry(name).or_insert(User {
            password: None,
            display_name: None,
            contact: None,
            profile: None,
            sound: Default::default(),
        });
        // Registered, or with a fixed address: it can be reached.
        let host = owner.address.ip().to_string();
        user.contact = Some(Uri::sip(&owner.user, &host, None));
        Some((owner, self.manners()))
    }

    /// The phone stands for a trunk: what goes there comes to it, and it brings calls.
    pub fn trunk(&mut self, name: &str) -> Option<(Owner, Manners)> {
        let owner = self.owner(name, "provider", None)?;
        let mut trunks = self.settings.trunks.iter_mut();
        let trunk = trunks.find(|trunk| trunk.name == name)?;
        trunk.uri = Uri::Sip(SipUri {
            host: owner.address.ip().to_string(),
            ..SipUri::default()
        });
        trunk.sources.push(owner.address.ip().into());
        Some((owner, self.manners()))
    }

    /// Somebody far away.
    fn far(&mut self, to: &str) -> Option<Stranger> {
        let text = match to.contains(':') || to.contains('<') {
            true => to.to_string(),
            false => format!("sip:{to}"),
        };
        let address = NameAddr::parse(text.as_bytes()).ok()?;
        if let Uri::Tel { number, .. } = &address.uri {
            return self.number(&number.clone());
        }
        let uri = address.uri.as_sip()?;
        let user = address.uri.user().unwrap_or_default();
        let domain = self.settings.domain.as_deref();
        let port = uri.port.unwrap_or(SERVER.port());
        let ip = host_address(&uri.host);
        let is_ours = domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&uri.host));
        if is_ours || ip.is_some_and(|ip| SocketAddr::new(ip, port) == SERVER) {
            return self.here(&user);
        }
        let name = format!("{user}@{}", uri.host);
        let mut owner = self.owner(&name, &user, None)?;
        let mut host = None;
        match ip {
            Some(ip) => {
                self.addresses.remove(&owner.address);
                owner.address = SocketAddr::new(ip, port);
                if !self.addresses.insert(owner.address) {
                    self.names.remove(&name);
                    return None;
                }
            }
            None => {
                let transport = Transport::Udp;
                let remote = owner.address;
                host = Some((uri.host.clone(), Target { transport, remote }));
            }
        }
        Some(Stranger {
            owner,
            manners: self.manners(),
            settings: None,
            host,
        })
    }

    fn number(&mut self, number: &str) -> Option<Stranger> {
        let trunk = self.settings.trunk_for(number)?.name.clone();
        let known = self.trunk(&trunk)?;
        Some(self.known(known))
    }

    fn here(&mut self, user: &str) -> Option<Stranger> {
        let known = self.user(user)?;
        Some(self.known(known))
    }

    fn known(&self, (owner, manners): (Owner, Manners)) -> Stranger {
        Stranger {
            owner,
            manners,
            settings: Some(Box::new(self.settings.clone())),
            host: None,
        }
    }

    fn owner(&mut self, name: &str, user: &str, password: Option<Secret>) -> Option<Owner> {
        let at = self.names.len();
        if at > MOST_PHONES || !self.names.insert(name.to_string()) {
            return None;
        }
        let ip = IpAddr::V4(Ipv4Addr::new(127, 0, 1, at as u8));
        let address = SocketAddr::new(ip, SERVER.port());
        self.addresses.insert(address);
        let domain = self.settings.domain.clone();
        Some(Owner {
            name: name.to_string(),
            user: user.to_string(),
            password,
            address,
            rtp: 4000,
            server: SERVER,
            domain: domain.unwrap_or_else(|| SERVER.ip().to_string()),
        })
    }

    fn manners(&mut self) -> Manners {
        let is_impatient = self.crowd.hardships.has(Hardship::Impatience);
        manners::of_callee(&mut self.chance, is_impatient)
    }
}

impl Strangers for Guests {
    fn called(&mut self, to: &Destination) -> Option<Stranger> {
        match to {
            Destination::User { username } | Destination::UserDirect { username, .. } => {
                self.here(username)
            }
            Destination::Pstn { number } => self.number(number),
            // The rules say who hosts it.
            Destination::Conference { .. } => None,
            Destination::Sip { to, .. } => self.far(to),
        }
    }
}

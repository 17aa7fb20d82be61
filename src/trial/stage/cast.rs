//! The phones of a test: where they are, whose they are, and what the configuration says of that.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{CLEARING, Stage, TEST_NAME};
use crate::base::pii::Secret;
use crate::sdp::Codec;
use crate::settings::User;
use crate::sim::phone::{Manners, Owner, Wish};
use crate::sim::world::{SERVER, SERVER_NAME};
use crate::sip::message::Uri;
use crate::sip::message::uri::SipUri;

/// As long as the registrar allows by default.
const REGISTRATION_S: u32 = 7200;
const MOST_PHONES: usize = 200;

impl Stage {
    pub(super) fn free_address(&self, name: &str) -> Result<SocketAddr, String> {
        let count = self.world.phones().count();
        if self.world.phone(name).is_some() || [SERVER_NAME, TEST_NAME].contains(&name) {
            return Err(format!("there are two phones `{name}`"));
        }
        if count >= MOST_PHONES {
            return Err(format!("a test has {MOST_PHONES} phones at most"));
        }
        let ip = IpAddr::V4(Ipv4Addr::new(127, 0, 1, count as u8 + 1));
        Ok(SocketAddr::new(ip, 5060))
    }

    /// A user that the configuration does not know gets a fixed contact, or the password of the test. The
    /// password that its phone knows.
    pub(super) fn admit(
        &mut self,
        user: &str,
        password: Option<String>,
        address: SocketAddr,
    ) -> Option<Secret> {
        let password = password.map(Secret::new);
        let known = self.settings.users.entry(user.to_string());
        let known = known.or_insert(User {
            password: password.clone(),
            display_name: None,
            contact: None,
            profile: None,
            sound: Default::default(),
        });
        let Some(right) = known.password.clone() else {
            known.contact = Some(Uri::sip(user, &address.ip().to_string(), None));
            return None;
        };
        Some(password.unwrap_or(right))
    }

    /// From now on the trunk is at this address, and its calls come from there.
    pub(super) fn stand_for(&mut self, trunk: &str, address: SocketAddr) -> Result<(), String> {
        let mut trunks = self.settings.trunks.iter_mut();
        let known = trunks.find(|known| known.name == trunk);
        let known = known.ok_or_else(|| format!("there is no trunk `{trunk}`"))?;
        known.uri = Uri::Sip(SipUri {
            host: address.ip().to_string(),
            ..SipUri::default()
        });
        known.sources.push(address.ip().into());
        Ok(())
    }

    /// With a password it registers, and is registered when this returns.
    pub(super) fn add_phone(
        &mut self,
        name: String,
        user: String,
        password: Option<Secret>,
        address: SocketAddr,
        manners: Manners,
    ) -> Result<(), String> {
        let registers = password.is_some();
        let domain = self.settings.domain.clone();
        let owner = Owner {
            name: name.clone(),
            user,
            password,
            address,
            rtp: 4000,
            server: SERVER,
            domain: domain.unwrap_or_else(|| SERVER.ip().to_string()),
        };
        self.world.furnish(self.settings.clone());
        self.world.add_phone(owner, manners);
        if registers {
            let expires_s = REGISTRATION_S.min(self.settings.limits.register_max_s);
            self.wish(&name, Wish::Register { expires_s })?;
            let until = self.elapsed() + CLEARING;
            while !self.is_calm() && self.elapsed() < until {
                self.step(until);
            }
        }
        Ok(())
    }
}

pub(super) fn manners(codecs: Option<Vec<String>>) -> Result<Manners, String> {
    let mut manners = Manners::default();
    if let Some(names) = codecs {
        manners.codecs = names
            .iter()
            .map(|name| codec(name))
            .collect::<Result<_, _>>()?;
    }
    Ok(manners)
}

fn codec(name: &str) -> Result<Codec, String> {
    let codec = Codec::labelled(name);
    codec.ok_or_else(|| format!("`{name}` is no codec; there are {}", Codec::labels()))
}

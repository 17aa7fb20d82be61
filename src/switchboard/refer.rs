//! A REFER of ours: to whom, in whose name, with which credentials.

use crate::session::{ReferWish, Referred};
use crate::settings::Trunk;
use crate::sip::message::headers::is_safe_value;
use crate::sip::message::uri::percent_encode_user;
use crate::sip::message::{NameAddr, Uri};
use crate::sip::stack::{Credentials, ReferId, ReferredBy};

use super::dial::{Desk, Refused, credentials_of, parse_address};
use super::party::Who;
use super::reception::host_of;

/// The longest address that goes out, in bytes.
const LONGEST: usize = 2048;

impl Desk<'_> {
    pub(super) fn referred(&self, refer: ReferId, wish: &ReferWish) -> Result<Referred, Refused> {
        let who = self.legs.get(&wish.leg).map(|seat| &seat.party.who);
        let trunk = match who {
            Some(Who::Trunk { name }) => self
                .settings
                .trunks
                .iter()
                .find(|trunk| trunk.name == *name),
            _ => None,
        };
        let to = wish.to.map(|to| self.named(to, trunk)).transpose()?;
        let referred_by = match wish.referred_by {
            None => ReferredBy::Peer,
            Some("") => ReferredBy::Nobody,
            Some(by) => ReferredBy::Address(self.named(by, None)?),
        };
        let credentials = match who {
            Some(Who::Trunk { .. }) => trunk.and_then(credentials_of),
            // Whoever is there has shown, or been given, this very password.
            Some(Who::User { name }) => self.settings.users.get(name).and_then(|user| {
                Some(Credentials {
                    username: name.clone(),
                    password: user.password.clone()?,
                })
            }),
            Some(Who::Neighbour | Who::Stranger) | None => None,
        };
        Ok(Referred {
            refer,
            to,
            referred_by,
            credentials,
        })
    }

    /// An address as it goes out. A number or user alone is one of the trunk's, where there is a trunk,
    /// else one of ours.
    fn named(&self, text: &str, trunk: Option<&Trunk>) -> Result<String, Refused> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST || !is_safe_value(text) {
            return Err((400, "Not An Address".to_string()));
        }
        if text.contains(['@', '<', ':']) {
            let address = parse_address(text).ok_or((400, "Not An Address".to_string()))?;
            return match address.uri {
                Uri::Sip(_) | Uri::Tel { .. } => {
                    let mut named = NameAddr::new(address.uri);
                    named.display = address.display;
                    Ok(named.to_string())
                }
                Uri::Other(_) => Err((416, "Only sip:, sips: And tel: Addresses".to_string())),
            };
        }
        let uri = match trunk.and_then(|trunk| trunk.uri.as_sip()) {
            Some(host) => {
                let mut uri = host.clone();
                uri.raw_user = Some(percent_encode_user(text));
                uri.password = None;
                uri.headers.clear();
                Uri::Sip(uri)
            }
            None => {
                let listener = self.listeners.first();
                let listener = listener.ok_or((503, "No Listener".to_string()))?;
                let (_, host, port) = host_of(listener, self.settings.domain.as_deref());
                Uri::sip(text, &host, port)
            }
        };
        Ok(NameAddr::new(uri).to_string())
    }
}

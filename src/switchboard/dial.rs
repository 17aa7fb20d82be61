//! Where a call goes: a user's devices, a trunk, a URI.

use std::collections::HashMap;

use crate::base::srtp::Side;
use crate::base::{Dice, LegId, Now, SessionId};
use crate::call::Way;
use crate::media::port::Stock;
use crate::script::command::{Destination, PlaceCall};
use crate::sdp::negotiate::Local;
use crate::session::inner::Ends;
use crate::session::{self, Dialed, ReferWish, Referred};
use crate::settings::{Settings, Trunk};
use crate::sip::message::headers::is_safe_value;
use crate::sip::message::{Headers, Name, NameAddr, Uri};
use crate::sip::registrar::Registrar;
use crate::sip::stack::{Credentials, ReferId};
use crate::sip::transport::{Flow, Listener};

use super::firewall::Asked;
use super::hop;
use super::party::{Dialled, Seat, Who};
use super::reception::host_of;

/// What a session may take from the switchboard while it takes a step.
pub struct Desk<'a> {
    pub settings: &'a Settings,
    pub registrar: &'a Registrar,
    pub stock: &'a mut Stock,
    pub listeners: &'a [Listener],
    pub next_leg: &'a mut u64,
    pub dice: &'a mut Dice,
    pub session: SessionId,
    /// Of the session's own call.
    pub max_forwards: u8,
    /// How many transfers have led to the session.
    pub depth: u32,
    /// The transfers that a call may be placed for.
    pub asked: &'a HashMap<ReferId, Asked>,
    /// Whom the legs that this step places reach.
    pub dialled: Vec<Dialled>,
    /// Who is on the legs that are there already.
    pub legs: &'a HashMap<LegId, Seat>,
    pub now: Now,
}

/// One place to send an INVITE to.
struct Place {
    who: Who,
    uri: Uri,
    flow: Option<Flow>,
    route: Option<Uri>,
    credentials: Option<Credentials>,
    headers: Headers,
}

pub(super) type Refused = (u16, String);

impl session::Desk for Desk<'_> {
    fn refer(&mut self, wish: &ReferWish) -> Result<Referred, Refused> {
        let refer = ReferId(self.leg().0);
        self.referred(refer, wish)
    }

    fn dial(
        &mut self,
        place: &PlaceCall,
        extra: Headers,
        transfer: Option<ReferId>,
    ) -> Result<Dialed, Refused> {
        let (depth, max_forwards) = self.reach(transfer)?;
        let (places, client_type, to) = match &place.to {
            Destination::User { username } | Destination::UserDirect { username, .. } => {
                (self.user(username)?, "user", username.clone())
            }
            Destination::Pstn { number } => (vec![self.pstn(number)?], "pstn", number.clone()),
            // It leads to no address.
            Destination::Conference { .. } => return Err((404, "Not Found".to_string())),
            Destination::Sip {
                to,
                auth_user,
                password,
                out_proxy,
            } => {
                let places = self.sip(
                    to,
                    auth_user.as_deref(),
                    password.as_deref(),
                    out_proxy.as_deref(),
                )?;
                (places, "sip", to.clone())
            }
        };
        let first = places
            .first()
            .ok_or((480, "Temporarily Unavailable".to_string()))?;
        let listener = self
            .listener_for(first)
            .ok_or((503, "no listener of that address family".to_string()))?;
        let (address, host, port) = host_of(listener, self.settings.domain.as_deref());
        let from = self.caller(place, &host, port);
        let port = self
            .stock
            .take(self.now.at)
            .ok_or((503, "no RTP port is free".to_string()))?;
        let sound = match &first.who {
            Who::User { name } => self.settings.sound_of_user(name),
            Who::Trunk { name } => self.settings.sound_of_trunk(name),
            Who::Neighbour | Who::Stranger => self.settings.sound_of_others(),
        };
        let srtp = Side::deal(sound.srtp, sound.srtp_gcm, self.dice);
        let local = Local {
            address,
            rtp_port: port.rtp,
            rtcp_port: port.rtp + 1,
            session_id: self.dice.u64() >> 2,
            srtp,
            comedia: sound.comedia,
            wanted: sound.wanted,
        };
        let sound = self.leg();
        let ways = places
            .into_iter()
            .map(|place_to| {
                let mut headers = crate::call::headers::from_script(&place.headers);
                headers.append(extra.clone());
                headers.append(place_to.headers);
                hop::mark(&mut headers, depth, self.session);
                let tag = self.dice.token(8);
                let leg = self.leg();
                self.dialled.push(Dialled {
                    leg,
                    who: place_to.who,
                    depth,
                });
                Way {
                    leg,
                    to: NameAddr::new(place_to.uri.without_headers()),
                    uri: place_to.uri.without_headers(),
                    from: from.clone().with_tag(&tag),
                    route: place_to.route,
                    flow: place_to.flow,
                    headers,
                    credentials: place_to.credentials,
                    max_forwards,
                }
            })
            .collect();
        let from = from.uri.user().unwrap_or_default();
        Ok(Dialed {
            ways,
            sound,
            port,
            local,
            from,
            to,
            client_type,
        })
    }

    fn dial_conference(
        &mut self,
        place: &PlaceCall,
        transfer: Option<ReferId>,
    ) -> Result<Ends, Refused> {
        let (depth, max_forwards) = self.reach(transfer)?;
        let from = self.caller(place, "localhost", None);
        Ok(Ends {
            near: self.leg(),
            far: self.leg(),
            callerid: from.uri.user().unwrap_or_default(),
            display_name: from.display.unwrap_or_default(),
            depth,
            max_forwards,
        })
    }
}

impl Desk<'_> {
    /// How many transfers have led to a call that is placed now, and how much further it may go.
    fn reach(&self, transfer: Option<ReferId>) -> Result<(u32, u8), Refused> {
        let asked = transfer.and_then(|refer| self.asked.get(&refer));
        let depth = asked.map_or(self.depth, |asked| asked.depth.max(self.depth));
        let max_forwards = asked.map_or(self.max_forwards, |asked| {
            asked.max_forwards.min(self.max_forwards)
        });
        match max_forwards {
            0 => Err((483, "Too Many Hops".to_string())),
            _ => Ok((depth, max_forwards)),
        }
    }

    /// Legs that we place have the top bit clear; the stack's have it set.
    fn leg(&mut self) -> LegId {
        *self.next_leg += 1;
        LegId(*self.next_leg & !(1 << 63))
    }

    /// Every device of a user: what it registered, and its fixed address.
    fn user(&self, username: &str) -> Result<Vec<Place>, Refused> {
        let name = username.strip_prefix("sip:").unwrap_or(username);
        let name = name.split_once('@').map_or(name, |(user, _)| user);
        let user = self
            .settings
            .users
            .get(name)
            .ok_or((404, "Not Found".to_string()))?;
        let who = || Who::User {
            name: name.to_string(),
        };
        let registered = self
            .registrar
            .lookup(name, self.now.at)
            .into_iter()
            .map(|binding| Place {
                who: who(),
                uri: binding.contact,
                flow: binding.flow,
                route: None,
                credentials: None,
                headers: Headers::new(),
            });
        let fixed = user.contact.iter().map(|contact| Place {
            who: who(),
            uri: contact.clone(),
            flow: None,
            route: None,
            credentials: None,
            headers: Headers::new(),
        });
        let places: Vec<_> = registered.chain(fixed).collect();
        if places.is_empty() {
            return Err((480, "Temporarily Unavailable".to_string()));
        }
        Ok(places)
    }

    /// The first trunk whose routes take the number.
    fn pstn(&self, number: &str) -> Result<Place, Refused> {
        let trunk = self
            .settings
            .trunk_for(number)
            .ok_or((404, "no trunk takes this number".to_string()))?;
        let Some(host) = trunk.uri.as_sip() else {
            return Err((500, format!("trunk {} has no SIP URI", trunk.name)));
        };
        let mut uri = host.clone();
        uri.raw_user = Some(crate::sip::message::uri::percent_encode_user(number));
        Ok(Place {
            who: Who::Trunk {
                name: trunk.name.clone(),
            },
            uri: Uri::Sip(uri),
            flow: None,
            route: None,
            credentials: credentials_of(trunk),
            headers: Headers::new(),
        })
    }

    /// A URI or a name-addr as a script has it, a raw Refer-To included.
    fn sip(
        &self,
        to: &str,
        auth_user: Option<&str>,
        password: Option<&str>,
        proxy: Option<&str>,
    ) -> Result<Vec<Place>, Refused> {
        let bad = |what: &str| (400, format!("{what}: not a SIP address"));
        let target = parse_address(to).ok_or_else(|| bad("callSIP"))?;
        let (uri, mut headers) = match target.uri {
            Uri::Tel { ref number, .. } => return Ok(vec![self.pstn(number)?]),
            Uri::Other(_) => {
                return Err((416, "only sip:, sips: and tel: can be called".to_string()));
            }
            Uri::Sip(_) => (target.uri.clone(), Headers::new()),
        };
        // Of the headers that a Refer-To may bring along, only those of the application pass.
        for (name, value) in target
            .uri
            .as_sip()
            .map(|uri| uri.headers.as_slice())
            .unwrap_or_default()
        {
            let value = crate::sip::message::uri::percent_decode(value)
                .and_then(|value| String::from_utf8(value).ok());
            if let Some(value) = value.filter(|value| is_safe_value(value) && value.len() <= 4095)
                && name.len() > 2
                && name[..2].eq_ignore_ascii_case("x-")
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            {
                headers.push(Name::parse(name.as_bytes()), value.into_bytes());
            }
        }
        if self.is_ours(&uri) && proxy.is_none() {
            let user = uri.user().unwrap_or_default();
            let mut places = self.user(&user)?;
            for place in &mut places {
                place.headers = headers.clone();
            }
            return Ok(places);
        }
        let route = match proxy {
            Some(proxy) => Some(parse_address(proxy).ok_or_else(|| bad("outProxy"))?.uri),
            None => None,
        };
        let credentials = match (auth_user, password) {
            (user, Some(password)) => {
                let user = user
                    .map(str::to_string)
                    .or_else(|| uri.user())
                    .unwrap_or_default();
                Some(Credentials {
                    username: user,
                    password: crate::base::pii::Secret::new(password),
                })
            }
            (_, None) => self.settings.trunk_at(&uri).and_then(credentials_of),
        };
        let who = match self.settings.trunk_at(&uri) {
            Some(trunk) => Who::Trunk {
                name: trunk.name.clone(),
            },
            None => Who::Stranger,
        };
        Ok(vec![Place {
            who,
            uri,
            flow: None,
            route,
            credentials,
            headers,
        }])
    }

    /// Whether the URI's host is this program: the domain, or a listener with its port.
    fn is_ours(&self, uri: &Uri) -> bool {
        let Some(uri) = uri.as_sip() else {
            return false;
        };
        if self
            .settings
            .domain
            .as_deref()
            .is_some_and(|domain| domain.eq_ignore_ascii_case(&uri.host))
        {
            return true;
        }
        let host = uri.host.trim_start_matches('[').trim_end_matches(']');
        let Ok(host) = host.parse::<std::net::IpAddr>() else {
            return false;
        };
        let port = uri.port.unwrap_or(5060);
        self.listeners
            .iter()
            .any(|listener| [listener.bound, listener.advertised].contains(&(host, port).into()))
    }

    fn listener_for(&self, place: &Place) -> Option<&Listener> {
        if let Some(flow) = place.flow {
            return self.listeners.iter().find(|listener| {
                listener.bound == flow.local || listener.advertised == flow.local
            });
        }
        let next = place.route.as_ref().unwrap_or(&place.uri);
        let wants_v6 = next.as_sip().is_some_and(|uri| uri.host.starts_with('['));
        let mut fitting = self
            .listeners
            .iter()
            .filter(|listener| listener.advertised.is_ipv6() == wants_v6);
        fitting.next()
    }

    /// The From: the script's caller id and display name, either of which may be a name-addr.
    fn caller(&self, place: &PlaceCall, host: &str, port: Option<u16>) -> NameAddr {
        let id = place.callerid.as_deref().filter(|id| !id.is_empty());
        let (user, own_display) = match id.and_then(parse_name_addr) {
            Some(address) => (address.uri.user(), address.display),
            None => (id.map(str::to_string), None),
        };
        let user = user
            .filter(|user| is_safe_value(user))
            .unwrap_or_else(|| "anonymous".to_string());
        let display = place
            .display_name
            .as_deref()
            .filter(|name| !name.is_empty());
        let display = match display.and_then(parse_name_addr) {
            Some(address) => address.display.clone().or_else(|| address.uri.user()),
            None => display.map(str::to_string).or(own_display),
        };
        let mut from = NameAddr::new(Uri::sip(&user, host, port));
        from.display = display
            .filter(|name| is_safe_value(name))
            .map(|name| name.chars().take(200).collect());
        from
    }
}

pub(super) fn credentials_of(trunk: &Trunk) -> Option<Credentials> {
    Some(Credentials {
        username: trunk.username.clone()?,
        password: trunk.password.clone()?,
    })
}

/// A URI or name-addr of a script's; `user@host` without a scheme counts as `sip:`.
pub(super) fn parse_address(text: &str) -> Option<NameAddr> {
    let text = text.trim();
    if !is_safe_value(text) || text.len() > 4095 {
        return None;
    }
    if let Some(address) = parse_name_addr(text) {
        return Some(address);
    }
    match text.contains('@') && !text.contains('<') {
        true => Uri::parse(format!("sip:{text}").as_bytes())
            .ok()
            .map(NameAddr::new),
        false => None,
    }
}

/// A text that says itself that it is an address: angle brackets or a scheme that we know.
fn parse_name_addr(text: &str) -> Option<NameAddr> {
    let text = text.trim();
    let schemes = ["sip:", "sips:", "tel:"];
    let starts = schemes.iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if !starts && !text.contains('<') {
        return None;
    }
    if starts && !text.contains('<') {
        // A bare URI is all URI here: its parameters and headers are its own (RFC 8217 §4).
        return Uri::parse(text.as_bytes()).ok().map(NameAddr::new);
    }
    NameAddr::parse(text.as_bytes())
        .ok()
        .filter(|address| !matches!(address.uri, Uri::Other(_)))
}

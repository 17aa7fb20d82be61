//! Phones register with us (RFC 3261 §10.3): a table of who is where, without a clock or a store of
//! its own. Whoever calls it has authenticated the user and holds the user to its own name.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::base::Now;
use crate::sip::message::uri::SipUri;
use crate::sip::message::{Headers, Name, NameAddr, Request, Uri};
use crate::sip::transport::{Flow, Listener, Transport};

/// Granted where a phone names no time, or one that is no number (§10.3 step 6).
const DEFAULT_EXPIRES_S: u32 = 3600;
/// A Contact is stored, written into request lines and told to others.
const MOST_CONTACT_BYTES: usize = 1024;

/// What the table holds to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Ours: a Contact that leads back to one of them would make a loop.
    pub listeners: Vec<Listener>,
    /// Our domain, for the same reason.
    pub domain: Option<String>,
    /// Devices of one user.
    pub most_contacts: usize,
    /// Shortest time that is granted, in seconds; beneath it 423.
    pub min_s: u32,
    /// Longest time that is granted, in seconds.
    pub max_s: u32,
}

/// One device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Without URI headers, so that none of them reaches a request line.
    pub contact: Uri,
    /// Where the REGISTER came from, which also passes NAT. `None` for a connection that did not
    /// survive a restart: the contact itself must do.
    pub flow: Option<Flow>,
    /// `+sip.instance` (RFC 5626): the device, whatever its address.
    pub instance: Option<String>,
    pub call_id: String,
    pub cseq: u32,
    pub expires_at: Instant,
    /// The same moment for a store, in milliseconds since the Unix epoch.
    pub expires_unix_ms: u64,
}

/// A binding as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub contact: String,
    /// As in Via, e.g. `UDP`.
    pub transport: String,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub instance: Option<String>,
    pub call_id: String,
    pub cseq: u32,
    pub expires_unix_ms: u64,
}

/// The answer to a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    /// `None`: the standard phrase.
    pub reason: Option<&'static str>,
    pub headers: Headers,
    /// The user's bindings are not what they were: store them.
    pub changed: bool,
}

/// Who is where.
#[derive(Debug)]
pub struct Registrar {
    config: Config,
    users: BTreeMap<String, Vec<Binding>>,
}

/// One Contact of a REGISTER.
struct Wanted {
    contact: Uri,
    instance: Option<String>,
    /// 0: remove.
    expires_s: u32,
}

/// A refusal before anything has changed.
struct Refused {
    code: u16,
    reason: Option<&'static str>,
    headers: Headers,
}

impl Registrar {
    pub fn new(config: Config) -> Registrar {
        Registrar {
            config,
            users: BTreeMap::new(),
        }
    }

    /// New limits for the registrations to come.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// A REGISTER of `user`, who has been authenticated. All of it happens or nothing (§10.3).
    pub fn handle_register(
        &mut self,
        user: &str,
        request: &Request,
        flow: Flow,
        now: Now,
    ) -> Answer {
        self.forget_expired(user, now.at);
        match self.register(user, request, flow, now) {
            Ok(changed) => Answer {
                code: 200,
                reason: None,
                headers: self.contacts(user, now.at),
                changed,
            },
            Err(Refused {
                code,
                reason,
                headers,
            }) => Answer {
                code,
                reason,
                headers,
                changed: false,
            },
        }
    }

    fn register(
        &mut self,
        user: &str,
        request: &Request,
        flow: Flow,
        now: Now,
    ) -> Result<bool, Refused> {
        let headers = &request.headers;
        let (Ok(call_id), Ok(cseq)) = (headers.call_id(), headers.cseq()) else {
            return Err(refuse(400, "Call-ID or CSeq cannot be read"));
        };
        let (call_id, cseq) = (call_id.to_string(), cseq.number);
        let values: Vec<&[u8]> = headers.list(&Name::Contact).collect();
        if values.is_empty() {
            return Ok(false);
        }
        let mut bindings = self.users.get(user).cloned().unwrap_or_default();
        let stale = |binding: &Binding| binding.call_id == call_id && binding.cseq >= cseq;

        if values.iter().any(|value| value.trim_ascii() == b"*") {
            let zero = headers.text(&Name::Expires).map(str::trim) == Some("0");
            if values.len() > 1 || !zero {
                return Err(refuse(400, "Contact * wants Expires: 0 and no other"));
            }
            if bindings.iter().any(stale) {
                return Err(refuse(500, "CSeq Out Of Order"));
            }
            self.users.remove(user);
            return Ok(!bindings.is_empty());
        }

        if values.len() > self.config.most_contacts {
            return Err(refuse(403, "Too Many Contacts"));
        }
        let wanted = values
            .iter()
            .map(|value| self.wanted(value, headers, flow))
            .collect::<Result<Vec<Wanted>, Refused>>()?;
        for wanted in wanted {
            let known = bindings.iter().position(|binding| wanted.is(binding));
            if let Some(index) = known {
                if bindings.get(index).is_some_and(stale) {
                    return Err(refuse(500, "CSeq Out Of Order"));
                }
                bindings.remove(index);
            }
            if wanted.expires_s > 0 {
                let life = Duration::from_secs(wanted.expires_s.into());
                bindings.push(Binding {
                    contact: wanted.contact,
                    flow: Some(flow),
                    instance: wanted.instance,
                    call_id: call_id.clone(),
                    cseq,
                    expires_at: now.at + life,
                    expires_unix_ms: now.unix_ms + life.as_millis() as u64,
                });
            }
        }
        // A phone that lost its old address must not be locked out by it: the binding that nobody
        // has refreshed for longest goes, which is the first.
        let surplus = bindings.len().saturating_sub(self.config.most_contacts);
        bindings.drain(..surplus);
        let changed = match self.users.get(user) {
            Some(before) => *before != bindings,
            None => !bindings.is_empty(),
        };
        self.put(user, bindings);
        Ok(changed)
    }

    /// Reads one Contact and decides how long it may live.
    fn wanted(&self, value: &[u8], headers: &Headers, flow: Flow) -> Result<Wanted, Refused> {
        let contact = NameAddr::parse(value).map_err(|_| refuse(400, "Contact cannot be read"))?;
        let uri = contact.uri.without_headers();
        let Some(sip) = uri.as_sip() else {
            return Err(refuse(400, "Contact is no SIP URI"));
        };
        if uri.to_string().len() > MOST_CONTACT_BYTES {
            return Err(refuse(400, "Contact is too long"));
        }
        if self.is_ours(sip, flow) {
            return Err(refuse(403, "Contact leads back to this server"));
        }
        let asked = match contact.params.value("expires") {
            Some(param) => seconds(param).unwrap_or(DEFAULT_EXPIRES_S),
            None => match headers.text(&Name::Expires) {
                Some(header) => seconds(header).unwrap_or(DEFAULT_EXPIRES_S),
                None => DEFAULT_EXPIRES_S,
            },
        };
        if asked > 0 && asked < self.config.min_s {
            let mut headers = Headers::new();
            headers.push(Name::MinExpires, self.config.min_s.to_string());
            return Err(Refused {
                code: 423,
                reason: None,
                headers,
            });
        }
        Ok(Wanted {
            instance: contact
                .params
                .value("+sip.instance")
                .filter(|instance| !instance.is_empty())
                .map(str::to_string),
            contact: uri,
            expires_s: asked.min(self.config.max_s),
        })
    }

    /// Whether a call to that URI would come back to us.
    fn is_ours(&self, uri: &SipUri, flow: Flow) -> bool {
        let secure = uri.secure
            || uri.params.value("transport").is_some_and(|transport| {
                transport.eq_ignore_ascii_case("tls") || transport.eq_ignore_ascii_case("wss")
            });
        let port = uri.port.unwrap_or(if secure { 5061 } else { 5060 });
        let host = uri.host.trim_start_matches('[').trim_end_matches(']');
        let Ok(ip) = host.parse::<IpAddr>() else {
            let domain = self.config.domain.as_deref();
            return domain.is_some_and(|domain| domain.eq_ignore_ascii_case(host));
        };
        let ip = ip.to_canonical();
        let at = |ours: SocketAddr| {
            ours.port() == port && (ours.ip().is_unspecified() || ours.ip().to_canonical() == ip)
        };
        // A socket bound to every address receives at each of them; the one that this request was
        // sent to is known, others cannot be told from a phone's.
        let bound = |ours: SocketAddr| !ours.ip().is_unspecified() && at(ours);
        bound(flow.local)
            || self
                .config
                .listeners
                .iter()
                .any(|ours| bound(ours.bound) || bound(ours.advertised))
            || (ip.is_unspecified() && self.config.listeners.iter().any(|ours| at(ours.bound)))
    }

    /// Every device of `user` that is registered now, the one heard last first.
    pub fn lookup(&self, user: &str, now: Instant) -> Vec<Binding> {
        let bindings = self.users.get(user).into_iter().flatten();
        bindings
            .rev()
            .filter(|binding| binding.expires_at > now)
            .cloned()
            .collect()
    }

    /// The user whose device has the request-URI as its Contact.
    pub fn owner_of(&self, uri: &Uri) -> Option<&str> {
        let uri = uri.without_headers();
        self.users
            .iter()
            .find(|(_, bindings)| {
                bindings
                    .iter()
                    .any(|binding| same_contact(&binding.contact, &uri))
            })
            .map(|(user, _)| user.as_str())
    }

    /// A connection is gone, and with it the way to the devices behind it (RFC 5626 §7): their users
    /// are told, so that they are stored anew. A device behind UDP keeps its binding.
    pub fn handle_closed(&mut self, flow: &Flow) -> Vec<String> {
        if !flow.transport.is_reliable() {
            return Vec::new();
        }
        self.sweep(|_, binding| binding.flow.as_ref() != Some(flow))
    }

    /// Drops what has run out; returns the users whose bindings changed.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<String> {
        self.sweep(|_, binding| binding.expires_at > now)
    }

    /// Drops the users that the settings do not have any more; returns them.
    pub fn keep_users(&mut self, known: impl Fn(&str) -> bool) -> Vec<String> {
        self.sweep(|user, _| known(user))
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let all = self.users.values().flatten();
        all.map(|binding| binding.expires_at).min()
    }

    /// All bindings of `user`, for a store; empty where there is none.
    pub fn stored(&self, user: &str) -> Vec<Stored> {
        let bindings = self.users.get(user).into_iter().flatten();
        bindings.map(Stored::from).collect()
    }

    /// Bindings that survived a restart, with the life that they have left. What cannot be read is
    /// left out.
    pub fn restore(&mut self, user: &str, stored: Vec<Stored>, now: Now) {
        let most_ms = u64::from(self.config.max_s) * 1000;
        let bindings = stored
            .into_iter()
            .filter_map(|stored| {
                // Never longer than a fresh one, whatever has happened to the clock meanwhile.
                let left_ms = stored.expires_unix_ms.saturating_sub(now.unix_ms);
                let left_ms = left_ms.min(most_ms);
                if left_ms == 0 {
                    return None;
                }
                Some(Binding {
                    contact: Uri::parse(stored.contact.as_bytes()).ok()?,
                    flow: self.surviving_flow(&stored),
                    instance: stored.instance,
                    call_id: stored.call_id,
                    cseq: stored.cseq,
                    expires_at: now.at + Duration::from_millis(left_ms),
                    expires_unix_ms: now.unix_ms + left_ms,
                })
            })
            .take(self.config.most_contacts)
            .collect();
        self.put(user, bindings);
    }

    /// A datagram's way is open as long as its listener is; a connection is not.
    fn surviving_flow(&self, stored: &Stored) -> Option<Flow> {
        let flow = Flow {
            transport: Transport::Udp,
            local: stored.local?,
            remote: stored.remote?,
        };
        let survives = stored.transport == flow.transport.as_via()
            && self
                .config
                .listeners
                .iter()
                .any(|ours| ours.transport == Transport::Udp && ours.bound == flow.local);
        survives.then_some(flow)
    }

    /// How many bindings there are.
    pub fn len(&self) -> usize {
        self.users.values().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Every current binding with the seconds it has left (§10.3 step 8).
    fn contacts(&self, user: &str, now: Instant) -> Headers {
        let mut headers = Headers::new();
        for binding in self.users.get(user).into_iter().flatten() {
            let left = binding.expires_at.saturating_duration_since(now);
            let mut contact = NameAddr::new(binding.contact.clone());
            if let Some(instance) = &binding.instance {
                contact.params.set("+sip.instance", Some(instance));
            }
            let expires = left.as_secs().max(1).to_string();
            contact.params.set("expires", Some(&expires));
            headers.push(Name::Contact, contact.to_string());
        }
        headers
    }

    fn forget_expired(&mut self, user: &str, now: Instant) {
        if let Some(mut bindings) = self.users.remove(user) {
            bindings.retain(|binding| binding.expires_at > now);
            self.put(user, bindings);
        }
    }

    fn put(&mut self, user: &str, bindings: Vec<Binding>) {
        match bindings.is_empty() {
            true => self.users.remove(user),
            false => self.users.insert(user.to_string(), bindings),
        };
    }

    fn sweep(&mut self, keep: impl Fn(&str, &Binding) -> bool) -> Vec<String> {
        let mut changed = Vec::new();
        self.users.retain(|user, bindings| {
            let before = bindings.len();
            bindings.retain(|binding| keep(user, binding));
            if bindings.len() != before {
                changed.push(user.clone());
            }
            !bindings.is_empty()
        });
        changed
    }
}

impl Wanted {
    /// Whether this Contact is the device of `binding`.
    fn is(&self, binding: &Binding) -> bool {
        let same_device = self.instance.is_some() && self.instance == binding.instance;
        same_device || same_contact(&self.contact, &binding.contact)
    }
}

impl From<&Binding> for Stored {
    fn from(binding: &Binding) -> Stored {
        let transport = binding.flow.map_or("", |flow| flow.transport.as_via());
        Stored {
            contact: binding.contact.to_string(),
            transport: transport.to_string(),
            local: binding.flow.map(|flow| flow.local),
            remote: binding.flow.map(|flow| flow.remote),
            instance: binding.instance.clone(),
            call_id: binding.call_id.clone(),
            cseq: binding.cseq,
            expires_unix_ms: binding.expires_unix_ms,
        }
    }
}

/// Whether two Contacts are the same address (§19.1.4): user and password byte by byte once decoded,
/// the host without case, and the parameters that matter even where only one of the two has them.
fn same_contact(a: &Uri, b: &Uri) -> bool {
    let (Uri::Sip(left), Uri::Sip(right)) = (a, b) else {
        return a == b;
    };
    let counts = |name: &str| ["transport", "user", "ttl", "method", "maddr"].contains(&name);
    let covers = |one: &SipUri, other: &SipUri| {
        one.params.0.iter().all(|(name, value)| {
            let name = name.to_ascii_lowercase();
            match other.params.value(&name) {
                Some(theirs) => value
                    .as_deref()
                    .unwrap_or_default()
                    .eq_ignore_ascii_case(theirs),
                None => !counts(&name),
            }
        })
    };
    left.secure == right.secure
        && a.user() == b.user()
        && left.password == right.password
        && left.host.eq_ignore_ascii_case(&right.host)
        && left.port == right.port
        && covers(left, right)
        && covers(right, left)
}

/// Delta-seconds; more than 32 bits is as long as can be. `None` where it is no number.
fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

fn refuse(code: u16, reason: &'static str) -> Refused {
    Refused {
        code,
        reason: Some(reason),
        headers: Headers::new(),
    }
}

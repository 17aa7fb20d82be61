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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::message::{Message, parse};
    use expect_test::{Expect, expect};

    #[test]
    fn several_devices_of_a_user_register_and_are_listed_with_the_time_left() {
        check(
            "0 a 1 <sip:alice@192.0.2.1>;expires=120
             10 b 1 <sip:alice@192.0.2.2:5070;transport=tcp> | 3600
             60 c 1
             121 c 2",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1>;expires=120
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=120
                10 b 1 <sip:alice@192.0.2.2:5070;transport=tcp> | 3600
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=110
                  Contact: <sip:alice@192.0.2.2:5070;transport=tcp>;expires=3600
                60 c 1
                  200
                  Contact: <sip:alice@192.0.2.1>;expires=60
                  Contact: <sip:alice@192.0.2.2:5070;transport=tcp>;expires=3550
                121 c 2
                  200
                  Contact: <sip:alice@192.0.2.2:5070;transport=tcp>;expires=3489
            "#]],
        );
    }

    #[test]
    fn a_device_refreshes_and_leaves() {
        check(
            "0 a 1 <sip:alice@192.0.2.1>
             1800 a 2 <sip:alice@192.0.2.1>
             1900 a 3 <sip:alice@192.0.2.1>;expires=0",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1>
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                1800 a 2 <sip:alice@192.0.2.1>
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                1900 a 3 <sip:alice@192.0.2.1>;expires=0
                  200, changed
            "#]],
        );
    }

    #[test]
    fn one_request_may_add_and_remove() {
        check(
            "0 a 1 <sip:alice@192.0.2.1>, <sip:alice@192.0.2.2>;expires=90
             1 a 2 <sip:alice@192.0.2.1>;expires=0, \"A, B\" <sip:alice@192.0.2.3>",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1>, <sip:alice@192.0.2.2>;expires=90
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                  Contact: <sip:alice@192.0.2.2>;expires=90
                1 a 2 <sip:alice@192.0.2.1>;expires=0, "A, B" <sip:alice@192.0.2.3>
                  200, changed
                  Contact: <sip:alice@192.0.2.2>;expires=89
                  Contact: <sip:alice@192.0.2.3>;expires=3600
            "#]],
        );
    }

    #[test]
    fn a_star_removes_everything_and_only_with_expires_0() {
        check(
            "0 a 1 <sip:alice@192.0.2.1>, <sip:alice@192.0.2.2>
             1 a 2 * | 60
             2 a 3 *, <sip:alice@192.0.2.1> | 0
             3 a 4 *
             4 a 1 * | 0
             5 a 5 * | 0
             6 a 6 * | 0",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1>, <sip:alice@192.0.2.2>
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                  Contact: <sip:alice@192.0.2.2>;expires=3600
                1 a 2 * | 60
                  400 Contact * wants Expires: 0 and no other
                2 a 3 *, <sip:alice@192.0.2.1> | 0
                  400 Contact * wants Expires: 0 and no other
                3 a 4 *
                  400 Contact * wants Expires: 0 and no other
                4 a 1 * | 0
                  500 CSeq Out Of Order
                5 a 5 * | 0
                  200, changed
                6 a 6 * | 0
                  200
            "#]],
        );
    }

    #[test]
    fn an_older_cseq_of_the_same_call_id_changes_nothing() {
        check(
            "0 a 5 <sip:alice@192.0.2.1>
             1 a 5 <sip:alice@192.0.2.1>;expires=0
             2 a 4 <sip:alice@192.0.2.9>, <sip:alice@192.0.2.1>
             3 b 1 <sip:alice@192.0.2.1>;expires=90",
            expect![[r#"
                0 a 5 <sip:alice@192.0.2.1>
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                1 a 5 <sip:alice@192.0.2.1>;expires=0
                  500 CSeq Out Of Order
                2 a 4 <sip:alice@192.0.2.9>, <sip:alice@192.0.2.1>
                  500 CSeq Out Of Order
                3 b 1 <sip:alice@192.0.2.1>;expires=90
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=90
            "#]],
        );
    }

    #[test]
    fn a_time_too_short_is_423_and_one_too_long_is_cut() {
        check(
            "0 a 1 <sip:alice@192.0.2.1>;expires=59
             1 a 2 <sip:alice@192.0.2.1> | 59
             2 a 3 <sip:alice@192.0.2.1>;expires=4294967295
             3 a 4 <sip:alice@192.0.2.1>;expires=99999999999999999999
             4 a 5 <sip:alice@192.0.2.1>;expires=soon
             5 a 6 <sip:alice@192.0.2.1>;expires=60",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1>;expires=59
                  423
                  Min-Expires: 60
                1 a 2 <sip:alice@192.0.2.1> | 59
                  423
                  Min-Expires: 60
                2 a 3 <sip:alice@192.0.2.1>;expires=4294967295
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=7200
                3 a 4 <sip:alice@192.0.2.1>;expires=99999999999999999999
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=7200
                4 a 5 <sip:alice@192.0.2.1>;expires=soon
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                5 a 6 <sip:alice@192.0.2.1>;expires=60
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=60
            "#]],
        );
    }

    #[test]
    fn a_contact_that_is_ours_or_unusable_is_refused() {
        check(
            "0 a 1 <sip:alice@10.0.0.1>
             0 a 2 <sip:alice@10.0.0.1:5060;transport=udp>
             0 a 3 <sip:alice@PBX.example>
             0 a 4 <sip:alice@203.0.113.7:5060>
             0 a 5 <sip:alice@[::ffff:10.0.0.1]>
             0 a 6 <mailto:alice@pbx.example>
             0 a 7 <tel:+4930>
             0 a 8 <sip:alice@192.0.2.1
             0 a 9 <sip:alice@10.0.0.1:5070>",
            expect![[r#"
                0 a 1 <sip:alice@10.0.0.1>
                  403 Contact leads back to this server
                0 a 2 <sip:alice@10.0.0.1:5060;transport=udp>
                  403 Contact leads back to this server
                0 a 3 <sip:alice@PBX.example>
                  403 Contact leads back to this server
                0 a 4 <sip:alice@203.0.113.7:5060>
                  403 Contact leads back to this server
                0 a 5 <sip:alice@[::ffff:10.0.0.1]>
                  403 Contact leads back to this server
                0 a 6 <mailto:alice@pbx.example>
                  400 Contact is no SIP URI
                0 a 7 <tel:+4930>
                  400 Contact is no SIP URI
                0 a 8 <sip:alice@192.0.2.1
                  400 Contact cannot be read
                0 a 9 <sip:alice@10.0.0.1:5070>
                  200, changed
                  Contact: <sip:alice@10.0.0.1:5070>;expires=3600
            "#]],
        );
    }

    #[test]
    fn a_contact_s_uri_headers_never_reach_a_request_line() {
        check(
            "0 a 1 <sip:alice@192.0.2.1?Route=%3Csip:evil.example%3E>
             1 a 2 <sip:alice@192.0.2.1?Route=%3Csip:evil.example%3E>;expires=0",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1?Route=%3Csip:evil.example%3E>
                  200, changed
                  Contact: <sip:alice@192.0.2.1>;expires=3600
                1 a 2 <sip:alice@192.0.2.1?Route=%3Csip:evil.example%3E>;expires=0
                  200, changed
            "#]],
        );
    }

    #[test]
    fn a_device_is_known_by_its_instance_or_by_its_address() {
        check(
            "0 a 1 <sip:alice@192.0.2.1:4000>;+sip.instance=\"<urn:uuid:1>\"
             1 b 1 <sip:alice@192.0.2.1:5000>;+sip.instance=\"<urn:uuid:1>\"
             2 c 1 <sip:%61lice@192.0.2.1:5000;ob>
             3 d 1 <sip:Alice@192.0.2.1:5000>
             4 d 2 <sip:alice@192.0.2.1:5000;transport=tcp>",
            expect![[r#"
                0 a 1 <sip:alice@192.0.2.1:4000>;+sip.instance="<urn:uuid:1>"
                  200, changed
                  Contact: <sip:alice@192.0.2.1:4000>;+sip.instance="<urn:uuid:1>";expires=3600
                1 b 1 <sip:alice@192.0.2.1:5000>;+sip.instance="<urn:uuid:1>"
                  200, changed
                  Contact: <sip:alice@192.0.2.1:5000>;+sip.instance="<urn:uuid:1>";expires=3600
                2 c 1 <sip:%61lice@192.0.2.1:5000;ob>
                  200, changed
                  Contact: <sip:%61lice@192.0.2.1:5000;ob>;expires=3600
                3 d 1 <sip:Alice@192.0.2.1:5000>
                  200, changed
                  Contact: <sip:%61lice@192.0.2.1:5000;ob>;expires=3599
                  Contact: <sip:Alice@192.0.2.1:5000>;expires=3600
                4 d 2 <sip:alice@192.0.2.1:5000;transport=tcp>
                  200, changed
                  Contact: <sip:%61lice@192.0.2.1:5000;ob>;expires=3598
                  Contact: <sip:Alice@192.0.2.1:5000>;expires=3599
                  Contact: <sip:alice@192.0.2.1:5000;transport=tcp>;expires=3600
            "#]],
        );
    }

    #[test]
    fn too_many_contacts_are_refused_and_the_oldest_gives_way() {
        check(
            "0 a 1 <sip:a@192.0.2.1>,<sip:a@192.0.2.2>,<sip:a@192.0.2.3>,<sip:a@192.0.2.4>
             1 a 2 <sip:a@192.0.2.1>,<sip:a@192.0.2.2>,<sip:a@192.0.2.3>
             2 a 3 <sip:a@192.0.2.4>",
            expect![[r#"
                0 a 1 <sip:a@192.0.2.1>,<sip:a@192.0.2.2>,<sip:a@192.0.2.3>,<sip:a@192.0.2.4>
                  403 Too Many Contacts
                1 a 2 <sip:a@192.0.2.1>,<sip:a@192.0.2.2>,<sip:a@192.0.2.3>
                  200, changed
                  Contact: <sip:a@192.0.2.1>;expires=3600
                  Contact: <sip:a@192.0.2.2>;expires=3600
                  Contact: <sip:a@192.0.2.3>;expires=3600
                2 a 3 <sip:a@192.0.2.4>
                  200, changed
                  Contact: <sip:a@192.0.2.2>;expires=3599
                  Contact: <sip:a@192.0.2.3>;expires=3599
                  Contact: <sip:a@192.0.2.4>;expires=3600
            "#]],
        );
    }

    #[test]
    fn what_runs_out_is_told_and_gone() {
        let (mut registrar, start) = table();
        register(
            &mut registrar,
            "0 a 1 <sip:alice@192.0.2.1>;expires=60",
            start,
        );
        let end = start.at + Duration::from_secs(60);
        assert_eq!(registrar.next_deadline(), Some(end));
        assert_eq!(
            registrar
                .lookup("alice", end - Duration::from_secs(1))
                .len(),
            1
        );
        assert_eq!(registrar.lookup("alice", end), []);
        assert_eq!(registrar.handle_timeout(end), ["alice"]);
        assert!(registrar.is_empty());
        assert_eq!(registrar.next_deadline(), None);
        assert_eq!(registrar.stored("alice"), []);
    }

    #[test]
    fn a_restart_keeps_what_is_left_of_a_life_and_the_order_of_requests() {
        let (mut registrar, start) = table();
        register(
            &mut registrar,
            "0 a 7 <sip:alice@192.0.2.1>;expires=100",
            start,
        );
        let stored = serde_json::to_string(&registrar.stored("alice")).unwrap();

        let (mut after, _) = table();
        let later = start.after(Duration::from_secs(40));
        after.restore("alice", serde_json::from_str(&stored).unwrap(), later);
        let bindings = after.lookup("alice", later.at);
        assert_eq!(bindings.len(), 1);
        assert_eq!(bindings[0].expires_at, start.at + Duration::from_secs(100));
        assert_eq!(bindings[0].flow, Some(flow()));
        let late = register(&mut after, "41 a 7 <sip:alice@192.0.2.1>;expires=0", start);
        assert_eq!(late.code, 500);

        let (mut after, _) = table();
        after.restore(
            "alice",
            serde_json::from_str(&stored).unwrap(),
            start.after(Duration::from_secs(100)),
        );
        assert!(after.is_empty());
        // The clock has gone back to 1970: no life is longer than a fresh one.
        let past = Now {
            unix_ms: 0,
            ..start
        };
        after.restore("alice", serde_json::from_str(&stored).unwrap(), past);
        let left = after.next_deadline().unwrap() - start.at;
        assert_eq!(left, Duration::from_secs(7200));
    }

    #[test]
    fn a_connection_does_not_survive_a_restart_but_its_contact_does() {
        let (mut registrar, start) = table();
        register(&mut registrar, "0 a 7 <sip:alice@192.0.2.1>", start);
        let mut stored = registrar.stored("alice");
        stored[0].transport = "TCP".to_string();
        let (mut after, _) = table();
        after.restore("alice", stored, start);
        assert_eq!(after.lookup("alice", start.at)[0].flow, None);
    }

    #[test]
    fn a_broken_connection_takes_its_bindings_along() {
        let (mut registrar, start) = table();
        register(&mut registrar, "0 a 7 <sip:alice@192.0.2.1>", start);
        assert_eq!(registrar.handle_closed(&flow()), [""; 0]);
        let tcp = Flow {
            transport: Transport::Tcp,
            ..flow()
        };
        let request = request("bob", "b", 1, "<sip:bob@192.0.2.2>", None);
        registrar.handle_register("bob", &request, tcp, start);
        assert_eq!(registrar.handle_closed(&tcp), ["bob"]);
        assert_eq!(registrar.len(), 1);
    }

    #[test]
    fn a_user_who_left_the_settings_is_forgotten() {
        let (mut registrar, start) = table();
        register(&mut registrar, "0 a 7 <sip:alice@192.0.2.1>", start);
        assert_eq!(registrar.keep_users(|user| user == "alice"), [""; 0]);
        assert_eq!(registrar.keep_users(|user| user == "bob"), ["alice"]);
        assert!(registrar.is_empty());
    }

    #[test]
    fn a_request_uri_leads_to_the_user_who_registered_it() {
        let (mut registrar, start) = table();
        register(&mut registrar, "0 a 7 <sip:x7@192.0.2.1:4000>", start);
        let owner = |uri: &str| registrar.owner_of(&Uri::parse(uri.as_bytes()).unwrap());
        assert_eq!(owner("sip:x7@192.0.2.1:4000"), Some("alice"));
        assert_eq!(owner("sip:x8@192.0.2.1:4000"), None);
    }

    fn flow() -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "10.0.0.1:5060".parse().unwrap(),
            remote: "192.0.2.1:4000".parse().unwrap(),
        }
    }

    fn table() -> (Registrar, Now) {
        let registrar = Registrar::new(Config {
            listeners: vec![Listener {
                transport: Transport::Udp,
                bound: "10.0.0.1:5060".parse().unwrap(),
                advertised: "203.0.113.7:5060".parse().unwrap(),
            }],
            domain: Some("pbx.example".to_string()),
            most_contacts: 3,
            min_s: 60,
            max_s: 7200,
        });
        let start = Now {
            at: Instant::now(),
            unix_ms: 1_700_000_000_000,
        };
        (registrar, start)
    }

    fn request(
        user: &str,
        call_id: &str,
        cseq: u32,
        contact: &str,
        expires: Option<&str>,
    ) -> Request {
        let mut text = format!(
            "REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:{user}@pbx.example>;tag=1\r\nTo: <sip:{user}@pbx.example>\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\nMax-Forwards: 70\r\n"
        );
        if !contact.is_empty() {
            text += &format!("Contact: {contact}\r\n");
        }
        if let Some(expires) = expires {
            text += &format!("Expires: {expires}\r\n");
        }
        text += "Content-Length: 0\r\n\r\n";
        match parse(text.into()).unwrap() {
            Message::Request(request) => request,
            Message::Response(response) => panic!("{response:?}"),
        }
    }

    /// "seconds call-id cseq contacts | expires"
    fn register(registrar: &mut Registrar, line: &str, start: Now) -> Answer {
        let (line, expires) = match line.split_once(" | ") {
            Some((line, expires)) => (line, Some(expires)),
            None => (line, None),
        };
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or("");
        let (at, call_id, cseq) = (word(), word(), word());
        let request = request("alice", call_id, cseq.parse().unwrap(), word(), expires);
        let now = start.after(Duration::from_secs(at.parse().unwrap()));
        registrar.handle_register("alice", &request, flow(), now)
    }

    /// Sends one REGISTER of alice's per line and prints the answers.
    #[track_caller]
    fn check(lines: &str, expect: Expect) {
        let (mut registrar, start) = table();
        let mut ladder = String::new();
        for line in lines.lines().map(str::trim) {
            let answer = register(&mut registrar, line, start);
            let changed = if answer.changed { ", changed" } else { "" };
            let reason = answer.reason.unwrap_or_default();
            ladder += format!("{line}\n  {} {reason}", answer.code).trim_end();
            ladder += &format!("{changed}\n");
            for field in answer.headers.iter() {
                let name = String::from_utf8_lossy(field.name.as_bytes()).into_owned();
                ladder += &format!("  {name}: {}\n", String::from_utf8_lossy(&field.value));
            }
        }
        expect.assert_eq(&ladder);
    }
}

//! Where a URI leads: what to ask DNS, and what its answers mean (RFC 3263 §4). The asking itself is
//! the shell's; which URI a request goes to is its dialog's.
//!
//! ```text
//! address ───────────────────────────────────────────────▸ known
//! name with port ────────────────────────────────────────▸ A, AAAA
//! name with transport= ───────────────▸ SRV ─ none ───────▸ A, AAAA
//! name ──▸ NAPTR ─ none ──▸ SRV of all ─ none ────────────▸ A, AAAA
//! ```

use std::net::SocketAddr;

use crate::base::Dice;
use crate::sip::message::Uri;
use crate::sip::message::uri::SipUri;
use crate::sip::transport::{DEFAULT_PORT, Listener, Target, Transport, host_address};

/// The port of a host that names none, over TLS (§19.1.2).
const DEFAULT_SECURE_PORT: u16 = 5061;
/// How many services of one domain are asked for.
const MOST_SERVICES: usize = 4;

/// Over what we can reach anybody: one entry for each transport and family that we listen on, in the
/// order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(Vec<(Transport, bool)>);

impl Reach {
    pub fn new(listeners: &[Listener]) -> Reach {
        let mut reach = Vec::new();
        for listener in listeners {
            let entry = (listener.transport, listener.bound.is_ipv4());
            if !reach.contains(&entry) {
                reach.push(entry);
            }
        }
        Reach(reach)
    }

    pub fn has(&self, transport: Transport) -> bool {
        self.0.iter().any(|(has, _)| *has == transport)
    }

    /// Whether a listener can send to this address over this transport.
    pub fn reaches(&self, target: &Target) -> bool {
        self.0
            .contains(&(target.transport, target.remote.is_ipv4()))
    }

    /// The transports for a URI that names none, UDP first as RFC 3263 §4.1 has it.
    fn for_scheme(&self, secure: bool) -> Vec<Transport> {
        let all: &[Transport] = match secure {
            true => &[Transport::Tls, Transport::Wss],
            false => &[Transport::Udp, Transport::Tcp, Transport::Tls],
        };
        let mut transports = all.to_vec();
        transports.retain(|transport| self.has(*transport));
        transports
    }
}

/// What to ask DNS first, and what next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: the URI says it all.
    Known(Target),
    /// The addresses of a host.
    Host(Host),
    /// The SRV records of these, best first; where there are none, the host itself.
    Services {
        services: Vec<Service>,
        otherwise: Host,
    },
    /// The NAPTR records of a domain; where there are none of use, its usual services.
    Domain {
        domain: String,
        secure: bool,
        services: Vec<Service>,
        otherwise: Host,
    },
}

/// A host with the transport and port that its addresses are good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub name: String,
    pub port: u16,
    pub transport: Transport,
}

/// A name to ask for SRV, such as `_sip._udp.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub transport: Transport,
}

/// A NAPTR record, as far as SIP needs it (RFC 3403).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    pub order: u16,
    pub preference: u16,
    /// `s` where the replacement is a name to ask for SRV.
    pub flags: String,
    /// Such as `SIP+D2U`.
    pub service: String,
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    pub priority: u16,
    pub weight: u16,
    pub port: u16,
    pub host: String,
}

/// What to ask for a URI; `None` where it leads nowhere that we can reach.
pub fn plan(uri: &Uri, reach: &Reach) -> Option<Plan> {
    let sip = uri.as_sip()?;
    let place = sip.params.value("maddr").unwrap_or(&sip.host);
    let named = match sip.params.value("transport") {
        Some(name) => Some(transport(name, sip.secure).filter(|t| reach.has(*t))?),
        None => None,
    };
    let usual = reach.for_scheme(sip.secure);
    let transport = named.or(usual.first().copied())?;
    let host = |name: &str| Host {
        name: name.to_string(),
        port: sip.port.unwrap_or(default_port(transport)),
        transport,
    };
    if let Some(ip) = host_address(place) {
        let target = Target {
            transport: named.unwrap_or_else(|| transport_for(sip, ip.is_ipv4(), &usual, reach)),
            remote: SocketAddr::new(ip, sip.port.unwrap_or(default_port(transport))),
        };
        return reach.reaches(&target).then_some(Plan::Known(target));
    }
    let domain = place.trim_end_matches('.');
    if domain.is_empty() {
        return None;
    }
    let services = |transports: &[Transport]| {
        let service = |transport: &Transport| service(domain, *transport);
        transports.iter().filter_map(service).collect::<Vec<_>>()
    };
    Some(match (named, sip.port) {
        (_, Some(_)) => Plan::Host(host(domain)),
        (Some(transport), None) => Plan::Services {
            services: services(&[transport]),
            otherwise: host(domain),
        },
        (None, None) => Plan::Domain {
            domain: domain.to_string(),
            secure: sip.secure,
            services: services(&usual),
            otherwise: host(domain),
        },
    })
}

/// The services that NAPTR records lead to, best first: those of transports that we have, and over
/// TLS alone for a `sips:` URI (RFC 3263 §4.1).
pub fn services(mut records: Vec<Naptr>, secure: bool, reach: &Reach) -> Vec<Service> {
    records.sort_by_key(|record| (record.order, record.preference));
    let mut services: Vec<Service> = records
        .into_iter()
        .filter(|record| record.flags.eq_ignore_ascii_case("s"))
        .filter_map(|record| {
            let transport = match record.service.to_ascii_uppercase().as_str() {
                "SIP+D2U" if !secure => Transport::Udp,
                "SIP+D2T" if !secure => Transport::Tcp,
                "SIPS+D2T" => Transport::Tls,
                "SIP+D2W" if !secure => Transport::Ws,
                "SIPS+D2W" => Transport::Wss,
                // Something that is not SIP, or not over what we speak.
                _ => return None,
            };
            let name = record.replacement.trim_end_matches('.').to_string();
            (reach.has(transport) && !name.is_empty()).then_some(Service { name, transport })
        })
        .collect();
    services.truncate(MOST_SERVICES);
    services
}

/// SRV records in the order in which they are tried: by priority, and among equals by chance
/// according to their weight (RFC 2782). A record whose host is the root says that there is no such
/// service, and falls out.
pub fn in_order(mut records: Vec<Srv>, dice: &mut Dice) -> Vec<Srv> {
    records.retain(|record| !record.host.trim_end_matches('.').is_empty() && record.port != 0);
    // Those of weight 0 first, so that they have a small chance.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let equals = records.partition_point(|record| record.priority == priority);
        let total: u64 = records[..equals].iter().map(|r| u64::from(r.weight)).sum();
        let mut throw = dice.below(total + 1);
        let mut chosen = equals - 1;
        for (at, record) in records[..equals].iter().enumerate() {
            match throw.checked_sub(u64::from(record.weight)) {
                Some(0) | None => {
                    chosen = at;
                    break;
                }
                Some(rest) => throw = rest,
            }
        }
        ordered.push(records.remove(chosen));
    }
    ordered
}

/// For an address the transport is the scheme's (§4.1), or the best that its family is reached by.
fn transport_for(sip: &SipUri, ipv4: bool, usual: &[Transport], reach: &Reach) -> Transport {
    let first = match sip.secure {
        true => Transport::Tls,
        false => Transport::Udp,
    };
    usual
        .iter()
        .copied()
        .find(|transport| reach.0.contains(&(*transport, ipv4)))
        .unwrap_or(first)
}

fn transport(name: &str, secure: bool) -> Option<Transport> {
    Some(match (name.to_ascii_lowercase().as_str(), secure) {
        ("udp", false) => Transport::Udp,
        ("tcp", false) => Transport::Tcp,
        ("tls", _) | ("tcp", true) => Transport::Tls,
        ("ws", false) => Transport::Ws,
        ("wss", _) | ("ws", true) => Transport::Wss,
        // SCTP and the like; and there is no secure UDP.
        _ => return None,
    })
}

fn default_port(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => DEFAULT_PORT,
        Transport::Tls => DEFAULT_SECURE_PORT,
        Transport::Ws => 80,
        Transport::Wss => 443,
    }
}

fn service(domain: &str, transport: Transport) -> Option<Service> {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        // Nobody asks SRV for WebSocket (RFC 7118 §5.2.4).
        Transport::Ws | Transport::Wss => return None,
    };
    Some(Service {
        name: format!("{prefix}.{domain}"),
        transport,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_dns() {
        check("sip:bob@192.0.2.1", "UDP 192.0.2.1:5060");
        check("sip:bob@192.0.2.1:5070", "UDP 192.0.2.1:5070");
        check("sip:192.0.2.1;transport=tcp", "TCP 192.0.2.1:5060");
        check("sip:192.0.2.1;transport=TCP", "TCP 192.0.2.1:5060");
        check("sip:example.com;maddr=192.0.2.9", "UDP 192.0.2.9:5060");
        check("sip:bob@[2001:db8::1]:5070", "TCP [2001:db8::1]:5070");
    }

    #[test]
    fn a_name_with_a_port_is_only_an_address_to_find() {
        check("sip:example.com:5070", "A example.com:5070 UDP");
        check(
            "sip:example.com:5070;transport=tcp",
            "A example.com:5070 TCP",
        );
    }

    #[test]
    fn a_transport_leaves_one_service_to_ask_for() {
        check(
            "sip:example.com;transport=tcp",
            "SRV _sip._tcp.example.com, else A example.com:5060 TCP",
        );
    }

    #[test]
    fn a_bare_name_is_asked_for_everything() {
        check(
            "sip:bob@example.com.",
            "NAPTR example.com, else SRV _sip._udp.example.com _sip._tcp.example.com, \
             else A example.com:5060 UDP",
        );
    }

    #[test]
    fn what_we_do_not_speak_leads_nowhere() {
        check("sips:bob@example.com", "nowhere");
        check("sip:bob@192.0.2.1;transport=tls", "nowhere");
        check("sip:bob@192.0.2.1;transport=sctp", "nowhere");
        check("sips:bob@192.0.2.1", "nowhere");
        check("sip:[2001:db8::1];transport=udp", "nowhere");
        check("tel:+4930123456", "nowhere");
    }

    #[test]
    fn naptr_records_are_taken_by_order_and_preference_where_we_speak_them() {
        let record = |order, preference, service: &str, replacement: &str| Naptr {
            order,
            preference,
            flags: "s".into(),
            service: service.into(),
            replacement: replacement.into(),
        };
        let records = vec![
            record(50, 50, "SIPS+D2T", "_sips._tcp.example.com."),
            record(90, 60, "SIP+D2T", "_sip._tcp.example.com."),
            record(90, 50, "sip+d2u", "_sip._udp.example.com."),
            record(10, 10, "E2U+sip", "nonsense.example.com."),
        ];
        let names = |secure| -> Vec<String> {
            let services = services(records.clone(), secure, &reach());
            services.into_iter().map(|service| service.name).collect()
        };
        assert_eq!(
            names(false),
            ["_sip._udp.example.com", "_sip._tcp.example.com"]
        );
        assert_eq!(names(true), [""; 0]);
    }

    #[test]
    fn srv_records_go_by_priority_and_by_weighted_chance() {
        let record = |priority, weight, host: &str| Srv {
            priority,
            weight,
            port: 5060,
            host: host.into(),
        };
        let records = vec![
            record(20, 0, "backup"),
            record(10, 90, "big"),
            record(10, 10, "small"),
            record(5, 0, "."),
        ];
        let mut dice = Dice::from_seed(1);
        let mut big_first = 0;
        for _ in 0..1000 {
            let order = in_order(records.clone(), &mut dice);
            let hosts: Vec<_> = order.iter().map(|record| record.host.as_str()).collect();
            match hosts[..] {
                ["big", "small", "backup"] => big_first += 1,
                ["small", "big", "backup"] => {}
                _ => panic!("{hosts:?}"),
            }
        }
        assert!((850..950).contains(&big_first), "{big_first}");
    }

    /// UDP over IPv4, TCP over both.
    fn reach() -> Reach {
        Reach(vec![
            (Transport::Udp, true),
            (Transport::Tcp, true),
            (Transport::Tcp, false),
        ])
    }

    #[track_caller]
    fn check(uri: &str, expected: &str) {
        let host = |host: &Host| format!("A {}:{} {}", host.name, host.port, host.transport);
        let names = |services: &[Service]| -> String {
            let names: Vec<_> = services.iter().map(|s| s.name.as_str()).collect();
            names.join(" ")
        };
        let plan = plan(&Uri::parse(uri.as_bytes()).unwrap(), &reach());
        let said = match plan {
            None => "nowhere".to_string(),
            Some(Plan::Known(target)) => format!("{} {}", target.transport, target.remote),
            Some(Plan::Host(place)) => host(&place),
            Some(Plan::Services {
                services,
                otherwise,
            }) => {
                format!("SRV {}, else {}", names(&services), host(&otherwise))
            }
            Some(Plan::Domain {
                domain,
                services,
                otherwise,
                ..
            }) => format!(
                "NAPTR {domain}, else SRV {}, else {}",
                names(&services),
                host(&otherwise)
            ),
        };
        assert_eq!(said, expected);
    }
}

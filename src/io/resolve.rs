//! Where a URI leads, by DNS (RFC 3263). What to ask is decided in [`crate::sip::route`]; here it is
//! asked. Answers are kept as long as their TTL says.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;

use crate::base::Dice;
use crate::sip::message::Uri;
use crate::sip::route::{self, Host, Naptr, Plan, Reach, Service, Srv};
use crate::sip::transport::{Target, is_single_host};

/// How many places a caller gets to try.
const MOST_TARGETS: usize = 8;
/// How long a question may take in all, where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one server may take.
const ONE_SERVER: Duration = Duration::from_secs(2);

/// Asks the name servers of the system. Clones share what they know.
#[derive(Clone)]
pub struct Resolver {
    /// `None` where the system has no usable configuration: then only addresses lead anywhere.
    names: Option<TokioResolver>,
    reach: Reach,
    /// How long a question may take in all.
    patience: Duration,
}

impl Resolver {
    /// Must be called within a tokio runtime.
    pub fn new(reach: Reach) -> Resolver {
        let names = TokioResolver::builder_tokio().and_then(|names| asking(names, ONE_SERVER));
        Resolver {
            names: names
                .inspect_err(|error| {
                    tracing::warn!(%error, "no name server is known; only addresses can be called");
                })
                .ok(),
            reach,
            patience: PATIENCE,
        }
    }

    /// The places to try, best first, at most eight; none where DNS knows nothing or we cannot reach
    /// what it knows. Takes five seconds at most, and then tells what it has found by then.
    pub async fn resolve(&self, uri: &Uri, dice: &mut Dice) -> Vec<Target> {
        let mut found = Vec::new();
        match route::plan(uri, &self.reach) {
            None => {}
            Some(Plan::Known(target)) => self.add(&mut found, target),
            Some(plan) => {
                if let Some(names) = &self.names {
                    let asked = self.ask(names, plan, dice, &mut found);
                    if timeout(self.patience, asked).await.is_err() {
                        tracing::debug!("a name was not resolved in time");
                    }
                }
            }
        }
        found
    }

    async fn ask(
        &self,
        names: &TokioResolver,
        plan: Plan,
        dice: &mut Dice,
        found: &mut Vec<Target>,
    ) {
        let (services, otherwise) = match plan {
            Plan::Known(target) => return self.add(found, target),
            Plan::Host(host) => return self.host(names, &host, found).await,
            Plan::Services {
                services,
                otherwise,
            } => (services, otherwise),
            Plan::Domain {
                domain,
                secure,
                services: usual,
                otherwise,
            } => {
                let told = route::services(naptr(names, &domain).await, secure, &self.reach);
                let services = if told.is_empty() { usual } else { told };
                (services, otherwise)
            }
        };
        let mut any = false;
        for service in services {
            let records = srv(names, &service).await;
            any |= !records.is_empty();
            for record in route::in_order(records, dice) {
                let host = Host {
                    name: record.host,
                    port: record.port,
                    transport: service.transport,
                };
                self.host(names, &host, found).await;
                if found.len() >= MOST_TARGETS {
                    return;
                }
            }
        }
        if !any {
            self.host(names, &otherwise, found).await;
        }
    }

    async fn host(&self, names: &TokioResolver, host: &Host, found: &mut Vec<Target>) {
        let Ok(addresses) = names.lookup_ip(host.name.as_str()).await else {
            return;
        };
        for ip in addresses.iter() {
            let target = Target {
                transport: host.transport,
                remote: SocketAddr::new(ip, host.port),
            };
            self.add(found, target);
        }
    }

    fn add(&self, found: &mut Vec<Target>, target: Target) {
        let usable = self.reach.reaches(&target) && is_single_host(target.remote);
        if usable && found.len() < MOST_TARGETS && !found.contains(&target) {
            found.push(target);
        }
    }
}

fn asking(
    mut builder: ResolverBuilder<TokioRuntimeProvider>,
    one_server: Duration,
) -> Result<TokioResolver, NetError> {
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = one_server;
    builder.build()
}

async fn naptr(names: &TokioResolver, domain: &str) -> Vec<Naptr> {
    let Ok(answer) = names.lookup(absolute(domain), RecordType::NAPTR).await else {
        return Vec::new();
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::NAPTR(naptr) => Some(Naptr {
                order: naptr.order,
                preference: naptr.preference,
                flags: text(&naptr.flags),
                service: text(&naptr.services),
                replacement: naptr.replacement.to_ascii(),
            }),
            _ => None,
        })
        .collect()
}

async fn srv(names: &TokioResolver, service: &Service) -> Vec<Srv> {
    let name = absolute(&service.name);
    let Ok(answer) = names.lookup(name, RecordType::SRV).await else {
        return Vec::new();
    };
    answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(Srv {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                host: srv.target.to_ascii(),
            }),
            _ => None,
        })
        .collect()
}

/// A name of the whole tree, without the search list of this machine.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::transport::{Listener, Transport};
    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, NAPTR, SRV};
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    /// Far beyond what anything here takes.
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_domain_with_naptr_is_tried_as_it_says() {
        let zone = [
            naptr("full.test.", 20, "SIP+D2U", "_sip._udp.full.test."),
            naptr("full.test.", 10, "SIP+D2T", "_sip._tcp.full.test."),
            naptr("full.test.", 5, "SIPS+D2T", "_sips._tcp.full.test."),
            srv("_sip._tcp.full.test.", 10, 5070, "a.full.test."),
            srv("_sip._udp.full.test.", 20, 5080, "b.full.test."),
            srv("_sip._udp.full.test.", 10, 5080, "a.full.test."),
            a("a.full.test.", 1),
            a("b.full.test.", 2),
        ];
        check(
            &zone,
            "sip:bob@full.test",
            "TCP 192.0.2.1:5070, UDP 192.0.2.1:5080, UDP 192.0.2.2:5080",
        )
        .await;
    }

    #[tokio::test]
    async fn a_domain_with_srv_alone_is_tried_by_udp_first() {
        let zone = [
            srv("_sip._tcp.some.test.", 10, 5060, "a.some.test."),
            srv("_sip._udp.some.test.", 10, 5060, "a.some.test."),
            a("a.some.test.", 1),
        ];
        let both = "UDP 192.0.2.1:5060, TCP 192.0.2.1:5060";
        check(&zone, "sip:bob@some.test", both).await;
        let tcp = "TCP 192.0.2.1:5060";
        check(&zone, "sip:bob@some.test;transport=tcp", tcp).await;
    }

    #[tokio::test]
    async fn a_plain_host_is_its_addresses() {
        let zone = [a("plain.test.", 1), a("plain.test.", 2)];
        let plain = "UDP 192.0.2.1:5060, UDP 192.0.2.2:5060";
        check(&zone, "sip:plain.test", plain).await;
        let ported = "TCP 192.0.2.1:5070, TCP 192.0.2.2:5070";
        check(&zone, "sip:plain.test:5070;transport=tcp", ported).await;
    }

    #[tokio::test]
    async fn nobody_gets_more_than_eight_places_to_try_and_never_a_group() {
        let mut zone: Vec<Record> = (1..=20).map(|last| a("many.test.", last)).collect();
        zone.push(Record::from_rdata(
            name("group.test."),
            60,
            RData::A(A::new(239, 0, 0, 1)),
        ));
        let targets = resolve(&zone, "sip:many.test:5060").await;
        assert_eq!(targets.len(), MOST_TARGETS);
        check(&zone, "sip:group.test:5060", "").await;
    }

    #[tokio::test]
    async fn what_nobody_knows_leads_nowhere() {
        check(&[], "sip:bob@nowhere.test", "").await;
    }

    #[track_caller]
    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn a(owner: &str, last: u8) -> Record {
        Record::from_rdata(name(owner), 60, RData::A(A::new(192, 0, 2, last)))
    }

    fn srv(owner: &str, priority: u16, port: u16, host: &str) -> Record {
        let srv = SRV::new(priority, 0, port, name(host));
        Record::from_rdata(name(owner), 60, RData::SRV(srv))
    }

    fn naptr(owner: &str, order: u16, service: &str, replacement: &str) -> Record {
        let bytes = |text: &str| text.as_bytes().into();
        let naptr = NAPTR::new(
            order,
            0,
            bytes("s"),
            bytes(service),
            bytes(""),
            name(replacement),
        );
        Record::from_rdata(name(owner), 60, RData::NAPTR(naptr))
    }

    async fn check(zone: &[Record], uri: &str, expected: &str) {
        let targets = resolve(zone, uri).await;
        let said: Vec<_> = targets
            .iter()
            .map(|target| format!("{} {}", target.transport, target.remote))
            .collect();
        assert_eq!(said.join(", "), expected);
    }

    /// Asks a name server on loopback that knows `zone`; we listen on UDP and TCP over IPv4.
    async fn resolve(zone: &[Record], uri: &str) -> Vec<Target> {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let answering = tokio::spawn(answer(server, zone.to_vec()));

        let mut connection = ConnectionConfig::udp();
        connection.port = address.port();
        let mut config = NameServerConfig::udp(address.ip());
        config.connections = vec![connection];
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
        let provider = TokioRuntimeProvider::default();
        let builder = TokioResolver::builder_with_config(config, provider);
        let names = asking(builder, LONG).unwrap();
        let listener = |transport| Listener {
            transport,
            bound: "192.0.2.100:5060".parse().unwrap(),
            advertised: "192.0.2.100:5060".parse().unwrap(),
        };
        let resolver = Resolver {
            names: Some(names),
            reach: Reach::new(&[listener(Transport::Udp), listener(Transport::Tcp)]),
            patience: LONG,
        };
        let uri = Uri::parse(uri.as_bytes()).unwrap();
        let targets = resolver.resolve(&uri, &mut Dice::from_seed(1)).await;
        answering.abort();
        targets
    }

    async fn answer(server: UdpSocket, zone: Vec<Record>) {
        let mut buffer = [0; 1500];
        while let Ok((length, asker)) = server.recv_from(&mut buffer).await {
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let query = question.queries[0].clone();
            let mut reply = Message::response(question.metadata.id, OpCode::Query);
            reply.add_query(query.clone());
            let known = |record: &&Record| record.name == *query.name();
            for record in zone.iter().filter(known) {
                if record.record_type() == query.query_type() {
                    reply.add_answer(record.clone());
                }
            }
            if !zone.iter().any(|record| known(&record)) {
                reply.metadata.response_code = ResponseCode::NXDomain;
            }
            server
                .send_to(&reply.to_vec().unwrap(), asker)
                .await
                .unwrap();
        }
    }
}

//! Where a URI leads, by DNS (RFC 3263). What to ask is decided in [`crate::sip::route`]; here it is
//! asked. Answers are kept as long as their TTL says.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::proto::rr::{RData, RecordType};
use tokio::time::timeout;

use crate::base::Dice;
use crate::sip::message::Uri;
use crate::sip::route::{self, Host, Naptr, Plan, Reach, Service, Srv};
use crate::sip::transport::{Target, is_single_host};

/// How many places a caller gets to try.
const MOST_TARGETS: usize = 8;
/// How long a question may take in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one server may take.
const ONE_SERVER: Duration = Duration::from_secs(2);

/// Asks the name servers of the system. Clones share what they know.
#[derive(Clone)]
pub struct Resolver {
    /// `None` where the system has no usable configuration: then only addresses lead anywhere.
    names: Option<TokioResolver>,
    reach: Reach,
}

impl Resolver {
    /// Must be called within a tokio runtime.
    pub fn new(reach: Reach) -> Resolver {
        let names = TokioResolver::builder_tokio().and_then(|mut builder| {
            let options = builder.options_mut();
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            options.timeout = ONE_SERVER;
            builder.build()
        });
        Resolver {
            names: names
                .inspect_err(|error| {
                    tracing::warn!(%error, "no name server is known; only addresses can be called");
                })
                .ok(),
            reach,
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
                    if timeout(PATIENCE, asked).await.is_err() {
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

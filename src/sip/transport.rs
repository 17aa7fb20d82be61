//! Where bytes come from and go to (RFC 3261 §18, RFC 3581), without a socket in sight.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::sip::message::{Headers, Malformed, Name, Via};

/// A transport protocol. TLS and WebSocket have their names here and their listeners later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl Transport {
    /// Whether the transport itself repeats what is lost.
    pub fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// As in Via: upper case.
    pub fn as_via(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_via())
    }
}

/// One association between a listener of ours and a peer's address. For a connection, `local` is the
/// listener that accepted it or on whose behalf it was opened; the shell keeps at most one connection
/// for each `(transport, remote)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub transport: Transport,
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// A socket of ours that peers can reach, and the address that we tell them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub transport: Transport,
    pub bound: SocketAddr,
    /// What Via and Contact say: the bound address, or the `advertise` setting behind NAT.
    pub advertised: SocketAddr,
}

/// Where a URI leads (RFC 3263).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub transport: Transport,
    pub remote: SocketAddr,
}

/// A datagram beyond this goes by a stream where there is one (RFC 3261 §18.1.1), in bytes: the MTU of
/// Ethernet less what tunnels and responses add.
pub const LARGEST_DATAGRAM: usize = 1300;

/// The port of a host that names none (§19.1.2).
pub const DEFAULT_PORT: u16 = 5060;

impl Flow {
    /// The same association whichever listener opened it: there is one connection for each transport
    /// and remote address, but every UDP socket is its own.
    pub fn lane(self) -> Flow {
        match self.transport {
            Transport::Udp => self,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => Flow {
                local: self.remote,
                ..self
            },
        }
    }
}

/// Whether one host can be meant: SIP is never sent to a group, to everybody or to nobody.
pub fn is_single_host(address: SocketAddr) -> bool {
    let ip = address.ip().to_canonical();
    let everybody = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !(ip.is_multicast() || ip.is_unspecified() || everybody || address.port() == 0)
}

/// Writes where a message really came from into its topmost Via (§18.2.1, RFC 3581 §4) and returns
/// that Via.
pub fn stamp(headers: &mut Headers, source: SocketAddr) -> Result<Via, Malformed> {
    let mut via = headers.via()?;
    let ip = source.ip().to_canonical();
    let wants_port = via.params.has("rport");
    if wants_port {
        via.params.set("rport", Some(&source.port().to_string()));
    }
    if wants_port || host_address(&via.host) != Some(ip) {
        via.params.set("received", Some(&ip.to_string()));
        headers.replace_first(Name::Via, via.to_string());
    }
    Ok(via)
}

/// Where the responses to a request go that came by `flow` with `via` on top (§18.2.2): back by the
/// connection or to the source's address, at its port where it asked for that (`rport`), else at the
/// port of its sent-by. Its `maddr` is not honoured.
pub fn reply_flow(via: &Via, flow: Flow) -> Flow {
    match flow.transport {
        Transport::Udp if !via.params.has("rport") => Flow {
            remote: sent_by(via, flow),
            ..flow
        },
        _ => flow,
    }
}

/// Where the responses go when the connection that brought the request is gone (§18.2.2): to a new
/// one to the port of its sent-by. `None` where that is no other place.
pub fn reply_elsewhere(via: &Via, flow: Flow) -> Option<Flow> {
    let remote = sent_by(via, flow);
    let connects = matches!(flow.transport, Transport::Tcp);
    (connects && remote != flow.remote).then_some(Flow { remote, ..flow })
}

/// The Via that a request of ours carries by `flow` (§18.1.1, RFC 3581 §3).
pub fn via(listeners: &[Listener], flow: &Flow, branch: &str) -> String {
    let rport = match flow.transport {
        Transport::Udp => ";rport",
        _ => "",
    };
    format!(
        "SIP/2.0/{} {}{rport};branch={branch}",
        flow.transport,
        advertised(listeners, flow)
    )
}

/// What peers are told of the listener behind `flow`.
pub fn advertised(listeners: &[Listener], flow: &Flow) -> SocketAddr {
    let address = listeners
        .iter()
        .find(|listener| listener.transport == flow.transport && listener.bound == flow.local)
        .map_or(flow.local, |listener| listener.advertised);
    // Without the scope of a link-local address, which means nothing elsewhere.
    SocketAddr::new(address.ip(), address.port())
}

/// The flow by which a datagram that is too large goes instead: from a TCP listener of the same
/// family, best at the same address. `None` where there is none.
pub fn stream_instead(listeners: &[Listener], flow: &Flow) -> Option<Flow> {
    let usable = |listener: &&Listener| {
        listener.transport == Transport::Tcp && listener.bound.is_ipv4() == flow.remote.is_ipv4()
    };
    listeners
        .iter()
        .filter(usable)
        .min_by_key(|listener| listener.bound.ip() != flow.local.ip())
        .map(|listener| Flow {
            transport: Transport::Tcp,
            local: listener.bound,
            remote: flow.remote,
        })
}

/// The address of a host that is written as one, with brackets or without.
pub fn host_address(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

/// The source's address with the port that its Via names.
fn sent_by(via: &Via, flow: Flow) -> SocketAddr {
    let port = match via.port {
        Some(0) => flow.remote.port(),
        Some(port) => port,
        None => DEFAULT_PORT,
    };
    SocketAddr::new(flow.remote.ip(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_go_to_the_source_port_where_rport_asks_for_it() {
        check_reply(
            "SIP/2.0/UDP 10.0.0.7:5062;rport;branch=z9hG4bKa",
            "192.0.2.1:40000",
            "SIP/2.0/UDP 10.0.0.7:5062;rport=40000;branch=z9hG4bKa;received=192.0.2.1",
            "192.0.2.1:40000",
        );
    }

    #[test]
    fn without_rport_responses_go_to_the_source_address_at_the_port_of_sent_by() {
        check_reply(
            "SIP/2.0/UDP phone.example.com:5062;branch=z9hG4bKa",
            "192.0.2.1:40000",
            "SIP/2.0/UDP phone.example.com:5062;branch=z9hG4bKa;received=192.0.2.1",
            "192.0.2.1:5062",
        );
    }

    #[test]
    fn a_via_that_tells_the_truth_is_left_alone() {
        check_reply(
            "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa",
            "192.0.2.1:40000",
            "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa",
            "192.0.2.1:5060",
        );
    }

    #[test]
    fn ipv6_is_compared_by_value_and_written_without_brackets() {
        check_reply(
            "SIP/2.0/UDP [2001:DB8:0::7]:5062;branch=z9hG4bKa",
            "[2001:db8::7]:40000",
            "SIP/2.0/UDP [2001:DB8:0::7]:5062;branch=z9hG4bKa",
            "[2001:db8::7]:5062",
        );
        check_reply(
            "SIP/2.0/UDP [2001:db8::8];rport;branch=z9hG4bKa",
            "[2001:db8::7]:40000",
            "SIP/2.0/UDP [2001:db8::8];rport=40000;branch=z9hG4bKa;received=2001:db8::7",
            "[2001:db8::7]:40000",
        );
    }

    #[test]
    fn neither_maddr_nor_a_lying_received_sends_responses_elsewhere() {
        check_reply(
            "SIP/2.0/UDP 192.0.2.1:5060;maddr=239.0.0.1;received=203.0.113.9;branch=z9hG4bKa",
            "192.0.2.1:5060",
            "SIP/2.0/UDP 192.0.2.1:5060;maddr=239.0.0.1;received=203.0.113.9;branch=z9hG4bKa",
            "192.0.2.1:5060",
        );
    }

    #[test]
    fn groups_and_everybody_are_no_single_host() {
        let not = ["239.0.0.1:5060", "255.255.255.255:5060", "0.0.0.0:5060"];
        let nor = ["[ff02::1]:5060", "[::]:5060", "192.0.2.1:0"];
        for address in not.iter().chain(&nor) {
            assert!(!is_single_host(address.parse().unwrap()), "{address}");
        }
        assert!(is_single_host("192.0.2.1:5060".parse().unwrap()));
    }

    #[test]
    fn a_large_request_goes_from_the_tcp_listener_of_its_family() {
        let listener = |transport, bound: &str| Listener {
            transport,
            bound: bound.parse().unwrap(),
            advertised: bound.parse().unwrap(),
        };
        let listeners = [
            listener(Transport::Udp, "192.0.2.1:5060"),
            listener(Transport::Tcp, "[::1]:5060"),
            listener(Transport::Tcp, "127.0.0.1:5070"),
            listener(Transport::Tcp, "192.0.2.1:5070"),
        ];
        let flow = |transport, local: &str, remote: &str| Flow {
            transport,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
        };
        let udp = flow(Transport::Udp, "192.0.2.1:5060", "192.0.2.9:5060");
        let tcp = flow(Transport::Tcp, "192.0.2.1:5070", "192.0.2.9:5060");
        assert_eq!(stream_instead(&listeners, &udp), Some(tcp));
        assert_eq!(stream_instead(&listeners[..2], &udp), None);
    }

    #[track_caller]
    fn check_reply(via: &str, source: &str, stamped: &str, reply: &str) {
        let mut headers = Headers::new();
        headers.push(Name::Via, via.to_string());
        headers.push(Name::Via, "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb");
        let remote = source.parse().unwrap();
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.200:5060".parse().unwrap(),
            remote,
        };
        let via = stamp(&mut headers, remote).unwrap();
        let second = &b"SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb"[..];
        assert_eq!(
            headers.list(&Name::Via).collect::<Vec<_>>(),
            [stamped.as_bytes(), second]
        );
        assert_eq!(reply_flow(&via, flow).remote, reply.parse().unwrap());
    }
}

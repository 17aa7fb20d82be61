//! Where bytes come from and go to (RFC 3261 §18, RFC 3581), without a socket in sight.

use std::fmt;
use std::net::SocketAddr;

/// A transport protocol. TLS and WebSocket have their names here and their listeners later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    pub transport: Transport,
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// A socket of ours that peers can reach, and the address that we tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub transport: Transport,
    pub bound: SocketAddr,
    /// What Via and Contact say: the bound address, or the `advertise` setting behind NAT.
    pub advertised: SocketAddr,
}

/// Where a URI leads (RFC 3263).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub transport: Transport,
    pub remote: SocketAddr,
}

//! Whom a leg's socket listens to. The description names an address; behind NAT the packets come from
//! another port of it, or from where the signalling comes from. The first that fits is it; everybody
//! else is a stranger until the description names another address.
//!
//! ```text
//!  Open ──other port of a known host──▶ Near ──the described address──▶ Exact
//!    └────────the described address────────────────────────────────────▶─┘
//! ```

use std::net::{IpAddr, SocketAddr};

/// One socket's source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latch {
    /// Nothing was heard yet.
    #[default]
    Open,
    /// Heard from a host that fits, at a port that nobody named.
    Near(SocketAddr),
    /// Heard from the very address of the description.
    Exact(SocketAddr),
}

impl Latch {
    /// Is this the leg's own peer? Latches on the first that fits; with `comedia` any fits.
    pub fn admits(
        &mut self,
        from: SocketAddr,
        described: Option<SocketAddr>,
        signalling: IpAddr,
        comedia: bool,
    ) -> bool {
        let exact = described == Some(from);
        let near =
            comedia || from.ip() == signalling || described.is_some_and(|d| d.ip() == from.ip());
        match *self {
            Latch::Open | Latch::Near(_) if exact => *self = Latch::Exact(from),
            Latch::Open if near => *self = Latch::Near(from),
            Latch::Open => return false,
            Latch::Near(peer) | Latch::Exact(peer) => return peer == from,
        }
        true
    }

    /// Where the peer was heard: symmetric RTP is sent back there (RFC 4961).
    pub fn peer(&self) -> Option<SocketAddr> {
        match *self {
            Latch::Open => None,
            Latch::Near(peer) | Latch::Exact(peer) => Some(peer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries the sources in turn against a peer that describes itself as 10.0.0.1:4000 and signals from
    /// 198.51.100.1; `+` admitted, `-` a stranger.
    #[track_caller]
    fn check(sources: &str, expected: &str) {
        check_with(false, sources, expected);
    }

    #[track_caller]
    fn check_with(comedia: bool, sources: &str, expected: &str) {
        let mut latch = Latch::Open;
        let described = Some("10.0.0.1:4000".parse().unwrap());
        let signalling = "198.51.100.1".parse().unwrap();
        let admitted =
            |from: &str| latch.admits(from.parse().unwrap(), described, signalling, comedia);
        let told = sources.split(' ').map(admitted);
        let told: String = told.map(|fits| if fits { '+' } else { '-' }).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn the_described_address_is_heard_and_strangers_are_not() {
        check("203.0.113.66:4000 10.0.0.1:4000 203.0.113.66:4000", "-+-");
    }

    #[test]
    fn behind_nat_the_first_port_of_the_signalling_host_is_it() {
        check("198.51.100.1:7 198.51.100.1:8 198.51.100.1:7", "+-+");
    }

    #[test]
    fn comedia_takes_the_first_from_anywhere_and_the_described_one_after_it() {
        check_with(
            true,
            "203.0.113.66:4000 203.0.113.66:4001 198.51.100.1:7",
            "+--",
        );
        check_with(
            true,
            "203.0.113.66:4000 10.0.0.1:4000 203.0.113.66:4000",
            "++-",
        );
    }

    #[test]
    fn the_described_host_may_send_from_another_port() {
        check("10.0.0.1:4002 10.0.0.1:4004 198.51.100.1:7", "+--");
    }

    #[test]
    fn the_very_address_outranks_a_near_one_for_good() {
        check("10.0.0.1:4002 10.0.0.1:4000 10.0.0.1:4002", "++-");
    }
}

//! Which addresses the URL of a script may lead to, be it for a request, a status, a clip or a socket.
//! Public ones may; what is inside the operator's house only
//! where the setting `http.allow` names it, so that no scenario reaches what trusts its neighbours. The
//! addresses themselves are judged, whatever name led to them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use ipnet::IpNet;

/// What is not public (RFC 6890 and its successors).
const INSIDE: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/96",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
];

/// Whether `address` may be called.
pub fn may_be_called(address: IpAddr, allow: &[IpNet]) -> bool {
    let address = address.to_canonical();
    if allow.iter().any(|net| net.contains(&address)) {
        return true;
    }
    match carried(address) {
        // A way into the IPv4 world leads where that address does.
        Some(inner) => may_be_called(inner.into(), allow),
        None => !inside().iter().any(|net| net.contains(&address)),
    }
}

/// The IPv4 address inside one of NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn carried(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else {
        return None;
    };
    let [a, b, c, .., g, h] = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0x64, 0xff9b) => Some(join(g, h)),
        (0x2002, _) => Some(join(b, c)),
        _ => None,
    }
}

fn inside() -> &'static [IpNet] {
    static NETS: OnceLock<Vec<IpNet>> = OnceLock::new();
    NETS.get_or_init(|| {
        let nets = INSIDE.iter();
        nets.map(|net| net.parse().expect("a network of ours"))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: bool) {
        let judged = may_be_called(address.parse().unwrap(), &[]);
        assert_eq!(judged, expected, "{address}");
    }

    #[test]
    fn public_addresses_may_be_called_and_what_is_inside_may_not() {
        for address in ["8.8.8.8", "172.32.0.1", "2606:4700::1", "64:ff9b::808:808"] {
            check(address, true);
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:a00:1::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            check(address, false);
        }
    }

    #[test]
    fn what_the_operator_allows_may_be_called_in_any_spelling() {
        let allow = ["127.0.0.0/8".parse().unwrap(), "fd00::/16".parse().unwrap()];
        for address in [
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "fd00::5",
        ] {
            assert!(may_be_called(address.parse().unwrap(), &allow), "{address}");
        }
        assert!(!may_be_called("10.0.0.1".parse().unwrap(), &allow));
    }
}

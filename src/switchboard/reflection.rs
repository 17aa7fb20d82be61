//! Where sound may not go, whatever a description says: back to ourselves, to our SIP ports or to the ports of other legs, and
//! from a peer on the network to this machine's loopback. Such a leg is still heard, and answered where it sends from.

use std::net::{IpAddr, SocketAddr};

use super::Switchboard;
use crate::base::SessionId;
use crate::media::Line;
use crate::media::port::Stock;
use crate::script::command::Level;
use crate::sip::transport::Listener;

impl Switchboard {
    pub(super) fn without_reflection(&mut self, session: SessionId, mut line: Line) -> Line {
        let (listeners, stock) = (&self.sip.listeners, &self.stock);
        let back = |to: &SocketAddr| leads_back(*to, line.signalling, listeners, stock);
        let (rtp, rtcp) = (
            line.rtp.as_ref().is_some_and(back),
            line.rtcp.as_ref().is_some_and(back),
        );
        if rtp {
            line.rtp = None;
            let text = "the far end wants its sound at an address of our own: none is sent there";
            self.log(session, Level::Warning, text.to_string());
        }
        if rtp || rtcp {
            line.rtcp = None;
        }
        line
    }
}

fn leads_back(to: SocketAddr, signalling: IpAddr, listeners: &[Listener], stock: &Stock) -> bool {
    let is_ours =
        |listener: &Listener| [listener.bound.ip(), listener.advertised.ip()].contains(&to.ip());
    let is_sip = |listener: &Listener| {
        [listener.bound.port(), listener.advertised.port()].contains(&to.port())
    };
    let busy = listeners.iter().any(is_sip) || stock.knows(to.port());
    let into_this_machine = to.ip().is_loopback() && !signalling.is_loopback();
    listeners.iter().any(is_ours) && busy || into_this_machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Port;
    use crate::sip::transport::Transport;

    #[test]
    fn no_sound_goes_to_our_own_ports_nor_from_the_network_to_this_machine() {
        let listeners = [Listener {
            transport: Transport::Udp,
            bound: "192.0.2.1:5060".parse().unwrap(),
            advertised: "203.0.113.1:5070".parse().unwrap(),
        }];
        let mut stock = Stock::default();
        stock.add(vec![Port { rtp: 10_000 }]);
        let check = |to: &str, signalling: &str| {
            let (to, signalling) = (to.parse().unwrap(), signalling.parse().unwrap());
            leads_back(to, signalling, &listeners, &stock)
        };
        for own in [
            "192.0.2.1:5060",
            "203.0.113.1:5070",
            "192.0.2.1:10000",
            "203.0.113.1:10001",
            "127.0.0.1:9",
        ] {
            assert!(check(own, "192.0.2.9"), "{own}");
        }
        for other in ["192.0.2.1:4000", "192.0.2.9:5060", "192.0.2.9:10000"] {
            assert!(!check(other, "192.0.2.9"), "{other}");
        }
        assert!(!check("127.0.0.1:9", "127.0.0.1"), "phones of this machine");
    }
}

//! A pair of sockets, bound.

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

use crate::base::LegId;
use crate::media::{Kind, Port};

/// What may wait in one socket, in bytes as the kernel counts them: about a second of sound. More would be
/// heard too late anyway, and it is what a spray over the range can fill.
const WAITING: usize = 64 * 1024;

/// DSCP EF, telephony (RFC 4594 §4.1), as it lies in the TOS byte.
const EXPEDITED: u32 = 46 << 2;

#[derive(Debug)]
pub struct Pair {
    pub leg: Option<LegId>,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl Pair {
    pub fn bind(ip: IpAddr, port: Port) -> io::Result<Pair> {
        Ok(Pair {
            leg: None,
            rtp: bind(SocketAddr::new(ip, port.rtp))?,
            rtcp: bind(SocketAddr::new(ip, port.rtp + 1))?,
        })
    }

    pub fn socket(&self, kind: Kind) -> &UdpSocket {
        match kind {
            Kind::Rtp => &self.rtp,
            Kind::Rtcp => &self.rtcp,
        }
    }

    pub fn socket_mut(&mut self, kind: Kind) -> &mut UdpSocket {
        match kind {
            Kind::Rtp => &mut self.rtp,
            Kind::Rtcp => &mut self.rtcp,
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(WAITING)?;
    // A machine that does not let us mark packets still carries them.
    let _ = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        SocketAddr::V6(_) => (socket.set_only_v6(true)).and(socket.set_tclass_v6(EXPEDITED)),
    };
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

//! Which peer an ICMP error is about. A socket that talks to everybody learns it from Linux's error
//! queue (ip(7), `IP_RECVERR`); elsewhere a lost peer shows by its silence.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};

/// From now on errors are queued with the address that they are about.
pub fn enable(socket: &impl AsFd, ipv4: bool) -> io::Result<()> {
    match ipv4 {
        true => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        false => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    }
    .map_err(io::Error::from)
}

/// The next error of the queue: the peer that cannot be reached, or `None` where it says something
/// else, such as a smaller MTU. `WouldBlock` when the queue is empty.
pub fn next(socket: &impl AsRawFd) -> io::Result<Option<SocketAddr>> {
    let mut datagram = [0; 64];
    let mut parts = [IoSliceMut::new(&mut datagram)];
    let mut control = cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut control),
        MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
    )?;
    let unreachable = message.cmsgs()?.any(|control| match control {
        ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
            is_unreachable(&error)
        }
        _ => false,
    });
    let peer = message.address.and_then(|address| {
        let v4 = address
            .as_sockaddr_in()
            .map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
        let v6 = address
            .as_sockaddr_in6()
            .map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6)));
        v4.or(v6)
    });
    Ok(peer.filter(|_| unreachable))
}

/// Host, net, port and protocol unreachable count, what passes does not (RFC 3261 §18.4).
fn is_unreachable(error: &libc::sock_extended_err) -> bool {
    let from_network = matches!(
        error.ee_origin,
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6
    );
    let errno = Errno::from_raw(i32::try_from(error.ee_errno).unwrap_or_default());
    from_network
        && matches!(
            errno,
            Errno::ECONNREFUSED
                | Errno::EHOSTUNREACH
                | Errno::ENETUNREACH
                | Errno::ENOPROTOOPT
                | Errno::EACCES
        )
}

//! SIP over UDP: one socket per listener.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::sync::mpsc;

use super::{Unsent, tell};
use crate::io::sip::Wire;
use crate::sip::transport::{Flow, Transport};

/// So many datagrams in a row, before others have their turn.
const BATCH: usize = 64;
/// What the kernel keeps for us while we are busy, in bytes; it may grant less.
const RECEIVE_BUFFER: usize = 4 << 20;
const SEND_BUFFER: usize = 1 << 20;
/// How many errors of earlier datagrams a sending may run into before its own goes out.
const MOST_OLD_ERRORS: usize = 8;

/// The sending half.
#[derive(Debug)]
pub struct Sender {
    socket: UdpSocket,
    local: SocketAddr,
}

/// The receiving half.
#[derive(Debug)]
pub struct Receiver {
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
}

pub fn bind(address: SocketAddr) -> io::Result<(Sender, Receiver)> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // As much as the system grants.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    #[cfg(target_os = "linux")]
    super::icmp::enable(&socket, address.is_ipv4())?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let socket = UdpSocket::from(socket);
    let local = socket.local_addr()?;
    let receiver = tokio::net::UdpSocket::from_std(socket.try_clone()?)?;
    Ok((
        Sender { socket, local },
        Receiver {
            socket: receiver,
            local,
        },
    ))
}

impl Sender {
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// At once or not at all: where the kernel has no room the datagram is lost, as on any wire.
    pub fn send(&self, remote: SocketAddr, bytes: &Bytes) -> Result<(), Unsent> {
        for _ in 0..MOST_OLD_ERRORS {
            match self.socket.send_to(bytes, remote) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    metrics::counter!("switchhook_sip_dropped_total", "where" => "out")
                        .increment(1);
                    return Ok(());
                }
                // May be about an earlier datagram to another peer: the system tells the next one
                // that sends.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::ConnectionRefused
                            | ErrorKind::HostUnreachable
                            | ErrorKind::NetworkUnreachable
                            | ErrorKind::Interrupted
                    ) => {}
                Err(error) => {
                    tracing::debug!(%remote, bytes = bytes.len(), %error, "a datagram was refused");
                    return Err(Unsent);
                }
            }
        }
        Err(Unsent)
    }
}

impl Receiver {
    /// For ever. Nothing that a peer does ends it.
    pub async fn run(self, wires: mpsc::Sender<Wire>) {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        let interest = Interest::READABLE | Interest::ERROR;
        while let Ok(ready) = self.socket.ready(interest).await {
            if ready.is_error() {
                self.tell_unreachable(&wires);
            }
            for _ in 0..BATCH {
                match self.socket.try_recv_from(&mut buffer) {
                    Ok((length, remote)) => {
                        let datagram = buffer.get(..length).unwrap_or_default();
                        if !is_keep_alive(datagram) {
                            let flow = self.flow(remote);
                            let bytes = Bytes::copy_from_slice(datagram);
                            tell(&wires, Wire::Message { flow, bytes });
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // About a datagram of ours; the error queue says which.
                    Err(_) => {}
                }
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn tell_unreachable(&self, wires: &mpsc::Sender<Wire>) {
        let next = || super::icmp::next(&self.socket);
        while let Ok(peer) = self.socket.try_io(Interest::ERROR, next) {
            if let Some(remote) = peer {
                let flow = self.flow(remote);
                tell(wires, Wire::Unreachable { flow });
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn tell_unreachable(&self, _wires: &mpsc::Sender<Wire>) {
        let _ = self.socket.try_io(Interest::ERROR, || {
            Err::<(), _>(ErrorKind::WouldBlock.into())
        });
    }

    fn flow(&self, remote: SocketAddr) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: self.local,
            remote,
        }
    }
}

/// What phones send to keep a NAT open.
fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram
        .iter()
        .all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0))
}

//! The sockets that SIP comes in by and goes out by.
//!
//! ```text
//!  UDP sockets ──┐                          ┌▸ UDP sockets, at once
//!                ├▸ wires ▸ … ▸ send(flow) ─┤
//!  connections ──┘                          └▸ hub ▸ a queue per connection
//! ```
//!
//! Nothing here waits for the program and nothing in the program waits for it: what finds a queue full
//! is dropped and counted, as the network would. TLS and WebSocket are streams of another make: they
//! enter at [`connection::converse`] beside TCP and get a hub of their own.

mod connection;
#[cfg(target_os = "linux")]
mod icmp;
mod tcp;
mod udp;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::io::sip::Wire;
use crate::sip::transport::{Flow, Listener, Transport};

/// How many messages may wait for the program.
const MOST_WIRES: usize = 8192;
/// How many messages may wait to be given to their connections.
const MOST_ORDERS: usize = 8192;

/// How long connections are waited for, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a peer to take a connection of ours.
    pub connect: Duration,
    /// For the first whole message of a peer that connects to us.
    pub first_message: Duration,
    /// For the rest of a message that has begun.
    pub whole_message: Duration,
    /// Between messages. A phone that registers once an hour keeps its connection.
    pub idle: Duration,
    /// For a peer to take what we write.
    pub write: Duration,
    /// For the answer to what ended the stream, before it is closed.
    pub last_word: Duration,
    /// How many connections peers may have in all, and from one address.
    pub most_accepted: usize,
    pub most_from_one: usize,
    /// How many messages may wait for one connection.
    pub most_queued: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            connect: Duration::from_secs(4),
            first_message: Duration::from_secs(30),
            whole_message: Duration::from_secs(30),
            idle: Duration::from_secs(2 * 3600),
            write: Duration::from_secs(10),
            last_word: Duration::from_millis(500),
            most_accepted: 2048,
            most_from_one: 256,
            most_queued: 256,
        }
    }
}

/// Why the program cannot listen where it was told to.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("cannot listen on {transport}:{address}: {why}", transport = transport.as_via().to_lowercase())]
    Socket {
        transport: Transport,
        address: SocketAddr,
        why: io::Error,
    },
    #[error("cannot listen on {0}: this transport is not there yet")]
    NotYet(Transport),
}

/// All open listeners. Dropped, they close with their connections.
#[derive(Debug)]
pub struct Listeners {
    bound: Vec<Listener>,
    datagrams: HashMap<SocketAddr, udp::Sender>,
    streams: mpsc::Sender<tcp::Order>,
    wires: mpsc::Sender<Wire>,
    _tasks: JoinSet<()>,
}

impl Listeners {
    /// Opens them all, or none. Must be called within a tokio runtime. A port 0 is chosen by the
    /// system: see [`Listeners::bound`].
    pub fn bind(listeners: &[Listener]) -> Result<(Listeners, mpsc::Receiver<Wire>), BindError> {
        Listeners::bind_with(listeners, Patience::default())
    }

    pub fn bind_with(
        listeners: &[Listener],
        patience: Patience,
    ) -> Result<(Listeners, mpsc::Receiver<Wire>), BindError> {
        let (wires, heard) = mpsc::channel(MOST_WIRES);
        let (streams, orders) = mpsc::channel(MOST_ORDERS);
        let mut tasks = JoinSet::new();
        let mut datagrams = HashMap::new();
        let mut bound = Vec::with_capacity(listeners.len());
        for listener in listeners {
            let failed = |why| BindError::Socket {
                transport: listener.transport,
                address: listener.bound,
                why,
            };
            let local = match listener.transport {
                Transport::Udp => {
                    let (sender, receiver) = udp::bind(listener.bound).map_err(failed)?;
                    let local = sender.local();
                    datagrams.insert(local, sender);
                    tasks.spawn(receiver.run(wires.clone()));
                    local
                }
                Transport::Tcp => {
                    let (socket, local) = tcp::bind(listener.bound).map_err(failed)?;
                    tasks.spawn(tcp::accept(socket, local, streams.clone()));
                    local
                }
                other => return Err(BindError::NotYet(other)),
            };
            bound.push(as_bound(listener, local));
        }
        tasks.spawn(tcp::Hub::new(orders, wires.clone(), patience).run());
        let listeners = Listeners {
            bound,
            datagrams,
            streams,
            wires,
            _tasks: tasks,
        };
        Ok((listeners, heard))
    }

    /// The listeners with the addresses that they really have, in the order in which they were given.
    pub fn bound(&self) -> &[Listener] {
        &self.bound
    }

    /// Sends without waiting. What cannot be delivered comes back as [`Wire::Unreachable`], where it
    /// can be known.
    pub fn send(&self, flow: &Flow, bytes: Bytes) {
        let sent = match flow.transport {
            Transport::Udp => match self.datagrams.get(&flow.local) {
                Some(socket) => socket.send(flow.remote, &bytes),
                None => Err(Unsent),
            },
            Transport::Tcp => {
                let order = tcp::Order::Send { flow: *flow, bytes };
                self.streams.try_send(order).map_err(|_| Unsent)
            }
            Transport::Tls | Transport::Ws | Transport::Wss => Err(Unsent),
        };
        if sent.is_err() {
            tell(&self.wires, Wire::Unreachable { flow: *flow });
        }
    }
}

/// It is certain that the message did not go out.
#[derive(Debug)]
struct Unsent;

fn as_bound(listener: &Listener, local: SocketAddr) -> Listener {
    let mut advertised = listener.advertised;
    if advertised.port() == 0 {
        advertised.set_port(local.port());
    }
    Listener {
        transport: listener.transport,
        bound: local,
        advertised,
    }
}

/// Hands something to the program; what it has no room for is lost and counted.
fn tell(wires: &mpsc::Sender<Wire>, wire: Wire) {
    if wires.try_send(wire).is_err() {
        metrics::counter!("switchhook_sip_dropped_total", "where" => "in").increment(1);
    }
}

#[cfg(test)]
mod tests;

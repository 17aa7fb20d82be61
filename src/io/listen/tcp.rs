//! SIP over TCP: one hub knows every connection, one task serves each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{self, AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::connection::{self, End};
use super::{Patience, tell};
use crate::io::sip::Wire;
use crate::sip::transport::{Flow, Transport};

/// How many peers may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long no peer is accepted after the system refused one, for want of descriptors.
const OUT_OF_BREATH: Duration = Duration::from_millis(100);

/// What the hub is told.
#[derive(Debug)]
pub enum Order {
    /// Write this to the connection of `flow`, which is opened where there is none.
    Send {
        flow: Flow,
        bytes: Bytes,
    },
    Accepted {
        flow: Flow,
        stream: TcpStream,
    },
}

/// All connections, at most one to each remote address.
pub struct Hub {
    orders: mpsc::Receiver<Order>,
    wires: mpsc::Sender<Wire>,
    patience: Patience,
    connections: HashMap<SocketAddr, Connection>,
    /// Whose connection a task serves.
    served_by: HashMap<task::Id, SocketAddr>,
    /// How many connections were accepted from an address.
    crowds: HashMap<IpAddr, usize>,
    accepted: usize,
    tasks: JoinSet<End>,
}

struct Connection {
    flow: Flow,
    queue: mpsc::Sender<Bytes>,
    task: AbortHandle,
    opened_by: OpenedBy,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenedBy {
    Us,
    Peer,
}

pub fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of the last run that linger do not keep us from listening.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from_std(socket.into())?;
    let local = listener.local_addr()?;
    Ok((listener, local))
}

/// For ever. Nothing that a peer does ends it.
pub async fn accept(listener: TcpListener, local: SocketAddr, orders: mpsc::Sender<Order>) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                let flow = Flow {
                    transport: Transport::Tcp,
                    local,
                    remote,
                };
                if orders.send(Order::Accepted { flow, stream }).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                sleep(OUT_OF_BREATH).await;
            }
        }
    }
}

impl Hub {
    pub fn new(
        orders: mpsc::Receiver<Order>,
        wires: mpsc::Sender<Wire>,
        patience: Patience,
    ) -> Self {
        Hub {
            orders,
            wires,
            patience,
            connections: HashMap::new(),
            served_by: HashMap::new(),
            crowds: HashMap::new(),
            accepted: 0,
            tasks: JoinSet::new(),
        }
    }

    /// Until nobody can give orders any more.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Send { flow, bytes }) => self.send(flow, bytes),
                    Some(Order::Accepted { flow, stream }) => self.accepted(flow, stream),
                    None => return,
                },
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, end)) => self.ended(task, Some(end)),
                    Err(error) => self.ended(error.id(), None),
                },
            }
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        if !self.connections.contains_key(&flow.remote) {
            self.open(flow);
        }
        let Some(connection) = self.connections.get(&flow.remote) else {
            return;
        };
        if connection.queue.try_send(bytes).is_err() {
            tracing::debug!(remote = %flow.remote, "a peer does not read: its connection is closed");
            metrics::counter!("switchhook_sip_dropped_total", "where" => "out").increment(1);
            self.close(flow.remote);
        }
    }

    fn open(&mut self, flow: Flow) {
        let (patience, wires) = (self.patience, self.wires.clone());
        let (queue, queued) = mpsc::channel(patience.most_queued);
        let replies = queue.clone();
        let task = self.tasks.spawn(async move {
            let stream = match timeout(patience.connect, connect(flow)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return End::Failed(error.to_string()),
                Err(_) => return End::Failed("not connected in time".to_string()),
            };
            // Who was called may be silent for as long as anybody.
            let first = patience.idle;
            connection::converse(stream, flow, first, queued, replies, wires, patience).await
        });
        self.insert(flow, queue, task, OpenedBy::Us);
    }

    fn accepted(&mut self, flow: Flow, stream: TcpStream) {
        let crowd = self.crowds.get(&flow.remote.ip()).copied().unwrap_or(0);
        if self.accepted >= self.patience.most_accepted || crowd >= self.patience.most_from_one {
            tracing::debug!(remote = %flow.remote, "too many connections: one more is closed");
            metrics::counter!("switchhook_sip_connections_refused_total").increment(1);
            return;
        }
        if prepare(&stream).is_err() {
            return;
        }
        // A peer that uses an address again has lost its old connection.
        self.close(flow.remote);
        let (patience, wires) = (self.patience, self.wires.clone());
        let (queue, queued) = mpsc::channel(patience.most_queued);
        let first = patience.first_message;
        let served =
            connection::converse(stream, flow, first, queued, queue.clone(), wires, patience);
        let task = self.tasks.spawn(served);
        self.insert(flow, queue, task, OpenedBy::Peer);
    }

    fn insert(
        &mut self,
        flow: Flow,
        queue: mpsc::Sender<Bytes>,
        task: AbortHandle,
        opened_by: OpenedBy,
    ) {
        if opened_by == OpenedBy::Peer {
            *self.crowds.entry(flow.remote.ip()).or_default() += 1;
            self.accepted += 1;
        }
        self.served_by.insert(task.id(), flow.remote);
        self.connections.insert(
            flow.remote,
            Connection {
                flow,
                queue,
                task,
                opened_by,
            },
        );
    }

    fn ended(&mut self, task: task::Id, end: Option<End>) {
        let Some(remote) = self.served_by.get(&task).copied() else {
            return;
        };
        tracing::debug!(%remote, ?end, "a connection ended");
        self.close(remote);
    }

    /// Closes the connection to a peer, where there is one, and tells whoever waits for it.
    fn close(&mut self, remote: SocketAddr) {
        let Some(connection) = self.connections.remove(&remote) else {
            return;
        };
        self.served_by.remove(&connection.task.id());
        connection.task.abort();
        if connection.opened_by == OpenedBy::Peer {
            self.accepted -= 1;
            if let Entry::Occupied(mut crowd) = self.crowds.entry(remote.ip()) {
                *crowd.get_mut() -= 1;
                if *crowd.get() == 0 {
                    crowd.remove();
                }
            }
        }
        let flow = connection.flow;
        tell(&self.wires, Wire::Unreachable { flow });
    }
}

/// A connection from the listener's address, so that the peer sees who we say we are.
async fn connect(flow: Flow) -> io::Result<TcpStream> {
    let socket = match flow.remote {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(flow.local.ip(), 0))?;
    let stream = socket.connect(flow.remote).await?;
    prepare(&stream)?;
    Ok(stream)
}

/// Messages go out at once, and a peer that has vanished is noticed.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let alive = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15))
        .with_retries(4);
    SockRef::from(stream).set_tcp_keepalive(&alive)
}

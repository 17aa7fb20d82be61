//! What runs on the media thread: wait, do what is ordered, relay what came, tell what happened.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};

use super::pair::Pair;
use super::{Order, Taker};
use crate::base::{Dice, LegId, SoundId};
use crate::media::graph::Outgoing;
use crate::media::port::{REST, Range};
use crate::media::{Command, Event, Graph, Kind, Port, rtp, srtp};
use crate::telemetry::metrics;

/// So many pairs are bound beyond those in use, and filled up at half of it.
const STOCK: usize = 64;
/// So many packets of one socket are read before the others have their turn.
const TURN: usize = 32;
/// Under load the thread looks at its sockets no more often than this: a round then serves many calls, which
/// takes a third off the cost of a packet. What it adds is lost in the jitter of any network.
const BEAT: Duration = Duration::from_millis(1);
/// Rounds further apart than this are no load.
const CALM: Duration = Duration::from_millis(5);
const WAKER: Token = Token(usize::MAX);
/// One more than is relayed, so that what is cut off shows.
const BUFFER: usize = rtp::LONGEST + srtp::RTP_ROOM + 1;

pub(super) struct Plane {
    poll: Poll,
    graph: Graph,
    orders: Receiver<Order>,
    events: Box<dyn FnMut(Event) + Send>,
    ip: IpAddr,
    range: Range,
    /// All that are bound. The RTP socket of the nth has the token 2n, its RTCP socket 2n + 1.
    pairs: Vec<Pair>,
    by_port: HashMap<Port, usize>,
    by_leg: HashMap<LegId, usize>,
    /// Bound pairs that the engine may hand out.
    free: usize,
    /// When those that it lets rest are free again, in order.
    resting: VecDeque<Instant>,
    exhausted: bool,
    /// Sockets that were not read empty, whose epoll edge is spent.
    unread: VecDeque<Token>,
    /// Who gets what leaves the graph.
    takers: HashMap<SoundId, Taker>,
}

enum Running {
    On,
    Stop,
}

impl Plane {
    pub fn new(
        ip: IpAddr,
        ports: RangeInclusive<u16>,
        dice: Dice,
        orders: Receiver<Order>,
        events: Box<dyn FnMut(Event) + Send>,
    ) -> io::Result<(Plane, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let mut plane = Plane {
            poll,
            graph: Graph::new(dice),
            orders,
            events,
            ip,
            range: Range::new(ports),
            pairs: Vec::new(),
            by_port: HashMap::new(),
            by_leg: HashMap::new(),
            free: 0,
            resting: VecDeque::new(),
            exhausted: false,
            unread: VecDeque::new(),
            takers: HashMap::new(),
        };
        match (plane.refill(Instant::now()), plane.free) {
            (Err(error), 0) => Err(error),
            (Ok(()), 0) => Err(io::Error::new(
                ErrorKind::InvalidInput,
                "the range has no pair of ports that is free",
            )),
            (Ok(()) | Err(_), _) => Ok((plane, waker)),
        }
    }

    pub fn run(mut self) {
        let mut ready = Events::with_capacity(1024);
        let mut buffer = [0; BUFFER];
        let mut now = Instant::now();
        let mut pressed = false;
        loop {
            if let (true, Some(early)) = (pressed, BEAT.checked_sub(now.elapsed())) {
                std::thread::sleep(early);
            }
            if let Err(error) = self.poll.poll(&mut ready, self.patience()) {
                if error.kind() == ErrorKind::Interrupted {
                    continue;
                }
                tracing::error!(%error, "the media thread cannot wait for packets");
                return;
            }
            let before = std::mem::replace(&mut now, Instant::now());
            pressed = now.saturating_duration_since(before) < CALM;
            for _ in 0..self.unread.len() {
                if let Some(token) = self.unread.pop_front() {
                    self.read(token, &mut buffer, now);
                }
            }
            for event in &ready {
                match event.token() {
                    WAKER => match self.obey(now) {
                        Running::On => {}
                        Running::Stop => return,
                    },
                    token => self.read(token, &mut buffer, now),
                }
            }
            self.graph.handle_timeout(now);
            if let Some(late) = self.graph.take_lateness() {
                metrics::tick(late);
            }
            while let Some(out) = self.graph.poll_send() {
                transmit(&self.pairs, &self.by_leg, &out);
            }
            while let Some(out) = self.graph.next_due(now) {
                transmit(&self.pairs, &self.by_leg, &out);
            }
            while let Some((unit, cut)) = self.graph.poll_frame() {
                if let Some(taker) = self.takers.get_mut(&unit) {
                    taker(cut);
                }
            }
            while let Some(event) = self.graph.poll() {
                (self.events)(event);
            }
        }
    }

    /// How long nothing but a packet or an order is of interest.
    fn patience(&self) -> Option<Duration> {
        if !self.unread.is_empty() {
            return Some(Duration::ZERO);
        }
        let deadline = self.graph.next_deadline()?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    fn obey(&mut self, now: Instant) -> Running {
        loop {
            let command = match self.orders.try_recv() {
                Ok(Order::Do(command)) => command,
                Ok(Order::Take { unit, taker }) => {
                    // Of a unit that is gone already nothing comes.
                    if self.graph.has_unit(unit) {
                        self.takers.insert(unit, taker);
                    }
                    continue;
                }
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => return Running::Stop,
                Err(TryRecvError::Empty) => return Running::On,
            };
            match command {
                Command::Open { leg, port } => self.open(leg, port),
                Command::Close { leg } => self.close(leg, now),
                Command::Describe { .. }
                | Command::Hear { .. }
                | Command::Join { .. }
                | Command::Part { .. }
                | Command::Monitor { .. }
                | Command::HandleKeys { .. }
                | Command::Detect { .. }
                | Command::Press { .. }
                | Command::Tie { .. }
                | Command::Create { .. }
                | Command::Steer { .. } => {}
                Command::Drop { unit } => {
                    self.takers.remove(&unit);
                }
            }
            self.graph.handle_command(command, now);
            if let Err(error) = self.refill(now) {
                tracing::error!(%error, "no further media port can be bound");
            }
        }
    }

    fn open(&mut self, leg: LegId, port: Port) {
        let Some(&n) = self.by_port.get(&port) else {
            tracing::error!(%leg, port = port.rtp, "a leg was opened on a port that is not bound");
            return;
        };
        let (Some(pair), registry) = (self.pairs.get_mut(n), self.poll.registry()) else {
            return;
        };
        if pair.leg.is_some() {
            tracing::error!(%leg, port = port.rtp, "a leg was opened on a port of another leg");
            return;
        }
        pair.leg = Some(leg);
        self.by_leg.insert(leg, n);
        self.free = self.free.saturating_sub(1);
        for (kind, token) in [(Kind::Rtp, Token(2 * n)), (Kind::Rtcp, Token(2 * n + 1))] {
            empty(pair.socket(kind));
            let socket = pair.socket_mut(kind);
            if let Err(error) = registry.register(socket, token, Interest::READABLE) {
                tracing::error!(%leg, %error, "a media socket cannot be watched");
            }
        }
    }

    fn close(&mut self, leg: LegId, now: Instant) {
        let pair = self.by_leg.remove(&leg).and_then(|n| self.pairs.get_mut(n));
        let Some(pair) = pair else {
            return;
        };
        pair.leg = None;
        for kind in [Kind::Rtp, Kind::Rtcp] {
            // Not watched: then it could not be watched to begin with, which was said.
            let _ = self.poll.registry().deregister(pair.socket_mut(kind));
        }
        self.resting.push_back(now + REST);
    }

    /// Binds more pairs when the free ones become few. A port in use is passed over; any other error would
    /// be the same for the next port, so it ends the attempt.
    fn refill(&mut self, now: Instant) -> io::Result<()> {
        while self.resting.front().is_some_and(|free_at| *free_at <= now) {
            self.resting.pop_front();
            self.free += 1;
        }
        self.exhausted &= self.free == 0;
        if self.free > STOCK / 2 {
            return Ok(());
        }
        let mut ports = Vec::new();
        let mut outcome = Ok(());
        while self.free < STOCK && outcome.is_ok() {
            let Some(port) = self.range.take(now) else {
                break;
            };
            match Pair::bind(self.ip, port) {
                Ok(pair) => {
                    self.by_port.insert(port, self.pairs.len());
                    self.pairs.push(pair);
                    self.free += 1;
                    ports.push(port);
                }
                Err(error) => {
                    tracing::debug!(%error, port = port.rtp, "a media port cannot be bound");
                    self.range.put_off(port, now);
                    if error.kind() != ErrorKind::AddrInUse {
                        outcome = Err(error);
                    }
                }
            }
        }
        if !ports.is_empty() {
            (self.events)(Event::Stock { ports });
        } else if self.free == 0 && !self.exhausted {
            self.exhausted = true;
            tracing::warn!("no media port is left");
            (self.events)(Event::Exhausted);
        }
        outcome
    }

    /// Relays what waits in a socket.
    fn read(&mut self, token: Token, buffer: &mut [u8; BUFFER], now: Instant) {
        let kind = match token.0 % 2 {
            0 => Kind::Rtp,
            _ => Kind::Rtcp,
        };
        let n = token.0 / 2;
        for _ in 0..TURN {
            // A pair whose leg was closed in this very round is not read.
            let Some((pair, leg)) = self.pairs.get(n).and_then(|pair| Some((pair, pair.leg?)))
            else {
                return;
            };
            let (length, from) = match pair.socket(kind).recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // An ICMP answer to something we sent; the next read brings packets.
                Err(_) => continue,
            };
            let Some(packet) = buffer.get_mut(..length) else {
                continue;
            };
            let arrival = self.graph.handle_packet(leg, kind, from, packet, now);
            let Some(mut arrival) = arrival else {
                continue;
            };
            while let Some(out) = self.graph.next_send(&mut arrival, packet) {
                transmit(&self.pairs, &self.by_leg, &out);
            }
        }
        self.unread.push_back(token);
    }
}

fn transmit(pairs: &[Pair], by_leg: &HashMap<LegId, usize>, out: &Outgoing) {
    let pair = by_leg.get(&out.leg).and_then(|n| pairs.get(*n));
    if let Some(pair) = pair.filter(|_| !out.bytes.is_empty()) {
        // What cannot be sent now is lost, as on any network; there will be another.
        let _ = pair.socket(out.kind).send_to(out.bytes, out.to);
    }
}

/// Forgets what came for nobody, or for the leg before.
fn empty(socket: &mio::net::UdpSocket) {
    let mut buffer = [0; 1];
    for _ in 0..1_000 {
        if socket.recv_from(&mut buffer).is_err() {
            return;
        }
    }
}

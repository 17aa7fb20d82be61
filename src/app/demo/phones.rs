//! Phones with sockets: the pure phone of the simulator, a UDP socket for SIP and one for sound, and a
//! mouth that says its tone every twenty milliseconds as long as the line is open.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::tone::{SAMPLES, tone};
use crate::base::Dice;
use crate::sim::phone::{Manners, Output, Owner, Phone, Reception, Then, Wish};
use crate::sip::ladder::Ladder;
use crate::sip::message::parse;
use crate::sip::transport::{Flow, Transport};

/// One packet of sound.
const PACKET: Duration = Duration::from_millis(20);

/// How long a phone rings before somebody takes it, and how long its owner stays after a transfer.
const RINGS_FOR: Duration = Duration::from_millis(400);
const STAYS_FOR: Duration = Duration::from_millis(200);

/// The sockets of phones to be.
pub(super) struct Sockets(Vec<Pair>);

struct Pair {
    name: &'static str,
    sip: Socket,
    sound: Socket,
}

/// Read by a task of its own, written from where the phones live.
struct Socket {
    at: SocketAddr,
    reader: Option<tokio::net::UdpSocket>,
    writer: UdpSocket,
}

impl Sockets {
    /// Must be called within a tokio runtime.
    pub(super) fn bind(names: &[&'static str]) -> anyhow::Result<Sockets> {
        let pair = |name: &&'static str| {
            Ok(Pair {
                name,
                sip: Socket::new(bind()?)?,
                sound: Socket::new(bind_even()?)?,
            })
        };
        let pairs: std::io::Result<Vec<Pair>> = names.iter().map(pair).collect();
        Ok(Sockets(pairs.context("no port is free for a phone")?))
    }

    /// Who can be called where.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        self.0.iter().map(|pair| (pair.name, pair.sip.at))
    }
}

impl Socket {
    fn new(socket: UdpSocket) -> std::io::Result<Socket> {
        socket.set_nonblocking(true)?;
        Ok(Socket {
            at: socket.local_addr()?,
            writer: socket.try_clone()?,
            reader: Some(tokio::net::UdpSocket::from_std(socket)?),
        })
    }

    fn send(&self, bytes: &[u8], to: SocketAddr) {
        // What loopback does not take is lost, as on any wire.
        let _ = self.writer.send_to(bytes, to);
    }

    /// Carries what arrives to where the phones live.
    fn listen(
        &mut self,
        tell: &UnboundedSender<Arrival>,
        arrival: impl Fn(SocketAddr, Bytes) -> Arrival + Send + 'static,
    ) {
        let Some(reader) = self.reader.take() else {
            return;
        };
        let tell = tell.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok((length, from)) = reader.recv_from(&mut buffer).await {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                let _ = tell.send(arrival(from, bytes));
            }
        });
    }
}

fn bind() -> std::io::Result<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
}

/// RTP goes to even ports.
fn bind_even() -> std::io::Result<UdpSocket> {
    let mut odd = Vec::new();
    loop {
        let socket = bind()?;
        if socket.local_addr()?.port() % 2 == 0 {
            return Ok(socket);
        }
        // Held until an even one is found, so that the system does not offer it again.
        odd.push(socket);
    }
}

/// What arrives at a socket.
enum Arrival {
    Message {
        phone: usize,
        from: SocketAddr,
        bytes: Bytes,
    },
    Sound {
        phone: usize,
        packet: Bytes,
    },
}

/// One phone of flesh and sockets.
struct Device {
    phone: Phone,
    pair: Pair,
    tone: [u8; SAMPLES],
    /// Packets of sound said so far.
    said: u32,
    /// Packets heard of each phone since it was asked to forget.
    heard: Vec<usize>,
}

/// All phones; they share one ladder, which is printed as it grows.
pub(super) struct Phones {
    devices: Vec<Device>,
    arrivals: UnboundedReceiver<Arrival>,
    ladder: Ladder,
    began: Instant,
    mouth: Interval,
}

impl Phones {
    pub(super) fn new(sockets: Sockets, server: SocketAddr) -> Phones {
        let (tell, arrivals) = unbounded_channel();
        let mut ladder = Ladder::new(sockets.addresses());
        ladder.introduce("switchhook", server);
        let count = sockets.0.len();
        let devices = sockets.0.into_iter().enumerate().map(|(at, mut pair)| {
            pair.sip.listen(&tell, move |from, bytes| Arrival::Message {
                phone: at,
                from,
                bytes,
            });
            pair.sound
                .listen(&tell, move |_, packet| Arrival::Sound { phone: at, packet });
            let owner = Owner {
                name: pair.name.to_string(),
                user: pair.name.to_string(),
                password: None,
                address: pair.sip.at,
                rtp: pair.sound.at.port(),
                server,
                domain: server.ip().to_string(),
            };
            let manners = Manners {
                usual: Reception {
                    rings: Some((180, Duration::ZERO)),
                    then: Then::Answer(RINGS_FOR),
                },
                leaves_on_success: Some(STAYS_FOR),
                ..Manners::default()
            };
            Device {
                phone: Phone::new(owner, manners, Dice::from_seed(at as u64)),
                pair,
                tone: tone(at),
                said: 0,
                heard: vec![0; count],
            }
        });
        let mut mouth = interval(PACKET);
        mouth.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Phones {
            devices: devices.collect(),
            arrivals,
            ladder,
            began: Instant::now(),
            mouth,
        }
    }

    pub(super) fn call(&mut self, phone: usize, to: &str) {
        self.wish(phone, Wish::Call { to: to.to_string() });
    }

    pub(super) fn refer(&mut self, phone: usize, to: &str) {
        self.wish(phone, Wish::Refer { to: to.to_string() });
    }

    pub(super) fn hang_up(&mut self, phone: usize) {
        self.wish(phone, Wish::HangUp);
    }

    /// Whether it is in a call that is answered.
    pub(super) fn talks(&self, phone: usize) -> bool {
        self.devices[phone]
            .phone
            .lines()
            .any(|line| line.is_talking())
    }

    pub(super) fn is_idle(&self, phone: usize) -> bool {
        self.devices[phone]
            .phone
            .lines()
            .all(|line| !line.is_alive())
    }

    /// How its last REFER was answered.
    pub(super) fn refer_answer(&self, phone: usize) -> Option<u16> {
        self.devices[phone].phone.referrals().last()?.answer
    }

    /// The final codes that it was told about its last REFER, once the subscription is over.
    pub(super) fn verdicts(&self, phone: usize) -> Vec<u16> {
        let last = self.devices[phone].phone.referrals().last();
        let ended = last.filter(|referral| referral.ended);
        ended.map_or(Vec::new(), |referral| {
            referral
                .told
                .iter()
                .copied()
                .filter(|code| *code >= 200)
                .collect()
        })
    }

    /// Packets of `whose` tone that reached its ear.
    pub(super) fn heard(&self, phone: usize, whose: usize) -> usize {
        self.devices[phone].heard[whose]
    }

    pub(super) fn forget_what_was_heard(&mut self) {
        for device in &mut self.devices {
            device.heard.fill(0);
        }
    }

    /// Lets the phones live until it is so; `false` where it is not in time.
    pub(super) async fn until(
        &mut self,
        patience: Duration,
        is_so: impl Fn(&Phones) -> bool,
    ) -> bool {
        let deadline = Instant::now() + patience;
        while !is_so(self) {
            if Instant::now() >= deadline {
                return false;
            }
            tokio::select! {
                Some(arrival) = self.arrivals.recv() => self.take(arrival),
                _ = self.mouth.tick() => self.speak(),
            }
            let now = Instant::now();
            for at in 0..self.devices.len() {
                let phone = &mut self.devices[at].phone;
                if phone
                    .next_deadline()
                    .is_some_and(|deadline| deadline <= now)
                {
                    phone.handle_timeout(now);
                    self.settle(at);
                }
            }
        }
        true
    }

    fn wish(&mut self, at: usize, wish: Wish) {
        self.devices[at].phone.handle_wish(wish, Instant::now());
        self.settle(at);
    }

    fn take(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Message { phone, from, bytes } => {
                let pair = &self.devices[phone].pair;
                let (flow, to) = (udp(pair.sip.at, from), pair.sip.at);
                self.tell(from, to, &bytes);
                self.devices[phone]
                    .phone
                    .handle_message(flow, bytes, Instant::now());
                self.settle(phone);
            }
            Arrival::Sound { phone, packet } => {
                let sound = packet.get(12..).unwrap_or_default();
                let whose = self
                    .devices
                    .iter()
                    .position(|device| device.tone[..] == *sound);
                if let Some(whose) = whose {
                    self.devices[phone].heard[whose] += 1;
                }
            }
        }
    }

    fn settle(&mut self, at: usize) {
        while let Some(output) = self.devices[at].phone.poll() {
            match output {
                Output::Transmit { flow, bytes } => {
                    self.tell(flow.local, flow.remote, &bytes);
                    self.devices[at].pair.sip.send(&bytes, flow.remote);
                }
                // All that a demonstration calls has an address; its news are on the ladder.
                Output::Resolve { .. } | Output::News(_) => {}
            }
        }
    }

    /// Every phone in a call says its tone to whom its line leads.
    fn speak(&mut self) {
        for (at, device) in self.devices.iter_mut().enumerate() {
            let voices = device.phone.lines().filter_map(|line| line.voice());
            let peers: Vec<SocketAddr> = voices
                .filter(|voice| voice.sends)
                .filter_map(|voice| voice.peer)
                .collect();
            for peer in peers {
                let packet = rtp(at as u32, device.said, &device.tone);
                device.said = device.said.wrapping_add(1);
                device.pair.sound.send(&packet, peer);
            }
        }
    }

    /// One more line of the ladder, at once.
    fn tell(&mut self, from: SocketAddr, to: SocketAddr, bytes: &Bytes) {
        if let Ok(message) = parse(bytes.clone()) {
            let line = self
                .ladder
                .message(self.began.elapsed(), from, to, &message);
            let _ = writeln!(std::io::stdout(), "  {line}");
        }
    }
}

fn udp(local: SocketAddr, remote: SocketAddr) -> Flow {
    Flow {
        transport: Transport::Udp,
        local,
        remote,
    }
}

/// RTP version 2, payload type 0 (RFC 3550 §5.1).
fn rtp(source: u32, count: u32, tone: &[u8; SAMPLES]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend((count as u16).to_be_bytes());
    packet.extend(count.wrapping_mul(SAMPLES as u32).to_be_bytes());
    packet.extend(source.to_be_bytes());
    packet.extend(tone);
    packet
}

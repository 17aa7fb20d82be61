//! Phones that each say a tone of their own, and what each of them hears: how sound is proved by sound.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::{Dice, LegId, SessionId, SoundId, UnitId};
use crate::media::codec::{Coding, Decoder, Encoder};
use crate::media::measure::{fit, tone};
use crate::media::rtp::Header;
use crate::media::{Command, Graph, Kind, Line, NewUnit, Node, Payload, Port, Side};

pub const ROOM: SoundId = SoundId {
    session: SessionId(1),
    unit: UnitId(1),
};
/// How loud a talker is.
pub const LOUD: f64 = 2_000.0;

pub struct Crowd {
    pub graph: Graph,
    start: Instant,
    now: Instant,
    pub phones: Vec<Phone>,
    /// Left and right of what has left the graph.
    pub cuts: [Vec<i16>; 2],
}

pub struct Phone {
    pub leg: LegId,
    address: SocketAddr,
    number: u8,
    hz: f64,
    pub level: f64,
    encoder: Encoder,
    decoder: Decoder,
    heard: Vec<i16>,
}

impl Crowd {
    /// Each phone by its codec and its tone.
    pub fn new(phones: &[(&'static str, f64)]) -> Crowd {
        let (mut graph, start) = (Graph::new(Dice::from_seed(1)), Instant::now());
        let phones = phones.iter().enumerate().map(|(n, (name, hz))| {
            let leg = LegId(n as u64 + 1);
            let address: SocketAddr = format!("10.0.0.{}:4000", n + 1).parse().unwrap();
            let (clock_hz, number) = match *name {
                "opus" => (48_000, 111),
                "G722" => (8_000, 9),
                _ => (8_000, 0),
            };
            let port = Port { rtp: 2 };
            graph.handle_command(Command::Open { leg, port }, start);
            let line = Line {
                rtp: Some(address),
                rtcp: None,
                signalling: address.ip(),
                payloads: vec![Payload {
                    name,
                    clock_hz,
                    send: number,
                    receive: number,
                }],
                send: true,
                receive: true,
                ptime_ms: None,
                comedia: false,
                copies: false,
                srtp: None,
            };
            graph.handle_command(Command::Describe { leg, line }, start);
            let coding = Coding::of(name, clock_hz).unwrap();
            Phone {
                leg,
                address,
                number,
                hz: *hz,
                level: LOUD,
                encoder: Encoder::new(coding),
                decoder: Decoder::new(coding),
                heard: Vec::new(),
            }
        });
        Crowd {
            phones: phones.collect(),
            graph,
            start,
            now: start,
            cuts: Default::default(),
        }
    }

    pub fn order(&mut self, command: Command) {
        self.graph.handle_command(command, self.now);
    }

    pub fn room(&mut self, unit: SoundId, talkers: u32) {
        let rate_hz = 16_000;
        let what = NewUnit::Mixer { rate_hz, talkers };
        self.order(Command::Create { unit, what });
    }

    /// `None`: silence.
    pub fn hear(&mut self, listener: impl Into<Node>, source: Option<Node>) {
        let listener = listener.into();
        self.order(Command::Hear { listener, source });
    }

    pub fn join(&mut self, unit: SoundId, source: Node, side: Side) {
        self.order(Command::Join {
            listener: unit,
            source,
            side,
        });
    }

    /// Both ways.
    pub fn enter(&mut self, room: SoundId, leg: LegId) {
        self.join(room, leg.into(), Side::Both);
        self.hear(leg, Some(room.into()));
    }

    pub fn between(&mut self, one: LegId, other: LegId) {
        self.hear(one, Some(other.into()));
        self.hear(other, Some(one.into()));
    }

    /// Everybody says their tone for so many ticks; what was heard before is forgotten. Returns how many packets were
    /// relayed.
    pub fn talk(&mut self, ticks: u32) -> usize {
        let mut relayed = 0;
        self.cuts = Default::default();
        for phone in &mut self.phones {
            phone.heard.clear();
        }
        for _ in 0..ticks {
            let n = (self.now - self.start).as_millis() as u32 / 20;
            for at in 0..self.phones.len() {
                let phone = &mut self.phones[at];
                let coding = phone.decoder.coding();
                let whole = coding.rate_hz() as usize / 50;
                // Whole periods fit a second, so that the tone goes on from there.
                let from = n as usize % 50 * whole;
                let sound = tone(coding.rate_hz(), phone.hz, phone.level, from + whole);
                let mut body = Vec::new();
                phone.encoder.encode(&sound[from..], &mut body).unwrap();
                let header = Header {
                    marker: n == 0,
                    payload: phone.number,
                    sequence: n as u16,
                    timestamp: n * coding.clock_hz() / 50,
                    ssrc: 7,
                };
                let mut packet = Vec::new();
                header.begin(&mut packet);
                packet.extend(body);
                let (leg, from) = (phone.leg, phone.address);
                let taken = self
                    .graph
                    .handle_packet(leg, Kind::Rtp, from, &mut packet, self.now);
                if let Some(mut arrival) = taken {
                    while let Some(out) = self.graph.next_send(&mut arrival, &mut packet) {
                        relayed += 1;
                        hear(&mut self.phones, out.to, out.bytes);
                    }
                }
            }
            for _ in 0..20 {
                self.graph.handle_timeout(self.now);
                while let Some(out) = self.graph.poll_send() {
                    hear(&mut self.phones, out.to, out.bytes);
                }
                while let Some((_, cut)) = self.graph.poll_frame() {
                    let right = cut.right.as_ref().map(|frame| frame.samples());
                    self.cuts[0].extend_from_slice(cut.frame.samples());
                    self.cuts[1].extend_from_slice(right.unwrap_or_default());
                }
                self.now += Duration::from_millis(1);
            }
        }
        relayed
    }

    /// How loud each phone's tone is in what phone `n` heard last, in percent of what it says.
    pub fn levels(&self, n: usize) -> Vec<i64> {
        let phone = &self.phones[n];
        self.levels_in(phone.decoder.coding().rate_hz(), &phone.heard)
    }

    /// How loud each phone's tone is in a sound; its first 300 ms, where the filters begin, left out.
    fn levels_in(&self, rate_hz: u32, sound: &[i16]) -> Vec<i64> {
        let sound = sound.get(rate_hz as usize * 3 / 10..).unwrap_or_default();
        let level = |phone: &Phone| match sound.is_empty() {
            true => 0,
            false => (fit(rate_hz, phone.hz, sound).0 / LOUD * 100.0).round() as i64,
        };
        self.phones.iter().map(level).collect()
    }

    /// Whom each phone hears.
    #[track_caller]
    pub fn heard(&self) -> Vec<Vec<usize>> {
        let numbers = 0..self.phones.len();
        numbers.map(|n| who(&self.levels(n))).collect()
    }

    /// Who is on the left, and on the right, of what has left the graph at this rate.
    #[track_caller]
    pub fn cut(&self, rate_hz: u32) -> [Vec<usize>; 2] {
        let [left, right] = &self.cuts;
        [left, right].map(|side| {
            assert!(side.len() > rate_hz as usize / 2, "{} samples", side.len());
            who(&self.levels_in(rate_hz, side))
        })
    }
}

/// Those whose tone is about as loud as it was said. Nobody may be heard a little. (Opus is not exact about ten tones at
/// once.)
#[track_caller]
fn who(levels: &[i64]) -> Vec<usize> {
    let mut all = levels.iter();
    let halves = all.any(|level| !(-20..20).contains(level) && !(50..140).contains(level));
    assert!(!halves, "{levels:?}");
    let levels = levels.iter().enumerate();
    let loud = levels.filter(|(_, level)| **level >= 50);
    loud.map(|(phone, _)| phone).collect()
}

fn hear(phones: &mut [Phone], to: SocketAddr, bytes: &[u8]) {
    let phone = phones.iter_mut().find(|phone| phone.address == to).unwrap();
    let mut sound = Vec::new();
    phone
        .decoder
        .decode(Header::body(bytes), &mut sound)
        .unwrap();
    phone.heard.extend(sound);
}

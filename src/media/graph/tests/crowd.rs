//! Conferences by their sound: phones that each say a tone of their own, and what each of them hears.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::{Dice, LegId, SessionId, SoundId, UnitId};
use crate::media::codec::{Coding, Decoder, Encoder};
use crate::media::measure::{fit, tone};
use crate::media::rtp::Header;
use crate::media::unit::mixer;
use crate::media::{Command, Graph, Kind, Line, NewUnit, Node, Order, Payload, Port, Side};

const ROOM: SoundId = SoundId {
    session: SessionId(1),
    unit: UnitId(1),
};
const OTHER_ROOM: SoundId = SoundId {
    session: SessionId(2),
    unit: UnitId(1),
};
/// How loud a talker is.
const LOUD: f64 = 2_000.0;

struct Crowd {
    graph: Graph,
    start: Instant,
    now: Instant,
    phones: Vec<Phone>,
}

struct Phone {
    leg: LegId,
    address: SocketAddr,
    number: u8,
    hz: f64,
    level: f64,
    encoder: Encoder,
    decoder: Decoder,
    heard: Vec<i16>,
}

impl Crowd {
    /// Each phone by its codec and its tone.
    fn new(phones: &[(&'static str, f64)]) -> Crowd {
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
        }
    }

    fn order(&mut self, command: Command) {
        self.graph.handle_command(command, self.now);
    }

    fn room(&mut self, unit: SoundId, talkers: u32) {
        let rate_hz = 16_000;
        let what = NewUnit::Mixer { rate_hz, talkers };
        self.order(Command::Create { unit, what });
    }

    /// Both ways.
    fn enter(&mut self, room: SoundId, leg: LegId) {
        self.order(Command::Join {
            listener: room,
            source: leg.into(),
            side: Side::Both,
        });
        self.order(Command::Hear {
            listener: leg.into(),
            source: Some(room.into()),
        });
    }

    fn between(&mut self, one: LegId, other: LegId) {
        for (listener, source) in [(one, other), (other, one)] {
            let (listener, source) = (listener.into(), Some(Node::Leg(source)));
            self.order(Command::Hear { listener, source });
        }
    }

    /// Everybody says their tone for so many ticks; what was heard before is forgotten.
    fn talk(&mut self, ticks: u32) {
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
                        hear(&mut self.phones, out.to, out.bytes);
                    }
                }
            }
            for _ in 0..20 {
                self.graph.handle_timeout(self.now);
                while let Some(out) = self.graph.poll_send() {
                    hear(&mut self.phones, out.to, out.bytes);
                }
                self.now += Duration::from_millis(1);
            }
        }
    }

    /// How loud each phone's tone is in what phone `n` heard last, in percent of what it says; its first 300 ms,
    /// where the filters begin, left out.
    fn levels(&self, n: usize) -> Vec<i64> {
        let phone = &self.phones[n];
        let rate_hz = phone.decoder.coding().rate_hz();
        let heard = phone
            .heard
            .get(rate_hz as usize * 3 / 10..)
            .unwrap_or_default();
        let level = |other: &Phone| match heard.is_empty() {
            true => 0,
            false => (fit(rate_hz, other.hz, heard).0 / LOUD * 100.0).round() as i64,
        };
        self.phones.iter().map(level).collect()
    }

    /// Whom each phone hears: those whose tone is about as loud as it was said. Nobody may be heard a little. (Opus is not
    /// exact about ten tones at once.)
    #[track_caller]
    fn heard(&self) -> Vec<Vec<usize>> {
        let heard = (0..self.phones.len()).map(|n| {
            let levels = self.levels(n);
            let halves = levels
                .iter()
                .any(|level| !(-20..20).contains(level) && !(50..140).contains(level));
            assert!(!halves, "{n}: {levels:?}");
            let levels = levels.iter().enumerate();
            levels
                .filter(|(_, level)| **level >= 50)
                .map(|(other, _)| other)
                .collect()
        });
        heard.collect()
    }
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

/// All but `n`.
fn others(n: usize, of: usize) -> Vec<usize> {
    (0..of).filter(|other| *other != n).collect()
}

#[test]
fn of_ten_each_hears_nine_and_not_its_own() {
    let codecs = ["PCMU", "G722", "opus"];
    let phones: Vec<_> = (0..10)
        .map(|n| (codecs[n % 3], 300.0 + 200.0 * n as f64))
        .collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    for n in 0..10 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    crowd.talk(50);
    let all: Vec<_> = (0..10).map(|n| others(n, 10)).collect();
    assert_eq!(crowd.heard(), all);

    // One leaves: the others go on hearing each other, and it hears nobody.
    crowd.order(Command::Part {
        listener: ROOM,
        source: crowd.phones[4].leg.into(),
    });
    crowd.order(Command::Hear {
        listener: crowd.phones[4].leg.into(),
        source: None,
    });
    crowd.talk(40);
    let heard = crowd.heard();
    for (n, heard) in heard.into_iter().enumerate() {
        let left = others(n, 10).into_iter().filter(|other| *other != 4);
        let expected: Vec<_> = if n == 4 { Vec::new() } else { left.collect() };
        assert_eq!(heard, expected, "{n}");
    }
}

#[test]
fn among_a_hundred_the_few_who_talk_are_heard_by_all() {
    let codec = |n| match n % 10 {
        5 => "opus",
        6 | 7 => "G722",
        _ => "PCMU",
    };
    let phones: Vec<_> = (0..100)
        .map(|n| (codec(n), 300.0 + 20.0 * n as f64))
        .collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 5);
    for n in 0..100 {
        // The breath of ninety-seven.
        crowd.phones[n].level = if n % 40 == 10 { LOUD } else { 60.0 };
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    crowd.talk(30);
    for (n, heard) in crowd.heard().into_iter().enumerate() {
        let talkers: Vec<_> = [10, 50, 90]
            .into_iter()
            .filter(|talker| *talker != n)
            .collect();
        assert_eq!(heard, talkers, "{n}");
    }
}

#[test]
fn who_is_louder_gets_the_floor_and_keeps_it_a_while() {
    let phones: Vec<_> = (0..4).map(|n| ("PCMU", 400.0 + 300.0 * n as f64)).collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 2);
    for n in 0..4 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    let says = |crowd: &mut Crowd, levels: [f64; 4]| {
        for (phone, level) in crowd.phones.iter_mut().zip(levels) {
            phone.level = level;
        }
    };
    says(&mut crowd, [LOUD, LOUD, 20.0, 20.0]);
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1], vec![0], vec![0, 1], vec![0, 1]]);
    // A third who is a little louder does not cut anybody off.
    says(&mut crowd, [LOUD, LOUD, LOUD * 1.5, 20.0]);
    crowd.talk(50);
    let levels = crowd.levels(3);
    assert!(
        levels[0] > 80 && levels[1] > 80 && levels[2] < 20,
        "{levels:?}"
    );
    // One of the two falls silent: the third is heard.
    says(&mut crowd, [LOUD, 0.0, LOUD, 20.0]);
    crowd.talk(75);
    crowd.talk(30);
    assert_eq!(crowd.heard(), [vec![2], vec![0, 2], vec![0], vec![0, 2]]);
}

#[test]
fn a_listener_may_be_spared_somebody() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("PCMU", 700.0), ("PCMU", 1_000.0)]);
    crowd.room(ROOM, 0);
    for n in 0..3 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    let spare = |crowd: &mut Crowd, without: Vec<Node>| {
        let listener = crowd.phones[0].leg.into();
        let order = Order::Mixer(mixer::Order { listener, without });
        crowd.order(Command::Steer { unit: ROOM, order });
    };
    let (bob, carol) = (crowd.phones[1].leg.into(), crowd.phones[2].leg.into());
    spare(&mut crowd, vec![bob]);
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![2], vec![0, 2], vec![0, 1]]);
    spare(&mut crowd, vec![bob, carol]);
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![], vec![0, 2], vec![0, 1]]);
    spare(&mut crowd, Vec::new());
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
}

#[test]
fn sound_goes_from_session_to_session_both_ways_until_either_closes() {
    let phones = [("PCMU", 400.0), ("G722", 700.0), ("PCMU", 1_000.0)];
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    let (near, far) = (LegId(101), LegId(102));
    let [alice, bob, carol] = [0, 1, 2].map(|n| crowd.phones[n].leg);
    let (one, other) = (near, far);
    crowd.order(Command::Tie { one, other });
    crowd.between(alice, near);
    for leg in [far, bob, carol] {
        crowd.enter(ROOM, leg);
    }
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
    crowd.order(Command::Close { leg: near });
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![], vec![2], vec![1]]);
    assert_eq!(crowd.graph.len(), 4, "three phones and a room");
    crowd.order(Command::Close { leg: far });
    // What has no packets has no figures.
    assert!(
        !std::iter::from_fn(|| crowd.graph.poll())
            .any(|event| { matches!(event, crate::media::Event::Closed { .. }) })
    );
}

#[test]
fn two_rooms_that_hear_each_other_are_one_and_nobody_echoes() {
    let phones = [("PCMU", 400.0), ("PCMU", 700.0), ("PCMU", 1_000.0)];
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    crowd.room(OTHER_ROOM, 10);
    let (one, other) = (LegId(101), LegId(102));
    crowd.order(Command::Tie { one, other });
    let [alice, bob, carol] = [0, 1, 2].map(|n| crowd.phones[n].leg);
    for leg in [alice, bob, one] {
        crowd.enter(ROOM, leg);
    }
    for leg in [carol, other] {
        crowd.enter(OTHER_ROOM, leg);
    }
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
}

#[test]
fn a_ring_of_calls_between_sessions_is_silent() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("PCMU", 700.0)]);
    let ends = [(101, 102), (103, 104)].map(|(one, other)| (LegId(one), LegId(other)));
    for (one, other) in ends {
        crowd.order(Command::Tie { one, other });
        // Twice does nothing.
        crowd.order(Command::Tie { one, other });
    }
    let [(a, b), (c, d)] = ends;
    crowd.between(b, c);
    crowd.between(d, a);
    let [alice, bob] = [0, 1].map(|n| crowd.phones[n].leg);
    for (listener, source) in [(alice, a), (bob, c)] {
        let (listener, source) = (listener.into(), Some(Node::Leg(source)));
        crowd.order(Command::Hear { listener, source });
    }
    crowd.talk(20);
    assert_eq!(crowd.heard(), [Vec::<usize>::new(), Vec::new()]);
}

#[test]
fn a_chain_of_calls_between_sessions_is_heard_through() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("G722", 700.0)]);
    let [alice, bob] = [0, 1].map(|n| crowd.phones[n].leg);
    let ends = [LegId(101), LegId(102), LegId(103), LegId(104)];
    let [a, b, c, d] = ends;
    for (one, other) in [(a, b), (c, d)] {
        crowd.order(Command::Tie { one, other });
    }
    for (one, other) in [(alice, a), (b, c), (d, bob)] {
        crowd.between(one, other);
    }
    crowd.talk(40);
    assert_eq!(crowd.heard(), [[1], [0]]);
}

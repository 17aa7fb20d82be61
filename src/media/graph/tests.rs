mod crowd;
mod phones;
mod spoken;
mod units;

use super::*;
use crate::base::{SessionId, UnitId};
use crate::media::rtp::Header;
use crate::media::tone::ToneScript;
use crate::media::unit::player;
use crate::media::{NewUnit, Payload, Port};
use expect_test::{Expect, expect};
use proptest::prelude::*;

#[test]
fn two_legs_hear_each_other_with_their_own_numbers() {
    check(
        "open a 8,101; open b 8,96; hear a b; hear b a; 0 a 8 10/160; 20 a 101 11/320; 20 b 96 7/99; 40 a 9 12/480",
        expect![[r#"
            a 8 10/160 -> b 10.0.0.2:4000 8 0/0 M
            0 a 8 10/160: FirstPacket { leg: LegId(1) }
            a 101 11/320 -> b 10.0.0.2:4000 96 1/160
            b 96 7/99 -> a 10.0.0.1:4000 101 0/0 M
            20 b 96 7/99: FirstPacket { leg: LegId(2) }
            a 9 12/480 -> nobody
        "#]],
    );
}

#[test]
fn nobody_hears_a_leg_before_its_description_nor_after_its_end() {
    check(
        "bare a; open b 8; hear b a; 0 a 8 1/0; open a 8; 20 a 8 2/160; close a; 40 a 8 3/320; close b",
        expect![[r#"
            a 8 1/0 -> nobody
            a 8 2/160 -> b 10.0.0.2:4000 8 0/0 M
            20 a 8 2/160: FirstPacket { leg: LegId(1) }
            close a: Counters { received: 1, received_bytes: 14, sent: 0, strangers: 1, malformed: 0, unwanted: 0, forged: 0, replayed: 0 }
            a 8 3/320 -> nobody
            close b: Counters { received: 0, received_bytes: 0, sent: 1, strangers: 0, malformed: 0, unwanted: 0, forged: 0, replayed: 0 }
        "#]],
    );
}

#[test]
fn a_strangers_packet_goes_nowhere() {
    check(
        "open a 8; open b 8; hear b a; 0 a@6.6.6.6:4000 8 1/0; 0 a 8 1/0; 0 a@10.0.0.1:4002 8 2/160; 0 a 8 2/160",
        expect![[r#"
            a 8 1/0 -> nobody
            a 8 1/0 -> b 10.0.0.2:4000 8 0/0 M
            0 a 8 1/0: FirstPacket { leg: LegId(1) }
            a 8 2/160 -> nobody
            a 8 2/160 -> b 10.0.0.2:4000 8 1/160
        "#]],
    );
}

#[test]
fn a_phone_behind_nat_is_heard_and_answered_where_it_sends_from() {
    check(
        "open a 8; open b 8; hear a b; hear b a; 0 b 8 1/0; 0 a@198.51.100.1:77 8 1/0; 0 b 8 2/160; 0 a@198.51.100.1:78 8 2/160",
        expect![[r#"
            b 8 1/0 -> a 10.0.0.1:4000 8 0/0 M
            0 b 8 1/0: FirstPacket { leg: LegId(2) }
            a 8 1/0 -> b 10.0.0.2:4000 8 0/0 M
            0 a@198.51.100.1:77 8 1/0: FirstPacket { leg: LegId(1) }
            b 8 2/160 -> a 198.51.100.1:77 8 1/160
            a 8 2/160 -> nobody
        "#]],
    );
}

#[test]
fn a_new_address_opens_the_latch_and_the_same_one_does_not() {
    check(
        "open a 8; open b 8; hear b a; 0 a@198.51.100.1:77 8 1/0; open a 8; 0 a@198.51.100.1:78 8 2/0; \
         open a@10.0.0.9:4000 8; 20 a@198.51.100.1:78 8 3/160",
        expect![[r#"
            a 8 1/0 -> b 10.0.0.2:4000 8 0/0 M
            0 a@198.51.100.1:77 8 1/0: FirstPacket { leg: LegId(1) }
            a 8 2/0 -> nobody
            a 8 3/160 -> b 10.0.0.2:4000 8 2/160
        "#]],
    );
}

#[test]
fn the_newest_source_is_heard_and_the_old_one_no_longer() {
    check(
        "open a 8; open b 8; open c 8; hear a b; 0 b 8 1/160; hear a c; 20 b 8 2/320; 30 c 8 900/5; 50 c 8 901/165; \
         close c; hear a b; 70 b 8 5/800",
        expect![[r#"
            b 8 1/160 -> a 10.0.0.1:4000 8 0/0 M
            0 b 8 1/160: FirstPacket { leg: LegId(2) }
            b 8 2/320 -> nobody
            c 8 900/5 -> a 10.0.0.1:4000 8 1/240 M
            30 c 8 900/5: FirstPacket { leg: LegId(3) }
            c 8 901/165 -> a 10.0.0.1:4000 8 2/400
            close c: Counters { received: 2, received_bytes: 28, sent: 0, strangers: 0, malformed: 0, unwanted: 0, forged: 0, replayed: 0 }
            b 8 5/800 -> a 10.0.0.1:4000 8 3/560 M
        "#]],
    );
}

#[test]
fn one_source_may_have_many_listeners() {
    check(
        "open a 8; open b 8; open c 8; hear b a; hear c a; 0 a 8 1/160; hear b -; 20 a 8 2/320",
        expect![[r#"
            a 8 1/160 -> b 10.0.0.2:4000 8 0/0 M
            a 8 1/160 -> c 10.0.0.3:4000 8 0/0 M
            0 a 8 1/160: FirstPacket { leg: LegId(1) }
            a 8 2/320 -> c 10.0.0.3:4000 8 1/160
        "#]],
    );
}

#[test]
fn a_held_leg_hears_nothing_and_a_holding_one_is_not_heard() {
    check(
        "open a 8; open b 8; hear a b; hear b a; 0 a 8 1/160; hold b; 20 a 8 2/320; 40 a 8 3/480; open b 8; 60 a 8 4/640; \
         mute a; 80 a 8 5/800",
        expect![[r#"
            a 8 1/160 -> b 10.0.0.2:4000 8 0/0 M
            0 a 8 1/160: FirstPacket { leg: LegId(1) }
            a 8 2/320 -> nobody
            a 8 3/480 -> nobody
            a 8 4/640 -> b 10.0.0.2:4000 8 1/480 M
            a 8 5/800 -> nobody
        "#]],
    );
}

#[test]
fn seven_seconds_of_nothing_are_said_once() {
    check(
        "open a 8; open b 8; hear b a; 0 a 8 1/160; 6000 a 8 2/320; tick 20000; 21000 a 8 3/480; tick 27000; mute a; tick 40000; \
         open a 8; tick 46000; tick 50000",
        expect![[r#"
            a 8 1/160 -> b 10.0.0.2:4000 8 0/0 M
            0 a 8 1/160: FirstPacket { leg: LegId(1) }
            a 8 2/320 -> b 10.0.0.2:4000 8 1/160
            tick 20000: Stopped { leg: LegId(1) }
            a 8 3/480 -> b 10.0.0.2:4000 8 2/320
            21000 a 8 3/480: Resumed { leg: LegId(1) }
            tick 50000: Stopped { leg: LegId(1) }
        "#]],
    );
}

#[test]
fn reports_are_about_what_the_other_side_knows() {
    let mut world = World::new();
    world.play("open a 8; open b 8; hear a b; hear b a; 0 a 8 10/160; 0 b 8 500/80");
    let (a, b) = (world.ssrc("a"), world.ssrc("b"));
    let run = |world: &World, leg: &str, of: &str| {
        let stream = &world.graph.legs[&World::id(leg)].stream;
        stream
            .timestamp_of(World::id(of), World::id(of).0 as u32, 1_000)
            .unwrap()
    };
    let report = rtcp::Report {
        ssrc: 1,
        sender: Some(rtcp::Sender {
            ntp: 5,
            timestamp: 1_000,
            packets: 1,
            bytes: 160,
        }),
        block: Some(rtcp::Block {
            ssrc: a,
            lost: 0,
            highest: u32::from(world.first[&World::id("a")].sequence),
            jitter: 1,
            last_report: 2,
            delay: 3,
        }),
    };
    let sent = world.report("a", "10.0.0.1:4001", report).unwrap();
    assert_eq!(sent.0, "b rtcp 10.0.0.2:4001");
    let out = rtcp::read(&sent.1, 2).unwrap();
    assert_eq!(out.ssrc, b);
    assert_eq!(out.sender.unwrap().timestamp, run(&world, "b", "a"));
    assert_eq!(out.block.unwrap().highest, 500);
}

#[test]
fn a_leg_that_nobody_hears_gets_an_answer_to_its_reports() {
    let mut world = World::new();
    world.play("open a 8");
    let report = rtcp::Report {
        ssrc: 1,
        sender: None,
        block: None,
    };
    let (to, bytes) = world.report("a", "10.0.0.1:4001", report).unwrap();
    assert_eq!(to, "a rtcp 10.0.0.1:4001");
    assert_eq!(rtcp::read(&bytes, 0).unwrap().ssrc, world.ssrc("a"));
    assert_eq!(world.report("a", "6.6.6.6:4001", report), None);
}

#[test]
fn a_thousand_closed_legs_leave_nothing() {
    let mut graph = Graph::new(Dice::from_seed(1));
    let now = Instant::now();
    for n in 0..1_000 {
        let (a, b) = (LegId(n * 2), LegId(n * 2 + 1));
        for leg in [a, b] {
            graph.handle_command(
                Command::Open {
                    leg,
                    port: Port { rtp: 2 },
                },
                now,
            );
        }
        graph.handle_command(
            Command::Hear {
                listener: a.into(),
                source: Some(b.into()),
            },
            now,
        );
        graph.handle_command(
            Command::Hear {
                listener: b.into(),
                source: Some(a.into()),
            },
            now,
        );
        graph.handle_command(Command::Close { leg: a }, now);
        graph.handle_command(Command::Close { leg: b }, now);
    }
    assert!(graph.is_empty());
    assert_eq!(std::iter::from_fn(|| graph.poll()).count(), 2_000);
}

#[test]
fn a_player_is_heard_by_everybody_at_once_and_makes_place_for_a_call() {
    let unit = |n| SoundId {
        session: SessionId(1),
        unit: UnitId(n),
    };
    let mut world = World::new();
    world.play("open a 8; open b 8; 0 a 8 1/160");
    let (graph, start) = (&mut world.graph, world.start);
    let script = ToneScript::parse("1000@-10;1(*/0/1)").unwrap();
    let player = NewUnit::Player {
        sound: player::Sound::Tones(script),
        looped: false,
        paused: false,
    };
    let hear = |listener: Node, source: Node| Command::Hear {
        listener,
        source: Some(source),
    };
    let (a, b) = (World::id("a"), World::id("b"));
    for command in [
        Command::Create {
            unit: unit(1),
            what: player,
        },
        Command::Create {
            unit: unit(2),
            what: NewUnit::Outlet,
        },
        hear(a.into(), unit(1).into()),
        hear(b.into(), unit(1).into()),
        hear(unit(2).into(), unit(1).into()),
    ] {
        graph.handle_command(command, start);
    }
    let mut told = String::new();
    for ms in [0, 19, 20, 40, 90] {
        let now = start + Duration::from_millis(ms);
        graph.handle_timeout(now);
        while let Some(out) = graph.poll_send() {
            let header = Header::read(out.bytes).unwrap();
            told += &format!(
                "{ms} {} {} bytes, M {}\n",
                out.to,
                out.bytes.len(),
                header.marker
            );
        }
        while let Some((unit, cut)) = graph.poll_frame() {
            let frame = cut.frame;
            told += &format!("{ms} {} {frame:?}\n", unit.unit);
        }
        if ms == 40 {
            graph.handle_command(hear(b.into(), a.into()), now);
        }
    }
    expect![[r#"
        0 10.0.0.1:4000 172 bytes, M true
        0 10.0.0.2:4000 172 bytes, M true
        0 unit2 Frame(160 samples at 8000 Hz)
        20 10.0.0.1:4000 172 bytes, M false
        20 10.0.0.2:4000 172 bytes, M false
        20 unit2 Frame(160 samples at 8000 Hz)
        40 10.0.0.1:4000 172 bytes, M false
        40 10.0.0.2:4000 172 bytes, M false
        40 unit2 Frame(160 samples at 8000 Hz)
        90 10.0.0.1:4000 172 bytes, M false
        90 10.0.0.1:4000 172 bytes, M false
        90 unit2 Frame(160 samples at 8000 Hz)
        90 unit2 Frame(160 samples at 8000 Hz)
    "#]]
    .assert_eq(&told);
    graph.handle_command(Command::Drop { unit: unit(1) }, start);
    graph.handle_command(Command::Drop { unit: unit(2) }, start);
    assert_eq!((graph.len(), graph.clock.len()), (2, 0));
}

proptest! {
    #[test]
    fn no_packets_make_it_panic(
        packets in prop::collection::vec(
            (any::<bool>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)),
            0..40,
        ),
    ) {
        let mut world = World::new();
        world.play("open a 8,101; open b 8,96; hear a b; hear b a");
        for (first, rtcp, mut packet) in packets {
            if let Some(byte) = packet.first_mut() {
                *byte = 0x80 | *byte & 0x3f;
            }
            let (leg, kind) = match (first, rtcp) {
                (true, false) => ("a", Kind::Rtp),
                (true, true) => ("a", Kind::Rtcp),
                (false, false) => ("b", Kind::Rtp),
                (false, true) => ("b", Kind::Rtcp),
            };
            let from = World::peer(leg, kind);
            let arrival = world.graph.handle_packet(World::id(leg), kind, from, &mut packet, world.start);
            if let Some(mut arrival) = arrival {
                while world.graph.next_send(&mut arrival, &mut packet).is_some() {}
            }
        }
    }
}

/// Plays the steps and compares what was sent and told. Legs are letters; their peers sit at
/// 10.0.0.N:4000 and signal from 198.51.100.N. Numbers sent are counted from the leg's first.
///
/// `bare LEG`: opened only. `open LEG[@described] receive-numbers`, `hold LEG` (nothing to it), `mute LEG`
/// (nothing from it): described. `hear LEG SOURCE`. `tick MS`. `MS LEG[@from] payload sequence/timestamp`: a packet.
#[track_caller]
fn check(steps: &str, expect: Expect) {
    let mut world = World::new();
    world.play(steps);
    expect.assert_eq(&world.told);
}

struct World {
    graph: Graph,
    start: Instant,
    told: String,
    /// The first that each leg was sent.
    first: HashMap<LegId, Header>,
}

impl World {
    fn new() -> World {
        World {
            graph: Graph::new(Dice::from_seed(1)),
            start: Instant::now(),
            told: String::new(),
            first: HashMap::new(),
        }
    }

    fn id(leg: &str) -> LegId {
        LegId(u64::from(leg.as_bytes()[0] - b'a' + 1))
    }

    fn peer(leg: &str, kind: Kind) -> SocketAddr {
        let port = if kind == Kind::Rtp { 4000 } else { 4001 };
        format!("10.0.0.{}:{port}", World::id(leg).0)
            .parse()
            .unwrap()
    }

    fn ssrc(&self, leg: &str) -> u32 {
        self.graph.legs[&World::id(leg)].stream.ssrc()
    }

    fn line(leg: &str, described: Option<SocketAddr>, numbers: &str) -> Line {
        let payload = |number: &str| {
            let receive = number.parse().unwrap();
            Payload {
                name: if receive == 8 {
                    "PCMA"
                } else {
                    "telephone-event"
                },
                clock_hz: 8_000,
                send: receive,
                receive,
            }
        };
        let rtp = described.unwrap_or(World::peer(leg, Kind::Rtp));
        Line {
            rtp: Some(rtp),
            rtcp: Some(SocketAddr::new(rtp.ip(), rtp.port() + 1)),
            signalling: format!("198.51.100.{}", World::id(leg).0).parse().unwrap(),
            payloads: numbers.split(',').map(payload).collect(),
            send: true,
            receive: true,
            ptime_ms: None,
            srtp: None,
            comedia: false,
            copies: false,
        }
    }

    fn play(&mut self, steps: &str) {
        let mut now = self.start;
        for step in steps.split(';').map(str::trim) {
            let words: Vec<&str> = step.split(' ').collect();
            let (leg, address) = match words[1].split_once('@') {
                Some((leg, address)) => (leg, Some(address.parse().unwrap())),
                None => (words[1], None),
            };
            let open = |leg| Command::Open {
                leg: World::id(leg),
                port: Port { rtp: 2 },
            };
            let mut command = |command| self.graph.handle_command(command, now);
            match words[0] {
                "bare" => command(open(leg)),
                "open" | "hold" | "mute" => {
                    command(open(leg));
                    let numbers = words.get(2).copied().unwrap_or("8");
                    let mut line = World::line(leg, address, numbers);
                    line.send = words[0] != "hold";
                    line.receive = words[0] != "mute";
                    command(Command::Describe {
                        leg: World::id(leg),
                        line,
                    });
                }
                "hear" => command(Command::Hear {
                    listener: World::id(leg).into(),
                    source: (words[2] != "-").then(|| World::id(words[2]).into()),
                }),
                "close" => command(Command::Close {
                    leg: World::id(leg),
                }),
                "tick" => {
                    now = self.start + Duration::from_millis(words[1].parse().unwrap());
                    self.graph.handle_timeout(now);
                }
                ms => {
                    now = self.start + Duration::from_millis(ms.parse().unwrap());
                    self.graph.handle_timeout(now);
                    self.packet(leg, address, &words[2..], now);
                }
            }
            while let Some(event) = self.graph.poll() {
                // Told with every first packet, and tested in `reports`.
                if matches!(event, Event::Codec { .. }) {
                    continue;
                }
                self.told += &format!("{step}: {}\n", event_name(&event));
            }
        }
    }

    /// Has `leg` report from an address: who is sent what.
    fn report(&mut self, leg: &str, from: &str, report: rtcp::Report) -> Option<(String, Vec<u8>)> {
        let mut bytes = [0; rtcp::LONGEST];
        let length = rtcp::write(&report, &mut bytes);
        let (id, from) = (World::id(leg), from.parse().unwrap());
        let graph = &mut self.graph;
        let mut arrival =
            graph.handle_packet(id, Kind::Rtcp, from, &mut bytes[..length], self.start)?;
        let out = graph.next_send(&mut arrival, &mut [])?;
        assert_eq!(out.kind, Kind::Rtcp);
        let to = format!("{} rtcp {}", (b'a' + out.leg.0 as u8 - 1) as char, out.to);
        let bytes = out.bytes.to_vec();
        assert_eq!(graph.next_send(&mut arrival, &mut []), None);
        Some((to, bytes))
    }

    fn packet(&mut self, leg: &str, from: Option<SocketAddr>, words: &[&str], now: Instant) {
        let (sequence, timestamp) = words[1].split_once('/').unwrap();
        let header = Header {
            marker: false,
            payload: words[0].parse().unwrap(),
            sequence: sequence.parse().unwrap(),
            timestamp: timestamp.parse().unwrap(),
            ssrc: World::id(leg).0 as u32,
        };
        let mut packet = vec![0x80; 14];
        header.write(&mut packet);
        let id = World::id(leg);
        let from = from.unwrap_or(World::peer(leg, Kind::Rtp));
        let step = format!("{leg} {}", words.join(" "));
        let arrival = self
            .graph
            .handle_packet(id, Kind::Rtp, from, &mut packet, now);
        let Some(mut arrival) = arrival else {
            self.told += &format!("{step} -> nobody\n");
            return;
        };
        let mut sent = 0;
        while let Some(out) = self.graph.next_send(&mut arrival, &mut packet) {
            let (listener, to) = (out.leg, out.to);
            let header = Header::read(out.bytes).unwrap();
            assert_eq!(header.ssrc, self.graph.legs[&listener].stream.ssrc());
            let first = *self.first.entry(listener).or_insert(header);
            self.told += &format!(
                "{step} -> {} {to} {} {}/{}{}\n",
                (b'a' + listener.0 as u8 - 1) as char,
                header.payload,
                header.sequence.wrapping_sub(first.sequence),
                header.timestamp.wrapping_sub(first.timestamp),
                if header.marker { " M" } else { "" },
            );
            sent += 1;
        }
        if sent == 0 {
            self.told += &format!("{step} -> nobody\n");
        }
    }
}

fn event_name(event: &Event) -> String {
    match event {
        Event::Closed { counters, .. } => format!("{counters:?}"),
        other => format!("{other:?}"),
    }
}

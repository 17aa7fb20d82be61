//! What is said to a peer by what it told: copies in Opus (RFC 6716 §2.1.7) for as long as it loses packets, and comfort
//! noise (RFC 3389) for pauses.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::pressed::COMFORT;
use super::*;
use crate::base::{SessionId, UnitId};
use crate::media::codec::{Coding, Decoder, Encoder};
use crate::media::measure::{decibels, speech};
use crate::media::{NewUnit, Port};

const A: LegId = LegId(1);
const B: LegId = LegId(2);

fn address(leg: LegId, port: u16) -> SocketAddr {
    format!("10.0.0.{}:{port}", leg.0).parse().unwrap()
}

/// A phone that talks PCMU is heard by one that takes something else.
struct Call {
    graph: Graph,
    now: Instant,
    said: Vec<i16>,
    encoder: Encoder,
    sequence: u16,
    /// Packets to the listener.
    heard: Vec<(Header, Vec<u8>)>,
}

fn format(name: &'static str, clock_hz: u32, number: u8) -> Payload {
    Payload {
        name,
        clock_hz,
        send: number,
        receive: number,
    }
}

impl Call {
    fn new(listener: Vec<Payload>, copies: bool) -> Call {
        let mut call = Call {
            graph: Graph::new(Dice::from_seed(1)),
            now: Instant::now(),
            said: speech(8_000, 0, 2.0),
            encoder: Encoder::new(Coding::Pcmu),
            sequence: 0,
            heard: Vec::new(),
        };
        for (leg, payloads) in [(A, vec![format("PCMU", 8_000, 0)]), (B, listener)] {
            let port = Port { rtp: 2 };
            call.graph
                .handle_command(Command::Open { leg, port }, call.now);
            let line = Line {
                rtp: Some(address(leg, 4_000)),
                rtcp: Some(address(leg, 4_001)),
                signalling: address(leg, 4_000).ip(),
                payloads,
                send: true,
                receive: true,
                ptime_ms: None,
                srtp: None,
                comedia: false,
                copies,
            };
            call.graph
                .handle_command(Command::Describe { leg, line }, call.now);
        }
        let (listener, source) = (B.into(), Some(A.into()));
        call.graph
            .handle_command(Command::Hear { listener, source }, call.now);
        call
    }

    fn opus(copies: bool) -> Call {
        Call::new(vec![format("opus", 48_000, 111)], copies)
    }

    /// What the one says goes by; payloads to the other.
    fn talk(&mut self) -> Vec<Vec<u8>> {
        self.pass();
        self.heard.drain(..).map(|(_, payload)| payload).collect()
    }

    fn pass(&mut self) {
        for samples in self.said.chunks_exact(160) {
            let mut packet = Vec::new();
            let header = Header {
                marker: false,
                payload: 0,
                sequence: self.sequence,
                timestamp: u32::from(self.sequence) * 160,
                ssrc: 7,
            };
            self.sequence += 1;
            header.begin(&mut packet);
            let mut body = Vec::new();
            self.encoder.encode(samples, &mut body).unwrap();
            packet.extend(body);
            let from = address(A, 4_000);
            self.graph
                .handle_packet(A, Kind::Rtp, from, &mut packet, self.now);
            for _ in 0..20 {
                self.now += Duration::from_millis(1);
                self.graph.handle_timeout(self.now);
                while let Some(out) = self.graph.poll_send() {
                    let header = Header::read(out.bytes).unwrap();
                    self.heard.push((header, Header::body(out.bytes).to_vec()));
                }
            }
        }
    }

    /// The other tells what it has lost.
    fn report(&mut self, percent: u32) {
        let report = rtcp::Report {
            ssrc: 9,
            sender: None,
            block: Some(rtcp::Block {
                ssrc: self.graph.legs[&B].stream.ssrc(),
                lost: (percent * 256 / 100) << 24,
                highest: 0,
                jitter: 0,
                last_report: 0,
                delay: 0,
            }),
        };
        let mut bytes = [0; rtcp::LONGEST];
        let length = rtcp::write(&report, &mut bytes);
        let from = address(B, 4_001);
        self.graph
            .handle_packet(B, Kind::Rtcp, from, &mut bytes[..length], self.now);
    }
}

/// How far what stands in for every fifth packet is from what it was, in dB.
fn off(packets: &[Vec<u8>]) -> f64 {
    let heard = |loses: bool| {
        let mut decoder = Decoder::new(Coding::Opus);
        let (mut heard, mut samples) = (Vec::new(), Vec::new());
        for pair in packets.windows(2).enumerate() {
            match pair {
                (n, [_, next]) if loses && n % 5 == 3 => decoder.recover(next, 960, &mut samples),
                (_, [packet, _]) => decoder.decode(packet, &mut samples).unwrap(),
                _ => {}
            }
            heard.extend_from_slice(&samples);
        }
        heard
    };
    let (mut off, mut level) = (0.0, 0.0);
    let (whole, lossy) = (heard(false), heard(true));
    for (n, (was, is)) in whole.chunks(960).zip(lossy.chunks(960)).enumerate() {
        for (&was, &is) in was.iter().zip(is).filter(|_| n % 5 == 3) {
            off += (f64::from(was) - f64::from(is)).powi(2);
            level += f64::from(was).powi(2);
        }
    }
    decibels((off / level).sqrt())
}

#[test]
fn who_loses_packets_of_opus_gets_copies_until_it_loses_none() {
    let mut call = Call::opus(true);
    let before = call.talk();
    call.report(10);
    let with = call.talk();
    for _ in 0..9 {
        call.report(0);
    }
    let after = call.talk();
    let lengths = |packets: &[Vec<u8>]| {
        let mut lengths: Vec<usize> = packets.iter().map(Vec::len).collect();
        lengths.dedup();
        lengths
    };
    assert_eq!(lengths(&before), [80]);
    assert_eq!(lengths(&with), [100]);
    assert_eq!(lengths(&after), [80]);
    let (before, with) = (off(&before), off(&with));
    assert!(
        with < before - 3.0,
        "{with:.1} dB with copies, {before:.1} without"
    );
}

#[test]
fn who_does_not_take_copies_gets_none() {
    let mut call = Call::opus(false);
    call.talk();
    call.report(10);
    assert!(call.talk().iter().all(|packet| packet.len() == 80));
}

#[test]
fn pauses_are_told_of_to_who_agreed_to_it_and_recorded_in_full() {
    let formats = vec![format("PCMA", 8_000, 8), format(COMFORT, 8_000, 13)];
    let mut call = Call::new(formats, false);
    let unit = SoundId {
        session: SessionId(1),
        unit: UnitId(1),
    };
    let what = NewUnit::Outlet;
    call.graph
        .handle_command(Command::Create { unit, what }, call.now);
    let (listener, source) = (unit.into(), Some(Node::Heard(B)));
    call.graph
        .handle_command(Command::Hear { listener, source }, call.now);
    call.said.truncate(8_000);
    call.said.resize(24_000, 0);
    call.said.extend(speech(8_000, 1, 1.0));
    call.pass();
    let kinds: Vec<u8> = call
        .heard
        .iter()
        .map(|(header, _)| header.payload)
        .collect();
    let noises = kinds.iter().filter(|payload| **payload == 13).count();
    let words = kinds.iter().filter(|payload| **payload == 8).count();
    // Two seconds of speech, 400 ms of the pause, and what fills the first ticks.
    assert!((1..=3).contains(&noises), "{noises}");
    assert!((110..=122).contains(&words), "{words}");
    let marked: Vec<bool> = call
        .heard
        .windows(2)
        .filter(|pair| pair[1].0.payload == 8 && pair[0].0.payload == 13)
        .map(|pair| pair[1].0.marker)
        .collect();
    assert_eq!(marked, [true]);
    // Its packets count, and are without a gap.
    assert_eq!(call.graph.counters(B).unwrap().sent, kinds.len() as u64);
    let steps = call
        .heard
        .windows(2)
        .map(|pair| pair[1].0.sequence.wrapping_sub(pair[0].0.sequence));
    assert!(steps.into_iter().all(|step| step == 1));
    // Four seconds, but for the first ticks.
    let recorded: usize = std::iter::from_fn(|| call.graph.poll_frame())
        .map(|(_, cut)| cut.frame.len())
        .sum();
    assert!((31_000..=32_000).contains(&recorded), "{recorded}");
}

#[test]
fn who_hears_a_quiet_conference_is_told_so() {
    let formats = vec![format("PCMA", 8_000, 8), format(COMFORT, 8_000, 13)];
    let mut call = Call::new(formats, false);
    let room = SoundId {
        session: SessionId(1),
        unit: UnitId(1),
    };
    let what = NewUnit::Mixer {
        rate_hz: 8_000,
        talkers: 0,
    };
    call.graph
        .handle_command(Command::Create { unit: room, what }, call.now);
    let (listener, source) = (B.into(), Some(room.into()));
    call.graph
        .handle_command(Command::Hear { listener, source }, call.now);
    let (source, side) = (A.into(), crate::media::Side::Both);
    call.graph.handle_command(
        Command::Join {
            listener: room,
            source,
            side,
        },
        call.now,
    );
    call.said.fill(0);
    call.pass();
    let noises = call.heard.iter().filter(|(header, _)| header.payload == 13);
    assert_eq!(
        (noises.count(), call.heard.len() < 30),
        (2, true),
        "{}",
        call.heard.len()
    );
}

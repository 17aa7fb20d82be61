//! The keys of a leg: those that its peer presses and those that are pressed for it.

use std::time::Instant;

use super::{Event, Graph, Leg};
use crate::base::LegId;
use crate::media::codec::Coding;
use crate::media::dtmf::{Key, Lookout, Receiver, Said, Sender, Stroke, Way, Ways};
use crate::media::frame::Frame;
use crate::media::rtp::Header;
use crate::media::{Node, Payload, rtp};

/// At which rate the tones of a key are made, where the peer takes no events.
const RATE_HZ: u32 = 8_000;
const FRAME: usize = 160;
/// Samples of a key.
const SOUNDS: usize = 5 * FRAME;
/// The peak of each tone of a key: 10 dB below full scale for both together.
const PEAK: f64 = 4_500.0;

#[derive(Debug, Default)]
pub(super) struct Keys {
    ways: Ways,
    receiver: Receiver,
    /// While keys in the sound are handled.
    lookout: Option<Box<Lookout>>,
    sender: Sender,
    /// When the next step of what is pressed is due.
    step: Option<Instant>,
    /// Samples of the tone that were said.
    said: usize,
}

impl Keys {
    /// Nothing else may be said to the peer.
    pub(super) fn sounds(&self) -> bool {
        self.sender.sounds()
    }

    pub(super) fn takes_events(&self) -> bool {
        self.ways.events
    }

    /// A packet of sound, which is silenced where it may be a part of a key that is handled. Says how long it is now;
    /// nothing else of it changes.
    pub(super) fn hear_sound(
        &mut self,
        coding: Coding,
        header: &Header,
        packet: &mut [u8],
        told: impl FnMut(Key),
    ) -> usize {
        let whole = packet.len();
        let Some(lookout) = &mut self.lookout else {
            return whole;
        };
        if !lookout.hear(coding, header, Header::body(packet), told) {
            return whole;
        }
        let at = rtp::body_at(packet).unwrap_or(whole);
        let end = at + Header::body(packet).len();
        let Some(length) = packet.get_mut(at..end).and_then(|body| coding.hush(body)) else {
            return whole;
        };
        // There is no padding any more.
        if let Some(first) = packet.first_mut() {
            *first &= !0x20;
        }
        at + length
    }
}

impl Graph {
    pub(super) fn handle_keys(&mut self, id: LegId, ways: Ways) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.keys.ways = ways;
            match ways.in_band {
                true => drop(leg.keys.lookout.get_or_insert_default()),
                false => leg.keys.lookout = None,
            }
        }
    }

    pub(super) fn press(&mut self, id: LegId, strokes: &[Stroke], now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.keys.sender.press(strokes);
        if leg.keys.step.is_none() {
            leg.keys.step = Some(self.presses.start(Node::Leg(id), now));
        }
    }

    /// A leg is over: nobody presses its keys.
    pub(super) fn stop_pressing(&mut self, id: LegId, leg: &Leg) {
        if let Some(at) = leg.keys.step {
            self.presses.stop(Node::Leg(id), at);
        }
    }

    /// A packet of events from a leg on which they are handled.
    pub(super) fn hear_key(&mut self, id: LegId, header: &Header, packet: &[u8], now: Instant) {
        let leg = self.legs.get_mut(&id);
        let key = leg.and_then(|leg| leg.keys.receiver.hear(header, Header::payload(packet), now));
        if let Some(key) = key {
            let way = Way::Event;
            self.events.push_back(Event::Key { leg: id, key, way });
        }
    }

    /// What is due of the keys that are pressed.
    pub(super) fn press_on(&mut self, now: Instant) {
        while let Some((at, node)) = self.presses.take(now) {
            let Node::Leg(id) = node else { continue };
            let Some(leg) = self.legs.get_mut(&id) else {
                continue;
            };
            leg.press_step(id, at, &mut self.outbox);
            leg.keys.step = match leg.keys.sender.is_idle() {
                true => None,
                false => Some(self.presses.go_on(node, at, now)),
            };
        }
    }
}

impl Leg {
    fn press_step(&mut self, id: LegId, at: Instant, outbox: &mut super::Outbox) {
        let line = self.line.as_ref().filter(|line| line.send);
        let events = line.and_then(|line| events_of(&line.payloads)).cloned();
        let clock_hz = events.as_ref().map_or(RATE_HZ, |events| events.clock_hz);
        let Some(Said::Event { key, first, event }) = self.keys.sender.step(clock_hz) else {
            return;
        };
        let Some(events) = events else {
            // The end is said again and again, but does not sound.
            if first || self.keys.said < SOUNDS {
                self.say_key(id, key, first, at, outbox);
            }
            return;
        };
        let to = self
            .rtp
            .peer()
            .or(self.line.as_ref().and_then(|line| line.rtp));
        let Some(to) = to else {
            return;
        };
        let header = match first {
            true => self.stream.begin_event(events.clock_hz, at),
            false => self.stream.go_on_with_event(),
        };
        let room = outbox.room();
        let from = room.len();
        let payload = events.send;
        Header { payload, ..header }.begin(room);
        room.extend_from_slice(&event.write());
        outbox.seal(from, id, to);
        self.counters.sent += 1;
    }

    /// The pair of tones itself.
    fn say_key(
        &mut self,
        id: LegId,
        key: Key,
        first: bool,
        at: Instant,
        outbox: &mut super::Outbox,
    ) {
        if first {
            self.fall_silent();
            self.keys.said = 0;
        }
        let (low, high) = key.tones();
        let from = self.keys.said;
        let samples: Vec<i16> = (from..from + FRAME)
            .map(|n| {
                let t = std::f64::consts::TAU * n as f64 / f64::from(RATE_HZ);
                (PEAK * ((low * t).sin() + (high * t).sin())) as i16
            })
            .collect();
        self.keys.said += FRAME;
        self.say(id, &Frame::of(RATE_HZ, &samples), at, outbox);
    }
}

/// The format of events that goes with the codec that is spoken, or any.
fn events_of(payloads: &[Payload]) -> Option<&Payload> {
    let is_event = |payload: &&Payload| payload.name == "telephone-event";
    let clock_hz = payloads.first().map(|codec| codec.clock_hz);
    let alike = payloads
        .iter()
        .filter(is_event)
        .find(|events| Some(events.clock_hz) == clock_hz);
    alike.or_else(|| payloads.iter().find(is_event))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::base::Dice;
    use crate::media::codec::{Coding, Decoder, Encoder};
    use crate::media::dtmf::{Detector, Heard, strokes};
    use crate::media::{Command, Kind, Line, Port};
    use expect_test::expect;

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);

    /// V4: whatever is lost, doubled, late or malformed, and however it is spelled.
    #[test]
    fn keys_are_told_once_and_not_passed_on_while_they_are_handled() {
        let (mut graph, now) = (joined(&["PCMU", "telephone-event"]), Instant::now());
        let send = |graph: &mut Graph, ms: u64, sequence, timestamp, body: &[u8]| {
            let at = now + Duration::from_millis(ms);
            let mut packet = event(sequence, timestamp, body);
            let mut arrival = graph.handle_packet(A, Kind::Rtp, address(A), &mut packet, at);
            let mut passed = 0;
            while let Some(arrival) = &mut arrival
                && graph.next_send(arrival, &mut packet).is_some()
            {
                passed += 1;
            }
            passed
        };
        assert_eq!(
            send(&mut graph, 0, 1, 100, &[5, 10, 0, 160]),
            1,
            "nobody handles it"
        );
        let ways = Ways {
            events: true,
            in_band: false,
        };
        graph.handle_command(Command::HandleKeys { leg: A, ways }, now);
        for (ms, sequence, timestamp, body) in [
            (400, 10, 8_000, &[1, 10, 0, 160][..]),
            (420, 11, 8_000, &[1, 10, 1, 64]),
            (420, 11, 8_000, &[1, 10, 1, 64]),
            // The end was lost. Too short, no key, a stranger's number of bytes.
            (600, 14, 16_000, &[]),
            (600, 14, 16_000, &[2, 10, 0]),
            (600, 14, 16_000, &[77, 10, 0, 160]),
            (700, 15, 20_000, &[2, 0x8a, 3, 32, 9, 9, 9, 9]),
            (720, 16, 20_000, &[2, 0x8a, 3, 32]),
            (730, 12, 8_000, &[1, 0x8a, 3, 32]),
        ] {
            assert_eq!(send(&mut graph, ms, sequence, timestamp, body), 0);
        }
        let keys: String = std::iter::from_fn(|| graph.poll())
            .filter_map(|event| match event {
                Event::Key { leg, key, way } => {
                    assert_eq!((leg, way), (A, Way::Event));
                    Some(key.as_char())
                }
                _ => None,
            })
            .collect();
        assert_eq!(keys, "12");
        graph.handle_command(
            Command::HandleKeys {
                leg: A,
                ways: Ways::default(),
            },
            now,
        );
        assert_eq!(send(&mut graph, 900, 20, 30_000, &[5, 10, 0, 160]), 1);
    }

    #[test]
    fn a_key_interrupts_what_is_relayed_and_the_stream_goes_on_after_it() {
        let (mut graph, now) = (joined(&["PCMU", "telephone-event"]), Instant::now());
        let press = Command::Press {
            leg: B,
            strokes: strokes("5").unwrap(),
        };
        let mut told = String::new();
        let (mut first, mut pressed) = (None, false);
        for ms in (0..320).step_by(10) {
            let at = now + Duration::from_millis(ms);
            let mut note = |ms: u64, bytes: &[u8]| {
                let header = Header::read(bytes).unwrap();
                let (sequence, timestamp) =
                    *first.get_or_insert((header.sequence, header.timestamp));
                let mark = if header.marker { " M" } else { "" };
                let body = match header.payload {
                    101 => format!("{:?}", &bytes[12..]),
                    _ => "sound".to_string(),
                };
                let (sequence, timestamp) = (
                    header.sequence.wrapping_sub(sequence),
                    header.timestamp.wrapping_sub(timestamp),
                );
                told += &format!(
                    "{ms}: {} {sequence}/{timestamp}{mark} {body}\n",
                    header.payload
                );
            };
            if ms % 20 == 0 {
                let n = ms as u32 / 20;
                let header = Header {
                    marker: false,
                    payload: 0,
                    sequence: n as u16,
                    timestamp: n * 160,
                    ssrc: 7,
                };
                let mut packet = Vec::new();
                header.begin(&mut packet);
                packet.extend([0xff; 160]);
                let mut arrival = graph
                    .handle_packet(A, Kind::Rtp, address(A), &mut packet, at)
                    .unwrap();
                while let Some(out) = graph.next_send(&mut arrival, &mut packet) {
                    note(ms, out.bytes);
                }
            }
            if ms == 50 && !pressed {
                pressed = true;
                graph.handle_command(press.clone(), at);
            }
            graph.handle_timeout(at);
            while let Some(out) = graph.poll_send() {
                assert_eq!((out.leg, out.to), (B, address(B)));
                note(ms, out.bytes);
            }
        }
        expect![[r#"
            0: 0 0/0 M sound
            20: 0 1/160 sound
            40: 0 2/320 sound
            50: 101 3/480 M [5, 10, 0, 160]
            70: 101 4/480 [5, 10, 1, 64]
            90: 101 5/480 [5, 10, 1, 224]
            110: 101 6/480 [5, 10, 2, 128]
            130: 101 7/480 [5, 138, 3, 32]
            150: 101 8/480 [5, 138, 3, 32]
            170: 101 9/480 [5, 138, 3, 32]
            200: 0 10/1680 M sound
            220: 0 11/1840 sound
            240: 0 12/2000 sound
            260: 0 13/2160 sound
            280: 0 14/2320 sound
            300: 0 15/2480 sound
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn a_phone_that_takes_no_events_hears_the_tones_of_the_keys() {
        let (mut graph, now) = (joined(&["PCMA"]), Instant::now());
        let press = Command::Press {
            leg: B,
            strokes: strokes("19#").unwrap(),
        };
        graph.handle_command(press, now);
        let mut decoder = Decoder::new(Coding::Pcma);
        let (mut detector, mut heard) = (Detector::default(), String::new());
        let mut samples = Vec::new();
        for ms in 0..1_000 {
            graph.handle_timeout(now + Duration::from_millis(ms));
            let mut spoke = false;
            while let Some(out) = graph.poll_send() {
                decoder
                    .decode(Header::payload(out.bytes), &mut samples)
                    .unwrap();
                detector.hear(&samples, |Heard::Key(key)| heard.push(key.as_char()));
                spoke = true;
            }
            if !spoke && ms % 20 == 0 {
                detector.hear(&[0; 160], |_| {});
            }
        }
        assert_eq!(heard, "19#");
        assert_eq!(graph.next_tick(), None, "nothing is left to do");
    }

    /// In the sound, with the tone of a talker before and after it, to a listener that gets the packets as they come.
    #[test]
    fn keys_in_the_sound_are_told_once_and_what_is_relayed_has_none_of_them() {
        for (name, coding) in [("PCMU", Coding::Pcmu), ("PCMA", Coding::Pcma)] {
            let (mut graph, now) = (joined(&[name, "telephone-event"]), Instant::now());
            let ways = Ways {
                events: true,
                in_band: true,
            };
            graph.handle_command(Command::HandleKeys { leg: A, ways }, now);
            let mut sound = crate::media::measure::tone(8_000, 500.0, 3_000.0, 4_000);
            let (low, high) = Key::of('7').unwrap().tones();
            for n in 0..800 {
                let t = std::f64::consts::TAU * f64::from(n) / 8_000.0;
                sound.push((5_000.0 * ((low * t).sin() + (high * t).sin())) as i16);
            }
            sound.extend(crate::media::measure::tone(8_000, 500.0, 3_000.0, 4_000));
            let (mut encoder, mut decoder) = (Encoder::new(coding), Decoder::new(coding));
            let mut heard = Vec::new();
            for (n, samples) in sound.chunks(160).enumerate() {
                let header = Header {
                    marker: false,
                    payload: if coding == Coding::Pcmu { 0 } else { 8 },
                    sequence: n as u16,
                    timestamp: n as u32 * 160,
                    ssrc: 7,
                };
                let (mut packet, mut body) = (Vec::new(), Vec::new());
                header.begin(&mut packet);
                encoder.encode(samples, &mut body).unwrap();
                packet.extend(body);
                let at = now + Duration::from_millis(n as u64 * 20);
                let mut arrival = graph
                    .handle_packet(A, Kind::Rtp, address(A), &mut packet, at)
                    .unwrap();
                while let Some(out) = graph.next_send(&mut arrival, &mut packet) {
                    let mut decoded = Vec::new();
                    decoder
                        .decode(Header::body(out.bytes), &mut decoded)
                        .unwrap();
                    heard.extend(decoded);
                }
            }
            assert_eq!(heard.len(), sound.len(), "the stream has no hole");
            let keys: Vec<_> = std::iter::from_fn(|| graph.poll())
                .filter_map(|event| match event {
                    Event::Key { key, way, .. } => Some((key.as_char(), way)),
                    _ => None,
                })
                .collect();
            assert_eq!(keys, [('7', Way::InBand)]);
            let loud = |range: std::ops::Range<usize>| {
                crate::media::measure::rms(heard.get(range).unwrap())
            };
            assert!(loud(0..3_800) > 2_000.0 && loud(5_200..8_800) > 2_000.0);
            assert!(loud(4_160..4_800) < 20.0, "{}", loud(4_160..4_800));
        }
    }

    #[test]
    fn a_leg_that_ends_while_keys_are_pressed_leaves_nothing_behind() {
        let (mut graph, now) = (joined(&["PCMU", "telephone-event"]), Instant::now());
        let strokes = strokes("123456789").unwrap();
        graph.handle_command(Command::Press { leg: B, strokes }, now);
        graph.handle_timeout(now + Duration::from_millis(20));
        graph.handle_command(Command::Close { leg: B }, now);
        assert_eq!(graph.next_tick(), None);
    }

    fn address(leg: LegId) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, leg.0 as u8], 4_000))
    }

    fn event(sequence: u16, timestamp: u32, body: &[u8]) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload: 101,
            sequence,
            timestamp,
            ssrc: 7,
        };
        let mut packet = Vec::new();
        header.begin(&mut packet);
        packet.extend(body);
        packet
    }

    /// B hears A; both take these formats.
    fn joined(formats: &[&'static str]) -> Graph {
        let (mut graph, now) = (Graph::new(Dice::from_seed(1)), Instant::now());
        for leg in [A, B] {
            let payloads = formats.iter().map(|name| {
                let number = match *name {
                    "PCMU" => 0,
                    "PCMA" => 8,
                    _ => 101,
                };
                Payload {
                    name,
                    clock_hz: 8_000,
                    send: number,
                    receive: number,
                }
            });
            let line = Line {
                rtp: Some(address(leg)),
                rtcp: None,
                signalling: address(leg).ip(),
                payloads: payloads.collect(),
                send: true,
                receive: true,
                ptime_ms: None,
                comedia: false,
                copies: false,
                srtp: None,
            };
            graph.handle_command(
                Command::Open {
                    leg,
                    port: Port { rtp: 4_000 },
                },
                now,
            );
            graph.handle_command(Command::Describe { leg, line }, now);
        }
        let source = Some(A.into());
        graph.handle_command(
            Command::Hear {
                listener: B.into(),
                source,
            },
            now,
        );
        graph
    }
}

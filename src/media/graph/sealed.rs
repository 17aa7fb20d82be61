//! Encrypted legs: a packet is opened before anybody looks at it, and sealed for each such listener, so that
//! between the two every leg is plain.

use std::collections::HashMap;

use super::{Graph, Leg};
use crate::base::LegId;
use crate::media::srtp::Fault;
use crate::media::{Kind, rtcp};

impl Graph {
    /// How long the plain packet is; `None`: the leg is encrypted and the packet is not its peer's.
    pub(super) fn open(&mut self, leg: LegId, kind: Kind, packet: &mut [u8]) -> Option<usize> {
        let Leg {
            shield, counters, ..
        } = self.legs.get_mut(&leg)?;
        let Some(shield) = shield else {
            return Some(packet.len());
        };
        let opened = match kind {
            Kind::Rtp => shield.open_rtp(packet),
            Kind::Rtcp => shield.open_rtcp(packet),
        };
        match opened {
            Ok(length) => return Some(length),
            Err(Fault::Malformed) => counters.malformed += 1,
            Err(Fault::Forged) => counters.forged += 1,
            Err(Fault::Replayed) => counters.replayed += 1,
        }
        None
    }

    /// The compound as it goes to this leg.
    pub(super) fn write_report(&mut self, leg: LegId, report: &rtcp::Report) -> &[u8] {
        let buffer = &mut self.compound;
        let room = buffer
            .first_chunk_mut()
            .expect("it has room for the seal besides");
        let mut length = rtcp::write(report, room);
        if let Some(shield) = self.legs.get_mut(&leg).and_then(|leg| leg.shield.as_mut()) {
            length = shield.seal_rtcp(buffer, length).unwrap_or(0);
        }
        buffer.get(..length).unwrap_or_default()
    }
}

/// The packet as it goes to this leg, in `buffer` where it is encrypted; nothing where it may not go out.
pub(super) fn seal<'a>(
    legs: &mut HashMap<LegId, Leg>,
    buffer: &'a mut [u8],
    leg: LegId,
    packet: &'a [u8],
) -> &'a [u8] {
    let shield = legs.get_mut(&leg).map(|leg| &mut leg.shield);
    let Some(Some(shield)) = shield else {
        return packet;
    };
    let Some(plain) = buffer.get_mut(..packet.len()) else {
        return &[];
    };
    plain.copy_from_slice(packet);
    let length = shield.seal_rtp(buffer, packet.len());
    length.map_or(&[], |length| buffer.get(..length).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::base::Dice;
    use crate::base::srtp::{Keys, Master, Suite};
    use crate::media::rtp::Header;
    use crate::media::srtp::Shield;
    use crate::media::{Command, Counters, Event, Line, Payload, Port};

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);

    #[test]
    fn an_encrypted_leg_and_a_plain_one_hear_each_other() {
        let mut call = Talk::new();
        for n in 0..300 {
            let (to_b, payload) = call.say(A, n);
            assert_eq!(to_b, Some(payload.clone()), "plain for b");
            let (to_a, payload) = call.say(B, n);
            assert_eq!(to_a, Some(payload), "what a opens is what b said");
        }
        let counters = call.close(A);
        assert_eq!((counters.received, counters.sent), (300, 300));
        assert_eq!((counters.forged, counters.replayed), (0, 0));
    }

    #[test]
    fn what_is_forged_plain_or_replayed_is_counted_and_goes_nowhere() {
        let mut call = Talk::new();
        let (heard, _) = call.say(A, 1);
        assert!(heard.is_some());
        let sealed = call.sealed(2);
        assert!(call.arrive(A, Kind::Rtp, &sealed).is_some());
        for _ in 0..10 {
            assert_eq!(call.arrive(A, Kind::Rtp, &sealed), None, "a replay");
        }
        for n in 0..1_000_u32 {
            let mut flood = call.sealed(3 + (n % 7) as u16);
            let at = 12 + n as usize % 100;
            flood[at] ^= 0x55;
            flood[8..12].copy_from_slice(&n.to_be_bytes());
            assert_eq!(call.arrive(A, Kind::Rtp, &flood), None);
        }
        let plain = packet(9);
        assert_eq!(
            call.arrive(A, Kind::Rtp, &plain),
            None,
            "not encrypted at all"
        );
        assert_eq!(
            call.arrive(A, Kind::Rtcp, &[0x80, 203, 0, 1, 0, 0, 0, 1]),
            None
        );
        let (heard, _) = call.say(A, 30);
        assert!(heard.is_some(), "the call goes on");
        let counters = call.close(A);
        assert_eq!((counters.replayed, counters.forged), (10, 1_001));
        assert_eq!(counters.received, 3);
    }

    /// Transcoded, with keys of its own on each leg: the tone and the keys that are pressed in it arrive, opened.
    #[test]
    fn a_tone_and_a_key_go_from_one_encrypted_leg_to_another_of_another_codec() {
        use crate::media::codec::{Coding, Decoder, Encoder};
        use crate::media::dtmf;
        use crate::media::measure::{level_of, tone};

        let mut call = Talk::new();
        let mut dice = Dice::from_seed(2);
        let of_b = Keys {
            send: Master::deal(Suite::AesCm32, &mut dice),
            receive: Master::deal(Suite::AesCm32, &mut dice),
        };
        let format = |name, clock_hz, number| Payload {
            name,
            clock_hz,
            send: number,
            receive: number,
        };
        let keys = call.keys;
        let (pcma, opus) = (format("PCMA", 8_000, 8), format("opus", 48_000, 111));
        let event = |clock_hz| format("telephone-event", clock_hz, 101);
        call.describe_as(A, Some(keys), vec![pcma, event(8_000)]);
        call.describe_as(B, Some(of_b), vec![opus, event(48_000)]);
        let mut far = other_side(of_b);

        let sound = tone(8_000, 700.0, 10_000.0, 12_000);
        let (mut encoder, mut decoder) = (Encoder::new(Coding::Pcma), Decoder::new(Coding::Opus));
        let (mut heard, mut pressed) = (Vec::new(), Vec::new());
        for n in 0..90u16 {
            // A second and a half of the tone; then a key, told every 20 ms, its end three times.
            let (mut packet, mut body) = (Vec::new(), Vec::new());
            let (key, at) = (n.checked_sub(75), sound.chunks_exact(160).nth(n.into()));
            match (key, at) {
                (None, Some(samples)) => encoder.encode(samples, &mut body).unwrap(),
                (key, _) => {
                    let told = key.unwrap_or_default().min(12) + 1;
                    let event = dtmf::Event {
                        code: 7,
                        end: told == 13,
                        volume: 10,
                        duration: 160 * told,
                    };
                    body.extend(event.write());
                }
            }
            let header = Header {
                marker: n == 0 || n == 75,
                payload: if key.is_some() { 101 } else { 8 },
                sequence: n,
                timestamp: u32::from(n.min(75)) * 160,
                ssrc: 1,
            };
            header.begin(&mut packet);
            packet.extend(body);
            let sealed = call.seal(packet);
            if let Some(mut key) = call.arrive(A, Kind::Rtp, &sealed) {
                let length = far.open_rtp(&mut key).expect("it opens");
                let event = dtmf::Event::read(&key[12..length]).expect("it is a key");
                pressed.push((event.code, event.end, event.duration));
            }
            for _ in 0..20 {
                call.now += Duration::from_millis(1);
                call.graph.handle_timeout(call.now);
                while let Some(out) = call.graph.poll_send() {
                    assert_eq!(out.leg, B);
                    let mut packet = out.bytes.to_vec();
                    let length = far.open_rtp(&mut packet).expect("it opens");
                    let mut samples = Vec::new();
                    decoder.decode(&packet[12..length], &mut samples).unwrap();
                    heard.extend(samples);
                }
            }
        }
        let (off, rest) = level_of(48_000, 700.0, &heard[14_400..62_400]);
        assert!(off.abs() < 1.5 && rest < -18.0, "{off} dB off, rest {rest}");
        assert_eq!(pressed.len(), 15);
        assert_eq!(pressed[0], (7, false, 960));
        assert_eq!(pressed[14], (7, true, 960 * 13));
        assert_eq!(call.close(A).forged, 0);
    }

    #[test]
    fn reports_of_ours_are_sealed_and_those_of_the_peer_are_opened() {
        let mut call = Talk::new();
        for n in 0..10 {
            call.say(B, n);
        }
        let until = call.now + Duration::from_secs(10);
        let mut told = Vec::new();
        while let Some(at) = call.graph.next_deadline().filter(|at| *at <= until) {
            call.now = call.now.max(at);
            call.graph.handle_timeout(call.now);
            while let Some(out) = call.graph.next_due(call.now) {
                if out.leg == A {
                    told.push(out.bytes.to_vec());
                }
            }
        }
        let mut sealed = told.remove(0);
        assert_eq!(rtcp::read(&sealed, 1), None, "nobody can read it");
        let length = call.phone.open_rtcp(&mut sealed).unwrap();
        let report = rtcp::read(&sealed[..length], 1).unwrap();
        assert_eq!(report.sender.unwrap().packets, 10);

        let mut buffer = [0; rtcp::LONGEST + crate::media::srtp::RTCP_ROOM];
        let block = rtcp::Block {
            ssrc: report.ssrc,
            lost: 7,
            highest: 0,
            jitter: 0,
            last_report: 0,
            delay: 0,
        };
        let report = rtcp::Report {
            ssrc: 1,
            sender: None,
            block: Some(block),
        };
        let length = rtcp::write(&report, buffer.first_chunk_mut().unwrap());
        let length = call.phone.seal_rtcp(&mut buffer, length).unwrap();
        call.arrive(A, Kind::Rtcp, &buffer[..length]);
        assert_eq!(call.quality(A).said_lost, Some(7));
    }

    #[test]
    fn a_description_with_the_same_keys_keeps_the_count_and_another_key_begins_anew() {
        let mut call = Talk::new();
        let old = call.sealed(5);
        assert!(call.arrive(A, Kind::Rtp, &old).is_some());
        call.describe(A, Some(call.keys));
        assert_eq!(call.arrive(A, Kind::Rtp, &old), None, "still a replay");
        let mut dice = Dice::from_seed(9);
        // Of another suite, too.
        let keys = Keys {
            send: Master::deal(Suite::Gcm128, &mut dice),
            receive: Master::deal(Suite::Gcm128, &mut dice),
        };
        call.describe(A, Some(keys));
        assert_eq!(call.arrive(A, Kind::Rtp, &old), None);
        call.phone = other_side(keys);
        let (heard, payload) = call.say(A, 6);
        assert_eq!(heard, Some(payload));
        call.describe(A, None);
        let plain = packet(7);
        assert!(call.arrive(A, Kind::Rtp, &plain).is_some());
    }

    /// A is encrypted, B is plain, and they hear each other.
    struct Talk {
        graph: Graph,
        now: Instant,
        keys: Keys,
        phone: Shield,
    }

    impl Talk {
        fn new() -> Talk {
            let mut dice = Dice::from_seed(1);
            let keys = Keys {
                send: Master::deal(Suite::AesCm80, &mut dice),
                receive: Master::deal(Suite::AesCm80, &mut dice),
            };
            let mut talk = Talk {
                graph: Graph::new(dice),
                now: Instant::now(),
                keys,
                phone: other_side(keys),
            };
            for (leg, keys) in [(A, Some(keys)), (B, None)] {
                let port = Port { rtp: 2 };
                talk.order(Command::Open { leg, port });
                talk.describe(leg, keys);
            }
            for (leg, source) in [(A, B), (B, A)] {
                let (listener, source) = (leg.into(), Some(source.into()));
                talk.order(Command::Hear { listener, source });
            }
            talk
        }

        fn order(&mut self, command: Command) {
            self.graph.handle_command(command, self.now);
        }

        fn describe(&mut self, leg: LegId, srtp: Option<Keys>) {
            let payload = Payload {
                name: "PCMA",
                clock_hz: 8_000,
                send: 8,
                receive: 8,
            };
            self.describe_as(leg, srtp, vec![payload]);
        }

        fn describe_as(&mut self, leg: LegId, srtp: Option<Keys>, payloads: Vec<Payload>) {
            let address = |port: u16| format!("10.0.0.{}:{port}", leg.0).parse().unwrap();
            let line = Line {
                rtp: Some(address(4000)),
                rtcp: Some(address(4001)),
                signalling: address(4000).ip(),
                payloads,
                send: true,
                receive: true,
                srtp,
                comedia: false,
                copies: false,
                ptime_ms: None,
            };
            self.order(Command::Describe { leg, line });
        }

        /// A packet of A's phone.
        fn sealed(&mut self, n: u16) -> Vec<u8> {
            self.seal(packet(n))
        }

        fn seal(&mut self, mut buffer: Vec<u8>) -> Vec<u8> {
            let length = buffer.len();
            buffer.extend([0; crate::media::srtp::RTP_ROOM]);
            let length = self.phone.seal_rtp(&mut buffer, length).unwrap_or(length);
            buffer.truncate(length);
            buffer
        }

        /// The payload that the other side makes of it, and the one that was said.
        fn say(&mut self, leg: LegId, n: u16) -> (Option<Vec<u8>>, Vec<u8>) {
            let said = packet(n)[12..].to_vec();
            let sent = match leg {
                A => self.sealed(n),
                _ => packet(n),
            };
            let Some(mut heard) = self.arrive(leg, Kind::Rtp, &sent) else {
                return (None, said);
            };
            if leg == B {
                assert_ne!(heard[12..12 + said.len()], said, "it is encrypted");
                let length = self.phone.open_rtp(&mut heard).expect("it opens");
                heard.truncate(length);
            }
            self.now += Duration::from_millis(20);
            (Some(heard.split_off(12)), said)
        }

        fn arrive(&mut self, leg: LegId, kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
            let port = if kind == Kind::Rtp { 4000 } else { 4001 };
            let from = format!("10.0.0.{}:{port}", leg.0).parse().unwrap();
            let mut packet = bytes.to_vec();
            let mut arrival = self
                .graph
                .handle_packet(leg, kind, from, &mut packet, self.now)?;
            let out = self.graph.next_send(&mut arrival, &mut packet)?;
            assert_ne!(out.leg, leg);
            Some(out.bytes.to_vec())
        }

        fn close(&mut self, leg: LegId) -> Counters {
            self.end(leg).0
        }

        fn quality(&mut self, leg: LegId) -> crate::media::Quality {
            self.end(leg).1
        }

        fn end(&mut self, leg: LegId) -> (Counters, crate::media::Quality) {
            self.order(Command::Close { leg });
            let mut told = std::iter::from_fn(|| self.graph.poll());
            let closed = told.find_map(|event| match event {
                Event::Closed {
                    counters, quality, ..
                } => Some((counters, quality)),
                _ => None,
            });
            closed.unwrap()
        }
    }

    fn other_side(keys: Keys) -> Shield {
        Shield::new(Keys {
            send: keys.receive,
            receive: keys.send,
        })
    }

    fn packet(n: u16) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload: 8,
            sequence: n,
            timestamp: u32::from(n) * 160,
            ssrc: 1,
        };
        let mut packet = vec![0x80; 172];
        header.write(&mut packet);
        for (i, byte) in packet.iter_mut().enumerate().skip(12) {
            *byte = (i as u16).wrapping_mul(n) as u8;
        }
        packet
    }
}

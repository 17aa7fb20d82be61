//! Legs that are decoded: whoever hears a leg and cannot take its packets as they come, be it a unit or a leg of
//! another codec, gets frames.

use std::time::Instant;

use super::leg::Talks;
use super::pressed::EVENT;
use super::{Graph, Leg};
use crate::base::LegId;
use crate::media::codec::Coding;
use crate::media::{Line, Node, Payload};

impl Graph {
    /// A leg is decoded while somebody hears it who cannot take its packets as they come.
    pub(super) fn prick_ear(&mut self, id: LegId, now: Instant) {
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        // The end of a call between two sessions has no packets.
        let decodes = leg.tied.is_none();
        let needs = leg.listeners.iter().any(|listener| match listener {
            Node::Unit(_) => true,
            Node::Leg(listener) => {
                let listener = self.legs.get(listener);
                listener.is_some_and(|listener| {
                    !listener.taps.is_empty()
                        || listener.tied.is_some()
                        || listener.needs_other_words(leg.talks)
                })
            }
            Node::Heard(_) => false,
        });
        let needs = needs || leg.senses.is_some();
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        match (needs && decodes, &leg.ear) {
            (true, None) => {
                let at = self.clock.start(id.into(), now);
                leg.ear = Some((Box::default(), at));
            }
            (false, Some((_, at))) => {
                self.clock.stop(id.into(), *at);
                leg.ear = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// Those whom `listener` may hear otherwise now.
    pub(super) fn prick_ear_for(&mut self, listener: LegId, now: Instant) {
        let source = self.legs.get(&listener).and_then(|leg| leg.source);
        if let Some(Node::Leg(source)) = source {
            self.prick_ear(source, now);
        }
    }

    /// What was heard of a leg goes to those who do not get its packets; silence only to units, for which time
    /// goes on.
    pub(super) fn tick_leg(&mut self, id: LegId, at: Instant, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let Some((ear, tick)) = &mut leg.ear else {
            return;
        };
        let speaks = ear.make(at, &mut self.frame);
        *tick = self.clock.go_on(id.into(), at, now);
        let talks = leg.talks;
        self.sense(id, now);
        self.pass_round(id.into(), Some(talks), speaks, at);
    }
}

impl Leg {
    /// Keys go to a peer that counts them by another clock, where its sound is put into other words.
    pub(super) fn other_event<'a>(&self, line: &'a Line, name: &str) -> Option<&'a Payload> {
        let wanted = name == EVENT && self.mouth.is_some();
        let mut payloads = line.payloads.iter();
        payloads.find(|payload| wanted && payload.name == EVENT)
    }

    /// Whether what is coded so has to be said to its peer in another way, and can be.
    pub(super) fn needs_other_words(&self, talks: Option<Talks>) -> bool {
        let Some((name, clock_hz)) = talks else {
            return false;
        };
        self.line.as_ref().is_some_and(|line| {
            let takes = |p: &Payload| p.name == name && p.clock_hz == clock_hz;
            !line.payloads.iter().any(takes) && Coding::of(name, clock_hz).is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::super::pressed::COMFORT;
    use super::*;
    use crate::base::{Dice, SessionId, SoundId, UnitId};
    use crate::media::codec::{Decoder, Encoder};
    use crate::media::dtmf::Event;
    use crate::media::measure::{level_of, tone};
    use crate::media::rtp::{HEADER, Header};
    use crate::media::{Command, Kind, NewUnit, Port};

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);

    /// Two legs of different codecs, linked both ways, and a phone on each.
    struct Pair {
        graph: Graph,
        start: Instant,
        /// By leg, with what its phone hears.
        phones: [Phone; 2],
    }

    struct Phone {
        leg: LegId,
        payload: Payload,
        ptime_ms: u32,
        encoder: Encoder,
        decoder: Decoder,
        heard: Vec<i16>,
        /// The headers of what came.
        headers: Vec<Header>,
        lengths: Vec<usize>,
        /// When each came, in ms, and what had been heard before it.
        came: Vec<(u64, usize)>,
    }

    fn address(leg: LegId) -> SocketAddr {
        format!("10.0.0.{}:4000", leg.0).parse().unwrap()
    }

    fn payload(name: &'static str) -> Payload {
        let (clock_hz, number) = match name {
            "opus" => (48_000, 111),
            "L16" => (48_000, 112),
            "PCMU" => (8_000, 0),
            "PCMA" => (8_000, 8),
            _ => (8_000, 9),
        };
        Payload {
            name,
            clock_hz,
            send: number,
            receive: number,
        }
    }

    impl Pair {
        fn new(codecs: [(&'static str, u32); 2]) -> Pair {
            let (mut graph, start) = (Graph::new(Dice::from_seed(1)), Instant::now());
            let mut phone = |leg: LegId, (name, ptime_ms): (&'static str, u32)| {
                let payload = payload(name);
                let coding = Coding::of(name, payload.clock_hz).unwrap();
                let port = Port { rtp: 2 };
                graph.handle_command(Command::Open { leg, port }, start);
                let line = Line {
                    rtp: Some(address(leg)),
                    rtcp: None,
                    signalling: address(leg).ip(),
                    payloads: vec![payload.clone()],
                    send: true,
                    receive: true,
                    ptime_ms: Some(ptime_ms),
                    comedia: false,
                    copies: false,
                    srtp: None,
                };
                graph.handle_command(Command::Describe { leg, line }, start);
                Phone {
                    leg,
                    payload,
                    ptime_ms,
                    encoder: Encoder::new(coding),
                    decoder: Decoder::new(coding),
                    heard: Vec::new(),
                    headers: Vec::new(),
                    lengths: Vec::new(),
                    came: Vec::new(),
                }
            };
            let phones = [phone(A, codecs[0]), phone(B, codecs[1])];
            for (listener, source) in [(A, B), (B, A)] {
                let (listener, source) = (listener.into(), Some(source.into()));
                graph.handle_command(Command::Hear { listener, source }, start);
            }
            Pair {
                graph,
                start,
                phones,
            }
        }

        /// Both phones say a tone each for so long. `comes`: when a packet of the nth 20 ms arrives, in ms late;
        /// `None`: never.
        fn talk(&mut self, hz: [f64; 2], ms: u64, comes: impl Fn(u64) -> Option<u64>) {
            let mut arrivals = Vec::new();
            for (n, phone) in self.phones.iter_mut().enumerate() {
                let coding = phone.decoder.coding();
                let rate = coding.rate_hz();
                let sound = tone(
                    rate,
                    hz[n],
                    10_000.0,
                    (u64::from(rate) * ms / 1_000) as usize,
                );
                let packet_samples = (rate / 1_000 * phone.ptime_ms) as usize;
                for (index, samples) in sound.chunks_exact(packet_samples).enumerate() {
                    let mut body = Vec::new();
                    phone.encoder.encode(samples, &mut body).unwrap();
                    let header = Header {
                        marker: index == 0,
                        payload: phone.payload.receive,
                        sequence: 65_500u16.wrapping_add(index as u16),
                        timestamp: index as u32 * coding.clock_hz() / 1_000 * phone.ptime_ms,
                        ssrc: 7,
                    };
                    let mut packet = Vec::new();
                    header.begin(&mut packet);
                    packet.extend(body);
                    if let Some(late) = comes(index as u64) {
                        let at = (index as u64 + 1) * u64::from(phone.ptime_ms) + late;
                        arrivals.push((at, n, packet));
                    }
                }
            }
            arrivals.sort();
            let mut arrivals = arrivals.into_iter().peekable();
            for at in 0..ms {
                let now = self.start + Duration::from_millis(at);
                while let Some((_, n, mut packet)) = arrivals.next_if(|(due, _, _)| *due <= at) {
                    let leg = self.phones[n].leg;
                    let arrival =
                        self.graph
                            .handle_packet(leg, Kind::Rtp, address(leg), &mut packet, now);
                    if let Some(mut arrival) = arrival {
                        let relayed = self.graph.next_send(&mut arrival, &mut packet);
                        assert_eq!(relayed, None, "{leg} is relayed");
                    }
                }
                self.graph.handle_timeout(now);
                while let Some(out) = self.graph.poll_send() {
                    let phone = self.phones.iter_mut().find(|phone| phone.leg == out.leg);
                    let phone = phone.unwrap();
                    let mut sound = Vec::new();
                    phone
                        .decoder
                        .decode(&out.bytes[HEADER..], &mut sound)
                        .unwrap();
                    phone.came.push((at, phone.heard.len()));
                    phone.heard.extend(sound);
                    phone.headers.push(Header::read(out.bytes).unwrap());
                    phone.lengths.push(out.bytes.len() - HEADER);
                }
            }
        }

        /// How far the level of `hz` is off, and how far below it the rest is, in dB, in the middle of what a phone
        /// heard.
        fn judge(&self, phone: usize, hz: f64) -> (f64, f64) {
            let phone = &self.phones[phone];
            let rate = phone.decoder.coding().rate_hz();
            let skip = rate as usize * 3 / 10;
            let end = phone.heard.len() - rate as usize / 10;
            level_of(rate, hz, &phone.heard[skip..end])
        }
    }

    #[test]
    fn a_pause_that_is_told_of_is_heard_as_noise_of_that_level_by_who_is_transcoded_for() {
        let mut pair = Pair::new([("PCMU", 20), ("G722", 20)]);
        // The talker's peer agreed to comfort noise, and so did the listener: it gets G.722 all the same.
        let comfort = Payload {
            name: COMFORT,
            clock_hz: 8_000,
            send: 13,
            receive: 13,
        };
        for phone in &pair.phones {
            let line = Line {
                payloads: vec![phone.payload.clone(), comfort.clone()],
                ..pair.graph.legs[&phone.leg].line.clone().unwrap()
            };
            let leg = phone.leg;
            let described = Command::Describe { leg, line };
            pair.graph.handle_command(described, pair.start);
        }
        let voice = tone(8_000, 700.0, 10_000.0, 8_000);
        let mut packets = Vec::new();
        let header = |sequence: u64, payload| Header {
            marker: sequence == 0,
            payload,
            sequence: sequence as u16,
            timestamp: sequence as u32 * 160,
            ssrc: 7,
        };
        for (n, samples) in voice.chunks_exact(160).enumerate() {
            let mut body = Vec::new();
            pair.phones[0].encoder.encode(samples, &mut body).unwrap();
            packets.push((n as u64 * 20, header(n as u64, 0), body));
        }
        // A second of voice, then -50 dB of white noise for two, told twice; then voice again.
        let mut again: Vec<_> = packets.clone();
        packets.push((1_000, header(50, 13), vec![50]));
        packets.push((2_000, header(51, 13), vec![50]));
        for (n, (at, _, body)) in again.drain(..).enumerate() {
            let mut next = header(52 + n as u64, 0);
            next.timestamp = (n as u32 + 150) * 160;
            packets.push((at + 3_000, next, body));
        }
        let mut packets = packets.into_iter().peekable();
        for at in 0..4_000 {
            let now = pair.start + Duration::from_millis(at);
            while let Some((_, header, body)) = packets.next_if(|(due, _, _)| *due <= at) {
                let mut packet = Vec::new();
                header.begin(&mut packet);
                packet.extend(body);
                let arrival = pair
                    .graph
                    .handle_packet(A, Kind::Rtp, address(A), &mut packet, now);
                let mut arrival = arrival.unwrap();
                assert_eq!(pair.graph.next_send(&mut arrival, &mut packet), None);
            }
            pair.graph.handle_timeout(now);
            while let Some(out) = pair.graph.poll_send() {
                assert_eq!(Header::read(out.bytes).unwrap().payload, 9);
                let mut sound = Vec::new();
                let phone = &mut pair.phones[1];
                phone
                    .decoder
                    .decode(&out.bytes[HEADER..], &mut sound)
                    .unwrap();
                phone.heard.extend(sound);
            }
        }
        let heard = &pair.phones[1].heard;
        let level = |from_ms: usize, to_ms: usize| {
            crate::media::measure::decibels(
                crate::media::measure::rms(&heard[from_ms * 16..to_ms * 16]) / 32_768.0,
            )
        };
        // 4 s but for the first ticks.
        assert!(heard.len() > 16 * 3_850, "{}", heard.len());
        let (voice, pause, end) = (level(200, 900), level(1_200, 2_900), level(3_300, 3_800));
        assert!((-14.5..-12.0).contains(&voice), "{voice}");
        assert!((-52.0..-48.0).contains(&pause), "{pause}");
        assert!((end - voice).abs() < 0.5, "{end}");
    }

    #[test]
    fn a_lost_packet_of_opus_is_taken_from_the_next_that_is_there() {
        // Without the copies it is -4 dB.
        let packets: Vec<&[u8]> = {
            let (mut packets, mut rest) = (Vec::new(), crate::media::codec::SPEECH_WITH_COPIES);
            while let Some((length, after)) = rest.split_first_chunk::<2>() {
                let (packet, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
                packets.push(packet);
                rest = after;
            }
            packets
        };
        let start = Instant::now();
        let hear = |loses: &dyn Fn(usize) -> bool| {
            let mut ear = crate::media::ear::Ear::default();
            let mut heard = Vec::new();
            let mut frame = crate::media::Frame::empty(48_000);
            for (n, packet) in packets.iter().enumerate() {
                let now = start + Duration::from_millis(n as u64 * 20);
                let header = Header {
                    marker: n == 0,
                    payload: 111,
                    sequence: n as u16,
                    timestamp: n as u32 * 960,
                    ssrc: 1,
                };
                if !loses(n) {
                    ear.take(Coding::Opus, &header, packet, now);
                }
                ear.make(now + Duration::from_millis(10), &mut frame);
                heard.extend_from_slice(frame.samples());
            }
            heard
        };
        // From the first that is lost on, the one after it is waited for.
        let whole = hear(&|n| n == 3);
        let lossy = hear(&|n| n % 5 == 3);
        let (mut off, mut level) = (0.0, 0.0);
        for (&a, &b) in whole.iter().zip(&lossy) {
            off += (f64::from(a) - f64::from(b)).powi(2);
            level += f64::from(a).powi(2);
        }
        let off = crate::media::measure::decibels((off / level).sqrt());
        assert!(off < -9.0, "{off} dB");
    }

    #[test]
    fn legs_of_all_codecs_hear_each_others_tones_at_their_level() {
        for codecs in [
            ["PCMU", "L16"],
            ["PCMU", "PCMA"],
            ["PCMU", "G722"],
            ["PCMA", "opus"],
            ["G722", "opus"],
        ] {
            let mut pair =
                Pair::new(codecs.map(|name| (name, if name == "L16" { 10 } else { 20 })));
            pair.talk([700.0, 1_900.0], 1_500, |_| Some(0));
            for (phone, hz) in [(1, 700.0), (0, 1_900.0)] {
                let (off, rest) = pair.judge(phone, hz);
                // What Opus leaves out of a tone is heard by nobody, but measured here.
                assert!(
                    off.abs() < 2.0 && rest < -18.0,
                    "{codecs:?} {hz} Hz: {off} dB off, rest {rest}"
                );
                let headers = &pair.phones[phone].headers;
                // All but the frame that waits for the jitter buffer and one of the resampler's.
                assert!(headers.len() >= 70, "{}", headers.len());
                let step = {
                    let phone = &pair.phones[phone];
                    phone.payload.clock_hz / 1_000 * phone.ptime_ms
                };
                for pair in headers.windows(2) {
                    assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
                    assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(step));
                    assert!(!pair[1].marker);
                }
            }
        }
    }

    /// What begins in the first packet, which comes at 20 ms, goes out so much later: 20 ms of the jitter buffer, the
    /// tick that comes next, and the 3 ms that the resampler holds back.
    #[test]
    fn what_is_said_is_heard_within_two_packets_in_another_codec() {
        for codecs in [["PCMU", "PCMA"], ["PCMU", "L16"]] {
            let mut pair = Pair::new(codecs.map(|name| (name, 20)));
            pair.talk([700.0, 1_900.0], 500, |_| Some(0));
            for phone in &pair.phones {
                let begin = phone.heard.iter().position(|s| s.abs() > 3_000).unwrap();
                let mut before = phone.came.iter().filter(|(_, heard)| *heard <= begin);
                let (out, heard) = before.next_back().unwrap();
                let into = (begin - heard) as u64 * 1_000;
                let into = into / u64::from(phone.decoder.coding().rate_hz());
                let delay = out + into - 20;
                assert!((20..=45).contains(&delay), "{codecs:?}: {delay} ms");
            }
        }
    }

    #[test]
    fn a_peer_gets_packets_as_long_as_it_wants_them() {
        for (ptime, bytes) in [(10, 80), (30, 240), (40, 320), (60, 480)] {
            let mut pair = Pair::new([("G722", 20), ("PCMU", ptime)]);
            pair.talk([1_000.0, 500.0], 1_500, |_| Some(0));
            assert!(pair.phones[1].lengths.iter().all(|length| *length == bytes));
            for (phone, hz) in [(1, 1_000.0), (0, 500.0)] {
                let (off, rest) = pair.judge(phone, hz);
                assert!(
                    off.abs() < 1.0 && rest < -20.0,
                    "{ptime} ms, {hz} Hz: {off} dB off, rest {rest}"
                );
            }
        }
    }

    #[test]
    fn a_tone_survives_what_a_network_does() {
        // Up to 60 ms late, so out of order, and one packet of twenty is lost.
        let mut pair = Pair::new([("PCMU", 20), ("G722", 20)]);
        pair.talk([800.0, 1_500.0], 4_000, |n| {
            (n % 20 != 13).then(|| n * 7_919 % 60)
        });
        for (phone, hz) in [(1, 800.0), (0, 1_500.0)] {
            let (off, rest) = pair.judge(phone, hz);
            assert!(
                off.abs() < 3.0 && rest < -3.0,
                "{hz} Hz: {off} dB off, rest {rest}"
            );
            assert!(pair.phones[phone].headers.len() >= 185);
        }
    }

    #[test]
    fn a_key_is_one_event_by_the_clock_of_whoever_hears_it() {
        let mut pair = Pair::new([("opus", 20), ("PCMU", 20)]);
        for (leg, name, number, clock_hz) in [(A, "opus", 111, 48_000), (B, "PCMU", 0, 8_000)] {
            let format = |name, number, clock_hz| Payload {
                name,
                clock_hz,
                send: number,
                receive: number,
            };
            let line = Line {
                rtp: Some(address(leg)),
                rtcp: None,
                signalling: address(leg).ip(),
                payloads: vec![format(name, number, clock_hz), format(EVENT, 101, clock_hz)],
                send: true,
                receive: true,
                ptime_ms: None,
                comedia: false,
                copies: false,
                srtp: None,
            };
            let describe = Command::Describe { leg, line };
            pair.graph.handle_command(describe, pair.start);
        }
        pair.talk([700.0, 1_900.0], 400, |_| Some(0));
        let before = *pair.phones[1].headers.last().unwrap();
        let (mut keys, mut others) = (Vec::new(), 0);
        // Six packets of a key, 50 ms apart, and then the ticks go on.
        for ms in 0..400u64 {
            let now = pair.start + Duration::from_millis(400 + ms);
            let count = ms / 50;
            if ms % 50 == 0 && count < 6 {
                let header = Header {
                    marker: count == 0,
                    payload: 101,
                    sequence: 65_520u16.wrapping_add(count as u16),
                    timestamp: 19_200,
                    ssrc: 7,
                };
                let mut packet = Vec::new();
                header.begin(&mut packet);
                let event = Event {
                    code: 5,
                    end: count == 5,
                    volume: 10,
                    duration: 2_400 * (count as u16 + 1),
                };
                packet.extend(event.write());
                let arrival = pair
                    .graph
                    .handle_packet(A, Kind::Rtp, address(A), &mut packet, now);
                let mut arrival = arrival.unwrap();
                let out = pair.graph.next_send(&mut arrival, &mut packet).unwrap();
                let header = Header::read(out.bytes).unwrap();
                keys.push((header, Event::read(&out.bytes[HEADER..]).unwrap()));
            }
            pair.graph.handle_timeout(now);
            while let Some(out) = pair.graph.poll_send() {
                others += usize::from(out.leg == B && (1..300).contains(&ms));
            }
        }
        assert_eq!(keys.len(), 6);
        assert_eq!(others, 0, "nothing is said beside a key");
        for (n, (header, event)) in keys.iter().enumerate() {
            assert_eq!((event.code, event.duration), (5, 400 * (n as u16 + 1)));
            assert_eq!(header.timestamp, keys[0].0.timestamp, "one event");
            assert_eq!(header.sequence, keys[0].0.sequence.wrapping_add(n as u16));
        }
        let step = keys[0].0.timestamp.wrapping_sub(before.timestamp);
        assert!((160..=480).contains(&step), "{step}");
    }

    #[test]
    fn an_outlet_takes_the_frames_of_a_leg_that_goes_on_being_relayed() {
        let mut pair = Pair::new([("PCMU", 20), ("PCMU", 20)]);
        let unit = SoundId {
            session: SessionId(1),
            unit: UnitId(1),
        };
        let start = pair.start;
        let what = NewUnit::Outlet;
        pair.graph
            .handle_command(Command::Create { unit, what }, start);
        let hear = Command::Hear {
            listener: unit.into(),
            source: Some(A.into()),
        };
        pair.graph.handle_command(hear, start);
        let mut encoder = Encoder::new(Coding::Pcmu);
        let sound = tone(8_000, 600.0, 10_000.0, 8_000);
        let (mut relayed, mut taken) = (0, Vec::new());
        for (n, samples) in sound.chunks_exact(160).enumerate() {
            let now = start + Duration::from_millis(n as u64 * 20);
            let mut body = Vec::new();
            encoder.encode(samples, &mut body).unwrap();
            let mut packet = Vec::new();
            let header = Header {
                marker: false,
                payload: 0,
                sequence: n as u16,
                timestamp: n as u32 * 160,
                ssrc: 7,
            };
            header.begin(&mut packet);
            packet.extend(body);
            let graph = &mut pair.graph;
            let arrival = graph.handle_packet(A, Kind::Rtp, address(A), &mut packet, now);
            let mut arrival = arrival.unwrap();
            while graph.next_send(&mut arrival, &mut packet).is_some() {
                relayed += 1;
            }
            graph.handle_timeout(now + Duration::from_millis(19));
            assert!(graph.poll_send().is_none(), "nobody needs other words");
            while let Some((_, cut)) = graph.poll_frame() {
                taken.extend_from_slice(cut.frame.samples());
            }
        }
        assert_eq!((relayed, taken.len()), (50, 8_000));
        let (off, rest) = level_of(8_000, 600.0, &taken[800..]);
        assert!(off.abs() < 0.5 && rest < -30.0, "{off} dB off, rest {rest}");
        pair.graph.handle_command(Command::Drop { unit }, start);
        assert_eq!(pair.graph.next_tick(), None, "it is not decoded any longer");
    }
}

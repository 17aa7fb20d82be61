//! The units among the legs: their ticks, and who gets the frames.

use std::time::Instant;

use super::choir::Choir;
use super::ears::Talks;
use super::{Graph, MOST_FRAMES};
use crate::base::SoundId;
use crate::media::unit::{Cut, Made, Order, Taken, Unit};
use crate::media::{Event, NewUnit, Node};

/// A unit and its place.
#[derive(Debug)]
pub(super) struct Seat {
    pub unit: Unit,
    /// One at most, except of those that mix.
    pub sources: Vec<Node>,
    pub listeners: Vec<Node>,
    /// When its next tick is due; `None` while it makes no sound.
    pub tick: Option<Instant>,
    /// Where it mixes.
    pub choir: Choir,
}

impl Seat {
    /// Does not hear it any more.
    pub fn leave(&mut self, source: Node) {
        self.sources.retain(|other| *other != source);
        self.unit.part(source);
    }
}

impl Graph {
    pub(super) fn create(&mut self, id: SoundId, what: NewUnit, now: Instant) {
        self.units.entry(id).or_insert_with(|| Seat {
            unit: Unit::new(what),
            sources: Vec::new(),
            listeners: Vec::new(),
            tick: None,
            choir: Choir::default(),
        });
        self.set_clock(id, now);
    }

    pub(super) fn steer(&mut self, id: SoundId, order: Order, now: Instant) {
        if let Some(seat) = self.units.get_mut(&id) {
            seat.unit.obey(order);
            self.set_clock(id, now);
        }
    }

    pub(super) fn drop_unit(&mut self, id: SoundId, now: Instant) {
        let sources = self.units.get(&id).map(|seat| seat.sources.clone());
        for source in sources.unwrap_or_default() {
            self.part(id, source, now);
        }
        let Some(seat) = self.units.remove(&id) else {
            return;
        };
        if let Some(at) = seat.tick {
            self.clock.stop(id.into(), at);
        }
        self.deafen(Node::Unit(id), seat.listeners);
        self.frames.retain(|(unit, _)| *unit != id);
    }

    /// A unit has ticks while it makes sound.
    fn set_clock(&mut self, id: SoundId, now: Instant) {
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        match (seat.unit.sounds(), seat.tick) {
            (true, None) => seat.tick = Some(self.clock.start(id.into(), now)),
            (false, Some(at)) => {
                self.clock.stop(id.into(), at);
                seat.tick = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// A unit makes its frame, and everybody who hears it gets it.
    pub(super) fn tick(&mut self, id: SoundId, at: Instant, now: Instant) {
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        let made = seat.unit.make(&mut self.frame, &mut self.news);
        seat.tick = match seat.unit.sounds() {
            true => Some(self.clock.go_on(id.into(), at, now)),
            false => None,
        };
        for news in self.news.drain(..) {
            self.events.push_back(Event::Unit { unit: id, news });
        }
        match made {
            Made::Nothing => {}
            Made::Frame => self.pass_round(id.into(), None, true, at),
            Made::Mix => self.pass_mix_round(id, at),
            Made::Cut(cut) => self.let_out(id, *cut),
        }
    }

    /// The frame goes to everybody who hears `source`. `relayed`: in what format its packets go, to those who take
    /// them. `speaks`: it is no mere silence.
    pub(super) fn pass_round(
        &mut self,
        source: Node,
        relayed: Option<Option<Talks>>,
        speaks: bool,
        at: Instant,
    ) {
        let mut served = 0;
        while let Some(listener) = self.listener_at(source, served) {
            served += 1;
            self.deliver(source, listener, relayed, speaks, at);
        }
    }

    /// Everybody who hears a mix gets it without what they said themselves.
    fn pass_mix_round(&mut self, id: SoundId, at: Instant) {
        let mut served = 0;
        // Whether the frame is the mix that has everybody in it.
        let mut has_all = false;
        while let Some(listener) = self.listener_at(Node::Unit(id), served) {
            served += 1;
            let hears_all = self.hears_all(id, listener);
            if let Some(seat) = self.units.get(&id)
                && !(has_all && hears_all.is_some())
            {
                seat.unit.mix_for(listener, &mut self.frame);
                has_all = hears_all.is_some();
            }
            if !hears_all.is_some_and(|leg| self.sing_to(id, leg, at)) {
                self.deliver(Node::Unit(id), listener, None, true, at);
            }
        }
    }

    fn listener_at(&self, source: Node, place: usize) -> Option<Node> {
        let listeners = match source {
            Node::Leg(leg) => &self.legs.get(&leg)?.listeners,
            Node::Heard(leg) => &self.legs.get(&leg)?.taps,
            Node::Unit(unit) => &self.units.get(&unit)?.listeners,
        };
        listeners.get(place).copied()
    }

    /// The frame goes to one listener, and to the taps of a leg.
    fn deliver(
        &mut self,
        source: Node,
        listener: Node,
        relayed: Option<Option<Talks>>,
        speaks: bool,
        at: Instant,
    ) {
        match listener {
            Node::Leg(id) => {
                let Some(leg) = self.legs.get_mut(&id) else {
                    return;
                };
                if speaks && relayed.is_none_or(|talks| leg.needs_other_words(talks)) {
                    leg.speak(id, &self.frame, at, &mut self.outbox);
                }
                let mut served = 0;
                while let Some(tap) = self.listener_at(Node::Heard(id), served) {
                    served += 1;
                    self.hand_to(Node::Heard(id), tap);
                }
                self.cross(id, speaks, at);
            }
            Node::Unit(_) => self.hand_to(source, listener),
            Node::Heard(_) => {}
        }
    }

    /// The frame goes to a unit.
    fn hand_to(&mut self, source: Node, listener: Node) {
        let Node::Unit(id) = listener else {
            return;
        };
        let seat = self.units.get_mut(&id);
        let taken = seat.map(|seat| seat.unit.take(source, &self.frame));
        if taken == Some(Taken::Out) {
            let frame = self.frame.clone();
            self.let_out(id, Cut { frame, right: None });
        }
    }

    fn let_out(&mut self, id: SoundId, cut: Cut) {
        if self.frames.len() >= MOST_FRAMES {
            self.frames.pop_front();
            self.lost_frames += 1;
        }
        self.frames.push_back((id, cut));
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::base::{Dice, LegId, SessionId, UnitId};
    use crate::media::codec::{Coding, Decoder, Encoder};
    use crate::media::measure::{fit, tone};
    use crate::media::rtp::Header;
    use crate::media::{Command, Kind, Line, Payload, Port, Side};

    const UNIT: SoundId = SoundId {
        session: SessionId(1),
        unit: UnitId(1),
    };

    /// Phones that each say a tone of their own, and what they hear.
    struct World {
        graph: Graph,
        start: Instant,
        now: Instant,
        phones: Vec<Phone>,
        /// Left and right of what leaves the graph.
        cuts: [Vec<i16>; 2],
    }

    struct Phone {
        leg: LegId,
        address: SocketAddr,
        payload: Payload,
        encoder: Encoder,
        decoder: Decoder,
        hz: f64,
        heard: Vec<i16>,
    }

    impl World {
        fn new(phones: &[(&'static str, f64)]) -> World {
            let (mut graph, start) = (Graph::new(Dice::from_seed(1)), Instant::now());
            let phone = |(n, (name, hz)): (usize, &(&'static str, f64))| {
                let leg = LegId(n as u64 + 1);
                let address: SocketAddr = format!("10.0.0.{}:4000", n + 1).parse().unwrap();
                let (clock_hz, number) = match *name {
                    "opus" => (48_000, 111),
                    "PCMU" => (8_000, 0),
                    _ => (8_000, 9),
                };
                let payload = Payload {
                    name,
                    clock_hz,
                    send: number,
                    receive: number,
                };
                let coding = Coding::of(name, clock_hz).unwrap();
                let port = Port { rtp: 2 };
                graph.handle_command(Command::Open { leg, port }, start);
                let line = Line {
                    rtp: Some(address),
                    rtcp: None,
                    signalling: address.ip(),
                    payloads: vec![payload.clone()],
                    send: true,
                    receive: true,
                    ptime_ms: None,
                    comedia: false,
                    copies: false,
                    srtp: None,
                };
                graph.handle_command(Command::Describe { leg, line }, start);
                Phone {
                    leg,
                    address,
                    payload,
                    encoder: Encoder::new(coding),
                    decoder: Decoder::new(coding),
                    hz: *hz,
                    heard: Vec::new(),
                }
            };
            let phones = phones.iter().enumerate().map(phone).collect();
            World {
                graph,
                start,
                now: start,
                phones,
                cuts: Default::default(),
            }
        }

        fn order(&mut self, command: Command) {
            self.graph.handle_command(command, self.now);
        }

        fn hear(&mut self, listener: impl Into<Node>, source: impl Into<Node>) {
            let (listener, source) = (listener.into(), Some(source.into()));
            self.order(Command::Hear { listener, source });
        }

        fn join(&mut self, source: impl Into<Node>, side: Side) {
            let source = source.into();
            self.order(Command::Join {
                listener: UNIT,
                source,
                side,
            });
        }

        fn leg(&self, n: usize) -> LegId {
            self.phones[n].leg
        }

        /// Everybody talks so long. Returns how many packets were relayed.
        fn talk(&mut self, ticks: u64) -> usize {
            let mut relayed = 0;
            for _ in 0..ticks {
                let n = (self.now - self.start).as_millis() as u64 / 20;
                let mut packets = Vec::new();
                for phone in &mut self.phones {
                    let coding = phone.decoder.coding();
                    let whole = (coding.rate_hz() / 50) as usize;
                    let from = n as usize * whole;
                    let sound = tone(coding.rate_hz(), phone.hz, 6_000.0, from + whole);
                    let mut body = Vec::new();
                    phone.encoder.encode(&sound[from..], &mut body).unwrap();
                    let header = Header {
                        marker: n == 0,
                        payload: phone.payload.receive,
                        sequence: n as u16,
                        timestamp: n as u32 * coding.clock_hz() / 50,
                        ssrc: 7,
                    };
                    let mut packet = Vec::new();
                    header.begin(&mut packet);
                    packet.extend(body);
                    packets.push((phone.leg, phone.address, packet));
                }
                for (leg, from, mut packet) in packets {
                    let arrival =
                        self.graph
                            .handle_packet(leg, Kind::Rtp, from, &mut packet, self.now);
                    let Some(mut arrival) = arrival else { continue };
                    while let Some(out) = self.graph.next_send(&mut arrival, &mut packet) {
                        relayed += 1;
                        decode(&mut self.phones, out.to, out.bytes);
                    }
                }
                for _ in 0..20 {
                    self.graph.handle_timeout(self.now);
                    while let Some(out) = self.graph.poll_send() {
                        decode(&mut self.phones, out.to, out.bytes);
                    }
                    while let Some((_, cut)) = self.graph.poll_frame() {
                        self.cuts[0].extend_from_slice(cut.frame.samples());
                        let right = cut.right.as_ref().map(|frame| frame.samples());
                        self.cuts[1].extend_from_slice(right.unwrap_or_default());
                    }
                    self.now += Duration::from_millis(1);
                }
            }
            relayed
        }

        fn forget(&mut self) {
            self.cuts = Default::default();
            for phone in &mut self.phones {
                phone.heard.clear();
            }
        }

        /// Which of the phones' tones are in a sound, its first 200 ms left out.
        fn voices(&self, rate_hz: u32, sound: &[i16]) -> Vec<usize> {
            let sound = sound.get(rate_hz as usize / 5..).unwrap_or_default();
            assert!(
                sound.len() > rate_hz as usize / 5,
                "{} samples",
                sound.len()
            );
            let voices = self.phones.iter().enumerate();
            let said = voices.filter(|(_, phone)| {
                let (level, _) = fit(rate_hz, phone.hz, sound);
                assert!(
                    !(600.0..4_000.0).contains(&level),
                    "{} Hz: {level}",
                    phone.hz
                );
                level >= 4_000.0
            });
            said.map(|(n, _)| n).collect()
        }

        fn heard(&self) -> Vec<Vec<usize>> {
            let phones = self.phones.iter();
            let heard =
                phones.map(|phone| self.voices(phone.decoder.coding().rate_hz(), &phone.heard));
            heard.collect()
        }
    }

    fn decode(phones: &mut [Phone], to: SocketAddr, bytes: &[u8]) {
        let phone = phones.iter_mut().find(|phone| phone.address == to).unwrap();
        let mut sound = Vec::new();
        phone
            .decoder
            .decode(Header::body(bytes), &mut sound)
            .unwrap();
        phone.heard.extend(sound);
    }

    #[test]
    fn a_recorder_has_both_sides_of_a_call_that_goes_on_being_relayed() {
        let mut world = World::new(&[("PCMU", 440.0), ("PCMU", 700.0)]);
        let (a, b) = (world.leg(0), world.leg(1));
        world.hear(a, b);
        world.hear(b, a);
        let what = NewUnit::Recorder {
            rate_hz: 8_000,
            stereo: true,
        };
        world.order(Command::Create { unit: UNIT, what });
        world.join(a, Side::Left);
        world.join(Node::Heard(a), Side::Right);
        assert_eq!(world.talk(50), 100, "every packet is relayed");
        assert_eq!(world.heard(), [[1], [0]]);
        let [left, right] = &world.cuts;
        assert_eq!([left.len(), right.len()], [8_000, 8_000]);
        assert_eq!(
            [world.voices(8_000, left), world.voices(8_000, right)],
            [[0], [1]]
        );

        // The tap follows what the call hears.
        world.forget();
        world.hear(a, Node::Unit(UNIT));
        world.order(Command::Hear {
            listener: a.into(),
            source: None,
        });
        world.talk(50);
        assert_eq!(world.voices(8_000, &world.cuts[0]), [0]);
        assert!(world.voices(8_000, &world.cuts[1]).is_empty());
        world.order(Command::Drop { unit: UNIT });
        world.forget();
        world.talk(50);
        assert!(world.cuts[0].is_empty());
        assert!(world.graph.clock.is_empty(), "nobody is decoded any more");
    }

    #[test]
    fn in_a_mix_of_different_codecs_everybody_hears_the_others_until_one_leaves() {
        let voices = [("PCMU", 440.0), ("G722", 700.0), ("opus", 1_000.0)];
        let mut world = World::new(&voices);
        let what = NewUnit::Mixer {
            rate_hz: 16_000,
            talkers: 0,
        };
        world.order(Command::Create { unit: UNIT, what });
        for n in 0..3 {
            world.join(world.leg(n), Side::Both);
            world.hear(world.leg(n), UNIT);
        }
        world.talk(50);
        assert_eq!(world.heard(), [[1, 2], [0, 2], [0, 1]]);
        world.forget();
        world.order(Command::Part {
            listener: UNIT,
            source: world.leg(1).into(),
        });
        world.talk(50);
        assert_eq!(world.heard(), [vec![2], vec![0, 2], vec![0]]);
        world.forget();
        world.order(Command::Close { leg: world.leg(2) });
        world.talk(50);
        let [one, two, _] = &world.phones[..] else {
            panic!()
        };
        assert!(world.voices(8_000, &one.heard).is_empty());
        assert_eq!(world.voices(16_000, &two.heard), [0]);
    }
}

//! Who hears whom. A listener has one source, the newest that it was given; a source may have many
//! listeners. A leg's packet goes to other legs as it came, with another header; what a unit makes goes to
//! its listeners as a frame, once in 20 ms.
//!
//! ```text
//!              handle_packet                       next_send, per listener
//!  socket ──▶ well-formed? ▸ latch ▸ agreed? ──▶ agreed? ▸ number ▸ Stream ──▶ socket
//!                 └ malformed └ stranger └ unwanted                   ▲
//!              handle_timeout                                         │      poll_send
//!  Clock ──tick──▶ unit ──Frame──┬──▶ leg: Mouth: encode ▸ Outbox ──▶─┘
//!                                ├──▶ a leg's taps
//!                                └──▶ unit that takes it
//! ```
//!
//! Nothing is allocated per packet.

mod choir;
mod ears;
mod keys;
mod links;
mod reports;
mod sealed;
mod senses;
#[cfg(test)]
mod spoken;
mod tied;
mod units;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::{Dice, LegId, SoundId};
use crate::media::clock::Clock;
use crate::media::codec::Coding;
use crate::media::detect::Senses;
use crate::media::dtmf::Way;
use crate::media::ear::{Ear, LEAST};
use crate::media::forecast::Forecast;
use crate::media::frame::Frame;
use crate::media::latch::Latch;
use crate::media::mouth::Mouth;
use crate::media::outbox::Outbox;
use crate::media::quality::Measure;
use crate::media::rota::Rota;
use crate::media::rtp::Header;
use crate::media::srtp::Shield;
use crate::media::stream::Stream;
use crate::media::unit::{Cut, News};
use crate::media::{Command, Counters, Event, Kind, Line, Node, Payload, rtcp, rtp, srtp};
use ears::{COMFORT, EVENT, EVENT_GOES_ON, Pressed, Talks, talks_of};
use units::Seat;

/// How long a leg may be silent before it is said to have stopped.
pub const SILENCE: Duration = Duration::from_secs(7);

/// Most frames that wait to leave the graph; beyond it the oldest are lost, and counted.
const MOST_FRAMES: usize = 4_096;

/// All that has sound on one media thread.
#[derive(Debug)]
pub struct Graph {
    legs: HashMap<LegId, Leg>,
    units: HashMap<SoundId, Seat>,
    clock: Clock,
    /// The legs for whose peers keys are pressed.
    presses: Clock,
    dice: Dice,
    events: VecDeque<Event>,
    /// No leg stops before this. Later than that a packet may have moved the moment on.
    look_at: Option<Instant>,
    rota: Rota,
    /// Our NTP time counts from here (RFC 3550 §4: elapsed time will do).
    epoch: Option<Instant>,
    /// The RTCP compound on its way out, with room for its seal.
    compound: [u8; rtcp::LONGEST + srtp::RTCP_ROOM],
    /// An encrypted packet on its way out: the others that hear it get it plain.
    sealed: Box<[u8; rtp::LONGEST + srtp::RTP_ROOM]>,
    outbox: Outbox,
    frames: VecDeque<(SoundId, Cut)>,
    lost_frames: u64,
    /// The frame of the tick that is being passed round.
    frame: Frame,
    news: Vec<News>,
    /// How many calls between two sessions the frame has gone through that is being passed round.
    crossed: u32,
    /// The latest that a tick was since it was asked.
    lateness: Option<Duration>,
}

#[derive(Debug)]
struct Leg {
    /// `None`: no exchange is complete, so nobody is heard or spoken to.
    line: Option<Line>,
    rtp: Latch,
    rtcp: Latch,
    /// What it hears; `None`: silence.
    source: Option<Node>,
    listeners: Vec<Node>,
    /// Units that hear what it hears.
    taps: Vec<Node>,
    /// Where it is one end of a call between two sessions: the other.
    tied: Option<LegId>,
    /// What the peer hears of us.
    stream: Stream,
    /// While it hears what is not relayed.
    mouth: Option<Box<Mouth>>,
    /// While somebody hears it who cannot take its packets, with the time of its next tick.
    ear: Option<(Box<Ear>, Instant)>,
    /// What its peer's sound is coded in: name and clock.
    talks: Option<Talks>,
    keys: keys::Keys,
    /// While something is listened for in what its peer says.
    senses: Option<Box<Senses>>,
    watch: Watch,
    counters: Counters,
    shield: Option<Box<Shield>>,
    measure: Measure,
    /// What its peer will lose of what it is sent.
    forecast: Forecast,
    reporting: reports::Reporting,
}

/// Does sound come?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    NotYet,
    Flowing { last: Instant },
    Stopped,
}

/// A packet that was taken and is now shared out. Its bytes stay with the caller.
#[derive(Debug)]
pub struct Arrival {
    leg: LegId,
    at: Instant,
    /// Of the packet without its seal.
    length: usize,
    /// How many of the listeners were served.
    served: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Sound {
        header: Header,
        name: &'static str,
        clock_hz: u32,
        /// Of payload.
        bytes: u32,
        /// Where it is a telephone-event.
        event: Option<Pressed>,
    },
    Report(rtcp::Report),
}

/// Bytes for a peer, to be sent from `leg`'s socket of this kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    pub leg: LegId,
    pub kind: Kind,
    pub to: SocketAddr,
    pub bytes: &'a [u8],
}

impl Graph {
    pub fn new(dice: Dice) -> Graph {
        Graph {
            legs: HashMap::new(),
            dice,
            events: VecDeque::new(),
            look_at: None,
            rota: Rota::default(),
            epoch: None,
            compound: [0; rtcp::LONGEST + srtp::RTCP_ROOM],
            sealed: Box::new([0; rtp::LONGEST + srtp::RTP_ROOM]),
            units: HashMap::new(),
            clock: Clock::default(),
            presses: Clock::default(),
            outbox: Outbox::default(),
            frames: VecDeque::new(),
            lost_frames: 0,
            frame: Frame::empty(8_000),
            news: Vec::new(),
            crossed: 0,
            lateness: None,
        }
    }

    pub fn handle_command(&mut self, command: Command, now: Instant) {
        self.epoch.get_or_insert(now);
        match command {
            Command::Open { leg, port: _ } => {
                let dice = &mut self.dice;
                self.legs.entry(leg).or_insert_with(|| Leg::new(dice));
                self.begin_reports(leg, now);
            }
            Command::Describe { leg, line } => self.describe(leg, line, now),
            Command::Hear { listener, source } => self.hear(listener, source, now),
            Command::Join {
                listener,
                source,
                side,
            } => self.join(listener, source, side, now),
            Command::Part { listener, source } => self.part(listener, source, now),
            Command::Monitor { leg, every } => self.monitor(leg, every, now),
            Command::HandleKeys { leg, ways } => self.handle_keys(leg, ways),
            Command::Detect { leg, wish } => self.detect(leg, wish, now),
            Command::Press { leg, strokes } => self.press(leg, &strokes, now),
            Command::Tie { one, other } => self.tie(one, other),
            Command::Close { leg } => self.close(leg, now),
            Command::Create { unit, what } => self.create(unit, what, now),
            Command::Steer { unit, order } => self.steer(unit, order, now),
            Command::Drop { unit } => self.drop_unit(unit, now),
        }
    }

    /// Takes a packet from a leg's socket; an encrypted one is plain afterwards. `None`: there is nobody to pass it to.
    pub fn handle_packet(
        &mut self,
        leg: LegId,
        kind: Kind,
        from: SocketAddr,
        packet: &mut [u8],
        now: Instant,
    ) -> Option<Arrival> {
        let length = self.open(leg, kind, packet)?;
        let packet = packet.get_mut(..length)?;
        let (content, length) = match kind {
            Kind::Rtp => self.take_sound(leg, from, packet, now)?,
            Kind::Rtcp => (self.take_report(leg, from, packet, now)?, length),
        };
        Some(Arrival {
            leg,
            at: now,
            length,
            served: 0,
            content,
        })
    }

    /// The next thing to send because of an arrival. `packet` is the one that arrived; its header is
    /// written anew for each listener.
    pub fn next_send<'a>(
        &'a mut self,
        arrival: &mut Arrival,
        packet: &'a mut [u8],
    ) -> Option<Outgoing<'a>> {
        match arrival.content {
            Content::Sound {
                header,
                name,
                clock_hz,
                bytes,
                event,
            } => {
                let (listener, header, to, clock) = loop {
                    let listener = self.next_listener(arrival)?;
                    let Some(leg) = self.legs.get_mut(&listener) else {
                        continue;
                    };
                    if let Some((header, to, clock)) =
                        leg.pass(arrival.leg, header, name, clock_hz, arrival.at)
                    {
                        leg.reporting.said(bytes, clock);
                        break (listener, header, to, clock);
                    }
                };
                let packet = packet.get_mut(..arrival.length)?;
                header.write(packet);
                if let Some(event) = event {
                    event.write(packet, clock_hz, clock);
                }
                Some(Outgoing {
                    leg: listener,
                    kind: Kind::Rtp,
                    to,
                    bytes: sealed::seal(&mut self.legs, &mut *self.sealed, listener, packet),
                })
            }
            Content::Report(report) => {
                let (leg, report, to) = self.next_report(arrival, report)?;
                Some(Outgoing {
                    leg,
                    kind: Kind::Rtcp,
                    to,
                    bytes: self.write_report(leg, &report),
                })
            }
        }
    }

    /// Passes round what is due, and looks for legs that fell silent.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, node)) = self.clock.take(now) {
            let late = now.saturating_duration_since(at);
            self.lateness = Some(self.lateness.map_or(late, |before| before.max(late)));
            match node {
                Node::Unit(unit) => self.tick(unit, at, now),
                Node::Leg(leg) => self.tick_leg(leg, at, now),
                // It has no ticks of its own.
                Node::Heard(_) => {}
            }
        }
        self.press_on(now);
        if self.look_at.is_none_or(|at| now < at) {
            return;
        }
        self.look_at = None;
        for (id, leg) in &mut self.legs {
            match leg.watch {
                Watch::Flowing { last } if leg.is_expected() => match last + SILENCE {
                    stop if stop <= now => {
                        leg.watch = Watch::Stopped;
                        self.events.push_back(Event::Stopped { leg: *id });
                    }
                    stop => self.look_at = Some(self.look_at.map_or(stop, |at| at.min(stop))),
                },
                // Held, or said already.
                Watch::Flowing { .. } | Watch::NotYet | Watch::Stopped => {}
            }
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        [self.look_at, self.rota.next_deadline(), self.next_tick()]
            .into_iter()
            .flatten()
            .min()
    }

    /// When something is to be made: reports and silences do not count.
    pub fn next_tick(&self) -> Option<Instant> {
        let due = [self.clock.next(), self.presses.next()];
        due.into_iter().flatten().min()
    }

    /// When it is to be seen whether a leg has fallen silent.
    pub fn next_silence(&self) -> Option<Instant> {
        self.look_at
    }

    /// The next packet of our own making, after [`Graph::handle_timeout`].
    pub fn poll_send(&mut self) -> Option<Outgoing<'_>> {
        let (leg, to, bytes) = self.outbox.take()?;
        Some(Outgoing {
            leg,
            kind: Kind::Rtp,
            to,
            bytes: sealed::seal(&mut self.legs, &mut *self.sealed, leg, bytes),
        })
    }

    /// What leaves the graph next, and by which unit.
    pub fn poll_frame(&mut self) -> Option<(SoundId, Cut)> {
        self.frames.pop_front()
    }

    /// Frames that nobody fetched in time, since the start.
    pub fn lost_frames(&self) -> u64 {
        self.lost_frames
    }

    /// By how much the ticks were late at worst, since it was last asked; `None` where there was none.
    pub fn take_lateness(&mut self) -> Option<Duration> {
        self.lateness.take()
    }

    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn counters(&self, leg: LegId) -> Option<Counters> {
        self.legs.get(&leg).map(|leg| leg.counters)
    }

    pub fn has_unit(&self, unit: SoundId) -> bool {
        self.units.contains_key(&unit)
    }

    /// How many legs are open, and units are there.
    pub fn len(&self) -> usize {
        self.legs.len() + self.units.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn describe(&mut self, id: LegId, line: Line, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        // A hold with 0.0.0.0 names no address, so it changes none.
        let moved = |old: &Line| {
            let elsewhere = line.rtp.is_some() && line.rtp != old.rtp;
            elsewhere || old.signalling != line.signalling
        };
        if leg.line.as_ref().is_some_and(moved) {
            (leg.rtp, leg.rtcp) = (Latch::Open, Latch::Open);
        }
        if !line.send {
            leg.stream.pause();
        }
        // It may want another format now.
        leg.mouth = None;
        if leg.shield.as_ref().map(|shield| shield.keys()) != line.srtp.as_ref() {
            leg.shield = line.srtp.map(|keys| Box::new(Shield::new(keys)));
        }
        let was_expected = leg.is_expected();
        let rtp = line.rtp.or(leg.line.take().and_then(|old| old.rtp));
        leg.line = Some(Line { rtp, ..line });
        if !was_expected && leg.is_expected() && matches!(leg.watch, Watch::Flowing { .. }) {
            leg.watch = Watch::Flowing { last: now };
            self.look_by(now + SILENCE);
        }
        self.prick_ear(id, now);
        self.prick_ear_for(id, now);
    }

    fn close(&mut self, id: LegId, now: Instant) {
        self.hear(id.into(), None, now);
        let Some(leg) = self.legs.remove(&id) else {
            return;
        };
        if let Some((_, at)) = leg.ear {
            self.clock.stop(id.into(), at);
        }
        self.stop_pressing(id, &leg);
        self.forget_leg(id, leg.listeners, leg.taps);
        if let Some(far) = leg.tied {
            // It had no packets to tell of.
            return self.close(far, now);
        }
        self.events.push_back(Event::Closed {
            leg: id,
            counters: leg.counters,
            quality: leg.measure.quality(leg.counters.sent),
        });
    }

    /// What came, and how long it is: a packet that may be a part of a key is silenced.
    fn take_sound(
        &mut self,
        id: LegId,
        from: SocketAddr,
        packet: &mut [u8],
        now: Instant,
    ) -> Option<(Content, usize)> {
        let leg = self.legs.get_mut(&id)?;
        let Some(header) = Header::read(packet) else {
            leg.counters.malformed += 1;
            return None;
        };
        let described = leg.line.as_ref();
        let line = described.filter(|line| {
            leg.rtp
                .admits(from, line.rtp, line.signalling, line.comedia)
        });
        let Some(line) = line else {
            leg.counters.strangers += 1;
            return None;
        };
        leg.counters.received += 1;
        leg.counters.received_bytes += packet.len() as u64;
        if !line.receive {
            leg.counters.unwanted += 1;
            return None;
        }
        let mut by_number = line.payloads.iter();
        let payload = by_number.find(|payload| payload.receive == header.payload);
        let coding = payload.and_then(|payload| Coding::of(payload.name, payload.clock_hz));
        let length = coding.map_or(packet.len(), |coding| {
            let way = Way::InBand;
            let told = |key| self.events.push_back(Event::Key { leg: id, key, way });
            leg.keys.hear_sound(coding, &header, packet, told)
        });
        let packet = packet.get(..length)?;
        let is_key =
            leg.keys.takes_events() && payload.is_some_and(|p| p.name == "telephone-event");
        let content = payload.map(|payload| Content::Sound {
            header,
            name: payload.name,
            clock_hz: payload.clock_hz,
            bytes: packet.len().saturating_sub(rtp::HEADER) as u32,
            event: match payload.name == EVENT {
                true => Pressed::read(packet),
                false => None,
            },
        });
        if let (Some(payload), Some((ear, tick))) = (payload, &mut leg.ear) {
            let body = Header::body(packet);
            let begins = match coding {
                Some(coding) => ear.take(coding, &header, body, now),
                None => {
                    if payload.name == COMFORT {
                        ear.rest(&header, body, now);
                    }
                    false
                }
            };
            if begins {
                let at = std::mem::replace(tick, now + LEAST);
                self.clock.shift(id.into(), at, *tick);
            }
        }
        let codec = payload.and_then(|payload| {
            // G.722 counts at half the rate that it samples at (RFC 3551 §4.5.2).
            let wideband = payload.clock_hz > 8_000 || payload.name == "G722";
            let name = leg
                .measure
                .note(&header, payload.name, payload.clock_hz, now)?;
            Some(Event::Codec {
                leg: id,
                name,
                wideband,
            })
        });
        let news = match leg.watch {
            Watch::NotYet => Some(Event::FirstPacket { leg: id }),
            Watch::Stopped => Some(Event::Resumed { leg: id }),
            Watch::Flowing { .. } => None,
        };
        leg.watch = Watch::Flowing { last: now };
        if content.is_none() {
            leg.counters.unwanted += 1;
            self.leave_out(id, &header);
        }
        if let Some(news) = news {
            self.events.push_back(news);
            self.look_by(now + SILENCE);
        }
        if codec.is_some() {
            let sound = talks_of(&content);
            if let Some(leg) = self
                .legs
                .get_mut(&id)
                .filter(|leg| sound != leg.talks && sound.is_some())
            {
                leg.talks = sound;
                self.prick_ear(id, now);
            }
        }
        self.events.extend(codec);
        if is_key {
            self.leave_out(id, &header);
            self.hear_key(id, &header, packet, now);
            return None;
        }
        content.map(|content| (content, length))
    }

    fn leave_out(&mut self, source: LegId, header: &Header) {
        let mut served = 0;
        while let Some(listener) = self.listener(source, &mut served) {
            if let Some(leg) = self.legs.get_mut(&listener) {
                leg.stream.leave_out(source, header);
            }
        }
    }

    fn take_report(
        &mut self,
        id: LegId,
        from: SocketAddr,
        packet: &[u8],
        now: Instant,
    ) -> Option<Content> {
        let leg = self.legs.get_mut(&id)?;
        let report = rtcp::read(packet, leg.stream.ssrc())?;
        let line = leg.line.as_ref()?;
        let admitted = leg
            .rtcp
            .admits(from, line.rtcp, line.signalling, line.comedia);
        if !admitted {
            return None;
        }
        leg.measure.hear(&report, leg.reporting.clock_hz(), now);
        if let Some(block) = &report.block {
            leg.forecast.hear(block.fraction());
        }
        Some(Content::Report(report))
    }

    /// The report for the next listener; where there is none at all, an answer to the reporter itself,
    /// which may take a silent RTCP for a dead peer.
    fn next_report(
        &mut self,
        arrival: &mut Arrival,
        report: rtcp::Report,
    ) -> Option<(LegId, rtcp::Report, SocketAddr)> {
        let reporter = arrival.leg;
        if arrival.served == 0 && self.listener(reporter, &mut 0).is_none() {
            arrival.served = 1;
            let leg = self.legs.get_mut(&reporter)?;
            let to = leg.rtcp_address()?;
            let answer = rtcp::Report {
                ssrc: leg.stream.ssrc(),
                sender: None,
                block: leg.measure.block(arrival.at),
            };
            return Some((reporter, answer, to));
        }
        loop {
            let id = self.next_listener(arrival)?;
            let Some(listener) = self.legs.get(&id) else {
                continue;
            };
            let Some(to) = listener.rtcp_address() else {
                continue;
            };
            // What the reporter says about the packets that it hears is of use only to who made them.
            let heard = self.legs.get(&reporter)?;
            let block = report.block.filter(|_| heard.source == Some(Node::Leg(id)));
            let translated = rtcp::Report {
                ssrc: listener.stream.ssrc(),
                sender: report.sender.and_then(|sender| {
                    let stream = &listener.stream;
                    let timestamp = stream.timestamp_of(reporter, report.ssrc, sender.timestamp)?;
                    Some(rtcp::Sender {
                        timestamp,
                        ..sender
                    })
                }),
                block: block.and_then(|block| {
                    let (ssrc, highest) = heard.stream.highest_of(id, block.highest)?;
                    Some(rtcp::Block {
                        ssrc,
                        highest,
                        ..block
                    })
                }),
            };
            if let Some(listener) = self.legs.get_mut(&id) {
                listener.note_report(&translated, arrival.at);
            }
            return Some((id, translated, to));
        }
    }

    fn next_listener(&self, arrival: &mut Arrival) -> Option<LegId> {
        self.listener(arrival.leg, &mut arrival.served)
    }

    /// The next leg that hears `source`, after so many of its listeners.
    fn listener(&self, source: LegId, served: &mut usize) -> Option<LegId> {
        let listeners = &self.legs.get(&source)?.listeners;
        loop {
            let listener = listeners.get(*served)?;
            *served += 1;
            if let Node::Leg(leg) = listener {
                return Some(*leg);
            }
        }
    }

    fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }
}

impl Leg {
    fn new(dice: &mut Dice) -> Leg {
        Leg {
            line: None,
            rtp: Latch::Open,
            rtcp: Latch::Open,
            source: None,
            listeners: Vec::new(),
            taps: Vec::new(),
            tied: None,
            stream: Stream::new(dice),
            mouth: None,
            ear: None,
            talks: None,
            keys: keys::Keys::default(),
            senses: None,
            watch: Watch::NotYet,
            counters: Counters::default(),
            shield: None,
            measure: Measure::default(),
            forecast: Forecast::default(),
            reporting: reports::Reporting::default(),
        }
    }

    /// The header, address and clock with which a source's packet goes to this leg's peer.
    fn pass(
        &mut self,
        source: LegId,
        header: Header,
        name: &str,
        clock_hz: u32,
        now: Instant,
    ) -> Option<(Header, SocketAddr, u32)> {
        let line = self.line.as_ref().filter(|line| line.send)?;
        let to = self.rtp.peer().or(line.rtp)?;
        let same = |p: &&Payload| p.clock_hz == clock_hz && p.name == name;
        let found = line.payloads.iter().find(same);
        let Some(payload) = found.or_else(|| self.other_event(line, name)) else {
            self.stream.leave_out(source, &header);
            return None;
        };
        // Who hears the talk in other words hears its pauses in them as well.
        if self.keys.sounds() || self.mouth.is_some() && name == COMFORT {
            return None;
        }
        if self.mouth.is_some() && Coding::of(name, clock_hz).is_some() {
            // It is relayed again.
            self.mouth = None;
        }
        if let Some(mouth) = self.mouth.as_mut().filter(|_| name == EVENT) {
            mouth.hold_until(now + EVENT_GOES_ON);
        }
        let clock_hz = payload.clock_hz;
        let header = self.stream.pass(source, header, clock_hz, now)?;
        self.counters.sent += 1;
        let payload = payload.send;
        Some((Header { payload, ..header }, to, clock_hz))
    }

    /// What it heard is over; the next sound is a new one.
    fn fall_silent(&mut self) {
        self.stream.pause();
        self.mouth = None;
    }

    /// A frame of its source's goes to its peer, in the format that the peer likes best of those that we
    /// write. `at` is when it was due, so that a late tick does not show in the timestamps.
    fn speak(&mut self, id: LegId, frame: &Frame, at: Instant, outbox: &mut Outbox) {
        if !self.keys.sounds() {
            self.say(id, frame, at, outbox);
        }
    }

    /// Where its peer hears; it has a mouth then, if the peer takes anything that we write.
    fn ready_to_speak(&mut self) -> Option<SocketAddr> {
        let line = self.line.as_ref().filter(|line| line.send)?;
        let to = self.rtp.peer().or(line.rtp)?;
        if self.mouth.is_none() {
            let mouth = |payload| Mouth::of(payload, line.ptime_ms);
            let noise = line.payloads.iter().find(|p| p.name == COMFORT);
            let noise = noise.map(|noise| noise.send);
            let mouth = line.payloads.iter().find_map(mouth);
            self.mouth = mouth.map(|mouth| Box::new(mouth.with_comfort(noise)));
        }
        if let Some(mouth) = self.mouth.as_mut().filter(|_| line.copies) {
            mouth.expect_loss(self.forecast.percent());
        }
        Some(to)
    }

    fn say(&mut self, id: LegId, frame: &Frame, at: Instant, outbox: &mut Outbox) {
        let Some(to) = self.ready_to_speak() else {
            return;
        };
        let Some(mouth) = &mut self.mouth else {
            return;
        };
        mouth.hear(frame, at);
        loop {
            let room = outbox.room();
            let from = room.len();
            let Some(bytes) = mouth.speak(&mut self.stream, at, room) else {
                return;
            };
            outbox.seal(from, id, to);
            self.counters.sent += 1;
            self.reporting.said(bytes, mouth.clock_hz());
        }
    }

    /// Where its RTCP is heard, or was described, unless its RTP shows that the description is of the
    /// other side of a NAT.
    fn rtcp_address(&self) -> Option<SocketAddr> {
        let line = self.line.as_ref()?;
        let behind_nat = match (self.rtp.peer(), line.rtp) {
            (Some(peer), Some(described)) => peer.ip() != described.ip(),
            (None, _) | (_, None) => false,
        };
        let described = line.rtcp.filter(|_| !behind_nat);
        self.rtcp.peer().or(described)
    }

    fn is_expected(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.receive)
    }
}

#[cfg(test)]
mod tests;

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
mod leg;
mod links;
mod packets;
mod pressed;
mod reports;
mod sealed;
mod senses;
mod tied;
mod translate;
mod units;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::{Dice, LegId, SoundId};
use crate::media::clock::Clock;
use crate::media::frame::Frame;
use crate::media::latch::Latch;
use crate::media::outbox::Outbox;
use crate::media::rota::Rota;
use crate::media::srtp::{self, Shield};
use crate::media::unit::{Cut, News};
use crate::media::{Command, Counters, Event, Kind, Line, Node, rtcp, rtp};

use leg::{Leg, Watch};
pub use packets::Arrival;
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

    fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }
}

#[cfg(test)]
mod tests;

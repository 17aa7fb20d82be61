//! One leg: what it hears and says, and what its peer gets of it.

use std::net::SocketAddr;
use std::time::Instant;

use super::pressed::{COMFORT, EVENT, EVENT_GOES_ON};
use super::{keys, reports};
use crate::base::{Dice, LegId};
use crate::media::codec::Coding;
use crate::media::detect::Senses;
use crate::media::ear::Ear;
use crate::media::forecast::Forecast;
use crate::media::frame::Frame;
use crate::media::latch::Latch;
use crate::media::mouth::Mouth;
use crate::media::outbox::Outbox;
use crate::media::quality::Measure;
use crate::media::rtp::Header;
use crate::media::srtp::Shield;
use crate::media::stream::Stream;
use crate::media::{Counters, Line, Node, Payload};

/// What sound is coded in: name and clock.
pub(super) type Talks = (&'static str, u32);

/// A leg of the graph.
#[derive(Debug)]
pub(super) struct Leg {
    /// `None`: no exchange is complete, so nobody is heard or spoken to.
    pub(super) line: Option<Line>,
    pub(super) rtp: Latch,
    pub(super) rtcp: Latch,
    /// What it hears; `None`: silence.
    pub(super) source: Option<Node>,
    pub(super) listeners: Vec<Node>,
    /// Units that hear what it hears.
    pub(super) taps: Vec<Node>,
    /// Where it is one end of a call between two sessions: the other.
    pub(super) tied: Option<LegId>,
    /// What the peer hears of us.
    pub(super) stream: Stream,
    /// While it hears what is not relayed.
    pub(super) mouth: Option<Box<Mouth>>,
    /// While somebody hears it who cannot take its packets, with the time of its next tick.
    pub(super) ear: Option<(Box<Ear>, Instant)>,
    /// What its peer's sound is coded in: name and clock.
    pub(super) talks: Option<Talks>,
    pub(super) keys: keys::Keys,
    /// While something is listened for in what its peer says.
    pub(super) senses: Option<Box<Senses>>,
    pub(super) watch: Watch,
    pub(super) counters: Counters,
    pub(super) shield: Option<Box<Shield>>,
    pub(super) measure: Measure,
    /// What its peer will lose of what it is sent.
    pub(super) forecast: Forecast,
    pub(super) reporting: reports::Reporting,
}

/// Does sound come?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    NotYet,
    Flowing { last: Instant },
    Stopped,
}

impl Leg {
    pub(super) fn new(dice: &mut Dice) -> Leg {
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
    pub(super) fn pass(
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
    pub(super) fn fall_silent(&mut self) {
        self.stream.pause();
        self.mouth = None;
    }

    /// A frame of its source's goes to its peer, in the format that the peer likes best of those that we
    /// write. `at` is when it was due, so that a late tick does not show in the timestamps.
    pub(super) fn speak(&mut self, id: LegId, frame: &Frame, at: Instant, outbox: &mut Outbox) {
        if !self.keys.sounds() {
            self.say(id, frame, at, outbox);
        }
    }

    /// Where its peer hears; it has a mouth then, if the peer takes anything that we write.
    pub(super) fn ready_to_speak(&mut self) -> Option<SocketAddr> {
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

    pub(super) fn say(&mut self, id: LegId, frame: &Frame, at: Instant, outbox: &mut Outbox) {
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
    pub(super) fn rtcp_address(&self) -> Option<SocketAddr> {
        let line = self.line.as_ref()?;
        let behind_nat = match (self.rtp.peer(), line.rtp) {
            (Some(peer), Some(described)) => peer.ip() != described.ip(),
            (None, _) | (_, None) => false,
        };
        let described = line.rtcp.filter(|_| !behind_nat);
        self.rtcp.peer().or(described)
    }

    pub(super) fn is_expected(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.receive)
    }
}

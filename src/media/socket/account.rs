//! The figures of a socket: how many messages went which way, how much sound they carried, how evenly it came.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::ledger::{Passed, Way};

/// What has gone over a socket so far.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    sent: Flow,
    received: Flow,
    /// Sound that was to be sent, and for which the other side had no room.
    dropped: Dropped,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<RoundTrip>,
    /// When the ping left that is not answered yet.
    #[serde(skip)]
    pinged_at: Option<Instant>,
}

/// One direction.
#[derive(Debug, Default, Serialize)]
struct Flow {
    /// Of the script and of the other side.
    text: Count,
    /// The `start` and `stop` of streams.
    streams: Count,
    media: Media,
    /// Messages in bytes, which nobody hears.
    binary: Count,
}

#[derive(Debug, Default, Serialize)]
struct Count {
    messages: u64,
    /// As they are on the wire, before they are masked and framed.
    bytes: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Media {
    messages: u64,
    bytes: u64,
    /// Of sound; what could not be decoded has none.
    ms: u64,
    /// The longest that one came after the other while a stream was under way.
    longest_gap_ms: u64,
    #[serde(skip)]
    last: Option<Instant>,
}

#[derive(Debug, Default, Serialize)]
struct Dropped {
    frames: u64,
    ms: u64,
}

/// From a ping to its pong, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
struct RoundTrip {
    last: f64,
    least: f64,
    most: f64,
}

impl Account {
    /// Where it answers a ping of ours it says after how many milliseconds.
    pub fn pass(&mut self, way: Way, passed: &Passed, now: Instant) -> Option<f64> {
        match (way, passed) {
            (Way::Out, Passed::Ping) => self.pinged_at = Some(now),
            (Way::In, Passed::Pong) => {
                let at = self.pinged_at.take()?;
                return Some(self.answered(now.saturating_duration_since(at)));
            }
            (Way::Out, _) => self.sent.pass(passed, now),
            (Way::In, _) => self.received.pass(passed, now),
        }
        None
    }

    pub fn drop_frames(&mut self, frames: u64, frame_ms: u64) {
        self.dropped.frames += frames;
        self.dropped.ms += frames * frame_ms;
    }

    fn answered(&mut self, after: Duration) -> f64 {
        // A tenth of a millisecond is enough for anybody.
        let ms = (after.as_secs_f64() * 10_000.0).round() / 10.0;
        let known = self.round_trip_ms;
        self.round_trip_ms = Some(RoundTrip {
            last: ms,
            least: known.map_or(ms, |known| known.least.min(ms)),
            most: known.map_or(ms, |known| known.most.max(ms)),
        });
        ms
    }
}

impl Flow {
    fn pass(&mut self, passed: &Passed, now: Instant) {
        match passed {
            Passed::Text(text) => self.text.add(text.len()),
            Passed::Stream(text) => {
                self.streams.add(text.len());
                // Between two streams nothing is missing.
                self.media.last = None;
            }
            Passed::Media { bytes, ms, .. } => self.media.add(*bytes, *ms, now),
            Passed::Bytes(bytes) => self.binary.add(*bytes),
            Passed::Ping | Passed::Pong | Passed::Close { .. } => {}
        }
    }
}

impl Count {
    fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }
}

impl Media {
    fn add(&mut self, bytes: usize, ms: u64, now: Instant) {
        self.messages += 1;
        self.bytes += bytes as u64;
        self.ms += ms;
        if let Some(last) = self.last {
            let gap = now.saturating_duration_since(last).as_millis() as u64;
            self.longest_gap_ms = self.longest_gap_ms.max(gap);
        }
        self.last = Some(now);
    }
}

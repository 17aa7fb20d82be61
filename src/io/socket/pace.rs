//! How fast a peer may send: a bucket of tokens. Beyond it nothing is read for a while, so the peer's own connection
//! holds it back.

use std::time::Duration;

use tokio::time::Instant;

/// Messages that may come at once, and how many a second after that.
const BURST: f64 = 1_000.0;
const A_SECOND: f64 = 250.0;
/// A longer message counts for several.
const BYTES: f64 = 4_096.0;

pub(super) struct Pace {
    tokens: f64,
    at: Instant,
}

impl Pace {
    pub fn new(now: Instant) -> Pace {
        Pace {
            tokens: BURST,
            at: now,
        }
    }

    /// A message has come. Returns when the next may be read, where that is not now.
    pub fn take(&mut self, bytes: usize, now: Instant) -> Option<Instant> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.tokens = (self.tokens + passed * A_SECOND).min(BURST);
        self.tokens -= (bytes as f64 / BYTES).max(1.0);
        (self.tokens < 0.0).then(|| now + Duration::from_secs_f64(-self.tokens / A_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_of_sound_may_come_at_once_and_a_flood_waits() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        // 10 s in pieces of 20 ms, as PCM of 16 kHz in base64.
        let whole = (0..500).all(|_| pace.take(950, start).is_none());
        assert!(whole);
        let mut now = start;
        let mut read = 0;
        while now < start + Duration::from_secs(20) {
            now = pace.take(10, now).unwrap_or(now);
            read += 1;
        }
        assert!((5_000..=6_100).contains(&read), "{read}");
        let wait = pace.take(4 << 20, now).expect("it is too much");
        assert!(wait.duration_since(now) > Duration::from_secs(4));
    }
}

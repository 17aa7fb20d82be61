//! Hears the keys in the packets of telephone-events (RFC 4733 §2.5.2). An event is known by its timestamp: however
//! many packets tell of it, in whatever order, and whichever of them are lost, it is one key, told when it begins.
//!
//! ```text
//! ts 100 5 ──▶ key 5    ts 100 5 E    ts 100 5 E    ts 980 5 ──▶ key 5    ts 2000 7 E ──▶ key 7
//!                        └ the same    └ again       └ the end of the last was lost, or not
//! ```

use std::time::{Duration, Instant};

use super::{Event, Key};
use crate::media::rtp::Header;

/// How many events are remembered, so that a late packet of one is not another.
const REMEMBERED: usize = 4;
/// A key takes 80 ms at least, with its gap; that many may come at once after a stall.
const KEY: Duration = Duration::from_millis(60);
const BURST: u32 = 16;
/// What is not told of for so long is over, whether its end came or not.
const OVER: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// Timestamps of one source, the latest last.
    known: Vec<u32>,
    ssrc: u32,
    latest: Option<Latest>,
    /// Keys that may still come at once, as the time when all of them may again.
    full_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    code: u8,
    timestamp: u32,
    duration: u16,
    ended: bool,
    at: Instant,
}

impl Receiver {
    /// Takes a packet of telephone-events: its header and payload. The key, at the first packet of its event.
    pub fn hear(&mut self, header: &Header, payload: &[u8], now: Instant) -> Option<Key> {
        let event = Event::read(payload)?;
        let key = Key::of_code(event.code)?;
        if header.ssrc != self.ssrc {
            (self.ssrc, self.latest) = (header.ssrc, None);
            self.known.clear();
        }
        let new = !self.known.contains(&header.timestamp);
        let goes_on = self
            .latest
            .is_some_and(|latest| latest.goes_on(header, event, now));
        if new {
            if self.known.len() == REMEMBERED {
                self.known.remove(0);
            }
            self.known.push(header.timestamp);
        }
        let of_latest = self
            .latest
            .is_some_and(|latest| latest.timestamp == header.timestamp);
        if new || of_latest {
            let ended = event.end || of_latest && self.latest.is_some_and(|latest| latest.ended);
            self.latest = Some(Latest {
                code: event.code,
                timestamp: header.timestamp,
                duration: event.duration,
                ended,
                at: now,
            });
        }
        (new && !goes_on && self.may_come(now)).then_some(key)
    }

    /// Whoever floods is not believed: nobody presses so fast.
    fn may_come(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.map_or(now, |at| at.max(now)) + KEY;
        let may = full_at <= now + KEY * BURST;
        if may {
            self.full_at = Some(full_at);
        }
        may
    }
}

impl Latest {
    /// Whether a new timestamp is the same key held on: one longer than the duration can tell is cut into segments
    /// that follow each other (§2.5.1.3), and some senders move the timestamp with each packet.
    fn goes_on(&self, header: &Header, event: Event, now: Instant) -> bool {
        if self.ended || event.code != self.code || header.marker {
            return false;
        }
        let ahead = header.timestamp.wrapping_sub(self.timestamp);
        let segment = self.duration >= 0xff00 && ahead.abs_diff(u32::from(self.duration)) < 0x200;
        let moved = event.duration > self.duration && ahead <= u32::from(event.duration);
        (segment || moved) && now.saturating_duration_since(self.at) < OVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn however_many_packets_tell_of_it_it_is_one_key() {
        check(
            "0 M100 5/160, 20 100 5/320, 40 100 5/480 E, 60 100 5/480 E, 80 100 5/480 E",
            "5",
        );
    }

    #[test]
    fn whichever_packet_is_lost_the_key_is_heard() {
        check("20 100 5/320, 40 100 5/480 E", "5");
        check("80 100 5/480 E", "5");
        check("0 M100 5/160", "5");
    }

    #[test]
    fn a_key_pressed_twice_is_two_even_where_the_end_of_the_first_was_lost() {
        check(
            "0 M100 5/160, 20 100 5/320, 200 M1700 5/160, 220 1700 5/320",
            "55",
        );
        check("0 M100 5/160, 20 100 5/320 E, 220 1700 5/320", "55");
        // Both marks and the first end are lost: a shorter duration is a new one.
        check("20 100 5/800, 220 1700 5/320", "55");
    }

    #[test]
    fn a_late_packet_of_the_last_key_is_not_a_new_one() {
        check(
            "0 M100 1/160, 20 100 1/320, 200 M1700 2/160, 210 100 1/480 E, 220 1700 2/320 E, 230 100 1/480 E",
            "12",
        );
    }

    #[test]
    fn a_key_that_is_held_for_long_is_one() {
        // Segments: the first ends at 65,535 ticks without an end.
        check(
            "0 M100 5/160, 8000 100 5/65535, 8020 65635 5/160, 8040 65635 5/320 E",
            "5",
        );
        // A sender that moves the timestamp with the duration.
        check(
            "0 M100 5/160, 20 260 5/320, 40 420 5/480, 60 580 5/640 E",
            "5",
        );
        // Across the wrap of the timestamp.
        check(
            "0 M4294967200 5/160, 20 4294967200 5/320 E, 200 M1504 5/160",
            "55",
        );
    }

    #[test]
    fn what_is_no_key_is_not_heard() {
        check("0 M100 16/160, 20 M300 200/160", "");
    }

    #[test]
    fn a_source_that_starts_anew_may_use_the_same_timestamps() {
        let mut receiver = Receiver::default();
        let now = Instant::now();
        for ssrc in [1, 2] {
            let header = Header {
                marker: true,
                payload: 101,
                sequence: 1,
                timestamp: 100,
                ssrc,
            };
            assert!(receiver.hear(&header, &[5, 0, 0, 160], now).is_some());
            assert!(receiver.hear(&header, &[5, 0, 0, 160], now).is_none());
        }
    }

    #[test]
    fn a_flood_is_cut_to_what_a_hand_can_press() {
        let mut receiver = Receiver::default();
        let start = Instant::now();
        let heard = (0..10_000u32).filter(|&n| {
            let header = Header {
                marker: true,
                payload: 101,
                sequence: n as u16,
                timestamp: n * 8,
                ssrc: 1,
            };
            receiver
                .hear(
                    &header,
                    &[5, 0, 0, 160],
                    start + Duration::from_millis(n.into()),
                )
                .is_some()
        });
        assert!(heard.count() < 10_000 / 60 + 20);
    }

    proptest! {
        #[test]
        fn no_packets_make_it_panic(
            packets in prop::collection::vec((any::<u32>(), any::<u32>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..9)), 0..60),
        ) {
            let mut receiver = Receiver::default();
            let now = Instant::now();
            for (ssrc, timestamp, marker, payload) in packets {
                let header = Header { marker, payload: 101, sequence: 0, timestamp, ssrc: ssrc % 2 };
                let _ = receiver.hear(&header, &payload, now);
            }
        }
    }

    /// Hears "ms timestamp code/duration" (`M`: marked, `E`: the end) and compares the keys.
    #[track_caller]
    fn check(packets: &str, keys: &str) {
        let mut receiver = Receiver::default();
        let start = Instant::now();
        let mut heard = String::new();
        for packet in packets.split(", ") {
            let words: Vec<&str> = packet.split(' ').collect();
            let (code, duration) = words[2].split_once('/').unwrap();
            let header = Header {
                marker: words[1].starts_with('M'),
                payload: 101,
                sequence: 0,
                timestamp: words[1].trim_start_matches('M').parse().unwrap(),
                ssrc: 1,
            };
            let event = Event {
                code: code.parse().unwrap(),
                end: words.get(3) == Some(&"E"),
                volume: 10,
                duration: duration.parse().unwrap(),
            };
            let now = start + Duration::from_millis(words[0].parse().unwrap());
            heard.extend(
                receiver
                    .hear(&header, &event.write(), now)
                    .map(Key::as_char),
            );
        }
        assert_eq!(heard, keys, "{packets}");
    }
}

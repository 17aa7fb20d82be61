//! The one RTP stream that a listener hears, whoever is its source: one SSRC for the life of the leg, and
//! sequence numbers and timestamps that go on where the last source left off (RFC 3550 §5.1).

use std::time::{Duration, Instant};

use crate::base::{Dice, LegId};
use crate::media::rtp::Header;

/// A jump ahead or back beyond these is a source that started anew (RFC 3550 appendix A.1).
const MAX_DROPOUT: i16 = 3_000;
const MAX_MISORDER: i16 = -100;
/// What a packet is taken to last at a change of source.
const PACKET: Duration = Duration::from_millis(20);
/// Our own sound begins anew after a pause as long as this.
const SILENCE: Duration = Duration::from_millis(150);

#[derive(Clone, Debug)]
pub struct Stream {
    ssrc: u32,
    /// The latest that was sent, by number; dealt by chance before the first packet.
    sequence: u16,
    timestamp: u32,
    /// When `timestamp` was first sent; the packets of one event share it (RFC 4733 §2.2).
    sent_at: Option<Instant>,
    run: Option<Run>,
    /// The timestamp of the next packet of our own making, while we speak.
    own: Option<u32>,
}

/// A source, and how its numbers become ours.
#[derive(Clone, Debug)]
struct Run {
    source: LegId,
    ssrc: u32,
    /// Added to the source's.
    sequence_offset: u16,
    timestamp_offset: u32,
    /// The source's latest number.
    latest: u16,
    /// The source's number at the change: what is before it would repeat a number of ours. Forgotten
    /// before the numbers wrap.
    first: Option<u16>,
}

impl Stream {
    pub fn new(dice: &mut Dice) -> Stream {
        let chance = dice.u64();
        Stream {
            ssrc: chance as u32,
            sequence: (chance >> 32) as u16,
            timestamp: dice.u64() as u32,
            sent_at: None,
            run: None,
            own: None,
        }
    }

    /// The same towards the listener for the life of the leg.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The next packet is the start of something new: the source changed, or the listener was away.
    pub fn pause(&mut self) {
        (self.run, self.own) = (None, None);
    }

    /// The header, but for the payload number, of a packet of our own making that lasts `ticks`.
    pub fn next(&mut self, ticks: u32, clock_hz: u32, now: Instant) -> Header {
        self.run = None;
        let silent_for = |at| now.saturating_duration_since(at);
        let goes_on = self.sent_at.is_some_and(|at| silent_for(at) < SILENCE);
        let own = self.own.filter(|_| goes_on);
        let timestamp =
            own.unwrap_or_else(|| self.timestamp.wrapping_add(self.ticks_since(clock_hz, now)));
        self.own = Some(timestamp.wrapping_add(ticks));
        self.sequence = self.sequence.wrapping_add(1);
        (self.timestamp, self.sent_at) = (timestamp, Some(now));
        Header {
            marker: own.is_none(),
            payload: 0,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        }
    }

    /// In the place of a packet of our own that would last `ticks` nothing is sent; time goes on.
    pub fn rest(&mut self, ticks: u32, now: Instant) {
        if let Some(own) = &mut self.own {
            (self.timestamp, self.sent_at) = (*own, Some(now));
            *own = own.wrapping_add(ticks);
        }
    }

    /// The header, but for the payload number, of the first packet of an event of our own (RFC 4733 §2.5.1.2).
    pub fn begin_event(&mut self, clock_hz: u32, now: Instant) -> Header {
        let header = self.next(0, clock_hz, now);
        // The sound after it is a new one, so many ticks later as time has passed.
        self.own = None;
        Header {
            marker: true,
            ..header
        }
    }

    /// As [`Stream::begin_event`], of its next packet: the timestamp stays. Nothing else may have been sent since.
    pub fn go_on_with_event(&mut self) -> Header {
        self.sequence = self.sequence.wrapping_add(1);
        Header {
            marker: false,
            payload: 0,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        }
    }

    /// The header for the listener of a packet of `source`, but for the payload number. `None`: it came
    /// too late to be put in its place.
    pub fn pass(
        &mut self,
        source: LegId,
        header: Header,
        clock_hz: u32,
        now: Instant,
    ) -> Option<Header> {
        self.own = None;
        let (run, starts) = match self.run.take() {
            Some(run) if run.goes_on(source, &header) => (run, false),
            _ => (self.start(source, &header, clock_hz, now), true),
        };
        let run = self.run.insert(run);
        if let Some(first) = run.first {
            match header.sequence.wrapping_sub(first) as i16 {
                ..0 => return None,
                0..=1_000 => {}
                1_001.. => run.first = None,
            }
        }
        if ahead(header.sequence, run.latest) > 0 {
            run.latest = header.sequence;
        }
        let sequence = header.sequence.wrapping_add(run.sequence_offset);
        let timestamp = header.timestamp.wrapping_add(run.timestamp_offset);
        if starts || ahead(sequence, self.sequence) > 0 {
            self.sequence = sequence;
        }
        if starts || (timestamp.wrapping_sub(self.timestamp) as i32) > 0 {
            self.timestamp = timestamp;
            self.sent_at = Some(now);
        }
        Some(Header {
            marker: header.marker || starts,
            payload: header.payload,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        })
    }

    /// A packet of the source is left out, such as comfort noise that the listener did not agree to: the
    /// next one closes up, so that it does not look lost.
    pub fn leave_out(&mut self, source: LegId, header: &Header) {
        if let Some(run) = &mut self.run
            && run.goes_on(source, header)
            && ahead(header.sequence, run.latest) == 1
        {
            run.latest = header.sequence;
            run.sequence_offset = run.sequence_offset.wrapping_sub(1);
        }
    }

    /// What time it is in the listener's count, where its clock runs at `clock_hz`. `None`: nothing was sent yet.
    pub fn timestamp_at(&self, now: Instant, clock_hz: u32) -> Option<u32> {
        let passed = now.saturating_duration_since(self.sent_at?).as_micros();
        // Wraps as timestamps do.
        let ticks = (passed * u128::from(clock_hz) / 1_000_000) as u32;
        Some(self.timestamp.wrapping_add(ticks))
    }

    /// A time of the source's in the listener's count; `None` where the listener hears another.
    pub fn timestamp_of(&self, source: LegId, ssrc: u32, timestamp: u32) -> Option<u32> {
        let run = self.run.as_ref()?;
        let same = run.source == source && run.ssrc == ssrc;
        same.then(|| timestamp.wrapping_add(run.timestamp_offset))
    }

    /// What the listener calls `highest` (cycles above, number below) in the count of `source`, with the
    /// source's SSRC.
    pub fn highest_of(&self, source: LegId, highest: u32) -> Option<(u32, u32)> {
        let run = self.run.as_ref().filter(|run| run.source == source)?;
        let (cycles, number) = (highest >> 16, highest as u16);
        let (number, borrowed) = number.overflowing_sub(run.sequence_offset);
        let cycles = cycles.saturating_sub(u32::from(borrowed));
        Some((run.ssrc, cycles << 16 | u32::from(number)))
    }

    /// The time since the last packet; wraps as timestamps do.
    fn ticks_since(&self, clock_hz: u32, now: Instant) -> u32 {
        let passed =
            (self.sent_at).map_or(PACKET, |at| now.saturating_duration_since(at).max(PACKET));
        (passed.as_micros() * u128::from(clock_hz) / 1_000_000) as u32
    }

    fn start(&self, source: LegId, header: &Header, clock_hz: u32, now: Instant) -> Run {
        let sequence = self.sequence.wrapping_add(1);
        let timestamp = self.timestamp.wrapping_add(self.ticks_since(clock_hz, now));
        Run {
            source,
            ssrc: header.ssrc,
            sequence_offset: sequence.wrapping_sub(header.sequence),
            timestamp_offset: timestamp.wrapping_sub(header.timestamp),
            latest: header.sequence,
            first: Some(header.sequence),
        }
    }
}

impl Run {
    fn goes_on(&self, source: LegId, header: &Header) -> bool {
        let ahead = ahead(header.sequence, self.latest);
        self.source == source
            && self.ssrc == header.ssrc
            && (MAX_MISORDER..=MAX_DROPOUT).contains(&ahead)
    }
}

/// How far `a` is ahead of `b`, across the wrap.
fn ahead(a: u16, b: u16) -> i16 {
    a.wrapping_sub(b) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[test]
    fn a_change_of_source_goes_on_where_the_last_left_off() {
        check(
            "0 a65534/160, 20 a65535/320, 40 a0/480, 100 b7/9000, 120 b8/9160, 140 a3/960",
            expect![[r#"
                a65534/160 -> 1/160 M
                a65535/320 -> 2/320
                a0/480 -> 3/480
                b7/9000 -> 4/960 M
                b8/9160 -> 5/1120
                a3/960 -> 6/1280 M
            "#]],
        );
    }

    #[test]
    fn a_late_packet_finds_its_place_unless_it_is_from_before_the_change() {
        check(
            "0 a10/160, 20 a12/480, 40 a11/320, 60 b50/0, 80 b49/99, 100 b51/160",
            expect![[r#"
                a10/160 -> 1/160 M
                a12/480 -> 3/480
                a11/320 -> 2/320
                b50/0 -> 4/800 M
                b49/99 too late
                b51/160 -> 5/960
            "#]],
        );
    }

    #[test]
    fn a_source_that_starts_anew_is_joined_without_a_gap() {
        check(
            "0 a10/160, 20 a11/320, 40 a40000/7, 60 a40001/167",
            expect![[r#"
                a10/160 -> 1/160 M
                a11/320 -> 2/320
                a40000/7 -> 3/480 M
                a40001/167 -> 4/640
            "#]],
        );
    }

    #[test]
    fn a_loss_stays_a_loss_and_what_is_left_out_does_not_look_like_one() {
        check(
            "0 a10/160, 20 -a11/320, 40 a12/480, 60 a14/800",
            expect![[r#"
                a10/160 -> 1/160 M
                a12/480 -> 2/480
                a14/800 -> 4/800
            "#]],
        );
    }

    #[test]
    fn the_time_of_a_long_event_is_not_lost_at_a_change() {
        check(
            "0 a10/160, 20 a11/320, 500 a12/320, 1020 b1/0",
            expect![[r#"
                a10/160 -> 1/160 M
                a11/320 -> 2/320
                a12/320 -> 3/320
                b1/0 -> 4/8320 M
            "#]],
        );
    }

    /// Plays "ms source sequence/timestamp" (`-`: left out) and compares what the listener gets, counted
    /// from its first packet.
    #[track_caller]
    fn check(packets: &str, expect: Expect) {
        let mut stream = Stream::new(&mut Dice::from_seed(1));
        let (sequence, timestamp) = (stream.sequence, stream.timestamp);
        let start = Instant::now();
        let mut told = String::new();
        for packet in packets.split(", ") {
            let (ms, packet) = packet.split_once(' ').unwrap();
            let now = start + Duration::from_millis(ms.parse().unwrap());
            let left_out = packet.starts_with('-');
            let packet = packet.trim_start_matches('-');
            let source = LegId(u64::from(packet.as_bytes()[0]));
            let (number, time) = packet[1..].split_once('/').unwrap();
            let header = Header {
                marker: false,
                payload: 8,
                sequence: number.parse().unwrap(),
                timestamp: time.parse().unwrap(),
                ssrc: source.0 as u32,
            };
            if left_out {
                stream.leave_out(source, &header);
                continue;
            }
            told += &match stream.pass(source, header, 8_000, now) {
                Some(out) => {
                    assert_eq!(out.ssrc, stream.ssrc());
                    format!(
                        "{packet} -> {}/{}{}\n",
                        out.sequence.wrapping_sub(sequence),
                        out.timestamp.wrapping_sub(timestamp),
                        if out.marker { " M" } else { "" }
                    )
                }
                None => format!("{packet} too late\n"),
            };
        }
        expect.assert_eq(&told);
    }

    proptest! {
        /// Sources of any SSRC, numbers and times, heard in runs of any length, with losses.
        #[test]
        fn whatever_the_sources_the_listener_hears_one_stream(
            seed: u64,
            runs in prop::collection::vec(
                (0u64..4, any::<u32>(), any::<u16>(), any::<u32>(), 1u16..50, 1u16..5, 0u64..3_000),
                1..20,
            ),
        ) {
            let mut stream = Stream::new(&mut Dice::from_seed(seed));
            let mut now = Instant::now();
            let mut last: Option<Header> = None;
            for (source, ssrc, sequence, timestamp, packets, step, pause_ms) in runs {
                now += Duration::from_millis(pause_ms);
                stream.pause();
                for i in 0..packets {
                    now += PACKET;
                    let header = Header {
                        marker: false,
                        payload: 0,
                        sequence: sequence.wrapping_add(i * step),
                        timestamp: timestamp.wrapping_add(u32::from(i * step) * 160),
                        ssrc,
                    };
                    let out = stream.pass(LegId(source), header, 8_000, now).unwrap();
                    prop_assert_eq!(out.marker, i == 0);
                    if let Some(last) = last {
                        let gap = out.sequence.wrapping_sub(last.sequence);
                        let ticks = out.timestamp.wrapping_sub(last.timestamp);
                        prop_assert_eq!(out.ssrc, last.ssrc);
                        prop_assert_eq!(gap, if i == 0 { 1 } else { step });
                        let in_step = ticks == 160 * u32::from(step);
                        prop_assert!(in_step || i == 0 && ticks < 8_000 * 4);
                        prop_assert!(ticks >= 160);
                    }
                    last = Some(out);
                }
            }
        }

        #[test]
        fn no_packets_make_it_panic(
            packets in prop::collection::vec((0u64..2, 0u32..2, any::<u16>(), any::<u32>()), 0..100),
        ) {
            let mut stream = Stream::new(&mut Dice::from_seed(1));
            let now = Instant::now();
            for (source, ssrc, sequence, timestamp) in packets {
                let header = Header { marker: false, payload: 0, sequence, timestamp, ssrc };
                let _ = stream.pass(LegId(source), header, 48_000, now);
                stream.leave_out(LegId(source), &header);
                let _ = stream.highest_of(LegId(source), timestamp);
            }
        }
    }
}

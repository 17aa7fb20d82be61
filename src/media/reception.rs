//! What arrives on a leg, counted: how much of it is lost, and how unevenly it comes (RFC 3550 §6.4.1,
//! appendices A.1, A.3 and A.8).

use std::time::Instant;

use crate::media::rtp::Header;

/// A jump ahead or back beyond these is a source that started anew (appendix A.1).
const MAX_DROPOUT: u16 = 3_000;
const MAX_MISORDER: u16 = 100;

/// A leg's sound as it comes in; one source after another.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    run: Option<Run>,
    /// Of the sources before this one.
    before: Tally,
}

/// What has come and what has not. Duplicates count as come, so the two may not add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub received: u64,
    pub expected: u64,
}

impl Tally {
    /// Duplicates may hide a loss; there is no less than none.
    pub fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }

    /// What has been added since `before`.
    pub fn since(&self, before: Tally) -> Tally {
        Tally {
            received: self.received.saturating_sub(before.received),
            expected: self.expected.saturating_sub(before.expected),
        }
    }

    fn plus(&self, other: Tally) -> Tally {
        Tally {
            received: self.received + other.received,
            expected: self.expected + other.expected,
        }
    }
}

/// One source, by its SSRC.
#[derive(Clone, Debug)]
struct Run {
    ssrc: u32,
    since: Instant,
    /// The first number, and the highest with its cycles above.
    base: u32,
    highest: u32,
    received: u64,
    /// The number after a jump that nobody has confirmed yet.
    after_jump: Option<u16>,
    clock_hz: u32,
    /// Arrival less timestamp, in ticks.
    transit: Option<u32>,
    /// In sixteenths of a tick.
    jitter: u32,
    /// At the last report.
    reported: Tally,
}

/// What a report block of ours says about the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub ssrc: u32,
    /// Fraction and count, as they lie on the wire.
    pub lost: u32,
    pub highest: u32,
    /// In ticks.
    pub jitter: u32,
}

impl Reception {
    /// A packet of the peer's. `paced`: its timestamp says when its sound belongs, as it does not in the packets of
    /// a DTMF event (RFC 4733 §2.2).
    pub fn note(&mut self, header: &Header, clock_hz: u32, paced: bool, now: Instant) {
        match &mut self.run {
            Some(run) if run.ssrc == header.ssrc => {
                if !run.count(header.sequence) {
                    return;
                }
            }
            run => {
                if let Some(run) = run {
                    self.before = self.before.plus(run.tally());
                }
                *run = Some(Run::new(header, clock_hz, now));
            }
        }
        if let (Some(run), true) = (&mut self.run, paced) {
            run.measure(header.timestamp, clock_hz, now);
        }
    }

    /// Of all sources.
    pub fn tally(&self) -> Tally {
        match &self.run {
            Some(run) => self.before.plus(run.tally()),
            None => self.before,
        }
    }

    /// Of the last source, in microseconds.
    pub fn jitter_us(&self) -> u32 {
        self.run.as_ref().map_or(0, |run| {
            let us = u64::from(run.jitter) * 1_000_000 / 16 / u64::from(run.clock_hz.max(1));
            us.min(u64::from(u32::MAX)) as u32
        })
    }

    pub fn ssrc(&self) -> Option<u32> {
        self.run.as_ref().map(|run| run.ssrc)
    }

    /// For a report; the fraction lost is of the time since the last one. `None`: nothing has come.
    pub fn account(&mut self) -> Option<Account> {
        let run = self.run.as_mut()?;
        let tally = run.tally();
        let lately = tally.since(run.reported);
        run.reported = tally;
        let fraction = (lately.lost() * 256).checked_div(lately.expected);
        let fraction = fraction.unwrap_or_default().min(255) as u32;
        // 24 bits with a sign; duplicates make it negative.
        let lost = i128::from(tally.expected) - i128::from(tally.received);
        let lost = lost.clamp(-0x80_0000, 0x7f_ffff) as i32;
        Some(Account {
            ssrc: run.ssrc,
            lost: fraction << 24 | lost as u32 & 0xff_ffff,
            highest: run.highest,
            jitter: run.jitter >> 4,
        })
    }
}

impl Run {
    fn new(header: &Header, clock_hz: u32, now: Instant) -> Run {
        Run {
            ssrc: header.ssrc,
            since: now,
            base: header.sequence.into(),
            highest: header.sequence.into(),
            received: 1,
            after_jump: None,
            clock_hz,
            transit: None,
            jitter: 0,
            reported: Tally::default(),
        }
    }

    fn tally(&self) -> Tally {
        Tally {
            received: self.received,
            expected: u64::from(self.highest.wrapping_sub(self.base)) + 1,
        }
    }

    /// Whether the packet belongs to the source's numbers.
    fn count(&mut self, sequence: u16) -> bool {
        let latest = self.highest as u16;
        match sequence.wrapping_sub(latest) {
            0 => {}
            ahead @ 1..MAX_DROPOUT => {
                self.highest = self.highest.wrapping_add(ahead.into());
            }
            behind if behind.wrapping_neg() <= MAX_MISORDER => {}
            _ if self.after_jump == Some(sequence) => {
                // Two in a row: it goes on there. What it skipped it never sent.
                let skipped = u32::from(sequence.wrapping_sub(latest));
                self.highest = self.highest.wrapping_add(skipped);
                self.base = self.base.wrapping_add(skipped.wrapping_sub(1));
                self.transit = None;
            }
            _ => {
                self.after_jump = Some(sequence.wrapping_add(1));
                return false;
            }
        }
        self.after_jump = None;
        self.received += 1;
        true
    }

    fn measure(&mut self, timestamp: u32, clock_hz: u32, now: Instant) {
        if clock_hz != self.clock_hz {
            let scaled = u64::from(self.jitter) * u64::from(clock_hz);
            let scaled = scaled.checked_div(u64::from(self.clock_hz));
            self.jitter = scaled.unwrap_or_default().min(u64::from(u32::MAX)) as u32;
            self.clock_hz = clock_hz;
            self.transit = None;
        }
        let passed = now.saturating_duration_since(self.since).as_micros();
        // Wraps as timestamps do.
        let arrival = (passed * u128::from(clock_hz) / 1_000_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        let Some(before) = self.transit.replace(transit) else {
            return;
        };
        let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
        if difference > clock_hz.saturating_mul(10) {
            // No network: the source set its timestamp anew.
            return;
        }
        let gone = (self.jitter + 8) >> 4;
        self.jitter = (self.jitter - gone).saturating_add(difference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    /// Hears "ms sequence/timestamp" of G.711 and tells what it makes of them.
    fn heard(packets: &str) -> Reception {
        let start = Instant::now();
        let mut reception = Reception::default();
        for packet in packets.split(", ") {
            let (ms, packet) = packet.split_once(' ').unwrap();
            let (sequence, timestamp) = packet.split_once('/').unwrap();
            let now = start + Duration::from_millis(ms.parse().unwrap());
            reception.note(
                &header(sequence.parse().unwrap(), timestamp.parse().unwrap()),
                8_000,
                true,
                now,
            );
        }
        reception
    }

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload: 0,
            sequence,
            timestamp,
            ssrc: 7,
        }
    }

    #[test]
    fn what_comes_as_it_was_sent_has_neither_loss_nor_jitter() {
        let reception = heard("0 65534/0, 20 65535/160, 40 0/320, 60 1/480");
        assert_eq!(
            reception.tally(),
            Tally {
                received: 4,
                expected: 4
            }
        );
        assert_eq!(reception.jitter_us(), 0);
    }

    #[test]
    fn a_report_counts_losses_across_the_wrap_and_the_fraction_since_the_last_one() {
        let mut reception = heard("0 65534/0, 20 65535/160, 80 2/640");
        let account = reception.account().unwrap();
        assert_eq!(account.highest, 0x1_0002);
        assert_eq!(account.lost, (2 * 256 / 5) << 24 | 2);
        let account = reception.account().unwrap();
        assert_eq!(account.lost, 2, "nothing was lost since");
    }

    #[test]
    fn duplicates_make_the_count_of_the_lost_negative_and_no_loss_of_ours() {
        let mut reception = heard("0 1/0, 20 2/160, 21 2/160");
        assert_eq!(reception.tally().lost(), 0);
        assert_eq!(reception.account().unwrap().lost, 0xff_ffff);
    }

    #[test]
    fn jitter_is_that_of_the_rfc() {
        // A packet 16 ms late is 128 ticks; a sixteenth of it is 8 ticks or 1 ms.
        let reception = heard("0 1/0, 36 2/160");
        assert_eq!(reception.jitter_us(), 1_000);
        // Back in time: another 128 ticks of difference: 8 + (128 - 8) / 16 = 15.5 ticks.
        let reception = heard("0 1/0, 36 2/160, 40 3/320");
        assert_eq!(reception.jitter_us(), 1_937);
    }

    #[test]
    fn a_late_packet_is_not_lost() {
        let reception = heard("0 1/0, 40 3/320, 45 2/160");
        assert_eq!(reception.tally().lost(), 0);
    }

    #[test]
    fn a_jump_is_believed_once_it_goes_on_and_is_no_loss() {
        let reception = heard("0 1/0, 20 30000/160");
        assert_eq!(reception.tally().received, 1, "one of them may be forged");
        let reception = heard("0 1/0, 20 30000/160, 40 30001/320, 60 30002/480");
        assert_eq!(
            reception.tally(),
            Tally {
                received: 3,
                expected: 3
            }
        );
    }

    #[test]
    fn another_source_adds_to_the_sum() {
        let mut reception = heard("0 1/0, 20 3/320");
        let other = Header {
            ssrc: 8,
            ..header(900, 5)
        };
        reception.note(&other, 8_000, true, Instant::now());
        assert_eq!(
            reception.tally(),
            Tally {
                received: 3,
                expected: 4
            }
        );
        assert_eq!(reception.account().unwrap().ssrc, 8);
    }

    proptest! {
        #[test]
        fn no_packets_make_it_panic_and_nothing_is_lost_that_was_not_sent(
            packets in prop::collection::vec((0u32..2, any::<u16>(), any::<u32>(), any::<bool>(), 0u64..100), 0..200),
        ) {
            let mut now = Instant::now();
            let mut reception = Reception::default();
            for (ssrc, sequence, timestamp, paced, ms) in packets {
                now += Duration::from_millis(ms);
                let header = Header { ssrc, ..header(sequence, timestamp) };
                reception.note(&header, if ssrc == 0 { 8_000 } else { 48_000 }, paced, now);
                let _ = reception.account();
                let _ = reception.jitter_us();
                let _ = reception.tally().lost();
            }
        }
    }
}

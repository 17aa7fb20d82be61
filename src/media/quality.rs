//! How a leg fares: what we count of what it sends (its [`Reception`]), and what it tells in its reports about
//! what we send.
//!
//! The round trip is between us and the peer (RFC 3550 §6.4.1): every sender report that goes to the peer, a
//! translated one as well, is remembered by the middle of its NTP time with the moment at which we sent it; the
//! peer's block names it and says for how long it has lain there.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::media::mos::Mos;
use crate::media::reception::{Reception, Tally};
use crate::media::rtcp::{Block, Report};
use crate::media::rtp::Header;

/// So many of our sender reports may be on their way at once.
const REMEMBERED: usize = 4;
/// A round trip beyond this is a peer that cannot count.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(60);

/// The measuring of one leg.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    reception: Reception,
    /// What the peer's sound is coded as.
    codec: Option<&'static str>,
    /// The peer's last word about what it hears of us.
    told: Option<Told>,
    round_trip_us: Option<u32>,
    /// Sender reports to the peer: the middle of the NTP time, and when.
    sent: [Option<(u32, Instant)>; REMEMBERED],
    next: usize,
    /// The peer's last sender report, for the block of ours.
    heard: Option<(u32, Instant)>,
}

/// What a peer reports about our stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    lost: u64,
    /// In 256ths, since its report before.
    fraction: u8,
    /// In ticks of our stream.
    jitter: u32,
    clock_hz: u32,
}

/// A leg's figures. "Heard" is what its peer sends, "said" what we send to it, as far as it reports on that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    pub codec: Option<&'static str>,
    /// Packets that came and packets that did not.
    pub heard: u64,
    pub heard_lost: u64,
    pub heard_jitter_us: u32,
    pub heard_mos: Option<Mos>,
    /// As the peer reports; absent where it has not.
    pub said_lost: Option<u64>,
    pub said_jitter_us: Option<u32>,
    pub said_mos: Option<Mos>,
    pub round_trip_us: Option<u32>,
}

/// One direction of a leg over some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    pub ssrc: u32,
    pub packets: u64,
    /// In hundredths of a percent; `None`: the peer has not reported.
    pub loss: Option<u16>,
    pub jitter_us: Option<u32>,
}

impl Measure {
    /// A packet of the peer's that was agreed upon. Tells of the codec where it is another than before.
    pub fn note(
        &mut self,
        header: &Header,
        name: &'static str,
        clock_hz: u32,
        now: Instant,
    ) -> Option<&'static str> {
        let is_sound = name != "telephone-event" && name != "CN";
        self.reception
            .note(header, clock_hz, name != "telephone-event", now);
        let is_new = is_sound && self.codec != Some(name);
        is_new.then(|| *self.codec.insert(name))
    }

    /// A report of the peer's; its block is about our stream, whose clock runs at `clock_hz`.
    pub fn hear(&mut self, report: &Report, clock_hz: u32, now: Instant) {
        if let Some(sender) = &report.sender {
            self.heard = Some((middle(sender.ntp), now));
        }
        let Some(block) = &report.block else {
            return;
        };
        let lost = block.lost & 0xff_ffff;
        self.told = Some(Told {
            // Less than none: it had duplicates.
            lost: if lost < 0x80_0000 { lost.into() } else { 0 },
            fraction: block.fraction(),
            jitter: block.jitter,
            clock_hz,
        });
        let sent = self.sent.iter().flatten();
        let mut named = sent.filter(|(ntp, _)| *ntp == block.last_report);
        let kept = Duration::from_micros(u64::from(block.delay) * 1_000_000 / 65_536);
        let round_trip = named
            .next()
            .and_then(|(_, at)| now.saturating_duration_since(*at).checked_sub(kept))
            .filter(|round_trip| *round_trip < LONGEST_ROUND_TRIP);
        if let Some(round_trip) = round_trip {
            self.round_trip_us = Some(round_trip.as_micros() as u32);
        }
    }

    /// A report goes to the peer.
    pub fn sent(&mut self, report: &Report, now: Instant) {
        if let Some(sender) = &report.sender {
            let slot = self.next % REMEMBERED;
            if let Some(slot) = self.sent.get_mut(slot) {
                *slot = Some((middle(sender.ntp), now));
            }
            self.next = self.next.wrapping_add(1);
        }
    }

    /// What we say about the peer's stream; `None`: nothing came.
    pub fn block(&mut self, now: Instant) -> Option<Block> {
        let account = self.reception.account()?;
        let (last_report, delay) = match self.heard {
            Some((ntp, at)) => {
                let passed = now.saturating_duration_since(at).as_micros();
                (ntp, (passed * 65_536 / 1_000_000) as u32)
            }
            None => (0, 0),
        };
        Some(Block {
            ssrc: account.ssrc,
            lost: account.lost,
            highest: account.highest,
            jitter: account.jitter,
            last_report,
            delay,
        })
    }

    /// `sent`: packets to the peer.
    pub fn quality(&self, sent: u64) -> Quality {
        let tally = self.reception.tally();
        let jitter_us = self.reception.jitter_us();
        let said_jitter_us = self.told.map(Told::jitter_us);
        Quality {
            codec: self.codec,
            heard: tally.received,
            heard_lost: tally.lost(),
            heard_jitter_us: jitter_us,
            heard_mos: Mos::estimate(tally.lost(), tally.expected, self.round_trip_us, jitter_us),
            said_lost: self.told.map(|told| told.lost),
            said_jitter_us,
            said_mos: self.told.and_then(|told| {
                let jitter_us = told.jitter_us();
                Mos::estimate(told.lost, sent, self.round_trip_us, jitter_us)
            }),
            round_trip_us: self.round_trip_us,
        }
    }

    pub fn tally(&self) -> Tally {
        self.reception.tally()
    }

    /// What was heard since `before`.
    pub fn heard_since(&self, before: Tally) -> Sample {
        let lately = self.reception.tally().since(before);
        let loss = (lately.lost() * 10_000).checked_div(lately.expected);
        Sample {
            ssrc: self.reception.ssrc().unwrap_or_default(),
            packets: lately.received,
            loss: Some(loss.unwrap_or_default().min(10_000) as u16),
            jitter_us: Some(self.reception.jitter_us()),
        }
    }

    /// What of the `packets` that we sent lately has come, by the peer's last report.
    pub fn said(&self, ssrc: u32, packets: u64) -> Sample {
        Sample {
            ssrc,
            packets,
            loss: (self.told).map(|told| (u32::from(told.fraction) * 10_000 / 256) as u16),
            jitter_us: self.told.map(Told::jitter_us),
        }
    }
}

impl Told {
    fn jitter_us(self) -> u32 {
        let us = u64::from(self.jitter) * 1_000_000 / u64::from(self.clock_hz.max(1));
        us.min(u64::from(u32::MAX)) as u32
    }
}

/// The middle 32 bits of an NTP time, by which a block names a sender report.
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rtcp::Sender;

    const SENDER: Sender = Sender {
        ntp: 0x1234_5678_9abc_def0,
        timestamp: 0,
        packets: 0,
        bytes: 0,
    };

    #[test]
    fn the_round_trip_is_what_is_left_when_the_peers_delay_is_taken_away() {
        let start = Instant::now();
        let mut measure = Measure::default();
        measure.sent(&report(Some(SENDER), None), start);
        measure.hear(
            &report(None, Some(block(0x5678_9abc, 65_536))),
            8_000,
            start + Duration::from_millis(1_080),
        );
        assert_eq!(measure.quality(100).round_trip_us, Some(80_000));
    }

    #[test]
    fn a_report_that_we_never_sent_and_a_delay_that_cannot_be_are_no_round_trip() {
        let start = Instant::now();
        for (last_report, delay) in [(9, 0), (0x5678_9abc, u32::MAX), (0, 0)] {
            let mut measure = Measure::default();
            measure.sent(&report(Some(SENDER), None), start);
            measure.hear(&report(None, Some(block(last_report, delay))), 8_000, start);
            assert_eq!(measure.quality(100).round_trip_us, None);
        }
    }

    #[test]
    fn what_the_peer_tells_of_our_stream_is_in_the_figures() {
        let mut measure = Measure::default();
        measure.hear(
            &report(
                None,
                Some(Block {
                    lost: 0x4000_0005,
                    jitter: 80,
                    ..block(0, 0)
                }),
            ),
            8_000,
            Instant::now(),
        );
        let quality = measure.quality(100);
        assert_eq!(quality.said_lost, Some(5));
        assert_eq!(quality.said_jitter_us, Some(10_000));
        assert!(quality.said_mos.unwrap().hundredths() < 400);
        assert_eq!(quality.heard_mos, None);
        assert_eq!(measure.said(1, 50).loss, Some(2_500));
    }

    #[test]
    fn our_block_names_the_peers_last_report_and_how_long_it_has_lain_here() {
        let start = Instant::now();
        let mut measure = Measure::default();
        assert_eq!(measure.block(start), None);
        let header = Header {
            marker: false,
            payload: 0,
            sequence: 5,
            timestamp: 0,
            ssrc: 7,
        };
        assert_eq!(measure.note(&header, "PCMU", 8_000, start), Some("PCMU"));
        assert_eq!(measure.note(&header, "PCMU", 8_000, start), None);
        measure.hear(&report(Some(SENDER), None), 8_000, start);
        let block = measure.block(start + Duration::from_millis(500)).unwrap();
        assert_eq!((block.last_report, block.delay), (0x5678_9abc, 32_768));
        assert_eq!((block.ssrc, block.highest), (7, 5));
    }

    fn report(sender: Option<Sender>, block: Option<Block>) -> Report {
        Report {
            ssrc: 1,
            sender,
            block,
        }
    }

    fn block(last_report: u32, delay: u32) -> Block {
        Block {
            ssrc: 2,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_report,
            delay,
        }
    }
}

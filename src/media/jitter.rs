//! Packets come late, out of order, twice or never; sound goes on by the tick. What comes waits here for as long
//! as the network makes it wait for each other, and no longer.
//!
//! ```text
//!  Filling ──the first has waited for the target──▶ Playing ──▶ Payload · Lost (a gap) · Starved (nothing yet)
//!     ▲                                                │
//!     └────────────── starved for too long ────────────┘        Excess: more waits than is needed
//! ```
//!
//! A codec that puts a copy of each packet into the next wants the next to be there when one is lost: from the first
//! loss on, a packet more waits.
//!
//! The target follows the spread of the transit times: up at once, down within seconds. A sender whose clock is
//! slow starves us now and then, one whose clock is fast is shortened by a packet.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::media::rtp::Header;

/// The least that a packet waits, and the most.
pub const LEAST: Duration = Duration::from_millis(10);
const MOST: Duration = Duration::from_millis(200);
/// The least where the packet after one that is lost has to be there.
const CAREFUL: Duration = Duration::from_millis(30);
/// Most packets that wait.
const MOST_PACKETS: usize = 64;
/// After so many packets that did not come in time it is a pause.
const MOST_STARVED: u32 = 3;
/// A longer gap is no loss: the sender went elsewhere.
const LONGEST_GAP: i64 = 10;
/// A number further off than this begins anew.
const MOST_AHEAD: i64 = 1_000;
/// So many pulls decide whether too much waits.
const PULLS: u32 = 50;
/// What may wait beyond the target.
const SLACK: Duration = Duration::from_millis(5);

/// One talker's packets on their way to a decoder.
#[derive(Debug)]
pub struct Jitter {
    clock_hz: u32,
    slots: BTreeMap<i64, Slot>,
    /// Payloads that were played, to be written over.
    spare: Vec<Vec<u8>>,
    stage: Stage,
    /// The payload number of what was played last.
    played: u8,
    /// Of the latest talker.
    ssrc: Option<u32>,
    newest: i64,
    /// When it came last.
    latest: Option<Instant>,
    transit: Option<Transit>,
    /// The least that waited at any of the last pulls, and how many those were.
    least: Duration,
    pulls: u32,
    /// Packets hold copies of those before them.
    copies: bool,
    /// One was lost, so that the next has to be there in time.
    careful: bool,
}

#[derive(Debug)]
struct Slot {
    payload: Vec<u8>,
    /// Its payload number.
    number: u8,
    timestamp: u32,
    arrived: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Filling,
    Playing { next: i64, starved: u32 },
}

/// How long packets are on their way, as far as we can know it: against the first.
#[derive(Clone, Copy, Debug)]
struct Transit {
    arrived: Instant,
    timestamp: u32,
    /// In microseconds against the first.
    shortest: i64,
    /// By how much others took longer, fading.
    spread: i64,
}

/// What is to be heard next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The payload was written to the buffer.
    Payload,
    /// As `Payload`, but it should be left out: too much waits.
    Excess,
    /// It will not come any more in time.
    Lost,
    /// It is late, or nothing more comes.
    Starved,
    /// Nobody speaks.
    Nothing,
}

impl Jitter {
    /// `copies`: a packet may hold a copy of the one before it.
    pub fn new(clock_hz: u32, copies: bool) -> Jitter {
        Jitter {
            copies,
            careful: false,
            clock_hz: clock_hz.max(1),
            slots: BTreeMap::new(),
            spare: Vec::new(),
            stage: Stage::Filling,
            played: 0,
            ssrc: None,
            newest: 0,
            latest: None,
            transit: None,
            least: Duration::MAX,
            pulls: 0,
        }
    }

    /// Takes a packet; one that is too late, or there already, is dropped.
    pub fn push(&mut self, header: &Header, payload: &[u8], now: Instant) {
        let ahead = i64::from(header.sequence.wrapping_sub(self.newest as u16) as i16);
        if self.ssrc != Some(header.ssrc) || ahead.abs() > MOST_AHEAD {
            self.begin_anew(header);
        }
        let ahead = i64::from(header.sequence.wrapping_sub(self.newest as u16) as i16);
        let number = self.newest + ahead;
        self.newest = self.newest.max(number);
        let before = self.latest.replace(now);
        let silent = before.is_none_or(|at| now.saturating_duration_since(at) > MOST);
        if silent && self.stage == Stage::Filling && self.slots.is_empty() {
            // Who begins to speak again may not have counted the time of the pause.
            self.transit = None;
        }
        self.measure(header.timestamp, now);
        if matches!(self.stage, Stage::Playing { next, .. } if number < next) {
            return;
        }
        if self.slots.len() >= MOST_PACKETS {
            self.drop_oldest();
        }
        let mut room = self.spare.pop().unwrap_or_default();
        self.slots.entry(number).or_insert_with(|| {
            room.clear();
            room.extend_from_slice(payload);
            Slot {
                payload: room,
                number: header.payload,
                timestamp: header.timestamp,
                arrived: now,
            }
        });
    }

    /// Nobody speaks, and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Filling && self.slots.is_empty()
    }

    /// The next that is due; a payload is written over what lies in `payload`.
    pub fn next(&mut self, now: Instant, payload: &mut Vec<u8>) -> Next {
        let Stage::Playing { next, starved } = self.stage else {
            let first = self.slots.iter().next().map(|(n, slot)| (*n, slot.arrived));
            let Some((number, arrived)) = first else {
                return Next::Nothing;
            };
            if now.saturating_duration_since(arrived) < self.target() {
                return Next::Nothing;
            }
            self.stage = Stage::Playing {
                next: number,
                starved: 0,
            };
            (self.least, self.pulls) = (Duration::MAX, 0);
            return self.next(now, payload);
        };
        if let Some(slot) = self.slots.remove(&next) {
            self.stage = Stage::Playing {
                next: next + 1,
                starved: 0,
            };
            self.played = slot.number;
            self.spare.push(std::mem::replace(payload, slot.payload));
            return match self.is_too_much(slot.timestamp) {
                true => Next::Excess,
                false => Next::Payload,
            };
        }
        match self.slots.keys().next().copied() {
            Some(number) if number - next > LONGEST_GAP => {
                self.stage = Stage::Playing {
                    next: number,
                    starved: 0,
                };
                self.next(now, payload)
            }
            // Its place was filled while we starved; what the next has of it is heard all the same, this once.
            Some(_) if starved > 0 && self.copies && !self.careful => {
                self.careful = true;
                self.stage = Stage::Playing {
                    next: next + 1,
                    starved: 0,
                };
                Next::Lost
            }
            // Its place was filled while we starved.
            Some(_) if starved > 0 => {
                self.stage = Stage::Playing {
                    next: next + 1,
                    starved: starved - 1,
                };
                self.next(now, payload)
            }
            Some(_) => {
                self.stage = Stage::Playing {
                    next: next + 1,
                    starved: 0,
                };
                Next::Lost
            }
            None if starved < MOST_STARVED => {
                self.stage = Stage::Playing {
                    next,
                    starved: starved + 1,
                };
                Next::Starved
            }
            None => {
                self.stage = Stage::Filling;
                Next::Nothing
            }
        }
    }

    /// The payload number of what [`Jitter::next`] wrote last.
    pub fn played(&self) -> u8 {
        self.played
    }

    /// What comes after a packet that was said to be lost, where it is there: it may hold a copy of that.
    pub fn following(&self) -> Option<&[u8]> {
        match self.stage {
            Stage::Playing { next, .. } => Some(&self.slots.get(&next)?.payload),
            Stage::Filling => None,
        }
    }

    /// How long a packet waits at least, so that the slowest are in time.
    pub fn target(&self) -> Duration {
        let spread = self.transit.map_or(0, |transit| transit.spread);
        let least = if self.careful { CAREFUL } else { LEAST };
        Duration::from_micros(spread.max(0) as u64).clamp(least, MOST)
    }

    fn begin_anew(&mut self, header: &Header) {
        let slots = std::mem::take(&mut self.slots);
        self.spare
            .extend(slots.into_values().map(|slot| slot.payload));
        self.stage = Stage::Filling;
        self.ssrc = Some(header.ssrc);
        self.newest = i64::from(header.sequence);
        self.transit = None;
    }

    fn drop_oldest(&mut self) {
        if let Some((number, slot)) = self.slots.pop_first() {
            self.spare.push(slot.payload);
            if let Stage::Playing { next, .. } = &mut self.stage {
                *next = (*next).max(number + 1);
            }
        }
    }

    fn measure(&mut self, timestamp: u32, now: Instant) {
        let first = Transit {
            arrived: now,
            timestamp,
            shortest: 0,
            spread: 0,
        };
        let transit = self.transit.get_or_insert(first);
        let ticks = i64::from(timestamp.wrapping_sub(transit.timestamp) as i32);
        let sent = ticks * 1_000_000 / i64::from(self.clock_hz);
        let came = now.saturating_duration_since(transit.arrived).as_micros() as i64;
        let longer = came - sent - transit.shortest;
        if longer.abs() > 2_000_000 {
            // Its clock jumped.
            *transit = first;
        } else if longer < 0 {
            transit.shortest += longer;
            transit.spread -= longer / 2 + transit.spread / 250;
        } else {
            // The shortest way may have become longer, and a sender's clock is never quite ours.
            transit.shortest += longer / 500;
            transit.spread = longer.max(transit.spread - transit.spread / 250);
        }
    }

    /// Whether more waits than is needed, and has for a while. `played` is the timestamp of what is heard now.
    fn is_too_much(&mut self, played: u32) -> bool {
        let last = self.slots.last_key_value();
        let waits = last.map_or(0, |(_, last)| last.timestamp.wrapping_sub(played));
        let waits = u64::from(waits) * 1_000_000 / u64::from(self.clock_hz);
        self.least = self.least.min(Duration::from_micros(waits));
        self.pulls += 1;
        if self.pulls < PULLS {
            return false;
        }
        let least = std::mem::replace(&mut self.least, Duration::MAX);
        self.pulls = 0;
        least > self.target() + SLACK
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload: 0,
            sequence,
            timestamp,
            ssrc: 1,
        }
    }

    /// Packets of 20 ms as "number@ms" (or a number alone where it is on time), pulled every 20 ms from 5 ms on:
    /// what is heard, a word a pull.
    #[track_caller]
    fn check(packets: &str, pulls: u64, expect: Expect) {
        let start = Instant::now();
        let mut arrivals: Vec<(u64, u16)> = packets
            .split(' ')
            .map(|packet| match packet.split_once('@') {
                Some((number, ms)) => (ms.parse().unwrap(), number.parse().unwrap()),
                None => (packet.parse::<u64>().unwrap() * 20, packet.parse().unwrap()),
            })
            .collect();
        arrivals.sort();
        let mut arrivals = arrivals.into_iter().peekable();
        let (mut jitter, mut payload) = (Jitter::new(8_000, false), Vec::new());
        let mut heard = Vec::new();
        for pull in 0..pulls {
            let ms = 5 + pull * 20;
            while let Some((at, number)) = arrivals.next_if(|(at, _)| *at <= ms) {
                let at = start + Duration::from_millis(at);
                let number = number.wrapping_add(65_530);
                jitter.push(
                    &header(number, u32::from(number) * 160),
                    &number.to_be_bytes(),
                    at,
                );
            }
            let now = start + Duration::from_millis(ms);
            heard.push(match jitter.next(now, &mut payload) {
                Next::Payload => {
                    let number = u16::from_be_bytes(payload.as_slice().try_into().unwrap());
                    number.wrapping_sub(65_530).to_string()
                }
                other => format!("{other:?}").to_lowercase(),
            });
        }
        expect.assert_eq(&heard.join(" "));
    }

    #[test]
    fn what_is_on_time_is_heard_a_frame_later() {
        check("0 1 2 3 4 5 6 7", 8, expect![[r#"nothing 0 1 2 3 4 5 6"#]]);
    }

    #[test]
    fn out_of_order_and_twice_is_put_in_order() {
        check(
            "0 2@22 1@24 2@40 3 4 5",
            8,
            expect!["nothing 0 1 2 3 4 5 starved"],
        );
    }

    #[test]
    fn a_loss_is_told_once_in_its_place() {
        check(
            "0 1 3 4 7 8 9",
            11,
            expect!["nothing 0 1 lost 3 4 starved lost 7 8 9"],
        );
    }

    #[test]
    fn a_late_packet_makes_those_after_it_wait_longer() {
        check(
            "0 1 2 3@110 4@111 5@112 6 7 8 9 10 11 12",
            14,
            expect!["nothing 0 1 2 starved starved 3 4 5 6 7 8 9 10"],
        );
    }

    #[test]
    fn a_pause_is_no_loss() {
        check(
            "0 1 2 3@400 4@420 5@440",
            25,
            expect![
                "nothing 0 1 2 starved starved starved nothing nothing nothing nothing nothing nothing nothing nothing nothing nothing nothing nothing nothing nothing 3 4 5 starved"
            ],
        );
    }

    /// A sender whose clock differs from ours by a thousandth, for five minutes: what waits stays little.
    #[test]
    fn a_drifting_clock_is_followed() {
        for drift_us in [-20i64, 20] {
            let start = Instant::now();
            let (mut jitter, mut payload) = (Jitter::new(8_000, false), Vec::new());
            let (mut sent, mut most, mut odd) = (0u64, 0, 0);
            for pull in 0..15_000u64 {
                let now = start + Duration::from_micros(pull * 20_000 + 5_000);
                loop {
                    let at = start + Duration::from_micros(sent * (20_000 + drift_us) as u64);
                    if at > now {
                        break;
                    }
                    let number = sent as u16;
                    jitter.push(&header(number, (sent * 160) as u32), &[0], at);
                    sent += 1;
                }
                match jitter.next(now, &mut payload) {
                    Next::Payload => {}
                    // The next one is heard at once.
                    Next::Excess => {
                        odd += 1;
                        assert_eq!(jitter.next(now, &mut payload), Next::Payload);
                    }
                    _ => odd += 1,
                }
                most = most.max(jitter.slots.len());
            }
            // 15 packets too many or too few, and little besides.
            assert!((10..=25).contains(&odd), "{odd} at {drift_us}");
            assert!(most <= 6, "{most} at {drift_us}");
        }
    }

    proptest! {
        #[test]
        fn no_packets_make_it_panic_or_hoard(
            packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0u32..2, 0u64..100), 0..300),
        ) {
            let (mut jitter, mut payload) = (Jitter::new(48_000, true), Vec::new());
            let mut now = Instant::now();
            for (sequence, timestamp, ssrc, ms) in packets {
                now += Duration::from_millis(ms);
                let sequence = if ms % 3 == 0 { sequence } else { sequence % 8 };
                jitter.push(&Header { ssrc, ..header(sequence, timestamp) }, &[1, 2], now);
                jitter.next(now, &mut payload);
                prop_assert!(jitter.slots.len() <= MOST_PACKETS);
                prop_assert!(jitter.target() <= MOST);
            }
        }

        /// Whatever is lost and however late the others are, every pull gives one thing, payloads rise, and nothing
        /// waits for ever.
        #[test]
        fn what_is_heard_is_in_order(
            delays in prop::collection::vec(prop::option::weighted(0.9, 0u64..120), 20..200),
        ) {
            let start = Instant::now();
            let mut arrivals: Vec<(u64, u16)> = delays
                .iter()
                .enumerate()
                .filter_map(|(n, late)| Some((n as u64 * 20 + (*late)?, n as u16)))
                .collect();
            arrivals.sort();
            let mut arrivals = arrivals.into_iter().peekable();
            let (mut jitter, mut payload) = (Jitter::new(8_000, false), Vec::new());
            let mut last = None;
            for pull in 0..delays.len() as u64 + 30 {
                let ms = pull * 20 + 5;
                while let Some((at, number)) = arrivals.next_if(|(at, _)| *at <= ms) {
                    let at = start + Duration::from_millis(at);
                    jitter.push(&header(number, u32::from(number) * 160), &number.to_be_bytes(), at);
                }
                let now = start + Duration::from_millis(ms);
                if let Next::Payload | Next::Excess = jitter.next(now, &mut payload) {
                    let number = u16::from_be_bytes(payload.as_slice().try_into().unwrap());
                    prop_assert!(last.is_none_or(|last| number > last));
                    last = Some(number);
                }
            }
            prop_assert!(jitter.slots.is_empty());
        }
    }
}

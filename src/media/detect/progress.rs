//! The tones of exchanges (ITU-T E.180) by frequency and cadence, and the beep of an answering machine after its
//! greeting.
//!
//! | tone | heard as |
//! |---|---|
//! | dial | 350 and 440 Hz for a second; 390 to 460 Hz for three |
//! | ringback | 440 and 480, or 400 and 450 Hz for 0.3 s; 390 to 460 Hz for 0.7 to 2.5 s, and again after 1.8 to 6 s |
//! | busy | 480 and 620, or 390 to 460 Hz: twice or three times for 0.3 to 0.65 s, with pauses like that |
//! | congestion | the same for 0.12 to 0.3 s |
//! | special information | 950, 1400 and 1800 Hz, each for 0.15 to 0.5 s |
//! | voicemail | one steady tone of 460 to 2700 Hz for 0.1 to 2.6 s, after a second of voice |

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::beep::{Steady, is_beep};
use super::sight::{Kind, Pair, Sight};
use super::speech::Detector;
use super::ticks;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Dial,
    Ringback,
    Busy,
    Congestion,
    /// Three rising tones: there is no such number, or none that can be reached.
    Special,
    /// The beep of an answering machine.
    Voicemail,
}

/// Single tones that count as an exchange's, in Hz.
const EXCHANGE: std::ops::RangeInclusive<f32> = 390.0..=460.0;
/// The three of the special information tone.
const SPECIAL: [std::ops::RangeInclusive<f32>; 3] =
    [880.0..=1_020.0, 1_330.0..=1_470.0, 1_730.0..=1_860.0];
/// Ticks of something else that do not end a tone: where it begins and ends a tick is half of it.
const BLUR: u32 = 2;
/// By how much pauses are quieter than their tone, in dB.
const PAUSE_DB: f32 = 12.0;
/// Bursts that are remembered.
const REMEMBERED: usize = 4;
/// A voice is a greeting after so long, and for so long after it a beep is the machine's.
const GREETING: u32 = ticks(1_000);
const FORGOTTEN: u32 = ticks(8_000);

/// What a tone is, apart from its cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Exchange,
    Pair(Pair),
    /// Of the special information tone, the nth.
    Special(usize),
}

/// A tone that has sounded.
#[derive(Clone, Copy, Debug)]
struct Burst {
    sort: Sort,
    on: u32,
    /// What lay before it.
    gap: u32,
    /// In dBFS, at its loudest.
    level: f32,
}

#[derive(Debug, Default)]
pub struct Progress {
    now: Option<Burst>,
    /// Ticks since the last that belonged to the tone.
    blur: u32,
    /// Since the last burst.
    gap: u32,
    bursts: VecDeque<Burst>,
    other: u32,
    steady: Steady,
    voice: Detector,
    speaks: bool,
    /// Ticks of voice, and since the last of it.
    voiced: u32,
    since_voice: u32,
}

impl Progress {
    /// The next tick.
    pub fn hear(&mut self, sight: &Sight) -> Option<Tone> {
        let beep = self.steady.hear(sight.kind);
        self.note_voice(sight);
        let sort = sort_of(sight.kind);
        match (&mut self.now, sort) {
            (Some(now), Some(sort)) if now.sort == sort => {
                now.on += 1 + self.blur;
                now.level = now.level.max(sight.dbfs);
                self.blur = 0;
            }
            // An edge, or the middle of a pair that sounds like one tone for a moment.
            (Some(_), _) if self.blur < BLUR && sight.kind != Kind::Silent => self.blur += 1,
            (now, sort) => {
                if let Some(ended) = now.take() {
                    self.gap = self.blur;
                    self.remember(ended);
                }
                self.blur = 0;
                match sort {
                    Some(sort) => {
                        let gap = std::mem::take(&mut self.gap);
                        let level = sight.dbfs;
                        self.now = Some(Burst {
                            sort,
                            on: 1,
                            gap,
                            level,
                        });
                    }
                    None => self.pause(sight),
                }
            }
        }
        if let Some(tone) = self.judge() {
            return Some(tone);
        }
        let (hz, lasts) = beep?;
        let greeted = self.voiced >= GREETING && self.since_voice < FORGOTTEN;
        (greeted && is_beep(hz, lasts)).then_some(Tone::Voicemail)
    }

    /// Whether what sounds may be a part of the special information tone.
    pub fn may_be_special(&self) -> bool {
        let nth = |burst: Option<&Burst>| match burst.map(|burst| burst.sort) {
            Some(Sort::Special(nth)) => Some(nth),
            Some(Sort::Exchange | Sort::Pair(_)) | None => None,
        };
        match nth(self.now.as_ref()) {
            Some(0) => self.now.is_some_and(|now| now.on <= ticks(500)),
            Some(now) => nth(self.bursts.back()) == Some(now - 1),
            None => false,
        }
    }

    fn pause(&mut self, sight: &Sight) {
        self.gap = self.gap.saturating_add(1);
        let tone = self.bursts.back().map_or(0.0, |burst| burst.level);
        // Whoever speaks between two tones is no exchange; the noise of the line may be.
        match sight.kind == Kind::Other && sight.dbfs > tone - PAUSE_DB {
            true => {
                self.other += 1;
                if self.other > 2 * BLUR {
                    self.bursts.clear();
                }
            }
            false => self.other = 0,
        }
    }

    fn note_voice(&mut self, sight: &Sight) {
        if let Some(speaks) = self.voice.hear(sight.voice_dbfs()) {
            self.speaks = speaks;
        }
        self.since_voice = self.since_voice.saturating_add(1);
        if self.speaks {
            self.voiced = match self.since_voice > FORGOTTEN {
                true => 1,
                false => self.voiced + 1,
            };
            self.since_voice = 0;
        }
    }

    fn remember(&mut self, burst: Burst) {
        // A click is none.
        if burst.on < 3 {
            return;
        }
        if self.bursts.len() >= REMEMBERED {
            self.bursts.pop_front();
        }
        self.bursts.push_back(burst);
    }

    fn judge(&self) -> Option<Tone> {
        let now = self.now?;
        let before = |back: usize| {
            let place = self.bursts.len().checked_sub(back)?;
            self.bursts.get(place).copied()
        };
        match now.sort {
            Sort::Pair(Pair::Dial) if now.on >= ticks(1_000) => Some(Tone::Dial),
            Sort::Pair(Pair::Ring | Pair::RingUk) if now.on >= ticks(300) => Some(Tone::Ringback),
            Sort::Pair(Pair::Busy) => {
                let last = before(1).filter(|last| last.sort == now.sort && now.on >= 3)?;
                cadence(last.on, now.gap)
            }
            Sort::Pair(_) => None,
            Sort::Special(2) if now.on >= ticks(150) => {
                let rises = |burst: Burst, nth| {
                    burst.sort == Sort::Special(nth)
                        && (ticks(150)..=ticks(500)).contains(&burst.on)
                };
                let near = now.gap <= 3 && before(1)?.gap <= 3;
                let rose = near && rises(before(1)?, 1) && rises(before(2)?, 0);
                rose.then_some(Tone::Special)
            }
            Sort::Special(_) => None,
            Sort::Exchange if now.on >= ticks(3_000) => Some(Tone::Dial),
            Sort::Exchange if now.on >= ticks(100) => {
                let last = before(1).filter(|last| last.sort == Sort::Exchange)?;
                let rings = (ticks(680)..=ticks(2_500)).contains(&last.on)
                    && (ticks(1_700)..=ticks(6_000)).contains(&now.gap);
                if rings {
                    return Some(Tone::Ringback);
                }
                // Two beeps are a prompt: it takes the third.
                let first = before(2).filter(|first| first.sort == Sort::Exchange)?;
                let alike = |a: u32, b: u32| a.abs_diff(b) <= 2 + a.max(b) / 5;
                let same = alike(first.on, last.on) && alike(last.gap, now.gap);
                cadence(last.on, now.gap).filter(|_| same)
            }
            Sort::Exchange => None,
        }
    }
}

fn sort_of(kind: Kind) -> Option<Sort> {
    match kind {
        Kind::Two(pair) => Some(Sort::Pair(pair)),
        Kind::One { hz } if EXCHANGE.contains(&hz) => Some(Sort::Exchange),
        Kind::One { hz } => {
            let nth = SPECIAL.iter().position(|range| range.contains(&hz))?;
            Some(Sort::Special(nth))
        }
        Kind::Silent | Kind::Other => None,
    }
}

/// Busy or congested, by how long a tone and the pause after it last.
fn cadence(on: u32, gap: u32) -> Option<Tone> {
    let within = |from: u32, to: u32| {
        let range = ticks(from)..=ticks(to);
        range.contains(&on) && range.contains(&gap)
    };
    if within(120, 300) {
        Some(Tone::Congestion)
    } else if within(280, 680) {
        Some(Tone::Busy)
    } else {
        None
    }
}

//! The beep after which an answering machine records: one steady tone, longer than a syllable and shorter than a dial
//! tone.

use serde::{Deserialize, Serialize};

use super::sight::{Kind, Sight};
use super::{TICK_MS, ticks};

/// A tone of so long is a beep, and of longer a tone of the exchange.
const SHORTEST: u32 = ticks(100);
const LONGEST: u32 = ticks(2_600);
/// A beep that goes on for so long is told before it ends.
const TOLD: u32 = ticks(2_000);
/// Where beeps lie when nobody says, in Hz. Below 460 Hz are the tones of exchanges and high voices.
const RANGE: std::ops::RangeInclusive<f32> = 460.0..=2_700.0;
/// How far a tone may be from where it was, and from what was asked for.
const STEADY: f32 = 0.02;
const ASKED: f32 = 0.03;
/// Ticks in a row that may be something else within a tone.
const HOLE: u32 = 1;

/// What a script waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beep {
    /// In Hz; empty: any.
    pub frequencies: Vec<u32>,
    /// In milliseconds; `None`: for ever.
    pub timeout_ms: Option<u32>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heard {
    /// It has sounded, and is over: at the frequency that was asked for, or its own.
    Beep {
        hz: u32,
    },
    TooLate,
}

/// One tone that lasts, whichever.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steady {
    run: Option<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    hz: f32,
    lasts: u32,
    hole: u32,
}

impl Steady {
    /// The next tick. A tone that has just ended, or has gone on for as long as a beep can: its frequency in Hz and how
    /// many ticks it was.
    pub fn hear(&mut self, kind: Kind) -> Option<(f32, u32)> {
        let hz = match kind {
            Kind::One { hz } => Some(hz),
            Kind::Silent | Kind::Two(_) | Kind::Other => None,
        };
        let fits = |run: &Run, hz: f32| (hz - run.hz).abs() < (run.hz * STEADY).max(12.0);
        match (&mut self.run, hz) {
            (Some(run), Some(hz)) if fits(run, hz) => {
                // The first tick is only partly of the tone.
                run.hz += (hz - run.hz) / run.lasts as f32;
                run.lasts += 1 + run.hole;
                run.hole = 0;
                // Told once: the rest of it is no other.
                (run.lasts == TOLD).then_some((run.hz, run.lasts))
            }
            (Some(run), None) if run.hole < HOLE => {
                run.hole += 1;
                None
            }
            (run, hz) => {
                let next = hz.map(|hz| Run {
                    hz,
                    lasts: 1,
                    hole: 0,
                });
                let ended = std::mem::replace(run, next);
                ended
                    .filter(|ended| ended.lasts < TOLD)
                    .map(|ended| (ended.hz, ended.lasts))
            }
        }
    }
}

/// Whether a tone that lasted so many ticks is a beep.
pub fn is_beep(hz: f32, lasts: u32) -> bool {
    RANGE.contains(&hz) && (SHORTEST..LONGEST).contains(&lasts)
}

/// Waits for a beep.
#[derive(Debug)]
pub struct Wait {
    beep: Beep,
    steady: Steady,
    waited: u32,
}

impl Wait {
    pub fn new(beep: Beep) -> Wait {
        Wait {
            beep,
            steady: Steady::default(),
            waited: 0,
        }
    }

    pub fn hear(&mut self, sight: &Sight) -> Option<Heard> {
        self.waited += 1;
        if let Some((hz, lasts)) = self.steady.hear(sight.kind)
            && let Some(hz) = self.wanted(hz, lasts)
        {
            return Some(Heard::Beep { hz });
        }
        let late = self
            .beep
            .timeout_ms
            .is_some_and(|ms| u64::from(self.waited) * u64::from(TICK_MS) >= u64::from(ms));
        late.then_some(Heard::TooLate)
    }

    fn wanted(&self, hz: f32, lasts: u32) -> Option<u32> {
        if self.beep.frequencies.is_empty() {
            return is_beep(hz, lasts).then_some(hz.round() as u32);
        }
        let mut asked = self.beep.frequencies.iter().copied();
        let near = asked.find(|asked| {
            let asked = *asked as f32;
            (hz - asked).abs() < (asked * ASKED).max(15.0)
        });
        near.filter(|_| lasts >= SHORTEST)
    }
}

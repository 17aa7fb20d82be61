//! What one tick sounds like, measured once for all detectors.

use std::f32::consts::TAU;
use std::sync::OnceLock;

use super::sine::{self, Sine};
use super::speech::dbfs;
use super::{RATE_HZ, TICK};

/// Pairs are looked for in this and the last tick: tones that lie 40 Hz apart have to be told apart.
const WINDOW: usize = 2 * TICK;
/// Quieter than this it is silence, in dBFS.
const SILENCE_DBFS: f32 = -46.0;
/// The part of the sound that one tone is at least.
const ALONE: f32 = 0.85;
/// The same of two.
const TOGETHER: f32 = 0.88;

/// What was measured of a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// All of it, in dBFS.
    pub dbfs: f32,
    /// Where a voice has its power, 150 to 1000 Hz, in dBFS.
    pub band_dbfs: f32,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Silent,
    /// One tone and nothing else.
    One {
        hz: f32,
    },
    /// Two tones that exchanges use together.
    Two(Pair),
    /// Whatever else there is: a voice, music, noise.
    Other,
}

impl Sight {
    /// For who listens for voices: a tone is loud, and nobody's.
    pub fn voice_dbfs(&self) -> f32 {
        match self.kind {
            Kind::One { .. } | Kind::Two(_) => -96.0,
            Kind::Silent | Kind::Other => self.band_dbfs,
        }
    }
}

/// Pairs of ITU-T E.180 and of North America.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// 350 and 440 Hz.
    Dial,
    /// 440 and 480 Hz.
    Ring,
    /// 400 and 450 Hz.
    RingUk,
    /// 480 and 620 Hz.
    Busy,
}

const PAIRS: [(Pair, f32, f32); 4] = [
    (Pair::Dial, 350.0, 440.0),
    (Pair::Ring, 440.0, 480.0),
    (Pair::RingUk, 400.0, 450.0),
    (Pair::Busy, 480.0, 620.0),
];

/// Looks at one tick after the other.
#[derive(Clone, Debug)]
pub struct Eye {
    window: [f32; WINDOW],
    /// Of the high-pass and the two low-passes.
    filter: [f32; 4],
}

impl Default for Eye {
    fn default() -> Eye {
        Eye {
            window: [0.0; WINDOW],
            filter: [0.0; 4],
        }
    }
}

impl Eye {
    /// `tonal`: tones are asked for as well.
    pub fn look(&mut self, tick: &[i16], tonal: bool) -> Sight {
        self.window.copy_within(TICK.., 0);
        let fresh = self.window.iter_mut().skip(WINDOW - TICK);
        for (place, sample) in fresh.zip(tick) {
            *place = f32::from(*sample);
        }
        let band = self.band(tick);
        let tick = self.window.get(TICK..).unwrap_or_default();
        let energy: f32 = tick.iter().map(|x| x * x).sum();
        Sight {
            dbfs: dbfs(energy, TICK),
            band_dbfs: dbfs(band, TICK),
            kind: match tonal {
                true => self.kind(tick, energy),
                false => Kind::Other,
            },
        }
    }

    fn kind(&self, tick: &[f32], energy: f32) -> Kind {
        if dbfs(energy, TICK) < SILENCE_DBFS {
            return Kind::Silent;
        }
        let whole: f32 = self.window.iter().map(|x| x * x).sum();
        if let Some(pair) = self.pair(whole) {
            return Kind::Two(pair);
        }
        let Sine { hz, share } = sine::fit(tick, energy);
        match share > ALONE {
            true => Kind::One { hz },
            false => Kind::Other,
        }
    }

    /// The pair that the window is, where it is not one tone as well.
    fn pair(&self, energy: f32) -> Option<Pair> {
        let one = sine::fit(&self.window, energy);
        if one.share > ALONE {
            return None;
        }
        let shares = bases().iter().map(|(pair, basis)| {
            let parts = basis.iter().map(|vector| {
                let dot: f32 = vector.iter().zip(&self.window).map(|(a, b)| a * b).sum();
                dot * dot
            });
            (*pair, parts.sum::<f32>() / energy.max(1.0))
        });
        let best = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (best.1 > TOGETHER).then_some(best.0)
    }

    /// The energy between 150 and 1000 Hz.
    fn band(&mut self, tick: &[i16]) -> f32 {
        let pole = |hz: f32| (-TAU * hz / RATE_HZ as f32).exp();
        let (high, low) = (pole(150.0), pole(1_000.0));
        let [mut last, mut passed, mut one, mut two] = self.filter;
        let mut energy = 0.0;
        for sample in tick {
            let x = f32::from(*sample);
            passed = high * (passed + x - last);
            last = x;
            one += (1.0 - low) * (passed - one);
            two += (1.0 - low) * (one - two);
            energy += two * two;
        }
        self.filter = [last, passed, one, two];
        energy
    }
}

/// Of the two frequencies of each pair, over the window: vectors at right angles, each of length one.
fn bases() -> &'static [(Pair, [[f32; WINDOW]; 4]); 4] {
    static BASES: OnceLock<[(Pair, [[f32; WINDOW]; 4]); 4]> = OnceLock::new();
    BASES.get_or_init(|| {
        PAIRS.map(|(pair, one, two)| {
            let mut basis = [[0f32; WINDOW]; 4];
            for place in 0..basis.len() {
                let hz = if place < 2 { one } else { two };
                let mut vector = [0f32; WINDOW];
                for (n, x) in vector.iter_mut().enumerate() {
                    let turn = TAU * hz * n as f32 / RATE_HZ as f32;
                    *x = if place % 2 == 0 {
                        turn.cos()
                    } else {
                        turn.sin()
                    };
                }
                for other in basis.iter().take(place) {
                    let dot: f32 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                    vector
                        .iter_mut()
                        .zip(other)
                        .for_each(|(x, o)| *x -= dot * o);
                }
                let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
                vector.iter_mut().for_each(|x| *x /= length);
                if let Some(free) = basis.get_mut(place) {
                    *free = vector;
                }
            }
            (pair, basis)
        })
    })
}

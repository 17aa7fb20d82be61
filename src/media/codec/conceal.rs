//! What is heard in the place of a lost packet, for codecs that know no answer themselves: the last pitch period
//! is said again and fades (in the manner of G.711 appendix I).
//!
//! ```text
//! heard ▁▂▅▇▅▂▁▂▅▇▅▂▁│▂▅▇▅▂▁▂▄▆▄▂▁▂▃▄▃▁▁▁▂▂▁▁▁ ▁▁│▂▅▇ heard
//!              period┘ └ again, fading from 10 ms ┘ └ blended
//! ```

/// Pitch periods, in tenths of a millisecond: 400 to 67 Hz.
const SHORTEST: u32 = 25;
const LONGEST: u32 = 150;
/// What is compared to find the period, in milliseconds.
const WINDOW_MS: u32 = 20;
/// A loss as long as this is silent; the fading begins after a sixth of it.
const SILENT_MS: u32 = 60;
/// Over this the made-up sound goes over into what comes, in tenths of a millisecond.
const BLEND: u32 = 40;

pub struct Concealer {
    rate_hz: u32,
    /// The latest that was heard or made up, oldest first: [`Concealer::remembered`] samples.
    past: Vec<i16>,
    loss: Option<Loss>,
}

struct Loss {
    /// One pitch period, to be said again and again.
    period: usize,
    /// Samples that were made up.
    said: usize,
}

impl Concealer {
    pub fn new(rate_hz: u32) -> Concealer {
        let mut concealer = Concealer {
            rate_hz,
            past: Vec::new(),
            loss: None,
        };
        concealer.past.resize(concealer.remembered(), 0);
        concealer
    }

    /// Sound that came; its start is changed where something was made up before it.
    pub fn hear(&mut self, samples: &mut [i16]) {
        if let Some(mut loss) = self.loss.take() {
            let blend = self.tenths(BLEND).min(samples.len());
            for (n, sample) in samples.iter_mut().take(blend).enumerate() {
                let made_up = i64::from(self.next(&mut loss));
                let (n, blend) = (n as i64 + 1, blend as i64 + 1);
                *sample = ((i64::from(*sample) * n + made_up * (blend - n)) / blend) as i16;
            }
        }
        self.remember(samples);
    }

    /// `count` samples in the place of what did not come.
    pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
        let mut loss = self.loss.take().unwrap_or_else(|| Loss {
            period: self.period(),
            said: 0,
        });
        for _ in 0..count {
            samples.push(self.next(&mut loss));
        }
        self.loss = Some(loss);
    }

    /// The next sample that is made up. The past stays as it was, so each period is the same but for its level.
    fn next(&self, loss: &mut Loss) -> i16 {
        let at = self.past.len() - loss.period + loss.said % loss.period;
        let sample = i64::from(self.past.get(at).copied().unwrap_or_default());
        // The seam: the end of the period goes over into what came before its start.
        let seam = loss.period / 4;
        let left = loss.period - loss.said % loss.period;
        let sample = match at.checked_sub(loss.period).and_then(|at| self.past.get(at)) {
            Some(&before) if left <= seam => {
                let (left, seam) = (left as i64, seam as i64 + 1);
                (sample * left + i64::from(before) * (seam - left)) / seam
            }
            _ => sample,
        };
        let (full, silent) = (self.ms(SILENT_MS / 6), self.ms(SILENT_MS));
        let level = silent.saturating_sub(loss.said.max(full));
        loss.said = loss.said.saturating_add(1);
        (sample * level as i64 / (silent - full) as i64) as i16
    }

    /// How far apart the latest sound is most like itself, in samples.
    fn period(&self) -> usize {
        let window = self.ms(WINDOW_MS);
        let (shortest, longest) = (self.tenths(SHORTEST), self.tenths(LONGEST));
        // Every fourth sample at 48 kHz is enough to compare.
        let stride = (self.rate_hz as usize / 8_000).max(1);
        let latest = self.past.len() - window;
        let likeness = |lag: usize| {
            let now = self.past.get(latest..).unwrap_or_default();
            let before = self.past.get(latest - lag..).unwrap_or_default();
            let (mut product, mut energy) = (0f32, 1f32);
            for (&a, &b) in now.iter().zip(before).step_by(stride) {
                product += f32::from(a) * f32::from(b);
                energy += f32::from(b) * f32::from(b);
            }
            product.max(0.0) * product.max(0.0) / energy
        };
        let mut best = (0.0, longest);
        for lag in (shortest..=longest).step_by(stride) {
            let alike = likeness(lag);
            // A multiple of the period is as much alike: it must be better than by a hair.
            if alike > best.0 * 1.02 {
                best = (alike, lag);
            }
        }
        let near = best.1.saturating_sub(stride).max(shortest)..=(best.1 + stride).min(longest);
        near.map(|lag| (likeness(lag), lag))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(longest, |(_, lag)| lag)
    }

    fn remember(&mut self, samples: &[i16]) {
        let keep = self.past.len();
        match samples.len().checked_sub(keep) {
            Some(skip) => self
                .past
                .copy_from_slice(samples.get(skip..).unwrap_or_default()),
            None => {
                self.past.copy_within(samples.len().., 0);
                if let Some(end) = self.past.get_mut(keep - samples.len()..) {
                    end.copy_from_slice(samples);
                }
            }
        }
    }

    /// Two of the longest periods, and what is compared.
    fn remembered(&self) -> usize {
        self.tenths(LONGEST) * 2 + self.ms(WINDOW_MS)
    }

    fn ms(&self, ms: u32) -> usize {
        (self.rate_hz / 1_000 * ms) as usize
    }

    fn tenths(&self, tenths: u32) -> usize {
        (self.rate_hz / 100 * tenths / 100) as usize
    }
}

//! How much of what we send will be lost: what the peer's reports say (RFC 3550 §6.4.1), the worst of them first and then
//! fading.
//!
//! ```text
//! nothing ──2 % and more are lost──▶ 5, 10 or 20 % ──below 1 %, which after 10 % takes 9 reports──▶ nothing
//! ```

/// A loss from which something is done about it, and one from which no longer, in percent.
const BEGINS: f64 = 2.0;
const ENDS: f64 = 1.0;
/// What a report leaves of the loss that those before it told.
const FADES: f64 = 0.75;
/// What is told: those who expect the same may be spoken to in the same words.
const STEPS: [u8; 3] = [5, 10, 20];

/// What is expected of one listener.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forecast {
    /// In percent.
    expected: f64,
    /// Something is done about it.
    counts: bool,
}

impl Forecast {
    /// What was lost since the report before, in 256ths.
    pub fn hear(&mut self, fraction: u8) {
        let lost = f64::from(fraction) * 100.0 / 256.0;
        self.expected = lost.max(self.expected * FADES);
        self.counts = self.expected >= if self.counts { ENDS } else { BEGINS };
    }

    /// 0, 5, 10 or 20.
    pub fn percent(&self) -> u8 {
        if !self.counts {
            return 0;
        }
        let [.., most] = STEPS;
        let enough = |step: &u8| f64::from(*step) >= self.expected;
        STEPS.into_iter().find(enough).unwrap_or(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_counts_at_once_and_is_not_forgotten_at_once() {
        let mut forecast = Forecast::default();
        let mut told = Vec::new();
        // 1.6 %, which is little; 10.2 %; then nothing any more.
        for fraction in [0, 4, 4, 26, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4] {
            forecast.hear(fraction);
            told.push(forecast.percent());
        }
        assert_eq!(told, [0, 0, 0, 20, 10, 10, 5, 5, 5, 5, 5, 5, 0, 0, 0]);
        forecast.hear(255);
        assert_eq!(forecast.percent(), 20);
    }
}

//! How a leg may sound to people, from loss and delay: the E-model (ITU-T G.107), cut down to what a server
//! can know.
//!
//! ```text
//! R   = 93.2 − Id − Ie,eff
//! Id  = 0.024·d + 0.11·(d − 177.3) where d > 177.3        (d: one way, in ms; Cole and Rosenbluth)
//! Ie,eff = Ie + (95 − Ie)·Ppl / (Ppl + Bpl)               (G.107 §3.5, losses at random)
//! MOS = 1 + 0.035·R + R·(R − 60)·(100 − R)·7·10⁻⁶          (G.107 annex B), 1 at least, 4.5 at most
//! ```

/// A mean opinion score in hundredths: 100 (bad) to 450.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mos(u16);

/// How a codec suffers (G.113 appendix I): what it costs by itself, and how well it bears losses.
struct Codec {
    impairment: f64,
    robustness: f64,
}

/// G.711 whose receiver conceals losses, as nearly all do. The table has nothing for G.722 and Opus on this scale: they are
/// taken to be no worse.
const CONCEALED: Codec = Codec {
    impairment: 0.0,
    robustness: 25.1,
};

/// What a receiver holds back beyond the network: a packet, and twice the jitter.
const PACKET_MS: f64 = 20.0;

impl Mos {
    /// `lost` of `expected` packets; `round_trip_us` where it is known; the jitter that the receiver has to even out.
    /// `None`: nothing came, so there is nothing to judge.
    pub fn estimate(
        lost: u64,
        expected: u64,
        round_trip_us: Option<u32>,
        jitter_us: u32,
    ) -> Option<Mos> {
        if expected == 0 {
            return None;
        }
        let loss_percent = (lost.min(expected) as f64 / expected as f64) * 100.0;
        let network_ms = f64::from(round_trip_us.unwrap_or_default()) / 2_000.0;
        let delay_ms = network_ms + PACKET_MS + 2.0 * f64::from(jitter_us) / 1_000.0;
        Some(Mos::of(rating(loss_percent, delay_ms)))
    }

    fn of(rating: f64) -> Mos {
        let r = rating.clamp(0.0, 100.0);
        let mos = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        Mos((mos.clamp(1.0, 4.5) * 100.0).round() as u16)
    }

    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// 1.00 to 4.50.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

fn rating(loss_percent: f64, delay_ms: f64) -> f64 {
    let beyond = (delay_ms - 177.3).max(0.0);
    let delay = 0.024 * delay_ms + 0.11 * beyond;
    let Codec {
        impairment,
        robustness,
    } = CONCEALED;
    let loss = impairment + (95.0 - impairment) * loss_percent / (loss_percent + robustness);
    93.2 - delay - loss
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_call_scores_as_the_model_says_and_nothing_scores_nothing() {
        let clean = Mos::estimate(0, 1_000, Some(0), 0).unwrap();
        assert_eq!(clean.hundredths(), 440);
        assert_eq!(Mos::estimate(0, 0, None, 0), None);
    }

    #[test]
    fn losses_and_delay_lower_the_score() {
        // 5 % of loss: Ie,eff = 95·5/30.1 = 15.8; R = 93.2 − 0.5 − 15.8 = 76.9.
        assert_eq!(
            Mos::estimate(50, 1_000, Some(0), 0).unwrap().hundredths(),
            390
        );
        // 300 ms one way: Id = 0.024·320 + 0.11·142.7 = 23.4; R = 69.8.
        assert_eq!(
            Mos::estimate(0, 1_000, Some(600_000), 0)
                .unwrap()
                .hundredths(),
            359
        );
        assert_eq!(
            Mos::estimate(1_000, 1_000, Some(9_000_000), 0),
            Some(Mos(100))
        );
    }

    #[test]
    fn more_loss_never_sounds_better() {
        let scores: Vec<_> = (0..=100)
            .map(|lost| Mos::estimate(lost, 100, None, 1_000).unwrap())
            .collect();
        assert!(scores.is_sorted_by(|a, b| a >= b));
    }
}

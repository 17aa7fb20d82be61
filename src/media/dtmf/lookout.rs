//! Looks out for keys in a leg's packets as they come: each is decoded at once, so that what may be a key is known before
//! the packet is passed on.

use super::detect::RATE_HZ;
use super::{Detector, Heard, Key};
use crate::media::codec::{Coding, Decoder};
use crate::media::resample::Resampler;
use crate::media::rtp::Header;

/// Most packets in a row that are made up where they did not come.
const MOST_LOST: u16 = 3;
/// A number further off than this begins anew.
const FAR: u16 = 100;
/// So much silence stands for a pause of any length, in samples of the detector: 60 ms.
const PAUSE: usize = 480;

/// The keys in one leg's sound.
#[derive(Default)]
pub struct Lookout {
    talk: Option<Talk>,
    detector: Detector,
    /// What the detector hears next.
    samples: Vec<i16>,
}

/// What was heard of one codec of one source.
struct Talk {
    decoder: Decoder,
    resampler: Option<Resampler>,
    ssrc: u32,
    sequence: u16,
    /// The timestamp of the next packet, unless there is a pause.
    due: u32,
    /// The samples of the last packet.
    usual: usize,
    decoded: Vec<i16>,
}

impl Lookout {
    /// Takes the payload of a packet of sound. Says whether a part of it may be a key.
    pub fn hear(
        &mut self,
        coding: Coding,
        header: &Header,
        body: &[u8],
        mut told: impl FnMut(Key),
    ) -> bool {
        let goes_on = |talk: &&mut Talk| {
            let ahead = header.sequence.wrapping_sub(talk.sequence);
            let near = ahead < FAR || ahead.wrapping_neg() < FAR;
            talk.decoder.coding() == coding && talk.ssrc == header.ssrc && near
        };
        self.samples.clear();
        match self.talk.as_mut().filter(goes_on) {
            Some(talk) if header.sequence.wrapping_sub(talk.sequence).wrapping_sub(1) >= FAR => {
                // It is late, or was here before; whether it is a part of a key is known by its neighbours.
                return self.detector.suspects();
            }
            Some(talk) => talk.fill_up_to(header, &mut self.samples),
            None => self.talk = Some(Talk::new(coding, header)),
        }
        if let Some(talk) = &mut self.talk {
            talk.take(header, body, &mut self.samples);
        }
        let told = |heard: Heard| {
            let Heard::Key(key) = heard;
            told(key);
        };
        self.detector.hear(&self.samples, told)
    }
}

impl Talk {
    fn new(coding: Coding, header: &Header) -> Talk {
        Talk {
            decoder: Decoder::new(coding),
            resampler: Resampler::new(coding.rate_hz(), RATE_HZ).ok(),
            ssrc: header.ssrc,
            sequence: header.sequence.wrapping_sub(1),
            due: header.timestamp,
            usual: coding.rate_hz() as usize / 50,
            decoded: Vec::new(),
        }
    }

    /// What is missing before a packet: what was lost is made up, and what was never sent is silence.
    fn fill_up_to(&mut self, header: &Header, samples: &mut Vec<i16>) {
        let lost = header.sequence.wrapping_sub(self.sequence).wrapping_sub(1);
        for _ in 0..lost.min(MOST_LOST) {
            self.decoder.conceal(self.usual, &mut self.decoded);
            self.pass_on(samples);
        }
        let ahead = header.timestamp.wrapping_sub(self.due);
        let clock_hz = self.decoder.coding().clock_hz();
        // Further than an hour ahead it is behind.
        if lost == 0 && (clock_hz / 50..clock_hz * 3_600).contains(&ahead) {
            samples.extend([0; PAUSE]);
        }
    }

    fn take(&mut self, header: &Header, body: &[u8], samples: &mut Vec<i16>) {
        self.sequence = header.sequence;
        if self.decoder.decode(body, &mut self.decoded).is_err() {
            self.decoder.conceal(self.usual, &mut self.decoded);
        }
        self.usual = self.decoded.len();
        let coding = self.decoder.coding();
        let ticks = self.usual as u64 * u64::from(coding.clock_hz()) / u64::from(coding.rate_hz());
        self.due = header.timestamp.wrapping_add(ticks as u32);
        self.pass_on(samples);
    }

    fn pass_on(&mut self, samples: &mut Vec<i16>) {
        match &mut self.resampler {
            Some(resampler) => resampler.resample(&self.decoded, samples),
            None => samples.extend_from_slice(&self.decoded),
        }
    }
}

impl std::fmt::Debug for Lookout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let coding = self.talk.as_ref().map(|talk| talk.decoder.coding());
        write!(f, "Lookout({coding:?})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::Encoder;

    const CODINGS: [Coding; 5] = [
        Coding::Pcmu,
        Coding::Pcma,
        Coding::G722,
        Coding::L16 { rate_hz: 16_000 },
        Coding::Opus,
    ];

    #[test]
    fn keys_are_heard_in_every_codec() {
        for coding in CODINGS {
            assert_eq!(
                heard(coding, "0123456789*#ABCD", |_| Fate::Comes),
                "0123456789*#ABCD",
                "{coding:?}"
            );
        }
    }

    #[test]
    fn a_lost_a_doubled_or_a_late_packet_makes_no_key_of_one_two() {
        for coding in CODINGS {
            for fate in [Fate::Lost, Fate::Twice] {
                for which in 0..7 {
                    let told = heard(coding, "5599", |n| {
                        if n % 7 == which { fate } else { Fate::Comes }
                    });
                    assert_eq!(told, "5599", "{coding:?}, {fate:?} {which}");
                }
            }
        }
    }

    #[test]
    fn a_pause_that_nobody_sent_is_a_pause() {
        // A phone that sends nothing while nobody speaks: its timestamps go on.
        assert_eq!(heard(Coding::Pcmu, "1111", |_| Fate::Suppressed), "1111");
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fate {
        Comes,
        Lost,
        Twice,
        /// If it is silent it is not sent at all.
        Suppressed,
    }

    /// Keys of 100 ms with as much between them, in packets of 20 ms.
    fn heard(coding: Coding, text: &str, fate: impl Fn(usize) -> Fate) -> String {
        let rate_hz = coding.rate_hz();
        let tenth = rate_hz as usize / 10;
        let mut sound = vec![0i16; tenth];
        for key in text.chars().filter_map(Key::of) {
            let (low, high) = key.tones();
            sound.extend((0..tenth).map(|n| {
                let t = std::f64::consts::TAU * n as f64 / f64::from(rate_hz);
                (5_000.0 * ((low * t).sin() + (high * t).sin())) as i16
            }));
            sound.extend(vec![0; tenth]);
        }
        let (mut encoder, mut lookout, mut told) =
            (Encoder::new(coding), Lookout::default(), String::new());
        let mut sequence = 65_530u16;
        for (n, samples) in sound.chunks(tenth / 5).enumerate() {
            let mut body = Vec::new();
            encoder.encode(samples, &mut body).unwrap();
            let fate = fate(n);
            if fate == Fate::Suppressed && samples.iter().all(|sample| *sample == 0) {
                continue;
            }
            sequence = sequence.wrapping_add(1);
            let header = Header {
                marker: false,
                payload: 0,
                sequence,
                timestamp: n as u32 * coding.clock_hz() / 50,
                ssrc: 1,
            };
            let times = match fate {
                Fate::Comes | Fate::Suppressed => 1,
                Fate::Lost => 0,
                Fate::Twice => 2,
            };
            for _ in 0..times {
                lookout.hear(coding, &header, &body, |key| told.push(key.as_char()));
            }
        }
        told
    }
}

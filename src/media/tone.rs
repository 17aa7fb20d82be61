//! Tones as telephony spells them: frequencies with levels, and a cadence.
//!
//! ```text
//! 350@-19,440@-19;10(*/0/1+2)          the dial tone of the US for ten seconds
//! 480@-19,620@-19;10(.5/.5/1+2)        busy
//! 985@-16,1428@-16,1777@-16;20(.380/0/1,.380/0/2,.380/0/3,0/4/0)
//! f@dBm,…;SECONDS(ON/OFF/WHICH,…);…    * is for ever; WHICH adds frequencies by their place, 0 is none
//! ```

mod ringback;

use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use crate::media::frame::{Frame, samples_of};

/// The rate at which tones are made.
pub const RATE_HZ: u32 = 8_000;
/// Longest script, in bytes.
const LONGEST: usize = 1_000;
/// The longest time that a script may name; all else is for ever.
const LONGEST_S: f64 = 86_400.0;
/// The peak of a sine at 0 dBm: a digital sine of full scale is at 3.14 dBm (G.711).
const PEAK_AT_0_DBM: f64 = 32_767.0 * 0.696_6;

/// A tone to be made, by anybody who has a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToneScript(Arc<[Section]>);

/// A cadence that goes on for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    /// In samples; `None`: for ever.
    lasts: Option<u64>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// In samples; `None`: for ever.
    on: Option<u64>,
    off: Option<u64>,
    /// Hertz and peak.
    sines: Vec<(u32, u32)>,
}

impl ToneScript {
    /// What is wrong with it, in words, where it is none.
    pub fn parse(text: &str) -> Result<ToneScript, String> {
        if text.len() > LONGEST {
            return Err(format!("a tone script may have {LONGEST} bytes"));
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (tones, sections) = text
            .split_once(';')
            .ok_or("a tone script is FREQUENCY@LEVEL,…;SECONDS(ON/OFF/WHICH,…)")?;
        let tones = tones.split(',').map(tone).collect::<Result<Vec<_>, _>>()?;
        let sections = sections.split(';').filter(|section| !section.is_empty());
        let sections = sections
            .map(|text| section(text, &tones))
            .collect::<Result<Vec<_>, _>>()?;
        match sections.is_empty() {
            true => Err("the tone script has no cadence".to_string()),
            false => Ok(ToneScript(sections.into())),
        }
    }

    /// What a caller hears while it rings at the other end, by country (ISO 3166, as `GB`, in either case).
    pub fn ringback(country: &str) -> Option<ToneScript> {
        ToneScript::parse(ringback::of(country)?).ok()
    }

    /// `None`: for ever.
    pub fn duration(&self) -> Option<Duration> {
        let samples: Option<u64> = self.0.iter().map(|section| section.lasts).sum();
        samples.map(|samples| Duration::from_micros(samples * 1_000_000 / u64::from(RATE_HZ)))
    }
}

fn tone(text: &str) -> Result<(u32, u32), String> {
    let (hz, level) = text.split_once('@').unwrap_or((text, "-19"));
    let hz: f64 = hz
        .parse()
        .ok()
        .filter(|hz| (20.0..=3_900.0).contains(hz))
        .ok_or_else(|| format!("`{text}` names no frequency between 20 and 3900 Hz"))?;
    let level: f64 = level
        .parse()
        .ok()
        .filter(|level| (-80.0..=3.0).contains(level))
        .ok_or_else(|| format!("`{text}` names no level between -80 and 3 dBm"))?;
    let peak = PEAK_AT_0_DBM * 10f64.powf(level / 20.0);
    Ok((hz.round() as u32, peak.round() as u32))
}

fn section(text: &str, tones: &[(u32, u32)]) -> Result<Section, String> {
    let wrong = || format!("`{text}` is no SECONDS(ON/OFF/WHICH,…)");
    let (lasts, steps) = text.split_once('(').ok_or_else(wrong)?;
    let steps = steps.strip_suffix(')').ok_or_else(wrong)?;
    let lasts = samples(lasts).ok_or_else(wrong)?;
    let steps = steps
        .split(',')
        .map(|text| step(text, tones))
        .collect::<Result<Vec<_>, _>>()?;
    let nothing = |step: &Step| step.on == Some(0) && step.off == Some(0);
    match steps.iter().all(nothing) {
        true => Err(format!("`{text}` never begins")),
        false => Ok(Section { lasts, steps }),
    }
}

fn step(text: &str, tones: &[(u32, u32)]) -> Result<Step, String> {
    let wrong = || format!("`{text}` is no ON/OFF/WHICH");
    let mut parts = text.split('/');
    let (Some(on), Some(off), which, None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    let (on, off) = (
        samples(on).ok_or_else(wrong)?,
        samples(off).ok_or_else(wrong)?,
    );
    let mut sines = Vec::new();
    for place in which.unwrap_or("1").split('+') {
        let place: usize = place.parse().map_err(|_| wrong())?;
        if let Some(index) = place.checked_sub(1) {
            let tone = tones.get(index);
            sines.push(*tone.ok_or_else(|| format!("`{text}`: there is no tone {place}"))?);
        }
    }
    Ok(Step { on, off, sines })
}

/// `Some(None)` for `*`.
fn samples(seconds: &str) -> Option<Option<u64>> {
    if seconds == "*" {
        return Some(None);
    }
    let seconds: f64 = seconds.parse().ok()?;
    let fits = (0.0..=LONGEST_S).contains(&seconds);
    fits.then(|| Some((seconds * f64::from(RATE_HZ)).round() as u64))
}

/// A tone script that is being played.
#[derive(Clone, Debug)]
pub struct Tones {
    script: ToneScript,
    section: usize,
    /// Samples since the section began.
    at: u64,
    step: usize,
    /// Samples since the step began.
    in_step: u64,
}

impl Tones {
    pub fn new(script: ToneScript) -> Tones {
        Tones {
            script,
            section: 0,
            at: 0,
            step: 0,
            in_step: 0,
        }
    }

    /// Fills the frame up to 20 ms; less at the end, nothing after it.
    pub fn fill(&mut self, frame: &mut Frame) {
        while frame.len() < samples_of(RATE_HZ) {
            match self.next() {
                Some(sample) => frame.push(sample),
                None => return,
            }
        }
    }

    fn next(&mut self) -> Option<i16> {
        let section = loop {
            let section = self.script.0.get(self.section)?;
            if section.lasts.is_none_or(|lasts| self.at < lasts) {
                break section;
            }
            (self.section, self.at, self.step, self.in_step) = (self.section + 1, 0, 0, 0);
        };
        // Every round of the steps takes time, or the script would not have been read.
        let (step, sounds) = loop {
            let Some(step) = section.steps.get(self.step) else {
                self.step = 0;
                continue;
            };
            let sounds = step.on.is_none_or(|on| self.in_step < on);
            let ends = match (step.on, step.off) {
                (Some(on), Some(off)) => self.in_step >= on + off,
                (None, _) | (_, None) => false,
            };
            if !ends {
                break (step, sounds);
            }
            (self.step, self.in_step) = (self.step + 1, 0);
        };
        let sample = match sounds {
            true => sum(&step.sines, self.in_step),
            false => 0,
        };
        self.at += 1;
        self.in_step += 1;
        Some(sample)
    }
}

fn sum(sines: &[(u32, u32)], at: u64) -> i16 {
    // A whole second has whole periods of every tone, so the phase never drifts.
    let at = at % u64::from(RATE_HZ);
    let sines = sines.iter().map(|(hz, peak)| {
        let turns = (u64::from(*hz) * at) as f64 / f64::from(RATE_HZ);
        f64::from(*peak) * (turns.fract() * TAU).sin()
    });
    sines.sum::<f64>().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(script: &str, most: usize) -> Vec<i16> {
        let mut tones = Tones::new(ToneScript::parse(script).unwrap());
        let mut heard = Vec::new();
        let mut frame = Frame::empty(RATE_HZ);
        while heard.len() < most {
            frame.clear();
            tones.fill(&mut frame);
            heard.extend(frame.samples());
            if frame.len() < 160 {
                break;
            }
        }
        heard
    }

    #[test]
    fn a_cadence_sounds_and_pauses() {
        let heard = played("425@-10;1.01(.25/.25/1)", 100_000);
        assert_eq!(heard.len(), 8_080);
        let loud = |range: std::ops::Range<usize>| heard[range].iter().any(|s| *s > 5_000);
        assert!(loud(0..2_000) && !loud(2_000..4_000) && loud(4_000..6_000) && loud(8_000..8_080));
    }

    #[test]
    fn the_level_is_what_the_script_says() {
        let heard = played("1000@-10;1(*/0/1)", 8_000);
        let power = heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 8_000.0;
        // G.711: a digital sine of full scale.
        let full_scale_dbm = 314.0 / 100.0;
        let dbm = 10.0 * (power / (32_767f64.powi(2) / 2.0)).log10() + full_scale_dbm;
        assert!((dbm + 10.0).abs() < 0.1, "{dbm}");
    }

    #[test]
    fn a_section_follows_the_other_and_silence_is_a_tone_too() {
        let script = "985@-16,1428@-16;0.5(.1/0/1,.1/0/2);0.25(0/4/0)";
        assert_eq!(played(script, 100_000).len(), 6_000);
        assert!(played(script, 100_000)[4_000..].iter().all(|s| *s == 0));
        let duration = ToneScript::parse(script).unwrap().duration();
        assert_eq!(duration, Some(Duration::from_millis(750)));
        assert_eq!(ToneScript::ringback("US").unwrap().duration(), None);
    }

    #[test]
    fn what_is_no_tone_script_is_refused_in_words() {
        for (script, why) in [
            ("", "a tone script is"),
            ("425@-10", "a tone script is"),
            ("1@-10;*(1/1/1)", "no frequency"),
            ("425@99;*(1/1/1)", "no level"),
            ("425;*(1/1/2)", "there is no tone 2"),
            ("425;*(0/0/1)", "never begins"),
            ("425;1(1/1/1", "is no SECONDS"),
            ("425;NaN(1/1/1)", "is no SECONDS"),
            ("425;1(1/1/1/1)", "is no ON/OFF/WHICH"),
            ("425;", "no cadence"),
        ] {
            let told = ToneScript::parse(script).unwrap_err();
            assert!(told.contains(why), "{script}: {told}");
        }
    }
}

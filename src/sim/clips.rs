//! Sound from outside in a simulation: what somebody has put there, and silence for what is said.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::media::{Clip, measure};
use crate::script::unit::Source;

/// How long a character takes to say.
const A_CHARACTER: Duration = Duration::from_millis(60);

/// VoxEngine's number, as in the shell.
const LONGEST_TEXT: usize = 1500;

/// A sine of this pitch.
pub fn tone(hz: u32, duration: Duration) -> Clip {
    const RATE_HZ: u32 = 16_000;
    let step = 2.0 * std::f64::consts::PI * f64::from(hz) / f64::from(RATE_HZ);
    let count = duration.as_millis() as u64 * u64::from(RATE_HZ) / 1000;
    let one = |n: u64| (8000.0 * (step * n as f64).sin()) as i16;
    let samples: Vec<i16> = (0..count).map(one).collect();
    Clip::new(RATE_HZ, samples).expect("media takes 16 kHz")
}

/// Something like speech, as phones say it, in a voice of its own.
pub fn speech(duration: Duration) -> Clip {
    const SEED: u64 = 7;
    let samples = measure::speech(measure::SPEECH_HZ, SEED, duration.as_secs_f64());
    Clip::new(measure::SPEECH_HZ, samples).expect("media takes 16 kHz")
}

/// The clip of a source: by its URL or its name.
pub fn bring(clips: &BTreeMap<String, Clip>, source: &Source) -> Result<Clip, String> {
    let there = |name: &str| clips.get(name).cloned();
    match source {
        Source::Url(request) => there(&request.url).ok_or_else(|| {
            let url = &request.url;
            format!("{url}: there is no such clip in this simulation")
        }),
        Source::File(name) => {
            there(name).ok_or_else(|| format!("{name}: there is no such file in the media folder"))
        }
        Source::Said(said) => match said.text.chars().count() {
            n if n > LONGEST_TEXT => {
                Err(format!("the text is longer than {LONGEST_TEXT} characters"))
            }
            count => {
                Ok(there(&said.text).unwrap_or_else(|| Clip::silence(A_CHARACTER * count as u32)))
            }
        },
    }
}

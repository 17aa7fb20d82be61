//! Who has picked up, by how a greeting goes: people say a word or two and wait, machines speak on and then beep. No
//! words are understood, and nothing was trained: the confidence is that of the rule, not a probability that anybody
//! has measured.
//!
//! ```text
//! Waiting ──voice──▶ Greeting ──800 ms of silence──▶ short? human · long? machine · between? wait on
//!                       └── speaks for seconds ──▶ machine           a beep, fax or SIT ──▶ machine
//! ```

use serde::{Deserialize, Serialize};

use super::beep::{Steady, is_beep};
use super::progress::{Progress, Tone};
use super::sight::Sight;
use super::speech::Detector;
use super::ticks;

/// So long after the greeting nothing is said by whoever waits for us.
const LISTENS: u32 = ticks(800);
/// The tones of fax machines: calling (T.30 CNG) and called (CED), in Hz.
const FAX: [std::ops::RangeInclusive<f32>; 2] = [1_080.0..=1_120.0, 2_080.0..=2_120.0];
/// The least that such a tone lasts.
const FAX_LASTS: u32 = ticks(380);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// In milliseconds from now; `None`: it is not to be told before this is asked again.
    pub timeout_ms: Option<u32>,
    /// How sure it must be, 0 to 100.
    pub human: u8,
    pub machine: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    Human,
    Machine,
    /// The time was over before it was known.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub who: Who,
    /// 0 to 100.
    pub confidence: u8,
}

/// Listens until it knows.
#[derive(Debug)]
pub struct Judge {
    party: Party,
    waited: u32,
    voice: Detector,
    speaks: bool,
    /// Ticks in which the greeting was spoken, with the pauses that are too short to be its end.
    greeting: u32,
    /// Since the greeting; counted from the first word on.
    silence: u32,
    steady: Steady,
    tones: Progress,
}

impl Judge {
    pub fn new(party: Party) -> Judge {
        Judge {
            party,
            waited: 0,
            voice: Detector::default(),
            speaks: false,
            greeting: 0,
            silence: 0,
            steady: Steady::default(),
            tones: Progress::default(),
        }
    }

    /// What was heard counts on; the time begins now.
    pub fn ask_again(&mut self, party: Party) {
        self.party = party;
        self.waited = 0;
    }

    pub fn hear(&mut self, sight: &Sight) -> Option<Verdict> {
        self.waited = self.waited.saturating_add(1);
        if let Some(verdict) = self.machine_by_tone(sight) {
            return Some(verdict);
        }
        self.note(sight);
        let greeting_ms = self.greeting * super::TICK_MS;
        if self.silence >= LISTENS {
            let sure = human(greeting_ms, self.silence * super::TICK_MS);
            if sure >= self.party.human {
                return Some(verdict(Who::Human, sure));
            }
        }
        let sure = machine(greeting_ms);
        if sure >= self.party.machine {
            return Some(verdict(Who::Machine, sure));
        }
        let late = self
            .party
            .timeout_ms
            .is_some_and(|ms| self.waited >= ticks(ms));
        late.then_some(verdict(Who::Unknown, 0))
    }

    fn note(&mut self, sight: &Sight) {
        if let Some(speaks) = self.voice.hear(sight.voice_dbfs()) {
            self.speaks = speaks;
            // The end is known late: those ticks were silent.
            if !speaks {
                self.silence = ticks(400);
                self.greeting = self.greeting.saturating_sub(self.silence);
            }
        }
        match (self.speaks, self.greeting) {
            (true, 0) => self.greeting = ticks(60),
            (true, _) => {
                if self.silence > 0 && self.silence < LISTENS {
                    self.greeting += self.silence;
                }
                self.greeting += 1;
                self.silence = 0;
            }
            (false, 0) => {}
            (false, _) => self.silence += 1,
        }
    }

    fn machine_by_tone(&mut self, sight: &Sight) -> Option<Verdict> {
        let beep = self.steady.hear(sight.kind);
        match self.tones.hear(sight) {
            // It still rings, or the line is not through: nothing was said yet.
            Some(Tone::Dial | Tone::Ringback | Tone::Busy | Tone::Congestion) => {
                let (party, waited) = (self.party, self.waited);
                *self = Judge {
                    waited,
                    ..Judge::new(party)
                };
                return None;
            }
            Some(Tone::Special) => return Some(verdict(Who::Machine, 80)),
            Some(Tone::Voicemail) => return Some(verdict(Who::Machine, 95)),
            None => {}
        }
        let (hz, lasts) = beep?;
        if lasts >= FAX_LASTS && FAX.iter().any(|range| range.contains(&hz)) {
            return Some(verdict(Who::Machine, 80));
        }
        let counts = is_beep(hz, lasts) && lasts >= ticks(160) && !self.tones.may_be_special();
        counts.then(|| verdict(Who::Machine, 85))
    }
}

/// How sure a greeting of so long with so much silence after it is a human's: half a second nine in ten, a second and a
/// half seven in ten, and more the longer nothing follows.
fn human(greeting_ms: u32, silence_ms: u32) -> u8 {
    let base = 95.0 - 0.025 * (greeting_ms as f32 - 500.0);
    let waits = 0.01 * (silence_ms as f32 - 800.0).clamp(0.0, 1_500.0);
    (base.clamp(20.0, 90.0) + waits).min(95.0) as u8
}

/// How sure somebody who speaks for so long without waiting is a machine: three seconds six in ten, six seconds nine.
fn machine(greeting_ms: u32) -> u8 {
    (60.0 + 0.01 * (greeting_ms as f32 - 3_000.0)).clamp(0.0, 90.0) as u8
}

fn verdict(who: Who, confidence: u8) -> Verdict {
    Verdict { who, confidence }
}

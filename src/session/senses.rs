//! What is listened for in what a call's far end says: the script's wishes go to the sound, and what was heard comes to
//! the script as events of the call.

use super::{Sent, Session};
use crate::base::CallId;
use crate::call::Phase;
use crate::media;
use crate::media::detect::{Beep, Found, Heard, Party, Tone, Verdict, Who, Wish};
use crate::script::command::Detection;
use crate::script::event::CallNews;

/// What a script has asked for of one call.
#[derive(Debug, Default)]
pub(super) struct Senses {
    voice: bool,
    /// Said once in a call.
    tone_told: bool,
    tones: bool,
    beep: Option<Beep>,
    party: Option<Asked>,
}

/// Who has picked up?
#[derive(Clone, Copy, Debug)]
struct Asked {
    timeout_ms: u32,
    human: u8,
    machine: u8,
    /// The sound is listened to.
    begun: bool,
}

impl Asked {
    /// Before the call is connected no time runs.
    fn wish(self, connected: bool) -> Wish {
        Wish::Party(Some(Party {
            timeout_ms: connected.then_some(self.timeout_ms),
            human: self.human,
            machine: self.machine,
        }))
    }
}

impl Session {
    pub(super) fn detect(&mut self, call: CallId, what: Detection) {
        let Some(talk) = self.calls.get_mut(&call) else {
            if let Detection::Party { .. } = what {
                // It was never placed, or is over already.
                self.tell_senses(call, ended());
            }
            return;
        };
        match what {
            Detection::Voice(on) => {
                talk.senses.voice = on;
                self.sense(call, Wish::Voice(on));
            }
            Detection::Beep { .. } if talk.senses.beep.is_some() => {
                let reason = "a beep is waited for already".to_string();
                self.tell_senses(call, CallNews::BeepDetectionError { reason });
            }
            Detection::Beep {
                frequencies,
                timeout_ms,
            } => {
                let beep = Beep {
                    frequencies,
                    timeout_ms,
                };
                talk.senses.beep = Some(beep.clone());
                self.sense(call, Wish::Beep(Some(beep)));
            }
            Detection::NoBeep => {
                if talk.senses.beep.take().is_some() {
                    self.sense(call, Wish::Beep(None));
                    let (frequency, timeout) = (None, Some(false));
                    self.tell_senses(call, CallNews::BeepDetectionComplete { frequency, timeout });
                }
            }
            Detection::Party {
                timeout_ms,
                human,
                machine,
            } => {
                talk.senses.party = Some(Asked {
                    timeout_ms,
                    human,
                    machine,
                    begun: false,
                });
                if talk.call.phase() == Phase::Connected {
                    self.ask_who(call, true);
                }
            }
        }
    }

    /// The call has sound from now on: that of whoever rings, or of whoever has answered.
    pub(super) fn has_sound(&mut self, call: CallId, connected: bool) {
        self.ask_who(call, connected);
        self.look_for_tones(call);
    }

    /// Tones are listened for in connected calls, while the script listens to them, until one has come.
    pub(super) fn look_for_tones(&mut self, call: CallId) {
        let listens = self.listens(call, "ToneDetected");
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let connected = talk.call.phase() == Phase::Connected;
        let wanted = connected && listens && !talk.senses.tone_told;
        if std::mem::replace(&mut talk.senses.tones, wanted) != wanted {
            self.sense(call, Wish::Tones(wanted));
        }
    }

    /// The call's sound is another leg's now.
    pub(super) fn sense_anew(&mut self, call: CallId) {
        let Some(talk) = self.calls.get(&call) else {
            return;
        };
        let senses = &talk.senses;
        let connected = talk.call.phase() == Phase::Connected;
        let party = senses.party.filter(|party| party.begun);
        let wishes = [
            Wish::Voice(senses.voice),
            Wish::Tones(senses.tones),
            Wish::Beep(senses.beep.clone()),
            party.map_or(Wish::Party(None), |party| party.wish(connected)),
        ];
        for wish in wishes {
            self.sense(call, wish);
        }
    }

    pub(super) fn sensed(&mut self, call: CallId, found: Found) {
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let senses = &mut talk.senses;
        let news = match found {
            Found::Voice { active } if senses.voice => CallNews::MicStatusChange { active },
            Found::Tone(tone) if senses.tones => {
                (senses.tones, senses.tone_told) = (false, true);
                let tone = name_of(tone).to_string();
                CallNews::ToneDetected { tone }
            }
            Found::Beep(heard) if senses.beep.take().is_some() => match heard {
                Heard::Beep { hz } => CallNews::BeepDetectionComplete {
                    frequency: Some(hz),
                    timeout: None,
                },
                Heard::TooLate => CallNews::BeepDetectionComplete {
                    frequency: None,
                    timeout: Some(true),
                },
            },
            Found::Party(verdict) => return self.told_who(call, verdict),
            // Said of what nobody wants any more.
            Found::Voice { .. } | Found::Tone(_) | Found::Beep(_) => return,
        };
        self.tell_senses(call, news);
    }

    /// The call ends: whoever waits for the verdict gets it before the end is told.
    pub(super) fn senses_end(&mut self, call: CallId) {
        let talk = self.calls.get_mut(&call);
        if let Some(asked) = talk.and_then(|talk| talk.senses.party.take()) {
            self.tell_senses(call, ended());
            if asked.begun {
                self.tell_senses(call, CallNews::AudioIdentificationStopped);
            }
        }
    }

    fn ask_who(&mut self, call: CallId, connected: bool) {
        let talk = self.calls.get_mut(&call);
        let Some(asked) = talk.and_then(|talk| talk.senses.party.as_mut()) else {
            return;
        };
        let begins = !std::mem::replace(&mut asked.begun, true);
        let wish = asked.wish(connected);
        self.sense(call, wish);
        if begins {
            self.tell_senses(call, CallNews::AudioIdentificationStarted);
        }
    }

    fn told_who(&mut self, call: CallId, verdict: Verdict) {
        let talk = self.calls.get_mut(&call);
        if talk.and_then(|talk| talk.senses.party.take()).is_none() {
            return;
        }
        let class = match verdict.who {
            Who::Human => "HUMAN",
            Who::Machine => "VOICEMAIL",
            Who::Unknown => "TIMEOUT",
        };
        let news = CallNews::AudioIdentificationResult {
            class: class.to_string(),
            confidence: verdict.confidence,
        };
        self.tell_senses(call, news);
        self.tell_senses(call, CallNews::AudioIdentificationStopped);
    }

    fn sense(&mut self, call: CallId, wish: Wish) {
        if let Some(talk) = self.calls.get(&call) {
            let leg = talk.call.sound;
            self.sound(media::Command::Detect { leg, wish });
        }
    }

    fn tell_senses(&mut self, call: CallId, news: CallNews) {
        let talk = self.calls.get(&call);
        let phase = talk.map_or(Phase::Terminated, |talk| talk.call.phase());
        self.tell_call(call, phase, news, Sent::Plain);
    }
}

fn ended() -> CallNews {
    CallNews::AudioIdentificationResult {
        class: "CALL_ENDED".to_string(),
        confidence: 0,
    }
}

fn name_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Dial => "dial",
        Tone::Ringback => "ringback",
        Tone::Busy => "busy",
        Tone::Congestion => "congestion",
        Tone::Special => "special",
        Tone::Voicemail => "voicemail",
    }
}

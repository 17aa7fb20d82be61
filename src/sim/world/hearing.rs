//! Who hears whom and what, and which keys are pressed: what a story asks of the sound.

use super::World;
use crate::media::dtmf::Stroke;
use crate::sim::ears::Ears;
use crate::sim::phone::{Line, Phone, Voice};

impl World {
    /// Whether a call of `listener` gets the sound of a call of `speaker`.
    pub fn hears(&self, listener: &str, speaker: &str) -> bool {
        let speakers: Vec<Voice> = self.voices(speaker).collect();
        let hears = |own: Voice| speakers.iter().any(|voice| self.reaches(&own, voice));
        listener != speaker && self.voices(listener).any(hears)
    }

    /// Whether a call of `listener` hears a tone of this frequency, of the switchboard's own making.
    pub fn hears_tone(&self, listener: &str, hz: u32) -> bool {
        let mut voices = self.voices(listener).filter(|voice| voice.receives);
        voices.any(|voice| self.tapes.has_tone(voice.own, hz, self.now.at))
    }

    /// Whether a call of `listener` hears anything of the switchboard's own making.
    pub fn hears_sound(&self, listener: &str) -> bool {
        let mut voices = self.voices(listener).filter(|voice| voice.receives);
        voices.any(|voice| self.tapes.sounds(voice.own, self.now.at))
    }

    /// The keys that came to the calls of `listener` as telephone-events.
    pub fn keys_of(&self, listener: &str) -> String {
        let voices = self.voices(listener);
        voices
            .map(|voice| self.fingers.heard(voice.own).to_string())
            .collect()
    }

    /// The phone presses keys, on each of its calls that takes telephone-events. Returns on how many.
    pub fn press(&mut self, phone: &str, strokes: &[Stroke]) -> usize {
        let voices: Vec<Voice> = self.voices(phone).collect();
        let mut calls = 0;
        for voice in voices {
            if let Some((leg, events)) = self.sound.events_of(&voice) {
                self.fingers
                    .press(leg, voice.own, &events, strokes, self.now.at);
                calls += 1;
            }
        }
        calls
    }

    /// Whether what `speaker` says arrives at `listener`, over the switchboard or past it.
    pub(super) fn reaches(&self, listener: &Voice, speaker: &Voice) -> bool {
        let directly = listener.peer == Some(speaker.own)
            && speaker.peer == Some(listener.own)
            && (speaker.sends && listener.receives);
        directly || self.sound.hears(listener, speaker)
    }

    /// The phones whose sound `listener` gets on one of its calls.
    pub fn heard_by(&self, listener: &str) -> Vec<&str> {
        let names = self.phones.keys().map(String::as_str);
        names
            .filter(|speaker| self.hears(listener, speaker))
            .collect()
    }

    /// The calls that are up and get no phone's sound, as phone and peer.
    pub fn silent_calls(&self) -> Vec<String> {
        let lines = || {
            let phones = self.phones.values();
            phones.flat_map(|phone| phone.lines().map(move |line| (phone, line)))
        };
        let voices: Vec<_> = lines().filter_map(|(_, line)| line.voice()).collect();
        let is_silent = |line: &Line| {
            let own = line.voice().filter(|_| line.is_talking());
            own.is_some_and(|own| !voices.iter().any(|voice| self.reaches(&own, voice)))
        };
        let silent = lines().filter(|(_, line)| is_silent(line));
        silent
            .map(|(phone, line)| format!("{}'s call with {}", phone.owner().name, line.peer))
            .collect()
    }

    /// Who has heard nobody for longer than it should take to hear somebody else.
    pub fn ears(&self) -> &Ears {
        &self.ears
    }

    /// The sound of every call of a phone.
    pub(super) fn voices(&self, phone: &str) -> impl Iterator<Item = Voice> {
        let lines = self.phones.get(phone).into_iter().flat_map(Phone::lines);
        lines.filter_map(Line::voice)
    }
}

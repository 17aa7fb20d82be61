//! Who hears whom and what, and which keys are pressed: what a story asks of the sound.

use std::net::SocketAddr;
use std::time::Duration;

use super::World;
use crate::base::LegId;
use crate::media::dtmf::Stroke;
use crate::media::measure::Likeness;
use crate::sim::disk::{Recording, Side};
use crate::sim::ears::Ears;
use crate::sim::phone::{Line, Phone, Voice};
use crate::sim::tape::{Original, Track};

/// How much is said, and made, at a time.
const TICK: Duration = Duration::from_millis(20);

impl World {
    /// Whether a call of `listener` gets the sound of a call of `speaker`.
    pub fn hears(&self, listener: &str, speaker: &str) -> bool {
        let speakers: Vec<Voice> = self.voices(speaker).collect();
        let hears = |own: Voice| speakers.iter().any(|voice| self.reaches(&own, voice));
        listener != speaker && self.voices(listener).any(hears)
    }

    /// How loud a tone of this frequency is that a call of `listener` hears, in dBFS: made by the switchboard, or said by a
    /// phone. `None` where it hears none.
    pub fn hears_tone(&self, listener: &str, hz: u32) -> Option<f64> {
        let mut tones = self.ears_of(listener);
        tones.find_map(|own| self.tapes.tone(own, hz, self.now.at))
    }

    /// The texts that a server for sockets has got, and the starts of streams.
    pub fn socket_texts(&self, server: &str) -> Vec<String> {
        let sockets = self.outside.sockets_there();
        let number = sockets.named(server);
        let texts = number.map(|number| [sockets.texts(number), sockets.starts(number)].concat());
        texts.unwrap_or_default()
    }

    /// What is kept of the newest connection of a server for sockets: its trace, and its figures as JSON.
    pub fn socket_kept(&self, server: &str) -> Option<(&str, &str)> {
        let sockets = self.outside.sockets_there();
        sockets.kept(sockets.named(server)?)
    }

    /// How loud a tone of this frequency is that a server for sockets hears, in dBFS, and all that it hears.
    pub fn socket_tone(&self, server: &str, hz: u32) -> (Option<f64>, String) {
        let sockets = self.outside.sockets_there();
        match sockets.named(server) {
            Some(number) => {
                let tone = sockets.tone(number, hz, self.now.at);
                (tone, sockets.tones(number, self.now.at))
            }
            None => (None, "nothing: there is no such server".to_string()),
        }
    }

    /// The frequencies that `listener` hears, as a report tells them.
    pub fn tones_of(&self, listener: &str) -> String {
        let peaks = self.ears_of(listener);
        let peaks = peaks.flat_map(|own| self.tapes.tones(own, self.now.at));
        let peaks = peaks.map(|peak| format!("{:.0} Hz at {:.0} dB", peak.hz, peak.dbfs));
        let peaks: Vec<_> = peaks.take(6).collect();
        match peaks.is_empty() {
            true => "silence".to_string(),
            false => peaks.join(", "),
        }
    }

    /// Whether a call of `listener` hears any sound that was made or said, and not only by identity.
    pub fn hears_sound(&self, listener: &str) -> bool {
        let mut voices = self.ears_of(listener);
        voices.any(|own| self.tapes.sounds(own, self.now.at))
    }

    /// How like what a call of `listener` hears is to the original; `None` where either is silent.
    pub fn likeness(&self, listener: &str, original: &Original) -> Option<Likeness> {
        let original = self.original(original)?;
        let heard = self.ears_of(listener);
        let heard = heard.filter_map(|own| self.tapes.heard(own, self.now.at));
        let found = heard.filter_map(|heard| heard.liken(&original));
        found.max_by(|a, b| a.correlation.total_cmp(&b.correlation))
    }

    /// How like the latest of a recording is to the original, which takes it up to 20 ms to hold; `None` where either is
    /// silent.
    pub fn recorded_likeness(
        &self,
        recording: &Recording,
        side: Side,
        original: &Original,
    ) -> Option<Likeness> {
        let sound = match side {
            Side::Right => recording.right.as_deref()?,
            Side::Left | Side::Either => &recording.left,
        };
        let recorded = Track::ending(recording.rate_hz, sound, self.now.at);
        recorded.liken(&self.original(original)?)
    }

    fn original(&self, original: &Original) -> Option<Track> {
        match original {
            Original::Phone(name) => self.tapes.said(name, self.now.at).cloned(),
            Original::Clip { name, since } => {
                let clip = self.clips.get(name)?;
                // On a tape 20 ms end with the moment at which they are said.
                let start = (self.start + *since).checked_sub(TICK)?;
                Some(Track::beginning(clip.rate_hz(), clip.samples(), start))
            }
        }
    }

    fn ears_of(&self, listener: &str) -> impl Iterator<Item = SocketAddr> {
        let voices = self.voices(listener).filter(|voice| voice.receives);
        voices.map(|voice| voice.own)
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

    /// The phone presses keys on one of its calls. `false`: that takes no telephone-events.
    pub fn press_on(&mut self, phone: &str, leg: LegId, strokes: &[Stroke]) -> bool {
        let takes = self
            .voice_of(phone, leg)
            .and_then(|voice| Some((self.sound.events_of(&voice)?, voice)));
        let Some(((leg, events), voice)) = takes else {
            return false;
        };
        self.fingers
            .press(leg, voice.own, &events, strokes, self.now.at);
        true
    }

    /// Whether keys are still pressed on one of its calls.
    pub fn is_pressing(&self, phone: &str, leg: LegId) -> bool {
        let voice = self.voice_of(phone, leg);
        let own = voice.and_then(|voice| self.sound.events_of(&voice));
        own.is_some_and(|(leg, _)| self.fingers.is_pressing(leg))
    }

    fn voice_of(&self, phone: &str, leg: LegId) -> Option<Voice> {
        let mut lines = self.phones.get(phone)?.lines();
        lines.find(|line| line.leg == leg)?.voice()
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

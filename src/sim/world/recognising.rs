//! Speech that is recognised: utterances are cut out of what units hear by the very media room; what they are says the
//! test.

use super::{SERVER_NAME, World};
use crate::base::SoundId;
use crate::script::asr::{NewAsr, Recognised};

impl World {
    /// A recogniser is to listen to a unit.
    pub(super) fn recognise(&mut self, unit: SoundId, asr: NewAsr) {
        let greeting = self.outside.recogniser().greet();
        self.asked_to_recognise.insert(unit, asr.place);
        self.board.handle_recognised(unit, greeting, self.now);
    }

    /// An utterance of a unit is over.
    pub(super) fn recognise_utterance(&mut self, unit: SoundId) {
        if let Some(place) = self.asked_to_recognise.get(&unit).cloned() {
            self.outside.recognise(unit, place, self.now.at);
        }
    }

    pub(super) fn recognised(&mut self, unit: SoundId, recognised: Recognised) {
        self.note(SERVER_NAME, &said(&recognised));
        self.board.handle_recognised(unit, recognised, self.now);
    }
}

fn said(recognised: &Recognised) -> String {
    match recognised {
        Recognised::Ready { .. } => "a recogniser is there".to_string(),
        Recognised::Interim { text } => format!("recognises so far: {text}"),
        Recognised::Text {
            text, confidence, ..
        } => format!("recognises with {confidence}: {text}"),
        Recognised::Nobody { why } | Recognised::Fault { why } => {
            format!("recognises nothing: {why}")
        }
    }
}

//! How long each call of a phone is without sound, from the first that it heard on: a transfer may cost the
//! survivors a moment and no more.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::base::LegId;

/// A call of a phone: whose, and which.
type Line = (String, LegId);

/// What a call that is up hears now.
#[derive(Clone, Debug)]
pub struct Heard {
    pub line: Line,
    /// It should hear somebody: neither end holds it, and its phone has not given it away.
    pub waits: bool,
    pub sends: bool,
    /// Whose sound it gets.
    pub speaker: Option<Line>,
}

/// Everybody's ears.
#[derive(Debug, Default)]
pub struct Ears {
    lines: BTreeMap<Line, Ear>,
    /// The longest time for which a call heard nobody though the one it had heard before was still there.
    deserted: BTreeMap<Line, (Line, Duration)>,
}

#[derive(Debug)]
struct Ear {
    last: Line,
    /// `None` while it hears somebody.
    silent_since: Option<Instant>,
}

impl Ears {
    /// What all calls hear that are up at this moment.
    pub fn listen(&mut self, now: Instant, calls: &[Heard]) {
        let is_there = |line: &Line| calls.iter().any(|call| call.line == *line && call.sends);
        for (line, ear) in &self.lines {
            let Some(since) = ear.silent_since else {
                continue;
            };
            let told = (ear.last.clone(), now.duration_since(since));
            let longest = self.deserted.entry(line.clone()).or_insert(told.clone());
            if told.1 > longest.1 {
                *longest = told;
            }
        }
        self.lines
            .retain(|line, _| calls.iter().any(|call| call.line == *line));
        for call in calls {
            let Some(ear) = self.lines.get_mut(&call.line) else {
                if let Some(last) = call.speaker.clone() {
                    let ear = Ear {
                        last,
                        silent_since: None,
                    };
                    self.lines.insert(call.line.clone(), ear);
                }
                continue;
            };
            match &call.speaker {
                Some(speaker) => {
                    ear.last = speaker.clone();
                    ear.silent_since = None;
                }
                None if !call.waits || !is_there(&ear.last) => ear.silent_since = None,
                None => {
                    ear.silent_since.get_or_insert(now);
                }
            }
        }
    }

    /// The calls that were without sound for longer, though the one they had heard before was still there: the
    /// phone of each, and a sentence.
    pub fn deserted_for(&self, longer_than: Duration) -> impl Iterator<Item = (&str, String)> {
        let calls = self.deserted.iter();
        let long = calls.filter(move |(_, (_, silence))| *silence > longer_than);
        long.map(|((phone, _), ((other, _), silence))| {
            let said =
                format!("{phone} hears nobody for {silence:?}, though {other} is still there");
            (phone.as_str(), said)
        })
    }
}

//! Who understands speech in a world: it hears nothing, and says what it was told to say, one thing for each utterance.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::base::SoundId;
use crate::script::asr::Recognised;

/// How long it takes that was not told otherwise.
pub const USUAL: Duration = Duration::from_millis(200);

/// The recogniser of a world.
#[derive(Debug, Default)]
pub struct Recogniser {
    says: VecDeque<(Recognised, Duration)>,
    is_absent: bool,
    /// When the last of each unit is said.
    last: BTreeMap<SoundId, Instant>,
}

impl Recogniser {
    /// Of the next utterance that nothing is said of yet, so long after its end.
    pub fn add(&mut self, recognised: Recognised, after: Duration) {
        self.says.push_back((recognised, after));
    }

    /// There is none, as where the setting names none.
    pub fn be_absent(&mut self) {
        self.is_absent = true;
    }

    /// What it says of an utterance that is over, and after how long.
    pub fn answer(&mut self) -> Option<(Recognised, Duration)> {
        self.says.pop_front()
    }

    /// When it says it: of one unit in the order in which it was spoken.
    pub fn when(&mut self, unit: SoundId, at: Instant) -> Instant {
        let last = self.last.entry(unit).or_insert(at);
        *last = at.max(*last);
        *last
    }

    /// What it says first.
    pub fn greet(&self) -> Recognised {
        match self.is_absent {
            true => Recognised::Nobody {
                why: "there is nobody who recognises speech in this simulation".to_string(),
            },
            false => Recognised::Ready {
                ignored: Vec::new(),
                streams: false,
            },
        }
    }
}

//! Recognisers: a cutter in the media room finds the utterances, somebody outside says what they are.
//!
//! ```text
//!  Ready ──speech begins──▶ CaptureStarted ──it ends──▶ SpeechCaptured ─ ─▸ Result, or ASRError
//!  stop() at any time ──▶ forgotten: Stopped; what is still on its way is nobody's
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use super::{Kind, Owner, Unit};
use crate::base::{Now, UnitId};
use crate::media::unit::cutter;
use crate::script::asr::{AsrNews, AsrOrder, NewAsr, Recognised};
use crate::script::command::Level;
use crate::script::unit::UnitNews;
use crate::session::{Effect, Session};

/// Utterances that wait for their text, and texts that wait for the end of their utterance: whoever recognises has
/// fewer.
const MOST_WAITING: usize = 256;

/// A recogniser as its story goes.
#[derive(Debug, Default)]
pub struct Asr {
    /// When the utterances that have no text yet ended, since it listens.
    ends: VecDeque<Duration>,
    /// What has overtaken the end of its utterance on its way: the sound and its news go by different threads.
    early: VecDeque<Recognised>,
    /// All speech so far.
    heard: Duration,
    /// Who recognises finds the utterances itself.
    streams: bool,
}

impl Session {
    pub(super) fn create_asr(&mut self, id: UnitId, new: NewAsr) {
        let kind = Kind::Asr(Asr::default());
        let owner = Owner::Script;
        self.units.live.insert(id, Unit { owner, kind });
        self.effects.push_back(Effect::Recognise {
            unit: id,
            asr: Box::new(new),
        });
    }

    pub(super) fn steer_asr(&mut self, id: UnitId, order: AsrOrder) {
        let Some(heard) = self.asr(id).map(|asr| asr.heard) else {
            return;
        };
        match order {
            AsrOrder::Stop => {
                let duration_s = seconds(heard);
                self.tell_asr(id, AsrNews::Stopped { duration_s });
                self.drop_unit(id);
            }
        }
    }

    /// What the recogniser outside says.
    pub fn handle_recognised(&mut self, id: UnitId, recognised: Recognised, now: Now) {
        let Some(asr) = self.asr(id) else { return };
        match recognised {
            Recognised::Ready { ignored, streams } => {
                asr.streams = streams;
                if !ignored.is_empty() {
                    let ignored = ignored.join(", ");
                    let told = format!("createASR: {ignored}: the recogniser is not told of it");
                    self.log(Level::Warning, told);
                }
                self.tell_asr(id, AsrNews::Started);
            }
            Recognised::Nobody { why } => self.tell_asr(id, AsrNews::Error { error: why }),
            Recognised::Interim { text } => self.tell_asr(id, AsrNews::InterimResult { text }),
            Recognised::Text { .. } | Recognised::Fault { .. } if asr.streams => {
                self.tell_understood(id, recognised, None);
            }
            Recognised::Text { .. } | Recognised::Fault { .. } => match asr.ends.pop_front() {
                Some(end) => self.tell_understood(id, recognised, Some(end)),
                None if asr.early.len() < MOST_WAITING => asr.early.push_back(recognised),
                // Nobody says so much of what was not spoken.
                None => {}
            },
        }
        self.look_after(now);
    }

    /// What became of an utterance.
    fn tell_understood(&mut self, id: UnitId, recognised: Recognised, end: Option<Duration>) {
        let news = match recognised {
            Recognised::Text {
                text,
                confidence,
                language,
            } => AsrNews::Result {
                text,
                confidence,
                end_s: end.map(seconds),
                language,
            },
            Recognised::Fault { why } => AsrNews::Error { error: why },
            // Of no utterance.
            Recognised::Ready { .. } | Recognised::Nobody { .. } | Recognised::Interim { .. } => {
                return;
            }
        };
        self.tell_asr(id, news);
    }

    pub(super) fn hear_cutter(&mut self, id: UnitId, news: cutter::News) {
        let Some(asr) = self.asr(id) else { return };
        match news {
            cutter::News::Began => self.tell_asr(id, AsrNews::CaptureStarted),
            cutter::News::Ended { ms, at_ms } => {
                asr.heard += Duration::from_millis(ms);
                let end = Duration::from_millis(at_ms);
                let early = asr.early.pop_front();
                if early.is_none() && asr.ends.len() < MOST_WAITING && !asr.streams {
                    asr.ends.push_back(end);
                }
                self.tell_asr(id, AsrNews::SpeechCaptured);
                if let Some(early) = early {
                    self.tell_understood(id, early, Some(end));
                }
            }
        }
    }

    fn asr(&mut self, id: UnitId) -> Option<&mut Asr> {
        match &mut self.units.live.get_mut(&id)?.kind {
            Kind::Asr(asr) => Some(asr),
            _ => None,
        }
    }

    fn tell_asr(&mut self, id: UnitId, news: AsrNews) {
        self.tell_unit(id, UnitNews::Asr(news));
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_millis() as f64 / 1000.0
}

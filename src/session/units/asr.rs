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

/// Utterances that wait for their text; of more of them nobody knows when they ended.
const MOST_WAITING: usize = 64;

/// A recogniser as its story goes.
#[derive(Debug, Default)]
pub struct Asr {
    /// When the utterances that have no text yet ended, since it listens.
    ends: VecDeque<Duration>,
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
            Recognised::Text {
                text,
                confidence,
                language,
            } => {
                let end_s = asr.ends.pop_front().map(seconds);
                let news = AsrNews::Result {
                    text,
                    confidence,
                    end_s,
                    language,
                };
                self.tell_asr(id, news);
            }
            Recognised::Fault { why } => {
                asr.ends.pop_front();
                self.tell_asr(id, AsrNews::Error { error: why });
            }
        }
        self.look_after(now);
    }

    pub(super) fn hear_cutter(&mut self, id: UnitId, news: cutter::News) {
        let Some(asr) = self.asr(id) else { return };
        match news {
            cutter::News::Began => self.tell_asr(id, AsrNews::CaptureStarted),
            cutter::News::Ended { ms, at_ms } => {
                asr.heard += Duration::from_millis(ms);
                if asr.ends.len() < MOST_WAITING && !asr.streams {
                    asr.ends.push_back(Duration::from_millis(at_ms));
                }
                self.tell_asr(id, AsrNews::SpeechCaptured);
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

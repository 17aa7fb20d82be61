//! Speech becomes text, by a service elsewhere. The media thread hands over utterances and never waits; a thread of its
//! own writes them down as the service wants them, and what it answers is told in their order.
//!
//! ```text
//!  graph ─frames─▸ Taker ─utterance─▸ thread: Line ─request─▸ fetcher ─answer─▸ Line ─in order─▸ told
//! ```

mod line;
mod stream;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipnet::IpNet;

use crate::base::SoundId;
use crate::io::fetch::{Fetcher, Job, Room};
use crate::io::media::Taker;
use crate::media::Cut;
use crate::script::asr::{NewAsr, Recognised};
use crate::settings::sound::{Asr, Recogniser};
use line::Line;
use stream::Streams;
use template::{Filling, language};

/// What to say where nobody recognises speech.
pub const NOBODY: &str =
    "there is nobody who recognises speech: name a service in the setting speech.asr";

/// Utterances of one unit that wait to be asked about, or are.
const MOST_WAITING: usize = 16;
/// Sound of all units that waits, in samples: 64 MiB.
const MOST_SAMPLES: usize = 32 << 20;
/// One utterance, in samples: a minute at 48 kHz, and what comes before it is noticed.
const LONGEST: usize = 61 * 48_000;

/// The way to the thread. Dropped, it ends; what is asked is given up.
pub struct Recognisers {
    sender: Sender<Word>,
    /// Samples that wait, of all units.
    held: Arc<AtomicUsize>,
    streams: Streams,
    thread: Option<JoinHandle<()>>,
}

/// What is told, of which unit.
pub type Tell = Box<dyn FnMut(SoundId, Recognised) + Send>;

/// What reaches the thread.
enum Word {
    Open {
        unit: SoundId,
        line: Box<Line>,
    },
    /// `None`: there was no room for it.
    Utterance {
        unit: SoundId,
        sound: Option<Sound>,
    },
    Answered {
        unit: SoundId,
        number: u64,
        recognised: Recognised,
    },
    Close {
        unit: SoundId,
    },
    /// By a service that streams.
    Said {
        unit: SoundId,
        recognised: Recognised,
    },
    Stop,
}

/// An utterance; it counts as long as it is there.
struct Sound {
    samples: Vec<i16>,
    held: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.held.fetch_sub(self.samples.len(), Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Recognisers {
    pub fn start(tell: Tell) -> io::Result<Recognisers> {
        let fetcher = Fetcher::start(Room {
            // Nobody is left to hear of it.
            last_words: Duration::ZERO,
            ..Room::default()
        })?;
        let (sender, words) = channel();
        let answers = sender.clone();
        let streams = Streams::start()?;
        let thread = thread::Builder::new()
            .name("asr".to_string())
            .spawn(move || work(words, answers, fetcher, tell))?;
        Ok(Recognisers {
            sender,
            held: Arc::default(),
            streams,
            thread: Some(thread),
        })
    }

    /// What the unit lets out is to be given to the taker; what comes of it is told, that it listens first of all.
    /// `None`: there is nobody, which is told.
    pub fn listen(&self, unit: SoundId, asr: NewAsr, settings: &Asr) -> Option<Taker> {
        if let Some(Recogniser::Socket(service)) = &settings.service {
            let (service, sender) = (*service.clone(), self.sender.clone());
            let say = move |recognised| {
                let _ = sender.send(Word::Said { unit, recognised });
            };
            return Some(
                self.streams
                    .open(service, filling(asr, settings), Box::new(say)),
            );
        }
        let is_there = settings.service.is_some();
        let line = Box::new(Line::new(asr, settings));
        self.say(Word::Open { unit, line });
        is_there.then(|| {
            let mut ear = Ear {
                unit,
                sender: self.sender.clone(),
                samples: Vec::new(),
                is_cut_short: false,
                held: self.held.clone(),
                waiting: Arc::default(),
            };
            Box::new(move |cut: Cut| ear.take(&cut)) as Taker
        })
    }

    fn say(&self, word: Word) {
        if self.sender.send(word).is_err() {
            tracing::error!("the thread of the recognisers is gone");
        }
    }
}

impl Drop for Recognisers {
    fn drop(&mut self) {
        let _ = self.sender.send(Word::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there has been logged where it happened.
            let _ = thread.join();
        }
    }
}

/// Takes the frames of one unit, on the media thread.
struct Ear {
    unit: SoundId,
    sender: Sender<Word>,
    /// The utterance that goes on.
    samples: Vec<i16>,
    /// Not all of it found room.
    is_cut_short: bool,
    held: Arc<AtomicUsize>,
    /// Utterances of this unit that are not dropped yet.
    waiting: Arc<AtomicUsize>,
}

impl Ear {
    fn take(&mut self, cut: &Cut) {
        if !cut.frame.is_empty() {
            let samples = cut.frame.samples();
            let all = samples.len() + self.held.fetch_add(samples.len(), Ordering::Relaxed);
            if all > MOST_SAMPLES || self.samples.len() + samples.len() > LONGEST {
                self.held.fetch_sub(samples.len(), Ordering::Relaxed);
                self.is_cut_short = true;
            } else {
                self.samples.extend_from_slice(samples);
            }
            return;
        }
        let samples = std::mem::take(&mut self.samples);
        let sound = self.admit(samples);
        let _ = self.sender.send(Word::Utterance {
            unit: self.unit,
            sound,
        });
    }

    /// `None` where too much waits already.
    fn admit(&mut self, samples: Vec<i16>) -> Option<Sound> {
        let own = 1 + self.waiting.fetch_add(1, Ordering::Relaxed);
        let sound = Sound {
            samples,
            held: self.held.clone(),
            waiting: self.waiting.clone(),
        };
        let is_whole = !std::mem::take(&mut self.is_cut_short);
        (is_whole && own <= MOST_WAITING).then_some(sound)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.held.fetch_sub(self.samples.len(), Ordering::Relaxed);
        let _ = self.sender.send(Word::Close { unit: self.unit });
    }
}

/// What fills the templates for one unit.
fn filling(asr: NewAsr, settings: &Asr) -> Filling {
    Filling {
        language: language(asr.language.as_deref(), settings),
        rate_hz: settings.rate_hz,
        parameters: asr.parameters,
    }
}

fn work(words: Receiver<Word>, answers: Sender<Word>, fetcher: Fetcher, mut tell: Tell) {
    let mut lines: HashMap<SoundId, Line> = HashMap::new();
    for word in words {
        let unit = match word {
            Word::Open { unit, line } => {
                tell(unit, line.greeting());
                lines.insert(unit, *line);
                unit
            }
            Word::Utterance { unit, sound } => {
                if let Some(line) = lines.get_mut(&unit) {
                    line.hear(sound);
                }
                unit
            }
            Word::Answered {
                unit,
                number,
                recognised,
            } => {
                if let Some(line) = lines.get_mut(&unit) {
                    line.answered(number, recognised);
                }
                unit
            }
            Word::Close { unit } => {
                lines.remove(&unit);
                continue;
            }
            Word::Said { unit, recognised } => {
                if let Recognised::Text { .. } | Recognised::Fault { .. } = recognised {
                    count(&recognised);
                }
                tell(unit, recognised);
                continue;
            }
            Word::Stop => return,
        };
        let Some(line) = lines.get_mut(&unit) else {
            // It was stopped while its last words were on their way.
            continue;
        };
        while let Some(question) = line.ask() {
            let (number, read, answers) = (question.number, question.read, answers.clone());
            fetcher.send(Job {
                request: question.request,
                limits: question.limits,
                allow: everywhere(),
                done: Box::new(move |answer| {
                    let recognised = read(answer);
                    let _ = answers.send(Word::Answered {
                        unit,
                        number,
                        recognised,
                    });
                }),
            });
        }
        while let Some(recognised) = line.tell() {
            count(&recognised);
            tell(unit, recognised);
        }
        if line.is_over() {
            lines.remove(&unit);
        }
    }
}

/// The operator has named the service, wherever it is.
fn everywhere() -> Vec<IpNet> {
    let all = ["0.0.0.0/0", "::/0"];
    all.iter().filter_map(|net| net.parse().ok()).collect()
}

fn count(recognised: &Recognised) {
    let outcome = match recognised {
        Recognised::Text { .. } => "recognised",
        _ => "failed",
    };
    metrics::counter!("switchhook_asr_utterances_total", "outcome" => outcome).increment(1);
}

//! The utterances of one unit: some are asked about at a time, and what they are is told in the order in which they were
//! said.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::template::{Filling, ignored, read, request, templates};
use super::{NOBODY, Sound, filling};
use crate::base::web::{Answer, Failure, Request};
use crate::io::fetch::Limits;
use crate::script::asr::{NewAsr, Recognised};
use crate::settings::sound::{Asr, HttpRecogniser, Recogniser};

/// What is read of one answer, in bytes.
const MOST_BYTES: usize = 1 << 20;

pub(super) struct Line {
    /// `None`: there is nobody to ask.
    service: Option<Arc<HttpRecogniser>>,
    filling: Filling,
    at_once: u32,
    timeout: Duration,
    /// Counted from 0: the number of the next utterance, and of the next that is told.
    heard: u64,
    told: u64,
    waiting: VecDeque<(u64, Sound)>,
    asked: u32,
    /// What is not told yet, as one before it has no answer.
    done: BTreeMap<u64, Recognised>,
}

/// What the service is to be asked.
pub(super) struct Question {
    pub number: u64,
    pub request: Request,
    pub limits: Limits,
    /// Understands the answer.
    pub read: Box<dyn FnOnce(Result<Answer, Failure>) -> Recognised + Send>,
}

impl Line {
    pub fn new(asr: NewAsr, settings: &Asr) -> Line {
        Line {
            service: match &settings.service {
                Some(Recogniser::Http(service)) => Some(Arc::new(*service.clone())),
                Some(Recogniser::Socket(_)) | None => None,
            },
            filling: filling(asr, settings),
            at_once: settings.at_once,
            timeout: Duration::from_secs(settings.timeout_s.into()),
            heard: 0,
            told: 0,
            waiting: VecDeque::new(),
            asked: 0,
            done: BTreeMap::new(),
        }
    }

    /// What is told first.
    pub fn greeting(&self) -> Recognised {
        match &self.service {
            Some(service) => Recognised::Ready {
                ignored: ignored(&templates(service), &self.filling.parameters),
                streams: false,
            },
            None => Recognised::Nobody {
                why: NOBODY.to_string(),
            },
        }
    }

    /// The next utterance; `None`: it was too much.
    pub fn hear(&mut self, sound: Option<Sound>) {
        let number = self.heard;
        self.heard += 1;
        match sound {
            Some(sound) => self.waiting.push_back((number, sound)),
            None => {
                let why = "speech comes faster than the recogniser answers".to_string();
                self.done.insert(number, Recognised::Fault { why });
            }
        }
    }

    /// The next question, where one may be asked now.
    pub fn ask(&mut self) -> Option<Question> {
        let service = self.service.clone()?;
        while self.asked < self.at_once {
            let (number, sound) = self.waiting.pop_front()?;
            let samples = &sound.samples;
            match request(&service, &self.filling, samples) {
                Ok(request) => {
                    self.asked += 1;
                    let limits = Limits {
                        total: self.timeout,
                        most_bytes: Some(MOST_BYTES),
                        // A service that has moved is for the operator to name.
                        redirects: None,
                        ..Limits::SCRIPT
                    };
                    return Some(Question {
                        number,
                        request,
                        limits,
                        read: Box::new(move |answer| read(&service, answer)),
                    });
                }
                Err(why) => {
                    self.done.insert(number, Recognised::Fault { why });
                }
            }
        }
        None
    }

    pub fn answered(&mut self, number: u64, recognised: Recognised) {
        self.asked = self.asked.saturating_sub(1);
        self.done.insert(number, recognised);
    }

    /// The next that is to be told.
    pub fn tell(&mut self) -> Option<Recognised> {
        let next = self.done.remove(&self.told)?;
        self.told += 1;
        Some(next)
    }

    /// Nothing comes of it.
    pub fn is_over(&self) -> bool {
        self.service.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::base::pii::Secret;
    use crate::io::asr::template::language;
    use crate::settings::sound::Utterance;

    fn settings() -> Asr {
        let languages = [("Whisper.any", "auto"), ("de-DE", "de")];
        Asr {
            service: Some(Recogniser::Http(Box::new(HttpRecogniser {
                url: Secret::new("http://127.0.0.1/"),
                headers: Vec::new(),
                body: Utterance::Wav,
                text_at: None,
                confidence_at: None,
                language_at: None,
            }))),
            languages: languages
                .map(|(name, language)| (name.to_string(), language.to_string()))
                .into(),
            at_once: 2,
            ..Asr::default()
        }
    }

    fn line(settings: &Asr) -> Line {
        let asr = NewAsr {
            language: None,
            parameters: serde_json::Map::new(),
            place: None,
        };
        Line::new(asr, settings)
    }

    fn sound() -> Option<Sound> {
        Some(Sound {
            samples: vec![0; 10],
            held: Arc::new(AtomicUsize::new(10)),
            waiting: Arc::new(AtomicUsize::new(1)),
        })
    }

    fn text(text: &str) -> Recognised {
        Recognised::Fault { why: text.into() }
    }

    #[test]
    fn as_many_as_may_be_are_asked_about_and_all_are_told_in_their_order() {
        let mut line = line(&settings());
        for _ in 0..3 {
            line.hear(sound());
        }
        line.hear(None);
        let asked: Vec<_> = std::iter::from_fn(|| line.ask().map(|asked| asked.number)).collect();
        assert_eq!(asked, [0, 1]);
        line.answered(1, text("b"));
        assert_eq!(line.tell(), None);
        assert_eq!(line.ask().map(|asked| asked.number), Some(2));
        line.answered(0, text("a"));
        assert_eq!(
            (line.tell(), line.tell(), line.tell()),
            (Some(text("a")), Some(text("b")), None)
        );
        line.answered(2, text("c"));
        let lost = "speech comes faster than the recogniser answers";
        assert_eq!(
            (line.tell(), line.tell(), line.tell()),
            (Some(text("c")), Some(text(lost)), None)
        );
    }

    #[test]
    fn a_language_is_the_setting_s_word_or_a_code_or_the_service_s_own() {
        for (name, known) in [
            (None, "en-US"),
            (Some("Google.en_GB"), "en-GB"),
            (Some("Google.de_DE"), "de"),
            (Some("Whisper.any"), "auto"),
            (Some("ENGLISH_US"), "en-US"),
            (Some("RUSSIAN_RU"), "ru-RU"),
            (Some("GERMAN"), "de"),
            (Some("pt-BR"), "pt-BR"),
            (Some("fr"), "fr"),
            (Some("klingon"), "klingon"),
        ] {
            assert_eq!(language(name, &settings()), known, "{name:?}");
        }
    }

    #[test]
    fn without_a_service_the_setting_is_named() {
        let line = line(&Asr::default());
        assert!(line.is_over());
        let Recognised::Nobody { why } = line.greeting() else {
            panic!()
        };
        assert!(why.contains("speech.asr"), "{why}");
    }
}

//! Where sessions get their clips: a name, a URL or a text goes in, sound comes back or a sentence that says why
//! not. Nobody waits for it.
//!
//! ```text
//!            ┌ name ─▸ media folder ──────────────────────────────┐
//!  wanted ─▸ ┼ URL ──▸ fetcher, asked for by its validator ───────┼─▸ read, on threads of their own ─▸ shelf ─▸ told
//!            └ text ─▸ a program on threads of its own, or fetcher ┘
//! ```

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;

use super::folder::{self, Stamp};
use super::pool::Pool;
use super::read;
use super::shelf::Shelf;
use crate::base::web::{Answer, Failure, Method, Request};
use crate::io::fetch::{Fetcher, Job, Limits, Room};
use crate::io::speech::{self, Filling, LONGEST_TEXT, Voice, Wish};
use crate::media::Clip;
use crate::settings::Settings;
use crate::settings::sound::{HttpProvider, Provider};

/// Threads that read files.
const READERS: usize = 2;
/// Files and texts that may wait.
const MOST_WAITING: usize = 1024;

/// What somebody wants played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// By its name in the media folder.
    File(String),
    Url(Request),
    Said(Wish),
}

/// Who hears what came of it, exactly once.
pub type Tell = Box<dyn FnOnce(Result<Clip, String>) + Send>;

pub struct Library {
    fetcher: Fetcher,
    readers: Pool,
    speakers: Pool,
    kept: Kept,
    /// The folder of the configuration.
    beside: PathBuf,
    /// The program that was found where no setting names one.
    program: Option<Vec<String>>,
}

type Kept = Arc<Mutex<Shelf<Validator>>>;

/// What says whether a clip is still the one that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Validator {
    File(Stamp),
    /// The headers to ask with.
    Web(Vec<(String, String)>),
    /// A text is always said alike.
    Said,
}

impl Library {
    /// `beside`: where a folder that is not absolute lies. The cache and the number of speakers are as they are
    /// now; other settings may change.
    pub fn start(beside: PathBuf, settings: &Settings) -> io::Result<Library> {
        let most = settings.media.cache_mb as usize * (1 << 20);
        let speakers = settings.speech.tts.at_once as usize;
        Ok(Library {
            fetcher: Fetcher::start(Room::default())?,
            readers: Pool::start("clips", READERS, MOST_WAITING)?,
            speakers: Pool::start("speech", speakers, MOST_WAITING)?,
            kept: Arc::new(Mutex::new(Shelf::new(most))),
            beside,
            program: std::env::var_os("PATH").and_then(|path| speech::find(&path)),
        })
    }

    /// Never waits.
    pub fn ask(&self, wanted: Wanted, settings: &Settings, tell: Tell) {
        let owed = Owed(Some(tell));
        match wanted {
            Wanted::File(name) => self.file(name, settings, owed),
            Wanted::Url(request) => self.url(request, settings, owed),
            Wanted::Said(wish) => self.say(&wish, settings, owed),
        }
    }

    fn file(&self, name: String, settings: &Settings, owed: Owed) {
        let root = self.beside.join(&settings.media.folder);
        let kept = self.kept.clone();
        self.readers.run(move || {
            let clip = (|| {
                let found = folder::find(&root, &name)?;
                let key = format!("file {}", root.join(&name).display());
                let validator = Validator::File(found.stamp);
                if let Some((clip, known)) = lock(&kept).find(&key)
                    && *known == validator
                {
                    return Ok(clip);
                }
                let clip = read(found.read()?).map_err(|fault| fault.to_string())?;
                lock(&kept).put(&key, clip.clone(), validator);
                Ok(clip)
            })();
            owed.settle(clip.map_err(|fault: String| format!("{name}: {fault}")));
        });
    }

    fn url(&self, mut request: Request, settings: &Settings, owed: Owed) {
        let key = (request.method == Method::Get).then(|| key(&request));
        let mut known = None;
        if let Some(key) = &key
            && let Some((clip, Validator::Web(conditions))) = lock(&self.kept).find(key)
        {
            request.headers.0.extend(conditions.iter().cloned());
            known = Some(clip);
        }
        let (readers, kept) = (self.readers.clone(), self.kept.clone());
        let told = request.url.to_string();
        let done = move |answer: Result<Answer, Failure>| {
            readers.run(move || {
                let clip = taken(answer, known, key, &kept);
                owed.settle(clip.map_err(|fault| format!("{told}: {fault}")));
            });
        };
        self.fetch(request, Limits::CLIP, settings.http.allow.clone(), done);
    }

    fn say(&self, wish: &Wish, settings: &Settings, owed: Owed) {
        let tts = &settings.speech.tts;
        let text = wish.text.clone();
        if text.chars().count() > LONGEST_TEXT {
            let fault = format!("the text is longer than {LONGEST_TEXT} characters");
            return owed.settle(Err(fault));
        }
        let voice = Voice::of(wish.voice.as_deref(), &tts.voices, tts.voice.as_deref());
        let Some(voice) = voice else {
            return owed.settle(Err("there is no such voice".to_string()));
        };
        let line = match (&tts.provider, &self.program) {
            (Provider::Found, Some(program)) => program.clone(),
            (Provider::Found, None) => return owed.settle(Err(speech::NOBODY.to_string())),
            (Provider::Command(line), _) => line.clone(),
            (Provider::Http(provider), _) => {
                return self.say_by_http(provider, text, &voice, settings, owed);
            }
        };
        let key = format!("said\n{}\n{}\n{text}", line.join("\n"), voice.name);
        if let Some((clip, _)) = lock(&self.kept).find(&key) {
            return owed.settle(Ok(clip));
        }
        let patience = Duration::from_secs(tts.timeout_s.into());
        let kept = self.kept.clone();
        self.speakers.run(move || {
            let filling = Filling {
                text: &text,
                voice: &voice.name,
                language: &voice.language,
            };
            let spoken = speech::by_command(&line, &filling, patience);
            owed.settle(spoken.and_then(|bytes| said(bytes, &key, &kept)));
        });
    }

    fn say_by_http(
        &self,
        provider: &HttpProvider,
        text: String,
        voice: &Voice,
        settings: &Settings,
        owed: Owed,
    ) {
        let filling = Filling {
            text: &text,
            voice: &voice.name,
            language: &voice.language,
        };
        let request = match speech::request(provider, &filling) {
            Ok(request) => request,
            Err(fault) => return owed.settle(Err(fault)),
        };
        let key = format!("said\n{}\n{text}", request.url.reveal());
        let key = key + "\n" + &request.body.text();
        if let Some((clip, _)) = lock(&self.kept).find(&key) {
            return owed.settle(Ok(clip));
        }
        let (readers, kept, provider) = (self.readers.clone(), self.kept.clone(), provider.clone());
        let done = move |answer: Result<Answer, Failure>| {
            readers.run(move || {
                let bytes = match &answer {
                    Ok(answer) => speech::audio_of(&provider, answer),
                    Err(failure) => Err(format!("the speech service: {failure}")),
                };
                owed.settle(bytes.and_then(|bytes| said(bytes, &key, &kept)));
            });
        };
        let limits = Limits {
            total: Duration::from_secs(settings.speech.tts.timeout_s.into()),
            // A third more for Base64.
            most_bytes: Some(14 << 20),
            named: true,
            ..Limits::CLIP
        };
        self.fetch(request, limits, settings.http.allow.clone(), done);
    }

    fn fetch(
        &self,
        request: Request,
        limits: Limits,
        allow: Vec<IpNet>,
        done: impl FnOnce(Result<Answer, Failure>) + Send + 'static,
    ) {
        self.fetcher.send(Job {
            request,
            limits,
            allow,
            done: Box::new(done),
        });
    }
}

/// The clip of an answer, new or as it was known.
fn taken(
    answer: Result<Answer, Failure>,
    known: Option<Clip>,
    key: Option<String>,
    kept: &Kept,
) -> Result<Clip, String> {
    let answer = answer.map_err(|failure| failure.to_string())?;
    match (answer.code, known) {
        (304, Some(clip)) => return Ok(clip),
        (200..=299, _) => {}
        (code, _) => return Err(format!("the server has answered {code}")),
    }
    let clip = read(answer.body.0.to_vec()).map_err(|fault| fault.to_string())?;
    let rules = answer.headers.value("cache-control").unwrap_or_default();
    let may_be_kept = answer.code == 200 && !rules.to_ascii_lowercase().contains("no-store");
    let validators = [
        ("etag", "If-None-Match"),
        ("last-modified", "If-Modified-Since"),
    ];
    let conditions: Vec<_> = validators
        .iter()
        .filter_map(|(header, condition)| {
            let value = answer.headers.value(header)?;
            Some((condition.to_string(), value.to_string()))
        })
        .collect();
    if let Some(key) = key
        && may_be_kept
        && !conditions.is_empty()
    {
        lock(kept).put(&key, clip.clone(), Validator::Web(conditions));
    }
    Ok(clip)
}

fn said(bytes: Vec<u8>, key: &str, kept: &Kept) -> Result<Clip, String> {
    let clip = read(bytes).map_err(|fault| format!("what was spoken: {fault}"))?;
    lock(kept).put(key, clip.clone(), Validator::Said);
    Ok(clip)
}

/// What the answer may depend on.
fn key(request: &Request) -> String {
    let mut key = format!("url {}", request.url.reveal());
    for (name, value) in &request.headers.0 {
        key += &format!("\n{}:{value}", name.to_ascii_lowercase());
    }
    key
}

fn lock(kept: &Kept) -> MutexGuard<'_, Shelf<Validator>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Word that is owed: whoever waits hears of it even where the job was dropped or has panicked.
struct Owed(Option<Tell>);

impl Owed {
    fn settle(mut self, clip: Result<Clip, String>) {
        if let Some(tell) = self.0.take() {
            tell(clip);
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(Err("too many sounds are wanted at a time".to_string()));
        }
    }
}

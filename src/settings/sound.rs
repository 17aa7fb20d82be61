//! What the operator has decided about sound: where files lie, how text is spoken and speech recognised.

use std::collections::BTreeMap;

use crate::base::codec::Wanted;
use crate::base::pii::Secret;
use crate::base::recording::Format;

/// Files that scenarios play by their name, and what legs talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// The folder; beside the configuration where it is not absolute.
    pub folder: String,
    /// Decoded clips that are kept, in MiB.
    pub cache_mb: u32,
    /// Of legs whose user or trunk says nothing else.
    pub wanted: Wanted,
}

impl Default for Media {
    fn default() -> Self {
        Media {
            folder: "media".to_string(),
            cache_mb: 256,
            wanted: Wanted::default(),
        }
    }
}

/// Files that are written of what calls say and hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recordings {
    /// The folder; in the data folder where it is not absolute.
    pub folder: String,
    /// Where a scenario names none.
    pub format: Format,
    /// One recording, in seconds.
    pub longest_s: u32,
    /// Recordings at a time; 0: none at all.
    pub at_once: u32,
    /// What must stay free on the disk, in MiB.
    pub keep_free_mb: u32,
    /// In days; 0: for ever.
    pub keep_days: u32,
    /// Where the world reaches this program's HTTP, without a slash at its end. `None`: where it listens.
    pub url: Option<String>,
    /// How long a link leads somewhere, in days.
    pub link_days: u32,
}

impl Default for Recordings {
    fn default() -> Self {
        Recordings {
            folder: "recordings".to_string(),
            format: Format::Mp3,
            longest_s: 14_400,
            at_once: 500,
            keep_free_mb: 100,
            keep_days: 0,
            url: None,
            link_days: 90,
        }
    }
}

/// Who speaks, and who understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speech {
    pub tts: Tts,
    pub asr: Asr,
}

/// What makes speech of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tts {
    pub provider: Provider,
    /// The provider's voices, by the names that scenarios use.
    pub voices: BTreeMap<String, String>,
    /// The provider's voice where no other is named.
    pub voice: Option<String>,
    /// One text, in seconds.
    pub timeout_s: u32,
    /// Texts at a time.
    pub at_once: u32,
}

impl Default for Tts {
    fn default() -> Self {
        Tts {
            provider: Provider::Found,
            voices: BTreeMap::new(),
            voice: None,
            timeout_s: 12,
            at_once: 4,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// espeak-ng or espeak, where one of them is installed.
    Found,
    /// A program and its arguments, in which `{text}`, `{voice}` and `{language}` stand for what they are. It
    /// writes an audio file to its standard output. Without `{text}` the text comes by standard input.
    Command(Vec<String>),
    Http(Box<HttpProvider>),
}

/// A service. In each text `{text}`, `{voice}` and `{language}` stand for what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProvider {
    pub url: Secret,
    pub headers: Vec<(String, Secret)>,
    /// JSON, whose strings are templates. `None`: GET.
    pub body: Option<Secret>,
    /// Where the answer is JSON: the place of the audio in it (RFC 6901), in Base64. `None`: the answer is the
    /// audio file.
    pub audio_at: Option<String>,
}

/// What makes text of speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asr {
    /// `None`: nobody does.
    pub service: Option<Recogniser>,
    /// Such as `en-US`, where a scenario names none.
    pub language: String,
    /// The recogniser's languages, by the names that scenarios use or by codes such as `en-US`.
    pub languages: BTreeMap<String, String>,
    /// Of the sound that it gets.
    pub rate_hz: u32,
    /// Silence that ends an utterance, in milliseconds.
    pub quiet_ms: u32,
    /// An utterance is cut off then, in seconds.
    pub longest_s: u32,
    /// One utterance, in seconds.
    pub timeout_s: u32,
    /// Utterances of one unit that are asked about at a time.
    pub at_once: u32,
}

impl Default for Asr {
    fn default() -> Self {
        Asr {
            service: None,
            language: "en-US".to_string(),
            languages: BTreeMap::new(),
            rate_hz: 16_000,
            quiet_ms: 700,
            longest_s: 30,
            timeout_s: 12,
            at_once: 4,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recogniser {
    Http(Box<HttpRecogniser>),
    Socket(Box<SocketRecogniser>),
}

/// A service that hears everything over a WebSocket, as it is said. The texts are templates as those of an
/// [`HttpRecogniser`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketRecogniser {
    pub url: Secret,
    pub headers: Vec<(String, Secret)>,
    /// JSON that is sent first and last.
    pub start: Option<Secret>,
    pub stop: Option<Secret>,
    /// JSON for each 20 ms, `{audio}` is their samples in Base64. `None`: they are sent as they are, binary. Samples
    /// have 16 bits, little-endian.
    pub audio: Option<Secret>,
    /// The place of the text in a message (RFC 6901).
    pub text_at: String,
    /// The place of what tells a text that may change from one that is final: it is final where this is `final_is`, as
    /// text. `None`: each is final.
    pub final_at: Option<String>,
    pub final_is: String,
    /// The place of texts that may change, where it is another.
    pub interim_at: Option<String>,
    pub confidence_at: Option<String>,
    pub language_at: Option<String>,
    /// The place of a fault.
    pub error_at: Option<String>,
}

/// A service that gets one utterance after the other. In each text `{language}`, `{rate}` and the parameters of the
/// scenario by their names stand for what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRecogniser {
    pub url: Secret,
    pub headers: Vec<(String, Secret)>,
    pub body: Utterance,
    /// Where the answer is JSON: the place of the text in it (RFC 6901). `None`: the answer is the text.
    pub text_at: Option<String>,
    /// The place of a number, up to 1 or up to 100.
    pub confidence_at: Option<String>,
    /// The place of the language that was spoken.
    pub language_at: Option<String>,
}

/// How an utterance is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Utterance {
    /// As a wav file.
    Wav,
    /// JSON, whose strings are templates: `{audio}` is the wav file in Base64.
    Json(Secret),
    /// A form (RFC 7578), whose values are templates; that which is `{audio}` is the wav file.
    Form(Vec<(String, Secret)>),
}

//! `media`, `speech` and `recordings` of the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Ordered, Reader};
use crate::base::Codec;
use crate::base::codec::{Codecs, Wanted};
use crate::base::hook::HookUrl;
use crate::base::json::{Object, Step};
use crate::base::pii::Secret;
use crate::base::recording::Format;
use crate::base::socket::SocketUrl;
use crate::base::web::header_fault;
use crate::settings::sound::{
    Asr, HttpProvider, HttpRecogniser, Media, Provider, Recogniser, Recordings, SocketRecogniser,
    Speech, Tts, Utterance,
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenMedia {
    folder: Option<String>,
    cache_mb: Option<u32>,
    codecs: Option<Vec<String>>,
    ptime_ms: Option<u32>,
    comfort_noise: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenRecordings {
    folder: Option<String>,
    format: Option<String>,
    #[serde(rename = "longestS")]
    longest_s: Option<u32>,
    at_once: Option<u32>,
    keep_free_mb: Option<u32>,
    keep_days: Option<u32>,
    url: Option<String>,
    link_days: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenSpeech {
    #[serde(default)]
    tts: Object<WrittenTts>,
    #[serde(default)]
    asr: Object<WrittenAsr>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenTts {
    command: Option<Vec<String>>,
    http: Option<Object<WrittenHttp>>,
    #[serde(default)]
    voices: Ordered<String>,
    voice: Option<String>,
    #[serde(rename = "timeoutS")]
    timeout_s: Option<u32>,
    at_once: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenHttp {
    url: String,
    #[serde(default)]
    headers: Ordered<String>,
    body: Option<Value>,
    audio_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenAsr {
    http: Option<Object<WrittenRecogniser>>,
    socket: Option<Object<WrittenSocket>>,
    language: Option<String>,
    #[serde(default)]
    languages: Ordered<String>,
    rate_hz: Option<u32>,
    quiet_ms: Option<u32>,
    #[serde(rename = "longestS")]
    longest_s: Option<u32>,
    #[serde(rename = "timeoutS")]
    timeout_s: Option<u32>,
    at_once: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenRecogniser {
    url: String,
    #[serde(default)]
    headers: Ordered<String>,
    body: Option<Value>,
    form: Option<Ordered<String>>,
    text_at: Option<String>,
    confidence_at: Option<String>,
    language_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenSocket {
    url: String,
    #[serde(default)]
    headers: Ordered<String>,
    start: Option<Value>,
    stop: Option<Value>,
    audio: Option<Value>,
    text_at: String,
    final_at: Option<String>,
    final_is: Option<Value>,
    interim_at: Option<String>,
    confidence_at: Option<String>,
    language_at: Option<String>,
    error_at: Option<String>,
}

impl Reader<'_> {
    pub(super) fn media(&mut self, Object(written): Object<WrittenMedia>) -> Media {
        let usual = Media::default();
        let at = |key| [Step::Key("media"), Step::Key(key)];
        Media {
            folder: self.path(&at("folder"), written.folder, usual.folder),
            cache_mb: self.within(&at("cacheMb"), written.cache_mb, usual.cache_mb, 0, 65_536),
            wanted: self.wanted(
                &[Step::Key("media")],
                usual.wanted,
                written.codecs,
                written.ptime_ms,
                written.comfort_noise,
            ),
        }
    }

    /// What a leg shall talk: what is written, else what is usual.
    pub(super) fn wanted(
        &mut self,
        path: &[Step],
        usual: Wanted,
        codecs: Option<Vec<String>>,
        ptime_ms: Option<u32>,
        comfort_noise: Option<bool>,
    ) -> Wanted {
        let codecs = match codecs {
            None => usual.codecs,
            Some(labels) => self.codecs(&[path, &[Step::Key("codecs")]].concat(), &labels),
        };
        let ptime_ms = match ptime_ms {
            None => usual.ptime_ms,
            Some(ms) if (10..=60).contains(&ms) && ms % 10 == 0 => Some(ms),
            Some(_) => {
                let path = [path, &[Step::Key("ptimeMs")]].concat();
                self.fault(&path, "one of 10, 20, 30, 40, 50, 60 is wanted");
                None
            }
        };
        Wanted {
            codecs,
            ptime_ms,
            comfort_noise: comfort_noise.unwrap_or(usual.comfort_noise),
        }
    }

    fn codecs(&mut self, path: &[Step], labels: &[String]) -> Option<Codecs> {
        let mut codecs = Vec::new();
        for (index, label) in labels.iter().enumerate() {
            match Codec::labelled(label) {
                Some(codec) => codecs.push(codec),
                None => {
                    let path = [path, &[Step::Index(index)]].concat();
                    self.fault(&path, format!("one of {} is wanted", Codec::labels()));
                    return None;
                }
            }
        }
        let list = Codecs::new(&codecs);
        if list.is_none() {
            self.fault(path, "at least one codec is wanted, and each once");
        }
        list
    }

    pub(super) fn recordings(&mut self, Object(written): Object<WrittenRecordings>) -> Recordings {
        let usual = Recordings::default();
        let at = |key| [Step::Key("recordings"), Step::Key(key)];
        let format = match written.format.as_deref().map(Format::named) {
            None => usual.format,
            Some(Some(format)) => format,
            Some(None) => {
                self.fault(&at("format"), "mp3, wav or flac is wanted");
                usual.format
            }
        };
        const A_CENTURY: u32 = 36_500;
        let own = (written.longest_s, written.at_once, written.keep_free_mb);
        Recordings {
            folder: self.path(&at("folder"), written.folder, usual.folder),
            format,
            // A wav file of stereo at 48 kHz holds no more than six hours.
            longest_s: self.within(&at("longestS"), own.0, usual.longest_s, 1, 21_600),
            at_once: self.within(&at("atOnce"), own.1, usual.at_once, 0, 10_000),
            keep_free_mb: self.within(&at("keepFreeMb"), own.2, usual.keep_free_mb, 0, 1 << 20),
            keep_days: self.within(&at("keepDays"), written.keep_days, 0, 0, A_CENTURY),
            url: written.url.and_then(|url| self.base_url(&at("url"), &url)),
            link_days: self.within(
                &at("linkDays"),
                written.link_days,
                usual.link_days,
                1,
                A_CENTURY,
            ),
        }
    }

    fn base_url(&mut self, path: &[Step], url: &str) -> Option<String> {
        let base = url.trim_end_matches('/');
        match HookUrl::parse(base) {
            Ok(_) if !base.contains(['?', '#']) => Some(base.to_string()),
            _ => {
                self.fault(path, "an http: or https: URL without a query is wanted");
                None
            }
        }
    }

    pub(super) fn speech(&mut self, Object(written): Object<WrittenSpeech>) -> Speech {
        Speech {
            tts: self.tts(written.tts),
            asr: self.asr(written.asr),
        }
    }

    fn tts(&mut self, Object(written): Object<WrittenTts>) -> Tts {
        let usual = Tts::default();
        let at = |key| [Step::Key("speech"), Step::Key("tts"), Step::Key(key)];
        let provider = match (written.command, written.http) {
            (None, None) => Provider::Found,
            (Some(_), Some(_)) => {
                self.fault(&at("http"), "either command or http, not both");
                Provider::Found
            }
            (Some(command), None) => {
                if command.first().is_none_or(String::is_empty) || command.len() > 100 {
                    let message = "a program and its arguments are wanted, each a string";
                    self.fault(&at("command"), message);
                }
                Provider::Command(command)
            }
            (None, Some(Object(http))) => Provider::Http(Box::new(self.http_provider(http))),
        };
        let voices: BTreeMap<String, String> = written.voices.0.into_iter().collect();
        Tts {
            provider,
            voices,
            voice: written.voice,
            timeout_s: self.within(&at("timeoutS"), written.timeout_s, usual.timeout_s, 1, 120),
            at_once: self.within(&at("atOnce"), written.at_once, usual.at_once, 1, 64),
        }
    }

    fn asr(&mut self, Object(written): Object<WrittenAsr>) -> Asr {
        let usual = Asr::default();
        let at = |key| [Step::Key("speech"), Step::Key("asr"), Step::Key(key)];
        let rate_hz = written.rate_hz.unwrap_or(usual.rate_hz);
        if ![8_000, 16_000, 24_000, 48_000].contains(&rate_hz) {
            self.fault(&at("rateHz"), "8000, 16000, 24000 or 48000 is wanted");
        }
        let http = written.http.map(|Object(http)| self.recogniser(http));
        let socket = written.socket;
        let socket = socket.map(|Object(socket)| self.socket_recogniser(socket));
        if http.is_some() && socket.is_some() {
            self.fault(&at("socket"), "either http or socket, not both");
        }
        let http = http.map(|http| Recogniser::Http(Box::new(http)));
        let service = http.or(socket.map(|socket| Recogniser::Socket(Box::new(socket))));
        let language = written.language.unwrap_or(usual.language);
        let languages: BTreeMap<String, String> = written.languages.0.into_iter().collect();
        Asr {
            service,
            language,
            languages,
            rate_hz,
            quiet_ms: self.within(&at("quietMs"), written.quiet_ms, usual.quiet_ms, 300, 5_000),
            longest_s: self.within(&at("longestS"), written.longest_s, usual.longest_s, 2, 60),
            timeout_s: self.within(&at("timeoutS"), written.timeout_s, usual.timeout_s, 1, 120),
            at_once: self.within(&at("atOnce"), written.at_once, usual.at_once, 1, 16),
        }
    }

    fn socket_recogniser(&mut self, written: WrittenSocket) -> SocketRecogniser {
        let steps = ["speech", "asr", "socket"].map(Step::Key);
        let at = |key: &'static str| [steps[0], steps[1], steps[2], Step::Key(key)];
        let url = self.with_secrets(&at("url"), &written.url);
        if SocketUrl::parse(&url.replace(['{', '}'], "")).is_err() {
            self.fault(&at("url"), "a ws: or wss: URL is wanted");
        }
        let headers = self.headers(&at("headers"), written.headers);
        for (key, place) in [
            ("textAt", Some(&written.text_at)),
            ("finalAt", written.final_at.as_ref()),
            ("interimAt", written.interim_at.as_ref()),
            ("confidenceAt", written.confidence_at.as_ref()),
            ("languageAt", written.language_at.as_ref()),
            ("errorAt", written.error_at.as_ref()),
        ] {
            if place.is_some_and(|place| !place.starts_with('/')) {
                self.fault(&at(key), "a JSON pointer is wanted, such as /text");
            }
        }
        if let Some(audio) = &written.audio
            && !audio.to_string().contains("{audio}")
        {
            let message = "the sound is missing: one of its texts is to have {audio}";
            self.fault(&at("audio"), message);
        }
        let mut message = |key, message: Option<Value>| {
            let text = message.map(|message| message.to_string());
            text.map(|text| Secret::new(self.with_secrets(&at(key), &text)))
        };
        SocketRecogniser {
            start: message("start", written.start),
            stop: message("stop", written.stop),
            audio: message("audio", written.audio),
            url: Secret::new(url),
            headers,
            text_at: written.text_at,
            final_at: written.final_at,
            final_is: match written.final_is {
                None => "true".to_string(),
                Some(Value::String(text)) => text,
                Some(value) => value.to_string(),
            },
            interim_at: written.interim_at,
            confidence_at: written.confidence_at,
            language_at: written.language_at,
            error_at: written.error_at,
        }
    }

    fn recogniser(&mut self, written: WrittenRecogniser) -> HttpRecogniser {
        let steps = ["speech", "asr", "http"].map(Step::Key);
        let at = |key: &'static str| [steps[0], steps[1], steps[2], Step::Key(key)];
        let url = self.url(&at("url"), &written.url);
        let headers = self.headers(&at("headers"), written.headers);
        let body = match (written.body, written.form) {
            (None, None) => Utterance::Wav,
            (Some(body), None) => {
                let text = body.to_string();
                if !text.contains("{audio}") {
                    let message = "the sound is missing: one of its texts is to have {audio}";
                    self.fault(&at("body"), message);
                }
                Utterance::Json(Secret::new(self.with_secrets(&at("body"), &text)))
            }
            (None, Some(form)) => {
                let audio = form.0.iter().filter(|(_, value)| value == "{audio}");
                if audio.count() != 1 {
                    let message = "the sound is missing: one of its values is to be {audio}";
                    self.fault(&at("form"), message);
                }
                let mut values = Vec::new();
                for (name, value) in form.0 {
                    let path = [&at("form")[..], &[Step::Key(&name)]].concat();
                    let value = self.with_secrets(&path, &value);
                    if name.chars().any(|c| c.is_control() || c == '"') {
                        self.fault(&path, "a name has no quotes or control characters");
                    }
                    values.push((name, Secret::new(value)));
                }
                Utterance::Form(values)
            }
            (Some(_), Some(_)) => {
                self.fault(&at("form"), "either body or form, not both");
                Utterance::Wav
            }
        };
        for (key, place) in [
            ("textAt", &written.text_at),
            ("confidenceAt", &written.confidence_at),
            ("languageAt", &written.language_at),
        ] {
            if place.as_ref().is_some_and(|place| !place.starts_with('/')) {
                self.fault(
                    &at(key),
                    "a JSON pointer is wanted, such as /results/0/text",
                );
            }
        }
        HttpRecogniser {
            url,
            headers,
            body,
            text_at: written.text_at,
            confidence_at: written.confidence_at,
            language_at: written.language_at,
        }
    }

    fn http_provider(&mut self, written: WrittenHttp) -> HttpProvider {
        let steps = ["speech", "tts", "http"].map(Step::Key);
        let at = |key: &'static str| [steps[0], steps[1], steps[2], Step::Key(key)];
        let url = self.url(&at("url"), &written.url);
        let headers = self.headers(&at("headers"), written.headers);
        let body = written.body.map(|body| {
            let text = self.with_secrets(&at("body"), &body.to_string());
            Secret::new(text)
        });
        if written
            .audio_at
            .as_ref()
            .is_some_and(|place| !place.starts_with('/'))
        {
            let message = "a JSON pointer is wanted, such as /audioContent";
            self.fault(&at("audioAt"), message);
        }
        HttpProvider {
            url,
            headers,
            body,
            audio_at: written.audio_at,
        }
    }

    /// Of a service, a template.
    fn url(&mut self, path: &[Step], written: &str) -> Secret {
        let url = self.with_secrets(path, written);
        if HookUrl::parse(&url.replace(['{', '}'], "")).is_err() {
            self.fault(path, "an http: or https: URL is wanted");
        }
        Secret::new(url)
    }

    /// Of a service, templates.
    fn headers(&mut self, path: &[Step], written: Ordered<String>) -> Vec<(String, Secret)> {
        let mut headers = Vec::new();
        for (name, value) in written.0 {
            let path = [path, &[Step::Key(&name)]].concat();
            let value = self.with_secrets(&path, &value);
            if let Some(fault) = header_fault(&name, &value) {
                self.fault(&path, fault);
            }
            headers.push((name, Secret::new(value)));
        }
        headers
    }

    /// `{secret:FILE}` stands for what is in the file.
    fn with_secrets(&mut self, path: &[Step], text: &str) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{secret:") {
            whole.push_str(before);
            let Some((file, after)) = after.split_once('}') else {
                self.fault(path, "`{secret:` without its `}`");
                return whole;
            };
            match (self.secret)(file) {
                Ok(secret) => {
                    let secret = secret.trim_end_matches(['\r', '\n']);
                    if secret
                        .chars()
                        .any(|c| c.is_control() || "\"\\{}".contains(c))
                    {
                        let message =
                            format!("{file}: a secret has no quotes, braces or control characters");
                        self.fault(path, message);
                    }
                    whole.push_str(secret);
                }
                Err(reason) => self.fault(path, format!("{file}: {reason}")),
            }
            rest = after;
        }
        whole + rest
    }

    fn path(&mut self, path: &[Step], written: Option<String>, usual: String) -> String {
        match written {
            None => usual,
            Some(folder) if folder.is_empty() || folder.contains('\0') => {
                self.fault(path, "the path of a folder is wanted");
                usual
            }
            Some(folder) => folder,
        }
    }

    fn within(
        &mut self,
        path: &[Step],
        written: Option<u32>,
        usual: u32,
        from: u32,
        to: u32,
    ) -> u32 {
        match written {
            None => usual,
            Some(number) if (from..=to).contains(&number) => number,
            Some(_) => {
                self.fault(path, format!("a whole number {from}–{to} is wanted"));
                usual
            }
        }
    }
}

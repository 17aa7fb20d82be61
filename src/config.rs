//! `switchhook.json`: read strictly, every fault with its line and column, into [`Settings`].
//!
//! All faults of meaning are told at once. What reads the file itself is `io::folder`.

mod sound;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::base::codec::Wanted;
use crate::base::json::{self, Object, Step};
use crate::base::pattern::Pattern;
use crate::base::pii::Secret;
use crate::base::srtp;
use crate::scenario::Fault;
use crate::settings::policy::{Policy, Targets};
use crate::settings::{
    Http, Limits, Profile, Progress, Record, Settings, Sound, Transfer, Trunk, User, profile,
};
use crate::sip::auth::challenge::Offer;
use crate::sip::message::Uri;
use crate::sip::message::headers::is_safe_value;
use crate::sip::stack::NotifyId;
use sound::{WrittenMedia, WrittenRecordings, WrittenSpeech};

const MOST_NAME_BYTES: usize = 128;

/// One limit: its key, where it lives, and the values it may have.
pub struct LimitRow(
    pub &'static str,
    fn(&mut Limits) -> &mut u32,
    pub u32,
    pub u32,
);

/// Every key of `limits`.
pub const LIMITS: &[LimitRow] = &[
    LimitRow("memoryMb", |limits| &mut limits.memory_mb, 1, 1024),
    LimitRow("turnMs", |limits| &mut limits.turn_ms, 1, 60_000),
    LimitRow("stackKb", |limits| &mut limits.stack_kb, 64, 1024),
    LimitRow("timers", |limits| &mut limits.timers, 0, 100_000),
    LimitRow("players", |limits| &mut limits.players, 0, 200),
    LimitRow(
        "conferenceEndpoints",
        |limits| &mut limits.conference_endpoints,
        1,
        200,
    ),
    LimitRow(
        "conferenceTalkers",
        |limits| &mut limits.conference_talkers,
        0,
        200,
    ),
    LimitRow("unansweredS", |limits| &mut limits.unanswered_s, 1, 3600),
    LimitRow("noAnswerS", |limits| &mut limits.no_answer_s, 1, 3600),
    LimitRow("earlyMediaS", |limits| &mut limits.early_media_s, 1, 3600),
    LimitRow("aloneS", |limits| &mut limits.alone_s, 0, 86_400),
    LimitRow(
        "sessionIdleS",
        |limits| &mut limits.session_idle_s,
        1,
        86_400,
    ),
    LimitRow(
        "callAttempts",
        |limits| &mut limits.call_attempts,
        0,
        100_000,
    ),
    LimitRow(
        "unansweredCalls",
        |limits| &mut limits.unanswered_calls,
        0,
        10_000,
    ),
    LimitRow("refers", |limits| &mut limits.refers, 0, 10_000),
    LimitRow("referNotifyS", |limits| &mut limits.refer_notify_s, 1, 3600),
    LimitRow(
        "referSilenceS",
        |limits| &mut limits.refer_silence_s,
        1,
        3600,
    ),
    LimitRow("noSoundS", |limits| &mut limits.no_sound_s, 0, 3600),
    LimitRow(
        "messageBytes",
        |limits| &mut limits.message_bytes,
        0,
        65_536,
    ),
    LimitRow(
        "customDataBytes",
        |limits| &mut limits.custom_data_bytes,
        0,
        65_536,
    ),
    LimitRow("logChars", |limits| &mut limits.log_chars, 0, 1_000_000),
    LimitRow(
        "mostSessions",
        |limits| &mut limits.most_sessions,
        1,
        1_000_000,
    ),
    LimitRow("contacts", |limits| &mut limits.contacts, 1, 1000),
    LimitRow(
        "registerMinS",
        |limits| &mut limits.register_min_s,
        1,
        86_400,
    ),
    LimitRow(
        "registerMaxS",
        |limits| &mut limits.register_max_s,
        1,
        604_800,
    ),
    LimitRow(
        "sessionExpiresS",
        |limits| &mut limits.session_expires_s,
        0,
        86_400,
    ),
    LimitRow("minSeS", |limits| &mut limits.min_se_s, 90, 86_400),
    LimitRow("drainS", |limits| &mut limits.drain_s, 0, 86_400),
    LimitRow("workers", |limits| &mut limits.workers, 0, 1024),
    LimitRow(
        "abandonedWorkers",
        |limits| &mut limits.abandoned_workers,
        0,
        1024,
    ),
    LimitRow(
        "storageEntries",
        |limits| &mut limits.storage_entries,
        0,
        10_000_000,
    ),
    LimitRow("sockets", |limits| &mut limits.sockets, 0, 100),
    LimitRow(
        "socketBufferS",
        |limits| &mut limits.socket_buffer_s,
        1,
        120,
    ),
    LimitRow(
        "socketMessageKb",
        |limits| &mut limits.socket_message_kb,
        1,
        16_384,
    ),
    LimitRow(
        "socketTraceKb",
        |limits| &mut limits.socket_trace_kb,
        0,
        1_048_576,
    ),
    LimitRow("journalKb", |limits| &mut limits.journal_kb, 16, 16_384),
    LimitRow("journals", |limits| &mut limits.journals, 1, 100_000),
];

/// The file as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    users: Ordered<Object<WrittenUser>>,
    #[serde(default)]
    trunks: Ordered<Object<WrittenTrunk>>,
    #[serde(default)]
    advertise: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    limits: Ordered<Value>,
    #[serde(default)]
    transfer: Object<WrittenTransfer>,
    #[serde(default)]
    http: Object<WrittenHttp>,
    #[serde(default)]
    media: Object<WrittenMedia>,
    #[serde(default)]
    speech: Object<WrittenSpeech>,
    #[serde(default)]
    recordings: Object<WrittenRecordings>,
    #[serde(default)]
    record: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenUser {
    password: Option<String>,
    password_file: Option<String>,
    display_name: Option<String>,
    contact: Option<String>,
    profile: Option<String>,
    srtp: Option<String>,
    #[serde(default)]
    srtp_gcm: bool,
    #[serde(default)]
    comedia: bool,
    codecs: Option<Vec<String>>,
    ptime_ms: Option<u32>,
    comfort_noise: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenTrunk {
    uri: String,
    username: Option<String>,
    password: Option<String>,
    password_file: Option<String>,
    #[serde(default)]
    register: bool,
    #[serde(default)]
    sources: Vec<String>,
    routes: Option<String>,
    numbers: Option<String>,
    profile: Option<String>,
    srtp: Option<String>,
    #[serde(default)]
    srtp_gcm: bool,
    #[serde(default)]
    comedia: bool,
    codecs: Option<Vec<String>>,
    ptime_ms: Option<u32>,
    comfort_noise: Option<bool>,
    #[serde(default)]
    transfer: Object<WrittenPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenTransfer {
    accept_code: Option<u16>,
    #[serde(rename = "deadlineS")]
    deadline_s: Option<u32>,
    #[serde(rename = "graceS")]
    grace_s: Option<u32>,
    progress: Option<String>,
    notify_id: Option<String>,
    #[serde(default)]
    final_at_once: bool,
    targets: Option<Object<WrittenTargets>>,
    per_call: Option<u32>,
    per_minute: Option<u32>,
    max_depth: Option<u32>,
    out_of_dialog: Option<bool>,
}

/// What a trunk may say about transfers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenPolicy {
    targets: Option<Object<WrittenTargets>>,
    per_call: Option<u32>,
    per_minute: Option<u32>,
    max_depth: Option<u32>,
    out_of_dialog: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenTargets {
    allow: Option<Vec<String>>,
    #[serde(default)]
    deny: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenHttp {
    #[serde(default)]
    allow: Vec<String>,
}

/// Reads the file that the configuration names for a password.
pub type ReadSecret<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Reads a configuration's text.
pub fn read(file: &str, bytes: &[u8], secret: ReadSecret) -> Result<Settings, Vec<Fault>> {
    let Object::<Written>(written) =
        json::read(bytes).map_err(|fault| vec![Fault::json(file, fault)])?;
    let mut reader = Reader {
        file,
        bytes,
        secret,
        faults: Vec::new(),
    };
    let media = reader.media(written.media);
    let settings = Settings {
        domain: reader.domain(written.domain),
        users: reader.users(written.users, media.wanted),
        trunks: reader.trunks(written.trunks, media.wanted),
        advertise: reader.advertise(written.advertise),
        digest: reader.digest(written.digest),
        limits: reader.limits(written.limits),
        transfer: reader.transfer(written.transfer),
        http: reader.http(written.http),
        media,
        speech: reader.speech(written.speech),
        recordings: reader.recordings(written.recordings),
        record: reader.record(written.record),
    };
    match reader.faults.is_empty() {
        true => Ok(settings),
        false => Err(reader.faults),
    }
}

/// Collects faults while the written form becomes settings.
struct Reader<'a> {
    file: &'a str,
    bytes: &'a [u8],
    secret: ReadSecret<'a>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, path: &[Step], message: impl Into<String>) {
        let fault = json::fault_at(self.bytes, path, message);
        self.faults.push(Fault::json(self.file, fault));
    }

    fn domain(&mut self, domain: Option<String>) -> Option<String> {
        let domain = domain?;
        let is_host = !domain.is_empty()
            && domain.len() <= 253
            && domain
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
        if !is_host {
            self.fault(&[Step::Key("domain")], "a host name or address is wanted");
        }
        Some(domain)
    }

    fn advertise(&mut self, address: Option<String>) -> Option<IpAddr> {
        match address?.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                let message = "an IP address is wanted, such as 203.0.113.7";
                self.fault(&[Step::Key("advertise")], message);
                None
            }
        }
    }

    fn digest(&mut self, digest: Option<String>) -> Offer {
        match digest.as_deref() {
            None | Some("both") => Offer::Both,
            Some("SHA-256") => Offer::Sha256,
            Some("MD5") => Offer::Md5,
            Some(_) => {
                self.fault(&[Step::Key("digest")], "both, SHA-256 or MD5 is wanted");
                Offer::Both
            }
        }
    }

    fn users(
        &mut self,
        users: Ordered<Object<WrittenUser>>,
        usual: Wanted,
    ) -> BTreeMap<String, User> {
        let mut all = BTreeMap::new();
        for (name, Object(user)) in users.0 {
            let path = [Step::Key("users"), Step::Key(&name)];
            self.check_name(&path, &name);
            if user.password.is_none() && user.password_file.is_none() && user.contact.is_none() {
                self.fault(&path, "a user needs a password, a contact or both");
            }
            let password = self.password(&path, user.password, user.password_file);
            let contact = user.contact.and_then(|contact| {
                let [users, name] = path;
                self.uri(&[users, name, Step::Key("contact")], &contact)
            });
            if let Some(display_name) = &user.display_name {
                let [users, name] = path;
                self.check_text(&[users, name, Step::Key("displayName")], display_name);
            }
            let [users, key] = path;
            let profile = self.profile(&[users, key, Step::Key("profile")], user.profile);
            let srtp = self.srtp(&[users, key, Step::Key("srtp")], user.srtp);
            let sound = Sound {
                srtp,
                srtp_gcm: user.srtp_gcm,
                comedia: user.comedia,
                wanted: self.wanted(&path, usual, user.codecs, user.ptime_ms, user.comfort_noise),
            };
            let user = User {
                password,
                display_name: user.display_name,
                contact,
                profile,
                sound,
            };
            all.insert(name, user);
        }
        all
    }

    fn trunks(&mut self, trunks: Ordered<Object<WrittenTrunk>>, usual: Wanted) -> Vec<Trunk> {
        let mut all = Vec::new();
        for (name, Object(trunk)) in trunks.0 {
            let path = [Step::Key("trunks"), Step::Key(&name)];
            let at = |key: &'static str| [Step::Key("trunks"), Step::Key(&name), Step::Key(key)];
            self.check_name(&path, &name);
            let password = self.password(&path, trunk.password, trunk.password_file);
            if let Some(username) = &trunk.username {
                self.check_text(&at("username"), username);
            }
            if trunk.register && trunk.username.is_none() {
                self.fault(&at("register"), "to register, a trunk needs a username");
            }
            if password.is_some() && trunk.username.is_none() {
                self.fault(&path, "a password needs a username beside it");
            }
            let sources = self.networks(&at("sources"), &trunk.sources);
            let routes = self.pattern(&at("routes"), trunk.routes);
            let numbers = self.pattern(&at("numbers"), trunk.numbers);
            let profile = self.profile(&at("profile"), trunk.profile);
            let srtp = self.srtp(&at("srtp"), trunk.srtp);
            let sound = Sound {
                srtp,
                srtp_gcm: trunk.srtp_gcm,
                comedia: trunk.comedia,
                wanted: self.wanted(
                    &path,
                    usual,
                    trunk.codecs,
                    trunk.ptime_ms,
                    trunk.comfort_noise,
                ),
            };
            let [trunks, key] = path;
            let Object(transfer) = trunk.transfer;
            let transfer = self.policy(&[trunks, key, Step::Key("transfer")], transfer);
            if let Some(uri) = self.uri(&at("uri"), &trunk.uri) {
                let username = trunk.username;
                all.push(Trunk {
                    name: name.clone(),
                    uri,
                    username,
                    password,
                    register: trunk.register,
                    sources,
                    routes,
                    numbers,
                    profile,
                    sound,
                    transfer,
                });
            }
        }
        all
    }

    fn limits(&mut self, written: Ordered<Value>) -> Limits {
        let mut limits = Limits::default();
        for (key, value) in written.0 {
            let path = [Step::Key("limits"), Step::Key(&key)];
            let Some(LimitRow(_, field, from, to)) = LIMITS.iter().find(|row| row.0 == key) else {
                let known: Vec<&str> = LIMITS.iter().map(|row| row.0).collect();
                let known = known.join(", ");
                self.fault(
                    &path,
                    format!("there is no limit `{key}`; there are {known}"),
                );
                continue;
            };
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            match number.filter(|number| (from..=to).contains(&number)) {
                Some(number) => *field(&mut limits) = number,
                None => self.fault(&path, format!("a whole number {from}–{to} is wanted")),
            }
        }
        if limits.register_min_s > limits.register_max_s {
            let message = "registerMinS is more than registerMaxS";
            self.fault(&[Step::Key("limits")], message);
        }
        if (1..limits.min_se_s).contains(&limits.session_expires_s) {
            let message = "sessionExpiresS is less than minSeS";
            self.fault(&[Step::Key("limits")], message);
        }
        limits
    }

    fn transfer(&mut self, Object(written): Object<WrittenTransfer>) -> Transfer {
        let policy = WrittenPolicy {
            targets: written.targets,
            per_call: written.per_call,
            per_minute: written.per_minute,
            max_depth: written.max_depth,
            out_of_dialog: written.out_of_dialog,
        };
        let mut transfer = Transfer {
            final_at_once: written.final_at_once,
            policy: self.policy(&[Step::Key("transfer")], policy),
            ..Transfer::default()
        };
        let at = |key| [Step::Key("transfer"), Step::Key(key)];
        match written.accept_code {
            None => {}
            Some(code @ (200 | 202)) => transfer.accept_code = code,
            Some(_) => self.fault(&at("acceptCode"), "200 or 202 is wanted"),
        }
        match written.deadline_s {
            None => {}
            Some(deadline @ 1..=3600) => transfer.deadline_s = deadline,
            Some(_) => self.fault(&at("deadlineS"), "a whole number 1–3600 is wanted"),
        }
        match written.grace_s {
            None => {}
            Some(grace @ 0..=3600) => transfer.grace_s = grace,
            Some(_) => self.fault(&at("graceS"), "a whole number 0–3600 is wanted"),
        }
        match written.progress.as_deref() {
            None => {}
            Some("none") => transfer.progress = Progress::None,
            Some("initial") => transfer.progress = Progress::Initial,
            Some("all") => transfer.progress = Progress::All,
            Some(_) => self.fault(&at("progress"), "none, initial or all is wanted"),
        }
        match written.notify_id.as_deref() {
            None => {}
            Some("auto") => transfer.notify_id = NotifyId::Auto,
            Some("always") => transfer.notify_id = NotifyId::Always,
            Some("never") => transfer.notify_id = NotifyId::Never,
            Some(_) => self.fault(&at("notifyId"), "auto, always or never is wanted"),
        }
        transfer
    }

    fn policy(&mut self, path: &[Step], written: WrittenPolicy) -> Policy {
        let most = [
            ("perCall", written.per_call, 10_000),
            ("perMinute", written.per_minute, 1_000_000),
            ("maxDepth", written.max_depth, 100),
        ];
        for (key, number, most) in most {
            if number.is_some_and(|number| number > most) {
                let path = [path, &[Step::Key(key)]].concat();
                self.fault(&path, format!("a whole number 0–{most} is wanted"));
            }
        }
        let at = [path, &[Step::Key("targets")]].concat();
        let targets = written.targets.map(|Object(targets)| Targets {
            allow: targets
                .allow
                .map(|patterns| self.patterns(&at, "allow", &patterns)),
            deny: self.patterns(&at, "deny", &targets.deny),
        });
        Policy {
            targets,
            per_call: written.per_call,
            per_minute: written.per_minute,
            max_depth: written.max_depth,
            out_of_dialog: written.out_of_dialog,
        }
    }

    fn patterns(&mut self, path: &[Step], key: &'static str, texts: &[String]) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let path = [path, &[Step::Key(key), Step::Index(index)]].concat();
            patterns.extend(self.pattern(&path, Some(text.clone())));
        }
        patterns
    }

    fn profile(&mut self, path: &[Step], name: Option<String>) -> Option<Profile> {
        let name = name?;
        let profile = Profile::named(&name);
        if profile.is_none() {
            let known: Vec<&str> = profile::ALL.iter().map(|row| row.name).collect();
            self.fault(path, format!("one of {} is wanted", known.join(", ")));
        }
        profile
    }

    fn srtp(&mut self, path: &[Step], word: Option<String>) -> srtp::Policy {
        match word.as_deref() {
            None | Some("off") => srtp::Policy::Off,
            Some("optional") => srtp::Policy::Optional,
            Some("required") => srtp::Policy::Required,
            Some(_) => {
                self.fault(path, "one of off, optional, required is wanted");
                srtp::Policy::Off
            }
        }
    }

    fn password(
        &mut self,
        path: &[Step; 2],
        password: Option<String>,
        file: Option<String>,
    ) -> Option<Secret> {
        let [outer, inner] = *path;
        let (key, secret) = match (password, file) {
            (None, None) => return None,
            (Some(_), Some(_)) => {
                let path = [outer, inner, Step::Key("passwordFile")];
                self.fault(&path, "either password or passwordFile, not both");
                return None;
            }
            (Some(password), None) => ("password", Ok(password)),
            (None, Some(file)) => {
                let secret = (self.secret)(&file);
                let secret = secret.map_err(|reason| format!("{file}: {reason}"));
                ("passwordFile", secret)
            }
        };
        let path = [outer, inner, Step::Key(key)];
        match secret
            .as_ref()
            .map(|secret| secret.trim_end_matches(['\r', '\n']))
        {
            Ok("") => self.fault(&path, "the password is empty"),
            Ok(secret) if !is_safe_value(secret) => {
                self.fault(&path, "the password holds a line break or NUL");
            }
            Ok(secret) => return Some(Secret::new(secret)),
            Err(reason) => self.fault(&path, reason.clone()),
        }
        None
    }

    fn http(&mut self, Object(written): Object<WrittenHttp>) -> Http {
        let at = [Step::Key("http"), Step::Key("allow")];
        Http {
            allow: self.networks(&at, &written.allow),
        }
    }

    fn record(&mut self, record: Option<String>) -> Record {
        match record.as_deref() {
            None | Some("off") => Record::Off,
            Some("failures") => Record::Failures,
            Some("all") => Record::All,
            Some(_) => {
                self.fault(&[Step::Key("record")], "off, failures or all is wanted");
                Record::Off
            }
        }
    }

    /// Networks or single addresses.
    fn networks(&mut self, path: &[Step], texts: &[String]) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let net = text
                .parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            match net {
                Ok(net) => networks.push(net),
                Err(_) => {
                    let path = [path, &[Step::Index(index)]].concat();
                    self.fault(&path, "a network is wanted, such as 192.0.2.0/24");
                }
            }
        }
        networks
    }

    fn uri(&mut self, path: &[Step], text: &str) -> Option<Uri> {
        match Uri::parse(text.as_bytes()) {
            Ok(uri) if uri.as_sip().is_some_and(|sip| !sip.host.is_empty()) => Some(uri),
            _ => {
                self.fault(path, "a SIP URI is wanted, such as sip:192.0.2.1:5060");
                None
            }
        }
    }

    fn pattern(&mut self, path: &[Step], text: Option<String>) -> Option<Pattern> {
        match Pattern::new(&text?) {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                self.fault(path, fault.to_string());
                None
            }
        }
    }

    fn check_name(&mut self, path: &[Step], name: &str) {
        if name.is_empty()
            || name.len() > MOST_NAME_BYTES
            || name
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || "\"\\<>@,;".contains(c))
        {
            let message = "a name without spaces, quotes and the signs \\ < > @ , ; is wanted";
            self.fault(path, message);
        }
    }

    fn check_text(&mut self, path: &[Step], text: &str) {
        if text.len() > MOST_NAME_BYTES || text.chars().any(char::is_control) {
            self.fault(
                path,
                format!("at most {MOST_NAME_BYTES} bytes without control characters"),
            );
        }
    }
}

/// A JSON object in the order of the file; a key that comes twice is a fault.
struct Ordered<T>(Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

struct InOrder<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for InOrder<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
        let mut entries: Vec<(String, T)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format!("`{key}` comes twice")));
            }
            let value = map.next_value()?;
            entries.push((key, value));
        }
        Ok(Ordered(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Codec;
    use crate::base::codec::Codecs;
    use crate::base::recording::Format;
    use crate::settings::sound::{Provider, Recogniser, Recordings, Utterance};
    use expect_test::{Expect, expect};

    #[test]
    fn an_empty_configuration_has_every_default() {
        let settings = read("switchhook.json", b"{}", &no_secret).unwrap();
        assert_eq!(settings, Settings::default());
        assert!(!settings.has_passwords());
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let settings = read(
            "switchhook.json",
            br#"{
              "$schema": "./schema/switchhook.schema.json",
              "domain": "pbx.example",
              "users": {
                "alice": {"password": "wonder", "displayName": "Alice", "contact": "sip:alice@192.0.2.5:5060", "profile": "snom", "srtp": "optional", "comfortNoise": true},
                "bob": {"passwordFile": "bob.secret"}
              },
              "trunks": {
                "world": {"uri": "sip:sip.example.net", "username": "me", "password": "x", "register": true,
                          "sources": ["192.0.2.0/24", "2001:db8::1"], "routes": "\\+.*", "numbers": "49.*", "profile": "teams", "srtp": "required", "srtpGcm": true, "comedia": true, "codecs": ["PCMA", "L16/16000"], "ptimeMs": 30,
                          "transfer": {"perMinute": 5, "maxDepth": 2, "outOfDialog": true}},
                "alpha": {"uri": "sip:alpha.example.net:5070"}
              },
              "advertise": "203.0.113.7", "digest": "MD5",
              "limits": {"aloneS": 0, "memoryMb": 32},
              "transfer": {"acceptCode": 200, "deadlineS": 10, "graceS": 1, "progress": "initial", "notifyId": "never", "finalAtOnce": true,
                           "targets": {"allow": ["\\d{3}", "\\+49.*"], "deny": ["00.*"]}, "perCall": 3},
              "http": {"allow": ["127.0.0.1", "10.0.0.0/8"]},
              "media": {"folder": "/srv/media", "cacheMb": 16, "codecs": ["opus", "pcma"], "ptimeMs": 60},
              "speech": {"tts": {"voices": {"US_ENGLISH_FEMALE": "joanna"}, "voice": "brian", "timeoutS": 5, "atOnce": 2,
                "http": {"url": "https://speech.example/v1?key={secret:bob.secret}", "headers": {"X-Key": "a {secret:bob.secret}"},
                         "body": {"input": {"text": "{text}"}, "voice": "{voice}"}, "audioAt": "/audio"}},
                "asr": {"language": "de-DE", "languages": {"de-DE": "de"}, "rateHz": 8000, "quietMs": 500, "longestS": 20, "timeoutS": 3, "atOnce": 1,
                "http": {"url": "http://127.0.0.1:9000/asr", "headers": {"X-Key": "{secret:bob.secret}"}, "form": {"file": "{audio}", "model": "small"},
                         "textAt": "/text", "confidenceAt": "/sure", "languageAt": "/language"}}},
              "recordings": {"folder": "/srv/tapes", "format": "wav", "longestS": 60, "atOnce": 2, "keepFreeMb": 5, "keepDays": 30,
                             "url": "https://pbx.example/", "linkDays": 7}
            }"#,
            &|file| {
                assert_eq!(file, "bob.secret");
                Ok("builder\n".to_string())
            },
        )
        .unwrap();
        let alice = &settings.users["alice"];
        assert_eq!(alice.password, Some(Secret::new("wonder")));
        assert_eq!(alice.display_name.as_deref(), Some("Alice"));
        assert!(alice.contact.is_some());
        assert_eq!(alice.profile, Some(Profile::Snom));
        assert_eq!(settings.trunks[0].profile, Some(Profile::Teams));
        assert_eq!(alice.sound.srtp, srtp::Policy::Optional);
        let general = Wanted {
            codecs: Codecs::new(&[Codec::Opus, Codec::Pcma]),
            ptime_ms: Some(60),
            comfort_noise: false,
        };
        assert_eq!(settings.media.wanted, general);
        let comfort_noise = true;
        assert_eq!(
            alice.sound.wanted,
            Wanted {
                comfort_noise,
                ..general
            }
        );
        let world = Sound {
            srtp: srtp::Policy::Required,
            srtp_gcm: true,
            comedia: true,
            wanted: Wanted {
                codecs: Codecs::new(&[Codec::Pcma, Codec::L16At16]),
                ptime_ms: Some(30),
                comfort_noise: false,
            },
        };
        assert_eq!(settings.trunks[0].sound, world);
        assert_eq!(settings.trunks[1].sound, settings.sound_of_others());
        assert_eq!(settings.users["bob"].password, Some(Secret::new("builder")));
        let names: Vec<&str> = settings
            .trunks
            .iter()
            .map(|trunk| trunk.name.as_str())
            .collect();
        assert_eq!(names, ["world", "alpha"], "the order of the file");
        assert_eq!(
            settings.trunks[0].sources,
            [
                "192.0.2.0/24".parse().unwrap(),
                "2001:db8::1/128".parse().unwrap()
            ]
        );
        let world = &settings.trunks[0].transfer;
        assert_eq!((world.per_minute, world.max_depth), (Some(5), Some(2)));
        assert_eq!((&world.targets, world.out_of_dialog), (&None, Some(true)));
        assert_eq!(settings.digest, Offer::Md5);
        assert_eq!(settings.limits.alone_s, 0);
        assert_eq!(settings.limits.memory_mb, 32);
        assert_eq!(settings.limits.turn_ms, 1000);
        assert_eq!(
            settings.transfer,
            Transfer {
                accept_code: 200,
                deadline_s: 10,
                grace_s: 1,
                progress: Progress::Initial,
                notify_id: NotifyId::Never,
                final_at_once: true,
                policy: Policy {
                    targets: Some(Targets {
                        allow: Some(vec![pattern("\\d{3}"), pattern("\\+49.*")]),
                        deny: vec![pattern("00.*")],
                    }),
                    per_call: Some(3),
                    ..Policy::default()
                },
            }
        );
        let allow = ["127.0.0.1/32", "10.0.0.0/8"].map(|net| net.parse().unwrap());
        assert_eq!(settings.http.allow, allow);
        assert_eq!(settings.media.folder, "/srv/media");
        assert_eq!(
            settings.recordings,
            Recordings {
                folder: "/srv/tapes".to_string(),
                format: Format::Wav,
                longest_s: 60,
                at_once: 2,
                keep_free_mb: 5,
                keep_days: 30,
                url: Some("https://pbx.example".to_string()),
                link_days: 7,
            }
        );
        let tts = &settings.speech.tts;
        assert_eq!((tts.timeout_s, tts.voice.as_deref()), (5, Some("brian")));
        let Provider::Http(provider) = &tts.provider else {
            panic!("{tts:?}");
        };
        assert_eq!(
            provider.url.reveal(),
            "https://speech.example/v1?key=builder"
        );
        assert_eq!(provider.headers[0].1.reveal(), "a builder");
        let asr = &settings.speech.asr;
        assert_eq!((asr.rate_hz, asr.quiet_ms, asr.longest_s), (8000, 500, 20));
        assert_eq!(
            (asr.language.as_str(), asr.timeout_s, asr.at_once),
            ("de-DE", 3, 1)
        );
        assert_eq!(asr.languages["de-DE"], "de");
        let Some(Recogniser::Http(recogniser)) = &asr.service else {
            panic!("{asr:?}");
        };
        assert_eq!(recogniser.headers[0].1.reveal(), "builder");
        let field = |name: &str, value: &str| (name.to_string(), Secret::new(value));
        let form = vec![field("file", "{audio}"), field("model", "small")];
        assert_eq!(recogniser.body, Utterance::Form(form));
        assert_eq!(recogniser.confidence_at.as_deref(), Some("/sure"));
        assert!(!format!("{settings:?}").contains("builder"));
        assert!(!format!("{settings:?}").contains("wonder"));
    }

    #[test]
    fn every_fault_of_meaning_is_told_with_its_place() {
        check(
            r#"{
  "domain": "a b",
  "users": {
    "alice": {},
    "b b": {"password": ""},
    "carol": {"password": "x", "passwordFile": "y"},
    "dave": {"passwordFile": "missing"},
    "erin": {"contact": "http://example.net", "profile": "nokia"}
  },
  "trunks": {"t": {"uri": "sip:", "register": true, "sources": ["10.0.0.0/8", "x"], "routes": "("}},
  "advertise": "example.net", "digest": "SHA",
  "limits": {"turnMs": 0, "memoryMB": 5, "timers": "many"},
  "transfer": {"acceptCode": 201, "deadlineS": 0, "progress": "some", "notifyId": "maybe",
               "targets": {"deny": ["0.*", "["]}, "maxDepth": 1000},
  "http": {"allow": ["10.0.0.0/8", "hooks.example"]},
  "media": {"folder": ""},
  "speech": {"tts": {"command": [], "atOnce": 0},
             "asr": {"http": {"url": "speech.example", "body": {"a": "{text}"}, "form": {}, "textAt": "text"}, "rateHz": 11025, "quietMs": 100, "language": "en",
                     "socket": {"url": "http://x/", "textAt": "text"}}},
  "recordings": {"format": "ogg", "url": "ftp://x", "longestS": 99999}
}"#,
            expect![[r#"
                switchhook.json:16:23: the path of a folder is wanted
                switchhook.json:2:13: a host name or address is wanted
                switchhook.json:4:14: a user needs a password, a contact or both
                switchhook.json:5:12: a name without spaces, quotes and the signs \ < > @ , ; is wanted
                switchhook.json:5:25: the password is empty
                switchhook.json:6:48: either password or passwordFile, not both
                switchhook.json:7:30: missing: No such file
                switchhook.json:8:25: a SIP URI is wanted, such as sip:192.0.2.1:5060
                switchhook.json:8:58: one of generic, snom, mitel, yealink, teams, asterisk is wanted
                switchhook.json:10:47: to register, a trunk needs a username
                switchhook.json:10:79: a network is wanted, such as 192.0.2.0/24
                switchhook.json:10:95: `(` is not a regular expression: Parsing error at position 1: Opening parenthesis without closing parenthesis
                switchhook.json:10:27: a SIP URI is wanted, such as sip:192.0.2.1:5060
                switchhook.json:11:16: an IP address is wanted, such as 203.0.113.7
                switchhook.json:11:41: both, SHA-256 or MD5 is wanted
                switchhook.json:12:24: a whole number 1–60000 is wanted
                switchhook.json:12:39: there is no limit `memoryMB`; there are memoryMb, turnMs, stackKb, timers, players, conferenceEndpoints, conferenceTalkers, unansweredS, noAnswerS, earlyMediaS, aloneS, sessionIdleS, callAttempts, unansweredCalls, refers, referNotifyS, referSilenceS, noSoundS, messageBytes, customDataBytes, logChars, mostSessions, contacts, registerMinS, registerMaxS, sessionExpiresS, minSeS, drainS, workers, abandonedWorkers, storageEntries, sockets, socketBufferS, socketMessageKb, socketTraceKb, journalKb, journals
                switchhook.json:12:52: a whole number 0–100000 is wanted
                switchhook.json:14:63: a whole number 0–100 is wanted
                switchhook.json:14:44: `[` is not a regular expression: Parsing error at position 1: Invalid character class
                switchhook.json:13:30: 200 or 202 is wanted
                switchhook.json:13:48: a whole number 1–3600 is wanted
                switchhook.json:13:63: none, initial or all is wanted
                switchhook.json:13:83: auto, always or never is wanted
                switchhook.json:15:36: a network is wanted, such as 192.0.2.0/24
                switchhook.json:17:33: a program and its arguments are wanted, each a string
                switchhook.json:17:47: a whole number 1–64 is wanted
                switchhook.json:18:122: 8000, 16000, 24000 or 48000 is wanted
                switchhook.json:18:38: an http: or https: URL is wanted
                switchhook.json:18:89: either body or form, not both
                switchhook.json:18:103: a JSON pointer is wanted, such as /results/0/text
                switchhook.json:19:40: a ws: or wss: URL is wanted
                switchhook.json:19:63: a JSON pointer is wanted, such as /text
                switchhook.json:19:32: either http or socket, not both
                switchhook.json:18:140: a whole number 300–5000 is wanted
                switchhook.json:20:28: mp3, wav or flac is wanted
                switchhook.json:20:65: a whole number 1–21600 is wanted
                switchhook.json:20:42: an http: or https: URL without a query is wanted
            "#]],
        );
    }

    #[test]
    fn a_fault_of_form_is_told_with_its_place() {
        check(
            "{\n  \"user\": {}\n}",
            expect![[r#"
                switchhook.json:2:8: unknown field `user`, expected one of `$schema`, `domain`, `users`, `trunks`, `advertise`, `digest`, `limits`, `transfer`, `http`, `media`, `speech`, `recordings`, `record`
            "#]],
        );
        check(
            "{\"users\": {\n\"a\": {\"contact\": \"sip:x\"},\n\"a\": {}}}",
            expect![[r#"
                switchhook.json:3:3: `a` comes twice
            "#]],
        );
        check(
            "{\"trunks\": {\"a\": {}}}",
            expect![[r#"
            switchhook.json:1:19: missing field `uri`
        "#]],
        );
        check(
            "{\"users\": {\"a\": [\"x\"]}}",
            expect![[r#"
            switchhook.json:1:16: invalid type: sequence, expected an object
        "#]],
        );
        check(
            "[]",
            expect![[r#"
            switchhook.json:1:1: invalid type: sequence, expected an object
        "#]],
        );
        check(
            "{\"domain\": \"x\"",
            expect![[r#"
            switchhook.json:1:14: EOF while parsing an object
        "#]],
        );
    }

    #[test]
    fn the_schema_knows_the_same_limits() {
        let schema: Value = serde_json::from_str(include_str!("../schema/switchhook.schema.json"))
            .expect("the schema is JSON");
        let in_schema = schema["properties"]["limits"]["properties"]
            .as_object()
            .expect("limits are described");
        let mut defaults = Limits::default();
        for LimitRow(key, field, from, to) in LIMITS {
            let row = &in_schema[*key];
            assert_eq!(row["minimum"], *from, "{key}");
            assert_eq!(row["maximum"], *to, "{key}");
            assert_eq!(row["default"], *field(&mut defaults), "{key}");
            assert!(row["description"].is_string(), "{key}");
        }
        assert_eq!(in_schema.len(), LIMITS.len());
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text).unwrap()
    }

    fn no_secret(_file: &str) -> Result<String, String> {
        Err("No such file".to_string())
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let faults = read("switchhook.json", text.as_bytes(), &no_secret).unwrap_err();
        let faults: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
        expect.assert_eq(&faults);
    }
}

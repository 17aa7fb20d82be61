//! What the operator has decided: the settings of one moment, checked and ready to use. They are read
//! from `switchhook.json` by the shell; nothing here knows files.

pub mod policy;
pub mod profile;
pub mod sound;
mod written;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::base::codec::Wanted;
use crate::base::pattern::Pattern;
use crate::base::pii::Secret;
use crate::base::srtp;
use crate::sip::auth::challenge::Offer;
use crate::sip::message::Uri;
use crate::sip::stack::NotifyId;

use policy::Policy;
pub use profile::{Manners, Profile};
use sound::{Media, Recordings, Speech};

/// All settings that a reload can change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The digest realm and the host of our From; `None`: the listening address.
    pub domain: Option<String>,
    /// By user name.
    pub users: BTreeMap<String, User>,
    /// In the order of the file: the first whose `routes` match takes a number.
    pub trunks: Vec<Trunk>,
    /// The address that peers are told, for a host behind NAT.
    pub advertise: Option<IpAddr>,
    /// Which digests phones are asked for.
    pub digest: Offer,
    pub limits: Limits,
    pub transfer: Transfer,
    pub http: Http,
    pub media: Media,
    pub speech: Speech,
    pub recordings: Recordings,
    pub record: Record,
}

/// Which sessions leave a journal behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Record {
    #[default]
    Off,
    /// Those in which something failed.
    Failures,
    All,
}

/// Somebody who has a password, a fixed address or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Without one the user can neither register nor authenticate.
    pub password: Option<Secret>,
    pub display_name: Option<String>,
    /// A fixed address for a phone that does not register.
    pub contact: Option<Uri>,
    /// How its phones want to be told of transfers; `None`: by their User-Agent.
    pub profile: Option<Profile>,
    pub sound: Sound,
}

/// Somebody else's SIP server that takes our calls to the telephone network and brings us theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    pub name: String,
    /// Where it is. Credentials go to this host and nowhere else.
    pub uri: Uri,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// Whether we register with it and keep that alive.
    pub register: bool,
    /// Calls from these networks come from this trunk.
    pub sources: Vec<IpNet>,
    /// The numbers that it takes; `None`: none.
    pub routes: Option<Pattern>,
    /// The numbers that it brings; `None`: all.
    pub numbers: Option<Pattern>,
    /// How it wants to be told of transfers; `None`: by its User-Agent.
    pub profile: Option<Profile>,
    pub sound: Sound,
    /// What its callers and callees may transfer; the general policy says the rest.
    pub transfer: Policy,
}

/// How the sound of somebody's calls travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// Whether it is encrypted (SRTP with keys in the description, RFC 4568).
    pub srtp: srtp::Policy,
    /// By AEAD_AES_128_GCM as well (RFC 7714), which is offered last.
    pub srtp_gcm: bool,
    /// It may come from any address: the first that sends is the peer, and is answered there. For peers behind a NAT whose
    /// signalling goes another way.
    pub comedia: bool,
    /// Its own, or the general ones: all is decided here.
    pub wanted: Wanted,
}

/// How blind transfers are handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// 202 (RFC 3515) or 200 (RFC 7647).
    pub accept_code: u16,
    /// How long a script has for its verdict, in seconds.
    pub deadline_s: u32,
    /// How long a transferor may stay after success, in seconds.
    pub grace_s: u32,
    pub progress: Progress,
    pub notify_id: NotifyId,
    /// The transferor is told success as soon as its REFER is accepted.
    pub final_at_once: bool,
    pub policy: Policy,
}

/// Where scripts may have things posted to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// Addresses that are not public and may be reached all the same.
    pub allow: Vec<IpNet>,
}

/// Which progress of the new leg the transferor is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    None,
    /// The first 18x only.
    Initial,
    #[default]
    All,
}

/// What a session may use, and the program as a whole; VoxEngine's numbers where it has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Heap of a session's engine, in MiB.
    pub memory_mb: u32,
    /// One turn of a script, in milliseconds.
    pub turn_ms: u32,
    /// Stack of a session's engine, in KiB.
    pub stack_kb: u32,
    /// Active timers of a session.
    pub timers: u32,
    /// Media players of a session at a time.
    pub players: u32,
    /// Endpoints of a conference, and calls of a session that hosts one, at a time.
    pub conference_endpoints: u32,
    /// Whose sound a conference mixes at a time: the loudest; 0: everybody's.
    pub conference_talkers: u32,
    /// An incoming call that nobody answers, in seconds.
    pub unanswered_s: u32,
    /// An outgoing call that nobody answers, in seconds; `VI-CallTimeout` changes it.
    pub no_answer_s: u32,
    /// Early media before an answer, in seconds.
    pub early_media_s: u32,
    /// A leg whose media partner ended and whom no listener watches, in seconds; 0 leaves it to the script.
    pub alone_s: u32,
    /// A session without calls, in seconds.
    pub session_idle_s: u32,
    /// Outgoing calls of a session, all in all.
    pub call_attempts: u32,
    /// Outgoing calls of a session that wait for an answer at a time.
    pub unanswered_calls: u32,
    /// REFERs of one call.
    pub refers: u32,
    /// REFERs of ours: how long the first NOTIFY after the 202 may take, and any news once the call has
    /// ended, in seconds.
    pub refer_notify_s: u32,
    /// REFERs of ours: how long the far end may say nothing once it has told of progress, in seconds.
    pub refer_silence_s: u32,
    /// A leg that should send sound and sends none for so long gets BYE, in seconds; 0: never.
    pub no_sound_s: u32,
    /// Body of `sendInfo` and `sendMessage`, in bytes.
    pub message_bytes: u32,
    /// `customData`, in bytes.
    pub custom_data_bytes: u32,
    /// One `Logger.write`, in characters.
    pub log_chars: u32,
    /// Sessions at a time; beyond it new calls get 503.
    pub most_sessions: u32,
    /// Devices of one user.
    pub contacts: u32,
    /// Shortest registration that is granted, in seconds; beneath it 423.
    pub register_min_s: u32,
    /// Longest registration that is granted, in seconds.
    pub register_max_s: u32,
    /// Session-Expires that we ask for, in seconds (RFC 4028); 0: none.
    pub session_expires_s: u32,
    /// Our Min-SE, in seconds.
    pub min_se_s: u32,
    /// How long a drain waits for running sessions, in seconds.
    pub drain_s: u32,
    /// Script threads; 0: as many as there are cores. Read at the start only.
    pub workers: u32,
    /// Wedged script threads that may be given up before the program drains.
    pub abandoned_workers: u32,
    /// Entries of `ApplicationStorage`; what would be one more is refused.
    pub storage_entries: u32,
    /// WebSockets of a session at a time.
    pub sockets: u32,
    /// Sound that came by a WebSocket and waits to be played, in seconds.
    pub socket_buffer_s: u32,
    /// Longest message that comes by a WebSocket.
    pub socket_message_kb: u32,
    /// The trace of one WebSocket, in KiB; 0: none at all.
    pub socket_trace_kb: u32,
    /// One journal, in KiB; what comes later is left out.
    pub journal_kb: u32,
    /// Journals that are kept; the oldest make way.
    pub journals: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory_mb: 16,
            turn_ms: 1000,
            stack_kb: 256,
            timers: 100,
            players: 10,
            conference_endpoints: 100,
            conference_talkers: 10,
            unanswered_s: 60,
            no_answer_s: 60,
            early_media_s: 60,
            alone_s: 30,
            session_idle_s: 60,
            call_attempts: 50,
            unanswered_calls: 10,
            refers: 10,
            refer_notify_s: 32,
            refer_silence_s: 180,
            no_sound_s: 0,
            message_bytes: 8192,
            custom_data_bytes: 200,
            log_chars: 15_000,
            most_sessions: 5000,
            contacts: 10,
            register_min_s: 60,
            register_max_s: 7200,
            session_expires_s: 1800,
            min_se_s: 90,
            drain_s: 60,
            workers: 0,
            abandoned_workers: 4,
            storage_entries: 100_000,
            sockets: 10,
            socket_buffer_s: 10,
            socket_message_kb: 1024,
            socket_trace_kb: 4096,
            journal_kb: 1024,
            journals: 200,
        }
    }
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer {
            accept_code: 202,
            deadline_s: 120,
            grace_s: 5,
            progress: Progress::All,
            notify_id: NotifyId::Auto,
            final_at_once: false,
            policy: Policy::default(),
        }
    }
}

impl Settings {
    /// The keys of `switchhook.json` whose values are not what they were `before`, in the file's order.
    pub fn changed_since(&self, before: &Settings) -> Vec<&'static str> {
        [
            ("domain", self.domain != before.domain),
            ("users", self.users != before.users),
            ("trunks", self.trunks != before.trunks),
            ("advertise", self.advertise != before.advertise),
            ("digest", self.digest != before.digest),
            ("limits", self.limits != before.limits),
            ("transfer", self.transfer != before.transfer),
            ("http", self.http != before.http),
            ("media", self.media != before.media),
            ("speech", self.speech != before.speech),
            ("recordings", self.recordings != before.recordings),
            ("record", self.record != before.record),
        ]
        .into_iter()
        .filter_map(|(key, changed)| changed.then_some(key))
        .collect()
    }

    /// Whether anybody must show a password, even from loopback.
    pub fn has_passwords(&self) -> bool {
        self.users.values().any(|user| user.password.is_some())
    }

    /// How the sound of a user's calls travels.
    pub fn sound_of_user(&self, name: &str) -> Sound {
        let user = self.users.get(name);
        user.map_or(self.sound_of_others(), |user| user.sound)
    }

    /// How the sound of a trunk's calls travels.
    pub fn sound_of_trunk(&self, name: &str) -> Sound {
        let trunk = self.trunks.iter().find(|trunk| trunk.name == name);
        trunk.map_or(self.sound_of_others(), |trunk| trunk.sound)
    }

    /// How the sound of calls travels for whose parties nothing is set.
    pub fn sound_of_others(&self) -> Sound {
        Sound {
            wanted: self.media.wanted,
            ..Sound::default()
        }
    }

    /// The first trunk that takes `number`.
    pub fn trunk_for(&self, number: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| {
            trunk
                .routes
                .as_ref()
                .is_some_and(|routes| routes.is_match(number))
        })
    }

    /// The first trunk that `source` belongs to and that brings `number`.
    pub fn trunk_from(&self, source: IpAddr, number: &str) -> Option<&Trunk> {
        let source = source.to_canonical();
        self.trunks.iter().find(|trunk| {
            trunk.sources.iter().any(|net| net.contains(&source))
                && trunk
                    .numbers
                    .as_ref()
                    .is_none_or(|numbers| numbers.is_match(number))
        })
    }

    /// The first trunk that sends from `source`, whatever numbers it brings.
    pub fn trunk_of(&self, source: IpAddr) -> Option<&Trunk> {
        let source = source.to_canonical();
        let mut trunks = self.trunks.iter();
        trunks.find(|trunk| trunk.sources.iter().any(|net| net.contains(&source)))
    }

    /// Whether some trunk sends from `source`, whatever numbers it brings.
    pub fn is_trunk_source(&self, source: IpAddr) -> bool {
        self.trunk_of(source).is_some()
    }

    /// The trunk whose host `uri` has: only it gets that trunk's credentials.
    pub fn trunk_at(&self, uri: &Uri) -> Option<&Trunk> {
        let host = &uri.as_sip()?.host;
        self.trunks.iter().find(|trunk| {
            trunk
                .uri
                .as_sip()
                .is_some_and(|own| own.host.eq_ignore_ascii_case(host))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::message::uri::SipUri;

    fn trunk(name: &str, host: &str) -> Trunk {
        Trunk {
            name: name.to_string(),
            uri: Uri::Sip(SipUri {
                host: host.to_string(),
                ..SipUri::default()
            }),
            username: None,
            password: None,
            register: false,
            sources: Vec::new(),
            routes: None,
            numbers: None,
            profile: None,
            sound: Default::default(),
            transfer: Policy::default(),
        }
    }

    fn two_trunks() -> Settings {
        let mut home = trunk("home", "home.example");
        home.routes = Some(Pattern::new("49\\d+").unwrap());
        home.sources = vec!["192.0.2.0/24".parse().unwrap()];
        home.numbers = Some(Pattern::new("30\\d+").unwrap());
        let mut world = trunk("world", "world.example");
        world.routes = Some(Pattern::any());
        world.sources = vec!["192.0.2.7/32".parse().unwrap()];
        Settings {
            trunks: vec![home, world],
            ..Settings::default()
        }
    }

    #[test]
    fn what_a_reload_changed_is_told_by_its_keys() {
        let (before, mut after) = (two_trunks(), two_trunks());
        assert_eq!(after.changed_since(&before), [""; 0]);
        after.domain = Some("pbx.example".to_string());
        after.trunks.pop();
        after.limits.timers = 7;
        assert_eq!(after.changed_since(&before), ["domain", "trunks", "limits"]);
    }

    #[test]
    fn the_first_trunk_whose_routes_match_takes_a_number() {
        let settings = two_trunks();
        assert_eq!(settings.trunk_for("4930").unwrap().name, "home");
        assert_eq!(settings.trunk_for("1212").unwrap().name, "world");
        assert!(Settings::default().trunk_for("1212").is_none());
    }

    #[test]
    fn a_call_comes_from_the_trunk_of_its_source_address_and_number() {
        let settings = two_trunks();
        let from = |source: &str, number| {
            let trunk = settings.trunk_from(source.parse().unwrap(), number);
            trunk.map(|trunk| trunk.name.as_str())
        };
        assert_eq!(from("192.0.2.9", "3012"), Some("home"));
        assert_eq!(from("192.0.2.9", "4012"), None);
        assert_eq!(from("192.0.2.7", "4012"), Some("world"));
        assert_eq!(from("::ffff:192.0.2.7", "4012"), Some("world"));
        assert_eq!(from("198.51.100.1", "3012"), None);
    }

    #[test]
    fn credentials_belong_to_the_trunk_s_host_alone() {
        let settings = two_trunks();
        let at = |host| settings.trunk_at(&trunk("", host).uri).is_some();
        assert!(at("HOME.example"));
        assert!(!at("home.example.evil.example"));
    }
}

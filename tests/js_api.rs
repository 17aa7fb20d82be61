//! `js-api.d.ts` is the contract: a booted isolate has every name, parameter count, enum value and
//! event field that it lists, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use switchhook::base::access::Request;
use switchhook::base::socket::Visit;
use switchhook::base::{CallId, Now, SessionId, UnitId};
use switchhook::scenario::check::LANGUAGE;
use switchhook::script::asr::AsrNews;
use switchhook::script::command::{Command, Level};
use switchhook::script::event::Visited;
use switchhook::script::event::{
    Alerting, CallNews, CallState, HeaderMap, MediaSample, ReferStatus, Replaces, TransferRole,
};
use switchhook::script::isolate::Limits;
use switchhook::script::program::Scenario;
use switchhook::script::socket::SocketNews;
use switchhook::script::unit::{ConferenceNews, PlayerNews, RecorderNews, UnitNews};
use switchhook::script::{Event, Isolate, Program};

const DECLARED: &str = include_str!("../js-api.d.ts");

/// Events that no player here has cause for: they are declared so that a scenario may listen.
const NEVER: [&str; 2] = [
    "PlayerEvents.PlaybackBuffering",
    "PlayerEvents.AudioChunksPlaybackFinished",
];

/// Lists the world of a scenario, one fact a line.
const LISTING: &str = r#"
const say = (...words) => Logger.write(words.join(" "));
const members = (name, object, names) => {
  for (const member of names)
    if (typeof object[member] === "function") say("method", name, member, object[member].length);
    else say("value", name, member, object[member]);
};
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = globalThis[name];
  if (typeof value === "function") say("function", name, value.length);
  else say("object", name);
}
for (const [name, object] of Object.entries({ VoxEngine, Logger, console, AppEvents, CallEvents, CallAudioQuality, DTMFType, ASREvents, ConferenceEvents, ConferenceMode, ConferenceDirection, PlayerEvents, SequencePlayerEvents, RecorderEvents, RecorderDirection, RecorderProfile, RecordExpireTime, TranscriptionProvider, TTSEffectsProfile, URLPlayerRequestMethod, WebSocketEvents, WebSocketReadyState, WebSocketAudioEncoding, WebSocketCloseCode, Modules, Net, ApplicationStorage }))
  members(name, object, Object.getOwnPropertyNames(object));
for (const name of ["Events", "Model", "ResultClass", "ResultSubtype"]) members("AMD." + name, AMD[name], Object.keys(AMD[name]));
say("method", "AMD", "create", AMD.create.length);
const seen = (event) => say("event", event.name ?? "?", Object.keys(event).sort().join());
for (const name of Object.values(AppEvents))
  VoxEngine.addEventListener(name, (event) => say("event", name, Object.keys(event).sort().join()));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const prototype = Object.getPrototypeOf(call);
  members("Call", prototype, Object.getOwnPropertyNames(prototype).filter((member) => member !== "constructor"));
  for (const name of Object.values(CallEvents)) call.addEventListener(name, seen);
  // The second is stopped, the first comes to its end.
  for (let n = 0; n < 2; n++) unit("Player", VoxEngine.createToneScriptPlayer("425@-10;1(*/0/1)"), PlayerEvents);
  unit("SequencePlayer", VoxEngine.createSequencePlayer({ segments: [{ text: "x" }] }), SequencePlayerEvents);
  unit("SequencePlayer", VoxEngine.createSequencePlayer({ segments: [{ text: "x" }] }), SequencePlayerEvents);
  unit("Recorder", VoxEngine.createRecorder(), RecorderEvents);
  unit("ASR", VoxEngine.createASR({}), ASREvents);
  const conference = VoxEngine.createConference();
  unit("Conference", conference, ConferenceEvents);
  const endpoint = Object.getPrototypeOf(conference.add({ call }));
  members("Endpoint", endpoint, Object.getOwnPropertyNames(endpoint).filter((member) => member !== "constructor"));
  unit("WebSocket", new WebSocket("wss://agent.example"), WebSocketEvents);
  unit("ConferenceRecorder", VoxEngine.createRecorder({ video: true }), RecorderEvents);
  // The first hears who it is, the second finds the call taken.
  for (let n = 0; n < 2; n++) {
    const amd = AMD.create({ model: AMD.Model.US, call });
    for (const name of Object.getOwnPropertyNames(amd)) say("field", "AMD.AnsweringMachineDetector", name);
    const methods = Object.getPrototypeOf(amd);
    members("AMD.AnsweringMachineDetector", methods, Object.getOwnPropertyNames(methods).filter((member) => member !== "constructor"));
    for (const name of Object.values(AMD.Events)) amd.addEventListener(name, (event) => say("event", name, Object.keys(event).sort().join()));
    amd.detect();
  }
});
// Of a unit and of what all units have.
const unit = (name, object, events) => {
  const known = ["constructor"];
  for (let prototype = Object.getPrototypeOf(object); prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    // The nearer wins.
    const own = Object.getOwnPropertyNames(prototype).filter((member) => !known.includes(member));
    members(name, prototype, own);
    known.push(...own);
  }
  for (const event of Object.values(events)) object.addEventListener(event, seen);
};
"#;

/// What the declarations say: parsed from their regular style, one member a line.
#[derive(Default)]
struct Declared {
    /// Enum to name to value.
    enums: BTreeMap<String, BTreeMap<String, String>>,
    /// Interface to what it extends.
    extends: BTreeMap<String, String>,
    /// Interface to member to parameter count; `None` for a field.
    interfaces: BTreeMap<String, BTreeMap<String, Option<usize>>>,
    /// Event map to enum member to interface.
    events: BTreeMap<String, String>,
    /// Global constant to its interface.
    constants: BTreeMap<String, String>,
    functions: BTreeMap<String, usize>,
    /// Namespace to function to parameter count.
    namespaces: BTreeMap<String, BTreeMap<String, usize>>,
    undocumented: Vec<String>,
}

fn declared() -> Declared {
    let mut declared = Declared::default();
    let (mut open, mut documented) = (String::new(), false);
    // What stands in a namespace is known by its full name.
    let mut within: Option<String> = None;
    for line in DECLARED.lines() {
        let text = line.trim();
        if text.is_empty() || text.starts_with("//") {
            continue;
        }
        if text.starts_with("/**") {
            assert!(text.ends_with("*/"), "a comment is one line: {text}");
            documented = true;
            continue;
        }
        let text = text.strip_prefix("readonly ").unwrap_or(text);
        let words: Vec<&str> = text.split([' ', '(', '<', ':', ';', '?']).collect();
        match words.as_slice() {
            ["}", ..] if open.is_empty() => within = None,
            ["}", ..] => open.clear(),
            ["declare", "namespace", name, ..] => {
                within = Some(name.to_string());
                declared.namespaces.entry(name.to_string()).or_default();
            }
            ["declare", "enum", name, ..] | ["enum", name, ..] => {
                open = full(&within, name);
                declared.enums.entry(open.clone()).or_default();
            }
            ["function", name, ..] => {
                note(&mut declared.undocumented, documented, text);
                let namespace = within.clone().expect("else it is declared");
                let functions = declared.namespaces.entry(namespace).or_default();
                functions.insert(name.to_string(), parameters(text));
            }
            ["interface", name, rest @ ..] => {
                open = full(&within, name);
                declared.interfaces.entry(open.clone()).or_default();
                if let ["extends", parent, ..] = rest {
                    declared.extends.insert(open.clone(), parent.to_string());
                }
                if text.ends_with('}') {
                    open.clear();
                }
            }
            ["declare", "const", name, ..]
                if text.contains(": new (") || text.contains(": abstract new (") =>
            {
                note(&mut declared.undocumented, documented, text);
                let arity = parameters(text);
                declared.functions.insert(name.to_string(), arity);
            }
            ["declare", "const", name, ..] => {
                let of = text
                    .rsplit(' ')
                    .next()
                    .expect("a type")
                    .trim_end_matches(';');
                declared.constants.insert(name.to_string(), of.into());
            }
            ["declare", "function", name, ..] => {
                note(&mut declared.undocumented, documented, text);
                let arity = parameters(text);
                declared.functions.entry(name.to_string()).or_insert(arity);
            }
            ["type", ..] if text.starts_with("type ") => {}
            [first, ..] if first.starts_with('[') => {
                // `[CallEvents.Connected]: ConnectedEvent;`; an index signature has no dot.
                if let Some((event, of)) = text.trim_start_matches('[').split_once("]: ")
                    && event.contains('.')
                {
                    declared
                        .events
                        .insert(event.into(), of.trim_end_matches(';').into());
                }
            }
            [name, "=", ..] | [name, "", "=", ..] if declared.enums.contains_key(&open) => {
                let value = text.split('"').nth(1);
                let number = || text.split("= ").nth(1)?.strip_suffix(',');
                let value = value
                    .or_else(number)
                    .expect("an enum's value is a text or a number");
                if open != "Modules" {
                    note(&mut declared.undocumented, documented, text);
                }
                let values = declared.enums.get_mut(&open).expect("it is open");
                values.insert(name.trim_matches('"').to_string(), value.into());
            }
            [name, ..] => {
                if !matches!(open.as_str(), "ConsoleObject" | "Replaces") {
                    note(&mut declared.undocumented, documented, text);
                }
                let rest = &text[name.len()..];
                let method = rest.starts_with(['(', '<']) || rest.starts_with(": new (");
                let members = declared
                    .interfaces
                    .get_mut(&open)
                    .unwrap_or_else(|| panic!("{text} stands nowhere"));
                members
                    .entry(name.to_string())
                    .or_insert_with(|| method.then(|| parameters(text)));
            }
            [] => unreachable!("a line has words"),
        }
        documented = false;
    }
    declared
}

fn full(within: &Option<String>, name: &str) -> String {
    match within {
        Some(within) => format!("{within}.{name}"),
        None => name.to_string(),
    }
}

fn note(undocumented: &mut Vec<String>, documented: bool, text: &str) {
    if !documented {
        undocumented.push(text.into());
    }
}

/// The parameters of a declaration, without a rest parameter: what `Function.length` says.
fn parameters(declaration: &str) -> usize {
    let text = declaration.replace("=>", "  ");
    let (mut depth, mut from) = (0, None);
    let mut parameters = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' if depth == 0 && from.is_none() => {
                (depth, from) = (1, Some(at + 1));
            }
            '(' | '<' | '[' | '{' => depth += 1,
            ')' | '>' | ']' | '}' => {
                depth -= 1;
                if let (0, ')', Some(start)) = (depth, c, from) {
                    parameters.push(&text[start..at]);
                    break;
                }
            }
            ',' if depth == 1
                && let Some(start) = from =>
            {
                parameters.push(&text[start..at]);
                from = Some(at + 1);
            }
            _ => {}
        }
    }
    parameters
        .iter()
        .map(|parameter| parameter.trim())
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("..."))
        .count()
}

impl Declared {
    /// The members of an interface and of what it extends.
    fn members(&self, interface: &str) -> BTreeMap<String, Option<usize>> {
        let own = &self.interfaces[interface];
        let parent = self.extends.get(interface);
        let mut members = parent.map_or_else(BTreeMap::new, |parent| self.members(parent));
        members.extend(own.clone());
        members
    }

    /// The fields of an interface and of what it extends.
    fn fields(&self, interface: &str) -> BTreeSet<String> {
        let mut fields: BTreeSet<String> = self
            .interfaces
            .get(interface)
            .unwrap_or_else(|| panic!("{interface} is declared"))
            .keys()
            .cloned()
            .collect();
        if let Some(parent) = self.extends.get(interface) {
            fields.extend(self.fields(parent));
        }
        fields
    }

    /// The facts that an isolate must list.
    fn facts(&self) -> BTreeSet<String> {
        let mut facts = BTreeSet::new();
        for (name, arity) in &self.functions {
            facts.insert(format!("function {name} {arity}"));
        }
        let global = |name: &&String| !name.contains('.');
        let enums = self.enums.keys().filter(global);
        let namespaces = self.namespaces.keys();
        for name in self.constants.keys().chain(enums).chain(namespaces) {
            facts.insert(format!("object {name}"));
        }
        for (namespace, functions) in &self.namespaces {
            for (name, arity) in functions {
                facts.insert(format!("method {namespace} {name} {arity}"));
            }
        }
        let objects = self
            .constants
            .iter()
            .map(|(name, of)| (name.as_str(), of.as_str()));
        for (name, of) in objects.chain([
            ("Call", "Call"),
            ("Player", "Player"),
            ("SequencePlayer", "SequencePlayer"),
            ("Recorder", "Recorder"),
            ("ConferenceRecorder", "ConferenceRecorder"),
            ("ASR", "ASR"),
            ("Conference", "Conference"),
            ("Endpoint", "Endpoint"),
            ("WebSocket", "WebSocket"),
            (
                "AMD.AnsweringMachineDetector",
                "AMD.AnsweringMachineDetector",
            ),
        ]) {
            for (member, arity) in self.members(of) {
                facts.insert(match arity {
                    Some(arity) => format!("method {name} {member} {arity}"),
                    None if of == "AMD.AnsweringMachineDetector" => {
                        format!("field {name} {member}")
                    }
                    // A prototype has nothing there.
                    None => format!("value {name} {member} "),
                });
            }
        }
        for (name, values) in &self.enums {
            for (member, value) in values {
                facts.insert(format!("value {name} {member} {value}"));
            }
        }
        for (event, of) in &self.events {
            if NEVER.contains(&event.as_str()) {
                continue;
            }
            let (name, member) = event.rsplit_once('.').expect("an enum's member");
            let fields: Vec<_> = self.fields(of).into_iter().collect();
            facts.insert(format!(
                "event {} {}",
                self.enums[name][member],
                fields.join(",")
            ));
        }
        facts
    }
}

/// What a booted isolate lists of itself.
fn listed(declared: &Declared) -> BTreeSet<String> {
    // Parts of the API are there where a scenario's text names them, so this one names all.
    let functions = declared.functions.keys();
    let methods = declared.interfaces["VoxEngineObject"].keys();
    let calls = declared.interfaces["Call"].keys();
    let globals = declared.constants.keys();
    let namespaces = declared.namespaces.keys();
    let logger = declared.interfaces["LoggerObject"].keys();
    let names = functions.chain(methods).chain(calls).chain(globals);
    let names = names.chain(namespaces).chain(logger);
    let names: Vec<&str> = names.map(String::as_str).collect();
    let listing = format!("// {}\n{LISTING}", names.join(" "));
    let scenario =
        Scenario::compile("listing", "listing.js", listing.as_bytes()).expect("it compiles");
    let mut isolate = Isolate::warm(&Limits::default()).expect("there is memory");
    isolate.load(
        Arc::new(Program {
            scenarios: vec![Arc::new(scenario)],
        }),
        1,
    );
    let language: BTreeSet<&str> = LANGUAGE.split_whitespace().collect();
    let mut facts = BTreeSet::new();
    for event in events() {
        let now = Now {
            at: Instant::now(),
            unix_ms: 0,
        };
        let turn = isolate.turn(event, now, Box::new(|| false));
        assert_eq!(turn.fault, None);
        for command in turn.commands {
            if let Command::Log {
                level: Level::Info,
                text,
            } = command
            {
                let own = !text.starts_with("function ") && !text.starts_with("object ");
                if own || !language.contains(text.split(' ').nth(1).unwrap_or_default()) {
                    facts.insert(text);
                }
            }
        }
    }
    facts
}

/// Every event once, with everything in it.
fn events() -> Vec<Event> {
    let headers = HeaderMap::new;
    let mut events = vec![
        Event::Started {
            session: SessionId(1),
            custom_data: String::new(),
            access: String::new(),
        },
        Event::Alerting(Box::new(Alerting {
            call: CallId::INCOMING,
            callerid: "1001".into(),
            destination: "2002".into(),
            display_name: "Alice".into(),
            from_uri: "sip:1001@example.com".into(),
            to_uri: "sip:2002@example.com".into(),
            headers: headers(),
            client_type: "sip".into(),
            scheme: serde_json::json!({}),
        })),
    ];
    let sample = MediaSample {
        id: 1,
        packets: 1,
        loss: Some(1),
        jitter_us: Some(1),
    };
    let news = vec![
        CallNews::Connected {
            headers: headers(),
            scheme: serde_json::json!({}),
        },
        CallNews::Failed {
            code: 486,
            reason: "Busy Here".into(),
            headers: headers(),
        },
        CallNews::Disconnected {
            internal_code: 200,
            reason: "Normal call clearing".into(),
            duration_s: 1,
            direction: "Incoming".into(),
            headers: headers(),
        },
        CallNews::Ringing { headers: headers() },
        CallNews::AudioStarted { headers: headers() },
        CallNews::InfoReceived {
            mime_type: "text/plain".into(),
            body: "x".into(),
            headers: headers(),
        },
        CallNews::MessageReceived {
            text: "x".into(),
            headers: headers(),
        },
        CallNews::OnHold,
        CallNews::OffHold,
        CallNews::BlindTransferRequested {
            transferee: Some(CallId::INCOMING),
            transfer_to: "carol".into(),
            headers: headers(),
            replaces: Some(Replaces {
                call_id: "a".into(),
                to_tag: "b".into(),
                from_tag: "c".into(),
                early_only: false,
            }),
            deadline_ms: 1,
        },
        CallNews::TransferComplete {
            role: TransferRole::Transferee,
            headers: headers(),
            own: None,
        },
        CallNews::TransferProgress {
            status: 180,
            reason: "Ringing".into(),
        },
        CallNews::TransferFailed {
            role: TransferRole::Transferor,
            code: 486,
            reason: "Busy Here".into(),
            headers: headers(),
            own: Some(ReferStatus::default()),
        },
        CallNews::FirstAudioPacketReceived,
        CallNews::RtpStopped,
        CallNews::RtpResumed,
        CallNews::AudioQualityDetected { hd: true },
        CallNews::ToneReceived {
            tone: "5".into(),
            kind: 1,
        },
        CallNews::MicStatusChange { active: true },
        CallNews::ToneDetected {
            tone: "busy".into(),
        },
        CallNews::BeepDetectionComplete {
            frequency: Some(1_000),
            timeout: Some(false),
        },
        CallNews::BeepDetectionError { reason: "x".into() },
        CallNews::AudioIdentificationStarted,
        CallNews::AudioIdentificationStopped,
        CallNews::AudioIdentificationResult {
            class: "HUMAN".into(),
            confidence: 90,
        },
        CallNews::MediaStatisticsReceived {
            heard: sample,
            said: sample,
        },
        CallNews::Statistics,
        CallNews::RecordStarted { url: "x".into() },
        CallNews::RecordStopped {
            url: "x".into(),
            duration_s: 1.5,
        },
        CallNews::RecordError { error: "x".into() },
        CallNews::PlaybackReady,
        CallNews::PlaybackStarted { duration_s: 1.0 },
        CallNews::PlaybackFinished {
            error: Some("x".into()),
        },
    ];
    events.extend(news.into_iter().map(|news| Event::Call {
        call: CallId::INCOMING,
        state: CallState::Connected,
        news,
    }));
    let players = [
        PlayerNews::Created,
        PlayerNews::PlaybackReady,
        PlayerNews::Started { duration_s: 1.0 },
        PlayerNews::PlaybackMarkerReached { offset_ms: 1 },
        PlayerNews::Error { error: "x".into() },
        PlayerNews::PlaybackFinished {
            error: Some("x".into()),
        },
    ];
    let sockets = [
        SocketNews::created(),
        SocketNews::Open,
        SocketNews::Message { text: "x".into() },
        SocketNews::MediaStarted {
            tag: None,
            encoding: None,
            custom: BTreeMap::new(),
        },
        SocketNews::MediaEnded {
            tag: None,
            duration_s: 1.0,
        },
        SocketNews::Error { reason: "x".into() },
        SocketNews::Close {
            code: 1000,
            reason: "x".into(),
            clean: true,
        },
    ];
    events.extend(sockets.map(|news| Event::Unit {
        unit: UnitId(8),
        news: UnitNews::Socket(news),
    }));
    for outcome in [
        Visited::Socket(UnitId(UnitId::OWN.0 + 1)),
        Visited::Refused("x".into()),
    ] {
        events.push(Event::Visit {
            visit: Box::new(Visit {
                path: "/".into(),
                headers: vec![("a".into(), "b".into())],
            }),
            outcome,
        });
    }
    events.push(Event::Request(Box::new(Request {
        method: "GET".into(),
        path: "/".into(),
        content: String::new(),
        headers: vec![("x-a".into(), "b".into())],
    })));
    // Two of a kind: the first comes to its end, the second is stopped.
    for (ends, stops) in [(1, 2), (3, 4)] {
        events.extend(players.clone().map(|news| Event::Unit {
            unit: UnitId(ends),
            news: UnitNews::Player(news),
        }));
        events.push(Event::Unit {
            unit: UnitId(stops),
            news: UnitNews::Player(PlayerNews::Stopped),
        });
    }
    let recorder = [
        RecorderNews::Started { url: "x".into() },
        RecorderNews::RecorderError {
            error: "x".into(),
            over: false,
        },
        RecorderNews::Stopped { duration_s: 1.5 },
    ];
    events.extend(recorder.map(|news| Event::Unit {
        unit: UnitId(5),
        news: UnitNews::Recorder(news),
    }));
    let recogniser = [
        AsrNews::Started,
        AsrNews::CaptureStarted,
        AsrNews::SpeechCaptured,
        AsrNews::InterimResult { text: "x".into() },
        AsrNews::Result {
            text: "x".into(),
            confidence: 1.0,
            end_s: Some(1.0),
            language: Some("en-US".into()),
        },
        AsrNews::Error { error: "x".into() },
        AsrNews::Stopped { duration_s: 1.0 },
    ];
    events.extend(recogniser.map(|news| Event::Unit {
        unit: UnitId(6),
        news: UnitNews::Asr(news),
    }));
    let endpoint = 1;
    let conference = [
        ConferenceNews::Started,
        ConferenceNews::EndpointAdded { endpoint },
        ConferenceNews::EndpointUpdated { endpoint },
        ConferenceNews::EndpointManaged { endpoint },
        ConferenceNews::ConferenceError {
            code: 101,
            error: "x".into(),
            endpoint: Some(endpoint),
            gone: false,
        },
        ConferenceNews::EndpointRemoved { endpoint },
        ConferenceNews::Stopped,
    ];
    events.extend(conference.map(|news| Event::Unit {
        unit: UnitId(7),
        news: UnitNews::Conference(news),
    }));
    events.extend([Event::Terminating, Event::Terminated]);
    events
}

#[test]
fn the_declarations_say_what_an_isolate_has_and_nothing_else() {
    let declared = declared();
    let (declared, listed) = (declared.facts(), listed(&declared));
    let missing: Vec<_> = declared.difference(&listed).collect();
    let silent: Vec<_> = listed.difference(&declared).collect();
    assert!(
        missing.is_empty() && silent.is_empty(),
        "declared, but not there: {missing:#?}\nthere, but not declared: {silent:#?}"
    );
    // Were both empty, nothing would have been compared.
    assert!(declared.len() > 130, "{}", declared.len());
}

#[test]
fn every_member_is_documented() {
    assert_eq!(declared().undocumented, Vec::<String>::new());
}

#[test]
fn parameters_are_counted_as_function_length_does() {
    for (declaration, count) in [
        ("f(): void;", 0),
        ("f(a: string, b?: { x: number, y: any }): void;", 2),
        (
            "f<E extends X>(event: E, callback: (event: Map[E], more: any) => any): void;",
            2,
        ),
        (
            "f(callback: (...args: any[]) => any, timeout?: number, ...args: any[]): number;",
            2,
        ),
        ("f(...values: any[]): void;", 0),
    ] {
        assert_eq!(parameters(declaration), count, "{declaration}");
    }
}

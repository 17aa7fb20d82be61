//! The API that a scenario sees: one JS object per file, over the few functions of
//! [`natives`](super::natives). It is compiled once per process. Most of it is there in every isolate;
//! what few scenarios use is completed before they run, where their text names it.

pub mod unsupported;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::OnceLock;

use rquickjs::{Ctx, Function, Object, Value};

use crate::script::bytecode::{self, Bytecode, Keep};
use crate::script::host::Host;
use crate::script::program::compile_script;
use crate::script::{
    Fault, asr, bytes, conference, natives, outside, recorder, refer, senses, socket, sound, tones,
};

/// The file name that the engine gives to code without lines, as the API is; its frames are never shown.
pub(super) const FILE: &str = "<null>";

/// What every isolate has, in this order: each leans only on those before it, or on later ones when it is called.
const FILES: &[&str] = &[
    include_str!("primordials.js"),
    include_str!("language.js"),
    include_str!("headers.js"),
    include_str!("events.js"),
    include_str!("logger.js"),
    include_str!("timers.js"),
    include_str!("inquiries.js"),
    include_str!("call.js"),
    include_str!("place.js"),
    include_str!("voxengine.js"),
    include_str!("missing.js"),
    include_str!("dispatch.js"),
];

/// What only the isolates have whose scenarios name it.
struct Part {
    /// Any of them loads it.
    names: &'static [&'static str],
    file: &'static str,
    natives: Option<Natives>,
}

/// The natives that a part needs beyond those of every isolate.
type Natives = for<'js> fn(&Ctx<'js>, &Rc<Host>) -> rquickjs::Result<Object<'js>>;

const PARTS: [Part; 22] = [
    Part {
        names: BOUNDED,
        file: include_str!("bounds.js"),
        natives: Some(natives::for_bounds),
    },
    Part {
        names: &[
            "base64_decode",
            "base64_encode",
            "bytes2hex",
            "bytes2str",
            "getLocalTime",
            "hex2bytes",
            "levenshtein_distance",
            "str2bytes",
            "uuidgen",
        ],
        file: include_str!("bytes.js"),
        natives: Some(bytes::natives),
    },
    Part {
        names: &["console"],
        file: include_str!("console.js"),
        natives: None,
    },
    Part {
        names: DATED,
        file: include_str!("date.js"),
        natives: Some(bytes::natives_of_date),
    },
    Part {
        names: &[
            "easyProcess",
            "forwardCallToPSTN",
            "forwardCallToSIP",
            "forwardCallToUser",
            "forwardCallToUserDirect",
        ],
        file: include_str!("forward.js"),
        natives: None,
    },
    // The base of every unit, before any kind of them.
    Part {
        names: UNITS,
        file: include_str!("units.js"),
        natives: Some(sound::natives),
    },
    Part {
        names: PLAYERS,
        file: include_str!("player.js"),
        natives: None,
    },
    Part {
        names: CONFERENCES,
        file: include_str!("conference.js"),
        natives: Some(conference::natives),
    },
    Part {
        names: PLAYBACK,
        file: include_str!("playback.js"),
        natives: None,
    },
    Part {
        names: RECORDERS,
        file: include_str!("recorder.js"),
        natives: Some(recorder::natives),
    },
    Part {
        names: RECOGNISERS,
        file: include_str!("asr.js"),
        natives: Some(asr::natives),
    },
    Part {
        names: SOCKETS,
        file: include_str!("socket.js"),
        natives: Some(socket::natives),
    },
    Part {
        names: &["Language", "TTSEffectsProfile", "VoiceList"],
        file: include_str!("voices.js"),
        natives: None,
    },
    Part {
        names: &["DTMFType", "handleTones", "sendDigits"],
        file: include_str!("tones.js"),
        natives: Some(tones::natives),
    },
    Part {
        names: &[
            "disableBeepDetection",
            "enableBeepDetection",
            "handleMicStatus",
            "vad",
        ],
        file: include_str!("senses.js"),
        natives: Some(senses::natives),
    },
    Part {
        names: &["AMD"],
        file: include_str!("amd.js"),
        natives: Some(senses::natives),
    },
    Part {
        names: &["hideTones"],
        file: include_str!("hidden.js"),
        natives: Some(senses::natives),
    },
    Part {
        names: &["transferTo"],
        file: include_str!("transfer.js"),
        natives: Some(refer::natives),
    },
    Part {
        names: &["recall"],
        file: include_str!("recall.js"),
        natives: None,
    },
    Part {
        names: &["Modules"],
        file: include_str!("modules.js"),
        natives: None,
    },
    Part {
        names: &["Net"],
        file: include_str!("net.js"),
        natives: Some(outside::natives_of_net),
    },
    Part {
        names: &["ApplicationStorage"],
        file: include_str!("storage.js"),
        natives: Some(outside::natives_of_storage),
    },
];

/// Whatever makes a unit or is one.
const UNITS: &[&str] = &joined::<
    { CONFERENCES.len() + PLAYERS.len() + RECOGNISERS.len() + RECORDERS.len() + SOCKETS.len() },
>(&[CONFERENCES, PLAYERS, RECOGNISERS, RECORDERS, SOCKETS]);

const SOCKETS: &[&str] = &[
    "WebSocket",
    "WebSocketAudioEncoding",
    "WebSocketCloseCode",
    "WebSocketEvents",
    "WebSocketReadyState",
    "allowWebSocketConnections",
    "createWebSocket",
    "disableStatisticsForIncomingWebsockets",
    "disableTraceForIncomingWebsockets",
    "enableStatisticsForIncomingWebsockets",
    "enableTraceForIncomingWebsockets",
];

const RECORDERS: &[&str] = &[
    "ConferenceRecorder",
    "Recorder",
    "RecorderDirection",
    "RecorderProfile",
    "TranscriptionProvider",
    "RecordExpireTime",
    "RecorderEvents",
    "createRecorder",
    "record",
];

const RECOGNISERS: &[&str] = &[
    "ASR",
    "ASRDictionary",
    "ASREvents",
    "ASRLanguage",
    "ASRModelList",
    "ASRProfileList",
    "createASR",
];

const CONFERENCES: &[&str] = &[
    "Conference",
    "Endpoint",
    "ConferenceDirection",
    "ConferenceEvents",
    "ConferenceMode",
    "createConference",
    "destroyConference",
];

const PLAYERS: &[&str] = &[
    "BasePlayer",
    "Player",
    "SequencePlayer",
    "PlayerEvents",
    "SequencePlayerEvents",
    "URLPlayerRequestMethod",
    "createSequencePlayer",
    "createTTSPlayer",
    "createToneScriptPlayer",
    "createURLPlayer",
    "playProgressTone",
    "playSoundAndHangup",
    "say",
    "startPlayback",
    "stopPlayback",
];

/// What is brought from elsewhere.
const PLAYBACK: &[&str] = &[
    "SequencePlayer",
    "SequencePlayerEvents",
    "URLPlayerRequestMethod",
    "createSequencePlayer",
    "createTTSPlayer",
    "createURLPlayer",
    "playSoundAndHangup",
    "say",
    "startPlayback",
    "stopPlayback",
];

/// Where none of these is mentioned there is no Date at all: the engine's reads the machine's clock.
const DATED: &[&str] = &["Date", "getLocalTime"];

/// Built-ins that `bounds.js` wraps, sorted.
const BOUNDED: &[&str] = &[
    "concat",
    "copyWithin",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "fill",
    "flat",
    "from",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "localeCompare",
    "normalize",
    "padEnd",
    "padStart",
    "parse",
    "parseFloat",
    "parseInt",
    "repeat",
    "replace",
    "replaceAll",
    "reverse",
    "set",
    "shift",
    "slice",
    "sort",
    "splice",
    "split",
    "stringify",
    "toLocaleString",
    "toLowerCase",
    "toReversed",
    "toSorted",
    "toSpliced",
    "toUpperCase",
    "toWellFormed",
    "unescape",
    "unshift",
    "with",
];

/// As many names as there are in all of the lists.
const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut at, mut n) = (0, 0, 0);
    while n < N {
        if at == lists[list].len() {
            (list, at) = (list + 1, 0);
        } else {
            all[n] = lists[list][at];
            (at, n) = (at + 1, n + 1);
        }
    }
    all
}

/// All of the API, compiled. Each piece is an expression whose value is a function of
/// `(host, global, core, names)`; that of the core returns the dispatcher.
pub(super) struct Api {
    pub(super) core: Bytecode,
    /// In the order of `PARTS`.
    parts: Vec<Bytecode>,
}

/// Compiles the API at the first call in this process.
pub(super) fn compiled() -> Result<&'static Api, Fault> {
    static API: OnceLock<Result<Api, Fault>> = OnceLock::new();
    let compile = |body: &str| {
        let source =
            format!("(function (host, global, core, names) {{ \"use strict\";\n{body}\n}})");
        compile_script(&source, FILE, Keep::Code)
    };
    API.get_or_init(|| {
        Ok(Api {
            core: compile(&FILES.join("\n"))?,
            parts: PARTS
                .iter()
                .map(|part| compile(part.file))
                .collect::<Result<_, _>>()?,
        })
    })
    .as_ref()
    .map_err(Fault::clone)
}

/// The names in a source that the API is completed for: whole words, wherever they stand.
pub(super) fn mentioned_in(source: &str) -> Box<[&'static str]> {
    let words: BTreeSet<&str> = source
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$')
        .collect();
    mentionable().filter(|name| words.contains(name)).collect()
}

/// All of them.
pub(super) fn mentionable() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|part| part.names).copied()
}

impl Api {
    /// Completes a booted isolate for a program that mentions these names, before any of it runs.
    pub(super) fn complete<'js>(
        &self,
        ctx: &Ctx<'js>,
        host: &Rc<Host>,
        dispatch: &Function<'js>,
        mentions: &BTreeSet<&'static str>,
    ) -> rquickjs::Result<()> {
        let core: Object = dispatch.call(("core", ""))?;
        for (part, bytecode) in PARTS.iter().zip(&self.parts) {
            let names: Vec<&str> = part
                .names
                .iter()
                .copied()
                .filter(|name| mentions.contains(name))
                .collect();
            if names.is_empty() {
                continue;
            }
            let natives = part.natives.map(|natives| natives(ctx, host)).transpose()?;
            let function: Function = bytecode::run(ctx, bytecode)?.get()?;
            function.call::<_, Value>((natives, ctx.globals(), core.clone(), names))?;
        }
        if !DATED.iter().any(|name| mentions.contains(name)) {
            ctx.globals().remove("Date")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mentioned_as_whole_words() {
        let check = |source, names: &[&str]| assert_eq!(&*mentioned_in(source), names, "{source}");
        check("x.repeat(2); s['padEnd']", &["padEnd", "repeat"]);
        check("new Date().getTime(); console.log()", &["console", "Date"]);
        check("update(); repeated; myDate; joiner", &[]);
        check("ünicode.join()", &["join"]);
    }
}

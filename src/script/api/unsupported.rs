//! What VoxEngine has and we do not yet, in one list: its stubs throw `Call.reInvite is not supported yet`,
//! and loading a scenario warns of such names in its text.

use std::collections::BTreeSet;

use crate::script::Program;

/// Objects of ours with what they lack.
const MEMBERS: &[(&str, &[&str])] = &[
    (
        "VoxEngine",
        &[
            "callWhatsappUser",
            "createStreamingAgent",
            "enqueueACDRequest",
            "enqueueTask",
            "getSecretValue",
        ],
    ),
    ("Logger", &[]),
    ("Net", &["sendMail", "sendMailAsync"]),
    (
        "CallEvents",
        &[
            "FirstVideoPacketReceived",
            "Forwarding",
            "PushSent",
            "ReInviteAccepted",
            "ReInviteReceived",
            "ReInviteRejected",
            "VideoTrackCreated",
        ],
    ),
    (
        "Call",
        &[
            "acceptReInvite",
            "answerDirect",
            "reInvite",
            "rejectReInvite",
        ],
    ),
];

/// Global objects that do not exist at all, whatever they have.
const GLOBALS: &[&str] = &[
    "ACDEvents",
    "ACDRequest",
    "AI",
    "ASRModel",
    "CCAI",
    "CallList",
    "Cartesia",
    "Crypto",
    "Deepgram",
    "ElevenLabs",
    "Gemini",
    "Google",
    "Grok",
    "IVR",
    "IVRState",
    "Inworld",
    "JSession",
    "MCP",
    "MeasurementProtocol",
    "OpenAI",
    "PhoneNumber",
    "Pipecat",
    "Silero",
    "SmartQueueEvents",
    "SmartQueueOperatorSettingsMode",
    "SmartQueueTask",
    "StreamingAgent",
    "StreamingAgentEvents",
    "TaskWaitingCode",
    "TerminationStatus",
    "Ultravox",
    "VoxTTS",
    "VoxTTSModelList",
    "VoxTTSVoiceList",
    "VoximplantAPI",
    "VoximplantAvatar",
    "XAI",
    "Yandex",
];

/// Most findings that are told of one scenario.
const MOST_FOUND: usize = 100;

/// What is missing: a function throws when it is called, a value when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Function,
    Value,
}

/// Whether VoxEngine has `owner.member` where we have nothing.
pub fn missing(owner: &str, member: &str) -> Option<Missing> {
    let known = MEMBERS
        .iter()
        .any(|(name, members)| *name == owner && members.contains(&member))
        || GLOBALS.contains(&owner);
    known.then(
        || match member.starts_with(|c: char| c.is_ascii_lowercase()) {
            true => Missing::Function,
            false => Missing::Value,
        },
    )
}

/// The global objects that the program's scenarios name and that do not exist; each gets a stub.
pub(crate) fn globals_of(program: &Program) -> BTreeSet<String> {
    program
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.unsupported)
        .map(|(name, _)| name.split('.').next().unwrap_or(name))
        .filter(|owner| GLOBALS.contains(owner))
        .map(str::to_string)
        .collect()
}

/// Names found in a scenario's text that are not supported yet: name, line. Names in comments and
/// strings do not count, nor those that the scenario declares itself.
pub fn found_in(source: &str) -> Vec<(String, u32)> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut own = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let text = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text);
        let after_dot = before.is_some_and(|before| before.text == ".");
        let name = if after_dot {
            // Whatever it is called on, a method of this name with an argument list is a call's.
            let owner = at.checked_sub(2).and_then(|at| tokens.get(at));
            let ours =
                owner.is_some_and(|owner| is_owner(owner.text) || GLOBALS.contains(&owner.text));
            (!ours && text(1) == "(" && missing("Call", token.text).is_some())
                .then(|| format!("Call.{}", token.text))
        } else if GLOBALS.contains(&token.text) {
            if before.is_some_and(|before| {
                matches!(before.text, "const" | "let" | "var" | "function" | "class")
            }) {
                own.insert(token.text);
            }
            match text(1) {
                // A key of an object.
                ":" => None,
                "." => Some(format!("{}.{}", token.text, text(2))),
                _ => Some(token.text.to_string()),
            }
        } else if is_owner(token.text) && text(1) == "." && missing(token.text, text(2)).is_some() {
            Some(format!("{}.{}", token.text, text(2)))
        } else {
            None
        };
        found.extend(name.map(|name| (name, token.line)));
    }
    found.retain(|(name, _)| !own.contains(name.split('.').next().unwrap_or(name)));
    found.truncate(MOST_FOUND);
    found
}

fn is_owner(name: &str) -> bool {
    MEMBERS.iter().any(|(owner, _)| *owner == name)
}

struct Token<'a> {
    text: &'a str,
    line: u32,
}

/// Words and single punctuation marks; comments, strings, templates and regular expressions are
/// skipped. Good enough to find names: what it misreads costs a warning, nothing more.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::<Token<'_>>::new(), 0, 1);
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let end = match (byte, next) {
            (b'/', Some(b'/')) => ends_at(bytes, at, b"\n"),
            (b'/', Some(b'*')) => ends_after(bytes, at + 2, b"*/"),
            (b'/', _) if may_be_regex(tokens.last()) => quoted(bytes, at, b'/', false),
            (b'"' | b'\'', _) => quoted(bytes, at, byte, false),
            (b'`', _) => quoted(bytes, at, b'`', true),
            _ if is_word(byte) => bytes
                .get(at..)
                .and_then(|rest| rest.iter().position(|byte| !is_word(*byte)))
                .map_or(bytes.len(), |length| at + length),
            _ => at + 1,
        };
        let end = end.min(bytes.len());
        if let Some(text) = source.get(at..end)
            && !byte.is_ascii_whitespace()
            && (end - at <= 1 || is_word(byte))
        {
            // `?.` is a dot.
            match (text, tokens.last_mut()) {
                (".", Some(last)) if last.text == "?" => last.text = ".",
                _ => tokens.push(Token { text, line }),
            }
        } else if matches!(byte, b'"' | b'\'' | b'`')
            || (byte == b'/' && !matches!(next, Some(b'/' | b'*')))
        {
            tokens.push(Token { text: "\"\"", line });
        }
        line += bytes.get(at..end).map_or(0, |seen| {
            seen.iter().filter(|byte| **byte == b'\n').count() as u32
        });
        at = end;
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// A slash after a value divides; else it begins a regular expression.
fn may_be_regex(before: Option<&Token<'_>>) -> bool {
    let Some(before) = before else { return true };
    match before.text {
        "return" | "typeof" | "case" | "in" | "of" | "delete" | "void" => true,
        ")" | "]" | "}" | "\"\"" => false,
        text => !text.bytes().all(is_word),
    }
}

fn ends_at(bytes: &[u8], from: usize, mark: &[u8]) -> usize {
    bytes
        .get(from..)
        .and_then(|rest| rest.windows(mark.len()).position(|window| window == mark))
        .map_or(bytes.len(), |length| from + length)
}

fn ends_after(bytes: &[u8], from: usize, mark: &[u8]) -> usize {
    ends_at(bytes, from, mark) + mark.len()
}

/// The end of a string, template or regular expression that begins at `from`.
fn quoted(bytes: &[u8], from: usize, quote: u8, lines: bool) -> usize {
    let (mut at, mut in_class) = (from + 1, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !lines => return at,
            b'[' if quote == b'/' => in_class = true,
            b']' => in_class = false,
            byte if byte == quote && !in_class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, found: &[(&str, u32)]) {
        let found: Vec<_> = found
            .iter()
            .map(|(name, line)| (name.to_string(), *line))
            .collect();
        assert_eq!(found_in(source), found, "{source}");
    }

    #[test]
    fn names_that_are_missing_are_found_with_their_line() {
        check(
            "call.answerDirect(x);\n\nVoxEngine.createStreamingAgent({})",
            &[
                ("Call.answerDirect", 1),
                ("VoxEngine.createStreamingAgent", 3),
            ],
        );
        check("e.call?.reInvite(x)", &[("Call.reInvite", 1)]);
        check(
            "\nCallList.httpRequest(url, x => {})",
            &[("CallList.httpRequest", 2)],
        );
        check(
            "x.addEventListener(CallEvents.ReInviteAccepted, f)",
            &[("CallEvents.ReInviteAccepted", 1)],
        );
        check(
            "call.answerDirect(TaskWaitingCode.TIMEOUT)",
            &[("Call.answerDirect", 1), ("TaskWaitingCode.TIMEOUT", 1)],
        );
    }

    #[test]
    fn comments_strings_and_names_of_the_script_itself_do_not_count() {
        for source in [
            "// call.answerDirect('x')",
            "/* CallList.httpRequest\n */",
            "'call.say()'",
            "`CallList.x ${1}`",
            "/CallList.x(\"/.test(s); '\"'",
            "const CallList = {}; CallList.start()",
            "({CallList: 1})",
            "x.CallList.y",
            "record.say = 1; say(x)",
            "VoxEngine.callUser('x'); call.answer(); require(Modules.ASR)",
        ] {
            check(source, &[]);
        }
    }

    #[test]
    fn text_that_is_no_program_does_no_harm() {
        for source in [
            "\"",
            "`",
            "/",
            "/*",
            "'\\",
            "é.say(",
            "?.",
            "a/b/c",
            "\u{feff}\u{2028}",
        ] {
            found_in(source);
        }
    }
}

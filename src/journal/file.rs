//! A journal as a file: JSON lines, the first says what the others are. What is read is strange to us: it is
//! bounded, checked, and a fault names its line.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entry::Text;
use super::hidden;
use super::mask::{self, Mask};
use super::private::Private;
use super::{Entry, Journal};
use crate::base::pattern::Pattern;
use crate::script::Event;
use crate::settings::Settings;
use crate::settings::policy::Policy;
use crate::sip::message::headers::is_safe_value;
use crate::sip::stack;

/// The form that is written; another is not read.
pub const VERSION: u32 = 1;

/// The most that is read, in bytes.
pub const MOST_BYTES: usize = 32 << 20;
const MOST_ENTRIES: usize = 200_000;
const MOST_LISTENERS: usize = 16;
/// Longer than any session.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    switchhook_journal: u32,
    name: String,
    began_unix_ms: u64,
    failures: Vec<String>,
    lasted_us: u64,
    left_out: u64,
    entries: usize,
    stack: stack::Settings,
    /// As `switchhook.json` has them.
    settings: Value,
}

/// A journal as it was read.
#[derive(Clone, Debug)]
pub struct Recording {
    pub name: String,
    pub began_unix_ms: u64,
    pub failures: Vec<String>,
    /// Until it was closed.
    pub lasted: Duration,
    pub left_out: u64,
    pub stack: stack::Settings,
    /// As `switchhook.json` has them, to be read as such.
    pub settings: Value,
    pub entries: Vec<(Duration, Entry)>,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.reason)
    }
}

/// The file's text, without what it must not tell. `settings` as the configuration has them; `key` is
/// chance, and used for nothing else.
pub fn write(journal: &Journal, mut settings: Value, key: [u8; 32]) -> String {
    let named = |number: &str| {
        let programs = journal.programs.iter();
        let mut scenarios = programs.flat_map(|program| &program.scenarios);
        scenarios.any(|scenario| scenario.bytecode.holds(number.as_bytes()))
    };
    let mut mask = Mask::new(key, patterns(&journal.settings), &named);
    for (_, entry) in &journal.entries {
        learn(&mut mask, entry);
    }
    for user in &journal.users {
        mask.learn(user.as_bytes());
    }
    mask.cover(&mut settings);
    let failures = journal.failures.iter();
    let head = Head {
        switchhook_journal: VERSION,
        name: journal.name.clone(),
        began_unix_ms: journal.began_unix_ms,
        failures: failures.map(|failure| mask.text(failure)).collect(),
        lasted_us: journal.lasted.as_micros() as u64,
        left_out: journal.left_out,
        entries: journal.entries.len(),
        stack: journal.stack.clone(),
        settings,
    };
    let mut text = line(&head);
    let hidden = journal.entries.iter().any(|(_, entry)| hidden::asks(entry));
    let private = Private::of(journal.entries.iter().map(|(_, entry)| entry));
    for (at, entry) in &journal.entries {
        let entry = match hidden {
            true => &hidden::without_keys(entry),
            false => entry,
        };
        let covered = private.cover(entry);
        let entry = covered.as_ref().unwrap_or(entry);
        let mut value = serde_json::to_value(masked(&mut mask, entry)).unwrap_or(Value::Null);
        if let Entry::Turn { .. }
        | Entry::Event { .. }
        | Entry::Reply { .. }
        | Entry::Visit { .. }
        | Entry::Request { .. }
        | Entry::Socket { .. } = entry
        {
            mask::cover_fields(&mut value);
        }
        mask.cover(&mut value);
        text += &line(&(at.as_micros() as u64, value));
    }
    text
}

fn line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

/// A message without its secrets; its numbers too, where it is not text and nobody looks at it later.
fn masked(mask: &mut Mask, entry: &Entry) -> Entry {
    let mut cover = |text: &Text| Text(mask.bytes(&mask::without_secrets(&text.0)).into());
    match entry {
        Entry::In { flow, text } => Entry::In {
            flow: *flow,
            text: cover(text),
        },
        Entry::Out { flow, text } => Entry::Out {
            flow: *flow,
            text: cover(text),
        },
        other => other.clone(),
    }
}

fn learn(mask: &mut Mask, entry: &Entry) {
    match entry {
        Entry::In { text, .. } | Entry::Out { text, .. } => mask.learn_addresses(&text.0),
        Entry::Admitted(admitted) => mask.learn(admitted.destination.as_bytes()),
        Entry::Session { destination, .. } => mask.learn(destination.as_bytes()),
        Entry::Event {
            event: Event::Alerting(alerting),
            ..
        } => {
            mask.learn(alerting.callerid.as_bytes());
            mask.learn(alerting.destination.as_bytes());
        }
        Entry::Turn { commands, .. } => {
            for command in commands {
                let value = serde_json::to_value(command).unwrap_or(Value::Null);
                learn_strings(mask, &value);
            }
        }
        _ => {}
    }
}

/// Numbers that a script has as they are: a callee, a caller's id.
fn learn_strings(mask: &mut Mask, value: &Value) {
    match value {
        Value::String(text) => mask.learn(text.as_bytes()),
        Value::Array(items) => items.iter().for_each(|item| learn_strings(mask, item)),
        Value::Object(fields) => fields.values().for_each(|field| learn_strings(mask, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All that judges numbers.
fn patterns(settings: &Settings) -> Vec<&Pattern> {
    fn of(policy: &Policy) -> impl Iterator<Item = &Pattern> {
        let targets = policy.targets.iter();
        targets.flat_map(|targets| targets.allow.iter().flatten().chain(&targets.deny))
    }
    let trunks = settings.trunks.iter();
    let trunks = trunks.flat_map(|trunk| {
        let own = trunk.routes.iter().chain(&trunk.numbers);
        own.chain(of(&trunk.transfer))
    });
    trunks.chain(of(&settings.transfer.policy)).collect()
}

/// Reads a file's text.
pub fn read(text: &[u8]) -> Result<Recording, Fault> {
    let fault = |line: usize, reason: String| Fault { line, reason };
    if text.len() > MOST_BYTES {
        return Err(fault(
            1,
            format!("a journal has at most {MOST_BYTES} bytes"),
        ));
    }
    let mut lines = text.split(|byte| *byte == b'\n').enumerate();
    let (_, first) = lines.next().unwrap_or_default();
    let head = head(first).map_err(|reason| fault(1, reason))?;
    let mut entries = Vec::new();
    let mut last = Duration::ZERO;
    for (index, line) in lines {
        let number = index + 1;
        if line.is_empty() {
            continue;
        }
        if entries.len() >= MOST_ENTRIES {
            return Err(fault(
                number,
                format!("a journal has at most {MOST_ENTRIES} entries"),
            ));
        }
        let (at_us, entry): (u64, Entry) =
            serde_json::from_slice(line).map_err(|wrong| fault(number, wrong.to_string()))?;
        let at = Duration::from_micros(at_us);
        if at < last || at > LONGEST {
            return Err(fault(
                number,
                format!("the time {at_us} is before the one above, or too late"),
            ));
        }
        last = at;
        entries.push((at, entry));
    }
    if entries.len() != head.entries {
        let reason = format!(
            "the file has {} entries, and there were {}: it is cut off",
            entries.len(),
            head.entries
        );
        return Err(fault(entries.len() + 2, reason));
    }
    Ok(Recording {
        name: head.name,
        began_unix_ms: head.began_unix_ms,
        failures: head.failures,
        lasted: Duration::from_micros(head.lasted_us).clamp(last, LONGEST),
        left_out: head.left_out,
        stack: head.stack,
        settings: head.settings,
        entries,
    })
}

fn head(line: &[u8]) -> Result<Head, String> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|wrong| format!("this is no journal of switchhook: {wrong}"))?;
    match value.get("switchhook_journal").and_then(Value::as_u64) {
        None => return Err("this is no journal of switchhook".to_string()),
        Some(version) if version != u64::from(VERSION) => {
            return Err(format!(
                "a journal of form {version}; this program reads form {VERSION}"
            ));
        }
        Some(_) => {}
    }
    let head: Head = serde_json::from_value(value).map_err(|wrong| wrong.to_string())?;
    let is_name = !head.name.is_empty()
        && head.name.len() <= 64
        && head.name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name {
        return Err("the name is 1–64 letters and digits".to_string());
    }
    if head.stack.listeners.is_empty() || head.stack.listeners.len() > MOST_LISTENERS {
        return Err(format!("1–{MOST_LISTENERS} listeners are wanted"));
    }
    if head.stack.product.len() > 200 || !is_safe_value(&head.stack.product) {
        return Err("the product is no text for a header".to_string());
    }
    if head.stack.most_legs > 10_000_000
        || head.stack.min_se_s > 86_400
        || head.stack.session_expires_s > 86_400
    {
        return Err("a setting of the stack is out of bounds".to_string());
    }
    if head.began_unix_ms > 1 << 52 {
        return Err("it began too late".to_string());
    }
    let listeners: BTreeSet<_> = head
        .stack
        .listeners
        .iter()
        .map(|own| (own.transport, own.bound))
        .collect();
    match listeners.len() == head.stack.listeners.len() {
        true => Ok(head),
        false => Err("a listener comes twice".to_string()),
    }
}

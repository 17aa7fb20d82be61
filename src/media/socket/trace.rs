//! The trace of a socket: a line for each message, in the order in which they went. Messages of sound that follow each
//! other are one line a second. A text of several lines is indented, so no message can look like a line of ours.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ledger::{Passed, Way};
use crate::base::Now;
use crate::base::pii::without_seals;

/// Sound is summed up for so long.
const RUN: Duration = Duration::from_secs(1);
/// Streams that are summed up at a time.
const MOST_RUNS: usize = 32;
/// More of one message is left out, in bytes.
const LONGEST: usize = 64 << 10;
/// What the last line may need.
const LAST: usize = 200;
/// The width of the time and the mark before a text.
const INDENT: &str = "                            ";

pub struct Trace {
    /// What texts say is left out.
    is_private: bool,
    /// In bytes.
    room: Room,
    waiting: String,
    runs: BTreeMap<(Way, Option<String>), Run>,
}

enum Room {
    Left(usize),
    /// Nothing more is written.
    Full,
}

/// Messages of sound, one after the other.
struct Run {
    began: Now,
    until: Now,
    messages: u64,
    bytes: usize,
    ms: u64,
}

impl Trace {
    /// `most`: bytes that it may have, about.
    pub fn new(is_private: bool, most: usize) -> Trace {
        Trace {
            is_private,
            room: Room::Left(most),
            waiting: String::new(),
            runs: BTreeMap::new(),
        }
    }

    pub fn pass(&mut self, way: Way, passed: &Passed, now: Now) {
        match passed {
            Passed::Media { tag, bytes, ms } => {
                return self.pass_media(way, *tag, (*bytes, *ms), now);
            }
            // Beats of the connection, not messages.
            Passed::Ping | Passed::Pong => return,
            Passed::Text(_) | Passed::Stream(_) | Passed::Bytes(_) | Passed::Close { .. } => {}
        }
        self.end_runs(|of| of == way);
        let text = match passed {
            Passed::Text(text) | Passed::Stream(text) if self.is_private => {
                format!("({} bytes, left out: privacy)", text.len())
            }
            Passed::Text(text) | Passed::Stream(text) => shown(text),
            Passed::Bytes(bytes) => format!("({bytes} bytes in binary, which nobody hears)"),
            Passed::Close { code, reason } => format!("close {code} {}", shown(reason)),
            Passed::Media { .. } | Passed::Ping | Passed::Pong => return,
        };
        self.line(now, way.mark(), text.trim_end());
    }

    /// Something that is no message.
    pub fn note(&mut self, text: &str, now: Now) {
        self.end_runs(|_| true);
        self.line(now, "--", &shown(text));
    }

    /// What was summed up for long enough is written.
    pub fn beat(&mut self, now: Instant) {
        let due: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| now.saturating_duration_since(run.began.at) >= RUN)
            .map(|(of, _)| of.clone())
            .collect();
        for of in due {
            self.end_run(&of);
        }
    }

    /// What is to be written next.
    pub fn take(&mut self) -> Option<String> {
        (!self.waiting.is_empty()).then(|| std::mem::take(&mut self.waiting))
    }

    fn pass_media(&mut self, way: Way, tag: Option<&str>, (bytes, ms): (usize, u64), now: Now) {
        if matches!(self.room, Room::Full) {
            return;
        }
        let of = (way, tag.map(str::to_string));
        if !self.runs.contains_key(&of) && self.runs.len() >= MOST_RUNS {
            self.end_runs(|_| true);
        }
        let run = self.runs.entry(of.clone()).or_insert(Run {
            began: now,
            until: now,
            messages: 0,
            bytes: 0,
            ms: 0,
        });
        run.messages += 1;
        run.bytes += bytes;
        run.ms += ms;
        run.until = now;
        if now.at.saturating_duration_since(run.began.at) >= RUN {
            self.end_run(&of);
        }
    }

    fn end_runs(&mut self, which: impl Fn(Way) -> bool) {
        let over: Vec<_> = self.runs.keys().filter(|of| which(of.0)).cloned().collect();
        for of in over {
            self.end_run(&of);
        }
    }

    fn end_run(&mut self, of: &(Way, Option<String>)) {
        let Some(run) = self.runs.remove(of) else {
            return;
        };
        let Run {
            messages,
            bytes,
            ms,
            ..
        } = run;
        let tag = of.1.as_deref().map(|tag| format!(" {tag:?}"));
        let since = stamp(run.began);
        let text = format!(
            "media{}: {messages} messages since {since}, {ms} ms of sound, {bytes} bytes",
            tag.unwrap_or_default()
        );
        self.line(run.until, of.0.mark(), &text);
    }

    fn line(&mut self, now: Now, mark: &str, text: &str) {
        let Room::Left(left) = &mut self.room else {
            return;
        };
        let line = format!("{} {mark} {text}\n", stamp(now));
        match left.checked_sub(line.len()) {
            Some(rest) if rest >= LAST => {
                *left = rest;
                self.waiting.push_str(&line);
            }
            _ => {
                self.room = Room::Full;
                self.runs.clear();
                let last = "cut: a trace may be no longer (limits.socketTraceKb)";
                self.waiting
                    .push_str(&format!("{} -- {last}\n", stamp(now)));
            }
        }
    }
}

/// As `2026-11-21T14:25:30.012Z`.
pub fn stamp(now: Now) -> String {
    let ms = i64::try_from(now.unix_ms).unwrap_or(i64::MAX);
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    format!("{at:.3}")
}

/// Without links that would lead anywhere, without characters that would be obeyed, and not endless.
fn shown(text: &str) -> String {
    let mut end = LONGEST.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = text.get(..end).unwrap_or_default();
    let mut shown = String::with_capacity(kept.len());
    for char in without_seals(kept).chars() {
        match char {
            '\n' => {
                shown.push('\n');
                shown.push_str(INDENT);
            }
            '\t' => shown.push('\t'),
            char if char.is_control() => shown.extend(char.escape_default()),
            char => shown.push(char),
        }
    }
    if end < text.len() {
        shown.push_str(&format!(" … ({} bytes in all)", text.len()));
    }
    shown
}

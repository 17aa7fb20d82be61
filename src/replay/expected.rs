//! What was sent in the recording, and which of it is sent again.

use std::time::Duration;

use super::alike::Alike;
use super::ladder::summary;
use crate::journal::entry::Text;
use crate::journal::{Entry, mask};
use crate::sip::message::{Headers, Message, parse};
use crate::sip::transport::Flow;

/// A message that we have sent then.
#[derive(Debug)]
pub struct Sent {
    pub at: Duration,
    flow: Flow,
    text: String,
    kind: Option<Kind>,
    pub again: bool,
}

/// What makes two messages the same step of the same dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    call_id: String,
    method: String,
    cseq: u32,
    /// `None` for a request.
    code: Option<u16>,
    /// The request line of what begins a dialog.
    begins: Option<String>,
    branch: String,
}

impl Sent {
    pub fn of(at: Duration, entry: &Entry) -> Option<Sent> {
        match entry {
            Entry::Out { flow, text } => Some(Sent {
                at,
                flow: *flow,
                text: String::from_utf8_lossy(&text.0).into_owned(),
                kind: kind(text),
                again: false,
            }),
            _ => None,
        }
    }

    /// One line for people.
    pub fn summary(&self) -> String {
        summary(&self.text)
    }

    pub fn has_branch(&self, branch: &str) -> bool {
        self.kind
            .as_ref()
            .is_some_and(|kind| kind.code.is_none() && kind.branch == branch)
    }
}

/// The topmost Via's branch.
pub fn branch_of(text: &Text) -> Option<String> {
    kind(text).map(|kind| kind.branch)
}

/// Whether it is a response.
pub fn is_response(text: &Text) -> bool {
    text.0.starts_with(b"SIP/2.0 ")
}

fn kind(text: &Text) -> Option<Kind> {
    let message = parse(text.0.clone()).ok()?;
    let (headers, code): (&Headers, _) = match &message {
        Message::Request(request) => (&request.headers, None),
        Message::Response(response) => (&response.headers, Some(response.code)),
    };
    let cseq = headers.cseq().ok()?;
    let tagged = headers.to().ok()?.tag().is_some();
    let first = String::from_utf8_lossy(&text.0);
    let first = first.lines().next().unwrap_or_default().to_string();
    Some(Kind {
        call_id: headers.call_id().ok()?.to_string(),
        method: cseq.method.to_string(),
        cseq: cseq.number,
        code,
        begins: (code.is_none() && !tagged).then_some(first),
        branch: headers
            .via()
            .ok()?
            .params
            .value("branch")
            .unwrap_or_default()
            .to_string(),
    })
}

/// The message of the recording that is sent again, if there is one: of the same dialog, method and number;
/// where there is none, the same request with another outcome.
pub fn find(sent: &[Sent], alike: &mut Alike, now: &Text) -> Option<usize> {
    let own = kind(now)?;
    let then = alike.then(&own.call_id).map(str::to_string);
    let open = || sent.iter().enumerate().filter(|(_, sent)| !sent.again);
    let same_call = |kind: &Kind| match &then {
        Some(then) => *then == kind.call_id,
        None => {
            alike.now(&kind.call_id).is_none() && own.begins.is_some() && own.begins == kind.begins
        }
    };
    let same_step =
        |kind: &Kind| kind.method == own.method && kind.cseq == own.cseq && same_call(kind);
    let exact = open().find(|(_, sent)| {
        sent.kind
            .as_ref()
            .is_some_and(|kind| kind.code == own.code && same_step(kind))
    });
    let other_outcome = || {
        let is_final = |code: Option<u16>| code.is_some_and(|code| code >= 200);
        open().find(|(_, sent)| {
            let kind = sent.kind.as_ref();
            is_final(own.code) && kind.is_some_and(|kind| is_final(kind.code) && same_step(kind))
        })
    };
    exact.or_else(other_outcome).map(|(index, _)| index)
}

/// What is different in a message that is sent again; nothing where only chance is.
pub fn compare(sent: &Sent, alike: &mut Alike, flow: Flow, now: &Text) -> Vec<String> {
    let now = mask::without_secrets(&now.0);
    let now = String::from_utf8_lossy(&now);
    let mut told = Vec::new();
    if sent.flow != flow {
        told.push(format!(
            "  then to {}, now to {}",
            sent.flow.remote, flow.remote
        ));
    }
    let mut rest: Vec<&str> = now.lines().collect();
    let mut gone = Vec::new();
    for then in sent.text.lines() {
        let found = rest
            .iter()
            .position(|now| name_of(now) == name_of(then) && alike.are(then, now));
        match found {
            Some(index) => drop(rest.remove(index)),
            None => gone.push(then),
        }
    }
    told.extend(gone.iter().map(|line| format!("  then {line}")));
    told.extend(rest.iter().map(|line| format!("  now  {line}")));
    if told.is_empty() && !in_order(&sent.text, &now, alike) {
        told.push("  the lines are the same, in another order".to_string());
    }
    told
}

fn in_order(then: &str, now: &str, alike: &mut Alike) -> bool {
    let pairs = then.lines().zip(now.lines());
    then.lines().count() == now.lines().count()
        && pairs.into_iter().all(|(then, now)| alike.are(then, now))
}

/// A header's name, or how a line of a body begins.
fn name_of(line: &str) -> &str {
    line.split([':', '=', ' ']).next().unwrap_or_default()
}

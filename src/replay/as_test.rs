//! A journal as a test (`switchhook test`): what each phone did, in the words of a test, at its time, and what came
//! of it. What a test has no words for is said in a comment and fails the test there: it does not pretend.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use super::ladder::parties;
use crate::journal::Entry;
use crate::journal::entry::Text;
use crate::journal::file::Recording;
use crate::script::inquiry::Inquiry;
use crate::script::{Command, Reply};
use crate::settings::Settings;
use crate::sip::message::{Headers, Message, Method, Name, NameAddr, Request, Response, parse};
use crate::sip::refer::Replaces;

/// A call of somebody's with us, by its Call-ID.
struct Line {
    phone: usize,
    /// The variable that holds it.
    name: String,
    /// The phone has called; else it was called.
    dialled: bool,
    ended: bool,
    answered: bool,
    held: bool,
}

struct Phone {
    /// As a variable.
    name: String,
    /// How the test makes it.
    made: String,
}

struct Writer<'a> {
    recording: &'a Recording,
    settings: &'a Settings,
    phones: Vec<Phone>,
    by_address: HashMap<SocketAddr, usize>,
    lines: HashMap<String, Line>,
    /// Requests of phones by Call-ID and CSeq.
    seen: HashSet<String>,
    calls: usize,
    transfers: Vec<(String, String, u16)>,
    at: Duration,
    body: String,
    stubs: String,
    finals: String,
}

/// The text of `NAME.test.js`.
pub fn write(recording: &Recording, settings: &Settings) -> String {
    let mut writer = Writer {
        recording,
        settings,
        phones: Vec::new(),
        by_address: HashMap::new(),
        lines: HashMap::new(),
        seen: HashSet::new(),
        calls: 0,
        transfers: Vec::new(),
        at: Duration::ZERO,
        body: String::new(),
        stubs: String::new(),
        finals: String::new(),
    };
    writer.cast();
    for (at, entry) in &recording.entries {
        writer.entry(*at, entry);
    }
    writer.finish()
}

fn js(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Writer<'_> {
    /// Everybody who called or was called.
    fn cast(&mut self) {
        for (user, address) in parties(self.recording).into_iter().skip(1) {
            let plain: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
            let mut name = match plain.chars().next() {
                Some(first) if first.is_ascii_alphabetic() && plain.len() <= 20 => plain,
                _ => format!("phone{}", self.phones.len() + 1),
            };
            if ["t", "test", "expect", "at"].contains(&name.as_str())
                || self.phones.iter().any(|known| known.name == name)
            {
                name = format!("phone{}", self.phones.len() + 1);
            }
            let trunk = self.settings.trunks.iter().find(|trunk| {
                let host = trunk
                    .uri
                    .as_sip()
                    .map(|uri| uri.host.clone())
                    .unwrap_or_default();
                host == address.ip().to_string()
                    || trunk.sources.iter().any(|net| net.contains(&address.ip()))
            });
            let made = match trunk {
                Some(trunk) => format!("t.phone({}, {{ trunk: {} }})", js(&name), js(&trunk.name)),
                None if name == user => format!("t.phone({})", js(&name)),
                None => format!("t.phone({}, {{ user: {} }})", js(&name), js(&user)),
            };
            self.by_address.insert(address, self.phones.len());
            self.phones.push(Phone { name, made });
        }
    }

    fn wait(&mut self, at: Duration) {
        // What follows at once in a simulated network follows by itself.
        if at > self.at {
            self.at = at;
            let _ = writeln!(self.body, "  await at({:.3});", at.as_secs_f64());
        }
    }

    fn say(&mut self, at: Duration, line: &str) {
        self.wait(at);
        let _ = writeln!(self.body, "  {line}");
    }

    fn cannot(&mut self, at: Duration, what: &str) {
        let line = format!(
            "throw new Error({});",
            js(&format!("the recording has what a test cannot say: {what}"))
        );
        self.say(at, &format!("// {}", what.replace(['\n', '\r'], " ")));
        self.say(at, &line);
    }

    fn entry(&mut self, at: Duration, entry: &Entry) {
        match entry {
            Entry::In { flow, text } => self.hear(at, flow.remote, text),
            Entry::Out { flow, text } => self.sent(flow.remote, text),
            Entry::Unreachable { flow } => {
                if let Some(phone) = self.by_address.get(&flow.remote).copied() {
                    let line = format!("{}.switchOff();", self.phones[phone].name);
                    self.say(at, &line);
                }
            }
            Entry::Drain { .. } | Entry::ShutDown {} => {
                self.cannot(at, "the program was on its way out")
            }
            Entry::Unit { .. }
            | Entry::Clip { .. }
            | Entry::Recognised { .. }
            | Entry::Recording { .. }
            | Entry::Socket { .. } => self.cannot(at, "something was played or recorded"),
            Entry::Turn {
                commands, session, ..
            } => {
                for command in commands {
                    if let Command::Inquire { inquiry, what, .. } = command {
                        self.stub(at, (*session, *inquiry), what);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a script asked is answered as it was.
    fn stub(&mut self, at: Duration, asked: (crate::base::SessionId, u32), what: &Inquiry) {
        let mut replies = self
            .recording
            .entries
            .iter()
            .filter_map(|(_, entry)| match entry {
                Entry::Reply {
                    session,
                    inquiry,
                    reply,
                } if (*session, *inquiry) == asked => Some(reply),
                _ => None,
            });
        match (what, replies.next()) {
            (Inquiry::Http(http), Some(Reply::Http(Ok(answer)))) => {
                let url = http
                    .request
                    .url
                    .reveal()
                    .split('?')
                    .next()
                    .unwrap_or_default()
                    .to_string();
                let line = format!(
                    "  t.http({}).reply({}, {});\n",
                    js(&url),
                    answer.code,
                    js(&answer.body.text())
                );
                if !self.stubs.contains(&line) {
                    self.stubs += &line;
                }
            }
            (Inquiry::Unfit(_), _) => {}
            _ => self.cannot(at, "what the script asked of the world outside"),
        }
    }

    fn hear(&mut self, at: Duration, from: SocketAddr, text: &Text) {
        let Some(phone) = self.by_address.get(&from).copied() else {
            return;
        };
        match parse(text.0.clone()) {
            Ok(Message::Request(request)) => self.request(at, phone, &request),
            Ok(Message::Response(response)) => self.response(at, phone, &response),
            Err(_) => self.cannot(at, "a message that cannot be read"),
        }
    }

    fn request(&mut self, at: Duration, phone: usize, request: &Request) {
        let (Some(call_id), Ok(cseq)) = (call_id(&request.headers), request.headers.cseq()) else {
            return;
        };
        // What came twice was said once.
        let said_before = !self
            .seen
            .insert(format!("{call_id} {} {}", cseq.number, cseq.method));
        if said_before {
            return;
        }
        let is_within = request.headers.to().is_ok_and(|to| to.tag().is_some());
        let name = self.phones[phone].name.clone();
        let Some(line) = self.lines.get_mut(&call_id) else {
            if request.method == Method::Invite && request.headers.get(&Name::Replaces).is_none() {
                self.calls += 1;
                let call = format!("call{}", self.calls);
                let number = request.uri.user().unwrap_or_default();
                self.say(at, &format!("const {call} = {name}.call({});", js(&number)));
                self.know(call_id, phone, call, true);
            } else if request.method != Method::Ack {
                self.cannot(
                    at,
                    &format!(
                        "{} outside the calls that a phone has placed",
                        request.method
                    ),
                );
            }
            return;
        };
        let call = format!("(await {})", line.name);
        let said = match &request.method {
            Method::Bye | Method::Cancel if !line.ended => {
                line.ended = true;
                // A phone may give up before it is told that it rings.
                Some(match line.answered {
                    true => format!("{call}.hangUp();"),
                    false => format!("{name}.hangUp();"),
                })
            }
            Method::Invite if is_within && line.answered => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let holds = body.contains("a=sendonly") || body.contains("a=inactive");
                let was = std::mem::replace(&mut line.held, holds);
                match (was, holds) {
                    (false, true) => Some(format!("{call}.hold();")),
                    (true, false) => Some(format!("{call}.resume();")),
                    _ => return self.cannot(at, "a re-INVITE that neither holds nor resumes"),
                }
            }
            Method::Info => {
                let kind = request
                    .headers
                    .text(&Name::ContentType)
                    .unwrap_or_default()
                    .to_string();
                let body = String::from_utf8_lossy(&request.body).into_owned();
                Some(format!("{call}.sendInfo({}, {});", js(&kind), js(&body)))
            }
            Method::Message => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                Some(format!("{call}.sendText({});", js(&body)))
            }
            Method::Refer => return self.refer(at, &call_id, request),
            Method::Update | Method::Notify | Method::Subscribe => {
                let what = format!("{} of a phone", request.method);
                return self.cannot(at, &what);
            }
            // ACK and PRACK a phone sends by itself, and what came twice came once.
            _ => None,
        };
        if let Some(said) = said {
            self.say(at, &said);
        }
    }

    fn refer(&mut self, at: Duration, call_id: &str, request: &Request) {
        let target = request.headers.get(&Name::ReferTo);
        let Some(target) = target.and_then(|value| NameAddr::parse(value).ok()) else {
            return self.cannot(at, "a REFER to nobody");
        };
        let name = self
            .lines
            .get(call_id)
            .map(|line| line.name.clone())
            .unwrap_or_default();
        let headers = target
            .uri
            .as_sip()
            .map(|uri| uri.headers.clone())
            .unwrap_or_default();
        let replaces = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("replaces"));
        let transfer = format!("transfer{}", self.transfers.len() + 1);
        let said = match replaces {
            None => match target.uri.user().filter(|user| !user.is_empty()) {
                Some(user) => format!("const {transfer} = (await {name}).refer({});", js(&user)),
                None => return self.cannot(at, "a transfer to an address without a user"),
            },
            Some((_, value)) => {
                let decoded = crate::sip::message::uri::percent_decode(value);
                let named =
                    decoded.and_then(|value| Replaces::parse(std::str::from_utf8(&value).ok()?));
                let other = named.and_then(|named| self.lines.get(&named.call_id));
                match other {
                    Some(other) => format!(
                        "const {transfer} = (await {name}).transfer(await {});",
                        other.name
                    ),
                    None => return self.cannot(at, "a transfer to a call that is not ours"),
                }
            }
        };
        self.say(at, &said);
        self.transfers.push((transfer, call_id.to_string(), 0));
    }

    fn response(&mut self, at: Duration, phone: usize, response: &Response) {
        let (Some(call_id), Ok(cseq)) = (call_id(&response.headers), response.headers.cseq())
        else {
            return;
        };
        if cseq.method != Method::Invite {
            return;
        }
        let Some(line) = self.lines.get(&call_id) else {
            return;
        };
        if line.dialled || line.answered || line.ended {
            return;
        }
        let (name, call) = (self.phones[phone].name.clone(), line.name.clone());
        match response.code {
            // It rings by itself.
            100..=180 => return,
            code @ 181..=199 => self.say(at, &format!("{name}.ring({code});")),
            200..=299 => self.say(at, &format!("const {call} = {name}.answer();")),
            401 | 407 | 422 => {
                return self.cannot(at, "a callee that wants a digest, or other numbers");
            }
            // What a CANCEL of ours brings about.
            487 => {}
            code => self.say(at, &format!("{name}.reject({code});")),
        }
        if let Some(line) = self.lines.get_mut(&call_id) {
            line.answered = (200..300).contains(&response.code);
            line.ended = response.code >= 300;
        }
    }

    fn sent(&mut self, to: SocketAddr, text: &Text) {
        let Some(phone) = self.by_address.get(&to).copied() else {
            return;
        };
        match parse(text.0.clone()) {
            Ok(Message::Request(request)) => self.sent_request(phone, &request),
            Ok(Message::Response(response)) => self.sent_response(&response),
            Err(_) => {}
        }
    }

    fn sent_request(&mut self, phone: usize, request: &Request) {
        let Some(call_id) = call_id(&request.headers) else {
            return;
        };
        let is_known = self.lines.contains_key(&call_id);
        match &request.method {
            Method::Invite if !is_known => {
                self.calls += 1;
                let call = format!("call{}", self.calls);
                self.know(call_id, phone, call, false);
            }
            Method::Bye | Method::Cancel => {
                if let Some(line) = self.lines.get_mut(&call_id) {
                    line.ended = true;
                }
            }
            Method::Notify => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let code = body
                    .strip_prefix("SIP/2.0 ")
                    .and_then(|rest| rest.get(..3)?.parse().ok());
                let mut transfers = self.transfers.iter_mut().rev();
                if let (Some(code), Some(transfer)) =
                    (code, transfers.find(|(_, own, _)| *own == call_id))
                {
                    transfer.2 = code;
                }
            }
            _ => {}
        }
    }

    fn sent_response(&mut self, response: &Response) {
        let (Some(call_id), Ok(cseq)) = (call_id(&response.headers), response.headers.cseq())
        else {
            return;
        };
        let code = response.code;
        if cseq.method == Method::Refer && code >= 300 {
            if let Some(transfer) = self
                .transfers
                .iter_mut()
                .rev()
                .find(|(_, own, _)| *own == call_id)
            {
                transfer.2 = code;
            }
            return;
        }
        let Some(line) = self.lines.get_mut(&call_id).filter(|line| line.dialled) else {
            return;
        };
        if cseq.method != Method::Invite || code < 200 || line.answered || matches!(code, 401 | 407)
        {
            return;
        }
        let name = &line.name;
        let _ = match code {
            200..=299 => {
                line.answered = true;
                writeln!(self.body, "  await (await {name}).answered();")
            }
            487 => Ok(()),
            code => {
                line.ended = true;
                writeln!(
                    self.finals,
                    "  expect((await (await {name}).ended()).code).toBe({code});"
                )
            }
        };
    }

    fn know(&mut self, call_id: String, phone: usize, name: String, dialled: bool) {
        let line = Line {
            phone,
            name,
            dialled,
            ended: false,
            answered: false,
            held: false,
        };
        self.lines.insert(call_id, line);
    }

    fn finish(mut self) -> String {
        for (transfer, _, code) in &self.transfers {
            if *code >= 200 {
                let _ = writeln!(
                    self.finals,
                    "  expect((await {transfer}.verdict()).code).toBe({code});"
                );
            }
        }
        let mut with_calls: Vec<usize> = self.lines.values().map(|line| line.phone).collect();
        with_calls.sort_unstable();
        with_calls.dedup();
        for phone in with_calls {
            let _ = writeln!(
                self.finals,
                "  expect({}).toHaveCalls(0);",
                self.phones[phone].name
            );
        }
        let mut text = format!(
            "// What session {} recorded, made by `switchhook replay --as-test`.\n",
            self.recording.name
        );
        for failure in &self.recording.failures {
            let _ = writeln!(text, "// {}", failure.replace(['\n', '\r'], " "));
        }
        let _ = writeln!(
            text,
            "test({}, async (t) => {{",
            js(&format!("session {}", self.recording.name))
        );
        text += "  const at = async (seconds) => t.now < seconds && t.sleep(seconds - t.now);\n";
        for phone in &self.phones {
            let _ = writeln!(text, "  const {} = {};", phone.name, phone.made);
        }
        let faults =
            |(_, entry): &(Duration, Entry)| matches!(entry, Entry::Turn { fault: Some(_), .. });
        if self.recording.entries.iter().any(faults) {
            text += "  t.allowFaults(); // the script broke\n";
        }
        text += &self.stubs;
        text += &self.body;
        let _ = writeln!(
            text,
            "  await at({:.3});",
            self.recording.lasted.as_secs_f64() + 1.0
        );
        text += &self.finals;
        text += "});\n";
        text
    }
}

fn call_id(headers: &Headers) -> Option<String> {
    headers.call_id().ok().map(str::to_string)
}

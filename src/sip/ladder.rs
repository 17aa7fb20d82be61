//! Who said what, when: one rendering of an exchange for tests, the console and the log.
//!
//! ```text
//! 00.000  alice      ─▸ switchhook  INVITE sip:1000@switchhook
//! 00.000  switchhook ─▸ alice       100 Trying (INVITE)
//! 02.100  switchhook ─▸ alice       NOTIFY sip:alice@alice · active;expires=60 · SIP/2.0 180 Ringing
//! 02.600  switchhook ─▸ alice       NOTIFY sip:alice@alice · active;expires=60 · SIP/2.0 180 Ringing · again
//! ```
//!
//! What a peer wrote is shortened and stripped of control characters, so that no message can forge
//! a line.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::base::pii::Masked;
use crate::sip::message::{Cseq, Headers, Message, Method, Name, NameAddr, Request, Response, Uri};
use crate::sip::transport::host_address;

/// How many lines one ladder holds; the rest is only counted.
const MOST_LINES: usize = 10_000;
/// How much of one text of a peer's is shown, in characters.
const LONGEST_TEXT: usize = 120;

/// The lines so far, in the order in which they were told.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    parties: Vec<(String, SocketAddr)>,
    width: usize,
    masked: bool,
    lines: Vec<String>,
    left_out: usize,
    /// The last CSeq number of each method in each call and direction, and what was said with it.
    said: HashMap<Topic, (u32, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Topic {
    from: SocketAddr,
    to: SocketAddr,
    call_id: String,
    method: Method,
    /// 0 for a request.
    code: u16,
}

impl Ladder {
    /// Names for addresses; an address without a name is written as it is.
    pub fn new<N: Into<String>>(parties: impl IntoIterator<Item = (N, SocketAddr)>) -> Ladder {
        let parties: Vec<_> = parties
            .into_iter()
            .map(|(name, address)| (name.into(), address))
            .collect();
        Ladder {
            width: widest(&parties),
            parties,
            ..Ladder::default()
        }
    }

    /// From now on numbers and user names print masked.
    pub fn masked(mut self) -> Ladder {
        self.masked = true;
        self
    }

    /// Names one more address.
    pub fn introduce(&mut self, name: impl Into<String>, address: SocketAddr) {
        self.parties.push((name.into(), address));
        self.width = widest(&self.parties);
    }

    /// Adds a message, `at` since the start, and returns its line.
    pub fn message(
        &mut self,
        at: Duration,
        from: SocketAddr,
        to: SocketAddr,
        message: &Message,
    ) -> &str {
        self.message_with(at, from, to, message, "")
    }

    /// Adds a message with a remark of the caller's, such as the direction of its SDP.
    pub fn message_with(
        &mut self,
        at: Duration,
        from: SocketAddr,
        to: SocketAddr,
        message: &Message,
        remark: &str,
    ) -> &str {
        let mut summary = match message {
            Message::Request(request) => self.request(request),
            Message::Response(response) => response_line(response),
        };
        let repeat = self.repeat(from, to, message, &summary);
        for part in [remark, &repeat] {
            if !part.is_empty() {
                summary += " · ";
                summary += part;
            }
        }
        let width = self.width;
        let (from, to) = (self.name(from), self.name(to));
        self.add(format!(
            "{:06.3}  {from:<width$} ─▸ {to:<width$}  {summary}",
            at.as_secs_f64()
        ))
    }

    /// Adds what a party did besides sending, and returns its line.
    pub fn note(&mut self, at: Duration, party: &str, text: &str) -> &str {
        let width = self.width;
        let text = clean(text);
        self.add(format!(
            "{:06.3}  {party:<width$}    {text}",
            at.as_secs_f64()
        ))
    }

    /// The lines as text, one each.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    fn add(&mut self, line: String) -> &str {
        if self.lines.len() >= MOST_LINES {
            self.left_out += 1;
            return "";
        }
        self.lines.push(line.trim_end().to_string());
        self.lines.last().map_or("", String::as_str)
    }

    fn name(&self, address: SocketAddr) -> String {
        self.parties
            .iter()
            .find(|(_, known)| *known == address)
            .map_or_else(|| address.to_string(), |(name, _)| name.clone())
    }

    fn request(&self, request: &Request) -> String {
        let mut line = format!("{} {}", request.method, self.uri(&request.uri));
        for part in self.details(request) {
            line += " · ";
            line += &part;
        }
        line
    }

    /// What decides how the exchange goes on.
    fn details(&self, request: &Request) -> Vec<String> {
        let headers = &request.headers;
        let mut parts = Vec::new();
        if request.method == Method::Refer
            && let Some(Ok(target)) = headers.get(&Name::ReferTo).map(|v| NameAddr::parse(v))
        {
            parts.push(format!("to {}", self.uri(&target.uri)));
        }
        let event = headers.text(&Name::Event).unwrap_or_default();
        if let Some((_, id)) = event.split_once(";id=") {
            parts.push(clean(&format!("id={id}")));
        }
        if let Some(state) = headers.text(&Name::SubscriptionState) {
            parts.push(clean(state));
        }
        if let Some(status) = fragment(request) {
            parts.push(status);
        }
        if let Some(reason) = headers.text(&Name::Reason) {
            parts.push(clean(reason));
        }
        parts
    }

    /// `again` for the same message, `CSeq n` for a later one of the same kind in the same call.
    fn repeat(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        message: &Message,
        summary: &str,
    ) -> String {
        let (headers, code) = match message {
            Message::Request(request) => (&request.headers, 0),
            Message::Response(response) => (&response.headers, response.code),
        };
        let (Some(topic), Ok(Cseq { number, .. })) =
            (topic(headers, from, to, code), headers.cseq())
        else {
            return String::new();
        };
        if self.said.len() >= MOST_LINES {
            return String::new();
        }
        match self.said.insert(topic, (number, summary.to_string())) {
            Some((before, said)) if before == number && said == summary => "again".to_string(),
            Some((before, _)) if before != number => format!("CSeq {number}"),
            _ => String::new(),
        }
    }

    fn uri(&self, uri: &Uri) -> String {
        match uri {
            Uri::Sip(sip) => {
                let scheme = if sip.secure { "sips" } else { "sip" };
                let user = match uri.user() {
                    Some(user) => format!("{}@", self.user(&user)),
                    None => String::new(),
                };
                let place = host_address(&sip.host)
                    .map(|ip| SocketAddr::new(ip, sip.port.unwrap_or(5060)))
                    .and_then(|address| {
                        let known = self.parties.iter().find(|(_, known)| *known == address)?;
                        Some(known.0.clone())
                    });
                let place = place.unwrap_or_else(|| match sip.port {
                    Some(port) => format!("{}:{port}", sip.host),
                    None => sip.host.clone(),
                });
                clean(&format!("{scheme}:{user}{place}"))
            }
            Uri::Tel { number, .. } => clean(&format!("tel:{}", self.user(number))),
            Uri::Other(other) if self.masked => clean(&self.user(other)),
            Uri::Other(other) => clean(other),
        }
    }

    fn user(&self, user: &str) -> String {
        match self.masked {
            true => Masked(user).to_string(),
            false => user.to_string(),
        }
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        match self.left_out {
            0 => Ok(()),
            more => writeln!(f, "… and {more} more"),
        }
    }
}

fn widest(parties: &[(String, SocketAddr)]) -> usize {
    let width = |(name, _): &(String, SocketAddr)| name.chars().count();
    parties.iter().map(width).max().unwrap_or(0)
}

fn topic(headers: &Headers, from: SocketAddr, to: SocketAddr, code: u16) -> Option<Topic> {
    Some(Topic {
        from,
        to,
        call_id: headers.call_id().ok()?.to_string(),
        method: headers.cseq().ok()?.method,
        code,
    })
}

fn response_line(response: &Response) -> String {
    let status = clean(&format!("{} {}", response.code, response.reason));
    match response.headers.cseq() {
        Ok(cseq) => format!("{} ({})", status, clean(cseq.method.as_str())),
        Err(_) => status,
    }
}

/// The status line that a NOTIFY of a transfer carries (RFC 3515 §2.4.5).
fn fragment(request: &Request) -> Option<String> {
    let content_type = request.headers.text(&Name::ContentType)?;
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("message/sipfrag") {
        return None;
    }
    let line = request.body.split(|byte| *byte == b'\n').next()?;
    Some(clean(String::from_utf8_lossy(line).trim()))
}

/// One line, of bounded length.
fn clean(text: &str) -> String {
    let mut clean: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_TEXT)
        .collect();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use expect_test::{Expect, expect};

    #[test]
    fn a_call_reads_as_who_said_what_and_when() {
        check(
            Ladder::new(parties()),
            &[
                ("0", "AS", &invite(1)),
                ("0", "SA", &response(1, "100 Trying")),
                ("0.5", "AS", &invite(1)),
                ("0.6", "SA", &response(1, "401 Unauthorized")),
                ("0.7", "AS", &invite(2)),
                ("12.345", "SA", &response(2, "200 OK")),
            ],
            expect![[r#"
                00.000  alice      ─▸ switchhook  INVITE sip:+4930123456@switchhook
                00.000  switchhook ─▸ alice       100 Trying (INVITE)
                00.500  alice      ─▸ switchhook  INVITE sip:+4930123456@switchhook · again
                00.600  switchhook ─▸ alice       401 Unauthorized (INVITE)
                00.700  alice      ─▸ switchhook  INVITE sip:+4930123456@switchhook · CSeq 2
                12.345  switchhook ─▸ alice       200 OK (INVITE)
            "#]],
        );
    }

    #[test]
    fn a_transfer_shows_its_target_its_verdict_and_why_it_ended() {
        let refer = within("REFER", 2, "Refer-To: <sip:bob@192.0.2.7>\r\n", "");
        let notify = within(
            "NOTIFY",
            3,
            "Subscription-State: terminated;reason=noresource\r\nContent-Type: message/sipfrag\r\n",
            "SIP/2.0 486 Busy Here\r\n",
        );
        let bye = within("BYE", 4, "Reason: Q.850;cause=16\r\n", "");
        check(
            Ladder::new(parties()),
            &[
                ("1", "AS", &refer),
                ("2", "SA", &notify),
                ("100", "AS", &bye),
            ],
            expect![[r#"
                01.000  alice      ─▸ switchhook  REFER sip:1000@switchhook · to sip:bob@192.0.2.7
                02.000  switchhook ─▸ alice       NOTIFY sip:1000@switchhook · terminated;reason=noresource · SIP/2.0 486 Busy Here
                100.000  alice      ─▸ switchhook  BYE sip:1000@switchhook · Q.850;cause=16
            "#]],
        );
    }

    #[test]
    fn numbers_are_masked_when_asked() {
        check(
            Ladder::new(parties()).masked(),
            &[("0", "AS", &invite(1))],
            expect![[r#"
                00.000  alice      ─▸ switchhook  INVITE sip:+4*******56@switchhook
            "#]],
        );
    }

    #[test]
    fn strangers_notes_and_remarks_have_their_place() {
        let mut ladder = Ladder::new(parties());
        let stranger = "198.51.100.9:5080".parse().unwrap();
        let message = parsed(&invite(1));
        let at = Duration::from_millis(1500);
        ladder.message_with(
            at,
            stranger,
            SWITCHHOOK.parse().unwrap(),
            &message,
            "sendonly",
        );
        ladder.note(
            at,
            "switchhook",
            "script: AppEvents.CallAlerting\r\n99.999  forged",
        );
        expect![[r#"
            01.500  198.51.100.9:5080 ─▸ switchhook  INVITE sip:+4930123456@switchhook · sendonly
            01.500  switchhook    script: AppEvents.CallAlerting99.999  forged
        "#]]
        .assert_eq(&ladder.to_string());
    }

    const ALICE: &str = "192.0.2.1:5060";
    const SWITCHHOOK: &str = "192.0.2.100:5060";

    fn parties() -> [(&'static str, SocketAddr); 2] {
        [
            ("alice", ALICE.parse().unwrap()),
            ("switchhook", SWITCHHOOK.parse().unwrap()),
        ]
    }

    fn invite(cseq: u32) -> String {
        format!(
            "INVITE sip:+4930123456@192.0.2.100 SIP/2.0\r\n{}CSeq: {cseq} INVITE\r\n\r\n",
            common()
        )
    }

    fn within(method: &str, cseq: u32, extra: &str, body: &str) -> String {
        format!(
            "{method} sip:1000@192.0.2.100 SIP/2.0\r\n{}CSeq: {cseq} {method}\r\n{extra}Content-Length: {}\r\n\r\n{body}",
            common(),
            body.len()
        )
    }

    fn response(cseq: u32, status: &str) -> String {
        format!(
            "SIP/2.0 {status}\r\n{}CSeq: {cseq} INVITE\r\n\r\n",
            common()
        )
    }

    fn common() -> &'static str {
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:1000@192.0.2.100>\r\nCall-ID: c\r\n"
    }

    fn parsed(text: &str) -> Message {
        crate::sip::message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    #[track_caller]
    fn check(mut ladder: Ladder, messages: &[(&str, &str, &String)], expect: Expect) {
        for (at, way, text) in messages {
            let (alice, us) = (ALICE.parse().unwrap(), SWITCHHOOK.parse().unwrap());
            let (from, to) = match *way {
                "AS" => (alice, us),
                _ => (us, alice),
            };
            let at = Duration::from_secs_f64(at.parse().unwrap());
            ladder.message(at, from, to, &parsed(text));
        }
        expect.assert_eq(&ladder.to_string());
    }
}

//! What a transfer says (RFC 3515): Refer-To and its neighbours (RFC 3892, RFC 4488, RFC 3891), and the
//! sipfrag that tells how it went (RFC 3420).
//!
//! Only the wire is judged here. Whether a transfer is welcome is for the layers above.

use std::fmt;

use crate::sip::message::uri::percent_decode;
use crate::sip::message::{Body, Headers, Method, Name, NameAddr, Request, Uri};

/// The longest Refer-To that we look at, in bytes.
const LONGEST_REFER_TO: usize = 4096;

/// A REFER that is valid as far as the wire goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    pub refer_to: NameAddr,
    pub subscription: Subscription,
}

/// How a REFER wants its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// By NOTIFY (RFC 3515).
    Implicit,
    /// `Refer-Sub: false`: rather not at all (RFC 4488 §4).
    Unwanted,
    /// `Require: nosub`: not at all (RFC 7614 §5).
    None,
    /// `Require: explicitsub`: it subscribes by itself (RFC 7614 §4).
    Explicit,
}

/// Why a REFER is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub reason: &'static str,
}

/// Reads a REFER: exactly one Refer-To that names something we could call, a Contact, at most one
/// Referred-By (RFC 3515 §2.4.2, RFC 3892 §2.1).
pub fn read(request: &Request) -> Result<Referral, Refusal> {
    let refuse = |code, reason| Err(Refusal { code, reason });
    let mut targets = request.headers.list(&Name::ReferTo);
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return refuse(400, "Exactly One Refer-To Expected");
    };
    if target.len() > LONGEST_REFER_TO {
        return refuse(414, "Refer-To Too Long");
    }
    let Ok(refer_to) = NameAddr::parse(target) else {
        return refuse(400, "Bad Refer-To");
    };
    match &refer_to.uri {
        Uri::Sip(uri) => match uri.params.value("method") {
            None => {}
            Some(method) if Method::from(method) == Method::Invite => {}
            Some(_) => return refuse(400, "Refer-To Asks For No INVITE"),
        },
        Uri::Tel { .. } => {}
        Uri::Other(_) => return refuse(416, "Unsupported URI Scheme"),
    }
    if request.headers.all(&Name::ReferredBy).count() > 1 {
        return refuse(400, "More Than One Referred-By");
    }
    match request.headers.contact() {
        Ok(Some(_)) => {}
        Ok(None) | Err(_) => return refuse(400, "Contact Expected"),
    }
    let unwanted = request
        .headers
        .text(&Name::ReferSub)
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
    let requires = |tag| request.headers.has_token(&Name::Require, tag);
    let subscription = match (requires("explicitsub"), requires("nosub")) {
        (true, true) => return refuse(400, "Either explicitsub Or nosub"),
        (true, false) => Subscription::Explicit,
        (false, true) => Subscription::None,
        (false, false) if unwanted => Subscription::Unwanted,
        (false, false) => Subscription::Implicit,
    };
    Ok(Referral {
        refer_to,
        subscription,
    })
}

/// `Event: refer;id=93809824`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName {
    /// Lower case.
    pub package: String,
    pub id: Option<String>,
}

impl EventName {
    /// `None` where there is no Event or an empty one.
    pub fn of(headers: &Headers) -> Option<EventName> {
        let (package, params) = value_and_params(headers.text(&Name::Event)?);
        (!package.is_empty()).then(|| EventName {
            package: package.to_ascii_lowercase(),
            id: param(&params, "id").map(str::to_string),
        })
    }
}

/// `Subscription-State: terminated;reason=noresource` (RFC 6665 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    pub terminated: bool,
    pub expires_s: Option<u32>,
    pub reason: Option<String>,
}

impl SubscriptionState {
    /// `None` where it is missing. Unknown states count as active (§4.1.3).
    pub fn of(headers: &Headers) -> Option<SubscriptionState> {
        let (state, params) = value_and_params(headers.text(&Name::SubscriptionState)?);
        Some(SubscriptionState {
            terminated: state.eq_ignore_ascii_case("terminated"),
            expires_s: param(&params, "expires").and_then(|value| value.parse().ok()),
            reason: param(&params, "reason").map(str::to_string),
        })
    }
}

/// A dialog to be replaced (RFC 3891). The tags are as the receiver of the header sees them: `to_tag` is its
/// own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    pub call_id: String,
    pub to_tag: String,
    pub from_tag: String,
    pub early_only: bool,
}

impl Replaces {
    /// The dialog that a Refer-To wants replaced: its `?Replaces=`, percent-decoded once (RFC 3891 §7.1).
    pub fn of_uri(uri: &Uri) -> Option<Replaces> {
        let mut headers = uri.as_sip()?.headers.iter();
        let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))?;
        let decoded = String::from_utf8(percent_decode(value)?).ok()?;
        Replaces::parse(&decoded)
    }

    /// With the tags the other way round, as some phones write them.
    pub fn swapped(&self) -> Replaces {
        Replaces {
            to_tag: self.from_tag.clone(),
            from_tag: self.to_tag.clone(),
            ..self.clone()
        }
    }

    /// Reads a header value, already percent-decoded where it stood in a URI. `None` where a tag or the
    /// Call-ID is missing.
    pub fn parse(value: &str) -> Option<Replaces> {
        let (call_id, params) = value_and_params(value);
        let tag = |name| param(&params, name).filter(|tag| !tag.is_empty());
        (!call_id.is_empty()).then_some(())?;
        Some(Replaces {
            call_id: call_id.to_string(),
            to_tag: tag("to-tag")?.to_string(),
            from_tag: tag("from-tag")?.to_string(),
            early_only: param(&params, "early-only").is_some(),
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{};to-tag={};from-tag={}",
            self.call_id, self.to_tag, self.from_tag
        )?;
        match self.early_only {
            true => f.write_str(";early-only"),
            false => Ok(()),
        }
    }
}

/// The call that a request outside any dialog is about (RFC 4538 §4), as its receiver knows that dialog:
/// `local-tag` is the sender's own.
pub fn target_dialog(headers: &Headers) -> Option<Replaces> {
    let (call_id, params) = value_and_params(headers.text(&Name::TargetDialog)?);
    let tag = |name| param(&params, name).filter(|tag| !tag.is_empty());
    (!call_id.is_empty()).then_some(())?;
    Some(Replaces {
        call_id: call_id.to_string(),
        to_tag: tag("remote-tag")?.to_string(),
        from_tag: tag("local-tag")?.to_string(),
        early_only: false,
    })
}

/// The body of a NOTIFY: the status line and nothing else of the new call (RFC 3515 §5.3).
pub fn sipfrag(code: u16, reason: &str) -> Body {
    Body {
        content_type: "message/sipfrag;version=2.0".to_string(),
        bytes: format!("SIP/2.0 {code} {reason}\r\n").into(),
    }
}

/// The status of a NOTIFY's body; `None` where it is no sipfrag that begins with a status line.
pub fn status_of(body: &Body) -> Option<(u16, String)> {
    let (kind, _) = value_and_params(&body.content_type);
    if !kind.eq_ignore_ascii_case("message/sipfrag") {
        return None;
    }
    let text = String::from_utf8_lossy(&body.bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let mut words = line.splitn(3, [' ', '\t']);
    let version = words.next()?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return None;
    }
    let code = words.next()?;
    let code: u16 = (code.len() == 3).then(|| code.parse().ok())??;
    (100..700).contains(&code).then(|| {
        let reason = words.next().unwrap_or_default().trim().to_string();
        (code, reason)
    })
}

/// Splits `value;name=value;flag` at the semicolons; none of these headers quotes.
fn value_and_params(text: &str) -> (&str, Vec<(&str, &str)>) {
    let mut parts = text.split(';').map(str::trim);
    let value = parts.next().unwrap_or_default();
    let params = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    (value, params)
}

fn param<'a>(params: &[(&'a str, &'a str)], wanted: &str) -> Option<&'a str> {
    params
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sipfrag_tells_its_first_line_whatever_the_spelling() {
        check_status("message/sipfrag", "SIP/2.0 200 OK\r\n", Some((200, "OK")));
        check_status(
            "Message/SipFrag; version=2.0",
            "sip/2.0 486 Busy Here",
            Some((486, "Busy Here")),
        );
        check_status("message/sipfrag", "\r\nSIP/2.0  100\r\n", None);
        check_status("message/sipfrag", "SIP/2.0 603", Some((603, "")));
        check_status("message/sipfrag", "SIP/2.0 99 x", None);
        check_status("message/sipfrag", "SIP/2.0 2000 x", None);
        check_status("message/sipfrag", "INVITE sip:x SIP/2.0", None);
        check_status("message/sipfrag", "", None);
        check_status("text/plain", "SIP/2.0 200 OK\r\n", None);
    }

    #[test]
    fn a_sipfrag_of_ours_holds_the_status_line_alone() {
        assert_eq!(
            &sipfrag(180, "Ringing").bytes[..],
            b"SIP/2.0 180 Ringing\r\n"
        );
    }

    #[test]
    fn replaces_needs_both_tags() {
        let whole = Replaces::parse("a@b;from-tag=f;TO-TAG=t;early-only").expect("whole");
        assert_eq!(whole.to_string(), "a@b;to-tag=t;from-tag=f;early-only");
        for broken in [
            "",
            "a@b",
            "a@b;to-tag=t",
            "a@b;to-tag=;from-tag=f",
            ";to-tag=t;from-tag=f",
        ] {
            assert_eq!(Replaces::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_target_dialog_names_the_tags_as_its_sender_has_them() {
        let read = |value: &str| {
            let mut headers = Headers::new();
            headers.push(Name::TargetDialog, value.to_string());
            target_dialog(&headers).map(|found| found.to_string())
        };
        assert_eq!(
            read("a@b ; local-tag=mine; remote-tag=yours"),
            Some("a@b;to-tag=yours;from-tag=mine".to_string())
        );
        for broken in ["", "a@b", "a@b;local-tag=x", "a@b;local-tag=;remote-tag=y"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[track_caller]
    fn check_status(content_type: &str, text: &str, expected: Option<(u16, &str)>) {
        let body = Body {
            content_type: content_type.to_string(),
            bytes: text.to_string().into(),
        };
        let expected = expected.map(|(code, reason)| (code, reason.to_string()));
        assert_eq!(status_of(&body), expected, "{text:?}");
    }
}

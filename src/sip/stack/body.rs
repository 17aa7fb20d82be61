//! The bodies of INVITE, UPDATE, PRACK and ACK: SDP, alone or as a part of something (RFC 3261 §8.2.3,
//! RFC 5621, RFC 2046 §5.1).

use bytes::Bytes;

use super::desk::ACCEPT;
use crate::sip::message::{Headers, Name, Request, Response};

/// More parts than this are not looked at.
const MOST_PARTS: usize = 32;

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub headers: Headers,
}

/// Leaves a request with SDP for a body, or none: the SDP part stands for the whole, and what may be
/// ignored is dropped. 415 where there is something else.
pub fn settle(request: &mut Request) -> Result<(), Refusal> {
    if request.body.is_empty() {
        return Ok(());
    }
    let header = |name: &'static str| Name::Other(Bytes::from_static(name.as_bytes()));
    let encoding = header("Content-Encoding");
    if let Some(encoding) = request.headers.text(&encoding)
        && !encoding.eq_ignore_ascii_case("identity")
    {
        let mut headers = Headers::new();
        headers.push(header("Accept-Encoding"), "identity");
        return Err(Refusal { code: 415, headers });
    }
    if keep_sdp(&mut request.headers, &mut request.body) {
        return Ok(());
    }
    let disposition = request.headers.text(&header("Content-Disposition"));
    let optional = disposition.is_some_and(|value| {
        let value = value.to_ascii_lowercase().replace(' ', "");
        value.contains("handling=optional")
    });
    if optional {
        request.headers.remove(&Name::ContentType);
        request.body = Bytes::new();
        return Ok(());
    }
    let mut headers = Headers::new();
    headers.push(Name::Accept, ACCEPT);
    Err(Refusal { code: 415, headers })
}

/// The same for a response, whose odd bodies are nobody's fault any more: they are dropped.
pub fn settle_response(response: &mut Response) {
    if !response.body.is_empty() && !keep_sdp(&mut response.headers, &mut response.body) {
        response.headers.remove(&Name::ContentType);
        response.body = Bytes::new();
    }
}

/// `true` where the body is SDP now.
fn keep_sdp(headers: &mut Headers, body: &mut Bytes) -> bool {
    let Some(content_type) = headers.text(&Name::ContentType) else {
        return false;
    };
    if is_sdp(content_type) {
        return true;
    }
    let part = boundary(content_type).and_then(|boundary| sdp_part(body, &boundary));
    match part {
        Some(part) => {
            headers.set(Name::ContentType, ACCEPT);
            *body = part;
            true
        }
        None => false,
    }
}

fn is_sdp(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(ACCEPT)
}

/// The boundary of a multipart body.
fn boundary(content_type: &str) -> Option<String> {
    let (kind, params) = content_type.split_once(';')?;
    let kind = kind.trim().to_ascii_lowercase();
    kind.starts_with("multipart/").then_some(())?;
    let boundary = params
        .split(';')
        .filter_map(|param| param.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim().trim_matches('"').to_string())?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

fn sdp_part(body: &Bytes, boundary: &str) -> Option<Bytes> {
    let delimiter = format!("--{boundary}");
    let delimiter = delimiter.as_bytes();
    let mut from = find(body, delimiter, 0)?;
    for _ in 0..MOST_PARTS {
        let begin = from + delimiter.len();
        let end = find(body, delimiter, begin)?;
        let part = body.slice(begin..end);
        let head_end = find(&part, b"\r\n\r\n", 0)?;
        let head = String::from_utf8_lossy(part.get(..head_end)?).into_owned();
        let sdp = head.lines().any(|line| match line.split_once(':') {
            Some((name, value)) => {
                let name = name.trim();
                let typed =
                    name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("c");
                typed && is_sdp(value)
            }
            None => false,
        });
        if sdp {
            let content = part.slice(head_end + 4..);
            // The line break before the delimiter belongs to the delimiter.
            let length = content
                .strip_suffix(b"\r\n")
                .map_or(content.len(), <[u8]>::len);
            return Some(content.slice(..length));
        }
        from = end;
    }
    None
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = haystack.get(from..)?;
    rest.windows(needle.len())
        .position(|window| window == needle)
        .map(|at| from + at)
}

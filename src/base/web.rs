//! HTTP in plain values: what is asked of a server, and what came of it. Who sends it is the shell's to say,
//! or a simulation's.

use std::fmt::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::hook::HookUrl;

/// Headers of one request, in number and in bytes of all names and values.
pub const MOST_HEADERS: usize = 100;
pub const MOST_HEADER_BYTES: usize = 16 << 10;

/// A request; [`header_fault`] has found nothing in its headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub method: Method,
    pub url: HookUrl,
    pub headers: Headers,
    pub body: Body,
}

impl Request {
    pub fn get(url: HookUrl) -> Request {
        Request {
            method: Method::Get,
            url,
            headers: Headers::default(),
            body: Body::default(),
        }
    }
}

/// What a server said, whatever its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub code: u16,
    /// With the spelling in lower case, in the order in which they came.
    pub headers: Headers,
    /// As it came: nothing is decompressed.
    pub body: Body,
}

/// Why there is no answer. Texts are for people and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    BadUrl(String),
    /// The policy or a limit of ours forbids it.
    #[error("{0}")]
    Forbidden(String),
    #[error("the host was not found: {0}")]
    NoHost(String),
    #[error("no connection: {0}")]
    NoConnection(String),
    #[error("the server redirects too often")]
    Redirects,
    /// The connection broke, or what came is no HTTP.
    #[error("{0}")]
    Broken(String),
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// A fault of ours, or the end of the program.
    #[error("{0}")]
    Internal(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    const ALL: [Method; 7] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
        Method::Options,
    ];

    /// In any spelling.
    pub fn parse(text: &str) -> Option<Method> {
        Method::ALL
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(text))
    }

    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names and values in order. They print with the names alone: values often hold a key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of `name`, in any spelling.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Bytes that print as their number. Written as text where they are text, else in base64.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body(pub Bytes);

impl Body {
    /// As text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Body(bytes.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { base64: String },
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine;
        let written = match std::str::from_utf8(&self.0) {
            Ok(text) => Written::Text(text.to_string()),
            Err(_) => Written::Bytes {
                base64: base64::engine::general_purpose::STANDARD.encode(&self.0),
            },
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine;
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(text.into()),
            Written::Bytes { base64 } => base64::engine::general_purpose::STANDARD
                .decode(base64)
                .map(Body::from)
                .map_err(D::Error::custom),
        }
    }
}

/// What the client writes itself, or what would change how the message is framed.
const OURS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What keeps a header from being sent, if anything.
pub fn header_fault(name: &str, value: &str) -> Option<String> {
    let shown = || {
        let start: String = name.chars().take(40).collect();
        start.escape_default().to_string()
    };
    if !is_token(name) {
        return Some(format!("{} is no header name", shown()));
    }
    if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
        return Some(format!("the header {} is not a script's to set", shown()));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Some(format!(
            "the header {} contains a control character",
            shown()
        ));
    }
    None
}

/// What keeps all headers of a request from being sent.
pub fn headers_fault(headers: &[(String, String)]) -> Option<String> {
    if headers.len() > MOST_HEADERS {
        return Some(format!("more than {MOST_HEADERS} headers"));
    }
    let bytes: usize = headers.iter().map(|(n, v)| n.len() + v.len()).sum();
    if bytes > MOST_HEADER_BYTES {
        return Some(format!(
            "the headers are longer than {MOST_HEADER_BYTES} bytes"
        ));
    }
    headers
        .iter()
        .find_map(|(name, value)| header_fault(name, value))
}

/// RFC 9110 §5.6.2.
pub fn is_token(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.len() <= 200 && text.bytes().all(plain)
}

/// For a part of a URL: everything but letters, digits and `-._~` is written in its bytes (RFC 3986 §2.1).
pub fn percent_encoded(text: &str) -> String {
    let mut whole = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => whole.push(char::from(byte)),
            false => {
                let _ = write!(whole, "%{byte:02X}");
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frames_the_message_or_would_forge_a_line_is_not_sent() {
        for name in ["X-Key", "Authorization", "Content-Type", "cookie"] {
            assert_eq!(header_fault(name, "a b\tc ü"), None, "{name}");
        }
        for (name, value, fault) in [
            ("Host", "x", "the header Host is not a script's to set"),
            (
                "content-LENGTH",
                "1",
                "the header content-LENGTH is not a script's to set",
            ),
            ("X Y", "1", "X Y is no header name"),
            ("X\r\nY", "1", "X\\r\\nY is no header name"),
            ("", "1", " is no header name"),
            (
                "X",
                "a\r\nHost: b",
                "the header X contains a control character",
            ),
            ("X", "a\0", "the header X contains a control character"),
        ] {
            assert_eq!(
                header_fault(name, value).as_deref(),
                Some(fault),
                "{name:?}"
            );
        }
        let many = vec![("X".to_string(), "1".to_string()); MOST_HEADERS + 1];
        assert!(headers_fault(&many).is_some());
        let long = vec![("X".to_string(), "1".repeat(MOST_HEADER_BYTES))];
        assert!(headers_fault(&long).is_some());
    }

    #[test]
    fn a_request_can_be_written_and_read_and_prints_without_secrets() {
        let request = Request {
            method: Method::Post,
            url: HookUrl::parse("https://me:key@crm.example/a?token=1").unwrap(),
            headers: Headers(vec![("X-Key".into(), "secret".into())]),
            body: Body::from(&b"\xff\0"[..]),
        };
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
        let shown = format!("{request:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("key@") && !shown.contains("token"),
            "{shown}"
        );
        assert_eq!(Method::parse("pAtch"), Some(Method::Patch));
        assert_eq!(Method::parse("TRACE"), None);
    }
}

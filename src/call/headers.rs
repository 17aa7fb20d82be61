//! What of the headers a script may see and say: `X-*`.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::sip::message::headers::is_safe_value;
use crate::sip::message::uri::percent_decode;
use crate::sip::message::{Headers, Name, Uri};

/// Header name, as the sender spelled it, to value.
pub type HeaderMap = BTreeMap<String, String>;

/// The `X-*` headers of a message; bytes that are no UTF-8 are replaced. Of a repeated name the first counts.
pub fn visible(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for field in headers.iter() {
        let name = field.name.as_bytes();
        if is_script_header(name) {
            map.entry(lossy(name))
                .or_insert_with(|| lossy(&field.value));
        }
    }
    map
}

/// The `X-*` headers that a Refer-To brings along (RFC 3261 §19.1.1), decoded; others do not pass.
pub fn embedded(uri: &Uri) -> HeaderMap {
    let headers = uri.as_sip().map(|uri| uri.headers.as_slice());
    let mut map = HeaderMap::new();
    for (name, value) in headers.unwrap_or_default() {
        let value = percent_decode(value).and_then(|value| String::from_utf8(value).ok());
        let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if let Some(value) = value
            && value.len() <= 4095
            && is_safe_value(&value)
            && is_script_header(name.as_bytes())
            && name.bytes().all(token)
        {
            map.insert(name.clone(), value);
        }
    }
    map
}

/// What a script gave, as headers; a name that is not `X-*` or a value that could break the message
/// is left out (the isolate has refused it before).
pub fn from_script(map: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in map {
        let is_token = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte));
        if is_script_header(name.as_bytes()) && is_token && is_safe_value(value) {
            headers.push(
                Name::parse(name.as_bytes()),
                Bytes::from(value.clone().into_bytes()),
            );
        }
    }
    headers
}

/// Text of a peer's for a script: never a failure, never a control character but blanks.
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_script_header(name: &[u8]) -> bool {
    name.len() > 2 && name[..2].eq_ignore_ascii_case(b"X-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_x_headers_pass_and_keep_their_spelling() {
        let mut headers = Headers::new();
        headers.push(Name::parse(b"x-Account"), "7");
        headers.push(Name::parse(b"X-Account"), "8");
        headers.push(Name::parse(b"Subject"), "no");
        let map = visible(&headers);
        assert_eq!(
            map.into_iter().collect::<Vec<_>>(),
            [
                ("X-Account".to_string(), "8".to_string()),
                ("x-Account".to_string(), "7".to_string()),
            ]
        );
    }

    #[test]
    fn a_script_cannot_add_lines_or_core_headers() {
        let map = HeaderMap::from([
            ("X-Good".to_string(), "1".to_string()),
            ("X-Bad".to_string(), "1\r\nVia: x".to_string()),
            ("X-Worse: 1\r\nVia".to_string(), "x".to_string()),
            ("Via".to_string(), "x".to_string()),
        ]);
        let headers = from_script(&map);
        let names: Vec<_> = headers
            .iter()
            .map(|field| lossy(field.name.as_bytes()))
            .collect();
        assert_eq!(names, ["X-Good"]);
    }
}

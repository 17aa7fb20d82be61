//! URIs (RFC 3261 §19.1): `sip:` and `sips:` with their parts, `tel:` with its number, any other
//! scheme as it came.

use std::fmt;

use crate::sip::message::{Malformed, Params};

/// A URI. Equality is by what is written, not the equivalence of §19.1.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uri {
    Sip(SipUri),
    /// `tel:+49…;params` (RFC 3966); the number as written.
    Tel {
        number: String,
        params: Params,
    },
    /// `scheme:rest`, not understood.
    Other(String),
}

/// A `sip:` or `sips:` URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SipUri {
    pub secure: bool,
    /// Still percent-encoded, as on the wire; see [`Uri::user`].
    pub raw_user: Option<String>,
    pub password: Option<String>,
    /// With brackets where it is an IPv6 literal.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
    /// `?name=value&…`, still percent-encoded: `?Replaces=` survives.
    pub headers: Vec<(String, String)>,
}

impl Uri {
    /// Reads a whole URI. White space, quotes, angle brackets and control characters are in no URI.
    pub fn parse(uri: &[u8]) -> Result<Uri, Malformed> {
        let text = std::str::from_utf8(uri).map_err(|_| malformed("not UTF-8"))?;
        if uri
            .iter()
            .fold(false, |found, byte| found | is_never_in_a_uri(*byte))
        {
            return Err(malformed("a character that must be escaped"));
        }
        let (scheme, rest) = text.split_once(':').ok_or_else(|| malformed("no scheme"))?;
        if scheme.eq_ignore_ascii_case("sip") {
            SipUri::parse(false, rest).map(Uri::Sip)
        } else if scheme.eq_ignore_ascii_case("sips") {
            SipUri::parse(true, rest).map(Uri::Sip)
        } else if scheme.eq_ignore_ascii_case("tel") {
            let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
            if number.is_empty() {
                return Err(malformed("no number"));
            }
            Ok(Uri::Tel {
                number: number.to_string(),
                params: uri_params(params),
            })
        } else if is_scheme(scheme) && !rest.is_empty() {
            Ok(Uri::Other(text.to_string()))
        } else {
            Err(malformed("no scheme"))
        }
    }

    /// `sip:user@host:port`, the user percent-encoded as it must be; an IPv6 literal gets its brackets.
    pub fn sip(user: &str, host: &str, port: Option<u16>) -> Uri {
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        Uri::Sip(SipUri {
            raw_user: (!user.is_empty()).then(|| percent_encode_user(user)),
            host: match bare_ipv6 {
                true => format!("[{host}]"),
                false => host.to_string(),
            },
            port,
            ..SipUri::default()
        })
    }

    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Uri::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// The user part or telephone number, percent-decoded once; `None` where there is none or it
    /// does not decode to UTF-8.
    pub fn user(&self) -> Option<String> {
        match self {
            Uri::Sip(uri) => {
                let user = percent_decode(uri.raw_user.as_deref()?)?;
                String::from_utf8(user).ok()
            }
            Uri::Tel { number, .. } => Some(number.clone()),
            Uri::Other(_) => None,
        }
    }

    /// Without headers and without `method`: what may stand in a request line (§19.1.1).
    pub fn without_headers(&self) -> Uri {
        match self {
            Uri::Sip(uri) => {
                let mut uri = uri.clone();
                uri.headers.clear();
                uri.params
                    .0
                    .retain(|(name, _)| !name.eq_ignore_ascii_case("method"));
                Uri::Sip(uri)
            }
            Uri::Tel { .. } | Uri::Other(_) => self.clone(),
        }
    }
}

impl SipUri {
    fn parse(secure: bool, rest: &str) -> Result<SipUri, Malformed> {
        // A user part may hold `;` and `?`, so it ends at the `@`, before anything else is looked for.
        let (raw_user, password, rest) = match rest.split_once('@') {
            Some((userinfo, rest)) => match userinfo.split_once(':') {
                Some((user, password)) => (Some(user), Some(password), rest),
                None => (Some(userinfo), None, rest),
            },
            None => (None, None, rest),
        };
        // Some leave the user empty, to say that there is none; another `@` would become its end.
        if raw_user == Some("") && (password.is_some() || rest.contains('@')) {
            return Err(malformed("no user"));
        }
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, uri_headers(headers)),
            None => (rest, Vec::new()),
        };
        let (host_port, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = split_host_port(host_port).ok_or_else(|| malformed("host or port"))?;
        Ok(SipUri {
            secure,
            raw_user: raw_user.filter(|user| !user.is_empty()).map(str::to_string),
            password: password.map(str::to_string),
            host: host.to_string(),
            port,
            params: uri_params(params),
            headers,
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uri::Sip(uri) => uri.fmt(f),
            Uri::Tel { number, params } => {
                write!(f, "tel:{number}")?;
                write_params(f, params)
            }
            Uri::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if self.raw_user.is_some() || self.password.is_some() {
            f.write_str(self.raw_user.as_deref().unwrap_or_default())?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write_params(f, &self.params)?;
        for (at, (name, value)) in self.headers.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

/// URI parameters are percent-encoded where header parameters are quoted, so they stay as written.
fn write_params(f: &mut fmt::Formatter<'_>, params: &Params) -> fmt::Result {
    for (name, value) in &params.0 {
        write!(f, ";{name}")?;
        if let Some(value) = value {
            write!(f, "={value}")?;
        }
    }
    Ok(())
}

fn uri_params(params: &str) -> Params {
    Params(
        params
            .split(';')
            .filter(|param| !param.is_empty())
            .map(|param| match param.split_once('=') {
                Some((name, value)) => (name.to_string(), Some(value.to_string())),
                None => (param.to_string(), None),
            })
            .collect(),
    )
}

fn uri_headers(headers: &str) -> Vec<(String, String)> {
    headers
        .split('&')
        .filter(|header| !header.is_empty())
        .map(|header| header.split_once('=').unwrap_or((header, "")))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`; `None` where it is none of them.
pub(super) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let host_end = match text.starts_with('[') {
        true => text.find(']')? + 1,
        false => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(host_end);
    let port = match port.strip_prefix(':') {
        Some(digits) => Some(port_number(digits)?),
        None if port.is_empty() => None,
        None => return None,
    };
    is_host(host).then_some((host, port))
}

pub(super) fn port_number(digits: &str) -> Option<u16> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// A name, an IPv4 address or a bracketed IPv6 literal. The literal is not read closely: RFC 5118
/// §4.10 asks to tolerate a colon too many.
pub(super) fn is_host(host: &str) -> bool {
    let bytes = host.as_bytes();
    match bytes {
        [] | [b'['] => false,
        [b'[', inside @ .., b']'] => {
            inside.contains(&b':')
                && inside
                    .iter()
                    .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        _ => bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_never_in_a_uri(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'<' | b'>' | b'"' | 0x7f)
}

fn malformed(what: &str) -> Malformed {
    Malformed::new(400, format!("URI: {what}"))
}

/// `%HH` to bytes, once; `None` where an escape is not one.
pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// Escapes everything that may not stand in a user part.
pub fn percent_encode_user(text: &str) -> String {
    percent_encode(text, b"-_.!~*'()&=+$,;?/")
}

/// Escapes everything that may not stand in the name or value of a URI header (`?Replaces=…`).
pub fn percent_encode_header(text: &str) -> String {
    percent_encode(text, b"-_.!~*'()[]/?:+$")
}

fn percent_encode(text: &str, unescaped: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || unescaped.contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sip(text: &str) -> SipUri {
        match Uri::parse(text.as_bytes()) {
            Ok(Uri::Sip(uri)) => uri,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Reads and writes back the same text.
    fn check(text: &str, user: Option<&str>, host: &str, port: Option<u16>) {
        let uri = sip(text);
        assert_eq!(uri.host, host, "{text}");
        assert_eq!(uri.port, port, "{text}");
        assert_eq!(uri.to_string(), text);
        assert_eq!(Uri::Sip(uri).user().as_deref(), user, "{text}");
    }

    #[test]
    fn the_parts_of_sip_uris_are_found_and_written_back() {
        check("sip:example.com", None, "example.com", None);
        check("sips:a@b:5061", Some("a"), "b", Some(5061));
        check("sip:a:pw@b", Some("a"), "b", None);
        check("sip:500", None, "500", None);
        check(
            "sip:a@[2001:db8::10:5070]",
            Some("a"),
            "[2001:db8::10:5070]",
            None,
        );
        check("sip:[2001:db8::1]:5070", None, "[2001:db8::1]", Some(5070));
        check(
            "sip:a@[2001:db8:::192.0.2.1]",
            Some("a"),
            "[2001:db8:::192.0.2.1]",
            None,
        );
        check("sip:a_b@my_host", Some("a_b"), "my_host", None);
        check("sip:a;b=c?d@e;f?g=h", Some("a;b=c?d"), "e", None);
        check("sip:+49@h;user=phone;lr", Some("+49"), "h", None);
        check(
            "sip:a@b?Replaces=1%40c%3Bto-tag%3D2&X-A=1",
            Some("a"),
            "b",
            None,
        );
    }

    #[test]
    fn percent_is_decoded_once() {
        check(
            "sip:sips%3Auser%40example.com@example.net",
            Some("sips:user@example.com"),
            "example.net",
            None,
        );
        check("sip:%2541@h", Some("%41"), "h", None);
        check("sip:null-%00-null@h", Some("null-\0-null"), "h", None);
        check("sip:%ff@h", None, "h", None);
        check("sip:%Z%45@h", None, "h", None);
        check("sip:a%4@h", None, "h", None);
        assert_eq!(percent_decode("%C3%bc+").as_deref(), Some("ü+".as_bytes()));
    }

    #[test]
    fn a_user_is_encoded_as_it_must_be() {
        fn check(user: &str, host: &str, text: &str) {
            let uri = Uri::sip(user, host, None);
            assert_eq!(uri.to_string(), text);
            assert_eq!(uri.user().unwrap_or_default(), user);
        }
        check("+49 30@x", "h", "sip:+49%2030%40x@h");
        check("100%", "h", "sip:100%25@h");
        check("jö\r\n", "h", "sip:j%C3%B6%0D%0A@h");
        check("", "2001:db8::1", "sip:[2001:db8::1]");
        assert_eq!(percent_encode_header("1@a;to-tag=2"), "1%40a%3Bto-tag%3D2");
    }

    #[test]
    fn params_and_headers_are_read() {
        let uri = sip("SIP:a@b;Transport=TCP;lr;;x=a%20b?Replaces=q%3Bw&&y");
        assert_eq!(sip("sip:@h").to_string(), "sip:h");
        assert_eq!(uri.params.value("transport"), Some("TCP"));
        assert_eq!(uri.params.value("lr"), Some(""));
        assert_eq!(uri.params.value("x"), Some("a%20b"));
        assert_eq!(
            uri.headers,
            [
                ("Replaces".into(), "q%3Bw".into()),
                ("y".into(), String::new())
            ]
        );
    }

    #[test]
    fn what_goes_in_a_request_line_has_no_headers_and_no_method() {
        let uri = Uri::parse(b"sip:a@b;METHOD=BYE;lr?Replaces=c").expect("a URI");
        assert_eq!(uri.without_headers().to_string(), "sip:a@b;lr");
        let tel = Uri::parse(b"tel:+49;phone-context=x").expect("a URI");
        assert_eq!(tel.without_headers(), tel);
    }

    #[test]
    fn other_schemes_are_kept() {
        let tel = Uri::parse(b"tel:+49-30-1;isub=5").expect("a URI");
        assert_eq!(tel.user().as_deref(), Some("+49-30-1"));
        assert_eq!(tel.to_string(), "tel:+49-30-1;isub=5");
        for text in [
            "isbn:2983792873",
            "soap.beep://192.0.2.103:3002",
            "urn:uuid:1-2",
        ] {
            assert_eq!(
                Uri::parse(text.as_bytes()),
                Ok(Uri::Other(text.to_string()))
            );
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            "sip:@",
            "sip:a@",
            "sip::pw@a",
            "sip:@a;b@c",
            ":a",
            "1x:a",
            "x y:z",
            "http:",
            "tel:",
            "tel:;x",
            "sip:2001:db8::10",
            "sip:a@b:",
            "sip:a@b:x",
            "sip:a@b:65536",
            "sip:a@b:+1",
            "sip:[::1",
            "sip:[]",
            "sip:[1]",
            "sip:[::1]x",
            "sip:[g::]",
            "sip:a@b c",
            "sip:a@b\r\n",
            "<sip:a@b>",
            "sip:a\"@b",
            "sip:a@b\0",
            "sip:ä.de",
            "alan@example.com",
        ] {
            assert!(Uri::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Uri::parse(b"sip:\xff@h").is_err());
    }
}

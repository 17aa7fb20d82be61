//! Digest challenges and credentials as header values, and their arithmetic (RFC 3261 §22, RFC 7616,
//! RFC 8760). The hashes of MD5 and SHA-256 are rsip's; rsip does not know SHA-512-256.

use std::fmt;

use rsip::headers::auth::Algorithm as RsipAlgorithm;
use rsip::services::DigestGenerator;
use rsip::{Domain, Host};
use sha2::{Digest as _, Sha512_256};

use super::scan::{Scan, is_token_byte, text};
use super::typed::Quoted;
use crate::sip::message::{Malformed, Method};

/// A hash that we can answer with, as RFC 8760 names them. The `-sess` forms are not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Sha256,
    Sha512_256,
    Md5,
}

/// `Digest name=value, …` of WWW-Authenticate, Authorization and their Proxy forms; values unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestFields(Vec<(String, String)>);

/// Everything that goes into a response, as it stands on the wire.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    pub algorithm: Algorithm,
    pub username: &'a str,
    pub password: &'a str,
    pub realm: &'a str,
    pub method: &'a Method,
    pub uri: &'a str,
    pub nonce: &'a str,
    /// With `qop=auth`: the nonce count in eight hex digits, and the client's nonce.
    pub counted: Option<(&'a str, &'a str)>,
}

impl Algorithm {
    /// `None` where it is not understood; without a name it is MD5 (RFC 7616 §3.3).
    pub fn parse(name: Option<&str>) -> Option<Algorithm> {
        let name = name.unwrap_or("MD5");
        [Algorithm::Sha256, Algorithm::Sha512_256, Algorithm::Md5]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512_256 => "SHA-512-256",
            Algorithm::Md5 => "MD5",
        }
    }
}

impl DigestFields {
    /// `None` where the scheme is not Digest. A field that comes twice is malformed: nobody knows
    /// which of the two the other side has looked at.
    pub fn parse(value: &[u8]) -> Option<Result<DigestFields, Malformed>> {
        let mut scan = Scan::new(value);
        let scheme = scan.take_while(is_token_byte);
        let is_digest = scheme.eq_ignore_ascii_case(b"Digest");
        is_digest.then(|| DigestFields::read(scan).map_err(|what| Malformed::new(400, what)))
    }

    fn read(mut scan: Scan<'_>) -> Result<DigestFields, &'static str> {
        let mut fields = DigestFields::default();
        loop {
            scan.skip_space();
            if scan.eat(b',') {
                continue;
            }
            let name = text(scan.take_while(is_token_byte));
            scan.skip_space();
            match scan.peek() {
                None if name.is_empty() => return Ok(fields),
                Some(b'=') if !name.is_empty() => scan.eat(b'='),
                _ => return Err("digest: a field without a value"),
            };
            scan.skip_space();
            let value = match scan.peek() {
                Some(b'"') => text(&scan.take_quoted().ok_or("digest: a quote without an end")?),
                _ => text(scan.take_while(|byte| !matches!(byte, b',' | b' ' | b'\t' | b'"'))),
            };
            if fields.value(&name).is_some() {
                return Err("digest: a field that comes twice");
            }
            fields.0.push((name, value));
            scan.skip_space();
            if !matches!(scan.peek(), None | Some(b',')) {
                return Err("digest: no comma between fields");
            }
        }
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Adds a field; which of them stand in quotes is laid down by RFC 3261 §25.1.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> DigestFields {
        self.0.push((name.to_string(), value.into()));
        self
    }
}

impl fmt::Display for DigestFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")?;
        // In credentials `qop` is a token; in a challenge, which has no `response`, it is quoted.
        let is_answer = self.value("response").is_some();
        for (at, (name, value)) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { " " } else { ", " })?;
            let is_bare = match name.as_str() {
                "qop" => is_answer,
                "algorithm" | "stale" | "nc" => true,
                _ => false,
            };
            match is_bare && value.bytes().all(is_token_byte) {
                true => write!(f, "{name}={value}")?,
                false => write!(f, "{name}={}", Quoted(value))?,
            }
        }
        Ok(())
    }
}

impl Proof<'_> {
    /// The `response` in lower-case hex; `None` for a method that no RFC defines, which is refused
    /// before anybody asks for credentials.
    pub fn response(&self) -> Option<String> {
        let algorithm = match self.algorithm {
            Algorithm::Sha256 => RsipAlgorithm::Sha256,
            Algorithm::Md5 => RsipAlgorithm::Md5,
            Algorithm::Sha512_256 => return Some(self.sha512_256()),
        };
        // rsip counts in decimal and reads URIs anew, so it is handed both as the text that is hashed.
        let verbatim = rsip::Uri::from(Host::Domain(Domain::from(self.uri)));
        let generator = DigestGenerator {
            username: self.username,
            password: self.password,
            nonce: &self.counted_nonce(),
            uri: &verbatim,
            realm: self.realm,
            method: &known_to_rsip(self.method)?,
            qop: None,
            algorithm,
        };
        Some(generator.compute())
    }

    /// What stands between the two hashes: `nonce`, or `nonce:nc:cnonce:auth`.
    fn counted_nonce(&self) -> String {
        match self.counted {
            Some((count, cnonce)) => format!("{}:{count}:{cnonce}:auth", self.nonce),
            None => self.nonce.to_string(),
        }
    }

    fn sha512_256(&self) -> String {
        let hash = |text: String| hex(&Sha512_256::digest(text.as_bytes()));
        let who = hash(format!(
            "{}:{}:{}",
            self.username, self.realm, self.password
        ));
        let what = hash(format!("{}:{}", self.method, self.uri));
        hash(format!("{who}:{}:{what}", self.counted_nonce()))
    }
}

/// Bytes in lower-case hex.
pub(in crate::sip) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn known_to_rsip(method: &Method) -> Option<rsip::Method> {
    Some(match method {
        Method::Invite => rsip::Method::Invite,
        Method::Ack => rsip::Method::Ack,
        Method::Bye => rsip::Method::Bye,
        Method::Cancel => rsip::Method::Cancel,
        Method::Options => rsip::Method::Options,
        Method::Register => rsip::Method::Register,
        Method::Prack => rsip::Method::PRack,
        Method::Update => rsip::Method::Update,
        Method::Info => rsip::Method::Info,
        Method::Message => rsip::Method::Message,
        Method::Refer => rsip::Method::Refer,
        Method::Notify => rsip::Method::Notify,
        Method::Subscribe => rsip::Method::Subscribe,
        Method::Publish => rsip::Method::Publish,
        Method::Other(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_those_that_others_compute() {
        fn check(algorithm: Algorithm, plain: &str, counted: &str) {
            let proof = Proof {
                algorithm,
                username: "alice",
                password: "s3cret:\"x\"",
                realm: "example.com",
                method: &Method::Register,
                uri: "sip:example.com;transport=udp",
                nonce: "n0nce",
                counted: None,
            };
            let with_count = Proof {
                counted: Some(("0000000a", "c0")),
                ..proof
            };
            assert_eq!(proof.response().as_deref(), Some(plain));
            assert_eq!(with_count.response().as_deref(), Some(counted));
        }
        // From Python's hashlib.
        check(
            Algorithm::Md5,
            "b7e9ab6ee77e2d0f456c79b39b4a0fdd",
            "c7ec641900b2d0146f21d6d70053aeb7",
        );
        check(
            Algorithm::Sha256,
            "4ca786b9eeffb7f3f70085520f9af40ad3ee34591b19f6a5aab94d303c593a13",
            "70286cc5423066023dc9de9a464afbf87011b8780b3787e87f0b41def146ce87",
        );
        check(
            Algorithm::Sha512_256,
            "ef003410ac099852fe2806fc7d64db5d2b76d6c25a75bb988f663818fc5c279a",
            "b2ed0ad669c3c7a7c8057c732d94910461b232139f5b3032b3cc8b7120e971e4",
        );
    }

    #[test]
    fn fields_survive_writing_and_reading() {
        let fields = DigestFields::default()
            .with("username", r#"a "b" \c"#)
            .with("realm", "x, y=z")
            .with("qop", "auth")
            .with("nc", "00000001")
            .with("response", "00");
        let written = fields.to_string();
        assert_eq!(
            written,
            r#"Digest username="a \"b\" \\c", realm="x, y=z", qop=auth, nc=00000001, response="00""#
        );
        assert_eq!(DigestFields::parse(written.as_bytes()), Some(Ok(fields)));
    }

    #[test]
    fn nothing_breaks_out_of_a_field() {
        let fields = DigestFields::default()
            .with("realm", "a\r\nX: 1\0")
            .with("algorithm", "MD5, x=\"");
        assert_eq!(
            fields.to_string(),
            r#"Digest realm="aX: 1", algorithm="MD5, x=\"""#
        );
    }

    #[test]
    fn odd_fields_are_read_or_refused() {
        fn check(value: &str, outcome: Option<Result<&[(&str, &str)], &str>>) {
            let read = DigestFields::parse(value.as_bytes());
            let read = read.map(|read| read.map(|fields| fields.0).map_err(|e| e.reason));
            let wanted = outcome.map(|outcome| {
                let own = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
                outcome
                    .map(|fields| fields.iter().map(own).collect::<Vec<_>>())
                    .map_err(str::to_string)
            });
            assert_eq!(read, wanted, "{value}");
        }
        check("NoOneKnowsThisScheme opaque-data=here", None);
        check("", None);
        check("digest", Some(Ok(&[])));
        check(
            "DIGEST  a = b ,, c=\"d,e\" ,",
            Some(Ok(&[("a", "b"), ("c", "d,e")])),
        );
        check(
            "Digest a=b, A=c",
            Some(Err("digest: a field that comes twice")),
        );
        check("Digest a=\"b", Some(Err("digest: a quote without an end")));
        check("Digest a", Some(Err("digest: a field without a value")));
        check(
            "Digest a=b c=d",
            Some(Err("digest: no comma between fields")),
        );
        check("Digest =b", Some(Err("digest: a field without a value")));
    }
}

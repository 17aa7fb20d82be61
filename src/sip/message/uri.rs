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
    /// Still percent-encoded, as on the wire; see [`SipUri::user`].
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
    pub fn parse(_uri: &[u8]) -> Result<Uri, Malformed> {
        todo!()
    }

    /// `sip:user@host:port`, the user percent-encoded as it must be.
    pub fn sip(_user: &str, _host: &str, _port: Option<u16>) -> Uri {
        todo!()
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
        todo!()
    }

    /// Without headers and without `method`: what may stand in a request line (§19.1.1).
    pub fn without_headers(&self) -> Uri {
        todo!()
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// `%HH` to bytes, once; `None` where an escape is not one.
pub fn percent_decode(_text: &str) -> Option<Vec<u8>> {
    todo!()
}

/// Escapes everything that may not stand in a user part.
pub fn percent_encode_user(_text: &str) -> String {
    todo!()
}

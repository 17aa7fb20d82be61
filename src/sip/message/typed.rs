//! Header values with their parts: read when somebody asks, written when we send.

use std::fmt;

use crate::sip::message::{Headers, Malformed, Method, Uri};

/// `;name=value` parameters in order; names compare without case; a flag has no value. Quoted values
/// are held unquoted and are quoted again where they need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(pub Vec<(String, Option<String>)>);

/// `"Display" <uri>;params`, or a bare addr-spec (RFC 3261 §20.10, RFC 8217).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// Unquoted; `None` where there is none.
    pub display: Option<String>,
    pub uri: Uri,
    /// Header parameters, such as `tag`, `expires`, `q`.
    pub params: Params,
}

/// One Via (§20.42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// As written, e.g. `UDP`.
    pub transport: String,
    /// With brackets where it is an IPv6 literal.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
}

/// `CSeq: 1 INVITE`; the number fits 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cseq {
    pub number: u32,
    pub method: Method,
}

impl Params {
    /// The value of a parameter; `Some("")` for a flag.
    pub fn value(&self, _name: &str) -> Option<&str> {
        todo!()
    }

    pub fn has(&self, _name: &str) -> bool {
        todo!()
    }

    /// Replaces or adds.
    pub fn set(&mut self, _name: &str, _value: Option<&str>) {
        todo!()
    }
}

impl NameAddr {
    pub fn new(_uri: Uri) -> NameAddr {
        todo!()
    }

    /// Reads name-addr and addr-spec. A bare addr-spec with `,` `;` or `?` keeps its `;…` as header
    /// parameters (§20); see RFC 8217 for Refer-To.
    pub fn parse(_value: &[u8]) -> Result<NameAddr, Malformed> {
        todo!()
    }

    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }

    pub fn with_tag(self, _tag: &str) -> NameAddr {
        todo!()
    }
}

impl fmt::Display for NameAddr {
    /// As it goes on the wire: always in angle brackets, the display name quoted where it must be.
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl Via {
    pub fn parse(_value: &[u8]) -> Result<Via, Malformed> {
        todo!()
    }

    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }
}

impl fmt::Display for Via {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl Cseq {
    pub fn parse(_value: &[u8]) -> Result<Cseq, Malformed> {
        todo!()
    }
}

/// What every layer asks of a message. Errors name the header.
impl Headers {
    /// The topmost Via.
    pub fn via(&self) -> Result<Via, Malformed> {
        todo!()
    }

    pub fn from(&self) -> Result<NameAddr, Malformed> {
        todo!()
    }

    pub fn to(&self) -> Result<NameAddr, Malformed> {
        todo!()
    }

    pub fn cseq(&self) -> Result<Cseq, Malformed> {
        todo!()
    }

    pub fn call_id(&self) -> Result<&str, Malformed> {
        todo!()
    }

    /// The first Contact; `None` where there is none or it is `*`.
    pub fn contact(&self) -> Result<Option<NameAddr>, Malformed> {
        todo!()
    }

    /// `None` where it is absent.
    pub fn max_forwards(&self) -> Result<Option<u8>, Malformed> {
        todo!()
    }

    /// All URIs of Route or Record-Route in order.
    pub fn routes(&self, _name: &crate::sip::message::Name) -> Result<Vec<NameAddr>, Malformed> {
        todo!()
    }
}

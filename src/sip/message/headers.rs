//! The header fields of a message, in order, as bytes. A name is canonical (compact forms and case
//! are gone); a value is a slice of the datagram, unfolded where it was folded.

use bytes::Bytes;

/// A header name. Names that the stack reads have a variant; others keep their spelling and compare
/// without case.
#[derive(Clone, Debug)]
pub enum Name {
    Via,
    From,
    To,
    CallId,
    Cseq,
    Contact,
    MaxForwards,
    Route,
    RecordRoute,
    ContentType,
    ContentLength,
    Allow,
    AllowEvents,
    Supported,
    Require,
    ProxyRequire,
    Unsupported,
    Accept,
    Expires,
    MinExpires,
    Event,
    SubscriptionState,
    ReferTo,
    ReferredBy,
    ReferSub,
    Replaces,
    TargetDialog,
    Reason,
    RetryAfter,
    Authorization,
    WwwAuthenticate,
    ProxyAuthorization,
    ProxyAuthenticate,
    SessionExpires,
    MinSe,
    Rseq,
    Rack,
    UserAgent,
    Server,
    Warning,
    Subject,
    Privacy,
    PAssertedIdentity,
    Diversion,
    HistoryInfo,
    Date,
    Timestamp,
    /// Any other, as it was spelled.
    Other(Bytes),
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: Name,
    /// Without leading and trailing white space; may hold any byte but CR, LF and NUL.
    pub value: Bytes,
}

/// All header fields in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<Field>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }
}

impl Eq for Name {}

impl Name {
    /// Knows compact forms (RFC 3261 §7.3.3 and the later ones) and any case.
    pub fn parse(_name: &[u8]) -> Name {
        todo!()
    }

    /// The long form as it is written, e.g. `Call-ID`.
    pub fn as_bytes(&self) -> &[u8] {
        todo!()
    }
}

impl Headers {
    pub fn new() -> Headers {
        Headers::default()
    }

    /// Adds at the end. Panics in debug builds where the value holds CR, LF or NUL: whoever takes
    /// text from outside checks it first with [`is_safe_value`].
    pub fn push(&mut self, _name: Name, _value: impl Into<Bytes>) {
        todo!()
    }

    /// Adds before all others of that name (a Via on top).
    pub fn push_front(&mut self, _name: Name, _value: impl Into<Bytes>) {
        todo!()
    }

    /// Removes all of that name, then adds.
    pub fn set(&mut self, _name: Name, _value: impl Into<Bytes>) {
        todo!()
    }

    pub fn remove(&mut self, _name: &Name) {
        todo!()
    }

    /// The first value of that name.
    pub fn get(&self, _name: &Name) -> Option<&Bytes> {
        todo!()
    }

    /// The first value as text; `None` where it is not UTF-8.
    pub fn text(&self, _name: &Name) -> Option<&str> {
        todo!()
    }

    /// All values of that name, one per header line (not split at commas).
    pub fn all<'a>(&'a self, _name: &'a Name) -> impl Iterator<Item = &'a Bytes> {
        std::iter::empty()
    }

    /// All values of that name, split at the commas outside quotes and angle brackets (§7.3.1).
    pub fn list<'a>(&'a self, _name: &'a Name) -> impl Iterator<Item = &'a [u8]> {
        std::iter::empty()
    }

    /// Whether a comma list of tokens (Supported, Require, Allow) holds `token`, without case.
    pub fn has_token(&self, _name: &Name, _token: &str) -> bool {
        todo!()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    pub fn append(&mut self, _other: Headers) {
        todo!()
    }
}

/// Whether a text from a script, a file or a peer may become a header value: no CR, LF or NUL.
pub fn is_safe_value(value: &str) -> bool {
    !value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

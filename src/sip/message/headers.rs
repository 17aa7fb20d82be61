//! The header fields of a message, in order, as bytes. A name is canonical (compact forms and case
//! are gone); a value is a slice of the datagram, unfolded where it was folded.

use std::fmt;
use std::mem::discriminant;

use bytes::Bytes;

use super::scan::{breaks_out, has_break, is_token, split_list};

/// The names with a variant: each with its spelling on the wire and its compact form.
macro_rules! names {
    ($($variant:ident: $long:literal $(| $compact:literal)?,)*) => {
        /// A header name. Names that the stack reads have a variant; others keep their spelling and
        /// compare without case.
        #[derive(Clone, Debug)]
        pub enum Name {
            $($variant,)*
            /// Any other, as it was spelled.
            Other(Bytes),
        }

        impl Name {
            /// The long form as it is written, e.g. `Call-ID`.
            pub fn as_bytes(&self) -> &[u8] {
                match self {
                    $(Name::$variant => $long.as_bytes(),)*
                    Name::Other(name) => name,
                }
            }

            /// The variant of a name in any case, long or compact.
            fn known(name: &[u8]) -> Option<Name> {
                $(
                    if name.eq_ignore_ascii_case($long.as_bytes())
                        $(|| name.eq_ignore_ascii_case($compact.as_bytes()))?
                    {
                        return Some(Name::$variant);
                    }
                )*
                None
            }
        }
    };
}

names! {
    Via: "Via" | "v",
    From: "From" | "f",
    To: "To" | "t",
    CallId: "Call-ID" | "i",
    Cseq: "CSeq",
    Contact: "Contact" | "m",
    MaxForwards: "Max-Forwards",
    Route: "Route",
    RecordRoute: "Record-Route",
    ContentType: "Content-Type" | "c",
    ContentLength: "Content-Length" | "l",
    Allow: "Allow",
    AllowEvents: "Allow-Events" | "u",
    Supported: "Supported" | "k",
    Require: "Require",
    ProxyRequire: "Proxy-Require",
    Unsupported: "Unsupported",
    Accept: "Accept",
    Expires: "Expires",
    MinExpires: "Min-Expires",
    Event: "Event" | "o",
    SubscriptionState: "Subscription-State",
    ReferTo: "Refer-To" | "r",
    ReferredBy: "Referred-By" | "b",
    ReferSub: "Refer-Sub",
    Replaces: "Replaces",
    Join: "Join",
    TargetDialog: "Target-Dialog",
    Reason: "Reason",
    RetryAfter: "Retry-After",
    Authorization: "Authorization",
    WwwAuthenticate: "WWW-Authenticate",
    ProxyAuthorization: "Proxy-Authorization",
    ProxyAuthenticate: "Proxy-Authenticate",
    SessionExpires: "Session-Expires" | "x",
    MinSe: "Min-SE",
    Rseq: "RSeq",
    Rack: "RAck",
    UserAgent: "User-Agent",
    Server: "Server",
    Warning: "Warning",
    Subject: "Subject" | "s",
    Privacy: "Privacy",
    PAssertedIdentity: "P-Asserted-Identity",
    Diversion: "Diversion",
    HistoryInfo: "History-Info",
    Date: "Date",
    Timestamp: "Timestamp",
}

/// Compact forms of names without a variant (RFC 3261 §20.12, RFC 3841 §9, RFC 8224 §4).
const COMPACT: &[(u8, &str)] = &[
    (b'a', "Accept-Contact"),
    (b'd', "Request-Disposition"),
    (b'e', "Content-Encoding"),
    (b'j', "Reject-Contact"),
    (b'n', "Identity-Info"),
    (b'y', "Identity"),
];

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: Name,
    /// Without leading and trailing white space. Holds any byte but CR and LF; NUL only where a peer
    /// escaped it in a quoted string.
    pub value: Bytes,
}

/// All header fields in the order of the wire.
///
/// Nothing that is put in can break out of its line: where a value that is added holds CR, LF or NUL,
/// each run of them becomes one space, and a field whose name is no token is left out. So a text of a
/// script or a peer can never grow another header; [`is_safe_value`] tells beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<Field>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        match (self, other) {
            (Name::Other(_), _) | (_, Name::Other(_)) => {
                self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
            }
            _ => discriminant(self) == discriminant(other),
        }
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl Name {
    /// Knows compact forms (RFC 3261 §7.3.3 and the later ones) and any case.
    pub fn parse(name: &[u8]) -> Name {
        Name::canonical(name).unwrap_or_else(|| Name::Other(Bytes::copy_from_slice(name)))
    }

    /// The same without copying: `name` is a slice of the datagram.
    pub(super) fn of(name: Bytes) -> Name {
        Name::canonical(&name).unwrap_or(Name::Other(name))
    }

    fn canonical(name: &[u8]) -> Option<Name> {
        match name {
            [letter] => Name::known(name).or_else(|| {
                let letter = letter.to_ascii_lowercase();
                let (_, long) = COMPACT.iter().find(|(compact, _)| *compact == letter)?;
                Some(Name::Other(Bytes::from_static(long.as_bytes())))
            }),
            _ => Name::known(name),
        }
    }

    fn is_writable(&self) -> bool {
        match self {
            Name::Other(name) => is_token(name),
            _ => true,
        }
    }
}

impl Headers {
    pub fn new() -> Headers {
        Headers::default()
    }

    pub(super) fn with_capacity(fields: usize) -> Headers {
        Headers {
            fields: Vec::with_capacity(fields),
        }
    }

    /// A field from the wire, whose value the parser has checked.
    pub(super) fn push_checked(&mut self, name: Name, value: Bytes) {
        self.fields.push(Field { name, value });
    }

    /// Copies every field of that name as it is.
    pub(super) fn copy_all(&mut self, from: &Headers, name: &Name) {
        self.fields
            .extend(from.fields.iter().filter(|f| f.name == *name).cloned());
    }

    /// Copies the first field of that name as it is.
    pub(super) fn copy_first(&mut self, from: &Headers, name: &Name) {
        self.fields
            .extend(from.fields.iter().find(|f| f.name == *name).cloned());
    }

    /// Adds at the end.
    pub fn push(&mut self, name: Name, value: impl Into<Bytes>) {
        if name.is_writable() {
            let value = safe(value.into());
            self.fields.push(Field { name, value });
        }
    }

    /// Adds before all others of that name (a Via on top), or at the end where there are none.
    pub fn push_front(&mut self, name: Name, value: impl Into<Bytes>) {
        if name.is_writable() {
            let value = safe(value.into());
            let at = self
                .fields
                .iter()
                .position(|field| field.name == name)
                .unwrap_or(if name == Name::Via {
                    0
                } else {
                    self.fields.len()
                });
            self.fields.insert(at, Field { name, value });
        }
    }

    /// Removes all of that name, then adds: in the place of the first where there was one.
    pub fn set(&mut self, name: Name, value: impl Into<Bytes>) {
        if !name.is_writable() {
            return;
        }
        let value = safe(value.into());
        match self.fields.iter().position(|field| field.name == name) {
            Some(at) => {
                let mut place = 0;
                self.fields.retain(|field| {
                    place += 1;
                    place - 1 == at || field.name != name
                });
                if let Some(field) = self.fields.get_mut(at) {
                    field.value = value;
                }
            }
            None => self.fields.push(Field { name, value }),
        }
    }

    pub fn remove(&mut self, name: &Name) {
        self.fields.retain(|field| field.name != *name);
    }

    /// Takes the topmost value of a list header away (§18.1.2: our own Via, a Route that is us).
    pub fn remove_first(&mut self, name: &Name) {
        let Some(at) = self.fields.iter().position(|field| field.name == *name) else {
            return;
        };
        let value = self.fields[at].value.clone();
        match split_list(&value).nth(1) {
            Some(second) => self.fields[at].value = value.slice_ref(tail_from(&value, second)),
            None => drop(self.fields.remove(at)),
        }
    }

    /// Replaces the topmost value of a list header (§18.2.1: `received` in a Via), or adds it.
    pub fn replace_first(&mut self, name: Name, value: impl Into<Bytes>) {
        self.remove_first(&name);
        self.push_front(name, value);
    }

    /// The first value of that name.
    pub fn get(&self, name: &Name) -> Option<&Bytes> {
        self.fields
            .iter()
            .find(|field| field.name == *name)
            .map(|field| &field.value)
    }

    /// The first value as text; `None` where it is not UTF-8.
    pub fn text(&self, name: &Name) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    pub fn has(&self, name: &Name) -> bool {
        self.get(name).is_some()
    }

    /// All values of that name, one per header line (not split at commas).
    pub fn all<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Bytes> {
        self.fields
            .iter()
            .filter(move |field| field.name == *name)
            .map(|field| &field.value)
    }

    /// All values of that name, split at the commas outside quotes and angle brackets (§7.3.1).
    pub fn list<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(|value| split_list(value))
    }

    /// Whether a comma list of tokens (Supported, Require, Allow) holds `token`, without case.
    pub fn has_token(&self, name: &Name, token: &str) -> bool {
        self.list(name)
            .any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub fn append(&mut self, mut other: Headers) {
        self.fields.append(&mut other.fields);
    }
}

/// Whether a text from a script, a file or a peer may become a header value: no CR, LF or NUL.
pub fn is_safe_value(value: &str) -> bool {
    !has_break(value.as_bytes())
}

/// Each run of CR, LF and NUL becomes one space.
fn safe(value: Bytes) -> Bytes {
    if !has_break(&value) {
        return value.slice_ref(value.trim_ascii());
    }
    let mut clean = Vec::with_capacity(value.len());
    for byte in value.trim_ascii() {
        match breaks_out(*byte) {
            false => clean.push(*byte),
            true if clean.last() == Some(&b' ') => {}
            true => clean.push(b' '),
        }
    }
    Bytes::from(clean)
}

/// The end of `whole`, beginning with its part `from`.
fn tail_from<'a>(whole: &'a [u8], from: &[u8]) -> &'a [u8] {
    let at = from.as_ptr() as usize - whole.as_ptr() as usize;
    whole.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &'static str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(Name::parse(name.as_bytes()), *value);
        }
        headers
    }

    fn shown(headers: &Headers) -> Vec<String> {
        headers
            .iter()
            .map(|f| format!("{}: {}", f.name, String::from_utf8_lossy(&f.value)))
            .collect()
    }

    #[test]
    fn every_compact_form_is_its_long_name() {
        for (compact, long) in [
            ("a", "Accept-Contact"),
            ("b", "Referred-By"),
            ("c", "Content-Type"),
            ("d", "Request-Disposition"),
            ("e", "Content-Encoding"),
            ("f", "From"),
            ("i", "Call-ID"),
            ("j", "Reject-Contact"),
            ("k", "Supported"),
            ("l", "Content-Length"),
            ("m", "Contact"),
            ("n", "Identity-Info"),
            ("o", "Event"),
            ("r", "Refer-To"),
            ("s", "Subject"),
            ("t", "To"),
            ("u", "Allow-Events"),
            ("v", "Via"),
            ("x", "Session-Expires"),
            ("y", "Identity"),
        ] {
            for spelled in [
                compact.to_string(),
                compact.to_uppercase(),
                long.to_uppercase(),
            ] {
                let name = Name::parse(spelled.as_bytes());
                assert_eq!(name, Name::parse(long.as_bytes()), "{spelled}");
                if spelled.len() == 1 {
                    assert_eq!(name.to_string(), long);
                }
            }
        }
        assert_eq!(Name::parse(b"q").to_string(), "q");
    }

    #[test]
    fn a_name_without_a_variant_keeps_its_spelling_and_compares_without_case() {
        let name = Name::parse(b"x-Foo");
        assert_eq!(name.to_string(), "x-Foo");
        assert_eq!(name, Name::parse(b"X-FOO"));
        assert_ne!(name, Name::parse(b"X-Bar"));
        assert_eq!(Name::Other(Bytes::from_static(b"via")), Name::Via);
    }

    #[test]
    fn a_via_goes_on_top_and_a_replaced_field_keeps_its_place() {
        let mut headers = headers(&[("To", "t"), ("Via", "v1"), ("Route", "r1"), ("Via", "v0")]);
        headers.push_front(Name::Via, "v2");
        headers.push_front(Name::RecordRoute, "rr");
        headers.set(Name::Route, "r2");
        headers.set(Name::Expires, "60");
        assert_eq!(
            shown(&headers),
            [
                "To: t",
                "Via: v2",
                "Via: v1",
                "Route: r2",
                "Via: v0",
                "Record-Route: rr",
                "Expires: 60"
            ]
        );
        headers.set(Name::Via, "v");
        headers.remove(&Name::Expires);
        assert_eq!(
            shown(&headers),
            ["To: t", "Via: v", "Route: r2", "Record-Route: rr"]
        );
        let mut bare = Headers::new();
        bare.push(Name::To, "t");
        bare.push_front(Name::Via, "v");
        assert_eq!(shown(&bare), ["Via: v", "To: t"]);
    }

    #[test]
    fn the_first_of_a_list_is_taken_or_replaced_and_the_rest_stays() {
        let mut headers = headers(&[("Route", "<sip:a,b> , <sip:c>"), ("Route", "<sip:d>")]);
        headers.remove_first(&Name::Route);
        assert_eq!(shown(&headers), ["Route: <sip:c>", "Route: <sip:d>"]);
        headers.remove_first(&Name::Route);
        assert_eq!(shown(&headers), ["Route: <sip:d>"]);
        headers.remove_first(&Name::Route);
        headers.remove_first(&Name::Route);
        assert!(headers.is_empty());

        headers.push(Name::Via, "a , b");
        headers.replace_first(Name::Via, "c");
        assert_eq!(shown(&headers), ["Via: c", "Via: b"]);
    }

    #[test]
    fn lists_span_lines_and_tokens_compare_without_case() {
        let headers = headers(&[("Supported", "100rel, Timer"), ("k", ",replaces")]);
        let list: Vec<_> = headers.list(&Name::Supported).collect();
        assert_eq!(list, [&b"100rel"[..], b"Timer", b"replaces"]);
        assert!(headers.has_token(&Name::Supported, "TIMER"));
        assert!(!headers.has_token(&Name::Supported, "time"));
        assert_eq!(headers.all(&Name::Supported).count(), 2);
    }

    #[test]
    fn nothing_breaks_out_of_a_line() {
        let mut headers = headers(&[
            ("Subject", " a\r\nX: 1\r\n\r\n\0b\n"),
            ("X\r\nY", "1"),
            ("", "1"),
            ("X Y", "1"),
        ]);
        headers.set(Name::Reason, "a\nb");
        headers.push_front(Name::Via, "v\rw");
        headers.set(Name::parse(b"X\nY"), "1");
        headers.push_front(Name::parse(b"X:Y"), "1");
        assert_eq!(
            shown(&headers),
            ["Via: v w", "Subject: a X: 1 b", "Reason: a b"]
        );
        assert!(!is_safe_value("a\r\nb") && !is_safe_value("\0") && is_safe_value("a\tö"));
    }

    #[test]
    fn text_is_utf8_and_bytes_are_bytes() {
        let mut headers = Headers::new();
        headers.push(Name::Subject, &b"\xff"[..]);
        assert_eq!(headers.text(&Name::Subject), None);
        assert_eq!(
            headers.get(&Name::Subject).map(|v| &v[..]),
            Some(&b"\xff"[..])
        );
    }
}

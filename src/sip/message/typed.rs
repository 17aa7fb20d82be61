//! Header values with their parts: read when somebody asks, written when we send.

use std::fmt;

use super::scan::{Scan, is_token, is_token_byte, split_list, text};
use super::uri::{is_host, port_number};
use crate::sip::message::{Headers, Malformed, Method, Name, Uri};

/// `;name=value` parameters in order; names compare without case; a flag has no value. Quoted values
/// are held unquoted and are quoted again where they need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(pub Vec<(String, Option<String>)>);

/// `"Display" <uri>;params`, or a bare addr-spec (RFC 3261 §20.10, RFC 8217).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// Unquoted; `None` where there is none or an empty one.
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
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Replaces or adds.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_string);
        match self
            .0
            .iter_mut()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
        {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_string(), value)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    /// `;a;b=c;d="e f"` to its end. Empty parameters (`;;`) are an error where `strict`, else left out:
    /// phones send them.
    fn read(scan: &mut Scan<'_>, strict: bool) -> Result<Params, &'static str> {
        let mut params = Params(Vec::new());
        scan.skip_space();
        while scan.eat(b';') {
            scan.skip_space();
            let name = scan.take_while(|byte| !matches!(byte, b';' | b'=' | b' ' | b'\t'));
            scan.skip_space();
            let value = match scan.eat(b'=') {
                true => {
                    scan.skip_space();
                    Some(read_param_value(scan)?)
                }
                false => None,
            };
            scan.skip_space();
            match (name, &value) {
                ([], None) if !strict => {}
                _ if is_token(name) => params.0.push((text(name), value)),
                _ => return Err("a parameter without a name"),
            }
        }
        match scan.peek() {
            None => Ok(params),
            Some(_) => Err("something after its end"),
        }
    }
}

fn read_param_value(scan: &mut Scan<'_>) -> Result<String, &'static str> {
    if scan.peek() == Some(b'"') {
        return match scan.take_quoted() {
            Some(value) => Ok(text(&value)),
            None => Err("a quote without an end"),
        };
    }
    let value = scan.take_while(|byte| {
        !matches!(byte, b';' | b' ' | b'\t' | b',' | b'"' | b'<' | b'>') && !byte.is_ascii_control()
    });
    Ok(text(value))
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            write!(f, ";{name}")?;
            match value {
                // Feature tags are quoted strings whatever they hold (RFC 3840 §9).
                Some(value) if is_plain_value(value) && !name.starts_with('+') => {
                    write!(f, "={value}")?;
                }
                Some(value) => write!(f, "={}", Quoted(value))?,
                None => {}
            }
        }
        Ok(())
    }
}

/// A token or a host, which stand without quotes.
fn is_plain_value(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| is_token_byte(byte) || matches!(byte, b'[' | b']' | b':'))
}

/// A quoted string: `"`, `\` and control characters escaped. CR, LF and NUL, which no quoted string
/// of ours may hold, are left out.
pub(super) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '\r' | '\n' | '\0' => {}
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_ascii_control() && c != '\t' => write!(f, "\\{c}")?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

impl NameAddr {
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr {
            display: None,
            uri,
            params: Params::default(),
        }
    }

    /// Reads name-addr and addr-spec. A bare addr-spec keeps its `;…` as header parameters (§20); one
    /// with `,` or `?` is malformed, as it needs angle brackets (RFC 8217 §4).
    pub fn parse(value: &[u8]) -> Result<NameAddr, Malformed> {
        let mut scan = Scan::new(value);
        let display = match scan.peek() {
            Some(b'"') => {
                let display = scan
                    .take_quoted()
                    .ok_or_else(|| address("a quote without an end"))?;
                scan.skip_space();
                if scan.peek() != Some(b'<') {
                    return Err(address("no angle bracket after the display name"));
                }
                text(&display)
            }
            _ => {
                let mut ahead = scan;
                let before = ahead.take_while(|byte| !matches!(byte, b'<' | b'"'));
                if ahead.peek() != Some(b'<') {
                    return NameAddr::parse_bare(scan);
                }
                if before.iter().any(|byte| matches!(byte, b',' | b';')) {
                    return Err(address("a display name that needs quotes"));
                }
                scan = ahead;
                text(before.trim_ascii_end())
            }
        };
        scan.eat(b'<');
        let uri = scan
            .take_until(b'>')
            .ok_or_else(|| address("no closing bracket"))?;
        Ok(NameAddr {
            display: Some(display).filter(|display| !display.is_empty()),
            uri: Uri::parse(uri)?,
            params: Params::read(&mut scan, false).map_err(address)?,
        })
    }

    fn parse_bare(scan: Scan<'_>) -> Result<NameAddr, Malformed> {
        let whole = scan.rest();
        // The user part, which ends at the `@`, may hold `;` and `?`.
        let mut ahead = scan;
        let user = ahead.take_while(|byte| !matches!(byte, b'@' | b'"' | b' ' | b'\t'));
        let host_at = if ahead.peek() == Some(b'@') {
            user.len()
        } else {
            0
        };
        let end = whole[host_at..]
            .iter()
            .position(|byte| matches!(byte, b';' | b' ' | b'\t'))
            .map_or(whole.len(), |at| host_at + at);
        let (uri, rest) = whole.split_at(end);
        if uri[host_at..]
            .iter()
            .any(|byte| matches!(byte, b'?' | b','))
        {
            return Err(address("a URI that needs angle brackets"));
        }
        Ok(NameAddr {
            display: None,
            uri: Uri::parse(uri)?,
            params: Params::read(&mut Scan::new(rest), false).map_err(address)?,
        })
    }

    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }

    pub fn with_tag(mut self, tag: &str) -> NameAddr {
        self.params.set("tag", Some(tag));
        self
    }
}

fn address(what: &str) -> Malformed {
    Malformed::new(400, format!("address: {what}"))
}

impl fmt::Display for NameAddr {
    /// As it goes on the wire: always in angle brackets, the display name quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", Quoted(display))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

impl Via {
    /// Reads one element of a Via; white space may stand around every part.
    pub fn parse(value: &[u8]) -> Result<Via, Malformed> {
        fn word<'a>(scan: &mut Scan<'a>) -> &'a [u8] {
            scan.skip_space();
            let word = scan.take_while(is_token_byte);
            scan.skip_space();
            word
        }
        let mut scan = Scan::new(value);
        let (name, slash) = (word(&mut scan), scan.eat(b'/'));
        let (version, second_slash) = (word(&mut scan), scan.eat(b'/'));
        if !name.eq_ignore_ascii_case(b"SIP") || version != b"2.0" || !slash || !second_slash {
            return Err(via("not SIP/2.0"));
        }
        scan.skip_space();
        let transport = scan.take_while(is_token_byte);
        let gap = matches!(scan.peek(), Some(b' ' | b'\t'));
        if transport.is_empty() || !gap {
            return Err(via("no transport"));
        }
        scan.skip_space();
        let host = match scan.peek() {
            Some(b'[') => scan.take_while(|byte| !matches!(byte, b']' | b';' | b' ')),
            _ => scan.take_while(|byte| !matches!(byte, b':' | b';' | b' ' | b'\t')),
        };
        let mut host = text(host);
        if scan.eat(b']') {
            host.push(']');
        }
        if !is_host(&host) {
            return Err(via("sent-by"));
        }
        scan.skip_space();
        let port = match scan.eat(b':') {
            true => {
                scan.skip_space();
                let digits = text(scan.take_while(|byte| byte.is_ascii_digit()));
                Some(port_number(&digits).ok_or_else(|| via("port"))?)
            }
            false => None,
        };
        Ok(Via {
            transport: text(transport),
            host,
            port,
            params: Params::read(&mut scan, true).map_err(via)?,
        })
    }

    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }
}

fn via(what: &str) -> Malformed {
    Malformed::new(400, format!("Via: {what}"))
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

impl Cseq {
    pub fn parse(value: &[u8]) -> Result<Cseq, Malformed> {
        let mut scan = Scan::new(value);
        let digits = scan.take_while(|byte| byte.is_ascii_digit());
        let number = decimal(digits)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| Malformed::new(400, "CSeq: number"))?;
        scan.skip_space();
        let method =
            Method::parse(scan.rest()).ok_or_else(|| Malformed::new(400, "CSeq: method"))?;
        Ok(Cseq { number, method })
    }
}

impl fmt::Display for Cseq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// A number in decimal digits; `None` where there are none, others, or too many.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.iter().all(|byte| byte.is_ascii_digit());
    all_digits
        .then(|| std::str::from_utf8(digits).ok()?.parse().ok())
        .flatten()
}

/// What every layer asks of a message. Errors name the header.
impl Headers {
    /// The topmost Via.
    pub fn via(&self) -> Result<Via, Malformed> {
        let value = self.required(&Name::Via)?;
        Via::parse(split_list(value).next().ok_or_else(|| via("empty"))?)
    }

    pub fn from(&self) -> Result<NameAddr, Malformed> {
        NameAddr::parse(self.required(&Name::From)?).map_err(|fault| fault.within(&Name::From))
    }

    pub fn to(&self) -> Result<NameAddr, Malformed> {
        NameAddr::parse(self.required(&Name::To)?).map_err(|fault| fault.within(&Name::To))
    }

    pub fn cseq(&self) -> Result<Cseq, Malformed> {
        Cseq::parse(self.required(&Name::Cseq)?)
    }

    pub fn call_id(&self) -> Result<&str, Malformed> {
        let call_id = self.required(&Name::CallId)?;
        let is_word = !call_id.is_empty() && call_id.iter().all(|byte| byte.is_ascii_graphic());
        match std::str::from_utf8(call_id) {
            Ok(call_id) if is_word => Ok(call_id),
            _ => Err(Malformed::new(400, "Call-ID: not a word")),
        }
    }

    /// The first Contact; `None` where there is none or it is `*`.
    pub fn contact(&self) -> Result<Option<NameAddr>, Malformed> {
        match self.list(&Name::Contact).next() {
            None | Some(b"*") => Ok(None),
            Some(contact) => NameAddr::parse(contact)
                .map(Some)
                .map_err(|fault| fault.within(&Name::Contact)),
        }
    }

    /// `None` where it is absent.
    pub fn max_forwards(&self) -> Result<Option<u8>, Malformed> {
        self.get(&Name::MaxForwards)
            .map(|value| {
                decimal(value)
                    .and_then(|hops| u8::try_from(hops).ok())
                    .ok_or_else(|| Malformed::new(400, "Max-Forwards: not 0 to 255"))
            })
            .transpose()
    }

    /// All URIs of Route or Record-Route in order.
    pub fn routes(&self, name: &Name) -> Result<Vec<NameAddr>, Malformed> {
        self.list(name)
            .map(|route| NameAddr::parse(route).map_err(|fault| fault.within(name)))
            .collect()
    }

    fn required(&self, name: &Name) -> Result<&[u8], Malformed> {
        match self.get(name) {
            Some(value) => Ok(value),
            None => Err(Malformed::new(400, format!("{name}: missing"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_forms_are_read() {
        fn check(value: &str, display: Option<&str>, uri: &str, params: &str) {
            let address = NameAddr::parse(value.as_bytes()).expect(value);
            assert_eq!(address.display.as_deref(), display, "{value}");
            assert_eq!(address.uri.to_string(), uri, "{value}");
            assert_eq!(address.params.to_string(), params, "{value}");
        }
        check("<sip:500>", None, "sip:500", "");
        check("sip:b@h", None, "sip:b@h", "");
        check(
            "\"B\" <sip:b@h;user=phone>",
            Some("B"),
            "sip:b@h;user=phone",
            "",
        );
        check("\"\" <sip:b@h>", None, "sip:b@h", "");
        check("caller<sip:b@h>;tag=3", Some("caller"), "sip:b@h", ";tag=3");
        check("A. Bell  Jr <sip:b@h>", Some("A. Bell  Jr"), "sip:b@h", "");
        check("Jörg <sip:b@h>", Some("Jörg"), "sip:b@h", "");
        check(
            r#""J \\\"" <sip:b@h> ; tag = 98"#,
            Some(r#"J \""#),
            "sip:b@h",
            ";tag=98",
        );
        check(
            r#""a <sip:x@y>, b" <sip:b@h>"#,
            Some("a <sip:x@y>, b"),
            "sip:b@h",
            "",
        );
        check("<tel:+49;isub=1>", None, "tel:+49;isub=1", "");
        check("tel:+49;tag=1", None, "tel:+49", ";tag=1");
        check(
            "<sip:b@h?Replaces=1%40c&X=1>",
            None,
            "sip:b@h?Replaces=1%40c&X=1",
            "",
        );
        check("sip:b@h;tag=1;x", None, "sip:b@h", ";tag=1;x");
        check("sip:b;p=u%40x@h;tag=1", None, "sip:b;p=u%40x@h", ";tag=1");
        check("sip:b@h ;   tag    = 19", None, "sip:b@h", ";tag=19");
        check("<sip:b@h>;;expires=60;", None, "sip:b@h", ";expires=60");
        check("isbn:29", None, "isbn:29", "");
        check(
            r#"<sip:x@y.invalid;transport=ws;ob>;reg-id=1;+sip.instance="<urn:uuid:1>";q=0.5"#,
            None,
            "sip:x@y.invalid;transport=ws;ob",
            r#";reg-id=1;+sip.instance="<urn:uuid:1>";q=0.5"#,
        );
        check(
            r#"<sip:b@h>;+sip.x="a";y="b c";z="""#,
            None,
            "sip:b@h",
            r#";+sip.x="a";y="b c";z="""#,
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for value in [
            "",
            "<>",
            "alan@example.com",
            "\"B\"",
            "\"B <sip:b@h>",
            "\"B\" sip:b@h",
            "<sip:b@h",
            "< sip:b@h >",
            "B, A <sip:b@h>",
            "B; A <sip:b@h>",
            "B \"A\" <sip:b@h>",
            "sip:b@h?X=1",
            "sip:b@h,sip:c@h",
            "<sip:b@h> x",
            "<sip:b@h>;a=\"b",
            "<sip:b@h>;=b",
            "<sip:b@h>;a b",
            "<sip:b@h>;a=b,c",
            "<sip:b@h>;a=\"b\"c",
        ] {
            assert!(NameAddr::parse(value.as_bytes()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn an_address_is_written_in_brackets_and_nothing_breaks_out() {
        let mut address = NameAddr::new(Uri::sip("b", "h", None)).with_tag("1");
        assert_eq!(address.to_string(), "<sip:b@h>;tag=1");
        address.display = Some("a\"\\\r\n\x07<sip:x>".to_string());
        let address = address.with_tag("2");
        assert_eq!(address.tag(), Some("2"));
        let smuggled = NameAddr::parse(b"\"a\\\r\\\n\\\0b\" <sip:b@h>").expect("readable");
        assert_eq!(smuggled.display.as_deref(), Some("ab"));
        assert_eq!(
            address.to_string(),
            "\"a\\\"\\\\\\\x07<sip:x>\" <sip:b@h>;tag=2"
        );
    }

    #[test]
    fn vias_of_all_forms_are_read() {
        fn check(value: &str, written: &str) {
            let via = Via::parse(value.as_bytes()).expect(value);
            assert_eq!(via.to_string(), written, "{value}");
        }
        check(
            "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
            "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
        );
        check(
            "SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8",
            "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
        );
        check(
            "sip/2.0/ws x.invalid : 80;rport",
            "SIP/2.0/ws x.invalid:80;rport",
        );
        check(
            "SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z",
            "SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z",
        );
        check(
            "SIP/2.0/UDP [::1];received=2001:db8::9:255",
            "SIP/2.0/UDP [::1];received=2001:db8::9:255",
        );
    }

    #[test]
    fn what_is_no_via_is_refused() {
        for value in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/7.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0 h",
            "SIP/2.0/ h",
            "SIP/2.0/UDP h:",
            "SIP/2.0/UDP h:x",
            "SIP/2.0/UDP h:70000",
            "SIP/2.0/UDP 192.0.2.15;;",
            "SIP/2.0/UDP h;",
            "SIP/2.0/UDP ::1",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP h x",
            "SIP/2.0/UDP \u{e4}",
        ] {
            assert!(Via::parse(value.as_bytes()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_cseq_is_a_32_bit_number_and_a_method() {
        fn check(value: &str, read: Option<(u32, Method)>) {
            let wanted = read.map(|(number, method)| Cseq { number, method });
            assert_eq!(Cseq::parse(value.as_bytes()).ok(), wanted, "{value}");
        }
        check("0009   INVITE", Some((9, Method::Invite)));
        check(
            "4294967295 X!",
            Some((u32::MAX, Method::Other("X!".into()))),
        );
        check("1 invite", Some((1, Method::Other("invite".into()))));
        check("4294967296 INVITE", None);
        check("36893488147419103232 REGISTER", None);
        check("-1 INVITE", None);
        check("+1 INVITE", None);
        check("INVITE", None);
        check("1", None);
        check("1 A B", None);
        check("", None);
    }

    #[test]
    fn readers_name_the_header_that_is_wrong() {
        let mut headers = Headers::new();
        headers.push(Name::From, "<sip:a@b");
        headers.push(Name::CallId, "a b");
        headers.push(Name::MaxForwards, "300");
        headers.push(Name::Contact, "sip:a@b?x=y");
        headers.push(Name::Route, "<sip:a;lr>, b");
        let faults = [
            headers.via().map(drop),
            headers.from().map(drop),
            headers.to().map(drop),
            headers.cseq().map(drop),
            headers.call_id().map(drop),
            headers.max_forwards().map(drop),
            headers.contact().map(drop),
            headers.routes(&Name::Route).map(drop),
        ]
        .map(|read| read.map_err(|fault| (fault.code, fault.reason)).err());
        let wanted = [
            "Via: missing",
            "From: address: no closing bracket",
            "To: missing",
            "CSeq: missing",
            "Call-ID: not a word",
            "Max-Forwards: not 0 to 255",
            "Contact: address: a URI that needs angle brackets",
            "Route: URI: no scheme",
        ];
        assert_eq!(faults, wanted.map(|reason| Some((400, reason.to_string()))));
    }

    #[test]
    fn what_is_absent_is_none() {
        let mut headers = Headers::new();
        assert_eq!(headers.max_forwards(), Ok(None));
        assert_eq!(headers.contact(), Ok(None));
        assert_eq!(headers.routes(&Name::RecordRoute), Ok(Vec::new()));
        headers.push(Name::Contact, "*");
        assert_eq!(headers.contact(), Ok(None));
        headers.push(Name::MaxForwards, "0068");
        assert_eq!(headers.max_forwards(), Ok(Some(68)));
    }

    #[test]
    fn params_compare_without_case_and_are_replaced_in_place() {
        let mut params = Params::default();
        params.set("Tag", Some("1"));
        params.set("rport", None);
        params.set("TAG", Some("2"));
        assert_eq!(params.to_string(), ";Tag=2;rport");
        assert!(params.has("RPORT") && !params.has("x"));
        params.remove("tag");
        assert_eq!(params.to_string(), ";rport");
    }
}

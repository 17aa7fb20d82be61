//! A URL of a script's: what it asks, plays, or wants its statuses posted to.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

/// The longest that is taken, in bytes.
const LONGEST: usize = 2048;

/// An `http:` or `https:` URL with a host. It prints masked: without its user, password, query and
/// fragment, which often hold a key.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

impl HookUrl {
    /// What is wrong with `text` where it is none.
    pub fn parse(text: &str) -> Result<HookUrl, &'static str> {
        if text.len() > LONGEST {
            return Err("the URL is longer than 2048 bytes");
        }
        // The parser would drop them silently.
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err("the URL contains white space or control characters");
        }
        let url = Url::parse(text).map_err(|_| "this is no URL")?;
        match url.scheme() {
            "http" | "https" => {}
            _ => return Err("only http: and https: URLs are called"),
        }
        match url.host() {
            Some(_) => Ok(HookUrl(url)),
            None => Err("the URL names no host"),
        }
    }

    /// Where a redirection to `location` leads from here.
    pub fn join(&self, location: &str) -> Result<HookUrl, &'static str> {
        if location.len() > LONGEST {
            return Err("the URL is longer than 2048 bytes");
        }
        let joined = self.0.join(location).map_err(|_| "this is no URL")?;
        HookUrl::parse(joined.as_str())
    }

    /// With these parameters behind those of its query.
    pub fn with_parameters<'a>(
        &self,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<HookUrl, &'static str> {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        HookUrl::parse(url.as_str())
    }

    /// Whether both have the same scheme, host and port.
    pub fn same_origin(&self, other: &HookUrl) -> bool {
        self.0.origin() == other.0.origin()
    }

    /// Whole, secrets included; the caller must not print it.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }

    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// A name, or an address; IPv6 without brackets.
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Domain(name)) => name.to_string(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => String::new(),
        }
    }

    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(80)
    }

    /// As a `Host` header has it: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        }
    }

    /// Path and query, as a request line has them.
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_string(),
        }
    }

    /// `user:password`, still percent-encoded, where the URL has them.
    pub fn userinfo(&self) -> Option<String> {
        let password = self.0.password().unwrap_or_default();
        match (self.0.username(), self.0.password()) {
            ("", None) => None,
            (user, _) => Some(format!("{user}:{password}")),
        }
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, path) = (self.0.scheme(), self.0.path());
        write!(f, "{scheme}://{}{path}", self.authority())?;
        match self.0.query() {
            Some(_) => f.write_str("?…"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for HookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }
}

impl<'de> Deserialize<'de> for HookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        HookUrl::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_prints_without_what_may_be_secret() {
        let url = HookUrl::parse("https://me:key@Hooks.example:8443/a/b?token=1#x").unwrap();
        assert_eq!(url.to_string(), "https://hooks.example:8443/a/b?…");
        assert_eq!(format!("{url:?}"), url.to_string());
        assert_eq!(url.userinfo().as_deref(), Some("me:key"));
        assert_eq!((url.host().as_str(), url.port()), ("hooks.example", 8443));
        assert_eq!(url.path_and_query(), "/a/b?token=1");
        let url = HookUrl::parse("http://[::1]/").unwrap();
        assert_eq!((url.host().as_str(), url.port()), ("::1", 80));
        assert_eq!(url.authority(), "[::1]");
        assert_eq!(url.userinfo(), None);
    }

    #[test]
    fn what_is_no_http_url_is_refused_in_words() {
        let long = format!("http://h/{}", "x".repeat(2048));
        for (text, fault) in [
            ("ftp://h/", "only http: and https: URLs are called"),
            (
                "file:///etc/passwd",
                "only http: and https: URLs are called",
            ),
            (
                "javascript:alert(1)",
                "only http: and https: URLs are called",
            ),
            ("hooks.example/x", "this is no URL"),
            ("", "this is no URL"),
            ("http://", "this is no URL"),
            (
                "http://h/a b",
                "the URL contains white space or control characters",
            ),
            (
                "http://h/\r\nX: y",
                "the URL contains white space or control characters",
            ),
            (&long, "the URL is longer than 2048 bytes"),
        ] {
            assert_eq!(HookUrl::parse(text), Err(fault), "{text}");
        }
    }
}

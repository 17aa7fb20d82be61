//! What is kept of a socket for whoever wants to know how it went: figures, and the messages themselves.

use serde::{Deserialize, Serialize};

/// As a script asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keep {
    pub statistics: bool,
    pub trace: bool,
    /// What texts say, and the values of headers, are left out wherever something is kept.
    pub privacy: bool,
}

impl Keep {
    pub fn is_wanted(self) -> bool {
        self.statistics || self.trace
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    Statistics,
    Trace,
}

/// What stands above it; no secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    pub keep: Keep,
    /// The other side has connected to us.
    pub incoming: bool,
    /// The URL that is connected to, or the path that was asked for.
    pub target: String,
    pub protocols: Vec<String>,
    /// Name and value.
    pub headers: Vec<(String, String)>,
}

impl Title {
    /// `target` is one that may be shown; `headers` are as they go over the wire.
    pub fn new(keep: Keep, incoming: bool, target: String, headers: &[(String, String)]) -> Title {
        let headers = headers.iter().map(|(name, value)| {
            let value = match keep.privacy || is_proof(name) {
                true => "…".to_string(),
                false => value.clone(),
            };
            (name.clone(), value)
        });
        Title {
            keep,
            incoming,
            target,
            protocols: Vec::new(),
            headers: headers.collect(),
        }
    }
}

/// Whether a header of this name proves who somebody is.
pub(super) fn is_proof(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let proof = [
        "auth",
        "cookie",
        "key",
        "password",
        "secret",
        "signature",
        "token",
    ];
    proof.iter().any(|word| small.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_no_secret_and_where_it_is_private_no_value() {
        let headers = [("X-Api-Key", "1"), ("X-Room", "blue")];
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_string()));
        let values = |privacy| {
            let keep = Keep {
                privacy,
                ..Keep::default()
            };
            let title = Title::new(keep, false, "wss://h/".into(), &headers);
            let values = title.headers.into_iter().map(|(_, value)| value);
            values.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(values(false), "… blue");
        assert_eq!(values(true), "… …");
    }
}

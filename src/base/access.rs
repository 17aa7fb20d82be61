//! Where a session is reached by HTTP, and what it is told there: a path that only we can make, and that nobody guesses. It names the session and is
//! sealed, so that nothing has to be kept, and a wrong one is known without a look at any session.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::SessionId;
use super::seal::{same, seal_hex};
use super::socket::without_proof;

/// Digits of a session's number, and of the seal behind it: 128 bits.
const NUMBER: usize = 16;
const SEAL: usize = 32;

/// A request to a session's path that is not for a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    /// What follows the session's own path, `/` where nothing does; with its query.
    pub path: String,
    pub content: String,
    /// Name and value, those that begin with `x-` only.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// About how much memory it holds, in bytes.
    pub fn weight(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| 50 + name.len() + value.len());
        self.path.len() + self.content.len() + headers.sum::<usize>()
    }

    /// As it may be kept: what proves who somebody is is left out.
    pub fn without_secrets(&self) -> Request {
        Request {
            headers: without_proof(&self.headers),
            ..self.clone()
        }
    }
}

/// What paths are made with, and read.
#[derive(Clone)]
pub struct Access {
    pub key: Arc<[u8]>,
    /// Where this program's HTTP is reached where no setting says so; without a slash at its end.
    pub base: String,
}

impl Access {
    /// The URL of a session beneath `base`, or beneath our own.
    pub fn url(&self, base: Option<&str>, session: SessionId) -> String {
        let base = base.unwrap_or(&self.base);
        format!("{base}/sessions/{}", self.token(session))
    }

    fn token(&self, session: SessionId) -> String {
        let number = format!("{:016x}", session.0);
        let seal = seal_hex(&self.key, format!("session\n{number}").as_bytes());
        number + seal.get(..SEAL).unwrap_or_default()
    }

    /// Whose token it is, where it is one of ours. How long that takes says nothing.
    pub fn session_of(&self, token: &str) -> Option<SessionId> {
        let number = token.get(..NUMBER)?;
        let session = SessionId(u64::from_str_radix(number, 16).ok()?);
        same(self.token(session).as_bytes(), token.as_bytes()).then_some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_session_and_no_other_text_does() {
        let access = |key: &[u8]| Access {
            key: key.into(),
            base: "http://127.0.0.1:8080".into(),
        };
        let ours = access(b"key");
        let url = ours.url(None, SessionId(0xab));
        let token = url.strip_prefix("http://127.0.0.1:8080/sessions/").unwrap();
        assert_eq!(token.len(), NUMBER + SEAL);
        assert_eq!(ours.session_of(token), Some(SessionId(0xab)));
        assert_eq!(access(b"other").session_of(token), None);
        let other = token.replacen("ab", "ac", 1);
        let upper = token.to_uppercase();
        let longer = format!("{token}0");
        for wrong in [
            "",
            "ab",
            "é",
            &token[1..],
            &other,
            &upper,
            &longer,
            &token[..47],
        ] {
            assert_eq!(ours.session_of(wrong), None, "{wrong}");
        }
        let url = ours.url(Some("https://pbx.example"), SessionId(1));
        assert!(
            url.starts_with("https://pbx.example/sessions/0000000000000001"),
            "{url}"
        );
    }
}

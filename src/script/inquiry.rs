//! What a script asks of the world outside, and what it is told: HTTP and the storage of its application.
//! The isolate names each question; the answer comes as one event, in a turn of its own.

use serde::{Deserialize, Serialize};

use crate::base::web::{Answer, Failure, Request};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inquiry {
    Http(Box<HttpInquiry>),
    /// A request that cannot even be sent, and why.
    Unfit(Failure),
    Storage(StorageInquiry),
}

/// `Net.httpRequest` and its like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpInquiry {
    pub request: Request,
    /// At most 6,000.
    pub connect_ms: u32,
    /// All of it; at most 90,000.
    pub total_ms: u32,
}

/// `ApplicationStorage.*`; keys and values are as long as they may be, and no longer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageInquiry {
    Get {
        key: String,
    },
    Put {
        key: String,
        value: String,
        ttl_s: u32,
    },
    Remove {
        key: String,
    },
    Keys {
        /// `*` stands for any text, `?` for any character.
        pattern: Option<String>,
        most: u32,
    },
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    Http(Result<Answer, Failure>),
    /// Or why not, for people.
    Storage(Result<Stored, String>),
}

/// What the storage has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stored {
    /// To `Get`: what is there. To `Put`: what is there now. To `Remove`: what was there.
    Entry(Option<Entry>),
    Keys(Vec<String>),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub key: String,
    pub value: String,
    /// Seconds since the Unix epoch.
    pub expires_unix_s: u64,
}

/// Whether a pattern of `ApplicationStorage.keys` takes a key. Without a wildcard it is a namespace: what stands
/// before a colon, or the whole key.
pub fn takes(pattern: &str, key: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        let rest = key.strip_prefix(pattern);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    }
    matches(pattern, key, Some('?'))
}

/// Whether a text is as a pattern says, in which `*` stands for any text.
pub fn wild(pattern: &str, text: &str) -> bool {
    matches(pattern, text, None)
}

/// `any` stands for any character.
fn matches(pattern: &str, key: &str, any: Option<char>) -> bool {
    let (pattern, key): (Vec<char>, Vec<char>) = (pattern.chars().collect(), key.chars().collect());
    // Where the last `*` stands, and how much of the key it takes so far.
    let (mut at, mut of, mut star) = (0, 0, None);
    while let Some(c) = key.get(of) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(p) if Some(*p) == any || p == c => (at, of) = (at + 1, of + 1),
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    (at, of) = (back + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

impl StorageInquiry {
    /// The method's name in `ApplicationStorage`.
    pub fn name(&self) -> &'static str {
        match self {
            StorageInquiry::Get { .. } => "get",
            StorageInquiry::Put { .. } => "put",
            StorageInquiry::Remove { .. } => "remove",
            StorageInquiry::Keys { .. } => "keys",
        }
    }
}

// Keys are often numbers of people, and values are theirs: neither is printed.
impl std::fmt::Debug for StorageInquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an entry of {} bytes", self.key.len() + self.value.len())
    }
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn a_pattern_is_a_namespace_or_has_wildcards() {
        for (pattern, key, expected) in [
            ("test", "test:1", true),
            ("test", "test", true),
            ("test", "tester", false),
            ("test", "a:test", false),
            ("test:*", "test:1:2", true),
            ("*", "", true),
            ("*:2", "test:1:2", true),
            ("t?st*2", "test:1:2", true),
            ("t?st", "tst", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("**", "ü", true),
            ("?", "ü", true),
        ] {
            assert_eq!(takes(pattern, key), expected, "{pattern} {key}");
        }
        // No pattern takes long, whatever its stars.
        assert!(!takes(&"*a".repeat(100), &"a".repeat(99)));
    }
}

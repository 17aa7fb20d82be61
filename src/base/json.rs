//! JSON files that people write: read strictly, every fault with its line and column.
//!
//! serde_json knows the place of what it refuses itself. For what is wrong in meaning (a pattern that
//! does not compile, a number out of range) [`place_of`] walks the text again to the value at fault.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A fault in a JSON text; line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct JsonFault {
    pub line: u32,
    pub column: u32,
    pub message: String,
}

/// One step from a value to a value inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A struct that is written as an object; serde would take an array of its fields as well.
#[derive(Clone, Debug, Default)]
pub struct Object<T>(pub T);

/// Reads the whole of a file. A byte order mark is skipped.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonFault> {
    let text = text(bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // serde_json ends its message with the place that stands in front of ours.
        let message = match message.rfind(" at line ") {
            Some(end) => message[..end].to_string(),
            None => message,
        };
        JsonFault {
            line: (error.line() as u32).max(1),
            column: (error.column() as u32).max(1),
            message,
        }
    })
}

/// A fault in the value that `path` leads to.
pub fn fault_at(bytes: &[u8], path: &[Step], message: impl Into<String>) -> JsonFault {
    let (line, column) = place_of(bytes, path);
    JsonFault {
        line,
        column,
        message: message.into(),
    }
}

/// Where the value begins that `path` leads to, or its last ancestor that exists. The text must have
/// been read by [`read`] before.
pub fn place_of(bytes: &[u8], path: &[Step]) -> (u32, u32) {
    let text = text(bytes).unwrap_or_default();
    let mut walk = Walk { text, at: 0 };
    walk.skip_space();
    for step in path {
        let start = walk.at;
        if walk.descend(step).is_none() {
            walk.at = start;
            break;
        }
    }
    line_and_column(text, walk.at)
}

fn text(bytes: &[u8]) -> Result<&str, JsonFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let (line, column) = line_and_column(std::str::from_utf8(good).unwrap_or(""), good.len());
        JsonFault {
            line,
            column,
            message: "not UTF-8".to_string(),
        }
    })
}

/// Columns count characters.
fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() as u32 + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count()) as u32
        + 1;
    (line, column)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AsObject(PhantomData))
    }
}

struct AsObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AsObject<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// A walk over a text that is known to be JSON; `None` where it is not after all.
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    /// From the start of a value to the start of the value that `step` names.
    fn descend(&mut self, step: &Step) -> Option<()> {
        let open = self.peek()?;
        self.at += 1;
        for index in 0.. {
            self.skip_space();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let mut key = None;
            if open == b'{' {
                let start = self.at;
                self.skip_value()?;
                key = serde_json::from_str::<String>(self.text.get(start..self.at)?).ok();
                self.skip_space();
                self.at += 1; // the colon
                self.skip_space();
            }
            let found = match step {
                Step::Key(name) => key.as_deref() == Some(*name),
                Step::Index(wanted) => open == b'[' && index == *wanted,
            };
            if found {
                return Some(());
            }
            self.skip_value()?;
            self.skip_space();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        None
    }

    /// Over one value, whatever it is.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                _ => {
                    while !matches!(
                        self.text.as_bytes().get(self.at),
                        None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
                    ) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_space(&mut self) {
        while matches!(
            self.text.as_bytes().get(self.at),
            Some(b' ' | b'\t' | b'\r' | b'\n')
        ) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Index, Key};

    const TEXT: &str = r#"{
  "a": [1, {"b\"": "x"}, "ü", [true]],
  "c": {"d": null, "e": 12}
}"#;

    #[test]
    fn a_value_is_found_by_its_path() {
        check(&[], (1, 1));
        check(&[Key("a")], (2, 8));
        check(&[Key("a"), Index(0)], (2, 9));
        check(&[Key("a"), Index(1), Key("b\"")], (2, 20));
        check(&[Key("a"), Index(3), Index(0)], (2, 32));
        check(&[Key("c"), Key("e")], (3, 25));
    }

    #[test]
    fn a_missing_value_is_placed_at_its_parent() {
        check(&[Key("c"), Key("nothing")], (3, 8));
        check(&[Key("a"), Index(9)], (2, 8));
        check(&[Key("a"), Index(0), Key("x")], (2, 9));
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        let fault = read::<serde_json::Value>(b"{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!(fault.to_string(), "3:1: trailing comma");
        let fault = read::<serde_json::Value>(b"[\n\"\xff\"]").unwrap_err();
        assert_eq!(fault.to_string(), "2:2: not UTF-8");
        assert!(read::<serde_json::Value>(b"").is_err());
        assert!(read::<serde_json::Value>(b"\xef\xbb\xbf[]").is_ok());
    }

    #[track_caller]
    fn check(path: &[Step], expect: (u32, u32)) {
        assert_eq!(place_of(TEXT.as_bytes(), path), expect);
    }
}

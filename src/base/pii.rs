//! Numbers and secrets are masked in everything that people read.

use std::borrow::Cow;
use std::fmt;

/// A phone number or user name that prints masked: the first two characters and the last two
/// survive where there are more than six, else only the first.
#[derive(Clone, Copy)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars: Vec<char> = self.0.chars().filter(|c| !c.is_control()).collect();
        match chars.len() {
            0 => Ok(()),
            n @ 1..=6 => write!(f, "{}{}", chars[0], "*".repeat(n - 1)),
            n => write!(
                f,
                "{}{}{}{}{}",
                chars[0],
                chars[1],
                "*".repeat((n - 4).min(8)),
                chars[n - 2],
                chars[n - 1]
            ),
        }
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A password or key. It prints as `•••` and is never serialised.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Secret(secret.into())
    }

    /// The secret itself; the caller must not print it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// What makes a link of ours one of ours (see [`link`](crate::base::link)).
const SEAL: &str = "signature=";

/// A text whose links lead nowhere.
pub fn without_seals(text: &str) -> Cow<'_, str> {
    with_seals(text, |masked, digits| {
        if digits > 0 {
            masked.push('…');
        }
    })
}

/// As [`without_seals`], and as long as it was.
pub fn with_zeroed_seals(text: &str) -> Cow<'_, str> {
    with_seals(text, |masked, digits| masked.push_str(&"0".repeat(digits)))
}

/// `cover` writes what stands for so many digits of a seal.
fn with_seals(text: &str, cover: impl Fn(&mut String, usize)) -> Cow<'_, str> {
    if !text.contains(SEAL) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(SEAL);
    let mut masked = parts.next().unwrap_or_default().to_string();
    for part in parts {
        masked.push_str(SEAL);
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        cover(&mut masked, part.len() - rest.len());
        masked.push_str(rest);
    }
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_told_without_its_seal() {
        let told = |text| without_seals(text).into_owned();
        assert_eq!(told("no link"), "no link");
        assert_eq!(
            told("at http://x/recordings/a.wav?expires=1&signature=0aF9 and signature=77."),
            "at http://x/recordings/a.wav?expires=1&signature=… and signature=…."
        );
        assert_eq!(told("signature=xyz"), "signature=xyz");
        assert_eq!(with_zeroed_seals("signature=0aF9&x"), "signature=0000&x");
    }

    #[test]
    fn numbers_print_masked_and_secrets_not_at_all() {
        assert_eq!(Masked("+4930123456").to_string(), "+4*******56");
        assert_eq!(Masked("alice").to_string(), "a****");
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "•••");
    }
}

//! Numbers and secrets are masked in everything that people read.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_masked_and_secrets_not_at_all() {
        assert_eq!(Masked("+4930123456").to_string(), "+4*******56");
        assert_eq!(Masked("alice").to_string(), "a****");
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "•••");
    }
}

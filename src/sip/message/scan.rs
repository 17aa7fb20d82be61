//! Reading text left to right: white space, tokens and quoted strings (RFC 3261 §25.1).

use std::borrow::Cow;

/// A place in a header value. White space is SP and HTAB; folds are gone by now.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a>(&'a [u8]);

impl<'a> Scan<'a> {
    pub fn new(value: &'a [u8]) -> Self {
        Scan(value.trim_ascii())
    }

    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    pub fn skip_space(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// Steps over `byte`, if it is next.
    pub fn eat(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// Everything up to the first byte that is not `wanted`; may be empty.
    pub fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .0
            .iter()
            .position(|byte| !wanted(*byte))
            .unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Everything before `byte`, which is stepped over; `None` where it does not occur.
    pub fn take_until(&mut self, byte: u8) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|b| *b == byte)?;
        let (taken, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        Some(taken)
    }

    /// A quoted string that starts here, unquoted, with its escapes resolved; `None` where it never
    /// ends.
    pub fn take_quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        if !self.eat(b'"') {
            return None;
        }
        let end = self
            .0
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\'))?;
        if self.0[end] == b'"' {
            let (taken, rest) = self.0.split_at(end);
            self.0 = &rest[1..];
            return Some(Cow::Borrowed(taken));
        }
        let mut text = self.0[..end].to_vec();
        let mut bytes = self.0[end..].iter();
        loop {
            match bytes.next()? {
                b'"' => break,
                b'\\' => text.push(*bytes.next()?),
                byte => text.push(*byte),
            }
        }
        self.0 = bytes.as_slice();
        Some(Cow::Owned(text))
    }
}

/// The characters of tokens (§25.1); bit `n` stands for the byte `n`.
const TOKEN: u128 = {
    let mut set = 0u128;
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            set |= 1 << byte;
        }
        byte += 1;
    }
    let marks = b"-.!%*_+`'~";
    let mut at = 0;
    while at < marks.len() {
        set |= 1 << marks[at];
        at += 1;
    }
    set
};

pub fn is_token_byte(byte: u8) -> bool {
    byte < 128 && TOKEN >> byte & 1 == 1
}

/// Whether this is a token: a method, a header name, a tag.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

/// Bytes of the wire as text: what is not UTF-8 shows as U+FFFD, and CR, LF and NUL, which a quoted
/// pair may smuggle in, are left out. So no text that was read breaks out of a line when it is written.
pub fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match has_break(text.as_bytes()) {
        true => text.replace(['\r', '\n', '\0'], ""),
        false => text.into_owned(),
    }
}

/// Whether a byte may not stand in what we write: CR, LF and NUL.
pub fn breaks_out(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Whether any of them stands there. Without an early end, so that it runs over many bytes at once.
pub fn has_break(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(false, |found, byte| found | breaks_out(*byte))
}

/// Splits at the commas outside quotes and angle brackets (§7.3.1); empty elements are left out.
pub fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = value;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = element_end(rest);
            let element = rest[..end].trim_ascii();
            rest = rest.get(end + 1..).unwrap_or_default();
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    })
}

fn element_end(list: &[u8]) -> usize {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for (at, byte) in list.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !bracketed => quoted = !quoted,
            _ if quoted => {}
            b'<' => bracketed = true,
            b'>' => bracketed = false,
            b',' if !bracketed => return at,
            _ => {}
        }
    }
    list.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_outside_quotes_and_brackets_only() {
        fn check(list: &str, elements: &[&str]) {
            let split: Vec<String> = split_list(list.as_bytes()).map(text).collect();
            assert_eq!(split, elements, "{list}");
        }
        check("a, b ,c", &["a", "b", "c"]);
        check(
            r#""x, y" <sip:a@b>, <sip:c,d@e>"#,
            &[r#""x, y" <sip:a@b>"#, "<sip:c,d@e>"],
        );
        check(r#""x\", y", z"#, &[r#""x\", y""#, "z"]);
        check(r#"<sip:a"@b>, c"#, &[r#"<sip:a"@b>"#, "c"]);
        check(",, a,,", &["a"]);
        check("", &[]);
    }

    #[test]
    fn a_quoted_string_without_an_end_is_none() {
        assert_eq!(Scan::new(br#""abc"#).take_quoted(), None);
        assert_eq!(Scan::new(br#""abc\"#).take_quoted(), None);
        assert_eq!(
            Scan::new(br#""a\"b\\" x"#).take_quoted().as_deref(),
            Some(&br#"a"b\"#[..])
        );
    }
}

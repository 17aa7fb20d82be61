//! The head of a message: its start line and header lines up to the empty line (RFC 3261 §7).
//! Lines end with CRLF or, leniently, with LF alone; a line that begins with white space goes on
//! with the one before it (§7.3.1).

use std::borrow::Cow;

use super::typed::decimal;

/// Start line and headers, in bytes.
pub const MOST_HEAD: usize = 64 * 1024;
/// Body, in bytes.
pub const MOST_BODY: usize = 300 * 1024;
/// Header fields.
pub const MOST_FIELDS: usize = 256;

/// Where the body begins: behind the first empty line. The search starts at `from`, which must be at
/// or before that line's end.
pub fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(line_end) = find_line_end(bytes.get(at..)?) {
        at += line_end + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// How many bytes of CR and LF stand before the start line (§7.5).
pub fn empty_lines(bytes: &[u8]) -> usize {
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    bytes
        .iter()
        .position(|byte| !is_line_end(byte))
        .unwrap_or(bytes.len())
}

/// The lines of a head, folded ones whole, without their line ends.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Lines { bytes, at: 0 }
    }

    /// What stands behind the empty line; `None` where the bytes end before one.
    pub fn body_at(&self) -> Option<usize> {
        match self.bytes.get(self.at..)? {
            [b'\n', ..] => Some(self.at + 1),
            [b'\r', b'\n', ..] => Some(self.at + 2),
            _ => None,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        if matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]) {
            return None;
        }
        let mut end = 0;
        loop {
            let Some(line_end) = find_line_end(&rest[end..]) else {
                self.at = self.bytes.len();
                return Some(rest);
            };
            end += line_end + 1;
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                self.at += end;
                let line = &rest[..end - 1];
                return Some(line.strip_suffix(b"\r").unwrap_or(line));
            }
        }
    }
}

fn find_line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

/// Name and value of a header line, without the white space around them; the value may be folded.
pub fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    Some((name.trim_ascii_end(), value[1..].trim_ascii()))
}

/// The value in one line: each fold becomes one space.
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\n') {
        return Cow::Borrowed(value);
    }
    let mut line = Vec::with_capacity(value.len());
    for (at, part) in value.split(|byte| *byte == b'\n').enumerate() {
        match at {
            0 => line.extend_from_slice(part.trim_ascii_end()),
            _ => {
                line.push(b' ');
                line.extend_from_slice(part.trim_ascii());
            }
        }
    }
    Cow::Owned(line)
}

/// The length that all Content-Length values of a message agree to: there must be at most one.
pub fn content_length<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<usize>, &'static str> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("Content-Length: more than one");
    }
    decimal(value)
        .and_then(|length| usize::try_from(length).ok())
        .map(Some)
        .ok_or("Content-Length: not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_becomes_one_space_and_stays_in_its_line() {
        let head = b"A: 1\r\n  2\r\n\t3\nB :4\r\n\r\nbody";
        let mut lines = Lines::new(head);
        let fields: Vec<_> = lines
            .by_ref()
            .filter_map(split_field)
            .map(|(name, value)| (name, unfold(value).into_owned()))
            .collect();
        assert_eq!(
            fields,
            [(&b"A"[..], b"1 2 3".to_vec()), (b"B", b"4".to_vec())]
        );
        assert_eq!(lines.body_at(), Some(head.len() - 4));
        assert_eq!(end(head, 0), Some(head.len() - 4));
    }

    #[test]
    fn a_head_without_an_empty_line_has_no_end() {
        for head in [&b""[..], b"A: 1", b"A: 1\r\n", b"A: 1\r\n\r"] {
            let mut lines = Lines::new(head);
            lines.by_ref().for_each(drop);
            assert_eq!((lines.body_at(), end(head, 0)), (None, None));
        }
    }

    #[test]
    fn a_content_length_is_one_number() {
        fn check(values: &[&str], outcome: Result<Option<usize>, &'static str>) {
            assert_eq!(
                content_length(values.iter().map(|value| value.as_bytes())),
                outcome
            );
        }
        check(&[], Ok(None));
        check(&["0150"], Ok(Some(150)));
        check(&["-999"], Err("Content-Length: not a number"));
        check(&["+5"], Err("Content-Length: not a number"));
        check(&["5 5"], Err("Content-Length: not a number"));
        check(&[""], Err("Content-Length: not a number"));
        check(
            &["99999999999999999999"],
            Err("Content-Length: not a number"),
        );
        check(&["5", "5"], Err("Content-Length: more than one"));
    }
}

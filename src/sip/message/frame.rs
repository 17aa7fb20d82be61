//! Cutting messages out of a stream (RFC 3261 §18.3, keep-alives of RFC 5626 §5.4).

use bytes::{Buf, Bytes, BytesMut};

use super::head::{self, Lines, MOST_BODY, MOST_HEAD};
use crate::sip::message::Name;

/// Collects what a connection delivers and hands out whole messages. Bounded: a start line and headers
/// of at most 64 KiB, a body of at most 300 KiB; whoever pushes calls [`Framer::next`] until it has
/// nothing more.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Up to `searched` there is no end of a head.
    Head { searched: usize },
    /// A head was read; the message has `length` bytes in all.
    Body { length: usize },
    /// Nothing can be read any more.
    Broken(Broken),
}

/// One piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Message(Bytes),
    /// A double CRLF; answer with one CRLF.
    Ping,
}

/// The stream cannot be followed any further: answer what can be answered, then close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub reason: &'static str,
    /// The head of the message at fault, where there is a whole one.
    pub head: Option<Bytes>,
}

impl Default for State {
    fn default() -> Self {
        State::Head { searched: 0 }
    }
}

impl Framer {
    pub fn push(&mut self, bytes: &[u8]) {
        match self.state {
            State::Head { .. } | State::Body { .. } => self.buffer.extend_from_slice(bytes),
            // Nobody will read it.
            State::Broken(_) => {}
        }
    }

    /// Whether everything has been handed out: no message has begun.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The next whole piece; `None` where more bytes are needed. Once broken, always broken.
    #[allow(clippy::should_implement_trait)] // It ends for now, not for good.
    pub fn next(&mut self) -> Result<Option<Piece>, Broken> {
        loop {
            match &self.state {
                State::Head { searched: 0 } if self.at_line_end() => {
                    if self.buffer.starts_with(b"\r\n\r\n") {
                        self.buffer.advance(4);
                        return Ok(Some(Piece::Ping));
                    }
                    // A pong, or what somebody wrote behind a body; half a ping waits.
                    match &self.buffer[..] {
                        b"\r" | b"\r\n" | b"\r\n\r" => return Ok(None),
                        [b'\r', b'\n', ..] => self.buffer.advance(2),
                        _ => self.buffer.advance(1),
                    }
                }
                State::Head { searched } => match head::end(&self.buffer, *searched) {
                    Some(end) => self.state = self.body_after(end),
                    None if self.buffer.len() > MOST_HEAD => {
                        self.state = broken("start line and headers: too long", None);
                    }
                    None => {
                        // The empty line may have begun in the last three bytes.
                        let searched = self.buffer.len().saturating_sub(3);
                        self.state = State::Head { searched };
                        return Ok(None);
                    }
                },
                State::Body { length } if self.buffer.len() < *length => return Ok(None),
                State::Body { length } => {
                    let message = self.buffer.split_to(*length).freeze();
                    self.state = State::default();
                    return Ok(Some(Piece::Message(message)));
                }
                State::Broken(broken) => return Err(broken.clone()),
            }
        }
    }

    fn at_line_end(&self) -> bool {
        matches!(self.buffer.first(), Some(b'\r' | b'\n'))
    }

    /// What follows a head that ends at `end`. Without a Content-Length nobody knows where the next
    /// message begins (§18.3).
    fn body_after(&self, end: usize) -> State {
        let bytes = &self.buffer[..end];
        let values: Vec<_> = Lines::new(bytes)
            .filter_map(head::split_field)
            .filter(|(name, _)| Name::parse(name) == Name::ContentLength)
            .map(|(_, value)| head::unfold(value))
            .collect();
        let head = || Some(Bytes::copy_from_slice(bytes));
        match head::content_length(values.iter().map(|value| &value[..])) {
            _ if end > MOST_HEAD => broken("start line and headers: too long", None),
            Ok(Some(length)) if length > MOST_BODY => broken("body: too long", head()),
            Ok(Some(length)) => State::Body {
                length: end + length,
            },
            Ok(None) => broken("Content-Length: missing", head()),
            Err(reason) => broken(reason, head()),
        }
    }
}

fn broken(reason: &'static str, head: Option<Bytes>) -> State {
    State::Broken(Broken { reason, head })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "OPTIONS sip:a@b SIP/2.0\r\nl: 4\r\n\r\nbody";
    const B: &str = "SIP/2.0 200 OK\nContent-Length :\n 0\n\n";

    /// Everything that comes out, in one word per piece.
    fn cut(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::default();
        let mut pieces = Vec::new();
        for chunk in chunks {
            framer.push(chunk);
            loop {
                match framer.next() {
                    Ok(Some(Piece::Ping)) => pieces.push("ping".to_string()),
                    Ok(Some(Piece::Message(bytes))) => {
                        pieces.push(String::from_utf8(bytes.to_vec()).expect("text"));
                    }
                    Ok(None) => break,
                    Err(broken) => {
                        let head = if broken.head.is_some() {
                            "with head"
                        } else {
                            ""
                        };
                        pieces.push(format!("broken: {} {head}", broken.reason));
                        return pieces;
                    }
                }
            }
        }
        pieces
    }

    fn check(stream: &str, pieces: &[&str]) {
        assert_eq!(cut(&[stream.as_bytes()]), pieces, "whole");
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(cut(&bytes), pieces, "byte by byte");
        for at in 0..stream.len() {
            let (before, after) = stream.as_bytes().split_at(at);
            assert_eq!(cut(&[before, after]), pieces, "cut at {at}");
        }
    }

    #[test]
    fn messages_come_out_whole_wherever_the_stream_is_cut() {
        check(&format!("{A}{B}{A}"), &[A, B, A]);
    }

    #[test]
    fn a_double_line_end_is_a_ping_and_a_single_one_is_nothing() {
        check(&format!("\r\n\r\n{A}\r\n\r\n"), &["ping", A, "ping"]);
        check(&format!("\r\n{A}\r\n{B}\n\n{A}"), &[A, B, A]);
        check("\r\n\r\n\r\n\r\n", &["ping", "ping"]);
    }

    #[test]
    fn what_cannot_be_followed_breaks_the_stream_for_good() {
        fn broken(head: &str, reason: &str) {
            let stream = format!("{A}{head}\r\n\r\n{A}");
            check(&stream, &[A, &format!("broken: {reason} with head")]);
        }
        broken("INVITE sip:a@b SIP/2.0\r\nTo: x", "Content-Length: missing");
        broken(
            "INVITE sip:a@b SIP/2.0\r\nl: -1",
            "Content-Length: not a number",
        );
        broken(
            "INVITE sip:a@b SIP/2.0\r\nl: 1\r\nContent-length: 1",
            "Content-Length: more than one",
        );
        broken("INVITE sip:a@b SIP/2.0\r\nl: 307201", "body: too long");
    }

    #[test]
    fn once_broken_nothing_more_is_read_or_kept() {
        let mut framer = Framer::default();
        framer.push(b"X\r\n\r\n");
        let first = framer.next();
        assert!(first.is_err());
        framer.push(A.as_bytes());
        assert_eq!(framer.next(), first);
        assert_eq!(framer.buffer.len(), 5);
    }

    #[test]
    fn a_head_without_end_is_bounded() {
        let mut framer = Framer::default();
        let mut pushed = 0;
        let broken = loop {
            framer.push(&[b'x'; 1024]);
            pushed += 1024;
            match framer.next() {
                Ok(None) => assert!(pushed <= MOST_HEAD),
                Ok(piece) => panic!("{piece:?}"),
                Err(broken) => break broken,
            }
        };
        assert_eq!(broken.reason, "start line and headers: too long");
        assert_eq!(broken.head, None);

        let long = format!("X: {}\r\nl: 0\r\n\r\n", "x".repeat(MOST_HEAD));
        assert_eq!(
            cut(&[long.as_bytes()]),
            ["broken: start line and headers: too long "]
        );
    }

    #[test]
    fn the_largest_body_passes() {
        let head = format!("X: 1\r\nl: {MOST_BODY}\r\n\r\n");
        let stream = format!("{head}{}", "x".repeat(MOST_BODY));
        assert_eq!(cut(&[stream.as_bytes()]), [stream]);
    }
}

//! Cutting messages out of a stream (RFC 3261 §18.3, keep-alives of RFC 5626 §5.4).

use bytes::{Bytes, BytesMut};

/// Collects what a connection delivers and hands out whole messages. Bounded: a start line and headers
/// of at most 64 KiB, a body of at most 300 KiB.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
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

impl Framer {
    pub fn push(&mut self, _bytes: &[u8]) {
        let _ = &self.buffer;
        todo!()
    }

    pub fn next(&mut self) -> Result<Option<Piece>, Broken> {
        todo!()
    }
}

//! Any stream, in chunks of any size: nothing panics, memory stays bounded, and the pieces are the
//! same however the stream was cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook::sip::message::frame::{Broken, Framer, Piece};

fn cut(stream: &[u8], size: usize) -> (Vec<Piece>, Option<Broken>) {
    let mut framer = Framer::default();
    let mut pieces = Vec::new();
    for chunk in stream.chunks(size) {
        framer.push(chunk);
        loop {
            match framer.next() {
                Ok(Some(piece)) => pieces.push(piece),
                Ok(None) => break,
                Err(broken) => return (pieces, Some(broken)),
            }
        }
    }
    (pieces, None)
}

fuzz_target!(|input: &[u8]| {
    let Some((size, stream)) = input.split_first() else {
        return;
    };
    let whole = cut(stream, stream.len().max(1));
    let chunked = cut(stream, usize::from(*size).max(1));
    assert_eq!(whole, chunked);
});

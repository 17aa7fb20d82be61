//! Opus in Ogg (RFC 7845). The pages are told apart here; the decoder is that of the phones.

use std::io::Cursor;

use ogg::PacketReader;

use super::Fault;
use super::mix::Mono;
use crate::media::codec::{Coding, Decoder};

/// Whether the first page of `bytes` begins an Opus stream.
pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"OggS") && bytes.get(28..36) == Some(b"OpusHead")
}

pub fn decode(bytes: Vec<u8>) -> Result<(u32, Vec<i16>), Fault> {
    let mut pages = PacketReader::new(Cursor::new(bytes));
    let head = pages.read_packet().map_err(broken)?.ok_or(Fault::Empty)?;
    let serial = head.stream_serial();
    // §5.1: version, channels, pre-skip, rate, gain, mapping.
    let (channels, skip, mapping) = match head.data.get(9..19) {
        Some(&[channels, a, b, _, _, _, _, _, _, mapping]) => {
            (channels, usize::from(u16::from_le_bytes([a, b])), mapping)
        }
        _ => return Err(Fault::Broken("its head is too short".to_string())),
    };
    if mapping != 0 || !(1..=2).contains(&channels) {
        return Err(Fault::Unsupported(format!("Opus of {channels} channels")));
    }
    let rate_hz = Coding::Opus.rate_hz();
    let mut decoder = Decoder::new(Coding::Opus);
    let (mut mono, mut samples) = (Mono::default(), Vec::new());
    let (mut to_skip, mut end, mut fault) = (skip, None, None);
    let mut is_tags = true;
    loop {
        let packet = match pages.read_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(error) => {
                fault = Some(broken(error));
                break;
            }
        };
        if packet.stream_serial() != serial {
            continue;
        }
        if std::mem::take(&mut is_tags) {
            continue;
        }
        if decoder.decode(&packet.data, &mut samples).is_err() {
            fault = Some(Fault::Broken("it cannot be decoded".to_string()));
            continue;
        }
        let skipped = to_skip.min(samples.len());
        to_skip -= skipped;
        mono.take(rate_hz, 1, samples.get(skipped..).unwrap_or_default())?;
        if packet.last_in_stream() {
            // §4.5: the last page may end before its last packet does.
            end = usize::try_from(packet.absgp_page()).ok();
            break;
        }
    }
    let (rate_hz, mut samples) = mono.whole(fault)?;
    if let Some(end) = end
        && end > skip
    {
        samples.truncate(end - skip);
    }
    Ok((rate_hz, samples))
}

fn broken(error: ogg::OggReadError) -> Fault {
    Fault::Broken(error.to_string())
}

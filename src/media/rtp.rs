//! The RTP header (RFC 3550 §5.1), read and written where it lies.
//!
//! ```text
//!  0                   1                   2                   3
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! |                           timestamp                           |
//! |             SSRC, then CC contributing sources                |
//! ```

/// Longest packet that is relayed, in bytes: 200 ms of G.711 fit.
pub const LONGEST: usize = 2_000;
/// The fixed part of a header, in bytes: all of one that we write.
pub const HEADER: usize = 12;

/// Where the payload begins, padding and all; that of an encrypted packet cannot be read further. `None`: no packet.
pub fn body_at(packet: &[u8]) -> Option<usize> {
    let (header, _) = packet.split_first_chunk::<HEADER>()?;
    let sources = HEADER + usize::from(header[0] & 0x0f) * 4;
    if header[0] >> 6 != 2 || packet.len() < sources {
        return None;
    }
    if header[0] & 0x10 == 0 {
        return Some(sources);
    }
    let extension = packet.get(sources..)?.first_chunk::<4>()?;
    let words = u16::from_be_bytes([extension[2], extension[3]]);
    let body = sources + 4 + usize::from(words) * 4;
    (body <= packet.len()).then_some(body)
}

/// The fields that a relay changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    /// 0–127.
    pub payload: u8,
    pub sequence: u16,
    /// In ticks of the payload's clock.
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// Reads a packet whose every length fits in what came. `None` for all else, and for RTCP on the
    /// RTP port (RFC 5761 §4).
    pub fn read(packet: &[u8]) -> Option<Header> {
        let (header, rest) = packet.split_first_chunk::<HEADER>()?;
        let &[first, second, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = header;
        if first >> 6 != 2 || (192..=223).contains(&second) || packet.len() > LONGEST {
            return None;
        }
        let body = rest.get(usize::from(first & 0x0f) * 4..)?;
        let body = match first & 0x10 {
            0 => body,
            _ => {
                let (extension, body) = body.split_first_chunk::<4>()?;
                let words = u16::from_be_bytes([extension[2], extension[3]]);
                body.get(usize::from(words) * 4..)?
            }
        };
        if first & 0x20 != 0 {
            let padding = usize::from(*body.last()?);
            if padding == 0 || padding > body.len() {
                return None;
            }
        }
        Some(Header {
            marker: second & 0x80 != 0,
            payload: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
        })
    }

    /// The payload of a packet that [`Header::read`] took.
    pub fn body(packet: &[u8]) -> &[u8] {
        let body = || {
            let first = *packet.first()?;
            let mut body = packet.get(HEADER + usize::from(first & 0x0f) * 4..)?;
            if first & 0x10 != 0 {
                let (extension, rest) = body.split_first_chunk::<4>()?;
                let words = u16::from_be_bytes([extension[2], extension[3]]);
                body = rest.get(usize::from(words) * 4..)?;
            }
            if first & 0x20 != 0 {
                let padding = usize::from(*body.last()?);
                body = body.get(..body.len().checked_sub(padding)?)?;
            }
            Some(body)
        };
        body().unwrap_or_default()
    }

    /// Begins a packet of our own at the end of `packet`; its payload follows.
    pub fn begin(&self, packet: &mut Vec<u8>) {
        let start = packet.len();
        packet.extend([0x80; HEADER]);
        if let Some(header) = packet.get_mut(start..) {
            self.write(header);
        }
    }

    /// What a packet holds that [`Header::read`] took, without its padding.
    pub fn payload(packet: &[u8]) -> &[u8] {
        let find = || {
            let first = *packet.first()?;
            let body = packet.get(HEADER + usize::from(first & 0x0f) * 4..)?;
            let body = match first & 0x10 {
                0 => body,
                _ => {
                    let (extension, body) = body.split_first_chunk::<4>()?;
                    let words = u16::from_be_bytes([extension[2], extension[3]]);
                    body.get(usize::from(words) * 4..)?
                }
            };
            let padding = match first & 0x20 {
                0 => 0,
                _ => usize::from(*body.last()?),
            };
            body.get(..body.len().checked_sub(padding)?)
        };
        find().unwrap_or_default()
    }

    /// Writes the fields over those of a packet that [`Header::read`] took; the rest stays.
    pub fn write(&self, packet: &mut [u8]) {
        let Some(header) = packet.first_chunk_mut::<HEADER>() else {
            return;
        };
        header[1] = self.payload & 0x7f | if self.marker { 0x80 } else { 0 };
        header[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        header[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        header[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: [u8; 14] = [0x80, 0x88, 0, 9, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef, 1, 2];

    #[test]
    fn a_header_is_read_and_written_back() {
        let header = Header::read(&PLAIN).unwrap();
        assert_eq!(
            header,
            Header {
                marker: true,
                payload: 8,
                sequence: 9,
                timestamp: 256,
                ssrc: 0xdead_beef,
            }
        );
        let mut copy = PLAIN;
        copy[1..12].fill(0);
        header.write(&mut copy);
        assert_eq!(copy, PLAIN);
    }

    #[test]
    fn lengths_that_do_not_fit_are_no_packet() {
        let with = |first: u8, tail: &[u8]| {
            let mut packet = PLAIN[..12].to_vec();
            packet[0] = first;
            packet.extend(tail);
            Header::read(&packet).is_some()
        };
        assert!((0..12).all(|len| Header::read(&PLAIN[..len]).is_none()));
        assert!(with(0x80, &[]));
        assert!(!with(0x40, &[1]), "version 1");
        assert!(!with(0x8f, &[0; 59]), "15 sources need 60 bytes");
        assert!(with(0x8f, &[0; 60]));
        assert!(!with(0x90, &[0, 0, 0xff, 0xff, 0]), "extension too long");
        assert!(!with(0x90, &[0, 0, 0]), "extension cut");
        assert!(with(0x90, &[0, 0, 0, 1, 9, 9, 9, 9]));
        assert!(!with(0xa0, &[]), "padding of nothing");
        assert!(!with(0xa0, &[9, 255]), "padding longer than the packet");
        assert!(!with(0xa0, &[9, 0]), "padding that does not count itself");
        assert!(with(0xa0, &[9, 1]));
        assert!(!with(0x80, &[0; LONGEST]), "too long");
    }

    #[test]
    fn the_payload_is_what_is_left_without_sources_extension_and_padding() {
        let with = |first: u8, tail: &[u8]| {
            let mut packet = PLAIN[..12].to_vec();
            packet[0] = first;
            packet.extend(tail);
            Header::payload(&packet).to_vec()
        };
        assert_eq!(with(0x80, &[1, 2]), [1, 2]);
        assert_eq!(with(0x81, &[9, 9, 9, 9, 1, 2]), [1, 2]);
        assert_eq!(with(0x90, &[0, 0, 0, 1, 9, 9, 9, 9, 1, 2]), [1, 2]);
        assert_eq!(with(0xa0, &[1, 2, 0, 2]), [1, 2]);
        assert!(with(0xa0, &[9, 9]).is_empty());
        assert!(Header::payload(&[]).is_empty());
    }

    #[test]
    fn rtcp_on_the_rtp_port_is_no_packet() {
        let mut packet = PLAIN;
        packet[1] = 203;
        assert_eq!(Header::read(&packet), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_what_is_read_is_what_is_written(
            mut packet in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            if let Some(header) = Header::read(&packet) {
                let before = packet.clone();
                header.write(&mut packet);
                prop_assert_eq!(before, packet);
            }
        }
    }
}

//! SRTP and SRTCP (RFC 3711): AES-128 in counter mode, HMAC-SHA1 with 80 or 32 bits. Keys never change within a
//! [`Shield`]; who agrees on others gets another.
//!
//! ```text
//! in:   well-formed? ▸ which index? ▸ new? ▸ tag right? ▸ decrypt     nothing is kept of what is not
//! out:  which index? ▸ new? ▸ encrypt ▸ tag                           one index, one packet: no keystream twice
//! ```
//!
//! Everything happens in the packet's own buffer. Nothing is allocated but for a new SSRC of the peer's, and of those only
//! so many, and only once a packet has proved to be the peer's.

use aes::Aes128;
use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::base::srtp::{Keys, Master};
use crate::media::rtp;

/// What sealing may add to an RTP packet, in bytes.
pub const RTP_ROOM: usize = 10;
/// What sealing adds to an RTCP compound: flag and index, tag.
pub const RTCP_ROOM: usize = 4 + RTCP_TAG;

const RTCP_TAG: usize = 10;
/// Of SRTCP the header of the first packet stays readable.
const RTCP_HEADER: usize = 8;
const ENCRYPTED: u32 = 1 << 31;
/// SSRCs of one peer under one key. None is forgotten: it could be replayed from the start.
const MOST_SOURCES: usize = 16;
/// Blocks of keystream made at a time.
const STRIDE: usize = 8;
const BLOCK: usize = 16;

/// Why a packet is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too short, or not RTP.
    Malformed,
    /// The tag is not the peer's: damaged, forged, or under another key.
    Forged,
    /// It was here before, or is too old to tell.
    Replayed,
}

/// Both directions of a leg.
pub struct Shield {
    keys: Keys,
    inward: Way,
    outward: Way,
}

impl Shield {
    pub fn new(keys: Keys) -> Shield {
        Shield {
            keys,
            inward: Way::new(&keys.receive),
            outward: Way::new(&keys.send),
        }
    }

    /// The keys that it works with.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Decrypts in place and says how long the plain packet is.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let tag = self.keys.receive.suite.tag();
        let body = rtp::body_at(packet).ok_or(Fault::Malformed)?;
        let length = packet.len().checked_sub(tag).ok_or(Fault::Malformed)?;
        if length < body {
            return Err(Fault::Malformed);
        }
        let (sequence, ssrc) = names(packet).ok_or(Fault::Malformed)?;
        let Way { rtp, tracks, .. } = &mut self.inward;
        let known = tracks.iter().position(|track| track.ssrc == ssrc);
        let track = known.and_then(|at| tracks.get(at));
        let index = match track {
            Some(track) => track.index_of(sequence).ok_or(Fault::Replayed)?,
            None => u64::from(sequence),
        };
        if track.is_some_and(|track| !track.is_new(index)) {
            return Err(Fault::Replayed);
        }
        let (sealed, tag) = packet.split_at_mut(length);
        rtp.verify(sealed, (index >> 16) as u32, tag)?;
        match known {
            Some(at) => tracks[at].take(index),
            None if tracks.len() < MOST_SOURCES => tracks.push(Track::begin(ssrc, index)),
            None => return Err(Fault::Replayed),
        }
        rtp.cipher(ssrc, index, sealed.get_mut(body..).unwrap_or_default());
        Ok(length)
    }

    /// Encrypts the first `length` bytes in place and says how long the packet is now. There must be [`RTP_ROOM`] behind
    /// them. `None`: its number was used already, or it is no packet.
    pub fn seal_rtp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let body = rtp::body_at(buffer.get(..length)?)?;
        let (sequence, ssrc) = names(buffer)?;
        let Way { rtp, tracks, .. } = &mut self.outward;
        // Our stream has one SSRC for the life of the leg.
        let index = match tracks.first_mut() {
            Some(track) if track.ssrc == ssrc => {
                let index = track.index_of(sequence).filter(|at| track.is_new(*at))?;
                track.take(index);
                index
            }
            Some(_) => return None,
            None => {
                tracks.push(Track::begin(ssrc, sequence.into()));
                sequence.into()
            }
        };
        let tag = self.keys.send.suite.tag();
        let (packet, rest) = buffer.split_at_mut(length);
        let room = rest.get_mut(..tag)?;
        rtp.cipher(ssrc, index, packet.get_mut(body..)?);
        rtp.sign(packet, (index >> 16) as u32, room);
        Some(length + tag)
    }

    /// As [`Shield::open_rtp`], for a compound.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let length = packet.len().checked_sub(RTCP_ROOM);
        let length = length.ok_or(Fault::Malformed)?;
        if length < RTCP_HEADER {
            return Err(Fault::Malformed);
        }
        let ssrc = word(packet, 4).ok_or(Fault::Malformed)?;
        let trailer = word(packet, length).ok_or(Fault::Malformed)?;
        let index = u64::from(trailer & !ENCRYPTED);
        let Way {
            rtcp, rtcp_track, ..
        } = &mut self.inward;
        // One count for all of the peer's SSRCs: a peer has one at a time, and a count that starts anew is a replay.
        if rtcp_track.is_some_and(|track| !track.is_new(index)) {
            return Err(Fault::Replayed);
        }
        let (sealed, tag) = packet.split_at_mut(length);
        let tag = tag.get(4..).unwrap_or_default();
        rtcp.verify(sealed, trailer, tag)?;
        match rtcp_track {
            Some(track) => track.take(index),
            None => *rtcp_track = Some(Track::begin(ssrc, index)),
        }
        if trailer & ENCRYPTED != 0 {
            let body = sealed.get_mut(RTCP_HEADER..).unwrap_or_default();
            rtcp.cipher(ssrc, index, body);
        }
        Ok(length)
    }

    /// As [`Shield::seal_rtp`], for a compound with [`RTCP_ROOM`] behind it.
    pub fn seal_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let ssrc = word(buffer.get(..length)?, 4)?;
        let Way {
            rtcp, rtcp_track, ..
        } = &mut self.outward;
        let index = rtcp_track.map_or(1, |track| track.highest + 1);
        // 2³¹ reports are 340 years.
        let trailer = u32::try_from(index).ok()? | ENCRYPTED;
        *rtcp_track = Some(Track::begin(ssrc, index));
        let (packet, rest) = buffer.split_at_mut(length);
        let (number, tag) = rest.get_mut(..RTCP_ROOM)?.split_at_mut(4);
        rtcp.cipher(ssrc, index, packet.get_mut(RTCP_HEADER..)?);
        number.copy_from_slice(&trailer.to_be_bytes());
        rtcp.sign(packet, trailer, tag);
        Some(length + RTCP_ROOM)
    }
}

impl std::fmt::Debug for Shield {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shield({:?})", self.keys)
    }
}

/// One direction.
struct Way {
    rtp: Session,
    rtcp: Session,
    tracks: Vec<Track>,
    rtcp_track: Option<Track>,
}

impl Way {
    fn new(master: &Master) -> Way {
        Way {
            rtp: Session::derive(master, 0),
            rtcp: Session::derive(master, 3),
            tracks: Vec::new(),
            rtcp_track: None,
        }
    }
}

/// Where the numbers of one SSRC stand (§3.3.1), and which of the last 128 were here (§3.3.2).
#[derive(Clone, Copy, Debug)]
struct Track {
    ssrc: u32,
    highest: u64,
    /// Bit n: the index n below the highest.
    seen: u128,
}

impl Track {
    fn begin(ssrc: u32, index: u64) -> Track {
        Track {
            ssrc,
            highest: index,
            seen: 1,
        }
    }

    /// The index that lies nearest; `None` before the first of all.
    fn index_of(&self, sequence: u16) -> Option<u64> {
        let ahead = sequence.wrapping_sub(self.highest as u16) as i16;
        self.highest.checked_add_signed(ahead.into())
    }

    fn is_new(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(behind) => behind < 128 && self.seen >> behind & 1 == 0,
        }
    }

    fn take(&mut self, index: u64) {
        match index.checked_sub(self.highest) {
            Some(ahead) => {
                let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
                self.seen = self.seen.checked_shl(shift).unwrap_or(0) | 1;
                self.highest = index;
            }
            None => self.seen |= 1 << (self.highest - index).min(127),
        }
    }
}

/// The keys for one kind of packet, derived from the master key (§4.3).
struct Session {
    cipher: Aes128,
    salt: [u8; 14],
    mac: Hmac<Sha1>,
}

impl Session {
    /// `label` is that of the cipher's key; those of the tag's key and of the salt follow.
    fn derive(master: &Master, label: u8) -> Session {
        let prf = Aes128::new(&master.key().into());
        let stretch = |label: u8, into: &mut [u8]| {
            let mut salt = master.salt();
            salt[7] ^= label;
            keystream(&prf, start(&salt), into);
        };
        let (mut key, mut tag, mut salt) = ([0; 16], [0; 20], [0; 14]);
        stretch(label, &mut key);
        stretch(label + 1, &mut tag);
        stretch(label + 2, &mut salt);
        Session {
            cipher: Aes128::new(&key.into()),
            salt,
            mac: <Hmac<Sha1> as Mac>::new_from_slice(&tag).expect("HMAC takes keys of any length"),
        }
    }

    /// Encrypts or decrypts (§4.1.1).
    fn cipher(&self, ssrc: u32, index: u64, body: &mut [u8]) {
        let mut iv = start(&self.salt);
        for (byte, with) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= with;
        }
        // 48 bits of index.
        for (byte, with) in iv[6..14].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= with;
        }
        keystream(&self.cipher, iv, body);
    }

    fn tag_of(&self, packet: &[u8], trailer: u32) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        mac.update(packet);
        mac.update(&trailer.to_be_bytes());
        mac
    }

    fn sign(&self, packet: &[u8], trailer: u32, tag: &mut [u8]) {
        let made = self.tag_of(packet, trailer).finalize().into_bytes();
        for (byte, made) in tag.iter_mut().zip(made) {
            *byte = made;
        }
    }

    /// Takes the same time whatever is wrong.
    fn verify(&self, packet: &[u8], trailer: u32, tag: &[u8]) -> Result<(), Fault> {
        let made = self.tag_of(packet, trailer);
        made.verify_truncated_left(tag).map_err(|_| Fault::Forged)
    }
}

/// Salt · 2¹⁶.
fn start(salt: &[u8; 14]) -> [u8; BLOCK] {
    let mut iv = [0; BLOCK];
    iv[..14].copy_from_slice(salt);
    iv
}

/// Adds the keystream of counters 0, 1, 2… (§4.1.1).
fn keystream(cipher: &Aes128, iv: [u8; BLOCK], body: &mut [u8]) {
    let mut counter: u16 = 0;
    for stride in body.chunks_mut(STRIDE * BLOCK) {
        let mut blocks = [GenericArray::from(iv); STRIDE];
        let used = stride.len().div_ceil(BLOCK);
        for block in blocks.iter_mut().take(used) {
            block[14..].copy_from_slice(&counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        cipher.encrypt_blocks(blocks.get_mut(..used).unwrap_or_default());
        for (bytes, block) in stride.chunks_mut(BLOCK).zip(&blocks) {
            for (byte, key) in bytes.iter_mut().zip(block) {
                *byte ^= key;
            }
        }
    }
}

/// Sequence number and SSRC.
fn names(packet: &[u8]) -> Option<(u16, u32)> {
    let sequence = packet.get(2..)?.first_chunk()?;
    Some((u16::from_be_bytes(*sequence), word(packet, 8)?))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Dice;
    use crate::base::srtp::Suite;
    use crate::media::rtp::Header;
    use proptest::prelude::*;

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_those_of_the_rfc() {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        let master = master_of(&key, &salt, Suite::AesCm80);
        let prf = Aes128::new(&master.key().into());
        let stretch = |label: u8, length: usize| {
            let mut salt = master.salt();
            salt[7] ^= label;
            let mut into = vec![0; length];
            keystream(&prf, start(&salt), &mut into);
            into
        };
        assert_eq!(stretch(0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(stretch(2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(
            stretch(1, 94)[..20],
            hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")
        );
    }

    /// RFC 3711 appendix B.2: the keystream.
    #[test]
    fn the_keystream_is_that_of_the_rfc() {
        let key: [u8; 16] = hex("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap();
        let salt: [u8; 14] = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut stream = vec![0; 16 * 0xff01];
        keystream(&Aes128::new(&key.into()), start(&salt), &mut stream);
        let block = |n: usize| stream[n * 16..][..16].to_vec();
        assert_eq!(block(0), hex("E03EAD0935C95E80E166B16DD92B4EB4"));
        assert_eq!(block(1), hex("D23513162B02D0F72A43A2FE4A5F97AB"));
        assert_eq!(block(0xfeff), hex("EC8CDF7398607CB0F2D21675EA9EA1E4"));
    }

    #[test]
    fn what_one_side_seals_the_other_opens() {
        for suite in Suite::ALL {
            let (mut here, mut there) = pair(suite);
            for n in [1, 2, 4, 3, 60] {
                let plain = packet(n, &[n as u8; 160]);
                let sealed = seal(&mut here, &plain);
                assert_eq!(sealed.len(), plain.len() + suite.tag());
                assert_ne!(sealed[12..172], plain[12..]);
                assert_eq!(open(&mut there, &sealed), Ok(plain));
            }
        }
    }

    #[test]
    fn the_count_goes_on_over_the_wrap_and_a_loss_around_it() {
        let (mut here, mut there) = pair(Suite::AesCm80);
        for n in (65_000..65_536).chain(0..65_536).chain(0..9) {
            let plain = packet(n as u16, &[7; 20]);
            let sealed = seal(&mut here, &plain);
            if n % 100 < 3 {
                assert_eq!(open(&mut there, &sealed), Ok(plain), "{n}");
            }
        }
    }

    #[test]
    fn a_packet_is_taken_once_and_an_old_one_never() {
        let (mut here, mut there) = pair(Suite::AesCm80);
        let sealed: Vec<_> = (0..200)
            .map(|n| seal(&mut here, &packet(n, &[1; 20])))
            .collect();
        for late in [5, 4, 150, 140] {
            assert!(open(&mut there, &sealed[late]).is_ok());
            assert_eq!(open(&mut there, &sealed[late]), Err(Fault::Replayed));
        }
        assert_eq!(open(&mut there, &sealed[6]), Err(Fault::Replayed));
        assert!(open(&mut there, &sealed[199]).is_ok());
    }

    #[test]
    fn a_number_is_sealed_once() {
        let (mut here, _) = pair(Suite::AesCm80);
        let mut buffer = packet(7, &[1; 20]);
        buffer.extend([0; RTP_ROOM]);
        assert!(here.seal_rtp(&mut buffer.clone(), 32).is_some());
        buffer[13] = 2;
        assert_eq!(here.seal_rtp(&mut buffer, 32), None);
    }

    #[test]
    fn no_bit_can_be_changed_and_nothing_forged_leaves_a_trace() {
        let (mut here, mut there) = pair(Suite::AesCm32);
        let sealed = seal(&mut here, &packet(9, &[1; 20]));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&mut there, &changed).is_err(), "bit {bit}");
        }
        let mut stranger = Shield::new(keys(Suite::AesCm32, &mut Dice::from_seed(99)));
        for n in 0..1_000 {
            let mut plain = packet(n, &[1; 20]);
            plain[8..10].copy_from_slice(&n.to_be_bytes());
            let mut forged = seal(&mut stranger, &packet(n, &[1; 20]));
            forged[8..12].copy_from_slice(&plain[8..12]);
            assert_eq!(open(&mut there, &forged), Err(Fault::Forged));
        }
        assert!(there.inward.tracks.is_empty());
        assert!(open(&mut there, &sealed).is_ok());
    }

    #[test]
    fn a_peer_has_so_many_sources_and_no_more() {
        let mut dice = Dice::from_seed(1);
        let keys = keys(Suite::AesCm80, &mut dice);
        let mut there = Shield::new(Keys {
            send: keys.receive,
            receive: keys.send,
        });
        for ssrc in 0..40_u32 {
            let mut plain = packet(1, &[1; 20]);
            plain[8..12].copy_from_slice(&ssrc.to_be_bytes());
            let sealed = seal(&mut Shield::new(keys), &plain);
            let taken = open(&mut there, &sealed).is_ok();
            assert_eq!(taken, (ssrc as usize) < MOST_SOURCES);
        }
    }

    #[test]
    fn reports_are_sealed_opened_once_and_not_forged() {
        let (mut here, mut there) = pair(Suite::AesCm32);
        let report = crate::media::rtcp::Report {
            ssrc: 9,
            sender: None,
            block: None,
        };
        let mut buffer = [0; crate::media::rtcp::LONGEST + RTCP_ROOM];
        let length = crate::media::rtcp::write(&report, buffer.first_chunk_mut().unwrap());
        let plain = buffer[..length].to_vec();
        let sealed_length = here.seal_rtcp(&mut buffer, length).unwrap();
        let sealed = buffer[..sealed_length].to_vec();
        assert_ne!(sealed[8..length], plain[8..]);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(there.open_rtcp(&mut changed).is_err(), "bit {bit}");
        }
        let mut opened = sealed.clone();
        assert_eq!(there.open_rtcp(&mut opened), Ok(length));
        assert_eq!(opened[..length], plain);
        assert_eq!(there.open_rtcp(&mut sealed.clone()), Err(Fault::Replayed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut packet in prop::collection::vec(any::<u8>(), 0..80), length in 0usize..100) {
            let (mut here, mut there) = pair(Suite::AesCm80);
            prop_assert!(there.open_rtp(&mut packet.clone()).is_err());
            prop_assert!(there.open_rtcp(&mut packet.clone()).is_err());
            let _ = here.seal_rtp(&mut packet.clone(), length);
            let _ = here.seal_rtcp(&mut packet, length);
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        let digit = |i: usize| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    }

    fn master_of(key: &[u8], salt: &[u8], suite: Suite) -> Master {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode([key, salt].concat());
        Master::from_inline(suite, &text).unwrap()
    }

    fn keys(suite: Suite, dice: &mut Dice) -> Keys {
        Keys {
            send: Master::deal(suite, dice),
            receive: Master::deal(suite, dice),
        }
    }

    /// Two ends of one line.
    fn pair(suite: Suite) -> (Shield, Shield) {
        let keys = keys(suite, &mut Dice::from_seed(1));
        let other = Keys {
            send: keys.receive,
            receive: keys.send,
        };
        (Shield::new(keys), Shield::new(other))
    }

    fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload: 0,
            sequence,
            timestamp: 160,
            ssrc: 0x1234_5678,
        };
        let mut packet = vec![0x80; 12];
        header.write(&mut packet);
        packet.extend(payload);
        packet
    }

    fn seal(shield: &mut Shield, plain: &[u8]) -> Vec<u8> {
        let mut buffer = plain.to_vec();
        buffer.extend([0; RTP_ROOM]);
        let length = shield.seal_rtp(&mut buffer, plain.len()).unwrap();
        buffer.truncate(length);
        buffer
    }

    fn open(shield: &mut Shield, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut buffer = sealed.to_vec();
        let length = shield.open_rtp(&mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

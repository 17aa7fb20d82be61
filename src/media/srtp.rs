//! SRTP and SRTCP (RFC 3711): AES-128 in counter mode, HMAC-SHA1 with 80 or 32 bits; or AES-128 in Galois' counter mode
//! (RFC 7714). Keys never change within a [`Shield`]; who agrees on others gets another.
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
use aes_gcm::{AeadInPlace, Aes128Gcm};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::base::srtp::{Keys, Master, Suite};
use crate::media::rtp;

/// What sealing may add to an RTP packet, in bytes.
pub const RTP_ROOM: usize = LONGEST_TAG;
/// What sealing may add to an RTCP compound: flag and index, tag.
pub const RTCP_ROOM: usize = TRAILER + LONGEST_TAG;

const LONGEST_TAG: usize = 16;
/// Flag and index of SRTCP.
const TRAILER: usize = 4;
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
        rtp.open(
            ssrc,
            index,
            sealed,
            body,
            Aside::Rollover((index >> 16) as u32),
            tag,
        )?;
        match known {
            Some(at) => tracks[at].take(index),
            None if tracks.len() < MOST_SOURCES => tracks.push(Track::begin(ssrc, index)),
            None => return Err(Fault::Replayed),
        }
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
        rtp.seal(
            ssrc,
            index,
            packet,
            body,
            Aside::Rollover((index >> 16) as u32),
            room,
        )?;
        Some(length + tag)
    }

    /// As [`Shield::open_rtp`], for a compound.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let suite = self.keys.receive.suite;
        let length = packet.len().checked_sub(TRAILER + suite.rtcp_tag());
        let length = length.ok_or(Fault::Malformed)?;
        if length < RTCP_HEADER {
            return Err(Fault::Malformed);
        }
        let ssrc = word(packet, 4).ok_or(Fault::Malformed)?;
        let (trailer_at, tag_at) = trailer_places(suite);
        let trailer = word(packet, length + trailer_at).ok_or(Fault::Malformed)?;
        let index = u64::from(trailer & !ENCRYPTED);
        let Way {
            rtcp, rtcp_track, ..
        } = &mut self.inward;
        // One count for all of the peer's SSRCs: a peer has one at a time, and a count that starts anew is a replay.
        if rtcp_track.is_some_and(|track| !track.is_new(index)) {
            return Err(Fault::Replayed);
        }
        let (sealed, tag) = packet.split_at_mut(length);
        let tag = tag.get(tag_at..).unwrap_or_default();
        let tag = tag.get(..suite.rtcp_tag()).unwrap_or_default();
        let body = match trailer & ENCRYPTED {
            0 => length,
            _ => RTCP_HEADER,
        };
        rtcp.open(ssrc, index, sealed, body, Aside::Trailer(trailer), tag)?;
        match rtcp_track {
            Some(track) => track.take(index),
            None => *rtcp_track = Some(Track::begin(ssrc, index)),
        }
        Ok(length)
    }

    /// As [`Shield::seal_rtp`], for a compound with [`RTCP_ROOM`] behind it.
    pub fn seal_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let suite = self.keys.send.suite;
        let room = TRAILER + suite.rtcp_tag();
        let (trailer_at, tag_at) = trailer_places(suite);
        let ssrc = word(buffer.get(..length)?, 4)?;
        let Way {
            rtcp, rtcp_track, ..
        } = &mut self.outward;
        let index = rtcp_track.map_or(1, |track| track.highest + 1);
        // 2³¹ reports are 340 years.
        let trailer = u32::try_from(index).ok()? | ENCRYPTED;
        *rtcp_track = Some(Track::begin(ssrc, index));
        let (packet, rest) = buffer.split_at_mut(length);
        let rest = rest.get_mut(..room)?;
        let number = rest.get_mut(trailer_at..)?.get_mut(..TRAILER)?;
        number.copy_from_slice(&trailer.to_be_bytes());
        let tag = rest.get_mut(tag_at..)?.get_mut(..suite.rtcp_tag())?;
        rtcp.seal(
            ssrc,
            index,
            packet,
            RTCP_HEADER,
            Aside::Trailer(trailer),
            tag,
        )?;
        Some(length + room)
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

/// Where flag and index lie behind a compound, and where its tag: GCM has the tag first (RFC 7714 §9.2).
fn trailer_places(suite: Suite) -> (usize, usize) {
    match suite {
        Suite::AesCm80 | Suite::AesCm32 => (0, TRAILER),
        Suite::Gcm128 => (suite.rtcp_tag(), 0),
    }
}

/// The keys for one kind of packet, derived from the master key (§4.3).
struct Session {
    salt: [u8; 14],
    cipher: Cipher,
}

/// What is not in the encrypted packet, but counts for its tag.
#[derive(Clone, Copy)]
enum Aside {
    /// How often an RTP packet's number has wrapped.
    Rollover(u32),
    /// Flag and index of a compound.
    Trailer(u32),
}

impl Aside {
    fn word(self) -> u32 {
        match self {
            Aside::Rollover(word) | Aside::Trailer(word) => word,
        }
    }
}

enum Cipher {
    Counter { aes: Aes128, mac: Hmac<Sha1> },
    Galois(Aes128Gcm),
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
        let cipher = match master.suite {
            Suite::AesCm80 | Suite::AesCm32 => Cipher::Counter {
                aes: Aes128::new(&key.into()),
                mac: <Hmac<Sha1> as Mac>::new_from_slice(&tag)
                    .expect("HMAC takes keys of any length"),
            },
            Suite::Gcm128 => Cipher::Galois(Aes128Gcm::new(&key.into())),
        };
        Session { salt, cipher }
    }

    /// Encrypts what is behind `body`, and writes the tag of it all. `None`: it is no packet.
    fn seal(
        &self,
        ssrc: u32,
        index: u64,
        packet: &mut [u8],
        body: usize,
        aside: Aside,
        tag: &mut [u8],
    ) -> Option<()> {
        match &self.cipher {
            Cipher::Counter { aes, mac } => {
                keystream(aes, self.counter(ssrc, index), packet.get_mut(body..)?);
                let made = tag_of(mac, packet, aside).finalize().into_bytes();
                for (byte, made) in tag.iter_mut().zip(made) {
                    *byte = made;
                }
            }
            Cipher::Galois(gcm) => {
                let (head, text) = packet.split_at_mut_checked(body)?;
                let nonce = self.nonce(ssrc, index).into();
                let made = match aside {
                    Aside::Rollover(_) => gcm.encrypt_in_place_detached(&nonce, head, text),
                    Aside::Trailer(word) => {
                        gcm.encrypt_in_place_detached(&nonce, &known_of(head, word)?, text)
                    }
                };
                tag.copy_from_slice(&made.ok()?);
            }
        }
        Some(())
    }

    /// The other way round; takes the same time whatever is wrong, and changes nothing then.
    fn open(
        &self,
        ssrc: u32,
        index: u64,
        packet: &mut [u8],
        body: usize,
        aside: Aside,
        tag: &[u8],
    ) -> Result<(), Fault> {
        match &self.cipher {
            Cipher::Counter { aes, mac } => {
                let made = tag_of(mac, packet, aside);
                made.verify_truncated_left(tag).map_err(|_| Fault::Forged)?;
                let text = packet.get_mut(body..).unwrap_or_default();
                keystream(aes, self.counter(ssrc, index), text);
                Ok(())
            }
            Cipher::Galois(gcm) => {
                let parts = packet.split_at_mut_checked(body);
                let (head, text) = parts.ok_or(Fault::Malformed)?;
                let tag: [u8; 16] = tag.try_into().map_err(|_| Fault::Malformed)?;
                let (nonce, tag) = (self.nonce(ssrc, index).into(), tag.into());
                let opened = match aside {
                    Aside::Rollover(_) => gcm.decrypt_in_place_detached(&nonce, head, text, &tag),
                    Aside::Trailer(word) => {
                        // Reports that are not encrypted were never agreed upon.
                        let known = known_of(head, word).ok_or(Fault::Forged)?;
                        gcm.decrypt_in_place_detached(&nonce, &known, text, &tag)
                    }
                };
                opened.map_err(|_| Fault::Forged)
            }
        }
    }

    /// §4.1.1.
    fn counter(&self, ssrc: u32, index: u64) -> [u8; BLOCK] {
        let mut iv = start(&self.salt);
        for (byte, with) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= with;
        }
        // 48 bits of index.
        for (byte, with) in iv[6..14].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= with;
        }
        iv
    }

    /// RFC 7714 §8.1 and §9.1: two zeros, the SSRC, 48 bits of index, and the salt over them.
    fn nonce(&self, ssrc: u32, index: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.salt[..12]);
        for (byte, with) in nonce[2..6].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= with;
        }
        for (byte, with) in nonce[6..].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= with;
        }
        nonce
    }
}

fn tag_of(mac: &Hmac<Sha1>, packet: &[u8], aside: Aside) -> Hmac<Sha1> {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(&aside.word().to_be_bytes());
    mac
}

/// What of an encrypted compound is readable, with what is behind it (RFC 7714 §9.2).
fn known_of(head: &[u8], trailer: u32) -> Option<[u8; RTCP_HEADER + TRAILER]> {
    let head: &[u8; RTCP_HEADER] = head.try_into().ok()?;
    let mut known = [0; RTCP_HEADER + TRAILER];
    known[..RTCP_HEADER].copy_from_slice(head);
    known[RTCP_HEADER..].copy_from_slice(&trailer.to_be_bytes());
    Some(known)
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

    /// RFC 7714 §16.1: the session's key and salt are given.
    fn of_rfc_7714() -> Session {
        let key: [u8; 16] = hex("000102030405060708090A0B0C0D0E0F").try_into().unwrap();
        let mut salt = [0; 14];
        salt[..12].copy_from_slice(&hex("517569642070726F2071756F"));
        let cipher = Cipher::Galois(Aes128Gcm::new(&key.into()));
        Session { salt, cipher }
    }

    #[test]
    fn a_packet_under_gcm_is_that_of_the_rfc() {
        let session = of_rfc_7714();
        let plain = hex(
            "8040F17B8041F8D35501A0B247616C6C696120657374206F6D6E69732064697669736120696E207061727465732074726573",
        );
        let (mut packet, mut tag) = (plain.clone(), [0; 16]);
        let aside = Aside::Rollover(0);
        session
            .seal(0x5501_a0b2, 0xf17b, &mut packet, 12, aside, &mut tag)
            .unwrap();
        let sealed = "8040F17B8041F8D35501A0B2F24DE3A3FB34DE6CACBA861C9D7E4BCABE633BD50D294E6F42A5F47A51C7D19B36DE3ADF8833";
        assert_eq!(packet, hex(sealed));
        assert_eq!(tag[..], hex("899D7F27BEB16A9152CF765EE4390CCE"));
        session
            .open(0x5501_a0b2, 0xf17b, &mut packet, 12, aside, &tag)
            .unwrap();
        assert_eq!(packet, plain);
    }

    /// RFC 7714 §17.1.
    #[test]
    fn a_report_under_gcm_is_that_of_the_rfc() {
        let session = of_rfc_7714();
        let plain = hex(
            "81C8000D4D6172734E5450314E545032525450200000042A0000E9304C756E61DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBEEF",
        );
        let (mut packet, mut tag) = (plain.clone(), [0; 16]);
        let (ssrc, index, aside) = (0x4d61_7273, 0x5d4, Aside::Trailer(0x8000_05d4));
        session
            .seal(ssrc, index, &mut packet, 8, aside, &mut tag)
            .unwrap();
        let sealed = "81C8000D4D61727363E94885DCDAB67CA727D7662F6B7E997FF5C0F76C06F32DC676A5F1730D6FDA4CE09B4686303DED0BB9275B";
        assert_eq!(packet, hex(sealed));
        assert_eq!(tag[..], hex("C84AA45896CF4D2FC5ABF87245D9EADE"));
        session
            .open(ssrc, index, &mut packet, 8, aside, &tag)
            .unwrap();
        assert_eq!(packet, plain);
    }

    /// A salt of 12 bytes, with two zeros behind it (RFC 7714 §11); the values are openssl's.
    #[test]
    fn session_keys_for_gcm_are_derived_from_the_shorter_salt() {
        let key = hex("000102030405060708090A0B0C0D0E0F");
        let master = master_of(&key, &hex("A0A1A2A3A4A5A6A7A8A9AAAB"), Suite::Gcm128);
        let rtp = Session::derive(&master, 0);
        let rtcp = Session::derive(&master, 3);
        assert_eq!(rtp.salt[..12], hex("9AF3E95364EBAC9C99C5A7C4"));
        assert_eq!(rtcp.salt[..12], hex("FCCA937B9112A500DAC72269"));
        for (session, key) in [
            (rtp, "077C6143CB221BC355FF23D5F984A16E"),
            (rtcp, "615DCD9042600666F6FD4D9E4FE4519F"),
        ] {
            let key: [u8; 16] = hex(key).try_into().unwrap();
            let same = Session {
                salt: session.salt,
                cipher: Cipher::Galois(Aes128Gcm::new(&key.into())),
            };
            let [mut one, mut other] = [[7; 40]; 2];
            let [mut tag, mut other_tag] = [[0; 16]; 2];
            session
                .seal(1, 2, &mut one, 12, Aside::Rollover(0), &mut tag)
                .unwrap();
            same.seal(1, 2, &mut other, 12, Aside::Rollover(0), &mut other_tag)
                .unwrap();
            assert_eq!((one, tag), (other, other_tag));
        }
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
        for suite in [Suite::AesCm32, Suite::Gcm128] {
            nothing_forged_leaves_a_trace(suite);
        }
    }

    fn nothing_forged_leaves_a_trace(suite: Suite) {
        let (mut here, mut there) = pair(suite);
        let sealed = seal(&mut here, &packet(9, &[1; 20]));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&mut there, &changed).is_err(), "bit {bit}");
        }
        let mut stranger = Shield::new(keys(suite, &mut Dice::from_seed(99)));
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
        for suite in [Suite::AesCm32, Suite::Gcm128] {
            reports_are_opened_once(suite);
        }
    }

    fn reports_are_opened_once(suite: Suite) {
        let (mut here, mut there) = pair(suite);
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
        fn no_bytes_make_it_panic(packet in prop::collection::vec(any::<u8>(), 0..80), length in 0usize..100) {
            for suite in Suite::ALL {
            let (mut here, mut there) = pair(suite);
            prop_assert!(there.open_rtp(&mut packet.clone()).is_err());
            prop_assert!(there.open_rtcp(&mut packet.clone()).is_err());
            let _ = here.seal_rtp(&mut packet.clone(), length);
            let _ = here.seal_rtcp(&mut packet.clone(), length);
            }
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

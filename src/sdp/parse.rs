//! Reads a description (RFC 8866), as phones write it: LF alone, blanks at the ends of lines, empty
//! `s=`, no `t=`, lines of letters that nobody knows.
//!
//! Only `v`, `c`, `m` and `a` lines matter to a relay; the others are put aside before the grammar is
//! applied, so a fault in one of them costs no call. Size, lines and streams are bounded.

use std::net::IpAddr;

use sdp_types::{Attribute, Connection, Session};

use crate::sdp::codec::{Codec, Kind};
use crate::sdp::crypto::Crypto;
use crate::sdp::negotiate::Refusal;

/// The profiles that we relay.
pub const PLAIN: &str = "RTP/AVP";
pub const SECURE: &str = "RTP/SAVP";

/// Longest body, in bytes. WebRTC offers with video stay below it.
pub const LONGEST: usize = 32 * 1024;
const MOST_LINES: usize = 1_000;
const MOST_STREAMS: usize = 16;
const LONGEST_PTIME_MS: u32 = 200;
const MOST_KEYS: usize = 8;

/// What a body says, reduced to what a relay of audio needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    pub streams: Vec<Stream>,
}

/// One m-line with what belongs to it; session-level values are already merged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// `audio`, `video`, `image`; a token.
    pub media: String,
    /// 0: refused or over.
    pub port: u16,
    /// `RTP/AVP`; a token with slashes.
    pub profile: String,
    /// The first format as written, to refuse the stream with; a token.
    pub first_format: String,
    /// The numeric formats in the peer's order, each once; `None` for what we do not relay.
    pub formats: Vec<(u8, Option<Kind>)>,
    pub address: Address,
    /// `a=rtcp` (RFC 3605): a port, and an address where it differs.
    pub rtcp: Option<(u16, Option<IpAddr>)>,
    pub direction: Direction,
    pub ptime_ms: Option<u32>,
    /// The most that a packet to the peer may hold.
    pub max_ptime_ms: Option<u32>,
    /// Opus may hold copies of what the peer may lose (RFC 7587 §6.1, `useinbandfec`).
    pub copies: bool,
    /// The keys that the peer offers or has chosen, in its order; those that we cannot use are left out.
    pub crypto: Vec<Crypto>,
}

/// What the `c=` line that holds for a stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Ip(IpAddr),
    /// A host name; media addresses are never looked up.
    Name,
    Missing,
}

/// Seen from whoever wrote the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Both,
    SendOnly,
    ReceiveOnly,
    Neither,
}

impl Direction {
    pub fn new(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::Both,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::ReceiveOnly,
            (false, false) => Direction::Neither,
        }
    }

    pub fn sends(self) -> bool {
        matches!(self, Direction::Both | Direction::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Direction::Both | Direction::ReceiveOnly)
    }

    fn named(name: &str) -> Option<Direction> {
        match name {
            "sendrecv" => Some(Direction::Both),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::ReceiveOnly),
            "inactive" => Some(Direction::Neither),
            _ => None,
        }
    }

    /// The attribute's name.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Both => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::ReceiveOnly => "recvonly",
            Direction::Neither => "inactive",
        }
    }
}

impl Stream {
    /// Plain RTP, or, where it has keys, as its writer can.
    pub fn is_plain_audio(&self) -> bool {
        self.is_audio_over(PLAIN)
    }

    /// Encrypted with keys that it names (RFC 4568).
    pub fn is_secure_audio(&self) -> bool {
        self.is_audio_over(SECURE)
    }

    fn is_audio_over(&self, profile: &str) -> bool {
        self.media.eq_ignore_ascii_case("audio") && self.profile.eq_ignore_ascii_case(profile)
    }
}

/// Reads a body. Source of the bytes: the peer.
pub fn parse(body: &[u8]) -> Result<Description, Refusal> {
    let text = tidy(body)?;
    let session = Session::parse(text.as_bytes())
        .map_err(|fault| Refusal::new(400, format!("the SDP is malformed: {fault}")))?;
    if session.medias.len() > MOST_STREAMS {
        return Err(Refusal::new(488, "the SDP has too many streams"));
    }
    let streams = session.medias.iter().map(|media| stream(&session, media));
    Ok(Description {
        streams: streams.collect::<Result<_, _>>()?,
    })
}

/// The lines that matter, each with blanks trimmed and single, ended with LF.
fn tidy(body: &[u8]) -> Result<String, Refusal> {
    if body.len() > LONGEST {
        return Err(Refusal::new(488, "the SDP is too long"));
    }
    let body = String::from_utf8_lossy(body);
    let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines.next() {
        Some("v=0") => {}
        Some(line) if line.starts_with("v=") => {
            return Err(Refusal::new(415, "the SDP is of an unknown version"));
        }
        Some(_) => return Err(Refusal::new(400, "the body is no SDP")),
        None => return Err(Refusal::new(400, "the body is empty")),
    }
    let mut text = String::from("v=0\n");
    for (count, line) in lines.enumerate() {
        if count >= MOST_LINES {
            return Err(Refusal::new(488, "the SDP has too many lines"));
        }
        let Some((key @ ("c" | "m" | "a"), value)) = line.split_once('=') else {
            continue;
        };
        text.push_str(key);
        text.push('=');
        for (i, word) in value.split_ascii_whitespace().enumerate() {
            if i > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
        text.push('\n');
    }
    Ok(text)
}

fn stream(session: &Session, media: &sdp_types::Media) -> Result<Stream, Refusal> {
    let first_format = media.fmt.split(' ').next().unwrap_or_default();
    for word in [media.media.as_str(), &media.proto, first_format] {
        if !is_token(word) {
            return Err(Refusal::new(400, "the SDP has a malformed m-line"));
        }
    }
    let connection = media.connections.first().or(session.connection.as_ref());
    let attributes = || media.attributes.iter().chain(&session.attributes);
    let formats = formats(media);
    Ok(Stream {
        copies: takes_copies(media, &formats),
        media: media.media.clone(),
        port: media.port,
        profile: media.proto.clone(),
        first_format: first_format.to_string(),
        formats,
        address: connection.map_or(Address::Missing, address),
        rtcp: value(&media.attributes, "rtcp").and_then(rtcp),
        // The stream's own word comes first, then the session's (RFC 8866 §6.7).
        direction: attributes()
            .find_map(|a| Direction::named(&a.attribute))
            .unwrap_or(Direction::Both),
        ptime_ms: packet_ms(media, "ptime"),
        max_ptime_ms: packet_ms(media, "maxptime"),
        crypto: media
            .attributes
            .iter()
            .filter(|a| a.attribute == "crypto")
            .filter_map(|a| Crypto::read(a.value.as_deref()?))
            .take(MOST_KEYS)
            .collect(),
    })
}

fn packet_ms(media: &sdp_types::Media, name: &str) -> Option<u32> {
    let ms = value(&media.attributes, name)?.parse().ok()?;
    (1..=LONGEST_PTIME_MS).contains(&ms).then_some(ms)
}

fn formats(media: &sdp_types::Media) -> Vec<(u8, Option<Kind>)> {
    let mut formats: Vec<(u8, Option<Kind>)> = Vec::new();
    for number in media.fmt.split(' ').filter_map(|word| word.parse().ok()) {
        if number <= 127 && formats.iter().all(|(known, _)| *known != number) {
            formats.push((number, Kind::of_static(number)));
        }
    }
    for map in media.attributes.iter().filter(|a| a.attribute == "rtpmap") {
        let Some((number, mapped)) = map.value.as_deref().and_then(rtpmap) else {
            continue;
        };
        if let Some((_, kind)) = formats.iter_mut().find(|(known, _)| *known == number) {
            *kind = mapped;
        }
    }
    formats
}

/// `111 opus/48000/2`: the number, and what it stands for if we relay it.
fn rtpmap(text: &str) -> Option<(u8, Option<Kind>)> {
    let (number, encoding) = text.split_once(' ')?;
    let mut parts = encoding.split('/').map(str::trim);
    let name = parts.next()?;
    let clock_hz = parts.next()?.parse().ok()?;
    let channels = parts.next().map(|text| text.parse().unwrap_or(0));
    Some((
        number.parse().ok()?,
        Kind::of_rtpmap(name, clock_hz, channels),
    ))
}

/// Whether an fmtp of Opus says so; who does not say has no use for them.
fn takes_copies(media: &sdp_types::Media, formats: &[(u8, Option<Kind>)]) -> bool {
    let of_opus = |text: &str| {
        let (number, parameters) = text.split_once(' ')?;
        let number: u8 = number.parse().ok()?;
        let opus = (number, Some(Kind::Audio(Codec::Opus)));
        let said = |parameter: &str| parameter.trim().eq_ignore_ascii_case("useinbandfec=1");
        (formats.contains(&opus) && parameters.split(';').any(said)).then_some(())
    };
    let mut said = media.attributes.iter().filter(|a| a.attribute == "fmtp");
    said.any(|a| a.value.as_deref().and_then(of_opus).is_some())
}

fn address(connection: &Connection) -> Address {
    let text = connection.connection_address.as_str();
    // A group's time-to-live follows a slash.
    let text = text.split('/').next().unwrap_or(text);
    match text.parse::<IpAddr>() {
        Ok(ip) => Address::Ip(ip.to_canonical()),
        Err(_) => Address::Name,
    }
}

/// `53020` or `53020 IN IP6 2001:db8::1`.
fn rtcp(text: &str) -> Option<(u16, Option<IpAddr>)> {
    let mut words = text.split(' ');
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    Some((port, words.nth(2).and_then(|ip| ip.parse().ok())))
}

fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|a| a.attribute == name)?;
    found.value.as_deref().map(str::trim)
}

/// What may be written back into an m-line of ours (RFC 8866 §9, `token` and `/`), and no longer than
/// any that exists.
fn is_token(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~/".contains(&b);
    (1..=64).contains(&word.len()) && word.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Codec;
    use proptest::prelude::*;

    fn only_stream(body: &str) -> Stream {
        let mut streams = parse(body.as_bytes()).unwrap().streams;
        assert_eq!(streams.len(), 1);
        streams.remove(0)
    }

    fn refusal(body: &[u8]) -> String {
        parse(body).unwrap_err().to_string()
    }

    #[test]
    fn a_sloppy_description_is_read() {
        let stream = only_stream(
            "v=0 \no=root 1 99999999999999999999999 IN IP4\ns=\nz=?\nb=CT\nc=IN IP4  192.0.2.1 \n\
             m=audio  4000 RTP/AVP 8 0  101 8\na=rtpmap:101  telephone-event/8000\na=ptime:20 \nrubbish\n",
        );
        assert_eq!(stream.address, Address::Ip("192.0.2.1".parse().unwrap()));
        assert_eq!(stream.port, 4000);
        assert_eq!(
            stream.formats,
            [
                (8, Some(Kind::Audio(Codec::Pcma))),
                (0, Some(Kind::Audio(Codec::Pcmu))),
                (101, Some(Kind::Events { clock_hz: 8_000 })),
            ]
        );
        assert_eq!(stream.ptime_ms, Some(20));
        assert_eq!(stream.direction, Direction::Both);
    }

    #[test]
    fn only_an_fmtp_of_opus_asks_for_copies() {
        let takes = |fmtp: &str| {
            only_stream(&format!(
                "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\n\
                 a=rtpmap:97 telephone-event/48000\r\n{fmtp}\r\n"
            ))
            .copies
        };
        assert!(takes("a=fmtp:96 minptime=10;useinbandfec=1"));
        assert!(takes("a=fmtp:96 minptime=10; UseInbandFEC=1; usedtx=1"));
        assert!(!takes("a=fmtp:96 minptime=10;useinbandfec=0"));
        assert!(!takes("a=fmtp:96 minptime=10;xuseinbandfec=1"));
        assert!(!takes("a=fmtp:97 useinbandfec=1"));
        assert!(!takes("a=fmtp:96"));
        assert!(!takes("a=fmtp:999 useinbandfec=1"));
        assert!(!takes("a=ptime:20"));
    }

    #[test]
    fn a_stream_overrides_what_the_session_says() {
        let stream = only_stream(
            "v=0\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::7\r\n\
             a=recvonly\r\na=rtcp:5001 IN IP6 2001:db8::8\r\n",
        );
        assert_eq!(stream.address, Address::Ip("2001:db8::7".parse().unwrap()));
        assert_eq!(stream.direction, Direction::ReceiveOnly);
        assert_eq!(
            stream.rtcp,
            Some((5001, Some("2001:db8::8".parse().unwrap())))
        );
    }

    #[test]
    fn the_sessions_direction_holds_where_the_stream_is_silent() {
        let stream =
            only_stream("v=0\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\n");
        assert_eq!(stream.direction, Direction::Neither);
    }

    #[test]
    fn a_static_number_may_be_mapped_to_something_else() {
        let stream = only_stream(
            "v=0\r\nm=audio 4000 RTP/AVP 0 9 96 97 200 x\r\na=rtpmap:0 L16/44100/2\r\na=rtpmap:9 G722/16000\r\n\
             a=rtpmap:96 OPUS/48000/2\r\na=rtpmap:97 PCMU/8000/2\r\na=rtpmap:98 PCMU/8000\r\n",
        );
        assert_eq!(
            stream.formats,
            [
                (0, None),
                (9, Some(Kind::Audio(Codec::G722))),
                (96, Some(Kind::Audio(Codec::Opus))),
                (97, None),
            ]
        );
        assert_eq!(stream.address, Address::Missing);
    }

    #[test]
    fn what_is_no_description_is_refused_with_its_code() {
        assert_eq!(refusal(b""), "400 the body is empty");
        assert_eq!(refusal(b"hello"), "400 the body is no SDP");
        assert_eq!(refusal(b"v=1\r\n"), "415 the SDP is of an unknown version");
        assert_eq!(
            refusal(b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n"),
            "400 the SDP is malformed: Invalid field formatting in line 2 at Media port"
        );
        assert_eq!(
            refusal(b"v=0\r\nm=aud\"io 4000 RTP/AVP 0\r\n"),
            "400 the SDP has a malformed m-line"
        );
    }

    #[test]
    fn what_has_no_end_is_refused() {
        assert_eq!(refusal(&[b'v'; LONGEST + 1]), "488 the SDP is too long");
        let lines = format!("v=0\r\n{}", "a=x\r\n".repeat(1_001));
        assert_eq!(refusal(lines.as_bytes()), "488 the SDP has too many lines");
        let streams = format!("v=0\r\n{}", "m=audio 1 RTP/AVP 0\r\n".repeat(17));
        assert_eq!(
            refusal(streams.as_bytes()),
            "488 the SDP has too many streams"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&body);
            let mut led = b"v=0\r\nm=audio 1 RTP/AVP 0\r\na=rtpmap:".to_vec();
            led.extend(body);
            let _ = parse(&led);
        }

        #[test]
        fn no_lines_make_it_panic(lines in prop::collection::vec("[vomcatbs]=[ -~]{0,40}", 0..20)) {
            let _ = parse(format!("v=0\r\n{}", lines.join("\r\n")).as_bytes());
        }
    }
}

//! Writes our descriptions. Everything in them is ours, but for the names of refused streams, which
//! were checked to be tokens when they were read.

use std::fmt::Write;
use std::net::IpAddr;

use crate::sdp::codec::Kind;
use crate::sdp::crypto::Crypto;
use crate::sdp::negotiate::Local;
use crate::sdp::parse::Direction;

/// One m-line of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Audio {
        /// `RTP/AVP` or `RTP/SAVP`.
        profile: &'static str,
        /// Our keys.
        crypto: Vec<Crypto>,
        formats: Vec<(u8, Kind)>,
        direction: Direction,
        ptime_ms: Option<u32>,
    },
    /// Port 0: the stream keeps its place, and carries nothing (RFC 3264 §6).
    Refused {
        media: String,
        profile: String,
        format: String,
    },
}

/// The whole description. The session's number stays below 2⁶³, for peers that read it signed.
pub fn write(local: &Local, version: u64, lines: &[Line]) -> String {
    let family = match local.address {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    };
    let (session, address) = (local.session_id & (u64::MAX >> 1), local.address);
    let mut text = format!(
        "v=0\r\no=- {session} {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
    );
    for line in lines {
        write_line(&mut text, local, line).expect("a String takes everything");
    }
    text
}

fn write_line(text: &mut String, local: &Local, line: &Line) -> std::fmt::Result {
    let (profile, crypto, formats, direction, ptime_ms) = match line {
        Line::Audio {
            profile,
            crypto,
            formats,
            direction,
            ptime_ms,
        } => (profile, crypto, formats, direction, ptime_ms),
        Line::Refused {
            media,
            profile,
            format,
        } => return write!(text, "m={media} 0 {profile} {format}\r\n"),
    };
    write!(text, "m=audio {} {profile}", local.rtp_port)?;
    for (number, _) in formats {
        write!(text, " {number}")?;
    }
    text.push_str("\r\n");
    for (number, kind) in formats {
        write!(text, "a=rtpmap:{number} {}\r\n", kind.rtpmap())?;
        if let Some(fmtp) = kind.fmtp() {
            write!(text, "a=fmtp:{number} {fmtp}\r\n")?;
        }
    }
    for crypto in crypto {
        write!(text, "a=crypto:{}\r\n", crypto.write())?;
    }
    if let Some(ms) = ptime_ms {
        write!(text, "a=ptime:{ms}\r\n")?;
    }
    if Some(local.rtcp_port) != local.rtp_port.checked_add(1) {
        write!(text, "a=rtcp:{}\r\n", local.rtcp_port)?;
    }
    write!(text, "a={}\r\n", direction.name())
}

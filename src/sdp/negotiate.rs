//! One leg's offer/answer (RFC 3264): who offered, what holds, and what was agreed.
//!
//! ```text
//!          ┌──answer(peer's offer)──┐
//!          ▼                        │
//!        Idle ◀──────roll_back──┐   │
//!          │                    │   │
//!        offer ──────────▶ Offered  │
//!          ▲                    │   │
//!          │             accept_answer
//!          │                    ▼   │
//!          └──────────────── Answered   (another fork, or a 200 after a 183, may answer again)
//! ```
//!
//! Until an exchange is complete, what held before holds.

use std::net::{IpAddr, SocketAddr};

use crate::base::srtp::{Keys, Policy, Side};
use crate::sdp::Codec;
use crate::sdp::codec::Kind;
use crate::sdp::crypto::Crypto;
use crate::sdp::numbers::Numbers;
use crate::sdp::parse::{self, Address, Direction, Stream};
use crate::sdp::write::{self, Line};

/// One agreed format: `send` is the number that the peer wants to receive, `receive` the one that we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    pub send: u8,
    pub receive: u8,
}

/// telephone-event (RFC 4733) at one clock rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    pub clock_hz: u32,
    pub send: u8,
    pub receive: u8,
}

/// What holds for a leg's audio after an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where the peer wants RTP; `None` where it gave port 0 or 0.0.0.0.
    pub rtp: Option<SocketAddr>,
    pub rtcp: Option<SocketAddr>,
    /// In order of preference; the first is what we send.
    pub formats: Vec<Format>,
    pub events: Vec<Events>,
    /// May we send to the peer, does the peer send to us.
    pub send: bool,
    pub receive: bool,
    /// The peer holds us (sendonly, inactive or 0.0.0.0 from it).
    pub held: bool,
    pub ptime_ms: Option<u32>,
    /// The sound is encrypted with these.
    pub srtp: Option<Keys>,
    /// The peer's sound may come from anywhere.
    pub comedia: bool,
}

/// Why a description cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {why}")]
pub struct Refusal {
    /// 400 for what is no SDP, 415 for another version of it, 488 where no audio or no codec is shared,
    /// 491 for an offer that crosses ours.
    pub code: u16,
    pub why: String,
}

impl Refusal {
    pub fn new(code: u16, why: impl Into<String>) -> Refusal {
        Refusal {
            code,
            why: why.into(),
        }
    }
}

/// A leg's side of the description.
#[derive(Clone, Debug)]
pub struct Local {
    /// What `c=` says: advertised, not necessarily bound.
    pub address: IpAddr,
    pub rtp_port: u16,
    pub rtcp_port: u16,
    /// `o=`: the same for the life of a leg. Its highest bit is not used.
    pub session_id: u64,
    /// Whether the sound is encrypted, and our keys.
    pub srtp: Side,
    /// The peer's sound may come from anywhere.
    pub comedia: bool,
}

/// The exchange of one leg.
#[derive(Clone, Debug)]
pub struct Negotiation {
    local: Local,
    exchange: Exchange,
    /// What was agreed last.
    media: Option<Media>,
    /// The m-lines so far; they never become fewer (§8).
    places: Vec<Place>,
    numbers: Numbers,
    said: Option<Said>,
    /// The profile that the peer has agreed to; `None`: none yet.
    profile: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Exchange {
    /// No offer of ours is known to the peer.
    Idle,
    Offered(Offer),
    Answered(Offer),
}

/// What our offer said about the audio.
#[derive(Clone, Debug)]
struct Offer {
    place: usize,
    formats: Vec<(u8, Kind)>,
    direction: Direction,
    profile: &'static str,
    crypto: Vec<Crypto>,
}

#[derive(Clone, Debug)]
enum Place {
    Audio,
    Refused {
        media: String,
        profile: String,
        format: String,
    },
}

/// Where the peer wants RTP and RTCP.
type Addresses = (Option<SocketAddr>, Option<SocketAddr>);

/// Our latest description and its `o=` version.
#[derive(Clone, Debug)]
struct Said {
    version: u64,
    lines: Vec<Line>,
}

impl Negotiation {
    pub fn new(local: Local) -> Negotiation {
        Negotiation {
            local,
            exchange: Exchange::Idle,
            media: None,
            places: Vec::new(),
            numbers: Numbers::default(),
            said: None,
            profile: None,
        }
    }

    /// Our offer of these codecs, in this order, with telephone-event at the clock rates they use. A
    /// further offer keeps the m-lines, numbers and `o=` session; its version is one higher exactly
    /// where it says something else (§8). `hold`: sendonly, or inactive where the peer holds us.
    pub fn offer(&mut self, codecs: &[Codec], hold: bool) -> String {
        let direction = match (hold, self.media.as_ref().is_some_and(|media| media.held)) {
            // Whether a hold of the peer's goes on is the peer's to answer (RFC 6337 §5.3).
            (false, _) => Direction::Both,
            (true, false) => Direction::SendOnly,
            (true, true) => Direction::Neither,
        };
        let mut kinds: Vec<Kind> = Vec::new();
        let events = codecs.iter().map(|codec| Kind::Events {
            clock_hz: codec.clock_hz(),
        });
        for kind in codecs.iter().copied().map(Kind::Audio).chain(events) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let numbered = kinds.into_iter().map(|k| (self.numbers.number_for(k), k));
        let formats: Vec<(u8, Kind)> = numbered.collect();
        let found = self.places.iter().position(|p| matches!(p, Place::Audio));
        let place = found.unwrap_or_else(|| {
            self.places.push(Place::Audio);
            self.places.len() - 1
        });
        let (profile, crypto) = (self.profile_to_offer(), self.keys_to_offer());
        let line = match formats.is_empty() {
            false => Line::Audio {
                profile,
                crypto: crypto.clone(),
                formats: formats.clone(),
                direction,
                ptime_ms: self.media.as_ref().and_then(|media| media.ptime_ms),
            },
            true => closed_audio(),
        };
        let lines = (self.places.iter())
            .map(|place| match place {
                Place::Audio => line.clone(),
                Place::Refused {
                    media,
                    profile,
                    format,
                } => Line::Refused {
                    media: media.clone(),
                    profile: profile.clone(),
                    format: format.clone(),
                },
            })
            .collect();
        self.exchange = Exchange::Offered(Offer {
            place,
            formats,
            direction,
            profile,
            crypto,
        });
        self.say(lines)
    }

    /// Answers the peer's offer with what is in `codecs` (our wish order decides the first; the peer's
    /// payload numbers are kept). `hold` as in [`Negotiation::offer`]. Nothing changes on a refusal.
    pub fn answer(
        &mut self,
        offer: &[u8],
        codecs: &[Codec],
        hold: bool,
    ) -> Result<(String, Media), Refusal> {
        if matches!(self.exchange, Exchange::Offered(_)) {
            return Err(Refusal::new(491, "an offer of ours is pending"));
        }
        let streams = parse::parse(offer)?.streams;
        let chosen = self.choose(&streams)?;
        let (line, media) = match &streams[chosen] {
            stream if stream.port == 0 => (refused(stream), self.closed()),
            stream => self.answer_stream(stream, codecs, hold)?,
        };

        let lines: Vec<Line> = (streams.iter().enumerate())
            .map(|(i, stream)| match i == chosen {
                true => line.clone(),
                false => refused(stream),
            })
            .collect();
        self.numbers.learn(&streams[chosen]);
        self.profile = Some(profile_of(&streams[chosen]));
        self.keep_places(streams, chosen);
        self.exchange = Exchange::Idle;
        self.media = Some(media.clone());
        Ok((self.say(lines), media))
    }

    /// The peer's answer to our offer. Nothing changes on a refusal: the offer stays pending.
    pub fn accept_answer(&mut self, answer: &[u8]) -> Result<Media, Refusal> {
        let offer = match &self.exchange {
            Exchange::Offered(offer) | Exchange::Answered(offer) => offer.clone(),
            Exchange::Idle => return Err(Refusal::new(400, "there is no offer to answer")),
        };
        let description = parse::parse(answer)?;
        let stream = description.streams.get(offer.place);
        let stream = stream.ok_or_else(|| Refusal::new(488, "the answer has no audio stream"))?;
        let may_be_secure = offer.profile == parse::SECURE;
        let is_audio = stream.is_plain_audio() || may_be_secure && stream.is_secure_audio();
        if !is_audio {
            return Err(Refusal::new(488, "the answer has no audio over plain RTP"));
        }
        let profile = profile_of(stream);
        let media = match (stream.port, &self.media) {
            (0, None) => return Err(Refusal::new(488, "the answer refuses the audio")),
            (0, Some(_)) => self.closed(),
            (_, _) => self.answered_stream(stream, &offer)?,
        };
        self.exchange = Exchange::Answered(offer);
        self.profile = Some(profile);
        self.media = Some(media.clone());
        Ok(media)
    }

    /// Our offer was refused: what held before holds again (RFC 3261 §14.1, RFC 6141).
    pub fn roll_back(&mut self) {
        if matches!(self.exchange, Exchange::Offered(_)) {
            self.exchange = Exchange::Idle;
        }
    }

    /// What holds now.
    pub fn media(&self) -> Option<&Media> {
        self.media.as_ref()
    }

    /// The codecs that an offer can be met with, in the peer's order; empty where it is none.
    pub fn codecs_of(description: &[u8]) -> Vec<Codec> {
        let Ok(description) = parse::parse(description) else {
            return Vec::new();
        };
        let is_audio = |stream: &Stream| stream.is_plain_audio() || stream.is_secure_audio();
        let open = |stream: &&Stream| is_audio(stream) && stream.port != 0;
        match description.streams.iter().find(open) {
            Some(stream) => audio(stream).into_iter().map(|(codec, _)| codec).collect(),
            None => Vec::new(),
        }
    }

    /// Which of the peer's streams is the call's audio: the one that was it before, or the first open
    /// one, or, in a call that has audio already, one that the peer closes.
    fn choose(&self, streams: &[Stream]) -> Result<usize, Refusal> {
        let before = self.places.iter().position(|p| matches!(p, Place::Audio));
        let secure = |i: &usize| self.secures(&streams[*i]) && streams[*i].port != 0;
        let open = |i: &usize| self.takes(&streams[*i]) && streams[*i].port != 0;
        let closed = |i: &usize| {
            let stream = &streams[*i];
            (stream.is_plain_audio() || stream.is_secure_audio()) && self.media.is_some()
        };
        let before = || before.into_iter().filter(|i| *i < streams.len());
        before()
            .find(secure)
            .or_else(|| (0..streams.len()).find(secure))
            .or_else(|| before().find(open))
            .or_else(|| (0..streams.len()).find(open))
            .or_else(|| before().find(closed))
            .or_else(|| (0..streams.len()).find(closed))
            .ok_or_else(|| match self.local.srtp.policy {
                Policy::Off | Policy::Optional => {
                    Refusal::new(488, "the offer has no audio over plain RTP")
                }
                Policy::Required => Refusal::new(
                    488,
                    "the offer has no audio over SRTP with a key that we can use",
                ),
            })
    }

    /// Whether a stream can be encrypted both ways.
    fn secures(&self, stream: &Stream) -> bool {
        let is_audio = stream.is_plain_audio() || stream.is_secure_audio();
        is_audio && self.local.srtp.own.is_some() && !stream.crypto.is_empty()
    }

    /// Whether a stream can be answered at all.
    fn takes(&self, stream: &Stream) -> bool {
        let plain = stream.is_plain_audio() && self.local.srtp.policy != Policy::Required;
        plain || self.secures(stream)
    }

    /// What the peer has agreed to, or what the policy begins with. Who may encrypt or not offers its keys over plain RTP, as
    /// phones do: whoever does not know them answers plainly.
    fn profile_to_offer(&self) -> &'static str {
        self.profile.unwrap_or(match self.local.srtp.policy {
            Policy::Off | Policy::Optional => parse::PLAIN,
            Policy::Required => parse::SECURE,
        })
    }

    fn keys_to_offer(&self) -> Vec<Crypto> {
        let own = self.local.srtp.own.iter().flatten();
        let tagged = own.zip(1..).map(|(master, tag)| Crypto {
            tag,
            master: *master,
        });
        tagged.collect()
    }

    fn answer_stream(
        &self,
        stream: &Stream,
        codecs: &[Codec],
        hold: bool,
    ) -> Result<(Line, Media), Refusal> {
        let (rtp, rtcp) = self.addresses(stream)?;
        let offered = audio(stream);
        let formats: Vec<Format> = (codecs.iter())
            .filter_map(|codec| offered.iter().find(|(other, _)| other == codec))
            .map(|&(codec, number)| Format {
                codec,
                send: number,
                receive: number,
            })
            .collect();
        if formats.is_empty() {
            return Err(Refusal::new(488, "no codec of the offer can be used"));
        }
        let events = events_for(stream, &formats);
        let ours = Direction::new(
            rtp.is_some() && stream.direction.receives(),
            stream.direction.sends() && !hold,
        );
        let sound = formats.iter().map(|f| (f.receive, Kind::Audio(f.codec)));
        let digits = events.iter().map(|e| {
            let clock_hz = e.clock_hz;
            (e.receive, Kind::Events { clock_hz })
        });
        let theirs = stream.crypto.iter().find_map(|theirs| {
            let own = self.local.srtp.key_of(theirs.master.suite)?;
            Some((theirs, own))
        });
        let line = Line::Audio {
            profile: profile_of(stream),
            crypto: (theirs.iter())
                .map(|(theirs, own)| Crypto {
                    tag: theirs.tag,
                    master: *own,
                })
                .collect(),
            formats: sound.chain(digits).collect(),
            direction: ours,
            ptime_ms: stream.ptime_ms,
        };
        let media = Media {
            held: rtp.is_none() || !stream.direction.receives(),
            rtp,
            rtcp,
            formats,
            events,
            send: ours.sends(),
            receive: ours.receives(),
            ptime_ms: stream.ptime_ms,
            srtp: theirs.map(|(theirs, own)| Keys {
                send: own,
                receive: theirs.master,
            }),
            comedia: self.local.comedia,
        };
        Ok((line, media))
    }

    fn answered_stream(&self, stream: &Stream, offer: &Offer) -> Result<Media, Refusal> {
        let (rtp, rtcp) = self.addresses(stream)?;
        let ours = |wanted: Kind| {
            let offered = offer.formats.iter().find(|(_, kind)| *kind == wanted);
            offered.map(|(number, _)| *number)
        };
        let (mut formats, mut events) = (Vec::new(), Vec::new());
        for (codec, send) in audio(stream) {
            if let Some(receive) = ours(Kind::Audio(codec)) {
                formats.push(Format {
                    codec,
                    send,
                    receive,
                });
            }
        }
        for (clock_hz, send) in digits(stream) {
            if let Some(receive) = ours(Kind::Events { clock_hz }) {
                events.push(Events {
                    clock_hz,
                    send,
                    receive,
                });
            }
        }
        if formats.is_empty() {
            return Err(Refusal::new(488, "the answer has none of our codecs"));
        }
        let chosen = stream.crypto.iter().find_map(|theirs| {
            let same =
                |ours: &&Crypto| ours.tag == theirs.tag && ours.master.suite == theirs.master.suite;
            let ours = offer.crypto.iter().find(same)?;
            Some(Keys {
                send: ours.master,
                receive: theirs.master,
            })
        });
        let must = offer.profile == parse::SECURE || self.local.srtp.policy == Policy::Required;
        if must && chosen.is_none() {
            let why = "the answer has no key for SRTP that we can use";
            return Err(Refusal::new(488, why));
        }
        let was_held = self.media.as_ref().is_some_and(|media| media.held);
        let held = match (stream.direction, offer.direction) {
            _ if rtp.is_none() => true,
            (Direction::SendOnly, _) => true,
            (Direction::Neither, Direction::Both | Direction::ReceiveOnly) => true,
            // To a hold of ours, inactive is as good an answer as recvonly, and says nothing new.
            (Direction::Neither, Direction::SendOnly | Direction::Neither) => was_held,
            (Direction::Both | Direction::ReceiveOnly, _) => false,
        };
        Ok(Media {
            send: rtp.is_some() && offer.direction.sends() && stream.direction.receives(),
            receive: offer.direction.receives() && stream.direction.sends(),
            rtp,
            rtcp,
            formats,
            events,
            held,
            ptime_ms: stream.ptime_ms,
            srtp: chosen,
            comedia: self.local.comedia,
        })
    }

    /// Where the peer wants RTP and RTCP; neither where it holds us with 0.0.0.0 (RFC 3264 §8.4).
    fn addresses(&self, stream: &Stream) -> Result<Addresses, Refusal> {
        let ip = match stream.address {
            Address::Ip(ip) if ip.is_unspecified() => return Ok((None, None)),
            Address::Ip(ip) if self.reachable(ip) => ip,
            Address::Ip(_) => return Err(Refusal::new(488, "the media address cannot be used")),
            Address::Name => return Err(Refusal::new(488, "the media address is a name")),
            Address::Missing => return Err(Refusal::new(400, "the SDP has no media address")),
        };
        let rtcp = match stream.rtcp {
            Some((port, other)) => {
                let other = other.filter(|other| self.reachable(*other));
                Some(SocketAddr::new(other.unwrap_or(ip), port))
            }
            None => {
                let next = stream.port.checked_add(1);
                next.map(|port| SocketAddr::new(ip, port))
            }
        };
        Ok((Some(SocketAddr::new(ip, stream.port)), rtcp))
    }

    /// One host of our own address family: sound is never multiplied.
    fn reachable(&self, ip: IpAddr) -> bool {
        let one_host = match ip {
            IpAddr::V4(ip) => !ip.is_multicast() && !ip.is_broadcast() && !ip.is_unspecified(),
            IpAddr::V6(ip) => !ip.is_multicast() && !ip.is_unspecified(),
        };
        one_host && ip.is_ipv4() == self.local.address.is_ipv4()
    }

    /// What holds once the audio has port 0.
    fn closed(&self) -> Media {
        Media {
            rtp: None,
            rtcp: None,
            formats: Vec::new(),
            events: Vec::new(),
            send: false,
            receive: false,
            held: self.media.as_ref().is_some_and(|media| media.held),
            ptime_ms: None,
            srtp: None,
            comedia: self.local.comedia,
        }
    }

    fn keep_places(&mut self, streams: Vec<Stream>, chosen: usize) {
        // A peer that leaves m-lines out breaks §8; the ones it left out come back with our next offer.
        for place in self.places.iter_mut().skip(streams.len()) {
            if matches!(place, Place::Audio) {
                *place = Place::Refused {
                    media: "audio".to_string(),
                    profile: "RTP/AVP".to_string(),
                    format: "0".to_string(),
                };
            }
        }
        for (i, stream) in streams.into_iter().enumerate() {
            let place = match i == chosen {
                true => Place::Audio,
                false => Place::Refused {
                    media: stream.media,
                    profile: stream.profile,
                    format: stream.first_format,
                },
            };
            match self.places.get_mut(i) {
                Some(known) => *known = place,
                None => self.places.push(place),
            }
        }
    }

    fn say(&mut self, lines: Vec<Line>) -> String {
        let version = match &self.said {
            None => 1,
            Some(said) if said.lines == lines => said.version,
            Some(said) => said.version + 1,
        };
        let text = write::write(&self.local, version, &lines);
        self.said = Some(Said { version, lines });
        text
    }
}

/// The codecs of a stream that we relay, with the peer's numbers, each once.
fn audio(stream: &Stream) -> Vec<(Codec, u8)> {
    let mut found: Vec<(Codec, u8)> = Vec::new();
    for (number, kind) in &stream.formats {
        if let Some(Kind::Audio(codec)) = kind
            && found.iter().all(|(known, _)| known != codec)
        {
            found.push((*codec, *number));
        }
    }
    found
}

/// Its telephone-events, with the peer's numbers, each clock once.
fn digits(stream: &Stream) -> Vec<(u32, u8)> {
    let mut found: Vec<(u32, u8)> = Vec::new();
    for (number, kind) in &stream.formats {
        if let Some(Kind::Events { clock_hz }) = kind
            && found.iter().all(|(known, _)| known != clock_hz)
        {
            found.push((*clock_hz, *number));
        }
    }
    found
}

/// The offered telephone-events at the clocks of the agreed codecs (RFC 4733 §2.4.1). Some phones offer
/// opus with events at 8000 alone: then those, rather than no digits at all.
fn events_for(stream: &Stream, formats: &[Format]) -> Vec<Events> {
    let offered: Vec<Events> = (digits(stream).into_iter())
        .map(|(clock_hz, number)| Events {
            clock_hz,
            send: number,
            receive: number,
        })
        .collect();
    let shares_a_clock = |e: &&Events| formats.iter().any(|f| f.codec.clock_hz() == e.clock_hz);
    let fitting: Vec<Events> = offered.iter().filter(shares_a_clock).copied().collect();
    match fitting.is_empty() {
        false => fitting,
        true => offered.into_iter().take(1).collect(),
    }
}

fn profile_of(stream: &Stream) -> &'static str {
    match stream.is_secure_audio() {
        true => parse::SECURE,
        false => parse::PLAIN,
    }
}

fn refused(stream: &Stream) -> Line {
    Line::Refused {
        media: stream.media.clone(),
        profile: stream.profile.clone(),
        format: stream.first_format.clone(),
    }
}

/// An offer of no codec.
fn closed_audio() -> Line {
    Line::Refused {
        media: "audio".to_string(),
        profile: "RTP/AVP".to_string(),
        format: "0".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Codec::*;
    use Step::*;
    use expect_test::{Expect, expect};

    const PHONE: &str = "v=0\r\no=p 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 8 0 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\n";

    #[test]
    fn the_whole_text_of_a_description() {
        let mut leg = Negotiation::new(local("192.0.2.99"));
        expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.99
            s=-
            c=IN IP4 192.0.2.99
            t=0 0
            m=audio 40000 RTP/AVP 111 9 0 8 110 101
            a=rtpmap:111 opus/48000/2
            a=fmtp:111 minptime=10;useinbandfec=1
            a=rtpmap:9 G722/8000
            a=rtpmap:0 PCMU/8000
            a=rtpmap:8 PCMA/8000
            a=rtpmap:110 telephone-event/48000
            a=fmtp:110 0-15
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=sendrecv
        "#]]
        .assert_eq(&leg.offer(Codec::ALL, false).replace("\r\n", "\n"));
        leg.local.rtcp_port = 50_000;
        expect![[r#"
            v=0
            o=- 7 2 IN IP4 192.0.2.99
            s=-
            c=IN IP4 192.0.2.99
            t=0 0
            m=audio 0 RTP/AVP 0
        "#]]
        .assert_eq(&leg.offer(&[], false).replace("\r\n", "\n"));
    }

    #[test]
    fn an_offer_is_answered_in_our_order_with_the_peers_numbers() {
        check(
            &[Answer(PHONE, &[Opus, Pcma], false)],
            expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 96 8 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 PCMA:8/8 events8000:97/97 send receive
        "#]],
        );
    }

    #[test]
    fn the_numbers_of_the_answer_are_for_sending_and_ours_for_receiving() {
        let answer = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0 100 18 99\na=rtpmap:100 opus/48000/2\n\
            a=rtpmap:99 telephone-event/8000\na=ptime:30\na=rtcp:4010\n";
        check(
            &[Offer(&[Opus, Pcmu, G722], false), Accept(answer)],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 111 0 9 110 101 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4010 PCMU:0/0 opus:100/111 events8000:99/101 send receive ptime 30
            "#]],
        );
    }

    #[test]
    fn the_version_rises_by_one_with_each_change_and_only_then() {
        check(
            &[
                Answer(PHONE, &[Pcmu], false),
                Answer(PHONE, &[Pcmu], false),
                Offer(&[Pcmu], true),
                RollBack,
                Offer(&[Pcmu], true),
                RollBack,
                Answer(PHONE, &[Pcmu], false),
            ],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 0 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
                -> v1 m=audio 40000 RTP/AVP 0 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
                -> v2 m=audio 40000 RTP/AVP 0 97 a=sendonly
                -> v2 m=audio 40000 RTP/AVP 0 97 a=sendonly
                -> v3 m=audio 40000 RTP/AVP 0 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
            "#]],
        );
    }

    #[test]
    fn a_dynamic_number_stays_with_its_format_for_the_life_of_the_leg() {
        let amr = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0 111\na=rtpmap:111 AMR/8000\n";
        check(
            &[
                Answer(amr, &[Pcmu], false),
                Offer(&[Opus, Pcmu], false),
                RollBack,
                Answer(PHONE, &[Opus, Pcmu], false),
                Offer(&[Pcmu, Opus], false),
            ],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 0 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 send receive
                -> v2 m=audio 40000 RTP/AVP 96 0 110 101 a=sendrecv
                -> v3 m=audio 40000 RTP/AVP 96 0 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 PCMU:0/0 events8000:97/97 send receive
                -> v4 m=audio 40000 RTP/AVP 0 96 97 110 a=sendrecv
            "#]],
        );
    }

    #[test]
    fn other_streams_are_refused_in_their_place_and_never_forgotten() {
        let video = "v=0\nc=IN IP4 192.0.2.1\nm=video 5000 RTP/AVP 97 98\nm=audio 4002 RTP/SAVP 0\n\
            m=audio 4000 RTP/AVP 0\nm=image 6000 udptl t38\n";
        check(
            &[
                Answer(video, &[Pcmu], false),
                Offer(&[Pcma], false),
                RollBack,
                Answer(PHONE, &[Pcma], false),
                Offer(&[Pcma], false),
            ],
            expect![[r#"
                -> v1 m=video 0 RTP/AVP 97 m=audio 0 RTP/SAVP 0 m=audio 40000 RTP/AVP 0 a=sendrecv m=image 0 udptl t38
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 send receive
                -> v2 m=video 0 RTP/AVP 97 m=audio 0 RTP/SAVP 0 m=audio 40000 RTP/AVP 8 101 a=sendrecv m=image 0 udptl t38
                -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
                -> v4 m=audio 40000 RTP/AVP 8 97 a=sendrecv m=audio 0 RTP/SAVP 0 m=audio 0 RTP/AVP 0 m=image 0 udptl t38
            "#]],
        );
    }

    #[test]
    fn each_kind_of_hold_by_the_peer_gets_its_answer() {
        let [sendonly, recvonly, inactive] =
            ["sendonly", "recvonly", "inactive"].map(|d| format!("{PHONE}a={d}\r\n"));
        let null = PHONE.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0");
        check(
            &[
                Answer(&sendonly, &[Pcma], false),
                Answer(&sendonly, &[Pcma], true),
                Answer(&inactive, &[Pcma], false),
                Answer(&null, &[Pcma], false),
                Answer(&null, &[Pcma], true),
                Answer(&recvonly, &[Pcma], false),
                Answer(&recvonly, &[Pcma], true),
                Answer(PHONE, &[Pcma], true),
                Answer(PHONE, &[Pcma], false),
            ],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 8 97 a=recvonly
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 receive held
                -> v2 m=audio 40000 RTP/AVP 8 97 a=inactive
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 held
                -> v2 m=audio 40000 RTP/AVP 8 97 a=inactive
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 held
                -> v3 m=audio 40000 RTP/AVP 8 97 a=recvonly
                   = none rtcp none PCMA:8/8 events8000:97/97 receive held
                -> v4 m=audio 40000 RTP/AVP 8 97 a=inactive
                   = none rtcp none PCMA:8/8 events8000:97/97 held
                -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
                -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
                -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
                -> v6 m=audio 40000 RTP/AVP 8 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
            "#]],
        );
    }

    #[test]
    fn a_hold_of_ours_is_inactive_where_the_peer_holds_too() {
        let [sendonly, recvonly, inactive] =
            ["sendonly", "recvonly", "inactive"].map(|d| format!("{PHONE}a={d}\r\n"));
        check(
            &[
                Offer(&[Pcma], true),
                Accept(&recvonly),
                Offer(&[Pcma], false),
                Accept(&sendonly),
                Offer(&[Pcma], true),
                Accept(&inactive),
                Offer(&[Pcma], false),
                Accept(PHONE),
            ],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 8 101 a=sendonly
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send
                -> v2 m=audio 40000 RTP/AVP 8 101 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 receive held
                -> v3 m=audio 40000 RTP/AVP 8 101 a=inactive
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 held
                -> v4 m=audio 40000 RTP/AVP 8 101 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
            "#]],
        );
    }

    #[test]
    fn an_inactive_answer_to_our_hold_is_no_hold_of_the_peers() {
        let inactive = format!("{PHONE}a=inactive\r\n");
        check(
            &[Offer(&[Pcma], true), Accept(&inactive)],
            expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 101 a=sendonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101
        "#]],
        );
    }

    #[test]
    fn another_fork_may_answer_the_same_offer() {
        let fork = PHONE.replace("192.0.2.1", "192.0.2.2");
        check(
            &[Offer(&[Pcma], false), Accept(PHONE), Accept(&fork)],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
                   = 192.0.2.2:4000 rtcp 192.0.2.2:4001 PCMA:8/8 events8000:97/101 send receive
            "#]],
        );
    }

    #[test]
    fn a_refused_offer_leaves_what_held() {
        check(
            &[
                Offer(&[Pcma], false),
                Accept(PHONE),
                Offer(&[Pcmu], true),
                RollBack,
                Accept(PHONE),
            ],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
                -> v2 m=audio 40000 RTP/AVP 0 101 a=sendonly
                   400 there is no offer to answer
            "#]],
        );
    }

    #[test]
    fn an_offer_that_crosses_ours_waits() {
        check(
            &[Offer(&[Pcma], false), Answer(PHONE, &[Pcma], false)],
            expect![[r#"
                -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
                   491 an offer of ours is pending
            "#]],
        );
    }

    #[test]
    fn a_call_may_lose_its_audio_and_get_it_back() {
        let over = PHONE.replace("m=audio 4000", "m=audio 0");
        check(
            &[
                Answer(&over, &[Pcma], false),
                Answer(PHONE, &[Pcma], false),
                Answer(&over, &[Pcma], false),
                Offer(&[Pcma], false),
                Accept(&over),
                Offer(&[Pcma], false),
                Accept(PHONE),
            ],
            expect![[r#"
                   488 the offer has no audio over plain RTP
                -> v1 m=audio 40000 RTP/AVP 8 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
                -> v2 m=audio 0 RTP/AVP 8
                   = none rtcp none
                -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
                   = none rtcp none
                -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
                   = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_met_is_refused_and_changes_nothing() {
        let with = |old: &str, new: &str| PHONE.replace(old, new);
        check(
            &[
                Answer(PHONE, &[G722], false),
                Answer(&with("RTP/AVP", "RTP/SAVP"), &[Pcma], false),
                Answer(&with("RTP/AVP", "UDP/TLS/RTP/SAVPF"), &[Pcma], false),
                Answer(&with("m=audio", "m=video"), &[Pcma], false),
                Answer("v=0\r\n", &[Pcma], false),
                Answer(
                    &with("c=IN IP4 192.0.2.1", "c=IN IP4 239.1.1.1/127"),
                    &[Pcma],
                    false,
                ),
                Answer(
                    &with("c=IN IP4 192.0.2.1", "c=IN IP4 255.255.255.255"),
                    &[Pcma],
                    false,
                ),
                Answer(
                    &with("c=IN IP4 192.0.2.1", "c=IN IP6 2001:db8::1"),
                    &[Pcma],
                    false,
                ),
                Answer(
                    &with("c=IN IP4 192.0.2.1", "c=IN IP4 phone.example"),
                    &[Pcma],
                    false,
                ),
                Answer(&with("c=IN IP4 192.0.2.1\r\n", ""), &[Pcma], false),
                Answer("INVITE", &[Pcma], false),
                Accept(PHONE),
                Offer(&[G722], false),
                Accept(PHONE),
                Accept(&with("RTP/AVP", "RTP/SAVP")),
                Accept(&with("m=audio 4000", "m=audio 0")),
                Accept("v=0\r\n"),
            ],
            expect![[r#"
                   488 no codec of the offer can be used
                   488 the offer has no audio over plain RTP
                   488 the offer has no audio over plain RTP
                   488 the offer has no audio over plain RTP
                   488 the offer has no audio over plain RTP
                   488 the media address cannot be used
                   488 the media address cannot be used
                   488 the media address cannot be used
                   488 the media address is a name
                   400 the SDP has no media address
                   400 the body is no SDP
                   400 there is no offer to answer
                -> v1 m=audio 40000 RTP/AVP 9 101 a=sendrecv
                   488 the answer has none of our codecs
                   488 the answer has no audio over plain RTP
                   488 the answer refuses the audio
                   488 the answer has no audio stream
            "#]],
        );
    }

    #[test]
    fn opus_alone_takes_the_only_digits_that_are_offered() {
        check(
            &[Answer(PHONE, &[Opus], false)],
            expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 96 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 events8000:97/97 send receive
        "#]],
        );
    }

    #[test]
    fn an_ipv6_leg_speaks_ipv6() {
        let mut leg = Negotiation::new(local("2001:db8::99"));
        let offer = PHONE.replace("IP4 192.0.2.1", "IP6 2001:db8::1");
        let (text, media) = leg.answer(offer.as_bytes(), &[Pcma], false).unwrap();
        assert!(text.contains("\r\nc=IN IP6 2001:db8::99\r\n"), "{text}");
        assert_eq!(media.rtp, Some("[2001:db8::1]:4000".parse().unwrap()));
        assert_eq!(media.rtcp, Some("[2001:db8::1]:4001".parse().unwrap()));
    }

    #[test]
    fn the_codecs_of_an_offer_come_in_the_peers_order() {
        let codecs_of = |body: &str| Negotiation::codecs_of(body.as_bytes());
        assert_eq!(codecs_of(PHONE), [Pcma, Pcmu, Opus]);
        assert_eq!(codecs_of(&PHONE.replace("4000 RTP", "0 RTP")), []);
        assert_eq!(codecs_of("no description"), []);
    }

    const KEY: &str = "AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn leg_with(policy: Policy) -> Negotiation {
        let srtp = Side::deal(policy, &mut crate::base::Dice::from_seed(1));
        Negotiation::new(Local {
            srtp,
            ..local("192.0.2.99")
        })
    }

    fn keyed(profile: &str) -> String {
        PHONE.replace("RTP/AVP", profile) + &format!("a=crypto:3 {KEY}|2^20\r\n")
    }

    /// Profile and keys of a description of ours: the tags with their suites' last two digits.
    fn secured(text: &str) -> String {
        let profile = text
            .split_whitespace()
            .find(|word| word.starts_with("RTP/"));
        let keys = text.lines().filter_map(|line| {
            let (tag, rest) = line.strip_prefix("a=crypto:")?.split_once(' ')?;
            Some(format!(" {tag}:{}", &rest[21..23]))
        });
        profile.unwrap().to_string() + &keys.collect::<String>()
    }

    #[test]
    fn each_policy_answers_each_offer_in_its_way() {
        let (plain, best_effort, secure) = (PHONE.to_string(), keyed("RTP/AVP"), keyed("RTP/SAVP"));
        let told =
            |policy, offer: &str| match leg_with(policy).answer(offer.as_bytes(), &[Pcma], false) {
                Ok((text, media)) => format!("{} {}", secured(&text), media.srtp.is_some()),
                Err(refusal) => refusal.to_string(),
            };
        let mut table = String::new();
        for policy in [Policy::Off, Policy::Optional, Policy::Required] {
            for offer in [&plain, &best_effort, &secure] {
                table += &format!("{policy:?}: {}\n", told(policy, offer));
            }
        }
        expect![[r#"
            Off: RTP/AVP false
            Off: RTP/AVP false
            Off: 488 the offer has no audio over plain RTP
            Optional: RTP/AVP false
            Optional: RTP/AVP 3:80 true
            Optional: RTP/SAVP 3:80 true
            Required: 488 the offer has no audio over SRTP with a key that we can use
            Required: RTP/AVP 3:80 true
            Required: RTP/SAVP 3:80 true
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn the_key_that_is_agreed_is_the_peers_for_hearing_and_ours_for_saying() {
        let mut leg = leg_with(Policy::Required);
        let (text, media) = leg
            .answer(keyed("RTP/SAVP").as_bytes(), &[Pcma], false)
            .unwrap();
        let keys = media.srtp.unwrap();
        assert!(KEY.ends_with(&keys.receive.to_inline()));
        assert!(text.contains(&format!(
            "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{}\r\n",
            keys.send.to_inline()
        )));
        // A change later says the same key again, so that the count goes on.
        let again = leg.offer(&[Pcma], true);
        assert_eq!(secured(&again), "RTP/SAVP 1:80 2:32");
        assert!(again.contains(&keys.send.to_inline()));
    }

    #[test]
    fn an_offer_of_ours_is_taken_with_a_key_without_one_or_not_at_all() {
        let told = |policy, answer: &str| {
            let mut leg = leg_with(policy);
            let offer = leg.offer(&[Pcma], false);
            let taken = match leg.accept_answer(answer.as_bytes()) {
                Ok(media) => format!("encrypted {}", media.srtp.is_some()),
                Err(refusal) => refusal.to_string(),
            };
            format!("{policy:?}: {} -> {taken}\n", secured(&offer))
        };
        let tagged =
            |tag: &str, profile: &str| keyed(profile).replace("crypto:3", &format!("crypto:{tag}"));
        let mut table = String::new();
        for policy in [Policy::Off, Policy::Optional, Policy::Required] {
            let profile = if policy == Policy::Required {
                "RTP/SAVP"
            } else {
                "RTP/AVP"
            };
            table += &told(policy, PHONE);
            table += &told(policy, &tagged("1", profile));
            table += &told(policy, &tagged("2", profile));
            table += &told(policy, &tagged("1", "RTP/SAVP"));
        }
        expect![[r#"
            Off: RTP/AVP -> encrypted false
            Off: RTP/AVP -> encrypted false
            Off: RTP/AVP -> encrypted false
            Off: RTP/AVP -> 488 the answer has no audio over plain RTP
            Optional: RTP/AVP 1:80 2:32 -> encrypted false
            Optional: RTP/AVP 1:80 2:32 -> encrypted true
            Optional: RTP/AVP 1:80 2:32 -> encrypted false
            Optional: RTP/AVP 1:80 2:32 -> 488 the answer has no audio over plain RTP
            Required: RTP/SAVP 1:80 2:32 -> 488 the answer has no key for SRTP that we can use
            Required: RTP/SAVP 1:80 2:32 -> encrypted true
            Required: RTP/SAVP 1:80 2:32 -> 488 the answer has no key for SRTP that we can use
            Required: RTP/SAVP 1:80 2:32 -> encrypted true
        "#]]
        .assert_eq(&table);
    }

    enum Step<'a> {
        Offer(&'a [Codec], bool),
        Accept(&'a str),
        Answer(&'a str, &'a [Codec], bool),
        RollBack,
    }

    fn local(address: &str) -> Local {
        Local {
            address: address.parse().unwrap(),
            rtp_port: 40_000,
            rtcp_port: 40_001,
            session_id: 7,
            srtp: Side::default(),
            comedia: false,
        }
    }

    /// Plays the steps on one leg and compares what was said (->) and what holds after (=).
    #[track_caller]
    fn check(steps: &[Step], expect: Expect) {
        let mut leg = Negotiation::new(local("192.0.2.99"));
        let mut ladder = String::new();
        for step in steps {
            let (said, outcome) = match step {
                Offer(codecs, hold) => (Some(leg.offer(codecs, *hold)), None),
                Accept(body) => (None, Some(leg.accept_answer(body.as_bytes()))),
                Answer(body, codecs, hold) => match leg.answer(body.as_bytes(), codecs, *hold) {
                    Ok((text, media)) => (Some(text), Some(Ok(media))),
                    Err(refusal) => (None, Some(Err(refusal))),
                },
                RollBack => {
                    leg.roll_back();
                    (None, None)
                }
            };
            if let Some(text) = said {
                ladder += &format!("-> {}\n", told(&text));
            }
            match outcome {
                Some(Ok(media)) => {
                    assert_eq!(Some(&media), leg.media());
                    ladder += &format!("   = {}\n", holds(&media));
                }
                Some(Err(refusal)) => ladder += &format!("   {refusal}\n"),
                None => {}
            }
        }
        expect.assert_eq(&ladder);
    }

    /// The version, the m-lines and the directions.
    fn told(text: &str) -> String {
        let wanted = |line: &&str| {
            ["o=", "m=", "a=s", "a=rec", "a=i"]
                .iter()
                .any(|p| line.starts_with(p))
        };
        let lines: Vec<&str> = text.lines().filter(wanted).collect();
        lines
            .join(" ")
            .replace("o=- 7 ", "v")
            .replace(" IN IP4 192.0.2.99", "")
    }

    fn holds(media: &Media) -> String {
        let address = |a: Option<SocketAddr>| a.map_or("none".to_string(), |a| a.to_string());
        let mut text = format!("{} rtcp {}", address(media.rtp), address(media.rtcp));
        for f in &media.formats {
            text += &format!(" {}:{}/{}", f.codec.name(), f.send, f.receive);
        }
        for e in &media.events {
            text += &format!(" events{}:{}/{}", e.clock_hz, e.send, e.receive);
        }
        for (flag, name) in [
            (media.send, "send"),
            (media.receive, "receive"),
            (media.held, "held"),
        ] {
            if flag {
                text += &format!(" {name}");
            }
        }
        media
            .ptime_ms
            .map_or(text.clone(), |ms| format!("{text} ptime {ms}"))
    }
}

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

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::base::codec::Wanted;
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

/// Comfort noise (RFC 3389), beside the codecs of 8 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comfort {
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
    pub comfort: Option<Comfort>,
    /// May we send to the peer, does the peer send to us.
    pub send: bool,
    pub receive: bool,
    /// The peer holds us (sendonly, inactive or 0.0.0.0 from it).
    pub held: bool,
    /// How much sound a packet of our making holds; `None`: nobody said.
    pub ptime_ms: Option<u32>,
    /// The sound is encrypted with these.
    pub srtp: Option<Keys>,
    /// The peer's sound may come from anywhere.
    pub comedia: bool,
    /// The peer takes what it has lost from copies in Opus.
    pub copies: bool,
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
    /// What the operator wants to be talked.
    pub wanted: Wanted,
}

impl Local {
    /// Of a call without a port, of which nothing is ever described.
    pub fn nowhere() -> Local {
        Local {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            rtp_port: 0,
            rtcp_port: 0,
            session_id: 0,
            srtp: Side::default(),
            comedia: false,
            wanted: Wanted::default(),
        }
    }
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

    /// Our offer of these codecs, as far as they are wanted, in this order, with telephone-event at the clock rates they
    /// use. A further offer keeps the m-lines, numbers and `o=` session; its version is one higher exactly
    /// where it says something else (§8). `hold`: sendonly, or inactive where the peer holds us.
    pub fn offer(&mut self, codecs: &[Codec], hold: bool) -> String {
        let direction = match (hold, self.media.as_ref().is_some_and(|media| media.held)) {
            // Whether a hold of the peer's goes on is the peer's to answer (RFC 6337 §5.3).
            (false, _) => Direction::Both,
            (true, false) => Direction::SendOnly,
            (true, true) => Direction::Neither,
        };
        let mut kinds: Vec<Kind> = Vec::new();
        let allowed = codecs.iter().copied();
        let mut allowed: Vec<Codec> = allowed
            .filter(|codec| self.local.wanted.allows(*codec))
            .collect();
        if allowed.is_empty() && !codecs.is_empty() {
            // An offer of none would end the sound.
            allowed = self.wanted().to_vec();
        }
        let codecs = allowed;
        let events = codecs.iter().map(|codec| Kind::Events {
            clock_hz: codec.clock_hz(),
        });
        let comfort = codecs.iter().any(|codec| has_comfort(*codec));
        let comfort = (comfort && self.local.wanted.comfort_noise).then_some(Kind::Comfort);
        let sound = codecs.iter().copied().map(Kind::Audio);
        for kind in sound.chain(comfort).chain(events) {
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
                ptime_ms: self.ptime_to_say(&codecs, self.media.as_ref().and_then(|m| m.ptime_ms)),
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

    /// The codecs of our latest offer.
    pub fn offered(&self) -> Vec<Codec> {
        let formats = match &self.exchange {
            Exchange::Offered(offer) | Exchange::Answered(offer) => offer.formats.as_slice(),
            Exchange::Idle => &[],
        };
        let codecs = formats.iter().filter_map(|(_, kind)| match kind {
            Kind::Audio(codec) => Some(*codec),
            Kind::Events { .. } | Kind::Comfort => None,
        });
        codecs.collect()
    }

    /// All that may be talked, in our order.
    pub fn wanted(&self) -> &[Codec] {
        self.local.wanted.codecs()
    }

    /// The codecs that an offer can be met with, in the peer's order; empty where it is none.
    pub fn codecs_of(&self, description: &[u8]) -> Vec<Codec> {
        let Ok(description) = parse::parse(description) else {
            return Vec::new();
        };
        let is_audio = |stream: &Stream| stream.is_plain_audio() || stream.is_secure_audio();
        let open = |stream: &&Stream| is_audio(stream) && stream.port != 0;
        match description.streams.iter().find(open) {
            Some(stream) => (audio(stream).into_iter())
                .map(|(codec, _)| codec)
                .filter(|codec| self.local.wanted.allows(*codec))
                .collect(),
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
        let can = |theirs: &Crypto| self.local.srtp.key_of(theirs.master.suite).is_some();
        is_audio && stream.crypto.iter().any(can)
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
        let tagged = self.local.srtp.keys().zip(1..).map(|(master, tag)| Crypto {
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
            .filter(|codec| self.local.wanted.allows(**codec))
            .filter_map(|codec| offered.iter().find(|(other, _)| other == codec))
            .map(|&(codec, number)| Format {
                codec,
                send: number,
                receive: number,
            })
            .collect();
        if formats.is_empty() {
            let (theirs, ours) = (named(stream), Codec::list(self.wanted()));
            let why =
                format!("no codec of the offer can be used: it has {theirs}, and we take {ours}");
            return Err(Refusal::new(488, why));
        }
        let events = events_for(stream, &formats);
        let ours = Direction::new(
            rtp.is_some() && stream.direction.receives(),
            stream.direction.sends() && !hold,
        );
        let comfort = self.comfort_with(stream, &formats);
        let sound = formats.iter().map(|f| (f.receive, Kind::Audio(f.codec)));
        let noise = comfort.iter().map(|c| (c.receive, Kind::Comfort));
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
            formats: sound.chain(noise).chain(digits).collect(),
            direction: ours,
            ptime_ms: {
                let codecs: Vec<Codec> = formats.iter().map(|f| f.codec).collect();
                self.ptime_to_say(&codecs, stream.ptime_ms)
            },
        };
        let media = Media {
            held: rtp.is_none() || !stream.direction.receives(),
            rtp,
            rtcp,
            formats,
            events,
            comfort,
            send: ours.sends(),
            receive: ours.receives(),
            ptime_ms: self.ptime_to_make(stream),
            srtp: theirs.map(|(theirs, own)| Keys {
                send: own,
                receive: theirs.master,
            }),
            comedia: self.local.comedia,
            copies: stream.copies,
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
        let noise = stream.formats.iter();
        let comfort = ours(Kind::Comfort).and_then(|receive| {
            let (send, _) = noise
                .copied()
                .find(|(_, kind)| *kind == Some(Kind::Comfort))?;
            Some(Comfort { send, receive })
        });
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
            comfort,
            held,
            ptime_ms: self.ptime_to_make(stream),
            srtp: chosen,
            comedia: self.local.comedia,
            copies: stream.copies,
        })
    }

    /// What our description says about the length of packets: what is set, or `else_ms`; no longer than fits.
    fn ptime_to_say(&self, codecs: &[Codec], else_ms: Option<u32>) -> Option<u32> {
        let longest = codecs.first().map_or(u32::MAX, |codec| longest_ms(*codec));
        let said = self.local.wanted.ptime_ms.or(else_ms);
        match longest < USUAL_PTIME_MS {
            true => Some(said.map_or(longest, |ms| ms.min(longest))),
            false => said.map(|ms| ms.min(longest)),
        }
    }

    /// How much sound a packet to the peer holds.
    fn ptime_to_make(&self, stream: &Stream) -> Option<u32> {
        let wanted = stream.ptime_ms.or(self.local.wanted.ptime_ms);
        match stream.max_ptime_ms {
            Some(most) => Some(wanted.unwrap_or(USUAL_PTIME_MS).min(most)),
            None => wanted,
        }
    }

    /// The offered comfort noise, where it is wanted and a codec of its clock was agreed.
    fn comfort_with(&self, stream: &Stream, formats: &[Format]) -> Option<Comfort> {
        let fits = formats.iter().any(|format| has_comfort(format.codec));
        if !self.local.wanted.comfort_noise || !fits {
            return None;
        }
        let mut offered = stream.formats.iter();
        let (number, _) = *offered.find(|(_, kind)| *kind == Some(Kind::Comfort))?;
        Some(Comfort {
            send: number,
            receive: number,
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
            comfort: None,
            send: false,
            receive: false,
            held: self.media.as_ref().is_some_and(|media| media.held),
            ptime_ms: None,
            srtp: None,
            comedia: self.local.comedia,
            copies: false,
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

/// What a packet holds where nobody says, in milliseconds.
const USUAL_PTIME_MS: u32 = 20;
/// Most payload that goes over any network in one piece, in bytes.
const WHOLE: u32 = 1_400;

/// How much sound of a codec fits into a packet, in milliseconds: only L16 is ever longer.
fn longest_ms(codec: Codec) -> u32 {
    match codec {
        Codec::L16At48 | Codec::L16At16 | Codec::L16At8 => {
            WHOLE / (codec.clock_hz() / 1_000 * 2) / 10 * 10
        }
        Codec::Opus | Codec::G722 | Codec::Pcmu | Codec::Pcma => u32::MAX,
    }
}

/// Whether comfort noise of 8 kHz goes with it. G.722 has no noise of its own clock.
fn has_comfort(codec: Codec) -> bool {
    matches!(codec, Codec::Pcmu | Codec::Pcma | Codec::L16At8)
}

/// What a stream offers, for a log: names that we know, and the numbers of all else.
fn named(stream: &Stream) -> String {
    let formats = stream
        .formats
        .iter()
        .filter_map(|(number, kind)| match kind {
            Some(Kind::Audio(codec)) => Some(codec.label().to_string()),
            Some(Kind::Events { .. } | Kind::Comfort) => None,
            None => Some(format!("payload {number}")),
        });
    let formats: Vec<String> = formats.take(MOST_NAMED).collect();
    match formats.is_empty() {
        true => "none".to_string(),
        false => formats.join(", "),
    }
}

/// So many formats are named in a log.
const MOST_NAMED: usize = 12;

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
mod tests;

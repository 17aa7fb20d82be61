//! Sound that comes by a socket, decoded for a voice to play.

use std::collections::BTreeMap;

use super::format::Message;
use crate::base::socket::Encoding;
use crate::media::clip::Clip;
use crate::media::codec::{Coding, Decoder};
use crate::media::unit::voice::Feed;

/// Streams that are spoken at a time; the oldest names are forgotten beyond it.
const MOST_STREAMS: usize = 16;
/// What the decoders take at a time: 100 ms of G.711.
const PIECE: usize = 800;

/// The streams of one socket.
#[derive(Default)]
pub struct Inflow {
    streams: BTreeMap<Option<String>, Format>,
    decoded: Vec<i16>,
}

enum Format {
    /// 16 bits, little-endian.
    Plain {
        rate_hz: u32,
    },
    Coded(Box<Decoder>),
    /// None that is spoken here.
    Unknown,
}

impl Inflow {
    /// What the message is to a voice; `None` for what cannot be heard.
    pub fn take(&mut self, message: Message) -> Option<Feed> {
        match message {
            Message::Start {
                tag,
                encoding,
                rate_hz,
                custom,
            } => {
                if self.streams.len() >= MOST_STREAMS {
                    self.streams.clear();
                }
                let format = Format::of(encoding.as_deref(), rate_hz);
                self.streams.insert(tag.clone(), format);
                Some(Feed::Start {
                    tag,
                    encoding,
                    custom,
                })
            }
            Message::Media { tag, payload } => {
                if !self.streams.contains_key(&tag) && self.streams.len() >= MOST_STREAMS {
                    return None;
                }
                let format = self.streams.entry(tag.clone());
                let format = format.or_insert_with(|| Format::of(None, None));
                let rate_hz = format.decode(&payload, &mut self.decoded)?;
                let clip = Clip::new(rate_hz, self.decoded.clone())?;
                Some(Feed::Sound { tag, clip })
            }
            Message::Stop { tag } => {
                self.streams.remove(&tag);
                Some(Feed::Stop { tag })
            }
        }
    }
}

impl Format {
    /// PCM of 16 bits at 8 kHz where nothing is said.
    fn of(encoding: Option<&str>, rate_hz: Option<u32>) -> Format {
        let named = encoding.unwrap_or("PCM16").to_ascii_uppercase();
        let coding = match named.as_str() {
            "ULAW" | "PCMU" | "AUDIO/X-MULAW" => Coding::Pcmu,
            "ALAW" | "PCMA" | "AUDIO/X-ALAW" => Coding::Pcma,
            "OPUS" | "AUDIO/OPUS" => Coding::Opus,
            _ => {
                let usual = match Encoding::named(&named) {
                    // With a `start` that names PCM16 alone.
                    Some(Encoding::Pcm16k) if encoding.is_some() => 16_000,
                    Some(_) => 8_000,
                    None => return Format::Unknown,
                };
                let rate_hz = rate_hz.unwrap_or(usual);
                return match Clip::takes(rate_hz) {
                    true => Format::Plain { rate_hz },
                    false => Format::Unknown,
                };
            }
        };
        Format::Coded(Box::new(Decoder::new(coding)))
    }

    /// Over what lies in `decoded`; says at which rate.
    fn decode(&mut self, payload: &[u8], decoded: &mut Vec<i16>) -> Option<u32> {
        decoded.clear();
        match self {
            Format::Unknown => None,
            Format::Plain { rate_hz } => {
                let pairs = payload.chunks_exact(2);
                decoded.extend(pairs.map(|pair| match pair {
                    [low, high] => i16::from_le_bytes([*low, *high]),
                    _ => 0,
                }));
                Some(*rate_hz)
            }
            Format::Coded(decoder) if decoder.coding() == Coding::Opus => {
                decoder.decode(payload, decoded).ok()?;
                Some(decoder.coding().rate_hz())
            }
            Format::Coded(decoder) => {
                let mut piece = Vec::new();
                for payload in payload.chunks(PIECE) {
                    decoder.decode(payload, &mut piece).ok()?;
                    decoded.extend_from_slice(&piece);
                }
                Some(decoder.coding().rate_hz())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::socket::Stream;
    use crate::media::frame::{Frame, samples_of};
    use crate::media::measure::{level_of, tone};
    use crate::media::socket::{Outflow, format};

    /// A tone goes out in this encoding and comes in again.
    #[track_caller]
    fn check(encoding: Encoding, most_rest_db: f64) {
        let stream = Stream {
            encoding,
            ..Stream::default()
        };
        let mut out = Outflow::new(stream);
        let mut back = Inflow::default();
        let mut heard = Vec::new();
        let mut take = |text: &str| {
            let message = format::read(text).expect("a message of sound");
            match back.take(message).expect("it can be heard") {
                Feed::Sound { clip, .. } => {
                    assert_eq!(clip.rate_hz(), encoding.rate_hz());
                    heard.extend_from_slice(clip.samples());
                }
                Feed::Start { .. } | Feed::Stop { .. } | Feed::Clear { .. } => {}
            }
        };
        take(&out.start());
        for sound in tone(16_000, 400.0, 10_000.0, 16_000).chunks(samples_of(16_000)) {
            out.hear(&Frame::of(16_000, sound));
            while let Some(message) = out.speak() {
                take(&message);
            }
        }
        take(&out.stop());
        let rate = encoding.rate_hz() as usize;
        let middle = &heard[rate / 4..rate * 3 / 4];
        let (level, rest) = level_of(encoding.rate_hz(), 400.0, middle);
        assert!(level.abs() < 0.5, "{encoding:?}: {level} dB");
        assert!(rest < most_rest_db, "{encoding:?}: {rest} dB");
    }

    #[test]
    fn every_encoding_carries_a_tone_there_and_back() {
        check(Encoding::Pcm8k, -60.0);
        check(Encoding::Pcm16k, -60.0);
        check(Encoding::Ulaw, -30.0);
        check(Encoding::Alaw, -30.0);
        check(Encoding::Opus, -20.0);
    }

    #[test]
    fn what_cannot_be_heard_is_nothing() {
        let mut inflow = Inflow::default();
        let start = |encoding: &str, rate_hz| Message::Start {
            tag: None,
            encoding: Some(encoding.to_string()),
            rate_hz,
            custom: BTreeMap::new(),
        };
        let media = || Message::Media {
            tag: None,
            payload: vec![1; 320],
        };
        for (encoding, rate_hz, heard) in [
            ("PCM16", Some(24_000), true),
            ("PCM16", Some(11_025), false),
            ("PCM16", Some(u32::MAX), false),
            ("MP3", None, false),
            ("OPUS", None, false),
        ] {
            inflow.take(start(encoding, rate_hz));
            assert_eq!(inflow.take(media()).is_some(), heard, "{encoding}");
        }
        for n in 0..1_000 {
            let tag = Some(n.to_string());
            inflow.take(Message::Media {
                tag,
                payload: vec![0; 2],
            });
        }
        assert!(inflow.streams.len() <= MOST_STREAMS);
    }
}

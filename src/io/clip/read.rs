//! The bytes of a file become sound: what it is, is told by the bytes alone.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;

use super::mix::Mono;
use super::{ogg_opus, rate};
use crate::media::Clip;

/// The largest file that is read.
pub const MOST_BYTES: usize = 10 << 20;

/// What is wrong with a file, for whoever wants it played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the file is larger than 10 MB")]
    TooLarge,
    #[error("this is no audio file that can be read: wav, mp3, ogg (Vorbis or Opus) and flac can")]
    Unknown,
    #[error("the audio file is broken: {0}")]
    Broken(String),
    #[error("the audio file is of a kind that cannot be read: {0}")]
    Unsupported(String),
    #[error("there is no sound in the audio file")]
    Empty,
    #[error("the audio file is longer than {} minutes", .0 / 60)]
    TooLong(u32),
    #[error("the audio file has {0} channels, and 1 to 32 can be read")]
    Channels(usize),
    #[error("the audio file has a rate of {0} Hz, which cannot be played")]
    Rate(u32),
}

/// Takes as long as the sound is long, divided by some hundreds: never to be called where somebody waits.
/// What can be decoded of a file that breaks off is its sound.
pub fn read(bytes: Vec<u8>) -> Result<Clip, Fault> {
    if bytes.len() > MOST_BYTES {
        return Err(Fault::TooLarge);
    }
    // A decoder that meets a file it was not made for may panic; the file is at fault then.
    let decoded = catch_unwind(AssertUnwindSafe(|| match ogg_opus::is(&bytes) {
        true => ogg_opus::decode(bytes),
        false => decode(bytes),
    }));
    let (rate_hz, samples) =
        decoded.unwrap_or_else(|_| Err(Fault::Broken("the decoder gave up".to_string())))?;
    rate::to_one_that_media_takes(rate_hz, samples)
}

fn decode(bytes: Vec<u8>) -> Result<(u32, Vec<i16>), Fault> {
    // Read once from the front: looking for what may stand at the end fails where the end is missing.
    let source = ReadOnlySource::new(Cursor::new(bytes));
    let source = MediaSourceStream::new(Box::new(source), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe
        .probe(
            &Hint::new(),
            source,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|error| match error {
            // The end of the file before anything was recognised.
            Error::IoError(_) => Fault::Unknown,
            Error::Unsupported(what) if what.contains("probe") || what.contains("format") => {
                Fault::Unknown
            }
            other => fault(other),
        })?;
    let track = format.default_track(TrackType::Audio).ok_or(Fault::Empty)?;
    let id = track.id;
    let parameters = track.codec_params.as_ref();
    let parameters = parameters
        .and_then(|parameters| parameters.audio())
        .ok_or(Fault::Empty)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(fault)?;

    let mut mono = Mono::default();
    let mut interleaved: Vec<i16> = Vec::new();
    let mut last_fault = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(error) => {
                last_fault = Some(fault(error));
                break;
            }
        };
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(sound) => {
                let (rate, channels) = (sound.spec().rate(), sound.num_planes());
                sound.copy_to_vec_interleaved(&mut interleaved);
                mono.take(rate, channels, &interleaved)?;
            }
            // One packet is lost, as on any line.
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                last_fault = Some(Fault::Broken("it cannot be decoded".to_string()));
            }
            Err(error) => {
                last_fault = Some(fault(error));
                break;
            }
        }
    }
    mono.whole(last_fault)
}

fn fault(error: Error) -> Fault {
    match error {
        Error::Unsupported(what) => Fault::Unsupported(what.to_string()),
        Error::IoError(_) => Fault::Broken("it ends too early".to_string()),
        other => Fault::Broken(other.to_string()),
    }
}

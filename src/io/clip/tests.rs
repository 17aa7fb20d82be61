//! Files of every kind, whole and broken.

use std::f64::consts::PI;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{Fault, MOST_BYTES, read};
use crate::io::record::pen::Pen;
use crate::io::record::{Format, Shape};
use crate::media::Clip;

const MP3: &[u8] = include_bytes!("../../../tests/audio/tone-1000.mp3");
const FLAC: &[u8] = include_bytes!("../../../tests/audio/tone-1000.flac");
const OGG: &[u8] = include_bytes!("../../../tests/audio/tone-1000.ogg");
const ULAW: &[u8] = include_bytes!("../../../tests/audio/tone-440-ulaw.wav");

/// A sine of amplitude 10,000.
pub fn tone(rate_hz: u32, hz: f64, samples: usize) -> Vec<i16> {
    let step = 2.0 * PI * hz / f64::from(rate_hz);
    let one = |n: usize| (10_000.0 * (step * n as f64).sin()).round() as i16;
    (0..samples).map(one).collect()
}

/// The amplitude of what is heard at `hz` (Goertzel).
pub fn level(samples: &[i16], rate_hz: u32, hz: f64) -> f64 {
    let coefficient = 2.0 * (2.0 * PI * hz / f64::from(rate_hz)).cos();
    let (one, two) = samples.iter().fold((0.0, 0.0), |(one, two), sample| {
        (f64::from(*sample) + coefficient * one - two, one)
    });
    let power: f64 = one * one + two * two - coefficient * one * two;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}

#[test]
fn a_tone_is_the_same_in_every_kind_of_file() {
    check(wav(16_000, 1, 16), 16_000, 1000, 1000.0);
    check(wav(48_000, 2, 24), 48_000, 1000, 1000.0);
    check(wav(44_100, 8, 16), 44_100, 1000, 1000.0);
    check(wav(8000, 1, 32), 8000, 1000, 1000.0);
    check(wav(11_025, 1, 16), 16_000, 1000, 1000.0);
    check(
        flac(&tone(22_050, 1000.0, 22_050), 22_050),
        22_050,
        1000,
        1000.0,
    );
    check(FLAC.to_vec(), 44_100, 500, 1000.0);
    check(ULAW.to_vec(), 8000, 500, 440.0);
    check(OGG.to_vec(), 16_000, 1000, 1000.0);
    check(opus(), 48_000, 1000, 1000.0);
    // An encoder's first and last frames may add what was not there.
    check(MP3.to_vec(), 22_050, 1000, 1000.0);
}

#[test]
fn what_is_no_audio_is_named() {
    let fault = |bytes: &[u8]| read(bytes.to_vec()).unwrap_err();
    assert_eq!(fault(b""), Fault::Unknown);
    assert_eq!(fault(b"<html><body>404</body></html>"), Fault::Unknown);
    assert_eq!(fault(&[0; 5000]), Fault::Unknown);
    assert_eq!(fault(&vec![0; MOST_BYTES + 1]), Fault::TooLarge);
    let early = Fault::Broken("it ends too early".to_string());
    assert_eq!(fault(&wav(8000, 1, 16)[..44]), early);
    assert_eq!(fault(&wav_of(&[], 8000, 1, 16)), Fault::Empty);
    let mut rate = wav(8000, 1, 16);
    rate[24..28].copy_from_slice(&1u32.to_le_bytes());
    assert_eq!(fault(&rate), Fault::Rate(1));
    rate[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(fault(&rate), Fault::Rate(u32::MAX));
    let mut none = wav(8000, 1, 16);
    none[22..24].copy_from_slice(&0u16.to_le_bytes());
    assert!(read(none).is_err());
}

#[test]
fn a_file_that_breaks_off_is_played_as_far_as_it_goes() {
    let flac = flac(&tone(8000, 440.0, 8000), 8000);
    for whole in [flac, wav(8000, 1, 16), MP3.to_vec()] {
        let all = read(whole.clone()).unwrap().duration();
        let most = read(whole[..whole.len() - 500].to_vec())
            .unwrap()
            .duration();
        assert!(most < all && most > all / 10, "{most:?} of {all:?}");
    }
}

/// Ten megabytes that would be days of silence: each frame of FLAC says that all its samples are one.
#[test]
fn a_file_that_is_all_but_endless_is_refused() {
    let hour_and_a_bit = flac(&vec![0; 8000 * 3610], 8000);
    assert!(hour_and_a_bit.len() < 250_000, "{}", hour_and_a_bit.len());
    let fault = read(hour_and_a_bit).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the audio file is longer than 60 minutes"
    );
}

/// Each byte of each head, and many behind it, changed in some ways: never a panic that gets out, and no
/// more sound than is allowed.
#[test]
fn no_broken_file_breaks_anything() {
    let flac = flac(&tone(8000, 440.0, 4000), 8000);
    for whole in [wav(8000, 2, 16), flac, MP3.to_vec(), OGG.to_vec()] {
        let places = (0..160.min(whole.len())).chain((160..whole.len()).step_by(97));
        for place in places {
            for change in [0x00, 0x7f, 0xff] {
                let mut broken = whole.clone();
                if let Some(byte) = broken.get_mut(place) {
                    *byte = change;
                }
                if let Ok(clip) = read(broken) {
                    assert!(clip.duration() <= Duration::from_secs(3600));
                }
            }
        }
    }
}

#[track_caller]
fn check(bytes: Vec<u8>, rate_hz: u32, ms: u64, hz: f64) {
    let clip: Clip = read(bytes).unwrap();
    assert_eq!(clip.rate_hz(), rate_hz);
    let length = clip.duration().as_millis() as u64;
    assert!(length.abs_diff(ms) <= 60, "{length} ms");
    let samples = clip.samples();
    let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
    let heard = level(middle, rate_hz, hz);
    assert!((9000.0..11_300.0).contains(&heard), "{heard} at {hz} Hz");
    assert!(level(middle, rate_hz, hz * 1.5) < 300.0);
}

/// A second of 1 kHz on all channels; 32 bits are floats.
pub fn wav(rate_hz: u32, channels: u16, bits: u16) -> Vec<u8> {
    wav_of(
        &tone(rate_hz, 1000.0, rate_hz as usize),
        rate_hz,
        channels,
        bits,
    )
}

fn wav_of(samples: &[i16], rate_hz: u32, channels: u16, bits: u16) -> Vec<u8> {
    let spec = WavSpec {
        channels,
        sample_rate: rate_hz,
        bits_per_sample: bits,
        sample_format: match bits {
            32 => SampleFormat::Float,
            _ => SampleFormat::Int,
        },
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for sample in samples.iter().copied() {
        for _ in 0..channels {
            match bits {
                32 => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
                24 => writer.write_sample(i32::from(sample) << 8).unwrap(),
                _ => writer.write_sample(sample).unwrap(),
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// A second of 1 kHz, in packets of 20 ms.
fn opus() -> Vec<u8> {
    use crate::media::codec::{Coding, Encoder};
    use ogg::{PacketWriteEndInfo, PacketWriter};
    const SKIP: u16 = 312;
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = PacketWriter::new(&mut bytes);
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(SKIP.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    let end_page = PacketWriteEndInfo::EndPage;
    writer.write_packet(head, 7, end_page, 0).unwrap();
    writer
        .write_packet(&b"OpusTags"[..], 7, end_page, 0)
        .unwrap();
    let mut encoder = Encoder::new(Coding::Opus);
    let sound = tone(48_000, 1000.0, 960 * 51);
    for (n, frame) in sound.chunks(960).enumerate() {
        let mut packet = Vec::new();
        encoder.encode(frame, &mut packet).unwrap();
        let (end, granule) = match n {
            50 => (PacketWriteEndInfo::EndStream, 48_000 + u64::from(SKIP)),
            _ => (end_page, (n as u64 + 1) * 960),
        };
        writer.write_packet(packet, 7, end, granule).unwrap();
    }
    drop(writer);
    bytes.into_inner()
}

fn flac(samples: &[i16], rate_hz: u32) -> Vec<u8> {
    let shape = Shape {
        format: Format::Flac,
        rate_hz,
        is_stereo: false,
    };
    let mut file = tempfile::tempfile().unwrap();
    let mut pen = Pen::new(Box::new(file.try_clone().unwrap()), shape).unwrap();
    pen.write(samples).unwrap();
    pen.finish().unwrap();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

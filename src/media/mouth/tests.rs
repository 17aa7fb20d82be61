//! What a peer hears that has agreed to comfort noise, beside what it would hear without.

use std::time::Duration;

use super::*;
use crate::base::Dice;
use crate::media::ear::Ear;
use crate::media::frame::samples_of;
use crate::media::measure::{liken, speech};
use crate::media::rtp::{HEADER, Header};

const RATE: usize = 8_000;
const NOISE: u8 = 13;

/// A mouth that was heard to its end by an ear at the other end of a wire.
struct Heard {
    /// When each packet went, in ms, its header, and its payload's length.
    packets: Vec<(u64, Header, usize)>,
    sound: Vec<i16>,
}

impl Heard {
    /// With their headers, IP's and UDP's as well.
    fn bytes(&self) -> usize {
        (self.packets.iter())
            .map(|(_, _, length)| length + HEADER + 28)
            .sum()
    }

    /// What `said` has become, as late as it is heard.
    fn likeness(&self, said: &[i16]) -> crate::media::measure::Likeness {
        let most = Duration::from_millis(150);
        liken(RATE as u32, said, &self.sound, most).unwrap()
    }
}

fn hear(name: &'static str, ptime_ms: u32, comfort: Option<u8>, said: &[i16]) -> Heard {
    let number = if name == "PCMU" { 0 } else { 8 };
    let payload = Payload {
        name,
        clock_hz: 8_000,
        send: number,
        receive: number,
    };
    let coding = Coding::of(name, 8_000).unwrap();
    let mut mouth = Mouth::of(&payload, Some(ptime_ms))
        .unwrap()
        .with_comfort(comfort);
    let (mut stream, mut ear) = (Stream::new(&mut Dice::from_seed(1)), Ear::default());
    let start = Instant::now();
    let mut heard = Heard {
        packets: Vec::new(),
        sound: Vec::new(),
    };
    let mut frame = Frame::empty(8_000);
    for (tick, samples) in said.chunks_exact(samples_of(8_000)).enumerate() {
        let ms = tick as u64 * 20;
        let at = start + Duration::from_millis(ms);
        mouth.hear(&Frame::of(8_000, samples), at);
        loop {
            let mut packet = Vec::new();
            let Some(bytes) = mouth.speak(&mut stream, at, &mut packet) else {
                break;
            };
            let header = Header::read(&packet).unwrap();
            let body = Header::body(&packet);
            assert_eq!(bytes as usize, body.len());
            match header.payload {
                NOISE => ear.rest(&header, body, at),
                _ => drop(ear.take(coding, &header, body, at)),
            }
            heard.packets.push((ms, header, body.len()));
        }
        ear.make(at + Duration::from_millis(10), &mut frame);
        heard.sound.extend_from_slice(frame.samples());
    }
    heard
}

/// Noise of a quiet room, white, in dB of overload.
fn room(db: f64, count: usize) -> Vec<i16> {
    let mut dice = Dice::from_seed(9);
    let peak = 32_768.0 * 10f64.powf(db / 20.0) * 3f64.sqrt();
    (0..count)
        .map(|_| ((dice.u64() as f64 / u64::MAX as f64 * 2.0 - 1.0) * peak).round() as i16)
        .collect()
}

/// Two sentences of a second and a half with pauses of as long after them, in a room.
fn talk(db: f64) -> Vec<i16> {
    let mut sound = Vec::new();
    for seed in 0..2 {
        sound.extend(speech(RATE as u32, seed, 1.5));
        sound.resize(sound.len() + RATE * 3 / 2, 0);
    }
    let noise = room(db, sound.len());
    sound
        .iter_mut()
        .zip(noise)
        .for_each(|(s, n)| *s = s.saturating_add(n));
    sound
}

#[test]
fn speech_with_pauses_sounds_as_it_does_without_comfort_noise_and_takes_far_less() {
    // Nearly digital silence, and a quiet room.
    for (name, ptime_ms, db) in [
        ("PCMU", 20, -58.0),
        ("PCMA", 10, -90.0),
        ("PCMU", 60, -58.0),
    ] {
        let said = talk(db);
        let told = hear(name, ptime_ms, Some(NOISE), &said);
        let whole = hear(name, ptime_ms, None, &said);
        assert_eq!(told.sound.len(), whole.sound.len());
        let (with, without) = (told.likeness(&said), whole.likeness(&said));
        let what = format!("{name}, {ptime_ms} ms, {db} dB: {with}; without: {without}");
        assert!(with.is_the_same() && without.is_the_same(), "{what}");
        assert!(with.delay == without.delay, "{what}");
        assert!(with.correlation > without.correlation - 0.01, "{what}");
        assert!(with.distance_db < without.distance_db + 0.5, "{what}");
        assert!((with.gain_db - without.gain_db).abs() < 0.1, "{what}");
        // Half is spoken, and 400 ms after each sentence.
        let saved = 1.0 - told.bytes() as f64 / whole.bytes() as f64;
        assert!((0.30..0.45).contains(&saved), "{what}; {saved:.2} saved");
    }
}

#[test]
fn a_pause_in_a_room_sounds_like_the_room() {
    let said = talk(-58.0);
    let told = hear("PCMA", 20, Some(NOISE), &said);
    // From half a second after each sentence to the next.
    for sentence in 0..2 {
        let pause = RATE * 3 * sentence + RATE * 2..RATE * 3 * (sentence + 1) - RATE / 10;
        let (was, is) = (&said[pause.clone()], &told.sound[pause]);
        let level = |sound: &[i16]| {
            let rms = crate::media::measure::rms(sound) / 32_768.0;
            crate::media::measure::decibels(rms)
        };
        let off = level(is) - level(was);
        assert!(off.abs() < 2.0, "{sentence}: {off} dB");
    }
}

#[test]
fn the_clock_of_a_stream_goes_on_in_a_pause_and_only_talk_that_begins_is_marked() {
    for ptime_ms in [10, 20, 40] {
        let said = talk(-58.0);
        let told = hear("PCMU", ptime_ms, Some(NOISE), &said);
        let (_, first, _) = told.packets[0];
        assert!(first.marker);
        let (mut pauses, mut noises) = (0, 0);
        for pair in told.packets.windows(2) {
            let ((was_ms, was, _), (ms, is, bytes)) = (pair[0], pair[1]);
            assert_eq!(
                is.sequence,
                was.sequence.wrapping_add(1),
                "nothing looks lost"
            );
            assert_eq!(is.ssrc, first.ssrc);
            let ticks = is.timestamp.wrapping_sub(was.timestamp);
            let passed = (ms - was_ms) * 8;
            assert!(
                passed.abs_diff(u64::from(ticks)) <= u64::from(ptime_ms.max(20)) * 8,
                "{ticks} in {passed}"
            );
            assert_eq!(ticks % (ptime_ms * 8), 0);
            let begins = was.payload == NOISE && is.payload != NOISE;
            assert_eq!(is.marker, begins, "{is:?}");
            assert!(ms - was_ms <= 1_040, "{} ms of nothing", ms - was_ms);
            if is.payload == NOISE {
                assert_eq!(bytes, 11);
                assert!(was.payload != NOISE || ms - was_ms >= 200);
                noises += 1;
                pauses += usize::from(was.payload != NOISE);
            }
        }
        // Words within a sentence are not taken apart.
        assert_eq!((pauses, noises), (2, 4));
    }
}

/// A word that swells within 30 ms, begun at any time of a packet: when it can be heard, with and without comfort noise.
#[test]
fn the_onset_of_a_word_after_a_pause_is_not_cut() {
    let noise = room(-60.0, RATE);
    let word = speech(RATE as u32, 3, 0.5);
    let (mut latest, mut count) = (0, 0);
    for ptime_ms in [10, 20, 60] {
        for begin in (0..480).step_by(37) {
            let mut said = noise.clone();
            said.extend(&noise[..begin]);
            let at = said.len();
            said.extend(word.iter().enumerate().map(|(n, sample)| {
                let swell = (n as f64 / 240.0).min(1.0);
                (f64::from(*sample) * swell) as i16 + noise[n]
            }));
            said.extend(&noise);
            // The first 1 ms that is 12 dB above the noise.
            let heard_at = |sound: &[i16]| {
                let loud = 32_768.0 * 10f64.powf(-48.0 / 20.0);
                let pieces = sound[at - 800..].windows(8);
                pieces
                    .enumerate()
                    .find_map(|(n, piece)| (crate::media::measure::rms(piece) > loud).then_some(n))
            };
            let with = heard_at(&hear("PCMU", ptime_ms, Some(NOISE), &said).sound).unwrap();
            let without = heard_at(&hear("PCMU", ptime_ms, None, &said).sound).unwrap();
            latest = latest.max(with.saturating_sub(without));
            count += 1;
        }
    }
    assert_eq!(count, 39);
    // In samples: 10 ms would be 80.
    assert!(latest <= 80, "{latest} samples late");
}

#[test]
fn a_codec_of_another_clock_says_its_pauses() {
    let payload = Payload {
        name: "G722",
        clock_hz: 8_000,
        send: 9,
        receive: 9,
    };
    let mut mouth = Mouth::of(&payload, None).unwrap().with_comfort(Some(NOISE));
    let mut stream = Stream::new(&mut Dice::from_seed(1));
    for tick in 0..100 {
        let at = Instant::now() + Duration::from_millis(tick * 20);
        mouth.hear(&Frame::silence(8_000), at);
        let mut packet = Vec::new();
        // The first frames fill the filter.
        assert!(mouth.speak(&mut stream, at, &mut packet).is_some() || tick < 2);
        assert!(packet.is_empty() || Header::read(&packet).unwrap().payload == 9);
    }
}

#[test]
fn after_a_key_everything_is_said_again() {
    let payload = Payload {
        name: "PCMU",
        clock_hz: 8_000,
        send: 0,
        receive: 0,
    };
    let mut mouth = Mouth::of(&payload, None).unwrap().with_comfort(Some(NOISE));
    let mut stream = Stream::new(&mut Dice::from_seed(1));
    let start = Instant::now();
    let mut said = Vec::new();
    for tick in 0..100u64 {
        let at = start + Duration::from_millis(tick * 20);
        if tick == 50 {
            stream.begin_event(8_000, at);
            mouth.hold_until(at + Duration::from_millis(60));
        }
        mouth.hear(&Frame::silence(8_000), at);
        let mut packet = Vec::new();
        if mouth.speak(&mut stream, at, &mut packet).is_some() {
            said.push((tick, Header::read(&packet).unwrap()));
        }
    }
    let ticks: Vec<u64> = said.iter().map(|(tick, _)| *tick).collect();
    let full = |from: u64| (from..from + 20).collect::<Vec<_>>();
    assert_eq!(ticks[..20], full(0));
    assert_eq!(ticks[20..], full(53));
    let noises = said.iter().filter(|(_, header)| header.payload == NOISE);
    assert_eq!(noises.map(|(tick, _)| *tick).collect::<Vec<_>>(), [19, 72]);
}

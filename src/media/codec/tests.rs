use std::time::Duration;

use super::*;
use crate::base::Dice;
use crate::media::measure::{decibels, fit, liken, rms, speech, tone};

const ALL: [Coding; 7] = [
    Coding::Pcmu,
    Coding::Pcma,
    Coding::G722,
    Coding::L16 { rate_hz: 8_000 },
    Coding::L16 { rate_hz: 16_000 },
    Coding::L16 { rate_hz: 48_000 },
    Coding::Opus,
];

#[test]
fn a_codec_is_known_by_its_name_and_clock() {
    assert_eq!(Coding::of("pcmu", 8_000), Some(Coding::Pcmu));
    assert_eq!(Coding::of("G722", 8_000), Some(Coding::G722));
    assert_eq!(Coding::of("G722", 16_000), Some(Coding::G722));
    assert_eq!(Coding::of("L16", 44_100), None);
    assert_eq!(
        Coding::of("L16", 16_000),
        Some(Coding::L16 { rate_hz: 16_000 })
    );
    assert_eq!(Coding::of("OPUS", 48_000), Some(Coding::Opus));
    assert_eq!(Coding::of("telephone-event", 8_000), None);
    assert_eq!(Coding::of("G729", 8_000), None);
    assert_eq!(
        (Coding::G722.rate_hz(), Coding::G722.clock_hz()),
        (16_000, 8_000)
    );
}

#[test]
fn a_tone_goes_through_every_codec() {
    for coding in ALL {
        let rate = coding.rate_hz();
        let sound = tone(rate, 1_000.0, 10_000.0, rate as usize);
        let heard = through(coding, &sound, 20);
        assert_eq!(heard.len(), sound.len(), "{coding:?}");
        let settled = heard.get(heard.len() / 2..).unwrap();
        let (peak, rest) = fit(rate, 1_000.0, settled);
        let (level, noise) = (
            decibels(peak / 10_000.0),
            decibels(rest / (peak / 2f64.sqrt())),
        );
        assert!(level.abs() < 0.5, "{coding:?}: {level} dB");
        let quiet = match coding {
            Coding::L16 { .. } => -80.0,
            Coding::Opus => -18.0,
            _ => -30.0,
        };
        assert!(noise < quiet, "{coding:?}: {noise} dB of noise");
    }
}

#[test]
fn packets_of_10_to_60_ms_hold_what_they_should() {
    for coding in ALL {
        for ms in [10, 20, 40, 60] {
            let count = coding.rate_hz() as usize / 1_000 * ms;
            let mut payload = Vec::new();
            Encoder::new(coding)
                .encode(&vec![100; count], &mut payload)
                .unwrap();
            assert_eq!(
                coding.samples_in(&payload),
                Some(count),
                "{coding:?}, {ms} ms"
            );
        }
    }
    // 30 ms, which Opus has no packet for.
    assert_eq!(
        Encoder::new(Coding::Opus).encode(&[0; 1_440], &mut Vec::new()),
        Err(WrongLength)
    );
    assert_eq!(
        Encoder::new(Coding::G722).encode(&[0; 161], &mut Vec::new()),
        Err(WrongLength)
    );
}

#[test]
fn a_packet_of_opus_tells_its_length_by_its_first_bytes() {
    // RFC 6716 table 2: config, then the count of frames.
    for (payload, samples) in [
        (&[0x00u8][..], Some(480)),
        (&[0x08], Some(960)),
        (&[0x18], Some(2_880)),
        (&[0x19], Some(5_760)),
        (&[0x60], Some(480)),
        (&[0x78], Some(960)),
        (&[0x80], Some(120)),
        (&[0xf8], Some(960)),
        (&[0xfb, 0x06], Some(5_760)),
        (&[0xfb, 0x07], None),
        (&[0xfb, 0x00], None),
        (&[0xfb], None),
        (&[], None),
    ] {
        assert_eq!(Coding::Opus.samples_in(payload), samples, "{payload:02x?}");
    }
}

#[test]
fn what_is_no_payload_is_refused() {
    let mut samples = Vec::new();
    for coding in ALL {
        let mut decoder = Decoder::new(coding);
        assert_eq!(
            decoder.decode(&[], &mut samples),
            Err(Unreadable),
            "{coding:?}"
        );
        let endless = vec![0xff; coding.most() * 2 + 2];
        assert_eq!(
            decoder.decode(&endless, &mut samples),
            Err(Unreadable),
            "{coding:?}"
        );
    }
    let mut l16 = Decoder::new(Coding::L16 { rate_hz: 8_000 });
    assert_eq!(l16.decode(&[1, 2, 3], &mut samples), Err(Unreadable));
}

#[test]
fn no_bytes_make_a_decoder_panic_and_it_still_hears_afterwards() {
    let mut dice = Dice::from_seed(4);
    for coding in ALL {
        let rate = coding.rate_hz();
        let sound = tone(rate, 440.0, 8_000.0, rate as usize / 5);
        let good = payloads(coding, &sound, 20);
        let mut decoder = Decoder::new(coding);
        let mut samples = Vec::new();
        for _ in 0..3_000 {
            let mut payload: Vec<u8> = match dice.below(3) {
                0 => (0..dice.below(200)).map(|_| dice.u64() as u8).collect(),
                _ => good[dice.below(good.len() as u64) as usize].clone(),
            };
            for _ in 0..dice.below(6) {
                let at = dice.below(payload.len().max(1) as u64) as usize;
                if let Some(byte) = payload.get_mut(at) {
                    *byte = dice.u64() as u8;
                }
            }
            payload.truncate(dice.below(payload.len() as u64 * 4 + 1) as usize);
            match dice.below(8) {
                0 => decoder.conceal(dice.below(9_000) as usize, &mut samples),
                1 => decoder.recover(&payload, dice.below(9_000) as usize, &mut samples),
                _ => drop(decoder.decode(&payload, &mut samples)),
            }
            assert!(samples.len() <= coding.most());
        }
        let mut heard = Vec::new();
        for payload in good.iter().cycle().take(50) {
            decoder.decode(payload, &mut samples).unwrap();
            heard.extend_from_slice(&samples);
        }
        assert!(rms(&heard[heard.len() / 2..]) > 4_000.0, "{coding:?}");
    }
}

/// One packet of 20 ms is lost: what stands in for it is like what came before, and nothing clicks.
#[test]
fn a_lost_packet_of_a_voice_is_hardly_missed() {
    for coding in ALL {
        let rate = coding.rate_hz();
        let sound = voiced(rate, 140.0, rate as usize / 2);
        let packets = payloads(coding, &sound, 20);
        let whole = through(coding, &sound, 20);
        let mut decoder = Decoder::new(coding);
        let (mut samples, mut heard) = (Vec::new(), Vec::new());
        for (n, payload) in packets.iter().enumerate() {
            match n {
                15 => decoder.conceal(rate as usize / 50, &mut samples),
                _ => decoder.decode(payload, &mut samples).unwrap(),
            }
            heard.extend_from_slice(&samples);
        }
        assert_eq!(heard.len(), whole.len());
        let gap = 15 * rate as usize / 50..16 * rate as usize / 50;
        let (made, was) = (rms(&heard[gap.clone()]), rms(&whole[gap]));
        let off = decibels(made / was);
        assert!((-5.0..1.5).contains(&off), "{coding:?}: {off} dB");
        let step = |sound: &[i16]| {
            sound
                .windows(2)
                .map(|p| p[0].abs_diff(p[1]))
                .max()
                .unwrap_or(0)
        };
        let (steps, usual) = (
            step(&heard[rate as usize / 5..]),
            step(&whole[rate as usize / 5..]),
        );
        assert!(
            steps <= usual * 3 / 2,
            "{coding:?}: a step of {steps}, not {usual}"
        );
        // And it does not stay: 100 ms later it is the same again, or near it: Opus (libopus as well) comes back slowly.
        let later = 21 * rate as usize / 50..24 * rate as usize / 50;
        let (made, was) = (rms(&heard[later.clone()]), rms(&whole[later]));
        let off = decibels(made / was);
        let slow = if coding == Coding::Opus { 6.0 } else { 1.0 };
        assert!(off.abs() < slow, "{coding:?}: {off} dB");
    }
}

/// What libopus made of a sentence of espeak-ng's, with a copy of each packet in the next (opusenc, 24 kbit/s, 20 %
/// of loss expected): two bytes of length before each packet.
pub const SPEECH_WITH_COPIES: &[u8] =
    include_bytes!("../../../tests/audio/speech-opus-fec.packets");

/// What was lost comes again with the next packet, coarser: much nearer to what was said than what is made up.
#[test]
fn a_lost_packet_of_opus_is_heard_from_the_copy_in_the_next_one() {
    let (mut packets, mut rest) = (Vec::new(), SPEECH_WITH_COPIES);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (packet, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        packets.push(packet);
        rest = after;
    }
    let frame = Coding::Opus.rate_hz() as usize / 50;
    let lost = |n: usize| n % 5 == 3;
    let heard = |loses: bool, recovers: bool| {
        let mut decoder = Decoder::new(Coding::Opus);
        let (mut samples, mut heard) = (Vec::new(), Vec::new());
        for (n, packet) in packets.iter().enumerate() {
            match packets.get(n + 1) {
                Some(next) if loses && recovers && lost(n) => {
                    decoder.recover(next, frame, &mut samples)
                }
                Some(_) if loses && lost(n) => decoder.conceal(frame, &mut samples),
                Some(_) | None => decoder.decode(packet, &mut samples).unwrap(),
            }
            heard.extend_from_slice(&samples);
        }
        heard
    };
    let whole = heard(false, false);
    // How far the places of the lost packets are from what was said, against their level.
    let off = |heard: Vec<i16>| {
        let (mut off, mut level) = (0.0, 0.0);
        let frames = heard.chunks(frame).zip(whole.chunks(frame)).enumerate();
        for (_, (heard, said)) in frames.filter(|(n, _)| lost(*n)) {
            for (&heard, &said) in heard.iter().zip(said) {
                off += (f64::from(heard) - f64::from(said)).powi(2);
                level += f64::from(said).powi(2);
            }
        }
        decibels((off / level).sqrt())
    };
    let (recovered, made_up) = (off(heard(true, true)), off(heard(true, false)));
    assert!(
        recovered < made_up - 6.0,
        "{recovered:.1} dB with the copies, {made_up:.1} dB without"
    );
}

/// Speech, noise, silence, tones and what no voice ever is, one after the other.
fn all_kinds(rate: u32, count: usize) -> Vec<i16> {
    let mut dice = Dice::from_seed(8);
    let mut sound = speech(rate, 6, count as f64 / f64::from(rate));
    sound.extend((0..count).map(|_| dice.u64() as i16));
    sound.extend((0..count).map(|_| dice.u64() as i16 / 64));
    sound.extend(vec![0; count]);
    sound.extend(tone(rate, 1_000.0, 30_000.0, count));
    sound.extend((0..count).map(|n| if n / 100 % 2 == 0 { i16::MAX } else { i16::MIN }));
    sound.extend(vec![i16::MIN; count]);
    sound
}

/// The crate divides by zero where it narrows the band of a packet too far to make room for a copy: it must never do so,
/// whatever is said, lost and gained on the way.
#[test]
fn opus_with_copies_is_as_long_and_as_wide_as_ever() {
    let sound = all_kinds(48_000, 5_760);
    for ms in [10, 20, 40, 60] {
        let (mut encoder, mut decoder) = (Encoder::new(Coding::Opus), Decoder::new(Coding::Opus));
        let (mut payload, mut heard) = (Vec::new(), Vec::new());
        for loss in [0, 1, 5, 0, 10, 20, 100, 255, 5] {
            encoder.expect_loss(loss);
            for samples in sound.chunks_exact(48 * ms) {
                encoder.encode(samples, &mut payload).unwrap();
                let bits = match (loss, ms) {
                    (0, _) | (_, 60) => 32_000,
                    _ => 40_000,
                };
                // 60 ms tell of their three frames' lengths.
                let bytes = bits * ms / 8_000;
                assert!(
                    payload.len().abs_diff(bytes) <= 1,
                    "{} for {bytes}",
                    payload.len()
                );
                assert_eq!(
                    payload[0] >> 3,
                    if ms == 10 { 14 } else { 15 },
                    "hybrid, full band"
                );
                decoder.decode(&payload, &mut heard).unwrap();
                assert_eq!(heard.len(), samples.len(), "{loss} %, {ms} ms");
            }
        }
    }
    // The others do not know it, nor do packets of less than 10 ms, which are without a voice's part.
    for coding in ALL {
        let mut encoder = Encoder::new(coding);
        let mut payload = Vec::new();
        let samples = vec![0; coding.rate_hz() as usize / 200];
        encoder.encode(&samples, &mut payload).unwrap_or_default();
        let before = payload.len();
        encoder.expect_loss(20);
        encoder.encode(&samples, &mut payload).unwrap_or_default();
        assert_eq!(payload.len(), before, "{coding:?}");
    }
}

/// What is lost of our own packets: with the copy in the next one it is much nearer to what was said than what is made up.
#[test]
fn a_lost_packet_of_ours_is_heard_from_its_copy() {
    let said = speech(48_000, 0, 1.2);
    // By how many dB nearer to the whole it sounds at least, and how much more alike the waves are. Of 40 ms half comes back.
    for (ms, nearer, more_alike) in [(10, 0.5, 0.08), (20, 0.8, 0.08), (40, 0.4, 0.03)] {
        let frame = 48 * ms;
        let mut encoder = Encoder::new(Coding::Opus);
        encoder.expect_loss(20);
        let packets: Vec<Vec<u8>> = (said.chunks_exact(frame))
            .map(|samples| {
                let mut payload = Vec::new();
                encoder.encode(samples, &mut payload).unwrap();
                payload
            })
            .collect();
        let heard = |loses: bool, recovers: bool| {
            let mut decoder = Decoder::new(Coding::Opus);
            let (mut samples, mut heard) = (Vec::new(), Vec::new());
            for (n, packet) in packets.iter().enumerate() {
                match packets.get(n + 1).filter(|_| loses && n % 5 == 3) {
                    Some(next) if recovers => decoder.recover(next, frame, &mut samples),
                    Some(_) => decoder.conceal(frame, &mut samples),
                    None => decoder.decode(packet, &mut samples).unwrap(),
                }
                heard.extend_from_slice(&samples);
            }
            heard
        };
        let whole = heard(false, false);
        let near = |heard: Vec<i16>| liken(48_000, &whole, &heard, Duration::ZERO).unwrap();
        let (recovered, made_up) = (near(heard(true, true)), near(heard(true, false)));
        let what = format!("{ms} ms: with copies {recovered}; without {made_up}");
        assert!(
            recovered.distance_db < made_up.distance_db - nearer,
            "{what}"
        );
        assert!(
            recovered.correlation > made_up.correlation + more_alike,
            "{what}"
        );
        // And the whole is as it was, but for the bits that the copies take.
        let whole = liken(48_000, &said, &whole, Duration::from_millis(20)).unwrap();
        assert!(whole.is_the_same(), "{ms} ms: {whole}");
    }
}

#[test]
fn a_long_loss_fades_to_silence() {
    for coding in ALL {
        let rate = coding.rate_hz() as usize;
        let mut decoder = Decoder::new(coding);
        let mut samples = Vec::new();
        for payload in payloads(coding, &voiced(rate as u32, 200.0, rate / 5), 20) {
            decoder.decode(&payload, &mut samples).unwrap();
        }
        let levels: Vec<f64> = (0..25)
            .map(|_| {
                decoder.conceal(rate / 50, &mut samples);
                assert_eq!(samples.len(), rate / 50);
                rms(&samples)
            })
            .collect();
        assert!(levels[0] > 1_000.0, "{coding:?}: {levels:.0?}");
        assert!(levels[24] < 100.0, "{coding:?}: {levels:.0?}");
    }
}

/// A buzz with the formants of an open vowel, whose pitch moves a little.
fn voiced(rate: u32, pitch: f64, count: usize) -> Vec<i16> {
    let mut phase = 0.0f64;
    (0..count)
        .map(|n| {
            let t = n as f64 / f64::from(rate);
            phase +=
                pitch * (1.0 + 0.03 * (3.0 * t * std::f64::consts::TAU).sin()) / f64::from(rate);
            let sum: f64 = (1..=20)
                .map(|k| {
                    let hz = pitch * f64::from(k);
                    let near = |formant: f64, width: f64| (-((hz - formant) / width).powi(2)).exp();
                    let level = near(700.0, 250.0)
                        + 0.6 * near(1_200.0, 300.0)
                        + 0.2 * near(2_500.0, 400.0);
                    level * (phase * f64::from(k) * std::f64::consts::TAU).sin()
                })
                .sum();
            (sum * 4_000.0) as i16
        })
        .collect()
}

fn payloads(coding: Coding, sound: &[i16], ms: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(coding);
    let frames = sound.chunks_exact(coding.rate_hz() as usize / 1_000 * ms);
    frames
        .map(|frame| {
            let mut payload = Vec::new();
            encoder.encode(frame, &mut payload).unwrap();
            payload
        })
        .collect()
}

fn through(coding: Coding, sound: &[i16], ms: usize) -> Vec<i16> {
    let mut decoder = Decoder::new(coding);
    let (mut samples, mut heard) = (Vec::new(), Vec::new());
    for payload in payloads(coding, sound, ms) {
        decoder.decode(&payload, &mut samples).unwrap();
        heard.extend_from_slice(&samples);
    }
    heard
}

//! What 20 ms of sound cost in each codec and between the rates: `cargo bench --bench codec`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use switchhook::media::codec::{Coding, Decoder, Encoder};
use switchhook::media::resample::Resampler;

fn codecs(bench: &mut Criterion) {
    for (name, coding) in [
        ("PCMU", Coding::Pcmu),
        ("PCMA", Coding::Pcma),
        ("G722", Coding::G722),
        ("L16 at 16 kHz", Coding::L16 { rate_hz: 16_000 }),
        ("Opus", Coding::Opus),
    ] {
        let frames = voice(coding.rate_hz());
        let (mut encoder, mut decoder) = (Encoder::new(coding), Decoder::new(coding));
        let (mut payload, mut samples) = (Vec::new(), Vec::new());
        let payloads: Vec<Vec<u8>> = (frames.iter())
            .map(|frame| {
                encoder.encode(frame, &mut payload).expect("20 ms");
                payload.clone()
            })
            .collect();
        let mut frames = frames.iter().cycle();
        bench.bench_function(&format!("encode {name}"), |bench| {
            bench.iter(|| encoder.encode(black_box(frames.next().expect("endless")), &mut payload))
        });
        let mut payloads = payloads.iter().cycle();
        bench.bench_function(&format!("decode {name}"), |bench| {
            bench
                .iter(|| decoder.decode(black_box(payloads.next().expect("endless")), &mut samples))
        });
        let count = coding.rate_hz() as usize / 50;
        bench.bench_function(&format!("conceal {name}"), |bench| {
            bench.iter(|| decoder.conceal(black_box(count), &mut samples))
        });
    }
}

fn rates(bench: &mut Criterion) {
    for (from, to) in [
        (8_000, 16_000),
        (8_000, 48_000),
        (16_000, 8_000),
        (48_000, 8_000),
        (44_100, 16_000),
    ] {
        let frames = voice(from);
        let mut frames = frames.iter().cycle();
        let mut resampler = Resampler::new(from, to).expect("a ratio");
        let mut out = Vec::new();
        bench.bench_function(&format!("resample {from} to {to}"), |bench| {
            bench.iter(|| {
                out.clear();
                resampler.resample(black_box(frames.next().expect("endless")), &mut out);
            })
        });
    }
}

/// A second of a buzz with overtones, in frames of 20 ms.
fn voice(rate_hz: u32) -> Vec<Vec<i16>> {
    let sound: Vec<i16> = (0..rate_hz)
        .map(|n| {
            let t = f64::from(n) / f64::from(rate_hz) * std::f64::consts::TAU;
            let tones = [150.0, 300.0, 450.0, 1_200.0, 2_400.0].map(|hz| (hz * t).sin());
            (tones.iter().sum::<f64>() * 3_000.0) as i16
        })
        .collect();
    sound
        .chunks_exact(rate_hz as usize / 50)
        .map(<[i16]>::to_vec)
        .collect()
}

criterion_group!(benches, codecs, rates);
criterion_main!(benches);

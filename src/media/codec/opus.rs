//! Opus, set for voice: one channel of 48 kHz. The arithmetic is the crate's.

use opus_rs::{Application, OpusDecoder, OpusEncoder};

use super::{Coding, Unreadable, WrongLength};

const RATE_HZ: i32 = 48_000;
/// Enough for the whole band of a voice.
const BITS_A_SECOND: i32 = 32_000;
/// Of 10: above it the processor time doubles and few hear it.
const COMPLEXITY: i32 = 5;
/// Longest packet that is made (RFC 6716 §3.4).
const LONGEST: usize = 1_275;
/// 2.5 ms: lengths are multiples of it.
const STEP: usize = 120;

/// Where packets hold copies of those before them (in-band FEC, RFC 6716 §2.1.7). With less, the crate narrows the band
/// of a packet to make room for the copy, at 24 kbit/s below what the packet's mode is for: then it divides by zero. At
/// this rate no expected loss and no length that has copies ever narrows it.
const BITS_WITH_COPIES: i32 = 40_000;

pub struct Encoder {
    encoder: OpusEncoder,
    /// So many packets of a hundred are expected to be lost.
    loss: u8,
}

impl Encoder {
    pub fn new() -> Encoder {
        let encoder = OpusEncoder::new(RATE_HZ, 1, Application::Voip);
        let mut encoder = encoder.expect("a rate that Opus has");
        encoder.bitrate_bps = BITS_A_SECOND;
        encoder.complexity = COMPLEXITY;
        // With a variable rate the crate's packets take twice what they were told to.
        encoder.use_cbr = true;
        Encoder { encoder, loss: 0 }
    }

    /// From the next packet on: where a loss is expected, each packet holds a coarse copy of what is before it.
    pub fn expect_loss(&mut self, percent: u8) {
        self.loss = percent.min(100);
    }

    pub fn encode(&mut self, samples: &[i16], payload: &mut Vec<u8>) -> Result<(), WrongLength> {
        if !matches!(samples.len(), 120 | 240 | 480 | 960 | 1_920 | 2_880) {
            return Err(WrongLength);
        }
        // A copy is of 20 ms at most, so that of 60 ms too little would come back.
        let copies = self.loss > 0 && matches!(samples.len(), 480 | 960 | 1_920);
        let encoder = &mut self.encoder;
        encoder.use_inband_fec = copies;
        (encoder.packet_loss_perc, encoder.bitrate_bps) = match copies {
            true => (i32::from(self.loss), BITS_WITH_COPIES),
            false => (0, BITS_A_SECOND),
        };
        payload.resize(LONGEST, 0);
        let written = encoder.encode_i16(samples, samples.len(), payload);
        let written = written.map_err(|_| WrongLength)?;
        payload.truncate(written);
        Ok(())
    }
}

pub struct Decoder {
    decoder: OpusDecoder,
    /// Where the crate writes: full scale is 1.
    heard: Vec<f32>,
}

impl Decoder {
    pub fn new() -> Decoder {
        Decoder {
            decoder: OpusDecoder::new(RATE_HZ, 1).expect("a rate that Opus has"),
            heard: vec![0.0; Coding::Opus.most()],
        }
    }

    pub fn decode(
        &mut self,
        payload: &[u8],
        count: usize,
        samples: &mut Vec<i16>,
    ) -> Result<(), Unreadable> {
        let written = self.decoder.decode(payload, count, &mut self.heard);
        let written = written.map_err(|_| Unreadable)?;
        self.take(written, samples);
        Ok(())
    }

    pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
        let whole = count.next_multiple_of(STEP).min(self.heard.len());
        let written = self.decoder.decode(&[], whole, &mut self.heard);
        self.fill(written.unwrap_or(0), count, samples);
    }

    pub fn recover(&mut self, next: &[u8], count: usize, samples: &mut Vec<i16>) {
        let whole = count.next_multiple_of(STEP).min(self.heard.len());
        let written = self.decoder.decode_fec(next, whole, &mut self.heard);
        self.fill(written.unwrap_or(0), count, samples);
    }

    /// Always `count` samples: what the crate has no answer for is silence.
    fn fill(&mut self, written: usize, count: usize, samples: &mut Vec<i16>) {
        self.take(written.min(count), samples);
        samples.resize(count, 0);
    }

    fn take(&self, written: usize, samples: &mut Vec<i16>) {
        let heard = self.heard.get(..written).unwrap_or_default();
        // A cast keeps within the 16 bits.
        samples.extend(
            heard
                .iter()
                .map(|sample| (sample * 32_768.0).round() as i16),
        );
    }
}

/// By the first bytes of a packet (RFC 6716 §3.1, §3.2).
pub fn samples_in(payload: &[u8]) -> Option<usize> {
    let (&toc, rest) = payload.split_first()?;
    let frame = match toc >> 3 {
        // SILK alone: 10, 20, 40, 60 ms. Both: 10, 20. CELT alone: 2.5, 5, 10, 20.
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(rest.first()? & 0x3f),
    };
    Some(frame * frames)
}

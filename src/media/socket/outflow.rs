//! Sound that goes out by a socket: frames become messages of 20 ms each.

use super::format;
use crate::base::socket::{Encoding, Stream};
use crate::media::codec::{Coding, Encoder};
use crate::media::frame::{FRAME_MS, Frame, samples_of};
use crate::media::resample::Resampler;

/// One stream, from its start to its stop.
pub struct Outflow {
    stream: Stream,
    resampler: Option<Resampler>,
    encoder: Option<Encoder>,
    /// At the stream's rate, not sent yet.
    waiting: Vec<i16>,
    payload: Vec<u8>,
    chunks: u64,
    bytes: u64,
}

impl Outflow {
    pub fn new(stream: Stream) -> Outflow {
        let coding = match stream.encoding {
            Encoding::Pcm8k | Encoding::Pcm16k => None,
            Encoding::Ulaw => Some(Coding::Pcmu),
            Encoding::Alaw => Some(Coding::Pcma),
            Encoding::Opus => Some(Coding::Opus),
        };
        Outflow {
            encoder: coding.map(Encoder::new),
            stream,
            resampler: None,
            waiting: Vec::new(),
            payload: Vec::new(),
            chunks: 0,
            bytes: 0,
        }
    }

    pub fn tag(&self) -> Option<&str> {
        self.stream.tag.as_deref()
    }

    pub fn start(&self) -> String {
        format::start(&self.stream)
    }

    /// A frame of what it carries, at any rate.
    pub fn hear(&mut self, frame: &Frame) {
        let rate_hz = self.stream.encoding.rate_hz();
        if frame.rate_hz == rate_hz {
            return self.waiting.extend_from_slice(frame.samples());
        }
        let known = self.resampler.take();
        let known = known.filter(|resampler| resampler.from_hz() == frame.rate_hz);
        // A rate that cannot be brought to another is not heard.
        self.resampler = known.or_else(|| Resampler::new(frame.rate_hz, rate_hz).ok());
        if let Some(resampler) = &mut self.resampler {
            resampler.resample(frame.samples(), &mut self.waiting);
        }
    }

    /// The next message, where there is sound for one.
    pub fn speak(&mut self) -> Option<String> {
        let samples = samples_of(self.stream.encoding.rate_hz());
        let sound = self.waiting.get(..samples)?;
        match &mut self.encoder {
            None => {
                self.payload.clear();
                let bytes = sound.iter().flat_map(|sample| sample.to_le_bytes());
                self.payload.extend(bytes);
            }
            // The length is one that every codec has packets for.
            Some(encoder) => encoder.encode(sound, &mut self.payload).unwrap_or(()),
        }
        self.waiting.drain(..samples);
        let timestamp_ms = self.chunks * u64::from(FRAME_MS);
        self.chunks += 1;
        self.bytes += self.payload.len() as u64;
        let message = format::media(
            &self.stream,
            self.chunks,
            self.chunks,
            timestamp_ms,
            &self.payload,
        );
        Some(message)
    }

    pub fn stop(&self) -> String {
        let duration_ms = self.chunks * u64::from(FRAME_MS);
        format::stop(&self.stream, self.chunks + 1, self.bytes, duration_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_stream_is_a_start_messages_of_20_ms_and_a_stop() {
        let mut flow = Outflow::new(Stream {
            tag: Some("a".into()),
            encoding: Encoding::Ulaw,
            custom: None,
        });
        let mut said = vec![flow.start()];
        for _ in 0..2 {
            flow.hear(&Frame::silence(8_000));
            said.extend(flow.speak());
        }
        said.push(flow.stop());
        let short = said.iter().map(|line| line.replace(&"/".repeat(212), "…"));
        expect![[r#"
            {"event":"start","sequenceNumber":0,"start":{"mediaFormat":{"channels":1,"encoding":"ULAW","sampleRate":8000},"tag":"a"}}
            {"event":"media","media":{"chunk":1,"payload":"…/w==","tag":"a","timestamp":0},"sequenceNumber":1}
            {"event":"media","media":{"chunk":2,"payload":"…/w==","tag":"a","timestamp":20},"sequenceNumber":2}
            {"event":"stop","sequenceNumber":3,"stop":{"mediaInfo":{"bytesSent":320,"duration":0.04},"tag":"a"}}"#]].assert_eq(&short.collect::<Vec<_>>().join("\n"));
    }
}

//! Wav: its header counts the samples, so each flush writes it anew.

use std::io::{self, BufWriter};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::pen::{Paper, Shape};

pub struct Wav(WavWriter<BufWriter<Box<dyn Paper>>>);

impl Wav {
    pub fn new(paper: Box<dyn Paper>, shape: Shape) -> io::Result<Wav> {
        let spec = WavSpec {
            channels: shape.channels(),
            sample_rate: shape.rate_hz,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::new(BufWriter::new(paper), spec).map_err(plain)?;
        writer.flush().map_err(plain)?;
        Ok(Wav(writer))
    }

    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let most = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        let mut writer = self.0.get_i16_writer(most);
        for sample in samples {
            writer.write_sample(*sample);
        }
        writer.flush().map_err(plain)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(plain)
    }

    pub fn finish(self) -> io::Result<()> {
        self.0.finalize().map_err(plain)
    }
}

fn plain(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

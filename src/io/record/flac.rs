//! FLAC (RFC 9639), frame by frame: each is whole in itself, so a file that breaks off can be played as far
//! as it goes. Its length is written at the end; until then it is unknown, which the format allows.

use std::io::{self, SeekFrom};

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, Stream, StreamInfo};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};

use super::pen::{Paper, Shape};

pub struct Flac {
    paper: Box<dyn Paper>,
    encoder: Verified<Encoder>,
    info: StreamInfo,
    channels: usize,
    /// Samples of each channel in a frame: at most a quarter of a second.
    block: usize,
    /// What does not make a frame yet.
    rest: Vec<i32>,
    frames: usize,
    /// Of each channel.
    samples: usize,
}

impl Flac {
    pub fn new(paper: Box<dyn Paper>, shape: Shape) -> io::Result<Flac> {
        let channels = usize::from(shape.channels());
        let block = (shape.rate_hz as usize / 4).clamp(256, 4096);
        let mut encoder = Encoder::default();
        encoder.block_size = block;
        encoder.multithread = false;
        let encoder = encoder.into_verified().map_err(|(_, fault)| told(fault))?;
        let mut info = StreamInfo::new(shape.rate_hz as usize, channels, 16).map_err(told)?;
        info.set_block_sizes(block, block).map_err(told)?;
        info.set_frame_sizes(0, 0).map_err(told)?;
        let mut flac = Flac {
            paper,
            encoder,
            info,
            channels,
            block,
            rest: Vec::with_capacity(2 * block * channels),
            frames: 0,
            samples: 0,
        };
        flac.write_head()?;
        Ok(flac)
    }

    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let whole = self.block * self.channels;
        for some in samples.chunks(whole) {
            self.rest.extend(some.iter().copied().map(i32::from));
            if self.rest.len() >= whole {
                let rest = self.rest.split_off(whole);
                let frame = std::mem::replace(&mut self.rest, rest);
                self.write_frame(&frame)?;
            }
        }
        Ok(())
    }

    /// Frames are written as soon as they are whole.
    pub fn flush(&mut self) -> io::Result<()> {
        self.paper.flush()
    }

    pub fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.write_frame(&rest)?;
        }
        self.info.set_total_samples(self.samples);
        self.paper.seek(SeekFrom::Start(0))?;
        self.write_head()?;
        self.paper.flush()
    }

    fn write_head(&mut self) -> io::Result<()> {
        let mut sink = ByteSink::new();
        let stream = Stream::with_stream_info(self.info.clone());
        stream.write(&mut sink).map_err(told)?;
        self.paper.write_all(sink.as_slice())
    }

    fn write_frame(&mut self, interleaved: &[i32]) -> io::Result<()> {
        let count = interleaved.len() / self.channels;
        let mut samples = FrameBuf::with_size(self.channels, count).map_err(told)?;
        samples.fill_interleaved(interleaved).map_err(told)?;
        let frame = encode_fixed_size_frame(&self.encoder, &samples, self.frames, &self.info);
        let mut sink = ByteSink::new();
        frame.map_err(told)?.write(&mut sink).map_err(told)?;
        self.frames += 1;
        self.samples += count;
        self.paper.write_all(sink.as_slice())
    }
}

fn told(fault: impl std::fmt::Debug) -> io::Error {
    io::Error::other(format!("FLAC: {fault:?}"))
}

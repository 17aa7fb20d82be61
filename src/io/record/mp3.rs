//! MP3 (ISO/IEC 11172-3 and 13818-3, layer III) at a constant bit rate, frame by frame. The first frame is LAME's
//! Info tag, which says how long the sound is and what the encoder has put before it, so that a player
//! begins where the sound begins. Each flush writes it anew.
//!
//! No bit reservoir: frames that lean on others would have to wait for them.

use std::io::{self, SeekFrom};

use rusty_mp3::encode::Mp3Encode;
use rusty_mp3::encode::lametag::{self, ENCODER_DELAY, TagInfo, TagStats};
use rusty_mp3::header::FrameHeader;

use super::pen::{Paper, Shape};

pub struct Mp3 {
    paper: Box<dyn Paper>,
    encoder: Mp3Encode,
    header: FrameHeader,
    tag_header: FrameHeader,
    stats: TagStats,
    /// Samples of each channel in a frame.
    block: usize,
    /// What does not make a frame yet, by channel.
    rest: Vec<Vec<f32>>,
    /// Of each channel.
    samples: u64,
}

impl Mp3 {
    pub fn new(paper: Box<dyn Paper>, shape: Shape) -> io::Result<Mp3> {
        let channels = shape.channels();
        let header = rusty_mp3::encoder_header(shape.rate_hz, channels, kbit_s(shape));
        let header = header.map_err(io::Error::other)?;
        let tag_header = lametag::tag_header(&header);
        let mut mp3 = Mp3 {
            paper,
            encoder: Mp3Encode::new(),
            stats: TagStats::new(tag_header.frame_size()),
            block: header.version.samples_per_frame(),
            rest: vec![Vec::new(); usize::from(channels)],
            header,
            tag_header,
            samples: 0,
        };
        mp3.write_tag(0)?;
        Ok(mp3)
    }

    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let channels = self.rest.len();
        for some in samples.chunks(self.block * channels) {
            for (n, channel) in self.rest.iter_mut().enumerate() {
                let own = some.iter().skip(n).step_by(channels);
                channel.extend(own.map(|sample| f32::from(*sample) / 32_768.0));
            }
            self.samples += (some.len() / channels) as u64;
            self.write_frames()?;
        }
        Ok(())
    }

    pub fn flush(&mut self) -> io::Result<()> {
        let padding = self
            .written()
            .saturating_sub(ENCODER_DELAY as u64 + self.samples);
        self.paper.seek(SeekFrom::Start(0))?;
        self.write_tag(padding)?;
        self.paper.seek(SeekFrom::End(0))?;
        self.paper.flush()
    }

    /// Silence until the last sample has come out of the encoder.
    pub fn finish(mut self) -> io::Result<()> {
        let all = lametag::frames_for(self.samples, ENCODER_DELAY, self.block) * self.block as u64;
        let missing = all.saturating_sub(self.samples) as usize;
        for channel in &mut self.rest {
            channel.resize(channel.len() + missing, 0.0);
        }
        self.write_frames()?;
        self.flush()
    }

    fn write_frames(&mut self) -> io::Result<()> {
        while self.rest.iter().all(|channel| channel.len() >= self.block) {
            let own = self.rest.iter();
            let block: Vec<&[f32]> = own
                .filter_map(|channel| channel.get(..self.block))
                .collect();
            let frame = self.encoder.encode_frame(&self.header, &block, None);
            let frame = frame.map_err(io::Error::other)?;
            self.stats.add_frame(&frame);
            for channel in &mut self.rest {
                channel.drain(..self.block);
            }
            self.paper.write_all(&frame)?;
        }
        Ok(())
    }

    /// Samples of each channel that have come out, those before the first of the sound included.
    fn written(&self) -> u64 {
        u64::from(self.stats.frames()) * self.block as u64
    }

    fn write_tag(&mut self, padding: u64) -> io::Result<()> {
        let info = TagInfo {
            vbr: false,
            delay: ENCODER_DELAY,
            padding: padding as usize,
        };
        let tag = lametag::tag_frame(&self.tag_header, &self.stats, &info);
        self.paper.write_all(&tag)
    }
}

/// VoxEngine's 32 and 192 kbit/s; two sides of a telephone's sound are 64.
fn kbit_s(shape: Shape) -> u32 {
    match (shape.rate_hz, shape.is_stereo) {
        (..=8_000, false) => 32,
        (..=24_000, _) => 64,
        _ => 192,
    }
}

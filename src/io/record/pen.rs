//! What writes a recording: one format for each kind of file.

use std::io::{self, Seek, Write};

use super::flac::Flac;
use super::mp3::Mp3;
use super::wav::Wav;
pub use crate::base::recording::Format;

/// What is written on.
pub trait Paper: Write + Seek + Send {}
impl<P: Write + Seek + Send> Paper for P {}

/// What a recording sounds like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub format: Format,
    pub rate_hz: u32,
    /// Left: the endpoint's voice; right: what it hears.
    pub is_stereo: bool,
}

impl Shape {
    pub fn channels(self) -> u16 {
        1 + u16::from(self.is_stereo)
    }
}

/// A file that is being written. After each [`Pen::flush`] it can be played as far as it goes.
pub enum Pen {
    Mp3(Box<Mp3>),
    Wav(Wav),
    Flac(Box<Flac>),
}

impl Pen {
    pub fn new(paper: Box<dyn Paper>, shape: Shape) -> io::Result<Pen> {
        Ok(match shape.format {
            Format::Mp3 => Pen::Mp3(Box::new(Mp3::new(paper, shape)?)),
            Format::Wav => Pen::Wav(Wav::new(paper, shape)?),
            Format::Flac => Pen::Flac(Box::new(Flac::new(paper, shape)?)),
        })
    }

    /// Interleaved, and whole: as many samples of each channel.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        match self {
            Pen::Mp3(mp3) => mp3.write(samples),
            Pen::Wav(wav) => wav.write(samples),
            Pen::Flac(flac) => flac.write(samples),
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Pen::Mp3(mp3) => mp3.flush(),
            Pen::Wav(wav) => wav.flush(),
            Pen::Flac(flac) => flac.flush(),
        }
    }

    /// The last of it.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Pen::Mp3(mp3) => mp3.finish(),
            Pen::Wav(wav) => wav.finish(),
            Pen::Flac(flac) => flac.finish(),
        }
    }
}

//! Sound that is not on its way: what is played, mixed, heard by a detector or about to be encoded.

/// How long a frame lasts, in milliseconds, wherever frames go by the tick.
pub const FRAME_MS: u32 = 20;
/// Most samples of a frame: 20 ms at 48 kHz.
pub const MOST: usize = 960;

/// A piece of mono sound: 20 ms by the tick, and up to that from a decoder.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub rate_hz: u32,
    length: usize,
    samples: [i16; MOST],
}

impl Frame {
    /// Nothing, at this rate.
    pub const fn empty(rate_hz: u32) -> Frame {
        Frame {
            rate_hz,
            length: 0,
            samples: [0; MOST],
        }
    }

    /// 20 ms of silence.
    pub fn silence(rate_hz: u32) -> Frame {
        Frame {
            length: samples_of(rate_hz),
            ..Frame::empty(rate_hz)
        }
    }

    /// What does not fit is left out.
    pub fn of(rate_hz: u32, samples: &[i16]) -> Frame {
        let mut frame = Frame::empty(rate_hz);
        frame.extend(samples);
        frame
    }

    pub fn samples(&self) -> &[i16] {
        self.samples.get(..self.length).unwrap_or_default()
    }

    pub fn samples_mut(&mut self) -> &mut [i16] {
        self.samples.get_mut(..self.length).unwrap_or_default()
    }

    /// All that a frame may hold, to be written over; `set_length` says how much of it counts.
    pub fn room(&mut self) -> &mut [i16] {
        &mut self.samples
    }

    /// At most [`MOST`]; what comes in is whatever lay there.
    pub fn set_length(&mut self, length: usize) {
        self.length = length.min(MOST);
    }

    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Appends; returns how many samples fitted.
    pub fn extend(&mut self, samples: &[i16]) -> usize {
        let room = self.samples.get_mut(self.length..).unwrap_or_default();
        let fits = samples.len().min(room.len());
        if let (Some(room), Some(samples)) = (room.get_mut(..fits), samples.get(..fits)) {
            room.copy_from_slice(samples);
        }
        self.length += fits;
        fits
    }

    pub fn push(&mut self, sample: i16) {
        self.extend(&[sample]);
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({} samples at {} Hz)", self.length, self.rate_hz)
    }
}

/// The samples of 20 ms.
pub fn samples_of(rate_hz: u32) -> usize {
    ((rate_hz / 1_000 * FRAME_MS) as usize).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_takes_what_fits() {
        let mut frame = Frame::of(48_000, &[7; 900]);
        assert_eq!(frame.extend(&[8; 100]), 60);
        assert_eq!((frame.len(), frame.samples()[959]), (960, 8));
        assert_eq!(Frame::silence(8_000).samples(), [0; 160]);
        frame.set_length(5_000);
        assert_eq!(frame.len(), MOST);
    }
}

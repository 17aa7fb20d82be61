//! A mixer: all that it hears at once. Its sources tick at moments and rates of their own; what they say waits here
//! for the mixer's tick.

use crate::media::Node;
use crate::media::frame::{Frame, samples_of};
use crate::media::resample::Resampler;

/// So many frames of a source wait at most: the rest of what comes is dropped from the old end, so that nobody is
/// heard later and later.
const MOST_WAITING: usize = 3;

/// All its sources, at one rate.
#[derive(Debug)]
pub struct Mixer {
    rate_hz: u32,
    inputs: Vec<Input>,
    /// The sum of this tick.
    total: Vec<i32>,
}

/// One source.
struct Input {
    source: Node,
    resampler: Option<Resampler>,
    /// What waits, at the mixer's rate.
    waiting: Vec<i16>,
    /// What it says in this tick.
    says: Vec<i16>,
}

impl Mixer {
    /// `rate_hz`: of what it makes, 48000 at most.
    pub fn new(rate_hz: u32) -> Mixer {
        Mixer {
            rate_hz,
            inputs: Vec::new(),
            total: Vec::new(),
        }
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub fn join(&mut self, source: Node) {
        if !self.hears(source) {
            self.inputs.push(Input::new(source));
        }
    }

    pub fn part(&mut self, source: Node) {
        self.inputs.retain(|input| input.source != source);
    }

    pub fn hears(&self, source: Node) -> bool {
        self.inputs.iter().any(|input| input.source == source)
    }

    /// What `source` says, to be heard with the next tick.
    pub fn take(&mut self, source: Node, frame: &Frame) {
        let rate_hz = self.rate_hz;
        let mut inputs = self.inputs.iter_mut();
        if let Some(input) = inputs.find(|input| input.source == source) {
            input.take(frame, rate_hz);
        }
    }

    /// A tick: everybody's next 20 ms are summed up.
    pub fn mix(&mut self) {
        let whole = samples_of(self.rate_hz);
        self.total.clear();
        self.total.resize(whole, 0);
        for input in &mut self.inputs {
            input.next(whole);
            for (total, said) in self.total.iter_mut().zip(&input.says) {
                *total += i32::from(*said);
            }
        }
    }

    /// The mix of this tick as `listener` hears it: without its own voice.
    pub fn write(&self, listener: Option<Node>, frame: &mut Frame) {
        frame.clear();
        frame.rate_hz = self.rate_hz;
        let own = self
            .inputs
            .iter()
            .find(|input| Some(input.source) == listener);
        let own = own.map_or(&[][..], |input| &input.says);
        let own = own.iter().copied().chain(std::iter::repeat(0));
        let room = frame.room();
        let mut length = 0;
        for ((room, total), own) in room.iter_mut().zip(&self.total).zip(own) {
            let sum = total - i32::from(own);
            *room = sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
            length += 1;
        }
        frame.set_length(length);
    }
}

impl Input {
    fn new(source: Node) -> Input {
        Input {
            source,
            resampler: None,
            waiting: Vec::new(),
            says: Vec::new(),
        }
    }

    fn take(&mut self, frame: &Frame, rate_hz: u32) {
        if frame.rate_hz == rate_hz {
            self.resampler = None;
            self.waiting.extend_from_slice(frame.samples());
        } else {
            let fits = self
                .resampler
                .take()
                .filter(|resampler| resampler.from_hz() == frame.rate_hz);
            let made = || Resampler::new(frame.rate_hz, rate_hz).ok();
            self.resampler = fits.or_else(made);
            if let Some(resampler) = &mut self.resampler {
                resampler.resample(frame.samples(), &mut self.waiting);
            }
        }
        let most = MOST_WAITING * samples_of(rate_hz);
        let excess = self.waiting.len().saturating_sub(most);
        self.waiting.drain(..excess);
    }

    /// Its next so many samples; silence where they have not come.
    fn next(&mut self, whole: usize) {
        self.says.clear();
        let there = whole.min(self.waiting.len());
        self.says.extend(self.waiting.drain(..there));
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("source", &self.source)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LegId;
    use crate::media::measure::{fit, tone};

    const A: Node = Node::Leg(LegId(1));
    const B: Node = Node::Leg(LegId(2));
    const C: Node = Node::Leg(LegId(3));

    #[test]
    fn everybody_hears_the_others_and_not_itself() {
        let mut mixer = Mixer::new(16_000);
        let voices = [(A, 8_000, 440.0), (B, 16_000, 700.0), (C, 48_000, 1_000.0)];
        for (source, _, _) in voices {
            mixer.join(source);
        }
        let mut heard = vec![Vec::new(); 4];
        for tick in 0..25 {
            for (source, rate, hz) in voices {
                let sound = tone(rate, hz, 5_000.0, samples_of(rate) * 25);
                let from = tick * samples_of(rate);
                let frame = Frame::of(rate, &sound[from..from + samples_of(rate)]);
                mixer.take(source, &frame);
            }
            mixer.mix();
            let mut frame = Frame::empty(8_000);
            for (heard, listener) in heard.iter_mut().zip([Some(A), Some(B), Some(C), None]) {
                mixer.write(listener, &mut frame);
                assert_eq!((frame.rate_hz, frame.len()), (16_000, 320));
                heard.extend_from_slice(frame.samples());
            }
        }
        for (n, heard) in heard.iter().enumerate() {
            // The filters take a moment to begin.
            let heard = &heard[1_600..];
            for (voice, hz) in [440.0, 700.0, 1_000.0].into_iter().enumerate() {
                let (level, _) = fit(16_000, hz, heard);
                match voice == n {
                    true => assert!(level < 100.0, "{n} hears itself: {level}"),
                    false => assert!((4_500.0..5_500.0).contains(&level), "{n} {hz}: {level}"),
                }
            }
        }
    }

    #[test]
    fn a_source_that_comes_too_fast_or_not_at_all_holds_nobody_up() {
        let mut mixer = Mixer::new(8_000);
        mixer.join(A);
        let mut frame = Frame::empty(8_000);
        mixer.mix();
        mixer.write(None, &mut frame);
        assert_eq!(frame.samples(), [0; 160]);
        for n in 0..10 {
            mixer.take(A, &Frame::of(8_000, &[n; 160]));
        }
        let mut first = Vec::new();
        for _ in 0..4 {
            mixer.mix();
            mixer.write(None, &mut frame);
            first.push(frame.samples()[0]);
        }
        assert_eq!(first, [7, 8, 9, 0]);
        mixer.take(A, &Frame::of(8_000, &[20_000; 160]));
        mixer.join(B);
        mixer.take(B, &Frame::of(8_000, &[20_000; 160]));
        // Nobody hears a stranger.
        mixer.take(C, &Frame::of(8_000, &[20_000; 160]));
        mixer.mix();
        mixer.write(None, &mut frame);
        assert_eq!(frame.samples(), [i16::MAX; 160]);
        mixer.part(B);
        mixer.mix();
        mixer.write(None, &mut frame);
        assert_eq!(frame.samples(), [0; 160]);
    }
}

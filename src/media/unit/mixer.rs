//! A mixer: all that it hears at once. Its sources tick at moments and rates of their own; what they say waits here
//! for the mixer's tick.
//!
//! Of many legs only the loudest are heard, lest the breath of a hundred be a storm. Who is heard keeps the floor until
//! somebody is clearly louder ([`talkers`](super::talkers)); whoever gains or loses it is faded in or out within a frame.

use std::collections::BTreeMap;

use super::talkers::{self, Level};
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
    /// Whom a listener does not hear, itself aside.
    without: BTreeMap<Node, Vec<Node>>,
    /// How many legs are heard at a time; 0: all.
    talkers: usize,
    /// The sum of this tick.
    total: Vec<i32>,
}

/// What a mixer can be told: `listener` does not hear these; none: it hears all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub listener: Node,
    pub without: Vec<Node>,
}

/// The listeners of whom somebody is not heard, at most.
const MOST_CHOOSY: usize = 1_000;

/// One source.
struct Input {
    source: Node,
    resampler: Option<Resampler>,
    /// What waits, at the mixer's rate.
    waiting: Vec<i16>,
    /// What it says in this tick.
    says: Vec<i16>,
    level: Level,
    floor: Floor,
}

/// Whether a source is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Floor {
    Has,
    /// It is heard from this tick on, or up to it.
    Gains,
    Loses,
    HasNot,
}

impl Mixer {
    /// `rate_hz`: of what it makes, 48000 at most.
    pub fn new(rate_hz: u32) -> Mixer {
        Mixer {
            rate_hz,
            inputs: Vec::new(),
            without: BTreeMap::new(),
            talkers: 0,
            total: Vec::new(),
        }
    }

    /// Of legs only the `most` loudest are heard; 0: all.
    pub fn with_talkers(self, most: usize) -> Mixer {
        Mixer {
            talkers: most,
            ..self
        }
    }

    pub fn obey(&mut self, Order { listener, without }: Order) {
        if without.is_empty() {
            self.without.remove(&listener);
        } else if self.without.len() < MOST_CHOOSY || self.without.contains_key(&listener) {
            self.without.insert(listener, without);
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
        }
        self.give_floor();
        for input in &mut self.inputs {
            input.fade();
            for (total, said) in self.total.iter_mut().zip(&input.says) {
                *total += i32::from(*said);
            }
        }
    }

    /// Who is heard in this tick. What is played is always heard.
    fn give_floor(&mut self) {
        let legs = || {
            let inputs = self.inputs.iter().enumerate();
            inputs.filter(|(_, input)| matches!(input.source, Node::Leg(_)))
        };
        let chosen = match legs().count() {
            legs if self.talkers == 0 || legs <= self.talkers => None,
            _ => Some(talkers::loudest(
                legs().map(|(n, input)| (n, input.level, input.is_heard())),
                self.talkers,
            )),
        };
        for (n, input) in self.inputs.iter_mut().enumerate() {
            let plays = !matches!(input.source, Node::Leg(_));
            let wanted = plays || chosen.as_ref().is_none_or(|chosen| chosen.contains(&n));
            input.floor = match (input.is_heard(), wanted) {
                (true, true) => Floor::Has,
                (false, true) => Floor::Gains,
                (true, false) => Floor::Loses,
                (false, false) => Floor::HasNot,
            };
        }
    }

    /// Whether the mix of this tick has nothing in it that `listener` is not to hear: it hears what everybody hears.
    pub fn is_common_to(&self, listener: Node) -> bool {
        self.not_for(Some(listener)).next().is_none()
    }

    /// The mix of this tick as `listener` hears it: without its own voice.
    pub fn write(&self, listener: Option<Node>, frame: &mut Frame) {
        frame.clear();
        frame.rate_hz = self.rate_hz;
        let mut left_out = self.not_for(listener);
        let room = frame.room();
        let length = self.total.len().min(room.len());
        let clamp = |sum: i32| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        match (left_out.next(), left_out.next()) {
            (None, _) => {
                for (room, total) in room.iter_mut().zip(&self.total) {
                    *room = clamp(*total);
                }
            }
            // Its own voice, mostly.
            (Some(own), None) => {
                let own = own.says.iter().copied().chain(std::iter::repeat(0));
                for ((room, total), own) in room.iter_mut().zip(&self.total).zip(own) {
                    *room = clamp(total - i32::from(own));
                }
            }
            (Some(_), Some(_)) => {
                let left_out: Vec<&Input> = self.not_for(listener).collect();
                for (n, (room, total)) in room.iter_mut().zip(&self.total).enumerate() {
                    let said = left_out
                        .iter()
                        .filter_map(|input| input.says.get(n).copied());
                    *room = clamp(total - said.map(i32::from).sum::<i32>());
                }
            }
        }
        frame.set_length(length);
    }

    /// Those who say something in this tick that `listener` does not hear.
    fn not_for(&self, listener: Option<Node>) -> impl Iterator<Item = &Input> {
        let without = listener.and_then(|listener| self.without.get(&listener));
        let speaking = self.inputs.iter().filter(|input| input.speaks());
        speaking.filter(move |input| {
            Some(input.source) == listener
                || without.is_some_and(|without| without.contains(&input.source))
        })
    }
}

impl Input {
    fn new(source: Node) -> Input {
        Input {
            source,
            resampler: None,
            waiting: Vec::new(),
            says: Vec::new(),
            level: Level::default(),
            floor: Floor::Has,
        }
    }

    fn is_heard(&self) -> bool {
        matches!(self.floor, Floor::Has | Floor::Gains)
    }

    /// Whether anything of it is in the mix of this tick.
    fn speaks(&self) -> bool {
        self.floor != Floor::HasNot && self.level.sounds()
    }

    /// What it says is heard as far as it has the floor.
    fn fade(&mut self) {
        let length = self.says.len() as i32;
        match self.floor {
            Floor::Has => {}
            Floor::HasNot => self.says.clear(),
            Floor::Gains => {
                for (n, sample) in (0..length).zip(&mut self.says) {
                    *sample = (i32::from(*sample) * n / length) as i16;
                }
            }
            Floor::Loses => {
                for (n, sample) in (0..length).zip(&mut self.says) {
                    *sample = (i32::from(*sample) * (length - n) / length) as i16;
                }
            }
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
        self.level.hear(&self.says);
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

//! A recorder: what it hears leaves the graph as one stream, or as two for left and right. Time goes on in it whether
//! anybody speaks or not.

use super::mixer::Mixer;
use crate::media::frame::Frame;
use crate::media::{Node, Side};

/// What a recorder can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Silence is recorded in the place of what it hears.
    Mute(bool),
}

/// 20 ms that leave the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// All of it, or what is left.
    pub frame: Frame,
    pub right: Option<Frame>,
}

#[derive(Debug)]
pub struct Recorder {
    left: Mixer,
    right: Option<Mixer>,
    muted: bool,
}

impl Recorder {
    pub fn new(rate_hz: u32, stereo: bool) -> Recorder {
        Recorder {
            left: Mixer::new(rate_hz),
            right: stereo.then(|| Mixer::new(rate_hz)),
            muted: false,
        }
    }

    /// On which side it is recorded; of a mono recorder both are one.
    pub fn join(&mut self, source: Node, side: Side) {
        self.part(source);
        match (&mut self.right, side) {
            (Some(right), Side::Right) => right.join(source),
            (Some(right), Side::Both) => {
                self.left.join(source);
                right.join(source);
            }
            (Some(_), Side::Left) | (None, _) => self.left.join(source),
        }
    }

    pub fn part(&mut self, source: Node) {
        self.left.part(source);
        if let Some(right) = &mut self.right {
            right.part(source);
        }
    }

    pub fn take(&mut self, source: Node, frame: &Frame) {
        self.left.take(source, frame);
        if let Some(right) = &mut self.right {
            right.take(source, frame);
        }
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::Mute(muted) => self.muted = muted,
        }
    }

    /// The next 20 ms.
    pub fn make(&mut self) -> Cut {
        let muted = self.muted;
        let next = |mixer: &mut Mixer| {
            let mut frame = Frame::silence(mixer.rate_hz());
            mixer.mix();
            if !muted {
                mixer.write(None, &mut frame);
            }
            frame
        };
        Cut {
            frame: next(&mut self.left),
            right: self.right.as_mut().map(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LegId;

    #[test]
    fn each_side_has_its_own_and_a_muted_recorder_goes_on_in_silence() {
        let (a, b) = (Node::Leg(LegId(1)), Node::Heard(LegId(1)));
        let player = Node::Leg(LegId(2));
        let first = |cut: &Cut| {
            let right = cut.right.as_ref().map(|frame| frame.samples()[0]);
            (cut.frame.samples()[0], right)
        };
        let say = |recorder: &mut Recorder| {
            for (source, sample) in [(a, 1), (b, 20), (player, 300)] {
                recorder.take(source, &Frame::of(8_000, &[sample; 160]));
            }
        };
        let mut told = Vec::new();
        for stereo in [false, true] {
            let mut recorder = Recorder::new(8_000, stereo);
            recorder.join(a, Side::Left);
            recorder.join(b, Side::Right);
            recorder.join(player, Side::Both);
            say(&mut recorder);
            told.push(first(&recorder.make()));
            say(&mut recorder);
            recorder.obey(Order::Mute(true));
            told.push(first(&recorder.make()));
            recorder.obey(Order::Mute(false));
            recorder.part(player);
            say(&mut recorder);
            told.push(first(&recorder.make()));
        }
        let (left, right) = (301, Some(320));
        let expected = [
            (321, None),
            (0, None),
            (21, None),
            (left, right),
            (0, Some(0)),
            (1, Some(20)),
        ];
        assert_eq!(told, expected);
    }
}

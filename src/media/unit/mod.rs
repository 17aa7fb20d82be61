//! What has sound and is no leg. A kind is a file and a variant here; a source makes a frame at each tick, a
//! sink takes what it hears.

pub mod cutter;
pub mod mixer;
pub mod player;
pub mod recorder;
mod talkers;
pub mod voice;

use crate::media::frame::Frame;
use crate::media::{Node, Side};
use cutter::{Cutter, Cutting};
use mixer::Mixer;
use player::Player;
pub use recorder::Cut;
use recorder::Recorder;
use voice::Voice;

/// A unit to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewUnit {
    Player {
        sound: player::Sound,
        looped: bool,
        /// It waits for a `Resume`.
        paused: bool,
    },
    /// Plays what comes from elsewhere, of which so much may wait.
    Voice { most_ms: u32 },
    /// Takes what it hears out of the graph, frame by frame: for whoever writes or sends it elsewhere.
    Outlet,
    /// Everybody who hears it hears all that it hears, but for themselves.
    /// Of legs only the `talkers` loudest are heard; 0: all.
    Mixer { rate_hz: u32, talkers: u32 },
    /// All that it hears leaves the graph as one stream, in step with time.
    Recorder { rate_hz: u32, stereo: bool },
    /// The utterances of what it hears leave the graph, an empty frame after each.
    Cutter(Cutting),
}

/// What a unit can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Player(player::Order),
    Recorder(recorder::Order),
    Mixer(mixer::Order),
    Voice(voice::Feed),
}

/// What a unit tells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    Player(player::News),
    Cutter(cutter::News),
    Voice(voice::News),
}

#[derive(Debug)]
pub(super) enum Unit {
    Player(Player),
    Voice(Box<Voice>),
    Outlet,
    Mixer(Mixer),
    Recorder(Box<Recorder>),
    Cutter(Box<Cutter>),
}

/// What came of a tick.
#[derive(Debug)]
pub(super) enum Made {
    Nothing,
    /// The frame, for all who hear it.
    Frame,
    /// A mix, another for each who hears it.
    Mix,
    /// It is to leave the graph.
    Cut(Box<Cut>),
}

/// What came of a frame that a sink took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is to leave the graph.
    Out,
    /// It waits for the unit's tick.
    Kept,
    /// It went nowhere.
    Ignored,
}

impl Unit {
    pub(super) fn new(unit: NewUnit) -> Unit {
        match unit {
            NewUnit::Player {
                sound,
                looped,
                paused,
            } => Unit::Player(Player::new(sound, looped, paused)),
            NewUnit::Voice { most_ms } => Unit::Voice(Box::new(Voice::new(most_ms))),
            NewUnit::Outlet => Unit::Outlet,
            NewUnit::Mixer { rate_hz, talkers } => {
                let mixer = Mixer::new(rate_hz);
                Unit::Mixer(mixer.with_talkers(talkers as usize))
            }
            NewUnit::Recorder { rate_hz, stereo } => {
                Unit::Recorder(Box::new(Recorder::new(rate_hz, stereo)))
            }
            NewUnit::Cutter(cutting) => Unit::Cutter(Box::new(Cutter::new(cutting))),
        }
    }

    /// Whether it makes a frame every 20 ms from now on.
    pub(super) fn sounds(&self) -> bool {
        match self {
            Unit::Player(player) => player.sounds(),
            Unit::Mixer(_) | Unit::Recorder(_) | Unit::Cutter(_) => true,
            Unit::Voice(voice) => voice.sounds(),
            Unit::Outlet => false,
        }
    }

    /// Whether it has any number of sources.
    pub(super) fn hears_many(&self) -> bool {
        match self {
            Unit::Mixer(_) | Unit::Recorder(_) => true,
            Unit::Player(_) | Unit::Voice(_) | Unit::Outlet | Unit::Cutter(_) => false,
        }
    }

    /// One source more; says whether it takes it.
    pub(super) fn join(&mut self, source: Node, side: Side) -> bool {
        match self {
            Unit::Mixer(mixer) => mixer.join(source),
            Unit::Recorder(recorder) => recorder.join(source, side),
            Unit::Player(_) | Unit::Voice(_) | Unit::Outlet | Unit::Cutter(_) => return false,
        }
        true
    }

    pub(super) fn part(&mut self, source: Node) {
        match self {
            Unit::Mixer(mixer) => mixer.part(source),
            Unit::Recorder(recorder) => recorder.part(source),
            Unit::Cutter(cutter) => cutter.part(source),
            Unit::Player(_) | Unit::Voice(_) | Unit::Outlet => {}
        }
    }

    /// An order for another kind does nothing.
    pub(super) fn obey(&mut self, order: Order) {
        match (self, order) {
            (Unit::Player(player), Order::Player(order)) => player.obey(order),
            (Unit::Recorder(recorder), Order::Recorder(order)) => recorder.obey(order),
            (Unit::Voice(voice), Order::Voice(feed)) => voice.obey(feed),
            (Unit::Mixer(mixer), Order::Mixer(order)) => mixer.obey(order),
            (_, _) => {}
        }
    }

    /// The frame of a tick, into `frame` where it is one for all.
    pub(super) fn make(&mut self, frame: &mut Frame, news: &mut Vec<News>) -> Made {
        match self {
            Unit::Player(player) => {
                let mut told = Vec::new();
                player.make(frame, &mut told);
                news.extend(told.into_iter().map(News::Player));
                match frame.is_empty() {
                    true => Made::Nothing,
                    false => Made::Frame,
                }
            }
            Unit::Voice(voice) => {
                let mut told = Vec::new();
                voice.make(frame, &mut told);
                news.extend(told.into_iter().map(News::Voice));
                match frame.is_empty() {
                    true => Made::Nothing,
                    false => Made::Frame,
                }
            }
            Unit::Mixer(mixer) => {
                mixer.mix();
                Made::Mix
            }
            Unit::Recorder(recorder) => Made::Cut(Box::new(recorder.make())),
            Unit::Cutter(cutter) => {
                let mut told = Vec::new();
                let cut = cutter.make(&mut told);
                news.extend(told.into_iter().map(News::Cutter));
                cut.map_or(Made::Nothing, |cut| Made::Cut(Box::new(cut)))
            }
            Unit::Outlet => Made::Nothing,
        }
    }

    /// Whether the mix of the tick has nothing in it that `listener` is not to hear.
    pub(super) fn is_common_to(&self, listener: Node) -> bool {
        match self {
            Unit::Mixer(mixer) => mixer.is_common_to(listener),
            _ => false,
        }
    }

    /// The mix of the tick as `listener` is to hear it.
    pub(super) fn mix_for(&self, listener: Node, frame: &mut Frame) {
        if let Unit::Mixer(mixer) = self {
            mixer.write(Some(listener), frame);
        }
    }

    /// A frame of what it hears.
    pub(super) fn take(&mut self, source: Node, frame: &Frame) -> Taken {
        match self {
            Unit::Outlet => return Taken::Out,
            Unit::Mixer(mixer) => mixer.take(source, frame),
            Unit::Recorder(recorder) => recorder.take(source, frame),
            Unit::Cutter(cutter) => cutter.take(source, frame),
            Unit::Player(_) | Unit::Voice(_) => return Taken::Ignored,
        }
        Taken::Kept
    }
}

//! What has sound and is no leg. A kind is a file and a variant here; a source makes a frame at each tick, a
//! sink takes what it hears.

pub mod player;

use crate::media::frame::Frame;
use player::Player;

/// A unit to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewUnit {
    Player {
        sound: player::Sound,
        looped: bool,
        /// It waits for a `Resume`.
        paused: bool,
    },
    /// Takes what it hears out of the graph, frame by frame: for whoever writes or sends it elsewhere.
    Outlet,
}

/// What a unit can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Player(player::Order),
}

/// What a unit tells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    Player(player::News),
}

#[derive(Debug)]
pub(super) enum Unit {
    Player(Player),
    Outlet,
}

/// What came of a frame that a sink took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is to leave the graph.
    Out,
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
            NewUnit::Outlet => Unit::Outlet,
        }
    }

    /// Whether it makes a frame every 20 ms from now on.
    pub(super) fn sounds(&self) -> bool {
        match self {
            Unit::Player(player) => player.sounds(),
            Unit::Outlet => false,
        }
    }

    /// An order for another kind does nothing.
    pub(super) fn obey(&mut self, order: Order) {
        match (self, order) {
            (Unit::Player(player), Order::Player(order)) => player.obey(order),
            (Unit::Outlet, Order::Player(_)) => {}
        }
    }

    /// The frame of a tick; an empty one is no sound at all.
    pub(super) fn make(&mut self, frame: &mut Frame, news: &mut Vec<News>) {
        match self {
            Unit::Player(player) => {
                let mut told = Vec::new();
                player.make(frame, &mut told);
                news.extend(told.into_iter().map(News::Player));
            }
            Unit::Outlet => frame.clear(),
        }
    }

    /// A frame of what it hears.
    pub(super) fn take(&mut self, _frame: &Frame) -> Taken {
        match self {
            Unit::Outlet => Taken::Out,
            Unit::Player(_) => Taken::Ignored,
        }
    }
}

//! Whoever a script calls and nobody has introduced, where a world has somebody who does that.

use super::World;
use crate::script::Command;
use crate::script::command::Destination;
use crate::settings::Settings;
use crate::sim::phone::{Manners, Owner};
use crate::sip::transport::Target;

/// Knows who is to be met under which name.
pub trait Strangers {
    /// Somebody to be introduced before the call is placed; `None` where they are known, or nobody is there.
    fn called(&mut self, to: &Destination) -> Option<Stranger>;
}

/// Somebody new.
pub struct Stranger {
    pub owner: Owner,
    pub manners: Manners,
    /// With which they are known.
    pub settings: Option<Box<Settings>>,
    /// The name of their host.
    pub host: Option<(String, Target)>,
}

impl World {
    /// From now on there is somebody who introduces whomever a script calls.
    pub fn let_in(&mut self, strangers: Box<dyn Strangers>) {
        self.strangers = Some(strangers);
    }

    /// Whoever is about to be called.
    pub(super) fn introduce(&mut self, commands: &[Command]) {
        let Some(strangers) = &mut self.strangers else {
            return;
        };
        let calls = commands.iter().filter_map(|command| match command {
            Command::PlaceCall(place) => strangers.called(&place.to),
            _ => None,
        });
        for stranger in calls.collect::<Vec<_>>() {
            if let Some(settings) = stranger.settings {
                self.board.set_settings((*settings).into(), self.now);
            }
            if let Some((host, target)) = stranger.host {
                self.add_host(&host, vec![target]);
            }
            self.add_phone(stranger.owner, stranger.manners);
        }
    }
}

//! The end of a session that broke.

use super::{Entry, Output, Switchboard};
use crate::base::{Now, SessionId};
use crate::media;
use crate::session::SocketWish;
use crate::sip::message::Headers;
use crate::sip::stack::Command;

impl Switchboard {
    /// A session that broke: its legs are ended, its isolate closed, its ports taken back.
    pub(super) fn bury(&mut self, id: SessionId, entry: Entry, now: Now) {
        if let Some(at) = entry.deadline {
            self.deadlines.remove(&(at, id));
        }
        let refers: Vec<_> = self
            .refers
            .iter()
            .filter(|(_, owner)| **owner == id)
            .map(|(refer, _)| *refer)
            .collect();
        for refer in refers {
            self.stack.handle_command(
                Command::Notify {
                    refer,
                    code: 500,
                    reason: None,
                },
                now.at,
            );
            // Where it was one of ours.
            self.stack
                .handle_command(Command::ForgetRefer { refer }, now.at);
        }
        let legs: Vec<_> = self
            .legs
            .iter()
            .filter(|(_, seat)| seat.session == id)
            .map(|(leg, _)| *leg)
            .collect();
        for leg in legs {
            if self.let_end_go(leg, 500, now) {
                continue;
            }
            self.stack.handle_command(
                Command::Hangup {
                    leg,
                    headers: Headers::new(),
                },
                now.at,
            );
        }
        let sounds: Vec<_> = self
            .sounds
            .iter()
            .filter(|(_, owner)| **owner == id)
            .map(|(leg, _)| *leg)
            .collect();
        for leg in sounds {
            self.sounds.remove(&leg);
            self.outputs
                .push_back(Output::Media(media::Command::Close { leg }));
        }
        for socket in entry.session.sockets() {
            self.outputs.push_back(Output::Socket {
                socket,
                wish: SocketWish::Drop,
                settings: self.settings.clone(),
            });
        }
        for unit in entry.session.units() {
            self.outputs
                .push_back(Output::Media(media::Command::Drop { unit }));
        }
        for port in entry.session.ports() {
            self.stock.put_back(port, now.at);
        }
        self.outputs.push_back(Output::CloseIsolate { session: id });
        self.firewall.forget(id);
        self.legs.retain(|_, seat| seat.session != id);
        self.refers.retain(|_, owner| *owner != id);
        self.hosts_no_more(id, entry.conference);
        self.forget_passages_to(id, now);
    }
}

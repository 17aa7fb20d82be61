//! What goes over sockets that a script has called private (`privacy: true`) is in no journal: of each text only its length is told.

use std::collections::BTreeSet;

use super::Entry;
use crate::base::socket::Heard;
use crate::base::{SessionId, UnitId};
use crate::script::socket::{SocketNews, SocketOrder};
use crate::script::unit::{NewUnit, UnitNews, UnitOrder};
use crate::script::{Command, Event};

/// The private sockets of a journal.
#[derive(Debug, Default)]
pub struct Private(BTreeSet<(SessionId, UnitId)>);

impl Private {
    pub fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Private {
        let mut private = Private::default();
        for entry in entries {
            if let Entry::Turn {
                session, commands, ..
            } = entry
            {
                private.learn(*session, commands);
            }
        }
        private
    }

    /// What a script has asked for in a turn.
    pub fn learn(&mut self, session: SessionId, commands: &[Command]) {
        for command in commands {
            if let Command::CreateUnit { unit, what } = command
                && let NewUnit::Socket(new) = what.as_ref()
                && new.keep.privacy
            {
                self.0.insert((session, *unit));
            }
        }
    }

    /// The same without its texts; `None` where it has none.
    pub fn cover(&self, entry: &Entry) -> Option<Entry> {
        if self.0.is_empty() {
            return None;
        }
        let mut covered = entry.clone();
        match &mut covered {
            Entry::Socket {
                session,
                unit,
                heard: Heard::Text { text },
            } if self.0.contains(&(*session, *unit)) => hide(text),
            Entry::Event { session, event, .. } => self.cover_event(*session, event),
            Entry::Turn {
                session, commands, ..
            } => {
                for command in commands {
                    self.cover_command(*session, command);
                }
            }
            _ => return None,
        }
        Some(covered)
    }

    fn cover_event(&self, session: SessionId, event: &mut Event) {
        match event {
            Event::Unit {
                unit,
                news: UnitNews::Socket(SocketNews::Message { text }),
            } if self.0.contains(&(session, *unit)) => hide(text),
            Event::After(before, event) => {
                for event in before {
                    self.cover_event(session, event);
                }
                self.cover_event(session, event);
            }
            _ => {}
        }
    }

    /// A command of a session without the texts of its private sockets.
    pub fn cover_command(&self, session: SessionId, command: &mut Command) {
        match command {
            Command::SteerUnit {
                unit,
                order: UnitOrder::Socket(SocketOrder::Send { text }),
            } if self.0.contains(&(session, *unit)) => hide(text),
            Command::CreateUnit { unit, what } if self.0.contains(&(session, *unit)) => {
                if let NewUnit::Socket(new) = what.as_mut() {
                    for (_, value) in &mut new.headers.0 {
                        hide(value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn hide(text: &mut String) {
    *text = format!("({} bytes)", text.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::socket::{Keep, SocketUrl};
    use crate::base::web::Headers;
    use crate::script::socket::NewSocket;

    const SESSION: SessionId = SessionId(1);

    fn turn(commands: Vec<Command>) -> Entry {
        Entry::Turn {
            session: SESSION,
            commands,
            fault: None,
        }
    }

    fn socket(unit: u32, privacy: bool) -> Command {
        let keep = Keep {
            privacy,
            ..Keep::default()
        };
        let headers = Headers(vec![("X-Card".into(), "4711".into())]);
        let what = Box::new(NewUnit::Socket(NewSocket {
            url: SocketUrl::parse("wss://h/").unwrap(),
            protocols: Vec::new(),
            headers,
            keep,
            place: None,
        }));
        let unit = UnitId(unit);
        Command::CreateUnit { unit, what }
    }

    /// One private socket, one that is not, and what goes over them.
    fn entries() -> Vec<Entry> {
        let text = || "my card is 4711".to_string();
        let mut entries = vec![turn(vec![socket(1, true), socket(2, false)])];
        for unit in [UnitId(1), UnitId(2)] {
            let news = UnitNews::Socket(SocketNews::Message { text: text() });
            let told = Event::Unit { unit, news };
            let order = UnitOrder::Socket(SocketOrder::Send { text: text() });
            entries.extend([
                Entry::Socket {
                    session: SESSION,
                    unit,
                    heard: Heard::Text { text: text() },
                },
                Entry::Event {
                    session: SESSION,
                    unix_ms: 0,
                    event: Event::After(vec![told.clone()], Box::new(told)),
                },
                turn(vec![Command::SteerUnit { unit, order }]),
            ]);
        }
        entries
    }

    #[test]
    fn nothing_that_went_over_a_private_socket_is_left_and_all_of_the_others() {
        let entries = entries();
        let private = Private::of(entries.iter());
        let covered = entries.iter().map(|entry| {
            let covered = private.cover(entry);
            serde_json::to_string(covered.as_ref().unwrap_or(entry)).unwrap()
        });
        let covered: Vec<String> = covered.collect();
        let told: Vec<usize> = covered
            .iter()
            .map(|text| text.matches("4711").count())
            .collect();
        assert_eq!(told, [1, 0, 0, 0, 1, 2, 1], "{covered:#?}");
        assert!(covered[1].contains("(15 bytes)"), "{}", covered[1]);
    }
}

//! What is planned for a moment, and how it is done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{SERVER_NAME, World};
use crate::media::dtmf::Stroke;
use crate::scenario::Catalog;
use crate::script::asr::Recognised;
use crate::settings::Settings;
use crate::sim::net::{Weather, Wrong};
use crate::sim::outside::Stub;
use crate::sim::phone::{Manners, Phone, Spelling, Wish};
use crate::sim::socket;
use crate::sim::voices::Utterance;

/// Something that is planned for a moment.
#[derive(Clone, Debug)]
pub enum Deed {
    Wish {
        phone: String,
        wish: Wish,
    },
    /// The phone presses keys.
    Press {
        phone: String,
        strokes: Vec<Stroke>,
    },
    /// From now on the phone says this on its calls; `None`: nothing, and it sends no sound.
    Say {
        phone: String,
        utterance: Option<Utterance>,
    },
    Manners {
        phone: String,
        manners: Box<Manners>,
    },
    /// `phone` calls `to` in the place of the call of `whose`, with `with` where that is said (RFC 3891).
    TakeOver {
        phone: String,
        to: String,
        whose: String,
        with: Option<String>,
        /// `to` is a phone, and asked past the switchboard.
        directly: bool,
        spelling: Spelling,
    },
    /// `phone` calls another phone past the switchboard.
    CallDirectly {
        phone: String,
        other: String,
    },
    /// A REFER outside any dialog about the call of `whose`, or about none.
    ReferOutside {
        phone: String,
        to: String,
        whose: Option<String>,
    },
    /// From now on nothing reaches the phone and nothing leaves it.
    Vanish {
        phone: String,
    },
    /// From now on the phone's port is closed, and the sender learns it.
    SwitchOff {
        phone: String,
    },
    Reappear {
        phone: String,
    },
    /// From now on the phone is no phone: everything that comes is sent back to the switchboard.
    SendBack {
        phone: String,
    },
    /// A server for sockets does something, by its name.
    Socket {
        server: String,
        deed: socket::Deed,
    },
    /// A server outside answers from now on.
    Serve(Box<Stub>),
    /// The recogniser says this of an utterance, so long after its end.
    Understand {
        recognised: Recognised,
        after: Duration,
    },
    /// There is no recogniser.
    NobodyUnderstands,
    /// The storage has an entry, for a day.
    Store {
        key: String,
        value: String,
    },
    /// Nothing can be written from now on; `None`: again it can.
    Disk {
        fault: Option<String>,
    },
    Catalog(Box<Catalog>),
    Settings(Box<Settings>),
    Weather(Weather),
    Wrong(Wrong),
    /// Nothing goes wrong any more, and whoever has vanished is back.
    Calm,
    /// No new calls; running ones are ended after so long, where that is given.
    Drain {
        within: Option<Duration>,
    },
    ShutDown,
}

impl World {
    pub(super) fn carry_out(&mut self, deed: Deed) {
        let now = self.now;
        let address = |phones: &BTreeMap<String, Phone>, phone: &str| {
            phones.get(phone).map(|phone| phone.owner().address)
        };
        match deed {
            Deed::Wish { phone, wish } => {
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.handle_wish(wish, now.at);
                }
            }
            Deed::TakeOver {
                phone,
                to,
                whose,
                with,
                directly,
                spelling,
            } => {
                let at = address(&self.phones, &to).filter(|_| directly);
                let other = self.phones.get(&whose);
                let ids = other.and_then(|other| other.dialog(with.as_deref()));
                match ids.map(Box::new) {
                    Some(ids) => {
                        let wish = Wish::TakeOver {
                            to,
                            at,
                            ids,
                            spelling,
                        };
                        self.carry_out(Deed::Wish { phone, wish });
                    }
                    None => self.note(&phone, &format!("finds no call of {whose} to take over")),
                }
            }
            Deed::CallDirectly { phone, other } => {
                if let Some(owner) = self.phones.get(&other).map(Phone::owner) {
                    let (user, address) = (owner.user.clone(), owner.address);
                    let wish = Wish::CallDirectly { user, address };
                    self.carry_out(Deed::Wish { phone, wish });
                }
            }
            Deed::ReferOutside { phone, to, whose } => {
                let about = whose.and_then(|whose| self.phones.get(&whose)?.dialog(None));
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.refer_outside(&to, about.as_ref(), self.now.at);
                }
            }
            Deed::Press { phone, strokes } => {
                if self.press(&phone, &strokes) == 0 {
                    self.note(&phone, "has no call that takes keys");
                }
            }
            Deed::Say { phone, utterance } => self.tell_to_say(&phone, utterance),
            Deed::Manners { phone, manners } => {
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.set_manners(*manners);
                }
            }
            Deed::Vanish { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.vanish(address);
                    self.note(&phone, "vanishes");
                }
            }
            Deed::SwitchOff { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.close(address);
                    self.note(&phone, "is switched off");
                }
            }
            Deed::Reappear { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.reappear(address);
                    self.note(&phone, "is back");
                }
            }
            Deed::SendBack { phone } => {
                self.relays.extend(address(&self.phones, &phone));
            }
            Deed::Understand { recognised, after } => {
                self.outside.recogniser().add(recognised, after);
            }
            Deed::NobodyUnderstands => self.outside.recogniser().be_absent(),
            Deed::Socket { server, deed } => self.act_socket(&server, None, deed),
            Deed::Serve(stub) => {
                self.outside.add(*stub);
            }
            Deed::Store { key, value } => self.outside.store(key, value, 86_400, now),
            Deed::Disk { fault } => {
                for (socket, heard) in self.outside.sockets().set_fault(fault.clone()) {
                    self.board.handle_socket(socket, heard, now);
                }
                for (unit, news) in self.disk.set_fault(fault) {
                    self.board.handle_recording(unit, news, now);
                }
            }
            Deed::Catalog(catalog) => {
                self.board.set_catalog(Arc::from(catalog));
                self.note(SERVER_NAME, "has new scenarios");
            }
            Deed::Settings(settings) => {
                self.storage_entries = settings.limits.storage_entries;
                self.board.set_settings(Arc::from(settings), now);
                self.note(SERVER_NAME, "has new settings");
            }
            Deed::Weather(weather) => self.net.set_weather(weather),
            Deed::Wrong(wrong) => self.net.expect_wrong(wrong),
            Deed::Calm => self.net.calm(),
            Deed::Drain { within } => {
                self.note(SERVER_NAME, "drains");
                self.board.drain(within.map(|within| now.at + within), now);
            }
            Deed::ShutDown => {
                self.note(SERVER_NAME, "shuts down");
                self.board.shut_down(now);
            }
        }
    }
}

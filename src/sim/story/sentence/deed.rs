//! What happens at a time: to a phone, or in the world outside.

use std::time::Duration;

use super::Said;
use crate::media::dtmf::strokes;
use crate::sim::story::utterance::utterance;
use crate::sim::story::wish::{spelling, wish};
use crate::sim::story::words::not_understood;
use crate::sim::story::{Story, outside};
use crate::sim::world::Deed;

impl Story {
    /// A phone does something, or is something else from then on.
    pub(super) fn do_at(&mut self, at: Duration, name: &str, words: &[&str]) -> Said {
        let phone = name.to_string();
        match words {
            ["vanishes"] => self.plan(at, Deed::Vanish { phone }),
            ["is", "switched", "off"] => self.plan(at, Deed::SwitchOff { phone }),
            ["presses", keys] => {
                let strokes = strokes(keys)?;
                self.plan(at, Deed::Press { phone, strokes })
            }
            ["says", what @ ..] => {
                let utterance = Some(utterance(what)?);
                self.plan(at, Deed::Say { phone, utterance });
            }
            ["falls", "silent"] => {
                let utterance = None;
                self.plan(at, Deed::Say { phone, utterance });
            }
            ["sends", "everything", "back"] => self.plan(at, Deed::SendBack { phone }),
            ["is", "back"] => self.plan(at, Deed::Reappear { phone }),
            ["calls", other, "directly"] => {
                self.member(other)?;
                let other = other.to_string();
                self.plan(at, Deed::CallDirectly { phone, other });
            }
            ["refers", "to", to, "outside", about @ ..] => {
                let whose = match about {
                    ["about", "no", "call"] => None,
                    ["about", whose, "call"] => {
                        let whose = whose.trim_end_matches("'s");
                        self.member(whose)?;
                        Some(whose.to_string())
                    }
                    words => return not_understood(words),
                };
                let to = to.to_string();
                self.plan(at, Deed::ReferOutside { phone, to, whose });
            }
            ["calls", to, "replacing", whose, "call", rest @ ..] => {
                let deed = self.take_over((phone, to, false), whose, rest)?;
                self.plan(at, deed);
            }
            [
                "calls",
                to,
                "directly",
                "replacing",
                whose,
                "call",
                rest @ ..,
            ] => {
                self.member(to)?;
                let deed = self.take_over((phone, to, true), whose, rest)?;
                self.plan(at, deed);
            }
            rest => match wish(rest)? {
                Some(wish) => self.plan(at, Deed::Wish { phone, wish }),
                None => {
                    self.mind(name, rest)?;
                    let manners = Box::new(self.member(name)?.later.clone());
                    self.plan(at, Deed::Manners { phone, manners });
                }
            },
        }
        Ok(())
    }

    fn take_over(
        &mut self,
        (phone, to, directly): (String, &str, bool),
        whose: &str,
        words: &[&str],
    ) -> Result<Deed, String> {
        let whose = whose.trim_end_matches("'s");
        self.member(whose)?;
        let (with, words) = match words {
            ["with", "tags", ..] => (None, words),
            ["with", peer, rest @ ..] => (Some(peer.to_string()), rest),
            words => (None, words),
        };
        Ok(Deed::TakeOver {
            phone,
            to: to.to_string(),
            whose: whose.to_string(),
            with,
            directly,
            spelling: spelling(words)?,
        })
    }

    pub(super) fn outside(&mut self, at: Duration, words: &[&str]) -> Said {
        let deed = match words {
            ["http", rest @ ..] => Deed::Serve(Box::new(outside::server(rest)?)),
            ["recogniser", rest @ ..] => outside::recogniser(rest)?,
            ["socket", name, rest @ ..] => Deed::Socket {
                server: name.to_string(),
                deed: outside::socket(name, rest)?,
            },
            ["storage", "has", key, value] => Deed::Store {
                key: key.to_string(),
                value: value.to_string(),
            },
            ["the", "disk", "is", "full"] => Deed::Disk {
                fault: Some("the disk is full".to_string()),
            },
            ["the", "disk", "cannot", "be", "written"] => Deed::Disk {
                fault: Some("the recording cannot be written: Permission denied".to_string()),
            },
            ["the", "disk", "has", "room"] => Deed::Disk { fault: None },
            words => return not_understood(words),
        };
        self.plan(at, deed);
        Ok(())
    }
}

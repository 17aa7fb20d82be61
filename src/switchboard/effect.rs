//! What sessions ask for: SIP and sound are seen to here, the rest goes out to the shell.

use std::borrow::Cow;

use super::party::{Seat, Who};
use super::{Count, Output, Switchboard};
use crate::base::pii::without_seals;
use crate::base::{Now, SessionId, SoundId};
use crate::media;
use crate::script::command::Level;
use crate::session::Effect;
use crate::settings::sound::{Asr, Recogniser};
use crate::sip::stack::Command;

impl Switchboard {
    pub(super) fn carry_out(&mut self, id: SessionId, effect: Effect, now: Now) {
        match effect {
            Effect::Sip(command) => {
                let mut placed = None;
                if let Command::Invite(invite) = &command {
                    placed = Some(invite.leg);
                    let seat = || Seat::of_dialled(id, Who::Stranger, 0);
                    self.legs.entry(invite.leg).or_insert_with(seat);
                }
                if let Command::RefuseRefer { refer, .. } = &command {
                    self.firewall.settled(*refer);
                }
                self.stack.handle_command(command, now.at);
                if let Some(leg) = placed {
                    self.scribe.call(id, self.stack.call_id(leg));
                }
            }
            Effect::Media(command) => {
                self.scribe.media(id, &command);
                if let media::Command::Open { leg, .. } = &command {
                    self.sounds.insert(*leg, id);
                }
                if let media::Command::Close { leg } = &command {
                    self.sounds.remove(leg);
                }
                let command = match command {
                    media::Command::Describe { leg, line } => {
                        let line = self.without_reflection(id, line);
                        media::Command::Describe { leg, line }
                    }
                    other => other,
                };
                self.outputs.push_back(Output::Media(command));
            }
            Effect::FreePort(port) => self.stock.put_back(port, now.at),
            Effect::Turn(event) => {
                self.scribe.told(id, &event);
                self.outputs.push_back(Output::Turn { session: id, event });
            }
            Effect::Log { level, text } => self.log(id, level, text),
            Effect::Record(record) => self.outputs.push_back(Output::Record(record)),
            Effect::CloseIsolate => self.outputs.push_back(Output::CloseIsolate { session: id }),
            Effect::WatchRefer(refer) => {
                self.refers.insert(refer, id);
                self.firewall.accepted(refer);
            }
            Effect::FollowRefer(refer) => {
                self.refers.insert(refer, id);
                self.outputs.push_back(Output::Count(Count::ReferSent));
            }
            Effect::UnfollowRefer { refer, code } => {
                if code >= 300 {
                    self.scribe.fail(id, || {
                        format!("a transfer that the script asked for ended with {code}")
                    });
                }
                self.refers.remove(&refer);
                self.outputs
                    .push_back(Output::Count(Count::ReferEnded { code }));
            }
            Effect::Fetch {
                unit,
                source,
                place,
            } => self.outputs.push_back(Output::Fetch {
                unit: SoundId { session: id, unit },
                source,
                place,
                settings: self.settings.clone(),
            }),
            Effect::Recording { unit, wish } => self.outputs.push_back(Output::Recording {
                unit: SoundId { session: id, unit },
                wish,
                settings: self.settings.clone(),
            }),
            Effect::Recognise { unit, asr } => {
                let unit = SoundId { session: id, unit };
                let what = media::NewUnit::Cutter(cutting(&self.settings.speech.asr));
                let create = media::Command::Create { unit, what };
                self.outputs.push_back(Output::Media(create));
                self.outputs.push_back(Output::Recognise {
                    unit,
                    asr,
                    settings: self.settings.clone(),
                });
            }
            Effect::Socket { unit, wish } => self.outputs.push_back(Output::Socket {
                socket: SoundId { session: id, unit },
                wish,
                settings: self.settings.clone(),
            }),
            Effect::Post(post) => self.outputs.push_back(Output::Post {
                post,
                allow: self.settings.http.allow.clone(),
            }),
            Effect::Inquire {
                inquiry,
                what,
                place,
            } => self.outputs.push_back(Output::Inquire {
                session: id,
                inquiry,
                what,
                place,
                allow: self.settings.http.allow.clone(),
            }),
            Effect::Verdict { refer, code } => {
                if code >= 300 {
                    self.scribe
                        .fail(id, || format!("a transfer ended with {code}"));
                }
                self.count_verdict(refer, code, now)
            }
            Effect::Refused { code } => self.count_refused(code),
            Effect::Errand(errand) => self.errands.push_back((id, errand)),
        }
    }

    /// A line of a session's log.
    pub(super) fn log(&mut self, session: SessionId, level: Level, text: String) {
        let text = match without_seals(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        };
        self.scribe.log(session, level, &text);
        self.outputs.push_back(Output::Log {
            session,
            level,
            text,
        });
    }
}

/// How the utterances are cut that a recogniser gets.
fn cutting(asr: &Asr) -> media::unit::cutter::Cutting {
    media::unit::cutter::Cutting {
        rate_hz: asr.rate_hz,
        quiet_ms: asr.quiet_ms,
        longest_ms: asr.longest_s * 1_000,
        whole: matches!(asr.service, Some(Recogniser::Socket(_))),
    }
}

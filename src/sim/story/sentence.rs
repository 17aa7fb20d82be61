//! What a story can say. Commas are for the reader; what follows ` #` is a remark.
//!
//! ```text
//! scenario NAME                             its text by name, or after it between lines of ```
//! rule PATTERN runs NAME…                   else the only scenario takes everything
//! conference PATTERN runs NAME…             a rule whose calls to one number are calls of one session
//! seed N · think SECONDS · ports N
//! lasts SECONDS · until SECONDS             900 without it; with `until` something may be left
//! setting limits.aloneS 5                   also `at 5 setting …`
//! clip NAME 2 s of 440 Hz | speech          what is found at a URL, in the media folder, or is said
//! phones NAME…                              one for each user of that name
//! phone NAME of USER                        another device
//! users NAME…                               reachable at their phones, without passwords
//! password USER SECRET                      also `at 5 password …`
//! profile NAME PROFILE                      of a user or trunk: how it is told of transfers
//! trunk NAME takes PATTERN [brings PATTERN] [as USER SECRET]   NAME is a phone
//! delays 0.01 to 0.2 · loses 50 of 1000 · doubles 50 of 1000
//! lose|double the 1st NOTIFY [from NAME] [to NAME]
//! lose every 200 to BYE · delay the 2nd ACK by 3
//!
//! NAME rings after 0.1[, answers after 1]   NAME answers after 1
//! NAME sends early media after 0.1[, answers after 1]
//! NAME rejects with 486 after 0.2           NAME is silent
//! NAME gives up after 5                     NAME hangs up after 5
//! NAME wants its sound at 239.1.1.1:4000    whatever it says of its own address
//! NAME speaks PCMU, PCMA                    NAME refuses replacements with 488
//! NAME sends Max-Forwards 3
//! NAME calls itself "User-Agent"            NAME adds "Name: value" to its INVITEs and REFERs
//! NAME takes transfers [with 200] [for 60] [telling again every 30] [leaving after 0.2] [calling nobody]
//! NAME refuses transfers with 405           NAME challenges transfers
//! NAME leaves when accepted [after 0.2]     NAME leaves on success [after 0.2]
//!     each also `at 3 …`, from then on
//!
//! at T NAME calls TO · answers · rings · rejects with CODE · hangs up · holds · resumes
//!           · answers|hangs up|holds|resumes PEER           its newest call with that peer
//!           · refers [PEER] to TO                            TO a number, a user or a whole Refer-To
//!           · refers to TO [, without Referred-By] [, referred by ADDRESS] [, with HEADER VALUE…]
//!           · registers [for S] · unregisters · pings · sends info "…" · sends text "…"
//!           · vanishes · is switched off · is back
//!           · sends everything back                          a proxy whose numbers lead to us again
//!           · transfers PEER to OTHER [, SPELLING…]          attended: the REFER in the call with PEER names
//!                                                            the call with OTHER
//!           · calls TO [directly] replacing NAME's call [with PEER] [, SPELLING…]
//!           · calls NAME directly                            past the switchboard
//!           · refers to TO outside about NAME's call | about no call     outside any dialog, with its Target-Dialog
//!     SPELLING of a Replaces: early-only · swapped · in lower case · with tags 0 · by Call-ID alone
//!           · of a foreign Call-ID · at its Contact · twice · beside a Join · required · referred by NAME
//! [at T] http [METHOD] URL answers CODE ["body"] | plays 2 s of 440 Hz | fails | is silent [after S] [times N]
//!                                           the newest one answers
//! [at T] storage has KEY VALUE
//! [at T] recogniser understands "TEXT" [with 80] | fails "WHY" [after S]    of the next utterance that nothing is said of
//! recogniser is absent                      as where no setting names one
//! socket NAME at URL [refuses 403 | fails | echoes]     a server for WebSockets
//! at T socket NAME says "…" · plays 2 s of 440 Hz [tagged TAG] [as ULAW] · closes [CODE ["reason"]] · breaks
//! at T socket NAME connects to the session at PATH      to the newest one, as a server that has its access URL
//! at T socket NAME asks the session METHOD PATH ["…"]   a request to it, without a WebSocket
//! at T NAME presses 12#w3                       as telephone-events; `w`, `,` and `p` are pauses
//! at T NAME says 440 [and 480] Hz | speech | silence | keys 12#   [at -20 dB] [for 2]      as real sound, from then on: at
//!                                           -15 dB of full scale where it does not say; after its time, silence
//! at T NAME falls silent                        sends no sound any more
//! [at T] the disk is full | cannot be written | has room
//! at T switchhook drains [within S] · shuts down
//! at T scenario NAME changes                its new text between lines of ```
//!
//! [at T] expect NAME hears NAME… | nobody
//! [at T] expect [never] NAME hears 440 Hz [at -15 dB]    a tone that the switchboard makes or a phone says; within 1.5 dB
//! [at T] expect [never] NAME hears NAME's speech [within 0.05]    what the other says, as loud and hardly changed; the latest 3 s
//! [at T] expect [never] NAME hears clip NAME since T [within 0.05]     what is played from a time of the story on, likewise
//! [at T] expect NAME has got keys 12# | no keys         as telephone-events
//! [at T] expect NAME talks to NAME
//! [at T] expect NAME is offered PCMA, PCMU | talks in PCMA
//! [at T] expect NAME is without sound for 0.5 at most   while the one it heard before is still there
//! [at T] expect NAME is told 100, 180, 200 | nothing
//! [at T] expect NAME has 1 call             also `has no call`
//! [at T] expect [never] NAME is refused: 404        any news of a phone, as ladders of tests tell it
//! [at T] expect [never] log "…"
//! [at T] expect [never] posted "…"          URL and JSON of something that was told to a URL
//! [at T] expect [never] socket NAME has a trace with "…"
//! [at T] expect [never] socket NAME has figures with sent.text.messages 3
//! [at T] expect [never] socket NAME has got "…" | hears 440 Hz [at -15 dB]     a text, or the start of a stream
//! [at T] expect [never] asked "…"           METHOD URL and body of a request of a scenario
//! [at T] expect [never] recording 1 [left|right] holds 440 Hz [at -15 dB] [from T to T]   times of the recording
//! [at T] expect [never] recording 1 [left|right] holds NAME's speech | clip NAME since T [within 0.05]     as a phone hears it
//! [at T] expect [never] recording 1 lasts 2.5                         seconds, to a frame or two
//! [at T] expect [never] recording 1 is stereo mp3 at 8000 Hz
//! [at T] expect 2 refusals by targets.deny            as /metrics counts them
//! [at T] expect 1 message "NOTIFY"          how often it was sent, repetitions left out
//! ```

mod cast;
mod deed;
mod expect;
mod harm;
mod manners;

use std::time::Duration;

use super::words::{not_understood, number, seconds, words};
use super::{Source, Step, Story, What, setting};
use crate::sim::world::{Deed, SERVER_NAME};

/// A line of a story, with the text between the lines of backquotes after it.
pub(super) struct Sentence<'a> {
    pub number: usize,
    pub text: &'a str,
    pub inline: Option<String>,
}

pub(super) type Said = Result<(), String>;

impl Story {
    pub(super) fn tell(&mut self, sentence: Sentence) -> Said {
        let text = sentence.text.split(" #").next().unwrap_or_default().trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        let words = words(text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["at", at, rest @ ..] => self.at(seconds(at)?, rest, &sentence),
            ["expect", rest @ ..] => self.expect(None, rest, sentence.number),
            rest => self.beforehand(rest, &sentence),
        }
    }

    /// What holds from the start.
    fn beforehand(&mut self, words: &[&str], sentence: &Sentence) -> Said {
        match words {
            ["scenario", name] => {
                let source = sentence
                    .inline
                    .clone()
                    .map_or(Source::Named, Source::Inline);
                self.scenarios.push((name.to_string(), source));
            }
            [kind @ ("rule" | "conference"), pattern, "runs", names @ ..] => {
                let names = names.iter().map(|name| name.to_string()).collect();
                self.rules
                    .push((pattern.to_string(), names, *kind == "conference"));
            }
            ["seed", seed] => self.seed = number(seed)?,
            ["ports", ports] => self.ports = number(ports)?,
            ["think", time] => self.think = seconds(time)?,
            ["lasts", time] => self.lasts = seconds(time)?,
            ["until", time] => self.until = Some(seconds(time)?),
            ["setting", name, value] => setting::set(&mut self.settings, name, value)?,
            ["clip", name, long, "s", "of", hz, "Hz"] => {
                let clip = crate::sim::clips::tone(number(hz)?, seconds(long)?);
                self.clips.push((name.to_string(), clip));
            }
            ["clip", name, long, "s", "of", "speech"] => {
                let clip = crate::sim::clips::speech(seconds(long)?);
                self.clips.push((name.to_string(), clip));
            }
            ["phones", names @ ..] => {
                for name in names {
                    self.add_member(name, name)?;
                }
            }
            ["phone", name, "of", user] => self.add_member(name, user)?,
            ["users", names @ ..] => {
                for name in names {
                    self.add_user(name)?;
                }
            }
            ["password", user, secret] => self.add_password(user, secret),
            ["profile", name, profile] => self.set_profile(name, profile)?,
            ["trunk", name, rest @ ..] => self.add_trunk(name, rest)?,
            ["delays", from, "to", to] => self.weather.delay = (seconds(from)?, seconds(to)?),
            ["loses", lost, "of", "1000"] => self.weather.lost = number(lost)?,
            ["doubles", doubled, "of", "1000"] => self.weather.doubled = number(doubled)?,
            ["lose" | "double" | "delay", ..] => {
                let wrong = self.wrong(words)?;
                self.plan(Duration::ZERO, Deed::Wrong(wrong));
            }
            ["http" | "storage" | "recogniser" | "the" | "socket", ..] => {
                self.outside(Duration::ZERO, words)?
            }
            [name, rest @ ..] if self.cast.iter().any(|member| member.name == *name) => {
                self.mind(name, rest)?;
                let member = self.member(name)?;
                member.manners = member.later.clone();
            }
            words => return not_understood(words),
        }
        Ok(())
    }

    fn at(&mut self, at: Duration, words: &[&str], sentence: &Sentence) -> Said {
        match words {
            ["expect", rest @ ..] => return self.expect(Some(at), rest, sentence.number),
            ["setting", name, value] => {
                self.reconfigure(at, |story| setting::set(&mut story.settings, name, value))?;
            }
            ["password", user, secret] => {
                self.reconfigure(at, |story| {
                    story.add_password(user, secret);
                    Ok(())
                })?;
            }
            ["scenario", name, "changes"] => {
                let source = sentence.inline.clone().ok_or("its new text is missing")?;
                let what = What::Change {
                    scenario: name.to_string(),
                    source: Source::Inline(source),
                };
                self.steps.push(Step { at, what });
            }
            ["lose" | "double" | "delay", ..] => {
                let wrong = self.wrong(words)?;
                self.plan(at, Deed::Wrong(wrong));
            }
            ["http" | "storage" | "recogniser" | "the" | "socket", ..] => {
                self.outside(at, words)?
            }
            [SERVER_NAME, "drains"] => self.plan(at, Deed::Drain { within: None }),
            [SERVER_NAME, "drains", "within", time] => {
                let within = Some(seconds(time)?);
                self.plan(at, Deed::Drain { within });
            }
            [SERVER_NAME, "shuts", "down"] => self.plan(at, Deed::ShutDown),
            [name, rest @ ..] => {
                self.member(name)?;
                self.do_at(at, name, rest)?;
            }
            [] => return Err("nothing happens".to_string()),
        }
        Ok(())
    }

    /// The settings are others from then on.
    fn reconfigure(&mut self, at: Duration, change: impl FnOnce(&mut Story) -> Said) -> Said {
        let start = self.settings.clone();
        if let Some(later) = self.later.take() {
            self.settings = *later;
        }
        let changed = change(self);
        let later = std::mem::replace(&mut self.settings, start);
        self.later = Some(Box::new(later.clone()));
        self.plan(at, Deed::Settings(Box::new(later)));
        changed
    }

    fn plan(&mut self, at: Duration, deed: Deed) {
        let what = What::Deed(deed);
        self.steps.push(Step { at, what });
    }
}

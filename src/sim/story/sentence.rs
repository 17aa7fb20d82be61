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

use std::time::Duration;

use super::utterance::utterance;
use super::wish::{spelling, wish};
use super::words::{is_method, not_understood, number, ordinal, seconds, words};
use super::{Check, Expected, Source, Step, Story, What, setting};
use super::{alike, outside, recorded};
use crate::base::pattern::Pattern as Regex;
use crate::base::pii::Secret;
use crate::media::dtmf::strokes;
use crate::sdp::Codec;
use crate::settings::{Profile, Trunk, User};
use crate::sim::net::{Harm, Kind, Pattern, Which, Wrong};
use crate::sim::phone::{Following, Reception, Taking, Then};
use crate::sim::tape::Original;
use crate::sim::world::{Deed, SERVER_NAME};
use crate::sip::message::Uri;

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

    fn outside(&mut self, at: Duration, words: &[&str]) -> Said {
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
                let phone = name.to_string();
                match rest {
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
            }
            [] => return Err("nothing happens".to_string()),
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

    /// How a phone behaves from now on.
    fn mind(&mut self, name: &str, words: &[&str]) -> Said {
        let manners = &mut self.member(name)?.later;
        match words {
            ["rings", "after", rings] => {
                manners.usual.rings = Some((180, seconds(rings)?));
                manners.usual.then = Then::Wait;
            }
            ["rings", "after", rings, "answers", "after", answers] => {
                manners.usual = Reception::answer(seconds(rings)?, seconds(answers)?);
            }
            ["sends", "early", "media", "after", rings] => {
                manners.usual.rings = Some((183, seconds(rings)?));
                manners.usual.then = Then::Wait;
            }
            [
                "sends",
                "early",
                "media",
                "after",
                rings,
                "answers",
                "after",
                answers,
            ] => {
                manners.usual.rings = Some((183, seconds(rings)?));
                manners.usual.then = Then::Answer(seconds(answers)?);
            }
            ["answers", "after", answers] => {
                manners.usual.rings = None;
                manners.usual.then = Then::Answer(seconds(answers)?);
            }
            ["rejects", "with", code, "after", time] => {
                manners.usual = Reception::reject(number(code)?, seconds(time)?);
            }
            [
                "rings",
                "after",
                rings,
                "rejects",
                "with",
                code,
                "after",
                time,
            ] => {
                manners.usual.rings = Some((180, seconds(rings)?));
                manners.usual.then = Then::Reject(number(code)?, seconds(time)?);
            }
            ["speaks", codecs @ ..] => {
                let codec = |name: &&str| {
                    let codec = Codec::labelled(name);
                    codec.ok_or_else(|| format!("`{name}` is none of {}", Codec::labels()))
                };
                manners.codecs = codecs.iter().map(codec).collect::<Result<_, _>>()?;
            }
            ["wants", "its", "sound", "at", address] => {
                let address = address.parse();
                manners.sound_at = Some(address.map_err(|_| "an address and port are wanted")?);
            }
            ["adds", header] => {
                let header = header.split_once(": ");
                let (name, value) = header.ok_or("a header is `Name: value`")?;
                manners.adds.push((name.to_string(), value.to_string()));
            }
            ["sends", "Max-Forwards", hops] => manners.max_forwards = number(hops)?,
            ["calls", "itself", agent] => manners.agent = Some(agent.to_string()),
            ["is", "silent"] => manners.usual = Reception::SILENT,
            ["takes", "transfers", how @ ..] => manners.follows = Some(following(how)?),
            ["refuses", "transfers", "with", code] => {
                let taking = Taking::Refuse(number(code)?);
                manners.follows = Some(Following::new(taking));
            }
            ["challenges", "transfers"] => {
                manners.follows = Some(Following::new(Taking::Challenge));
            }
            ["refuses", "replacements", "with", code] => manners.unmoved = Some(number(code)?),
            ["gives", "up", "after", time] => manners.patience = Some(seconds(time)?),
            ["hangs", "up", "after", time] => manners.talks_for = Some(seconds(time)?),
            ["leaves", "when", "accepted"] => manners.leaves_when_accepted = Some(Duration::ZERO),
            ["leaves", "when", "accepted", "after", time] => {
                manners.leaves_when_accepted = Some(seconds(time)?);
            }
            ["leaves", "on", "success"] => manners.leaves_on_success = Some(Duration::ZERO),
            ["leaves", "on", "success", "after", time] => {
                manners.leaves_on_success = Some(seconds(time)?);
            }
            words => return not_understood(&[&[name], words].concat()),
        }
        Ok(())
    }

    fn expect(&mut self, at: Option<Duration>, words: &[&str], line: usize) -> Said {
        let (never, rest) = match words {
            ["never", rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let expected = match rest {
            ["posted", text] => Expected::Posted {
                text: text.to_string(),
                never,
            },
            ["socket", name, "has", "got", text] => Expected::SocketTold {
                server: name.to_string(),
                text: text.to_string(),
                never,
            },
            ["socket", name, "has", "a", "trace", "with", text] => Expected::SocketTraced {
                server: name.to_string(),
                text: text.to_string(),
                never,
            },
            ["socket", name, "has", "figures", "with", path, value] => Expected::SocketFigure {
                server: name.to_string(),
                path: path.to_string(),
                value: value.to_string(),
                never,
            },
            ["socket", name, "hears", hz, "Hz", level @ ..] => Expected::SocketTone {
                server: name.to_string(),
                hz: number(hz)?,
                dbfs: match level {
                    [] => None,
                    ["at", level, "dB"] => Some(number(level)?),
                    words => return not_understood(words),
                },
                never,
            },
            ["asked", text] => Expected::Asked {
                text: text.to_string(),
                never,
            },
            ["log", text] => Expected::Log {
                text: text.to_string(),
                never,
            },
            ["recording", count, rest @ ..] => Expected::Recorded {
                number: number(count)?,
                what: recorded::read(rest)?,
                never,
            },
            [count, "refusal" | "refusals", "by", rule] if !never => Expected::Refusals {
                rule: rule.to_string(),
                count: number(count)?,
            },
            [count, "message" | "messages", text] if !never => Expected::Ladder {
                text: text.to_string(),
                count: number(count)?,
            },
            [name, news @ ..] => {
                self.member(name)?;
                self.expect_of(name, news, never)?
            }
            [] => return Err("nothing is expected".to_string()),
        };
        let text = words.join(" ");
        self.checks.push(Check {
            line,
            at,
            text,
            expected,
        });
        Ok(())
    }

    fn expect_of(&mut self, name: &str, words: &[&str], never: bool) -> Result<Expected, String> {
        let phone = name.to_string();
        if let ["hears", rest @ ..] = words
            && let Some(alike) = alike::read(rest)?
        {
            if let Original::Phone(speaker) = &alike.original {
                self.member(speaker)?;
            }
            return Ok(Expected::Speech {
                listener: phone,
                alike,
                never,
            });
        }
        Ok(match words {
            ["hears", "of", ..] | ["is", "told", "the", ..] => Expected::News {
                phone,
                news: words.join(" "),
                never,
            },
            ["has", "got", "no", "keys"] => Expected::Keys {
                listener: phone,
                keys: String::new(),
            },
            ["has", "got", "keys", keys] => Expected::Keys {
                listener: phone,
                keys: keys.to_string(),
            },
            ["hears", hz, "Hz", level @ ..] => Expected::Tone {
                listener: phone,
                hz: number(hz)?,
                dbfs: match level {
                    [] => None,
                    ["at", level, "dB"] => Some(number(level)?),
                    words => return Err(format!("not understood: `{}`", words.join(" "))),
                },
                never,
            },
            ["hears", "nobody"] => Expected::Hears {
                listener: phone,
                speakers: Vec::new(),
            },
            ["hears", speakers @ ..] => {
                for speaker in speakers {
                    self.member(speaker)?;
                }
                let speakers = speakers.iter().map(|speaker| speaker.to_string()).collect();
                Expected::Hears {
                    listener: phone,
                    speakers,
                }
            }
            ["is", "offered", codecs @ ..] => {
                let codecs: Option<_> = codecs.iter().map(|label| Codec::labelled(label)).collect();
                Expected::Offered {
                    phone,
                    codecs: codecs.ok_or_else(|| format!("codecs are {}", Codec::labels()))?,
                }
            }
            ["talks", "in", codec] => Expected::TalksIn {
                phone,
                codec: Codec::labelled(codec)
                    .ok_or_else(|| format!("`{codec}` is none of {}", Codec::labels()))?,
            },
            ["talks", "to", other] => {
                self.member(other)?;
                Expected::Talks {
                    one: phone,
                    other: other.to_string(),
                }
            }
            ["is", "without", "sound", "for", time, "at", "most"] => Expected::Sound {
                phone,
                within: seconds(time)?,
            },
            ["is", "told", "nothing"] => Expected::Told {
                phone,
                codes: Vec::new(),
            },
            ["is", "told", codes @ ..] => {
                let codes: Result<_, _> = codes.iter().map(|code| number(code)).collect();
                Expected::Told {
                    phone,
                    codes: codes?,
                }
            }
            ["has", "no", "call"] => Expected::Calls { phone, count: 0 },
            ["has", count, "call" | "calls"] => Expected::Calls {
                phone,
                count: number(count)?,
            },
            words => Expected::News {
                phone,
                news: words.join(" "),
                never,
            },
        })
    }

    fn add_user(&mut self, name: &str) -> Said {
        let address = self.member(name)?.address;
        let contact = Uri::sip(name, &address.ip().to_string(), None);
        let user = self.user(name);
        user.contact = Some(contact);
        Ok(())
    }

    fn add_password(&mut self, name: &str, secret: &str) {
        self.user(name).password = Some(Secret::new(secret));
        for member in self.cast.iter_mut().filter(|member| member.user == name) {
            member.password = Some(Secret::new(secret));
        }
    }

    fn set_profile(&mut self, name: &str, profile: &str) -> Said {
        let found = Profile::named(profile);
        let profile = Some(found.ok_or_else(|| format!("there is no profile `{profile}`"))?);
        let mut trunks = self.settings.trunks.iter_mut();
        match trunks.find(|trunk| trunk.name == name) {
            Some(trunk) => trunk.profile = profile,
            None => self.user(name).profile = profile,
        }
        Ok(())
    }

    fn user(&mut self, name: &str) -> &mut User {
        let sound = self.settings.sound_of_others();
        self.settings.users.entry(name.to_string()).or_insert(User {
            password: None,
            display_name: None,
            contact: None,
            profile: None,
            sound,
        })
    }

    fn add_trunk(&mut self, name: &str, mut words: &[&str]) -> Said {
        let address = self.member(name)?.address;
        let mut trunk = Trunk {
            name: name.to_string(),
            uri: Uri::parse(format!("sip:{}", address.ip()).as_bytes())
                .map_err(|fault| fault.to_string())?,
            username: None,
            password: None,
            register: false,
            sources: vec![address.ip().into()],
            routes: None,
            numbers: None,
            profile: None,
            sound: self.settings.sound_of_others(),
            transfer: Default::default(),
        };
        let regex =
            |pattern: &str| Regex::new(pattern).map_err(|fault| format!("`{pattern}`: {fault}"));
        while !words.is_empty() {
            words = match words {
                ["takes", pattern, rest @ ..] => {
                    trunk.routes = Some(regex(pattern)?);
                    rest
                }
                ["brings", pattern, rest @ ..] => {
                    trunk.numbers = Some(regex(pattern)?);
                    rest
                }
                ["as", user, secret, rest @ ..] => {
                    trunk.username = Some(user.to_string());
                    trunk.password = Some(Secret::new(*secret));
                    rest
                }
                ["registers", rest @ ..] => {
                    trunk.register = true;
                    rest
                }
                words => return not_understood(words),
            };
        }
        self.settings.trunks.push(trunk);
        Ok(())
    }

    fn wrong(&mut self, words: &[&str]) -> Result<Wrong, String> {
        let (verb, mut rest) = words.split_first().ok_or("nothing goes wrong")?;
        let which = match rest {
            ["the", nth, ..] => {
                rest = &rest[2..];
                Which::Nth(ordinal(nth)?)
            }
            ["every", ..] => {
                rest = &rest[1..];
                Which::Every
            }
            rest => return Err(format!("not understood: `{}`", rest.join(" "))),
        };
        let mut pattern = Pattern::default();
        let mut by = None;
        while !rest.is_empty() {
            rest = match rest {
                ["from", name, more @ ..] => {
                    pattern.from = Some(self.address_of(name)?);
                    more
                }
                ["by", time, more @ ..] => {
                    by = Some(seconds(time)?);
                    more
                }
                ["to", name, more @ ..] if pattern.kind.is_some() && is_method(name).is_none() => {
                    pattern.to = Some(self.address_of(name)?);
                    more
                }
                [code, "to", method, more @ ..]
                    if code.parse::<u16>().is_ok() && is_method(method).is_some() =>
                {
                    pattern.kind = Some(Kind::Response(number(code)?, is_method(method)));
                    more
                }
                [code, more @ ..] if code.parse::<u16>().is_ok() => {
                    pattern.kind = Some(Kind::Response(number(code)?, None));
                    more
                }
                [method, more @ ..] if is_method(method).is_some() => {
                    pattern.kind = is_method(method).map(Kind::Request);
                    more
                }
                ["message", more @ ..] => more,
                words => return Err(format!("not understood: `{}`", words.join(" "))),
            };
        }
        let harm = match (*verb, by) {
            ("lose", None) => Harm::Lose,
            ("double", None) => Harm::Double,
            ("delay", Some(time)) => Harm::Delay(time),
            (verb, _) => {
                return Err(format!(
                    "`{verb}` and `by` do not go together, or `by` is missing"
                ));
            }
        };
        Ok(Wrong {
            harm,
            which,
            pattern,
        })
    }
}

/// How a phone takes transfers.
fn following(mut words: &[&str]) -> Result<Following, String> {
    let mut following = Following::new(Taking::Accept(202));
    while !words.is_empty() {
        words = match words {
            ["with", code, rest @ ..] => {
                following.taking = Taking::Accept(number(code)?);
                rest
            }
            ["for", life, rest @ ..] => {
                following.expires_s = number(life)?;
                rest
            }
            ["telling", "again", "every", time, rest @ ..] => {
                following.again = Some(seconds(time)?);
                rest
            }
            ["leaving", "after", time, rest @ ..] => {
                following.leaves = Some(seconds(time)?);
                rest
            }
            ["calling", "nobody", rest @ ..] => {
                following.calls = false;
                rest
            }
            words => return Err(format!("not understood: `{}`", words.join(" "))),
        };
    }
    Ok(following)
}

//! What a story expects.

use std::time::Duration;

use super::Said;
use crate::sdp::Codec;
use crate::sim::story::words::{not_understood, number, seconds};
use crate::sim::story::{Check, Expected, Story, alike, recorded};
use crate::sim::tape::Original;

impl Story {
    pub(super) fn expect(&mut self, at: Option<Duration>, words: &[&str], line: usize) -> Said {
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
}

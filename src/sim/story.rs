//! A story: a small text in sentences that says who calls whom, what goes wrong and what is expected,
//! and that is played in a world of its own.
//!
//! ```text
//! # A busy target keeps the old call.
//! scenario transfer
//! phones alice bob carol
//! users bob carol
//! bob rings after 0.1, answers after 1
//! carol rejects with 486 after 0.2
//! at 0 alice calls bob
//! at 3 bob refers to carol
//! at 5 expect alice hears bob
//! expect bob is told 100, 486
//! ```
//!
//! The phones, in the order of their naming, live at 127.0.1.1, 127.0.1.2 and so on. What can be said
//! is listed in [`sentence`].

mod alike;
mod outside;
mod play;
mod recorded;
mod sentence;
pub mod setting;
mod utterance;
mod wish;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::net::Weather;
use super::phone::Manners;
use super::world::Deed;
use crate::base::Codec;
use crate::base::pii::Secret;
use crate::media::Clip;
use crate::settings::{Record, Settings};

use alike::Alike;
pub use play::{Played, play};
use recorded::Recorded;

/// How long a story lasts that does not say so: longer than every rule that ends something.
const USUAL_END: Duration = Duration::from_secs(900);

/// A story as it was read.
#[derive(Clone, Debug)]
pub struct Story {
    /// As messages name it.
    pub file: String,
    pub seed: u64,
    pub weather: Weather,
    pub think: Duration,
    /// At the start.
    pub settings: Settings,
    /// By the last sentence that changes them at a time.
    later: Option<Box<Settings>>,
    /// RTP ports of the switchboard.
    pub ports: u16,
    /// By name, in the order of their naming.
    scenarios: Vec<(String, Source)>,
    /// By URL, name or text.
    clips: Vec<(String, Clip)>,
    /// Pattern and scenario names; where there are none, the only scenario takes everything.
    rules: Vec<(String, Vec<String>, bool)>,
    cast: Vec<Member>,
    steps: Vec<Step>,
    checks: Vec<Check>,
    /// When the story is over, where it says so.
    until: Option<Duration>,
    /// How long it lasts otherwise; nothing is left then.
    lasts: Duration,
}

/// A fault in a story's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    pub message: String,
}

/// Where a scenario's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// In the story itself.
    Inline(String),
    /// To be asked for by the scenario's name.
    Named,
}

/// A phone of the story.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    /// Whose phone it is.
    user: String,
    password: Option<Secret>,
    address: SocketAddr,
    /// At the start.
    manners: Manners,
    /// By the last sentence so far.
    later: Manners,
}

/// What happens at a time.
#[derive(Clone, Debug)]
struct Step {
    at: Duration,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Deed(Deed),
    /// The scenario has another text from now on.
    Change {
        scenario: String,
        source: Source,
    },
}

/// What must hold.
#[derive(Clone, Debug)]
struct Check {
    line: usize,
    /// `None`: at the end.
    at: Option<Duration>,
    /// The sentence, for the message.
    text: String,
    expected: Expected,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    /// A phone gets, on one of its calls, the sound of these phones and of nobody else.
    Hears {
        listener: String,
        speakers: Vec<String>,
    },
    /// A phone hears a tone that was made or said, at this level in dBFS where one is given; `never`: it does not.
    Tone {
        listener: String,
        hz: u32,
        dbfs: Option<i32>,
        never: bool,
    },
    /// A phone hears the voice of another, or a clip, as it is; `never`: it does not.
    Speech {
        listener: String,
        alike: Alike,
        never: bool,
    },
    /// Exactly these keys came to the phone as telephone-events.
    Keys { listener: String, keys: String },
    /// Each hears the other.
    Talks { one: String, other: String },
    /// The codecs of the latest offer that the phone got, in its order.
    Offered { phone: String, codecs: Vec<Codec> },
    /// What some call of the phone agreed on first.
    TalksIn { phone: String, codec: Codec },
    /// No call of the phone hears nobody for longer, while the one it heard before is still there.
    Sound { phone: String, within: Duration },
    /// The codes of all NOTIFYs of the phone's transfers, in order.
    Told { phone: String, codes: Vec<u16> },
    /// What a recording holds; they count from 1, in the order in which they have begun.
    Recorded {
        number: usize,
        what: Recorded,
        never: bool,
    },
    /// How many calls the phone has.
    Calls { phone: String, count: usize },
    /// The phone has seen or done this; `never`: it has not.
    News {
        phone: String,
        news: String,
        never: bool,
    },
    /// A line of some session's log holds this; `never`: none does.
    Log { text: String, never: bool },
    /// Something that was told to a URL holds this; `never`: nothing does.
    Posted { text: String, never: bool },
    /// A request with this in its method, URL and body was made; `never`: none was.
    Asked { text: String, never: bool },
    /// A server for sockets has got a text, or a stream that is described so.
    SocketTold {
        server: String,
        text: String,
        never: bool,
    },
    /// The trace of the newest socket to a server has this text.
    SocketTraced {
        server: String,
        text: String,
        never: bool,
    },
    /// The figures of the newest socket to a server say this, at a path such as `sent.text.messages`.
    SocketFigure {
        server: String,
        path: String,
        value: String,
        never: bool,
    },
    /// A server for sockets hears this frequency, at this level.
    SocketTone {
        server: String,
        hz: u32,
        dbfs: Option<i32>,
        never: bool,
    },
    /// So many REFERs were counted as refused by this rule.
    Refusals { rule: String, count: usize },
    /// A message with this in its summary was sent so many times.
    Ladder { text: String, count: usize },
}

impl Story {
    /// Reads a story's text. `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Story, Fault> {
        let mut story = Story {
            file: file.to_string(),
            seed: 1,
            weather: Weather::CALM,
            think: Duration::ZERO,
            settings: Settings::default(),
            later: None,
            ports: 64,
            scenarios: Vec::new(),
            clips: Vec::new(),
            rules: Vec::new(),
            cast: Vec::new(),
            steps: Vec::new(),
            checks: Vec::new(),
            until: None,
            lasts: USUAL_END,
        };
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .peekable();
        while let Some((number, line)) = lines.next() {
            let mut inline = None;
            if lines.next_if(|(_, next)| next.trim() == "```").is_some() {
                let body: Vec<&str> = lines
                    .by_ref()
                    .map(|(_, line)| line)
                    .take_while(|line| line.trim() != "```")
                    .collect();
                inline = Some(body.join("\n"));
            }
            let sentence = sentence::Sentence {
                number,
                text: line,
                inline,
            };
            let told = story.tell(sentence);
            told.map_err(|message| Fault {
                file: file.to_string(),
                line: number,
                message,
            })?;
        }
        match (story.scenarios.is_empty(), story.cast.is_empty()) {
            (false, false) => Ok(story),
            (true, _) => Err(Fault {
                file: file.to_string(),
                line: 1,
                message: "there is no scenario".to_string(),
            }),
            (_, true) => Err(Fault {
                file: file.to_string(),
                line: 1,
                message: "there are no phones".to_string(),
            }),
        }
    }

    fn member(&mut self, name: &str) -> Result<&mut Member, String> {
        let known: Vec<_> = self.cast.iter().map(|member| member.name.clone()).collect();
        let mut members = self.cast.iter_mut();
        members
            .find(|member| member.name == name)
            .ok_or_else(|| format!("nobody is called `{name}`; there are {}", known.join(", ")))
    }

    fn address_of(&mut self, name: &str) -> Result<SocketAddr, String> {
        if name == super::world::SERVER_NAME {
            return Ok(super::world::SERVER);
        }
        self.member(name).map(|member| member.address)
    }

    fn add_member(&mut self, name: &str, user: &str) -> Result<(), String> {
        if self.cast.iter().any(|member| member.name == name) {
            return Err(format!("there are two phones `{name}`"));
        }
        let number =
            u8::try_from(self.cast.len() + 1).map_err(|_| "too many phones".to_string())?;
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 1, number));
        self.cast.push(Member {
            name: name.to_string(),
            user: user.to_string(),
            password: None,
            address: SocketAddr::new(address, 5060),
            manners: Manners::default(),
            later: Manners::default(),
        });
        Ok(())
    }

    /// The texts of all scenarios, by file name, with the rules that bind them.
    /// Every session leaves a journal behind.
    pub fn record(&mut self) {
        self.settings.record = Record::All;
        for step in &mut self.steps {
            if let What::Deed(Deed::Settings(settings)) = &mut step.what {
                settings.record = Record::All;
            }
        }
    }

    fn folder(
        &self,
        find: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut files = BTreeMap::new();
        for (name, source) in &self.scenarios {
            files.insert(format!("{name}.js"), self.text_of(name, source, find)?);
        }
        if !self.rules.is_empty() {
            let rules = self.rules.iter().map(|(pattern, scenarios, conference)| {
                serde_json::json!({"ruleName": pattern, "rulePattern": pattern, "scenarios": scenarios, "conference": conference})
            });
            let rules = serde_json::Value::Array(rules.collect());
            files.insert("rules.json".to_string(), rules.to_string());
        }
        Ok(files)
    }

    fn text_of(
        &self,
        name: &str,
        source: &Source,
        find: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, Fault> {
        match source {
            Source::Inline(text) => Ok(text.clone()),
            Source::Named => find(name).ok_or_else(|| Fault {
                file: self.file.clone(),
                line: 1,
                message: format!("there is no scenario `{name}`"),
            }),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_line_and_says_what_could_stand_there() {
        let fault = |text: &str| Story::parse("s.story", text).unwrap_err().to_string();
        let start = "scenario x\nphones alice bob\n";
        let cases = [
            ("phones alice\n", "s.story:1: there is no scenario"),
            ("scenario x\n", "s.story:1: there are no phones"),
            (
                "at 1 carol calls bob",
                "s.story:3: nobody is called `carol`; there are alice, bob",
            ),
            (
                "at soon alice calls bob",
                "s.story:3: `soon` is no time in seconds",
            ),
            (
                "lose the 0th BYE",
                "s.story:3: `0th` is no number such as 1st, 2nd or 3rd",
            ),
            (
                "setting limits.patience 3",
                "s.story:3: there is no setting `limits.patience`",
            ),
            (
                "at 1 alice dances",
                "s.story:3: not understood: `alice dances`",
            ),
            (
                "the weather is fine",
                "s.story:3: not understood: `the weather is fine`",
            ),
        ];
        for (index, (line, expected)) in cases.into_iter().enumerate() {
            let text = if index < 2 {
                line.to_string()
            } else {
                format!("{start}{line}\n")
            };
            assert_eq!(fault(&text), expected);
        }
    }
}

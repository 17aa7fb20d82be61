//! What a story says of the world outside: servers, and what the storage has.

use std::time::Duration;

use super::words::{number, seconds};
use crate::base::socket::Encoding;
use crate::base::web::{Answer, Body, Failure, Headers, Method};
use crate::script::asr::Recognised;
use crate::sim::outside::{Says, Stub};
use crate::sim::socket::{self, Manner, Server};
use crate::sim::world::Deed;
use crate::sim::{clips, recogniser};

/// `[METHOD] URL answers CODE ["body"]`, `… plays 2 s of 440 Hz`, `… fails` or `… is silent`, then `after S` and `times N`.
pub(super) fn server(words: &[&str]) -> Result<Stub, String> {
    let (method, rest) = match words {
        [method, rest @ ..] if Method::parse(method).is_some() => (Method::parse(method), rest),
        rest => (None, rest),
    };
    let [url, rest @ ..] = rest else {
        return Err("the URL is missing".to_string());
    };
    let mut stub = Stub::new(method, url);
    let (says, mut rest) = match rest {
        ["answers", code, rest @ ..] => {
            let (body, rest) = match rest {
                ["after" | "times", ..] | [] => ("", rest),
                [body, rest @ ..] => (*body, rest),
            };
            let answer = Answer {
                code: number(code)?,
                headers: Headers::default(),
                body: Body::from(body.to_string()),
            };
            (Says::Answer(answer), rest)
        }
        ["plays", long, "s", "of", hz, "Hz", rest @ ..] => {
            let clip = clips::tone(number(hz)?, seconds(long)?);
            (Says::Sound(clip), rest)
        }
        ["is", "silent", rest @ ..] => (Says::Fails(Failure::Timeout(Duration::ZERO)), rest),
        ["fails", rest @ ..] => {
            let failure = Failure::NoConnection("nobody is there".to_string());
            (Says::Fails(failure), rest)
        }
        words => return Err(format!("not understood: `{}`", words.join(" "))),
    };
    stub.says.push(says);
    while !rest.is_empty() {
        rest = match rest {
            ["after", time, rest @ ..] => {
                stub.after = seconds(time)?;
                rest
            }
            ["times", times, rest @ ..] => {
                stub.times = Some(number(times)?);
                rest
            }
            words => return Err(format!("not understood: `{}`", words.join(" "))),
        };
    }
    Ok(stub)
}

/// `understands "TEXT" [with 80] [after S]`, `fails "WHY" [after S]` or `is absent`.
pub(super) fn recogniser(words: &[&str]) -> Result<Deed, String> {
    let (mut recognised, mut rest) = match words {
        ["is", "absent"] => return Ok(Deed::NobodyUnderstands),
        ["understands", text, rest @ ..] => {
            let understood = Recognised::Text {
                text: text.to_string(),
                confidence: 90.0,
                language: None,
            };
            (understood, rest)
        }
        ["fails", why, rest @ ..] => (
            Recognised::Fault {
                why: why.to_string(),
            },
            rest,
        ),
        words => return Err(format!("not understood: `{}`", words.join(" "))),
    };
    let mut after = recogniser::USUAL;
    while !rest.is_empty() {
        rest = match (rest, &mut recognised) {
            (["after", time, rest @ ..], _) => {
                after = seconds(time)?;
                rest
            }
            (["with", percent, rest @ ..], Recognised::Text { confidence, .. }) => {
                *confidence = number(percent)?;
                rest
            }
            (words, _) => return Err(format!("not understood: `{}`", words.join(" "))),
        };
    }
    Ok(Deed::Understand { recognised, after })
}

/// `at URL [refuses CODE | fails | echoes]`, and what a server for sockets does later.
pub(super) fn socket(name: &str, words: &[&str]) -> Result<socket::Deed, String> {
    Ok(match words {
        ["at", url, manner @ ..] => {
            let (manner, echoes) = match manner {
                [] => (Manner::Accepts, false),
                ["echoes"] => (Manner::Accepts, true),
                ["refuses", code] => (Manner::Refuses(number(code)?), false),
                ["fails"] => (Manner::Fails, false),
                words => return Err(format!("not understood: `{}`", words.join(" "))),
            };
            socket::Deed::Listen(Server {
                name: name.to_string(),
                url: url.to_string(),
                manner,
                echoes,
            })
        }
        ["says", text] => socket::Deed::Say(text.to_string()),
        ["plays", long, "s", "of", hz, "Hz", rest @ ..] => {
            let (mut tag, mut encoding, mut rest) = (None, Encoding::default(), rest);
            while !rest.is_empty() {
                rest = match rest {
                    ["tagged", given, rest @ ..] => {
                        tag = Some(given.to_string());
                        rest
                    }
                    ["as", given, rest @ ..] => {
                        let known = Encoding::named(given);
                        encoding = known.ok_or_else(|| format!("`{given}` is no encoding"))?;
                        rest
                    }
                    words => return Err(format!("not understood: `{}`", words.join(" "))),
                };
            }
            socket::Deed::Play {
                hz: number(hz)?,
                lasts: seconds(long)?,
                tag,
                encoding,
            }
        }
        ["closes"] => socket::Deed::Close {
            code: 1000,
            reason: String::new(),
        },
        ["closes", code] => socket::Deed::Close {
            code: number(code)?,
            reason: String::new(),
        },
        ["closes", code, reason] => socket::Deed::Close {
            code: number(code)?,
            reason: reason.to_string(),
        },
        ["breaks"] => socket::Deed::Break,
        ["asks", "the", "session", method, path, content @ ..] if content.len() < 2 => {
            socket::Deed::Ask {
                method: method.to_string(),
                path: path.to_string(),
                content: content
                    .first()
                    .map_or(String::new(), |text| text.to_string()),
            }
        }
        ["connects", "to", "the", "session", "at", path] => socket::Deed::Visit {
            path: path.to_string(),
        },
        words => return Err(format!("not understood: `{}`", words.join(" "))),
    })
}

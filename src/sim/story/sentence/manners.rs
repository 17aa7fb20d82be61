//! How a phone behaves, from the start or from a time on.

use std::time::Duration;

use super::Said;
use crate::sdp::Codec;
use crate::sim::phone::{Following, Reception, Taking, Then};
use crate::sim::story::Story;
use crate::sim::story::words::{not_understood, number, seconds};

impl Story {
    /// How a phone behaves from now on.
    pub(super) fn mind(&mut self, name: &str, words: &[&str]) -> Said {
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

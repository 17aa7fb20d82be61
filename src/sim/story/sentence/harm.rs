//! What goes wrong with single messages.

use crate::sim::net::{Harm, Kind, Pattern, Which, Wrong};
use crate::sim::story::Story;
use crate::sim::story::words::{is_method, number, ordinal, seconds};

impl Story {
    pub(super) fn wrong(&mut self, words: &[&str]) -> Result<Wrong, String> {
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

//! What a story's phone can be told at a time.

use super::words::number;
use crate::sim::phone::{Spelling, Wish};
use crate::sip::message::{Headers, Name};
use crate::sip::stack::ReferredBy;

/// What a phone can be told; `None` where the words may be manners.
pub(super) fn wish(words: &[&str]) -> Result<Option<Wish>, String> {
    Ok(Some(match words {
        ["calls", to] => Wish::Call { to: to.to_string() },
        ["answers"] => Wish::Answer,
        ["rings"] => Wish::Ring { code: 180 },
        ["sends", "early", "media"] => Wish::Ring { code: 183 },
        ["rejects", "with", code] => Wish::Reject {
            code: number(code)?,
        },
        ["hangs", "up"] => Wish::HangUp,
        ["holds"] => Wish::Hold,
        ["resumes"] => Wish::Resume,
        ["refers", "to", to] => Wish::Refer { to: to.to_string() },
        ["refers", "to", to, rest @ ..] => refer_with(to, rest)?,
        ["refers", peer, "to", to] => of(peer, Wish::Refer { to: to.to_string() }),
        ["answers", peer] => of(peer, Wish::Answer),
        ["hangs", "up", peer] => of(peer, Wish::HangUp),
        ["holds", peer] => of(peer, Wish::Hold),
        ["resumes", peer] => of(peer, Wish::Resume),
        ["transfers", peer, "to", other, rest @ ..] => Wish::Transfer {
            peer: peer.to_string(),
            other: other.to_string(),
            spelling: spelling(rest)?,
        },
        ["registers"] => Wish::Register { expires_s: 300 },
        ["registers", "for", time] => Wish::Register {
            expires_s: number(time)?,
        },
        ["unregisters"] => Wish::Register { expires_s: 0 },
        ["pings"] => Wish::Ping,
        ["sends", "info", body] => Wish::SendInfo {
            mime_type: "text/plain".to_string(),
            body: body.to_string(),
        },
        ["sends", "text", text] => Wish::SendText {
            text: text.to_string(),
        },
        _ => return Ok(None),
    }))
}

/// A REFER that says more, or less, than most.
fn refer_with(to: &str, mut words: &[&str]) -> Result<Wish, String> {
    let (mut referred_by, mut headers) = (None, Headers::new());
    while !words.is_empty() {
        words = match words {
            ["without", "Referred-By", rest @ ..] => {
                referred_by = Some(ReferredBy::Nobody);
                rest
            }
            ["referred", "by", address, rest @ ..] => {
                referred_by = Some(ReferredBy::Address(address.to_string()));
                rest
            }
            ["with", name, value, rest @ ..] => {
                headers.push(Name::parse(name.as_bytes()), value.to_string());
                rest
            }
            words => return Err(format!("not understood: `{}`", words.join(" "))),
        };
    }
    Ok(Wish::ReferWith {
        to: to.to_string(),
        referred_by,
        headers,
    })
}

fn of(peer: &str, wish: Wish) -> Wish {
    Wish::Of {
        peer: peer.to_string(),
        wish: Box::new(wish),
    }
}

/// How a phone writes a Replaces.
pub(super) fn spelling(mut words: &[&str]) -> Result<Spelling, String> {
    let mut spelling = Spelling::default();
    while !words.is_empty() {
        let (flag, rest) = match words {
            ["early-only", rest @ ..] => (&mut spelling.early_only, rest),
            ["swapped", rest @ ..] => (&mut spelling.swapped, rest),
            ["in", "lower", "case", rest @ ..] => (&mut spelling.lower_case, rest),
            ["with", "tags", "0", rest @ ..] => (&mut spelling.zero, rest),
            ["by", "Call-ID", "alone", rest @ ..] => (&mut spelling.bare, rest),
            ["of", "a", "foreign", "Call-ID", rest @ ..] => (&mut spelling.foreign, rest),
            ["at", "its", "Contact", rest @ ..] => (&mut spelling.at_contact, rest),
            ["twice", rest @ ..] => (&mut spelling.twice, rest),
            ["beside", "a", "Join", rest @ ..] => (&mut spelling.joins, rest),
            ["required", rest @ ..] => (&mut spelling.required, rest),
            ["referred", "by", name, rest @ ..] => {
                spelling.referred_by = Some(name.to_string());
                words = rest;
                continue;
            }
            words => return Err(format!("not understood: `{}`", words.join(" "))),
        };
        *flag = true;
        words = rest;
    }
    Ok(spelling)
}

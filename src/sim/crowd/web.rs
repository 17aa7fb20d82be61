//! What servers say to scenarios of a crowd: mostly an empty object, now and then something worse.

use std::time::Duration;

use crate::base::web::{Answer, Body, Failure, Headers};
use crate::sim::chance::Chance;
use crate::sim::outside::{Says, Stub};

/// Every server that there is.
pub(super) fn servers(chance: &mut Chance) -> Stub {
    let says = (0..8).map(|_| match chance.below(10) {
        0 => Says::Fails(Failure::NoConnection("nobody is there".to_string())),
        1 => Says::Answer(answer(503, "")),
        2 => Says::Answer(answer(404, "")),
        _ => Says::Answer(answer(200, "{}")),
    });
    Stub {
        says: says.collect(),
        after: match chance.below(4) {
            0 => chance.millis(100, 8000),
            _ => Duration::from_millis(20),
        },
        ..Stub::new(None, "*")
    }
}

fn answer(code: u16, body: &'static str) -> Answer {
    let json = ("content-type".to_string(), "application/json".to_string());
    Answer {
        code,
        headers: Headers(vec![json]),
        body: Body::from(body),
    }
}

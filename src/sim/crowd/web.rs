//! What servers say to scenarios of a crowd: mostly an empty object, now and then something worse.

use std::time::Duration;

use crate::base::web::{Answer, Body, Failure, Headers};
use crate::sim::chance::Chance;
use crate::sim::outside::{Says, Stub};
use crate::sim::socket::{Manner, Server};

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

/// Every server for WebSockets: nobody takes a connection, as ten thousand streams of sound would be most of a crowd's
/// time. The world's seed decides how, so that nobody else's chance is another.
pub(super) fn sockets(seed: u64) -> Server {
    Server {
        name: "web".to_string(),
        url: "ws*".to_string(),
        manner: match seed % 2 {
            0 => Manner::Fails,
            _ => Manner::Refuses(503),
        },
        echoes: false,
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

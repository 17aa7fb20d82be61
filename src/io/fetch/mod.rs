//! Asks servers outside by HTTP: for scripts, for clips, for providers.
//!
//! ```text
//!  request ─▸ hop: way (judged address) ─▸ exchange ─▸ 301 302 303 307 308? ─▸ next hop
//!                                             └─▸ answer, as long as the limits allow
//! ```
//!
//! Each hop is judged anew and has a connection of its own; nothing is decompressed, so what is counted is
//! what is kept. [`fetch`] is one request; [`Fetcher`] does many on a thread of their own.

mod exchange;
mod fetcher;
mod redirect;
#[cfg(test)]
mod tests;

use std::time::Duration;

use ipnet::IpNet;
use tokio::time::timeout;

use crate::base::hook::HookUrl;
use crate::base::web::{Answer, Failure, Request};
use crate::io::way::{Destination, Unreached, Way};

pub use fetcher::{Fetcher, Job, Room};

/// How long a request may take, how much may come of it, and where it may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the question to DNS to the end of the TLS handshake, for each hop.
    pub connect: Duration,
    /// All of it.
    pub total: Duration,
    /// Of the answer's body. `None`: it is not read.
    pub most_bytes: Option<usize>,
    /// How many redirections are followed. `None`: none, and they are answers as others are.
    pub redirects: Option<u8>,
    /// The operator has named its URL: that may be anywhere, and where it redirects to may not.
    pub named: bool,
}

impl Limits {
    /// VoxEngine's numbers for `Net.httpRequest`.
    pub const SCRIPT: Limits = Limits {
        connect: Duration::from_secs(6),
        total: Duration::from_secs(90),
        most_bytes: Some(2 << 20),
        redirects: Some(5),
        named: false,
    };

    /// VoxEngine's numbers for audio files.
    pub const CLIP: Limits = Limits {
        connect: Duration::from_secs(6),
        total: Duration::from_secs(12),
        most_bytes: Some(10 << 20),
        redirects: Some(5),
        named: false,
    };

    pub fn for_a_status(patience: Duration) -> Limits {
        Limits {
            connect: patience,
            total: patience,
            most_bytes: None,
            redirects: None,
            named: false,
        }
    }
}

/// One request with the redirections that it meets. `allow` are the addresses that are not public and may be
/// called all the same.
pub async fn fetch(
    way: &Way,
    request: Request,
    limits: &Limits,
    allow: &[IpNet],
) -> Result<Answer, Failure> {
    let asked = follow(way, request, limits, allow);
    timeout(limits.total, asked)
        .await
        .unwrap_or(Err(Failure::Timeout(limits.total)))
}

async fn follow(
    way: &Way,
    mut request: Request,
    limits: &Limits,
    allow: &[IpNet],
) -> Result<Answer, Failure> {
    let mut hops = 0;
    let everywhere = ["0.0.0.0/0", "::/0"].map(str::parse::<IpNet>);
    let everywhere: Vec<IpNet> = everywhere.into_iter().flatten().collect();
    loop {
        let allow = match limits.named && hops == 0 {
            true => everywhere.as_slice(),
            false => allow,
        };
        let written = exchange::write(&request)?;
        let stream = way
            .connect(&destination(&request.url), allow, limits.connect)
            .await
            .map_err(unreached)?;
        let answer = exchange::exchange(stream, written, limits.most_bytes).await?;
        let Some(most) = limits.redirects else {
            return Ok(answer);
        };
        request = match redirect::next(request, &answer)? {
            redirect::Next::Here => return Ok(answer),
            redirect::Next::There(request) => request,
        };
        hops += 1;
        if hops > most {
            return Err(Failure::Redirects);
        }
    }
}

fn destination(url: &HookUrl) -> Destination {
    Destination {
        host: url.host(),
        port: url.port(),
        secure: url.is_secure(),
    }
}

fn unreached(why: Unreached) -> Failure {
    match why {
        Unreached::Forbidden(why) => Failure::Forbidden(why),
        Unreached::NoHost(why) => Failure::NoHost(why),
        Unreached::Failed(why) => Failure::NoConnection(why),
        Unreached::Late(patience) => Failure::Timeout(patience),
    }
}

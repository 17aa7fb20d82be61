//! A response that is repeated until the peer confirms it: a 2xx until its ACK (RFC 3261 §13.3.1.4), a
//! reliable 1xx until its PRACK (RFC 3262 §3). The gap doubles from T1; a 2xx stops at T2.

use std::time::{Duration, Instant};

use crate::sip::message::{Request, Response};
use crate::sip::stack::desk::Desk;
use crate::sip::transaction::ServerId;
use crate::sip::transaction::timer::{GIVE_UP, T1, T2};

/// A response on its way.
#[derive(Debug)]
pub struct Repeat {
    pub server: ServerId,
    pub response: Response,
    /// The CSeq number of the request that it answers.
    pub cseq: u32,
    at: Instant,
    gap: Duration,
    widest_gap: Duration,
    give_up_at: Instant,
}

impl Repeat {
    /// Sends a 2xx for the first time.
    pub fn answer(
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        response: Response,
        now: Instant,
    ) -> Repeat {
        Repeat::start(desk, server, request, response, T2, now)
    }

    /// Sends a reliable 1xx for the first time.
    pub fn provisional(
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        response: Response,
        now: Instant,
    ) -> Repeat {
        Repeat::start(desk, server, request, response, GIVE_UP, now)
    }

    fn start(
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        response: Response,
        widest_gap: Duration,
        now: Instant,
    ) -> Repeat {
        desk.transactions.respond(server, response.clone(), now);
        Repeat {
            server,
            response,
            cseq: request.headers.cseq().map_or(0, |cseq| cseq.number),
            at: now + T1,
            gap: T1,
            widest_gap,
            give_up_at: now + GIVE_UP,
        }
    }

    /// Sends again what is due. `false` where the peer never confirmed.
    pub fn handle_timeout(&mut self, desk: &mut Desk, now: Instant) -> bool {
        if self.give_up_at <= now {
            return false;
        }
        if self.at <= now {
            self.gap = (self.gap * 2).min(self.widest_gap);
            self.at = now + self.gap;
            desk.transactions
                .respond(self.server, self.response.clone(), now);
        }
        true
    }

    pub fn next_deadline(&self) -> Instant {
        self.at.min(self.give_up_at)
    }
}

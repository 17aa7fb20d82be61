//! The end of a call (RFC 3261 §15): our BYE, the peer's, and the call that is lost.

use std::time::Instant;

use super::{Arrival, Leg, Usage};
use crate::sip::message::{Headers, Method, Request};
use crate::sip::stack::desk::{Desk, Purpose, theirs};
use crate::sip::stack::{Ending, Event};
use crate::sip::transaction::ServerId;

impl Leg {
    /// Ends the call whatever its state.
    pub fn hangup(&mut self, desk: &mut Desk, headers: Headers, now: Instant) {
        match &mut self.usage {
            Usage::Calling(_) => self.cancel(desk, headers, now),
            Usage::Ringing(_) => self.reject(desk, 480, None, headers, now),
            // A callee may not hang up before the ACK, or its absence (§15).
            Usage::Up(up) if up.answer.is_some() => up.hangup = Some(headers),
            Usage::Up(_) => self.bye(desk, headers, now),
            // It ends already.
            Usage::Cancelling(_) | Usage::Closing | Usage::Over => {}
        }
    }

    /// Sends BYE; whatever it is answered, the call is over (§15.1.1).
    pub(super) fn bye(&mut self, desk: &mut Desk, headers: Headers, now: Instant) {
        self.usage = Usage::Closing;
        self.timer = None;
        self.wanted = None;
        self.drop_exchange_at(desk, now);
        let fill = |mut request: Request| {
            request.headers.append(theirs(headers));
            request
        };
        if !self.send(desk, Purpose::Bye, Method::Bye, fill, now) {
            self.usage = Usage::Over;
        }
    }

    pub(super) fn handle_bye_answered(&mut self) {
        self.usage = Usage::Over;
    }

    /// The call is lost; the peer gets a BYE in case it still listens (§12.2.1.2).
    pub(in crate::sip) fn lose(&mut self, desk: &mut Desk, ending: Ending, now: Instant) {
        if matches!(self.usage, Usage::Closing | Usage::Over) {
            return;
        }
        self.end(desk, ending);
        self.bye(desk, Headers::new(), now);
    }

    /// A BYE that came after a later request: a NOTIFY of the same dialog say, while the BYE was lost and
    /// repeated. It is refused as it must be (§12.2.2), but its sender has hung up and will not say so again.
    pub(super) fn handle_overtaken_bye(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        now: Instant,
    ) {
        let tag = self.tag();
        desk.refuse(server, &request, (500, None), Headers::new(), &tag, now);
        if self.is_up() {
            self.drop_exchange_at(desk, now);
            let headers = request.headers;
            self.end(desk, Ending::Bye { headers });
        }
    }

    /// BYE came (§15.1.2). It ends the call alone; subscriptions of the dialog live on (RFC 5057).
    pub(super) fn handle_bye(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        Arrival { now, .. }: Arrival,
    ) {
        let tag = self.tag();
        let code = match &self.usage {
            Usage::Over => 481,
            // Ours is on its way too.
            Usage::Closing => 200,
            // A callee may not hang up before it answers.
            Usage::Calling(_) | Usage::Cancelling(_) => 481,
            Usage::Ringing(_) | Usage::Up(_) => 200,
        };
        desk.refuse(server, &request, (code, None), Headers::new(), &tag, now);
        let headers = request.headers;
        match &self.usage {
            Usage::Ringing(_) => {
                self.reject(desk, 487, None, Headers::new(), now);
                desk.event(Event::Ended {
                    leg: self.id,
                    ending: Ending::Bye { headers },
                });
            }
            Usage::Up(_) => {
                self.drop_exchange_at(desk, now);
                self.end(desk, Ending::Bye { headers });
            }
            Usage::Calling(_) | Usage::Cancelling(_) | Usage::Closing | Usage::Over => {}
        }
    }
}

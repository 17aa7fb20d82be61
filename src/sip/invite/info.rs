//! Requests inside a call without rules of their own: INFO, MESSAGE and others, both ways.

use std::time::Instant;

use super::{Arrival, Leg, Usage};
use crate::sip::message::{Body, Headers, Method, Name, Request};
use crate::sip::stack::desk::{Desk, Heard, Purpose, theirs};
use crate::sip::stack::{Ending, Event, RequestId};
use crate::sip::transaction::ServerId;

/// More unanswered requests than this wait on no leg.
const MOST_QUESTIONS: usize = 16;

impl Leg {
    /// Sends a request of the layers above.
    pub fn request_within(
        &mut self,
        desk: &mut Desk,
        id: RequestId,
        method: Method,
        (headers, body): (Headers, Option<Body>),
        now: Instant,
    ) {
        let fill = |mut request: Request| {
            request.headers.append(theirs(headers));
            request.with_body(body)
        };
        let open = self.is_up() || matches!(self.usage, Usage::Ringing(_));
        if !open || !self.send(desk, Purpose::Within(id), method, fill, now) {
            desk.event(Event::Response {
                id,
                code: 481,
                response: None,
                flow: None,
            });
        }
    }

    pub(super) fn handle_told(
        &mut self,
        desk: &mut Desk,
        id: RequestId,
        heard: Heard,
        now: Instant,
    ) {
        let code = heard.code();
        let silent = matches!(heard, Heard::Silence);
        let response = match heard {
            Heard::Response(response) => Some(response),
            Heard::Silence | Heard::Unreachable => None,
        };
        desk.event(Event::Response {
            id,
            code,
            response,
            flow: None,
        });
        if self.is_up() && (code == 481 || silent) {
            let reason = "Dialog Gone";
            self.lose(desk, Ending::Lost { code, reason }, now);
        }
    }

    /// Hands a request of the peer's up.
    pub(super) fn handle_info(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        if !self.is_up() && !self.is_early() {
            return desk.refuse(server, &request, (481, None), Headers::new(), &tag, now);
        }
        if self.questions >= MOST_QUESTIONS {
            let mut headers = Headers::new();
            headers.push(Name::RetryAfter, "2");
            return desk.refuse(server, &request, (503, None), headers, &tag, now);
        }
        self.questions += 1;
        desk.question(server, request, Some(self.id), flow, now);
    }
}

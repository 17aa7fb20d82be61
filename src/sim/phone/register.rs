//! Registering and pinging: what a phone asks outside any call.

use std::time::Instant;

use super::Phone;
use crate::sip::message::{Headers, Method, Name, NameAddr};
use crate::sip::stack::{Command, Outside, RequestId};

/// What a REGISTER goes on with (RFC 3261 §10.2.4).
#[derive(Debug, Default)]
pub(super) struct Registration {
    pub(super) call_id: Option<String>,
    pub(super) cseq: u32,
}

impl Phone {
    pub(super) fn register(&mut self, expires_s: u32, now: Instant) {
        let id = RequestId(self.id());
        self.registration.cseq += 1;
        let call_id = self
            .registration
            .call_id
            .get_or_insert_with(|| self.dice.token(8));
        let call_id = Some(call_id.clone());
        let mut headers = Headers::new();
        headers.push(Name::Expires, expires_s.to_string());
        let outside = Outside {
            id,
            method: Method::Register,
            uri: self.server_uri(),
            from: self.own(),
            to: self.own(),
            call_id,
            cseq: self.registration.cseq,
            contact_user: Some(self.owner.name.clone()),
            flow: Some(self.to_server()),
            headers,
            body: None,
            credentials: self.credentials(),
        };
        self.asked.insert(id, Method::Register);
        self.stack
            .handle_command(Command::RequestOutside(Box::new(outside)), now);
    }

    pub(super) fn ping(&mut self, now: Instant) {
        let id = RequestId(self.id());
        let uri = self.server_uri();
        let outside = Outside {
            id,
            method: Method::Options,
            to: NameAddr::new(uri.clone()),
            uri,
            from: self.own(),
            call_id: None,
            cseq: 1,
            contact_user: Some(self.owner.name.clone()),
            flow: Some(self.to_server()),
            headers: Headers::new(),
            body: None,
            credentials: None,
        };
        self.asked.insert(id, Method::Options);
        self.stack
            .handle_command(Command::RequestOutside(Box::new(outside)), now);
    }
}

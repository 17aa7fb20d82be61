//! A REFER outside any dialog, written by hand: no stack of ours sends one. The phone answers the NOTIFYs
//! that come in the dialog that the REFER opens.

use std::time::Instant;

use bytes::Bytes;

use super::{News, Output, Phone};
use crate::sip::auth::Answerer;
use crate::sip::dialog::DialogIds;
use crate::sip::message::{Message, Method, Name, NameAddr, Request, Response, parse};
use crate::sip::refer::status_of;
use crate::sip::transport::Flow;

/// The REFERs that a phone has sent so.
#[derive(Debug, Default)]
pub(super) struct Outside {
    sent: Vec<Request>,
    told: Vec<u16>,
}

impl Phone {
    /// The codes of the NOTIFYs that came for its REFERs outside any dialog.
    pub fn told_outside(&self) -> &[u16] {
        &self.outside.told
    }

    /// Asks for the call of `about`, as its owner knows it, to be transferred.
    pub fn refer_outside(&mut self, to: &str, about: Option<&DialogIds>, now: Instant) {
        let uri = self.server_uri();
        let mut request = Request::new(Method::Refer, uri.clone());
        let own = self.own();
        let contact = format!("<sip:{}@{}>", self.owner.user, self.owner.address);
        let headers = &mut request.headers;
        headers.push(Name::MaxForwards, "70");
        headers.push(Name::From, own.with_tag(&self.dice.token(8)).to_string());
        headers.push(Name::To, NameAddr::new(uri).to_string());
        headers.push(Name::CallId, self.dice.token(16));
        headers.push(Name::Cseq, "1 REFER");
        headers.push(Name::Contact, contact);
        let target = NameAddr::new(self.uri_of(to)).to_string();
        request.headers.push(Name::ReferTo, target);
        if let Some(ids) = about {
            let DialogIds {
                call_id,
                local_tag,
                remote_tag,
                ..
            } = ids;
            let dialog = format!("{call_id};local-tag={local_tag};remote-tag={remote_tag}");
            request.headers.push(Name::TargetDialog, dialog);
        }
        request.headers.append(self.additions());
        self.send_outside(request);
        self.settle(now);
    }

    fn send_outside(&mut self, request: Request) {
        let mut wired = request.clone();
        let via = format!(
            "SIP/2.0/UDP {};branch=z9hG4bK{}",
            self.owner.address,
            self.dice.token(8)
        );
        wired.headers.push_front(Name::Via, via);
        self.outputs.push_back(Output::Transmit {
            flow: self.to_server(),
            bytes: wired.to_bytes(),
        });
        self.outside.sent.push(request);
    }

    /// Whether it was for a REFER outside any dialog; the stack knows nothing of those.
    pub(super) fn heard_outside(&mut self, flow: Flow, bytes: &Bytes) -> bool {
        let Ok(message) = parse(bytes.clone()) else {
            return false;
        };
        let headers = match &message {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        };
        let Ok(call_id) = headers.call_id() else {
            return false;
        };
        let mut sent = self.outside.sent.iter().rev();
        let Some(refer) = sent.find(|refer| refer.headers.call_id().ok() == Some(call_id)) else {
            return false;
        };
        let refer = refer.clone();
        match message {
            Message::Request(request) => self.told_so(flow, &request),
            Message::Response(response) if response.code >= 200 => {
                self.answered_so(refer, &response)
            }
            Message::Response(_) => {}
        }
        true
    }

    fn told_so(&mut self, flow: Flow, request: &Request) {
        let told = request.body().as_ref().and_then(status_of);
        self.outside.told.extend(told.map(|(code, _)| code));
        let response = request.response(200, None, "");
        let bytes = response.to_bytes();
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }

    fn answered_so(&mut self, mut refer: Request, response: &Response) {
        let challenged = refer.headers.get(&Name::Authorization).is_some();
        if let (401, false, Some(credentials)) = (response.code, challenged, self.credentials())
            && let Some((name, value)) =
                Answerer::new().answer(response, &refer, &credentials, &mut self.dice)
        {
            refer.headers.set(Name::Cseq, "2 REFER");
            refer.headers.set(name, value);
            return self.send_outside(refer);
        }
        let code = response.code;
        self.tell(News::ReferAnswered { code });
    }
}

//! A request of the peer's inside a dialog: its order (RFC 3261 §12.2.2), what it requires, and which
//! verb it is for.

use super::{Arrival, Leg, Usage};
use crate::sip::dialog::{Dialog, Key, Order};
use crate::sip::message::{Headers, Method, Name, Request};
use crate::sip::stack::desk::{ALLOW, Desk};
use crate::sip::stack::screen;
use crate::sip::transaction::ServerId;
use crate::sip::transport::Flow;

impl Leg {
    pub fn handle_request(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        arrival: Arrival,
    ) {
        let now = arrival.now;
        let tag = self.tag();
        let order = match (request.headers.cseq(), self.dialog_of_mut(&request)) {
            (Ok(cseq), Some(dialog)) => dialog.order(&cseq),
            (Ok(_), None) | (Err(_), _) => {
                return desk.refuse(server, &request, (481, None), Headers::new(), &tag, now);
            }
        };
        if order == Order::Late && request.method == Method::Bye {
            return self.handle_overtaken_bye(desk, server, request, now);
        }
        let refusal = match order {
            Order::Next => screen::extensions(&request),
            Order::Late => Some((500, Headers::new())),
            Order::Again => Some((482, Headers::new())),
        };
        if let Some((code, headers)) = refusal {
            return desk.refuse(server, &request, (code, None), headers, &tag, now);
        }
        match &request.method {
            Method::Invite => self.handle_reinvite(desk, server, request, arrival),
            Method::Update => self.handle_update(desk, server, request, arrival),
            Method::Prack => self.handle_prack(desk, server, request, arrival),
            Method::Bye => self.handle_bye(desk, server, request, arrival),
            Method::Info | Method::Message => self.handle_info(desk, server, request, arrival),
            Method::Refer => self.handle_refer(desk, server, request, arrival),
            Method::Notify => self.handle_notify(desk, server, request, arrival),
            Method::Subscribe => self.handle_subscribe(desk, server, request, arrival),
            Method::Options => {
                let headers = screen::abilities();
                desk.refuse(server, &request, (200, None), headers, &tag, now);
            }
            Method::Register | Method::Publish | Method::Other(_) => {
                let mut headers = Headers::new();
                headers.push(Name::Allow, ALLOW);
                desk.refuse(server, &request, (405, None), headers, &tag, now);
            }
            // The transactions keep these for themselves.
            Method::Ack | Method::Cancel => {}
        }
    }

    /// The dialog that a request came in: the leg's, or an early one of an INVITE of ours.
    pub(super) fn dialog_of(&self, request: &Request) -> Option<&Dialog> {
        match (&self.dialog, &self.usage) {
            (Some(dialog), _) => Some(dialog),
            (None, Usage::Calling(calling)) => {
                let key = Key::of_request(request)?;
                let fork = calling.forks.iter().find(|fork| fork.dialog.key() == key)?;
                Some(&fork.dialog)
            }
            (None, _) => None,
        }
    }

    fn dialog_of_mut(&mut self, request: &Request) -> Option<&mut Dialog> {
        match (&mut self.dialog, &mut self.usage) {
            (Some(dialog), _) => Some(dialog),
            (None, Usage::Calling(calling)) => {
                let key = Key::of_request(request)?;
                let mut forks = calling.forks.iter_mut();
                let fork = forks.find(|fork| fork.dialog.key() == key)?;
                Some(&mut fork.dialog)
            }
            (None, _) => None,
        }
    }

    /// A target refresh request of the peer's was accepted.
    pub(in crate::sip) fn retarget(&mut self, request: &Request, flow: Flow) {
        if let Some(dialog) = self.dialog_of_mut(request) {
            dialog.retarget_by(request, flow);
        }
    }
}

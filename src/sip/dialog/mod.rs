//! Dialogs (RFC 3261 §12): what two peers know of each other, whoever called and whatever usage
//! runs on it (RFC 5057): an INVITE, a subscription, or both.
//!
//! A dialog builds the requests inside itself and judges the numbers of the peer's. Where a request
//! goes next is in [`hop`].

pub mod hop;
mod ids;

use crate::sip::message::{
    Cseq, Headers, Malformed, Method, Name, NameAddr, Request, Response, Uri,
};
use crate::sip::transport::Flow;

pub use hop::{Hop, Near};
pub use ids::{DialogIds, Stage};

/// What finds a dialog (§12): Call-ID, local tag and remote tag. A missing tag of an RFC 2543 peer is
/// the empty one (§12.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    pub fn new(call_id: &str, local_tag: &str, remote_tag: &str) -> Key {
        // No tag and no Call-ID holds a line break, so the parts cannot run into each other.
        Key(format!("{call_id}\n{local_tag}\n{remote_tag}"))
    }

    /// The dialog that a request of the peer's belongs to.
    pub fn of_request(request: &Request) -> Option<Key> {
        Some(Key::new(
            request.headers.call_id().ok()?,
            request.headers.to().ok()?.tag().unwrap_or_default(),
            request.headers.from().ok()?.tag().unwrap_or_default(),
        ))
    }

    /// The dialog that a response to a request of ours belongs to.
    pub fn of_response(response: &Response) -> Option<Key> {
        Some(Key::new(
            response.headers.call_id().ok()?,
            response.headers.from().ok()?.tag().unwrap_or_default(),
            response.headers.to().ok()?.tag().unwrap_or_default(),
        ))
    }
}

/// How the number of a request in a dialog compares to the last (§12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Higher, by however much.
    Next,
    /// The same number in another transaction: it came by two paths.
    Again,
    /// Lower: overtaken on the way.
    Late,
}

/// One dialog, early or confirmed.
#[derive(Clone, Debug)]
pub struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// Next hop first.
    routes: Vec<Uri>,
    target: Uri,
    /// Our Contact, as written.
    contact: String,
    /// Where the peer's own address really leads.
    near: Near,
}

impl Dialog {
    /// We answer `request` (§12.1.1). An RFC 2543 peer without Contact is called back by its From.
    pub fn callee(
        request: &Request,
        local_tag: &str,
        contact: String,
        flow: Flow,
    ) -> Result<Dialog, Malformed> {
        let remote = request.headers.from()?;
        let target = match request.headers.contact()? {
            Some(contact) => contact.uri,
            None => remote.uri.clone(),
        };
        Ok(Dialog {
            call_id: request.headers.call_id()?.to_string(),
            local: request.headers.to()?.with_tag(local_tag),
            remote,
            local_cseq: 0,
            remote_cseq: Some(request.headers.cseq()?.number),
            routes: uris(request.headers.routes(&Name::RecordRoute)?),
            target,
            contact,
            near: Near::of_request(request, flow),
        })
    }

    /// `response` answers `request` of ours (§12.1.2). `flow` is where the request went.
    pub fn caller(
        request: &Request,
        response: &Response,
        contact: String,
        flow: Flow,
    ) -> Result<Dialog, Malformed> {
        let remote = response.headers.to()?;
        let target = match response.headers.contact()? {
            Some(contact) => contact.uri,
            // A provisional response may leave it out; the request found its way once.
            None => request.uri.clone(),
        };
        let mut routes = uris(response.headers.routes(&Name::RecordRoute)?);
        routes.reverse();
        Ok(Dialog {
            call_id: response.headers.call_id()?.to_string(),
            local: response.headers.from()?,
            remote,
            local_cseq: response.headers.cseq()?.number,
            remote_cseq: None,
            routes,
            target,
            contact,
            near: Near::of_target(request, flow),
        })
    }

    /// A 2xx of which nothing is known but itself, and that it came on `flow`: enough for ACK and BYE.
    pub fn stray(response: &Response, flow: Flow) -> Result<Dialog, Malformed> {
        let request = Request::new(Method::Invite, response.headers.to()?.uri);
        Dialog::caller(&request, response, String::new(), flow)
    }

    /// The 2xx of an early dialog: route set and target are taken anew (§13.2.2.4), the rest stays.
    pub fn confirm(&mut self, response: &Response) {
        if let Ok(routes) = response.headers.routes(&Name::RecordRoute) {
            self.routes = uris(routes);
            self.routes.reverse();
        }
        self.retarget(&response.headers);
    }

    pub fn key(&self) -> Key {
        Key::new(
            &self.call_id,
            self.local.tag().unwrap_or_default(),
            self.remote.tag().unwrap_or_default(),
        )
    }

    /// What names it, and whom it is with.
    pub fn ids(&self, stage: Stage) -> DialogIds {
        DialogIds {
            call_id: self.call_id.clone(),
            local_tag: self.local_tag().to_string(),
            remote_tag: self.remote.tag().unwrap_or_default().to_string(),
            remote: self.remote.uri.clone(),
            target: self.target.clone(),
            address: self.near.address(),
            stage,
        }
    }

    pub fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    /// The other side's address, without its tag.
    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Our Contact, as a header value.
    pub fn contact(&self) -> &str {
        &self.contact
    }

    /// The remote target's URI.
    pub fn target(&self) -> &Uri {
        &self.target
    }

    /// The number of our last request.
    pub fn last_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// Numbers of ours go on after `cseq`, which another early dialog of the same call has used.
    pub fn skip_to(&mut self, cseq: u32) {
        self.local_cseq = self.local_cseq.max(cseq);
    }

    /// The next request of ours, without Via.
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.numbered(method, self.local_cseq)
    }

    /// The ACK for a 2xx: the INVITE's number (§13.2.2.4).
    pub fn ack(&self, cseq: u32) -> Request {
        self.numbered(Method::Ack, cseq)
    }

    fn numbered(&self, method: Method, cseq: u32) -> Request {
        let (uri, routes) = hop::request_line(&self.routes, &self.target);
        let mut request = Request::new(method, uri);
        let headers = &mut request.headers;
        headers.push(Name::MaxForwards, "70");
        for route in routes {
            headers.push(Name::Route, format!("<{route}>"));
        }
        headers.push(Name::From, self.local.to_string());
        headers.push(Name::To, self.remote.to_string());
        headers.push(Name::CallId, self.call_id.clone());
        headers.push(Name::Cseq, format!("{cseq} {}", request.method));
        if refreshes_target(&request.method) {
            headers.push(Name::Contact, self.contact.clone());
        }
        request
    }

    /// Where the next request goes.
    pub fn hop(&self) -> Hop {
        self.near.hop(self.routes.first().unwrap_or(&self.target))
    }

    /// Judges the number of a request and remembers it. ACK and CANCEL have the number of another.
    pub fn order(&mut self, cseq: &Cseq) -> Order {
        match self.remote_cseq {
            Some(last) if cseq.number < last => Order::Late,
            Some(last) if cseq.number == last => Order::Again,
            Some(_) | None => {
                self.remote_cseq = Some(cseq.number);
                Order::Next
            }
        }
    }

    /// A target refresh request of the peer's was accepted, or one of ours answered (§12.2).
    pub fn retarget(&mut self, headers: &Headers) {
        if let Ok(Some(contact)) = headers.contact() {
            self.target = contact.uri;
        }
    }

    /// As [`Dialog::retarget`] for a request, whose flow also says where the peer is now.
    pub fn retarget_by(&mut self, request: &Request, flow: Flow) {
        self.retarget(&request.headers);
        if self.routes.is_empty() {
            self.near = Near::of_request(request, flow);
        }
    }
}

/// The methods whose Contact moves the remote target (§12.2, RFC 3311 §5.1, RFC 6665 §4.1.2,
/// RFC 3515 §2.4).
pub fn refreshes_target(method: &Method) -> bool {
    matches!(
        method,
        Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer
    )
}

fn uris(routes: Vec<NameAddr>) -> Vec<Uri> {
    routes.into_iter().map(|route| route.uri).collect()
}

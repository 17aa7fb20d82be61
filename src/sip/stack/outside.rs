//! Requests of ours outside any dialog: REGISTER, OPTIONS, MESSAGE (RFC 3261 §8.1).

use std::time::Instant;

use super::desk::{Desk, Errand, Heard, Whose, theirs};
use super::{Credentials, Event, Outside};
use crate::sip::auth::Answerer;
use crate::sip::dialog::Hop;
use crate::sip::message::{Name, Request, Response};

/// Sends it; [`Event::Response`] tells how it went.
pub fn send(desk: &mut Desk, outside: Outside, now: Instant) {
    let mut request = Request::new(outside.method, outside.uri.without_headers());
    let call_id = outside.call_id.unwrap_or_else(|| desk.dice.token(16));
    let headers = &mut request.headers;
    headers.push(Name::MaxForwards, "70");
    headers.push(
        Name::From,
        outside.from.with_tag(&desk.dice.token(8)).to_string(),
    );
    headers.push(Name::To, outside.to.to_string());
    headers.push(Name::CallId, call_id);
    headers.push(Name::Cseq, format!("{} {}", outside.cseq, request.method));
    // `Contact: *` is the one that a layer above may need to write itself (§10.2.2).
    let contact = outside.headers.get(&Name::Contact).cloned();
    headers.append(theirs(outside.headers));
    if let (Some(contact), None) = (contact, &outside.contact_user) {
        headers.push(Name::Contact, contact);
    }
    let whose = Whose::Outside {
        id: outside.id,
        credentials: outside.credentials,
    };
    let mut errand = Errand::new(whose, request.with_body(outside.body));
    if let Some(user) = outside.contact_user {
        errand = errand.with_contact_user(user);
    }
    let hop = match outside.flow {
        Some(flow) => Hop::Flow(flow),
        None => Hop::Uri(outside.uri),
    };
    desk.send(errand, hop, now);
}

/// Its answer, or what stands for one; a challenge is answered once.
pub fn handle_answer(desk: &mut Desk, errand: &Errand, heard: Heard, now: Instant) {
    let Whose::Outside { id, credentials } = &errand.whose else {
        return;
    };
    let id = *id;
    if heard.code() < 200 {
        return;
    }
    if let (Some(credentials), Some(response), false) =
        (credentials, heard.response(), errand.challenged)
        && let Some(again) = log_in(desk, errand, response, credentials)
    {
        let hop = match errand.flow {
            Some(flow) => Hop::Flow(flow),
            None => Hop::Uri(again.request.uri.clone()),
        };
        desk.send(again, hop, now);
        return;
    }
    let (code, flow) = (heard.code(), errand.flow);
    let response = match heard {
        Heard::Response(response) => Some(response),
        Heard::Silence | Heard::Unreachable => None,
    };
    desk.event(Event::Response {
        id,
        code,
        response,
        flow,
    });
}

/// The same request with the next number and the answer to its challenge (§22.2).
fn log_in(
    desk: &mut Desk,
    errand: &Errand,
    response: &Response,
    credentials: &Credentials,
) -> Option<Errand> {
    let mut again = errand.clone();
    let answer = Answerer::new().answer(response, &again.request, credentials, &mut desk.dice);
    let (name, value) = answer?;
    let cseq = errand.request.headers.cseq().ok()?.number.checked_add(1)?;
    let headers = &mut again.request.headers;
    headers.set(Name::Cseq, format!("{cseq} {}", again.request.method));
    headers.set(name, value);
    again.challenged = true;
    Some(again)
}

//! Dialogs without a call, for a REFER's events alone (RFC 5057 §4): a SUBSCRIBE to the `Refer-Events-At` of a
//! transfer (RFC 7614), and a REFER that came outside any dialog (RFC 3515 §2.4).

use super::notifier::Notifier;
use super::refer_in::{Told, life_of};
use crate::base::LegId;
use crate::sip::dialog::Dialog;
use crate::sip::invite::{Arrival, Leg};
use crate::sip::message::{Headers, Name, Request};
use crate::sip::refer::Referral;
use crate::sip::stack::desk::Desk;
use crate::sip::transaction::ServerId;

/// A leg for the dialog that a request of the peer's opens. `None` where it names no dialog.
fn leg_for(desk: &mut Desk, id: LegId, request: &Request, arrival: Arrival) -> Option<Leg> {
    let tag = desk.dice.token(8);
    let user = request.uri.user().unwrap_or_default();
    let contact = desk.contact(arrival.flow, &user);
    let dialog = Dialog::callee(request, &tag, contact, arrival.flow).ok()?;
    Some(Leg::without_call(desk, id, dialog))
}

/// SUBSCRIBE outside any dialog. `None` where it was refused: the transfer is unknown (RFC 3515 §2.4.4).
pub fn subscribe(
    desk: &mut Desk,
    id: LegId,
    server: ServerId,
    request: Request,
    arrival: Arrival,
) -> Option<Leg> {
    let now = arrival.now;
    let tagged = request
        .headers
        .from()
        .is_ok_and(|from| from.tag().is_some());
    let reachable = matches!(request.headers.contact(), Ok(Some(_)));
    let (true, true, Ok(life)) = (tagged, reachable, life_of(&request)) else {
        desk.answer(server, &request, 400, now);
        return None;
    };
    let Some((refer, status)) = desk.kept.join(&request.uri, id, now) else {
        desk.answer(server, &request, 403, now);
        return None;
    };
    let Some(mut leg) = leg_for(desk, id, &request, arrival) else {
        desk.kept.part(id);
        desk.answer(server, &request, 400, now);
        return None;
    };
    let mut headers = opening(&leg, &request);
    headers.push(Name::Expires, life.as_secs().to_string());
    let tag = leg.tag();
    desk.refuse(server, &request, (200, None), headers, &tag, now);
    leg.transferor
        .tell(Told::watching(refer, Notifier::watching(status, life, now)));
    Some(leg)
}

/// A REFER outside any dialog that the layers above take for one about the call of leg `about`.
pub fn refer(
    desk: &mut Desk,
    (id, about): (LegId, LegId),
    server: ServerId,
    (request, referral): (Request, Referral),
    arrival: Arrival,
) -> Option<Leg> {
    let Some(mut leg) = leg_for(desk, id, &request, arrival) else {
        desk.answer(server, &request, 400, arrival.now);
        return None;
    };
    leg.ask(desk, about, server, (request, referral), arrival);
    Some(leg)
}

/// What the answer that opens a dialog carries (RFC 3261 §12.1.1).
pub fn opening(leg: &Leg, request: &Request) -> Headers {
    let mut headers = Headers::new();
    for route in request.headers.all(&Name::RecordRoute) {
        headers.push(Name::RecordRoute, route.clone());
    }
    if let Some(dialog) = &leg.dialog {
        headers.push(Name::Contact, dialog.contact().to_string());
    }
    headers
}

//! A proxy without a memory that sends every request back to the switchboard, as a provider does whose numbers
//! lead to us again: the oldest loop of transfers.

use std::net::SocketAddr;

use bytes::Bytes;

use super::world::SERVER;
use crate::sip::message::{Message, Name, Uri, parse};
use crate::sip::transport::Flow;

/// The hops that it leaves, so that a circle is short enough to be read.
const FEW: u8 = 8;

/// What goes out at `here` for what has come in: requests with a Via more and one hop fewer (RFC 3261 §16.11),
/// responses with a Via fewer. `None` where it has come to the end.
pub fn send_back(here: SocketAddr, flow: Flow, bytes: Bytes) -> Option<(Flow, Bytes)> {
    let bytes = match parse(bytes).ok()? {
        Message::Request(mut request) => {
            let branch = request.headers.via().ok()?.branch()?.to_string();
            let left = match request.headers.max_forwards() {
                Ok(Some(left)) => left.checked_sub(1)?.min(FEW),
                Ok(None) | Err(_) => FEW,
            };
            let user = request.uri.user().unwrap_or_default();
            request.uri = Uri::sip(&user, &SERVER.ip().to_string(), None);
            request.headers.set(Name::MaxForwards, left.to_string());
            let via = format!("SIP/2.0/UDP {here};branch={branch}-back");
            request.headers.push_front(Name::Via, via);
            request.to_bytes()
        }
        Message::Response(mut response) => {
            response.headers.remove_first(&Name::Via);
            response.headers.via().ok()?;
            response.to_bytes()
        }
    };
    let back = Flow {
        transport: flow.transport,
        local: here,
        remote: SERVER,
    };
    Some((back, bytes))
}

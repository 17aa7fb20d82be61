//! The way of a request inside a dialog (RFC 3261 §12.2.1.1), and what a peer behind NAT is really
//! called (RFC 3581, RFC 5626).

use crate::sip::message::{Request, Uri};
use crate::sip::transport::Flow;

/// Where a request goes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// To a peer that we know by its flow.
    Flow(Flow),
    /// Where RFC 3263 says.
    Uri(Uri),
}

/// A peer's own name for itself beside the flow on which it was met. What it calls itself may lead
/// nowhere, behind NAT; the flow does.
#[derive(Clone, Debug)]
pub struct Near {
    host: String,
    port: u16,
    flow: Flow,
}

impl Near {
    /// The sender of a request: its topmost Via says what it calls itself.
    pub fn of_request(request: &Request, flow: Flow) -> Near {
        match request.headers.via() {
            Ok(via) => Near {
                port: via.port.unwrap_or(5060),
                host: via.host,
                flow,
            },
            Err(_) => Near::of_flow(flow),
        }
    }

    /// The receiver of a request: it is called as we called it, by route or request URI.
    pub fn of_target(request: &Request, flow: Flow) -> Near {
        let routes = request.headers.routes(&crate::sip::message::Name::Route);
        let first = routes.ok().and_then(|routes| routes.into_iter().next());
        let uri = first.map_or_else(|| request.uri.clone(), |route| route.uri);
        match uri.as_sip() {
            Some(uri) => Near {
                host: uri.host.clone(),
                port: port(uri),
                flow,
            },
            None => Near::of_flow(flow),
        }
    }

    fn of_flow(flow: Flow) -> Near {
        Near {
            host: flow.remote.ip().to_string(),
            port: flow.remote.port(),
            flow,
        }
    }

    /// The flow where `uri` names the peer as it named itself, the other end of the same connection,
    /// or nothing that could be looked up at all (RFC 7118 §5).
    pub fn hop(&self, uri: &Uri) -> Hop {
        let Some(sip) = uri.as_sip() else {
            return Hop::Flow(self.flow);
        };
        let same_name = sip.host.eq_ignore_ascii_case(&self.host) && port(sip) == self.port;
        let same_host = sip.host.trim_matches(['[', ']']) == self.flow.remote.ip().to_string();
        let nameless = sip.host.to_ascii_lowercase().ends_with(".invalid");
        let connected = self.flow.transport.is_reliable() && same_host;
        match same_name || nameless || connected {
            true => Hop::Flow(self.flow),
            false => Hop::Uri(uri.clone()),
        }
    }
}

fn port(uri: &crate::sip::message::uri::SipUri) -> u16 {
    uri.port.unwrap_or(if uri.secure { 5061 } else { 5060 })
}

/// Request URI and Route values: with a loose router first the target is the URI; a strict one takes
/// its place and the target goes last.
pub fn request_line(routes: &[Uri], target: &Uri) -> (Uri, Vec<Uri>) {
    match routes.split_first() {
        None => (target.without_headers(), Vec::new()),
        Some((first, _)) if is_loose(first) => (target.without_headers(), routes.to_vec()),
        Some((first, rest)) => {
            let mut routes = rest.to_vec();
            routes.push(target.clone());
            (first.without_headers(), routes)
        }
    }
}

fn is_loose(uri: &Uri) -> bool {
    uri.as_sip().is_none_or(|sip| sip.params.has("lr"))
}

//! The way of a request inside a dialog (RFC 3261 §12.2.1.1), and what a peer behind NAT is really
//! called (RFC 3581, RFC 5626).

use std::net::IpAddr;

use crate::sip::message::uri::SipUri;
use crate::sip::message::{Name, Request, Uri};
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
        let routes = request.headers.routes(&Name::Route);
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

    /// Where it was met.
    pub fn address(&self) -> IpAddr {
        self.flow.remote.ip()
    }

    /// Whether the peer names an address that is not the one it was met at: no port of it helps then.
    fn is_behind_nat(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        let address = host.parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address != self.flow.remote.ip())
    }

    /// The flow where `uri` names the peer as it named itself, the other end of the same connection,
    /// or nothing that could be looked up at all (RFC 7118 §5).
    pub fn hop(&self, uri: &Uri) -> Hop {
        let Some(sip) = uri.as_sip() else {
            return Hop::Flow(self.flow);
        };
        let named = sip.host.eq_ignore_ascii_case(&self.host);
        let same_name = named && (port(sip) == self.port || self.is_behind_nat());
        let same_host = sip.host.trim_matches(['[', ']']) == self.flow.remote.ip().to_string();
        let nameless = sip.host.to_ascii_lowercase().ends_with(".invalid");
        let connected = self.flow.transport.is_reliable() && same_host;
        match same_name || nameless || connected {
            true => Hop::Flow(self.flow),
            false => Hop::Uri(uri.clone()),
        }
    }
}

fn port(uri: &SipUri) -> u16 {
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
            routes.push(target.without_headers());
            (first.without_headers(), routes)
        }
    }
}

fn is_loose(uri: &Uri) -> bool {
    uri.as_sip().is_none_or(|sip| sip.params.has("lr"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::message::Method;
    use crate::sip::transport::Transport;

    #[test]
    fn a_peer_behind_nat_is_where_it_was_met() {
        let near = met_as("192.168.1.5:5062", Transport::Udp);
        check(&near, "sip:x@192.168.1.5:5062", "flow");
        check(&near, "sip:x@192.168.1.5", "flow");
        // Another address than its own: it knows better, or it is another device.
        check(&near, "sip:x@203.0.113.9:5062", "uri");
    }

    #[test]
    fn a_peer_that_names_its_true_address_is_asked_there() {
        let near = met_as("203.0.113.7:5060", Transport::Udp);
        check(&near, "sip:x@203.0.113.7", "flow");
        check(&near, "sip:x@203.0.113.7:6000", "uri");
        check(&near, "sips:x@203.0.113.7", "uri");
    }

    #[test]
    fn a_connection_is_used_again_and_a_nameless_peer_has_nothing_else() {
        let near = met_as("phone.example:5060", Transport::Tcp);
        check(&near, "sip:x@203.0.113.7:49152;transport=tcp", "flow");
        check(&near, "sip:x@PHONE.example", "flow");
        check(&near, "sip:x@df7jal23ls0d.INVALID;transport=ws", "flow");
        check(&near, "tel:+4930123456", "flow");
        check(&near, "sip:x@elsewhere.example", "uri");
    }

    #[test]
    fn a_loose_router_is_passed_and_a_strict_one_takes_the_request_uri() {
        let lines = |routes: &[&str]| {
            let routes: Vec<Uri> = routes.iter().map(|route| uri(route)).collect();
            let (target, routes) = request_line(&routes, &uri("sip:b@h;x=y?Subject=s"));
            let routes: Vec<String> = routes.iter().map(Uri::to_string).collect();
            format!("{target} via {}", routes.join(", "))
        };
        assert_eq!(lines(&[]), "sip:b@h;x=y via ");
        assert_eq!(
            lines(&["sip:p;lr", "sip:q"]),
            "sip:b@h;x=y via sip:p;lr, sip:q"
        );
        assert_eq!(
            lines(&["sip:p", "sip:q;lr"]),
            "sip:p via sip:q;lr, sip:b@h;x=y"
        );
    }

    fn uri(text: &str) -> Uri {
        Uri::parse(text.as_bytes()).unwrap()
    }

    /// Someone at 203.0.113.7 whose Via says `sent_by`.
    fn met_as(sent_by: &str, transport: Transport) -> Near {
        let mut request = Request::new(Method::Invite, uri("sip:a@h"));
        let via = format!("SIP/2.0/{transport} {sent_by};branch=z9hG4bK1");
        request.headers.push(Name::Via, via);
        let flow = Flow {
            transport,
            local: ([10, 0, 0, 1], 5060).into(),
            remote: ([203, 0, 113, 7], 5060).into(),
        };
        Near::of_request(&request, flow)
    }

    #[track_caller]
    fn check(near: &Near, target: &str, expected: &str) {
        let hop = match near.hop(&uri(target)) {
            Hop::Flow(_) => "flow",
            Hop::Uri(_) => "uri",
        };
        assert_eq!(hop, expected, "{target}");
    }
}

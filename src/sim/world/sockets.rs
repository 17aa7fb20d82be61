//! Servers for WebSockets: what they do, and how they and requests come to a session.

use super::World;
use crate::base::access::Request;
use crate::base::socket::{Refused, Visit};
use crate::sim::socket;

impl World {
    /// A server for sockets does something, at once.
    pub fn act_as_server(&mut self, number: usize, deed: socket::Deed) {
        let name = self.outside.sockets().server(number);
        let name = name.map_or(String::new(), |server| server.name.clone());
        self.act_socket(&name, Some(number), deed);
        self.settle();
    }

    pub(super) fn act_socket(&mut self, server: &str, known: Option<usize>, deed: socket::Deed) {
        let known = known.or_else(|| self.outside.sockets().named(server));
        if let socket::Deed::Visit { path } = deed {
            return self.visit(server, known.unwrap_or(0), path);
        }
        if let socket::Deed::Ask {
            method,
            path,
            content,
        } = deed
        {
            let headers = vec![("x-from".to_string(), server.to_string())];
            let request = Request {
                method,
                path,
                content,
                headers,
            };
            self.ask_session(server, request);
            return;
        }
        if !matches!(deed, socket::Deed::Listen(_)) {
            let did = match &deed {
                socket::Deed::Play { hz, lasts, .. } => {
                    format!("plays {:.1} s of {hz} Hz", lasts.as_secs_f64())
                }
                socket::Deed::Say(text) => format!("says {text}"),
                socket::Deed::Close { code, .. } => format!("closes with {code}"),
                socket::Deed::Break
                | socket::Deed::Listen(_)
                | socket::Deed::Visit { .. }
                | socket::Deed::Ask { .. } => "breaks".to_string(),
            };
            self.note(server, &did);
        }
        self.outside.act_socket(known.unwrap_or(0), deed, self.now);
    }

    /// A server connects to the newest session.
    fn visit(&mut self, name: &str, server: usize, path: String) {
        self.outside.sockets().visits(server);
        let headers = vec![("host".to_string(), "pbx.example".to_string())];
        let visit = Visit {
            path: path.clone(),
            headers,
        };
        let session = self.newest.ok_or(Refused::Gone);
        let outcome = session.and_then(|session| self.board.handle_visit(session, visit, self.now));
        let answer = status_of(outcome.map(|_| 101));
        self.note(name, &format!("asks for {path}: {answer}"));
    }

    /// Somebody outside sends a request to the newest session; the status of the answer.
    pub fn ask_session(&mut self, name: &str, request: Request) -> u16 {
        let asked = format!("asks the session {} {}", request.method, request.path);
        let session = self.newest.ok_or(Refused::Gone);
        let outcome =
            session.and_then(|session| self.board.handle_request(session, request, self.now));
        let status = status_of(outcome.map(|()| 200));
        self.note(name, &format!("{asked}: {status}"));
        self.settle();
        status
    }
}

/// What the program's HTTP answers.
fn status_of(outcome: Result<u16, Refused>) -> u16 {
    outcome.unwrap_or_else(|refused| match refused {
        Refused::Gone => 404,
        Refused::Forbidden => 403,
        Refused::Full => 503,
    })
}

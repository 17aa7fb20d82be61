//! What a test asks about its servers for WebSockets.

use serde_json::{Value, json};

use super::{Stage, duration};
use crate::base::socket::{Encoding, SocketUrl};
use crate::sim::socket::{Deed, Manner, Server};
use crate::trial::ask::{Doing, Meeting};

impl Stage {
    pub(super) fn listen(&mut self, url: &str) -> Value {
        let host = SocketUrl::parse(url).map(|url| url.as_web().host());
        let server = Server {
            name: host.unwrap_or_else(|_| "socket".to_string()),
            url: url.to_string(),
            manner: Manner::Accepts,
            echoes: false,
        };
        json!(self.world.outside().sockets().add(server))
    }

    pub(super) fn meet(&mut self, server: usize, meeting: Meeting) -> Result<Value, String> {
        let server = self.world.outside().sockets().server(server);
        let server = server.ok_or("there is no such server")?;
        match meeting {
            Meeting::Refuses(code) => server.manner = Manner::Refuses(code),
            Meeting::Fails => server.manner = Manner::Fails,
            Meeting::Echoes => server.echoes = true,
        }
        Ok(Value::Null)
    }

    pub(super) fn do_as_server(&mut self, server: usize, does: Doing) -> Result<Value, String> {
        let now = self.world.now().at;
        let (open, _) = self.world.outside().sockets().connections(server, now);
        if open == 0 {
            return Err("nobody is connected to this server".to_string());
        }
        let deed = match does {
            Doing::Say(text) => Deed::Say(text),
            Doing::Play {
                hz,
                seconds,
                tag,
                encoding,
            } => {
                let encoding = encoding.map(|name| Encoding::named(&name));
                let known = encoding.unwrap_or(Some(Encoding::default()));
                Deed::Play {
                    hz,
                    lasts: duration(seconds.min(600.0)),
                    tag,
                    encoding: known.ok_or("there is no such encoding")?,
                }
            }
            Doing::Close { code, reason } => Deed::Close { code, reason },
            Doing::Break => Deed::Break,
        };
        self.world.act_as_server(server, deed);
        Ok(Value::Null)
    }

    pub(super) fn seen_by_server(&mut self, server: usize) -> Value {
        let now = self.world.now().at;
        let sockets = self.world.outside().sockets();
        let (open, ever) = sockets.connections(server, now);
        let kept = sockets.kept(server);
        let kept = kept.map(|(trace, figures)| [trace, figures].map(str::to_string));
        json!({
            "kept": kept,
            "messages": sockets.texts(server),
            "streams": sockets.starts(server),
            "open": open,
            "ever": ever,
        })
    }

    pub(super) fn heard_by_server(&mut self, server: usize, hz: u32) -> Value {
        let now = self.world.now().at;
        json!(
            self.world
                .outside()
                .sockets()
                .tone(server, hz, now)
                .is_some()
        )
    }
}

//! What a test asks about the world outside: its servers and its storage.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Stage, duration};
use crate::base::web::{Answer, Body, Failure, Headers, Method, Request};
use crate::sim::clips;
use crate::sim::outside::{Asked, Says, Stub};
use crate::trial::ask::{Failing, Said, Saying};

impl Stage {
    pub(super) fn serve(&mut self, method: Option<Method>, url: &str) -> Value {
        json!(self.world.outside().add(Stub::new(method, url)))
    }

    pub(super) fn change_server(
        &mut self,
        server: usize,
        change: impl FnOnce(&mut Stub),
    ) -> Result<Value, String> {
        let stub = self.world.outside().stub(server);
        change(stub.ok_or("there is no such server")?);
        Ok(Value::Null)
    }

    pub(super) fn requests(&mut self, server: usize) -> Value {
        let asked = self.world.outside().asked().iter();
        let of_server = asked.filter(|asked| asked.stub == Some(server));
        of_server.map(told).collect()
    }

    pub(super) fn question(&mut self) -> Value {
        let at = self.elapsed();
        match self.world.outside().question() {
            None => Value::Null,
            Some(question) => json!({
                "id": question.id,
                "server": question.stub,
                "said": question.said,
                "request": request(&question.request, at),
            }),
        }
    }

    pub(super) fn answer_question(&mut self, id: u64, says: Saying) -> Result<Value, String> {
        let outcome = match Says::from(says) {
            Says::Answer(answer) => Ok(answer),
            Says::Fails(failure) => Err(failure),
            Says::Sound(_) | Says::Asks => {
                return Err(
                    "a tone is the answer to a player only, and is not given by a function"
                        .to_string(),
                );
            }
        };
        let now = self.world.now().at;
        self.world.outside().answer(id, outcome, now);
        Ok(Value::Null)
    }

    /// What was asked of nobody, in words.
    pub fn unstubbed(&mut self) -> Vec<String> {
        self.world.outside().unstubbed().to_vec()
    }
}

/// A request as the test sees it, with its place.
fn told(asked: &Asked) -> Value {
    let mut told = request(&asked.request, asked.at);
    told["place"] = json!(asked.place.as_ref().map(ToString::to_string));
    told
}

fn request(request: &Request, at: Duration) -> Value {
    json!({
        "method": request.method,
        "url": request.url.reveal(),
        "headers": request.headers,
        "body": request.body.text(),
        "at": at.as_micros() as u64,
    })
}

impl From<Saying> for Says {
    fn from(saying: Saying) -> Says {
        match saying {
            Saying::Asks => Says::Asks,
            Saying::Tone { hz, seconds } => {
                Says::Sound(clips::tone(hz, duration(seconds.min(600.0))))
            }
            Saying::Answer {
                code,
                headers,
                body,
            } => Says::Answer(Answer {
                code,
                headers: Headers(headers),
                body: match body {
                    Said::Text(text) => Body::from(text),
                    Said::Bytes(bytes) => Body::from(bytes),
                },
            }),
            Saying::Fails(how) => Says::Fails(match how {
                Failing::Connection => Failure::NoConnection("the test says so".to_string()),
                Failing::Host => Failure::NoHost("the test says so".to_string()),
                // However long the script is ready to wait.
                Failing::Timeout => Failure::Timeout(duration(0.0)),
                Failing::Broken => Failure::Broken("the test says so".to_string()),
            }),
        }
    }
}

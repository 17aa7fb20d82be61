//! Messages over real sockets on loopback.

use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::base::hook::HookUrl;

#[test]
fn a_status_arrives_once_with_what_it_says() {
    let (server, poster) = (Server::start(["200"]), poster(quick()));
    poster.send(server.post(1, "/hook?key=k", "{\"a\":1}"), loopback());
    let heard = server.heard();
    assert!(
        heard.starts_with("POST /hook?key=k HTTP/1.1\r\n"),
        "{heard}"
    );
    let lower = heard.to_ascii_lowercase();
    assert!(
        lower.contains("content-type: application/json\r\n"),
        "{heard}"
    );
    assert!(
        lower.contains("authorization: basic bwu6az4=\r\n"),
        "{heard}"
    );
    assert!(heard.ends_with("\r\n\r\n{\"a\":1}"), "{heard}");
    drop(poster);
    server.heard_nothing_more();
}

#[test]
fn what_fails_is_tried_again_a_few_times_and_a_refusal_is_not() {
    let (server, poster) = (Server::start(["503", "429", "200"]), poster(quick()));
    poster.send(server.post(1, "/", "one"), loopback());
    drop(poster);
    for _ in 0..3 {
        assert!(server.heard().ends_with("one"));
    }
    server.heard_nothing_more();

    let (server, poster) = (Server::start(["500"; 9]), self::poster(quick()));
    poster.send(server.post(1, "/", "one"), loopback());
    drop(poster);
    for _ in 0..3 {
        server.heard();
    }
    server.heard_nothing_more();

    let (server, poster) = (Server::start(["302"]), self::poster(quick()));
    poster.send(server.post(1, "/", "one"), loopback());
    drop(poster);
    server.heard();
    server.heard_nothing_more();
}

#[test]
fn what_is_told_of_one_transfer_arrives_in_order_and_others_do_not_wait_for_it() {
    let (server, poster) = (Server::start(["500", "200", "200", "200"]), poster(quick()));
    let other = Server::start(["200"]);
    for body in ["one", "two", "three"] {
        poster.send(server.post(1, "/", body), loopback());
    }
    poster.send(other.post(2, "/", "other"), loopback());
    assert!(other.heard().ends_with("other"));
    for body in ["one", "one", "two", "three"] {
        assert!(server.heard().ends_with(body), "{body}");
    }
}

#[test]
fn an_address_that_is_not_public_is_not_called() {
    let (server, poster) = (Server::start(["200"]), poster(quick()));
    poster.send(server.post(1, "/", "x"), Vec::new());
    drop(poster);
    server.heard_nothing_more();
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let pace = Pace {
        patience: Duration::from_millis(300),
        ..quick()
    };
    let (server, poster) = (Server::start(["silence"; 3]), poster(pace));
    poster.send(server.post(1, "/", "x"), loopback());
    drop(poster);
    for _ in 0..3 {
        server.heard();
    }
}

#[test]
fn the_program_ends_although_somebody_never_answers() {
    let pace = Pace {
        last_words: Duration::from_millis(50),
        ..quick()
    };
    let (server, poster) = (Server::start(["silence"]), poster(pace));
    poster.send(server.post(1, "/", "x"), loopback());
    server.heard();
    drop(poster);
}

#[test]
fn what_finds_no_room_is_dropped() {
    let pace = Pace {
        most_waiting: 1,
        most_at_once: 1,
        last_words: Duration::from_millis(50),
        ..quick()
    };
    let (server, poster) = (Server::start(["silence"]), poster(pace));
    for number in 0..100 {
        poster.send(server.post(number, "/", "x"), loopback());
    }
    server.heard();
    drop(poster);
    server.heard_nothing_more();
}

fn poster(pace: Pace) -> Poster {
    Poster::start(pace).expect("a thread")
}

/// Three tries, at once, each for as long as a busy machine may take.
fn quick() -> Pace {
    Pace {
        patience: Duration::from_secs(60),
        waits: vec![Duration::from_millis(1); 2],
        last_words: Duration::from_secs(120),
        ..Pace::default()
    }
}

fn loopback() -> Vec<IpNet> {
    vec!["127.0.0.1/32".parse().expect("a network")]
}

/// A server that answers one request a connection with the next code, and keeps what it heard.
struct Server {
    port: u16,
    heard: Mutex<UnboundedReceiver<String>>,
}

impl Server {
    fn start<const N: usize>(codes: [&'static str; N]) -> Server {
        let (tell, heard) = unbounded_channel();
        let (ready, port) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let port = listener.local_addr().expect("it is bound").port();
                ready.send(port).expect("somebody waits");
                for code in codes {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    let mut text = Vec::new();
                    while !is_whole(&text) {
                        let mut part = [0; 4096];
                        match stream.read(&mut part).await {
                            // Whoever gives up early may do so before all is said.
                            Ok(0) | Err(_) if code == "silence" => break,
                            read => {
                                let read = read.expect("a request");
                                assert!(read > 0, "half a request");
                                text.extend_from_slice(&part[..read]);
                            }
                        }
                    }
                    let _ = tell.send(String::from_utf8(text).expect("text"));
                    match code {
                        // Until the other side gives up.
                        "silence" => {
                            let _ = stream.read(&mut [0; 1]).await;
                        }
                        code => {
                            let answer = format!(
                                "HTTP/1.1 {code} So\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n"
                            );
                            stream.write_all(answer.as_bytes()).await.expect("sent");
                        }
                    }
                }
            });
        });
        Server {
            port: port.recv().expect("it starts"),
            heard: Mutex::new(heard),
        }
    }

    fn post(&self, transfer: u64, path: &str, body: &str) -> Post {
        let url = format!("http://me:k%3E@127.0.0.1:{}{path}", self.port);
        Post {
            hook: HookUrl::parse(&url).expect("a URL"),
            refer: ReferId(transfer),
            body: body.to_string(),
        }
    }

    fn heard(&self) -> String {
        let heard = self.heard.lock().expect("one reader").blocking_recv();
        heard.expect("a request")
    }

    /// To be asked once the poster is dropped.
    fn heard_nothing_more(&self) {
        let more = self.heard.lock().expect("one reader").try_recv();
        assert!(more.is_err(), "{more:?}");
    }
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| length.parse() == Ok(body.len()))
}

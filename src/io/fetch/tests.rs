//! Requests over real sockets on loopback, to servers that mean well and to servers that do not.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::base::web::{Body, Headers, Method};

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_is_told() {
    let server =
        Server::start(["HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello"]);
    let mut request = get(&server.url("/a?b=c"));
    request.method = Method::Put;
    request.headers = Headers(vec![("X-Key".into(), "k".into())]);
    request.body = Body::from("body");
    let answer = ask(request).await.expect("an answer");
    assert_eq!(answer.code, 201);
    assert_eq!(answer.headers.value("x-a"), Some("1"));
    assert_eq!(answer.body.text(), "hello");
}

#[tokio::test]
async fn what_is_sent_is_what_was_asked_for_and_what_a_server_needs() {
    let server = Server::start([OK]);
    let url = server.url("/a?b=c").replace("http://", "http://me:k%3E@");
    let request = Request {
        method: Method::Post,
        url: HookUrl::parse(&url).expect("a URL"),
        headers: Headers(vec![("X-Key".into(), "k".into())]),
        body: Body::from("body"),
    };
    ask(request).await.expect("an answer");
    let heard = server.heard().to_ascii_lowercase();
    for part in [
        "post /a?b=c http/1.1\r\n",
        "x-key: k\r\n",
        "authorization: basic bwu6az4=\r\n",
        "accept-encoding: identity\r\n",
        "connection: close\r\n",
        "content-length: 4\r\n",
        "\r\n\r\nbody",
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    assert!(heard.contains(&format!("host: 127.0.0.1:{}\r\n", server.port)));
}

#[tokio::test]
async fn a_redirection_is_followed_and_what_is_secret_stays_behind() {
    let target = Server::start([OK]);
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        target.url("/there")
    );
    let server = Server::start([moved.as_str()]);
    let mut request = get(&server.url("/"));
    request.headers = Headers(vec![
        ("Authorization".into(), "Bearer x".into()),
        ("X-Plain".into(), "1".into()),
    ]);
    let answer = ask(request).await.expect("an answer");
    assert_eq!(answer.body.text(), "ok");
    let heard = target.heard().to_ascii_lowercase();
    assert!(heard.starts_with("get /there http/1.1\r\n"), "{heard}");
    assert!(
        heard.contains("x-plain: 1") && !heard.contains("bearer"),
        "{heard}"
    );
}

#[tokio::test]
async fn redirections_without_an_end_are_given_up() {
    let server =
        Server::start(["HTTP/1.1 307 Loop\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"; 20]);
    assert_eq!(ask(get(&server.url("/"))).await, Err(Failure::Redirects));
}

#[tokio::test]
async fn a_redirection_into_the_house_is_judged_as_any_address_is() {
    // 2130706434 is 127.0.0.2 in another spelling.
    for inside in [
        "http://169.254.169.254/latest/",
        "http://[::1]:1/",
        "http://10.0.0.1/",
        "http://2130706434/",
    ] {
        let moved =
            format!("HTTP/1.1 302 Found\r\nLocation: {inside}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::start([moved.as_str()]);
        let outcome = ask(get(&server.url("/"))).await;
        let Err(Failure::Forbidden(why)) = outcome else {
            panic!("{inside}: {outcome:?}");
        };
        assert!(
            why.contains("is not public, and http.allow does not name it"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_into_the_house_is_refused_as_its_address_is() {
    let server = Server::start([OK]);
    let url = format!("http://localhost:{}/", server.port);
    let outcome = fetch(&Way::default(), get(&url), &Limits::SCRIPT, &[]).await;
    assert!(matches!(outcome, Err(Failure::Forbidden(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_kept_whatever_it_says_of_itself() {
    let limits = Limits {
        most_bytes: Some(10_000),
        ..Limits::SCRIPT
    };
    for hostile in [
        Hostile::SaysTooMuch,
        Hostile::EndlessBody,
        Hostile::EndlessChunks,
    ] {
        let (url, server) = hostile.start().await;
        let outcome = fetch(&Way::default(), get(&url), &limits, &loopback()).await;
        assert_eq!(outcome, Err(Failure::TooLarge(10_000)), "{hostile:?}");
        server.abort();
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_given_up() {
    for hostile in [Hostile::EndlessHeaders, Hostile::OneEndlessHeader] {
        let (url, server) = hostile.start().await;
        let outcome = ask(get(&url)).await;
        assert!(
            matches!(outcome, Err(Failure::Broken(_))),
            "{hostile:?}: {outcome:?}"
        );
        server.abort();
    }
}

#[tokio::test]
async fn a_server_that_drips_or_is_silent_is_given_up_in_time() {
    let limits = Limits {
        total: Duration::from_millis(300),
        ..Limits::SCRIPT
    };
    for hostile in [Hostile::Drips, Hostile::Silent] {
        let (url, server) = hostile.start().await;
        let outcome = fetch(&Way::default(), get(&url), &limits, &loopback()).await;
        assert_eq!(outcome, Err(Failure::Timeout(limits.total)), "{hostile:?}");
        server.abort();
    }
}

#[tokio::test]
async fn what_is_packed_stays_packed() {
    // A gzip bomb costs what it weighs: its bytes are handed on as they are.
    let server = Server::start([
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x08ab",
    ]);
    let answer = ask(get(&server.url("/"))).await.expect("an answer");
    assert_eq!(answer.body.0.as_ref(), b"\x1f\x08ab");
}

#[tokio::test]
async fn what_is_no_http_is_a_failure_and_not_a_panic() {
    for garbage in [
        "",
        "SSH-2.0-x\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let server = Server::start([garbage]);
        let outcome = ask(get(&server.url("/"))).await;
        assert!(
            matches!(outcome, Err(Failure::Broken(_))),
            "{garbage:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_header_that_would_forge_a_line_is_never_sent() {
    let server = Server::start([OK]);
    let mut request = get(&server.url("/"));
    request.headers = Headers(vec![("X".into(), "a\r\nHost: evil".into())]);
    assert!(matches!(ask(request).await, Err(Failure::BadUrl(_))));
    server.heard_nothing();
}

#[tokio::test]
async fn nobody_there_and_nobody_known_are_told_apart() {
    let nobody = crate::io::tests::nobody();
    let outcome = ask(get(&format!("http://{}/", nobody.at))).await;
    assert!(
        matches!(outcome, Err(Failure::NoConnection(_))),
        "{outcome:?}"
    );
}

#[test]
fn many_are_fetched_so_many_at_a_time_and_each_is_answered_once() {
    let (url, most) = counting_server();
    let room = Room {
        active: 4,
        all: 40,
        last_words: Duration::from_secs(120),
    };
    let fetcher = Fetcher::start(room).expect("a thread");
    let (tell, told) = mpsc::channel();
    for _ in 0..100 {
        let tell = tell.clone();
        fetcher.send(Job {
            request: get(&url),
            limits: Limits::SCRIPT,
            allow: loopback(),
            done: Box::new(move |outcome| tell.send(outcome).expect("it is there")),
        });
    }
    drop(tell);
    drop(fetcher);
    let outcomes: Vec<_> = told.iter().collect();
    assert_eq!(outcomes.len(), 100);
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused =
        |outcome: &&Result<Answer, Failure>| matches!(outcome, Err(Failure::Forbidden(_)));
    assert_eq!(answered + outcomes.iter().filter(refused).count(), 100);
    assert!(answered >= 40, "{answered}");
    assert!(*most.lock().expect("nobody panicked") <= 4);
}

#[test]
fn the_program_ends_although_a_server_never_answers_and_who_asked_is_told() {
    let (tell, told) = mpsc::channel();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let room = Room {
        last_words: Duration::from_millis(50),
        ..Room::default()
    };
    let fetcher = Fetcher::start(room).expect("a thread");
    fetcher.send(Job {
        request: get(&url),
        limits: Limits::SCRIPT,
        allow: loopback(),
        done: Box::new(move |outcome| tell.send(outcome).expect("it is there")),
    });
    drop(fetcher);
    assert!(matches!(told.recv(), Ok(Err(Failure::Internal(_)))));
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn ask(request: Request) -> Result<Answer, Failure> {
    fetch(&Way::default(), request, &Limits::SCRIPT, &loopback()).await
}

fn get(url: &str) -> Request {
    Request::get(HookUrl::parse(url).expect("a URL"))
}

fn loopback() -> Vec<IpNet> {
    vec!["127.0.0.1/32".parse().expect("a network")]
}

/// Answers one request a connection with the next text, and keeps what it heard.
struct Server {
    port: u16,
    heard: Mutex<mpsc::Receiver<String>>,
}

impl Server {
    fn start<const N: usize>(answers: [&str; N]) -> Server {
        let answers = answers.map(str::to_string);
        let (tell, heard) = mpsc::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            use std::io::{Read, Write};
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
                while !is_whole(&text) {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => text.extend_from_slice(&buffer[..read]),
                    }
                }
                let _ = tell.send(String::from_utf8_lossy(&text).into_owned());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Server {
            port,
            heard: Mutex::new(heard),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn heard(&self) -> String {
        let heard = self.heard.lock().expect("one reader");
        heard.recv().expect("a request")
    }

    fn heard_nothing(&self) {
        let heard = self.heard.lock().expect("one reader").try_recv();
        assert_eq!(
            heard,
            Err(mpsc::TryRecvError::Empty),
            "nobody was connected to"
        );
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

/// A server that means ill.
#[derive(Clone, Copy, Debug)]
enum Hostile {
    SaysTooMuch,
    EndlessBody,
    EndlessChunks,
    EndlessHeaders,
    OneEndlessHeader,
    Drips,
    Silent,
}

impl Hostile {
    async fn start(self) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // The client goes away in the middle; that is what is tested.
                let _ = self.serve(stream).await;
            }
        });
        (url, serving)
    }

    async fn serve(self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await?;
        let (start, again, pause) = match self {
            Hostile::SaysTooMuch => (
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                "x",
                1,
            ),
            Hostile::EndlessBody => (
                "HTTP/1.1 200 OK\r\n\r\n",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                0,
            ),
            Hostile::EndlessChunks => (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "10\r\nxxxxxxxxxxxxxxxx\r\n",
                0,
            ),
            Hostile::EndlessHeaders => ("HTTP/1.1 200 OK\r\n", "X-Y: zzzzzzzzzzzzzzzzzzzz\r\n", 0),
            Hostile::OneEndlessHeader => ("HTTP/1.1 200 OK\r\nX: ", "zzzzzzzzzzzzzzzzzzzzzzzzz", 0),
            Hostile::Drips => ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "x", 20),
            Hostile::Silent => ("", "", 20),
        };
        stream.write_all(start.as_bytes()).await?;
        loop {
            match pause {
                0 => tokio::task::yield_now().await,
                ms => tokio::time::sleep(Duration::from_millis(ms)).await,
            }
            stream.write_all(again.as_bytes()).await?;
        }
    }
}

/// A server that takes its time, and the most connections that it had at once.
fn counting_server() -> (String, Arc<Mutex<usize>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (most, now) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let told = most.clone();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        while let Ok((mut stream, _)) = listener.accept() {
            let (most, now) = (most.clone(), now.clone());
            std::thread::spawn(move || {
                {
                    let mut now = now.lock().expect("nobody panicked");
                    *now += 1;
                    let mut most = most.lock().expect("nobody panicked");
                    *most = (*most).max(*now);
                }
                let _ = stream.read(&mut [0; 4096]);
                std::thread::sleep(Duration::from_millis(5));
                *now.lock().expect("nobody panicked") -= 1;
                let _ = stream.write_all(OK.as_bytes());
            });
        }
    });
    (url, told)
}

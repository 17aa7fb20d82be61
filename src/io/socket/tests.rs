//! Sockets against servers on loopback, and tasks against a peer in memory: what goes there and comes back, what is
//! refused, and what a slow or hostile other side costs.

use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::io::duplex;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept_hdr};

use super::*;
use crate::base::socket::{Encoding, Keep, SocketUrl, Title};
use crate::base::web::Headers;
use crate::base::{Dice, SessionId, UnitId};
use crate::io::record::Links;
use crate::io::trace::Traces;
use crate::media::frame::samples_of;
use crate::media::measure::{fit, tone};
use crate::settings::sound;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

const SOCKET: SoundId = sound(1);
const OUTLET: SoundId = sound(2);

const fn sound(unit: u32) -> SoundId {
    SoundId {
        session: SessionId(1),
        unit: UnitId(unit),
    }
}

type Taken = (SoundId, Taker);

/// What the inside is told.
struct Told {
    heard: Receiver<Heard>,
    fed: Receiver<Feed>,
    taken: Receiver<Taken>,
}

fn inside() -> (Inside, Told) {
    let (tell, heard) = mpsc::channel();
    let (feed, fed) = mpsc::channel();
    let (take, taken) = mpsc::channel();
    let inside = Inside {
        tell: Arc::new(move |_, heard| drop(tell.send(heard))),
        feed: Arc::new(move |_, sound| drop(feed.send(sound))),
        take: Arc::new(move |outlet, taker| drop(take.send((outlet, taker)))),
    };
    let told = Told { heard, fed, taken };
    (inside, told)
}

fn terms(allow: &str) -> Terms {
    Terms {
        allow: vec![allow.parse().unwrap()],
        most_bytes: 64 << 10,
    }
}

fn connect(url: &str) -> SocketWish {
    SocketWish::Connect(Box::new(NewSocket {
        url: SocketUrl::parse(url).unwrap(),
        protocols: vec!["voice".to_string()],
        headers: Headers(vec![("X-Key".into(), "sesame".into())]),
        keep: Keep::default(),
        place: None,
    }))
}

/// A server for one connection; what the handshake had, as it came.
fn server(
    serve: impl FnOnce(WebSocket<std::net::TcpStream>) + Send + 'static,
) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        #[allow(clippy::result_large_err)] // the type is the crate's
        let shake = |request: &Request, mut response: Response| {
            let value = |name: &str| request.headers()[name].to_str().unwrap().to_string();
            let _ = tell.send(format!(
                "{} {} {} {}",
                request.uri(),
                value("x-key"),
                value("authorization"),
                value("host")
            ));
            let protocol = request.headers()["sec-websocket-protocol"].clone();
            let headers = response.headers_mut();
            headers.insert("sec-websocket-protocol", protocol);
            Ok(response)
        };
        serve(accept_hdr(stream, shake).unwrap());
    });
    (port, told)
}

fn next(told: &Told) -> Heard {
    told.heard
        .recv_timeout(PATIENCE)
        .expect("something is told")
}

#[test]
fn texts_and_sound_go_there_and_back_and_both_say_goodbye() {
    let (port, shaken) = server(|mut socket| {
        // An echo.
        while let Ok(message) = socket.read() {
            if message.is_text() && socket.send(message).is_err() {
                return;
            }
        }
    });
    let (inside, told) = inside();
    let mut sockets = Sockets::start(inside).unwrap();
    let mut wish = |wish| sockets.wish(SOCKET, wish, || terms("127.0.0.1/32"));
    wish(connect(&format!("ws://me:key@127.0.0.1:{port}/a?b=1")));
    assert_eq!(next(&told), Heard::Open {});
    assert_eq!(
        shaken.recv_timeout(PATIENCE).unwrap(),
        format!("/a?b=1 sesame Basic bWU6a2V5 127.0.0.1:{port}")
    );
    wish(SocketWish::Send("hello".into()));
    let text = "hello".to_string();
    assert_eq!(next(&told), Heard::Text { text });

    let stream = Stream {
        tag: Some("a".into()),
        encoding: Encoding::Pcm16k,
        custom: None,
    };
    let outlet = OUTLET;
    wish(SocketWish::Start { outlet, stream });
    let (taken, mut taker) = told.taken.recv_timeout(PATIENCE).unwrap();
    assert_eq!(taken, OUTLET);
    for samples in tone(16_000, 440.0, 8_000.0, 16_000).chunks(samples_of(16_000)) {
        let (frame, right) = (Frame::of(16_000, samples), None);
        taker(Cut { frame, right });
    }
    wish(SocketWish::Stop { outlet });
    let mut heard = Vec::new();
    loop {
        match told.fed.recv_timeout(PATIENCE).expect("sound comes back") {
            Feed::Start { tag, encoding, .. } => {
                assert_eq!(
                    (tag.as_deref(), encoding.as_deref()),
                    (Some("a"), Some("PCM16"))
                );
            }
            Feed::Sound { clip, .. } => heard.extend_from_slice(clip.samples()),
            Feed::Stop { .. } => break,
            Feed::Clear { .. } => unreachable!("nobody clears"),
        }
    }
    assert_eq!(heard.len(), 16_000);
    let (peak, rest) = fit(16_000, 440.0, &heard);
    assert!((peak - 8_000.0).abs() < 10.0 && rest < 2.0, "{peak} {rest}");

    wish(SocketWish::Close);
    let Heard::Closed(close) = next(&told) else {
        panic!("it is closed");
    };
    assert_eq!((close.code, close.clean), (1000, true));
}

/// Plays with a socket of which figures and a trace are kept; what is in them when it is over.
fn kept(url: &str, play: impl FnOnce(&mut Sockets, &Told)) -> (serde_json::Value, String) {
    let root = tempfile::tempdir().unwrap();
    let links = Links {
        key: Arc::from(&b"key"[..]),
        base: "http://h".to_string(),
    };
    let dice = Dice::from_seed(1);
    let mut traces = Traces::start(root.path().into(), 0, links, dice, |_, why| {
        panic!("it is kept: {why}")
    })
    .unwrap();
    let (inside, told) = inside();
    let mut sockets = Sockets::start(inside).unwrap();
    let keep = Keep {
        statistics: true,
        trace: true,
        privacy: false,
    };
    let pages = traces.begin(SOCKET, keep, &sound::Recordings::default());
    let links = pages.links.clone();
    let title = Title::new(keep, false, "ws://h/".into(), &[]);
    sockets.keep(SOCKET, Book::new(SOCKET, title, 1 << 20, pages));
    sockets.wish(SOCKET, connect(url), || terms("127.0.0.1/32"));
    play(&mut sockets, &told);
    drop(sockets);
    drop(traces);
    let read = |link: Option<String>| {
        let link = link.expect("a link");
        let (_, name) = link.split_once("/recordings/").expect("one of ours");
        let (name, _) = name.split_once('?').expect("it is sealed");
        std::fs::read_to_string(root.path().join(name)).expect("a file")
    };
    let figures = read(links.statistics);
    (serde_json::from_str(&figures).unwrap(), read(links.trace))
}

#[test]
fn what_goes_over_a_socket_is_in_its_figures_and_in_its_trace() {
    let (port, _shaken) = server(|mut socket| {
        while let Ok(message) = socket.read() {
            if message.is_text() && socket.send(message).is_err() {
                return;
            }
        }
    });
    let url = format!("ws://me:key@127.0.0.1:{port}/");
    let (figures, trace) = kept(&url, |sockets, told| {
        let mut wish = |wish| sockets.wish(SOCKET, wish, || terms("127.0.0.1/32"));
        assert_eq!(next(told), Heard::Open {});
        wish(SocketWish::Send("hello".into()));
        assert!(matches!(next(told), Heard::Text { .. }));
        let outlet = OUTLET;
        let stream = Stream::default();
        wish(SocketWish::Start { outlet, stream });
        let (_, mut taker) = told.taken.recv_timeout(PATIENCE).unwrap();
        for _ in 0..25 {
            let (frame, right) = (Frame::silence(8_000), None);
            taker(Cut { frame, right });
        }
        wish(SocketWish::Stop { outlet });
        loop {
            match told.fed.recv_timeout(PATIENCE).expect("sound comes back") {
                Feed::Stop { .. } => break,
                Feed::Start { .. } | Feed::Sound { .. } | Feed::Clear { .. } => {}
            }
        }
        wish(SocketWish::Close);
        assert!(matches!(next(told), Heard::Closed(_)));
    });
    for way in ["sent", "received"] {
        let own = &figures[way];
        assert_eq!(own["text"]["messages"], 1, "{figures}");
        assert_eq!(own["text"]["bytes"], 5, "{figures}");
        assert_eq!(own["streams"]["messages"], 2, "{figures}");
        assert_eq!(own["media"]["messages"], 25, "{figures}");
        assert_eq!(own["media"]["ms"], 500, "{figures}");
    }
    assert_eq!(figures["state"], "closed", "{figures}");
    assert_eq!(figures["code"], 1000, "{figures}");
    assert!(figures["roundTripMs"]["last"].is_number(), "{figures}");
    for line in [
        "-- open\n",
        ">> hello\n",
        "<< hello\n",
        ">> {\"event\":\"start\"",
        "500 ms of sound",
        "<< {\"event\":\"stop\"",
        ">> close 1000\n",
        "-- closed: 1000\n",
    ] {
        assert!(trace.contains(line), "{line}: {trace}");
    }
    assert!(!trace.contains("key"), "{trace}");
}

#[test]
fn a_socket_that_is_never_open_has_its_reason_in_the_trace() {
    let (figures, trace) = kept("ws://10.1.2.3/", |_, told| {
        assert!(matches!(next(told), Heard::Failed { .. }));
        assert!(matches!(next(told), Heard::Closed(_)));
    });
    assert!(trace.contains("-- error: ws://10.1.2.3/: "), "{trace}");
    assert_eq!(figures["code"], 1006, "{figures}");
    assert_eq!(figures.get("opened"), None, "{figures}");
}

#[test]
fn nobody_is_reached_at_an_address_that_is_not_allowed_or_where_nobody_is() {
    let (inside, told) = inside();
    let mut sockets = Sockets::start(inside).unwrap();
    let nobody = crate::io::tests::nobody();
    let url = format!("ws://{}/?key=secret", nobody.at);
    for (allow, expected) in [
        (
            "10.0.0.0/8",
            "is not public, and http.allow does not name it",
        ),
        ("127.0.0.1/32", "refused"),
    ] {
        sockets.wish(SOCKET, connect(&url), || terms(allow));
        let Heard::Failed { why } = next(&told) else {
            panic!("it fails");
        };
        assert!(why.contains(expected) && !why.contains("secret"), "{why}");
        let Heard::Closed(close) = next(&told) else {
            panic!("it is closed");
        };
        assert_eq!((close.code, close.clean), (1006, false));
    }
}

/// A task with a peer in memory whose end of the line holds so many bytes.
fn with_peer<F: Future>(
    bytes: usize,
    play: impl FnOnce(Line, WebSocketStream<tokio::io::DuplexStream>, Told) -> F,
) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (ours, theirs) = duplex(bytes);
        let config = Some(connect::config(&terms("127.0.0.1/32")));
        let open = WebSocketStream::from_raw_socket(ours, Role::Client, config).await;
        let peer = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let (orders, ordered) = channel(MOST_ORDERS);
        let (frames, framed) = channel(MOST_FRAMES);
        let shared = Arc::<Shared>::default();
        let ends = Ends {
            orders: ordered,
            frames: framed,
            shared: shared.clone(),
        };
        let line = Line {
            orders,
            frames,
            shared,
        };
        let (inside, told) = inside();
        let task = task::talk(SOCKET, open, Vec::new(), ends, None, inside);
        let play = play(line, peer, told);
        tokio::select! {
            biased;
            output = play => output,
            () = async { task.await; std::future::pending().await } => unreachable!("it is pending"),
        }
    })
}

/// Waits for something without stopping the task.
async fn told(told: &Told) -> Heard {
    let started = tokio::time::Instant::now();
    loop {
        if let Ok(heard) = told.heard.try_recv() {
            return heard;
        }
        assert!(started.elapsed() < PATIENCE, "nothing is told");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_server_that_does_not_read_costs_frames_that_are_counted_and_nothing_else() {
    with_peer(4 << 10, |line, mut peer, heard| async move {
        assert_eq!(told(&heard).await, Heard::Open {});
        let outlet = OUTLET;
        let stream = Stream::default();
        let start = Order::Start { outlet, stream };
        assert!(line.orders.try_send(start).is_ok());
        let mut lost = 0;
        // 20 s of sound, a little faster than it is heard.
        for _ in 0..1_000 {
            let frame = Frame::silence(8_000);
            if line.frames.try_send((outlet, frame)).is_err() {
                line.shared.lost.fetch_add(1, Ordering::Relaxed);
                lost += 1;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        assert!((700..950).contains(&lost), "{lost}");
        let Heard::Lost { frames } = told(&heard).await else {
            panic!("the loss is told");
        };
        assert!(frames <= lost && frames > 0, "{frames} of {lost}");
        // It reads at last: what waited comes, in order.
        let mut chunks = 0;
        while chunks < 50 {
            let message = peer.next().await.expect("a message").expect("a sound one");
            chunks += usize::from(message.to_string().contains("\"media\""));
        }
    });
}

#[test]
fn a_message_that_is_too_long_ends_the_socket_and_says_why() {
    with_peer(1 << 20, |line, mut peer, heard| async move {
        let _held = line;
        assert_eq!(told(&heard).await, Heard::Open {});
        let long = "x".repeat((64 << 10) + 1);
        peer.send(Message::text(long)).await.expect("it is sent");
        let Heard::Failed { why } = told(&heard).await else {
            panic!("it fails");
        };
        assert!(why.contains("limits.socketMessageKb"), "{why}");
        let Heard::Closed(close) = told(&heard).await else {
            panic!("it is closed");
        };
        assert_eq!((close.code, close.clean), (1009, false));
    });
}

#[test]
fn a_flood_of_texts_is_read_no_faster_than_a_session_can_bear() {
    let begun = Instant::now();
    with_peer(64 << 10, |line, mut peer, heard| async move {
        let _held = line;
        assert_eq!(told(&heard).await, Heard::Open {});
        let flood = async {
            for n in 0..100_000 {
                let message = Message::text(n.to_string());
                peer.feed(message).await.expect("it is taken");
            }
        };
        let count = async {
            let mut read = 0;
            while read < 1_250 {
                assert!(begun.elapsed() < PATIENCE, "{read}");
                tokio::time::sleep(Duration::from_millis(5)).await;
                read += heard.heard.try_iter().count();
            }
            read
        };
        tokio::select! {
            () = flood => panic!("a hundred thousand are taken"),
            read = count => {
                // A thousand at once, and 250 a second.
                let most = 1_001.0 + 250.0 * begun.elapsed().as_secs_f64();
                assert!(read as f64 <= most, "{read} of {most}");
            }
        }
    });
}

#[test]
fn pings_are_answered_and_a_close_of_the_other_side_is_clean() {
    with_peer(64 << 10, |line, mut peer, heard| async move {
        let _held = line;
        assert_eq!(told(&heard).await, Heard::Open {});
        let ping = Message::Ping("are you there".into());
        peer.send(ping).await.expect("it is sent");
        let pong = peer.next().await.expect("an answer").expect("a pong");
        assert_eq!(pong, Message::Pong("are you there".into()));
        // Bytes are nobody's.
        let bytes = Message::Binary(vec![1, 2, 3].into());
        peer.send(bytes).await.expect("it is sent");
        peer.close(None).await.expect("it is sent");
        let Heard::Closed(close) = told(&heard).await else {
            panic!("it is closed");
        };
        assert_eq!((close.code, close.clean), (1005, true));
    });
}

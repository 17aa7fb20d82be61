//! The running program between a phone with real RTP and a server for WebSockets on loopback: what the phone says goes
//! out by the socket and comes back, judged by its frequency, its level and its delay.

mod live;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use live::{Caller, Program};
use serde_json::Value;
use switchhook::media::codec::{Coding, Decoder, Encoder};
use switchhook::media::measure::{fit, rms, tone};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

/// Answers, and lets the caller and an echo hear each other.
const ECHO: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const socket = VoxEngine.createWebSocket("ws://127.0.0.1:PORT/echo");
  socket.onopen = () => call.answer();
  socket.onmessage = ({ text }) => Logger.write("the server says " + text);
  socket.onclose = ({ code, wasClean }) => {
    Logger.write("closed " + code + " " + wasClean);
    VoxEngine.terminate();
  };
  call.addEventListener(CallEvents.Connected, () => {
    call.sendMediaTo(socket, { encoding: WebSocketAudioEncoding.ENCODING });
    socket.sendMediaTo(call);
    socket.send("hello");
  });
  call.addEventListener(CallEvents.Disconnected, () => socket.close());
});
"#;

/// As the echo, and tells the server where what is kept of the socket can be had.
const KEPT: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const socket = VoxEngine.createWebSocket("ws://127.0.0.1:PORT/echo?token=hush", {
    headers: [{ name: "Authorization", value: "Bearer sesame" }, { name: "X-Room", value: "blue" }],
    statistics: true,
    trace: true,
  });
  let links;
  socket.oncreated = ({ statisticsUrl, traceUrl }) => (links = { statisticsUrl, traceUrl });
  socket.onopen = () => call.answer();
  socket.onclose = ({ code }) => {
    Logger.write("closed " + code);
    VoxEngine.terminate();
  };
  call.addEventListener(CallEvents.Connected, () => {
    socket.send(JSON.stringify(links));
    call.sendMediaTo(socket);
    socket.sendMediaTo(call);
  });
  call.addEventListener(CallEvents.Disconnected, () => socket.close());
});
"#;

/// Waits for a server, which the caller hears from then on.
const VISIT: &str = r#"
VoxEngine.addEventListener(AppEvents.Started, ({ accessURL, accessSecureURL }) => {
  Logger.write("access " + accessURL + " secure " + accessSecureURL.startsWith("https://"));
});
VoxEngine.addEventListener(AppEvents.NewWebSocketFailed, ({ reason, path }) => Logger.write("failed " + path + " " + reason));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  VoxEngine.addEventListener(AppEvents.WebSocket, ({ websocket, method, path, headers }) => {
    const key = headers.find(({ key }) => key === "x-key");
    Logger.write("came " + method + " " + path + " " + key?.value + " " + websocket.readyState);
    websocket.onclose = ({ code }) => Logger.write("closed " + code);
    websocket.onmessage = ({ text }) => {
      websocket.send("you said " + text);
      if (text === "sound") {
        websocket.sendMediaTo(call);
        call.sendMediaTo(websocket);
      }
    };
  });
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, () => {
    VoxEngine.allowWebSocketConnections();
    Logger.write("open now");
  });
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
"#;

const PACKET: Duration = Duration::from_millis(20);

#[test]
fn what_a_caller_says_comes_back_by_the_socket_as_it_was() {
    live::at_once(["PCM16_8KHZ", "ULAW", "OPUS"], |encoding| {
        // A new call each time: what a stall has left in a socket's voice is heard late for good.
        live::at_its_best(|| echoes(encoding));
    });
}

fn echoes(encoding: &str) -> anyhow::Result<()> {
    let (port, messages) = echo();
    let scenario = ECHO
        .replace("PORT", &port.to_string())
        .replace("ENCODING", encoding);
    let program = Program::start(
        &[("echo.js".to_string(), scenario)],
        r#"{"http": {"allow": ["127.0.0.1"]}}"#,
    );
    let mut caller = Caller::new(program.sip);
    let rtp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let call = caller.invite_to("anybody", rtp.local_addr().expect("bound").port());
    let answered = caller.await_call(&call, &program, |call| call.answer.is_some());
    let peer = answered.sound.expect("the answer says where sound goes");
    // The stream to the server begins.
    until(&program, || messages.load(Ordering::Relaxed) > 2);

    let heard = Phone::new(rtp, peer).talk()?;
    // The jitter buffer, a tick to the server, another back.
    ensure!(
        heard.delay < Duration::from_millis(400),
        "{encoding}: {heard:?}"
    );
    println!("{encoding}: {heard:?}");
    heard.as_it_was()?;

    caller.bye(&call);
    caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    until(&program, || program.said().contains("closed 1000 true"));
    assert!(
        program.said().contains("the server says hello"),
        "{}",
        program.said()
    );
    Ok(())
}

/// The paths of the links that a scenario has told its server: to the figures, and to the trace.
fn links_of(texts: &Receiver<String>) -> [String; 2] {
    let text = texts.recv_timeout(live::PATIENCE).expect("the links");
    let links: Value = serde_json::from_str(&text).expect("JSON");
    ["statisticsUrl", "traceUrl"].map(|name| {
        let link = links[name].as_str().expect("a link");
        let (_, path) = link.split_once("/recordings/").expect("one of ours");
        format!("/recordings/{path}")
    })
}

#[test]
fn what_went_over_a_socket_is_had_by_its_links_and_by_nothing_else() {
    let (port, _messages, texts) = echo_that_tells();
    let scenario = KEPT.replace("PORT", &port.to_string());
    let program = Program::start(
        &[("kept.js".to_string(), scenario)],
        r#"{"http": {"allow": ["127.0.0.1"]}}"#,
    );
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    let [figures, trace] = links_of(&texts);

    // They lead there while it lives, and nobody gets there without them.
    until(&program, || {
        program.get(&figures).1.contains("\"state\": \"open\"")
    });
    let mut seals = Vec::new();
    for path in [&figures, &trace] {
        let (bare, query) = path.split_once('?').expect("it is sealed");
        let (_, seal) = query.split_once("signature=").expect("it is sealed");
        let digit = if seal.ends_with('0') { "1" } else { "0" };
        let forged = format!(
            "{}{digit}",
            path.get(..path.len() - 1).expect("it has more")
        );
        assert_eq!(program.get(bare).0, 403);
        assert_eq!(program.get(&forged).0, 403);
        seals.push(seal.to_string());
    }

    // The silence of a phone that says nothing goes there and back as well.
    until(&program, || {
        let told: Option<Value> = serde_json::from_str(&program.get(&figures).1).ok();
        let heard = told.and_then(|told| told["received"]["media"]["messages"].as_u64());
        heard.is_some_and(|heard| heard >= 100)
    });
    caller.bye(&call);
    caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    until(&program, || program.said().contains("closed 1000"));
    until(&program, || {
        program.get(&figures).1.contains("\"state\": \"closed\"")
    });

    let told: Value = serde_json::from_str(&program.get(&figures).1).expect("JSON");
    assert_eq!(told["code"], 1000, "{told}");
    assert_eq!(told["sent"]["text"]["messages"], 1, "{told}");
    assert_eq!(told["received"]["text"], told["sent"]["text"], "{told}");
    for way in ["sent", "received"] {
        let media = &told[way]["media"];
        let number = |name: &str| media[name].as_u64().expect("a number");
        assert!(number("messages") >= 100, "{told}");
        assert_eq!(number("ms"), 20 * number("messages"), "{told}");
        // Twenty milliseconds, or longer where the machine is busy.
        assert!(number("longestGapMs") >= 10, "{told}");
    }
    assert!(told["dropped"]["frames"].is_number(), "{told}");
    let trip = told["roundTripMs"]["last"].as_f64().expect("a round trip");
    assert!(trip >= 0.0, "{told}");

    let (status, text) = program.get(&trace);
    assert_eq!(status, 200);
    for line in [
        "/echo?…\n",
        "-- header Authorization: …\n",
        "-- header X-Room: blue\n",
        "-- open\n",
        ">> {\"statisticsUrl\":",
        "<< {\"statisticsUrl\":",
        ">> media: ",
        "<< media: ",
        "-- closed: 1000",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    seals.extend(["sesame".to_string(), "hush".to_string()]);
    let logged = program.said();
    for secret in seals {
        assert!(!text.contains(&secret), "{text}");
        assert!(!logged.contains(&secret), "{logged}");
    }
}

#[test]
fn what_was_kept_of_a_socket_is_there_after_kill_9() {
    let (port, _messages, texts) = echo_that_tells();
    let scenario = KEPT.replace("PORT", &port.to_string());
    let program = Program::start(
        &[("kept.js".to_string(), scenario)],
        r#"{"http": {"allow": ["127.0.0.1"]}}"#,
    );
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    let [figures, trace] = links_of(&texts);
    until(&program, || {
        let text = program.get(&trace).1;
        text.contains(">> {\"statisticsUrl\":") && text.contains(" << media: ")
    });
    let before = program.get(&trace).1;
    until(&program, || {
        let told: Option<Value> = serde_json::from_str(&program.get(&figures).1).ok();
        told.is_some_and(|told| told["sent"]["text"]["messages"] == 1)
    });
    let program = program.crash_and_restart();
    let (status, after) = program.get(&trace);
    assert_eq!(status, 200);
    assert!(after.starts_with(&before), "{before}\n{after}");
    let told: Value = serde_json::from_str(&program.get(&figures).1).expect("JSON, and whole");
    assert_eq!(told["sent"]["text"]["messages"], 1, "{told}");
    assert_eq!(told["state"], "open", "{told}");
}

#[test]
fn a_server_connects_to_a_running_session_and_the_caller_hears_it() {
    let program = Program::start(
        &[("visit.js".to_string(), VISIT.to_string())],
        r#"{"limits": {"sockets": 1}}"#,
    );
    let mut caller = Caller::new(program.sip);
    let rtp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let call = caller.invite_to("anybody", rtp.local_addr().expect("bound").port());
    let answered = caller.await_call(&call, &program, |call| call.answer.is_some());
    let peer = answered.sound.expect("the answer says where sound goes");
    until(&program, || program.said().contains("secure true"));
    let said = program.said();
    let (_, path) = said.split_once("/sessions/").expect("the access URL");
    let token: String = path.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(token.len(), 48, "{said}");
    let path = format!("/sessions/{token}");

    // Not allowed yet, and nobody's.
    assert_eq!(visit(&program, &path).err(), Some(403));
    let digit = if token.ends_with('0') { "1" } else { "0" };
    for wrong in [
        format!("/sessions/{}{digit}", &token[..47]),
        format!("/sessions/{}", &token[..16]),
        format!(
            "/sessions/{}{}",
            if token.starts_with('0') { "1" } else { "0" },
            &token[1..]
        ),
    ] {
        assert_eq!(visit(&program, &wrong).err(), Some(404), "{wrong}");
        assert_eq!(program.get(&wrong).0, 404, "{wrong}");
    }
    caller.press(&call, "1");
    until(&program, || program.said().contains("open now"));

    let mut socket = visit(&program, &format!("{path}/agent?x=1")).expect("it is allowed now");
    socket.send(Message::text("hello")).expect("it is open");
    assert_eq!(text(&mut socket), "you said hello");
    let came = "came GET /agent?x=1 secret open";
    until(&program, || program.said().contains(came));
    assert_eq!(visit(&program, &path).err(), Some(503));
    until(&program, || {
        program
            .said()
            .contains("failed / a session may have 1 sockets")
    });

    // What the caller says comes back by a server that says it again.
    socket.send(Message::text("sound")).expect("it is open");
    assert_eq!(text(&mut socket), "you said sound");
    let echo = thread::spawn(move || {
        loop {
            match socket.read() {
                Ok(Message::Text(text)) => drop(socket.send(Message::Text(text))),
                Ok(Message::Close(frame)) => return frame.map(|frame| u16::from(frame.code)),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    });
    let mut phone = Phone::new(rtp, peer);
    live::at_its_best(|| phone.talk()?.as_it_was());

    caller.bye(&call);
    caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    assert_eq!(echo.join().expect("a thread of ours"), Some(1001));
    // It is over: as if it had never been.
    assert_eq!(visit(&program, &path).err(), Some(404));
}

#[test]
fn a_server_that_nobody_listens_for_is_sent_away() {
    let deaf = r#"
VoxEngine.addEventListener(AppEvents.Started, ({ accessURL }) => {
  VoxEngine.allowWebSocketConnections();
  Logger.write("access " + accessURL + " end");
});
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => call.answer());
"#;
    let program = Program::start(&[("deaf.js".to_string(), deaf.to_string())], "{}");
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    until(&program, || program.said().contains(" end"));
    let said = program.said();
    let (_, path) = said.split_once("/sessions/").expect("the access URL");
    let token: String = path.chars().take_while(char::is_ascii_hexdigit).collect();
    let mut socket = visit(&program, &format!("/sessions/{token}")).expect("it is allowed");
    let code = loop {
        match socket.read().expect("a goodbye") {
            Message::Close(frame) => break frame.map(|frame| u16::from(frame.code)),
            _ => continue,
        }
    };
    assert_eq!(code, Some(1008));
}

#[test]
fn a_request_from_outside_is_heard_by_the_session_that_it_names_and_by_nobody_else() {
    let asked = r#"
VoxEngine.addEventListener(AppEvents.Started, ({ accessURL }) => Logger.write("access " + accessURL + " end"));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  VoxEngine.addEventListener(AppEvents.HttpRequest, ({ method, path, content, headers }) => {
    const told = headers.map(({ key, value }) => key + "=" + value);
    Logger.write(["asked", method, path, content.length < 65536 ? content : "whole", ...told].join(" "));
  });
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
"#;
    let program = Program::start(&[("asked.js".to_string(), asked.to_string())], "{}");
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    until(&program, || program.said().contains(" end"));
    let said = program.said();
    let (_, path) = said.split_once("/sessions/").expect("the access URL");
    let token: String = path.chars().take_while(char::is_ascii_hexdigit).collect();
    let path = format!("/sessions/{token}");
    let ask = |request: &str, content: &[u8]| {
        let mut stream = TcpStream::connect(program.http).expect("its HTTP port");
        stream
            .set_read_timeout(Some(live::PATIENCE))
            .expect("not zero");
        let length = content.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nX-Crm: blue\r\nCookie: a=1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        // What is refused before all of it is read may break the connection.
        let _ = stream.write_all(&[head.as_bytes(), content].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split(' ').nth(1).map(str::to_string)
    };
    let code = |request: String, content: &[u8]| ask(&request, content).expect("an answer");

    assert_eq!(
        code(format!("POST {path}/note?x=1"), "grüß dich".as_bytes()),
        "200"
    );
    let heard = "asked POST /note?x=1 grüß dich x-crm=blue";
    until(&program, || program.said().contains(heard));
    assert_eq!(code(format!("GET {path}"), b""), "200");
    until(&program, || {
        program.said().contains("asked GET /  x-crm=blue")
    });
    assert_eq!(code(format!("PUT {path}/long"), &[b'a'; 64 << 10]), "200");
    until(&program, || {
        program.said().contains("asked PUT /long whole")
    });

    assert_eq!(code(format!("POST {path}/wrong"), b"\xff\xfe"), "400");
    assert_eq!(
        code(format!("POST {path}/longer"), &[b'a'; (64 << 10) + 1]),
        "413"
    );
    assert_eq!(code(format!("OPTIONS {path}"), b""), "405");
    assert_eq!(
        code(format!("GET {path}/{}", "a".repeat(2 << 10)), b""),
        "431"
    );
    let (first, rest) = token.split_at(1);
    let other = if first == "0" { "1" } else { "0" };
    assert_eq!(code(format!("POST /sessions/{other}{rest}"), b""), "404");

    caller.bye(&call);
    caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    until(&program, || program.get(&path).0 == 404);
}

/// Connects to the program, or says with what status it refuses.
fn visit(program: &Program, path: &str) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(program.http).expect("its HTTP port");
    stream.set_nodelay(true).expect("a TCP stream");
    stream
        .set_read_timeout(Some(live::PATIENCE))
        .expect("not zero");
    let mut request = format!("ws://{}{path}", program.http)
        .into_client_request()
        .expect("a URL");
    let key = "secret".parse().expect("a header");
    request.headers_mut().insert("x-key", key);
    match client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// The next text.
fn text(socket: &mut WebSocket<TcpStream>) -> String {
    loop {
        if let Message::Text(text) = socket.read().expect("a text") {
            return text.to_string();
        }
    }
}

/// Speaks and hears by RTP: one stream, whose numbers go on from one speech to the next.
struct Phone {
    rtp: UdpSocket,
    started: Instant,
}

/// What came back of a tone.
#[derive(Debug)]
struct Heard {
    hz: f64,
    /// By how many dB it is louder than what was sent.
    level_db: f64,
    /// What else there is, in dB below it.
    rest_db: f64,
    /// How late it began.
    delay: Duration,
}

impl Heard {
    fn as_it_was(&self) -> anyhow::Result<()> {
        ensure!((self.hz - 440.0).abs() < 2.0, "{self:?}");
        ensure!(self.level_db.abs() < 1.0, "{self:?}");
        ensure!(self.rest_db < -15.0, "{self:?}");
        Ok(())
    }
}

impl Phone {
    /// Nobody but the program is heard.
    fn new(rtp: UdpSocket, program: SocketAddr) -> Phone {
        rtp.connect(program).expect("loopback");
        Phone {
            rtp,
            started: Instant::now(),
        }
    }

    /// Sends a second of silence and two of a tone, and hears what comes back: of its half seconds the one that is least
    /// disturbed, for a machine that has no time for a moment spoils that moment.
    fn talk(&mut self) -> anyhow::Result<Heard> {
        let silence = vec![0; 8_000];
        let sound = [silence, tone(8_000, 440.0, 8_000.0, 16_000)].concat();
        let mut encoder = Encoder::new(Coding::Pcmu);
        let mut decoder = Decoder::new(Coding::Pcmu);
        // What came since the last speech is no answer to this one.
        self.rtp.set_nonblocking(true).expect("a socket of ours");
        while self.rtp.recv(&mut [0; 2_048]).is_ok() {}
        self.rtp.set_nonblocking(false).expect("a socket of ours");
        let first = self.started.elapsed().as_millis() as u32 / 20 + 1;
        let start = self.started + PACKET * first;
        let (mut heard, mut onset) = (Vec::new(), None);
        let mut payload = Vec::new();
        let mut buffer = [0; 2_048];
        // Half a second more, for what is on its way.
        for n in 0..sound.len() / 160 + 25 {
            let at = start + PACKET * n as u32;
            if let Some(samples) = sound.get(n * 160..(n + 1) * 160) {
                encoder.encode(samples, &mut payload).expect("20 ms");
                let number = first + n as u32;
                let mut packet = vec![0x80, 0];
                packet.extend((number as u16).to_be_bytes());
                packet.extend((number * 160).to_be_bytes());
                packet.extend(7u32.to_be_bytes());
                packet.extend_from_slice(&payload);
                self.rtp.send(&packet).expect("loopback");
            }
            loop {
                let left = (at + PACKET).saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                self.rtp.set_read_timeout(Some(left)).expect("not zero");
                let Ok(length) = self.rtp.recv(&mut buffer) else {
                    break;
                };
                let mut samples = Vec::new();
                if decoder.decode(&buffer[12..length], &mut samples).is_err() {
                    continue;
                }
                if onset.is_none() && rms(&samples) > 2_000.0 {
                    onset = Some(Instant::now());
                }
                if onset.is_some() {
                    heard.extend(samples);
                }
            }
        }
        let onset = onset.context("the tone does not come back")?;
        let windows = heard.windows(4_000).step_by(400);
        let fits = windows.map(|window| (fit(8_000, 440.0, window), window));
        let best = fits.min_by(|((a, rest_a), _), ((b, rest_b), _)| {
            let (a, b) = (rest_a / a.max(1.0), rest_b / b.max(1.0));
            a.total_cmp(&b)
        });
        let (_, window) = best.context("less than half a second came back")?;
        let candidates = (4_200..4_600).map(|tenth| f64::from(tenth) / 10.0);
        let hz = candidates.max_by(|a, b| {
            let level = |hz: &f64| fit(8_000, *hz, window).0;
            level(a).total_cmp(&level(b))
        });
        let hz = hz.expect("there are some");
        let (peak, rest) = fit(8_000, hz, window);
        let decibels = |ratio: f64| 20.0 * ratio.log10();
        Ok(Heard {
            hz,
            level_db: decibels(peak / 8_000.0),
            rest_db: decibels(rest / (peak / 2f64.sqrt())),
            delay: onset.saturating_duration_since(start + Duration::from_secs(1)),
        })
    }
}

/// A server that says everything again, and how many messages came.
fn echo() -> (u16, Arc<AtomicUsize>) {
    let (port, messages, _) = echo_that_tells();
    (port, messages)
}

/// As [`echo`], and the texts that are no messages of sound.
fn echo_that_tells() -> (u16, Arc<AtomicUsize>, Receiver<String>) {
    let (tell, texts) = channel();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let messages = Arc::<AtomicUsize>::default();
    let count = messages.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (count, tell) = (count.clone(), tell.clone());
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let Ok(mut socket) = accept(stream) else {
                    return;
                };
                while let Ok(message) = socket.read() {
                    count.fetch_add(1, Ordering::Relaxed);
                    let text = message.to_text().unwrap_or_default();
                    if message.is_text() && !text.contains("\"event\"") {
                        // Nobody may care.
                        let _ = tell.send(text.to_string());
                    }
                    if let Message::Text(_) = message
                        && socket.send(message).is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    (port, messages, texts)
}

#[track_caller]
fn until(program: &Program, done: impl Fn() -> bool) {
    let deadline = Instant::now() + live::PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "{}", program.said());
        thread::sleep(Duration::from_millis(5));
    }
}

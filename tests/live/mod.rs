//! The real program in a child process on loopback, and a caller that speaks just enough SIP.
//!
//! For the few tests that need both: hostile bytes, hostile scripts, signals. Everything else is told
//! in virtual time.
#![allow(dead_code)] // Each test takes what it needs.

pub mod rtp;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Far beyond what anything here takes, so that only a hang is told by it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Tries until it holds: what is judged by the clock on the wall is judged in a moment when the machine has time. What is
/// wrong is wrong each time.
#[track_caller]
pub fn at_its_best(mut go: impl FnMut() -> anyhow::Result<()>) {
    static AGAIN: Mutex<()> = Mutex::new(());
    let Err(why) = go() else {
        return;
    };
    let mut told = vec![format!("{why:#}")];
    // One after the other, so that tests do not take the time from each other.
    let _alone = AGAIN.lock().unwrap_or_else(PoisonError::into_inner);
    let deadline = Instant::now() + 2 * PATIENCE;
    while let Err(why) = go() {
        told.push(format!("{why:#}"));
        let more = Instant::now() < deadline || told.len() < 3;
        assert!(more, "it never held:\n{}", told.join("\n"));
    }
}

/// Each on a thread of its own: what sounds in real time leaves the machine time for others.
pub fn at_once<T: Send>(all: impl IntoIterator<Item = T>, go: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for one in all {
            let go = &go;
            scope.spawn(move || go(one));
        }
    });
}

/// The program, its folder, and what it has logged so far. Ended when dropped.
pub struct Program {
    pub child: Child,
    /// Where it answers SIP over UDP, SIP over TCP, and HTTP.
    pub sip: SocketAddr,
    pub sip_tcp: SocketAddr,
    pub http: SocketAddr,
    pub log: Arc<Mutex<Vec<String>>>,
    readers: Vec<thread::JoinHandle<()>>,
    pub folder: tempfile::TempDir,
}

impl Program {
    /// Starts with these files in its scenario folder and this configuration, and waits until it answers.
    pub fn start(scenarios: &[(String, String)], config: &str) -> Program {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Program::launch(folder, scenarios, config, &[])
    }

    /// As `start`, in a folder that has more in it, and with another environment.
    pub fn launch(
        folder: tempfile::TempDir,
        scenarios: &[(String, String)],
        config: &str,
        environment: &[(&str, &str)],
    ) -> Program {
        furnish(&folder, scenarios, &with_two_workers(config));
        let mut program = Program::begin(folder, ANY, environment);
        program.await_start();
        program
    }

    /// Starts it at this address, or at any, and does not wait.
    pub fn spawn(scenarios: &[(String, String)], config: &str, sip: SocketAddr) -> Program {
        let folder = tempfile::tempdir().expect("a temporary folder");
        furnish(&folder, scenarios, config);
        Program::begin(folder, sip, &[])
    }

    /// The program ends as by `kill -9`, and starts again in its folder, on other ports.
    pub fn crash_and_restart(mut self) -> Program {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
        let empty = tempfile::tempdir().expect("a temporary folder");
        let folder = std::mem::replace(&mut self.folder, empty);
        let mut program = Program::begin(folder, ANY, &[]);
        program.await_start();
        program
    }

    /// Until it has said where it listens, and answers there. The system chooses the ports, so nobody has them.
    fn await_start(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let patient = |program: &mut Program| {
            let ended = program.child.try_wait().expect("a child of ours");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the program does not answer ({ended:?}):\n{}",
                program.said()
            );
        };
        let listens = loop {
            let lines = self.log.lock().unwrap().clone();
            let told = lines
                .iter()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(listens) = told.into_iter().find(|line| line["message"] == "listening") {
                break listens;
            }
            patient(self);
            thread::sleep(Duration::from_millis(5));
        };
        let text = |key: &str| listens[key].as_str().unwrap_or_default().to_string();
        let sip = text("sip");
        let at = |transport: &str| {
            let address = sip
                .split(' ')
                .find_map(|listener| listener.strip_prefix(transport));
            let address = address.and_then(|address| address.parse().ok());
            address.unwrap_or_else(|| panic!("{listens}"))
        };
        (self.sip, self.sip_tcp) = (at("udp:"), at("tcp:"));
        self.http = text("http").parse().expect("an address");
        while ping(self.sip, Duration::from_secs(1)).is_none() {
            patient(self);
        }
    }

    /// In a folder that has all that it needs.
    fn begin(folder: tempfile::TempDir, sip: SocketAddr, environment: &[(&str, &str)]) -> Program {
        let calls = folder.path().join("scenarios");
        let config_file = folder.path().join("switchhook.json");
        let rtp = rtp_range();
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchhook"))
            .arg("serve")
            .arg(&calls)
            .arg("--config")
            .arg(&config_file)
            .arg("--sip")
            .arg(format!("udp:{sip},tcp:{sip}"))
            .arg("--rtp-ports")
            .arg(rtp)
            .arg("--data")
            .arg(folder.path().join("data"))
            .arg("--http")
            .arg(ANY.to_string())
            .arg("--log")
            .arg("json")
            .env_remove("RUST_LOG")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            keep_lines(child.stdout.take().expect("piped"), log.clone()),
            keep_lines(child.stderr.take().expect("piped"), log.clone()),
        ];
        Program {
            child,
            sip,
            sip_tcp: sip,
            http: ANY,
            log,
            readers,
            folder,
        }
    }

    /// All that it has logged.
    pub fn said(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// The status and the body that it answers to a GET.
    pub fn get(&self, path: &str) -> (u16, String) {
        let (status, body) = self.get_bytes(path);
        (status, String::from_utf8(body).expect("a text"))
    }

    /// As [`Program::get`], of what is no text.
    pub fn get_bytes(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(self.http).expect("its HTTP port");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|end| end == b"\r\n\r\n");
        let body = answer.split_off(end.expect("the end of the head") + 4);
        let head = String::from_utf8(answer).expect("a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.expect("a status line"), body)
    }

    /// `TERM` or `INT`.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(status.expect("kill").success());
    }

    /// The exit code; waits for it.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                for reader in self.readers.drain(..) {
                    reader.join().expect("a reader of ours");
                }
                return status.code().expect("it ends by itself");
            }
            assert!(
                Instant::now() < deadline,
                "it does not end:\n{}",
                self.said()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep_lines(
    pipe: impl Read + Send + 'static,
    log: Arc<Mutex<Vec<String>>>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            log.lock().unwrap().push(line);
        }
    })
}

/// Any port: the program says which it is.
pub const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Puts the scenarios and the configuration where the program looks for them.
fn furnish(folder: &tempfile::TempDir, scenarios: &[(String, String)], config: &str) {
    let calls = folder.path().join("scenarios");
    fs::create_dir(&calls).expect("a folder for the scenarios");
    for (name, text) in scenarios {
        fs::write(calls.join(name), text).expect("a scenario");
    }
    fs::write(folder.path().join("switchhook.json"), config).expect("a configuration");
}

/// Where it does not say how many script threads there are, there are two, however many cores the machine has.
fn with_two_workers(config: &str) -> String {
    let mut config: Value = serde_json::from_str(config).expect("a configuration");
    let limits = config.as_object_mut().expect("an object");
    let limits = limits
        .entry("limits")
        .or_insert_with(|| serde_json::json!({}));
    let limits = limits.as_object_mut().expect("an object");
    limits.entry("workers").or_insert_with(|| 2.into());
    config.to_string()
}

/// A thousand ports below the ephemeral range, others for each program and each process that runs tests. Where programs
/// meet after all, they pass over what another has.
fn rtp_range() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = std::process::id() + NEXT.fetch_add(1, Ordering::Relaxed);
    let first = 10_000 + (next % 20) * 1000;
    format!("{first}-{}", first + 999)
}

/// How long the program takes to answer an OPTIONS; `None` where it does not.
pub fn ping(sip: SocketAddr, patience: Duration) -> Option<Duration> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.connect(sip).ok()?;
    let local = socket.local_addr().ok()?;
    let id = unique();
    let options = format!(
        "OPTIONS sip:ping@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{id}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:ping@{local}>;tag=p\r\nTo: <sip:ping@{sip}>\r\nCall-ID: {id}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    let sent = Instant::now();
    socket.send(options.as_bytes()).ok()?;
    let mut answer = [0; 4096];
    loop {
        let left = patience
            .checked_sub(sent.elapsed())
            .filter(|left| !left.is_zero())?;
        socket.set_read_timeout(Some(left)).ok()?;
        match socket.recv(&mut answer) {
            Ok(length) if contains(&answer[..length], id.as_bytes()) => {
                return Some(sent.elapsed());
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => return None,
            Err(_) => return None,
        }
    }
}

/// Anything that is not said twice.
pub fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    format!("{time:x}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// A phone that places calls, takes what comes and answers every request with 200.
pub struct Caller {
    socket: UdpSocket,
    local: SocketAddr,
    sip: SocketAddr,
    calls: HashMap<String, Call>,
}

/// One call of the caller's, as far as it has come.
#[derive(Clone, Debug, Default)]
pub struct Call {
    to: String,
    to_tag: String,
    contact: String,
    branch: String,
    /// The final response to the INVITE, and when it came.
    pub answer: Option<(u16, Instant)>,
    /// The final response to our BYE.
    pub bye_answer: Option<u16>,
    /// Where the answer wants sound.
    pub sound: Option<SocketAddr>,
    /// The peer sent BYE.
    pub ended: bool,
    /// Where the peer takes sound.
    pub rtp: Option<SocketAddr>,
    /// The bodies of its INFOs.
    pub infos: Vec<String>,
}

impl Caller {
    pub fn new(sip: SocketAddr) -> Caller {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.connect(sip).expect("loopback");
        let local = socket.local_addr().expect("bound");
        Caller {
            socket,
            local,
            sip,
            calls: HashMap::new(),
        }
    }

    /// Sends an INVITE and names the call.
    pub fn invite(&mut self, user: &str) -> String {
        self.invite_to(user, self.local.port() & !1)
    }

    /// The same; it wants to hear at this port.
    pub fn invite_to(&mut self, user: &str, rtp: u16) -> String {
        let (id, local) = (unique(), self.local);
        let call = Call {
            to: format!("<sip:{user}@{}>", self.sip),
            contact: format!("sip:{user}@{}", self.sip),
            branch: format!("z9hG4bK{id}"),
            ..Call::default()
        };
        let body = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {rtp} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        );
        let extra = format!(
            "Contact: <sip:caller@{local}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let invite = self.request("INVITE", 1, &call, &id, &call.branch, &extra);
        self.send(&invite);
        self.calls.insert(id.clone(), call);
        id
    }

    pub fn bye(&mut self, id: &str) {
        let call = self.calls[id].clone();
        let branch = format!("z9hG4bK{}", unique());
        let bye = self.request("BYE", 9, &call, id, &branch, "Content-Length: 0\r\n\r\n");
        self.send(&bye);
    }

    /// A key, by INFO.
    pub fn press(&mut self, id: &str, key: &str) {
        let call = self.calls[id].clone();
        let branch = format!("z9hG4bK{}", unique());
        let body = format!("Signal={key}\r\nDuration=100\r\n");
        let rest = format!(
            "Content-Type: application/dtmf-relay\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let info = self.request("INFO", 2, &call, id, &branch, &rest);
        self.send(&info);
    }

    pub fn call(&self, id: &str) -> &Call {
        &self.calls[id]
    }

    /// Takes what comes until `done` is true of the call. Panics, with the program's log, where it never is.
    #[track_caller]
    pub fn await_call(
        &mut self,
        id: &str,
        program: &Program,
        done: impl Fn(&Call) -> bool,
    ) -> Call {
        let deadline = Instant::now() + PATIENCE;
        while !done(&self.calls[id]) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{:?} waits in vain:\n{}",
                self.calls[id],
                program.said()
            );
            self.listen(left);
        }
        self.calls[id].clone()
    }

    /// Takes one message, or lets the time pass.
    pub fn listen(&mut self, patience: Duration) {
        let mut datagram = [0; 65536];
        let patience = patience.max(Duration::from_millis(1));
        self.socket
            .set_read_timeout(Some(patience))
            .expect("not zero");
        if let Ok(length) = self.socket.recv(&mut datagram) {
            let message = String::from_utf8_lossy(&datagram[..length]).into_owned();
            self.take(&message);
        }
    }

    fn take(&mut self, message: &str) {
        let id = header(message, "Call-ID").unwrap_or_default();
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        match message
            .strip_prefix("SIP/2.0 ")
            .and_then(|rest| rest.get(..3)?.parse::<u16>().ok())
        {
            Some(..=199) => {}
            Some(code) if header(message, "CSeq").is_some_and(|cseq| cseq.ends_with("INVITE")) => {
                let to = header(message, "To").unwrap_or_default();
                call.to_tag = to
                    .split_once(";tag=")
                    .map_or("", |(_, tag)| tag)
                    .to_string();
                if code < 300 {
                    call.sound = sound_of(message);
                    let contact = header(message, "Contact").unwrap_or_default();
                    call.contact = contact
                        .trim_start_matches('<')
                        .split('>')
                        .next()
                        .unwrap_or("")
                        .to_string();
                    call.branch = format!("z9hG4bK{}", unique());
                    let audio = message
                        .lines()
                        .find_map(|line| line.strip_prefix("m=audio "));
                    let port = audio.and_then(|audio| audio.split(' ').next()?.parse().ok());
                    call.rtp = port.map(|port| SocketAddr::new(self.sip.ip(), port));
                }
                let ack = self.request(
                    "ACK",
                    1,
                    &call,
                    &id,
                    &call.branch,
                    "Content-Length: 0\r\n\r\n",
                );
                self.send(&ack);
                call.answer.get_or_insert((code, Instant::now()));
            }
            Some(code) if header(message, "CSeq").is_some_and(|cseq| cseq.ends_with("BYE")) => {
                call.bye_answer = Some(code);
            }
            Some(_) => {}
            None => {
                call.ended |= message.starts_with("BYE ");
                if message.starts_with("INFO ") {
                    let body = message.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                    // A repetition tells nothing new.
                    if call.infos.iter().all(|known| known != body) {
                        call.infos.push(body.to_string());
                    }
                }
                if !message.starts_with("ACK ") {
                    self.send(&ok(message));
                }
            }
        }
        self.calls.insert(id, call);
    }

    #[allow(clippy::too_many_arguments)] // the parts of a request, each named where it is called
    fn request(
        &self,
        method: &str,
        cseq: u32,
        call: &Call,
        id: &str,
        branch: &str,
        rest: &str,
    ) -> String {
        let (to, uri, local) = (&call.to, &call.contact, self.local);
        let tag = match call.to_tag.as_str() {
            "" => String::new(),
            tag => format!(";tag={tag}"),
        };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch={branch}\r\nMax-Forwards: 70\r\n\
             From: <sip:caller@{local}>;tag=c{id}\r\nTo: {to}{tag}\r\nCall-ID: {id}\r\nCSeq: {cseq} {method}\r\n{rest}"
        )
    }

    fn send(&self, message: &str) {
        let _ = self.socket.send(message.as_bytes());
    }
}

/// Where a description wants sound: of one line each.
fn sound_of(message: &str) -> Option<SocketAddr> {
    let mut lines = message.split("\r\n");
    let host = lines.find_map(|line| line.strip_prefix("c=IN IP4 "))?;
    let port = lines.find_map(|line| line.strip_prefix("m=audio "))?;
    let port = port.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(host.trim().parse().ok()?, port))
}

/// 200 to a request.
fn ok(request: &str) -> String {
    let mut response = "SIP/2.0 200 OK\r\n".to_string();
    for line in request
        .split("\r\n")
        .skip(1)
        .take_while(|line| !line.is_empty())
    {
        let name = line
            .split(':')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase();
        if ["via", "from", "to", "call-id", "cseq"].contains(&name.as_str()) {
            response += line;
            response += "\r\n";
        }
    }
    response + "Content-Length: 0\r\n\r\n"
}

/// The first value of a header in the long form, as our own program writes it.
fn header(message: &str, name: &str) -> Option<String> {
    message
        .split("\r\n")
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(given, _)| given.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_string())
}

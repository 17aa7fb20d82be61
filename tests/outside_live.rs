//! The running program and servers outside, on loopback: what a scenario asks over real sockets, and what it keeps on
//! a real disk, also where the servers mean ill.

mod live;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use live::{Caller, Program};

/// Asks for each path at once, keeps the codes, and answers the call when it has read them again.
const ASKS: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  const paths = "PATHS".split(" ");
  const results = await Promise.all(paths.map((path) => Net.httpRequestAsync("http://127.0.0.1:PORT" + path, { timeout: 60 })));
  await ApplicationStorage.put("codes", results.map(({ code }) => code).join(), 60);
  const { value } = await ApplicationStorage.get("codes");
  Logger.write("codes " + value + " text " + results[0].text + " why " + results.map(({ error }) => error ?? "").join("|"));
  call.answer();
});
VoxEngine.addEventListener(AppEvents.Terminating, () => {
  Net.httpRequest("http://127.0.0.1:PORT/report", () => {}, { method: "POST", postData: "the end" });
});
"#;

#[test]
fn servers_that_mean_well_and_servers_that_do_not_are_told_apart_and_the_program_goes_on() {
    let (port, reports) = server();
    let paths = "/ok /huge /endless /house /loop /garbage /moved";
    let program = Program::start(
        &scenario(paths, port),
        r#"{"http": {"allow": ["127.0.0.1"]}}"#,
    );
    let mut caller = Caller::new(program.sip);
    let before = memory_kb(&program);
    for _ in 0..3 {
        let call = caller.invite("anybody");
        caller.await_call(&call, &program, |call| call.answer.is_some());
        caller.bye(&call);
        caller.await_call(&call, &program, |call| call.bye_answer.is_some());
        // The last listener's request arrives when the session is over.
        assert_eq!(
            reports.recv_timeout(live::PATIENCE).as_deref(),
            Ok("the end")
        );
    }
    let said = until_said(&program, 3, "codes 200,-9,-9,0,-5,-6,200 text ok");
    assert!(
        said.contains("169.254.169.254 is not public, and http.allow does not name it"),
        "{said}"
    );
    // Each answer of 100 MB is given up at 2 MB.
    let grown = memory_kb(&program).saturating_sub(before);
    assert!(grown < 100_000, "{grown} kB more than before");
    let figures = program.get("/metrics").1;
    assert!(
        figures.contains("switchhook_http_requests_total{outcome=\"answered\"}"),
        "{figures}"
    );
}

#[test]
fn what_the_operator_has_not_allowed_is_not_reached() {
    let (port, _reports) = server();
    let program = Program::start(&scenario("/ok", port), "{}");
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    let told =
        "codes 0 text undefined why 127.0.0.1 is not public, and http.allow does not name it";
    until_said(&program, 1, told);
}

/// The log takes a moment.
fn until_said(program: &Program, times: usize, text: &str) -> String {
    let deadline = Instant::now() + live::PATIENCE;
    loop {
        let said = program.said();
        if said.matches(text).count() >= times {
            return said;
        }
        assert!(Instant::now() < deadline, "{said}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn scenario(paths: &str, port: u16) -> Vec<(String, String)> {
    let text = ASKS
        .replace("PATHS", paths)
        .replace("PORT", &port.to_string());
    vec![("asks.js".to_string(), text)]
}

fn memory_kb(program: &Program) -> u64 {
    let path = format!("/proc/{}/status", program.child.id());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

/// Serves until the test is over; tells the bodies of what is posted to `/report`.
fn server() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            // The client goes away in the middle; that is what is tested.
            thread::spawn(move || drop(serve(stream, &tell)));
        }
    });
    (port, told)
}

fn serve(mut stream: TcpStream, tell: &std::sync::mpsc::Sender<String>) -> std::io::Result<()> {
    let mut buffer = vec![0; 8192];
    let mut heard = String::new();
    while !heard.contains("\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        heard += &String::from_utf8_lossy(&buffer[..read]);
    }
    let path = heard.split(' ').nth(1).unwrap_or_default().to_string();
    let redirect =
        |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    match path.as_str() {
        "/huge" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let chunk = vec![b'x'; 1 << 20];
            for _ in 0..100 {
                stream.write_all(b"100000\r\n")?;
                stream.write_all(&chunk)?;
                stream.write_all(b"\r\n")?;
            }
            stream.write_all(b"0\r\n\r\n")
        }
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(&buffer)?;
            }
        }
        "/house" => {
            stream.write_all(redirect("http://169.254.169.254/latest/meta-data/").as_bytes())
        }
        "/loop" => stream.write_all(redirect("/loop").as_bytes()),
        "/moved" => stream.write_all(redirect("/ok").as_bytes()),
        "/garbage" => stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n"),
        "/report" => {
            while !heard.ends_with("the end") {
                let read = stream.read(&mut buffer)?;
                heard += &String::from_utf8_lossy(&buffer[..read]);
            }
            let _ = tell.send("the end".to_string());
            stream.write_all(ok.as_bytes())
        }
        _ => stream.write_all(ok.as_bytes()),
    }
}

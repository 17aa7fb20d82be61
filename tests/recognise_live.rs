//! The running program, a phone that speaks over RTP, and a small service that recognises speech, on loopback: the service
//! judges the sound that it gets, and what it says reaches the scenario, also where it means ill.

mod live;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use live::{Caller, Program};
use switchhook::media::codec::{Coding, Encoder};
use switchhook::media::measure::{SPEECH_HZ, Speech, fit, rms, tone};
use switchhook::media::rtp::Header;
use tokio_tungstenite::tungstenite::{self, Message};

/// Logs whatever the recogniser tells; the call is answered when it listens.
const SCENARIO: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const asr = VoxEngine.createASR({ profile: ASRProfileList.Google.de_DE, phraseHints: ["a", "b"], mystery: 1 });
  const told = [];
  const tell = (what) => {
    told.push(what);
    Logger.write("told " + told.join("; "));
  };
  asr.addEventListener(ASREvents.Started, () => call.answer());
  asr.addEventListener(ASREvents.CaptureStarted, () => tell("speaks"));
  asr.addEventListener(ASREvents.SpeechCaptured, () => tell("captured"));
  asr.addEventListener(ASREvents.Result, ({ text, confidence, resultEndTime }) => tell(text + " " + confidence + " " + (resultEndTime > 1)));
  asr.addEventListener(ASREvents.ASRError, ({ error }) => tell(error));
  call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
"#;

#[test]
fn what_is_spoken_reaches_the_service_as_it_was_said_and_its_answer_the_scenario() {
    live::at_its_best(one_utterance);
}

fn one_utterance() -> anyhow::Result<()> {
    let (port, heard) = service(vec![(200, r#"{"r": [{"text": "eins", "sure": 0.5}]}"#)]);
    let program = program(port, 3);
    let mut phone = Phone::call(&program);
    phone.say(&tone(8_000, 440.0, 8_000.0, 8_000));
    phone.say(&[0; 16_000]);
    let asked = heard.recv_timeout(live::PATIENCE).expect("it is asked");
    assert!(
        asked
            .head
            .starts_with("POST /asr/de-DE?hints=a%2Cb HTTP/1.1\r\n"),
        "{}",
        asked.head
    );
    let head = asked.head.to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-type: audio/wav\r\n"), "{head}");
    assert!(head.contains("\r\nx-key: builder\r\n"), "{head}");
    let mut wav = hound::WavReader::new(&asked.body[..]).expect("a wav file");
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (16_000, 1));
    let sound: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    // A second of it, the silence before and that which ended it.
    let loud: Vec<usize> = (0..sound.len())
        .filter(|n| sound[*n].abs() > 1_000)
        .collect();
    let (begins, ends) = (loud[0], loud[loud.len() - 1]);
    let ms = (ends - begins) / 16;
    ensure!((900..=1_100).contains(&ms), "{ms} ms of it");
    let all_ms = sound.len() / 16;
    ensure!((1_200..=2_000).contains(&all_ms), "{all_ms} ms in all");
    as_a_tone(&sound)?;
    let silence = &sound[ends + 800..];
    ensure!(rms(silence) < 20.0, "{}", rms(silence));
    until_said(&program, "eins 50 true");
    let said = program.said();
    ensure!(
        said.contains("told speaks; captured; eins 50 true"),
        "{said}"
    );
    until_said(
        &program,
        "createASR: mystery: the recogniser is not told of it",
    );
    phone.bye(&program);
    assert!(
        !program.said().contains("builder"),
        "the secret is in no log"
    );
    let figures = program.get("/metrics").1;
    assert!(
        figures.contains("switchhook_asr_utterances_total{outcome=\"recognised\"} 1"),
        "{figures}"
    );
    Ok(())
}

#[test]
fn a_service_that_means_ill_is_told_and_the_call_goes_on() {
    live::at_its_best(five_utterances);
}

fn five_utterances() -> anyhow::Result<()> {
    let (port, heard) = service(vec![
        (401, "who are you?"),
        (200, "<html>no</html>"),
        (200, r#"{"results": []}"#),
        // It says nothing at all.
        (0, ""),
        (200, r#"{"r": [{"text": "well"}]}"#),
    ]);
    let program = program(port, 5);
    let mut phone = Phone::call(&program);
    let mut speech = Speech::new(7);
    for _ in 0..5 {
        let mut sound = vec![0; SPEECH_HZ as usize];
        speech.fill(&mut sound);
        // Every second sample: close enough to speech at 8 kHz.
        let sound: Vec<i16> = sound.iter().step_by(2).copied().collect();
        phone.say(&sound);
        phone.say(&[0; 8_000]);
        heard.recv_timeout(live::PATIENCE).expect("it is asked");
    }
    let errors = [
        "the recogniser has answered 401",
        "the recogniser has not answered with JSON",
        "the answer of the recogniser has no text at /r/0/text",
        "the recogniser: no answer within 5 s",
    ];
    until_said(&program, "well 100 true");
    let said = program.said();
    let told = said.lines().find(|line| line.contains("well 100 true"));
    let told = told.expect("it was said");
    let places = errors.map(|error| told.find(error).unwrap_or(usize::MAX));
    ensure!(!places.contains(&usize::MAX), "{told}");
    ensure!(places.is_sorted(), "{told}");
    // Each utterance is captured before it is understood, however fast the answer was.
    for (n, place) in places.into_iter().enumerate() {
        let captured = told[..place].matches("captured").count();
        assert!(captured > n, "{told}");
    }
    phone.bye(&program);
    Ok(())
}

#[test]
fn without_a_service_the_setting_is_named() {
    let scenario = SCENARIO.replace("tell(error)", "{ tell(error); call.answer(); }");
    let program = Program::start(&[("ears.js".to_string(), scenario)], "{}");
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    until_said(
        &program,
        "told there is nobody who recognises speech: name a service in the setting speech.asr",
    );
}

#[test]
fn a_service_that_streams_hears_everything_as_it_is_said() {
    live::at_its_best(all_that_is_said);
}

fn all_that_is_said() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, heard) = channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let mut socket = tungstenite::accept(stream).expect("a handshake");
        let start = socket
            .read()
            .expect("a message")
            .into_text()
            .expect("a text");
        let (mut sound, mut texts) = (Vec::<i16>::new(), vec![start.to_string()]);
        let mut said = 0;
        while let Ok(message) = socket.read() {
            match message {
                Message::Binary(bytes) => {
                    let samples = bytes.chunks_exact(2);
                    sound.extend(samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
                }
                Message::Text(text) => texts.push(text.to_string()),
                _ => {}
            }
            let loud = sound.iter().filter(|sample| sample.abs() > 1_000).count();
            // A tone is loud for most of its time.
            let says = match (loud, said) {
                (4_000.., 0) => r#"{"partial": "ei"}"#,
                (10_000.., 1) => r#"{"text": "eins", "sure": 0.5}"#,
                (10_000.., 2) => r#"{"problem": "tired"}"#,
                _ => continue,
            };
            said += 1;
            socket.send(Message::text(says)).expect("it listens");
        }
        let _ = tell.send((texts, sound));
    });
    let config = format!(
        r#"{{"speech": {{"asr": {{"socket": {{"url": "ws://127.0.0.1:{port}/{{language}}", "start": {{"rate": "{{rate}}", "hints": "{{phraseHints}}", "x": "{{model}}"}},
            "stop": {{"eof": 1}}, "textAt": "/text", "interimAt": "/partial", "confidenceAt": "/sure", "errorAt": "/problem"}}}}}}}}"#
    );
    let scenario = SCENARIO
        .replace("mystery: 1", "interimResults: true")
        .replace(
            "asr.addEventListener(ASREvents.ASRError",
            "asr.addEventListener(ASREvents.InterimResult, ({ text }) => Logger.write(\"so far \" + text));\n  asr.addEventListener(ASREvents.ASRError",
        );
    let program = Program::start(&[("ears.js".to_string(), scenario)], &config);
    let mut phone = Phone::call(&program);
    phone.say(&tone(8_000, 440.0, 8_000.0, 8_000));
    phone.say(&[0; 10_000]);
    until_said(&program, "so far ei");
    until_said(&program, "eins 50 false");
    until_said(&program, "the recogniser: tired");
    phone.bye(&program);
    let (texts, sound) = heard.recv_timeout(live::PATIENCE).expect("it ends");
    assert_eq!(
        texts,
        [r#"{"hints":["a","b"],"rate":16000}"#, r#"{"eof":1}"#]
    );
    as_a_tone(&sound)?;
    assert!(program.said().contains("captured"));
    Ok(())
}

fn program(port: u16, timeout_s: u32) -> Program {
    let config = format!(
        r#"{{"speech": {{"asr": {{"quietMs": 400, "timeoutS": {timeout_s}, "http": {{
            "url": "http://127.0.0.1:{port}/asr/{{language}}?hints={{phraseHints}}", "headers": {{"X-Key": "{{secret:key}}"}},
            "textAt": "/r/0/text", "confidenceAt": "/r/0/sure"}}}}}}}}"#
    );
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    std::fs::write(&key, "builder\n").expect("a secret");
    let config = config.replace("secret:key", &format!("secret:{}", key.display()));
    Program::start(&[("ears.js".to_string(), SCENARIO.to_string())], &config)
}

/// A quarter of a second of it is as it was said, whatever a busy machine has made of the rest.
fn as_a_tone(sound: &[i16]) -> anyhow::Result<()> {
    let windows = sound.windows(4_000).step_by(800);
    let fits: Vec<_> = windows.map(|window| fit(16_000, 440.0, window)).collect();
    let clean =
        |(level, rest): &(f64, f64)| (7_500.0..8_500.0).contains(level) && *rest < level / 15.0;
    ensure!(fits.iter().any(clean), "{fits:?}");
    Ok(())
}

/// The log takes a moment.
fn until_said(program: &Program, text: &str) {
    let deadline = Instant::now() + live::PATIENCE;
    while !program.said().contains(text) {
        assert!(Instant::now() < deadline, "{text}\n{}", program.said());
        thread::sleep(Duration::from_millis(5));
    }
}

/// A caller with a voice: PCMU, a packet every 20 ms.
struct Phone {
    caller: Caller,
    call: String,
    audio: UdpSocket,
    encoder: Encoder,
    sent: u16,
    due: Instant,
}

impl Phone {
    fn call(program: &Program) -> Phone {
        let mut caller = Caller::new(program.sip);
        let audio = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let call = caller.invite_to("anybody", audio.local_addr().unwrap().port());
        let answered = caller.await_call(&call, program, |call| call.answer.is_some());
        assert_eq!(answered.answer.unwrap().0, 200, "{}", program.said());
        audio.connect(answered.rtp.expect("a port")).unwrap();
        let mut phone = Phone {
            caller,
            call,
            audio,
            encoder: Encoder::new(Coding::Pcmu),
            sent: 0,
            due: Instant::now(),
        };
        phone.say(&[0; 4_000]);
        phone
    }

    /// As fast as it is spoken.
    fn say(&mut self, sound: &[i16]) {
        for piece in sound.chunks_exact(160) {
            let mut body = Vec::new();
            self.encoder.encode(piece, &mut body).unwrap();
            let header = Header {
                marker: self.sent == 0,
                payload: 0,
                sequence: self.sent,
                timestamp: u32::from(self.sent) * 160,
                ssrc: 5,
            };
            let mut packet = Vec::new();
            header.begin(&mut packet);
            packet.extend(body);
            let left = self.due.saturating_duration_since(Instant::now());
            thread::sleep(left);
            self.due += Duration::from_millis(20);
            let _ = self.audio.send(&packet);
            self.sent += 1;
        }
    }

    fn bye(mut self, program: &Program) {
        self.caller.bye(&self.call);
        let call = self.call.clone();
        self.caller
            .await_call(&call, program, |call| call.bye_answer.is_some());
    }
}

/// What the service was asked.
struct Asked {
    head: String,
    body: Vec<u8>,
}

/// Answers one request after the other with these; with the code 0 it never does.
fn service(says: Vec<(u16, &'static str)>) -> (u16, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for ((code, body), stream) in says.into_iter().zip(listener.incoming().flatten()) {
            kept.extend(answer(stream, code, body, &tell));
        }
        thread::park();
    });
    (port, told)
}

fn answer(mut stream: TcpStream, code: u16, body: &str, tell: &Sender<Asked>) -> Option<TcpStream> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 65_536]);
    let (head, length) = loop {
        let read = stream.read(&mut buffer).expect("a request");
        bytes.extend_from_slice(&buffer[..read]);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).expect("a length");
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            break (head, length);
        }
    };
    while bytes.len() < head.len() + length {
        let read = stream.read(&mut buffer).expect("a body");
        bytes.extend_from_slice(&buffer[..read]);
    }
    let asked = Asked {
        body: bytes.split_off(head.len()),
        head,
    };
    let _ = tell.send(asked);
    if code == 0 {
        return Some(stream);
    }
    let text = format!(
        "HTTP/1.1 {code} X\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).expect("it listens");
    None
}

//! The running program plays to a real receiver of RTP over loopback: a file of the media folder, a tone, and what a service
//! has spoken. What arrives is judged by frequency, level and time.

mod live;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use live::{Caller, PATIENCE, Program};
use switchhook::media::codec::{Coding, Decoder};
use switchhook::media::measure::{level_at, peak_of, peaks, tone};
use switchhook::media::rtp::{HEADER, Header};

const PLAYS: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Connected, () => {
    const file = VoxEngine.createURLPlayer("chime.wav");
    file.sendMediaTo(call);
    file.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
      Logger.write("file: " + e.error);
      const tone = VoxEngine.createToneScriptPlayer("1000@-18;1(*/0/1)");
      tone.sendMediaTo(call);
      tone.addEventListener(PlayerEvents.PlaybackFinished, () => {
        call.say("How are you?", Language.UK_ENGLISH_FEMALE);
        call.addEventListener(CallEvents.PlaybackFinished, (e) => {
          Logger.write("said: " + e.error);
          call.hangup();
        });
      });
    });
  });
  call.answer();
});
"#;

#[test]
fn a_file_a_tone_and_a_spoken_text_arrive_as_they_are() {
    live::at_its_best(three_kinds_of_sound);
}

fn three_kinds_of_sound() -> anyhow::Result<()> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("media")).unwrap();
    let chime = wav(16_000, &tone(16_000, 440.0, peak_of(-12.0), 16_000));
    fs::write(folder.path().join("media/chime.wav"), chime).unwrap();
    fs::write(folder.path().join("speech.key"), "s3cret\n").unwrap();
    let spoken = wav(22_050, &tone(22_050, 700.0, peak_of(-20.0), 22_050));
    let (service, asked) = service(spoken);
    let config = format!(
        r#"{{"speech": {{"tts": {{"http": {{
            "url": "http://{service}/v1?voice={{voice}}",
            "headers": {{"Authorization": "Bearer {{secret:speech.key}}"}},
            "body": {{"input": {{"text": "{{text}}"}}, "language": "{{language}}"}}
        }}}}}}}}"#
    );
    let program = Program::launch(folder, &[("play.js".into(), PLAYS.into())], &config, &[]);
    let ear = Ear::new();
    let mut caller = Caller::new(program.sip);
    let call = caller.invite_to("700", ear.port);
    caller.await_call(&call, &program, |call| call.ended);
    let heard = ear.heard();

    let asked = asked.recv_timeout(PATIENCE).expect("the service was asked");
    for part in [
        "POST /v1?voice=",
        "uthorization: Bearer s3cret\r\n",
        r#""text":"How are you?""#,
        r#""language":"en-GB""#,
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    let said = program.said();
    assert!(said.contains("file: undefined"), "{said}");
    assert!(said.contains("said: undefined"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    // Each for a second: the first moments of each are left out, and what goes over to the next.
    for (hz, dbfs) in [(440.0, -12.0), (1_000.0, -21.1), (700.0, -20.0)] {
        let from = heard
            .sound
            .windows(800)
            .step_by(80)
            .position(|part| level_at(8_000, hz, part) > dbfs - 1.0)
            .unwrap_or_else(|| panic!("{hz} Hz never came: {said}"));
        let part = heard.sound.get(from * 80..from * 80 + 6_400);
        let found = peaks(8_000, part.context("less than 0.8 s of it")?);
        let first = found.first().expect("a tone");
        ensure!((first.hz - hz).abs() < 1.0, "{hz}: {found:?}");
        ensure!((first.dbfs - dbfs).abs() < 0.5, "{hz}: {found:?}");
        ensure!(found.len() == 1, "{hz} Hz alone: {found:?}");
    }
    // Three seconds of sound, and no packet doubled or left out.
    ensure!((148..=156).contains(&heard.packets), "{}", heard.packets);
    ensure!(heard.gaps == 0, "{} are missing", heard.gaps);
    let gap = heard.latest_gap;
    ensure!(gap < Duration::from_millis(500), "nothing for {gap:?}");
    Ok(())
}

#[test]
fn where_nobody_speaks_the_script_hears_what_to_install() {
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().display().to_string();
    let says = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Connected, () => {
    call.say("Hello.");
    const player = VoxEngine.createTTSPlayer("Hello.");
    player.addEventListener(PlayerEvents.Error, (e) => Logger.write("player: " + e.error));
  });
  call.addEventListener(CallEvents.PlaybackFinished, (e) => {
    Logger.write("call: " + e.error);
    setTimeout(() => call.hangup(), 100);
  });
  call.answer();
});
"#;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::launch(
        folder,
        &[("say.js".into(), says.into())],
        "{}",
        &[("PATH", &path)],
    );
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("701");
    caller.await_call(&call, &program, |call| call.ended);
    let said = program.said();
    for who in ["call", "player"] {
        let told = format!("{who}: there is no speech: install espeak-ng");
        assert!(said.contains(&told), "{told} in {said}");
    }
}

/// Somebody's ear: all that comes to a port, decoded.
struct Ear {
    port: u16,
    over: Arc<AtomicBool>,
    told: Receiver<Heard>,
}

#[derive(Default)]
struct Heard {
    sound: Vec<i16>,
    packets: usize,
    /// Packets that are missing by their numbers.
    gaps: usize,
    /// The longest time without a packet.
    latest_gap: Duration,
}

impl Ear {
    /// It listens until it is asked what it has heard; what has come by then is heard.
    fn new() -> Ear {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let port = socket.local_addr().unwrap().port();
        let (tell, told) = channel();
        let over = Arc::<AtomicBool>::default();
        let is_over = over.clone();
        thread::spawn(move || {
            let mut heard = Heard::default();
            let mut decoder = Decoder::new(Coding::Pcmu);
            let (mut last, mut number) = (None::<Instant>, None::<u16>);
            let (mut packet, mut samples) = ([0; 2_048], Vec::new());
            loop {
                let ends = is_over.load(Ordering::Acquire);
                let Ok(length) = socket.recv(&mut packet) else {
                    match ends {
                        true => break,
                        false => continue,
                    }
                };
                let Some(header) = Header::read(&packet[..length]).filter(|h| h.payload == 0)
                else {
                    continue;
                };
                if let Some(before) = last.replace(Instant::now()) {
                    heard.latest_gap = heard.latest_gap.max(before.elapsed());
                }
                let missing = number.map_or(0, |n| header.sequence.wrapping_sub(n).wrapping_sub(1));
                heard.gaps += usize::from(missing);
                number = Some(header.sequence);
                heard.packets += 1;
                decoder
                    .decode(&packet[HEADER..length], &mut samples)
                    .unwrap();
                heard.sound.extend_from_slice(&samples);
            }
            let _ = tell.send(heard);
        });
        Ear { port, over, told }
    }

    fn heard(self) -> Heard {
        self.over.store(true, Ordering::Release);
        self.told.recv_timeout(PATIENCE).expect("it listens")
    }
}

/// A service that answers everything with this file, and tells what it was asked.
fn service(file: Vec<u8>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, asked) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut request, mut part) = (Vec::new(), [0; 4_096]);
            // The body ends the request; it is JSON.
            while !request.ends_with(b"}") {
                match stream.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.extend_from_slice(&part[..length]),
                }
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: {}\r\n\r\n",
                file.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&file);
            let _ = tell.send(String::from_utf8_lossy(&request).into_owned());
        }
    });
    (address, asked)
}

/// A mono file of 16 bits a sample.
fn wav(rate_hz: u32, sound: &[i16]) -> Vec<u8> {
    let bytes = 2 * sound.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate_hz.to_le_bytes());
    file.extend((2 * rate_hz).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

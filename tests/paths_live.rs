//! Speech and tones through the running program over real RTP, on each of its paths: from a file to a leg into a recording,
//! through a conference of ten, to a server for WebSockets and back. What comes out is compared with what went in by
//! frequency, level, delay and spectrum, as a busy machine lets it through; `tests/voices.rs` is strict about the same paths,
//! and those from leg to leg, in virtual time.

mod live;

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use live::rtp::{self, MOMENT, Mouth, RATE_HZ, level, likeness, loudest};
use live::{Caller, PATIENCE, Program};
use switchhook::media::measure::{Likeness, dbfs, delay, peak_of, speech, tone};
use tokio_tungstenite::tungstenite::{Message, accept};

/// Who calls hears a file and is recorded, on two sides; it is told the link.
const STUDIO: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  call.addEventListener(CallEvents.Connected, () => {
    call.record({ stereo: true, format: 'wav' });
  });
  // When the phone is heard, it listens as well.
  call.addEventListener(CallEvents.FirstAudioPacketReceived, () => {
    Logger.write('the phone is heard');
    if (destination === 'plays') VoxEngine.createURLPlayer('programme.wav').sendMediaTo(call);
  });
  call.addEventListener(CallEvents.RecordStarted, ({ url }) => call.sendInfo('text/plain', url));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});";

const ROOM: &str = "
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => conference.add({ call, mode: 'MIX', direction: 'BOTH' }));
  call.answer();
});";

const GATE: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  VoxEngine.easyProcess(call, VoxEngine.callConference('room', callerid));
});";

const RULES: &str = r#"[
  { "ruleName": "rooms", "rulePattern": "room", "scenarios": ["room"], "conference": true },
  { "ruleName": "gates", "rulePattern": "gate", "scenarios": ["gate"] }
]"#;

const ECHO: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const socket = VoxEngine.createWebSocket('ws://127.0.0.1:PORT/echo');
  socket.onopen = () => call.answer();
  call.addEventListener(CallEvents.Connected, () => {
    call.sendMediaTo(socket, { encoding: WebSocketAudioEncoding[destination] });
    socket.sendMediaTo(call);
  });
  socket.onclose = VoxEngine.terminate;
  call.addEventListener(CallEvents.Disconnected, () => socket.close());
});";

/// What a phone says in these tests: so many seconds of speech, with a voice of its own.
const SPEECH_S: f64 = 4.0;
/// And then two of a tone, at this level in dBFS.
const TONE_S: usize = 2;
const LOUD: f64 = -15.0;

#[test]
fn what_is_played_and_what_is_said_is_in_the_recording_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let programme = programme_of(3, 1_000.0);
    fs::create_dir(folder.path().join("media")).expect("a folder");
    fs::write(folder.path().join("media/programme.wav"), wav(&programme)).expect("a file");
    let program = Program::launch(folder, &scenario("studio.js", STUDIO), "{}", &[]);
    let mut caller = Caller::new(program.sip);
    live::at_its_best(|| {
        let socket = rtp::socket();
        let (call, link, peer) = studio(&mut caller, &program, "plays", &socket);
        let said = programme_of(5, 440.0);
        let heard = rtp::talk(socket, peer, Instant::now(), said.clone());
        let heard = heard.join().expect("a phone of ours");
        let (left, right) = recorded(&mut caller, &program, &call, &link);

        // What was played, as the phone hears it, and both sides, as they are in the file.
        let mut places = Vec::new();
        for (who, original, hz, other, sound) in [
            ("the phone hears", &programme, 1_000.0, 440.0, &heard),
            ("right", &programme, 1_000.0, 440.0, &right),
            ("left", &said, 440.0, 1_000.0, &left),
        ] {
            let at = place(original, sound).context(who)?;
            judge(original, &sound[at..]).context(who)?;
            level_is(hz, &sound[at..]).context(who)?;
            // The other is on the other side.
            let crossed = loudest(other, &sound[at + tone_at()..]);
            ensure!(crossed < -45.0, "{who}: {crossed:.1} dB of the other");
            places.push(at as f64 / f64::from(RATE_HZ));
        }
        // In the file they are as far apart as they were for the phone, but for what the network and the jitter buffer take.
        let [played, right, left] = places[..] else {
            bail!("three places")
        };
        let apart = left - right + played;
        ensure!((-0.3..0.5).contains(&apart), "{apart} s apart");
        Ok(())
    });
}

#[test]
fn what_strangers_send_is_not_in_the_recording() {
    let program = Program::start(&scenario("studio.js", STUDIO), "{}");
    let mut caller = Caller::new(program.sip);
    let socket = rtp::socket();
    let ssrc = u32::from(rtp::port(&socket));
    let (call, link, peer) = studio(&mut caller, &program, "records", &socket);
    // They know the stream's number and where it is, and shout another tone; one has another address, from the beginning,
    // the other but another port, from when the phone has been heard.
    let over = Arc::new(AtomicBool::new(false));
    let far = spray("127.0.0.66", peer, ssrc, over.clone());
    let start = Instant::now() + Duration::from_millis(200);
    let said = tone(RATE_HZ, 440.0, peak_of(LOUD), 3 * RATE_HZ as usize);
    let talk = rtp::talk(socket, peer, start, said);
    let deadline = Instant::now() + PATIENCE;
    while !program.said().contains("the phone is heard") {
        assert!(Instant::now() < deadline, "{}", program.said());
        thread::sleep(Duration::from_millis(20));
    }
    let near = spray("127.0.0.1", peer, ssrc, over.clone());
    let heard = talk.join().expect("a phone of ours");
    over.store(true, Ordering::Relaxed);
    let sprayed = [far, near].map(|stranger| stranger.join().expect("a stranger of ours"));
    assert!(sprayed.iter().all(|count| *count > 50), "{sprayed:?}");
    let (left, right) = recorded(&mut caller, &program, &call, &link);

    let begins = left.iter().position(|sample| sample.abs() > 3_000);
    let begins = begins.expect("the phone is in it") + 4_000;
    let own = level(440.0, &left[begins..begins + 16_000]);
    assert!((own - LOUD).abs() < 1.0, "the phone's own tone: {own} dB");
    for (side, sound) in [("left", &left), ("right", &right)] {
        let loudest = loudest(1_700.0, sound);
        assert!(loudest < -50.0, "{side}: {loudest} dB of the stranger's");
    }
    assert!(heard.iter().all(|sample| sample.abs() < 100));
    // Each of their packets is counted.
    let records = program.folder.path().join("data/calls.jsonl");
    let records = fs::read_to_string(records).expect("the call records");
    let media = records.lines().find(|line| line.contains("\"strangers\""));
    let (_, count) = media
        .and_then(|line| line.split_once("\"strangers\":"))
        .expect(&records);
    let count: String = count.chars().take_while(char::is_ascii_digit).collect();
    let count: usize = count.parse().expect("a number");
    assert!(count > 100, "{count} of {sprayed:?}");
}

#[test]
fn in_a_conference_of_ten_everybody_hears_tones_and_speech_of_the_others_as_they_were() {
    let scenarios = [("room.js", ROOM), ("gate.js", GATE), ("rules.json", RULES)]
        .map(|(name, text)| (name.to_string(), text.to_string()));
    let program = Program::start(&scenarios, "{}");
    let mut caller = Caller::new(program.sip);
    // All at once, each a tone of its own; then one of the room speaks, and then one who came by the gate.
    let (tones, turn) = (2 * RATE_HZ as usize, 3 * RATE_HZ as usize);
    let hz = |nth: usize| 300.0 + 170.0 * nth as f64;
    let say = |nth: usize| {
        let mut said = tone(RATE_HZ, hz(nth), peak_of(-30.0), tones);
        for speaker in [0, 1] {
            match speaker == nth {
                true => said.extend(speech(RATE_HZ, 40 + nth as u64, 3.0)),
                false => said.resize(said.len() + turn, 0),
            }
        }
        said
    };
    live::at_its_best(|| {
        let phones: Vec<_> = (0..10)
            .map(|nth| {
                let to = if nth % 2 == 0 { "room" } else { "gate" };
                let socket = rtp::socket();
                let call = caller.invite_to(to, rtp::port(&socket));
                let answered = caller.await_call(&call, &program, |call| call.answer.is_some());
                (call, socket, answered.sound.expect("it takes sound"))
            })
            .collect();
        let start = Instant::now() + Duration::from_millis(100);
        let talks: Vec<_> = phones
            .into_iter()
            .enumerate()
            .map(|(nth, (call, socket, peer))| (call, rtp::talk(socket, peer, start, say(nth))))
            .collect();
        let mut heard = Vec::new();
        for (call, talk) in talks {
            heard.push(talk.join().expect("a phone of ours"));
            caller.bye(&call);
            caller.await_call(&call, &program, |call| call.bye_answer == Some(200));
        }
        for (listener, sound) in heard.iter().enumerate() {
            // When everybody has begun, however late it is.
            let mut moments = sound.chunks(800).map(dbfs);
            let begins = moments.position(|moment| moment > -40.0);
            let begins = 800 * begins.context("no chord")? + 4_000;
            let chord = &sound[begins..begins + 8_000];
            for other in 0..10 {
                let level = level(hz(other), chord);
                match other == listener {
                    true => ensure!(level < -45.0, "{listener} hears itself: {level:.1} dB"),
                    false => ensure!(
                        (level + 30.0).abs() < 2.0,
                        "{listener} hears {other} at {level:.1} dB"
                    ),
                }
            }
            for speaker in [0, 1] {
                let from = tones + speaker * turn;
                let said = &say(speaker)[from..from + turn];
                match speaker == listener {
                    true => {
                        // The end of what was said before is still to come.
                        let own = dbfs(&sound[from + 2 * turn / 3..from + turn]);
                        ensure!(own < -50.0, "{listener} hears itself: {own:.1} dB");
                    }
                    false => {
                        let who = || format!("{listener} hears {speaker}");
                        judge(said, &sound[from..]).with_context(who)?;
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn speech_comes_back_from_a_server_for_sockets_as_it_was() {
    let echo = ECHO.replace("PORT", &echo().to_string());
    let program = Program::start(
        &scenario("echo.js", &echo),
        r#"{"http": {"allow": ["127.0.0.1"]}}"#,
    );
    let encodings = ["PCM16_8KHZ", "PCM16_16KHZ", "ULAW", "ALAW", "OPUS"];
    live::at_once(encodings, |encoding| {
        let mut caller = Caller::new(program.sip);
        live::at_its_best(|| {
            let socket = rtp::socket();
            let call = caller.invite_to(encoding, rtp::port(&socket));
            let answered = caller.await_call(&call, &program, |call| call.answer.is_some());
            let peer = answered.sound.expect("it takes sound");
            let said = programme_of(7, 440.0);
            let talk = rtp::talk(socket, peer, Instant::now(), said.clone());
            let heard = talk.join().expect("a phone of ours");
            caller.bye(&call);
            caller.await_call(&call, &program, |call| call.bye_answer.is_some());
            let like = judge(&said, &heard).context(encoding)?;
            let late = (like.delay.as_secs_f64() * f64::from(RATE_HZ)) as usize;
            level_is(440.0, &heard[late..]).context(encoding)?;
            println!("{encoding}: {like}");
            Ok(())
        });
    });
}

/// Speech and then a tone.
fn programme_of(seed: u64, hz: f64) -> Vec<i16> {
    let mut said = speech(RATE_HZ, seed, SPEECH_S);
    said.extend(tone(RATE_HZ, hz, peak_of(LOUD), TONE_S * RATE_HZ as usize));
    said
}

/// Where the tone of a programme is well under way, in samples.
fn tone_at() -> usize {
    (SPEECH_S * f64::from(RATE_HZ)) as usize + RATE_HZ as usize / 2
}

/// It is heard as it was said, as a listener would say, within a second and hardly louder or softer.
fn judge(said: &[i16], heard: &[i16]) -> anyhow::Result<Likeness> {
    let spoken = &said[..said.len().min((SPEECH_S * f64::from(RATE_HZ)) as usize)];
    let like = likeness(spoken, heard).context("nothing of it")?;
    ensure!(like.is_the_same(), "{like}");
    ensure!(like.gain_db.abs() < 1.5, "{like}");
    Ok(like)
}

/// The tone of a programme that begins here has its level.
fn level_is(hz: f64, sound: &[i16]) -> anyhow::Result<()> {
    let tone = sound.get(tone_at()..tone_at() + RATE_HZ as usize);
    let level = level(hz, tone.context("it is too short")?);
    ensure!((level - LOUD).abs() < 1.0, "{level} dB");
    Ok(())
}

/// Where a programme begins in a longer sound, in samples, with 0.2 s before it: by the moment of its speech that came
/// through best.
fn place(said: &[i16], sound: &[i16]) -> anyhow::Result<usize> {
    let moments = (0..tone_at() - 2 * MOMENT).step_by(MOMENT);
    let found = moments.filter_map(|from| {
        let said = said.get(from..from + MOMENT)?;
        delay(said, sound.get(from..)?, 3 * RATE_HZ as usize)
    });
    let best = found.max_by(|(_, one), (_, other)| one.total_cmp(other));
    let (at, correlation) = best.context("silence")?;
    ensure!(correlation > 0.6, "{correlation}");
    Ok(at.saturating_sub(RATE_HZ as usize / 5))
}

/// A call to `to`, answered and recorded: the path of its link, and where it takes sound.
fn studio(
    caller: &mut Caller,
    program: &Program,
    to: &str,
    socket: &UdpSocket,
) -> (String, String, SocketAddr) {
    let call = caller.invite_to(to, rtp::port(socket));
    let told = caller.await_call(&call, program, |call| !call.infos.is_empty());
    let link = told.infos[0].strip_prefix(&format!("http://{}", program.http));
    let link = link.expect(&told.infos[0]).to_string();
    (call, link, told.rtp.expect("it takes sound"))
}

/// Hangs up, and has both sides of the recording, at [`RATE_HZ`].
fn recorded(
    caller: &mut Caller,
    program: &Program,
    call: &str,
    link: &str,
) -> (Vec<i16>, Vec<i16>) {
    caller.bye(call);
    caller.await_call(call, program, |call| call.bye_answer.is_some());
    // The answer to a BYE waits for no script and no disk; the call's record comes when all of it is over.
    let deadline = Instant::now() + PATIENCE;
    let is_over = || {
        let records = fs::read_to_string(program.folder.path().join("data/calls.jsonl"));
        records.is_ok_and(|records| records.contains("\"strangers\"")) && !is_being_written(program)
    };
    while !is_over() {
        assert!(Instant::now() < deadline, "{}", program.said());
        thread::sleep(Duration::from_millis(20));
    }
    let (status, file) = program.get_bytes(link);
    assert_eq!(status, 200, "{}", program.said());
    // 16 bits, two channels; what a header is is for `recording_live` to say.
    let data = file.windows(4).position(|word| word == b"data");
    let samples = file[data.expect("a wav file") + 8..].chunks_exact(4);
    let side = |n: usize| {
        let side = samples.clone();
        side.map(|both| i16::from_le_bytes([both[n], both[n + 1]]))
            .collect()
    };
    (side(0), side(2))
}

fn is_being_written(program: &Program) -> bool {
    let root = program.folder.path().join("data/recordings");
    let days = fs::read_dir(root).expect("the folder of the recordings");
    let files = days.flat_map(|day| fs::read_dir(day.expect("a day").path()).expect("a folder"));
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().ends_with(".part"))
}

/// Somebody who is not asked: sends another tone, as loud as it can be, in the stream of this number, until it is over. How
/// many packets went out.
fn spray(
    from: &str,
    peer: SocketAddr,
    ssrc: u32,
    over: Arc<AtomicBool>,
) -> thread::JoinHandle<usize> {
    let socket = UdpSocket::bind((from, 0)).expect("loopback");
    thread::spawn(move || {
        let second = tone(RATE_HZ, 1_700.0, peak_of(-1.0), RATE_HZ as usize);
        let (mut mouth, mut sent) = (Mouth::new(ssrc), 0);
        let mut pieces = second.chunks_exact(160).cycle();
        while !over.load(Ordering::Relaxed) {
            let packet = mouth.packet(pieces.next().expect("it goes round"));
            let _ = socket.send_to(&packet, peer);
            sent += 1;
            thread::sleep(Duration::from_millis(10));
        }
        sent
    })
}

/// A server that says everything again.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let Ok(mut socket) = accept(stream) else {
                    return;
                };
                while let Ok(message) = socket.read() {
                    if let Message::Text(_) = message
                        && socket.send(message).is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    port
}

fn scenario(name: &str, text: &str) -> Vec<(String, String)> {
    vec![(name.to_string(), text.to_string())]
}

/// A mono file of 16 bits a sample.
fn wav(sound: &[i16]) -> Vec<u8> {
    let bytes = 2 * sound.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE_HZ.to_le_bytes());
    file.extend((2 * RATE_HZ).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

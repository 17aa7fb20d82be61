//! Recordings of the running program: what is in the files and behind the links, and what a crash leaves of them.

mod live;

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use switchhook::media::codec::{Coding, Encoder};

use anyhow::{Context, ensure};
use live::{Caller, PATIENCE, Program};

/// The caller hears 1000 Hz and is recorded on two sides; it is told the link.
const RECORDED: &str = "
    VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
        call.addEventListener(CallEvents.Connected, () => {
            VoxEngine.createToneScriptPlayer('1000@-10;*(*/0/1)').sendMediaTo(call);
            call.record({ stereo: true, format: destination, name: 'call' });
        });
        for (const event of [CallEvents.RecordStarted, CallEvents.RecordStopped, CallEvents.RecordError])
            call.addEventListener(event, (e) => {
                Logger.write(e.name + ' ' + e.url + ' ' + e.error);
                call.sendInfo('text/plain', e.url ?? e.error);
            });
        call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
        call.answer();
    });";

#[test]
fn a_call_is_recorded_on_both_sides_in_time_and_had_by_its_link() {
    live::at_once(["wav", "mp3", "flac"], |format| {
        live::at_its_best(|| recorded(format));
    });
}

fn recorded(format: &str) -> anyhow::Result<()> {
    let program = Program::start(&scenario(), "{}");
    let (mut caller, mut voice) = (Caller::new(program.sip), Voice::new());
    let (call, link) = begin(&mut caller, &program, format, voice.port());
    let began = Instant::now();
    voice.speak_to(caller.call(&call).rtp.expect("it takes sound"));
    voice.say(0.0, Duration::from_millis(500));
    let begins = began.elapsed();
    voice.say(440.0, Duration::from_millis(1500));

    // What is there so far, while it is being written.
    let (status, body) = program.get_bytes(&link);
    assert_eq!(status, 200, "{}", program.said());
    let sides = Sides::of(&body);
    ensure!(sides.lasts() > 1.5, "{format}: {} s", sides.lasts());

    caller.bye(&call);
    caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    // The answer to a BYE waits for no script and no disk.
    let deadline = Instant::now() + PATIENCE;
    while recordings(program.folder.path())
        .iter()
        .any(|name| name.ends_with(".part"))
    {
        assert!(Instant::now() < deadline, "{}", program.said());
        std::thread::sleep(Duration::from_millis(5));
    }
    let (status, body) = program.get_bytes(&link);
    assert_eq!(status, 200);
    let sides = Sides::of(&body);
    ensure!(
        (1.9..3.5).contains(&sides.lasts()),
        "{format}: {} s",
        sides.lasts()
    );
    sides.check(format)?;
    // The caller's tone begins when it has begun to say it: half a second after the link was there.
    let begun = sides.left.iter().position(|sample| sample.abs() > 3000);
    let late = begun.context("a tone")? as f64 / 8000.0 - begins.as_secs_f64();
    ensure!((-0.1..0.3).contains(&late), "{format}: {late} s");

    let said = program.said();
    assert!(said.contains("Call.RecordStarted http://"), "{said}");
    let seal = link.split("signature=").nth(1).expect("a seal");
    assert!(!said.contains(seal), "{said}");
    let forged = link.replace(&seal[..8], "00000000");
    assert_eq!(program.get(&forged).0, 403);
    // Its key is nobody else's.
    let key = program.folder.path().join("data/links.key");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(key).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    Ok(())
}

#[test]
fn after_kill_9_all_but_the_last_second_is_there_and_the_link_still_leads_to_it() {
    live::at_once(["wav", "mp3", "flac"], |format| {
        live::at_its_best(|| crashed(format));
    });
}

fn crashed(format: &str) -> anyhow::Result<()> {
    let program = Program::start(&scenario(), "{}");
    let (mut caller, mut voice) = (Caller::new(program.sip), Voice::new());
    let (call, link) = begin(&mut caller, &program, format, voice.port());
    let began = Instant::now();
    voice.speak_to(caller.call(&call).rtp.expect("it takes sound"));
    voice.say(440.0, Duration::from_millis(3000));
    let recorded = began.elapsed().as_secs_f64();

    let program = program.crash_and_restart();
    let (status, body) = program.get_bytes(&link);
    assert_eq!(status, 200, "{}", program.said());
    let sides = Sides::of(&body);
    let lost = recorded - sides.lasts();
    ensure!((-0.3..1.0).contains(&lost), "{format}: {lost} s are lost");
    sides.check(format)?;
    let names = recordings(program.folder.path());
    assert!(names.iter().all(|name| name.ends_with(format)), "{names:?}");
    Ok(())
}

#[test]
fn where_nothing_can_be_written_the_script_is_told_and_the_call_goes_on() {
    let config = r#"{"recordings": {"folder": "/proc/nothing"}}"#;
    let program = Program::start(&scenario(), config);
    let (mut caller, mut voice) = (Caller::new(program.sip), Voice::new());
    let call = caller.invite_to("wav", voice.port());
    let told = caller.await_call(&call, &program, |call| !call.infos.is_empty());
    assert!(told.infos[0].contains("cannot be written"), "{told:?}");
    voice.speak_to(told.rtp.expect("it takes sound"));
    voice.say(440.0, Duration::from_millis(100));
    caller.listen(Duration::from_millis(100));
    assert!(!caller.call(&call).ended, "{}", program.said());
}

/// A call to `format`, answered and recorded, and the path of its link.
fn begin(caller: &mut Caller, program: &Program, format: &str, rtp: u16) -> (String, String) {
    let call = caller.invite_to(format, rtp);
    let told = caller.await_call(&call, program, |call| !call.infos.is_empty());
    let link = told.infos[0].strip_prefix(&format!("http://{}", program.http));
    (call, link.expect(&told.infos[0]).to_string())
}

/// A mouth that speaks as a phone does, in time.
struct Voice {
    socket: UdpSocket,
    encoder: Encoder,
    packets: u32,
}

impl Voice {
    fn new() -> Voice {
        Voice {
            socket: UdpSocket::bind("127.0.0.1:0").expect("a free port"),
            encoder: Encoder::new(Coding::Pcmu),
            packets: 0,
        }
    }

    fn port(&self) -> u16 {
        self.socket.local_addr().expect("bound").port()
    }

    fn speak_to(&mut self, to: SocketAddr) {
        self.socket.connect(to).expect("loopback");
    }

    fn say(&mut self, hz: f64, long: Duration) {
        let began = Instant::now();
        for n in 0..long.as_millis() as u32 / 20 {
            let at = |k: u32| f64::from(self.packets * 160 + k) / 8000.0;
            let sine = |k| (8000.0 * (std::f64::consts::TAU * hz * at(k)).sin()) as i16;
            let samples: Vec<i16> = (0..160).map(sine).collect();
            let mut packet = vec![0x80, 0];
            packet.extend((self.packets as u16).to_be_bytes());
            packet.extend((self.packets * 160).to_be_bytes());
            packet.extend([0, 0, 0, 7]);
            let mut payload = Vec::new();
            self.encoder.encode(&samples, &mut payload).expect("20 ms");
            packet.extend(payload);
            let _ = self.socket.send(&packet);
            self.packets += 1;
            let due = began + Duration::from_millis(20) * (n + 1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// What is in a file, at 8 kHz.
struct Sides {
    left: Vec<i16>,
    right: Vec<i16>,
}

impl Sides {
    fn of(bytes: &[u8]) -> Sides {
        let samples = decode(bytes.to_vec());
        let side = |n| samples.iter().skip(n).step_by(2).copied().collect();
        Sides {
            left: side(0),
            right: side(1),
        }
    }

    fn lasts(&self) -> f64 {
        self.left.len() as f64 / 8000.0
    }

    /// The endpoint's voice is left, what it hears is right, each at its level and neither in the other.
    fn check(&self, format: &str) -> anyhow::Result<()> {
        let middle = 8000..15_200;
        let (left, right) = (self.left.get(middle.clone()), self.right.get(middle));
        let (left, right) = left.zip(right).context("less than two seconds")?;
        // -10 dBm0 of the telephone are 13.14 dB below a sine of full scale.
        let tone = 32_767.0 * 10_f64.powf(-13.14 / 20.0);
        for (side, hz, wanted) in [(left, 440.0, 8000.0), (right, 1000.0, tone)] {
            let level = level(side, hz);
            ensure!(
                (0.93..1.07).contains(&(level / wanted)),
                "{format}: {hz} Hz: {level}"
            );
        }
        for (side, hz) in [(left, 1000.0), (right, 440.0)] {
            let level = level(side, hz);
            ensure!(
                level < 150.0,
                "{format}: {hz} Hz on the other side: {level}"
            );
        }
        Ok(())
    }
}

/// The interleaved samples of a file of two channels at 8 kHz, as symphonia reads it: as far as it goes.
fn decode(bytes: Vec<u8>) -> Vec<i16> {
    use symphonia::core::formats::TrackType;
    use symphonia::core::io::MediaSourceStream;
    let source = std::io::Cursor::new(bytes);
    let source = MediaSourceStream::new(Box::new(source), Default::default());
    let probe = symphonia::default::get_probe();
    let (hint, none, nothing) = Default::default();
    let format = probe.probe(&hint, source, none, nothing);
    let mut format = format.expect("an audio file");
    let track = format.default_track(TrackType::Audio).expect("a track");
    let parameters = track.codec_params.as_ref().and_then(|own| own.audio());
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters.expect("audio"), &Default::default())
        .expect("a codec");
    let mut all = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        let sound = decoder.decode(&packet).expect("sound");
        assert_eq!((sound.spec().rate(), sound.num_planes()), (8000, 2));
        let mut some: Vec<i16> = Vec::new();
        sound.copy_to_vec_interleaved(&mut some);
        all.extend(some);
    }
    all
}

/// The amplitude of a frequency in most moments: on a busy machine packets come late, and what fills their place is
/// no sine.
fn level(samples: &[i16], hz: f64) -> f64 {
    let mut levels: Vec<f64> = samples
        .chunks_exact(400)
        .map(|some| level_in(some, hz))
        .collect();
    levels.sort_by(f64::total_cmp);
    levels[levels.len() / 2]
}

fn level_in(samples: &[i16], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (std::f64::consts::TAU * hz * n as f64 / 8000.0).sin_cos();
        (re, im) = (re + f64::from(*sample) * cos, im + f64::from(*sample) * sin);
    }
    2.0 * f64::hypot(re, im) / samples.len() as f64
}

/// The files of all days.
fn recordings(folder: &Path) -> Vec<String> {
    let root: PathBuf = folder.join("data/recordings");
    let days = fs::read_dir(root).expect("the folder of the recordings");
    let files = days.flat_map(|day| fs::read_dir(day.expect("a day").path()).expect("a folder"));
    files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn scenario() -> Vec<(String, String)> {
    vec![("recorded.js".to_string(), RECORDED.to_string())]
}

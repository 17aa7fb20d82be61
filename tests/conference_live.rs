//! Phones in a conference of the running program, over loopback: each says a tone of its own in real RTP, and what each
//! of them hears is judged by frequency and level. Some dial the room, some come to it through another session.

mod live;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use live::{Caller, Program};
use switchhook::media::codec::{Coding, Decoder, Encoder};
use switchhook::media::measure::{level_at, peak_of, tone};
use switchhook::media::rtp::Header;

const ROOM: &str = r#"
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => conference.add({ call, mode: "FORWARD", direction: "BOTH" }));
  call.answer();
});
"#;

const GATE: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  VoxEngine.easyProcess(call, VoxEngine.callConference("room", callerid));
});
"#;

const RULES: &str = r#"[
  { "ruleName": "rooms", "rulePattern": "room", "scenarios": ["room"], "conference": true },
  { "ruleName": "gates", "rulePattern": "gate", "scenarios": ["gate"] }
]"#;

/// How loud everybody speaks, in dB of full scale.
const LOUD: f64 = -25.0;
/// How long everybody listens, at least.
const LASTS: Duration = Duration::from_secs(3);

#[test]
fn four_phones_hear_each_other_in_one_room_that_two_of_them_reach_through_another_session() {
    let file = |name: &str, text: &str| (name.to_string(), text.to_string());
    let scenarios = [
        file("room.js", ROOM),
        file("gate.js", GATE),
        file("rules.json", RULES),
    ];
    let program = Program::start(&scenarios, "{}");
    let mut caller = Caller::new(program.sip);
    let over = Arc::new(AtomicBool::new(false));
    let mut phones = Vec::new();
    for (to, hz) in [
        ("room", 500.0),
        ("gate", 800.0),
        ("room", 1_100.0),
        ("gate", 1_700.0),
    ] {
        let socket = rtp_socket();
        let port = socket.local_addr().unwrap().port();
        let call = caller.invite_to(to, port);
        let answered = caller.await_call(&call, &program, |call| call.answer.is_some());
        assert_eq!(answered.answer.map(|(code, _)| code), Some(200));
        let peer = answered.rtp.expect("the answer says where it hears");
        let heard = Arc::<Mutex<Vec<i16>>>::default();
        let talks = talk(socket, peer, hz, over.clone(), heard.clone());
        phones.push(Phone {
            hz,
            call,
            heard,
            talks,
        });
    }
    live::at_its_best(|| {
        let until = Instant::now() + LASTS;
        while Instant::now() < until {
            caller.listen(Duration::from_millis(20));
        }
        phones.iter().try_for_each(|phone| judge(phone, &phones))
    });
    over.store(true, Ordering::Relaxed);
    for phone in phones {
        caller.bye(&phone.call);
        caller.await_call(&phone.call, &program, |call| call.bye_answer == Some(200));
        phone.talks.join().expect("a phone of ours");
    }
}

/// The last second that it has heard: everybody but itself.
fn judge(phone: &Phone, all: &[Phone]) -> anyhow::Result<()> {
    let sound = phone.heard.lock().expect("nobody panicked");
    let last = sound
        .last_chunk::<8_000>()
        .context("less than a second of sound")?;
    let own = phone.hz;
    for other in all {
        let level = level_at(8_000, other.hz, last);
        match own == other.hz {
            true => ensure!(level < LOUD - 25.0, "{own} hears itself: {level:.1} dB"),
            false => ensure!(
                (level - LOUD).abs() < 2.0,
                "{own} hears {} at {level:.1} dB",
                other.hz
            ),
        }
    }
    Ok(())
}

struct Phone {
    hz: f64,
    call: String,
    heard: Arc<Mutex<Vec<i16>>>,
    talks: JoinHandle<()>,
}

/// A phone: it says its tone, packet by packet, and keeps what it hears.
fn talk(
    socket: UdpSocket,
    peer: SocketAddr,
    hz: f64,
    over: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<i16>>>,
) -> JoinHandle<()> {
    // Nobody but the program is heard.
    socket.connect(peer).expect("loopback");
    thread::spawn(move || {
        let coding = Coding::of("PCMU", 8_000).expect("it is known");
        let (mut encoder, mut decoder) = (Encoder::new(coding), Decoder::new(coding));
        // Whole periods fit a second.
        let second = tone(8_000, hz, peak_of(LOUD), 8_000);
        let (start, mut n) = (Instant::now(), 0_u32);
        while !over.load(Ordering::Relaxed) {
            let due = start + Duration::from_millis(20) * n;
            let patience = due.saturating_duration_since(Instant::now());
            if patience.is_zero() {
                let from = (n % 50 * 160) as usize;
                let mut body = Vec::new();
                encoder
                    .encode(&second[from..from + 160], &mut body)
                    .expect("a frame");
                let header = Header {
                    marker: n == 0,
                    payload: 0,
                    sequence: n as u16,
                    timestamp: n * 160,
                    ssrc: hz as u32,
                };
                let mut packet = Vec::new();
                header.begin(&mut packet);
                packet.extend(body);
                socket.send(&packet).expect("loopback");
                n += 1;
                continue;
            }
            let mut packet = [0; 2048];
            socket
                .set_read_timeout(Some(patience))
                .expect("it is not zero");
            if let Ok(length) = socket.recv(&mut packet) {
                let mut sound = Vec::new();
                let body = Header::body(&packet[..length]);
                decoder.decode(body, &mut sound).expect("PCMU");
                heard.lock().expect("nobody panicked").extend(sound);
            }
        }
    })
}

/// On an even port, as RTP wants it.
fn rtp_socket() -> UdpSocket {
    loop {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        if socket.local_addr().expect("bound").port().is_multiple_of(2) {
            return socket;
        }
    }
}

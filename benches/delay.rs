//! What the program adds between mouth and ear: from the moment that a phone sends a packet to the moment that the other
//! has its sound, over the loopback.
//!
//! `cargo bench --bench delay`: one call, 20 ms a packet, between phones of the same codec, which is relayed, and of
//! different ones, which is transcoded. A relayed packet is known by its content; transcoded sound by the onset of a
//! tone in what the phone decodes, so the delay of codecs and filters counts. That sound is collected into packets
//! before it is sent is not counted: phones do that without us.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use switchhook::base::{Dice, LegId};
use switchhook::io::media::MediaPlane;
use switchhook::media::codec::{Coding, Decoder, Encoder};
use switchhook::media::rtp::Header;
use switchhook::media::{Command, Event, Line, Payload, Port};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PACKET: Duration = Duration::from_millis(20);
/// A tone of 100 ms begins so often.
const PERIOD: u32 = 20;
const PACKETS: u32 = 600;
/// Louder than whatever codecs make of silence.
const LOUD: i16 = 2_000;

const CODECS: [(&str, u32, u8); 4] = [
    ("PCMU", 8_000, 0),
    ("PCMA", 8_000, 8),
    ("G722", 8_000, 9),
    ("opus", 48_000, 111),
];

fn main() {
    println!("from    to      added delay in ms: p50   p99   worst   onsets");
    for (from, to) in [(0, 0), (3, 3), (0, 1), (0, 2), (0, 3), (3, 0)] {
        measure(CODECS[from], CODECS[to]);
    }
}

fn measure(from: (&'static str, u32, u8), to: (&'static str, u32, u8)) {
    let (tell, events) = channel();
    let told = move |event| tell.send(event).expect("the bench listens");
    let plane =
        MediaPlane::start(HOME, 22_000..=22_999, Dice::from_seed(1), told).expect("it starts");
    let (mouth, ear) = (open(&plane, &events, 1, from), open(&plane, &events, 2, to));
    for (listener, source) in [(1, 2), (2, 1)] {
        plane.send(Command::Hear {
            listener: LegId(listener).into(),
            source: Some(LegId(source).into()),
        });
    }
    thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    let listens = thread::spawn(move || onsets(&ear.0, coding(to)));
    let mut encoder = Encoder::new(coding(from));
    let rate_hz = coding(from).rate_hz();
    let mut said = Vec::new();
    for n in 0..PACKETS {
        if let Some(wait) = (PACKET * n).checked_sub(start.elapsed()) {
            thread::sleep(wait);
        }
        let packet = packet(n, rate_hz, &mut encoder, from);
        let at = Instant::now();
        mouth.0.send_to(&packet, mouth.1).expect("loopback");
        if n % PERIOD == 0 && n > 0 {
            said.push(at);
        }
    }
    let heard = listens.join().expect("it ends");
    let mut delays: Vec<f64> = said
        .iter()
        .filter_map(|said| {
            let onset = heard.iter().find(|heard| *heard >= said)?;
            let delay = onset.duration_since(*said);
            (delay < PACKET * PERIOD / 2).then_some(delay.as_secs_f64() * 1e3)
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (delays.len().saturating_sub(1) as f64 * share).round() as usize;
        delays.get(place).copied().unwrap_or(f64::NAN)
    };
    println!(
        "{:6}  {:6}  {:22.2} {:5.2}  {:6.2}   {} of {}",
        from.0,
        to.0,
        at(0.5),
        at(0.99),
        at(1.0),
        delays.len(),
        said.len()
    );
}

/// When each tone began to be heard: the moment of the packet, and how far into it.
fn onsets(socket: &UdpSocket, coding: Coding) -> Vec<Instant> {
    let mut decoder = Decoder::new(coding);
    let (mut onsets, mut quiet) = (Vec::new(), 0);
    let mut buffer = [0; 2048];
    while let Ok(length) = socket.recv(&mut buffer) {
        let at = Instant::now();
        let mut sound = Vec::new();
        let packet = buffer.get(..length).unwrap_or_default();
        if decoder.decode(Header::body(packet), &mut sound).is_err() {
            continue;
        }
        for (n, sample) in sound.iter().enumerate() {
            if sample.unsigned_abs() < LOUD.unsigned_abs() {
                quiet += 1;
                continue;
            }
            if quiet > coding.rate_hz() / 10 {
                let into = Duration::from_secs_f64(n as f64 / f64::from(coding.rate_hz()));
                onsets.push(at + into);
            }
            quiet = 0;
        }
    }
    onsets
}

fn packet(
    n: u32,
    rate_hz: u32,
    encoder: &mut Encoder,
    (_, clock_hz, number): (&str, u32, u8),
) -> Vec<u8> {
    let samples = rate_hz / 50;
    let loud = n > 0 && n % PERIOD < 5;
    let sound: Vec<i16> = (0..samples)
        .map(|place| match loud {
            // At its peak from the first sample on.
            true => {
                let turn = f64::from(n * samples + place) * 1_000.0 / f64::from(rate_hz);
                (12_000.0 * (turn * std::f64::consts::TAU).cos()) as i16
            }
            false => 0,
        })
        .collect();
    let header = Header {
        marker: n == 0,
        payload: number,
        sequence: n as u16,
        timestamp: n * (clock_hz / 50),
        ssrc: 7,
    };
    let (mut packet, mut body) = (Vec::new(), Vec::new());
    header.begin(&mut packet);
    (encoder.encode(&sound, &mut body)).expect("20 ms are taken");
    packet.extend(body);
    packet
}

fn coding((name, clock_hz, _): (&str, u32, u8)) -> Coding {
    Coding::of(name, clock_hz).expect("a codec of ours")
}

/// A leg, its phone, and where that sends to.
fn open(
    plane: &MediaPlane,
    events: &Receiver<Event>,
    leg: u64,
    (name, clock_hz, number): (&'static str, u32, u8),
) -> (UdpSocket, SocketAddr) {
    let port = take_port(events, leg);
    let phone = UdpSocket::bind((HOME, 0)).expect("a port is free");
    let patience = Some(PACKET * PERIOD);
    phone.set_read_timeout(patience).expect("a socket can wait");
    let leg = LegId(leg);
    plane.send(Command::Open { leg, port });
    let line = Line {
        rtp: phone.local_addr().ok(),
        rtcp: None,
        signalling: HOME,
        payloads: vec![Payload {
            name,
            clock_hz,
            send: number,
            receive: number,
        }],
        send: true,
        receive: true,
        ptime_ms: None,
        srtp: None,
        comedia: false,
        copies: false,
    };
    plane.send(Command::Describe { leg, line });
    (phone, SocketAddr::new(HOME, port.rtp))
}

/// The nth port of the first stock.
fn take_port(events: &Receiver<Event>, n: u64) -> Port {
    static STOCK: std::sync::Mutex<Vec<Port>> = std::sync::Mutex::new(Vec::new());
    let mut stock = STOCK.lock().expect("one thread");
    if n == 1 {
        stock.clear();
    }
    while stock.is_empty() {
        if let Event::Stock { ports } = events.recv().expect("the plane runs") {
            stock.extend(ports);
        }
    }
    stock.pop().expect("there is one")
}

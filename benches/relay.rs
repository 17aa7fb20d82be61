//! What a relayed packet costs: the processor time of the media thread, per packet that it passes on.
//!
//! `cargo bench --bench relay [-- CALLS…]`: calls of two legs with 20 ms of G.711 each way, over the loopback.
//! The kernel charges the delivery on the loopback to whoever sends, so a real network costs less.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use switchhook::base::{Dice, LegId};
use switchhook::io::media::MediaPlane;
use switchhook::media::{Command, Event, Line, Payload, Port};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const GAP: Duration = Duration::from_millis(20);
const GAPS: u32 = 250;

fn main() {
    let asked: Vec<usize> = (std::env::args().skip(1))
        .filter_map(|word| word.parse().ok())
        .collect();
    let calls = if asked.is_empty() {
        vec![1, 50, 250]
    } else {
        asked
    };
    println!("calls   packets/s   relayed   lost   µs of CPU per packet");
    for calls in calls {
        measure(calls);
    }
}

fn measure(calls: usize) {
    let (tell, events) = channel();
    let told = move |event| tell.send(event).expect("the bench listens");
    let plane =
        MediaPlane::start(HOME, 22_000..=29_999, Dice::from_seed(1), told).expect("it starts");
    let mut legs = Vec::new();
    let mut stock = Vec::new();
    for n in 0..calls * 2 {
        legs.push(open(
            &plane,
            LegId(n as u64),
            next_port(&mut stock, &events),
        ));
    }
    for n in 0..calls * 2 {
        plane.send(Command::Hear {
            listener: LegId(n as u64).into(),
            source: Some(LegId(n as u64 ^ 1).into()),
        });
    }
    std::thread::sleep(Duration::from_millis(100));

    let before = thread_cpu("media");
    let start = Instant::now();
    let mut heard = 0;
    let mut buffer = [0; 2048];
    for gap in 0..GAPS {
        // Phones do not speak all at once: a leg has its own moment within the 20 ms.
        for (n, (phone, to)) in legs.iter().enumerate() {
            let moment = GAP * gap + GAP * n as u32 / legs.len() as u32;
            if let Some(wait) = moment.checked_sub(start.elapsed()) {
                std::thread::sleep(wait);
            }
            phone
                .send_to(&packet(gap, n), to)
                .expect("the loopback takes it");
            while phone.recv(&mut buffer).is_ok() {
                heard += 1;
            }
        }
    }
    std::thread::sleep(Duration::from_millis(100));
    for (phone, _) in &legs {
        while phone.recv(&mut buffer).is_ok() {
            heard += 1;
        }
    }
    let spent = thread_cpu("media") - before;
    let sent = GAPS as usize * legs.len();
    println!(
        "{calls:5}   {:9.0}   {heard:7}   {:4}   {:.2}",
        sent as f64 / (GAP * GAPS).as_secs_f64(),
        sent - heard,
        spent.as_secs_f64() * 1e6 / heard as f64
    );
}

fn next_port(stock: &mut Vec<Port>, events: &Receiver<Event>) -> Port {
    loop {
        if let Some(port) = stock.pop() {
            return port;
        }
        if let Event::Stock { ports } = events.recv().expect("the plane runs") {
            stock.extend(ports);
        }
    }
}

fn open(plane: &MediaPlane, leg: LegId, port: Port) -> (UdpSocket, SocketAddr) {
    let phone = UdpSocket::bind((HOME, 0)).expect("a port is free");
    phone.set_nonblocking(true).expect("a socket can be asked");
    plane.send(Command::Open { leg, port });
    plane.send(Command::Describe {
        leg,
        line: Line {
            rtp: phone.local_addr().ok(),
            rtcp: None,
            signalling: HOME,
            payloads: vec![Payload {
                name: "PCMU",
                clock_hz: 8_000,
                send: 0,
                receive: 0,
            }],
            send: true,
            receive: true,
            ptime_ms: None,
            srtp: None,
            comedia: false,
        },
    });
    (phone, SocketAddr::new(HOME, port.rtp))
}

fn packet(gap: u32, leg: usize) -> [u8; 172] {
    let mut packet = [0; 172];
    packet[0] = 0x80;
    packet[2..4].copy_from_slice(&(gap as u16).to_be_bytes());
    packet[4..8].copy_from_slice(&(gap * 160).to_be_bytes());
    packet[8..12].copy_from_slice(&(leg as u32).to_be_bytes());
    packet
}

/// The processor time of the thread of that name, from the kernel's scheduler.
fn thread_cpu(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("this runs on Linux");
    for task in tasks.flatten().map(|task| task.path()) {
        let its_name = fs::read_to_string(task.join("comm")).unwrap_or_default();
        if its_name.trim() == name {
            let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
            let nanos = text.split(' ').next().and_then(|word| word.parse().ok());
            return Duration::from_nanos(nanos.expect("the scheduler keeps count"));
        }
    }
    panic!("there is no thread {name}");
}

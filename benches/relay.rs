//! What a relayed packet costs: the processor time of the media thread, per packet that it passes on.
//!
//! `cargo bench --bench relay [-- CALLS…]`: calls of two legs with 20 ms of G.711 each way, over the loopback.
//! The kernel charges the delivery on the loopback to whoever sends, so a real network costs less. What the kernel
//! takes is told apart from what is ours; first comes the graph alone, without sockets.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use switchhook::base::{Dice, LegId};
use switchhook::io::media::MediaPlane;
use switchhook::media::{Command, Event, Graph, Kind, Line, Payload, Port};

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
    for &calls in &calls {
        let each = graph_alone(calls);
        println!("{calls:5} calls, the graph alone: {each:.3} µs per packet");
    }
    println!("calls   packets/s   relayed   lost   µs of CPU per packet   ours   the kernel's");
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

    let (before, own_before) = (thread_cpu("media"), own_share("media"));
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
    let (user, kernel) = own_share("media");
    let (user, kernel) = (user - own_before.0, kernel - own_before.1);
    let sent = GAPS as usize * legs.len();
    let each = spent.as_secs_f64() * 1e6 / heard as f64;
    println!(
        "{calls:5}   {:9.0}   {heard:7}   {:4}   {each:20.2}   {:4.2}   {:.2}",
        sent as f64 / (GAP * GAPS).as_secs_f64(),
        sent - heard,
        each * user as f64 / (user + kernel).max(1) as f64,
        each * kernel as f64 / (user + kernel).max(1) as f64,
    );
}

/// What the graph takes for a packet that is passed on, in µs: calls of two legs, packet by packet in turn.
fn graph_alone(calls: usize) -> f64 {
    let mut graph = Graph::new(Dice::from_seed(1));
    let start = Instant::now();
    let phone = |leg: u64| SocketAddr::new(HOME, 1_024 + leg as u16);
    for n in 0..calls as u64 * 2 {
        let (leg, port) = (LegId(n), Port { rtp: 2 });
        graph.handle_command(Command::Open { leg, port }, start);
        let line = line_of(Some(phone(n)));
        graph.handle_command(Command::Describe { leg, line }, start);
    }
    for n in 0..calls as u64 * 2 {
        let source = Some(LegId(n ^ 1).into());
        let listener = LegId(n).into();
        graph.handle_command(Command::Hear { listener, source }, start);
    }
    let mut passed = 0;
    let begun = Instant::now();
    for gap in 0..GAPS {
        let now = start + GAP * gap;
        for n in 0..calls * 2 {
            let mut bytes = packet(gap, n);
            let (leg, from) = (LegId(n as u64), phone(n as u64));
            let arrival = graph.handle_packet(leg, Kind::Rtp, from, &mut bytes, now);
            let mut arrival = arrival.expect("somebody hears it");
            while graph.next_send(&mut arrival, &mut bytes).is_some() {
                passed += 1;
            }
        }
        graph.handle_timeout(now);
        while graph.next_due(now).is_some() {}
        while graph.poll().is_some() {}
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(passed)
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
        line: line_of(phone.local_addr().ok()),
    });
    (phone, SocketAddr::new(HOME, port.rtp))
}

fn line_of(rtp: Option<SocketAddr>) -> Line {
    Line {
        rtp,
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
        copies: false,
    }
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

/// What the thread of that name took for itself and in the kernel, in the kernel's ticks.
fn own_share(name: &str) -> (u64, u64) {
    let tasks = fs::read_dir("/proc/self/task").expect("this runs on Linux");
    for task in tasks.flatten().map(|task| task.path()) {
        let stat = fs::read_to_string(task.join("stat")).unwrap_or_default();
        let Some((head, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        if head.ends_with(name) {
            // The state is the third field; utime and stime are the 14th and 15th.
            let mut fields = rest.split_whitespace().skip(11);
            let mut next = || fields.next().and_then(|ticks| ticks.parse().ok());
            return (next().unwrap_or(0), next().unwrap_or(0));
        }
    }
    (0, 0)
}

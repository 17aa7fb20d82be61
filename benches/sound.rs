//! What sound costs where it is not relayed.
//!
//! ```text
//! cargo bench --bench sound -- players [N…]     N players to N legs over the loopback, by the media thread: 1000
//! cargo bench --bench sound -- transcode        a call whose legs speak different codecs, by pair
//! cargo bench --bench sound -- mix [N…]         a conference of N: 3, 10, 30, 100
//! cargo bench --bench sound                     all of them
//! ```
//!
//! Players are measured as the program runs them, in real time for ten seconds, with the lateness of the ticks as `/metrics` has
//! it. The others are the graph alone in virtual time, for twenty seconds of sound, without sockets; processor time is that of the
//! thread, so what else runs does little harm.

use std::fs;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use rustix::time::{ClockId, clock_gettime};
use switchhook::base::{Dice, LegId, SessionId, SoundId, UnitId};
use switchhook::io::media::MediaPlane;
use switchhook::media::codec::{Coding, Encoder};
use switchhook::media::measure::speech;
use switchhook::media::rtp::Header;
use switchhook::media::unit::player;
use switchhook::media::{
    Clip, Command, Event, Graph, Kind, Line, NewUnit, Node, Order, Payload, Port, Side,
};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const STEP: Duration = Duration::from_millis(20);
/// How long players are watched.
const WATCHED: Duration = Duration::from_secs(10);
/// Of sound, in virtual time.
const PACKETS: u32 = 1_000;

fn main() {
    let words: Vec<String> = (std::env::args().skip(1))
        .filter(|word| !word.starts_with("--"))
        .collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let wants = |what: &str| {
        let named = words.iter().any(|word| word == what);
        named || words.iter().all(|word| word.parse::<usize>().is_ok())
    };
    if wants("transcode") {
        println!("transcoded call     µs of CPU per second    calls per core");
        for (one, other) in [
            ("PCMU", "PCMA"),
            ("PCMU", "G722"),
            ("PCMU", "L16"),
            ("PCMU", "opus"),
            ("G722", "opus"),
        ] {
            transcode(one, other);
        }
    }
    if wants("mix") {
        println!("conference of    µs of CPU per endpoint and second    endpoints per core");
        let sizes = if numbers.is_empty() {
            vec![3, 10, 30, 100]
        } else {
            numbers.clone()
        };
        for size in sizes {
            mix("PCMU", 8_000, size);
            mix("G722", 16_000, size);
        }
    }
    if wants("players") {
        println!("players   sent/s   of one core   tick late: p50      p99    p99.9      max");
        let counts = if numbers.is_empty() {
            vec![1_000]
        } else {
            numbers
        };
        for count in counts {
            players(count);
        }
    }
}

// Players.

fn players(count: usize) {
    static LATE: Mutex<Vec<f64>> = Mutex::new(Vec::new());
    let _ = metrics::set_global_recorder(Lateness(&LATE));
    let (tell, events) = channel();
    let told = move |event| {
        let _ = tell.send(event);
    };
    let last = 20_001 + 4 * count as u16;
    let plane =
        MediaPlane::start(HOME, 20_000..=last, Dice::from_seed(1), told).expect("it starts");
    // One port hears all: what matters is what they cost who speaks.
    let ear = UdpSocket::bind((HOME, 0)).expect("a port is free");
    let to = ear.local_addr().expect("bound");
    let (heard, over) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let listening = listen(ear, heard.clone(), over.clone());
    let clip = Clip::new(16_000, speech(16_000, 1, 10.0)).expect("media takes 16 kHz");
    let mut stock = Vec::new();
    for n in 0..count as u64 {
        let (leg, unit) = (LegId(n), unit(n as u32));
        plane.send(Command::Open {
            leg,
            port: next_port(&mut stock, &events),
        });
        plane.send(Command::Describe {
            leg,
            line: line("PCMU", to),
        });
        plane.send(Command::Create {
            unit,
            what: NewUnit::Player {
                sound: player::Sound::Awaited,
                looped: true,
                paused: false,
            },
        });
        plane.send(Command::Hear {
            listener: leg.into(),
            source: Some(unit.into()),
        });
        let order = Order::Player(player::Order::Play(vec![clip.clone()]));
        plane.send(Command::Steer { unit, order });
    }
    std::thread::sleep(Duration::from_secs(1));
    LATE.lock().expect("nobody panics").clear();
    let (sent, spent, start) = (
        heard.load(Ordering::Relaxed),
        thread_cpu("media"),
        Instant::now(),
    );
    std::thread::sleep(WATCHED);
    let spent = thread_cpu("media") - spent;
    let sent = heard.load(Ordering::Relaxed) - sent;
    let took = start.elapsed();
    let mut late = std::mem::take(&mut *LATE.lock().expect("nobody panics"));
    late.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (late.len() as f64 * share) as usize;
        late.get(place.min(late.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
            * 1e3
    };
    println!(
        "{count:7}  {:7.0}       {:5.1} %      {:7.3}  {:7.3}  {:7.3}  {:7.3} ms",
        sent as f64 / took.as_secs_f64(),
        100.0 * spent.as_secs_f64() / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
    );
    over.store(true, Ordering::Relaxed);
    drop(plane);
    listening.join().expect("the listener ends");
}

fn listen(
    ear: UdpSocket,
    heard: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
    ear.set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a socket can be asked");
    std::thread::spawn(move || {
        let mut packet = [0; 2_048];
        while !over.load(Ordering::Relaxed) {
            if ear.recv(&mut packet).is_ok() {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    })
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

/// Keeps what the media thread tells of its ticks.
struct Lateness(&'static Mutex<Vec<f64>>);

impl HistogramFn for Lateness {
    fn record(&self, value: f64) {
        self.0.lock().expect("nobody panics").push(value);
    }
}

impl Recorder for Lateness {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match key.name() {
            "switchhook_media_tick_late_seconds" => Histogram::from_arc(Arc::new(Lateness(self.0))),
            _ => Histogram::noop(),
        }
    }
}

// The graph alone.

fn transcode(one: &'static str, other: &'static str) {
    let mut hall = Hall::new(&[one, other]);
    for (listener, source) in [(0, 1), (1, 0)] {
        hall.command(Command::Hear {
            listener: LegId(listener).into(),
            source: Some(LegId(source).into()),
        });
    }
    let spent = hall.run().as_secs_f64() * 1e6 / seconds();
    assert!(hall.sent > u64::from(PACKETS), "they hear each other");
    println!(
        "{one:>6} and {other:<6}     {spent:10.0}          {:10.0}",
        1e6 / spent
    );
}

fn mix(codec: &'static str, rate_hz: u32, size: usize) {
    let mut hall = Hall::new(&vec![codec; size]);
    let mixer = unit(0);
    hall.command(Command::Create {
        unit: mixer,
        what: NewUnit::Mixer {
            rate_hz,
            talkers: 0,
        },
    });
    for leg in 0..size as u64 {
        let (listener, source) = (mixer, Node::Leg(LegId(leg)));
        hall.command(Command::Join {
            listener,
            source,
            side: Side::Both,
        });
        hall.command(Command::Hear {
            listener: LegId(leg).into(),
            source: Some(mixer.into()),
        });
    }
    let spent = hall.run().as_secs_f64() * 1e6 / seconds() / size as f64;
    assert!(
        hall.sent > u64::from(PACKETS) * size as u64 / 2,
        "they hear the others"
    );
    println!(
        "{size:4} of {codec}         {spent:10.0}                            {:10.0}",
        1e6 / spent
    );
}

/// A graph with phones around it, each of which speaks all the time.
struct Hall {
    graph: Graph,
    start: Instant,
    phones: Vec<Phone>,
    sent: u64,
}

struct Phone {
    payloads: Vec<Vec<u8>>,
    payload: Payload,
}

impl Hall {
    fn new(codecs: &[&'static str]) -> Hall {
        let mut hall = Hall {
            graph: Graph::new(Dice::from_seed(1)),
            start: Instant::now(),
            phones: Vec::new(),
            sent: 0,
        };
        for (n, codec) in codecs.iter().enumerate() {
            let (leg, port) = (LegId(n as u64), Port { rtp: 2 });
            hall.command(Command::Open { leg, port });
            let line = line(codec, address(n));
            let payload = line.payloads[0].clone();
            hall.command(Command::Describe { leg, line });
            hall.phones.push(Phone {
                payloads: said(&payload, n as u64),
                payload,
            });
        }
        hall
    }

    fn command(&mut self, command: Command) {
        self.graph.handle_command(command, self.start);
    }

    /// The processor time of all of it. The phones' part is a copy of what they have encoded before.
    fn run(&mut self) -> Duration {
        let mut packet = Vec::new();
        let before = thread_time();
        for n in 0..PACKETS {
            for phone in 0..self.phones.len() {
                let moment = STEP * n + STEP * phone as u32 / self.phones.len() as u32;
                let at = self.start + moment;
                self.phones[phone].packet(n, phone as u32, &mut packet);
                self.sound(phone, &mut packet, at);
            }
        }
        thread_time() - before
    }

    fn sound(&mut self, phone: usize, packet: &mut [u8], at: Instant) {
        while self.graph.next_tick().is_some_and(|tick| tick <= at) {
            let tick = self.graph.next_tick().unwrap_or(at);
            self.graph.handle_timeout(tick);
            while let Some(out) = self.graph.poll_send() {
                black_box(out.bytes);
                self.sent += 1;
            }
        }
        let leg = LegId(phone as u64);
        let arrival = self
            .graph
            .handle_packet(leg, Kind::Rtp, address(phone), packet, at);
        if let Some(mut arrival) = arrival {
            while let Some(out) = self.graph.next_send(&mut arrival, packet) {
                black_box(out.bytes);
            }
        }
        while self.graph.poll().is_some() {}
    }
}

impl Phone {
    fn packet(&self, n: u32, ssrc: u32, packet: &mut Vec<u8>) {
        packet.clear();
        let header = Header {
            marker: n == 0,
            payload: self.payload.receive,
            sequence: n as u16,
            timestamp: n * (self.payload.clock_hz / 50),
            ssrc,
        };
        header.begin(packet);
        packet.extend_from_slice(&self.payloads[n as usize % self.payloads.len()]);
    }
}

/// Ten seconds of somebody's speech, packet by packet.
fn said(payload: &Payload, voice: u64) -> Vec<Vec<u8>> {
    let coding = Coding::of(payload.name, payload.clock_hz).expect("it is spoken here");
    let mut encoder = Encoder::new(coding);
    let sound = speech(coding.rate_hz(), voice % 8, 10.0);
    let frames = sound.chunks_exact(coding.rate_hz() as usize / 50);
    let encoded = frames.map(|frame| {
        let mut payload = Vec::new();
        encoder.encode(frame, &mut payload).expect("20 ms");
        payload
    });
    encoded.collect()
}

fn line(codec: &'static str, to: SocketAddr) -> Line {
    let (clock_hz, number) = match codec {
        "opus" => (48_000, 111),
        "L16" => (16_000, 96),
        "PCMA" => (8_000, 8),
        "G722" => (8_000, 9),
        _ => (8_000, 0),
    };
    Line {
        rtp: Some(to),
        rtcp: None,
        signalling: to.ip(),
        payloads: vec![Payload {
            name: codec,
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
    }
}

fn unit(n: u32) -> SoundId {
    SoundId {
        session: SessionId(1),
        unit: UnitId(n),
    }
}

fn address(phone: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, (phone / 250) as u8, (phone % 250) as u8 + 1], 4_000))
}

fn seconds() -> f64 {
    (STEP * PACKETS).as_secs_f64()
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
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

//! Two phones and a stranger on the loopback, through the media thread: who hears what.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use switchhook::base::{Dice, LegId, SessionId, SoundId, UnitId};
use switchhook::io::media::MediaPlane;
use switchhook::media::codec::{Coding, Decoder};
use switchhook::media::rtp::Header;
use switchhook::media::tone::ToneScript;
use switchhook::media::unit::player;
use switchhook::media::{Command, Event, Line, NewUnit, News, Order, Payload, Port};

#[test]
fn two_phones_hear_each_other_and_a_stranger_neither_hears_nor_is_heard() {
    let mut world = World::new(1);
    let (a, b) = (world.phone(), world.phone());
    let elsewhere = UdpSocket::bind((world.address(66), 0)).unwrap();
    let next_door = UdpSocket::bind((world.home, 0)).unwrap();
    let spray = |n: u16, payload: u8| {
        for phone in [&a, &b] {
            for stranger in [&elsewhere, &next_door] {
                stranger
                    .send_to(&packet(n, u32::from(n) * 160, payload), phone.port)
                    .unwrap();
                stranger.send_to(&[0x80; 7], phone.port).unwrap();
                // A BYE for RTCP, and for good measure on the RTP port.
                stranger.send_to(&[0x80, 203, 0, 0], phone.port).unwrap();
                let rtcp = SocketAddr::new(phone.port.ip(), phone.port.port() + 1);
                stranger.send_to(&[0x80, 203, 0, 0], rtcp).unwrap();
            }
        }
    };

    elsewhere.send_to(&packet(1, 160, 0xee), a.port).unwrap();
    world.describe(&a);
    world.describe(&b);
    world.link(&a, &b);
    world.talk(&a, &b);
    world.talk(&b, &a);
    for n in 2..50 {
        // The very packet that comes next, guessed.
        spray(n, 0xee);
        for (speaker, listener) in [(&a, &b), (&b, &a)] {
            speaker.say(n, u32::from(n) * 160, n as u8);
            let (_, payload) = listener.hear();
            assert_eq!(
                payload, n as u8,
                "the listener hears the call and nothing else"
            );
        }
    }
    for stranger in [&elsewhere, &next_door] {
        stranger.set_nonblocking(true).unwrap();
        assert!(stranger.recv(&mut [0; 2048]).is_err());
    }
    let counters = world.close(&a);
    assert!(counters.strangers >= 96, "{counters:?}");
    assert!(counters.malformed >= 192, "{counters:?}");
}

#[test]
fn a_tone_is_heard_as_it_was_made_and_as_one_stream() {
    let mut world = World::new(4);
    let a = world.phone();
    world.describe(&a);
    let unit = SoundId {
        session: SessionId(1),
        unit: UnitId(1),
    };
    let script = ToneScript::parse("697@-10,1209@-10;0.4(*/0/1+2)").unwrap();
    world.plane.send(Command::Create {
        unit,
        what: NewUnit::Player {
            sound: player::Sound::Tones(script),
            looped: false,
            paused: true,
        },
    });
    world.plane.send(Command::Hear {
        listener: a.leg.into(),
        source: Some(unit.into()),
    });
    let resume = Order::Player(player::Order::Resume);
    world.plane.send(Command::Steer {
        unit,
        order: resume,
    });
    a.patience(PATIENCE);
    let mut decoder = Decoder::new(Coding::Pcmu);
    let (mut sound, mut last) = (Vec::new(), None::<Header>);
    for n in 0..20 {
        let mut buffer = [0; 2048];
        let length = a.socket.recv(&mut buffer).unwrap();
        let header = Header::read(&buffer[..length]).unwrap();
        assert_eq!((length, header.marker), (172, n == 0));
        if let Some(last) = last {
            assert_eq!(header.sequence, last.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, last.timestamp.wrapping_add(160));
        }
        last = Some(header);
        let mut packet = Vec::new();
        decoder.decode(&buffer[12..length], &mut packet).unwrap();
        sound.extend(packet);
    }
    let power = |hz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in sound.iter().enumerate() {
            let (sin, cos) = (std::f64::consts::TAU * hz * n as f64 / 8_000.0).sin_cos();
            (re, im) = (re + f64::from(*sample) * cos, im + f64::from(*sample) * sin);
        }
        // In dB of a sine of full scale, which has 3.14 dBm.
        20.0 * ((re * re + im * im).sqrt() * 2.0 / sound.len() as f64 / 32_767.0).log10()
    };
    for hz in [697.0, 1_209.0] {
        assert!(
            (power(hz) + 13.14).abs() < 0.5,
            "{hz} Hz at {} dB",
            power(hz)
        );
    }
    for hz in [440.0, 941.0, 2_418.0] {
        assert!(power(hz) < -40.0, "{hz} Hz at {} dB", power(hz));
    }
    let mut news = Vec::new();
    while news.len() < 2 {
        if let Event::Unit { news: told, .. } = world.events.recv().unwrap() {
            news.push(told);
        }
    }
    let told = |news| News::Player(news);
    assert_eq!(
        news,
        [told(player::News::Started), told(player::News::Finished)]
    );
}

#[test]
fn a_change_of_source_is_one_stream_for_the_listener() {
    let mut world = World::new(2);
    let (a, b, c) = (world.phone(), world.phone(), world.phone());
    for phone in [&a, &b, &c] {
        world.describe(phone);
    }
    world.link(&a, &b);
    world.talk(&b, &a);
    let mut last = None;
    for n in 100..110 {
        b.say(n, u32::from(n) * 160, 1);
        last = Some(a.hear().0);
    }
    // The transfer: a hears c now, whose numbers have nothing to do with b's.
    world.link(&a, &c);
    let before: Header = last.unwrap();
    let first = world.talk(&c, &a);
    assert_eq!(first.ssrc, before.ssrc);
    assert!(first.marker);
    assert_eq!(first.sequence, before.sequence.wrapping_add(1));
    let ticks = first.timestamp.wrapping_sub(before.timestamp);
    assert!((160..8_000 * 60).contains(&ticks), "{ticks}");
    // What b still says goes nowhere: the next that a hears is c's.
    b.say(110, 110 * 160, 2);
    c.say(7_002, 1_000_160, 3);
    let (second, payload) = a.hear();
    assert_eq!(payload, 3);
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
}

/// Each from the peer's own address, so that no latch helps.
#[test]
fn nothing_malformed_from_the_peer_itself_reaches_the_other_or_ends_the_call() {
    let mut world = World::new(20);
    let (a, b) = (world.phone(), world.phone());
    world.describe(&a);
    world.describe(&b);
    world.link(&a, &b);
    world.talk(&a, &b);
    let whole = packet(1, 160, 0xee);
    let with = |first: u8, tail: &[u8]| {
        let mut packet = whole[..12].to_vec();
        packet[0] = first;
        packet.extend(tail);
        packet
    };
    let mut malformed: Vec<Vec<u8>> = (0..12).map(|length| whole[..length].to_vec()).collect();
    malformed.extend([
        with(0x40, &[0xee; 160]),
        with(0x8f, &[0xee; 59]),
        with(0x90, &[0xee, 0xee, 0xff, 0xff, 0xee]),
        with(0xa0, &[0xee, 255]),
        with(0xa0, &[]),
        // A ClientHello of DTLS, where nobody has offered any.
        with(22, &[0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0]),
        vec![0x80; 48 * 1024],
    ]);
    let mut unwanted = whole.clone();
    unwanted[1] = 77;
    for (n, packet) in malformed.iter().chain([&unwanted]).enumerate() {
        a.socket.send_to(packet, a.port).unwrap();
        let rtcp = SocketAddr::new(a.port.ip(), a.port.port() + 1);
        for report in [
            &[0x81, 203, 0, 1, 0, 0, 0x12, 0x34][..],
            &[0x80, 200, 0xff, 0xff],
            &[0xdf, 201, 0, 7],
            packet,
        ] {
            a.socket.send_to(report, rtcp).unwrap();
        }
        let number = 7_002 + n as u16;
        a.say(number, 1_000_160 + n as u32 * 160, n as u8);
        assert_eq!(b.hear().1, n as u8, "b hears the next and nothing else");
    }
    let counters = world.close(&a);
    // An empty datagram is malformed as well.
    assert_eq!(counters.malformed, malformed.len() as u64, "{counters:?}");
    assert_eq!(counters.unwanted, 1);
}

#[test]
fn with_comedia_the_first_from_anywhere_is_the_peer_and_is_answered_there() {
    let mut world = World::new(30);
    let (a, b) = (world.phone(), world.phone());
    // What a phone behind a NAT says of itself, and signalling that comes another way.
    let described = "192.0.2.1:4000".parse().unwrap();
    world.describe_as(&a, described, described.ip(), true);
    world.describe(&b);
    world.link(&a, &b);
    world.talk(&a, &b);
    world.talk(&b, &a);
    let stranger = UdpSocket::bind((world.address(66), 0)).unwrap();
    for n in 0..20 {
        stranger.send_to(&packet(n, 160, 0xee), a.port).unwrap();
        a.say(7_002 + n, 1_000_160 + u32::from(n) * 160, n as u8);
        assert_eq!(b.hear().1, n as u8);
    }
    let counters = world.close(&a);
    assert_eq!(counters.strangers, 20, "{counters:?}");
}

struct World {
    test: u8,
    home: IpAddr,
    plane: MediaPlane,
    events: Receiver<Event>,
    stock: Vec<Port>,
    legs: u64,
    /// For a leg that comes and goes: see [`World::settle`].
    spare: Port,
}

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Phone {
    leg: LegId,
    socket: UdpSocket,
    /// Where it sends to.
    port: SocketAddr,
}

impl World {
    fn new(test: u8) -> World {
        let home = loopback(test);
        let (tell, events) = channel();
        let told = move |event| {
            // The test may be over.
            let _ = tell.send(event);
        };
        let plane = MediaPlane::start(home, 23_000..=23_999, Dice::from_seed(1), told).unwrap();
        let mut stock = loop {
            if let Event::Stock { ports } = events.recv_timeout(PATIENCE).unwrap() {
                break ports;
            }
        };
        World {
            test,
            home,
            plane,
            events,
            spare: stock.remove(0),
            stock,
            legs: 0,
        }
    }

    fn address(&self, other: u8) -> IpAddr {
        loopback(self.test + other)
    }

    fn phone(&mut self) -> Phone {
        while self.stock.is_empty() {
            if let Event::Stock { ports } = self.events.recv_timeout(PATIENCE).unwrap() {
                self.stock.extend(ports);
            }
        }
        let port = self.stock.remove(0);
        self.legs += 1;
        let leg = LegId(self.legs);
        self.plane.send(Command::Open { leg, port });
        Phone {
            leg,
            socket: UdpSocket::bind((self.home, 0)).unwrap(),
            port: SocketAddr::new(self.home, port.rtp),
        }
    }

    fn describe(&self, phone: &Phone) {
        self.describe_as(phone, phone.socket.local_addr().unwrap(), self.home, false);
    }

    fn describe_as(&self, phone: &Phone, rtp: SocketAddr, signalling: IpAddr, comedia: bool) {
        let payload = Payload {
            name: "PCMU",
            clock_hz: 8_000,
            send: 0,
            receive: 0,
        };
        let line = Line {
            rtp: Some(rtp),
            rtcp: None,
            signalling,
            payloads: vec![payload],
            send: true,
            receive: true,
            ptime_ms: None,
            srtp: None,
            comedia,
            copies: false,
        };
        let leg = phone.leg;
        self.plane.send(Command::Describe { leg, line });
    }

    fn link(&self, a: &Phone, b: &Phone) {
        for (listener, source) in [(a, b), (b, a)] {
            self.plane.send(Command::Hear {
                listener: listener.leg.into(),
                source: Some(source.leg.into()),
            });
        }
    }

    /// Orders and packets come by different ways: returns when the orders so far are obeyed, as one that comes
    /// after them is.
    fn settle(&self) {
        let (leg, port) = (LegId(1_000), self.spare);
        self.plane.send(Command::Open { leg, port });
        self.close_leg(leg);
    }

    /// The first packet.
    fn talk(&self, speaker: &Phone, listener: &Phone) -> Header {
        self.settle();
        speaker.say(7_001, 1_000_000, 0x55);
        let (first, payload) = listener.hear();
        assert_eq!(payload, 0x55);
        first
    }

    fn close(&self, phone: &Phone) -> switchhook::media::Counters {
        self.close_leg(phone.leg)
    }

    fn close_leg(&self, closed: LegId) -> switchhook::media::Counters {
        self.plane.send(Command::Close { leg: closed });
        loop {
            match self.events.recv_timeout(PATIENCE).unwrap() {
                Event::Closed { leg, counters, .. } if leg == closed => return counters,
                _ => continue,
            }
        }
    }
}

impl Phone {
    fn say(&self, sequence: u16, timestamp: u32, payload: u8) {
        let packet = packet(sequence, timestamp, payload);
        self.socket.send_to(&packet, self.port).unwrap();
    }

    fn hear(&self) -> (Header, u8) {
        self.patience(PATIENCE);
        let mut buffer = [0; 2048];
        let length = self.socket.recv(&mut buffer).expect("a packet comes");
        let packet = &buffer[..length];
        (Header::read(packet).unwrap(), packet[length - 1])
    }

    fn patience(&self, time: Duration) {
        self.socket.set_read_timeout(Some(time)).unwrap();
    }
}

fn packet(sequence: u16, timestamp: u32, payload: u8) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload: 0,
        sequence,
        timestamp,
        ssrc: 0x1234,
    };
    let mut packet = vec![payload; 172];
    packet[0] = 0x80;
    header.write(&mut packet);
    packet
}

/// An address of this test alone, whoever else runs it at the same time.
fn loopback(test: u8) -> IpAddr {
    let [.., high, low] = std::process::id().to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, high.clamp(1, 254), low, test))
}

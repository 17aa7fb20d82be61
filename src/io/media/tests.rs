//! The thread with real sockets on the loopback; no test waits for a time to pass.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::*;
use crate::base::LegId;
use crate::media::rtp::Header;
use crate::media::{Line, Payload, Port};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_stock_is_brought_in_and_filled_up_as_it_is_used() {
    let home = home(1);
    let (plane, events) = start(home, 21_000..=21_199);
    let first = stock(&events);
    assert_eq!(first.len(), 64);
    assert_eq!(first[1], Port { rtp: 21_002 });
    for (n, port) in first[..32].iter().enumerate() {
        plane.send(open(n as u64, *port));
    }
    assert_eq!(stock(&events).len(), 32);
}

#[test]
fn a_port_in_use_is_passed_over_and_the_end_of_the_range_is_told() {
    let home = home(2);
    let _rtcp = UdpSocket::bind((home, 21_203)).unwrap();
    let (plane, events) = start(home, 21_200..=21_205);
    let ports = stock(&events);
    assert_eq!(ports, [Port { rtp: 21_200 }, Port { rtp: 21_204 }]);
    plane.send(open(1, ports[0]));
    plane.send(open(2, ports[1]));
    assert_eq!(events.recv_timeout(LONG), Ok(Event::Exhausted));
}

#[test]
fn a_closed_leg_tells_its_counts_and_its_port_serves_the_next() {
    let home = home(3);
    let (plane, events) = start(home, 21_210..=21_249);
    let ports = stock(&events);
    for leg in [1, 2] {
        let phone = UdpSocket::bind((home, 0)).unwrap();
        let listener = UdpSocket::bind((home, 0)).unwrap();
        listener.set_read_timeout(Some(LONG)).unwrap();
        let (leg, other) = (leg, leg + 10);
        plane.send(open(leg, ports[0]));
        plane.send(open(other, ports[1]));
        plane.send(describe(leg, phone.local_addr().unwrap()));
        plane.send(describe(other, listener.local_addr().unwrap()));
        plane.send(Command::Hear {
            listener: LegId(other).into(),
            source: Some(LegId(leg).into()),
        });
        let mut packet = [0x80; 172];
        let header = Header {
            marker: false,
            payload: 0,
            sequence: 7,
            timestamp: 160,
            ssrc: 9,
        };
        header.write(&mut packet);
        // Orders and packets come by different ways, so the packet may come first and is then sent again.
        listener
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let mut heard = [0; 200];
        let length = (0..1_200)
            .find_map(|_| {
                phone.send_to(&packet, (home, ports[0].rtp)).unwrap();
                listener.recv(&mut heard).ok()
            })
            .unwrap();
        assert_eq!(heard[12..length], packet[12..]);
        assert_eq!(
            events.recv_timeout(LONG),
            Ok(Event::FirstPacket { leg: LegId(leg) })
        );
        assert!(matches!(
            events.recv_timeout(LONG),
            Ok(Event::Codec { name: "PCMU", .. })
        ));
        plane.send(Command::Close { leg: LegId(leg) });
        match events.recv_timeout(LONG) {
            Ok(Event::Closed {
                leg: closed,
                counters,
                quality,
            }) => {
                assert_eq!(closed, LegId(leg));
                assert!(counters.received >= 1);
                assert_eq!(quality.heard, counters.received);
            }
            other => panic!("{other:?}"),
        }
        plane.send(Command::Close { leg: LegId(other) });
        assert!(matches!(
            events.recv_timeout(LONG),
            Ok(Event::Closed { .. })
        ));
    }
}

#[test]
fn a_range_that_cannot_be_bound_is_told_at_once() {
    let start = |ip: &str, ports| {
        let ip = ip.parse().unwrap();
        MediaPlane::start(ip, ports, Dice::from_seed(1), |_| {})
            .unwrap_err()
            .kind()
    };
    assert_eq!(
        start("192.0.2.1", 21_000..=21_999),
        io::ErrorKind::AddrNotAvailable
    );
    assert_eq!(
        start("127.0.0.1", 21_000..=21_000),
        io::ErrorKind::InvalidInput
    );
}

#[test]
fn the_thread_ends_with_its_handle() {
    let home = home(4);
    let (plane, events) = start(home, 21_220..=21_223);
    drop(plane);
    while let Ok(event) = events.recv_timeout(LONG) {
        assert!(matches!(event, Event::Stock { .. }));
    }
    assert!(UdpSocket::bind((home, 21_220)).is_ok());
}

/// A loopback address of this test alone, whoever else runs it at the same time.
fn home(test: u8) -> IpAddr {
    let [.., high, low] = std::process::id().to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, high.clamp(1, 254), low, test))
}

fn start(home: IpAddr, ports: RangeInclusive<u16>) -> (MediaPlane, Receiver<Event>) {
    let (tell, events) = channel();
    let told = move |event| {
        // The test is over.
        let _ = tell.send(event);
    };
    let plane = MediaPlane::start(home, ports, Dice::from_seed(1), told).unwrap();
    (plane, events)
}

fn stock(events: &Receiver<Event>) -> Vec<Port> {
    match events.recv_timeout(LONG) {
        Ok(Event::Stock { ports }) => ports,
        other => panic!("{other:?}"),
    }
}

fn open(leg: u64, port: Port) -> Command {
    Command::Open {
        leg: LegId(leg),
        port,
    }
}

fn describe(leg: u64, rtp: SocketAddr) -> Command {
    let payload = Payload {
        name: "PCMU",
        clock_hz: 8_000,
        send: 0,
        receive: 0,
    };
    let line = Line {
        rtp: Some(rtp),
        rtcp: None,
        signalling: rtp.ip(),
        payloads: vec![payload],
        send: true,
        receive: true,
        ptime_ms: None,
        srtp: None,
        comedia: false,
        copies: false,
    };
    Command::Describe {
        leg: LegId(leg),
        line,
    }
}

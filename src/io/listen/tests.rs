//! Real sockets on loopback, on ports that the system chooses.

use super::*;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::{Instant, timeout};

const OPTIONS: &str = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 2\r\n\r\nhi";

/// Listeners with little patience, what they hear, and one peer's view of them.
struct Stage {
    listeners: Listeners,
    heard: mpsc::Receiver<Wire>,
}

/// Far beyond what anything here takes: what is to end by a patience has a short one of its own.
const LONG: Duration = Duration::from_secs(60);

impl Stage {
    fn new() -> Stage {
        Stage::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Patience)) -> Stage {
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = |transport| Listener {
            transport,
            bound: any,
            advertised: any,
        };
        let mut patience = Patience {
            connect: LONG,
            first_message: LONG,
            whole_message: LONG,
            idle: LONG,
            write: LONG,
            last_word: Duration::from_secs(3),
            most_accepted: 3,
            most_from_one: 2,
            most_queued: 4,
        };
        change(&mut patience);
        let both = [listener(Transport::Udp), listener(Transport::Tcp)];
        let (listeners, heard) = Listeners::bind_with(&both, patience).unwrap();
        Stage { listeners, heard }
    }

    fn address(&self, transport: Transport) -> SocketAddr {
        let listener = self.listeners.bound().iter();
        let mut listener = listener.filter(|listener| listener.transport == transport);
        listener.next().unwrap().bound
    }

    fn flow(&self, transport: Transport, remote: SocketAddr) -> Flow {
        Flow {
            transport,
            local: self.address(transport),
            remote,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address(Transport::Tcp)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        stream
    }

    async fn hear(&mut self) -> Wire {
        let heard = timeout(LONG, self.heard.recv());
        heard.await.expect("something is heard").unwrap()
    }

    async fn hear_message(&mut self) -> (Flow, String) {
        match self.hear().await {
            Wire::Message { flow, bytes } => (flow, String::from_utf8(bytes.to_vec()).unwrap()),
            Wire::Unreachable { flow } => panic!("{flow:?} is unreachable"),
        }
    }

    async fn hear_unreachable(&mut self) -> Flow {
        match self.hear().await {
            Wire::Unreachable { flow } => flow,
            Wire::Message { bytes, .. } => panic!("{bytes:?}"),
        }
    }
}

/// What arrives at a peer, read while the program goes on; `None` at the end of the stream.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut buffer = [0; 4096];
    let deadline = Instant::now() + LONG;
    while Instant::now() < deadline {
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(length) => return Some(String::from_utf8_lossy(&buffer[..length]).into_owned()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                tokio::task::yield_now().await;
            }
            Err(_) => return None,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing comes");
}

#[tokio::test]
async fn datagrams_come_and_go_and_keep_alives_are_nobody_s_business() {
    let mut stage = Stage::new();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let us = stage.address(Transport::Udp);
    for datagram in ["\r\n\r\n", "\0\0\0\0", OPTIONS] {
        peer.send_to(datagram.as_bytes(), us).unwrap();
    }
    let (flow, text) = stage.hear_message().await;
    assert_eq!(text, OPTIONS);
    assert_eq!(flow, stage.flow(Transport::Udp, peer.local_addr().unwrap()));

    stage.listeners.send(&flow, Bytes::from_static(b"hello"));
    let mut buffer = [0; 16];
    assert_eq!(peer.recv_from(&mut buffer).unwrap(), (5, us));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_port_is_known_at_once_and_does_not_keep_others_waiting() {
    let mut stage = Stage::new();
    // Held, so that nobody else gets it; it takes nothing but what comes from itself, and the others hear that it is closed.
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap();
    let gone = closed.local_addr().unwrap();
    closed.connect(gone).unwrap();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to_gone = stage.flow(Transport::Udp, gone);
    let to_peer = stage.flow(Transport::Udp, peer.local_addr().unwrap());
    for _ in 0..3 {
        stage
            .listeners
            .send(&to_gone, Bytes::from_static(b"anybody?"));
        stage.listeners.send(&to_peer, Bytes::from_static(b"hello"));
    }
    assert_eq!(stage.hear_unreachable().await, to_gone);
    let mut buffer = [0; 16];
    for _ in 0..3 {
        assert_eq!(peer.recv(&mut buffer).unwrap(), 5);
    }
}

#[tokio::test]
async fn a_flow_of_no_listener_is_unreachable() {
    let mut stage = Stage::new();
    let tls = Flow {
        transport: Transport::Tls,
        ..stage.flow(Transport::Tcp, "127.0.0.1:5061".parse().unwrap())
    };
    stage.listeners.send(&tls, Bytes::from_static(b"hello"));
    assert_eq!(stage.hear_unreachable().await, tls);
}

#[tokio::test]
async fn a_stream_is_cut_into_messages_and_answered_on_itself() {
    let mut stage = Stage::new();
    let mut peer = stage.connect();
    let twice = OPTIONS.repeat(2);
    let (one, rest) = twice.split_at(20);
    peer.write_all(one.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    peer.write_all(rest.as_bytes()).unwrap();
    let (flow, text) = stage.hear_message().await;
    assert_eq!(text, OPTIONS);
    assert_eq!(flow, stage.flow(Transport::Tcp, peer.local_addr().unwrap()));
    assert_eq!(stage.hear_message().await, (flow, OPTIONS.to_string()));

    stage
        .listeners
        .send(&flow, Bytes::from_static(b"SIP/2.0 200 OK"));
    assert_eq!(read(&mut peer).await.as_deref(), Some("SIP/2.0 200 OK"));
    peer.write_all(b"\r\n\r\n").unwrap();
    assert_eq!(read(&mut peer).await.as_deref(), Some("\r\n"));

    drop(peer);
    assert_eq!(stage.hear_unreachable().await, flow);
}

#[tokio::test]
async fn a_stream_that_cannot_be_followed_is_answered_and_closed() {
    let mut stage = Stage::new();
    let mut peer = stage.connect();
    let smuggled = format!("OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n{OPTIONS}");
    peer.write_all(smuggled.as_bytes()).unwrap();
    let (flow, text) = stage.hear_message().await;
    assert_eq!(
        text,
        "OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\nContent-Length: 1\r\n\r\n"
    );
    stage
        .listeners
        .send(&flow, Bytes::from_static(b"SIP/2.0 400 Bad Request"));
    assert_eq!(
        read(&mut peer).await.as_deref(),
        Some("SIP/2.0 400 Bad Request")
    );
    assert_eq!(stage.hear_unreachable().await, flow);
    assert_eq!(read(&mut peer).await, None);
}

#[tokio::test]
async fn whoever_says_nothing_whole_is_closed() {
    let mut stage = Stage::with(|patience| {
        patience.first_message = Duration::from_millis(200);
        patience.whole_message = Duration::from_millis(200);
    });
    let mut silent = stage.connect();
    let mut slow = stage.connect();
    slow.write_all(format!("{OPTIONS}OPTIONS sip").as_bytes())
        .unwrap();
    let (slow_flow, _) = stage.hear_message().await;
    let gone = [
        stage.hear_unreachable().await.remote,
        stage.hear_unreachable().await.remote,
    ];
    assert!(gone.contains(&silent.local_addr().unwrap()));
    assert!(gone.contains(&slow_flow.remote));
    assert_eq!(read(&mut silent).await, None);
    assert_eq!(read(&mut slow).await, None);
}

#[tokio::test]
async fn one_address_has_only_so_many_connections_and_gets_them_back() {
    let mut stage = Stage::new();
    let mut first = stage.connect();
    first.write_all(OPTIONS.as_bytes()).unwrap();
    stage.hear_message().await;
    let mut second = stage.connect();
    second.write_all(OPTIONS.as_bytes()).unwrap();
    stage.hear_message().await;
    let mut third = stage.connect();
    assert_eq!(read(&mut third).await, None);

    drop(first);
    stage.hear_unreachable().await;
    let mut fourth = stage.connect();
    fourth.write_all(OPTIONS.as_bytes()).unwrap();
    assert_eq!(stage.hear_message().await.1, OPTIONS);
}

#[tokio::test]
async fn a_connection_is_opened_for_whoever_has_none_and_used_again() {
    let mut stage = Stage::new();
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let flow = stage.flow(Transport::Tcp, peer.local_addr().unwrap());
    stage.listeners.send(&flow, Bytes::from_static(b"one "));
    stage.listeners.send(&flow, Bytes::from_static(b"two"));
    let accepted = tokio::task::spawn_blocking(move || peer.accept().unwrap().0);
    let mut stream = accepted.await.unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut text = String::new();
    while text.len() < 7 {
        text += &read(&mut stream).await.unwrap();
    }
    assert_eq!(text, "one two");
    stream.write_all(OPTIONS.as_bytes()).unwrap();
    assert_eq!(stage.hear_message().await, (flow, OPTIONS.to_string()));
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let mut stage = Stage::new();
    let nobody = crate::io::tests::nobody();
    let flow = stage.flow(Transport::Tcp, nobody.at);
    stage.listeners.send(&flow, Bytes::from_static(b"anybody?"));
    assert_eq!(stage.hear_unreachable().await, flow);
}

#[tokio::test]
async fn a_peer_that_never_reads_loses_its_connection() {
    let mut stage = Stage::with(|patience| patience.write = Duration::from_millis(200));
    let mut peer = stage.connect();
    peer.write_all(OPTIONS.as_bytes()).unwrap();
    let (flow, _) = stage.hear_message().await;
    let large = Bytes::from(vec![b'x'; 8 << 20]);
    for _ in 0..8 {
        stage.listeners.send(&flow, large.clone());
    }
    assert_eq!(stage.hear_unreachable().await, flow);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_by_name() {
    let stage = Stage::new();
    let taken = stage.listeners.bound()[0].clone();
    let error = Listeners::bind(std::slice::from_ref(&taken)).unwrap_err();
    let said = error.to_string();
    let expected = format!("cannot listen on udp:{}: ", taken.bound);
    assert!(said.starts_with(&expected), "{said}");
    assert_ne!(taken.advertised.port(), 0);
}

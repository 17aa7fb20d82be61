//! Any packets on the RTP and RTCP sockets of two legs: nothing panics, and what goes out is RTP or RTCP
//! of the listener's own SSRC, never longer than what came in by more than a report.
//!
//! Input: packets, each led by a byte for leg, socket and sender, and a byte for its length.

#![no_main]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use switchhook::base::{Dice, LegId};
use switchhook::media::rtp::Header;
use switchhook::media::{Command, Graph, Kind, Line, Payload, Port, rtcp};

fn line(peer: SocketAddr) -> Line {
    let payload = |name, number| Payload {
        name,
        clock_hz: 8_000,
        send: number,
        receive: number,
    };
    Line {
        rtp: Some(peer),
        rtcp: Some(peer),
        signalling: peer.ip(),
        payloads: vec![payload("PCMU", 0), payload("telephone-event", 101)],
        send: true,
        receive: true,
        ptime_ms: None,
        srtp: None,
        comedia: false,
        copies: false,
    }
}

fuzz_target!(|input: &[u8]| {
    let mut now = Instant::now();
    let mut graph = Graph::new(Dice::from_seed(1));
    let peers: [SocketAddr; 2] = [([10, 0, 0, 1], 4000).into(), ([10, 0, 0, 2], 4000).into()];
    let stranger = ([10, 0, 0, 66], 4000).into();
    for (n, peer) in peers.iter().enumerate() {
        let leg = LegId(n as u64);
        let port = Port { rtp: 10_000 };
        graph.handle_command(Command::Open { leg, port }, now);
        graph.handle_command(
            Command::Describe {
                leg,
                line: line(*peer),
            },
            now,
        );
    }
    for (leg, source) in [(LegId(0), LegId(1)), (LegId(1), LegId(0))] {
        let source = Some(source);
        graph.handle_command(Command::Hear { listener: leg.into(), source: source.map(Into::into) }, now);
    }

    let mut shown: [Option<u32>; 2] = [None, None];
    let mut rest = input;
    while let Some((&[how, length], tail)) = rest.split_first_chunk() {
        let (packet, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        now += Duration::from_millis(u64::from(how) * 10);
        let leg = LegId(u64::from(how & 1));
        let kind = if how & 2 == 0 { Kind::Rtp } else { Kind::Rtcp };
        let from = if how & 4 == 0 {
            peers[usize::from(how & 1)]
        } else {
            stranger
        };
        let mut packet = packet.to_vec();
        let length = packet.len();
        let Some(mut arrival) = graph.handle_packet(leg, kind, from, &packet, now) else {
            continue;
        };
        assert_ne!(from, stranger);
        while let Some(out) = graph.next_send(&mut arrival, &mut packet) {
            assert_eq!(out.to, peers[out.leg.0 as usize]);
            match kind {
                Kind::Rtp => {
                    let header = Header::read(out.bytes).expect("what is sent is RTP");
                    let known = shown[out.leg.0 as usize].get_or_insert(header.ssrc);
                    assert_eq!(*known, header.ssrc);
                    assert_eq!(out.bytes.len(), length);
                }
                Kind::Rtcp => assert!(rtcp::read(out.bytes, 0).is_some()),
            }
        }
        graph.handle_timeout(now);
    }
});

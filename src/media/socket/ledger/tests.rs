//! Ledgers of sockets: what is in them, and what is not.

use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use super::*;
use crate::base::socket::Keep;
use crate::base::{SessionId, UnitId};

const SOCKET: SoundId = SoundId {
    session: SessionId(7),
    unit: UnitId(1),
};

struct Rig {
    ledger: Ledger,
    now: Now,
    lines: String,
}

impl Rig {
    fn new(keep: Keep, most: usize) -> Rig {
        let now = Now {
            at: Instant::now(),
            unix_ms: 1_735_689_600_000,
        };
        let headers = [("Authorization", "Bearer 1"), ("X-Room", "blue")];
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_string()));
        let title = Title::new(keep, false, "wss://agent.example/?…".into(), &headers);
        Rig {
            ledger: Ledger::new(SOCKET, title, most, now),
            now,
            lines: String::new(),
        }
    }

    fn after(&mut self, ms: u64) -> Now {
        self.now = self.now.after(Duration::from_millis(ms));
        self.ledger.beat(self.now);
        self.now
    }

    fn pass(&mut self, way: Way, passed: Passed) {
        self.ledger.pass(way, passed, self.now);
        self.lines += &self.ledger.lines().unwrap_or_default();
    }

    /// A second and a half of sound, evenly but for one gap.
    fn sound(&mut self, way: Way, tag: Option<&str>) {
        for n in 0..75 {
            let (bytes, ms) = (400, 20);
            self.pass(way, Passed::Media { tag, bytes, ms });
            self.after(if n == 30 { 70 } else { 20 });
        }
    }

    fn check(mut self, trace: Expect, document: Expect) {
        self.lines += &self.ledger.lines().unwrap_or_default();
        trace.assert_eq(&self.lines);
        let document_now = self.ledger.document(self.now);
        document.assert_eq(document_now.as_deref().unwrap_or("none\n"));
        assert_eq!(self.ledger.document(self.now), None, "nothing is new");
    }
}

const BOTH: Keep = Keep {
    statistics: true,
    trace: true,
    privacy: false,
};

#[test]
fn a_ledger_tells_what_went_over_a_socket_and_when() {
    let mut rig = Rig::new(BOTH, 1 << 20);
    rig.after(20);
    rig.ledger.open(rig.now);
    rig.pass(Way::Out, Passed::Ping);
    rig.after(5);
    rig.pass(Way::In, Passed::Pong);
    // Nobody has asked.
    rig.pass(Way::In, Passed::Pong);
    rig.pass(Way::Out, Passed::Text("hello"));
    rig.pass(
        Way::In,
        Passed::Text("two\nlines\u{1b}[2J and\r\n2025-01-01T00:00:00.000Z >> one of mine"),
    );
    let link = "see http://h/a.wav?expires=1&signature=0aF9";
    rig.pass(Way::In, Passed::Text(link));
    rig.pass(Way::Out, Passed::Stream(r#"{"event":"start"}"#));
    rig.sound(Way::Out, Some("caller"));
    rig.pass(Way::Out, Passed::Stream(r#"{"event":"stop"}"#));
    rig.after(3_000);
    rig.sound(Way::In, None);
    rig.pass(Way::In, Passed::Bytes(3));
    rig.ledger.drop_frames(3, rig.now);
    rig.pass(
        Way::In,
        Passed::Close {
            code: 4000,
            reason: "enough",
        },
    );
    let close = Close {
        code: 4000,
        reason: "enough".into(),
        clean: true,
    };
    rig.ledger.close(&close, rig.now);
    rig.check(expect![[r#"
        2025-01-01T00:00:00.000Z -- unit1 of session 0000000000000007
        2025-01-01T00:00:00.000Z -- connects to wss://agent.example/?…
        2025-01-01T00:00:00.000Z -- header Authorization: …
        2025-01-01T00:00:00.000Z -- header X-Room: blue
        2025-01-01T00:00:00.020Z -- open
        2025-01-01T00:00:00.025Z -- a ping came back after 5 ms
        2025-01-01T00:00:00.025Z >> hello
        2025-01-01T00:00:00.025Z << two
                                    lines\u{1b}[2J and\r
                                    2025-01-01T00:00:00.000Z >> one of mine
        2025-01-01T00:00:00.025Z << see http://h/a.wav?expires=1&signature=…
        2025-01-01T00:00:00.025Z >> {"event":"start"}
        2025-01-01T00:00:01.015Z >> media "caller": 48 messages since 2025-01-01T00:00:00.025Z, 960 ms of sound, 19200 bytes
        2025-01-01T00:00:01.555Z >> media "caller": 27 messages since 2025-01-01T00:00:01.035Z, 540 ms of sound, 10800 bytes
        2025-01-01T00:00:01.575Z >> {"event":"stop"}
        2025-01-01T00:00:05.565Z << media: 48 messages since 2025-01-01T00:00:04.575Z, 960 ms of sound, 19200 bytes
        2025-01-01T00:00:06.105Z << media: 27 messages since 2025-01-01T00:00:05.585Z, 540 ms of sound, 10800 bytes
        2025-01-01T00:00:06.125Z << (3 bytes in binary, which nobody hears)
        2025-01-01T00:00:06.125Z -- 3 frames of sound did not go out: it takes them too slowly
        2025-01-01T00:00:06.125Z << close 4000 enough
        2025-01-01T00:00:06.125Z -- closed: 4000 enough
    "#]], expect![[r#"
        {
          "session": "0000000000000007",
          "websocket": "unit1",
          "target": "wss://agent.example/?…",
          "incoming": false,
          "created": "2025-01-01T00:00:00.000Z",
          "state": "closed",
          "opened": "2025-01-01T00:00:00.020Z",
          "closed": "2025-01-01T00:00:06.125Z",
          "code": 4000,
          "reason": "enough",
          "wasClean": true,
          "sent": {
            "text": {
              "messages": 1,
              "bytes": 5
            },
            "streams": {
              "messages": 2,
              "bytes": 33
            },
            "media": {
              "messages": 75,
              "bytes": 30000,
              "ms": 1500,
              "longestGapMs": 70
            },
            "binary": {
              "messages": 0,
              "bytes": 0
            }
          },
          "received": {
            "text": {
              "messages": 2,
              "bytes": 101
            },
            "streams": {
              "messages": 0,
              "bytes": 0
            },
            "media": {
              "messages": 75,
              "bytes": 30000,
              "ms": 1500,
              "longestGapMs": 70
            },
            "binary": {
              "messages": 1,
              "bytes": 3
            }
          },
          "dropped": {
            "frames": 3,
            "ms": 60
          },
          "roundTripMs": {
            "last": 5.0,
            "least": 5.0,
            "most": 5.0
          },
          "updated": "2025-01-01T00:00:06.125Z"
        }
    "#]]);
}

#[test]
fn what_is_private_has_its_sizes_and_nothing_of_what_was_said() {
    let keep = Keep {
        privacy: true,
        ..BOTH
    };
    let mut rig = Rig::new(keep, 1 << 20);
    rig.ledger.open(rig.now);
    rig.pass(Way::Out, Passed::Text("my card is 4711"));
    let start = r#"{"event":"start","start":{"customParameters":{"x":"4711"}}}"#;
    rig.pass(Way::In, Passed::Stream(start));
    let text = rig.lines.clone() + &rig.ledger.document(rig.now).unwrap();
    for secret in ["4711", "Bearer", "blue"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains(">> (15 bytes, left out: privacy)"), "{text}");
}

#[test]
fn a_trace_ends_where_it_may_be_no_longer_and_says_so_and_the_figures_go_on() {
    let mut rig = Rig::new(BOTH, 2_000);
    for _ in 0..1_000 {
        rig.pass(Way::In, Passed::Text("tell me more"));
        rig.sound(Way::Out, None);
    }
    assert!(rig.lines.len() <= 2_000, "{}", rig.lines.len());
    assert!(
        rig.lines
            .ends_with("-- cut: a trace may be no longer (limits.socketTraceKb)\n")
    );
    assert_eq!(rig.lines.matches("cut:").count(), 1);
    let document = rig.ledger.document(rig.now).unwrap();
    assert!(document.contains("\"messages\": 1000"), "{document}");
}

#[test]
fn one_long_message_is_cut_and_its_length_told() {
    let mut rig = Rig::new(BOTH, 1 << 20);
    rig.pass(Way::In, Passed::Text(&"é".repeat(100_000)));
    assert!(rig.lines.len() < 66_000, "{}", rig.lines.len());
    assert!(rig.lines.ends_with("é … (200000 bytes in all)\n"));
}

#[test]
fn where_only_figures_are_wanted_there_is_no_trace_and_the_other_way_round() {
    let figures = Keep {
        trace: false,
        ..BOTH
    };
    let mut rig = Rig::new(figures, 1 << 20);
    rig.pass(Way::In, Passed::Text("x"));
    assert_eq!(rig.lines, "");
    assert!(rig.ledger.document(rig.now).is_some());
    let trace = Keep {
        statistics: false,
        ..BOTH
    };
    let mut rig = Rig::new(trace, 1 << 20);
    rig.pass(Way::In, Passed::Text("x"));
    assert!(rig.lines.ends_with(" << x\n"), "{}", rig.lines);
    assert_eq!(rig.ledger.document(rig.now), None);
}

use super::*;
use crate::sip::message::{Uri, parse};
use expect_test::{Expect, expect};

#[test]
fn a_new_request_waits_for_its_answer_and_a_repeat_gets_it_again() {
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Hear(500, ALICE, invite().text()),
            Say(700, 180),
            Say(900, 486),
            Hear(1000, ALICE, invite().text()),
            Hear(1100, ALICE, invite().of("ACK").text()),
            Hear(1200, ALICE, invite().text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.500  <- 192.0.2.1:5060 INVITE
            00.500  -> 192.0.2.1:5060 100 (INVITE)
            00.700  -> 192.0.2.1:5060 180 (INVITE)
            00.900  -> 192.0.2.1:5060 486 (INVITE)
            01.000  <- 192.0.2.1:5060 INVITE
            01.000  -> 192.0.2.1:5060 486 (INVITE)
            01.100  <- 192.0.2.1:5060 ACK
            01.200  <- 192.0.2.1:5060 INVITE
            left: 0
        "#]],
    );
}

#[test]
fn behind_nat_responses_go_back_to_where_the_request_came_from() {
    let natted = "198.51.100.1:33333";
    check(
        &[
            Hear(
                0,
                natted,
                invite()
                    .via("SIP/2.0/UDP 10.0.0.7:5062;rport;branch=z9hG4bKa")
                    .text(),
            ),
            Hear(
                0,
                natted,
                invite()
                    .call("c2")
                    .via("SIP/2.0/UDP 10.0.0.7:5062;branch=z9hG4bKb")
                    .text(),
            ),
            Hear(
                0,
                natted,
                invite()
                    .call("c3")
                    .via("SIP/2.0/UDP phone.example.com;branch=z9hG4bKc")
                    .text(),
            ),
        ],
        expect![[r#"
            00.000  <- 198.51.100.1:33333 INVITE
            00.000  -> 198.51.100.1:33333 100 (INVITE) received=198.51.100.1 rport=33333
            00.000     up: INVITE
            00.000  <- 198.51.100.1:33333 INVITE
            00.000  -> 198.51.100.1:5062 100 (INVITE) received=198.51.100.1
            00.000     up: INVITE
            00.000  <- 198.51.100.1:33333 INVITE
            00.000  -> 198.51.100.1:5060 100 (INVITE) received=198.51.100.1
            00.000     up: INVITE
            left: 3
        "#]],
    );
}

#[test]
fn ipv6_and_compact_headers_are_as_good_as_any() {
    let text = "OPTIONS sip:us@[2001:db8::100] SIP/2.0\r\n\
        v: SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKsix\r\n\
        f: <sip:alice@[2001:db8::1]>;tag=a\r\nt: sip:us@[2001:db8::100]\r\n\
        i: six\r\nCSeq: 7 OPTIONS\r\nl: 0\r\n\r\n";
    check(
        &[
            Hear(0, "[2001:db8::1]:40000", text.to_string()),
            Say(100, 200),
            Hear(200, "[2001:db8::1]:40000", text.to_string()),
        ],
        expect![[r#"
            00.000  <- [2001:db8::1]:40000 OPTIONS
            00.000     up: OPTIONS
            00.100  -> [2001:db8::1]:5070 200 (OPTIONS)
            00.200  <- [2001:db8::1]:40000 OPTIONS
            00.200  -> [2001:db8::1]:5070 200 (OPTIONS)
            left: 0
        "#]],
    );
}

#[test]
fn the_same_request_by_another_way_is_a_loop() {
    let other = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKother";
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Hear(100, "192.0.2.9:5060", invite().via(other).text()),
            Hear(200, "192.0.2.9:5060", invite().via(other).of("ACK").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.100  <- 192.0.2.9:5060 INVITE
            00.100  -> 192.0.2.9:5060 100 (INVITE)
            00.100  -> 192.0.2.9:5060 482 (INVITE)
            00.200  <- 192.0.2.9:5060 ACK
            left: 1
        "#]],
    );
}

#[test]
fn requests_of_one_dialog_are_never_merged() {
    let other = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKother";
    let inside = || invite().of("INFO").inside("ours");
    check(
        &[
            Hear(0, ALICE, inside().text()),
            Hear(100, "192.0.2.9:5060", inside().via(other).text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INFO
            00.000     up: INFO
            00.100  <- 192.0.2.9:5060 INFO
            00.100     up: INFO
            03.500  -> 192.0.2.1:5060 100 (INFO)
            03.600  -> 192.0.2.9:5060 100 (INFO)
            left: 0
        "#]],
    );
}

#[test]
fn a_cancel_is_answered_and_its_invite_still_wants_an_answer() {
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Say(10, 180),
            Hear(100, ALICE, invite().of("CANCEL").text()),
            Hear(600, ALICE, invite().of("CANCEL").text()),
            Say(700, 487),
            Hear(800, ALICE, invite().of("ACK").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.010  -> 192.0.2.1:5060 180 (INVITE)
            00.100  <- 192.0.2.1:5060 CANCEL
            00.100  -> 192.0.2.1:5060 200 (CANCEL)
            00.100     up: cancelled
            00.600  <- 192.0.2.1:5060 CANCEL
            00.600  -> 192.0.2.1:5060 200 (CANCEL)
            00.700  -> 192.0.2.1:5060 487 (INVITE)
            00.800  <- 192.0.2.1:5060 ACK
            left: 0
        "#]],
    );
}

#[test]
fn a_cancel_that_comes_after_the_answer_is_answered_and_changes_nothing() {
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Say(100, 200),
            Hear(101, ALICE, invite().of("CANCEL").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.100  -> 192.0.2.1:5060 200 (INVITE)
            00.101  <- 192.0.2.1:5060 CANCEL
            00.101  -> 192.0.2.1:5060 200 (CANCEL)
            left: 0
        "#]],
    );
}

#[test]
fn a_cancel_that_matches_nothing_is_refused() {
    let wrong = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKwrong";
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Hear(100, ALICE, invite().via(wrong).of("CANCEL").text()),
            Hear(600, ALICE, invite().via(wrong).of("CANCEL").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.100  <- 192.0.2.1:5060 CANCEL
            00.100  -> 192.0.2.1:5060 481 (CANCEL)
            00.600  <- 192.0.2.1:5060 CANCEL
            00.600  -> 192.0.2.1:5060 481 (CANCEL)
            left: 1
        "#]],
    );
}

#[test]
fn a_peer_of_rfc_2543_is_matched_by_its_headers() {
    let old = "SIP/2.0/UDP 192.0.2.1:5060";
    check(
        &[
            Hear(0, ALICE, invite().via(old).text()),
            Hear(500, ALICE, invite().via(old).text()),
            Say(600, 486),
            Hear(
                700,
                ALICE,
                invite().via(old).of("ACK").inside("ours").text(),
            ),
            Hear(800, ALICE, invite().via(old).call("c2").text()),
            Hear(900, ALICE, invite().via(old).call("c2").of("CANCEL").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.500  <- 192.0.2.1:5060 INVITE
            00.500  -> 192.0.2.1:5060 100 (INVITE)
            00.600  -> 192.0.2.1:5060 486 (INVITE)
            00.700  <- 192.0.2.1:5060 ACK
            00.800  <- 192.0.2.1:5060 INVITE
            00.800  -> 192.0.2.1:5060 100 (INVITE)
            00.800     up: INVITE
            00.900  <- 192.0.2.1:5060 CANCEL
            00.900  -> 192.0.2.1:5060 200 (CANCEL)
            00.900     up: cancelled
            left: 1
        "#]],
    );
}

#[test]
fn the_ack_of_an_answer_goes_up_whichever_branch_it_has() {
    let own = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKack";
    check(
        &[
            Hear(0, ALICE, invite().text()),
            Say(100, 200),
            Hear(
                200,
                ALICE,
                invite().via(own).of("ACK").inside("ours").text(),
            ),
            Hear(300, ALICE, invite().of("ACK").inside("ours").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:5060 INVITE
            00.000  -> 192.0.2.1:5060 100 (INVITE)
            00.000     up: INVITE
            00.100  -> 192.0.2.1:5060 200 (INVITE)
            00.200  <- 192.0.2.1:5060 ACK
            00.200     up: ACK
            00.300  <- 192.0.2.1:5060 ACK
            00.300     up: ACK
            left: 0
        "#]],
    );
}

#[test]
fn when_the_table_is_full_new_requests_are_turned_away_but_calls_can_end() {
    let steps: Vec<Step> = (0..LIMIT + 1)
        .map(|n| {
            let via = format!("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{n}");
            Hear(
                0,
                ALICE,
                invite()
                    .of("OPTIONS")
                    .call(&format!("c{n}"))
                    .via(&via)
                    .text(),
            )
        })
        .chain([Hear(1, ALICE, invite().of("BYE").inside("ours").text())])
        .collect();
    check(
        &steps,
        expect![[r#"
        00.000  <- 192.0.2.1:5060 OPTIONS
        00.000     up: OPTIONS
        00.000  <- 192.0.2.1:5060 OPTIONS
        00.000     up: OPTIONS
        00.000  <- 192.0.2.1:5060 OPTIONS
        00.000     up: OPTIONS
        00.000  <- 192.0.2.1:5060 OPTIONS
        00.000     up: OPTIONS
        00.000  <- 192.0.2.1:5060 OPTIONS
        00.000  -> 192.0.2.1:5060 503 (OPTIONS) after 9 s
        00.001  <- 192.0.2.1:5060 BYE
        00.001     up: BYE
        03.500  -> 192.0.2.1:5060 100 (OPTIONS) (4 times)
        03.501  -> 192.0.2.1:5060 100 (BYE)
        left: 0
    "#]],
    );
}

#[test]
fn an_invite_of_ours_is_acknowledged_when_refused_and_told_once() {
    check(
        &[
            Send(0, "INVITE", 0),
            Reply(100, 180),
            Reply(1000, 486),
            Reply(1500, 486),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 INVITE by UDP
            00.100  <- 192.0.2.2:5060 180 (INVITE)
            00.100     up: 180
            01.000  <- 192.0.2.2:5060 486 (INVITE)
            01.000  -> 192.0.2.2:5060 ACK by UDP
            01.000     up: 486
            01.500  <- 192.0.2.2:5060 486 (INVITE)
            01.500  -> 192.0.2.2:5060 ACK by UDP
            left: 0
        "#]],
    );
}

#[test]
fn every_answer_goes_up_even_when_its_transaction_is_gone() {
    check(
        &[
            Send(0, "INVITE", 0),
            Reply(100, 200),
            Reply(600, 200),
            Reply(40_000, 200),
            Reply(40_000, 486),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 INVITE by UDP
            00.100  <- 192.0.2.2:5060 200 (INVITE)
            00.100     up: 200
            00.600  <- 192.0.2.2:5060 200 (INVITE)
            00.600     up: 200
            40.000  <- 192.0.2.2:5060 200 (INVITE)
            40.000     up: stray 200
            40.000  <- 192.0.2.2:5060 486 (INVITE)
            left: 0
        "#]],
    );
}

#[test]
fn a_cancel_of_ours_has_its_invite_s_branch_and_its_own_life() {
    check(
        &[
            Send(0, "INVITE", 0),
            Cancel(50),
            Reply(100, 100),
            ReplyTo(200, "CANCEL", 200),
            Reply(300, 487),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 INVITE by UDP
            00.100  <- 192.0.2.2:5060 100 (INVITE)
            00.100     up: 100
            00.100  -> 192.0.2.2:5060 CANCEL by UDP
            00.200  <- 192.0.2.2:5060 200 (CANCEL)
            00.300  <- 192.0.2.2:5060 487 (INVITE)
            00.300  -> 192.0.2.2:5060 ACK by UDP
            00.300     up: 487
            left: 0
        "#]],
    );
}

#[test]
fn a_response_that_is_not_ours_is_dropped() {
    let response = |vias: &str| {
        format!(
            "SIP/2.0 200 OK\r\n{vias}From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>;tag=b\r\n\
             Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
        )
    };
    let one = "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKnone\r\n";
    check(
        &[
            Send(0, "OPTIONS", 0),
            Hear(100, BOB, response(one)),
            Hear(100, BOB, response(&one.repeat(2))),
            Reply(200, 200),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 OPTIONS by UDP
            00.100  <- 192.0.2.2:5060 200 (OPTIONS) (3 times)
            00.200     up: 200
            left: 0
        "#]],
    );
}

#[test]
fn a_large_request_goes_by_tcp_and_by_udp_where_tcp_is_refused() {
    check(
        &[
            Send(0, "MESSAGE", 1300),
            Unreachable(100, Transport::Tcp),
            Reply(200, 200),
            Send(6000, "MESSAGE", 1300),
            Reply(6100, 200),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 MESSAGE by TCP
            00.100  -> 192.0.2.2:5060 MESSAGE by UDP
            00.200  <- 192.0.2.2:5060 200 (MESSAGE)
            00.200     up: 200
            06.000  -> 192.0.2.2:5060 MESSAGE by UDP
            06.100  <- 192.0.2.2:5060 200 (MESSAGE)
            06.100     up: 200
            left: 0
        "#]],
    );
}

#[test]
fn nothing_is_sent_to_a_group() {
    check(
        &[SendTo(0, "OPTIONS", "239.0.0.1:5060")],
        expect![[r#"
        00.000     up: unreachable
        left: 0
    "#]],
    );
}

#[test]
fn a_silent_peer_is_given_up_and_an_unreachable_one_at_once() {
    check(
        &[
            Send(0, "BYE", 0),
            Unreachable(100, Transport::Udp),
            Send(200, "BYE", 0),
        ],
        expect![[r#"
            00.000  -> 192.0.2.2:5060 BYE by UDP
            00.100     up: unreachable
            00.200  -> 192.0.2.2:5060 BYE by UDP (11 times)
            32.200     up: timed out
            left: 0
        "#]],
    );
}

#[test]
fn over_a_connection_responses_return_by_it_and_by_another_when_it_is_gone() {
    let tcp = "SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKtcp";
    check(
        &[
            HearTcp(0, "192.0.2.1:41000", invite().via(tcp).text()),
            Say(100, 180),
            UnreachableFrom(200, "192.0.2.1:41000"),
            Say(300, 486),
            HearTcp(400, "192.0.2.1:41001", invite().via(tcp).of("ACK").text()),
        ],
        expect![[r#"
            00.000  <- 192.0.2.1:41000 INVITE
            00.000  -> 192.0.2.1:41000 100 (INVITE)
            00.000     up: INVITE
            00.100  -> 192.0.2.1:41000 180 (INVITE)
            00.200  -> 192.0.2.1:5060 180 (INVITE)
            00.300  -> 192.0.2.1:5060 486 (INVITE)
            00.400  <- 192.0.2.1:41001 ACK
            left: 0
        "#]],
    );
}

const ALICE: &str = "192.0.2.1:5060";
const BOB: &str = "192.0.2.2:5060";
const LIMIT: usize = 4;

/// What happens, and when in milliseconds.
enum Step {
    /// A datagram comes.
    Hear(u64, &'static str, String),
    /// A message comes by TCP.
    HearTcp(u64, &'static str, String),
    /// The layer above answers the newest request.
    Say(u64, u16),
    /// The layer above sends a request with so large a body to Bob.
    Send(u64, &'static str, usize),
    SendTo(u64, &'static str, &'static str),
    /// The layer above cancels its newest request.
    Cancel(u64),
    /// Bob answers the newest request.
    Reply(u64, u16),
    /// Bob answers the newest request of a method.
    ReplyTo(u64, &'static str, u16),
    /// Bob cannot be reached.
    Unreachable(u64, Transport),
    /// A TCP connection is gone.
    UnreachableFrom(u64, &'static str),
}
use Step::*;

impl Step {
    fn at(&self) -> Duration {
        Duration::from_millis(match self {
            Hear(at, ..) | HearTcp(at, ..) | Say(at, ..) | Send(at, ..) | SendTo(at, ..) => *at,
            Cancel(at) | Reply(at, ..) | ReplyTo(at, ..) => *at,
            Unreachable(at, ..) | UnreachableFrom(at, ..) => *at,
        })
    }
}

/// A request of Alice's, to be varied.
struct Draft {
    method: String,
    via: String,
    call: String,
    to_tag: String,
}

fn invite() -> Draft {
    Draft {
        method: "INVITE".into(),
        via: "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKalice".into(),
        call: "c1".into(),
        to_tag: String::new(),
    }
}

impl Draft {
    fn of(mut self, method: &str) -> Draft {
        self.method = method.into();
        self
    }

    fn via(mut self, via: &str) -> Draft {
        self.via = via.into();
        self
    }

    fn call(mut self, call: &str) -> Draft {
        self.call = call.into();
        self
    }

    fn inside(mut self, tag: &str) -> Draft {
        self.to_tag = format!(";tag={tag}");
        self
    }

    fn text(self) -> String {
        let Draft {
            method,
            via,
            call,
            to_tag,
        } = self;
        format!(
            "{method} sip:us@192.0.2.100 SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:us@192.0.2.100>{to_tag}\r\n\
             Call-ID: {call}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
        )
    }
}

/// Plays the steps and every wake-up in between until nothing is left to wait for, and compares
/// who said what. The only place that touches the API.
#[track_caller]
fn check(steps: &[Step], expect: Expect) {
    let start = Instant::now();
    let mut stage = Stage::new(start);
    for step in steps {
        let now = start + step.at();
        stage.wake_until(now);
        stage.play(step, now);
        stage.write_down(now);
    }
    stage.wake_until(start + Duration::from_secs(600));
    stage.ladder += &format!("left: {}\n", stage.table.len());
    expect.assert_eq(&stage.ladder);
}

struct Stage {
    start: Instant,
    table: Transactions,
    ladder: String,
    newest: Option<(ServerId, Request)>,
    ours: Option<ClientId>,
    sent: HashMap<String, (Request, Flow)>,
    newest_sent: String,
    repeats: usize,
}

impl Stage {
    fn new(start: Instant) -> Stage {
        let listener = |transport, bound: &str| Listener {
            transport,
            bound: bound.parse().unwrap(),
            advertised: bound.parse().unwrap(),
        };
        let listeners = vec![
            listener(Transport::Udp, "192.0.2.100:5060"),
            listener(Transport::Udp, "[2001:db8::100]:5060"),
            listener(Transport::Tcp, "192.0.2.100:5060"),
        ];
        Stage {
            start,
            table: Transactions::new(listeners, LIMIT, Dice::from_seed(1)),
            ladder: String::new(),
            newest: None,
            ours: None,
            sent: HashMap::new(),
            newest_sent: String::new(),
            repeats: 0,
        }
    }

    fn play(&mut self, step: &Step, now: Instant) {
        match step {
            Hear(_, from, text) => self.hear(flow(Transport::Udp, from), text, now),
            HearTcp(_, from, text) => self.hear(flow(Transport::Tcp, from), text, now),
            Say(_, code) => {
                let (id, request) = self.newest.clone().unwrap();
                let response = request.response(*code, None, "ours");
                self.table.respond(id, response, now);
            }
            Send(_, method, size) => self.send(method, *size, BOB, now),
            SendTo(_, method, to) => self.send(method, 0, to, now),
            Cancel(_) => self.table.cancel(self.ours.unwrap(), None, now),
            Reply(_, code) => self.reply(&self.newest_sent.clone(), *code, now),
            ReplyTo(_, method, code) => self.reply(method, *code, now),
            Unreachable(_, transport) => {
                self.table.handle_unreachable(&flow(*transport, BOB), now);
            }
            UnreachableFrom(_, from) => {
                let flow = flow(Transport::Tcp, from);
                self.table.handle_unreachable(&flow, now);
            }
        }
    }

    fn hear(&mut self, flow: Flow, text: &str, now: Instant) {
        let message = parse(Bytes::copy_from_slice(text.as_bytes())).unwrap();
        self.line(now, &format!("<- {} {}", flow.remote, name(&message)));
        self.table.handle_message(message, flow, now);
    }

    fn send(&mut self, method: &str, size: usize, to: &str, now: Instant) {
        let method = Method::from(method);
        let mut request = Request::new(method.clone(), Uri::sip("bob", "192.0.2.2", None));
        request
            .headers
            .push(Name::From, "<sip:us@192.0.2.100>;tag=ours");
        request.headers.push(Name::To, "<sip:bob@192.0.2.2>");
        request.headers.push(Name::CallId, "ours");
        request.headers.push(Name::Cseq, format!("1 {method}"));
        request.body = Bytes::from(vec![b'x'; size]);
        let flow = flow(Transport::Udp, to);
        self.ours = Some(self.table.request(request, flow, now));
        self.newest_sent = method.to_string();
    }

    fn reply(&mut self, method: &str, code: u16, now: Instant) {
        let (request, flow) = self.sent[method].clone();
        let response = request.response(code, None, "bob");
        self.hear(
            flow,
            std::str::from_utf8(&response.to_bytes()).unwrap(),
            now,
        );
    }

    fn wake_until(&mut self, end: Instant) {
        while let Some(at) = self.table.next_deadline().filter(|at| *at <= end) {
            self.table.handle_timeout(at);
            self.write_down(at);
        }
    }

    fn write_down(&mut self, now: Instant) {
        while let Some(output) = self.table.poll() {
            let line = match output {
                Output::Transmit { flow, bytes } => {
                    let message = parse(bytes).unwrap();
                    let mut line = format!("-> {} {}", flow.remote, name(&message));
                    match message {
                        Message::Request(request) => {
                            let via = request.headers.via().unwrap();
                            line += &format!(" by {}", via.transport);
                            if request.method != Method::Ack {
                                let method = request.method.to_string();
                                self.sent.insert(method, (request, flow));
                            }
                        }
                        Message::Response(response) => {
                            let params = response.headers.via().unwrap().params;
                            for name in ["received", "rport"] {
                                if let Some(value) = params.value(name) {
                                    line += &format!(" {name}={value}");
                                }
                            }
                            if let Some(after) = response.headers.text(&Name::RetryAfter) {
                                line += &format!(" after {after} s");
                            }
                        }
                    }
                    line
                }
                Output::Request { id, request, .. } => {
                    let line = format!("   up: {}", request.method);
                    self.newest = Some((id, *request));
                    line
                }
                Output::Cancelled { id, .. } => {
                    let newest = self.newest.as_ref().map(|(id, _)| *id);
                    assert_eq!(newest, Some(id));
                    "   up: cancelled".to_string()
                }
                Output::Ack { .. } => "   up: ACK".to_string(),
                Output::Unacknowledged { .. } => "   up: unacknowledged".to_string(),
                Output::Response { response, .. } => format!("   up: {}", response.code),
                Output::TimedOut { .. } => "   up: timed out".to_string(),
                Output::Unreachable { .. } => "   up: unreachable".to_string(),
                Output::StrayAnswer { response, .. } => {
                    format!("   up: stray {}", response.code)
                }
            };
            self.line(now, &line);
        }
    }

    /// Writes a line; one that only repeats the one before is counted.
    fn line(&mut self, now: Instant, line: &str) {
        let at = now.duration_since(self.start).as_secs_f64();
        let last = self.ladder.lines().last().unwrap_or_default().to_string();
        let same = last.get(8..).is_some_and(|last| {
            last == line || last.strip_suffix(&format!(" ({} times)", self.repeats)) == Some(line)
        });
        if !same {
            self.repeats = 1;
            self.ladder += &format!("{at:06.3}  {line}\n");
            return;
        }
        self.repeats += 1;
        let before = self.ladder.len() - last.len() - 1;
        self.ladder.truncate(before);
        self.ladder += &format!("{}  {line} ({} times)\n", &last[..6], self.repeats);
    }
}

fn flow(transport: Transport, remote: &str) -> Flow {
    let remote: SocketAddr = remote.parse().unwrap();
    let local = match remote.is_ipv4() {
        true => "192.0.2.100:5060",
        false => "[2001:db8::100]:5060",
    };
    Flow {
        transport,
        local: local.parse().unwrap(),
        remote,
    }
}

fn name(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => {
            let method = response.headers.cseq().unwrap().method;
            format!("{} ({method})", response.code)
        }
    }
}

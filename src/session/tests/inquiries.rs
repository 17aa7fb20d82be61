//! What is asked of the world outside, at the level of one session: how much at a time, and what the end waits for.

use expect_test::expect;

use super::rig::{Rig, check};
use crate::base::hook::HookUrl;
use crate::base::web::{Answer, Body, Failure, Headers, Request};
use crate::script::command::Command;
use crate::script::inquiry::{HttpInquiry, Inquiry, Reply, StorageInquiry, Stored};

#[test]
fn three_requests_are_under_way_and_the_others_wait_for_them() {
    check(
        |rig| {
            rig.script_free([http(1), http(2), http(3), http(4), http(5), get(6)]);
            rig.replied(2);
            rig.replied(1);
            rig.replied(1);
        },
        expect![[r#"
            00.000  asks 1
            00.000  asks 2
            00.000  asks 3
            00.000  asks 6
            00.000  script: reply 2
            00.000  asks 4
            00.000  script: reply 1
            00.000  asks 5
        "#]],
    );
}

#[test]
fn the_end_waits_for_what_is_under_way_and_drops_the_queue() {
    check(
        |rig| {
            rig.script_free([http(1), http(2), http(3), http(4), Command::Terminate]);
            rig.replied(3);
            rig.script([http(9)]);
            rig.pass(1.0);
            rig.replied(1);
            rig.replied(2);
            rig.pass(60.0);
        },
        expect![[r#"
            00.000  asks 1
            00.000  asks 2
            00.000  asks 3
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            00.000  script: reply 3
            01.000  script: reply 1
            01.000  script: reply 2
            01.000  script: Terminating
            01.000  script: Terminated
        "#]],
    );
}

#[test]
fn the_end_waits_for_ninety_seconds_and_no_longer() {
    check(
        |rig| {
            rig.script_free([http(1), Command::Terminate]);
            rig.pass(89.9);
            rig.pass(1.0);
            rig.replied(1);
        },
        expect![[r#"
            00.000  asks 1
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            90.000  script: Terminating
            90.000  script: Terminated
        "#]],
    );
}

#[test]
fn a_broken_script_and_a_shutdown_wait_for_nothing() {
    check(
        |rig| {
            rig.script_free([http(1), Command::Terminate]);
            rig.session.end(super::super::Cause::Shutdown, rig.now);
            rig.drain();
        },
        expect![[r#"
            00.000  asks 1
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
    check(
        |rig| {
            rig.script_free([http(1)]);
            rig.refer(super::B, 1);
            rig.faults();
        },
        expect![[r#"
            00.000  asks 1
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  NOTIFY 1 500
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 500 by runtime
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
}

#[test]
fn one_request_is_sent_in_the_listener_of_the_end() {
    check(
        |rig| {
            rig.script_free([Command::Terminate]);
            rig.waiting = 2;
            rig.lines.clear();
            rig.script([http(1), http(2), get(3)]);
            rig.script([http(4)]);
            rig.replied(1);
        },
        expect![[r#"
            00.000  asks 1
        "#]],
    );
}

#[test]
fn what_cannot_be_asked_is_told_and_a_session_without_listeners_ends_when_its_requests_do() {
    check(
        |rig| {
            let unfit = Inquiry::Unfit(Failure::BadUrl("this is no URL".into()));
            rig.script_free([inquire(1, unfit)]);
            rig.session.watches_end = false;
            rig.script([http(2), Command::Terminate]);
            rig.waiting = 0;
            rig.replied(2);
        },
        expect![[r#"
            00.000  script: reply 1
            00.000  asks 2
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            00.000  script: reply 2
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
}

impl Rig {
    fn replied(&mut self, inquiry: u32) {
        let reply = match inquiry {
            6 => Reply::Storage(Ok(Stored::Entry(None))),
            _ => Reply::Http(Ok(Answer {
                code: 200,
                headers: Headers::default(),
                body: Body::default(),
            })),
        };
        self.session.handle_reply(inquiry, reply, self.now);
        self.drain();
    }
}

fn http(inquiry: u32) -> Command {
    let url = HookUrl::parse("http://h/").expect("a URL");
    let http = HttpInquiry {
        request: Request::get(url),
        connect_ms: 6000,
        total_ms: 90_000,
    };
    inquire(inquiry, Inquiry::Http(Box::new(http)))
}

fn get(inquiry: u32) -> Command {
    let get = StorageInquiry::Get { key: "a".into() };
    inquire(inquiry, Inquiry::Storage(get))
}

fn inquire(inquiry: u32, what: Inquiry) -> Command {
    Command::Inquire {
        inquiry,
        what,
        place: None,
    }
}

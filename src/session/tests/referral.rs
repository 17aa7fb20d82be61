//! REFERs of ours at the level of one session. A is `call0` and is asked to call D.

use expect_test::expect;

use super::rig::{Rig, check};
use super::{A, B};
use crate::script::command::{Command, TransferTo};
use crate::sip::stack::{Event, ReferId};

#[test]
fn a_far_end_that_declines_to_tell_leaves_the_outcome_unknown() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.answered(202);
            // Refer-Sub: false in the 202 (RFC 4488).
            rig.notified(None, true);
            rig.pass(100.0);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  post http://h/: final false, referStatus 202, sequence 1
            00.000  post http://h/: code 500, final true, reason "The Outcome Is Not Told", referStatus 202, sequence 2, success false
            00.000  REFER forgotten
            00.000  script: call0 TransferFailed
        "#]],
    );
}

#[test]
fn what_was_told_before_counts_for_more_than_the_answer() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.notified(Some(180), false);
            rig.notified(Some(200), true);
            rig.answered(603);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  script: call0 TransferProgress
            00.000  post http://h/: callStatus 180, final false, sequence 1
            00.000  script: call0 TransferProgress
            00.000  post http://h/: callStatus 200, final false, sequence 2
            00.000  post http://h/: callStatus 200, code 200, final true, reason "So", referStatus 603, sequence 3, success true
            00.000  script: call0 TransferComplete
            00.000  hang up call0
            00.000  script: call0 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by runtime; transfer to d: 200
        "#]],
    );
}

#[test]
fn a_subscription_that_ends_before_the_answer_waits_for_it() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.notified(Some(100), true);
            rig.pass(31.0);
            rig.answered(202);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  script: call0 TransferProgress
            00.000  post http://h/: callStatus 100, final false, sequence 1
            31.000  post http://h/: callStatus 100, code 500, final true, reason "The Outcome Is Not Told", referStatus 202, sequence 2, success false
            31.000  REFER forgotten
            31.000  script: call0 TransferFailed
        "#]],
    );
}

#[test]
fn there_is_one_outcome_whatever_comes_after_it() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.answered(202);
            rig.notified(Some(486), false);
            rig.notified(Some(486), true);
            rig.notified(Some(200), true);
            rig.answered(202);
            rig.pass(3600.0);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  post http://h/: final false, referStatus 202, sequence 1
            00.000  script: call0 TransferProgress
            00.000  post http://h/: callStatus 486, code 486, final true, reason "So", referStatus 202, sequence 2, success false
            00.000  script: call0 TransferFailed
        "#]],
    );
}

#[test]
fn each_notify_is_patience_won() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.answered(202);
            rig.pass(31.0);
            rig.notified(Some(100), false);
            rig.pass(179.0);
            // A NOTIFY without a status is a sign of life as well.
            rig.notified(None, false);
            rig.pass(179.0);
            rig.notified(Some(180), false);
            rig.pass(200.0);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  post http://h/: final false, referStatus 202, sequence 1
            31.000  script: call0 TransferProgress
            31.000  post http://h/: callStatus 100, final false, referStatus 202, sequence 2
            389.000  script: call0 TransferProgress
            389.000  post http://h/: callStatus 180, final false, referStatus 202, sequence 3
            569.000  post http://h/: callStatus 180, code 408, final true, reason "No Further NOTIFY", referStatus 202, sequence 4, success false
            569.000  REFER forgotten
            569.000  script: call0 TransferFailed
        "#]],
    );
}

#[test]
fn a_call_that_has_ended_in_the_meantime_is_not_asked() {
    check(
        |rig| {
            rig.byes(A);
            rig.script_free([transfer_to("d")]);
        },
        expect![[r#"
            00.000  script: call0 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by peer
            00.000  post http://h/: code 481, final true, reason "The Call Is Over", sequence 1, success false
            00.000  script: call0 TransferFailed
        "#]],
    );
}

#[test]
fn the_far_end_that_left_has_half_a_minute_to_tell() {
    check(
        |rig| {
            rig.script_free([transfer_to("d")]);
            rig.answered(202);
            rig.notified(Some(180), false);
            rig.pass(10.0);
            rig.byes(A);
            rig.pass(20.0);
            rig.notified(Some(183), false);
            rig.pass(31.0);
            rig.notified(Some(200), true);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  post http://h/: final false, referStatus 202, sequence 1
            00.000  script: call0 TransferProgress
            00.000  post http://h/: callStatus 180, final false, referStatus 202, sequence 2
            10.000  script: call0 Disconnected
            10.000  call0 hears nobody
            10.000  call1 hears nobody
            30.000  script: call0 TransferProgress
            30.000  post http://h/: callStatus 183, final false, referStatus 202, sequence 3
            40.000  hang up call1
            40.000  script: call1 Disconnected
            40.000  record call1: 200 by runtime
            61.000  script: call0 TransferProgress
            61.000  post http://h/: callStatus 200, code 200, final true, reason "So", referStatus 202, sequence 4, success true
            61.000  script: call0 TransferComplete
            61.000  record call0: 200 by peer; transfer to d: 200
        "#]],
    );
}

#[test]
fn what_a_script_asks_for_twice_is_asked_once() {
    check(
        |rig| {
            rig.script_free([transfer_to("d"), transfer_to("e")]);
            rig.answered(404);
            rig.script_free([transfer_to("e")]);
        },
        expect![[r#"
            00.000  REFER call0 to d
            00.000  post http://h/: code 404, final true, reason "So", referStatus 404, sequence 1, success false
            00.000  REFER forgotten
            00.000  script: call0 TransferFailed
            00.000  REFER call0 to e
        "#]],
    );
}

#[test]
fn what_another_session_was_told_concerns_nobody_here() {
    check(
        |rig| {
            rig.answered(202);
            rig.notified(Some(200), true);
            rig.byes(B);
        },
        expect![[r#"
            00.000  script: call1 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call1: 200 by peer
        "#]],
    );
}

impl Rig {
    fn answered(&mut self, code: u16) {
        self.sip(Event::ReferAnswered {
            refer: ReferId(9),
            code,
            reason: "So".to_string(),
        });
    }

    fn notified(&mut self, code: Option<u16>, ended: bool) {
        self.sip(Event::ReferNotified {
            refer: ReferId(9),
            code,
            reason: "So".to_string(),
            ended,
        });
    }
}

fn transfer_to(to: &str) -> Command {
    Command::TransferTo(Box::new(TransferTo {
        call: A,
        to: Some(to.to_string()),
        other: None,
        headers: super::HeaderMap::new(),
        referred_by: None,
        status_url: Some("http://h/".to_string()),
        progress_timeout_s: None,
        hang_up: true,
    }))
}

//! Transfers at the level of one session: what SIP is told and what the script hears, in virtual time.
//! A is `call0`, the caller; B is `call1`, the transferor; C is the target that the script places.

mod asr;
mod inquiries;
mod quiet;
mod recording;
mod referral;
mod rig;
mod statistics;
mod visits;

use expect_test::expect;

use crate::base::CallId;
use crate::script::command::Command;
use crate::script::event::{HeaderMap, TransferRole};
use rig::{check, failed, link, listen, place, success};

const A: CallId = CallId(0);
const B: CallId = CallId(1);
const C: CallId = CallId(2);

#[test]
fn success_tells_the_transferor_and_lets_it_go_after_the_grace_time() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.rings(C);
            rig.answers(C);
            rig.script([success(B), link(C, A), link(A, C)]);
            rig.closed(1);
            rig.pass(5.0);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  NOTIFY 1 180
            00.000  script: call2 Ringing
            00.000  script: call2 Connected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  NOTIFY 1 200
            00.000  call0 hears call2
            00.000  call2 hears call0
            05.000  hang up call1
            05.000  script: call1 Disconnected
            05.000  record call1: 200 by runtime; transfer to carol: 200
        "#]],
    );
}

#[test]
fn a_busy_target_leaves_the_old_call_as_it_was() {
    check(
        |rig| {
            rig.listen(C, "Failed");
            rig.refer(B, 1);
            rig.script([place(C), listen(C, "Failed")]);
            rig.fails(C, 486);
            rig.script([failed(B, 486)]);
            rig.closed(1);
            rig.pass(60.0);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call2 Failed 486
            00.000  record call2: 486 by peer
            00.000  NOTIFY 1 486
        "#]],
    );
}

#[test]
fn a_failure_that_no_listener_sees_is_the_verdict() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.fails(C, 404);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call2 Failed 404
            00.000  NOTIFY 1 404
            00.000  record call2: 404 by peer
        "#]],
    );
}

#[test]
fn a_silent_script_meets_the_deadline() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([]);
            rig.pass(119.9);
            rig.pass(0.2);
            rig.script_late([success(B)]);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            120.000  NOTIFY 1 408
        "#]],
    );
}

#[test]
fn a_fault_gives_the_verdict_before_the_legs_end() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.faults();
            rig.closed(1);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  NOTIFY 1 500
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 500 by runtime
            00.000  script: Terminating
            00.000  script: Terminated
            00.000  hang up call1
            00.000  record call1: 500 by runtime; transfer to carol: 500
        "#]],
    );
}

#[test]
fn terminate_declines_an_open_transfer() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([Command::Terminate]);
            rig.closed(1);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  NOTIFY 1 603
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  script: Terminating
            00.000  script: Terminated
            00.000  hang up call1
            00.000  record call1: 200 by script; transfer to carol: 603
        "#]],
    );
}

#[test]
fn the_transferor_may_hang_up_at_once_and_still_gets_its_verdict() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.byes(B);
            rig.script([]);
            rig.answers(C);
            rig.script([success(B), link(C, A), link(A, C)]);
            rig.closed(1);
            rig.pass(60.0);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call1 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  script: call2 Connected
            00.000  NOTIFY 1 200
            00.000  call0 hears call2
            00.000  call2 hears call0
            00.000  record call1: 200 by peer; transfer to carol: 200
        "#]],
    );
}

#[test]
fn a_transferee_that_nobody_is_left_for_is_not_left_hanging() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.byes(B);
            rig.script([]);
            rig.pass(40.0);
            rig.fails(C, 486);
            rig.closed(1);
            rig.pass(30.0);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call1 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            40.000  script: call2 Failed 486
            40.000  NOTIFY 1 486
            40.000  record call2: 486 by peer
            40.000  record call1: 200 by peer; transfer to carol: 486
            70.000  hang up call0
            70.000  script: call0 Disconnected
            70.000  record call0: 200 by runtime
        "#]],
    );
}

#[test]
fn a_transferee_that_leaves_unseen_ends_the_transfer() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.byes(A);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call0 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  NOTIFY 1 487
            00.000  hang up call2
            00.000  script: call2 Failed 487
            00.000  record call2: 487 by runtime
            00.000  record call0: 200 by peer
        "#]],
    );
}

#[test]
fn with_a_listener_the_script_decides_what_a_leaving_transferee_means() {
    check(
        |rig| {
            rig.listen(A, "Disconnected");
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.byes(A);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call0 Disconnected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by peer
        "#]],
    );
}

#[test]
fn the_transferor_s_bye_waits_for_its_verdict_to_be_answered() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.answers(C);
            rig.script([
                success(B),
                Command::Hangup {
                    call: B,
                    headers: HeaderMap::new(),
                },
            ]);
            rig.pass(20.0);
            rig.closed(1);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call2 Connected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  NOTIFY 1 200
            20.000  hang up call1
            20.000  script: call1 Disconnected
            20.000  record call1: 200 by script; transfer to carol: 200
        "#]],
    );
}

#[test]
fn a_second_refer_waits_its_turn_and_a_second_verdict_is_ignored() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.refer(B, 2);
            rig.script([failed(B, 99), failed(B, 486)]);
            rig.closed(1);
            rig.refer(B, 3);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  refuse REFER 2 with 491
            00.000  accept REFER 1 with 202
            00.000  NOTIFY 1 500
            00.000  script: call1 BlindTransferRequested to carol
        "#]],
    );
}

#[test]
fn a_refer_that_no_script_handles_seeks_a_place_unless_the_script_wanted_to_hear_of_it() {
    check(
        |rig| {
            rig.refer(A, 1);
            rig.unlisten(B, "BlindTransferRequested");
            rig.refer(B, 2);
            rig.script_free([Command::HandleBlindTransfer {
                call: B,
                handle: false,
            }]);
            rig.refer(B, 3);
        },
        expect![[r#"
            00.000  seek a place for call1 at carol
            00.000  refuse REFER 2 with 603
            00.000  refuse REFER 3 with 491
        "#]],
    );
}

#[test]
fn the_session_s_end_is_the_verdict_though_another_transfer_has_taken_the_transferee_away() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            let moved = rig.session.release(A, TransferRole::Target, rig.now);
            assert!(moved.is_some(), "it is connected");
            rig.drain();
            rig.script_free([Command::Terminate]);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call0 TransferComplete
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by runtime
            00.000  script: call0 Disconnected
            00.000  NOTIFY 1 603
            00.000  hang up call2
            00.000  record call2: 480 by script
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
}

#[test]
fn a_transferor_that_wants_to_hear_no_more_is_let_go_all_the_same() {
    check(
        |rig| {
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.closed(1);
            rig.answers(C);
            rig.script([success(B), link(C, A), link(A, C)]);
            rig.pass(5.0);
        },
        expect![[r#"
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call2 Connected
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  NOTIFY 1 200
            00.000  call0 hears call2
            00.000  call2 hears call0
            05.000  hang up call1
            05.000  script: call1 Disconnected
            05.000  record call1: 200 by runtime; transfer to carol: 200
        "#]],
    );
}

//! Calls, from INVITE to BYE.

use super::{Setting, check, check_each_lost, check_in};
use expect_test::expect;

pub(super) const CALL: &str = "
    0 A invite B
    0.1 B ring
    1 B answer
    5 A hangup
";

#[test]
fn a_call_rings_is_answered_and_hung_up_by_the_caller() {
    check(
        CALL,
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            01.000 B -> A 200 INVITE [sdp b]
            01.010 A -> B ACK
            01.010 A     Answered [sdp b]
            01.020 B     Confirmed
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_call_may_lose_any_one_message() {
    check_each_lost(CALL);
}

#[test]
fn the_callee_may_hang_up_too() {
    check(
        "
        0 A invite B
        1 B answer
        5 B hangup | Reason: Q.850;cause=16
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            01.000 B -> A 200 INVITE [sdp b]
            01.010 A -> B ACK
            01.010 A     Answered [sdp b]
            01.020 B     Confirmed
            05.000 B -> A BYE Q.850;cause=16
            05.010 A -> B 200 BYE
            05.010 A     Ended: bye
            05.010 A     Gone
            05.020 B     Gone
        "#]],
    );
}

#[test]
fn both_may_hang_up_at_once() {
    check(
        "
        0 A invite B
        1 B answer
        5 B hangup
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            01.000 B -> A 200 INVITE [sdp b]
            01.010 A -> B ACK
            01.010 A     Answered [sdp b]
            01.020 B     Confirmed
            05.000 B -> A BYE
            05.000 A -> B BYE
            05.010 A -> B 200 BYE
            05.010 B -> A 200 BYE
            05.020 B     Gone
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refusal_goes_up_with_its_code() {
    check(
        "
        0 A invite B
        1 B reject 486
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            01.000 B -> A 486 INVITE
            01.000 B     Gone
            01.010 A -> B ACK
            01.010 A     Failed 486 Busy Here
            01.010 A     Gone
        "#]],
    );
}

#[test]
fn hanging_up_while_it_rings_cancels() {
    check(
        "
        0 A invite B
        0.1 B ring
        1 A hangup | Reason: SIP;cause=200
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            01.000 A -> B CANCEL SIP;cause=200
            01.010 B -> A 200 CANCEL
            01.010 B -> A 487 INVITE
            01.010 B     Ended: cancelled SIP;cause=200
            01.010 B     Gone
            01.020 A -> B ACK
            01.020 A     Failed 487 Request Terminated
            01.020 A     Gone
        "#]],
    );
}

pub(super) const CANCELLED: &str = "
    0 A invite B
    0.1 B ring
    1 A hangup
";

#[test]
fn a_cancel_may_lose_any_one_message() {
    check_each_lost(CANCELLED);
}

#[test]
fn a_cancel_waits_for_the_first_response() {
    check(
        "
        0 A invite X
        0.1 A hangup
        0.3 X reply 100 INVITE
        0.5 X reply 200 CANCEL
        0.6 X reply 487 INVITE
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.300 X -> A 100 INVITE
            00.310 A -> X CANCEL
            00.500 X -> A 200 CANCEL
            00.600 X -> A 487 INVITE
            00.610 A -> X ACK
            00.610 A     Failed 487 Request Terminated
            00.610 A     Gone
        "#]],
    );
}

#[test]
fn an_answer_that_crosses_the_cancel_is_hung_up() {
    check(
        "
        0 A invite B
        0.1 B ring
        1 A hangup
        1 B answer
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            01.000 A -> B CANCEL
            01.000 B -> A 200 INVITE [sdp b]
            01.010 B -> A 200 CANCEL
            01.010 A -> B ACK
            01.010 A     Failed 487 Request Terminated
            01.010 A -> B BYE
            01.020 B     Confirmed
            01.020 B -> A 200 BYE
            01.020 B     Ended: bye
            01.020 B     Gone
            01.030 A     Gone
        "#]],
    );
}

#[test]
fn a_cancelled_invite_that_nobody_answers_is_given_up() {
    check(
        "
        0 A invite X
        0.1 X reply 180 INVITE
        1 A hangup
        1.1 X reply 200 CANCEL
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            01.000 A -> X CANCEL
            01.100 X -> A 200 CANCEL
            33.000 A     Failed 487 Request Terminated
            33.000 A     Gone
        "#]],
    );
}

#[test]
fn nobody_answers_at_all() {
    check(
        "0 A invite X",
        expect![[r#"
        00.000 A -> X INVITE [sdp a]
        00.500 A -> X INVITE [sdp a]
        01.500 A -> X INVITE [sdp a]
        03.500 A -> X INVITE [sdp a]
        07.500 A -> X INVITE [sdp a]
        15.500 A -> X INVITE [sdp a]
        31.500 A -> X INVITE [sdp a]
        32.000 A     Failed 408 Request Timeout
        32.000 A     Gone
    "#]],
    );
}

#[test]
fn each_fork_has_its_own_early_dialog_and_the_first_answer_wins() {
    check(
        "
        0 A invite X
        0.1 X reply 180 INVITE tag=one
        0.2 X reply 183 INVITE tag=two sdp=two
        0.3 X habit BYE 200
        1 X reply 200 INVITE tag=two sdp=two
        1.1 X reply 200 INVITE tag=one sdp=one
        1.5 X reply 200 INVITE tag=two sdp=two
        1.6 X reply 200 INVITE tag=three sdp=three
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            00.200 X -> A 183 INVITE [sdp two]
            00.210 A     Progress 183 fork 1 [sdp two]
            01.000 X -> A 200 INVITE [sdp two]
            01.010 A -> X ACK
            01.010 A     Answered [sdp two]
            01.100 X -> A 200 INVITE [sdp one]
            01.110 A -> X ACK
            01.110 A -> X BYE
            01.120 X -> A 200 BYE
            01.500 X -> A 200 INVITE [sdp two]
            01.510 A -> X ACK
            01.600 X -> A 200 INVITE [sdp three]
            01.610 A -> X ACK
            01.610 A -> X BYE
            01.620 X -> A 200 BYE
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_200_without_ack_is_repeated_then_hung_up() {
    check(
        "
        0 X send INVITE B new sdp=x
        0.1 X habit BYE 200
        1 B answer
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            01.000 B -> X 200 INVITE [sdp b]
            01.500 B -> X 200 INVITE [sdp b]
            02.500 B -> X 200 INVITE [sdp b]
            04.500 B -> X 200 INVITE [sdp b]
            08.500 B -> X 200 INVITE [sdp b]
            12.500 B -> X 200 INVITE [sdp b]
            16.500 B -> X 200 INVITE [sdp b]
            20.500 B -> X 200 INVITE [sdp b]
            24.500 B -> X 200 INVITE [sdp b]
            28.500 B -> X 200 INVITE [sdp b]
            32.500 B -> X 200 INVITE [sdp b]
            33.000 B     Ended: lost, 408 No ACK
            33.000 B -> X BYE
            33.010 X -> B 200 BYE
            33.020 B     Gone
        "#]],
    );
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    check(
        "
        0 X send INVITE B new sdp=x
        0.1 X habit BYE 200
        1 B answer
        1.1 B hangup
        1.7 X send ACK B
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            01.000 B -> X 200 INVITE [sdp b]
            01.500 B -> X 200 INVITE [sdp b]
            01.700 X -> B ACK
            01.710 B     Confirmed
            01.710 B -> X BYE
            01.720 X -> B 200 BYE
            01.730 B     Gone
        "#]],
    );
}

#[test]
fn the_caller_may_hang_up_before_its_ack() {
    check(
        "
        0 X send INVITE B new sdp=x
        1 B answer
        1.1 X send BYE B
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            01.000 B -> X 200 INVITE [sdp b]
            01.100 X -> B BYE
            01.110 B -> X 200 BYE
            01.110 B     Ended: bye
            01.110 B     Gone
        "#]],
    );
}

#[test]
fn a_bye_before_the_answer_ends_the_call() {
    check(
        "
        0 X send INVITE B new sdp=x
        0.1 B ring
        1 X send BYE B
        1.1 X send ACK B refused
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            00.100 B -> X 180 INVITE
            01.000 X -> B BYE
            01.010 B -> X 200 BYE
            01.010 B -> X 487 INVITE
            01.010 B     Ended: bye
            01.010 B     Gone
            01.100 X -> B ACK
        "#]],
    );
}

#[test]
fn a_second_target_is_tried_where_the_first_fails() {
    check(
        "
        0 A invite sip:bob@x-b.test
        0.1 X reply 503 INVITE
        0.5 B answer
        3 A hangup
        ",
        expect![[r#"
            00.000 A     asks for x-b.test
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 503 INVITE
            00.110 A -> X ACK
            00.110 A -> B INVITE [sdp a]
            00.120 B -> A 100 INVITE
            00.120 B     Incoming [sdp a]
            00.500 B -> A 200 INVITE [sdp b]
            00.510 A -> B ACK
            00.510 A     Answered [sdp b]
            00.520 B     Confirmed
            03.000 A -> B BYE
            03.010 B -> A 200 BYE
            03.010 B     Ended: bye
            03.010 B     Gone
            03.020 A     Gone
        "#]],
    );
}

#[test]
fn a_name_that_leads_nowhere_fails() {
    check(
        "0 A invite sip:bob@nowhere.example",
        expect![[r#"
        00.000 A     asks for nowhere.example
        00.000 A     Failed 503 Service Unavailable
        00.000 A     Gone
    "#]],
    );
}

#[test]
fn too_many_calls_are_refused() {
    let setting = Setting {
        most_legs: Some(1),
        ..Setting::default()
    };
    check_in(
        setting,
        "
        0 A invite B
        1 D invite B
        2 B reject 480
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            01.000 D -> B INVITE [sdp d]
            01.010 B -> D 100 INVITE
            01.010 B -> D 503 INVITE retry-after=5
            01.020 D -> B ACK
            01.020 D     Failed 503 Service Unavailable
            01.020 D     Gone
            02.000 B -> A 480 INVITE
            02.000 B     Gone
            02.010 A -> B ACK
            02.010 A     Failed 480 Temporarily Unavailable
            02.010 A     Gone
        "#]],
    );
}

#[test]
fn a_call_whose_way_is_still_asked_for_may_be_hung_up() {
    check(
        "
        0 A invite sip:bob@slow.example
        1 A hangup
        ",
        expect![[r#"
            00.000 A     asks for slow.example
            01.000 A     Failed 487 Request Terminated
            01.000 A     Gone
        "#]],
    );
}

#[test]
fn where_nobody_listens_a_call_fails_at_once() {
    check(
        "
        0 A invite X
        0.1 A unreachable X
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 A     Failed 503 Service Unavailable
            00.100 A     Gone
        "#]],
    );
}

#[test]
fn a_phone_that_rings_for_long_says_so_every_minute() {
    check(
        "
        0 A invite B
        0.1 B ring
        130 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 180 INVITE
            00.110 A     Progress 180 fork 0
            60.100 B -> A 180 INVITE
            60.110 A     Progress 180 fork 0
            120.100 B -> A 180 INVITE
            120.110 A     Progress 180 fork 0
            130.000 A -> B CANCEL
            130.010 B -> A 200 CANCEL
            130.010 B -> A 487 INVITE
            130.010 B     Ended: cancelled
            130.010 B     Gone
            130.020 A -> B ACK
            130.020 A     Failed 487 Request Terminated
            130.020 A     Gone
        "#]],
    );
}

#[test]
fn a_broken_connection_ends_what_waits_on_it() {
    let setting = Setting {
        transport: Some(crate::sip::transport::Transport::Tcp),
        always_lost: vec!["BYE"],
        ..Setting::default()
    };
    check_in(
        setting,
        "
        0 A invite B
        0.1 B answer
        1 A hangup
        2 A unreachable B
        40 B hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a] (TCP)
            00.010 B -> A 100 INVITE (TCP)
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b] (TCP)
            00.110 A -> B ACK (TCP)
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            01.000 A -× B BYE (TCP)
            02.000 A     Gone
            40.000 B -× A BYE (TCP)
            72.000 B     Gone
        "#]],
    );
}

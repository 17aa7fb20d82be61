//! Transfers: REFER and its NOTIFYs, in both roles.

use super::world::play;
use super::{Setting, check, check_each_lost};
use expect_test::{Expect, expect};

/// B asks A to call D.
pub(super) const TRANSFER: &str = "
    0 A invite B
    0.1 B answer
    2 B refer sip:d@10.0.0.4 sip:b@10.0.0.2
    2.1 A accept
    2.2 A invite D
    2.3 D ring
    2.4 A notify 180
    4 D answer
    5 A notify 200
    40 A@1 hangup
    41 A@2 hangup
";

#[test]
fn a_blind_transfer_tells_trying_ringing_and_success() {
    check(
        TRANSFER,
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            02.000 B -> A REFER <sip:d@10.0.0.4>
            02.010 A     Referred
            02.100 A -> B 202 REFER
            02.100 A -> B NOTIFY refer active;expires=60 [100 Trying]
            02.110 B     ReferAnswered 202
            02.110 B -> A 200 NOTIFY
            02.110 B     ReferNotified 100 Trying
            02.120 A     ReferTold 100: 200
            02.200 A -> D INVITE [sdp a]
            02.210 D -> A 100 INVITE
            02.210 D     Incoming [sdp a]
            02.300 D -> A 180 INVITE
            02.310 A     Progress 180 fork 0
            03.100 A -> B NOTIFY refer active;expires=59 [180 Ringing]
            03.110 B -> A 200 NOTIFY
            03.110 B     ReferNotified 180 Ringing
            03.120 A     ReferTold 180: 200
            04.000 D -> A 200 INVITE [sdp d]
            04.010 A -> D ACK
            04.010 A     Answered [sdp d]
            04.020 D     Confirmed
            05.000 A -> B NOTIFY refer terminated;reason=noresource [200 OK]
            05.010 B -> A 200 NOTIFY
            05.010 B     ReferNotified 200 OK, ended
            05.020 A     ReferTold 200: 200
            05.020 A     ReferClosed
            40.000 A -> B BYE
            40.010 B -> A 200 BYE
            40.010 B     Ended: bye
            40.010 B     Gone
            40.020 A     Gone
            41.000 A -> D BYE
            41.010 D -> A 200 BYE
            41.010 D     Ended: bye
            41.010 D     Gone
            41.020 A     Gone
        "#]],
    );
}

#[test]
fn a_transfer_may_lose_any_one_message() {
    check_each_lost(TRANSFER);
}

/// X calls A and asks it to transfer.
const ASKED: &str = "
    0 X habit BYE 200
    0 X habit NOTIFY 200
    0 X send INVITE A new sdp=x
    0.1 A answer
    0.2 X send ACK A
";

#[track_caller]
fn check_asked(story: &str, expect: Expect) {
    // What happens before the transfer is told elsewhere.
    let ladder = play(&format!("{ASKED}{story}"), Setting::default()).ladder;
    let told = ladder.lines().skip_while(|line| *line < "01");
    let told: String = told.map(|line| format!("{line}\n")).collect();
    expect.assert_eq(&told);
}

#[test]
fn the_transferor_may_hang_up_right_after_the_202() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        1.2 X send BYE A
        3 A notify 180
        5 A notify 200
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            01.200 X -> A BYE
            01.210 A -> X 200 BYE
            01.210 A     Ended: bye
            03.000 A -> X NOTIFY refer active;expires=58 [180 Ringing]
            03.010 X -> A 200 NOTIFY
            03.020 A     ReferTold 180: 200
            05.000 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            05.010 X -> A 200 NOTIFY
            05.020 A     ReferTold 200: 200
            05.020 A     ReferClosed
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_target_that_fails_is_told_and_the_call_goes_on() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        3 A notify 486
        4 X send INFO A
        4.1 A respond 200
        5 X send BYE A
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            03.000 A -> X NOTIFY refer terminated;reason=noresource [486 Busy Here]
            03.010 X -> A 200 NOTIFY
            03.020 A     ReferTold 486: 200
            03.020 A     ReferClosed
            04.000 X -> A INFO
            04.010 A     Request INFO
            04.100 A -> X 200 INFO
            05.000 X -> A BYE
            05.010 A -> X 200 BYE
            05.010 A     Ended: bye
            05.010 A     Gone
        "#]],
    );
}

#[test]
fn a_notify_that_is_answered_481_ends_the_subscription_and_nothing_else() {
    check_asked(
        "
        0.9 X habit NOTIFY 481
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        3 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 481 NOTIFY
            01.120 A     ReferTold 100: 481
            01.120 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_notify_that_is_answered_500_does_not() {
    check_asked(
        "
        0.9 X habit NOTIFY 500
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        3 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 500 NOTIFY
            01.120 A     ReferTold 100: 500
            03.000 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            03.010 X -> A 500 NOTIFY
            03.020 A     ReferTold 200: 500
            03.020 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn notifies_that_nobody_hears_are_given_up_and_the_call_goes_on() {
    let story = format!(
        "{ASKED}
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        5 A notify 200
        40 X send BYE A
        "
    );
    let setting = Setting {
        always_lost: vec!["NOTIFY"],
        ..Setting::default()
    };
    let ladder = play(&story, setting).ladder;
    let sent = ladder
        .lines()
        .filter(|line| line.contains("NOTIFY"))
        .count();
    assert_eq!(sent, 11, "{ladder}");
    let end: Vec<&str> = ladder.lines().rev().take(5).collect();
    expect![[r#"
        [
            "40.010 A     Gone",
            "40.010 A     Ended: bye",
            "40.010 A -> X 200 BYE",
            "40.000 X -> A BYE",
            "33.100 A     ReferClosed",
        ]
    "#]]
    .assert_debug_eq(&end);
}

#[test]
fn a_second_refer_of_a_dialog_has_an_id_and_a_verdict_of_its_own() {
    check_asked(
        "
        1 X send REFER A cseq=10 | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        1.2 X send REFER A cseq=11 | Refer-To: <sip:e@10.0.0.4>
        1.3 A accept
        3 A notify 200 #2
        4 A notify 486 #1
        4 A notify 200 #1
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            01.200 X -> A REFER <sip:e@10.0.0.4>
            01.210 A     Referred
            01.300 A -> X 202 REFER
            01.300 A -> X NOTIFY refer;id=11 active;expires=60 [100 Trying]
            01.310 X -> A 200 NOTIFY
            01.320 A     ReferTold 100: 200
            03.000 A -> X NOTIFY refer;id=11 terminated;reason=noresource [200 OK]
            03.010 X -> A 200 NOTIFY
            03.020 A     ReferTold 200: 200
            03.020 A     ReferClosed
            04.000 A -> X NOTIFY refer terminated;reason=noresource [486 Busy Here]
            04.010 X -> A 200 NOTIFY
            04.020 A     ReferTold 486: 200
            04.020 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn the_id_is_a_matter_of_taste() {
    check_asked(
        "
        1 X send REFER A cseq=10 | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept 200 always
        1.2 A notify 200
        1.3 X send REFER A cseq=11 | Refer-To: <sip:e@10.0.0.4>
        1.4 A accept 202 never
        1.5 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 200 REFER
            01.100 A -> X NOTIFY refer;id=10 active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            01.200 A -> X NOTIFY refer;id=10 terminated;reason=noresource [200 OK]
            01.210 X -> A 200 NOTIFY
            01.220 A     ReferTold 200: 200
            01.220 A     ReferClosed
            01.300 X -> A REFER <sip:e@10.0.0.4>
            01.310 A     Referred
            01.400 A -> X 202 REFER
            01.400 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.410 X -> A 200 NOTIFY
            01.420 A     ReferTold 100: 200
            01.500 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            01.510 X -> A 200 NOTIFY
            01.520 A     ReferTold 200: 200
            01.520 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn ringing_is_told_once_a_second_and_the_newest_wins() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        1.2 A notify 180
        1.3 A notify 181
        1.4 A notify 183
        1.5 A notify 180
        3 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            02.100 A -> X NOTIFY refer active;expires=59 [180 Ringing]
            02.110 X -> A 200 NOTIFY
            02.120 A     ReferTold 180: 200
            03.000 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            03.010 X -> A 200 NOTIFY
            03.020 A     ReferTold 200: 200
            03.020 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refused_refer_leaves_nothing_behind() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A refuse 603
        2 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 603 REFER
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_that_nobody_decides_on_is_refused_before_the_peer_gives_up() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        40 A accept
        41 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            04.510 A -> X 100 REFER
            31.010 A -> X 500 REFER
            31.010 A     ReferClosed
            41.000 A -> X BYE
            41.010 X -> A 200 BYE
            41.020 A     Gone
        "#]],
    );
}

#[test]
fn who_wants_no_subscription_gets_none() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Refer-Sub: false | Require: norefersub
        1.1 A accept 200 silent
        3 A notify 180
        4 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4> refer-sub=false
            01.010 A     Referred
            01.100 A -> X 200 REFER refer-sub=false
            04.000 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn who_wants_a_subscription_gets_one_whatever_the_layers_above_think() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept 202 silent
        4 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            04.000 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            04.010 X -> A 200 NOTIFY
            04.020 A     ReferTold 200: 200
            04.020 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_moves_the_remote_target() {
    check_asked(
        "
        0 Y habit NOTIFY 200
        1 X send REFER A nocontact | Refer-To: <sip:d@10.0.0.4> | Contact: <sip:x@10.0.0.12>
        1.1 A accept
        2 A notify 200
        3 X send BYE A
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> Y NOTIFY refer active;expires=60 [100 Trying]
            01.110 Y -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            02.000 A -> Y NOTIFY refer terminated;reason=noresource [200 OK]
            02.010 Y -> A 200 NOTIFY
            02.020 A     ReferTold 200: 200
            02.020 A     ReferClosed
            03.000 X -> A BYE
            03.010 A -> X 200 BYE
            03.010 A     Ended: bye
            03.010 A     Gone
        "#]],
    );
}

/// As Yealink phones write it.
#[test]
fn a_refer_that_requires_nothing_by_a_zero_is_heard() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Proxy-Require: 0 | Event: refer
        1.1 A refuse 603
        2 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4> refer
            01.010 A     Referred
            01.100 A -> X 603 REFER
            02.000 A -> X BYE
            02.010 X -> A 200 BYE
            02.020 A     Gone
        "#]],
    );
}

/// RFC 7614 §5.
#[test]
fn who_requires_nosub_is_accepted_with_200_and_told_nothing() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Require: nosub
        1.1 A accept 202
        3 A notify 180
        4 A notify 486
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 200 REFER
            04.000 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

/// RFC 7614 §4: whoever knows the Refer-Events-At may subscribe, again and again until a while after the end.
#[test]
fn who_requires_explicitsub_subscribes_by_itself_in_a_dialog_of_its_own() {
    check_asked(
        "
        0 Y habit NOTIFY 200
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Require: explicitsub
        1.1 A accept 202
        2 Y send SUBSCRIBE A new at-events | Event: refer | Expires: 100
        3 A notify 180
        3.1 X send SUBSCRIBE A new at-events | Event: refer | Expires: 0
        4 A notify 200
        60 X send SUBSCRIBE A new at-events | Event: refer
        67 X send SUBSCRIBE A new at-events | Event: refer | Expires: 0
        69 X send SUBSCRIBE A new at-events | Event: refer
        70 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 200 REFER events-at
            02.000 Y -> A SUBSCRIBE refer
            02.010 A -> Y 200 SUBSCRIBE
            02.010 A -> Y NOTIFY refer active;expires=100 [100 Trying]
            02.020 Y -> A 200 NOTIFY
            03.010 A -> Y NOTIFY refer active;expires=99 [180 Ringing]
            03.020 Y -> A 200 NOTIFY
            03.100 X -> A SUBSCRIBE refer
            03.110 A -> X 200 SUBSCRIBE
            03.110 A -> X NOTIFY refer terminated;reason=timeout [180 Ringing]
            03.120 X -> A 200 NOTIFY
            04.000 A     ReferClosed
            04.000 A -> Y NOTIFY refer terminated;reason=noresource [200 OK]
            04.010 Y -> A 200 NOTIFY
            60.000 X -> A SUBSCRIBE refer
            60.010 A -> X 200 SUBSCRIBE
            60.010 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            60.020 X -> A 200 NOTIFY
            67.000 X -> A SUBSCRIBE refer
            67.010 A -> X 200 SUBSCRIBE
            67.010 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            67.020 X -> A 200 NOTIFY
            69.000 X -> A SUBSCRIBE refer
            69.010 A -> X 403 SUBSCRIBE
            70.000 A -> X BYE
            70.010 X -> A 200 BYE
            70.020 A     Gone
        "#]],
    );
}

#[test]
fn a_subscription_with_a_dialog_to_itself_takes_no_call_and_no_refer() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Require: explicitsub
        1.1 A accept
        2 X send SUBSCRIBE A new at-events | Event: refer | Expires: soon
        2.1 X send SUBSCRIBE A new at-events nocontact | Event: refer
        2.2 X send SUBSCRIBE A new at-events | Event: presence
        3 A notify 486
        4 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 200 REFER events-at
            02.000 X -> A SUBSCRIBE refer
            02.010 A -> X 400 SUBSCRIBE
            02.100 X -> A SUBSCRIBE refer
            02.110 A -> X 400 SUBSCRIBE
            02.200 X -> A SUBSCRIBE presence
            02.210 A -> X 489 SUBSCRIBE
            03.000 A     ReferClosed
            04.000 A -> X BYE
            04.010 X -> A 200 BYE
            04.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_cannot_require_a_subscription_and_none_at_once() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Require: nosub, explicitsub
        1.1 X send REFER A | Refer-To: <sip:d@10.0.0.4> | Require: nosub, teleport
        2 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A -> X 400 REFER
            01.100 X -> A REFER <sip:d@10.0.0.4>
            01.110 A -> X 420 REFER unsupported=teleport
            02.000 A -> X BYE
            02.010 X -> A 200 BYE
            02.020 A     Gone
        "#]],
    );
}

/// RFC 3515 §2.4: outside the dialog of the call, with NOTIFYs in the dialog that the REFER opens.
#[test]
fn a_refer_outside_the_call_is_told_in_a_dialog_of_its_own() {
    check_asked(
        "
        1 X send REFER A new | Refer-To: <sip:d@10.0.0.4> | Record-Route: <sip:10.0.0.11;lr>
        1.1 A adopt
        1.2 A accept
        3 A notify 180
        4 A notify 200
        5 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Request REFER
            01.100 A     Referred
            01.200 A -> X 202 REFER
            01.200 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.210 X -> A 200 NOTIFY
            01.220 A     ReferTold 100: 200
            03.000 A -> X NOTIFY refer active;expires=58 [180 Ringing]
            03.010 X -> A 200 NOTIFY
            03.020 A     ReferTold 180: 200
            04.000 A -> X NOTIFY refer terminated;reason=noresource [200 OK]
            04.010 X -> A 200 NOTIFY
            04.020 A     ReferTold 200: 200
            04.020 A     ReferClosed
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_outside_the_call_may_be_refused_at_every_step() {
    check_asked(
        "
        1 X send REFER A new | Refer-To: <sip:d@10.0.0.4>
        1.1 A respond 403
        2 X send REFER A new | Refer-To: <http://d>
        2.1 A adopt
        3 X send REFER A new | Refer-To: <sip:d@10.0.0.4>
        3.1 A adopt
        3.2 A refuse 603
        4 X send REFER A new | Refer-To: <sip:d@10.0.0.4>
        4.1 A adopt
        5 A hangup
        6 X send REFER A new | Refer-To: <sip:d@10.0.0.4>
        40 A respond 404
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Request REFER
            01.100 A -> X 403 REFER
            02.000 X -> A REFER <http://d>
            02.010 A     Request REFER
            02.100 A -> X 416 REFER
            03.000 X -> A REFER <sip:d@10.0.0.4>
            03.010 A     Request REFER
            03.100 A     Referred
            03.200 A -> X 603 REFER
            04.000 X -> A REFER <sip:d@10.0.0.4>
            04.010 A     Request REFER
            04.100 A     Referred
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
            06.000 X -> A REFER <sip:d@10.0.0.4>
            06.010 A     Request REFER
            07.510 A -> X 100 REFER
            09.510 A -> X 100 REFER
            34.100 A -> X 500 REFER
            34.100 A     ReferClosed
            36.010 A -> X 500 REFER
        "#]],
    );
}

#[test]
fn a_verdict_that_never_comes_ends_with_the_subscription() {
    check_asked(
        "
        1 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        1.2 X send BYE A
        70 A notify 200
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            01.200 X -> A BYE
            01.210 A -> X 200 BYE
            01.210 A     Ended: bye
            61.100 A -> X NOTIFY refer terminated;reason=timeout [100 Trying]
            61.110 X -> A 200 NOTIFY
            61.120 A     ReferTold 100: 200
            61.120 A     ReferClosed
            61.120 A     Gone
        "#]],
    );
}

#[test]
fn a_subscription_may_be_refreshed_and_ended() {
    check_asked(
        "
        1 X send REFER A cseq=7 | Refer-To: <sip:d@10.0.0.4>
        1.1 A accept
        2 X send SUBSCRIBE A cseq=8 | Event: refer | Expires: 100
        3 X send SUBSCRIBE A cseq=9 | Event: refer;id=7 | Expires: 0
        4 X send SUBSCRIBE A cseq=10 | Event: refer | Expires: 100
        4.1 X send SUBSCRIBE A cseq=11 | Event: presence
        4.2 X send SUBSCRIBE A cseq=12
        5 A notify 200
        6 A hangup
        ",
        expect![[r#"
            01.000 X -> A REFER <sip:d@10.0.0.4>
            01.010 A     Referred
            01.100 A -> X 202 REFER
            01.100 A -> X NOTIFY refer active;expires=60 [100 Trying]
            01.110 X -> A 200 NOTIFY
            01.120 A     ReferTold 100: 200
            02.000 X -> A SUBSCRIBE refer
            02.010 A -> X 200 SUBSCRIBE
            02.010 A -> X NOTIFY refer active;expires=100 [100 Trying]
            02.020 X -> A 200 NOTIFY
            02.030 A     ReferTold 100: 200
            03.000 X -> A SUBSCRIBE refer;id=7
            03.010 A -> X 200 SUBSCRIBE
            03.010 A -> X NOTIFY refer terminated;reason=timeout [100 Trying]
            03.020 X -> A 200 NOTIFY
            03.030 A     ReferTold 100: 200
            03.030 A     ReferClosed
            04.000 X -> A SUBSCRIBE refer
            04.010 A -> X 403 SUBSCRIBE
            04.100 X -> A SUBSCRIBE presence
            04.110 A -> X 489 SUBSCRIBE
            04.200 X -> A SUBSCRIBE
            04.210 A -> X 400 SUBSCRIBE
            06.000 A -> X BYE
            06.010 X -> A 200 BYE
            06.020 A     Gone
        "#]],
    );
}

#[test]
fn a_repeated_refer_is_answered_with_the_same_and_asked_about_once() {
    check(
        "
        0 A invite B
        0.1 B answer
        2 B refer sip:d@10.0.0.4
        3.9 A accept
        5 A notify 200
        6 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            02.000 B -> A REFER <sip:d@10.0.0.4>
            02.010 A     Referred
            02.500 B -> A REFER <sip:d@10.0.0.4>
            03.500 B -> A REFER <sip:d@10.0.0.4>
            03.900 A -> B 202 REFER
            03.900 A -> B NOTIFY refer active;expires=60 [100 Trying]
            03.910 B     ReferAnswered 202
            03.910 B -> A 200 NOTIFY
            03.910 B     ReferNotified 100 Trying
            03.920 A     ReferTold 100: 200
            05.000 A -> B NOTIFY refer terminated;reason=noresource [200 OK]
            05.010 B -> A 200 NOTIFY
            05.010 B     ReferNotified 200 OK, ended
            05.020 A     ReferTold 200: 200
            05.020 A     ReferClosed
            06.000 A -> B BYE
            06.010 B -> A 200 BYE
            06.010 B     Ended: bye
            06.010 B     Gone
            06.020 A     Gone
        "#]],
    );
}

/// What a REFER must be like, and what it is answered otherwise.
#[test]
fn a_refer_that_is_not_one_is_refused() {
    let cases = [
        ("", "400"),
        ("| Refer-To: <sip:d@h> | Refer-To: <sip:e@h>", "400"),
        ("| Refer-To: <sip:d@h>, <sip:e@h>", "400"),
        ("| Refer-To: sip:a,b@h", "400"),
        ("nocontact | Refer-To: <sip:d@h>", "400"),
        ("| Refer-To: <http://h/>", "416"),
        ("| Refer-To: <sip:d@h;method=BYE>", "400"),
        ("| Refer-To: <sip:d@h> | Require: teleport", "420"),
        (
            "| Refer-To: <sip:d@h> | Referred-By: <sip:x@h> | Referred-By: <sip:y@h>",
            "400",
        ),
        ("cseq=0 | Refer-To: <sip:d@h>", "500"),
        ("cseq=1 | Refer-To: <sip:d@h>", "482"),
    ];
    for (refer, code) in cases {
        let story = format!("{ASKED}\n1 X send REFER A {refer}\n5 A hangup");
        let ladder = play(&story, Setting::default()).ladder;
        let answer = ladder
            .lines()
            .find(|line| line.ends_with(" REFER") && line.contains("A -> X"))
            .or_else(|| {
                ladder
                    .lines()
                    .find(|line| line.contains("REFER unsupported"))
            });
        let answer = answer.unwrap_or_else(|| panic!("no answer to {refer}\n{ladder}"));
        assert!(
            answer.contains(&format!("A -> X {code} ")),
            "{refer}\n{answer}"
        );
        assert!(!ladder.contains("Referred\n"), "{refer}\n{ladder}");
    }
}

#[test]
fn a_refer_may_name_its_target_in_many_ways() {
    let targets = [
        "<sip:500>",
        "\"B; <x>\" <sip:b@h;user=phone>",
        "sip:b@h",
        "<sip:b@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&X-A=1>",
        "<tel:+4930123456>",
        "<sips:b@[2001:db8::1]:5061;transport=tcp>",
    ];
    for target in targets {
        let story = format!(
            "{ASKED}\n1 X send REFER A | Refer-To: {target}\n1.1 A accept\n2 A notify 200\n5 A hangup"
        );
        let ladder = play(&story, Setting::default()).ladder;
        assert!(ladder.contains("A -> X 202 REFER"), "{target}\n{ladder}");
    }
    // The compact form.
    let story = format!(
        "{ASKED}\n1 X send REFER A | r: <sip:b@h>\n1.1 A accept\n2 A notify 200\n5 A hangup"
    );
    assert!(
        play(&story, Setting::default())
            .ladder
            .contains("A -> X 202 REFER")
    );
}

#[test]
fn a_refer_before_the_answer_and_after_the_end_is_refused() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A ring
        0.2 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        0.3 A answer
        0.4 X send ACK A cseq=1
        0.5 X send BYE A
        0.6 X send REFER A | Refer-To: <sip:d@10.0.0.4>
        0.7 X send REFER A new | Refer-To: <sip:d@10.0.0.4>
        0.8 X send SUBSCRIBE A new | Event: refer
        0.9 X send SUBSCRIBE A new | Event: presence
        1.0 X send NOTIFY A new | Event: refer
        1.1 X send NOTIFY A new
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 180 INVITE
            00.200 X -> A REFER <sip:d@10.0.0.4>
            00.210 A -> X 491 REFER
            00.300 A -> X 200 INVITE [sdp a]
            00.400 X -> A ACK
            00.410 A     Confirmed
            00.500 X -> A BYE
            00.510 A -> X 200 BYE
            00.510 A     Ended: bye
            00.510 A     Gone
            00.600 X -> A REFER <sip:d@10.0.0.4>
            00.610 A -> X 481 REFER
            00.700 X -> A REFER <sip:d@10.0.0.4>
            00.710 A     Request REFER
            00.800 X -> A SUBSCRIBE refer
            00.810 A -> X 403 SUBSCRIBE
            00.900 X -> A SUBSCRIBE presence
            00.910 A -> X 489 SUBSCRIBE
            01.000 X -> A NOTIFY refer
            01.010 A -> X 481 NOTIFY
            01.100 X -> A NOTIFY
            01.110 A -> X 400 NOTIFY
            04.210 A -> X 100 REFER
            30.710 A -> X 500 REFER
        "#]],
    );
}

// REFER of ours.

#[test]
fn a_refer_of_ours_is_refused_and_the_call_goes_on() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 603 REFER
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 603 REFER
            01.110 A     ReferAnswered 603
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_notify_may_come_before_the_answer_and_the_answer_is_no_success() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer <sip:d@10.0.0.4?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db> sip:a@10.0.0.1
        1.1 X send NOTIFY A | Event: refer;id=2 | Subscription-State: active;expires=60 | Content-Type: Message/SIPFRAG
        1.2 X reply 202 REFER
        1.3 X send NOTIFY A | Event: refer;id=9 | Subscription-State: active
        1.4 X send NOTIFY A | Event: presence | Subscription-State: active
        1.5 X send NOTIFY A | Subscription-State: active
        1.6 X send NOTIFY A | Event: Refer | Subscription-State: terminated;reason=noresource
        1.7 X send NOTIFY A | Event: refer | Subscription-State: terminated;reason=noresource
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db>
            01.100 X -> A NOTIFY refer;id=2 active;expires=60
            01.110 A -> X 200 NOTIFY
            01.110 A     ReferNotified nothing 
            01.200 X -> A 202 REFER
            01.210 A     ReferAnswered 202
            01.300 X -> A NOTIFY refer;id=9 active
            01.310 A -> X 481 NOTIFY
            01.400 X -> A NOTIFY presence active
            01.410 A -> X 489 NOTIFY
            01.500 X -> A NOTIFY active
            01.510 A -> X 400 NOTIFY
            01.600 X -> A NOTIFY refer terminated;reason=noresource
            01.610 A -> X 200 NOTIFY
            01.610 A     ReferNotified nothing noresource, ended
            01.700 X -> A NOTIFY refer terminated;reason=noresource
            01.710 A -> X 481 NOTIFY
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_peer_that_says_nothing_after_its_202_is_followed_for_a_while() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        60 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            33.110 A     ReferNotified nothing , ended
            60.000 A -> X BYE
            60.010 X -> A 200 BYE
            60.020 A     Gone
        "#]],
    );
}

#[test]
fn a_notify_may_come_after_the_bye() {
    check(
        "
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        1.2 X send BYE A
        3 X send NOTIFY A | Event: refer | Subscription-State: terminated;reason=noresource
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A BYE
            01.210 A -> X 200 BYE
            01.210 A     Ended: bye
            03.000 X -> A NOTIFY refer terminated;reason=noresource
            03.010 A -> X 200 NOTIFY
            03.010 A     ReferNotified nothing noresource, ended
            03.010 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_without_a_call_fails_at_once() {
    check(
        "
        0 A invite X
        0.1 X reply 486 INVITE
        1 A refer sip:d@10.0.0.4
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 486 INVITE
            00.110 A -> X ACK
            00.110 A     Failed 486 Busy Here
            00.110 A     Gone
            01.000 A     ReferAnswered 481
        "#]],
    );
}

//! REFERs of ours beyond a blind one: for an attended transfer, challenged, not followed any more.

use super::check;
use super::world::{Setting, play};
use expect_test::expect;

/// A talks to X and to Y, and asks X to take A's place with Y. The receiver of the `Replaces` is Y: the
/// to-tag is Y's own, the from-tag is ours (RFC 3891 §3).
#[test]
fn an_attended_transfer_names_the_other_call_as_its_far_end_knows_it() {
    let story = "
        0 X habit BYE 200
        0 Y habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x tag=xx
        0.2 A invite Y
        0.3 Y reply 200 INVITE sdp=y tag=yy
        1 A@1 refer leg#2 peer
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A tag=xx frag=200 | Event: refer | Subscription-State: terminated;reason=noresource
        5 A@1 hangup
        6 A@2 hangup
        ";
    let ladder = play(story, Setting::default()).ladder;
    let line = ladder
        .lines()
        .find(|line| line.contains("REFER"))
        .expect("a REFER was sent");
    let (_, refer_to) = line.split_once("REFER ").expect("it says to whom");
    let (target, replaces) = refer_to.split_once("?Replaces=").expect(refer_to);
    assert_eq!(target, "<sip:y@10.0.0.12:5060");
    let (_, tags) = replaces.split_once("%3B").expect("tags");
    let (to_tag, from_tag) = tags.split_once("%3B").expect("two of them");
    assert_eq!(to_tag, "to-tag%3Dyy");
    assert!(from_tag.starts_with("from-tag%3D"), "{from_tag}");
    assert!(
        !from_tag.contains("yy") && from_tag.ends_with('>'),
        "{from_tag}"
    );
}

#[test]
fn a_refer_waits_for_the_ack_of_an_answer_of_ours() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 A refer sip:d@10.0.0.4
        1 X send ACK A cseq=1
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A frag=200 | Event: refer | Subscription-State: terminated;reason=noresource
        5 A hangup
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.600 A -> X 200 INVITE [sdp a]
            01.000 X -> A ACK
            01.010 A     Confirmed
            01.010 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A NOTIFY refer terminated;reason=noresource [200 So]
            01.210 A -> X 200 NOTIFY
            01.210 A     ReferNotified 200 So, ended
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_that_waits_for_an_ack_in_vain_is_answered_with_the_end() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 A refer sip:d@10.0.0.4
        0.3 A refer sip:e@10.0.0.4
        0.4 A forget
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.600 A -> X 200 INVITE [sdp a]
            01.600 A -> X 200 INVITE [sdp a]
            03.600 A -> X 200 INVITE [sdp a]
            07.600 A -> X 200 INVITE [sdp a]
            11.600 A -> X 200 INVITE [sdp a]
            15.600 A -> X 200 INVITE [sdp a]
            19.600 A -> X 200 INVITE [sdp a]
            23.600 A -> X 200 INVITE [sdp a]
            27.600 A -> X 200 INVITE [sdp a]
            31.600 A -> X 200 INVITE [sdp a]
            32.100 A     Ended: lost, 408 No ACK
            32.100 A -> X BYE
            32.100 A     ReferAnswered 481
            32.110 X -> A 200 BYE
            32.120 A     Gone
        "#]],
    );
}

/// An address that is given counts for the Contact; a Replaces in it would name another call.
#[test]
fn an_attended_transfer_may_go_to_an_address_besides() {
    let story = "
        0 X habit BYE 200
        0 Y habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x tag=xx
        0.2 A invite Y
        0.3 Y reply 200 INVITE sdp=y tag=yy
        1 A@1 refer leg#2 peer at=<sip:y@proxy;x=1?Replaces=no&X-A=b>
        1.1 X reply 603 REFER
        5 A@1 hangup
        6 A@2 hangup
        ";
    let ladder = play(story, Setting::default()).ladder;
    let refer = ladder.lines().find(|line| line.contains("REFER"));
    let refer = refer.expect("a REFER was sent");
    let named = "REFER <sip:y@proxy;x=1?X-A=b&Replaces=";
    assert!(refer.contains(named), "{refer}");
    assert!(refer.contains("%3Bto-tag%3Dyy%3B"), "{refer}");
}

#[test]
fn a_call_that_is_not_answered_cannot_be_taken_over() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        0.2 A invite Y
        1 A@1 refer leg#2
        2 Y reply 486 INVITE
        5 A@1 hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            00.200 A -> Y INVITE [sdp a]
            00.700 A -> Y INVITE [sdp a]
            01.000 A     ReferAnswered 481
            01.700 A -> Y INVITE [sdp a]
            02.000 Y -> A 486 INVITE
            02.010 A -> Y ACK
            02.010 A     Failed 486 Busy Here
            02.010 A     Gone
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_challenged_refer_goes_again_with_the_credentials_that_came_with_it() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 X send ACK A cseq=1
        1 A refer sip:d@10.0.0.4 login
        1.1 X reply 401 REFER | WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"
        2 X reply 202 REFER
        2.1 X send NOTIFY A | Event: refer;id=2 | Subscription-State: terminated;reason=noresource
        5 A hangup
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.200 X -> A ACK
            00.210 A     Confirmed
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 401 REFER
            01.110 A -> X REFER <sip:d@10.0.0.4> authorized
            01.610 A -> X REFER <sip:d@10.0.0.4> authorized
            02.000 X -> A 202 REFER
            02.010 A     ReferAnswered 202
            02.100 X -> A NOTIFY refer;id=2 terminated;reason=noresource
            02.110 A -> X 200 NOTIFY
            02.110 A     ReferNotified nothing noresource, ended
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_challenge_to_the_second_try_is_the_answer() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 X send ACK A cseq=1
        1 A refer sip:d@10.0.0.4 login
        1.1 X reply 407 REFER | Proxy-Authenticate: Digest realm=\"x\", nonce=\"n\"
        2 X reply 407 REFER | Proxy-Authenticate: Digest realm=\"x\", nonce=\"m\"
        5 A hangup
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.200 X -> A ACK
            00.210 A     Confirmed
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 407 REFER
            01.110 A -> X REFER <sip:d@10.0.0.4>
            01.610 A -> X REFER <sip:d@10.0.0.4>
            02.000 X -> A 407 REFER
            02.010 A     ReferAnswered 407
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_refer_that_is_challenged_after_the_end_of_the_call_does_not_go_again() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 X send ACK A cseq=1
        1 A refer sip:d@10.0.0.4 login
        1.1 A hangup
        1.2 X reply 401 REFER | WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.200 X -> A ACK
            00.210 A     Confirmed
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 A -> X BYE
            01.110 X -> A 200 BYE
            01.200 X -> A 401 REFER
            01.210 A     ReferAnswered 401
            01.210 A     Gone
        "#]],
    );
}

#[test]
fn nobody_follows_a_refer_that_was_forgotten() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A | Event: refer | Subscription-State: active;expires=60
        1.3 A forget
        1.4 X send NOTIFY A | Event: refer | Subscription-State: active;expires=60
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A NOTIFY refer active;expires=60
            01.210 A -> X 200 NOTIFY
            01.210 A     ReferNotified nothing 
            01.400 X -> A NOTIFY refer active;expires=60
            01.410 A -> X 481 NOTIFY
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_final_status_ends_the_subscription_soon_even_where_it_is_called_active() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A frag=200 | Event: refer | Subscription-State: active;expires=600
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A NOTIFY refer active;expires=600 [200 So]
            01.210 A -> X 200 NOTIFY
            01.210 A     ReferNotified 200 So
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            33.210 A     ReferNotified nothing , ended
            33.210 A     Gone
        "#]],
    );
}

#[test]
fn a_peer_that_declines_the_subscription_tells_no_more() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER | Refer-Sub: false
        1.2 X send NOTIFY A | Event: refer | Subscription-State: active;expires=60
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER refer-sub=false
            01.110 A     ReferAnswered 202
            01.110 A     ReferNotified nothing , ended
            01.200 X -> A NOTIFY refer active;expires=60
            01.210 A -> X 481 NOTIFY
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn whoever_calls_each_notify_terminated_is_listened_to_until_the_outcome() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A frag=100 | Event: refer | Subscription-State: terminated
        1.4 X send NOTIFY A frag=200 | Event: refer | Subscription-State: terminated
        1.6 X send NOTIFY A frag=200 | Event: refer | Subscription-State: terminated
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A NOTIFY refer terminated [100 So]
            01.210 A -> X 200 NOTIFY
            01.210 A     ReferNotified 100 So
            01.400 X -> A NOTIFY refer terminated [200 So]
            01.410 A -> X 200 NOTIFY
            01.410 A     ReferNotified 200 So, ended
            01.600 X -> A NOTIFY refer terminated [200 So]
            01.610 A -> X 481 NOTIFY
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_bye_that_a_notify_has_overtaken_is_the_end_all_the_same() {
    check(
        "
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A refer sip:d@10.0.0.4
        1.1 X reply 202 REFER
        1.2 X send NOTIFY A frag=100 | Event: refer | Subscription-State: active;expires=60
        1.4 X send BYE A cseq=0
        1.6 X send NOTIFY A frag=200 | Event: refer | Subscription-State: terminated;reason=noresource
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@10.0.0.4>
            01.100 X -> A 202 REFER
            01.110 A     ReferAnswered 202
            01.200 X -> A NOTIFY refer active;expires=60 [100 So]
            01.210 A -> X 200 NOTIFY
            01.210 A     ReferNotified 100 So
            01.400 X -> A BYE
            01.410 A -> X 500 BYE
            01.410 A     Ended: bye
            01.600 X -> A NOTIFY refer terminated;reason=noresource [200 So]
            01.610 A -> X 200 NOTIFY
            01.610 A     ReferNotified 200 So, ended
            01.610 A     Gone
        "#]],
    );
}

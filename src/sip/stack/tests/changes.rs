//! What changes within a call: re-INVITE, UPDATE, reliable provisional responses, delayed offers, session
//! timers.

use super::{Setting, check, check_each_lost, check_in};
use expect_test::expect;

pub(super) const REOFFER: &str = "
    0 A invite B
    0.1 B answer
    1 A offer sdp=hold
    2 B answeroffer sdp=held
    5 A hangup
";

#[test]
fn a_new_offer_is_answered() {
    check(
        REOFFER,
        expect![[r#"
        00.000 A -> B INVITE [sdp a]
        00.010 B -> A 100 INVITE
        00.010 B     Incoming [sdp a]
        00.100 B -> A 200 INVITE [sdp b]
        00.110 A -> B ACK
        00.110 A     Answered [sdp b]
        00.120 B     Confirmed
        01.000 A -> B INVITE [sdp hold]
        01.010 B -> A 100 INVITE
        01.010 B     Offered [sdp hold]
        02.000 B -> A 200 INVITE [sdp held]
        02.010 A -> B ACK
        02.010 A     OfferAnswered [sdp held]
        05.000 A -> B BYE
        05.010 B -> A 200 BYE
        05.010 B     Ended: bye
        05.010 B     Gone
        05.020 A     Gone
    "#]],
    );
}

#[test]
fn a_new_offer_may_lose_any_one_message() {
    check_each_lost(REOFFER);
}

#[test]
fn a_refused_offer_leaves_the_session_as_it_was() {
    check(
        "
        0 A invite B
        0.1 B answer
        1 A offer sdp=hold
        2 B answeroffer 488
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            01.000 A -> B INVITE [sdp hold]
            01.010 B -> A 100 INVITE
            01.010 B     Offered [sdp hold]
            02.000 B -> A 488 INVITE
            02.010 A -> B ACK
            02.010 A     OfferRefused 488
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
        "#]],
    );
}

pub(super) const MEETING: &str = "
    0 A invite B
    0.1 B answer
    1 A offer sdp=a-holds
    1 B offer sdp=b-holds
    2 A answeroffer sdp=a-held
    10 A hangup
";

#[test]
fn of_offers_that_meet_the_one_that_comes_again_first_wins_and_the_other_is_refused() {
    check(
        MEETING,
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            01.000 A -> B INVITE [sdp a-holds]
            01.000 B -> A INVITE [sdp b-holds]
            01.010 B -> A 100 INVITE
            01.010 B -> A 491 INVITE
            01.010 A -> B 100 INVITE
            01.010 A -> B 491 INVITE
            01.020 A -> B ACK
            01.020 B -> A ACK
            03.000 B -> A INVITE [sdp b-holds]
            03.010 A -> B 100 INVITE
            03.010 A     OfferRefused 491
            03.010 A     Offered [sdp b-holds]
            03.010 A -> B 200 INVITE [sdp a-held]
            03.020 B -> A ACK
            03.020 B     OfferAnswered [sdp a-held]
            10.000 A -> B BYE
            10.010 B -> A 200 BYE
            10.010 B     Ended: bye
            10.010 B     Gone
            10.020 A     Gone
        "#]],
    );
}

#[test]
fn the_newest_of_several_offers_wins() {
    check(
        "
        0 A invite B
        0.1 B answer
        1 A offer sdp=one
        1.1 A offer sdp=two
        1.2 A offer sdp=three
        2 B answeroffer sdp=first
        3 B answeroffer sdp=last
        10 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            01.000 A -> B INVITE [sdp one]
            01.010 B -> A 100 INVITE
            01.010 B     Offered [sdp one]
            02.000 B -> A 200 INVITE [sdp first]
            02.010 A -> B ACK
            02.010 A     OfferAnswered [sdp first]
            02.010 A -> B INVITE [sdp three]
            02.020 B -> A 100 INVITE
            02.020 B     Offered [sdp three]
            03.000 B -> A 200 INVITE [sdp last]
            03.010 A -> B ACK
            03.010 A     OfferAnswered [sdp last]
            10.000 A -> B BYE
            10.010 B -> A 200 BYE
            10.010 B     Ended: bye
            10.010 B     Gone
            10.020 A     Gone
        "#]],
    );
}

#[test]
fn a_reinvite_without_offer_is_offered_to() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 X send INVITE A
        1.1 A answeroffer sdp=again
        1.2 X send ACK A sdp=fine
        2 X send INVITE A
        2.1 A answeroffer
        2.2 X send ACK A sdp=fine
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 X -> A INVITE
            01.010 A -> X 100 INVITE
            01.010 A     Offered
            01.100 A -> X 200 INVITE [sdp again]
            01.200 X -> A ACK [sdp fine]
            01.210 A     OfferAnswered [sdp fine]
            02.000 X -> A INVITE
            02.010 A -> X 100 INVITE
            02.010 A     Offered
            02.100 A -> X 200 INVITE [sdp again]
            02.200 X -> A ACK [sdp fine]
            02.210 A     OfferAnswered [sdp fine]
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_reinvite_that_is_never_acked_ends_the_call() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 X send INVITE A sdp=new
        1.1 A answeroffer sdp=fine
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 X -> A INVITE [sdp new]
            01.010 A -> X 100 INVITE
            01.010 A     Offered [sdp new]
            01.100 A -> X 200 INVITE [sdp fine]
            01.600 A -> X 200 INVITE [sdp fine]
            02.600 A -> X 200 INVITE [sdp fine]
            04.600 A -> X 200 INVITE [sdp fine]
            08.600 A -> X 200 INVITE [sdp fine]
            12.600 A -> X 200 INVITE [sdp fine]
            16.600 A -> X 200 INVITE [sdp fine]
            20.600 A -> X 200 INVITE [sdp fine]
            24.600 A -> X 200 INVITE [sdp fine]
            28.600 A -> X 200 INVITE [sdp fine]
            32.600 A -> X 200 INVITE [sdp fine]
            33.100 A     Ended: lost, 408 No ACK
            33.100 A -> X BYE
            33.110 X -> A 200 BYE
            33.120 A     Gone
        "#]],
    );
}

#[test]
fn a_reinvite_of_the_peers_waits_for_nothing_else() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x
        0.1 A answer
        0.2 X send INVITE A sdp=early
        0.3 X send ACK A cseq=1
        1 X send INVITE A sdp=one
        1.1 X send INVITE A sdp=two
        1.2 X send UPDATE A sdp=three
        1.3 A answeroffer sdp=a
        1.4 X send INVITE A | Content-Type: text/plain | X-Y: z
        2 X send BYE A
        ",
        expect![[r#"
            00.000 X -> A INVITE [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE [sdp a]
            00.200 X -> A INVITE [sdp early]
            00.210 A -> X 100 INVITE
            00.210 A -> X 500 INVITE retry-after=4
            00.300 X -> A ACK
            00.310 A     Confirmed
            00.710 A -> X 500 INVITE retry-after=4
            01.000 X -> A INVITE [sdp one]
            01.010 A -> X 100 INVITE
            01.010 A     Offered [sdp one]
            01.100 X -> A INVITE [sdp two]
            01.110 A -> X 100 INVITE
            01.110 A -> X 500 INVITE retry-after=7
            01.200 X -> A UPDATE [sdp three]
            01.210 A -> X 500 UPDATE retry-after=5
            01.300 A -> X 200 INVITE [sdp a]
            01.400 X -> A INVITE
            01.410 A -> X 100 INVITE
            01.410 A -> X 500 INVITE retry-after=4
            01.610 A -> X 500 INVITE retry-after=7
            01.710 A -> X 500 INVITE retry-after=4
            01.800 A -> X 200 INVITE [sdp a]
            01.910 A -> X 500 INVITE retry-after=4
            02.000 X -> A BYE
            02.010 A -> X 200 BYE
            02.010 A     Ended: bye
            02.010 A     Gone
            02.610 A -> X 500 INVITE retry-after=7
            02.910 A -> X 500 INVITE retry-after=4
            03.710 A -> X 500 INVITE retry-after=4
            04.610 A -> X 500 INVITE retry-after=7
            04.910 A -> X 500 INVITE retry-after=4
            07.710 A -> X 500 INVITE retry-after=4
            08.610 A -> X 500 INVITE retry-after=7
            08.910 A -> X 500 INVITE retry-after=4
            11.710 A -> X 500 INVITE retry-after=4
            12.610 A -> X 500 INVITE retry-after=7
            12.910 A -> X 500 INVITE retry-after=4
            15.710 A -> X 500 INVITE retry-after=4
            16.610 A -> X 500 INVITE retry-after=7
            16.910 A -> X 500 INVITE retry-after=4
            19.710 A -> X 500 INVITE retry-after=4
            20.610 A -> X 500 INVITE retry-after=7
            20.910 A -> X 500 INVITE retry-after=4
            23.710 A -> X 500 INVITE retry-after=4
            24.610 A -> X 500 INVITE retry-after=7
            24.910 A -> X 500 INVITE retry-after=4
            27.710 A -> X 500 INVITE retry-after=4
            28.610 A -> X 500 INVITE retry-after=7
            28.910 A -> X 500 INVITE retry-after=4
            31.710 A -> X 500 INVITE retry-after=4
            32.610 A -> X 500 INVITE retry-after=7
            32.910 A -> X 500 INVITE retry-after=4
        "#]],
    );
}

#[test]
fn a_cancelled_reinvite_changes_nothing() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 X send INVITE A sdp=new
        1.5 X send CANCEL A
        1.6 X send ACK A refused
        2 A answeroffer sdp=late
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 X -> A INVITE [sdp new]
            01.010 A -> X 100 INVITE
            01.010 A     Offered [sdp new]
            01.500 X -> A CANCEL
            01.510 A -> X 200 CANCEL
            01.510 A -> X 487 INVITE
            01.600 X -> A ACK
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_bye_ends_an_open_reinvite_too() {
    check(
        "
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 X send INVITE A sdp=new
        1.5 X send BYE A
        1.6 X send ACK A refused cseq=1
        2 A answeroffer sdp=late
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 X -> A INVITE [sdp new]
            01.010 A -> X 100 INVITE
            01.010 A     Offered [sdp new]
            01.500 X -> A BYE
            01.510 A -> X 200 BYE
            01.510 A -> X 487 INVITE
            01.510 A     Ended: bye
            01.510 A     Gone
            01.600 X -> A ACK
        "#]],
    );
}

#[test]
fn a_dialog_that_the_peer_forgot_is_over() {
    check(
        "
        0 X habit BYE 481
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A offer sdp=new
        1.1 X reply 481 INVITE
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X INVITE [sdp new]
            01.100 X -> A 481 INVITE
            01.110 A -> X ACK
            01.110 A     Ended: lost, 481 Dialog Gone
            01.110 A -> X BYE
            01.120 X -> A 481 BYE
            01.130 A     Gone
        "#]],
    );
}

#[test]
fn an_update_with_an_offer_is_answered_above_and_one_without_here() {
    check(
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 X send UPDATE A
        1.1 X send UPDATE A sdp=new
        1.2 A answeroffer sdp=fine
        2 X send UPDATE A sdp=bad
        2.1 A answeroffer 488
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 X -> A UPDATE
            01.010 A -> X 200 UPDATE
            01.100 X -> A UPDATE [sdp new]
            01.110 A     Offered [sdp new]
            01.200 A -> X 200 UPDATE [sdp fine]
            02.000 X -> A UPDATE [sdp bad]
            02.010 A     Offered [sdp bad]
            02.100 A -> X 488 UPDATE
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

// Reliable provisional responses.

#[test]
fn a_reliable_response_that_nobody_confirms_ends_the_call() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE B new sdp=x | Require: 100rel
        0.1 B ring 180
        0.1 B ring 183 sdp=early
        0.9 X send PRACK B cseq=2 | RAck: 1 1 INVITE
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            00.100 B -> X 180 INVITE rseq=17792
            00.600 B -> X 180 INVITE rseq=17792
            00.900 X -> B PRACK rack=1 1 INVITE
            00.910 B -> X 481 PRACK
            01.600 B -> X 180 INVITE rseq=17792
            03.600 B -> X 180 INVITE rseq=17792
            07.600 B -> X 180 INVITE rseq=17792
            15.600 B -> X 180 INVITE rseq=17792
            31.600 B -> X 180 INVITE rseq=17792
            32.100 B -> X 504 INVITE
            32.100 B     Ended: lost, 504 No PRACK
            32.100 B     Gone
            32.600 B -> X 504 INVITE
            33.600 B -> X 504 INVITE
            35.600 B -> X 504 INVITE
            39.600 B -> X 504 INVITE
            43.600 B -> X 504 INVITE
            47.600 B -> X 504 INVITE
            51.600 B -> X 504 INVITE
            55.600 B -> X 504 INVITE
            59.600 B -> X 504 INVITE
            63.600 B -> X 504 INVITE
        "#]],
    );
}

pub(super) const RELIABLE: &str = "
    0 A invite B | Require: 100rel
    0.1 B ring 180
    0.2 B ring 183 sdp=early
    0.25 B answer sdp=early
    5 A hangup
";

#[test]
fn an_answer_waits_for_the_prack_of_the_early_session() {
    check(
        RELIABLE,
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 180 INVITE rseq=17792
            00.110 A     Progress 180 fork 0
            00.110 A -> B PRACK rack=17792 1 INVITE
            00.120 B -> A 200 PRACK
            00.200 B -> A 183 INVITE rseq=17793 [sdp early]
            00.210 A     Progress 183 fork 0 [sdp early]
            00.210 A -> B PRACK rack=17793 1 INVITE
            00.220 B -> A 200 PRACK
            00.250 B -> A 200 INVITE [sdp early]
            00.260 A -> B ACK
            00.260 A     Answered [sdp early]
            00.270 B     Confirmed
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn reliable_responses_may_lose_any_one_message() {
    check_each_lost(RELIABLE);
}

#[test]
fn a_caller_confirms_each_reliable_response_once_and_in_order() {
    check(
        "
        0 X habit BYE 200
        0 X habit PRACK 200
        0 A invite X
        0.1 X reply 180 INVITE | Require: 100rel | RSeq: 10
        0.2 X reply 180 INVITE | Require: 100rel | RSeq: 10
        0.3 X reply 183 INVITE sdp=later | Require: 100rel | RSeq: 12
        0.4 X reply 183 INVITE sdp=early | Require: 100rel | RSeq: 11
        0.5 X reply 183 INVITE sdp=later | Require: 100rel | RSeq: 12
        0.6 X reply 183 INVITE sdp=other tag=two | Require: 100rel | RSeq: 77
        0.7 X send UPDATE A sdp=music
        0.8 A answeroffer sdp=listening
        1 X reply 200 INVITE
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 180 INVITE rseq=10
            00.110 A     Progress 180 fork 0
            00.110 A -> X PRACK rack=10 1 INVITE
            00.120 X -> A 200 PRACK
            00.200 X -> A 180 INVITE rseq=10
            00.300 X -> A 183 INVITE rseq=12 [sdp later]
            00.400 X -> A 183 INVITE rseq=11 [sdp early]
            00.410 A     Progress 183 fork 0 [sdp early]
            00.410 A -> X PRACK rack=11 1 INVITE
            00.420 X -> A 200 PRACK
            00.500 X -> A 183 INVITE rseq=12 [sdp later]
            00.510 A     Progress 183 fork 0 [sdp later]
            00.510 A -> X PRACK rack=12 1 INVITE
            00.520 X -> A 200 PRACK
            00.600 X -> A 183 INVITE rseq=77 [sdp other]
            00.610 A     Progress 183 fork 1 [sdp other]
            00.610 A -> X PRACK rack=77 1 INVITE
            00.620 X -> A 200 PRACK
            00.700 X -> A UPDATE [sdp music]
            00.710 A     Offered [sdp music]
            00.800 A -> X 200 UPDATE [sdp listening]
            01.000 X -> A 200 INVITE
            01.010 A -> X ACK
            01.010 A     Answered
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn a_prack_may_offer_or_come_late() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE B new sdp=x | Require: 100rel
        0.1 B ring 183 sdp=early
        0.2 X send PRACK B sdp=music | RAck: $RSEQ 1 INVITE
        0.3 B answeroffer sdp=listening
        0.4 B ring 180
        0.5 B answer
        0.6 X send PRACK B | RAck: $RSEQ 1 INVITE
        0.7 X send ACK B cseq=1
        5 B hangup
        ",
        expect![[r#"
            00.000 X -> B INVITE [sdp x]
            00.010 B -> X 100 INVITE
            00.010 B     Incoming [sdp x]
            00.100 B -> X 183 INVITE rseq=17792 [sdp early]
            00.200 X -> B PRACK rack=17792 1 INVITE [sdp music]
            00.210 B     Offered [sdp music]
            00.300 B -> X 200 PRACK [sdp listening]
            00.400 B -> X 180 INVITE rseq=17793
            00.500 B -> X 200 INVITE [sdp listening]
            00.600 X -> B PRACK rack=17793 1 INVITE
            00.610 B -> X 200 PRACK
            00.700 X -> B ACK
            00.710 B     Confirmed
            05.000 B -> X BYE
            05.010 X -> B 200 BYE
            05.020 B     Gone
        "#]],
    );
}

// Delayed offers.

#[test]
fn an_invite_without_offer_is_offered_to_in_the_200() {
    check(
        "
        0 X habit BYE 200
        0 X send INVITE B new
        0.1 B answer sdp=ours
        0.2 X send ACK B sdp=theirs
        5 B hangup
        ",
        expect![[r#"
            00.000 X -> B INVITE
            00.010 B -> X 100 INVITE
            00.010 B     Incoming
            00.100 B -> X 200 INVITE [sdp ours]
            00.200 X -> B ACK [sdp theirs]
            00.210 B     Confirmed [sdp theirs]
            05.000 B -> X BYE
            05.010 X -> B 200 BYE
            05.020 B     Gone
        "#]],
    );
}

#[test]
fn an_offer_in_the_200_is_answered_in_the_ack() {
    check(
        "
        0 A invite B nosdp
        0.1 B answer
        0.8 A answeroffer sdp=a-late
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE
            00.010 B -> A 100 INVITE
            00.010 B     Incoming
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A     Answered [sdp b]
            00.110 A     Offered [sdp b]
            00.600 B -> A 200 INVITE [sdp b]
            00.800 A -> B ACK [sdp a-late]
            00.810 B     Confirmed [sdp a-late]
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
        "#]],
    );
}

#[test]
fn an_offer_in_the_200_that_nobody_answers_ends_the_call() {
    check(
        "
        0 A invite B nosdp
        0.1 B answer
        ",
        expect![[r#"
            00.000 A -> B INVITE
            00.010 B -> A 100 INVITE
            00.010 B     Incoming
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A     Answered [sdp b]
            00.110 A     Offered [sdp b]
            00.600 B -> A 200 INVITE [sdp b]
            01.600 B -> A 200 INVITE [sdp b]
            03.600 B -> A 200 INVITE [sdp b]
            07.600 B -> A 200 INVITE [sdp b]
            11.600 B -> A 200 INVITE [sdp b]
            15.600 B -> A 200 INVITE [sdp b]
            16.110 A -> B ACK
            16.110 A     Ended: lost, 408 Offer Refused
            16.110 A -> B BYE
            16.120 B     Confirmed
            16.120 B -> A 200 BYE
            16.120 B     Ended: bye
            16.120 B     Gone
            16.130 A     Gone
        "#]],
    );
}

#[test]
fn an_offer_in_a_reliable_response_is_answered_in_the_prack() {
    check(
        "
        0 A invite B nosdp | Require: 100rel
        0.1 B ring 183 sdp=early
        0.3 A answeroffer sdp=a-early
        1 B answer
        5 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE
            00.010 B -> A 100 INVITE
            00.010 B     Incoming
            00.100 B -> A 183 INVITE rseq=17792 [sdp early]
            00.110 A     Progress 183 fork 0 [sdp early]
            00.110 A     Offered [sdp early]
            00.300 A -> B PRACK rack=17792 1 INVITE [sdp a-early]
            00.310 B -> A 200 PRACK
            00.310 B     OfferAnswered [sdp a-early]
            01.000 B -> A 200 INVITE [sdp early]
            01.010 A -> B ACK
            01.010 A     Answered [sdp early]
            01.020 B     Confirmed
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
        "#]],
    );
}

// Session timers.

fn timed() -> Setting {
    Setting {
        session_expires_s: 90,
        ..Setting::default()
    }
}

#[test]
fn a_session_is_refreshed_at_half_time_by_update() {
    check_in(
        timed(),
        "
        0 A invite B
        0.1 B answer
        100 A hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE expires=90 min-se=90 [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE expires=90;refresher=uac [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            45.110 A -> B UPDATE expires=90;refresher=uac min-se=90
            45.120 B -> A 200 UPDATE expires=90;refresher=uac
            90.130 A -> B UPDATE expires=90;refresher=uac min-se=90
            90.140 B -> A 200 UPDATE expires=90;refresher=uac
            100.000 A -> B BYE
            100.010 B -> A 200 BYE
            100.010 B     Ended: bye
            100.010 B     Gone
            100.020 A     Gone
        "#]],
    );
}

#[test]
fn a_peer_without_update_is_refreshed_by_reinvite() {
    check_in(
        timed(),
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x | Session-Expires: 90;refresher=uac | Allow: INVITE, ACK, BYE
        45.2 X reply 200 INVITE sdp=x | Session-Expires: 90;refresher=uac | Allow: INVITE, ACK, BYE
        50 A hangup
        ",
        expect![[r#"
            00.000 A -> X INVITE expires=90 min-se=90 [sdp a]
            00.100 X -> A 200 INVITE expires=90;refresher=uac [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            45.110 A -> X INVITE expires=90;refresher=uac min-se=90 [sdp a]
            45.200 X -> A 200 INVITE expires=90;refresher=uac [sdp x]
            45.210 A -> X ACK
            50.000 A -> X BYE
            50.010 X -> A 200 BYE
            50.020 A     Gone
        "#]],
    );
}

#[test]
fn a_session_that_the_peer_does_not_refresh_ends() {
    check_in(
        timed(),
        "
        0 X habit BYE 200
        0 A invite X
        0.1 X reply 200 INVITE sdp=x | Session-Expires: 90;refresher=uas
        ",
        expect![[r#"
            00.000 A -> X INVITE expires=90 min-se=90 [sdp a]
            00.100 X -> A 200 INVITE expires=90;refresher=uas [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            60.110 A     Ended: lost, 408 Session Expired
            60.110 A -> X BYE
            60.120 X -> A 200 BYE
            60.130 A     Gone
        "#]],
    );
}

#[test]
fn a_session_whose_refresh_nobody_answers_ends() {
    check_in(
        timed(),
        "
        0 A invite X
        0.1 X reply 200 INVITE sdp=x | Session-Expires: 90;refresher=uac | Allow: UPDATE
        ",
        expect![[r#"
            00.000 A -> X INVITE expires=90 min-se=90 [sdp a]
            00.100 X -> A 200 INVITE expires=90;refresher=uac [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            45.110 A -> X UPDATE expires=90;refresher=uac min-se=90
            45.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            46.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            48.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            52.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            56.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            60.110 A     Ended: lost, 408 Session Expired
            60.110 A -> X BYE
            60.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            60.610 A -> X BYE
            61.610 A -> X BYE
            63.610 A -> X BYE
            64.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            67.610 A -> X BYE
            68.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            71.610 A -> X BYE
            72.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            75.610 A -> X BYE
            76.610 A -> X UPDATE expires=90;refresher=uac min-se=90
            79.610 A -> X BYE
            83.610 A -> X BYE
            87.610 A -> X BYE
            91.610 A -> X BYE
            92.110 A     Gone
        "#]],
    );
}

#[test]
fn a_refresh_of_the_peers_prolongs_the_session() {
    check_in(
        timed(),
        "
        0 X habit BYE 200
        0 X send INVITE A new sdp=x | Supported: timer | Session-Expires: 100;refresher=uac
        0.1 A answer
        0.2 X send ACK A
        45 X send UPDATE A | Supported: timer | Session-Expires: 90;refresher=uac
        90 X send UPDATE A | Supported: timer | Session-Expires: 60
        91 X send BYE A
        ",
        expect![[r#"
            00.000 X -> A INVITE expires=100;refresher=uac [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A     Incoming [sdp x]
            00.100 A -> X 200 INVITE expires=90;refresher=uac [sdp a]
            00.200 X -> A ACK
            00.210 A     Confirmed
            45.000 X -> A UPDATE expires=90;refresher=uac
            45.010 A -> X 200 UPDATE expires=90;refresher=uac
            90.000 X -> A UPDATE expires=60
            90.010 A -> X 422 UPDATE min-se=90
            91.000 X -> A BYE
            91.010 A -> X 200 BYE
            91.010 A     Ended: bye
            91.010 A     Gone
        "#]],
    );
}

#[test]
fn an_interval_too_short_is_refused_with_ours_and_asked_for_again() {
    check_in(
        timed(),
        "
        0 X send INVITE A new sdp=x | Supported: timer | Session-Expires: 60
        0.1 X send ACK A refused
        1 A invite Y
        1.1 Y reply 422 INVITE | Min-SE: 1000
        1.3 Y reply 422 INVITE | Min-SE: 2000
        ",
        expect![[r#"
            00.000 X -> A INVITE expires=60 [sdp x]
            00.010 A -> X 100 INVITE
            00.010 A -> X 422 INVITE min-se=90
            00.100 X -> A ACK
            01.000 A -> Y INVITE expires=90 min-se=90 [sdp a]
            01.100 Y -> A 422 INVITE min-se=1000
            01.110 A -> Y ACK
            01.110 A -> Y INVITE expires=1000 min-se=1000 [sdp a]
            01.300 Y -> A 422 INVITE min-se=2000
            01.310 A -> Y ACK
            01.310 A     Failed 422 Session Interval Too Small
            01.310 A     Gone
        "#]],
    );
}

//! Requests that belong to no call, digest, addresses.

use super::world::play;
use super::{Setting, check, check_in};
use expect_test::expect;

#[test]
fn options_tells_what_we_can() {
    check(
        "
        0 X send OPTIONS A new
        1 X send OPTIONS A new | Require: one, timer | Proxy-Require: two
        2 A drain
        2.1 X send OPTIONS A new
        2.2 X send INVITE A new sdp=x
        2.3 X send ACK A refused
        ",
        expect![[r#"
            00.000 X -> A OPTIONS
            00.010 A -> X 200 OPTIONS
            01.000 X -> A OPTIONS
            01.010 A -> X 420 OPTIONS unsupported=one, two
            02.100 X -> A OPTIONS
            02.110 A -> X 503 OPTIONS retry-after=60
            02.200 X -> A INVITE [sdp x]
            02.210 A -> X 100 INVITE
            02.210 A -> X 503 INVITE retry-after=60
            02.300 X -> A ACK
        "#]],
    );
}

/// What comes to the door, and its answer.
#[test]
fn requests_outside_calls_are_answered_at_the_door() {
    let cases = [
        ("BYE A new", "481"),
        ("INFO A new", "481"),
        ("PRACK A new", "481"),
        ("UPDATE A new", "481"),
        ("SUBSCRIBE A new | Event: refer", "403"),
        ("SUBSCRIBE A new nocontact | Event: refer", "400"),
        ("PUBLISH A new", "405"),
        ("DANCE A new", "501"),
        ("NOTIFY A new | Event: presence", "489"),
        ("SUBSCRIBE A new", "400"),
        ("INVITE A new sdp=x | Replaces: a;to-tag=b", "400"),
        (
            "INVITE A new sdp=x | Replaces: a;to-tag=b;from-tag=c | Join: a;to-tag=b;from-tag=c",
            "400",
        ),
        (
            "INVITE A new sdp=x | Replaces: a;to-tag=b;from-tag=c | Replaces: d;to-tag=e;from-tag=f",
            "400",
        ),
        ("INVITE A new sdp=x | Require: join", "420"),
        ("INVITE A new sdp=x | Accept: text/plain", "406"),
        ("INVITE A new nocontact sdp=x", "400"),
    ];
    for (request, code) in cases {
        let ladder = play(&format!("0 X send {request}"), Setting::default()).ladder;
        let method = request.split_whitespace().next().unwrap();
        let answer = format!("A -> X {code} {method}");
        assert!(ladder.contains(&answer), "{request}\n{ladder}");
    }
}

#[test]
fn raw_requests_are_answered_or_dropped() {
    let head = "Via: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK1 | From: <sip:x@h>;tag=1 | To: <sip:a@h> | Call-ID: 1";
    let cases = [
        (
            format!("OPTIONS soap.beep://h SIP/2.0 | {head} | CSeq: 1 OPTIONS"),
            "416 OPTIONS",
        ),
        (
            format!("INVITE sip:a@h SIP/2.0 | {head} | CSeq: 1 INVITE | Max-Forwards: 0"),
            "483 INVITE",
        ),
        (
            format!("INVITE sip:a@h SIP/7.0 | {head} | CSeq: 1 INVITE"),
            "505 INVITE",
        ),
        (
            format!("OPTIONS sip:a@h SIP/2.0 | {head} | CSeq: 1 INVITE"),
            "400 INVITE",
        ),
    ];
    for (request, answer) in cases {
        let ladder = play(&format!("0 X raw A | {request}"), Setting::default()).ladder;
        assert!(
            ladder.contains(&format!("A -> X {answer}")),
            "{request}\n{ladder}"
        );
    }
}

#[test]
fn a_message_goes_up_and_comes_back() {
    check(
        "
        0 X send MESSAGE A new | Content-Type: text/plain
        1 A respond 202
        2 X send MESSAGE A new
        ",
        expect![[r#"
            00.000 X -> A MESSAGE
            00.010 A     Request MESSAGE
            01.000 A -> X 202 MESSAGE
            02.000 X -> A MESSAGE
            02.010 A     Request MESSAGE
            05.510 A -> X 100 MESSAGE
            32.010 A -> X 500 MESSAGE
        "#]],
    );
}

#[test]
fn a_body_that_is_no_description_is_refused_and_one_among_others_found() {
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=inside\r\n\r\n--b--\r\n";
    let invite = |content_type: &str, body: &str| {
        format!(
            "0 X raw A | INVITE sip:a@h SIP/2.0 | Via: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK1 | \
             From: <sip:x@h>;tag=1 | To: <sip:a@h> | Call-ID: 1 | CSeq: 1 INVITE | \
             Contact: <sip:x@10.0.0.11> | Content-Type: {content_type} | body={}",
            body.replace("\r\n", "\\r\\n")
        )
    };
    let ladder = play(
        &(invite("multipart/mixed;boundary=\"b\"", parts) + "\n1 A reject 486"),
        Setting::default(),
    )
    .ladder;
    assert!(ladder.contains("Incoming [sdp inside]"), "{ladder}");
    let ladder = play(&invite("text/plain", "hello"), Setting::default()).ladder;
    assert!(ladder.contains("A -> X 415 INVITE"), "{ladder}");
    let optional = invite("text/plain", "hello").replace(
        "Content-Type",
        "Content-Disposition: render; handling=optional | Content-Type",
    );
    let ladder = play(&(optional + "\n1 A reject 486"), Setting::default()).ladder;
    assert!(ladder.contains("Incoming\n"), "{ladder}");
    let packed = invite("application/sdp", "xx")
        .replace("Content-Type", "Content-Encoding: gzip | Content-Type");
    let ladder = play(&packed, Setting::default()).ladder;
    assert!(ladder.contains("A -> X 415 INVITE"), "{ladder}");
}

const CHALLENGE: &str = "Digest realm=\"h\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"";

#[test]
fn a_challenge_is_answered_once() {
    check(
        &format!(
            "
            0 X habit BYE 200
            0 A invite X login
            0.1 X reply 401 INVITE | WWW-Authenticate: {CHALLENGE}
            0.3 X reply 200 INVITE sdp=x
            1 A refer sip:d@h
            1.1 X reply 401 REFER | WWW-Authenticate: {CHALLENGE}
            1.2 X reply 202 REFER
            1.3 X send NOTIFY A | Event: refer | Subscription-State: terminated
            5 A hangup
            6 A invite X login
            6.1 X reply 401 INVITE | WWW-Authenticate: {CHALLENGE}
            6.3 X reply 401 INVITE | WWW-Authenticate: {CHALLENGE}
            7 A invite X
            7.1 X reply 401 INVITE | WWW-Authenticate: {CHALLENGE}
            "
        ),
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 401 INVITE
            00.110 A -> X ACK
            00.110 A -> X INVITE authorized [sdp a]
            00.300 X -> A 200 INVITE [sdp x]
            00.310 A -> X ACK
            00.310 A     Answered [sdp x]
            01.000 A -> X REFER <sip:d@h>
            01.100 X -> A 401 REFER
            01.110 A -> X REFER <sip:d@h> authorized
            01.200 X -> A 202 REFER
            01.210 A     ReferAnswered 202
            01.300 X -> A NOTIFY refer terminated
            01.310 A -> X 200 NOTIFY
            01.310 A     ReferNotified nothing , ended
            05.000 A -> X BYE
            05.010 X -> A 200 BYE
            05.020 A     Gone
            06.000 A -> X INVITE [sdp a]
            06.100 X -> A 401 INVITE
            06.110 A -> X ACK
            06.110 A -> X INVITE authorized [sdp a]
            06.300 X -> A 401 INVITE
            06.310 A -> X ACK
            06.310 A     Failed 401 Unauthorized
            06.310 A     Gone
            07.000 A -> X INVITE [sdp a]
            07.100 X -> A 401 INVITE
            07.110 A -> X ACK
            07.110 A     Failed 401 Unauthorized
            07.110 A     Gone
        "#]],
    );
}

#[test]
fn a_request_outside_calls_is_answered_challenged_or_lost() {
    check(
        &format!(
            "
            0 A outside OPTIONS X
            0.1 X reply 200 OPTIONS
            1 A outside REGISTER X login
            1.1 X reply 401 REGISTER | WWW-Authenticate: {CHALLENGE}
            1.2 X reply 200 REGISTER
            2 A outside MESSAGE sip:nowhere.example
            3 A outside OPTIONS Y
            "
        ),
        expect![[r#"
            00.000 A -> X OPTIONS
            00.100 X -> A 200 OPTIONS
            00.110 A     Response 200
            01.000 A -> X REGISTER
            01.100 X -> A 401 REGISTER
            01.110 A -> X REGISTER authorized
            01.200 X -> A 200 REGISTER
            01.210 A     Response 200
            02.000 A     asks for nowhere.example
            02.000 A     Response 503
            03.000 A -> Y OPTIONS
            03.500 A -> Y OPTIONS
            04.500 A -> Y OPTIONS
            06.500 A -> Y OPTIONS
            10.500 A -> Y OPTIONS
            14.500 A -> Y OPTIONS
            18.500 A -> Y OPTIONS
            22.500 A -> Y OPTIONS
            26.500 A -> Y OPTIONS
            30.500 A -> Y OPTIONS
            34.500 A -> Y OPTIONS
            35.000 A     Response 408
        "#]],
    );
}

#[test]
fn calls_go_by_tcp_too() {
    let setting = Setting {
        transport: Some(crate::sip::transport::Transport::Tcp),
        ..Setting::default()
    };
    check_in(
        setting,
        "
        0 A invite B
        0.1 B answer
        5 B hangup
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a] (TCP)
            00.010 B -> A 100 INVITE (TCP)
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b] (TCP)
            00.110 A -> B ACK (TCP)
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            05.000 B -> A BYE (TCP)
            05.010 A -> B 200 BYE (TCP)
            05.010 A     Ended: bye
            05.010 A     Gone
            05.020 B     Gone
        "#]],
    );
}

#[test]
fn requests_in_a_call_go_up_and_out() {
    check(
        "
        0 A invite B
        0.1 B answer
        1 A tell INFO
        1.2 B respond 200
        2 B tell MESSAGE
        2.2 A respond 415
        3 B tell DANCE
        4 A tell OPTIONS
        5 A hangup
        6 A tell INFO
        ",
        expect![[r#"
            00.000 A -> B INVITE [sdp a]
            00.010 B -> A 100 INVITE
            00.010 B     Incoming [sdp a]
            00.100 B -> A 200 INVITE [sdp b]
            00.110 A -> B ACK
            00.110 A     Answered [sdp b]
            00.120 B     Confirmed
            01.000 A -> B INFO
            01.010 B     Request INFO
            01.200 B -> A 200 INFO
            01.210 A     Response 200
            02.000 B -> A MESSAGE
            02.010 A     Request MESSAGE
            02.200 A -> B 415 MESSAGE
            02.210 B     Response 415
            03.000 B -> A DANCE
            03.010 A -> B 405 DANCE
            03.020 B     Response 405
            04.000 A -> B OPTIONS
            04.010 B -> A 200 OPTIONS
            04.020 A     Response 200
            05.000 A -> B BYE
            05.010 B -> A 200 BYE
            05.010 B     Ended: bye
            05.010 B     Gone
            05.020 A     Gone
            06.000 A     Response 481
        "#]],
    );
}

#[test]
fn a_call_that_the_peer_forgot_ends_with_the_next_request() {
    check(
        "
        0 X habit BYE 481
        0 A invite X
        0.1 X reply 200 INVITE sdp=x
        1 A tell INFO
        1.1 X reply 481 INFO
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> X ACK
            00.110 A     Answered [sdp x]
            01.000 A -> X INFO
            01.100 X -> A 481 INFO
            01.110 A     Response 481
            01.110 A     Ended: lost, 481 Dialog Gone
            01.110 A -> X BYE
            01.120 X -> A 481 BYE
            01.130 A     Gone
        "#]],
    );
}

#[test]
fn requests_follow_the_route_set_and_the_newest_target() {
    check(
        "
        0 A invite X
        0.1 X reply 200 INVITE sdp=x | Record-Route: <sip:10.0.0.12;lr>
        1 A tell INFO
        1.1 Y reply 200 INFO
        2 X send UPDATE A nocontact | Contact: <sip:x@10.0.0.77>
        3 A hangup
        3.1 Y reply 200 BYE
        ",
        expect![[r#"
            00.000 A -> X INVITE [sdp a]
            00.100 X -> A 200 INVITE [sdp x]
            00.110 A -> Y ACK
            00.110 A     Answered [sdp x]
            01.000 A -> Y INFO
            01.100 Y -> A 200 INFO
            01.110 A     Response 200
            02.000 X -> A UPDATE
            02.010 A -> X 200 UPDATE
            03.000 A -> Y BYE
            03.100 Y -> A 200 BYE
            03.110 A     Gone
        "#]],
    );
}

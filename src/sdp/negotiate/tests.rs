use super::*;
use crate::base::codec::Codecs;
use Codec::*;
use Step::*;
use expect_test::{Expect, expect};

const PHONE: &str = "v=0\r\no=p 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 0 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\n";

#[test]
fn the_whole_text_of_a_description() {
    let mut leg = Negotiation::new(local("192.0.2.99"));
    expect![[r#"
        v=0
        o=- 7 1 IN IP4 192.0.2.99
        s=-
        c=IN IP4 192.0.2.99
        t=0 0
        m=audio 40000 RTP/AVP 111 9 0 8 110 101
        a=rtpmap:111 opus/48000/2
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:110 telephone-event/48000
        a=fmtp:110 0-15
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=sendrecv
    "#]]
    .assert_eq(&leg.offer(Codec::USUAL, false).replace("\r\n", "\n"));
    leg.local.rtcp_port = 50_000;
    expect![[r#"
        v=0
        o=- 7 2 IN IP4 192.0.2.99
        s=-
        c=IN IP4 192.0.2.99
        t=0 0
        m=audio 0 RTP/AVP 0
    "#]]
    .assert_eq(&leg.offer(&[], false).replace("\r\n", "\n"));
}

#[test]
fn an_offer_is_answered_in_our_order_with_the_peers_numbers() {
    check(
        &[Answer(PHONE, &[Opus, Pcma], false)],
        expect![[r#"
        -> v1 m=audio 40000 RTP/AVP 96 8 97 a=sendrecv
           = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 PCMA:8/8 events8000:97/97 send receive
    "#]],
    );
}

#[test]
fn the_numbers_of_the_answer_are_for_sending_and_ours_for_receiving() {
    let answer = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0 100 18 99\na=rtpmap:100 opus/48000/2\n\
        a=rtpmap:99 telephone-event/8000\na=ptime:30\na=rtcp:4010\n";
    check(
        &[Offer(&[Opus, Pcmu, G722], false), Accept(answer)],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 111 0 9 110 101 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4010 PCMU:0/0 opus:100/111 events8000:99/101 send receive ptime 30
        "#]],
    );
}

#[test]
fn the_version_rises_by_one_with_each_change_and_only_then() {
    check(
        &[
            Answer(PHONE, &[Pcmu], false),
            Answer(PHONE, &[Pcmu], false),
            Offer(&[Pcmu], true),
            RollBack,
            Offer(&[Pcmu], true),
            RollBack,
            Answer(PHONE, &[Pcmu], false),
        ],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 0 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
            -> v1 m=audio 40000 RTP/AVP 0 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
            -> v2 m=audio 40000 RTP/AVP 0 97 a=sendonly
            -> v2 m=audio 40000 RTP/AVP 0 97 a=sendonly
            -> v3 m=audio 40000 RTP/AVP 0 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 events8000:97/97 send receive
        "#]],
    );
}

#[test]
fn a_dynamic_number_stays_with_its_format_for_the_life_of_the_leg() {
    let amr = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0 111\na=rtpmap:111 AMR/8000\n";
    check(
        &[
            Answer(amr, &[Pcmu], false),
            Offer(&[Opus, Pcmu], false),
            RollBack,
            Answer(PHONE, &[Opus, Pcmu], false),
            Offer(&[Pcmu, Opus], false),
        ],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 0 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 send receive
            -> v2 m=audio 40000 RTP/AVP 96 0 110 101 a=sendrecv
            -> v3 m=audio 40000 RTP/AVP 96 0 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 PCMU:0/0 events8000:97/97 send receive
            -> v4 m=audio 40000 RTP/AVP 0 96 97 110 a=sendrecv
        "#]],
    );
}

#[test]
fn other_streams_are_refused_in_their_place_and_never_forgotten() {
    let video = "v=0\nc=IN IP4 192.0.2.1\nm=video 5000 RTP/AVP 97 98\nm=audio 4002 RTP/SAVP 0\n\
        m=audio 4000 RTP/AVP 0\nm=image 6000 udptl t38\n";
    check(
        &[
            Answer(video, &[Pcmu], false),
            Offer(&[Pcma], false),
            RollBack,
            Answer(PHONE, &[Pcma], false),
            Offer(&[Pcma], false),
        ],
        expect![[r#"
            -> v1 m=video 0 RTP/AVP 97 m=audio 0 RTP/SAVP 0 m=audio 40000 RTP/AVP 0 a=sendrecv m=image 0 udptl t38
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMU:0/0 send receive
            -> v2 m=video 0 RTP/AVP 97 m=audio 0 RTP/SAVP 0 m=audio 40000 RTP/AVP 8 101 a=sendrecv m=image 0 udptl t38
            -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
            -> v4 m=audio 40000 RTP/AVP 8 97 a=sendrecv m=audio 0 RTP/SAVP 0 m=audio 0 RTP/AVP 0 m=image 0 udptl t38
        "#]],
    );
}

#[test]
fn each_kind_of_hold_by_the_peer_gets_its_answer() {
    let [sendonly, recvonly, inactive] =
        ["sendonly", "recvonly", "inactive"].map(|d| format!("{PHONE}a={d}\r\n"));
    let null = PHONE.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0");
    check(
        &[
            Answer(&sendonly, &[Pcma], false),
            Answer(&sendonly, &[Pcma], true),
            Answer(&inactive, &[Pcma], false),
            Answer(&null, &[Pcma], false),
            Answer(&null, &[Pcma], true),
            Answer(&recvonly, &[Pcma], false),
            Answer(&recvonly, &[Pcma], true),
            Answer(PHONE, &[Pcma], true),
            Answer(PHONE, &[Pcma], false),
        ],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 97 a=recvonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 receive held
            -> v2 m=audio 40000 RTP/AVP 8 97 a=inactive
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 held
            -> v2 m=audio 40000 RTP/AVP 8 97 a=inactive
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 held
            -> v3 m=audio 40000 RTP/AVP 8 97 a=recvonly
               = none rtcp none PCMA:8/8 events8000:97/97 receive held
            -> v4 m=audio 40000 RTP/AVP 8 97 a=inactive
               = none rtcp none PCMA:8/8 events8000:97/97 held
            -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
            -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
            -> v5 m=audio 40000 RTP/AVP 8 97 a=sendonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send
            -> v6 m=audio 40000 RTP/AVP 8 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
        "#]],
    );
}

#[test]
fn a_hold_of_ours_is_inactive_where_the_peer_holds_too() {
    let [sendonly, recvonly, inactive] =
        ["sendonly", "recvonly", "inactive"].map(|d| format!("{PHONE}a={d}\r\n"));
    check(
        &[
            Offer(&[Pcma], true),
            Accept(&recvonly),
            Offer(&[Pcma], false),
            Accept(&sendonly),
            Offer(&[Pcma], true),
            Accept(&inactive),
            Offer(&[Pcma], false),
            Accept(PHONE),
        ],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 101 a=sendonly
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send
            -> v2 m=audio 40000 RTP/AVP 8 101 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 receive held
            -> v3 m=audio 40000 RTP/AVP 8 101 a=inactive
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 held
            -> v4 m=audio 40000 RTP/AVP 8 101 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
        "#]],
    );
}

#[test]
fn an_inactive_answer_to_our_hold_is_no_hold_of_the_peers() {
    let inactive = format!("{PHONE}a=inactive\r\n");
    check(
        &[Offer(&[Pcma], true), Accept(&inactive)],
        expect![[r#"
        -> v1 m=audio 40000 RTP/AVP 8 101 a=sendonly
           = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101
    "#]],
    );
}

#[test]
fn another_fork_may_answer_the_same_offer() {
    let fork = PHONE.replace("192.0.2.1", "192.0.2.2");
    check(
        &[Offer(&[Pcma], false), Accept(PHONE), Accept(&fork)],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
               = 192.0.2.2:4000 rtcp 192.0.2.2:4001 PCMA:8/8 events8000:97/101 send receive
        "#]],
    );
}

#[test]
fn a_refused_offer_leaves_what_held() {
    check(
        &[
            Offer(&[Pcma], false),
            Accept(PHONE),
            Offer(&[Pcmu], true),
            RollBack,
            Accept(PHONE),
        ],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/101 send receive
            -> v2 m=audio 40000 RTP/AVP 0 101 a=sendonly
               400 there is no offer to answer
        "#]],
    );
}

#[test]
fn an_offer_that_crosses_ours_waits() {
    check(
        &[Offer(&[Pcma], false), Answer(PHONE, &[Pcma], false)],
        expect![[r#"
            -> v1 m=audio 40000 RTP/AVP 8 101 a=sendrecv
               491 an offer of ours is pending
        "#]],
    );
}

#[test]
fn a_call_may_lose_its_audio_and_get_it_back() {
    let over = PHONE.replace("m=audio 4000", "m=audio 0");
    check(
        &[
            Answer(&over, &[Pcma], false),
            Answer(PHONE, &[Pcma], false),
            Answer(&over, &[Pcma], false),
            Offer(&[Pcma], false),
            Accept(&over),
            Offer(&[Pcma], false),
            Accept(PHONE),
        ],
        expect![[r#"
               488 the offer has no audio over plain RTP
            -> v1 m=audio 40000 RTP/AVP 8 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
            -> v2 m=audio 0 RTP/AVP 8
               = none rtcp none
            -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
               = none rtcp none
            -> v3 m=audio 40000 RTP/AVP 8 97 a=sendrecv
               = 192.0.2.1:4000 rtcp 192.0.2.1:4001 PCMA:8/8 events8000:97/97 send receive
        "#]],
    );
}

#[test]
fn what_cannot_be_met_is_refused_and_changes_nothing() {
    let with = |old: &str, new: &str| PHONE.replace(old, new);
    check(
        &[
            Answer(PHONE, &[G722], false),
            Answer(&with("RTP/AVP", "RTP/SAVP"), &[Pcma], false),
            Answer(&with("RTP/AVP", "UDP/TLS/RTP/SAVPF"), &[Pcma], false),
            Answer(&with("m=audio", "m=video"), &[Pcma], false),
            Answer("v=0\r\n", &[Pcma], false),
            Answer(
                &with("c=IN IP4 192.0.2.1", "c=IN IP4 239.1.1.1/127"),
                &[Pcma],
                false,
            ),
            Answer(
                &with("c=IN IP4 192.0.2.1", "c=IN IP4 255.255.255.255"),
                &[Pcma],
                false,
            ),
            Answer(
                &with("c=IN IP4 192.0.2.1", "c=IN IP6 2001:db8::1"),
                &[Pcma],
                false,
            ),
            Answer(
                &with("c=IN IP4 192.0.2.1", "c=IN IP4 phone.example"),
                &[Pcma],
                false,
            ),
            Answer(&with("c=IN IP4 192.0.2.1\r\n", ""), &[Pcma], false),
            Answer("INVITE", &[Pcma], false),
            Accept(PHONE),
            Offer(&[G722], false),
            Accept(PHONE),
            Accept(&with("RTP/AVP", "RTP/SAVP")),
            Accept(&with("m=audio 4000", "m=audio 0")),
            Accept("v=0\r\n"),
        ],
        expect![[r#"
               488 no codec of the offer can be used: it has PCMA, PCMU, opus, and we take opus, G722, PCMU, PCMA
               488 the offer has no audio over plain RTP
               488 the offer has no audio over plain RTP
               488 the offer has no audio over plain RTP
               488 the offer has no audio over plain RTP
               488 the media address cannot be used
               488 the media address cannot be used
               488 the media address cannot be used
               488 the media address is a name
               400 the SDP has no media address
               400 the body is no SDP
               400 there is no offer to answer
            -> v1 m=audio 40000 RTP/AVP 9 101 a=sendrecv
               488 the answer has none of our codecs
               488 the answer has no audio over plain RTP
               488 the answer refuses the audio
               488 the answer has no audio stream
        "#]],
    );
}

#[test]
fn opus_alone_takes_the_only_digits_that_are_offered() {
    check(
        &[Answer(PHONE, &[Opus], false)],
        expect![[r#"
        -> v1 m=audio 40000 RTP/AVP 96 97 a=sendrecv
           = 192.0.2.1:4000 rtcp 192.0.2.1:4001 opus:96/96 events8000:97/97 send receive
    "#]],
    );
}

#[test]
fn an_ipv6_leg_speaks_ipv6() {
    let mut leg = Negotiation::new(local("2001:db8::99"));
    let offer = PHONE.replace("IP4 192.0.2.1", "IP6 2001:db8::1");
    let (text, media) = leg.answer(offer.as_bytes(), &[Pcma], false).unwrap();
    assert!(text.contains("\r\nc=IN IP6 2001:db8::99\r\n"), "{text}");
    assert_eq!(media.rtp, Some("[2001:db8::1]:4000".parse().unwrap()));
    assert_eq!(media.rtcp, Some("[2001:db8::1]:4001".parse().unwrap()));
}

#[test]
fn the_codecs_of_an_offer_come_in_the_peers_order() {
    let leg = Negotiation::new(local("192.0.2.99"));
    let codecs_of = |body: &str| leg.codecs_of(body.as_bytes());
    assert_eq!(codecs_of(PHONE), [Pcma, Pcmu, Opus]);
    assert_eq!(codecs_of(&PHONE.replace("4000 RTP", "0 RTP")), []);
    assert_eq!(codecs_of("no description"), []);
}

const KEY: &str = "AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn leg_with(policy: Policy) -> Negotiation {
    let srtp = Side::deal(policy, false, &mut crate::base::Dice::from_seed(1));
    Negotiation::new(Local {
        srtp,
        ..local("192.0.2.99")
    })
}

fn keyed(profile: &str) -> String {
    PHONE.replace("RTP/AVP", profile) + &format!("a=crypto:3 {KEY}|2^20\r\n")
}

/// Profile and keys of a description of ours: the tags with their suites' last two digits.
fn secured(text: &str) -> String {
    let profile = text
        .split_whitespace()
        .find(|word| word.starts_with("RTP/"));
    let keys = text.lines().filter_map(|line| {
        let (tag, rest) = line.strip_prefix("a=crypto:")?.split_once(' ')?;
        Some(format!(" {tag}:{}", &rest[21..23]))
    });
    profile.unwrap().to_string() + &keys.collect::<String>()
}

#[test]
fn each_policy_answers_each_offer_in_its_way() {
    let (plain, best_effort, secure) = (PHONE.to_string(), keyed("RTP/AVP"), keyed("RTP/SAVP"));
    let told = |policy, offer: &str| match leg_with(policy).answer(offer.as_bytes(), &[Pcma], false)
    {
        Ok((text, media)) => format!("{} {}", secured(&text), media.srtp.is_some()),
        Err(refusal) => refusal.to_string(),
    };
    let mut table = String::new();
    for policy in [Policy::Off, Policy::Optional, Policy::Required] {
        for offer in [&plain, &best_effort, &secure] {
            table += &format!("{policy:?}: {}\n", told(policy, offer));
        }
    }
    expect![[r#"
        Off: RTP/AVP false
        Off: RTP/AVP false
        Off: 488 the offer has no audio over plain RTP
        Optional: RTP/AVP false
        Optional: RTP/AVP 3:80 true
        Optional: RTP/SAVP 3:80 true
        Required: 488 the offer has no audio over SRTP with a key that we can use
        Required: RTP/AVP 3:80 true
        Required: RTP/SAVP 3:80 true
    "#]]
    .assert_eq(&table);
}

#[test]
fn the_key_that_is_agreed_is_the_peers_for_hearing_and_ours_for_saying() {
    let mut leg = leg_with(Policy::Required);
    let (text, media) = leg
        .answer(keyed("RTP/SAVP").as_bytes(), &[Pcma], false)
        .unwrap();
    let keys = media.srtp.unwrap();
    assert!(KEY.ends_with(&keys.receive.to_inline()));
    assert!(text.contains(&format!(
        "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{}\r\n",
        keys.send.to_inline()
    )));
    // A change later says the same key again, so that the count goes on.
    let again = leg.offer(&[Pcma], true);
    assert_eq!(secured(&again), "RTP/SAVP 1:80 2:32");
    assert!(again.contains(&keys.send.to_inline()));
}

#[test]
fn an_offer_of_ours_is_taken_with_a_key_without_one_or_not_at_all() {
    let told = |policy, answer: &str| {
        let mut leg = leg_with(policy);
        let offer = leg.offer(&[Pcma], false);
        let taken = match leg.accept_answer(answer.as_bytes()) {
            Ok(media) => format!("encrypted {}", media.srtp.is_some()),
            Err(refusal) => refusal.to_string(),
        };
        format!("{policy:?}: {} -> {taken}\n", secured(&offer))
    };
    let tagged =
        |tag: &str, profile: &str| keyed(profile).replace("crypto:3", &format!("crypto:{tag}"));
    let mut table = String::new();
    for policy in [Policy::Off, Policy::Optional, Policy::Required] {
        let profile = if policy == Policy::Required {
            "RTP/SAVP"
        } else {
            "RTP/AVP"
        };
        table += &told(policy, PHONE);
        table += &told(policy, &tagged("1", profile));
        table += &told(policy, &tagged("2", profile));
        table += &told(policy, &tagged("1", "RTP/SAVP"));
    }
    expect![[r#"
        Off: RTP/AVP -> encrypted false
        Off: RTP/AVP -> encrypted false
        Off: RTP/AVP -> encrypted false
        Off: RTP/AVP -> 488 the answer has no audio over plain RTP
        Optional: RTP/AVP 1:80 2:32 -> encrypted false
        Optional: RTP/AVP 1:80 2:32 -> encrypted true
        Optional: RTP/AVP 1:80 2:32 -> encrypted false
        Optional: RTP/AVP 1:80 2:32 -> 488 the answer has no audio over plain RTP
        Required: RTP/SAVP 1:80 2:32 -> 488 the answer has no key for SRTP that we can use
        Required: RTP/SAVP 1:80 2:32 -> encrypted true
        Required: RTP/SAVP 1:80 2:32 -> 488 the answer has no key for SRTP that we can use
        Required: RTP/SAVP 1:80 2:32 -> encrypted true
    "#]]
    .assert_eq(&table);
}

enum Step<'a> {
    Offer(&'a [Codec], bool),
    Accept(&'a str),
    Answer(&'a str, &'a [Codec], bool),
    RollBack,
}

fn local(address: &str) -> Local {
    Local {
        address: address.parse().unwrap(),
        rtp_port: 40_000,
        rtcp_port: 40_001,
        session_id: 7,
        srtp: Side::default(),
        comedia: false,
        wanted: Default::default(),
    }
}

/// Plays the steps on one leg and compares what was said (->) and what holds after (=).
#[track_caller]
fn check(steps: &[Step], expect: Expect) {
    let mut leg = Negotiation::new(local("192.0.2.99"));
    let mut ladder = String::new();
    for step in steps {
        let (said, outcome) = match step {
            Offer(codecs, hold) => (Some(leg.offer(codecs, *hold)), None),
            Accept(body) => (None, Some(leg.accept_answer(body.as_bytes()))),
            Answer(body, codecs, hold) => match leg.answer(body.as_bytes(), codecs, *hold) {
                Ok((text, media)) => (Some(text), Some(Ok(media))),
                Err(refusal) => (None, Some(Err(refusal))),
            },
            RollBack => {
                leg.roll_back();
                (None, None)
            }
        };
        if let Some(text) = said {
            ladder += &format!("-> {}\n", told(&text));
        }
        match outcome {
            Some(Ok(media)) => {
                assert_eq!(Some(&media), leg.media());
                ladder += &format!("   = {}\n", holds(&media));
            }
            Some(Err(refusal)) => ladder += &format!("   {refusal}\n"),
            None => {}
        }
    }
    expect.assert_eq(&ladder);
}

/// The version, the m-lines and the directions.
fn told(text: &str) -> String {
    let wanted = |line: &&str| {
        ["o=", "m=", "a=s", "a=rec", "a=i"]
            .iter()
            .any(|p| line.starts_with(p))
    };
    let lines: Vec<&str> = text.lines().filter(wanted).collect();
    lines
        .join(" ")
        .replace("o=- 7 ", "v")
        .replace(" IN IP4 192.0.2.99", "")
}

fn holds(media: &Media) -> String {
    let address = |a: Option<SocketAddr>| a.map_or("none".to_string(), |a| a.to_string());
    let mut text = format!("{} rtcp {}", address(media.rtp), address(media.rtcp));
    for f in &media.formats {
        text += &format!(" {}:{}/{}", f.codec.name(), f.send, f.receive);
    }
    for e in &media.events {
        text += &format!(" events{}:{}/{}", e.clock_hz, e.send, e.receive);
    }
    for (flag, name) in [
        (media.send, "send"),
        (media.receive, "receive"),
        (media.held, "held"),
    ] {
        if flag {
            text += &format!(" {name}");
        }
    }
    media
        .ptime_ms
        .map_or(text.clone(), |ms| format!("{text} ptime {ms}"))
}

fn leg_that_wants(wanted: Wanted) -> Negotiation {
    Negotiation::new(Local {
        wanted,
        ..local("192.0.2.99")
    })
}

/// The numbers, and what is said about formats and packets.
fn formats_of(text: &str) -> String {
    let wanted = |line: &&str| {
        let prefixes = ["m=", "a=rtpmap", "a=ptime"];
        prefixes.iter().any(|prefix| line.starts_with(prefix))
    };
    text.lines().filter(wanted).collect::<Vec<_>>().join(" ")
}

#[test]
fn l16_has_numbers_of_its_own_and_packets_that_fit() {
    let mut leg = leg_that_wants(Wanted {
        codecs: Codecs::new(&[L16At48, L16At16, L16At8]),
        ..Wanted::default()
    });
    let offer = leg.offer(&Codec::ALL, false);
    expect!["m=audio 40000 RTP/AVP 112 113 114 110 96 101 a=rtpmap:112 L16/48000 a=rtpmap:113 L16/16000 a=rtpmap:114 L16/8000 a=rtpmap:110 telephone-event/48000 a=rtpmap:96 telephone-event/16000 a=rtpmap:101 telephone-event/8000 a=ptime:10"].assert_eq(&formats_of(&offer));
    // A peer of another order: 48 kHz is not the first, so 20 ms fit.
    let mut peer = leg_that_wants(Wanted {
        codecs: Codecs::new(&[L16At16, L16At48]),
        ptime_ms: Some(60),
        ..Wanted::default()
    });
    let (answer, media) = peer
        .answer(offer.as_bytes(), &[L16At16, L16At48], false)
        .unwrap();
    expect!["m=audio 40000 RTP/AVP 113 112 110 96 a=rtpmap:113 L16/16000 a=rtpmap:112 L16/48000 a=rtpmap:110 telephone-event/48000 a=rtpmap:96 telephone-event/16000 a=ptime:40"].assert_eq(&formats_of(&answer));
    assert_eq!(media.ptime_ms, Some(10));
    let media = leg.accept_answer(answer.as_bytes()).unwrap();
    assert_eq!(
        (media.formats[0].codec, media.ptime_ms),
        (L16At16, Some(40))
    );
    // Where it is not wanted it is neither taken nor known.
    let refusal = Negotiation::new(local("192.0.2.99"))
        .answer(offer.as_bytes(), Codec::USUAL, false)
        .unwrap_err();
    expect!["488 no codec of the offer can be used: it has L16/48000, L16/16000, L16/8000, and we take opus, G722, PCMU, PCMA"].assert_eq(&refusal.to_string());
}

#[test]
fn the_length_of_packets_is_the_settings_for_theirs_and_the_peers_for_ours() {
    let told = |ptime_ms: Option<u32>, lines: &str| {
        let wanted = Wanted {
            ptime_ms,
            ..Wanted::default()
        };
        let peer = format!("{PHONE}{lines}");
        let mut leg = leg_that_wants(wanted);
        let (answer, answered) = leg.answer(peer.as_bytes(), &[Pcma], false).unwrap();
        let mut leg = leg_that_wants(wanted);
        let offer = leg.offer(&[Pcma], false);
        let accepted = leg.accept_answer(peer.as_bytes()).unwrap();
        assert_eq!(answered.ptime_ms, accepted.ptime_ms);
        let said = |text: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix("a=ptime:"));
            line.unwrap_or("-").to_string()
        };
        let ours = accepted.ptime_ms;
        format!("{}/{} ours {ours:?}\n", said(&offer), said(&answer))
    };
    let mut table = String::new();
    for set in [None, Some(40)] {
        for lines in [
            "",
            "a=ptime:30\r\n",
            "a=maxptime:10\r\n",
            "a=ptime:60\r\na=maxptime:30\r\n",
            "a=ptime:0\r\na=maxptime:x\r\n",
        ] {
            table += &told(set, lines);
        }
    }
    expect![[r#"
        -/- ours None
        -/30 ours Some(30)
        -/- ours Some(10)
        -/60 ours Some(30)
        -/- ours None
        40/40 ours Some(40)
        40/40 ours Some(30)
        40/40 ours Some(10)
        40/40 ours Some(30)
        40/40 ours Some(40)
    "#]]
    .assert_eq(&table);
}

#[test]
fn comfort_noise_is_offered_and_taken_where_it_is_wanted_and_beside_8_khz() {
    let wanted = Wanted {
        comfort_noise: true,
        ..Wanted::default()
    };
    let peer = PHONE.replace("AVP 8 0", "AVP 8 13 0");
    let mut leg = leg_that_wants(wanted);
    let offer = leg.offer(&[Opus, Pcma], false);
    expect!["m=audio 40000 RTP/AVP 111 8 13 110 101 a=rtpmap:111 opus/48000/2 a=rtpmap:8 PCMA/8000 a=rtpmap:13 CN/8000 a=rtpmap:110 telephone-event/48000 a=rtpmap:101 telephone-event/8000"].assert_eq(&formats_of(&offer));
    let comfort = |leg: &mut Negotiation, codecs: &[Codec], offer: &str| {
        let (answer, media) = leg.answer(offer.as_bytes(), codecs, false).unwrap();
        assert_eq!(
            media.comfort.is_some(),
            answer.contains("a=rtpmap:13 CN/8000")
        );
        media.comfort.map(|comfort| (comfort.send, comfort.receive))
    };
    let taker = || leg_that_wants(wanted);
    assert_eq!(comfort(&mut taker(), &[Pcma], &peer), Some((13, 13)));
    assert_eq!(comfort(&mut taker(), &[Pcma], PHONE), None);
    assert_eq!(comfort(&mut taker(), &[Opus], &peer), None);
    let mut other = Negotiation::new(local("192.0.2.99"));
    assert_eq!(comfort(&mut other, &[Pcma], &peer), None);
    // In an answer as well.
    assert!(
        leg.accept_answer(peer.as_bytes())
            .unwrap()
            .comfort
            .is_some()
    );
    leg.offer(&[Pcma], false);
    assert_eq!(leg.accept_answer(PHONE.as_bytes()).unwrap().comfort, None);
}

#[test]
fn copies_in_opus_are_for_who_says_that_it_takes_them() {
    let peer = PHONE.replace(
        "opus/48000/2\r\n",
        "opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n",
    );
    for (text, copies) in [(peer.as_str(), true), (PHONE, false)] {
        let mut taker = Negotiation::new(local("192.0.2.99"));
        let (_, media) = taker.answer(text.as_bytes(), &[Opus], false).unwrap();
        assert_eq!(media.copies, copies);
        let mut offerer = Negotiation::new(local("192.0.2.99"));
        offerer.offer(&[Opus], false);
        assert_eq!(
            offerer.accept_answer(text.as_bytes()).unwrap().copies,
            copies
        );
    }
}

#[test]
fn gcm_is_offered_last_and_taken_only_where_a_setting_says_so() {
    let leg = |gcm| {
        let mut leg = leg_with(Policy::Optional);
        leg.local.srtp = Side::deal(Policy::Optional, gcm, &mut crate::base::Dice::from_seed(1));
        leg
    };
    let suites = |text: &str| {
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("a=crypto:"));
        lines
            .filter_map(|line| line.split(' ').nth(1))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let offer = leg(true).offer(&[Pcma], false);
    expect!["AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32 AEAD_AES_128_GCM"]
        .assert_eq(&suites(&offer));
    let gcm_alone: String = offer
        .replace("192.0.2.99", "192.0.2.1")
        .replace("RTP/AVP", "RTP/SAVP")
        .split_inclusive("\r\n")
        .filter(|line| !line.contains("AES_CM"))
        .collect();
    let (answer, media) = leg(true)
        .answer(gcm_alone.as_bytes(), &[Pcma], false)
        .unwrap();
    assert_eq!(suites(&answer), "AEAD_AES_128_GCM");
    assert!(media.srtp.is_some());
    let refused = leg(false).answer(gcm_alone.as_bytes(), &[Pcma], false);
    assert_eq!(refused.unwrap_err().code, 488);
}

//! Any body as an offer, as an answer, and as a second offer: nothing panics, what is agreed is what both
//! can take, and what we say can be read by ourselves.

#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook::sdp::parse::parse;
use switchhook::sdp::{Codec, Local, Negotiation};

fuzz_target!(|body: &[u8]| {
    let mut leg = Negotiation::new(Local {
        address: [192, 0, 2, 1].into(),
        rtp_port: 10_000,
        rtcp_port: 10_001,
        session_id: 1,
    });
    leg.offer(Codec::USUAL, false);
    let _ = leg.accept_answer(body);
    leg.roll_back();
    let common = Negotiation::codecs_of(body);
    for hold in [true, false] {
        let Ok((answer, media)) = leg.answer(body, Codec::USUAL, hold) else {
            continue;
        };
        assert!(media.rtp.is_some() || !media.send);
        assert!(media.formats.iter().all(|f| common.contains(&f.codec)));
        let offered = parse(body).expect("it was answered").streams.len();
        let answered = parse(answer.as_bytes()).expect("it is ours").streams.len();
        assert_eq!(offered, answered);
        let offer = leg.offer(Codec::USUAL, hold);
        let kept = parse(offer.as_bytes()).expect("it is ours").streams.len();
        assert!(kept >= offered);
        leg.roll_back();
    }
});

//! The two samples of VoxEngine's guide on call transfers, unchanged.

use expect_test::{Expect, expect};

use super::*;

const BY_USER: &str = include_str!("../../../tests/guides/call-transfer-user.js");
const BY_SIP: &str = include_str!("../../../tests/guides/call-transfer-sip.js");

fn check(sample: &str, events: Vec<Event>, told: Expect) {
    let mut stage = Stage::alerted(sample);
    for event in events {
        stage.play(event);
    }
    told.assert_eq(&stage.told);
}

#[test]
fn the_first_sample_transfers_to_a_user() {
    check(
        BY_USER,
        vec![
            ringing(1),
            connected(1),
            connected(0),
            transfer_requested(1),
            ringing(2),
            connected(2),
        ],
        expect![[]],
    );
}

#[test]
fn the_first_sample_reports_a_busy_target() {
    check(
        BY_USER,
        vec![
            connected(1),
            transfer_requested(1),
            failed(2, 486, "Busy Here"),
            disconnected(1),
            Event::Timer { id: 1 },
        ],
        expect![[]],
    );
}

#[test]
fn the_second_sample_calls_what_refer_to_says() {
    check(
        BY_SIP,
        vec![connected(1), transfer_requested(1), connected(2)],
        expect![[]],
    );
}

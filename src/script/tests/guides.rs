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
        expect![[r#"
            ▸ call0 alerting
              timer 1 in 100000 ms
              call user 2002 as call1 callerid=1001 name=Alice
              call1 listens to Connected: true
            ▸ call1 Connected
              answer call0
              call1 hears call0
              call0 hears call1
              call1 handles blind transfers: true
              call1 listens to BlindTransferRequested: true
            ▸ call1 BlindTransferRequested
              call user carol as call2 callerid=1001 name=Alice
              call2 listens to Connected: true
              call2 listens to Failed: true
            ▸ call2 Connected
              verdict call1 success at test.js:19:18
              call0 hears call2
              call2 hears call0
        "#]],
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
        expect![[r#"
            ▸ call0 alerting
              timer 1 in 100000 ms
              call user 2002 as call1 callerid=1001 name=Alice
              call1 listens to Connected: true
            ▸ call1 Connected
              answer call0
              call1 hears call0
              call0 hears call1
              call1 handles blind transfers: true
              call1 listens to BlindTransferRequested: true
            ▸ call1 BlindTransferRequested
              call user carol as call2 callerid=1001 name=Alice
              call2 listens to Connected: true
              call2 listens to Failed: true
            ▸ call2 Failed
              verdict call1 486 Some("Busy Here") at test.js:23:55
            ▸ timer 1
              terminate
        "#]],
    );
}

#[test]
fn the_second_sample_calls_what_refer_to_says() {
    check(
        BY_SIP,
        vec![connected(1), transfer_requested(1), connected(2)],
        expect![[r#"
            ▸ call0 alerting
              timer 1 in 100000 ms
              call user 2002 as call1 callerid=1001 name=Alice
              call1 listens to Connected: true
            ▸ call1 Connected
              answer call0
              call1 hears call0
              call0 hears call1
              call1 handles blind transfers: true
              call1 listens to BlindTransferRequested: true
            ▸ call1 BlindTransferRequested
              call "Carol" <sip:carol@example.com> as call2 callerid=<sip:bob@example.com> name=<sip:bob@example.com>
              call2 listens to Connected: true
              call2 listens to Failed: true
            ▸ call2 Connected
              verdict call1 success at test.js:21:18
              call0 hears call2
              call2 hears call0
        "#]],
    );
}

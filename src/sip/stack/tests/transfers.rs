//! Transfers: REFER and its NOTIFYs, in both roles.

use super::{check, check_each_lost};
use expect_test::expect;

/// B asks A to call D.
const TRANSFER: &str = "
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
            02.200 A -> D INVITE [sdp a]
            02.210 D -> A 100 INVITE
            02.210 D     Incoming [sdp a]
            02.300 D -> A 180 INVITE
            02.310 A     Progress 180 fork 0
            03.100 A -> B NOTIFY refer active;expires=59 [180 Ringing]
            03.110 B -> A 200 NOTIFY
            03.110 B     ReferNotified 180 Ringing
            04.000 D -> A 200 INVITE [sdp d]
            04.010 A -> D ACK
            04.010 A     Answered [sdp d]
            04.020 D     Confirmed
            05.000 A -> B NOTIFY refer terminated;reason=noresource [200 OK]
            05.010 B -> A 200 NOTIFY
            05.010 B     ReferNotified 200 OK, ended
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

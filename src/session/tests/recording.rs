//! The record of a call and the end of the call. B, `call1`, is the one that asks for a transfer.

use expect_test::expect;

use super::rig::{Rig, check, link, listen, place, success};
use super::{A, B, C};
use crate::base::recording::News;
use crate::base::{CallId, UnitId};
use crate::script::Command;
use crate::script::unit::NewRecorder;

/// The first unit that is the session's own.
const RECORD: UnitId = UnitId(UnitId::OWN.0 + 1);

impl Rig {
    /// The call is recorded, and its script listens.
    fn records(&mut self, call: CallId) {
        let record = Command::Record {
            call,
            what: Box::new(NewRecorder {
                format: None,
                hd: false,
                stereo: false,
                prefix: String::new(),
            }),
        };
        let hears = ["RecordStarted", "RecordStopped", "Disconnected"];
        let [started, stopped, over] = hears.map(|event| listen(call, event));
        self.script_free([record, started, stopped, over]);
        self.recording(News::Begun { url: "link".into() });
        self.script([]);
    }

    fn recording(&mut self, news: News) {
        self.session.handle_recording(RECORD, news, self.now);
        self.drain();
    }
}

#[test]
fn what_was_recorded_of_a_call_is_told_after_its_end() {
    check(
        |rig| {
            rig.records(B);
            rig.pass(3.0);
            rig.byes(B);
        },
        expect![[r#"
            00.000  unit1073741825 is recorded: Begin(Sleeve { format: None, rate_hz: 8000, is_stereo: false, prefix: "" })
            00.000  script: call1 RecordStarted
            03.000  script: call1 Disconnected
            03.000  unit1073741825 is recorded: End
            03.000  call0 hears nobody
            03.000  call1 hears nobody
            03.000  script: call1 RecordStopped
            03.000  record call1: 200 by peer
        "#]],
    );
}

#[test]
fn the_record_of_a_transferor_ends_with_its_sound_and_is_told_after_its_end() {
    check(
        |rig| {
            rig.records(B);
            rig.refer(B, 1);
            rig.script([place(C)]);
            rig.answers(C);
            rig.pass(2.0);
            rig.script([success(B), link(C, A), link(A, C)]);
            rig.closed(1);
            rig.pass(5.0);
        },
        expect![[r#"
            00.000  unit1073741825 is recorded: Begin(Sleeve { format: None, rate_hz: 8000, is_stereo: false, prefix: "" })
            00.000  script: call1 RecordStarted
            00.000  script: call1 BlindTransferRequested to carol
            00.000  accept REFER 1 with 202
            00.000  INVITE call2, Referred-By: <sip:b@192.0.2.2>
            00.000  script: call2 Connected
            02.000  unit1073741825 is recorded: End
            02.000  call0 hears nobody
            02.000  call1 hears nobody
            02.000  NOTIFY 1 200
            02.000  call0 hears call2
            02.000  call2 hears call0
            07.000  hang up call1
            07.000  script: call1 Disconnected
            07.000  script: call1 RecordStopped
            07.000  record call1: 200 by runtime; transfer to carol: 200
        "#]],
    );
}

#[test]
fn who_ends_the_session_with_the_call_hears_no_more_of_it() {
    check(
        |rig| {
            rig.records(B);
            rig.pass(3.0);
            rig.script_free([Command::Terminate]);
        },
        expect![[r#"
            00.000  unit1073741825 is recorded: Begin(Sleeve { format: None, rate_hz: 8000, is_stereo: false, prefix: "" })
            00.000  script: call1 RecordStarted
            03.000  hang up call0
            03.000  call0 hears nobody
            03.000  call1 hears nobody
            03.000  record call0: 200 by script
            03.000  hang up call1
            03.000  unit1073741825 is recorded: End
            03.000  record call1: 200 by script
            03.000  script: Terminating
            03.000  script: Terminated
        "#]],
    );
}

#[test]
fn a_record_that_ends_before_its_call_is_told_at_once() {
    check(
        |rig| {
            rig.records(B);
            rig.pass(3.0);
            let fault = Some("the disk is full".to_string());
            rig.recording(News::Ended { fault });
            rig.pass(3.0);
            rig.byes(B);
        },
        expect![[r#"
            00.000  unit1073741825 is recorded: Begin(Sleeve { format: None, rate_hz: 8000, is_stereo: false, prefix: "" })
            00.000  script: call1 RecordStarted
            03.000  script: call1 RecordError
            03.000  script: call1 RecordStopped
            03.000  unit1073741825 is recorded: End
            06.000  script: call1 Disconnected
            06.000  call0 hears nobody
            06.000  call1 hears nobody
            06.000  record call1: 200 by peer
        "#]],
    );
}

//! What is recorded, in every form.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(source: &str, told: Expect) {
    let stage = Stage::alerted(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{ const {{call}} = e;\n{source}\n}});"
    ));
    told.assert_eq(&stage.told);
}

#[test]
fn calls_and_mixes_are_recorded_in_every_form() {
    check(
        "call.record();\n\
         call.record(null);\n\
         call.record({ stereo: 1, hd_audio: true, secure: true, expire: RecordExpireTime.THREEMONTHS });\n\
         call.record({ lossless: true, format: 'wav', recordNamePrefix: 'a', name: 'b' });\n\
         const r = VoxEngine.createRecorder('old', true); r.mute(true); r.mute(); r.stop();\n\
         VoxEngine.createRecorder({ lossless: true, name: 7 });",
        expect![[r#"
            ▸ call0 alerting
              call0 is recorded: NewRecorder { format: None, hd: false, stereo: false, prefix: "" }
              call0 is recorded: NewRecorder { format: None, hd: false, stereo: false, prefix: "" }
              call0 is recorded: NewRecorder { format: None, hd: true, stereo: true, prefix: "" }
              call0 is recorded: NewRecorder { format: Some(Wav), hd: true, stereo: false, prefix: "a" }
              unit1 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "old" })
              unit1 Recorder(Mute(true))
              unit1 Recorder(Mute(false))
              unit1 Recorder(Stop)
              unit2 is Recorder(NewRecorder { format: Some(Flac), hd: true, stereo: false, prefix: "7" })
        "#]],
    );
}

#[test]
fn what_means_nothing_is_ignored_with_one_warning() {
    check(
        "call.record({ video: true, videoParameters: {}, transcribe: true, labels: ['a'], format: 'json', trim: false });\n\
         VoxEngine.createRecorder({ stereo: true, expire: RecordExpireTime.FIVEYEARS });",
        expect![[r#"
            ▸ call0 alerting
              WARNING test.js:2: Call.record: what is given as video, videoParameters, transcribe, labels, format means nothing here and is ignored
              call0 is recorded: NewRecorder { format: None, hd: false, stereo: false, prefix: "" }
              WARNING test.js:3: VoxEngine.createRecorder: what is given as stereo, expire means nothing here and is ignored
              unit1 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
        "#]],
    );
}

#[test]
fn what_is_wrong_is_told_at_once() {
    for (source, told) in [
        (
            "call.record({ name: 'x'.repeat(5000) })",
            "RangeError: the name of a recording is longer than 4 KiB",
        ),
        (
            "VoxEngine.createRecorder().sendMediaTo(call)",
            "TypeError: not a function",
        ),
        (
            "const { mute } = VoxEngine.createRecorder(); mute(true)",
            "TypeError: mute was called without its object",
        ),
        (
            "VoxEngine.createRecorder().addEventListener(RecorderEvents.Begun, () => {})",
            "TypeError: Recorder.addEventListener",
        ),
    ] {
        let stage = Stage::alerted(&format!(
            "VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{ {source} }});"
        ));
        assert!(stage.told.contains(told), "{source}: {}", stage.told);
    }
}

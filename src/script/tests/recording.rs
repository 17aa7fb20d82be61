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
              WARNING test.js:2: Call.record: video is ignored: a recording here has sound only
              WARNING test.js:2: Call.record: what is given as transcribe, labels, format means nothing here and is ignored
              call0 is recorded: NewRecorder { format: None, hd: false, stereo: false, prefix: "" }
              WARNING test.js:3: VoxEngine.createRecorder: what is given as stereo, expire means nothing here and is ignored
              unit1 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
        "#]],
    );
}

#[test]
fn who_asks_for_a_picture_gets_a_recorder_of_the_sound_that_can_be_bound_to_a_conference() {
    check(
        "const r = VoxEngine.createRecorder({ video: true, videoParameters: { profile: RecorderProfile['4K'], direction: RecorderDirection.rtl } });\n\
         const [one, two] = [VoxEngine.createConference(), VoxEngine.createConference()];\n\
         r.setConference(one); r.setConference(two); r.mute(true);\n\
         r.setPriority([1, 2]); trace(r.getPriority().join());\n\
         for (const wrong of [() => r.setPriority('x'), () => r.setConference(call), () => r.setConference(), () => VoxEngine.createRecorder().setConference(one)])\n\
           try { wrong(); } catch (e) { trace(String(e)); }\n\
         r.stop();",
        expect![[r#"
            ▸ call0 alerting
              WARNING test.js:2: VoxEngine.createRecorder: video is ignored: a recording here has sound only
              unit1 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
              unit2 is Conference { hd: false }
              unit3 is Conference { hd: false }
              unit1 hears unit2
              unit1 hears unit2 no more
              unit1 hears unit3
              unit1 Recorder(Mute(true))
              WARNING test.js:5: ConferenceRecorder.setPriority changes nothing: a recording here has sound only
              log 1,2
              log TypeError: ConferenceRecorder.setPriority: a list of endpoints is needed
              log TypeError: ConferenceRecorder.setConference: this is no conference
              log TypeError: ConferenceRecorder.setConference: undefined is not a call or another media unit
              unit4 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
              log TypeError: not a function
              unit1 Recorder(Stop)
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

//! What is played and said, in every form.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(source: &str, told: Expect) {
    told.assert_eq(&played(source));
}

fn played(source: &str) -> String {
    let stage = Stage::alerted(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{ const {{call}} = e;\n{source}\n}});"
    ));
    stage.told
}

#[test]
fn a_call_plays_and_says_in_every_form() {
    check(
        "call.startPlayback('https://a.example/x.mp3');\n\
         call.startPlayback('de/x.wav', true);\n\
         call.startPlayback('x.wav', { loop: true });\n\
         call.stopPlayback();\n\
         call.say('a', { voice: VoiceList.Amazon.Neural.en_US_Joanna });\n\
         call.say('a', { language: Language.RU_RUSSIAN_MALE });\n\
         call.say('a', Language.Premium.US_ENGLISH_FEMALE, { rate: 'slow' });\n\
         call.say(7);",
        expect![[r#"
            ▸ call0 alerting
              call0 plays Fetched { sources: [Url(UrlRequest { url: "https://a.example/x.mp3", post: false, headers: [], body: 0 bytes })], place: Some(Place { file: "test.js", line: 2, column: 6 }) }
              call0 plays Fetched { sources: [File("de/x.wav")], place: Some(Place { file: "test.js", line: 3, column: 6 }) }
              call0 plays Fetched { sources: [File("x.wav")], place: Some(Place { file: "test.js", line: 4, column: 6 }) }
              call0 plays no more
              call0 plays Fetched { sources: [Said(Said { text: "a", voice: Some("Amazon.Neural.en_US_Joanna") })], place: Some(Place { file: "test.js", line: 6, column: 24 }) }
              call0 plays Fetched { sources: [Said(Said { text: "a", voice: Some("RU_RUSSIAN_MALE") })], place: Some(Place { file: "test.js", line: 7, column: 27 }) }
              call0 plays Fetched { sources: [Said(Said { text: "a", voice: Some("Premium.US_ENGLISH_FEMALE") })], place: Some(Place { file: "test.js", line: 8, column: 15 }) }
              call0 plays Fetched { sources: [Said(Said { text: "7", voice: None })], place: Some(Place { file: "test.js", line: 9, column: 6 }) }
        "#]],
    );
}

#[test]
fn players_are_made_in_every_form() {
    check(
        "VoxEngine.createURLPlayer('http://a.example/x.mp3', true, true);\n\
         VoxEngine.createURLPlayer({ url: 'http://a.example/x', method: 'POST', headers: [{ name: 'X-A', value: 'b' }], body: { text: 'c' } }, { onPause: true });\n\
         VoxEngine.createTTSPlayer('a', Language.US_ENGLISH_FEMALE);\n\
         VoxEngine.createTTSPlayer('a', { onPause: true });\n\
         const s = VoxEngine.createSequencePlayer({ segments: [{ text: 'a' }, { url: 'b.wav' }] });\n\
         s.addMarker(5); s.addMarker(-5); s.pause(); s.resume(); s.stop();\n\
         const p = VoxEngine.createURLPlayer('x.wav'); p.jump(500); p.volume(50);",
        expect![[r#"
            ▸ call0 alerting
              unit1 is Player(NewPlayer { sound: Fetched { sources: [Url(UrlRequest { url: "http://a.example/x.mp3", post: false, headers: [], body: 0 bytes })], place: Some(Place { file: "test.js", line: 2, column: 11 }) }, looped: true, paused: true })
              unit2 is Player(NewPlayer { sound: Fetched { sources: [Url(UrlRequest { url: "http://a.example/x", post: true, headers: [("X-A", "b")], body: 1 bytes })], place: Some(Place { file: "test.js", line: 3, column: 11 }) }, looped: false, paused: true })
              unit3 is Player(NewPlayer { sound: Fetched { sources: [Said(Said { text: "a", voice: Some("US_ENGLISH_FEMALE") })], place: Some(Place { file: "test.js", line: 4, column: 32 }) }, looped: false, paused: false })
              unit4 is Player(NewPlayer { sound: Fetched { sources: [Said(Said { text: "a", voice: None })], place: Some(Place { file: "test.js", line: 5, column: 11 }) }, looped: false, paused: true })
              unit5 is Player(NewPlayer { sound: Fetched { sources: [Said(Said { text: "a", voice: None }), File("b.wav")], place: Some(Place { file: "test.js", line: 6, column: 21 }) }, looped: false, paused: false })
              unit5 Player(Mark { ms: 5, segment: 0 })
              unit5 Player(Mark { ms: -5, segment: 0 })
              unit5 Player(Pause)
              unit5 Player(Resume)
              unit5 Player(Stop)
              unit6 is Player(NewPlayer { sound: Fetched { sources: [File("x.wav")], place: Some(Place { file: "test.js", line: 8, column: 21 }) }, looped: false, paused: false })
              unit6 Player(Jump { ms: 500 })
              unit6 Player(Volume { percent: 50 })
        "#]],
    );
}

#[test]
fn what_cannot_be_played_by_its_form_is_an_error() {
    for (source, fault) in [
        (
            "call.startPlayback()",
            "TypeError: Call.startPlayback: the URL is missing",
        ),
        ("call.say()", "TypeError: Call.say: the text is missing"),
        ("VoxEngine.createURLPlayer({})", "the URL is missing"),
        (
            "VoxEngine.createURLPlayer({ url: 'x', method: 'PUT' })",
            "the method must be",
        ),
        (
            "VoxEngine.createURLPlayer({ url: 'x', headers: [1] })",
            "a header is {name, value}",
        ),
        (
            "VoxEngine.createURLPlayer({ url: 'http://x', body: { binary: '%' } })",
            "TypeError: the binary body of a request is no base64",
        ),
        (
            "VoxEngine.createSequencePlayer({ segments: [] })",
            "the segments are missing",
        ),
        (
            "VoxEngine.createSequencePlayer({ segments: [{ text: 'a' }] }).addMarker(1, {})",
            "this is no segment",
        ),
        (
            "VoxEngine.createURLPlayer('x').addMarker(-1 / 0)",
            "RangeError",
        ),
        ("VoxEngine.createURLPlayer('x').jump(-1)", "RangeError"),
        (
            "call.playProgressTone('Mars')",
            "TypeError: Call.playProgressTone: the country has two letters",
        ),
        (
            "for (;;) VoxEngine.createURLPlayer('x')",
            "10 players are there already",
        ),
        ("call.say('x'.repeat(300000))", "more than 256 KiB"),
    ] {
        let told = played(source);
        assert!(told.contains(fault), "{source}: {told}");
    }
}

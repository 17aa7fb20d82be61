use super::*;
use crate::media::codec::{Coding, Encoder};
use crate::media::dtmf::Lookout;
use crate::media::measure::{peak_of, speech, tone};
use crate::media::rtp::Header;
use crate::media::tone::{ToneScript, Tones};
use expect_test::{Expect, expect};

/// What is found in a sound, with when.
fn hear(wishes: &[Wish], sound: &[i16]) -> Vec<(u32, Found)> {
    let mut senses = Senses::default();
    wishes.iter().for_each(|wish| senses.obey(wish.clone()));
    let mut all = Vec::new();
    for (n, frame) in sound.chunks(TICK).enumerate() {
        let at = (n as u32 + 1) * TICK_MS;
        senses.hear(&Frame::of(RATE_HZ, frame), |found| all.push((at, found)));
    }
    all
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

/// The sound of a tone script, at most so long.
fn dialled(script: &str, ms: usize) -> Vec<i16> {
    let mut tones = Tones::new(ToneScript::parse(script).unwrap());
    let mut sound = Vec::new();
    while sound.len() < ms * 8 {
        let mut frame = Frame::empty(RATE_HZ);
        tones.fill(&mut frame);
        sound.extend_from_slice(frame.samples());
        if frame.len() < TICK {
            break;
        }
    }
    sound.truncate(ms * 8);
    sound
}

/// White noise at so many dBFS is added.
fn noisy(mut sound: Vec<i16>, dbfs: f64) -> Vec<i16> {
    let mut chance = 9u32;
    // Evenly spread, its root mean square is 0.577 of its peak.
    let peak = peak_of(dbfs) * 0.707 / 0.577;
    for sample in &mut sound {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (f64::from(chance >> 16) / 32_768.0 - 1.0) * peak;
        *sample = sample.saturating_add(noise as i16);
    }
    sound
}

/// Somebody who speaks without a pause for so long: all pauses of more than a moment are cut out.
fn talk(seed: u64, ms: usize) -> Vec<i16> {
    let whole = speech(RATE_HZ, seed, 3.0 + ms as f64 / 400.0);
    let (mut out, mut quiet) = (Vec::new(), 0);
    for tick in whole.chunks(TICK) {
        let silent = tick.iter().all(|x| x.unsigned_abs() < 60);
        quiet = if silent { quiet + 1 } else { 0 };
        if quiet <= 5 {
            out.extend_from_slice(tick);
        }
    }
    assert!(out.len() >= ms * 8, "there is enough of it");
    out.truncate(ms * 8);
    out
}

fn voice(sound: &[i16]) -> Vec<(u32, bool)> {
    let found = hear(&[Wish::Voice(true)], sound).into_iter();
    let changes = found.map(|(at, found)| match found {
        Found::Voice { active } => (at, active),
        other => panic!("{other:?}"),
    });
    changes.collect()
}

#[test]
fn somebody_who_speaks_is_heard_in_quiet_and_in_noise() {
    for (noise, most_late) in [(-70.0, 200), (-50.0, 200), (-40.0, 300), (-35.0, 300)] {
        for seed in 1..8 {
            // Speech is at -20 dBFS.
            let mut sound = silence(3_000);
            sound.extend(talk(seed, 2_000));
            sound.extend(silence(2_000));
            let changes = voice(&noisy(sound, noise));
            // Noise that begins with the call may count as a voice until it is known.
            let changes: Vec<_> = changes.into_iter().filter(|(at, _)| *at > 2_500).collect();
            let [(begins, true), (ends, false)] = changes[..] else {
                panic!("{noise} dBFS, {seed}: {changes:?}");
            };
            assert!(
                (3_000..3_000 + most_late).contains(&begins),
                "{noise}, {seed}: {begins}"
            );
            assert!((5_200..5_700).contains(&ends), "{noise}, {seed}: {ends}");
        }
    }
}

#[test]
fn neither_silence_nor_steady_noise_is_a_voice() {
    assert_eq!(voice(&silence(5_000)), []);
    for level in [-70.0, -60.0, -50.0] {
        assert_eq!(voice(&noisy(silence(10_000), level)), [], "{level}");
    }
    for level in [-40.0, -30.0] {
        let changes = voice(&noisy(silence(10_000), level));
        // Till it is known as noise.
        assert!(
            matches!(changes[..], [(..=500, true), (..=2_200, false)]),
            "{level}: {changes:?}"
        );
    }
}

#[test]
fn who_speaks_with_pauses_between_words_goes_on_speaking() {
    for seed in 1..8 {
        let changes = voice(&speech(RATE_HZ, seed, 30.0));
        let begins = changes.iter().filter(|(_, active)| *active).count();
        // A phrase takes one to five seconds; the pauses after it are 300 to 800 ms.
        assert!((5..40).contains(&begins), "{seed}: {changes:?}");
        let shortest = changes
            .windows(2)
            .filter(|two| two[0].1)
            .map(|two| two[1].0 - two[0].0)
            .min();
        assert!(shortest >= Some(400), "{seed}: {shortest:?}");
    }
}

#[track_caller]
fn tones(script: &str, ms: usize, expected: Option<(Tone, std::ops::Range<u32>)>) {
    for (noise, shift) in [(-90.0, 0), (-90.0, 77), (-45.0, 33)] {
        let mut sound = silence(500);
        sound.extend(vec![0; shift]);
        sound.extend(dialled(script, ms));
        sound.extend(silence(1_000));
        let found = hear(&[Wish::Tones(true)], &noisy(sound, noise));
        match (&expected, &found[..]) {
            (None, []) => {}
            (Some((tone, range)), [(at, Found::Tone(found))]) => {
                assert_eq!(tone, found, "{script}");
                assert!(range.contains(&(at - 500)), "{script}: {at}");
            }
            (expected, found) => {
                panic!("{script} at {noise}, {shift}: {found:?}, not {expected:?}")
            }
        }
    }
}

#[test]
fn the_tones_of_exchanges_are_told_by_frequency_and_cadence() {
    use Tone::*;
    // North America.
    tones(
        "350@-13,440@-13;*(*/0/1+2)",
        5_000,
        Some((Dial, 1_000..1_200)),
    );
    tones(
        "440@-19,480@-19;*(2/4/1+2)",
        9_000,
        Some((Ringback, 300..500)),
    );
    tones(
        "480@-24,620@-24;*(.5/.5/1+2)",
        5_000,
        Some((Busy, 1_000..1_200)),
    );
    tones(
        "480@-24,620@-24;*(.25/.25/1+2)",
        5_000,
        Some((Congestion, 500..700)),
    );
    // Most of Europe: 425 Hz.
    tones("425@-15;*(*/0/1)", 5_000, Some((Dial, 3_000..3_200)));
    tones("425@-15;*(1/4/1)", 9_000, Some((Ringback, 5_000..5_200)));
    tones("425@-15;*(.48/.48/1)", 5_000, Some((Busy, 1_900..2_200)));
    tones(
        "425@-15;*(.24/.24/1)",
        5_000,
        Some((Congestion, 900..1_200)),
    );
    // Russia, France, the United Kingdom.
    tones("425@-15;*(.8/3.2/1)", 9_000, Some((Ringback, 4_000..4_200)));
    tones(
        "440@-15;*(1.5/3.5/1)",
        9_000,
        Some((Ringback, 5_000..5_200)),
    );
    tones(
        "400@-15,450@-15;*(.4/.2/1+2,.4/2/1+2)",
        9_000,
        Some((Ringback, 300..500)),
    );
    tones("400@-15;*(.375/.375/1)", 5_000, Some((Busy, 1_500..1_800)));
    // There is no such number.
    let special = "950@-16,1400@-16,1800@-16;1(.33/0/1,.33/0/2,.33/0/3)";
    tones(special, 3_000, Some((Special, 800..1_000)));
    let special = "914@-16,1371@-16,1777@-16;.93(.276/0/1,.276/0/2,.38/0/3)";
    tones(special, 3_000, Some((Special, 680..850)));
}

#[test]
fn what_is_no_exchanges_tone_is_not_told() {
    for script in [
        "1000@-15;*(.5/.5/1)",
        "425@-15;*(.1/2/1)",
        "600@-16;0.6(.2/.1/1)",
        "425@-15;1(.5/.5/1)",
        "440@-60,480@-60;*(2/4/1+2)",
    ] {
        tones(script, 8_000, None);
    }
}

#[test]
fn a_beep_after_a_greeting_is_a_machines() {
    for hz in [600, 800, 1_000, 1_400, 2_000] {
        let mut sound = talk(3, 2_500);
        sound.extend(silence(300));
        sound.extend(dialled(&format!("{hz}@-12;.4(*/0/1)"), 400));
        sound.extend(silence(500));
        let found = hear(&[Wish::Tones(true)], &sound);
        assert!(
            matches!(found[..], [(3_200..3_300, Found::Tone(Tone::Voicemail))]),
            "{hz}: {found:?}"
        );
    }
    // Nobody has said anything before it.
    let mut sound = silence(2_000);
    sound.extend(tone(RATE_HZ, 1_000.0, 5_000.0, 3_200));
    sound.extend(silence(500));
    assert_eq!(hear(&[Wish::Tones(true)], &sound), []);
}

/// Two minutes of it, in four voices.
#[test]
fn a_voice_is_no_tone_no_beep_and_presses_no_keys() {
    for seed in 1..5 {
        let sound = speech(RATE_HZ, seed, 30.0);
        let wishes = [Wish::Tones(true), Wish::Beep(Some(Beep::default()))];
        assert_eq!(hear(&wishes, &sound), [], "{seed}");
        let (mut pressed, mut lookout) = (String::new(), Lookout::default());
        let coding = Coding::L16 { rate_hz: RATE_HZ };
        for (n, samples) in sound.chunks(TICK).enumerate() {
            let mut body = Vec::new();
            Encoder::new(coding).encode(samples, &mut body).unwrap();
            let header = Header {
                marker: false,
                payload: 0,
                sequence: n as u16,
                timestamp: (n * TICK) as u32,
                ssrc: 1,
            };
            lookout.hear(coding, &header, &body, |key| pressed.push(key.as_char()));
        }
        assert_eq!(pressed, "", "{seed}");
    }
}

#[track_caller]
fn beep(beep: Beep, sound: &[i16], expected: Expect) {
    let found = hear(&[Wish::Beep(Some(beep))], sound);
    expected.assert_eq(&format!("{found:?}"));
}

#[test]
fn a_beep_is_waited_for_and_no_longer_than_asked() {
    let sound = |hz: u32, ms: usize| {
        let mut sound = silence(1_000);
        sound.extend(dialled(&format!("{hz}@-12;9(*/0/1)"), ms));
        sound.extend(silence(3_000));
        sound
    };
    let any = Beep::default;
    let only = |frequencies: &[u32]| Beep {
        frequencies: frequencies.to_vec(),
        timeout_ms: Some(3_000),
    };
    beep(
        any(),
        &sound(1_000, 300),
        expect!["[(1340, Beep(Beep { hz: 999 }))]"],
    );
    // Too short, too long, where exchanges are.
    beep(any(), &sound(1_000, 60), expect!["[]"]);
    beep(any(), &sound(425, 500), expect!["[]"]);
    // A long one is told before it ends.
    beep(
        any(),
        &sound(1_000, 2_900),
        expect!["[(3000, Beep(Beep { hz: 999 }))]"],
    );
    beep(
        only(&[915, 1_371]),
        &sound(1_380, 300),
        expect!["[(1340, Beep(Beep { hz: 1371 }))]"],
    );
    beep(
        only(&[425]),
        &sound(425, 300),
        expect!["[(1340, Beep(Beep { hz: 425 }))]"],
    );
    beep(
        only(&[915, 1_371]),
        &sound(1_000, 300),
        expect!["[(3000, Beep(TooLate))]"],
    );
}

const PARTY: Party = Party {
    timeout_ms: Some(6_500),
    human: 60,
    machine: 60,
};

#[track_caller]
fn party(sound: &[i16], expected: Expect) {
    let found = hear(&[Wish::Party(Some(PARTY))], sound);
    expected.assert_eq(&format!("{found:?}"));
}

#[test]
fn a_word_and_a_pause_are_a_humans_and_a_long_greeting_is_a_machines() {
    for seed in 1..8 {
        for (says, who) in [
            (500, Who::Human),
            (1_000, Who::Human),
            (5_000, Who::Machine),
        ] {
            let mut sound = silence(700);
            sound.extend(talk(seed, says));
            sound.extend(silence(7_000));
            let found = hear(&[Wish::Party(Some(PARTY))], &noisy(sound, -55.0));
            let [(_, Found::Party(verdict))] = found[..] else {
                panic!("{seed}, {says}: {found:?}");
            };
            assert_eq!(verdict.who, who, "{seed}, {says} ms: {found:?}");
        }
    }
}

#[test]
fn nobody_is_unknown_and_tones_are_machines() {
    party(
        &silence(8_000),
        expect!["[(6500, Party(Verdict { who: Unknown, confidence: 0 }))]"],
    );
    let mut sound = talk(1, 1_900);
    sound.extend(silence(200));
    sound.extend(dialled("1000@-12;.4(*/0/1)", 400));
    sound.extend(silence(1_000));
    party(
        &sound,
        expect!["[(2540, Party(Verdict { who: Machine, confidence: 95 }))]"],
    );
    let mut sound = silence(500);
    sound.extend(dialled(
        "950@-16,1400@-16,1800@-16;1(.33/0/1,.33/0/2,.33/0/3)",
        1_000,
    ));
    sound.extend(silence(1_000));
    party(
        &sound,
        expect!["[(1340, Party(Verdict { who: Machine, confidence: 80 }))]"],
    );
    let mut sound = silence(500);
    sound.extend(dialled("2100@-12;3(*/0/1)", 2_600));
    party(
        &sound,
        expect!["[(2500, Party(Verdict { who: Machine, confidence: 80 }))]"],
    );
}

#[test]
fn ringback_before_the_greeting_is_not_a_part_of_it() {
    let mut sound = dialled("440@-19,480@-19;*(2/4/1+2)", 7_000);
    sound.extend(silence(500));
    sound.extend(talk(2, 700));
    sound.extend(silence(2_000));
    let asked = Party {
        timeout_ms: None,
        ..PARTY
    };
    let found = hear(&[Wish::Party(Some(asked))], &sound);
    assert!(
        matches!(
            found[..],
            [(
                8_900..9_200,
                Found::Party(Verdict {
                    who: Who::Human,
                    ..
                })
            )]
        ),
        "{found:?}"
    );
}

#[test]
fn what_is_heard_is_the_same_at_every_rate() {
    for rate_hz in [8_000, 16_000, 48_000] {
        let sound = tone(rate_hz, 1_000.0, 6_000.0, rate_hz as usize * 3 / 10);
        let mut senses = Senses::default();
        senses.obey(Wish::Beep(Some(Beep::default())));
        let mut all = Vec::new();
        let silence = vec![0; rate_hz as usize / 2];
        let sound = [&silence[..], &sound, &silence].concat();
        for frame in sound.chunks(rate_hz as usize / 50) {
            senses.hear(&Frame::of(rate_hz, frame), |found| all.push(found));
        }
        assert!(
            matches!(all[..], [Found::Beep(Heard::Beep { hz: 995..=1_005 })]),
            "{rate_hz}: {all:?}"
        );
    }
}

#[test]
fn whoever_is_asked_no_more_hears_nothing() {
    let mut senses = Senses::default();
    assert!(senses.are_idle());
    senses.obey(Wish::Voice(true));
    senses.obey(Wish::Party(Some(PARTY)));
    assert!(!senses.are_idle());
    senses.obey(Wish::Voice(false));
    senses.obey(Wish::Party(None));
    assert!(senses.are_idle());
}

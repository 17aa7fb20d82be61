//! `switchhook simulate`: planted faults are found and told in words that an author can use, and the same seed gives
//! the same bytes.

use std::collections::BTreeSet;
use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;
use switchhook::cli::simulate::{Ended, simulate};
use switchhook::cli::{self, Form};

/// A scenario without a fault: whoever is dialled is called, and may transfer.
const SOUND: &str = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const callee = VoxEngine.callUser(destination);
  let ends = callee;
  callee.addEventListener(CallEvents.Ringing, () => call.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => call.reject(code));
  callee.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, callee);
    callee.handleBlindTransfer(true);
  });
  callee.addEventListener(CallEvents.Disconnected, () => ends === callee && VoxEngine.terminate());
  callee.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
    const target = VoxEngine.callUser(transferTo);
    ends = target;
    target.addEventListener(CallEvents.Connected, () => {
      callee.notifyBlindTransferSuccess();
      VoxEngine.sendMediaBetween(call, target);
    });
    target.addEventListener(CallEvents.Failed, ({ code }) => {
      callee.notifyBlindTransferFailed(code);
      ends = callee;
      if (callee.state() === 'TERMINATED') VoxEngine.terminate();
    });
    target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
";

/// How `switchhook simulate` ended and what it wrote.
fn played(files: &[(&str, &str)], change: impl FnOnce(&mut cli::Simulate)) -> (Ended, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let config = folder.path().join("switchhook.json");
    let mut options = cli::Simulate {
        folder: cli::Folder {
            scenarios: folder.path().to_path_buf(),
            config: config.exists().then_some(config),
        },
        calls: 40,
        seed: 1,
        workers: Some(2.try_into().unwrap()),
        chaos: "none".parse().unwrap(),
        caller: None,
        reporter: Form::Pretty,
        timings: false,
    };
    change(&mut options);
    let (mut out, mut aside) = (Vec::new(), Vec::new());
    let ended = simulate(&options, &mut out, &mut aside).unwrap();
    assert_eq!(aside.is_empty(), !options.timings);
    let text = String::from_utf8(out).unwrap();
    let folder = folder.path().display().to_string();
    (ended, text.replace(&folder, "scenarios"))
}

fn shipped(change: impl FnOnce(&mut cli::Simulate)) -> (Ended, String) {
    played(&[], |options| {
        options.folder.scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios").into();
        options.chaos = "all".parse().unwrap();
        change(options);
    })
}

#[test]
fn shipped_scenarios_bear_whatever_a_crowd_does() {
    let (ended, text) = shipped(|options| options.calls = 105);
    assert_eq!(ended, Ended::Well, "{text}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_worker_and_on_two() {
    let with = |workers: usize, seed, reporter| {
        shipped(|options| {
            options.calls = 40;
            options.seed = seed;
            options.reporter = reporter;
            options.workers = Some(workers.try_into().unwrap());
        })
        .1
    };
    let text = with(1, 5, Form::Pretty);
    assert_eq!(text, with(2, 5, Form::Pretty));
    assert_ne!(text, with(2, 6, Form::Pretty));
    assert_eq!(with(2, 5, Form::Json), with(2, 5, Form::Json));
}

#[test]
fn a_sound_scenario_is_told_in_one_page() {
    let (ended, text) = played(&[("desk.js", SOUND)], |_| {});
    assert_eq!(ended, Ended::Well, "{text}");
    // How many answered is a matter of dice; what the page looks like is not.
    let plain = text.lines().filter(|line| {
        let is_warning = line.starts_with('!') || line.starts_with("    ");
        let is_codes = line.contains('×');
        !is_warning && !is_codes
    });
    let plain = plain.map(|line| {
        let line = line.split(" · in part").next().unwrap_or_default();
        let number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
        let words = line.split_whitespace();
        let words = words.map(|word| if number(word) { "#" } else { word });
        format!("{}\n", words.collect::<Vec<_>>().join(" "))
    });
    expect![[r#"
        # callers, # calls · seed # · chaos none

        rule calls answered refused given up
        default # # # #



        lines that ran
        desk.js # of # # %

        nothing is wrong
    "#]]
    .assert_eq(&plain.collect::<String>());
}

#[test]
fn a_planted_fault_is_found() {
    // The transfer is heard of, and nothing is said about it.
    planted(
        "const target = VoxEngine.callUser(transferTo);",
        "return;",
        expect![[r#"
            Found
            transfer without a verdict: …: the script gave no verdict on the transfer within 120 s; call notifyBlindTransferSuccess or notifyBlindTransferFailed
        "#]],
    );
    // It throws in a listener.
    planted(
        "call.answer();",
        "cal.answer();",
        expect![[r#"
            Found
            scenario fault: desk.js:7:5: ReferenceError: cal is not defined
                at <anonymous> (desk.js:7:5)
        "#]],
    );
    // Nobody ends the callee.
    planted(
        "  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);",
        "",
        expect![[r#"
            Found
            call left behind: … was left without a partner for 30 s and nobody listened to its partner's end; hung up
        "#]],
    );
    // Somebody listens to the end, and does nothing.
    planted(
        "  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);",
        "  call.addEventListener(CallEvents.Disconnected, () => Logger.write('gone'));",
        expect![[r#"
            Found
            call left behind: … is still up 80 s after the callers have hung up, and hears nobody: the scenario does not end it
        "#]],
    );
    // It says the same thing twice.
    planted(
        "callee.notifyBlindTransferSuccess();",
        "callee.notifyBlindTransferSuccess(); callee.notifyBlindTransferSuccess();",
        expect![[r#"
            Well
            warning: desk.js:16: Call.notifyBlindTransferSuccess does nothing: no transfer waits for a verdict
        "#]],
    );
    planted(
        "call.answer();",
        "for (;;);",
        expect![[r#"
            Found
            scenario fault: desk.js:7:5: the script ran for more than 1000 ms without returning
                at <anonymous> (desk.js:7:5)
        "#]],
    );
}

#[test]
fn whatever_was_found_can_be_played_again() {
    let broken = SOUND.replace("call.answer();", "cal.answer();");
    let (ended, text) = played(&[("desk.js", &broken)], |options| options.calls = 8);
    assert_eq!(ended, Ended::Found);
    let again = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("again: "));
    let number = again.and_then(|again| again.rsplit(' ').next()).unwrap();
    assert_eq!(
        again.unwrap(),
        format!("switchhook simulate scenarios --seed 1 --chaos none --caller {number}")
    );
    let (ended, text) = played(&[("desk.js", &broken)], |options| {
        options.caller = Some(number.parse().unwrap());
    });
    assert_eq!(ended, Ended::Found);
    assert!(
        text.starts_with(&format!("caller {number} dials ")),
        "{text}"
    );
    assert!(text.contains("cal is not defined"), "{text}");
}

#[test]
fn users_and_trunks_of_the_configuration_call_and_are_called() {
    let config = r#"{
      "domain": "example.test",
      "users": {"alice": {"password": "sesame"}, "bob": {"password": "sesame"}},
      "trunks": {"provider": {"uri": "sip:sip.provider.test", "sources": ["192.0.2.1/32"], "routes": "0.*"}}
    }"#;
    let rules = r#"[{"ruleName": "out", "rulePattern": "0\\d{4}", "scenarios": ["out"]},
                    {"ruleName": "in", "rulePattern": "alice|bob", "scenarios": ["in"]}]"#;
    let out = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid }) => {\n\
               VoxEngine.easyProcess(call, VoxEngine.callPSTN(destination, callerid));\n});";
    let inward = "VoxEngine.forwardCallToUser();";
    let files = [
        ("switchhook.json", config),
        ("rules.json", rules),
        ("out.js", out),
        ("in.js", inward),
    ];
    let (ended, text) = played(&files, |options| options.calls = 60);
    assert_eq!(ended, Ended::Well, "{text}");
    for rule in ["out", "in"] {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{rule} ")));
        let answered = line
            .and_then(|line| line.split_whitespace().nth(2))
            .unwrap();
        assert!(answered.parse::<u32>().unwrap() > 10, "{text}");
    }
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let (ended, text) = played(&[("desk.js", "let = = 2;")], |_| {});
    assert_eq!(ended, Ended::Cannot);
    assert!(text.starts_with("scenarios/desk.js:1:7: "), "{text}");
    let rules = r#"[{"ruleName": "all", "scenarios": ["desk"]}, {"ruleName": "late", "scenarios": ["desk"]}]"#;
    let (ended, text) = played(&[("desk.js", SOUND), ("rules.json", rules)], |options| {
        options.calls = 3;
    });
    assert_eq!(ended, Ended::Well);
    assert!(
        text.contains("no number    was found for the rule `late`"),
        "{text}"
    );
    let (ended, text) = played(&[], |_| {});
    assert_eq!(ended, Ended::Cannot);
    assert!(text.contains("no rule that anybody could call"), "{text}");
}

#[test]
fn slow_turns_are_told_aside() {
    let (ended, _) = played(&[("desk.js", SOUND)], |options| {
        options.calls = 3;
        options.timings = true;
    });
    assert_eq!(ended, Ended::Well);
}

/// Plants a fault in the sound scenario, and tells what is found: all that fails, and warnings about transfers.
#[track_caller]
fn planted(sound: &str, fault: &str, expect: Expect) {
    assert!(SOUND.contains(sound), "{sound}");
    let scenario = SOUND.replace(sound, fault);
    let (ended, text) = played(&[("desk.js", &scenario)], |options| {
        options.reporter = Form::Json;
    });
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let found = lines.filter_map(|line: Value| {
        let (kind, text) = (line["finding"].as_str()?, line["text"].as_str()?);
        assert!(
            line["ladder"]
                .as_array()
                .is_some_and(|ladder| ladder.len() > 5)
        );
        let wanted = line["fails"] == true || text.contains("notifyBlindTransfer");
        wanted.then(|| format!("{kind}: {}\n", anybodys(text)))
    });
    let found: BTreeSet<String> = found.collect();
    expect.assert_eq(&format!(
        "{ended:?}\n{}",
        found.into_iter().collect::<String>()
    ));
}

/// Whose call it is that is found first is a matter of dice.
fn anybodys(text: &str) -> String {
    for middle in [" was left", " is still up", ": the script gave no verdict"] {
        if let Some((_, rest)) = text.split_once(middle) {
            return format!("…{middle}{rest}");
        }
    }
    text.to_string()
}

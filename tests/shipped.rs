//! What is shipped works as it is shipped: the scenarios compile, the rules lead where they say, and
//! the schemas describe what the program reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use switchhook::cli;
use switchhook::io::folder::{Folder, Paths};
use switchhook::scenario::Rules;
use switchhook::script::program::Scenario;
use switchhook::settings::profile::{self, Leaver};
use switchhook::settings::{Progress, Transfer};
use switchhook::sip::stack::NotifyId;

#[test]
fn the_shipped_scenarios_have_no_faults_and_every_one_is_used() {
    let folder = shipped();
    let unused: Vec<&str> = folder.catalog().unused().collect();
    assert_eq!(unused, [""; 0]);
}

/// Types are checked by `.ci/run`, where TypeScript's compiler is.
#[test]
fn the_shipped_scenarios_pass_the_check() {
    let options = cli::Check {
        folder: cli::Folder {
            scenarios: path("scenarios"),
            config: Some(path("scenarios/none.json")).filter(|file| file.exists()),
        },
        types: false,
        strict: true,
        reporter: cli::CheckReporter::Pretty,
    };
    let mut out = Vec::new();
    let clean = cli::check::check(&options, Scenario::compile, &mut out).unwrap();
    assert!(clean, "{}", String::from_utf8(out).unwrap());
}

#[test]
fn the_shipped_rules_lead_where_the_readme_says() {
    let folder = shipped();
    for (number, scenario) in [
        ("0", "reception"),
        ("reception", "reception"),
        ("123", "forward"),
        ("245", "transfer-sip"),
        ("345", "recall"),
        ("400", "hunt"),
        ("500", "lookup"),
        ("600", "blocklist"),
        ("700", "play"),
        ("701", "say"),
        ("702", "record"),
        ("703", "recognise"),
        ("704", "voice-agent"),
        ("750", "quality"),
        ("760", "interview"),
        ("7", "menu"),
        ("9carol", "refer"),
        ("b2b-17", "load"),
        ("xfer-1", "load"),
        ("alice", "transfer"),
        ("+4930123456", "transfer"),
    ] {
        let program = folder.catalog().route(number).unwrap().program;
        let names: Vec<&str> = program.scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, [scenario], "{number}");
    }
}

/// The keys of the schema are those that the program takes: each alone is known, any other is not.
#[test]
fn the_rules_schema_knows_the_keys_that_are_read() {
    let schema = json("schema/rules.schema.json");
    let keys: BTreeSet<&String> = schema["items"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    let fault = Rules::read("rules.json", br#"[{"other": 1}]"#, &|_| true).unwrap_err();
    let read: BTreeSet<String> = fault[0]
        .message
        .split('`')
        .skip(3)
        .step_by(2)
        .map(str::to_string)
        .collect();
    assert_eq!(keys, read.iter().collect());
}

#[test]
fn the_configuration_schema_knows_the_keys_that_are_read() {
    let schema = json("schema/switchhook.schema.json");
    for (text, path) in [
        (r#"{"other": 1}"#, "/properties"),
        (
            r#"{"users": {"x": {"other": 1}}}"#,
            "/properties/users/additionalProperties/properties",
        ),
        (
            r#"{"trunks": {"x": {"other": 1}}}"#,
            "/properties/trunks/additionalProperties/properties",
        ),
        (
            r#"{"transfer": {"other": 1}}"#,
            "/properties/transfer/properties",
        ),
        (r#"{"http": {"other": 1}}"#, "/properties/http/properties"),
        (r#"{"media": {"other": 1}}"#, "/properties/media/properties"),
        (
            r#"{"recordings": {"other": 1}}"#,
            "/properties/recordings/properties",
        ),
        (
            r#"{"speech": {"other": 1}}"#,
            "/properties/speech/properties",
        ),
        (
            r#"{"speech": {"tts": {"other": 1}}}"#,
            "/properties/speech/properties/tts/properties",
        ),
        (
            r#"{"speech": {"tts": {"http": {"other": 1}}}}"#,
            "/properties/speech/properties/tts/properties/http/properties",
        ),
        (
            r#"{"speech": {"asr": {"other": 1}}}"#,
            "/properties/speech/properties/asr/properties",
        ),
        (
            r#"{"speech": {"asr": {"http": {"other": 1}}}}"#,
            "/properties/speech/properties/asr/properties/http/properties",
        ),
        (
            r#"{"speech": {"asr": {"socket": {"other": 1}}}}"#,
            "/properties/speech/properties/asr/properties/socket/properties",
        ),
        (
            r#"{"transfer": {"targets": {"other": 1}}}"#,
            "/properties/transfer/properties/targets/properties",
        ),
        (
            r#"{"trunks": {"x": {"transfer": {"other": 1}}}}"#,
            "/properties/trunks/additionalProperties/properties/transfer/properties",
        ),
    ] {
        let described = schema.pointer(path).and_then(Value::as_object).unwrap();
        let keys: BTreeSet<&String> = described.keys().collect();
        let no_secret = |_: &str| Err(String::new());
        let fault = switchhook::config::read("x", text.as_bytes(), &no_secret).unwrap_err();
        let read: BTreeSet<String> = fault[0]
            .message
            .split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_string)
            .collect();
        assert_eq!(keys, read.iter().collect(), "{text}");
    }
}

#[test]
fn the_code_of_the_readme_is_what_the_program_reads() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let blocks = |language: &str| {
        let fence = format!("```{language}\n");
        let blocks = readme.split(&fence).skip(1);
        blocks
            .map(|rest| rest.split("\n```").next().unwrap().to_string())
            .collect::<Vec<_>>()
    };
    // The test that it shows is played by `tests/trial`.
    let scripts = blocks("js").into_iter();
    let scripts: Vec<_> = scripts
        .filter(|script| !script.starts_with("test("))
        .collect();
    assert_eq!(scripts.len(), 3);
    for script in scripts {
        let scenario = Scenario::compile("readme", "README.md", script.as_bytes()).unwrap();
        assert_eq!(scenario.unsupported, []);
    }
    let secret = |_: &str| Ok("secret".to_string());
    for json in blocks("json") {
        if json.starts_with('[') {
            Rules::read("rules.json", json.as_bytes(), &|_| true).unwrap();
            continue;
        }
        let whole = match json.starts_with('{') {
            true => json,
            false => format!("{{{json}}}"),
        };
        switchhook::config::read("README.md", whole.as_bytes(), &secret).unwrap();
    }
}

/// The one table of the profiles is the one that is compiled in.
#[test]
fn the_profiles_are_those_of_the_documentation() {
    let text = fs::read_to_string(path("docs/transfers.md")).unwrap();
    let progress = |progress| match progress {
        Progress::None => "none",
        Progress::Initial => "initial",
        Progress::All => "all",
    };
    let id = |id| match id {
        NotifyId::Auto => "auto",
        NotifyId::Always => "always",
        NotifyId::Never => "never",
    };
    let yes = |yes| if yes { "yes" } else { "no" };
    let usual = Transfer::default();
    let expected = profile::ALL.iter().map(|row| {
        let agents = match row.agents {
            [] => "–".to_string(),
            agents => agents.join(", "),
        };
        let cells = match &row.manners {
            None => [
                format!("`acceptCode` ({})", usual.accept_code),
                format!("`progress` ({})", progress(usual.progress)),
                format!("`notifyId` ({})", id(usual.notify_id)),
                format!("`finalAtOnce` ({})", yes(usual.final_at_once)),
                format!("the peer, or we after `graceS` ({})", usual.grace_s),
            ],
            Some(fixed) => [
                fixed.accept_code.to_string(),
                progress(fixed.progress).to_string(),
                id(fixed.notify_id).to_string(),
                yes(fixed.final_at_once).to_string(),
                match fixed.leaver {
                    Leaver::Peer => "the peer, or we after `graceS`".to_string(),
                    Leaver::Us => "we, as soon as it has answered".to_string(),
                },
            ],
        };
        format!("| `{}` | {} | {agents} |", row.name, cells.join(" | "))
    });
    let described = text
        .lines()
        .skip_while(|line| !line.starts_with("| profile |"));
    let described: Vec<&str> = described
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(described, expected.collect::<Vec<_>>());
}

#[test]
fn every_json_file_that_is_shipped_is_json() {
    for file in ["scenarios/rules.json", "scenarios/jsconfig.json"] {
        assert!(!json(file).is_null(), "{file}");
    }
}

fn shipped() -> Folder {
    let paths = Paths {
        scenarios: path("scenarios"),
        config: path("scenarios/none.json"),
        config_named: false,
    };
    let (folder, reading) = Folder::open(paths, Scenario::compile).unwrap();
    assert_eq!(reading.faults, []);
    assert_eq!(reading.warnings, []);
    folder
}

fn json(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path(file)).unwrap()).unwrap()
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

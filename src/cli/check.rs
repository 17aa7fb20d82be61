//! `switchhook check`: everything that is wrong with scenarios, rules and configuration, as far as it can be seen
//! without a call, as `file:line:column: …`.

mod report;
mod types;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use crate::cli::{self, CheckReporter};
use crate::io::folder::{self, Compile, Folder, Paths};
use crate::scenario::check::{self, Code, Finding, RulesFile, Severity, Source};
use crate::scenario::load::{Contents, Kind, RULES_FILES, Snapshot, kind};
use crate::scenario::{Fault, source};

/// Writes every finding to `out`; whether the folder is as sound as it is wanted to be.
pub fn check(options: &cli::Check, compile: Compile, out: &mut impl Write) -> io::Result<bool> {
    let at = &options.folder.scenarios;
    let paths = Paths::new(at.clone(), options.folder.config.clone());
    let mut folder = Folder::new(paths, compile);
    let reading = folder.read();
    let snapshot = folder::snapshot(at).unwrap_or_default();
    let mut findings = told(at, reading.faults, reading.warnings);
    let catalog = folder.catalog();

    let sources = sources(at, &snapshot, &findings);
    let rules_file = rules_file(at, &snapshot);
    let rules = rules_file.as_ref().map(|(file, bytes)| RulesFile {
        rules: catalog.rules(),
        file,
        bytes,
    });
    findings.extend(check::check(&sources, rules));
    let (scenarios, rules) = (catalog.scenarios().count(), catalog.rules().rules.len());
    if sources.is_empty() && findings.is_empty() {
        let nowhere = Fault::new(
            &at.display().to_string(),
            1,
            1,
            "there is no scenario here yet",
        );
        findings.push(Finding::of(nowhere, Severity::Warning, Code::Rules));
    }
    if options.types {
        let tests = folder::tests(at).unwrap_or_default();
        let tests: Vec<String> = tests.into_keys().collect();
        findings.extend(types::check(at, &sources, catalog.rules(), &tests));
    }
    findings.sort_by(|one, other| check::key(one).cmp(&check::key(other)));
    findings.dedup();

    let texts = texts(at, &snapshot);
    let text = match options.reporter {
        CheckReporter::Pretty => report::pretty(&findings, &texts, scenarios, rules),
        CheckReporter::Json => report::json(&findings),
    };
    out.write_all(text.as_bytes())?;
    let worst = match options.strict {
        true => Severity::Warning,
        false => Severity::Error,
    };
    Ok(findings.iter().all(|finding| finding.severity > worst))
}

/// What the loader has said already.
fn told(at: &Path, faults: Vec<Fault>, warnings: Vec<Fault>) -> Vec<Finding> {
    let code = |fault: &Fault| {
        let file = Path::new(&fault.place.file);
        let name = file.file_name().and_then(|name| name.to_str());
        match name.map(kind) {
            _ if file == at => Code::Configuration,
            Some(Kind::Scenario(_)) => Code::Syntax,
            Some(Kind::Rules) => Code::Rules,
            _ => Code::Configuration,
        }
    };
    let faults = faults.into_iter().map(|fault| {
        let code = code(&fault);
        Finding::of(fault, Severity::Error, code)
    });
    let warnings = warnings.into_iter().filter_map(|fault| match code(&fault) {
        // What is not supported is found again, with its column.
        Code::Syntax => None,
        code => Some(Finding::of(fault, Severity::Warning, code)),
    });
    faults.chain(warnings).collect()
}

/// The scenarios of the folder; of two files of one name the first, as the loader takes it.
fn sources(at: &Path, snapshot: &Snapshot, findings: &[Finding]) -> Vec<Source> {
    let mut sources: BTreeMap<&str, Source> = BTreeMap::new();
    for (file, contents) in &snapshot.files {
        let Kind::Scenario(name) = kind(file) else {
            continue;
        };
        let path = at.join(file).display().to_string();
        let text = match contents {
            Contents::Bytes(bytes) => source::text(file, bytes).ok(),
            Contents::Refused(_) => None,
        };
        sources.entry(name).or_insert_with(|| Source {
            name: name.to_string(),
            faulty: text.is_none() || findings.iter().any(|finding| finding.place.file == path),
            file: path,
            text: text.unwrap_or_default().to_string(),
        });
    }
    sources.into_values().collect()
}

/// The file that the rules come from.
fn rules_file<'s>(at: &Path, snapshot: &'s Snapshot) -> Option<(String, &'s [u8])> {
    RULES_FILES
        .into_iter()
        .find_map(|file| match snapshot.files.get(file)? {
            Contents::Bytes(bytes) => Some((at.join(file).display().to_string(), &bytes[..])),
            Contents::Refused(_) => None,
        })
}

/// The texts of the folder by path, to show lines of them.
fn texts(at: &Path, snapshot: &Snapshot) -> BTreeMap<String, String> {
    let texts = snapshot.files.iter().filter_map(|(file, contents)| {
        let Contents::Bytes(bytes) = contents else {
            return None;
        };
        let text = source::text(file, bytes).ok()?;
        Some((at.join(file).display().to_string(), text.to_string()))
    });
    texts.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::script::program::Scenario;
    use expect_test::{Expect, expect};

    #[test]
    fn a_sound_folder_has_no_faults() {
        check_folder(
            &[
                ("a.js", "1"),
                ("rules.json", r#"[{"ruleName": "all", "scenarios": ["a"]}]"#),
                ("switchhook.json", r#"{"domain": "pbx.example"}"#),
            ],
            true,
            expect![[r#"
                1 scenario, 1 rule, no faults
            "#]],
        );
        check_folder(
            &[],
            true,
            expect![[r#"
                scenarios:1:1: warning: there is no scenario here yet
                0 scenarios, 0 rules, no faults, 1 warning
            "#]],
        );
    }

    #[test]
    fn every_fault_and_warning_is_one_line_with_its_place() {
        check_folder(
            &[
                ("a.js", "let x = 1;\nlet = = 2;"),
                ("b.js", "call.answerDirect();"),
                ("c.js", "1"),
                (
                    "rules.json",
                    "[{\"ruleName\": \"all\",\n\"scenarios\": [\"a\", \"b\", \"d\"]}]",
                ),
                ("switchhook.json", "{\n  \"limits\": {\"timers\": -1}\n}"),
            ],
            false,
            expect![[r#"
                scenarios/a.js:2:7: SyntaxError: unexpected token in expression: '='
                  2 | let = = 2;
                    |       ^
                scenarios/rules.json:2:25: there is no scenario `d`
                  2 | "scenarios": ["a", "b", "d"]}]
                    |                         ^
                scenarios/switchhook.json:2:24: a whole number 0–100000 is wanted
                Of VoxEngine, and not supported yet:
                    1  Call.answerDirect  b.js:1
                2 scenarios, 0 rules, 3 faults, 1 warning
            "#]],
        );
        check_folder(
            &[("a.js", "1"), ("b.js", "1")],
            false,
            expect![[r#"
                scenarios/rules.json:1:1: 2 scenarios and no rules: write which number leads to which, for example [{"ruleName": "a", "rulePattern": ".*", "scenarios": ["a"]}]
                2 scenarios, 0 rules, 1 fault
            "#]],
        );
    }

    #[test]
    fn a_scenario_that_no_rule_names_and_a_name_that_is_not_supported_are_warnings() {
        check_folder(
            &[
                ("a.js", "1"),
                ("b.js", "VoxEngine.enqueueACDRequest('sales', '1');"),
                ("rules.json", r#"[{"ruleName": "all", "scenarios": ["a"]}]"#),
            ],
            true,
            expect![[r#"
                scenarios/rules.json:1:1: warning: no rule names the scenario `b`
                Of VoxEngine, and not supported yet:
                    1  VoxEngine.enqueueACDRequest  b.js:1
                2 scenarios, 1 rule, no faults, 2 warnings
            "#]],
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_fault() {
        let options = cli::Folder {
            scenarios: "/nowhere/scenarios".into(),
            config: Some("/nowhere/switchhook.json".into()),
        };
        let mut out = Vec::new();
        assert!(!check(&plain(options), Scenario::compile, &mut out).unwrap());
        expect![[r#"
            /nowhere/scenarios:1:1: the scenario folder cannot be read: No such file or directory (os error 2)
            /nowhere/switchhook.json:1:1: cannot be read: No such file or directory (os error 2)
            0 scenarios, 0 rules, 2 faults
        "#]].assert_eq(&String::from_utf8(out).unwrap());
    }

    /// A folder on the disk; `switchhook.json` lies in it as well.
    pub fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, cli::Folder) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let config = folder.path().join("switchhook.json");
        let options = cli::Folder {
            scenarios: folder.path().to_path_buf(),
            config: config.exists().then_some(config),
        };
        (folder, options)
    }

    fn plain(folder: cli::Folder) -> cli::Check {
        cli::Check {
            folder,
            types: false,
            strict: false,
            reporter: CheckReporter::Pretty,
        }
    }

    #[track_caller]
    fn check_folder(files: &[(&str, &str)], sound: bool, expect: Expect) {
        let (folder, options) = folder(files);
        let mut out = Vec::new();
        assert_eq!(
            check(&plain(options), Scenario::compile, &mut out).unwrap(),
            sound
        );
        let text = String::from_utf8(out).unwrap();
        expect.assert_eq(&text.replace(&folder.path().display().to_string(), "scenarios"));
    }
}

//! `switchhook check`: every fault of scenarios, rules and configuration, as `file:line:column: …`.

use std::io::{self, Write};

use crate::cli;
use crate::io::folder::{Compile, Folder, Paths};
use crate::scenario::load::{RULES_FILES, count};

/// Writes every fault and warning to `out`; whether there is no fault.
pub fn check(options: &cli::Folder, compile: Compile, out: &mut impl Write) -> io::Result<bool> {
    let paths = Paths::new(options.scenarios.clone(), options.config.clone());
    let mut folder = Folder::new(paths, compile);
    let reading = folder.read();
    for fault in &reading.faults {
        writeln!(out, "{fault}")?;
    }
    for warning in &reading.warnings {
        let (place, message) = (&warning.place, &warning.message);
        writeln!(out, "{place}: warning: {message}")?;
    }
    let catalog = folder.catalog();
    let rules = catalog.rules().rules.len();
    let scenarios = catalog.scenarios().count();
    if rules > 0 {
        let file = options.scenarios.join(RULES_FILES[0]);
        let file = file.display();
        for unused in catalog.unused() {
            writeln!(
                out,
                "{file}:1:1: warning: no rule names the scenario `{unused}`"
            )?;
        }
    }
    if scenarios == 0 && reading.faults.is_empty() {
        let folder = options.scenarios.display();
        writeln!(out, "{folder}:1:1: warning: there is no scenario here yet")?;
    }
    let (scenarios, rules) = (count(scenarios, "scenario"), count(rules, "rule"));
    let faults = match reading.faults.len() {
        0 => "no faults".to_string(),
        n => count(n, "fault"),
    };
    writeln!(out, "{scenarios}, {rules}, {faults}")?;
    Ok(reading.faults.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::script;
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
            0 scenarios, 0 rules, no faults
        "#]],
        );
    }

    #[test]
    fn every_fault_and_warning_is_one_line_with_its_place() {
        check_folder(
            &[
                ("a.js", "let x = 1;\nlet = = 2;"),
                ("b.js", "call.say('hello');"),
                ("c.js", "1"),
                (
                    "rules.json",
                    "[{\"ruleName\": \"all\",\n\"scenarios\": [\"a\", \"b\", \"d\"]}]",
                ),
                ("switchhook.json", "{\n  \"limits\": {\"timers\": -1}\n}"),
            ],
            false,
            expect![[r#"
                scenarios/switchhook.json:2:24: a whole number 0–100000 is wanted
                scenarios/a.js:2:7: SyntaxError: unexpected token in expression: '='
                scenarios/rules.json:2:25: there is no scenario `d`
                scenarios/b.js:1:1: warning: Call.say is not supported yet
                2 scenarios, 0 rules, 3 faults
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
                ("b.js", "call.say('hello');"),
                ("rules.json", r#"[{"ruleName": "all", "scenarios": ["a"]}]"#),
            ],
            true,
            expect![[r#"
                scenarios/b.js:1:1: warning: Call.say is not supported yet
                scenarios/rules.json:1:1: warning: no rule names the scenario `b`
                2 scenarios, 1 rule, no faults
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
        assert!(!check(&options, compile, &mut out).unwrap());
        expect![[r#"
            /nowhere/switchhook.json:1:1: cannot be read: No such file or directory (os error 2)
            /nowhere/scenarios:1:1: the scenario folder cannot be read: No such file or directory (os error 2)
            0 scenarios, 0 rules, 2 faults
        "#]].assert_eq(&String::from_utf8(out).unwrap());
    }

    /// As the engine compiles, with one name that is not supported.
    fn compile(name: &str, file: &str, source: &[u8]) -> Result<Scenario, script::Fault> {
        let mut scenario = Scenario::compile(name, file, source)?;
        scenario.unsupported = match source.starts_with(b"call.say") {
            true => vec![("Call.say".to_string(), 1)],
            false => Vec::new(),
        };
        Ok(scenario)
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

    #[track_caller]
    fn check_folder(files: &[(&str, &str)], sound: bool, expect: Expect) {
        let (folder, options) = folder(files);
        let mut out = Vec::new();
        assert_eq!(check(&options, compile, &mut out).unwrap(), sound);
        let text = String::from_utf8(out).unwrap();
        expect.assert_eq(&text.replace(&folder.path().display().to_string(), "scenarios"));
    }
}

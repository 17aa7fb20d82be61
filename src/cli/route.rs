//! `switchhook route NUMBER`: which rule takes a number, and why the others do not.

use std::io::{self, Write};

use crate::cli;
use crate::io::folder::{Compile, Folder, Paths};
use crate::scenario::catalog::Verdict;

/// Writes what each rule says to the number; whether one takes it.
pub fn route(options: &cli::Route, compile: Compile, out: &mut impl Write) -> io::Result<bool> {
    let folder = &options.folder;
    let paths = Paths::new(folder.scenarios.clone(), folder.config.clone());
    let mut folder = Folder::new(paths, compile);
    for fault in folder.read().faults {
        writeln!(out, "{fault}")?;
    }
    let catalog = folder.catalog();
    let verdicts = catalog.explain(&options.number);
    let names = verdicts.iter().map(|(rule, _)| rule.name.chars().count());
    let width = names.max().unwrap_or(0);
    let mut answer = format!("404: no rule takes {}", options.number);
    let mut routed = false;
    for (rule, verdict) in &verdicts {
        let (sign, text) = match verdict {
            Verdict::Takes(scenarios) => {
                routed = true;
                answer = format!(
                    "{} leads to {} by the rule {}",
                    options.number,
                    scenarios.join(", "),
                    rule.name
                );
                ("yes", format!("/{}/ matches", rule.pattern.as_str()))
            }
            Verdict::CannotRun(scenario) => {
                answer = format!("503: the scenario `{scenario}` has a fault");
                ("yes", format!("/{}/ matches", rule.pattern.as_str()))
            }
            Verdict::Refuses(reason) => ("no", reason.clone()),
            Verdict::TooLate { matches: true } => {
                ("-", "would match, but a rule above takes it".to_string())
            }
            Verdict::TooLate { matches: false } => ("-", "would not match either".to_string()),
        };
        writeln!(out, "{sign:<3}  {:<width$}  {text}", rule.name)?;
    }
    if verdicts.is_empty() {
        writeln!(out, "there are no rules")?;
    }
    writeln!(out, "{answer}")?;
    Ok(routed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::check::tests::folder;
    use crate::script::program::Scenario;
    use expect_test::{Expect, expect};

    const RULES: &str = r#"[
        {"ruleName": "emergency", "rulePattern": "11[02]", "scenarios": ["broken"]},
        {"ruleName": "internal", "rulePattern": "1\\d\\d", "rulePatternExclude": "199", "scenarios": ["lib", "desk"]},
        {"ruleName": "short", "rulePattern": "\\d{3}", "scenarios": ["desk"]},
        {"ruleName": "long", "rulePattern": "\\d{4,}", "scenarios": ["desk"]}
    ]"#;

    #[test]
    fn each_rule_says_why_or_why_not() {
        check(
            "123",
            true,
            expect![[r#"
            scenarios/broken.js:1:7: SyntaxError: unexpected token in expression: '='
            no   emergency  /11[02]/ does not match
            yes  internal   /1\d\d/ matches
            -    short      would match, but a rule above takes it
            -    long       would not match either
            123 leads to lib@6b86b273ff34, desk@d4735e3a265e by the rule internal
        "#]],
        );
        check(
            "199",
            true,
            expect![[r#"
            scenarios/broken.js:1:7: SyntaxError: unexpected token in expression: '='
            no   emergency  /11[02]/ does not match
            no   internal   excluded by /199/
            yes  short      /\d{3}/ matches
            -    long       would not match either
            199 leads to desk@d4735e3a265e by the rule short
        "#]],
        );
        check(
            "112",
            false,
            expect![[r#"
            scenarios/broken.js:1:7: SyntaxError: unexpected token in expression: '='
            yes  emergency  /11[02]/ matches
            -    internal   would match, but a rule above takes it
            -    short      would match, but a rule above takes it
            -    long       would not match either
            503: the scenario `broken` has a fault
        "#]],
        );
        check(
            "alice",
            false,
            expect![[r#"
            scenarios/broken.js:1:7: SyntaxError: unexpected token in expression: '='
            no   emergency  /11[02]/ does not match
            no   internal   /1\d\d/ does not match
            no   short      /\d{3}/ does not match
            no   long       /\d{4,}/ does not match
            404: no rule takes alice
        "#]],
        );
    }

    #[test]
    fn a_folder_without_rules_routes_nothing() {
        let (_folder, options) = folder(&[]);
        let options = cli::Route {
            number: "1".to_string(),
            folder: options,
        };
        let mut out = Vec::new();
        assert!(!route(&options, Scenario::compile, &mut out).unwrap());
        expect![[r#"
            there are no rules
            404: no rule takes 1
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }

    #[track_caller]
    fn check(number: &str, routed: bool, expect: Expect) {
        let (folder, options) = folder(&[
            ("broken.js", "let = = 2;"),
            ("desk.js", "2"),
            ("lib.js", "1"),
            ("rules.json", RULES),
        ]);
        let options = cli::Route {
            number: number.to_string(),
            folder: options,
        };
        let mut out = Vec::new();
        assert_eq!(
            route(&options, Scenario::compile, &mut out).unwrap(),
            routed
        );
        let text = String::from_utf8(out).unwrap();
        expect.assert_eq(&text.replace(&folder.path().display().to_string(), "scenarios"));
    }
}

//! Rules bind numbers to scenarios: whole match on the dialled number or user, first match wins
//! (the format of voxengine-ci's `rules.config.json`).

use serde::Deserialize;

use crate::base::json::{self, Object, Step};
use crate::base::pattern::{Match, Pattern};
use crate::scenario::Fault;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    pub pattern: Pattern,
    pub exclude: Option<Pattern>,
    /// Names of scenarios; all of them run in one global scope, in this order.
    pub scenarios: Vec<String>,
    /// Calls to one number are calls of one session, as long as it runs.
    pub conference: bool,
}

/// All rules, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub rules: Vec<Rule>,
}

/// Rules that one file may hold.
const MOST_RULES: usize = 10_000;

/// A rule as the file has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    rule_name: String,
    #[serde(default)]
    rule_pattern: Option<String>,
    #[serde(default)]
    rule_pattern_exclude: Option<String>,
    scenarios: Vec<String>,
    #[serde(default)]
    conference: bool,
}

impl Rules {
    /// Reads `rules.json`. `known` tells whether a scenario of that name can be used. All faults of
    /// meaning are told at once, the first fault of form ends the reading.
    pub fn read(
        file: &str,
        bytes: &[u8],
        known: &dyn Fn(&str) -> bool,
    ) -> Result<Rules, Vec<Fault>> {
        let written: Vec<Object<Written>> =
            json::read(bytes).map_err(|fault| vec![Fault::json(file, fault)])?;
        let mut faults = Vec::new();
        let mut fault = |path: &[Step], message: String| {
            faults.push(Fault::json(file, json::fault_at(bytes, path, message)));
        };
        if written.len() > MOST_RULES {
            fault(&[], format!("more than {MOST_RULES} rules"));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for (index, Object(written)) in written.into_iter().take(MOST_RULES).enumerate() {
            let at = |key: &'static str| [Step::Index(index), Step::Key(key)];
            if written.rule_name.is_empty() {
                fault(&at("ruleName"), "a rule needs a name".to_string());
            } else if rules.iter().any(|rule| rule.name == written.rule_name) {
                let message = format!("there is a rule `{}` above already", written.rule_name);
                fault(&at("ruleName"), message);
            }
            let mut pattern = |key: &'static str, text: Option<String>| {
                text.and_then(|text| {
                    Pattern::new(&text)
                        .map_err(|wrong| fault(&at(key), wrong.to_string()))
                        .ok()
                })
            };
            let exclude = pattern("rulePatternExclude", written.rule_pattern_exclude);
            let pattern = match written.rule_pattern {
                None => Some(Pattern::any()),
                some => pattern("rulePattern", some),
            };
            if written.scenarios.is_empty() {
                let message = "a rule needs at least one scenario".to_string();
                fault(&at("scenarios"), message);
            }
            for (nth, name) in written.scenarios.iter().enumerate() {
                let path = [Step::Index(index), Step::Key("scenarios"), Step::Index(nth)];
                if !known(name) {
                    fault(&path, format!("there is no scenario `{name}`"));
                }
            }
            if let Some(pattern) = pattern {
                rules.push(Rule {
                    name: written.rule_name,
                    pattern,
                    exclude,
                    scenarios: written.scenarios,
                    conference: written.conference,
                });
            }
        }
        match faults.is_empty() {
            true => Ok(Rules { rules }),
            false => Err(faults),
        }
    }

    /// The one rule of a folder that has one scenario and no rules file.
    pub fn everything_to(scenario: &str) -> Rules {
        Rules {
            rules: vec![Rule {
                name: "default".to_string(),
                pattern: Pattern::any(),
                exclude: None,
                scenarios: vec![scenario.to_string()],
                conference: false,
            }],
        }
    }

    /// Whether any rule names the scenario.
    pub fn name_scenario(&self, name: &str) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.scenarios.iter().any(|named| named == name))
    }
}

impl Rule {
    /// Whether the rule takes `destination`, else why not, for people.
    pub fn takes(&self, destination: &str) -> Result<(), String> {
        match self.pattern.test(destination) {
            Match::Yes => {}
            Match::No => return Err(format!("/{}/ does not match", self.pattern.as_str())),
            Match::GivenUp => {
                return Err(format!(
                    "/{}/ took too many steps and was given up",
                    self.pattern.as_str()
                ));
            }
        }
        match self
            .exclude
            .as_ref()
            .map(|exclude| (exclude, exclude.test(destination)))
        {
            None | Some((_, Match::No)) => Ok(()),
            Some((exclude, Match::Yes)) => Err(format!("excluded by /{}/", exclude.as_str())),
            // Whom an exclusion means to keep out stays out.
            Some((exclude, Match::GivenUp)) => Err(format!(
                "its exclusion /{}/ took too many steps and was given up",
                exclude.as_str()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn a_rules_file_of_voxengine_ci_is_read() {
        let rules = Rules::read(
            "rules.json",
            br#"[
              {"ruleName": "internal", "rulePattern": "1\\d\\d", "rulePatternExclude": "199", "scenarios": ["lib", "reception"]},
              {"ruleName": "rest", "scenarios": ["reception"], "conference": true}
            ]"#,
            &|_| true,
        )
        .unwrap();
        expect![[r#"
            [
                Rule {
                    name: "internal",
                    pattern: /1\d\d/,
                    exclude: Some(
                        /199/,
                    ),
                    scenarios: [
                        "lib",
                        "reception",
                    ],
                    conference: false,
                },
                Rule {
                    name: "rest",
                    pattern: /(?s).*/,
                    exclude: None,
                    scenarios: [
                        "reception",
                    ],
                    conference: true,
                },
            ]
        "#]]
        .assert_debug_eq(&rules.rules);
        assert_eq!(rules.rules[0].takes("123"), Ok(()));
        assert_eq!(
            rules.rules[0].takes("1234"),
            Err("/1\\d\\d/ does not match".to_string())
        );
        assert_eq!(
            rules.rules[0].takes("199"),
            Err("excluded by /199/".to_string())
        );
        assert!(rules.name_scenario("lib"));
        assert!(!rules.name_scenario("other"));
    }

    #[test]
    fn every_fault_of_meaning_is_told_with_its_place() {
        check(
            r#"[
  {"ruleName": "a", "rulePattern": "(", "scenarios": ["nobody"]},
  {"ruleName": "", "rulePattern": ".*", "rulePatternExclude": "[", "scenarios": []},
  {"ruleName": "b", "scenarios": ["known"]},
  {"ruleName": "b", "scenarios": ["known"]}
]"#,
            expect![[r#"
                rules.json:2:36: `(` is not a regular expression: Parsing error at position 1: Opening parenthesis without closing parenthesis
                rules.json:2:55: there is no scenario `nobody`
                rules.json:3:16: a rule needs a name
                rules.json:3:63: `[` is not a regular expression: Parsing error at position 1: Invalid character class
                rules.json:3:81: a rule needs at least one scenario
                rules.json:5:16: there is a rule `b` above already
            "#]],
        );
    }

    #[test]
    fn a_fault_of_form_is_told_with_its_place() {
        check(
            "[{\"ruleName\": \"a\",\n \"rulePatern\": \".*\", \"scenarios\": [\"known\"]}]",
            expect![[r#"
                rules.json:2:13: unknown field `rulePatern`, expected one of `ruleName`, `rulePattern`, `rulePatternExclude`, `scenarios`, `conference`
            "#]],
        );
        check(
            "{\"rules\": []}",
            expect![[r#"
                rules.json:1:1: invalid type: map, expected a sequence
            "#]],
        );
        check(
            "[[\"a\", \".*\", null, [\"known\"]]]",
            expect![[r#"
            rules.json:1:1: invalid type: sequence, expected an object
        "#]],
        );
        check(
            "[{\"ruleName\": \"a\", \"scenarios\": [\"known\"]",
            expect![[r#"
                rules.json:1:41: EOF while parsing an object
            "#]],
        );
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let faults = Rules::read("rules.json", text.as_bytes(), &|name| name == "known");
        let faults: String = faults
            .unwrap_err()
            .iter()
            .map(|fault| format!("{fault}\n"))
            .collect();
        expect.assert_eq(&faults);
    }
}

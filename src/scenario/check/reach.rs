//! Rules that no number can reach, because those above them take all that they would. It is claimed only where it is
//! certain: patterns of plain regular expressions are compared as the sets of numbers that they match; one with
//! look-around, back references or flags takes part in no claim.

mod language;

use crate::scenario::{Rule, Rules};
use language::Language;

/// Rules that are compared; a file with more is made by a program.
const MOST_RULES: usize = 300;

/// Why no number reaches a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The rule of this name takes all of them.
    TakenBy(String),
    /// The rules above take them together.
    TakenTogether,
    /// Its exclusion takes away all that its pattern matches.
    Excluded,
}

/// By the rule's place in the list.
pub fn unreached(rules: &Rules) -> Vec<(usize, Unreached)> {
    let mut budget = language::BUDGET;
    let mut unreached = Vec::new();
    let mut above: Vec<(&Rule, Language)> = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate().take(MOST_RULES) {
        let Some(takes) = of(rule) else { continue };
        if takes.is_empty(&mut budget) == Some(true) {
            unreached.push((index, Unreached::Excluded));
            continue;
        }
        let all = Language::any_of(above.iter().map(|(_, takes)| takes));
        if takes.without(&all).is_empty(&mut budget) == Some(true) {
            let alone = above
                .iter()
                .find(|(_, other)| takes.without(other).is_empty(&mut budget) == Some(true));
            unreached.push((
                index,
                match alone {
                    Some((other, _)) => Unreached::TakenBy(other.name.clone()),
                    None => Unreached::TakenTogether,
                },
            ));
        }
        above.push((rule, takes));
    }
    unreached
}

/// The numbers that a rule takes, where its patterns are plain.
fn of(rule: &Rule) -> Option<Language> {
    let takes = Language::of(rule.pattern.as_str())?;
    match &rule.exclude {
        None => Some(takes),
        Some(exclude) => Some(takes.without(&Language::of(exclude.as_str())?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_below_one_that_takes_all_is_reached_by_nobody() {
        check(&[(".*", ""), ("1", "")], &["b: a"]);
        check(&[("1\\d\\d", ""), ("1\\d\\d", "")], &["b: a"]);
        check(
            &[
                ("1\\d\\d", ""),
                ("1[0-4]2", ""),
                ("(100|199)", ""),
                ("1\\d{3}", ""),
            ],
            &["b: a", "c: a"],
        );
        check(&[("\\+?49.+", ""), ("\\+49\\d+", "")], &["b: a"]);
        check(
            &[("[0-4]", ""), ("[5-9]", ""), ("[0-9]", ""), ("\\d", "")],
            &["c: together"],
        );
        check(&[("^.*$", ""), ("(?s).*", "")], &["b: a"]);
        check(&[("a|b|c", ""), ("(?:c|a)", "")], &["b: a"]);
    }

    #[test]
    fn what_is_not_certain_is_not_claimed() {
        check(&[(".+", ""), (".*", "")], &[]);
        check(&[("1\\d\\d", ""), ("1..", "")], &[]);
        check(&[("\\d+", ""), ("[0-9a]+", "")], &[]);
        check(&[(".*", "1"), ("1", "")], &[]);
        check(&[(".*", "1.*"), ("2", ""), ("1", "")], &["b: a"]);
        check(&[("(?!1).*", ""), ("2", "")], &[]);
        check(&[("(?i)abc", ""), ("abc", "")], &[]);
        check(&[("(.)\\1", ""), ("11", "")], &[]);
        check(&[("ä", ""), ("ä", "")], &[]);
        check(&[("a", "a")], &["a: excluded"]);
    }

    #[test]
    fn patterns_that_grow_without_end_are_given_up() {
        let long = "(a|b)*a(a|b){60}";
        check(&[(long, ""), ("(a|b)*b(a|b){60}", "")], &[]);
        check(&[("(((a{8}){8}){8}){8}", ""), ("b", "")], &[]);
    }

    /// Claims as `rule: by whom`, rules named from `a`.
    #[track_caller]
    fn check(rules: &[(&str, &str)], expected: &[&str]) {
        let named = |index: usize| char::from(b'a' + index as u8).to_string();
        let json: Vec<_> = rules
            .iter()
            .enumerate()
            .map(|(index, (pattern, exclude))| {
                let mut rule = serde_json::json!({"ruleName": named(index), "rulePattern": pattern, "scenarios": ["x"]});
                if !exclude.is_empty() {
                    rule["rulePatternExclude"] = (*exclude).into();
                }
                rule
            })
            .collect();
        let json = serde_json::to_vec(&json).unwrap();
        let rules = Rules::read("rules.json", &json, &|_| true).unwrap();
        let told: Vec<String> = unreached(&rules)
            .into_iter()
            .map(|(index, why)| match why {
                Unreached::TakenBy(other) => format!("{}: {other}", named(index)),
                Unreached::TakenTogether => format!("{}: together", named(index)),
                Unreached::Excluded => format!("{}: excluded", named(index)),
            })
            .collect();
        assert_eq!(told, expected);
    }
}

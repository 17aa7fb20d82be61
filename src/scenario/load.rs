//! From what lies in the folder to a new catalog. Whatever is at fault leaves its last good version in
//! use, and rules and scenarios change together or not at all.
//!
//! ```text
//!  file ──new bytes──▶ compiles ──▶ the version that new calls run
//!   │                  └ faults ──▶ told once; the last good version stays
//!   └──deleted──▶ the last good version stays while a rule names it
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::scenario::catalog::{Held, Origin};
use crate::scenario::source::{self, ENDINGS};
use crate::scenario::{Catalog, Fault, Rules};
use crate::script;
use crate::script::program::{Program, Scenario, version_of};

/// The rules file, and the name that voxengine-ci gives it.
pub const RULES_FILES: [&str; 2] = ["rules.json", "rules.config.json"];
/// A scenario has at most 256 Ki characters of at most 4 bytes; rules of any use fit as well.
pub const MOST_FILE_BYTES: u64 = 1 << 20;
/// Files that one folder may hold; beyond it the rest is refused.
pub const MOST_FILES: usize = 10_000;

/// What lies in the folder, by file name: only files that [`kind`] knows.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub files: BTreeMap<String, Contents>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    Bytes(Vec<u8>),
    /// It cannot be read, or is none: the reason, for people.
    Refused(String),
}

/// What a file name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    Rules,
    /// With the scenario's name.
    Scenario(&'a str),
    /// Tests, dotfiles, names with `_` in front, and whatever else lies there.
    Other,
}

/// Compiles one scenario: name, file, source.
pub type Compile<'a> = &'a dyn Fn(&str, &str, &[u8]) -> Result<Scenario, script::Fault>;

/// What a load came to.
#[derive(Debug)]
pub struct Loaded {
    pub catalog: Catalog,
    /// New since the catalog before.
    pub faults: Vec<Fault>,
    /// New since the catalog before: not wrong, but to be known.
    pub warnings: Vec<Fault>,
    pub changes: Changes,
}

/// What changed, by scenario name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub added: Vec<String>,
    /// With the version that new calls run now.
    pub changed: Vec<String>,
    pub removed: Vec<String>,
    /// Deleted, but still named by a rule.
    pub kept: Vec<String>,
    pub faulty: Vec<String>,
    pub rules: bool,
    /// What there is now.
    pub rule_count: usize,
    pub scenario_count: usize,
}

/// What a file name stands for. Names beginning with `.` or `_` and tests are nobody's scenario.
pub fn kind(file: &str) -> Kind<'_> {
    if RULES_FILES.contains(&file) {
        return Kind::Rules;
    }
    let stem = ENDINGS
        .iter()
        .find_map(|ending| file.strip_suffix(ending))
        .filter(|_| !file.ends_with(".d.ts"));
    let Some(stem) = stem else {
        return Kind::Other;
    };
    let name = stem.strip_suffix(".voxengine").unwrap_or(stem);
    match name.is_empty() || name.starts_with(['.', '_']) || name.ends_with(".test") {
        true => Kind::Other,
        false => Kind::Scenario(name),
    }
}

/// Makes the next catalog. What has the same bytes as before is not compiled again.
pub fn load(snapshot: &Snapshot, before: &Catalog, compile: Compile) -> Loaded {
    let mut loading = Loading {
        before,
        faults: Vec::new(),
        warnings: Vec::new(),
        changes: Changes::default(),
        passed_over: Vec::new(),
    };
    let mut scenarios = loading.scenarios(snapshot, compile);
    let (rules, origin) = loading.rules(snapshot, &scenarios);
    loading.drop_unnamed(&mut scenarios, &rules);

    let changes = &mut loading.changes;
    changes.rules = rules != before.rules || before.origin.is_faulty() && !origin.is_faulty();
    changes.rule_count = rules.rules.len();
    changes.scenario_count = scenarios.len();
    let programs = rules
        .rules
        .iter()
        .map(|rule| program(&rule.scenarios, &scenarios))
        .collect();
    Loaded {
        catalog: Catalog {
            rules,
            origin,
            programs,
            scenarios,
            passed_over: loading.passed_over,
        },
        faults: loading.faults,
        warnings: loading.warnings,
        changes: loading.changes,
    }
}

/// One load under way.
struct Loading<'a> {
    before: &'a Catalog,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
    changes: Changes,
    passed_over: Vec<String>,
}

impl Loading<'_> {
    fn scenarios(&mut self, snapshot: &Snapshot, compile: Compile) -> BTreeMap<String, Held> {
        let mut scenarios: BTreeMap<String, Held> = BTreeMap::new();
        for (file, contents) in &snapshot.files {
            let Kind::Scenario(name) = kind(file) else {
                continue;
            };
            match scenarios.get(name) {
                None => {
                    let held = self.scenario(name, file, contents, compile);
                    scenarios.insert(name.to_string(), held);
                }
                Some(first) => {
                    let message = format!(
                        "the scenario `{name}` is in {} already; rename one of them",
                        first.file
                    );
                    if self.pass_over(file) {
                        self.faults.push(Fault::new(file, 1, 1, message));
                    }
                }
            }
        }
        for (name, held) in &self.before.scenarios {
            if !scenarios.contains_key(name) && held.good.is_some() {
                let mut held = held.clone();
                held.deleted = true;
                held.fault = None;
                held.digest.clear();
                scenarios.insert(name.clone(), held);
            }
        }
        scenarios
    }

    /// Notes a file that is not used; whether that is news.
    fn pass_over(&mut self, file: &str) -> bool {
        self.passed_over.push(file.to_string());
        !self.before.passed_over.iter().any(|known| known == file)
    }

    fn scenario(&mut self, name: &str, file: &str, contents: &Contents, compile: Compile) -> Held {
        let digest = digest(contents);
        let before = self.before.scenarios.get(name);
        if let Some(before) = before
            && before.digest == digest
            && before.file == file
        {
            return before.clone();
        }
        let compiled = match contents {
            Contents::Bytes(bytes) => compiled(name, file, bytes, compile),
            Contents::Refused(reason) => Err(vec![Fault::new(file, 1, 1, reason.clone())]),
        };
        let last_good = before.and_then(|before| before.good.clone());
        match compiled {
            Ok(scenario) => {
                for (unsupported, line) in &scenario.unsupported {
                    let message = format!("{unsupported} is not supported yet");
                    self.warnings.push(Fault::new(file, *line, 1, message));
                }
                let versioned = format!("{name} {}", scenario.version);
                let was_sound = before.is_some_and(|held| held.fault.is_none() && !held.deleted);
                match last_good {
                    Some(last) if last.version == scenario.version && was_sound => {}
                    Some(_) => self.changes.changed.push(versioned),
                    None => self.changes.added.push(versioned),
                }
                Held {
                    file: file.to_string(),
                    digest,
                    good: Some(Arc::new(scenario)),
                    fault: None,
                    deleted: false,
                }
            }
            Err(faults) => {
                self.changes.faulty.push(name.to_string());
                let fault = faults.first().cloned();
                self.faults.extend(faults);
                Held {
                    file: file.to_string(),
                    digest,
                    good: last_good,
                    fault,
                    deleted: false,
                }
            }
        }
    }

    fn rules(
        &mut self,
        snapshot: &Snapshot,
        scenarios: &BTreeMap<String, Held>,
    ) -> (Rules, Origin) {
        let files: Vec<&str> = RULES_FILES
            .into_iter()
            .filter(|file| snapshot.files.contains_key(*file))
            .collect();
        if let [first, second] = files[..]
            && self.pass_over(second)
        {
            let message = format!("not read, as {first} lies beside it");
            self.warnings.push(Fault::new(second, 1, 1, message));
        }
        match files
            .first()
            .and_then(|file| Some((file, snapshot.files.get(*file)?)))
        {
            Some((file, contents)) => self.rules_of_file(file, contents, scenarios),
            None => self.rules_without_file(scenarios),
        }
    }

    fn rules_of_file(
        &mut self,
        file: &str,
        contents: &Contents,
        scenarios: &BTreeMap<String, Held>,
    ) -> (Rules, Origin) {
        let read = match contents {
            Contents::Bytes(bytes) => {
                Rules::read(file, bytes, &|name| scenarios.contains_key(name))
            }
            Contents::Refused(reason) => Err(vec![Fault::new(file, 1, 1, reason.clone())]),
        };
        let (rules, faults) = match read {
            Ok(rules) => (rules, Vec::new()),
            Err(faults) => (self.before.rules.clone(), faults),
        };
        let origin = Origin::File {
            digest: digest(contents),
            faults: faults.clone(),
            gone: false,
        };
        // A fault that stands is told again when the file has been touched, else once.
        let told = match &self.before.origin {
            Origin::File { digest, faults, .. } => {
                matches!(&origin, Origin::File { digest: now, .. } if now == digest)
                    .then_some(faults)
            }
            Origin::Nothing | Origin::OnlyScenario | Origin::Undecided { .. } => None,
        };
        let new = |fault: &Fault| told.is_none_or(|told| !told.contains(fault));
        self.faults.extend(faults.into_iter().filter(new));
        (rules, origin)
    }

    fn rules_without_file(&mut self, scenarios: &BTreeMap<String, Held>) -> (Rules, Origin) {
        let before = &self.before.origin;
        if let Origin::File { digest, gone, .. } = before {
            if !gone {
                let message = "it is gone; its last rules stay in use until it comes back \
                               or the program starts again";
                self.warnings
                    .push(Fault::new(RULES_FILES[0], 1, 1, message));
            }
            let origin = Origin::File {
                digest: digest.clone(),
                faults: Vec::new(),
                gone: true,
            };
            return (self.before.rules.clone(), origin);
        }
        let present: Vec<&str> = scenarios
            .iter()
            .filter(|(_, held)| !held.deleted)
            .map(|(name, _)| name.as_str())
            .collect();
        match present[..] {
            [] => (self.before.rules.clone(), before.clone()),
            [only] => (Rules::everything_to(only), Origin::OnlyScenario),
            [first, ..] => {
                let message = format!(
                    "{} scenarios and no rules: write which number leads to which, for example \
                     [{{\"ruleName\": \"{first}\", \"rulePattern\": \".*\", \"scenarios\": [\"{first}\"]}}]",
                    present.len()
                );
                let names: Vec<String> = present.iter().map(|name| name.to_string()).collect();
                let told = matches!(before, Origin::Undecided { among } if *among == names);
                if !told {
                    self.faults.push(Fault::new(RULES_FILES[0], 1, 1, message));
                }
                (
                    self.before.rules.clone(),
                    Origin::Undecided { among: names },
                )
            }
        }
    }

    /// A deleted scenario goes when no rule names it any more.
    fn drop_unnamed(&mut self, scenarios: &mut BTreeMap<String, Held>, rules: &Rules) {
        scenarios.retain(|name, held| {
            let known_deleted = self
                .before
                .scenarios
                .get(name)
                .is_some_and(|before| before.deleted);
            match (held.deleted, rules.name_scenario(name)) {
                (false, _) => true,
                (true, false) => {
                    self.changes.removed.push(name.clone());
                    false
                }
                (true, true) => {
                    if !known_deleted {
                        let message = "it is gone, but a rule names its scenario: \
                                       its last good version stays in use";
                        self.warnings.push(Fault::new(&held.file, 1, 1, message));
                        self.changes.kept.push(name.clone());
                    }
                    true
                }
            }
        });
        for name in self.before.scenarios.keys() {
            if !scenarios.contains_key(name) && !self.changes.removed.contains(name) {
                self.changes.removed.push(name.clone());
            }
        }
    }
}

/// A scenario of what lies in the folder; its version is that of its file, types included.
fn compiled(
    name: &str,
    file: &str,
    bytes: &[u8],
    compile: Compile,
) -> Result<Scenario, Vec<Fault>> {
    let script = source::script(file, bytes)?;
    let mut scenario =
        compile(name, file, &script).map_err(|fault| vec![Fault::script(file, fault)])?;
    if matches!(script, Cow::Owned(_)) {
        scenario.version = version_of(bytes);
    }
    Ok(scenario)
}

/// The scenarios of one rule together, or the name of the first that has never been good.
fn program(names: &[String], scenarios: &BTreeMap<String, Held>) -> Result<Arc<Program>, String> {
    let scenarios = names
        .iter()
        .map(|name| {
            let held = scenarios.get(name);
            held.and_then(|held| held.good.clone())
                .ok_or_else(|| name.clone())
        })
        .collect::<Result<Vec<_>, String>>()?;
    Ok(Arc::new(Program { scenarios }))
}

fn digest(contents: &Contents) -> String {
    match contents {
        Contents::Bytes(bytes) => {
            let hash = Sha256::digest(bytes);
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        Contents::Refused(reason) => format!("refused: {reason}"),
    }
}

impl Changes {
    /// Whether new calls run what calls before ran, and nothing new is wrong.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.changed.is_empty()
            && self.removed.is_empty()
            && self.kept.is_empty()
            && self.faulty.is_empty()
            && !self.rules
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("added", &self.added),
            ("changed", &self.changed),
            ("removed", &self.removed),
            ("deleted but still named by a rule", &self.kept),
            ("with a fault", &self.faulty),
        ];
        for (what, names) in parts {
            if !names.is_empty() {
                let shown = names
                    .iter()
                    .take(10)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ");
                let more = match names.len() {
                    0..=10 => String::new(),
                    n => format!(" and {} more", n - 10),
                };
                write!(f, "{what}: {shown}{more}; ")?;
            }
        }
        if self.rules {
            f.write_str("rules changed; ")?;
        }
        write!(
            f,
            "{} and {} now",
            count(self.rule_count, "rule"),
            count(self.scenario_count, "scenario")
        )
    }
}

/// `1 rule`, `2 rules`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fault::FaultKind;
    use expect_test::{Expect, expect};

    const RULES: &str = r#"[{"ruleName": "one", "rulePattern": "1.*", "scenarios": ["a"]},
{"ruleName": "rest", "scenarios": ["b"]}]"#;

    #[test]
    fn a_file_name_tells_what_it_stands_for() {
        assert_eq!(kind("rules.json"), Kind::Rules);
        assert_eq!(kind("rules.config.json"), Kind::Rules);
        assert_eq!(kind("reception.js"), Kind::Scenario("reception"));
        assert_eq!(kind("reception.voxengine.js"), Kind::Scenario("reception"));
        assert_eq!(kind("a.b.js"), Kind::Scenario("a.b"));
        assert_eq!(kind("reception.ts"), Kind::Scenario("reception"));
        assert_eq!(kind("reception.voxengine.ts"), Kind::Scenario("reception"));
        for other in [
            "reception.test.js",
            "reception.test.voxengine.js",
            ".hidden.js",
            "_shared.js",
            ".js",
            ".voxengine.js",
            "reception.js~",
            "reception.test.ts",
            "globals.d.ts",
            ".ts",
            "jsconfig.json",
            "4913",
        ] {
            assert_eq!(kind(other), Kind::Other, "{other}");
        }
    }

    #[test]
    fn the_only_scenario_of_a_folder_without_rules_takes_every_number() {
        check(
            &[&[("a.js", "1")], &[("a.js", "2")], &[("b.js", "2")], &[]],
            "12 alice",
            expect![[r#"
                a.js
                  changes  added: a 1; rules changed; 1 rule and 1 scenario now
                  12       default: a 1
                  alice    default: a 1
                a.js
                  changes  changed: a 2; 1 rule and 1 scenario now
                  12       default: a 2
                  alice    default: a 2
                b.js
                  changes  added: b 2; removed: a; rules changed; 1 rule and 1 scenario now
                  12       default: b 2
                  alice    default: b 2

                  warning  b.js:1:1: it is gone, but a rule names its scenario: its last good version stays in use
                  changes  deleted but still named by a rule: b; 1 rule and 1 scenario now
                  12       default: b 2
                  alice    default: b 2
            "#]],
        );
    }

    #[test]
    fn several_scenarios_without_rules_are_told_what_to_write() {
        check(
            &[
                &[("a.js", "1")],
                &[("a.js", "1"), ("b.js", "1")],
                &[("a.js", "1"), ("b.js", "2")],
                &[("a.js", "1"), ("b.js", "2"), ("rules.json", RULES)],
            ],
            "12 99",
            expect![[r#"
                a.js
                  changes  added: a 1; rules changed; 1 rule and 1 scenario now
                  12       default: a 1
                  99       default: a 1
                a.js b.js
                  fault    rules.json:1:1: 2 scenarios and no rules: write which number leads to which, for example [{"ruleName": "a", "rulePattern": ".*", "scenarios": ["a"]}]
                  changes  added: b 1; 1 rule and 2 scenarios now
                  12       default: a 1
                  99       default: a 1
                a.js b.js
                  changes  changed: b 2; 1 rule and 2 scenarios now
                  12       default: a 1
                  99       default: a 1
                a.js b.js rules.json
                  changes  rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 2
            "#]],
        );
    }

    #[test]
    fn a_fault_leaves_the_last_good_version_in_use_and_is_told_once() {
        check(
            &[
                &[("a.js", "1"), ("b.js", "1"), ("rules.json", RULES)],
                &[("a.js", "! oops"), ("b.js", "2"), ("rules.json", RULES)],
                &[("a.js", "! oops"), ("b.js", "3"), ("rules.json", RULES)],
                &[("a.js", "1"), ("b.js", "3"), ("rules.json", RULES)],
            ],
            "12 99",
            expect![[r#"
                a.js b.js rules.json
                  changes  added: a 1, b 1; rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 1
                a.js b.js rules.json
                  fault    a.js:1:3: oops
                  changes  changed: b 2; with a fault: a; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 2
                a.js b.js rules.json
                  changes  changed: b 3; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 3
                a.js b.js rules.json
                  changes  changed: a 1; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 3
            "#]],
        );
    }

    #[test]
    fn faulty_rules_leave_the_last_good_rules_in_use() {
        check(
            &[
                &[("a.js", "1"), ("b.js", "1"), ("rules.json", RULES)],
                &[("a.js", "1"), ("b.js", "2"), ("rules.json", "[")],
                &[("a.js", "1"), ("b.js", "3"), ("rules.json", "[")],
                &[("a.js", "1"), ("b.js", "3")],
                &[("a.js", "1"), ("b.js", "3"), ("rules.json", "[]")],
                &[("a.js", "1"), ("b.js", "3"), ("rules.json", RULES)],
            ],
            "12 99",
            expect![[r#"
                a.js b.js rules.json
                  changes  added: a 1, b 1; rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 1
                a.js b.js rules.json
                  fault    rules.json:1:1: EOF while parsing a list
                  changes  changed: b 2; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 2
                a.js b.js rules.json
                  changes  changed: b 3; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 3
                a.js b.js
                  warning  rules.json:1:1: it is gone; its last rules stay in use until it comes back or the program starts again
                  12       one: a 1
                  99       rest: b 3
                a.js b.js rules.json
                  changes  rules changed; 0 rules and 2 scenarios now
                  12       404 there are no rules
                  99       404 there are no rules
                a.js b.js rules.json
                  changes  rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 3
            "#]],
        );
    }

    #[test]
    fn a_deleted_scenario_stays_until_no_rule_names_it() {
        let rest = r#"[{"ruleName": "rest", "scenarios": ["b"]}]"#;
        check(
            &[
                &[("a.js", "1"), ("b.js", "1"), ("rules.json", RULES)],
                &[("b.js", "1"), ("rules.json", RULES)],
                &[("b.js", "2"), ("rules.json", RULES)],
                &[("b.js", "2"), ("rules.json", rest)],
            ],
            "12",
            expect![[r#"
                a.js b.js rules.json
                  changes  added: a 1, b 1; rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                b.js rules.json
                  warning  a.js:1:1: it is gone, but a rule names its scenario: its last good version stays in use
                  changes  deleted but still named by a rule: a; 2 rules and 2 scenarios now
                  12       one: a 1
                b.js rules.json
                  changes  changed: b 2; 2 rules and 2 scenarios now
                  12       one: a 1
                b.js rules.json
                  changes  removed: a; rules changed; 1 rule and 1 scenario now
                  12       rest: b 2
            "#]],
        );
    }

    #[test]
    fn a_scenario_that_was_never_good_answers_503_and_nothing_falls_through_to_the_next_rule() {
        check(
            &[
                &[("a.js", "! oops"), ("b.js", "1"), ("rules.json", RULES)],
                &[("a.js", "1"), ("b.js", "1"), ("rules.json", RULES)],
            ],
            "12 99",
            expect![[r#"
                a.js b.js rules.json
                  fault    a.js:1:3: oops
                  changes  added: b 1; with a fault: a; rules changed; 2 rules and 2 scenarios now
                  12       503 one: matches, but its scenario `a` has a fault
                  99       rest: b 1
                a.js b.js rules.json
                  changes  added: a 1; 2 rules and 2 scenarios now
                  12       one: a 1
                  99       rest: b 1
            "#]],
        );
    }

    #[test]
    fn a_name_that_two_files_claim_belongs_to_the_first() {
        check(
            &[
                &[("a.js", "1"), ("a.voxengine.js", "2")],
                &[("a.js", "1"), ("a.voxengine.js", "3")],
                &[("a.voxengine.js", "3")],
            ],
            "12",
            expect![[r#"
                a.js a.voxengine.js
                  fault    a.voxengine.js:1:1: the scenario `a` is in a.js already; rename one of them
                  changes  added: a 1; rules changed; 1 rule and 1 scenario now
                  12       default: a 1
                a.js a.voxengine.js
                  12       default: a 1
                a.voxengine.js
                  changes  changed: a 3; 1 rule and 1 scenario now
                  12       default: a 3
            "#]],
        );
        let both = [
            ("b.js", "1"),
            ("a.js", "1"),
            ("rules.json", RULES),
            ("rules.config.json", "?"),
        ];
        check(
            &[&both, &both],
            "12",
            expect![[r#"
            b.js a.js rules.json rules.config.json
              warning  rules.config.json:1:1: not read, as rules.json lies beside it
              changes  added: a 1, b 1; rules changed; 2 rules and 2 scenarios now
              12       one: a 1
            b.js a.js rules.json rules.config.json
              12       one: a 1
        "#]],
        );
    }

    #[test]
    fn rules_may_change_together_with_the_scenario_that_they_name() {
        let rest = r#"[{"ruleName": "rest", "scenarios": ["c", "b"]}]"#;
        check(
            &[
                &[("a.js", "1"), ("b.js", "1"), ("rules.json", RULES)],
                &[("c.js", "1"), ("b.js", "1"), ("rules.json", rest)],
            ],
            "12",
            expect![[r#"
                a.js b.js rules.json
                  changes  added: a 1, b 1; rules changed; 2 rules and 2 scenarios now
                  12       one: a 1
                c.js b.js rules.json
                  changes  added: c 1; removed: a; rules changed; 1 rule and 2 scenarios now
                  12       rest: c 1, b 1
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_of_that_file_alone() {
        let mut snapshot = Snapshot::default();
        let mut put = |file: &str, contents| snapshot.files.insert(file.to_string(), contents);
        put("a.js", Contents::Refused("a FIFO".to_string()));
        put("b.js", Contents::Bytes(b"1".to_vec()));
        put("rules.json", Contents::Bytes(RULES.as_bytes().to_vec()));
        let loaded = load(&snapshot, &Catalog::default(), &compile);
        assert_eq!(loaded.faults[0].to_string(), "a.js:1:1: a FIFO");
        assert_eq!(loaded.catalog.route("12").unwrap_err().code, 503);
        assert!(loaded.catalog.route("99").is_ok());
        assert_eq!(load(&snapshot, &loaded.catalog, &compile).faults, []);
    }

    #[test]
    fn nothing_is_compiled_twice() {
        let count = std::cell::Cell::new(0);
        let counting = |name: &str, file: &str, source: &[u8]| {
            count.set(count.get() + 1);
            compile(name, file, source)
        };
        let first = load(&snapshot(&[("a.js", "1")]), &Catalog::default(), &counting);
        let second = load(&snapshot(&[("a.js", "1")]), &first.catalog, &counting);
        assert!(second.changes.is_empty());
        assert_eq!(count.get(), 1);
    }

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let bytes = |text: &str| Contents::Bytes(text.as_bytes().to_vec());
        let files = files.iter();
        Snapshot {
            files: files
                .map(|(file, text)| (file.to_string(), bytes(text)))
                .collect(),
        }
    }

    /// A text is its own version; one with `!` in front does not compile.
    fn compile(name: &str, file: &str, source: &[u8]) -> Result<Scenario, script::Fault> {
        let text = String::from_utf8(source.to_vec()).unwrap();
        if let Some(message) = text.strip_prefix("! ") {
            return Err(script::Fault {
                kind: FaultKind::Syntax,
                message: message.to_string(),
                place: Some(script::Place {
                    file: file.to_string(),
                    line: 1,
                    column: 3,
                }),
                stack: String::new(),
            });
        }
        Ok(Scenario {
            name: name.to_string(),
            file: file.to_string(),
            version: text,
            bytecode: Default::default(),
            unsupported: Vec::new(),
        })
    }

    /// Loads one folder after the other and prints what was told and where `numbers` lead.
    #[track_caller]
    fn check(folders: &[&[(&str, &str)]], numbers: &str, expect: Expect) {
        let mut catalog = Catalog::default();
        let mut ladder = String::new();
        for files in folders {
            let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            ladder += &format!("{}\n", names.join(" "));
            let loaded = load(&snapshot(files), &catalog, &compile);
            for fault in loaded.faults {
                ladder += &format!("  fault    {fault}\n");
            }
            for warning in loaded.warnings {
                ladder += &format!("  warning  {warning}\n");
            }
            if !loaded.changes.is_empty() {
                ladder += &format!("  changes  {}\n", loaded.changes);
            }
            catalog = loaded.catalog;
            for number in numbers.split(' ') {
                let route = match catalog.route(number) {
                    Ok(route) => {
                        let scenarios = route.program.scenarios.iter();
                        let scenarios: Vec<String> = scenarios
                            .map(|scenario| format!("{} {}", scenario.name, scenario.version))
                            .collect();
                        format!("{}: {}", route.rule, scenarios.join(", "))
                    }
                    Err(unrouted) => format!("{} {unrouted}", unrouted.code),
                };
                ladder += &format!("  {number:<8} {route}\n");
            }
        }
        expect.assert_eq(&ladder);
    }
}

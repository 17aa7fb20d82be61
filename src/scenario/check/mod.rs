//! What is wrong with the scenarios of a folder and their rules, as far as it can be seen without running them. The
//! engine and the loader have said already what does not compile; this is about what would fail later, in a call.

pub mod api;
mod infer;
mod members;
mod names;
mod nearest;
mod reach;
mod surface;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::base::json::{self, Step};
use crate::scenario::syntax::tree::Span;
use crate::scenario::syntax::{self, Language, Lines, Script};
use crate::scenario::{Fault, Rules};
use crate::script::Place;
pub use names::LANGUAGE;
use names::{Declared, Names, Wanted};
use reach::Unreached;

/// Findings that are told of one script.
const MOST_FOUND: usize = 200;

/// One scenario, as it lies in the folder; without a byte order mark.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub file: String,
    pub text: String,
    /// The engine cannot run it: what it declares is not known.
    pub faulty: bool,
}

/// The rules as they are in use, and the file that they come from.
#[derive(Clone, Copy, Debug)]
pub struct RulesFile<'r> {
    pub rules: &'r Rules,
    pub file: &'r str,
    pub bytes: &'r [u8],
}

/// One thing that is wrong, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub place: Place,
    /// Where it ends, line and column, where that is known.
    pub end: Option<(u32, u32)>,
    pub severity: Severity,
    pub code: Code,
    pub message: String,
    /// The member of VoxEngine that is not supported yet.
    pub missed: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot work.
    Error,
    /// It may be meant.
    Warning,
}

/// What kind of finding it is, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Configuration,
    Rules,
    Syntax,
    Undeclared,
    BeforeDeclaration,
    Constant,
    Redeclared,
    UnknownMember,
    Unsupported,
    Event,
    Listener,
    UnusedScenario,
    UnreachableRule,
    Type,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Configuration => "configuration",
            Code::Rules => "rules",
            Code::Syntax => "syntax",
            Code::Undeclared => "undeclared",
            Code::BeforeDeclaration => "before-declaration",
            Code::Constant => "constant",
            Code::Redeclared => "redeclared",
            Code::UnknownMember => "unknown-member",
            Code::Unsupported => "unsupported",
            Code::Event => "event",
            Code::Listener => "listener",
            Code::UnusedScenario => "unused-scenario",
            Code::UnreachableRule => "unreachable-rule",
            Code::Type => "type",
        }
    }
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl Finding {
    pub fn of(fault: Fault, severity: Severity, code: Code) -> Finding {
        Finding {
            place: fault.place,
            end: None,
            severity,
            code,
            message: fault.message,
            missed: None,
        }
    }
}

/// What is found in one script, by its offsets.
#[derive(Debug)]
struct Found {
    span: Span,
    severity: Severity,
    code: Code,
    message: String,
    missed: Option<String>,
}

impl Found {
    fn error(span: Span, code: Code, message: String) -> Found {
        Found {
            span,
            severity: Severity::Error,
            code,
            message,
            missed: None,
        }
    }

    fn warning(span: Span, code: Code, message: String) -> Found {
        Found {
            severity: Severity::Warning,
            ..Found::error(span, code, message)
        }
    }

    /// What VoxEngine has and we have not.
    fn missed(span: Span, member: String) -> Found {
        let message = format!("{member} is not supported yet");
        Found {
            missed: Some(member),
            ..Found::warning(span, Code::Unsupported, message)
        }
    }
}

/// What one script is seen to be.
#[derive(Default)]
struct Seen {
    names: Names,
    found: Vec<Found>,
}

/// Everything that is found, by file and place.
pub fn check(sources: &[Source], rules: Option<RulesFile<'_>>) -> Vec<Finding> {
    let mut assigned = HashSet::new();
    for source in sources.iter().filter(|source| !source.faulty) {
        let language = Language::of(&source.file);
        let of_script = |script: &Script<'_>| members::assigned(script.semantic.nodes());
        assigned.extend(syntax::read(&source.text, language, of_script).unwrap_or_default());
    }
    let seen: Vec<Option<Seen>> = sources
        .iter()
        .map(|source| see(source, &assigned))
        .collect();
    let mut findings = Vec::new();
    let whole = Whole {
        sources,
        seen: &seen,
        rules: rules.map(|rules| rules.rules),
    };
    for (index, (source, seen)) in sources.iter().zip(&seen).enumerate() {
        let Some(seen) = seen else { continue };
        let mut found = whole.undeclared(index, &seen.names);
        found.extend(whole.redeclared(index));
        let lines = Lines::new(&source.text);
        let all = seen.found.iter().chain(&found);
        findings.extend(all.take(MOST_FOUND).map(|found| {
            let place = |offset| lines.place(&source.text, offset);
            let (line, column) = place(found.span.start);
            Finding {
                place: Place {
                    file: source.file.clone(),
                    line,
                    column,
                },
                end: Some(place(found.span.end)),
                severity: found.severity,
                code: found.code,
                message: found.message.clone(),
                missed: found.missed.clone(),
            }
        }));
    }
    if let Some(rules) = rules {
        findings.extend(unused(sources, rules));
        findings.extend(unreached(sources, rules));
    }
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    findings
}

/// The order in which findings are told.
pub fn key(finding: &Finding) -> (&str, u32, u32, Severity, &str) {
    let Place { file, line, column } = &finding.place;
    (file, *line, *column, finding.severity, &finding.message)
}

/// One script by itself; nothing where it cannot run, which has been told.
fn see(source: &Source, assigned: &HashSet<String>) -> Option<Seen> {
    if source.faulty {
        return None;
    }
    let read = syntax::read(&source.text, Language::of(&source.file), |script| {
        let (names, mut found) = names::look(script);
        let types = infer::Types::new(script, api::api());
        found.extend(members::look(&types, assigned));
        Seen { names, found }
    });
    // The engine takes it, so it can run; other tools may not.
    let wrongs = match read {
        Ok(seen) => return Some(seen),
        Err(wrongs) => wrongs,
    };
    let found = wrongs.into_iter().map(|wrong| {
        let span = Span::new(wrong.start, wrong.end);
        let message = format!(
            "{}: the engine takes it, nothing else is checked here",
            wrong.message
        );
        Found::warning(span, Code::Syntax, message)
    });
    Some(Seen {
        names: Names::default(),
        found: found.collect(),
    })
}

/// All scripts together: the scenarios of a rule share one global scope, in their order.
struct Whole<'w> {
    sources: &'w [Source],
    seen: &'w [Option<Seen>],
    rules: Option<&'w Rules>,
}

impl Whole<'_> {
    /// The rules of a scenario: name, and the scenarios that they run.
    fn rules_of(&self, index: usize) -> Vec<(&str, Vec<usize>)> {
        let name = self.sources.get(index).map(|source| source.name.as_str());
        let rules = self.rules.map_or(&[][..], |rules| &rules.rules);
        let those = rules.iter().filter(|rule| {
            let mut names = rule.scenarios.iter().map(String::as_str);
            names.any(|one| Some(one) == name)
        });
        let of = |name: &String| {
            let mut sources = self.sources.iter();
            sources.position(|source| source.name == *name)
        };
        those
            .map(|rule| {
                (
                    rule.name.as_str(),
                    rule.scenarios.iter().filter_map(of).collect(),
                )
            })
            .collect()
    }

    fn names(&self, index: usize) -> Option<&Names> {
        self.seen.get(index)?.as_ref().map(|seen| &seen.names)
    }

    fn declares(&self, index: usize, name: &str) -> bool {
        self.names(index).is_some_and(|names| {
            names.made.contains(name) || names.declared.iter().any(|one| one.name == name)
        })
    }

    fn file(&self, index: usize) -> &str {
        let source = self.sources.get(index);
        source.map_or("", |source| source.file.as_str())
    }

    /// Names that are declared nowhere, each where it stands first.
    fn undeclared(&self, index: usize, names: &Names) -> Vec<Found> {
        let (api, rules) = (api::api(), self.rules_of(index));
        let language: HashSet<&str> = LANGUAGE.split_whitespace().collect();
        let mut told = HashSet::new();
        let mut found = Vec::new();
        for wanted in &names.wanted {
            let name = wanted.name.as_str();
            let is_known = language.contains(name)
                || api.globals.contains_key(name)
                || names.made.contains(name);
            if is_known {
                continue;
            }
            let Some(why) = self.missing(index, wanted, &rules) else {
                continue;
            };
            if surface::has_global(name) {
                let what = match &wanted.member {
                    Some(member) => format!("{name}.{member}"),
                    None => name.to_string(),
                };
                found.push(Found::missed(wanted.span, what));
                continue;
            }
            if !told.insert(name) {
                continue;
            }
            let own = names.declared.iter().map(|declared| declared.name.as_str());
            let globals = api.globals.keys().map(String::as_str);
            let near = nearest::nearest(name, own.chain(globals).chain(language.iter().copied()));
            let message = match near {
                Some(near) => format!("{why}: did you mean `{near}`?"),
                None => why,
            };
            found.push(Found::error(wanted.span, Code::Undeclared, message));
        }
        found
    }

    /// Why a name is not there, in some rule of the scenario.
    fn missing(
        &self,
        index: usize,
        wanted: &Wanted,
        rules: &[(&str, Vec<usize>)],
    ) -> Option<String> {
        let name = &wanted.name;
        if rules.is_empty() {
            // Nobody knows beside which scenarios it is meant to run.
            let mut others = 0..self.sources.len();
            let known =
                others.any(|other| self.names(other).is_none() || self.declares(other, name));
            return (!known).then(|| format!("`{name}` is declared nowhere"));
        }
        rules.iter().find_map(|(rule, scenarios)| {
            if scenarios.iter().any(|other| self.names(*other).is_none()) {
                return None;
            }
            let place = scenarios.iter().position(|other| *other == index)?;
            let by = scenarios
                .iter()
                .position(|other| self.declares(*other, name));
            match by {
                Some(by) if by <= place || wanted.later => None,
                Some(by) => {
                    let file = self.file(scenarios.get(by).copied().unwrap_or(index));
                    Some(format!(
                        "`{name}` is declared in {file}, which runs after this in rule `{rule}`"
                    ))
                }
                None if scenarios.len() < 2 => Some(format!("`{name}` is declared nowhere")),
                None => Some(format!("`{name}` is declared nowhere in rule `{rule}`")),
            }
        })
    }

    /// Names that a scenario before it has already, where one of the two can be the only one.
    fn redeclared(&self, index: usize) -> Vec<Found> {
        let mut found = BTreeMap::new();
        for (rule, scenarios) in self.rules_of(index) {
            let mut before: HashMap<&str, (usize, &Declared)> = HashMap::new();
            for other in scenarios {
                let declared = self.names(other).map_or(&[][..], |names| &names.declared);
                for one in declared {
                    let first = before.get(one.name.as_str()).copied();
                    if let Some((first, earlier)) = first
                        && other == index
                        && (one.alone || earlier.alone)
                    {
                        let text = self.sources.get(first).map_or("", |source| &source.text);
                        let (line, _) = Lines::new(text).place(text, earlier.span.start);
                        let (name, file) = (&one.name, self.file(first));
                        let message = format!(
                            "`{name}` is declared in {file}:{line} already: the scenarios of rule `{rule}` share one global scope"
                        );
                        let redeclared = Found::error(one.span, Code::Redeclared, message);
                        found.entry(one.span.start).or_insert(redeclared);
                    }
                    before.entry(&one.name).or_insert((other, one));
                }
            }
        }
        found.into_values().collect()
    }
}

/// Scenarios that no rule names.
fn unused(sources: &[Source], rules: RulesFile<'_>) -> Vec<Finding> {
    if rules.rules.rules.is_empty() {
        // They have a fault, which has been told.
        return Vec::new();
    }
    let unused = sources
        .iter()
        .filter(|source| !rules.rules.name_scenario(&source.name));
    let told = unused.map(|source| {
        let message = format!("no rule names the scenario `{}`", source.name);
        let fault = Fault::new(rules.file, 1, 1, message);
        Finding::of(fault, Severity::Warning, Code::UnusedScenario)
    });
    told.collect()
}

/// Rules that no number reaches, and scenarios of such rules alone.
fn unreached(sources: &[Source], rules: RulesFile<'_>) -> Vec<Finding> {
    let unreached = reach::unreached(rules.rules);
    let dead: HashSet<usize> = unreached.iter().map(|(index, _)| *index).collect();
    let mut findings: Vec<Finding> = unreached
        .into_iter()
        .map(|(index, why)| {
            let message = match why {
                Unreached::TakenBy(other) => {
                    format!("no number reaches this rule: `{other}` above takes all that it would")
                }
                Unreached::TakenTogether => {
                    "no number reaches this rule: those above take all that it would".to_string()
                }
                Unreached::Excluded => {
                    "no number reaches this rule: its exclusion takes all away".to_string()
                }
            };
            let path = [Step::Index(index), Step::Key("ruleName")];
            let fault = Fault::json(rules.file, json::fault_at(rules.bytes, &path, message));
            Finding::of(fault, Severity::Warning, Code::UnreachableRule)
        })
        .collect();
    for source in sources {
        let all = rules.rules.rules.iter().enumerate();
        let mut naming = all.filter(|(_, rule)| rule.scenarios.contains(&source.name));
        let mut named = naming.clone();
        if named.next().is_some() && naming.all(|(index, _)| dead.contains(&index)) {
            let message = format!("no number reaches the scenario `{}`", source.name);
            let fault = Fault::new(&source.file, 1, 1, message);
            let code = Code::UnusedScenario;
            findings.push(Finding::of(fault, Severity::Warning, code));
        }
    }
    findings
}

/// The members of VoxEngine that are missed, the most used first, with the places of each: file and lines.
pub fn missed(findings: &[Finding]) -> Vec<(String, usize, BTreeMap<String, Vec<u32>>)> {
    let mut members: BTreeMap<&str, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
    for finding in findings {
        if let Some(member) = &finding.missed {
            let files = members.entry(member).or_default();
            let lines = files.entry(finding.place.file.clone()).or_default();
            lines.push(finding.place.line);
        }
    }
    let counted = members.into_iter().map(|(member, files)| {
        let uses = files.values().map(Vec::len).sum();
        (member.to_string(), uses, files)
    });
    let mut missed: Vec<(String, usize, BTreeMap<String, Vec<u32>>)> = counted.collect();
    missed.sort_by_key(|(_, uses, _)| std::cmp::Reverse(*uses));
    missed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::program::LONGEST_SOURCE;

    #[test]
    fn a_text_that_nests_as_deep_as_it_is_long_is_checked() {
        for (open, middle, close) in [
            ("a.", "b", ""),
            ("a(", "1", ")"),
            ("a(x=>", "1", ")"),
            ("(", "1", ")"),
            ("a||", "1", ""),
            ("a?b:", "1", ""),
            ("(function(a){a=1;", "", "})"),
            ("{let a=b;", "", "}"),
            ("a=", "1", ""),
            ("VoxEngine.callUser(", "1", ")"),
        ] {
            let times = LONGEST_SOURCE / 4 / (open.len() + close.len());
            let text = format!("{}{middle}{}", open.repeat(times), close.repeat(times));
            let source = Source {
                name: "deep".to_string(),
                file: "deep.js".to_string(),
                text,
                faulty: false,
            };
            check(&[source], None);
        }
    }
}

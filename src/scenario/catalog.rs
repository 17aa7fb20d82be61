//! The snapshot that a new call is routed by. Running sessions keep the one they started with.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::scenario::{Fault, Rule, Rules};
use crate::script::Program;
use crate::script::program::Scenario;

/// Rules and compiled scenarios that fit together.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub(super) rules: Rules,
    pub(super) origin: Origin,
    /// One for each of `rules`; `Err` names the scenario that has never been good.
    pub(super) programs: Vec<Result<Arc<Program>, String>>,
    /// By scenario name.
    pub(super) scenarios: BTreeMap<String, Held>,
    /// What lies in the folder and is not used, as it was told once: surplus files of a scenario's name,
    /// and a second rules file.
    pub(super) passed_over: Vec<String>,
}

/// Where the rules come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// There are none yet.
    #[default]
    Nothing,
    /// The only scenario of the folder takes everything.
    OnlyScenario,
    /// There are several scenarios and no file; the names that it was told with.
    Undecided { among: Vec<String> },
    /// A file, whose contents had this digest when it was last read, with the faults found in it then.
    /// `gone` where the file has been deleted since.
    File {
        digest: String,
        faults: Vec<Fault>,
        gone: bool,
    },
}

/// What is known of one scenario.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub file: String,
    /// Of the contents that were seen last, good or not.
    pub digest: String,
    /// The last good version.
    pub good: Option<Arc<Scenario>>,
    pub fault: Option<Fault>,
    /// The file is gone, but a rule still names the scenario.
    pub deleted: bool,
}

/// What a number leads to.
#[derive(Clone, Debug)]
pub struct Route {
    pub rule: String,
    pub program: Arc<Program>,
    /// Calls to this number are calls of one session.
    pub conference: bool,
}

/// What one rule says to a number, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call is this rule's, with these scenarios in these versions.
    Takes(Vec<String>),
    /// The call is this rule's, but this scenario of it has never compiled.
    CannotRun(String),
    /// Why it does not match.
    Refuses(String),
    /// A rule above has the call; whether this one would match too.
    TooLate { matches: bool },
}

/// No rule takes the number, or the one that does cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrouted {
    /// 404 where no rule matches, 503 where the scenario of the one that does has never compiled.
    pub code: u16,
    /// Each rule that was tried with the reason it did not take the number, in order, for people.
    pub tried: Vec<(String, String)>,
}

impl Origin {
    pub fn is_faulty(&self) -> bool {
        match self {
            Origin::File { faults, gone, .. } => *gone || !faults.is_empty(),
            Origin::Undecided { .. } => true,
            Origin::Nothing | Origin::OnlyScenario => false,
        }
    }
}

impl Catalog {
    /// The first rule that takes `destination` decides, even where its scenario cannot run: a call
    /// never falls through to a rule that was not meant for it.
    pub fn route(&self, destination: &str) -> Result<Route, Unrouted> {
        let mut tried = Vec::new();
        for (rule, program) in self.rules.rules.iter().zip(&self.programs) {
            match (rule.takes(destination), program) {
                (Ok(()), Ok(program)) => {
                    return Ok(Route {
                        rule: rule.name.clone(),
                        program: program.clone(),
                        conference: rule.conference,
                    });
                }
                (Ok(()), Err(scenario)) => {
                    let reason = format!("matches, but its scenario `{scenario}` has a fault");
                    tried.push((rule.name.clone(), reason));
                    return Err(Unrouted { code: 503, tried });
                }
                (Err(reason), _) => tried.push((rule.name.clone(), reason)),
            }
        }
        Err(Unrouted { code: 404, tried })
    }

    /// What each rule says to `destination`, in order.
    pub fn explain(&self, destination: &str) -> Vec<(&Rule, Verdict)> {
        let mut taken = false;
        let rules = self.rules.rules.iter().zip(&self.programs);
        let verdicts = rules.map(|(rule, program)| {
            let takes = rule.takes(destination);
            let verdict = match (takes, program) {
                (takes, _) if taken => Verdict::TooLate {
                    matches: takes.is_ok(),
                },
                (Err(reason), _) => Verdict::Refuses(reason),
                (Ok(()), Err(scenario)) => Verdict::CannotRun(scenario.clone()),
                (Ok(()), Ok(program)) => {
                    let versions = program.scenarios.iter();
                    let versions =
                        versions.map(|scenario| format!("{}@{}", scenario.name, scenario.version));
                    Verdict::Takes(versions.collect())
                }
            };
            taken |= matches!(verdict, Verdict::Takes(_) | Verdict::CannotRun(_));
            (rule, verdict)
        });
        verdicts.collect()
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The last good version of each scenario that can run, by name.
    pub fn scenarios(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        self.scenarios
            .values()
            .filter_map(|held| held.good.as_ref())
    }

    /// The names of scenarios that no rule names.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.scenarios
            .keys()
            .map(String::as_str)
            .filter(|name| !self.rules.name_scenario(name))
    }
}

impl fmt::Display for Unrouted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tried.is_empty() {
            return f.write_str("there are no rules");
        }
        for (index, (rule, reason)) in self.tried.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{rule}: {reason}")?;
        }
        Ok(())
    }
}

//! A crowd of callers: each dials a number of some rule, in a small world of its own, and whoever the scenario
//! calls answers, refuses, transfers, holds and hangs up as people do, over a network as bad as is wanted.
//!
//! ```text
//! seed, number ─▸ dice ─▸ who calls which number, the weather, the manners ─▸ World ─▸ Told
//!                                                                      all Told ─▸ Tally ─▸ report
//! ```
//!
//! What one caller meets depends on the seed and on the caller's number alone. So it can be played again by
//! itself, and it does not matter who played it: the same seed gives the same report.

mod find;
mod guests;
pub mod hardship;
mod life;
mod manners;
mod number;
pub mod report;
mod tally;
mod told;
mod web;

use std::sync::Arc;
use std::time::Instant;

use crate::base::Dice;
use crate::scenario::{Catalog, Rule};
use crate::settings::Settings;
use crate::sim::world::Stopwatch;

pub use hardship::{Hardship, Hardships};
pub use tally::Tally;
pub use told::{Finding, Kind, Told};

use number::Maker;

/// How often a number is made before it is believed that a rule has none.
const MOST_TRIES: usize = 200;
/// Whom callers ask for where the configuration names nobody.
const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// What all callers have in common.
#[derive(Debug)]
pub struct Crowd {
    seed: u64,
    hardships: Hardships,
    settings: Settings,
    catalog: Catalog,
    /// Those that can be reached.
    rules: Vec<Reached>,
    unreached: Vec<String>,
    /// Users that callers know.
    names: Vec<String>,
}

/// A rule with numbers that it takes.
#[derive(Debug)]
struct Reached {
    name: String,
    maker: Maker,
    /// Numbers that scenarios name.
    named: Vec<String>,
}

impl Crowd {
    /// Trunks do not register here: nobody is there whom a scenario has not called.
    pub fn new(
        mut settings: Settings,
        catalog: Catalog,
        seed: u64,
        hardships: Hardships,
    ) -> Arc<Crowd> {
        for trunk in &mut settings.trunks {
            trunk.register = false;
        }
        let names = match settings.users.is_empty() {
            true => NAMES.map(str::to_string).to_vec(),
            false => settings.users.keys().cloned().collect(),
        };
        let mut crowd = Crowd {
            seed,
            hardships,
            settings,
            catalog,
            rules: Vec::new(),
            unreached: Vec::new(),
            names,
        };
        let rules = crowd.catalog.rules().rules.clone();
        for rule in rules {
            let maker = Maker::new(&rule.pattern);
            let mut dice = Dice::from_seed(seed);
            let named = crowd.named(&rule);
            let is_reached = !named.is_empty();
            match is_reached || crowd.made(&rule.name, &maker, &mut dice).is_some() {
                true => crowd.rules.push(Reached {
                    name: rule.name,
                    maker,
                    named,
                }),
                false => crowd.unreached.push(rule.name),
            }
        }
        Arc::new(crowd)
    }

    /// Rules for which no number was found.
    pub fn unreached(&self) -> &[String] {
        &self.unreached
    }

    /// Whether anybody can call.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Plays one caller, from the moment `start` on. Rules take turns; there must be one that can be reached.
    pub fn play(
        self: &Arc<Crowd>,
        number: u64,
        start: Instant,
        stopwatch: Option<Stopwatch>,
    ) -> Told {
        life::play(self, number, start, stopwatch)
    }

    fn leads_to(&self, number: &str, rule: &str) -> bool {
        let route = self.catalog.route(number);
        route.is_ok_and(|route| route.rule == rule)
    }

    fn made(&self, rule: &str, maker: &Maker, dice: &mut Dice) -> Option<String> {
        let mut made = (0..MOST_TRIES).map(|_| maker.make(dice, &self.names));
        made.find(|number| self.leads_to(number, rule))
    }

    /// Words of its scenarios that lead to the rule.
    fn named(&self, rule: &Rule) -> Vec<String> {
        let scenarios = self.catalog.scenarios();
        let marks = scenarios.filter(|scenario| rule.scenarios.contains(&scenario.name));
        let marks = marks.filter_map(|scenario| scenario.bytecode.marks());
        let words = marks.flat_map(|marks| &marks.words);
        words
            .filter(|word| self.leads_to(word, &rule.name))
            .cloned()
            .collect()
    }

    /// The rule of a caller, and a number that it takes.
    fn number_for(&self, caller: u64, dice: &mut Dice) -> (&str, String) {
        let at = caller % self.rules.len().max(1) as u64;
        let Some(rule) = self.rules.get(at as usize) else {
            return ("", String::new());
        };
        let named = match dice.below(3) {
            0 => rule
                .named
                .get(dice.below(rule.named.len().max(1) as u64) as usize),
            _ => None,
        };
        let made = || self.made(&rule.name, &rule.maker, dice);
        let number = named.cloned().or_else(made);
        (&rule.name, number.unwrap_or_default())
    }

    /// Anything that one may dial.
    fn any_number(&self, dice: &mut Dice) -> String {
        let at = dice.below(1 << 32);
        self.number_for(at, dice).1
    }
}

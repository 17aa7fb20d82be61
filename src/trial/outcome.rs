//! How a test ended.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::script::Place;
use crate::script::marks::Ran;

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// As the author named it, e.g. `transfer.test.js`.
    pub file: String,
    pub name: String,
    pub verdict: Verdict,
    /// What it compared with the ladders that are kept.
    pub ladders: Vec<String>,
    /// In the world's time.
    pub lasted: Duration,
    /// The names of the scenarios that it had to do with.
    pub used: BTreeSet<String>,
    /// How often the spots of marked scenarios have run.
    pub ran: Ran,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// By `test.skip`.
    Skipped,
    Failed(Failure),
}

/// Why a test failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In the test's own file, where that is known.
    pub place: Option<Place>,
    /// May have several lines.
    pub message: String,
    /// Everything that was said and logged until then, each line with its time.
    pub ladder: String,
}

impl Outcome {
    pub fn failure(&self) -> Option<&Failure> {
        match &self.verdict {
            Verdict::Failed(failure) => Some(failure),
            Verdict::Passed | Verdict::Skipped => None,
        }
    }
}

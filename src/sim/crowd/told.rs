//! What came of one caller.

use std::time::Duration;

use crate::script::marks::Ran;
use crate::sim::world::Slow;

/// One caller's world, over.
#[derive(Clone, Debug)]
pub struct Told {
    pub number: u64,
    /// The rule that was to take the call, and what was dialled.
    pub rule: String,
    pub dialled: String,
    /// Every call that came in, transfers and consultations included.
    pub calls: Vec<CallTold>,
    pub transfers: Vec<TransferTold>,
    pub findings: Vec<Finding>,
    pub ladder: String,
    /// In the world's time.
    pub lasted: Duration,
    pub slow: Vec<Slow>,
    /// How often the spots of marked scenarios have run.
    pub ran: Ran,
}

/// How a call that came in went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTold {
    /// `None` where no rule took it.
    pub rule: Option<String>,
    pub answered: bool,
    /// The final response, or 200.
    pub code: u16,
}

/// How a transfer that somebody asked for went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferTold {
    /// The REFER was refused.
    Refused(u16),
    Verdict(u16),
    /// The transferor was gone before there was one.
    Open,
}

/// Something that an author must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    pub text: String,
}

/// What a finding is about, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A script broke, and with it its session.
    Fault,
    /// What must always hold did not.
    Broken,
    /// A call was left behind.
    Leak,
    /// A transfer got no verdict from its script.
    Unanswered,
    /// The runtime's or the script's own word; no reason to fail.
    Warning,
}

impl Kind {
    /// For people and for machines.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fault => "scenario fault",
            Kind::Broken => "invariant broken",
            Kind::Leak => "call left behind",
            Kind::Unanswered => "transfer without a verdict",
            Kind::Warning => "warning",
        }
    }

    pub fn fails(self) -> bool {
        self != Kind::Warning
    }
}

//! What the log and the records of a world say to the author of its scenarios.

use super::told::{CallTold, Finding, Kind, TransferTold};
use crate::script::command::Level;
use crate::session::record::{CallRecord, TransferRecord};
use crate::sim::World;
use crate::switchboard::Count;

pub(super) fn findings(world: &World) -> Vec<Finding> {
    let faults = world.counts().iter();
    let broke = faults
        .filter(|count| **count == Count::SessionFault)
        .count()
        > 0;
    let lines = world.log().iter().filter_map(|line| {
        let kind = match line.level {
            Level::Info => return None,
            Level::Error if broke => Kind::Fault,
            Level::Error => Kind::Warning,
            Level::Warning => kind_of(&line.text),
        };
        let text = line.text.clone();
        Some(Finding { kind, text })
    });
    lines.collect()
}

/// The runtime ends what a script has left open, and says so.
fn kind_of(warning: &str) -> Kind {
    if warning.contains("was left without a partner for") {
        return Kind::Leak;
    }
    match warning.contains("the script gave no verdict on the transfer") {
        true => Kind::Unanswered,
        false => Kind::Warning,
    }
}

/// Every call that came in.
pub(super) fn calls(world: &World) -> Vec<CallTold> {
    let records = world.records().iter();
    let incoming = records.filter(|record| record.direction == "incoming");
    let taken = incoming.map(|record| CallTold {
        rule: Some(record.rule.clone()),
        // Another call may have answered in its place.
        answered: record.answered_ms.is_some() || record.code < 300,
        code: record.code,
    });
    let refused = world.counts().iter().filter_map(|count| match count {
        Count::CallRefused { code } => Some(CallTold {
            rule: None,
            answered: false,
            code: *code,
        }),
        _ => None,
    });
    taken.chain(refused).collect()
}

/// Every transfer that a phone asked for.
pub(super) fn transfers(world: &World) -> Vec<TransferTold> {
    let records = world.records().iter();
    let asked = records.flat_map(|record: &CallRecord| &record.transfers);
    let told = asked.filter(|transfer| transfer.decided_by != "peer");
    told.map(transfer).collect()
}

/// Whether the runtime has put somebody in a caller's place: that one may well stay there by itself.
pub(super) fn somebody_was_passed_on(world: &World) -> bool {
    let records = world.records().iter();
    let mut transfers = records.flat_map(|record| &record.transfers);
    transfers.any(|transfer| transfer.decided_by == "runtime" && transfer.code == Some(200))
}

fn transfer(record: &TransferRecord) -> TransferTold {
    match (record.refer_code, record.code) {
        (Some(code), _) if code >= 300 => TransferTold::Refused(code),
        (_, Some(code)) => TransferTold::Verdict(code),
        (_, None) => TransferTold::Open,
    }
}

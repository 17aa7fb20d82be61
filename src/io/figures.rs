//! What is counted and measured, under the names that `/metrics` shows.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::io::workers::Workers;
use crate::switchboard::{Alive, Count};

/// Every name with its explanation; called once, when the recorder stands.
pub fn describe() {
    use metrics::{
        describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram,
    };
    gauge!("switchhook_sessions", "Running scenarios.");
    gauge!("switchhook_calls", "Calls that are not over.");
    gauge!(
        "switchhook_transfers",
        "Transfers that wait for their verdict."
    );
    gauge!("switchhook_ports_in_use", "RTP port pairs in use.");
    gauge!("switchhook_sip_transactions", "SIP transactions.");
    gauge!("switchhook_sip_dialogs", "SIP dialogs.");
    gauge!("switchhook_sip_subscriptions", "SIP subscriptions.");
    counter!(
        "switchhook_calls_incoming_total",
        "Incoming calls that reached a scenario."
    );
    counter!(
        "switchhook_calls_refused_total",
        "Incoming calls refused before a scenario, by code."
    );
    counter!(
        "switchhook_session_faults_total",
        "Sessions that ended by a fault of their script."
    );
    counter!("switchhook_transfers_asked_total", "REFERs received.");
    counter!(
        "switchhook_transfers_refused_total",
        "REFERs refused, by code."
    );
    counter!(
        "switchhook_transfers_done_total",
        "Transfers that succeeded."
    );
    counter!(
        "switchhook_transfers_failed_total",
        "Transfers that failed, by code."
    );
    histogram!("switchhook_turn_seconds", "How long turns of scripts took.");
    gauge!(
        "switchhook_workers_abandoned",
        "Script threads that were wedged and given up."
    );
    counter!(
        "switchhook_slow_steps_total",
        "Steps of the switchboard that took longer than 20 ms."
    );
    counter!(
        "switchhook_sip_dropped_total",
        "SIP messages lost for want of room, coming in or going out."
    );
    counter!(
        "switchhook_sip_connections_refused_total",
        "SIP connections closed at once because there are too many."
    );
    counter!(
        "switchhook_bugs_total",
        "Steps skipped by a bug of the program itself."
    );
}

pub fn count(count: Count) {
    match count {
        Count::CallIncoming => counter!("switchhook_calls_incoming_total").increment(1),
        Count::CallRefused { code } => by_code("switchhook_calls_refused_total", code),
        Count::SessionFault => counter!("switchhook_session_faults_total").increment(1),
        Count::TransferAsked => counter!("switchhook_transfers_asked_total").increment(1),
        Count::TransferRefused { code } => by_code("switchhook_transfers_refused_total", code),
        Count::TransferEnded { code: 200..=299 } => {
            counter!("switchhook_transfers_done_total").increment(1);
        }
        Count::TransferEnded { code } => by_code("switchhook_transfers_failed_total", code),
    }
}

pub fn alive(alive: &Alive, workers: &Workers) {
    gauge!("switchhook_sessions").set(alive.sessions as f64);
    gauge!("switchhook_calls").set(alive.calls as f64);
    gauge!("switchhook_transfers").set(alive.transfers as f64);
    gauge!("switchhook_ports_in_use").set(alive.ports_in_use as f64);
    gauge!("switchhook_sip_transactions").set(alive.sip.transactions as f64);
    gauge!("switchhook_sip_dialogs").set(alive.sip.dialogs as f64);
    gauge!("switchhook_sip_subscriptions").set(alive.sip.subscriptions as f64);
    gauge!("switchhook_workers_abandoned").set(workers.abandoned() as f64);
}

pub fn turn(took: Duration) {
    histogram!("switchhook_turn_seconds").record(took);
}

pub fn slow_step() {
    counter!("switchhook_slow_steps_total").increment(1);
}

pub fn bug() {
    counter!("switchhook_bugs_total").increment(1);
}

fn by_code(name: &'static str, code: u16) {
    counter!(name, "code" => code.to_string()).increment(1);
}

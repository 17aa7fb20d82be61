//! One line per ended leg, for `DATA/calls.jsonl`.

use serde::Serialize;

use crate::call::By;

/// A leg from its start to its end. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    pub session: String,
    pub call: String,
    pub rule: String,
    /// Each scenario of the rule as `name@version`.
    pub scenarios: Vec<String>,
    /// `incoming` or `outgoing`, as the program sees it.
    pub direction: &'static str,
    /// `pstn`, `sip` or `user`.
    pub client_type: String,
    pub from: String,
    pub to: String,
    pub started_ms: u64,
    pub answered_ms: Option<u64>,
    pub ended_ms: u64,
    pub duration_ms: u64,
    pub code: u16,
    pub reason: String,
    pub ended_by: By,
    pub transfers: Vec<TransferRecord>,
}

/// A transfer that the leg asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRecord {
    pub to: String,
    pub asked_ms: u64,
    pub verdict_ms: Option<u64>,
    /// 200 for success; absent where the leg ended first.
    pub code: Option<u16>,
    /// Who or what gave the verdict.
    pub why: Option<String>,
}

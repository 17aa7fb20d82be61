//! One line per ended leg, for `DATA/calls.jsonl`.

use std::fmt;

use serde::Serialize;

use crate::base::pii::Masked;
use crate::base::{LegId, Now};
use crate::call::By;
use crate::media::{Counters, Mos, Quality};

/// A leg from its start to its end. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// How its sound was; absent where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaRecord>,
    /// The sound that ends with the leg: its figures are still to come.
    #[serde(skip)]
    pub sound: Option<LegId>,
}

/// The figures of a leg's RTP: what its peer sent (`heard`), and what we sent it (`said`), as far as it reports on
/// that. A round trip is absent where the peer sends no reports; see `docs/quality.md`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaRecord {
    /// What the peer talked last.
    pub codec: Option<&'static str>,
    pub heard: u64,
    pub heard_lost: u64,
    pub heard_jitter_ms: f64,
    pub heard_mos: Option<f64>,
    pub said: u64,
    pub said_lost: Option<u64>,
    pub said_jitter_ms: Option<f64>,
    pub said_mos: Option<f64>,
    pub round_trip_ms: Option<f64>,
    /// Packets of somebody else, packets that were none, and those of a payload that nobody agreed to.
    pub strangers: u64,
    pub malformed: u64,
    pub unwanted: u64,
    /// Of an encrypted leg: packets of another key, and packets that were there before.
    pub forged: u64,
    pub replayed: u64,
}

impl MediaRecord {
    pub fn new(counters: &Counters, quality: &Quality) -> MediaRecord {
        let ms = |us: u32| f64::from(us) / 1000.0;
        MediaRecord {
            codec: quality.codec,
            heard: quality.heard,
            heard_lost: quality.heard_lost,
            heard_jitter_ms: ms(quality.heard_jitter_us),
            heard_mos: quality.heard_mos.map(Mos::as_f64),
            said: counters.sent,
            said_lost: quality.said_lost,
            said_jitter_ms: quality.said_jitter_us.map(ms),
            said_mos: quality.said_mos.map(Mos::as_f64),
            round_trip_ms: quality.round_trip_us.map(ms),
            strangers: counters.strangers,
            malformed: counters.malformed,
            unwanted: counters.unwanted,
            forged: counters.forged,
            replayed: counters.replayed,
        }
    }
}

/// A transfer that the leg asked for: who, to whom, when what happened, and how it ended. Times are
/// milliseconds since the Unix epoch; what has not happened is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRecord {
    pub to: String,
    /// The call that was joined with the transferor.
    pub transferee: Option<String>,
    /// `blind`, or `attended` where the REFER names a dialog to be replaced.
    pub kind: &'static str,
    /// `script` or `runtime`; `peer` where the REFER was ours.
    pub decided_by: &'static str,
    pub asked_ms: u64,
    pub accepted_ms: Option<u64>,
    /// The code that answered the REFER: 200, 202, or the refusal's.
    pub refer_code: Option<u16>,
    /// The new party's first ring or early media.
    pub ringing_ms: Option<u64>,
    /// The new party's answer.
    pub answered_ms: Option<u64>,
    /// In the order of their answers.
    pub notifies: Vec<NotifyRecord>,
    pub verdict_ms: Option<u64>,
    /// 200 for success; absent where there was none.
    pub code: Option<u16>,
    /// Who or what gave the verdict.
    pub why: Option<String>,
    /// When the transferor's subscription was over.
    pub closed_ms: Option<u64>,
}

/// A NOTIFY that was answered, or timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NotifyRecord {
    pub ms: u64,
    /// What it told.
    pub told: u16,
    /// The final response; 408 stands for silence.
    pub answer: u16,
}

impl TransferRecord {
    /// Asked a moment ago; `attended`: it names a dialog to be replaced.
    pub fn asked(to: String, attended: bool, decided_by: &'static str, now: Now) -> TransferRecord {
        TransferRecord {
            to,
            transferee: None,
            kind: match attended {
                true => "attended",
                false => "blind",
            },
            decided_by,
            asked_ms: now.unix_ms,
            accepted_ms: None,
            refer_code: None,
            ringing_ms: None,
            answered_ms: None,
            notifies: Vec::new(),
            verdict_ms: None,
            code: None,
            why: None,
            closed_ms: None,
        }
    }

    pub fn settle(&mut self, code: u16, why: &str, now: Now) {
        if self.code.is_none() {
            self.verdict_ms = Some(now.unix_ms);
            self.code = Some(code);
            self.why = Some(why.to_string());
        }
    }
}

/// The stages in seconds since the REFER.
impl fmt::Display for TransferRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = |ms: u64| ms.saturating_sub(self.asked_ms) as f64 / 1000.0;
        write!(f, "{} transfer to {}", self.kind, Masked(&self.to))?;
        if let (Some(code), Some(ms)) = (self.refer_code, self.accepted_ms) {
            write!(f, ": {code} {:.3}", after(ms))?;
        }
        for (what, ms) in [("rings", self.ringing_ms), ("answered", self.answered_ms)] {
            if let Some(ms) = ms {
                write!(f, ", {what} {:.3}", after(ms))?;
            }
        }
        if let (Some(code), Some(ms)) = (self.code, self.verdict_ms) {
            write!(f, ", verdict {code} {:.3}", after(ms))?;
        }
        for notify in &self.notifies {
            let NotifyRecord { ms, told, answer } = notify;
            write!(f, ", NOTIFY {told} {:.3}", after(*ms))?;
            if *answer != 200 {
                write!(f, " ({answer})")?;
            }
        }
        Ok(())
    }
}

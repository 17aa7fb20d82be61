//! Who may transfer whereto, and how often: what the operator has written under `transfer`, and under
//! `transfer` of a trunk, which goes before it key by key.

use super::{Settings, Trunk};
use crate::base::pattern::Pattern;

/// Transfers of one user, trunk or source in a minute, where nothing is written; on loopback any number.
pub const USUAL_PER_MINUTE: u32 = 60;

/// Transfers that may follow one another, where nothing is written.
pub const USUAL_DEPTH: u32 = 10;

/// What one `transfer` object says; what it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub targets: Option<Targets>,
    /// REFERs of one call; `None`: `limits.refers`.
    pub per_call: Option<u32>,
    /// REFERs of one user, trunk or source address in a minute.
    pub per_minute: Option<u32>,
    /// How many transfers may have led to the call that asks for one, itself included.
    pub max_depth: Option<u32>,
    /// Whether a REFER outside any dialog is heard at all.
    pub out_of_dialog: Option<bool>,
}

/// The numbers and users that a transfer may lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// `None`: all that are not denied.
    pub allow: Option<Vec<Pattern>>,
    pub deny: Vec<Pattern>,
}

/// The policy for somebody: the trunk's before the general one.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    settings: &'a Settings,
    trunk: Option<&'a Trunk>,
}

impl<'a> Policies<'a> {
    pub fn of(settings: &'a Settings, trunk: Option<&str>) -> Policies<'a> {
        let trunk = trunk.and_then(|name| {
            let mut trunks = settings.trunks.iter();
            trunks.find(|trunk| trunk.name == name)
        });
        Policies { settings, trunk }
    }

    pub fn targets(&self) -> Option<(&'a Targets, String)> {
        self.find("targets", |policy| policy.targets.as_ref())
    }

    /// The most REFERs of one call, and the setting that says so.
    pub fn per_call(&self) -> (u32, String) {
        let found = self.find("perCall", |policy| policy.per_call);
        found.unwrap_or_else(|| (self.settings.limits.refers, "limits.refers".to_string()))
    }

    /// `None` where there is no limit.
    pub fn per_minute(&self, loopback: bool) -> Option<(u32, String)> {
        let found = self.find("perMinute", |policy| policy.per_minute);
        let usual = || (USUAL_PER_MINUTE, "transfer.perMinute".to_string());
        found.or_else(|| (!loopback).then(usual))
    }

    pub fn max_depth(&self) -> (u32, String) {
        let found = self.find("maxDepth", |policy| policy.max_depth);
        found.unwrap_or_else(|| (USUAL_DEPTH, "transfer.maxDepth".to_string()))
    }

    pub fn out_of_dialog(&self) -> (bool, String) {
        let found = self.find("outOfDialog", |policy| policy.out_of_dialog);
        found.unwrap_or_else(|| (false, "transfer.outOfDialog".to_string()))
    }

    /// The value with the path of the setting that has it.
    fn find<T>(&self, key: &str, read: impl Fn(&'a Policy) -> Option<T>) -> Option<(T, String)> {
        let own = self.trunk.and_then(|trunk| {
            let value = read(&trunk.transfer)?;
            Some((value, format!("trunks.{}.transfer.{key}", trunk.name)))
        });
        own.or_else(|| {
            let value = read(&self.settings.transfer.policy)?;
            Some((value, format!("transfer.{key}")))
        })
    }
}

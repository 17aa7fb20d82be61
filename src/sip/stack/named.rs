//! By what a peer may name a call of ours in a `Replaces` (RFC 3891 §3), and which call that is.

use super::Stack;
use crate::base::LegId;
use crate::sip::dialog::{DialogIds, Key, Stage};
use crate::sip::invite::Leg;
use crate::sip::refer::Replaces;

impl Stack {
    /// What names the dialog of a leg: the newest one where a call of ours rings at several places.
    /// `None` where there is none yet, or the leg is gone.
    pub fn dialog(&self, leg: LegId) -> Option<DialogIds> {
        self.legs.get(&leg).and_then(Leg::ids)
    }

    /// The leg that `replaces` means, whatever became of it: a tag of 0 is also one that is missing (§6.1).
    pub fn leg_of(&self, replaces: &Replaces) -> Option<(LegId, Stage)> {
        let spellings = |tag: &str| match tag {
            "0" => vec!["0".to_string(), String::new()],
            tag => vec![tag.to_string()],
        };
        let keys = spellings(&replaces.to_tag).into_iter().flat_map(|local| {
            let remotes = spellings(&replaces.from_tag).into_iter();
            remotes.map(move |remote| Key::new(&replaces.call_id, &local, &remote))
        });
        let mut found = keys.filter_map(|key| self.desk.dialogs.get(&key).copied());
        let leg = found.next()?;
        // More than one is as good as none (§3).
        if found.any(|other| other != leg) {
            return None;
        }
        Some((leg, self.legs.get(&leg)?.stage()))
    }
}

//! How a peer that transfers wants to be told (RFC 3515 leaves it open, and products differ).
//!
//! One table, [`ALL`]; `docs/transfers.md` shows the same one and says where its values come from. What is
//! `generic` is what the `transfer` settings say.

use super::{Progress, Transfer};
use crate::sip::stack::NotifyId;

/// A kind of peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// As the `transfer` settings say.
    #[default]
    Generic,
    Snom,
    Mitel,
    Yealink,
    Teams,
    Asterisk,
}

/// How one transfer is answered and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    pub profile: Profile,
    /// 202 (RFC 3515) or 200 (RFC 7647).
    pub accept_code: u16,
    pub progress: Progress,
    pub notify_id: NotifyId,
    /// The final NOTIFY says 200 as soon as the REFER is accepted; how it really ended is in the log and
    /// the record only.
    pub final_at_once: bool,
    /// How long the transferor may stay after success, in seconds.
    pub grace_s: u32,
}

/// Who ends the transferor's call after success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaver {
    /// The peer; we do after `transfer.graceS`.
    Peer,
    /// We do, as soon as the final NOTIFY is answered.
    Us,
}

/// One row of the table.
pub struct Row {
    pub profile: Profile,
    /// As the configuration names it.
    pub name: &'static str,
    /// How its User-Agent begins, in any case.
    pub agents: &'static [&'static str],
    /// `None`: the `transfer` settings.
    pub manners: Option<Fixed>,
}

/// What a profile fixes.
pub struct Fixed {
    pub accept_code: u16,
    pub progress: Progress,
    pub notify_id: NotifyId,
    pub final_at_once: bool,
    pub leaver: Leaver,
}

/// A peer of RFC 3515 that wants every step and hangs up by itself.
const BY_THE_BOOK: Fixed = Fixed {
    accept_code: 202,
    progress: Progress::All,
    notify_id: NotifyId::Auto,
    final_at_once: false,
    leaver: Leaver::Peer,
};

/// Every profile.
pub const ALL: &[Row] = &[
    Row {
        profile: Profile::Generic,
        name: "generic",
        agents: &[],
        manners: None,
    },
    Row {
        profile: Profile::Snom,
        name: "snom",
        agents: &["snom"],
        manners: Some(BY_THE_BOOK),
    },
    Row {
        profile: Profile::Mitel,
        name: "mitel",
        agents: &["Mitel", "Aastra"],
        manners: Some(Fixed {
            progress: Progress::None,
            final_at_once: true,
            ..BY_THE_BOOK
        }),
    },
    Row {
        profile: Profile::Yealink,
        name: "yealink",
        agents: &["Yealink"],
        manners: Some(BY_THE_BOOK),
    },
    Row {
        profile: Profile::Teams,
        name: "teams",
        agents: &["Microsoft.PSTNHub"],
        manners: Some(BY_THE_BOOK),
    },
    Row {
        profile: Profile::Asterisk,
        name: "asterisk",
        agents: &["Asterisk", "FPBX"],
        manners: Some(Fixed {
            progress: Progress::None,
            leaver: Leaver::Us,
            ..BY_THE_BOOK
        }),
    },
];

impl Profile {
    /// As the configuration names it.
    pub fn named(name: &str) -> Option<Profile> {
        let row = ALL.iter().find(|row| row.name == name)?;
        Some(row.profile)
    }

    /// The profile whose User-Agent begins so.
    pub fn of_agent(agent: &str) -> Option<Profile> {
        let begins = |start: &&str| {
            agent
                .get(..start.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(start))
        };
        let row = ALL.iter().find(|row| row.agents.iter().any(begins))?;
        Some(row.profile)
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    fn row(self) -> &'static Row {
        let row = ALL.iter().find(|row| row.profile == self);
        row.expect("every profile has its row")
    }

    /// What it means with these settings.
    pub fn manners(self, settings: &Transfer) -> Manners {
        match &self.row().manners {
            None => Manners {
                profile: self,
                accept_code: settings.accept_code,
                progress: settings.progress,
                notify_id: settings.notify_id,
                final_at_once: settings.final_at_once,
                grace_s: settings.grace_s,
            },
            Some(fixed) => Manners {
                profile: self,
                accept_code: fixed.accept_code,
                progress: fixed.progress,
                notify_id: fixed.notify_id,
                final_at_once: fixed.final_at_once,
                grace_s: match fixed.leaver {
                    Leaver::Peer => settings.grace_s,
                    Leaver::Us => 0,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_one_row_and_is_found_by_its_name() {
        for profile in [
            Profile::Generic,
            Profile::Snom,
            Profile::Mitel,
            Profile::Yealink,
            Profile::Teams,
            Profile::Asterisk,
        ] {
            assert_eq!(Profile::named(profile.name()), Some(profile));
        }
        assert_eq!(ALL.len(), 6);
        assert_eq!(Profile::named("Snom"), None);
    }

    #[test]
    fn a_profile_is_known_by_how_the_user_agent_begins() {
        for (agent, expected) in [
            ("snom320/8.7.5.35", Some(Profile::Snom)),
            ("snomD785/10.1.175.16", Some(Profile::Snom)),
            ("Mitel 6867i/5.1.0.1024", Some(Profile::Mitel)),
            ("Aastra 6731i/3.3.1.8140", Some(Profile::Mitel)),
            ("Yealink SIP-T46S 66.85.0.5", Some(Profile::Yealink)),
            (
                "Microsoft.PSTNHub.SIPProxy v.2020.5.13.3 i.EUNO.0",
                Some(Profile::Teams),
            ),
            ("Asterisk PBX 22.5.2", Some(Profile::Asterisk)),
            ("FPBX-13.0.191.11(13.18.3)", Some(Profile::Asterisk)),
            ("not a Snom", None),
            ("sn\u{f6}m", None),
            ("", None),
        ] {
            assert_eq!(Profile::of_agent(agent), expected, "{agent}");
        }
    }

    #[test]
    fn the_generic_profile_follows_the_settings_and_the_others_only_their_grace() {
        let settings = Transfer {
            accept_code: 200,
            grace_s: 9,
            progress: Progress::Initial,
            ..Transfer::default()
        };
        let generic = Profile::Generic.manners(&settings);
        assert_eq!((generic.accept_code, generic.grace_s), (200, 9));
        assert_eq!(generic.progress, Progress::Initial);
        let snom = Profile::Snom.manners(&settings);
        assert_eq!((snom.accept_code, snom.grace_s), (202, 9));
        assert_eq!(Profile::Asterisk.manners(&settings).grace_s, 0);
    }
}

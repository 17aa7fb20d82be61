//! What a REFER must pass before any session hears of it: who may transfer, how often, how deep and
//! whereto. A REFER costs what a call costs, so it is never followed blindly.
//!
//! ```text
//! REFER ─▸ who ─▸ maxDepth ─▸ perCall ─▸ perMinute ─▸ targets ─▸ the session
//!            └──────┴───────────┴──────────┴────────────┴─▸ 403 (486 for perCall), with the rule in the log
//! ```
//!
//! A call that is placed because of a REFER carries [`hop`](super::hop) marks, so that a chain of
//! transfers ends even where it leads through other servers and back.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use super::party::{Party, Who};
use crate::base::pattern::{Match, Pattern};
use crate::base::pii::Masked;
use crate::base::{LegId, SessionId};
use crate::settings::Settings;
use crate::settings::policy::Policies;
use crate::sip::message::Request;
use crate::sip::stack::ReferId;

/// Users, trunks and sources whose REFERs are counted at a time.
const MOST_COUNTED: usize = 4096;

/// Which rule refuses a transfer; the label of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An anonymous caller.
    Who,
    MaxDepth,
    PerCall,
    PerMinute,
    Allow,
    Deny,
    OutOfDialog,
    /// Not the firewall: the script, or the state of the call.
    Session,
}

/// A transfer that does not take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub rule: Rule,
    /// The rule and what it says, for the log; masked.
    pub why: String,
}

/// Who asks, and what is known of its call.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub party: &'a Party,
    pub source: IpAddr,
    /// How many transfers have led to its call.
    pub depth: u32,
    /// REFERs that came in its call before.
    pub refers: u32,
}

/// What it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The number or user.
    pub to: &'a str,
    /// Nobody will be called: the REFER replaces a call that is there, and the runtime joins its far end.
    pub joins: bool,
}

/// The transfers that are asked for and how many there were lately.
#[derive(Debug, Default)]
pub struct Firewall {
    lately: HashMap<Key, Bucket>,
    asked: HashMap<ReferId, Asked>,
}

/// A REFER that has passed, until its verdict.
#[derive(Clone, Debug)]
pub struct Asked {
    pub session: SessionId,
    pub at: Instant,
    /// How many transfers will have led to the call that it brings about.
    pub depth: u32,
    /// For that call, one less than the REFER's own.
    pub max_forwards: u8,
    /// Who goes to the target.
    pub transferee: Vec<LegId>,
    pub accepted: bool,
}

/// Whose REFERs are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Trunk(String),
    User(String),
    Source(IpAddr),
}

/// Fills by `most` in a minute; each REFER takes one.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    most: u32,
    at: Instant,
}

impl Rule {
    pub fn label(self) -> &'static str {
        match self {
            Rule::Who => "who",
            Rule::MaxDepth => "maxDepth",
            Rule::PerCall => "perCall",
            Rule::PerMinute => "perMinute",
            Rule::Allow => "targets.allow",
            Rule::Deny => "targets.deny",
            Rule::OutOfDialog => "outOfDialog",
            Rule::Session => "session",
        }
    }
}

impl Firewall {
    pub fn judge(
        &mut self,
        settings: &Settings,
        asker: Asker,
        wanted: Wanted,
        now: Instant,
    ) -> Result<(), Refusal> {
        let refuse = |code, rule, why| Err(Refusal { code, rule, why });
        let trunk = match &asker.party.who {
            Who::Trunk { name } => Some(name.as_str()),
            Who::User { .. } | Who::Neighbour | Who::Stranger => None,
        };
        let policies = Policies::of(settings, trunk);
        let loopback = asker.source.to_canonical().is_loopback();
        let anonymous = asker.party.who == Who::Neighbour && !asker.party.dialled;
        if anonymous && (settings.has_passwords() || !loopback) {
            let why = "an anonymous caller may transfer on loopback only, and only as long as no user has a password";
            return refuse(403, Rule::Who, why.to_string());
        }
        let (most, path) = policies.max_depth();
        if asker.depth >= most {
            let depth = asker.depth;
            let why = format!("{path} is {most}, and {depth} transfers have led to this call");
            return refuse(403, Rule::MaxDepth, why);
        }
        let (most, path) = policies.per_call();
        if asker.refers >= most {
            let why = format!("{path}: more than {most} REFERs on one call");
            return refuse(486, Rule::PerCall, why);
        }
        if let Some((most, path)) = policies.per_minute(loopback) {
            let (key, whose) = match &asker.party.who {
                Who::Trunk { name } => (Key::Trunk(name.clone()), format!("trunk {name}")),
                Who::User { name } => (Key::User(name.clone()), format!("user {}", Masked(name))),
                Who::Neighbour | Who::Stranger => {
                    (Key::Source(asker.source), "one address".to_string())
                }
            };
            if !self.take(key, most, now) {
                let why = format!("{path}: more than {most} REFERs of {whose} within a minute");
                return refuse(403, Rule::PerMinute, why);
            }
        }
        let Some((targets, path)) = policies.targets() else {
            return Ok(());
        };
        let bare = bare(wanted.to);
        // Where a pattern cannot tell, the target is denied.
        let denies = |pattern: &&Pattern| {
            pattern.test(wanted.to) != Match::No || pattern.test(&bare) != Match::No
        };
        if let Some(pattern) = targets.deny.iter().find(denies) {
            let why = format!("{path}.deny has {}", pattern.as_str());
            return refuse(403, Rule::Deny, why);
        }
        let allows = |pattern: &Pattern| pattern.is_match(wanted.to);
        match &targets.allow {
            Some(allow) if !wanted.joins && !allow.iter().any(allows) => {
                let why = format!("{path}.allow has no pattern for it");
                refuse(403, Rule::Allow, why)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn take(&mut self, key: Key, most: u32, now: Instant) -> bool {
        if self.lately.len() >= MOST_COUNTED && !self.lately.contains_key(&key) {
            // Whoever has all its tokens back is as good as unknown.
            self.lately.retain(|_, bucket| !bucket.is_full(now));
        }
        let full = self.lately.len() >= MOST_COUNTED;
        if full && !self.lately.contains_key(&key) {
            return false;
        }
        let bucket = self.lately.entry(key).or_insert(Bucket {
            left: f64::from(most),
            most,
            at: now,
        });
        bucket.take(most, now)
    }

    /// It has passed; the session hears of it now.
    pub fn passed(&mut self, refer: ReferId, asked: Asked) {
        self.asked.insert(refer, asked);
    }

    pub fn asked(&self, refer: ReferId) -> Option<&Asked> {
        self.asked.get(&refer)
    }

    /// What is asked for at this moment, for whoever places a call.
    pub fn all_asked(&self) -> &HashMap<ReferId, Asked> {
        &self.asked
    }

    /// These legs are to go to the target.
    pub fn note_transferee(&mut self, refer: ReferId, legs: Vec<LegId>) {
        if let Some(asked) = self.asked.get_mut(&refer) {
            asked.transferee = legs;
        }
    }

    /// The session has accepted it.
    pub fn accepted(&mut self, refer: ReferId) {
        if let Some(asked) = self.asked.get_mut(&refer) {
            asked.accepted = true;
        }
    }

    /// It has its verdict, or was refused.
    pub fn settled(&mut self, refer: ReferId) -> Option<Asked> {
        self.asked.remove(&refer)
    }

    /// Its transferor is told nothing more; the verdict of an accepted one is still to come.
    pub fn closed(&mut self, refer: ReferId) {
        if self.asked(refer).is_some_and(|asked| !asked.accepted) {
            self.asked.remove(&refer);
        }
    }

    /// The session is gone.
    pub fn forget(&mut self, session: SessionId) {
        self.asked.retain(|_, asked| asked.session != session);
    }
}

impl Bucket {
    fn take(&mut self, most: u32, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        let gained = since * f64::from(most) / 60.0;
        self.left = (self.left + gained).min(f64::from(most));
        (self.at, self.most) = (now, most);
        let taken = self.left >= 1.0;
        if taken {
            self.left -= 1.0;
        }
        taken
    }

    fn is_full(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.left + since * f64::from(self.most) / 60.0 >= f64::from(self.most)
    }
}

/// A number as a provider may read it: without visual separators (RFC 3966 §5.1.1) and parameters.
fn bare(to: &str) -> String {
    let number = to.split(';').next().unwrap_or_default();
    number.chars().filter(|c| !"-.() ".contains(*c)).collect()
}

/// The Max-Forwards for a call that this REFER brings about.
pub fn forwards_after(request: &Request) -> u8 {
    let own = request.headers.max_forwards().ok().flatten();
    own.unwrap_or(70).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::pii::Secret;
    use crate::settings::User;
    use crate::settings::policy::Targets;

    fn party(who: Who, dialled: bool) -> Party {
        Party {
            who,
            dialled,
            looks_like: None,
        }
    }

    fn user(name: &str) -> Party {
        let name = name.to_string();
        party(Who::User { name }, false)
    }

    fn asker<'a>(party: &'a Party, source: &str) -> Asker<'a> {
        Asker {
            party,
            source: source.parse().unwrap(),
            depth: 0,
            refers: 0,
        }
    }

    const CAROL: Wanted = Wanted {
        to: "carol",
        joins: false,
    };

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        let patterns = texts.iter().map(|text| Pattern::new(text).unwrap());
        patterns.collect()
    }

    fn with_passwords() -> Settings {
        let mut settings = Settings::default();
        let user = User {
            password: Some(Secret::new("sesame")),
            display_name: None,
            contact: None,
            profile: None,
            sound: Default::default(),
        };
        settings.users.insert("alice".to_string(), user);
        settings
    }

    #[test]
    fn users_trunks_and_whom_a_script_called_may_transfer_and_strangers_may_not() {
        let trunk = || Who::Trunk {
            name: "world".to_string(),
        };
        for (party, source, passwords, may) in [
            (user("alice"), "192.0.2.1", true, true),
            (party(trunk(), false), "192.0.2.1", true, true),
            (party(Who::Stranger, true), "192.0.2.1", true, true),
            (party(Who::Neighbour, false), "127.0.0.1", false, true),
            (
                party(Who::Neighbour, false),
                "::ffff:127.0.0.1",
                false,
                true,
            ),
            (party(Who::Neighbour, false), "127.0.0.1", true, false),
            (party(Who::Neighbour, false), "192.0.2.1", false, false),
        ] {
            let settings = match passwords {
                true => with_passwords(),
                false => Settings::default(),
            };
            let mut firewall = Firewall::default();
            let judged = firewall.judge(&settings, asker(&party, source), CAROL, Instant::now());
            let refused = judged.map_err(|refusal| (refusal.code, refusal.rule));
            let expected = may.then_some(()).ok_or((403, Rule::Who));
            assert_eq!(refused, expected, "{party:?} from {source}");
        }
    }

    #[test]
    fn a_minute_has_sixty_transfers_of_one_user_but_any_number_on_loopback() {
        let (settings, start) = (Settings::default(), Instant::now());
        let mut firewall = Firewall::default();
        let mut passes = |party: &Party, source, after_s| {
            let at = start + Duration::from_secs(after_s);
            let judged = firewall.judge(&settings, asker(party, source), CAROL, at);
            judged.map_err(|refusal| refusal.why)
        };
        let (alice, bob) = (user("alice"), user("bob"));
        for _ in 0..60 {
            assert_eq!(passes(&alice, "192.0.2.1", 0), Ok(()));
        }
        let why = "transfer.perMinute: more than 60 REFERs of user a**** within a minute";
        assert_eq!(passes(&alice, "192.0.2.7", 0), Err(why.to_string()));
        assert_eq!(passes(&bob, "192.0.2.1", 0), Ok(()));
        // One a second comes back.
        assert_eq!(passes(&alice, "192.0.2.1", 2), Ok(()));
        assert_eq!(passes(&alice, "192.0.2.1", 2), Ok(()));
        assert!(passes(&alice, "192.0.2.1", 2).is_err());
        for _ in 0..1000 {
            assert_eq!(passes(&alice, "127.0.0.9", 2), Ok(()));
        }
    }

    #[test]
    fn who_is_counted_is_bounded() {
        let settings = Settings::default();
        let (mut firewall, start) = (Firewall::default(), Instant::now());
        let stranger = party(Who::Stranger, true);
        let mut passed = 0;
        for number in 0..10_000_u32 {
            let source = IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number));
            let asker = Asker {
                source,
                ..asker(&stranger, "192.0.2.1")
            };
            let judged = firewall.judge(&settings, asker, CAROL, start);
            passed += usize::from(judged.is_ok());
        }
        assert_eq!(
            (passed, firewall.lately.len()),
            (MOST_COUNTED, MOST_COUNTED)
        );
        let later = start + Duration::from_secs(60);
        let judged = firewall.judge(&settings, asker(&stranger, "192.0.2.1"), CAROL, later);
        assert_eq!((judged, firewall.lately.len()), (Ok(()), 1));
    }

    #[test]
    fn a_target_is_denied_however_it_is_written() {
        let mut settings = Settings::default();
        settings.transfer.policy.targets = Some(Targets {
            allow: Some(patterns(&["\\d+", "carol", "0-.*"])),
            deny: patterns(&["00.*", "0900\\d+"]),
        });
        let long = "1".repeat(5000);
        for (to, joins, expected) in [
            ("carol", false, None),
            ("123", false, None),
            ("dave", false, Some(Rule::Allow)),
            ("dave", true, None),
            ("", false, Some(Rule::Allow)),
            ("0049", false, Some(Rule::Deny)),
            ("0049", true, Some(Rule::Deny)),
            ("0-0(49)", false, Some(Rule::Deny)),
            ("0900123;isub=1", false, Some(Rule::Deny)),
            // Nobody can tell what a pattern would say to it.
            (&long, false, Some(Rule::Deny)),
        ] {
            let mut firewall = Firewall::default();
            let alice = user("alice");
            let asker = asker(&alice, "192.0.2.1");
            let wanted = Wanted { to, joins };
            let judged = firewall.judge(&settings, asker, wanted, Instant::now());
            let rule = judged.err().map(|refusal| refusal.rule);
            assert_eq!(rule, expected, "{to}");
        }
    }

    #[test]
    fn a_trunk_s_own_setting_goes_before_the_general_one_and_is_named() {
        let mut settings = Settings::default();
        settings.transfer.policy.targets = Some(Targets {
            allow: None,
            deny: patterns(&["00.*"]),
        });
        settings.transfer.policy.max_depth = Some(1);
        let uri = crate::sip::message::Uri::sip("", "world.example", None);
        let trunk = crate::settings::Trunk {
            name: "world".to_string(),
            uri,
            username: None,
            password: None,
            register: false,
            sources: Vec::new(),
            routes: None,
            numbers: None,
            profile: None,
            sound: Default::default(),
            transfer: crate::settings::policy::Policy {
                max_depth: Some(3),
                per_call: Some(2),
                ..Default::default()
            },
        };
        settings.trunks.push(trunk);
        let name = "world".to_string();
        let party = party(Who::Trunk { name }, false);
        let why = |settings: &Settings, depth, refers, to| {
            let asker = Asker {
                depth,
                refers,
                ..asker(&party, "192.0.2.1")
            };
            let wanted = Wanted { to, joins: false };
            let judged = Firewall::default().judge(settings, asker, wanted, Instant::now());
            judged.map_err(|refusal| (refusal.code, refusal.why))
        };
        let refused = |code, why: &str| Err((code, why.to_string()));
        assert_eq!(why(&settings, 2, 1, "carol"), Ok(()));
        assert_eq!(
            why(&settings, 3, 0, "carol"),
            refused(
                403,
                "trunks.world.transfer.maxDepth is 3, and 3 transfers have led to this call"
            )
        );
        assert_eq!(
            why(&settings, 0, 2, "carol"),
            refused(
                486,
                "trunks.world.transfer.perCall: more than 2 REFERs on one call"
            )
        );
        assert_eq!(
            why(&settings, 0, 0, "0049"),
            refused(403, "transfer.targets.deny has 00.*")
        );
        settings.trunks.clear();
        assert_eq!(
            why(&settings, 1, 0, "carol"),
            refused(
                403,
                "transfer.maxDepth is 1, and 1 transfers have led to this call"
            )
        );
    }
}

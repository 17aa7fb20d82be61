//! A world of chance: everything that phones do, and everything that the network does to it, is dealt
//! from one seed. What must hold in every world must hold in this one; a seed that breaks it prints
//! its ladder and becomes a story with a name.
//!
//! ```text
//!   0 s ── deeds at random times ── 120 s ── nothing new ── 300 s ── everybody hangs up ── … quiet
//! ```

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::net::Weather;
use super::phone::{Following, Manners, Owner, Reception, Spelling, Taking, Then, Wish};
use super::world::{Deed, SERVER, Setup, World};
use crate::base::Dice;
use crate::base::pii::Secret;
use crate::scenario::Catalog;
use crate::sdp::Codec;
use crate::settings::policy::Policy;
use crate::settings::{Progress, Settings, User};
use crate::sip::message::Uri;
use crate::sip::stack::NotifyId;

/// How a world of chance ended.
#[derive(Debug)]
pub struct Outcome {
    pub ladder: String,
    pub faults: Vec<String>,
    /// How many calls were tried.
    pub calls: usize,
    /// How many transfers came to a verdict.
    pub verdicts: usize,
    /// How many transfers that a script had asked for came to their outcome, and how many well.
    pub outcomes: (usize, usize),
}

/// Things are dealt until then.
const BUSY: Duration = Duration::from_secs(120);
/// Everything has settled by then, and nobody has hung up for that reason.
const SETTLED: Duration = Duration::from_secs(300);
/// Everything is over by then, session timers included.
const OVER: Duration = Duration::from_secs(6000);

const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// Kinds of phones that want to be told of transfers in their own ways.
const AGENTS: [&str; 3] = ["snomD785/10.1", "Mitel 6867i/5.1", "Asterisk PBX 22.5.2"];

/// Plays the world of a seed from the moment `start` on. `behaves`: whether the scenario joins its calls,
/// so that a phone that talks must hear somebody, and calls the target of a transfer once.
pub fn play(seed: u64, start: Instant, catalog: Catalog, behaves: bool) -> Outcome {
    let mut chance = Chance(Dice::from_seed(seed ^ 0x5eed));
    let mut agents = Chance(Dice::from_seed(seed ^ 0xa9e27));
    let mut takers = Chance(Dice::from_seed(seed ^ 0x7a4e5));
    let mut settings = Settings::default();
    let cast = &NAMES[..3 + chance.below(4) as usize];
    let secret = chance.one_in(3).then(|| Secret::new("sesame"));
    for (index, name) in cast.iter().enumerate() {
        let contact = Uri::sip(name, &address(index).ip().to_string(), None);
        let user = User {
            password: secret.clone(),
            display_name: None,
            contact: secret.is_none().then_some(contact),
            profile: None,
            sound: Default::default(),
        };
        settings.users.insert(name.to_string(), user);
    }
    settings.limits.no_answer_s = 10 + chance.below(30) as u32;
    settings.limits.unanswered_s = 20 + chance.below(30) as u32;
    settings.transfer.deadline_s = 5 + chance.below(30) as u32;
    settings.transfer.grace_s = chance.below(6) as u32;
    settings.transfer.progress =
        [Progress::All, Progress::Initial, Progress::None][chance.below(3) as usize];
    settings.transfer.notify_id =
        [NotifyId::Auto, NotifyId::Always, NotifyId::Never][chance.below(3) as usize];
    settings.limits.session_expires_s = [90, 120, 1800][chance.below(3) as usize];
    settings.transfer.policy = agents.policy();
    let mut setup = Setup::new(start, seed, settings, catalog.clone());
    setup.weather = chance.weather();
    setup.dials_at_will = !behaves;
    setup.think = chance
        .millis(0, 200)
        .mul_f64(f64::from(chance.one_in(2) as u8));
    // A change of codec is asked for, and asked for again where that is lost.
    let switch = match setup.weather == Weather::CALM {
        true => Duration::from_secs(1),
        false => Duration::from_secs(20),
    };
    let mut world = World::new(setup);
    for (index, name) in cast.iter().enumerate() {
        let owner = Owner {
            name: name.to_string(),
            user: name.to_string(),
            password: secret.clone(),
            address: address(index),
            rtp: 4000,
            server: SERVER,
            domain: SERVER.ip().to_string(),
        };
        let mut manners = chance.manners();
        manners.follows = takers.follows();
        if agents.one_in(4) {
            manners.agent = Some(agents.one_of(&AGENTS).to_string());
        }
        if agents.one_in(10) {
            let tag = agents.one_of(&["nosub", "explicitsub", "norefersub"]);
            manners.adds.push(("Require".to_string(), tag.to_string()));
        }
        world.add_phone(owner, manners);
        if secret.is_some() {
            register_again_and_again(&mut world, name, &mut chance);
        }
    }
    let mut calls = 0;
    let mut disturbed = false;
    for _ in 0..10 + chance.below(30) {
        let at = chance.millis(0, BUSY.as_millis() as u64);
        let phone = chance.one_of(cast).to_string();
        let other = chance.one_of(cast).to_string();
        let deed = match chance.below(125) {
            100..110 => {
                calls += 2;
                let third = chance.one_of(cast);
                disturbed |= consult(&mut world, at, [&phone, &other, third], &mut chance);
                continue;
            }
            110..115 => Deed::TakeOver {
                to: chance.one_of(cast).to_string(),
                whose: other,
                with: None,
                directly: false,
                spelling: chance.spelling(&phone),
                phone,
            },
            115..120 => Deed::Wish {
                wish: Wish::Transfer {
                    peer: chance.one_of(cast).to_string(),
                    other,
                    spelling: chance.spelling(&phone),
                },
                phone,
            },
            120..125 => Deed::Wish {
                wish: Wish::Of {
                    peer: other,
                    wish: Box::new(match chance.one_in(2) {
                        true => Wish::HangUp,
                        false => Wish::Refer {
                            to: chance.one_of(cast).to_string(),
                        },
                    }),
                },
                phone,
            },
            0..30 => {
                calls += 1;
                Deed::Wish {
                    phone,
                    wish: Wish::Call { to: other },
                }
            }
            30..62 => Deed::Wish {
                phone,
                wish: Wish::Refer { to: other },
            },
            62..74 => Deed::Wish {
                phone,
                wish: Wish::HangUp,
            },
            74..80 => Deed::Wish {
                phone,
                wish: Wish::Answer,
            },
            80..84 => Deed::Wish {
                phone,
                wish: Wish::SendInfo {
                    mime_type: "text/plain".to_string(),
                    body: "5".to_string(),
                },
            },
            84..88 => Deed::Manners {
                phone,
                manners: Box::new(chance.manners()),
            },
            88..93 => {
                disturbed = true;
                let again = at + chance.millis(1, 3000);
                world.plan(
                    again,
                    Deed::Wish {
                        phone: phone.clone(),
                        wish: Wish::Resume,
                    },
                );
                Deed::Wish {
                    phone,
                    wish: Wish::Hold,
                }
            }
            93..95 => {
                disturbed = true;
                Deed::Vanish { phone }
            }
            95..96 => {
                disturbed = true;
                Deed::SwitchOff { phone }
            }
            96..98 => Deed::Reappear { phone },
            _ => Deed::Catalog(Box::new(catalog.clone())),
        };
        world.plan(at, deed);
    }
    if agents.one_in(4) {
        let whose = agents.one_of(cast).to_string();
        let phone = match agents.one_in(3) {
            true => agents.one_of(cast).to_string(),
            false => whose.clone(),
        };
        // A phone does not look at the outcome of such a transfer, and so may stay without a partner.
        disturbed = true;
        let outside = Deed::ReferOutside {
            phone,
            to: agents.one_of(cast).to_string(),
            whose: (!agents.one_in(5)).then_some(whose),
        };
        world.plan(agents.millis(0, BUSY.as_millis() as u64), outside);
    }
    if chance.one_in(20) {
        let within = Some(chance.millis(0, 20_000));
        world.plan(
            chance.millis(0, BUSY.as_millis() as u64),
            Deed::Drain { within },
        );
    }
    if chance.one_in(20) {
        world.plan(chance.millis(0, BUSY.as_millis() as u64), Deed::ShutDown);
    }
    world.run_until(SETTLED);
    let mut faults = Vec::new();
    if behaves && !disturbed {
        let silent = world.silent_calls();
        faults.extend(
            silent
                .into_iter()
                .map(|call| format!("{call} hears nobody")),
        );
        let deserted = world.ears().deserted_for(switch);
        faults.extend(deserted.map(|(_, said)| said));
    }
    for round in 0..40 {
        for phone in cast {
            let deed = Deed::Wish {
                phone: phone.to_string(),
                wish: Wish::HangUp,
            };
            world.plan(SETTLED + Duration::from_secs(round), deed);
        }
    }
    if !world.run_until_quiet(OVER) {
        faults.push("it never comes to rest".to_string());
    }
    faults.extend(world.finish());
    let told = world.phones().flat_map(|phone| phone.referrals());
    let posts = world.posts();
    let posted = |what: &str| posts.iter().filter(|post| post.contains(what)).count();
    Outcome {
        outcomes: (posted("\"final\":true"), posted("\"success\":true")),
        verdicts: told
            .filter(|referral| referral.told.iter().any(|code| *code >= 200))
            .count(),
        ladder: world.ladder().to_string(),
        faults,
        calls,
    }
}

/// A phone calls one after the other, the second now and then past the switchboard, and joins the two: often
/// as it should be, with the second call answered, and often too early or too late. Says whether it holds the first meanwhile.
fn consult(
    world: &mut World,
    at: Duration,
    [phone, one, other]: [&str; 3],
    chance: &mut Chance,
) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    let holds = chance.one_in(3);
    let of_one = |wish| Wish::Of {
        peer: one.clone(),
        wish: Box::new(wish),
    };
    let mut wishes = vec![(Duration::ZERO, Wish::Call { to: one.clone() })];
    let consults = chance.millis(0, 12_000);
    if holds {
        wishes.push((consults, of_one(Wish::Hold)));
    }
    if chance.one_in(6) && phone != other {
        let call = Deed::CallDirectly {
            phone: phone.to_string(),
            other: other.clone(),
        };
        world.plan(at + consults, call);
    } else {
        wishes.push((consults, Wish::Call { to: other.clone() }));
    }
    let spelling = chance.spelling(phone);
    let (peer, other) = match chance.one_in(4) {
        true => (other, one.clone()),
        false => (one.clone(), other),
    };
    let transfer = Wish::Transfer {
        peer,
        other: other.clone(),
        spelling,
    };
    let transfers = consults + chance.millis(0, 12_000);
    wishes.push((transfers, transfer));
    if holds {
        let after = transfers + chance.millis(5000, 20_000);
        wishes.push((after, of_one(Wish::Resume)));
    }
    if chance.one_in(3) {
        let after = transfers + chance.millis(0, 3000);
        let hang_up = Wish::Of {
            peer: other,
            wish: Box::new(Wish::HangUp),
        };
        wishes.push((after, hang_up));
    }
    for (after, wish) in wishes {
        let phone = phone.to_string();
        world.plan(at + after, Deed::Wish { phone, wish });
    }
    holds
}

/// A phone with a password keeps its registration up for as long as things are dealt.
fn register_again_and_again(world: &mut World, name: &str, chance: &mut Chance) {
    let mut at = Duration::ZERO;
    while at < BUSY {
        let wish = Wish::Register { expires_s: 60 };
        world.plan(
            at,
            Deed::Wish {
                phone: name.to_string(),
                wish,
            },
        );
        at += chance.millis(20_000, 50_000);
    }
}

fn address(index: usize) -> SocketAddr {
    let host = Ipv4Addr::new(127, 0, 1, index as u8 + 1);
    SocketAddr::new(IpAddr::V4(host), 5060)
}

impl Chance {
    /// How a phone takes a REFER.
    fn follows(&mut self) -> Option<Following> {
        let taking = match self.below(8) {
            0 => return None,
            1 => Taking::Refuse([403, 405, 501, 429][self.below(4) as usize]),
            2 => Taking::Challenge,
            3 => Taking::Accept(200),
            _ => Taking::Accept(202),
        };
        let mut following = Following::new(taking);
        following.expires_s = [5, 60, 600][self.below(3) as usize];
        following.again = self.one_in(4).then(|| self.millis(1000, 20_000));
        following.leaves = self.one_in(4).then(|| self.millis(0, 2000));
        following.calls = !self.one_in(6);
        Some(following)
    }

    fn weather(&mut self) -> Weather {
        if self.one_in(4) {
            return Weather::CALM;
        }
        let shortest = self.millis(1, 30);
        Weather {
            delay: (shortest, shortest + self.millis(0, 400)),
            lost: self.below(100) as u32,
            doubled: self.below(80) as u32,
        }
    }

    /// All phones take PCMA, so that anybody can talk to anybody.
    fn codecs(&mut self) -> Vec<Codec> {
        let mut codecs = match self.below(4) {
            0 => vec![Codec::Pcma],
            1 => vec![Codec::Pcma, Codec::Pcmu],
            2 => vec![Codec::Opus, Codec::Pcma],
            _ => vec![Codec::Pcmu, Codec::G722, Codec::Pcma],
        };
        if self.one_in(3) {
            codecs.reverse();
        }
        codecs
    }

    /// Mostly right.
    fn spelling(&mut self, phone: &str) -> Spelling {
        let mut spelling = Spelling {
            early_only: self.one_in(10),
            lower_case: self.one_in(4),
            at_contact: self.one_in(4),
            required: self.one_in(2),
            referred_by: self.one_in(4).then(|| phone.to_string()),
            ..Spelling::default()
        };
        let faults = [
            &mut spelling.swapped,
            &mut spelling.zero,
            &mut spelling.bare,
            &mut spelling.foreign,
            &mut spelling.twice,
            &mut spelling.joins,
        ];
        if let Some(fault) = faults.into_iter().nth(self.below(30) as usize) {
            *fault = true;
        }
        spelling
    }

    /// What the firewall has to say, mostly nothing.
    fn policy(&mut self) -> Policy {
        Policy {
            max_depth: self.one_in(4).then(|| self.below(4) as u32),
            per_call: self.one_in(6).then(|| self.below(4) as u32),
            per_minute: self.one_in(6).then(|| 1 + self.below(10) as u32),
            out_of_dialog: self.one_in(2).then_some(true),
            ..Policy::default()
        }
    }

    fn manners(&mut self) -> Manners {
        let rings = match self.below(10) {
            0 => None,
            1 => Some((183, self.millis(0, 2000))),
            _ => Some((180, self.millis(0, 2000))),
        };
        let then = match self.below(10) {
            0 => Then::Wait,
            1..3 => Then::Reject(486, self.millis(0, 5000)),
            _ => Then::Answer(self.millis(0, 8000)),
        };
        Manners {
            usual: Reception { rings, then },
            patience: self.one_in(3).then(|| self.millis(0, 10_000)),
            talks_for: self.one_in(4).then(|| self.millis(0, 60_000)),
            leaves_when_accepted: self.one_in(4).then(|| self.millis(0, 1000)),
            leaves_on_success: self.one_in(2).then(|| self.millis(0, 2000)),
            sound_at: None,
            codecs: self.codecs(),
            next: VecDeque::new(),
            unmoved: self.one_in(8).then_some(488),
            follows: None,
            agent: None,
            adds: Vec::new(),
            max_forwards: 70,
        }
    }
}

//! What one caller meets: everything that people do once they talk, dealt as it comes.
//!
//! ```text
//!   0 s ── calls, transfers, … ── 120 s, verdicts ── the callers leave ── 80 s: who is left? ── all leave ── … quiet
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::find;
use super::guests::Guests;
use super::told::{Finding, Kind, Told};
use super::{Crowd, Hardship, manners, web};
use crate::base::{Dice, LegId};
use crate::sim::World;
use crate::sim::chance::Chance;
use crate::sim::net::Weather;
use crate::sim::phone::{Line, Manners, News, Owner, Phone, Spelling, Wish};
use crate::sim::world::{Deed, Setup, Stopwatch};

/// Things are dealt until then.
const BUSY: Duration = Duration::from_secs(120);
/// A transfer that waits longer for its verdict is not waited for.
const LONGEST_DEADLINE: Duration = Duration::from_secs(600);
/// Whatever was left behind by a caller who has gone is over after that.
const LEFT: Duration = Duration::from_secs(80);
/// Everything is over by then, session timers included.
const OVER: Duration = Duration::from_secs(8000);
/// Everybody who still talks hangs up, again and again.
const MOST_FAREWELLS: u32 = 40;
/// Things that people do besides calling and hanging up.
const MOST_DEEDS: u64 = 8;

/// One world of people.
struct Life {
    crowd: Arc<Crowd>,
    chance: Chance,
    deeds: u64,
    /// Somebody was cut off or put on hold, so that hearing nobody tells nothing.
    disturbed: bool,
    /// Phones that call somebody else, to join the two: with the call that they had before.
    consulting: BTreeMap<String, LegId>,
    /// Phones that have called of their own accord.
    callers: BTreeSet<String>,
}

pub(super) fn play(
    crowd: &Arc<Crowd>,
    number: u64,
    start: Instant,
    stopwatch: Option<Stopwatch>,
) -> Told {
    let mut chance = Chance(Dice::from_seed(seed_of(crowd.seed, number)));
    let (rule, dialled) = crowd.number_for(number, &mut chance.0);
    let rule = rule.to_string();
    let seed = chance.0.u64();
    let mut guests = Guests::new(
        crowd.clone(),
        crowd.settings.clone(),
        Chance(chance.0.deal()),
    );
    let callers = callers(crowd, &mut guests, &mut chance);
    let mut setup = Setup::new(
        start,
        seed,
        guests.settings().clone(),
        crowd.catalog.clone(),
    );
    setup.weather = weather(crowd, &mut chance);
    // A script may well call a target again.
    setup.dials_at_will = true;
    setup.stopwatch = stopwatch;
    if chance.one_in(4) {
        setup.think = chance.millis(0, 100);
    }
    let mut world = World::new(setup);
    world.let_in(Box::new(guests));
    world.outside().add(web::servers(&mut chance));
    world.outside().sockets().add(web::sockets(seed));
    let mut life = Life {
        crowd: crowd.clone(),
        deeds: chance.below(MOST_DEEDS),
        chance,
        disturbed: false,
        consulting: BTreeMap::new(),
        callers: BTreeSet::new(),
    };
    for (at, (owner, manners)) in callers.into_iter().enumerate() {
        let name = owner.name.clone();
        world.add_phone(owner, manners);
        life.callers.insert(name.clone());
        let (when, to) = match at {
            0 => (Duration::ZERO, dialled.clone()),
            _ => life.second_call(&dialled),
        };
        plan(&mut world, when, &name, Wish::Call { to });
    }
    life.run(&mut world);
    let mut findings = life.end(&mut world);
    findings.splice(0..0, find::findings(&world));
    Told {
        number,
        rule,
        dialled,
        calls: find::calls(&world),
        transfers: find::transfers(&world),
        findings,
        ladder: world.ladder().to_string(),
        lasted: world.elapsed(),
        slow: world.slow_turns().to_vec(),
        ran: world.ran(),
    }
}

/// One, or now and then two: users of the configuration, a trunk, or somebody on this machine.
fn callers(crowd: &Crowd, guests: &mut Guests, chance: &mut Chance) -> Vec<(Owner, Manners)> {
    let is_impatient = crowd.hardships.has(Hardship::Impatience);
    let many = match crowd.hardships.has(Hardship::Glare) {
        true => 1 + usize::from(chance.one_in(3)),
        false => 1 + usize::from(chance.one_in(6)),
    };
    let mut callers: Vec<(Owner, Manners)> = Vec::new();
    let trunks = &crowd.settings.trunks;
    if !trunks.is_empty() && chance.one_in(3) {
        let at = chance.below(trunks.len() as u64) as usize;
        callers.extend(trunks.get(at).and_then(|trunk| guests.trunk(&trunk.name)));
    }
    let users: Vec<&str> = match crowd.settings.users.is_empty() {
        true => vec!["caller", "another"],
        false => crowd.settings.users.keys().map(String::as_str).collect(),
    };
    let first = chance.below(users.len() as u64) as usize;
    for user in users.iter().cycle().skip(first).take(users.len()) {
        if callers.len() < many {
            callers.extend(guests.user(user));
        }
    }
    for (_, own) in &mut callers {
        *own = manners::of_caller(chance, is_impatient);
    }
    callers
}

fn weather(crowd: &Crowd, chance: &mut Chance) -> Weather {
    let mut weather = Weather::CALM;
    // Now and then the day is fine.
    if chance.one_in(4) {
        return weather;
    }
    let has = |hardship| crowd.hardships.has(hardship);
    if has(Hardship::Delay) {
        let delay = chance.millis(1, 200);
        weather.delay = (delay, delay);
    }
    if has(Hardship::Reorder) {
        weather.delay.1 += chance.millis(0, 300);
    }
    if has(Hardship::Loss) {
        weather.lost = chance.below(100) as u32;
    }
    if has(Hardship::Double) {
        weather.doubled = chance.below(80) as u32;
    }
    weather
}

impl Life {
    fn has(&self, hardship: Hardship) -> bool {
        self.crowd.hardships.has(hardship)
    }

    /// The same number at the same moment, or another one later.
    fn second_call(&mut self, dialled: &str) -> (Duration, String) {
        if self.has(Hardship::Glare) && self.chance.one_in(2) {
            return (Duration::ZERO, dialled.to_string());
        }
        let to = self.crowd.any_number(&mut self.chance.0);
        (self.chance.millis(0, 30_000), to)
    }

    fn run(&mut self, world: &mut World) {
        let mut seen = 0;
        while world.next_due().is_some_and(|due| due <= BUSY) {
            world.step();
            let fresh: Vec<(String, News)> = world
                .news()
                .iter()
                .skip(seen)
                .map(|(_, name, news)| (name.clone(), news.clone()))
                .collect();
            seen += fresh.len();
            for (name, news) in fresh {
                self.hear(world, &name, &news);
            }
        }
    }

    fn hear(&mut self, world: &mut World, name: &str, news: &News) {
        match news {
            News::Connected => match self.consulting.remove(name) {
                Some(leg) => self.join(world, name, leg),
                None => self.talk(world, name),
            },
            News::Answered => self.talk(world, name),
            // Whatever else it sees changes nothing in what it is about to do.
            _ => {}
        }
    }

    /// A call of this phone has been answered a moment ago.
    fn talk(&mut self, world: &mut World, name: &str) {
        let Some((leg, peer)) = world.phone(name).and_then(newest) else {
            return;
        };
        let now = world.elapsed();
        if self.chance.one_in(2) {
            let shortest = if self.has(Hardship::Impatience) {
                0
            } else {
                3000
            };
            let after = self.chance.millis(shortest, 60_000);
            plan(world, now + after, name, on(leg, Wish::HangUp));
        }
        if self.deeds == 0 {
            return;
        }
        self.deeds -= 1;
        let at = now + self.chance.millis(200, 9000);
        match self.chance.below(100) {
            0..35 => {
                let to = self.crowd.any_number(&mut self.chance.0);
                self.twice(world, at, name, leg, &Wish::Refer { to });
            }
            35..50 => self.consult(world, at, name, leg, peer),
            50..60 => {
                self.disturbed = true;
                self.twice(world, at, name, leg, &Wish::Hold);
                let back = at + self.chance.millis(100, 8000);
                self.twice(world, back, name, leg, &Wish::Resume);
            }
            60..78 => self.dial_digits(world, at, name, leg),
            78..84 => {
                let text = "hello".to_string();
                plan(world, at, name, on(leg, Wish::SendText { text }));
            }
            84..94 if self.has(Hardship::Vanish) => self.vanish(world, at, name),
            _ if self.has(Hardship::Glare) => {
                self.twice(world, at, name, leg, &Wish::HangUp);
            }
            _ => {}
        }
    }

    /// With glare, somebody else who talks does the same at the same moment.
    fn twice(&mut self, world: &mut World, at: Duration, name: &str, leg: LegId, wish: &Wish) {
        plan(world, at, name, on(leg, wish.clone()));
        if !self.has(Hardship::Glare) || !self.chance.one_in(4) {
            return;
        }
        let other = world.phones().find_map(|phone| {
            let own = phone.owner();
            let (leg, _) = newest(phone).filter(|_| own.name != name)?;
            Some((own.name.clone(), leg))
        });
        if let Some((other, leg)) = other {
            plan(world, at, &other, on(leg, wish.clone()));
        }
    }

    /// Calls somebody else, and joins the two when the other has answered, or earlier.
    fn consult(&mut self, world: &mut World, at: Duration, name: &str, leg: LegId, peer: String) {
        let other = self.crowd.any_number(&mut self.chance.0);
        self.callers.insert(name.to_string());
        plan(world, at, name, Wish::Call { to: other.clone() });
        if self.has(Hardship::Impatience) && self.chance.one_in(3) {
            let spelling = Spelling::default();
            let transfer = Wish::Transfer {
                peer,
                other,
                spelling,
            };
            let after = self.chance.millis(500, 4000);
            return plan(world, at + after, name, transfer);
        }
        self.consulting.insert(name.to_string(), leg);
    }

    fn join(&mut self, world: &mut World, name: &str, leg: LegId) {
        let consulted = world.phone(name).and_then(newest);
        let Some((consulted, _)) = consulted.filter(|(consulted, _)| *consulted != leg) else {
            return;
        };
        let at = world.elapsed() + self.chance.millis(200, 6000);
        match self.chance.one_in(6) {
            true => plan(world, at, name, on(consulted, Wish::HangUp)),
            false => plan(world, at, name, Wish::Join { leg, consulted }),
        }
    }

    fn dial_digits(&mut self, world: &mut World, at: Duration, name: &str, leg: LegId) {
        for nth in 0..1 + self.chance.below(4) as u32 {
            let keys = "1234567890*#".as_bytes();
            let key = char::from(keys[self.chance.below(keys.len() as u64) as usize]);
            let wish = Wish::SendInfo {
                mime_type: "application/dtmf-relay".to_string(),
                body: format!("Signal={key}\r\nDuration=100\r\n"),
            };
            plan(
                world,
                at + nth * Duration::from_millis(300),
                name,
                on(leg, wish),
            );
        }
    }

    fn vanish(&mut self, world: &mut World, at: Duration, name: &str) {
        self.disturbed = true;
        let phone = || name.to_string();
        let deed = match self.chance.one_in(3) {
            true => Deed::SwitchOff { phone: phone() },
            false => Deed::Vanish { phone: phone() },
        };
        world.plan(at, deed);
        if self.chance.one_in(2) {
            let back = at + self.chance.millis(500, 40_000);
            world.plan(back, Deed::Reappear { phone: phone() });
        }
    }

    /// The callers leave, then everybody does. What is wrong after each.
    fn end(&mut self, world: &mut World) -> Vec<Finding> {
        let finding = |kind, text| Finding { kind, text };
        world.run_until(BUSY);
        if world.alive().transfers > 0 {
            // So long the script has for its verdict.
            let deadline = Duration::from_secs(self.crowd.settings.transfer.deadline_s.into());
            world.run_until(BUSY + deadline.min(LONGEST_DEADLINE) + Duration::from_secs(5));
        }
        let left_at = world.elapsed();
        for _ in 0..4 {
            farewell(world, |name| self.callers.contains(name));
            world.run_until(world.elapsed() + Duration::from_secs(1));
        }
        world.run_until(left_at + LEFT);
        let left = world.silent_calls();
        for _ in 0..MOST_FAREWELLS {
            if !farewell(world, |_| true) {
                break;
            }
            world.run_until(world.elapsed() + Duration::from_secs(1));
        }
        let mut findings = Vec::new();
        if !world.run_until_quiet(OVER) {
            let text = "it never comes to rest".to_string();
            findings.push(finding(Kind::Broken, text));
        }
        if !self.disturbed && !find::somebody_was_passed_on(world) {
            findings.extend(left.into_iter().map(|call| {
                let text = format!(
                    "{call} is still up {} s after the callers have hung up, and hears nobody: the scenario does \
                     not end it",
                    LEFT.as_secs()
                );
                finding(Kind::Leak, text)
            }));
        }
        let broken = world.finish().into_iter();
        findings.extend(broken.map(|text| finding(Kind::Broken, text)));
        findings
    }
}

/// Everybody who is meant hangs up; whether there was a call to be hung up.
fn farewell(world: &mut World, is_meant: impl Fn(&str) -> bool) -> bool {
    let meant = world.phones().filter(|phone| is_meant(&phone.owner().name));
    let calls: Vec<(String, LegId)> = meant
        .flat_map(|phone| {
            let alive = phone.lines().filter(|line| line.is_alive());
            alive.map(|line| (phone.owner().name.clone(), line.leg))
        })
        .collect();
    for (phone, leg) in &calls {
        let wish = on(*leg, Wish::HangUp);
        let phone = phone.clone();
        world.act(Deed::Wish { phone, wish });
    }
    !calls.is_empty()
}

/// The newest call that is up, and with whom.
fn newest(phone: &Phone) -> Option<(LegId, String)> {
    let talking = phone.lines().filter(|line| line.is_talking());
    let newest: Option<&Line> = talking.last();
    newest.map(|line| (line.leg, line.peer.clone()))
}

fn on(leg: LegId, wish: Wish) -> Wish {
    let wish = Box::new(wish);
    Wish::On { leg, wish }
}

fn plan(world: &mut World, at: Duration, phone: &str, wish: Wish) {
    let phone = phone.to_string();
    world.plan(at, Deed::Wish { phone, wish });
}

/// Of each caller its own (SplitMix64).
fn seed_of(seed: u64, number: u64) -> u64 {
    let mixed = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

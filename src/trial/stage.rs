//! The world of one test, and what the test asks of it.

mod cast;
mod outside;
mod socket;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ask::{Ask, Harm, Manner, Order, Words};
use crate::base::access::Request;
use crate::base::{Dice, LegId};
use crate::media::Clip;
use crate::media::dtmf::strokes;
use crate::scenario::Catalog;
use crate::script::asr::Recognised;
use crate::script::command::Level;
use crate::script::marks::Ran;
use crate::settings::Settings;
use crate::sim::clips;
use crate::sim::disk::Side;
use crate::sim::net::{self, Kind, Pattern, Weather, Which, Wrong};
use crate::sim::phone::{Following, Line, Manners, News, Phone, Reception, Taking, Wish};
use crate::sim::recogniser;
use crate::sim::story::setting;
use crate::sim::tape::Original;
use crate::sim::voices::{USUAL_DBFS, Utterance, What};
use crate::sim::world::{Deed, SERVER, SERVER_NAME, Setup, World};
use crate::sip::message::Method;
use crate::switchboard::{Alive, Count};

/// What a test writes of itself stands in the ladder under this name.
const TEST_NAME: &str = "test";
/// All timers of SIP have run out after so long.
const CLEARING: Duration = Duration::from_secs(70);
/// A leg whose peer has forgotten it ends with the next refresh at the latest.
const MOST_CLEARINGS: u32 = 60;

pub(super) struct Stage {
    world: World,
    settings: Settings,
    dice: Dice,
    /// The ladders that are kept of this test; `None` where whatever comes is to be kept.
    kept: Option<Vec<String>>,
    /// What was compared with them so far.
    compared: Vec<String>,
}

impl Stage {
    /// Trunks do not register here: nobody is there whom a test has not made.
    pub fn new(
        start: Instant,
        seed: u64,
        mut settings: Settings,
        catalog: Catalog,
        kept: Option<Vec<String>>,
    ) -> Stage {
        for trunk in &mut settings.trunks {
            trunk.register = false;
        }
        let mut dice = Dice::from_seed(seed);
        let mut setup = Setup::new(start, dice.u64(), settings.clone(), catalog);
        // A script may well call a target again.
        setup.dials_at_will = true;
        Stage {
            world: World::new(setup),
            settings,
            dice,
            kept,
            compared: Vec::new(),
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.world.elapsed()
    }

    pub fn is_calm(&self) -> bool {
        self.world.is_settled()
    }

    pub fn compared(&self) -> Vec<String> {
        self.compared.clone()
    }

    pub fn used(&self) -> BTreeSet<String> {
        self.world.used().clone()
    }

    pub fn ran(&self) -> Ran {
        self.world.ran()
    }

    pub fn ladder(&self) -> String {
        self.world.ladder().to_string()
    }

    /// Goes on by one thing that is due, and not beyond `until`.
    pub fn step(&mut self, until: Duration) {
        match self.world.next_due() {
            Some(due) if due <= until => {
                self.world.step();
            }
            _ => self.world.run_until(until),
        }
    }

    /// The words with which scripts broke, one for each session that ended so.
    pub fn script_faults(&self) -> Vec<String> {
        let broken = self.world.counts().iter();
        let broken = broken
            .filter(|count| **count == Count::SessionFault)
            .count();
        let cries = self.world.log().iter();
        let cries = cries.filter(|line| line.level == Level::Error);
        cries.map(|line| line.text.clone()).take(broken).collect()
    }

    /// Everybody hangs up and the net is calm again. What is left then, and what must never be.
    pub fn clear(&mut self) -> Vec<String> {
        self.world.act(Deed::Calm);
        for _ in 0..MOST_CLEARINGS {
            let phones: Vec<_> = self
                .world
                .phones()
                .map(|phone| phone.owner().name.clone())
                .collect();
            let mut quiet = true;
            for name in phones {
                if let Some(manners) = self.world.manners(&name) {
                    *manners = Manners::default();
                }
                let legs = self.world.phone(&name).map(alive).unwrap_or_default();
                quiet &= legs.is_empty();
                for leg in legs {
                    let wish = on(leg, Wish::HangUp);
                    let phone = name.clone();
                    self.world.act(Deed::Wish { phone, wish });
                }
            }
            quiet &= self.world.alive() == Alive::default();
            self.world.run_until(self.elapsed() + CLEARING);
            if quiet {
                break;
            }
        }
        self.world.finish()
    }

    pub fn answer(&mut self, ask: Ask) -> Result<Value, String> {
        match ask {
            Ask::Phone {
                phone,
                user,
                password,
                trunk,
                codecs,
            } => {
                let manners = cast::manners(codecs)?;
                let address = self.free_address(&phone)?;
                let password = match trunk {
                    Some(trunk) => self.stand_for(&trunk, address).map(|()| None)?,
                    None => self.admit(&user, password, address),
                };
                self.add_phone(phone, user, password, address, manners)?;
            }
            Ask::Call { phone, to } => return self.call(phone, to),
            Ask::Wish { phone, leg, wish } => self.wish(&phone, on(leg.0, wish.wish()))?,
            Ask::Press { phone, leg, keys } => {
                self.phone(&phone)?;
                let strokes = strokes(&keys)?;
                return Ok(json!(self.world.press_on(&phone, leg.0, &strokes)));
            }
            Ask::Pressing { phone, leg } => {
                return Ok(json!(self.world.is_pressing(&phone, leg.0)));
            }
            Ask::Keys { phone } => {
                self.phone(&phone)?;
                return Ok(json!(self.world.keys_of(&phone)));
            }
            Ask::Refer { phone, leg, to } => {
                return self.refer(&phone, on(leg.0, Wish::Refer { to }));
            }
            Ask::Join { phone, leg, other } => {
                let (leg, consulted) = (leg.0, other.0);
                return self.refer(&phone, Wish::Join { leg, consulted });
            }
            Ask::Say {
                phone,
                what,
                level,
                seconds,
            } => self.say(phone, what, level, seconds)?,
            Ask::Silence { phone } => self.world.act(Deed::Say {
                phone,
                utterance: None,
            }),
            Ask::Tone { phone, hz } => {
                self.phone(&phone)?;
                let level = self.world.hears_tone(&phone, hz);
                return Ok(json!({ "level": level, "all": self.world.tones_of(&phone) }));
            }
            Ask::Speech { phone, speaker } => {
                let like = self.world.likeness(&phone, &Original::Phone(speaker));
                let same = like.is_some_and(|like| like.is_the_same());
                let how = like.map_or("nothing of it".to_string(), |like| like.to_string());
                return Ok(json!({ "same": same, "how": how }));
            }
            Ask::Manner { phone, manner } => {
                let manners = self.world.manners(&phone);
                manner.change(manners.ok_or_else(|| nobody(&phone))?);
            }
            Ask::Vanish { phone } => self.world.act(Deed::Vanish { phone }),
            Ask::SwitchOff { phone } => self.world.act(Deed::SwitchOff { phone }),
            Ask::Back { phone } => self.world.act(Deed::Reappear { phone }),
            Ask::Wrong {
                harm,
                by,
                message,
                nth,
                from,
                to,
            } => {
                let harm = match harm {
                    Harm::Lose => net::Harm::Lose,
                    Harm::Double => net::Harm::Double,
                    Harm::Delay => net::Harm::Delay(duration(by.unwrap_or(0.0))),
                };
                let pattern = Pattern {
                    kind: Some(kind(&message)?),
                    from: from.map(|name| self.address(&name)).transpose()?,
                    to: to.map(|name| self.address(&name)).transpose()?,
                };
                let which = match nth {
                    0 => Which::Every,
                    nth => Which::Nth(nth),
                };
                self.world.act(Deed::Wrong(Wrong {
                    harm,
                    which,
                    pattern,
                }));
            }
            Ask::Clip { name, seconds, hz } => {
                if !(0.0..=3600.0).contains(&seconds) {
                    return Err("a clip lasts 0 to 3600 seconds".to_string());
                }
                let clip = match hz {
                    Some(hz) => clips::tone(hz, duration(seconds)),
                    None => Clip::silence(duration(seconds)),
                };
                self.world.add_clip(&name, clip);
            }
            Ask::Recognise {
                text,
                confidence,
                fails,
                after,
            } => {
                let recognised = match fails {
                    true => Recognised::Fault { why: text },
                    false => Recognised::Text {
                        text,
                        confidence,
                        language: None,
                    },
                };
                let after = after.map_or(recogniser::USUAL, duration);
                self.world.act(Deed::Understand { recognised, after });
            }
            Ask::Weather {
                lost,
                doubled,
                delay,
            } => {
                let share = |share: f64| (share.clamp(0.0, 1.0) * 1000.0).round() as u32;
                let (shortest, longest) = (duration(delay.0), duration(delay.1));
                self.world.act(Deed::Weather(Weather {
                    delay: (shortest, longest.max(shortest)),
                    lost: share(lost),
                    doubled: share(doubled),
                }));
            }
            Ask::Setting { path, value } => {
                setting::set(&mut self.settings, &path, &value)?;
                let settings = Box::new(self.settings.clone());
                self.world.act(Deed::Settings(settings));
            }
            Ask::Remark { text } => self.world.remark(TEST_NAME, &text),
            Ask::Now => return Ok(json!(self.elapsed().as_micros() as u64)),
            Ask::Random => return Ok(json!((self.dice.u64() >> 11) as f64 / (1u64 << 53) as f64)),
            Ask::Calls { phone } => {
                let phone = self.phone(&phone)?;
                return Ok(alive(phone)
                    .into_iter()
                    .map(|leg| seen(phone, leg))
                    .collect());
            }
            Ask::Seen { phone, leg } => return Ok(seen(self.phone(&phone)?, leg.0)),
            Ask::Transfer { phone, id } => {
                let referrals = self.phone(&phone)?.referrals();
                let referral = referrals.get(id).ok_or("there is no such transfer")?;
                return Ok(json!({
                    "answer": referral.answer, "notifies": referral.told, "ended": referral.ended,
                }));
            }
            Ask::Hears { phone } => {
                self.phone(&phone)?;
                return Ok(json!(self.world.heard_by(&phone)));
            }
            Ask::News { phone } => {
                let news = self.news_of(&phone)?;
                return Ok(news.map(|news| json!(news.to_string())).collect());
            }
            Ask::Received { phone } => {
                let received = self.news_of(&phone)?.filter_map(|news| match news {
                    News::Received { method, body } => {
                        Some(json!({"method": method.to_string(), "body": body}))
                    }
                    _ => None,
                });
                return Ok(received.collect());
            }
            Ask::Http { url, method } => return Ok(self.serve(method, &url)),
            Ask::Says { server, says } => {
                return self.change_server(server, |stub| stub.says.push(says.into()));
            }
            Ask::After { server, seconds } => {
                return self.change_server(server, |stub| stub.after = duration(seconds));
            }
            Ask::Times { server, times } => {
                return self.change_server(server, |stub| stub.times = Some(times));
            }
            Ask::Requests { server } => return Ok(self.requests(server)),
            Ask::Question => return Ok(self.question()),
            Ask::Answered { id, says } => return self.answer_question(id, says),
            Ask::Request {
                method,
                path,
                content,
                headers,
            } => {
                let request = Request {
                    method: method.name().to_string(),
                    path,
                    content,
                    headers,
                };
                return Ok(json!(self.world.ask_session(TEST_NAME, request)));
            }
            Ask::Socket { url } => return Ok(self.listen(&url)),
            Ask::SocketManner { server, manner } => return self.meet(server, manner),
            Ask::SocketDoes { server, does } => return self.do_as_server(server, does),
            Ask::SocketSeen { server } => return Ok(self.seen_by_server(server)),
            Ask::SocketHears { server, hz } => return Ok(self.heard_by_server(server, hz)),
            Ask::Store { key, value, ttl } => {
                let now = self.world.now();
                self.world.outside().store(key, value, ttl, now);
            }
            Ask::Stored { key } => {
                let now = self.world.now();
                return Ok(json!(self.world.outside().stored(&key, now)));
            }
            Ask::StoredKeys => {
                let now = self.world.now();
                return Ok(json!(self.world.outside().stored_keys(now)));
            }
            Ask::StorageFails { why } => self.world.outside().shelf().set_fault(why),
            Ask::Recordings => {
                let told = self.world.recordings().iter().map(|own| {
                    json!({
                        "format": own.format,
                        "rate": own.rate_hz,
                        "stereo": own.right.is_some(),
                        "seconds": own.lasts().as_secs_f64(),
                    })
                });
                return Ok(told.collect());
            }
            Ask::Holds {
                recording,
                hz,
                side,
                within,
            } => {
                let own = self.world.recordings().get(recording);
                let own = own.ok_or("there is no such recording")?;
                let side = Side::named(side.as_deref()).ok_or("a side is \"left\" or \"right\"")?;
                let within = within.map(|(from, to)| (duration(from), duration(to)));
                return Ok(json!(own.has_tone(side, hz, within)));
            }
            Ask::Disk { fault } => self.world.act(Deed::Disk { fault }),
            Ask::Log => {
                let lines = self.world.log().iter();
                return Ok(lines.map(|line| json!(line.text)).collect());
            }
            Ask::Posts => return Ok(json!(self.world.posts())),
            Ask::Ladder => return Ok(json!(self.ladder())),
            Ask::Kept { ladder } => {
                let answer = match &self.kept {
                    Some(kept) => json!(kept.get(self.compared.len())),
                    None => json!(ladder),
                };
                self.compared.push(ladder);
                return Ok(answer);
            }
        }
        Ok(Value::Null)
    }

    fn say(
        &mut self,
        phone: String,
        what: Words,
        level: Option<f64>,
        seconds: Option<f64>,
    ) -> Result<(), String> {
        self.phone(&phone)?;
        let what = match what {
            Words::Tone(hz) if (20..=7_500).contains(&hz) => What::Tones(vec![hz]),
            Words::Tone(_) => return Err("a tone has 20 to 7500 Hz".to_string()),
            Words::Speech => What::Speech,
            Words::Keys(keys) => What::Keys(strokes(&keys)?),
        };
        let utterance = Some(Utterance {
            what,
            dbfs: level.unwrap_or(USUAL_DBFS).clamp(-90.0, 0.0),
            lasts: seconds.map(duration),
        });
        self.world.act(Deed::Say { phone, utterance });
        Ok(())
    }

    fn phone(&self, name: &str) -> Result<&Phone, String> {
        self.world.phone(name).ok_or_else(|| nobody(name))
    }

    fn address(&self, name: &str) -> Result<SocketAddr, String> {
        match name {
            SERVER_NAME => Ok(SERVER),
            name => Ok(self.phone(name)?.owner().address),
        }
    }

    fn news_of<'a>(&'a self, name: &'a str) -> Result<impl Iterator<Item = &'a News>, String> {
        self.phone(name)?;
        let news = self.world.news().iter();
        Ok(news
            .filter(move |(_, of, _)| of == name)
            .map(|(_, _, news)| news))
    }

    fn call(&mut self, phone: String, to: String) -> Result<Value, String> {
        let before = self.phone(&phone)?.calls().count();
        self.wish(&phone, Wish::Call { to })?;
        match self.phone(&phone)?.calls().nth(before) {
            Some(leg) => Ok(json!(leg.0.to_string())),
            None => Err(format!("{phone} cannot call")),
        }
    }

    fn refer(&mut self, phone: &str, wish: Wish) -> Result<Value, String> {
        let id = self.phone(phone)?.referrals().len();
        self.wish(phone, wish)?;
        Ok(json!(id))
    }

    /// Or why it cannot be done.
    fn wish(&mut self, phone: &str, wish: Wish) -> Result<(), String> {
        self.phone(phone)?;
        let before = self.world.news().len();
        self.world.act(Deed::Wish {
            phone: phone.to_string(),
            wish,
        });
        let fresh = self.world.news()[before..].iter();
        let mut own = fresh.filter(|(_, of, _)| of == phone);
        own.find_map(|(_, _, news)| match news {
            News::Cannot(what) => Some(Err(format!("{phone} cannot {what}"))),
            _ => None,
        })
        .unwrap_or(Ok(()))
    }
}

impl Order {
    fn wish(self) -> Wish {
        match self {
            Order::Ring(code) => Wish::Ring { code },
            Order::Answer => Wish::Answer,
            Order::Reject(code) => Wish::Reject { code },
            Order::HangUp => Wish::HangUp,
            Order::Hold => Wish::Hold,
            Order::Resume => Wish::Resume,
            Order::SendInfo(mime_type, body) => Wish::SendInfo { mime_type, body },
            Order::SendText(text) => Wish::SendText { text },
        }
    }
}

impl Manner {
    fn change(self, manners: &mut Manners) {
        let rings = Some((180, Duration::ZERO));
        match self {
            Manner::AnswersAfter(after) => {
                manners.usual = Reception::answer(Duration::ZERO, duration(after));
            }
            Manner::RejectsWith(code, after) => {
                let rings = rings.filter(|_| after > 0.0);
                manners.usual = Reception {
                    rings,
                    ..Reception::reject(code, duration(after))
                };
            }
            Manner::IsSilent => manners.usual = Reception::SILENT,
            Manner::GivesUpAfter(after) => manners.patience = Some(duration(after)),
            Manner::HangsUpAfter(after) => manners.talks_for = Some(duration(after)),
            Manner::LeavesWhenAccepted(after) => {
                manners.leaves_when_accepted = Some(duration(after));
            }
            Manner::LeavesOnSuccess(after) => manners.leaves_on_success = Some(duration(after)),
            Manner::FollowsTransfers => {
                manners.follows = Some(Following::new(Taking::Accept(202)));
            }
            Manner::RefusesTransfers(code) => {
                manners.follows = Some(Following::new(Taking::Refuse(code)));
            }
        }
    }
}

/// Its calls that are not over, oldest first.
fn alive(phone: &Phone) -> Vec<LegId> {
    let is_alive = |leg: &LegId| {
        let mut lines = phone.lines();
        lines.any(|line| line.leg == *leg && line.is_alive())
    };
    phone.calls().filter(is_alive).collect()
}

fn on(leg: LegId, wish: Wish) -> Wish {
    let wish = Box::new(wish);
    Wish::On { leg, wish }
}

fn nobody(name: &str) -> String {
    format!("there is no phone `{name}`")
}

/// Where a call stands, as the phone knows it.
fn seen(phone: &Phone, leg: LegId) -> Value {
    let line = phone.lines().find(|line| line.leg == leg);
    let latest = phone.latest(leg);
    let code = latest.and_then(|news| match news {
        News::Progress { code } | News::Refused { code } | News::Rejected { code } => Some(*code),
        News::Connected | News::Answered => Some(200),
        _ => None,
    });
    let progressing = code.is_some_and(|code| code > 100);
    let state = match line {
        Some(line) if line.is_talking() => "up",
        Some(line) if line.is_alerting() => "ringing",
        Some(line) if line.is_calling() && progressing => "ringing",
        Some(line) if line.is_calling() => "calling",
        Some(_) | None => "over",
    };
    json!({
        "leg": leg.0.to_string(),
        "state": state,
        "incoming": line.is_some_and(Line::is_alerting),
        "peer": phone.peer(leg),
        "code": code,
        "how": latest.map(ToString::to_string).unwrap_or_default(),
    })
}

/// `BYE`, `486` or `200 INVITE`.
fn kind(message: &str) -> Result<Kind, String> {
    let unknown =
        || format!("`{message}` is no message, such as \"BYE\", \"486\" or \"200 INVITE\"");
    let method = |text: &str| match Method::from(text) {
        Method::Other(_) => Err(unknown()),
        method => Ok(method),
    };
    let (first, rest) = message.split_once(' ').unwrap_or((message, ""));
    match (first.parse::<u16>(), rest) {
        (Ok(code), "") => Ok(Kind::Response(code, None)),
        (Ok(code), rest) => Ok(Kind::Response(code, Some(method(rest)?))),
        (Err(_), "") => Ok(Kind::Request(method(first)?)),
        (Err(_), _) => Err(unknown()),
    }
}

/// Thirty days at most.
fn duration(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, 30.0 * 86_400.0))
}

//! Plays a story in a world of its own and says how it ended.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Check, Expected, Fault, Story, What};
use crate::base::Codec;
use crate::journal::Journal;
use crate::scenario::Catalog;
use crate::scenario::load::{Contents, Snapshot, load};
use crate::script::program::Scenario;
use crate::session::record::CallRecord;
use crate::sim::net::Wrong;
use crate::sim::phone::Owner;
use crate::sim::world::{Deed, SERVER, Setup, World};
use crate::switchboard::Count;

/// By how much a level may be off, in dB.
const NEAR_DB: f64 = 1.5;

/// How a story ended.
#[derive(Debug)]
pub struct Played {
    /// Everything that was said and logged, then one line for each call's record.
    pub ladder: String,
    /// What was expected and is not so, with file and line, and what must never be.
    pub faults: Vec<String>,
    /// How many packets were sent.
    pub packets: u32,
    /// Where the story's settings record.
    pub journals: Vec<Journal>,
    /// Every scenario with each text that it had, in order.
    pub texts: Vec<(String, String)>,
}

/// Plays the story from the moment `start` on, with `wrongs` besides its own. `find` gives a scenario's
/// text by its name.
pub fn play(
    story: &Story,
    start: Instant,
    wrongs: &[Wrong],
    find: &dyn Fn(&str) -> Option<String>,
) -> Result<Played, Fault> {
    let mut folder = story.folder(find)?;
    let mut catalog = catalog(story, &folder, &Catalog::default())?;
    let mut texts: Vec<_> = folder.clone().into_iter().collect();
    let mut setup = Setup::new(start, story.seed, story.settings.clone(), catalog.clone());
    setup.weather = story.weather;
    setup.think = story.think;
    setup.ports = story.ports;
    let mut world = World::new(setup);
    for (name, clip) in &story.clips {
        world.add_clip(name, clip.clone());
    }
    for member in &story.cast {
        let owner = Owner {
            name: member.name.clone(),
            user: member.user.clone(),
            password: member.password.clone(),
            address: member.address,
            rtp: 4000,
            server: SERVER,
            domain: story
                .settings
                .domain
                .clone()
                .unwrap_or_else(|| SERVER.ip().to_string()),
        };
        world.add_phone(owner, member.manners.clone());
    }
    for wrong in wrongs {
        world.act(Deed::Wrong(wrong.clone()));
    }
    let mut steps: Vec<_> = story.steps.iter().collect();
    steps.sort_by_key(|step| step.at);
    for step in steps {
        let deed = match &step.what {
            What::Deed(deed) => deed.clone(),
            What::Change { scenario, source } => {
                let (file, text) = (
                    format!("{scenario}.js"),
                    story.text_of(scenario, source, find)?,
                );
                texts.push((file.clone(), text.clone()));
                folder.insert(file, text);
                catalog = self::catalog(story, &folder, &catalog)?;
                Deed::Catalog(Box::new(catalog.clone()))
            }
        };
        world.plan(step.at, deed);
    }
    let mut faults = Vec::new();
    let mut checks: Vec<_> = story.checks.iter().collect();
    checks.sort_by_key(|check| check.at.unwrap_or(Duration::MAX));
    let end = story.until.unwrap_or(story.lasts);
    for check in checks {
        world.run_until(check.at.unwrap_or(end));
        if let Some(instead) = check.fails(&world) {
            faults.push(format!(
                "{}:{}: expected: {}; {instead}",
                story.file, check.line, check.text
            ));
        }
    }
    world.run_until(end);
    faults.extend(match story.until {
        // What is left then is left on purpose.
        Some(_) => world.take_faults(),
        None => world.finish(),
    });
    let mut ladder = world.ladder().to_string();
    for record in world.records() {
        ladder += &describe(record);
        ladder.push('\n');
    }
    Ok(Played {
        ladder,
        faults,
        packets: world.packets(),
        journals: world.journals().to_vec(),
        texts,
    })
}

fn catalog(
    story: &Story,
    folder: &BTreeMap<String, String>,
    before: &Catalog,
) -> Result<Catalog, Fault> {
    let files = folder
        .iter()
        .map(|(file, text)| (file.clone(), Contents::Bytes(text.clone().into_bytes())));
    let snapshot = Snapshot {
        files: files.collect(),
    };
    let loaded = load(&snapshot, before, &Scenario::compile);
    match loaded.faults.first() {
        Some(fault) => Err(Fault {
            file: story.file.clone(),
            line: 1,
            message: fault.to_string(),
        }),
        None => Ok(loaded.catalog),
    }
}

impl Check {
    /// What is so instead.
    fn fails(&self, world: &World) -> Option<String> {
        match &self.expected {
            Expected::Hears { listener, speakers } => {
                let heard = world.heard_by(listener);
                let mut wanted: Vec<_> = speakers.iter().map(String::as_str).collect();
                wanted.sort();
                (heard != wanted).then(|| format!("{listener} hears {heard:?}"))
            }
            Expected::Keys { listener, keys } => {
                let heard = world.keys_of(listener);
                (heard != *keys).then(|| format!("{listener} has got {heard:?}"))
            }
            Expected::Tone {
                listener,
                hz,
                dbfs,
                never,
            } => {
                let heard = world.hears_tone(listener, *hz);
                let fits = heard.is_some_and(|level| {
                    dbfs.is_none_or(|dbfs| (level - f64::from(dbfs)).abs() < NEAR_DB)
                });
                (fits == *never).then(|| format!("{listener} hears {}", world.tones_of(listener)))
            }
            Expected::Speech {
                listener,
                alike,
                never,
            } => {
                let (fits, heard) = alike.judge(world.likeness(listener, &alike.original));
                (fits == *never).then(|| format!("{listener} hears {heard}"))
            }
            Expected::Talks { one, other } => {
                let (there, back) = (world.hears(one, other), world.hears(other, one));
                let says = |hears| if hears { "hears" } else { "does not hear" };
                (!there || !back).then(|| {
                    format!(
                        "{one} {} {other}, {other} {} {one}",
                        says(there),
                        says(back)
                    )
                })
            }
            Expected::Offered { phone, codecs } => {
                let lines = world
                    .phone(phone)
                    .into_iter()
                    .flat_map(|phone| phone.lines());
                let offered: Vec<&[Codec]> = lines.map(|line| line.offered()).collect();
                let latest = offered.last().copied().unwrap_or_default();
                (latest != codecs).then(|| format!("{phone} was offered {}", Codec::list(latest)))
            }
            Expected::TalksIn { phone, codec } => {
                let lines = world
                    .phone(phone)
                    .into_iter()
                    .flat_map(|phone| phone.lines());
                let voices = lines.filter_map(|line| line.voice());
                let talks: Vec<Codec> = voices
                    .filter_map(|voice| voice.codecs.first().copied())
                    .collect();
                (!talks.contains(codec))
                    .then(|| format!("{phone} talks in {}", Codec::list(&talks)))
            }
            Expected::Sound { phone, within } => {
                let mut deserted = world.ears().deserted_for(*within);
                let of_phone = deserted.find(|(deserted, _)| deserted == phone);
                of_phone.map(|(_, said)| said)
            }
            Expected::Told { phone, codes } => {
                let told: Vec<u16> = world.phone(phone).map_or_else(Vec::new, |phone| {
                    let inside = phone.referrals().iter();
                    let inside = inside.flat_map(|referral| referral.told.clone());
                    inside.chain(phone.told_outside().to_vec()).collect()
                });
                (told != *codes).then(|| format!("{phone} was told {told:?}"))
            }
            Expected::Recorded {
                number,
                what,
                never,
            } => {
                let recording = number
                    .checked_sub(1)
                    .and_then(|n| world.recordings().get(n));
                match recording {
                    None => Some(format!("there are {}", world.recordings().len())),
                    Some(recording) => {
                        let (holds, instead) = what.judge(recording, world);
                        (holds == *never).then_some(instead)
                    }
                }
            }
            Expected::Calls { phone, count } => {
                let calls = world.phone(phone).map_or(0, |phone| {
                    phone.lines().filter(|line| line.is_alive()).count()
                });
                (calls != *count).then(|| format!("{phone} has {calls}"))
            }
            Expected::News { phone, news, never } => {
                let of_phone = world.news().iter().filter(|(_, name, _)| name == phone);
                let seen: Vec<String> = of_phone.map(|(_, _, news)| news.to_string()).collect();
                (seen.contains(news) == *never).then(|| format!("{phone}: {}", seen.join("; ")))
            }
            Expected::Log { text, never } => {
                let said = world
                    .log()
                    .iter()
                    .any(|line| line.text.contains(text.as_str()));
                let log = || {
                    world
                        .log()
                        .iter()
                        .map(|line| line.text.as_str())
                        .collect::<Vec<_>>()
                        .join("; ")
                };
                (said == *never).then(|| format!("the log: {}", log()))
            }
            Expected::Posted { text, never } => {
                let posts = world.posts();
                let said = posts.iter().any(|post| post.contains(text.as_str()));
                (said == *never).then(|| format!("posted: {}", posts.join("; ")))
            }
            Expected::Asked { text, never } => {
                let asked = world.asked();
                let said = asked.iter().any(|asked| asked.contains(text.as_str()));
                (said == *never).then(|| format!("asked: {}", asked.join("; ")))
            }
            Expected::SocketTold {
                server,
                text,
                never,
            } => {
                let got = world.socket_texts(server);
                let said = got.iter().any(|got| got.contains(text.as_str()));
                (said == *never).then(|| format!("{server} has got {}", got.join("; ")))
            }
            Expected::SocketTraced {
                server,
                text,
                never,
            } => {
                let trace = world.socket_kept(server).map_or("", |(trace, _)| trace);
                (trace.contains(text.as_str()) == *never)
                    .then(|| format!("the trace of {server}: {trace}"))
            }
            Expected::SocketFigure {
                server,
                path,
                value,
                never,
            } => {
                let document = world
                    .socket_kept(server)
                    .map_or("", |(_, document)| document);
                let figures: Value = serde_json::from_str(document).unwrap_or(Value::Null);
                let pointer = format!("/{}", path.replace('.', "/"));
                let found = figures.pointer(&pointer).map(|found| match found {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                ((found.as_ref() == Some(value)) == *never)
                    .then(|| format!("the figures of {server}: {document}"))
            }
            Expected::SocketTone {
                server,
                hz,
                dbfs,
                never,
            } => {
                let (heard, all) = world.socket_tone(server, *hz);
                let fits = heard.is_some_and(|level| {
                    dbfs.is_none_or(|dbfs| (level - f64::from(dbfs)).abs() < NEAR_DB)
                });
                (fits == *never).then(|| format!("{server} hears {all}"))
            }
            Expected::Refusals { rule, count } => {
                let counted = world.counts().iter().filter(|counted| match counted {
                    Count::TransferRefused { rule: by, .. } => by.label() == rule,
                    _ => false,
                });
                let found = counted.count();
                (found != *count).then(|| format!("there are {found}"))
            }
            Expected::Ladder { text, count } => {
                let lines = world.ladder().lines();
                let found = lines
                    .filter(|line| line.contains(text.as_str()) && !line.ends_with(" · again"))
                    .count();
                (found != *count).then(|| format!("there are {found}"))
            }
        }
    }
}

/// A record as one line, without what is chance.
fn describe(record: &CallRecord) -> String {
    let CallRecord {
        call,
        direction,
        from,
        to,
        code,
        reason,
        ended_by,
        ..
    } = record;
    let seconds = record.duration_ms as f64 / 1000.0;
    let talked = match record.answered_ms {
        Some(_) => format!("talked {seconds:.3} s"),
        None => "never answered".to_string(),
    };
    let by = format!("{ended_by:?}").to_lowercase();
    let mut line = format!(
        "record  {call} {direction} {from} ─▸ {to}: {talked}, {code} {reason}, ended by the {by}"
    );
    for transfer in &record.transfers {
        let verdict = transfer
            .code
            .map_or("no verdict".to_string(), |code| code.to_string());
        let why = transfer.why.as_deref().unwrap_or("nobody");
        line += &format!("; transfer to {}: {verdict}, by {why}", transfer.to);
    }
    line
}

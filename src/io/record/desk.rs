//! From a session's wish to a file and a link to it: names, formats, limits.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Folder, Inlet, News, Pace, Plan, Recordings, Shape};
use crate::base::link;
use crate::base::recording::{self, Sleeve};
use crate::base::{Dice, SoundId};
use crate::media::Cut;
use crate::settings::sound;

/// How links are made.
#[derive(Clone)]
pub struct Links {
    pub key: Arc<[u8]>,
    /// Where this program's HTTP is reached where no setting says so; without a slash at its end.
    pub base: String,
}

impl Links {
    /// To the file of this name beneath the folder, from now on as long as the settings say.
    pub fn to(&self, name: &str, now: Timestamp, settings: &sound::Recordings) -> String {
        let base = settings.url.as_deref().unwrap_or(&self.base);
        let path = link::to_recording(name);
        let lasts = u64::from(settings.link_days) * 86_400;
        let expires = u64::try_from(now.as_second()).unwrap_or(0) + lasts;
        let query = link::query(&self.key, &path, expires);
        format!("{base}{path}?{query}")
    }
}

pub struct Desk {
    recordings: Recordings<Take>,
    links: Links,
    dice: Dice,
    /// The take of each recording that has not been told to end.
    takes: HashMap<SoundId, Take>,
    last: u64,
    tell: Tell,
}

type Tell = Arc<dyn Fn(SoundId, recording::News) + Send + Sync>;

/// A recording, by a name that is never given twice: units may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Take {
    unit: SoundId,
    number: u64,
}

impl Desk {
    /// Files go beneath `root`. What holds for all of them is as `settings` have it now.
    pub fn start(
        root: PathBuf,
        settings: &sound::Recordings,
        links: Links,
        dice: Dice,
        tell: impl Fn(SoundId, recording::News) + Send + Sync + 'static,
    ) -> io::Result<Desk> {
        let pace = Pace {
            most_full: u64::from(settings.keep_free_mb) << 20,
            keep_days: settings.keep_days,
            ..Pace::default()
        };
        let tell: Tell = Arc::new(tell);
        let told = tell.clone();
        let recordings = Recordings::start(root, pace, move |take: Take, news| {
            told(
                take.unit,
                match news {
                    News::Begun { url } => recording::News::Begun { url },
                    News::Ended { fault, .. } => recording::News::Ended { fault },
                },
            );
        })?;
        Ok(Desk {
            recordings,
            links,
            dice,
            takes: HashMap::new(),
            last: 0,
            tell,
        })
    }

    /// A file for a unit; what it returns takes the unit's sound, from now on, and waits for nobody.
    pub fn begin(
        &mut self,
        unit: SoundId,
        sleeve: &Sleeve,
        settings: &sound::Recordings,
    ) -> impl FnMut(Cut) + Send + 'static {
        self.last += 1;
        let take = Take {
            unit,
            number: self.last,
        };
        let format = sleeve.format.unwrap_or(settings.format);
        let chance = u128::from(self.dice.u64()) << 64 | u128::from(self.dice.u64());
        let now = Timestamp::now();
        let filed = Folder::choose(now, &sleeve.prefix, chance, format.ending());
        let url = self.links.to(filed.name(), now, settings);
        let plan = Plan {
            shape: Shape {
                format,
                rate_hz: sleeve.rate_hz,
                is_stereo: sleeve.is_stereo,
            },
            filed,
            url,
            longest: Duration::from_secs(settings.longest_s.into()),
            at_once: settings.at_once as usize,
        };
        self.recordings.begin(take, plan);
        if let Some(before) = self.takes.insert(unit, take) {
            self.recordings.end(before);
        }
        taker(self.recordings.inlet(), take, sleeve.is_stereo)
    }

    pub fn end(&mut self, unit: SoundId) {
        if let Some(take) = self.takes.remove(&unit) {
            self.recordings.end(take);
        }
    }

    /// Calls what it is given when everything so far is on the disk.
    pub fn settler(&self) -> impl Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static {
        let inlet = self.recordings.inlet();
        move |done| inlet.settle(done)
    }

    /// For who asks while nothing can be recorded.
    pub fn refuse(&self, unit: SoundId, fault: &str) {
        let fault = Some(fault.to_string());
        (self.tell)(unit, recording::News::Ended { fault });
    }
}

/// Counts the sound, whether it finds room or not: what is left out is silence in the file.
fn taker(inlet: Inlet<Take>, take: Take, is_stereo: bool) -> impl FnMut(Cut) + Send + 'static {
    let mut at = 0;
    let mut dropped = 0_u64;
    move |cut| {
        let left = cut.frame.samples();
        let samples = match (is_stereo, &cut.right) {
            (false, _) => left.to_vec(),
            (true, right) => {
                let right = right.as_ref().map_or(&[][..], |frame| frame.samples());
                let right = right.iter().copied().chain(std::iter::repeat(0));
                let pairs = left.iter().zip(right);
                pairs.flat_map(|(left, right)| [*left, right]).collect()
            }
        };
        let taken = inlet.sound(take, at, samples);
        at += left.len() as u64;
        match (taken, dropped) {
            (true, 0) => {}
            (true, frames) => {
                dropped = 0;
                tracing::warn!(unit = %take.unit, frames, "the disk is behind: sound is missing from a recording");
            }
            (false, _) => dropped += 1,
        }
    }
}

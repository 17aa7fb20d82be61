//! The disk of a world: what recorders have written, in memory, and a disk that is full or cannot be written.

use crate::base::SoundId;
use crate::base::recording::{Format, News, Wish};
use crate::media::Cut;
use crate::settings::sound::Recordings;

/// All recordings, in the order in which they have begun.
#[derive(Debug, Default)]
pub struct Disk {
    recordings: Vec<Recording>,
    fault: Option<String>,
}

/// What is in a file, as it was recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    unit: SoundId,
    /// It takes more.
    is_open: bool,
    pub format: Format,
    pub rate_hz: u32,
    /// All of it, or its left side.
    pub left: Vec<i16>,
    pub right: Option<Vec<i16>>,
}

impl Disk {
    /// From now on nothing can be written; `None`: it works again. Returns whose recordings end by it.
    pub fn set_fault(&mut self, fault: Option<String>) -> Vec<(SoundId, News)> {
        self.fault = fault.clone();
        let Some(fault) = fault else {
            return Vec::new();
        };
        let open = self.recordings.iter_mut().filter(|own| own.is_open);
        let ended = open.map(|own| {
            own.is_open = false;
            let fault = Some(fault.clone());
            (own.unit, News::Ended { fault })
        });
        ended.collect()
    }

    pub fn handle(&mut self, unit: SoundId, wish: Wish, settings: &Recordings) -> Option<News> {
        match wish {
            Wish::Begin(sleeve) => {
                if let Some(fault) = self.fault.clone() {
                    let fault = Some(fault);
                    return Some(News::Ended { fault });
                }
                let format = sleeve.format.unwrap_or(settings.format);
                self.recordings.push(Recording {
                    unit,
                    is_open: true,
                    format,
                    rate_hz: sleeve.rate_hz,
                    left: Vec::new(),
                    right: sleeve.is_stereo.then(Vec::new),
                });
                let (count, prefix) = (self.recordings.len(), sleeve.prefix);
                let url = format!(
                    "http://127.0.0.1:8060/recordings/2025-01-01/{prefix}{count}.{}",
                    format.ending()
                );
                Some(News::Begun { url })
            }
            Wish::End => {
                if let Some(own) = self.open(unit) {
                    own.is_open = false;
                }
                None
            }
        }
    }

    /// 20 ms of a recorder's sound.
    pub fn take(&mut self, unit: SoundId, cut: &Cut) {
        if let Some(own) = self.open(unit) {
            own.left.extend(cut.frame.samples());
            if let (Some(all), Some(right)) = (&mut own.right, &cut.right) {
                all.extend(right.samples());
            }
        }
    }

    /// In the order in which they have begun.
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    fn open(&mut self, unit: SoundId) -> Option<&mut Recording> {
        let mut all = self.recordings.iter_mut();
        all.find(|own| own.unit == unit && own.is_open)
    }
}

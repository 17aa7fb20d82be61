//! A leg's record and the figures of its sound end at different places: the session has the one, the media
//! thread the other. Here they meet, whichever comes first.

use std::collections::VecDeque;

use super::record::{CallRecord, MediaRecord};
use crate::base::LegId;

/// So many of either kind may wait. What is older is let go as it is: its other half got lost.
const MOST_WAITING: usize = 4_096;

/// What waits for its other half, oldest first.
#[derive(Debug, Default)]
pub struct Ledger {
    records: VecDeque<(LegId, Box<CallRecord>)>,
    figures: VecDeque<(LegId, MediaRecord)>,
}

impl Ledger {
    /// A record to be written now: this one where it lacks nothing, or one that has waited too long.
    pub fn add_record(&mut self, mut record: Box<CallRecord>) -> Option<Box<CallRecord>> {
        let Some(leg) = record.sound else {
            return Some(record);
        };
        if let Some(at) = self.figures.iter().position(|(of, _)| *of == leg) {
            record.media = self.figures.remove(at).map(|(_, figures)| figures);
            return Some(record);
        }
        self.records.push_back((leg, record));
        match self.records.len() > MOST_WAITING {
            true => self.let_go(),
            false => None,
        }
    }

    /// The sound of a leg is over: the record that waited for it.
    pub fn add_figures(&mut self, leg: LegId, figures: MediaRecord) -> Option<Box<CallRecord>> {
        match self.records.iter().position(|(of, _)| *of == leg) {
            Some(at) => {
                let (_, mut record) = self.records.remove(at)?;
                record.media = Some(figures);
                Some(record)
            }
            None => {
                // Its record comes later, at the end of a transfer, or never: a leg that was not to have one.
                self.figures.push_back((leg, figures));
                if self.figures.len() > MOST_WAITING {
                    self.figures.pop_front();
                }
                None
            }
        }
    }

    /// The oldest record that waits, without its figures.
    pub fn let_go(&mut self) -> Option<Box<CallRecord>> {
        self.records.pop_front().map(|(_, record)| record)
    }

    /// Whether no record waits.
    pub fn is_whole(&self) -> bool {
        self.records.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::By;
    use crate::media::{Counters, Quality};

    #[test]
    fn a_record_and_its_figures_meet_whichever_comes_first() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.add_record(record(Some(1))), None);
        assert!(!ledger.is_whole());
        assert_eq!(ledger.add_figures(LegId(2), figures(20)), None);
        let first = ledger.add_figures(LegId(1), figures(10)).unwrap();
        assert_eq!(first.media.unwrap().heard, 10);
        let second = ledger.add_record(record(Some(2))).unwrap();
        assert_eq!(second.media.unwrap().heard, 20);
        assert!(ledger.is_whole());
    }

    #[test]
    fn a_record_without_sound_waits_for_nothing() {
        let record = Ledger::default().add_record(record(None)).unwrap();
        assert_eq!(record.media, None);
    }

    #[test]
    fn figures_that_never_come_hold_no_more_than_so_many_records_up() {
        let mut ledger = Ledger::default();
        for leg in 0..MOST_WAITING as u64 {
            assert_eq!(ledger.add_record(record(Some(leg))), None);
        }
        let oldest = ledger.add_record(record(Some(1 << 40))).unwrap();
        assert_eq!((oldest.sound, oldest.media), (Some(LegId(0)), None));
        for leg in 0..2 * MOST_WAITING as u64 {
            ledger.add_figures(LegId(leg | 1 << 50), figures(1));
        }
        assert_eq!(ledger.figures.len(), MOST_WAITING);
    }

    fn figures(heard: u64) -> MediaRecord {
        let quality = Quality {
            heard,
            ..Quality::default()
        };
        MediaRecord::new(&Counters::default(), &quality)
    }

    fn record(sound: Option<u64>) -> Box<CallRecord> {
        Box::new(CallRecord {
            session: String::new(),
            call: String::new(),
            rule: String::new(),
            scenarios: Vec::new(),
            direction: "incoming",
            client_type: String::new(),
            from: String::new(),
            to: String::new(),
            started_ms: 0,
            answered_ms: None,
            ended_ms: 0,
            duration_ms: 0,
            code: 200,
            reason: String::new(),
            ended_by: By::Peer,
            transfers: Vec::new(),
            media: None,
            sound: sound.map(LegId),
        })
    }
}

//! The ledger of a socket on its way to the disk: what it has to write leaves with every message, its figures once a second.

use crate::base::SoundId;
use crate::base::socket::{Close, Title};
use crate::io::clock;
use crate::io::trace::Pages;
use crate::media::socket::Ledger;
use crate::media::socket::ledger::{Passed, Way};

pub struct Book {
    ledger: Ledger,
    pages: Pages,
    /// What found no room, in bytes, and is not told yet.
    missed: usize,
}

impl Book {
    /// `most`: bytes that a trace may have.
    pub fn new(socket: SoundId, title: Title, most: usize, pages: Pages) -> Book {
        let ledger = Ledger::new(socket, title, most, clock::now());
        let mut book = Book {
            ledger,
            pages,
            missed: 0,
        };
        // So that its links lead somewhere at once.
        book.beat();
        book
    }

    pub fn open(&mut self) {
        self.ledger.open(clock::now());
        self.turn();
    }

    pub fn pass(&mut self, way: Way, passed: Passed) {
        self.ledger.pass(way, passed, clock::now());
        self.turn();
    }

    pub fn drop_frames(&mut self, frames: u64) {
        if frames > 0 {
            self.ledger.drop_frames(frames, clock::now());
        }
    }

    pub fn fail(&mut self, why: &str) {
        self.ledger.fail(why, clock::now());
    }

    /// The last of it.
    pub fn close(&mut self, close: &Close) {
        self.ledger.close(close, clock::now());
        self.beat();
    }

    /// Once a second.
    pub fn beat(&mut self) {
        let now = clock::now();
        if self.missed > 0 {
            self.ledger.miss(self.missed, now);
            self.missed = 0;
        }
        self.ledger.beat(now);
        self.turn();
        if let Some(document) = self.ledger.document(now) {
            // Where there is no room the next one says it as well.
            self.pages.document(document);
        }
    }

    fn turn(&mut self) {
        if let Some(lines) = self.ledger.lines() {
            let bytes = lines.len();
            if !self.pages.lines(lines) {
                self.missed += bytes;
            }
        }
    }
}

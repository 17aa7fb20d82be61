//! What is kept of the sockets of a world: the same ledgers as outside of worlds, in memory.

use std::collections::BTreeMap;

use crate::base::socket::{Close, Heard, Title};
use crate::base::{Now, SoundId};
use crate::media::socket::Ledger;
use crate::media::socket::ledger::{Passed, Way};
use crate::sim::disk::SEAL;

/// As the settings have it where nothing is said.
const MOST_BYTES: usize = 4 << 20;

/// All that is kept, in the order of the sockets.
#[derive(Default)]
pub struct Ledgers {
    kept: BTreeMap<SoundId, Kept>,
    fault: Option<String>,
}

struct Kept {
    server: Option<usize>,
    /// `None`: it is over, or could not be written any more.
    ledger: Option<Ledger>,
    trace: String,
    document: String,
}

impl Ledgers {
    /// Begins; what its session hears of it.
    pub fn begin(&mut self, socket: SoundId, title: Title, now: Now) -> Vec<Heard> {
        let number = self.kept.len() + 1;
        let link = |wanted: bool, ending: &str| {
            let seal = SEAL.repeat(16);
            wanted.then(|| format!("http://127.0.0.1:8060/recordings/2025-01-01/socket{number}.{ending}?expires=1735776000&signature={seal}"))
        };
        let heard = Heard::Filed {
            statistics: link(title.keep.statistics, "json"),
            trace: link(title.keep.trace, "txt"),
        };
        if let Some(fault) = &self.fault {
            return vec![heard, unkept(fault)];
        }
        let kept = Kept {
            server: None,
            ledger: Some(Ledger::new(socket, title, MOST_BYTES, now)),
            trace: String::new(),
            document: String::new(),
        };
        self.kept.insert(socket, kept);
        vec![heard]
    }

    /// Who is at the other end.
    pub fn meets(&mut self, socket: SoundId, server: usize) {
        if let Some(kept) = self.kept.get_mut(&socket) {
            kept.server = Some(server);
        }
    }

    pub fn open(&mut self, socket: SoundId, now: Now) {
        self.with(socket, now, |ledger| ledger.open(now));
    }

    pub fn pass(&mut self, socket: SoundId, way: Way, passed: Passed, now: Now) {
        self.with(socket, now, |ledger| ledger.pass(way, passed, now));
    }

    /// What the session hears of its socket, where a ledger has it as well.
    pub fn hear(&mut self, socket: SoundId, heard: &Heard, now: Now) {
        match heard {
            Heard::Failed { why } => self.with(socket, now, |ledger| ledger.fail(why, now)),
            Heard::Closed(close) => self.close(socket, close, now),
            Heard::Filed { .. }
            | Heard::Unkept { .. }
            | Heard::Open {}
            | Heard::Text { .. }
            | Heard::Lost { .. } => {}
        }
    }

    pub fn close(&mut self, socket: SoundId, close: &Close, now: Now) {
        self.with(socket, now, |ledger| ledger.close(close, now));
        if let Some(kept) = self.kept.get_mut(&socket) {
            kept.ledger = None;
        }
    }

    /// From now on nothing can be written; `None`: it works again. Returns whose ledgers end by it.
    pub fn set_fault(&mut self, fault: Option<String>) -> Vec<(SoundId, Heard)> {
        self.fault = fault;
        let Some(fault) = &self.fault else {
            return Vec::new();
        };
        let mut ended = Vec::new();
        for (socket, kept) in &mut self.kept {
            if kept.ledger.take().is_some() {
                ended.push((*socket, unkept(fault)));
            }
        }
        ended
    }

    /// Of the newest socket to this server: its trace, and its figures as JSON.
    pub fn of_server(&self, server: usize) -> Option<(&str, &str)> {
        let mut all = self.kept.values().rev();
        let kept = all.find(|kept| kept.server == Some(server))?;
        Some((&kept.trace, &kept.document))
    }

    fn with(&mut self, socket: SoundId, now: Now, tell: impl FnOnce(&mut Ledger)) {
        let Some(kept) = self.kept.get_mut(&socket) else {
            return;
        };
        if let Some(ledger) = &mut kept.ledger {
            tell(ledger);
            kept.trace.push_str(&ledger.lines().unwrap_or_default());
            if let Some(document) = ledger.document(now) {
                kept.document = document;
            }
        }
    }
}

fn unkept(fault: &str) -> Heard {
    let why = format!("no more is kept of it: {fault}");
    Heard::Unkept { why }
}

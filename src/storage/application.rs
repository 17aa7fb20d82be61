//! What scenarios keep with `ApplicationStorage`, in `DATA/storage.redb`: one application, one folder, one store.
//!
//! ```text
//!  ask ─▸ bounded queue ─▸ a batch: one transaction ─▸ each hears what came of it
//! ```
//!
//! Who asked hears of it once what was put is on the disk. What has expired is as good as gone, and is swept.

use std::ops::Bound;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use redb::{Database, ReadableTable, ReadableTableMetadata, Table, TableDefinition};
use tracing::error;

use crate::script::inquiry::{Entry, StorageInquiry, Stored, takes};
use crate::storage::database::{self, StoreFault};

const FILE: &str = "storage.redb";
/// Key to the second of the Unix epoch in which it expires, and its value.
const ENTRIES: TableDefinition<&str, (u64, &str)> = TableDefinition::new("entries");
/// The same by their ends.
const ENDS: TableDefinition<(u64, &str), ()> = TableDefinition::new("ends");

/// Questions that may wait.
const MOST_WAITING: usize = 4096;
/// Questions of one transaction.
const MOST_AT_ONCE: usize = 256;
/// Expired entries that are swept with one transaction.
const MOST_SWEPT: usize = 1000;
/// How often is swept where nobody asks anything.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Who hears of it; called once, from the store's thread.
pub type Done = Box<dyn FnOnce(Result<Stored, String>) + Send>;

/// The store; what was asked before it is dropped is done.
#[derive(Debug)]
pub struct ApplicationStorage {
    queue: Option<SyncSender<Question>>,
    thread: Option<JoinHandle<()>>,
}

struct Question {
    what: StorageInquiry,
    /// How many entries there may be.
    room: u32,
    done: Done,
}

impl ApplicationStorage {
    /// Opens or makes the store.
    pub fn open(data: &Path) -> Result<ApplicationStorage, StoreFault> {
        let path = data.join(FILE);
        let database = database::open(&path)?;
        let (queue, questions) = sync_channel(MOST_WAITING);
        let thread = std::thread::Builder::new()
            .name("storage".to_string())
            .spawn(move || work(&database, &questions))
            .map_err(|error| StoreFault::unusable(&path, error))?;
        Ok(ApplicationStorage {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Never waits. Where there is no room in the queue, `done` hears of it at once.
    pub fn ask(&self, what: StorageInquiry, room: u32, done: Done) {
        let question = Question { what, room, done };
        let sent = match &self.queue {
            Some(queue) => queue.try_send(question),
            None => return,
        };
        if let Err(TrySendError::Full(question) | TrySendError::Disconnected(question)) = sent {
            (question.done)(Err("the storage has too much to do".to_string()));
        }
    }
}

impl Drop for ApplicationStorage {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the storage's thread had died");
        }
    }
}

fn work(database: &Database, questions: &Receiver<Question>) {
    loop {
        let first = match questions.recv_timeout(SWEEP_EVERY) {
            Ok(question) => Some(question),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let rest = questions.try_iter().take(MOST_AT_ONCE);
        let batch: Vec<_> = first.into_iter().chain(rest).collect();
        answer(database, batch, now_s());
    }
}

fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// One transaction; where it fails, nothing of it is done and all hear so.
fn answer(database: &Database, batch: Vec<Question>, now_s: u64) {
    let (asked, done): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|question| ((question.what, question.room), question.done))
        .unzip();
    match transact(database, asked, now_s) {
        Ok(outcomes) => {
            for (done, outcome) in done.into_iter().zip(outcomes) {
                done(outcome);
            }
        }
        Err(fault) => {
            if !done.is_empty() {
                error!("the scenarios' storage cannot be used: {fault}");
            }
            for done in done {
                done(Err(
                    "the storage cannot be used; the program's log says why".to_string(),
                ));
            }
        }
    }
}

type Outcomes = Vec<Result<Stored, String>>;

fn transact(
    database: &Database,
    asked: Vec<(StorageInquiry, u32)>,
    now_s: u64,
) -> Result<Outcomes, redb::Error> {
    let transaction = database.begin_write()?;
    let mut changed = false;
    let mut outcomes = Vec::with_capacity(asked.len());
    {
        let mut shelf = Shelf {
            entries: transaction.open_table(ENTRIES)?,
            ends: transaction.open_table(ENDS)?,
            now_s,
        };
        changed |= shelf.sweep()? > 0;
        for (what, room) in asked {
            changed |= matches!(
                what,
                StorageInquiry::Put { .. } | StorageInquiry::Remove { .. }
            );
            outcomes.push(shelf.answer(what, room)?);
        }
    }
    match changed {
        true => transaction.commit()?,
        false => transaction.abort()?,
    }
    Ok(outcomes)
}

struct Shelf<'a> {
    entries: Table<'a, &'static str, (u64, &'static str)>,
    ends: Table<'a, (u64, &'static str), ()>,
    now_s: u64,
}

impl Shelf<'_> {
    fn answer(
        &mut self,
        what: StorageInquiry,
        room: u32,
    ) -> Result<Result<Stored, String>, redb::Error> {
        Ok(match what {
            StorageInquiry::Get { key } => Ok(Stored::Entry(self.entry(&key)?)),
            StorageInquiry::Put { key, value, ttl_s } => {
                let known = self.take(&key)?;
                if known.is_none() && self.entries.len()? >= u64::from(room) {
                    return Ok(Err(format!(
                        "the storage is full: limits.storageEntries is {room}"
                    )));
                }
                let expires_unix_s = self.now_s + u64::from(ttl_s);
                self.entries
                    .insert(key.as_str(), (expires_unix_s, value.as_str()))?;
                self.ends.insert((expires_unix_s, key.as_str()), ())?;
                Ok(Stored::Entry(Some(Entry {
                    key,
                    value,
                    expires_unix_s,
                })))
            }
            StorageInquiry::Remove { key } => Ok(Stored::Entry(self.take(&key)?)),
            StorageInquiry::Keys { pattern, most } => {
                Ok(Stored::Keys(self.keys(pattern.as_deref(), most)?))
            }
        })
    }

    /// Where it has not expired.
    fn entry(&self, key: &str) -> Result<Option<Entry>, redb::Error> {
        let found = self.entries.get(key)?;
        Ok(found.and_then(|found| {
            let (expires_unix_s, value) = found.value();
            (expires_unix_s > self.now_s).then(|| Entry {
                key: key.to_string(),
                value: value.to_string(),
                expires_unix_s,
            })
        }))
    }

    /// Removes it, expired or not; what was there of use.
    fn take(&mut self, key: &str) -> Result<Option<Entry>, redb::Error> {
        let entry = self.entry(key)?;
        let end = self.entries.remove(key)?.map(|found| found.value().0);
        if let Some(end) = end {
            self.ends.remove((end, key))?;
        }
        Ok(entry)
    }

    /// In the order of their bytes.
    fn keys(&self, pattern: Option<&str>, most: u32) -> Result<Vec<String>, redb::Error> {
        let start = pattern.map_or("", |pattern| {
            pattern.split(['*', '?']).next().unwrap_or_default()
        });
        let mut keys = Vec::new();
        for entry in self.entries.range(start..)? {
            let (key, value) = entry?;
            let key = key.value();
            if keys.len() >= most as usize || !key.starts_with(start) {
                break;
            }
            if value.value().0 > self.now_s && pattern.is_none_or(|pattern| takes(pattern, key)) {
                keys.push(key.to_string());
            }
        }
        Ok(keys)
    }

    /// How many have gone.
    fn sweep(&mut self) -> Result<usize, redb::Error> {
        let until = (self.now_s + 1, "");
        let mut gone = Vec::new();
        for end in self
            .ends
            .range::<(u64, &str)>((Bound::Unbounded, Bound::Excluded(until)))?
            .take(MOST_SWEPT)
        {
            let (end, _) = end?;
            let (end, key) = end.value();
            gone.push((end, key.to_string()));
        }
        for (end, key) in &gone {
            self.ends.remove((*end, key.as_str()))?;
            self.entries.remove(key.as_str())?;
        }
        Ok(gone.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart_until_it_expires() {
        let data = tempfile::tempdir().unwrap();
        let storage = ApplicationStorage::open(data.path()).unwrap();
        let stored = ask(&storage, put("a", "1", 1000));
        assert!(matches!(stored, Ok(Stored::Entry(Some(entry))) if entry.value == "1"));
        drop(storage);
        let storage = ApplicationStorage::open(data.path()).unwrap();
        let found = ask(&storage, get("a"));
        assert!(matches!(found, Ok(Stored::Entry(Some(entry))) if entry.value == "1"));
        assert_eq!(ask(&storage, get("b")), Ok(Stored::Entry(None)));
        ask(&storage, put("a", "2", 0)).unwrap();
        assert_eq!(ask(&storage, get("a")), Ok(Stored::Entry(None)));
    }

    #[test]
    fn what_has_expired_is_swept_and_makes_room() {
        let (_data, database) = database();
        let at = |now_s, what| {
            let mut told = transact(&database, vec![(what, 2)], now_s).unwrap();
            told.remove(0)
        };
        assert!(at(100, put("a", "1", 10)).is_ok());
        assert!(at(100, put("b", "1", 20)).is_ok());
        let full = Err("the storage is full: limits.storageEntries is 2".to_string());
        assert_eq!(at(109, put("c", "1", 10)), full);
        // Another value for a known key takes no room.
        assert!(at(109, put("b", "2", 20)).is_ok());
        assert!(at(110, put("c", "1", 10)).is_ok());
        assert_eq!(at(110, keys(None, 9)), listed(&["b", "c"]));
        assert_eq!(at(120, keys(None, 9)), listed(&["b"]));
        assert_eq!(at(129, keys(None, 9)), listed(&[]));
        let transaction = database.begin_write().unwrap();
        assert_eq!(transaction.open_table(ENDS).unwrap().len().unwrap(), 0);
    }

    #[test]
    fn a_key_that_is_removed_is_told_and_leaves_nothing_behind() {
        let (_data, database) = database();
        let asked = vec![
            (put("a", "1", 10), 9),
            (put("a", "2", 20), 9),
            (StorageInquiry::Remove { key: "a".into() }, 9),
            (StorageInquiry::Remove { key: "a".into() }, 9),
        ];
        let told = transact(&database, asked, 100).unwrap();
        let values = told.into_iter().map(|told| match told {
            Ok(Stored::Entry(entry)) => entry.map(|entry| entry.value),
            other => panic!("{other:?}"),
        });
        let values: Vec<_> = values.collect();
        let value = |text: &str| Some(text.to_string());
        assert_eq!(values, [value("1"), value("2"), value("2"), None]);
        let transaction = database.begin_write().unwrap();
        assert_eq!(transaction.open_table(ENTRIES).unwrap().len().unwrap(), 0);
        assert_eq!(transaction.open_table(ENDS).unwrap().len().unwrap(), 0);
    }

    #[test]
    fn keys_are_listed_by_pattern_and_so_many_at_most() {
        let (_data, database) = database();
        let asked = ["b:1", "a:1", "a:2", "ab", "a"].map(|key| (put(key, "", 10), 9));
        transact(&database, asked.to_vec(), 100).unwrap();
        let told = transact(
            &database,
            vec![
                (keys(None, 9), 9),
                (keys(Some("a"), 9), 9),
                (keys(Some("a:*"), 9), 9),
                (keys(Some("*1"), 9), 9),
                (keys(Some("*"), 2), 9),
            ],
            100,
        );
        assert_eq!(
            told.unwrap(),
            [
                listed(&["a", "a:1", "a:2", "ab", "b:1"]),
                listed(&["a", "a:1", "a:2"]),
                listed(&["a:1", "a:2"]),
                listed(&["a:1", "b:1"]),
                listed(&["a", "a:1"]),
            ]
        );
    }

    #[test]
    fn a_flood_is_answered_to_the_last_and_nobody_waits_for_it() {
        let data = tempfile::tempdir().unwrap();
        let storage = ApplicationStorage::open(data.path()).unwrap();
        let (tell, told) = mpsc::channel();
        for number in 0..20_000 {
            let tell = tell.clone();
            let done = Box::new(move |outcome: Result<Stored, String>| {
                tell.send(outcome.is_ok()).unwrap()
            });
            storage.ask(
                put(&format!("k{number}"), &"v".repeat(2000), 60),
                1000,
                done,
            );
        }
        drop((storage, tell));
        let outcomes: Vec<bool> = told.iter().collect();
        assert_eq!(outcomes.len(), 20_000);
        assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 1000);
    }

    fn database() -> (tempfile::TempDir, Database) {
        let data = tempfile::tempdir().unwrap();
        let database = Database::create(data.path().join(FILE)).unwrap();
        (data, database)
    }

    fn ask(storage: &ApplicationStorage, what: StorageInquiry) -> Result<Stored, String> {
        let (tell, told) = mpsc::channel();
        storage.ask(
            what,
            100,
            Box::new(move |outcome| tell.send(outcome).unwrap()),
        );
        told.recv().unwrap()
    }

    fn get(key: &str) -> StorageInquiry {
        StorageInquiry::Get { key: key.into() }
    }

    fn put(key: &str, value: &str, ttl_s: u32) -> StorageInquiry {
        StorageInquiry::Put {
            key: key.into(),
            value: value.into(),
            ttl_s,
        }
    }

    fn keys(pattern: Option<&str>, most: u32) -> StorageInquiry {
        StorageInquiry::Keys {
            pattern: pattern.map(str::to_string),
            most,
        }
    }

    fn listed(keys: &[&str]) -> Result<Stored, String> {
        Ok(Stored::Keys(
            keys.iter().map(|key| key.to_string()).collect(),
        ))
    }
}

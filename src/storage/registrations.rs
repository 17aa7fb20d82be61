//! The registrar's bindings, in `DATA/switchhook.redb`. The newest state of a user replaces one that
//! has not been written yet, so that what waits never exceeds the number of users.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tracing::{error, warn};

use crate::sip::registrar::Stored;
use crate::storage::bell::{Bell, Sleeper, Woken, bell};
use crate::storage::database::{self, StoreFault};

/// User name to its bindings as JSON.
const TABLE: TableDefinition<&str, &[u8]> = TableDefinition::new("registrations");
const FILE: &str = "switchhook.redb";
/// After a write that failed, e.g. on a full disk.
const PAUSE: Duration = Duration::from_secs(1);

/// The store; what was handed over is written before it is gone.
#[derive(Debug)]
pub struct Registrations {
    waiting: Arc<Mutex<BTreeMap<String, Vec<Stored>>>>,
    bell: Option<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Registrations {
    /// Opens or makes the store, and reads what is in it.
    pub fn open(data: &Path) -> Result<(Registrations, BTreeMap<String, Vec<Stored>>), StoreFault> {
        let path = data.join(FILE);
        let database = database::open(&path)?;
        let known = read_all(&database).map_err(|error| StoreFault::unusable(&path, error))?;
        let waiting = Arc::default();
        let (bell, sleeper) = bell();
        let writer = Writer {
            database,
            waiting: Arc::clone(&waiting),
            sleeper,
        };
        let thread = std::thread::Builder::new()
            .name("store".to_string())
            .spawn(move || writer.run())
            .map_err(|error| StoreFault::unusable(&path, error))?;
        let registrations = Registrations {
            waiting,
            bell: Some(bell),
            thread: Some(thread),
        };
        Ok((registrations, known))
    }

    /// All bindings of `user` from now on; none: the user is forgotten. Does not wait.
    pub fn put(&self, user: String, bindings: Vec<Stored>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(user, bindings);
        drop(waiting);
        if let Some(bell) = &self.bell {
            bell.ring();
        }
    }
}

impl Drop for Registrations {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the registrations' thread had died");
        }
    }
}

struct Writer {
    database: Database,
    waiting: Arc<Mutex<BTreeMap<String, Vec<Stored>>>>,
    sleeper: Sleeper,
}

impl Writer {
    fn run(self) {
        let mut failing = false;
        loop {
            let woken = match failing {
                true => self.sleeper.sleep(PAUSE),
                false => self.sleeper.sleep(Duration::from_secs(3600)),
            };
            if failing && woken == Woken::Rung {
                // Nothing is gained by trying at once, whoever rings.
                std::thread::sleep(PAUSE);
            }
            let batch = std::mem::take(&mut *self.lock());
            match self.write(&batch) {
                Ok(()) => failing = false,
                Err(error) => {
                    if !failing {
                        warn!("registrations cannot be stored, tried again every second: {error}");
                    }
                    failing = true;
                    let mut waiting = self.lock();
                    for (user, bindings) in batch {
                        // What came meanwhile is newer.
                        waiting.entry(user).or_insert(bindings);
                    }
                }
            }
            if woken == Woken::Alone {
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<Stored>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, batch: &BTreeMap<String, Vec<Stored>>) -> Result<(), Box<redb::Error>> {
        if batch.is_empty() {
            return Ok(());
        }
        let told = |error: redb::Error| Box::new(error);
        let transaction = self.database.begin_write().map_err(|e| told(e.into()))?;
        {
            let mut table = transaction.open_table(TABLE).map_err(|e| told(e.into()))?;
            for (user, bindings) in batch {
                if bindings.is_empty() {
                    table.remove(user.as_str()).map_err(|e| told(e.into()))?;
                } else {
                    let text = serde_json::to_vec(bindings).expect("plain values have a JSON form");
                    let text = text.as_slice();
                    table
                        .insert(user.as_str(), text)
                        .map_err(|e| told(e.into()))?;
                }
            }
        }
        transaction.commit().map_err(|e| told(e.into()))
    }
}

fn read_all(database: &Database) -> Result<BTreeMap<String, Vec<Stored>>, redb::Error> {
    let transaction = database.begin_read()?;
    let table = match transaction.open_table(TABLE) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    let mut all = BTreeMap::new();
    for entry in table.iter()? {
        let (user, bindings) = entry?;
        match serde_json::from_slice(bindings.value()) {
            Ok(bindings) => drop(all.insert(user.value().to_string(), bindings)),
            // Written by another version; the phone registers anew.
            Err(error) => warn!("a stored registration cannot be read: {error}"),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let (store, known) = Registrations::open(data.path()).unwrap();
        assert!(known.is_empty());
        for cseq in 1..=100 {
            store.put("alice".to_string(), vec![binding(cseq), binding(cseq + 1)]);
            store.put("bob".to_string(), vec![binding(cseq)]);
        }
        store.put("bob".to_string(), Vec::new());
        drop(store);

        let (_store, known) = Registrations::open(data.path()).unwrap();
        assert_eq!(
            known.into_iter().collect::<Vec<_>>(),
            [("alice".to_string(), vec![binding(100), binding(101)])]
        );
    }

    #[test]
    fn a_store_that_is_in_use_or_none_is_told_in_one_line() {
        let data = tempfile::tempdir().unwrap();
        let (_store, _) = Registrations::open(data.path()).unwrap();
        let fault = Registrations::open(data.path()).unwrap_err();
        assert!(matches!(fault, StoreFault::InUse { .. }), "{fault}");

        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(FILE), "not a store").unwrap();
        let fault = Registrations::open(data.path()).unwrap_err().to_string();
        assert!(fault.contains(FILE) && !fault.contains('\n'), "{fault}");
        let fault = Registrations::open(&data.path().join(FILE))
            .unwrap_err()
            .to_string();
        assert!(!fault.contains('\n'), "{fault}");
    }

    fn binding(cseq: u32) -> Stored {
        Stored {
            contact: "sip:alice@192.0.2.1".to_string(),
            transport: "UDP".to_string(),
            local: Some("10.0.0.1:5060".parse().unwrap()),
            remote: Some("192.0.2.1:5060".parse().unwrap()),
            instance: None,
            call_id: "a".to_string(),
            cseq,
            expires_unix_ms: 1_700_000_000_000,
        }
    }
}

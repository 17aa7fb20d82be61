//! The storage of an application in a world: what `storage::application` keeps on a disk, in memory.

use std::collections::BTreeMap;

use crate::script::inquiry::{Entry, StorageInquiry, Stored, takes};

/// Keys with the second of the Unix epoch in which they expire, and their values.
#[derive(Debug, Default)]
pub struct Shelf {
    entries: BTreeMap<String, (u64, String)>,
    /// Whatever is asked is refused with this.
    fault: Option<String>,
}

impl Shelf {
    pub fn answer(
        &mut self,
        what: StorageInquiry,
        room: u32,
        now_s: u64,
    ) -> Result<Stored, String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.entries.retain(|_, (expires, _)| *expires > now_s);
        match what {
            StorageInquiry::Get { key } => Ok(Stored::Entry(self.entry(&key))),
            StorageInquiry::Put { key, value, ttl_s } => {
                if !self.entries.contains_key(&key) && self.entries.len() >= room as usize {
                    return Err(format!(
                        "the storage is full: limits.storageEntries is {room}"
                    ));
                }
                let expires_unix_s = now_s + u64::from(ttl_s);
                self.entries
                    .insert(key.clone(), (expires_unix_s, value.clone()));
                Ok(Stored::Entry(Some(Entry {
                    key,
                    value,
                    expires_unix_s,
                })))
            }
            StorageInquiry::Remove { key } => {
                let entry = self.entry(&key);
                self.entries.remove(&key);
                Ok(Stored::Entry(entry))
            }
            StorageInquiry::Keys { pattern, most } => {
                let wanted = |key: &&String| {
                    let pattern = pattern.as_deref();
                    pattern.is_none_or(|pattern| takes(pattern, key))
                };
                let keys = self.entries.keys().filter(wanted).take(most as usize);
                Ok(Stored::Keys(keys.cloned().collect()))
            }
        }
    }

    /// Whatever is wrong with it.
    pub fn put(&mut self, key: String, value: String, expires_unix_s: u64) {
        self.entries.insert(key, (expires_unix_s, value));
    }

    pub fn value(&self, key: &str, now_s: u64) -> Option<String> {
        let entry = self.entries.get(key);
        let alive = entry.filter(|(expires, _)| *expires > now_s);
        alive.map(|(_, value)| value.clone())
    }

    pub fn keys(&self, now_s: u64) -> Vec<String> {
        let alive = self
            .entries
            .iter()
            .filter(|(_, (expires, _))| *expires > now_s);
        alive.map(|(key, _)| key.clone()).collect()
    }

    /// From now on nothing works; `None`: it works again.
    pub fn set_fault(&mut self, fault: Option<String>) {
        self.fault = fault;
    }

    fn entry(&self, key: &str) -> Option<Entry> {
        let (expires_unix_s, value) = self.entries.get(key)?;
        Some(Entry {
            key: key.to_string(),
            value: value.clone(),
            expires_unix_s: *expires_unix_s,
        })
    }
}

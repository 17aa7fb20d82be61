//! `DATA/journals/`: a file for each session that was recorded, whole or not at all. Whoever hands one over
//! never waits; what does not fit is counted. The oldest files make way.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{error, warn};

use crate::base::bounded::Bounded;
use crate::journal::{Journal, file};
use crate::storage::bell::{Bell, Sleeper, Woken, bell};

const FOLDER: &str = "journals";
const ENDING: &str = "jsonl";
/// Journals that wait for the disk.
const MOST_WAITING: usize = 64;

/// The folder; what was handed over is written before it is gone, if it can be.
#[derive(Debug)]
pub struct JournalFolder {
    waiting: Arc<Mutex<Bounded<Journal>>>,
    bell: Option<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl JournalFolder {
    /// The folder itself is made when there is something to put into it.
    pub fn open(data: &Path) -> io::Result<JournalFolder> {
        let waiting = Arc::new(Mutex::new(Bounded::new(MOST_WAITING)));
        let (bell, sleeper) = bell();
        let writer = Writer {
            waiting: waiting.clone(),
            folder: data.join(FOLDER),
        };
        let thread = std::thread::Builder::new()
            .name("journals".to_string())
            .spawn(move || writer.run(&sleeper))?;
        Ok(JournalFolder {
            waiting,
            bell: Some(bell),
            thread: Some(thread),
        })
    }

    /// Hands one over; `false` where too many wait already. Does not wait.
    pub fn write(&self, journal: Journal) -> bool {
        let taken = waiting(&self.waiting).push(journal).is_ok();
        if !taken {
            metrics::counter!("switchhook_journals_dropped_total").increment(1);
        }
        if let Some(bell) = &self.bell {
            bell.ring();
        }
        taken
    }
}

impl Drop for JournalFolder {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the journals' thread had died");
        }
    }
}

fn waiting(queue: &Mutex<Bounded<Journal>>) -> MutexGuard<'_, Bounded<Journal>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer {
    waiting: Arc<Mutex<Bounded<Journal>>>,
    folder: PathBuf,
}

impl Writer {
    fn run(self, sleeper: &Sleeper) {
        let mut fails = false;
        loop {
            let woken = sleeper.sleep(Duration::from_secs(3600));
            while let Some(journal) = self.next() {
                let wrong = self.keep(&journal).err();
                if let (Some(wrong), false) = (&wrong, fails) {
                    warn!(
                        "journals cannot be kept in {}: {wrong}",
                        self.folder.display()
                    );
                }
                if wrong.is_some() {
                    metrics::counter!("switchhook_journals_dropped_total").increment(1);
                }
                fails = wrong.is_some();
            }
            if woken == Woken::Alone {
                return;
            }
        }
    }

    fn next(&self) -> Option<Journal> {
        waiting(&self.waiting).pop()
    }

    /// Beside its place first: whoever looks sees all of it or nothing.
    fn keep(&self, journal: &Journal) -> io::Result<()> {
        let settings = journal.settings.written(&journal.users);
        let text = file::write(journal, settings, chance()?);
        fs::create_dir_all(&self.folder)?;
        let name = format!("{:013}-{}", journal.began_unix_ms, journal.name);
        let part = self.folder.join(format!("{name}.part"));
        let written = private(&part).and_then(|mut file| file.write_all(text.as_bytes()));
        let kept =
            written.and_then(|()| fs::rename(&part, self.folder.join(format!("{name}.{ENDING}"))));
        if kept.is_err() {
            let _ = fs::remove_file(&part);
        }
        kept?;
        self.make_room(journal.settings.limits.journals as usize)
    }

    /// Names begin with the time, so the first are the oldest.
    fn make_room(&self, most: usize) -> io::Result<()> {
        let files = fs::read_dir(&self.folder)?
            .flatten()
            .map(|entry| entry.path());
        let mut files: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(most);
        for file in files.into_iter().take(surplus) {
            fs::remove_file(file)?;
        }
        Ok(())
    }
}

/// For nobody else to read.
fn private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

fn chance() -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::sip::stack;
    use crate::sip::transport::{Listener, Transport};

    #[test]
    fn each_journal_is_a_file_for_its_owner_alone_and_the_oldest_make_way() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        let folder = JournalFolder::open(data.path()).unwrap();
        for began in [3, 1, 2] {
            assert!(folder.write(journal(began, 2)));
        }
        drop(folder);
        let mut names = Vec::new();
        for entry in fs::read_dir(data.path().join(FOLDER)).unwrap().flatten() {
            assert_eq!(
                entry.metadata().unwrap().permissions().mode() & 0o777,
                0o600
            );
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(
            names,
            ["0000000000002-abc.jsonl", "0000000000003-abc.jsonl"]
        );
        let text = fs::read(data.path().join(FOLDER).join(&names[0])).unwrap();
        assert_eq!(file::read(&text).unwrap().began_unix_ms, 2);
    }

    #[test]
    fn a_folder_that_cannot_be_made_holds_nobody_up() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FOLDER), "in the way").unwrap();
        let folder = JournalFolder::open(data.path()).unwrap();
        assert!(folder.write(journal(1, 2)));
        drop(folder);
        assert_eq!(fs::read(data.path().join(FOLDER)).unwrap(), b"in the way");
    }

    fn journal(began_unix_ms: u64, most: u32) -> Journal {
        let mut settings = Settings::default();
        settings.limits.journals = most;
        let at = "192.0.2.1:5060".parse().unwrap();
        Journal {
            name: "abc".to_string(),
            began_unix_ms,
            settings: Arc::new(settings),
            stack: stack::Settings {
                product: "switchhook".to_string(),
                listeners: vec![Listener {
                    transport: Transport::Udp,
                    bound: at,
                    advertised: at,
                }],
                session_expires_s: 0,
                min_se_s: 90,
                most_legs: 100,
            },
            users: Vec::new(),
            programs: Vec::new(),
            failures: Vec::new(),
            left_out: 0,
            lasted: std::time::Duration::ZERO,
            entries: Vec::new(),
        }
    }
}

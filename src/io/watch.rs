//! Hot reload. `notify` is only the trigger: it loses events in fresh folders and when its queue runs
//! over, so that every trigger reads everything anew, and a slow look at the files' stamps finds what
//! no event told.
//!
//! ```text
//!  event ▸ wait until it is quiet, or long enough ▸ read all ▸ news to the engine, one line to the log
//!  tick  ▸ stamps differ? ────────────────────────▸
//! ```

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use notify::event::{AccessKind, AccessMode, DataChange, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tracing::{info, warn};

use crate::io::folder::{Folder, Paths, Reading};
use crate::scenario::Catalog;
use crate::scenario::load::{Kind, MOST_FILES, kind};
use crate::settings::Settings;

/// Files that are known to be written to at a time.
const MOST_HALF_WRITTEN: usize = 1024;
/// The compiler of the scripts recurses.
const STACK_BYTES: usize = 4 << 20;

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Without an event for so long, a burst is over.
    pub quiet: Duration,
    /// A burst that does not end is read after so long.
    pub at_most: Duration,
    /// A file that somebody still writes to holds the reading up for so long at most.
    pub half_written: Duration,
    /// Between two looks at the stamps.
    pub look: Duration,
}

/// What new calls are to use.
#[derive(Clone, Debug)]
pub enum News {
    Catalog(Arc<Catalog>),
    Settings(Arc<Settings>),
}

/// A running watch; it ends when this is dropped.
pub struct Watch {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

/// How the watching thread is woken. Events do not queue: a burst of any size is one ring.
#[derive(Clone)]
struct Bell {
    ring: SyncSender<()>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    /// Files that somebody has written to and not closed yet.
    half_written: Mutex<HashSet<PathBuf>>,
}

/// What an event tells.
enum Told {
    Written(PathBuf),
    Closed(PathBuf),
    Changed,
}

impl Bell {
    fn tell(&self, told: Told) {
        match told {
            Told::Written(path) => {
                let mut half_written = self.seen.half_written();
                if half_written.len() < MOST_HALF_WRITTEN {
                    half_written.insert(path);
                }
            }
            Told::Closed(path) => {
                self.seen.half_written().remove(&path);
            }
            Told::Changed => {}
        }
        // Where it is full, it rings already.
        let _ = self.ring.try_send(());
    }
}

impl Seen {
    fn half_written(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.half_written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            quiet: Duration::from_millis(100),
            at_most: Duration::from_millis(700),
            half_written: Duration::from_secs(3),
            look: Duration::from_secs(2),
        }
    }
}

/// Watches what `folder` has read, and hands on what is new.
pub fn start(
    folder: Folder,
    pace: Pace,
    news: impl FnMut(News) + Send + 'static,
) -> std::io::Result<Watch> {
    let (ring, rings) = sync_channel(1);
    let bell = Bell {
        ring,
        seen: Arc::default(),
    };
    let watching = Watching {
        seen: bell.seen.clone(),
        // Before this returns, so that nothing written afterwards is missed.
        triggers: Triggers::new(folder.paths(), is_used, bell.clone()),
        folder,
        pace,
        rings,
        news,
    };
    let thread = std::thread::Builder::new()
        .name("watch".to_string())
        .stack_size(STACK_BYTES)
        .spawn(move || watching.run())?;
    Ok(Watch {
        bell,
        thread: Some(thread),
    })
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bell.seen.stop.store(true, Ordering::Release);
        self.bell.tell(Told::Changed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been logged where it happened.
            let _ = thread.join();
        }
    }
}

struct Watching<F> {
    folder: Folder,
    triggers: Triggers,
    pace: Pace,
    rings: Receiver<()>,
    seen: Arc<Seen>,
    news: F,
}

impl<F: FnMut(News)> Watching<F> {
    fn run(mut self) {
        // What changed between the first reading and the first watch is found by its stamps.
        let mut look = Duration::ZERO;
        while !self.seen.is_stopped() {
            let rung = self.rings.recv_timeout(look).is_ok();
            look = self.pace.look;
            if rung || self.folder.has_changed() {
                settle(&self.rings, &self.seen, &self.pace);
                self.triggers.renew(self.folder.paths());
                self.read();
            } else {
                self.triggers.renew(self.folder.paths());
            }
        }
    }

    fn read(&mut self) {
        if self.seen.is_stopped() {
            return;
        }
        let reading = self.folder.read();
        log(&reading);
        if let Some(settings) = reading.settings {
            (self.news)(News::Settings(settings));
        }
        if let Some(catalog) = reading.catalog {
            (self.news)(News::Catalog(catalog));
        }
    }
}

/// Waits for the end of a burst.
fn settle(rings: &Receiver<()>, seen: &Seen, pace: &Pace) {
    let start = Instant::now();
    while !seen.is_stopped() {
        let all_closed = seen.half_written().is_empty();
        let limit = match all_closed {
            true => pace.at_most,
            false => pace.half_written,
        };
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        match rings.recv_timeout(left.min(pace.quiet)) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) if !all_closed => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    // Whoever goes on writing is heard again.
    seen.half_written().clear();
}

/// Changes of anything that lies in the folder, tests included, for whoever wants to wait for them.
pub struct Changes {
    paths: Paths,
    triggers: Triggers,
    pace: Pace,
    rings: Receiver<()>,
    seen: Arc<Seen>,
    listing: Vec<(PathBuf, Option<(u64, SystemTime)>)>,
}

impl Changes {
    /// From now on nothing is missed.
    pub fn new(paths: Paths, pace: Pace) -> Changes {
        let (ring, rings) = sync_channel(1);
        let bell = Bell {
            ring,
            seen: Arc::default(),
        };
        let seen = bell.seen.clone();
        Changes {
            triggers: Triggers::new(&paths, |_| true, bell),
            listing: listing(&paths),
            paths,
            pace,
            rings,
            seen,
        }
    }

    /// Returns when something has changed and the burst is over.
    pub fn wait(&mut self) {
        loop {
            let rung = self.rings.recv_timeout(self.pace.look).is_ok();
            self.triggers.renew(&self.paths);
            if rung || listing(&self.paths) != self.listing {
                settle(&self.rings, &self.seen, &self.pace);
                let now = listing(&self.paths);
                if now != self.listing {
                    self.listing = now;
                    return;
                }
            }
        }
    }
}

/// The files with what tells cheaply that they have changed.
fn listing(paths: &Paths) -> Vec<(PathBuf, Option<(u64, SystemTime)>)> {
    let files = std::fs::read_dir(&paths.scenarios).into_iter().flatten();
    let files = files.flatten().map(|entry| entry.path()).take(MOST_FILES);
    let mut files: Vec<_> = files.chain([paths.config.clone()]).collect();
    files.sort();
    let stamped = files.into_iter().map(|path| {
        let data = std::fs::metadata(&path).ok();
        let stamp = data.and_then(|data| Some((data.len(), data.modified().ok()?)));
        (path, stamp)
    });
    stamped.collect()
}

/// One line for what changed, one for each fault and warning.
pub fn log(reading: &Reading) {
    for fault in &reading.faults {
        warn!(place = %fault.place, "fault, the last good version stays in use: {fault}");
    }
    for warning in &reading.warnings {
        warn!(place = %warning.place, "{warning}");
    }
    let settings = match reading.changed_keys[..] {
        [] => String::new(),
        _ => format!("settings changed: {}", reading.changed_keys.join(", ")),
    };
    match (&reading.catalog, &reading.settings) {
        (Some(_), Some(_)) => info!("loaded: {settings}; {}", reading.changes),
        (Some(_), None) => info!("loaded: {}", reading.changes),
        (None, Some(_)) => info!("loaded: {settings}"),
        (None, None) => {}
    }
}

/// The operating system's watches: one on the scenario folder, one on the configuration's.
struct Triggers {
    watcher: Option<RecommendedWatcher>,
    /// The folders that are watched, with what they were when the watch began: a folder that has been
    /// made anew under the old name needs a new watch.
    watched: Vec<(PathBuf, Option<(u64, u64)>)>,
}

impl Triggers {
    fn new(paths: &Paths, concerns_us: fn(&str) -> bool, bell: Bell) -> Triggers {
        let scenarios = paths.scenarios.clone();
        let config = paths.config.clone();
        let handler = move |event: notify::Result<Event>| {
            for told in translate(event, &scenarios, &config, concerns_us) {
                bell.tell(told);
            }
        };
        let watcher = notify::recommended_watcher(handler);
        if let Err(error) = &watcher {
            warn!("no watch on the folder, changes are found by looking: {error}");
        }
        let mut triggers = Triggers {
            watcher: watcher.ok(),
            watched: Vec::new(),
        };
        triggers.renew(paths);
        triggers
    }

    /// Watches what is not watched yet, and what is not what it was.
    fn renew(&mut self, paths: &Paths) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let config = paths.config.parent();
        let config = match config {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        for path in [paths.scenarios.clone(), config] {
            let now = identity(&path);
            let known = self.watched.iter().position(|(known, _)| *known == path);
            if known.is_some_and(|index| self.watched[index].1 == now) {
                continue;
            }
            if let Some(index) = known {
                self.watched.remove(index);
                // It may be gone from the kernel's list already, as its folder is.
                let _ = watcher.unwatch(&path);
            }
            // What cannot be watched now is looked at, and tried again with the next look.
            if now.is_some() && watcher.watch(&path, RecursiveMode::NonRecursive).is_ok() {
                self.watched.push((path, now));
            }
        }
    }
}

/// Which folder a path is, whatever its name.
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path)
        .ok()
        .map(|data| (data.dev(), data.ino()))
}

/// What an event means to us; our own reading of the files is no news.
fn translate(
    event: notify::Result<Event>,
    scenarios: &Path,
    config: &Path,
    concerns_us: fn(&str) -> bool,
) -> Vec<Told> {
    let Ok(event) = event else {
        return vec![Told::Changed];
    };
    if event.need_rescan() || event.paths.is_empty() {
        return vec![Told::Changed];
    }
    let is_ours = |path: &&PathBuf| {
        let Some(name) = path.file_name() else {
            return true;
        };
        // Volumes that are swapped whole come and go under names such as `..data`.
        Some(name) == config.file_name()
            || name.as_encoded_bytes().starts_with(b"..")
            || name.to_str().is_some_and(concerns_us)
            || same_folder(path, scenarios)
    };
    let paths = event.paths.iter().filter(is_ours).cloned();
    match event.kind {
        EventKind::Modify(ModifyKind::Data(DataChange::Any | DataChange::Content)) => {
            paths.map(Told::Written).collect()
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
            paths.map(Told::Closed).collect()
        }
        EventKind::Access(_) => Vec::new(),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => paths.take(1).map(|_| Told::Changed).collect(),
    }
}

/// Whether the program answers calls with a file of that name.
fn is_used(name: &str) -> bool {
    kind(name) != Kind::Other
}

/// Whether two spellings mean the same folder, as far as the spelling tells.
fn same_folder(a: &Path, b: &Path) -> bool {
    let parts = |path: &Path| {
        path.components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .map(|part| part.as_os_str().to_owned())
            .collect::<Vec<_>>()
    };
    parts(a) == parts(b)
}

//! Where recordings lie: a folder for each day, a name that nobody guesses. A file that is being written
//! ends in `.part`.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

pub use super::pen::Paper;

const PART: &str = ".part";
/// Behind the name of a file that is about to take the place of another.
pub(in crate::io) const FRESH: &str = ".new";

/// The longest that a script may put before a name, in characters.
const LONGEST_PREFIX: usize = 40;

/// A file of a recording, by its name beneath the folder: `2026-11-21/142530-3f…e1.wav`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed(String);

impl Filed {
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Chooses names.
pub struct Folder;

impl Folder {
    /// `chance` makes the name one of its own that cannot be guessed; of `prefix` only what is harmless in
    /// a file's name is taken. `ending`: without its dot.
    pub fn choose(now: Timestamp, prefix: &str, chance: u128, ending: &str) -> Filed {
        let harmless = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
        let mut prefix: String = prefix
            .chars()
            .filter(harmless)
            .take(LONGEST_PREFIX)
            .collect();
        if !prefix.is_empty() {
            prefix.push('-');
        }
        let (day, time) = (now.strftime("%Y-%m-%d"), now.strftime("%H%M%S"));
        Filed(format!("{day}/{prefix}{time}-{chance:032x}.{ending}"))
    }
}

/// The file of this name, as long as it is written and afterwards.
pub(super) fn paths(root: &Path, filed: &Filed) -> (PathBuf, PathBuf) {
    let part = format!("{}{PART}", filed.0);
    (root.join(part), root.join(&filed.0))
}

/// A new file; others of the operator's group may read it.
pub(in crate::io) fn create(path: &Path) -> io::Result<Box<dyn Paper>> {
    if let Some(day) = path.parent() {
        let mut folders = fs::DirBuilder::new();
        folders.recursive(true).mode(0o750).create(day)?;
    }
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path)?;
    Ok(Box::new(file))
}

/// Before the disk is full to the last byte, which the rest of the program would feel.
pub(in crate::io) fn check_room(root: &Path, keep_free: u64) -> io::Result<()> {
    match free(root) {
        Some(free) if free < keep_free => Err(io::ErrorKind::StorageFull.into()),
        // Where the system does not say, the writing will.
        _ => Ok(()),
    }
}

/// Bytes that are free for us on the disk of `folder`.
fn free(folder: &Path) -> Option<u64> {
    let state = rustix::fs::statvfs(folder).ok()?;
    state.f_bavail.checked_mul(state.f_frsize)
}

/// Gives what an earlier run left behind its name; what was about to replace something is not whole, and goes.
pub(super) fn adopt(root: &Path) {
    let days = fs::read_dir(root).into_iter().flatten().flatten();
    for day in days.filter(|day| day.file_type().is_ok_and(|kind| kind.is_dir())) {
        for file in fs::read_dir(day.path()).into_iter().flatten().flatten() {
            let path = file.path();
            if path.to_str().is_some_and(|path| path.ends_with(FRESH)) {
                let _ = fs::remove_file(&path);
                continue;
            }
            let whole = path.to_str().and_then(|path| path.strip_suffix(PART));
            if let Some(whole) = whole {
                match fs::rename(&path, whole) {
                    Ok(()) => tracing::info!(file = whole, "a recording that broke off is kept"),
                    Err(error) => tracing::warn!(file = whole, %error, "a recording stays a part"),
                }
            }
        }
    }
}

/// Deletes the days that are older than so many; 0: none. What is no day's folder stays.
pub(super) fn sweep(root: &Path, keep_days: u32) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let first = today.checked_sub(Span::new().days(keep_days));
    let (Ok(first), true) = (first, keep_days > 0) else {
        return;
    };
    let days = fs::read_dir(root).into_iter().flatten().flatten();
    for day in days.filter(|day| day.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = day.file_name();
        let date = name.to_str().and_then(|name| name.parse::<Date>().ok());
        if date.is_none_or(|date| date >= first) {
            continue;
        }
        let day = day.path();
        match fs::remove_dir_all(&day) {
            Ok(()) => tracing::info!(day = %day.display(), keep_days, "recordings are deleted"),
            Err(error) => {
                tracing::warn!(day = %day.display(), %error, "recordings cannot be deleted")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_are_old_enough_are_deleted() {
        let root = tempfile::tempdir().unwrap();
        let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
        let (old, other) = ("2020-02-29", "2020-02-29 kept");
        for day in [&today[..], old, other] {
            fs::create_dir(root.path().join(day)).unwrap();
            fs::write(root.path().join(day).join("a.wav"), "sound").unwrap();
        }
        let left = |keep_days| {
            sweep(root.path(), keep_days);
            let is_there = |day: &&str| root.path().join(day).join("a.wav").exists();
            let days = [&today[..], old, other];
            days.into_iter().filter(is_there).count()
        };
        assert_eq!(left(0), 3);
        assert_eq!(left(7), 2);
        assert!(!root.path().join(old).exists());
    }

    #[test]
    fn what_broke_off_gets_its_name_and_what_was_about_to_replace_something_goes() {
        let root = tempfile::tempdir().unwrap();
        let day = root.path().join("2026-11-21");
        fs::create_dir(&day).unwrap();
        for (name, text) in [("a.json", "old"), ("a.json.new", "to"), ("b.mp3.part", "b")] {
            fs::write(day.join(name), text).unwrap();
        }
        adopt(root.path());
        let files = fs::read_dir(&day).unwrap().flatten();
        let mut names: Vec<_> = files.map(|file| file.file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.json", "b.mp3"]);
        assert_eq!(fs::read_to_string(day.join("a.json")).unwrap(), "old");
    }

    #[test]
    fn a_name_has_its_day_and_nothing_that_leads_elsewhere() {
        let now: Timestamp = "2026-11-21T14:25:30Z".parse().unwrap();
        let name = |prefix| Folder::choose(now, prefix, 0x2a, "wav").0;
        assert_eq!(
            name(""),
            "2026-11-21/142530-0000000000000000000000000000002a.wav"
        );
        assert_eq!(
            name("../../etc/Support\0 7"),
            "2026-11-21/etcSupport7-142530-0000000000000000000000000000002a.wav"
        );
        assert!(name(&"x".repeat(1000)).len() < 110);
    }
}

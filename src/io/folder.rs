//! What lies on the disk: the scenario folder and the configuration, read in one go and turned into
//! the catalog and the settings that new calls use. Nothing that lies there can make a reading wait.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config;
use crate::scenario::load::{
    Changes, Contents, Kind, MOST_FILE_BYTES, MOST_FILES, Snapshot, kind, load,
};
use crate::scenario::{Catalog, Fault};
use crate::script;
use crate::script::program::Scenario;
use crate::settings::Settings;

/// A configuration is written by hand.
const MOST_CONFIG_BYTES: u64 = 4 << 20;
const MOST_SECRET_BYTES: u64 = 4096;

/// The file that is read where no other is named.
pub const DEFAULT_CONFIG: &str = "switchhook.json";

/// How the names of tests end, and those of their ladders.
const TESTS: [&str; 3] = [".test.js", ".test.ts", ".test.ladders"];

/// How a scenario is compiled; [`Scenario::compile`] but in tests.
pub type Compile = fn(&str, &str, &[u8]) -> Result<Scenario, script::Fault>;

/// Where things lie.
#[derive(Clone, Debug)]
pub struct Paths {
    pub scenarios: PathBuf,
    pub config: PathBuf,
    /// Whether somebody named the configuration, so that its absence is a fault.
    pub config_named: bool,
}

/// The folder and the configuration with what they came to when they were read last.
pub struct Folder {
    paths: Paths,
    compile: Compile,
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
    /// Files that passwords were read from.
    secrets: Vec<PathBuf>,
    /// As the files were just before they were read.
    stamps: Stamps,
    /// Told already, and still so.
    standing: Standing,
}

#[derive(Default)]
struct Standing {
    unreadable: Option<String>,
    config: Vec<Fault>,
    config_gone: bool,
}

/// What one reading came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// Present where new calls are to use another than before.
    pub catalog: Option<Arc<Catalog>>,
    pub settings: Option<Arc<Settings>>,
    /// The keys of the configuration that changed.
    pub changed_keys: Vec<&'static str>,
    pub changes: Changes,
    /// New since the reading before, with paths as an editor finds them.
    pub faults: Vec<Fault>,
    pub warnings: Vec<Fault>,
}

/// What tells cheaply whether a reading is worth its while: one line per file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stamps(Vec<(PathBuf, Option<Stamp>)>);

type Stamp = (u64, u64, u64, i64, i64, i64, i64);

impl Paths {
    /// The configuration named, or the default one where it exists.
    pub fn new(scenarios: PathBuf, config: Option<PathBuf>) -> Paths {
        Paths {
            scenarios,
            config_named: config.is_some(),
            config: config.unwrap_or_else(|| PathBuf::from(DEFAULT_CONFIG)),
        }
    }
}

impl Folder {
    /// The first reading, for a start. The faults are those that forbid it.
    pub fn open(paths: Paths, compile: Compile) -> Result<(Folder, Reading), Vec<Fault>> {
        let mut folder = Folder::new(paths, compile);
        let reading = folder.read();
        let fatal: Vec<Fault> = reading.fatal().cloned().collect();
        match fatal.is_empty() {
            true => Ok((folder, reading)),
            false => Err(fatal),
        }
    }

    /// Nothing has been read yet.
    pub fn new(paths: Paths, compile: Compile) -> Folder {
        Folder {
            paths,
            compile,
            catalog: Arc::default(),
            settings: Arc::default(),
            secrets: Vec::new(),
            stamps: Stamps::default(),
            standing: Standing::default(),
        }
    }

    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Reads everything and keeps what is good.
    pub fn read(&mut self) -> Reading {
        let mut reading = Reading::default();
        // A file that changes meanwhile is read again, as is all where a password file is new.
        self.stamps = self.stamps();
        self.read_config(&mut reading);
        self.read_scenarios(&mut reading);
        reading
    }

    /// Whether a file is not what it was when it was read; a cheap look.
    pub fn has_changed(&self) -> bool {
        self.stamps() != self.stamps
    }

    fn read_scenarios(&mut self, reading: &mut Reading) {
        let snapshot = match snapshot(&self.paths.scenarios) {
            Ok(snapshot) => snapshot,
            Err(reason) => {
                if self.standing.unreadable.as_ref() != Some(&reason) {
                    let fault = Fault::new(
                        &self.paths.scenarios.display().to_string(),
                        1,
                        1,
                        reason.clone(),
                    );
                    reading.faults.push(fault);
                    self.standing.unreadable = Some(reason);
                }
                return;
            }
        };
        self.standing.unreadable = None;
        let loaded = load(&snapshot, &self.catalog, &self.compile);
        let in_folder = |mut fault: Fault| {
            let path = self.paths.scenarios.join(&fault.place.file);
            fault.place.file = path.display().to_string();
            fault
        };
        reading
            .faults
            .extend(loaded.faults.into_iter().map(in_folder));
        reading
            .warnings
            .extend(loaded.warnings.into_iter().map(in_folder));
        let is_news = !loaded.changes.is_empty();
        reading.changes = loaded.changes;
        self.catalog = Arc::new(loaded.catalog);
        reading.catalog = is_news.then(|| self.catalog.clone());
    }

    fn read_config(&mut self, reading: &mut Reading) {
        let path = &self.paths.config;
        if !self.paths.config_named && !path.exists() {
            if *self.settings != Settings::default() && !self.standing.config_gone {
                self.standing.config_gone = true;
                let message = "it is gone; its last settings stay in use until it comes back \
                               or the program starts again";
                let fault = Fault::new(&path.display().to_string(), 1, 1, message);
                reading.warnings.push(fault);
            }
            return;
        }
        let (settings, secrets) = load_config(path);
        self.secrets = secrets;
        match settings {
            Ok(settings) => {
                self.standing.config.clear();
                self.standing.config_gone = false;
                if settings != *self.settings {
                    reading.changed_keys = settings.changed_since(&self.settings);
                    self.settings = Arc::new(settings);
                    reading.settings = Some(self.settings.clone());
                }
            }
            Err(faults) => {
                let told = |fault: &&Fault| !self.standing.config.contains(fault);
                reading.faults.extend(faults.iter().filter(told).cloned());
                self.standing.config = faults;
            }
        }
    }

    /// The state of every file that a reading would read.
    fn stamps(&self) -> Stamps {
        let mut paths = vec![self.paths.scenarios.clone(), self.paths.config.clone()];
        paths.extend(self.secrets.iter().cloned());
        let files = fs::read_dir(&self.paths.scenarios)
            .into_iter()
            .flatten()
            .flatten();
        let known = files
            .map(|entry| entry.path())
            .filter(|path| file_name(path).is_some_and(|name| kind(name) != Kind::Other))
            .take(MOST_FILES);
        paths.extend(known);
        paths.sort();
        let stamps = paths.into_iter().map(|path| {
            let stamp = fs::metadata(&path).ok().map(|data| match data.is_dir() {
                // What lies in a folder has stamps of its own.
                true => (data.dev(), data.ino(), 0, 0, 0, 0, 0),
                false => (
                    data.dev(),
                    data.ino(),
                    data.len(),
                    data.mtime(),
                    data.mtime_nsec(),
                    data.ctime(),
                    data.ctime_nsec(),
                ),
            });
            (path, stamp)
        });
        Stamps(stamps.collect())
    }
}

impl Reading {
    /// What nothing can start with: faults of the configuration, the rules or the folder itself. A
    /// faulty scenario costs its own calls alone.
    pub fn fatal(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| {
            let name = file_name(Path::new(&fault.place.file));
            !name.is_some_and(|name| matches!(kind(name), Kind::Scenario(_)))
        })
    }
}

/// Reads the configuration at `path`, and names the files that its passwords come from: they lie beside
/// it where they are not absolute.
pub fn load_config(path: &Path) -> (Result<Settings, Vec<Fault>>, Vec<PathBuf>) {
    let file = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    let secrets = RefCell::new(Vec::new());
    let secret = |name: &str| {
        let path = folder.join(name);
        let bytes = read_regular(&path, MOST_SECRET_BYTES);
        secrets.borrow_mut().push(path);
        String::from_utf8(bytes?).map_err(|_| "not UTF-8".to_string())
    };
    let settings = match read_regular(path, MOST_CONFIG_BYTES) {
        Ok(bytes) => config::read(&file, &bytes, &secret),
        Err(reason) => Err(vec![Fault::new(&file, 1, 1, reason)]),
    };
    (settings, secrets.into_inner())
}

/// Every file of the folder that can be a scenario or rules, with its bytes or the reason why not.
pub fn snapshot(folder: &Path) -> Result<Snapshot, String> {
    let files = contents_of(folder, &|name| kind(name) != Kind::Other)?;
    Ok(Snapshot { files })
}

/// The tests beside the scenarios and the ladders that they keep, by file name.
pub fn tests(folder: &Path) -> Result<BTreeMap<String, Contents>, String> {
    contents_of(folder, &|name| {
        TESTS.iter().any(|end| name.ends_with(end)) && !name.starts_with(['.', '_'])
    })
}

fn contents_of(
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Contents>, String> {
    let told = |error: std::io::Error| format!("the scenario folder cannot be read: {error}");
    let root = fs::canonicalize(folder).map_err(told)?;
    let mut files = BTreeMap::new();
    let mut names = Vec::new();
    for entry in fs::read_dir(&root).map_err(told)? {
        let name = entry.map_err(told)?.file_name();
        // What is not UTF-8 is no scenario's name.
        if let Some(name) = name.to_str()
            && wanted(name)
        {
            names.push(name.to_string());
        }
    }
    if names.len() > MOST_FILES {
        return Err(format!("more than {MOST_FILES} scenarios"));
    }
    for name in names {
        let contents = match contents(&root, &name) {
            Ok(bytes) => Contents::Bytes(bytes),
            // Gone between the listing and the reading; it is not in the folder any more.
            Err(_) if fs::symlink_metadata(root.join(&name)).is_err() => continue,
            Err(reason) => Contents::Refused(reason),
        };
        files.insert(name, contents);
    }
    Ok(files)
}

/// Reads one file. Links may lead elsewhere in the folder, as volumes that are swapped whole do, but
/// not out of it.
fn contents(root: &Path, name: &str) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("cannot be read: {error}");
    let path = fs::canonicalize(root.join(name)).map_err(told)?;
    if !path.starts_with(root) {
        return Err("a link that leads out of the folder".to_string());
    }
    read_regular(&path, MOST_FILE_BYTES)
}

/// Reads a regular file of at most `most` bytes; a FIFO or device is refused without waiting for it.
pub fn read_regular(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("cannot be read: {error}");
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
        .open(path)
        .map_err(told)?;
    let data = file.metadata().map_err(told)?;
    if !data.is_file() {
        return Err("not a regular file".to_string());
    }
    if data.len() > most {
        return Err(format!("larger than {most} bytes"));
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    file.take(most + 1).read_to_end(&mut bytes).map_err(told)?;
    match bytes.len() as u64 > most {
        true => Err(format!("larger than {most} bytes")),
        false => Ok(bytes),
    }
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::Contents;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_what_can_be_a_scenario_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "a.js",
            "b.test.js",
            "_c.js",
            ".d.js",
            "rules.json",
            "readme.md",
        ] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let names: Vec<String> = snapshot(folder.path()).unwrap().files.into_keys().collect();
        assert_eq!(names, ["a.js", "rules.json"]);
    }

    #[test]
    fn special_and_huge_files_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("folder.js")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("fifo.js"), rustix::fs::Mode::RUSR).unwrap();
        fs::File::create(path("huge.js"))
            .unwrap()
            .set_len(100 << 20)
            .unwrap();
        symlink("/dev/zero", path("zero.js")).unwrap();
        symlink("nowhere", path("dangling.js")).unwrap();
        symlink("loop.js", path("loop.js")).unwrap();
        check(
            folder.path(),
            &[
                (
                    "dangling.js",
                    "cannot be read: No such file or directory (os error 2)",
                ),
                ("fifo.js", "not a regular file"),
                ("folder.js", "not a regular file"),
                ("huge.js", "larger than 1048576 bytes"),
                (
                    "loop.js",
                    "cannot be read: Too many levels of symbolic links (os error 40)",
                ),
                ("zero.js", "a link that leads out of the folder"),
            ],
        );
    }

    #[test]
    fn links_inside_the_folder_are_followed_and_others_refused() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("out.js"), "out").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("..one")).unwrap();
        fs::write(path("..one/a.js"), "one").unwrap();
        symlink("..one", path("..data")).unwrap();
        symlink("..data/a.js", path("a.js")).unwrap();
        symlink(outside.path().join("out.js"), path("out.js")).unwrap();
        let files = snapshot(folder.path()).unwrap().files;
        assert_eq!(files["a.js"], Contents::Bytes(b"one".to_vec()));
        assert!(matches!(&files["out.js"], Contents::Refused(_)));
    }

    #[test]
    fn a_missing_a_huge_and_a_special_configuration_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("switchhook.json");
        let fault = || load_config(&config).0.unwrap_err().remove(0).message;
        assert_eq!(
            fault(),
            "cannot be read: No such file or directory (os error 2)"
        );
        fs::create_dir(&config).unwrap();
        assert_eq!(fault(), "not a regular file");
        fs::remove_dir(&config).unwrap();
        fs::write(&config, r#"{"users": {"bob": {"passwordFile": "bob"}}}"#).unwrap();
        assert!(fault().starts_with("bob: cannot be read: No such file"));
        fs::write(folder.path().join("bob"), "x".repeat(5000)).unwrap();
        assert_eq!(fault(), "bob: larger than 4096 bytes");
        fs::write(folder.path().join("bob"), "builder\n").unwrap();
        let (settings, secrets) = load_config(&config);
        assert!(settings.unwrap().has_passwords());
        assert_eq!(secrets, [folder.path().join("bob")]);
    }

    #[track_caller]
    fn check(folder: &Path, refused: &[(&str, &str)]) {
        let files = snapshot(folder).unwrap().files;
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, contents)| match contents {
                Contents::Refused(reason) => (name.as_str(), reason.as_str()),
                Contents::Bytes(bytes) => panic!("{name}: {} bytes", bytes.len()),
            })
            .collect();
        assert_eq!(files, refused);
    }
}

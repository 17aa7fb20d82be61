//! A folder of scenarios with a test, played as the program plays it.

use std::fs;

use switchhook::cli::{self, Reporter, test};
use switchhook::script::program::Scenario;

/// How `switchhook test` ended and what it wrote.
pub fn played(
    files: &[(&str, &str)],
    change: impl FnOnce(&mut cli::Test),
) -> (test::Ended, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let config = folder.path().join("switchhook.json");
    let mut options = cli::Test {
        folder: cli::Folder {
            scenarios: folder.path().to_path_buf(),
            config: config.exists().then_some(config),
        },
        filter: None,
        seed: 1,
        update: false,
        reporter: Reporter::Pretty,
        coverage: None,
        coverage_out: None,
        watch: false,
    };
    change(&mut options);
    let mut out = Vec::new();
    let ended = test::test(&options, Scenario::compile, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let folder = folder.path().display().to_string();
    (ended, text.replace(&folder, "scenarios"))
}

//! What is shipped and shown.

use switchhook::cli::{self, Reporter, test::Ended};

use crate::folder::played;

fn shipped(change: impl FnOnce(&mut cli::Test)) -> (Ended, String) {
    played(&[], |options| {
        options.folder.scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios").into();
        change(options);
    })
}

#[test]
fn the_shipped_tests_pass_with_any_seed() {
    for seed in 1..=3 {
        let (ended, text) = shipped(|options| options.seed = seed);
        assert_eq!(ended, Ended::Passed, "seed {seed}\n{text}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let json = || shipped(|options| options.reporter = Reporter::Json).1;
    assert_eq!(json(), json());
}

#[test]
fn a_filter_plays_the_tests_that_it_names() {
    let (ended, text) =
        shipped(|options| options.filter = Some("transfer.test.js › a busy".into()));
    assert_eq!(ended, Ended::Passed);
    assert!(text.ends_with("\n1 passed\n"), "{text}");
    let (ended, text) = shipped(|options| options.filter = Some("nobody wrote this".into()));
    assert_eq!(ended, Ended::Cannot);
    assert!(text.contains("no tests"), "{text}");
}

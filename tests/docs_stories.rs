//! The stories that the documents name are there.

use std::fs;
use std::path::Path;

#[test]
fn every_story_that_the_page_on_transfers_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/transfers.md")).expect("the page is there");
    let receiving = page
        .split("## ")
        .find(|section| section.starts_with("Receiving a transfer"))
        .expect("the section is there");
    let named = receiving.split('`').skip(1).step_by(2);
    // A story's name has hyphens and nothing else that is not a small letter.
    let names: Vec<&str> = named
        .filter(|name| name.contains('-'))
        .filter(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
        .filter(|name| *name != "early-only")
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let lost: Vec<_> = names
        .iter()
        .filter(|name| !root.join(format!("tests/stories/{name}.story")).exists())
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn every_story_that_the_page_on_codecs_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/codecs.md")).expect("the page is there");
    let lines = page
        .lines()
        .filter_map(|line| line.strip_prefix("Stories: "));
    let names: Vec<&str> = lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        assert!(
            root.join(format!("tests/stories/{name}.story")).exists(),
            "{name}"
        );
    }
}

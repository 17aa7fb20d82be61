//! The stories and scenarios that the documents name are there, and what they show can be read.

use std::fs;
use std::path::{Path, PathBuf};

use switchhook::scenario::Rules;
use switchhook::script::program::Scenario;

#[test]
fn every_page_has_a_scenario_to_run_and_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let named = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.starts_with("scenarios/") && !name.contains('*'))
            .filter(|name| name.ends_with(".js") || name.ends_with(".ts"));
        let named: Vec<&str> = named.collect();
        assert!(!named.is_empty(), "{page:?} names none");
        for name in named {
            assert!(root.join(name).exists(), "{page:?} names {name}");
        }
    }
}

#[test]
fn every_script_that_a_page_shows_compiles_and_uses_nothing_that_is_not_there() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for script in blocks(&text, "js") {
            let scenario = Scenario::compile("page", "page.js", script.as_bytes());
            let scenario = scenario.unwrap_or_else(|fault| panic!("{page:?}: {fault:?}\n{script}"));
            assert_eq!(scenario.unsupported, [], "{page:?}: {script}");
        }
    }
}

#[test]
fn every_setting_that_a_page_shows_is_read() {
    let secret = |_: &str| Ok("secret".to_string());
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for json in blocks(&text, "json") {
            // What the program tells: a call record, a status.
            if json.starts_with("{\"call\"") || json.starts_with("{ \"event\"") {
                assert!(serde_json::from_str::<serde_json::Value>(json).is_ok());
                continue;
            }
            if json.contains("\"ruleName\"") {
                let rules = format!("[{}]", json.trim().trim_matches(['[', ']']));
                let read = Rules::read("rules.json", rules.as_bytes(), &|_| true);
                assert!(read.is_ok(), "{page:?}: {json}");
                continue;
            }
            let whole = match json.starts_with('{') {
                true => json.to_string(),
                false => format!("{{{json}}}"),
            };
            let read = switchhook::config::read("page", whole.as_bytes(), &secret);
            assert!(read.is_ok(), "{page:?}: {json}: {read:?}");
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = fs::read_dir(folder).expect("the documents");
    let files = files.map(|file| file.expect("a file").path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// The blocks of a page that are in this language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = text.split("```").skip(1).step_by(2);
    let start = fence.trim_start_matches('`').len();
    parts
        .filter(|part| format!("```{part}").starts_with(&fence))
        .map(|part| &part[start..])
        .collect()
}

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

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
fn every_shipped_scenario_has_its_tests() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_script = |name: &String| name.ends_with(".js") || name.ends_with(".ts");
    let names: Vec<String> = names.filter(is_script).collect();
    let untested = names.iter().filter(|name| {
        let stem = name.replace(".js", "").replace(".ts", "");
        let tests = [format!("{stem}.test.js"), format!("{stem}.test.ts")];
        !stem.ends_with(".test") && !tests.iter().any(|test| names.contains(test))
    });
    assert_eq!(untested.collect::<Vec<_>>(), Vec::<&String>::new());
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

/// The README's test, with the shipped transfer.js.
#[test]
fn what_the_readme_shows_is_so() {
    let readme = include_str!("../../README.md");
    let mut blocks = readme.split("```js\n");
    let shown = blocks.find(|block| block.starts_with("test(")).unwrap();
    let shown = shown.split("```").next().unwrap();
    let transfer = include_str!("../../scenarios/transfer.js");
    let (ended, text) = played(&[("transfer.js", transfer), ("a.test.js", shown)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

/// The scenario of each of these pages, with its test.
#[test]
fn what_the_pages_show_is_so() {
    for page in [
        include_str!("../../docs/http.md"),
        include_str!("../../docs/storage.md"),
    ] {
        let blocks = page.split("```js\n").skip(1);
        let blocks = blocks.filter_map(|block| block.split("```").next());
        let (tests, scenarios): (Vec<&str>, Vec<&str>) =
            blocks.partition(|block| block.starts_with("test("));
        let ([test], [scenario, ..]) = (&tests[..], &scenarios[..]) else {
            panic!("{} tests", tests.len())
        };
        let files = [("a.js", *scenario), ("a.test.js", *test)];
        let (ended, text) = played(&files, |_| {});
        assert_eq!(ended, Ended::Passed, "{text}");
        // What an author sees who forgets the server.
        if let Some(shown) = page.split("```\n").find(|block| block.starts_with("a.js:")) {
            let deaf = test.replace("https://crm.example/agents\").reply", "https://h/\").reply");
            let (ended, text) = played(&[files[0], ("a.test.js", &deaf)], |_| {});
            assert_eq!(ended, Ended::Failed);
            assert!(text.contains(shown), "{text}");
        }
    }
}

/// The tests of these pages, with the shipped scenarios that they are about.
#[test]
fn what_the_pages_show_of_the_shipped_scenarios_is_so() {
    for (page, name, scenario) in [
        (
            include_str!("../../docs/recognising.md"),
            "recognise.js",
            include_str!("../../scenarios/recognise.js"),
        ),
        (
            include_str!("../../docs/websockets.md"),
            "voice-agent.js",
            include_str!("../../scenarios/voice-agent.js"),
        ),
    ] {
        let blocks = page.split("```js\n").skip(1);
        let blocks = blocks.filter_map(|block| block.split("```").next());
        let mut tests = blocks.filter(|block| block.starts_with("test("));
        let test = tests.find(|test| test.contains("call(\"70"));
        let test = test.expect("a test that dials what the shipped rules name");
        let (ended, text) = played(&[(name, scenario), ("a.test.js", test)], |_| {});
        assert_eq!(ended, Ended::Passed, "{text}");
    }
}

/// The first scenario of the guide, its rules, and each of its tests, as a reader would type them in.
#[test]
fn what_the_guide_shows_is_so() {
    let guide = include_str!("../../docs/testing.md");
    let blocks = |kind: &str| -> Vec<&str> {
        let fence = format!("```{kind}\n");
        let mut parts = guide.split("```");
        let of_kind = parts.by_ref().skip(1).step_by(2);
        let of_kind = of_kind.filter(|block| format!("```{block}").starts_with(&fence));
        of_kind.map(|block| &block[kind.len() + 1..]).collect()
    };
    let tests: Vec<&str> = blocks("js")
        .into_iter()
        .filter(|block| block.starts_with("test("))
        .collect();
    let scenario = blocks("js")
        .into_iter()
        .find(|block| block.starts_with("Vox"))
        .unwrap();
    let rules = blocks("json")[0];
    assert_eq!(tests.len(), 5);
    let sample = include_str!("../guides/call-transfer-user.js");
    let (ended, text) = played(&[("guide.js", sample), ("guide.test.js", tests[0])], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
    let tests = &tests[1..];

    let (ended, text) = played(
        &[
            ("desk.js", scenario),
            ("rules.json", rules),
            ("desk.test.js", tests[0]),
        ],
        |_| {},
    );
    assert_eq!(ended, Ended::Passed);
    assert!(
        guide.contains(&format!("$ switchhook test\n{text}")),
        "{text}"
    );

    let files = [
        ("desk.js", scenario),
        ("rules.json", rules),
        ("desk.test.js", tests[0]),
    ];
    let (_, text) = played(&files, |options| {
        options.coverage = Some(cli::CoverageForm::Text);
    });
    let (_, covered) = text.split_once("lines that ran").unwrap();
    assert!(
        guide.contains(&format!("lines that ran{covered}```")),
        "{text}"
    );

    let mute = scenario.replace("    VoxEngine.sendMediaBetween(call, callee);\n", "");
    let (ended, text) = played(
        &[
            ("desk.js", &mute),
            ("rules.json", rules),
            ("desk.test.js", tests[0]),
        ],
        |_| {},
    );
    assert_eq!(ended, Ended::Failed);
    let shown = guide
        .split("```\n")
        .find(|block| block.contains("FAIL"))
        .unwrap();
    let shown = shown.strip_suffix("    …\n").unwrap();
    assert!(text.starts_with(shown), "{text}");

    // As the guide says of the second: whoever was dialled is called, bob for 1000.
    let dialled = scenario
        .replace(
            "callerid, displayName })",
            "destination, callerid, displayName })",
        )
        .replace(
            "username: \"bob\"",
            "username: destination === \"1000\" ? \"bob\" : destination",
        );
    let rules = rules.replace("1000", "1000|carol");
    for test in &tests[1..] {
        let (ended, text) = played(
            &[
                ("desk.js", &dialled),
                ("rules.json", &rules),
                ("desk.test.js", test),
            ],
            |_| {},
        );
        assert_eq!(ended, Ended::Passed, "{text}");
    }
}

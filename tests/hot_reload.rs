//! Hot reload on real files: what is written into the folder is what new calls run, soon and whole.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use switchhook::io::folder::{Folder, Paths};
use switchhook::io::watch::{self, News, Pace, Watch};
use switchhook::scenario::Catalog;
use switchhook::script;
use switchhook::script::fault::FaultKind;
use switchhook::script::program::Scenario;
use switchhook::settings::Settings;
use tempfile::TempDir;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_renamed_file_is_live_within_a_second() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    bench.expect("100", "a 1;");
    at_its_best(Duration::from_secs(1), |n| {
        let version = format!("{};", n + 2);
        let start = Instant::now();
        bench.replace("a.js", &version);
        bench.expect("100", &format!("a {version}"));
        start.elapsed()
    });
}

/// Tries until it takes less than that once: a busy machine has its better moments, what is slow is slow each time.
fn at_its_best(limit: Duration, mut go: impl FnMut(usize) -> Duration) {
    let took: Vec<Duration> = (0..20)
        .map(&mut go)
        .take_while(|took| *took >= limit)
        .collect();
    assert!(took.len() < 20, "{took:?}");
}

#[test]
fn a_faulty_version_leaves_the_last_good_one_in_use() {
    let mut bench = Bench::new(&[("a.js", "1;"), ("b.js", "1;"), ("rules.json", RULES)]);
    bench.write("a.js", "oops");
    bench.write("b.js", "2;");
    bench.expect("200", "b 2;");
    bench.expect("100", "a 1;");
    bench.write("a.js", "3;");
    bench.expect("100", "a 3;");
}

#[test]
fn a_file_that_is_still_being_written_to_is_not_read() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    let mut file = fs::File::create(bench.path("a.js")).unwrap();
    for part in ["2", "22", "222", "2222"] {
        file.write_all(part.as_bytes()).unwrap();
        bench.nothing_new_for(Duration::from_millis(150));
    }
    file.write_all(b";").unwrap();
    drop(file);
    bench.expect("100", "a 2222222222;");
    assert_eq!(
        bench.catalogs, 2,
        "one at the start, one for the whole file"
    );
}

#[test]
fn a_thousand_writes_are_few_reloads() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    let start = Instant::now();
    for n in 0..1000 {
        bench.write("a.js", &format!("{n};"));
    }
    bench.expect("100", "a 999;");
    bench.assert_few_reloads(start);
}

#[test]
fn a_burst_over_many_files_ends_with_all_of_them_live() {
    let scenarios: Vec<String> = (0..200).map(|n| format!("\"s{n}\"")).collect();
    let rules = format!(
        r#"[{{"ruleName": "all", "scenarios": [{}]}}]"#,
        scenarios.join(",")
    );
    let mut files: Vec<(String, String)> = (0..200)
        .map(|n| (format!("s{n}.js"), "0;".to_string()))
        .collect();
    files.push(("rules.json".to_string(), rules));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let mut bench = Bench::new(&files);
    at_its_best(Duration::from_secs(2), |burst| {
        let start = Instant::now();
        bench.catalogs = 0;
        let last = burst * 5 + 5;
        for round in burst * 5 + 1..=last {
            for n in 0..200 {
                bench.replace(&format!("s{n}.js"), &format!("{round};"));
            }
        }
        let written = Instant::now();
        let all: Vec<String> = (0..200).map(|n| format!("s{n} {last};")).collect();
        bench.expect("100", &all.join(" "));
        bench.assert_few_reloads(start);
        written.elapsed()
    });
}

#[test]
fn a_volume_that_is_swapped_whole_is_read_anew() {
    let mut bench = Bench::new(&[]);
    for (version, text) in [("..one", "1;"), ("..two", "2;")] {
        fs::create_dir(bench.path(version)).unwrap();
        fs::write(bench.path(version).join("a.js"), text).unwrap();
    }
    symlink("..one", bench.path("..data")).unwrap();
    symlink("..data/a.js", bench.path("a.js")).unwrap();
    bench.expect("100", "a 1;");
    symlink("..two", bench.path("..new")).unwrap();
    fs::rename(bench.path("..new"), bench.path("..data")).unwrap();
    bench.expect("100", "a 2;");
}

#[test]
fn a_folder_that_is_itself_a_link_may_be_swapped() {
    let place = tempfile::tempdir().unwrap();
    for (version, text) in [("one", "1;"), ("two", "2;")] {
        fs::create_dir(place.path().join(version)).unwrap();
        fs::write(place.path().join(version).join("a.js"), text).unwrap();
    }
    symlink("one", place.path().join("scenarios")).unwrap();
    let mut bench = Bench::watch(place);
    bench.expect("100", "a 1;");
    symlink("two", bench.place.path().join("new")).unwrap();
    fs::rename(bench.place.path().join("new"), bench.path("")).unwrap();
    bench.expect("100", "a 2;");
    bench.write("a.js", "3;");
    bench.expect("100", "a 3;");
}

#[test]
fn a_folder_deleted_and_made_anew_is_picked_up() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    fs::remove_dir_all(bench.path("")).unwrap();
    bench.nothing_new_for(Duration::from_millis(300));
    bench.expect("100", "a 1;");
    fs::create_dir(bench.path("")).unwrap();
    bench.write("a.js", "2;");
    bench.expect("100", "a 2;");
    bench.write("a.js", "3;");
    bench.expect("100", "a 3;");
}

#[test]
fn a_deleted_scenario_stays_in_use_until_no_rule_names_it() {
    let mut bench = Bench::new(&[("a.js", "1;"), ("b.js", "1;"), ("rules.json", RULES)]);
    fs::remove_file(bench.path("a.js")).unwrap();
    bench.write("b.js", "2;");
    bench.expect("200", "b 2;");
    bench.expect("100", "a 1;");
    bench.write(
        "rules.json",
        r#"[{"ruleName": "rest", "scenarios": ["b"]}]"#,
    );
    bench.expect("100", "b 2;");
    assert_eq!(bench.catalog.scenarios().count(), 1);
}

#[test]
fn rules_and_the_scenario_that_they_name_go_live_together() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    bench.write("b.js", "1;");
    bench.write("rules.json", RULES);
    bench.expect("200", "b 1;");
    bench.expect("100", "a 1;");
}

#[test]
fn a_fifo_a_folder_and_a_huge_file_hold_nothing_up() {
    let mut bench = Bench::new(&[
        ("a.js", "1;"),
        ("rules.json", r#"[{"ruleName": "x", "scenarios": ["a"]}]"#),
    ]);
    rustix::fs::mkfifoat(rustix::fs::CWD, bench.path("b.js"), rustix::fs::Mode::RUSR).unwrap();
    fs::create_dir(bench.path("c.js")).unwrap();
    fs::File::create(bench.path("d.js"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    bench.write("a.js", "2;");
    bench.expect("100", "a 2;");
}

#[test]
fn the_configuration_and_its_password_files_are_watched() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    let config = bench.place.path().join("switchhook.json");
    let secret = bench.place.path().join("secrets");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("bob"), "one").unwrap();
    fs::write(
        &config,
        r#"{"users": {"bob": {"passwordFile": "secrets/bob"}}}"#,
    )
    .unwrap();
    bench.expect_settings(|settings| password(settings) == Some("one"));
    fs::write(secret.join("bob"), "two").unwrap();
    bench.expect_settings(|settings| password(settings) == Some("two"));
    fs::write(&config, r#"{"users": {"bob": {}}}"#).unwrap();
    bench.nothing_new_for(Duration::from_millis(400));
    fs::write(&config, r#"{"domain": "pbx.example"}"#).unwrap();
    bench.expect_settings(|settings| settings.domain.as_deref() == Some("pbx.example"));
}

#[test]
fn old_versions_are_freed_when_nobody_runs_them() {
    let mut bench = Bench::new(&[("a.js", "1;")]);
    let running = bench.catalog.route("100").unwrap().program;
    let old = Arc::downgrade(&running);
    bench.write("a.js", "2;");
    bench.expect("100", "a 2;");
    assert_eq!(running.scenarios[0].version, "1;");
    drop(running);
    assert!(old.upgrade().is_none());
}

const RULES: &str = r#"[
  {"ruleName": "one", "rulePattern": "1.*", "scenarios": ["a"]},
  {"ruleName": "rest", "scenarios": ["b"]}
]"#;

/// A folder that is watched, and what came of it so far.
struct Bench {
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
    catalogs: usize,
    news: Receiver<News>,
    _watch: Watch,
    place: TempDir,
}

impl Bench {
    fn new(files: &[(&str, &str)]) -> Bench {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("scenarios")).unwrap();
        for (name, text) in files {
            fs::write(place.path().join("scenarios").join(name), text).unwrap();
        }
        Bench::watch(place)
    }

    fn watch(place: TempDir) -> Bench {
        let paths = Paths {
            scenarios: place.path().join("scenarios"),
            config: place.path().join("switchhook.json"),
            config_named: false,
        };
        let (folder, first) = Folder::open(paths, compile).unwrap();
        let pace = Pace {
            look: Duration::from_millis(200),
            ..Pace::default()
        };
        let (tell, news) = channel();
        Bench {
            catalog: folder.catalog().clone(),
            settings: folder.settings().clone(),
            catalogs: first.catalog.iter().count(),
            _watch: watch::start(folder, pace, move |news| drop(tell.send(news))).unwrap(),
            news,
            place,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        match name {
            "" => self.place.path().join("scenarios"),
            name => self.place.path().join("scenarios").join(name),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// As careful editors do: a new file under the old name.
    fn replace(&self, name: &str, text: &str) {
        let aside = self.place.path().join("aside");
        fs::write(&aside, text).unwrap();
        fs::rename(&aside, self.path(name)).unwrap();
    }

    /// Waits until a call to `number` would run these scenarios in these versions.
    #[track_caller]
    fn expect(&mut self, number: &str, program: &str) {
        let deadline = Instant::now() + PATIENCE;
        while runs(&self.catalog, number) != program {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.news.recv_timeout(left) {
                Ok(news) => self.take(news),
                Err(_) => assert_eq!(runs(&self.catalog, number), program),
            }
        }
    }

    #[track_caller]
    fn expect_settings(&mut self, wanted: impl Fn(&Settings) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.settings) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.news.recv_timeout(left) {
                Ok(news) => self.take(news),
                Err(_) => panic!("{:?}", self.settings),
            }
        }
    }

    /// A thousand writes that take no time are a few; on a busy machine one may come each time it is quiet.
    #[track_caller]
    fn assert_few_reloads(&self, start: Instant) {
        let quiet = Pace::default().quiet;
        let most = 20 + (start.elapsed().as_millis() / quiet.as_millis()) as usize;
        assert!(self.catalogs < most, "{} reloads", self.catalogs);
    }

    #[track_caller]
    fn nothing_new_for(&mut self, time: Duration) {
        if let Ok(news) = self.news.recv_timeout(time) {
            panic!("{news:?}");
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Catalog(catalog) => {
                self.catalogs += 1;
                self.catalog = catalog;
            }
            News::Settings(settings) => self.settings = settings,
        }
    }
}

fn runs(catalog: &Catalog, number: &str) -> String {
    let Ok(route) = catalog.route(number) else {
        return "nothing".to_string();
    };
    let scenarios = route.program.scenarios.iter();
    let scenarios: Vec<String> = scenarios
        .map(|scenario| format!("{} {}", scenario.name, scenario.version))
        .collect();
    scenarios.join(" ")
}

fn password(settings: &Settings) -> Option<&str> {
    Some(settings.users.get("bob")?.password.as_ref()?.reveal())
}

/// A text that ends with `;` is whole, and is its own version.
fn compile(name: &str, file: &str, source: &[u8]) -> Result<Scenario, script::Fault> {
    let text = String::from_utf8(source.to_vec()).unwrap();
    if !text.ends_with(';') {
        return Err(script::Fault {
            kind: FaultKind::Syntax,
            message: "not whole".to_string(),
            place: None,
            stack: String::new(),
        });
    }
    Ok(Scenario {
        name: name.to_string(),
        file: Path::new(file).display().to_string(),
        version: text,
        bytecode: Default::default(),
        unsupported: Vec::new(),
    })
}

/// The only test with the real engine: what an editor does to a scenario in a minute.
#[test]
fn a_real_scenario_is_edited_broken_and_mended() {
    let place = tempfile::tempdir().unwrap();
    let scenarios = place.path().join("scenarios");
    fs::create_dir(&scenarios).unwrap();
    let write = |text: &str| fs::write(scenarios.join("a.js"), text).unwrap();
    write("VoxEngine.forwardCallToUser();");
    let paths = Paths::new(scenarios.clone(), None);
    let (mut folder, _) = Folder::open(paths, Scenario::compile).unwrap();
    let version = |folder: &Folder| {
        let program = folder.catalog().route("100").unwrap().program;
        program.scenarios[0].version.clone()
    };
    let first = version(&folder);

    write("VoxEngine.forwardCallToUser(;");
    let reading = folder.read();
    let fault = reading.faults[0].to_string();
    assert!(fault.contains("a.js:1:29: SyntaxError"), "{fault}");
    assert_eq!(version(&folder), first);

    fs::write(scenarios.join("a.js"), b"// \xff\n").unwrap();
    let fault = folder.read().faults[0].to_string();
    assert!(fault.ends_with("is not UTF-8"), "{fault}");
    write(&"x".repeat(300_000));
    let fault = folder.read().faults[0].to_string();
    assert!(fault.contains("262144 characters"), "{fault}");
    assert_eq!(version(&folder), first);

    write("VoxEngine.forwardCallToUser();\n");
    assert!(folder.read().catalog.is_some());
    assert_ne!(version(&folder), first);
}

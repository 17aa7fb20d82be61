//! `switchhook test --watch`: a change plays the tests that it concerns.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use switchhook::cli::test::watch::watch;
use switchhook::cli::{self, Reporter};
use switchhook::script::program::Scenario;

/// A machine may be busy; a change is seen within a second.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells what was written, a round at a time.
struct Pipe {
    text: Vec<u8>,
    rounds: Sender<String>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        let _ = self.rounds.send(String::from_utf8(text).unwrap());
        Ok(())
    }
}

const FORWARD: &str = "VoxEngine.forwardCallToUser();\n";

fn test_of(number: &str) -> String {
    format!(
        "test('it rings', async (t) => {{\n  t.phone('bob', {{ user: '{number}' }});\n  expect((await \
         t.phone('alice').call('{number}')).state).toBe('ringing');\n}});\n"
    )
}

fn rules(names: [&str; 2]) -> String {
    format!(
        r#"[{{"ruleName": "{}", "rulePattern": "1", "scenarios": ["one"]}},
            {{"ruleName": "{}", "rulePattern": "2", "scenarios": ["two"]}}]"#,
        names[0], names[1]
    )
}

fn next(rounds: &Receiver<String>) -> String {
    rounds.recv_timeout(PATIENCE).expect("a round is played")
}

/// The watch on a folder with two scenarios and a test of each.
fn watched(
    folder: &Path,
    is_terminal: bool,
    act: impl FnOnce(&Receiver<String>, &dyn Fn(&str, &str)),
) {
    // At once, as careful editors do: nobody sees half a file.
    let aside = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let new = aside.path().join(name);
        fs::write(&new, text).unwrap();
        fs::rename(&new, folder.join(name)).unwrap();
    };
    write("one.js", FORWARD);
    write("two.js", FORWARD);
    write("one.test.js", &test_of("1"));
    write("two.test.js", &test_of("2"));
    write("rules.json", &rules(["a", "b"]));
    let options = cli::Test {
        folder: cli::Folder {
            scenarios: folder.to_path_buf(),
            config: None,
        },
        filter: None,
        seed: 1,
        update: false,
        reporter: Reporter::Pretty,
        coverage: None,
        coverage_out: None,
        watch: true,
    };
    let (tell, rounds) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let watching = thread::spawn(move || {
        let mut pipe = Pipe {
            text: Vec::new(),
            rounds: tell,
        };
        watch(
            &options,
            Scenario::compile,
            is_terminal,
            &stopped,
            &mut pipe,
        )
    });
    act(&rounds, &write);
    stop.store(true, Ordering::Release);
    write("one.js", "Logger.write('the end');\n");
    watching.join().unwrap().unwrap();
}

#[test]
fn a_change_plays_the_tests_that_it_concerns_and_a_fault_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    watched(folder.path(), false, |rounds, write| {
        let both = |text: &str| text.contains("one.test.js") && text.contains("two.test.js");
        let text = next(rounds);
        assert!(both(&text) && text.contains("2 passed"), "{text}");
        assert!(!text.contains('\x1b'));

        write("two.js", "VoxEngine.forwardCallToUser(); // as before\n");
        let text = next(rounds);
        assert!(!both(&text) && text.starts_with("two.test.js\n"), "{text}");

        write("one.js", "let = = 2;\n");
        let text = next(rounds);
        assert!(
            text.contains("one.js:1:7: ") && !text.contains("passed"),
            "{text}"
        );

        write(
            "one.js",
            "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => call.reject(486));\n",
        );
        let text = next(rounds);
        assert!(!both(&text) && text.starts_with("one.test.js\n"), "{text}");
        assert!(text.contains("0 passed, 1 failed"), "{text}");

        write("one.js", FORWARD);
        assert!(next(rounds).contains("1 passed"));

        write("two.test.js", "test('nothing', () => {});\n");
        let text = next(rounds);
        assert!(!both(&text) && text.starts_with("two.test.js\n"), "{text}");

        write("rules.json", &rules(["a", "c"]));
        let text = next(rounds);
        assert!(both(&text), "{text}");
    });
}

#[test]
fn a_terminal_is_cleared_before_each_round() {
    let folder = tempfile::tempdir().unwrap();
    watched(folder.path(), true, |rounds, _| {
        assert!(next(rounds).starts_with("\x1b[2J"));
    });
}

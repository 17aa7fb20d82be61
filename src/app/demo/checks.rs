//! What the demonstration prints besides the ladder: its acts, and a tick or a cross for each check.

use std::io::{IsTerminal, Write, stdout};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

/// The checks so far.
pub(super) struct Checks {
    began: Instant,
    held: usize,
    failed: usize,
    colours: bool,
}

impl Checks {
    pub(super) fn begin(scenarios: &Path, server: SocketAddr) -> Checks {
        let checks = Checks {
            began: Instant::now(),
            held: 0,
            failed: 0,
            colours: stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        checks.print(&format!(
            "\n  {} answers on {server} with the scenarios of {}.\n  Three phones are on the line: alice, bob and carol.\n",
            checks.bold("switchhook"),
            scenarios.display(),
        ));
        checks
    }

    /// What happens next.
    pub(super) fn act(&self, what: &str) {
        self.print(&format!("\n  {}\n", self.bold(what)));
    }

    pub(super) fn that(&mut self, what: &str, holds: bool) {
        let mark = match holds {
            true => {
                self.held += 1;
                self.paint("32", "✓")
            }
            false => {
                self.failed += 1;
                self.paint("31", "✗")
            }
        };
        self.print(&format!("    {mark} {what}"));
    }

    /// Whether all held; the last words.
    pub(super) fn verdict(&self) -> bool {
        let (held, failed, took) = (self.held, self.failed, self.began.elapsed().as_secs_f64());
        self.print(&match failed {
            0 => format!(
                "\n  {} in {took:.1} s. Next: put a .js file into scenarios/, run `switchhook serve`, and call it.\n",
                self.paint("32", &format!("All {held} checks held")),
            ),
            _ => format!(
                "\n  {} of {} after {took:.1} s. `switchhook demo -v` shows what the program says about it.\n",
                self.paint("31", &format!("{failed} checks failed")),
                held + failed,
            ),
        });
        failed == 0
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.colours {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }

    fn print(&self, text: &str) {
        // A reader that has gone away misses the rest; the exit code still tells.
        let _ = writeln!(stdout(), "{text}");
    }
}

//! `switchhook journal`: a recorded session as people read it.

use std::io::{self, Write};
use std::path::Path;

use crate::io::folder::read_regular;
use crate::journal::file::{self, Recording};
use crate::replay::ladder::Lines;

/// The file, or why it cannot be read, with its line.
pub fn open(path: &Path) -> Result<Recording, String> {
    let told = |reason: String| format!("{}: {reason}", path.display());
    let bytes = read_regular(path, file::MOST_BYTES as u64).map_err(told)?;
    file::read(&bytes).map_err(|fault| format!("{}:{fault}", path.display()))
}

/// Prints who said what, with what the script was told, did and logged; `false` where it is no journal.
pub fn journal(path: &Path, out: &mut impl Write) -> io::Result<bool> {
    let recording = match open(path) {
        Ok(recording) => recording,
        Err(reason) => {
            writeln!(out, "{reason}")?;
            return Ok(false);
        }
    };
    for failure in &recording.failures {
        writeln!(out, "failed: {}", one_line(failure))?;
    }
    let mut lines = Lines::new(&recording);
    for (at, entry) in &recording.entries {
        lines.entry(*at, entry);
    }
    for (_, line) in lines.finish() {
        writeln!(out, "{line}")?;
    }
    if recording.left_out > 0 {
        writeln!(
            out,
            "the journal was full: {} entries are left out",
            recording.left_out
        )?;
    }
    Ok(true)
}

/// What a stranger's file says cannot reach the terminal as anything but text.
pub fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}

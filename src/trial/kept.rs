//! Ladders that are kept beside a test file, `NAME.test.ladders`: text that people read and reviewers see change.
//!
//! ```text
//! # a busy target keeps the old call
//! 00.000  alice      ─▸ switchhook  INVITE sip:1000@switchhook
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

/// By the name of the test, in the order in which it looks at them.
pub type Kept = BTreeMap<String, Vec<String>>;

/// The name of the file beside a test file.
pub fn file_of(test_file: &str) -> String {
    let mut stems = [".js", ".ts"]
        .iter()
        .filter_map(|ending| test_file.strip_suffix(ending));
    let stem = stems.next().unwrap_or(test_file);
    format!("{stem}.ladders")
}

pub fn read(text: &str) -> Kept {
    let mut kept = Kept::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            kept.entry(title.to_string())
                .or_default()
                .push(String::new());
            name = Some(title.to_string());
        } else if let Some(ladders) = name.as_ref().and_then(|name| kept.get_mut(name))
            && let Some(ladder) = ladders.last_mut()
            && !line.is_empty()
        {
            ladder.push_str(line);
            ladder.push('\n');
        }
    }
    kept
}

pub fn write(kept: &Kept) -> String {
    let mut text = String::new();
    for (name, ladders) in kept {
        for ladder in ladders {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{gap}# {name}\n{ladder}");
        }
    }
    text
}

/// A test's name as a title: one line.
pub fn title(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.collect::<String>().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let kept = Kept::from([
            (
                "a".to_string(),
                vec!["1\n2\n".to_string(), "3\n".to_string()],
            ),
            ("b # c".to_string(), vec!["4\n".to_string()]),
        ]);
        assert_eq!(write(&kept), "# a\n1\n2\n\n# a\n3\n\n# b # c\n4\n");
        assert_eq!(read(&write(&kept)), kept);
        assert_eq!(read("no title\n"), Kept::new());
    }
}

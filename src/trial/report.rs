//! What became of the tests, for people and for machines. The same outcomes give the same bytes.

use std::fmt::Write;

use serde_json::json;

use super::outcome::{Failure, Outcome, Verdict};

/// For people: a line for each test, and of each that failed all that is known.
pub fn pretty(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut file = "";
    for outcome in outcomes {
        if outcome.file != file {
            file = &outcome.file;
            let _ = writeln!(text, "{file}");
        }
        let mark = match outcome.verdict {
            Verdict::Passed => "ok  ",
            Verdict::Skipped => "skip",
            Verdict::Failed(_) => "FAIL",
        };
        let seconds = outcome.lasted.as_secs_f64();
        let lasted = match outcome.verdict {
            Verdict::Skipped => String::new(),
            Verdict::Passed | Verdict::Failed(_) => format!("  {seconds:.2} s"),
        };
        let _ = writeln!(text, "  {mark}  {}{lasted}", title(outcome));
    }
    for outcome in outcomes {
        if let Some(failure) = outcome.failure() {
            let _ = writeln!(text, "\n{} › {}", outcome.file, title(outcome));
            let _ = writeln!(text, "{}", indented(&told(failure), "  "));
            if !failure.ladder.is_empty() {
                let _ = writeln!(text, "\n{}", indented(&failure.ladder, "    "));
            }
        }
    }
    let (passed, skipped, failed) = counts(outcomes);
    let mut sum = format!("{passed} passed");
    for (count, what) in [(failed, "failed"), (skipped, "skipped")] {
        if count > 0 {
            let _ = write!(sum, ", {count} {what}");
        }
    }
    let _ = writeln!(text, "\n{sum}");
    text
}

/// One JSON object a line: each test, then the sum. Times are in seconds of the world.
pub fn json(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let verdict = match outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Skipped => "skipped",
            Verdict::Failed(_) => "failed",
        };
        let mut line = json!({
            "file": outcome.file, "name": outcome.name, "verdict": verdict,
            "lastedS": outcome.lasted.as_secs_f64(),
        });
        if let Some(failure) = outcome.failure() {
            line["message"] = json!(failure.message);
            line["place"] = json!(failure.place);
            line["ladder"] = json!(failure.ladder.lines().collect::<Vec<_>>());
        }
        let _ = writeln!(text, "{line}");
    }
    let (passed, skipped, failed) = counts(outcomes);
    let sum = json!({"passed": passed, "failed": failed, "skipped": skipped});
    let _ = writeln!(text, "{sum}");
    text
}

/// The XML that CI servers read: a suite for each file.
pub fn junit(outcomes: &[Outcome]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (_, skipped, failed) = counts(outcomes);
    let sum = outcomes.len();
    let _ = writeln!(
        text,
        "<testsuites tests=\"{sum}\" failures=\"{failed}\" skipped=\"{skipped}\">"
    );
    for suite in outcomes.chunk_by(|one, other| one.file == other.file) {
        let (_, skipped, failed) = counts(suite);
        let (file, sum) = (escaped(&suite[0].file), suite.len());
        let _ = writeln!(
            text,
            "  <testsuite name=\"{file}\" tests=\"{sum}\" failures=\"{failed}\" skipped=\"{skipped}\">"
        );
        for outcome in suite {
            let (name, seconds) = (escaped(title(outcome)), outcome.lasted.as_secs_f64());
            let _ = write!(
                text,
                "    <testcase classname=\"{file}\" name=\"{name}\" time=\"{seconds:.3}\""
            );
            let _ = match &outcome.verdict {
                Verdict::Passed => writeln!(text, "/>"),
                Verdict::Skipped => writeln!(text, "><skipped/></testcase>"),
                Verdict::Failed(failure) => {
                    let message = failure.message.lines().next().unwrap_or_default();
                    let all = format!("{}\n\n{}", told(failure), failure.ladder);
                    writeln!(
                        text,
                        "><failure message=\"{}\">{}</failure></testcase>",
                        escaped(message),
                        escaped(&all)
                    )
                }
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// A file that could not be run has no tests to name.
fn title(outcome: &Outcome) -> &str {
    match outcome.name.as_str() {
        "" => "(the file itself)",
        name => name,
    }
}

fn told(failure: &Failure) -> String {
    match &failure.place {
        Some(place) => format!("{place}\n{}", failure.message),
        None => failure.message.clone(),
    }
}

fn counts(outcomes: &[Outcome]) -> (usize, usize, usize) {
    let count = |fits: fn(&Verdict) -> bool| {
        let outcomes = outcomes.iter();
        outcomes.filter(|outcome| fits(&outcome.verdict)).count()
    };
    (
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Skipped)),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
    )
}

fn indented(text: &str, by: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| format!("{by}{}", plain(line)))
        .collect();
    lines.join("\n")
}

/// What a test writes cannot steer a terminal.
fn plain(line: &str) -> String {
    line.chars()
        .map(|c| if c.is_control() && c != '\t' { '·' } else { c })
        .collect()
}

/// For XML 1.0, which cannot say control characters at all.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('·'),
            c => escaped.push(c),
        }
    }
    escaped
}

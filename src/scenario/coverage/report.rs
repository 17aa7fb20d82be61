//! Coverage for people, and in the form that CI servers and editors read (lcov).

use std::fmt::Write;

use super::{Coverage, Line};

/// Places of one file that are named; behind them is more of the same.
const MOST_NAMED: usize = 20;

/// A line for each file: how many of its lines ran, which never did, and which did in part only.
pub fn text(coverage: &Coverage) -> String {
    let mut text = String::from("lines that ran\n");
    let names = coverage.files.keys().map(|file| file.chars().count());
    let width = names.max().unwrap_or(0);
    for (file, lines) in &coverage.files {
        let ran = lines.iter().filter(|line| line.times() > 0).count();
        let percent = (100 * ran).checked_div(lines.len()).unwrap_or(100);
        let _ = write!(
            text,
            "  {file:width$}  {ran:>2} of {:<2} {percent:>3} %",
            lines.len()
        );
        for (what, places) in [("never", never(lines)), ("in part", in_part(lines))] {
            if !places.is_empty() {
                let _ = write!(text, " · {what}: {}", named(&places));
            }
        }
        text.push('\n');
    }
    text
}

/// `folder` stands before the names of the files.
pub fn lcov(coverage: &Coverage, folder: &str) -> String {
    let mut text = String::new();
    for (file, lines) in &coverage.files {
        let plain: String = format!("{folder}/{file}")
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        let _ = writeln!(text, "TN:\nSF:{plain}");
        let (mut found, mut hit) = (0, 0);
        for line in lines.iter().filter(|line| line.spots.len() > 1) {
            for (nth, (_, times)) in line.spots.iter().enumerate() {
                let taken = match line.times() {
                    0 => "-".to_string(),
                    _ => times.to_string(),
                };
                let _ = writeln!(text, "BRDA:{},0,{nth},{taken}", line.line);
                found += 1;
                hit += u64::from(*times > 0);
            }
        }
        let _ = writeln!(text, "BRF:{found}\nBRH:{hit}");
        for line in lines {
            let _ = writeln!(text, "DA:{},{}", line.line, line.times());
        }
        let ran = lines.iter().filter(|line| line.times() > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{ran}\nend_of_record", lines.len());
    }
    text
}

/// One JSON object for each file.
pub fn json(coverage: &Coverage) -> String {
    let mut text = String::new();
    for (file, lines) in &coverage.files {
        let never: Vec<u32> = lines
            .iter()
            .filter(|line| line.times() == 0)
            .map(|line| line.line)
            .collect();
        let part: Vec<[u32; 2]> = lines
            .iter()
            .filter_map(|line| Some([line.line, line.missing()?]))
            .collect();
        let told = serde_json::json!({
            "file": file, "lines": lines.len(), "ran": lines.len() - never.len(), "never": never, "inPart": part,
        });
        let _ = writeln!(text, "{told}");
    }
    text
}

/// Lines that never ran, those without one between them that did as one range.
fn never(lines: &[Line]) -> Vec<String> {
    let runs = lines.chunk_by(|one, other| (one.times() == 0) == (other.times() == 0));
    let never = runs.filter_map(|run| {
        let (first, last) = (run.first()?, run.last()?);
        let range = match first.line == last.line {
            true => first.line.to_string(),
            false => format!("{}–{}", first.line, last.line),
        };
        (first.times() == 0).then_some(range)
    });
    never.collect()
}

/// The places on lines that ran at which something never did.
fn in_part(lines: &[Line]) -> Vec<String> {
    let missing = lines.iter().filter_map(|line| {
        let column = line.missing()?;
        Some(format!("{}:{column}", line.line))
    });
    missing.collect()
}

fn named(places: &[String]) -> String {
    let more = match places.len() > MOST_NAMED {
        true => ", …",
        false => "",
    };
    let shown: Vec<&str> = places.iter().take(MOST_NAMED).map(String::as_str).collect();
    format!("{}{more}", shown.join(", "))
}

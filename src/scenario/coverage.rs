//! Which lines of the scenarios ran: their source is marked before it is compiled, the isolates count, and what
//! they counted is told by line. Scenarios that answer calls are never marked.

pub mod report;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::scenario::Catalog;
use crate::scenario::syntax::points::{self, Piece};
use crate::scenario::syntax::tree::{StringLiteral, Visit};
use crate::scenario::syntax::{Language, Lines, Script, read};
use crate::script::Fault;
use crate::script::marks::{self, Insert, Marks, Ran, Spot};
use crate::script::program::Scenario;

/// Words of a source that are looked at, and how long each may be.
const MOST_WORDS: usize = 500;
const LONGEST_WORD: usize = 40;

/// As [`Scenario::compile`], with marks in it. A source that cannot be marked is compiled without them.
pub fn compile(name: &str, file: &str, source: &[u8]) -> Result<Scenario, Fault> {
    let scenario = Scenario::compile(name, file, source)?;
    let text = std::str::from_utf8(source).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(match marked(file, text) {
        Some((text, marks)) => scenario.marked(&text, marks),
        None => scenario,
    })
}

fn marked(file: &str, text: &str) -> Option<(String, Marks)> {
    let (points, words) = read(text, Language::JavaScript, |script| {
        (points::points(script), words(script))
    })
    .ok()?;
    let function = function_for(file, text);
    let pieces = points::pieces(&points, |index| format!("{function}({index})"));
    let lines = Lines::new(text);
    let spots = points.iter().map(|point| {
        let (line, column) = lines.place(text, point.start);
        Spot { line, column }
    });
    let marks = Marks {
        spots: spots.collect(),
        inserts: inserts(text, &pieces),
        words,
        function,
    };
    Some((points::mark(text, &pieces), marks))
}

/// A name that nobody else uses: scenarios of one rule share their globals.
fn function_for(file: &str, text: &str) -> String {
    let digest = Sha256::new()
        .chain_update(file)
        .chain_update(text)
        .finalize();
    let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("__ran_{}", digits.collect::<String>())
}

/// Texts of the source that somebody could have dialled.
fn words(script: &Script<'_>) -> Vec<String> {
    let mut words = Words::default();
    words.visit_program(script.program);
    words.0.into_iter().collect()
}

#[derive(Default)]
struct Words(BTreeSet<String>);

impl<'a> Visit<'a> for Words {
    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        let word = it.value.as_str();
        let is_dialled = |c: char| c.is_ascii_alphanumeric() || "+-_.*#".contains(c);
        let is_short = !word.is_empty() && word.len() <= LONGEST_WORD;
        if is_short && self.0.len() < MOST_WORDS && word.chars().all(is_dialled) {
            self.0.insert(word.to_string());
        }
    }
}

fn inserts(text: &str, pieces: &[Piece]) -> Vec<Insert> {
    let (mut line, mut begins, mut done) = (1, 0, 0);
    let inserts = pieces.iter().map(|(at, piece)| {
        let passed = text.get(done as usize..*at as usize).unwrap_or_default();
        if let Some(last) = passed.rfind('\n') {
            line += passed.bytes().filter(|byte| *byte == b'\n').count() as u32;
            begins = done + last as u32 + 1;
        }
        done = *at;
        Insert {
            line,
            after: at - begins,
            bytes: piece.len() as u32,
        }
    });
    inserts.collect()
}

/// What ran of the scenarios of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    files: BTreeMap<String, Vec<Line>>,
}

/// One line on which something begins that can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    /// Of each spot that begins there, its column and how often it ran.
    pub spots: Vec<(u32, u64)>,
}

impl Coverage {
    /// Everything that a folder has, and what of it ran.
    pub fn new(catalog: &Catalog, ran: &Ran) -> Coverage {
        let mut coverage = Coverage::default();
        for scenario in catalog.scenarios() {
            let Some(marks) = scenario.bytecode.marks() else {
                continue;
            };
            let mut counts = Ran::new();
            marks::add(&mut counts, &scenario.file, &vec![0; marks.spots.len()]);
            if let Some(ran) = ran.get(&scenario.file) {
                marks::add(&mut counts, &scenario.file, ran);
            }
            let counts = counts.remove(&scenario.file).unwrap_or_default();
            let mut lines: BTreeMap<u32, Vec<(u32, u64)>> = BTreeMap::new();
            for (spot, count) in marks.spots.iter().zip(counts) {
                lines
                    .entry(spot.line)
                    .or_default()
                    .push((spot.column, count));
            }
            let lines = lines.into_iter().map(|(line, spots)| Line { line, spots });
            coverage
                .files
                .insert(scenario.file.clone(), lines.collect());
        }
        coverage
    }
}

impl Line {
    /// How often the line was begun.
    pub fn times(&self) -> u64 {
        let times = self.spots.iter().map(|(_, times)| *times);
        times.max().unwrap_or(0)
    }

    /// The column of the first part of it that never ran, where another part did.
    pub fn missing(&self) -> Option<u32> {
        let mut never = self.spots.iter().filter(|(_, times)| *times == 0);
        let (column, _) = never.next().filter(|_| self.times() > 0)?;
        Some(*column)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Now, SessionId};
    use crate::scenario::load::{Contents, Snapshot, load};
    use crate::script::isolate::Limits;
    use crate::script::{Event, Isolate, Program};
    use expect_test::expect;

    const SOURCE: &str = "\
const busy = (code) => code === 486;
function never() {
  Logger.write('ä'); call.reject();
}
if (busy(486)) Logger.write('one');
else Logger.write('other');
[1, 2].forEach((n) => n > 5 && Logger.write(n));
";

    #[test]
    fn what_ran_is_told_by_line() {
        let coverage = coverage(SOURCE);
        expect![[r#"
            1: 1 of column 1, 1 of column 24
            3: 0 of column 3, 0 of column 22
            5: 1 of column 1, 1 of column 16
            6: 0 of column 6
            7: 1 of column 1, 2 of column 23, 0 of column 32
        "#]]
        .assert_eq(&told(&coverage));
        expect![[r#"
            lines that ran
              a.js   3 of 5   60 % · never: 3, 6 · in part: 7:32
        "#]]
        .assert_eq(&report::text(&coverage));
        expect![[r#"
            TN:
            SF:scenarios/a.js
            BRDA:1,0,0,1
            BRDA:1,0,1,1
            BRDA:3,0,0,-
            BRDA:3,0,1,-
            BRDA:5,0,0,1
            BRDA:5,0,1,1
            BRDA:7,0,0,1
            BRDA:7,0,1,2
            BRDA:7,0,2,0
            BRF:9
            BRH:6
            DA:1,1
            DA:3,0
            DA:5,1
            DA:6,0
            DA:7,2
            LF:5
            LH:3
            end_of_record
        "#]]
        .assert_eq(&report::lcov(&coverage, "scenarios"));
    }

    /// Whatever is marked on a line, a fault is where the author wrote it.
    #[test]
    fn a_fault_has_its_place_as_without_marks() {
        for source in [
            "const f = (a) => a ? g(a) : nobody(a); const g = (a) => a && missing.member; f(1);",
            "Logger.write('x');\nif (true) Logger.write('ä€'); (() => true && nowhere())();",
            "let a = 1\nfor (const b of [1]) a = b ? b.c.d : 2",
            "\u{feff}undefinedThing();",
            "'use strict'; if (1) { thisIsNot = defined; }",
            "const deep = (n) => n === 0 ? nobody() : deep(n - 1);\n\n  [3].map((n) => deep(n));",
            "throw new Error('top');",
            "Promise.resolve(1).then((n) => n > 0 && Promise.reject(new Error('no')));",
            "(async () => { await null; nobody(); })();",
        ] {
            let plain = fault(Scenario::compile("a", "a.js", source.as_bytes()));
            let marked = fault(compile("a", "a.js", source.as_bytes()));
            assert_eq!(plain, marked, "{source}");
            assert!(plain.contains("a.js:"), "{source}: {plain}");
        }
    }

    #[test]
    fn a_source_with_a_fault_has_the_same_fault() {
        let source = "let = = 5;".as_bytes();
        let plain = Scenario::compile("a", "a.js", source).unwrap_err();
        assert_eq!(compile("a", "a.js", source).unwrap_err(), plain);
    }

    #[test]
    fn whoever_answers_calls_runs_what_the_author_wrote() {
        let scenario = Scenario::compile("a", "a.js", SOURCE.as_bytes()).unwrap();
        assert!(scenario.bytecode.marks().is_none());
    }

    fn begin(scenario: Scenario) -> (Isolate, Option<Fault>) {
        let scenarios = vec![Arc::new(scenario)];
        let mut isolate = Isolate::warm(&Limits::default()).unwrap();
        isolate.load(Arc::new(Program { scenarios }), 1);
        let started = Event::Started {
            session: SessionId(1),
            custom_data: String::new(),
            access: String::new(),
        };
        let now = Now {
            at: std::time::Instant::now(),
            unix_ms: 0,
        };
        let turn = isolate.turn(started, now, Box::new(|| false));
        (isolate, turn.fault)
    }

    fn fault(scenario: Result<Scenario, Fault>) -> String {
        let fault = begin(scenario.unwrap()).1.unwrap();
        format!("{fault}\n{}", fault.stack)
    }

    fn coverage(source: &str) -> Coverage {
        let (isolate, fault) = begin(compile("a", "a.js", source.as_bytes()).unwrap());
        assert_eq!(fault, None);
        let mut ran = Ran::new();
        isolate.add_ran_to(&mut ran);
        let files = [("a.js".to_string(), Contents::Bytes(source.into()))].into();
        let catalog = load(&Snapshot { files }, &Catalog::default(), &compile).catalog;
        Coverage::new(&catalog, &ran)
    }

    fn told(coverage: &Coverage) -> String {
        let lines = coverage.files.values().flatten().map(|line| {
            let spots = line.spots.iter();
            let spots = spots.map(|(column, times)| format!("{times} of column {column}"));
            format!("{}: {}\n", line.line, spots.collect::<Vec<_>>().join(", "))
        });
        lines.collect()
    }
}

//! The text that is compiled: a scenario as it lies in the folder, or, where it is in TypeScript, without its types.

use std::borrow::Cow;

use crate::scenario::Fault;
use crate::scenario::syntax::{self, Language, Lines};
use crate::script::program::LONGEST_SOURCE;

/// The endings of scenarios' names.
pub const ENDINGS: [&str; 2] = [".js", ".ts"];

/// What is compiled for the bytes of a file. Line and column of everything are those of the file.
pub fn script<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, Vec<Fault>> {
    if Language::of(file) == Language::JavaScript {
        return Ok(Cow::Borrowed(bytes));
    }
    let text = text(file, bytes).map_err(|fault| vec![fault])?;
    match syntax::strip(text) {
        Ok(stripped) => Ok(Cow::Owned(stripped.into_bytes())),
        Err(wrongs) => {
            let lines = Lines::new(text);
            let faults = wrongs.into_iter().map(|wrong| {
                let (line, column) = lines.place(text, wrong.start);
                Fault::new(file, line, column, wrong.message)
            });
            Err(faults.collect())
        }
    }
}

/// The text of a scenario: UTF-8, without a byte order mark, no longer than a scenario may be.
pub fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|wrong| {
        let good = bytes.get(..wrong.valid_up_to()).unwrap_or_default();
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        Fault::new(file, line as u32, 1, "the file is not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let characters = text.encode_utf16().count();
    if characters > LONGEST_SOURCE {
        let message =
            format!("a scenario may have {LONGEST_SOURCE} characters, this one has {characters}");
        return Err(Fault::new(file, 1, 1, message));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Now, SessionId};
    use crate::scenario::Catalog;
    use crate::scenario::load::{Contents, Loaded, Snapshot, load};
    use crate::script::isolate::Limits;
    use crate::script::program::{Scenario, version_of};
    use crate::script::{Event, Isolate};
    use expect_test::{Expect, expect};
    use std::time::Instant;

    const TYPED: &str = "\u{feff}interface Wait { s: number }\nconst wait: Wait = { s: 2 };\n\
        VoxEngine.addEventListener(AppEvents.Started, (event: StartedEvent) => {\n  \
        const size: string = (event as any).gone.s;\n});\n";

    #[test]
    fn a_fault_of_a_scenario_in_typescript_is_where_its_source_has_it() {
        let loaded = folder(&[("a.ts", TYPED)]);
        assert_eq!(loaded.faults, []);
        let program = loaded.catalog.route("1").unwrap().program;
        let mut isolate = Isolate::warm(&Limits::default()).unwrap();
        isolate.load(program, 1);
        let event = Event::Started {
            session: SessionId(1),
            custom_data: String::new(),
            access: String::new(),
        };
        let now = Now {
            at: Instant::now(),
            unix_ms: 0,
        };
        let fault = isolate.turn(event, now, Box::new(|| false)).fault.unwrap();
        let place = fault.place.unwrap();
        assert_eq!((place.file.as_str(), place.line), ("a.ts", 4));
        // The engine names the property that was read of nothing.
        let line: Vec<char> = TYPED.lines().nth(3).unwrap().chars().collect();
        let shown: String = line[place.column as usize - 1..].iter().collect();
        expect!["event as any).gone.s;"].assert_eq(&shown);
    }

    #[test]
    fn the_version_is_that_of_the_source_with_its_types() {
        let version = |text: &str| {
            let loaded = folder(&[("a.voxengine.ts", text)]);
            let scenario = loaded.catalog.scenarios().next().unwrap().clone();
            assert_eq!(scenario.version, version_of(text.as_bytes()));
            (scenario.name.clone(), scenario.version.clone())
        };
        let (name, first) = version("let a: number");
        let (_, other) = version("let a: string");
        assert_eq!(name, "a");
        assert_ne!(first, other);
    }

    #[test]
    fn what_cannot_be_stripped_is_a_fault_with_its_place() {
        check(
            &[(
                "a.ts",
                "let a: number;\nenum E { A }\nclass A { constructor(public x) {} }",
            )],
            expect![[r#"
                a.ts:2:1: an enum: types are taken out, code is not made; write `const … = { … } as const`
                a.ts:3:23: a parameter that makes a property: types are taken out, code is not made; assign it in the constructor
            "#]],
        );
        check(
            &[("a.ts", "let a: number = ;")],
            expect![[r#"
            a.ts:1:17: unexpected token
        "#]],
        );
        check(
            &[("a.ts", "let a: number = b c")],
            expect![[r#"
            a.ts:1:18: expected a semicolon or an implicit semicolon after a statement, but found none: try inserting a semicolon here
        "#]],
        );
        check(
            &[("a.js", "let a"), ("a.ts", "let a")],
            expect![[r#"
            a.ts:1:1: the scenario `a` is in a.js already; rename one of them
        "#]],
        );
        check(
            &[("a.js", "let a: number")],
            expect![[r#"
            a.js:1:6: SyntaxError: expecting ';'
        "#]],
        );
    }

    #[test]
    fn a_text_too_long_or_not_utf8_is_refused() {
        let long = vec![b' '; LONGEST_SOURCE + 1];
        let fault = script("a.ts", &long).unwrap_err();
        assert!(fault[0].message.starts_with("a scenario may have 262144"));
        let fault = script("a.ts", b"let a;\n\xff").unwrap_err();
        assert_eq!(fault[0].to_string(), "a.ts:2:1: the file is not UTF-8");
        assert!(matches!(script("a.js", b"\xff"), Ok(Cow::Borrowed(_))));
    }

    fn folder(files: &[(&str, &str)]) -> Loaded {
        let files = files.iter().map(|(name, text)| {
            let contents = Contents::Bytes(text.as_bytes().to_vec());
            (name.to_string(), contents)
        });
        let snapshot = Snapshot {
            files: files.collect(),
        };
        load(&snapshot, &Catalog::default(), &Scenario::compile)
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], expect: Expect) {
        let loaded = folder(files);
        let told = loaded.faults.iter().map(|fault| format!("{fault}\n"));
        expect.assert_eq(&told.collect::<String>());
    }
}

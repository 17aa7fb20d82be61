//! The text of a scenario as a tree: what it declares, names and runs, before anything of it runs. The only room that
//! names oxc; the others see what [`tree`] hands on.
//!
//! A text may nest as deep as it is long, and the parser recurses. So everything that walks a tree runs where the
//! stack is as large as the text asks for ([`read`]).

mod lines;
pub mod points;
mod roomy;
mod strip;
pub mod tree;

use oxc_allocator::Allocator;
use oxc_diagnostics::Diagnostics;
use oxc_parser::Parser;
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::{SourceType, Span};

pub use lines::{Lines, excerpt};
pub use strip::strip;
use tree::Program;

/// Faults that are told of one text; behind them is more of the same.
const MOST_WRONGS: usize = 20;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A classic script.
    JavaScript,
    /// A classic script with types.
    TypeScript,
    /// A `.d.ts`.
    Declarations,
}

/// A text that was read.
pub struct Script<'a> {
    pub text: &'a str,
    pub program: &'a Program<'a>,
    /// Names with their scopes, and the nodes with their parents.
    pub semantic: Semantic<'a>,
}

/// What is wrong with a text, and where: byte offsets, the end excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub start: u32,
    pub end: u32,
    pub message: String,
}

impl Language {
    /// By the ending of a file's name.
    pub fn of(file: &str) -> Language {
        match file {
            file if file.ends_with(".d.ts") => Language::Declarations,
            file if file.ends_with(".ts") => Language::TypeScript,
            _ => Language::JavaScript,
        }
    }

    fn source_type(self) -> SourceType {
        match self {
            Language::JavaScript => SourceType::script(),
            Language::TypeScript => SourceType::ts().with_script(true),
            Language::Declarations => SourceType::d_ts().with_script(true),
        }
    }
}

impl Wrong {
    pub fn at(span: Span, message: impl Into<String>) -> Wrong {
        Wrong {
            start: span.start,
            end: span.end,
            message: message.into(),
        }
    }
}

/// Reads a text and hands it to `then`, both on a stack that bears its depth. The faults are those of the grammar:
/// what the language forbids before anything runs.
pub fn read<T: Send>(
    text: &str,
    language: Language,
    then: impl FnOnce(&Script<'_>) -> T + Send,
) -> Result<T, Vec<Wrong>> {
    roomy::run(text.len(), || {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, language.source_type()).parse();
        let wrongs = told(&parsed.diagnostics, text);
        if parsed.panicked || !wrongs.is_empty() {
            return Err(wrongs);
        }
        let built = SemanticBuilder::new()
            .with_build_nodes(true)
            .with_check_syntax_error(true)
            .build(&parsed.program);
        let wrongs = told(&built.diagnostics, text);
        if !wrongs.is_empty() {
            return Err(wrongs);
        }
        Ok(then(&Script {
            text,
            program: &parsed.program,
            semantic: built.semantic,
        }))
    })
    .unwrap_or_else(|| {
        let nowhere = Span::default();
        let message = "it cannot be read: it nests too deep, or there is no memory";
        Err(vec![Wrong::at(nowhere, message)])
    })
}

/// The parser's faults in our form: no capital, no full stop, the advice behind a colon.
fn told(diagnostics: &Diagnostics, text: &str) -> Vec<Wrong> {
    diagnostics
        .errors()
        .take(MOST_WRONGS)
        .map(|diagnostic| {
            // Where two places are named, the later one is at odds with the earlier.
            let spans = diagnostic.labels.iter().map(|label| label.span());
            let last = spans.max_by_key(|span| span.start);
            let span = last.unwrap_or(Span::empty(text.len() as u32));
            let plain = |text: &str| {
                let text = text.trim_end_matches('.');
                let mut letters = text.chars();
                match letters.next() {
                    Some(first) => first.to_lowercase().chain(letters).collect(),
                    None => String::new(),
                }
            };
            let message = plain(&diagnostic.message);
            let message = match &diagnostic.help {
                Some(help) => format!("{message}: {}", plain(help)),
                None => message,
            };
            Wrong::at(span, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::program::LONGEST_SOURCE;
    use expect_test::{Expect, expect};

    #[test]
    fn a_fault_of_the_grammar_is_told_with_its_place() {
        check(
            "let x = ;",
            Language::JavaScript,
            expect![[r#"
            1:9: unexpected token
        "#]],
        );
        check(
            "call.say('x'",
            Language::JavaScript,
            expect![[r#"
            1:13: expected `)` but found `EOF`
        "#]],
        );
        check(
            "let a; let a;",
            Language::JavaScript,
            expect![[r#"
            1:12: identifier `a` has already been declared
        "#]],
        );
        check(
            "import x from 'y'",
            Language::JavaScript,
            expect![[r#"
            1:1: cannot use import statement outside a module
        "#]],
        );
        check(
            "break;",
            Language::JavaScript,
            expect![[r#"
            1:1: illegal break statement: a `break` statement can only be used within an enclosing iteration or switch statement
        "#]],
        );
        check(
            "await x",
            Language::JavaScript,
            expect![[r#"
            1:1: `await` is only allowed within async functions and at the top levels of modules: either remove this `await` or add the `async` keyword to the enclosing function
        "#]],
        );
        check(
            "let x: = 1",
            Language::TypeScript,
            expect![[r#"
            1:8: unexpected token
        "#]],
        );
        check(
            "let x: number = 1",
            Language::JavaScript,
            expect![[r#"
            1:6: expected a semicolon or an implicit semicolon after a statement, but found none: try inserting a semicolon here
        "#]],
        );
        check(
            "'use strict'; with (a) {}",
            Language::JavaScript,
            expect![[r#"
            1:15: 'with' statements are not allowed
        "#]],
        );
        check("", Language::TypeScript, expect![[""]]);
    }

    /// The longest source that there is, nested as deep as its characters go.
    #[test]
    fn no_depth_is_too_deep() {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("{", "", "}"),
            ("!", "1", ""),
            ("-~", "1", ""),
            ("a=>", "1", ""),
            ("a?b:", "1", ""),
            ("a=", "1", ""),
            ("f(", "1", ")"),
            ("`${", "1", "}`"),
            ("if(a)", ";", ""),
            ("a:", ";", ""),
            ("1+", "1", ""),
            ("a.", "b", ""),
            ("{a:", "1", "}"),
            ("({a:", "1", "})"),
            ("(function(){", "", "})"),
            ("class A{[", "1", "](){}}"),
            ("new ", "a", ""),
            ("let[", "a", "]"),
            ("([", "a", "])=>1"),
        ] {
            let times = LONGEST_SOURCE / (open.len() + close.len());
            let whole = format!("{}{middle}{}", open.repeat(times), close.repeat(times));
            let cut = open.repeat(LONGEST_SOURCE / open.len());
            for text in [whole, cut] {
                let walked = |script: &Script| points::points(script).len();
                let _ = read(&text, Language::JavaScript, walked);
            }
        }
        for (open, middle, close) in [
            ("A<", "B", ">"),
            ("keyof ", "A", ""),
            ("()=>", "A", ""),
            ("{a:", "A", "}"),
            ("(", "A", ")"),
            ("a extends b?c:", "A", ""),
        ] {
            let times = LONGEST_SOURCE / (open.len() + close.len()) - 10;
            let text = format!(
                "type T={}{middle}{}",
                open.repeat(times),
                close.repeat(times)
            );
            let _ = read(&text, Language::TypeScript, |_| ());
        }
    }

    #[test]
    fn hostile_scripts_are_read_or_refused() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
        for file in std::fs::read_dir(folder).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for language in [
                Language::JavaScript,
                Language::TypeScript,
                Language::Declarations,
            ] {
                let _ = read(&text, language, points::points);
            }
        }
    }

    #[track_caller]
    fn check(text: &str, language: Language, expect: Expect) {
        let wrongs = read(text, language, |_| ()).err().unwrap_or_default();
        let lines = Lines::new(text);
        let told = wrongs.iter().map(|wrong| {
            let (line, column) = lines.place(text, wrong.start);
            format!("{line}:{column}: {}\n", wrong.message)
        });
        expect.assert_eq(&told.collect::<String>());
    }
}

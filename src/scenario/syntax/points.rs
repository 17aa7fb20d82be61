//! What of a script can run or be left out: its statements, and the branches of its expressions. Whoever wants to
//! know which of them ran writes a mark before each ([`mark`]); lines stay what they were.

use super::Script;
use super::tree::*;

/// Something that runs as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Byte offsets, the end excluded.
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
}

/// How a mark is written before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of a list of statements: `mark;` stands before it.
    Statement,
    /// The only statement of an `if`, `else` or loop, without braces: `{mark;` and `}` stand around it.
    Body,
    /// A branch of an expression (`a ? HERE : HERE`, `a && HERE`, `() => HERE`): `(mark,` and `)` stand around it.
    Expression,
}

/// All of a script, by their beginning; of those that begin together the outer one first.
pub fn points(script: &Script<'_>) -> Vec<Point> {
    let mut seen = Seen { points: Vec::new() };
    seen.visit_program(script.program);
    let mut points = seen.points;
    points.sort_by_key(|point| (point.start, u32::MAX - point.end));
    points
}

/// What is written between the parts of a text: where, as a byte offset, and what.
pub type Piece = (u32, String);

/// What marks each point; `mark` makes an expression from its index. In the order in which they stand.
pub fn pieces(points: &[Point], mark: impl Fn(usize) -> String) -> Vec<Piece> {
    // What closes at an offset stands before what opens there, the inner one first.
    let mut pieces: Vec<(u32, bool, u32, String)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let mark = mark(index);
        let (open, close) = match point.kind {
            Kind::Statement => (format!("{mark};"), ""),
            Kind::Body => (format!("{{{mark};"), "}"),
            Kind::Expression => (format!("({mark},"), ")"),
        };
        pieces.push((point.start, true, index as u32, open));
        if !close.is_empty() {
            let inner_first = u32::MAX - index as u32;
            pieces.push((point.end, false, inner_first, close.to_string()));
        }
    }
    pieces.sort_by_key(|(at, opens, order, _)| (*at, *opens, *order));
    let pieces = pieces.into_iter();
    pieces.map(|(at, _, _, piece)| (at, piece)).collect()
}

/// The text with the pieces in it. Every line stays on its line.
pub fn mark(text: &str, pieces: &[Piece]) -> String {
    let mut marked = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (at, piece) in pieces {
        marked.push_str(text.get(done as usize..*at as usize).unwrap_or(""));
        marked.push_str(piece);
        done = *at;
    }
    marked.push_str(text.get(done as usize..).unwrap_or(""));
    marked
}

struct Seen {
    points: Vec<Point>,
}

impl Seen {
    fn note(&mut self, span: Span, kind: Kind) {
        self.points.push(Point {
            start: span.start,
            end: span.end,
            kind,
        });
    }

    /// The statement of an `if`, `else` or loop; in braces its own list is seen.
    fn body(&mut self, body: &Statement<'_>) {
        if !matches!(body, Statement::BlockStatement(_)) && runs(body) {
            self.note(body.span(), Kind::Body);
        }
    }

    fn branch(&mut self, branch: &Expression<'_>) {
        self.note(branch.span(), Kind::Expression);
    }
}

impl<'a> Visit<'a> for Seen {
    fn visit_statements(&mut self, statements: &oxc_allocator::Vec<'a, Statement<'a>>) {
        for statement in statements {
            if !matches!(statement, Statement::BlockStatement(_)) && runs(statement) {
                self.note(statement.span(), Kind::Statement);
            }
        }
        walk::walk_statements(self, statements);
    }

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.body(&it.consequent);
        if let Some(alternate) = &it.alternate {
            self.body(alternate);
        }
        walk::walk_if_statement(self, it);
    }

    fn visit_for_statement(&mut self, it: &ForStatement<'a>) {
        self.body(&it.body);
        walk::walk_for_statement(self, it);
    }

    fn visit_for_in_statement(&mut self, it: &ForInStatement<'a>) {
        self.body(&it.body);
        walk::walk_for_in_statement(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.body(&it.body);
        walk::walk_for_of_statement(self, it);
    }

    fn visit_while_statement(&mut self, it: &WhileStatement<'a>) {
        self.body(&it.body);
        walk::walk_while_statement(self, it);
    }

    fn visit_do_while_statement(&mut self, it: &DoWhileStatement<'a>) {
        self.body(&it.body);
        walk::walk_do_while_statement(self, it);
    }

    fn visit_with_statement(&mut self, it: &WithStatement<'a>) {
        self.body(&it.body);
        walk::walk_with_statement(self, it);
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.branch(&it.consequent);
        self.branch(&it.alternate);
        walk::walk_conditional_expression(self, it);
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.branch(&it.right);
        walk::walk_logical_expression(self, it);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        if let Some(body) = it.body.as_expression() {
            self.branch(body);
        }
        walk::walk_arrow_function_expression(self, it);
    }
}

/// Whether anything happens when the statement is reached. A block happens in what it holds.
fn runs(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::EmptyStatement(_) | Statement::FunctionDeclaration(_) => false,
        Statement::VariableDeclaration(it) => it.declarations.iter().any(|one| one.init.is_some()),
        Statement::ClassDeclaration(_) => true,
        statement => !statement.is_declaration() && !statement.is_module_declaration(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Language, read};
    use super::*;
    use crate::script::program::Scenario;
    use expect_test::{Expect, expect};

    #[test]
    fn every_statement_and_branch_has_its_mark_on_its_own_line() {
        check(
            "'use strict';\nlet x = 1, y; var z;\nfunction f(a) { return a }\nif (x) f()\nelse if (y) { f(2) }\nelse z = 3\n",
            expect![[r#"
                'use strict';
                _(0);let x = 1, y; var z;
                function f(a) { _(1);return a }
                _(2);if (x) {_(3);f()}
                else {_(4);if (y) { _(5);f(2) }
                else {_(6);z = 3}}
            "#]],
        );
        check(
            "const g = (a) => a ? 1 : (b) => ({ c: (a && b.d) ?? 2 });\nout: for (const i of []) for (;;) continue out;\n",
            expect![[r#"
                _(0);const g = (a) => (_(1),a ? (_(2),1) : (_(3),(b) => (_(4),({ c: (a && (_(5),b.d)) ?? (_(6),2) }))));
                _(7);out: for (const i of []) {_(8);for (;;) {_(9);continue out;}}
            "#]],
        );
        check(
            "switch (x) { case 1: y(); break; default: }\nclass A { static { b() } c() { return super.c() } }\ndo x(); while (y)\nlabel: { z() }\n",
            expect![[r#"
                _(0);switch (x) { case 1: _(1);y(); _(2);break; default: }
                _(3);class A { static { _(4);b() } c() { _(5);return super.c() } }
                _(6);do {_(7);x();} while (y)
                _(8);label: { _(9);z() }
            "#]],
        );
    }

    #[test]
    fn a_script_without_semicolons_means_the_same_with_marks() {
        check(
            "let a = 1\nlet b = 2\n++a\nif (a)\n  b()\n;[1].map(x => x)\n",
            expect![[r#"
                _(0);let a = 1
                _(1);let b = 2
                _(2);++a
                _(3);if (a)
                  {_(4);b()
                ;}_(5);[1].map(x => (_(6),x))
            "#]],
        );
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let points = read(text, Language::JavaScript, points).unwrap();
        let marked = mark(text, &pieces(&points, |index| format!("_({index})")));
        expect.assert_eq(&marked);
        assert_eq!(marked.lines().count(), text.lines().count());
        Scenario::compile("marked", "marked.js", marked.as_bytes()).unwrap();
    }
}

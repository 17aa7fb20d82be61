//! From TypeScript to the script that runs: types become blanks, so that line and column of everything that stays are
//! those of the source. Whatever is more than types (enums, namespaces, parameter properties, decorators) would need code
//! to be made, and is refused.
//!
//! Taking types out can change what a text means: `x as T` at the end of a line before `(…)`, or `a + b as T * c`. So the
//! script that comes out is read again, and must be the same tree as what went in but for the types.

use oxc_allocator::Allocator;
use oxc_parser::Parser;

use super::tree::*;
use super::{Language, Wrong, read, told};

/// The script without its types; it has as many bytes as before, in the same lines.
pub fn strip(text: &str) -> Result<String, Vec<Wrong>> {
    read(text, Language::TypeScript, |script| {
        let mut types = Types {
            text,
            blanks: Vec::new(),
            wrongs: Vec::new(),
        };
        types.visit_program(script.program);
        if !types.wrongs.is_empty() {
            return Err(types.wrongs);
        }
        let stripped = blanked(text, &types.blanks);
        let allocator = Allocator::default();
        let language = Language::JavaScript.source_type();
        let again = Parser::new(&allocator, &stripped, language).parse();
        let wrongs = told(&again.diagnostics, &stripped);
        if !wrongs.is_empty() {
            let unclear = |wrong| Wrong {
                message: UNCLEAR.into(),
                ..wrong
            };
            return Err(wrongs.into_iter().take(1).map(unclear).collect());
        }
        match Shape::of(script.program).differs(&Shape::of(&again.program)) {
            None => Ok(stripped),
            Some(at) => Err(vec![Wrong::at(Span::empty(at), UNCLEAR)]),
        }
    })?
}

const UNCLEAR: &str = "without its types this would mean something else: \
                       write brackets around what has the type, or a semicolon";

/// What the text is blanked for.
struct Types<'t> {
    text: &'t str,
    blanks: Vec<Blank>,
    wrongs: Vec<Wrong>,
}

#[derive(Clone, Copy)]
struct Blank {
    start: u32,
    end: u32,
    /// Where a semicolon has to stand: what comes before and after is no one statement.
    semicolon: Option<u32>,
}

impl Types<'_> {
    fn blank(&mut self, start: u32, end: u32) {
        self.blanks.push(Blank {
            start,
            end,
            semicolon: None,
        });
    }

    /// A whole statement or member of a class.
    fn erase(&mut self, span: Span) {
        self.blanks.push(Blank {
            start: span.start,
            end: span.end,
            semicolon: Some(span.start),
        });
    }

    /// Where what ends here ended with a type, the end of its line is not enough to end it.
    fn close(&mut self, span: Span) {
        if let Some(last) = self.blanks.last_mut()
            && last.end == span.end
            && last.semicolon.is_none()
            && last.start < last.end
            && self.text.is_char_boundary(last.end as usize - 1)
        {
            last.semicolon = Some(last.end - 1);
        }
    }

    /// The mark (`?` or `!`) that stands behind an offset.
    fn mark(&mut self, behind: u32, mark: char) {
        let rest = self.text.get(behind as usize..).unwrap_or("");
        let before = |c: char| c.is_whitespace() || c == ']';
        let at = rest.len() - rest.trim_start_matches(before).len();
        if rest.get(at..).is_some_and(|rest| rest.starts_with(mark)) {
            let at = behind + at as u32;
            self.blank(at, at + 1);
        }
    }

    /// The words of types before the name of a member: `private readonly x`.
    fn modifiers(&mut self, member: Span, key: Span) {
        const WORDS: [&str; 7] = [
            "abstract",
            "declare",
            "override",
            "private",
            "protected",
            "public",
            "readonly",
        ];
        let text = self.text.get(member.start as usize..key.start as usize);
        let text = text.unwrap_or("");
        for word in text.split(|c: char| !c.is_ascii_alphabetic()) {
            if WORDS.contains(&word) {
                // It is a part of `text`, so the difference is its place.
                let at = member.start + (word.as_ptr() as usize - text.as_ptr() as usize) as u32;
                let end = at + word.len() as u32;
                match at == member.start {
                    true => self.erase(Span::new(at, end)),
                    false => self.blank(at, end),
                }
            }
        }
    }

    fn refuse(&mut self, span: Span, what: &str, instead: &str) {
        let message = format!("{what}: types are taken out, code is not made; {instead}");
        self.wrongs.push(Wrong::at(span, message));
    }
}

/// Whether a statement says something of types alone.
fn is_type(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::TSTypeAliasDeclaration(_)
        | Statement::TSInterfaceDeclaration(_)
        | Statement::TSExternalModuleDeclaration(_)
        | Statement::TSGlobalDeclaration(_) => true,
        Statement::ImportDeclaration(it) => it.import_kind == ImportOrExportKind::Type,
        Statement::TSEnumDeclaration(it) => it.declare,
        Statement::TSNamespaceDeclaration(it) => it.declare,
        Statement::VariableDeclaration(it) => it.declare,
        Statement::ClassDeclaration(it) => it.declare,
        // An overload.
        Statement::FunctionDeclaration(it) => it.declare || it.body.is_none(),
        _ => false,
    }
}

fn is_type_in_class(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::TSIndexSignature(_) => true,
        ClassElement::MethodDefinition(it) => it.value.body.is_none(),
        ClassElement::PropertyDefinition(it) => {
            it.declare || it.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
        }
        ClassElement::AccessorProperty(it) => {
            it.r#type == AccessorPropertyType::TSAbstractAccessorProperty
        }
        ClassElement::StaticBlock(_) => false,
    }
}

impl<'a> Visit<'a> for Types<'_> {
    fn visit_statements(&mut self, statements: &oxc_allocator::Vec<'a, Statement<'a>>) {
        for statement in statements {
            match is_type(statement) {
                true => self.erase(statement.span()),
                false if statement.is_module_declaration() => {
                    let message = "scenarios are no modules: those of a rule share one global scope, in their order";
                    self.wrongs.push(Wrong::at(statement.span(), message));
                }
                false => {
                    self.visit_statement(statement);
                    self.close(statement.span());
                }
            }
        }
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if let Some(decorator) = it.decorators.first() {
            self.visit_decorator(decorator);
        }
        if it.r#abstract {
            self.blank(it.span.start, it.span.start + "abstract".len() as u32);
        }
        let mut head_end = it.id.as_ref().map_or(it.span.start, |id| id.span.end);
        if let Some(parameters) = &it.type_parameters {
            self.blank(parameters.span.start, parameters.span.end);
            head_end = parameters.span.end;
        }
        if let Some(heritage) = &it.heritage {
            self.visit_expression(&heritage.expression);
            head_end = heritage.expression.span().end;
            if let Some(arguments) = &heritage.type_arguments {
                self.blank(arguments.span.start, arguments.span.end);
                head_end = arguments.span.end;
            }
        }
        if let (Some(first), Some(last)) = (it.implements.first(), it.implements.last()) {
            let between = self.text.get(head_end as usize..first.span.start as usize);
            let word = between.and_then(|text| text.rfind("implements"));
            let start = word.map_or(first.span.start, |at| head_end + at as u32);
            self.blank(start, last.span.end);
        }
        for element in &it.body.body {
            match is_type_in_class(element) {
                true => self.erase(element.span()),
                false => {
                    self.visit_class_element(element);
                    self.close(element.span());
                }
            }
        }
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.modifiers(it.span, it.key.span());
        if it.optional {
            self.mark(it.key.span().end, '?');
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.modifiers(it.span, it.key.span());
        if it.optional {
            self.mark(it.key.span().end, '?');
        }
        if it.definite {
            self.mark(it.key.span().end, '!');
        }
        walk::walk_property_definition(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            let what = "a parameter that makes a property";
            self.refuse(it.span, what, "assign it in the constructor");
        }
        if it.optional {
            self.mark(it.pattern.span().end, '?');
        }
        walk::walk_formal_parameter(self, it);
    }

    fn visit_ts_this_parameter(&mut self, it: &TSThisParameter<'a>) {
        self.blank(it.span.start, it.span.end);
        self.mark(it.span.end, ',');
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            self.mark(it.id.span().end, '!');
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.blank(it.span.start, it.span.end);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank(it.expression.span().end, it.span.end);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank(it.expression.span().end, it.span.end);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.visit_expression(&it.expression);
        self.blank(it.expression.span().end, it.span.end);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.blank(it.span.start, it.expression.span().start);
        self.visit_expression(&it.expression);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse(it.span, "a decorator", "call a function instead");
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        let instead = "write `const … = { … } as const`";
        self.refuse(it.span, "an enum", instead);
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.refuse(it.span, "a namespace", "write an object");
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        let instead = "the scenarios of a rule share one global scope";
        self.refuse(it.span, "`import … =`", instead);
    }
}

/// The text with its blanks; no line ends anywhere else.
fn blanked(text: &str, blanks: &[Blank]) -> String {
    let mut blanks = blanks.to_vec();
    blanks.sort_by_key(|blank| blank.start);
    let mut stripped = String::with_capacity(text.len());
    let mut done = 0;
    for Blank {
        start,
        end,
        semicolon,
    } in blanks
    {
        let (start, end) = (start.max(done), end.max(done));
        stripped.push_str(text.get(done as usize..start as usize).unwrap_or(""));
        let part = text.get(start as usize..end as usize).unwrap_or("");
        for (at, c) in part.char_indices() {
            let at = start + at as u32;
            match c {
                _ if semicolon == Some(at) && c.len_utf8() == 1 && c != '\n' => stripped.push(';'),
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => stripped.push(c),
                // A blank of as many bytes and columns.
                _ => match c.len_utf8() {
                    1 => stripped.push(' '),
                    2 => stripped.push('\u{a0}'),
                    3 => stripped.push('\u{3000}'),
                    _ => stripped.push_str("\u{a0}\u{a0}"),
                },
            }
        }
        done = end;
    }
    stripped.push_str(text.get(done as usize..).unwrap_or(""));
    stripped
}

/// A tree as one row: what begins, what ends, and where the names and values stand.
#[derive(Default)]
struct Shape {
    row: Vec<(Step, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Enter(AstType),
    Leave,
}

impl Shape {
    fn of(program: &Program<'_>) -> Shape {
        let mut shape = Shape::default();
        shape.visit_program(program);
        shape
    }

    /// Where this one, with types, is not the other.
    fn differs(&self, other: &Shape) -> Option<u32> {
        let same = |(one, other): (&(Step, u32), &(Step, u32))| {
            let leaf = matches!(one.0, Step::Enter(kind) if is_leaf(kind));
            one.0 == other.0 && (!leaf || one.1 == other.1)
        };
        let pairs = self.row.iter().zip(&other.row);
        let equal = pairs.take_while(|(one, other)| same((one, other))).count();
        match equal == self.row.len() && equal == other.row.len() {
            true => None,
            false => Some(self.row.get(equal).map_or(0, |(_, at)| *at)),
        }
    }
}

/// What has no inside: taking types out before it moves it nowhere.
fn is_leaf(kind: AstType) -> bool {
    matches!(
        kind,
        AstType::IdentifierName
            | AstType::IdentifierReference
            | AstType::BindingIdentifier
            | AstType::LabelIdentifier
            | AstType::StringLiteral
            | AstType::NumericLiteral
            | AstType::BooleanLiteral
            | AstType::NullLiteral
            | AstType::ThisExpression
    )
}

impl<'a> Visit<'a> for Shape {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        self.row.push((Step::Enter(kind.ty()), kind.span().start));
    }

    fn leave_node(&mut self, kind: AstKind<'a>) {
        self.row.push((Step::Leave, kind.span().end));
    }

    // What stands in the one and not in the other.

    fn visit_statements(&mut self, statements: &oxc_allocator::Vec<'a, Statement<'a>>) {
        for statement in statements {
            if !is_type(statement) && !matches!(statement, Statement::EmptyStatement(_)) {
                self.visit_statement(statement);
            }
        }
    }

    fn visit_class_elements(&mut self, elements: &oxc_allocator::Vec<'a, ClassElement<'a>>) {
        for element in elements.iter().filter(|element| !is_type_in_class(element)) {
            self.visit_class_element(element);
        }
    }

    fn visit_ts_class_implements_list(
        &mut self,
        _: &oxc_allocator::Vec<'a, TSClassImplements<'a>>,
    ) {
    }

    fn visit_ts_this_parameter(&mut self, _: &TSThisParameter<'a>) {}

    fn visit_ts_type_annotation(&mut self, _: &TSTypeAnnotation<'a>) {}

    fn visit_ts_type_parameter_declaration(&mut self, _: &TSTypeParameterDeclaration<'a>) {}

    fn visit_ts_type_parameter_instantiation(&mut self, _: &TSTypeParameterInstantiation<'a>) {}

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.visit_expression(&it.expression);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.visit_expression(&it.expression);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.visit_expression(&it.expression);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.visit_expression(&it.expression);
    }

    fn visit_ts_instantiation_expression(&mut self, it: &TSInstantiationExpression<'a>) {
        self.visit_expression(&it.expression);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Lines;
    use super::*;
    use crate::script::program::Scenario;
    use expect_test::{Expect, expect};

    #[test]
    fn types_become_blanks_and_everything_else_stays_where_it_is() {
        check(
            "interface Party { name: string; calls: Call[] }\ntype Later = () => void;\nlet who: Party | undefined;\nconst f = <T extends object>(a: T, b?: number, ...c: string[]): T => a as T;\nfunction g(this: Call, x: number = 1): x is 2 { return (x as any)!.y satisfies number }\n",
            expect![[r#"
                ;                                              
                ;                       
                let who                   ;
                const f =                   (a   , b         , ...c          )    => a     ;
                function g(            x         = 1)         { return (x       ) .y                ; }
            "#]],
        );
        check(
            "abstract class A<T> extends B<T> implements C, D {\n  private readonly a: number = 1;\n  static b?: string\n  declare c: number;\n  d!: T;\n  [key: string]: any;\n  constructor(x: number);\n  constructor(x?: any) { super() }\n  protected abstract e(): void;\n  public async f<U>(u: U): Promise<U> { return await u }\n  override get g(): number { return 1 }\n}\n",
            expect![[r#"
                         class A    extends B                    {
                  ;                a         = 1;
                  static b        ;
                  ;                 
                  d    ;
                  ;                  
                  ;                      
                  constructor(x      ) { super() }
                  ;                            
                  ;      async f   (u   )             { return await u }
                  ;        get g()         { return 1 }
                }
            "#]],
        );
        check(
            "function o(a: string): void;\nfunction o(a: any) { }\ndeclare const late: number;\ndeclare function away(): void;\ntry { o(\"x\") } catch (e: unknown) { }\nconst m = new Map<string, Array<Call>>(), n = m.get!(\"a\")!;\nfor (const k of <any>m) o(k);\nlet ü: \"größe €😀\" = \"größe €😀\"; let v!: number\n",
            expect![[r#"
                ;                           
                function o(a     ) { }
                ;                          
                ;                             
                try { o("x") } catch (e         ) { }
                const m = new Map                     (), n = m.get ("a") ;
                for (const k of      m) o(k);
                let ü         　    = "größe €😀"; let v        ;
            "#]],
        );
    }

    #[test]
    fn what_a_line_ends_with_still_ends_it() {
        check(
            "let a = b as any\n(c)\nlet d: number\n[e].map(f)\ntype T = 1\n(g)\nclass H { x: number\n  [y] = 1 }\n",
            expect![[r#"
                let a = b      ;
                (c)
                let d       ;
                [e].map(f)
                ;         
                (g)
                class H { x       ;
                  [y] = 1 }
            "#]],
        );
    }

    #[test]
    fn what_is_more_than_types_is_refused_with_its_place() {
        check(
            "let a = 1;\nenum E { A }",
            expect![[r#"
            2:1: an enum: types are taken out, code is not made; write `const … = { … } as const`
        "#]],
        );
        check(
            "const enum E { A }",
            expect![[r#"
            1:1: an enum: types are taken out, code is not made; write `const … = { … } as const`
        "#]],
        );
        check(
            "namespace N { const x = 1 }",
            expect![[r#"
            1:1: a namespace: types are taken out, code is not made; write an object
        "#]],
        );
        check(
            "class A { constructor(private x: number) {} }",
            expect![[r#"
            1:23: a parameter that makes a property: types are taken out, code is not made; assign it in the constructor
        "#]],
        );
        check(
            "@d class A { @e f() {} }",
            expect![[r#"
            1:1: a decorator: types are taken out, code is not made; call a function instead
            1:14: a decorator: types are taken out, code is not made; call a function instead
        "#]],
        );
        check(
            "import x = require('y')",
            expect![[r#"
            1:1: `import … =`: types are taken out, code is not made; the scenarios of a rule share one global scope
        "#]],
        );
        check(
            "import type { X } from 'y'",
            expect![";                         "],
        );
        check(
            "import { X } from 'y'",
            expect![[r#"
            1:1: scenarios are no modules: those of a rule share one global scope, in their order
        "#]],
        );
        check(
            "export const x = 1",
            expect![[r#"
            1:1: scenarios are no modules: those of a rule share one global scope, in their order
        "#]],
        );
        check(
            "let x: = 1",
            expect![[r#"
            1:8: unexpected token
        "#]],
        );
        check(
            "let x = <div>1</div>",
            expect![[r#"
            1:16: unterminated regular expression
            1:16: unexpected token
        "#]],
        );
    }

    #[test]
    fn a_text_that_would_mean_something_else_is_refused() {
        check(
            "let x = 1 + 2 as number * 3",
            expect![[r#"
            1:24: expected a semicolon or an implicit semicolon after a statement, but found none: try inserting a semicolon here
        "#]],
        );
        check(
            "const f = (a)\n: string => a",
            expect![[r#"
            2:10: without its types this would mean something else: write brackets around what has the type, or a semicolon
        "#]],
        );
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        match strip(text) {
            Ok(stripped) => {
                assert_eq!(stripped.len(), text.len());
                expect.assert_eq(&stripped);
                Scenario::compile("stripped", "stripped.js", stripped.as_bytes()).unwrap();
            }
            Err(wrongs) => {
                let lines = Lines::new(text);
                let told = wrongs.iter().map(|wrong| {
                    let (line, column) = lines.place(text, wrong.start);
                    format!("{line}:{column}: {}\n", wrong.message)
                });
                expect.assert_eq(&told.collect::<String>());
            }
        }
    }
}

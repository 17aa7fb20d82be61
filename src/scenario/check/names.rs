//! Names: what a script declares for the scenarios beside it, what it wants from them, and what it does with its own
//! that cannot work.

use std::collections::HashSet;

use crate::scenario::check::{Code, Found};
use crate::scenario::syntax::tree::*;
use crate::scenario::syntax::{Lines, Script};

/// The language's own globals in an isolate; `queueMicrotask` comes with its promises.
pub const LANGUAGE: &str = "AggregateError Array ArrayBuffer AsyncIterator BigInt BigInt64Array BigUint64Array Boolean DataView \
    Date Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError \
    Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String \
    SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap \
    WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat \
    parseInt queueMicrotask undefined unescape";

/// The names of one script.
#[derive(Debug, Default)]
pub struct Names {
    pub declared: Vec<Declared>,
    pub wanted: Vec<Wanted>,
    /// Assigned without a declaration: they are globals from then on.
    pub made: HashSet<String>,
}

/// A name of the script's top level.
#[derive(Clone, Debug)]
pub struct Declared {
    pub name: String,
    /// `let`, `const`, `class`: there can be no other of that name.
    pub alone: bool,
    pub span: Span,
}

/// A name that the script does not declare.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub name: String,
    pub span: Span,
    /// In a function: wanted when that is called, and not before.
    pub later: bool,
    /// Its member, where one is read of it at once: `Net.httpRequest`.
    pub member: Option<String>,
}

/// The names of a script, and what it does with them that cannot work.
pub fn look(script: &Script<'_>) -> (Names, Vec<Found>) {
    let mut found = Vec::new();
    for symbol in script.semantic.scoping().symbol_ids() {
        own(script, symbol, &mut found);
    }
    let mut names = Names::default();
    declared(script, &mut names);
    wanted(script, &mut names, &mut found);
    (names, found)
}

/// What a script does with a name of its own.
fn own(script: &Script<'_>, symbol: SymbolId, found: &mut Vec<Found>) {
    let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
    let flags = scoping.symbol_flags(symbol);
    let name = scoping.symbol_name(symbol);
    let declared = scoping.symbol_span(symbol);
    let lines = || Lines::new(script.text);
    if flags.is_const_variable() {
        for reference in scoping.get_resolved_references(symbol) {
            if reference.is_write() {
                let span = nodes.kind(reference.node_id()).span();
                let message = format!("`{name}` is a constant: it cannot be assigned again");
                found.push(Found::error(span, Code::Constant, message));
            }
        }
    }
    let alone = flags.is_block_scoped() || flags.is_class();
    if !alone || flags.is_function() || flags.is_catch_variable() {
        return;
    }
    let init = match nodes.kind(scoping.symbol_declaration(symbol)) {
        AstKind::VariableDeclarator(it) => it.init.as_ref().map(|init| init.span()),
        AstKind::Class(_) => None,
        // Parameters have their value already.
        _ => return,
    };
    let home = function_of(scoping, scoping.symbol_scope_id(symbol));
    for reference in scoping.get_resolved_references(symbol) {
        let span = nodes.kind(reference.node_id()).span();
        let in_init = init.is_some_and(|init| init.start <= span.start && span.end <= init.end);
        if (span.start >= declared.start && !in_init)
            || !reference.is_value()
            || function_of(scoping, reference.scope_id()) != home
            || waits(nodes, reference.node_id())
        {
            continue;
        }
        let (line, _) = lines().place(script.text, declared.start);
        let message = match in_init {
            true => format!("`{name}` is used in its own declaration, before it has a value"),
            false => format!("`{name}` is used before its declaration in line {line}"),
        };
        found.push(Found::error(span, Code::BeforeDeclaration, message));
    }
}

/// The function that a scope belongs to.
fn function_of(scoping: &Scoping, scope: ScopeId) -> Option<ScopeId> {
    let mut scopes = scoping.scope_ancestors(scope);
    scopes.find(|scope| scoping.scope_flags(*scope).is_function())
}

/// Whether something stands in the value of a field, which is made with each object.
fn waits(nodes: &AstNodes<'_>, at: NodeId) -> bool {
    let kinds = nodes.ancestor_kinds(at);
    kinds
        .take_while(|kind| !kind.is_function_like())
        .any(|kind| matches!(kind, AstKind::PropertyDefinition(_)))
}

fn declared(script: &Script<'_>, names: &mut Names) {
    let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
    for (name, symbol) in scoping.get_bindings(scoping.root_scope_id()) {
        let flags = scoping.symbol_flags(*symbol);
        if flags.is_value() {
            names.declared.push(Declared {
                name: name.to_string(),
                alone: (flags.is_block_scoped() || flags.is_class()) && !flags.is_function(),
                span: scoping.symbol_span(*symbol),
            });
        }
    }
    names.declared.sort_by_key(|declared| declared.span.start);
    // A function in a block is known outside of it as well, in scripts that are not strict.
    for node in nodes.iter() {
        if let AstKind::Function(it) = node.kind()
            && it.is_declaration()
            && let Some(id) = &it.id
            && matches!(
                nodes.parent_kind(node.id()),
                AstKind::BlockStatement(_) | AstKind::IfStatement(_) | AstKind::SwitchCase(_)
            )
        {
            names.made.insert(id.name.to_string());
        }
    }
}

fn wanted(script: &Script<'_>, names: &mut Names, found: &mut Vec<Found>) {
    let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
    for (name, references) in scoping.root_unresolved_references() {
        for reference in references.iter().map(|id| scoping.get_reference(*id)) {
            let at = reference.node_id();
            let span = nodes.kind(at).span();
            let parent = nodes.parent_kind(at);
            let later = function_of(scoping, reference.scope_id()).is_some();
            let is_asked =
                matches!(parent, AstKind::UnaryExpression(it) if it.operator.is_typeof());
            let ignored = is_asked || !reference.is_value() || (name == "arguments" && later);
            if ignored {
                continue;
            }
            let strict = scoping.scope_flags(reference.scope_id()).is_strict_mode();
            if reference.is_write() && !reference.is_read() && !strict {
                if names.made.insert(name.to_string()) {
                    let message = format!(
                        "`{name}` is declared nowhere: the assignment makes it a global; write `let {name}`"
                    );
                    found.push(Found::warning(span, Code::Undeclared, message));
                }
                continue;
            }
            let member = match parent {
                AstKind::StaticMemberExpression(it) => Some(it.property.name.to_string()),
                _ => None,
            };
            names.wanted.push(Wanted {
                name: name.to_string(),
                span,
                later,
                member,
            });
        }
    }
    names.wanted.sort_by_key(|wanted| wanted.span.start);
}

//! What a script asks of the API: members that are not there, events that never come to that object, listeners that
//! are no functions.

use std::collections::HashSet;

use crate::scenario::check::api::{Api, Asked, Signature, Type};
use crate::scenario::check::infer::Types;
use crate::scenario::check::nearest::nearest;
use crate::scenario::check::surface;
use crate::scenario::check::{Code, Found};
use crate::scenario::syntax::tree::*;

/// Everything that is found in a script. `assigned` are names of properties that some scenario of its rules assigns:
/// those are its own.
pub fn look(types: &Types<'_, '_>, assigned: &HashSet<String>) -> Vec<Found> {
    let mut look = Look {
        types,
        assigned,
        found: Vec::new(),
    };
    let nodes = types.script.semantic.nodes();
    for node in nodes.iter() {
        match node.kind() {
            AstKind::StaticMemberExpression(it) => {
                let name = it.property.name.as_str();
                look.member(node.id(), &it.object, name, it.property.span);
            }
            AstKind::ComputedMemberExpression(it) => {
                if let Expression::StringLiteral(name) = &it.expression {
                    look.member(node.id(), &it.object, &name.value, name.span);
                }
            }
            AstKind::ObjectPattern(it) => look.pattern(node.id(), it),
            AstKind::CallExpression(it) => look.call(it),
            _ => {}
        }
    }
    look.found
}

/// The names of properties that a script assigns to whatever object.
pub fn assigned(nodes: &AstNodes<'_>) -> HashSet<String> {
    let assigns = |node: &AstNode<'_>| match (node.kind(), nodes.parent_kind(node.id())) {
        (AstKind::StaticMemberExpression(it), AstKind::AssignmentExpression(parent)) => {
            (parent.left.span() == it.span).then(|| it.property.name.to_string())
        }
        _ => None,
    };
    nodes.iter().filter_map(assigns).collect()
}

struct Look<'l, 's, 'a> {
    types: &'l Types<'s, 'a>,
    assigned: &'l HashSet<String>,
    found: Vec<Found>,
}

impl<'a> Look<'_, '_, 'a> {
    fn member(&mut self, at: NodeId, object: &Expression<'a>, name: &str, span: Span) {
        let nodes = self.types.script.semantic.nodes();
        let parent = nodes.parent_kind(at);
        let is_called = match parent {
            AstKind::CallExpression(call) => call.callee.span() == nodes.kind(at).span(),
            _ => false,
        };
        if self.assigned.contains(name) || is_a_question(parent) {
            return;
        }
        let of = self.types.of(object);
        match self.types.api.member(&of, name) {
            Asked::Is(_) => {}
            Asked::Missing { owner, has } => {
                let is_enum = matches!(of, Type::EnumObject(_));
                self.missing(&owner, &has, name, span, is_enum || is_called);
            }
            // Of something unknown, what only calls have in VoxEngine, and nothing here.
            Asked::Unknown => {
                let of_the_api = match object {
                    Expression::Identifier(it) => surface::has_global(&it.name),
                    _ => false,
                };
                if is_called
                    && !of_the_api
                    && matches!(of, Type::Unknown)
                    && surface::missed_of_a_call(self.types.api, name)
                {
                    self.found.push(Found::missed(span, format!("Call.{name}")));
                }
            }
        }
    }

    fn pattern(&mut self, at: NodeId, pattern: &ObjectPattern<'a>) {
        let of = self.types.taken_apart(at);
        if of == Type::Unknown {
            return;
        }
        for property in &pattern.properties {
            let Some(name) = property.key.static_name() else {
                continue;
            };
            if let Asked::Missing { owner, has } = self.types.api.member(&of, &name)
                && !self.assigned.contains(&*name)
            {
                let is_enum = matches!(of, Type::EnumObject(_));
                self.missing(&owner, &has, &name, property.key.span(), is_enum);
            }
        }
    }

    fn missing(&mut self, owner: &str, has: &[String], name: &str, span: Span, breaks: bool) {
        let what = format!("{owner}.{name}");
        if surface::has(owner, name) {
            self.found.push(Found::missed(span, what));
            return;
        }
        let message = match nearest(name, has.iter().map(String::as_str)) {
            Some(near) => format!("`{what}`: did you mean `{near}`?"),
            None => format!("there is no `{what}`"),
        };
        // What is read and is not there is undefined, which may be meant; what is called throws.
        let code = Code::UnknownMember;
        self.found.push(match breaks {
            true => Found::error(span, code, message),
            false => Found::warning(span, code, message),
        });
    }

    fn call(&mut self, call: &CallExpression<'a>) {
        let signatures = self.types.signatures(call);
        if signatures.is_empty() || call.arguments.iter().any(Argument::is_spread) {
            return;
        }
        self.event(call, &signatures);
        self.listener(call, &signatures);
        self.keys(call, &signatures);
    }

    /// A key of a parameter object that is none, where it looks like one: VoxEngine may have others.
    fn keys(&mut self, call: &CallExpression<'a>, signatures: &[Signature]) {
        let api = self.types.api;
        for (index, argument) in call.arguments.iter().enumerate() {
            let argument = argument.as_expression();
            let Some(Expression::ObjectExpression(object)) =
                argument.map(Expression::get_inner_expression)
            else {
                continue;
            };
            let mut takes = Vec::new();
            let parameters = signatures
                .iter()
                .filter_map(|one| one.parameters.get(index));
            if !parameters
                .into_iter()
                .all(|one| objects_of(api, &one.is, &mut takes))
            {
                continue;
            }
            for property in object.properties.iter().filter_map(|one| one.as_property()) {
                let name = property.key.static_name().filter(|_| !property.computed);
                let Some(name) = name else { continue };
                let mut missing: Option<(String, Vec<String>)> = None;
                let known = takes.iter().any(|of| match api.member(of, &name) {
                    Asked::Missing { owner, has } => {
                        let (_, all) = missing.get_or_insert((owner, Vec::new()));
                        all.extend(has);
                        false
                    }
                    Asked::Is(_) | Asked::Unknown => true,
                });
                if let Some((owner, has)) = missing.filter(|_| !known)
                    && nearest(&name, has.iter().map(String::as_str)).is_some()
                {
                    self.missing(&owner, &has, &name, property.key.span(), false);
                }
            }
        }
    }

    /// An event that never comes to the object.
    fn event(&mut self, call: &CallExpression<'a>, signatures: &[Signature]) {
        let events: Option<Vec<Vec<String>>> = signatures
            .iter()
            .map(|signature| {
                let event = signature.event()?;
                self.types.api.enums_of(event)
            })
            .collect();
        let (Some(allowed), Some(argument)) = (events, call.arguments.first()) else {
            return;
        };
        let allowed = allowed.concat();
        let Some(expression) = argument.as_expression() else {
            return;
        };
        let takes_events = signatures
            .iter()
            .any(|signature| !signature.bounds.is_empty());
        let (of, member) = match (self.types.of(expression), expression) {
            (Type::Value(of, member), _) => (of, member),
            (_, Expression::StringLiteral(text)) if takes_events => {
                return self.event_by_text(text, &allowed);
            }
            _ => return,
        };
        if allowed.contains(&of) || !takes_events {
            return;
        }
        let comes_to = self.types.api.listens_to(&of);
        let whose = match call.callee.get_member_expr() {
            Some(member) => match self.types.of(member.object()) {
                Type::Named(object) => self.types.api.called(&object),
                _ => "this object".to_string(),
            },
            None => "this object".to_string(),
        };
        let whose = match whose.as_str() {
            "VoxEngine" | "this object" => whose,
            object => one_of(object),
        };
        let comes_to = match comes_to.as_slice() {
            [] => String::new(),
            names => format!(", only to {}", listed(names)),
        };
        let message = format!("`{of}.{member}` never comes to {whose}{comes_to}");
        self.found
            .push(Found::error(argument.span(), Code::Event, message));
    }

    /// An event that is named by its text.
    fn event_by_text(&mut self, text: &StringLiteral<'a>, allowed: &[String]) {
        let api = self.types.api;
        let values = allowed.iter().filter_map(|of| api.enums.get(of));
        let values: Vec<&str> = values
            .flat_map(|members| members.values())
            .map(String::as_str)
            .collect();
        if values.contains(&text.value.as_str()) {
            return;
        }
        let message = match nearest(&text.value, values) {
            Some(near) => format!("`{}`: did you mean `{near}`?", text.value),
            None => format!("`{}` is no event that comes here", text.value),
        };
        self.found
            .push(Found::warning(text.span, Code::Event, message));
    }

    /// An argument that has to be a function and is none.
    fn listener(&mut self, call: &CallExpression<'a>, signatures: &[Signature]) {
        let most = signatures.iter().map(|one| one.parameters.len()).max();
        for index in 0..most.unwrap_or(0) {
            let wanted = |signature: &Signature| {
                signature.parameters.get(index).is_some_and(|parameter| {
                    let is = self.types.api.resolved(&parameter.is);
                    matches!(is, Type::Function(_)) && !parameter.rest
                })
            };
            if !signatures.iter().all(wanted) {
                continue;
            }
            let optional = |signature: &Signature| {
                let parameter = signature.parameters.get(index);
                parameter.is_some_and(|parameter| parameter.optional)
            };
            let optional = signatures.iter().any(optional);
            let what = match call.arguments.get(index) {
                None if optional => continue,
                None => Some(MISSING.to_string()),
                Some(argument) => argument
                    .as_expression()
                    .and_then(|argument| self.no_function(argument, optional)),
            };
            let Some(what) = what else { continue };
            let argument = call.arguments.get(index);
            let span = argument.map_or(call.span, |argument| argument.span());
            let message = match what.split_once(ADVICE) {
                _ if what == MISSING => what.clone(),
                Some((what, advice)) => {
                    format!("{what}, where a function is wanted{ADVICE}{advice}")
                }
                None => format!("{what} where a function is wanted"),
            };
            let is_call = matches!(
                argument.and_then(|argument| argument.as_expression()),
                Some(Expression::CallExpression(_))
            );
            // Somebody may have put another function in the place of the one that is called.
            self.found.push(match is_call {
                true => Found::warning(span, Code::Listener, message),
                false => Found::error(span, Code::Listener, message),
            });
        }
    }

    /// Why an expression is no function, where that is certain.
    fn no_function(&self, argument: &Expression<'a>, optional: bool) -> Option<String> {
        let what = match argument.get_inner_expression() {
            Expression::StringLiteral(_) | Expression::TemplateLiteral(_) => "a text",
            Expression::NumericLiteral(_) | Expression::BigIntLiteral(_) => "a number",
            Expression::BooleanLiteral(_) => "true or false",
            Expression::ObjectExpression(_) => "an object",
            Expression::ArrayExpression(_) => "a list",
            Expression::RegExpLiteral(_) => "a regular expression",
            Expression::NullLiteral(_) => match optional {
                true => return None,
                false => "null",
            },
            Expression::Identifier(it) if it.name == "undefined" => match optional {
                true => return None,
                false => "undefined",
            },
            Expression::CallExpression(call) => return self.returns_nothing(call),
            expression => match self.types.of(expression) {
                Type::Text | Type::Value(..) => "a text",
                Type::Number => "a number",
                Type::Boolean => "true or false",
                Type::List(_) => "a list",
                Type::Named(object) if self.types.api.objects.contains_key(&object) => {
                    return Some(one_of(&self.types.api.called(&object)));
                }
                _ => return None,
            },
        };
        Some(what.to_string())
    }

    /// A call of something that is known to return nothing.
    fn returns_nothing(&self, call: &CallExpression<'a>) -> Option<String> {
        let signatures = self.types.signatures(call);
        let nothing = |one: &Signature| one.result == Type::Nothing;
        let text = self.types.script.text;
        let callee = call.callee.span();
        let callee = text.get(callee.start as usize..callee.end as usize)?;
        let what =
            format!("`{callee}(…)` returns nothing: write `{callee}`, or a function that calls it");
        if !signatures.is_empty() {
            return signatures.iter().all(nothing).then_some(what);
        }
        let Expression::Identifier(name) = &call.callee else {
            return None;
        };
        let semantic = &self.types.script.semantic;
        let reference = semantic.scoping().get_reference(name.reference_id.get()?);
        let symbol = reference.symbol_id()?;
        if semantic.scoping().symbol_is_mutated(symbol) {
            return None;
        }
        let at = semantic.scoping().symbol_declaration(symbol);
        let returns = match semantic.nodes().kind(at) {
            AstKind::Function(it) => {
                it.r#async || it.generator || it.body.as_deref().is_none_or(returns_something)
            }
            AstKind::VariableDeclarator(it) => match &it.init {
                Some(Expression::ArrowFunctionExpression(it)) => {
                    it.r#async || it.body.as_function_body().is_none_or(returns_something)
                }
                Some(Expression::FunctionExpression(it)) => {
                    it.r#async || it.generator || it.body.as_deref().is_none_or(returns_something)
                }
                _ => true,
            },
            _ => true,
        };
        (!returns).then_some(what)
    }
}

/// Whether the parent only asks if the member is there.
fn is_a_question(parent: AstKind<'_>) -> bool {
    match parent {
        AstKind::UnaryExpression(it) => it.operator.is_typeof() || it.operator.is_delete(),
        _ => false,
    }
}

/// Whether some `return` of a function has a value; functions inside it have their own.
fn returns_something(body: &FunctionBody<'_>) -> bool {
    struct Returns(bool);
    impl<'a> Visit<'a> for Returns {
        fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
            self.0 |= it.argument.is_some();
        }
        fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}
        fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}
        fn visit_class(&mut self, _: &Class<'a>) {}
    }
    let mut returns = Returns(false);
    returns.visit_function_body(body);
    returns.0
}

/// Adds the kinds of object that a type may be; whether all that it may be is known.
fn objects_of(api: &Api, of: &Type, objects: &mut Vec<Type>) -> bool {
    match api.resolved(of) {
        Type::Unknown => false,
        Type::Union(types) => types.iter().all(|of| objects_of(api, of, objects)),
        Type::Named(name) if api.objects.contains_key(&name) => {
            objects.push(Type::Named(name));
            true
        }
        _ => true,
    }
}

/// What stands between what is wrong and what to write.
const ADVICE: &str = ": write ";
const MISSING: &str = "a function is missing here";

fn one_of(kind: &str) -> String {
    match kind.starts_with(['A', 'E', 'I', 'O', 'U']) {
        true => format!("an {kind}"),
        false => format!("a {kind}"),
    }
}

/// `VoxEngine`, a `Call` or a `Player`.
fn listed(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| match name.as_str() {
            "VoxEngine" => "VoxEngine".to_string(),
            name => one_of(name),
        })
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

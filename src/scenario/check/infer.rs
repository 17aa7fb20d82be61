//! What an expression is, as far as the text shows it: what `VoxEngine.callUser(…)` returns, the event that a listener
//! gets, what is taken out of either. Where a name may be several things it is unknown, and nothing is said of it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::scenario::check::api::{Api, Asked, Parameter, Type};
use crate::scenario::syntax::Script;
use crate::scenario::syntax::tree::*;

/// Steps from an expression to what it comes from; code that people write takes a handful.
const MOST_STEPS: u32 = 40;

/// The types of one script.
pub struct Types<'s, 'a> {
    pub script: &'s Script<'a>,
    pub api: &'static Api,
    known: RefCell<HashMap<SymbolId, Type>>,
    /// Under way: a name that is made from itself is unknown.
    asked: RefCell<HashSet<SymbolId>>,
    /// Globals of the API that the script replaces.
    replaced: HashSet<String>,
}

impl<'s, 'a> Types<'s, 'a> {
    pub fn new(script: &'s Script<'a>, api: &'static Api) -> Types<'s, 'a> {
        let scoping = script.semantic.scoping();
        let unresolved = scoping.root_unresolved_references().iter();
        let replaced = unresolved.filter(|(_, references)| {
            let mut references = references.iter().map(|id| scoping.get_reference(*id));
            references.any(Reference::is_write)
        });
        Types {
            script,
            api,
            known: RefCell::default(),
            asked: RefCell::default(),
            replaced: replaced.map(|(name, _)| name.to_string()).collect(),
        }
    }

    pub fn of(&self, expression: &Expression<'a>) -> Type {
        self.at(expression, 0)
    }

    /// What a call is made to.
    pub fn signatures(
        &self,
        call: &CallExpression<'a>,
    ) -> Vec<crate::scenario::check::api::Signature> {
        self.overloads(call, 0)
    }

    fn overloads(
        &self,
        call: &CallExpression<'a>,
        depth: u32,
    ) -> Vec<crate::scenario::check::api::Signature> {
        match self.at(&call.callee, depth + 1) {
            Type::Function(overloads) => overloads.to_vec(),
            _ => Vec::new(),
        }
    }

    fn at(&self, expression: &Expression<'a>, depth: u32) -> Type {
        if depth > MOST_STEPS {
            return Type::Unknown;
        }
        let next = depth + 1;
        match expression {
            Expression::StringLiteral(_) | Expression::TemplateLiteral(_) => Type::Text,
            Expression::NumericLiteral(_) => Type::Number,
            Expression::BooleanLiteral(_) => Type::Boolean,
            Expression::NullLiteral(_) => Type::Nothing,
            Expression::Identifier(it) => self.named(it, next),
            Expression::ParenthesizedExpression(it) => self.at(&it.expression, next),
            Expression::TSNonNullExpression(it) => self.at(&it.expression, next),
            Expression::TSSatisfiesExpression(it) => self.at(&it.expression, next),
            Expression::TSAsExpression(it) => self.written(&it.type_annotation),
            Expression::StaticMemberExpression(it) => {
                self.member(&it.object, &it.property.name, next)
            }
            Expression::ComputedMemberExpression(it) => match &it.expression {
                Expression::StringLiteral(name) => self.member(&it.object, &name.value, next),
                Expression::NumericLiteral(_) => match self.at(&it.object, next) {
                    Type::List(of) => *of,
                    _ => Type::Unknown,
                },
                _ => Type::Unknown,
            },
            Expression::ChainExpression(it) => match &it.expression {
                ChainElement::CallExpression(call) => self.returned(call, next),
                ChainElement::StaticMemberExpression(it) => {
                    self.member(&it.object, &it.property.name, next)
                }
                _ => Type::Unknown,
            },
            Expression::CallExpression(it) => self.returned(it, next),
            Expression::NewExpression(it) => match &it.callee {
                Expression::Identifier(class) => self.made(class),
                _ => Type::Unknown,
            },
            Expression::AwaitExpression(it) => match self.at(&it.argument, next) {
                Type::Promise(of) => *of,
                other => other,
            },
            Expression::AssignmentExpression(it) if it.operator.is_assign() => {
                self.at(&it.right, next)
            }
            Expression::ConditionalExpression(it) => {
                either(self.at(&it.consequent, next), self.at(&it.alternate, next))
            }
            Expression::LogicalExpression(it) => {
                either(self.at(&it.left, next), self.at(&it.right, next))
            }
            _ => Type::Unknown,
        }
    }

    fn member(&self, object: &Expression<'a>, name: &str, depth: u32) -> Type {
        match self.api.member(&self.at(object, depth), name) {
            Asked::Is(is) => is,
            Asked::Unknown | Asked::Missing { .. } => Type::Unknown,
        }
    }

    fn returned(&self, call: &CallExpression<'a>, depth: u32) -> Type {
        let mut results = self
            .overloads(call, depth)
            .into_iter()
            .map(|one| one.result);
        let Some(first) = results.next() else {
            return Type::Unknown;
        };
        match results.all(|result| result == first) {
            true => first,
            false => Type::Unknown,
        }
    }

    fn named(&self, name: &IdentifierReference<'a>, depth: u32) -> Type {
        let reference = name.reference_id.get();
        let scoping = self.script.semantic.scoping();
        match reference.and_then(|id| scoping.get_reference(id).symbol_id()) {
            Some(symbol) => self.symbol(symbol, depth),
            None if name.name == "undefined" => Type::Nothing,
            None if self.replaced.contains(name.name.as_str()) => Type::Unknown,
            None => {
                let global = self.api.globals.get(name.name.as_str());
                global.cloned().unwrap_or(Type::Unknown)
            }
        }
    }

    /// What `new` makes of a class of the API.
    fn made(&self, class: &IdentifierReference<'a>) -> Type {
        let scoping = self.script.semantic.scoping();
        let reference = class.reference_id.get().map(|id| scoping.get_reference(id));
        let own = reference.is_none_or(|reference| reference.symbol_id().is_some());
        let name = class.name.as_str();
        match own || self.replaced.contains(name) || !self.api.globals.contains_key(name) {
            true => Type::Unknown,
            false => self.api.resolved(&Type::Named(name.to_string())),
        }
    }

    fn symbol(&self, symbol: SymbolId, depth: u32) -> Type {
        if let Some(known) = self.known.borrow().get(&symbol) {
            return known.clone();
        }
        if !self.asked.borrow_mut().insert(symbol) {
            return Type::Unknown;
        }
        let is = self.declared(symbol, depth).unwrap_or(Type::Unknown);
        self.asked.borrow_mut().remove(&symbol);
        self.known.borrow_mut().insert(symbol, is.clone());
        is
    }

    fn declared(&self, symbol: SymbolId, depth: u32) -> Option<Type> {
        let (nodes, scoping) = (self.script.semantic.nodes(), self.script.semantic.scoping());
        if !scoping.symbol_redeclarations(symbol).is_empty() {
            return None;
        }
        let at = scoping.symbol_declaration(symbol);
        match nodes.kind(at) {
            AstKind::VariableDeclarator(it) => {
                if let Some(written) = &it.type_annotation {
                    let of = self.written(&written.type_annotation);
                    return self.in_pattern(&it.id, of, symbol);
                }
                let first = match &it.init {
                    Some(init) => self.at(init, depth),
                    None => {
                        let list = nodes.parent_id(nodes.parent_id(at));
                        match nodes.kind(list) {
                            AstKind::ForOfStatement(each) => match self.at(&each.right, depth) {
                                Type::List(of) => *of,
                                _ => Type::Unknown,
                            },
                            AstKind::ForInStatement(_) => Type::Text,
                            _ => Type::Nothing,
                        }
                    }
                };
                let first = self.in_pattern(&it.id, first, symbol)?;
                match scoping.symbol_is_mutated(symbol) {
                    false => Some(first),
                    true => self.assigned(symbol, first, depth),
                }
            }
            AstKind::FormalParameter(it) => {
                if scoping.symbol_is_mutated(symbol) {
                    return None;
                }
                let of = match &it.type_annotation {
                    Some(written) => self.written(&written.type_annotation),
                    None => {
                        let list = nodes.parent_id(at);
                        let AstKind::FormalParameters(parameters) = nodes.kind(list) else {
                            return None;
                        };
                        let mut all = parameters.items.iter();
                        let index = all.position(|one| one.span == it.span)?;
                        self.parameter(nodes.parent_id(list), index, depth)?
                    }
                };
                self.in_pattern(&it.pattern, of, symbol)
            }
            _ => None,
        }
    }

    /// What is assigned to a name, where that is always the same.
    fn assigned(&self, symbol: SymbolId, first: Type, depth: u32) -> Option<Type> {
        let (nodes, scoping) = (self.script.semantic.nodes(), self.script.semantic.scoping());
        let mut is = first;
        for reference in scoping.get_resolved_references(symbol) {
            if !reference.is_write() {
                continue;
            }
            let AstKind::AssignmentExpression(it) = nodes.parent_kind(reference.node_id()) else {
                return None;
            };
            if !it.operator.is_assign() {
                return None;
            }
            let other = self.at(&it.right, depth);
            is = match (is, other) {
                (Type::Nothing, other) => other,
                (is, Type::Nothing) => is,
                (is, other) if is == other => is,
                _ => return None,
            };
        }
        Some(is)
    }

    /// What a function gets as a parameter: by the calls that it is handed to.
    fn parameter(&self, function: NodeId, index: usize, depth: u32) -> Option<Type> {
        let nodes = self.script.semantic.nodes();
        if let AstKind::CallExpression(call) = nodes.parent_kind(function) {
            return self.handed(call, nodes.kind(function).span(), index, depth);
        }
        // A function with a name, used as a listener and nothing else.
        let symbol = match (nodes.kind(function), nodes.parent_kind(function)) {
            (AstKind::Function(it), _) if it.is_declaration() => it.id.as_ref()?.symbol_id.get(),
            (_, AstKind::VariableDeclarator(it)) => it.id.get_binding_identifier()?.symbol_id.get(),
            _ => None,
        }?;
        let scoping = self.script.semantic.scoping();
        let mut is = None;
        for reference in scoping.get_resolved_references(symbol) {
            let at = reference.node_id();
            let AstKind::CallExpression(call) = nodes.parent_kind(at) else {
                return None;
            };
            let this = self.handed(call, nodes.kind(at).span(), index, depth)?;
            match &is {
                None => is = Some(this),
                Some(is) if *is == this => {}
                Some(_) => return None,
            }
        }
        is
    }

    /// What the argument at `span` gets when it is called.
    fn handed(
        &self,
        call: &CallExpression<'a>,
        span: Span,
        index: usize,
        depth: u32,
    ) -> Option<Type> {
        let place = call.arguments.iter().position(|one| one.span() == span)?;
        for signature in self.overloads(call, depth) {
            let Some(Parameter { is, .. }) = signature.parameters.get(place) else {
                continue;
            };
            let Type::Function(callback) = self.api.resolved(is) else {
                continue;
            };
            let Some(Parameter { is, .. }) = callback.first()?.parameters.get(index) else {
                continue;
            };
            let Type::EventOf { map, parameter } = is else {
                return Some(is.clone());
            };
            let named = Type::Named(parameter.clone());
            let mut parameters = signature.parameters.iter();
            let event = parameters.position(|one| one.is == named)?;
            let event = call.arguments.get(event)?.as_expression()?;
            return match self.at(event, depth) {
                Type::Value(of, member) => Some(self.api.event(map, &(of, member))),
                _ => None,
            };
        }
        None
    }

    fn in_pattern(&self, pattern: &BindingPattern<'a>, of: Type, symbol: SymbolId) -> Option<Type> {
        match pattern {
            BindingPattern::BindingIdentifier(it) => {
                (it.symbol_id.get() == Some(symbol)).then_some(of)
            }
            BindingPattern::ObjectPattern(it) => it.properties.iter().find_map(|property| {
                let name = property.key.static_name();
                let part = match name.map(|name| self.api.member(&of, &name)) {
                    Some(Asked::Is(part)) => part,
                    _ => Type::Unknown,
                };
                self.in_pattern(&property.value, part, symbol)
            }),
            BindingPattern::ArrayPattern(it) => {
                let part = match of {
                    Type::List(of) => *of,
                    _ => Type::Unknown,
                };
                let mut elements = it.elements.iter().flatten();
                elements.find_map(|element| self.in_pattern(element, part.clone(), symbol))
            }
            BindingPattern::AssignmentPattern(it) => self.in_pattern(&it.left, of, symbol),
        }
    }

    /// The type that a pattern takes apart, for what stands in it.
    pub fn taken_apart(&self, pattern: NodeId) -> Type {
        let nodes = self.script.semantic.nodes();
        let at = nodes.parent_id(pattern);
        match nodes.kind(at) {
            AstKind::VariableDeclarator(it) => match (&it.type_annotation, &it.init) {
                (Some(written), _) => self.written(&written.type_annotation),
                (None, Some(init)) => self.of(init),
                (None, None) => Type::Unknown,
            },
            AstKind::FormalParameter(it) => match &it.type_annotation {
                Some(written) => self.written(&written.type_annotation),
                None => {
                    let list = nodes.parent_id(at);
                    let AstKind::FormalParameters(parameters) = nodes.kind(list) else {
                        return Type::Unknown;
                    };
                    let mut all = parameters.items.iter();
                    let index = all.position(|one| one.span == it.span);
                    let function = nodes.parent_id(list);
                    let is = index.and_then(|index| self.parameter(function, index, 0));
                    is.unwrap_or(Type::Unknown)
                }
            },
            _ => Type::Unknown,
        }
    }

    /// A type that the scenario itself writes, where it is one of the API.
    fn written(&self, is: &TSType<'a>) -> Type {
        match is {
            TSType::TSStringKeyword(_) => Type::Text,
            TSType::TSNumberKeyword(_) => Type::Number,
            TSType::TSBooleanKeyword(_) => Type::Boolean,
            TSType::TSUndefinedKeyword(_) | TSType::TSNullKeyword(_) => Type::Nothing,
            TSType::TSArrayType(it) => Type::List(Box::new(self.written(&it.element_type))),
            TSType::TSUnionType(it) => {
                Type::Union(it.types.iter().map(|one| self.written(one)).collect())
            }
            TSType::TSTypeReference(it) => match &it.type_name {
                TSTypeName::IdentifierReference(name) => {
                    let scoping = self.script.semantic.scoping();
                    let reference = name.reference_id.get().map(|id| scoping.get_reference(id));
                    let own = reference.is_some_and(|reference| reference.symbol_id().is_some());
                    match own {
                        true => Type::Unknown,
                        false => self.api.resolved(&Type::Named(name.name.to_string())),
                    }
                }
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }
}

fn either(one: Type, other: Type) -> Type {
    match (one, other) {
        (Type::Nothing, is) | (is, Type::Nothing) => is,
        (one, other) if one == other => one,
        _ => Type::Unknown,
    }
}

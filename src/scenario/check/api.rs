//! The API of scenarios as `js-api.d.ts` declares it: read from that very file, so that the two cannot disagree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::scenario::syntax::tree::*;
use crate::scenario::syntax::{self, Language};

const DECLARED: &str = include_str!("../../../js-api.d.ts");

/// Everything that is declared, by name; what stands in a namespace by its full name (`AMD.Model`).
#[derive(Debug, Default)]
pub struct Api {
    /// Interfaces, classes and namespaces.
    pub objects: BTreeMap<String, Object>,
    /// Enums with the values of their members.
    pub enums: BTreeMap<String, BTreeMap<String, String>>,
    aliases: BTreeMap<String, Type>,
    /// What a scenario finds in its global scope.
    pub globals: BTreeMap<String, Type>,
}

/// What members an object has.
#[derive(Clone, Debug, Default)]
pub struct Object {
    members: BTreeMap<String, Type>,
    extends: Vec<String>,
    /// An index signature: it may have any other member.
    open: bool,
    /// Of an event map: by enum and member.
    events: BTreeMap<(String, String), Type>,
}

/// As much of a type as the checks need; what they do not is `Unknown`.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Unknown,
    /// `void`, `undefined`, `null`.
    Nothing,
    Text,
    Number,
    Boolean,
    /// An interface, class, enum or alias.
    Named(String),
    /// The global that is the enum itself.
    EnumObject(String),
    /// One member of an enum.
    Value(String, String),
    /// All overloads.
    Function(Arc<Vec<Signature>>),
    List(Box<Type>),
    Promise(Box<Type>),
    Union(Vec<Type>),
    /// `Map[E]`: the event that a map has for the member of an enum that a parameter names.
    EventOf {
        map: String,
        parameter: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    pub result: Type,
    /// Type parameters with what they extend.
    pub bounds: BTreeMap<String, Type>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub is: Type,
    pub optional: bool,
    pub rest: bool,
}

/// What asking an object for a member comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// It is there.
    Is(Type),
    /// Nobody can say.
    Unknown,
    /// The object is known and has no such member: what it is called, and what it has.
    Missing { owner: String, has: Vec<String> },
}

/// What every object has.
const OF_ALL: [&str; 8] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
];

/// The API of this program.
pub fn api() -> &'static Api {
    static API: OnceLock<Api> = OnceLock::new();
    API.get_or_init(|| {
        syntax::read(DECLARED, Language::Declarations, |script| {
            let mut api = Api::default();
            api.statements(&script.program.body, "");
            api
        })
        .expect("js-api.d.ts is TypeScript: a test reads it")
    })
}

impl Api {
    /// The member of a type.
    pub fn member(&self, of: &Type, name: &str) -> Asked {
        match self.resolved(of) {
            Type::EnumObject(of) => match self.enums.get(&of) {
                Some(members) if members.contains_key(name) => {
                    Asked::Is(Type::Value(of, name.to_string()))
                }
                Some(members) if !OF_ALL.contains(&name) => Asked::Missing {
                    has: members.keys().cloned().collect(),
                    owner: of,
                },
                _ => Asked::Unknown,
            },
            Type::Named(of) => self.member_of_object(&of, name),
            Type::Union(types) => {
                // Of what may be several, a member that one of them has may be meant.
                let asked: Vec<Asked> = types.iter().map(|of| self.member(of, name)).collect();
                match &asked[..] {
                    [one] => one.clone(),
                    _ => match asked
                        .iter()
                        .find(|asked| !matches!(asked, Asked::Missing { .. }))
                    {
                        Some(_) => Asked::Unknown,
                        None => asked.into_iter().next().unwrap_or(Asked::Unknown),
                    },
                }
            }
            _ => Asked::Unknown,
        }
    }

    fn member_of_object(&self, object: &str, name: &str) -> Asked {
        let (mut has, mut open) = (BTreeSet::new(), false);
        let mut kin = vec![object];
        let mut seen = BTreeSet::new();
        while let Some(one) = kin.pop() {
            let Some(of) = self.objects.get(one) else {
                return Asked::Unknown;
            };
            if !seen.insert(one) {
                continue;
            }
            if let Some(is) = of.members.get(name) {
                return Asked::Is(is.clone());
            }
            open |= of.open || !of.events.is_empty();
            has.extend(of.members.keys().cloned());
            kin.extend(of.extends.iter().map(String::as_str));
        }
        match open || OF_ALL.contains(&name) {
            true => Asked::Unknown,
            false => Asked::Missing {
                owner: self.called(object),
                has: has.into_iter().collect(),
            },
        }
    }

    /// What a kind of object is called: by its global where it has one.
    pub fn called(&self, object: &str) -> String {
        let named = Type::Named(object.to_string());
        let mut globals = self.globals.iter();
        match globals.find(|(_, is)| **is == named) {
            Some((global, _)) => global.clone(),
            None => object.to_string(),
        }
    }

    /// Without aliases, and without what is nothing.
    pub fn resolved(&self, of: &Type) -> Type {
        let mut of = of;
        for _ in 0..16 {
            match of {
                Type::Named(name) => match self.aliases.get(name) {
                    Some(alias) => of = alias,
                    None => break,
                },
                Type::Union(types) => {
                    let mut real = types.iter().filter(|is| **is != Type::Nothing);
                    match (real.next(), real.next()) {
                        (Some(only), None) => of = only,
                        _ => break,
                    }
                }
                _ => break,
            }
        }
        match of {
            Type::Named(name) if self.enums.contains_key(name) => of.clone(),
            Type::Named(name) if !self.objects.contains_key(name) => Type::Unknown,
            of => of.clone(),
        }
    }

    /// The event that a map has for a member of an enum.
    pub fn event(&self, map: &str, value: &(String, String)) -> Type {
        let event = self.objects.get(map).and_then(|map| map.events.get(value));
        event.cloned().unwrap_or(Type::Unknown)
    }

    /// The enums that a type can be a member of; nothing where it may be anything else as well.
    pub fn enums_of(&self, of: &Type) -> Option<Vec<String>> {
        match self.resolved(of) {
            Type::Named(name) if self.enums.contains_key(&name) => Some(vec![name]),
            Type::Value(name, _) => Some(vec![name]),
            Type::Union(types) => {
                let enums: Option<Vec<_>> = types.iter().map(|of| self.enums_of(of)).collect();
                Some(enums?.concat())
            }
            _ => None,
        }
    }

    /// Whether some kind of object has a member of that name.
    pub fn anything_has(&self, name: &str) -> bool {
        let mut objects = self.objects.values();
        objects.any(|object| object.members.contains_key(name))
    }

    /// Who takes listeners for the events of an enum.
    pub fn listens_to(&self, events: &str) -> Vec<String> {
        let takes = |object: &Object| match object.members.get("addEventListener") {
            Some(Type::Function(signatures)) => signatures.iter().any(|signature| {
                let event = signature.event();
                let enums = event.and_then(|event| self.enums_of(event));
                enums.is_some_and(|enums| enums.iter().any(|of| of == events))
            }),
            _ => false,
        };
        let objects = self.objects.iter().filter(|(_, object)| takes(object));
        objects.map(|(name, _)| self.called(name)).collect()
    }

    fn statements(&mut self, statements: &[Statement<'_>], within: &str) {
        for statement in statements {
            match statement {
                Statement::ExportDeclaration(it) => self.declaration(&it.declaration, within),
                statement => {
                    if let Some(declaration) = statement.as_declaration() {
                        self.declaration(declaration, within);
                    }
                }
            }
        }
    }

    fn declaration(&mut self, declaration: &Declaration<'_>, within: &str) {
        let full = |name: &str| match within {
            "" => name.to_string(),
            within => format!("{within}.{name}"),
        };
        match declaration {
            Declaration::TSEnumDeclaration(it) => {
                let name = full(&it.id.name);
                let members = it.body.members.iter().map(|member| {
                    let value = match &member.initializer {
                        Some(Expression::StringLiteral(text)) => text.value.to_string(),
                        _ => String::new(),
                    };
                    (member.id.static_name().to_string(), value)
                });
                self.enums.insert(name.clone(), members.collect());
                self.has(within, &it.id.name, Type::EnumObject(name));
            }
            Declaration::TSInterfaceDeclaration(it) => {
                let mut object = self.objects.remove(&full(&it.id.name)).unwrap_or_default();
                let parents = it.extends.iter().map(|parent| type_name(&parent.type_name));
                object.extends.extend(parents);
                self.signatures(&it.body.body, &mut object, within);
                self.objects.insert(full(&it.id.name), object);
            }
            Declaration::TSTypeAliasDeclaration(it) => {
                let is = self.read(&it.type_annotation, within);
                let is = match (&it.type_annotation, is) {
                    (TSType::TSTypeLiteral(literal), _) => {
                        let mut object = Object::default();
                        self.signatures(&literal.members, &mut object, within);
                        self.objects.insert(full(&it.id.name), object);
                        return;
                    }
                    (_, is) => is,
                };
                self.aliases.insert(full(&it.id.name), is);
            }
            Declaration::VariableDeclaration(it) => {
                for one in &it.declarations {
                    if let BindingPattern::BindingIdentifier(id) = &one.id {
                        let is = one.type_annotation.as_ref();
                        let is = is.map(|is| self.read(&is.type_annotation, within));
                        self.has(within, &id.name, is.unwrap_or(Type::Unknown));
                    }
                }
            }
            Declaration::FunctionDeclaration(it) => {
                if let Some(id) = &it.id {
                    let result = it.return_type.as_deref();
                    let bounds = it.type_parameters.as_deref();
                    let signature = self.signature(&it.params, result, bounds, within);
                    self.overload(within, &id.name, signature);
                }
            }
            Declaration::ClassDeclaration(it) => {
                if let Some(id) = &it.id {
                    let object = self.class(it, within);
                    self.objects.insert(full(&id.name), object);
                    self.has(within, &id.name, Type::Unknown);
                }
            }
            Declaration::TSNamespaceDeclaration(it) => {
                let name = full(&it.id.name);
                self.objects.entry(name.clone()).or_default();
                if let TSNamespaceDeclarationBody::TSModuleBlock(block) = &it.body {
                    self.statements(&block.body, &name);
                }
                self.has(within, &it.id.name, Type::Named(name));
            }
            _ => {}
        }
    }

    /// A value that a namespace, or the global scope, has.
    fn has(&mut self, within: &str, name: &str, is: Type) {
        let members = match within {
            "" => &mut self.globals,
            within => &mut self.objects.entry(within.to_string()).or_default().members,
        };
        members.insert(name.to_string(), is);
    }

    fn overload(&mut self, within: &str, name: &str, signature: Signature) {
        let members = match within {
            "" => &mut self.globals,
            within => &mut self.objects.entry(within.to_string()).or_default().members,
        };
        overload(members, name, signature);
    }

    fn class(&mut self, class: &Class<'_>, within: &str) -> Object {
        let mut object = Object::default();
        if let Some(heritage) = &class.heritage
            && let Expression::Identifier(parent) = &heritage.expression
        {
            object.extends.push(parent.name.to_string());
        }
        for element in &class.body.body {
            match element {
                ClassElement::MethodDefinition(it) if !it.r#static => {
                    if let Some(name) = it.key.static_name() {
                        let function = &it.value;
                        let result = function.return_type.as_deref();
                        let bounds = function.type_parameters.as_deref();
                        let signature = self.signature(&function.params, result, bounds, within);
                        overload(&mut object.members, &name, signature);
                    }
                }
                ClassElement::PropertyDefinition(it) if !it.r#static => {
                    if let Some(name) = it.key.static_name() {
                        let is = it.type_annotation.as_ref();
                        let is = is.map(|is| self.read(&is.type_annotation, within));
                        let is = is.unwrap_or(Type::Unknown);
                        object.members.insert(name.to_string(), is);
                    }
                }
                ClassElement::TSIndexSignature(_) => object.open = true,
                _ => {}
            }
        }
        object
    }

    fn signatures(&mut self, members: &[TSSignature<'_>], object: &mut Object, within: &str) {
        for member in members {
            match member {
                TSSignature::TSIndexSignature(_) => object.open = true,
                TSSignature::TSPropertySignature(it) => {
                    let is = it.type_annotation.as_ref();
                    let is = is.map(|is| self.read(&is.type_annotation, within));
                    let is = is.unwrap_or(Type::Unknown);
                    if it.computed {
                        if let PropertyKey::StaticMemberExpression(key) = &it.key
                            && let Expression::Identifier(of) = &key.object
                        {
                            let key = (of.name.to_string(), key.property.name.to_string());
                            object.events.insert(key, is);
                        }
                    } else if let Some(name) = it.key.static_name() {
                        object.members.insert(name.to_string(), is);
                    }
                }
                TSSignature::TSMethodSignature(it) => {
                    if let Some(name) = it.key.static_name() {
                        let result = it.return_type.as_deref();
                        let bounds = it.type_parameters.as_deref();
                        let signature = self.signature(&it.params, result, bounds, within);
                        overload(&mut object.members, &name, signature);
                    }
                }
                // It can be called or made: that says nothing of its members.
                TSSignature::TSCallSignatureDeclaration(_)
                | TSSignature::TSConstructSignatureDeclaration(_) => {}
            }
        }
    }

    fn signature(
        &mut self,
        parameters: &FormalParameters<'_>,
        result: Option<&TSTypeAnnotation<'_>>,
        bounds: Option<&TSTypeParameterDeclaration<'_>>,
        within: &str,
    ) -> Signature {
        let bounds = bounds.into_iter().flat_map(|bounds| &bounds.params);
        let bounds = bounds
            .map(|one| {
                let bound = one.constraint.as_ref();
                let bound = bound.map(|bound| self.read(bound, within));
                (one.name.name.to_string(), bound.unwrap_or(Type::Unknown))
            })
            .collect();
        let mut all: Vec<Parameter> = Vec::new();
        for one in &parameters.items {
            let is = one.type_annotation.as_ref();
            let is = is.map(|is| self.read(&is.type_annotation, within));
            all.push(Parameter {
                is: is.unwrap_or(Type::Unknown),
                optional: one.optional,
                rest: false,
            });
        }
        if parameters.rest.is_some() {
            all.push(Parameter {
                is: Type::Unknown,
                optional: true,
                rest: true,
            });
        }
        Signature {
            parameters: all,
            result: result.map_or(Type::Unknown, |is| self.read(&is.type_annotation, within)),
            bounds,
        }
    }

    fn read(&mut self, written: &TSType<'_>, within: &str) -> Type {
        match written {
            TSType::TSStringKeyword(_) => Type::Text,
            TSType::TSNumberKeyword(_) => Type::Number,
            TSType::TSBooleanKeyword(_) => Type::Boolean,
            TSType::TSVoidKeyword(_) | TSType::TSUndefinedKeyword(_) | TSType::TSNullKeyword(_) => {
                Type::Nothing
            }
            TSType::TSLiteralType(it) => match &it.literal {
                TSLiteral::StringLiteral(_) | TSLiteral::TemplateLiteral(_) => Type::Text,
                TSLiteral::BooleanLiteral(_) => Type::Boolean,
                TSLiteral::NumericLiteral(_) | TSLiteral::UnaryExpression(_) => Type::Number,
                TSLiteral::BigIntLiteral(_) => Type::Unknown,
            },
            TSType::TSArrayType(it) => Type::List(Box::new(self.read(&it.element_type, within))),
            TSType::TSParenthesizedType(it) => self.read(&it.type_annotation, within),
            TSType::TSUnionType(it) => {
                Type::Union(it.types.iter().map(|is| self.read(is, within)).collect())
            }
            TSType::TSFunctionType(it) => {
                let bounds = it.type_parameters.as_deref();
                let signature = self.signature(&it.params, Some(&it.return_type), bounds, within);
                Type::Function(Arc::new(vec![signature]))
            }
            TSType::TSTypeReference(it) => {
                let name = type_name(&it.type_name);
                let inner = it.type_arguments.as_ref();
                let inner = inner.and_then(|arguments| arguments.params.first());
                let inner = inner.map(|inner| Box::new(self.read(inner, within)));
                match (name.as_str(), inner) {
                    ("Promise", Some(of)) => Type::Promise(of),
                    ("Array" | "ReadonlyArray", Some(of)) => Type::List(of),
                    (name, _) => {
                        // What a namespace means by a short name is its own, where it has one.
                        let own = format!("{within}.{name}");
                        let own = self.enums.contains_key(&own) || self.objects.contains_key(&own);
                        if let Some((of, member)) = name.rsplit_once('.')
                            && self.enums.get(of).is_some_and(|of| of.contains_key(member))
                        {
                            return Type::Value(of.into(), member.into());
                        }
                        match own && !within.is_empty() {
                            true => Type::Named(format!("{within}.{name}")),
                            false => Type::Named(name.to_string()),
                        }
                    }
                }
            }
            TSType::TSIndexedAccessType(it) => match (&it.object_type, &it.index_type) {
                (TSType::TSTypeReference(map), TSType::TSTypeReference(of)) => Type::EventOf {
                    map: type_name(&map.type_name),
                    parameter: type_name(&of.type_name),
                },
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }
}

impl Signature {
    /// What its first parameter can be, where that is an event: by the bound of its type.
    pub fn event(&self) -> Option<&Type> {
        let first = &self.parameters.first()?.is;
        match first {
            Type::Named(name) => Some(self.bounds.get(name).unwrap_or(first)),
            first => Some(first),
        }
    }
}

fn overload(members: &mut BTreeMap<String, Type>, name: &str, signature: Signature) {
    let before = match members.remove(name) {
        Some(Type::Function(before)) => before.to_vec(),
        _ => Vec::new(),
    };
    let all = before.into_iter().chain([signature]).collect();
    members.insert(name.to_string(), Type::Function(Arc::new(all)));
}

fn type_name(name: &TSTypeName<'_>) -> String {
    match name {
        TSTypeName::IdentifierReference(it) => it.name.to_string(),
        TSTypeName::QualifiedName(it) => format!("{}.{}", type_name(&it.left), it.right.name),
        TSTypeName::ThisExpression(_) => "this".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_are_read_with_types_events_and_overloads() {
        let api = api();
        let global = |name: &str| api.globals.get(name).cloned().unwrap();
        let event = ("AppEvents".to_string(), "CallAlerting".to_string());
        let event = api.event("AppEventMap", &event);
        assert_eq!(event, Type::Named("CallAlertingEvent".into()));
        let call = api.member(&event, "call");
        assert_eq!(call, Asked::Is(Type::Named("Call".into())));
        assert_eq!(
            api.member(&global("CallEvents"), "Connected"),
            Asked::Is(Type::Value("CallEvents".into(), "Connected".into()))
        );
        let Asked::Is(Type::Function(overloads)) = api.member(&global("VoxEngine"), "callUser")
        else {
            panic!("a function");
        };
        assert!(overloads.len() > 1);
        assert!(
            overloads
                .iter()
                .all(|one| one.result == Type::Named("Call".into()))
        );
        let Asked::Missing { owner, .. } = api.member(&global("VoxEngine"), "callUsr") else {
            panic!("missing");
        };
        assert_eq!(owner, "VoxEngine");
        assert_eq!(api.listens_to("AppEvents"), ["VoxEngine"]);
        assert_eq!(api.listens_to("CallEvents"), ["Call"]);
        assert_eq!(api.member(&global("VoxEngine"), "toString"), Asked::Unknown);
        let headers = Type::Named("Headers".into());
        assert_eq!(api.member(&headers, "X-Anything"), Asked::Unknown);
        assert!(api.globals.contains_key("setTimeout"));
    }
}

//! What of the parser's tree the other rooms see.

pub use oxc_ast::ast::*;
pub use oxc_ast::{AstKind, AstType};
pub use oxc_ast_visit::{Visit, walk};
pub use oxc_semantic::{
    AstNode, AstNodes, NodeId, Reference, ScopeId, Scoping, Semantic, SymbolId,
};
pub use oxc_span::{GetSpan, Span};
pub use oxc_syntax::scope::ScopeFlags;

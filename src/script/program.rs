//! What a session runs: the compiled scenarios of one rule, in order, for one shared global scope.

use std::sync::Arc;

use crate::script::fault::Fault;

/// One compiled scenario.
#[derive(Debug)]
pub struct Scenario {
    /// The file name without its ending.
    pub name: String,
    /// As the author named it, for messages.
    pub file: String,
    /// The first 12 hex digits of the source's SHA-256.
    pub version: String,
    /// QuickJS bytecode with line numbers, made by this very process.
    pub bytecode: Vec<u8>,
    /// Names of VoxEngine's API found in the text that are not supported yet: name, line.
    pub unsupported: Vec<(String, u32)>,
}

/// The scenarios of a rule.
#[derive(Clone, Debug)]
pub struct Program {
    pub scenarios: Vec<Arc<Scenario>>,
}

impl Scenario {
    /// Compiles a classic script (not a module). Most 256 Ki characters.
    pub fn compile(_name: &str, _file: &str, _source: &[u8]) -> Result<Scenario, Fault> {
        todo!()
    }
}

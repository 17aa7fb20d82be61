//! What a session runs: the compiled scenarios of one rule, in order, for one shared global scope.

use std::sync::Arc;

use rquickjs::context::intrinsic;
use rquickjs::{Context, Runtime};
use sha2::{Digest, Sha256};

use crate::script::api::unsupported;
use crate::script::bytecode::{self, Bytecode, Keep};
use crate::script::describe;
use crate::script::fault::{Fault, FaultKind};
use crate::script::marks::Marks;

/// VoxEngine's limit on a scenario's source, in characters.
pub const LONGEST_SOURCE: usize = 256 * 1024;

/// What a compilation may use; a source at its limit needs a tenth of it.
const COMPILER_MEMORY: usize = 256 << 20;
const COMPILER_STACK: usize = 256 << 10;

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
    pub bytecode: Bytecode,
    /// Names of VoxEngine's API found in the text that are not supported yet: name, line.
    pub unsupported: Vec<(String, u32)>,
}

/// The scenarios of a rule.
#[derive(Clone, Debug)]
pub struct Program {
    pub scenarios: Vec<Arc<Scenario>>,
}

impl Scenario {
    /// Compiles a classic script (not a module). At most 256 Ki characters; a byte order mark is dropped.
    pub fn compile(name: &str, file: &str, source: &[u8]) -> Result<Scenario, Fault> {
        let text = std::str::from_utf8(source).map_err(|wrong| {
            let line = 1 + source[..wrong.valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            unreadable(format!("{file}:{line}: the file is not UTF-8"))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let characters = text.encode_utf16().count();
        if characters > LONGEST_SOURCE {
            return Err(unreadable(format!(
                "{file}: a scenario may have {LONGEST_SOURCE} characters, this one has {characters}"
            )));
        }
        Ok(Scenario {
            name: name.into(),
            file: file.into(),
            version: version_of(source),
            bytecode: compile_script(text, file, Keep::Lines)?,
            unsupported: unsupported::found_in(text),
        })
    }
}

/// The version of a source: the first 12 hex digits of its SHA-256.
pub fn version_of(source: &[u8]) -> String {
    let digest = Sha256::digest(source);
    let digits = digest.iter().take(6).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

impl Scenario {
    /// The same scenario, counting what of it runs: `text` is its source with marks. Where that cannot be compiled
    /// it stays as it was.
    pub fn marked(self, text: &str, marks: Marks) -> Scenario {
        match compile_script(text, &self.file, Keep::Lines) {
            Ok(bytecode) => Scenario {
                bytecode: bytecode.with_marks(marks),
                ..self
            },
            Err(_) => self,
        }
    }
}

/// Compiles in an engine of its own, which is gone afterwards.
pub(super) fn compile_script(source: &str, file: &str, keep: Keep) -> Result<Bytecode, Fault> {
    let failed = || Fault {
        kind: FaultKind::OutOfMemory,
        message: format!("{file}: there is no memory to compile it"),
        place: None,
        stack: String::new(),
    };
    let runtime = Runtime::new().map_err(|_| failed())?;
    runtime.set_memory_limit(COMPILER_MEMORY);
    runtime.set_max_stack_size(COMPILER_STACK);
    let context = Context::custom::<(
        intrinsic::Eval,
        intrinsic::RegExpCompiler,
        intrinsic::RegExp,
    )>(&runtime)
    .map_err(|_| failed())?;
    context.with(|ctx| {
        bytecode::compile(&ctx, source, file, keep).map_err(|_| {
            let thrown = describe::thrown(&ctx, &ctx.catch());
            if thrown.nothing || thrown.out_of_memory {
                return failed();
            }
            describe::fault(FaultKind::Syntax, thrown, "")
        })
    })
}

fn unreadable(message: String) -> Fault {
    Fault {
        kind: FaultKind::Source,
        message,
        place: None,
        stack: String::new(),
    }
}

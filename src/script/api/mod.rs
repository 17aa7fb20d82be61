//! The API that a scenario sees: one JS object per file, over the few functions of
//! [`host`](super::host). All files are one function's body, compiled once per process.

pub mod unsupported;

use std::sync::OnceLock;

use crate::script::Fault;
use crate::script::bytecode::Bytecode;
use crate::script::program::compile_script;

/// The file name of the API in a stack; its frames are never shown.
pub(super) const FILE: &str = "<switchhook>";

/// In this order: each leans only on those before it, or on later ones when it is called.
const FILES: &[&str] = &[
    include_str!("primordials.js"),
    include_str!("language.js"),
    include_str!("bounds.js"),
    include_str!("headers.js"),
    include_str!("events.js"),
    include_str!("logger.js"),
    include_str!("timers.js"),
    include_str!("modules.js"),
    include_str!("bytes.js"),
    include_str!("call.js"),
    include_str!("place.js"),
    include_str!("voxengine.js"),
    include_str!("missing.js"),
    include_str!("dispatch.js"),
];

/// The API's bytecode: an expression whose value is `function (host, global)`, which returns the dispatcher.
pub(super) fn bytecode() -> Result<&'static Bytecode, Fault> {
    static BYTECODE: OnceLock<Result<Bytecode, Fault>> = OnceLock::new();
    BYTECODE
        .get_or_init(|| {
            let source = format!(
                "(function (host, global) {{ \"use strict\";\n{}\n}})",
                FILES.join("\n")
            );
            compile_script(&source, FILE)
        })
        .as_ref()
        .map_err(Fault::clone)
}

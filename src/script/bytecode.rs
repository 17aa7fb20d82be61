//! Compiled scripts: source to QuickJS bytecode and bytecode to a run, for classic scripts.
//!
//! rquickjs has bytecode for ES modules alone, and scenarios are classic scripts that share one
//! global scope, so this file speaks to the engine directly. It is the only one that may.
//! Bytecode is as powerful as native code; [`Bytecode`] can be made by [`compile`] only, lives in
//! memory only, and so always comes from this very process and this very engine.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::sync::Arc;

use rquickjs::{Ctx, Error, Result, Value, qjs};

use crate::script::api;
use crate::script::marks::Marks;

/// A compiled classic script. The default is none at all, and cannot be run.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytecode {
    bytes: Box<[u8]>,
    /// The parts of the API that are loaded only where the source names them.
    mentions: Box<[&'static str]>,
    /// Where it counts what runs; scripts that answer calls do not.
    marks: Option<Arc<Marks>>,
}

/// What is kept beside the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// File names and line numbers, for stacks.
    Lines,
    /// Nothing: smaller, and its frames have no place.
    Code,
}

impl Bytecode {
    /// Size in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the source has these bytes in a text of its own.
    pub fn holds(&self, text: &[u8]) -> bool {
        self.bytes
            .windows(text.len().max(1))
            .any(|window| window == text)
    }

    pub(super) fn mentions(&self) -> &[&'static str] {
        &self.mentions
    }

    /// What was marked in its source.
    pub fn marks(&self) -> Option<&Arc<Marks>> {
        self.marks.as_ref()
    }

    pub(super) fn with_marks(self, marks: Marks) -> Bytecode {
        Bytecode {
            marks: Some(Arc::new(marks)),
            ..self
        }
    }
}

impl std::fmt::Debug for Bytecode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytecode({} bytes)", self.len())
    }
}

/// Compiles `source`, named `file` in every stack; the source itself is never kept.
/// A fault of the source is the context's pending exception.
pub(crate) fn compile(ctx: &Ctx<'_>, source: &str, file: &str, keep: Keep) -> Result<Bytecode> {
    let file = CString::new(file.replace('\0', ""))?;
    let mut text = Vec::with_capacity(source.len() + 1);
    text.extend_from_slice(source.as_bytes());
    text.push(0);
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    // SAFETY: the context is alive and locked by `ctx`; `text` holds `source.len()` bytes and the
    // NUL that the engine wants after them; both buffers outlive the call.
    let function = unsafe {
        qjs::JS_Eval(
            ctx.as_raw().as_ptr(),
            text.as_ptr().cast(),
            source.len() as _,
            file.as_ptr(),
            flags as _,
        )
    };
    // SAFETY: `function` is a fresh value of this context; `from_raw` takes its one reference.
    let function = unsafe { Value::from_raw(ctx.clone(), function) };
    if function.is_exception() {
        return Err(Error::Exception);
    }
    let mut len = 0;
    let strip = match keep {
        Keep::Lines => qjs::JS_WRITE_OBJ_STRIP_SOURCE,
        Keep::Code => qjs::JS_WRITE_OBJ_STRIP_SOURCE | qjs::JS_WRITE_OBJ_STRIP_DEBUG,
    };
    let flags = qjs::JS_WRITE_OBJ_BYTECODE | strip;
    // SAFETY: `function` is alive in this context; `len` is valid for the write.
    let bytes = unsafe {
        qjs::JS_WriteObject(
            ctx.as_raw().as_ptr(),
            &mut len,
            function.as_raw(),
            flags as _,
        )
    };
    if bytes.is_null() {
        return Err(Error::Exception);
    }
    // SAFETY: the engine returned `len` initialised bytes, which are copied before they are freed
    // with the allocator that made them.
    let bytecode = unsafe {
        let bytecode = std::slice::from_raw_parts(bytes, len as usize).into();
        qjs::js_free(ctx.as_raw().as_ptr(), bytes.cast());
        bytecode
    };
    Ok(Bytecode {
        bytes: bytecode,
        mentions: api::mentioned_in(source),
        marks: None,
    })
}

/// Runs a script in the context's global scope and returns its completion value.
pub(crate) fn run<'js>(ctx: &Ctx<'js>, bytecode: &Bytecode) -> Result<Value<'js>> {
    // SAFETY: the bytes were made by `compile` in this process (see `Bytecode`), the engine copies
    // what it keeps of them, and the context is alive and locked by `ctx`.
    let function = unsafe {
        qjs::JS_ReadObject(
            ctx.as_raw().as_ptr(),
            bytecode.bytes.as_ptr(),
            bytecode.bytes.len() as _,
            qjs::JS_READ_OBJ_BYTECODE as _,
        )
    };
    // SAFETY: a comparison of the value's tag.
    if unsafe { qjs::JS_IsException(function) } {
        return Err(Error::Exception);
    }
    // SAFETY: `function` is the script's function with one reference, which `JS_EvalFunction`
    // takes; its result is a fresh value, whose one reference `from_raw` takes.
    let value = unsafe {
        let value = qjs::JS_EvalFunction(ctx.as_raw().as_ptr(), function);
        Value::from_raw(ctx.clone(), value)
    };
    if value.is_exception() {
        return Err(Error::Exception);
    }
    Ok(value)
}

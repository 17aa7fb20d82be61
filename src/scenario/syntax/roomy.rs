//! A stack for work that recurses as deep as a text nests. It is a thread, but nothing goes on beside it: whoever
//! asks waits for it to end.

use std::thread;

/// For the shallowest of texts.
const LEAST: usize = 2 << 20;
/// What one character may ask for: the deepest that it can nest is one bracket, and each takes the parser through all
/// the levels of its grammar. Twice what the deepest texts of the tests take; it is reserved, and used only where
/// it is needed.
const BYTES_PER_CHARACTER: usize = if cfg!(debug_assertions) { 2048 } else { 1024 };

/// Runs `work` on a stack for a text of so many bytes. Nothing where there is no room for one, or where the work
/// panicked.
pub(super) fn run<T: Send>(length: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    let stack = LEAST + length * BYTES_PER_CHARACTER;
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(stack);
        builder.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

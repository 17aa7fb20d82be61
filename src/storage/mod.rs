//! What outlives the program: registrations in an embedded store, call records in a file. Each has a
//! thread of its own; whoever hands something over never waits for a disk.

pub mod bell;
pub mod calls;
pub mod registrations;

pub use calls::CallLog;
pub use registrations::Registrations;

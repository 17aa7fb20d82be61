//! What outlives the program: registrations and what scenarios keep in embedded stores, call records in a file, journals of
//! sessions that were recorded in files of their own, the key of our links. Each but the key has a
//! thread of its own; whoever hands something over never waits for a disk.

pub mod application;
pub mod bell;
pub mod calls;
mod database;
pub mod journals;
mod link_key;
pub mod registrations;

pub use application::ApplicationStorage;
pub use calls::CallLog;
pub use database::StoreFault;
pub use journals::JournalFolder;
pub use link_key::link_key;
pub use registrations::Registrations;

//! To be written.

use crate::cli;

/// Runs the program until it is told to end.
pub fn serve(_options: cli::Serve) -> anyhow::Result<()> {
    todo!()
}

/// Whether every check of the demonstration held.
pub fn demo(_options: cli::Demo) -> anyhow::Result<bool> {
    todo!()
}

//! What VoxEngine has and we do not yet.

/// Names found in a scenario's text that are not supported yet: name, line.
pub fn found_in(_source: &str) -> Vec<(String, u32)> {
    Vec::new()
}

//! An embedded store in the data folder, for one program at a time.

use std::fmt::Display;
use std::path::Path;

use redb::{Database, DatabaseError};

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    #[error(
        "{path}: another program has it open; is a second switchhook running on this data folder?"
    )]
    InUse { path: String },
    #[error("{path}: {reason}")]
    Unusable { path: String, reason: String },
}

impl StoreFault {
    pub(super) fn unusable(path: &Path, reason: impl Display) -> StoreFault {
        StoreFault::Unusable {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

/// Opens it, or makes it and its folder.
pub(super) fn open(path: &Path) -> Result<Database, StoreFault> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(|error| StoreFault::unusable(path, error))?;
    Database::create(path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreFault::InUse {
            path: path.display().to_string(),
        },
        other => StoreFault::unusable(path, other),
    })
}

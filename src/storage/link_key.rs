//! The key that links to recordings are sealed with: made once, kept in the data folder, for the program's own
//! eyes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

const FILE: &str = "links.key";
const BYTES: usize = 32;

/// Reads the key, or makes it where there is none.
pub fn link_key(data: &Path) -> io::Result<Arc<[u8]>> {
    fs::create_dir_all(data)?;
    let path = data.join(FILE);
    let mut key = Vec::new();
    match File::open(&path) {
        Ok(file) => file.take(BYTES as u64 + 1).read_to_end(&mut key)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return make(&path),
        Err(error) => return Err(error),
    };
    match key.len() {
        BYTES => Ok(key.into()),
        // A crash while it was made, or somebody's hand: without it no link leads anywhere.
        _ => Err(io::Error::other(format!(
            "{} has not {BYTES} bytes; without the file a new key is made, and the links so far lead nowhere",
            path.display()
        ))),
    }
}

/// Whole or not at all: beside it, and renamed.
fn make(path: &Path) -> io::Result<Arc<[u8]>> {
    let mut key = [0; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(Arc::from(&key[..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_nobody_else_reads_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("new");
        let key = link_key(&folder).unwrap();
        assert_eq!(key.len(), BYTES);
        assert!(key.iter().any(|byte| *byte != 0));
        assert_eq!(link_key(&folder).unwrap(), key);
        let mode = fs::metadata(folder.join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_is_broken_is_not_used() {
        let data = tempfile::tempdir().unwrap();
        for broken in [&[][..], &[1; 31], &[1; 1000]] {
            fs::write(data.path().join(FILE), broken).unwrap();
            assert!(link_key(data.path()).is_err());
        }
    }
}

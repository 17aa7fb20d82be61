//! The media folder: files that scenarios play by their name, such as `welcome.wav` or `de/menu.mp3`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::MOST_BYTES;
use crate::io::folder::read_regular;

/// The longest name that is looked for, in bytes.
const LONGEST_NAME: usize = 255;

/// A file that lies in the folder now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    path: PathBuf,
    /// What it is judged by when it is asked for again.
    pub stamp: Stamp,
}

/// A file's length and time of change: another one means another sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    changed: Option<SystemTime>,
}

impl Found {
    /// At most 10 MB of it.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        read_regular(&self.path, MOST_BYTES as u64)
    }
}

/// Looks for `name` in the folder at `root`. Nothing that lies elsewhere is found, not by a link either.
pub fn find(root: &Path, name: &str) -> Result<Found, String> {
    if !is_name(name) {
        return Err("this is no name of a file in the media folder".to_string());
    }
    let none = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file in the media folder".to_string(),
        _ => format!("the file cannot be read: {error}"),
    };
    let root = fs::canonicalize(root).map_err(none)?;
    let path = fs::canonicalize(root.join(name)).map_err(none)?;
    if !path.starts_with(&root) {
        return Err("a link that leads out of the media folder".to_string());
    }
    let data = fs::metadata(&path).map_err(none)?;
    if !data.is_file() {
        return Err("not a regular file".to_string());
    }
    Ok(Found {
        path,
        stamp: Stamp {
            length: data.len(),
            changed: data.modified().ok(),
        },
    })
}

/// Folders and a file, parted by `/`; none of them hidden or `..`.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.');
    name.len() <= LONGEST_NAME
        && !name.chars().any(|c| c.is_control() || c == '\\')
        && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_is_found_by_its_name_and_nothing_outside_is() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.wav"), "secret").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("de")).unwrap();
        fs::write(root.join("de/menu.wav"), "menu").unwrap();
        fs::write(root.join(".hidden.wav"), "hidden").unwrap();
        symlink("de/menu.wav", root.join("same.wav")).unwrap();
        symlink(outside.path().join("secret.wav"), root.join("out.wav")).unwrap();
        symlink(outside.path(), root.join("away")).unwrap();

        assert_eq!(find(root, "de/menu.wav").unwrap().read().unwrap(), b"menu");
        assert_eq!(find(root, "same.wav").unwrap().read().unwrap(), b"menu");
        let fault = |name: &str| find(root, name).unwrap_err();
        let no_name = "this is no name of a file in the media folder";
        for name in [
            "",
            "..",
            "../x.wav",
            "de/../../x",
            "/etc/passwd",
            "de//menu.wav",
            "./de/menu.wav",
            ".hidden.wav",
            "de\\menu.wav",
            "a\0b",
            "a\nb",
            &"x".repeat(256),
        ] {
            assert_eq!(fault(name), no_name, "{name:?}");
        }
        let out = "a link that leads out of the media folder";
        assert_eq!(fault("out.wav"), out);
        assert_eq!(fault("away/secret.wav"), out);
        assert_eq!(fault("de"), "not a regular file");
        assert_eq!(
            fault("none.wav"),
            "there is no such file in the media folder"
        );
    }

    #[test]
    fn a_file_that_changed_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.wav"), "one").unwrap();
        let one = find(folder.path(), "a.wav").unwrap().stamp;
        assert_eq!(find(folder.path(), "a.wav").unwrap().stamp, one);
        fs::write(folder.path().join("a.wav"), "three").unwrap();
        assert_ne!(find(folder.path(), "a.wav").unwrap().stamp, one);
    }
}

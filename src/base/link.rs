//! Links that only we can make, and that end: the path and the moment are sealed together.

use super::seal::{same, seal_hex};

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not one of ours.
    Forged,
    /// Its time is over.
    Expired,
}

/// The path of a recording's link, and of this program's HTTP, by its name beneath the folder.
pub fn to_recording(name: &str) -> String {
    format!("/recordings/{name}")
}

/// What stands behind `path` in a link: until `expires`, in seconds of the Unix clock.
pub fn query(key: &[u8], path: &str, expires: u64) -> String {
    let seal = seal_hex(key, &sealed(path, expires));
    format!("expires={expires}&signature={seal}")
}

/// Whether the link that was asked for at `now` is one of ours.
pub fn check(key: &[u8], path: &str, query: &str, now: u64) -> Result<(), Refused> {
    let part = |name: &str| {
        let mut parts = query.split('&').filter_map(|part| part.split_once('='));
        parts
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    };
    let (expires, signature) = (part("expires"), part("signature"));
    let expires = expires
        .and_then(|text| text.parse().ok())
        .ok_or(Refused::Forged)?;
    let signature = signature.ok_or(Refused::Forged)?;
    let seal = seal_hex(key, &sealed(path, expires));
    match same(seal.as_bytes(), signature.as_bytes()) {
        false => Err(Refused::Forged),
        true if expires < now => Err(Refused::Expired),
        true => Ok(()),
    }
}

fn sealed(path: &str, expires: u64) -> Vec<u8> {
    format!("GET\n{expires}\n{path}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_its_path_until_its_time_is_over() {
        let query = query(b"key", "/a.wav", 100);
        assert_eq!(check(b"key", "/a.wav", &query, 100), Ok(()));
        assert_eq!(check(b"key", "/a.wav", &query, 101), Err(Refused::Expired));
        assert_eq!(check(b"key", "/b.wav", &query, 1), Err(Refused::Forged));
        assert_eq!(check(b"other", "/a.wav", &query, 1), Err(Refused::Forged));
        let later = query.replace("=100&", "=999&");
        assert_eq!(check(b"key", "/a.wav", &later, 1), Err(Refused::Forged));
        for forged in [
            "",
            "expires=100",
            "expires=x&signature=",
            "signature=1",
            "&&==&",
        ] {
            assert_eq!(check(b"key", "/a.wav", forged, 1), Err(Refused::Forged));
        }
    }
}

//! A party as a script names it: a number, a user name, a URI or a name-addr
//! (`"Carol" <sip:carol@example.com>;tag=1`, RFC 3261 §20.10). Only what `Call.number()`,
//! `Call.callerid()` and `Call.displayName()` show is read here; the text itself goes on as given.

/// The user: of a URI its user part, percent-decoded once; anything else is itself.
pub(super) fn user_of(party: &str) -> String {
    let address = match party.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => party,
    }
    .trim();
    let Some((scheme, rest)) = address.split_once(':') else {
        return address.into();
    };
    match scheme.to_ascii_lowercase().as_str() {
        "sip" | "sips" => {
            let user = match rest.rsplit_once('@') {
                Some((userinfo, _)) => userinfo.split([':', ';']).next().unwrap_or(userinfo),
                None => rest.split([';', '?']).next().unwrap_or(rest),
            };
            percent_decoded(user)
        }
        "tel" => rest.split(';').next().unwrap_or(rest).into(),
        // A colon in what is no URI.
        _ => address.into(),
    }
}

/// The display name; of a name-addr without one, or of a bare URI, the user.
pub(super) fn name_of(party: &str) -> String {
    if let Some((before, _)) = party.split_once('<') {
        let name = before.trim();
        let name = match name
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(quoted) => unquoted(quoted),
            None => name.to_string(),
        };
        return match name.is_empty() {
            true => user_of(party),
            false => name,
        };
    }
    let scheme = party.split(':').next().unwrap_or_default().trim();
    match ["sip", "sips", "tel"]
        .iter()
        .any(|known| party.contains(':') && scheme.eq_ignore_ascii_case(known))
    {
        true => user_of(party),
        false => party.into(),
    }
}

fn unquoted(quoted: &str) -> String {
    let mut plain = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    plain
}

fn percent_decoded(user: &str) -> String {
    let bytes = user.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%')
            .then(|| user.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                plain.push(code);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_shows_its_user_and_its_name() {
        let table = [
            ("1001", "1001", "1001"),
            ("Alice", "Alice", "Alice"),
            ("sip:carol@example.com", "carol", "carol"),
            ("sip:carol:pw@example.com;user=phone", "carol", "carol"),
            ("SIPS:a%20b@example.com", "a b", "a b"),
            ("tel:+4930123;ext=5", "+4930123", "+4930123"),
            (
                "\"Bob \\\"B\\\" Fox\" <sip:bob@192.0.2.1>;tag=x",
                "bob",
                "Bob \"B\" Fox",
            ),
            ("Bob <sip:bob@192.0.2.1>", "bob", "Bob"),
            ("<sip:bob@192.0.2.1>", "bob", "bob"),
            ("<sip:bob", "bob", "bob"),
            ("sip:example.com", "example.com", "example.com"),
            ("", "", ""),
            ("a: b", "a: b", "a: b"),
            ("sip:%zz%4", "%zz%4", "%zz%4"),
        ];
        for (party, user, name) in table {
            assert_eq!(
                (user_of(party), name_of(party)),
                (user.into(), name.into()),
                "{party}"
            );
        }
    }
}

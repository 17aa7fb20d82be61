//! The name that was meant, where a name is not there.

/// The nearest of `names`: the same but for capitals, or a few letters more, less, other or swapped.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // A name of three letters is near to many others.
    let most = (name.chars().count() / 3).clamp(1, 3);
    let written = name.to_lowercase();
    names
        .into_iter()
        .filter(|other| *other != name)
        .map(|other| (apart(&written, &other.to_lowercase(), most), other))
        .filter(|(apart, _)| *apart <= most)
        // Of two that are as near, the one with the same capitals.
        .map(|(near, other)| (near, apart(name, other, most), other))
        .min()
        .map(|(_, _, other)| other)
}

/// How many letters are to be changed, added, dropped or swapped with their neighbour; more than `most` is any more.
fn apart(one: &str, other: &str, most: usize) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most || one.len().max(other.len()) > 100 {
        return most + 1;
    }
    let width = other.len() + 1;
    let mut rows: Vec<Vec<usize>> = vec![(0..width).collect()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: usize, column: usize| {
                let row = rows.get(row);
                row.and_then(|row| row.get(column))
                    .copied()
                    .unwrap_or(most + 1)
            };
            let changed = at(i, j) + usize::from(a != b);
            let fewer = at(i, j + 1) + 1;
            let more = row.last().copied().unwrap_or(0) + 1;
            let mut best = changed.min(fewer).min(more);
            let swapped =
                i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(i - 1, j - 1) + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_the_nearest() {
        let names = ["Connected", "Disconnected", "Failed", "Ringing", "say"];
        for (written, meant) in [
            ("Conected", Some("Connected")),
            ("connected", Some("Connected")),
            ("Cnonected", Some("Connected")),
            ("Faild", Some("Failed")),
            ("Rining", Some("Ringing")),
            ("Hangup", None),
            ("sy", Some("say")),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
        assert_eq!(nearest("cals", ["Call", "calls"]), Some("calls"));
        assert_eq!(nearest("Cals", ["Call", "calls"]), Some("Call"));
    }
}

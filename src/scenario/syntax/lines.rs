//! From byte offsets to lines and columns, and a line of the source with the place marked.

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

/// A longer line is shown in part.
const LONGEST_LINE: usize = 120;

impl Lines {
    pub fn new(text: &str) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = ends.map(|(at, _)| at as u32 + 1);
        Lines {
            starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// Line and column of an offset, from 1; a column is a character.
    pub fn place(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        (line as u32, before.chars().count() as u32 + 1)
    }
}

/// The line with a mark below the column, both counted from 1, for people:
///
/// ```text
///   12 | call.addEventListener(CallEvents.Conected, answer);
///      |                                  ^
/// ```
///
/// Nothing where there is no such line.
pub fn excerpt(text: &str, line: u32, column: u32) -> Option<String> {
    let shown = text.lines().nth(line.checked_sub(1)? as usize)?;
    let before = column.saturating_sub(1) as usize;
    if shown.chars().count() < before {
        return None;
    }
    // Of a line that is too long, what is around the place.
    let skipped = before.saturating_sub(LONGEST_LINE / 2);
    let skipped = if shown.chars().count() > LONGEST_LINE {
        skipped
    } else {
        0
    };
    let part: String = shown.chars().skip(skipped).take(LONGEST_LINE).collect();
    let part: String = part.chars().map(visible).collect();
    let lead = " ".repeat(before - skipped);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    Some(format!(
        "  {number} | {}\n  {margin} | {lead}^\n",
        part.trim_end()
    ))
}

/// One column each, and nothing that a terminal would obey.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '·',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn an_offset_is_a_line_and_a_column_of_characters() {
        let text = "a\nbä€c\n";
        let lines = Lines::new(text);
        let check = |part: &str, place| {
            let offset = text.find(part).unwrap() as u32;
            assert_eq!(lines.place(text, offset), place, "{part}");
        };
        check("a", (1, 1));
        check("b", (2, 1));
        check("c", (2, 4));
        assert_eq!(lines.place(text, text.len() as u32), (3, 1));
        assert_eq!(lines.place("", 0), (1, 1));
        assert_eq!(lines.place(text, 9999).0, 3);
    }

    #[test]
    fn a_line_is_shown_with_its_place() {
        let text = "one\n\tcall.say(\u{7}x);\n";
        expect![[r#"
            "  2 |  call.say(·x);\n    |       ^\n"
        "#]]
        .assert_debug_eq(&excerpt(text, 2, 7).unwrap());
        assert_eq!(excerpt(text, 7, 1), None);
        assert_eq!(excerpt(text, 0, 1), None);
        assert_eq!(excerpt(text, 1, 99), None);
        let long = format!("{}x{}", "a".repeat(1000), "b".repeat(1000));
        let shown = excerpt(&long, 1, 1001).unwrap();
        assert!(shown.len() < 300);
        let at = shown.lines().last().unwrap().find('^').unwrap();
        assert_eq!(&shown[at..=at], "x");
    }
}

//! Numbers that a rule takes, made from its pattern: what a caller may well have dialled.
//!
//! A pattern is read as far as people write them in rules: literals, classes, groups, alternatives and how often.
//! Look-around and what else there is are passed over; the rule itself has the last word on what is made.

use crate::base::Dice;
use crate::base::pattern::Pattern;

/// Groups within groups.
const DEEPEST: usize = 32;
/// How often more than it must a part is repeated.
const MOST_MORE: u32 = 4;
/// What is made of a pattern is no longer than this.
const LONGEST: usize = 64;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(char),
    /// Any character.
    Any,
    /// One of these ranges, or one of what a number is made of and these are not.
    Class {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
    Sequence(Vec<Part>),
    OneOf(Vec<Part>),
    Repeat {
        part: Box<Part>,
        least: u32,
        most: u32,
    },
}

/// Makes numbers for one pattern.
#[derive(Clone, Debug)]
pub struct Maker(Part);

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    depth: usize,
}

impl Maker {
    pub fn new(pattern: &Pattern) -> Maker {
        let mut reader = Reader {
            rest: pattern.as_str().chars().peekable(),
            depth: 0,
        };
        Maker(reader.one_of())
    }

    /// A text that the pattern may take. Where anything will do it is one of `names` or digits.
    pub fn make(&self, dice: &mut Dice, names: &[String]) -> String {
        let mut text = String::new();
        write(&self.0, dice, names, &mut text);
        text.chars().take(LONGEST).collect()
    }
}

impl Reader<'_> {
    fn one_of(&mut self) -> Part {
        let mut ways = vec![self.sequence()];
        while self.rest.next_if_eq(&'|').is_some() {
            ways.push(self.sequence());
        }
        match ways.len() {
            1 => ways.remove(0),
            _ => Part::OneOf(ways),
        }
    }

    fn sequence(&mut self) -> Part {
        let mut parts = Vec::new();
        while let Some(c) = self.rest.peek().copied() {
            if matches!(c, '|' | ')') {
                break;
            }
            self.rest.next();
            if let Some(part) = self.part(c) {
                parts.push(self.repeated(part));
            }
        }
        Part::Sequence(parts)
    }

    fn part(&mut self, c: char) -> Option<Part> {
        match c {
            '^' | '$' => None,
            '.' => Some(Part::Any),
            '[' => Some(self.class()),
            '\\' => self.escape(),
            '(' => self.group(),
            c => Some(Part::Literal(c)),
        }
    }

    fn group(&mut self) -> Option<Part> {
        let mut counts = true;
        if self.rest.next_if_eq(&'?').is_some() {
            // `(?:`, `(?<name>`, `(?i)`, and look-around, which takes no room.
            let mut head = String::new();
            while let Some(c) = self.rest.next_if(|c| !matches!(c, ')')) {
                head.push(c);
                let named =
                    head.starts_with('<') && !head.starts_with("<=") && !head.starts_with("<!");
                if matches!(c, ':' | '=' | '!') || (named && c == '>') {
                    break;
                }
            }
            counts = !head.ends_with(['=', '!']);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            self.rest = "".chars().peekable();
            return None;
        }
        let part = self.one_of();
        self.depth -= 1;
        self.rest.next_if_eq(&')');
        counts.then_some(part)
    }

    fn escape(&mut self) -> Option<Part> {
        let class = |ranges: &[(char, char)], negated| {
            let ranges = ranges.to_vec();
            Some(Part::Class { ranges, negated })
        };
        match self.rest.next()? {
            'd' => class(&DIGITS, false),
            'D' => class(&DIGITS, true),
            'w' => class(&WORD, false),
            'W' => class(&WORD, true),
            'b' | 'B' | 'A' | 'z' => None,
            // What a group held: not known here.
            c if c.is_ascii_digit() => None,
            c => Some(Part::Literal(c)),
        }
    }

    fn class(&mut self) -> Part {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        while let Some(c) = self.rest.next() {
            let first = match c {
                ']' => break,
                '\\' => match self.rest.next() {
                    Some('d') => {
                        ranges.extend(DIGITS);
                        continue;
                    }
                    Some('w') => {
                        ranges.extend(WORD);
                        continue;
                    }
                    Some(c) => c,
                    None => break,
                },
                c => c,
            };
            let mut ahead = self.rest.clone();
            let last = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(last)) if last != ']' => {
                    self.rest = ahead;
                    last
                }
                _ => first,
            };
            if first <= last {
                ranges.push((first, last));
            }
        }
        Part::Class { ranges, negated }
    }

    fn repeated(&mut self, part: Part) -> Part {
        let (least, most) = match self.rest.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => return self.counted(part),
            _ => return part,
        };
        self.rest.next();
        // Lazy or possessive: the same texts.
        self.rest.next_if(|c| matches!(c, '?' | '+'));
        repeat(part, least, most)
    }

    fn counted(&mut self, part: Part) -> Part {
        let mut ahead = self.rest.clone();
        let inner: String = ahead.by_ref().skip(1).take_while(|c| *c != '}').collect();
        let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
        let Ok(least) = least.trim().parse::<u32>() else {
            return part;
        };
        self.rest = ahead;
        repeat(part, least.min(LONGEST as u32), most.trim().parse().ok())
    }
}

const DIGITS: [(char, char); 1] = [('0', '9')];
const WORD: [(char, char); 3] = [('0', '9'), ('a', 'z'), ('A', 'Z')];
/// What numbers and users are made of.
const USUAL: [(char, char); 2] = [('0', '9'), ('a', 'z')];

fn repeat(part: Part, least: u32, most: Option<u32>) -> Part {
    let most = most.unwrap_or(least + MOST_MORE);
    Part::Repeat {
        part: Box::new(part),
        least,
        most: most.clamp(least, least + MOST_MORE),
    }
}

fn write(part: &Part, dice: &mut Dice, names: &[String], text: &mut String) {
    if text.len() >= LONGEST {
        return;
    }
    match part {
        Part::Literal(c) => text.push(*c),
        Part::Any => text.push(pick(&DIGITS, dice)),
        Part::Class { ranges, negated } => {
            let mut c = pick(ranges, dice);
            if *negated {
                let is_out = |c: char| !ranges.iter().any(|(a, b)| (*a..=*b).contains(&c));
                let usual = || USUAL.iter().flat_map(|(a, b)| *a..=*b);
                let free: Vec<char> = usual().filter(|c| is_out(*c)).collect();
                let at = dice.below(free.len().max(1) as u64) as usize;
                c = free.get(at).copied().unwrap_or('-');
            }
            text.push(c);
        }
        Part::Sequence(parts) => {
            for part in parts {
                write(part, dice, names, text);
            }
        }
        Part::OneOf(ways) => {
            let at = dice.below(ways.len().max(1) as u64) as usize;
            if let Some(way) = ways.get(at) {
                write(way, dice, names, text);
            }
        }
        Part::Repeat { part, least, most } => {
            if **part == Part::Any && !names.is_empty() && dice.below(3) > 0 {
                let at = dice.below(names.len() as u64) as usize;
                text.extend(names.get(at).map(String::as_str));
                return;
            }
            // Nothing at all is a number that nobody dials.
            let least = (*least).max(u32::from(**part == Part::Any && text.is_empty()));
            let more = u64::from(most.saturating_sub(least)) + 1;
            for _ in 0..least + dice.below(more) as u32 {
                write(part, dice, names, text);
            }
        }
    }
}

fn pick(ranges: &[(char, char)], dice: &mut Dice) -> char {
    let at = dice.below(ranges.len().max(1) as u64) as usize;
    let Some((first, last)) = ranges.get(at).copied() else {
        return '0';
    };
    let room = (last as u32).saturating_sub(first as u32) + 1;
    char::from_u32(first as u32 + dice.below(u64::from(room)) as u32).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_pattern_is_taken_by_it() {
        for pattern in [
            "0|reception",
            "1\\d\\d",
            "9.+",
            "(b2b|xfer|ans|hold)-.*",
            ".*",
            "(?s).*",
            "\\+?49\\d{3,}",
            "[a-c1-3]{2,4}x?",
            "(?:12|34)(?<rest>5+)$",
            "^(?!99)\\d{4}",
            "[^0-9]+",
            "\\w+-\\d",
            "a{2}",
            "sales\\.team",
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            let maker = Maker::new(&compiled);
            let mut dice = Dice::from_seed(7);
            let names = ["alice".to_string()];
            let made: Vec<_> = (0..40).map(|_| maker.make(&mut dice, &names)).collect();
            let taken = made.iter().filter(|text| compiled.is_match(text)).count();
            assert!(taken >= 38, "{pattern}: {made:?}");
            assert!(made.iter().all(|text| !text.is_empty()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_of_any_kind_does_no_harm() {
        for pattern in [
            "(a+)\\1",
            "x(?=y)",
            "(((((((((a)))))))))",
            "[\\d_]{1,3}",
            "a{0,4000}",
        ] {
            let maker = Maker::new(&Pattern::new(pattern).unwrap());
            assert!(maker.make(&mut Dice::from_seed(1), &[]).len() <= LONGEST);
        }
    }
}

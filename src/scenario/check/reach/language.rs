//! The set of numbers that a plain regular expression matches, and whether one set is empty: by Brzozowski's
//! derivatives, over an alphabet of ASCII and of what lies beyond it by kind.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

/// Derivatives that all comparisons of a file may take together.
pub const BUDGET: u32 = 20_000;
/// A larger pattern is given up.
const MOST_PARTS: usize = 400;

/// A set of numbers. Numbers and names have no control characters.
#[derive(Clone, Debug)]
pub struct Language(Set);

type Set = Rc<Re>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Re {
    Never,
    Empty,
    One(Signs),
    Then(Set, Set),
    Either(BTreeSet<Set>),
    Both(BTreeSet<Set>),
    Not(Set),
    Many(Set),
}

/// Some of the signs: of ASCII each by itself, of the others digits, letters, spaces and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Signs {
    ascii: u128,
    others: u8,
}

const OTHER_DIGIT: u8 = 1;
const OTHER_LETTER: u8 = 2;
const OTHER_SPACE: u8 = 4;
const OTHER: u8 = 8;

impl Signs {
    const NONE: Signs = Signs {
        ascii: 0,
        others: 0,
    };
    const ALL: Signs = Signs {
        ascii: u128::MAX,
        others: OTHER_DIGIT | OTHER_LETTER | OTHER_SPACE | OTHER,
    };

    fn range(first: u8, last: u8) -> Signs {
        let ascii = (first..=last.min(127)).fold(0, |all, one| all | 1u128 << one);
        Signs { ascii, others: 0 }
    }

    fn digits() -> Signs {
        let ascii = Signs::range(b'0', b'9').ascii;
        Signs {
            ascii,
            others: OTHER_DIGIT,
        }
    }

    fn words() -> Signs {
        let of = [(b'a', b'z'), (b'A', b'Z'), (b'_', b'_')];
        let letters = of.map(|(first, last)| Signs::range(first, last));
        let letters = letters.into_iter().fold(Signs::digits(), Signs::or);
        letters.or(Signs {
            ascii: 0,
            others: OTHER_LETTER,
        })
    }

    fn spaces() -> Signs {
        let ascii = Signs::range(9, 13).ascii | Signs::range(b' ', b' ').ascii;
        Signs {
            ascii,
            others: OTHER_SPACE,
        }
    }

    fn or(self, other: Signs) -> Signs {
        Signs {
            ascii: self.ascii | other.ascii,
            others: self.others | other.others,
        }
    }

    fn not(self) -> Signs {
        Signs {
            ascii: !self.ascii,
            others: !self.others & Signs::ALL.others,
        }
    }

    fn has(self, sign: u8) -> bool {
        match sign {
            0..128 => self.ascii >> sign & 1 == 1,
            other => self.others >> (other - 128) & 1 == 1,
        }
    }
}

impl Language {
    /// Nothing where the pattern is more than a plain regular expression, or too large.
    pub fn of(pattern: &str) -> Option<Language> {
        // How the program itself writes «anything».
        let (pattern, any) = match pattern.strip_prefix("(?s)") {
            Some(rest) => (rest, Signs::ALL),
            None => (pattern, Signs::range(b'\n', b'\n').not()),
        };
        let mut reader = Reader {
            rest: pattern.as_bytes(),
            any,
            parts: 0,
        };
        let read = reader.alternatives(0)?;
        reader.rest.is_empty().then_some(Language(read))
    }

    pub fn any_of<'l>(languages: impl Iterator<Item = &'l Language>) -> Language {
        Language(either(languages.map(|language| language.0.clone())))
    }

    pub fn without(&self, other: &Language) -> Language {
        Language(both([self.0.clone(), not(other.0.clone())]))
    }

    /// Whether no number is in it; nothing where that takes too long to say.
    pub fn is_empty(&self, budget: &mut u32) -> Option<bool> {
        let signs = representatives(&self.0);
        let mut seen = HashSet::new();
        let mut open = vec![self.0.clone()];
        while let Some(state) = open.pop() {
            if nullable(&state) {
                return Some(false);
            }
            if *state == Re::Never || !seen.insert(state.clone()) {
                continue;
            }
            for sign in &signs {
                *budget = budget.checked_sub(1)?;
                open.push(after(&state, *sign));
            }
        }
        Some(true)
    }
}

/// One sign for all that no part of the pattern tells apart.
fn representatives(re: &Set) -> Vec<u8> {
    fn collect(re: &Re, sets: &mut BTreeSet<Signs>) {
        match re {
            Re::Never | Re::Empty => {}
            Re::One(signs) => {
                sets.insert(*signs);
            }
            Re::Then(one, other) => {
                collect(one, sets);
                collect(other, sets);
            }
            Re::Either(all) | Re::Both(all) => all.iter().for_each(|one| collect(one, sets)),
            Re::Not(one) | Re::Many(one) => collect(one, sets),
        }
    }
    let mut sets = BTreeSet::new();
    collect(re, &mut sets);
    let mut kinds = HashSet::new();
    (32..127u8)
        .chain(128..132)
        .filter(|sign| {
            let kind: Vec<bool> = sets.iter().map(|set| set.has(*sign)).collect();
            kinds.insert(kind)
        })
        .collect()
}

/// What may follow a sign.
fn after(re: &Re, sign: u8) -> Set {
    match re {
        Re::Never | Re::Empty => never(),
        Re::One(signs) => match signs.has(sign) {
            true => Rc::new(Re::Empty),
            false => never(),
        },
        Re::Then(first, second) => {
            let within = then(after(first, sign), second.clone());
            match nullable(first) {
                true => either([within, after(second, sign)]),
                false => within,
            }
        }
        Re::Either(all) => either(all.iter().map(|one| after(one, sign))),
        Re::Both(all) => both(all.iter().map(|one| after(one, sign))),
        Re::Not(one) => not(after(one, sign)),
        Re::Many(one) => then(after(one, sign), many(one.clone())),
    }
}

/// Whether the empty number is in it.
fn nullable(re: &Re) -> bool {
    match re {
        Re::Never | Re::One(_) => false,
        Re::Empty | Re::Many(_) => true,
        Re::Then(first, second) => nullable(first) && nullable(second),
        Re::Either(all) => all.iter().any(|one| nullable(one)),
        Re::Both(all) => all.iter().all(|one| nullable(one)),
        Re::Not(one) => !nullable(one),
    }
}

fn never() -> Set {
    Rc::new(Re::Never)
}

fn then(first: Set, second: Set) -> Set {
    match (&*first, &*second) {
        (Re::Never, _) | (_, Re::Never) => never(),
        (Re::Empty, _) => second,
        (_, Re::Empty) => first,
        // Leaning to one side, so that equal sets look alike.
        (Re::Then(one, other), _) => then(one.clone(), then(other.clone(), second)),
        _ => Rc::new(Re::Then(first, second)),
    }
}

fn either(all: impl IntoIterator<Item = Set>) -> Set {
    let mut parts = BTreeSet::new();
    for one in all {
        match &*one {
            Re::Never => {}
            Re::Either(inner) => parts.extend(inner.iter().cloned()),
            Re::Not(inner) if **inner == Re::Never => return one,
            _ => {
                parts.insert(one);
            }
        }
    }
    match parts.len() {
        0 => never(),
        1 => parts.pop_first().unwrap_or_else(never),
        _ => Rc::new(Re::Either(parts)),
    }
}

fn both(all: impl IntoIterator<Item = Set>) -> Set {
    let mut parts = BTreeSet::new();
    for one in all {
        match &*one {
            Re::Never => return never(),
            Re::Both(inner) => parts.extend(inner.iter().cloned()),
            Re::Not(inner) if **inner == Re::Never => {}
            _ => {
                parts.insert(one);
            }
        }
    }
    match parts.len() {
        0 => not(never()),
        1 => parts.pop_first().unwrap_or_else(never),
        _ => Rc::new(Re::Both(parts)),
    }
}

fn not(one: Set) -> Set {
    match &*one {
        Re::Not(inner) => inner.clone(),
        _ => Rc::new(Re::Not(one)),
    }
}

fn many(one: Set) -> Set {
    match &*one {
        Re::Never | Re::Empty => Rc::new(Re::Empty),
        Re::Many(_) => one,
        _ => Rc::new(Re::Many(one)),
    }
}

/// Reads a pattern; whatever it does not know ends the reading.
struct Reader<'t> {
    rest: &'t [u8],
    /// What a dot means.
    any: Signs,
    parts: usize,
}

/// Brackets within brackets that are followed.
const DEEPEST: u32 = 20;

impl Reader<'_> {
    fn alternatives(&mut self, depth: u32) -> Option<Set> {
        if depth > DEEPEST {
            return None;
        }
        let mut all = vec![self.sequence(depth)?];
        while self.take(b"|") {
            all.push(self.sequence(depth)?);
        }
        Some(either(all))
    }

    fn sequence(&mut self, depth: u32) -> Option<Set> {
        // The pattern has to match the whole number anyway.
        if depth == 0 {
            self.take(b"^");
        }
        let mut parts = Vec::new();
        loop {
            match self.rest {
                [] | [b'|' | b')', ..] => break,
                [b'$'] | [b'$', b'|', ..] if depth == 0 => {
                    self.take(b"$");
                }
                _ => {
                    let part = self.atom(depth)?;
                    parts.push(self.quantified(part)?);
                }
            }
        }
        let empty = Rc::new(Re::Empty);
        Some(
            parts
                .into_iter()
                .rev()
                .fold(empty, |rest, part| then(part, rest)),
        )
    }

    fn atom(&mut self, depth: u32) -> Option<Set> {
        self.count(1)?;
        if self.take(b"(") {
            if self.rest.first() == Some(&b'?') && !self.take(b"?:") {
                return None;
            }
            let inner = self.alternatives(depth + 1)?;
            return self.take(b")").then_some(inner);
        }
        let signs = match self.next()? {
            b'.' => self.any,
            b'[' => self.class()?,
            b'\\' => self.escape()?,
            b'^' | b'$' | b'*' | b'+' | b'?' | b'{' | b'}' | b']' => return None,
            plain if plain.is_ascii_graphic() || plain == b' ' => Signs::range(plain, plain),
            _ => return None,
        };
        Some(Rc::new(Re::One(signs)))
    }

    fn quantified(&mut self, part: Set) -> Option<Set> {
        let (least, most) = match self.rest {
            [b'?', ..] => (0, Some(1)),
            [b'*', ..] => (0, None),
            [b'+', ..] => (1, None),
            [b'{', ..] => {
                let end = self.rest.iter().position(|byte| *byte == b'}')?;
                let text = std::str::from_utf8(self.rest.get(1..end)?).ok()?;
                let (least, most) = match text.split_once(',') {
                    None => (text.parse().ok()?, Some(text.parse().ok()?)),
                    Some((least, "")) => (least.parse().ok()?, None),
                    Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
                };
                self.rest = self.rest.get(end..)?;
                (least, most)
            }
            _ => return Some(part),
        };
        self.rest = self.rest.get(1..)?;
        // A lazy one matches the same; a possessive one does not.
        self.take(b"?");
        if matches!(self.rest, [b'+' | b'*' | b'?' | b'{', ..]) {
            return None;
        }
        let (least, most): (usize, Option<usize>) = (least, most);
        if most.is_some_and(|most| most < least) {
            return None;
        }
        let size = size(&part);
        self.count(size.checked_mul(least.max(most.unwrap_or(0)))?)?;
        let tail = match most {
            None => many(part.clone()),
            Some(most) => (least..most).fold(Rc::new(Re::Empty), |tail, _| {
                either([Rc::new(Re::Empty), then(part.clone(), tail)])
            }),
        };
        Some((0..least).fold(tail, |tail, _| then(part.clone(), tail)))
    }

    fn class(&mut self) -> Option<Signs> {
        let negated = self.take(b"^");
        let mut signs = Signs::NONE;
        if matches!(self.rest, [b']', ..]) {
            return None;
        }
        while !self.take(b"]") {
            let first = self.next()?;
            let one = match first {
                b'\\' => {
                    let escaped = self.escape()?;
                    if matches!(self.rest, [b'-', next, ..] if *next != b']') {
                        return None;
                    }
                    escaped
                }
                // Classes in classes, and what `&&`, `--` and `~~` do to them.
                b'[' | b'&' | b'~' => return None,
                first if first.is_ascii_graphic() || first == b' ' => match self.rest {
                    [b'-', b']', ..] => Signs::range(first, first),
                    [b'-', last, ..] => {
                        let last = *last;
                        if !last.is_ascii_alphanumeric() || last < first {
                            return None;
                        }
                        self.rest = self.rest.get(2..)?;
                        Signs::range(first, last)
                    }
                    _ => Signs::range(first, first),
                },
                _ => return None,
            };
            signs = signs.or(one);
        }
        Some(if negated { signs.not() } else { signs })
    }

    fn escape(&mut self) -> Option<Signs> {
        Some(match self.next()? {
            b'd' => Signs::digits(),
            b'D' => Signs::digits().not(),
            b'w' => Signs::words(),
            b'W' => Signs::words().not(),
            b's' => Signs::spaces(),
            b'S' => Signs::spaces().not(),
            plain if plain.is_ascii_punctuation() && !matches!(plain, b'<' | b'>') => {
                Signs::range(plain, plain)
            }
            _ => return None,
        })
    }

    fn count(&mut self, parts: usize) -> Option<()> {
        self.parts = self.parts.checked_add(parts)?;
        (self.parts <= MOST_PARTS).then_some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn size(re: &Re) -> usize {
    match re {
        Re::Never | Re::Empty | Re::One(_) => 1,
        Re::Then(one, other) => size(one).saturating_add(size(other)),
        Re::Either(all) | Re::Both(all) => all.iter().map(|one| size(one)).sum(),
        Re::Not(one) | Re::Many(one) => size(one),
    }
}

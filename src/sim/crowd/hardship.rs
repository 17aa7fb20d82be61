//! What may go wrong for a crowd of callers, to be chosen by name.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One kind of hardship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hardship {
    /// Datagrams are lost.
    Loss,
    /// Everything takes long.
    Delay,
    /// Datagrams arrive twice.
    Double,
    /// What was sent later arrives earlier.
    Reorder,
    /// People hang up before their time, also while a transfer of theirs is under way.
    Impatience,
    /// Two things at one moment: both sides hang up, hold or transfer; two callers at once.
    Glare,
    /// Phones lose their network, for a while or for good, or are switched off.
    Vanish,
}

/// Those that are chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardships(BTreeSet<Hardship>);

impl Hardship {
    pub const ALL: [Hardship; 7] = [
        Hardship::Loss,
        Hardship::Delay,
        Hardship::Double,
        Hardship::Reorder,
        Hardship::Impatience,
        Hardship::Glare,
        Hardship::Vanish,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Hardship::Loss => "loss",
            Hardship::Delay => "delay",
            Hardship::Double => "double",
            Hardship::Reorder => "reorder",
            Hardship::Impatience => "impatience",
            Hardship::Glare => "glare",
            Hardship::Vanish => "vanish",
        }
    }
}

impl Hardships {
    pub fn all() -> Hardships {
        Hardships(Hardship::ALL.into())
    }

    pub fn has(&self, hardship: Hardship) -> bool {
        self.0.contains(&hardship)
    }
}

impl FromStr for Hardships {
    type Err = String;

    /// `all`, `none`, or names with commas between them.
    fn from_str(text: &str) -> Result<Hardships, String> {
        match text {
            "all" => return Ok(Hardships::all()),
            "none" => return Ok(Hardships::default()),
            _ => {}
        }
        let known = |name: &str| {
            let mut all = Hardship::ALL.into_iter();
            all.find(|hardship| hardship.name() == name.trim())
        };
        let names = text.split(',').map(|name| {
            let names = Hardship::ALL.map(Hardship::name).join(", ");
            known(name).ok_or(format!("`{name}` is none of {names}, all, none"))
        });
        names.collect::<Result<_, _>>().map(Hardships)
    }
}

impl fmt::Display for Hardships {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            0 => f.write_str("none"),
            many if many == Hardship::ALL.len() => f.write_str("all"),
            _ => {
                let names: Vec<_> = self.0.iter().map(|hardship| hardship.name()).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardships_are_chosen_by_name() {
        for text in ["all", "none", "loss,vanish", "delay"] {
            assert_eq!(text.parse::<Hardships>().unwrap().to_string(), text);
        }
        assert!("loss,,".parse::<Hardships>().is_err());
        assert_eq!(
            "rain".parse::<Hardships>().unwrap_err(),
            "`rain` is none of loss, delay, double, reorder, impatience, glare, vanish, all, none"
        );
    }
}

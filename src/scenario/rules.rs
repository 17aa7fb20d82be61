//! Rules bind numbers to scenarios: whole match on the dialled number or user, first match wins
//! (the format of voxengine-ci's `rules.config.json`).

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub pattern: String,
    pub exclude: Option<String>,
    pub scenarios: Vec<String>,
}

/// All rules, in order.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub rules: Vec<Rule>,
}

//! The snapshot that a new call is routed by. Running sessions keep the one they started with.

use std::sync::Arc;

use crate::script::Program;

/// Rules and compiled scenarios that fit together.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    _private: (),
}

/// What a number leads to.
#[derive(Clone, Debug)]
pub struct Route {
    pub rule: String,
    pub program: Arc<Program>,
}

/// No rule takes the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrouted {
    /// Each rule that was tried with the reason it did not take the number, in order, for people.
    pub tried: Vec<(String, String)>,
}

impl Catalog {
    pub fn route(&self, _destination: &str) -> Result<Route, Unrouted> {
        todo!()
    }
}

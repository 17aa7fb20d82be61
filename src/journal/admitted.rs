//! Who was let in, by what we knew: a journal holds no digest that could show it again.

use serde::{Deserialize, Serialize};

/// A caller as admission decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum By {
    Trunk {
        name: String,
    },
    User {
        name: String,
    },
    /// From loopback, where nobody has a password.
    Neighbour {},
}

/// A request from outside any dialog that was let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admitted {
    /// Its Call-ID.
    pub call_id: String,
    pub by: By,
    /// The number or user that it was for.
    pub destination: String,
}

//! What VoxEngine has, by name: what a scenario names of it and finds nowhere in our API is not supported yet, and no
//! slip of the pen.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::scenario::check::api::Api;

const NAMES: &str = include_str!("voxengine.txt");

/// Owners with their members; without members one may have any.
fn owners() -> &'static BTreeMap<&'static str, Vec<&'static str>> {
    static OWNERS: OnceLock<BTreeMap<&str, Vec<&str>>> = OnceLock::new();
    OWNERS.get_or_init(|| {
        let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                Some((words.next()?, words.collect()))
            })
            .collect()
    })
}

/// Whether VoxEngine has `owner.member`.
pub fn has(owner: &str, member: &str) -> bool {
    match owners().get(owner) {
        Some(members) => {
            members.is_empty()
                || members.contains(&member)
                || is_owner(&format!("{owner}.{member}"))
        }
        None => is_owner(&format!("{owner}.{member}")),
    }
}

/// Whether VoxEngine has a global of that name: an object, or a function.
pub fn has_global(name: &str) -> bool {
    let functions = owners().get("-");
    is_owner(name) || functions.is_some_and(|functions| functions.contains(&name))
}

/// Whether something of VoxEngine, or something in it, is called so.
fn is_owner(name: &str) -> bool {
    let within = format!("{name}.");
    owners().contains_key(name) || owners().keys().any(|owner| owner.starts_with(&within))
}

/// Whether `name` is a method of VoxEngine's calls and of nothing that is there: on whatever it is called, it is missed.
pub fn missed_of_a_call(api: &Api, name: &str) -> bool {
    has("Call", name) && !api.anything_has(name)
}

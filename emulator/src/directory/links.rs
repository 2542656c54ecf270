//! The links between directory objects, and the walk along them.

use std::collections::HashSet;

use super::objects;
use crate::store::{Key, View};

/// From a group to its members.
pub const MEMBERS: &str = "members";
/// From a group to its owners.
pub const OWNERS: &str = "owners";
/// From a user to their manager.
pub const MANAGER: &str = "manager";
/// From an administrative unit to its members.
pub const UNIT_MEMBERS: &str = "administrativeUnitMembers";

/// Every kind of link in the store.
pub const RELATIONS: &[&str] = &[MEMBERS, OWNERS, MANAGER, UNIT_MEMBERS];

/// All objects that `step` leads to from an object, directly or through others, each once, in the order of their ids. A deleted object is
/// among them, and leads nowhere.
pub fn reachable(view: View<'_>, from: &str, step: impl Fn(&str) -> Vec<Key>) -> Vec<Key> {
    let mut keys = step(from);
    let mut seen: HashSet<Key> = keys.iter().cloned().collect();
    let mut next = 0;
    while let Some(key) = keys.get(next).cloned() {
        next += 1;
        if objects::find(view, &key).is_some() {
            keys.extend(step(&key).into_iter().filter(|key| seen.insert(key.clone())));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

//! Principals: users, groups and service principals, to which access is given.

use super::{
    groups,
    links::{MEMBERS, reachable},
    objects,
};
use crate::store::{Key, View};

/// The groups that a principal is in, directly or through other groups, without deleted ones.
pub fn groups_of(view: View<'_>, principal: &str) -> Vec<Key> {
    let mut out = reachable(view, principal, |key| view.links_to(MEMBERS, key, None));
    out.retain(|key| objects::find(view, key).is_some_and(|found| found.table == groups::TABLE));
    out
}

/// The object ids by which a principal holds roles, in lower case: those of all groups that it is in, and its own.
pub fn with_groups(view: View<'_>, id: &str) -> Vec<Key> {
    let id: Key = id.to_lowercase().into();
    let mut out = groups_of(view, &id);
    out.push(id);
    out
}

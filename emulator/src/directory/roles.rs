//! Roles of the directory, and who has them.

use serde_json::json;

use super::{groups, principals::groups_of};
use crate::store::{Key, View};

/// Table of who has which role.
pub const ASSIGNMENTS: &str = "directoryRoleAssignments";
/// Table of the roles that there are.
pub const DEFINITIONS: &str = "directoryRoleDefinitions";

/// The roles of a principal, without those that it has by a group.
pub fn roles_of(view: View<'_>, principal: &str) -> Vec<String> {
    let keys = view.with(ASSIGNMENTS, "principalId", principal).unwrap_or_default();
    let role = |key: &Key| view.get(ASSIGNMENTS, key)?.get("roleDefinitionId")?.as_str().map(str::to_owned);
    keys.iter().filter_map(role).collect()
}

/// The roles of a principal, also those that it has by a role-assignable group.
pub fn effective_roles_of(view: View<'_>, principal: &str) -> Vec<String> {
    let mut out = roles_of(view, principal);
    for group in groups_of(view, principal) {
        let is_assignable = view.get(groups::TABLE, &group).is_some_and(|row| row.get("isAssignableToRole") == Some(&json!(true)));
        if is_assignable {
            out.extend(roles_of(view, &group));
        }
    }
    out
}

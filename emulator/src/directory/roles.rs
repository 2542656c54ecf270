//! Roles of the directory, and who has them.

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

//! The built-in roles, from `built_in_roles.json`: those that decide about clusters, and those that go with them. Actions and data actions are those of
//! Microsoft's reference (learn.microsoft.com/azure/role-based-access-control/built-in-roles); one role is as it was recorded
//! (docs/services/resource-manager.md#built-in-roles). The actions of roles that are marked `unverified` follow their descriptions.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::properties;
use crate::store::Row;

/// A role of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BuiltIn {
    /// GUID, in lower case.
    id: String,
    name: String,
    description: String,
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
    /// Whether no source has the actions.
    #[serde(default, rename = "unverified")]
    _unverified: bool,
}

/// The file, read once. A test makes sure that it can be read.
static TABLE: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| serde_json::from_str(include_str!("built_in_roles.json")).unwrap_or_default());

/// The rows, made once.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.iter().map(row).collect());

/// All built-in roles.
pub fn all() -> impl Iterator<Item = Row> {
    ROWS.iter().cloned()
}

/// A built-in role by its GUID, in lower case.
pub fn find(guid: &str) -> Option<Row> {
    TABLE.iter().position(|role| role.id == guid).and_then(|at| ROWS.get(at).cloned())
}

fn row(role: &BuiltIn) -> Row {
    // When a role was made matters to nobody: they all have one instant.
    let instant = "2021-11-11T20:13:28.6061853Z";
    properties(json!({
        "name": role.id,
        "roleName": role.name,
        "type": "BuiltInRole",
        "description": role.description,
        "assignableScopes": ["/"],
        "permissions": [{
            "actions": role.actions, "notActions": role.not_actions,
            "dataActions": role.data_actions, "notDataActions": role.not_data_actions,
        }],
        "createdOn": instant,
        "updatedOn": instant,
        "createdBy": Value::Null,
        "updatedBy": Value::Null,
    }))
    .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_file_is_read_with_unique_ids_and_names_and_every_role_allows_something() {
        let table: Vec<BuiltIn> = serde_json::from_str(include_str!("built_in_roles.json")).unwrap();
        let (ids, names): (BTreeSet<_>, BTreeSet<_>) = table.iter().map(|role| (&role.id, role.name.to_lowercase())).unzip();
        assert_eq!((ids.len(), names.len(), ROWS.len()), (table.len(), table.len(), table.len()));
        for role in &table {
            assert_eq!(role.id, role.id.to_lowercase());
            assert!(!role.actions.is_empty() && uuid::Uuid::try_parse(&role.id).is_ok(), "{}", role.name);
            assert_eq!(find(&role.id).as_ref().and_then(|row| row.get("roleName")), Some(&json!(role.name)));
        }
    }
}

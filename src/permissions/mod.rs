//! The permissions that operations need, for errors about a missing one and for the pages of the documentation.
//!
//! `graph.json` is what Microsoft publishes (`tests/every_resource/permissions_table.rs` says where it comes from). Azure Resource Manager names the action and the
//! scope itself; `diagnose` adds a role that allows it.

mod actions;
mod data_sources;
mod list_resources;
mod resources;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::azure::{Error, Service};
pub use actions::{ACTIONS, of_action};
pub use data_sources::{DATA_SOURCES, EPHEMERAL_RESOURCES, of_data_source, of_ephemeral_resource};
pub use list_resources::{LIST_RESOURCES, of_list_resource};
pub use resources::{RESOURCES, Uses, covering, of};

/// Alternatives, the recommended one first; all of those joined by `+` are needed together.
#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    both: Vec<String>,
    #[serde(default)]
    application: Vec<String>,
    #[serde(default)]
    delegated: Vec<String>,
}

/// By method and path, placeholders without names.
static GRAPH: LazyLock<HashMap<String, Row>> = LazyLock::new(|| {
    let rows: BTreeMap<String, Row> = serde_json::from_str(include_str!("graph.json")).unwrap_or_default();
    rows.into_iter().map(|(operation, row)| (with_placeholders(&operation), row)).collect()
});

/// `GET /groups/{id}?$select=id` as `GET /groups/{}`.
fn with_placeholders(operation: &str) -> String {
    let operation = operation.split('?').next().unwrap_or_default();
    let mut out = String::with_capacity(operation.len());
    let mut inside = false;
    for letter in operation.chars() {
        inside &= letter != '}';
        if !inside {
            out.push(letter);
        }
        inside |= letter == '{';
    }
    out
}

/// What Microsoft Graph wants for an operation, `GET /groups/{id}`, of an application or of a client that acts for a user: alternatives, the
/// recommended one first, each of which may be several permissions. Empty if it is not published.
pub fn of_graph(operation: &str, user: bool) -> Vec<Vec<&'static str>> {
    let Some(row) = GRAPH.get(&with_placeholders(operation)) else { return Vec::new() };
    let alternatives = match (row.both.as_slice(), user) {
        ([], true) => &row.delegated,
        ([], false) => &row.application,
        _ => &row.both,
    };
    alternatives.iter().map(|all| all.split('+').collect()).collect()
}

/// What to do about a refusal that is about who asked; `None` if it is none, or nothing is known of it.
pub(crate) fn advice(error: &Error) -> Option<String> {
    let (caller, service, operation) = error.refused_caller()?;
    if service == Service::Arm {
        return None;
    }
    let user = caller.is_user();
    let needed = of_graph(&operation, user);
    let (recommended, others) = needed.split_first()?;
    let held = caller.permissions();
    let kind = if user { "delegated" } else { "application" };
    let listed = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    let mut text = format!("`{operation}` needs the Microsoft Graph {kind} permission {}", listed(recommended));
    // The first few are those that anybody would grant.
    let others: Vec<String> = others.iter().take(3).map(|names| listed(names)).collect();
    if !others.is_empty() {
        text.push_str(&format!(" (or {})", others.join(", or ")));
    }
    let has = if held.is_empty() { "none".to_owned() } else { held.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") };
    text.push_str(&format!(". The token has: {has}. "));
    let enough = needed.iter().any(|names| names.iter().all(|name| held.contains(name)));
    text.push_str(match (enough, user) {
        (false, _) => "Grant it, have an administrator consent, and run again.",
        (true, false) => {
            "That is enough for most objects: a role-assignable group needs `RoleManagement.ReadWrite.Directory` besides, and some objects need \
             a role of the directory."
        }
        (true, true) => "That is enough for the client: the user needs a role of the directory, too, or must own the object.",
    });
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_as_their_authors_write_them() {
        assert_eq!(of_graph("GET /groups/{group}/members?$select=id", false).first(), Some(&vec!["Group.Read.All"]));
        assert_eq!(of_graph("POST /groups", true).first(), Some(&vec!["Group.ReadWrite.All"]));
        let together = vec!["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"];
        assert_eq!(of_graph("PATCH /identity/conditionalAccess/policies/{id}", false).first().map(|all| all[..2].to_vec()), Some(together));
        assert!(of_graph("GET /weather", false).is_empty());
    }
}

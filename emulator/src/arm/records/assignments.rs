//! Role assignments (docs/services/resource-manager.md#role-assignments).

use serde_json::{Value, json};

use super::{
    clusters, instant, management_groups, properties, put, resource_groups, roles,
    scope::{Scope, ancestors},
    subscriptions,
};
use crate::{
    store::{Change, Key, Row, TableSpec, View},
    tenant::ids,
};

/// Their table. The key is the name, a GUID in lower case: names are unique in the whole tenant.
pub const TABLE: &str = "roleAssignments";
/// The table and what it is searched by. `scope` is as it was written, or `/`.
pub const SPEC: TableSpec = TableSpec { name: TABLE, indexed: &["scope", "principalId"] };

/// The action that makes one.
pub const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
/// The action that deletes one.
pub const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
/// The role that may do everything.
pub const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// The role that may give roles.
pub const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

/// A role assignment, for tables and for activations, which make one.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// A GUID.
    pub name: &'a str,
    /// Where it holds; `/` for the root.
    pub scope: &'a str,
    /// GUID of the role definition.
    pub role: &'a str,
    /// Object id of the holder.
    pub principal: &'a str,
    /// The principal's type: `User`, `Group`, `ServicePrincipal`.
    pub kind: &'a str,
    /// Object id of the principal that created it.
    pub by: &'a str,
}

impl New<'_> {
    /// The change that makes it.
    pub fn change(&self, now: jiff::Timestamp) -> Change {
        let now = instant(now);
        let row = properties(json!({
            "name": self.name, "scope": self.scope, "roleDefinition": self.role, "principalId": self.principal,
            "principalType": self.kind, "createdOn": now, "updatedOn": now, "createdBy": self.by, "updatedBy": self.by,
        }));
        put(TABLE, self.name, row)
    }
}

/// Role assignments of a fresh tenant's administrator: they own the subscription, and have elevated their access at the root.
pub fn fixture(now: jiff::Timestamp, principal: &str, kind: &str, names: [&str; 2]) -> Vec<Change> {
    let subscription = format!("/subscriptions/{}", ids::SUBSCRIPTION_ID);
    let [owner, elevated] = names;
    let new = |name, scope, role| New { name, scope, role, principal, kind, by: principal }.change(now);
    vec![new(owner, &subscription, OWNER), new(elevated, "/", USER_ACCESS_ADMINISTRATOR)]
}

/// The changes that take away everything assigned at a scope and below it: with what is deleted, its assignments go.
pub fn without_scope(view: View<'_>, gone: &Scope) -> Vec<Change> {
    let rows = view.rows(TABLE, None).filter(|(_, row)| gone.covers(&scope(row)));
    rows.map(|(key, _)| Change::Remove { table: TABLE, key }).collect()
}

/// The assignments exactly at a scope, which is given in lower case; the root is empty.
pub fn at(view: View<'_>, scope: &str) -> Vec<Row> {
    let scope = if scope.is_empty() { "/" } else { scope };
    rows(view, view.with(TABLE, "scope", scope))
}

/// All of them: scope, name of the role, and object id of the holder.
pub fn all(view: View<'_>) -> Vec<(String, String, String)> {
    let rows = view.rows(TABLE, None).map(|(_, row)| row);
    rows.map(|row| {
        let role = roles::find(view, text(&row, "roleDefinition"));
        let name = role.as_ref().map_or("(deleted)", |role| text(role, "roleName"));
        (text(&row, "scope").to_owned(), name.to_owned(), text(&row, "principalId").to_owned())
    })
    .collect()
}

/// Role assignments of a principal itself, at any scope.
pub fn of(view: View<'_>, principal: &str) -> Vec<Row> {
    rows(view, view.with(TABLE, "principalId", principal))
}

/// The assignments of a role, given by its GUID in lower case.
pub fn of_role<'v>(view: View<'v>, role: &'v str) -> impl Iterator<Item = Row> + 'v {
    view.rows(TABLE, None).map(|(_, row)| row).filter(move |row| text(row, "roleDefinition") == role)
}

fn rows(view: View<'_>, keys: Option<Vec<Key>>) -> Vec<Row> {
    keys.unwrap_or_default().iter().filter_map(|key| view.get(TABLE, key)).collect()
}

/// Where an assignment holds.
pub fn scope(row: &Row) -> Scope {
    Scope::new(text(row, "scope"))
}

/// Whether there is something at a scope. Of resource types that are not served nothing is known, and what a cluster
/// contains is not checked: namespaces are no resources of Azure Resource Manager's.
pub fn scope_exists(view: View<'_>, scope: &Scope) -> bool {
    if let Some(group) = scope.management_group() {
        return management_groups::exists(view, group);
    }
    let Some(subscription) = scope.subscription() else { return true };
    subscriptions::exists(view, subscription)
        && scope.resource_group().is_none_or(|group| resource_groups::find(view, subscription, group).is_some())
        && clusters::key_in(scope.key()).is_none_or(|key| clusters::find(view, key).is_some())
}

/// Whether a scope is somewhere below another one, by ids or through management groups.
pub fn is_below(view: View<'_>, here: &Scope, scope: &Scope) -> bool {
    here.text().is_empty() || ancestors(view, scope).iter().any(|above| above == here.key())
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

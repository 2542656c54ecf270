//! The permissions that each operation needs: `permissions.json`, from what Microsoft publishes (see
//! `tests/every_resource/permissions_table.rs` of the provider for where it comes from).
//!
//! An application needs an application permission; a client that acts for a user needs a delegated one, and the user a role of the
//! directory or something that they own.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    model::{
        error::GraphError,
        path::{ObjectSelector, Path, Root},
    },
    rows::{needed_for_role_assignable, role_name},
};
use crate::{
    caller::{Caller, Kind},
    directory::{links, roles},
    http::Request,
    store::View,
};

/// Alternatives; all of those joined by `+` are needed together.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
struct Row {
    #[serde(default)]
    both: Vec<String>,
    #[serde(default)]
    application: Vec<String>,
    #[serde(default)]
    delegated: Vec<String>,
}

impl Row {
    fn of(&self, user: bool) -> &[String] {
        match (self.both.as_slice(), user) {
            ([], true) => &self.delegated,
            ([], false) => &self.application,
            (both, _) => both,
        }
    }
}

/// By method and path, placeholders without names.
static TABLE: LazyLock<HashMap<String, Row>> = LazyLock::new(|| {
    let rows: BTreeMap<String, Row> = serde_json::from_str(include_str!("permissions.json")).unwrap_or_default();
    rows.into_iter().map(|(operation, row)| (without_names(&operation), row)).collect()
});

/// `GET /groups/{id}` as `GET /groups/{}`, and without a version.
fn without_names(operation: &str) -> String {
    let operation = operation.replacen(" /v1.0/", " /", 1).replacen(" /beta/", " /", 1);
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

/// Refuses a caller who may not do this. What nobody published a permission for, anybody may.
pub fn check(view: View<'_>, caller: &Caller, path: &Path, request: &Request) -> Result<(), GraphError> {
    let operation = without_names(&format!("{} {}", request.method, path.template()));
    let user = caller.is_user();
    if let Some(row) = TABLE.get(&operation) {
        let own = user && path.single == Some(ObjectSelector::Id(caller.object_id.clone()));
        let alternatives = row.of(user).iter();
        let enough = |needed: &String| {
            needed
                .split('+')
                .all(|one| caller.has_permission(one) || (own && caller.has_permission("User.Read") && request.method == Method::GET))
        };
        // As the administrators that they are, users may also do what their client was only allowed to do as them.
        let as_user = user && caller.has_permission("Directory.AccessAsUser.All");
        if !as_user && !{ alternatives }.any(enough) {
            return Err(GraphError::denied());
        }
    }
    if user && reads_logs(path) && !has_role(view, caller, READERS_OF_LOGS) {
        return Err(GraphError::denied());
    }
    if !writes(path, request) {
        return Ok(());
    }
    if user && !may_write(view, caller, path, request) {
        return Err(GraphError::denied());
    }
    match &path.single {
        Some(ObjectSelector::Id(id)) if is_role_assignable(view, path, id) => needed_for_role_assignable(caller),
        _ => Ok(()),
    }
}

fn is_role_assignable(view: View<'_>, path: &Path, id: &str) -> bool {
    let Root::Collection(collection) = path.root else { return false };
    let row = (collection.kind == "group").then(|| view.get(collection.table, &id.to_lowercase())).flatten();
    row.is_some_and(|row| row.get("isAssignableToRole") == Some(&json!(true)))
}

/// Whether this changes what a user needs a role of the directory for. Privileged Identity Management decides by itself who may ask whom for what.
fn writes(path: &Path, request: &Request) -> bool {
    let Root::Collection(collection) = path.root else {
        return matches!(path.root, Root::DeletedItems | Root::Bin(_)) && request.method != Method::GET;
    };
    let asks = ["checkMemberGroups", "checkMemberObjects", "getMemberGroups", "getMemberObjects", "getByIds"];
    let action = path.rest().first().is_some_and(|name| asks.contains(name));
    request.method != Method::GET && !action && !collection.path.starts_with("identityGovernance")
}

const GLOBAL: &str = "Global Administrator";
const PRIVILEGED_ROLES: &str = "Privileged Role Administrator";

/// Roles that read the logs of sign-ins and of the directory
/// (learn.microsoft.com/entra/identity/monitoring-health/howto-access-activity-logs).
const READERS_OF_LOGS: &[&str] = &["Reports Reader", "Security Reader", "Security Operator", "Security Administrator", "Global Reader"];

/// Roles that change other users' passwords.
const PASSWORD_ROLES: &[&str] =
    &["Helpdesk Administrator", "Password Administrator", "Authentication Administrator", "Privileged Authentication Administrator"];

/// Properties that users change of themselves
/// (learn.microsoft.com/entra/fundamentals/users-default-permissions). Unverified: the list in full.
const OWN_PROPERTIES: &[&str] = &[
    "aboutMe",
    "birthday",
    "businessPhones",
    "hireDate",
    "interests",
    "mobilePhone",
    "mySite",
    "passwordProfile",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
];

fn reads_logs(path: &Path) -> bool {
    matches!(path.root, Root::Collection(collection) if collection.path.starts_with("auditLogs/"))
}

/// Whether a user has one of these roles of the directory, or is Global Administrator.
fn has_role(view: View<'_>, caller: &Caller, names: &[&str]) -> bool {
    let held = roles::effective_roles_of(view, &caller.object_id);
    held.iter().filter_map(|id| role_name(id)).any(|name| name == GLOBAL || names.contains(&name))
}

/// Roles that change objects of a collection
/// (learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference). Global Administrator is one of each.
fn writers_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "group" => &["Groups Administrator", "User Administrator", "Directory Writers"],
        "user" => &["User Administrator", "Directory Writers"],
        "servicePrincipal" | "application" => &["Application Administrator", "Cloud Application Administrator"],
        "administrativeUnit" | "unifiedRoleAssignment" | "unifiedRoleDefinition" => &[PRIVILEGED_ROLES],
        "conditionalAccessPolicy"
        | "namedLocation"
        | "authenticationStrengthPolicy"
        | "authenticationContextClassReference"
        | "identitySecurityDefaultsEnforcementPolicy" => &["Conditional Access Administrator", "Security Administrator"],
        _ => &[],
    }
}

/// Whether a user may change what the request changes: by a role of the directory, as the owner of a group, or as the user themselves. Every member
/// can create groups that cannot have roles (the default of a tenant).
fn may_write(view: View<'_>, caller: &Caller, path: &Path, request: &Request) -> bool {
    let Kind::User(_) = caller.kind else { return true };
    let collection = match path.root {
        Root::Collection(collection) | Root::Bin(collection) => collection,
        // Unverified: what each of them restores.
        Root::DeletedItems => return has_role(view, caller, &["Groups Administrator", "User Administrator"]),
        _ => return has_role(view, caller, &[]),
    };
    let id = match &path.single {
        Some(ObjectSelector::Id(id)) => Some(id.to_lowercase()),
        _ => None,
    };
    let body = request.json().ok().flatten().unwrap_or_default();
    if collection.kind == "group" {
        let assignable = match &id {
            Some(id) => is_role_assignable(view, path, id),
            None => body.get("isAssignableToRole") == Some(&json!(true)),
        };
        let owns = id.as_ref().is_some_and(|id| view.linked(links::OWNERS, id, &caller.object_id));
        if assignable {
            return owns || has_role(view, caller, &[PRIVILEGED_ROLES]);
        }
        let creates = id.is_none() && request.method == Method::POST;
        return owns || creates || has_role(view, caller, writers_of("group"));
    }
    if collection.kind == "user" {
        let changes = |allowed: &[&str]| {
            body.as_object().is_some_and(|body| request.method == Method::PATCH && body.keys().all(|name| allowed.contains(&name.as_str())))
        };
        let own = id.as_deref() == Some(caller.object_id.as_str());
        let own_action = own && request.method == Method::POST;
        return own_action
            || own && changes(OWN_PROPERTIES)
            || changes(&["passwordProfile"]) && has_role(view, caller, PASSWORD_ROLES)
            || has_role(view, caller, writers_of("user"));
    }
    has_role(view, caller, writers_of(collection.kind))
}

/// The permissions that operations needed, the recommended one of each, by how they were counted: `GET /v1.0/groups/{id}`.
pub fn used<'a>(operations: impl Iterator<Item = &'a String>) -> Value {
    let mut each = BTreeMap::new();
    let (mut application, mut delegated) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations {
        let Some(row) = TABLE.get(&without_names(operation)) else { continue };
        let first = |user: bool| row.of(user).first().map(|all| all.split('+').map(str::to_owned).collect::<Vec<_>>());
        each.insert(operation.clone(), json!({"application": first(false), "delegated": first(true)}));
        application.extend(first(false).into_iter().flatten());
        delegated.extend(first(true).into_iter().flatten());
    }
    json!({"application": application, "delegated": delegated, "operations": each})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    #[test]
    fn the_table_can_be_read_and_operations_are_found() {
        assert!(TABLE.len() > 200, "{}", TABLE.len());
        assert_eq!(without_names("GET /v1.0/groups/{id}/members/{memberId}/$ref"), "GET /groups/{}/members/{}/$ref");
        assert!(TABLE.contains_key(&without_names("GET /beta/groups(uniqueName='{uniqueName}')")));
        assert_eq!(TABLE[&without_names("GET /v1.0/me")].of(false), [] as [&str; 0]);
    }
}

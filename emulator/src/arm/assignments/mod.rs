//! Role assignments (docs/services/resource-manager.md#role-assignments).

mod create;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    clusters,
    conditions::Source,
    context::{Context, Outcome, instant, properties, put},
    error::ArmError,
    filter::{self, Term},
    management_groups, pim, principals, resource_groups, roles,
    route::{Route, operation},
    scope::{Scope, ancestors},
    subscriptions,
};
use crate::{
    directory::principals::with_groups,
    http::Response,
    store::{Change, Key, Row, TableSpec, View},
    tenant::ids,
};

/// Their table. The key is the name, a GUID in lower case: names are unique in the whole tenant.
pub const TABLE: &str = "roleAssignments";
/// The table and what it is searched by. `scope` is as it was written, or `/`.
pub const SPEC: TableSpec = TableSpec { name: TABLE, indexed: &["scope", "principalId"] };

const TYPE: &str = "Microsoft.Authorization/roleAssignments";
const READ: &str = "Microsoft.Authorization/roleAssignments/read";
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

/// What can be done with them.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignments",
        since: "2015-07-01",
        until: "2022-04-01",
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        since: "2015-07-01",
        until: "2022-04-01",
        operations: &[
            operation(Method::GET, READ, get),
            operation(Method::PUT, WRITE, create::create),
            operation(Method::DELETE, DELETE, delete),
        ],
    },
];

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
    /// What the holder is: `User`, `Group`, `ServicePrincipal`.
    pub kind: &'a str,
    /// Object id of whoever made it.
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

/// What a fresh tenant's administrator holds: they own the subscription, and have elevated their access at the root.
pub fn fixture(now: jiff::Timestamp, principal: &str, kind: &str, names: [&str; 2]) -> Vec<Change> {
    let subscription = format!("/subscriptions/{}", ids::SUBSCRIPTION_ID);
    let [owner, elevated] = names;
    let new = |name, scope, role| New { name, scope, role, principal, kind, by: principal }.change(now);
    vec![new(owner, &subscription, OWNER), new(elevated, "/", USER_ACCESS_ADMINISTRATOR)]
}

/// What the creator of a management group holds there from then on: they own it.
pub fn owner_of(context: &Context<'_>, scope: &str) -> Change {
    let (caller, name) = (&context.caller.object_id, uuid::Uuid::new_v4().to_string());
    let kind = principals::find(context.view, caller).map_or("User", |principal| principal.kind);
    New { name: &name, scope, role: OWNER, principal: caller, kind, by: caller }.change(context.now)
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

/// What a principal itself holds, anywhere.
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

/// What conditions look at when somebody makes or deletes an assignment; nothing of any other action.
pub fn attributes(context: &Context<'_>, action: &str) -> Vec<(Source, &'static str, String)> {
    let (source, row) = match action {
        WRITE => {
            let body = context.body().unwrap_or_default();
            let given =
                |name: &str| body.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_str).unwrap_or_default();
            let (principal, kind) = (given("principalId").to_owned(), given("principalType").to_owned());
            let known = principals::find(context.view, &principal).map(|principal| principal.kind.to_owned());
            let role = roles::guid(given("roleDefinitionId")).unwrap_or_default();
            (Source::Request, [role, principal, known.unwrap_or(kind)])
        }
        DELETE => {
            let Some(row) = find(context, context.parameter("roleAssignmentName")) else { return Vec::new() };
            (Source::Resource, ["roleDefinition", "principalId", "principalType"].map(|name| text(&row, name).to_owned()))
        }
        _ => return Vec::new(),
    };
    let names = [
        "Microsoft.Authorization/roleAssignments:RoleDefinitionId",
        "Microsoft.Authorization/roleAssignments:PrincipalId",
        "Microsoft.Authorization/roleAssignments:PrincipalType",
    ];
    names.into_iter().zip(row).map(|(name, value)| (source, name, value)).filter(|(_, _, value)| !value.is_empty()).collect()
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleAssignmentName");
    let row = find(context, name).ok_or_else(|| {
        ArmError::not_found("RoleAssignmentNotFound", format!("The role assignment '{}' is not found.", super::error::dashless(name)))
    })?;
    Ok(Outcome::ok(render(&context.scope(), &row)))
}

/// The assignment that the path names. Its scope must be the path's.
fn find(context: &Context<'_>, name: &str) -> Option<Row> {
    let row = context.view.get(TABLE, &name.to_lowercase())?;
    (scope(&row).key() == context.scope().key()).then_some(row)
}

/// Assignments at a scope, above it and, unless `atScope()` says otherwise, below it.
fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let here = context.scope();
    let written = context.request.option("$filter");
    let terms = written.as_deref().map(filter::parse).transpose()?.unwrap_or_default();
    let unsupported = || filter::unsupported(written.as_deref().unwrap_or_default());
    let mut holders: Option<Vec<Key>> = None;
    for term in &terms {
        match term {
            Term::Function(name) if name == "atscope" => {}
            Term::Equals(property, value) if property == "principalid" => holders = Some(vec![value.to_lowercase().into()]),
            // Groups hold nothing through other groups here.
            Term::AssignedTo(id) => {
                let is_group = principals::find(context.view, id).is_some_and(|principal| principal.kind == "Group");
                holders = Some(if is_group { Vec::new() } else { with_groups(context.view, id) });
            }
            _ => return Err(unsupported()),
        }
    }
    let mut found: Vec<Row> = ancestors(context.view, &here).iter().flat_map(|above| at(context.view, above)).collect();
    if !terms.contains(&Term::Function("atscope".into())) {
        let below = context.view.rows(TABLE, None).map(|(_, row)| row);
        found.extend(below.filter(|row| {
            let scope = scope(row);
            scope.key() != here.key() && lies_below(context.view, &here, &scope)
        }));
    }
    if let Some(holders) = holders {
        found.retain(|row| holders.iter().any(|holder| holder.as_ref() == text(row, "principalId")));
    }
    Ok(Outcome::list(found.iter().map(|row| render(&here, row)).collect()))
}

/// Whether a scope is somewhere below another one, by ids or through management groups.
pub fn lies_below(view: View<'_>, here: &Scope, scope: &Scope) -> bool {
    here.text().is_empty() || ancestors(view, scope).iter().any(|above| above == here.key())
}

/// Deletes an assignment; what is not there is as good as deleted.
fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleAssignmentName");
    let Some(row) = find(context, name) else { return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT))) };
    let administers = |row: &Row| [OWNER, USER_ACCESS_ADMINISTRATOR].contains(&text(row, "roleDefinition"));
    let scope = scope(&row);
    let is_subscription = scope.subscription().is_some_and(|id| scope.text().len() == "/subscriptions/".len() + id.len());
    if is_subscription && administers(&row) && at(context.view, scope.key()).iter().filter(|row| administers(row)).count() == 1 {
        // Unverified: code and status.
        return Err(ArmError::bad_request("LastRbacAdminAssignment", "Cannot delete the last RBAC admin assignment"));
    }
    let mut changes = pim::without_assignment(context.view, &row);
    changes.push(Change::Remove { table: TABLE, key: name.to_lowercase().into() });
    Ok(Outcome::written(StatusCode::OK, render(&context.scope(), &row), changes))
}

/// An assignment as an answer to a request at a scope shows it.
fn render(here: &Scope, row: &Row) -> Value {
    let scope = scope(row);
    // The role comes back under the subscription, also for an assignment of the root that is listed there.
    let role = roles::id_at(if scope.subscription().is_some() { &scope } else { here }, text(row, "roleDefinition"));
    let shown = |name: &str| row.get(name).cloned().unwrap_or_default();
    json!({
        "properties": {
            "roleDefinitionId": role,
            "principalId": shown("principalId"),
            "principalType": shown("principalType"),
            "scope": scope.shown(),
            "condition": shown("condition"),
            "conditionVersion": shown("conditionVersion"),
            "createdOn": shown("createdOn"),
            "updatedOn": shown("updatedOn"),
            "createdBy": shown("createdBy"),
            "updatedBy": shown("updatedBy"),
            "delegatedManagedIdentityResourceId": shown("delegatedManagedIdentityResourceId"),
            "description": shown("description"),
        },
        "id": format!("{}/providers/{TYPE}/{}", scope.text(), text(row, "name")),
        "type": TYPE,
        "name": shown("name"),
    })
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

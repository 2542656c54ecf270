//! Role assignments (docs/services/resource-manager.md#role-assignments).

mod create;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    pim,
    records::{
        assignments::{DELETE, OWNER, TABLE, USER_ACCESS_ADMINISTRATOR, WRITE, at, is_below, scope as scope_of},
        principals, roles,
        scope::{Scope, ancestors},
    },
    request::{
        addressed_assignment,
        context::{Context, Outcome},
        error::ArmError,
        filter::{self, Term},
        route::{Route, operation},
    },
};
use crate::{
    directory::principals::with_groups,
    http::Response,
    store::{Change, Key, Row},
};

const TYPE: &str = "Microsoft.Authorization/roleAssignments";
const READ: &str = "Microsoft.Authorization/roleAssignments/read";

/// The routes of this module.
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

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleAssignmentName");
    let row = addressed_assignment(context, name)
        .ok_or_else(|| ArmError::not_found("RoleAssignmentNotFound", format!("The role assignment '{name}' is not found.")))?;
    Ok(Outcome::ok(render(&context.scope(), &row)))
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
            let scope = scope_of(row);
            scope.key() != here.key() && is_below(context.view, &here, &scope)
        }));
    }
    if let Some(holders) = holders {
        found.retain(|row| holders.iter().any(|holder| holder.as_ref() == text(row, "principalId")));
    }
    Ok(Outcome::list(found.iter().map(|row| render(&here, row)).collect()))
}

/// Deletes an assignment; what is not there is as good as deleted.
fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleAssignmentName");
    let Some(row) = addressed_assignment(context, name) else { return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT))) };
    let administers = |row: &Row| [OWNER, USER_ACCESS_ADMINISTRATOR].contains(&text(row, "roleDefinition"));
    let scope = scope_of(&row);
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
    let scope = scope_of(row);
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

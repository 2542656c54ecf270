//! Roles of the tenant's own.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{render, text};
use crate::{
    arm::{
        pim,
        records::{
            assignments, built_in, instant, properties, put as put_row,
            roles::{TABLE, assignable_scopes, guid},
        },
        request::{
            context::{Context, Outcome},
            error::ArmError,
        },
    },
    http::Response,
    store::{Change, Row},
};

const WRITE: &str = "Microsoft.Authorization/roleDefinitions/write";
const DELETE: &str = "Microsoft.Authorization/roleDefinitions/delete";

/// Creates or replaces a custom role.
pub fn put(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleDefinitionId");
    // Unverified: code and text.
    let id = guid(name).ok_or_else(|| {
        ArmError::bad_request("InvalidRoleDefinitionId", format!("The role definition ID '{name}' is not valid. It must be a GUID."))
    })?;
    if built_in::find(&id).is_some() {
        // Unverified: code and text.
        return Err(ArmError::bad_request("CannotUpdateBuiltInRole", "A built-in role cannot be changed."));
    }
    let body = context.body()?;
    let given = body.get("properties").and_then(Value::as_object).ok_or_else(|| ArmError::invalid_body("properties"))?;
    let role_name = given.get("roleName").and_then(Value::as_str).unwrap_or_default();
    if role_name.is_empty() {
        return Err(invalid("The role definition name must not be empty."));
    }
    let old = context.view.get(TABLE, &id);
    let now = instant(context.now);
    let created = |property: &str, value: Value| old.as_ref().and_then(|old| old.get(property).cloned()).unwrap_or(value);
    let row: Row = properties(json!({
        "name": id,
        "roleName": role_name,
        "type": "CustomRole",
        "description": given.get("description").and_then(Value::as_str),
        "assignableScopes": given.get("assignableScopes"),
        "permissions": permissions(given.get("permissions"))?,
        "createdOn": created("createdOn", json!(now)),
        "updatedOn": now,
        "createdBy": created("createdBy", json!(context.caller.object_id)),
        "updatedBy": context.caller.object_id,
    }))
    .into();
    check_scopes(context, &row)?;
    let same_name = built_in::all()
        .chain(context.view.rows(TABLE, None).map(|(_, row)| row))
        .find(|other| text(other, "roleName").eq_ignore_ascii_case(role_name) && text(other, "name") != id);
    if same_name.is_some() {
        return Err(ArmError::new(
            StatusCode::CONFLICT,
            "RoleDefinitionWithSameNameExists",
            format!("A custom role with the same name already exists in this directory. Use a different name. '{role_name}'"),
        ));
    }
    // The answer to a PUT does not say who made it (docs/emulator/fidelity.md#azure-resource-manager).
    let mut body = render(&context.scope(), &row);
    body["properties"]["createdBy"] = Value::Null;
    Ok(Outcome::written(StatusCode::CREATED, body, vec![put_row(TABLE, id, row)]))
}

/// The caller must be allowed at every assignable scope, of which there must be one.
fn check_scopes(context: &Context<'_>, row: &Row) -> Result<(), ArmError> {
    let scopes: Vec<_> = assignable_scopes(row).collect();
    if scopes.is_empty() {
        return Err(invalid("The role definition must have at least one assignable scope."));
    }
    let has_data_actions = row.get("permissions").and_then(Value::as_array).into_iter().flatten().any(|permission| {
        let list = |name: &str| permission.get(name).and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        list("dataActions") || list("notDataActions")
    });
    for scope in scopes {
        if scope.text().is_empty() {
            return Err(invalid("A custom role cannot have the root scope as assignable scope."));
        }
        if has_data_actions && scope.management_group().is_some() {
            return Err(invalid("You cannot add data action permissions when you have a management group as an assignable scope"));
        }
        if !assignments::scope_exists(context.view, &scope) {
            return Err(context.forbidden(WRITE, &scope));
        }
        context.must_be_allowed(WRITE, &scope)?;
    }
    Ok(())
}

/// Unverified: the code.
fn invalid(text: &str) -> ArmError {
    ArmError::bad_request("InvalidRoleDefinition", text)
}

/// Permissions with all of their four lists. There can be none: azurerm sends an empty list.
fn permissions(given: Option<&Value>) -> Result<Value, ArmError> {
    let all = given.and_then(Value::as_array);
    let all = all.ok_or_else(|| invalid("The role definition must have permissions."))?;
    all.iter()
        .map(|one| {
            let list = |name: &str| match one.get(name) {
                None | Some(Value::Null) => Ok(json!([])),
                Some(Value::Array(list)) if list.iter().all(Value::is_string) => Ok(json!(list)),
                Some(_) => Err(ArmError::invalid_body(format!("{name} is a list of actions"))),
            };
            Ok(json!({
                "actions": list("actions")?, "notActions": list("notActions")?,
                "dataActions": list("dataActions")?, "notDataActions": list("notDataActions")?,
            }))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

/// Deletes a custom role that nobody holds. Deleting what is not there succeeds.
pub fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let Some(id) = guid(context.parameter("roleDefinitionId")) else { return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT))) };
    if built_in::find(&id).is_some() {
        // Unverified: code and text.
        return Err(ArmError::bad_request("CannotDeleteBuiltInRole", "A built-in role cannot be deleted."));
    }
    let Some(row) = context.view.get(TABLE, &id) else { return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT))) };
    for scope in assignable_scopes(&row) {
        context.must_be_allowed(DELETE, &scope)?;
    }
    // Unverified for grants of Privileged Identity Management.
    if assignments::of_role(context.view, &id).next().is_some() || pim::is_granted(context.view, &id) {
        return Err(ArmError::bad_request("RoleDefinitionHasAssignments", "There are existing role assignments referencing role"));
    }
    let body = render(&context.scope(), &row);
    Ok(Outcome::written(StatusCode::OK, body, vec![Change::Remove { table: TABLE, key: id.into() }]))
}

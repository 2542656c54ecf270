//! `PUT` of a role assignment.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{render, text};
use crate::{
    arm::{
        conditions,
        records::{
            assignments::{TABLE, WRITE, at, scope as scope_of, scope_exists},
            instant, put, roles,
            scope::Scope,
        },
        request::{
            context::{Context, Outcome},
            error::{ArmError, without_dashes},
        },
    },
    store::Row,
    tenant::ids,
};

/// Most assignments in a subscription, at whatever depth. Those of management groups do not count.
const MAX_IN_SUBSCRIPTION: usize = 4000;
/// Most assignments at a management group. Unverified, and widely stated.
const MAX_AT_MANAGEMENT_GROUP: usize = 500;

/// Properties that clients give, besides role and principal.
const OPTIONAL: &[&str] = &["description", "condition", "conditionVersion", "delegatedManagedIdentityResourceId"];

/// Makes an assignment, or changes the description or condition of one.
pub fn create(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (scope, name) = (context.scope(), context.parameter("roleAssignmentName").to_lowercase());
    if uuid::Uuid::try_parse(&name).is_err() || name.len() != 36 {
        // Unverified: code and text.
        return Err(ArmError::bad_request(
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        ));
    }
    if !scope_exists(context.view, &scope) {
        return Err(context.forbidden(WRITE, &scope));
    }
    let body = context.body()?;
    let given = body.get("properties").and_then(Value::as_object).ok_or_else(|| missing("properties"))?;
    let role = role(context, given, &scope)?;
    if let Some(identity) = given.get("delegatedManagedIdentityResourceId").and_then(Value::as_str) {
        context.check_reachable(identity, WRITE, &scope)?;
    }
    let principal = given.get("principalId").and_then(Value::as_str).filter(|id| !id.is_empty()).ok_or_else(|| missing("principalId"))?;
    let principal_id = principal.to_lowercase();
    if let Some(old) = context.view.get(TABLE, &name) {
        let same = scope_of(&old).key() == scope.key()
            && text(&old, "principalId") == principal_id
            && text(&old, "roleDefinition") == text(&role, "name");
        return if same { update(context, &scope, &name, &old, given) } else { Err(not_permitted(context)) };
    }
    let existing = at(context.view, scope.key())
        .into_iter()
        .find(|row| text(row, "principalId") == principal_id && text(row, "roleDefinition") == text(&role, "name"));
    if let Some(existing) = existing {
        return Err(ArmError::new(
            StatusCode::CONFLICT,
            "RoleAssignmentExists",
            format!(
                "The role assignment already exists. The ID of the existing role assignment is {}.",
                without_dashes(text(&existing, "name"))
            ),
        ));
    }
    let kind = principal_type(context, given, &principal_id)?;
    check_condition(given)?;
    check_limits(context, &scope)?;
    let mut row = Map::new();
    row.insert("name".into(), json!(name));
    row.insert("scope".into(), json!(scope.shown()));
    row.insert("roleDefinition".into(), json!(text(&role, "name")));
    row.insert("principalId".into(), json!(principal_id));
    row.insert("principalType".into(), json!(kind));
    copy_optional(&mut row, given);
    write(context, StatusCode::CREATED, &scope, &name, row)
}

/// The same assignment again: what may change is taken over.
fn update(context: &Context<'_>, scope: &Scope, name: &str, old: &Row, given: &Map<String, Value>) -> Result<Outcome, ArmError> {
    check_condition(given)?;
    let mut row = old.as_ref().clone();
    copy_optional(&mut row, given);
    let created = context.config.switches.repeated_role_assignment_is_created;
    write(context, if created { StatusCode::CREATED } else { StatusCode::OK }, scope, name, row)
}

/// The first answer has no `createdBy`, and its times move a little until the assignment is read.
fn write(context: &Context<'_>, status: StatusCode, scope: &Scope, name: &str, mut row: Map<String, Value>) -> Result<Outcome, ArmError> {
    let caller = json!(context.caller.object_id);
    let settled = instant(context.now.checked_add(SignedDuration::from_millis(700)).unwrap_or(context.now));
    let mut shown = row.clone();
    shown.insert("updatedOn".into(), json!(instant(context.now)));
    shown.insert("updatedBy".into(), caller.clone());
    shown.entry("createdOn").or_insert_with(|| json!(instant(context.now)));
    // No answer to a PUT says who made it, the answer to an update included.
    shown.insert("createdBy".into(), Value::Null);
    row.insert("updatedOn".into(), json!(settled));
    row.insert("updatedBy".into(), caller.clone());
    row.entry("createdOn").or_insert_with(|| json!(settled));
    row.entry("createdBy").or_insert(caller);
    Ok(Outcome::written(status, render(scope, &shown.into()), vec![put(TABLE, name, row)]))
}

fn copy_optional(row: &mut Map<String, Value>, given: &Map<String, Value>) {
    for property in OPTIONAL {
        match given.get(*property) {
            Some(Value::Null) | None => row.remove(*property),
            Some(value) => row.insert((*property).into(), value.clone()),
        };
    }
    if row.contains_key("condition") {
        row.entry("conditionVersion").or_insert(json!("2.0"));
    }
}

/// Unverified: the code.
fn missing(what: &str) -> ArmError {
    ArmError::bad_request(
        "InvalidCreateRoleAssignmentRequest",
        format!("The role assignment create request is invalid: '{what}' is missing."),
    )
}

fn not_permitted(context: &Context<'_>) -> ArmError {
    let status = if context.config.switches.role_assignment_update_is_conflict { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
    ArmError::new(
        status,
        "RoleAssignmentUpdateNotPermitted",
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    )
}

/// The role, which must be assignable here.
fn role(context: &Context<'_>, given: &Map<String, Value>, scope: &Scope) -> Result<Row, ArmError> {
    let id = given.get("roleDefinitionId").and_then(Value::as_str).ok_or_else(|| missing("roleDefinitionId"))?;
    let role = roles::guid(id).and_then(|guid| roles::find(context.view, &guid)).ok_or_else(|| {
        let name = id.rsplit('/').next().unwrap_or_default();
        ArmError::bad_request("InvalidRoleDefinitionId", roles::unknown(name))
    })?;
    if !roles::is_assignable(context.view, &role, scope) {
        // Unverified: code and text.
        return Err(ArmError::bad_request(
            "RoleAssignmentScopeNotAssignableToRoleDefinition",
            format!("The given role assignment scope '{}' is not assignable for role definition '{}'.", scope.shown(), text(&role, "name")),
        ));
    }
    Ok(role)
}

/// Type of the principal. Given as user or service principal, the directory is not asked, so that somebody new can be
/// assigned a role at once; of a group it is asked in any case.
fn principal_type(context: &Context<'_>, given: &Map<String, Value>, id: &str) -> Result<String, ArmError> {
    let kind = given.get("principalType").and_then(Value::as_str);
    let found = context.known_principal(id);
    match (kind, found) {
        (Some(kind), Some(found)) if !kind.eq_ignore_ascii_case(found.kind) => Err(ArmError::bad_request(
            // Unverified: code and text, the misspelling included.
            "UnmatchedPrincipalType",
            format!(
                "The PrincipalId '{}' has type '{}' , which is different from specified PrinciaplType '{kind}'.",
                without_dashes(id),
                found.kind
            ),
        )),
        (_, Some(found)) => Ok(found.kind.to_owned()),
        (Some(kind @ ("User" | "ServicePrincipal")), None) => Ok(kind.to_owned()),
        (_, None) => Err(ArmError::bad_request(
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you are \
                 creating this principal and then immediately assigning a role, this error might be related to a replication \
                 delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, \
                 User, or Group.  See https://aka.ms/docs-principaltype",
                without_dashes(id),
                ids::TENANT_ID
            ),
        )),
    }
}

/// The text is documented (learn.microsoft.com/azure/role-based-access-control/conditions-troubleshoot), and also what a condition gets whose version is
/// said to be 1.0 (MicrosoftDocs/azure-docs#119449). Without a version it is 2.0 (conditions-faq). Unverified: the codes, and what is said about other
/// versions.
fn check_condition(given: &Map<String, Value>) -> Result<(), ArmError> {
    let text = |name: &str| given.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("condition"), text("conditionVersion")) {
        (_, Some(version)) if !["1.0", "2.0"].contains(&version) => {
            Err(ArmError::bad_request("InvalidConditionVersion", format!("'{version}' is not a supported condition version.")))
        }
        (Some(condition), version) if version == Some("1.0") || conditions::parse(condition).is_none() => {
            Err(ArmError::bad_request("InvalidRoleAssignmentCondition", "The given role assignment condition is invalid."))
        }
        _ => Ok(()),
    }
}

fn check_limits(context: &Context<'_>, scope: &Scope) -> Result<(), ArmError> {
    let full = if let Some(id) = scope.subscription() {
        let subscription = Scope::new(&format!("/subscriptions/{id}"));
        context.view.rows(TABLE, None).filter(|(_, row)| subscription.covers(&scope_of(row))).count() >= MAX_IN_SUBSCRIPTION
    } else {
        scope.management_group().is_some() && at(context.view, scope.key()).len() >= MAX_AT_MANAGEMENT_GROUP
    };
    if full {
        return Err(ArmError::bad_request("RoleAssignmentLimitExceeded", "No more role assignments can be created"));
    }
    Ok(())
}

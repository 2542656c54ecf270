//! Requests, schedules and instances as answers have them.

use serde_json::{Value, json};

use super::{ROLES, assignment_name};
use crate::{
    arm::{
        records::{
            principals, roles,
            scope::{Scope, ancestors},
            subscriptions,
        },
        request::context::Context,
    },
    pim::{Kind, text},
    store::{Properties, Row, View},
};

/// The kind of an object: request, schedule or instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// Requests.
    Request,
    /// The rule.
    Schedule,
    /// Schedules in force.
    Instance,
}

impl ObjectKind {
    /// The end of its type's name.
    fn suffix(self) -> &'static str {
        match self {
            Self::Request => "ScheduleRequests",
            Self::Schedule => "Schedules",
            Self::Instance => "ScheduleInstances",
        }
    }
}

/// The start of the names of types and properties.
fn prefix(kind: &Kind) -> &'static str {
    if kind.is_active() { "roleAssignment" } else { "roleEligibility" }
}

/// The type of a layer.
fn type_of(kind: &Kind, layer: ObjectKind) -> String {
    format!("Microsoft.Authorization/{}{}", prefix(kind), layer.suffix())
}

/// The start of the ids of a scope's objects. A subscription's begins with its provider (docs/services/pim.md#ids-at-subscription-scope).
pub fn id_prefix(scope: &Scope) -> String {
    let is_subscription = scope.subscription().is_some_and(|id| scope.text().len() == "/subscriptions/".len() + id.len());
    format!("{}{}", if is_subscription { "/providers/Microsoft.Subscription" } else { "" }, scope.text())
}

/// Removes all members that are null, and empty lists and texts of these names: answers do not have them.
pub fn without_nulls(value: &mut Value, if_empty: &[&str]) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_str().is_some_and(str::is_empty);
                !(value.is_null() || empty && if_empty.contains(&name.as_str()))
            });
            members.values_mut().for_each(|value| without_nulls(value, if_empty));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| without_nulls(value, if_empty)),
        _ => {}
    }
}

/// A name in the letter case that Azure Resource Manager has for it.
pub fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The name of a row. That of an active instance is that of its role assignment.
pub fn name(kind: &Kind, layer: ObjectKind, row: &Properties) -> String {
    let is_role = layer == ObjectKind::Instance && kind.is_active() && !row.contains_key("standing");
    if is_role { assignment_name(&kind.grant_key(row)) } else { text(row, "id").to_owned() }
}

/// One object.
pub fn object(context: &Context<'_>, kind: &Kind, layer: ObjectKind, row: &Row) -> Value {
    let scope = Scope::new(text(row, "scopeText"));
    let name = name(kind, layer, row);
    let mut properties = match layer {
        ObjectKind::Request => request(kind, row, &scope),
        ObjectKind::Schedule | ObjectKind::Instance => schedule(context, kind, layer, row, &scope, &name),
    };
    let shown = |name: &str| row.get(name).cloned().unwrap_or_default();
    properties["scope"] = json!(scope.shown());
    properties["roleDefinitionId"] = json!(roles::id_at(&scope, text(row, "roleDefinition")));
    properties["principalId"] = shown("principalId");
    properties["principalType"] = shown("principalType");
    properties["condition"] = shown("condition");
    properties["conditionVersion"] = shown("conditionVersion");
    properties["createdOn"] = shown("createdDateTime");
    properties["expandedProperties"] = expanded(context.view, row, &scope);
    without_nulls(&mut properties, &[]);
    json!({"properties": properties, "id": id(&scope, kind, layer, &name), "name": name, "type": type_of(kind, layer)})
}

fn id(scope: &Scope, kind: &Kind, layer: ObjectKind, name: &str) -> String {
    format!("{}/providers/{}/{name}", id_prefix(scope), type_of(kind, layer))
}

fn request(kind: &Kind, row: &Row, scope: &Scope) -> Value {
    let shown = |name: &str| row.get(name).cloned().unwrap_or_default();
    let target = upper_first(prefix(kind));
    let mut out = json!({
        "requestType": shown("action"),
        "status": shown("status"),
        "approvalId": shown("approvalId"),
        "scheduleInfo": shown("scheduleInfo"),
        "justification": shown("justification"),
        "ticketInfo": shown("ticketInfo"),
        "requestorId": shown("requestorId"),
    });
    if let Some(info) = out["scheduleInfo"].as_object_mut() {
        info.remove("recurrence");
        let kind = upper_first(info["expiration"]["type"].as_str().unwrap_or_default());
        info["expiration"]["type"] = json!(kind);
    }
    // A removal names no schedule.
    let schedule = row.get("targetScheduleId").and_then(Value::as_str).filter(|_| !row.get("scheduleInfo").is_none_or(Value::is_null));
    out[format!("target{target}ScheduleId")] = json!(schedule.map(|name| id(scope, kind, ObjectKind::Schedule, name)));
    if kind.is_active() {
        out["linkedRoleEligibilityScheduleId"] = shown("linked");
    }
    out
}

fn schedule(context: &Context<'_>, kind: &Kind, layer: ObjectKind, row: &Row, scope: &Scope, name: &str) -> Value {
    let shown = |name: &str| row.get(name).cloned().unwrap_or_default();
    // An assignment that holds above is inherited here.
    let above = ancestors(context.view, &context.scope()).iter().any(|above| above == scope.key());
    let inherited = above && scope.key() != context.scope().key();
    let mut out = json!({"memberType": if inherited { "Inherited" } else { "Direct" }});
    if layer == ObjectKind::Schedule {
        let info = shown("scheduleInfo");
        out["status"] = shown("status");
        out["startDateTime"] = info["startDateTime"].clone();
        out["endDateTime"] = info["expiration"]["endDateTime"].clone();
        out["updatedOn"] = shown("modifiedDateTime");
        let request = row.get("createdUsing").and_then(Value::as_str);
        out[format!("{}ScheduleRequestId", prefix(kind))] = json!(request.map(|name| id(scope, kind, ObjectKind::Request, name)));
    } else {
        // A capture of 2024; the description's example says "Accepted".
        out["status"] = json!("Provisioned");
        out["startDateTime"] = shown("startDateTime");
        out["endDateTime"] = shown("endDateTime");
        out[format!("{}ScheduleId", prefix(kind))] = json!(id(scope, kind, ObjectKind::Schedule, text(row, "scheduleId")));
    }
    if kind.is_active() {
        out["assignmentType"] = json!(upper_first(text(row, "assignmentType")));
        let linked = linked(context.view, row);
        out["linkedRoleEligibilityScheduleId"] = json!(linked.as_ref().map(|(schedule, _)| schedule));
        if layer == ObjectKind::Instance {
            out["linkedRoleEligibilityScheduleInstanceId"] = json!(linked.and_then(|(_, instance)| instance));
            out["originRoleAssignmentId"] = json!(format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", scope.text()));
        }
    }
    out
}

/// The ids of the eligibility's schedule and instance that was activated.
fn linked(view: View<'_>, row: &Row) -> Option<(String, Option<String>)> {
    let (kind, key) = (ROLES.eligibility, text(row, "activatedUsingId"));
    let schedule = view.get(kind.schedules, key)?;
    let scope = Scope::new(text(&schedule, "scopeText"));
    let instance = view.with(kind.instances, kind.schedule_id, key).unwrap_or_default().pop();
    Some((id(&scope, kind, ObjectKind::Schedule, key), instance.map(|name| id(&scope, kind, ObjectKind::Instance, &name))))
}

/// Names of the objects that the ids identify, for people to read.
fn expanded(view: View<'_>, row: &Row, scope: &Scope) -> Value {
    let principal = principals::find(view, text(row, "principalId"));
    let property = |name: &str| principal.as_ref().and_then(|principal| principal.row.get(name).cloned()).unwrap_or_default();
    json!({
        "scope": self::scope(view, scope),
        "roleDefinition": role(view, scope, text(row, "roleDefinition")),
        "principal": {
            "id": row.get("principalId"),
            "displayName": property("displayName"),
            "email": property("userPrincipalName"),
            "type": row.get("principalType"),
        },
    })
}

/// A scope, expanded.
pub fn scope(view: View<'_>, scope: &Scope) -> Value {
    let last = scope.text().rsplit('/').next().unwrap_or_default();
    let is_subscription = scope.subscription().is_some_and(|id| scope.text().len() == "/subscriptions/".len() + id.len());
    let is_group = scope.resource_group().is_some_and(|name| scope.key().ends_with(&format!("/resourcegroups/{}", name.to_lowercase())));
    let (kind, name) = match scope {
        _ if is_subscription => ("subscription", subscriptions::display_name(view, last)),
        _ if is_group => ("resourcegroup", last.to_owned()),
        scope if scope.management_group().is_some() => ("managementgroup", last.to_owned()),
        _ => ("resource", last.to_owned()),
    };
    json!({"id": scope.shown(), "displayName": name, "type": kind})
}

/// A role, expanded.
pub fn role(view: View<'_>, scope: &Scope, guid: &str) -> Value {
    let found = roles::find(view, guid);
    let property = |name: &str| found.as_ref().and_then(|role| role.get(name).cloned()).unwrap_or_default();
    json!({"id": roles::id_at(scope, guid), "displayName": property("roleName"), "type": property("type")})
}

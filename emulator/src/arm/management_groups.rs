//! Management groups: a tree above the subscriptions, whose root has the tenant's id as its name.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{
    pim,
    records::{
        assignments, instant,
        management_groups::{PREFIX, TABLE, exists, line},
        principals, properties, put, subscriptions,
    },
    request::{
        context::{Context, Outcome},
        error::ArmError,
        route::{Route, operation},
    },
};
use crate::{
    http::Response,
    store::{Change, Row},
    tenant::ids,
};

/// The routes of this module. Creating a group is a long-running operation. Unverified: which of the others are; here none is.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/providers/Microsoft.Management/managementGroups",
        since: "2018-03-01",
        until: "2024-12-31",
        operations: &[operation(Method::GET, "", list)],
    },
    Route {
        path: "/providers/Microsoft.Management/managementGroups/{groupId}",
        since: "2018-03-01",
        until: "2024-12-31",
        operations: &[
            operation(Method::GET, "Microsoft.Management/managementGroups/read", get),
            operation(Method::PUT, "", create),
            operation(Method::DELETE, "Microsoft.Management/managementGroups/delete", delete),
        ],
    },
    Route {
        path: "/providers/Microsoft.Management/managementGroups/{groupId}/subscriptions/{subscriptionId}",
        since: "2018-03-01",
        until: "2024-12-31",
        operations: &[
            operation(Method::GET, "Microsoft.Management/managementGroups/read", get_subscription),
            operation(Method::PUT, "Microsoft.Management/managementGroups/subscriptions/write", add_subscription),
            operation(Method::DELETE, "Microsoft.Management/managementGroups/subscriptions/delete", remove_subscription),
        ],
    },
    Route {
        path: "/providers/Microsoft.Management/operationResults/create/managementGroups/{groupId}",
        since: "2018-03-01",
        until: "2024-12-31",
        operations: &[operation(Method::GET, "Microsoft.Management/managementGroups/read", get)],
    },
    Route {
        path: "/providers/Microsoft.Management/operationResults/create/asyncOperation/status/managementGroups/{groupId}",
        since: "2018-03-01",
        until: "2024-12-31",
        operations: &[operation(Method::GET, "Microsoft.Management/managementGroups/read", operation_status)],
    },
];

fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let rows = context.view.rows(TABLE, None);
    let values: Vec<Value> = rows
        .map(|(_, row)| {
            let name = text(&row, "name").unwrap_or_default();
            json!({
                "id": format!("{PREFIX}{name}"),
                "type": TYPE,
                "name": name,
                "properties": {"tenantId": ids::TENANT_ID, "displayName": row.get("displayName")},
            })
        })
        .collect();
    // With the sign, and null on the last page (docs/emulator/fidelity.md#azure-resource-manager).
    Ok(with_request_id(context, Outcome::ok(json!({"value": values, "@nextLink": null}))))
}

/// Adds the header by which this service, unlike others of Azure Resource Manager, names a request.
fn with_request_id(context: &Context<'_>, mut outcome: Outcome) -> Outcome {
    outcome.response = outcome.response.with("request-id", &context.request.id.to_string());
    outcome
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    Ok(with_request_id(context, Outcome::ok(render(context, &addressed(context)?))))
}

/// Anybody in the tenant may create management groups, as is the default of a tenant.
fn create(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (name, body) = (context.parameter("groupId"), context.body()?);
    let given = |pointer: &str| Value::Object(body.clone()).pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let parent = given("/properties/details/parent/id")
        .map_or_else(|| ids::TENANT_ID.to_owned(), |id| id.rsplit('/').next().unwrap_or_default().to_owned());
    if !exists(context.view, &parent) {
        return Err(not_found(&parent));
    }
    let line = line(context.view, &parent);
    if line.contains(&format!("{PREFIX}{name}").to_lowercase()) {
        return Err(ArmError::bad_request("BadRequest", "A management group cannot be below itself."));
    }
    let row = properties(json!({
        "name": name, "displayName": given("/properties/displayName").unwrap_or_else(|| name.to_owned()), "parent": parent,
        "updatedTime": instant(context.now), "updatedBy": context.caller.object_id,
    }));
    let body = render(context, &Row::from(row.clone()));
    let mut changes = vec![put(TABLE, name.to_lowercase(), row)];
    if exists(context.view, name) {
        return Ok(with_request_id(context, Outcome::written(StatusCode::OK, body, changes)));
    }
    changes.push(owner_of(context, &format!("{PREFIX}{name}")));
    let body = json!({"id": format!("{PREFIX}{name}"), "type": TYPE, "name": name, "status": "NotStarted"});
    let mut outcome = Outcome::written(StatusCode::ACCEPTED, body, changes);
    let base = format!("https://{}/providers/Microsoft.Management/operationResults/create", context.request.host);
    let version = context.version;
    outcome.response = outcome
        .response
        .with_header(header::LOCATION, &format!("{base}/managementGroups/{name}?api-version={version}"))
        .with("azure-asyncoperation", &format!("{base}/asyncOperation/status/managementGroups/{name}?api-version={version}"));
    Ok(with_request_id(context, outcome))
}

/// The status of the operation that made a management group, which is done at once here.
fn operation_status(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let row = addressed(context)?;
    let name = text(&row, "name").unwrap_or_default();
    Ok(Outcome::ok(json!({"id": format!("{PREFIX}{name}"), "type": TYPE, "name": name, "status": "Succeeded"})))
}

const TYPE: &str = "Microsoft.Management/managementGroups";

/// The role assignment that the creator of a management group gets there: owner.
fn owner_of(context: &Context<'_>, scope: &str) -> Change {
    let (caller, name) = (&context.caller.object_id, uuid::Uuid::new_v4().to_string());
    let kind = principals::find(context.view, caller).map_or("User", |principal| principal.kind);
    assignments::New { name: &name, scope, role: assignments::OWNER, principal: caller, kind, by: caller }.change(context.now)
}

fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let row = addressed(context)?;
    let name = text(&row, "name").unwrap_or_default();
    let is_parent = |row: &Row, property: &str| text(row, property).is_some_and(|parent| parent.eq_ignore_ascii_case(&name));
    let parent = context.view.rows(TABLE, None).any(|(_, row)| is_parent(&row, "parent"))
        || context.view.rows(subscriptions::TABLE, None).any(|(_, row)| is_parent(&row, "managementGroup"));
    if parent {
        // Unverified: code and text.
        return Err(ArmError::bad_request("BadRequest", format!("Management group '{name}' has children and cannot be deleted.")));
    }
    let mut changes = assignments::without_scope(context.view, &context.scope());
    changes.extend(pim::without_scope(context.view, &context.scope()));
    changes.push(Change::Remove { table: TABLE, key: name.to_lowercase().into() });
    Ok(Outcome { response: Response::empty(StatusCode::NO_CONTENT), changes })
}

fn add_subscription(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let group = addressed(context)?;
    let id = context.parameter("subscriptionId").to_lowercase();
    let subscription = context.view.get(subscriptions::TABLE, &id).ok_or_else(|| ArmError::no_subscription(&id))?;
    let body = render_subscription(&group, &id, &subscription);
    let mut subscription = subscription.as_ref().clone();
    subscription.insert("managementGroup".into(), json!(text(&group, "name")));
    Ok(with_request_id(context, Outcome::written(StatusCode::OK, body, vec![put(subscriptions::TABLE, id, subscription)])))
}

/// The subscription that the path names, if it is directly below the group.
fn addressed_subscription(context: &Context<'_>, group: &Row) -> Option<(String, Row)> {
    let id = context.parameter("subscriptionId").to_lowercase();
    let row = context.view.get(subscriptions::TABLE, &id)?;
    let above = text(&row, "managementGroup").unwrap_or_else(|| ids::TENANT_ID.to_owned());
    above.eq_ignore_ascii_case(&text(group, "name").unwrap_or_default()).then_some((id, row))
}

fn get_subscription(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let group = addressed(context)?;
    let id = context.parameter("subscriptionId");
    let (id, row) = addressed_subscription(context, &group).ok_or_else(|| ArmError::no_subscription(id))?;
    Ok(with_request_id(context, Outcome::ok(render_subscription(&group, &id, &row))))
}

/// Moves a subscription back to the root.
fn remove_subscription(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let group = addressed(context)?;
    let changes = addressed_subscription(context, &group).map(|(id, row)| {
        let mut row = row.as_ref().clone();
        row.insert("managementGroup".into(), json!(ids::TENANT_ID));
        put(subscriptions::TABLE, id, row)
    });
    // Unverified: that a subscription which is not there is answered the same.
    let response = Response::empty(if changes.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT });
    Ok(with_request_id(context, Outcome { response, changes: changes.into_iter().collect() }))
}

/// A subscription below a management group (learn.microsoft.com/rest/api/managementgroups/management-group-subscriptions/create).
fn render_subscription(group: &Row, id: &str, subscription: &Row) -> Value {
    let above = format!("{PREFIX}{}", text(group, "name").unwrap_or_default());
    json!({
        "id": format!("{above}/subscriptions/{id}"),
        "type": format!("{TYPE}/subscriptions"),
        "name": id,
        "properties": {
            "tenant": ids::TENANT_ID,
            "displayName": subscription.get("displayName"),
            "parent": {"id": above},
            "state": "Active",
        },
    })
}

fn addressed(context: &Context<'_>) -> Result<Row, ArmError> {
    let name = context.parameter("groupId");
    context.view.get(TABLE, &name.to_lowercase()).ok_or_else(|| not_found(name))
}

/// Unverified: the text.
fn not_found(name: &str) -> ArmError {
    ArmError::not_found("ManagementGroupNotFound", format!("The management group '{name}' could not be found."))
}

fn render(context: &Context<'_>, row: &Row) -> Value {
    let name = text(row, "name").unwrap_or_default();
    let parent = text(row, "parent").map(|parent| {
        let above = context.view.get(TABLE, &parent.to_lowercase());
        json!({"id": format!("{PREFIX}{parent}"), "name": parent, "displayName": above.and_then(|row| text(&row, "displayName"))})
    });
    let children = context.request.option("$expand").is_some_and(|expand| expand.contains("children")).then(|| {
        let below = context.view.rows(TABLE, None).filter(|(_, row)| text(row, "parent").is_some_and(|parent| parent.eq_ignore_ascii_case(&name)));
        let groups = below.map(|(_, row)| {
            let name = text(&row, "name").unwrap_or_default();
            json!({"type": TYPE, "id": format!("{PREFIX}{name}"), "name": name,
                   "displayName": row.get("displayName")})
        });
        let below = context.view.rows(subscriptions::TABLE, None);
        let below = below.filter(|(_, row)| text(row, "managementGroup").is_some_and(|parent| parent.eq_ignore_ascii_case(&name)));
        let subscriptions = below.map(|(key, row)| {
            json!({"type": "/subscriptions", "id": format!("/subscriptions/{key}"), "name": key.as_ref(), "displayName": row.get("displayName")})
        });
        groups.chain(subscriptions).collect::<Vec<_>>()
    });
    let mut out = json!({
        "id": format!("{PREFIX}{name}"),
        "type": TYPE,
        "name": name,
        "properties": {
            "tenantId": ids::TENANT_ID,
            "displayName": row.get("displayName"),
            "details": {"version": 1, "updatedTime": row.get("updatedTime"), "updatedBy": row.get("updatedBy"), "parent": parent},
        },
    });
    if let Some(children) = children {
        out["properties"]["children"] = json!(children);
    }
    out
}

fn text(row: &Row, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

//! Writes to clusters. Each starts a long-running operation.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    addressed, key, operations,
    shape::{self, invalid, render_new},
    writable,
};
use crate::{
    arm::{
        pim,
        records::{
            assignments,
            clusters::{TABLE, find, id, without_objects},
            put as put_row, resource_groups,
            scope::Scope,
            subscriptions,
        },
        request::{
            context::{Context, Outcome},
            error::ArmError,
        },
    },
    http::Response,
    store::{Change, Row, View},
};

/// Creates a cluster or replaces what it is.
pub fn put(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let key = key(context)?;
    let mut body = context.body()?;
    let old = find(context.view, &key);
    if old.is_some() {
        writable(context)?;
    } else if context.request.header("if-match").is_some() {
        // Unverified: status, code and text.
        return Err(ArmError::without_envelope(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", "The resource does not exist."));
    }
    check(context, &mut body, old.as_ref())?;
    let (subscription, group) = (context.parameter("subscriptionId"), context.parameter("resourceGroupName"));
    let name = context.parameter("resourceName");
    // The names as they were written first.
    let id = match &old {
        Some(old) => text(old, "id").to_owned(),
        None => id(subscription, group, name),
    };
    let name = old.as_ref().map_or(name, |old| text(old, "name")).to_owned();
    let mut row = shape::row(&id, &name, &body, old.as_ref())?;
    let state = if old.is_some() { "Updating" } else { "Creating" };
    let operation = operations::start(context, &mut row, state, state);
    let row = Row::from(row);
    let status = if old.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let response = Response::json(status, render_new(context, &row));
    let mut changes = vec![put_row(TABLE, key, row.clone())];
    if old.is_none() {
        changes.push(shape::node_resource_group(&row));
    }
    Ok(operation.outcome(context, response, changes))
}

/// Required properties of a cluster. Unverified: the texts.
fn check(context: &Context<'_>, body: &mut Map<String, Value>, old: Option<&Row>) -> Result<(), ArmError> {
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default();
    if location.is_empty() {
        return Err(ArmError::bad_request("LocationRequired", "The location property is required for this definition."));
    }
    if !subscriptions::is_location(location) {
        return Err(ArmError::bad_request(
            "LocationNotAvailableForResourceType",
            format!("The provided location '{location}' is not available for resource type 'Microsoft.ContainerService/managedClusters'."),
        ));
    }
    let location = subscriptions::location(location);
    if let Some(old) = old
        && text(old, "location") != location
    {
        return Err(ArmError::new(
            StatusCode::CONFLICT,
            "InvalidResourceLocation",
            format!(
                "The resource '{}' already exists in location '{}' in resource group '{}'. A resource with the same name cannot be created \
                 in location '{location}'. Please select a new resource name.",
                text(old, "name"),
                text(old, "location"),
                context.parameter("resourceGroupName")
            ),
        ));
    }
    body.insert("location".into(), json!(location));
    let inner = body.get("properties").and_then(Value::as_object);
    let pools = inner.and_then(|inner| inner.get("agentPoolProfiles")).and_then(Value::as_array).filter(|pools| !pools.is_empty());
    let Some(pools) = pools else { return Err(invalid("Required parameter agentPoolProfiles is missing (null).")) };
    if !pools.iter().all(|pool| pool.get("name").and_then(Value::as_str).is_some_and(|name| !name.is_empty())) {
        return Err(invalid("Required parameter agentPoolProfiles.name is missing (null)."));
    }
    if !pools.iter().any(|pool| pool.get("mode") == Some(&json!("System"))) {
        return Err(invalid("There has to be at least one system agent pool."));
    }
    let prefix = inner.is_some_and(|inner| inner.contains_key("dnsPrefix") || inner.contains_key("fqdnSubdomain"));
    if old.is_none() && !prefix {
        return Err(invalid("Required parameter dnsPrefix is missing (null)."));
    }
    Ok(())
}

/// PATCH, which changes the tags and nothing else.
pub fn update_tags(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (key, old) = writable(context)?;
    let mut row = old.as_ref().clone();
    match context.body()?.remove("tags") {
        None | Some(Value::Null) => row.remove("tags"),
        Some(tags) => row.insert("tags".into(), tags),
    };
    changed(context, &key, row, StatusCode::OK)
}

/// Replaces the Entra integration, which is the one way to take it away.
pub fn reset_aad_profile(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (key, old) = writable(context)?;
    let mut row = old.as_ref().clone();
    let body = context.body()?;
    if let Some(inner) = row.get_mut("properties").and_then(Value::as_object_mut) {
        if body.values().all(Value::is_null) {
            inner.remove("aadProfile");
        } else {
            inner.insert("aadProfile".into(), shape::normal_aad_profile(&Value::Object(body))?);
        }
    }
    changed(context, &key, row, StatusCode::ACCEPTED)
}

/// The outcome of a change to a cluster.
fn changed(context: &Context<'_>, key: &str, mut row: Map<String, Value>, status: StatusCode) -> Result<Outcome, ArmError> {
    row.insert("eTag".into(), json!(uuid::Uuid::new_v4().to_string()));
    let operation = operations::start(context, &mut row, "Updating", "Updating");
    let row = Row::from(row);
    let response = match status {
        StatusCode::ACCEPTED => Response::empty(status),
        _ => Response::json(status, render_new(context, &row)),
    };
    Ok(operation.outcome(context, response, vec![put_row(TABLE, key, row)]))
}

/// Deletes a cluster; what is not there is as good as deleted.
pub fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    if addressed(context).is_err() {
        return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT)));
    }
    let (key, old) = writable(context)?;
    let mut row = old.as_ref().clone();
    let operation = operations::start(context, &mut row, "Deleting", "Deleting");
    let changes = if operation.until > context.now {
        context.config.database.due_at(operation.until);
        vec![put_row(TABLE, key, row)]
    } else {
        removal(context.view, &key, &old)
    };
    Ok(operation.outcome(context, Response::empty(StatusCode::ACCEPTED), changes))
}

/// The changes that take a cluster away: with it go the resource group of its nodes, and what is assigned at either.
pub fn removal(view: View<'_>, key: &str, row: &Row) -> Vec<Change> {
    let (nodes, _) = shape::node_resource_group_key(row);
    let mut out = Vec::new();
    for gone in [Scope::new(key), Scope::new(&nodes)] {
        out.extend(assignments::without_scope(view, &gone));
        out.extend(pim::without_scope(view, &gone));
    }
    out.push(Change::Remove { table: resource_groups::TABLE, key: nodes.into() });
    out.extend(without_objects(view, key));
    out.push(Change::Remove { table: TABLE, key: key.into() });
    out
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

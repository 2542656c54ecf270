//! Managed clusters and their agent pools (docs/services/resource-manager.md#managed-clusters).
//!
//! A row is what an answer shows, and some words of the emulator's own that begin with `$`: `$operation`, what is
//! being done to the cluster, and `$adminToken`, the credential of its local accounts, and `$createdAt`.

mod agent_pools;
mod credentials;
pub mod operations;
mod shape;
mod write;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;

use super::{
    records::{
        clusters::{TABLE, find, id},
        properties, put, resource_groups,
        scope::Scope,
    },
    request::{
        context::{Context, Outcome},
        error::ArmError,
        route::{OPEN_ENDED_VERSION, Route, operation},
    },
};
use crate::{
    store::{Change, Key, Row, View},
    tenant::ids,
};

const READ: &str = "Microsoft.ContainerService/managedClusters/read";
const WRITE: &str = "Microsoft.ContainerService/managedClusters/write";
const DELETE: &str = "Microsoft.ContainerService/managedClusters/delete";
const RESET_AAD_PROFILE: &str = "Microsoft.ContainerService/managedClusters/resetAADProfile/action";
const LIST_USER: &str = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action";
const LIST_ADMIN: &str = "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action";
const LIST_MONITORING: &str = "Microsoft.ContainerService/managedClusters/listClusterMonitoringUserCredential/action";
const READ_POOL: &str = "Microsoft.ContainerService/managedClusters/agentPools/read";
const WRITE_POOL: &str = "Microsoft.ContainerService/managedClusters/agentPools/write";
const DELETE_POOL: &str = "Microsoft.ContainerService/managedClusters/agentPools/delete";

/// The oldest api-version that is served.
const OLDEST: &str = "2020-02-01";

/// The path of a cluster, and what comes after it.
macro_rules! cluster {
    ($rest:literal) => {
        concat!(
            "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService",
            "/managedClusters/{resourceName}",
            $rest
        )
    };
}

/// The routes of this module.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/managedClusters",
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters",
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: cluster!(""),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[
            operation(Method::GET, READ, get),
            operation(Method::PUT, WRITE, write::put),
            operation(Method::PATCH, WRITE, write::update_tags),
            operation(Method::DELETE, DELETE, write::delete),
        ],
    },
    Route {
        path: cluster!("/resetAADProfile"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::POST, RESET_AAD_PROFILE, write::reset_aad_profile)],
    },
    Route {
        path: cluster!("/listClusterUserCredential"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::POST, LIST_USER, credentials::user)],
    },
    Route {
        path: cluster!("/listClusterAdminCredential"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::POST, LIST_ADMIN, credentials::admin)],
    },
    Route {
        path: cluster!("/listClusterMonitoringUserCredential"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::POST, LIST_MONITORING, credentials::monitoring)],
    },
    Route {
        path: cluster!("/agentPools"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ_POOL, agent_pools::list)],
    },
    Route {
        path: cluster!("/agentPools/{agentPoolName}"),
        since: OLDEST,
        until: OPEN_ENDED_VERSION,
        operations: &[
            operation(Method::GET, READ_POOL, agent_pools::get),
            operation(Method::PUT, WRITE_POOL, agent_pools::put),
            operation(Method::DELETE, DELETE_POOL, agent_pools::delete),
        ],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/locations/{location}/operations/{operationId}",
        since: "2016-03-30",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, "", operations::status)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/locations/{location}/operationresults/{operationId}",
        since: "2016-03-30",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, "", operations::result)],
    },
];

/// The cluster of a fresh tenant, as `az aks create --enable-aad --enable-azure-rbac` makes one.
pub fn fixture() -> Vec<Change> {
    let id = id(ids::SUBSCRIPTION_ID, ids::RESOURCE_GROUP, ids::CLUSTER);
    let row = shape::fixture(&id);
    vec![put(TABLE, id.to_lowercase(), row.clone()), shape::node_resource_group(&row)]
}

/// A cluster as a client would have PUT it, and the resource group of its nodes; `None`: it would have been refused.
pub fn new(group: &str, name: &str, body: serde_json::Value) -> Option<Vec<Change>> {
    let id = id(ids::SUBSCRIPTION_ID, group, name);
    let row: Row = shape::row(&id, name, &properties(body), None).ok()?.into();
    Some(vec![put(TABLE, id.to_lowercase(), row.clone()), shape::node_resource_group(&row)])
}

/// The cluster whose Kubernetes API has this label.
pub fn by_host_label(view: View<'_>, label: &str) -> Option<Row> {
    let found = view.rows(TABLE, None).map(|(_, row)| row).find(|row| credentials::host_label(row) == label);
    found.filter(|_| !label.is_empty())
}

/// The changes that take away all clusters of a resource group.
pub fn without_group(view: View<'_>, group: &Scope) -> Vec<Change> {
    let rows = view.rows(TABLE, None).filter(|(key, _)| group.covers(&Scope::new(key)));
    rows.flat_map(|(key, row)| write::removal(view, &key, &row)).collect()
}

/// The changes for the clusters whose deletion has come to its end.
pub fn deleted(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let rows = view.rows(TABLE, None).filter(|(_, row)| operations::is_deletion(row) && operations::running(row, now).is_none());
    rows.flat_map(|(key, row)| write::removal(view, &key, &row)).collect()
}

/// When the next deletion comes to its end.
pub fn next_deletion(view: View<'_>) -> Option<Timestamp> {
    view.rows(TABLE, None).filter(|(_, row)| operations::is_deletion(row)).filter_map(|(_, row)| operations::until(&row)).min()
}

/// 409 while something else is done to a cluster.
pub fn operation_in_progress(what: &str) -> ArmError {
    ArmError::without_envelope(
        StatusCode::CONFLICT,
        "OperationNotAllowed",
        format!(
            "Operation is not allowed: Another operation ({what}) is in progress, please wait for it to finish before starting a \
             new operation. See https://aka.ms/aks-pending-operation for more details"
        ),
    )
}

fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let scope = context.scope();
    let group = context.parameter("resourceGroupName");
    if !group.is_empty() && resource_groups::find(context.view, context.parameter("subscriptionId"), group).is_none() {
        return Err(ArmError::no_resource_group(group));
    }
    let rows = context.view.rows(TABLE, None).filter(|(key, _)| scope.covers(&Scope::new(key)));
    Ok(Outcome::list(rows.map(|(_, row)| shape::render(context, &row)).collect()))
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    Ok(Outcome::ok(shape::render(context, &row)))
}

/// The key of the cluster that the path names, in a resource group that is there.
fn key(context: &Context<'_>) -> Result<Key, ArmError> {
    let (subscription, group) = (context.parameter("subscriptionId"), context.parameter("resourceGroupName"));
    if resource_groups::find(context.view, subscription, group).is_none() {
        return Err(ArmError::no_resource_group(group));
    }
    Ok(id(subscription, group, context.parameter("resourceName")).to_lowercase().into())
}

/// The cluster that the path names.
fn addressed(context: &Context<'_>) -> Result<(Key, Row), ArmError> {
    let key = key(context)?;
    let (group, name) = (context.parameter("resourceGroupName"), context.parameter("resourceName"));
    let row = find(context.view, &key);
    row.map(|row| (key, row)).ok_or_else(|| ArmError::no_resource(&format!("Microsoft.ContainerService/managedClusters/{name}"), group))
}

/// The cluster that the path names, if nothing is being done to it and the client knows its latest state.
fn writable(context: &Context<'_>) -> Result<(Key, Row), ArmError> {
    let (key, row) = addressed(context)?;
    if let Some(what) = operations::running(&row, context.now) {
        return Err(operation_in_progress(what));
    }
    let tag = row.get("eTag").and_then(serde_json::Value::as_str).unwrap_or_default();
    let known = context.request.header("if-match").map(|text| text.trim().trim_matches('"'));
    if known.is_some_and(|known| known != "*" && known != tag) {
        // Unverified: the text.
        return Err(ArmError::without_envelope(
            StatusCode::CONFLICT,
            "EtagMismatch",
            "Operation is not allowed: Etag mismatch detected, the resource was changed since it was read. Read it again and retry.",
        ));
    }
    if context.request.header("if-none-match").is_some() {
        // Unverified: status, code and text.
        return Err(ArmError::without_envelope(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", "The resource exists already."));
    }
    Ok((key, row))
}

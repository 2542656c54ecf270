//! Managed clusters (service-behaviour section 5).

mod shape;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    context::{Context, Outcome, put},
    error::ArmError,
    resource_groups,
    route::{Route, operation},
    scope::Scope,
};
use crate::{
    store::{Change, Key, Row, View},
    tenant,
};

/// Their table. The key is the id in lower case.
pub const TABLE: &str = "managedClusters";

const READ: &str = "Microsoft.ContainerService/managedClusters/read";
/// The newest api-version that is served; one that the Azure CLI uses.
const NEWEST: &str = "2026-06-01";

/// What can be done with them.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/managedClusters",
        since: "2020-02-01",
        until: NEWEST,
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters",
        since: "2020-02-01",
        until: NEWEST,
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}",
        since: "2020-02-01",
        until: NEWEST,
        operations: &[operation(Method::GET, READ, get)],
    },
];

/// The cluster of a fresh tenant, as `az aks create --enable-aad --enable-azure-rbac` makes one.
pub fn fixture(now: Timestamp) -> Vec<Change> {
    let id = id(tenant::SUBSCRIPTION_ID, tenant::RESOURCE_GROUP, tenant::CLUSTER);
    vec![put(TABLE, id.to_lowercase(), shape::fixture(&id, now))]
}

/// The id of a cluster.
pub fn id(subscription: &str, group: &str, name: &str) -> String {
    format!("{}/providers/Microsoft.ContainerService/managedClusters/{name}", resource_groups::id(subscription, group))
}

/// The key of the cluster that a scope, given in lower case, is or lies in.
pub fn key_in(scope: &str) -> Option<&str> {
    let kind = "/providers/microsoft.containerservice/managedclusters/";
    let name = scope.find(kind)? + kind.len();
    let end = scope.get(name..)?.find('/').map_or(scope.len(), |at| name + at);
    scope.get(..end).filter(|_| end > name)
}

/// A cluster by its key.
pub fn find(view: View<'_>, key: &str) -> Option<Row> {
    view.get(TABLE, key)
}

/// The changes that take away all clusters of a resource group.
pub fn without_group(view: View<'_>, group: &Scope) -> Vec<Change> {
    let rows = view.rows(TABLE, None).filter(|(key, _)| group.covers(&Scope::new(key)));
    rows.map(|(key, _)| Change::Remove { table: TABLE, key }).collect()
}

/// 409 while something else is done to a cluster.
pub fn busy(what: &str) -> ArmError {
    ArmError::bare(
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
    Ok(Outcome::list(rows.map(|(_, row)| Value::Object(row.as_ref().clone())).collect()))
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    Ok(Outcome::ok(Value::Object(row.as_ref().clone())))
}

/// The cluster that the path names.
fn addressed(context: &Context<'_>) -> Result<(Key, Row), ArmError> {
    let (group, name) = (context.parameter("resourceGroupName"), context.parameter("resourceName"));
    let subscription = context.parameter("subscriptionId");
    if resource_groups::find(context.view, subscription, group).is_none() {
        return Err(ArmError::no_resource_group(group));
    }
    let key: Key = id(subscription, group, name).to_lowercase().into();
    let row = find(context.view, &key);
    row.map(|row| (key, row)).ok_or_else(|| ArmError::no_resource(&format!("Microsoft.ContainerService/managedClusters/{name}"), group))
}

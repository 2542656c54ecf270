//! Managed clusters: where they are in the store. What they are is in `arm::clusters`.

use super::resource_groups;
use crate::store::{Row, View};

/// Their table. The key is the id in lower case.
pub const TABLE: &str = "managedClusters";

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

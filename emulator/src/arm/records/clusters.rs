//! Managed clusters: where they are in the store. What they are is in `arm::clusters`.

use super::resource_groups;
use crate::store::{Change, Row, View};

/// Their table. The key is the id in lower case.
pub const TABLE: &str = "managedClusters";

/// Table of the objects that clients created, changed or deleted in clusters. Keys begin with the key of the cluster.
pub const OBJECTS: &str = "kubernetesObjects";

/// The changes that remove the objects of a cluster.
pub fn without_objects(view: View<'_>, key: &str) -> Vec<Change> {
    let start = format!("{key}|");
    let rows = view.rows(OBJECTS, Some(start.as_str())).take_while(|(key, _)| key.starts_with(&start));
    rows.map(|(key, _)| Change::Remove { table: OBJECTS, key }).collect()
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

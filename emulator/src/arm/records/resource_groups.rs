//! Resource groups.

use serde_json::json;

use super::{properties, put};
use crate::{
    store::{Change, Key, Row, View},
    tenant::ids,
};

/// Their table. The key is the id in lower case.
pub const TABLE: &str = "resourceGroups";

/// The resource group of a fresh tenant.
pub fn fixture() -> Change {
    let id = id(ids::SUBSCRIPTION_ID, ids::RESOURCE_GROUP);
    put(TABLE, id.to_lowercase(), resource(&id, ids::RESOURCE_GROUP, ids::LOCATION, None))
}

/// The id of a resource group.
pub fn id(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}

/// A resource group, if it is there.
pub fn find(view: View<'_>, subscription: &str, name: &str) -> Option<(Key, Row)> {
    let key: Key = id(subscription, name).to_lowercase().into();
    view.get(TABLE, &key).map(|row| (key, row))
}

/// A new resource group, as it is stored and shown.
pub fn resource(id: &str, name: &str, location: &str, managed_by: Option<&str>) -> Row {
    let mut row = properties(json!({
        "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }));
    if let Some(owner) = managed_by {
        row.insert("managedBy".into(), json!(owner));
    }
    row.into()
}

//! Subscriptions, and the locations of the public cloud.

use serde_json::json;

use super::{properties, put};
use crate::{
    store::{Change, View},
    tenant::ids,
};

/// Their table. The key is the id in lower case.
pub const TABLE: &str = "subscriptions";

/// The subscription of a fresh tenant.
pub fn fixture() -> Change {
    let row = json!({"displayName": "Contoso", "managementGroup": ids::TENANT_ID});
    put(TABLE, ids::SUBSCRIPTION_ID, properties(row))
}

/// Whether there is such a subscription.
pub fn exists(view: View<'_>, id: &str) -> bool {
    view.get(TABLE, &id.to_lowercase()).is_some()
}

/// The display name of a subscription.
pub fn display_name(view: View<'_>, id: &str) -> String {
    let row = view.get(TABLE, &id.to_lowercase());
    row.and_then(|row| row.get("displayName")?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Some of the locations of the public cloud.
pub const LOCATIONS: &[(&str, &str, &str, &str)] = &[
    ("eastus", "East US", "37.3719", "-79.8164"),
    ("eastus2", "East US 2", "36.6681", "-78.3889"),
    ("westus2", "West US 2", "47.233", "-119.852"),
    ("westeurope", "West Europe", "52.3667", "4.9"),
    ("northeurope", "North Europe", "53.3478", "-6.2597"),
    ("germanywestcentral", "Germany West Central", "50.110924", "8.682127"),
    ("uksouth", "UK South", "50.941", "-0.799"),
    ("southeastasia", "Southeast Asia", "1.283", "103.833"),
];

/// Whether there is such a location, in either of the ways to write it.
pub fn is_location(name: &str) -> bool {
    let name = location(name);
    LOCATIONS.iter().any(|(known, ..)| *known == name)
}

/// A location as answers have it: `East US` is `eastus`.
pub fn location(name: &str) -> String {
    name.replace(' ', "").to_lowercase()
}

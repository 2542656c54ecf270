//! Management groups: a tree above the subscriptions, whose root has the tenant's id as its name.

use serde_json::{Value, json};

use super::{properties, put, subscriptions};
use crate::{
    store::{Change, Row, View},
    tenant::ids,
};

/// How the ids of management groups begin.
pub const PREFIX: &str = "/providers/Microsoft.Management/managementGroups/";
/// Their table. The key is the name in lower case.
pub const TABLE: &str = "managementGroups";

/// The root of a fresh tenant.
pub fn fixture() -> Change {
    let row = json!({"name": ids::TENANT_ID, "displayName": "Tenant Root Group", "parent": null});
    put(TABLE, ids::TENANT_ID, properties(row))
}

/// Whether there is such a management group.
pub fn exists(view: View<'_>, name: &str) -> bool {
    view.get(TABLE, &name.to_lowercase()).is_some()
}

/// The ids of a management group and of those above it, in lower case, the uppermost first.
pub fn line(view: View<'_>, name: &str) -> Vec<String> {
    let mut out = vec![format!("{PREFIX}{name}").to_lowercase()];
    let mut name = name.to_lowercase();
    // A parent exists before its children, so that there is no circle; the bound is for damaged data.
    while let Some(parent) = view.get(TABLE, &name).and_then(|row| text(&row, "parent")).filter(|_| out.len() < 10) {
        out.push(format!("{PREFIX}{parent}").to_lowercase());
        name = parent.to_lowercase();
    }
    out.reverse();
    out
}

/// The ids of the management groups above a subscription.
pub fn line_of_subscription(view: View<'_>, subscription: &str) -> Vec<String> {
    let row = view.get(subscriptions::TABLE, &subscription.to_lowercase());
    row.and_then(|row| text(&row, "managementGroup")).map(|name| line(view, &name)).unwrap_or_default()
}

fn text(row: &Row, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

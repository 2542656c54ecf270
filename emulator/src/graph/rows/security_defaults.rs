//! Security defaults: the tenant's switch for protection without policies.

use serde_json::{Value, json};

use crate::{
    graph::model::{
        collection::{Collection, Service},
        context::Context,
        draft::Draft,
        error::GraphError,
        property::{flag, instant, text},
    },
    store::{Change, Row, View},
};

/// The row.
pub static SECURITY_DEFAULTS: Collection = Collection {
    path: "policies/identitySecurityDefaultsEnforcementPolicy",
    table: "identitySecurityDefaultsEnforcementPolicy",
    kind: "identitySecurityDefaultsEnforcementPolicy",
    label: "IdentitySecurityDefaultsEnforcementPolicy",
    service: Service::Policies,
    singleton: true,
    properties: &[
        text("id").by_service(),
        instant("deletedDateTime").when_set().by_service(),
        text("description").by_service(),
        text("displayName").by_service(),
        flag("isEnabled").required(),
    ],
    on_update: Some(update),
    ..Collection::DEFAULT
};

const SECURITY_DEFAULTS_ID: &str = "00000000-0000-0000-0000-000000000005";

/// Off, as in a tenant that has policies of its own.
pub fn initial() -> Option<Change> {
    let row = json!({
        "id": SECURITY_DEFAULTS_ID, "displayName": "Security Defaults", "isEnabled": false,
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft. When enabled, these \
                        recommendations will be automatically enforced in your organization. Administrators and users will be better \
                        protected from common identity related attacks.",
    });
    let Value::Object(row) = row else { return None };
    Some(Change::Put { table: SECURITY_DEFAULTS.table, key: SECURITY_DEFAULTS_ID.into(), row: row.into() })
}

/// Whether they are on.
pub fn are_on(view: View<'_>) -> bool {
    view.get(SECURITY_DEFAULTS.table, SECURITY_DEFAULTS_ID).is_some_and(|row| row.get("isEnabled") == Some(&json!(true)))
}

/// Unverified: that nothing keeps them from being turned on, not even policies that are.
fn update(_: &Context<'_>, _: &Row, _: &mut Draft) -> Result<(), GraphError> {
    Ok(())
}

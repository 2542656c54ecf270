//! Conditional access policies.

use serde_json::{Map, Value, json};

use super::{policy_rules, strength, types};
use crate::{
    clock::ticks,
    graph::model::{
        collection::{Collection, Service},
        complex,
        context::Context,
        draft::Draft,
        error::GraphError,
        property::{complex, instant, text},
        render::Metadata,
    },
    identity::conditional_access::tables,
    store::Row,
};

/// The row.
pub static POLICIES: Collection = Collection {
    path: "identity/conditionalAccess/policies",
    table: tables::POLICIES,
    bin: Some("deletedItems/conditionalAccessPolicies"),
    bin_path: Some("identity/conditionalAccess/deletedItems/policies"),
    kind: "conditionalAccessPolicy",
    label: "ConditionalAccessPolicy",
    service: Service::ConditionalAccess,
    properties: &[
        text("id").by_service(),
        complex("conditions", &types::CONDITIONS).required(),
        instant("createdDateTime").by_service(),
        instant("deletedDateTime").when_set().by_service(),
        text("description"),
        text("displayName").required().max(256),
        complex("grantControls", &types::GRANT),
        instant("modifiedDateTime").by_service(),
        complex("sessionControls", &types::SESSION),
        text("state").required().one_of(&["enabled", "disabled", "enabledForReportingButNotEnforced"]),
        text("templateId"),
    ],
    on_create: Some(create),
    on_update: Some(update),
    on_read: Some(read),
    deletable: true,
    ..Collection::DEFAULT
};

/// Most policies in a tenant, whatever their state: 240 are documented, 244 were measured (docs/services/conditional-access.md#policies).
const MAX_POLICIES: usize = 240;

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    let values = std::mem::take(&mut draft.values);
    draft.values = complete(context, &Map::new(), values)?;
    if context.truth.rows(POLICIES.table, None).count() >= MAX_POLICIES {
        // Unverified: number and text.
        return Err(GraphError::numbered(
            1009,
            format!("The number of ConditionalAccessPolicy objects exceeds the limit of {MAX_POLICIES}."),
        ));
    }
    draft.values.insert("createdDateTime".into(), json!(ticks(context.now)));
    Ok(())
}

fn update(context: &Context<'_>, row: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    let values = std::mem::take(&mut draft.values);
    draft.values = complete(context, row, values)?;
    draft.values.insert("modifiedDateTime".into(), json!(ticks(context.now)));
    Ok(())
}

/// The controls show the whole strength that they ask for.
fn read(context: &Context<'_>, shown: &mut Map<String, Value>) {
    let id = shown.get("id").cloned().unwrap_or_default();
    let Some(Value::Object(controls)) = shown.get_mut("grantControls") else { return };
    if context.metadata() != Metadata::None {
        // Even beside a null.
        let set = format!(
            "{}/$metadata#{}('{}')/grantControls/authenticationStrength/$entity",
            context.base,
            POLICIES.path,
            id.as_str().unwrap_or_default()
        );
        controls.insert("authenticationStrength@odata.context".into(), json!(set));
    }
    if let Some(id) = controls.get("authenticationStrength").and_then(|strength| strength["id"].as_str()) {
        let strength = strength::shown(context, id);
        controls.insert("authenticationStrength".into(), strength);
    }
}

/// The policy that a body makes of an old one, filled up and found good.
fn complete(context: &Context<'_>, old: &Map<String, Value>, new: Map<String, Value>) -> Result<Map<String, Value>, GraphError> {
    let refused = || GraphError::not_of_schema(POLICIES.label);
    let mut policy = Map::new();
    for property in POLICIES.properties {
        let before = old.get(property.name).cloned().unwrap_or_default();
        let merged = property.name != "conditions" || context.config.switches.partial_conditions_are_merged;
        let before = if merged || !new.contains_key(property.name) { before } else { Value::Null };
        let value = match new.get(property.name) {
            Some(value) => complex::complete(property, complex::merge(&before, value.clone())).map_err(|_| refused())?,
            None => before,
        };
        policy.insert(property.name.into(), value);
    }
    // Unverified: the page calls the condition required, and its fourth example leaves it out and gets this.
    if let Some(types) = policy.get_mut("conditions").and_then(|conditions| conditions.get_mut("clientAppTypes"))
        && *types == json!([])
        && new.get("conditions").is_some_and(|conditions| conditions.get("clientAppTypes").is_none())
    {
        *types = json!(["all"]);
    }
    policy_rules::normalise(&mut policy);
    policy_rules::check(context, &policy, &new)?;
    policy.remove("id");
    Ok(policy)
}

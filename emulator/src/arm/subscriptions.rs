//! Tenants and subscriptions, the locations of a subscription and its resource providers.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    records::{
        assignments,
        scope::Scope,
        subscriptions::{LOCATIONS, TABLE},
    },
    request::{
        authorization,
        context::{Context, Outcome},
        error::ArmError,
        route::{OPEN_ENDED_VERSION, Route, operation},
    },
};
use crate::{directory::principals::with_groups, store::Row, tenant::ids};

const READ: &str = "Microsoft.Resources/subscriptions/read";
const READ_PROVIDERS: &str = "Microsoft.Resources/subscriptions/providers/read";
const REGISTER: &str = "Microsoft.Resources/subscriptions/providers/register/action";

/// The routes of this module.
pub static ROUTES: &[Route] = &[
    Route { path: "/tenants", since: "2016-06-01", until: OPEN_ENDED_VERSION, operations: &[operation(Method::GET, "", tenants)] },
    Route { path: "/subscriptions", since: "2016-06-01", until: OPEN_ENDED_VERSION, operations: &[operation(Method::GET, "", list)] },
    Route {
        path: "/subscriptions/{subscriptionId}",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, "", get)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/locations",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ, locations)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/providers",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ_PROVIDERS, providers)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, READ_PROVIDERS, provider)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/register",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::POST, REGISTER, provider)],
    },
];

/// The first api-version whose tenants and subscriptions have more than the properties of 2016. The recordings of 2016-06-01 lack them, the
/// description of this version has them (docs/emulator/fidelity.md#azure-resource-manager).
const EXTENDED_SINCE: &str = "2018-06-01";

fn tenants(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let id = format!("/tenants/{}", ids::TENANT_ID);
    if context.version < EXTENDED_SINCE {
        return Ok(Outcome::list(vec![json!({"id": id, "tenantId": ids::TENANT_ID})]));
    }
    Ok(Outcome::ok(json!({"nextLink": "", "value": [{
        "id": id,
        "tenantId": ids::TENANT_ID,
        "countryCode": "US",
        "displayName": ids::ORGANIZATION,
        "domains": [ids::INITIAL_DOMAIN, ids::DOMAIN],
        "tenantCategory": "Home",
        "defaultDomain": ids::DOMAIN,
        "tenantType": "AAD",
    }]})))
}

/// The subscriptions in which the caller holds any role, at whatever depth.
fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let rows = context.view.rows(TABLE, None).filter(|(key, _)| is_visible(context, key));
    let values: Vec<Value> = rows.map(|(key, row)| render(context, &key, &row)).collect();
    if context.version < EXTENDED_SINCE {
        return Ok(Outcome::list(values));
    }
    // The description requires `nextLink`; that it is empty on the last page is unverified.
    Ok(Outcome::ok(json!({"value": values, "nextLink": ""})))
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let id = context.parameter("subscriptionId").to_lowercase();
    let row = context.view.get(TABLE, &id).ok_or_else(|| ArmError::no_subscription(&id))?;
    if !is_visible(context, &id) {
        return Err(context.forbidden(READ, &context.scope()));
    }
    Ok(Outcome::ok(render(context, &id, &row)))
}

fn is_visible(context: &Context<'_>, id: &str) -> bool {
    let scope = Scope::new(&format!("/subscriptions/{id}"));
    if authorization::allowed(context.view, &context.caller.object_id, READ, &scope) {
        return true;
    }
    let ids = with_groups(context.view, &context.caller.object_id);
    ids.iter().any(|holder| assignments::of(context.view, holder).iter().any(|row| scope.covers(&assignments::scope(row))))
}

fn render(context: &Context<'_>, id: &str, row: &Row) -> Value {
    let mut out = json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": ids::TENANT_ID,
        "displayName": row.get("displayName"),
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
    });
    if context.version < EXTENDED_SINCE
        && let Some(out) = out.as_object_mut()
    {
        out.retain(|name, _| name != "managedByTenants" && name != "tenantId");
    }
    out
}

fn locations(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let id = context.parameter("subscriptionId");
    let one = |(name, display, latitude, longitude): &(&str, &str, &str, &str)| {
        json!({
            "id": format!("/subscriptions/{id}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "latitude": latitude, "longitude": longitude},
        })
    };
    Ok(Outcome::list(LOCATIONS.iter().map(one).collect()))
}

/// The resource providers that are served, with their types. All are registered from the start.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("Microsoft.Authorization", &["roleAssignments", "roleDefinitions", "permissions"]),
    ("Microsoft.ContainerService", &["managedClusters", "managedClusters/agentPools", "locations", "locations/operations"]),
    ("Microsoft.Resources", &["subscriptions", "resourceGroups", "tenants"]),
    ("Microsoft.Management", &["managementGroups"]),
];

fn providers(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let id = context.parameter("subscriptionId");
    Ok(Outcome::list(PROVIDERS.iter().map(|(namespace, types)| render_provider(id, namespace, types)).collect()))
}

/// A provider; one that is not served is registered and has no types, so that clients which register what they may need
/// are content.
fn provider(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (id, wanted) = (context.parameter("subscriptionId"), context.parameter("resourceProviderNamespace"));
    let known = PROVIDERS.iter().find(|(namespace, _)| namespace.eq_ignore_ascii_case(wanted));
    let (namespace, types) = known.map_or((wanted, &[][..]), |(namespace, types)| (*namespace, *types));
    Ok(Outcome::ok(render_provider(id, namespace, types)))
}

fn render_provider(subscription: &str, namespace: &str, types: &[&str]) -> Value {
    let locations: Vec<&str> = LOCATIONS.iter().map(|(_, display, ..)| *display).collect();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types.iter().map(|kind| json!({
            "resourceType": kind, "locations": locations, "apiVersions": versions_of(kind), "capabilities": "None",
        })).collect::<Vec<_>>(),
    })
}

/// Versions that clients find for a type: the newest that the routes serve.
fn versions_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "roleAssignments" | "permissions" => &["2022-04-01"],
        "roleDefinitions" => &["2022-05-01-preview", "2022-04-01"],
        "managementGroups" => &["2023-04-01"],
        "subscriptions" | "tenants" => &["2022-12-01"],
        "resourceGroups" => &["2024-11-01", "2024-07-01", "2022-09-01"],
        _ => &["2026-06-01", "2026-04-01", "2025-10-01", "2024-05-01"],
    }
}

//! The representation of a cluster: the properties that the service adds to those of the client.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::operations;
use crate::{
    arm::{
        records::{properties, put, resource_groups},
        request::{context::Context, error::ArmError},
    },
    store::{Change, Row},
    tenant::ids,
};

/// The version of Kubernetes that a cluster has unless a client wants another.
const VERSION: &str = "1.32";

/// The image of nodes, which the service chooses.
const NODE_IMAGE: &str = "AKSUbuntu-2204gen2containerd-202601.07.0";

/// Properties that only the service writes: what a client sends is ignored.
const READ_ONLY_PROPERTIES: &[&str] = &[
    "provisioningState",
    "powerState",
    "maxAgentPools",
    "currentKubernetesVersion",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "resourceUID",
    "identityProfile",
    "privateLinkResources",
];
/// Properties that are given at creation or never. Left out later they stay, and changed they are refused.
const IMMUTABLE_PROPERTIES: &[&str] = &["dnsPrefix", "fqdnSubdomain", "nodeResourceGroup", "enableRBAC", "servicePrincipalProfile"];

/// A cluster as an answer shows it.
pub fn render(context: &Context<'_>, row: &Row) -> Value {
    render_with_state(context, row, operations::state(row, context.now))
}

/// A cluster as the answer to a write shows it, whose operation has just begun.
pub fn render_new(context: &Context<'_>, row: &Row) -> Value {
    render_with_state(context, row, operations::state_at_start(row))
}

/// The first api-version whose clusters have an ETag: the description of 2025-10-01 has it, and what was recorded of 2025-08-01 does not.
const ETAG_SINCE: &str = "2025-10-01";

fn render_with_state(context: &Context<'_>, row: &Row, state: &str) -> Value {
    let mut shown: Map<String, Value> =
        row.iter().filter(|(name, _)| !name.starts_with('$')).map(|(k, v)| (k.clone(), v.clone())).collect();
    if context.version < ETAG_SINCE {
        shown.remove("eTag");
    }
    if let Some(id) = shown.get_mut("id") {
        *id = json!(with_lower_case_group(id.as_str().unwrap_or_default()));
    }
    if let Some(inner) = shown.get_mut("properties").and_then(Value::as_object_mut) {
        inner.insert("provisioningState".into(), json!(state));
        // The identity of the nodes is made while the cluster is.
        if state == "Creating" {
            inner.remove("identityProfile");
        }
        for pool in inner.get_mut("agentPoolProfiles").and_then(Value::as_array_mut).into_iter().flatten() {
            pool["provisioningState"] = json!(state);
        }
    }
    Value::Object(shown)
}

/// The id of a resource as the AKS resource provider writes it: with `resourcegroups` in lower case (docs/emulator/fidelity.md#clusters).
fn with_lower_case_group(id: &str) -> String {
    id.replacen("/resourceGroups/", "/resourcegroups/", 1)
}

/// The row of a cluster that a client has PUT, without an operation yet. What the client left out has its default: a PUT is the
/// whole cluster, and a part that a client leaves out is removed.
pub fn row(id: &str, name: &str, body: &Map<String, Value>, old: Option<&Row>) -> Result<Map<String, Value>, ArmError> {
    let given = body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let empty = Map::new();
    let before = old.and_then(|row| row.get("properties")).and_then(Value::as_object).unwrap_or(&empty);
    let mut inner: Map<String, Value> =
        given.into_iter().filter(|(name, value)| !value.is_null() && !READ_ONLY_PROPERTIES.contains(&name.as_str())).collect();
    for name in IMMUTABLE_PROPERTIES {
        match (inner.get(*name), before.get(*name)) {
            (Some(new), Some(kept)) if !is_equal(new, kept) => return Err(unchangeable(name)),
            (None, Some(kept)) => {
                inner.insert((*name).into(), kept.clone());
            }
            _ => {}
        }
    }
    for name in READ_ONLY_PROPERTIES {
        if let Some(kept) = before.get(*name) {
            inner.insert((*name).into(), kept.clone());
        }
    }
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default();
    fill(id, name, location, &mut inner);
    aad_profile(&mut inner, before)?;
    let mut row = Map::new();
    row.insert("id".into(), json!(id));
    row.insert("name".into(), json!(name));
    row.insert("type".into(), json!("Microsoft.ContainerService/ManagedClusters"));
    row.insert("location".into(), json!(location));
    row.insert("eTag".into(), json!(Uuid::new_v4().to_string()));
    for name in ["tags", "kind", "extendedLocation"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            row.insert(name.into(), value.clone());
        }
    }
    row.entry("kind").or_insert_with(|| json!("Base"));
    row.insert("sku".into(), body.get("sku").cloned().unwrap_or_else(|| json!({"name": "Base", "tier": "Free"})));
    if let Some(identity) = identity(body.get("identity"), old) {
        row.insert("identity".into(), identity);
    }
    let created = old.and_then(|row| row.get("$createdAt").cloned());
    row.insert("$createdAt".into(), created.unwrap_or_else(|| json!(crate::clock::seconds(jiff::Timestamp::now()))));
    let token = old.and_then(|row| row.get("$adminToken").cloned());
    row.insert("$adminToken".into(), token.unwrap_or_else(|| json!(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))));
    row.insert("properties".into(), Value::Object(inner));
    Ok(row)
}

fn is_equal(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::String(one), Value::String(two)) => one.eq_ignore_ascii_case(two),
        (one, two) => one == two,
    }
}

/// Unverified: the text.
pub fn unchangeable(property: &str) -> ArmError {
    ArmError::without_envelope(
        axum::http::StatusCode::BAD_REQUEST,
        "PropertyChangeNotAllowed",
        format!("Changing property 'properties.{property}' is not allowed."),
    )
}

/// Adds the properties that the service sets.
fn fill(id: &str, name: &str, location: &str, inner: &mut Map<String, Value>) {
    let version = inner.get("kubernetesVersion").and_then(Value::as_str).filter(|text| !text.is_empty()).unwrap_or(VERSION).to_owned();
    let current = if version.split('.').count() < 3 { format!("{version}.7") } else { version.clone() };
    let group = id.split('/').nth(4).unwrap_or_default().to_owned();
    let prefix = inner.get("dnsPrefix").and_then(Value::as_str).unwrap_or(name).to_lowercase();
    // The same for the same cluster, as the service's own suffix is.
    let suffix = Uuid::new_v5(&Uuid::NAMESPACE_URL, id.to_lowercase().as_bytes()).simple().to_string();
    let suffix = suffix.get(..8).unwrap_or_default().to_owned();
    inner.insert("kubernetesVersion".into(), json!(version));
    inner.insert("currentKubernetesVersion".into(), json!(current));
    inner.insert("powerState".into(), json!({"code": "Running"}));
    let nodes = inner.get("nodeResourceGroup").and_then(Value::as_str);
    let nodes = nodes.map_or_else(|| format!("MC_{group}_{name}_{location}"), str::to_owned);
    let mut default = |name: &str, value: Value| {
        inner.entry(name).or_insert(value);
    };
    default("dnsPrefix", json!(prefix));
    default("fqdn", json!(format!("{prefix}-{suffix}.hcp.{location}.azmk8s.io")));
    default("azurePortalFQDN", json!(format!("{prefix}-{suffix}.portal.hcp.{location}.azmk8s.io")));
    default("maxAgentPools", json!(100));
    default("resourceUID", json!(Uuid::new_v4().simple().to_string().get(..24)));
    default("nodeResourceGroup", json!(nodes));
    // The identity of the nodes, which the service makes in their resource group.
    let subscription = id.split('/').nth(2).unwrap_or_default();
    default(
        "identityProfile",
        json!({"kubeletidentity": {
            "resourceId": format!(
                "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}-agentpool",
                with_lower_case_group(&resource_groups::id(subscription, &nodes))
            ),
            "clientId": Uuid::new_v4().to_string(),
            "objectId": Uuid::new_v4().to_string(),
        }}),
    );
    default("enableRBAC", json!(true));
    default("supportPlan", json!("KubernetesOfficial"));
    default("servicePrincipalProfile", json!({"clientId": "msi"}));
    default("oidcIssuerProfile", json!({"enabled": false}));
    default(
        "networkProfile",
        json!({
            "networkPlugin": "azure", "networkPluginMode": "overlay", "loadBalancerSku": "standard", "outboundType": "loadBalancer",
            "podCidr": "10.244.0.0/16", "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10", "ipFamilies": ["IPv4"],
        }),
    );
    for (name, value) in [
        ("securityProfile", json!({})),
        ("workloadAutoScalerProfile", json!({})),
        ("autoUpgradeProfile", json!({"nodeOSUpgradeChannel": "NodeImage"})),
        ("metricsProfile", json!({"costAnalysis": {"enabled": false}})),
        ("nodeProvisioningProfile", json!({"mode": "Manual", "defaultNodePools": "Auto"})),
        ("bootstrapProfile", json!({"artifactSource": "Direct"})),
    ] {
        default(name, value);
    }
    if inner.get("addonProfiles").and_then(Value::as_object).is_some_and(Map::is_empty) {
        inner.remove("addonProfiles");
    }
    fill_storage(inner);
    fill_network(inner);
    let enabled = inner.get("oidcIssuerProfile").and_then(|profile| profile.get("enabled")) == Some(&json!(true));
    if let Some(profile) = inner.get_mut("oidcIssuerProfile").and_then(Value::as_object_mut).filter(|_| enabled) {
        let issuer = Uuid::new_v5(&Uuid::NAMESPACE_DNS, id.to_lowercase().as_bytes());
        profile.insert("issuerURL".into(), json!(format!("https://{location}.oic.prod-aks.azure.com/{}/{issuer}/", ids::TENANT_ID)));
    }
    let pools = inner.get_mut("agentPoolProfiles").and_then(Value::as_array_mut);
    for pool in pools.into_iter().flatten().filter_map(Value::as_object_mut) {
        fill_pool(pool, &version, &current);
    }
}

/// Adds the storage drivers, which are all on unless a client turns them off.
fn fill_storage(inner: &mut Map<String, Value>) {
    let Some(profile) = inner.entry("storageProfile").or_insert_with(|| json!({})).as_object_mut() else { return };
    for name in ["diskCSIDriver", "fileCSIDriver", "snapshotController"] {
        profile.entry(name).or_insert_with(|| json!({"enabled": true}));
    }
}

/// Adds to the network what follows from the rest of it.
fn fill_network(inner: &mut Map<String, Value>) {
    let Some(profile) = inner.get_mut("networkProfile").and_then(Value::as_object_mut) else { return };
    for (one, list) in [("podCidr", "podCidrs"), ("serviceCidr", "serviceCidrs")] {
        if let Some(range) = profile.get(one).filter(|range| range.is_string()).cloned() {
            profile.entry(list).or_insert_with(|| json!([range]));
        }
    }
    profile.entry("ipFamilies").or_insert_with(|| json!(["IPv4"]));
    if profile.get("outboundType").is_none_or(|kind| kind == "loadBalancer") {
        let balancer = profile.entry("loadBalancerProfile").or_insert_with(|| json!({}));
        if let Some(balancer) = balancer.as_object_mut() {
            let outbound = balancer.entry("managedOutboundIPs").or_insert_with(|| json!({"count": 1}));
            if let Some(outbound) = outbound.as_object_mut().filter(|outbound| outbound.get("countIPv6") == Some(&json!(0))) {
                outbound.remove("countIPv6");
            }
            balancer.entry("backendPoolType").or_insert_with(|| json!("nodeIPConfiguration"));
        }
    }
}

/// Defaults that the service fills in for an agent pool.
pub fn fill_pool(pool: &mut Map<String, Value>, version: &str, current: &str) {
    pool.retain(|_, value| !value.is_null());
    // What only says that nothing special is wanted is not kept.
    if pool.get("scaleSetPriority").is_some_and(|priority| priority == "Regular") {
        for name in ["scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice"] {
            pool.remove(name);
        }
    }
    pool.retain(|name, value| name != "nodeTaints" || value.as_array().is_none_or(|taints| !taints.is_empty()));
    if pool.get("osDiskSizeGB") == Some(&json!(0)) {
        pool.remove("osDiskSizeGB");
    }
    pool.insert("currentOrchestratorVersion".into(), json!(current));
    pool.insert("provisioningState".into(), json!("Succeeded"));
    pool.insert("powerState".into(), json!({"code": "Running"}));
    for (name, value) in [
        ("count", json!(1)),
        ("vmSize", json!("Standard_D4s_v5")),
        ("osDiskSizeGB", json!(128)),
        ("osDiskType", json!("Managed")),
        ("osType", json!("Linux")),
        ("osSKU", json!("Ubuntu")),
        ("mode", json!("User")),
        ("type", json!("VirtualMachineScaleSets")),
        ("maxPods", json!(250)),
        ("orchestratorVersion", json!(version)),
        ("enableAutoScaling", json!(false)),
        ("kubeletDiskType", json!("OS")),
        ("scaleDownMode", json!("Delete")),
        ("enableNodePublicIP", json!(false)),
        ("enableFIPS", json!(false)),
        ("nodeImageVersion", json!(NODE_IMAGE)),
        ("upgradeSettings", json!({"maxSurge": "10%", "maxUnavailable": "0"})),
        ("securityProfile", json!({"sshAccess": "LocalUser", "enableVTPM": false, "enableSecureBoot": false})),
    ] {
        pool.entry(name).or_insert(value);
    }
}

/// The Entra integration: once it is on it cannot be switched off, and what older kinds of it needed reads back as nothing.
fn aad_profile(inner: &mut Map<String, Value>, before: &Map<String, Value>) -> Result<(), ArmError> {
    let was = before.get("aadProfile").filter(|profile| !profile.is_null()).cloned();
    let managed = |profile: &Value| profile.get("managed") == Some(&json!(true));
    match (inner.get("aadProfile").cloned(), was) {
        (Some(new), Some(was)) if managed(&was) && !managed(&new) => return Err(unchangeable("aadProfile.managed")),
        (Some(new), _) => {
            inner.insert("aadProfile".into(), normal_aad_profile(&new)?);
        }
        (None, Some(was)) => {
            inner.insert("aadProfile".into(), was);
        }
        (None, None) => {}
    }
    let profile = inner.get("aadProfile");
    let azure_rbac = profile.is_some_and(|profile| profile.get("enableAzureRBAC") == Some(&json!(true)));
    if azure_rbac && inner.get("enableRBAC") == Some(&json!(false)) {
        return Err(invalid("enableAzureRBAC needs a cluster with Kubernetes RBAC."));
    }
    if inner.get("disableLocalAccounts") == Some(&json!(true)) && !profile.is_some_and(managed) {
        return Err(invalid("Disabling local accounts is only supported for clusters with AKS-managed Microsoft Entra integration."));
    }
    Ok(())
}

/// An Entra profile as it is kept.
pub fn normal_aad_profile(given: &Value) -> Result<Value, ArmError> {
    let flag = |name: &str| given.get(name) == Some(&json!(true));
    if flag("enableAzureRBAC") && !flag("managed") {
        return Err(invalid("enableAzureRBAC needs the managed Microsoft Entra integration."));
    }
    let groups = given.get("adminGroupObjectIDs").filter(|groups| !groups.is_null());
    if let Some(groups) = groups {
        let good = |id: &Value| id.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
        if !groups.as_array().is_some_and(|all| all.iter().all(good)) {
            return Err(invalid("adminGroupObjectIDs is a list of the object IDs of groups."));
        }
    }
    Ok(json!({
        "managed": flag("managed"),
        "enableAzureRBAC": flag("enableAzureRBAC"),
        "adminGroupObjectIDs": groups,
        "tenantID": given.get("tenantID").and_then(Value::as_str).unwrap_or(ids::TENANT_ID),
    }))
}

/// Unverified: the texts.
pub fn invalid(text: &str) -> ArmError {
    ArmError::without_envelope(axum::http::StatusCode::BAD_REQUEST, "InvalidParameter", text)
}

/// A system-assigned identity keeps its principal.
fn identity(given: Option<&Value>, old: Option<&Row>) -> Option<Value> {
    let given = given.filter(|value| !value.is_null())?;
    let kind = given.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind != "SystemAssigned" {
        return Some(given.clone());
    }
    let kept = old.and_then(|row| row.get("identity")).and_then(|identity| identity.get("principalId")).cloned();
    let principal = kept.unwrap_or_else(|| json!(Uuid::new_v4().to_string()));
    Some(json!({"type": kind, "principalId": principal, "tenantId": ids::TENANT_ID}))
}

/// The resource group of a cluster's nodes, which comes and goes with it.
pub fn node_resource_group(row: &Row) -> Change {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    let (key, name) = node_resource_group_key(row);
    let subscription = id.split('/').nth(2).unwrap_or_default();
    let location = row.get("location").and_then(Value::as_str).unwrap_or_default();
    let group = resource_groups::resource(&resource_groups::id(subscription, &name), &name, location, Some(id));
    put(resource_groups::TABLE, key, group)
}

/// Its key and its name.
pub fn node_resource_group_key(row: &Row) -> (String, String) {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    let name = row.get("properties").and_then(|inner| inner.get("nodeResourceGroup")).and_then(Value::as_str).unwrap_or_default();
    let subscription = id.split('/').nth(2).unwrap_or_default();
    (resource_groups::id(subscription, name).to_lowercase(), name.to_owned())
}

/// The cluster of a fresh tenant.
pub fn fixture(id: &str) -> Row {
    let body = properties(json!({
        "location": ids::LOCATION,
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": ids::CLUSTER,
            "agentPoolProfiles": [{"name": ids::NODE_POOL, "count": 3, "mode": "System"}],
            "aadProfile": {"managed": true, "enableAzureRBAC": true},
        },
    }));
    // It is a good one, which a test makes sure of.
    row(id, ids::CLUSTER, &body, None).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fresh_tenants_cluster_is_whole() {
        let row = fixture("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c");
        let inner = row.get("properties").cloned().unwrap_or_default();
        assert_eq!((&inner["aadProfile"]["enableAzureRBAC"], &inner["enableRBAC"]), (&json!(true), &json!(true)));
        assert_eq!(inner["fqdn"], json!(inner["azurePortalFQDN"].as_str().unwrap_or_default().replace(".portal.", ".")));
    }
}

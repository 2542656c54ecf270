//! Changing a cluster: reading the whole of it, changing a part, and writing the whole back.
//!
//! AKS has no PATCH of a cluster but for its tags (docs/services/resource-manager.md#managed-clusters): a change sends the whole cluster, and a part that is
//! left out is removed. So the cluster is written as it was read, kept as JSON and not as a struct, without what only the service
//! writes; the ETag prevents the loss of a concurrent change.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Arm, CLUSTERS, Scope, clusters};
use crate::azure::{Backoff, Error, Request};

/// What only the service writes, in the API of the version [`CLUSTERS`]; `*` is every element of a list or entry of a map.
const READ_ONLY: [&str; 30] = [
    "id",
    "name",
    "type",
    "eTag",
    "systemData",
    "identity/principalId",
    "identity/tenantId",
    "identity/userAssignedIdentities/*/clientId",
    "identity/userAssignedIdentities/*/principalId",
    "properties/addonProfiles/*/identity",
    "properties/agentPoolProfiles/*/currentOrchestratorVersion",
    "properties/agentPoolProfiles/*/eTag",
    "properties/agentPoolProfiles/*/localDNSProfile/state",
    "properties/agentPoolProfiles/*/nodeImageVersion",
    "properties/agentPoolProfiles/*/provisioningState",
    "properties/agentPoolProfiles/*/status",
    "properties/azurePortalFQDN",
    "properties/currentKubernetesVersion",
    "properties/fqdn",
    "properties/ingressProfile/webAppRouting/identity",
    "properties/maxAgentPools",
    "properties/networkProfile/loadBalancerProfile/effectiveOutboundIPs",
    "properties/networkProfile/natGatewayProfile/effectiveOutboundIPs",
    "properties/oidcIssuerProfile/issuerURL",
    "properties/podIdentityProfile/userAssignedIdentities/*/provisioningInfo",
    "properties/powerState",
    "properties/privateFQDN",
    "properties/provisioningState",
    "properties/resourceUID",
    "properties/status",
];

const LONGEST_CLUSTER_PAUSE: Duration = Duration::from_secs(20);

impl Arm<'_> {
    /// A cluster as it is now, with all of its properties.
    pub async fn cluster_json(&self, id: &Scope) -> Result<Map<String, Value>, Error> {
        let (client, _) = self.shared()?;
        client.send(&clusters::request(id), &self.client.operation_context).await?.json()
    }

    /// Changes a cluster: `change` gets its `properties` as they are, and changes what is to be changed; if it changes nothing, nothing is written. Waits for the
    /// end of the operation, and before for that of anybody else's.
    pub async fn change_cluster(&self, id: &Scope, change: impl Fn(&mut Map<String, Value>) + Send + Sync) -> Result<(), Error> {
        let (client, _) = self.shared()?;
        let (mut backoff, mut first) = (Backoff::for_operation(LONGEST_CLUSTER_PAUSE), None);
        loop {
            let cluster = self.cluster_json(id).await?;
            let before = first.get_or_insert_with(|| cluster.clone());
            let mut body = cluster.clone();
            if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
                change(properties);
            }
            let is_at_rest = is_at_rest(&cluster);
            if body == cluster && (is_at_rest || *before == cluster) {
                // Either nothing was to be done, or an earlier attempt has done it whose answer was lost.
                return Ok(());
            }
            let trouble = if !is_at_rest {
                None
            } else {
                let written = client.send(&put(id, &cluster, body), &self.client.operation_context).await;
                self.mark_cluster_written(id);
                match written {
                    Ok(answer) => {
                        client.finish(&answer, &self.client.operation_context).await?;
                        return Ok(());
                    }
                    Err(error) if error.is_busy() || error.is_stale() => Some(error),
                    Err(error) => return Err(error),
                }
            };
            tracing::info!(?trouble, "somebody else changes the cluster; it is read again in a moment");
            self.client.operation_context.sleep(backoff.next_pause()).await.map_err(|ended| ended.with(trouble))?;
        }
    }
}

/// Whether nothing is being done to a cluster.
fn is_at_rest(cluster: &Map<String, Value>) -> bool {
    let state = cluster.get("properties").and_then(|properties| properties.get("provisioningState")).and_then(Value::as_str);
    matches!(state, None | Some("Succeeded" | "Failed" | "Canceled"))
}

/// The request that writes a cluster as it was read, but for what was changed.
fn put(id: &Scope, read: &Map<String, Value>, mut body: Map<String, Value>) -> Request {
    for path in READ_ONLY {
        take_out(&mut body, path);
    }
    let request = Request::put("/{cluster}").arm(CLUSTERS).with_path("cluster", &id.to_string()).json(&body);
    match read.get("eTag").and_then(Value::as_str) {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    }
}

/// Takes out what is at a path.
fn take_out(object: &mut Map<String, Value>, path: &str) {
    let Some((name, rest)) = path.split_once('/') else {
        object.remove(path);
        return;
    };
    let Some(inner) = object.get_mut(name) else { return };
    match (rest.strip_prefix("*/"), inner) {
        (Some(rest), Value::Array(elements)) => {
            elements.iter_mut().filter_map(Value::as_object_mut).for_each(|element| take_out(element, rest))
        }
        (Some(rest), Value::Object(entries)) => {
            entries.values_mut().filter_map(Value::as_object_mut).for_each(|entry| take_out(entry, rest))
        }
        (None, Value::Object(inner)) => take_out(inner, rest),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_the_service_writes_is_not_sent() {
        let mut cluster = json!({
            "id": "i", "location": "l", "eTag": "e", "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/a": { "clientId": "c", "principalId": "p" } } },
            "properties": { "provisioningState": "Succeeded", "dnsPrefix": "d", "agentPoolProfiles": [{ "name": "a", "eTag": "e", "count": 3 }],
                "addonProfiles": { "omsagent": { "enabled": true, "identity": {} } }, "oidcIssuerProfile": { "enabled": true, "issuerURL": "u" } },
        });
        let object = cluster.as_object_mut().unwrap();
        for path in READ_ONLY {
            take_out(object, path);
        }
        let sent = json!({
            "location": "l", "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/a": {} } },
            "properties": { "dnsPrefix": "d", "agentPoolProfiles": [{ "name": "a", "count": 3 }], "addonProfiles": { "omsagent": { "enabled": true } },
                "oidcIssuerProfile": { "enabled": true } },
        });
        assert_eq!(cluster, sent);
    }
}

//! What a cluster looks like: what the service fills in beside what a client gave.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    arm::context::{instant, properties},
    store::Row,
    tenant,
};

/// The cluster of a fresh tenant.
pub fn fixture(id: &str, now: Timestamp) -> Row {
    let created = instant(now);
    properties(json!({
        "id": id,
        "name": tenant::CLUSTER,
        "type": "Microsoft.ContainerService/managedClusters",
        "location": tenant::LOCATION,
        "eTag": uuid::Uuid::new_v4().to_string(),
        "sku": {"name": "Base", "tier": "Free"},
        "identity": {
            "type": "SystemAssigned", "principalId": "66666666-6666-4666-8666-000000000001", "tenantId": tenant::TENANT_ID,
        },
        "systemData": {"createdAt": created},
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "kubernetesVersion": "1.32",
            "currentKubernetesVersion": "1.32.7",
            "dnsPrefix": "myManagedCluster",
            "nodeResourceGroup": format!("MC_{}_{}_{}", tenant::RESOURCE_GROUP, tenant::CLUSTER, tenant::LOCATION),
            "enableRBAC": true,
            "supportPlan": "KubernetesOfficial",
            "disableLocalAccounts": false,
            "agentPoolProfiles": [{
                "name": tenant::NODE_POOL, "count": 3, "vmSize": "Standard_D4s_v5", "osDiskSizeGB": 128, "osType": "Linux",
                "osSKU": "Ubuntu", "mode": "System", "type": "VirtualMachineScaleSets", "maxPods": 250,
                "orchestratorVersion": "1.32", "currentOrchestratorVersion": "1.32.7", "provisioningState": "Succeeded",
                "powerState": {"code": "Running"}, "enableAutoScaling": false,
            }],
            "servicePrincipalProfile": {"clientId": "msi"},
            "oidcIssuerProfile": {"enabled": false},
            "networkProfile": {
                "networkPlugin": "azure", "networkPluginMode": "overlay", "loadBalancerSku": "standard", "outboundType": "loadBalancer",
                "podCidr": "10.244.0.0/16", "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10", "ipFamilies": ["IPv4"],
            },
            "aadProfile": {
                "managed": true, "enableAzureRBAC": true, "adminGroupObjectIDs": Value::Null, "tenantID": tenant::TENANT_ID,
            },
        },
    }))
    .into()
}

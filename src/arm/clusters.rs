//! Managed clusters as the AKS resource provider writes them: as much as is asked about.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{CLUSTERS, Scope};
use crate::azure::Request;

fn usual_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    Ok(id.split('/').map(|segment| if segment == "resourcegroups" { "resourceGroups" } else { segment }).collect::<Vec<_>>().join("/"))
}

/// A cluster in an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Cluster {
    /// Resource ID, with `resourceGroups` as everybody else writes it: the AKS resource provider writes `resourcegroups`
    /// (docs/emulator/fidelity.md#clusters).
    #[serde(deserialize_with = "usual_id")]
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub location: String,
    /// Its tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Everything else.
    pub properties: Properties,
}

/// What is known of a cluster.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Properties {
    /// `Succeeded`, `Updating` and others.
    pub provisioning_state: Option<String>,
    /// Whether it runs.
    pub power_state: Option<PowerState>,
    /// The version that was asked for.
    pub kubernetes_version: Option<String>,
    /// The version that runs.
    pub current_kubernetes_version: Option<String>,
    /// Host name of the API server.
    pub fqdn: Option<String>,
    /// The same for a private cluster.
    #[serde(rename = "privateFQDN")]
    pub private_fqdn: Option<String>,
    /// Resource group of the nodes.
    pub node_resource_group: Option<String>,
    /// Whether Kubernetes RBAC is on.
    #[serde(rename = "enableRBAC")]
    pub enable_rbac: Option<bool>,
    /// Whether the local administrator is gone.
    pub disable_local_accounts: Option<bool>,
    /// The integration with Microsoft Entra ID.
    pub aad_profile: Option<AadProfile>,
    /// The issuer of tokens for workloads.
    pub oidc_issuer_profile: Option<OidcIssuer>,
    /// The node pools.
    pub agent_pool_profiles: Option<Vec<AgentPool>>,
}

/// The power state of a cluster.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PowerState {
    /// `Running` or `Stopped`.
    pub code: Option<String>,
}

/// The integration of a cluster with Microsoft Entra ID.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AadProfile {
    /// Whether Azure manages it; the other kind is gone.
    pub managed: Option<bool>,
    /// Whether Azure RBAC decides what users may do inside of the cluster.
    #[serde(rename = "enableAzureRBAC")]
    pub enable_azure_rbac: Option<bool>,
    /// The groups whose members administer the cluster.
    #[serde(rename = "adminGroupObjectIDs")]
    pub admin_group_object_ids: Option<Vec<String>>,
    /// The tenant whose users sign in.
    #[serde(rename = "tenantID")]
    pub tenant_id: Option<String>,
}

/// The issuer of tokens for workloads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OidcIssuer {
    /// Whether there is one.
    pub enabled: Option<bool>,
    /// Its address.
    #[serde(rename = "issuerURL")]
    pub issuer_url: Option<String>,
}

/// A node pool.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentPool {
    /// Its name.
    pub name: String,
    /// `System` or `User`.
    pub mode: Option<String>,
    /// How many nodes.
    pub count: Option<i64>,
    /// Size of the machines.
    pub vm_size: Option<String>,
    /// `Linux` or `Windows`.
    pub os_type: Option<String>,
    /// The version that was asked for.
    pub orchestrator_version: Option<String>,
}

impl Cluster {
    /// Whether Azure RBAC decides what users may do inside of it.
    pub fn uses_azure_rbac(&self) -> bool {
        self.properties.aad_profile.as_ref().is_some_and(|profile| profile.enable_azure_rbac == Some(true))
    }

    /// Whether it has a local administrator.
    pub fn has_local_accounts(&self) -> bool {
        self.properties.disable_local_accounts != Some(true)
    }
}

/// The request for a cluster.
pub fn request(cluster: &Scope) -> Request {
    Request::get("/{cluster}").arm(CLUSTERS).with_path("cluster", &cluster.to_string())
}

/// The request for all clusters of a resource group or of a subscription.
pub fn all(scope: &Scope) -> Request {
    Request::get("/{scope}/providers/Microsoft.ContainerService/managedClusters").arm(CLUSTERS).with_path("scope", &scope.to_string())
}

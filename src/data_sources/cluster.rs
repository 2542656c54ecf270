//! `aksaccess_cluster`: what `az aks show` is asked for when access is set up.

use std::collections::BTreeMap;

use framework::{Context, DataSource, Diagnostic, Diagnostics, Model, Result, View};

use super::subscription;
use crate::arm::{self, Scope};
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Looks up an AKS cluster: by `id`, or by `name` and `resource_group_name`.
#[derive(Clone, Debug, Model)]
pub struct ClusterData {
    /// Resource ID of the cluster.
    #[attr(computed, semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    id: Option<String>,
    /// Name of the cluster.
    #[attr(computed, case_insensitive, check(length(1, 63)))]
    name: Option<String>,
    /// Name of the resource group that it is in.
    #[attr(computed, case_insensitive, check(length(1, 90)))]
    resource_group_name: Option<String>,
    /// ID of the subscription. The provider's when omitted.
    #[attr(computed, case_insensitive, check(uuid()))]
    subscription_id: Option<String>,
    /// Region.
    #[attr(output)]
    location: Option<String>,
    /// State of the last operation on it, such as `Succeeded` or `Updating`.
    #[attr(output)]
    provisioning_state: Option<String>,
    /// `Running` or `Stopped`.
    #[attr(output)]
    power_state: Option<String>,
    /// Version of Kubernetes that was asked for.
    #[attr(output)]
    kubernetes_version: Option<String>,
    /// Version of Kubernetes that runs.
    #[attr(output)]
    current_kubernetes_version: Option<String>,
    /// Host name of its API server.
    #[attr(output)]
    fqdn: Option<String>,
    /// Host name of its API server inside of its network, if it is private.
    #[attr(output)]
    private_fqdn: Option<String>,
    /// Name of the resource group of its nodes.
    #[attr(output)]
    node_resource_group_name: Option<String>,
    /// Its node pools.
    #[attr(output)]
    node_pools: Option<Vec<NodePool>>,
    /// Its integration with Microsoft Entra ID; null if it has none.
    #[attr(output)]
    aad_profile: Option<AadProfile>,
    /// Whether local accounts are disabled. If not, every caller that may fetch the local administrator's credential bypasses Microsoft Entra ID.
    #[attr(output)]
    local_accounts_disabled: Option<bool>,
    /// Whether Kubernetes decides by roles at all.
    #[attr(output)]
    kubernetes_rbac_enabled: Option<bool>,
    /// Address of the issuer of tokens for workloads; null if it has none.
    #[attr(output)]
    oidc_issuer_url: Option<String>,
    /// Tags.
    #[attr(output)]
    tags: Option<BTreeMap<String, String>>,
}

/// A node pool.
#[derive(Clone, Debug, Model)]
pub struct NodePool {
    /// Its name.
    #[attr(output)]
    name: Option<String>,
    /// `System` or `User`.
    #[attr(output)]
    mode: Option<String>,
    /// How many nodes it has.
    #[attr(output)]
    count: Option<i64>,
    /// Size of its machines.
    #[attr(output)]
    vm_size: Option<String>,
    /// `Linux` or `Windows`.
    #[attr(output)]
    os_type: Option<String>,
    /// Version of Kubernetes that was asked for.
    #[attr(output)]
    kubernetes_version: Option<String>,
}

/// The integration of a cluster with Microsoft Entra ID.
#[derive(Clone, Debug, Model)]
pub struct AadProfile {
    /// Object IDs of the groups whose members administer the cluster.
    #[attr(output)]
    admin_group_ids: Option<Vec<String>>,
    /// Whether Azure roles decide what users may do inside of the cluster.
    #[attr(output)]
    azure_rbac_enabled: Option<bool>,
    /// Whether Azure manages the integration.
    #[attr(output)]
    managed: Option<bool>,
    /// Tenant whose users can sign in.
    #[attr(output)]
    tenant_id: Option<String>,
}

impl DataSource for ClusterData {
    type Api = Services;
    const NAME: &'static str = "cluster";
    const SUBCATEGORY: &'static str = "Azure resources";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = self.scope(&cx.api)?;
        let cluster = match cx.api.arm().cluster(&scope).await {
            Ok(cluster) => cluster,
            Err(error) if error.is_not_found() => {
                let detail = format!("There is no cluster {scope} that can be seen.");
                return Err(Diagnostic::error("The cluster cannot be found", detail));
            }
            Err(error) => return Err(could_not(format!("look for the cluster {scope}"))(error)),
        };
        self.take(&scope, (*cluster).clone());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let named = config.is_set("name") && config.is_set("resource_group_name");
        if !config.is_set("id") && !named {
            found.error("id", "No cluster is specified", "Give `id`, or `name` and `resource_group_name`.");
        }
        for other in ["name", "resource_group_name", "subscription_id"] {
            if config.is_set("id") && config.is_set(other) {
                found.error(other, "The cluster is specified twice", "Give `id` alone, or `name` and `resource_group_name`.");
            }
        }
    }
}

impl ClusterData {
    fn scope(&self, api: &Services) -> Result<Scope> {
        if let Some(id) = &self.id {
            return placement::parsed("id", id);
        }
        let subscription = subscription(self.subscription_id.as_deref(), api)?;
        let [group, name] = [&self.resource_group_name, &self.name].map(|part| part.as_deref().unwrap_or_default());
        placement::parsed(
            "name",
            &format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"),
        )
    }

    fn take(&mut self, scope: &Scope, cluster: arm::Cluster) {
        let properties = cluster.properties;
        self.id = Some(cluster.id);
        self.name = Some(cluster.name);
        self.resource_group_name = scope.resource_group().map(str::to_owned);
        self.subscription_id = scope.subscription_id().map(str::to_owned);
        self.location = Some(cluster.location);
        self.tags = cluster.tags;
        self.provisioning_state = properties.provisioning_state;
        self.power_state = properties.power_state.and_then(|state| state.code);
        self.kubernetes_version = properties.kubernetes_version;
        self.current_kubernetes_version = properties.current_kubernetes_version;
        self.fqdn = properties.fqdn;
        self.private_fqdn = properties.private_fqdn;
        self.node_resource_group_name = properties.node_resource_group;
        self.kubernetes_rbac_enabled = properties.enable_rbac;
        self.local_accounts_disabled = Some(properties.disable_local_accounts.unwrap_or_default());
        self.oidc_issuer_url = properties.oidc_issuer_profile.and_then(|issuer| issuer.issuer_url);
        self.aad_profile = properties.aad_profile.map(|profile| AadProfile {
            admin_group_ids: Some(profile.admin_group_object_ids.unwrap_or_default()),
            azure_rbac_enabled: Some(profile.enable_azure_rbac.unwrap_or_default()),
            managed: profile.managed,
            tenant_id: profile.tenant_id,
        });
        let pool = |pool: arm::AgentPool| NodePool {
            name: Some(pool.name),
            mode: pool.mode,
            count: pool.count,
            vm_size: pool.vm_size,
            os_type: pool.os_type,
            kubernetes_version: pool.orchestrator_version,
        };
        self.node_pools = Some(properties.agent_pool_profiles.unwrap_or_default().into_iter().map(pool).collect());
    }
}

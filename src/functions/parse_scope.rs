//! `parse_scope`: the parts of a resource ID of Azure Resource Manager.

use framework::function::Function;
use framework::{Model, Result};

use crate::arm::Level;
use crate::attributes::placement;

/// Takes an ID of Azure Resource Manager apart.
///
/// It takes every scope: the root, a management group, a subscription, a resource group, a resource, or what is inside of one. Parts that the ID does not
/// have are null.
#[derive(Debug, Model)]
pub struct ParseScope {
    /// The ID.
    #[attr(check(placement::is_scope()))]
    id: String,
}

/// The parts of an ID.
#[derive(Debug, Model)]
pub struct Parts {
    /// What it is: `root`, `management_group`, `subscription`, `resource_group` or `resource`.
    kind: String,
    /// ID of the subscription.
    subscription_id: Option<String>,
    /// Name of the management group, if it is one.
    management_group_name: Option<String>,
    /// Name of the resource group.
    resource_group_name: Option<String>,
    /// Type of the resource with its provider, such as `Microsoft.ContainerService/managedClusters`.
    resource_type: Option<String>,
    /// The last name in it.
    name: Option<String>,
    /// The scope right above it; of a management group and of a subscription only Azure knows.
    parent_id: Option<String>,
    /// Resource ID of the AKS cluster that it is or is in.
    cluster_id: Option<String>,
    /// Kubernetes namespace that it is.
    namespace: Option<String>,
    /// Node pool that it is.
    node_pool: Option<String>,
}

impl Function for ParseScope {
    const NAME: &'static str = "parse_scope";
    type Output = Parts;

    fn call(self) -> Result<Parts> {
        let scope = placement::parsed("id", &self.id)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let kind = match scope.level() {
            Level::Root => "root",
            Level::ManagementGroup => "management_group",
            Level::Subscription => "subscription",
            Level::ResourceGroup => "resource_group",
            Level::Resource => "resource",
        };
        Ok(Parts {
            kind: kind.to_owned(),
            subscription_id: owned(scope.subscription_id()),
            management_group_name: owned(scope.management_group()),
            resource_group_name: owned(scope.resource_group()),
            resource_type: scope.resource_type(),
            name: owned(scope.name()),
            parent_id: scope.parent().map(|parent| parent.to_string()),
            cluster_id: scope.cluster().map(|cluster| cluster.to_string()),
            namespace: owned(scope.namespace()),
            node_pool: owned(scope.node_pool()),
        })
    }
}

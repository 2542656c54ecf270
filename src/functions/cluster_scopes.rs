//! `cluster_namespace_scope` and `cluster_node_pool_scope`: scopes inside of a cluster.

use framework::function::Function;
use framework::{Diagnostic, Model, Result};

use crate::attributes::placement;

/// The scope of a Kubernetes namespace of an AKS cluster.
///
/// It is `<cluster>/namespaces/<namespace>`, at which a role counts in that namespace alone. Neither cluster nor namespace need exist.
#[derive(Debug, Model)]
pub struct NamespaceScope {
    /// Resource ID of the cluster.
    #[attr(check(placement::is_cluster()))]
    cluster_id: String,
    /// Name of the namespace.
    #[attr(check(placement::is_namespace()))]
    namespace: String,
}

/// The scope of a node pool of an AKS cluster.
///
/// It is `<cluster>/agentPools/<node pool>`, as Azure Resource Manager calls it. Neither cluster nor node pool need exist.
#[derive(Debug, Model)]
pub struct NodePoolScope {
    /// Resource ID of the cluster.
    #[attr(check(placement::is_cluster()))]
    cluster_id: String,
    /// Name of the node pool.
    #[attr(check(placement::is_node_pool()))]
    node_pool: String,
}

impl Function for NamespaceScope {
    const NAME: &'static str = "cluster_namespace_scope";
    type Output = String;

    fn call(self) -> Result<String> {
        inside(&self.cluster_id, "namespaces", &self.namespace)
    }
}

impl Function for NodePoolScope {
    const NAME: &'static str = "cluster_node_pool_scope";
    type Output = String;

    fn call(self) -> Result<String> {
        inside(&self.cluster_id, "agentPools", &self.node_pool)
    }
}

fn inside(cluster: &str, kind: &str, name: &str) -> Result<String> {
    let scope = placement::parsed("cluster_id", cluster)?.child(kind, name);
    scope.map(|scope| scope.to_string()).map_err(|why| Diagnostic::error(format!("{name:?} cannot be a part of a scope"), why))
}

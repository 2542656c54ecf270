//! What is allowed and likely not meant. Each kind has an id by which the provider block silences it.

use framework::concern::Concern;
use framework::{Change, Context, Diagnostic, Findings};

use crate::arm::roles::{self, Named, Purpose};
use crate::arm::{Level, Scope};
use crate::provider::Azure;

/// Inside of the cluster nobody asks Azure.
const AZURE_RBAC_DISABLED: Concern = Concern {
    id: "azure_rbac_disabled",
    about: "A role for what is inside of a cluster is given where Azure RBAC is off for that cluster: it has no effect there.",
};

/// A way past Microsoft Entra ID.
const LOCAL_ADMIN_ROLE: Concern = Concern {
    id: "local_admin_role",
    about: "A role is given that lets its holder fetch the credential of a cluster's local administrator, while the cluster has one: no other role, no group and no conditional access counts for whoever uses it.",
};

/// More clusters than were looked at.
const BROAD_CLUSTER_ROLE: Concern = Concern {
    id: "broad_cluster_role",
    about: "A role for clusters is given at a subscription or above: it counts for every cluster there, also for those that are still to come.",
};

/// Every kind.
pub(super) const ALL: &[&Concern] = &[&AZURE_RBAC_DISABLED, &LOCAL_ADMIN_ROLE, &BROAD_CLUSTER_ROLE];

/// The action that fetches the credential of the local administrator.
const LOCAL_ADMIN: &str = "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action";

/// What a role means for a cluster.
struct Reach {
    /// It is for what is inside.
    inside: bool,
    /// It is for clusters, inside or outside.
    clusters: bool,
    /// It lets its holder become the local administrator.
    local_admin: bool,
}

impl Reach {
    /// Of a role, at a scope; none if it cannot be seen.
    async fn of(role: &str, scope: &Scope, cx: &Context<Azure>) -> Option<Self> {
        if let Named::BuiltIn(role) = roles::named(role) {
            let inside = role.purpose == Purpose::Kubernetes;
            return Some(Self { inside, clusters: inside || role.purpose == Purpose::Clusters, local_admin: role.is_local_admin });
        }
        let definition = cx.api.definition(scope, role).await.ok()?;
        let inside = definition.reaches_into_clusters();
        Some(Self { inside, clusters: inside, local_admin: definition.allows(LOCAL_ADMIN) })
    }
}

/// Looks at a planned assignment, if role and place are known. Not being allowed to look is no reason to warn.
pub(super) async fn review(change: Change<'_>, cx: &mut Context<Azure>, found: &mut Findings) {
    let (Some(role), Some(Some(scope))) = (change.planned.get::<String>("role"), change.planned.get::<Option<String>>("scope")) else {
        return;
    };
    let Ok(scope) = Scope::parse(&scope) else { return };
    if change.in_apply || !(change.touches("role_definition_id") || change.touches("scope")) {
        return;
    }
    let Some(reach) = Reach::of(&role, &scope, cx).await else { return };
    if reach.clusters && matches!(scope.level(), Level::Root | Level::ManagementGroup | Level::Subscription) {
        let detail = format!(
            "At {scope}, {role:?} counts for every cluster there, also for those that are still to come. Give it at a cluster (`cluster_id`) or at a resource group."
        );
        found.add(Diagnostic::warning("A role for clusters is given far above them", detail).at_attribute("scope").of(&BROAD_CLUSTER_ROLE));
    }
    let Some(cluster_id) = scope.cluster().filter(|_| reach.inside || reach.local_admin) else { return };
    let Ok(cluster) = cx.api.cluster(&cluster_id).await else { return };
    if reach.inside && !cluster.uses_azure_rbac() {
        let detail = format!(
            "{role:?} is for what is inside of the cluster {cluster_id}, and Azure RBAC is off there: Kubernetes does not ask Azure. Turn it on \
             (`azure_rbac_enabled = true` in aksaccess_cluster_aad_profile), or bind a role in Kubernetes."
        );
        found.add(Diagnostic::warning("The role has no effect in this cluster", detail).at_attribute("role").of(&AZURE_RBAC_DISABLED));
    }
    // Below the cluster nothing can be fetched that is the cluster's.
    if reach.local_admin && scope.is_cluster() && cluster.has_local_accounts() {
        let detail = format!(
            "The holder of {role:?} can fetch the credential of the local administrator of {cluster_id}, and go past Microsoft Entra ID, its groups and conditional \
             access with it. Disable local accounts (`local_accounts_disabled = true` in aksaccess_cluster_aad_profile), or give another role."
        );
        found.add(Diagnostic::warning("The role opens the way past Microsoft Entra ID", detail).at_attribute("role").of(&LOCAL_ADMIN_ROLE));
    }
}

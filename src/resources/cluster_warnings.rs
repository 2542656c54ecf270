//! Roles at clusters that are allowed and likely not meant: role assignments, and eligibilities and active assignments of Privileged Identity Management,
//! which have the same effect once they are active. Each kind of warning has an ID by which the provider block silences it.

use std::sync::Arc;

use framework::warning_kind::WarningKind;
use framework::{Change, Context, Diagnostic, Diagnostics};

use crate::arm::roles::{self, Named, Purpose};
use crate::arm::{Cluster, Level, Scope};
use crate::azure::Error;
use crate::services::Services;

/// Warns that the cluster does not use Azure RBAC, so that the role has no effect inside of it.
const AZURE_RBAC_DISABLED: WarningKind = WarningKind {
    id: "azure_rbac_disabled",
    about: "A role for what is inside of a cluster is given where Azure RBAC is off, for the cluster or for all clusters of the resource group or subscription: it has no effect there.",
};

/// A way past Microsoft Entra ID.
const LOCAL_ADMIN_ROLE: WarningKind = WarningKind {
    id: "local_admin_role",
    about: "A role is given, at a cluster or at a resource group or subscription with clusters, that lets its holder fetch the credential of a cluster's local administrator, while the cluster has one: no other role, no group and no conditional access counts for whoever uses it.",
};

/// More clusters than were looked at.
const BROAD_CLUSTER_ROLE: WarningKind = WarningKind {
    id: "broad_cluster_role",
    about: "A role for clusters is given at a subscription or above: it counts for every cluster there, also for those that are still to come.",
};

/// There is nothing to give a role at.
const CLUSTER_NOT_FOUND: WarningKind = WarningKind {
    id: "cluster_not_found",
    about: "A role is given at a cluster that does not exist. It may be created by another resource of the same configuration; otherwise the ID is mistyped, and Azure refuses the request as if a permission were missing.",
};

/// Every kind.
pub(super) const ALL: &[&WarningKind; 4] = &[&AZURE_RBAC_DISABLED, &LOCAL_ADMIN_ROLE, &BROAD_CLUSTER_ROLE, &CLUSTER_NOT_FOUND];

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
    async fn of(role: &str, scope: &Scope, cx: &Context<Services>) -> Option<Self> {
        if let Named::BuiltIn(role) = roles::named(role) {
            let inside = role.purpose == Purpose::Kubernetes;
            return Some(Self { inside, clusters: inside || role.purpose == Purpose::Clusters, local_admin: role.is_local_admin });
        }
        let definition = cx.api.arm().definition(scope, role).await.ok()?;
        let inside = definition.reaches_into_clusters();
        Some(Self { inside, clusters: inside, local_admin: definition.allows(LOCAL_ADMIN) })
    }
}

/// Looks at a planned assignment, if role and place are known. Not being allowed to look is no reason to warn.
pub(super) async fn plan_check(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
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
    // Below a cluster nothing can be fetched that is the cluster's.
    let local_admin = reach.local_admin && (scope.is_cluster() || scope.cluster().is_none());
    if !reach.clusters && !local_admin {
        return;
    }
    let clusters = match clusters(&scope, cx).await {
        Ok(clusters) => clusters,
        Err(error) if error.is_not_found() && scope.cluster().is_some() => {
            let detail = format!(
                "Azure Resource Manager knows no cluster {}. Check the ID, unless another resource of this configuration creates the cluster.",
                named(&scope)
            );
            return found.add(Diagnostic::warning("This cluster does not exist", detail).at_attribute("scope").of(&CLUSTER_NOT_FOUND));
        }
        Err(error) => return tracing::info!(%error, "the clusters are not looked at"),
    };
    if reach.inside && !clusters.is_empty() && !clusters.iter().any(|cluster| cluster.uses_azure_rbac()) {
        let detail = format!(
            "{role:?} is for what is inside of clusters, and Azure RBAC is off for {}: Kubernetes does not ask Azure there. Turn it on \
             (`azure_rbac_enabled = true` in aksaccess_cluster_aad_profile), or bind a role in Kubernetes.",
            names(clusters.iter())
        );
        let what =
            if scope.cluster().is_some() { "The role has no effect in this cluster" } else { "The role has no effect in these clusters" };
        found.add(Diagnostic::warning(what, detail).at_attribute("role").of(&AZURE_RBAC_DISABLED));
    }
    let mut open = clusters.iter().filter(|cluster| cluster.has_local_accounts()).peekable();
    if local_admin && open.peek().is_some() {
        let detail = format!(
            "The holder of {role:?} can fetch the credential of the local administrator of {}, and go past Microsoft Entra ID, its groups and conditional \
             access with it. Disable local accounts (`local_accounts_disabled = true` in aksaccess_cluster_aad_profile), or give another role.",
            names(open)
        );
        found.add(Diagnostic::warning("The role opens the way past Microsoft Entra ID", detail).at_attribute("role").of(&LOCAL_ADMIN_ROLE));
    }
}

/// The clusters for which a role counts that is given at a scope: the one that the scope is or is in, or all that are in it. What is below a management
/// group is not looked at: that would cost a request for each of its subscriptions.
async fn clusters(scope: &Scope, cx: &Context<Services>) -> Result<Vec<Arc<Cluster>>, Error> {
    match (scope.cluster(), scope.level()) {
        (Some(cluster), _) => Ok(vec![cx.api.arm().cluster(&cluster).await?]),
        (None, Level::ResourceGroup | Level::Subscription) => cx.api.arm().clusters_in(scope).await,
        (None, Level::Root | Level::ManagementGroup | Level::Resource) => Ok(Vec::new()),
    }
}

/// The cluster that a scope is or is in.
pub(super) fn named(scope: &Scope) -> String {
    scope.cluster().map_or_else(|| scope.to_string(), |cluster| cluster.to_string())
}

/// Clusters in a sentence.
fn names<'a>(clusters: impl Iterator<Item = &'a Arc<Cluster>>) -> String {
    const SHOWN: usize = 3;
    let all: Vec<&str> = clusters.map(|cluster| cluster.id.as_str()).collect();
    let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

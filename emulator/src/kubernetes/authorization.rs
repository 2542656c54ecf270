//! Authorization in a cluster: its administrators may do everything, others what their roles in Azure allow.
//!
//! How a request becomes a data action is what the authorizer of AKS (guard, which is public) does: resources of a group follow
//! its name, parts of a resource count as the resource, and the only verbs are read, write, delete and some actions. Custom resources have one name for all
//! of them, and conditions of role assignments distinguish them by group and kind.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Context, ServedCluster,
    authenticate::Identity,
    rbac,
    status::{Refusal, forbidden},
};
use crate::{
    arm::{
        conditions::{RequestedAction, Source},
        records::scope::Scope,
        request::authorization,
    },
    random,
    store::Row,
};

/// The longest that a new role assignment takes to have an effect in a cluster, in seconds (docs/services/resource-manager.md#role-assignments).
const MAX_PROPAGATION_SECONDS: u64 = 300;

/// The attributes of a request on which authorization decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `get`, `list`, `create` and so on.
    pub verb: String,
    /// API group; empty for the core.
    pub group: String,
    /// Plural name of the resource.
    pub resource: String,
    /// Part of it, as in `log`; empty for the whole.
    pub subresource: String,
    /// Namespace; empty for the whole cluster.
    pub namespace: String,
    /// Name of the object; empty for all.
    pub name: String,
}

/// Azure's reasons, as the authorizer of AKS writes them (github.com/kubeguard/guard, `authz/providers/azure/rbac/checkaccess_utils.go`).
const NO_ROLE: &str = "User does not have access to the resource in Azure. Update role assignment to allow access.";
const NO_OPINION: &str = "Azure does not have opinion for this user.";
const NO_OPINION_WITHOUT_OBJECT_ID: &str = "Azure does not have opinion for this non AAD user. If you are an AAD user, please set Extra:oid parameter for \
                                            impersonated user in the kubeconfig";

/// Refuses what the caller may not do.
pub fn check(context: &Context<'_>, asked: &Attributes) -> Result<(), Refusal> {
    if is_allowed(&context.cluster, &context.identity, asked) {
        return Ok(());
    }
    Err(forbidden(&context.identity.name, asked, reason(&context.cluster, &context.identity)))
}

/// Why something is refused, in the authorizer's words. Without Azure RBAC there are only roles of Kubernetes, whose authorizer gives no reason.
pub fn reason(cluster: &ServedCluster<'_>, identity: &Identity) -> &'static str {
    match identity.object_id.as_str() {
        _ if !has_azure_rbac(&cluster.row) => "",
        "" if identity.name.starts_with("system:") => NO_OPINION,
        "" => NO_OPINION_WITHOUT_OBJECT_ID,
        _ => NO_ROLE,
    }
}

/// Whether an identity may do something: by bindings of Kubernetes, or by roles of Azure where the cluster uses them. Azure decides on identities of
/// Microsoft Entra only.
pub fn is_allowed(cluster: &ServedCluster<'_>, identity: &Identity, asked: &Attributes) -> bool {
    if rbac::allows(cluster, identity, asked) {
        return true;
    }
    if !has_azure_rbac(&cluster.row) || identity.object_id.is_empty() {
        return false;
    }
    let id = cluster.row.get("id").and_then(Value::as_str).unwrap_or_default();
    let known = |assignment: &Row| is_in_effect(cluster, assignment);
    let scopes: Vec<Scope> = match asked.namespace.as_str() {
        "" => vec![Scope::new(id)],
        // The second is the resource of a managed namespace.
        namespace => ["namespaces", "managedNamespaces"].iter().map(|kind| Scope::new(&format!("{id}/{kind}/{namespace}"))).collect(),
    };
    let holders = identity.holders();
    actions(asked).iter().all(|action| {
        let asked = RequestedAction { action, attributes: attributes(asked) };
        scopes.iter().any(|scope| authorization::allowed_data(cluster.view, &holders, &asked, scope, known))
    })
}

/// Whether the cluster uses roles of Azure.
pub fn has_azure_rbac(cluster: &Row) -> bool {
    aad_profile(cluster).is_some_and(|profile| profile.get("enableAzureRBAC") == Some(&json!(true)))
}

fn aad_profile(cluster: &Row) -> Option<&Value> {
    cluster.get("properties")?.get("aadProfile")
}

/// Whether an assignment has taken effect in the cluster: in the realistic profile that takes some minutes.
fn is_in_effect(cluster: &ServedCluster<'_>, assignment: &Row) -> bool {
    let Some(seed) = cluster.clusters.lag_seed else { return true };
    let text = |name: &str| assignment.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = uuid::Uuid::try_parse(text("name")).map_or(0, |id| id.as_u64_pair().0);
    let seconds = random::within(seed, 0xE4, number, 0..=MAX_PROPAGATION_SECONDS);
    let lag = SignedDuration::from_secs(seconds.try_into().unwrap_or_default());
    text("createdOn").parse::<Timestamp>().is_ok_and(|made| cluster.now.duration_since(made) >= lag)
}

/// Groups that have data actions of their own (learn.microsoft.com/azure/role-based-access-control/permissions/containers); whatever is in another is a custom
/// resource.
const GROUPS: [&str; 22] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "metrics.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

fn is_custom(asked: &Attributes) -> bool {
    !GROUPS.contains(&asked.group.as_str())
}

/// Attributes that conditions examine: group and kind of a custom resource. The kind is the plural name of the resource, in guard as in the documentation's example.
fn attributes(asked: &Attributes) -> Vec<(Source, &'static str, String)> {
    let names = [
        "Microsoft.ContainerService/managedClusters/customResources:group",
        "Microsoft.ContainerService/managedClusters/customResources:kind",
    ];
    let values = [&asked.group, &asked.resource];
    let pairs = names.into_iter().zip(values).filter(|_| is_custom(asked));
    pairs.map(|(name, value)| (Source::Request, name, value.clone())).collect()
}

/// The data actions that a request needs, all of them.
fn actions(asked: &Attributes) -> Vec<String> {
    let mut start = String::from("Microsoft.ContainerService/managedClusters/");
    if is_custom(asked) {
        start.push_str("customresources");
    } else {
        if !asked.group.is_empty() {
            start.push_str(&format!("{}/", asked.group));
        }
        start.push_str(&asked.resource);
    }
    if asked.resource == "pods" && asked.subresource == "exec" {
        return vec![format!("{start}/exec/action")];
    }
    let verbs: &[&str] = match asked.verb.as_str() {
        "get" | "list" | "watch" => &["read"],
        "create" | "update" | "patch" => &["write"],
        "delete" | "deletecollection" => &["delete"],
        "bind" => &["bind/action"],
        "escalate" => &["escalate/action"],
        "impersonate" => &["impersonate/action"],
        "use" => &["use/action"],
        "*" => &["read", "write", "delete"],
        // Nobody has an action for what is no verb, except those who have all.
        _ => &["other/action"],
    };
    verbs.iter().map(|verb| format!("{start}/{verb}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_become_data_actions() {
        for (verb, group, resource, subresource, action) in [
            ("list", "", "pods", "", "pods/read"),
            ("get", "", "pods", "log", "pods/read"),
            ("create", "", "pods", "exec", "pods/exec/action"),
            ("patch", "apps", "deployments", "scale", "apps/deployments/write"),
            ("deletecollection", "", "secrets", "", "secrets/delete"),
            ("list", "secrets-store.csi.x-k8s.io", "secretproviderclasses", "", "customresources/read"),
        ] {
            let asked = Attributes {
                verb: verb.into(),
                group: group.into(),
                resource: resource.into(),
                subresource: subresource.into(),
                ..Attributes::default()
            };
            assert_eq!(actions(&asked), [format!("Microsoft.ContainerService/managedClusters/{action}")]);
        }
    }
}

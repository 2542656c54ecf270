//! Authorization in a cluster: its administrators may do everything, others what their roles in Azure allow.
//!
//! How a request becomes a data action is what the authorizer of AKS (guard, which is public) does: resources of a group follow
//! its name, parts of a resource count as the resource, and the only verbs are read, write, delete and some actions. Custom resources have one name for all
//! of them, and conditions of role assignments distinguish them by group and kind.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Context,
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

/// Azure's reason for a refusal.
const NO_ROLE: &str = "User does not have access to the resource in Azure. Update role assignment to allow access.";

/// Refuses what the caller may not do.
pub fn check(context: &Context<'_>, asked: &Attributes) -> Result<(), Refusal> {
    if is_allowed(context, asked) {
        return Ok(());
    }
    Err(forbidden(&context.identity.name, asked, reason(context)))
}

/// Why something is refused, in the authorizer's words. Without Azure RBAC there are only roles of Kubernetes, nobody is
/// bound to one, and it has none.
pub fn reason(context: &Context<'_>) -> &'static str {
    if has_azure_rbac(&context.cluster) { NO_ROLE } else { "" }
}

/// Whether the caller may do it.
pub fn is_allowed(context: &Context<'_>, asked: &Attributes) -> bool {
    if context.identity.is_local() || is_administrator(context) {
        return true;
    }
    if !has_azure_rbac(&context.cluster) {
        return false;
    }
    let cluster = context.cluster.get("id").and_then(Value::as_str).unwrap_or_default();
    let known = |assignment: &Row| is_in_effect(context, assignment);
    let scopes: Vec<Scope> = match asked.namespace.as_str() {
        "" => vec![Scope::new(cluster)],
        // The second is the resource of a managed namespace.
        namespace => ["namespaces", "managedNamespaces"].iter().map(|kind| Scope::new(&format!("{cluster}/{kind}/{namespace}"))).collect(),
    };
    actions(asked).iter().all(|action| {
        let asked = RequestedAction { action, attributes: attributes(asked) };
        scopes.iter().any(|scope| authorization::allowed_data(context.view, &context.identity.object_id, &asked, scope, known))
    })
}

fn has_azure_rbac(cluster: &Row) -> bool {
    aad_profile(cluster).is_some_and(|profile| profile.get("enableAzureRBAC") == Some(&json!(true)))
}

fn aad_profile(cluster: &Row) -> Option<&Value> {
    cluster.get("properties")?.get("aadProfile")
}

/// Whether the caller is in one of the cluster's admin groups.
fn is_administrator(context: &Context<'_>) -> bool {
    let groups = aad_profile(&context.cluster).and_then(|profile| profile.get("adminGroupObjectIDs")).and_then(Value::as_array);
    let mut groups = groups.into_iter().flatten().filter_map(Value::as_str);
    groups.any(|id| context.identity.groups.iter().any(|mine| mine.eq_ignore_ascii_case(id)))
}

/// Whether the cluster has heard of an assignment. Where things take their time, that is up to some minutes.
fn is_in_effect(context: &Context<'_>, assignment: &Row) -> bool {
    let Some(seed) = context.clusters.lag_seed else { return true };
    let text = |name: &str| assignment.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = uuid::Uuid::try_parse(text("name")).map_or(0, |id| id.as_u64_pair().0);
    let seconds = random::within(seed, 0xE4, number, 0..=MAX_PROPAGATION_SECONDS);
    let lag = SignedDuration::from_secs(seconds.try_into().unwrap_or_default());
    text("createdOn").parse::<Timestamp>().is_ok_and(|made| context.now.duration_since(made) >= lag)
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

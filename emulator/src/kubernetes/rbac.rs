//! Role-based access control of Kubernetes: what bindings give to users, groups and service accounts
//! (kubernetes.io/docs/reference/access-authn-authz/rbac).

use serde_json::Value;

use super::{
    Context, ServedCluster,
    authenticate::{Identity, SYSTEM_MASTERS},
    authorization::Attributes,
    objects, resources,
};

/// The API group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// Whether an identity may do something by the bindings of the cluster.
pub fn allows(cluster: &ServedCluster<'_>, identity: &Identity, asked: &Attributes) -> bool {
    identity.groups.iter().any(|group| group == SYSTEM_MASTERS)
        || rules(cluster, identity, &asked.namespace).iter().any(|rule| covers(rule, asked))
}

/// Whether an identity may request a path that is no resource.
pub fn allows_path(cluster: &ServedCluster<'_>, identity: &Identity, verb: &str, path: &str) -> bool {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => pattern == path,
    };
    identity.groups.iter().any(|group| group == SYSTEM_MASTERS)
        || rules(cluster, identity, "")
            .iter()
            .any(|rule| texts(rule, "verbs").any(|one| one == "*" || one == verb) && texts(rule, "nonResourceURLs").any(matches))
}

/// The rules that hold for an identity in a namespace; empty: at the cluster scope.
pub fn rules(cluster: &ServedCluster<'_>, identity: &Identity, namespace: &str) -> Vec<Value> {
    let all = |resource: &str| resources::find(GROUP, resource).map(|resource| objects::of(cluster, resource)).unwrap_or_default();
    let is_bound =
        |binding: &Value| binding.get("subjects").and_then(Value::as_array).into_iter().flatten().any(|subject| is(subject, identity));
    let mut bindings = all("clusterrolebindings");
    if !namespace.is_empty() {
        bindings.extend(all("rolebindings").into_iter().filter(|one| metadata(one, "namespace") == namespace));
    }
    bindings.iter().filter(|binding| is_bound(binding)).flat_map(|binding| rules_of(cluster, binding)).collect()
}

/// The rules of the role to which a binding refers; none if there is no such role.
pub fn rules_of(cluster: &ServedCluster<'_>, binding: &Value) -> Vec<Value> {
    let text = |name: &str| binding.pointer(&format!("/roleRef/{name}")).and_then(Value::as_str).unwrap_or_default();
    let (resource, namespace) = if text("kind") == "Role" { ("roles", metadata(binding, "namespace")) } else { ("clusterroles", "") };
    let all = resources::find(GROUP, resource).map(|resource| objects::of(cluster, resource)).unwrap_or_default();
    let role = all.into_iter().find(|role| metadata(role, "name") == text("name") && metadata(role, "namespace") == namespace);
    role.and_then(|role| role.get("rules")?.as_array().cloned()).unwrap_or_default()
}

/// What a role or binding would give that the caller has no permission for, as the first missing permission: nobody gives more than they have,
/// unless they may `escalate` the role or `bind` it.
pub fn missing(context: &Context<'_>, rules: &[Value], namespace: &str, is_allowed: impl Fn(&Attributes) -> bool) -> Option<Attributes> {
    if context.identity.groups.iter().any(|group| group == SYSTEM_MASTERS) {
        return None;
    }
    let needed = rules.iter().flat_map(|rule| {
        let list = |name: &str| texts(rule, name).map(str::to_owned).collect::<Vec<_>>();
        let (verbs, groups, resources) = (list("verbs"), list("apiGroups"), list("resources"));
        let pairs = groups.into_iter().flat_map(move |group| resources.clone().into_iter().map(move |resource| (group.clone(), resource)));
        pairs.flat_map(move |(group, resource)| verbs.clone().into_iter().map(move |verb| (verb, group.clone(), resource.clone())))
    });
    needed
        .map(|(verb, group, resource)| {
            let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
            Attributes {
                verb,
                group,
                resource: resource.to_owned(),
                subresource: subresource.to_owned(),
                namespace: namespace.to_owned(),
                name: String::new(),
            }
        })
        .find(|asked| !is_allowed(asked))
}

fn covers(rule: &Value, asked: &Attributes) -> bool {
    let has = |name: &str, wanted: &str| texts(rule, name).any(|one| one == "*" || one == wanted);
    let resource = if asked.subresource.is_empty() { asked.resource.clone() } else { format!("{}/{}", asked.resource, asked.subresource) };
    let any_parent = format!("*/{}", asked.subresource);
    let is_resource = has("resources", &resource) || !asked.subresource.is_empty() && texts(rule, "resources").any(|one| one == any_parent);
    let mut names = texts(rule, "resourceNames").peekable();
    let is_name = names.peek().is_none() || names.any(|name| name == asked.name);
    has("verbs", &asked.verb) && has("apiGroups", &asked.group) && is_resource && is_name
}

/// Whether a subject of a binding is the identity.
fn is(subject: &Value, identity: &Identity) -> bool {
    let text = |name: &str| subject.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("kind") {
        "User" => text("name") == identity.name,
        "Group" => identity.groups.iter().any(|group| group == text("name")),
        "ServiceAccount" => identity.name == format!("system:serviceaccount:{}:{}", text("namespace"), text("name")),
        _ => false,
    }
}

fn metadata<'v>(object: &'v Value, name: &str) -> &'v str {
    object.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'v>(rule: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    rule.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

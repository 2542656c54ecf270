//! The role and the scope of every resource of an Azure role: `role`, and `cluster_id` with `namespace` or `node_pool`, or `scope`.
//!
//! A scope can be given in two ways, and each is computed from the other: a plan shows all of it, an import fits either way, and a change from one way to
//! the other is no difference. `scope` and `role_definition_id`, which Azure Resource Manager knows, are what replaces an object.

use framework::schema::Check;
use framework::schema::check::is_uuid;
use framework::value::Value;
use framework::{Diagnostic, Diagnostics, Model, Result, Severity, View};

use crate::arm::roles::{self, Named};
use crate::arm::{NoRole, Scope};
use crate::client::diagnose::could_not;

/// A role, and the scope at which it counts.
#[derive(Clone, Debug, Model)]
pub struct Placement {
    /// The role: the name of a built-in or custom role in any case, or the ID of a role definition, whole or its last part alone.
    #[attr(aliases(&["role_definition_id", "role_name"]), semantic_equality(roles::same), check(length(1, 1024)))]
    pub role: String,
    /// Resource ID of the AKS cluster at which, or inside of which, the role counts. Null for a scope in a cluster that is neither a namespace nor a node pool.
    #[attr(computed, use_state_for_unknown, semantic_equality(same_scope), computed_from(cluster_id), check(is_cluster()))]
    pub cluster_id: Option<String>,
    /// Kubernetes namespace in the cluster `cluster_id` in which alone the role counts. It need not exist.
    #[attr(computed, use_state_for_unknown, case_insensitive, computed_from(namespace), check(is_namespace()))]
    pub namespace: Option<String>,
    /// Node pool of the cluster `cluster_id` for which alone the role counts.
    #[attr(computed, use_state_for_unknown, case_insensitive, computed_from(node_pool), check(is_node_pool()))]
    pub node_pool: Option<String>,
    /// The scope: any of Azure Resource Manager. Follows from `cluster_id`, `namespace` and `node_pool` where these are given.
    #[attr(computed, use_state_for_unknown, replace, semantic_equality(same_scope), computed_from(scope), check(is_scope()))]
    pub scope: Option<String>,
    /// ID of the role definition; of a built-in role without a subscription.
    #[attr(output, use_state_for_unknown, replace, recompute_when(&["role"]), semantic_equality(roles::same), computed_from(role_definition_id))]
    pub role_definition_id: String,
    /// Name of the role.
    #[attr(output, use_state_for_unknown, recompute_when(&["role"]), computed_from(role_name))]
    pub role_name: Option<String>,
}

impl Placement {
    /// Role and scope in messages.
    pub fn describe(&self) -> String {
        let role = if self.role.is_empty() { "a role" } else { &self.role };
        format!("{role} at {}", self.scope.as_deref().unwrap_or("an unknown scope"))
    }

    /// Scope and role as import IDs name them.
    pub fn import_id(&self) -> String {
        format!("{}|{}", self.scope.as_deref().unwrap_or_default(), self.role_definition_id)
    }

    /// Sets the scope, and the cluster, namespace and node pool that express it, if any do.
    pub fn set_scope(&mut self, scope: &Scope) {
        let [cluster_id, namespace, node_pool] = parts(scope);
        (self.cluster_id, self.namespace, self.node_pool) = (cluster_id, namespace, node_pool);
        self.scope = Some(scope.to_string());
    }
}

/// The attributes that express a scope by a cluster.
const PARTS: [&str; 3] = ["cluster_id", "namespace", "node_pool"];

/// The values of [`PARTS`] for a scope. None for one that they cannot express, such as `<cluster>/nodepools/<name>`: the cluster alone would be a wider scope.
fn parts(scope: &Scope) -> [Option<String>; 3] {
    let Some(cluster) = scope.cluster() else { return [None, None, None] };
    let (namespace, node_pool) = (scope.namespace(), scope.node_pool());
    if !scope.is_cluster() && namespace.is_none() && node_pool.is_none() {
        return [None, None, None];
    }
    [Some(cluster.to_string()), namespace.map(str::to_owned), node_pool.map(str::to_owned)]
}

/// Checks that a text is a scope.
pub fn is_scope() -> Check {
    Check::text("be a scope of Azure Resource Manager such as `/subscriptions/<id>/resourceGroups/<name>`, or `/` for the root", |text| {
        Scope::parse(text).is_ok()
    })
}

/// Checks that a text is the resource ID of a cluster.
pub fn is_cluster() -> Check {
    Check::text(
        "be the resource ID of an AKS cluster, `/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.ContainerService/managedClusters/<name>`",
        |text| Scope::parse(text).is_ok_and(|scope| scope.is_cluster()),
    )
    .with_hint(|text| Scope::parse(text).ok()?.cluster().map(|cluster| cluster.to_string()))
}

/// Checks that a text is the name of a Kubernetes namespace (kubernetes.io/docs/concepts/overview/working-with-objects/names, RFC 1123 label).
pub fn is_namespace() -> Check {
    Check::text("have 1 to 63 lower case letters, digits and dashes, and begin and end with a letter or digit", |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
    })
    .with_hint(|text| Some(text.to_lowercase().replace('_', "-")))
}

/// Checks that a text is the name of a node pool: up to 12 characters (Windows: 6).
pub fn is_node_pool() -> Check {
    Check::text("have 1 to 12 lower case letters and digits, and begin with a letter", |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        (1..=12).contains(&text.len()) && text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_lowercase())
    })
    .with_hint(|text| Some(text.to_lowercase()))
}

/// Whether two values are the same scope.
pub fn same_scope(one: &Value, other: &Value) -> bool {
    let scope = |value: &Value| Scope::parse(value.as_str()?).ok();
    matches!((scope(one), scope(other)), (Some(one), Some(other)) if one == other)
}

/// The value of an optional attribute; none while it is not known.
fn given(config: View<'_>, name: &str) -> Option<Option<String>> {
    config.get::<Option<String>>(name)
}

/// The scope that `cluster_id`, `namespace` and `node_pool` name.
pub fn scope(config: View<'_>, _: View<'_>) -> Option<Value> {
    let (Some(cluster), Some(namespace), Some(node_pool)) =
        (given(config, "cluster_id"), given(config, "namespace"), given(config, "node_pool"))
    else {
        return Some(Value::UNKNOWN);
    };
    let cluster = Scope::parse(&cluster?).ok()?;
    let scope = match (namespace, node_pool) {
        (Some(namespace), _) => cluster.child("namespaces", &namespace).ok()?,
        (None, Some(node_pool)) => cluster.child("agentPools", &node_pool).ok()?,
        (None, None) => cluster,
    };
    Some(Value::from(scope.to_string()))
}

/// The cluster that the scope is or is in.
pub fn cluster_id(config: View<'_>, _: View<'_>) -> Option<Value> {
    part_of_scope(config, 0)
}

/// The namespace that the scope is.
pub fn namespace(config: View<'_>, _: View<'_>) -> Option<Value> {
    part_of_scope(config, 1)
}

/// The node pool that the scope is.
pub fn node_pool(config: View<'_>, _: View<'_>) -> Option<Value> {
    part_of_scope(config, 2)
}

/// The value of one of [`PARTS`].
fn part_of_scope(config: View<'_>, which: usize) -> Option<Value> {
    match given(config, "scope") {
        None => Some(Value::UNKNOWN),
        Some(Some(scope)) => {
            let scope = Scope::parse(&scope).ok()?;
            let [cluster, namespace, node_pool] = parts(&scope);
            let part = [cluster, namespace, node_pool].into_iter().nth(which).flatten();
            Some(part.map_or(Value::Null, Value::from))
        }
        // Beside `cluster_id`, an attribute that is not given is null.
        Some(None) if config.is_set("cluster_id") => Some(Value::Null),
        Some(None) => None,
    }
}

/// The ID of the role definition, where it is known without a request. Built-in roles have it without a subscription.
pub fn role_definition_id(config: View<'_>, prior: View<'_>) -> Option<Value> {
    let Some(role) = config.get::<String>("role") else { return Some(Value::UNKNOWN) };
    if role.is_empty() {
        return None;
    }
    let before = prior.get::<String>("role_definition_id").filter(|id| !id.is_empty() && is_still(&role, prior));
    Some(match (roles::named(&role), before) {
        (Named::BuiltIn(role), _) => Value::from(role.id()),
        (_, Some(before)) => Value::from(before),
        (Named::Id(_, id), None) => Value::from(id),
        (Named::Guid(_) | Named::Name(_), None) => Value::UNKNOWN,
    })
}

/// The name of the role, where it is known without a request.
pub fn role_name(config: View<'_>, prior: View<'_>) -> Option<Value> {
    let Some(role) = config.get::<String>("role") else { return Some(Value::UNKNOWN) };
    if role.is_empty() {
        return None;
    }
    let before = prior.get::<Option<String>>("role_name").filter(|_| is_still(&role, prior));
    Some(match (roles::named(&role), before) {
        (Named::BuiltIn(role), _) => Value::from(role.name),
        (_, Some(before)) => before.map_or(Value::Null, Value::from),
        (_, None) => Value::UNKNOWN,
    })
}

/// Whether a text names the role of the prior object.
fn is_still(role: &str, prior: View<'_>) -> bool {
    let names = |attribute: &str| prior.get::<String>(attribute).is_some_and(|before| !before.is_empty() && roles::are_same(role, &before));
    names("role") || names("role_definition_id") || names("role_name")
}

/// The scope and the role definition that a configuration or a plan names, where both are known without a request.
pub fn scope_and_role(of: View<'_>) -> Option<(Scope, String)> {
    let absent = Value::Null;
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let scope = of.get::<Option<String>>("scope").flatten().or_else(|| text(scope(of, View::of(&absent))))?;
    let role = of.get::<Option<String>>("role_definition_id").flatten().filter(|id| !id.is_empty());
    let scope = Scope::parse(&scope).ok()?;
    let role = roles::id_at(&scope, &role.or_else(|| text(role_definition_id(of, View::of(&absent))))?);
    Some((scope, role))
}

/// Checks that a scope is given, and that it is the same where it is given by `scope` and by `cluster_id`, as in configurations that Terraform generates.
pub fn validate(config: View<'_>, found: &mut Diagnostics) {
    let set = |name: &str| config.is_set(name);
    // What is not known yet may turn out to be null.
    let certain = |name: &str| set(name) && !config.raw(name).is_unknown();
    if !set("scope") && !set("cluster_id") {
        found.error("scope", "The scope is missing", "Give `cluster_id` (with `namespace` or `node_pool`, if need be) or `scope`.");
    }
    if certain("namespace") && certain("node_pool") {
        found.error("node_pool", "A node pool is not in a namespace", "Give `namespace` or `node_pool`, not both.");
    }
    let Some(scope) = given(config, "scope").flatten().and_then(|scope| Scope::parse(&scope).ok()) else { return };
    for (name, part) in PARTS.into_iter().zip(parts(&scope)) {
        let Some(value) = given(config, name).flatten() else { continue };
        let agrees = part.as_deref().is_some_and(|part| match name {
            "cluster_id" => same_scope(&Value::from(part), &Value::from(value.as_str())),
            _ => part.eq_ignore_ascii_case(&value),
        });
        if !agrees {
            let detail = match part {
                Some(part) => format!("`scope` is {scope}, whose `{name}` is {part:?}, and `{name}` is {value:?}."),
                None => format!("`scope` is {scope}, which `{name}` is no part of, and `{name}` is {value:?}."),
            };
            found.error(
                name,
                format!("`{name}` and `scope` disagree"),
                format!("{detail} Keep `scope` alone, or remove it and give `cluster_id` with `namespace` or `node_pool`."),
            );
        }
    }
}

/// A scope that was checked before.
pub fn parsed(attribute: &str, text: &str) -> Result<Scope> {
    Scope::parse(text).map_err(|why| Diagnostic::error(format!("{text:?} is no scope"), format!("{why}.")).at_attribute(attribute))
}

/// The error of a role that cannot be assigned.
pub fn no_role(role: &str, scope: &Scope, why: NoRole) -> Diagnostic {
    let diagnostic = match why {
        NoRole::Error(error) => could_not(format!("look for the role {role:?}"))(error),
        NoRole::Missing => Diagnostic::error(
            format!("There is no role {role:?} here"),
            format!(
                "No role of that name or id can be assigned at {scope}. Names of roles are those of the Azure portal, such as \
                 \"Azure Kubernetes Service RBAC Reader\"; a custom role must be assignable at the scope or above it."
            ),
        )
        .absent(role),
        NoRole::Ambiguous(ids) => Diagnostic::error(
            format!("Several roles are called {role:?}"),
            format!("Give the id of the one that is meant: {}.", ids.join(", ")),
        ),
    };
    diagnostic.at_attribute("role")
}

/// Reports, in a plan, a role that cannot be assigned. A failed lookup is not reported: the apply will fail. The ID of a role that does not exist is only a
/// warning: the role was deleted, and a destroy must go on.
pub fn role_is_missing(role: &str, scope: &Scope, why: NoRole, found: &mut Diagnostics) {
    match why {
        NoRole::Error(error) => tracing::info!(%error, "the role is not checked"),
        NoRole::Missing if is_uuid(role.rsplit('/').next().unwrap_or_default()) => {
            let missing = no_role(role, scope, why);
            found.add(Diagnostic { severity: Severity::Warning, ..missing });
        }
        why => found.add(no_role(role, scope, why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str =
        "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod";

    fn config(given: &[(&str, Value)]) -> Value {
        Value::object(given.iter().map(|(name, value)| (*name, value.clone())))
    }

    fn derived(derive: framework::schema::Derive, given: &[(&str, Value)]) -> Option<Value> {
        derive(View::of(&config(given)), View::of(&Value::Null))
    }

    #[test]
    fn a_scope_follows_from_a_cluster() {
        let cluster = ("cluster_id", Value::from(format!("{CLUSTER}/")));
        assert_eq!(derived(scope, std::slice::from_ref(&cluster)), Some(Value::from(CLUSTER)));
        let namespace = ("namespace", Value::from("payments"));
        assert_eq!(derived(scope, &[cluster.clone(), namespace]), Some(Value::from(format!("{CLUSTER}/namespaces/payments"))));
        let pool = ("node_pool", Value::from("np1"));
        assert_eq!(derived(scope, &[cluster.clone(), pool]), Some(Value::from(format!("{CLUSTER}/agentPools/np1"))));
        assert_eq!(derived(scope, &[("cluster_id", Value::UNKNOWN)]), Some(Value::UNKNOWN));
        assert_eq!(derived(scope, &[cluster.clone(), ("namespace", Value::UNKNOWN)]), Some(Value::UNKNOWN));
        assert_eq!(derived(namespace_of, &[cluster]), Some(Value::Null));
        assert_eq!(derived(scope, &[]), None);
    }

    fn namespace_of(config: View<'_>, prior: View<'_>) -> Option<Value> {
        namespace(config, prior)
    }

    #[test]
    fn a_cluster_follows_from_a_scope() {
        let at = |path: &str| [("scope", Value::from(path))];
        let inside = at(&format!("{CLUSTER}/namespaces/payments"));
        assert_eq!(derived(cluster_id, &inside), Some(Value::from(CLUSTER)));
        assert_eq!(derived(namespace, &inside), Some(Value::from("payments")));
        assert_eq!(derived(node_pool, &inside), Some(Value::Null));
        // The article's spelling of a node pool is taken as it is.
        let raw = at(&format!("{CLUSTER}/nodepools/np1"));
        assert_eq!((derived(cluster_id, &raw), derived(node_pool, &raw)), (Some(Value::Null), Some(Value::Null)), "not the whole cluster");
        assert_eq!(derived(cluster_id, &at("/")), Some(Value::Null));
        assert_eq!(derived(cluster_id, &[("scope", Value::UNKNOWN)]), Some(Value::UNKNOWN));
    }

    #[test]
    fn a_role_is_known_where_it_can_be() {
        let role = |text: &str| [("role", Value::from(text))];
        let custom = "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/0f1e2d3c-0000-4000-8000-00000000abcd";
        let reader = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        assert_eq!(derived(role_definition_id, &role("reader")), Some(Value::from(reader)));
        assert_eq!(derived(role_name, &role(reader)), Some(Value::from("Reader")));
        assert_eq!(derived(role_definition_id, &role(custom)), Some(Value::from(custom)));
        assert_eq!(derived(role_definition_id, &role("Cluster Viewer")), Some(Value::UNKNOWN));
        assert_eq!(derived(role_name, &role("Cluster Viewer")), Some(Value::UNKNOWN));
        // What the object has already needs no asking either.
        let prior = config(&[
            ("role", Value::from("Cluster Viewer")),
            ("role_definition_id", Value::from(custom)),
            ("role_name", Value::from("Cluster Viewer")),
        ]);
        for spelling in ["cluster viewer", custom, "0F1E2D3C-0000-4000-8000-00000000ABCD"] {
            let config = config(&role(spelling));
            assert_eq!(role_definition_id(View::of(&config), View::of(&prior)), Some(Value::from(custom)), "{spelling}");
            assert_eq!(role_name(View::of(&config), View::of(&prior)), Some(Value::from("Cluster Viewer")), "{spelling}");
        }
        let other = config(&role("Cluster Editor"));
        assert_eq!(role_definition_id(View::of(&other), View::of(&prior)), Some(Value::UNKNOWN));
    }

    #[test]
    fn names_are_checked() {
        for (check, good, bad) in [
            (is_namespace(), vec!["payments", "kube-system", "a"], vec!["", "Payments", "-a", "a-", "a_b", "a/b"]),
            (is_node_pool(), vec!["np1", "nodepool1"], vec!["", "1np", "Np", "node-pool", "abcdefghijklm"]),
            (is_cluster(), vec![CLUSTER], vec!["prod", "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101"]),
        ] {
            for text in good {
                assert_eq!(check.refusal(&Value::from(text)), None, "{text}");
            }
            for text in bad {
                assert!(check.refusal(&Value::from(text)).is_some(), "{text}");
            }
        }
    }
}

//! Which role, and where: the attributes that every resource of an Azure role has in common, `role` and `cluster_id` with `namespace` or `node_pool`,
//! or `scope`.
//!
//! A place can be told in two ways, and each follows from the other; so all of it is known in the plan and shown there, an import fits either way, and
//! changing from one way to the other is no difference. What replaces an object is `scope` and `role_definition_id`, which are what ARM knows.
//!
//! A resource declares them so:
//!
//! ```ignore
//! #[attr(aliases(&["role_definition_id", "role_name"]), semantic_equality(roles::same), check(length(1, 512)))]
//! pub role: String,
//! #[attr(computed, use_state_for_unknown, semantic_equality(placement::same_scope), computed_from(placement::cluster_id), check(placement::is_cluster()))]
//! pub cluster_id: Option<String>,
//! #[attr(computed, use_state_for_unknown, case_insensitive, computed_from(placement::namespace), check(placement::is_namespace()))]
//! pub namespace: Option<String>,
//! #[attr(computed, use_state_for_unknown, case_insensitive, computed_from(placement::node_pool), check(placement::is_node_pool()))]
//! pub node_pool: Option<String>,
//! #[attr(computed, use_state_for_unknown, replace, semantic_equality(placement::same_scope), computed_from(placement::scope), check(placement::is_scope()))]
//! pub scope: Option<String>,
//! #[attr(output, use_state_for_unknown, replace, recompute_when(&["role"]), semantic_equality(roles::same), computed_from(placement::role_definition_id))]
//! pub role_definition_id: String,
//! #[attr(output, use_state_for_unknown, recompute_when(&["role"]), computed_from(placement::role_name))]
//! pub role_name: Option<String>,
//! ```

use framework::schema::Check;
use framework::schema::check::is_uuid;
use framework::value::Value;
use framework::{Diagnostic, Diagnostics, Result, Severity, View};

use crate::arm::roles::{self, Named};
use crate::arm::{NoRole, Scope};
use crate::client::diagnose::could_not;

/// What a scope must be.
pub fn is_scope() -> Check {
    Check::text("be a scope of Azure Resource Manager such as `/subscriptions/<id>/resourceGroups/<name>`, or `/` for the root", |text| {
        Scope::parse(text).is_ok()
    })
}

/// What the id of a cluster must be.
pub fn is_cluster() -> Check {
    Check::text(
        "be the resource ID of an AKS cluster, `/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.ContainerService/managedClusters/<name>`",
        |text| Scope::parse(text).is_ok_and(|scope| scope.is_cluster()),
    )
}

/// What the name of a Kubernetes namespace must be (kubernetes.io/docs/concepts/overview/working-with-objects/names, RFC 1123 label).
pub fn is_namespace() -> Check {
    Check::text("have 1 to 63 lower case letters, digits and dashes, and begin and end with a letter or digit", |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
    })
}

/// What the name of a node pool must be: up to 12 characters (Windows: 6).
pub fn is_node_pool() -> Check {
    Check::text("have 1 to 12 lower case letters and digits, and begin with a letter", |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        (1..=12).contains(&text.len()) && text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

/// Whether two values are the same scope.
pub fn same_scope(one: &Value, other: &Value) -> bool {
    let scope = |value: &Value| Scope::parse(value.as_str()?).ok();
    matches!((scope(one), scope(other)), (Some(one), Some(other)) if one == other)
}

/// An attribute that may be given: none while it is not known.
fn given(config: View<'_>, name: &str) -> Option<Option<String>> {
    config.get::<Option<String>>(name)
}

/// The scope that the other attributes tell.
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
    part_of_scope(config, |scope| scope.cluster().map(|cluster| cluster.to_string()))
}

/// The namespace that the scope is.
pub fn namespace(config: View<'_>, _: View<'_>) -> Option<Value> {
    part_of_scope(config, |scope| scope.namespace().map(str::to_owned))
}

/// The node pool that the scope is.
pub fn node_pool(config: View<'_>, _: View<'_>) -> Option<Value> {
    part_of_scope(config, |scope| scope.node_pool().map(str::to_owned))
}

fn part_of_scope(config: View<'_>, part: impl Fn(&Scope) -> Option<String>) -> Option<Value> {
    // Beside `cluster_id`, what is not given is meant not to be.
    if config.is_set("cluster_id") {
        return Some(Value::Null);
    }
    match given(config, "scope") {
        None => Some(Value::UNKNOWN),
        Some(scope) => {
            let scope = Scope::parse(&scope?).ok()?;
            Some(part(&scope).map_or(Value::Null, Value::from))
        }
    }
}

/// The id of the role definition, where it is known without asking. Built-in roles have it without a subscription.
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

/// The name of the role, where it is known without asking.
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

/// Whether a text names the role that an object has already.
fn is_still(role: &str, prior: View<'_>) -> bool {
    let names = |attribute: &str| prior.get::<String>(attribute).is_some_and(|before| !before.is_empty() && roles::are_same(role, &before));
    names("role") || names("role_definition_id") || names("role_name")
}

/// The scope and the role definition that a configuration or a plan names, where both are known without asking.
pub fn scope_and_role(of: View<'_>) -> Option<(Scope, String)> {
    let absent = Value::Null;
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let scope = of.get::<Option<String>>("scope").flatten().or_else(|| text(scope(of, View::of(&absent))))?;
    let role = of.get::<Option<String>>("role_definition_id").flatten().filter(|id| !id.is_empty());
    let scope = Scope::parse(&scope).ok()?;
    let role = roles::id_at(&scope, &role.or_else(|| text(role_definition_id(of, View::of(&absent))))?);
    Some((scope, role))
}

/// Attributes that do not go together.
pub fn validate(config: View<'_>, found: &mut Diagnostics) {
    let set = |name: &str| config.is_set(name);
    // What is not known yet may turn out to be null.
    let certain = |name: &str| set(name) && !config.raw(name).is_unknown();
    if certain("scope") && certain("cluster_id") {
        found.error(
            "scope",
            "The place is told twice",
            "Give either `cluster_id` (with `namespace` or `node_pool`, if need be) or `scope`.",
        );
    }
    if !set("scope") && !set("cluster_id") {
        found.error("scope", "The place is not told", "Give `cluster_id` (with `namespace` or `node_pool`, if need be) or `scope`.");
    }
    if certain("namespace") && certain("node_pool") {
        found.error("node_pool", "A node pool is not in a namespace", "Give `namespace` or `node_pool`, not both.");
    }
    for name in ["namespace", "node_pool"] {
        if certain(name) && certain("scope") {
            found.error(
                name,
                format!("`{name}` needs `cluster_id`"),
                "`scope` already says everything: put it there, or give `cluster_id`.",
            );
        }
    }
}

/// A scope that was checked before.
pub fn parsed(attribute: &str, text: &str) -> Result<Scope> {
    Scope::parse(text).map_err(|why| Diagnostic::error(format!("{text:?} is no scope"), format!("{why}.")).at_attribute(attribute))
}

/// Why a role cannot be given.
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

/// Tells, before anything is changed, that a role cannot be given. Not being able to look is no reason to refuse: the service will tell. Nor is an id of a role that
/// is gone, which nobody mistypes: it was deleted, and a destroy must get past it.
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
        assert_eq!((derived(cluster_id, &raw), derived(node_pool, &raw)), (Some(Value::from(CLUSTER)), Some(Value::Null)));
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

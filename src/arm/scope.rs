//! Where in Azure something is: a scope of Azure Resource Manager, as a path.
//!
//! ARM compares these paths without regard to case, and answers them in a case of its own choosing. And below a cluster there are
//! scopes that are no resources of ARM at all, `namespaces/<name>` (docs/services/resource-manager.md#scopes): to ARM they are only more of the path.

use std::fmt;

use framework::schema::check::is_uuid;

/// A scope as it was written, and what it is.
#[derive(Clone, Debug)]
pub struct Scope {
    segments: Vec<String>,
    level: Level,
}

/// How high a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `/`: everything in the tenant.
    Root,
    /// A management group.
    ManagementGroup,
    /// A subscription.
    Subscription,
    /// A resource group.
    ResourceGroup,
    /// A resource, or something inside of one.
    Resource,
}

/// The last `providers/<namespace>/<type>/<name>...` of a path: where it begins, and how many pairs of type and name it has.
#[derive(Clone, Copy)]
struct Block {
    at: usize,
    pairs: usize,
}

const CLUSTERS: [&str; 2] = ["Microsoft.ContainerService", "managedClusters"];

impl Scope {
    /// Parses a path. The error is a sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix('/').ok_or_else(|| "it must begin with a slash".to_owned())?;
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.is_empty() {
            return Ok(Self { segments: Vec::new(), level: Level::Root });
        }
        let mut segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        // Ids that Privileged Identity Management gives at a subscription begin with its provider (docs/services/pim.md#ids-at-subscription-scope).
        if is(segments.first(), "providers") && is(segments.get(1), "Microsoft.Subscription") && is(segments.get(2), "subscriptions") {
            segments.drain(..2);
        }
        if segments.iter().any(|segment| segment.is_empty() || segment == "." || segment == ".." || segment.contains(['?', '#', '\\'])) {
            return Err("a part of the path between two slashes is empty or is no name".to_owned());
        }
        let level = level(&segments)?;
        Ok(Self { segments, level })
    }

    /// How high it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The id of the subscription that it is or is in.
    pub fn subscription_id(&self) -> Option<&str> {
        self.after("subscriptions", 0)
    }

    /// The name of the resource group that it is or is in.
    pub fn resource_group(&self) -> Option<&str> {
        self.subscription_id()?;
        self.after("resourceGroups", 2)
    }

    /// The name of the management group that it is.
    pub fn management_group(&self) -> Option<&str> {
        if self.level == Level::ManagementGroup { self.segment(3) } else { None }
    }

    /// The namespace of the resource provider and the type of a resource, such as `Microsoft.ContainerService/managedClusters/agentPools`.
    pub fn resource_type(&self) -> Option<String> {
        let block = self.block().filter(|_| self.level == Level::Resource)?;
        let types = (0..block.pairs).filter_map(|pair| self.segment(block.at + 2 + 2 * pair));
        Some(std::iter::once(self.segment(block.at + 1)?).chain(types).collect::<Vec<_>>().join("/"))
    }

    /// The last name in the path; none of the root.
    pub fn name(&self) -> Option<&str> {
        self.segments.last().map(String::as_str)
    }

    /// The scope right above; of a subscription and a management group only Azure knows.
    pub fn parent(&self) -> Option<Self> {
        let keep = match self.level {
            Level::Root | Level::ManagementGroup | Level::Subscription => return None,
            Level::ResourceGroup => 2,
            Level::Resource => match self.block()? {
                Block { at, pairs: 1 } => at,
                _ => self.segments.len() - 2,
            },
        };
        self.first(keep)
    }

    /// The managed cluster that it is or is in.
    pub fn cluster(&self) -> Option<Self> {
        let is = |at: usize, name: &str| self.segment(at).is_some_and(|segment| segment.eq_ignore_ascii_case(name));
        self.resource_group()?;
        if is(4, "providers") && is(5, CLUSTERS[0]) && is(6, CLUSTERS[1]) && self.segments.len() >= 8 { self.first(8) } else { None }
    }

    /// Whether it is a managed cluster, and nothing inside of one.
    pub fn is_cluster(&self) -> bool {
        self.segments.len() == 8 && self.cluster().is_some()
    }

    /// The Kubernetes namespace that it is.
    pub fn namespace(&self) -> Option<&str> {
        self.in_cluster("namespaces")
    }

    /// The node pool that it is, in ARM's form of it.
    pub fn node_pool(&self) -> Option<&str> {
        self.in_cluster("agentPools")
    }

    /// A scope right inside of it.
    pub fn child(&self, kind: &str, name: &str) -> Result<Self, String> {
        Self::parse(&format!("{}/{kind}/{name}", self.to_string().trim_end_matches('/')))
    }

    /// Whether it is the other scope or, as far as the paths show, above it. Which management groups a subscription is in does not show.
    pub fn covers(&self, other: &Self) -> bool {
        self.segments.len() <= other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|(one, other)| one.eq_ignore_ascii_case(other))
    }

    /// The same text for every spelling.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    fn in_cluster(&self, kind: &str) -> Option<&str> {
        self.cluster().filter(|_| self.segments.len() == 10)?;
        self.after(kind, 8)
    }

    fn segment(&self, at: usize) -> Option<&str> {
        self.segments.get(at).map(String::as_str)
    }

    /// The segment after the one at that place, if that one is `key`.
    fn after(&self, key: &str, at: usize) -> Option<&str> {
        self.segment(at).filter(|segment| segment.eq_ignore_ascii_case(key)).and_then(|_| self.segment(at + 1))
    }

    fn first(&self, keep: usize) -> Option<Self> {
        let segments = self.segments.get(..keep)?.to_vec();
        let level = if keep == 0 { Level::Root } else { level(&segments).ok()? };
        Some(Self { segments, level })
    }

    fn block(&self) -> Option<Block> {
        blocks(&self.segments).ok().flatten()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("/");
        }
        self.segments.iter().try_for_each(|segment| write!(f, "/{segment}"))
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len() && self.covers(other)
    }
}

impl Eq for Scope {}

fn is(segment: Option<&String>, name: &str) -> bool {
    segment.is_some_and(|segment| segment.eq_ignore_ascii_case(name))
}

fn level(segments: &[String]) -> Result<Level, String> {
    let mut level = if is(segments.first(), "subscriptions") {
        match segments.get(1) {
            Some(id) if is_uuid(id) => {}
            _ => return Err("after `/subscriptions/` the id of a subscription must follow, a UUID".to_owned()),
        }
        if is(segments.get(2), "resourceGroups") && segments.get(3).is_none() {
            return Err("after `/resourceGroups/` the name of a resource group must follow".to_owned());
        }
        if is(segments.get(2), "resourceGroups") { Level::ResourceGroup } else { Level::Subscription }
    } else if is(segments.first(), "providers") {
        Level::Root
    } else {
        return Err("it must begin with `/subscriptions/<id>` or `/providers/<namespace>`".to_owned());
    };
    if blocks(segments)?.is_some() {
        let group =
            is(segments.first(), "providers") && is(segments.get(1), "Microsoft.Management") && is(segments.get(2), "managementGroups");
        level = if group && segments.len() == 4 { Level::ManagementGroup } else { Level::Resource };
    }
    Ok(level)
}

/// The last block of a path that begins with a subscription, a resource group or a provider.
fn blocks(segments: &[String]) -> Result<Option<Block>, String> {
    let mut at = match (is(segments.first(), "subscriptions"), is(segments.get(2), "resourceGroups")) {
        (true, true) => 4,
        (true, false) => 2,
        _ => 0,
    };
    let mut last = None;
    while at < segments.len() {
        let begin = at;
        if !is(segments.get(at), "providers") || segments.get(at + 1).is_none() {
            return Err("a resource must be written as `/providers/<namespace>/<type>/<name>`".to_owned());
        }
        at += 2;
        let mut pairs = 0;
        while at < segments.len() && (pairs == 0 || !is(segments.get(at), "providers")) {
            let Some(name) = segments.get(at + 1) else {
                let kind = segments.get(at).map(String::as_str).unwrap_or_default();
                return Err(format!("after `/{kind}/` a name must follow"));
            };
            if name.eq_ignore_ascii_case("providers") && pairs == 0 {
                return Err("a resource must be written as `/providers/<namespace>/<type>/<name>`".to_owned());
            }
            at += 2;
            pairs += 1;
        }
        if pairs == 0 {
            return Err("a resource must be written as `/providers/<namespace>/<type>/<name>`".to_owned());
        }
        last = Some(Block { at: begin, pairs });
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    const SUBSCRIPTION: &str = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101";

    fn scope(path: &str) -> Scope {
        Scope::parse(path).unwrap()
    }

    fn cluster() -> String {
        format!("{SUBSCRIPTION}/resourceGroups/rg-aks/providers/Microsoft.ContainerService/managedClusters/prod")
    }

    #[test]
    fn every_kind_of_scope_is_known() {
        let rg = format!("{SUBSCRIPTION}/resourceGroups/rg-aks");
        let nodes = format!("{SUBSCRIPTION}/resourceGroups/MC_rg/providers/Microsoft.Compute/virtualMachineScaleSets/aks-np1");
        let cases = [
            ("/".to_owned(), Level::Root, None),
            ("/providers/Microsoft.Management/managementGroups/mg1".to_owned(), Level::ManagementGroup, None),
            (SUBSCRIPTION.to_owned(), Level::Subscription, None),
            (rg.clone(), Level::ResourceGroup, Some(SUBSCRIPTION.to_owned())),
            (cluster(), Level::Resource, Some(rg.clone())),
            (format!("{}/namespaces/payments", cluster()), Level::Resource, Some(cluster())),
            (format!("{}/agentPools/np1", cluster()), Level::Resource, Some(cluster())),
            (nodes.clone(), Level::Resource, Some(format!("{SUBSCRIPTION}/resourceGroups/MC_rg"))),
            (format!("{nodes}/providers/Microsoft.Maintenance/configurationAssignments/x"), Level::Resource, Some(nodes)),
            ("/providers/Microsoft.Capacity/reservationOrders/x".to_owned(), Level::Resource, Some("/".to_owned())),
        ];
        for (path, level, parent) in cases {
            let parsed = scope(&path);
            assert_eq!((parsed.level(), parsed.to_string()), (level, path.clone()));
            assert_eq!(parsed.parent().map(|parent| parent.to_string()), parent, "{path}");
        }
    }

    #[test]
    fn a_scope_has_parts() {
        let namespace = scope(&format!("{}/namespaces/payments", cluster()));
        assert_eq!(namespace.subscription_id(), Some("6b085460-5f21-477e-ba44-1035046e9101"));
        assert_eq!(
            (namespace.resource_group(), namespace.name(), namespace.namespace()),
            (Some("rg-aks"), Some("payments"), Some("payments"))
        );
        assert_eq!(namespace.cluster().unwrap().to_string(), cluster());
        assert_eq!(namespace.resource_type().as_deref(), Some("Microsoft.ContainerService/managedClusters/namespaces"));
        assert!(!namespace.is_cluster() && scope(&cluster()).is_cluster());
        let pool = scope(&format!("{}/AGENTPOOLS/np1", cluster()));
        assert_eq!((pool.node_pool(), pool.namespace()), (Some("np1"), None));
        // As the article writes it; ARM's type is another, so this is a scope of its own.
        let raw = scope(&format!("{}/nodepools/np1", cluster()));
        assert_eq!((raw.node_pool(), raw.cluster().is_some()), (None, true));
        assert_eq!(scope("/providers/Microsoft.Management/managementGroups/mg1").management_group(), Some("mg1"));
    }

    #[test]
    fn case_and_a_slash_at_the_end_mean_nothing() {
        let upper = scope(&format!("{}/", cluster().to_uppercase().replace("SUBSCRIPTIONS", "subscriptions")));
        assert_eq!(upper, scope(&cluster()));
        assert_eq!(upper.key(), scope(&cluster()).key());
        assert!(upper.is_cluster());
        assert_ne!(scope(SUBSCRIPTION), scope(&cluster()));
    }

    #[test]
    fn what_is_above_covers_what_is_below() {
        assert!(scope("/").covers(&scope(SUBSCRIPTION)));
        assert!(scope(SUBSCRIPTION).covers(&scope(&cluster())) && scope(&cluster()).covers(&scope(&cluster())));
        assert!(!scope(&cluster()).covers(&scope(SUBSCRIPTION)));
        assert!(!scope(&cluster()).covers(&scope(&format!("{}x", cluster()))));
    }

    #[test]
    fn invalid_scopes_are_refused_with_a_reason() {
        for (wrong, why) in [
            ("", "begin with a slash"),
            ("subscriptions/x", "begin with a slash"),
            ("/subscriptions", "a UUID"),
            ("/subscriptions/prod", "a UUID"),
            (&format!("{SUBSCRIPTION}/resourceGroups"), "name of a resource group"),
            (&format!("{SUBSCRIPTION}//x"), "empty"),
            (&format!("{SUBSCRIPTION}/rg-aks"), "/providers/<namespace>"),
            (&format!("{SUBSCRIPTION}/resourceGroups/rg/../x"), "no name"),
            (&format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService"), "<type>/<name>"),
            (&format!("{}/namespaces", cluster()), "after `/namespaces/` a name must follow"),
            ("/resourceGroups/x", "begin with `/subscriptions/<id>`"),
        ] {
            let refused = Scope::parse(wrong).unwrap_err();
            assert!(refused.contains(why), "{wrong}: {refused}");
        }
    }
}

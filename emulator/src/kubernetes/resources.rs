//! The table of resources that the clusters serve.

use super::columns::{self, Column};

/// A type of object.
#[derive(Debug)]
pub struct Resource {
    /// API group; empty for the core.
    pub group: &'static str,
    /// Plural name.
    pub name: &'static str,
    /// Singular name.
    pub singular: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Whether objects are in a namespace.
    pub namespaced: bool,
    /// Other names that `kubectl` knows it by.
    pub short: &'static [&'static str],
    /// Columns of its tables, after the name.
    pub columns: &'static [Column],
}

impl Resource {
    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".into() } else { format!("{}/v1", self.group) }
    }
}

/// The table.
pub static RESOURCES: &[Resource] = &[
    core("namespaces", "namespace", "Namespace", false, &["ns"], columns::NAMESPACE),
    core("nodes", "node", "Node", false, &["no"], columns::NODE),
    core("pods", "pod", "Pod", true, &["po"], columns::POD),
    core("secrets", "secret", "Secret", true, &[], columns::SECRET),
    core("configmaps", "configmap", "ConfigMap", true, &["cm"], columns::CONFIG_MAP),
    Resource {
        group: "apps",
        name: "deployments",
        singular: "deployment",
        kind: "Deployment",
        namespaced: true,
        short: &["deploy"],
        columns: columns::DEPLOYMENT,
    },
];

const fn core(
    name: &'static str,
    singular: &'static str,
    kind: &'static str,
    namespaced: bool,
    short: &'static [&'static str],
    columns: &'static [Column],
) -> Resource {
    Resource { group: "", name, singular, kind, namespaced, short, columns }
}

/// A resource by group and plural name.
pub fn find(group: &str, name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.group == group && resource.name == name)
}

//! The table of resources that the clusters serve.

use super::{
    columns::{self, Column},
    rbac,
};

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
    /// Whether `kubectl get all` lists it.
    pub in_all: bool,
    /// Whether objects can be created, changed and deleted here.
    pub writable: bool,
    /// Columns of its tables, after the name.
    pub columns: &'static [Column],
    /// A sentence about it.
    pub description: &'static str,
    /// Its members besides `apiVersion`, `kind` and `metadata`: name, type and a sentence.
    pub fields: &'static [(&'static str, &'static str, &'static str)],
}

impl Resource {
    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".into() } else { format!("{}/v1", self.group) }
    }

    /// The verbs that discovery names.
    pub fn verbs(&self) -> &'static [&'static str] {
        if self.writable { &["create", "delete", "get", "list", "patch", "update", "watch"] } else { &["get", "list", "watch"] }
    }

    const fn short(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }

    const fn in_all(mut self) -> Self {
        self.in_all = true;
        self
    }

    const fn writable(mut self) -> Self {
        self.writable = true;
        self
    }

    const fn cluster_wide(mut self) -> Self {
        self.namespaced = false;
        self
    }

    const fn describe(mut self, description: &'static str, fields: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        self.description = description;
        self.fields = fields;
        self
    }
}

const SPEC_AND_STATUS: &[(&str, &str, &str)] =
    &[("spec", "object", "The desired state."), ("status", "object", "The observed state, which the system reports.")];
const RULES: &[(&str, &str, &str)] = &[("rules", "array", "The permissions that the role contains.")];
const BINDING: &[(&str, &str, &str)] = &[
    ("roleRef", "object", "The role to which the binding refers. It cannot be changed."),
    ("subjects", "array", "Users, groups and service accounts that get the role."),
];

/// The table.
pub static RESOURCES: &[Resource] = &[
    resource("", "namespaces", "namespace", "Namespace", columns::NAMESPACE)
        .cluster_wide()
        .writable()
        .short(&["ns"])
        .describe("A scope for names of other objects.", SPEC_AND_STATUS),
    resource("", "nodes", "node", "Node", columns::NODE)
        .cluster_wide()
        .short(&["no"])
        .describe("A machine of the cluster.", SPEC_AND_STATUS),
    resource("", "pods", "pod", "Pod", columns::POD)
        .in_all()
        .short(&["po"])
        .describe("A group of containers that run together on one node.", SPEC_AND_STATUS),
    resource("", "services", "service", "Service", columns::SERVICE)
        .in_all()
        .short(&["svc"])
        .describe("A stable address for a set of pods.", SPEC_AND_STATUS),
    resource("", "serviceaccounts", "serviceaccount", "ServiceAccount", columns::SERVICE_ACCOUNT)
        .writable()
        .short(&["sa"])
        .describe("An identity for processes in pods.", &[("secrets", "array", "Secrets that pods with this identity may use.")]),
    resource("", "secrets", "secret", "Secret", columns::SECRET).describe(
        "Confidential data.",
        &[("data", "object", "The data, each value encoded in Base64."), ("type", "string", "The purpose of the data.")],
    ),
    resource("", "configmaps", "configmap", "ConfigMap", columns::CONFIG_MAP)
        .short(&["cm"])
        .describe("Configuration data.", &[("data", "object", "The data.")]),
    resource("", "events", "event", "Event", columns::EVENT).short(&["ev"]).describe(
        "A report of something that happened in the cluster.",
        &[
            ("count", "integer", "How often it happened."),
            ("eventTime", "string", "When it was first observed."),
            ("firstTimestamp", "string", "When it was first recorded."),
            ("involvedObject", "object", "The object that the event is about."),
            ("lastTimestamp", "string", "When it was last recorded."),
            ("reportingComponent", "string", "The controller that reported it."),
            ("reportingInstance", "string", "The instance of that controller."),
            ("source", "object", "The component that reported it."),
            ("message", "string", "A description for people."),
            ("reason", "string", "A short name of the cause."),
            ("type", "string", "Normal or Warning."),
        ],
    ),
    resource("apps", "deployments", "deployment", "Deployment", columns::DEPLOYMENT)
        .in_all()
        .short(&["deploy"])
        .describe("Keeps a number of equal pods running, and replaces them when their template changes.", SPEC_AND_STATUS),
    resource("apps", "daemonsets", "daemonset", "DaemonSet", columns::DAEMON_SET)
        .in_all()
        .short(&["ds"])
        .describe("Keeps a pod running on every node.", SPEC_AND_STATUS),
    resource("apps", "replicasets", "replicaset", "ReplicaSet", columns::REPLICA_SET)
        .in_all()
        .short(&["rs"])
        .describe("Keeps a number of equal pods running.", SPEC_AND_STATUS),
    resource(rbac::GROUP, "roles", "role", "Role", columns::CREATED).writable().describe("Permissions in a namespace.", RULES),
    resource(rbac::GROUP, "rolebindings", "rolebinding", "RoleBinding", columns::BINDING)
        .writable()
        .describe("Gives the permissions of a role in a namespace to users, groups and service accounts.", BINDING),
    resource(rbac::GROUP, "clusterroles", "clusterrole", "ClusterRole", columns::CREATED)
        .cluster_wide()
        .writable()
        .describe("Permissions in the whole cluster, or in the namespaces of bindings that refer to it.", RULES),
    resource(rbac::GROUP, "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", columns::BINDING)
        .cluster_wide()
        .writable()
        .describe("Gives the permissions of a cluster role in the whole cluster to users, groups and service accounts.", BINDING),
];

const fn resource(
    group: &'static str,
    name: &'static str,
    singular: &'static str,
    kind: &'static str,
    columns: &'static [Column],
) -> Resource {
    Resource {
        group,
        name,
        singular,
        kind,
        namespaced: true,
        short: &[],
        in_all: false,
        writable: false,
        columns,
        description: "",
        fields: &[],
    }
}

/// A resource by group and plural name.
pub fn find(group: &str, name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.group == group && resource.name == name)
}

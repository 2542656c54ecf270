//! The objects of a fresh cluster, made from its row: what the articles about access to clusters show.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    RESOURCE_VERSION, ServedCluster,
    authenticate::{SYSTEM_AUTHENTICATED, SYSTEM_MASTERS},
    rbac,
    resources::Resource,
    storage,
};
use crate::clock::seconds;

const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// Pods of `kube-system`: name, containers, label `k8s-app`.
const PODS: &[(&str, usize, &str)] = &[
    ("azure-ip-masq-agent-2rdd9", 1, "azure-ip-masq-agent"),
    ("azure-policy-767c9d9d9d-886rf", 1, "azure-policy"),
    ("cloud-node-manager-92t6h", 1, "cloud-node-manager"),
    ("coredns-789789675-b2dhg", 1, "kube-dns"),
    ("coredns-autoscaler-77bbc46446-pgt92", 1, "coredns-autoscaler"),
    ("csi-azuredisk-node-lnzrf", 3, "csi-azuredisk-node"),
    ("csi-azurefile-node-lhbxr", 3, "csi-azurefile-node"),
    ("konnectivity-agent-7645d94b-9wqct", 1, "konnectivity-agent"),
    ("kube-proxy-lkx4w", 1, "kube-proxy"),
    ("metrics-server-5955767688-lpbjb", 2, "metrics-server"),
];

/// Secrets of `kube-system`: name, type, entries.
const SECRETS: &[(&str, &str, &[&str])] = &[
    (
        "bootstrap-token-sw3rck",
        "bootstrap.kubernetes.io/token",
        &["expiration", "token-id", "token-secret", "usage-bootstrap-authentication"],
    ),
    ("konnectivity-certs", "Opaque", &["ca.crt", "client.crt", "client.key"]),
];

/// Config maps: namespace, name, entries.
const CONFIG_MAPS: &[(&str, &str, &[&str])] = &[
    ("default", "kube-root-ca.crt", &["ca.crt"]),
    ("kube-node-lease", "kube-root-ca.crt", &["ca.crt"]),
    ("kube-public", "kube-root-ca.crt", &["ca.crt"]),
    ("kube-system", "coredns", &["Corefile"]),
    ("kube-system", "coredns-autoscaler", &["ladder"]),
    ("kube-system", "extension-apiserver-authentication", &["client-ca-file", "requestheader-client-ca-file"]),
    ("kube-system", "kube-root-ca.crt", &["ca.crt"]),
];

/// Deployments of `kube-system`: name, replicas.
const DEPLOYMENTS: &[(&str, u32)] =
    &[("azure-policy", 1), ("coredns", 1), ("coredns-autoscaler", 1), ("konnectivity-agent", 1), ("metrics-server", 1)];

/// Daemon sets of `kube-system`.
const DAEMON_SETS: &[&str] = &["azure-ip-masq-agent", "cloud-node-manager", "csi-azuredisk-node", "csi-azurefile-node", "kube-proxy"];

/// A service: namespace, name, address, ports with their protocol, label of its pods.
type ServiceRow = (&'static str, &'static str, &'static str, &'static [(u16, &'static str)], &'static str);

const SERVICES: &[ServiceRow] = &[
    ("default", "kubernetes", "10.0.0.1", &[(443, "TCP")], ""),
    ("kube-system", "azure-policy-webhook-service", "10.0.94.12", &[(443, "TCP")], "azure-policy"),
    ("kube-system", "kube-dns", "10.0.0.10", &[(53, "UDP"), (53, "TCP")], "kube-dns"),
    ("kube-system", "metrics-server", "10.0.157.97", &[(443, "TCP")], "metrics-server"),
];

/// Cluster roles of every cluster, shortened: name and rules (kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings).
static CLUSTER_ROLES: LazyLock<Vec<Value>> = LazyLock::new(|| serde_json::from_str(include_str!("cluster_roles.json")).unwrap_or_default());

/// All objects of a resource: those of a fresh cluster, as they were changed, and those that were created.
pub fn of(served: &ServedCluster<'_>, resource: &Resource) -> Vec<Value> {
    let cluster = Cluster::of(served);
    storage::merged(served, resource, fresh(&cluster, resource))
}

fn fresh(cluster: &Cluster<'_>, resource: &Resource) -> Vec<Value> {
    match resource.name {
        "namespaces" => NAMESPACES.iter().map(|name| cluster.namespace(name)).collect(),
        "nodes" => cluster.nodes(),
        "pods" => PODS.iter().enumerate().map(|(number, pod)| cluster.pod(number, pod)).collect(),
        "secrets" => SECRETS.iter().map(|secret| cluster.secret(secret)).collect(),
        "configmaps" => CONFIG_MAPS.iter().map(|map| cluster.config_map(map)).collect(),
        "deployments" => DEPLOYMENTS.iter().map(|(name, replicas)| cluster.deployment("Deployment", name, name, *replicas)).collect(),
        "replicasets" => DEPLOYMENTS
            .iter()
            .map(|(name, replicas)| cluster.deployment("ReplicaSet", &format!("{name}-{}", cluster.hash(name)), name, *replicas))
            .collect(),
        "daemonsets" => DAEMON_SETS.iter().map(|name| cluster.daemon_set(name)).collect(),
        "services" => SERVICES.iter().map(|service| cluster.service(service)).collect(),
        "serviceaccounts" => cluster.service_accounts(),
        "events" => cluster.events(),
        "clusterroles" => CLUSTER_ROLES.iter().map(|role| cluster.cluster_role(role)).collect(),
        "clusterrolebindings" => cluster.cluster_role_bindings(),
        _ => Vec::new(),
    }
}

/// The cluster from which the objects are made.
struct Cluster<'a> {
    id: &'a str,
    version: &'a str,
    pools: &'a [Value],
    made: String,
    authority: &'a str,
    /// Object ids of the groups of administrators.
    admin_groups: &'a [Value],
}

impl<'a> Cluster<'a> {
    fn of(served: &'a ServedCluster<'_>) -> Self {
        let row = &served.row;
        let inner = row.get("properties");
        let text = |value: Option<&'a Value>| value.and_then(Value::as_str).unwrap_or_default();
        let made = row.get("$createdAt").and_then(Value::as_str);
        let made: Option<Timestamp> = made.and_then(|text| text.parse().ok());
        let admin_groups = inner.and_then(|inner| inner.get("aadProfile")?.get("adminGroupObjectIDs")?.as_array());
        let pools = inner.and_then(|inner| inner.get("agentPoolProfiles")).and_then(Value::as_array);
        Self {
            id: text(row.get("id")),
            version: text(inner.and_then(|inner| inner.get("currentKubernetesVersion"))),
            pools: pools.map(Vec::as_slice).unwrap_or_default(),
            made: seconds(made.unwrap_or(served.now)),
            authority: &served.clusters.authority,
            admin_groups: admin_groups.map(Vec::as_slice).unwrap_or_default(),
        }
    }

    fn uid(&self, kind: &str, name: &str) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}/{kind}/{name}", self.id).as_bytes())
    }

    /// The part of a replica set's name that comes from its template.
    fn hash(&self, name: &str) -> String {
        self.uid("template", name).simple().to_string().chars().take(9).collect()
    }

    fn metadata(&self, kind: &str, namespace: Option<&str>, name: &str, labels: Value) -> Value {
        let uid = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}/{kind}/{}/{name}", self.id, namespace.unwrap_or_default()).as_bytes());
        let mut out = json!({"name": name, "uid": uid.to_string(), "resourceVersion": RESOURCE_VERSION, "creationTimestamp": self.made, "labels": labels});
        if let (Some(out), Some(namespace)) = (out.as_object_mut(), namespace) {
            out.insert("namespace".into(), json!(namespace));
        }
        out
    }

    fn namespace(&self, name: &str) -> Value {
        json!({
            "metadata": self.metadata("Namespace", None, name, json!({"kubernetes.io/metadata.name": name})),
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        })
    }

    fn nodes(&self) -> Vec<Value> {
        let pools = self.pools.iter().flat_map(|pool| {
            let name = pool.get("name").and_then(Value::as_str).unwrap_or_default();
            (0..pool.get("count").and_then(Value::as_u64).unwrap_or_default()).map(move |number| (name, number))
        });
        pools.enumerate().map(|(index, (pool, number))| self.node(pool, number, index)).collect()
    }

    fn node_name(&self, pool: &str, number: u64) -> String {
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_URL, self.id.to_lowercase().as_bytes()).as_u128() % 100_000_000;
        format!("aks-{pool}-{hash:08}-vmss{number:06}")
    }

    fn node(&self, pool: &str, number: u64, index: usize) -> Value {
        let name = self.node_name(pool, number);
        let labels =
            json!({"agentpool": pool, "kubernetes.azure.com/agentpool": pool, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"});
        json!({
            "metadata": self.metadata("Node", None, &name, labels),
            "spec": {"providerID": format!("azure://{}", self.id)},
            "status": {
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}],
                "addresses": [{"type": "InternalIP", "address": format!("10.224.0.{}", index + 4)}, {"type": "Hostname", "address": name}],
                "nodeInfo": {
                    "kubeletVersion": format!("v{}", self.version), "osImage": "Ubuntu 22.04.5 LTS", "kernelVersion": "5.15.0-1092-azure",
                    "containerRuntimeVersion": "containerd://1.7.28-1", "architecture": "amd64", "operatingSystem": "linux",
                    "kubeProxyVersion": format!("v{}", self.version), "machineID": self.uid("machine", &name).simple().to_string(),
                    "systemUUID": self.uid("system", &name).to_string(), "bootID": self.uid("boot", &name).to_string(),
                },
            },
        })
    }

    fn pod(&self, number: usize, (name, containers, label): &(&str, usize, &str)) -> Value {
        let pool = self.pools.first().and_then(|pool| pool.get("name")).and_then(Value::as_str).unwrap_or_default();
        let names = (0..*containers).map(|index| if index == 0 { (*label).to_owned() } else { format!("{label}-{index}") });
        let image = format!("mcr.microsoft.com/oss/kubernetes/{label}");
        let (mut specs, mut statuses) = (Vec::new(), Vec::new());
        for container in names {
            specs.push(json!({"name": container, "image": image}));
            statuses.push(json!({
                "name": container, "image": image, "imageID": "", "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": self.made}}, "lastState": {},
            }));
        }
        json!({
            "metadata": self.metadata("Pod", Some("kube-system"), name, json!({"k8s-app": label})),
            "spec": {"containers": specs, "nodeName": self.node_name(pool, 0), "restartPolicy": "Always"},
            "status": {
                "phase": "Running", "podIP": format!("10.244.0.{}", number + 10), "startTime": self.made, "containerStatuses": statuses,
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        })
    }

    /// Their contents are nobody's secrets.
    fn secret(&self, (name, kind, entries): &(&str, &str, &[&str])) -> Value {
        let data: serde_json::Map<String, Value> = entries.iter().map(|entry| ((*entry).to_owned(), json!("bm90IGEgc2VjcmV0"))).collect();
        json!({"metadata": self.metadata("Secret", Some("kube-system"), name, json!({})), "type": kind, "data": data})
    }

    fn config_map(&self, (namespace, name, entries): &(&str, &str, &[&str])) -> Value {
        let content = |entry: &str| if entry.starts_with("ca") || entry.contains("client-ca") { self.authority } else { "{}" };
        let data: serde_json::Map<String, Value> = entries.iter().map(|entry| ((*entry).to_owned(), json!(content(entry)))).collect();
        json!({"metadata": self.metadata("ConfigMap", Some(namespace), name, json!({})), "data": data})
    }

    /// A deployment, or a replica set, which has the same form.
    fn deployment(&self, kind: &str, name: &str, label: &str, replicas: u32) -> Value {
        let labels = json!({"k8s-app": label});
        let mut out = json!({
            "metadata": self.metadata(kind, Some("kube-system"), name, labels.clone()),
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": self.template(label)},
            "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
        });
        if kind == "Deployment" {
            out["status"]["updatedReplicas"] = json!(replicas);
        }
        out
    }

    fn template(&self, label: &str) -> Value {
        json!({"metadata": {"labels": {"k8s-app": label}},
               "spec": {"containers": [{"name": label, "image": format!("mcr.microsoft.com/oss/kubernetes/{label}")}]}})
    }

    fn daemon_set(&self, name: &str) -> Value {
        let labels = json!({"k8s-app": name});
        let count = self.nodes().len();
        json!({
            "metadata": self.metadata("DaemonSet", Some("kube-system"), name, labels.clone()),
            "spec": {"selector": {"matchLabels": labels}, "template": self.template(name)},
            "status": {
                "currentNumberScheduled": count, "desiredNumberScheduled": count, "numberMisscheduled": 0, "numberReady": count,
                "updatedNumberScheduled": count, "numberAvailable": count,
            },
        })
    }

    fn service(&self, (namespace, name, address, ports, label): &ServiceRow) -> Value {
        let ports: Vec<Value> =
            ports.iter().map(|(port, protocol)| json!({"name": format!("{port}-{}", protocol.to_lowercase()), "port": port, "protocol": protocol, "targetPort": port})).collect();
        let mut out = json!({
            "metadata": self.metadata("Service", Some(namespace), name, json!({})),
            "spec": {"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "ports": ports, "sessionAffinity": "None"},
            "status": {"loadBalancer": {}},
        });
        if !label.is_empty() {
            out["spec"]["selector"] = json!({"k8s-app": label});
        }
        out
    }

    fn service_accounts(&self) -> Vec<Value> {
        let workloads = DEPLOYMENTS.iter().map(|(name, _)| *name).chain(DAEMON_SETS.iter().copied()).map(|name| ("kube-system", name));
        let defaults = NAMESPACES.iter().map(|namespace| (*namespace, "default"));
        let account =
            |(namespace, name): (&str, &str)| json!({"metadata": self.metadata("ServiceAccount", Some(namespace), name, json!({}))});
        defaults.chain(workloads).map(account).collect()
    }

    /// One event of each node, of the time at which the cluster was created.
    fn events(&self) -> Vec<Value> {
        let event = |node: Value| {
            let name = node.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
            json!({
                "metadata": self.metadata("Event", Some("default"), &format!("{name}.{}", self.hash(&name)), json!({})),
                "involvedObject": {"kind": "Node", "name": name, "uid": name},
                "reason": "Starting", "message": "Starting kubelet.", "type": "Normal", "count": 1,
                "source": {"component": "kubelet", "host": name},
                "firstTimestamp": self.made, "lastTimestamp": self.made, "eventTime": null,
                "reportingComponent": "kubelet", "reportingInstance": name,
            })
        };
        self.nodes().into_iter().map(event).collect()
    }

    fn cluster_role(&self, role: &Value) -> Value {
        let name = role.get("name").and_then(Value::as_str).unwrap_or_default();
        let labels = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        json!({"metadata": self.metadata("ClusterRole", None, name, labels), "rules": role.get("rules")})
    }

    /// The bindings of every cluster, and that of the groups of administrators. Unverified: the name of the last one.
    fn cluster_role_bindings(&self) -> Vec<Value> {
        let binding = |name: &str, role: &str, groups: Vec<Value>| {
            let subjects: Vec<Value> =
                groups.into_iter().map(|group| json!({"kind": "Group", "apiGroup": rbac::GROUP, "name": group})).collect();
            json!({
                "metadata": self.metadata("ClusterRoleBinding", None, name, json!({})),
                "roleRef": {"apiGroup": rbac::GROUP, "kind": "ClusterRole", "name": role},
                "subjects": subjects,
            })
        };
        let mut out = vec![
            binding("cluster-admin", "cluster-admin", vec![json!(SYSTEM_MASTERS)]),
            binding("system:basic-user", "system:basic-user", vec![json!(SYSTEM_AUTHENTICATED)]),
            binding("system:discovery", "system:discovery", vec![json!(SYSTEM_AUTHENTICATED)]),
        ];
        if !self.admin_groups.is_empty() {
            let groups = self.admin_groups.iter().filter_map(Value::as_str).map(|id| json!(id.to_lowercase())).collect();
            out.push(binding("aks-cluster-admin-binding-aad", "cluster-admin", groups));
        }
        out
    }
}

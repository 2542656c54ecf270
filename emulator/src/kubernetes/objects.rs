//! The objects of a fresh cluster, made from its row: what the articles about access to clusters show.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Context, RESOURCE_VERSION, resources::Resource};
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

/// All objects of a resource.
pub fn of(context: &Context<'_>, resource: &Resource) -> Vec<Value> {
    let cluster = Cluster::of(context);
    match resource.name {
        "namespaces" => NAMESPACES.iter().map(|name| cluster.namespace(name)).collect(),
        "nodes" => cluster.nodes(),
        "pods" => PODS.iter().enumerate().map(|(number, pod)| cluster.pod(number, pod)).collect(),
        "secrets" => SECRETS.iter().map(|secret| cluster.secret(secret)).collect(),
        "configmaps" => CONFIG_MAPS.iter().map(|map| cluster.config_map(map)).collect(),
        "deployments" => DEPLOYMENTS.iter().map(|(name, replicas)| cluster.deployment(name, *replicas)).collect(),
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
}

impl<'a> Cluster<'a> {
    fn of(context: &'a Context<'_>) -> Self {
        let row = &context.cluster;
        let inner = row.get("properties");
        let text = |value: Option<&'a Value>| value.and_then(Value::as_str).unwrap_or_default();
        let made = row.get("systemData").and_then(|data| data.get("createdAt")).and_then(Value::as_str);
        let made: Option<Timestamp> = made.and_then(|text| text.parse().ok());
        let pools = inner.and_then(|inner| inner.get("agentPoolProfiles")).and_then(Value::as_array);
        Self {
            id: text(row.get("id")),
            version: text(inner.and_then(|inner| inner.get("currentKubernetesVersion"))),
            pools: pools.map(Vec::as_slice).unwrap_or_default(),
            made: seconds(made.unwrap_or(context.now)),
            authority: &context.clusters.authority,
        }
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

    fn deployment(&self, name: &str, replicas: u32) -> Value {
        let labels = json!({"k8s-app": name});
        json!({
            "metadata": self.metadata("Deployment", Some("kube-system"), name, labels.clone()),
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels},
                             "spec": {"containers": [{"name": name, "image": format!("mcr.microsoft.com/oss/kubernetes/{name}")}]}},
            },
            "status": {"replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
        })
    }
}

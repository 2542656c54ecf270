//! The columns of the tables that `kubectl` prints.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its heading, which `kubectl` prints in capitals.
    pub name: &'static str,
    /// `string` or `integer`.
    pub kind: &'static str,
    /// 0 for those that are always printed.
    pub priority: u8,
    /// The cell for an object.
    pub cell: fn(&Value, Timestamp) -> Value,
}

const fn text(name: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Column {
    Column { name, kind: "string", priority: 0, cell }
}

const fn number(name: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Column {
    Column { name, kind: "integer", priority: 0, cell }
}

const fn wide(name: &'static str, cell: fn(&Value, Timestamp) -> Value) -> Column {
    Column { name, kind: "string", priority: 1, cell }
}

/// Namespaces.
pub const NAMESPACE: &[Column] = &[text("Status", |one, _| at(one, "/status/phase")), text("Age", age)];

/// Nodes.
pub const NODE: &[Column] = &[
    text("Status", |_, _| json!("Ready")),
    text("Roles", |_, _| json!("<none>")),
    text("Age", age),
    text("Version", |one, _| at(one, "/status/nodeInfo/kubeletVersion")),
    wide("Internal-IP", |one, _| at(one, "/status/addresses/0/address")),
    wide("External-IP", |_, _| json!("<none>")),
    wide("OS-Image", |one, _| at(one, "/status/nodeInfo/osImage")),
    wide("Kernel-Version", |one, _| at(one, "/status/nodeInfo/kernelVersion")),
    wide("Container-Runtime", |one, _| at(one, "/status/nodeInfo/containerRuntimeVersion")),
];

/// Pods.
pub const POD: &[Column] = &[
    text("Ready", |one, _| {
        let containers = one.pointer("/status/containerStatuses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ready = containers.iter().filter(|container| container.get("ready") == Some(&json!(true))).count();
        json!(format!("{ready}/{}", containers.len()))
    }),
    text("Status", |one, _| at(one, "/status/phase")),
    text("Restarts", |one, _| {
        let containers = one.pointer("/status/containerStatuses").and_then(Value::as_array);
        json!(containers.into_iter().flatten().filter_map(|one| one.get("restartCount")?.as_u64()).sum::<u64>().to_string())
    }),
    text("Age", age),
    wide("IP", |one, _| at(one, "/status/podIP")),
    wide("Node", |one, _| at(one, "/spec/nodeName")),
    wide("Nominated Node", |_, _| json!("<none>")),
    wide("Readiness Gates", |_, _| json!("<none>")),
];

/// Secrets.
pub const SECRET: &[Column] = &[text("Type", |one, _| at(one, "/type")), number("Data", entries), text("Age", age)];

/// Config maps.
pub const CONFIG_MAP: &[Column] = &[number("Data", entries), text("Age", age)];

/// Deployments.
pub const DEPLOYMENT: &[Column] = &[
    text("Ready", |one, _| {
        let count = |pointer: &str| one.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
        json!(format!("{}/{}", count("/status/readyReplicas"), count("/spec/replicas")))
    }),
    number("Up-to-date", |one, _| at(one, "/status/updatedReplicas")),
    number("Available", |one, _| at(one, "/status/availableReplicas")),
    text("Age", age),
];

/// Daemon sets.
pub const DAEMON_SET: &[Column] = &[
    number("Desired", |one, _| at(one, "/status/desiredNumberScheduled")),
    number("Current", |one, _| at(one, "/status/currentNumberScheduled")),
    number("Ready", |one, _| at(one, "/status/numberReady")),
    number("Up-to-date", |one, _| at(one, "/status/updatedNumberScheduled")),
    number("Available", |one, _| at(one, "/status/numberAvailable")),
    text("Node Selector", |_, _| json!("<none>")),
    text("Age", age),
];

/// Replica sets.
pub const REPLICA_SET: &[Column] = &[
    number("Desired", |one, _| at(one, "/spec/replicas")),
    number("Current", |one, _| at(one, "/status/replicas")),
    number("Ready", |one, _| at(one, "/status/readyReplicas")),
    text("Age", age),
];

/// Services.
pub const SERVICE: &[Column] = &[
    text("Type", |one, _| at(one, "/spec/type")),
    text("Cluster-IP", |one, _| at(one, "/spec/clusterIP")),
    text("External-IP", |_, _| json!("<none>")),
    text("Port(s)", |one, _| {
        let ports = one.pointer("/spec/ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ports = ports.iter().map(|port| format!("{}/{}", port["port"], port["protocol"].as_str().unwrap_or("TCP")));
        json!(ports.collect::<Vec<_>>().join(","))
    }),
    text("Age", age),
];

/// Service accounts.
pub const SERVICE_ACCOUNT: &[Column] =
    &[number("Secrets", |one, _| json!(one.get("secrets").and_then(Value::as_array).map_or(0, Vec::len))), text("Age", age)];

/// Events.
pub const EVENT: &[Column] = &[
    text("Last Seen", |one, now| since(one, "/lastTimestamp", now)),
    text("Type", |one, _| at(one, "/type")),
    text("Reason", |one, _| at(one, "/reason")),
    text("Object", |one, _| {
        let part = |name: &str| one.pointer(&format!("/involvedObject/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
        json!(format!("{}/{}", part("kind").to_lowercase(), part("name")))
    }),
    text("Message", |one, _| at(one, "/message")),
];

/// Roles.
pub const CREATED: &[Column] = &[text("Created At", |one, _| at(one, "/metadata/creationTimestamp"))];

/// Bindings of roles.
pub const BINDING: &[Column] = &[
    text("Role", |one, _| {
        let part = |name: &str| one.pointer(&format!("/roleRef/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
        json!(format!("{}/{}", part("kind"), part("name")))
    }),
    text("Age", age),
];

fn at(object: &Value, pointer: &str) -> Value {
    object.pointer(pointer).cloned().unwrap_or_default()
}

fn entries(object: &Value, _: Timestamp) -> Value {
    json!(object.get("data").and_then(Value::as_object).map_or(0, serde_json::Map::len))
}

fn age(object: &Value, now: Timestamp) -> Value {
    since(object, "/metadata/creationTimestamp", now)
}

fn since(object: &Value, pointer: &str, now: Timestamp) -> Value {
    let made = object.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    made.map_or_else(|| json!("<unknown>"), |made| json!(format_duration(now.duration_since(made))))
}

/// A duration as `kubectl` writes it: precise when it is short, coarse when it is long.
fn format_duration(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, part: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{part}") }
    };
    let limits: [(i64, &dyn Fn() -> String); 7] = [
        (120, &|| format!("{seconds}s")),
        (600, &|| two(minutes, "m", seconds % 60, "s")),
        (10_800, &|| format!("{minutes}m")),
        (28_800, &|| two(hours, "h", minutes % 60, "m")),
        (172_800, &|| format!("{hours}h")),
        (691_200, &|| two(days, "d", hours % 24, "h")),
        (63_072_000, &|| format!("{days}d")),
    ];
    let written = limits.iter().find(|(limit, _)| seconds < *limit).map(|(_, write)| write());
    written.unwrap_or_else(|| two(days / 365, "y", days % 365, "d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_kubectl_does() {
        for (seconds, written) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (3_600, "60m"),
            (3 * 3600 + 120, "3h2m"),
            (30 * 3600, "30h"),
            (3 * 86_400, "3d"),
            (3 * 86_400 + 7200, "3d2h"),
            (40 * 86_400, "40d"),
        ] {
            assert_eq!(format_duration(SignedDuration::from_secs(seconds)), written);
        }
    }
}

//! Kubeconfigs of a cluster, for users who sign in with Entra and for its local accounts.

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{addressed, shape::invalid};
use crate::{
    arm::request::{
        context::{Context, Outcome},
        error::ArmError,
    },
    caller::KUBERNETES_APP,
    identity::KUBERNETES_CLIENT,
    store::Row,
    tenant::ids,
};

/// The credential of users. Where the cluster has no Entra integration it is that of its local account.
pub fn user(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    if !is_integrated(&row) {
        return static_credential(context, &row, "clusterUser");
    }
    let format = context.request.option("format").unwrap_or_else(|| "exec".into());
    let user = match format.as_str() {
        "exec" => exec(context),
        "azure" => azure(),
        // Unverified: the text.
        _ => return Err(invalid(&format!("The format '{format}' of a credential is not 'azure' or 'exec'."))),
    };
    Ok(results("clusterUser", &kubeconfig(context, &row, "clusterUser", user)))
}

/// The credential of the local administrator.
pub fn admin(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    static_credential(context, &row, "clusterAdmin")
}

/// The credential for monitoring, which is a local account, too.
pub fn monitoring(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    static_credential(context, &row, "clusterMonitoringUser")
}

fn property<'r>(row: &'r Row, name: &str) -> Option<&'r Value> {
    row.get("properties").and_then(|inner| inner.get(name))
}

fn is_integrated(row: &Row) -> bool {
    property(row, "aadProfile").is_some_and(|profile| profile.get("managed") == Some(&json!(true)))
}

fn static_credential(context: &Context<'_>, row: &Row, kind: &str) -> Result<Outcome, ArmError> {
    if property(row, "disableLocalAccounts") == Some(&json!(true)) {
        return Err(ArmError::without_envelope(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "Getting static credential isn't allowed because this cluster is set to disable local accounts.",
        ));
    }
    let user = json!({"token": row.get("$adminToken")});
    Ok(results(kind, &kubeconfig(context, row, kind, user)))
}

fn results(kind: &str, kubeconfig: &Value) -> Outcome {
    // JSON is YAML, which is what clients read it as.
    Outcome::ok(json!({"kubeconfigs": [{"name": kind, "value": STANDARD.encode(kubeconfig.to_string())}]}))
}

/// The credential plugin. The service names kubelogin, whose arguments these are; it knows no cloud but Microsoft's, so here it is
/// `aksaccess kube-token`, which takes the same.
fn exec(context: &Context<'_>) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": context.config.token_plugin,
        "args": [
            "kube-token", "get-token", "--environment", "AzurePublicCloud", "--server-id", KUBERNETES_APP, "--client-id",
            KUBERNETES_CLIENT, "--tenant-id", ids::TENANT_ID, "--login", "devicecode", "--authority-host",
            format!("https://{}/", context.request.host),
        ],
        "env": null,
        "provideClusterInfo": false,
    }})
}

fn azure() -> Value {
    json!({"auth-provider": {"name": "azure", "config": {
        "apiserver-id": KUBERNETES_APP, "client-id": KUBERNETES_CLIENT, "config-mode": "1", "environment": "AzurePublicCloud",
        "tenant-id": ids::TENANT_ID,
    }}})
}

/// A kubeconfig. Its context is named after the cluster, also for the administrator: `az aks get-credentials --admin` appends `-admin`
/// (https://github.com/Azure/azure-cli/blob/dev/src/azure-cli/azure/cli/command_modules/acs/custom.py).
fn kubeconfig(context: &Context<'_>, row: &Row, kind: &str, user: Value) -> Value {
    let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
    let group = row.get("id").and_then(Value::as_str).and_then(|id| id.split('/').nth(4)).unwrap_or_default();
    let account = format!("{kind}_{group}_{name}");
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {
            "certificate-authority-data": STANDARD.encode(&context.config.authority),
            "server": format!("https://{}/kubernetes/{}", context.request.host, host_label(row)),
        }}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": account}}],
        "current-context": name,
        "preferences": {},
        "users": [{"name": account, "user": user}],
    })
}

/// The first label of the cluster's name in the DNS, by which the emulator distinguishes the Kubernetes APIs.
pub fn host_label(row: &Row) -> &str {
    property(row, "fqdn").and_then(Value::as_str).and_then(|name| name.split('.').next()).unwrap_or_default()
}

//! An emulator in this process, asked without a socket: its control API, and its services as somebody who is signed in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt;

use crate::failure::Failure;

/// Application id of the Azure CLI, as which people ask for the credentials of a cluster.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// A call. The body is JSON if there is a token, and a form else.
pub async fn ask(
    tenant: &Arc<::emulator::Emulator>,
    method: &str,
    url: &str,
    token: Option<&str>,
    body: String,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{method} {url}: {error}"));
    let kind = if token.is_some() || url.starts_with("/emulator/") { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut request = Request::builder().method(method).uri(url).header("content-type", kind);
    if let Some(host) = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()) {
        request = request.header("host", host);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_empty() { Body::empty() } else { Body::from(body) };
    let request = request.body(body).map_err(|error| failed(&error))?;
    let answer = ::emulator::app(Arc::clone(tenant)).oneshot(request).await.map_err(|error| failed(&error))?;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.map_err(|error| failed(&error))?;
    Ok((status, bytes.to_vec()))
}

/// The JSON of an answer; what is not a success is a failure.
async fn json(tenant: &Arc<::emulator::Emulator>, method: &str, url: &str, token: Option<&str>, body: String) -> Result<Value, Failure> {
    let (status, bytes) = ask(tenant, method, url, token, body).await?;
    if !status.is_success() {
        return Err(Failure::new(format!("{method} {url}: {status}")));
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// A call of the control API; what is not a success is a failure.
pub async fn control(tenant: &Arc<::emulator::Emulator>, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    json(tenant, method, &format!("/emulator/{path}"), None, body).await
}

/// The kubeconfig of the cluster that every tenant has, as the user of that name and password fetches it.
pub async fn kubeconfig(tenant: &Arc<::emulator::Emulator>, host: &str, name: &str, password: &str) -> Result<Value, Failure> {
    let [name, password] = [name, password].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
    let form = format!("grant_type=password&client_id={AZURE_CLI}&username={name}&password={password}&scope=https://{host}/.default");
    let at = format!("https://{host}/{}/oauth2/v2.0/token", emulator::tenant::TENANT_ID);
    let token = json(tenant, "POST", &at, None, form).await?;
    let path = format!(
        "https://{host}/subscriptions/{}/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/\
         myManagedCluster/listClusterUserCredential?api-version=2024-05-01",
        emulator::tenant::SUBSCRIPTION_ID
    );
    let answer = json(tenant, "POST", &path, token["access_token"].as_str(), String::new()).await?;
    let config = answer["kubeconfigs"][0]["value"].as_str().and_then(|text| STANDARD.decode(text).ok());
    config
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Failure::new("the credentials of the cluster are no kubeconfig"))
}

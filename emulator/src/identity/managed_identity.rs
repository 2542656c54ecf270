//! Tokens for managed identities: the instance metadata service of virtual machines, App Service
//! (docs/services/sign-in.md#managed-identities), and Azure Arc. Every client that reaches the emulator is taken for the machine.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    application::{ClientProof, Registration},
    resource::{RequestedClaims, TokenAudience},
    tokens,
};
use crate::{
    caller::Resource,
    directory::service_principals,
    http::{Request, Response},
    identity::IdentityPlatform,
    store::{Key, Row},
    tenant::ids,
};

/// The hosting environment of a managed identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostingEnvironment {
    /// `GET /metadata/identity/oauth2/token` with the header `Metadata: true`.
    Machine,
    /// `GET /msi/token` with the header `X-IDENTITY-HEADER`.
    AppService,
    /// `GET /arc/metadata/identity/oauth2/token`, as a machine of Azure Arc has it on a port of its own.
    Arc,
}

/// Answers a request for a token.
pub fn issue(platform: &IdentityPlatform, place: HostingEnvironment, request: &Request) -> Response {
    if let Some(challenge) = (place == HostingEnvironment::Arc).then(|| platform.arc_agent.challenge(request)).flatten() {
        return challenge;
    }
    match respond(platform, place, request) {
        Ok(body) => Response::json(StatusCode::OK, body),
        Err((status, error, text)) => Response::json(status, json!({"error": error, "error_description": text})),
    }
}

type Refusal = (StatusCode, &'static str, String);

fn respond(platform: &IdentityPlatform, place: HostingEnvironment, request: &Request) -> Result<Value, Refusal> {
    let bad = |error, text: &str| (StatusCode::BAD_REQUEST, error, text.to_owned());
    match place {
        HostingEnvironment::Machine | HostingEnvironment::Arc if request.header("metadata") != Some("true") => {
            return Err(bad("bad_request_102", "Required metadata header not specified"));
        }
        // Unverified: status and text.
        HostingEnvironment::AppService if request.header("x-identity-header") != Some(ids::IDENTITY_HEADER) => {
            return Err((StatusCode::UNAUTHORIZED, "unauthorized", "The identity header is missing or wrong".to_owned()));
        }
        _ => {}
    }
    if request.option("api-version").is_none() {
        // Unverified: the text.
        return Err(bad("invalid_request", "Required query variable 'api-version' is missing"));
    }
    let wanted = request.option("resource").ok_or_else(|| bad("invalid_request", "Required query variable 'resource' is missing"))?;
    let resource = Resource::named(&wanted, &request.host).ok_or_else(|| {
        let text = format!("AADSTS500011: The resource principal named {wanted} was not found in the tenant named {}.", ids::ORGANIZATION);
        bad("invalid_resource", &text)
    })?;
    let (key, row) = identity(platform, request).ok_or_else(|| bad("invalid_request", "Identity not found"))?;
    let asked = TokenAudience {
        resource,
        audience: wanted.clone(),
        scopes: Vec::new(),
        openid: false,
        offline: false,
        wanted: RequestedClaims::default(),
    };
    let app_id = row.get("appId").and_then(Value::as_str).unwrap_or_default();
    let issued = tokens::for_application(platform, &asked, app_id, ClientProof::Assertion, &key, Registration::of(&row).permissions);
    let issued = issued.map_err(|refusal| (refusal.status, refusal.error, refusal.text))?;
    // All of them strings.
    let mut body = json!({
        "access_token": issued.access_token,
        "expires_on": issued.expires_on.to_string(),
        "resource": wanted,
        "token_type": "Bearer",
        "client_id": app_id,
    });
    if let (HostingEnvironment::Machine | HostingEnvironment::Arc, Some(fields)) = (place, body.as_object_mut()) {
        fields.insert("refresh_token".into(), json!(""));
        fields.insert("expires_in".into(), json!(issued.expires_in.to_string()));
        fields.insert("ext_expires_in".into(), json!(issued.expires_in.to_string()));
        fields.insert("not_before".into(), json!(issued.not_before.to_string()));
    }
    Ok(body)
}

/// The managed identity that a request names; without a name, the one of the machine itself.
fn identity(platform: &IdentityPlatform, request: &Request) -> Option<(Key, Row)> {
    let store = platform.database.read();
    let view = store.latest();
    let table = service_principals::TABLE;
    let named = |names: &[&str]| names.iter().find_map(|name| request.option(name));
    let key: Key = if let Some(client) = named(&["client_id", "clientid"]) {
        service_principals::key_of(view, &client)?
    } else if let Some(object) = named(&["object_id", "principal_id"]) {
        object.to_lowercase().into()
    } else if let Some(resource) = named(&["msi_res_id", "mi_res_id"]) {
        let is_it = |row: &Row| {
            let names = row.get("alternativeNames").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().filter_map(Value::as_str).any(|name| name.eq_ignore_ascii_case(&resource)))
        };
        view.rows(table, None).find(|(_, row)| is_it(row))?.0
    } else {
        ids::MANAGED_IDENTITY_ID.into()
    };
    let row = view.get(table, &key)?;
    (row.get("servicePrincipalType") == Some(&json!("ManagedIdentity"))).then_some((key, row))
}

//! `POST /{tenant}/oauth2/v2.0/token` with client credentials.

use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    errors::SignInError,
    signer::{Claims, LIFETIME},
};
use crate::{answer::Answer, call::Call, emulator::Emulator, tenant};

/// Resources that tokens are issued for besides the emulator's own address, and the application ids some stand for.
const RESOURCES: &[&str] = &[
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
    "https://management.azure.com",
    "https://management.core.windows.net",
    "6dae42f8-4368-4678-94ff-3960e28e3630",
];

/// Answers a token request for the tenant named in the path.
pub fn issue(emulator: &Emulator, tenant_name: &str, call: &Call) -> Answer {
    let now = emulator.clock.steady();
    match token_for(emulator, tenant_name, call) {
        Ok(token) => Answer::json(
            StatusCode::OK,
            json!({
                "token_type": "Bearer",
                // Numbers here; the managed identity endpoint has strings.
                "expires_in": LIFETIME,
                "ext_expires_in": LIFETIME,
                "access_token": token,
            }),
        ),
        Err(refusal) => refusal.answer(now),
    }
    .with_header(header::CACHE_CONTROL, "no-store, no-cache")
}

fn token_for(emulator: &Emulator, tenant_name: &str, call: &Call) -> Result<String, SignInError> {
    if !tenant::is_this(tenant_name) {
        return Err(SignInError::UnknownTenant { tenant: tenant_name.into() });
    }
    let fields: Vec<(String, String)> = form(&call.body);
    let field = |name: &'static str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let grant = field("grant_type").ok_or(SignInError::MissingField { name: "grant_type" })?;
    if grant != "client_credentials" {
        return Err(SignInError::UnsupportedGrant { grant });
    }
    let (client, secret) = match basic(call) {
        Some((client, secret)) => (client, Some(secret)),
        None => (field("client_id").ok_or(SignInError::MissingField { name: "client_id" })?, field("client_secret")),
    };
    if !client.eq_ignore_ascii_case(tenant::CLIENT_ID) {
        return Err(SignInError::UnknownApplication { client });
    }
    let secret = secret.ok_or(SignInError::MissingField { name: "client_secret" })?;
    if secret != tenant::CLIENT_SECRET {
        return Err(SignInError::WrongSecret { client });
    }
    let scope = field("scope").ok_or(SignInError::MissingField { name: "scope" })?;
    let audience = audience(&scope, call).ok_or_else(|| SignInError::InvalidScope { scope: scope.clone() })?;
    let issued = emulator.clock.steady().as_second();
    let claims = Claims {
        aud: audience,
        iss: format!("https://sts.windows.net/{}/", tenant::TENANT_ID),
        iat: issued,
        nbf: issued,
        exp: issued + LIFETIME,
        appid: tenant::CLIENT_ID.into(),
        appidacr: "1".into(),
        idtyp: "app".into(),
        oid: tenant::SERVICE_PRINCIPAL_ID.into(),
        sub: tenant::SERVICE_PRINCIPAL_ID.into(),
        roles: tenant::APPLICATION_ROLES.iter().map(|&role| role.into()).collect(),
        tid: tenant::TENANT_ID.into(),
        ver: "1.0".into(),
    };
    emulator.signer.sign(&claims).map_err(|_| SignInError::InvalidScope { scope })
}

/// The resource of a scope: `https://graph.microsoft.com/.default`, or with two slashes, as the Azure CLI sends it.
fn audience(scope: &str, call: &Call) -> Option<String> {
    let resource = scope.strip_suffix("/.default")?;
    let known = resource.trim_end_matches('/');
    (RESOURCES.contains(&known) || known == format!("https://{}", call.host)).then(|| resource.to_owned())
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    crate::call::pairs(&String::from_utf8_lossy(body))
}

fn basic(call: &Call) -> Option<(String, String)> {
    let text = call.header(header::AUTHORIZATION.as_str())?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    // Both halves are form-encoded inside (RFC 6749 section 2.3.1).
    Some((crate::call::unquote_plus(client), crate::call::unquote_plus(secret)))
}

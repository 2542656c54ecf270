//! Issuers of tokens that are exchanged for Entra's: GitHub Actions, Azure Pipelines, and any other that a test names. All of
//! them sign with the emulator's key.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::assertion::Assertion;
use crate::{
    http::{Request, Response},
    identity::IdentityPlatform,
    tenant::ids,
};
use jiff::Timestamp;

/// An issuer of tokens outside of Microsoft Entra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// `GET` what `ACTIONS_ID_TOKEN_REQUEST_URL` says, with `&audience=`.
    GitHub,
    /// `POST` to what `SYSTEM_OIDCREQUESTURI` says, with `?api-version=7.1&serviceConnectionId=`.
    AzurePipelines,
}

/// How long such a token is good for, in seconds.
const LIFETIME: i64 = 300;

/// Answers a request for a token.
pub fn issue(platform: &IdentityPlatform, issuer: Issuer, request: &Request) -> Response {
    let known = match issuer {
        Issuer::GitHub => ids::GITHUB_REQUEST_TOKEN,
        Issuer::AzurePipelines => ids::PIPELINES_ACCESS_TOKEN,
    };
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if bearer != Some(known) {
        // Unverified: the bodies of the refusals.
        return Response::json(StatusCode::UNAUTHORIZED, json!({"message": "The token of the job is missing or wrong."}));
    }
    let (assertion, name) = match issuer {
        Issuer::GitHub => {
            let audience = request.option("audience").unwrap_or_else(|| "https://github.com/contoso".to_owned());
            (assertion(platform, ids::GITHUB_ISSUER, ids::GITHUB_SUBJECT, &audience, LIFETIME), "value")
        }
        Issuer::AzurePipelines => {
            let Some(connection) = request.option("serviceConnectionId") else {
                return Response::json(StatusCode::BAD_REQUEST, json!({"message": "serviceConnectionId is missing."}));
            };
            if !connection.eq_ignore_ascii_case(ids::SERVICE_CONNECTION_ID) {
                let message = format!("The service connection {connection} does not exist or is not authorized for the pipeline.");
                return Response::json(StatusCode::NOT_FOUND, json!({"message": message}));
            }
            let audience = super::application::exchange();
            (assertion(platform, ids::PIPELINES_ISSUER, ids::PIPELINES_SUBJECT, &audience, LIFETIME), "oidcToken")
        }
    };
    match sign(platform, &assertion) {
        Some(token) => Response::json(StatusCode::OK, json!({name: token})),
        None => Response::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The claims of an issuer's token that is valid from now on for so many seconds; for zero or fewer seconds it has
/// expired.
pub fn assertion(_platform: &IdentityPlatform, issuer: &str, subject: &str, audience: &str, lifetime: i64) -> Assertion {
    let now = Timestamp::now().as_second();
    Assertion {
        aud: audience.to_owned(),
        iss: issuer.to_owned(),
        sub: subject.to_owned(),
        exp: now + lifetime,
        nbf: now + lifetime.min(0),
        iat: now + lifetime.min(0),
    }
}

/// The token, signed; `None` when the key cannot sign.
pub fn sign(platform: &IdentityPlatform, assertion: &Assertion) -> Option<String> {
    let mut claims = json!(assertion);
    if let Value::Object(claims) = &mut claims {
        claims.insert("jti".into(), json!(Uuid::new_v4().to_string()));
    }
    platform.signer.sign_plain(&claims).ok()
}

//! Signs a user in, with a password or a device code.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::AccessToken;
use azure_core::time::OffsetDateTime;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::endpoint::TokenEndpoint;
use super::plain;
use crate::azure::cloud::Endpoints;
use crate::azure::credential_source::{User, UserProof};
use crate::azure::error::Error;
use crate::azure::http::Sender;
use crate::azure::jwt;
use crate::azure::operation_context::OperationContext;

/// Asks for a token for Microsoft Graph.
pub(super) async fn token(
    user: &User,
    sender: &Arc<Sender>,
    endpoints: &Endpoints,
    operation_context: &OperationContext,
) -> Result<AccessToken, Error> {
    let scope = user.permissions.iter().map(|permission| format!("{}/{permission}", endpoints.graph)).collect::<Vec<_>>().join(" ");
    let endpoint = TokenEndpoint::over(Arc::clone(sender), &endpoints.login, &user.tenant_id, &user.client_id, user.challenge.clone());
    let given = match &user.proof {
        UserProof::Password { username, password } => {
            let form = [("grant_type", "password"), ("scope", &scope), ("username", username), ("password", password.expose_secret())];
            endpoint.token(&form, operation_context).await?
        }
        UserProof::DeviceCode(show) => endpoint.by_device_code(&scope, *show, operation_context).await?,
    };
    let expires = OffsetDateTime::from_unix_timestamp(given.expires.as_second()).map_err(|_| plain("the token is good for too long"))?;
    Ok(AccessToken::new(given.access_token.expose_secret().to_owned(), expires))
}

/// A token that was fetched elsewhere. It expires at its `exp`, or after ten minutes if it has none.
pub(super) fn given(token: &SecretString) -> AccessToken {
    let expires = expiry(token.expose_secret()).and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let expires = expires.unwrap_or_else(|| OffsetDateTime::now_utc() + Duration::from_secs(600));
    AccessToken::new(token.expose_secret().to_owned(), expires)
}

/// `exp`, in seconds since 1970.
fn expiry(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    jwt::claims::<Claims>(token).map(|claims| claims.exp)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_given_token_says_until_when_it_is_good() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1790000000}"#);
        let token = given(&SecretString::from(format!("{header}.{payload}.s")));
        assert_eq!(token.expires_on.unix_timestamp(), 1_790_000_000);
        for opaque in ["", "opaque", "a.!.c"] {
            assert!(given(&SecretString::from(opaque.to_owned())).expires_on > OffsetDateTime::now_utc());
        }
    }
}

//! Signs a person in: with a password, or with a code that they type into a browser wherever there is one. The library has
//! neither for public clients.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::AccessToken;
use azure_core::time::OffsetDateTime;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::plain;
use crate::azure::answer::Answer;
use crate::azure::budget::Budget;
use crate::azure::cloud::Endpoints;
use crate::azure::error::Error;
use crate::azure::http::{Call, History, Sender};
use crate::azure::request::Kind;
use crate::azure::service::Service;
use crate::azure::settings::Secret;
use crate::azure::way::{DeviceCode, User, UserProof};

/// Where tokens are given.
const TOKEN: &str = "/oauth2/v2.0/token";
/// Where codes are given.
const DEVICE_CODE: &str = "/oauth2/v2.0/devicecode";

/// The part of a token answer that is needed.
#[derive(Deserialize)]
struct Given {
    access_token: Zeroizing<String>,
    expires_in: i64,
}

/// What the endpoint for device codes says besides what the person sees.
#[derive(Deserialize)]
struct Begun {
    device_code: Zeroizing<String>,
    /// Seconds between two questions.
    #[serde(default)]
    interval: Option<u64>,
    #[serde(flatten)]
    shown: DeviceCode,
}

/// Asks for a token for Microsoft Graph.
pub(super) async fn token(user: &User, sender: &Arc<Sender>, endpoints: &Endpoints, budget: &Budget) -> Result<AccessToken, Error> {
    let scope = user.permissions.iter().map(|permission| format!("{}/{permission}", endpoints.graph)).collect::<Vec<_>>().join(" ");
    let endpoint = Endpoint { user, sender, login: &endpoints.login, budget };
    let answer = match &user.proof {
        UserProof::Password { username, password } => {
            let form = [("grant_type", "password"), ("scope", &scope), ("username", username), ("password", password.expose())];
            endpoint.ask(TOKEN, &form).await?
        }
        UserProof::DeviceCode(show) => {
            let begun: Begun = endpoint.ask(DEVICE_CODE, &[("scope", &scope)]).await?.json()?;
            show(&begun.shown);
            // Five seconds, where nothing is said (RFC 8628, section 3.5).
            let interval = Duration::from_secs(begun.interval.unwrap_or(5).max(1));
            let form = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", begun.device_code.as_str())];
            loop {
                budget.bounded(tokio::time::sleep(interval)).await?;
                match endpoint.ask(TOKEN, &form).await {
                    Err(error) if error.is_authorization_pending() => {}
                    answer => break answer?,
                }
            }
        }
    };
    let given: Given = answer.json()?;
    let expires = OffsetDateTime::now_utc() + Duration::from_secs(given.expires_in.try_into().unwrap_or_default());
    Ok(AccessToken::new(given.access_token.to_string(), expires))
}

/// A token that somebody else got: good until it says, and where it does not, for now.
pub(super) fn given(token: &Secret) -> AccessToken {
    let expires = expiry(token.expose()).and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let expires = expires.unwrap_or_else(|| OffsetDateTime::now_utc() + Duration::from_secs(600));
    AccessToken::new(token.expose().to_owned(), expires)
}

/// `exp`, in seconds since 1970.
fn expiry(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let payload = token.split('.').nth(1)?;
    let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
    serde_json::from_slice::<Claims>(&json).ok().map(|claims| claims.exp)
}

/// The token endpoint of the tenant.
struct Endpoint<'a> {
    user: &'a User,
    sender: &'a Arc<Sender>,
    login: &'a str,
    budget: &'a Budget,
}

impl Endpoint<'_> {
    async fn ask(&self, template: &'static str, form: &[(&str, &str)]) -> Result<Answer, Error> {
        let text = format!("{}/{}{template}", self.login, self.user.tenant_id);
        let url = Url::parse(&text).map_err(|_| plain(format!("{:?} is no tenant", self.user.tenant_id)))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // A serializer of `url`'s that a query would be made with; the body holds a password, and is wiped.
        let mut encoded = Url::parse("form:").map_err(|_| plain("a form cannot be made"))?;
        encoded.query_pairs_mut().append_pair("client_id", &self.user.client_id).extend_pairs(form);
        if let Some(challenge) = &self.user.challenge {
            encoded.query_pairs_mut().append_pair("claims", &challenge.claims());
        }
        let body = Zeroizing::new(encoded.query().unwrap_or_default().as_bytes().to_vec());
        let call = Call {
            service: Service::SignIn,
            method: Method::POST,
            template,
            url,
            headers,
            body: Some(Bytes::from_owner(body)),
            // Asking for a token changes nothing.
            kind: Kind::Read,
        };
        self.sender.send(&call, self.budget, &mut History::default()).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_given_token_says_until_when_it_is_good() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1790000000}"#);
        let token = given(&Secret::from(format!("h.{payload}.s")));
        assert_eq!(token.expires_on.unix_timestamp(), 1_790_000_000);
        for opaque in ["", "opaque", "a.!.c"] {
            assert!(given(&Secret::from(opaque.to_owned())).expires_on > OffsetDateTime::now_utc());
        }
    }
}

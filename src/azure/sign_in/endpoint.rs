//! The token endpoint of a tenant, asked with a form; and the code that a person types into a browser wherever there is one. The library knows neither for public
//! clients. The companion program signs people and kubectl in with it, too.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::plain;
use crate::azure::answer::Answer;
use crate::azure::challenge::Challenge;
use crate::azure::credential_source::DeviceCode;
use crate::azure::error::{Error, quoted};
use crate::azure::http::{Call, History, Network, Sender};
use crate::azure::operation_context::OperationContext;
use crate::azure::request_kind::RequestKind;
use crate::azure::service::Service;

/// Where tokens are given.
const TOKEN: &str = "/oauth2/v2.0/token";
/// Where codes are given.
const DEVICE_CODE: &str = "/oauth2/v2.0/devicecode";
/// The grant type of the device code flow.
const BY_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds between two questions, where nothing is said, and how many more where that is too often (RFC 8628, sections 3.2 and 3.5).
const INTERVAL: u64 = 5;

/// The token endpoint of a tenant, for one application.
#[derive(Clone)]
pub struct TokenEndpoint {
    sender: Arc<Sender>,
    /// Address of the sign-in service, without a slash at the end.
    login: String,
    tenant_id: String,
    client_id: String,
    challenge: Option<Challenge>,
}

/// What the endpoint gives.
#[derive(Debug)]
pub struct Given {
    /// The access token.
    pub access_token: SecretString,
    /// Until when it is good.
    pub expires: Timestamp,
    /// For the next one without the person, where that was asked for.
    pub refresh_token: Option<SecretString>,
}

/// The part of a token answer that is needed.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Zeroizing<String>,
    expires_in: i64,
    refresh_token: Option<Zeroizing<String>>,
}

/// The answer of the endpoint for device codes, beside what the user sees.
#[derive(Deserialize)]
struct Begun {
    device_code: Zeroizing<String>,
    #[serde(default)]
    interval: Option<u64>,
    #[serde(flatten)]
    shown: DeviceCode,
}

impl TokenEndpoint {
    /// The endpoint of a tenant (its id or one of its domain names) at a sign-in service such as `https://login.microsoftonline.com`.
    pub fn new(login: &str, tenant_id: &str, client_id: &str, user_agent: &str) -> Self {
        Self::over(Arc::new(Sender::new(Box::new(Network::new(user_agent.to_owned())))), login, tenant_id, client_id, None)
    }

    pub(super) fn over(sender: Arc<Sender>, login: &str, tenant_id: &str, client_id: &str, challenge: Option<Challenge>) -> Self {
        let login = login.trim_end_matches('/').to_owned();
        Self { sender, login, tenant_id: tenant_id.to_owned(), client_id: client_id.to_owned(), challenge }
    }

    /// Asks for a token with a form, to which only the client's id is added.
    pub async fn token(&self, form: &[(&str, &str)], operation_context: &OperationContext) -> Result<Given, Error> {
        let answered: TokenResponse = self.ask(TOKEN, form, operation_context).await?.json()?;
        let now = Timestamp::now();
        let life = Duration::from_secs(answered.expires_in.try_into().unwrap_or_default());
        Ok(Given {
            access_token: SecretString::from(answered.access_token.to_string()),
            expires: now.checked_add(life).unwrap_or(now),
            refresh_token: answered.refresh_token.map(|token| SecretString::from(token.to_string())),
        })
    }

    /// Shows a person a code, and waits until they have signed in with it.
    pub async fn by_device_code(&self, scope: &str, show: fn(&DeviceCode), operation_context: &OperationContext) -> Result<Given, Error> {
        let begun: Begun = self.ask(DEVICE_CODE, &[("scope", scope)], operation_context).await?.json()?;
        show(&begun.shown);
        let mut interval = begun.interval.unwrap_or(INTERVAL).max(1);
        let form = [("grant_type", BY_CODE), ("device_code", begun.device_code.as_str())];
        loop {
            operation_context.bounded(tokio::time::sleep(Duration::from_secs(interval))).await?;
            match self.token(&form, operation_context).await {
                Err(error) if error.is_authorization_pending() => {}
                Err(error) if error.is_asked_too_often() => interval += INTERVAL,
                answer => return answer,
            }
        }
    }

    async fn ask(&self, template: &'static str, form: &[(&str, &str)], operation_context: &OperationContext) -> Result<Answer, Error> {
        let text = format!("{}/{}{template}", self.login, self.tenant_id);
        let url = Url::parse(&text).map_err(|_| plain(format!("{} is no tenant", quoted(&self.tenant_id))))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // A serializer of `url`'s that a query would be made with; the body holds a password, and is wiped.
        let mut encoded = Url::parse("form:").map_err(|_| plain("a form cannot be made"))?;
        encoded.query_pairs_mut().append_pair("client_id", &self.client_id).extend_pairs(form);
        if let Some(challenge) = &self.challenge {
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
            kind: RequestKind::Read,
        };
        self.sender.send(&call, operation_context, &mut History::default()).await
    }
}

//! What an application proves itself with where it has no secret: its certificate's signature, or a token of somebody who
//! vouches for it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use crate::azure::credential_source::{Issuer, Text};
use crate::azure::error::Error;
use crate::azure::http::{Call, History, Sender};
use crate::azure::operation_context::OperationContext;
use crate::azure::request_kind::RequestKind;
use crate::azure::service::Service;

/// Whom tokens must be for that are exchanged: the identity platform's name for it in every cloud that azuread knows.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The version of Azure Pipelines' interface that gives tokens.
const PIPELINES_VERSION: &str = "7.1";

/// Makes one assertion.
pub(super) struct AssertionProvider {
    pub(super) proof: Proof,
    pub(super) sender: Arc<Sender>,
    pub(super) operation_context: OperationContext,
}

/// What an assertion is made of.
pub(super) enum Proof {
    /// A signature.
    Certificate { certificate: Text, password: SecretString, client_id: String, endpoint: String },
    /// Somebody else's token.
    Federated(Issuer),
}

impl fmt::Debug for AssertionProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prover")
    }
}

#[derive(Deserialize)]
struct GitHubAnswer {
    value: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PipelinesAnswer {
    oidc_token: Zeroizing<String>,
}

impl AssertionProvider {
    async fn client_assertion(&self) -> Result<String, Error> {
        match &self.proof {
            Proof::Certificate { certificate, password, client_id, endpoint } => {
                let certificate = Certificate::read(certificate, password).await?;
                // By the service's clock, as far as it is known: an assertion is refused if this machine's is wrong.
                certificate.assertion(client_id, endpoint, self.sender.now(Service::SignIn))
            }
            Proof::Federated(Issuer::Token(text)) => Ok(text.read().await?.expose_secret().to_owned()),
            Proof::Federated(Issuer::GitHub { url, token }) => {
                let url = with_query(url, "oidc_request_url", &[("audience", AUDIENCE)])?;
                let answer: GitHubAnswer = self.ask(Method::GET, "GitHub's token endpoint", url, token).await?;
                Ok(answer.value.to_string())
            }
            Proof::Federated(Issuer::AzurePipelines { url, token, service_connection_id }) => {
                let query = [("api-version", PIPELINES_VERSION), ("serviceConnectionId", service_connection_id)];
                let url = with_query(url, "oidc_request_url", &query)?;
                let answer: PipelinesAnswer = self.ask(Method::POST, "Azure Pipelines' token endpoint", url, token).await?;
                Ok(answer.oidc_token.to_string())
            }
        }
    }

    async fn ask<T: for<'de> Deserialize<'de>>(&self, method: Method, template: &str, url: Url, token: &SecretString) -> Result<T, Error> {
        let mut headers = HeaderMap::new();
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        let mut bearer =
            HeaderValue::from_str(&bearer).map_err(|_| Error::Invalid("oidc_request_token cannot be sent in a header".to_owned()))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Without it Azure Pipelines answers a wrong token with a page to sign in on.
        headers.insert(HeaderName::from_static("x-tfs-fedauthredirect"), HeaderValue::from_static("Suppress"));
        let body = (method == Method::POST).then(bytes::Bytes::new);
        let call = Call { service: Service::Identity, method, template, url, headers, body, kind: RequestKind::Read };
        let answer = self.sender.send(&call, &self.operation_context, &mut History::default()).await?;
        answer.json()
    }
}

fn with_query(url: &str, name: &str, query: &[(&str, &str)]) -> Result<Url, Error> {
    let mut url = Url::parse(url).map_err(|_| Error::Invalid(format!("{name} is no address")))?;
    url.query_pairs_mut().extend_pairs(query);
    Ok(url)
}

#[async_trait]
impl ClientAssertion for AssertionProvider {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.client_assertion().await.map_err(|error| azure_core::Error::new(ErrorKind::Credential, error))
    }
}

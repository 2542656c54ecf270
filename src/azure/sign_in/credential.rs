//! Asks for one token, by whichever way: `azure_identity`'s credentials, with our transport.
//!
//! A credential is made for each token request: it is cheap, and the library's own cache cannot be informed that a service
//! refused a token, nor does it keep a token of less than five minutes.

use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use secrecy::ExposeSecret;

use super::assertion::{AssertionProvider, Proof};
use super::http_client_adapter::HttpClientAdapter;
use super::managed_identity::Endpoint;
use super::{plain, user};
use crate::azure::cloud::Endpoints;
use crate::azure::credential_source::{Application, CredentialSource};
use crate::azure::error::Error;
use crate::azure::http::Sender;
use crate::azure::operation_context::OperationContext;

/// Asks for a token for a scope.
pub(super) async fn token(
    way: &CredentialSource,
    sender: &Arc<Sender>,
    endpoints: &Endpoints,
    scope: &str,
    operation_context: &OperationContext,
) -> Result<AccessToken, Error> {
    match way {
        CredentialSource::User(user) => return user::token(user, sender, endpoints, operation_context).await,
        CredentialSource::Token(token) => return Ok(user::given(token)),
        _ => {}
    }
    let asked = async {
        if let CredentialSource::ManagedIdentity { client_id, endpoint: Some(address) } = way {
            return Endpoint { address, client_id: client_id.as_ref(), sender, operation_context }.token(scope).await;
        }
        let credential = credential(way, sender, endpoints, operation_context).await?;
        credential.get_token(&[scope], None).await.map_err(|error| of_library(&error))
    };
    // The Azure CLI is a process that nothing else would stop.
    operation_context.bounded(asked).await?
}

async fn credential(
    way: &CredentialSource,
    sender: &Arc<Sender>,
    endpoints: &Endpoints,
    operation_context: &OperationContext,
) -> Result<Arc<dyn TokenCredential>, Error> {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host.clone_from(&endpoints.login);
    let http_client_adapter = HttpClientAdapter { sender: Arc::clone(sender), operation_context: operation_context.clone() };
    let client_options = ClientOptions {
        cloud: Some(Arc::new(cloud.into())),
        transport: Some(Transport::new(Arc::new(http_client_adapter))),
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    };
    let by_assertion = async |application: &Application, proof: Proof, client_id: String| {
        let prover = AssertionProvider { proof, sender: Arc::clone(sender), operation_context: operation_context.clone() };
        let options = ClientAssertionCredentialOptions { client_options: client_options.clone() };
        let made = ClientAssertionCredential::new(application.tenant_id.clone(), client_id, prover, Some(options));
        made.map(|credential| credential as Arc<dyn TokenCredential>).map_err(|error| of_library(&error))
    };
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match way {
        CredentialSource::ClientSecret(application, secret) => {
            let (client_id, secret) = (application.client_id.read().await?, secret.read().await?);
            let options = ClientSecretCredentialOptions { client_options };
            let (client_id, secret) = (client_id.expose_secret().to_owned(), secret.expose_secret().to_owned().into());
            ClientSecretCredential::new(&application.tenant_id, client_id, secret, Some(options)).map(|made| made as _)
        }
        CredentialSource::ClientCertificate(application, certificate, password) => {
            let client_id = application.client_id.read().await?.expose_secret().to_owned();
            let endpoint = format!("{}/{}/oauth2/v2.0/token", endpoints.login, application.tenant_id);
            let (certificate, password) = (certificate.clone(), password.clone());
            let proof = Proof::Certificate { certificate, password, client_id: client_id.clone(), endpoint };
            return by_assertion(application, proof, client_id).await;
        }
        CredentialSource::Federated(application, issuer) => {
            let client_id = application.client_id.read().await?.expose_secret().to_owned();
            return by_assertion(application, Proof::Federated(issuer.clone()), client_id).await;
        }
        CredentialSource::ManagedIdentity { client_id, .. } => {
            let user_assigned_id = match client_id {
                Some(client_id) => Some(UserAssignedId::ClientId(client_id.read().await?.expose_secret().to_owned())),
                None => None,
            };
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
            ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
        }
        // These have been answered without the library.
        CredentialSource::User(_) | CredentialSource::Token(_) => return Err(plain("the library has no such credential")),
        CredentialSource::AzureCli { tenant_id } => {
            let options = AzureCliCredentialOptions { tenant_id: tenant_id.clone(), ..Default::default() };
            AzureCliCredential::new(Some(options)).map(|made| made as _)
        }
    };
    made.map_err(|error| of_library(&error))
}

/// Our own error inside the library's, or an error that the library raised itself, such as a malformed tenant id.
fn of_library(error: &azure_core::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut innermost = error.to_string();
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return ours.clone();
        }
        innermost = error.to_string();
        cause = error.source();
    }
    plain(innermost)
}

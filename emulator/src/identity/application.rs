//! Applications of the tenant: how they prove who they are, and tokens for them on their own behalf.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    assertion,
    clients::Client,
    endpoint::TokenRequest,
    errors::SignInError,
    tokens::{self, Issued},
};
use crate::store::Row;

/// Property of a service principal's row that holds what only sign-in knows of the application: [`Registration`]. No
/// property of Graph: no answer shows it.
const REGISTRATION: &str = "~registration";

/// The credentials of an application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Its client secrets.
    pub secrets: Vec<ClientSecret>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// Whose tokens stand for a secret.
    pub federated: Vec<Federated>,
    /// Whether it may sign users in without proving who it is itself.
    pub public: bool,
    /// Application permissions that it was granted.
    pub permissions: Vec<String>,
    /// Delegated permissions that it was granted for users; `None` means all of
    /// [`DELEGATED_PERMISSIONS`](crate::tenant::ids::DELEGATED_PERMISSIONS).
    pub delegated: Option<Vec<String>>,
}

/// A client secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// The secret; those of an emulator are nobody's.
    pub secret: String,
    /// Good until, in seconds since 1970 by the tenant's clock.
    pub expires: Option<i64>,
}

/// A certificate: what is needed to check a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-1 of the certificate, base64url: `x5t`.
    pub sha1: String,
    /// SHA-256 of it, base64url: `x5t#S256`.
    pub sha256: String,
    /// Its public key in PEM.
    pub key: String,
}

/// A federated identity credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federated {
    /// Who issues the tokens.
    pub issuer: String,
    /// Whom they are about.
    pub subject: String,
    /// Whom they are for.
    #[serde(default = "exchange")]
    pub audience: String,
}

/// The audience of tokens that are exchanged, if nothing else is said.
pub fn exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// The method by which an application authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientProof {
    /// Not at all: a public client.
    None,
    /// With a secret.
    Secret,
    /// With an assertion.
    Assertion,
}

impl ClientProof {
    /// `appidacr`
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

impl Registration {
    /// The credentials and permissions registered with a service principal.
    pub fn of(row: &Row) -> Self {
        row.get(REGISTRATION).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    /// Puts it into the row of a service principal.
    pub fn put(&self, row: &mut Map<String, Value>) {
        row.insert(REGISTRATION.to_owned(), json!(self));
    }
}

/// Answers the grant `client_credentials`.
pub fn issue(request: &TokenRequest<'_>, client: &Client) -> Result<Issued, SignInError> {
    let Client::Registered(key, row) = client else { return Err(SignInError::no_credential()) };
    let proof = authenticate_client(request, client)?;
    if proof == ClientProof::None {
        return Err(SignInError::no_credential());
    }
    let asked = request.asked()?;
    if !asked.scopes.is_empty() {
        return Err(SignInError::invalid_scope(request.field("scope").unwrap_or_default()));
    }
    tokens::for_application(request.platform, &asked, client.app_id(), proof, key, Registration::of(row).permissions)
}

/// Lets an application prove who it is. Public clients cannot, and need not.
pub fn authenticate_client(request: &TokenRequest<'_>, client: &Client) -> Result<ClientProof, SignInError> {
    let Client::Registered(_, row) = client else { return Ok(ClientProof::None) };
    let registration = Registration::of(row);
    if let Some(assertion) = request.field("client_assertion") {
        assertion::check(request, client.app_id(), &registration, assertion)?;
        return Ok(ClientProof::Assertion);
    }
    let Some(secret) = request.secret() else {
        return if registration.public { Ok(ClientProof::None) } else { Err(SignInError::no_credential()) };
    };
    let known = registration.secrets.iter().find(|known| known.secret == secret);
    let known = known.ok_or_else(|| SignInError::wrong_secret(client.app_id()))?;
    let now = request.platform.database.now().as_second();
    match known.expires {
        Some(expires) if expires <= now => Err(SignInError::expired_secret(client.app_id())),
        _ => Ok(ClientProof::Secret),
    }
}

//! The ways to sign in.

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use provider::azure::{DeviceCode, Error, Given, OperationContext, TokenEndpoint};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Method, cache::Cache};
use crate::failure::Failure;

/// A token, and until when it is good.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The access token.
    pub access: String,
    /// Seconds since 1970.
    pub expires: i64,
    /// The refresh token, where there is one.
    pub refresh: Option<String>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Resolved settings of a sign-in.
pub struct LoginSettings {
    /// The way.
    pub method: Method,
    /// Application that the token is for.
    pub server: String,
    /// Application that signs in, or signs a user in.
    pub client: Option<String>,
    /// Its secret.
    pub secret: Option<SecretString>,
    /// The tenant.
    pub tenant: Option<String>,
    /// User principal name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<SecretString>,
    /// File with the token of another issuer.
    pub federated_token_file: Option<PathBuf>,
    /// Where to sign in, without a slash at the end.
    pub authority: String,
}

/// The client information that this program sends to the sign-in service.
const USER_AGENT: &str = concat!("aksaccess/", env!("CARGO_PKG_VERSION"));
/// How long before its end a kept token is not used any more, in seconds.
const MARGIN: i64 = 60;
/// The longest wait for the sign-in service, and for a person.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Signs in.
pub async fn token(login: &LoginSettings, cache: &Cache) -> Result<Token, Failure> {
    let scope = format!("{}/.default", login.server);
    match login.method {
        Method::Azurecli => azure_cli(login).await,
        Method::Spn => {
            let secret = required(login.secret.as_ref(), "a client secret (--client-secret or AAD_SERVICE_PRINCIPAL_CLIENT_SECRET)")?;
            request(login, &[("grant_type", "client_credentials"), ("client_secret", secret.expose_secret()), ("scope", &scope)]).await
        }
        Method::Workloadidentity => {
            let file = login.federated_token_file.as_ref();
            let file = required(file, "the file of a federated token (--federated-token-file or AZURE_FEDERATED_TOKEN_FILE)")?;
            let assertion =
                std::fs::read_to_string(file).map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.trim()),
                ("scope", &scope),
            ];
            request(login, &form).await
        }
        Method::Ropc => {
            let username = required(login.username.as_ref(), "a user name (--username or AAD_USER_PRINCIPAL_NAME)")?;
            let password = required(login.password.as_ref(), "a password (--password or AAD_USER_PRINCIPAL_PASSWORD)")?;
            request(login, &[("grant_type", "password"), ("username", username), ("password", password.expose_secret()), ("scope", &scope)])
                .await
        }
        Method::Devicecode => cached_or_device_code(login, cache, &format!("{scope} offline_access")).await,
    }
}

fn required<'v, T>(value: Option<&'v T>, what: &str) -> Result<&'v T, Failure> {
    value.ok_or_else(|| Failure::new(format!("this way to sign in needs {what}")))
}

/// The token that is kept if it is still good, a new one for the refresh token, or else a person's sign-in.
async fn cached_or_device_code(login: &LoginSettings, cache: &Cache, scope: &str) -> Result<Token, Failure> {
    let name = [&login.authority, login.tenant.as_deref().unwrap_or_default(), &login.server, login.client.as_deref().unwrap_or_default()]
        .join("-");
    let kept = cache.get(&name);
    if let Some(kept) = kept.clone().filter(|kept| kept.expires - MARGIN > Timestamp::now().as_second()) {
        return Ok(kept);
    }
    if let Some(refresh) = kept.and_then(|kept| kept.refresh) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", scope)];
        // It may have been revoked: then the person signs in again.
        if let Ok(token) = request(login, &form).await {
            cache.write(&name, &token);
            return Ok(token);
        }
    }
    let given = endpoint(login)?.by_device_code(scope, print_device_code, &operation_context()).await.map_err(refused)?;
    let token = Token::from(given);
    cache.write(&name, &token);
    Ok(token)
}

/// Asks the tenant's endpoint with a form.
async fn request(login: &LoginSettings, form: &[(&str, &str)]) -> Result<Token, Failure> {
    endpoint(login)?.token(form, &operation_context()).await.map(Token::from).map_err(refused)
}

fn endpoint(login: &LoginSettings) -> Result<TokenEndpoint, Failure> {
    let tenant = required(login.tenant.as_ref(), "a tenant (--tenant-id or AZURE_TENANT_ID)")?;
    let client = required(login.client.as_ref(), "an application (--client-id)")?;
    Ok(TokenEndpoint::new(&login.authority, tenant, client, USER_AGENT))
}

fn operation_context() -> OperationContext {
    OperationContext::new(TIMEOUT, CancellationToken::new())
}

/// The code goes where kubectl does not read.
fn print_device_code(code: &DeviceCode) {
    crate::terminal::message(&code.message);
}

impl From<Given> for Token {
    fn from(given: Given) -> Self {
        let refresh = given.refresh_token.map(|token| token.expose_secret().to_owned());
        Self { access: given.access_token.expose_secret().to_owned(), expires: given.expires.as_second(), refresh }
    }
}

/// What the service says about it.
fn refused(error: Error) -> Failure {
    match error {
        Error::SignIn(error) => Failure::new(format!("the sign-in was refused: {}: {}", error.code, error.message)),
        error => Failure::new(format!("cannot sign in: {error}")),
    }
}

/// Asks the Azure CLI, if it is there.
async fn azure_cli(login: &LoginSettings) -> Result<Token, Failure> {
    let mut command = tokio::process::Command::new("az");
    command.args(["account", "get-access-token", "--output", "json", "--resource", &login.server]);
    if let Some(tenant) = &login.tenant {
        command.args(["--tenant", tenant]);
    }
    let output = command.output().await.map_err(|error| Failure::new(format!("cannot run the Azure CLI, az: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("the Azure CLI gave no token: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    let answer: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| Failure::new(format!("the Azure CLI answered no JSON: {error}")))?;
    let access = answer.get("accessToken").and_then(Value::as_str).ok_or_else(|| Failure::new("the Azure CLI answered no token"))?;
    // Older versions say it in local time only; such a token is taken for one that is about to end.
    let expires = answer.get("expires_on").and_then(Value::as_i64).unwrap_or_else(|| Timestamp::now().as_second() + MARGIN);
    Ok(Token { access: access.to_owned(), expires, refresh: None })
}

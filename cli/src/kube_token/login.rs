//! The ways to sign in.

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::{Method, Secret, cache::Cache};
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

/// How to sign in, and to what.
pub struct Login {
    /// The way.
    pub method: Method,
    /// Application that the token is for.
    pub server: String,
    /// Application that signs in, or signs a user in.
    pub client: Option<String>,
    /// Its secret.
    pub secret: Option<Secret>,
    /// The tenant.
    pub tenant: Option<String>,
    /// User principal name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// File with the token of another issuer.
    pub federated_token_file: Option<PathBuf>,
    /// Where to sign in, without a slash at the end.
    pub authority: String,
}

/// How long before its end a kept token is not used any more, in seconds.
const MARGIN: i64 = 60;
/// The longest wait for the sign-in service.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The grant of device codes.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

type Form<'a> = Vec<(&'a str, &'a str)>;

/// Signs in.
pub async fn token(login: &Login, cache: &Cache) -> Result<Token, Failure> {
    let scope = format!("{}/.default", login.server);
    match login.method {
        Method::Azurecli => azure_cli(login).await,
        Method::Spn => {
            let secret = needed(login.secret.as_ref(), "a client secret (--client-secret or AAD_SERVICE_PRINCIPAL_CLIENT_SECRET)")?;
            let form = vec![("grant_type", "client_credentials"), ("client_secret", &secret.0), ("scope", &scope)];
            request(login, form).await
        }
        Method::Workloadidentity => {
            let file = login.federated_token_file.as_ref();
            let file = needed(file, "the file of a federated token (--federated-token-file or AZURE_FEDERATED_TOKEN_FILE)")?;
            let assertion =
                std::fs::read_to_string(file).map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
            let form = vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.trim()),
                ("scope", &scope),
            ];
            request(login, form).await
        }
        Method::Ropc => {
            let username = needed(login.username.as_ref(), "a user name (--username or AAD_USER_PRINCIPAL_NAME)")?;
            let password = needed(login.password.as_ref(), "a password (--password or AAD_USER_PRINCIPAL_PASSWORD)")?;
            request(login, vec![("grant_type", "password"), ("username", username), ("password", &password.0), ("scope", &scope)]).await
        }
        Method::Devicecode => kept_or_device_code(login, cache, &format!("{scope} offline_access")).await,
    }
}

fn needed<'v, T>(value: Option<&'v T>, what: &str) -> Result<&'v T, Failure> {
    value.ok_or_else(|| Failure::new(format!("this way to sign in needs {what}")))
}

/// The token that is kept if it is still good, a new one for the refresh token, or else a person's sign-in.
async fn kept_or_device_code(login: &Login, cache: &Cache, scope: &str) -> Result<Token, Failure> {
    let name = [&login.authority, login.tenant.as_deref().unwrap_or_default(), &login.server, login.client.as_deref().unwrap_or_default()]
        .join("-");
    let kept = cache.get(&name);
    if let Some(kept) = kept.clone().filter(|kept| kept.expires - MARGIN > Timestamp::now().as_second()) {
        return Ok(kept);
    }
    if let Some(refresh) = kept.and_then(|kept| kept.refresh) {
        let form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", scope)];
        // It may have been revoked: then the person signs in again.
        if let Ok(token) = request(login, form).await {
            cache.put(&name, &token);
            return Ok(token);
        }
    }
    let token = device_code(login, scope).await?;
    cache.put(&name, &token);
    Ok(token)
}

async fn device_code(login: &Login, scope: &str) -> Result<Token, Failure> {
    let (_, started) = post(login, "devicecode", vec![("scope", scope)]).await?;
    let text = |name: &str| started.get(name).and_then(Value::as_str);
    let Some(code) = text("device_code") else { return Err(refused(&started)) };
    eprintln!("{}", text("message").unwrap_or("Sign in with the device code."));
    let mut interval = Duration::from_secs(started.get("interval").and_then(Value::as_u64).unwrap_or(5));
    loop {
        tokio::time::sleep(interval).await;
        let (_, answer) = post(login, "token", vec![("grant_type", DEVICE_CODE), ("device_code", code)]).await?;
        match answer.get("error").and_then(Value::as_str) {
            Some("authorization_pending") => {}
            Some("slow_down") => interval += Duration::from_secs(5),
            _ => return read(&answer),
        }
    }
}

async fn request(login: &Login, form: Form<'_>) -> Result<Token, Failure> {
    read(&post(login, "token", form).await?.1)
}

/// Sends a form to an endpoint of the tenant, with the client's id.
async fn post(login: &Login, endpoint: &str, mut form: Form<'_>) -> Result<(u16, Value), Failure> {
    let tenant = needed(login.tenant.as_ref(), "a tenant (--tenant-id or AZURE_TENANT_ID)")?;
    let client = needed(login.client.as_ref(), "an application (--client-id)")?;
    form.push(("client_id", client));
    let url = format!("{}/{tenant}/oauth2/v2.0/{endpoint}", login.authority);
    let failed = |error: reqwest::Error| Failure::new(format!("cannot sign in at {url}: {}", causes(&error)));
    let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(failed)?;
    let response = http.post(&url).form(&form).send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(failed)?;
    let body =
        serde_json::from_str(&text).map_err(|_| Failure::new(format!("{url} answered {status}, and not as a sign-in service does")))?;
    Ok((status, body))
}

/// An error with what lies behind it, which is where the reason is.
fn causes(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        out.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    out
}

fn read(answer: &Value) -> Result<Token, Failure> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(access) = text("access_token") else { return Err(refused(answer)) };
    // A number here, and a string from some services.
    let seconds = answer.get("expires_in").and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    Ok(Token { access, expires: Timestamp::now().as_second() + seconds.unwrap_or(0), refresh: text("refresh_token") })
}

/// The first line of what the service says about it.
fn refused(answer: &Value) -> Failure {
    let text = answer.get("error_description").or_else(|| answer.get("error")).and_then(Value::as_str).unwrap_or("no reason was given");
    Failure::new(format!("the sign-in was refused: {}", text.lines().next().unwrap_or_default()))
}

/// Asks the Azure CLI, if it is there.
async fn azure_cli(login: &Login) -> Result<Token, Failure> {
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

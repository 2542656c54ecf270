//! `aksaccess kube-token`: the credential plugin of `kubectl` for clusters with Microsoft Entra integration.
//!
//! It takes the arguments and environment variables of kubelogin, as far as they make sense here, so that a kubeconfig made for one
//! works with the other. What it prints is an `ExecCredential`; whatever is for a person goes to standard error.

mod cache;
mod credential;
mod login;

use std::{env, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use secrecy::SecretString;

use self::{cache::Cache, login::LoginSettings};
use crate::failure::Failure;

/// Commands of the plugin.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in, and print the token for kubectl.
    GetToken(Box<LoginArguments>),
    /// Forget the tokens that are kept between calls.
    RemoveTokens {
        /// Folder that they are kept in.
        #[arg(long, value_name = "DIR")]
        token_cache_dir: Option<PathBuf>,
    },
}

/// Arguments of a sign-in.
#[derive(Debug, Args)]
pub struct LoginArguments {
    /// Way to sign in; AAD_LOGIN_METHOD in the environment goes first.
    #[arg(short, long, value_enum, default_value_t = Method::Devicecode)]
    login: Method,
    /// Application that the token is for.
    #[arg(long, value_name = "ID", default_value = "6dae42f8-4368-4678-94ff-3960e28e3630")]
    server_id: String,
    /// Application to sign in with [env: AAD_SERVICE_PRINCIPAL_CLIENT_ID, AZURE_CLIENT_ID].
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Its secret [env: AAD_SERVICE_PRINCIPAL_CLIENT_SECRET, AZURE_CLIENT_SECRET].
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<SecretString>,
    /// Tenant to sign in to [env: AZURE_TENANT_ID].
    #[arg(short, long, value_name = "ID")]
    tenant_id: Option<String>,
    /// User principal name, for ropc [env: AAD_USER_PRINCIPAL_NAME, AZURE_USERNAME].
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Password, for ropc; better in the environment [env: AAD_USER_PRINCIPAL_PASSWORD, AZURE_PASSWORD].
    #[arg(long, value_name = "PASSWORD")]
    password: Option<SecretString>,
    /// File with the token of a federated identity, for workloadidentity [env: AZURE_FEDERATED_TOKEN_FILE].
    #[arg(long, value_name = "FILE")]
    federated_token_file: Option<PathBuf>,
    /// Cloud to sign in to.
    #[arg(short, long, default_value = "AzurePublicCloud")]
    environment: String,
    /// Address to sign in at, in the place of the cloud's [env: AZURE_AUTHORITY_HOST].
    #[arg(long, value_name = "URL")]
    authority_host: Option<String>,
    /// Folder that keeps tokens between calls, for devicecode.
    #[arg(long, value_name = "DIR")]
    token_cache_dir: Option<PathBuf>,
    /// The variables of azurerm (ARM_CLIENT_ID and so on) instead of those named above.
    #[arg(long)]
    use_azurerm_env_vars: bool,
    /// Accepted, and of no effect: only these tokens are asked for.
    #[arg(long, hide = true)]
    legacy: bool,
    /// Accepted, and of no effect: no discovery is made.
    #[arg(long, hide = true)]
    disable_instance_discovery: bool,
    /// Accepted, and of no effect: arguments go before the environment, except for the way to sign in.
    #[arg(long, hide = true)]
    disable_environment_override: bool,
}

/// Ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// A person opens a page and types a code.
    Devicecode,
    /// An application with a secret.
    Spn,
    /// A user with a password.
    Ropc,
    /// The account that is signed in to the Azure CLI.
    Azurecli,
    /// A workload with the token of another issuer.
    Workloadidentity,
}

impl Command {
    /// Carries the command out.
    pub async fn run(self) -> Result<(), Failure> {
        match self {
            Self::GetToken(wanted) => {
                let (login, cache) = wanted.resolve(&|name| env::var(name).ok().filter(|value| !value.is_empty()))?;
                let token = login::token(&login, &cache).await?;
                credential::print(&token)
            }
            Self::RemoveTokens { token_cache_dir } => Cache::in_folder(token_cache_dir)?.clear(),
        }
    }
}

impl LoginArguments {
    /// Arguments and environment together. `variable` reads the environment.
    fn resolve(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<(LoginSettings, Cache), Failure> {
        let either = |given: Option<String>, names: &[&str]| given.or_else(|| names.iter().find_map(|name| variable(name)));
        let secret = |given: Option<SecretString>, names: &[&str]| {
            given.or_else(|| names.iter().find_map(|name| variable(name)).map(SecretString::from))
        };
        let azurerm = self.use_azurerm_env_vars;
        let names = |azurerm_name: &'static str, others: &[&'static str]| if azurerm { vec![azurerm_name] } else { others.to_vec() };
        let method = match variable("AAD_LOGIN_METHOD") {
            Some(name) => {
                Method::from_str(&name, true).map_err(|_| Failure::new(format!("AAD_LOGIN_METHOD: '{name}' is no way to sign in here")))?
            }
            None => self.login,
        };
        let authority = match either(self.authority_host, &["AZURE_AUTHORITY_HOST"]) {
            Some(url) => url,
            None => authority_of(&self.environment)?.to_owned(),
        };
        // For a person, what the kubeconfig says is the public client; for an application it is itself.
        let client = match method {
            Method::Spn | Method::Workloadidentity => {
                let names = names("ARM_CLIENT_ID", &["AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AZURE_CLIENT_ID"]);
                names.iter().find_map(|name| variable(name)).or(self.client_id)
            }
            _ => self.client_id,
        };
        let tenant = either(self.tenant_id, &names("ARM_TENANT_ID", &["AZURE_TENANT_ID"]));
        let login = LoginSettings {
            method,
            server: self.server_id,
            client,
            secret: secret(
                self.client_secret,
                &names("ARM_CLIENT_SECRET", &["AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "AZURE_CLIENT_SECRET"]),
            ),
            tenant,
            username: either(self.username, &["AAD_USER_PRINCIPAL_NAME", "AZURE_USERNAME"]),
            password: secret(self.password, &["AAD_USER_PRINCIPAL_PASSWORD", "AZURE_PASSWORD"]),
            federated_token_file: self
                .federated_token_file
                .or_else(|| either(None, &names("ARM_OIDC_TOKEN_FILE_PATH", &["AZURE_FEDERATED_TOKEN_FILE"])).map(PathBuf::from)),
            authority: authority.trim_end_matches('/').to_owned(),
        };
        Ok((login, Cache::in_folder(self.token_cache_dir)?))
    }
}

/// Where the clouds sign in.
fn authority_of(environment: &str) -> Result<&'static str, Failure> {
    match environment.to_lowercase().as_str() {
        "azurepubliccloud" | "azurecloud" => Ok("https://login.microsoftonline.com"),
        "azureusgovernmentcloud" | "azureusgovernment" => Ok("https://login.microsoftonline.us"),
        "azurechinacloud" => Ok("https://login.chinacloudapi.cn"),
        _ => Err(Failure::new(format!(
            "'{environment}' is no cloud that is known here: AzurePublicCloud, AzureUSGovernmentCloud and AzureChinaCloud are, and \
             --authority-host names the sign-in of any other"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use clap::Parser;
    use secrecy::ExposeSecret;

    use super::*;

    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(subcommand)]
        command: Command,
    }

    fn resolve(arguments: &[&str], environment: &[(&str, &str)]) -> Result<LoginSettings, String> {
        let line = CommandLine::try_parse_from([&["kubelogin", "get-token", "--token-cache-dir", "/nowhere"], arguments].concat());
        let Command::GetToken(wanted) = line.map_err(|error| error.to_string())?.command else { unreachable!() };
        let variable = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        wanted.resolve(&variable).map(|(login, _)| login).map_err(|error| error.to_string())
    }

    #[test]
    fn the_arguments_of_a_kubeconfig_are_understood() {
        let written =
            ["--environment", "AzurePublicCloud", "--server-id", "s", "--client-id", "c", "--tenant-id", "t", "--login", "devicecode"];
        let login = resolve(&written, &[]).unwrap();
        assert_eq!((login.method, login.server.as_str(), login.client.as_deref()), (Method::Devicecode, "s", Some("c")));
        assert_eq!((login.tenant.as_deref(), login.authority.as_str()), (Some("t"), "https://login.microsoftonline.com"));
        let environment = [
            ("AAD_LOGIN_METHOD", "ropc"),
            ("AAD_USER_PRINCIPAL_NAME", "n01@contoso.com"),
            ("AAD_USER_PRINCIPAL_PASSWORD", "p"),
            ("AZURE_AUTHORITY_HOST", "https://localhost:8443/"),
        ];
        let login = resolve(&written, &environment).unwrap();
        assert_eq!(
            (login.method, login.username.as_deref(), login.password.as_ref().map(ExposeSecret::expose_secret)),
            (Method::Ropc, Some("n01@contoso.com"), Some("p"))
        );
        assert_eq!((login.client.as_deref(), login.authority.as_str()), (Some("c"), "https://localhost:8443"));
        let login = resolve(&["-l", "spn", "--use-azurerm-env-vars"], &[("ARM_CLIENT_ID", "a"), ("ARM_CLIENT_SECRET", "b")]).unwrap();
        assert_eq!((login.client.as_deref(), login.secret.as_ref().map(ExposeSecret::expose_secret)), (Some("a"), Some("b")));
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert!(resolve(&["-e", "AzureStackCloud"], &[]).err().unwrap().contains("--authority-host"));
        assert!(resolve(&["-l", "interactive"], &[]).err().unwrap().contains("devicecode"));
        assert!(resolve(&[], &[("AAD_LOGIN_METHOD", "msi")]).err().unwrap().contains("'msi'"));
    }
}

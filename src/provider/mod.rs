//! The provider block, and the provider that it configures.

mod sign_in;

use std::sync::Arc;

use framework::{
    About, ActionEntry, Configuration, DataEntry, Diagnostic, Entry, EphemeralEntry, FunctionEntry, Limits, ListEntry, Model, Provider,
    Result,
};
use secrecy::SecretString;

use crate::azure::{self, Environment, OperationContext, Request, Settings};
use crate::client::diagnose::could_not_sign_in;
use crate::client::{self, Configured};
use crate::services::{Services, States};
use crate::{actions, conditional_access, data_sources, ephemeral, functions, lists, resources};

/// Who this is, towards Terraform and in logs.
pub const ABOUT: About = About {
    name: "terraform-provider-aksaccess",
    address: "registry.terraform.io/aksaccess/aksaccess",
    version: env!("CARGO_PKG_VERSION"),
    crates: &["aksaccess_provider"],
};

/// Arguments without which a client can be made.
const NOT_FOR_SIGN_IN: [&str; 2] = ["silence_warnings", "emergency_access_principals"];

/// The provider.
#[derive(Debug)]
pub struct Aksaccess;

/// Manages who may enter an Azure Kubernetes Service (AKS) cluster, when, and with whose approval: groups, users and memberships of Microsoft Entra ID,
/// roles at the cluster, just-in-time access by Privileged Identity Management (PIM), and conditional access.
///
/// One sign-in serves Microsoft Graph and Azure Resource Manager. Every argument can come from the environment variable that azuread and azurerm
/// read as well, so an existing pipeline needs no change. Only `use_powershell` is not there: the library that signs in, `azure_identity`, has no such way yet.
#[derive(Default, Model)]
pub struct Config {
    /// Directory (tenant) to sign in to: its id or one of its domain names. `ARM_TENANT_ID`.
    pub(crate) tenant_id: Option<String>,
    /// Application (client) id to sign in as. `ARM_CLIENT_ID`.
    pub(crate) client_id: Option<String>,
    /// File that holds the client id. `ARM_CLIENT_ID_FILE_PATH`.
    pub(crate) client_id_file_path: Option<String>,
    /// Client secret of the application. `ARM_CLIENT_SECRET`.
    pub(crate) client_secret: Option<SecretString>,
    /// File that holds the client secret, read for every token. `ARM_CLIENT_SECRET_FILE_PATH`.
    pub(crate) client_secret_file_path: Option<String>,
    /// Certificate of the application with its private key: PKCS#12 (PFX) in base64, or PEM. `ARM_CLIENT_CERTIFICATE`.
    pub(crate) client_certificate: Option<SecretString>,
    /// File of that certificate: PFX or PEM. `ARM_CLIENT_CERTIFICATE_PATH`.
    pub(crate) client_certificate_path: Option<String>,
    /// Password of the certificate. `ARM_CLIENT_CERTIFICATE_PASSWORD`.
    pub(crate) client_certificate_password: Option<SecretString>,
    /// Whether to exchange an OpenID Connect token of a pipeline: `oidc_token`, `oidc_token_file_path`, or one that Azure Pipelines or GitHub Actions is
    /// asked for. `ARM_USE_OIDC`.
    pub(crate) use_oidc: Option<bool>,
    /// The token to exchange. `ARM_OIDC_TOKEN`.
    pub(crate) oidc_token: Option<SecretString>,
    /// File that holds the token to exchange, read for every token. `ARM_OIDC_TOKEN_FILE_PATH`.
    pub(crate) oidc_token_file_path: Option<String>,
    /// Where the job asks for a token to exchange. `ARM_OIDC_REQUEST_URL`; `ACTIONS_ID_TOKEN_REQUEST_URL` in GitHub Actions, `SYSTEM_OIDCREQUESTURI` in Azure
    /// Pipelines.
    pub(crate) oidc_request_url: Option<String>,
    /// What the job proves itself with there. `ARM_OIDC_REQUEST_TOKEN`; `ACTIONS_ID_TOKEN_REQUEST_TOKEN` in GitHub Actions, `SYSTEM_ACCESSTOKEN` in Azure
    /// Pipelines.
    pub(crate) oidc_request_token: Option<SecretString>,
    /// Service connection of Azure Pipelines that stands for the application. `ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID` or
    /// `ARM_OIDC_AZURE_SERVICE_CONNECTION_ID`.
    pub(crate) ado_pipeline_service_connection_id: Option<String>,
    /// Whether to sign in as the workload identity of the pod that this runs in, by the variables that AKS sets: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and
    /// `AZURE_FEDERATED_TOKEN_FILE`. `ARM_USE_AKS_WORKLOAD_IDENTITY`.
    pub(crate) use_aks_workload_identity: Option<bool>,
    /// Whether to sign in as the managed identity of the machine or app that this runs on; `client_id` names a user-assigned one. `ARM_USE_MSI`.
    pub(crate) use_msi: Option<bool>,
    /// Where managed identities' tokens are, if not at the instance metadata service or where App Service or the agent of Azure Arc say. `ARM_MSI_ENDPOINT`.
    pub(crate) msi_endpoint: Option<String>,
    /// Whether to sign in as the account of the Azure CLI if nothing else is set. `ARM_USE_CLI`. Defaults to `true`; with `use_oidc`, `use_msi` or `use_aks_workload_identity`
    /// the Azure CLI is never used.
    pub(crate) use_cli: Option<bool>,
    /// Other tenants, at most three, whose tokens go along with requests to Azure Resource Manager: for what a request refers to in another tenant, such as
    /// `delegated_managed_identity_resource_id`. `ARM_AUXILIARY_TENANT_IDS`, separated by semicolons. A managed identity has no other tenants.
    #[attr(unordered, check(length(1, 255)), check(at_most(3)))]
    auxiliary_tenant_ids: Option<Vec<String>>,
    /// Subscription of Azure resources that do not name one. `ARM_SUBSCRIPTION_ID`.
    #[attr(case_insensitive, check(uuid()))]
    subscription_id: Option<String>,
    /// GUID by which Microsoft credits a partner with what is used; sent in the `User-Agent`. `ARM_PARTNER_ID`.
    #[attr(check(uuid()))]
    partner_id: Option<String>,
    /// Cloud: `public` (the default), `usgovernment`, `usgovernmentl5` or `china`. `ARM_ENVIRONMENT`.
    #[attr(check(environment_name()))]
    environment: Option<String>,
    /// Host, with an optional port, whose `/metadata/endpoints` names the endpoints of another cloud, such as the emulator. `ARM_METADATA_HOSTNAME`.
    metadata_host: Option<String>,
    /// IDs of warnings to leave out. Each warning that can be silenced names its ID, and the page of each resource lists them.
    #[attr(unordered)]
    silence_warnings: Option<Vec<String>>,
    /// Object IDs of the users and groups that must get in when nothing else works (emergency access, "break glass" accounts). A plan that lets a conditional
    /// access policy catch one of them, or a member of one of the groups, is refused. A policy in the configuration that catches one already gives a warning.
    #[attr(unordered, case_insensitive, check(uuid()))]
    emergency_access_principals: Option<Vec<String>>,
}

fn environment_name() -> framework::schema::Check {
    framework::schema::Check::text(&format!("be one of `{}`", Environment::NAMES.join("`, `")), |name| Environment::named(name).is_some())
        .suggest(
            &Environment::NAMES,
            &[("azure", "public"), ("commercial", "public"), ("usgov", "usgovernment"), ("dod", "usgovernmentl5"), ("mooncake", "china")],
        )
}

/// The client of all operations, with what they have in common.
#[derive(Debug)]
pub struct Client {
    configured: Arc<Configured>,
    states: Arc<States>,
}

impl Provider for Aksaccess {
    type Config = Config;
    type Client = Client;
    type Api = Services;
    const NAME: &'static str = "aksaccess";

    fn resources() -> Vec<Entry<Services>> {
        resources::table()
    }

    fn data_sources() -> Vec<DataEntry<Services>> {
        data_sources::table()
    }

    fn ephemeral() -> Vec<EphemeralEntry<Services>> {
        ephemeral::table()
    }

    fn actions() -> Vec<ActionEntry<Services>> {
        actions::table()
    }

    fn list_resources() -> Vec<ListEntry<Services>> {
        lists::table()
    }

    fn functions() -> Vec<FunctionEntry> {
        functions::table()
    }

    async fn configure(configured: Configuration<Config>, limits: Limits) -> Result<Client> {
        // Whom to protect and what to keep silent about need not be known to sign in.
        let unknown: Vec<String> = configured.unknown.into_iter().filter(|name| !NOT_FOR_SIGN_IN.contains(&name.as_str())).collect();
        if !unknown.is_empty() {
            return Ok(Client { configured: Arc::new(Configured::NotYet(unknown)), states: Arc::default() });
        }
        let user_agent = format!("{}/{} Terraform/{}", ABOUT.name, ABOUT.version, configured.terraform_version);
        let named = configured.config.emergency_access_principals.iter().flatten();
        let emergency_access = named.filter(|id| !id.is_empty()).cloned().collect();
        let settings = settings(configured.config, user_agent, |name| std::env::var(name).ok())?;
        let client =
            azure::Client::new(settings).map_err(|error| Diagnostic::error("The provider cannot be configured", error.to_string()))?;
        // Later every resource would report the failure.
        client.sign_in(&OperationContext::new(limits.timeout, limits.stop)).await.map_err(|error| could_not_sign_in(&error))?;
        let states = States { conditional_access: conditional_access::State::protecting(emergency_access), ..States::default() };
        Ok(Client { configured: Arc::new(Configured::Ready(client)), states: Arc::new(states) })
    }

    async fn was_deleted(services: &Services, id: &str) -> bool {
        if uuid::Uuid::parse_str(id).is_err() {
            return false;
        }
        // Not being allowed to look is the same as not finding it.
        for bin in ["/directory/deletedItems/{id}", "/identity/conditionalAccess/deletedItems/namedLocations/{id}"] {
            if services.client().send(Request::get(bin).with("id", id)).await.is_ok() {
                return true;
            }
        }
        false
    }

    fn api(client: &Arc<Client>, limits: Limits) -> Services {
        let operation_context = OperationContext::new(limits.timeout, limits.stop);
        Services::new(client::OperationClient::new(client.configured.clone(), operation_context), client.states.clone())
    }
}

/// Settings from the provider block and, where it leaves them out, from the environment.
fn settings(config: Config, user_agent: String, variable: impl Fn(&str) -> Option<String>) -> Result<Settings> {
    let some = |value: &String| !value.is_empty();
    let from = |given: Option<String>, name: &str| given.filter(some).or_else(|| variable(name)).filter(some);
    let (way, considered) = sign_in::choose(&config, &variable)?;
    let environment = from(config.environment, "ARM_ENVIRONMENT").unwrap_or_else(|| "public".to_owned());
    let environment = Environment::named(&environment).ok_or_else(|| {
        let known = Environment::NAMES.join(", ");
        Diagnostic::error(format!("There is no environment {environment:?}"), format!("ARM_ENVIRONMENT must be one of {known}."))
            .at_attribute("environment")
    })?;
    let user_agent = match from(config.partner_id, "ARM_PARTNER_ID") {
        Some(partner) if uuid::Uuid::try_parse(&partner).is_err() => {
            return Err(Diagnostic::error("ARM_PARTNER_ID is no GUID", format!("It is {partner:?}.")).at_attribute("partner_id"));
        }
        Some(partner) => format!("{user_agent} pid-{partner}"),
        None => user_agent,
    };
    let auxiliary_tenant_ids = match config.auxiliary_tenant_ids.filter(|ids| !ids.is_empty()) {
        Some(ids) => ids,
        None => from(None, "ARM_AUXILIARY_TENANT_IDS").unwrap_or_default().split(';').map(str::trim).map(str::to_owned).collect(),
    };
    let auxiliary_tenant_ids: Vec<String> = auxiliary_tenant_ids.into_iter().filter(some).collect();
    if auxiliary_tenant_ids.len() > 3 {
        let detail =
            format!("Azure Resource Manager takes tokens of three other tenants at most; these are {}.", auxiliary_tenant_ids.join(", "));
        return Err(Diagnostic::error("ARM_AUXILIARY_TENANT_IDS names too many tenants", detail).at_attribute("auxiliary_tenant_ids"));
    }
    Ok(Settings {
        way,
        considered: considered.into(),
        environment,
        metadata_host: from(config.metadata_host, "ARM_METADATA_HOSTNAME"),
        auxiliary_tenant_ids,
        subscription_id: from(config.subscription_id, "ARM_SUBSCRIPTION_ID"),
        user_agent,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_block_goes_before_the_environment() {
        let variables = |name: &str| match name {
            "ARM_TENANT_ID" | "ARM_CLIENT_ID" | "ARM_CLIENT_SECRET" => Some(format!("from {name}")),
            "ARM_ENVIRONMENT" => Some("china".to_owned()),
            "ARM_PARTNER_ID" => Some("11111111-1111-4111-8111-111111111111".to_owned()),
            _ => None,
        };
        let config = Config {
            client_id: Some("from-block".into()),
            client_secret: Some(SecretString::from("block".to_owned())),
            ..Config::default()
        };
        let settings = settings(config, "agent".to_owned(), variables).unwrap();
        let azure::CredentialSource::ClientSecret(application, secret) = &settings.way else { panic!("{:?}", settings.way) };
        let exposed = |text: &azure::Text| text.value.as_ref().unwrap().expose_secret().to_owned();
        assert_eq!((application.tenant_id.as_str(), exposed(&application.client_id)), ("from ARM_TENANT_ID", "from-block".to_owned()));
        assert_eq!((exposed(secret), settings.environment, settings.metadata_host), ("block".to_owned(), Environment::China, None));
        assert_eq!(settings.user_agent, "agent pid-11111111-1111-4111-8111-111111111111");
    }

    /// A panic may print any of these values, so none may contain a secret.
    #[test]
    fn no_way_to_sign_in_prints_its_secrets() {
        let all = [
            ["ARM_CLIENT_SECRET", "", ""],
            ["ARM_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE_PASSWORD", ""],
            ["ARM_OIDC_TOKEN", "", ""],
            ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "", ""],
            ["SYSTEM_ACCESSTOKEN", "", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"],
        ];
        for names in all {
            let variables = |name: &str| match name {
                "ARM_TENANT_ID" | "ARM_CLIENT_ID" => Some("plain".to_owned()),
                "ARM_USE_OIDC" => Some("true".to_owned()),
                "ACTIONS_ID_TOKEN_REQUEST_URL" | "SYSTEM_OIDCREQUESTURI" => Some("https://job.example".to_owned()),
                name => names.contains(&name).then(|| format!("hidden {name}")),
            };
            let settings = settings(Config::default(), "agent".to_owned(), variables).unwrap();
            let taken = settings.considered.iter().find(|one| one.why_not.is_none()).unwrap();
            let client = azure::Client::new(settings.clone()).unwrap();
            let printed = format!("{settings:?} {settings:#?} {client:?}").replace("hidden ARM_ADO_PIPELINE", "the id");
            assert!(printed.contains(taken.way) && !printed.contains("hidden"), "{printed}");
        }
    }
}

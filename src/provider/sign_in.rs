//! Which way to sign in, by the arguments of the provider block and the environment: names, variables and order are those
//! of azuread and azurerm.
//!
//! The first way that anything is set for is taken, and no other is tried when it fails: to go on as somebody else than was
//! asked for would be worse than to stop. For the same reason a way that is asked for (`use_oidc = true`) and for which something is
//! missing is an error, and so is a variable whose value is no boolean. For troubleshooting, the log lists all sources in this order, with
//! the reason why each was not taken.

use std::path::PathBuf;

use framework::{Diagnostic, Result};
use secrecy::{ExposeSecret, SecretString};

use crate::azure::{Application, Candidate, CredentialSource, Issuer, Text};
use crate::client::diagnose::listed;
use crate::provider::Config;

/// A way that may be taken.
enum Availability {
    /// This one.
    Taken(Box<CredentialSource>),
    /// Nothing was set for it: what that would be.
    NotSet(String),
    /// Something was set for it, and something else is missing or contradicts it.
    Wrong(Vec<String>),
}

/// The provider's arguments, with environment variables as fallback.
pub(crate) struct Arguments<'a> {
    config: &'a Config,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A boolean argument of the provider block, and the environment variable used when it is not set.
type Switch = (fn(&Config) -> Option<bool>, &'static str);

const USE_OIDC: Switch = (|config| config.use_oidc, "ARM_USE_OIDC");
const USE_MSI: Switch = (|config| config.use_msi, "ARM_USE_MSI");
const USE_AKS_WORKLOAD_IDENTITY: Switch = (|config| config.use_aks_workload_identity, "ARM_USE_AKS_WORKLOAD_IDENTITY");
const USE_CLI: Switch = (|config| config.use_cli, "ARM_USE_CLI");
/// azuread and azurerm have it; here there is only the refusal of what was asked for.
const USE_POWERSHELL: Switch = (|_| None, "ARM_USE_POWERSHELL");

/// A boolean as Terraform's own providers read them from variables (Go's `strconv.ParseBool`), in any case.
fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Some(true),
        "0" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// The way that is taken, and all that were considered.
pub(crate) fn choose(config: &Config, variable: &dyn Fn(&str) -> Option<String>) -> Result<(CredentialSource, Vec<Candidate>)> {
    let arguments = Arguments { config, variable };
    arguments.check_switches()?;
    type CheckAvailability<'a> = fn(&Arguments<'a>) -> Availability;
    let ways: [(&'static str, CheckAvailability<'_>); 8] = [
        ("a client certificate", Arguments::client_certificate),
        ("a client secret", Arguments::client_secret),
        ("AKS workload identity", Arguments::aks_workload_identity),
        ("an OpenID Connect token", Arguments::oidc_token),
        ("Azure Pipelines", Arguments::azure_pipelines),
        ("GitHub Actions", Arguments::github_actions),
        ("a managed identity", Arguments::managed_identity),
        ("the Azure CLI", Arguments::azure_cli),
    ];
    let mut considered: Vec<Candidate> = Vec::new();
    let mut taken = None;
    for (way, look) in ways {
        let why_not = match (&taken, look(&arguments)) {
            (None, Availability::Taken(this)) => {
                taken = Some(*this);
                None
            }
            (None, Availability::Wrong(problems)) => {
                considered.push(Candidate { way, why_not: Some(problems.join("; ")) });
                let summary = format!("The provider cannot sign in with {way}: {}", problems.join("; "));
                return Err(Diagnostic::error(summary, listed(&considered)));
            }
            (_, Availability::NotSet(why)) => Some(why),
            (Some(_), _) => Some("not looked at, because one before it was taken".to_owned()),
        };
        considered.push(Candidate { way, why_not });
    }
    match taken {
        Some(way) => Ok((way, considered)),
        None => Err(Diagnostic::error("The provider has nothing to sign in with", listed(&considered))),
    }
}

impl Arguments<'_> {
    /// An argument or, where it is not set, the first variable that is.
    fn text(&self, argument: Option<&String>, variables: &[&str]) -> Option<String> {
        let given = argument.filter(|value| !value.is_empty()).cloned();
        given.or_else(|| variables.iter().find_map(|name| (self.variable)(name).filter(|value| !value.is_empty())))
    }

    fn secret(&self, argument: Option<&SecretString>, variables: &[&str]) -> Option<SecretString> {
        let given = argument.filter(|secret| !secret.expose_secret().is_empty()).cloned();
        given.or_else(|| self.text(None, variables).map(SecretString::from))
    }

    /// A switch, by its argument or its variable. What is no boolean counts as not given; [`Arguments::check_switches`] refuses it before.
    fn switch(&self, (argument, variable): Switch) -> Option<bool> {
        argument(self.config).or_else(|| self.text(None, &[variable]).and_then(|text| boolean(&text)))
    }

    /// Refuses values of variables that are no booleans: taken for false, another identity would sign in.
    fn check_switches(&self) -> Result<()> {
        for (argument, variable) in [USE_OIDC, USE_MSI, USE_AKS_WORKLOAD_IDENTITY, USE_CLI, USE_POWERSHELL] {
            if argument(self.config).is_none()
                && let Some(text) = self.text(None, &[variable])
                && boolean(&text).is_none()
            {
                let detail = format!("It is {text:?}. Set it to true or false, or unset it.");
                return Err(Diagnostic::error(format!("The environment variable {variable} is no boolean"), detail));
            }
        }
        Ok(())
    }

    fn file(&self, argument: Option<&String>, variables: &[&str]) -> Option<PathBuf> {
        self.text(argument, variables).map(PathBuf::from)
    }

    fn client_id(&self) -> Text {
        Text {
            name: "client_id",
            value: self.text(self.config.client_id.as_ref(), &["ARM_CLIENT_ID"]).map(SecretString::from),
            file: self.file(self.config.client_id_file_path.as_ref(), &["ARM_CLIENT_ID_FILE_PATH"]),
        }
    }

    pub(crate) fn tenant_id(&self) -> Option<String> {
        self.text(self.config.tenant_id.as_ref(), &["ARM_TENANT_ID"])
    }

    /// The application, which most ways are about.
    fn application(&self, way: impl FnOnce(Application) -> CredentialSource) -> Availability {
        let (tenant_id, client_id) = (self.tenant_id(), self.client_id());
        let mut missing = Vec::new();
        if tenant_id.is_none() {
            missing.push("tenant_id is missing (ARM_TENANT_ID)".to_owned());
        }
        if !client_id.is_given() {
            missing.push("client_id is missing (ARM_CLIENT_ID)".to_owned());
        }
        match tenant_id {
            Some(tenant_id) if missing.is_empty() => Availability::Taken(Box::new(way(Application { tenant_id, client_id }))),
            _ => Availability::Wrong(missing),
        }
    }

    fn client_certificate(&self) -> Availability {
        let certificate = Text {
            name: "client_certificate",
            value: self.secret(self.config.client_certificate.as_ref(), &["ARM_CLIENT_CERTIFICATE"]),
            file: self.file(self.config.client_certificate_path.as_ref(), &["ARM_CLIENT_CERTIFICATE_PATH"]),
        };
        if !certificate.is_given() {
            return Availability::NotSet(
                "neither client_certificate (ARM_CLIENT_CERTIFICATE) nor client_certificate_path is set".to_owned(),
            );
        }
        if certificate.value.is_some() && certificate.file.is_some() {
            return Availability::Wrong(vec!["client_certificate and client_certificate_path are both set".to_owned()]);
        }
        let password = self.secret(self.config.client_certificate_password.as_ref(), &["ARM_CLIENT_CERTIFICATE_PASSWORD"]);
        self.application(|application| CredentialSource::ClientCertificate(application, certificate, password.unwrap_or_default()))
    }

    fn client_secret(&self) -> Availability {
        let secret = Text {
            name: "client_secret",
            value: self.secret(self.config.client_secret.as_ref(), &["ARM_CLIENT_SECRET"]),
            file: self.file(self.config.client_secret_file_path.as_ref(), &["ARM_CLIENT_SECRET_FILE_PATH"]),
        };
        if !secret.is_given() {
            return Availability::NotSet("neither client_secret (ARM_CLIENT_SECRET) nor client_secret_file_path is set".to_owned());
        }
        self.application(|application| CredentialSource::ClientSecret(application, secret))
    }

    /// What the webhook of AKS puts into a pod's environment (docs/services/sign-in.md#endpoints).
    fn aks_workload_identity(&self) -> Availability {
        if self.switch(USE_AKS_WORKLOAD_IDENTITY) != Some(true) {
            return Availability::NotSet("use_aks_workload_identity is not true".to_owned());
        }
        let given = |name: &str| self.text(None, &[name]);
        let mut problems = Vec::new();
        let mut agreed = |what: &str, ours: Option<String>, variable: &str| match (ours, given(variable)) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                problems.push(format!("{what} is {ours}, and {variable} is {theirs}"));
                None
            }
            (None, None) => {
                problems.push(format!("neither {what} nor {variable} is set"));
                None
            }
            (ours, theirs) => ours.or(theirs),
        };
        let tenant_id = agreed("tenant_id", self.tenant_id(), "AZURE_TENANT_ID");
        let mut client_id = self.client_id();
        if client_id.file.is_none() {
            let id = client_id.value.map(|id| id.expose_secret().to_owned());
            client_id.value = agreed("client_id", id, "AZURE_CLIENT_ID").map(SecretString::from);
        }
        let file = self.file(self.config.oidc_token_file_path.as_ref(), &["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"]);
        if file.is_none() {
            problems.push("AZURE_FEDERATED_TOKEN_FILE is not set".to_owned());
        }
        match tenant_id {
            Some(tenant_id) if problems.is_empty() => {
                let token = Text { name: "workload identity token", value: None, file };
                Availability::Taken(Box::new(CredentialSource::Federated(Application { tenant_id, client_id }, Issuer::Token(token))))
            }
            _ => Availability::Wrong(problems),
        }
    }

    fn oidc(&self) -> Result<(), Availability> {
        match self.switch(USE_OIDC) {
            Some(true) => Ok(()),
            Some(false) => Err(Availability::NotSet("use_oidc (ARM_USE_OIDC) is false".to_owned())),
            None => Err(self.oidc_without_switch()),
        }
    }

    /// Refuses a token that the provider block sets but does not enable: another identity would sign in.
    fn oidc_without_switch(&self) -> Availability {
        let Config { oidc_token, oidc_token_file_path, oidc_request_url, oidc_request_token, .. } = self.config;
        let given = [
            ("oidc_token", oidc_token.as_ref().is_some_and(|token| !token.expose_secret().is_empty())),
            ("oidc_token_file_path", oidc_token_file_path.as_ref().is_some_and(|path| !path.is_empty())),
            ("oidc_request_url", oidc_request_url.as_ref().is_some_and(|url| !url.is_empty())),
            ("oidc_request_token", oidc_request_token.as_ref().is_some_and(|token| !token.expose_secret().is_empty())),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                Availability::Wrong(vec![format!("{name} is set, and use_oidc (ARM_USE_OIDC) is not; set it to true or false")])
            }
            None => Availability::NotSet("use_oidc (ARM_USE_OIDC) is not true".to_owned()),
        }
    }

    /// What `use_oidc = true` looked for in vain.
    fn no_oidc_token() -> Availability {
        let looked_for = "use_oidc (ARM_USE_OIDC) is true, and there is no token to exchange: none of oidc_token (ARM_OIDC_TOKEN), oidc_token_file_path \
                          (ARM_OIDC_TOKEN_FILE_PATH), ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID, for Azure Pipelines) and \
                          oidc_request_url (ACTIONS_ID_TOKEN_REQUEST_URL, which a job of GitHub Actions has with the permission `id-token: write`) is set";
        Availability::Wrong(vec![looked_for.to_owned()])
    }

    fn oidc_token(&self) -> Availability {
        if let Err(not) = self.oidc() {
            return not;
        }
        let token = Text {
            name: "oidc_token",
            value: self.secret(self.config.oidc_token.as_ref(), &["ARM_OIDC_TOKEN"]),
            file: self.file(self.config.oidc_token_file_path.as_ref(), &["ARM_OIDC_TOKEN_FILE_PATH"]),
        };
        if !token.is_given() {
            return Availability::NotSet("neither oidc_token (ARM_OIDC_TOKEN) nor oidc_token_file_path is set".to_owned());
        }
        self.application(|application| CredentialSource::Federated(application, Issuer::Token(token)))
    }

    /// Where a job asks for a token, and what with. The variables of one service are not read where the job is the other's.
    fn request(&self, url: &str, token: &str) -> Result<(String, SecretString), Availability> {
        let address = self.text(self.config.oidc_request_url.as_ref(), &["ARM_OIDC_REQUEST_URL", url]);
        let secret = self.secret(self.config.oidc_request_token.as_ref(), &["ARM_OIDC_REQUEST_TOKEN", token]);
        match (address, secret) {
            (Some(address), Some(secret)) => Ok((address, secret)),
            (None, None) => Err(Availability::NotSet(format!("neither oidc_request_url ({url}) nor oidc_request_token ({token}) is set"))),
            (None, _) => Err(Availability::Wrong(vec![format!("oidc_request_token is set, and oidc_request_url ({url}) is not")])),
            (_, None) => Err(Availability::Wrong(vec![format!("oidc_request_url is set, and oidc_request_token ({token}) is not")])),
        }
    }

    fn azure_pipelines(&self) -> Availability {
        if let Err(not) = self.oidc() {
            return not;
        }
        let Some(service_connection_id) = self.service_connection() else {
            return Availability::NotSet(
                "ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID) is not set".to_owned(),
            );
        };
        match self.request("SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN") {
            Ok((url, token)) => self.application(|application| {
                CredentialSource::Federated(application, Issuer::AzurePipelines { url, token, service_connection_id })
            }),
            Err(Availability::NotSet(why)) => Availability::Wrong(vec![format!("ado_pipeline_service_connection_id is set, and {why}")]),
            Err(availability) => availability,
        }
    }

    fn service_connection(&self) -> Option<String> {
        let variables =
            ["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"];
        self.text(self.config.ado_pipeline_service_connection_id.as_ref(), &variables)
    }

    fn github_actions(&self) -> Availability {
        if let Err(not) = self.oidc() {
            return not;
        }
        match self.request("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN") {
            Ok((url, token)) => self.application(|application| CredentialSource::Federated(application, Issuer::GitHub { url, token })),
            // The last of the ways that exchange a token.
            Err(Availability::NotSet(_)) => Self::no_oidc_token(),
            Err(availability) => availability,
        }
    }

    fn managed_identity(&self) -> Availability {
        if self.switch(USE_MSI) != Some(true) {
            return Availability::NotSet("use_msi (ARM_USE_MSI) is not true".to_owned());
        }
        let client_id = Some(self.client_id()).filter(Text::is_given);
        let named = self.text(self.config.msi_endpoint.as_ref(), &["ARM_MSI_ENDPOINT"]);
        let arc = self.azure_arc().filter(|_| named.is_none());
        if arc.is_some() && client_id.is_some() {
            return Availability::Wrong(vec!["client_id is set, and a machine of Azure Arc has no identity but its own".to_owned()]);
        }
        let endpoint = named.or(arc);
        Availability::Taken(Box::new(CredentialSource::ManagedIdentity { client_id, endpoint }))
    }

    /// Where the agent of Azure Arc gives tokens, on a machine that it has prepared; App Service says by one variable more that it is not that.
    fn azure_arc(&self) -> Option<String> {
        let given = |name: &str| self.text(None, &[name]);
        given("IDENTITY_ENDPOINT").filter(|_| given("IMDS_ENDPOINT").is_some() && given("IDENTITY_HEADER").is_none())
    }

    fn azure_cli(&self) -> Availability {
        if self.switch(USE_CLI) == Some(false) {
            return Availability::NotSet("use_cli (ARM_USE_CLI) is false".to_owned());
        }
        if self.switch(USE_CLI).is_none() && self.switch(USE_POWERSHELL) == Some(true) {
            return Availability::Wrong(vec![
                "ARM_USE_POWERSHELL is true, and this provider cannot sign in with Azure PowerShell".to_owned(),
            ]);
        }
        Availability::Taken(Box::new(CredentialSource::AzureCli { tenant_id: self.tenant_id() }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Result<(CredentialSource, Vec<Candidate>)> {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        choose(&Config::default(), &variable)
    }

    const APPLICATION: [(&str, &str); 2] = [("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c")];

    fn taken(more: &[(&str, &str)]) -> String {
        let variables: Vec<_> = APPLICATION.iter().chain(more).copied().collect();
        let (_, considered) = chosen(&variables).unwrap();
        let way = considered.iter().find(|one| one.why_not.is_none()).unwrap();
        assert_eq!(considered.len(), 8);
        way.way.to_owned()
    }

    #[test]
    fn the_order_is_that_of_the_existing_providers() {
        let all = [
            ("ARM_CLIENT_CERTIFICATE_PATH", "file", "a client certificate"),
            ("ARM_CLIENT_SECRET", "s", "a client secret"),
            ("ARM_OIDC_TOKEN", "t", "an OpenID Connect token"),
            ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "id", "Azure Pipelines"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x", "GitHub Actions"),
            ("ARM_USE_MSI", "true", "a managed identity"),
        ];
        let companions = [
            ("ARM_USE_OIDC", "true"),
            ("SYSTEM_OIDCREQUESTURI", "https://y"),
            ("SYSTEM_ACCESSTOKEN", "y"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x"),
        ];
        for (index, (_, _, expected)) in all.iter().enumerate() {
            let rest = all[index..].iter().map(|(name, value, _)| (*name, *value));
            let rest: Vec<_> =
                rest.chain(companions).filter(|(name, _)| index < 5 || !name.starts_with("ACTIONS") && *name != "ARM_USE_OIDC").collect();
            assert_eq!(taken(&rest), *expected);
        }
        assert_eq!(taken(&[]), "the Azure CLI");
    }

    #[test]
    fn pipelines_and_actions_do_not_read_each_others_variables() {
        let actions = [("ARM_USE_OIDC", "1"), ("SYSTEM_OIDCREQUESTURI", "https://y"), ("SYSTEM_ACCESSTOKEN", "y")];
        let refused = chosen(&APPLICATION.into_iter().chain(actions).collect::<Vec<_>>()).unwrap_err();
        assert!(
            refused.summary.contains("there is no token to exchange"),
            "without a service connection it is no job of Azure Pipelines: {refused:?}"
        );
    }

    #[test]
    fn incomplete_settings_are_refused() {
        for (variables, message) in [
            (vec![("ARM_CLIENT_SECRET", "s")], "tenant_id is missing (ARM_TENANT_ID); client_id is missing"),
            (
                vec![("ARM_CLIENT_CERTIFICATE", "a"), ("ARM_CLIENT_CERTIFICATE_PATH", "b")],
                "client_certificate and client_certificate_path are both set",
            ),
            (
                vec![("ARM_USE_OIDC", "true"), ("ARM_OIDC_REQUEST_URL", "https://x")],
                "oidc_request_token (ACTIONS_ID_TOKEN_REQUEST_TOKEN) is not",
            ),
            (
                vec![("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"), ("ARM_CLIENT_ID", "a"), ("AZURE_CLIENT_ID", "b"), ("AZURE_TENANT_ID", "t")],
                "client_id is a, and AZURE_CLIENT_ID is b; AZURE_FEDERATED_TOKEN_FILE is not set",
            ),
        ] {
            let refused = chosen(&variables).unwrap_err();
            assert!(refused.summary.contains(message), "{refused:?}");
        }
        let nothing = chosen(&[("ARM_USE_CLI", "false")]).unwrap_err();
        let ways = [
            "a client certificate",
            "a client secret",
            "AKS workload identity",
            "an OpenID Connect token",
            "Azure Pipelines",
            "GitHub Actions",
            "a managed identity",
            "the Azure CLI",
        ];
        for way in ways {
            assert_eq!(nothing.detail.matches(way).count(), 1, "{way}: {}", nothing.detail);
        }
    }
}

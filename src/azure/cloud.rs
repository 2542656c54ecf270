//! Endpoints of a cloud: constants for Microsoft's four, or those of a metadata host.

use reqwest::Method;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::error::{Error, quoted};
use super::http::{Call, History, Sender};
use super::operation_context::OperationContext;
use super::request::segment;
use super::request_kind::RequestKind;
use super::service::{Api, Service};
use super::settings::Environment;

/// The addresses of one cloud. None has a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The cloud's own name, e.g. `AzureCloud`.
    pub name: String,
    /// Where tokens are given, e.g. `https://login.microsoftonline.com`.
    pub login: String,
    /// Microsoft Graph without a version, e.g. `https://graph.microsoft.com`.
    pub graph: String,
    /// Azure Resource Manager, e.g. `https://management.azure.com`.
    pub arm: String,
    /// What tokens for Azure Resource Manager are asked for; the same as `arm` in Microsoft's public cloud.
    pub arm_audience: String,
}

impl Endpoints {
    /// Microsoft's own clouds (learn.microsoft.com/graph/deployments, and azure-powershell's environments for ARM).
    pub(super) fn of(environment: Environment) -> Self {
        let (name, login, graph, arm) = match environment {
            Environment::Public => ("AzureCloud", "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"),
            Environment::UsGovernment => {
                ("AzureUSGovernment", "login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net")
            }
            Environment::UsGovernmentL5 => {
                ("AzureUSGovernment", "login.microsoftonline.us", "dod-graph.microsoft.us", "management.usgovcloudapi.net")
            }
            Environment::China => {
                ("AzureChinaCloud", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "management.chinacloudapi.cn")
            }
        };
        Self {
            name: name.to_owned(),
            login: format!("https://{login}"),
            graph: format!("https://{graph}"),
            arm: format!("https://{arm}"),
            arm_audience: format!("https://{arm}"),
        }
    }

    /// Asks a metadata host (docs/services/sign-in.md#what-clients-ask-first).
    pub(super) async fn ask(sender: &Sender, host: &str, operation_context: &OperationContext) -> Result<Self, Error> {
        let call = Call {
            service: Service::Metadata,
            method: Method::GET,
            template: "/metadata/endpoints",
            url: metadata_url(host)?,
            headers: HeaderMap::new(),
            body: None,
            kind: RequestKind::Read,
        };
        let answer = sender.send(&call, operation_context, &mut History::default()).await?;
        let metadata: Metadata = answer.json()?;
        metadata.endpoints().map_err(|reason| answer.unreadable(reason))
    }

    /// The address of an interface's paths.
    pub fn base(&self, api: Api) -> String {
        match api {
            Api::Graph => format!("{}/v1.0", self.graph),
            Api::GraphBeta => format!("{}/beta", self.graph),
            Api::Arm => self.arm.clone(),
        }
    }

    /// What a token for that service is asked for.
    pub(super) fn scope(&self, service: Service) -> String {
        let audience = match service {
            Service::Arm => &self.arm_audience,
            _ => &self.graph,
        };
        format!("{audience}/.default")
    }

    /// How a body refers to a directory object: `members@odata.bind`, `owners@odata.bind`, `@odata.id`.
    pub fn directory_object(&self, id: &str) -> Result<String, Error> {
        let id = segment(id).map_err(|why| Error::Invalid(format!("the id of a directory object {why}")))?;
        Ok(format!("{}/v1.0/directoryObjects/{id}", self.graph))
    }
}

/// As in azuread and azurerm, the setting is a host without `https://`; the prefix is accepted.
fn metadata_url(host: &str) -> Result<Url, Error> {
    let name = host.strip_prefix("https://").unwrap_or(host);
    let name = name.strip_suffix('/').unwrap_or(name);
    // What stands before an `@` can be a password.
    let shown = quoted(host.rsplit('@').next().unwrap_or_default());
    let wrong = || Error::Invalid(format!("metadata_host must be a host name with an optional port, not {shown}"));
    if name.is_empty() || name.contains(['/', '?', '#', '@', '\\']) || name.contains(char::is_whitespace) {
        return Err(wrong());
    }
    Url::parse(&format!("https://{name}/metadata/endpoints?api-version=2022-09-01")).map_err(|_| wrong())
}

/// As much of the metadata as is needed here. What is missing is empty, and complained about by name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    resource_manager: String,
    #[serde(default)]
    microsoft_graph_resource_id: String,
    #[serde(default)]
    authentication: Authentication,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    #[serde(default)]
    login_endpoint: String,
    #[serde(default)]
    audiences: Vec<String>,
}

impl Metadata {
    fn endpoints(self) -> Result<Endpoints, String> {
        if self.name.is_empty() {
            return Err("name is empty".to_owned());
        }
        let arm = address("resourceManager", &self.resource_manager)?;
        // A cloud of its own may give Resource Manager another audience than its address.
        let audiences = &self.authentication.audiences;
        let own = audiences.iter().any(|audience| audience.trim_end_matches('/').eq_ignore_ascii_case(&arm));
        let arm_audience = match audiences.first() {
            Some(first) if !own => first.trim_end_matches('/').to_owned(),
            _ => arm.clone(),
        };
        Ok(Endpoints {
            login: address("authentication.loginEndpoint", &self.authentication.login_endpoint)?,
            graph: address("microsoftGraphResourceId", &self.microsoft_graph_resource_id)?,
            name: self.name,
            arm,
            arm_audience,
        })
    }
}

fn address(field: &str, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{field} is empty"));
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.has_host() && url.query().is_none() && url.fragment().is_none() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(format!("{field} is not an https address")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::{Value, json};

    use super::*;

    fn metadata() -> Value {
        json!({
            "name": "Mine",
            "resourceManager": "https://arm.mine:8443/",
            "microsoftGraphResourceId": "https://graph.mine/",
            "authentication": {"loginEndpoint": "https://login.mine/", "audiences": ["https://core.mine/", "https://ARM.mine:8443"]},
        })
    }

    fn read(metadata: Value) -> Result<Endpoints, String> {
        serde_json::from_value::<Metadata>(metadata).unwrap().endpoints()
    }

    #[test]
    fn metadata_is_read() {
        let endpoints = read(metadata()).unwrap();
        assert_eq!(endpoints.login, "https://login.mine");
        assert_eq!(endpoints.base(Api::Graph), "https://graph.mine/v1.0");
        assert_eq!(endpoints.base(Api::GraphBeta), "https://graph.mine/beta");
        assert_eq!(endpoints.base(Api::Arm), "https://arm.mine:8443");
        assert_eq!(endpoints.scope(Service::Graph), "https://graph.mine/.default");
        assert_eq!(endpoints.scope(Service::Arm), "https://arm.mine:8443/.default");
    }

    #[test]
    fn an_audience_of_its_own_is_used() {
        let mut metadata = metadata();
        metadata["authentication"]["audiences"] = json!(["https://arm.audience/"]);
        assert_eq!(read(metadata).unwrap().scope(Service::Arm), "https://arm.audience/.default");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (pointer, field) in [
            ("/name", "name"),
            ("/resourceManager", "resourceManager"),
            ("/microsoftGraphResourceId", "microsoftGraphResourceId"),
            ("/authentication/loginEndpoint", "authentication.loginEndpoint"),
        ] {
            let mut metadata = metadata();
            *metadata.pointer_mut(pointer).unwrap() = json!("");
            assert_eq!(read(metadata.clone()).unwrap_err(), format!("{field} is empty"));
            if field != "name" {
                *metadata.pointer_mut(pointer).unwrap() = json!("http://plain.mine");
                assert_eq!(read(metadata).unwrap_err(), format!("{field} is not an https address"));
            }
        }
        assert_eq!(read(json!({})).unwrap_err(), "name is empty");
    }

    #[test]
    fn metadata_hosts() {
        for host in ["localhost:8443", "https://localhost:8443", "https://localhost:8443/"] {
            assert_eq!(metadata_url(host).unwrap().as_str(), "https://localhost:8443/metadata/endpoints?api-version=2022-09-01");
        }
        for host in ["", "http://x", "x/y", "u@x", "x?y", "x y", "x:port", "x\\y"] {
            let error = metadata_url(host).unwrap_err().to_string();
            assert!(error.contains("metadata_host"), "{host:?}: {error}");
        }
        assert!(!metadata_url("u:hidden@x").unwrap_err().to_string().contains("hidden"));
    }

    #[test]
    fn every_environment_is_https() {
        for name in Environment::NAMES {
            let endpoints = Endpoints::of(Environment::named(name).unwrap());
            for text in [&endpoints.login, &endpoints.graph, &endpoints.arm] {
                assert_eq!(address(name, text).as_ref(), Ok(text));
            }
        }
    }

    /// learn.microsoft.com/graph/deployments has sign-in and Graph of each national cloud.
    #[test]
    fn every_environment_is_where_microsoft_says() {
        for (name, login, graph, arm) in [
            ("public", "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"),
            ("usgovernment", "login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net"),
            ("usgovernmentl5", "login.microsoftonline.us", "dod-graph.microsoft.us", "management.usgovcloudapi.net"),
            ("china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "management.chinacloudapi.cn"),
        ] {
            let endpoints = Endpoints::of(Environment::named(name).unwrap());
            let expected = [login, graph, arm, arm].map(|host| format!("https://{host}"));
            assert_eq!([endpoints.login, endpoints.graph, endpoints.arm, endpoints.arm_audience], expected, "{name}");
        }
    }

    #[test]
    fn references_hold_one_segment() {
        let endpoints = Endpoints::of(Environment::Public);
        assert_eq!(endpoints.directory_object("a/b").unwrap(), "https://graph.microsoft.com/v1.0/directoryObjects/a%2Fb");
        assert!(endpoints.directory_object("..").is_err());
    }
}

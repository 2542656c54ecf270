//! `aksaccess_cluster_credentials`: how to get at the Kubernetes API of a cluster.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use framework::{Context, Diagnostic, Diagnostics, Ephemeral, Model, Result, View};
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::kubeconfig::{Kubeconfig, User};
use crate::arm::CLUSTERS;
use crate::attributes::placement;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Fetches the credentials of an AKS cluster, whole as a kubeconfig and in parts for other providers. They are stored nowhere.
///
/// Those of a user hold no secret where the cluster is integrated with Microsoft Entra ID: they say how to sign in, with `kubelogin`. Those of the
/// local administrator do, and bypass Microsoft Entra ID; the service refuses them where local accounts are disabled.
///
/// The caller needs the role `Azure Kubernetes Service Cluster User Role` or, with `admin`, `Azure Kubernetes Service Cluster Admin Role`.
#[derive(Debug, Model)]
pub struct ClusterCredentials {
    /// Resource ID of the cluster.
    #[attr(check(placement::is_cluster()))]
    cluster_id: String,
    /// Whether the credential of the local administrator is meant.
    #[attr(default(false))]
    admin: bool,
    /// How a user signs in: `exec` runs `kubelogin`, `azure` is the older way built into clients before Kubernetes 1.26. Not with `admin`.
    #[attr(default("exec"), check(one_of_with_synonyms(&["exec", "azure"], &[("kubelogin", "exec"), ("plugin", "exec")])))]
    format: String,
    /// The kubeconfig as the service gives it, YAML.
    #[attr(output)]
    kubeconfig: Option<SecretString>,
    /// Address of the Kubernetes API.
    #[attr(output)]
    host: Option<String>,
    /// Certificate of the authority that the API's own certificate is from, PEM.
    #[attr(output)]
    cluster_ca_certificate: Option<String>,
    /// Name of the context that is the current one.
    #[attr(output)]
    context: Option<String>,
    /// The command that signs in, for an `exec` block; null if there is none.
    #[attr(output)]
    exec: Option<Exec>,
    /// Bearer token of a local account.
    #[attr(output)]
    token: Option<SecretString>,
    /// Client certificate of a local account, PEM.
    #[attr(output)]
    client_certificate: Option<SecretString>,
    /// Key of the client certificate, PEM.
    #[attr(output)]
    client_key: Option<SecretString>,
}

/// A command that signs in.
#[derive(Debug, Model)]
pub struct Exec {
    /// Version of the protocol between client and command.
    #[attr(output)]
    api_version: Option<String>,
    /// The command.
    #[attr(output)]
    command: Option<String>,
    /// Its arguments.
    #[attr(output)]
    args: Option<Vec<String>>,
    /// Variables of its environment.
    #[attr(output)]
    env: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct CredentialsResponse {
    kubeconfigs: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    value: String,
}

impl Ephemeral for ClusterCredentials {
    type Api = Services;
    const NAME: &'static str = "cluster_credentials";
    const SUBCATEGORY: &'static str = "Azure resources";

    async fn open(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = placement::parsed("cluster_id", &self.cluster_id)?;
        let request = if self.admin {
            Request::post("/{cluster}/listClusterAdminCredential").arm(CLUSTERS)
        } else {
            Request::post("/{cluster}/listClusterUserCredential").arm(CLUSTERS).query("format", &self.format)
        };
        let answer = cx.api.client().send(request.with_path("cluster", &scope.to_string()).reads()).await;
        let answered: CredentialsResponse =
            answer.and_then(|answer| answer.json()).map_err(could_not(format!("fetch the credentials of the cluster {scope}")))?;
        let Some(first) = answered.kubeconfigs.into_iter().next() else {
            return Err(Diagnostic::error("The cluster has no credentials", format!("The service gave no kubeconfig for {scope}.")));
        };
        let text = decoded("the kubeconfig", &first.value)?;
        let read = Kubeconfig::read(&text).map_err(|why| unreadable("The kubeconfig", &why))?;
        self.kubeconfig = Some(SecretString::from(text.to_string()));
        self.take(read)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        if config.get::<Option<bool>>("admin") == Some(Some(true)) && config.is_set("format") {
            found.error("format", "`format` is about users", "The local administrator does not sign in. Leave `format` out.");
        }
    }
}

impl ClusterCredentials {
    fn take(&mut self, read: Kubeconfig) -> Result {
        let Some((cluster, user)) = read.current() else {
            return Err(unreadable("The kubeconfig", "its current context names no cluster and user"));
        };
        self.host = Some(cluster.server);
        self.cluster_ca_certificate = match &cluster.certificate_authority_data {
            Some(data) => Some(decoded("the authority's certificate", data)?.to_string()),
            None => None,
        };
        self.context = Some(read.current_context);
        let User { exec, token, client_certificate_data, client_key_data } = user;
        self.exec = exec.map(|exec| Exec {
            api_version: Some(exec.api_version),
            command: Some(exec.command),
            args: Some(exec.args.unwrap_or_default()),
            env: Some(exec.env.unwrap_or_default().into_iter().map(|variable| (variable.name, variable.value)).collect()),
        });
        self.token = token.map(SecretString::from);
        let secret = |what: &str, data: Option<String>| -> Result<Option<SecretString>> {
            data.map(|data| Ok(SecretString::from(decoded(what, &data)?.to_string()))).transpose()
        };
        self.client_certificate = secret("the client certificate", client_certificate_data)?;
        self.client_key = secret("the client key", client_key_data)?;
        Ok(())
    }
}

/// Text in base64.
fn decoded(what: &str, data: &str) -> Result<Zeroizing<String>> {
    let bytes = STANDARD.decode(data).map(Zeroizing::new).map_err(|_| unreadable("The answer", &format!("{what} is not in base64")))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("The answer", &format!("{what} is no text")))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Without what was read: it may be secret.
fn unreadable(what: &str, why: &str) -> Diagnostic {
    Diagnostic::error(format!("{what} cannot be read"), format!("In what the service gave, {why}."))
}

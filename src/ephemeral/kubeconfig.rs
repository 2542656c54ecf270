//! The part of a kubeconfig that says how to connect to a cluster. Errors repeat nothing of its text, which may be secret.

use serde::Deserialize;

/// A kubeconfig.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Kubeconfig {
    pub(super) current_context: String,
    contexts: Vec<NamedContext>,
    clusters: Vec<NamedCluster>,
    users: Vec<NamedUser>,
}

#[derive(Debug, Deserialize)]
struct NamedContext {
    name: String,
    context: Context,
}

#[derive(Debug, Deserialize)]
struct Context {
    cluster: String,
    user: String,
}

#[derive(Debug, Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Cluster,
}

/// Where the API is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub(super) server: String,
    pub(super) certificate_authority_data: Option<String>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    user: User,
}

/// How to sign in.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    pub(super) exec: Option<Exec>,
    pub(super) token: Option<String>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key_data: Option<String>,
}

impl std::fmt::Debug for NamedUser {
    /// Without the credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A command that signs in.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exec {
    pub(super) api_version: String,
    pub(super) command: String,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<Variable>>,
}

/// A variable of the environment.
#[derive(Clone, Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

impl Kubeconfig {
    /// Reads a kubeconfig from YAML.
    ///
    /// # Errors
    ///
    /// The line and the field at which the text is not a kubeconfig, as the end of a sentence and without the text itself.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut field = String::new();
        let read = serde_saphyr::with_deserializer_from_str(text, |yaml| {
            serde_path_to_error::deserialize(yaml).map_err(|error| {
                field = error.path().to_string();
                error.into_inner()
            })
        });
        // Neither the error's text nor its snippet: both quote the input.
        read.map_err(|error| match error.location() {
            Some(location) => format!("line {} is not valid YAML or not what `{field}` of a kubeconfig holds", location.line()),
            None => format!("`{field}` of the kubeconfig is missing or not valid"),
        })
    }

    /// Cluster and user of the current context.
    pub(super) fn current(&self) -> Option<(Cluster, User)> {
        let context = &self.contexts.iter().find(|context| context.name == self.current_context)?.context;
        let cluster = self.clusters.iter().find(|cluster| cluster.name == context.cluster)?;
        let user = self.users.iter().find(|user| user.name == context.user)?;
        Some((cluster.cluster.clone(), user.user.clone()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    /// As AKS writes it.
    const TEXT: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Y2E=
    server: https://prod-dns-0a1b.hcp.westeurope.azmk8s.io:443
  name: prod
contexts:
- context:
    cluster: prod
    user: clusterUser_rg_prod
  name: prod
current-context: prod
kind: Config
preferences: {}
users:
- name: clusterUser_rg_prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed
      provideClusterInfo: false
";

    #[test]
    fn a_kubeconfig_is_read() {
        let read = Kubeconfig::read(TEXT).unwrap();
        let (cluster, user) = read.current().unwrap();
        assert_eq!(cluster.server, "https://prod-dns-0a1b.hcp.westeurope.azmk8s.io:443");
        let exec = user.exec.unwrap();
        assert_eq!((exec.command.as_str(), exec.args.unwrap().len(), exec.env.is_none()), ("kubelogin", 3, true));
    }

    #[test]
    fn json_is_yaml() {
        let json = r#"{"apiVersion":"v1","kind":"Config","clusters":[{"name":"c","cluster":{"server":"https://h"}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x","users":[{"name":"u","user":{"token":"t"}}]}"#;
        let (_, user) = Kubeconfig::read(json).unwrap().current().unwrap();
        assert_eq!(user.token.as_deref(), Some("t"));
    }

    #[test]
    fn errors_repeat_nothing_of_the_text() {
        for (text, why) in [
            ("", "is not valid YAML"),
            ("users: [", "line 1 is not valid YAML"),
            ("a: &x hunter2\nb: [hunter2", "line 2 is not valid YAML"),
            ("current-context: hunter2\ncontexts: hunter2\n", "line 2 is not valid YAML or not what `contexts`"),
            ("1: hunter2", "is not valid YAML"),
        ] {
            let refused = Kubeconfig::read(text).unwrap_err();
            assert!(refused.contains(why) && !refused.contains("hunter2"), "{text:?}: {refused}");
        }
        assert!(!format!("{:?}", Kubeconfig::read(TEXT).unwrap()).contains("kubelogin"));
    }
}

//! Audiences of tokens: the resource that a request names, and its scopes.

use serde_json::Value;

use super::errors::SignInError;
use crate::caller::{GRAPH_APP, Resource};

/// The resource and the scopes for which a token is requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAudience {
    /// Who shall accept it.
    pub resource: Resource,
    /// The resource as the client wrote it, which is what the token names.
    pub audience: String,
    /// The permissions asked for by name; empty with `.default`, which means all that were consented to.
    pub scopes: Vec<String>,
    /// Whether an id token is wanted.
    pub openid: bool,
    /// Whether a refresh token is wanted.
    pub offline: bool,
    /// Additional claims that the token must contain.
    pub wanted: RequestedClaims,
}

/// The supported part of the parameter `claims` of a token request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestedClaims {
    /// Authentication contexts that the sign-in has to satisfy: `acrs`.
    pub contexts: Vec<String>,
    /// Capabilities of the client: `xms_cc`. `cp1` says that it understands claims challenges.
    pub capabilities: Vec<String>,
}

impl RequestedClaims {
    /// Reads the JSON of `claims`; `None` if it is none.
    pub fn read(claims: &str) -> Option<Self> {
        let claims: Value = serde_json::from_str(claims).ok()?;
        let token = claims.as_object()?.get("access_token").cloned().unwrap_or_default();
        let values = |name: &str| {
            let one = token[name]["value"].as_str().map(str::to_owned);
            let several = token[name]["values"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            one.into_iter().chain(several).collect()
        };
        Some(Self { contexts: values("acrs"), capabilities: values("xms_cc") })
    }

    /// Wants the other's as well.
    pub fn add(&mut self, other: Self) {
        for (mine, theirs) in [(&mut self.contexts, other.contexts), (&mut self.capabilities, other.capabilities)] {
            mine.extend(theirs);
            mine.sort();
            mine.dedup();
        }
    }
}

impl TokenAudience {
    /// The audience by the `scope` of a v2.0 request: `https://graph.microsoft.com/.default`, with two slashes as the Azure
    /// CLI sends it, `https://graph.microsoft.com/User.Read offline_access`, or `User.Read` alone, which is Graph's.
    pub fn by_scope(scope: &str, host: &str) -> Result<Self, SignInError> {
        let mut asked = Self {
            resource: Resource::Graph,
            audience: GRAPH_APP.to_owned(),
            scopes: Vec::new(),
            openid: false,
            offline: false,
            wanted: RequestedClaims::default(),
        };
        let mut named: Option<&str> = None;
        for word in scope.split_whitespace() {
            match word {
                "openid" | "profile" | "email" => asked.openid = true,
                "offline_access" => asked.offline = true,
                _ => {
                    let (resource, permission) = word.rsplit_once('/').unwrap_or((GRAPH_APP, word));
                    if permission.is_empty() || named.is_some_and(|other| other != resource) {
                        return Err(SignInError::invalid_scope(scope));
                    }
                    named = Some(resource);
                    if permission != ".default" {
                        asked.scopes.push(permission.to_owned());
                    }
                }
            }
        }
        if let Some(name) = named {
            asked.resource = Resource::named(name, host).ok_or_else(|| SignInError::unknown_resource(name))?;
            name.clone_into(&mut asked.audience);
        } else if !asked.openid && !asked.offline {
            return Err(SignInError::invalid_scope(scope));
        }
        Ok(asked)
    }

    /// The audience by the `resource` of a v1 request. Refresh and id tokens are issued without being requested there.
    pub fn by_resource(resource: &str, host: &str) -> Result<Self, SignInError> {
        Ok(Self {
            resource: Resource::named(resource, host).ok_or_else(|| SignInError::unknown_resource(resource))?,
            audience: resource.to_owned(),
            scopes: Vec::new(),
            openid: true,
            offline: true,
            wanted: RequestedClaims::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;
    use crate::caller::KUBERNETES_APP;

    #[test]
    fn a_scope_names_one_resource() {
        for (scope, resource, audience, scopes) in [
            ("https://graph.microsoft.com/.default", Resource::Graph, "https://graph.microsoft.com", vec![]),
            ("https://management.core.windows.net//.default", Resource::Arm, "https://management.core.windows.net/", vec![]),
            ("6dae42f8-4368-4678-94ff-3960e28e3630/.default", Resource::Kubernetes, KUBERNETES_APP, vec![]),
            ("https://localhost:8443/.default", Resource::Here, "https://localhost:8443", vec![]),
            ("User.Read openid offline_access", Resource::Graph, GRAPH_APP, vec!["User.Read".to_owned()]),
            ("openid profile", Resource::Graph, GRAPH_APP, vec![]),
        ] {
            let asked = TokenAudience::by_scope(scope, "localhost:8443").unwrap();
            assert_eq!((asked.resource, asked.audience.as_str(), asked.scopes), (resource, audience, scopes), "{scope}");
        }
        for (scope, number) in [
            ("", 70_011),
            ("https://graph.microsoft.com/User.Read https://management.azure.com/.default", 70_011),
            ("https://vault.azure.net/.default", 500_011),
        ] {
            assert_eq!(TokenAudience::by_scope(scope, "localhost").unwrap_err().number, number, "{scope}");
        }
    }

    #[test]
    fn claims_say_what_a_token_must_say() {
        let one = RequestedClaims::read(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#).unwrap();
        let mut all = RequestedClaims::read(r#"{"access_token":{"acrs":{"values":["c2"]},"xms_cc":{"values":["cp1"]}}}"#).unwrap();
        all.add(one);
        assert_eq!(all, RequestedClaims { contexts: vec!["c1".into(), "c2".into()], capabilities: vec!["cp1".into()] });
        assert_eq!(RequestedClaims::read("{}"), Some(RequestedClaims::default()));
        assert_eq!((RequestedClaims::read("c1"), RequestedClaims::read("[]")), (None, None));
    }
}

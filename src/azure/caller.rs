//! The identity that signed in, from the claims of the token for Microsoft Graph.
//!
//! Tokens are meant for the service, and their form is not promised; azuread and azurerm read these claims all the same
//! (docs/services/sign-in.md#claims), because no request returns them without a permission of its own. So a token that cannot be read is no error, and only these claims leave here.

use serde::Deserialize;

use super::jwt;

/// The identity that signed in; what the token does not say is none.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Caller {
    /// Id of the tenant, also where a domain name was configured.
    #[serde(rename = "tid")]
    pub tenant_id: Option<String>,
    /// Object id of the service principal or user.
    #[serde(rename = "oid")]
    pub object_id: Option<String>,
    /// Application id: the one that signed in, or the one that the user signed in with.
    #[serde(rename = "appid", alias = "azp")]
    pub application_id: Option<String>,
    /// What a user has delegated; an application's own token has no such claim.
    #[serde(rename = "scp")]
    delegated: Option<String>,
    /// What an application was granted.
    #[serde(default)]
    roles: Vec<String>,
}

impl Caller {
    /// The permissions in the token: an application's own, or those that its client has for a user.
    pub fn permissions(&self) -> Vec<&str> {
        self.roles.iter().map(String::as_str).chain(self.delegated.iter().flat_map(|scopes| scopes.split_whitespace())).collect()
    }

    /// Whether a user signed in, and not an application as itself.
    pub fn is_user(&self) -> bool {
        self.delegated.is_some()
    }
}

impl Caller {
    /// The caller in the header `Bearer <token>`.
    pub(super) fn from_header(header: &str) -> Self {
        claims(header).unwrap_or_default()
    }
}

/// Reads the claims in `Bearer <token>`.
fn claims(bearer: &str) -> Option<Caller> {
    jwt::claims(bearer.strip_prefix("Bearer ")?)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn claims_are_read_where_there_are_any() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k"}"#);
        let payload = URL_SAFE_NO_PAD.encode(r#"{"tid":"t","oid":"o","appid":"a","roles":["x"],"exp":1}"#);
        let caller = Caller {
            tenant_id: Some("t".into()),
            object_id: Some("o".into()),
            application_id: Some("a".into()),
            delegated: None,
            roles: vec!["x".into()],
        };
        assert!(!caller.is_user());
        assert_eq!(claims(&format!("Bearer {header}.{payload}.s")), Some(caller));
        let of_user = URL_SAFE_NO_PAD.encode(r#"{"tid":"t","oid":"o","scp":"User.Read"}"#);
        assert!(claims(&format!("Bearer {header}.{of_user}.s")).is_some_and(|caller| caller.is_user()));
        for opaque in ["", "Bearer", "Bearer abc", "Bearer a.b.c", "Bearer a.!.c"] {
            assert_eq!(claims(opaque), None, "{opaque}");
        }
    }
}

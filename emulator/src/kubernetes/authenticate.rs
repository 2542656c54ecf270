//! Authentication at a cluster: a user or application of the tenant, or the cluster's local administrator.

use serde_json::{Value, json};

use super::status::{Refusal, unauthorized};
use crate::{
    caller::{Caller, Kind, Resource, Signer},
    directory::principals::with_groups,
    http::Request,
    store::{Key, Row, View},
};

/// An authenticated identity.
#[derive(Debug, Clone)]
pub struct Identity {
    /// How the cluster calls them: a user principal name; of an application the object id.
    pub name: String,
    /// Object id; empty for the local administrator.
    pub object_id: String,
    /// Object ids of the groups that they are in, however deep. The service reads them from the token, and from the directory when they are
    /// too many for one.
    pub groups: Vec<Key>,
}

impl Identity {
    /// Whether this is the local administrator.
    pub fn is_local(&self) -> bool {
        self.object_id.is_empty()
    }
}

/// Refuses a request without a token that the cluster accepts.
pub fn authenticate(signer: &Signer, view: View<'_>, cluster: &Row, request: &Request) -> Result<Identity, Refusal> {
    let property = |name: &str| cluster.get("properties").and_then(|inner| inner.get(name));
    let local = cluster.get("$adminToken").and_then(Value::as_str).map(|token| format!("Bearer {token}"));
    if local.is_some() && request.header("authorization") == local.as_deref() {
        if property("disableLocalAccounts") == Some(&json!(true)) {
            return Err(unauthorized());
        }
        return Ok(Identity { name: "masterclient".into(), object_id: String::new(), groups: Vec::new() });
    }
    let integrated = property("aadProfile").is_some_and(|profile| profile.get("managed") == Some(&json!(true)));
    if !integrated {
        return Err(unauthorized());
    }
    let caller = Caller::of(signer, request, Resource::Kubernetes).map_err(|_| unauthorized())?;
    let mut groups = with_groups(view, &caller.object_id);
    groups.retain(|id| id.as_ref() != caller.object_id);
    let name = match caller.kind {
        Kind::User(name) => name,
        Kind::Application => caller.object_id.clone(),
    };
    Ok(Identity { name, object_id: caller.object_id, groups })
}

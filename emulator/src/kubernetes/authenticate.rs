//! Authentication at a cluster: a user or application of the tenant, or the cluster's local administrator.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::status::{Refusal, unauthorized};
use crate::{
    caller::{Caller, Kind, Resource, Signer},
    directory::principals::groups_of,
    http::Request,
    store::{Key, Row, View},
};

/// The group of everybody who is authenticated.
pub const SYSTEM_AUTHENTICATED: &str = "system:authenticated";
/// The group of those who may do everything.
pub const SYSTEM_MASTERS: &str = "system:masters";

/// An authenticated identity, as the Kubernetes API sees it.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// A user principal name; of an application the object id.
    pub name: String,
    /// Object id in Microsoft Entra, in lower case; empty for an identity that is not of Microsoft Entra.
    pub object_id: String,
    /// Names of groups: object ids of the groups of Microsoft Entra, and groups of Kubernetes.
    pub groups: Vec<String>,
    /// UID; empty without one.
    pub uid: String,
    /// Further properties.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Identity {
    /// The object ids by which the identity holds roles of Azure.
    pub fn holders(&self) -> Vec<Key> {
        let groups = self.groups.iter().map(|group| group.to_lowercase().into());
        groups.chain([Key::from(self.object_id.as_str())]).collect()
    }

    /// `UserInfo` of the authentication API.
    pub fn user_info(&self) -> Value {
        let mut out = json!({"username": self.name, "groups": self.groups});
        if !self.uid.is_empty() {
            out["uid"] = json!(self.uid);
        }
        if !self.extra.is_empty() {
            out["extra"] = json!(self.extra);
        }
        out
    }
}

/// How a cluster finds out the groups of a caller.
#[derive(Debug, Clone, Copy)]
pub struct GroupLookup {
    /// Whether the groups of the token count, and not those of the directory.
    pub from_token: bool,
    /// Now, by the tenant's clock.
    pub now: Timestamp,
}

/// Refuses a request without a token that the cluster accepts.
pub fn authenticate(signer: &Signer, view: View<'_>, cluster: &Row, request: &Request, lookup: GroupLookup) -> Result<Identity, Refusal> {
    let property = |name: &str| cluster.get("properties").and_then(|inner| inner.get(name));
    let local = cluster.get("$adminToken").and_then(Value::as_str).map(|token| format!("Bearer {token}"));
    if local.is_some() && request.header("authorization") == local.as_deref() {
        if property("disableLocalAccounts") == Some(&json!(true)) {
            return Err(unauthorized());
        }
        let groups = [SYSTEM_MASTERS, SYSTEM_AUTHENTICATED].map(str::to_owned).to_vec();
        return Ok(Identity { name: "masterclient".into(), groups, ..Identity::default() });
    }
    let integrated = property("aadProfile").is_some_and(|profile| profile.get("managed") == Some(&json!(true)));
    if !integrated {
        return Err(unauthorized());
    }
    let caller = Caller::of(signer, request, Resource::Kubernetes).map_err(|_| unauthorized())?;
    let mut groups = groups(view, &caller, lookup);
    groups.push(SYSTEM_AUTHENTICATED.to_owned());
    let object_id = caller.object_id.to_lowercase();
    let mut extra = BTreeMap::from([("oid".to_owned(), vec![object_id.clone()])]);
    let name = match caller.kind {
        Kind::User(name) => {
            extra.insert("upn".to_owned(), vec![name.clone()]);
            name
        }
        Kind::Application => object_id.clone(),
    };
    Ok(Identity { name, object_id, groups, uid: String::new(), extra })
}

/// The groups of a caller. Those of the token hold while the token is valid by the tenant's clock; once a test has moved that clock further, the
/// groups are those of the token that a client would have by then, of now. Too many groups for a token are read from the directory.
fn groups(view: View<'_>, caller: &Caller, lookup: GroupLookup) -> Vec<String> {
    let valid = caller.valid_until.is_some_and(|until| lookup.now.as_second() < until);
    match &caller.groups {
        Some(groups) if lookup.from_token && valid => groups.clone(),
        _ => groups_of(view, &caller.object_id.to_lowercase()).iter().map(ToString::to_string).collect(),
    }
}

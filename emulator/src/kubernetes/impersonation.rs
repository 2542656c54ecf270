//! Impersonation: requests of one identity that are decided as those of another
//! (kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).

use std::collections::BTreeMap;

use super::{
    Context,
    authenticate::{Identity, SYSTEM_AUTHENTICATED},
    authorization::{self, Attributes},
    status::{Refusal, internal},
};
use crate::http::text::percent_decode;

const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The identity as which a request is decided; `None` without the headers of impersonation.
///
/// # Errors
///
/// 403 if the caller may not impersonate the user, one of the groups, the UID or an extra; 500 if a header is there without a user.
pub fn impersonated(context: &Context<'_>) -> Result<Option<Identity>, Refusal> {
    let headers = &context.request.headers;
    let all = |name: &str| -> Vec<String> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).filter(|value| !value.is_empty()).map(str::to_owned).collect()
    };
    let (name, groups, uid) = (all(USER).pop(), all(GROUP), all(UID).pop());
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for header in headers.keys().filter_map(|name| name.as_str().strip_prefix(EXTRA)) {
        extra.insert(percent_decode(header), all(&format!("{EXTRA}{header}")));
    }
    let Some(name) = name else {
        if groups.is_empty() && uid.is_none() && extra.is_empty() {
            return Ok(None);
        }
        return Err(internal("requested groups, a UID or extras without impersonating a user"));
    };
    let service_account = name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'));
    check(
        context,
        match service_account {
            Some((namespace, name)) => asked("", "serviceaccounts", "", namespace, name),
            None => asked("", "users", "", "", &name),
        },
    )?;
    for group in &groups {
        check(context, asked("", "groups", "", "", group))?;
    }
    if let Some(uid) = &uid {
        check(context, asked("authentication.k8s.io", "uids", "", "", uid))?;
    }
    for (key, value) in extra.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value))) {
        check(context, asked("authentication.k8s.io", "userextras", key, "", value))?;
    }
    let defaults = match service_account {
        Some((namespace, _)) if groups.is_empty() => {
            vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
        }
        _ => Vec::new(),
    };
    let mut groups = if groups.is_empty() { defaults } else { groups };
    let is_anonymous = name == "system:anonymous" || groups.iter().any(|group| group == "system:unauthenticated");
    if !is_anonymous && !groups.iter().any(|group| group == SYSTEM_AUTHENTICATED) {
        groups.push(SYSTEM_AUTHENTICATED.to_owned());
    }
    // The authorizer of AKS recognizes a user of Microsoft Entra by this extra, also one that is impersonated (github.com/kubeguard/guard).
    let object_id = extra.get("oid").and_then(|ids| ids.first()).map(|id| id.to_lowercase()).unwrap_or_default();
    Ok(Some(Identity { name, object_id, groups, uid: uid.unwrap_or_default(), extra }))
}

fn asked(group: &str, resource: &str, subresource: &str, namespace: &str, name: &str) -> Attributes {
    Attributes {
        verb: "impersonate".into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

fn check(context: &Context<'_>, asked: Attributes) -> Result<(), Refusal> {
    authorization::check(context, &asked)
}

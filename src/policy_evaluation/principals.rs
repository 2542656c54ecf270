//! What the directory says of a principal, as far as the conditions of a policy ask for it.

use std::collections::HashSet;
use std::sync::Arc;

use framework::View;
use framework::value::Value;
use uuid::Uuid;

use super::sign_in::{Guest, Principal, Who};
use crate::azure::Error;
use crate::directory::SERVICE_PRINCIPAL;
use crate::services::Services;

/// How many members of an emergency access group are looked at one by one; a larger group is looked at as a whole.
const MAX_MEMBERS: usize = 20;

/// Whether the conditions of a policy name anything in one of these places, or may do so.
fn asks(conditions: View<'_>, places: &[&str]) -> bool {
    places.iter().any(|place| conditions.says(place) != Some(false))
}

/// What could be read; what could not is logged and counts as unknown.
fn readable<T>(what: &str, answer: Result<T, Error>) -> Option<T> {
    answer.inspect_err(|error| tracing::info!(%error, "{what} cannot be read")).ok()
}

/// The provider's emergency access principals: users, service principals, and the members of groups, however deep. A group without members, with more than
/// [`MAX_MEMBERS`], or whose members cannot be read is looked at as a whole.
pub(crate) async fn emergency_principals(conditions: View<'_>, api: &Services, in_apply: bool) -> Vec<Who> {
    let named = api.conditional_access().emergency_access();
    let ids: HashSet<Uuid> = named.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let known = readable("what the emergency access principals are", api.directory().identities(&ids).await).unwrap_or_default();
    let mut found: Vec<Who> = Vec::new();
    let mut seen = HashSet::new();
    for id in named {
        let identity = Uuid::parse_str(id).ok().and_then(|id| known.get(&id).cloned().flatten());
        let is = |is_kind: fn(&crate::directory::Identity) -> bool| identity.as_deref().is_some_and(is_kind);
        let mut members = Vec::new();
        if is(crate::directory::Identity::is_group) {
            if in_apply {
                // This run may have changed them.
                api.directory().forget_transitive_members(id);
            }
            let all =
                readable("the members of an emergency access group", api.directory().transitive_members(id).await).unwrap_or_default();
            members = all.iter().filter(|member| member.kind != "#microsoft.graph.group").cloned().collect();
        }
        if members.is_empty() || members.len() > MAX_MEMBERS {
            let who = if is(crate::directory::Identity::is_service_principal) {
                Who::ServicePrincipal(id.clone())
            } else {
                Who::User(Principal { is_assumed_administrator: true, ..principal(id, conditions, api).await })
            };
            if seen.insert(id.to_lowercase()) {
                found.push(who);
            }
            continue;
        }
        for member in members.into_iter().filter(|member| seen.insert(member.id.to_lowercase())) {
            found.push(match member.kind.as_str() {
                SERVICE_PRINCIPAL => Who::ServicePrincipal(member.id),
                _ => {
                    let principal = principal(&member.id, conditions, api).await;
                    Who::User(Principal { is_assumed_administrator: true, member_of: Some(id.clone()), ..principal })
                }
            });
        }
    }
    found
}

/// A user or group, with what the directory says of it that the conditions of a policy ask for.
pub(crate) async fn principal(id: &str, conditions: View<'_>, api: &Services) -> Principal {
    const GROUPS: [&str; 2] = ["users.included_groups", "users.excluded_groups"];
    const ROLES: [&str; 2] = ["users.included_roles", "users.excluded_roles"];
    let asks_for_roles = asks(conditions, &ROLES);
    let mut groups = Some(HashSet::from([id.to_lowercase()]));
    if asks_for_roles || asks(conditions, &GROUPS) {
        groups = readable("the groups of a principal", api.directory().groups_of(id).await).map(|groups| groups.as_ref().clone());
        let listed = GROUPS.iter().flat_map(|place| conditions.find(place).elements().unwrap_or_default());
        for group in listed.filter_map(Value::as_str) {
            // What this run wrote may be missing from an answer that is older.
            match (api.directory().recent_membership_write(group, id), &mut groups) {
                (Some(true), groups) => drop(groups.get_or_insert_default().insert(group.to_lowercase())),
                (Some(false), Some(groups)) => drop(groups.remove(&group.to_lowercase())),
                _ => {}
            }
        }
        if let Some(groups) = &mut groups {
            groups.insert(id.to_lowercase());
        }
    }
    let roles = match (&groups, asks_for_roles) {
        (_, false) => Some(Arc::default()),
        (Some(groups), true) => readable("the directory roles of a principal", api.directory().directory_roles(groups).await),
        (None, true) => {
            let alone = HashSet::from([id.to_lowercase()]);
            readable("the directory roles of a principal", api.directory().directory_roles(&alone).await)
        }
    };
    let roles = roles.map(|roles| roles.as_ref().clone());
    let names_guests = asks(conditions, &["users.included_guests_or_external_users", "users.excluded_guests_or_external_users"])
        || ["users.included_users", "users.excluded_users"].iter().any(|place| {
            let listed = conditions.find(place).elements().unwrap_or_default();
            listed.iter().any(|one| one.as_str() == Some("GuestsOrExternalUsers"))
        });
    let guest = if names_guests { guest(id, api).await } else { Guest::No };
    Principal { id: id.to_owned(), groups, roles, guest, is_assumed_administrator: false, member_of: None }
}

async fn guest(id: &str, api: &Services) -> Guest {
    let Some(account) = readable("whether a principal is a guest", api.directory().account(id).await) else { return Guest::Unknown };
    // A group.
    let Some(account) = account.as_ref() else { return Guest::Unknown };
    // Users from other tenants have `#EXT#` in their name (learn.microsoft.com/entra/external-id/user-properties).
    let is_external = account.user_principal_name.as_ref().is_some_and(|name| name.to_uppercase().contains("#EXT#"));
    match (account.user_type.as_ref().is_some_and(|kind| kind.eq_ignore_ascii_case("guest")), is_external) {
        (true, true) => Guest::Kind("b2bCollaborationGuest"),
        (true, false) => Guest::Kind("internalGuest"),
        (false, true) => Guest::Kind("b2bCollaborationMember"),
        (false, false) => Guest::No,
    }
}

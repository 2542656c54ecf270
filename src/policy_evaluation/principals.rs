//! What the directory says of a principal, as far as the conditions of a policy ask for it.

use std::collections::{HashMap, HashSet};

use framework::View;
use framework::value::Value;
use serde::Deserialize;
use uuid::Uuid;

use super::sign_in::{Guest, Principal, Who};
use crate::azure::{Error, Request, odata_literal};
use crate::directory::{GroupRelation, SERVICE_PRINCIPAL, Select};
use crate::services::Services;

/// How many members of an emergency access group are looked at one by one; a larger group is looked at as a whole.
const MAX_MEMBERS: usize = 20;
/// How many principals one request about roles names.
const PRINCIPALS_AT_ONCE: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignment {
    role_definition_id: String,
    directory_scope_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    user_type: Option<String>,
    user_principal_name: Option<String>,
}

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
pub(crate) async fn emergency_principals(conditions: View<'_>, api: &Services) -> Vec<Who> {
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
            let all = api.directory().related(id, GroupRelation::TransitiveMembers, Select::Id).await;
            members = readable("the members of an emergency access group", all).unwrap_or_default();
            members.retain(|member| member.kind != "#microsoft.graph.group");
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
        (_, false) => Some(HashSet::new()),
        (Some(groups), true) => readable("the directory roles of a principal", roles_of(groups, api).await),
        (None, true) => readable("the directory roles of a principal", roles_of(&HashSet::from([id.to_lowercase()]), api).await),
    };
    let names_guests = asks(conditions, &["users.included_guests_or_external_users", "users.excluded_guests_or_external_users"])
        || ["users.included_users", "users.excluded_users"].iter().any(|place| {
            let listed = conditions.find(place).elements().unwrap_or_default();
            listed.iter().any(|one| one.as_str() == Some("GuestsOrExternalUsers"))
        });
    let guest = if names_guests { guest(id, api).await } else { Guest::No };
    Principal { id: id.to_owned(), groups, roles, guest, is_assumed_administrator: false, member_of: None }
}

/// Template IDs of the roles that these principals hold in the whole directory. A policy ignores roles that are limited to an administrative unit
/// (learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-users-groups).
async fn roles_of(principals: &HashSet<String>, api: &Services) -> Result<HashSet<String>, Error> {
    let ids: HashSet<Uuid> = principals.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect();
    // Of groups, only those can hold a role that were created for it.
    let known: HashMap<Uuid, _> = api.directory().identities(&ids).await?;
    let can_hold = |id: &Uuid| {
        let identity = known.get(id).cloned().flatten();
        identity.is_some_and(|identity| !identity.is_group() || identity.is_assignable_to_role())
    };
    let holders: Vec<String> = ids.iter().filter(|id| can_hold(id)).map(|id| odata_literal(&id.to_string())).collect();
    let mut roles = HashSet::new();
    for holders in holders.chunks(PRINCIPALS_AT_ONCE) {
        let filter = format!("principalId in ({})", holders.join(","));
        let request = Request::get("/roleManagement/directory/roleAssignments").query("$filter", filter);
        let held: Vec<RoleAssignment> = api.client().list(request).await?;
        let everywhere = held.into_iter().filter(|held| held.directory_scope_id.as_deref().is_none_or(|scope| scope == "/"));
        roles.extend(everywhere.map(|held| held.role_definition_id.to_lowercase()));
    }
    Ok(roles)
}

async fn guest(id: &str, api: &Services) -> Guest {
    let request = Request::get("/users/{id}").with("id", id).query("$select", "id,userType,userPrincipalName");
    let account = match api.client().send(request).await.and_then(|answer| answer.json::<Account>()) {
        Ok(account) => account,
        // A group.
        Err(error) if error.is_not_found() => return Guest::Unknown,
        Err(error) => {
            tracing::info!(%error, "whether a principal is a guest cannot be read");
            return Guest::Unknown;
        }
    };
    // Users from other tenants have `#EXT#` in their name (learn.microsoft.com/entra/external-id/user-properties).
    let is_external = account.user_principal_name.is_some_and(|name| name.to_uppercase().contains("#EXT#"));
    match (account.user_type.is_some_and(|kind| kind.eq_ignore_ascii_case("guest")), is_external) {
        (true, true) => Guest::Kind("b2bCollaborationGuest"),
        (true, false) => Guest::Kind("internalGuest"),
        (false, true) => Guest::Kind("b2bCollaborationMember"),
        (false, false) => Guest::No,
    }
}

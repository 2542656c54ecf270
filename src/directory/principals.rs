//! What the directory says of a principal: members of a group however deep, directory roles, and whether it is a guest. Read once for each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use super::{Directory, GroupRelation, RelatedObject, Select};
use crate::azure::{Error, Request, odata_literal};
use crate::client::cached::Cached;

/// How many principals one request about roles names.
const PRINCIPALS_AT_ONCE: usize = 10;

#[derive(Debug, Default)]
pub(super) struct PrincipalCache {
    members: Cached<Vec<RelatedObject>>,
    roles: Cached<HashSet<String>>,
    accounts: Cached<Option<Account>>,
}

/// What tells guests and external users from others.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// Name by which the user signs in.
    pub user_principal_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignment {
    role_definition_id: String,
    directory_scope_id: Option<String>,
}

impl Directory<'_> {
    /// The members of a group, those of groups in it included, as they were when this was first called for the group.
    pub async fn transitive_members(&self, group: &str) -> Result<Arc<Vec<RelatedObject>>, Error> {
        let read = async || self.related(group, GroupRelation::TransitiveMembers, Select::Id).await;
        self.state.principal_cache.members.get(group.to_lowercase(), &self.client.operation_context, read).await
    }

    /// The next call of [`Directory::transitive_members`] reads anew.
    pub fn forget_transitive_members(&self, group: &str) {
        self.state.principal_cache.members.forget(&group.to_lowercase());
    }

    /// The properties of a user that tell guests from others; none of a group or what does not exist.
    pub async fn account(&self, id: &str) -> Result<Arc<Option<Account>>, Error> {
        let request = Request::get("/users/{id}").with("id", id).query("$select", "id,userType,userPrincipalName");
        let read = async || match self.client.send(request).await.and_then(|answer| answer.json::<Account>()) {
            Ok(account) => Ok(Some(account)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        };
        self.state.principal_cache.accounts.get(id.to_lowercase(), &self.client.operation_context, read).await
    }

    /// Template IDs, in lower case, of the roles that these principals hold in the whole directory. A policy ignores roles that are limited to an
    /// administrative unit (learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-users-groups).
    pub async fn directory_roles(&self, principals: &HashSet<String>) -> Result<Arc<HashSet<String>>, Error> {
        let mut key: Vec<&str> = principals.iter().map(String::as_str).collect();
        key.sort_unstable();
        let read = async || self.read_directory_roles(principals).await;
        self.state.principal_cache.roles.get(key.join(","), &self.client.operation_context, read).await
    }

    async fn read_directory_roles(&self, principals: &HashSet<String>) -> Result<HashSet<String>, Error> {
        let ids: HashSet<Uuid> = principals.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect();
        // Of groups, only those can hold a role that were created for it.
        let known: HashMap<Uuid, _> = self.identities(&ids).await?;
        let can_hold = |id: &Uuid| {
            let identity = known.get(id).cloned().flatten();
            identity.is_some_and(|identity| !identity.is_group() || identity.is_assignable_to_role())
        };
        let holders: Vec<String> = ids.iter().filter(|id| can_hold(id)).map(|id| odata_literal(&id.to_string())).collect();
        let mut roles = HashSet::new();
        for holders in holders.chunks(PRINCIPALS_AT_ONCE) {
            let filter = format!("principalId in ({})", holders.join(","));
            let request = Request::get("/roleManagement/directory/roleAssignments").query("$filter", filter);
            let held: Vec<RoleAssignment> = self.client.list(request).await?;
            let everywhere = held.into_iter().filter(|held| held.directory_scope_id.as_deref().is_none_or(|scope| scope == "/"));
            roles.extend(everywhere.map(|held| held.role_definition_id.to_lowercase()));
        }
        Ok(roles)
    }
}

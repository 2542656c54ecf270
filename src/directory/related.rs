//! What a group is related to: its members, transitive members and owners.
//!
//! The listings of v1.0 leave service principals out, managed identities among them
//! (<https://learn.microsoft.com/graph/api/group-list-members>, <https://learn.microsoft.com/graph/api/group-list-owners>). The cast
//! `microsoft.graph.servicePrincipal` lists them, so each relation is two collections (docs/services/graph.md#members-and-owners).

use std::collections::HashSet;

use futures_util::future::try_join;
use serde::Deserialize;

use super::Directory;
use crate::azure::{Error, Request};

/// `@odata.type` of service principals.
pub const SERVICE_PRINCIPAL: &str = "#microsoft.graph.servicePrincipal";

/// A relation of a group to other objects of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRelation {
    /// Direct members.
    Members,
    /// Members of the group and of the groups in it, however deep.
    TransitiveMembers,
    /// Owners.
    Owners,
}

/// The properties that a listing asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The object ID.
    Id,
    /// The object ID and the names.
    Names,
}

/// An object that a group is related to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelatedObject {
    /// Object ID.
    pub id: String,
    /// The type, as `#microsoft.graph.user`.
    #[serde(rename = "@odata.type", default)]
    pub kind: String,
    /// Display name, with [`Select::Names`].
    pub display_name: Option<String>,
    /// User principal name of a user, with [`Select::Names`].
    pub user_principal_name: Option<String>,
}

impl GroupRelation {
    /// The request that lists everything but service principals.
    pub fn without_service_principals(self, group: &str, select: Select) -> Request {
        let path = match self {
            Self::Members => "/groups/{id}/members",
            Self::TransitiveMembers => "/groups/{id}/transitiveMembers",
            Self::Owners => "/groups/{id}/owners",
        };
        let select = match select {
            Select::Id => "id",
            Select::Names => "id,displayName,userPrincipalName",
        };
        Request::get(path).with("id", group).query("$select", select)
    }

    /// The request that lists the service principals.
    pub fn service_principals(self, group: &str, select: Select) -> Request {
        let path = match self {
            Self::Members => "/groups/{id}/members/microsoft.graph.servicePrincipal",
            Self::TransitiveMembers => "/groups/{id}/transitiveMembers/microsoft.graph.servicePrincipal",
            Self::Owners => "/groups/{id}/owners/microsoft.graph.servicePrincipal",
        };
        // A name that the type does not have is refused below a cast.
        let select = match select {
            Select::Id => "id",
            Select::Names => "id,displayName",
        };
        advanced(Request::get(path).with("id", group).query("$select", select))
    }
}

/// Makes a query of members an advanced one, which the reference asks for with `$filter` and with casts
/// (<https://learn.microsoft.com/graph/api/group-list-members>).
pub(super) fn advanced(request: Request) -> Request {
    request.query("$count", "true").header("ConsistencyLevel", "eventual")
}

impl Directory<'_> {
    /// Every object that the group is related to, each once.
    ///
    /// # Errors
    ///
    /// Those of the service, for either of the two requests: half of a listing would show who is there as gone.
    pub async fn related(&self, group: &str, relation: GroupRelation, select: Select) -> Result<Vec<RelatedObject>, Error> {
        let list = |request: Request| self.client.list::<RelatedObject>(request.query("$top", "999"));
        let (mut all, service_principals) =
            try_join(list(relation.without_service_principals(group, select)), list(relation.service_principals(group, select))).await?;
        let listed: HashSet<String> = all.iter().map(|object| object.id.to_lowercase()).collect();
        let others = service_principals.into_iter().filter(|object| !listed.contains(&object.id.to_lowercase()));
        // A collection of one type does not repeat it with every object.
        all.extend(others.map(|object| RelatedObject { kind: SERVICE_PRINCIPAL.to_owned(), ..object }));
        Ok(all)
    }
}

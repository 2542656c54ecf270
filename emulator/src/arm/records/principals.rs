//! Users, groups and service principals, as Azure Resource Manager sees the directory.

use crate::{
    directory::{groups, objects, service_principals, users},
    store::{Key, Row, View},
};

/// A principal to which a role can be assigned.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Object id.
    pub id: Key,
    /// Its type, in Azure Resource Manager's words: `User`, `Group`, `ServicePrincipal`.
    pub kind: &'static str,
    /// Its properties in the directory.
    pub row: Row,
}

/// A principal by object id.
pub fn find(view: View<'_>, id: &str) -> Option<Principal> {
    let found = objects::find(view, id)?;
    let kind = match found.table {
        users::TABLE => "User",
        groups::TABLE => "Group",
        service_principals::TABLE => "ServicePrincipal",
        _ => return None,
    };
    Some(Principal { id: found.key, kind, row: found.row })
}

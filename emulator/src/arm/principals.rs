//! Users, groups and service principals, as Azure Resource Manager sees the directory.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::context::Context;
use crate::{
    directory::{groups, objects, service_principals, users},
    random,
    store::{Key, Row, View},
};

/// The shortest and the longest time, in seconds, in which a new principal is not found: reports range from five
/// seconds to over thirty (docs/services/resource-manager.md#replication).
const LAG: (u64, u64) = (5, 30);

/// Somebody who can be given a role.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Object id.
    pub id: Key,
    /// What it is, in Azure Resource Manager's words: `User`, `Group`, `ServicePrincipal`.
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

/// A principal by object id, if word of it has got here yet.
pub fn find_here(context: &Context<'_>, id: &str) -> Option<Principal> {
    find(context.view, id).filter(|principal| is_known_here(context, principal))
}

fn is_known_here(context: &Context<'_>, principal: &Principal) -> bool {
    let Some(seed) = context.config.lag_seed else { return true };
    let created = principal.row.get("createdDateTime").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let number = uuid::Uuid::try_parse(&principal.id).map_or(0, |id| id.as_u64_pair().0);
    let seconds = LAG.0 + random::number(seed, 0xA5A5, number) % (LAG.1 - LAG.0 + 1);
    let lag = SignedDuration::from_secs(seconds.try_into().unwrap_or_default());
    created.is_none_or(|created| context.now.duration_since(created) > lag)
}

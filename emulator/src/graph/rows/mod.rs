//! The table of what Graph serves.

mod administrative_unit;
mod domain;
mod group;
mod group_rules;
mod organization;
mod pim_assignment;
mod service_principal;
mod user;

use super::collection::Collection;
use crate::store::TableSpec;
pub use group_rules::security_identifier;
pub use pim_assignment::{INSTANCES, SCHEDULES};
pub use service_principal::SERVICE_PRINCIPALS;
pub use user::{SESSIONS_REVOKED, USERS, is_password, must_change_password, revoked_once_more, with_password};

/// Every collection that has rows in the store.
pub static COLLECTIONS: &[&Collection] = &[
    &group::GROUPS,
    &USERS,
    &SERVICE_PRINCIPALS,
    &administrative_unit::ADMINISTRATIVE_UNITS,
    &organization::ORGANIZATION,
    &domain::DOMAINS,
    &SCHEDULES,
    &INSTANCES,
];

/// From a group to its members.
pub const MEMBERS: &str = "members";
/// From a group to its owners.
pub const OWNERS: &str = "owners";
/// From a user to their manager.
pub const MANAGER: &str = "manager";
/// From an administrative unit to its members.
pub const UNIT_MEMBERS: &str = "administrativeUnitMembers";

/// Every kind of link in the store.
pub const RELATIONS: &[&str] = &[MEMBERS, OWNERS, MANAGER, UNIT_MEMBERS];

/// The tables that the store needs.
pub fn tables() -> Vec<TableSpec> {
    COLLECTIONS
        .iter()
        .flat_map(|row| {
            let live = TableSpec { name: row.table, indexed: row.indexed };
            let bin = row.bin.map(|name| TableSpec { name, indexed: row.indexed });
            std::iter::once(live).chain(bin)
        })
        .collect()
}

/// The collection of a type.
pub fn of_kind(kind: &str) -> Option<&'static Collection> {
    COLLECTIONS.iter().copied().find(|row| row.kind == kind)
}

/// The collections whose objects are directory objects with an id of their own.
pub fn directory() -> impl Iterator<Item = &'static Collection> {
    COLLECTIONS.iter().copied().filter(|row| row.directory)
}

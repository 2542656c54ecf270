//! The table of what Graph serves.

mod administrative_unit;
pub mod conditional_access;
mod directory_role;
mod domain;
mod group;
mod group_rules;
mod organization;
pub mod pim;
pub mod security_defaults;
mod service_principal;
mod sign_in;
mod user;

use super::{
    collection::{Collection, Link, reverse},
    context::related,
};
use crate::store::{Key, TableSpec, View};
pub use directory_role::{initial as initial_roles, roles_of};
pub use group_rules::{refuse_on_premises, security_identifier};
pub use service_principal::SERVICE_PRINCIPALS;
pub use sign_in::SIGN_INS;
pub use user::{ROLES, SESSIONS_REVOKED, USERS, is_administrator, is_password, must_change_password, revoked_once_more, with_password};

/// Every collection that has rows in the store.
pub static COLLECTIONS: &[&Collection] = &[
    &group::GROUPS,
    &USERS,
    &SERVICE_PRINCIPALS,
    &administrative_unit::ADMINISTRATIVE_UNITS,
    &organization::ORGANIZATION,
    &domain::DOMAINS,
    &conditional_access::POLICIES,
    &conditional_access::NAMED_LOCATIONS,
    &pim::ASSIGNMENT_REQUESTS,
    &pim::ASSIGNMENT_SCHEDULES,
    &pim::ASSIGNMENT_INSTANCES,
    &pim::ELIGIBILITY_REQUESTS,
    &pim::ELIGIBILITY_SCHEDULES,
    &pim::ELIGIBILITY_INSTANCES,
    &pim::APPROVALS,
    &pim::POLICIES,
    &pim::POLICY_ASSIGNMENTS,
    &conditional_access::STRENGTHS,
    &conditional_access::CONTEXTS,
    &conditional_access::TEMPLATES,
    &conditional_access::METHODS,
    &security_defaults::SECURITY_DEFAULTS,
    &directory_role::ROLE_ASSIGNMENTS,
    &directory_role::ROLE_DEFINITIONS,
    &SIGN_INS,
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

/// The groups that a principal is in, directly or through others.
pub fn groups_of(view: View<'_>, principal: &str) -> Vec<Key> {
    static GROUPS: Link = reverse("transitiveMemberOf", &[MEMBERS]).transitive();
    related(view, &GROUPS, principal, None)
}

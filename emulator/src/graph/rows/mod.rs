//! The table of what Graph serves.

mod administrative_unit;
pub mod conditional_access;
mod directory_audit;
mod directory_role;
mod domain;
mod group;
pub mod group_links;
mod group_rules;
mod nickname;
mod organization;
pub mod pim;
pub mod security_defaults;
mod service_principal;
mod sign_in;
mod user;

use super::model::{
    collection::{Collection, Collections},
    context::{self, FoundObject},
};
use crate::store::{TableSpec, View};
pub use directory_audit::DIRECTORY_AUDITS;
pub use directory_role::{assignment as role_assignment, id_of as role_id, initial as initial_roles, name_of as role_name};
pub use group_rules::{is_rule_attribute, needed_for_role_assignable, refuse_on_premises};
pub use service_principal::SERVICE_PRINCIPALS;
pub use sign_in::SIGN_INS;
pub use user::USERS;

/// Every collection that has rows in the store.
pub static COLLECTIONS: Collections = &[
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
    &DIRECTORY_AUDITS,
];

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

/// A directory object by id, whatever its type.
pub fn in_directory(view: View<'_>, id: &str) -> Option<FoundObject> {
    context::in_directory(COLLECTIONS, view, id)
}

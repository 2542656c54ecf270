//! Conditional access (service-behaviour section 9): policies, and what they refer to.

mod addresses;
mod named_location;
mod policy;
mod policy_rules;
mod policy_types;

use serde_json::Value;

pub use named_location::NAMED_LOCATIONS;
pub use policy::POLICIES;

use crate::graph::context::Context;

/// An instant as this service writes it: with the ticks of its clock.
fn ticks(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// Whether an id is one of an authentication context: `c1` to `c99`.
fn is_context_id(id: &str) -> bool {
    id.strip_prefix('c')
        .is_some_and(|number| !number.starts_with(['0', '+']) && number.parse::<u8>().is_ok_and(|number| (1..=99).contains(&number)))
}

/// The names of the policies that have an id in one of the lists of a condition.
fn policies_with(context: &Context<'_>, condition: &str, id: &str) -> Vec<String> {
    let has = |policy: &Value| {
        policy.as_object().into_iter().flatten().any(|(_, list)| list.as_array().is_some_and(|all| all.iter().any(|one| one == id)))
    };
    let policies = context.truth.rows(POLICIES.table, None);
    policies
        .filter(|(_, row)| row.get("conditions").and_then(|conditions| conditions.get(condition)).is_some_and(has))
        .filter_map(|(_, row)| Some(format!("'{}'", row.get("displayName")?.as_str()?)))
        .collect()
}

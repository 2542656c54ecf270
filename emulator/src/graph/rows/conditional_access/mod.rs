//! Conditional access (docs/services/conditional-access.md): policies, and what they refer to.

mod catalogue;
mod context_class;
mod named_location;
mod policy;
mod policy_rules;
mod strength;
mod strength_parts;
pub mod types;

use serde_json::Value;

pub use catalogue::{METHODS, TEMPLATES};
pub use context_class::CONTEXTS;
pub use named_location::NAMED_LOCATIONS;
pub use policy::POLICIES;
pub use strength::STRENGTHS;

use crate::{graph::model::context::Context, store::Change};

/// Objects of every tenant: built-in strengths, methods and templates.
pub fn initial() -> impl Iterator<Item = Change> {
    strength::built_in().chain(catalogue::initial())
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

//! The table of provider functions: one line each. They are pure: none of them asks anybody.

mod cluster_scopes;
mod parse_scope;

use framework::FunctionEntry;

/// Every function of the provider.
pub fn table() -> Vec<FunctionEntry> {
    vec![
        FunctionEntry::of::<cluster_scopes::NamespaceScope>(),
        FunctionEntry::of::<cluster_scopes::NodePoolScope>(),
        FunctionEntry::of::<parse_scope::ParseScope>(),
    ]
}

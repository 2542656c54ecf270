//! Groups, as all services know them.

/// Table of the groups.
pub const TABLE: &str = "groups";

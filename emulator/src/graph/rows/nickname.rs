//! Mail nicknames: the part of an address before the `@`.

use crate::graph::model::error::GraphError;

/// Characters that a nickname cannot have, besides everything that is not ASCII (docs/services/graph.md#creating-groups).
const FORBIDDEN_CHARACTERS: &str = "@()\\[]\";:<>, ";

/// Refuses a nickname with characters that it cannot have.
pub fn check(nickname: &str, label: &str) -> Result<(), GraphError> {
    let good = |c: char| c.is_ascii() && !c.is_ascii_control() && !FORBIDDEN_CHARACTERS.contains(c);
    if nickname.chars().all(good) { Ok(()) } else { Err(GraphError::invalid_value("mailNickname", label)) }
}

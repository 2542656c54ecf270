//! Object ids of Microsoft Entra ID.

use framework::{Diagnostic, Result};
use uuid::Uuid;

/// An object id that was checked before.
pub(crate) fn object_id(attribute: &str, text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Diagnostic::error(format!("{text:?} is no object id"), "It must be a UUID.").at_attribute(attribute))
}

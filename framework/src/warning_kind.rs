//! Kinds of warnings, each with a stable ID by which the provider block silences it.

use crate::diagnostic::Diagnostic;
use crate::value::Value;

/// The argument of the provider block that lists the IDs of silenced warnings.
pub const SILENCE: &str = "silence_warnings";

/// A kind of warning. A resource lists those that it can make in [`crate::Resource::WARNING_KINDS`].
#[derive(Debug, PartialEq, Eq)]
pub struct WarningKind {
    /// Its id, such as `azure_rbac_disabled`: stays the same from version to version.
    pub id: &'static str,
    /// When it is reported, as a sentence for the documentation.
    pub about: &'static str,
}

impl Diagnostic {
    /// Marks it as of this kind, and adds to the detail how to silence it.
    pub fn of(mut self, warning_kind: &'static WarningKind) -> Self {
        self.detail =
            format!("{}\n\nIf this is intended, {SILENCE} = [\"{}\"] in the provider block silences it.", self.detail, warning_kind.id);
        self.warning_kind = Some(warning_kind);
        self
    }
}

/// The ids that the provider block silences; what is not known yet silences nothing.
pub(crate) fn silenced(config: &Value) -> Vec<String> {
    let ids = config.attribute(SILENCE).elements().unwrap_or_default();
    ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

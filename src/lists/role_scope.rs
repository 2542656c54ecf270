//! The scope in the `config` block of lists of Azure roles.

use framework::{Diagnostics, Model, Result, View};

use crate::arm::Scope;
use crate::attributes::placement;

/// A scope of Azure Resource Manager.
#[derive(Clone, Debug, Model)]
pub(super) struct RoleScope {
    /// Resource ID of the AKS cluster. Either this or `scope`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    cluster_id: Option<String>,
    /// The scope: any of Azure Resource Manager. Either this or `cluster_id`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_scope()))]
    scope: Option<String>,
}

impl RoleScope {
    /// The scope.
    ///
    /// # Errors
    /// None is given. Validation reports this before.
    pub(super) fn scope(&self) -> Result<Scope> {
        placement::parsed("scope", self.scope.as_deref().or(self.cluster_id.as_deref()).unwrap_or_default())
    }
}

/// Checks that one of the two is given.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    match (config.is_set("cluster_id"), config.is_set("scope")) {
        (false, false) => found.error("scope", "The scope is missing", "Give `cluster_id` or `scope`."),
        (true, true) if config.raw("cluster_id").is_wholly_known() && config.raw("scope").is_wholly_known() => {
            found.error("scope", "The scope is given twice", "Give either `cluster_id` or `scope`.");
        }
        _ => {}
    }
}

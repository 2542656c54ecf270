//! `aksaccess_pim_role_eligibility` in `terraform query`.

use framework::{Context, Diagnostics, ListResource, Model, Result, Results, View};

use super::role_scope::{self, RoleScope};
use crate::pim::{GrantKind, GrantScope, Row};
use crate::resources::{PimRoleEligibility, list_grants};
use crate::services::Services;

/// Lists the eligibilities for Azure roles at a scope, through Privileged Identity Management (PIM).
///
/// Those at scopes above and below are not listed, and neither is what has ended.
#[derive(Clone, Debug, Model)]
pub(super) struct PimRoleEligibilityList {
    /// The scope.
    #[attr(flatten)]
    at: RoleScope,
    /// Lists only those of this principal, by its object ID.
    #[attr(case_insensitive, check(uuid()))]
    principal_id: Option<String>,
}

impl ListResource for PimRoleEligibilityList {
    type Of = PimRoleEligibility;

    async fn list(self, results: &mut Results<PimRoleEligibility>, cx: &mut Context<Services>) -> Result {
        let area = GrantScope::scope(&self.at.scope()?.to_string());
        let keep = |row: &Row| self.principal_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&row.principal.to_string()));
        list_grants(GrantKind::Eligibility, &area, keep, results, cx).await
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        role_scope::validate(config, found);
    }
}

//! `aksaccess_pim_role_policy` in `terraform query`.

use framework::{Context, Diagnostics, ListResource, Model, Result, Results, View};

use super::role_scope::{self, RoleScope};
use crate::arm::roles;
use crate::attributes::placement;
use crate::pim::GrantScope;
use crate::resources::{PimRolePolicy, list_policies};
use crate::services::Services;

/// Lists the policies of Azure roles at a scope in Privileged Identity Management (PIM).
///
/// There is one for each role that can be assigned at the scope, which are hundreds: most have the settings of the service. With `role` it is one.
#[derive(Clone, Debug, Model)]
pub(super) struct PimRolePolicyList {
    /// The scope.
    #[attr(flatten)]
    at: RoleScope,
    /// Lists only the policy of this role: its name, or an ID of its definition.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: Option<String>,
}

impl ListResource for PimRolePolicyList {
    type Of = PimRolePolicy;

    async fn list(self, results: &mut Results<PimRolePolicy>, cx: &mut Context<Services>) -> Result {
        let scope = self.at.scope()?;
        let role = match &self.role {
            Some(role) => Some(cx.api.arm().role(&scope, role).await.map_err(|why| placement::no_role(role, &scope, why))?.id),
            None => None,
        };
        list_policies(&GrantScope::scope(&scope.to_string()), role.as_deref(), results, cx).await
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        role_scope::validate(config, found);
    }
}

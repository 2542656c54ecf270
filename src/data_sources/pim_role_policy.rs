//! `aksaccess_pim_role_policy`: the policy of an Azure role at a scope with all of its rules.

use framework::{Context, DataSource, Diagnostic, Diagnostics, Model, Result, View};

use crate::arm::roles;
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::pim::settings::{Activation, ActiveAssignment, EligibleAssignment, Notifications};
use crate::pim::{GrantScope, PolicyKey, Settings};
use crate::services::Services;

/// Reads the policy of Privileged Identity Management (PIM) for an Azure role at a scope, with every rule as a named setting.
#[derive(Clone, Debug, Model)]
pub struct PimRolePolicyData {
    /// The role: its name, or an ID of its definition.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: String,
    /// Resource ID of the AKS cluster. Either this or `scope`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    cluster_id: Option<String>,
    /// The scope: any of Azure Resource Manager. Either this or `cluster_id`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_scope()))]
    scope: Option<String>,
    /// The scope and the ID of the role definition, with a bar between them.
    #[attr(output)]
    id: Option<String>,
    /// The service's ID of the policy as it is now: the next change gives it another.
    #[attr(output)]
    policy_id: Option<String>,
    /// Conditions of an activation.
    #[attr(output)]
    activation: Option<Activation>,
    /// Conditions for creating an eligibility.
    #[attr(output)]
    eligible_assignment: Option<EligibleAssignment>,
    /// Conditions for creating an active assignment.
    #[attr(output)]
    active_assignment: Option<ActiveAssignment>,
    /// Who gets mail when.
    #[attr(output)]
    notifications: Option<Notifications>,
}

impl DataSource for PimRolePolicyData {
    type Api = Services;
    const NAME: &'static str = "pim_role_policy";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = placement::parsed("scope", self.scope.as_deref().or(self.cluster_id.as_deref()).unwrap_or_default())?;
        let role = cx.api.arm().role(&scope, &self.role).await.map_err(|why| placement::no_role(&self.role, &scope, why))?;
        let policy_key = PolicyKey { area: GrantScope::scope(&scope.to_string()), subject: role.id };
        let found = cx.api.pim().policy(&policy_key).await.map_err(could_not(format!("read {}", policy_key.describe())))?;
        let policy = found.ok_or_else(|| {
            let detail = format!("Privileged Identity Management knows no such role at {scope}.");
            Diagnostic::error(format!("There is no policy: {}", policy_key.describe()), detail)
        })?;
        let settings = Settings::read(&policy.rules, policy_key.dialect());
        self.id = Some(policy_key.id());
        self.policy_id = Some(policy.id);
        self.activation = Some(settings.activation);
        self.eligible_assignment = Some(settings.eligible_assignment);
        self.active_assignment = Some(settings.active_assignment);
        self.notifications = Some(settings.notifications);
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        super::pim_role_grants::validate(config, found);
    }
}

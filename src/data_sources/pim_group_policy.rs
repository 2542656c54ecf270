//! `aksaccess_pim_group_policy`: a policy with all of its rules.

use framework::{Context, DataSource, Diagnostic, Model, Result};

use crate::attributes::object_id;
use crate::client::diagnose::could_not;
use crate::pim::ACCESS;
use crate::pim::GrantScope;
use crate::pim::settings::{Activation, ActiveAssignment, EligibleAssignment, Notifications};
use crate::pim::{PolicyKey, Settings};
use crate::services::Services;

/// Reads the policy of Privileged Identity Management (PIM) for the members or for the owners of a group, with every rule as a named setting.
///
/// The permission `RoleManagementPolicy.Read.AzureADGroup` is needed.
#[derive(Clone, Debug, Model)]
pub struct PimGroupPolicy {
    /// Object ID of the group.
    #[attr(check(uuid()))]
    group_id: String,
    /// Whose policy: that for each `member` or for each `owner` of the group.
    #[attr(default("member"), check(one_of(ACCESS)))]
    access: String,
    /// Object ID of the group and the access, with a slash between them.
    #[attr(output)]
    id: Option<String>,
    /// The service's id of the policy as it is now: the next change gives it another.
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

impl DataSource for PimGroupPolicy {
    type Api = Services;
    const NAME: &'static str = "pim_group_policy";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let policy_key = PolicyKey { area: GrantScope::Group(object_id("group_id", &self.group_id)?), subject: self.access.clone() };
        let found = cx.api.pim().policy(&policy_key).await.map_err(could_not(format!("read {}", policy_key.describe())))?;
        let policy = found.ok_or_else(|| {
            Diagnostic::error(
                "There is no policy",
                format!(
                    "Privileged Identity Management knows no group {}, or not yet: one that was just made takes a minute.",
                    self.group_id
                ),
            )
            .at_attribute("group_id")
        })?;
        let settings = Settings::read(&policy.rules, policy_key.dialect());
        self.id = Some(format!("{}/{}", self.group_id.to_lowercase(), self.access));
        self.policy_id = Some(policy.id);
        self.activation = Some(settings.activation);
        self.eligible_assignment = Some(settings.eligible_assignment);
        self.active_assignment = Some(settings.active_assignment);
        self.notifications = Some(settings.notifications);
        Ok(())
    }
}

//! `aksaccess_pim_role_eligibility`: eligibility for an Azure role at a scope.

use framework::moved::Source;
use framework::{Change, Context, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};

use super::grant::managed::{GrantTarget, ManagedGrant, moved};
use super::grant::terms::GrantTerms;
use super::plan_checks;
use super::role_access::{self, RoleAccess};
use crate::pim::{GrantKind, terms};
use crate::resources::takeover::azurerm;
use crate::services::Services;

/// Makes a user, group or service principal eligible for an Azure role at a scope, through Privileged Identity Management (PIM): at a cluster, at one of its
/// namespaces or node pools, or at any other scope of Azure.
///
/// An eligible principal has no access until it activates the eligibility, under the conditions of the role's policy at that scope
/// (`aksaccess_pim_role_policy`).
///
/// Changes and extensions are made in place, without a gap. A grant that has ended is no difference and is not created again; one that was removed
/// before its end is. The service does not remove a grant within five minutes of its creation: destroying waits for that, within the `delete`
/// timeout. Microsoft Entra ID P2 or Governance is needed, and the role Owner or User Access Administrator at the scope.
///
/// Import ids are `<scope>|<role>|<principal>`, as `azurerm_pim_eligible_role_assignment` has it, and the resource ID of the schedule.
#[derive(Clone, Debug, Model)]
pub struct PimRoleEligibility {
    /// Who gets access to what.
    #[attr(flatten)]
    pub target: RoleAccess,
    /// Duration, reason and status.
    #[attr(flatten)]
    pub terms: GrantTerms,
}

impl ManagedGrant for PimRoleEligibility {
    type Target = RoleAccess;
    const KIND: GrantKind = GrantKind::Eligibility;

    fn new(target: RoleAccess, terms: GrantTerms) -> Self {
        Self { target, terms }
    }

    fn parts(&self) -> (&RoleAccess, &GrantTerms) {
        (&self.target, &self.terms)
    }

    fn parts_mut(&mut self) -> (&mut RoleAccess, &mut GrantTerms) {
        (&mut self.target, &mut self.terms)
    }
}

impl Resource for PimRoleEligibility {
    type Api = Services;
    const NAME: &'static str = "pim_role_eligibility";
    const MOVED_FROM: &'static [Source<Self>] = &[azurerm("azurerm_pim_eligible_role_assignment", moved)];
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = plan_checks::ROLE_GRANT_WARNINGS;

    fn id(&self) -> &str {
        &self.terms.id
    }

    fn describe(&self) -> String {
        self.target.describe(Self::KIND)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        RoleAccess::planned_key(Self::KIND, planned).map(|key| key.id())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        self.create_grant(cx).await
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        self.read_grant(cx).await
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        self.update_grant(prior, cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        self.delete_grant(cx).await
    }

    fn import(id: &str) -> Result<Self> {
        Self::import_grant(id)
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&identified.target.import_id())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        terms::validate(config, found);
        role_access::validate(config, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        plan_checks::role_grant(Self::KIND, change, cx).await
    }
}

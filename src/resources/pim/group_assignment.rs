//! `aksaccess_pim_group_assignment`: active membership or ownership of a group, for a time or permanently.

use framework::moved::Source;
use framework::{Change, Context, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};

use super::grant::managed::{GrantTarget, ManagedGrant, moved};
use super::grant::terms::GrantTerms;
use super::group_access::GroupAccess;
use super::plan_checks;
use crate::pim::{GrantKind, terms};
use crate::resources::takeover::azuread;
use crate::services::Services;

/// Makes a user, group or service principal an active member or owner of a group through Privileged Identity Management (PIM): at once, and mostly for a while.
///
/// Unlike an eligibility (`aksaccess_pim_group_eligibility`), an active assignment is access itself, without activation. A group that can be given
/// roles cannot have a group as active member. `aksaccess_group_members` does not manage such members; do not list them there too.
///
/// Changes and extensions are made in place, without a gap. A grant that has ended is no difference and is not created again; one that was removed
/// before its end is. The service does not remove a grant within five minutes of its creation: destroying waits for that, within the `delete`
/// timeout. Microsoft Entra ID P2 or Governance is needed, and the permissions `PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup` and
/// `PrivilegedAssignmentSchedule.Remove.AzureADGroup`.
///
/// Import ids are `<group>/<access>/<principal>` and the service's id of the schedule, as `azuread_privileged_access_group_assignment_schedule` has it.
#[derive(Clone, Debug, Model)]
pub struct PimGroupAssignment {
    /// Who gets access to what.
    #[attr(flatten)]
    pub target: GroupAccess,
    /// Duration, reason and status.
    #[attr(flatten)]
    pub terms: GrantTerms,
}

impl ManagedGrant for PimGroupAssignment {
    type Target = GroupAccess;
    const KIND: GrantKind = GrantKind::Assignment;

    fn new(target: GroupAccess, terms: GrantTerms) -> Self {
        Self { target, terms }
    }

    fn parts(&self) -> (&GroupAccess, &GrantTerms) {
        (&self.target, &self.terms)
    }

    fn parts_mut(&mut self) -> (&mut GroupAccess, &mut GrantTerms) {
        (&mut self.target, &mut self.terms)
    }
}

impl Resource for PimGroupAssignment {
    type Api = Services;
    const NAME: &'static str = "pim_group_assignment";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_privileged_access_group_assignment_schedule", moved)];
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = plan_checks::GRANT_WARNINGS;

    fn id(&self) -> &str {
        &self.terms.id
    }

    fn describe(&self) -> String {
        self.target.describe(Self::KIND)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        GroupAccess::planned_key(Self::KIND, planned).map(|key| key.id())
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
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        plan_checks::group_grant(Self::KIND, change, cx).await
    }
}

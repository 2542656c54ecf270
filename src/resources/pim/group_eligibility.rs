//! `aksaccess_pim_group_eligibility`: who can activate the membership or ownership of a group.
//!
//! Everything that is odd about it is told in [`super::grant`].

use framework::{Change, Context, Findings, Model, Result, View};

use super::declare::grant;
use super::place::Place;
use super::{group, review};
use crate::directory::pim::Kind;
use crate::provider::Azure;

grant! {
    /// Makes a user, group or service principal eligible for membership or ownership of a group, through Privileged Identity Management (PIM).
    ///
    /// Whoever is eligible has no access until they activate it, under the conditions of the group's policy (`aksaccess_pim_group_policy`). An eligible group makes
    /// all of its members eligible. A group comes under the management of PIM with the first of these, and cannot be taken out again.
    ///
    /// Changes are made in place, without a gap: also what prolongs it. One that has come to its end by itself is no difference and is not made again by itself;
    /// one that somebody removed before is made anew. The service removes nothing within five minutes of making it: destroying waits for that, within the
    /// `delete` timeout. Microsoft Entra ID P2 or Governance is needed, and the permissions `PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup` and
    /// `PrivilegedEligibilitySchedule.Remove.AzureADGroup`.
    ///
    /// Import ids are `<group>/<access>/<principal>` and the service's id of the schedule, as `azuread_privileged_access_group_eligibility_schedule` has it.
    pub struct PimGroupEligibility as "pim_group_eligibility" {
        /// Object ID of the group. It must be neither dynamic nor synchronised from on premises.
        #[attr(replace, caseless, check(uuid()))]
        pub group_id: String,
        /// Object ID of the user, group or service principal.
        #[attr(replace, caseless, check(uuid()))]
        pub principal_id: String,
        /// What of: `member` or `owner` of the group.
        #[attr(default("member"), replace, check(one_of(group::ACCESS)))]
        pub access: String,
    }
}

impl PimGroupEligibility {
    fn describe(&self) -> String {
        format!("the eligibility of {} as {} of the group {}", self.principal_id, self.access, self.group_id)
    }

    async fn place(&self, _: &Context<Azure>) -> Result<Place> {
        group::place(Kind::Eligibility, &self.group_id, &self.principal_id, &self.access)
    }

    /// An import by the id of a schedule does not know the principal yet.
    async fn find_place(&mut self, cx: &Context<Azure>) -> Result<bool> {
        if !self.principal_id.is_empty() {
            return Ok(true);
        }
        let schedule = self.schedule_id.clone().unwrap_or_default();
        let Some(principal) = group::principal_of(Kind::Eligibility, &schedule, cx).await? else { return Ok(false) };
        self.principal_id = principal;
        Ok(true)
    }

    fn from_import(id: &str) -> Result<Self> {
        let named = group::named(id)?;
        Ok(PimGroupEligibility {
            id: id.to_owned(),
            group_id: named.group,
            access: named.access,
            principal_id: named.principal,
            schedule_id: named.schedule,
            ..PimGroupEligibility::absent()
        })
    }

    async fn review_more(change: Change<'_>, cx: &mut Context<Azure>) -> Findings {
        review::group_grant(Kind::Eligibility, change, cx).await
    }

    fn validate_more(_: View<'_>, _: &mut Findings) {}

    /// Memberships and ownerships have none.
    fn condition(&self) -> Option<(String, String)> {
        None
    }

    fn put_condition(&mut self, _: Option<(String, String)>) {}
}

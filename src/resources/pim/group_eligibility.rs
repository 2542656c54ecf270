//! `aksaccess_pim_group_eligibility`: who can activate the membership or ownership of a group.
//!
//! Everything that is odd about it is told in [`super::grant`].

use framework::{Change, Context, Diagnostics, Model, Result, View};

use super::group::group_grant;
use crate::pim::Kind;
use crate::pim::grant_key::GrantKey;
use crate::services::Services;

group_grant! {
    /// Makes a user, group or service principal eligible for membership or ownership of a group, through Privileged Identity Management (PIM).
    ///
    /// An eligible principal has no access until it activates the eligibility, under the conditions of the group's policy (`aksaccess_pim_group_policy`).
    /// An eligible group makes all of its members eligible. A group comes under the management of PIM with the first of these, and cannot be taken out
    /// again.
    ///
    /// Changes and extensions are made in place, without a gap. A grant that has ended is no difference and is not created again; one that was removed
    /// before its end is. The service does not remove a grant within five minutes of its creation: destroying waits for that, within the `delete`
    /// timeout. Microsoft Entra ID P2 or Governance is needed, and the permissions `PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup` and
    /// `PrivilegedEligibilitySchedule.Remove.AzureADGroup`.
    ///
    /// Import ids are `<group>/<access>/<principal>` and the service's id of the schedule, as `azuread_privileged_access_group_eligibility_schedule` has it.
    pub struct PimGroupEligibility as "pim_group_eligibility", Kind::Eligibility
}

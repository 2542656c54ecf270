//! `aksaccess_pim_group_eligibility`: who can activate the membership or ownership of a group.
//!
//! Everything that is odd about it is told in [`super::grant`].

use framework::{Change, Context, Findings, Model, Result, View};

use super::group::group_grant;
use super::place::Place;
use crate::pim::Kind;
use crate::services::Services;

group_grant! {
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
    pub struct PimGroupEligibility as "pim_group_eligibility", Kind::Eligibility
}

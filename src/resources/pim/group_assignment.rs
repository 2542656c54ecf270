//! `aksaccess_pim_group_assignment`: who is a member or owner of a group, for a while or for good, by the hand of an administrator.
//!
//! Everything that is odd about it is told in [`super::grant`].

use framework::{Change, Context, Diagnostics, Model, Result, View};

use super::group::group_grant;
use crate::pim::Kind;
use crate::pim::grant_key::GrantKey;
use crate::services::Services;

group_grant! {
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
    pub struct PimGroupAssignment as "pim_group_assignment", Kind::Assignment
}

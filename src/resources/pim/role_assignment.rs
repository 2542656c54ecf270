//! `aksaccess_pim_role_assignment`: who has an Azure role at a scope for a while, by the hand of an administrator.
//!
//! Everything that is odd about it is told in [`super::grant`] and [`super::role`].

use framework::{Change, Context, Diagnostics, Model, Result, View};

use super::role::role_grant;
use crate::pim::Kind;
use crate::pim::grant_key::GrantKey;
use crate::services::Services;

role_grant! {
    /// Gives a user, group or service principal an Azure role at a scope through Privileged Identity Management (PIM): at once, and mostly for a while.
    ///
    /// Unlike an eligibility (`aksaccess_pim_role_eligibility`) it is access itself, without activation. What shall last is better an `aksaccess_role_assignment`.
    ///
    /// Changes and extensions are made in place, without a gap. A grant that has ended is no difference and is not created again; one that was removed
    /// before its end is. The service does not remove a grant within five minutes of its creation: destroying waits for that, within the `delete`
    /// timeout. Microsoft Entra ID P2 or Governance is needed, and the role Owner or User Access Administrator at the scope.
    ///
    /// Import ids are `<scope>|<role>|<principal>`, as `azurerm_pim_active_role_assignment` has it, and the resource ID of the schedule.
    pub struct PimRoleAssignment as "pim_role_assignment", Kind::Assignment
}

//! `aksaccess_pim_role_eligibility`: who can activate an Azure role at a scope.
//!
//! Everything that is odd about it is told in [`super::grant`] and [`super::role`].

use framework::{Change, Context, Diagnostics, Model, Result, View};

use super::role::role_grant;
use crate::pim::Kind;
use crate::pim::grant_key::GrantKey;
use crate::services::Services;

role_grant! {
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
    pub struct PimRoleEligibility as "pim_role_eligibility", Kind::Eligibility
}

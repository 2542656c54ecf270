//! `aksaccess_pim_role_eligibility`: who can activate an Azure role at a scope.
//!
//! Everything that is odd about it is told in [`super::grant`] and [`super::role`].

use framework::{Change, Context, Findings, Model, Result, View};

use super::place::Place;
use super::role::role_grant;
use crate::pim::Kind;
use crate::services::Services;

role_grant! {
    /// Makes a user, group or service principal eligible for an Azure role at a scope, through Privileged Identity Management (PIM): at a cluster, at one of its
    /// namespaces or node pools, or at any other scope of Azure.
    ///
    /// Whoever is eligible has no access until they activate it, under the conditions of the role's policy at that scope (`aksaccess_pim_role_policy`).
    ///
    /// Changes are made in place, without a gap: also what prolongs it. One that has come to its end by itself is no difference and is not made again by itself;
    /// one that somebody removed before is made anew. The service removes nothing within five minutes of making it: destroying waits for that, within the
    /// `delete` timeout. Microsoft Entra ID P2 or Governance is needed, and the role Owner or User Access Administrator at the scope.
    ///
    /// Import ids are `<scope>|<role>|<principal>`, as `azurerm_pim_eligible_role_assignment` has it, and the resource ID of the schedule.
    pub struct PimRoleEligibility as "pim_role_eligibility", Kind::Eligibility
}

//! Privileged Identity Management (PIM): eligibilities, active assignments and their policies.
//!
//! | module | what it is |
//! |---|---|
//! | `grant` | creating, reading, changing and ending a grant, the same for all |
//! | `group_access`, `role_access` | what a grant gives: access to a group, an Azure role |
//! | `group_eligibility`, `group_assignment` | membership and ownership of groups |
//! | `role_eligibility`, `role_assignment` | Azure roles at a scope |
//! | `listing` | grants and policies that exist, for list resources |
//! | `policy` | the policies that limit grants |
//! | `plan_checks` | errors that a plan can find |

pub(crate) mod grant;
pub(crate) mod group_access;
mod group_assignment;
mod group_eligibility;
pub(crate) mod listing;
mod plan_checks;
pub(crate) mod policy;
mod role_access;
mod role_assignment;
mod role_eligibility;

pub use group_assignment::PimGroupAssignment;
pub use group_eligibility::PimGroupEligibility;
pub use policy::group_policy::PimGroupPolicy;
pub use policy::role_policy::PimRolePolicy;
pub use role_assignment::PimRoleAssignment;
pub use role_eligibility::PimRoleEligibility;

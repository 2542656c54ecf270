//! Privileged Identity Management (PIM): access that is requested just in time, approved, and gone after a while.
//!
//! | module | what it is |
//! |---|---|
//! | `grant` | making, reading, changing and ending, the same for all |
//! | `declarations` | the declaration that all grants share |
//! | `group_eligibility`, `group_assignment` | membership and ownership of groups |
//! | `role_eligibility`, `role_assignment` | Azure roles at a scope |
//! | `policy` | the conditions of all that |
//! | `plan_checks` | what can be known to be wrong before anything is changed |

mod declarations;
pub(crate) mod grant;
pub(crate) mod group;
mod group_assignment;
mod group_eligibility;
mod plan_checks;
pub(crate) mod policy;
mod role;
mod role_assignment;
mod role_eligibility;

pub use group_assignment::PimGroupAssignment;
pub use group_eligibility::PimGroupEligibility;
pub use policy::group_policy::PimGroupPolicy;
pub use policy::role_policy::PimRolePolicy;
pub use role_assignment::PimRoleAssignment;
pub use role_eligibility::PimRoleEligibility;

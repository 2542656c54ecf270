//! Privileged Identity Management (PIM): access that is requested just in time, approved, and gone after a while.
//!
//! | module | what it is |
//! |---|---|
//! | `grant` | making, reading, changing and ending, the same for all |
//! | `declare` | the declaration that all grants share |
//! | `group_eligibility`, `group_assignment` | membership and ownership of groups |
//! | `role_eligibility`, `role_assignment` | Azure roles at a scope |
//! | `policy` | the conditions of all that |
//! | `review` | what can be known to be wrong before anything is changed |

mod declare;
pub(crate) mod grant;
pub(crate) mod group;
mod group_assignment;
mod group_eligibility;
pub(crate) mod policy;
mod review;
mod role;
mod role_assignment;
mod role_eligibility;

pub use group_assignment::PimGroupAssignment;
pub use group_eligibility::PimGroupEligibility;
pub use policy::group_policy::PimGroupPolicy;
pub use policy::role_policy::PimRolePolicy;
pub use role_assignment::PimRoleAssignment;
pub use role_eligibility::PimRoleEligibility;

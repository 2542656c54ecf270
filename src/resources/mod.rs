//! The table of resources: one line each.

mod administrative_unit_member;
mod authentication_context;
mod authentication_strength_policy;
mod cluster_aad_profile;
mod cluster_warnings;
mod conditional_access_policy;
mod existing;
mod group;
mod group_member;
mod group_members;
mod group_owner;
mod interrupted_creation;
mod listed;
mod membership;
mod named_location;
mod pim;
mod policy_uses;
mod role_assignment;
mod takeover;
mod user;

use framework::Entry;

pub use administrative_unit_member::AdministrativeUnitMember;
pub use authentication_context::AuthenticationContext;
pub use authentication_strength_policy::AuthenticationStrengthPolicy;
pub(crate) use authentication_strength_policy::AuthenticationStrengthResponse;

pub use cluster_aad_profile::ClusterAadProfile;
pub use conditional_access_policy::ConditionalAccessPolicy;
pub use group::Group;
pub(crate) use group::json::{GroupResponse, SELECT as GROUP_SELECT};
pub use group_member::GroupMember;
pub use group_members::GroupMembers;
pub use group_owner::GroupOwner;
pub(crate) use listed::Listed;
pub use named_location::{Country, Ip, NamedLocation};
pub(crate) use pim::listing::{list_grants, list_policies};
pub use pim::{PimGroupAssignment, PimGroupEligibility, PimGroupPolicy, PimRoleAssignment, PimRoleEligibility, PimRolePolicy};
pub use role_assignment::RoleAssignment;
pub use user::User;
pub(crate) use user::json::{MANAGER as USER_MANAGER, SELECT as USER_SELECT, UserResponse, reading as user_reading};

use crate::services::Services;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Services>> {
    vec![
        Entry::of::<AdministrativeUnitMember>(),
        Entry::of::<AuthenticationContext>(),
        Entry::of::<AuthenticationStrengthPolicy>(),
        Entry::of::<ClusterAadProfile>(),
        Entry::of::<ConditionalAccessPolicy>(),
        Entry::of::<Group>(),
        Entry::of::<GroupMember>(),
        Entry::of::<GroupMembers>(),
        Entry::of::<GroupOwner>(),
        Entry::of::<NamedLocation>(),
        Entry::of::<PimGroupAssignment>(),
        Entry::of::<PimGroupEligibility>(),
        Entry::of::<PimGroupPolicy>(),
        Entry::of::<PimRoleAssignment>(),
        Entry::of::<PimRoleEligibility>(),
        Entry::of::<PimRolePolicy>(),
        Entry::of::<RoleAssignment>(),
        Entry::of::<User>(),
    ]
}

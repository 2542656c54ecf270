//! The table of list resources: what `terraform query` lists, one line for each resource.

mod administrative_unit_member;
mod authentication_context;
mod authentication_strength_policy;
mod cluster_aad_profile;
mod collection;
mod conditional_access_policy;
mod group;
mod group_member;
mod group_members;
mod group_owner;
mod named_location;
mod pim_group_assignment;
mod pim_group_eligibility;
mod pim_group_policy;
mod pim_role_assignment;
mod pim_role_eligibility;
mod pim_role_policy;
mod role_assignment;
mod role_scope;
mod user;

use framework::ListEntry;

use crate::services::Services;

/// Every list resource of the provider: one for each resource.
pub fn table() -> Vec<ListEntry<Services>> {
    vec![
        ListEntry::of::<administrative_unit_member::AdministrativeUnitMemberList>(),
        ListEntry::of::<authentication_context::AuthenticationContextList>(),
        ListEntry::of::<authentication_strength_policy::AuthenticationStrengthPolicyList>(),
        ListEntry::of::<cluster_aad_profile::ClusterAadProfileList>(),
        ListEntry::of::<conditional_access_policy::ConditionalAccessPolicyList>(),
        ListEntry::of::<group::GroupList>(),
        ListEntry::of::<group_member::GroupMemberList>(),
        ListEntry::of::<group_members::GroupMembersList>(),
        ListEntry::of::<group_owner::GroupOwnerList>(),
        ListEntry::of::<named_location::NamedLocationList>(),
        ListEntry::of::<pim_group_assignment::PimGroupAssignmentList>(),
        ListEntry::of::<pim_group_eligibility::PimGroupEligibilityList>(),
        ListEntry::of::<pim_group_policy::PimGroupPolicyList>(),
        ListEntry::of::<pim_role_assignment::PimRoleAssignmentList>(),
        ListEntry::of::<pim_role_eligibility::PimRoleEligibilityList>(),
        ListEntry::of::<pim_role_policy::PimRolePolicyList>(),
        ListEntry::of::<role_assignment::RoleAssignmentList>(),
        ListEntry::of::<user::UserList>(),
    ]
}

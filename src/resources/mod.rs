//! The table of resources: one line each.

mod cluster_aad_profile;
pub(crate) mod group;
mod group_member;
mod group_members;
pub mod import_id;
pub mod instant;
mod membership;
pub mod placement;
mod role_assignment;
pub(crate) mod user;

use framework::Entry;

pub use cluster_aad_profile::ClusterAadProfile;
pub use group::Group;
pub use group_member::GroupMember;
pub use group_members::GroupMembers;
pub use role_assignment::RoleAssignment;
pub use user::User;

use crate::provider::Azure;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Azure>> {
    vec![
        Entry::of::<ClusterAadProfile>(),
        Entry::of::<Group>(),
        Entry::of::<GroupMember>(),
        Entry::of::<GroupMembers>(),
        Entry::of::<RoleAssignment>(),
        Entry::of::<User>(),
    ]
}

//! The table of resources: one line each.

pub(crate) mod group;
mod group_member;
mod group_members;
pub mod import_id;
pub mod instant;
mod membership;
pub(crate) mod pim;
pub(crate) mod user;

use framework::Entry;

pub use group::Group;
pub use group_member::GroupMember;
pub use group_members::GroupMembers;
pub use pim::{PimGroupAssignment, PimGroupEligibility, PimGroupPolicy};
pub use user::User;

use crate::provider::Azure;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Azure>> {
    vec![
        Entry::of::<Group>(),
        Entry::of::<GroupMember>(),
        Entry::of::<GroupMembers>(),
        Entry::of::<PimGroupAssignment>(),
        Entry::of::<PimGroupEligibility>(),
        Entry::of::<PimGroupPolicy>(),
        Entry::of::<User>(),
    ]
}

//! The table of resources: one line each.

mod group;
mod group_member;
mod group_members;
pub mod import_id;
mod membership;

use framework::Entry;

pub use group::Group;
pub use group_member::GroupMember;
pub use group_members::GroupMembers;

use crate::provider::Azure;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Azure>> {
    vec![Entry::of::<Group>(), Entry::of::<GroupMember>(), Entry::of::<GroupMembers>()]
}

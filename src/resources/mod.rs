//! The table of resources: one line each.

pub(crate) mod group;
pub mod import_id;
pub mod instant;
pub(crate) mod user;

use framework::Entry;

pub use group::Group;
pub use user::User;

use crate::provider::Azure;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Azure>> {
    vec![Entry::of::<Group>(), Entry::of::<User>()]
}

//! The table of resources: one line each.

mod group;
pub mod import_id;

use framework::Entry;

pub use group::Group;

use crate::provider::Azure;

/// Every resource of the provider.
pub fn table() -> Vec<Entry<Azure>> {
    vec![Entry::of::<Group>()]
}

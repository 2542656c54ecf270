//! The table of ephemeral resources: one line each.

mod pim_group_activation;

use framework::EphemeralEntry;

use crate::provider::Azure;

/// Every ephemeral resource of the provider.
pub fn table() -> Vec<EphemeralEntry<Azure>> {
    vec![EphemeralEntry::of::<pim_group_activation::PimGroupActivation>()]
}

//! The table of ephemeral resources: one line each.

mod cluster_credentials;
mod kubeconfig;
pub(crate) mod pim_group_activation;

use framework::EphemeralEntry;

use crate::services::Services;

/// Every ephemeral resource of the provider.
pub fn table() -> Vec<EphemeralEntry<Services>> {
    vec![EphemeralEntry::of::<cluster_credentials::ClusterCredentials>(), EphemeralEntry::of::<pim_group_activation::PimGroupActivation>()]
}

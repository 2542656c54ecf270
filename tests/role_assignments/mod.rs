//! Role assignments of Azure Resource Manager, and clusters.

pub mod azure_data;
pub mod cluster_aad_profile;
pub mod cluster_credentials;
pub mod existing;
pub mod role_assignment;
pub mod scale;

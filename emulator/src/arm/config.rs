//! What the handlers of Azure Resource Manager are handed beside the request and the store.

use std::sync::Arc;

use super::clusters::operations::ArmSettings;
use crate::{database::Database, identity::OtherTenants, pim::PimSettings, switches::Switches};

/// How this tenant's Azure Resource Manager behaves.
#[derive(Debug)]
pub struct ArmConfig {
    /// The data and the time of the tenant.
    pub database: Arc<Database>,
    /// Behaviours that nobody could verify.
    pub switches: Arc<Switches>,
    /// Seed from which it is chosen how long operations take and how long new principals are not known; `None` where both are instant.
    pub lag_seed: Option<u64>,
    /// What a test wants of the next operations.
    pub settings: Arc<ArmSettings>,
    /// What a test wants of the next requests of Privileged Identity Management.
    pub pim: Arc<PimSettings>,
    /// The other tenants, whose subscriptions requests can refer to.
    pub other_tenants: Arc<OtherTenants>,
    /// The program that kubeconfigs name as credential plugin.
    pub token_plugin: String,
    /// Certificate of the authority that clients trust, PEM.
    pub authority: String,
}

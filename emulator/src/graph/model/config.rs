//! The configuration that handlers of Microsoft Graph get beside the request and the store.

use std::sync::Arc;

use crate::{pim::PimSettings, switches::Switches};

/// The configuration of the emulated Microsoft Graph.
#[derive(Debug)]
pub struct GraphConfig {
    /// Behaviours that nobody could verify.
    pub switches: Arc<Switches>,
    /// Seed from which it is chosen how long Privileged Identity Management does not know new objects; `None` where it knows them at once.
    pub lag_seed: Option<u64>,
    /// Configured outcomes of the next requests of Privileged Identity Management.
    pub pim: Arc<PimSettings>,
}

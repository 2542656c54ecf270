//! The configuration that handlers of Azure Resource Manager get beside the request and the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use crate::{database::Database, identity::OtherTenants, pim::PimSettings, switches::Switches};

/// The configuration of the emulated Azure Resource Manager.
#[derive(Debug)]
pub struct ArmConfig {
    /// The data and the time of the tenant.
    pub database: Arc<Database>,
    /// Behaviours that nobody could verify.
    pub switches: Arc<Switches>,
    /// Seed from which it is chosen how long operations take and how long new principals are not known; `None` where both are instant.
    pub lag_seed: Option<u64>,
    /// Configured outcomes of the next operations.
    pub settings: Arc<ArmSettings>,
    /// Configured outcomes of the next requests of Privileged Identity Management.
    pub pim: Arc<PimSettings>,
    /// The other tenants, whose subscriptions requests can refer to.
    pub other_tenants: Arc<OtherTenants>,
    /// The program that kubeconfigs name as credential plugin.
    pub token_plugin: String,
    /// Certificate of the authority that clients trust, PEM.
    pub authority: String,
}

/// Settings of long-running operations, which the control API changes.
#[derive(Debug, Default)]
pub struct ArmSettings(Mutex<Settings>);

#[derive(Debug, Default)]
struct Settings {
    /// How long operations take.
    time: Option<SignedDuration>,
    /// Code and text of the error in which the next operation ends.
    failure: Option<(String, String)>,
}

impl ArmSettings {
    /// Sets the duration of operations.
    pub fn take(&self, time: SignedDuration) {
        self.lock().time = Some(time);
    }

    /// Lets the next operation end in an error.
    pub fn fail_next(&self, code: String, message: String) {
        self.lock().failure = Some((code, message));
    }

    /// Forgets everything that was set.
    pub fn reset(&self) {
        *self.lock() = Settings::default();
    }

    /// The duration and the error of the next operation.
    pub fn next_operation(&self) -> (Option<SignedDuration>, Option<(String, String)>) {
        let mut settings = self.lock();
        (settings.time, settings.failure.take())
    }

    fn lock(&self) -> MutexGuard<'_, Settings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

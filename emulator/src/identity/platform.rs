//! The state of the Microsoft identity platform beside the directory.

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::{
    arc, conditional_access::ConfiguredConditions, device::DeviceCodes, errors::SignInError, lockout::Lockout, other_tenants::OtherTenants,
};
use crate::{caller::Signer, database::Database, http::Response};

/// The state that the services of sign-in share.
#[derive(Debug)]
pub struct IdentityPlatform {
    /// The data and the time of the tenant.
    pub database: Arc<Database>,
    /// Signs tokens, and checks them.
    pub signer: Arc<Signer>,
    /// How long access tokens are good for, in seconds.
    pub token_lifetime: i64,
    /// Whether things take as long as at the service, and not as short as possible.
    pub lags: bool,
    /// The devices that wait for a person to sign in.
    pub device_codes: DeviceCodes,
    /// Wrong passwords in a row.
    pub lockout: Lockout,
    /// Other tenants.
    pub other_tenants: Arc<OtherTenants>,
    /// The agent that makes the machine one of Azure Arc.
    pub arc_agent: arc::Agent,
    /// Where and on what users sign in, as configured by the control API.
    pub circumstances: ConfiguredConditions,
}

impl IdentityPlatform {
    /// Forgets what a fresh tenant does not have.
    pub fn reset(&self) {
        self.device_codes.clear();
        self.circumstances.clear();
        self.lockout.clear();
        self.other_tenants.clear();
    }
}

/// The response with which sign-in fails with a status that a fault asks for.
pub fn failure(status: StatusCode) -> Response {
    SignInError::transient(status).respond(Timestamp::now())
}

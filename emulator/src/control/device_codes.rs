//! `/emulator/device-codes`: a person signs in on another device.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;

use super::{Refusal, refuse};
use crate::{
    emulator::Emulator,
    identity::{
        device::{Decision, Pending},
        user,
    },
};
use jiff::Timestamp;

/// A device code, and the user who signs in with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceCodeDecision {
    user_code: String,
    /// Nobody: the person declines.
    user_principal_name: Option<String>,
}

/// The codes that wait for somebody.
pub async fn pending(State(emulator): State<Arc<Emulator>>) -> Json<Vec<Pending>> {
    Json(emulator.identity.device_codes.pending(Timestamp::now().as_second()))
}

/// Signs somebody in with a code, without a password; or declines.
pub async fn decide(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<DeviceCodeDecision>) -> Result<StatusCode, Refusal> {
    let decision = match &wanted.user_principal_name {
        Some(name) => Decision::By(user::named(&emulator.identity, name).map_err(|error| refuse(error.text))?),
        None => Decision::Declined,
    };
    if emulator.identity.device_codes.decide(&wanted.user_code, decision, Timestamp::now().as_second()) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(refuse(format!("no device waits with the code {}", wanted.user_code)))
    }
}

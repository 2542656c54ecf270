//! `POST /emulator/password`: whether this is somebody's password, whatever else may keep them from signing in.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::{directory::users, emulator::Emulator};

/// A user principal name and a password to verify.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    user_principal_name: String,
    password: String,
}

/// Tries a password.
pub async fn attempt(State(emulator): State<Arc<Emulator>>, Json(attempt): Json<Attempt>) -> Result<Json<Value>, Refusal> {
    let right = users::is_password(emulator.database.read().latest(), &attempt.user_principal_name, &attempt.password);
    let right = right.ok_or_else(|| refuse(format!("there is no user {}", attempt.user_principal_name)))?;
    Ok(Json(json!({"right": right})))
}

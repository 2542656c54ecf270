//! `POST /emulator/operations`: what the long-running operations on clusters do, and that somebody else starts one.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;

use super::{Refusal, duration, refuse};
use crate::{arm, emulator::Emulator};

/// Settings of operations; each is optional.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationSettings {
    /// How long operations take from now on: an ISO 8601 duration.
    take: Option<String>,
    /// The error in which the next operation ends.
    fail_next: Option<Failure>,
    /// Somebody else changes a cluster.
    busy: Option<BusyCluster>,
}

/// An operation's error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    code: String,
    message: String,
}

/// A cluster that another client changes, and for how long.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyCluster {
    cluster_id: String,
    /// ISO 8601 duration; nothing leaves the cluster changed and idle.
    duration: String,
}

/// Keeps the settings that are given, and leaves the others as they are.
pub async fn configure(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<OperationSettings>) -> Result<StatusCode, Refusal> {
    if let Some(text) = wanted.take {
        emulator.arm_settings.take(duration(&text)?);
    }
    if let Some(failure) = wanted.fail_next {
        emulator.arm_settings.fail_next(failure.code, failure.message);
    }
    if let Some(busy) = wanted.busy {
        let now = emulator.database.now();
        let until = now.checked_add(duration(&busy.duration)?).map_err(|error| refuse(error.to_string()))?;
        let mut store = emulator.database.write();
        let change = arm::busy_cluster(store.latest(), &busy.cluster_id, until)
            .ok_or_else(|| refuse(format!("there is no cluster {}", busy.cluster_id)))?;
        store.commit(vec![change], now).map_err(|error| refuse(error.to_string()))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

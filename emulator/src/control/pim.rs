//! `POST /emulator/pim-members`: somebody activates a membership. `POST /emulator/pim-requests`: what becomes of requests.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;

use super::{Refusal, duration, refuse};
use crate::{emulator::Emulator, graph::pim, pim::Status};

/// An activation: principal, group, access and duration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    group_id: String,
    principal_id: String,
    /// `member` or `owner`.
    #[serde(default = "member")]
    access: String,
    /// ISO 8601 duration.
    #[serde(default = "default_duration")]
    duration: String,
}

fn member() -> String {
    "member".into()
}

fn default_duration() -> String {
    "PT8H".into()
}

/// Makes a principal an active member or owner of a group, as an activation through PIM would.
pub async fn activate(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<Activation>) -> Result<StatusCode, Refusal> {
    let time: SignedDuration = wanted.duration.parse().map_err(|error| refuse(format!("{}: {error}", wanted.duration)))?;
    if time <= SignedDuration::ZERO {
        return Err(refuse("the duration must be more than nothing"));
    }
    let now = emulator.database.now();
    let mut store = emulator.database.write();
    let changes = pim::activate(store.latest(), &wanted.group_id, &wanted.principal_id, &wanted.access, now, time).map_err(refuse)?;
    store.commit(changes, now).map_err(|error| refuse(error.to_string()))?;
    emulator.database.due_at(now.checked_add(time).unwrap_or(now));
    Ok(StatusCode::NO_CONTENT)
}

/// Settings of future requests; each is optional.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PimSettings {
    /// How long they take from now on, in which they are `PendingProvisioning`: an ISO 8601 duration.
    take: Option<String>,
    /// The status in which the next one ends that would be provisioned: `Failed`, `Denied`, `Canceled` or `Revoked`.
    end_next: Option<String>,
}

/// Keeps the settings that are given, and leaves the others as they are.
pub async fn configure(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<PimSettings>) -> Result<StatusCode, Refusal> {
    if let Some(text) = wanted.take {
        emulator.pim_settings.take(duration(&text)?);
    }
    if let Some(name) = wanted.end_next {
        let ends = [Status::Failed, Status::Denied, Status::Canceled, Status::Revoked];
        let status = ends.into_iter().find(|status| status.name() == name);
        emulator.pim_settings.end_next(status.ok_or_else(|| refuse(format!("no request ends as {name}")))?);
    }
    Ok(StatusCode::NO_CONTENT)
}

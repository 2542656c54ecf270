//! `POST /emulator/pim-members`: somebody activates a membership.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;

use super::{Refusal, refuse};
use crate::{emulator::Emulator, graph::pim};

/// Who, where, and for how long.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    group_id: String,
    principal_id: String,
    /// `member` or `owner`.
    #[serde(default = "member")]
    access: String,
    /// ISO 8601 duration.
    #[serde(default = "eight_hours")]
    duration: String,
}

fn member() -> String {
    "member".into()
}

fn eight_hours() -> String {
    "PT8H".into()
}

/// Makes a principal an active member or owner of a group, as an activation through PIM would.
pub async fn activate(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<Activation>) -> Result<StatusCode, Refusal> {
    let time: SignedDuration = wanted.duration.parse().map_err(|error| refuse(format!("{}: {error}", wanted.duration)))?;
    if time <= SignedDuration::ZERO {
        return Err(refuse("the duration must be more than nothing"));
    }
    let now = emulator.clock.now();
    let mut store = emulator.write();
    let changes = pim::activate(store.truth(), &wanted.group_id, &wanted.principal_id, &wanted.access, now, time).map_err(refuse)?;
    store.commit(changes, now).map_err(|error| refuse(error.to_string()))?;
    emulator.due_at(now.checked_add(time).unwrap_or(now));
    Ok(StatusCode::NO_CONTENT)
}

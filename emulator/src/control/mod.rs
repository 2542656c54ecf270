//! The control API under `/emulator/`: what tests do to the tenant from outside of it. It needs no token and is
//! neither counted nor recorded. A page of another site cannot use it (`origin`).

mod applications;
mod device_codes;
mod faults;
mod index;
mod operations;
mod origin;
mod passwords;
mod pim;
mod populate;
mod sign_ins;
mod tenants;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use jiff::{SignedDuration, Span};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{clock::seconds, emulator::Emulator, graph::authorization, traffic::counts::TrafficCounts};

/// The paths of the control API.
pub fn routes() -> Router<Arc<Emulator>> {
    Router::new()
        .route("/", get(index::list))
        .route("/populate", post(populate::populate))
        .route("/faults", get(faults::list).post(faults::arm).delete(faults::clear))
        .route("/applications", post(applications::register))
        .route("/federated-tokens", post(applications::issue))
        .route("/device-codes", get(device_codes::pending).post(device_codes::decide))
        .route("/permissions-used", get(permissions_used))
        .route("/directory-roles", post(applications::give_roles))
        .route("/password", post(passwords::attempt))
        .route("/operations", post(operations::configure))
        .route("/pim-members", post(pim::activate))
        .route("/pim-requests", post(pim::configure))
        .route("/clock", get(now).post(advance))
        .route("/sign-ins", post(sign_ins::sign_in))
        .route("/circumstances", post(sign_ins::set))
        .route("/tenants", post(tenants::add))
        .route("/reset", post(reset))
        .route("/requests", get(requests).delete(forget_requests))
        .layer(axum::middleware::from_fn(origin::same_origin))
}

/// A refused control request: status and message.
type Refusal = (StatusCode, String);

fn refuse(sentence: impl Into<String>) -> Refusal {
    (StatusCode::BAD_REQUEST, sentence.into() + "\n")
}

/// An ISO 8601 duration in a body.
fn duration(text: &str) -> Result<SignedDuration, Refusal> {
    let time: SignedDuration = text.parse().map_err(|error| refuse(format!("{text}: {error}")))?;
    if time < SignedDuration::ZERO { Err(refuse(format!("{text}: a duration is not negative"))) } else { Ok(time) }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockSettings {
    /// Whether the clock stands still, so that time passes only by `advance`.
    stopped: Option<bool>,
    /// ISO 8601 duration.
    advance: Option<String>,
}

async fn now(State(emulator): State<Arc<Emulator>>) -> Json<Value> {
    Json(json!({"now": seconds(emulator.database.now())}))
}

async fn advance(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<ClockSettings>) -> Result<Json<Value>, Refusal> {
    if let Some(stop) = wanted.stopped {
        emulator.database.clock.stop(stop);
    }
    if let Some(step) = wanted.advance {
        let span: Span = step.parse().map_err(|error| refuse(format!("{step}: {error}")))?;
        emulator.advance(span).map_err(refuse)?;
    }
    Ok(Json(json!({"now": seconds(emulator.database.now())})))
}

async fn reset(State(emulator): State<Arc<Emulator>>) -> Result<StatusCode, Refusal> {
    emulator.reset().map_err(|error| refuse(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn requests(State(emulator): State<Arc<Emulator>>) -> Json<TrafficCounts> {
    Json(emulator.counts.snapshot())
}

/// The permissions that the calls since the last `DELETE requests` needed.
async fn permissions_used(State(emulator): State<Arc<Emulator>>) -> Json<Value> {
    let counted = emulator.counts.snapshot();
    Json(authorization::used(counted.http.keys().chain(counted.batched.keys())))
}

async fn forget_requests(State(emulator): State<Arc<Emulator>>) -> StatusCode {
    emulator.counts.reset();
    StatusCode::NO_CONTENT
}

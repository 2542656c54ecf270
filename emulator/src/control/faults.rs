//! `/emulator/faults`: arm, look at, and disarm faults.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;

use super::{Refusal, refuse};
use crate::{
    emulator::Emulator,
    faults::{Fault, FaultReport, parse, parse_one},
};

/// Faults as JSON: text as for `--faults`, or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum FaultList {
    /// `{"faults": "2 POST /v1.0/groups status=503"}`
    Text(Text),
    /// `[{"when": "2", "method": "POST", "path": "/v1.0/groups", "effect": "status=503"}]`
    List(Vec<FaultSpecification>),
}

/// Faults as text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    faults: String,
}

/// One fault in words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSpecification {
    when: FaultTrigger,
    #[serde(default = "any")]
    method: String,
    #[serde(default = "any")]
    path: String,
    effect: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum FaultTrigger {
    Next(u64),
    Words(String),
}

fn any() -> String {
    "*".into()
}

impl FaultList {
    fn read(self) -> Result<Vec<Fault>, Refusal> {
        match self {
            Self::Text(text) => parse(&text.faults),
            Self::List(all) => all
                .into_iter()
                .map(|one| {
                    let when = match one.when {
                        FaultTrigger::Next(count) => count.to_string(),
                        FaultTrigger::Words(words) => words,
                    };
                    parse_one(&when, &one.method, &one.path, &one.effect)
                })
                .collect(),
        }
        .map_err(|error| refuse(error.to_string()))
    }
}

/// `POST`: adds faults to those that are armed.
pub async fn arm(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<FaultList>) -> Result<StatusCode, Refusal> {
    emulator.faults.arm(wanted.read()?);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET`: what is armed, and how often it struck.
pub async fn list(State(emulator): State<Arc<Emulator>>) -> Json<Vec<FaultReport>> {
    Json(emulator.faults.struck())
}

/// `DELETE`: no faults any more.
pub async fn clear(State(emulator): State<Arc<Emulator>>) -> StatusCode {
    emulator.faults.clear();
    StatusCode::NO_CONTENT
}

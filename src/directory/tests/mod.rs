//! Tests of the shared reads and batched writes, against a scripted network and with paused time: requests are counted exactly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may panic")]

mod identities;
mod membership_writer;
mod memberships;
mod privileged;
mod removal;

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::azure::Client;
use crate::azure::tests::{GRAPH, Line, Script, Seen, client, error, hour, says, status};

/// Object ids that are easy to tell apart.
fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<Uuid> {
    numbers.map(id).collect()
}

/// A number as it stands at the end of an id in a path or a reference.
fn number(text: &str) -> usize {
    let id = text.rsplit('/').find_map(|part| Uuid::parse_str(part).ok()).unwrap();
    id.as_u128() as usize
}

fn exists() -> Line {
    error(400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.")
}

fn missing() -> Line {
    error(404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present.")
}

/// The requests to Graph as `METHOD path`.
fn sent(script: &Script) -> Vec<String> {
    script.seen(GRAPH).iter().map(|seen| format!("{} {}", seen.method, seen.path.trim_start_matches("/v1.0"))).collect()
}

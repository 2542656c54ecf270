//! A tenant of the size of a large company in the emulator: its memory, and how long a page and a single read take.

use std::time::Instant;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{mebibytes, median, print_line};
use crate::failure::Failure;

const USERS: usize = 100_000;
const GROUPS: usize = 50_000;
const MEMBERS_PER_GROUP: usize = 20;

/// How often each read is timed.
const READS: usize = 101;

/// Fills a tenant, reads from it, and prints.
pub async fn run() -> Result<(), Failure> {
    let tenant = emulator::start(emulator::Options::default()).await.map_err(|error| Failure::new(error.to_string()))?;
    let started = Instant::now();
    let amount = json!({"users": USERS, "groups": GROUPS, "members_per_group": MEMBERS_PER_GROUP});
    let filled = call(&tenant, "POST", "/emulator/populate", "application/json", &amount.to_string(), "").await?;
    print_line(&format!(
        "{USERS} users, {GROUPS} groups and {} memberships: made in {:.1} s, {}",
        GROUPS * MEMBERS_PER_GROUP,
        started.elapsed().as_secs_f64(),
        memory().map_or_else(
            || "memory only measured on Linux".to_owned(),
            |bytes| format!("{:.0} MiB resident (at most 2048)", mebibytes(bytes))
        )
    ));
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        emulator::tenant::CLIENT_ID,
        emulator::tenant::CLIENT_SECRET
    );
    let path = format!("/{}/oauth2/v2.0/token", emulator::tenant::TENANT_ID);
    let answer = call(&tenant, "POST", &path, "application/x-www-form-urlencoded", &form, "").await?;
    let token = answer["access_token"].as_str().unwrap_or_default().to_owned();
    let id = filled["groups"].get(GROUPS / 2).and_then(Value::as_str).unwrap_or_default();
    for (what, path) in [
        ("a page of 999 users", "/v1.0/users?$top=999".to_owned()),
        ("a page of 999 groups", "/v1.0/groups?$top=999".to_owned()),
        ("one group", format!("/v1.0/groups/{id}")),
        ("the members of one group", format!("/v1.0/groups/{id}/members")),
        ("a group by name", "/v1.0/groups?$filter=displayName%20eq%20'Group'".to_owned()),
    ] {
        let mut times = Vec::new();
        for _ in 0..READS {
            let started = Instant::now();
            call(&tenant, "GET", &path, "application/json", "", &token).await?;
            times.push(started.elapsed().as_secs_f64());
        }
        print_line(&format!("{what}: {:.2} ms, median of {READS}, without the network", median(&mut times) * 1000.0));
    }
    tenant.stop().await;
    Ok(())
}

/// A call without a socket.
async fn call(tenant: &emulator::Running, method: &str, path: &str, kind: &str, body: &str, token: &str) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{method} {path}: {error}"));
    let request =
        Request::builder().method(method).uri(path).header("content-type", kind).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::from(body.to_owned())).map_err(|error| failed(&error))?;
    let answer = emulator::app(tenant.emulator()).oneshot(request).await.map_err(|error| failed(&error))?;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.map_err(|error| failed(&error))?;
    if !status.is_success() {
        return Err(failed(&format!("{status} {}", String::from_utf8_lossy(&bytes))));
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// Resident memory of this process, in bytes.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

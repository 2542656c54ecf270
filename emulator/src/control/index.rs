//! `GET /emulator`: the list of control requests with examples.

use axum::Json;
use serde_json::{Value, json};

/// A control request: method, path below `/emulator`, what it does, and an example of the body; empty without one.
pub struct ControlRequest(pub &'static str, pub &'static str, pub &'static str, pub &'static str);

/// Every control request. A test compares it with the routes.
pub const REQUESTS: &[ControlRequest] = &[
    ControlRequest("POST", "/populate", "Adds users, groups and memberships.", r#"{"users": 20, "groups": 2, "members_per_group": 5}"#),
    ControlRequest("GET", "/clock", "Shows the tenant's time.", ""),
    ControlRequest(
        "POST",
        "/clock",
        "Moves the tenant's time forward, or stops it: activations end, bins are emptied.",
        r#"{"advance": "PT8H"}"#,
    ),
    ControlRequest("GET", "/requests", "Counts of requests by method and path.", ""),
    ControlRequest("DELETE", "/requests", "Sets the counts to zero.", ""),
    ControlRequest("GET", "/faults", "The armed faults, and how often each struck.", ""),
    ControlRequest("POST", "/faults", "Arms faults.", r#"{"faults": "1 GET /v1.0/nothing status=503"}"#),
    ControlRequest("DELETE", "/faults", "Disarms all faults.", ""),
    ControlRequest("GET", "/permissions-used", "The permissions that the calls since the last DELETE of requests needed.", ""),
    ControlRequest(
        "POST",
        "/applications",
        "Changes or creates an application: its permissions, secrets, certificates and federated credentials.",
        r#"{"display_name": "pipeline", "secret": "a-secret-of-a-test", "permissions": ["Group.Read.All"]}"#,
    ),
    ControlRequest(
        "POST",
        "/directory-roles",
        "Sets the roles of the directory that a user has.",
        r#"{"user_principal_name": "admin@contoso.com", "roles": ["Global Administrator"]}"#,
    ),
    ControlRequest(
        "POST",
        "/federated-tokens",
        "A token of an external issuer, to be exchanged for one of the tenant.",
        r#"{"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:contoso/infrastructure:ref:refs/heads/main"}"#,
    ),
    ControlRequest(
        "POST",
        "/password",
        "Whether this is the user's password.",
        r#"{"user_principal_name": "admin@contoso.com", "password": "a guess"}"#,
    ),
    ControlRequest("GET", "/device-codes", "The device codes that wait for a person.", ""),
    ControlRequest(
        "POST",
        "/device-codes",
        "Signs a person in with a device code; without a name it is declined.",
        r#"{"user_code": "ABCD1234", "user_principal_name": "admin@contoso.com"}"#,
    ),
    ControlRequest(
        "POST",
        "/sign-ins",
        "A user signs in; conditional access decides. The answer is the entry of the log.",
        r#"{"user_principal_name": "admin@contoso.com"}"#,
    ),
    ControlRequest(
        "POST",
        "/circumstances",
        "Sets where and on what a user signs in.",
        r#"{"user_principal_name": "admin@contoso.com", "circumstances": {"ip_address": "203.0.113.7", "mfa": true}}"#,
    ),
    ControlRequest(
        "POST",
        "/tenants",
        "Adds another tenant, to which requests can refer.",
        r#"{"tenant_id": "66666666-6666-4666-8666-000000000001", "subscription_ids": ["44444444-4444-4444-8444-000000000009"]}"#,
    ),
    ControlRequest("POST", "/operations", "How long operations on clusters take, or how the next one fails.", r#"{"take": "PT5S"}"#),
    ControlRequest(
        "POST",
        "/pim-members",
        "A principal activates a membership of a group through Privileged Identity Management.",
        r#"{"group_id": "00000000-0000-4000-8000-000000000001", "principal_id": "00000000-0000-4000-8000-000000000002", "access": "member", "duration": "PT8H"}"#,
    ),
    ControlRequest("POST", "/pim-requests", "Outcomes of the next requests of Privileged Identity Management.", "{}"),
    ControlRequest("POST", "/reset", "A fresh tenant without counts and faults; clock and keys stay.", "{}"),
];

/// Answers with the list.
pub async fn list() -> Json<Value> {
    let requests = REQUESTS.iter().map(|ControlRequest(method, path, description, example)| {
        let body = serde_json::from_str::<Value>(example).unwrap_or_default();
        let mut out = json!({"method": method, "path": format!("/emulator{path}"), "description": description});
        if !body.is_null() {
            out["example"] = body;
        }
        out
    });
    Json(json!({
        "description": "The control API of the emulator. It needs no token, and takes and gives JSON.",
        "requests": requests.collect::<Vec<_>>(),
    }))
}

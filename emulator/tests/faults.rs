//! Latency, and what goes wrong on purpose.

use std::time::{Duration, Instant};

use emulator::{Options, Profile};
use serde_json::{Value, json};

use crate::client::{Tenant, options, security_group};

async fn arm(tenant: &Tenant, faults: &str) {
    tenant.post("/emulator/faults", json!({"faults": faults})).await.empty();
}

/// A request whose answer may never come.
async fn try_create(tenant: &Tenant, client: &reqwest::Client) -> Result<(u16, String), reqwest::Error> {
    let request = client.post(format!("{}/v1.0/groups", tenant.running.url())).bearer_auth(&tenant.token);
    let answer = request.json(&security_group("Platform")).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

fn old_http(tenant: &Tenant) -> reqwest::Client {
    let bundle = std::fs::read(tenant.running.ca_bundle()).unwrap();
    let certificates = reqwest::Certificate::from_pem_bundle(&bundle).unwrap();
    reqwest::Client::builder().tls_certs_only(certificates).http1_only().build().unwrap()
}

#[tokio::test]
async fn a_lost_connection_leaves_the_write_done_or_not() {
    let tenant = Tenant::start().await;
    for client in [&tenant.client, &old_http(&tenant)] {
        arm(&tenant, "1 POST /v1.0/groups reset-before").await;
        assert!(try_create(&tenant, client).await.is_err());
        assert_eq!(tenant.ids("/v1.0/groups").await.len(), 0);
        arm(&tenant, "1 POST /v1.0/groups reset-after; 1 POST /v1.0/groups truncate").await;
        assert!(try_create(&tenant, client).await.is_err());
        assert_eq!(tenant.ids("/v1.0/groups").await.len(), 1);
        assert!(try_create(&tenant, client).await.is_err());
        assert_eq!(tenant.ids("/v1.0/groups").await.len(), 2);
        assert_eq!(try_create(&tenant, client).await.unwrap().0, 201);
        tenant.post("/emulator/reset", json!({})).await.empty();
    }
}

#[tokio::test]
async fn statuses_come_instead_of_the_call_or_after_it() {
    let tenant = Tenant::start().await;
    arm(&tenant, "1 POST /v1.0/groups status=503; 1 POST /v1.0/groups status-after=504; 1 POST /v1.0/groups html").await;
    let answer = tenant.post("/v1.0/groups", security_group("a")).await;
    assert_eq!((answer.status, &answer.body["error"]["code"]), (503, &json!("ServiceNotAvailable")));
    assert!(answer.headers.contains_key("request-id"));
    assert_eq!(tenant.ids("/v1.0/groups").await.len(), 0);
    assert_eq!(tenant.post("/v1.0/groups", security_group("a")).await.status, 504);
    assert_eq!(tenant.ids("/v1.0/groups").await.len(), 1);
    let page = tenant.post("/v1.0/groups", security_group("a")).await;
    assert_eq!((page.status, page.headers["content-type"].to_str().unwrap()), (502, "text/html"));
    assert!(matches!(&page.body, Value::String(text) if text.starts_with("<html>")));
    assert_eq!(tenant.ids("/v1.0/groups").await.len(), 1);
}

#[tokio::test]
async fn throttling_and_expired_tokens() {
    let tenant = Tenant::start().await;
    let list = json!([
        {"when": 1, "path": "/v1.0/groups", "effect": "throttle=7"},
        {"when": "1", "method": "GET", "path": "/v1.0/*", "effect": "throttle"},
        {"when": 1, "effect": "expired-token"},
    ]);
    tenant.post("/emulator/faults", list).await.empty();
    let first = tenant.get("/v1.0/groups").await;
    assert_eq!((first.status, first.headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(first.body["error"]["code"], "TooManyRequests");
    let second = tenant.get("/v1.0/groups").await;
    assert_eq!((second.status, second.headers.get("retry-after")), (429, None));
    let third = tenant.get("/v1.0/groups").await;
    assert_eq!((third.status, &third.body["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
    tenant.get("/v1.0/groups").await.ok();
    let armed = tenant.get("/emulator/faults").await.ok();
    assert_eq!(armed[0], json!({"fault": "1 * /v1.0/groups throttle=7", "matched": 4, "struck": 1}));
    tenant.delete("/emulator/faults").await.empty();
    assert_eq!(tenant.get("/emulator/faults").await.ok(), json!([]));
}

#[tokio::test]
async fn requests_inside_a_batch_are_struck_too() {
    let tenant = Tenant::start().await;
    arm(&tenant, "1 GET /v1.0/groups throttle=3").await;
    let requests = json!([{"id": "1", "method": "GET", "url": "/groups"}, {"id": "2", "method": "GET", "url": "/groups"}]);
    let answer = tenant.post("/v1.0/$batch", json!({"requests": requests})).await.ok();
    let of = |id: &str| answer["responses"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert_eq!((&of("1")["status"], &of("1")["headers"]["Retry-After"]), (&json!(429), &json!("3")));
    assert_eq!(of("2")["status"], json!(200));
}

#[tokio::test]
async fn sign_in_fails_in_its_own_words() {
    let mut options = options();
    options.faults = Some("1 POST /{tenant}/oauth2/v2.0/token status=503".into());
    let running = emulator::start(options).await.unwrap();
    let client = crate::client::client(&running);
    let url = format!("{}/{}/oauth2/v2.0/token", running.url(), emulator::tenant::TENANT_ID);
    let answer = crate::client::read(client.post(url).send().await.unwrap()).await;
    assert_eq!((answer.status, &answer.body["error"]), (503, &json!("temporarily_unavailable")));
    crate::client::sign_in(&running, &client).await;
}

#[tokio::test]
async fn misspelt_faults_are_refused() {
    let tenant = Tenant::start().await;
    let answer = tenant.post("/emulator/faults", json!({"faults": "often GET /x html"})).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.as_str().unwrap().contains("'often GET /x html' is no fault"));
    let error = emulator::start(Options { faults: Some("nonsense".into()), ..options() }).await.unwrap_err();
    assert!(error.to_string().contains("'nonsense' is no fault"));
}

#[tokio::test]
async fn every_answer_takes_its_time() {
    let latency = Duration::from_millis(40);
    let tenant = Tenant::with(Options { latency, ..options() }).await;
    let start = Instant::now();
    for _ in 0..3 {
        tenant.get("/v1.0/organization").await.ok();
    }
    // A lower bound holds on every machine.
    assert!(start.elapsed() >= 3 * latency);
    arm(&tenant, "1 GET /v1.0/organization delay=0.2").await;
    let start = Instant::now();
    tenant.get("/v1.0/organization").await.ok();
    assert!(start.elapsed() >= Duration::from_millis(240));
}

#[tokio::test]
async fn a_lost_connection_takes_no_other_request_with_it() {
    let tenant = Tenant::start().await;
    arm(&tenant, "1 GET /v1.0/groups reset-before").await;
    let requests = (0..20).map(|_| {
        let request = tenant.client.get(format!("{}/v1.0/groups", tenant.running.url())).bearer_auth(&tenant.token);
        tokio::spawn(async move { request.send().await.is_err() })
    });
    let mut lost = 0;
    for request in requests.collect::<Vec<_>>() {
        lost += usize::from(request.await.unwrap());
    }
    assert_eq!(lost, 1);
}

#[tokio::test]
async fn a_patient_client_gets_through_a_bad_day() {
    let faults = Some("10% * /v1.0/* any".to_owned());
    let tenant = Tenant::with(Options { profile: Profile::Realistic, faults, ..options() }).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (client, url, token) = (tenant.client.clone(), tenant.running.url(), tenant.token.clone());
            tokio::spawn(async move {
                for number in 0..10 {
                    let url = format!("{url}/v1.0/groups(uniqueName='{writer}-{number}')");
                    let mut tries = 0;
                    loop {
                        tries += 1;
                        assert!(tries < 50, "no answer after {tries} tries");
                        let request = client.patch(&url).bearer_auth(&token).header("Prefer", "create-if-missing");
                        let Ok(answer) = request.json(&security_group("Patient")).send().await else { continue };
                        let status = answer.status().as_u16();
                        // An answer that breaks off is none.
                        if answer.bytes().await.is_err() {
                            continue;
                        }
                        match status {
                            201 | 204 => break,
                            429 | 500..=504 => {}
                            other => panic!("unexpected status {other}"),
                        }
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let armed = tenant.get("/emulator/faults").await.ok();
    assert!(armed[0]["struck"].as_u64().unwrap() > 0, "{armed}");
    tenant.delete("/emulator/faults").await.empty();
    tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
    // However often each was tried, it is there once.
    assert_eq!(tenant.ids("/v1.0/groups").await.len(), 80);
}

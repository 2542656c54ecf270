//! The realistic profile: replicas that lag behind, and limits.

use emulator::{Options, Profile};
use serde_json::json;

use crate::client::{Tenant, options};

/// A tenant whose clock stands still, so that the speed of the machine decides nothing.
async fn realistic(seed: u64) -> Tenant {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, seed, ..options() }).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    tenant
}

/// How ten reads in a row of something new, at once, turn out.
async fn reads(tenant: &Tenant, path: &str) -> Vec<u16> {
    let mut out = Vec::new();
    for _ in 0..10 {
        out.push(tenant.get(path).await.status);
    }
    out
}

#[tokio::test]
async fn new_objects_are_missing_for_a_while_the_same_with_the_same_seed() {
    let mut runs = Vec::new();
    for seed in [4, 4, 5] {
        let tenant = realistic(seed).await;
        let mut seen = Vec::new();
        for name in ["a", "b", "c"] {
            let group = tenant.group(name).await;
            seen.push(reads(&tenant, &format!("/v1.0/groups/{group}")).await);
            // Everybody knows after a while.
            tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
            assert_eq!(reads(&tenant, &format!("/v1.0/groups/{group}")).await, [200; 10]);
        }
        runs.push(seen);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let all = runs.concat().concat();
    assert!(all.contains(&404) && all.contains(&200), "{all:?}");
    assert!(all.iter().all(|status| [200, 404].contains(status)));
}

#[tokio::test]
async fn listings_lag_and_writes_do_not() {
    let tenant = realistic(1).await;
    let added = tenant.post("/emulator/populate", json!({"users": 20, "groups": 1})).await.ok();
    let group = added["groups"][0].as_str().unwrap();
    let path = format!("/v1.0/groups/{group}");
    // What was populated is old, and everywhere.
    assert_eq!(reads(&tenant, &path).await, [200; 10]);
    let (mut missed, mut stale, mut kept) = (0, 0, 0);
    for person in added["users"].as_array().unwrap() {
        let person = person.as_str().unwrap();
        tenant.link(group, "members", person).await.empty();
        // The next try knows better than any listing.
        let text = "One or more added object references already exist for the following modified properties: 'members'.";
        tenant.link(group, "members", person).await.refused(400, "Request_BadRequest", text);
        missed += usize::from(!tenant.ids(&format!("{path}/members")).await.contains(&person.to_owned()));
        tenant.patch(&path, json!({"description": person})).await.empty();
        stale += usize::from(tenant.get(&path).await.ok()["description"] != json!(person));
        tenant.delete(&format!("{path}/members/{person}/$ref")).await.empty();
        kept += usize::from(tenant.ids(&format!("{path}/members")).await.contains(&person.to_owned()));
    }
    assert!(missed > 0 && stale > 0 && kept > 0, "{missed} {stale} {kept}");
    tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
    assert!(tenant.ids(&format!("{path}/members")).await.is_empty());
}

#[tokio::test]
async fn an_update_is_not_made_upon_what_a_replica_still_has() {
    let tenant = realistic(1).await;
    let group = tenant.post("/emulator/populate", json!({"groups": 1})).await.ok()["groups"][0].as_str().unwrap().to_owned();
    let path = format!("/v1.0/groups/{group}");
    for number in 0..10 {
        tenant.patch(&path, json!({"displayName": format!("Name {number}")})).await.empty();
        tenant.patch(&path, json!({"description": format!("Description {number}")})).await.empty();
    }
    tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["displayName"], &read["description"]), (&json!("Name 9"), &json!("Description 9")));
}

#[tokio::test]
async fn an_upsert_and_a_reset_ask_no_replica() {
    let tenant = realistic(1).await;
    for number in 0..10 {
        let path = format!("/v1.0/groups(uniqueName='team-{number}')");
        for expected in [201, 204, 204] {
            let body = crate::client::security_group("Team");
            let answer = tenant.send("PATCH", &path, Some(body), &[("Prefer", "create-if-missing")]).await;
            assert_eq!(answer.status, expected);
        }
    }
    let group = tenant.ids("/v1.0/groups").await.pop();
    tenant.post("/emulator/reset", json!({})).await.empty();
    assert!(tenant.ids("/v1.0/groups").await.is_empty(), "{group:?} was forgotten");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let tenant = realistic(1).await;
    let requests: Vec<_> =
        (0..20).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/groups?$expand=owners&$top=50"})).collect();
    let mut throttled = None;
    for _ in 0..200 {
        let answer = tenant.post("/v1.0/$batch", json!({"requests": requests})).await.ok();
        let responses = answer["responses"].as_array().unwrap().clone();
        throttled = responses.into_iter().find(|one| one["status"] == 429);
        if throttled.is_some() {
            break;
        }
    }
    let throttled = throttled.expect("4,000 requests in a moment are too many");
    let seconds: u64 = throttled["headers"]["Retry-After"].as_str().unwrap().parse().unwrap();
    assert_eq!(throttled["body"]["error"]["code"], "TooManyRequests");
    tenant.post("/emulator/clock", json!({"advance": format!("PT{}S", seconds + 10)})).await.ok();
    tenant.get("/v1.0/groups").await.ok();
}

#[tokio::test]
async fn users_can_be_spared_the_lag_by_a_switch() {
    let mut options = options();
    options.profile = Profile::Realistic;
    options.switches.only_applications_see_lag = true;
    let mut tenant = Tenant::with(options).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let application = tenant.token.clone();
    let (name, password) = (emulator::tenant::ADMINISTRATOR, emulator::tenant::ADMINISTRATOR_PASSWORD);
    let fields = [
        ("grant_type", "password"),
        ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
        ("username", name),
        ("password", password),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let user = crate::user_sign_in::token(&tenant, &fields).await.ok()["access_token"].as_str().unwrap().to_owned();
    let mut missed = [0, 0];
    for round in 0..20 {
        let id = tenant.group(&format!("group {round}")).await;
        for (missed, token) in missed.iter_mut().zip([&application, &user]) {
            tenant.token.clone_from(token);
            *missed += usize::from(tenant.get(&format!("/v1.0/groups/{id}")).await.status == 404);
        }
    }
    assert!(missed[0] > 0 && missed[1] == 0, "{missed:?}");
}

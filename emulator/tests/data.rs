//! What `data` keeps.

use emulator::Options;
use serde_json::json;

use crate::client::{Tenant, certificates};

#[tokio::test]
async fn a_tenant_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { certificates: Some(certificates()), data: Some(folder.path().join("tenant")), ..Options::default() };
    let tenant = Tenant::with(options()).await;
    let (group, gone, person) = (tenant.group("Kept").await, tenant.group("Gone").await, tenant.user("one").await);
    tenant.link(&group, "members", &person).await.empty();
    tenant.delete(&format!("/v1.0/groups/{gone}")).await.empty();
    let pim = "/v1.0/identityGovernance/privilegedAccess/group";
    let eligible = json!({
        "accessId": "member", "action": "adminAssign", "groupId": group, "principalId": person,
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}},
    });
    tenant.post(&format!("{pim}/eligibilityScheduleRequests"), eligible).await.created();
    tenant.post("/emulator/clock", json!({"advance": "P10D"})).await.ok();
    let error = emulator::start(options()).await.unwrap_err().to_string();
    assert!(error.contains("tenant.redb"), "{error}");
    let (Tenant { running, .. }, now) = (tenant, jiff::Timestamp::now());
    let emulator = std::sync::Arc::downgrade(&running.emulator());
    running.stop().await;
    while emulator.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
    let tenant = Tenant::with(options()).await;
    let then: jiff::Timestamp = tenant.get("/emulator/clock").await.ok()["now"].as_str().unwrap().parse().unwrap();
    assert!(then.duration_since(now).as_hours() >= 239);
    assert_eq!(tenant.ids("/v1.0/directory/deletedItems/microsoft.graph.group").await, [gone]);
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, std::slice::from_ref(&person));
    let schedules = format!("{pim}/eligibilitySchedules?$filter=principalId eq '{person}'");
    assert_eq!(tenant.get(&schedules).await.ok()["value"].as_array().unwrap().len(), 1);
    tenant.post("/emulator/clock", json!({"advance": "P21D"})).await.ok();
    assert_eq!(tenant.get(&schedules).await.ok()["value"], json!([]), "and time goes on");
    assert_eq!(tenant.get("/v1.0/users/one@contoso.com").await.status, 200);
    tenant.post("/emulator/reset", json!({})).await.empty();
    assert!(tenant.ids("/v1.0/groups").await.is_empty());
}

#[tokio::test]
async fn what_every_tenant_starts_with_stays_away_once_it_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { certificates: Some(certificates()), data: Some(folder.path().join("tenant")), ..Options::default() };
    let tenant = Tenant::with(options()).await;
    let users = tenant.ids("/v1.0/users").await;
    assert_eq!(users, [emulator::tenant::ADMINISTRATOR_ID]);
    tenant.delete(&format!("/v1.0/users/{}", users[0])).await.empty();
    tenant.delete(&format!("/v1.0/directory/deletedItems/{}", users[0])).await.empty();
    let emulator = std::sync::Arc::downgrade(&tenant.running.emulator());
    tenant.running.stop().await;
    while emulator.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(Tenant::with(options()).await.ids("/v1.0/users").await.is_empty());
}

#[tokio::test]
async fn certificates_live_with_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data: Some(folder.path().into()), ..Options::default() };
    let running = emulator::start(options).await.unwrap();
    assert_eq!(running.ca_bundle(), folder.path().join("bundle.pem"));
    running.stop().await;
    assert!(folder.path().join("authority.pem").exists());
}

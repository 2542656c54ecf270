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

/// The mode of a file or folder.
#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_user_can_read_a_kept_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("kept/tenant");
    let options = || Options { certificates: Some(certificates()), data: Some(data.clone()), ..Options::default() };
    let running = emulator::start(options()).await.unwrap();
    assert_eq!((mode(&data), mode(&data.join("tenant.redb"))), (0o700, 0o600));
    let emulator = std::sync::Arc::downgrade(&running.emulator());
    running.stop().await;
    while emulator.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
    // As an earlier version left them.
    for (path, old) in [(data.clone(), 0o755), (data.join("tenant.redb"), 0o644)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(old)).unwrap();
    }
    let _running = emulator::start(options()).await.unwrap();
    assert_eq!((mode(&data), mode(&data.join("tenant.redb"))), (0o700, 0o600));
}

/// Asks the agent of Azure Arc for a token as a client does, and returns the path of the key.
async fn token_of_arc(running: &emulator::Running) -> std::path::PathBuf {
    let client = crate::client::client(running);
    let url = format!("{}/arc/metadata/identity/oauth2/token?api-version=2019-11-01&resource={}", running.url(), running.url());
    let challenge = client.get(&url).header("metadata", "true").send().await.unwrap();
    assert_eq!(challenge.status(), 401);
    let realm = challenge.headers()["www-authenticate"].to_str().unwrap().strip_prefix("Basic realm=").unwrap().to_owned();
    let key = std::fs::read_to_string(&realm).unwrap();
    let request = client.get(&url).header("metadata", "true").header("authorization", format!("Basic {key}"));
    let answer = crate::client::read(request.send().await.unwrap()).await.ok();
    assert!(answer["access_token"].is_string(), "{answer}");
    assert!(!std::path::Path::new(&realm).exists(), "a key is valid once");
    // One that nobody reads.
    client.get(&url).header("metadata", "true").send().await.unwrap();
    realm.into()
}

#[tokio::test]
async fn keys_of_azure_arc_are_below_the_data_or_temporary_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tenant");
    for options in [Options { data: Some(data.clone()), ..crate::client::options() }, Options { data: None, ..crate::client::options() }] {
        let expected = options.data.as_ref().map_or_else(std::env::temp_dir, |data| data.join("azure-arc"));
        let running = emulator::start(options).await.unwrap();
        let key = token_of_arc(&running).await;
        assert!(key.starts_with(&expected), "{} is not below {}", key.display(), expected.display());
        let emulator = std::sync::Arc::downgrade(&running.emulator());
        running.stop().await;
        while emulator.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(!key.parent().unwrap().exists(), "{} is left", key.parent().unwrap().display());
    }
    assert!(!std::fs::read_dir(&data).unwrap().any(|entry| entry.unwrap().path().extension().is_some_and(|kind| kind == "key")));
}

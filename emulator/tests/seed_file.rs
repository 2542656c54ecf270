//! A tenant of one's own.

use emulator::Options;
use serde_json::json;

use crate::{
    arm_roles::subscription,
    client::{Tenant, options},
    user_sign_in::by_password,
};

#[tokio::test]
async fn a_file_describes_a_tenant_that_is_the_same_at_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.json");
    let scope = format!("{}/resourceGroups/prod", subscription());
    let described = json!({
        "users": [{"user_principal_name": "n01@contoso.com", "password": "Correct-Horse-1"}],
        "groups": [{"display_name": "default", "members": ["n01@contoso.com"], "owners": ["admin@contoso.com"]}],
        "resource_groups": [{"name": "prod", "location": "West Europe"}],
        "clusters": [{"name": "prod", "resource_group": "prod", "admin_groups": ["default"], "local_accounts_disabled": true}],
        "role_assignments": [{"role": "reader", "principal": "default", "scope": scope}],
    });
    std::fs::write(&file, described.to_string()).unwrap();
    let start = || Tenant::with(Options { seed_file: Some(file.clone()), data: Some(folder.path().join("data")), ..options() });
    let mut seen = Vec::new();
    for round in 0..3 {
        let tenant = start().await;
        if round == 1 {
            // Fresh again, which is the same.
            tenant.post("/emulator/reset", json!({})).await.empty();
        }
        let groups = tenant.ids("/v1.0/groups").await;
        assert_eq!(groups.len(), 1);
        let group = groups[0].clone();
        assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.len(), 1);
        let cluster = format!("{scope}/providers/Microsoft.ContainerService/managedClusters/prod?api-version=2024-05-01");
        let cluster = tenant.get(&cluster).await.ok();
        assert_eq!((&cluster["location"], &cluster["properties"]["disableLocalAccounts"]), (&json!("westeurope"), &json!(true)));
        assert_eq!(cluster["properties"]["aadProfile"]["adminGroupObjectIDs"], json!([group]));
        // Who is described can sign in, and has what is described.
        let scope_of_token = format!("{}/.default", tenant.running.url());
        let token = by_password(&tenant, "n01@contoso.com", "Correct-Horse-1", &scope_of_token).await.ok();
        let somebody = Tenant { token: token["access_token"].as_str().unwrap().to_owned(), ..tenant };
        somebody.get(&format!("{scope}?api-version=2022-09-01")).await.ok();
        let write = somebody.send("PUT", &format!("{scope}?api-version=2022-09-01"), Some(json!({"location": "westeurope"})), &[]).await;
        assert_eq!(write.status, 403);
        seen.push(group);
        somebody.running.stop().await;
    }
    assert!(seen.iter().all(|group| *group == seen[0]));
}

#[tokio::test]
async fn what_describes_no_tenant_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.json");
    for (text, part) in
        [("{", "tenant.json"), (r#"{"groups": [{"display_name": "a", "members": ["b"]}]}"#, "tenant.json: there is no user or group 'b'")]
    {
        std::fs::write(&file, text).unwrap();
        let error = emulator::start(Options { seed_file: Some(file.clone()), ..options() }).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let missing = emulator::start(Options { seed_file: Some("/no/such/file".into()), ..options() }).await.unwrap_err().to_string();
    assert!(missing.starts_with("cannot read /no/such/file"), "{missing}");
}

#[tokio::test]
async fn a_group_from_on_premises_is_read_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.json");
    let described = json!({"groups": [{"display_name": "synced", "members": ["admin@contoso.com"], "on_premises_sync_enabled": true}]});
    std::fs::write(&file, described.to_string()).unwrap();
    let tenant = Tenant::with(Options { seed_file: Some(file), ..options() }).await;
    let group = tenant.ids("/v1.0/groups").await.remove(0);
    let path = format!("/v1.0/groups/{group}");
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["onPremisesSyncEnabled"], &read["onPremisesSamAccountName"]), (&json!(true), &json!("synced")));
    let user = tenant.user("ben").await;
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}") });
    let refused = [
        tenant.patch(&path, json!({"description": "x"})).await,
        tenant.post(&format!("{path}/members/$ref"), reference.clone()).await,
        tenant.delete(&format!("{path}/members/{}/$ref", emulator::tenant::ADMINISTRATOR_ID)).await,
        tenant.delete(&path).await,
    ];
    for answer in refused {
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("Request_BadRequest")));
        assert!(answer.body["error"]["message"].as_str().unwrap().contains("on-premises mastered"));
    }
    tenant.post(&format!("{path}/owners/$ref"), reference).await.empty();
}

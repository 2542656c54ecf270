//! The log of changes in the directory.

use serde_json::{Value, json};

use crate::client::Tenant;

const AUDITS: &str = "/v1.0/auditLogs/directoryAudits";

async fn activities(tenant: &Tenant) -> Vec<String> {
    let listed = tenant.get(AUDITS).await.ok();
    let mut names: Vec<String> =
        listed["value"].as_array().unwrap().iter().map(|one| one["activityDisplayName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn changes_are_recorded_with_who_made_them() {
    let tenant = Tenant::start().await;
    assert!(activities(&tenant).await.is_empty());
    let (group, user) = (tenant.group("team").await, tenant.user("ada").await);
    tenant.link(&group, "members", &user).await.empty();
    tenant.link(&group, "owners", &user).await.empty();
    tenant.patch(&format!("/v1.0/groups/{group}"), json!({"description": "new"})).await.empty();
    tenant.delete(&format!("/v1.0/groups/{group}/members/{user}/$ref")).await.empty();
    tenant.delete(&format!("/v1.0/groups/{group}")).await.empty();
    tenant.post(&format!("/v1.0/directory/deletedItems/{group}/restore"), json!({})).await.ok();
    tenant.delete(&format!("/v1.0/users/{user}")).await.empty();
    tenant.delete(&format!("/v1.0/directory/deletedItems/{user}")).await.empty();
    let expected = [
        "Add group",
        "Add member to group",
        "Add owner to group",
        "Add user",
        "Delete group",
        "Delete user",
        "Hard Delete user",
        "Remove member from group",
        "Restore group",
        "Update group",
    ];
    assert_eq!(activities(&tenant).await, expected);
    let filter = "$filter=activityDisplayName eq 'Add member to group'";
    let added = tenant.get(&format!("{AUDITS}?{filter}")).await.ok()["value"][0].clone();
    assert_eq!(
        (&added["category"], &added["operationType"], &added["result"]),
        (&json!("GroupManagement"), &json!("Assign"), &json!("success"))
    );
    let targets: Vec<&Value> = added["targetResources"].as_array().unwrap().iter().map(|target| &target["id"]).collect();
    assert_eq!(targets, [&json!(user), &json!(group)]);
    assert_eq!(added["initiatedBy"]["app"]["servicePrincipalId"], emulator::tenant::SERVICE_PRINCIPAL_ID);
    // What a person does is theirs, and a refused request is no change.
    let person = tenant.person("ben").await;
    let count = activities(&tenant).await.len();
    let body = crate::client::security_group("mine");
    tenant.send_as(&person.token, "POST", "/v1.0/groups", Some(body), &[]).await.created();
    assert_eq!(tenant.post("/v1.0/groups", json!({})).await.status, 400);
    let newest = tenant.get(AUDITS).await.ok()["value"].clone();
    // The group, and that they own it.
    assert_eq!(newest.as_array().unwrap().len(), count + 2);
    let by_person = newest.as_array().unwrap().iter().find(|one| one["initiatedBy"]["user"]["id"] == json!(person.id)).unwrap();
    assert_eq!(by_person["initiatedBy"]["user"]["userPrincipalName"], "ben@contoso.com");
    // Entries end after 30 days.
    tenant.post("/emulator/clock", json!({"advance": "P31D"})).await.ok();
    tenant.group("later").await;
    assert_eq!(activities(&tenant).await, ["Add group"]);
}

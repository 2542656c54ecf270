//! Managed clusters: read, changed as a whole, operations that take time, credentials.

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::{Options, Profile, tenant};
use serde_json::{Value, json};

use crate::{
    arm_roles::{cluster, group, subscription},
    client::{Answer, Tenant, options},
};

const VERSION: &str = "api-version=2026-04-01";

fn at(path: &str) -> String {
    format!("{path}?{VERSION}")
}

/// What a client sends back: the cluster without what only the service writes.
fn writable(mut cluster: Value) -> Value {
    for name in ["id", "name", "type", "eTag", "systemData"] {
        cluster.as_object_mut().unwrap().remove(name);
    }
    for name in ["provisioningState", "powerState", "fqdn", "azurePortalFQDN", "currentKubernetesVersion", "maxAgentPools", "resourceUID"] {
        cluster["properties"].as_object_mut().unwrap().remove(name);
    }
    cluster
}

async fn put(tenant: &Tenant, body: &Value, headers: &[(&str, &str)]) -> Answer {
    tenant.send("PUT", &at(&cluster()), Some(body.clone()), headers).await
}

/// Asks about the operation that an answer leads to.
async fn operation(tenant: &Tenant, answer: &Answer) -> Value {
    tenant.get(answer.headers["azure-asyncoperation"].to_str().unwrap()).await.ok()
}

#[tokio::test]
async fn a_cluster_is_changed_as_a_whole_and_nothing_else_of_it() {
    let tenant = Tenant::start().await;
    let before = tenant.get(&at(&cluster())).await.ok();
    assert_eq!(before["properties"]["provisioningState"], "Succeeded");
    let mut body = writable(before.clone());
    let admins = tenant.group("admins").await;
    body["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([admins]);
    let answer = put(&tenant, &body, &[("if-match", before["eTag"].as_str().unwrap())]).await;
    assert_eq!((answer.status, &answer.body["properties"]["provisioningState"]), (200, &json!("Updating")));
    let status = operation(&tenant, &answer).await;
    assert_eq!(status["status"], "Succeeded");
    assert!(status["startTime"].is_string() && status["endTime"].is_string(), "{status}");
    let mut after = tenant.get(&at(&cluster())).await.ok();
    assert_eq!(after["properties"]["aadProfile"]["adminGroupObjectIDs"], json!([admins]));
    assert_ne!(after["eTag"], before["eTag"]);
    after["properties"]["aadProfile"]["adminGroupObjectIDs"] = Value::Null;
    after["eTag"] = before["eTag"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn who_forgets_a_part_takes_it_away() {
    let tenant = Tenant::start().await;
    let mut body = writable(tenant.get(&at(&cluster())).await.ok());
    body["tags"] = json!({"a": "b"});
    body["properties"]["autoUpgradeProfile"] = json!({"upgradeChannel": "patch"});
    body["properties"]["disableLocalAccounts"] = json!(true);
    assert_eq!(put(&tenant, &body, &[]).await.status, 200);
    for name in ["autoUpgradeProfile", "disableLocalAccounts", "aadProfile", "dnsPrefix"] {
        body["properties"].as_object_mut().unwrap().remove(name);
    }
    body.as_object_mut().unwrap().remove("tags");
    assert_eq!(put(&tenant, &body, &[]).await.status, 200);
    let read = tenant.get(&at(&cluster())).await.ok();
    assert_eq!((&read["tags"], &read["properties"]["autoUpgradeProfile"]["upgradeChannel"]), (&Value::Null, &Value::Null));
    assert_eq!((&read["properties"]["disableLocalAccounts"], &read["properties"]["dnsPrefix"]), (&Value::Null, &json!("myManagedCluster")));
    // The Entra integration is not taken away so.
    assert_eq!(read["properties"]["aadProfile"]["managed"], true);
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused_without_an_envelope() {
    let tenant = Tenant::start().await;
    let good = writable(tenant.get(&at(&cluster())).await.ok());
    for (pointer, value, code) in [
        ("/properties/enableRBAC", json!(false), "PropertyChangeNotAllowed"),
        ("/properties/aadProfile/managed", json!(false), "PropertyChangeNotAllowed"),
        ("/properties/agentPoolProfiles", json!([]), "InvalidParameter"),
        ("/properties/aadProfile/adminGroupObjectIDs", json!(["admins"]), "InvalidParameter"),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = put(&tenant, &body, &[]).await;
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!(code)), "{pointer}: {}", answer.body);
        assert!(answer.body.get("error").is_none() && answer.body["message"].is_string());
    }
    let answer = put(&tenant, &good, &[("if-match", "\"stale\"")]).await;
    assert_eq!((answer.status, &answer.body["code"]), (409, &json!("EtagMismatch")));
    assert!(answer.body.as_object().unwrap().contains_key("subcode"), "{}", answer.body);
}

#[tokio::test]
async fn one_operation_at_a_time() {
    let tenant = Tenant::start().await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let before = tenant.get(&at(&cluster())).await.ok();
    let body = writable(before.clone());
    tenant.post("/emulator/operations", json!({"take": "PT20S"})).await.empty();
    let first = put(&tenant, &body, &[]).await;
    assert_eq!(operation(&tenant, &first).await["status"], "InProgress");
    assert_eq!(tenant.get(&at(&cluster())).await.ok()["properties"]["provisioningState"], "Updating");
    let second = put(&tenant, &body, &[]).await;
    let text = "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new \
                operation. See https://aka.ms/aks-pending-operation for more details";
    assert_eq!((second.status, &second.body["code"], &second.body["message"]), (409, &json!("OperationNotAllowed"), &json!(text)));
    tenant.post("/emulator/clock", json!({"advance": "PT20S"})).await.ok();
    assert_eq!(operation(&tenant, &first).await["status"], "Succeeded");
    // Somebody else, now with no time at all: busy no more, and changed.
    let known = tenant.get(&at(&cluster())).await.ok();
    let busy = |time: &str| json!({"busy": {"cluster_id": cluster().to_uppercase(), "duration": time}});
    tenant.post("/emulator/operations", busy("PT30S")).await.empty();
    assert_eq!(put(&tenant, &body, &[]).await.body["code"], "OperationNotAllowed");
    tenant.post("/emulator/operations", busy("PT0S")).await.empty();
    assert_eq!(put(&tenant, &body, &[("if-match", known["eTag"].as_str().unwrap())]).await.body["code"], "EtagMismatch");
}

#[tokio::test]
async fn an_operation_that_fails_says_so_in_a_200() {
    let tenant = Tenant::start().await;
    let body = writable(tenant.get(&at(&cluster())).await.ok());
    let failure = json!({"fail_next": {"code": "QuotaExceeded", "message": "Too many cores."}});
    tenant.post("/emulator/operations", failure).await.empty();
    let answer = put(&tenant, &body, &[]).await;
    let status = operation(&tenant, &answer).await;
    assert_eq!((&status["status"], &status["error"]["code"]), (&json!("Failed"), &json!("QuotaExceeded")));
    assert_eq!(tenant.get(&at(&cluster())).await.ok()["properties"]["provisioningState"], "Failed");
    // The next one is as usual.
    let answer = put(&tenant, &body, &[]).await;
    assert_eq!(operation(&tenant, &answer).await["status"], "Succeeded");
}

#[tokio::test]
async fn a_cluster_comes_and_goes_with_its_nodes() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let path = format!("{}/providers/Microsoft.ContainerService/managedClusters/second", group());
    let body = json!({
        "location": "eastus", "identity": {"type": "SystemAssigned"},
        "properties": {"dnsPrefix": "second", "agentPoolProfiles": [{"name": "nodepool1", "count": 1, "mode": "System"}],
                       "aadProfile": {"managed": true, "adminGroupObjectIDs": null}, "oidcIssuerProfile": {"enabled": true}},
    });
    let made = tenant.send("PUT", &at(&path), Some(body), &[]).await;
    assert_eq!((made.status, &made.body["properties"]["provisioningState"]), (201, &json!("Creating")));
    assert_eq!(operation(&tenant, &made).await["status"], "InProgress");
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    let read = tenant.get(&at(&path)).await.ok();
    assert_eq!((&read["properties"]["provisioningState"], &read["properties"]["kubernetesVersion"]), (&json!("Succeeded"), &json!("1.32")));
    assert!(read["properties"]["oidcIssuerProfile"]["issuerURL"].as_str().unwrap().contains(tenant::TENANT_ID));
    let nodes = format!("{}/resourceGroups/MC_myResourceGroup_second_eastus?api-version=2022-09-01", subscription());
    assert_eq!(tenant.get(&nodes).await.ok()["managedBy"], json!(path));
    let gone = tenant.delete(&at(&path)).await;
    assert_eq!((gone.status, gone.headers.contains_key("location")), (202, true));
    assert_eq!(tenant.get(&at(&path)).await.ok()["properties"]["provisioningState"], "Deleting");
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    assert_eq!(tenant.get(&at(&path)).await.status, 404);
    assert_eq!(tenant.get(&nodes).await.status, 404);
    assert_eq!(operation(&tenant, &gone).await["status"], "Succeeded");
    assert_eq!(tenant.get(gone.headers["location"].to_str().unwrap()).await.status, 204);
    tenant.delete(&at(&path)).await.empty();
}

#[tokio::test]
async fn agent_pools_have_addresses_of_their_own() {
    let tenant = Tenant::start().await;
    let pool = |name: &str| at(&format!("{}/agentPools/{name}", cluster()));
    let first = tenant.get(&pool("NODEPOOL1")).await.ok();
    assert_eq!((&first["name"], &first["properties"]["mode"]), (&json!("nodepool1"), &json!("System")));
    let made = tenant.send("PUT", &pool("second"), Some(json!({"properties": {"count": 2}})), &[]).await;
    assert_eq!((made.status, &made.body["properties"]["count"]), (201, &json!(2)));
    let list = tenant.get(&at(&format!("{}/agentPools", cluster()))).await.ok();
    assert_eq!(list["value"].as_array().unwrap().len(), 2);
    let read = tenant.get(&at(&cluster())).await.ok();
    assert_eq!(read["properties"]["agentPoolProfiles"][1]["name"], "second");
    assert_eq!(tenant.delete(&pool("nodepool1")).await.status, 400, "the last system pool stays");
    assert_eq!(tenant.delete(&pool("second")).await.status, 202);
    assert_eq!(tenant.get(&pool("second")).await.status, 404);
    tenant.delete(&pool("second")).await.empty();
}

#[tokio::test]
async fn tags_are_patched_and_the_entra_profile_is_reset() {
    let tenant = Tenant::start().await;
    let answer = tenant.patch(&at(&cluster()), json!({"tags": {"a": "b"}})).await;
    assert_eq!((answer.status, &answer.body["tags"]), (200, &json!({"a": "b"})));
    let reset = at(&format!("{}/resetAADProfile", cluster()));
    let admins = tenant.group("admins").await;
    let answer = tenant.post(&reset, json!({"managed": true, "adminGroupObjectIDs": [admins]})).await;
    assert_eq!(answer.status, 202);
    assert_eq!(operation(&tenant, &answer).await["status"], "Succeeded");
    let profile = tenant.get(&at(&cluster())).await.ok()["properties"]["aadProfile"].clone();
    assert_eq!((&profile["adminGroupObjectIDs"], &profile["enableAzureRBAC"]), (&json!([admins]), &json!(false)));
    assert_eq!(tenant.post(&reset, json!({})).await.status, 202);
    assert_eq!(tenant.get(&at(&cluster())).await.ok()["properties"]["aadProfile"], Value::Null);
}

/// The kubeconfig of an answer.
fn kubeconfig(answer: Value) -> Value {
    let text = STANDARD.decode(answer["kubeconfigs"][0]["value"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[tokio::test]
async fn credentials_are_for_a_plugin_or_for_local_accounts() {
    let tenant = Tenant::start().await;
    let list = |kind: &str, format: &str| format!("{}/{kind}?{VERSION}{format}", cluster());
    let user = tenant.post(&list("listClusterUserCredential", ""), json!({})).await.ok();
    assert_eq!(user["kubeconfigs"][0]["name"], "clusterUser");
    let config = kubeconfig(user);
    assert_eq!(config["current-context"], "myManagedCluster");
    assert_eq!(config["users"][0]["name"], "clusterUser_myResourceGroup_myManagedCluster");
    let exec = &config["users"][0]["user"]["exec"];
    let has = |text: &str| exec["args"].as_array().unwrap().contains(&json!(text));
    assert!(exec["command"] == "aksaccess" && has("get-token") && has("6dae42f8-4368-4678-94ff-3960e28e3630") && has(tenant::TENANT_ID));
    assert!(config["clusters"][0]["cluster"]["server"].as_str().unwrap().starts_with(&tenant.running.url()));
    let azure = kubeconfig(tenant.post(&list("listClusterUserCredential", "&format=azure"), json!({})).await.ok());
    assert_eq!(azure["users"][0]["user"]["auth-provider"]["name"], "azure");
    assert_eq!(tenant.post(&list("listClusterUserCredential", "&format=x"), json!({})).await.status, 400);
    let admin = kubeconfig(tenant.post(&list("listClusterAdminCredential", ""), json!({})).await.ok());
    // Clients append `-admin` themselves.
    assert_eq!((&admin["current-context"], &admin["contexts"][0]["name"]), (&json!("myManagedCluster"), &json!("myManagedCluster")));
    assert!(admin["users"][0]["user"]["token"].as_str().unwrap().len() > 30);
    let mut body = writable(tenant.get(&at(&cluster())).await.ok());
    body["properties"]["disableLocalAccounts"] = json!(true);
    assert_eq!(put(&tenant, &body, &[]).await.status, 200);
    for kind in ["listClusterAdminCredential", "listClusterMonitoringUserCredential"] {
        let answer = tenant.post(&list(kind, ""), json!({})).await;
        let text = "Getting static credential isn't allowed because this cluster is set to disable local accounts.";
        assert_eq!((answer.status, &answer.body["code"], &answer.body["message"]), (400, &json!("BadRequest"), &json!(text)));
    }
    tenant.post(&list("listClusterUserCredential", ""), json!({})).await.ok();
}

#[tokio::test]
async fn everything_is_kept_in_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().to_owned()), ..options() };
    let tenant = Tenant::with(options()).await;
    let person = tenant.group("one").await;
    let role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/77777777-7777-4777-8777-000000000001?api-version=2022-04-01",
        cluster()
    );
    let body = json!({"properties": {"roleDefinitionId": role, "principalId": person}});
    tenant.send("PUT", &assignment, Some(body), &[]).await;
    tenant.patch(&at(&cluster()), json!({"tags": {"kept": "yes"}})).await.ok();
    let (cluster_before, assignment_before) = (tenant.get(&at(&cluster())).await.ok(), tenant.get(&assignment).await.ok());
    let operation_url = tenant.patch(&at(&cluster()), json!({"tags": {"kept": "yes"}})).await.headers["azure-asyncoperation"].clone();
    tenant.running.stop().await;
    let tenant = Tenant::with(options()).await;
    assert_eq!(tenant.get(&assignment).await.ok(), assignment_before);
    assert_eq!(tenant.get(&at(&cluster())).await.ok()["tags"], cluster_before["tags"]);
    let path = operation_url.to_str().unwrap().split_once("/subscriptions").unwrap().1.to_owned();
    assert_eq!(tenant.get(&format!("/subscriptions{path}")).await.ok()["status"], "Succeeded");
}

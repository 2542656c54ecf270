//! A walk through what a well-behaved client does in Azure Resource Manager, for the contract's checker.

use serde_json::{Value, json};

use crate::{
    arm_roles::{cluster, group, subscription},
    client::Tenant,
};

pub async fn walk(tenant: &Tenant) {
    let get = async |path: String, version: &str| {
        let separator = if path.contains('?') { '&' } else { '?' };
        tenant.get(&format!("{path}{separator}api-version={version}")).await
    };
    for path in ["/tenants".to_owned(), "/subscriptions".into(), subscription()] {
        get(path, "2022-12-01").await.ok();
    }
    let other = format!("{}/resourcegroups/other", subscription());
    let send = async |method: &str, path: &str, version: &str, body: Option<Value>| {
        tenant.send(method, &format!("{path}?api-version={version}"), body, &[]).await
    };
    send("HEAD", &other, "2022-09-01", None).await;
    send("PUT", &other, "2022-09-01", Some(json!({"location": "eastus", "tags": {"a": "b"}}))).await;
    send("PATCH", &other, "2022-09-01", Some(json!({"tags": {"a": "c"}}))).await;
    get(other.clone(), "2022-09-01").await.ok();
    get(format!("{}/resourcegroups", subscription()), "2024-07-01").await.ok();
    send("DELETE", &other, "2022-09-01", None).await;
    let (authorization, version) = ("providers/Microsoft.Authorization", "2022-04-01");
    for scope in [subscription(), group(), cluster()] {
        get(format!("{scope}/{authorization}/roleDefinitions?$filter=roleName eq 'Reader'"), version).await.ok();
        for filter in ["", "?$filter=atScope()", "?$filter=principalId eq '33333333-3333-4333-8333-333333333333'"] {
            get(format!("{scope}/{authorization}/roleAssignments{filter}"), version).await.ok();
        }
    }
    let person = tenant.group("default").await;
    let role = "/providers/Microsoft.Authorization/roleDefinitions/7f6c6a51-bcf8-42ba-9220-52d62157d7db";
    get(format!("{}{role}", subscription()), version).await.ok();
    let properties = json!({"roleDefinitionId": role, "principalId": person, "principalType": "Group", "description": "d"});
    for scope in [cluster(), format!("{}/namespaces/team", cluster())] {
        let path = format!("{scope}/{authorization}/roleAssignments/{}", uuid());
        assert_eq!(send("PUT", &path, version, Some(json!({"properties": properties}))).await.status, 201);
        // Again, and by another name.
        assert_eq!(send("PUT", &path, version, Some(json!({"properties": properties}))).await.status, 201);
        let other = format!("{scope}/{authorization}/roleAssignments/{}", uuid());
        assert_eq!(send("PUT", &other, version, Some(json!({"properties": properties}))).await.status, 409);
        get(path.clone(), version).await.ok();
        send("DELETE", &path, version, None).await.ok();
        send("DELETE", &path, version, None).await.empty();
        assert_eq!(get(path, version).await.status, 404);
    }
    let custom = format!("{}/{authorization}/roleDefinitions/{}", subscription(), uuid());
    let permissions = json!([{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]);
    let body = json!({"properties": {"roleName": "Mine", "type": "CustomRole", "description": "d", "permissions": permissions,
                                     "assignableScopes": [subscription()]}});
    assert_eq!(send("PUT", &custom, version, Some(body)).await.status, 201);
    send("DELETE", &custom, version, None).await.ok();
    clusters(tenant).await;
    for version in ["2024-05-01", "2025-10-01", "2026-04-01"] {
        get(cluster(), version).await.ok();
        get(format!("{}/providers/Microsoft.ContainerService/managedClusters", group()), version).await.ok();
        get(format!("{}/providers/Microsoft.ContainerService/managedClusters", subscription()), version).await.ok();
    }
}

async fn clusters(tenant: &Tenant) {
    for version in ["2024-05-01", "2025-10-01", "2026-04-01"] {
        let at = |path: &str| format!("{path}?api-version={version}");
        let body = json!({
            "location": "eastus", "identity": {"type": "SystemAssigned"},
            "properties": {"dnsPrefix": "second", "agentPoolProfiles": [{"name": "nodepool1", "count": 1, "mode": "System"}],
                           "aadProfile": {"managed": true}, "oidcIssuerProfile": {"enabled": true}},
        });
        let second = format!("{}/providers/Microsoft.ContainerService/managedClusters/second", group());
        let made = tenant.send("PUT", &at(&second), Some(body.clone()), &[]).await;
        tenant.get(made.headers["azure-asyncoperation"].to_str().unwrap()).await.ok();
        tenant.send("PUT", &at(&second), Some(body.clone()), &[("if-match", "*")]).await;
        tenant.send("PUT", &at(&second), Some(body), &[("if-match", "stale")]).await;
        tenant.patch(&at(&second), json!({"tags": {"a": "b"}})).await.ok();
        tenant.post(&at(&format!("{second}/resetAADProfile")), json!({"managed": true})).await;
        let credential = format!("{second}/listClusterUserCredential?format=exec&api-version={version}");
        tenant.send("POST", &credential, None, &[]).await.ok();
        tenant.send("POST", &at(&format!("{second}/listClusterAdminCredential")), None, &[]).await.ok();
        let gone = tenant.delete(&at(&second)).await;
        for header in ["azure-asyncoperation", "location"] {
            tenant.get(gone.headers[header].to_str().unwrap()).await;
        }
        tenant.delete(&at(&second)).await.empty();
    }
}

/// Any other one, at each call.
fn uuid() -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    format!("99999999-0000-4000-8000-{:012}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

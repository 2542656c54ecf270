//! What a fresh tenant holds: what the articles assume.

use emulator::tenant;
use serde_json::{Value, json};

use crate::{arm_roles::subscription, client::Tenant, user_sign_in::by_password};

#[tokio::test]
async fn everything_that_the_articles_assume_is_there() {
    let tenant = Tenant::start().await;
    let domains = tenant.get("/v1.0/domains").await.ok();
    let domain = |name: &str| domains["value"].as_array().unwrap().iter().find(|domain| domain["id"] == name).unwrap();
    for (name, is_default, is_initial) in [("contoso.com", true, false), ("contoso.onmicrosoft.com", false, true)] {
        let domain = domain(name);
        assert_eq!(
            (&domain["isVerified"], &domain["isDefault"], &domain["isInitial"]),
            (&json!(true), &json!(is_default), &json!(is_initial))
        );
    }
    // The administrator as a user, and as a service principal: the tenant's own token is of the latter.
    let scope = format!("{}/.default", tenant.running.url());
    let signed_in = by_password(&tenant, tenant::ADMINISTRATOR, tenant::ADMINISTRATOR_PASSWORD, &scope).await.ok();
    assert!(signed_in["access_token"].is_string());
    let named = |app_id: &str| format!("/v1.0/servicePrincipals?$filter=appId eq '{app_id}'");
    let own = tenant.get(&named(tenant::CLIENT_ID)).await.ok();
    assert_eq!(own["value"][0]["id"], tenant::SERVICE_PRINCIPAL_ID);
    for (app_id, name) in [
        ("6dae42f8-4368-4678-94ff-3960e28e3630", "Azure Kubernetes Service AAD Server"),
        ("80faf920-1908-4b52-b5ef-a8e7bedfc67a", "Azure Kubernetes Service AAD Client"),
    ] {
        assert_eq!(tenant.get(&named(app_id)).await.ok()["value"][0]["displayName"], name);
    }

    let subscriptions = tenant.get("/subscriptions?api-version=2022-12-01").await.ok();
    assert_eq!(subscriptions["value"][0]["id"], json!(subscription()));
    let group = format!("{}/resourceGroups/myResourceGroup", subscription());
    assert_eq!(tenant.get(&format!("{group}?api-version=2024-07-01")).await.ok()["name"], "myResourceGroup");
    let cluster = format!("{group}/providers/Microsoft.ContainerService/managedClusters/myManagedCluster?api-version=2024-05-01");
    let cluster = tenant.get(&cluster).await.ok();
    assert_eq!(cluster["properties"]["agentPoolProfiles"][0]["name"], "nodepool1");
    assert_ne!(cluster["properties"]["aadProfile"], Value::Null);
    // And nobody else.
    assert_eq!(tenant.ids("/v1.0/users").await, [tenant::ADMINISTRATOR_ID]);
    assert!(tenant.ids("/v1.0/groups").await.is_empty());
}

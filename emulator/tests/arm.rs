//! Azure Resource Manager: subscriptions, resource groups, management groups, and what all requests have in common.

use emulator::{Options, Profile, tenant};
use serde_json::json;

use crate::{
    arm_roles::{cluster, group, subscription},
    client::{Tenant, options},
};

#[tokio::test]
async fn a_fresh_tenant_has_a_subscription_a_group_and_a_cluster() {
    let tenant = Tenant::start().await;
    let list = tenant.get("/subscriptions?api-version=2022-12-01").await.ok();
    assert_eq!(list["value"][0]["subscriptionId"], tenant::SUBSCRIPTION_ID);
    let one = tenant.get(&format!("{}?api-version=2022-12-01", subscription())).await.ok();
    assert_eq!((&one["tenantId"], &one["state"]), (&json!(tenant::TENANT_ID), &json!("Enabled")));
    assert_eq!(tenant.get("/tenants?api-version=2022-12-01").await.ok()["value"][0]["tenantId"], tenant::TENANT_ID);
    // Letter case counts nowhere in a path.
    for path in [group(), group().to_lowercase(), group().to_uppercase()] {
        let found = tenant.get(&format!("{path}?api-version=2022-09-01")).await.ok();
        assert_eq!((&found["id"], &found["name"]), (&json!(group()), &json!("myResourceGroup")));
    }
    let found = tenant.get(&format!("{}?api-version=2024-05-01", cluster())).await.ok();
    assert_eq!(
        (&found["id"], &found["properties"]["agentPoolProfiles"][0]["name"]),
        (&json!(cluster().replace("/resourceGroups/", "/resourcegroups/")), &json!("nodepool1"))
    );
    for scope in [subscription(), group()] {
        let list = format!("{scope}/providers/Microsoft.ContainerService/managedClusters?api-version=2024-05-01");
        assert_eq!(tenant.get(&list).await.ok()["value"], json!([found]));
    }
}

#[tokio::test]
async fn resource_groups_are_filtered_and_unknown_options_are_refused() {
    let tenant = Tenant::start().await;
    let groups = |rest: &str| format!("{}/resourcegroups{rest}api-version=2024-07-01", subscription());
    for (name, tags) in [("tagged", json!({"Stage": "test (old) and new"})), ("other", json!({"stage": "x"})), ("plain", json!({}))] {
        let body = json!({"location": "eastus", "tags": tags});
        assert_eq!(tenant.send("PUT", &groups(&format!("/{name}?")), Some(body), &[]).await.status, 201);
    }
    for (query, expected) in [
        ("$filter=tagName eq 'stage' and tagValue eq 'test (old) and new'", vec!["tagged"]),
        ("$filter=(TAGNAME EQ 'STAGE')", vec!["other", "tagged"]),
        ("$filter=tagName eq 'stage' and tagValue eq 'X'", vec![]),
        ("$top=1", vec!["MC_myResourceGroup_myManagedCluster_eastus"]),
    ] {
        let listed = tenant.get(&groups(&format!("?{query}&"))).await.ok();
        let mut names: Vec<&str> = listed["value"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{query}");
    }
    let clusters = format!("{}/providers/Microsoft.ContainerService/managedClusters?api-version=2024-05-01", subscription());
    for path in [
        groups("?$filter=name eq 'plain'&"),
        groups("?$filter=tagValue eq 'x'&"),
        groups("?$filter=tagName ne 'stage'&"),
        groups("?$top=0&"),
        groups("?$top=many&"),
        format!("{clusters}&$filter=tagName eq 'stage'"),
        format!("{clusters}&$top=1"),
        "/subscriptions?api-version=2022-12-01&$filter=displayName eq 'x'".to_owned(),
        "/providers/Microsoft.Management/managementGroups?api-version=2023-04-01&$filter=name eq 'x'".to_owned(),
    ] {
        let answer = tenant.get(&path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_services_words() {
    let tenant = Tenant::start().await;
    let version = "?api-version=2024-05-01";
    let text = "The subscription '99999999-9999-4999-8999-999999999999' could not be found.";
    tenant.get(&format!("/subscriptions/99999999-9999-4999-8999-999999999999/resourcegroups{version}")).await.refused(
        404,
        "SubscriptionNotFound",
        text,
    );
    let text = "Resource group 'nowhere' could not be found.";
    let nowhere = format!("{}/resourceGroups/nowhere", subscription());
    tenant.get(&format!("{nowhere}{version}")).await.refused(404, "ResourceGroupNotFound", text);
    let path = "/providers/Microsoft.ContainerService/managedClusters/none";
    tenant.get(&format!("{nowhere}{path}{version}")).await.refused(404, "ResourceGroupNotFound", text);
    let text = "The Resource 'Microsoft.ContainerService/managedClusters/none' under resource group 'myResourceGroup' was not found. For \
                more details please go to https://aka.ms/ARMResourceNotFoundFix";
    tenant.get(&format!("{}{path}{version}", group())).await.refused(404, "ResourceNotFound", text);
    let text = "The api-version query parameter (?api-version=) is required for all requests.";
    tenant.get(&group()).await.refused(400, "MissingApiVersionParameter", text);
    let answer = tenant.get(&format!("{}?api-version=1999-01-01", group())).await;
    assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("InvalidApiVersionParameter")));
    assert_eq!(tenant.post(&format!("{}{version}", group()), json!({})).await.status, 405);
    assert_eq!(tenant.get(&format!("{}/providers/No.Such/things{version}", group())).await.status, 404);
}

#[tokio::test]
async fn a_token_is_needed_and_its_refusal_tells_the_tenant() {
    let mut tenant = Tenant::start().await;
    for (token, code) in [("", "AuthenticationFailed"), ("nonsense", "InvalidAuthenticationToken")] {
        tenant.token = token.into();
        let answer = tenant.get(&format!("{}?api-version=2022-12-01", subscription())).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (401, &json!(code)));
        let hint = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(hint.contains(&format!("https://login.windows.net/{}", tenant::TENANT_ID)), "{hint}");
    }
}

#[tokio::test]
async fn resource_groups_live() {
    let tenant = Tenant::start().await;
    let path = format!("{}/resourcegroups/other?api-version=2022-09-01", subscription());
    assert_eq!(tenant.send("HEAD", &path, None, &[]).await.status, 404);
    let body = json!({"location": "West Europe", "tags": {"a": "b"}});
    let made = tenant.send("PUT", &path, Some(body.clone()), &[]).await;
    assert_eq!((made.status, &made.body["location"]), (201, &json!("westeurope")));
    assert_eq!(tenant.send("PUT", &path, Some(body), &[]).await.status, 200);
    assert_eq!(tenant.send("PUT", &path, Some(json!({"location": "eastus"})), &[]).await.status, 409);
    assert_eq!(tenant.send("HEAD", &path, None, &[]).await.status, 204);
    assert_eq!(tenant.patch(&path, json!({"tags": {}})).await.ok()["tags"], json!({}));
    let list = tenant.get(&format!("{}/resourcegroups?api-version=2022-09-01", subscription())).await.ok();
    assert_eq!(list["value"].as_array().unwrap().len(), 3, "with that of the cluster's nodes");
    let deleted = tenant.delete(&path).await;
    assert_eq!(deleted.status, 202);
    let location = deleted.headers["location"].to_str().unwrap().to_owned();
    let operation = location.split_once("/subscriptions/").unwrap().1;
    assert_eq!(tenant.get(&format!("/subscriptions/{operation}")).await.status, 200, "the result of the operation");
    let gone = tenant.get(&path).await;
    assert_eq!((gone.status, gone.headers["x-ms-failure-cause"].to_str().unwrap()), (404, "gateway"));
}

#[tokio::test]
async fn management_groups_are_above_subscriptions() {
    let tenant = Tenant::start().await;
    let path = |name: &str, rest: &str| format!("/providers/Microsoft.Management/managementGroups/{name}{rest}api-version=2023-04-01");
    let body = json!({"properties": {"displayName": "Platform"}});
    let created = tenant.send("PUT", &path("platform", "?"), Some(body.clone()), &[]).await;
    assert_eq!((created.status, &created.body["status"]), (202, &json!("NotStarted")), "a long-running operation");
    let status = created.headers["azure-asyncoperation"].to_str().unwrap().split_once("/providers/").unwrap().1.to_owned();
    assert_eq!(tenant.get(&format!("/providers/{status}")).await.ok()["status"], "Succeeded");
    let again = tenant.send("PUT", &path("platform", "?"), Some(body), &[]).await;
    assert_eq!((again.status, again.body["properties"].get("children")), (200, None));
    let adopt = path("platform", &format!("/subscriptions/{}?", tenant::SUBSCRIPTION_ID));
    let adopted = tenant.send("PUT", &adopt, None, &[]).await.ok();
    assert_eq!((&adopted["name"], &adopted["properties"]["state"]), (&json!(tenant::SUBSCRIPTION_ID), &json!("Active")));
    assert_eq!(tenant.get(&adopt).await.ok(), adopted);
    let read = tenant.get(&path("platform", "?$expand=children&")).await.ok();
    assert_eq!(read["properties"]["details"]["parent"]["name"], tenant::TENANT_ID);
    assert_eq!(read["properties"]["children"][0]["name"], tenant::SUBSCRIPTION_ID);
    assert_eq!(tenant.delete(&path("platform", "?")).await.status, 400, "it has a child");
    // What is assigned above is inherited below.
    let group_id = tenant.group("team").await;
    let assignment = "/providers/Microsoft.Management/managementGroups/platform/providers/Microsoft.Authorization/roleAssignments/77777777-7777-4777-8777-000000000009";
    let role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let body = json!({"properties": {"roleDefinitionId": role, "principalId": group_id}});
    let made = tenant.send("PUT", &format!("{assignment}?api-version=2022-04-01"), Some(body), &[]).await;
    assert_eq!((made.status, &made.body["properties"]["roleDefinitionId"]), (201, &json!(role)));
    let list = format!("{}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()", cluster());
    let list = tenant.get(&list).await.ok();
    assert!(list["value"].as_array().unwrap().iter().any(|one| one["id"] == assignment), "{list}");
}

#[tokio::test]
async fn too_many_writes_are_told_when_to_come_back() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let path = format!("{}/resourcegroups/other?api-version=2022-09-01", subscription());
    let mut last = None;
    for _ in 0..250 {
        let answer = tenant.send("PUT", &path, Some(json!({"location": "eastus"})), &[]).await;
        if answer.status == 429 {
            last = Some(answer);
            break;
        }
        assert!(answer.headers.contains_key("x-ms-ratelimit-remaining-subscription-writes"));
    }
    let answer = last.expect("250 writes in a moment are too many");
    assert_eq!(answer.body["error"]["code"], "SubscriptionRequestsThrottled");
    assert_eq!(answer.headers["retry-after"], "1");
    tenant.get(&path).await.ok();
    tenant.post("/emulator/clock", json!({"advance": "PT5S"})).await.ok();
    tenant.send("PUT", &path, Some(json!({"location": "eastus"})), &[]).await.ok();
}

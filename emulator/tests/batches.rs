//! `$batch`, `getByIds` and what can be asked about memberships (docs/services/graph.md#members-and-owners, docs/services/graph.md#batches).

use std::collections::BTreeMap;

use emulator::tenant;
use serde_json::{Value, json};

use crate::client::{Tenant, security_group};

/// The responses of a batch by id.
async fn batch(tenant: &Tenant, requests: Value) -> BTreeMap<String, Value> {
    let answer = tenant.post("/v1.0/$batch", json!({"requests": requests})).await.ok();
    let responses = answer["responses"].as_array().unwrap();
    responses.iter().map(|one| (one["id"].as_str().unwrap().to_owned(), one.clone())).collect()
}

fn get(id: &str, url: &str) -> Value {
    json!({"id": id, "method": "GET", "url": url})
}

fn create(id: &str, name: &str) -> Value {
    json!({"id": id, "method": "POST", "url": "/groups", "headers": {"Content-Type": "application/json"},
           "body": security_group(name)})
}

#[tokio::test]
async fn each_request_of_a_batch_is_answered_and_counted_for_itself() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    tenant.delete("/emulator/requests").await.empty();
    let missing = "99999999-9999-4999-8999-999999999999";
    let answers = batch(
        &tenant,
        json!([
            get("a", &format!("/groups/{group}?$select=id")),
            get("b", &format!("groups/{missing}")),
            create("c", "New"),
            {"id": "d", "method": "PUT", "url": "/groups"},
            {"id": "e", "method": "DELETE", "url": format!("/groups/{group}")},
        ]),
    )
    .await;
    let status = |id: &str| answers[id]["status"].as_u64().unwrap();
    assert_eq!(["a", "b", "c", "d", "e"].map(status), [200, 404, 201, 405, 204]);
    assert_eq!(answers["a"]["body"]["id"], json!(group));
    assert_eq!(answers["b"]["body"]["error"]["code"], "Request_ResourceNotFound");
    assert_eq!(answers["d"]["body"]["error"]["message"], "Specified HTTP method is not allowed for the request target.");
    assert!(answers["c"]["headers"]["Location"].is_string() && answers["e"].get("body").is_none());
    assert_eq!(
        tenant.get("/emulator/requests").await.ok(),
        json!({
            "http": {"POST /v1.0/$batch": 1},
            "batched": {
                "GET /v1.0/groups/{id}": 2, "POST /v1.0/groups": 1, "PUT /v1.0/groups": 1, "DELETE /v1.0/groups/{id}": 1,
            },
        })
    );
}

#[tokio::test]
async fn what_depends_on_a_failure_is_not_made() {
    let tenant = Tenant::start().await;
    let after = |mut request: Value, id: &str| {
        request["dependsOn"] = json!([id]);
        request
    };
    let answers = batch(&tenant, json!([get("1", "/groups/x"), after(create("2", "Never"), "1"), after(create("3", "Never"), "2"),])).await;
    let status = |id: &str| answers[id]["status"].as_u64().unwrap();
    assert_eq!(["1", "2", "3"].map(status), [400, 424, 424]);
    assert!(tenant.ids("/v1.0/groups").await.is_empty());
    let answers = batch(&tenant, json!([create("1", "One"), after(create("2", "Two"), "1")])).await;
    assert_eq!(answers["2"]["status"], json!(201));
}

#[tokio::test]
async fn a_malformed_batch_is_refused_whole() {
    let tenant = Tenant::start().await;
    let many: Vec<Value> = (0..21).map(|id| get(&id.to_string(), "/groups")).collect();
    let with = |change: Value| {
        let mut request = get("a", "/groups");
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!([request])
    };
    for requests in [
        json!(many),
        json!([]),
        json!([get("a", "/groups"), get("A", "/groups")]),
        json!([{"id": "a", "method": "GET"}]),
        json!([{"id": 1, "method": "GET", "url": "/groups"}]),
        with(json!({"url": "https://elsewhere.example/v1.0/groups"})),
        with(json!({"method": "POST", "body": {}})),
        with(json!({"dependsOn": ["b"]})),
        with(json!({"dependsOn": "b"})),
    ] {
        let answer = tenant.post("/v1.0/$batch", json!({"requests": requests})).await;
        assert_eq!(answer.status, 400, "{requests}");
    }
    assert_eq!(tenant.post("/v1.0/$batch", json!({})).await.status, 400);
    assert_eq!(tenant.get("/v1.0/$batch").await.status, 405);
    let inside = batch(&tenant, json!([{"id": "a", "method": "POST", "url": "/$batch"}])).await;
    assert_eq!(inside["a"]["status"], json!(400));
}

#[tokio::test]
async fn objects_are_found_by_their_ids_whatever_they_are() {
    let tenant = Tenant::start().await;
    let added = tenant.post("/emulator/populate", json!({"users": 998, "groups": 1})).await.ok();
    let mut ids: Vec<&str> = added["users"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    ids.push(added["groups"][0].as_str().unwrap());
    ids.push("99999999-9999-4999-8999-999999999999");
    let all = tenant.post("/v1.0/directoryObjects/getByIds", json!({"ids": ids})).await.ok();
    assert_eq!(all["value"].as_array().unwrap().len(), 999);
    let types = json!({"ids": ids, "types": ["group", "directoryObjectPartnerReference"]});
    let groups = tenant.post("/v1.0/directoryObjects/getByIds?$select=id", types).await.ok();
    assert_eq!(groups["value"], json!([{"@odata.type": "#microsoft.graph.group", "id": ids[998]}]));
    ids.push(tenant::SERVICE_PRINCIPAL_ID);
    assert_eq!(tenant.post("/v1.0/directoryObjects/getByIds", json!({"ids": ids})).await.status, 400);
    let wrong = tenant.post("/v1.0/directoryObjects/getByIds", json!({"ids": ["x"]})).await;
    wrong.refused(400, "Request_BadRequest", "Invalid object identifier 'x'.");
}

#[tokio::test]
async fn memberships_are_checked_and_listed_through_nested_groups() {
    let tenant = Tenant::start().await;
    let (outer, inner, other) = (tenant.group("Outer").await, tenant.group("Inner").await, tenant.group("Other").await);
    let person = tenant.user("one").await;
    tenant.link(&outer, "members", &inner).await.empty();
    tenant.link(&inner, "members", &person).await.empty();
    let path = format!("/v1.0/users/{person}");
    let checked = tenant.post(&format!("{path}/checkMemberGroups"), json!({"groupIds": [outer, other]})).await.ok();
    assert_eq!(checked["value"], json!([outer]));
    let mut expected = vec![outer.clone(), inner.clone()];
    expected.sort();
    for path in [path.clone(), format!("/v1.0/directoryObjects/{person}")] {
        let listed = tenant.post(&format!("{path}/getMemberGroups"), json!({"securityEnabledOnly": true})).await.ok();
        assert_eq!(listed["value"], json!(expected));
    }
    let many: Vec<&str> = vec![&outer; 21];
    assert_eq!(tenant.post(&format!("{path}/checkMemberGroups"), json!({"groupIds": many})).await.status, 400);
    let revoked = tenant.send("POST", &format!("{path}/revokeSignInSessions"), None, &[]).await.ok();
    assert_eq!(revoked["value"], json!(true));
}

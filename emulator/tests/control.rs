//! The control API.

use serde_json::json;

use crate::client::Tenant;

#[tokio::test]
async fn requests_are_counted_by_method_and_template() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    for _ in 0..2 {
        tenant.get(&format!("/v1.0/groups/{group}?$select=id")).await.ok();
    }
    tenant.get("/v1.0/groups?$top=5").await.ok();
    tenant.delete(&format!("/v1.0/groups/{group}/members/{group}/$ref")).await;
    let counted = tenant.get("/emulator/requests").await.ok();
    assert_eq!(
        counted,
        json!({"batched": {}, "http": {
            "POST /{tenant}/oauth2/v2.0/token": 1,
            "POST /v1.0/groups": 1,
            "GET /v1.0/groups/{id}": 2,
            "GET /v1.0/groups": 1,
            "DELETE /v1.0/groups/{id}/members/{memberId}/$ref": 1,
        }})
    );
    tenant.delete("/emulator/requests").await.empty();
    assert_eq!(tenant.get("/emulator/requests").await.ok(), json!({"batched": {}, "http": {}}));
}

#[tokio::test]
async fn the_list_of_requests_has_every_request_with_an_example_that_is_understood() {
    let tenant = Tenant::start().await;
    let listed = tenant.get("/emulator").await.ok();
    let requests = listed["requests"].as_array().unwrap().clone();
    for request in &requests {
        let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
        let answer = tenant.send(method, path, request.get("example").cloned(), &[]).await;
        // Ids in examples are of nobody; everything else is taken.
        let expected: &[u16] =
            if ["/emulator/device-codes", "/emulator/pim-members"].contains(&path) && method == "POST" { &[400] } else { &[200, 204] };
        assert!(expected.contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        assert!(!request["description"].as_str().unwrap().is_empty(), "{path}");
    }
    // Every path that the documentation of the crate names.
    let documentation = include_str!("../src/lib.rs");
    let table = documentation.split("# The control API").nth(1).unwrap().split("# Sign-ins").next().unwrap();
    let methods = [("GET", "`GET "), ("POST", "`POST "), ("DELETE", "`DELETE ")];
    for (method, rest) in methods.iter().flat_map(|(method, mark)| table.split(mark).skip(1).map(move |rest| (*method, rest))) {
        let name = rest.split([' ', '`']).next().unwrap().trim_start_matches("/emulator");
        let is_listed = requests.iter().any(|one| one["method"] == method && one["path"] == format!("/emulator/{name}"));
        assert!(name.is_empty() || is_listed, "{method} {name} is not listed");
    }
}

#[tokio::test]
async fn populate_answers_the_ids_of_what_it_made() {
    let tenant = Tenant::start().await;
    let added = tenant.post("/emulator/populate", json!({"users": 5, "groups": 2, "members_per_group": 3})).await.ok();
    let (users, groups) = (added["users"].as_array().unwrap(), added["groups"].as_array().unwrap());
    assert_eq!((users.len(), groups.len()), (5, 2));
    for group in groups {
        let members = tenant.ids(&format!("/v1.0/groups/{}/members", group.as_str().unwrap())).await;
        assert_eq!(members.len(), 3);
        assert!(members.iter().all(|id| users.contains(&json!(id))));
    }
    // And the administrator.
    assert_eq!(tenant.ids("/v1.0/users").await.len(), 6);
    let refused = tenant.post("/emulator/populate", json!({"groups": 1, "members_per_group": 1})).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_group_of_80000_members_is_made_and_read_in_pages() {
    let tenant = Tenant::start().await;
    let amount = json!({"users": 80_000, "groups": 1, "members_per_group": 80_000});
    let added = tenant.post("/emulator/populate", amount).await.ok();
    let group = added["groups"][0].as_str().unwrap();
    let path = format!("/v1.0/groups/{group}/members?$select=id&$top=999");
    let page = tenant.get(&path).await.ok();
    assert_eq!(page["value"].as_array().unwrap().len(), 999);
    let count = tenant.get_eventual(&format!("/v1.0/groups/{group}/members/$count")).await.ok();
    assert_eq!(count, json!(80_000));
    tenant.delete("/emulator/requests").await.empty();
    assert_eq!(tenant.ids(&path).await.len(), 80_000);
    let counted = tenant.get("/emulator/requests").await.ok();
    assert_eq!(counted["http"], json!({"GET /v1.0/groups/{id}/members": 81}));
}

#[tokio::test]
async fn the_clock_moves_the_tenant_and_not_its_tokens() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    tenant.delete(&format!("/v1.0/groups/{group}")).await.empty();
    let before = tenant.get(&format!("/v1.0/directory/deletedItems/{group}")).await;
    let date = before.headers["date"].to_str().unwrap().to_owned();
    before.ok();
    tenant.post("/emulator/clock", json!({"advance": "P29D"})).await.ok();
    let later = tenant.get(&format!("/v1.0/directory/deletedItems/{group}")).await;
    assert_ne!(later.headers["date"].to_str().unwrap(), date);
    later.ok();
    tenant.post("/emulator/clock", json!({"advance": "PT24H"})).await.ok();
    assert_eq!(tenant.get(&format!("/v1.0/directory/deletedItems/{group}")).await.status, 404);
    assert_eq!(tenant.post("/emulator/clock", json!({"advance": "-PT1H"})).await.status, 400);
    assert_eq!(tenant.post("/emulator/clock", json!({"advance": "soon"})).await.status, 400);
}

#[tokio::test]
async fn reset_makes_the_tenant_fresh() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    tenant.post("/emulator/reset", json!({})).await.empty();
    assert_eq!(tenant.get(&format!("/v1.0/groups/{group}")).await.status, 404);
    assert_eq!(tenant.get("/v1.0/domains").await.ok()["value"].as_array().unwrap().len(), 2);
}

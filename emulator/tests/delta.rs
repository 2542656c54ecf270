//! Delta queries: everything, and then what is new.

use serde_json::{Value, json};

use crate::client::{Tenant, options};

/// A round: the objects of all pages, and the link of the next round.
async fn round(tenant: &Tenant, path: &str) -> (Vec<Value>, String) {
    let (mut all, mut path) = (Vec::new(), path.to_owned());
    loop {
        let page = tenant.send("GET", &path, None, &[("Prefer", "odata.maxpagesize=2")]).await.ok();
        let values = page["value"].as_array().unwrap();
        assert!(values.len() <= 2);
        all.extend(values.iter().cloned());
        match page["@odata.nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return (all, page["@odata.deltaLink"].as_str().unwrap().to_owned()),
        }
    }
}

#[tokio::test]
async fn a_round_tells_everything_and_the_next_what_is_new() {
    let tenant = Tenant::start().await;
    let (one, two) = (tenant.user("one").await, tenant.user("two").await);
    let mut groups = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        groups.push(tenant.group(name).await);
    }
    tenant.link(&groups[0], "members", &one).await.empty();
    let (all, link) = round(&tenant, "/v1.0/groups/delta?$select=displayName,members").await;
    assert_eq!(all.len(), 5);
    let first = all.iter().find(|group| group["id"] == groups[0].as_str()).unwrap();
    let member = |id: &str| json!({"@odata.type": "#microsoft.graph.user", "id": id});
    assert_eq!(*first, json!({"id": groups[0], "displayName": "a", "members@delta": [member(&one)]}));
    let (nothing, link) = round(&tenant, &link).await;
    assert_eq!(nothing, Vec::<Value>::new());
    tenant.patch(&format!("/v1.0/groups/{}", groups[1]), json!({"displayName": "B"})).await.empty();
    tenant.patch(&format!("/v1.0/groups/{}", groups[1]), json!({"description": "second"})).await.empty();
    tenant.delete(&format!("/v1.0/groups/{}", groups[2])).await.empty();
    tenant.link(&groups[0], "members", &two).await.empty();
    tenant.delete(&format!("/v1.0/groups/{}/members/{one}/$ref", groups[0])).await.empty();
    let new = tenant.group("f").await;
    let (mut changed, link) = round(&tenant, &link).await;
    changed.sort_by_key(|group| group["displayName"].as_str().map(str::to_lowercase));
    let mut members = changed[1]["members@delta"].as_array_mut().map(std::mem::take).unwrap();
    members.sort_by_key(|member| member["@removed"].is_object());
    let gone = json!({"@odata.type": "#microsoft.graph.user", "id": one, "@removed": {"reason": "deleted"}});
    assert_eq!(members, [member(&two), gone]);
    assert_eq!(changed[0], json!({"id": groups[2], "@removed": {"reason": "changed"}}), "it can come back");
    assert_eq!(changed.iter().skip(2).map(|group| &group["displayName"]).collect::<Vec<_>>(), ["B", "f"], "each of them once");
    tenant.delete(&format!("/v1.0/directory/deletedItems/{}", groups[2])).await.empty();
    let (gone, _) = round(&tenant, &link).await;
    assert_eq!(gone, [json!({"id": groups[2], "@removed": {"reason": "deleted"}})]);
    let only = format!("/v1.0/groups/delta?$filter=id eq '{new}' or id eq '{}'&$select=displayName", groups[3]);
    assert_eq!(round(&tenant, &only).await.0.len(), 2);
}

#[tokio::test]
async fn what_changes_in_the_middle_of_a_round_is_not_lost() {
    let tenant = Tenant::start().await;
    for name in ["one", "two", "three", "four"] {
        tenant.user(name).await;
    }
    let page = tenant.send("GET", "/v1.0/users/delta()", None, &[("Prefer", "odata.maxpagesize=2")]).await.ok();
    let first = page["value"][0]["id"].as_str().unwrap().to_owned();
    tenant.patch(&format!("/v1.0/users/{first}"), json!({"jobTitle": "Engineer"})).await.empty();
    let (rest, link) = round(&tenant, page["@odata.nextLink"].as_str().unwrap()).await;
    assert!(rest.iter().all(|user| user["id"] != first.as_str()));
    let (changed, _) = round(&tenant, &link).await;
    assert_eq!((changed.len(), &changed[0]["id"], &changed[0]["jobTitle"]), (1, &json!(first), &json!("Engineer")));
}

#[tokio::test]
async fn a_round_can_begin_with_now_and_old_tokens_are_refused() {
    let tenant = Tenant::start().await;
    tenant.group("before").await;
    let (none, link) = round(&tenant, "/v1.0/groups/delta?$deltatoken=latest").await;
    assert!(none.is_empty());
    tenant.group("after").await;
    let (changed, link) = round(&tenant, &link).await;
    assert_eq!(changed[0]["displayName"], "after");
    tenant.post("/emulator/populate", json!({"groups": 1})).await.ok();
    assert_eq!(tenant.get(&link).await.status, 410, "changes made at once are not reported one by one");
    for (query, status) in [("$deltatoken=nonsense", 400), ("$top=5", 400), ("$filter=displayName eq 'a'", 400), ("$select=weather", 400)] {
        assert_eq!(tenant.get(&format!("/v1.0/groups/delta?{query}")).await.status, status, "{query}");
    }
    assert_eq!(tenant.get("/v1.0/domains/delta").await.status, 405, "there is none");
    let other = Tenant::with(options()).await;
    let path = link.strip_prefix(&tenant.running.url()).unwrap();
    assert_eq!(other.get(path).await.status, 410);
}

#[tokio::test]
async fn who_prefers_little_is_told_what_changed_and_no_more() {
    let tenant = Tenant::start().await;
    let (changed, joined, user) = (tenant.group("changed").await, tenant.group("joined").await, tenant.user("ada").await);
    let (_, link) = round(&tenant, "/v1.0/groups/delta").await;
    tenant.patch(&format!("/v1.0/groups/{changed}"), json!({"description": "first"})).await.empty();
    tenant.patch(&format!("/v1.0/groups/{changed}"), json!({"displayName": "renamed"})).await.empty();
    tenant.link(&joined, "members", &user).await.empty();
    let new = tenant.group("new").await;
    let page = tenant.send("GET", &link, None, &[("Prefer", "return=minimal")]).await.ok();
    let one = |id: &str| page["value"].as_array().unwrap().iter().find(|group| group["id"] == id).unwrap();
    assert_eq!(*one(&changed), json!({"id": changed, "description": "first", "displayName": "renamed"}));
    let member = json!({"@odata.type": "#microsoft.graph.user", "id": user});
    assert_eq!(*one(&joined), json!({"id": joined, "members@delta": [member]}));
    assert_eq!(
        (&one(&new)["displayName"], &one(&new)["securityEnabled"]),
        (&json!("new"), &json!(true)),
        "a new object is reported with all properties"
    );
    let whole = tenant.get(&link).await.ok();
    assert!(whole["value"].as_array().unwrap().iter().all(|group| group["securityEnabled"] == true), "and without the wish everything is");
}

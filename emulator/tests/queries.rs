//! Query options (docs/services/graph.md#queries).

use serde_json::json;

use crate::client::Tenant;

async fn names(tenant: &Tenant, query: &str) -> Vec<String> {
    let page = tenant.get_eventual(&format!("/v1.0/groups?$select=displayName&{query}")).await.ok();
    page["value"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_are_cut_by_size_and_continued_by_token() {
    let tenant = Tenant::start().await;
    tenant.post("/emulator/populate", json!({"users": 250})).await.ok();
    let first = tenant.get("/v1.0/users?$select=id").await.ok();
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    let next = first["@odata.nextLink"].as_str().unwrap();
    assert!(next.contains("$skiptoken=") && next.contains("$select=id"), "{next}");
    let mut all = tenant.ids("/v1.0/users?$select=id&$top=99").await;
    // Those, and the administrator.
    assert_eq!(all.len(), 251);
    all.dedup();
    assert_eq!(all.len(), 251);
    assert_eq!(tenant.ids("/v1.0/users?$top=251").await.len(), 251);
    for size in ["0", "1000", "-1"] {
        let text = format!("Invalid page size specified: '{size}'. Must be between 1 and 999 inclusive.");
        tenant.get(&format!("/v1.0/users?$top={size}")).await.refused(400, "Request_UnsupportedQuery", &text);
    }
    let stale = tenant.get("/v1.0/users?$skiptoken=nonsense").await;
    assert_eq!((stale.status, &stale.body["error"]["code"]), (400, &json!("Directory_ExpiredPageToken")));
}

#[tokio::test]
async fn filters_searches_and_order() {
    let tenant = Tenant::start().await;
    for name in ["Alpha", "Beta", "Beta Two", "Gamma's"] {
        tenant.group(name).await;
    }
    for (query, expected) in [
        ("$filter=displayName eq 'beta'", vec!["Beta"]),
        ("$filter=displayName eq 'Gamma''s'", vec!["Gamma's"]),
        ("$filter=startswith(displayName,'be') and securityEnabled eq true", vec!["Beta", "Beta Two"]),
        ("$filter=displayName in ('Alpha','Beta','Nobody')", vec!["Alpha", "Beta"]),
        ("$filter=displayName ne 'Alpha'&$count=true", vec!["Beta", "Beta Two", "Gamma's"]),
        ("$filter=not startswith(displayName,'B')&$count=true", vec!["Alpha", "Gamma's"]),
        ("$filter=NOT groupTypes/any(c:c eq 'Unified') AND displayName EQ 'Beta'&$count=true", vec!["Beta"]),
        ("$filter=STARTSWITH(displayName,'gam') OR displayName eq 'Alpha'", vec!["Alpha", "Gamma's"]),
        ("$filter=groupTypes/any(c:c eq 'Unified')", vec![]),
        ("$search=\"displayName:two\"", vec!["Beta Two"]),
        ("$search=\"mailNickname:nick\"", vec!["Alpha", "Beta", "Beta Two", "Gamma's"]),
        ("$search=\"mailNickname:name\"", vec![]),
    ] {
        let mut found = names(&tenant, query).await;
        found.sort();
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(names(&tenant, "$orderby=displayName desc&$top=2").await, ["Gamma's", "Beta Two"]);
    let sorted = tenant.get("/v1.0/groups?$select=id,displayName&$orderby=displayName&$top=3").await.ok();
    let rest = tenant.get(sorted["@odata.nextLink"].as_str().unwrap()).await.ok();
    assert_eq!(rest["value"][0]["displayName"], "Gamma's");
    let counted = tenant.get_eventual("/v1.0/groups?$count=true&$top=1").await.ok();
    assert_eq!(counted["@odata.count"], json!(4));
    let count = tenant.get_eventual("/v1.0/groups/$count?$filter=startswith(displayName,'Beta')").await.ok();
    assert_eq!(count, json!(2));
}

#[tokio::test]
async fn filters_on_ids_and_members() {
    let tenant = Tenant::start().await;
    let (group, other) = (tenant.group("Platform").await, tenant.group("Other").await);
    let (one, two) = (tenant.user("one").await, tenant.user("two").await);
    for person in [&one, &two] {
        tenant.link(&group, "members", person).await.empty();
    }
    let members = format!("/v1.0/groups/{group}/members");
    assert_eq!(tenant.ids(&format!("{members}?$filter=id eq '{one}'")).await, std::slice::from_ref(&one));
    let both = format!("{members}?$filter=id in ('{one}','{two}','{other}')&$select=id");
    assert_eq!(tenant.ids(&both).await.len(), 2);
    let named = format!("{members}/microsoft.graph.user?$filter=displayName eq 'two'");
    assert_eq!(tenant.ids(&named).await, [two]);
    let of_one = format!("/v1.0/groups?$filter=members/any(m:m/id eq '{one}')");
    assert_eq!(tenant.ids(&of_one).await, std::slice::from_ref(&group));
    assert_eq!(tenant.ids(&format!("/v1.0/groups?$filter=id eq '{}'", group.to_uppercase())).await, [group]);
    let many: Vec<String> = (0..16).map(|_| format!("'{one}'")).collect();
    let answer = tenant.get(&format!("/v1.0/users?$filter=id in ({})", many.join(","))).await;
    let text = "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.";
    answer.refused(400, "Request_UnsupportedQuery", text);
}

#[tokio::test]
async fn advanced_queries_need_their_header() {
    let tenant = Tenant::start().await;
    tenant.group("Platform").await;
    let text = "Request with $search query parameter only works through MSGraph with a special request header: \
                'ConsistencyLevel: eventual'";
    let search = "/v1.0/groups?$search=\"displayName:p\"";
    tenant.get(search).await.refused(400, "Request_UnsupportedQuery", text);
    for query in [
        "$filter=displayName ne 'x'",
        "$filter=endswith(mail,'x')",
        "$filter=not startswith(displayName,'x')",
        "$filter=startswith(displayName,'x')&$orderby=displayName",
    ] {
        let answer = tenant.get(&format!("/v1.0/groups?{query}")).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("Request_UnsupportedQuery")), "{query}");
    }
    assert_eq!(tenant.get("/v1.0/groups/$count").await.status, 400);
    for property in ["weather", "securityEnabled"] {
        let answer = tenant.get_eventual(&format!("/v1.0/groups?$search=\"{property}:true\"")).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("Request_UnsupportedQuery")), "{property}");
    }
    let uncounted = tenant.get("/v1.0/groups?$count=true").await.ok();
    assert!(uncounted.get("@odata.count").is_none());
}

#[tokio::test]
async fn documented_operators_properties_and_orders_need_advanced_queries() {
    let tenant = Tenant::start().await;
    tenant.user("ada").await;
    for query in [
        "users?$filter=companyName eq 'x'",
        "users?$filter=startswith(mobilePhone,'25')",
        "users?$filter=city eq null",
        "users?$filter=createdDateTime in (2026-01-01T00:00:00Z)",
        "users?$filter=proxyAddresses/any(p:endswith(p,'x'))",
        "groups?$filter=createdDateTime ge 2026-01-01T00:00:00Z",
        "users?$orderby=createdDateTime",
        "servicePrincipals?$orderby=displayName",
        "directory/administrativeUnits?$orderby=displayName",
    ] {
        let plain = tenant.get(&format!("/v1.0/{query}")).await;
        assert_eq!((plain.status, &plain.body["error"]["code"]), (400, &json!("Request_UnsupportedQuery")), "{query}");
        let advanced = tenant.get_eventual(&format!("/v1.0/{query}&$count=true")).await;
        assert_eq!(advanced.status, 200, "{query}: {}", advanced.body);
    }
    for query in [
        "users?$filter=city eq 'x'",
        "users?$filter=createdDateTime ge 2026-01-01T00:00:00Z",
        "users?$orderby=userPrincipalName desc",
        "groups?$orderby=displayName",
    ] {
        assert_eq!(tenant.get(&format!("/v1.0/{query}")).await.status, 200, "{query}");
    }
    for query in [
        "users?$orderby=city",
        "groups?$orderby=createdDateTime",
        "groups?$expand=members,owners",
        "groups?$filter=members/any(m:m/displayName eq 'x')",
        "groups?$filter=members/any(m:startswith(m/id,'x'))",
        "users?$filter=manager/displayName eq 'x'",
    ] {
        let refused = tenant.get_eventual(&format!("/v1.0/{query}&$count=true")).await;
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (400, &json!("Request_UnsupportedQuery")),
            "{query}: {}",
            refused.body
        );
    }
}

#[tokio::test]
async fn a_sorted_list_goes_on_where_it_ended() {
    let tenant = Tenant::start().await;
    for name in ["delta", "Alpha", "charlie", "Bravo", "echo", "alpha"] {
        tenant.group(name).await;
    }
    // By an index, and without one; upwards and downwards.
    for (query, descending) in [
        ("$orderby=displayName", false),
        ("$orderby=displayName desc", true),
        ("$orderby=displayName&$filter=securityEnabled eq true&$count=true", false),
    ] {
        let mut expected = vec!["alpha", "alpha", "bravo", "charlie", "delta", "echo"];
        if descending {
            expected.reverse();
        }
        let mut seen: Vec<String> = Vec::new();
        let mut next = Some(format!("/v1.0/groups?$top=1&$select=id,displayName&{query}"));
        let mut removed = None;
        while let Some(path) = next {
            let page = tenant.get_eventual(&path).await.ok();
            let found = &page["value"][0];
            seen.push(found["displayName"].as_str().unwrap().to_lowercase());
            // What a page ended with is deleted before the next one is asked for.
            if seen.len() == 3 {
                tenant.delete(&format!("/v1.0/groups/{}", found["id"].as_str().unwrap())).await.empty();
                removed = Some(found["displayName"].as_str().unwrap().to_owned());
            }
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, expected, "{query}");
        tenant.group(&removed.unwrap()).await;
    }
}

#[tokio::test]
async fn many_users_are_found_by_their_beginning_and_words() {
    let tenant = Tenant::start().await;
    tenant.post("/emulator/populate", json!({"users": 3000})).await.ok();
    let first = tenant.get("/v1.0/users?$orderby=userPrincipalName&$top=2").await.ok();
    let name = first["value"][1]["userPrincipalName"].as_str().unwrap().to_owned();
    let start = name.split('@').next().unwrap();
    let found = tenant.get(&format!("/v1.0/users?$filter=startswith(userPrincipalName,'{}')", start.to_uppercase())).await.ok();
    assert!(found["value"].as_array().unwrap().iter().any(|one| one["userPrincipalName"] == json!(name)), "{name}: {found}");
    // So many that they are not looked up one by one.
    let all = tenant.get_eventual("/v1.0/users?$filter=startswith(userPrincipalName,'u')&$count=true&$top=5").await.ok();
    assert!(all["@odata.count"].as_u64().unwrap() >= 3000 && all["value"].as_array().unwrap().len() == 5, "{all}");
    let words = tenant.get_eventual("/v1.0/users?$search=\"displayName:user\"&$count=true&$orderby=displayName&$top=5").await.ok();
    assert_eq!(words["value"].as_array().unwrap().len(), 5, "{words}");
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_selected_filtered_or_expanded() {
    let tenant = Tenant::start().await;
    for query in [
        "$select=nonsense",
        "$filter=nonsense eq 'x'",
        "$filter=displayName eq",
        "$expand=nonsense",
        "$orderby=nonsense",
        "$filter=theme eq 'Teal'",
        "$filter=contains(displayName,'a')",
        "$nonsense=1",
        "$skip=1",
        "$top=many",
    ] {
        assert_eq!(tenant.get(&format!("/v1.0/groups?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(tenant.get("/v1.0/nonsense").await.status, 400);
}

#[tokio::test]
async fn selection_is_the_clients_and_control_information_too() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    let path = format!("/v1.0/groups/{group}?$select=displayname,uniqueName");
    let read = tenant.get(&path).await.ok();
    let context = format!("{}/v1.0/$metadata#groups(displayName,uniqueName)/$entity", tenant.running.url());
    assert_eq!(read, json!({"@odata.context": context, "displayName": "Platform", "uniqueName": null}));
    let none = tenant.send("GET", &path, None, &[("Accept", "application/json;odata.metadata=none")]).await.ok();
    assert_eq!(none, json!({"displayName": "Platform", "uniqueName": null}));
    let full = tenant.send("GET", &path, None, &[("Accept", "application/json;odata.metadata=full")]).await;
    assert!(full.headers["content-type"].to_str().unwrap().contains("odata.metadata=full"));
    assert_eq!(full.ok()["@odata.type"], "#microsoft.graph.group");
    let beta = tenant.get(&format!("/beta/groups/{group}")).await.ok();
    assert!(beta.as_object().unwrap().contains_key("writebackConfiguration"));
}

#[tokio::test]
async fn objects_are_found_by_how_many_they_have() {
    let tenant = Tenant::start().await;
    let (alone, owned) = (tenant.group("alone").await, tenant.group("owned").await);
    let user = tenant.user("ada").await;
    tenant.link(&owned, "owners", &user).await.empty();
    assert_eq!(tenant.ids("/v1.0/groups?$filter=owners/$count eq 0&$count=true").await, std::slice::from_ref(&alone));
    assert_eq!(tenant.ids("/v1.0/groups?$filter=owners/$count eq 1&$count=true").await, std::slice::from_ref(&owned));
    assert_eq!(tenant.ids("/v1.0/groups?$filter=owners/$count ne 0&$count=true").await, [owned]);
    // Documented are equality with 0 and 1 only (learn.microsoft.com/graph/aad-advanced-queries).
    for filter in ["owners/$count ge 1", "owners/$count eq 2", "owners/$count gt 0"] {
        let answer = tenant.get_eventual(&format!("/v1.0/groups?$filter={filter}&$count=true")).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("Request_UnsupportedQuery")), "{filter}");
    }
    let plain = tenant.get("/v1.0/groups?$filter=owners/$count eq 0").await;
    assert_eq!((plain.status, &plain.body["error"]["code"]), (400, &serde_json::json!("Request_UnsupportedQuery")));
    assert_eq!(tenant.get(&format!("/v1.0/Groups/{alone}")).await.ok()["displayName"], "alone", "whatever the letter case");
}

#[tokio::test]
async fn types_and_operations_can_be_named_with_their_namespace_or_its_alias() {
    let tenant = Tenant::start().await;
    let (group, user) = (tenant.group("Platform").await, tenant.user("ada").await);
    tenant.link(&group, "members", &user).await.empty();
    for cast in ["microsoft.graph.user", "graph.user"] {
        assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members/{cast}")).await, std::slice::from_ref(&user));
    }
    for cast in ["graph.device", "microsoft.graph.orgContact", "microsoft.graph.group"] {
        assert!(tenant.ids(&format!("/v1.0/groups/{group}/members/{cast}?$select=id,displayName")).await.is_empty(), "{cast}");
    }
    assert_eq!(tenant.get(&format!("/v1.0/groups/{group}/members/microsoft.graph.weather")).await.status, 400);
    for delta in ["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"] {
        assert_eq!(tenant.get(&format!("/v1.0/groups/{delta}")).await.ok()["value"].as_array().unwrap().len(), 1, "{delta}");
    }
    let checked = tenant.post(&format!("/v1.0/users/{user}/microsoft.graph.checkMemberGroups"), json!({"groupIds": [group]})).await.ok();
    assert_eq!(checked["value"], json!([group]));
}

//! Members and owners by `$ref` (docs/services/graph.md#members-and-owners).

use emulator::tenant;
use serde_json::json;

use crate::client::Tenant;

#[tokio::test]
async fn a_member_is_added_once_and_removed_once() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Platform").await, tenant.user("one").await);
    tenant.link(&group, "members", &person).await.empty();
    let text = "One or more added object references already exist for the following modified properties: 'members'.";
    tenant.link(&group, "members", &person).await.refused(400, "Request_BadRequest", text);
    let members = tenant.get(&format!("/v1.0/groups/{group}/members")).await.ok();
    assert_eq!(members["value"][0]["@odata.type"], "#microsoft.graph.user");
    assert_eq!(members["value"][0]["displayName"], "one");
    let path = format!("/v1.0/groups/{group}/members/{person}/$ref");
    tenant.delete(&path).await.empty();
    let text = format!("Resource '{person}' does not exist or one of its queried reference-property objects are not present.");
    tenant.delete(&path).await.refused(404, "Request_ResourceNotFound", &text);
}

#[tokio::test]
async fn references_are_read_in_every_form() {
    let tenant = Tenant::start().await;
    let person = tenant.user("one").await;
    let url = tenant.running.url();
    for reference in [
        format!("{url}/v1.0/directoryObjects/{person}"),
        format!("https://graph.microsoft.com/beta/users/{person}"),
        format!("{url}/v1.0/users/one@contoso.com"),
        format!("{url}/v1.0/directoryObjects('{person}')"),
        format!("{url}/v2/{}/directoryObjects/{person}/Microsoft.DirectoryServices.User", tenant::TENANT_ID),
        format!("/users/{person}"),
    ] {
        let group = tenant.group("Platform").await;
        let body = json!({"@odata.id": reference});
        let answer = tenant.post(&format!("/v1.0/groups/{group}/members/$ref"), body).await;
        assert_eq!(answer.status, 204, "{reference}: {}", answer.body);
    }
    let group = tenant.group("Platform").await;
    for (body, status) in [
        (json!({"@odata.id": format!("{url}/v1.0/directoryObjects/x")}), 400),
        (json!({"@odata.id": "nonsense"}), 400),
        (json!({}), 400),
        (json!({"@odata.id": format!("{url}/v1.0/directoryObjects/99999999-9999-4999-8999-999999999999")}), 404),
        (json!({"@odata.id": format!("{url}/v1.0/groups/{group}")}), 400),
    ] {
        let answer = tenant.post(&format!("/v1.0/groups/{group}/members/$ref"), body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
}

#[tokio::test]
async fn twenty_members_come_with_one_patch_all_or_none() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    let path = format!("/v1.0/groups/{group}");
    let added = tenant.post("/emulator/populate", json!({"users": 25})).await.ok();
    let all: Vec<String> = added["users"].as_array().unwrap().iter().map(|id| tenant.reference(id.as_str().unwrap())).collect();
    assert_eq!(tenant.patch(&path, json!({"members@odata.bind": all[..21]})).await.status, 400);
    tenant.patch(&path, json!({"members@odata.bind": all[..20]})).await.empty();
    // One of these is a member already: none of them is added.
    let text = "One or more added object references already exist for the following modified properties: 'members'.";
    let again = tenant.patch(&path, json!({"members@odata.bind": all[19..]})).await;
    again.refused(400, "Request_BadRequest", text);
    assert_eq!(tenant.ids(&format!("{path}/members")).await.len(), 20);
    tenant.patch(&path, json!({"members@odata.bind": all[20..]})).await.empty();
    assert_eq!(tenant.ids(&format!("{path}/members")).await.len(), 25);
}

#[tokio::test]
async fn the_last_owner_who_counts_cannot_leave() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Platform").await, tenant.user("one").await);
    tenant.link(&group, "owners", tenant::SERVICE_PRINCIPAL_ID).await.empty();
    tenant.link(&group, "owners", &person).await.empty();
    let text = "The group must have at least one owner, hence this owner cannot be removed.";
    let last = format!("/v1.0/groups/{group}/owners/{person}/$ref");
    tenant.delete(&last).await.refused(400, "Request_BadRequest", text);
    let other = tenant.user("two").await;
    tenant.link(&group, "owners", &other).await.empty();
    tenant.delete(&last).await.empty();
    // A service principal counts for role-assignable groups only, so it may go.
    tenant.delete(&format!("/v1.0/groups/{group}/owners/{}/$ref", tenant::SERVICE_PRINCIPAL_ID)).await.empty();
    let mut body = crate::client::security_group("Admins");
    body["isAssignableToRole"] = json!(true);
    let assignable = tenant.post("/v1.0/groups", body).await.created();
    tenant.link(&assignable, "owners", tenant::SERVICE_PRINCIPAL_ID).await.empty();
    let path = format!("/v1.0/groups/{assignable}/owners/{}/$ref", tenant::SERVICE_PRINCIPAL_ID);
    tenant.delete(&path).await.refused(400, "Request_BadRequest", text);
    tenant.link(&assignable, "owners", &other).await.empty();
    tenant.delete(&path).await.empty();
}

#[tokio::test]
async fn a_group_has_at_most_100_owners() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Platform").await;
    let added = tenant.post("/emulator/populate", json!({"users": 101})).await.ok();
    let all: Vec<String> = added["users"].as_array().unwrap().iter().map(|id| tenant.reference(id.as_str().unwrap())).collect();
    for chunk in all[..100].chunks(20) {
        tenant.patch(&format!("/v1.0/groups/{group}"), json!({"owners@odata.bind": chunk})).await.empty();
    }
    let text = "Unable to perform operation as '101' would exceed the maximum quota count '100' for forward-link 'owners'.";
    let body = json!({"@odata.id": all[100]});
    let answer = tenant.post(&format!("/v1.0/groups/{group}/owners/$ref"), body).await;
    answer.refused(403, "Directory_QuotaExceeded", text);
}

#[tokio::test]
async fn links_are_read_from_both_ends_and_by_type() {
    let tenant = Tenant::start().await;
    let (outer, inner) = (tenant.group("Outer").await, tenant.group("Inner").await);
    let person = tenant.user("one").await;
    tenant.link(&outer, "members", &inner).await.empty();
    tenant.link(&inner, "members", &person).await.empty();
    tenant.link(&outer, "members", tenant::SERVICE_PRINCIPAL_ID).await.empty();
    let members = format!("/v1.0/groups/{outer}/members");
    assert_eq!(tenant.ids(&format!("{members}/microsoft.graph.group")).await, std::slice::from_ref(&inner));
    assert_eq!(tenant.ids(&format!("{members}/microsoft.graph.user")).await, [] as [String; 0]);
    let principals = tenant.ids(&format!("{members}/microsoft.graph.servicePrincipal")).await;
    assert_eq!(principals, [tenant::SERVICE_PRINCIPAL_ID]);
    assert_eq!(tenant.ids(&format!("/v1.0/users/{person}/memberOf")).await, std::slice::from_ref(&inner));
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{inner}/memberOf")).await, std::slice::from_ref(&outer));
    let people = tenant.ids(&format!("/v1.0/groups/{outer}/transitiveMembers/microsoft.graph.user")).await;
    assert_eq!(people, std::slice::from_ref(&person));
    assert_eq!(tenant.ids(&format!("/v1.0/users/{person}/transitiveMemberOf")).await.len(), 2);
    let count = tenant.get_eventual(&format!("{members}/$count")).await.ok();
    assert_eq!(count, json!(2));
    let references = tenant.get(&format!("{members}/$ref")).await.ok();
    assert_eq!(references["value"].as_array().unwrap().len(), 1, "without service principals, as the listing");
    // A circle ends.
    tenant.link(&inner, "members", &outer).await.empty();
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{outer}/transitiveMembers")).await.len(), 3);
    let unknown = tenant.get(&format!("{members}/microsoft.graph.team")).await;
    assert_eq!((unknown.status, &unknown.body["error"]["code"]), (400, &json!("Request_UnsupportedQuery")));
}

#[tokio::test]
async fn service_principals_are_listed_by_beta_by_expand_and_by_the_switch() {
    for listed in [false, true] {
        let mut options = crate::client::options();
        options.switches.members_list_service_principals = listed;
        let tenant = Tenant::with(options).await;
        let (outer, inner) = (tenant.group("Outer").await, tenant.group("Inner").await);
        tenant.link(&outer, "members", &inner).await.empty();
        tenant.link(&inner, "members", tenant::SERVICE_PRINCIPAL_ID).await.empty();
        tenant.link(&inner, "owners", tenant::SERVICE_PRINCIPAL_ID).await.empty();
        for (group, relation) in [(&inner, "members"), (&inner, "owners"), (&outer, "transitiveMembers")] {
            let has = |ids: Vec<String>| ids.iter().any(|id| id == tenant::SERVICE_PRINCIPAL_ID);
            let path = format!("groups/{group}/{relation}");
            assert_eq!(has(tenant.ids(&format!("/v1.0/{path}")).await), listed, "{path}");
            assert!(has(tenant.ids(&format!("/v1.0/{path}/microsoft.graph.servicePrincipal")).await), "{path}");
            assert!(has(tenant.ids(&format!("/beta/{path}")).await), "{path}");
        }
        let expanded = tenant.get(&format!("/v1.0/groups/{inner}?$expand=members")).await.ok();
        assert_eq!(expanded["members"][0]["id"], tenant::SERVICE_PRINCIPAL_ID);
    }
}

//! Groups: creation, defaults, update, upsert, deletion (docs/services/graph.md).

use emulator::{Options, Profile, Switches, tenant};
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options, security_group, user};

async fn create(tenant: &Tenant, change: Value) -> Answer {
    let mut body = security_group("Platform");
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => body.as_object_mut().unwrap().remove(name),
            value => body.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    tenant.post("/v1.0/groups", body).await
}

fn unified() -> Value {
    json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false, "mailNickname": "m365"})
}

#[tokio::test]
async fn a_created_group_has_the_default_properties_null_or_empty() {
    let tenant = Tenant::start().await;
    let answer = create(&tenant, json!({})).await;
    assert_eq!(answer.status, 201);
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let host = tenant.running.host();
    assert_eq!(
        answer.headers["location"].to_str().unwrap(),
        format!("https://{host}/v2/{}/directoryObjects/{id}/Microsoft.DirectoryServices.Group", tenant::TENANT_ID)
    );
    for name in ["request-id", "client-request-id", "x-ms-ags-diagnostic", "x-ms-resource-unit"] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
    assert_eq!(answer.headers["odata-version"], "4.0");
    assert_eq!(answer.headers["cache-control"], "no-cache");
    assert_eq!(
        answer.headers["content-type"],
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    );
    let created = answer.body["createdDateTime"].clone();
    let identifier = answer.body["securityIdentifier"].clone();
    assert!(identifier.as_str().unwrap().starts_with("S-1-12-1-"));
    let expected = json!({
        "@odata.context": format!("https://{host}/v1.0/$metadata#groups/$entity"),
        "id": id, "deletedDateTime": null, "classification": null, "createdDateTime": created, "description": null,
        "displayName": "Platform", "expirationDateTime": null, "groupTypes": [], "isAssignableToRole": null,
        "mail": null, "mailEnabled": false, "mailNickname": "nickname", "membershipRule": null,
        "membershipRuleProcessingState": null, "onPremisesDomainName": null, "onPremisesLastSyncDateTime": null,
        "onPremisesNetBiosName": null, "onPremisesProvisioningErrors": [], "onPremisesSamAccountName": null,
        "onPremisesSecurityIdentifier": null, "onPremisesSyncEnabled": null, "preferredDataLocation": null,
        "preferredLanguage": null, "proxyAddresses": [], "renewedDateTime": created, "resourceBehaviorOptions": [],
        "resourceProvisioningOptions": [], "securityEnabled": true, "securityIdentifier": identifier,
        "serviceProvisioningErrors": [], "theme": null, "uniqueName": null, "visibility": null,
    });
    assert_eq!(answer.body, expected);
    assert_eq!(tenant.get(&format!("/v1.0/groups/{id}")).await.ok(), expected);
}

#[tokio::test]
async fn what_the_service_refuses_at_creation() {
    let tenant = Tenant::start().await;
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        let text = format!("A value is required for property '{name}' of resource 'Group'.");
        create(&tenant, json!({name: null})).await.refused(400, "Request_BadRequest", &text);
    }
    let text = "The service does not currently support writes of mail-enabled groups. Please ensure that the \
                mail-enablement property is unset and the security-enablement property is set.";
    create(&tenant, json!({"mailEnabled": true})).await.refused(400, "Request_BadRequest", text);
    for nickname in ["with space", "a@b", "näme", "a,b", ""] {
        let answer = create(&tenant, json!({"mailNickname": nickname})).await;
        assert_eq!(answer.body["error"]["details"][0]["target"], "mailNickname");
        assert_eq!(answer.body["error"]["details"][0]["code"], "InvalidValue");
        let text = "Invalid value specified for property 'mailNickname' of resource 'Group'.";
        answer.refused(400, "Request_BadRequest", text);
    }
    for wrong in [
        json!({"securityEnabled": false}),
        json!({"groupTypes": ["Nonsense"]}),
        json!({"groupTypes": ["DynamicMembership"]}),
        json!({"membershipRule": "user.department -eq \"a\""}),
        json!({"isAssignableToRole": true, "groupTypes": ["DynamicMembership"], "membershipRule": "user.city -eq \"a\""}),
        json!({"displayName": "x".repeat(257)}),
        json!({"mailNickname": "x".repeat(65)}),
        json!({"displayName": 5}),
        json!({"nonsense": true}),
        json!({"createdDateTime": "2026-01-01T00:00:00Z"}),
        json!({"allowExternalSenders": true}),
        json!({"visibility": "HiddenMembership"}),
    ] {
        let answer = create(&tenant, wrong.clone()).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("Request_BadRequest")), "{wrong}");
    }
    assert!(tenant.ids("/v1.0/groups").await.is_empty());
}

#[tokio::test]
async fn security_groups_may_share_a_nickname_and_microsoft_365_groups_may_not() {
    let tenant = Tenant::start().await;
    create(&tenant, json!({})).await.created();
    create(&tenant, json!({})).await.created();
    let first = create(&tenant, unified()).await;
    assert_eq!(first.body["mail"], format!("m365@{}", tenant::INITIAL_DOMAIN));
    assert_eq!(first.body["visibility"], "Public");
    let first = first.created();
    let again = create(&tenant, unified()).await;
    assert_eq!(again.body["error"]["details"][1]["target"], format!("Group_{first}"));
    let text = "Another object with the same value for property mailNickname already exists.";
    again.refused(400, "Request_BadRequest", text);
    create(&tenant, json!({"mailNickname": "m365"})).await.created();
}

#[tokio::test]
async fn owners_and_members_can_come_with_the_group() {
    let tenant = Tenant::start().await;
    let (one, two) = (tenant.user("one").await, tenant.user("two").await);
    let bind = json!({
        "owners@odata.bind": [tenant.reference(&one), tenant.reference(tenant::SERVICE_PRINCIPAL_ID)],
        "members@odata.bind": [format!("{}/v1.0/users/{two}", tenant.running.url()), tenant.reference(&one)],
    });
    let group = create(&tenant, bind).await.created();
    let mut owners = tenant.ids(&format!("/v1.0/groups/{group}/owners")).await;
    assert_eq!(owners, std::slice::from_ref(&one), "v1.0 leaves service principals out");
    owners.extend(tenant.ids(&format!("/v1.0/groups/{group}/owners/microsoft.graph.servicePrincipal")).await);
    owners.sort();
    let mut expected = vec![one.clone(), tenant::SERVICE_PRINCIPAL_ID.to_owned()];
    expected.sort();
    assert_eq!(owners, expected);
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.len(), 2);
    let twice = json!({"owners@odata.bind": [tenant.reference(&one), tenant.reference(&one)]});
    let text = "Request contains a property with duplicate values.";
    create(&tenant, twice).await.refused(400, "Request_BadRequest", text);
    let missing = "99999999-9999-4999-8999-999999999999";
    let text = format!("Resource '{missing}' does not exist or one of its queried reference-property objects are not present.");
    let bind = json!({"members@odata.bind": [tenant.reference(missing)]});
    create(&tenant, bind).await.refused(404, "Request_ResourceNotFound", &text);
    let added = tenant.post("/emulator/populate", json!({"users": 21})).await.ok();
    let references: Vec<_> = added["users"].as_array().unwrap().iter().map(|id| tenant.reference(id.as_str().unwrap())).collect();
    assert_eq!(create(&tenant, json!({"members@odata.bind": references})).await.status, 400);
    create(&tenant, json!({"members@odata.bind": references[..20]})).await.created();
    let both = json!({"members@odata.bind": references[..19], "owners@odata.bind": references[..2]});
    assert_eq!(create(&tenant, both).await.status, 400);
}

#[tokio::test]
async fn role_assignable_groups_are_private_and_stay_so() {
    let tenant = Tenant::start().await;
    let answer = create(&tenant, json!({"isAssignableToRole": true})).await;
    assert_eq!((&answer.body["isAssignableToRole"], &answer.body["visibility"]), (&json!(true), &json!("Private")));
    let group = answer.created();
    let answer = tenant.patch(&format!("/v1.0/groups/{group}"), json!({"isAssignableToRole": false})).await;
    assert_eq!(answer.status, 400);
    let other = create(&tenant, json!({"isAssignableToRole": false})).await;
    assert_eq!(other.body["isAssignableToRole"], Value::Null);
    assert_eq!(tenant.link(&group, "members", &other.created()).await.status, 400);
}

fn dynamic(rule: &str, state: &str) -> Value {
    let mut body = security_group("dynamic");
    let more = json!({"groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": state});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn dynamic_groups_have_the_users_of_their_rule() {
    let tenant = Tenant::start().await;
    let (ada, ben) = (tenant.user("ada").await, tenant.user("ben").await);
    tenant.patch(&format!("/v1.0/users/{ada}"), json!({"department": "Sales"})).await.empty();
    let rule = r#"(user.department -eq "sales") -and (user.accountEnabled -eq true)"#;
    let group = tenant.post("/v1.0/groups", dynamic(rule, "On")).await.created();
    let members = async || tenant.ids(&format!("/v1.0/groups/{group}/members")).await;
    assert_eq!(members().await, std::slice::from_ref(&ada), "when the group is created");
    tenant.patch(&format!("/v1.0/users/{ben}"), json!({"department": "Sales"})).await.empty();
    let mut both = vec![ada.clone(), ben.clone()];
    both.sort();
    assert_eq!(members().await, both, "when a user changes");
    tenant.patch(&format!("/v1.0/users/{ada}"), json!({"accountEnabled": false})).await.empty();
    assert_eq!(members().await, std::slice::from_ref(&ben));
    tenant.delete(&format!("/v1.0/users/{ben}")).await.empty();
    assert!(members().await.is_empty());
    tenant.post(&format!("/v1.0/directory/deletedItems/{ben}/restore"), json!({})).await.ok();
    assert_eq!(members().await, std::slice::from_ref(&ben), "when a user is restored");
    tenant.patch(&format!("/v1.0/groups/{group}"), json!({"membershipRule": r#"user.userPrincipalName -startsWith "ada""#})).await.empty();
    assert_eq!(members().await, std::slice::from_ref(&ada), "when the rule changes");
    tenant.patch(&format!("/v1.0/groups/{group}"), json!({"membershipRuleProcessingState": "Paused"})).await.empty();
    tenant.user("ada2").await;
    assert_eq!(members().await, std::slice::from_ref(&ada), "not while it is paused");
    // Members of another group, and reports of a manager.
    let other = tenant.group("other").await;
    let rules = [format!("user.memberof -any (group.objectId -in ['{other}'])"), format!("Direct Reports for \"{ada}\"")];
    for rule in rules {
        let group = tenant.post("/v1.0/groups", dynamic(&rule, "On")).await.created();
        assert!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.is_empty(), "{rule}");
        if rule.starts_with("user") {
            tenant.link(&other, "members", &ben).await.empty();
        } else {
            let manager = json!({"@odata.id": tenant.reference(&ada)});
            tenant.send("PUT", &format!("/v1.0/users/{ben}/manager/$ref"), Some(manager), &[]).await.empty();
        }
        assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, std::slice::from_ref(&ben), "{rule}");
    }
    for rule in ["nonsense", r#"user.department -like "x""#, r#"user.department -eq "x" -and"#, r#"user.weather -eq "x""#] {
        assert_eq!(tenant.post("/v1.0/groups", dynamic(rule, "On")).await.status, 400, "{rule}");
    }
}

#[tokio::test]
async fn dynamic_groups_take_a_while_where_things_take_their_time() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    let ada = tenant.user("ada").await;
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    let group = tenant.post("/v1.0/groups", dynamic(r#"user.userPrincipalName -startsWith "ada""#, "On")).await.created();
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    assert!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.is_empty());
    tenant.post("/emulator/clock", json!({"advance": "PT6M"})).await.ok();
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, [ada]);
}

#[tokio::test]
async fn the_members_of_a_dynamic_group_follow_its_rule_alone() {
    let tenant = Tenant::start().await;
    let person = tenant.user("one").await;
    let dynamic = json!({
        "groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq \"Sales\"",
        "membershipRuleProcessingState": "On",
    });
    let group = create(&tenant, dynamic.clone()).await.created();
    let denied = "Insufficient privileges to complete the operation.";
    tenant.link(&group, "members", &person).await.refused(403, "Authorization_RequestDenied", denied);
    let mut with_members = dynamic;
    with_members["members@odata.bind"] = json!([tenant.reference(&person)]);
    create(&tenant, with_members).await.refused(403, "Authorization_RequestDenied", denied);
    let wrong = json!({"membershipRule": "user.nonsense -eq \"Sales\""});
    let text = "One or more property values specified are invalid.";
    tenant.patch(&format!("/v1.0/groups/{group}"), wrong).await.refused(400, "Request_BadRequest", text);
    let assigned = json!({"groupTypes": [], "membershipRule": null, "membershipRuleProcessingState": null});
    tenant.patch(&format!("/v1.0/groups/{group}"), assigned).await.empty();
    tenant.link(&group, "members", &person).await.empty();
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let tenant = Tenant::start().await;
    let group = create(&tenant, json!({"description": "old"})).await.created();
    let path = format!("/v1.0/groups/{group}");
    tenant.patch(&path, json!({"displayName": "New", "description": null, "mailNickname": "new"})).await.empty();
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["displayName"], &read["description"]), (&json!("New"), &Value::Null));
    assert_eq!(read["mailNickname"], "new");
    let text = "A value is required for property 'displayName' of resource 'Group'.";
    tenant.patch(&path, json!({"displayName": null})).await.refused(400, "Request_BadRequest", text);
    for wrong in [
        json!({"uniqueName": "x"}),
        json!({"mailEnabled": true}),
        json!({"groupTypes": ["Unified"]}),
        json!({"id": "x"}),
        json!({"description": ""}),
        json!({"nonsense": 1}),
    ] {
        assert_eq!(tenant.patch(&path, wrong.clone()).await.status, 400, "{wrong}");
    }
    tenant.patch(&path, json!({"nonsense": 1})).await.refused(400, "Request_BadRequest", "Invalid property 'nonsense'.");
    assert_eq!(tenant.patch(&path, json!({"allowExternalSenders": true})).await.status, 403);
    let mixed = json!({"allowExternalSenders": true, "displayName": "x"});
    assert_eq!(tenant.patch(&path, mixed).await.status, 400);
    assert_eq!(tenant.get(&path).await.ok(), read);
}

#[tokio::test]
async fn ids_that_are_none_and_ids_of_nothing_are_told_apart() {
    let tenant = Tenant::start().await;
    let missing = "99999999-9999-4999-8999-999999999999";
    let gone = format!("Resource '{missing}' does not exist or one of its queried reference-property objects are not present.");
    let path = format!("/v1.0/groups/{missing}");
    tenant.get(&path).await.refused(404, "Request_ResourceNotFound", &gone);
    tenant.patch(&path, json!({"displayName": "x"})).await.refused(404, "Request_ResourceNotFound", &gone);
    tenant.delete(&path).await.refused(404, "Request_ResourceNotFound", &gone);
    let answer = tenant.send("GET", "/v1.0/groups/x", None, &[("client-request-id", "mine")]).await;
    let inner = &answer.body["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "mine");
    assert_eq!(answer.headers["client-request-id"], "mine");
    assert_eq!(inner["request-id"], answer.headers["request-id"].to_str().unwrap());
    assert!(!inner["date"].as_str().unwrap().ends_with('Z'));
    answer.refused(400, "Request_BadRequest", "Invalid object identifier 'x'.");
    let put = tenant.send("PUT", &path, Some(json!({})), &[]).await;
    assert_ne!(put.status, 200);
    let body = tenant.client.post(format!("{}/v1.0/groups", tenant.running.url())).bearer_auth(&tenant.token);
    let broken = body.header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
}

#[tokio::test]
async fn an_upsert_creates_once_and_updates_then() {
    let tenant = Tenant::start().await;
    let path = "/v1.0/groups(uniqueName='team-a')";
    let prefer = [("Prefer", "create-if-missing")];
    tenant.patch(path, security_group("A")).await.refused(
        404,
        "Request_ResourceNotFound",
        "Resource 'team-a' does not exist or one of its queried reference-property objects are not present.",
    );
    let created = tenant.send("PATCH", path, Some(security_group("A")), &prefer).await;
    assert_eq!(created.body["uniqueName"], "team-a");
    let id = created.created();
    tenant.send("PATCH", path, Some(json!({"displayName": "B"})), &prefer).await.empty();
    let read = tenant.get(path).await.ok();
    assert_eq!((&read["id"], &read["displayName"]), (&json!(id), &json!("B")));
    let mut same = security_group("C");
    same["uniqueName"] = json!("team-a");
    let text = "Another object with the same value for property uniqueName already exists.";
    tenant.post("/v1.0/groups", same).await.refused(400, "Request_BadRequest", text);
}

#[tokio::test]
async fn a_deleted_group_waits_in_the_bin_and_comes_back_whole() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Platform").await, tenant.user("one").await);
    tenant.link(&group, "members", &person).await.empty();
    tenant.link(&group, "owners", &person).await.empty();
    tenant.delete(&format!("/v1.0/groups/{group}")).await.empty();
    assert_eq!(tenant.get(&format!("/v1.0/groups/{group}")).await.status, 404);
    assert!(tenant.ids(&format!("/v1.0/users/{person}/memberOf")).await.is_empty());
    let bin = tenant.get("/v1.0/directory/deletedItems/microsoft.graph.group").await.ok();
    assert_eq!(bin["value"][0]["id"], json!(group));
    assert!(bin["value"][0]["deletedDateTime"].is_string());
    let restored = tenant.send("POST", &format!("/v1.0/directory/deletedItems/{group}/restore"), None, &[]).await.ok();
    assert_eq!(restored["@odata.type"], "#microsoft.graph.group");
    assert_eq!(restored["deletedDateTime"], Value::Null);
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, std::slice::from_ref(&person));
    tenant.delete(&format!("/v1.0/groups/{group}")).await.empty();
    tenant.delete(&format!("/v1.0/directory/deletedItems/{group}")).await.empty();
    assert_eq!(tenant.get(&format!("/v1.0/directory/deletedItems/{group}")).await.status, 404);
}

#[tokio::test]
async fn security_groups_may_be_gone_at_once() {
    let switches = Switches { security_groups_are_soft_deleted: false, ..Switches::default() };
    let tenant = Tenant::with(Options { switches, ..options() }).await;
    let group = tenant.group("Platform").await;
    let unified = create(&tenant, unified()).await.created();
    for id in [&group, &unified] {
        tenant.delete(&format!("/v1.0/groups/{id}")).await.empty();
    }
    assert_eq!(tenant.ids("/v1.0/directory/deletedItems/microsoft.graph.group").await, [unified]);
}

#[tokio::test]
async fn a_group_can_be_found_by_an_expanded_owner() {
    let tenant = Tenant::start().await;
    let owner = tenant.post("/v1.0/users", user("owner")).await.created();
    let group = create(&tenant, json!({"owners@odata.bind": [tenant.reference(&owner)]})).await.created();
    let read = tenant.get(&format!("/v1.0/groups/{group}?$select=id&$expand=owners($select=id)")).await.ok();
    assert_eq!(read["owners"], json!([{"@odata.type": "#microsoft.graph.user", "id": owner}]));
    assert_eq!(read["id"], json!(group));
    assert_eq!(read.as_object().unwrap().len(), 3);
}

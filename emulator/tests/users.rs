//! Users (docs/services/graph.md#users).

use serde_json::{Value, json};

use crate::client::{Tenant, user};

#[tokio::test]
async fn a_created_user_has_eleven_properties_and_no_password() {
    let tenant = Tenant::start().await;
    let answer = tenant.post("/v1.0/users", user("one")).await;
    assert_eq!(answer.status, 201);
    let id = answer.body["id"].clone();
    assert_eq!(
        answer.body,
        json!({
            "@odata.context": format!("{}/v1.0/$metadata#users/$entity", tenant.running.url()),
            "businessPhones": [], "displayName": "one", "givenName": null, "id": id, "jobTitle": null, "mail": null,
            "mobilePhone": null, "officeLocation": null, "preferredLanguage": null, "surname": null,
            "userPrincipalName": "one@contoso.com",
        })
    );
    let id = id.as_str().unwrap();
    let select = "accountEnabled,mailNickname,passwordProfile,userType,creationType";
    let read = tenant.get(&format!("/v1.0/users/ONE@contoso.com?$select={select}")).await.ok();
    assert_eq!(read["passwordProfile"], Value::Null);
    assert_eq!((&read["accountEnabled"], &read["mailNickname"]), (&json!(true), &json!("one")));
    assert_eq!(read["userType"], "Member");
    assert_eq!(tenant.get(&format!("/v1.0/users/{id}")).await.ok()["id"], json!(id));
    let me = tenant.get("/v1.0/me").await;
    me.refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
}

#[tokio::test]
async fn what_the_service_refuses() {
    let tenant = Tenant::start().await;
    let taken = tenant.user("taken").await;
    let weak = "The specified password does not comply with password complexity requirements. Please provide a \
                different password.";
    let domain = "The domain portion of the userPrincipalName property is invalid. You must use one of the verified \
                  domain names in your organization.";
    for (change, text) in [
        (json!({"passwordProfile": null}), "A password must be specified to create a new user."),
        (json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}}), "A password must be specified to create a new user."),
        (json!({"passwordProfile": {"password": "weakpassword"}}), weak),
        (json!({"userPrincipalName": "a@elsewhere.example"}), domain),
        (json!({"mailNickname": "a b"}), "Invalid value specified for property 'mailNickname' of resource 'User'."),
        (json!({"accountEnabled": null}), "A value is required for property 'accountEnabled' of resource 'User'."),
        (
            json!({"userPrincipalName": "TAKEN@contoso.com"}),
            "Another object with the same value for property userPrincipalName already exists.",
        ),
    ] {
        let mut body = user("new");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        tenant.post("/v1.0/users", body).await.refused(400, "Request_BadRequest", text);
    }
    let path = format!("/v1.0/users/{taken}");
    tenant.patch(&path, json!({"passwordProfile": {"password": "weak"}})).await.refused(400, "Request_BadRequest", weak);
    let missing = tenant.get("/v1.0/users/nobody@contoso.com").await;
    let text = "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.";
    missing.refused(404, "Request_ResourceNotFound", text);
}

#[tokio::test]
async fn a_user_is_updated_and_objects_inside_are_merged() {
    let tenant = Tenant::start().await;
    let id = tenant.user("one").await;
    let path = format!("/v1.0/users/{id}");
    tenant.patch(&path, json!({"jobTitle": "Engineer", "employeeOrgData": {"costCenter": "1", "division": "a"}})).await.empty();
    tenant.patch(&path, json!({"employeeOrgData": {"costCenter": "2"}, "businessPhones": ["+49 1"]})).await.empty();
    tenant.patch(&path, json!({"passwordProfile": {"password": "Another-Horse-2"}})).await.empty();
    let read = tenant.get(&format!("{path}?$select=jobTitle,employeeOrgData,businessPhones,passwordProfile")).await.ok();
    assert_eq!(read["employeeOrgData"], json!({"costCenter": "2", "division": "a"}));
    assert_eq!((&read["jobTitle"], &read["businessPhones"]), (&json!("Engineer"), &json!(["+49 1"])));
    assert_eq!(read["passwordProfile"], Value::Null);
    tenant.patch(&path, json!({"jobTitle": null, "userPrincipalName": "renamed@contoso.com"})).await.empty();
    let read = tenant.get("/v1.0/users/renamed@contoso.com").await.ok();
    assert_eq!((&read["id"], &read["jobTitle"]), (&json!(id), &Value::Null));
    assert_eq!(tenant.get("/v1.0/users/one@contoso.com").await.status, 404);
}

#[tokio::test]
async fn the_control_api_knows_a_password_and_no_answer_shows_it() {
    let tenant = Tenant::start().await;
    let id = tenant.user("one").await;
    let is = async |password: &str| {
        let attempt = json!({"user_principal_name": "ONE@contoso.com", "password": password});
        tenant.post("/emulator/password", attempt).await.ok()["right"].as_bool().unwrap()
    };
    let made_with = user("one")["passwordProfile"]["password"].as_str().unwrap().to_owned();
    assert!(is(&made_with).await && !is("Another-Horse-2").await);
    let path = format!("/v1.0/users/{id}");
    tenant.patch(&path, json!({"passwordProfile": {"password": "Another-Horse-2"}})).await.empty();
    tenant.patch(&path, json!({"city": "Ulm", "passwordProfile": {"forceChangePasswordNextSignIn": true}})).await.empty();
    assert!(is("Another-Horse-2").await && !is(&made_with).await);
    for query in ["?$select=*", "", "?$select=passwordProfile"] {
        let read = tenant.get(&format!("{path}{query}")).await.ok();
        assert!(!read.to_string().contains("~password"), "{read}");
    }
    let nobody = tenant.post("/emulator/password", json!({"user_principal_name": "nobody@contoso.com", "password": "x"})).await;
    assert_eq!(nobody.status, 400);
}

#[tokio::test]
async fn a_manager_is_set_replaced_and_removed() {
    let tenant = Tenant::start().await;
    let (one, two, boss) = (tenant.user("one").await, tenant.user("two").await, tenant.user("boss").await);
    let path = format!("/v1.0/users/{one}/manager");
    assert_eq!(tenant.get(&path).await.status, 404);
    for manager in [&two, &boss] {
        let body = json!({"@odata.id": tenant.reference(manager)});
        tenant.send("PUT", &format!("{path}/$ref"), Some(body), &[]).await.empty();
    }
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["id"], &read["@odata.type"]), (&json!(boss), &json!("#microsoft.graph.user")));
    assert_eq!(tenant.ids(&format!("/v1.0/users/{boss}/directReports")).await, [one]);
    tenant.delete(&format!("{path}/$ref")).await.empty();
    let gone = tenant.get(&path).await;
    assert_eq!((gone.status, &gone.body["error"]["code"]), (404, &json!("Request_ResourceNotFound")));
}

#[tokio::test]
async fn a_deleted_user_is_a_member_no_more_until_restored() {
    let tenant = Tenant::start().await;
    let (group, id) = (tenant.group("Platform").await, tenant.user("one").await);
    tenant.link(&group, "members", &id).await.empty();
    tenant.delete("/v1.0/users/one@contoso.com").await.empty();
    assert!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.is_empty());
    assert_eq!(tenant.ids("/v1.0/directory/deletedItems/microsoft.graph.user").await, std::slice::from_ref(&id));
    // The name is free again, and then the old one can only come back under another.
    tenant.user("one").await;
    let restore = format!("/v1.0/directory/deletedItems/{id}/restore");
    assert_eq!(tenant.send("POST", &restore, None, &[]).await.status, 400);
    let renamed = tenant.post(&restore, json!({"newUserPrincipalName": "old@contoso.com"})).await.ok();
    assert_eq!(renamed["userPrincipalName"], "old@contoso.com");
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, [id]);
}

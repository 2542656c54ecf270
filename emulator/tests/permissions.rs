//! Who may do what: applications by their permissions, users by their client's and by their roles.

use emulator::tenant;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Tenant, security_group},
    user_sign_in::form,
};

const DENIED: &str = "Insufficient privileges to complete the operation.";

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "Authorization_RequestDenied", DENIED);
}

/// Somebody else's view of the tenant: with that application's, or that user's, token.
async fn as_application(tenant: &Tenant, permissions: &[&str]) -> String {
    let body = json!({"secret": "s", "permissions": permissions});
    let made = tenant.post("/emulator/applications", body).await.ok();
    let id = made["application_id"].as_str().unwrap();
    let scope = format!("{}/.default", tenant.running.url());
    let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "s"), ("scope", &scope)];
    token(form(tenant, &format!("/{}/oauth2/v2.0/token", tenant::TENANT_ID), &fields).await)
}

async fn as_user(tenant: &Tenant, name: &str, password: &str, client: &str) -> String {
    let scope = format!("{}/.default", tenant.running.url());
    let fields = [("grant_type", "password"), ("client_id", client), ("username", name), ("password", password), ("scope", &scope)];
    token(form(tenant, "/organizations/oauth2/v2.0/token", &fields).await)
}

#[track_caller]
fn token(answer: Answer) -> String {
    answer.ok()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_needs_the_permission_of_each_operation() {
    let mut tenant = Tenant::start().await;
    let id = tenant.group("ours").await;
    let special = {
        let mut group = security_group("special");
        group["isAssignableToRole"] = json!(true);
        tenant.post("/v1.0/groups", group.clone()).await.created()
    };
    tenant.token = as_application(&tenant, &[]).await;
    denied(tenant.get("/v1.0/groups").await);
    denied(tenant.get(&format!("/v1.0/groups/{id}/members")).await);
    tenant.token = as_application(&tenant, &["Group.Read.All"]).await;
    tenant.get("/v1.0/groups").await.ok();
    tenant.get(&format!("/v1.0/groups/{id}/members")).await.ok();
    denied(tenant.get("/v1.0/users").await);
    denied(tenant.patch(&format!("/v1.0/groups/{id}"), json!({"displayName": "theirs"})).await);
    denied(tenant.post("/v1.0/groups", security_group("new")).await);
    // Inside of a batch, too.
    let batch = json!({"requests": [{"id": "1", "method": "GET", "url": "/users"}, {"id": "2", "method": "GET", "url": "/groups"}]});
    let answers = tenant.post("/v1.0/$batch", batch).await.ok();
    let status = |id: &str| answers["responses"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["status"].clone();
    assert_eq!((status("1"), status("2")), (json!(403), json!(200)));

    tenant.token = as_application(&tenant, &["Group.ReadWrite.All"]).await;
    tenant.patch(&format!("/v1.0/groups/{id}"), json!({"displayName": "theirs"})).await.empty();
    // Members of a role-assignable group have the role.
    denied(tenant.patch(&format!("/v1.0/groups/{special}"), json!({"displayName": "theirs"})).await);
    denied(tenant.link(&special, "members", tenant::ADMINISTRATOR_ID).await);
    tenant.token = as_application(&tenant, &["Group.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]).await;
    tenant.link(&special, "members", tenant::ADMINISTRATOR_ID).await.empty();
}

#[tokio::test]
async fn conditional_access_needs_several_together() {
    let mut tenant = Tenant::start().await;
    let location = json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x", "countriesAndRegions": ["US"]});
    for (permissions, allowed) in [
        (vec!["Policy.Read.All"], false),
        (vec!["Policy.ReadWrite.ConditionalAccess"], false),
        (vec!["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"], true),
    ] {
        tenant.token = as_application(&tenant, &permissions).await;
        let status = tenant.post("/v1.0/identity/conditionalAccess/namedLocations", location.clone()).await.status;
        assert_eq!(status == 201, allowed, "{permissions:?}: {status}");
    }
}

#[tokio::test]
async fn a_permission_can_be_taken_away() {
    let mut tenant = Tenant::start().await;
    let kept: Vec<&str> =
        tenant::APPLICATION_ROLES.iter().copied().filter(|role| !role.starts_with("Directory.") && !role.starts_with("User.")).collect();
    let body = json!({"application_id": tenant::CLIENT_ID, "permissions": kept});
    tenant.post("/emulator/applications", body).await.ok();
    // The token that is there holds what was granted when it was issued.
    tenant.get("/v1.0/users").await.ok();
    tenant.token = crate::client::sign_in(&tenant.running, &tenant.client).await;
    denied(tenant.get("/v1.0/users").await);
    tenant.get("/v1.0/groups").await.ok();
}

#[tokio::test]
async fn a_user_needs_a_role_or_something_of_their_own() {
    const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    const KUBERNETES_CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";
    let mut tenant = Tenant::start().await;
    let theirs = tenant.group("theirs").await;
    let mut anna = crate::client::user("anna");
    anna["passwordProfile"]["forceChangePasswordNextSignIn"] = json!(false);
    let id = tenant.post("/v1.0/users", anna).await.created();
    tenant.token = as_user(&tenant, "anna@contoso.com", "Correct-Horse-1", CLI).await;
    tenant.get("/v1.0/me").await.ok();
    tenant.get("/v1.0/groups").await.ok();
    denied(tenant.patch(&format!("/v1.0/groups/{theirs}"), json!({"displayName": "mine"})).await);
    denied(tenant.post("/v1.0/users", crate::client::user("bob")).await);
    let mine = tenant.group("mine").await;
    let owners = tenant.get(&format!("/v1.0/groups/{mine}/owners")).await.ok();
    assert_eq!(owners["value"][0]["id"], json!(id), "who creates a group owns it");
    tenant.patch(&format!("/v1.0/groups/{mine}"), json!({"displayName": "mine"})).await.empty();
    let roles = json!({"user_principal_name": "anna@contoso.com", "roles": ["Groups Administrator"]});
    tenant.post("/emulator/directory-roles", roles).await.empty();
    let unknown = json!({"user_principal_name": "anna@contoso.com", "roles": ["King"]});
    assert_eq!(tenant.post("/emulator/directory-roles", unknown).await.status, 400);
    tenant.patch(&format!("/v1.0/groups/{theirs}"), json!({"displayName": "mine"})).await.empty();
    // A client that may do little does little for an administrator, too.
    tenant.token = as_user(&tenant, tenant::ADMINISTRATOR, tenant::ADMINISTRATOR_PASSWORD, KUBERNETES_CLIENT).await;
    tenant.get("/v1.0/me").await.ok();
    denied(tenant.get("/v1.0/groups").await);
}

#[tokio::test]
async fn every_role_of_the_directory_has_its_own_effect() {
    const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    let mut tenant = Tenant::start().await;
    let (anna, ben) = (tenant.person("anna").await, tenant.person("ben").await);
    let (plain, mut special) = (tenant.group("plain").await, crate::client::security_group("special"));
    special["isAssignableToRole"] = json!(true);
    let assignable = tenant.post("/v1.0/groups", special.clone()).await.created();
    let application = tenant.token.clone();
    let change = json!({"description": "x"});
    let location = json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x", "countriesAndRegions": ["US"]});
    let requests: [(&str, &str, String, Value); 8] = [
        ("plain group", "PATCH", format!("/v1.0/groups/{plain}"), change.clone()),
        ("assignable group", "PATCH", format!("/v1.0/groups/{assignable}"), change),
        ("new assignable group", "POST", "/v1.0/groups".into(), special),
        ("user", "PATCH", format!("/v1.0/users/{}", ben.id), json!({"jobTitle": "x"})),
        (
            "password",
            "PATCH",
            format!("/v1.0/users/{}", ben.id),
            json!({"passwordProfile": {"password": "Correct-Horse-2", "forceChangePasswordNextSignIn": false}}),
        ),
        ("conditional access", "POST", "/v1.0/identity/conditionalAccess/namedLocations".into(), location),
        ("logs", "GET", "/v1.0/auditLogs/signIns".into(), Value::Null),
        ("own job title", "PATCH", format!("/v1.0/users/{}", anna.id), json!({"jobTitle": "boss"})),
    ];
    let roles: [(&str, &[&str]); 9] = [
        ("", &[]),
        (
            "Global Administrator",
            &["plain group", "assignable group", "new assignable group", "user", "password", "conditional access", "logs", "own job title"],
        ),
        ("Groups Administrator", &["plain group"]),
        ("User Administrator", &["plain group", "user", "password", "own job title"]),
        ("Privileged Role Administrator", &["assignable group", "new assignable group"]),
        ("Helpdesk Administrator", &["password"]),
        ("Conditional Access Administrator", &["conditional access"]),
        ("Reports Reader", &["logs"]),
        ("Billing Administrator", &[]),
    ];
    for (role, allowed) in roles {
        // By an assignment of the role in Microsoft Graph.
        tenant.token = application.clone();
        let mut assignment = None;
        if !role.is_empty() {
            let found = tenant.get(&format!("/v1.0/roleManagement/directory/roleDefinitions?$filter=displayName eq '{role}'")).await.ok();
            let body = json!({"principalId": anna.id, "roleDefinitionId": found["value"][0]["id"], "directoryScopeId": "/"});
            assignment = Some(tenant.post("/v1.0/roleManagement/directory/roleAssignments", body).await.created());
        }
        tenant.token = as_user(&tenant, "anna@contoso.com", "Correct-Horse-1", CLI).await;
        for (name, method, path, body) in &requests {
            let answer = tenant.send(method, path, (!body.is_null()).then(|| body.clone()), &[]).await;
            assert_eq!(answer.status != 403, allowed.contains(name), "{role:?} and {name}: {} {}", answer.status, answer.body);
        }
        tenant.token = application.clone();
        if let Some(id) = assignment {
            tenant.delete(&format!("/v1.0/roleManagement/directory/roleAssignments/{id}")).await.empty();
        }
    }
    // A role of a group is its members'.
    tenant.link(&assignable, "members", &anna.id).await.empty();
    let body = json!({"principalId": assignable, "roleDefinitionId": "fdd7a751-b60b-444a-984c-02652fe8fa1c", "directoryScopeId": "/"});
    tenant.post("/v1.0/roleManagement/directory/roleAssignments", body).await.created();
    tenant.token = as_user(&tenant, "anna@contoso.com", "Correct-Horse-1", CLI).await;
    tenant.patch(&format!("/v1.0/groups/{plain}"), json!({"description": "y"})).await.empty();
    // Of themselves they change their telephone.
    tenant.token = as_user(&tenant, "ben@contoso.com", "Correct-Horse-2", CLI).await;
    tenant.patch(&format!("/v1.0/users/{}", ben.id), json!({"mobilePhone": "1"})).await.empty();
}

#[tokio::test]
async fn what_calls_needed_is_told() {
    let tenant = Tenant::start().await;
    tenant.delete("/emulator/requests").await.empty();
    let id = tenant.group("ours").await;
    tenant.get(&format!("/v1.0/groups/{id}/members")).await.ok();
    let batch = json!({"requests": [{"id": "1", "method": "GET", "url": "/users"}]});
    tenant.post("/v1.0/$batch", batch).await.ok();
    let used = tenant.get("/emulator/permissions-used").await.ok();
    assert_eq!(used["application"], json!(["Group.Read.All", "Group.ReadWrite.All", "User.Read.All"]));
    let row: &Value = &used["operations"]["GET /v1.0/groups/{id}/members"];
    assert_eq!(row, &json!({"application": ["Group.Read.All"], "delegated": ["Group.Read.All"]}));
}

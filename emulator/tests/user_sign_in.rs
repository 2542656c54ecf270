//! Users sign in: with a password, a device code, a refresh token; and services know who is calling.

use emulator::tenant;
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options, read, user};

const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const KUBERNETES_CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";
const KUBERNETES: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
const GRAPH: &str = "https://graph.microsoft.com/.default offline_access openid";

/// Sends a form.
pub async fn form(tenant: &Tenant, path: &str, fields: &[(&str, &str)]) -> Answer {
    let quote = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    let request = tenant.client.post(format!("{}{path}", tenant.running.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
    read(request.send().await.unwrap()).await
}

pub async fn token(tenant: &Tenant, fields: &[(&str, &str)]) -> Answer {
    form(tenant, "/organizations/oauth2/v2.0/token", fields).await
}

pub async fn by_password(tenant: &Tenant, name: &str, password: &str, scope: &str) -> Answer {
    let fields = [("grant_type", "password"), ("client_id", AZURE_CLI), ("username", name), ("password", password), ("scope", scope)];
    token(tenant, &fields).await
}

async fn administrator(tenant: &Tenant, scope: &str) -> Value {
    by_password(tenant, tenant::ADMINISTRATOR, tenant::ADMINISTRATOR_PASSWORD, scope).await.ok()
}

async fn refresh(tenant: &Tenant, client: &str, token: &Value, scope: &str) -> Answer {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", client),
        ("refresh_token", token["refresh_token"].as_str().unwrap()),
        ("scope", scope),
    ];
    self::token(tenant, &fields).await
}

/// What is in a token.
pub fn claims(token: &Value) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[track_caller]
fn refused(answer: &Answer, error: &str, number: u32) {
    assert_eq!((answer.body["error"].as_str(), &answer.body["error_codes"]), (Some(error), &json!([number])), "{}", answer.body);
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_users_token_says_who_they_are_and_what_the_client_may() {
    let tenant = Tenant::start().await;
    let body = administrator(&tenant, GRAPH).await;
    let token = claims(&body["access_token"]);
    for (name, value) in [
        ("aud", "https://graph.microsoft.com"),
        ("idtyp", "user"),
        ("upn", tenant::ADMINISTRATOR),
        ("oid", tenant::ADMINISTRATOR_ID),
        ("appid", AZURE_CLI),
        ("appidacr", "0"),
        ("tid", tenant::TENANT_ID),
    ] {
        assert_eq!(token[name], value, "{name}");
    }
    let scopes: Vec<&str> = token["scp"].as_str().unwrap().split(' ').collect();
    assert!(scopes.contains(&"Directory.AccessAsUser.All") && !scopes.iter().any(|scope| scope.starts_with("Privileged")));
    assert_eq!(token.get("roles"), None);
    let id = claims(&body["id_token"]);
    assert_eq!((&id["aud"], &id["preferred_username"]), (&json!(AZURE_CLI), &json!(tenant::ADMINISTRATOR)));
    assert_eq!(body["foci"], "1");
}

#[tokio::test]
async fn a_user_is_me_and_an_application_is_not() {
    let mut tenant = Tenant::start().await;
    tenant.get("/v1.0/me").await.refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
    tenant.token = administrator(&tenant, GRAPH).await["access_token"].as_str().unwrap().to_owned();
    let me = tenant.get("/v1.0/me?$select=id,userPrincipalName").await.ok();
    assert_eq!((&me["id"], &me["userPrincipalName"]), (&json!(tenant::ADMINISTRATOR_ID), &json!(tenant::ADMINISTRATOR)));
    assert_eq!(tenant.get("/v1.0/me/memberOf").await.ok()["value"], json!([]));
    // Who creates a Microsoft 365 group owns it.
    let mut group = crate::client::security_group("ours");
    group["groupTypes"] = json!(["Unified"]);
    group["mailEnabled"] = json!(true);
    let id = tenant.post("/v1.0/groups", group).await.created();
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{id}/owners")).await, [tenant::ADMINISTRATOR_ID]);
}

#[tokio::test]
async fn each_resource_has_its_own_token() {
    let mut tenant = Tenant::start().await;
    let cluster = administrator(&tenant, &format!("{KUBERNETES}/.default")).await;
    assert_eq!(claims(&cluster["access_token"])["aud"], KUBERNETES);
    let arm = administrator(&tenant, "https://management.core.windows.net//.default").await;
    let arm = claims(&arm["access_token"]);
    assert_eq!((&arm["aud"], &arm["scp"]), (&json!("https://management.core.windows.net/"), &json!("user_impersonation")));
    tenant.token = cluster["access_token"].as_str().unwrap().to_owned();
    let text = "Access token validation failure. Invalid audience.";
    tenant.get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken", text);
    let unknown = by_password(&tenant, tenant::ADMINISTRATOR, tenant::ADMINISTRATOR_PASSWORD, "https://vault.azure.net/.default").await;
    refused(&unknown, "invalid_resource", 500_011);
}

#[tokio::test]
async fn a_client_gets_the_permissions_that_were_consented_to() {
    let tenant = Tenant::start().await;
    let ask = |client: &'static str| {
        let tenant = &tenant;
        async move {
            let fields = [
                ("grant_type", "password"),
                ("client_id", client),
                ("username", tenant::ADMINISTRATOR),
                ("password", tenant::ADMINISTRATOR_PASSWORD),
                ("scope", "https://graph.microsoft.com/PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup"),
            ];
            token(tenant, &fields).await
        }
    };
    refused(&ask(AZURE_CLI).await, "invalid_grant", 65_001);
    let granted = ask("14d82eec-204b-4c2f-b7e8-296a70dab67e").await.ok();
    let scopes = claims(&granted["access_token"])["scp"].as_str().unwrap().to_owned();
    assert!(scopes.split(' ').any(|scope| scope == "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup"));
}

#[tokio::test]
async fn what_is_wrong_with_a_user_has_a_number() {
    let tenant = Tenant::start().await;
    let mut anna = user("anna");
    anna["passwordProfile"]["forceChangePasswordNextSignIn"] = json!(false);
    let id = tenant.post("/v1.0/users", anna).await.created();
    tenant.user("must-change").await;
    let sign_in = |name: &'static str, password: &'static str| by_password(&tenant, name, password, GRAPH);
    sign_in("ANNA@contoso.com", "Correct-Horse-1").await.ok();
    refused(&sign_in("anna@contoso.com", "Wrong-Horse-1").await, "invalid_grant", 50_126);
    refused(&sign_in("nobody@contoso.com", "Correct-Horse-1").await, "invalid_grant", 50_034);
    refused(&sign_in("must-change@contoso.com", "Correct-Horse-1").await, "invalid_grant", 50_055);
    tenant.patch(&format!("/v1.0/users/{id}"), json!({"accountEnabled": false})).await.empty();
    refused(&sign_in("anna@contoso.com", "Correct-Horse-1").await, "invalid_grant", 50_057);
}

#[tokio::test]
async fn a_refresh_token_is_good_for_any_resource_until_it_is_revoked() {
    let tenant = Tenant::start().await;
    let first = administrator(&tenant, GRAPH).await;
    let second = refresh(&tenant, AZURE_CLI, &first, &format!("{KUBERNETES}/.default")).await.ok();
    assert_eq!(claims(&second["access_token"])["aud"], KUBERNETES);
    // Within the family of command lines, and not outside of it.
    refresh(&tenant, "1950a258-227b-4e31-a9cf-717495945fc2", &second, GRAPH).await.ok();
    refused(&refresh(&tenant, KUBERNETES_CLIENT, &second, GRAPH).await, "invalid_grant", 9_002_313);
    let forged = json!({"refresh_token": first["access_token"]});
    refused(&refresh(&tenant, AZURE_CLI, &forged, GRAPH).await, "invalid_grant", 9_002_313);

    tenant.post(&format!("/v1.0/users/{}/revokeSignInSessions", tenant::ADMINISTRATOR_ID), json!({})).await.ok();
    refused(&refresh(&tenant, AZURE_CLI, &second, GRAPH).await, "invalid_grant", 50_173);
    let third = administrator(&tenant, GRAPH).await;
    refresh(&tenant, AZURE_CLI, &third, GRAPH).await.ok();
    let password = json!({"passwordProfile": {"password": "Another-Horse-2", "forceChangePasswordNextSignIn": false}});
    tenant.patch(&format!("/v1.0/users/{}", tenant::ADMINISTRATOR_ID), password).await.empty();
    refused(&refresh(&tenant, AZURE_CLI, &third, GRAPH).await, "invalid_grant", 50_173);
}

async fn begin(tenant: &Tenant) -> Value {
    let scope = format!("{KUBERNETES}/.default offline_access");
    form(tenant, "/common/oauth2/v2.0/devicecode", &[("client_id", KUBERNETES_CLIENT), ("scope", &scope)]).await.ok()
}

async fn poll(tenant: &Tenant, begun: &Value) -> Answer {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let code = begun["device_code"].as_str().unwrap();
    token(tenant, &[("grant_type", grant), ("client_id", KUBERNETES_CLIENT), ("device_code", code)]).await
}

async fn decide(tenant: &Tenant, body: Value) -> Answer {
    tenant.post("/emulator/device-codes", body).await
}

#[tokio::test]
async fn a_device_waits_until_somebody_signs_in_elsewhere() {
    let tenant = Tenant::start().await;
    let begun = begin(&tenant).await;
    refused(&poll(&tenant, &begun).await, "authorization_pending", 70_016);
    let waiting = tenant.get("/emulator/device-codes").await.ok();
    assert_eq!(waiting, json!([{"user_code": begun["user_code"], "client_id": KUBERNETES_CLIENT, "audience": KUBERNETES}]));
    decide(&tenant, json!({"user_code": begun["user_code"], "user_principal_name": tenant::ADMINISTRATOR})).await.empty();
    let got = poll(&tenant, &begun).await.ok();
    let access = claims(&got["access_token"]);
    assert_eq!(
        (&access["aud"], &access["upn"], &access["appid"]),
        (&json!(KUBERNETES), &json!(tenant::ADMINISTRATOR), &json!(KUBERNETES_CLIENT))
    );
    assert!(got["refresh_token"].is_string());
    refused(&poll(&tenant, &begun).await, "bad_verification_code", 70_000);

    let begun = begin(&tenant).await;
    decide(&tenant, json!({"user_code": begun["user_code"]})).await.empty();
    refused(&poll(&tenant, &begun).await, "authorization_declined", 70_018);
    assert_eq!(decide(&tenant, json!({"user_code": "NONE", "user_principal_name": tenant::ADMINISTRATOR})).await.status, 400);
    assert_eq!(decide(&tenant, json!({"user_code": begun["user_code"], "user_principal_name": "nobody@contoso.com"})).await.status, 400);
}

#[tokio::test]
async fn the_page_takes_a_code_a_name_and_a_password() {
    let tenant = Tenant::start().await;
    let begun = begin(&tenant).await;
    let url = begun["verification_uri"].as_str().unwrap();
    let page = tenant.get(&format!("{url}?user_code=%22%3E%3Cscript%3E")).await;
    let html = page.body.as_str().unwrap();
    assert!(html.contains("<form") && !html.contains("<script>"), "{html}");
    let code = begun["user_code"].as_str().unwrap();
    let fill = |password: &'static str| {
        let fields = [("user_code", code), ("username", tenant::ADMINISTRATOR), ("password", password)];
        let tenant = &tenant;
        async move { form(tenant, "/devicelogin", &fields).await }
    };
    let wrong = fill("Wrong-Horse-1").await;
    assert!(wrong.status == 400 && wrong.body.as_str().unwrap().contains("AADSTS50126"), "{}", wrong.body);
    assert_eq!(fill(tenant::ADMINISTRATOR_PASSWORD).await.status, 200);
    poll(&tenant, &begun).await.ok();
}

#[tokio::test]
async fn version_1_speaks_in_strings_and_adfs_in_numbers() {
    let tenant = Tenant::start().await;
    for (path, seconds) in [("/common/oauth2/token", json!("3599")), ("/adfs/oauth2/token", json!(3599))] {
        let fields = [
            ("grant_type", "password"),
            ("client_id", AZURE_CLI),
            ("username", tenant::ADMINISTRATOR),
            ("password", tenant::ADMINISTRATOR_PASSWORD),
            ("resource", "https://management.core.windows.net/"),
        ];
        let body = form(&tenant, path, &fields).await.ok();
        assert_eq!((&body["expires_in"], body["refresh_token"].is_string()), (&seconds, true), "{path}");
    }
    let adfs = tenant.get("/adfs/.well-known/openid-configuration").await.ok();
    assert_eq!(adfs["token_endpoint"], format!("{}/adfs/oauth2/token/", tenant.running.url()));
    let keys = tenant.get(adfs["jwks_uri"].as_str().unwrap()).await.ok();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
}

#[tokio::test]
async fn discovery_names_this_cloud_and_its_users() {
    let tenant = Tenant::start().await;
    let host = tenant.running.host();
    let authority = format!("https://{host}/{}/oauth2/v2.0/authorize", tenant::TENANT_ID);
    let found = tenant.get(&format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={authority}")).await.ok();
    assert_eq!(found["metadata"][0]["aliases"], json!([host]));
    let document = tenant.get(found["tenant_discovery_endpoint"].as_str().unwrap()).await.ok();
    assert!(document["token_endpoint"].as_str().unwrap().contains(tenant::TENANT_ID));
    let realm = |name: &'static str| tenant.get(name);
    assert_eq!(realm("/common/userrealm/admin@contoso.com?api-version=1.0").await.ok()["account_type"], "Managed");
    assert_eq!(realm("/common/userrealm/a@elsewhere.example?api-version=1.0").await.ok()["account_type"], "Unknown");
}

#[tokio::test]
async fn a_token_lives_as_long_as_the_emulator_was_told() {
    let lifetime = std::time::Duration::from_secs(7);
    let tenant = Tenant::with(emulator::Options { token_lifetime: lifetime, ..options() }).await;
    let body = administrator(&tenant, GRAPH).await;
    let token = claims(&body["access_token"]);
    assert_eq!((token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), &body["expires_in"]), (7, &json!(7)));
}

//! Discovery, the token endpoint, and what Graph says to bad tokens.

use emulator::tenant;
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, read};

async fn token(tenant: &Tenant, path: &str, form: &[(&str, &str)]) -> Answer {
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = tenant.client.post(format!("{}/{path}/oauth2/v2.0/token", tenant.running.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
    read(request.send().await.unwrap()).await
}

fn form<'a>(secret: &'a str, scope: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "client_credentials"), ("client_id", tenant::CLIENT_ID), ("client_secret", secret), ("scope", scope)]
}

#[tokio::test]
async fn metadata_names_every_endpoint_and_points_to_itself() {
    let tenant = Tenant::start().await;
    let answer = tenant.client.get(format!("{}/metadata/endpoints?api-version=2022-09-01", tenant.running.url()));
    let body = read(answer.send().await.unwrap()).await.ok();
    let url = json!(tenant.running.url());
    assert_eq!(body["resourceManager"], url);
    assert_eq!(body["microsoftGraphResourceId"], url);
    assert_eq!(body["authentication"]["loginEndpoint"], url);
    assert_eq!(body["authentication"]["tenant"], "common");
    assert_eq!(body["authentication"]["identityProvider"], "AAD");
    assert_eq!(body["suffixes"].as_object().unwrap().len(), 14);
    for name in [
        "name",
        "portal",
        "graph",
        "graphAudience",
        "activeDirectoryDataLake",
        "batch",
        "media",
        "ossrDbmsResourceId",
        "logAnalyticsResourceId",
        "synapseAnalyticsResourceId",
        "attestationResourceId",
    ] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
}

#[tokio::test]
async fn discovery_knows_its_tenant_and_no_other() {
    let tenant = Tenant::start().await;
    let url = tenant.running.url();
    for name in [tenant::TENANT_ID, tenant::INITIAL_DOMAIN] {
        let found = tenant.get(&format!("/{name}/v2.0/.well-known/openid-configuration")).await.ok();
        assert_eq!(found["token_endpoint"], format!("{url}/{name}/oauth2/v2.0/token"));
        let keys = tenant.get(found["jwks_uri"].as_str().unwrap()).await.ok();
        assert_eq!(keys["keys"][0]["kty"], "RSA");
    }
    let unknown = tenant.get("/elsewhere.example/v2.0/.well-known/openid-configuration").await;
    assert_eq!((unknown.status, &unknown.body["error"]), (400, &json!("invalid_tenant")));
    assert_eq!(unknown.body["error_codes"], json!([90002]));
}

#[tokio::test]
async fn a_token_has_the_claims_of_an_application() {
    let tenant = Tenant::start().await;
    let body = token(&tenant, tenant::INITIAL_DOMAIN, &form(tenant::CLIENT_SECRET, "https://graph.microsoft.com/.default")).await.ok();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3599)));
    let payload = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&decode(payload)).unwrap();
    assert_eq!(claims["aud"], "https://graph.microsoft.com");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", tenant::TENANT_ID));
    assert_eq!(claims["tid"], tenant::TENANT_ID);
    assert_eq!((&claims["oid"], &claims["sub"]), (&json!(tenant::SERVICE_PRINCIPAL_ID), &json!(tenant::SERVICE_PRINCIPAL_ID)));
    assert_eq!((&claims["appid"], &claims["appidacr"], &claims["idtyp"]), (&json!(tenant::CLIENT_ID), &json!("1"), &json!("app")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3599);
}

fn decode(text: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test]
async fn the_secret_may_come_as_basic_authentication() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let tenant = Tenant::start().await;
    let request = tenant.client.post(format!("{}/{}/oauth2/v2.0/token", tenant.running.url(), tenant::TENANT_ID));
    let basic = STANDARD.encode(format!("{}:{}", tenant::CLIENT_ID, tenant::CLIENT_SECRET));
    let request = request
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("grant_type=client_credentials&scope={}//.default", tenant.running.url()));
    read(request.send().await.unwrap()).await.ok();
}

#[tokio::test]
async fn each_refusal_has_its_number() {
    let tenant = Tenant::start().await;
    let scope = "https://graph.microsoft.com/.default";
    let good = tenant::CLIENT_SECRET;
    let unknown = "99999999-9999-4999-8999-999999999999";
    let other_client = [("grant_type", "client_credentials"), ("client_id", unknown), ("client_secret", good), ("scope", scope)];
    let other_grant = [("grant_type", "magic"), ("client_id", tenant::CLIENT_ID), ("client_secret", good), ("scope", scope)];
    for (path, form, status, error, number) in [
        (tenant::TENANT_ID, form("wrong", scope), 401, "invalid_client", 7_000_215),
        (tenant::TENANT_ID, other_client, 400, "unauthorized_client", 700_016),
        (unknown, form(good, scope), 400, "invalid_tenant", 90_002),
        (tenant::TENANT_ID, form(good, "User.Read"), 400, "invalid_scope", 70_011),
        (tenant::TENANT_ID, other_grant, 400, "unsupported_grant_type", 70_003),
    ] {
        let answer = token(&tenant, path, &form).await;
        assert_eq!((answer.status, answer.body["error"].as_str().unwrap()), (status, error), "{number}");
        assert_eq!(answer.body["error_codes"], json!([number]));
        let text = answer.body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")) && text.contains(" Trace ID: "), "{text}");
        assert!(text.contains(" Correlation ID: ") && text.contains(" Timestamp: "), "{text}");
        for name in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(answer.body[name].is_string(), "{name}");
        }
    }
    // What is left out.
    for (left_out, status, error, number) in [
        ("grant_type", 400, "invalid_request", 900_144),
        ("client_secret", 401, "invalid_client", 7_000_218),
        ("scope", 400, "invalid_request", 900_144),
    ] {
        let fields: Vec<(&str, &str)> = form(good, scope).into_iter().filter(|(name, _)| *name != left_out).collect();
        let answer = token(&tenant, tenant::TENANT_ID, &fields).await;
        assert_eq!(
            (answer.status, answer.body["error"].as_str().unwrap(), &answer.body["error_codes"]),
            (status, error, &json!([number])),
            "{left_out}"
        );
    }
}

#[tokio::test]
async fn graph_says_what_is_wrong_with_a_token() {
    let mut tenant = Tenant::start().await;
    let anonymous = tenant.client.get(format!("{}/v1.0/groups", tenant.running.url())).send().await.unwrap();
    read(anonymous).await.refused(401, "InvalidAuthenticationToken", "Access token is empty.");
    let arm = token(&tenant, tenant::TENANT_ID, &form(tenant::CLIENT_SECRET, "https://management.azure.com/.default")).await;
    tenant.token = arm.ok()["access_token"].as_str().unwrap().to_owned();
    let text = "Access token validation failure. Invalid audience.";
    tenant.get("/v1.0/groups").await.refused(401, "InvalidAuthenticationToken", text);
    tenant.token = "nonsense".into();
    let text = "CompactToken parsing failed with error code: 80049217";
    tenant.get("/v1.0/groups").await.refused(401, "InvalidAuthenticationToken", text);
}

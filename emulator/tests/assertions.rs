//! Applications sign in without a secret: with a certificate, in exchange for somebody else's token, as a managed identity.

use emulator::tenant;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Tenant, read},
    user_sign_in::{claims, form},
};

const SCOPE: &str = "https://graph.microsoft.com/.default";

/// A certificate in PEM, its key in PEM, and its SHA-256 as assertions name it.
fn certificate() -> (String, String, String) {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let made = rcgen::CertificateParams::new(vec!["pipeline".to_owned()]).unwrap().self_signed(&key).unwrap();
    (made.pem(), key.serialize_pem(), URL_SAFE_NO_PAD.encode(digest(&SHA256, made.der())))
}

/// An application of the tenant, as the control API answers it.
async fn application(tenant: &Tenant, body: Value) -> Value {
    tenant.post("/emulator/applications", body).await.ok()
}

async fn exchange(tenant: &Tenant, app_id: &str, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", app_id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", SCOPE),
    ];
    form(tenant, &format!("/{}/oauth2/v2.0/token", tenant::TENANT_ID), &fields).await
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str, number: u32) {
    assert_eq!((answer.status, answer.body["error"].as_str(), &answer.body["error_codes"]), (status, Some(error), &json!([number])));
}

#[tokio::test]
async fn an_assertion_is_signed_by_a_registered_certificate_now_for_this_tenant() {
    let tenant = Tenant::start().await;
    let (pem, key, digest) = certificate();
    let made = application(&tenant, json!({"display_name": "pipeline", "certificate": pem, "permissions": ["Group.Read.All"]})).await;
    let app_id = made["application_id"].as_str().unwrap();
    let now = jiff::Timestamp::now().as_second();
    let audience = format!("{}/{}/oauth2/v2.0/token", tenant.running.url(), tenant::TENANT_ID);
    let good = json!({"aud": audience, "iss": app_id, "sub": app_id, "nbf": now, "exp": now + 600, "jti": "1"});
    let signed = |digest: &str, key: &str, claims: &Value| {
        let header = Header { x5t_s256: Some(digest.to_owned()), ..Header::new(Algorithm::PS256) };
        encode(&header, claims, &EncodingKey::from_rsa_pem(key.as_bytes()).unwrap()).unwrap()
    };
    let token = exchange(&tenant, app_id, &signed(&digest, &key, &good)).await.ok();
    let token = claims(&token["access_token"]);
    assert_eq!((&token["appidacr"], &token["roles"]), (&json!("2"), &json!(["Group.Read.All"])));
    assert_eq!(token["oid"], made["object_id"]);
    // As MSAL for Python writes it: padded, and with fractions of seconds.
    let fractions =
        json!({"aud": audience, "iss": app_id, "sub": app_id, "exp": now as f64 + 600.25, "iat": now as f64 + 0.25, "jti": "2"});
    exchange(&tenant, app_id, &signed(&format!("{digest}="), &key, &fractions)).await.ok();

    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let (_, other_key, other_digest) = certificate();
    for (assertion, error, number) in [
        (signed(&other_digest, &key, &good), "invalid_client", 700_027),
        (signed(&digest, &other_key, &good), "invalid_client", 700_027),
        (signed(&digest, &key, &with("exp", json!(now - 301))), "invalid_client", 700_024),
        (signed(&digest, &key, &with("nbf", json!(now + 900))), "invalid_client", 700_024),
        (signed(&digest, &key, &with("sub", json!("somebody"))), "invalid_client", 700_021),
        (signed(&digest, &key, &with("aud", json!("https://elsewhere.example/t"))), "invalid_client", 700_023),
    ] {
        refused(&exchange(&tenant, app_id, &assertion).await, 401, error, number);
    }
    refused(&exchange(&tenant, app_id, "nonsense").await, 400, "invalid_request", 50_027);
}

#[tokio::test]
async fn somebody_elses_token_is_exchanged_if_all_three_match() {
    let tenant = Tenant::start().await;
    let trusted = json!({"issuer": "https://issuer.example", "subject": "system:serviceaccount:a:b"});
    let made = application(&tenant, json!({"federated": trusted})).await;
    let app_id = made["application_id"].as_str().unwrap();
    let issued = |body: Value| {
        let tenant = &tenant;
        async move { tenant.post("/emulator/federated-tokens", body).await.ok()["token"].as_str().unwrap().to_owned() }
    };
    let token = exchange(&tenant, app_id, &issued(trusted.clone()).await).await.ok();
    assert_eq!(claims(&token["access_token"])["appid"], app_id);
    for (name, value, number) in [
        ("issuer", json!("https://other.example"), 700_211),
        ("subject", json!("system:serviceaccount:a:c"), 700_213),
        ("audience", json!("api://other"), 700_212),
        ("lifetime", json!(-301), 700_024),
    ] {
        let mut other = trusted.clone();
        other[name] = value;
        refused(&exchange(&tenant, app_id, &issued(other).await).await, 401, "invalid_client", number);
    }
    // An access token of ours is signed with the same key, and names a certificate that nobody registered.
    refused(&exchange(&tenant, app_id, &tenant.token.clone()).await, 401, "invalid_client", 700_027);
}

#[tokio::test]
async fn jobs_of_github_and_azure_pipelines_get_tokens_to_exchange() {
    let tenant = Tenant::start().await;
    let url = tenant.running.url();
    let github = format!("{url}/fixtures/github/token?api-version=2.0&audience=api://AzureADTokenExchange");
    let answer = tenant.client.get(&github).bearer_auth(tenant::GITHUB_REQUEST_TOKEN).send().await.unwrap();
    let value = read(answer).await.ok()["value"].as_str().unwrap().to_owned();
    exchange(&tenant, tenant::CLIENT_ID, &value).await.ok();
    let wrong = tenant.client.get(&github).bearer_auth("wrong").send().await.unwrap();
    assert_eq!(wrong.status().as_u16(), 401);

    let pipelines = format!("{url}/fixtures/azure-pipelines/token?api-version=7.1&serviceConnectionId={}", tenant::SERVICE_CONNECTION_ID);
    let answer = tenant.client.post(&pipelines).bearer_auth(tenant::PIPELINES_ACCESS_TOKEN).send().await.unwrap();
    let token = read(answer).await.ok()["oidcToken"].as_str().unwrap().to_owned();
    exchange(&tenant, tenant::CLIENT_ID, &token).await.ok();
    let other = tenant.client.post(pipelines.replace("7777", "8888")).bearer_auth(tenant::PIPELINES_ACCESS_TOKEN).send().await.unwrap();
    assert_eq!(other.status().as_u16(), 404);
}

#[tokio::test]
async fn a_machine_has_an_identity_and_all_of_its_answer_is_text() {
    let tenant = Tenant::start().await;
    let path = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com";
    let bare = tenant.get(path).await;
    assert_eq!((bare.status, &bare.body["error"]), (400, &json!("bad_request_102")));
    let ask = |more: &'static str| {
        let tenant = &tenant;
        async move { tenant.send("GET", &format!("{path}{more}"), None, &[("Metadata", "true")]).await }
    };
    let body = ask("").await.ok();
    for name in ["access_token", "refresh_token", "expires_in", "expires_on", "not_before", "resource", "token_type"] {
        assert!(body[name].is_string(), "{name}");
    }
    assert_eq!(claims(&body["access_token"])["oid"], tenant::MANAGED_IDENTITY_ID);
    ask("&client_id=22222222-2222-4222-8222-000000000004").await.ok();
    ask("&object_id=33333333-3333-4333-8333-000000000004").await.ok();
    // The administrator application is no managed identity.
    let other = ask("&client_id=22222222-2222-4222-8222-222222222222").await;
    assert_eq!(
        (other.status, &other.body["error"], &other.body["error_description"]),
        (400, &json!("invalid_request"), &json!("Identity not found"))
    );

    let app = "/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com";
    assert_eq!(tenant.get(app).await.status, 401);
    let body = tenant.send("GET", app, None, &[("X-IDENTITY-HEADER", tenant::IDENTITY_HEADER)]).await.ok();
    assert!(body["expires_on"].is_string() && body["access_token"].is_string());
}

#[tokio::test]
async fn the_agent_of_azure_arc_wants_to_be_shown_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = Tenant::with(emulator::Options { arc_keys: Some(folder.path().to_owned()), ..crate::client::options() }).await;
    let path = "/arc/metadata/identity/oauth2/token?api-version=2019-11-01&resource=https://management.azure.com";
    let ask = async |key: Option<&str>| {
        let request = tenant.client.get(format!("{}{path}", tenant.running.url())).header("metadata", "true");
        let request = if let Some(key) = key { request.header("authorization", format!("Basic {key}")) } else { request };
        read(request.send().await.unwrap()).await
    };
    let challenge = ask(None).await;
    assert_eq!(challenge.status, 401);
    let named = challenge.headers["www-authenticate"].to_str().unwrap().strip_prefix("Basic realm=").unwrap().to_owned();
    let key = std::fs::read_to_string(&named).unwrap();
    assert_eq!(ask(Some("wrong")).await.status, 401);
    let body = ask(Some(&key)).await.ok();
    assert_eq!(claims(&body["access_token"])["oid"], tenant::MANAGED_IDENTITY_ID);
    assert!(body["expires_on"].is_string());
    // Once, and then the file is gone; the others go with the emulator.
    assert_eq!(ask(Some(&key)).await.status, 401);
    assert!(!std::path::Path::new(&named).exists());
}

#[tokio::test]
async fn a_token_of_another_tenant_goes_along_and_does_not_stand_alone() {
    let tenant = Tenant::start().await;
    let other = "66666666-6666-4666-8666-000000000001";
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", tenant::CLIENT_ID),
        ("client_secret", tenant::CLIENT_SECRET),
        ("scope", "https://management.azure.com/.default"),
    ];
    let path = format!("/{other}/oauth2/v2.0/token");
    refused(&form(&tenant, &path, &fields).await, 400, "invalid_tenant", 90_002);
    assert_eq!(tenant.post("/emulator/tenants", json!({"tenant_id": tenant::TENANT_ID})).await.status, 400);
    assert_eq!(tenant.post("/emulator/tenants", json!({"tenant_id": other})).await.status, 204);
    let given = form(&tenant, &path, &fields).await.ok();
    let theirs = given["access_token"].as_str().unwrap();
    assert_eq!((&claims(&given["access_token"])["tid"], &claims(&given["access_token"])["roles"]), (&json!(other), &json!(null)));
    let list = "/subscriptions?api-version=2022-12-01";
    let alone = tenant.send_as(theirs, "GET", list, None, &[]).await;
    assert_eq!((alone.status, &alone.body["error"]["code"]), (401, &json!("InvalidAuthenticationTokenTenant")));
    assert_eq!(tenant.send_as(theirs, "GET", "/v1.0/groups", None, &[]).await.status, 401);
    let along = async |value: &str| tenant.send("GET", list, None, &[("x-ms-authorization-auxiliary", value)]).await.status;
    assert_eq!(along(&format!("Bearer {theirs}, Bearer {theirs}")).await, 200);
    for bad in [theirs.to_owned(), "Bearer nonsense".to_owned(), vec![format!("Bearer {theirs}"); 4].join(", ")] {
        assert_eq!(along(&bad).await, 401, "{bad}");
    }
}

#[tokio::test]
async fn a_secret_expires_and_a_locked_account_opens_again() {
    let tenant = Tenant::start().await;
    let made = application(&tenant, json!({"secret": "short", "secret_expires": "2020-01-01T00:00:00Z"})).await;
    let app_id = made["application_id"].as_str().unwrap();
    let fields = [("grant_type", "client_credentials"), ("client_id", app_id), ("client_secret", "short"), ("scope", SCOPE)];
    let expired = form(&tenant, &format!("/{}/oauth2/v2.0/token", tenant::TENANT_ID), &fields).await;
    refused(&expired, 401, "invalid_client", 7_000_222);
    let nowhere = form(&tenant, "/not a tenant/oauth2/v2.0/token", &fields).await;
    refused(&nowhere, 400, "invalid_request", 900_023);

    let password = |password: &'static str| {
        let tenant = &tenant;
        async move {
            let fields = [
                ("grant_type", "password"),
                ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
                ("username", tenant::ADMINISTRATOR),
                ("password", password),
                ("scope", SCOPE),
            ];
            form(tenant, "/organizations/oauth2/v2.0/token", &fields).await
        }
    };
    for _ in 0..10 {
        refused(&password("wrong").await, 400, "invalid_grant", 50_126);
    }
    refused(&password(tenant::ADMINISTRATOR_PASSWORD).await, 400, "invalid_grant", 50_053);
    tenant.post("/emulator/clock", json!({"advance": "PT61S"})).await.ok();
    password(tenant::ADMINISTRATOR_PASSWORD).await.ok();
}

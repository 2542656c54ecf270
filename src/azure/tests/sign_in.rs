//! Tokens and endpoints: fetched once for all callers, renewed in time, errors with the message of the service.

use futures_util::future::join_all;
use serde_json::json;

use super::super::http::script::{error, says, status, text as page_text, trouble};
use super::*;

fn get() -> Request {
    Request::get("/groups/{id}").with("id", "g")
}

async fn ten(client: &Client) -> Vec<Result<Answer, Error>> {
    let (request, operation_context) = (get(), hour());
    join_all((0..10).map(|_| client.send(&request, &operation_context))).await
}

fn refused() -> Line {
    error(401, "InvalidAuthenticationToken", "Access token validation failure.")
}

fn wrong_secret() -> Line {
    says(
        401,
        json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is \
                the client secret value, not the client secret ID, for a secret added to app 'x'. Trace ID: aaaa Correlation \
                ID: bbbb Timestamp: 2026-11-21 10:00:00Z",
            "error_codes": [7000215],
            "timestamp": "2026-11-21 10:00:00Z",
            "trace_id": "aaaa",
            "correlation_id": "bbbb",
        }),
    )
}

#[tokio::test(start_paused = true)]
async fn ten_callers_get_one_token_and_each_service_its_own() {
    let (client, script) = lines(vec![says(200, group())]);
    assert!(ten(&client).await.iter().all(Result::is_ok));
    assert!(ten(&client).await.iter().all(Result::is_ok));
    client.send(&Request::get("/subscriptions").arm("1"), &hour()).await.unwrap();
    let asked = script.seen(LOGIN);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].method, "POST");
    assert_eq!(asked[0].path, "/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token");
    assert!(asked[0].body.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"), "{}", asked[0].body);
    assert!(asked[0].body.contains("grant_type=client_credentials"));
    assert!(asked[1].body.contains("scope=https%3A%2F%2Fmanagement.azure.com%2F.default"), "{}", asked[1].body);
    assert_eq!(script.seen(GRAPH)[0].header("authorization"), "Bearer token-0");
    assert_eq!(script.seen(ARM)[0].header("authorization"), "Bearer token-1");
}

#[tokio::test(start_paused = true)]
async fn a_401_renews_once() {
    let (client, script) = client(|_, seen| match seen.header("authorization") {
        "Bearer token-0" => refused(),
        _ => says(200, group()),
    });
    let request = Request::post("/groups").json(&json!({}));
    let answer = client.send(&request, &hour()).await.unwrap();
    assert!(!answer.repeated(), "a refused token means that nothing was done");
    assert_eq!((script.seen(LOGIN).len(), script.seen(GRAPH).len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn ten_refused_callers_renew_once_together() {
    let (client, script) = client(|_, seen| match seen.header("authorization") {
        "Bearer token-0" => refused().after(1),
        _ => says(200, group()),
    });
    assert!(ten(&client).await.iter().all(Result::is_ok));
    assert_eq!((script.seen(LOGIN).len(), script.seen(GRAPH).len()), (2, 20));
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_never_accepted_are_not_asked_for_again_and_again() {
    let (client, script) = lines(vec![refused()]);
    for _ in 0..5 {
        let error = client.send(&get(), &hour()).await.unwrap_err();
        assert_eq!(error.code(), "InvalidAuthenticationToken");
    }
    assert_eq!((script.seen(LOGIN).len(), script.seen(GRAPH).len()), (2, 6));
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_late_in_a_run_is_renewed_each_time() {
    // Every token works three times: as if permissions were revoked again and again.
    let (client, script) = client(|nth, _| if nth % 4 == 3 { refused() } else { says(200, group()) });
    for _ in 0..9 {
        client.send(&get(), &hour()).await.unwrap();
    }
    assert_eq!((script.seen(LOGIN).len(), script.seen(GRAPH).len()), (3, 11));
}

#[tokio::test(start_paused = true)]
async fn short_lived_tokens_are_used_for_most_of_their_life() {
    let (client, script) = client_with(settings(), |nth, seen| if seen.host == LOGIN { token(nth, 40) } else { says(200, group()) });
    // At 0, 10, 20, 30, ... seconds; a token of 40 seconds is renewed after 30.
    for _ in 0..7 {
        client.send(&get(), &hour()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let tokens: Vec<_> = script.seen(GRAPH).iter().map(|seen| seen.header("authorization").to_owned()).collect();
    assert_eq!(script.seen(LOGIN).len(), 3, "{tokens:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_one_request_for_ten_callers_with_the_services_message() {
    let (client, script) = client_with(settings(), |_, _| wrong_secret().after(1));
    let outcomes = ten(&client).await;
    assert_eq!(script.seen(LOGIN).len(), 1);
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        let Error::SignIn(sign_in) = &error else { panic!("{error}") };
        assert_eq!(sign_in.code, "AADSTS7000215");
        assert!(sign_in.message.starts_with("Invalid client secret provided."), "{error}");
        assert!(sign_in.message.ends_with("to app 'x'."), "{error}");
        assert_eq!((sign_in.trace_id.as_str(), sign_in.correlation_id.as_str()), ("aaaa", "bbbb"));
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
    // Not remembered: the secret may have been replicated meanwhile.
    client.send(&get(), &hour()).await.unwrap_err();
    assert_eq!(script.seen(LOGIN).len(), 2);
    assert_eq!(script.seen(GRAPH).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_token_endpoint_is_retried_like_any_other() {
    let (client, script) = client_with(settings(), |nth, seen| match (seen.host.as_str(), nth) {
        (LOGIN, 0) => status(503),
        (LOGIN, 1) => trouble(Trouble::Broken, true),
        (LOGIN, 2) => status(429).header("retry-after", "5"),
        (LOGIN, _) => token(nth, 3599),
        _ => says(200, group()),
    });
    client.send(&get(), &hour()).await.unwrap();
    assert_eq!(script.seen(LOGIN).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_hangs_ends_at_the_deadline() {
    let (client, _) = client_with(settings(), |nth, _| token(nth, 3599).after(1000));
    let error = client.send(&get(), &operation_context(30)).await.unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, Error::Deadline(Some(_))) && text.contains("signing in with a client secret failed: there was no answer"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn other_failures_keep_their_kind() {
    let unreachable = client_with(settings(), |_, _| trouble(Trouble::Name, false)).0;
    let error = unreachable.send(&get(), &hour()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("signing in with a client secret failed: the token endpoint gave no answer"), "{text}");
    assert!(text.contains(LOGIN) && error.sign_in().unwrap().ways.len() == 1, "{text}");

    let page = client_with(settings(), |_, _| page_text(200, "<html><title>Hello</title></html>")).0;
    let error = page.send(&get(), &hour()).await.unwrap_err();
    assert!(matches!(error, Error::SignIn(_)), "{error}");

    let tenant = settings_in("not a tenant!");
    let (client, script) = client_with(tenant, |nth, _| token(nth, 3599));
    let error = client.send(&get(), &hour()).await.unwrap_err();
    assert!(error.to_string().contains("tenant"), "{error}");
    assert_eq!(script.seen(LOGIN).len(), 0);
}

fn metadata() -> Line {
    says(
        200,
        json!({
            "name": "Mine",
            "resourceManager": "https://arm.mine/",
            "microsoftGraphResourceId": "https://graph.mine/",
            "authentication": {"loginEndpoint": "https://login.mine/"},
        }),
    )
}

#[tokio::test(start_paused = true)]
async fn a_metadata_host_is_asked_once_and_again_after_a_failure() {
    let settings = Settings { metadata_host: Some("mine:8443".to_owned()), ..settings() };
    let (client, script) = client_with(settings, |nth, seen| match seen.host.as_str() {
        "mine" if nth == 0 => says(200, json!({"name": ""})),
        "mine" => metadata(),
        "login.mine" => token(nth, 3599),
        "graph.mine" => says(200, group()),
        other => panic!("{other} was asked"),
    });
    let error = client.send(&get(), &hour()).await.unwrap_err();
    assert!(error.to_string().contains("name is empty"), "{error}");
    assert!(ten(&client).await.iter().all(Result::is_ok));
    let asked = script.seen("mine");
    assert_eq!(asked.len(), 2);
    assert_eq!((asked[0].path.as_str(), asked[0].query["api-version"].as_str()), ("/metadata/endpoints", "2022-09-01"));
    assert_eq!(asked[0].header("authorization"), "");
    assert_eq!((script.seen("login.mine").len(), script.seen("graph.mine").len()), (1, 10));
}

fn with_others() -> Settings {
    Settings { auxiliary_tenant_ids: vec!["one.example".to_owned(), "two.example".to_owned()], ..settings() }
}

#[tokio::test(start_paused = true)]
async fn tokens_of_other_tenants_go_to_azure_resource_manager_alone() {
    // The first three tokens are refused there, one of them being too old: all are got anew.
    let (client, script) = client_with(with_others(), |nth, seen| match seen.host.as_str() {
        LOGIN => token(nth, 3599),
        ARM if seen.header("authorization") == "Bearer token-1" => error(401, "ExpiredAuthenticationToken", "The access token expiry ..."),
        _ => says(200, group()),
    });
    client.send(&get(), &hour()).await.unwrap();
    let request = Request::get("/subscriptions").arm("1");
    client.send(&request, &hour()).await.unwrap();
    client.send(&request, &hour()).await.unwrap();
    let tenants: Vec<String> = script.seen(LOGIN).iter().map(|seen| seen.path.split('/').nth(1).unwrap().to_owned()).collect();
    let own = "11111111-1111-1111-1111-111111111111";
    assert_eq!(tenants, [own, own, "one.example", "two.example", own, "one.example", "two.example"]);
    assert_eq!(script.seen(GRAPH)[0].header("x-ms-authorization-auxiliary"), "");
    let sent: Vec<_> = script.seen(ARM).iter().map(|seen| seen.header("x-ms-authorization-auxiliary").to_owned()).collect();
    assert_eq!(sent, ["Bearer token-2, Bearer token-3", "Bearer token-5, Bearer token-6", "Bearer token-5, Bearer token-6"]);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_gives_no_token_is_named() {
    let (client, _) = client_with(with_others(), |nth, seen| if seen.path.contains("two") { wrong_secret() } else { token(nth, 3599) });
    let error = client.send(&Request::get("/subscriptions").arm("1"), &hour()).await.unwrap_err().to_string();
    assert!(error.starts_with("signing in to the auxiliary tenant two.example with a client secret failed: AADSTS7000215: "), "{error}");
}

#[test]
fn an_account_without_another_tenant_is_reported() {
    let way = CredentialSource::ManagedIdentity { client_id: None, endpoint: None };
    let considered = Arc::new([Candidate { way: "a managed identity", why_not: None }]);
    let error = Client::new(Settings { way, considered, ..with_others() }).unwrap_err().to_string();
    assert_eq!(error, "auxiliary_tenant_ids is set, and a managed identity gives tokens of one tenant only");
}

/// Where a managed identity's tokens are in these tests.
const MACHINE: &str = "169.254.169.254";

#[tokio::test(start_paused = true)]
async fn a_metadata_service_that_is_being_updated_is_waited_for() {
    for code in [404, 410, 501] {
        let way = CredentialSource::ManagedIdentity { client_id: None, endpoint: None };
        let (client, script) = client_with(Settings { way, ..settings() }, move |_, _| status(code));
        let began = tokio::time::Instant::now();
        let error = client.send(&get(), &hour()).await.unwrap_err().to_string();
        let waited = began.elapsed().as_secs();
        assert!((70..125).contains(&waited), "{code}: {waited}, {} requests", script.seen(MACHINE).len());
        assert!(error.contains(&format!("the managed identity endpoint answered {code}")), "{error}");
    }
}

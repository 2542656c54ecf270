//! Sign-ins: what policies make of them, and what the log says.

use emulator::tenant;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Tenant},
    conditional_access::{AKS, POLICIES, policy, with},
    user_sign_in::{form, token},
};

const LOG: &str = "/v1.0/auditLogs/signIns";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// A user of that name who is in the group that administers the cluster, and the group.
async fn administrator(tenant: &Tenant, alias: &str) -> (String, String) {
    let (user, group) = (tenant.user(alias).await, tenant.group("admins").await);
    tenant.link(&group, "members", &user).await.empty();
    tenant
        .patch(
            &format!("/v1.0/users/{user}"),
            json!({"passwordProfile": {"password": "Correct-Horse-1", "forceChangePasswordNextSignIn": false}}),
        )
        .await
        .empty();
    (user, group)
}

async fn sign_in(tenant: &Tenant, alias: &str, circumstances: Value) -> Value {
    let body = json!({"user_principal_name": format!("{alias}@{}", tenant::DOMAIN), "circumstances": circumstances});
    tenant.post("/emulator/sign-ins", body).await.ok()
}

/// A token for the cluster, by password.
async fn cluster_token(tenant: &Tenant, alias: &str) -> Answer {
    let name = format!("{alias}@{}", tenant::DOMAIN);
    let scope = format!("{AKS}/.default offline_access");
    let fields =
        [("grant_type", "password"), ("client_id", AZURE_CLI), ("username", &*name), ("password", "Correct-Horse-1"), ("scope", &*scope)];
    token(tenant, &fields).await
}

#[track_caller]
fn number(answer: &Answer) -> u64 {
    if answer.status == 200 { 0 } else { answer.body["error_codes"][0].as_u64().unwrap() }
}

#[tokio::test]
async fn the_article_a_compliant_device_passes_and_another_does_not() {
    let tenant = Tenant::start().await;
    let (user, group) = administrator(&tenant, "ada").await;
    let id = tenant.post(POLICIES, policy(&group)).await.created();
    let blocked = sign_in(&tenant, "ada", json!({"platform": "windows", "ip_address": "203.0.113.7"})).await;
    let passed = sign_in(&tenant, "ada", json!({"device": {"isCompliant": true}})).await;
    tenant.user("bob").await;
    let other = sign_in(&tenant, "bob", json!({})).await;
    for (entry, code, status, result) in
        [(&blocked, 53000, "failure", "failure"), (&passed, 0, "success", "success"), (&other, 0, "notApplied", "notApplied")]
    {
        assert_eq!((&entry["status"]["errorCode"], &entry["conditionalAccessStatus"]), (&json!(code), &json!(status)));
        let applied = &entry["appliedConditionalAccessPolicies"][0];
        assert_eq!((&applied["id"], &applied["displayName"], &applied["result"]), (&json!(id), &json!("aks-policy"), &json!(result)));
    }
    assert_eq!(blocked["appliedConditionalAccessPolicies"][0]["enforcedGrantControls"], json!(["RequireCompliantDevice"]));
    let read = tenant.get(&format!("{LOG}/{}", blocked["id"].as_str().unwrap())).await.ok();
    for (name, value) in [
        ("userId", json!(user)),
        ("ipAddress", json!("203.0.113.7")),
        ("resourceId", json!(AKS)),
        ("resourceDisplayName", json!("Azure Kubernetes Service AAD Server")),
        ("isInteractive", json!(true)),
    ] {
        assert_eq!(read[name], value, "{name}");
    }
    let listed = tenant.get(&format!("{LOG}?$filter=resourceId eq '{AKS}' and userId eq '{user}'")).await.ok();
    let ids: Vec<&Value> = listed["value"].as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
    assert_eq!(ids, [&passed["id"], &blocked["id"]], "the most recent first");
    assert_eq!(tenant.ids(&format!("{LOG}?$top=1")).await.len(), 3);
    assert_eq!(tenant.get(&format!("{LOG}?$filter=status/errorCode eq 53000")).await.ok()["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn tokens_for_the_cluster_are_behind_the_same_policies() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    assert_eq!(number(&cluster_token(&tenant, "ada").await), 0);
    let id = tenant.post(POLICIES, policy(&group)).await.created();
    let refused = cluster_token(&tenant, "ada").await;
    assert_eq!((number(&refused), refused.status, &refused.body["error"]), (53000, 400, &json!("invalid_grant")));
    assert!(refused.body["error_description"].as_str().unwrap().starts_with("AADSTS53000: "));
    // Location and device can be set for one user or for everybody.
    let circumstances = |name: Value, value: Value| json!({"user_principal_name": name, "circumstances": value});
    tenant.post("/emulator/circumstances", circumstances(json!("ada@contoso.com"), json!({"device": {"isCompliant": true}}))).await.empty();
    let issued = cluster_token(&tenant, "ada").await.ok();
    tenant.post("/emulator/circumstances", circumstances(json!("ada@contoso.com"), Value::Null)).await.empty();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", AZURE_CLI),
        ("refresh_token", issued["refresh_token"].as_str().unwrap()),
        ("scope", "6dae42f8-4368-4678-94ff-3960e28e3630/.default"),
    ];
    assert_eq!(number(&token(&tenant, &fields).await), 53000, "a token in exchange for another is not different");
    tenant.post("/emulator/circumstances", circumstances(Value::Null, json!({"device": {"isCompliant": true}}))).await.empty();
    token(&tenant, &fields).await.ok();
    // Other resources are not in the policy, and a block comes before everything else.
    tenant.post("/emulator/circumstances", circumstances(Value::Null, Value::Null)).await.empty();
    tenant.patch(&format!("{POLICIES}/{id}"), json!({"grantControls": {"operator": "OR", "builtInControls": ["block"]}})).await.empty();
    assert_eq!(number(&cluster_token(&tenant, "ada").await), 53003);
    for (wrong, status) in
        [(circumstances(json!("nobody@contoso.com"), json!({})), 400), (circumstances(Value::Null, json!({"platform": "toaster"})), 400)]
    {
        assert_eq!(tenant.post("/emulator/circumstances", wrong).await.status, status);
    }
    let log = tenant.get(&format!("{LOG}?$filter=status/errorCode ne 0")).await.ok();
    let numbers: Vec<&Value> = log["value"].as_array().unwrap().iter().map(|entry| &entry["status"]["errorCode"]).collect();
    assert_eq!(numbers, [53003, 53000], "people are in the log, refresh tokens are not");
}

#[tokio::test]
async fn a_header_tells_the_device_of_one_request() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    tenant.post(POLICIES, policy(&group)).await.created();
    for (header, expected) in [(r#"{"device":{"isCompliant":true}}"#, 200), (r#"{"mfa":true}"#, 400), (r#"{"weather":"rain"}"#, 400)] {
        let body =
            format!("grant_type=password&client_id={AZURE_CLI}&username=ada@contoso.com&password=Correct-Horse-1&scope={AKS}/.default");
        let request = tenant.client.post(format!("{}/organizations/oauth2/v2.0/token", tenant.running.url()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").header("x-emulator-sign-in", header).body(body);
        assert_eq!(request.send().await.unwrap().status(), expected, "{header}");
    }
}

#[tokio::test]
async fn somebody_at_a_browser_can_give_a_second_factor() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    let mfa = with(policy(&group), "/grantControls", json!({"operator": "OR", "builtInControls": ["mfa"]}));
    tenant.post(POLICIES, mfa).await.created();
    assert_eq!(number(&cluster_token(&tenant, "ada").await), 50076, "a password is one factor");
    let scope = format!("{AKS}/.default offline_access");
    let device = async || {
        let code = form(&tenant, "/organizations/oauth2/v2.0/devicecode", &[("client_id", AZURE_CLI), ("scope", &*scope)]).await.ok();
        let decision = json!({"user_code": code["user_code"], "user_principal_name": "ada@contoso.com"});
        tenant.post("/emulator/device-codes", decision).await.empty();
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", AZURE_CLI),
            ("device_code", code["device_code"].as_str().unwrap()),
        ];
        token(&tenant, &fields).await
    };
    let issued = device().await.ok();
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", AZURE_CLI),
        ("refresh_token", issued["refresh_token"].as_str().unwrap()),
        ("scope", &*scope),
    ];
    token(&tenant, &refresh).await.ok();
    // The way itself can be closed.
    let closed = with(
        with(policy(&group), "/conditions/authenticationFlows", json!({"transferMethods": "deviceCodeFlow"})),
        "/grantControls/builtInControls",
        json!(["block"]),
    );
    tenant.post(POLICIES, closed).await.created();
    assert_eq!(number(&device().await), 53003);
}

#[tokio::test]
async fn controls_are_all_wanted_or_one_of_them() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    let fido2 = tenant
        .post("/v1.0/policies/authenticationStrengthPolicies", json!({"displayName": "Keys", "allowedCombinations": ["fido2"]}))
        .await
        .created();
    let compliant = json!({"device": {"isCompliant": true}});
    let both = json!({"device": {"isCompliant": true}, "mfa": true});
    let risky = |grant: Value| with(with(policy(&group), "/conditions/userRiskLevels", json!(["high", "none"])), "/grantControls", grant);
    let plain = |grant: Value| with(policy(&group), "/grantControls", grant);
    let controls = |operator: &str, names: &[&str]| json!({"operator": operator, "builtInControls": names});
    let strength = json!({"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": fido2}});
    let terms = json!({"operator": "OR", "builtInControls": [], "termsOfUse": ["7f2a9c1e-0000-4000-8000-000000000001"]});
    for (policy, circumstances, expected) in [
        (plain(controls("AND", &["mfa", "compliantDevice"])), compliant.clone(), 50076),
        (plain(controls("AND", &["mfa", "compliantDevice"])), json!({"mfa": true}), 53000),
        (plain(controls("AND", &["mfa", "compliantDevice"])), json!({}), 53000),
        (plain(controls("AND", &["mfa", "compliantDevice"])), both, 0),
        (plain(controls("OR", &["mfa", "compliantDevice"])), compliant, 0),
        (plain(controls("OR", &["mfa", "compliantDevice"])), json!({}), 50076),
        (plain(controls("OR", &["domainJoinedDevice"])), json!({"device": {"trustType": "AzureAD"}}), 53001),
        (plain(controls("OR", &["domainJoinedDevice"])), json!({"device": {"trustType": "ServerAD"}}), 0),
        (plain(controls("OR", &["approvedApplication", "compliantApplication"])), json!({}), 53002),
        (plain(controls("OR", &["approvedApplication", "compliantApplication"])), json!({"protected_application": true}), 0),
        (risky(controls("AND", &["mfa", "passwordChange"])), json!({"mfa": true}), 50142),
        (risky(controls("AND", &["mfa", "passwordChange"])), json!({"mfa": true, "password_changed": true}), 0),
        (plain(strength.clone()), json!({"mfa": true}), 50076),
        (plain(strength), json!({"methods": "fido2"}), 0),
        (plain(terms.clone()), json!({}), 50158),
        (plain(terms), json!({"terms_accepted": true}), 0),
    ] {
        let id = tenant.post(POLICIES, policy.clone()).await.created();
        let entry = sign_in(&tenant, "ada", circumstances.clone()).await;
        assert_eq!(entry["status"]["errorCode"], expected, "{} {circumstances}", policy["grantControls"]);
        tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    }
}

#[tokio::test]
async fn a_report_is_written_and_nobody_is_kept_out() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    let report = |name: &str, controls: &[&str]| {
        let policy = with(policy(&group), "/state", json!("enabledForReportingButNotEnforced"));
        with(with(policy, "/displayName", json!(name)), "/grantControls/builtInControls", json!(controls))
    };
    tenant.post(POLICIES, report("device", &["compliantDevice"])).await.created();
    tenant.post(POLICIES, report("factor", &["mfa"])).await.created();
    tenant.post(POLICIES, with(policy(&group), "/state", json!("disabled"))).await.created();
    let session = json!({"signInFrequency": {"isEnabled": true, "value": 4, "type": "hours", "frequencyInterval": "timeBased", "authenticationType": "primaryAndSecondaryAuthentication"}});
    let frequent = with(with(report("frequency", &["mfa"]), "/grantControls", Value::Null), "/sessionControls", session);
    tenant.post(POLICIES, frequent).await.created();
    let id = sign_in(&tenant, "ada", json!({})).await["id"].as_str().unwrap().to_owned();
    let results = async |headers: &[(&str, &str)]| {
        let entry = tenant.send("GET", &format!("{LOG}/{id}"), None, headers).await.ok();
        assert_eq!((&entry["status"]["errorCode"], &entry["conditionalAccessStatus"]), (&json!(0), &json!("notApplied")));
        let mut out: Vec<(String, String)> = Vec::new();
        for policy in entry["appliedConditionalAccessPolicies"].as_array().unwrap() {
            out.push((policy["displayName"].as_str().unwrap().into(), policy["result"].as_str().unwrap().into()));
        }
        out.sort();
        out
    };
    let pairs = |all: [(&str, &str); 4]| all.map(|(name, result)| (name.to_owned(), result.to_owned())).to_vec();
    let all = [
        ("aks-policy", "notEnabled"),
        ("device", "reportOnlyFailure"),
        ("factor", "reportOnlyInterrupted"),
        ("frequency", "reportOnlySuccess"),
    ];
    assert_eq!(results(&[("Prefer", "include-unknown-enum-members")]).await, pairs(all));
    // Names of later versions are returned only on request.
    let hidden = all.map(|(name, result)| (name, if name == "aks-policy" { result } else { "unknownFutureValue" }));
    assert_eq!(results(&[]).await, pairs(hidden));
}

#[tokio::test]
async fn a_sign_in_that_was_too_long_ago_is_asked_for_again() {
    let tenant = Tenant::start().await;
    let (_, group) = administrator(&tenant, "ada").await;
    let hours = json!({"signInFrequency": {"isEnabled": true, "value": 1, "type": "hours", "frequencyInterval": "timeBased"}});
    let every_time = json!({"signInFrequency": {"isEnabled": true, "frequencyInterval": "everyTime"}});
    let issued = cluster_token(&tenant, "ada").await.ok();
    let refresh = async || {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", AZURE_CLI),
            ("refresh_token", issued["refresh_token"].as_str().unwrap()),
            ("scope", "6dae42f8-4368-4678-94ff-3960e28e3630/.default"),
        ];
        number(&token(&tenant, &fields).await)
    };
    let often = with(with(policy(&group), "/grantControls", Value::Null), "/sessionControls", hours);
    let path = format!("{POLICIES}/{}", tenant.post(POLICIES, often).await.created());
    assert_eq!(refresh().await, 0);
    tenant.post("/emulator/clock", json!({"advance": "PT30M"})).await.ok();
    assert_eq!(refresh().await, 0);
    tenant.patch(&path, json!({"sessionControls": null, "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}})).await.empty();
    assert_eq!(refresh().await, 50076, "it was a password only");
    let replaced = tenant.patch(&path, json!({"sessionControls": every_time, "grantControls": null})).await;
    replaced.empty();
    assert_eq!(refresh().await, 70043);
    let hours = json!({"signInFrequency": {"isEnabled": true, "value": 1, "type": "hours", "frequencyInterval": "timeBased"}});
    tenant.patch(&path, json!({"sessionControls": hours})).await.empty();
    tenant.post("/emulator/clock", json!({"advance": "PT31M"})).await.ok();
    assert_eq!(refresh().await, 70043);
    assert_eq!(number(&cluster_token(&tenant, "ada").await), 0, "a new sign-in resets the time");
}

#[tokio::test]
async fn the_log_is_kept_for_thirty_days_and_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let data = || emulator::Options { data: Some(folder.path().into()), ..crate::client::options() };
    let tenant = Tenant::with(data()).await;
    tenant.user("ada").await;
    let first = sign_in(&tenant, "ada", json!({})).await["id"].as_str().unwrap().to_owned();
    tenant.running.stop().await;
    let tenant = Tenant::with(data()).await;
    assert_eq!(tenant.ids(LOG).await, [first]);
    tenant.post("/emulator/clock", json!({"advance": "P31D"})).await.ok();
    let second = sign_in(&tenant, "ada", json!({})).await["id"].as_str().unwrap().to_owned();
    assert_eq!(tenant.ids(LOG).await, [second]);
}

//! Authentication strengths, authentication contexts, templates, and security defaults.

use serde_json::{Value, json};

use crate::{
    client::{Tenant, options},
    conditional_access::{POLICIES, anybody, refused_inside, with},
};

const STRENGTHS: &str = "/v1.0/policies/authenticationStrengthPolicies";
const CONTEXTS: &str = "/v1.0/identity/conditionalAccess/authenticationContextClassReferences";
const DEFAULTS: &str = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

fn strength() -> Value {
    json!({"displayName": "Keys", "description": "hardware only", "allowedCombinations": ["fido2", "x509CertificateMultiFactor"]})
}

fn keys() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "appliesToCombinations": ["fido2"],
        "allowedAAGUIDs": ["486be17c-e2a7-4cd5-8a9a-29a8ae8a53f7"],
    })
}

#[tokio::test]
async fn strengths_are_built_in_or_custom() {
    let tenant = Tenant::start().await;
    let listed = tenant.get(STRENGTHS).await.ok();
    let names: Vec<&str> = listed["value"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Multifactor authentication", "Passwordless MFA", "Phishing-resistant MFA"]);
    let built_in = format!("{STRENGTHS}/{PHISHING_RESISTANT}");
    assert_eq!(tenant.patch(&built_in, json!({"displayName": "Mine"})).await.status, 400);
    assert_eq!(tenant.delete(&built_in).await.status, 400);
    let created = tenant.post(STRENGTHS, strength()).await;
    assert_eq!(
        (created.status, &created.body["policyType"], &created.body["requirementsSatisfied"]),
        (201, &json!("custom"), &json!("mfa"))
    );
    let id = created.body["id"].as_str().unwrap().to_owned();
    let path = format!("{STRENGTHS}/{id}");
    tenant.patch(&path, json!({"displayName": "Keys only", "description": null})).await.empty();
    assert_eq!(tenant.patch(&path, json!({"allowedCombinations": ["fido2"]})).await.status, 400, "there is an action for that");
    let result =
        tenant.post(&format!("{path}/updateAllowedCombinations"), json!({"allowedCombinations": ["sms,password", "fido2"]})).await.ok();
    assert_eq!(result["previousCombinations"], json!(["fido2", "x509CertificateMultiFactor"]));
    assert_eq!(result["currentCombinations"], json!(["password,sms", "fido2"]), "in the service's own order");
    // The same object is at another place, too.
    let read = tenant.get(&format!("/v1.0/identity/conditionalAccess/authenticationStrength/policies/{id}")).await.ok();
    assert_eq!(
        (&read["displayName"], &read["description"], &read["allowedCombinations"][0]),
        (&json!("Keys only"), &Value::Null, &json!("password,sms"))
    );
    for wrong in [json!([]), json!(["telepathy"]), json!(["password,password"])] {
        assert_eq!(tenant.post(STRENGTHS, with(strength(), "/allowedCombinations", wrong)).await.status, 400);
    }
    tenant.delete(&path).await.empty();
    assert_eq!(tenant.get(&path).await.status, 404);
}

#[tokio::test]
async fn no_more_than_fifteen_strengths_are_custom() {
    let tenant = Tenant::start().await;
    for _ in 0..15 {
        tenant.post(STRENGTHS, strength()).await.created();
    }
    refused_inside(tenant.post(STRENGTHS, strength()).await, "1009: ");
}

#[tokio::test]
async fn combinations_are_configured_one_by_one() {
    let tenant = Tenant::start().await;
    let id = tenant.post(STRENGTHS, strength()).await.created();
    let path = format!("/v1.0/identity/conditionalAccess/authenticationStrength/policies/{id}/combinationConfigurations");
    let part = tenant.post(&path, keys()).await.created();
    assert_eq!(tenant.post(&path, keys()).await.status, 400, "there is one already");
    let issuers = json!({
        "@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration", "appliesToCombinations": ["x509CertificateMultiFactor"],
        "allowedIssuerSkis": ["9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"], "allowedPolicyOIDs": [],
    });
    tenant.post(&path, issuers).await.created();
    let one = format!("{path}/{part}");
    tenant.patch(&one, with(keys(), "/allowedAAGUIDs", json!([]))).await.empty();
    let read = tenant.get(&one).await.ok();
    assert_eq!((&read["id"], &read["allowedAAGUIDs"], &read["appliesToCombinations"]), (&json!(part), &json!([]), &json!(["fido2"])));
    assert_eq!(tenant.ids(&path).await.len(), 2);
    let strength_path = format!("{STRENGTHS}/{id}");
    assert_eq!(tenant.get(&strength_path).await.ok()["combinationConfigurations"].as_array().unwrap().len(), 2);
    let less = json!({"allowedCombinations": ["x509CertificateMultiFactor"]});
    assert_eq!(tenant.post(&format!("{strength_path}/updateAllowedCombinations"), less.clone()).await.status, 400);
    tenant.delete(&one).await.empty();
    tenant.post(&format!("{strength_path}/updateAllowedCombinations"), less).await.ok();
    for wrong in [keys(), with(keys(), "/@odata.type", Value::Null), with(keys(), "/allowedAAGUIDs", json!(["yubikey"]))] {
        assert_eq!(tenant.post(&path, wrong).await.status, 400);
    }
    // They can be written with the strength itself.
    let mut whole = strength();
    whole["combinationConfigurations"] = json!([keys()]);
    let created = tenant.post(STRENGTHS, whole).await;
    assert_eq!((created.status, &created.body["combinationConfigurations"][0]["allowedAAGUIDs"]), (201, &keys()["allowedAAGUIDs"]));
}

#[tokio::test]
async fn a_policy_shows_the_whole_strength_and_the_strength_its_policies() {
    let tenant = Tenant::start().await;
    let id = tenant.post(STRENGTHS, strength()).await.created();
    let grant = |id: &str| json!({"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": id}});
    let policy = tenant.post(POLICIES, with(anybody(), "/grantControls", grant(&id))).await;
    assert_eq!(policy.body["grantControls"]["authenticationStrength"]["displayName"], "Keys");
    assert!(policy.body["grantControls"]["authenticationStrength@odata.context"].is_string());
    let policy_path = format!("{POLICIES}/{}", policy.created());
    let usage = tenant.get(&format!("{STRENGTHS}/{id}/usage()")).await.ok();
    assert_eq!((usage["mfa"].as_array().unwrap().len(), &usage["none"]), (1, &json!([])));
    let refused = tenant.delete(&format!("{STRENGTHS}/{id}")).await;
    assert_eq!((refused.status, refused.body["error"]["message"].as_str().unwrap().contains("aks-policy")), (400, true));
    // What was read can be sent back, and a reference will do, too.
    let controls = tenant.get(&policy_path).await.ok()["grantControls"].clone();
    tenant.patch(&policy_path, json!({"grantControls": controls})).await.empty();
    let bound = json!({"grantControls": {"authenticationStrength@odata.bind": format!("https://graph.microsoft.com{STRENGTHS}/{PHISHING_RESISTANT}")}});
    tenant.patch(&policy_path, bound).await.empty();
    assert_eq!(tenant.get(&policy_path).await.ok()["grantControls"]["authenticationStrength"]["displayName"], "Phishing-resistant MFA");
    tenant.patch(&policy_path, json!({"grantControls": {"authenticationStrength": null, "builtInControls": ["mfa"]}})).await.empty();
    assert_eq!(tenant.get(&policy_path).await.ok()["grantControls"]["authenticationStrength"], Value::Null);
    tenant.delete(&format!("{STRENGTHS}/{id}")).await.empty();
    refused_inside(
        tenant.post(POLICIES, with(anybody(), "/grantControls", grant(&id))).await,
        "1000: AuthenticationStrengthPolicy with id",
    );
}

#[tokio::test]
async fn a_context_is_made_by_an_update() {
    let tenant = Tenant::start().await;
    let path = format!("{CONTEXTS}/c7");
    assert_eq!(tenant.get(&path).await.status, 404);
    let body = json!({"id": "c7", "displayName": "Production", "description": "the clusters", "isAvailable": true});
    tenant.patch(&path, body).await.empty();
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["id"], &read["displayName"], &read["isAvailable"]), (&json!("c7"), &json!("Production"), &json!(true)));
    tenant.patch(&path, json!({"description": null})).await.empty();
    assert_eq!(tenant.ids(&format!("{CONTEXTS}?$filter=isAvailable eq true")).await, ["c7"]);
    for wrong in ["c0", "c100", "C1", "c+1", "x"] {
        assert_eq!(tenant.patch(&format!("{CONTEXTS}/{wrong}"), json!({"displayName": "No"})).await.status, 400, "{wrong}");
    }
    assert_eq!(tenant.post(CONTEXTS, json!({"id": "c8", "displayName": "Eight"})).await.created(), "c8");
    assert_eq!(tenant.post(CONTEXTS, json!({"id": "c8", "displayName": "Eight"})).await.status, 400);
    assert_eq!(tenant.delete(&path).await.status, 400, "it is published");
    let applications = json!({"includeAuthenticationContextClassReferences": ["c7"]});
    let policy = tenant.post(POLICIES, with(anybody(), "/conditions/applications", applications)).await.created();
    tenant.patch(&path, json!({"isAvailable": false})).await.empty();
    assert_eq!(tenant.delete(&path).await.status, 400, "it is in use");
    tenant.delete(&format!("{POLICIES}/{policy}")).await.empty();
    tenant.delete(&path).await.empty();
    assert_eq!(tenant.ids(CONTEXTS).await, ["c8"]);
}

#[tokio::test]
async fn security_defaults_leave_no_room_for_policies_that_are_on() {
    let tenant = Tenant::start().await;
    assert_eq!(tenant.get(DEFAULTS).await.ok()["isEnabled"], false);
    let report_only = with(anybody(), "/state", json!("enabledForReportingButNotEnforced"));
    let id = tenant.post(POLICIES, report_only.clone()).await.created();
    tenant.patch(DEFAULTS, json!({"isEnabled": true})).await.empty();
    let text =
        "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.";
    tenant.post(POLICIES, anybody()).await.refused(400, "BadRequest", text);
    tenant.patch(&format!("{POLICIES}/{id}"), json!({"state": "enabled"})).await.refused(400, "BadRequest", text);
    tenant.post(POLICIES, report_only).await.created();
    tenant.patch(DEFAULTS, json!({"isEnabled": false})).await.empty();
    tenant.patch(&format!("{POLICIES}/{id}"), json!({"state": "enabled"})).await.empty();
}

#[tokio::test]
async fn templates_and_methods_are_there_to_be_read() {
    let tenant = Tenant::start().await;
    let listed = tenant.get("/v1.0/identity/conditionalAccess/templates").await.ok();
    for template in listed["value"].as_array().unwrap() {
        // A template is a policy once it has a name.
        let body = json!({
            "displayName": template["name"], "state": "disabled", "templateId": template["id"],
            "conditions": template["details"]["conditions"], "grantControls": template["details"]["grantControls"],
        });
        let created = tenant.post(POLICIES, body).await;
        assert_eq!(created.status, 201, "{}", created.body);
    }
    let methods = tenant.get("/v1.0/identity/conditionalAccess/authenticationStrength/authenticationMethodModes/fido2").await.ok();
    assert_eq!(methods["authenticationMethod"], "fido2");
}

#[tokio::test]
async fn all_of_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = || emulator::Options { data: Some(folder.path().into()), ..options() };
    let tenant = Tenant::with(data()).await;
    let strength = tenant.post(STRENGTHS, with(strength(), "/combinationConfigurations", json!([keys()]))).await.created();
    let controls = json!({"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": strength}});
    let kept = tenant.post(POLICIES, with(anybody(), "/grantControls", controls)).await.created();
    let deleted = tenant.post(POLICIES, anybody()).await.created();
    tenant.delete(&format!("{POLICIES}/{deleted}")).await.empty();
    tenant.patch(DEFAULTS, json!({"isEnabled": true})).await.empty();
    // Addresses change with the port.
    let read = async |tenant: &Tenant| {
        tenant.send("GET", &format!("{POLICIES}/{kept}"), None, &[("accept", "application/json;odata.metadata=none")]).await.ok()
    };
    let before = read(&tenant).await;
    tenant.running.stop().await;
    let tenant = Tenant::with(data()).await;
    assert_eq!(read(&tenant).await, before);
    assert_eq!(tenant.ids("/v1.0/identity/conditionalAccess/deletedItems/policies").await, [deleted]);
    assert_eq!(tenant.get(DEFAULTS).await.ok()["isEnabled"], true);
}

//! Conditional access policies: their shape, what is refused, merging, and the bin.

use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options};

pub const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
pub const LOCATIONS: &str = "/v1.0/identity/conditionalAccess/namedLocations";
pub const BIN: &str = "/v1.0/identity/conditionalAccess/deletedItems";
/// The application "Azure Kubernetes Service AAD Server".
pub const AKS: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// The article's policy: a compliant device for the cluster, asked of one group.
pub fn policy(group: &str) -> Value {
    json!({
        "displayName": "aks-policy", "state": "enabled",
        "conditions": {
            "applications": {"includeApplications": [AKS]},
            "users": {"includeGroups": [group]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "AND", "builtInControls": ["compliantDevice"]},
    })
}

/// The same with something else at a place in it; null takes it out.
pub fn with(mut policy: Value, path: &str, value: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = policy.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name)
    } else {
        parent.insert(name.into(), value)
    };
    policy
}

pub fn anybody() -> Value {
    policy("7f2a9c1e-0000-4000-8000-000000000001")
}

/// A refusal whose useful text is inside.
#[track_caller]
pub fn refused_inside(answer: Answer, text: &str) {
    let error = &answer.body["error"];
    assert_eq!((answer.status, &error["code"]), (400, &json!("BadRequest")), "{}", answer.body);
    assert_eq!(error["message"], "The server could not process the request because it is malformed or incorrect.");
    let inner = error["innerError"]["message"].as_str().unwrap();
    assert!(inner.starts_with(text), "{inner}");
}

#[tokio::test]
async fn a_policy_reads_back_with_every_member() {
    let tenant = Tenant::start().await;
    let group = tenant.group("admins").await;
    let created = tenant.post(POLICIES, policy(&group)).await;
    assert_eq!(created.status, 201);
    let id = created.body["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "displayName": "aks-policy", "state": "enabled", "description": null, "templateId": null,
        "createdDateTime": created.body["createdDateTime"], "modifiedDateTime": null,
        "sessionControls": null,
        "conditions": {
            "applications": {
                "includeApplications": [AKS], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
            },
            "authenticationFlows": null, "clientApplications": null, "clientAppTypes": ["all"], "devices": null,
            "insiderRiskLevels": null, "locations": null, "platforms": null, "servicePrincipalRiskLevels": [],
            "signInRiskLevels": [], "userRiskLevels": [],
            "users": {
                "includeUsers": [], "excludeUsers": [], "includeGroups": [group], "excludeGroups": [], "includeRoles": [],
                "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
            },
        },
        "grantControls": {
            "operator": "AND", "builtInControls": ["compliantDevice"], "customAuthenticationFactors": [], "termsOfUse": [],
            "authenticationStrength": null,
        },
    });
    let path = format!("{POLICIES}/{id}");
    for mut read in [created.body, tenant.get(&path).await.ok(), tenant.get(POLICIES).await.ok()["value"][0].clone()] {
        read.as_object_mut().unwrap().remove("@odata.context");
        let context = read["grantControls"].as_object_mut().unwrap().remove("authenticationStrength@odata.context");
        assert!(context.is_some(), "even beside a null");
        assert_eq!(read, expected);
    }
    let missing = "7f2a9c1e-0000-4000-8000-00000000000f";
    let text = format!("ConditionalAccessPolicy with id {missing} does not exist in the directory.");
    for method in ["GET", "DELETE"] {
        tenant.send(method, &format!("{POLICIES}/{missing}"), None, &[]).await.refused(404, "ResourceNotFound", &text);
    }
    tenant.patch(&format!("{POLICIES}/{missing}"), json!({"state": "disabled"})).await.refused(404, "ResourceNotFound", &text);
}

#[tokio::test]
async fn an_update_is_merged() {
    let tenant = Tenant::start().await;
    let mut body = anybody();
    body["conditions"]["locations"] = json!({"includeLocations": ["all"], "excludeLocations": ["AllTrusted"]});
    body["sessionControls"] = json!({"persistentBrowser": {"isEnabled": true, "mode": "never"}});
    let path = format!("{POLICIES}/{}", tenant.post(POLICIES, body).await.created());
    tenant.patch(&path, json!({"state": "enabledForReportingButNotEnforced"})).await.empty();
    tenant.patch(&path, json!({"grantControls": {"builtInControls": ["mfa", "compliantDevice"]}})).await.empty();
    tenant.patch(&path, json!({"conditions": {"users": {"excludeUsers": ["guestsorexternalusers"]}}})).await.empty();
    let read = tenant.get(&path).await.ok();
    assert_eq!(read["state"], "enabledForReportingButNotEnforced");
    assert_eq!(
        (&read["grantControls"]["operator"], &read["grantControls"]["builtInControls"]),
        (&json!("AND"), &json!(["mfa", "compliantDevice"]))
    );
    let users = &read["conditions"]["users"];
    assert_eq!(
        (&users["includeGroups"][0], &users["excludeUsers"]),
        (&json!("7f2a9c1e-0000-4000-8000-000000000001"), &json!(["GuestsOrExternalUsers"]))
    );
    assert_eq!(read["conditions"]["locations"]["includeLocations"], json!(["All"]));
    assert!(read["modifiedDateTime"].is_string());
    // Controls that were not named are still there, which is why the strength is refused.
    let strength = json!({"grantControls": {"authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}}});
    refused_inside(
        tenant.patch(&path, strength).await,
        "1108: Authentication strengths cannot be used alongside the MFA built-in control.",
    );
    tenant.patch(&path, json!({"sessionControls": null, "conditions": {"locations": null}})).await.empty();
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["sessionControls"], &read["conditions"]["locations"]), (&Value::Null, &Value::Null));
    // What has no effect is not kept.
    tenant.patch(&path, json!({"sessionControls": {"signInFrequency": {"isEnabled": false}}})).await.empty();
    assert_eq!(tenant.get(&path).await.ok()["sessionControls"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_number() {
    let tenant = Tenant::start().await;
    let missing = "7f2a9c1e-0000-4000-8000-00000000000f";
    let flows = with(anybody(), "/conditions/authenticationFlows", json!({"transferMethods": "deviceCodeFlow"}));
    let blocked = with(flows.clone(), "/grantControls/builtInControls", json!(["block"]));
    let password = json!({"operator": "AND", "builtInControls": ["mfa", "passwordChange"]});
    for (body, text) in [
        (
            with(anybody(), "/conditions/applications", Value::Null),
            "1011: 'applications' condition must specify the applications to include.",
        ),
        (with(anybody(), "/conditions/applications/includeApplications", json!([])), "1011: "),
        (
            with(anybody(), "/conditions/applications/includeUserActions", json!(["urn:user:registerdevice"])),
            "1012: 'applications' condition cannot include both",
        ),
        (with(anybody(), "/conditions/users/includeGroups", json!(["admins"])), "1054: Invalid group value: admins."),
        (
            with(anybody(), "/conditions/users/includeUsers", json!(["somebody@contoso.com"])),
            "1000: Invalid user value: somebody@contoso.com.",
        ),
        (with(anybody(), "/conditions/clientAppTypes", json!([])), "1064: 'clientAppTypes' condition does not support []."),
        (with(anybody(), "/conditions/clientAppTypes", json!(["telnet"])), "1007: Incoming ConditionalAccessPolicy object"),
        (with(anybody(), "/conditions/users/includeUsers", json!("All")), "1007: "),
        (with(anybody(), "/conditions/weather", json!("rain")), "1007: "),
        (with(anybody(), "/weather", json!("rain")), "1007: "),
        (with(anybody(), "/state", json!("on")), "1007: "),
        (with(anybody(), "/displayName", Value::Null), "1007: "),
        (with(anybody(), "/id", json!(missing)), "1007: "),
        (
            with(anybody(), "/conditions/locations", json!({"includeLocations": [missing]})),
            "1040: NamedLocation with id 7f2a9c1e-0000-4000-8000-00000000000f does not exist in the directory.",
        ),
        (with(anybody(), "/grantControls", Value::Null), "1032: ConditionalActionPolicy validation failed due to InvalidControls."),
        (with(anybody(), "/grantControls/builtInControls", json!(["block", "mfa"])), "1032: "),
        (
            with(anybody(), "/grantControls", password),
            "1032: ConditionalActionPolicy validation failed due to InvalidPasswordResetControl.",
        ),
        (flows, "1235: Configured controls are unsupported for policies containing the protocol flows condition."),
        (with(blocked.clone(), "/sessionControls", json!({"signInFrequency": null})), "1235: "),
        (
            with(anybody(), "/sessionControls", json!({"signInFrequency": {"isEnabled": true}})),
            "1000: Invalid 'signInFrequency' session control.",
        ),
    ] {
        refused_inside(tenant.post(POLICIES, body).await, text);
    }
    tenant.post(POLICIES, blocked).await.created();
    let empty = tenant.send("POST", POLICIES, None, &[("content-type", "application/json")]).await;
    empty.refused(400, "BadRequest", "Empty Payload. JSON content expected.");
}

#[tokio::test]
async fn a_policy_without_kinds_of_clients_is_for_all_of_them() {
    let tenant = Tenant::start().await;
    let created = tenant.post(POLICIES, with(anybody(), "/conditions/clientAppTypes", Value::Null)).await;
    assert_eq!((created.status, &created.body["conditions"]["clientAppTypes"]), (201, &json!(["all"])));
}

#[tokio::test]
async fn what_was_deleted_comes_back_with_its_id() {
    let tenant = Tenant::start().await;
    let id = tenant.post(POLICIES, anybody()).await.created();
    tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    assert!(tenant.ids(POLICIES).await.is_empty());
    let listed = tenant.get(&format!("{BIN}/policies")).await.ok();
    assert_eq!((listed["value"][0]["id"].as_str(), listed["value"][0]["deletedDateTime"].is_string()), (Some(id.as_str()), true));
    assert_eq!(tenant.get(BIN).await.status, 404);
    assert_eq!(tenant.get("/v1.0/identity/nonsense").await.status, 400);
    assert!(tenant.ids("/v1.0/directory/deletedItems/microsoft.graph.group").await.is_empty());
    assert_eq!(tenant.get(&format!("/v1.0/directory/deletedItems/{id}")).await.status, 404, "it has a place of its own");
    let restored = tenant.send("POST", &format!("{BIN}/policies/{id}/restore"), None, &[]).await.ok();
    assert_eq!((restored["id"].as_str(), &restored["deletedDateTime"]), (Some(id.as_str()), &Value::Null));
    assert_eq!(tenant.ids(POLICIES).await, std::slice::from_ref(&id));
    tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    tenant.delete(&format!("{BIN}/policies/{id}")).await.empty();
    tenant.get(&format!("{BIN}/policies/{id}")).await.refused(
        404,
        "ResourceNotFound",
        &format!("ConditionalAccessPolicy with id {id} does not exist in the directory."),
    );
    let id = tenant.post(POLICIES, anybody()).await.created();
    tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    tenant.post("/emulator/clock", json!({"advance": "P31D"})).await.ok();
    assert!(tenant.ids(&format!("{BIN}/policies")).await.is_empty());
}

#[tokio::test]
async fn policies_are_listed_as_plain_odata_has_it() {
    let tenant = Tenant::start().await;
    for name in ["b", "a", "c"] {
        let state = if name == "a" { "disabled" } else { "enabled" };
        tenant.post(POLICIES, with(with(anybody(), "/displayName", json!(name)), "/state", json!(state))).await.created();
    }
    let names = async |query: &str| -> Vec<String> {
        let page = tenant.get(&format!("{POLICIES}?{query}")).await.ok();
        page["value"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("$orderby=displayName").await, ["a", "b", "c"]);
    assert_eq!(names("$orderby=displayName desc&$skip=1&$top=1").await, ["b"]);
    assert_eq!(names("$filter=state ne 'enabled'").await, ["a"]);
    assert_eq!(names("$filter=displayName eq 'c'&$orderby=displayName").await, ["c"]);
    let page = tenant.get(&format!("{POLICIES}?$top=2&$count=true&$select=id")).await.ok();
    assert_eq!(page["@odata.count"], 3);
    assert!(page["value"][0].get("displayName").is_none());
    assert_eq!(tenant.ids(page["@odata.nextLink"].as_str().unwrap()).await.len(), 1);
}

#[tokio::test]
async fn one_request_a_second_is_all_and_nobody_says_when_to_come_back() {
    let mut options = options();
    options.switches.conditional_access_answers_one_request_a_second = true;
    let tenant = Tenant::with(options).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let statuses = async |count| {
        let mut out = Vec::new();
        for path in [POLICIES, LOCATIONS, POLICIES].iter().cycle().take(count) {
            let answer = tenant.get(path).await;
            assert!(answer.headers.get("retry-after").is_none());
            out.push(answer.status);
        }
        out
    };
    assert_eq!(statuses(3).await, [200, 429, 429]);
    tenant.get("/v1.0/groups").await.ok();
    tenant.post("/emulator/clock", json!({"advance": "PT1S"})).await.ok();
    assert_eq!(statuses(2).await, [200, 429]);
}

#[tokio::test]
async fn replicas_lag_and_a_new_location_is_not_known_everywhere() {
    let tenant = Tenant::with(emulator::Options { profile: emulator::Profile::Realistic, ..options() }).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let second = async || tenant.post("/emulator/clock", json!({"advance": "PT1S"})).await.ok();
    let (mut unknown, mut stale) = (0, 0);
    for round in 0..12 {
        second().await;
        let location =
            json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE"]});
        let location = tenant.post(LOCATIONS, location).await.created();
        second().await;
        let body = with(anybody(), "/conditions/locations", json!({"includeLocations": [location]}));
        let created = tenant.post(POLICIES, body.clone()).await;
        let id = if created.status == 400 {
            refused_inside(created, "1040: NamedLocation with id");
            unknown += 1;
            tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
            tenant.post(POLICIES, body).await.created()
        } else {
            created.created()
        };
        tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
        let (path, name) = (format!("{POLICIES}/{id}"), format!("round {round}"));
        tenant.patch(&path, json!({"displayName": name})).await.empty();
        second().await;
        stale += usize::from(tenant.get(&path).await.ok()["displayName"] != name.as_str());
        tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
        assert_eq!(tenant.get(&path).await.ok()["displayName"], name.as_str());
    }
    assert!(unknown > 0 && stale > 0, "{unknown} {stale}");
    assert_eq!(tenant.get(POLICIES).await.status, 429, "and one request a second is all");
}

#[tokio::test]
async fn conditions_can_be_replaced_by_a_switch() {
    let mut options = options();
    options.switches.partial_conditions_are_merged = false;
    let tenant = Tenant::with(options).await;
    let path = format!("{POLICIES}/{}", tenant.post(POLICIES, anybody()).await.created());
    tenant.patch(&path, json!({"state": "disabled"})).await.empty();
    refused_inside(tenant.patch(&path, json!({"conditions": {"users": {"includeUsers": ["All"]}}})).await, "1011: ");
    let whole = json!({"applications": {"includeApplications": ["All"]}, "users": {"excludeUsers": ["GuestsOrExternalUsers"]}});
    tenant.patch(&path, json!({"conditions": whole})).await.empty();
    assert_eq!(tenant.get(&path).await.ok()["conditions"]["users"]["includeGroups"], json!([]));
}

#[tokio::test]
async fn keeping_everybody_out_can_be_refused_by_a_switch() {
    let block = with(
        with(
            with(anybody(), "/conditions/users", json!({"includeUsers": ["All"]})),
            "/conditions/applications/includeApplications",
            json!(["All"]),
        ),
        "/grantControls/builtInControls",
        json!(["block"]),
    );
    Tenant::start().await.post(POLICIES, block.clone()).await.created();
    let mut options = options();
    options.switches.locking_everybody_out_is_refused = true;
    let tenant = Tenant::with(options).await;
    refused_inside(tenant.post(POLICIES, block.clone()).await, "1000: The policy would keep everybody out");
    for (path, value) in [
        ("/state", json!("enabledForReportingButNotEnforced")),
        ("/conditions/users/excludeUsers", json!(["7f2a9c1e-0000-4000-8000-000000000001"])),
        ("/conditions/clientAppTypes", json!(["other"])),
    ] {
        tenant.post(POLICIES, with(block.clone(), path, value)).await.created();
    }
}

#[tokio::test]
async fn no_more_than_240_policies_and_195_locations_of_ranges() {
    let tenant = Tenant::start().await;
    let location = json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office",
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
    });
    for (path, body, most) in [(POLICIES, anybody(), 240), (LOCATIONS, location, 195)] {
        let mut statuses = Vec::new();
        for _ in 0..=most / 20 {
            let requests: Vec<Value> = (0..20)
                .map(|id| {
                    json!({
                        "id": id.to_string(), "method": "POST", "url": path.trim_start_matches("/v1.0"), "body": body,
                        "headers": {"Content-Type": "application/json"},
                    })
                })
                .collect();
            let answers = tenant.post("/v1.0/$batch", json!({"requests": requests})).await.ok();
            statuses.extend(answers["responses"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()));
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), most);
        refused_inside(tenant.post(path, body).await, "1009: ");
    }
    let countries = json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE"]});
    tenant.post(LOCATIONS, countries).await.created();
}

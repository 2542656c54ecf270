//! `evaluate`: which policies would apply to a sign-in, and why not.

use serde_json::{Value, json};

use crate::{
    client::Tenant,
    conditional_access::{AKS, LOCATIONS, POLICIES, anybody, with},
};

const EVALUATE: &str = "/v1.0/identity/conditionalAccess/evaluate";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// A sign-in of a user to the cluster, with these conditions.
fn question(user: &str, conditions: Value) -> Value {
    json!({
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": user},
        "signInContext": {"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": [AKS]},
        "signInConditions": conditions,
    })
}

/// Why the only policy does not apply; `notSet` if it does.
async fn reason(tenant: &Tenant, question: Value) -> String {
    let answer = tenant.post(EVALUATE, question).await.ok();
    let all = answer["value"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    let reason = all[0]["analysisReasons"].as_str().unwrap().to_owned();
    assert_eq!(all[0]["policyApplies"], reason == "notSet");
    reason
}

/// A policy for everybody and the cluster, with something at a place in its conditions.
fn under(path: &str, value: Value) -> Value {
    with(everybody(), &format!("/conditions/{path}"), value)
}

fn everybody() -> Value {
    with(anybody(), "/conditions/users", json!({"includeUsers": ["All"]}))
}

#[tokio::test]
async fn conditions_are_asked_one_by_one() {
    let tenant = Tenant::start().await;
    let user = tenant.user("ada").await;
    let office = json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": true,
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
    });
    let office = tenant.post(LOCATIONS, office).await.created();
    let home = json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE"]});
    let home = tenant.post(LOCATIONS, home).await.created();
    let saw = json!({"deviceFilter": {"mode": "exclude", "rule": "device.extensionAttribute1 -eq \"SAW\""}});
    let inside = json!({"deviceFilter": {"mode": "include", "rule": "device.isCompliant -ne True"}});
    for (policy, conditions, expected) in [
        (everybody(), json!({}), "notSet"),
        (with(everybody(), "/state", json!("enabledForReportingButNotEnforced")), json!({}), "notSet"),
        (with(everybody(), "/state", json!("disabled")), json!({}), "policyNotEnabled"),
        (under("applications/excludeApplications", json!([AKS])), json!({}), "application"),
        (under("applications/includeApplications", json!(["Office365"])), json!({}), "application"),
        (under("applications/includeApplications", json!(["All"])), json!({}), "notSet"),
        (under("platforms", json!({"includePlatforms": ["linux"]})), json!({"devicePlatform": "linux"}), "notSet"),
        (under("platforms", json!({"includePlatforms": ["linux"]})), json!({"devicePlatform": "iOS"}), "devicePlatform"),
        (under("platforms", json!({"includePlatforms": ["linux"]})), json!({}), "notEnoughInformation"),
        (
            under("platforms", json!({"includePlatforms": ["all"], "excludePlatforms": ["iOS"]})),
            json!({"devicePlatform": "iOS"}),
            "devicePlatform",
        ),
        (under("clientAppTypes", json!(["browser"])), json!({"clientAppType": "browser"}), "notSet"),
        (under("clientAppTypes", json!(["browser"])), json!({"clientAppType": "other"}), "clientApps"),
        (under("locations", json!({"includeLocations": [office]})), json!({"ipAddress": "203.0.113.9"}), "notSet"),
        (under("locations", json!({"includeLocations": [office]})), json!({"ipAddress": "203.0.114.9"}), "location"),
        (under("locations", json!({"includeLocations": [office]})), json!({}), "notEnoughInformation"),
        (
            under("locations", json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]})),
            json!({"ipAddress": "203.0.113.9", "country": "DE"}),
            "location",
        ),
        (under("locations", json!({"includeLocations": ["All"], "excludeLocations": [home]})), json!({"country": "FR"}), "notSet"),
        (under("locations", json!({"includeLocations": ["All"], "excludeLocations": [home]})), json!({"country": "DE"}), "location"),
        (under("signInRiskLevels", json!(["high", "medium"])), json!({"signInRiskLevel": "medium"}), "notSet"),
        (under("signInRiskLevels", json!(["high", "medium"])), json!({"signInRiskLevel": "low"}), "signInRisk"),
        (under("userRiskLevels", json!(["high"])), json!({"userRiskLevel": "none"}), "userRisk"),
        (under("insiderRiskLevels", json!("moderate,elevated")), json!({"insiderRiskLevel": "elevated"}), "notSet"),
        (under("insiderRiskLevels", json!("moderate,elevated")), json!({"insiderRiskLevel": "minor"}), "insiderRisk"),
        (under("devices", saw.clone()), json!({"deviceInfo": {"extensionAttribute1": "SAW"}}), "devices"),
        (under("devices", saw), json!({"deviceInfo": {}}), "notSet"),
        (under("devices", inside), json!({"deviceInfo": {"isCompliant": true}}), "devices"),
        (
            with(
                under("authenticationFlows", json!({"transferMethods": "deviceCodeFlow"})),
                "/grantControls/builtInControls",
                json!(["block"]),
            ),
            json!({"authenticationFlow": {"transferMethod": "authenticationTransfer"}}),
            "authenticationFlow",
        ),
    ] {
        let id = tenant.post(POLICIES, policy.clone()).await.created();
        assert_eq!(reason(&tenant, question(&user, conditions.clone())).await, expected, "{policy} {conditions}");
        tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    }
}

#[tokio::test]
async fn people_are_in_groups_of_groups_and_have_roles() {
    let tenant = Tenant::start().await;
    let (user, other) = (tenant.user("ada").await, tenant.user("bob").await);
    let (outer, inner) = (tenant.group("outer").await, tenant.group("inner").await);
    tenant.link(&outer, "members", &inner).await.empty();
    tenant.link(&inner, "members", &user).await.empty();
    let id = tenant.post(POLICIES, with(anybody(), "/conditions/users", json!({"includeGroups": [outer]}))).await.created();
    let path = format!("{POLICIES}/{id}");
    assert_eq!(reason(&tenant, question(&user, json!({}))).await, "notSet");
    assert_eq!(reason(&tenant, question(&other, json!({}))).await, "users");
    tenant.patch(&path, json!({"conditions": {"users": {"excludeGroups": [inner]}}})).await.empty();
    assert_eq!(reason(&tenant, question(&user, json!({}))).await, "users");
    tenant
        .patch(&path, json!({"conditions": {"users": {"includeGroups": [], "excludeGroups": [], "includeRoles": [GLOBAL_ADMINISTRATOR]}}}))
        .await
        .empty();
    assert_eq!(reason(&tenant, question(&other, json!({}))).await, "users");
    let role = json!({"principalId": other, "roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": "/"});
    let assignment = tenant.post("/v1.0/roleManagement/directory/roleAssignments", role.clone()).await.created();
    assert_eq!(reason(&tenant, question(&other, json!({}))).await, "notSet");
    assert_eq!(tenant.post("/v1.0/roleManagement/directory/roleAssignments", role).await.status, 400, "it is there already");
    assert_eq!(
        tenant.ids(&format!("/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '{other}'")).await,
        std::slice::from_ref(&assignment)
    );
    tenant.delete(&format!("/v1.0/roleManagement/directory/roleAssignments/{assignment}")).await.empty();
    assert_eq!(reason(&tenant, question(&other, json!({}))).await, "users");
}

#[tokio::test]
async fn guests_are_of_kinds_and_from_tenants() {
    let tenant = Tenant::start().await;
    let partner = "aaaaaaaa-0000-4000-8000-00000000000a";
    let mut guest = crate::client::user("guest");
    guest["userType"] = json!("Guest");
    let guest = tenant.post("/v1.0/users", guest).await.created();
    let member = tenant.user("member").await;
    let users = |value: Value| with(anybody(), "/conditions/users", value);
    let external = |kind: &str, home: &str| {
        with(
            question("", json!({})),
            "/signInIdentity",
            json!({
                "@odata.type": "#microsoft.graph.userSignIn", "externalUserType": kind, "externalTenantId": home,
            }),
        )
    };
    let guests = json!({"includeGuestsOrExternalUsers": {
        "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
        "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "membershipKind": "enumerated", "members": [partner]},
    }});
    for (policy, question, expected) in [
        (users(json!({"includeUsers": ["GuestsOrExternalUsers"]})), question(&guest, json!({})), "notSet"),
        (users(json!({"includeUsers": ["GuestsOrExternalUsers"]})), question(&member, json!({})), "users"),
        (users(json!({"includeUsers": ["All"], "excludeUsers": ["GuestsOrExternalUsers"]})), question(&guest, json!({})), "users"),
        (users(guests.clone()), question(&guest, json!({})), "notSet"),
        (users(guests.clone()), external("b2bCollaborationGuest", partner), "notSet"),
        (users(guests.clone()), external("b2bCollaborationGuest", "bbbbbbbb-0000-4000-8000-00000000000b"), "users"),
        (users(guests), external("serviceProvider", partner), "users"),
    ] {
        let id = tenant.post(POLICIES, policy).await.created();
        assert_eq!(reason(&tenant, question.clone()).await, expected, "{question}");
        tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    }
}

#[tokio::test]
async fn there_is_more_to_sign_in_to_than_applications_and_more_to_sign_in_than_people() {
    let tenant = Tenant::start().await;
    let user = tenant.user("ada").await;
    let ask = |kind: &str, name: &str, value: Value| {
        with(question(&user, json!({})), "/signInContext", json!({"@odata.type": format!("#microsoft.graph.{kind}"), name: value}))
    };
    let application = || {
        with(
            question(&user, json!({})),
            "/signInIdentity",
            json!({
                "@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": emulator::tenant::SERVICE_PRINCIPAL_ID,
            }),
        )
    };
    let actions = with(everybody(), "/conditions/applications", json!({"includeUserActions": ["urn:user:registersecurityinfo"]}));
    let contexts = with(everybody(), "/conditions/applications", json!({"includeAuthenticationContextClassReferences": ["c1"]}));
    let workload = with(
        with(everybody(), "/conditions/users", Value::Null),
        "/conditions/clientApplications",
        json!({"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}),
    );
    for (policy, question, expected) in [
        (actions.clone(), ask("userActionContext", "userAction", json!("registerSecurityInformation")), "notSet"),
        (actions.clone(), ask("userActionContext", "userAction", json!("registerOrJoinDevices")), "userActions"),
        (actions, question(&user, json!({})), "application"),
        (contexts.clone(), ask("authContext", "authenticationContextValue", json!("c1")), "notSet"),
        (contexts, ask("authContext", "authenticationContextValue", json!("c2")), "authenticationContext"),
        (workload.clone(), application(), "notSet"),
        (workload, question(&user, json!({})), "users"),
        (everybody(), application(), "workloadIdentities"),
    ] {
        let id = tenant.post(POLICIES, policy).await.created();
        assert_eq!(reason(&tenant, question.clone()).await, expected, "{question}");
        tenant.delete(&format!("{POLICIES}/{id}")).await.empty();
    }
}

#[tokio::test]
async fn only_what_applies_can_be_asked_for_and_nonsense_is_refused() {
    let tenant = Tenant::start().await;
    let user = tenant.user("ada").await;
    let on = tenant.post(POLICIES, everybody()).await.created();
    tenant.post(POLICIES, with(everybody(), "/state", json!("disabled"))).await.created();
    let applied = with(question(&user, json!({})), "/appliedPoliciesOnly", json!(true));
    let answer = tenant.post(EVALUATE, applied).await.ok();
    let all = answer["value"].as_array().unwrap();
    assert_eq!((all.len(), &all[0]["id"], &all[0]["conditions"]["users"]["includeUsers"]), (1, &json!(on), &json!(["All"])));
    assert_eq!(tenant.post(EVALUATE, question(&user, json!({}))).await.ok()["value"].as_array().unwrap().len(), 2);
    for wrong in [
        with(question(&user, json!({})), "/signInContext", Value::Null),
        with(question(&user, json!({})), "/signInConditions", Value::Null),
        with(question(&user, json!({})), "/weather", json!("rain")),
        question(&user, json!({"devicePlatform": "toaster"})),
        question(&user, json!({"ipAddress": "somewhere"})),
        with(question(&user, json!({})), "/signInContext/@odata.type", Value::Null),
    ] {
        assert_eq!(tenant.post(EVALUATE, wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(tenant.post(EVALUATE, question("7f2a9c1e-0000-4000-8000-00000000000f", json!({}))).await.status, 404);
    assert_eq!(tenant.get(EVALUATE).await.status, 405);
}

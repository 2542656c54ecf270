//! Requests of other Terraform providers, azuread and azurerm: what they send is accepted by real tenants.

use emulator::{Options, Switches, tenant};
use serde_json::{Value, json};

use crate::{
    arm_roles::subscription,
    client::{Tenant, options, security_group},
    conditional_access::{LOCATIONS, POLICIES, anybody, refused_inside, with},
};

const PIM: &str = "/v1.0/identityGovernance/privilegedAccess/group";
const POLICY_ASSIGNMENTS: &str = "/v1.0/policies/roleManagementPolicyAssignments";

#[tokio::test]
async fn rules_without_a_required_end_keep_their_duration_and_recipients_can_be_null() {
    let tenant = Tenant::start().await;
    let group = tenant.group("admins").await;
    let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
    for expand in ["policy($expand=rules)", "*"] {
        let found = tenant.get(&format!("{POLICY_ASSIGNMENTS}?$filter={filter}&$expand={expand}")).await.ok();
        assert!(found["value"][0]["policy"]["id"].is_string(), "{expand}: {found}");
    }
    let assignment = tenant.get(&format!("{POLICY_ASSIGNMENTS}?$filter={filter}")).await.ok()["value"][0].clone();
    let policy = format!("/v1.0/policies/roleManagementPolicies/{}", assignment["policyId"].as_str().unwrap());
    let expiration = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Eligibility",
        "isExpirationRequired": false, "maximumDuration": "P90D",
        "target": {"caller": "Admin", "operations": ["All"], "level": "Eligibility", "inheritableSettings": [], "enforcedSettings": []},
    });
    let notification = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyNotificationRule", "id": "Notification_Admin_Admin_Eligibility",
        "notificationType": "Email", "recipientType": "Admin", "notificationLevel": "Critical", "isDefaultRecipientsEnabled": true,
        "notificationRecipients": null,
        "target": {"caller": "Admin", "operations": ["All"], "level": "Eligibility", "inheritableSettings": [], "enforcedSettings": []},
    });
    let answer = tenant.patch(&policy, json!({"rules": [expiration, notification]})).await;
    assert!([200, 204].contains(&answer.status), "{}", answer.body);
    let rules = tenant.get(&format!("{POLICY_ASSIGNMENTS}?$filter={filter}&$expand=policy($expand=rules)")).await.ok();
    let rules = rules["value"][0]["policy"]["rules"].as_array().unwrap().clone();
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap();
    let kept = rule("Expiration_Admin_Eligibility");
    assert_eq!((&kept["isExpirationRequired"], &kept["maximumDuration"]), (&json!(false), &json!("P90D")));
    assert_eq!(rule("Notification_Admin_Admin_Eligibility")["notificationRecipients"], json!([]));
}

#[tokio::test]
async fn requests_for_groups_can_have_null_members() {
    let tenant = Tenant::start().await;
    let (group, user) = (tenant.group("admins").await, tenant.user("ada").await);
    let request = json!({
        "accessId": "member", "action": "adminAssign", "approvalId": null, "completedDateTime": null, "createdBy": null, "createdDateTime": null,
        "groupId": group, "principalId": user, "isValidationOnly": false, "justification": null, "status": null, "targetScheduleId": null,
        "ticketInfo": {"ticketNumber": null, "ticketSystem": null},
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D", "endDateTime": null}, "recurrence": null},
    });
    let answer = tenant.post(&format!("{PIM}/eligibilityScheduleRequests"), request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test]
async fn filters_of_azure_roles_have_parentheses_and_scope_functions() {
    let tenant = Tenant::start().await;
    let group = tenant.group("team").await;
    let here = subscription();
    let role = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let eligible = json!({"properties": {
        "principalId": group, "requestType": "AdminAssign", "roleDefinitionId": format!("{here}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "P30D"}},
    }});
    let path =
        format!("{here}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{}?api-version=2020-10-01", uuid::Uuid::new_v4());
    assert_eq!(tenant.send("PUT", &path, Some(eligible), &[]).await.status, 201);
    let schedules = format!("{here}/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01");
    for filter in [
        format!("(principalId eq '{group}')"),
        format!("(principalId eq '{group}') and atScope()"),
        format!("(principalId eq '{group}' and atScope())"),
        "atScope()".to_owned(),
    ] {
        let listed = tenant.get(&format!("{schedules}&$filter={filter}")).await.ok();
        assert_eq!(listed["value"].as_array().unwrap().len(), 1, "{filter}");
        assert!(listed["value"][0]["properties"]["roleEligibilityScheduleRequestId"].is_string(), "{listed}");
    }
    let assignments = format!("{here}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01");
    let filter = format!("(principalId eq '{}') and atScope()", tenant::SERVICE_PRINCIPAL_ID);
    assert!(!tenant.get(&format!("{assignments}&$filter={filter}")).await.ok()["value"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn named_locations_change_without_their_name_and_blocks_of_six_are_called_four() {
    let tenant = Tenant::start().await;
    let range = |cidr: &str| json!([{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]);
    let location = json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": false, "ipRanges": range("2001:db8::/32")});
    let created = tenant.post(LOCATIONS, location).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("{LOCATIONS}/{}", created.body["id"].as_str().unwrap());
    let change = json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": true, "ipRanges": range("203.0.113.0/24")});
    tenant.patch(&path, change).await.empty();
    let read = tenant.get(&path).await.ok();
    assert_eq!((&read["displayName"], &read["isTrusted"], &read["ipRanges"]), (&json!("Office"), &json!(true), &range("203.0.113.0/24")));
    let wrong = json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x", "ipRanges": range("203.0.113.0/64")});
    assert_eq!(tenant.post(LOCATIONS, wrong).await.status, 400);
}

#[tokio::test]
async fn policies_have_untyped_external_tenants_and_empty_applications() {
    let tenant = Tenant::start().await;
    for (given, kind) in [
        (json!({"membershipKind": "all"}), "#microsoft.graph.conditionalAccessAllExternalTenants"),
        (
            json!({"membershipKind": "enumerated", "members": ["66666666-6666-4666-8666-000000000001"]}),
            "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
        ),
    ] {
        let guests = json!({"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": given});
        let body = with(anybody(), "/conditions/users/includeUsers", json!([]));
        let answer = tenant.post(POLICIES, with(body, "/conditions/users/includeGuestsOrExternalUsers", guests)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let shown = &answer.body["conditions"]["users"]["includeGuestsOrExternalUsers"]["externalTenants"];
        assert_eq!((&shown["@odata.type"], &shown["membershipKind"]), (&json!(kind), &given["membershipKind"]));
    }
    let actions =
        with(anybody(), "/conditions/applications", json!({"includeApplications": [], "includeUserActions": ["urn:user:registerdevice"]}));
    assert_eq!(tenant.post(POLICIES, actions.clone()).await.status, 201);
    let mut switches = Switches::default();
    switches.turn("empty-applications-beside-user-actions-are-refused", true).unwrap();
    let strict = Tenant::with(Options { switches, ..options() }).await;
    refused_inside(strict.post(POLICIES, actions).await, "1012: ");
}

#[tokio::test]
async fn controls_of_authentication_flows_are_refused_by_a_switch() {
    let flows = with(anybody(), "/conditions/authenticationFlows", json!({"transferMethods": "deviceCodeFlow"}));
    let flows = with(flows, "/grantControls", json!({"operator": "OR", "builtInControls": ["mfa"]}));
    refused_inside(Tenant::start().await.post(POLICIES, flows.clone()).await, "1235: ");
    let mut switches = Switches::default();
    switches.turn("authentication-flows-can-only-be-blocked", false).unwrap();
    let tenant = Tenant::with(Options { switches, ..options() }).await;
    assert_eq!(tenant.post(POLICIES, flows).await.status, 201);
}

#[tokio::test]
async fn beta_has_members_and_paths_of_its_own() {
    let tenant = Tenant::start().await;
    let principal = tenant.get(&format!("/beta/servicePrincipals/{}", tenant::SERVICE_PRINCIPAL_ID)).await.ok();
    assert_eq!(principal.get("samlMetadataUrl"), Some(&Value::Null));
    let group = tenant.group("team").await;
    let shown = tenant.get(&format!("/beta/groups/{group}")).await.ok();
    assert_eq!(shown["writebackConfiguration"], json!({"isEnabled": null, "onPremisesGroupType": null}));
    tenant.patch(&format!("/beta/groups/{group}"), json!({"writebackConfiguration": {"isEnabled": false}})).await.empty();
    let shown = tenant.get(&format!("/beta/groups/{group}?$select=writebackConfiguration")).await.ok();
    assert_eq!(shown["writebackConfiguration"]["isEnabled"], json!(false));
    let unit = tenant.post("/v1.0/directory/administrativeUnits", json!({"displayName": "unit"})).await.created();
    for path in ["/beta/administrativeUnits", "/beta/directory/administrativeUnits", "/v1.0/directory/administrativeUnits"] {
        assert_eq!(tenant.get(&format!("{path}/{unit}")).await.ok()["displayName"], "unit", "{path}");
    }
    let missing = tenant.get(&format!("/v1.0/administrativeUnits/{unit}")).await;
    missing.refused(400, "BadRequest", "Resource not found for the segment 'administrativeUnits'.");
    let mut member = security_group("inside");
    member["@odata.type"] = json!("#microsoft.graph.group");
    let answer = tenant.post(&format!("/v1.0/directory/administrativeUnits/{unit}/members"), member).await;
    assert_eq!((answer.status, &answer.body["@odata.type"]), (201, &json!("#microsoft.graph.group")));
}

#[tokio::test]
async fn errors_name_the_segment_that_is_missing() {
    let tenant = Tenant::start().await;
    for (path, segment) in [
        ("/v1.0/nonsense", "nonsense"),
        ("/v1.0/identity/nonsense", "nonsense"),
        ("/v1.0/identity/conditionalAccess/weather/x", "weather"),
        ("/v1.0/directory/onPremisesSynchronization", "onPremisesSynchronization"),
    ] {
        let text = format!("Resource not found for the segment '{segment}'.");
        tenant.get(path).await.refused(400, "BadRequest", &text);
    }
}

#[tokio::test]
async fn custom_roles_have_no_permissions_and_the_initial_domain_is_first() {
    let tenant = Tenant::start().await;
    let id = "88888888-8888-4888-8888-000000000001";
    let path = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{id}?api-version=2022-04-01", subscription());
    let body = json!({"properties": {"roleName": "Empty", "type": "CustomRole", "permissions": [], "assignableScopes": [subscription()]}});
    let answer = tenant.send("PUT", &path, Some(body), &[]).await;
    assert_eq!((answer.status, &answer.body["properties"]["permissions"]), (201, &json!([])));
    let domains = tenant.get("/v1.0/domains").await.ok();
    assert_eq!(domains["value"][0]["isInitial"], true, "{domains}");
}

#[tokio::test]
async fn everything_can_be_expanded() {
    let tenant = Tenant::start().await;
    let (group, user) = (tenant.group("team").await, tenant.user("ada").await);
    tenant.link(&group, "members", &user).await.empty();
    let shown = tenant.get(&format!("/v1.0/groups/{group}?$expand=*")).await.ok();
    assert_eq!((&shown["members"][0]["id"], &shown["owners"]), (&json!(user), &json!([])));
}

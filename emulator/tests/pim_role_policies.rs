//! Policies of Azure roles, and the approvals that they ask for.

use emulator::tenant;
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options};

const ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";

fn url(rest: &str) -> String {
    let mark = if rest.contains('?') { '&' } else { '?' };
    format!("{}/providers/Microsoft.Authorization/{rest}{mark}api-version=2020-10-01", scope())
}

fn scope() -> String {
    format!("/subscriptions/{}/resourceGroups/{}", tenant::SUBSCRIPTION_ID, tenant::RESOURCE_GROUP)
}

async fn policy(tenant: &Tenant) -> Value {
    let all = tenant.get(&url(&format!("roleManagementPolicies?$filter=roleDefinitionId eq '{ADMIN}'"))).await.ok();
    assert_eq!(all["value"].as_array().unwrap().len(), 1);
    all["value"][0].clone()
}

async fn write(tenant: &Tenant, rules: Value) -> Answer {
    let name = policy(tenant).await["name"].as_str().unwrap().to_owned();
    tenant.patch(&url(&format!("roleManagementPolicies/{name}")), json!({"properties": {"rules": rules}})).await
}

fn rule(kind: &str, id: &str, more: Value) -> Value {
    let mut out = json!({"ruleType": format!("RoleManagementPolicy{kind}Rule"), "id": id});
    out.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    out
}

#[tokio::test]
async fn every_role_has_a_policy_at_every_scope_and_its_name_changes_with_every_write() {
    let tenant = Tenant::start().await;
    let before = policy(&tenant).await;
    let properties = &before["properties"];
    assert_eq!(properties["rules"].as_array().unwrap().len(), 17);
    assert_eq!(properties["rules"], properties["effectiveRules"]);
    assert_eq!(
        properties["rules"][0],
        json!({
            "ruleType": "RoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Eligibility",
            "isExpirationRequired": true, "maximumDuration": "P365D",
            "target": {"caller": "Admin", "operations": ["All"], "level": "Eligibility"},
        })
    );
    assert_eq!(properties["policyProperties"]["scope"]["type"], "resourcegroup");
    assert_eq!(before["type"], "Microsoft.Authorization/roleManagementPolicies");
    let assignments = tenant.get(&url(&format!("roleManagementPolicyAssignments?$filter=roleDefinitionId eq '{ADMIN}'"))).await.ok();
    let assignment = &assignments["value"][0];
    assert_eq!(assignment["name"], format!("{}_{ADMIN}", before["name"].as_str().unwrap()));
    assert_eq!(assignment["properties"]["policyId"], before["id"]);
    let one = tenant.get(&url(&format!("roleManagementPolicyAssignments/{}", assignment["name"].as_str().unwrap()))).await.ok();
    assert_eq!(one, *assignment);
    let expiration = rule("Expiration", "Expiration_EndUser_Assignment", json!({"isExpirationRequired": true, "maximumDuration": "PT2H"}));
    let after = write(&tenant, json!([expiration])).await.ok();
    assert_ne!(after["name"], before["name"]);
    assert_eq!((&properties["lastModifiedBy"], &properties["isOrganizationDefault"]), (&json!({}), &json!(true)));
    assert_eq!(after["properties"]["isOrganizationDefault"], json!(false));
    assert!(after["properties"]["lastModifiedBy"]["displayName"].is_string());
    assert_eq!(policy(&tenant).await, after);
    assert_eq!(after["properties"]["rules"][10]["maximumDuration"], "PT2H");
    let gone = tenant.get(&url(&format!("roleManagementPolicies/{}", before["name"].as_str().unwrap()))).await;
    assert_eq!((gone.status, &gone.body["error"]["code"]), (400, &json!("InputPolicyNotFound")));
    let subscription = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleManagementPolicies?$filter=roleDefinitionId eq '{ADMIN}'&api-version=2020-10-01",
        tenant::SUBSCRIPTION_ID
    );
    let above = tenant.get(&subscription).await.ok();
    assert_eq!(above["value"][0]["properties"]["rules"][10]["maximumDuration"], "PT8H", "another scope has its own");
}

#[tokio::test]
async fn rules_that_do_not_go_together_are_refused() {
    let tenant = Tenant::start().await;
    let context = rule("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"}));
    let mfa = rule("Enablement", "Enablement_EndUser_Assignment", json!({"enabledRules": ["MultiFactorAuthentication"]}));
    write(&tenant, json!([mfa, context])).await.ok();
    let text = "The Mfa and Acrs policy settings cannot be enabled simultaneously.";
    write(&tenant, json!([mfa])).await.refused(400, "MfaAndAcrsConflict", text);
    let invalid = "The policy is invalid.";
    for wrong in [
        rule("Expiration", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": true, "maximumDuration": null})),
        rule("Nonsense", "Expiration_Admin_Eligibility", json!({})),
    ] {
        write(&tenant, json!([wrong])).await.refused(400, "InvalidPolicy", invalid);
    }
    let permanent = rule("Expiration", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": false}));
    let after = write(&tenant, json!([permanent])).await.ok();
    assert_eq!(after["properties"]["rules"][0].get("maximumDuration"), None);
}

/// As Microsoft's own example of an update has it (docs/emulator/fidelity.md#privileged-identity-management).
#[tokio::test]
async fn a_length_where_none_is_required_and_no_recipients_are_accepted() {
    let tenant = Tenant::start().await;
    let after = write(
        &tenant,
        json!([
            rule("Expiration", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": false, "maximumDuration": "P180D"})),
            rule(
                "Notification",
                "Notification_Admin_Admin_Eligibility",
                json!({"notificationLevel": "Critical", "isDefaultRecipientsEnabled": false, "notificationRecipients": null}),
            ),
        ]),
    )
    .await
    .ok();
    let find = |id: &str| after["properties"]["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone();
    assert_eq!(find("Expiration_Admin_Eligibility")["maximumDuration"], "P180D");
    let notification = find("Notification_Admin_Admin_Eligibility");
    assert_eq!((&notification["notificationLevel"], notification.get("notificationRecipients")), (&json!("Critical"), None));
}

#[tokio::test]
async fn ids_of_a_subscription_begin_with_its_provider_and_are_found_by_it() {
    let tenant = Tenant::start().await;
    let here = format!("/subscriptions/{}/providers/Microsoft.Authorization", tenant::SUBSCRIPTION_ID);
    let version = "api-version=2020-10-01";
    for (collection, prefix) in [
        ("roleManagementPolicies", "/providers/Microsoft.Authorization/roleManagementPolicies/"),
        ("roleManagementPolicyAssignments", "/providers/Microsoft.Authorization/roleManagementPolicyAssignment/"),
    ] {
        let all = tenant.get(&format!("{here}/{collection}?$filter=roleDefinitionId eq '{ADMIN}'&{version}")).await.ok();
        let id = all["value"][0]["id"].as_str().unwrap().to_owned();
        let start = format!("/providers/Microsoft.Subscription/subscriptions/{}{prefix}", tenant::SUBSCRIPTION_ID);
        assert!(id.starts_with(&start), "{id}");
        assert_eq!(tenant.get(&format!("{id}?{version}")).await.ok()["id"], json!(id));
    }
    let put = tenant.send("PUT", &format!("{here}/roleManagementPolicyAssignments/x?{version}"), Some(json!({})), &[]).await;
    assert_eq!((put.status, &put.body), (400, &json!("Not implemented exception")));
}

#[tokio::test]
async fn switches_choose_where_sources_differ() {
    let mut options = options();
    options.switches.policy_assignments_have_effective_rules = false;
    options.switches.duration_without_required_end_is_refused = true;
    let tenant = Tenant::with(options).await;
    let permanent = rule("Expiration", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": false, "maximumDuration": "P30D"}));
    write(&tenant, json!([permanent])).await.refused(400, "InvalidPolicy", "The policy is invalid.");
    let assignments = tenant.get(&url(&format!("roleManagementPolicyAssignments?$filter=roleDefinitionId eq '{ADMIN}'"))).await.ok();
    assert_eq!(assignments["value"][0]["properties"].get("effectiveRules"), None);
    assert_eq!(policy(&tenant).await["properties"]["rules"].as_array().unwrap().len(), 17);
}

#[tokio::test]
async fn an_activation_can_need_an_approval() {
    let tenant = Tenant::start().await;
    let (person, approver) = (tenant.person("one").await, tenant.person("two").await);
    let setting = json!({
        "isApprovalRequired": true, "isApprovalRequiredForExtension": false, "isRequestorJustificationRequired": true,
        "approvalMode": "SingleStage",
        "approvalStages": [{
            "approvalStageTimeOutInDays": 1, "isApproverJustificationRequired": true, "escalationTimeInMinutes": 0,
            "isEscalationEnabled": false, "escalationApprovers": null,
            "primaryApprovers": [{"id": approver.id, "userType": "User", "description": "two", "isBackup": false}],
        }],
    });
    write(&tenant, json!([rule("Approval", "Approval_EndUser_Assignment", json!({"setting": setting}))])).await.ok();
    let ask = async |token: &str, kind: &str, action: &str| {
        let body = json!({"properties": {
            "principalId": person.id, "requestType": action, "justification": "why",
            "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT4H"}},
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}"),
        }});
        let path = url(&format!("role{kind}ScheduleRequests/{}", uuid::Uuid::new_v4()));
        tenant.send_as(token, "PUT", &path, Some(body), &[]).await
    };
    assert_eq!(ask(&tenant.token, "Eligibility", "AdminAssign").await.status, 201);
    let asked = ask(&person.token, "Assignment", "SelfActivate").await;
    assert_eq!(asked.body["properties"]["status"], "PendingApproval");
    let approval = asked.body["properties"]["approvalId"].as_str().unwrap().to_owned();
    let name = approval.rsplit('/').next().unwrap();
    assert_eq!(ask(&person.token, "Assignment", "SelfActivate").await.body["error"]["code"], "PendingRoleAssignmentRequest");
    let version = "api-version=2021-01-01-preview";
    let root = format!("/providers/Microsoft.Authorization/roleAssignmentApprovals?$filter=asApprover()&{version}");
    let waiting = tenant.send_as(&approver.token, "GET", &root, None, &[]).await.ok();
    assert_eq!(waiting["value"][0]["name"], json!(name));
    assert_eq!(waiting["value"][0]["properties"]["stages"][0]["properties"]["assignedToMe"], json!(true));
    let requests = url("roleAssignmentScheduleRequests?$filter=asApprover()");
    let requests = tenant.send_as(&approver.token, "GET", &requests, None, &[]).await.ok();
    assert_eq!(requests["value"][0]["name"], asked.body["name"]);
    assert_eq!(tenant.get(&format!("{approval}?{version}")).await.status, 403, "no application");
    let stage = format!("{approval}/stages/{name}?{version}");
    let decision = json!({"reviewResult": "Approve", "justification": "because"});
    assert_eq!(tenant.send_as(&person.token, "PATCH", &stage, Some(decision.clone()), &[]).await.status, 403);
    let decided = tenant.send_as(&approver.token, "PATCH", &stage, Some(decision.clone()), &[]).await.ok();
    assert_eq!((&decided["properties"]["reviewResult"], &decided["properties"]["status"]), (&json!("Approve"), &json!("Completed")));
    assert_eq!(tenant.send_as(&approver.token, "PATCH", &stage, Some(decision), &[]).await.status, 409);
    let instances = tenant.get(&url(&format!("roleAssignmentScheduleInstances?$filter=principalId eq '{}'", person.id))).await.ok();
    assert_eq!(instances["value"][0]["properties"]["assignmentType"], "Activated");
}

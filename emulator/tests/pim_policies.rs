//! The policies of groups.

use serde_json::{Value, json};

use crate::client::{Answer, Tenant};

const POLICIES: &str = "/v1.0/policies/roleManagementPolicies";
const ASSIGNMENTS: &str = "/v1.0/policies/roleManagementPolicyAssignments";
const KIND: &str = "#microsoft.graph.unifiedRoleManagementPolicy";

async fn assignment(tenant: &Tenant, group: &str, access: &str) -> Value {
    let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'");
    let all = tenant.get(&format!("{ASSIGNMENTS}?$filter={filter}&$expand=policy($expand=rules)")).await.ok();
    assert_eq!(all["value"].as_array().unwrap().len(), 1);
    all["value"][0].clone()
}

async fn policy_id(tenant: &Tenant, group: &str, access: &str) -> String {
    assignment(tenant, group, access).await["policyId"].as_str().unwrap().to_owned()
}

async fn rule(tenant: &Tenant, group: &str, id: &str) -> Value {
    let policy = policy_id(tenant, group, "member").await;
    let mut rule = tenant.get(&format!("{POLICIES}/{policy}/rules/{id}")).await.ok();
    rule.as_object_mut().unwrap().remove("@odata.context");
    rule
}

/// Writes a rule of the members' policy, found anew.
async fn write(tenant: &Tenant, group: &str, kind: &str, id: &str, more: Value) -> Answer {
    let policy = policy_id(tenant, group, "member").await;
    let mut body = json!({"@odata.type": format!("{KIND}{kind}Rule"), "id": id});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    tenant.patch(&format!("{POLICIES}/{policy}/rules/{id}"), body).await
}

#[tokio::test]
async fn a_group_has_two_policies_of_seventeen_rules() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Admins").await;
    let found = assignment(&tenant, &group, "member").await;
    let policy = found["policyId"].as_str().unwrap();
    assert!(policy.starts_with(&format!("Group_{group}_")), "{policy}");
    assert_eq!(found["id"], format!("{policy}_member"));
    assert_ne!(policy_id(&tenant, &group, "owner").await, policy);
    let rules = found["policy"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 17);
    assert_eq!(
        rules[0],
        json!({
            "@odata.type": format!("{KIND}ExpirationRule"), "id": "Expiration_Admin_Eligibility",
            "isExpirationRequired": true, "maximumDuration": "P365D",
            "target": {"caller": "Admin", "operations": ["All"], "level": "Eligibility", "inheritableSettings": [], "enforcedSettings": []},
        })
    );
    assert_eq!(rules[10]["maximumDuration"], "PT8H");
    assert_eq!(rules[6]["enabledRules"], json!(["Justification"]));
    let listed = tenant.get(&format!("{POLICIES}?$filter=scopeId eq '{group}' and scopeType eq 'Group'")).await.ok();
    assert_eq!(listed["value"].as_array().unwrap().len(), 2);
    assert_eq!(listed["value"][0]["displayName"], "Group");
    assert_eq!(listed["value"][0]["lastModifiedBy"], json!({"displayName": null, "id": null}));
    assert_eq!(listed["value"][0].get("rules"), None);
    let one = tenant.get(&format!("{POLICIES}/{policy}?$expand=rules,effectiveRules")).await.ok();
    assert_eq!(one["rules"], one["effectiveRules"]);
    assert_eq!(tenant.get(&format!("{POLICIES}/{policy}/rules")).await.ok()["value"], one["rules"]);
    assert_eq!(tenant.get(&format!("{ASSIGNMENTS}/{policy}_member")).await.ok()["roleDefinitionId"], "member");
    let unscoped = tenant.get(&format!("{ASSIGNMENTS}?$filter=scopeId eq '{group}'")).await;
    assert_eq!(unscoped.body["error"]["code"], "UnknownError");
    let inner: Value = serde_json::from_str(unscoped.body["error"]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["errorCode"], "MissingProvider");
}

#[tokio::test]
async fn a_policys_id_changes_when_pim_takes_the_group_in_and_with_every_write() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Admins").await, tenant.user("one").await);
    let ids = async || (policy_id(&tenant, &group, "member").await, policy_id(&tenant, &group, "owner").await);
    let before = ids().await;
    assert_eq!(ids().await, before, "reading changes nothing");
    let body = json!({
        "accessId": "member", "action": "adminAssign", "groupId": group, "principalId": person,
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P1D"}},
    });
    tenant.post("/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests", body).await.created();
    let onboarded = ids().await;
    assert!(onboarded.0 != before.0 && onboarded.1 != before.1);
    let longest = json!({"isExpirationRequired": true, "maximumDuration": "PT2H"});
    write(&tenant, &group, "Expiration", "Expiration_EndUser_Assignment", longest.clone()).await.empty();
    let written = ids().await;
    assert!(written.0 != onboarded.0 && written.1 == onboarded.1);
    assert_eq!(tenant.get(&format!("{POLICIES}/{}", onboarded.0)).await.status, 404);
    assert_eq!(rule(&tenant, &group, "Expiration_EndUser_Assignment").await["maximumDuration"], "PT2H");
    let whole = json!({"rules": [{"@odata.type": format!("{KIND}ExpirationRule"), "id": "Expiration_Admin_Eligibility",
        "isExpirationRequired": false, "maximumDuration": "P365D"}]});
    let answer = tenant.patch(&format!("{POLICIES}/{}", written.0), whole).await.ok();
    assert_eq!(answer["id"], json!(ids().await.0));
    assert!(answer["lastModifiedDateTime"].is_string());
    // A first write takes the group in as well.
    let other = tenant.group("Other").await;
    let owner = policy_id(&tenant, &other, "owner").await;
    write(&tenant, &other, "Expiration", "Expiration_EndUser_Assignment", longest).await.empty();
    assert_ne!(policy_id(&tenant, &other, "owner").await, owner);
    assert_eq!(rule(&tenant, &other, "Expiration_EndUser_Assignment").await["maximumDuration"], "PT2H");
}

#[tokio::test]
async fn rules_with_values_that_they_cannot_have_are_refused() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Admins").await;
    let invalid = "The policy is invalid.";
    for (kind, id, more) in [
        ("Expiration", "Expiration_Admin_Eligibility", json!({"isExpirationRequired": true, "maximumDuration": null})),
        ("Expiration", "Expiration_Admin_Eligibility", json!({"maximumDuration": "P6M"})),
        ("Expiration", "Expiration_EndUser_Assignment", json!({"maximumDuration": "P2D"})),
        ("Enablement", "Enablement_EndUser_Assignment", json!({"enabledRules": ["Nonsense"]})),
        ("Notification", "Notification_Admin_Admin_Eligibility", json!({"notificationLevel": "Some"})),
        ("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true})),
        ("Approval", "Approval_EndUser_Assignment", json!({"setting": {"isApprovalRequired": true}})),
    ] {
        write(&tenant, &group, kind, id, more).await.refused(400, "InvalidPolicy", invalid);
    }
    for kind in ["Notification", "Nonsense"] {
        let answer = write(&tenant, &group, kind, "Expiration_Admin_Eligibility", json!({})).await;
        answer.refused(500, "", "An error has occurred.");
    }
    let unknown = write(&tenant, &group, "Expiration", "Expiration_Nobody", json!({})).await;
    assert_eq!(unknown.body["error"]["message"], "The policy rule id Expiration_Nobody is invalid.");
}

#[tokio::test]
async fn mfa_cannot_follow_a_context_and_a_context_can_follow_mfa() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Admins").await;
    let enablement =
        async |rules: &[&str]| write(&tenant, &group, "Enablement", "Enablement_EndUser_Assignment", json!({"enabledRules": rules})).await;
    let context = async |on: bool| {
        let more = json!({"isEnabled": on, "claimValue": "c1"});
        write(&tenant, &group, "AuthenticationContext", "AuthenticationContext_EndUser_Assignment", more).await
    };
    enablement(&["MultiFactorAuthentication"]).await.empty();
    context(true).await.empty();
    enablement(&["Justification"]).await.empty();
    let text = "The Mfa and Acrs policy settings cannot be enabled simultaneously.";
    enablement(&["MultiFactorAuthentication"]).await.refused(400, "MfaAndAcrsConflict", text);
    context(false).await.empty();
    enablement(&["MultiFactorAuthentication"]).await.empty();
}

#[tokio::test]
async fn an_empty_target_spoils_the_rule_for_all_others() {
    let tenant = Tenant::start().await;
    let group = tenant.group("Admins").await;
    let id = "Expiration_Admin_Eligibility";
    write(&tenant, &group, "Expiration", id, json!({"target": {}})).await.empty();
    let other = json!({"enabledRules": []});
    let text = format!("The policy rule id {id} is invalid.");
    let refused = write(&tenant, &group, "Enablement", "Enablement_Admin_Assignment", other.clone()).await;
    refused.refused(400, "InvalidPolicyRule", &text);
    let target =
        json!({"caller": "Admin", "operations": ["All"], "level": "Eligibility", "inheritableSettings": [], "enforcedSettings": []});
    write(&tenant, &group, "Expiration", id, json!({"target": target})).await.empty();
    write(&tenant, &group, "Enablement", "Enablement_Admin_Assignment", other).await.empty();
}

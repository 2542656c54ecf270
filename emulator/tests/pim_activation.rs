//! People activate, approve, deny, and give back.

use emulator::{Options, Switches, tenant};
use serde_json::{Value, json};

use crate::client::{AZURE_CLI, Answer, GRAPH_COMMAND_LINE, Person, Tenant, options};

const BASE: &str = "/v1.0/identityGovernance/privilegedAccess/group";

/// The article's cast: a group under PIM, for which the members of another are eligible, and an approver.
struct Case {
    tenant: Tenant,
    admins: String,
    normal: Person,
    privileged: Person,
    approvers: String,
}

impl Case {
    async fn start(switches: Switches) -> Self {
        let tenant = Tenant::with(Options { switches, ..options() }).await;
        let (admins, default, approvers) = (tenant.group("admin").await, tenant.group("default").await, tenant.group("approver").await);
        let (normal, privileged) = (tenant.person("n01").await, tenant.person("p01").await);
        tenant.link(&default, "members", &normal.id).await.empty();
        tenant.link(&approvers, "members", &privileged.id).await.empty();
        tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
        let eligible = json!({
            "accessId": "member", "action": "adminAssign", "groupId": admins, "principalId": default,
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}},
        });
        tenant.post(&format!("{BASE}/eligibilityScheduleRequests"), eligible).await.created();
        Self { tenant, admins, normal, privileged, approvers }
    }

    async fn rule(&self, kind: &str, id: &str, more: Value) {
        let filter = format!("$filter=scopeId eq '{}' and scopeType eq 'Group' and roleDefinitionId eq 'member'", self.admins);
        let found = self.tenant.get(&format!("/v1.0/policies/roleManagementPolicyAssignments?{filter}")).await.ok();
        let policy = found["value"][0]["policyId"].as_str().unwrap();
        let mut body = json!({"@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"), "id": id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tenant.patch(&format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/{id}"), body).await.empty();
    }

    async fn require_approval(&self) {
        let approver = json!({"@odata.type": "#microsoft.graph.groupMembers", "groupId": self.approvers, "isBackup": false});
        let stage = json!({
            "approvalStageTimeOutInDays": 1, "isApproverJustificationRequired": true, "escalationTimeInMinutes": 0,
            "isEscalationEnabled": false, "primaryApprovers": [approver], "escalationApprovers": [],
        });
        let setting = json!({
            "isApprovalRequired": true, "isApprovalRequiredForExtension": false, "isRequestorJustificationRequired": true,
            "approvalMode": "SingleStage", "approvalStages": [stage],
        });
        self.rule("Approval", "Approval_EndUser_Assignment", json!({"setting": setting})).await;
    }

    async fn ask(&self, who: &Person, action: &str, more: Value) -> Answer {
        let mut body =
            json!({"accessId": "member", "action": action, "groupId": self.admins, "principalId": who.id, "justification": "why"});
        if action == "selfActivate" {
            body["scheduleInfo"] = json!({"expiration": {"type": "afterDuration", "duration": "PT8H"}});
        }
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("{BASE}/assignmentScheduleRequests");
        self.tenant.send_as(&who.token, "POST", &path, Some(body), &[]).await
    }

    async fn activate(&self) -> Answer {
        self.ask(&self.normal, "selfActivate", json!({})).await
    }

    async fn decide(&self, who: &Person, id: &str, result: &str) -> Answer {
        let body = json!({"reviewResult": result, "justification": "because"});
        let path = format!("{BASE}/assignmentApprovals/{id}/stages/{id}");
        self.tenant.send_as(&who.token, "PATCH", &path, Some(body), &[]).await
    }

    async fn get(&self, who: &Person, path: &str) -> Value {
        self.tenant.send_as(&who.token, "GET", &format!("{BASE}/{path}"), None, &[]).await.ok()
    }

    async fn status(&self, id: &str) -> Value {
        self.get(&self.normal, &format!("assignmentScheduleRequests/{id}")).await["status"].clone()
    }

    async fn members(&self) -> Vec<String> {
        self.tenant.ids(&format!("/v1.0/groups/{}/members", self.admins)).await
    }

    async fn advance(&self, step: &str) {
        self.tenant.post("/emulator/clock", json!({"advance": step})).await.ok();
    }
}

#[tokio::test]
async fn an_activation_without_approval_is_a_membership_at_once_and_for_a_while() {
    let case = Case::start(Switches::default()).await;
    let answer = case.activate().await;
    assert_eq!((&answer.body["status"], &answer.body["approvalId"]), (&json!("Provisioned"), &Value::Null));
    assert_eq!(answer.body["createdBy"]["user"]["id"], json!(case.normal.id));
    answer.created();
    assert_eq!(case.members().await, std::slice::from_ref(&case.normal.id));
    let mine = case.get(&case.normal, "assignmentScheduleInstances/filterByCurrentUser(on='principal')").await;
    assert_eq!(mine["value"][0]["assignmentType"], "activated");
    let path = format!("assignmentSchedules?$filter=groupId eq '{}'&$expand=activatedUsing", case.admins);
    let used = case.get(&case.normal, &path).await["value"][0]["activatedUsing"].clone();
    let eligible = case.get(&case.normal, "eligibilitySchedules/filterByCurrentUser(on='principal')").await;
    assert_eq!(eligible["value"][0]["id"], used["id"]);
    let exists = "The Role assignment already exists.";
    case.activate().await.refused(400, "RoleAssignmentExists", exists);
    let short = "The Active duration is too short. Miniumum Required is 5 minutes.";
    let back = async || case.ask(&case.normal, "selfDeactivate", json!({})).await;
    back().await.refused(400, "ActiveDurationTooShort", short);
    case.advance("PT5M").await;
    let given_back = back().await;
    assert_eq!(given_back.body["status"], "Revoked");
    given_back.created();
    assert!(case.members().await.is_empty());
    back().await.refused(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.");
    case.activate().await.created();
    case.advance("PT8H1S").await;
    assert!(case.members().await.is_empty());
}

#[tokio::test]
async fn what_needs_approval_waits_for_it() {
    let case = Case::start(Switches::default()).await;
    case.require_approval().await;
    let asked = case.activate().await;
    assert_eq!((&asked.body["status"], &asked.body["completedDateTime"]), (&json!("PendingApproval"), &Value::Null));
    assert_eq!(asked.body["approvalId"], asked.body["id"]);
    let id = asked.created();
    assert!(case.members().await.is_empty());
    let pending = case.activate().await;
    assert_eq!(pending.body["error"]["code"], "PendingRoleAssignmentRequest");
    // Who decides sees it, and nobody else.
    let waiting = async |who: &Person| case.get(who, "assignmentApprovals/filterByCurrentUser(on='approver')").await["value"].clone();
    assert_eq!(waiting(&case.privileged).await[0]["id"], json!(id));
    assert_eq!(waiting(&case.normal).await, json!([]));
    let asked = case.get(&case.privileged, "assignmentScheduleRequests/filterByCurrentUser(on='approver')").await;
    assert_eq!((&asked["value"][0]["id"], &asked["value"][0]["justification"]), (&json!(id), &json!("why")));
    let approval = case.get(&case.privileged, &format!("assignmentApprovals/{id}?$expand=stages")).await;
    let stage = &approval["stages"][0];
    assert_eq!((&stage["id"], &stage["assignedToMe"]), (&json!(id), &json!(true)));
    assert_eq!((&stage["status"], &stage["reviewResult"]), (&json!("InProgress"), &json!("NotReviewed")));
    case.advance("PT1H").await;
    case.decide(&case.privileged, &id, "Approve").await.empty();
    assert_eq!(case.status(&id).await, "Provisioned");
    assert_eq!(case.members().await, std::slice::from_ref(&case.normal.id));
    let stages = case.get(&case.privileged, &format!("assignmentApprovals/{id}/steps")).await;
    assert_eq!(stages["value"][0]["reviewedBy"], json!({"id": case.privileged.id, "displayName": "p01"}));
    assert_eq!(case.decide(&case.privileged, &id, "Deny").await.status, 409);
    assert_eq!(waiting(&case.privileged).await, json!([]));
    // Its hours count from the approval.
    case.advance("PT7H59M").await;
    assert_eq!(case.members().await.len(), 1);
    case.advance("PT2M").await;
    assert!(case.members().await.is_empty());
}

#[tokio::test]
async fn what_is_denied_or_taken_back_or_forgotten_never_comes() {
    let case = Case::start(Switches::default()).await;
    case.require_approval().await;
    let id = case.activate().await.created();
    let unknown = "99999999-9999-4999-8999-999999999999";
    assert_eq!(case.decide(&case.privileged, unknown, "Deny").await.status, 404);
    assert_eq!(case.decide(&case.privileged, &id, "Perhaps").await.status, 400);
    case.decide(&case.privileged, &id, "Deny").await.empty();
    assert_eq!(case.status(&id).await, "Denied");
    let id = case.activate().await.created();
    let cancel = format!("{BASE}/assignmentScheduleRequests/{id}/cancel");
    let other = case.tenant.person("other").await;
    assert_eq!(case.tenant.send_as(&other.token, "POST", &cancel, None, &[]).await.status, 403);
    case.tenant.send_as(&case.normal.token, "POST", &cancel, None, &[]).await.empty();
    assert_eq!(case.status(&id).await, "Canceled");
    assert_eq!(case.decide(&case.privileged, &id, "Approve").await.status, 404);
    let id = case.activate().await.created();
    case.advance("P1DT1S").await;
    assert_eq!(case.status(&id).await, "Failed");
    assert_eq!(case.decide(&case.privileged, &id, "Approve").await.status, 409);
    assert!(case.members().await.is_empty());
}

#[tokio::test]
async fn only_members_of_the_approvers_decide_and_not_on_themselves() {
    for own in [false, true] {
        let case = Case::start(Switches { approvers_decide_on_themselves: own, ..Switches::default() }).await;
        case.require_approval().await;
        let owner = case.tenant.person("owner").await;
        case.tenant.link(&case.approvers, "owners", &owner.id).await.empty();
        case.tenant.link(&case.approvers, "members", &case.normal.id).await.empty();
        let id = case.activate().await.created();
        assert_eq!(case.decide(&owner, &id, "Approve").await.status, 403, "an owner is no member");
        let expected = if own { 204 } else { 403 };
        assert_eq!(case.decide(&case.normal, &id, "Approve").await.status, expected);
        if !own {
            case.decide(&case.privileged, &id, "Approve").await.empty();
        }
    }
}

#[tokio::test]
async fn an_activation_observes_the_policy() {
    let case = Case::start(Switches::default()).await;
    let other = case.tenant.person("other").await;
    let failed = |rules: &str| format!("The following policy rules failed: [{rules}]");
    let code = "RoleAssignmentRequestPolicyValidationFailed";
    let long = json!({"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT9H"}}, "justification": ""});
    let all = failed("\"EligibilityRule\",\"ExpirationRule\",\"JustificationRule\"");
    case.ask(&other, "selfActivate", long).await.refused(400, code, &all);
    let rules = json!({"enabledRules": ["Justification", "Ticketing", "MultiFactorAuthentication"]});
    case.rule("Enablement", "Enablement_EndUser_Assignment", rules).await;
    case.activate().await.refused(400, code, &failed("\"TicketingRule\",\"MfaRule\""));
    case.rule("Enablement", "Enablement_EndUser_Assignment", json!({"enabledRules": []})).await;
    case.rule("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"})).await;
    let context = case.activate().await;
    assert_eq!((context.status, &context.body["error"]["code"]), (400, &json!("RoleAssignmentRequestAcrsValidationFailed")));
    assert!(context.body["error"]["message"].as_str().unwrap().contains("claims="));
    case.rule("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": false})).await;
    let later =
        json!({"scheduleInfo": {"startDateTime": "2099-01-01T00:00:00Z", "expiration": {"type": "afterDuration", "duration": "PT1H"}}});
    case.ask(&case.normal, "selfActivate", later).await.refused(400, "RoleAssignmentExists", "The Role assignment already exists.");
    let validation = case.ask(&case.normal, "selfActivate", json!({"isValidationOnly": true})).await;
    assert_eq!(validation.status, 201);
    assert!(case.members().await.is_empty());
}

#[tokio::test]
async fn an_authentication_context_is_satisfied_by_signing_in_again() {
    let case = Case::start(Switches::default()).await;
    let name = format!("n01@{}", tenant::DOMAIN);
    case.rule("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"})).await;
    let policy = json!({
        "displayName": "before an activation", "state": "enabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        "conditions": {
            "users": {"includeUsers": ["All"]}, "clientAppTypes": ["all"],
            "applications": {"includeAuthenticationContextClassReferences": ["c1"]},
        },
    });
    case.tenant.post("/v1.0/identity/conditionalAccess/policies", policy).await.created();
    let refused = case.activate().await;
    let message = refused.body["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("RoleAssignmentRequestAcrsValidationFailed")));
    assert_eq!(message, "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22c1%22%7D%7D%7D");
    let wanted =
        |capabilities: Value| json!({"access_token": {"acrs": {"essential": true, "value": "c1"}, "xms_cc": {"values": capabilities}}});
    // A password alone does not satisfy it, and without being asked nothing is said of it.
    let sign_in = async |claims: Value| case.tenant.sign_in(GRAPH_COMMAND_LINE, &name, "Correct-Horse-1", &claims).await;
    let weak = sign_in(wanted(json!(["cp1"]))).await;
    assert_eq!((weak.status, &weak.body["error_codes"]), (400, &json!([50076])));
    let circumstances = json!({"user_principal_name": name, "circumstances": {"mfa": true}});
    case.tenant.post("/emulator/circumstances", circumstances).await;
    let activate = async |claims: Value| {
        let token = sign_in(claims).await.ok()["access_token"].as_str().unwrap().to_owned();
        case.ask(&Person { id: case.normal.id.clone(), token }, "selfActivate", json!({})).await
    };
    // Nor does a client that does not understand the challenge.
    for claims in [Value::Null, wanted(json!([]))] {
        assert_eq!(activate(claims).await.body["error"]["code"], "RoleAssignmentRequestAcrsValidationFailed");
    }
    activate(wanted(json!(["cp1"]))).await.created();
    assert_eq!(case.members().await, std::slice::from_ref(&case.normal.id));
    assert_eq!(sign_in(json!("c1")).await.status, 400, "that is no JSON object");
}

#[tokio::test]
async fn what_people_ask_for_themselves_an_application_cannot() {
    let case = Case::start(Switches::default()).await;
    let inner = |answer: &Answer| -> Value { serde_json::from_str(answer.body["error"]["message"].as_str().unwrap()).unwrap() };
    let application = Person { id: tenant::SERVICE_PRINCIPAL_ID.into(), token: case.tenant.token.clone() };
    let refused = case.ask(&application, "selfActivate", json!({})).await;
    assert_eq!((refused.status, &inner(&refused)["errorCode"]), (403, &json!("PermissionScopeNotGranted")));
    let approvals = case.tenant.get(&format!("{BASE}/assignmentApprovals/filterByCurrentUser(on='approver')")).await;
    assert_eq!(approvals.status, 403);
    // The Azure CLI has no permission for PIM.
    let name = format!("n01@{}", tenant::DOMAIN);
    let cli = Person { id: case.normal.id.clone(), token: case.tenant.token_of(AZURE_CLI, &name, "Correct-Horse-1").await };
    let refused = case.ask(&cli, "selfActivate", json!({})).await;
    assert_eq!(
        (refused.status, &inner(&refused)["message"]),
        (
            403,
            &json!(
                "Authorization failed due to missing permission scope PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup,\
                 PrivilegedAssignmentSchedule.Remove.AzureADGroup,PrivilegedAccess.ReadWrite.AzureADGroup."
            )
        )
    );
    // Nobody activates for somebody else, and only administrators and owners assign.
    let for_another = case.ask(&case.privileged, "selfActivate", json!({"principalId": case.normal.id})).await;
    assert_eq!(for_another.body["error"]["code"], "InvalidRoleAssignmentRequest");
    let assignment = json!({"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT8H"}}});
    assert_eq!(case.ask(&case.normal, "adminAssign", assignment.clone()).await.status, 403);
    let token = case.tenant.token_of(GRAPH_COMMAND_LINE, tenant::ADMINISTRATOR, tenant::ADMINISTRATOR_PASSWORD).await;
    let administrator = Person { id: case.normal.id.clone(), token };
    case.ask(&administrator, "adminAssign", assignment).await.created();
}

//! Eligible and active assignments of groups, as administrators make them.

use emulator::{Options, Profile, Switches};
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options, security_group};

const BASE: &str = "/v1.0/identityGovernance/privilegedAccess/group";

/// A group, somebody, and what can be asked for them.
struct Case {
    tenant: Tenant,
    group: String,
    person: String,
}

impl Case {
    async fn start() -> Self {
        Self::of(Tenant::start().await).await
    }

    async fn of(tenant: Tenant) -> Self {
        let (group, person) = (tenant.group("Admins").await, tenant.user("one").await);
        tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
        Self { tenant, group, person }
    }

    /// Asks for something; `kind` is `eligibility` or `assignment`.
    async fn ask(&self, kind: &str, action: &str, more: Value) -> Answer {
        let mut body = json!({
            "accessId": "member", "action": action, "groupId": self.group, "principalId": self.person,
            "justification": "why",
        });
        if action != "adminRemove" {
            body["scheduleInfo"] = hours(2);
        }
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tenant.post(&format!("{BASE}/{kind}ScheduleRequests"), body).await
    }

    async fn list(&self, what: &str) -> Vec<Value> {
        let answer = self.tenant.get(&format!("{BASE}/{what}?$filter=groupId eq '{}'", self.group)).await.ok();
        answer["value"].as_array().unwrap().clone()
    }

    async fn advance(&self, step: &str) {
        self.tenant.post("/emulator/clock", json!({"advance": step})).await.ok();
    }

    async fn members(&self) -> Vec<String> {
        self.tenant.ids(&format!("/v1.0/groups/{}/members", self.group)).await
    }

    async fn now(&self) -> jiff::Timestamp {
        let body = self.ask("eligibility", "adminAssign", json!({"isValidationOnly": true, "accessId": "owner"})).await;
        body.body["createdDateTime"].as_str().unwrap().parse().unwrap()
    }
}

fn hours(count: u32) -> Value {
    json!({"expiration": {"type": "AfterDuration", "duration": format!("PT{count}H")}})
}

#[tokio::test]
async fn an_eligibility_has_a_request_a_schedule_and_an_instance() {
    let case = Case::start().await;
    let answer = case.ask("eligibility", "AdminAssign", json!({"ticketInfo": {"ticketNumber": "7"}})).await;
    let host = answer.headers["location"].to_str().unwrap().to_owned();
    let body = answer.body.clone();
    let id = answer.created();
    assert!(host.ends_with(&format!("{BASE}/eligibilityScheduleRequests/{id}")));
    let (now, target) = (body["createdDateTime"].clone(), format!("{}_member_{id}", case.group));
    let mut expected = json!({
        "id": id, "accessId": "member", "action": "adminAssign", "approvalId": null, "completedDateTime": now,
        "createdBy": {"application": null, "device": null,
                      "user": {"displayName": null, "id": emulator::tenant::SERVICE_PRINCIPAL_ID}},
        "createdDateTime": now, "customData": null, "groupId": case.group, "isValidationOnly": false,
        "justification": "why", "principalId": case.person,
        "scheduleInfo": {"startDateTime": now, "recurrence": null,
                         "expiration": {"type": "afterDuration", "endDateTime": null, "duration": "PT2H"}},
        "status": "Provisioned", "targetScheduleId": target,
        "ticketInfo": {"ticketNumber": "7", "ticketSystem": null},
    });
    expected["@odata.context"] = body["@odata.context"].clone();
    assert_eq!(body, expected);
    assert_eq!(case.tenant.get(&format!("{BASE}/eligibilityScheduleRequests/{id}")).await.ok()["status"], "Provisioned");
    let schedules = case.list("eligibilitySchedules").await;
    assert_eq!((schedules.len(), &schedules[0]["id"]), (1, &json!(target)));
    assert_eq!((&schedules[0]["createdUsing"], &schedules[0]["status"]), (&json!(id), &json!("Provisioned")));
    let end = schedules[0]["scheduleInfo"]["expiration"]["endDateTime"].clone();
    let instances = case.list("eligibilityScheduleInstances").await;
    assert_eq!((&instances[0]["eligibilityScheduleId"], &instances[0]["endDateTime"]), (&json!(target), &end));
    assert!(case.members().await.is_empty(), "being eligible is not being a member");
    case.advance("PT2H1S").await;
    assert!(case.list("eligibilitySchedules").await.is_empty());
    assert!(case.list("eligibilityScheduleInstances").await.is_empty());
    assert_eq!(case.list("eligibilityScheduleRequests").await.len(), 1, "history stays");
    case.advance("P45D").await;
    assert!(case.list("eligibilityScheduleRequests").await.is_empty(), "and is purged");
}

#[tokio::test]
async fn an_active_assignment_is_a_membership_until_it_ends() {
    let case = Case::start().await;
    case.ask("assignment", "adminAssign", json!({})).await.created();
    assert_eq!(case.members().await, std::slice::from_ref(&case.person));
    assert_eq!(case.list("assignmentSchedules").await[0]["assignmentType"], "assigned");
    assert_eq!(case.list("assignmentScheduleInstances").await[0]["assignmentType"], "assigned");
    case.ask("assignment", "adminAssign", json!({"accessId": "owner"})).await.created();
    assert_eq!(case.tenant.ids(&format!("/v1.0/groups/{}/owners", case.group)).await, std::slice::from_ref(&case.person));
    case.advance("PT2H1S").await;
    assert!(case.members().await.is_empty());
    assert!(case.list("assignmentSchedules").await.is_empty());
}

#[tokio::test]
async fn every_change_has_a_schedule_of_another_id() {
    let case = Case::start().await;
    let first = case.ask("assignment", "adminAssign", json!({})).await.created();
    let exists = "The Role assignment already exists.";
    case.ask("assignment", "adminAssign", json!({})).await.refused(400, "RoleAssignmentExists", exists);
    for (action, count) in [("adminUpdate", 4), ("adminExtend", 6)] {
        let id = case.ask("assignment", action, json!({"scheduleInfo": hours(count)})).await.created();
        let schedules = case.list("assignmentSchedules").await;
        assert_eq!(schedules.len(), 1, "{action}");
        assert_eq!(schedules[0]["id"], format!("{}_member_{id}", case.group), "{action}");
        assert_eq!(case.list("assignmentScheduleInstances").await.len(), 1);
        assert_eq!(case.members().await.len(), 1, "{action}: without a gap");
    }
    assert_eq!(case.tenant.get(&format!("{BASE}/assignmentSchedules/{}_member_{first}", case.group)).await.status, 404);
    assert_eq!(case.list("assignmentScheduleRequests").await.len(), 3);
    // What ended can be renewed, and nothing else.
    case.ask("assignment", "adminRenew", json!({})).await.refused(400, "RoleAssignmentExists", exists);
    case.advance("PT6H1S").await;
    let missing = "The Role assignment does not exist.";
    for action in ["adminUpdate", "adminExtend", "adminRemove"] {
        case.ask("assignment", action, json!({})).await.refused(400, "RoleAssignmentDoesNotExist", missing);
    }
    case.ask("assignment", "adminRenew", json!({})).await.created();
    assert_eq!(case.members().await.len(), 1);
    case.ask("eligibility", "adminRenew", json!({})).await.refused(400, "RoleAssignmentDoesNotExist", missing);
}

#[tokio::test]
async fn the_first_five_minutes_cannot_be_taken_back() {
    let case = Case::start().await;
    let short = "The Active duration is too short. Miniumum Required is 5 minutes.";
    let four = json!({"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT4M"}}});
    for kind in ["eligibility", "assignment"] {
        case.ask(kind, "adminAssign", four.clone()).await.refused(400, "ActiveDurationTooShort", short);
        case.ask(kind, "adminAssign", json!({})).await.created();
        case.advance("PT4M59S").await;
        case.ask(kind, "adminRemove", json!({})).await.refused(400, "ActiveDurationTooShort", short);
        case.advance("PT1S").await;
        let removed = case.ask(kind, "adminRemove", json!({})).await;
        assert_eq!((&removed.body["status"], &removed.body["scheduleInfo"]), (&json!("Revoked"), &Value::Null));
        removed.created();
        assert!(case.list(&format!("{kind}Schedules")).await.is_empty());
        assert!(case.list(&format!("{kind}ScheduleInstances")).await.is_empty());
    }
    assert!(case.members().await.is_empty());
}

#[tokio::test]
async fn what_begins_later_is_granted_and_can_be_cancelled() {
    let case = Case::start().await;
    let later = case.now().await.checked_add(jiff::SignedDuration::from_hours(3)).unwrap();
    let mut info = hours(1);
    info["startDateTime"] = json!(later.to_string());
    let granted = case.ask("assignment", "adminAssign", json!({"scheduleInfo": info})).await;
    assert_eq!((&granted.body["status"], &granted.body["completedDateTime"]), (&json!("Granted"), &Value::Null));
    let id = granted.created();
    assert_eq!(case.list("assignmentSchedules").await[0]["status"], "Granted");
    assert!(case.list("assignmentScheduleInstances").await.is_empty());
    assert!(case.members().await.is_empty());
    case.advance("PT3H1S").await;
    assert_eq!(case.members().await.len(), 1);
    let request = format!("{BASE}/assignmentScheduleRequests/{id}");
    assert_eq!(case.tenant.get(&request).await.ok()["status"], "Provisioned");
    assert_eq!(case.list("assignmentScheduleInstances").await.len(), 1);
    let cancelled = case.tenant.send("POST", &format!("{request}/cancel"), None, &[]).await;
    assert_eq!(cancelled.status, 400, "it has happened");
    case.advance("PT1H").await;
    assert!(case.members().await.is_empty());
    info["startDateTime"] = json!(later.checked_add(jiff::SignedDuration::from_hours(9)).unwrap().to_string());
    let id = case.ask("assignment", "adminAssign", json!({"scheduleInfo": info})).await.created();
    let request = format!("{BASE}/assignmentScheduleRequests/{id}");
    case.tenant.send("POST", &format!("{request}/cancel"), None, &[]).await.empty();
    assert_eq!(case.tenant.get(&request).await.ok()["status"], "Canceled");
    assert!(case.list("assignmentSchedules").await.is_empty());
}

#[tokio::test]
async fn the_policy_says_which_of_its_rules_are_broken() {
    let case = Case::start().await;
    let failed = |rules: &str| format!("The following policy rules failed: [{rules}]");
    let code = "RoleAssignmentRequestPolicyValidationFailed";
    let forever = json!({"scheduleInfo": {"expiration": {"type": "noExpiration"}}, "justification": null});
    case.ask("eligibility", "adminAssign", forever.clone()).await.refused(400, code, &failed("\"ExpirationRule\""));
    let both = failed("\"ExpirationRule\",\"JustificationRule\"");
    case.ask("assignment", "adminAssign", forever).await.refused(400, code, &both);
    let long = json!({"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P366D"}}});
    case.ask("eligibility", "adminAssign", long).await.refused(400, code, &failed("\"ExpirationRule\""));
    assert!(case.list("eligibilityScheduleRequests").await.is_empty(), "what is refused is no request");
}

#[tokio::test]
async fn what_makes_no_sense_is_invalid() {
    let case = Case::start().await;
    let group = case.tenant.group("Other").await;
    let mut dynamic = security_group("Dynamic");
    dynamic["groupTypes"] = json!(["DynamicMembership"]);
    dynamic["membershipRule"] = json!("user.city -eq \"a\"");
    let dynamic = case.tenant.post("/v1.0/groups", dynamic).await.created();
    let mut privileged = security_group("Privileged");
    privileged["isAssignableToRole"] = json!(true);
    let privileged = case.tenant.post("/v1.0/groups", privileged).await.created();
    let text = "The role assignment request is invalid.";
    for wrong in [
        json!({"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P6M"}}}),
        json!({"scheduleInfo": {"expiration": {"type": "afterDateTime", "endDateTime": "2020-01-01T00:00:00Z"}}}),
        json!({"scheduleInfo": null}),
        json!({"action": "adminNonsense"}),
        json!({"accessId": "guest"}),
        json!({"groupId": "x"}),
        json!({"principalId": case.group}),
        json!({"groupId": dynamic}),
        json!({"groupId": privileged, "principalId": group}),
    ] {
        case.ask("assignment", "adminAssign", wrong).await.refused(400, "InvalidRoleAssignmentRequest", text);
    }
    let nobody = json!({"principalId": "99999999-9999-4999-8999-999999999999"});
    case.ask("assignment", "adminAssign", nobody).await.refused(404, "SubjectNotFound", "The subject is not found.");
    case.ask("eligibility", "adminAssign", json!({"groupId": privileged, "principalId": group})).await.created();
}

#[tokio::test]
async fn a_validation_changes_nothing() {
    let case = Case::start().await;
    let (kind, validation) = ("eligibility", json!({"isValidationOnly": true}));
    let answer = case.ask(kind, "adminAssign", validation.clone()).await;
    assert_eq!((answer.status, &answer.body["isValidationOnly"]), (201, &json!(true)));
    assert!(case.list("eligibilitySchedules").await.is_empty());
    assert!(case.list("eligibilityScheduleRequests").await.is_empty());
    case.ask(kind, "adminAssign", json!({})).await.created();
    case.ask(kind, "adminAssign", validation).await.refused(400, "RoleAssignmentExists", "The Role assignment already exists.");
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_expanded() {
    let case = Case::start().await;
    let first = case.ask("eligibility", "adminAssign", json!({})).await.created();
    case.advance("PT1M").await;
    let second = case.ask("eligibility", "adminUpdate", json!({"scheduleInfo": hours(3)})).await.created();
    assert_eq!(case.tenant.get(&format!("{BASE}/eligibilitySchedules")).await.ok()["value"], json!([]));
    let newest = format!("{BASE}/eligibilityScheduleRequests?$filter=groupId eq '{}'&$orderby=createdDateTime desc", case.group);
    let newest = case.tenant.get(&newest).await.ok();
    assert_eq!((&newest["value"][0]["id"], &newest["value"][1]["id"]), (&json!(second), &json!(first)));
    let target = format!("{}_member_{second}", case.group);
    let of_target = format!("{BASE}/eligibilityScheduleRequests?$filter=groupId eq '{}' and targetScheduleId eq '{target}'", case.group);
    assert_eq!(case.tenant.get(&of_target).await.ok()["value"].as_array().unwrap().len(), 1);
    let expanded = format!("{BASE}/eligibilitySchedules/{target}?$expand=principal($select=id),group");
    let expanded = case.tenant.get(&expanded).await.ok();
    assert_eq!(expanded["principal"]["id"], json!(case.person));
    assert_eq!(expanded["group"]["displayName"], "Admins");
    let of_person = format!("{BASE}/eligibilityScheduleInstances?$filter=principalId eq '{}'", case.person);
    assert_eq!(case.tenant.get(&of_person).await.ok()["value"].as_array().unwrap().len(), 1);
    // Nothing is left of a group that is deleted.
    case.tenant.delete(&format!("/v1.0/groups/{}", case.group)).await.empty();
    assert_eq!(case.tenant.get(&of_person).await.ok()["value"], json!([]));
}

#[tokio::test]
async fn without_a_licence_nothing_is_given() {
    let switches = Switches { identity_governance_is_licensed: false, ..Switches::default() };
    let case = Case::of(Tenant::with(Options { switches, ..options() }).await).await;
    let text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    case.ask("eligibility", "adminAssign", json!({})).await.refused(400, "AadPremiumLicenseRequired", text);
}

#[tokio::test]
async fn a_new_group_is_unknown_for_a_while() {
    let mut unknown = 0;
    for seed in 1..6 {
        let tenant = Tenant::with(Options { profile: Profile::Realistic, seed, ..options() }).await;
        let group = tenant.group("Admins").await;
        let filter = format!("$filter=scopeId eq '{group}' and scopeType eq 'Group'");
        let assignments = format!("/v1.0/policies/roleManagementPolicyAssignments?{filter}");
        let policies = tenant.get(&assignments).await.ok()["value"].as_array().unwrap().len();
        let body = json!({
            "accessId": "member", "action": "adminAssign", "groupId": group, "justification": "why",
            "principalId": emulator::tenant::SERVICE_PRINCIPAL_ID, "scheduleInfo": hours(2),
        });
        let asked = tenant.post(&format!("{BASE}/eligibilityScheduleRequests"), body.clone()).await;
        if asked.status == 404 {
            asked.refused(404, "SubjectNotFound", "The subject is not found.");
            assert_eq!(policies, 0);
            unknown += 1;
        }
        tenant.post("/emulator/clock", json!({"advance": "PT10S"})).await.ok();
        tenant.post(&format!("{BASE}/eligibilityScheduleRequests"), body).await;
        assert_eq!(tenant.get(&assignments).await.ok()["value"].as_array().unwrap().len(), 2);
    }
    assert!(unknown > 0);
}

#[tokio::test]
async fn a_request_takes_its_time_and_comes_to_what_a_test_wishes() {
    let case = Case::start().await;
    let wish = async |wish: Value| case.tenant.post("/emulator/pim-requests", wish).await.status;
    let status = async |id: &str| case.tenant.get(&format!("{BASE}/assignmentScheduleRequests/{id}")).await.ok()["status"].clone();
    assert_eq!(wish(json!({"end_next": "Provisioned"})).await, 400, "that is no failure");
    assert_eq!(wish(json!({"take": "-PT1S"})).await, 400);
    assert_eq!(wish(json!({"end_next": "Failed"})).await, 204);
    // What is only validated is no request.
    let tried = case.ask("assignment", "adminAssign", json!({"isValidationOnly": true})).await;
    assert_eq!(tried.body["status"], "Provisioned");
    let answer = case.ask("assignment", "adminAssign", json!({})).await;
    assert_eq!((&answer.body["status"], &answer.body["completedDateTime"]), (&json!("PendingProvisioning"), &Value::Null));
    assert!(answer.body.as_object().unwrap().keys().all(|name| !name.starts_with('~')), "{}", answer.body);
    let id = answer.created();
    assert_eq!(status(&id).await, "Failed");
    assert!(case.members().await.is_empty() && case.list("assignmentSchedules").await.is_empty());
    assert_eq!(wish(json!({"take": "PT30S"})).await, 204);
    let id = case.ask("assignment", "adminAssign", json!({})).await.created();
    assert_eq!((status(&id).await, case.members().await.len()), (json!("PendingProvisioning"), 0));
    case.advance("PT31S").await;
    assert_eq!((status(&id).await, case.members().await), (json!("Provisioned"), vec![case.person.clone()]));
    let schedule = case.list("assignmentSchedules").await.remove(0);
    assert_eq!(schedule["createdUsing"], json!(id));
    // A change that has not happened is taken back, and what was there stays.
    let id = case.ask("assignment", "adminExtend", json!({"scheduleInfo": hours(4)})).await.created();
    case.tenant.post(&format!("{BASE}/assignmentScheduleRequests/{id}/cancel"), Value::Null).await.empty();
    case.advance("PT31S").await;
    assert_eq!(status(&id).await, "Canceled");
    assert_eq!(case.list("assignmentSchedules").await, [schedule]);
    case.tenant.post("/emulator/reset", Value::Null).await;
}

#[tokio::test]
async fn people_ask_administrators_to_prolong_what_they_have() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Admins").await, tenant.person("one").await);
    let case = Case { tenant, group, person: person.id.clone() };
    let own = async |kind: &str, action: &str| {
        let body = json!({
            "accessId": "member", "action": action, "groupId": case.group, "principalId": case.person, "justification": "why",
            "scheduleInfo": hours(4),
        });
        case.tenant.send_as(&person.token, "POST", &format!("{BASE}/{kind}ScheduleRequests"), Some(body), &[]).await
    };
    for kind in ["eligibility", "assignment"] {
        own(kind, "selfExtend").await.refused(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.");
        case.ask(kind, "adminAssign", json!({})).await.created();
        own(kind, "selfRenew").await.refused(400, "RoleAssignmentExists", "The Role assignment already exists.");
        let asked = own(kind, "selfExtend").await;
        assert_eq!((&asked.body["status"], &asked.body["action"]), (&json!("PendingAdminDecision"), &json!("selfExtend")));
        let id = asked.created();
        assert_eq!(own(kind, "selfExtend").await.body["error"]["code"], "PendingRoleAssignmentRequest");
        let end = async || case.list(&format!("{kind}Schedules")).await[0]["scheduleInfo"]["expiration"]["endDateTime"].clone();
        let before = end().await;
        case.ask(kind, "adminExtend", json!({"scheduleInfo": hours(4)})).await.created();
        assert_ne!(end().await, before);
        let path = format!("{BASE}/{kind}ScheduleRequests/{id}");
        assert_eq!(case.tenant.get(&path).await.ok()["status"], "Provisioned");
        // What nobody has answered is taken back.
        let id = own(kind, "selfExtend").await.created();
        let cancel = format!("{BASE}/{kind}ScheduleRequests/{id}/cancel");
        case.tenant.send_as(&person.token, "POST", &cancel, None, &[]).await.empty();
        assert_eq!(case.list(&format!("{kind}Schedules")).await.len(), 1);
    }
    case.advance("PT4H1M").await;
    let asked = own("eligibility", "selfRenew").await;
    assert_eq!(asked.body["status"], "PendingAdminDecision");
    case.ask("eligibility", "adminRenew", json!({})).await.created();
    // An application asks for nobody.
    let body =
        json!({"accessId": "member", "action": "selfExtend", "groupId": case.group, "principalId": case.person, "scheduleInfo": hours(4)});
    let refused = case.tenant.post(&format!("{BASE}/eligibilityScheduleRequests"), body).await;
    assert_eq!(refused.status, 403);
}

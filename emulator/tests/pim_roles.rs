//! Eligible and active assignments of Azure roles.

use emulator::{Options, Profile, tenant};
use serde_json::{Value, json};

use crate::client::{Answer, Person, Tenant, options};

const ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";
const VERSION: &str = "api-version=2020-10-01";

fn group_scope() -> String {
    format!("/subscriptions/{}/resourceGroups/{}", tenant::SUBSCRIPTION_ID, tenant::RESOURCE_GROUP)
}

fn cluster() -> String {
    format!("{}/providers/Microsoft.ContainerService/managedClusters/{}", group_scope(), tenant::CLUSTER)
}

fn hours(count: u32) -> Value {
    json!({"startDateTime": null, "expiration": {"type": "AfterDuration", "duration": format!("PT{count}H"), "endDateTime": null}})
}

struct Case {
    tenant: Tenant,
    person: Person,
}

impl Case {
    async fn start() -> Self {
        let tenant = Tenant::start().await;
        let person = tenant.person("one").await;
        tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
        Self { tenant, person }
    }

    fn url(scope: &str, rest: &str) -> String {
        let mark = if rest.contains('?') { '&' } else { '?' };
        format!("{scope}/providers/Microsoft.Authorization/{rest}{mark}{VERSION}")
    }

    /// Asks for something at the cluster; `kind` is `Eligibility` or `Assignment`.
    async fn ask_as(&self, token: &str, kind: &str, action: &str, more: Value) -> Answer {
        let mut properties = json!({
            "principalId": self.person.id, "requestType": action, "justification": "why",
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}"),
        });
        if !action.ends_with("Remove") && !action.ends_with("Deactivate") {
            properties["scheduleInfo"] = hours(2);
        }
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = Self::url(&cluster(), &format!("role{kind}ScheduleRequests/{}", uuid::Uuid::new_v4()));
        self.tenant.send_as(token, "PUT", &path, Some(json!({"properties": properties})), &[]).await
    }

    async fn ask(&self, kind: &str, action: &str, more: Value) -> Answer {
        self.ask_as(&self.tenant.token, kind, action, more).await
    }

    async fn mine(&self, action: &str, more: Value) -> Answer {
        self.ask_as(&self.person.token, "Assignment", action, more).await
    }

    async fn list(&self, scope: &str, what: &str, filter: &str) -> Vec<Value> {
        let answer = self.tenant.get(&Self::url(scope, &format!("{what}?$filter={filter}"))).await.ok();
        answer["value"].as_array().unwrap().clone()
    }

    /// The person's role assignments.
    async fn roles(&self) -> Vec<Value> {
        let filter = format!("principalId eq '{}'", self.person.id);
        let path = format!("{}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}&api-version=2022-04-01", cluster());
        self.tenant.get(&path).await.ok()["value"].as_array().unwrap().clone()
    }

    async fn of_person(&self, what: &str) -> Vec<Value> {
        self.list(&cluster(), what, &format!("principalId eq '{}'", self.person.id)).await
    }

    async fn advance(&self, step: &str) {
        self.tenant.post("/emulator/clock", json!({"advance": step})).await.ok();
    }
}

#[track_caller]
fn made(answer: Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn an_eligibility_has_a_request_a_schedule_and_an_instance() {
    let case = Case::start().await;
    let request = made(case.ask("Eligibility", "AdminAssign", json!({})).await);
    let properties = &request["properties"];
    for (name, value) in [
        ("scope", json!(cluster())),
        ("status", json!("Provisioned")),
        ("principalType", json!("User")),
        ("requestType", json!("AdminAssign")),
        ("requestorId", json!(tenant::SERVICE_PRINCIPAL_ID)),
        ("approvalId", Value::Null),
        ("ticketInfo", json!({})),
    ] {
        assert_eq!(properties[name], value, "{name}");
    }
    assert_eq!(properties["scheduleInfo"]["expiration"], json!({"type": "AfterDuration", "duration": "PT2H"}));
    assert_eq!(properties["expandedProperties"]["roleDefinition"]["displayName"], "Azure Kubernetes Service RBAC Admin");
    assert_eq!(properties["expandedProperties"]["principal"]["email"], "one@contoso.com");
    assert_eq!(request["type"], "Microsoft.Authorization/roleEligibilityScheduleRequests");
    assert!(properties["roleDefinitionId"].as_str().unwrap().starts_with(&format!("/subscriptions/{}/", tenant::SUBSCRIPTION_ID)));
    let schedules = case.of_person("roleEligibilitySchedules").await;
    assert_eq!((schedules.len(), &schedules[0]["id"]), (1, &properties["targetRoleEligibilityScheduleId"]));
    assert_eq!(schedules[0]["properties"]["status"], "Provisioned");
    assert_eq!(
        schedules[0]["properties"]["roleEligibilityScheduleRequestId"].as_str().unwrap().to_lowercase(),
        request["id"].as_str().unwrap().to_lowercase()
    );
    let instances = case.of_person("roleEligibilityScheduleInstances").await;
    assert_eq!(instances[0]["properties"]["roleEligibilityScheduleId"], schedules[0]["id"]);
    assert_eq!(instances[0]["properties"]["memberType"], "Direct");
    for (what, one) in [("roleEligibilitySchedules", &schedules[0]), ("roleEligibilityScheduleInstances", &instances[0])] {
        let path = Case::url(&cluster(), &format!("{what}/{}", one["name"].as_str().unwrap()));
        assert_eq!(case.tenant.get(&path).await.ok(), *one, "{what}");
    }
    assert!(case.roles().await.is_empty(), "being eligible gives nothing");
    case.advance("PT2H1S").await;
    assert!(case.of_person("roleEligibilitySchedules").await.is_empty());
    assert_eq!(case.of_person("roleEligibilityScheduleRequests").await.len(), 1);
    case.advance("P45D").await;
    assert!(case.of_person("roleEligibilityScheduleRequests").await.is_empty());
}

#[tokio::test]
async fn an_active_assignment_is_a_role_assignment_until_it_ends() {
    let case = Case::start().await;
    let exists = "The Role assignment already exists.";
    made(case.ask("Assignment", "AdminAssign", json!({})).await);
    let roles = case.roles().await;
    assert_eq!(roles[0]["properties"]["scope"], json!(cluster()));
    let instance = &case.of_person("roleAssignmentScheduleInstances").await[0]["properties"];
    assert_eq!((&instance["assignmentType"], &instance["originRoleAssignmentId"]), (&json!("Assigned"), &roles[0]["id"]));
    case.ask("Assignment", "AdminAssign", json!({})).await.refused(400, "RoleAssignmentExists", exists);
    let first = case.of_person("roleAssignmentSchedules").await[0]["name"].clone();
    made(case.ask("Assignment", "AdminUpdate", json!({"scheduleInfo": hours(4)})).await);
    let second = case.of_person("roleAssignmentSchedules").await;
    assert_eq!(second.len(), 1);
    assert_ne!(second[0]["name"], first);
    case.advance("PT3H").await;
    assert_eq!(case.roles().await, roles, "the same role assignment all the while");
    case.advance("PT1H1S").await;
    assert!(case.roles().await.is_empty());
    assert!(case.of_person("roleAssignmentScheduleInstances").await.is_empty());
    let missing = "The Role assignment does not exist.";
    case.ask("Assignment", "AdminRemove", json!({})).await.refused(400, "RoleAssignmentDoesNotExist", missing);
    // What is assigned for good is active too, and stands in the way.
    let path = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}?api-version=2022-04-01", cluster(), uuid::Uuid::new_v4());
    let standing = json!({"properties": {"principalId": case.person.id,
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}")}});
    made(case.tenant.send("PUT", &path, Some(standing), &[]).await);
    let schedules = case.of_person("roleAssignmentSchedules").await;
    assert_eq!((schedules.len(), &schedules[0]["properties"]["endDateTime"]), (1, &Value::Null));
    case.ask("Assignment", "AdminAssign", json!({})).await.refused(400, "RoleAssignmentExists", exists);
}

#[tokio::test]
async fn deleting_the_role_assignment_ends_the_schedule() {
    let case = Case::start().await;
    made(case.ask("Assignment", "AdminAssign", json!({})).await);
    let id = case.roles().await[0]["id"].as_str().unwrap().to_owned();
    case.tenant.delete(&format!("{id}?api-version=2022-04-01")).await.ok();
    assert!(case.of_person("roleAssignmentSchedules").await.is_empty());
    made(case.ask("Assignment", "AdminAssign", json!({})).await);
}

#[tokio::test]
async fn what_a_deleted_principal_had_is_removed_and_the_answer_says_what_it_was() {
    for kind in ["Eligibility", "Assignment"] {
        let case = Case::start().await;
        made(case.ask(kind, "AdminAssign", json!({})).await);
        case.advance("PT10M").await;
        case.tenant.delete(&format!("/v1.0/users/{}", case.person.id)).await.empty();
        let removed = made(case.ask(kind, "AdminRemove", json!({})).await);
        assert_eq!(removed["properties"]["principalType"], "User", "{kind}");
        assert_eq!(removed["properties"]["status"], "Revoked", "{kind}");
        case.ask(kind, "AdminRemove", json!({})).await.refused(400, "SubjectNotFound", "The subject is not found.");
    }
}

#[tokio::test]
async fn lists_are_at_above_and_below_a_scope() {
    let case = Case::start().await;
    made(case.ask("Eligibility", "AdminAssign", json!({})).await);
    let subscription = format!("/subscriptions/{}", tenant::SUBSCRIPTION_ID);
    let namespace = format!("{}/namespaces/team", cluster());
    for (scope, filter, count) in [
        (group_scope(), "atScope()".to_owned(), 0),
        (group_scope(), format!("principalId eq '{}'", case.person.id), 1),
        (subscription, format!("assignedTo('{}')", case.person.id), 1),
        (cluster(), "atScope()".to_owned(), 1),
        (namespace.clone(), "atScope()".to_owned(), 1),
        (cluster(), format!("roleDefinitionId eq '{ADMIN}'"), 1),
        (cluster(), "asTarget()".to_owned(), 0),
    ] {
        assert_eq!(case.list(&scope, "roleEligibilitySchedules", &filter).await.len(), count, "{scope} {filter}");
    }
    let inherited = case.list(&namespace, "roleEligibilityScheduleInstances", "atScope()").await;
    assert_eq!(inherited[0]["properties"]["memberType"], "Inherited");
    // Without permission to read at a scope, one's own can still be listed.
    let own = Case::url("", "roleEligibilityScheduleInstances?$filter=asTarget()");
    let own = case.tenant.send_as(&case.person.token, "GET", &own, None, &[]).await.ok();
    assert_eq!(own["value"].as_array().unwrap().len(), 1);
    let all = Case::url(&cluster(), "roleEligibilityScheduleInstances?$filter=atScope()");
    assert_eq!(case.tenant.send_as(&case.person.token, "GET", &all, None, &[]).await.status, 403);
    let wrong = case.tenant.get(&Case::url(&cluster(), "roleEligibilitySchedules?$filter=nonsense eq 'a'")).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn people_activate_at_the_scope_or_below_it() {
    let case = Case::start().await;
    let eligible = made(case.ask("Eligibility", "AdminAssign", json!({"scheduleInfo": hours(20)})).await);
    let schedule = eligible["properties"]["targetRoleEligibilityScheduleId"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let application = case.ask("Assignment", "SelfActivate", json!({})).await;
    assert_eq!(application.body["error"]["code"], "InvalidRoleAssignmentRequest");
    assert_eq!(case.ask_as(&case.person.token, "Assignment", "AdminAssign", json!({})).await.status, 403);
    let unknown = json!({"linkedRoleEligibilityScheduleId": uuid::Uuid::new_v4().to_string()});
    let unknown = case.mine("SelfActivate", unknown).await;
    assert_eq!((unknown.status, &unknown.body["error"]["code"]), (404, &json!("RoleEligibilityDoesNotExist")));
    let active = made(case.mine("SelfActivate", json!({"linkedRoleEligibilityScheduleId": schedule})).await);
    assert_eq!(active["properties"]["status"], "Provisioned");
    let instance = case.of_person("roleAssignmentScheduleInstances").await[0]["properties"].clone();
    assert_eq!(instance["assignmentType"], "Activated");
    assert!(instance["linkedRoleEligibilityScheduleId"].as_str().unwrap().ends_with(&schedule));
    assert_eq!(case.mine("SelfDeactivate", json!({})).await.body["error"]["code"], "ActiveDurationTooShort");
    case.advance("PT5M").await;
    assert_eq!(made(case.mine("SelfDeactivate", json!({})).await)["properties"]["status"], "Revoked");
    assert!(case.roles().await.is_empty());
    // Below the eligibility's scope a bare GUID is not enough.
    let namespace = format!("{}/namespaces/team", cluster());
    let activate = async |link: &str| {
        let body = json!({"properties": {
            "principalId": case.person.id, "requestType": "SelfActivate", "justification": "why", "scheduleInfo": hours(1),
            "linkedRoleEligibilityScheduleId": link,
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}"),
        }});
        let path = Case::url(&namespace, &format!("roleAssignmentScheduleRequests/{}", uuid::Uuid::new_v4()));
        case.tenant.send_as(&case.person.token, "PUT", &path, Some(body), &[]).await
    };
    assert_eq!(activate(&schedule).await.status, 400);
    made(activate(&format!("{}/providers/Microsoft.Authorization/roleEligibilitySchedules/{schedule}", cluster())).await);
    let own = case.list(&namespace, "roleAssignmentScheduleInstances", "asTarget()").await;
    assert!(own.iter().all(|one| one["properties"]["principalId"] == tenant::SERVICE_PRINCIPAL_ID), "the caller's own alone");
    let here = case.list(&cluster(), "roleAssignmentSchedules", &format!("principalId eq '{}'", case.person.id)).await;
    assert_eq!(here[0]["properties"]["scope"], json!(namespace));
}

#[tokio::test]
async fn requests_have_names_of_their_own_and_can_be_tried_and_cancelled() {
    let case = Case::start().await;
    let path = |end: &str| Case::url(&cluster(), &format!("roleEligibilityScheduleRequests/77777777-7777-4777-8777-777777777777{end}"));
    let mut body = json!({"properties": {
        "principalId": case.person.id, "requestType": "AdminAssign", "scheduleInfo": hours(2),
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}"),
    }});
    let tried = case.tenant.post(&path("/validate"), body.clone()).await.ok();
    assert_eq!(tried["properties"]["status"], "Provisioned");
    assert!(case.of_person("roleEligibilitySchedules").await.is_empty());
    body["properties"]["scheduleInfo"]["startDateTime"] = json!("2099-01-01T00:00:00Z");
    let granted = made(case.tenant.send("PUT", &path(""), Some(body.clone()), &[]).await);
    assert_eq!(granted["properties"]["status"], "Granted");
    let again = case.tenant.send("PUT", &path(""), Some(body), &[]).await;
    assert_eq!(again.status, 409);
    assert!(case.of_person("roleEligibilityScheduleInstances").await.is_empty());
    let cancelled = case.tenant.send("POST", &path("/cancel"), None, &[]).await;
    assert_eq!((cancelled.status, &cancelled.body), (200, &json!("")));
    assert_eq!(case.tenant.get(&path("")).await.ok()["properties"]["status"], "Canceled");
    assert!(case.of_person("roleEligibilitySchedules").await.is_empty());
    let short = json!({"scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1M"}}});
    assert_eq!(case.ask("Eligibility", "AdminAssign", short).await.body["error"]["code"], "ActiveDurationTooShort");
    let nobody = json!({"principalId": uuid::Uuid::new_v4().to_string()});
    case.ask("Eligibility", "AdminAssign", nobody).await.refused(400, "SubjectNotFound", "The subject is not found.");
    let no_role = json!({"roleDefinitionId": uuid::Uuid::new_v4().to_string()});
    assert_eq!(case.ask("Eligibility", "AdminAssign", no_role).await.body["error"]["code"], "InvalidRoleDefinitionId");
}

#[tokio::test]
async fn a_new_principal_is_unknown_for_a_while() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    let person = tenant.person("one").await;
    let case = Case { tenant, person };
    case.ask("Eligibility", "AdminAssign", json!({})).await.refused(400, "SubjectNotFound", "The subject is not found.");
    case.advance("PT40S").await;
    made(case.ask("Eligibility", "AdminAssign", json!({})).await);
}

#[tokio::test]
async fn people_ask_to_prolong_a_role_and_find_what_they_can_activate() {
    let case = Case::start().await;
    let ask = async |action: &str| case.ask_as(&case.person.token, "Eligibility", action, json!({})).await;
    ask("SelfExtend").await.refused(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.");
    let children = async |scope: &str, filter: &str| {
        let path = Case::url(scope, &format!("eligibleChildResources{filter}"));
        let answer = case.tenant.send_as(&case.person.token, "GET", &path, None, &[]).await.ok();
        answer["value"].as_array().unwrap().clone()
    };
    let subscription = format!("/subscriptions/{}", tenant::SUBSCRIPTION_ID);
    assert_eq!(children(&subscription, "").await, Vec::<Value>::new());
    made(case.ask("Eligibility", "AdminAssign", json!({})).await);
    let asked = made(ask("SelfExtend").await);
    assert_eq!(
        (&asked["properties"]["status"], &asked["properties"]["requestType"]),
        (&json!("PendingAdminDecision"), &json!("SelfExtend"))
    );
    assert_eq!(ask("SelfExtend").await.body["error"]["code"], "PendingRoleAssignmentRequest");
    made(case.ask("Eligibility", "AdminExtend", json!({"scheduleInfo": hours(4)})).await);
    let path = asked["id"].as_str().unwrap();
    assert_eq!(case.tenant.get(&format!("{path}?{VERSION}")).await.ok()["properties"]["status"], "Provisioned");
    let (group, resource) = (
        json!({"id": group_scope(), "name": tenant::RESOURCE_GROUP, "type": "resourcegroup"}),
        json!({"id": cluster(), "name": tenant::CLUSTER, "type": "resource"}),
    );
    assert_eq!(children(&subscription, "").await, [group.clone(), resource.clone()]);
    assert_eq!(children(&subscription, "?$filter=resourceType eq 'Subscription' or resourceType eq 'ResourceGroup'").await, [group]);
    assert_eq!(children(&group_scope(), "").await, [resource]);
    assert_eq!(children(&cluster(), "").await, Vec::<Value>::new());
    let wrong = Case::url(&subscription, "eligibleChildResources?$filter=name eq 'x'");
    assert_eq!(case.tenant.send_as(&case.person.token, "GET", &wrong, None, &[]).await.status, 400);
}

/// An application that may give only one role, by the condition of its own assignment.
async fn constrained(tenant: &Tenant, role: &str) -> String {
    let given = json!({"display_name": "pipeline", "secret": "Not-A-Secret-2", "permissions": ["Group.Read.All"]});
    let pipeline = tenant.post("/emulator/applications", given).await.ok();
    let id = |name: &str| pipeline[name].as_str().unwrap().to_owned();
    let condition = format!(
        "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR \
         (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{role}}})) AND \
         ((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})) OR \
         (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{role}}}))"
    );
    let subscription = format!("/subscriptions/{}", tenant::SUBSCRIPTION_ID);
    let path = format!("{subscription}/providers/Microsoft.Authorization/roleAssignments/{}?api-version=2022-04-01", uuid::Uuid::new_v4());
    let body = json!({"properties": {
        "roleDefinitionId": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
        "principalId": id("object_id"), "principalType": "ServicePrincipal", "condition": condition, "conditionVersion": "2.0",
    }});
    assert_eq!(tenant.send("PUT", &path, Some(body), &[]).await.status, 201);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret=Not-A-Secret-2&scope={}/.default",
        id("application_id"),
        tenant.running.url()
    );
    let request = tenant.client.post(format!("{}/{}/oauth2/v2.0/token", tenant.running.url(), tenant::TENANT_ID));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    crate::client::read(request.send().await.unwrap()).await.ok()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_condition_of_the_caller_counts_for_every_request_of_an_administrator() {
    const READER: &str = "7f6c6a51-bcf8-42ba-9220-52d62157d7db";
    let case = Case::start().await;
    let pipeline = constrained(&case.tenant, READER).await;
    let role = |id: &str| json!({"roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{id}")});
    for kind in ["Eligibility", "Assignment"] {
        // What somebody else gave is there to be changed.
        assert_eq!(case.ask(kind, "AdminAssign", json!({})).await.status, 201);
        for action in ["AdminAssign", "AdminUpdate", "AdminExtend", "AdminRenew", "AdminRemove"] {
            let refused = case.ask_as(&pipeline, kind, action, json!({})).await;
            assert_eq!(
                (refused.status, &refused.body["error"]["code"]),
                (403, &json!("AuthorizationFailed")),
                "{kind} {action}: {}",
                refused.body
            );
        }
        let given = case.ask_as(&pipeline, kind, "AdminAssign", role(READER)).await;
        assert_eq!(given.status, 201, "{kind}: {}", given.body);
        let updated = case.ask_as(&pipeline, kind, "AdminUpdate", role(READER)).await;
        assert_eq!(updated.status, 201, "{kind}: {}", updated.body);
    }
}

//! Recorded traffic: complete, without secrets, and clean by the contract.

use std::{path::PathBuf, process::Command};

use emulator::{Options, tenant};
use serde_json::{Value, json};

use crate::client::{Tenant, options, security_group, user};

/// Where traffic goes: to the folder that `AKSACCESS_TRAFFIC` names, for the checker, or to one of our own.
fn file(name: &str) -> PathBuf {
    let folder =
        std::env::var_os("AKSACCESS_TRAFFIC").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("traffic"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    let _ = std::fs::remove_file(&file);
    file
}

/// Privileged Identity Management for groups.
async fn walk_pim(tenant: &Tenant, group: &str, person: &str) {
    let base = "/v1.0/identityGovernance/privilegedAccess/group";
    let ask = async |kind: &str, action: &str, duration: &str| {
        let mut body = json!({
            "accessId": "member", "action": action, "groupId": group, "principalId": person, "justification": "why",
            "ticketInfo": {"ticketNumber": "7", "ticketSystem": "desk"},
        });
        if action != "adminRemove" {
            body["scheduleInfo"] = json!({"startDateTime": null, "expiration": {"type": "afterDuration", "duration": duration}});
        }
        tenant.post(&format!("{base}/{kind}ScheduleRequests"), body).await
    };
    for kind in ["eligibility", "assignment"] {
        ask(kind, "adminAssign", "PT2H").await.created();
        ask(kind, "adminAssign", "PT2H").await;
        ask(kind, "adminUpdate", "PT3H").await.created();
        let extended = ask(kind, "adminExtend", "PT4H").await.created();
        tenant.get(&format!("{base}/{kind}ScheduleRequests/{extended}")).await.ok();
        tenant.send("POST", &format!("{base}/{kind}ScheduleRequests/{extended}/cancel"), None, &[]).await;
        for layer in ["ScheduleRequests", "Schedules", "ScheduleInstances"] {
            let listed = tenant.get(&format!("{base}/{kind}{layer}?$filter=groupId eq '{group}'&$expand=principal")).await.ok();
            tenant.get(&format!("{base}/{kind}{layer}/{}", listed["value"][0]["id"].as_str().unwrap())).await.ok();
        }
        tenant.post("/emulator/clock", json!({"advance": "PT6M"})).await.ok();
        ask(kind, "adminRemove", "").await.created();
    }
    let (policies, assignments) = ("/v1.0/policies/roleManagementPolicies", "/v1.0/policies/roleManagementPolicyAssignments");
    let scope = format!("$filter=scopeId eq '{group}' and scopeType eq 'Group'");
    tenant.get(&format!("{policies}?{scope}")).await.ok();
    let found = tenant.get(&format!("{assignments}?{scope}&$expand=policy($expand=rules)")).await.ok();
    let policy = found["value"][0]["policyId"].as_str().unwrap();
    tenant.get(&format!("{policies}/{policy}?$expand=rules,effectiveRules")).await.ok();
    tenant.get(&format!("{policies}/{policy}/rules")).await.ok();
    let rule = format!("{policies}/{policy}/rules/Expiration_EndUser_Assignment");
    let mut body = tenant.get(&rule).await.ok();
    body.as_object_mut().unwrap().remove("@odata.context");
    body["maximumDuration"] = json!("PT2H");
    tenant.patch(&rule, body.clone()).await.empty();
    let found = tenant.get(&format!("{policies}?{scope}")).await.ok();
    let policy = found["value"][0]["id"].as_str().unwrap();
    tenant.patch(&format!("{policies}/{policy}"), json!({"rules": [body]})).await.ok();
}

/// People activate and approve.
async fn walk_activation(tenant: &Tenant, group: &str) {
    let base = "/v1.0/identityGovernance/privilegedAccess/group";
    let (normal, approver) = (tenant.person("n01").await, tenant.person("p01").await);
    let eligible = json!({
        "accessId": "member", "action": "adminAssign", "groupId": group, "principalId": normal.id,
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P1D"}},
    });
    tenant.post(&format!("{base}/eligibilityScheduleRequests"), eligible).await.created();
    let filter = format!("$filter=scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
    let found = tenant.get(&format!("/v1.0/policies/roleManagementPolicyAssignments?{filter}")).await.ok();
    let policy = found["value"][0]["policyId"].as_str().unwrap();
    let rule = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment");
    let mut body = tenant.get(&rule).await.ok();
    body.as_object_mut().unwrap().remove("@odata.context");
    body["setting"]["isApprovalRequired"] = json!(true);
    body["setting"]["approvalStages"][0]["primaryApprovers"] =
        json!([{"@odata.type": "#microsoft.graph.singleUser", "userId": approver.id}]);
    tenant.patch(&rule, body).await.empty();
    let activation = json!({
        "accessId": "member", "action": "selfActivate", "groupId": group, "principalId": normal.id, "justification": "why",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    });
    let requests = format!("{base}/assignmentScheduleRequests");
    for result in ["Deny", "Approve"] {
        let asked = tenant.send_as(&normal.token, "POST", &requests, Some(activation.clone()), &[]).await;
        assert_eq!(asked.body["status"], "PendingApproval", "{}", asked.body);
        let id = asked.created();
        let approval = format!("{base}/assignmentApprovals/{id}");
        for path in [
            format!("{base}/assignmentApprovals/filterByCurrentUser(on='approver')"),
            format!("{requests}/filterByCurrentUser(on='approver')"),
            approval.clone(),
            format!("{approval}?$expand=stages"),
            format!("{approval}/stages"),
            format!("{approval}/stages/{id}"),
        ] {
            tenant.send_as(&approver.token, "GET", &path, None, &[]).await.ok();
        }
        let decision = json!({"reviewResult": result, "justification": "because"});
        let stage = format!("{approval}/stages/{id}");
        tenant.send_as(&approver.token, "PATCH", &stage, Some(decision), &[]).await.empty();
    }
    for layer in ["eligibilitySchedules", "assignmentSchedules", "assignmentScheduleInstances", "assignmentScheduleRequests"] {
        tenant.send_as(&normal.token, "GET", &format!("{base}/{layer}/filterByCurrentUser(on='principal')"), None, &[]).await.ok();
    }
    tenant.post("/emulator/clock", json!({"advance": "PT6M"})).await.ok();
    let mut back = activation;
    back["action"] = json!("selfDeactivate");
    back.as_object_mut().unwrap().remove("scheduleInfo");
    tenant.send_as(&normal.token, "POST", &requests, Some(back), &[]).await.created();
}

/// Privileged Identity Management for Azure roles.
async fn walk_roles(tenant: &Tenant) {
    const ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";
    let scope = format!("/subscriptions/{}/resourceGroups/{}", tenant::SUBSCRIPTION_ID, tenant::RESOURCE_GROUP);
    let (person, approver) = (tenant.person("r01").await, tenant.person("r02").await);
    let url = |rest: &str| {
        let mark = if rest.contains('?') { '&' } else { '?' };
        format!("{scope}/providers/Microsoft.Authorization/{rest}{mark}api-version=2020-10-01")
    };
    let ask = async |token: &str, kind: &str, action: &str, end: &str| {
        let mut properties = json!({
            "principalId": person.id, "requestType": action, "justification": "why",
            "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}"),
        });
        if !action.ends_with("Remove") {
            properties["scheduleInfo"] = json!({"expiration": {"type": "AfterDuration", "duration": "PT4H"}});
        }
        let path = url(&format!("role{kind}ScheduleRequests/{}{end}", uuid::Uuid::new_v4()));
        let method = if end.is_empty() { "PUT" } else { "POST" };
        tenant.send_as(token, method, &path, Some(json!({"properties": properties})), &[]).await
    };
    for kind in ["Eligibility", "Assignment"] {
        ask(&tenant.token, kind, "AdminAssign", "/validate").await.ok();
        for action in ["AdminAssign", "AdminUpdate", "AdminExtend", "AdminAssign"] {
            ask(&tenant.token, kind, action, "").await;
        }
        for layer in ["ScheduleRequests", "Schedules", "ScheduleInstances"] {
            let listed = tenant.get(&url(&format!("role{kind}{layer}?$filter=principalId eq '{}'", person.id))).await.ok();
            let name = listed["value"][0]["name"].as_str().unwrap();
            tenant.get(&url(&format!("role{kind}{layer}/{name}"))).await.ok();
        }
        tenant.post("/emulator/clock", json!({"advance": "PT6M"})).await.ok();
        assert_eq!(ask(&tenant.token, kind, "AdminRemove", "").await.status, 201);
    }
    let policies = url(&format!("roleManagementPolicies?$filter=roleDefinitionId eq '{ADMIN}'"));
    let policy = tenant.get(&policies).await.ok()["value"][0].clone();
    tenant.get(&policies.replace("Policies?", "PolicyAssignments?")).await.ok();
    let named = url(&format!("roleManagementPolicies/{}", policy["name"].as_str().unwrap()));
    tenant.get(&named).await.ok();
    let mut rule = policy["properties"]["rules"][12].clone();
    rule["setting"]["isApprovalRequired"] = json!(true);
    rule["setting"]["approvalStages"][0]["primaryApprovers"] = json!([{"id": approver.id, "userType": "User", "isBackup": false}]);
    tenant.patch(&named, json!({"properties": {"rules": [rule]}})).await.ok();
    assert_eq!(ask(&tenant.token, "Eligibility", "AdminAssign", "").await.status, 201);
    let asked = ask(&person.token, "Assignment", "SelfActivate", "").await;
    let approval = asked.body["properties"]["approvalId"].as_str().unwrap().to_owned();
    let name = approval.rsplit('/').next().unwrap();
    let version = "api-version=2021-01-01-preview";
    for path in [
        format!("/providers/Microsoft.Authorization/roleAssignmentApprovals?$filter=asApprover()&{version}"),
        format!("{approval}?{version}"),
        format!("{approval}/stages?{version}"),
        format!("{approval}/stages/{name}?{version}"),
    ] {
        tenant.send_as(&approver.token, "GET", &path, None, &[]).await.ok();
    }
    let decision = json!({"reviewResult": "Approve", "justification": "because"});
    tenant.send_as(&approver.token, "PATCH", &format!("{approval}/stages/{name}?{version}"), Some(decision), &[]).await.ok();
    let cancel = url(&format!("roleAssignmentScheduleRequests/{name}/cancel"));
    assert_eq!(tenant.send("POST", &cancel, None, &[]).await.status, 400);
}

/// A walk through everything that a well-behaved client does.
async fn walk(tenant: &Tenant) {
    let v1 = |path: &str| format!("/v1.0/{path}");
    tenant.get("/metadata/endpoints?api-version=2022-09-01").await.ok();
    let (one, two) = (tenant.user("one").await, tenant.user("two").await);
    let mut body = security_group("Platform");
    body["owners@odata.bind"] = json!([tenant.reference(&one)]);
    body["description"] = json!("keeps the clusters");
    let group = tenant.post(&v1("groups"), body).await.created();
    let unified = json!({
        "displayName": "News", "mailEnabled": true, "mailNickname": "news", "securityEnabled": false,
        "groupTypes": ["Unified"],
    });
    let unified = tenant.post(&v1("groups"), unified).await.created();
    tenant.link(&group, "members", &two).await.empty();
    tenant.link(&group, "members", &unified).await.empty();
    tenant.link(&group, "owners", tenant::SERVICE_PRINCIPAL_ID).await.empty();
    tenant.patch(&v1(&format!("groups/{group}")), json!({"members@odata.bind": [tenant.reference(&one)]})).await.empty();
    for path in [
        "groups",
        "groups?$top=1",
        "groups?$select=id,displayName,mail",
        "users",
        "users?$select=id,accountEnabled",
        "groups?$filter=startswith(displayName,'Plat')",
        "groups?$expand=owners($select=id)",
        "organization",
        "domains",
        "servicePrincipals",
        "domains/contoso.com",
        "groups/99999999-9999-4999-8999-999999999999",
        "directory/administrativeUnits",
        "users/one@contoso.com",
    ] {
        tenant.get(&v1(path)).await;
    }
    for path in [
        "groups?$count=true",
        "groups/$count",
        "groups?$search=\"displayName:plat\"",
        "groups?$filter=displayName ne 'x'&$count=true",
        "users?$filter=endswith(mail,'m')&$count=true",
    ] {
        tenant.get_eventual(&v1(path)).await;
    }
    for below in [
        "",
        "/members",
        "/members?$top=1",
        "/members?$select=id",
        "/members/microsoft.graph.user",
        "/owners",
        "/members/$ref",
        "/transitiveMembers",
        "/memberOf",
        "/memberOf/microsoft.graph.administrativeUnit",
        "?$expand=members",
    ] {
        tenant.get(&v1(&format!("groups/{group}{below}"))).await.ok();
    }
    tenant.get_eventual(&v1(&format!("groups/{group}/members/$count"))).await.ok();
    let manager = json!({"@odata.id": tenant.reference(&two)});
    tenant.send("PUT", &v1(&format!("users/{one}/manager/$ref")), Some(manager), &[]).await.empty();
    tenant.get(&v1(&format!("users/{one}/manager"))).await.ok();
    tenant.delete(&v1(&format!("users/{one}/manager/$ref"))).await.empty();
    tenant.patch(&v1(&format!("users/{one}")), json!({"jobTitle": "Engineer"})).await.empty();
    tenant.get(&v1(&format!("users/{one}/memberOf"))).await.ok();
    tenant.get(&v1(&format!("directoryObjects/{one}"))).await.ok();
    let upsert = v1("groups(uniqueName='upserted')");
    for _ in 0..2 {
        tenant.send("PATCH", &upsert, Some(security_group("Upserted")), &[("Prefer", "create-if-missing")]).await;
    }
    let unit = tenant.post(&v1("directory/administrativeUnits"), json!({"displayName": "West"})).await.created();
    let mut inside = security_group("Inside");
    inside["@odata.type"] = json!("#microsoft.graph.group");
    let inside = tenant.post(&v1(&format!("directory/administrativeUnits/{unit}/members")), inside).await.created();
    tenant.get(&v1(&format!("groups/{inside}/memberOf/microsoft.graph.administrativeUnit"))).await.ok();
    tenant.get(&v1(&format!("directory/administrativeUnits/{unit}/members"))).await.ok();
    tenant.post(&v1("directoryObjects/getByIds?$select=id"), json!({"ids": [one, group], "types": ["user"]})).await.ok();
    tenant.post(&v1(&format!("users/{one}/checkMemberGroups")), json!({"groupIds": [group]})).await.ok();
    tenant.post(&v1(&format!("users/{one}/getMemberGroups")), json!({"securityEnabledOnly": false})).await.ok();
    tenant.send("POST", &v1(&format!("users/{one}/revokeSignInSessions")), None, &[]).await.ok();
    let requests = json!([
        {"id": "1", "method": "GET", "url": format!("/groups/{group}/members?$select=id")},
        {"id": "2", "method": "GET", "url": "/groups/99999999-9999-4999-8999-999999999999", "dependsOn": ["1"]},
        {"id": "3", "method": "PATCH", "url": format!("/groups/{group}"), "dependsOn": ["2"],
         "headers": {"Content-Type": "application/json"}, "body": {"description": "batched"}},
    ]);
    tenant.post(&v1("$batch"), json!({"requests": requests})).await.ok();
    tenant.post("/emulator/faults", json!({"faults": "1 GET /v1.0/groups throttle=1; 1 GET /v1.0/groups status=503"})).await.empty();
    for _ in 0..2 {
        tenant.get(&v1("groups")).await;
    }
    let activation = json!({"group_id": inside, "principal_id": two});
    tenant.post("/emulator/pim-members", activation).await.empty();
    for kind in ["assignmentSchedules", "assignmentScheduleInstances"] {
        let path = v1(&format!("identityGovernance/privilegedAccess/group/{kind}"));
        let listed = tenant.get(&format!("{path}?$filter=groupId eq '{inside}'")).await.ok();
        tenant.get(&format!("{path}/{}", listed["value"][0]["id"].as_str().unwrap())).await.ok();
    }
    walk_pim(tenant, &inside, &one).await;
    walk_activation(tenant, &inside).await;
    walk_roles(tenant).await;
    tenant.delete(&v1(&format!("groups/{group}/members/{two}/$ref"))).await.empty();
    tenant.delete(&v1(&format!("groups/{group}"))).await.empty();
    tenant.get(&v1("directory/deletedItems/microsoft.graph.group")).await.ok();
    tenant.get(&v1(&format!("directory/deletedItems/{group}"))).await.ok();
    tenant.send("POST", &v1(&format!("directory/deletedItems/{group}/restore")), None, &[]).await.ok();
    tenant.delete(&v1(&format!("users/{two}"))).await.empty();
    tenant.delete(&v1(&format!("directory/deletedItems/{two}"))).await.empty();
    tenant.post(&v1("users"), user("one")).await;
}

/// The same for conditional access.
async fn walk_conditional_access(tenant: &Tenant) {
    let v1 = |path: &str| format!("/v1.0/{path}");
    let access = |path: &str| format!("/v1.0/identity/conditionalAccess/{path}");
    let (user, group) = (tenant.user("ca").await, tenant.group("ca").await);
    tenant.link(&group, "members", &user).await.empty();
    let location = json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": true,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"},
            {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"},
        ],
    });
    let office = tenant.post(&access("namedLocations"), location.clone()).await.created();
    let countries = json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE"]});
    let home = tenant.post(&access("namedLocations"), countries).await.created();
    let strength = json!({"displayName": "Keys", "allowedCombinations": ["fido2", "password,sms"]});
    let strength = tenant.post(&v1("policies/authenticationStrengthPolicies"), strength).await.created();
    let parts = access(&format!("authenticationStrength/policies/{strength}/combinationConfigurations"));
    let part = json!({
        "@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "appliesToCombinations": ["fido2"],
        "allowedAAGUIDs": ["486be17c-e2a7-4cd5-8a9a-29a8ae8a53f7"],
    });
    let key = tenant.post(&parts, part.clone()).await.created();
    tenant.patch(&format!("{parts}/{key}"), part).await.empty();
    let context = json!({"displayName": "Production", "description": "the clusters", "isAvailable": true});
    tenant.patch(&access("authenticationContextClassReferences/c1"), context).await.empty();
    let policy = json!({
        "displayName": "aks-policy", "state": "enabled",
        "conditions": {
            "applications": {"includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"]},
            "users": {
                "includeGroups": [group],
                "excludeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "b2bCollaborationGuest,serviceProvider",
                    "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"},
                },
            },
            "clientAppTypes": ["all"], "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["linux"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": [office, home]},
            "devices": {"deviceFilter": {"mode": "exclude", "rule": "device.extensionAttribute1 -eq \"SAW\""}},
        },
        "grantControls": {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": strength}},
        "sessionControls": {"persistentBrowser": {"isEnabled": true, "mode": "never"}},
    });
    let id = tenant.post(&access("policies"), policy).await.created();
    tenant.patch(&access(&format!("policies/{id}")), json!({"state": "enabledForReportingButNotEnforced"})).await.empty();
    let question = json!({
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": user},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext", "includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"],
        },
        "signInConditions": {"devicePlatform": "windows", "ipAddress": "203.0.113.7", "deviceInfo": {"isCompliant": true}},
        "appliedPoliciesOnly": false,
    });
    tenant.post(&access("evaluate"), question).await.ok();
    tenant.post("/emulator/sign-ins", json!({"user_principal_name": "ca@contoso.com"})).await.ok();
    for path in [
        access("policies"),
        access("policies?$filter=state eq 'enabled'&$top=5"),
        access(&format!("policies/{id}")),
        access("namedLocations"),
        access("namedLocations?$filter=isof('microsoft.graph.ipNamedLocation')"),
        access(&format!("namedLocations/{office}")),
        access("templates"),
        access("authenticationContextClassReferences"),
        access("authenticationContextClassReferences/c1"),
        access("authenticationStrength/authenticationMethodModes"),
        parts.clone(),
        format!("{parts}/{key}"),
        v1("policies/authenticationStrengthPolicies"),
        v1(&format!("policies/authenticationStrengthPolicies/{strength}")),
        v1(&format!("policies/authenticationStrengthPolicies/{strength}/usage()")),
        v1("policies/identitySecurityDefaultsEnforcementPolicy"),
        v1("auditLogs/signIns"),
        v1("auditLogs/signIns?$filter=appId eq '80faf920-1908-4b52-b5ef-a8e7bedfc67a'&$top=10"),
        v1("roleManagement/directory/roleDefinitions"),
        v1("roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '62e90394-69f5-4237-9190-012177145e10'"),
    ] {
        tenant.get(&path).await.ok();
    }
    tenant.send("GET", &v1("auditLogs/signIns"), None, &[("Prefer", "include-unknown-enum-members")]).await.ok();
    let less = json!({"allowedCombinations": ["fido2"]});
    tenant.post(&v1(&format!("policies/authenticationStrengthPolicies/{strength}/updateAllowedCombinations")), less).await.ok();
    tenant.patch(&v1(&format!("policies/authenticationStrengthPolicies/{strength}")), json!({"description": "hardware"})).await.empty();
    tenant.patch(&v1("policies/identitySecurityDefaultsEnforcementPolicy"), json!({"isEnabled": false})).await.empty();
    tenant.delete(&access(&format!("policies/{id}"))).await.empty();
    tenant.get(&access("deletedItems/policies")).await.ok();
    tenant.get(&access(&format!("deletedItems/policies/{id}"))).await.ok();
    tenant.send("POST", &access(&format!("deletedItems/policies/{id}/restore")), None, &[]).await.ok();
    tenant.delete(&access(&format!("policies/{id}"))).await.empty();
    tenant.delete(&access(&format!("deletedItems/policies/{id}"))).await.empty();
    let mut untrusted = location;
    untrusted["isTrusted"] = json!(false);
    tenant.patch(&access(&format!("namedLocations/{office}")), untrusted).await.empty();
    tenant.delete(&access(&format!("namedLocations/{office}"))).await.empty();
    tenant.get(&access("deletedItems/namedLocations")).await.ok();
    tenant.delete(&format!("{parts}/{key}")).await.empty();
    tenant.delete(&v1(&format!("policies/authenticationStrengthPolicies/{strength}"))).await.empty();
    tenant.patch(&access("authenticationContextClassReferences/c1"), json!({"isAvailable": false})).await.empty();
    tenant.delete(&access("authenticationContextClassReferences/c1")).await.empty();
}

fn lines(path: &PathBuf) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn azure_resource_manager_keeps_to_the_contract() {
    let path = file("emulator-walk-arm.jsonl");
    let tenant = Tenant::with(Options { record: Some(path.clone()), ..options() }).await;
    crate::arm_walk::walk(&tenant).await;
    assert!(lines(&path).len() > 20);
    check(&path);
}

#[tokio::test]
async fn traffic_is_recorded_whole_and_without_secrets() {
    let path = file("emulator-walk.jsonl");
    let tenant = Tenant::with(Options { record: Some(path.clone()), ..options() }).await;
    walk(&tenant).await;
    tenant.get("/emulator/requests").await.ok();
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in [tenant.token.as_str(), tenant::CLIENT_SECRET, "Correct-Horse-1"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let lines = lines(&path);
    let count = tenant.get("/emulator/requests").await.ok()["http"].clone();
    let counted: u64 = count.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(lines.len() as u64, counted, "every counted request is recorded, and nothing else");
    let token = &lines[0];
    assert_eq!(token["request_body"]["client_secret"], "redacted");
    assert_eq!(token["response_body"]["access_token"], "redacted");
    let create = lines.iter().find(|line| line["url"].as_str().unwrap().ends_with("/v1.0/groups")).unwrap();
    assert_eq!(create["request_headers"]["authorization"], "redacted");
    assert_eq!((&create["status"], &create["request_body"]["displayName"]), (&json!(201), &json!("Platform")));
    check(&path);
}

#[tokio::test]
async fn conditional_access_is_as_published() {
    let path = file("emulator-conditional-access.jsonl");
    let tenant = Tenant::with(Options { record: Some(path.clone()), ..options() }).await;
    walk_conditional_access(&tenant).await;
    assert!(lines(&path).len() >= 48);
    check(&path);
}

/// Runs the contract's checker, where there is one: `AKSACCESS_CONTRACT_CHECKER` names it.
fn check(traffic: &PathBuf) {
    let Some(checker) = std::env::var_os("AKSACCESS_CONTRACT_CHECKER") else { return };
    let allow = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract-allow.json");
    let output = Command::new("python3").arg(checker).args(["--allow", allow]).arg(traffic).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

//! What azuread and azurerm send, in the form in which they send it (read in their sources, August 2026): types inside of bodies, nulls for what is not
//! configured, all control information asked for, references to `/beta`, and reads that wait for what was written.

use emulator::tenant;
use serde_json::{Value, json};

use crate::{
    arm_roles::subscription,
    client::{Answer, Tenant},
};

/// The headers of the Go SDK.
const HEADERS: &[(&str, &str)] = &[
    ("Accept", "application/json; charset=utf-8; IEEE754Compatible=false; odata.metadata=full"),
    ("Content-Type", "application/json; charset=utf-8; IEEE754Compatible=false"),
    ("OData-Version", "4.0"),
    ("OData-MaxVersion", "4.0"),
];

async fn send(tenant: &Tenant, method: &str, path: &str, body: Option<Value>) -> Answer {
    tenant.send(method, path, body, HEADERS).await
}

async fn get(tenant: &Tenant, path: &str) -> Value {
    send(tenant, "GET", path, None).await.ok()
}

/// The group that `azuread_group` with nothing but a name creates; its id.
async fn group(tenant: &Tenant, name: &str) -> String {
    let owner = format!("{}/beta/directoryObjects/{}", tenant.running.url(), tenant::SERVICE_PRINCIPAL_ID);
    let body = json!({
        "@odata.type": "#microsoft.graph.group", "description": null, "displayName": name, "groupTypes": [], "isAssignableToRole": false,
        "mailEnabled": false, "mailNickname": "0a1b2c3d-4", "membershipRule": null, "resourceBehaviorOptions": [],
        "resourceProvisioningOptions": [], "securityEnabled": true, "owners@odata.bind": [owner],
    });
    let made = send(tenant, "POST", "/beta/groups", Some(body)).await;
    assert_eq!((made.status, &made.body["@odata.type"]), (201, &json!("#microsoft.graph.group")), "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_cloud_is_described_in_one_object() {
    let tenant = Tenant::start().await;
    for version in ["2022-09-01", "2020-06-01", "2019-05-01"] {
        let cloud = tenant.get(&format!("/metadata/endpoints?api-version={version}")).await.ok();
        for name in ["name", "resourceManager", "microsoftGraphResourceId", "graphAudience", "portal"] {
            assert!(cloud[name].as_str().is_some_and(|text| !text.is_empty()), "{version}: {name}");
        }
        let login = &cloud["authentication"];
        assert!(login["loginEndpoint"].is_string() && login["audiences"].is_array(), "{login}");
        assert_eq!((&login["tenant"], &login["identityProvider"]), (&json!("common"), &json!("AAD")));
        assert!(cloud["suffixes"]["storage"].is_string() && cloud["suffixes"]["keyVaultDns"].is_string());
    }
}

#[tokio::test]
async fn a_group_is_created_renamed_and_back_and_read() {
    let tenant = Tenant::start().await;
    assert_eq!(get(&tenant, "/beta/groups?$filter=displayName eq 'admins'").await["value"], json!([]));
    let id = group(&tenant, "admins").await;
    let path = format!("/beta/groups/{id}");
    for name in ["TERRAFORM_UPDATE_0a1b2c3d", "admins"] {
        send(&tenant, "PATCH", &path, Some(json!({"@odata.type": "#microsoft.graph.group", "displayName": name}))).await.empty();
        assert_eq!(get(&tenant, &path).await["displayName"], name);
    }
    let read = get(&tenant, &path).await;
    assert_eq!((&read["@odata.type"], &read["id"], &read["theme"]), (&json!("#microsoft.graph.group"), &json!(id), &Value::Null));
    assert!(read["@odata.id"].as_str().unwrap().contains(&id));
    let owners = get(&tenant, &format!("{path}/owners")).await;
    assert_eq!(owners["value"][0]["@odata.type"], "#microsoft.graph.servicePrincipal");
    assert_eq!(owners["value"][0]["id"], tenant::SERVICE_PRINCIPAL_ID);
    for list in ["members", "memberOf"] {
        assert_eq!(get(&tenant, &format!("{path}/{list}")).await["value"], json!([]), "{list}");
    }
    // Its last owner stays, and a second update says everything again.
    let update = json!({
        "@odata.type": "#microsoft.graph.group", "description": "Administrators", "displayName": "admins", "mailEnabled": false,
        "membershipRule": null, "securityEnabled": true,
    });
    send(&tenant, "PATCH", &path, Some(update)).await.empty();
    let select = "$select=allowExternalSenders,autoSubscribeNewMembers,hideFromAddressLists,hideFromOutlookClients";
    // What only mailboxes have: 404 in a tenant without Exchange, or nothing set.
    let more = send(&tenant, "GET", &format!("/beta/groups?$filter=id eq '{id}'&{select}"), None).await;
    assert!([200, 404].contains(&more.status), "{}", more.body);
    send(&tenant, "DELETE", &path, None).await.empty();
    for _ in 0..5 {
        assert_eq!(send(&tenant, "GET", &path, None).await.status, 404);
    }
}

#[tokio::test]
async fn a_member_is_looked_for_by_a_filter() {
    let tenant = Tenant::start().await;
    let (id, user) = (group(&tenant, "admins").await, tenant.user("ada").await);
    let members = format!("/beta/groups/{id}/members");
    assert_eq!(get(&tenant, &format!("/v1.0/directoryObjects/{user}")).await["@odata.type"], "#microsoft.graph.user");
    let reference = json!({"@odata.id": format!("{}/beta/directoryObjects/{user}", tenant.running.url())});
    send(&tenant, "POST", &format!("{members}/$ref"), Some(reference.clone())).await.empty();
    let found = get(&tenant, &format!("{members}?$filter=id eq '{user}'")).await;
    assert_eq!((&found["value"][0]["id"], &found["value"][0]["@odata.type"]), (&json!(user), &json!("#microsoft.graph.user")));
    let twice = send(&tenant, "POST", &format!("{members}/$ref"), Some(reference)).await;
    let text = "One or more added object references already exist for the following modified properties: 'members'.";
    twice.refused(400, "Request_BadRequest", text);
    send(&tenant, "DELETE", &format!("{members}/{user}/$ref"), None).await.empty();
    assert_eq!(get(&tenant, &format!("{members}?$filter=id eq '{user}'")).await["value"], json!([]));
    assert_eq!(send(&tenant, "DELETE", &format!("{members}/{user}/$ref"), None).await.status, 404);
}

#[tokio::test]
async fn a_user_is_created_with_nulls_for_what_is_not_said() {
    let tenant = Tenant::start().await;
    let body = json!({
        "@odata.type": "#microsoft.graph.user", "accountEnabled": true, "ageGroup": null, "businessPhones": [], "city": null, "companyName": null,
        "consentProvidedForMinor": null, "country": null, "department": null, "displayName": "Ada", "employeeId": null, "employeeType": null,
        "faxNumber": null, "givenName": null, "jobTitle": null, "mailNickname": "ada", "mobilePhone": null, "officeLocation": null,
        "otherMails": [], "passwordPolicies": null, "postalCode": null, "preferredLanguage": null, "state": null, "streetAddress": null,
        "surname": null, "usageLocation": null, "userPrincipalName": "ada@contoso.com",
        "passwordProfile": {"@odata.type": "#microsoft.graph.passwordProfile", "forceChangePasswordNextSignIn": false, "password": "Correct-Horse-1"},
    });
    let made = send(&tenant, "POST", "/beta/users", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/beta/users/{}", made.body["id"].as_str().unwrap());
    let update =
        json!({"@odata.type": "#microsoft.graph.user", "department": "Platform", "showInAddressList": false, "officeLocation": null});
    send(&tenant, "PATCH", &path, Some(update)).await.empty();
    let read = get(&tenant, &format!("{path}?$select=id,department,accountEnabled,mailNickname,showInAddressList,userType")).await;
    assert_eq!((&read["department"], &read["accountEnabled"], &read["mailNickname"]), (&json!("Platform"), &json!(true), &json!("ada")));
    assert_eq!((&read["showInAddressList"], &read["userType"]), (&json!(false), &json!("Member")));
    for filter in ["userPrincipalName eq 'ada@contoso.com'", "mailNickname eq 'ada'", "mail eq 'ada@contoso.com'", "employeeId eq '7'"] {
        get(&tenant, &format!("/beta/users?$filter={filter}")).await;
    }
    assert_eq!(send(&tenant, "GET", &format!("{path}/manager"), None).await.status, 404);
    let manager = json!({"@odata.id": format!("{}/beta/directoryObjects/{}", tenant.running.url(), tenant::ADMINISTRATOR_ID)});
    send(&tenant, "PUT", &format!("{path}/manager/$ref"), Some(manager)).await.empty();
    assert_eq!(get(&tenant, &format!("{path}/manager")).await["id"], tenant::ADMINISTRATOR_ID);
    send(&tenant, "DELETE", &format!("{path}/manager/$ref"), None).await.empty();
    send(&tenant, "DELETE", &path, None).await.empty();
    assert_eq!(send(&tenant, "GET", &path, None).await.status, 404);
}

#[tokio::test]
async fn a_policy_says_the_type_of_everything_in_it() {
    let tenant = Tenant::start().await;
    let base = "/v1.0/identity/conditionalAccess";
    let range = json!({"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"});
    let location =
        json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "office", "ipRanges": [range], "isTrusted": true});
    let made = send(&tenant, "POST", &format!("{base}/namedLocations"), Some(location.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let location_path = format!("{base}/namedLocations/{}", made.body["id"].as_str().unwrap());
    assert_eq!(get(&tenant, &location_path).await["@odata.type"], "#microsoft.graph.ipNamedLocation");
    let policy = json!({
        "@odata.type": "#microsoft.graph.conditionalAccessPolicy", "displayName": "aks", "state": "disabled",
        "conditions": {
            "@odata.type": "#microsoft.graph.conditionalAccessConditionSet", "clientAppTypes": ["all"], "devices": null,
            "applications": {
                "@odata.type": "#microsoft.graph.conditionalAccessApplications", "excludeApplications": [],
                "includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"], "includeUserActions": [],
            },
            "users": {
                "@odata.type": "#microsoft.graph.conditionalAccessUsers", "includeUsers": ["All"], "excludeUsers": [], "includeGroups": [],
                "excludeGroups": [], "includeRoles": [], "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
            },
            "locations": {
                "@odata.type": "#microsoft.graph.conditionalAccessLocations", "includeLocations": ["All"], "excludeLocations": ["AllTrusted"],
            },
            "platforms": null, "signInRiskLevels": [], "userRiskLevels": [],
        },
        "grantControls": {
            "@odata.type": "#microsoft.graph.conditionalAccessGrantControls", "operator": "OR", "builtInControls": ["mfa"],
            "customAuthenticationFactors": [], "termsOfUse": [],
        },
        "sessionControls": null,
    });
    let made = send(&tenant, "POST", &format!("{base}/policies"), Some(policy.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("{base}/policies/{}", made.body["id"].as_str().unwrap());
    let mut changed = policy;
    changed["displayName"] = json!("aks, changed");
    send(&tenant, "PATCH", &path, Some(changed)).await.empty();
    let read = get(&tenant, &path).await;
    assert_eq!((&read["displayName"], &read["sessionControls"]), (&json!("aks, changed"), &Value::Null));
    assert_eq!(read["conditions"]["locations"]["excludeLocations"], json!(["AllTrusted"]));
    send(&tenant, "DELETE", &path, None).await.empty();
    assert_eq!(send(&tenant, "GET", &path, None).await.status, 404);
    // A trusted location is made untrusted first.
    assert_eq!(send(&tenant, "DELETE", &location_path, None).await.status, 400);
    let mut untrusted = location;
    untrusted["isTrusted"] = json!(false);
    send(&tenant, "PATCH", &location_path, Some(untrusted)).await.empty();
    send(&tenant, "DELETE", &location_path, None).await.empty();
}

#[tokio::test]
async fn an_eligibility_is_read_by_the_newest_request_of_its_schedule() {
    let tenant = Tenant::start().await;
    let (id, user) = (group(&tenant, "admins").await, tenant.user("ada").await);
    let base = "/v1.0/identityGovernance/privilegedAccess/group";
    let kind = "#microsoft.graph.privilegedAccessGroupEligibilityScheduleRequest";
    let request = |action: &str, days: u32| {
        json!({
            "@odata.type": kind, "accessId": "member", "action": action, "groupId": id, "principalId": user, "justification": null,
            "scheduleInfo": {
                "@odata.type": "#microsoft.graph.requestSchedule", "startDateTime": null,
                "expiration": {"@odata.type": "#microsoft.graph.expirationPattern", "type": "afterDuration", "duration": format!("P{days}D")},
            },
        })
    };
    let made = send(&tenant, "POST", &format!("{base}/eligibilityScheduleRequests"), Some(request("adminAssign", 30))).await;
    assert_eq!((made.status, &made.body["status"]), (201, &json!("Provisioned")), "{}", made.body);
    let schedule = made.body["targetScheduleId"].as_str().unwrap().to_owned();
    assert!(schedule.starts_with(&format!("{id}_member_")), "{schedule}");
    assert_eq!(get(&tenant, &format!("{base}/eligibilitySchedules/{schedule}")).await["principalId"], json!(user));
    let newest = |schedule: &str| {
        format!(
            "{base}/eligibilityScheduleRequests?$filter=groupId eq '{id}' and targetScheduleId eq '{schedule}'&$orderby=createdDateTime desc"
        )
    };
    let found = get(&tenant, &newest(&schedule)).await;
    assert_eq!((&found["value"][0]["id"], &found["value"][0]["accessId"]), (&made.body["id"], &json!("member")));
    let update = send(&tenant, "POST", &format!("{base}/eligibilityScheduleRequests"), Some(request("adminUpdate", 60))).await;
    assert_eq!(update.status, 201, "{}", update.body);
    let schedule = update.body["targetScheduleId"].as_str().unwrap().to_owned();
    assert_eq!(get(&tenant, &newest(&schedule)).await["value"][0]["id"], update.body["id"]);
    tenant.post("/emulator/clock", json!({"advance": "PT10M"})).await.ok();
    let remove = json!({"@odata.type": kind, "accessId": "member", "action": "adminRemove", "groupId": id, "principalId": user});
    let removed = send(&tenant, "POST", &format!("{base}/eligibilityScheduleRequests"), Some(remove)).await;
    assert_eq!((removed.status, &removed.body["status"]), (201, &json!("Revoked")));

    let filter = format!("$filter=scopeId eq '{id}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
    let assignments = format!("/v1.0/policies/roleManagementPolicyAssignments?{filter}&$expand=policy($expand=rules,effectiveRules)");
    let found = get(&tenant, &assignments).await;
    let policy = &found["value"][0]["policy"];
    assert_eq!((policy["rules"].as_array().unwrap().len(), policy["effectiveRules"].as_array().unwrap().len()), (17, 17));
    let policy_path = format!("/v1.0/policies/roleManagementPolicies/{}", policy["id"].as_str().unwrap());
    let mut rule = policy["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == "Expiration_EndUser_Assignment").unwrap().clone();
    rule["maximumDuration"] = json!("PT4H");
    let patched =
        send(&tenant, "PATCH", &policy_path, Some(json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicy", "rules": [rule]})))
            .await;
    assert!([200, 204].contains(&patched.status), "{}", patched.body);
    let rules = get(&tenant, &assignments).await["value"][0]["policy"]["rules"].clone();
    let changed = rules.as_array().unwrap().iter().find(|rule| rule["id"] == "Expiration_EndUser_Assignment").unwrap();
    assert_eq!(changed["maximumDuration"], "PT4H");
}

#[tokio::test]
async fn a_role_is_found_by_its_name_and_given() {
    let tenant = Tenant::start().await;
    let (id, subscription) = (group(&tenant, "admins").await, subscription());
    get(&tenant, &format!("{subscription}?api-version=2022-12-01")).await;
    let providers = get(&tenant, &format!("{subscription}/providers?api-version=2022-09-01")).await;
    assert!(providers["value"].as_array().unwrap().iter().all(|one| one["registrationState"] == "Registered"));
    let register = format!("{subscription}/providers/Microsoft.Storage/register?api-version=2022-09-01");
    assert_eq!(send(&tenant, "POST", &register, None).await.status, 200);
    let authorization = format!("{subscription}/providers/Microsoft.Authorization");
    let found = get(&tenant, &format!("{authorization}/roleDefinitions?$filter=roleName eq 'Reader'&api-version=2022-05-01-preview")).await;
    let role = found["value"][0]["id"].as_str().unwrap().to_owned();
    let scope = format!("{subscription}/resourceGroups/myResourceGroup");
    let path =
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/7f2a9c1e-0000-4000-8000-000000000001?api-version=2022-04-01");
    let body = json!({"properties": {"principalId": id, "roleDefinitionId": role, "principalType": "Group", "description": ""}});
    assert_eq!(send(&tenant, "PUT", &path, Some(body)).await.status, 201);
    let read = get(&tenant, &path).await;
    assert_eq!((&read["properties"]["scope"], &read["properties"]["roleDefinitionId"]), (&json!(scope), &json!(role)));
    get(&tenant, &format!("{role}?api-version=2022-05-01-preview")).await;
    assert_eq!(send(&tenant, "DELETE", &path, None).await.status, 200);
    let gone = send(&tenant, "GET", &path, None).await;
    assert_eq!((gone.status, &gone.body["error"]["code"]), (404, &json!("RoleAssignmentNotFound")));
}

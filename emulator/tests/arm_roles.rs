//! Role definitions and role assignments.

use emulator::{Options, Profile, tenant};
use serde_json::{Value, json};

use crate::client::{Answer, Tenant, options};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const RBAC_READER: &str = "7f6c6a51-bcf8-42ba-9220-52d62157d7db";
const VERSION: &str = "api-version=2022-04-01";

pub fn subscription() -> String {
    format!("/subscriptions/{}", tenant::SUBSCRIPTION_ID)
}

pub fn group() -> String {
    format!("{}/resourceGroups/{}", subscription(), tenant::RESOURCE_GROUP)
}

pub fn cluster() -> String {
    format!("{}/providers/Microsoft.ContainerService/managedClusters/{}", group(), tenant::CLUSTER)
}

fn name(number: u32) -> String {
    format!("77777777-7777-4777-8777-{number:012}")
}

fn path(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}?{VERSION}")
}

fn body(role: &str, principal: &str) -> Value {
    let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", subscription());
    json!({"properties": {"roleDefinitionId": role, "principalId": principal}})
}

async fn put(tenant: &Tenant, scope: &str, number: u32, body: Value) -> Answer {
    tenant.send("PUT", &path(scope, &name(number)), Some(body), &[]).await
}

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_assignment_is_made_read_changed_and_deleted() {
    let tenant = Tenant::start().await;
    let group_id = tenant.group("default").await;
    let made = put(&tenant, &cluster(), 1, body(RBAC_READER, &group_id)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let shown = &made.body["properties"];
    assert_eq!((&shown["principalType"], &shown["createdBy"]), (&json!("Group"), &Value::Null));
    assert_eq!((&shown["scope"], &shown["updatedBy"]), (&json!(cluster()), &json!(tenant::SERVICE_PRINCIPAL_ID)));
    let read = tenant.get(&path(&cluster(), &name(1))).await.ok();
    assert_eq!(read["properties"]["createdBy"], tenant::SERVICE_PRINCIPAL_ID);
    assert_ne!(read["properties"]["createdOn"], shown["createdOn"], "times move until the assignment is read");
    let id = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", cluster(), name(1));
    assert_eq!((&read["id"], &read["type"]), (&json!(id), &json!("Microsoft.Authorization/roleAssignments")));
    // An id is found in whatever case.
    assert_eq!(tenant.get(&path(&cluster(), &name(1)).to_lowercase()).await.ok(), read);
    let mut changed = body(RBAC_READER, &group_id);
    changed["properties"]["description"] = json!("for all");
    let again = put(&tenant, &cluster(), 1, changed).await;
    assert_eq!(
        (again.status, &again.body["properties"]["description"], &again.body["properties"]["createdBy"]),
        (201, &json!("for all"), &Value::Null)
    );
    let deleted = tenant.delete(&path(&cluster(), &name(1))).await.ok();
    assert_eq!(deleted["id"], json!(id));
    tenant.delete(&path(&cluster(), &name(1))).await.empty();
    let text = format!("The role assignment '{}' is not found.", name(1));
    tenant.get(&path(&cluster(), &name(1))).await.refused(404, "RoleAssignmentNotFound", &text);
}

#[tokio::test]
async fn what_is_there_already_is_named_without_dashes_and_names_are_not_reused() {
    let tenant = Tenant::start().await;
    let (one, two) = (tenant.group("one").await, tenant.group("two").await);
    put(&tenant, &cluster(), 1, body(READER, &one)).await;
    let text = format!("The role assignment already exists. The ID of the existing role assignment is {}.", name(1).replace('-', ""));
    // The scope in another case, and the role without its prefix, are the same.
    let mut same = body(READER, &one.to_uppercase());
    same["properties"]["roleDefinitionId"] = json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}"));
    put(&tenant, &cluster().to_uppercase(), 2, same).await.refused(409, "RoleAssignmentExists", &text);
    let text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
    put(&tenant, &cluster(), 1, body(READER, &two)).await.refused(400, "RoleAssignmentUpdateNotPermitted", text);
    put(&tenant, &group(), 1, body(READER, &one)).await.refused(400, "RoleAssignmentUpdateNotPermitted", text);
}

#[tokio::test]
async fn switches_choose_where_sources_differ() {
    let mut options = options();
    options.switches.repeated_role_assignment_is_created = false;
    options.switches.role_assignment_update_is_conflict = true;
    let tenant = Tenant::with(options).await;
    let group_id = tenant.group("one").await;
    for status in [201, 200] {
        assert_eq!(put(&tenant, &cluster(), 1, body(READER, &group_id)).await.status, status);
    }
    assert_eq!(put(&tenant, &cluster(), 1, body(RBAC_READER, &group_id)).await.status, 409);
}

#[tokio::test]
async fn what_cannot_be_assigned_is_refused() {
    let tenant = Tenant::start().await;
    let group_id = tenant.group("one").await;
    let nobody = "99999999-9999-4999-8999-999999999999";
    let refused = put(&tenant, &cluster(), 1, body(READER, nobody)).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("PrincipalNotFound")));
    let start = format!("Principal {} does not exist in the directory {}.", nobody.replace('-', ""), tenant::TENANT_ID);
    assert!(refused.body["error"]["message"].as_str().unwrap().starts_with(&start), "{}", refused.body);
    // With a type, the directory is not asked for users and service principals.
    for (kind, status) in [("Group", 400), ("User", 201)] {
        let mut body = body(READER, nobody);
        body["properties"]["principalType"] = json!(kind);
        assert_eq!(put(&tenant, &cluster(), 1, body).await.status, status, "{kind}");
    }
    let text = format!(
        "The specified role definition with ID '{nobody}' does not exist. If it is a built-in role of Azure: the emulator does not know it"
    );
    let unknown = put(&tenant, &cluster(), 2, body(nobody, &group_id)).await;
    assert_eq!((unknown.status, &unknown.body["error"]["code"]), (400, &json!("InvalidRoleDefinitionId")));
    assert!(unknown.body["error"]["message"].as_str().unwrap().starts_with(&text), "{}", unknown.body);
    let nowhere = format!("{}/resourceGroups/nowhere", subscription());
    let text = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' \
         over scope '{nowhere}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        tenant::CLIENT_ID,
        tenant::SERVICE_PRINCIPAL_ID
    );
    put(&tenant, &nowhere, 2, body(READER, &group_id)).await.refused(403, "AuthorizationFailed", &text);
    let answer = tenant.send("PUT", &path(&cluster(), "not-a-guid"), Some(body(READER, &group_id)), &[]).await;
    assert_eq!(answer.status, 400);
    for body in [json!({}), json!({"properties": {}}), json!([])] {
        assert_eq!(put(&tenant, &cluster(), 2, body).await.status, 400);
    }
}

#[tokio::test]
async fn listings_inherit_and_follow_groups() {
    let tenant = Tenant::start().await;
    let (outer, inner, person) = (tenant.group("outer").await, tenant.group("inner").await, tenant.user("n01").await);
    tenant.link(&outer, "members", &inner).await.empty();
    tenant.link(&inner, "members", &person).await.empty();
    let namespace = format!("{}/namespaces/team", cluster());
    for (number, scope, principal) in [(1, subscription(), &outer), (2, cluster(), &inner), (3, namespace.clone(), &person)] {
        assert_eq!(put(&tenant, &scope, number, body(READER, principal)).await.status, 201);
    }
    let list = async |scope: &str, filter: &str| {
        let filter = if filter.is_empty() { String::new() } else { format!("&$filter={filter}") };
        let answer = tenant.get(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{VERSION}{filter}")).await.ok();
        let ours: Vec<String> = names(&answer).into_iter().filter(|name| name.starts_with("7777")).map(str::to_owned).collect();
        ours.iter().map(|name| name.trim_start_matches("77777777-7777-4777-8777-").parse::<u32>().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(list(&cluster(), "").await, [1, 2, 3]);
    assert_eq!(list(&cluster(), "atScope()").await, [1, 2]);
    assert_eq!(list(&subscription(), "").await, [1, 2, 3]);
    assert_eq!(list(&namespace, "atScope()").await, [1, 2, 3]);
    assert_eq!(list(&cluster(), &format!("principalId eq '{inner}'")).await, [2]);
    assert_eq!(list(&cluster(), &format!("assignedTo('{person}')")).await, [1, 2, 3]);
    assert_eq!(list(&cluster(), &format!("atScope()+and+assignedTo('{person}')")).await, [1, 2]);
    assert_eq!(list(&cluster(), &format!("assignedTo('{inner}')")).await, [0u32; 0], "not for groups");
    let refused = tenant.get(&format!("{}/providers/Microsoft.Authorization/roleAssignments?{VERSION}&$filter=nonsense", cluster())).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("UnsupportedQuery")));
    // The root's assignments are inherited, and their role comes back under the subscription.
    let all = tenant.get(&format!("{}/providers/Microsoft.Authorization/roleAssignments?{VERSION}", group())).await.ok();
    let root = all["value"].as_array().unwrap().iter().find(|one| one["properties"]["scope"] == "/").unwrap();
    assert!(root["properties"]["roleDefinitionId"].as_str().unwrap().starts_with(&subscription()), "{root}");
    assert!(root["id"].as_str().unwrap().starts_with("/providers/Microsoft.Authorization/"));
}

#[tokio::test]
async fn roles_are_looked_up_by_name_in_any_case() {
    let tenant = Tenant::start().await;
    let path = |scope: &str, rest: &str| format!("{scope}/providers/Microsoft.Authorization/roleDefinitions{rest}{VERSION}");
    let found = tenant.get(&path(&group(), "?$filter=roleName eq 'azure kubernetes service rbac reader'&")).await.ok();
    assert_eq!(names(&found), [RBAC_READER]);
    let role = &found["value"][0];
    assert_eq!(role["id"], json!(format!("{}/providers/Microsoft.Authorization/roleDefinitions/{RBAC_READER}", subscription())));
    let permissions = &role["properties"]["permissions"][0];
    let data = permissions["dataActions"].as_array().unwrap();
    assert!(data.contains(&json!("Microsoft.ContainerService/managedClusters/pods/read")));
    assert!(!data.iter().any(|action| action.as_str().unwrap().contains("/secrets/")));
    assert_eq!((&role["properties"]["type"], &role["properties"]["createdBy"]), (&json!("BuiltInRole"), &Value::Null));
    let root = tenant.get(&path("", &format!("/{READER}?"))).await.ok();
    assert_eq!(root["id"], json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}")));
    assert!(tenant.get(&path("", "?")).await.ok()["value"].as_array().unwrap().len() > 25);
    let missing = tenant.get(&path("", "/99999999-9999-4999-8999-999999999999?")).await;
    assert_eq!((missing.status, &missing.body["error"]["code"]), (404, &json!("RoleDefinitionDoesNotExist")));
}

#[tokio::test]
async fn a_custom_role_is_made_assigned_and_only_then_cannot_be_deleted() {
    let tenant = Tenant::start().await;
    let id = "88888888-8888-4888-8888-888888888888";
    let path = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{id}?{VERSION}", subscription());
    let role = |name: &str, scopes: Value| {
        json!({"properties": {
            "roleName": name, "description": "d", "type": "CustomRole", "assignableScopes": scopes,
            "permissions": [{"actions": ["Microsoft.ContainerService/managedClusters/read"],
                             "dataActions": ["Microsoft.ContainerService/managedClusters/pods/read"]}],
        }})
    };
    let put_role = async |body: Value| tenant.send("PUT", &path, Some(body), &[]).await;
    let made = put_role(role("Pod Reader", json!([group()]))).await;
    assert_eq!((made.status, &made.body["properties"]["type"]), (201, &json!("CustomRole")));
    assert_eq!(made.body["properties"]["permissions"][0]["notActions"], json!([]));
    assert_eq!(put_role(role("reader", json!([group()]))).await.status, 409);
    let tenant_root = format!("/providers/Microsoft.Management/managementGroups/{}", tenant::TENANT_ID);
    let refused = put_role(role("Pod Reader", json!([tenant_root]))).await;
    let text = "You cannot add data action permissions when you have a management group as an assignable scope";
    refused.refused(400, "InvalidRoleDefinition", text);
    let listed = format!("{}/providers/Microsoft.Authorization/roleDefinitions?{VERSION}&$filter=type eq 'CustomRole'", cluster());
    assert_eq!(names(&tenant.get(&listed).await.ok()), [id]);
    let group_id = tenant.group("one").await;
    assert_eq!(put(&tenant, &subscription(), 1, body(id, &group_id)).await.status, 400, "it is not assignable there");
    assert_eq!(put(&tenant, &cluster(), 1, body(id, &group_id)).await.status, 201);
    tenant.delete(&path).await.refused(400, "RoleDefinitionHasAssignments", "There are existing role assignments referencing role");
    tenant.delete(&self::path(&cluster(), &name(1))).await.ok();
    tenant.delete(&path).await.ok();
    tenant.delete(&path).await.empty();
}

#[tokio::test]
async fn the_last_administrator_of_a_subscription_stays() {
    let tenant = Tenant::start().await;
    let all =
        tenant.get(&format!("{}/providers/Microsoft.Authorization/roleAssignments?{VERSION}&$filter=atScope()", subscription())).await.ok();
    let owners: Vec<&Value> =
        all["value"].as_array().unwrap().iter().filter(|one| one["properties"]["scope"] == json!(subscription())).collect();
    for owner in &owners[..owners.len() - 1] {
        tenant.delete(&format!("{}?{VERSION}", owner["id"].as_str().unwrap())).await.ok();
    }
    let last = tenant.delete(&format!("{}?{VERSION}", owners.last().unwrap()["id"].as_str().unwrap())).await;
    assert_eq!((last.status, &last.body["error"]["message"]), (400, &json!("Cannot delete the last RBAC admin assignment")));
}

#[tokio::test]
async fn a_new_principal_is_not_found_for_a_while() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    tenant.post("/emulator/clock", json!({"stopped": true})).await.ok();
    let group_id = tenant.group("one").await;
    let person = tenant.user("n01").await;
    for principal in [&group_id, &person] {
        let refused = put(&tenant, &cluster(), 1, body(READER, principal)).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("PrincipalNotFound")));
    }
    let typed = |kind: &str, principal: &str| {
        let mut body = body(READER, principal);
        body["properties"]["principalType"] = json!(kind);
        body
    };
    assert_eq!(put(&tenant, &cluster(), 1, typed("Group", &group_id)).await.status, 400, "a group is looked up in any case");
    assert_eq!(put(&tenant, &cluster(), 2, typed("User", &person)).await.status, 201);
    tenant.post("/emulator/clock", json!({"advance": "PT32S"})).await.ok();
    assert_eq!(put(&tenant, &cluster(), 1, body(READER, &group_id)).await.status, 201);
    // What is populated is old.
    let added = tenant.post("/emulator/populate", json!({"groups": 1})).await.ok();
    let old = added["groups"][0].as_str().unwrap();
    assert_eq!(put(&tenant, &cluster(), 3, body(READER, old)).await.status, 201);
    // An assignment reads back at once.
    tenant.get(&path(&cluster(), &name(3))).await.ok();
}

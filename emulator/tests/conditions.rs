//! Conditions of role assignments: what is taken for one, and what they let pass.

use serde_json::{Value, json};

use crate::{
    arm_roles::{cluster, group, subscription},
    client::{Answer, Tenant},
    kubernetes::Kubernetes,
};

const VERSION: &str = "api-version=2022-04-01";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const ACCESS_ADMINISTRATOR: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const CUSTOM: &str = "88888888-8888-4888-8888-888888888888";

/// As in Microsoft's article about authorization for the Kubernetes API.
const ONE_CUSTOM_RESOURCE: &str = "(
 (
  !(ActionMatches{'Microsoft.ContainerService/managedClusters/customresources/read'})
 )
 OR
 (
  @Request[Microsoft.ContainerService/managedClusters/customResources:group] StringEqualsIgnoreCase 'secrets-store.csi.x-k8s.io'
  AND
  @Request[Microsoft.ContainerService/managedClusters/customResources:kind] StringEqualsIgnoreCase 'secretproviderclasses'
 )
)";

fn path(scope: &str, number: u32) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/77777777-7777-4777-8778-{number:012}?{VERSION}")
}

fn body(role: &str, principal: &str, condition: Value, version: Value) -> Value {
    let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", subscription());
    json!({"properties": {"roleDefinitionId": role, "principalId": principal, "condition": condition, "conditionVersion": version}})
}

async fn put(tenant: &Tenant, path: &str, body: Value) -> Answer {
    tenant.send("PUT", path, Some(body), &[]).await
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let tenant = Tenant::start().await;
    let team = tenant.group("team").await;
    let at = path(&group(), 1);
    let text = "The given role assignment condition is invalid.";
    for (condition, version) in [
        ("pods", "2.0"),
        ("@Resource[Microsoft.Storage/storageAccounts:name] Equals 'a'", "2.0"),
        ("(ActionMatches{'a'}", "2.0"),
        (ONE_CUSTOM_RESOURCE, "1.0"),
    ] {
        let refused = put(&tenant, &at, body(READER, &team, json!(condition), json!(version))).await;
        refused.refused(400, "InvalidRoleAssignmentCondition", text);
    }
    put(&tenant, &at, body(READER, &team, json!(ONE_CUSTOM_RESOURCE), json!("3.0"))).await.refused(
        400,
        "InvalidConditionVersion",
        "'3.0' is not a supported condition version.",
    );
    let made = put(&tenant, &at, body(READER, &team, json!(ONE_CUSTOM_RESOURCE), Value::Null)).await;
    let properties = &made.body["properties"];
    assert_eq!((made.status, &properties["condition"], &properties["conditionVersion"]), (201, &json!(ONE_CUSTOM_RESOURCE), &json!("2.0")));
    let without = put(&tenant, &at, body(READER, &team, Value::Null, Value::Null)).await;
    assert_eq!(without.body["properties"]["conditionVersion"], Value::Null);
}

#[tokio::test]
async fn custom_resources_of_a_cluster_are_told_apart() {
    let tenant = Tenant::start().await;
    let ada = tenant.person("ada").await.id;
    let role = json!({"properties": {
        "roleName": "AKS CRD Reader", "description": "d", "type": "CustomRole", "assignableScopes": [subscription()],
        "permissions": [{"actions": [], "dataActions": [
            "Microsoft.ContainerService/managedClusters/customresources/read", "Microsoft.ContainerService/managedClusters/pods/read",
        ]}],
    }});
    let definition = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{CUSTOM}?{VERSION}", subscription());
    assert_eq!(put(&tenant, &definition, role).await.status, 201);
    let at = path(&cluster(), 1);
    assert_eq!(put(&tenant, &at, body(CUSTOM, &ada, json!(ONE_CUSTOM_RESOURCE), json!("2.0"))).await.status, 201);
    let kubernetes = Kubernetes::of(&tenant, "ada@contoso.com").await;
    let (store, mesh) = ("secrets-store.csi.x-k8s.io", "security.istio.io");
    for (verb, group, resource, allowed) in [
        ("list", store, "secretproviderclasses", true),
        ("list", store, "secretproviderclasspodstatuses", false),
        ("list", mesh, "authorizationpolicies", false),
        ("create", store, "secretproviderclasses", false),
        ("list", "", "pods", true),
        ("list", "", "secrets", false),
    ] {
        assert_eq!(kubernetes.may_in(verb, "default", group, resource).await, allowed, "{verb} {group}/{resource}");
    }
    // Without the condition the role is given whole.
    assert_eq!(put(&tenant, &at, body(CUSTOM, &ada, Value::Null, Value::Null)).await.status, 201);
    assert!(kubernetes.may_in("list", "default", mesh, "authorizationpolicies").await);
}

#[tokio::test]
async fn who_may_give_some_roles_gives_no_others() {
    let tenant = Tenant::start().await;
    let (ada, team, bob) = (tenant.person("ada").await, tenant.group("team").await, tenant.user("bob").await);
    let condition = format!(
        "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
         ForAnyOfAnyValues:GuidEquals {{{READER}}} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] \
         ForAnyOfAnyValues:StringEqualsIgnoreCase {{'Group'}})) AND ((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})) OR \
         (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}}))"
    );
    let delegated = body(ACCESS_ADMINISTRATOR, &ada.id, json!(condition), json!("2.0"));
    assert_eq!(put(&tenant, &path(&group(), 1), delegated).await.status, 201);
    assert_eq!(put(&tenant, &path(&group(), 2), body(CONTRIBUTOR, &bob, Value::Null, Value::Null)).await.status, 201);
    let as_ada =
        async |method: &str, number: u32, body: Option<Value>| tenant.send_as(&ada.token, method, &path(&group(), number), body, &[]).await;
    let give = async |number: u32, role: &str, to: &str| as_ada("PUT", number, Some(body(role, to, Value::Null, Value::Null))).await;
    assert_eq!(give(3, READER, &team).await.status, 201);
    for refused in [give(4, CONTRIBUTOR, &team).await, give(5, READER, &bob).await, as_ada("DELETE", 2, None).await] {
        assert_eq!((refused.status, &refused.body["error"]["code"]), (403, &json!("AuthorizationFailed")));
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains("does not have authorization or an ABAC condition not fulfilled to perform action"), "{message}");
    }
    assert_eq!(as_ada("GET", 2, None).await.status, 200, "other actions are let pass");
    assert_eq!(as_ada("DELETE", 3, None).await.status, 200);
}

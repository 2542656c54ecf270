//! `aksaccess_role_assignment` with the real Terraform.

use emulator::tenant::{CLUSTER, RESOURCE_GROUP, SUBSCRIPTION_ID};
use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

pub(crate) const IT: &str = "aksaccess_role_assignment.it";
pub(super) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CLUSTER_READ: &str = "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
const RBAC_READER: &str = "7f6c6a51-bcf8-42ba-9220-52d62157d7db";

pub fn subscription() -> String {
    format!("/subscriptions/{SUBSCRIPTION_ID}")
}

pub fn group() -> String {
    format!("{}/resourceGroups/{RESOURCE_GROUP}", subscription())
}

pub fn cluster() -> String {
    format!("{}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}", group())
}

/// One role assignment.
pub(crate) fn assignment(principal: &str, role: &str, lines: &str) -> String {
    format!("resource \"aksaccess_role_assignment\" \"it\" {{\n  principal_id = {principal:?}\n  role = {role:?}\n  {lines}\n}}\n")
}

fn at_cluster(lines: &str) -> String {
    format!("cluster_id = {:?}\n  {lines}", cluster())
}

pub(crate) fn at(scope: &str) -> String {
    format!("scope = {scope:?}")
}

/// Makes one behind Terraform's back.
pub fn made_elsewhere(test_tenant: &TestTenant, scope: &str, name: &str, role: &str, principal: &str) -> String {
    let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", subscription());
    let body = json!({ "properties": { "roleDefinitionId": role, "principalId": principal, "principalType": "Group" } });
    test_tenant.arm_api("PUT", &id, "2022-04-01", Some(body));
    id
}

pub(super) const APPLY: [&str; 3] = ["apply", "-auto-approve", "-no-color"];

/// What was made there by others, before anything is made.
const LISTING: &str = "GET /{scope}/providers/Microsoft.Authorization/roleAssignments";

#[test]
fn one_assignment_costs_one_write_to_make_and_one_request_to_plan() {
    let test_tenant = TestTenant::new("one_assignment_costs_one_write");
    let team = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&assignment(&team, "Azure Kubernetes Service RBAC Reader", &at_cluster("")));
    test_tenant.forget_requests();
    workspace.apply();
    // In the plan whether the role has an effect there.
    let written =
        json!({ LISTING: 1, "PUT /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}": 1, CLUSTER_READ: 1 });
    assert_eq!(test_tenant.arm_requests(), written);
    // In the plan that it exists, in the apply what it is.
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 2 }));
    let state = workspace.state(IT);
    let name = state["name"].as_str().unwrap().to_owned();
    assert_eq!(test_tenant.assignments(&cluster()), [(team.clone(), RBAC_READER.to_owned(), name.clone())]);
    assert_eq!(state["id"], json!(format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", cluster())));
    assert_eq!((&state["scope"], &state["cluster_id"]), (&json!(cluster()), &json!(cluster())));
    assert_eq!(state["role_definition_id"], json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{RBAC_READER}")));
    assert_eq!((&state["role_name"], &state["principal_type"]), (&json!("Azure Kubernetes Service RBAC Reader"), &json!("Group")));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    let read = json!({ "GET /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}": 1 });
    assert_eq!((test_tenant.arm_requests(), test_tenant.requests()), (read, json!({})));
    workspace.destroy();
    assert_eq!(test_tenant.assignments(&cluster()), []);
}

#[test]
fn every_kind_of_scope_can_be_configured() {
    let test_tenant = TestTenant::new("every_kind_of_scope_can_be_configured");
    let team = test_tenant.group(json!({}));
    let platform = "/providers/Microsoft.Management/managementGroups/platform";
    test_tenant.arm_api("PUT", platform, "2023-04-01", Some(json!({ "properties": { "displayName": "Platform" } })));
    let nodes = format!("{}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-np", subscription());
    let fleet = format!("{}/providers/Microsoft.ContainerService/fleets/ships", group());
    for (place, scope) in [
        (at_cluster(""), cluster()),
        (at_cluster("namespace = \"payments\""), format!("{}/namespaces/payments", cluster())),
        (at_cluster("node_pool = \"nodepool1\""), format!("{}/agentPools/nodepool1", cluster())),
        (at(&format!("{}/nodepools/nodepool1", cluster())), format!("{}/nodepools/nodepool1", cluster())),
        (at(&format!("{}/managedNamespaces/payments", cluster())), format!("{}/managedNamespaces/payments", cluster())),
        (at(&fleet), fleet.clone()),
        (at(&nodes), nodes.clone()),
        (at(&group()), group()),
        (at(&subscription()), subscription()),
        (at(platform), platform.to_owned()),
        (at("/"), "/".to_owned()),
    ] {
        let workspace = test_tenant.workspace(&assignment(&team, "Reader", &place));
        workspace.apply();
        workspace.plan_is_empty();
        let state = workspace.state(IT);
        assert_eq!(state["scope"], json!(scope));
        let imported = test_tenant.workspace(&assignment(&team, "Reader", &place));
        imported.succeeds(&["import", "-no-color", IT, state["id"].as_str().unwrap()]);
        assert_eq!(imported.state(IT), state, "{scope}");
        imported.plan_is_empty();
        workspace.destroy();
        let name = state["name"].as_str().unwrap();
        assert!(!test_tenant.assignments(scope.trim_end_matches('/')).iter().any(|(_, _, left)| left == name), "{scope}");
    }
}

/// As `az role assignment create --assignee-object-id` makes them: the name is random, and the type of the principal is not sent.
#[test]
fn what_az_made_at_each_kind_of_scope_is_imported_and_plans_empty() {
    let test_tenant = TestTenant::new("made_by_az_at_each_kind_of_scope");
    let team = test_tenant.group(json!({}));
    let platform = "/providers/Microsoft.Management/managementGroups/platform";
    test_tenant.arm_api("PUT", platform, "2023-04-01", Some(json!({ "properties": { "displayName": "Platform" } })));
    let places = [
        (platform.to_owned(), "Reader", READER),
        (subscription(), "Reader", READER),
        (group(), "Reader", READER),
        (format!("{}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-np", group()), "Reader", READER),
        (format!("{}/providers/Microsoft.ContainerService/fleets/ships", group()), "Reader", READER),
        (cluster(), "Azure Kubernetes Service RBAC Reader", RBAC_READER),
        (format!("{}/namespaces/payments", cluster()), "Azure Kubernetes Service RBAC Reader", RBAC_READER),
        (format!("{}/managedNamespaces/payments", cluster()), "Azure Kubernetes Service RBAC Reader", RBAC_READER),
        (format!("{}/agentPools/nodepool1", cluster()), "Reader", READER),
        (format!("{}/nodepools/nodepool1", cluster()), "Reader", READER),
    ];
    let mut configuration = String::new();
    for (at, (scope, role, guid)) in places.iter().enumerate() {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/9d2c6f0a-4b5a-4968-8778-0000000000{at:02}");
        // As the client finds the role's id: where it looks for the role.
        let role_id = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{guid}", subscription());
        test_tenant.arm_api("PUT", &id, "2022-04-01", Some(json!({ "properties": { "roleDefinitionId": role_id, "principalId": team } })));
        configuration.push_str(&assignment(&team, role, &self::at(scope)).replace("\"it\"", &format!("\"at_{at}\"")));
        configuration.push_str(&format!("import {{\n  to = aksaccess_role_assignment.at_{at}\n  id = {id:?}\n}}\n"));
    }
    let workspace = test_tenant.workspace(&configuration);
    let actions = workspace.planned_actions();
    assert_eq!(actions.as_object().unwrap().len(), places.len());
    assert!(actions.as_object().unwrap().values().all(|action| *action == json!(["no-op"])), "{actions}");
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state("aksaccess_role_assignment.at_6")["namespace"], json!("payments"));
    workspace.destroy();
}

#[test]
fn notations_of_role_and_scope_are_no_difference() {
    let test_tenant = TestTenant::new("notations_of_role_and_scope");
    let team = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &at_cluster("namespace = \"payments\"")));
    workspace.apply();
    let namespace = format!("{}/namespaces/payments", cluster());
    for (role, place) in [
        ("reader".to_owned(), at_cluster("namespace = \"payments\"")),
        (READER.to_owned(), at(&namespace)),
        (format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}"), at(&namespace.to_lowercase())),
        (format!("{}/providers/Microsoft.Authorization/roleDefinitions/{READER}", subscription()), at(&format!("{namespace}/"))),
    ] {
        workspace.write(&assignment(&team.to_uppercase(), &role, &place));
        workspace.plan_is_empty();
    }
    for (role, place) in [
        ("Contributor", at_cluster("namespace = \"payments\"")),
        ("Reader", at_cluster("")),
        ("Reader", at_cluster("namespace = \"billing\"")),
        ("Reader", at(&group())),
    ] {
        workspace.write(&assignment(&team, role, &place));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["delete", "create"] }), "{role} {place}");
    }
}

#[test]
fn a_custom_role_is_looked_up_once() {
    let test_tenant = TestTenant::new("a_custom_role_is_looked_up_once");
    let team = test_tenant.group(json!({}));
    let guid = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let id = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{guid}", subscription());
    let role = json!({ "properties": { "roleName": "Namespace Viewer", "type": "CustomRole", "description": "d", "assignableScopes": [subscription()],
        "permissions": [{ "actions": [], "notActions": [], "dataActions": ["Microsoft.ContainerService/managedClusters/pods/read"], "notDataActions": [] }] } });
    test_tenant.arm_api("PUT", &id, "2022-04-01", Some(role));
    let many = |role: &str| {
        let namespaces = (0..5).map(|at| format!("\"ns{at}\"")).collect::<Vec<_>>().join(", ");
        format!(
            "resource \"aksaccess_role_assignment\" \"it\" {{\n  for_each = toset([{namespaces}])\n  principal_id = {team:?}\n  role = {role:?}\n  cluster_id = {:?}\n  namespace = each.key\n}}\n",
            cluster()
        )
    };
    let workspace = test_tenant.workspace(&many("namespace viewer"));
    test_tenant.forget_requests();
    workspace.apply();
    let looked_up = "GET /{scope}/providers/Microsoft.Authorization/roleDefinitions";
    assert_eq!(test_tenant.arm_requests()[looked_up], json!(2), "once in the plan and once in the apply: {}", test_tenant.arm_requests());
    let state = workspace.state("aksaccess_role_assignment.it[\"ns0\"]");
    assert_eq!((&state["role_name"], &state["role_definition_id"]), (&json!("Namespace Viewer"), &json!(id)));
    test_tenant.forget_requests();
    for spelling in ["Namespace Viewer", guid, &id, &id.to_lowercase()] {
        workspace.write(&many(spelling));
        workspace.plan_is_empty();
    }
    assert!(
        !test_tenant.arm_requests().to_string().contains("roleDefinitions"),
        "what is in state is not asked for again: {}",
        test_tenant.arm_requests()
    );
    let first = state["id"].as_str().unwrap();
    for spelling in ["Namespace Viewer", guid, &id] {
        let configuration = assignment(&team, spelling, &at_cluster("namespace = \"ns0\""));
        let imported = test_tenant.workspace(&format!("{configuration}import {{\n  to = {IT}\n  id = {first:?}\n}}\n"));
        assert_eq!(imported.planned_actions(), json!({ IT: ["no-op"] }), "{spelling}");
    }
    test_tenant
        .workspace(&assignment(&team, "Namespace Vewer", &at_cluster("")))
        .plan_fails(&["There is no role \"Namespace Vewer\" here"]);
}

#[test]
fn description_and_condition_change_in_place() {
    let test_tenant = TestTenant::new("description_and_condition_change_in_place");
    let team = test_tenant.group(json!({}));
    let condition = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'a'";
    let of = |lines: &str| assignment(&team, "Reader", &format!("{}\n  {lines}", at(&group())));
    let workspace = test_tenant.workspace(&of("description = \"why\""));
    workspace.apply();
    let before = workspace.state(IT);
    for lines in [
        format!("description = \"because\"\n  condition = {condition:?}"),
        format!("condition = {condition:?}\n  condition_version = \"2.0\""),
        String::new(),
    ] {
        workspace.write(&of(&lines));
        if lines.contains("condition_version") {
            assert_eq!(before["condition_version"], Value::Null);
        }
        assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }), "{lines}");
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(workspace.state(IT)["id"], before["id"]);
    }
    // Layout makes no difference; what Azure cannot parse is reported with its position.
    workspace.write(&of(&format!("condition = {condition:?}")));
    workspace.apply();
    let laid_out = condition.replace(" StringEquals ", "\n      StringEquals   ");
    workspace.write(&of(&format!("condition = <<-EOT\n    {laid_out}\n  EOT")));
    workspace.plan_is_empty();
    for wrong in ["pods", "@Resource[a] Equals 'b'"] {
        workspace.write(&of(&format!("condition = {wrong:?}")));
        workspace.fails(
            &["apply", "-auto-approve", "-no-color"],
            &[
                "Could not update the assignment of Reader",
                "The given role assignment condition is invalid",
                "on main.tf line",
                "condition =",
            ],
        );
        let other = test_tenant.group(json!({}));
        test_tenant.workspace(&of(&format!("condition = {wrong:?}")).replace(&team, &other)).fails(
            &["apply", "-auto-approve", "-no-color"],
            &["Could not make the assignment of Reader", "The given role assignment condition is invalid", "on main.tf line"],
        );
    }
    workspace.write(&of(""));
    workspace.apply();
    let there = test_tenant.arm_api("GET", before["id"].as_str().unwrap(), "2022-04-01", None);
    assert_eq!((&there["properties"]["description"], &there["properties"]["condition"]), (&Value::Null, &Value::Null));
}

#[test]
fn drift_is_shown_and_corrected() {
    let test_tenant = TestTenant::new("drift_of_an_assignment_shows");
    let team = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &at(&group())));
    workspace.apply();
    test_tenant.advance("PT2M");
    let id = workspace.state(IT)["id"].as_str().unwrap().to_owned();
    test_tenant.arm_api("DELETE", &id, "2022-04-01", None);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["id"], json!(id), "the same role, place and principal have the same name");
    // What is gone when it is to be destroyed is no error.
    test_tenant.arm_api("DELETE", &id, "2022-04-01", None);
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
}

#[test]
fn bad_input_is_refused_before_anything_is_changed() {
    let test_tenant = TestTenant::new("bad_assignments_are_refused");
    let team = test_tenant.group(json!({}));
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let fails = |configuration: String, message: &str| {
        test_tenant.workspace(&configuration).fails(&["validate", "-no-color"], &[message]);
    };
    fails(assignment(&team, "Reader", ""), "The scope is missing");
    fails(assignment(&team, "Reader", &at_cluster(&at("/"))), "`cluster_id` and `scope` disagree");
    fails(assignment(&team, "Reader", &at_cluster(&at(&format!("{}/nodepools/np1", cluster())))), "`cluster_id` and `scope` disagree");
    let inside = at(&format!("{}/namespaces/a", cluster()));
    fails(assignment(&team, "Reader", &at_cluster(&format!("{inside}\n  namespace = \"b\""))), "`namespace` and `scope` disagree");
    let agreeing = at_cluster(&format!("{inside}\n  namespace = \"a\""));
    test_tenant.workspace(&assignment(&team, "Reader", &agreeing)).succeeds(&["validate", "-no-color"]);
    fails(assignment(&team, "Reader", &at_cluster("namespace = \"a\"\n  node_pool = \"b\"")), "A node pool is not in a namespace");
    fails(assignment(&team, "Reader", &format!("{}\n  namespace = \"a\"", at("/"))), "`namespace` and `scope` disagree");
    fails(assignment(&team, "Reader", "scope = \"/subscriptions/prod\""), "Invalid value for scope");
    fails(assignment(&team, "Reader", &format!("cluster_id = {:?}", group())), "Invalid value for cluster_id");
    fails(assignment(&team, "Reader", &at_cluster("namespace = \"Payments\"")), "Invalid value for namespace");
    fails(assignment("team", "Reader", &at_cluster("")), "Invalid value for principal_id");
    fails(assignment(&team, "Reader", &at_cluster("condition_version = \"2.0\"")), "`condition_version` needs `condition`");
    let unit = test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "unit" })))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (configuration, message) in [
        (assignment(nobody, "Reader", &at_cluster("")), "This principal does not exist"),
        (assignment(&unit, "Reader", &at_cluster("")), "This object cannot be given roles"),
        (assignment(&team, "Reader", &at_cluster("principal_type = \"User\"")), "The principal is no User"),
        (assignment(&team, "Cluster Reeder", &at_cluster("")), "There is no role \"Cluster Reeder\" here"),
    ] {
        test_tenant.workspace(&configuration).plan_fails(&[message]);
    }
    assert_eq!(test_tenant.writes(), 2, "nothing but the group and the unit of this test was written");
}

#[test]
fn a_new_principal_is_waited_for() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed: 7, ..Default::default() });
    // Each assignment has its own lag of up to thirty seconds; among so many, some take nearly that.
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace(&format!(
        "resource \"aksaccess_group\" \"it\" {{\n  count = 8\n  display_name = \"team-${{count.index}}\"\n}}\n{}",
        assignment("x", "Reader", &format!("count = 8\n  {}", at(&group()))).replace("\"x\"", "aksaccess_group.it[count.index].id")
    ));
    workspace.apply();
    assert_eq!(test_tenant.assignments(&group()).len(), 8);
    workspace.plan_is_empty();
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

#[test]
fn a_refusal_names_the_action_the_scope_and_a_role() {
    let test_tenant = TestTenant::new("a_refusal_names_the_action");
    let team = test_tenant.group(json!({}));
    let elsewhere = format!("{}/resourceGroups/nowhere", subscription());
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &at(&elsewhere)));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["Microsoft.Authorization/roleAssignments/write", &elsewhere, "Role Based Access Control Administrator"],
    );
    // Of a subscription that is not there, the gateway says so.
    let unknown = "44444444-4444-4444-8444-444444444445";
    workspace.write(&assignment(&team, "Reader", &at(&format!("/subscriptions/{unknown}/resourceGroups/rg"))));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &[unknown, "could not be found"]);
}

/// State as it would be after so many imports, made from one assignment that was applied.
fn put_into_state(workspace: &Workspace<'_>, all: &[(String, String, String)]) {
    let path = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let instances = &mut state["resources"][0]["instances"];
    let like = instances[0].clone();
    let instance = |(at, (scope, principal, name)): (usize, &(String, String, String))| {
        let mut instance = like.clone();
        instance["index_key"] = json!(at);
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
        for (attribute, value) in [("id", json!(id)), ("scope", json!(scope)), ("principal_id", json!(principal)), ("name", json!(name))] {
            instance["attributes"][attribute] = value;
        }
        let namespace = scope.split_once("/namespaces/").map(|(_, namespace)| namespace);
        instance["attributes"]["namespace"] = json!(namespace);
        instance.as_object_mut().unwrap().remove("private");
        instance
    };
    *instances = all.iter().enumerate().map(instance).collect();
    std::fs::write(&path, state.to_string()).unwrap();
}

#[test]
fn five_hundred_assignments_at_five_scopes_are_planned_with_at_most_fifteen_requests() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let (_, groups) = test_tenant.populate(0, 100, 0);
    let mut all = Vec::new();
    for namespace in 0..5 {
        let scope = format!("{}/namespaces/ns{namespace}", cluster());
        for (at, principal) in groups.iter().enumerate() {
            let name = format!("0f1e2d3c-0000-4000-8000-{namespace:04}{at:08}");
            made_elsewhere(&test_tenant, &scope, &name, RBAC_READER, principal);
            all.push((scope.clone(), principal.clone(), name));
        }
    }
    let configuration = |count: usize| {
        format!(
            "locals {{\n  all = jsondecode(file(\"all.json\"))\n}}\nresource \"aksaccess_role_assignment\" \"it\" {{\n  count = {count}\n  adopt_existing = true\n  \
             role = \"Azure Kubernetes Service RBAC Reader\"\n  scope = local.all[count.index][0]\n  principal_id = local.all[count.index][1]\n}}\n"
        )
    };
    let workspace = test_tenant.workspace(&configuration(1));
    workspace.file("all.json", &json!(all).to_string());
    workspace.apply();
    put_into_state(&workspace, &all);
    workspace.write(&configuration(all.len()));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    let one = "GET /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}";
    assert_eq!(test_tenant.arm_requests(), json!({ one: 5, "GET /{scope}/providers/Microsoft.Authorization/roleAssignments": 5 }));
    assert!(test_tenant.all_requests() <= 15, "{}", test_tenant.all_requests());
}

#[test]
fn fifty_assignments_at_one_scope_are_made_with_at_most_sixty_requests() {
    let put = "PUT /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}";
    let (question, page) = ("POST /v1.0/directoryObjects/getByIds", "GET /v1.0/groups");
    // The plan reads the cluster: whether it exists, and whether a role for what is inside has an effect there.
    let of_arm = json!({ put: 50, LISTING: 1, CLUSTER_READ: 1 });
    for (role, all) in [("Azure Kubernetes Service Cluster User Role", 60), ("Azure Kubernetes Service RBAC Reader", 60)] {
        let test_tenant = TestTenant::with(emulator::Options::default());
        let (_, groups) = test_tenant.populate(0, 50, 0);
        let workspace = test_tenant.workspace(&format!(
            "resource \"aksaccess_role_assignment\" \"it\" {{\n  for_each = toset({})\n  principal_id = each.key\n  role = {role:?}\n  cluster_id = {:?}\n}}\n",
            json!(groups),
            cluster()
        ));
        test_tenant.forget_requests();
        workspace.apply();
        assert_eq!(test_tenant.arm_requests(), of_arm, "{role}");
        // In the plan whether the principals exist, in the apply what they are: a page of groups, unless the first was alone in its batch and was read alone by itself.
        let requests = test_tenant.requests();
        let alone = requests[question].as_u64().unwrap_or(0);
        assert!(requests[page] == json!(2) && alone <= 1 && requests.as_object().unwrap().len() <= 2, "{role}: {requests}");
        // With sign-in and discovery.
        assert_eq!(test_tenant.all_requests(), all + alone, "{role}");
        assert_eq!(test_tenant.assignments(&cluster()).len(), 50);
    }
}

#[test]
fn principals_of_the_same_configuration_need_not_be_looked_up() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let workspace = test_tenant.workspace(&format!(
        "resource \"aksaccess_group\" \"it\" {{\n  count = 50\n  display_name = \"g${{count.index}}\"\n}}\n\
         resource \"aksaccess_role_assignment\" \"it\" {{\n  count = 50\n  principal_id = aksaccess_group.it[count.index].id\n  \
         role = \"Azure Kubernetes Service RBAC Reader\"\n  cluster_id = {:?}\n}}\n",
        cluster()
    ));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups": 1, "POST /v1.0/groups": 50 }));
    let put = "PUT /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}";
    assert_eq!(test_tenant.arm_requests(), json!({ put: 50, LISTING: 1, CLUSTER_READ: 1 }));
}

#[test]
fn what_is_likely_not_meant_is_warned_of_and_can_be_silenced() {
    let test_tenant = TestTenant::new("what_is_likely_not_meant");
    let team = test_tenant.group(json!({}));
    let version = "2026-04-01";
    let plain = format!("{}/providers/Microsoft.ContainerService/managedClusters/plain", group());
    let body = json!({ "location": "eastus", "identity": { "type": "SystemAssigned" },
        "properties": { "dnsPrefix": "plain", "agentPoolProfiles": [{ "name": "np1", "count": 1, "mode": "System" }] } });
    test_tenant.arm_api("PUT", &plain, version, Some(body.clone()));
    let plan = |role: &str, place: &str, silenced: &str| {
        let provider = format!("provider \"aksaccess\" {{\n  silence_warnings = [{silenced}]\n}}\n");
        test_tenant.workspace(&format!("{provider}{}", assignment(&team, role, place))).succeeds(&["plan", "-no-color"]).text
    };
    let (at_plain, at_namespace) = (format!("cluster_id = {plain:?}"), format!("cluster_id = {plain:?}\n  namespace = \"a\""));
    // A resource group in which Azure RBAC is off everywhere, and one without clusters.
    let [old, empty] = ["old", "empty"].map(|name| {
        let id = format!("{}/resourceGroups/{name}", subscription());
        test_tenant.arm_api("PUT", &id, "2022-09-01", Some(json!({ "location": "eastus" })));
        id
    });
    test_tenant.arm_api("PUT", &format!("{old}/providers/Microsoft.ContainerService/managedClusters/old"), version, Some(body));
    let (effect, past) = ("The role has no effect in this cluster", "The role opens the way past Microsoft Entra ID");
    let cases = [
        ("Azure Kubernetes Service RBAC Writer", at_namespace.as_str(), effect, "azure_rbac_disabled"),
        ("Azure Kubernetes Service RBAC Writer", &at(&old), "The role has no effect in these clusters", "azure_rbac_disabled"),
        ("Azure Kubernetes Service Cluster Admin Role", &at_plain, past, "local_admin_role"),
        ("Azure Kubernetes Service Cluster Admin Role", &at(&old), past, "local_admin_role"),
        ("Contributor", &at_plain, past, "local_admin_role"),
        ("Contributor", &at(&group()), past, "local_admin_role"),
        ("Owner", &at(&subscription()), past, "local_admin_role"),
        ("Azure Kubernetes Service RBAC Admin", &at(&subscription()), "A role for clusters is given far above them", "broad_cluster_role"),
        ("Azure Kubernetes Service Cluster User Role", &at("/"), "A role for clusters is given far above them", "broad_cluster_role"),
    ];
    for (role, place, warning, id) in cases {
        let output = plan(role, place, "");
        assert!(output.contains(warning) && output.contains(&format!("silence_warnings = [\"{id}\"]")), "{role}: {output}");
        let silent = plan(role, place, &format!("{id:?}"));
        assert!(!silent.contains(warning), "{role}: {silent}");
    }
    for (role, place) in [
        ("Azure Kubernetes Service RBAC Writer", at_cluster("")),
        ("Azure Kubernetes Service Cluster User Role", at_plain.clone()),
        ("Reader", at(&subscription())),
        ("Contributor", at_cluster("node_pool = \"nodepool1\"")),
        // In one of the two clusters it has an effect.
        ("Azure Kubernetes Service RBAC Writer", at(&group())),
        ("Contributor", at(&empty)),
        // What is below a management group is not looked at.
        ("Contributor", at("/providers/Microsoft.Management/managementGroups/11111111-1111-4111-8111-111111111111")),
    ] {
        let output = plan(role, &place, "");
        assert!(!output.contains("silence_warnings"), "{role}: {output}");
    }
    // All who ask about a resource group share one listing; and who may not list is not warned, and not stopped.
    let both = assignment(&team, "x", &format!("for_each = toset([\"Contributor\", \"Owner\"])\n  {}", at(&group())));
    let two = test_tenant.workspace(&both.replace("\"x\"", "each.key"));
    let list =
        "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters";
    test_tenant.forget_requests();
    let output = flat(&two.succeeds(&["plan", "-no-color"]).text);
    assert_eq!(test_tenant.arm_requests(), json!({ list: 1 }));
    assert!(output.contains(past) && output.contains(&plain) && output.contains(&cluster()), "{output}");
    test_tenant.arm(&format!("1 GET {} status=403", list.trim_start_matches("GET ")));
    assert!(!two.succeeds(&["plan", "-no-color"]).text.contains(past));
}

/// The service names the whole ID of the assignment, at which nobody can be given a role.
#[test]
fn a_refusal_names_the_scope_at_which_a_role_is_to_be_given() {
    let test_tenant = TestTenant::new("a_refusal_names_the_scope");
    let team = test_tenant.group(json!({}));
    let application = test_tenant.control("POST", "applications", Some(json!({ "secret": "s", "permissions": ["Directory.Read.All"] })));
    let reader = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", subscription(), uuid::Uuid::new_v4());
    let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", subscription());
    let body =
        json!({ "properties": { "roleDefinitionId": role, "principalId": application["object_id"], "principalType": "ServicePrincipal" } });
    test_tenant.arm_api("PUT", &reader, "2022-04-01", Some(body));
    let mut workspace = test_tenant.workspace(&assignment(&team, "Reader", &at(&group())));
    workspace.set("ARM_CLIENT_ID", application["application_id"].as_str().unwrap());
    workspace.set("ARM_CLIENT_SECRET", "s");
    let advice = format!("with the action Microsoft.Authorization/roleAssignments/write, at {} or above it", group());
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["403 AuthorizationFailed", &advice]);
}

#[test]
fn a_subscription_that_is_not_there_is_an_error_and_no_absence() {
    let test_tenant = TestTenant::new("an_unknown_subscription");
    let team = test_tenant.group(json!({}));
    let elsewhere = "/subscriptions/0f1e2d3c-0000-4000-8000-00000000abcd";
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &at(elsewhere)));
    workspace
        .fails(&["apply", "-auto-approve", "-no-color"], &["404 SubscriptionNotFound", "Check the ID of the subscription in the scope"]);
}

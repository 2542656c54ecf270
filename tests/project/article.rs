//! The first half of the article on PIM for AKS: `examples/aks-groups-and-roles`, applied, imported from what the Azure CLI made, and shown to have the effect
//! that the article shows.

use std::path::Path;
use std::process::Command;

use emulator::tenant::NODE_POOL;
use serde_json::{Value, json};

use crate::role_assignments::role_assignment::{cluster, group, subscription};
use crate::test_tenant::{TestTenant, Workspace, flat};

const PASSWORD: &str = "Correct-Horse-1";

/// The example as it stands.
fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/aks-groups-and-roles/main.tf");
    std::fs::read_to_string(path).unwrap()
}

fn workspace<'a>(test_tenant: &'a TestTenant, more: &str) -> Workspace<'a> {
    let workspace = test_tenant.workspace("");
    workspace.file("main.tf", &example());
    workspace.file("more.tf", more);
    workspace
}

/// What the article's script creates, with the requests of the Azure CLI: names of assignments are random, and ARM is not sent what the
/// principal is. Answers the import blocks of all of it.
fn made_by_the_script(test_tenant: &TestTenant) -> String {
    let mut imports = String::new();
    let mut import = |to: &str, id: &str| imports.push_str(&format!("import {{\n  to = {to}\n  id = {id:?}\n}}\n"));
    let mut ids = Vec::new();
    for name in ["default", "admin", "approver"] {
        let id = test_tenant.group(json!({ "displayName": name, "mailNickname": name }));
        import(&format!("aksaccess_group.{name}"), &id);
        ids.push(id);
    }
    for (name, alias, at) in [("normal", "n01", 0), ("privileged", "p01", 2)] {
        let body = json!({ "displayName": alias, "mailNickname": alias, "userPrincipalName": format!("{alias}@contoso.com"), "accountEnabled": true,
            "passwordProfile": { "password": PASSWORD, "forceChangePasswordNextSignIn": false } });
        let id = test_tenant.graph("POST", "/users", Some(body))["id"].as_str().unwrap().to_owned();
        test_tenant.add_member(&ids[at], &id);
        import(&format!("aksaccess_user.{name}"), &id);
        import(&format!("aksaccess_group_member.{name}"), &format!("{}/{id}", ids[at]));
    }
    let pool = format!("{}/agentPools/{NODE_POOL}", cluster());
    for (at, (name, scope, role, principal)) in [
        ("default_reads_the_cluster", cluster(), "7f6c6a51-bcf8-42ba-9220-52d62157d7db", &ids[0]),
        ("default_reads_the_resource_group", group(), "acdd72a7-3385-48ef-bd42-f606fba81ae7", &ids[0]),
        ("default_enters_the_cluster", cluster(), "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", &ids[0]),
        ("admin_manages_the_cluster", cluster(), "3498e952-d568-435e-9b2c-8d77e338d7f7", &ids[1]),
        ("admin_scales_the_node_pool", pool, "b24988ac-6180-42a0-ab88-20f7382dd24c", &ids[1]),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/0f1e2d3c-4b5a-4968-8778-00000000000{at}");
        let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", subscription());
        let body = json!({ "properties": { "roleDefinitionId": role, "principalId": principal } });
        test_tenant.arm_api("PUT", &id, "2022-04-01", Some(body));
        import(&format!("aksaccess_role_assignment.{name}"), &id);
    }
    imports
}

#[test]
fn the_example_is_applied_planned_empty_and_destroyed() {
    let test_tenant = TestTenant::new("the_article_is_applied");
    let workspace = workspace(&test_tenant, "");
    let said = workspace.apply();
    assert!(said.text.contains("12 added, 0 changed, 0 destroyed"), "{}", said.text);
    workspace.plan_is_empty();
    assert_eq!((test_tenant.assignments(&cluster()).len(), test_tenant.assignments(&group()).len()), (3, 1));
    workspace.destroy();
    assert_eq!((test_tenant.assignments(&cluster()), test_tenant.assignments(&group())), (vec![], vec![]));
}

#[test]
fn what_the_script_made_is_imported_and_plans_empty() {
    let test_tenant = TestTenant::new("the_article_is_imported");
    let imports = made_by_the_script(&test_tenant);
    let workspace = workspace(&test_tenant, &imports);
    let actions = workspace.planned_actions();
    assert_eq!(actions.as_object().unwrap().len(), 12);
    assert!(actions.as_object().unwrap().values().all(|action| *action == json!(["no-op"])), "{actions}");
    workspace.apply();
    workspace.file("more.tf", "");
    workspace.plan_is_empty();
}

#[test]
fn on_a_tenant_that_lags_it_works_in_one_go() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed: 11, ..Default::default() });
    let before = test_tenant.snapshot();
    let workspace = workspace(&test_tenant, "");
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

/// Asks the cluster's Kubernetes API as n01.
fn ask(test_tenant: &TestTenant, token: &str, server: &str, path: &str) -> (u16, Value) {
    test_tenant.kubernetes(token, &format!("{server}{path}"))
}

#[test]
fn the_default_group_reads_pods_and_is_refused_secrets() {
    let test_tenant = TestTenant::new("the_article_has_its_effect");
    let workspace = workspace(&test_tenant, "");
    workspace.file("terraform.tfvars", &format!("password = {PASSWORD:?}\n"));
    let said = workspace.apply();
    assert!(!said.text.contains(PASSWORD), "{}", said.text);
    let (token, config) = (test_tenant.user_token("n01@contoso.com", PASSWORD), test_tenant.kubeconfig(&cluster()));
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let (status, pods) = ask(&test_tenant, &token, &server, "/api/v1/namespaces/kube-system/pods");
    assert_eq!((status, &pods["kind"]), (200, &json!("PodList")), "{pods}");
    let refusal = "secrets is forbidden: User \"n01@contoso.com\" cannot list resource \"secrets\" in API group \"\" in the namespace \"kube-system\": \
                   User does not have access to the resource in Azure. Update role assignment to allow access.";
    let (status, refused) = ask(&test_tenant, &token, &server, "/api/v1/namespaces/kube-system/secrets");
    assert_eq!((status, &refused["message"]), (403, &json!(refusal)));
    // And so says the real kubectl, where there is one.
    let authority = workspace.path().join("ca.crt");
    std::fs::write(&authority, test_tenant.authority()).unwrap();
    let kubectl = |what: &str| {
        let mut command = Command::new("kubectl");
        command.env("KUBECONFIG", workspace.path().join("none")).env("HOME", workspace.path());
        command.args(["get", what, "--namespace", "kube-system", "--server", &server, "--token", &token]);
        command.arg("--certificate-authority").arg(&authority).output()
    };
    let Ok(pods) = kubectl("pods") else { return };
    assert!(pods.status.success() && String::from_utf8_lossy(&pods.stdout).contains("coredns"), "{pods:?}");
    let secrets = kubectl("secrets").unwrap();
    assert!(!secrets.status.success());
    let said = String::from_utf8_lossy(&secrets.stderr).into_owned();
    assert!(flat(&said).contains(&format!("Error from server (Forbidden): {refusal}")), "{said}");
}

//! The two articles about just-in-time access as configurations: `examples/just-in-time-cluster-access` and `examples/just-in-time-namespace`, applied, changed and
//! destroyed, and the story of the first, in which people activate, approve and enter.

use std::path::Path;

use serde_json::json;

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::{TestTenant, Workspace};

const BASE: &str = "/identityGovernance/privilegedAccess/group";
const PASSWORD: &str = "Correct-Horse-1";

fn workspace<'a>(test_tenant: &'a TestTenant, name: &str) -> Workspace<'a> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("main.tf");
    let workspace = test_tenant.workspace("");
    workspace.file("main.tf", &std::fs::read_to_string(path).unwrap());
    workspace
}

/// Destroys, after the five minutes within which the service removes nothing, and looks at what is left.
fn destroy(test_tenant: &TestTenant, workspace: &Workspace<'_>) {
    test_tenant.advance("PT6M");
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]));
    assert_eq!(test_tenant.assignments(&cluster()), vec![]);
}

#[test]
fn the_cluster_is_applied_changed_imported_and_destroyed() {
    let test_tenant = TestTenant::new("just_in_time_cluster_access");
    let workspace = workspace(&test_tenant, "just-in-time-cluster-access");
    let said = workspace.apply();
    assert!(said.text.contains("14 added, 0 changed, 0 destroyed"), "{}", said.text);
    workspace.plan_is_empty();
    workspace.file("terraform.tfvars", "active_for = \"PT2H\"\neligible_for = \"P200D\"\n");
    let said = workspace.apply();
    assert!(said.text.contains("0 added, 2 changed, 0 destroyed"), "{}", said.text);
    workspace.plan_is_empty();
    // What PIM has is forgotten by Terraform, and imported again.
    let (eligibility, policy) = ("aksaccess_pim_group_eligibility.default_can_become_admin", "aksaccess_pim_group_policy.admin");
    let states = [workspace.state(eligibility), workspace.state(policy)];
    workspace.succeeds(&["state", "rm", eligibility, policy]);
    for (address, state) in [eligibility, policy].into_iter().zip(&states) {
        workspace.succeeds(&["import", "-no-color", address, state["id"].as_str().unwrap()]);
    }
    // How soon it is prolonged is the configuration's affair alone.
    assert_eq!(workspace.planned_actions()[eligibility], json!(["update"]));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!([workspace.state(eligibility), workspace.state(policy)], states);
    destroy(&test_tenant, &workspace);
}

#[test]
fn namespaces_are_applied_and_destroyed() {
    let test_tenant = TestTenant::new("just_in_time_namespace");
    let workspace = workspace(&test_tenant, "just-in-time-namespace");
    workspace.apply();
    workspace.plan_is_empty();
    let jit = workspace.state("aksaccess_group.jit")["id"].as_str().unwrap().to_owned();
    assert_eq!(test_tenant.members(&jit).len(), 1);
    test_tenant.advance("P15D");
    workspace.plan_is_empty();
    assert_eq!(test_tenant.members(&jit), Vec::<String>::new(), "two weeks are over");
    destroy(&test_tenant, &workspace);
}

#[test]
fn on_a_tenant_that_lags_it_works_in_one_go() {
    for name in ["just-in-time-cluster-access", "just-in-time-namespace"] {
        let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed: 7, ..Default::default() });
        let before = test_tenant.snapshot();
        let workspace = workspace(&test_tenant, name);
        workspace.apply();
        workspace.plan_is_empty();
        test_tenant.advance("PT6M");
        workspace.destroy();
        test_tenant.holds_again(&before, "");
    }
}

/// What n01 sees of the cluster's secrets, with a token of now.
fn secrets(test_tenant: &TestTenant) -> u16 {
    let token = test_tenant.user_token("n01@contoso.com", PASSWORD);
    let config = test_tenant.kubeconfig(&cluster());
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    test_tenant.kubernetes(&token, &format!("{server}/api/v1/namespaces/kube-system/secrets")).0
}

#[test]
fn an_approved_activation_allows_listing_secrets_until_it_ends() {
    let test_tenant = TestTenant::new("just_in_time_story");
    let workspace = workspace(&test_tenant, "just-in-time-cluster-access");
    workspace.file("terraform.tfvars", &format!("password = {PASSWORD:?}\n"));
    workspace.apply();
    let admin = workspace.state("aksaccess_group.admin")["id"].as_str().unwrap().to_owned();
    let normal = workspace.state("aksaccess_user.normal")["id"].as_str().unwrap().to_owned();
    assert_eq!(secrets(&test_tenant), 403);
    let body = json!({ "action": "selfActivate", "accessId": "member", "groupId": admin, "principalId": normal, "justification": "an incident",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "PT8H" } } });
    let request =
        test_tenant.graph_as(&test_tenant.graph_token("n01", PASSWORD), "POST", &format!("{BASE}/assignmentScheduleRequests"), body);
    let id = request["id"].as_str().unwrap();
    assert_eq!((&request["status"], secrets(&test_tenant)), (&json!("PendingApproval"), 403));
    let decision = json!({ "reviewResult": "Approve", "justification": "seen" });
    test_tenant.graph_as(
        &test_tenant.graph_token("p01", PASSWORD),
        "PATCH",
        &format!("{BASE}/assignmentApprovals/{id}/stages/{id}"),
        decision,
    );
    assert_eq!(secrets(&test_tenant), 200);
    // The activation is nobody's difference.
    workspace.plan_is_empty();
    test_tenant.advance("PT8H1M");
    assert_eq!(secrets(&test_tenant), 403);
    workspace.plan_is_empty();
    destroy(&test_tenant, &workspace);
}

//! `aksaccess_cluster_aad_profile` with the real Terraform.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::{cluster, group};
use crate::test_tenant::{TestTenant, said};

const IT: &str = "aksaccess_cluster_aad_profile.it";
const VERSION: &str = "2026-04-01";
const GET: &str = "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
const PUT: &str = "PUT /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
const OPERATION: &str =
    "GET /subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/locations/{location}/operations/{operationId}";

fn profile(lines: &str) -> String {
    format!("resource \"aksaccess_cluster_aad_profile\" \"it\" {{\n  cluster_id = {:?}\n  {lines}\n}}\n", cluster())
}

/// A cluster as it is, without its ETag.
fn whole(test_tenant: &TestTenant, id: &str) -> Value {
    let mut cluster = test_tenant.arm_api("GET", id, VERSION, None);
    cluster.as_object_mut().unwrap().remove("eTag");
    cluster
}

/// A cluster in which everything is written out that a careless writer could lose.
fn furnish(test_tenant: &TestTenant) {
    let mut cluster = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    cluster["tags"] = json!({ "owner": "platform", "empty": "" });
    let more = json!({
        "oidcIssuerProfile": { "enabled": true }, "autoUpgradeProfile": { "upgradeChannel": "stable" },
        "addonProfiles": { "omsagent": { "enabled": true, "config": { "logAnalyticsWorkspaceResourceID": "/w" } } },
        "apiServerAccessProfile": { "authorizedIPRanges": ["192.0.2.0/24"] }, "workloadAutoScalerProfile": { "keda": { "enabled": true } },
    });
    cluster["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    test_tenant.write_cluster(cluster);
}

#[test]
fn a_profile_is_changed_and_put_back_and_nothing_else_of_the_cluster() {
    let test_tenant = TestTenant::new("a_profile_is_changed_and_put_back");
    let (admins, others) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
    furnish(&test_tenant);
    let before = whole(&test_tenant, &cluster());
    let workspace = test_tenant.workspace(&profile(&format!("admin_group_ids = [{admins:?}]\n  local_accounts_disabled = true")));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.arm_requests(), json!({ GET: 2, PUT: 1, OPERATION: 1 }));
    let mut expected = before.clone();
    expected["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([admins]);
    expected["properties"]["disableLocalAccounts"] = json!(true);
    assert_eq!(whole(&test_tenant, &cluster()), expected);
    let state = workspace.state(IT);
    assert_eq!(
        (&state["azure_rbac_enabled"], &state["local_accounts_disabled"]),
        (&json!(true), &json!(true)),
        "an argument that is missing is reported"
    );
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.arm_requests(), json!({ GET: 1 }));
    // In another order and case it is the same.
    workspace.write(&profile(&format!("admin_group_ids = [{:?}, {others:?}]\n  azure_rbac_enabled = false", admins.to_uppercase())));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    expected["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([admins.to_uppercase(), others]);
    expected["properties"]["aadProfile"]["enableAzureRBAC"] = json!(false);
    assert_eq!(whole(&test_tenant, &cluster()), expected);
    workspace.write(
        &profile(&format!("cluster_id = {:?}\n  admin_group_ids = [{others:?}, {admins:?}]", cluster().to_lowercase())).replacen(
            &format!("cluster_id = {:?}", cluster()),
            "",
            1,
        ),
    );
    workspace.plan_is_empty();
    let said = workspace.destroy();
    assert_eq!(whole(&test_tenant, &cluster()), before, "{}", said.text);
    assert!(!said.text.contains("keeps its Microsoft Entra profile"), "{}", said.text);
}

#[test]
fn drift_is_shown_and_corrected() {
    let test_tenant = TestTenant::new("drift_of_a_profile_shows");
    let admins = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&profile(&format!("admin_group_ids = [{admins:?}]")));
    workspace.apply();
    let mut drifted = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    drifted["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([]);
    drifted["properties"]["disableLocalAccounts"] = json!(true);
    test_tenant.write_cluster(drifted);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    let properties = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    assert_eq!(properties["properties"]["aadProfile"]["adminGroupObjectIDs"], json!([admins]));
    assert_eq!(properties["properties"]["disableLocalAccounts"], json!(true), "what is not managed here is left alone");
    // The cluster is gone: so is its profile.
    test_tenant.arm_api("DELETE", &cluster(), VERSION, None);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["Could not change the Microsoft Entra profile of the cluster", "ResourceNotFound"],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
}

#[test]
fn an_imported_profile_plans_empty_and_stays_when_it_is_destroyed() {
    let test_tenant = TestTenant::new("an_imported_profile");
    let before = whole(&test_tenant, &cluster());
    for id in [cluster(), cluster().to_lowercase()] {
        let imported =
            test_tenant.workspace(&format!("{}import {{\n  to = {IT}\n  id = {id:?}\n}}\n", profile("azure_rbac_enabled = true")));
        assert_eq!(imported.planned_actions(), json!({ IT: ["no-op"] }));
    }
    let workspace = test_tenant.workspace(&profile("azure_rbac_enabled = true"));
    workspace.succeeds(&["import", "-no-color", IT, &cluster()]);
    workspace.plan_is_empty();
    let said = workspace.destroy();
    assert!(said.text.contains("The cluster keeps its Microsoft Entra profile"), "{}", said.text);
    assert_eq!(whole(&test_tenant, &cluster()), before);
    workspace.fails(&["import", "-no-color", IT, &group()], &["is not the import id of the profile of a cluster", "az aks show"]);
}

#[test]
fn a_cluster_without_a_profile_gets_one_for_good() {
    let test_tenant = TestTenant::new("a_cluster_without_a_profile");
    let plain = format!("{}/providers/Microsoft.ContainerService/managedClusters/plain", group());
    let body = json!({ "location": "eastus", "identity": { "type": "SystemAssigned" },
        "properties": { "dnsPrefix": "plain", "agentPoolProfiles": [{ "name": "np1", "count": 1, "mode": "System" }] } });
    test_tenant.arm_api("PUT", &plain, VERSION, Some(body));
    let of = |lines: &str| profile(lines).replace(&cluster(), &plain);
    let empty = test_tenant.workspace(&of("azure_rbac_enabled = true"));
    empty.fails(&["import", "-no-color", IT, &plain], &["Cannot import non-existent remote object"]);
    let workspace = test_tenant.workspace(&of("azure_rbac_enabled = true"));
    workspace.apply();
    workspace.plan_is_empty();
    let profile = &test_tenant.arm_api("GET", &plain, VERSION, None)["properties"]["aadProfile"];
    assert_eq!((&profile["managed"], &profile["enableAzureRBAC"]), (&json!(true), &json!(true)));
    let said = workspace.destroy();
    assert!(said.text.contains("The cluster keeps its Microsoft Entra profile"), "{}", said.text);
    assert_eq!(&test_tenant.arm_api("GET", &plain, VERSION, None)["properties"]["aadProfile"], profile);
}

#[test]
fn others_at_work_are_waited_for_and_nothing_of_theirs_is_lost() {
    let test_tenant = TestTenant::new("others_at_work_on_a_cluster");
    let workspace = test_tenant.workspace(&profile("local_accounts_disabled = true"));
    test_tenant.control("POST", "operations", Some(json!({ "take": "PT2S", "busy": { "cluster_id": cluster(), "duration": "PT3S" } })));
    workspace.apply();
    let after = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    assert_eq!(
        (&after["properties"]["disableLocalAccounts"], &after["properties"]["provisioningState"]),
        (&json!(true), &json!("Succeeded"))
    );
    for fault in ["reset-before", "reset-after", "status-after=504", "status=503", "throttle=1"] {
        workspace.write(&profile("local_accounts_disabled = true\n  azure_rbac_enabled = false"));
        test_tenant.arm(&format!("1 {PUT} {fault}"));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.write(&profile("local_accounts_disabled = true\n  azure_rbac_enabled = true"));
        workspace.apply();
        test_tenant.control("DELETE", "faults", None);
    }
}

#[test]
fn a_change_that_comes_between_is_noticed_and_kept() {
    let test_tenant = TestTenant::new("a_change_that_comes_between");
    let mut workspace = test_tenant.workspace(&profile("local_accounts_disabled = true"));
    workspace.set("TF_LOG_PROVIDER", "INFO");
    // The cluster was read, and what is written on that is on its way, when somebody else tags it.
    test_tenant.arm(&format!("1 {PUT} delay=3000"));
    let mut apply = workspace.command(&["apply", "-auto-approve", "-no-color"]);
    let apply = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while test_tenant.control("GET", "faults", None)[0]["struck"] != json!(1) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut cluster_now = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    cluster_now["tags"] = json!({ "owner": "somebody else" });
    test_tenant.write_cluster(cluster_now);
    let said = said(apply.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(said.text.contains("EtagMismatch") && said.text.contains("somebody else changes the cluster"), "{}", said.text);
    let after = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    assert_eq!((&after["tags"]["owner"], &after["properties"]["disableLocalAccounts"]), (&json!("somebody else"), &json!(true)));
    workspace.plan_is_empty();
    // An operation that begins between the read and the write is refused by the service, and waited for in the same way.
    workspace.write(&profile("local_accounts_disabled = false"));
    test_tenant.control("DELETE", "faults", None);
    test_tenant.arm(&format!("2 {PUT} status=409"));
    test_tenant.forget_requests();
    let said = workspace.apply();
    assert!(said.text.contains("OperationNotAllowed"), "{}", said.text);
    assert_eq!(test_tenant.arm_requests()[PUT], json!(3), "two refused, one taken");
    workspace.plan_is_empty();
    // What never ends ends with the operation's time, and with what was the matter.
    test_tenant.control("DELETE", "faults", None);
    test_tenant.arm(&format!("1000 {PUT} status=409"));
    workspace.write(&profile("local_accounts_disabled = true\n  timeouts {\n    update = \"4s\"\n  }"));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["Could not change the Microsoft Entra profile", "OperationNotAllowed"]);
}

#[test]
fn a_failed_operation_is_reported_and_its_changes_are_reverted() {
    let test_tenant = TestTenant::new("an_operation_that_fails");
    let before = whole(&test_tenant, &cluster());
    let workspace = test_tenant.workspace(&profile("local_accounts_disabled = true"));
    let failure = json!({ "fail_next": { "code": "ReconcileFailed", "message": "The API server did not come back." } });
    test_tenant.control("POST", "operations", Some(failure.clone()));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["Could not change the Microsoft Entra profile", "the operation failed: ReconcileFailed: The API server did not come back."],
    );
    assert_eq!(workspace.addresses(), [IT], "what may have been changed is in state");
    workspace.destroy();
    assert_eq!(whole(&test_tenant, &cluster()), before);
    workspace.apply();
    workspace.write(&profile("local_accounts_disabled = false"));
    test_tenant.control("POST", "operations", Some(failure));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["ReconcileFailed"]);
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn bad_input_is_refused_before_anything_is_changed() {
    let test_tenant = TestTenant::new("bad_profiles_are_refused");
    let before = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    let user = test_tenant.users(1).remove(0);
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let bad = test_tenant.workspace(&profile("admin_group_ids = [\"admins\"]"));
    bad.fails(&["validate", "-no-color"], &["Invalid value for admin_group_ids"]);
    let bad = test_tenant.workspace(&profile("azure_rbac_enabled = true").replace(&cluster(), &group()));
    bad.fails(&["validate", "-no-color"], &["Invalid value for cluster_id"]);
    for id in [nobody, &user] {
        test_tenant.workspace(&profile(&format!("admin_group_ids = [{id:?}]"))).plan_fails(&["This group does not exist", id]);
    }
    let locked = test_tenant.workspace(&profile("admin_group_ids = []\n  azure_rbac_enabled = false\n  local_accounts_disabled = true"));
    let said = locked.succeeds(&["plan", "-no-color"]);
    assert!(said.text.contains("Nobody could administer the cluster"), "{}", said.text);
    let idle = test_tenant.workspace(&profile("")).succeeds(&["validate", "-no-color"]);
    assert!(idle.text.contains("Nothing of the profile is managed"), "{}", idle.text);
    let twice = test_tenant.workspace(&profile("count = 2\n  azure_rbac_enabled = true"));
    twice.fails(&["apply", "-auto-approve", "-no-color"], &["The object is managed by this configuration already"]);
    assert_eq!(test_tenant.arm_api("GET", &cluster(), VERSION, None), before);
}

#[test]
fn a_mistyped_cluster_is_found_before_the_old_one_is_put_back() {
    let test_tenant = TestTenant::new("a_mistyped_cluster");
    let workspace = test_tenant.workspace(&profile("local_accounts_disabled = true"));
    workspace.apply();
    let before = whole(&test_tenant, &cluster());
    workspace.write(&profile("local_accounts_disabled = true").replace(&cluster(), &format!("{}x", cluster())));
    workspace.plan_fails(&["This cluster does not exist", "Check the ID"]);
    assert_eq!(whole(&test_tenant, &cluster()), before);
    workspace.write(&profile("local_accounts_disabled = true"));
    workspace.plan_is_empty();
}

//! Actions of Privileged Identity Management, with a user who signs in with the Azure CLI.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::terraform_command::newer_terraform;
use crate::test_tenant::{TestTenant, Workspace, said};

const BASE: &str = "/identityGovernance/privilegedAccess/group";

/// A workspace whose Terraform signs in as the user with this token; the folder must be kept.
fn signed_in<'a>(
    test_tenant: &'a TestTenant,
    newer: &'static Path,
    token: &str,
    configuration: &str,
) -> (tempfile::TempDir, Workspace<'a>) {
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (folder, path) = crate::sign_in::credentials::az(&format!("cat <<'EOF'\n{answer}\nEOF"));
    let mut workspace = test_tenant.workspace(configuration);
    workspace.use_terraform(newer);
    for (name, value) in [("ARM_CLIENT_ID", ""), ("ARM_CLIENT_SECRET", ""), ("PATH", path.as_str())] {
        workspace.set(name, value);
    }
    (folder, workspace)
}

fn action(name: &str, lines: &str) -> String {
    format!("action \"aksaccess_{name}\" \"it\" {{\n  config {{\n{lines}  }}\n}}\n")
}

fn activation(group: &str, more: &str) -> String {
    action("activate_pim", &format!("    group_id = {group:?}\n    justification = \"deployment\"\n{more}"))
}

fn make_eligible(test_tenant: &TestTenant, group: &str, principal: &str) {
    let body = json!({ "action": "adminAssign", "accessId": "member", "groupId": group, "principalId": principal, "justification": "x",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
    test_tenant.graph("POST", &format!("{BASE}/eligibilityScheduleRequests"), Some(body));
}

/// Lets activations of a group's members wait for the approval of a user.
fn require_approval(test_tenant: &TestTenant, group: &str, approver: &str) {
    let policy = format!(
        "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  group_id = {group:?}\n  activation {{\n    require_approval = true\n    approvers {{ user_ids = [{approver:?}] }}\n  }}\n}}\n"
    );
    test_tenant.workspace(&policy).apply();
}

/// The requests about active assignments of a group, oldest first.
fn requests(test_tenant: &TestTenant, group: &str) -> Vec<Value> {
    let path = format!("{BASE}/assignmentScheduleRequests?$filter=groupId eq '{group}'&$orderby=createdDateTime");
    test_tenant.graph("GET", &path, None)["value"].as_array().unwrap().clone()
}

const INVOKE: &str = "apply";

fn invoke(name: &str) -> [String; 4] {
    [INVOKE.to_owned(), "-auto-approve".to_owned(), "-no-color".to_owned(), format!("-invoke=action.aksaccess_{name}.it")]
}

fn invoked(workspace: &Workspace<'_>, name: &str) -> String {
    let arguments = invoke(name);
    workspace.succeeds(&arguments.each_ref().map(String::as_str)).text
}

#[test]
fn a_user_activates_and_deactivates() {
    let Some(newer) = newer_terraform("a_user_activates_and_deactivates") else { return };
    let test_tenant = TestTenant::new("action_activates_and_deactivates");
    let group = test_tenant.group(json!({}));
    let (anna, token) = test_tenant.person("anna");
    make_eligible(&test_tenant, &group, &anna);
    let (_folder, workspace) = signed_in(&test_tenant, newer, &token, &activation(&group, "    duration = \"PT30M\"\n"));
    let text = invoked(&workspace, "activate_pim");
    assert!(text.contains("Active until") && text.contains("Actions: 1 invoked."), "{text}");
    assert_eq!(test_tenant.members(&group), std::slice::from_ref(&anna));
    assert!(invoked(&workspace, "activate_pim").contains("It is active already, until"));
    assert_eq!(requests(&test_tenant, &group).len(), 1, "what is active is not activated again");

    workspace.write(&action("deactivate_pim", &format!("    group_id = {group:?}\n")));
    let arguments = invoke("deactivate_pim");
    workspace.fails(
        &arguments.each_ref().map(String::as_str),
        &["within five minutes of its beginning", "use `terraform apply -invoke=action.aksaccess_deactivate_pim.NAME`"],
    );
    test_tenant.advance("PT6M");
    assert!(invoked(&workspace, "deactivate_pim").contains("Ended."));
    assert_eq!(test_tenant.members(&group), Vec::<String>::new());
    assert!(invoked(&workspace, "deactivate_pim").contains("It is not active."));
}

#[test]
fn an_activation_waits_for_a_decision() {
    let Some(newer) = newer_terraform("an_activation_waits_for_a_decision") else { return };
    let test_tenant = TestTenant::new("action_waits_for_a_decision");
    let group = test_tenant.group(json!({}));
    let ((anna, token), (ben, approver)) = (test_tenant.person("anna"), test_tenant.person("ben"));
    make_eligible(&test_tenant, &group, &anna);
    require_approval(&test_tenant, &group, &ben);
    for (decision, code, message) in [("deny", 1, "The activation was ended as"), ("approve", 0, "Active until")] {
        let (_folder, workspace) = signed_in(&test_tenant, newer, &token, &activation(&group, ""));
        let running = workspace
            .command(&invoke("activate_pim").each_ref().map(String::as_str))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let waiting = |requests: Vec<Value>| requests.into_iter().find(|request| request["status"] == "PendingApproval");
        let began = Instant::now();
        let request = loop {
            if let Some(request) = waiting(requests(&test_tenant, &group)) {
                break request["id"].as_str().unwrap().to_owned();
            }
            assert!(began.elapsed() < Duration::from_secs(120), "nothing is asked for");
            std::thread::sleep(Duration::from_millis(200));
        };
        let lines = format!("    request_id = {request:?}\n    decision = {decision:?}\n    justification = \"seen\"\n");
        let (_folder, deciding) = signed_in(&test_tenant, newer, &approver, &action("decide_pim_request", &lines));
        let text = invoked(&deciding, "decide_pim_request");
        assert!(text.contains("Action complete"), "{text}");
        let done = said(running.wait_with_output().unwrap());
        assert!(done.code == code && done.text.contains(message) && done.text.contains("waits for an approval"), "{}", done.text);
        let arguments = invoke("decide_pim_request");
        deciding.fails(&arguments.each_ref().map(String::as_str), &["does not wait for you"]);
    }
    assert_eq!(test_tenant.members(&group), [anna]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_action_ends_with_an_error_and_its_request_stays() {
    let Some(newer) = newer_terraform("an_interrupted_action_ends_with_an_error_and_its_request_stays") else { return };
    let test_tenant = TestTenant::new("action_is_interrupted");
    let group = test_tenant.group(json!({}));
    let ((anna, token), (ben, _)) = (test_tenant.person("anna"), test_tenant.person("ben"));
    make_eligible(&test_tenant, &group, &anna);
    require_approval(&test_tenant, &group, &ben);
    let (_folder, workspace) = signed_in(&test_tenant, newer, &token, &activation(&group, ""));
    let running = workspace
        .command(&invoke("activate_pim").each_ref().map(String::as_str))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while requests(&test_tenant, &group).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(120), "nothing is asked for");
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(2));
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let (interrupted, done) = (Instant::now(), said(running.wait_with_output().unwrap()));
    assert!(done.code == 1 && interrupted.elapsed() < Duration::from_secs(30), "{:?} {}", interrupted.elapsed(), done.text);
    assert!(done.text.contains("Action failed") && !done.text.contains("panic"), "{}", done.text);
    assert_eq!(requests(&test_tenant, &group)[0]["status"], json!("PendingApproval"));
}

#[test]
fn what_the_service_refuses_to_applications_is_refused_by_the_plan() {
    let Some(newer) = newer_terraform("what_the_service_refuses_to_applications_is_refused_by_the_plan") else { return };
    let test_tenant = TestTenant::new("action_of_an_application");
    let group = test_tenant.group(json!({}));
    let decision = format!("    request_id = {group:?}\n    decision = \"approve\"\n    justification = \"x\"\n");
    for (name, lines, message) in [
        ("activate_pim", format!("    group_id = {group:?}\n    justification = \"x\"\n"), "An application cannot activate an eligibility"),
        ("deactivate_pim", format!("    group_id = {group:?}\n"), "An application cannot deactivate what it activated"),
        ("decide_pim_request", decision, "An application cannot decide on a request"),
    ] {
        let mut workspace = test_tenant.workspace(&action(name, &lines));
        workspace.use_terraform(newer);
        test_tenant.forget_requests();
        workspace.fails(&["plan", "-no-color", &format!("-invoke=action.aksaccess_{name}.it")], &[message, "Sign in as a user"]);
        assert_eq!(test_tenant.writes(), 0);
    }
}

#[test]
fn what_an_action_lacks_is_refused_by_validation() {
    let Some(newer) = newer_terraform("what_an_action_lacks_is_refused_by_validation") else { return };
    let test_tenant = TestTenant::new("action_lacks_something");
    let refused = [
        ("activate_pim", "    justification = \"x\"\n", "Nothing to activate"),
        ("activate_pim", "    justification = \"x\"\n    role = \"Reader\"\n", "The scope of the role is missing"),
        (
            "activate_pim",
            "    group_id = \"00000000-0000-4000-8000-000000000001\"\n    justification = \"x\"\n    duration = \"1h\"\n",
            "of `PT5M` to `P1D`",
        ),
        (
            "decide_pim_request",
            "    request_id = \"x\"\n    decision = \"maybe\"\n    justification = \"x\"\n",
            "be one of `approve`, `deny`",
        ),
        (
            "revoke_sign_in_sessions",
            "    user_id = \"00000000-0000-4000-8000-000000000001\"\n    group_id = \"00000000-0000-4000-8000-000000000001\"\n",
            "It is said twice whose sessions",
        ),
    ];
    for (name, lines, message) in refused {
        let mut workspace = test_tenant.workspace(&action(name, lines));
        workspace.use_terraform(newer);
        workspace.fails(&["validate", "-no-color"], &[message]);
    }
    // Without a `config` block, in which case Terraform ends with a panic when the validation or the plan finds anything.
    let mut workspace = test_tenant.workspace("action \"aksaccess_revoke_sign_in_sessions\" \"it\" {}\n");
    workspace.use_terraform(newer);
    workspace.succeeds(&["validate", "-no-color"]);
    let arguments = invoke("revoke_sign_in_sessions");
    let said = workspace.fails(&arguments.each_ref().map(String::as_str), &["It is not said whose sessions"]);
    assert!(!said.text.contains("panic"), "{}", said.text);
}

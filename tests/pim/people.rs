//! Data sources about Privileged Identity Management, and activations for the time of a run, with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

const BASE: &str = "/identityGovernance/privilegedAccess/group";

fn data(kind: &str, lines: &str) -> String {
    format!("data \"aksaccess_{kind}\" \"it\" {{\n  {lines}\n}}\noutput \"it\" {{\n  value = data.aksaccess_{kind}.it\n}}\n")
}

fn found(workspace: &Workspace<'_>) -> Value {
    workspace.apply();
    let said = workspace.succeeds(&["output", "-json", "it"]);
    serde_json::from_str(&said.text).unwrap_or_else(|_| panic!("{}", said.text))
}

/// Assigns behind Terraform's back.
fn assign(test_tenant: &TestTenant, kind: &str, group: &str, principal: &str, access: &str) {
    let body = json!({ "action": "adminAssign", "accessId": access, "groupId": group, "principalId": principal, "justification": "x",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
    test_tenant.graph("POST", &format!("{BASE}/{kind}ScheduleRequests"), Some(body));
}

#[test]
fn who_has_what_is_listed_by_group_and_by_principal() {
    let test_tenant = TestTenant::new("who_has_what_is_listed");
    let (users, groups) = test_tenant.populate(2, 2, 0);
    for (group, user, access) in [(0, 0, "member"), (0, 1, "owner"), (1, 0, "member")] {
        assign(&test_tenant, "eligibility", &groups[group], &users[user], access);
        assign(&test_tenant, "assignment", &groups[group], &users[user], access);
    }
    for (kind, list) in [("eligibilities", "eligibilities"), ("assignments", "assignments")] {
        for (lines, count) in [
            (format!("group_id = {:?}", groups[0]), 2),
            (format!("group_id = {:?}\n  access = \"owner\"", groups[0]), 1),
            (format!("principal_id = {:?}", users[0]), 2),
            (format!("group_id = {:?}\n  principal_id = {:?}", groups[1], users[0]), 1),
            (format!("group_id = {:?}\n  principal_id = {:?}", groups[1], users[1]), 0),
        ] {
            let workspace = test_tenant.workspace(&data(&format!("pim_group_{kind}"), &lines));
            let it = found(&workspace);
            assert_eq!(it[list].as_array().unwrap().len(), count, "{kind} {lines}: {it}");
            workspace.plan_is_empty();
        }
        let one =
            found(&test_tenant.workspace(&data(&format!("pim_group_{kind}"), &format!("group_id = {:?}", groups[1]))))[list][0].clone();
        assert_eq!((&one["id"], &one["status"]), (&json!(format!("{}/member/{}", groups[1], users[0])), &json!("Provisioned")));
        let nothing = test_tenant.workspace(&data(&format!("pim_group_{kind}"), ""));
        nothing.plan_fails(&["Nothing is said to look for"]);
    }
}

#[test]
fn a_policy_is_read_with_all_its_rules() {
    let test_tenant = TestTenant::new("a_policy_is_read");
    let (_, groups) = test_tenant.populate(0, 1, 0);
    let it = found(&test_tenant.workspace(&data("pim_group_policy", &format!("group_id = {:?}", groups[0]))));
    assert_eq!((&it["id"], &it["activation"]["maximum_duration"]), (&json!(format!("{}/member", groups[0])), &json!("PT8H")));
    assert_eq!(it["notifications"]["eligible_assignment"]["admin"]["default_recipients"], json!(true));
    assert!(it["policy_id"].as_str().unwrap().starts_with(&format!("Group_{}_", groups[0])), "{it}");
    let missing = test_tenant.workspace(&data("pim_group_policy", "group_id = \"00000000-0000-4000-8000-00000000dead\""));
    missing.plan_fails(&["There is no policy"]);
}

#[test]
fn what_waits_for_an_approval_is_listed() {
    let test_tenant = TestTenant::new("what_waits_for_an_approval");
    let (_, groups) = test_tenant.populate(0, 2, 0);
    let ((anna, token), (ben, _)) = (test_tenant.person("anna"), test_tenant.person("ben"));
    assign(&test_tenant, "eligibility", &groups[0], &anna, "member");
    let policy = format!(
        "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  group_id = {:?}\n  activation {{\n    require_approval = true\n    approvers {{ user_ids = [{ben:?}] }}\n  }}\n}}\n",
        groups[0]
    );
    test_tenant.workspace(&policy).apply();
    let body = json!({ "action": "selfActivate", "accessId": "member", "groupId": groups[0], "principalId": anna, "justification": "an incident",
        "ticketInfo": { "ticketNumber": "T-1", "ticketSystem": "desk" },
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "PT2H" } } });
    let request = test_tenant.graph_as(&token, "POST", &format!("{BASE}/assignmentScheduleRequests"), body);
    assert_eq!(request["status"], json!("PendingApproval"));
    for lines in [format!("group_id = {:?}", groups[0]), format!("principal_id = {anna:?}")] {
        let it = found(&test_tenant.workspace(&data("pim_activation_requests", &lines)))["requests"].clone();
        assert_eq!(it.as_array().unwrap().len(), 1, "{it}");
        let it = &it[0];
        assert_eq!((&it["id"], &it["principal_id"], &it["group_id"]), (&request["id"], &json!(anna), &json!(groups[0])));
        assert_eq!((&it["justification"], &it["duration"], &it["ticket_number"]), (&json!("an incident"), &json!("PT2H"), &json!("T-1")));
    }
    let none = found(&test_tenant.workspace(&data("pim_activation_requests", &format!("group_id = {:?}", groups[1]))));
    assert_eq!(none["requests"], json!([]));
}

fn activation(group: &str, lines: &str) -> String {
    format!(
        "ephemeral \"aksaccess_pim_group_activation\" \"it\" {{\n  group_id = {group:?}\n  justification = \"deployment\"\n  {lines}\n  lifecycle {{\n    postcondition {{\n      \
         condition = self.expires_at != null && self.principal_id == {:?}\n      error_message = \"It has no end, or is somebody else's.\"\n    }}\n  }}\n}}\n\
         resource \"aksaccess_group\" \"made\" {{\n  display_name = \"made\"\n}}\n",
        emulator::tenant::SERVICE_PRINCIPAL_ID
    )
}

/// The actions of the requests about active assignments of a group, oldest first.
fn actions(test_tenant: &TestTenant, group: &str) -> Vec<String> {
    let path = format!("{BASE}/assignmentScheduleRequests?$filter=groupId eq '{group}'&$orderby=createdDateTime");
    let requests = test_tenant.graph("GET", &path, None);
    requests["value"].as_array().unwrap().iter().map(|request| request["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_application_is_a_member_for_the_time_of_a_run() {
    let test_tenant = TestTenant::new("an_application_is_a_member_for_a_run");
    let (_, groups) = test_tenant.populate(0, 1, 0);
    let group = &groups[0];
    let workspace = test_tenant.workspace(&activation(group, ""));
    workspace.succeeds(&["plan", "-no-color"]);
    assert_eq!(actions(&test_tenant, group), ["adminAssign"], "a plan activates, too");
    assert_eq!(test_tenant.members(group), [emulator::tenant::SERVICE_PRINCIPAL_ID]);
    workspace.apply();
    assert_eq!(actions(&test_tenant, group), ["adminAssign"], "what is active is joined, and cannot be ended within five minutes");
    assert_eq!(workspace.addresses(), ["aksaccess_group.made"], "nothing is stored of it");
    test_tenant.advance("PT2H");
    assert_eq!(test_tenant.members(group), Vec::<String>::new(), "it expires");
    workspace.write(&activation(group, "duration = \"PT4M\""));
    workspace.fails(&["validate", "-no-color"], &["of `PT5M` to `P1D`"]);
    workspace.write(&activation("00000000-0000-4000-8000-00000000dead", ""));
    workspace.plan_fails(&["Could not activate the member access"]);
}

#[test]
fn a_user_activates_waits_for_an_approval_and_joins_what_is_active() {
    let test_tenant = TestTenant::new("a_user_activates_for_a_run");
    let (_, groups) = test_tenant.populate(0, 1, 0);
    let group = &groups[0];
    let ((anna, token), (ben, approver)) = (test_tenant.person("anna"), test_tenant.person("ben"));
    assign(&test_tenant, "eligibility", group, &anna, "member");
    let policy = format!(
        "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  group_id = {group:?}\n  activation {{\n    require_approval = true\n    approvers {{ user_ids = [{ben:?}] }}\n  }}\n}}\n"
    );
    let policy = test_tenant.workspace(&policy);
    policy.apply();
    let configuration = |lines: &str| {
        format!(
            "ephemeral \"aksaccess_pim_group_activation\" \"it\" {{\n  group_id = {group:?}\n  justification = \"deployment\"\n  {lines}\n  lifecycle {{\n    postcondition {{\n      \
             condition = self.expires_at != null && self.principal_id == {anna:?}\n      error_message = \"It has no end, or is somebody else's.\"\n    }}\n  }}\n}}\n"
        )
    };
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (_folder, path) = crate::sign_in::credentials::az(&format!("cat <<'EOF'\n{answer}\nEOF"));
    let mut workspace = test_tenant.workspace(&configuration("timeouts {\n    open = \"3s\"\n  }"));
    for (name, value) in [("ARM_CLIENT_ID", ""), ("ARM_CLIENT_SECRET", ""), ("PATH", path.as_str())] {
        workspace.set(name, value);
    }
    workspace.plan_fails(&["The activation waits for an approval", "It can be approved by", "ben"]);
    let path = format!("{BASE}/assignmentScheduleRequests?$filter=groupId eq '{group}'");
    let id = test_tenant.graph("GET", &path, None)["value"][0]["id"].as_str().unwrap().to_owned();
    let decision = json!({ "reviewResult": "Approve", "justification": "seen" });
    test_tenant.graph_as(&approver, "PATCH", &format!("{BASE}/assignmentApprovals/{id}/stages/{id}"), decision);
    workspace.apply();
    assert_eq!(actions(&test_tenant, group), ["selfActivate"], "what was approved meanwhile is joined");
    assert_eq!(test_tenant.members(group), std::slice::from_ref(&anna));
    // Without an approval it is active at once, and a denial is reported.
    test_tenant.advance("PT2H");
    assert_eq!(test_tenant.members(group), Vec::<String>::new());
    policy.destroy();
    workspace.write(&configuration("duration = \"PT30M\""));
    workspace.succeeds(&["plan", "-no-color"]);
    assert_eq!((actions(&test_tenant, group).len(), test_tenant.members(group)), (2, vec![anna.clone()]));
    workspace.write(&configuration("access = \"owner\""));
    let said = workspace.plan_fails(&["Could not activate the owner access"]);
    assert!(flat(&said.text).contains("EligibilityRule: only who is eligible can activate"), "{}", said.text);
}

/// An activation that stays open until a file is there: what waits for it is a resource that Terraform brings itself.
fn held_open(group: &str) -> String {
    format!(
        "ephemeral \"aksaccess_pim_group_activation\" \"it\" {{\n  group_id = {group:?}\n  justification = \"deployment\"\n}}\n\
         resource \"terraform_data\" \"work\" {{\n  provisioner \"local-exec\" {{\n    command = \"touch working; until test -e done; do sleep 0.1; done\"\n    \
         environment = {{ UNTIL = ephemeral.aksaccess_pim_group_activation.it.expires_at }}\n  }}\n}}\n"
    )
}

/// Applies while six minutes pass: longer than the service lets nothing end.
fn apply_for_six_minutes(test_tenant: &TestTenant, workspace: &Workspace<'_>) {
    let mut running = workspace.command(&["apply", "-auto-approve", "-no-color"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    while !workspace.path().join("working").exists() {
        assert!(running.try_wait().unwrap().is_none(), "it waits");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    test_tenant.advance("PT6M");
    workspace.file("done", "");
    let said = crate::test_tenant::said(running.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{}", said.text);
}

#[test]
fn closing_ends_what_was_opened_once_the_five_minutes_are_over() {
    let test_tenant = TestTenant::new("closing_an_activation");
    let (_, groups) = test_tenant.populate(0, 2, 0);
    let workspace = test_tenant.workspace(&held_open(&groups[0]));
    apply_for_six_minutes(&test_tenant, &workspace);
    assert_eq!(actions(&test_tenant, &groups[0]), ["adminAssign", "adminRemove"], "an application is assigned, and removed");
    assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new());
    // A person activates, and gives it back.
    let (anna, token) = test_tenant.person("anna");
    assign(&test_tenant, "eligibility", &groups[1], &anna, "member");
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (_folder, path) = crate::sign_in::credentials::az(&format!("cat <<'EOF'\n{answer}\nEOF"));
    let mut workspace = test_tenant.workspace(&held_open(&groups[1]));
    for (name, value) in [("ARM_CLIENT_ID", ""), ("ARM_CLIENT_SECRET", ""), ("PATH", path.as_str())] {
        workspace.set(name, value);
    }
    apply_for_six_minutes(&test_tenant, &workspace);
    assert_eq!(actions(&test_tenant, &groups[1]), ["selfActivate", "selfDeactivate"]);
    assert_eq!(test_tenant.members(&groups[1]), Vec::<String>::new());
}

#[test]
fn a_required_stronger_sign_in_is_reported_with_advice() {
    let test_tenant = TestTenant::new("activation_needs_a_context");
    let (_, groups) = test_tenant.populate(0, 1, 0);
    let (anna, token) = test_tenant.person("anna");
    assign(&test_tenant, "eligibility", &groups[0], &anna, "member");
    let policy = format!(
        "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  group_id = {:?}\n  activation {{ authentication_context = \"c1\" }}\n}}\n",
        groups[0]
    );
    test_tenant.workspace(&policy).apply();
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (_folder, path) = crate::sign_in::credentials::az(&format!("cat <<'EOF'\n{answer}\nEOF"));
    let mut workspace = test_tenant.workspace(&held_open(&groups[0]));
    for (name, value) in [("ARM_CLIENT_ID", ""), ("ARM_CLIENT_SECRET", ""), ("PATH", path.as_str())] {
        workspace.set(name, value);
    }
    let challenge = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";
    workspace.plan_fails(&[
        "Could not activate the member access",
        "the authentication context c1",
        &format!("az login --scope https://graph.microsoft.com/.default --claims-challenge {challenge}"),
    ]);
    assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new());
}

//! `aksaccess_pim_group_policy` with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

const IT: &str = "aksaccess_pim_group_policy.it";

fn policy(group: &str, lines: &str) -> String {
    format!("resource \"aksaccess_pim_group_policy\" \"it\" {{\n  group_id = {group:?}\n  {lines}\n}}\n")
}

/// The rule of that id, as the service returns it.
fn rule(test_tenant: &TestTenant, group: &str, access: &str, id: &str) -> Value {
    let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'");
    let found = test_tenant.graph(
        "GET",
        &format!("/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules)"),
        None,
    );
    let rules = found["value"][0]["policy"]["rules"].as_array().unwrap().clone();
    rules.into_iter().find(|rule| rule["id"] == id).unwrap()
}

fn policy_id(test_tenant: &TestTenant, group: &str, access: &str) -> String {
    let filter = format!("scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'");
    let found = test_tenant.graph("GET", &format!("/policies/roleManagementPolicyAssignments?$filter={filter}"), None);
    found["value"][0]["policyId"].as_str().unwrap().to_owned()
}

/// Writes rules behind Terraform's back.
fn write(test_tenant: &TestTenant, group: &str, access: &str, rules: Value) {
    let id = policy_id(test_tenant, group, access);
    test_tenant.graph("PATCH", &format!("/policies/roleManagementPolicies/{id}"), Some(json!({ "rules": rules })));
}

fn approval(group: &str) -> String {
    format!(
        "activation {{\n    maximum_duration = \"PT4H\"\n    require_approval = true\n    approvers {{ group_ids = [{group:?}] }}\n  }}"
    )
}

#[test]
fn a_policy_is_changed_planned_empty_imported_and_reset() {
    let test_tenant = TestTenant::new("a_policy_is_changed");
    let (_, groups) = test_tenant.populate(1, 2, 1);
    let (group, approvers) = (&groups[0], &groups[1]);
    let workspace = test_tenant.workspace(&policy(group, &approval(approvers)));
    workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
    test_tenant.forget_requests();
    workspace.succeeds(&["apply", "-no-color", "plan"]);
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/policies/roleManagementPolicyAssignments": 1, "PATCH /v1.0/policies/roleManagementPolicies/{id}": 1 })
    );
    let state = workspace.state(IT);
    assert_eq!(state["id"], json!(format!("{group}/member")));
    assert_eq!(state["activation"]["approvers"], json!({ "user_ids": [], "group_ids": [approvers] }));
    assert_eq!(state["active_assignment"]["maximum_duration"], json!("P180D"), "what is not mentioned is shown");
    assert_eq!(state["notifications"]["activation"]["approver"]["default_recipients"], json!(true));
    assert_eq!(rule(&test_tenant, group, "member", "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT4H"));
    assert_eq!(rule(&test_tenant, group, "member", "Approval_EndUser_Assignment")["setting"]["isApprovalRequired"], json!(true));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/policies/roleManagementPolicyAssignments": 1 }));
    let id = policy_id(&test_tenant, group, "member");
    for spelling in [format!("{group}/member"), format!("{}/Member", group.to_uppercase()), id.clone(), format!("{id}_member")] {
        let imported = test_tenant.workspace(&policy(group, &approval(approvers)));
        imported.succeeds(&["import", "-no-color", IT, &spelling]);
        assert_eq!(imported.state(IT), state, "{spelling}");
        imported.plan_is_empty();
    }
    let empty = test_tenant.workspace(&policy(group, ""));
    empty.fails(&["import", "-no-color", IT, "admins"], &["is not the import id of a group's policy"]);
    empty.fails(
        &["import", "-no-color", IT, &id.replace(&id[id.len() - 12..], "000000000000")],
        &["Cannot import non-existent remote object"],
    );
    workspace.destroy();
    assert_eq!(rule(&test_tenant, group, "member", "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT8H"));
    assert_eq!(
        rule(&test_tenant, group, "member", "Approval_EndUser_Assignment")["setting"]["approvalStages"][0]["primaryApprovers"],
        json!([])
    );
}

#[test]
fn what_leaves_the_configuration_goes_back_and_what_was_never_there_is_left_alone() {
    let test_tenant = TestTenant::new("what_leaves_the_configuration_goes_back");
    let (_, groups) = test_tenant.populate(1, 2, 1);
    let (group, approvers) = (&groups[0], &groups[1]);
    let expiration = json!({ "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Assignment",
        "isExpirationRequired": true, "maximumDuration": "P15D" });
    write(&test_tenant, group, "member", json!([expiration]));
    let workspace = test_tenant.workspace(&policy(group, &approval(approvers)));
    workspace.apply();
    assert_eq!(workspace.state(IT)["active_assignment"]["maximum_duration"], json!("P15D"), "somebody else's setting stays");
    workspace.write(&policy(group, "activation {\n    require_justification = false\n  }"));
    workspace.apply();
    workspace.plan_is_empty();
    let state = workspace.state(IT);
    assert_eq!((&state["activation"]["maximum_duration"], &state["activation"]["require_approval"]), (&json!("PT8H"), &json!(false)));
    assert_eq!(rule(&test_tenant, group, "member", "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT8H"));
    assert_eq!(
        rule(&test_tenant, group, "member", "Approval_EndUser_Assignment")["setting"]["approvalStages"][0]["primaryApprovers"],
        json!([])
    );
    workspace.write(&policy(group, "on_destroy = \"keep\""));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["activation"]["require_justification"], json!(true));
    assert_eq!(rule(&test_tenant, group, "member", "Expiration_Admin_Assignment")["maximumDuration"], json!("P15D"));
    workspace.destroy();
    assert_eq!(rule(&test_tenant, group, "member", "Expiration_Admin_Assignment")["maximumDuration"], json!("P15D"), "kept");
}

#[test]
fn somebody_elses_change_is_a_difference_where_the_configuration_says_something() {
    let test_tenant = TestTenant::new("somebody_elses_change_of_a_policy");
    let (_, groups) = test_tenant.populate(1, 2, 1);
    let workspace = test_tenant.workspace(&policy(&groups[0], &approval(&groups[1])));
    workspace.apply();
    test_tenant.advance("PT2M");
    let of = |kind: &str, id: &str, more: Value| {
        let mut rule = json!({ "@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"), "id": id });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let enablement = of("Enablement", "Enablement_EndUser_Assignment", json!({ "enabledRules": ["Justification", "Ticketing"] }));
    write(&test_tenant, &groups[0], "member", json!([enablement]));
    workspace.plan_is_empty();
    let expiration = of("Expiration", "Expiration_EndUser_Assignment", json!({ "isExpirationRequired": true, "maximumDuration": "PT1H" }));
    write(&test_tenant, &groups[0], "member", json!([expiration]));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(rule(&test_tenant, &groups[0], "member", "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT4H"));
    let enabled = rule(&test_tenant, &groups[0], "member", "Enablement_EndUser_Assignment")["enabledRules"].clone();
    assert_eq!(enabled, json!(["Justification", "Ticketing"]), "what the configuration does not mention stays");
    // With the group its policy is gone, which is no error.
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{}", groups[0]), None);
    workspace.destroy();
}

#[test]
fn every_setting_arrives_and_comes_back() {
    let test_tenant = TestTenant::new("every_setting_of_a_policy");
    let (users, groups) = test_tenant.populate(1, 2, 1);
    let (group, approvers, user) = (&groups[0], &groups[1], &users[0]);
    let mail =
        |address: &str| format!("{{\n default_recipients = false\n additional_recipients = [{address:?}]\n critical_only = true\n }}\n");
    let recipients =
        format!("{{\n admin {} assignee {} approver {} }}", mail("a@example.com"), mail("b@example.com"), mail("c@example.com"));
    let lines = format!(
        "access = \"owner\"\n  activation {{\n    maximum_duration = \"PT90M\"\n    require_approval = true\n    approvers {{\n      user_ids = [{user:?}]\n      group_ids = [{approvers:?}]\n    }}\n    \
         require_justification = false\n    require_multifactor_authentication = true\n    require_ticket = true\n    authentication_context = \"\"\n  }}\n  \
         eligible_assignment {{\n    permanent_allowed = true\n    require_justification = true\n    require_multifactor_authentication = true\n    require_ticket = true\n  }}\n  \
         active_assignment {{\n    maximum_duration = \"P30D\"\n    require_justification = false\n    require_multifactor_authentication = true\n    require_ticket = true\n  }}\n  \
         notifications {{\n    eligible_assignment {recipients}\n    active_assignment {recipients}\n    activation {recipients}\n  }}"
    );
    let workspace = test_tenant.workspace(&policy(group, &lines));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(rule(&test_tenant, group, "owner", "Expiration_Admin_Eligibility")["isExpirationRequired"], json!(false));
    assert_eq!(
        rule(&test_tenant, group, "owner", "Notification_Requestor_EndUser_Assignment")["notificationRecipients"],
        json!(["b@example.com"])
    );
    assert_eq!(
        rule(&test_tenant, group, "member", "Expiration_EndUser_Assignment")["maximumDuration"],
        json!("PT8H"),
        "the other policy is another"
    );
    // The two that exclude each other, there and back.
    let context = lines.replace(
        "require_multifactor_authentication = true\n    require_ticket = true\n    authentication_context = \"\"",
        "require_multifactor_authentication = false\n    require_ticket = true\n    authentication_context = \"c1\"",
    );
    for lines in [&context, &lines] {
        workspace.write(&policy(group, lines));
        workspace.apply();
        workspace.plan_is_empty();
    }
    workspace.destroy();
    assert_eq!(rule(&test_tenant, group, "owner", "Enablement_EndUser_Assignment")["enabledRules"], json!(["Justification"]));
}

#[test]
fn policies_and_eligibility_of_one_group_are_changed_in_parallel() {
    let test_tenant = TestTenant::new("policies_and_eligibility_in_parallel");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    let configuration = |duration: &str, days: &str| {
        format!(
            "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  for_each = toset([\"member\", \"owner\"])\n  group_id = {group:?}\n  access = each.key\n  activation {{ maximum_duration = {duration:?} }}\n}}\n\
             resource \"aksaccess_pim_group_eligibility\" \"it\" {{\n  group_id = {group:?}\n  principal_id = {user:?}\n  expiration {{ duration = {days:?} }}\n}}\n"
        )
    };
    let workspace = test_tenant.workspace("");
    // `AKSACCESS_PIM=50` takes fifty rounds.
    let rounds: usize = std::env::var("AKSACCESS_PIM").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    for round in 0..rounds {
        let (duration, days) = [("PT1H", "P10D"), ("PT2H", "P20D"), ("PT3H", "P15D"), ("PT4H", "P30D")][round % 4];
        workspace.write(&configuration(duration, days));
        workspace.apply();
        workspace.plan_is_empty();
        for access in ["member", "owner"] {
            assert_eq!(
                rule(&test_tenant, group, access, "Expiration_EndUser_Assignment")["maximumDuration"],
                json!(duration),
                "round {round}"
            );
        }
    }
    // A write of somebody else between the look-up and ours: the id is outdated, and is looked up again.
    test_tenant.arm("2 PATCH /v1.0/policies/roleManagementPolicies/{id} status=404");
    workspace.write(&configuration("PT5H", "P30D"));
    workspace.apply();
    workspace.plan_is_empty();
    test_tenant.advance("PT6M");
    workspace.destroy();
}

#[test]
fn on_a_tenant_that_lags_a_new_group_gets_its_policies_and_eligibility_at_once() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed: 5, ..Default::default() });
    let user = test_tenant.users(1).remove(0);
    let configuration = |duration: &str, days: u32| {
        format!(
            "resource \"aksaccess_group\" \"it\" {{\n  display_name = \"new\"\n}}\n\
             resource \"aksaccess_pim_group_policy\" \"it\" {{\n  for_each = toset([\"member\", \"owner\"])\n  group_id = aksaccess_group.it.id\n  access = each.key\n  activation {{ maximum_duration = {duration:?} }}\n}}\n\
             resource \"aksaccess_pim_group_eligibility\" \"it\" {{\n  group_id = aksaccess_group.it.id\n  principal_id = {user:?}\n  expiration {{ duration = \"P{days}D\" }}\n}}\n\
             resource \"aksaccess_pim_group_assignment\" \"it\" {{\n  group_id = aksaccess_group.it.id\n  principal_id = {user:?}\n  access = \"owner\"\n  expiration {{ duration = \"P{days}D\" }}\n  justification = \"x\"\n}}\n"
        )
    };
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace("");
    for (duration, days) in [("PT2H", 10), ("PT3H", 30)] {
        workspace.write(&configuration(duration, days));
        workspace.apply();
        workspace.plan_is_empty();
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

#[test]
fn a_plan_of_many_policies_reads_each_group_once() {
    let test_tenant = TestTenant::new("a_plan_of_many_policies");
    let (_, groups) = test_tenant.populate(1, 20, 0);
    let workspace = test_tenant.workspace(&format!(
        "resource \"aksaccess_pim_group_policy\" \"it\" {{\n  for_each = toset(flatten([for group in {groups:?} : [\"${{group}}/member\", \"${{group}}/owner\"]]))\n  \
         group_id = split(\"/\", each.key)[0]\n  access = split(\"/\", each.key)[1]\n  activation {{ maximum_duration = \"PT2H\" }}\n}}\n"
    ));
    workspace.apply();
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/policies/roleManagementPolicyAssignments": 20 }));
    assert!(test_tenant.all_requests() <= 50, "{}", test_tenant.all_requests());
}

fn warns(workspace: &Workspace<'_>, message: &str, id: &str) {
    let said = workspace.succeeds(&["plan", "-no-color"]);
    let text = flat(&said.text);
    assert!(text.contains(message) && text.contains(&format!("silence_warnings = [\"{id}\"]")), "no {id}: {}", said.text);
}

#[test]
fn risks_are_reported_at_plan() {
    let test_tenant = TestTenant::new("risks_of_a_policy");
    let (users, groups) = test_tenant.populate(3, 2, 1);
    let (group, approvers) = (&groups[0], &groups[1]);
    let workspace = test_tenant.workspace(&policy(group, &approval(group)));
    warns(&workspace, "Who is a member can approve", "pim_self_approval");
    workspace.write(&policy(group, "activation { maximum_duration = \"PT30M\" }"));
    warns(&workspace, "60 to 75 minutes", "pim_short_activation");
    workspace.write(&policy(group, "activation { authentication_context = \"c7\" }"));
    warns(&workspace, "No conditional access policy uses this authentication context", "pim_unused_context");
    workspace.write(&policy(group, "activation { require_approval = true }"));
    workspace.plan_fails(&["Approval is required, and nobody can give it"]);
    // An approver who is eligible, by being a member of a group that is.
    let eligible = test_tenant.group(json!({ "displayName": "default" }));
    let approver = test_tenant.members(approvers).remove(0);
    test_tenant.add_member(&eligible, &approver);
    let request = json!({ "action": "adminAssign", "accessId": "member", "groupId": group, "principalId": eligible,
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
    test_tenant.graph("POST", "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests", Some(request));
    workspace.write(&policy(group, &approval(approvers)));
    warns(&workspace, "Who is eligible can approve", "pim_self_approval");
    test_tenant.remove_member(&eligible, &approver);
    let reference = format!("https://graph.microsoft.com/v1.0/users/{}", users[2]);
    test_tenant.graph("POST", &format!("/groups/{approvers}/owners/$ref"), Some(json!({ "@odata.id": reference })));
    warns(&workspace, "Owners cannot approve", "pim_approver_only_owns");
    workspace.write(&format!(
        "provider \"aksaccess\" {{\n  silence_warnings = [\"pim_approver_only_owns\"]\n}}\n{}",
        policy(group, &approval(approvers))
    ));
    assert!(!workspace.succeeds(&["plan", "-no-color"]).text.contains("Owners cannot approve"));
    let dynamic = test_tenant.group(json!({ "displayName": "d", "mailNickname": "d", "groupTypes": ["DynamicMembership"],
        "membershipRule": "user.department -eq \"x\"", "membershipRuleProcessingState": "On" }));
    workspace.write(&policy(&dynamic, ""));
    workspace.plan_fails(&["A dynamic group cannot be under Privileged Identity Management"]);
    workspace.write(&policy(&users[0], ""));
    workspace.plan_fails(&["This is not a group"]);
}

#[test]
fn what_excludes_each_other_is_refused() {
    let test_tenant = TestTenant::new("a_wrong_policy_is_refused");
    let (_, groups) = test_tenant.populate(1, 1, 0);
    let workspace = test_tenant.workspace("");
    for (lines, message) in [
        (
            "activation {\n  require_multifactor_authentication = true\n  authentication_context = \"c1\"\n}",
            "excludes multifactor authentication",
        ),
        ("activation { authentication_context = \"c100\" }", "be one of `c1` to `c99`"),
        ("activation { maximum_duration = \"PT25H\" }", "of `PT30M` to `P1D`"),
        ("activation {\n  require_approval = true\n  approvers {\n    user_ids = []\n    group_ids = []\n  }\n}", "nobody can give it"),
        ("eligible_assignment {\n  permanent_allowed = true\n  maximum_duration = \"P30D\"\n}", "has no longest duration"),
        ("active_assignment { maximum_duration = \"P400D\" }", "of `P1D` to `P365D`"),
        ("access = \"guest\"", "be one of `member`, `owner`"),
    ] {
        workspace.write(&policy(&groups[0], lines));
        workspace.fails(&["validate", "-no-color"], &[message]);
    }
}

#[test]
fn state_with_a_null_in_place_of_a_block_is_taken_over() {
    let test_tenant = TestTenant::new("older_state_of_a_policy");
    let (_, groups) = test_tenant.populate(1, 1, 0);
    let workspace = test_tenant.workspace(&policy(&groups[0], "activation { maximum_duration = \"PT2H\" }"));
    workspace.apply();
    let file = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let attributes = &mut state["resources"][0]["instances"][0]["attributes"];
    attributes["notifications"] = Value::Null;
    attributes["activation"]["approvers"] = Value::Null;
    std::fs::write(&file, state.to_string()).unwrap();
    workspace.succeeds(&["plan", "-refresh=false", "-detailed-exitcode", "-no-color"]);
    workspace.plan_is_empty();
    workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
    let state = workspace.state(IT);
    assert!(state["notifications"]["activation"]["admin"].is_object() && state["activation"]["approvers"].is_object(), "{state}");
    workspace.destroy();
}

//! `aksaccess_group_members` with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

const IT: &str = "aksaccess_group_members.it";

/// All members of a group.
fn members(group: &str, members: &[String]) -> String {
    format!("resource \"aksaccess_group_members\" \"it\" {{\n  group_id = {group:?}\n  members = {}\n}}\n", json!(members))
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

const LIST: &str = "GET /v1.0/groups/{id}/members";
/// v1.0 leaves service principals out of the listing, which it has below a cast.
const LIST_SERVICE_PRINCIPALS: &str = "GET /v1.0/groups/{id}/members/microsoft.graph.servicePrincipal";

/// Somebody's membership is activated, for eight hours.
fn activate(test_tenant: &TestTenant, group: &str, member: &str) {
    test_tenant.control("POST", "pim-members", Some(json!({ "group_id": group, "principal_id": member })));
}

/// A group with these members, managed.
fn applied<'a>(test_tenant: &'a TestTenant, group: &str, these: &[String]) -> Workspace<'a> {
    let workspace = test_tenant.workspace(&members(group, these));
    workspace.apply();
    workspace
}

#[test]
fn members_are_made_changed_and_taken_away_together() {
    let test_tenant = TestTenant::new("members_are_made_changed_and_taken_away");
    let (users, groups) = test_tenant.populate(60, 1, 0);
    let group = &groups[0];
    let workspace = test_tenant.workspace(&members(group, &users[..50]));
    workspace.apply();
    assert_eq!(
        test_tenant.requests(),
        json!({ "POST /v1.0/directoryObjects/getByIds": 1, LIST: 2, LIST_SERVICE_PRINCIPALS: 2, "POST /v1.0/$batch": 1 }),
        "ids and members are looked at for the plan, members again to be changed"
    );
    assert_eq!(test_tenant.batched(), json!({ "PATCH /v1.0/groups/{id}": 3 }));
    assert_eq!((test_tenant.members(group), workspace.state(IT)["id"].clone()), (sorted(&users[..50]), json!(group)));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ LIST: 1, LIST_SERVICE_PRINCIPALS: 1 }));
    // Others in, some out, in one apply.
    workspace.write(&members(group, &users[20..]));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.batched(), json!({ "DELETE /v1.0/groups/{id}/members/{memberId}/$ref": 20 }));
    assert_eq!(test_tenant.requests()["PATCH /v1.0/groups/{id}"], json!(1));
    assert_eq!(test_tenant.members(group), sorted(&users[20..]));
    workspace.plan_is_empty();
    // Another order or case is no difference.
    let turned: Vec<String> = users[20..].iter().rev().map(|id| id.to_uppercase()).collect();
    workspace.write(&members(&group.to_uppercase(), &turned));
    workspace.plan_is_empty();
    workspace.write(&members(group, &[]));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.members(group), Vec::<String>::new());
    workspace.write(&members(group, &users[..3]));
    workspace.apply();
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(test_tenant.members(group), Vec::<String>::new());
    assert_eq!(test_tenant.status(&format!("/groups/{group}")), 200, "the group remains");
}

#[test]
fn imported_members_have_the_state_of_created_ones() {
    let test_tenant = TestTenant::new("imported_members");
    let (users, groups) = test_tenant.populate(30, 1, 0);
    let group = &groups[0];
    let made = applied(&test_tenant, group, &sorted(&users));
    let portal = format!("https://portal.azure.com/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Members/groupId/{group}/menuId/");
    for spelling in [group.clone(), format!("/groups/{group}"), portal] {
        let workspace = test_tenant.workspace(&members(group, &users));
        workspace.succeeds(&["import", "-no-color", IT, &spelling]);
        assert_eq!(workspace.state(IT), made.state(IT), "{spelling}");
        workspace.plan_is_empty();
    }
    let block = test_tenant.workspace(&format!("import {{\n  to = {IT}\n  id = {group:?}\n}}\n"));
    block.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    block.apply();
    block.plan_is_empty();
    let empty = test_tenant.workspace(&members(group, &users));
    empty.fails(&["import", "-no-color", IT, "admins"], &["is not the import id of a group"]);
    empty.fails(&["import", "-no-color", IT, "0f1e2d3c-0000-4000-8000-00000000abcd"], &["Cannot import non-existent remote object"]);
}

#[test]
fn changes_outside_of_terraform_are_reverted() {
    let test_tenant = TestTenant::new("members_changed_outside_of_terraform");
    let (users, groups) = test_tenant.populate(5, 1, 0);
    let group = &groups[0];
    let workspace = applied(&test_tenant, group, &users[..4]);
    test_tenant.advance("PT2M");
    test_tenant.remove_member(group, &users[0]);
    test_tenant.add_member(group, &users[4]);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.members(group), sorted(&users[..4]));
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{group}"), None);
    assert_eq!(workspace.run(&["plan", "-no-color", "-detailed-exitcode"]).code, 2, "made anew, with a warning");
    workspace.destroy();
}

#[test]
fn strangers_are_named_before_they_are_removed() {
    let test_tenant = TestTenant::new("strangers_are_named");
    let (users, groups) = test_tenant.populate(4, 1, 3);
    let group = &groups[0];
    let stranger = test_tenant.members(group).into_iter().find(|id| *id != users[0] && *id != users[1]).unwrap();
    let workspace = test_tenant.workspace(&members(group, &[users[0].clone(), users[1].clone(), users[3].clone()]));
    let plan = workspace.succeeds(&["plan", "-no-color"]);
    let flat = crate::test_tenant::flat(&plan.text);
    assert!(flat.contains("Members that are not listed will be removed from the group") && flat.contains(&stranger), "{}", plan.text);
    workspace.apply();
    assert_eq!(test_tenant.members(group), sorted(&[users[0].clone(), users[1].clone(), users[3].clone()]));
    workspace.plan_is_empty();
}

#[test]
fn who_was_just_approved_stays() {
    let test_tenant = TestTenant::new("who_was_just_approved_stays");
    let (users, groups) = test_tenant.populate(5, 1, 0);
    let (group, approved) = (&groups[0], &users[4]);
    let workspace = applied(&test_tenant, group, &users[..3]);
    activate(&test_tenant, group, approved);
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    let pim = "GET /v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleInstances";
    assert_eq!(test_tenant.requests()[pim], json!(1), "asked because there is a stranger");
    // The apply of another change.
    workspace.write(&members(group, &users[1..4]));
    workspace.apply();
    assert_eq!(test_tenant.members(group), sorted(&users[1..]));
    workspace.plan_is_empty();
    // An import does not show them either, and a creation does not remove them.
    let imported = test_tenant.workspace(&members(group, &users[1..4]));
    imported.succeeds(&["import", "-no-color", IT, group]);
    imported.plan_is_empty();
    imported.succeeds(&["state", "rm", IT]);
    let plan = imported.succeeds(&["plan", "-no-color"]);
    assert!(!plan.text.contains("Warning: Members that are not listed"), "{}", plan.text);
    imported.apply();
    assert_eq!(test_tenant.members(group), sorted(&users[1..]));
    // Somebody who is listed as well is shown, and not removed when taken from the list.
    imported.write(&members(group, &users[1..]));
    imported.apply();
    imported.plan_is_empty();
    imported.write(&members(group, &users[1..4]));
    imported.apply();
    assert_eq!(test_tenant.members(group), sorted(&users[1..]));
    imported.destroy();
    assert_eq!(test_tenant.members(group), std::slice::from_ref(approved), "activated access is never taken away");
    test_tenant.advance("PT9H");
    assert_eq!(test_tenant.members(group), Vec::<String>::new());
}

#[test]
fn without_the_permission_to_ask_pim_nobody_is_removed() {
    let test_tenant = TestTenant::new("without_the_permission_to_ask_pim");
    let (users, groups) = test_tenant.populate(4, 1, 0);
    let group = &groups[0];
    let workspace = applied(&test_tenant, group, &users[..2]);
    let refused = "100 GET /v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleInstances status=403";
    test_tenant.arm(refused);
    workspace.plan_is_empty();
    // What the configuration gave it can take back.
    workspace.write(&members(group, &users[..1]));
    workspace.apply();
    assert_eq!(test_tenant.members(group), users[..1]);
    test_tenant.advance("PT2M");
    test_tenant.add_member(group, &users[3]);
    workspace.plan_fails(&["Privileged Identity Management", "PrivilegedAssignmentSchedule.Read.AzureADGroup"]);
    let fresh = test_tenant.workspace(&members(group, &users[..1]));
    fresh.plan_fails(&["PrivilegedAssignmentSchedule.Read.AzureADGroup"]);
    fresh.write(&members(group, &[users[0].clone(), users[3].clone()]));
    fresh.apply();
    assert_eq!(test_tenant.members(group), sorted(&[users[0].clone(), users[3].clone()]));
}

#[test]
fn bad_input_is_refused_before_anything_is_changed() {
    let test_tenant = TestTenant::new("bad_member_lists_are_refused");
    let (users, groups) = test_tenant.populate(2, 2, 0);
    let (group, user) = (&groups[0], &users[0]);
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd".to_owned();
    for (list, message) in [
        (vec![user.clone(), "anna".to_owned()], "Invalid value for members[1]"),
        (vec![user.clone(), group.to_uppercase()], "A group cannot be a member of itself"),
    ] {
        test_tenant.workspace(&members(group, &list)).fails(&["validate", "-no-color"], &[message]);
    }
    let dynamic = test_tenant.group(json!({ "groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq \"A\"", "membershipRuleProcessingState": "On" }));
    let roles = test_tenant.group(json!({ "isAssignableToRole": true }));
    for (group, list, message) in [
        (group, vec![user.clone(), nobody.clone()], "This member does not exist"),
        (&nobody, vec![user.clone()], "This group does not exist"),
        (&dynamic, vec![user.clone()], "The members of this group follow from its rule"),
        (&roles, vec![user.clone(), groups[1].clone()], "A group cannot be a member of a role-assignable group"),
    ] {
        test_tenant.workspace(&members(group, &list)).plan_fails(&[message]);
    }
    let workspace = test_tenant.workspace(&members(group, &[nobody.clone(), user.clone()]));
    workspace.plan_fails(&["members = [", &nobody]);
    assert_eq!(test_tenant.writes(), 2, "nothing but the groups of this test was written");
}

#[test]
fn whatever_fails_on_the_way_everybody_is_a_member_once() {
    let test_tenant = TestTenant::new("whatever_fails_on_the_way_to_members");
    let (users, groups) = test_tenant.populate(45, 1, 0);
    let group = &groups[0];
    for faults in [
        "1 POST /v1.0/$batch reset-before",
        "1 POST /v1.0/$batch reset-after",
        "1 POST /v1.0/$batch truncate",
        "1 PATCH /v1.0/groups/{id} status-after=504",
        "1 PATCH /v1.0/groups/{id} status=400",
        "2 PATCH /v1.0/groups/{id} throttle=1; 2 POST /v1.0/$batch throttle",
        "1 GET /v1.0/groups/{id}/members html",
    ] {
        let workspace = test_tenant.workspace(&members(group, &users));
        test_tenant.arm(faults);
        workspace.apply();
        assert_eq!(test_tenant.members(group).len(), 45, "{faults}");
        workspace.plan_is_empty();
        test_tenant.arm("1 DELETE /v1.0/groups/{id}/members/{memberId}/$ref status-after=504; 1 POST /v1.0/$batch reset-after");
        workspace.destroy();
        assert_eq!(test_tenant.members(group), Vec::<String>::new(), "{faults}");
        test_tenant.control("DELETE", "faults", None);
    }
}

#[test]
fn one_bad_member_is_reported_alone_and_the_next_apply_continues() {
    let test_tenant = TestTenant::new("one_bad_member_of_a_list");
    let team = test_tenant.group(json!({ "groupTypes": ["Unified"], "mailEnabled": true, "mailNickname": "team" }));
    let nested = test_tenant.group(json!({}));
    let users = test_tenant.users(30);
    let mut list = users.clone();
    list.insert(7, nested.clone());
    // Ids that only the apply knows, so that the plan cannot tell.
    let configuration = |list: &[String]| {
        format!(
            "resource \"terraform_data\" \"members\" {{\n  input = {}\n}}\n\
             resource \"aksaccess_group_members\" \"it\" {{\n  group_id = {team:?}\n  members = terraform_data.members.output\n}}\n",
            json!(list)
        )
    };
    let workspace = test_tenant.workspace(&configuration(&list));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[&format!("Could not add {nested} to the group {team}"), "Only users can be members of a Microsoft 365 group."],
    );
    assert_eq!(test_tenant.members(&team), sorted(&users), "everybody else was added");
    workspace.write(&configuration(&users));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.members(&team), sorted(&users));
}

#[test]
fn a_plan_right_after_an_apply_is_empty_on_replicas_that_lag() {
    for seed in [1, 2] {
        let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed, ..Default::default() });
        let users = test_tenant.users(30);
        let configuration = |list: &[String]| {
            format!(
                "resource \"aksaccess_group\" \"it\" {{\n  display_name = \"lagging\"\n}}\n\
                 resource \"aksaccess_group_members\" \"it\" {{\n  group_id = aksaccess_group.it.id\n  members = {}\n}}\n",
                json!(list)
            )
        };
        let before = test_tenant.snapshot();
        let workspace = test_tenant.workspace(&configuration(&users[..25]));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.write(&configuration(&users[5..]));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.destroy();
        test_tenant.holds_again(&before, "");
    }
}

#[test]
fn seven_thousand_members_cost_few_requests() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let (users, groups) = test_tenant.populate(7_000, 1, 0);
    let workspace = test_tenant.workspace(&members(&groups[0], &users));
    test_tenant.forget_requests();
    workspace.apply();
    assert!(test_tenant.all_requests() <= 40, "{}", test_tenant.requests());
    assert_eq!(test_tenant.members(&groups[0]).len(), 7_000);
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    // Eight pages, one of service principals, and signing in.
    assert!(test_tenant.all_requests() <= 11, "{}", test_tenant.requests());
    assert_eq!(test_tenant.requests(), json!({ LIST: 8, LIST_SERVICE_PRINCIPALS: 1 }));
    let there: Value = workspace.state(IT)["members"].clone();
    assert_eq!(there.as_array().unwrap().len(), 7_000);
}

/// The list removes what the single resource adds, and a plan says so once it knows the group.
#[test]
fn a_list_and_a_single_member_of_one_group_are_reported() {
    let test_tenant = TestTenant::new("a_list_and_a_single_member");
    let (users, groups) = test_tenant.populate(2, 2, 0);
    let single = |group: &str, member: &str| {
        format!("resource \"aksaccess_group_member\" \"single\" {{\n  group_id = {group:?}\n  member_id = {member:?}\n}}\n")
    };
    let summary = format!("The members of the group {} are managed by a list and one by one", groups[0]);
    let workspace = test_tenant.workspace(&format!("{}{}", members(&groups[0], &users[..1]), single(&groups[0], &users[1])));
    let plan = crate::test_tenant::flat(&workspace.succeeds(&["plan", "-no-color"]).text);
    assert!(plan.contains(&summary) && plan.contains("aksaccess_group_members") && plan.contains("members_managed_twice"), "{plan}");
    // Those of another group are no conflict.
    workspace.write(&format!("{}{}", members(&groups[0], &users[..1]), single(&groups[1], &users[1])));
    let plan = workspace.succeeds(&["plan", "-no-color"]).text;
    assert!(!plan.contains("managed by a list"), "{plan}");
}

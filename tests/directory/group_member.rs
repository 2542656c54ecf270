//! `aksaccess_group_member` with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

const IT: &str = "aksaccess_group_member.it";

/// One membership.
fn membership(group: &str, member: &str, lines: &str) -> String {
    format!("resource \"aksaccess_group_member\" \"it\" {{\n  group_id = {group:?}\n  member_id = {member:?}\n  {lines}\n}}\n")
}

/// The membership of each of these in one group, or of the nth in the nth of as many groups.
fn memberships(pairs: &[(&str, &String)]) -> String {
    let pairs: serde_json::Map<String, Value> =
        pairs.iter().map(|(group, member)| (format!("{group}/{member}"), json!([group, member]))).collect();
    format!(
        "locals {{\n  pairs = {}\n}}\nresource \"aksaccess_group_member\" \"it\" {{\n  for_each  = local.pairs\n  group_id  = each.value[0]\n  member_id = each.value[1]\n}}\n",
        Value::Object(pairs)
    )
}

fn all_of<'a>(group: &'a str, members: &'a [String]) -> Vec<(&'a str, &'a String)> {
    members.iter().map(|member| (group, member)).collect()
}

/// A configuration of memberships that are there already. One is imported; the others are put into state like it, for thousands of imports would take minutes
/// of Terraform's own time. That the plan is empty shows that they are right.
fn imported<'a>(test_tenant: &'a TestTenant, pairs: &[(&str, &String)]) -> Workspace<'a> {
    let first = memberships(&pairs[..1]);
    let workspace =
        test_tenant.workspace(&format!("{first}import {{\n  for_each = local.pairs\n  to = {IT}[each.key]\n  id = each.key\n}}\n"));
    workspace.apply();
    let path = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let instances = &mut state["resources"][0]["instances"];
    let like = instances[0].clone();
    let instance = |(group, member): &(&str, &String)| {
        let mut instance = like.clone();
        let id = format!("{group}/{member}");
        instance["index_key"] = json!(id);
        for (attribute, value) in [("id", json!(id)), ("group_id", json!(group)), ("member_id", json!(member))] {
            instance["attributes"][attribute] = value;
        }
        instance
    };
    *instances = pairs.iter().map(instance).collect();
    std::fs::write(&path, state.to_string()).unwrap();
    workspace.write(&memberships(pairs));
    workspace
}

#[test]
fn one_membership_costs_one_request_to_make_and_one_to_plan() {
    let test_tenant = TestTenant::new("one_membership_costs_one_request");
    let (users, groups) = test_tenant.populate(3, 1, 2);
    let workspace = test_tenant.workspace(&membership(&groups[0], &users[2], ""));
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1, "POST /v1.0/groups/{id}/members/$ref": 1 }));
    assert_eq!(workspace.state(IT)["id"], json!(format!("{}/{}", groups[0], users[2])));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}/members": 1 }));
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/groups/{id}/members": 1, "DELETE /v1.0/groups/{id}/members/{memberId}/$ref": 1 })
    );
    let mut others = users[..2].to_vec();
    others.sort();
    assert_eq!(test_tenant.members(&groups[0]), others, "the others are left alone");
}

#[test]
fn an_imported_membership_has_the_state_of_a_created_one() {
    let test_tenant = TestTenant::new("an_imported_membership");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, member) = (&groups[0], &users[0]);
    let made = test_tenant.workspace(&membership(group, member, ""));
    made.apply();
    for spelling in [format!("{group}/{member}"), format!("{group}/member/{member}"), format!("{group}/{member}").to_uppercase()] {
        let workspace = test_tenant.workspace(&membership(group, member, ""));
        workspace.succeeds(&["import", "-no-color", IT, &spelling]);
        assert_eq!(workspace.state(IT), made.state(IT), "{spelling}");
        workspace.plan_is_empty();
    }
    let block =
        test_tenant.workspace(&format!("{}import {{\n  to = {IT}\n  id = \"{group}/{member}\"\n}}\n", membership(group, member, "")));
    assert_eq!(block.planned_actions(), json!({ IT: ["no-op"] }));
    let empty = test_tenant.workspace(&membership(group, member, ""));
    empty.fails(&["import", "-no-color", IT, group], &["is not the import id of a membership", "`<group>/member/<member>`"]);
    empty.fails(&["import", "-no-color", IT, &format!("{group}/{group}")], &["Cannot import non-existent remote object"]);
}

#[test]
fn another_member_is_another_membership_and_another_case_is_not() {
    let test_tenant = TestTenant::new("another_member_is_another_membership");
    let (users, groups) = test_tenant.populate(2, 2, 0);
    let workspace = test_tenant.workspace(&membership(&groups[0], &users[0], ""));
    workspace.apply();
    workspace.write(&membership(&groups[0].to_uppercase(), &users[0].to_uppercase(), ""));
    workspace.plan_is_empty();
    workspace.write(&membership(&groups[0], &users[0], "adopt_existing = true"));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    for (group, member) in [(&groups[0], &users[1]), (&groups[1], &users[1])] {
        workspace.write(&membership(group, member, ""));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["delete", "create"] }));
        workspace.apply();
        workspace.plan_is_empty();
    }
    assert_eq!((test_tenant.members(&groups[0]), test_tenant.members(&groups[1])), (vec![], vec![users[1].clone()]));
}

#[test]
fn a_membership_removed_outside_of_terraform_is_created_again() {
    let test_tenant = TestTenant::new("a_membership_removed_outside_of_terraform");
    let (users, groups) = test_tenant.populate(2, 1, 0);
    let workspace = test_tenant.workspace(&membership(&groups[0], &users[0], ""));
    workspace.apply();
    // A read that comes seconds after the apply looks again; later ones believe it.
    test_tenant.advance("PT2M");
    test_tenant.remove_member(&groups[0], &users[0]);
    test_tenant.add_member(&groups[0], &users[1]);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.members(&groups[0]).len(), 2, "whom others added stays");
    // And what is gone when it is to be destroyed is no error, be it the membership or the group.
    test_tenant.remove_member(&groups[0], &users[0]);
    test_tenant.advance("PT2M");
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{}", groups[0]), None);
    workspace.destroy();
}

#[test]
fn what_exists_already_is_imported_or_adopted() {
    let test_tenant = TestTenant::new("what_exists_already_is_imported_or_adopted");
    let (users, groups) = test_tenant.populate(1, 1, 1);
    let workspace = test_tenant.workspace(&membership(&groups[0], &users[0], ""));
    let import = format!("id = \"{}/{}\"", groups[0], users[0]);
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["The membership exists already", "import {", "to = aksaccess_group_member", &import, "adopt_existing = true"],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    assert_eq!(test_tenant.members(&groups[0]), users, "nothing was taken away");
    workspace.write(&membership(&groups[0], &users[0], "adopt_existing = true"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new());
}

#[test]
fn a_duplicate_membership_is_reported() {
    let test_tenant = TestTenant::new("the_same_membership_twice");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let twice = format!(
        "resource \"aksaccess_group_member\" \"it\" {{\n  count = 2\n  group_id = {:?}\n  member_id = {:?}\n}}\n",
        groups[0], users[0]
    );
    let messages = ["The object is managed by this configuration already"];
    test_tenant.workspace(&twice).plan_fails(&messages);
    assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new());
    // Of ids that only the apply knows, one is made.
    let made_in_the_same_run = format!(
        "resource \"aksaccess_group\" \"it\" {{\n  display_name = \"made\"\n}}\n{}",
        twice.replace(&format!("{:?}", groups[0]), "aksaccess_group.it.id")
    );
    let workspace = test_tenant.workspace(&made_in_the_same_run);
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &messages);
    assert_eq!(workspace.addresses().len(), 2);
    let group = workspace.state("aksaccess_group.it")["id"].as_str().unwrap().to_owned();
    assert_eq!(test_tenant.members(&group), users);
}

#[test]
fn groups_and_members_that_are_made_in_the_same_run_are_linked() {
    let test_tenant = TestTenant::new("groups_and_members_made_in_the_same_run");
    let workspace = test_tenant.workspace(
        "resource \"aksaccess_group\" \"outer\" {\n  display_name = \"outer\"\n}\n\
         resource \"aksaccess_group\" \"inner\" {\n  count = 5\n  display_name = \"inner${count.index}\"\n}\n\
         resource \"aksaccess_group_member\" \"it\" {\n  count = 5\n  group_id = aksaccess_group.outer.id\n  member_id = aksaccess_group.inner[count.index].id\n}\n",
    );
    workspace.apply();
    workspace.plan_is_empty();
    let outer = workspace.state("aksaccess_group.outer")["id"].as_str().unwrap().to_owned();
    assert_eq!(test_tenant.members(&outer).len(), 5);
    workspace.destroy();
}

#[test]
fn bad_input_is_refused_before_anything_is_changed() {
    let test_tenant = TestTenant::new("bad_memberships_are_refused");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let itself = membership(group, &group.to_uppercase(), "");
    test_tenant.workspace(&itself).fails(&["validate", "-no-color"], &["A group cannot be a member of itself"]);
    test_tenant
        .workspace(&membership("admins", user, ""))
        .fails(&["validate", "-no-color"], &["Invalid value for group_id", "must be a UUID"]);
    test_tenant.workspace(&membership(group, "anna", "")).fails(&["validate", "-no-color"], &["Invalid value for member_id"]);
    let dynamic = test_tenant.group(json!({ "groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq \"A\"", "membershipRuleProcessingState": "On" }));
    let roles = test_tenant.group(json!({ "isAssignableToRole": true }));
    let team = test_tenant.group(json!({ "groupTypes": ["Unified"], "mailEnabled": true, "mailNickname": "team" }));
    for (group, member, message) in [
        (group.as_str(), nobody, "This member does not exist"),
        (nobody, user.as_str(), "This group does not exist"),
        (user, group, "This is not a group"),
        (&dynamic, user, "The members of this group follow from its rule"),
        (&roles, group, "A group cannot be a member of a role-assignable group"),
        (&team, group, "Only users can be members of a Microsoft 365 group"),
    ] {
        test_tenant.workspace(&membership(group, member, "")).plan_fails(&[message]);
    }
    assert_eq!(test_tenant.writes(), 3, "nothing but the groups of this test was written");
}

#[test]
fn whatever_fails_on_the_way_makes_each_membership_once() {
    let test_tenant = TestTenant::new("whatever_fails_on_the_way_to_memberships");
    for (count, faults) in [
        (1, "1 POST /v1.0/groups/{id}/members/$ref reset-before"),
        (1, "1 POST /v1.0/groups/{id}/members/$ref reset-after"),
        (1, "1 POST /v1.0/groups/{id}/members/$ref status-after=504"),
        (1, "2 POST /v1.0/groups/{id}/members/$ref throttle=1"),
        (8, "1 PATCH /v1.0/groups/{id} reset-before"),
        (8, "1 PATCH /v1.0/groups/{id} reset-after"),
        (8, "1 PATCH /v1.0/groups/{id} status-after=504"),
        (8, "1 PATCH /v1.0/groups/{id} status=400"),
        (8, "3 PATCH /v1.0/groups/{id} throttle=1"),
    ] {
        let (users, groups) = test_tenant.populate(count, 1, 0);
        let workspace = test_tenant.workspace(&memberships(&all_of(&groups[0], &users)));
        test_tenant.arm(faults);
        workspace.apply();
        assert_eq!(test_tenant.members(&groups[0]).len(), count, "{faults}");
        workspace.plan_is_empty();
        for fault in [
            "1 DELETE /v1.0/groups/{id}/members/{memberId}/$ref status-after=504",
            "1 POST /v1.0/$batch reset-after",
            "2 POST /v1.0/$batch throttle=1",
        ] {
            test_tenant.arm(fault);
        }
        workspace.destroy();
        assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new(), "{faults}");
        test_tenant.control("DELETE", "faults", None);
    }
}

#[test]
fn a_plan_right_after_an_apply_is_empty_on_replicas_that_lag() {
    for seed in [1, 2] {
        let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed, ..Default::default() });
        let before = test_tenant.snapshot();
        let workspace = test_tenant.workspace(
            "resource \"aksaccess_group\" \"outer\" {\n  count = 2\n  display_name = \"outer${count.index}\"\n}\n\
             resource \"aksaccess_group\" \"inner\" {\n  count = 6\n  display_name = \"inner${count.index}\"\n}\n\
             resource \"aksaccess_group_member\" \"it\" {\n  count = 12\n  group_id = aksaccess_group.outer[count.index % 2].id\n  \
             member_id = aksaccess_group.inner[floor(count.index / 2)].id\n}\n",
        );
        workspace.apply();
        workspace.succeeds(&["plan", "-no-color", "-detailed-exitcode", "-target=aksaccess_group_member.it"]);
        workspace.destroy();
        test_tenant.holds_again(&before, "");
    }
}

#[test]
fn one_bad_member_among_many_is_reported_alone() {
    let test_tenant = TestTenant::new("one_bad_member_among_many");
    let team = test_tenant.group(json!({ "groupTypes": ["Unified"], "mailEnabled": true, "mailNickname": "team" }));
    let nested = test_tenant.group(json!({}));
    let mut members = test_tenant.users(9);
    members.insert(4, nested.clone());
    // Ids that only the apply knows, so that the plan cannot tell.
    let workspace = test_tenant.workspace(&format!(
        "resource \"terraform_data\" \"members\" {{\n  input = {}\n}}\n\
         resource \"aksaccess_group_member\" \"it\" {{\n  count = 10\n  group_id = {team:?}\n  member_id = terraform_data.members.output[count.index]\n}}\n",
        json!(members)
    ));
    let said = workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[&format!("Could not make {nested} a member of the group {team}"), "Only users can be members of a Microsoft 365 group."],
    );
    assert_eq!(said.text.matches("Error: ").count(), 1, "{}", said.text);
    assert_eq!(test_tenant.members(&team).len(), 9);
    assert_eq!(workspace.addresses().iter().filter(|address| address.starts_with("aksaccess")).count(), 9);
}

#[test]
fn a_group_is_listed_once_a_single_read_has_paid_for_it() {
    let test_tenant = TestTenant::new("a_group_is_listed_once_it_pays");
    let (users, groups) = test_tenant.populate(30, 1, 30);
    let workspace = imported(&test_tenant, &all_of(&groups[0], &users[..20]));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}/members": 2 }), "one membership, then a page");
}

#[test]
fn two_thousand_memberships_are_planned_with_at_most_fifty_requests() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let (users, groups) = test_tenant.populate(200, 10, 200);
    let pairs: Vec<(&str, &String)> = groups.iter().flat_map(|group| all_of(group, &users)).collect();
    let workspace = imported(&test_tenant, &pairs);
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}/members": 20 }), "one membership and one page of each group");
    assert!(test_tenant.all_requests() <= 50);
}

#[test]
fn one_membership_never_pays_for_a_group_of_eighty_thousand() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let (users, groups) = test_tenant.populate(80_000, 1, 80_000);
    let workspace = imported(&test_tenant, &all_of(&groups[0], &users[..1]));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}/members": 1 }));
    assert!(test_tenant.all_requests() <= 5);
}

#[test]
fn two_hundred_memberships_are_written_together() {
    for (parallelism, at_most) in [("-parallelism=10", 30), ("-parallelism=20", 20)] {
        let test_tenant = TestTenant::with(emulator::Options::default());
        let (users, groups) = test_tenant.populate(200, 1, 0);
        let workspace = test_tenant.workspace(&memberships(&all_of(&groups[0], &users)));
        workspace.succeeds(&["apply", "-auto-approve", "-no-color", parallelism]);
        assert!(test_tenant.writes() <= at_most, "{}", test_tenant.requests());
        assert_eq!(test_tenant.members(&groups[0]).len(), 200);
    }
}

#[test]
fn a_hundred_memberships_are_ended_together() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let (users, groups) = test_tenant.populate(100, 1, 100);
    let workspace = imported(&test_tenant, &all_of(&groups[0], &users));
    test_tenant.forget_requests();
    workspace.destroy();
    assert!(test_tenant.all_requests() <= 30, "{}", test_tenant.requests());
    assert_eq!(test_tenant.members(&groups[0]), Vec::<String>::new());
}

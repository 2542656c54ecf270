//! `aksaccess_group_owner` with the real Terraform.

use serde_json::json;

use crate::test_tenant::TestTenant;

const IT: &str = "aksaccess_group_owner.it";
const ADD: &str = "POST /v1.0/groups/{id}/owners/$ref";
const REMOVE: &str = "DELETE /v1.0/groups/{id}/owners/{memberId}/$ref";
const APPLY: [&str; 3] = ["apply", "-auto-approve", "-no-color"];

/// One owner.
fn owner(group: &str, owner: &str, lines: &str) -> String {
    format!("resource \"aksaccess_group_owner\" \"it\" {{\n  group_id = {group:?}\n  owner_id = {owner:?}\n  {lines}\n}}\n")
}

#[test]
fn an_owner_is_added_read_added_anew_and_removed() {
    let test_tenant = TestTenant::new("an_owner");
    let (users, groups) = test_tenant.populate(2, 1, 0);
    test_tenant.add_owner(&groups[0], &users[1]);
    test_tenant.forget_requests();
    let workspace = test_tenant.workspace(&owner(&groups[0], &users[0], ""));
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1, ADD: 1 }));
    assert_eq!(workspace.state(IT)["id"], json!(format!("{}/{}", groups[0], users[0])));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1 }));
    workspace.write(&owner(&groups[0].to_uppercase(), &users[0].to_uppercase(), "adopt_existing = true"));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{}/owners/{}/$ref", groups[0], users[0]), None);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(test_tenant.owners(&groups[0]), users[1..], "others stay owners");
    // With the group its owners are gone.
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{}", groups[0]), None);
    workspace.destroy();
}

#[test]
fn an_owner_that_exists_is_imported_or_adopted_by_one() {
    let test_tenant = TestTenant::new("an_owner_that_exists");
    let (users, groups) = test_tenant.populate(2, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    users.iter().for_each(|user| test_tenant.add_owner(group, user));
    let workspace = test_tenant.workspace(&owner(group, user, ""));
    workspace.fails(&APPLY, &["already", "to = aksaccess_group_owner.NAME", &format!("id = \"{group}/{user}\""), "adopt_existing = true"]);
    for spelling in [format!("{group}/{user}"), format!("{group}/owner/{user}"), format!("{group}/{user}").to_uppercase()] {
        let workspace = test_tenant.workspace(&owner(group, user, ""));
        workspace.succeeds(&["import", "-no-color", IT, &spelling]);
        workspace.plan_is_empty();
    }
    workspace.fails(&["import", "-no-color", IT, group], &["is not the import id", "`<group>/<owner>`"]);
    workspace.write(&owner(group, user, "adopt_existing = true\n  count = 2"));
    workspace.plan_fails(&["managed by this configuration already"]);
    workspace.write(&owner(group, user, "adopt_existing = true"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(test_tenant.owners(group), users[1..]);
}

#[test]
fn what_cannot_own_is_refused_in_the_plan() {
    let test_tenant = TestTenant::new("what_cannot_own");
    let (users, groups) = test_tenant.populate(1, 2, 0);
    for (group, member, message) in [
        (groups[0].as_str(), "0f1e2d3c-0000-4000-8000-00000000abcd", "This owner does not exist"),
        (&groups[0], &groups[1], "No user or service principal of the tenant has the object id"),
        (&users[0], &users[0], "This group does not exist"),
    ] {
        test_tenant.workspace(&owner(group, member, "")).plan_fails(&[message]);
    }
    assert_eq!(test_tenant.owners(&groups[0]), Vec::<String>::new());
}

#[test]
fn a_service_principal_is_an_owner_and_does_not_count_as_the_last() {
    let test_tenant = TestTenant::new("a_service_principal_is_an_owner");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    test_tenant.add_owner(&groups[0], &users[0]);
    let workspace = test_tenant.workspace(&owner(&groups[0], emulator::tenant::SERVICE_PRINCIPAL_ID, ""));
    workspace.apply();
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1 }), "the listing of owners leaves service principals out");
    workspace.destroy();
    assert_eq!(test_tenant.owners(&groups[0]), users);
}

#[test]
fn an_owner_beyond_those_that_are_read_with_the_group_is_found() {
    let test_tenant = TestTenant::new("an_owner_beyond_the_first_twenty");
    let (users, groups) = test_tenant.populate(30, 1, 0);
    let workspace = test_tenant.workspace(&format!(
        "resource \"aksaccess_group_owner\" \"it\" {{\n  for_each = toset({})\n  group_id = {:?}\n  owner_id = each.key\n}}\n",
        json!(users),
        groups[0]
    ));
    workspace.apply();
    assert_eq!(test_tenant.owners(&groups[0]).len(), 30);
    test_tenant.advance("PT2M");
    workspace.plan_is_empty();
}

#[test]
fn the_last_owner_stays_and_that_is_said() {
    let test_tenant = TestTenant::new("the_last_owner_stays");
    let users = test_tenant.users(2);
    let group = "resource \"aksaccess_group\" \"g\" {\n  display_name = \"g\"\n}\n";
    let owned = |user: &str, lines: &str| group.to_owned() + &owner("GROUP", user, lines).replace("\"GROUP\"", "aksaccess_group.g.id");
    let workspace = test_tenant.workspace(&owned(&users[0], ""));
    workspace.apply();
    let id = workspace.state("aksaccess_group.g")["id"].as_str().unwrap().to_owned();
    // In another's place, without knowing which of them comes first.
    workspace.write(&owned(&users[1], "lifecycle {\n    create_before_destroy = true\n  }"));
    let planned = workspace.succeeds(&["plan", "-no-color"]);
    assert!(planned.text.contains("The last owner who is a user is replaced"), "{}", planned.text);
    let applied = workspace.apply();
    assert!(!applied.text.contains("Left the owner"), "{}", applied.text);
    assert_eq!(test_tenant.owners(&id), users[1..]);
    workspace.plan_is_empty();
    // Alone.
    workspace.write(group);
    let applied = workspace.apply();
    assert!(applied.text.contains("Left the owner") && applied.text.contains("must have at least one owner"), "{}", applied.text);
    assert_eq!(test_tenant.owners(&id), users[1..]);
    workspace.plan_is_empty();
    // With the group.
    workspace.write(&owned(&users[1], "adopt_existing = true"));
    workspace.apply();
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]));
}

#[test]
fn a_group_whose_owners_are_managed_as_a_list_gets_none_besides() {
    let test_tenant = TestTenant::new("a_group_whose_owners_are_managed_as_a_list");
    let users = test_tenant.users(2);
    let group = |lines: &str| format!("resource \"aksaccess_group\" \"g\" {{\n  display_name = \"g\"\n  {lines}\n}}\n");
    let besides = owner("GROUP", &users[1], "").replace("\"GROUP\"", "aksaccess_group.g.id");
    let listed = group(&format!("owners = [{:?}]", users[0]));
    let message = "`owners` of the group";
    // Only the apply knows the id of a new group.
    let workspace = test_tenant.workspace(&format!("{listed}{besides}"));
    workspace.fails(&APPLY, &[message, "is managed by an aksaccess_group"]);
    assert_eq!(workspace.addresses(), ["aksaccess_group.g"]);
    let id = workspace.state("aksaccess_group.g")["id"].as_str().unwrap().to_owned();
    assert_eq!(test_tenant.owners(&id), users[..1], "nobody was added");
    workspace.plan_fails(&[message]);
    // Whichever is planned first.
    workspace.write(&format!("{listed}{}", owner(&id, &users[1], "")));
    workspace.plan_fails(&[message]);
    test_tenant.advance("PT2M");
    workspace.write(&format!("{}{besides}", group("")));
    workspace.apply();
    test_tenant.advance("PT2M");
    workspace.plan_is_empty();
    workspace.write(&format!("{listed}{besides}"));
    workspace.plan_fails(&[message]);
    workspace.write(&format!("{}{besides}", group("")));
    workspace.destroy();
}

#[test]
fn an_owner_is_added_once_whatever_fails_on_the_way() {
    let test_tenant = TestTenant::new("an_owner_whatever_fails");
    let (users, groups) = test_tenant.populate(2, 1, 0);
    test_tenant.add_owner(&groups[0], &users[1]);
    let workspace = test_tenant.workspace(&owner(&groups[0], &users[0], ""));
    for fault in ["reset-before", "reset-after", "status-after=504", "throttle=1"] {
        test_tenant.arm(&format!("1 {ADD} {fault}; 1 {REMOVE} {fault}"));
        workspace.apply();
        assert_eq!(test_tenant.owners(&groups[0]).len(), 2, "{fault}");
        // Within the consistency window it would be looked for until no answer can be stale.
        test_tenant.advance("PT2M");
        workspace.destroy();
        assert_eq!(test_tenant.owners(&groups[0]), users[1..], "{fault}");
    }
}

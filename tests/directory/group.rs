//! `aksaccess_group` with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

/// A group resource of these lines.
fn group(lines: &str) -> String {
    format!("resource \"aksaccess_group\" \"it\" {{\n{lines}\n}}\n")
}

const IT: &str = "aksaccess_group.it";

/// The id of the group in state.
fn id(workspace: &Workspace<'_>) -> String {
    workspace.state(IT)["id"].as_str().expect("an id").to_owned()
}

/// A list of strings as HCL.
fn list(ids: &[String]) -> String {
    serde_json::to_string(ids).unwrap()
}

/// Applies a configuration to an empty tenant and leaves its folder.
fn applied<'a>(test_tenant: &'a TestTenant, lines: &str) -> Workspace<'a> {
    let workspace = test_tenant.workspace(&group(lines));
    workspace.apply();
    workspace
}

#[test]
fn one_group_costs_one_request_to_make_and_one_to_plan() {
    let test_tenant = TestTenant::new("one_group_costs_one_request");
    let workspace = test_tenant.workspace(&group("display_name = \"admins\""));
    workspace.apply();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/groups": 1, "POST /v1.0/groups": 1 }),
        "the plan lists the groups of the last hour once, for what an interrupted run may have left"
    );
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1 }));
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1, "DELETE /v1.0/groups/{id}": 1 }));
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]));
}

#[test]
fn owners_come_with_the_group() {
    let test_tenant = TestTenant::new("owners_come_with_the_group");
    for (count, made) in [
        (2, json!({ "GET /v1.0/groups": 1, "POST /v1.0/groups": 1, "POST /v1.0/directoryObjects/getByIds": 1 })),
        (100, json!({ "GET /v1.0/groups": 1, "POST /v1.0/groups": 1, "POST /v1.0/directoryObjects/getByIds": 1, "POST /v1.0/$batch": 1 })),
    ] {
        let owners = test_tenant.users(count);
        test_tenant.forget_requests();
        let workspace = applied(&test_tenant, &format!("display_name = \"owned\"\nowners = {}", list(&owners)));
        assert_eq!(
            test_tenant.requests(),
            made,
            "two requests of the plan, for the ids and for what an interrupted run may have left; the rest to make the group"
        );
        workspace.plan_is_empty();
        let mut there: Vec<String> =
            test_tenant.graph("GET", &format!("/groups/{}/owners?$select=id&$top=999", id(&workspace)), None)["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|owner| owner["id"].as_str().unwrap().to_owned())
                .collect();
        let mut wanted = owners.clone();
        there.sort();
        wanted.sort();
        assert_eq!(there, wanted);
        workspace.destroy();
    }
}

#[test]
fn everything_that_can_change_changes_in_place() {
    let test_tenant = TestTenant::new("everything_that_can_change_changes_in_place");
    let [anna, ben, carl]: [String; 3] = test_tenant.users(3).try_into().unwrap();
    let workspace = applied(&test_tenant, &format!("display_name = \"first\"\nowners = [{anna:?}, {ben:?}]"));
    let first = id(&workspace);
    let steps = [
        format!("display_name = \"renamed\"\nowners = [{anna:?}, {ben:?}]"),
        format!("display_name = \"renamed\"\ndescription = \"what it is for\"\nowners = [{anna:?}, {ben:?}]"),
        format!("display_name = \"renamed\"\nowners = [{anna:?}, {ben:?}]"),
        format!("display_name = \"renamed\"\nmail_nickname = \"renamed\"\nowners = [{ben:?}, {carl:?}]"),
        format!("display_name = \"renamed\"\nowners = [{carl:?}]\nvisibility = \"Private\""),
        format!(
            "display_name = \"renamed\"\nowners = [{carl:?}]\ndynamic_membership {{\n  enabled = true\n  rule = \"user.department -eq \\\"A\\\"\"\n}}"
        ),
        format!(
            "display_name = \"renamed\"\nowners = [{carl:?}]\ndynamic_membership {{\n  enabled = false\n  rule = \"user.department -eq \\\"B\\\"\"\n}}"
        ),
        format!("display_name = \"renamed\"\nowners = [{carl:?}]"),
        format!("display_name = \"renamed\"\nowners = [{carl:?}]\nprevent_duplicate_names = true"),
        "display_name = \"renamed again\"\nprevent_duplicate_names = true".to_owned(),
    ];
    for step in steps {
        workspace.write(&group(&step));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }), "{step}");
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(id(&workspace), first, "{step}");
    }
    let there = test_tenant.graph("GET", &format!("/groups/{first}"), None);
    assert_eq!(
        (&there["displayName"], &there["mailNickname"], &there["groupTypes"]),
        (&json!("renamed again"), &json!("renamed"), &json!([]))
    );
    assert_eq!(there["description"], Value::Null);
    workspace.destroy();
    assert_eq!(test_tenant.status(&format!("/groups/{first}")), 404);
}

#[test]
fn a_microsoft_365_group_changes_in_place_too() {
    let test_tenant = TestTenant::new("a_microsoft_365_group_changes_in_place_too");
    let unified = "display_name = \"team\"\nmail_enabled = true\nmail_nickname = \"team\"\ntypes = [\"Unified\"]\n";
    let workspace =
        applied(&test_tenant, &format!("{unified}visibility = \"Public\"\nbehaviors = [\"WelcomeEmailDisabled\", \"HideGroupInOutlook\"]"));
    workspace.plan_is_empty();
    assert!(workspace.state(IT)["mail"].as_str().is_some_and(|mail| mail.starts_with("team@")));
    let first = id(&workspace);
    for step in ["visibility = \"Private\"", "visibility = \"Private\"\ntheme = \"Teal\"", "visibility = \"Private\""] {
        let lines = format!("{unified}{step}\nbehaviors = [\"HideGroupInOutlook\", \"WelcomeEmailDisabled\"]");
        workspace.write(&group(&lines));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }), "{step}");
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(id(&workspace), first);
    }
    // Other behaviours can only be given to another group.
    workspace.write(&group(&format!("{unified}visibility = \"Private\"\nbehaviors = [\"HideGroupInOutlook\"]")));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["delete", "create"] }));
    workspace.destroy();
}

#[test]
fn only_what_the_service_cannot_change_replaces() {
    let test_tenant = TestTenant::new("only_what_the_service_cannot_change_replaces");
    let workspace = applied(&test_tenant, "display_name = \"plain\"");
    for lines in
        ["display_name = \"plain\"\nassignable_to_role = true", "display_name = \"plain\"\nmail_enabled = true\ntypes = [\"Unified\"]"]
    {
        workspace.write(&group(lines));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["delete", "create"] }), "{lines}");
        let before = id(&workspace);
        workspace.apply();
        workspace.plan_is_empty();
        assert_ne!(id(&workspace), before);
        assert_eq!(test_tenant.status(&format!("/groups/{before}")), 404);
    }
}

#[test]
fn an_imported_group_has_the_state_of_a_created_one() {
    let test_tenant = TestTenant::new("an_imported_group_has_the_state_of_a_created_one");
    let owners = test_tenant.users(3);
    for lines in [
        "display_name = \"plain\"".to_owned(),
        format!("display_name = \"owned\"\ndescription = \"d\"\nmail_nickname = \"owned\"\nowners = {}", list(&owners)),
        "display_name = \"roles\"\nassignable_to_role = true\nvisibility = \"Private\"".to_owned(),
        "display_name = \"dynamic\"\ndynamic_membership {\n  enabled = true\n  rule = \"user.department -eq \\\"A\\\"\"\n}\n".to_owned(),
        "display_name = \"redundant\"\ntypes = [\"DynamicMembership\"]\ndynamic_membership {\n  enabled = false\n  rule = \"user.department -eq \\\"A\\\"\"\n}\n".to_owned(),
        "display_name = \"team\"\nmail_enabled = true\ntypes = [\"Unified\"]\nbehaviors = [\"WelcomeEmailDisabled\"]".to_owned(),
    ] {
        let made = applied(&test_tenant, &lines);
        let (state, id) = (sorted(made.state(IT)), id(&made));
        for spelling in [id.clone(), format!("/groups/{id}"), format!("https://portal.azure.com/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{id}/menuId/")] {
            let imported = test_tenant.workspace(&group(&lines));
            imported.succeeds(&["import", "-no-color", IT, &spelling]);
            assert_eq!(sorted(imported.state(IT)), state, "{lines}");
            imported.plan_is_empty();
        }
        let block = test_tenant.workspace(&format!("{}import {{\n  to = {IT}\n  id = {id:?}\n}}\n", group(&lines)));
        assert_eq!(block.planned_actions(), json!({ IT: ["no-op"] }));
        block.apply();
        block.plan_is_empty();
        made.destroy();
    }
}

/// The same with its lists sorted: an import cannot know in which order a configuration will list what has no order.
fn sorted(mut state: Value) -> Value {
    for list in state.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(Value::to_string);
    }
    state
}

#[test]
fn configuration_can_be_generated_for_what_exists() {
    let test_tenant = TestTenant::new("configuration_can_be_generated_for_what_exists");
    let made = applied(&test_tenant, "display_name = \"there\"\ndescription = \"already\"");
    let workspace = test_tenant.workspace(&format!("import {{\n  to = {IT}\n  id = {:?}\n}}\n", id(&made)));
    workspace.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn objects_removed_outside_of_terraform_are_created_again() {
    let test_tenant = TestTenant::new("objects_removed_outside_of_terraform_are_created_again");
    let workspace = applied(&test_tenant, "display_name = \"gone\"");
    let before = id(&workspace);
    // Within a minute after a write a "not found" is not believed.
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{before}"), None);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    // And what is gone when it is to be destroyed is no error.
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/groups/{}", id(&workspace)), None);
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
}

#[test]
fn changes_outside_of_terraform_are_reverted() {
    let test_tenant = TestTenant::new("changes_outside_of_terraform_are_reverted");
    let [anna, ben]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let workspace = applied(&test_tenant, &format!("display_name = \"ours\"\ndescription = \"ours\"\nowners = [{anna:?}]"));
    let path = format!("/groups/{}", id(&workspace));
    test_tenant.advance("PT2M");
    test_tenant.graph("PATCH", &path, Some(json!({ "displayName": "theirs", "description": null })));
    test_tenant.graph(
        "POST",
        &format!("{path}/owners/$ref"),
        Some(json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{ben}") })),
    );
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    let there = test_tenant.graph("GET", &format!("{path}?$expand=owners"), None);
    assert_eq!((&there["displayName"], &there["description"], &there["owners"][0]["id"]), (&json!("ours"), &json!("ours"), &json!(anna)));
    assert_eq!(there["owners"].as_array().unwrap().len(), 1);
}

#[test]
fn owners_are_left_alone_when_omitted() {
    let test_tenant = TestTenant::new("owners_are_left_alone_when_omitted");
    let [anna, ben]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let workspace = applied(&test_tenant, &format!("display_name = \"g\"\nowners = [{anna:?}]"));
    let path = format!("/groups/{}", id(&workspace));
    workspace.write(&group("display_name = \"g\""));
    // A read that comes seconds after the apply waits for the owners that it wrote.
    test_tenant.advance("PT2M");
    workspace.plan_is_empty();
    test_tenant.graph(
        "POST",
        &format!("{path}/owners/$ref"),
        Some(json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{ben}") })),
    );
    workspace.plan_is_empty();
    workspace.write(&group("display_name = \"h\""));
    workspace.apply();
    assert_eq!(test_tenant.graph("GET", &format!("{path}/owners"), None)["value"].as_array().unwrap().len(), 2);
}

#[test]
fn another_order_or_case_is_no_difference() {
    let test_tenant = TestTenant::new("another_order_or_case_is_no_difference");
    let owners = test_tenant.users(3);
    let workspace = applied(&test_tenant, &format!("display_name = \"g\"\nowners = {}", list(&owners)));
    let turned = [owners[2].to_uppercase(), owners[0].clone(), owners[1].clone()];
    workspace.write(&group(&format!("display_name = \"g\"\nowners = {}", list(&turned))));
    workspace.plan_is_empty();
    // Together with a change, the configuration's order is applied, and nothing is sent for it.
    workspace.write(&group(&format!("display_name = \"h\"\nowners = {}", list(&turned))));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1, "PATCH /v1.0/groups/{id}": 1 }));
    workspace.plan_is_empty();
}

#[test]
fn the_members_of_a_dynamic_group_are_never_read() {
    let test_tenant = TestTenant::new("the_members_of_a_dynamic_group_are_never_read");
    let made = applied(
        &test_tenant,
        "display_name = \"d\"\ndynamic_membership {\n  enabled = true\n  rule = \"user.department -eq \\\"A\\\"\"\n}\n",
    );
    let imported = test_tenant
        .workspace(&group("display_name = \"d\"\ndynamic_membership {\n  enabled = true\n  rule = \"user.department -eq \\\"A\\\"\"\n}\n"));
    imported.succeeds(&["import", "-no-color", IT, &id(&made)]);
    imported.plan_is_empty();
    let requests = test_tenant.requests();
    assert!(!requests.as_object().unwrap().keys().any(|template| template.contains("/members")), "{requests}");
}

#[test]
fn a_group_is_put_into_administrative_units() {
    let test_tenant = TestTenant::new("a_group_is_put_into_administrative_units");
    let unit = |name: &str| {
        test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": name })))["id"].as_str().unwrap().to_owned()
    };
    let [north, south, east] = ["north", "south", "east"].map(unit);
    let workspace = applied(&test_tenant, &format!("display_name = \"g\"\nadministrative_unit_ids = [{north:?}, {south:?}]"));
    workspace.plan_is_empty();
    workspace.write(&group(&format!("display_name = \"g\"\nadministrative_unit_ids = [{east:?}, {south:?}]")));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    let members = |unit: &str| {
        test_tenant.graph("GET", &format!("/directory/administrativeUnits/{unit}/members"), None)["value"].as_array().unwrap().len()
    };
    assert_eq!([&north, &south, &east].map(|unit| members(unit)), [0, 1, 1]);
    let imported = test_tenant.workspace(&group(&format!("display_name = \"g\"\nadministrative_unit_ids = [{east:?}, {south:?}]")));
    imported.succeeds(&["import", "-no-color", IT, &id(&workspace)]);
    imported.plan_is_empty();
}

#[test]
fn names_can_be_kept_apart() {
    let test_tenant = TestTenant::new("names_can_be_kept_apart");
    let there = test_tenant.graph(
        "POST",
        "/groups",
        Some(json!({ "displayName": "o'brien's", "mailNickname": "x", "mailEnabled": false, "securityEnabled": true })),
    );
    let workspace = test_tenant.workspace(&group("display_name = \"o'brien's\"\nprevent_duplicate_names = true"));
    workspace.plan_fails(&["Another group is called \"o'brien's\"", there["id"].as_str().unwrap()]);
    workspace.write(&group("display_name = \"o'brien's\""));
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn bad_input_is_refused_before_anything_is_changed() {
    let test_tenant = TestTenant::new("bad_input_is_refused_before_anything_is_changed");
    let long = "x".repeat(257);
    let many: Vec<String> = (0..101).map(|at| format!("00000000-0000-4000-8000-{at:012}")).collect();
    let table: Vec<(String, &[&str])> = vec![
        ("display_name = \"\"".into(), &["Invalid value for display_name", "must have 1 to 256 characters", "display_name = \"\""]),
        (format!("display_name = {long:?}"), &["must have 1 to 256 characters"]),
        (
            "display_name = \"g\"\nmail_nickname = \"a b\"".into(),
            &["Invalid value for mail_nickname", "\"a b\" must have 1 to 64 ASCII characters"],
        ),
        (format!("display_name = \"g\"\nmail_nickname = {:?}", "x".repeat(65)), &["Invalid value for mail_nickname"]),
        ("display_name = \"g\"\nmail_nickname = \"é\"".into(), &["Invalid value for mail_nickname"]),
        ("display_name = \"g\"\nowners = [\"anna\"]".into(), &["Invalid value for owners[0]", "\"anna\" must be a UUID"]),
        (format!("display_name = \"g\"\nowners = {}", list(&many)), &["It has 101 elements; it must have at most 100."]),
        (
            "display_name = \"g\"\nassignable_to_role = true\ndynamic_membership {\n  enabled = true\n  rule = \"x\"\n}".into(),
            &["A group that can be given roles cannot be dynamic"],
        ),
        (
            "display_name = \"g\"\ndynamic_membership {\n  enabled = true\n  rule = \"\"\n}".into(),
            &["Invalid value for dynamic_membership.rule"],
        ),
        ("display_name = \"g\"\nmail_enabled = true".into(), &["Only a Microsoft 365 group has a mail address"]),
        ("display_name = \"g\"\ntypes = [\"Unified\"]".into(), &["A Microsoft 365 group has a mail address"]),
        (
            "display_name = \"g\"\ntypes = [\"Mail\"]".into(),
            &["Invalid value for types[0]", "must be one of `Unified`, `DynamicMembership`"],
        ),
        ("display_name = \"g\"\ntypes = [\"DynamicMembership\"]".into(), &["A dynamic group needs a rule"]),
        ("display_name = \"g\"\nsecurity_enabled = false".into(), &["A group must be good for something"]),
        ("display_name = \"g\"\nvisibility = \"Hidden\"".into(), &["Invalid value for visibility"]),
        ("display_name = \"g\"\nassignable_to_role = true\nvisibility = \"Public\"".into(), &["always private"]),
        ("display_name = \"g\"\ntheme = \"Teal\"\ntypes = []".into(), &["Only a Microsoft 365 group has theme"]),
        ("display_name = \"g\"\ntimeouts {\n  create = \"soon\"\n}".into(), &["Invalid value for timeouts.create", "`1h30m`"]),
        ("".into(), &["The argument \"display_name\" is required"]),
    ];
    for (lines, messages) in table {
        test_tenant.workspace(&group(&lines)).fails(&["validate", "-no-color"], messages);
    }
    // What only a look at the service can tell fails in the plan.
    let owner = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let workspace = test_tenant.workspace(&group(&format!("display_name = \"g\"\nowners = [{owner:?}]")));
    workspace.plan_fails(&["This owner does not exist", owner, "on main.tf line 8"]);
    let workspace = test_tenant.workspace(&group("display_name = \"g\""));
    for wrong in ["admins", "/users/0f1e2d3c-0000-4000-8000-00000000abcd"] {
        workspace.fails(&["import", "-no-color", IT, wrong], &["is not the import id of a group", "`/groups/<object id>`"]);
    }
    workspace.fails(&["import", "-no-color", IT, owner], &["Cannot import non-existent remote object"]);
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]), "nothing was made");
}

#[test]
fn the_last_owner_cannot_be_taken_away() {
    let test_tenant = TestTenant::new("the_last_owner_cannot_be_taken_away");
    let owners = test_tenant.users(2);
    let workspace = applied(&test_tenant, &format!("display_name = \"g\"\nowners = {}", list(&owners)));
    workspace.write(&group("display_name = \"g\"\nowners = []"));
    workspace
        .plan_fails(&["The last owner cannot be removed", "The group must have at least one owner, hence this owner cannot be removed."]);
    let nobody = test_tenant.workspace(&group("display_name = \"n\"\nowners = []"));
    nobody.apply();
    nobody.plan_is_empty();
}

#[test]
fn a_refusal_of_the_service_is_reported_and_the_rest_is_kept() {
    let test_tenant = TestTenant::new("a_refusal_of_the_service");
    test_tenant.graph("POST", "/groups", Some(json!({ "displayName": "first", "mailNickname": "taken", "mailEnabled": true, "securityEnabled": false, "groupTypes": ["Unified"] })));
    let unified = "display_name = \"second\"\nmail_enabled = true\ntypes = [\"Unified\"]\n";
    let workspace = test_tenant.workspace(&group(&format!("{unified}mail_nickname = \"taken\"")));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[
            "Could not create the group \"second\"",
            "Another object with the same value for property mailNickname already exists.",
            "Request_BadRequest",
            "with aksaccess_group.it",
        ],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    workspace.write(&group(&format!("{unified}mail_nickname = \"free\"")));
    workspace.apply();
    workspace.write(&group(&format!("{unified}mail_nickname = \"taken\"")));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["Could not update the group \"second\"", "mailNickname already exists"]);
    assert_eq!(workspace.state(IT)["mail_nickname"], json!("free"), "what was not done is not in state");
    workspace.write(&group(&format!("{unified}mail_nickname = \"free\"")));
    workspace.plan_is_empty();
}

#[test]
fn a_change_of_timeouts_alone_asks_nothing_of_the_service() {
    let test_tenant = TestTenant::new("a_change_of_timeouts_alone_asks_nothing");
    let workspace = applied(&test_tenant, "display_name = \"g\"");
    workspace.write(&group("display_name = \"g\"\ntimeouts {\n  delete = \"20m\"\n}"));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/groups/{id}": 1 }));
    workspace.plan_is_empty();
}

#[test]
fn owners_that_are_made_in_the_same_run_are_found() {
    let test_tenant = TestTenant::new("owners_that_are_made_in_the_same_run");
    let users = test_tenant.users(1);
    let workspace = test_tenant.workspace(&format!(
        "resource \"terraform_data\" \"owner\" {{\n  input = {:?}\n}}\n{}",
        users[0],
        group("display_name = \"g\"\nowners = [terraform_data.owner.output]")
    ));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["owners"], json!(users));
}

#[test]
fn a_group_that_is_there_is_adopted_where_asked() {
    let test_tenant = TestTenant::new("a_group_that_is_there_is_adopted");
    let users = test_tenant.users(2);
    let there = test_tenant.graph(
        "POST",
        "/groups",
        Some(json!({ "displayName": "there", "mailNickname": "there", "mailEnabled": false, "securityEnabled": true })),
    );
    let lines = format!(
        "display_name = \"there\"\ndescription = \"ours now\"\nowners = {}\nadopt_existing = true\nprevent_duplicate_names = true",
        list(&users)
    );
    let workspace = applied(&test_tenant, &lines);
    assert_eq!(workspace.state(IT)["id"], there["id"]);
    assert_eq!(workspace.state(IT)["mail_nickname"], json!("there"));
    assert_eq!(test_tenant.graph("GET", &format!("/groups/{}", id(&workspace)), None)["description"], json!("ours now"));
    workspace.plan_is_empty();
    // Without a match, one is created; with several matches, adoption is refused.
    let fresh = applied(&test_tenant, "display_name = \"fresh\"\nadopt_existing = true");
    fresh.plan_is_empty();
    for _ in 0..2 {
        test_tenant.graph(
            "POST",
            "/groups",
            Some(json!({ "displayName": "twice", "mailNickname": "twice", "mailEnabled": false, "securityEnabled": true })),
        );
    }
    let twice = test_tenant.workspace(&group("display_name = \"twice\"\nadopt_existing = true"));
    twice.fails(&["apply", "-auto-approve", "-no-color"], &["Several groups are called \"twice\""]);
    let other = test_tenant.workspace(&group("display_name = \"there\"\nassignable_to_role = true\nadopt_existing = true"));
    other.fails(&["apply", "-auto-approve", "-no-color"], &["has another assignable_to_role"]);
}

#[test]
fn a_deleted_group_is_restored_where_asked_and_purged_where_asked() {
    let test_tenant = TestTenant::new("a_deleted_group_is_restored");
    let first = applied(&test_tenant, "display_name = \"back\"");
    let before = id(&first);
    first.destroy();
    assert_eq!(test_tenant.status(&format!("/directory/deletedItems/{before}")), 200);
    let second = applied(&test_tenant, "display_name = \"back\"\ndescription = \"again\"\nrestore_deleted = true\non_destroy = \"purge\"");
    assert_eq!(id(&second), before);
    second.plan_is_empty();
    second.destroy();
    assert_eq!(test_tenant.status(&format!("/groups/{before}")), 404);
    assert_eq!(test_tenant.status(&format!("/directory/deletedItems/{before}")), 404);
}

#[test]
fn owners_that_were_left_alone_are_known_once_they_are_managed() {
    let test_tenant = TestTenant::new("owners_that_were_left_alone");
    let [anna, ben]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let workspace = applied(&test_tenant, "display_name = \"g\"");
    let path = format!("/groups/{}", id(&workspace));
    test_tenant.graph(
        "POST",
        &format!("{path}/owners/$ref"),
        Some(json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{ben}") })),
    );
    workspace.write(&group(&format!("display_name = \"g\"\nowners = [{anna:?}]")));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.graph("GET", &format!("{path}/owners"), None)["value"].as_array().unwrap().len(), 1);
}

#[test]
fn a_hundred_owners_can_be_exchanged() {
    let test_tenant = TestTenant::new("a_hundred_owners_can_be_exchanged");
    let owners = test_tenant.users(101);
    let workspace = applied(&test_tenant, &format!("display_name = \"g\"\nowners = {}", list(&owners[..100])));
    workspace.write(&group(&format!("display_name = \"g\"\nowners = {}", list(&owners[1..]))));
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn a_microsoft_365_group_with_a_rule_and_with_a_team_is_left_as_it_is() {
    let test_tenant = TestTenant::new("a_microsoft_365_group_with_a_rule");
    let lines = "display_name = \"team\"\nmail_enabled = true\ntypes = [\"Unified\"]\n";
    let rule = "dynamic_membership {\n  enabled = true\n  rule = \"user.department -eq \\\"A\\\"\"\n}\n";
    let workspace = applied(&test_tenant, &format!("{lines}{rule}"));
    workspace.plan_is_empty();
    workspace.write(&group(lines));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["types"], json!(["Unified"]));
    // The service gives it a description, and somebody a Team.
    test_tenant.advance("PT5M");
    test_tenant.graph(
        "PATCH",
        &format!("/groups/{}", id(&workspace)),
        Some(json!({ "description": "team", "resourceProvisioningOptions": ["Team"] })),
    );
    workspace.plan_is_empty();
}

#[test]
fn a_group_that_keeps_its_name_apart_can_be_replaced() {
    let test_tenant = TestTenant::new("a_group_that_keeps_its_name_apart_can_be_replaced");
    let workspace = applied(&test_tenant, "display_name = \"g\"\nprevent_duplicate_names = true");
    let before = id(&workspace);
    workspace.succeeds(&["apply", "-auto-approve", "-no-color", "-replace=aksaccess_group.it"]);
    assert_ne!(id(&workspace), before);
    workspace.plan_is_empty();
}

#[test]
fn nobody_adopts_what_is_managed_already() {
    let test_tenant = TestTenant::new("nobody_adopts_what_is_managed_already");
    let workspace = applied(&test_tenant, "display_name = \"g\"\nadopt_existing = true\nlifecycle {\n  create_before_destroy = true\n}");
    workspace.plan_is_empty();
    let replace = ["apply", "-auto-approve", "-no-color", "-replace=aksaccess_group.it"];
    workspace.fails(&replace, &["The group \"g\" is managed by this configuration already", &id(&workspace)]);
    let twice =
        test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  count = 2\n  display_name = \"two\"\n  adopt_existing = true\n}\n");
    twice.succeeds(&["plan", "-out=plan", "-no-color"]);
    // The answer to a creation is lost and looked for, while the search of the other resource would find the group that was just made.
    test_tenant.arm("1 GET /v1.0/groups delay=1; 1 GET /v1.0/groups delay=0; 1 GET /v1.0/groups delay=3; 1 POST /v1.0/groups reset-after");
    twice.succeeds(&["apply", "-no-color", "plan"]);
    test_tenant.control("DELETE", "faults", None);
    twice.plan_is_empty();
    let of = |index: usize| twice.state(&format!("{IT}[{index}]"))["id"].clone();
    assert_ne!(of(0), of(1), "two resources never hold one group");
}

//! Users that are there already, were there before, or may have been made: adopted, restored, found again; and what is refused.

use serde_json::json;

use crate::directory::user::{ANNA, IT, applied, body, id, later, user};
use crate::test_tenant::TestTenant;

const APPLY: [&str; 3] = ["apply", "-auto-approve", "-no-color"];

#[test]
fn a_creation_whose_answer_was_lost_is_found_again() {
    // Lost after it took effect, and lost before: then it is sent once more, since no two users can have the same name.
    for (effect, times) in [("reset-after", 1), ("truncate", 1), ("status-after=504", 1), ("reset-before", 2), ("status=504", 2)] {
        let test_tenant = TestTenant::new(&format!("a_user_whose_answer_was_lost_{}", effect.replace('=', "_")));
        test_tenant.control("POST", "faults", Some(json!({ "faults": format!("1 POST /v1.0/users {effect}") })));
        let workspace = applied(&test_tenant, ANNA);
        let expected = json!({ "GET /v1.0/organization": 1, "POST /v1.0/users": times, "GET /v1.0/users/{id}": 1 });
        assert_eq!(test_tenant.requests(), expected, "{effect}");
        workspace.plan_is_empty();
        assert_eq!(
            test_tenant.graph("GET", "/users", None)["value"].as_array().unwrap().len(),
            2,
            "one beside the administrator: {effect}"
        );
        assert_eq!(workspace.state(IT)["mail_nickname"], "anna");
    }
}

#[test]
fn other_answers_that_are_lost_do_no_harm() {
    let test_tenant = TestTenant::new("other_answers_about_users_that_are_lost");
    let boss = test_tenant.users(1);
    let faults = "1 PUT /v1.0/users/{id}/manager/$ref reset-after; 1 PATCH /v1.0/users/{id} reset-after; 1 DELETE /v1.0/users/{id} reset-after; \
                  1 DELETE /v1.0/directory/deletedItems/{id} reset-after";
    test_tenant.control("POST", "faults", Some(json!({ "faults": faults })));
    let workspace = applied(&test_tenant, &format!("{ANNA}manager_id = {:?}\non_destroy = \"purge\"", boss[0]));
    workspace.write(&user(&format!("{ANNA}manager_id = {:?}\non_destroy = \"purge\"\ncity = \"Ulm\"", boss[0])));
    workspace.apply();
    workspace.plan_is_empty();
    // Seconds after a write, a user who is not found after a lost answer would be looked for until replicas must know.
    test_tenant.advance("PT2M");
    workspace.destroy();
    assert!(test_tenant.control("GET", "faults", None).as_array().unwrap().iter().all(|fault| fault["struck"] == 1), "every fault struck");
    assert_eq!(test_tenant.graph("GET", "/directory/deletedItems/microsoft.graph.user", None)["value"], json!([]));
}

#[test]
fn a_creation_that_never_was_is_no_success() {
    let test_tenant = TestTenant::new("a_user_that_never_was");
    test_tenant.control("POST", "faults", Some(json!({ "faults": "9 POST /v1.0/users status=400" })));
    let workspace = test_tenant.workspace(&user(ANNA));
    workspace.fails(&APPLY, &["Could not create the user \"anna@contoso.com\""]);
    assert_eq!(workspace.addresses(), Vec::<String>::new());
}

#[test]
fn an_existing_user_is_reported_with_its_import_block() {
    let test_tenant = TestTenant::new("an_existing_user_is_reported");
    let there = test_tenant.graph("POST", "/users", Some(body("anna")))["id"].as_str().unwrap().to_owned();
    let workspace = test_tenant.workspace(&user(ANNA));
    workspace.fails(
        &APPLY,
        &[
            "There is already a user \"anna@contoso.com\"",
            "Another object with the same value for property userPrincipalName already exists.",
            &format!("import {{ to = aksaccess_user.NAME id = \"{there}\" }}"),
            "adopt_existing = true",
            "on main.tf line",
        ],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    // The block does what it says.
    workspace.write(&format!("{}import {{\n  to = {IT}\n  id = {there:?}\n}}\n", user(ANNA)));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(id(&workspace), there);
}

#[test]
fn a_user_that_is_there_is_adopted_where_that_is_wanted() {
    let test_tenant = TestTenant::new("a_user_that_is_there_is_adopted");
    let mut theirs = body("anna");
    theirs["city"] = json!("theirs");
    theirs["mailNickname"] = json!("kept");
    let there = test_tenant.graph("POST", "/users", Some(theirs))["id"].as_str().unwrap().to_owned();
    // A failure on the way deletes nothing: what exists was not made here.
    test_tenant.control("POST", "faults", Some(json!({ "faults": "1 PATCH /v1.0/users/{id} status=403" })));
    let workspace = test_tenant.workspace(&user(&format!("{ANNA}adopt_existing = true\ndepartment = \"Platform\"")));
    workspace.fails(&APPLY, &["Could not update the user \"anna@contoso.com\"", &there]);
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/organization": 1, "POST /v1.0/users": 1, "GET /v1.0/users/{id}": 1, "PATCH /v1.0/users/{id}": 1 })
    );
    workspace.plan_is_empty();
    let state = workspace.state(IT);
    assert_eq!((&state["id"], &state["mail_nickname"], &state["city"]), (&json!(there), &json!("kept"), &json!(null)));
    assert_eq!(state["password"], json!(null), "it keeps its password");
    let read = test_tenant.graph("GET", &format!("/users/{there}?$select=city,department"), None);
    assert_eq!((&read["city"], &read["department"]), (&json!(null), &json!("Platform")));
}

#[test]
fn a_user_that_is_adopted_by_its_own_successor_is_not_deleted() {
    let test_tenant = TestTenant::new("a_user_that_is_to_be_replaced");
    let workspace = applied(&test_tenant, &format!("{ANNA}adopt_existing = true\nlifecycle {{\n  create_before_destroy = true\n}}"));
    let before = id(&workspace);
    let said = workspace.succeeds(&["apply", "-replace", IT, "-auto-approve", "-no-color"]);
    assert!(said.text.contains("Not deleted: the user \"anna@contoso.com\""), "{}", said.text);
    workspace.plan_is_empty();
    assert_eq!((id(&workspace), test_tenant.status(&format!("/users/{before}"))), (before.clone(), 200));
}

#[test]
fn a_deleted_user_is_brought_back_where_that_is_wanted() {
    let test_tenant = TestTenant::new("a_deleted_user_is_brought_back");
    let first = applied(&test_tenant, &format!("{ANNA}city = \"Ulm\""));
    let before = id(&first);
    first.destroy();
    // Somebody whose name ends the same is not taken for her.
    let johanna = test_tenant.graph("POST", "/users", Some(body("johanna")))["id"].as_str().unwrap().to_owned();
    test_tenant.graph("DELETE", &format!("/users/{johanna}"), None);
    let workspace = test_tenant.workspace(&user(&format!("{ANNA}restore_deleted = true\npassword = \"Correct-Horse-1\"")));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(
        test_tenant.requests(),
        json!({
            "GET /v1.0/organization": 1, "GET /v1.0/directory/deletedItems/microsoft.graph.user": 1,
            "POST /v1.0/directory/deletedItems/{id}/restore": 1, "GET /v1.0/users/{id}": 1, "PATCH /v1.0/users/{id}": 1,
        })
    );
    assert_eq!(id(&workspace), before);
    workspace.plan_is_empty();
    assert_eq!(
        test_tenant.graph("GET", &format!("/users/{before}?$select=city"), None)["city"],
        json!(null),
        "and it is what the configuration says"
    );
    // Without one in the bin a new user is made; without the wish, too.
    workspace.write(&user(&format!("{ANNA}restore_deleted = true\non_destroy = \"purge\"")));
    workspace.apply();
    workspace.destroy();
    workspace.apply();
    assert_ne!(id(&workspace), before);
    workspace.destroy();
}

#[test]
fn a_restoration_whose_answer_was_lost_is_done() {
    let test_tenant = TestTenant::new("a_restoration_whose_answer_was_lost");
    let first = applied(&test_tenant, ANNA);
    let before = id(&first);
    first.destroy();
    test_tenant.control("POST", "faults", Some(json!({ "faults": "1 POST /v1.0/directory/deletedItems/{id}/restore reset-after" })));
    let workspace = applied(&test_tenant, &format!("{ANNA}restore_deleted = true"));
    assert_eq!(id(&workspace), before);
    workspace.plan_is_empty();
}

#[test]
fn a_purged_user_is_gone_for_good() {
    let test_tenant = TestTenant::new("a_purged_user_is_gone_for_good");
    let workspace = applied(&test_tenant, &format!("{ANNA}on_destroy = \"purge\""));
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/users/{id}": 1, "DELETE /v1.0/users/{id}": 1, "DELETE /v1.0/directory/deletedItems/{id}": 1 })
    );
    assert_eq!(test_tenant.graph("GET", "/directory/deletedItems/microsoft.graph.user", None)["value"], json!([]));
    // Another wish for the end is a change of which the service knows nothing.
    let workspace = applied(&test_tenant, ANNA);
    workspace.write(&user(&format!("{ANNA}on_destroy = \"purge\"")));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/users/{id}": 1 }));
    // What somebody deleted before is removed from the bin all the same.
    test_tenant.graph("DELETE", &format!("/users/{}", id(&workspace)), None);
    later(&test_tenant);
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
    assert_eq!(test_tenant.graph("GET", "/directory/deletedItems/microsoft.graph.user", None)["value"], json!([]));
}

#[test]
fn what_is_seen_too_early_is_not_believed() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, ..Default::default() });
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace(
        "resource \"aksaccess_user\" \"them\" {\n  count = 5\n  user_principal_name = \"u${count.index}@contoso.com\"\n  display_name = \"u\"\n  city = \"Ulm\"\n}\n",
    );
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(
        "resource \"aksaccess_user\" \"them\" {\n  count = 5\n  user_principal_name = \"u${count.index}@contoso.com\"\n  display_name = \"u\"\n  city = \"Bonn\"\n}\n",
    );
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

#[test]
fn a_new_user_that_a_replica_does_not_know_is_asked_for_again() {
    let test_tenant = TestTenant::new("a_new_user_that_a_replica_does_not_know");
    let workspace = applied(&test_tenant, ANNA);
    test_tenant.control("POST", "faults", Some(json!({ "faults": "2 GET /v1.0/users/{id} status=404" })));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/users/{id}": 3 }));
    // The same answers a minute later are the truth, if there are two of them.
    later(&test_tenant);
    test_tenant.control("POST", "faults", Some(json!({ "faults": "1 GET /v1.0/users/{id} status=404" })));
    workspace.plan_is_empty();
    test_tenant.control("POST", "faults", Some(json!({ "faults": "2 GET /v1.0/users/{id} status=404" })));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
}

#[test]
fn an_old_value_right_after_a_write_is_asked_for_again() {
    let test_tenant = TestTenant::new("an_old_value_right_after_a_write");
    let workspace = applied(&test_tenant, &format!("{ANNA}city = \"Ulm\""));
    let path = format!("/users/{}", id(&workspace));
    test_tenant.graph("PATCH", &path, Some(json!({ "city": "old" })));
    test_tenant.forget_requests();
    std::thread::scope(|scope| {
        let plan = scope.spawn(|| workspace.plan_is_empty());
        while test_tenant.requests()["GET /v1.0/users/{id}"].as_u64() < Some(2) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        test_tenant.graph("PATCH", &path, Some(json!({ "city": "Ulm" })));
        plan.join().unwrap();
    });
}

#[test]
fn a_deleted_name_that_is_taken_again_is_reported() {
    let test_tenant = TestTenant::new("a_name_that_is_deleted_and_taken_again");
    applied(&test_tenant, ANNA).destroy();
    let there = test_tenant.graph("POST", "/users", Some(body("anna")))["id"].as_str().unwrap().to_owned();
    let workspace = test_tenant.workspace(&user(&format!("{ANNA}restore_deleted = true")));
    workspace.fails(&APPLY, &["There is already a user \"anna@contoso.com\"", &there]);
}

#[test]
fn after_a_minute_what_is_seen_is_believed() {
    let test_tenant = TestTenant::new("after_a_minute_what_is_seen_is_believed");
    let workspace = applied(&test_tenant, ANNA);
    test_tenant.graph("DELETE", &format!("/users/{}", id(&workspace)), None);
    later(&test_tenant);
    test_tenant.forget_requests();
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    // Twice: what leaves state is destroyed by nobody any more, so one answer is not enough.
    assert_eq!(test_tenant.requests()["GET /v1.0/users/{id}"], json!(2));
}

#[test]
fn bad_input_is_refused_before_anything_is_made() {
    let test_tenant = TestTenant::new("bad_input_for_users");
    let line = |line: &str| format!("{ANNA}{line}");
    let name = |name: &str| format!("user_principal_name = {name:?}\ndisplay_name = \"x\"");
    let table: Vec<(String, &[&str])> = vec![
        (name("anna"), &["Invalid value for user_principal_name", "must be a user principal name"]),
        (name("an na@contoso.com"), &["Invalid value for user_principal_name"]),
        (name("anna.@contoso.com"), &["Invalid value for user_principal_name"]),
        (name("änna@contoso.com"), &["Invalid value for user_principal_name"]),
        (name(&format!("{}@contoso.com", "a".repeat(65))), &["Invalid value for user_principal_name"]),
        ("user_principal_name = \"anna@contoso.com\"".into(), &["The argument \"display_name\" is required"]),
        ("user_principal_name = \"anna@contoso.com\"\ndisplay_name = \"\"".into(), &["Invalid value for display_name"]),
        (line("mail_nickname = \"a b\""), &["Invalid value for mail_nickname"]),
        (line("mail = \"anna\""), &["Invalid value for mail", "must be a mail address"]),
        (line("usage_location = \"Germany\""), &["Invalid value for usage_location", "two capital letters"]),
        (line("age_group = \"Old\""), &["Invalid value for age_group"]),
        (line("consent_provided_for_minor = \"Yes\""), &["Invalid value for consent_provided_for_minor"]),
        (line("employee_hire_date = \"soon\""), &["Invalid value for employee_hire_date", "must be an instant"]),
        (line("manager_id = \"boss\""), &["Invalid value for manager_id", "must be a UUID"]),
        (line("user_type = \"Admin\""), &["Invalid value for user_type"]),
        (line("on_destroy = \"shred\""), &["Invalid value for on_destroy"]),
        (line(&format!("company_name = {:?}", "x".repeat(65))), &["Invalid value for company_name", "must have 1 to 64 characters."]),
    ];
    for (lines, messages) in table {
        test_tenant.workspace(&user(&lines)).fails(&["validate", "-no-color"], messages);
    }
    // What only a look at the tenant can tell fails in the plan.
    test_tenant.workspace(&user(&name("anna@elsewhere.example"))).plan_fails(&[
        "\"elsewhere.example\" is not a verified domain of the tenant",
        "contoso.com",
        "on main.tf line",
    ]);
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    test_tenant.workspace(&user(&line(&format!("manager_id = {nobody:?}")))).plan_fails(&["This manager does not exist", nobody]);
    let workspace = test_tenant.workspace(&user(ANNA));
    for wrong in ["anna", "/groups/0f1e2d3c-0000-4000-8000-00000000abcd"] {
        workspace.fails(&["import", "-no-color", IT, wrong], &["is not the import id of a user", "A user principal name will do, too."]);
    }
    for missing in [nobody, "nobody@contoso.com"] {
        workspace.fails(&["import", "-no-color", IT, missing], &["Cannot import non-existent remote object"]);
    }
    let users = test_tenant.graph("GET", "/users?$select=userPrincipalName", None)["value"].clone();
    assert_eq!(users, json!([{ "userPrincipalName": emulator::tenant::ADMINISTRATOR }]), "nothing was made");
}

#[test]
fn a_tenant_that_cannot_be_read_is_no_reason_to_refuse() {
    let test_tenant = TestTenant::new("a_tenant_that_cannot_be_read");
    test_tenant.control("POST", "faults", Some(json!({ "faults": "9 GET /v1.0/organization status=403" })));
    let workspace = test_tenant.workspace(&user("user_principal_name = \"anna@elsewhere.example\"\ndisplay_name = \"x\""));
    workspace.fails(
        &APPLY,
        &["Could not create the user", "The domain portion of the userPrincipalName property is invalid.", "on main.tf line"],
    );
    workspace.write(&user(ANNA));
    workspace.apply();
}

#[test]
fn a_recent_user_of_another_creator_is_not_adopted_as_a_lost_creation() {
    let test_tenant = TestTenant::new("a_recent_user_of_another_creator");
    let mut anna = body("anna");
    anna["displayName"] = serde_json::json!("Anna");
    let theirs = test_tenant.graph("POST", "/users", Some(anna));
    test_tenant.advance("PT1M");
    test_tenant.arm("1 POST /v1.0/users reset-before");
    let workspace = test_tenant.workspace(&user(ANNA));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &[theirs["id"].as_str().unwrap()]);
    assert_eq!(workspace.addresses(), Vec::<String>::new());
}

/// What follows from the configuration alone is known at plan, of a user who is created and of no other.
#[test]
fn the_mail_nickname_of_a_new_user_is_known_at_plan() {
    let test_tenant = TestTenant::new("mail_nickname_at_plan");
    let user = |name: &str, lines: &str| {
        format!(
            "resource \"aksaccess_user\" \"it\" {{\n  user_principal_name = \"{name}@contoso.com\"\n  display_name = \"a\"\n  {lines}\n}}\n"
        )
    };
    let planned = |workspace: &crate::test_tenant::Workspace<'_>| {
        workspace.succeeds(&["plan", "-no-color", "-out=plan"]);
        workspace.json(&["show", "-json", "plan"])["resource_changes"][0]["change"]["after"]["mail_nickname"].clone()
    };
    let workspace = test_tenant.workspace(&user("anna", ""));
    assert_eq!(planned(&workspace), json!("anna"));
    workspace.apply();
    // Another name does not change it.
    workspace.write(&user("hannah", ""));
    assert_eq!(planned(&workspace), json!("anna"));
    workspace.apply();
    workspace.plan_is_empty();
    // A user who is adopted keeps their own.
    let adopting = test_tenant.workspace(&user("hannah", "adopt_existing = true"));
    assert_eq!(planned(&adopting), serde_json::Value::Null, "not known");
    adopting.apply();
    assert_eq!(adopting.state("aksaccess_user.it")["mail_nickname"], json!("anna"));
}

/// Terraform 1.11 stores several sensitive paths of an object in no order, and reports that as a change.
#[test]
fn a_refresh_right_after_an_apply_finds_no_change() {
    let test_tenant = TestTenant::new("refresh_only_is_clean");
    let one = |name: &str| {
        format!("resource \"aksaccess_user\" {name:?} {{\n  user_principal_name = \"{name}@contoso.com\"\n  display_name = \"a\"\n}}\n")
    };
    let workspace = test_tenant.workspace(&(one("anna") + &one("ben")));
    workspace.apply();
    for _ in 0..6 {
        workspace.succeeds(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]);
    }
}

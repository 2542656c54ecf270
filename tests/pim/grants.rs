//! `aksaccess_pim_group_eligibility` and `aksaccess_pim_group_assignment` with the real Terraform: the same for both, so most tests take both.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

const KINDS: [(&str, &str); 2] = [("eligibility", "eligibilityScheduleRequests"), ("assignment", "assignmentScheduleRequests")];
const BASE: &str = "/identityGovernance/privilegedAccess/group";

fn grant(kind: &str, group: &str, principal: &str, lines: &str) -> String {
    format!("resource \"aksaccess_pim_group_{kind}\" \"it\" {{\n  group_id = {group:?}\n  principal_id = {principal:?}\n  {lines}\n}}\n")
}

fn address(kind: &str) -> String {
    format!("aksaccess_pim_group_{kind}.it")
}

const WEEK: &str = "expiration { duration = \"P7D\" }\n  justification = \"on call\"";

/// The schedules of a group as the service returns them.
fn schedules(test_tenant: &TestTenant, kind: &str, group: &str) -> Vec<Value> {
    test_tenant.graph("GET", &format!("{BASE}/{kind}Schedules?$filter=groupId eq '{group}'"), None)["value"].as_array().unwrap().clone()
}

/// The actions of the requests that the service remembers, oldest first.
fn actions(test_tenant: &TestTenant, kind: &str, group: &str) -> Vec<String> {
    let path = format!("{BASE}/{kind}ScheduleRequests?$filter=groupId eq '{group}'&$orderby=createdDateTime");
    let requests = test_tenant.graph("GET", &path, None);
    requests["value"].as_array().unwrap().iter().map(|request| request["action"].as_str().unwrap().to_owned()).collect()
}

fn instant(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn remove(test_tenant: &TestTenant, kind: &str, group: &str, principal: &str) {
    let body = json!({ "action": "adminRemove", "accessId": "member", "groupId": group, "principalId": principal });
    test_tenant.graph("POST", &format!("{BASE}/{kind}ScheduleRequests"), Some(body));
}

/// Destroys, after the five minutes within which the service removes nothing.
fn destroy(test_tenant: &TestTenant, workspace: &Workspace<'_>) {
    test_tenant.advance("PT6M");
    workspace.destroy();
}

#[test]
fn a_grant_is_made_planned_empty_imported_and_removed() {
    for (kind, requests) in KINDS {
        let test_tenant = TestTenant::new(&format!("a_grant_is_made_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let workspace = test_tenant.workspace(&grant(kind, group, user, WEEK));
        workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
        test_tenant.forget_requests();
        workspace.succeeds(&["apply", "-no-color", "plan"]);
        let sent = format!("POST /v1.0{BASE}/{requests}");
        assert_eq!(test_tenant.requests(), json!({ sent: 1 }), "one request makes it");
        let state = workspace.state(&address(kind));
        assert_eq!(state["id"], json!(format!("{group}/member/{user}")));
        assert_eq!((&state["status"], &state["access"], &state["renewal_due"]), (&json!("Provisioned"), &json!("member"), &json!(false)));
        let there = schedules(&test_tenant, kind, group);
        assert_eq!(state["schedule_id"], there[0]["id"]);
        assert_eq!(instant(&state["effective_end"]), instant(&there[0]["scheduleInfo"]["expiration"]["endDateTime"]));
        test_tenant.forget_requests();
        workspace.plan_is_empty();
        let (rule, instance) = (format!("GET /v1.0{BASE}/{kind}Schedules"), format!("GET /v1.0{BASE}/{kind}ScheduleInstances"));
        assert_eq!(test_tenant.requests(), json!({ rule: 1, instance: 1 }), "two reads plan it");
        for id in [state["id"].as_str().unwrap().to_owned(), state["schedule_id"].as_str().unwrap().to_owned()] {
            let imported = test_tenant.workspace(&grant(kind, group, user, WEEK));
            imported.succeeds(&["import", "-no-color", &address(kind), &id]);
            assert_eq!(imported.state(&address(kind)), state, "{id}");
            imported.plan_is_empty();
        }
        destroy(&test_tenant, &workspace);
        assert_eq!(schedules(&test_tenant, kind, group), Vec::<Value>::new());
        assert_eq!(actions(&test_tenant, kind, group), ["adminAssign", "adminRemove"]);
    }
}

#[test]
fn changes_are_made_in_place_by_the_action_that_fits() {
    for (kind, _) in KINDS {
        let test_tenant = TestTenant::new(&format!("changes_in_place_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let of = |lines: &str| grant(kind, group, user, &format!("{lines}\n  justification = \"on call\""));
        let workspace = test_tenant.workspace(&of("expiration { duration = \"P7D\" }"));
        workspace.apply();
        for (lines, action) in [
            ("expiration { duration = \"P30D\" }", "adminExtend"),
            ("expiration { duration = \"P10D\" }", "adminUpdate"),
            ("expiration { end = \"2199-01-01T00:00:00Z\" }", ""),
            ("expiration { duration = \"P10D\" }\n  ticket {\n    number = \"T-1\"\n    system = \"desk\"\n  }", "adminUpdate"),
        ] {
            workspace.write(&of(lines));
            assert_eq!(workspace.planned_actions(), json!({ address(kind): ["update"] }), "{lines}");
            let before = actions(&test_tenant, kind, group).len();
            if action.is_empty() {
                // So long is against the policy, which is said at plan, and by the service in the apply.
                workspace.fails(&["apply", "-auto-approve", "-no-color"], &["ExpirationRule: the policy allows no permanent assignment"]);
                assert_eq!(workspace.state(&address(kind))["expiration"]["duration"], json!("P10D"), "what was not done is not stored");
                continue;
            }
            workspace.apply();
            workspace.plan_is_empty();
            assert_eq!(actions(&test_tenant, kind, group)[before..], [action], "{lines}");
            assert_eq!(schedules(&test_tenant, kind, group).len(), 1);
        }
        // Other spellings are no changes, and what only the provider knows is not sent.
        workspace.write(&of("expiration { duration = \"PT240H\" }\n  ticket {\n    number = \"T-1\"\n    system = \"desk\"\n  }"));
        workspace.plan_is_empty();
        workspace.write(&of(
            "expiration { duration = \"PT240H\" }\n  ticket {\n    number = \"T-1\"\n    system = \"desk\"\n  }\n  adopt_existing = true",
        ));
        let before = actions(&test_tenant, kind, group).len();
        workspace.apply();
        assert_eq!(actions(&test_tenant, kind, group).len(), before);
        destroy(&test_tenant, &workspace);
    }
}

#[test]
fn what_has_expired_is_no_difference_and_comes_back_when_an_argument_changes() {
    for (kind, _) in KINDS {
        let test_tenant = TestTenant::new(&format!("what_has_expired_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let workspace = test_tenant.workspace(&grant(kind, group, user, WEEK));
        workspace.apply();
        test_tenant.advance("P8D");
        assert_eq!(schedules(&test_tenant, kind, group), Vec::<Value>::new());
        workspace.plan_is_empty();
        workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
        assert_eq!(workspace.state(&address(kind))["status"], json!("Expired"));
        workspace.write(&grant(kind, group, user, &WEEK.replace("P7D", "P9D")));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(actions(&test_tenant, kind, group), ["adminAssign", "adminRenew"]);
        assert_eq!(workspace.state(&address(kind))["status"], json!("Provisioned"));
        // So long after its end that the service remembers no request, it is assigned anew.
        test_tenant.advance("P60D");
        workspace.write(&grant(kind, group, user, WEEK));
        workspace.apply();
        assert_eq!(actions(&test_tenant, kind, group), ["adminAssign"]);
        test_tenant.advance("P8D");
        workspace.destroy();
    }
}

#[test]
fn what_somebody_removed_before_its_end_is_made_anew() {
    for (kind, _) in KINDS {
        let test_tenant = TestTenant::new(&format!("what_somebody_removed_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let workspace = test_tenant.workspace(&grant(kind, group, user, WEEK));
        workspace.apply();
        test_tenant.advance("PT10M");
        remove(&test_tenant, kind, group, user);
        assert_eq!(workspace.planned_actions(), json!({ address(kind): ["create"] }));
        workspace.apply();
        workspace.plan_is_empty();
        // Gone when it is to be destroyed is no error.
        test_tenant.advance("PT10M");
        remove(&test_tenant, kind, group, user);
        workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
    }
}

#[test]
fn somebody_elses_prolongation_is_a_difference() {
    let test_tenant = TestTenant::new("somebody_elses_prolongation");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    let workspace = test_tenant.workspace(&grant("eligibility", group, user, WEEK));
    workspace.apply();
    test_tenant.advance("PT10M");
    let body = json!({ "action": "adminExtend", "accessId": "member", "groupId": group, "principalId": user, "justification": "theirs",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
    test_tenant.graph("POST", &format!("{BASE}/eligibilityScheduleRequests"), Some(body));
    assert_eq!(workspace.planned_actions(), json!({ address("eligibility"): ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(actions(&test_tenant, "eligibility", group), ["adminAssign", "adminExtend", "adminUpdate"]);
    assert_eq!(workspace.state(&address("eligibility"))["justification"], json!("on call"));
}

#[test]
fn it_is_renewed_before_its_end_and_not_after() {
    for (kind, _) in KINDS {
        let test_tenant = TestTenant::new(&format!("it_is_renewed_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let workspace = test_tenant.workspace(&grant(kind, group, user, &format!("{WEEK}\n  renew_before = \"P2D\"")));
        workspace.apply();
        test_tenant.advance("P4D");
        workspace.plan_is_empty();
        test_tenant.advance("P1DT1H");
        let said = workspace.succeeds(&["plan", "-no-color"]);
        assert!(flat(&said.text).contains("renewal_due = true -> false"), "{}", said.text);
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(actions(&test_tenant, kind, group), ["adminAssign", "adminExtend"]);
        let end = workspace.state(&address(kind))["effective_end"].clone();
        assert_eq!(instant(&schedules(&test_tenant, kind, group)[0]["scheduleInfo"]["expiration"]["endDateTime"]), instant(&end));
        test_tenant.advance("P6DT23H");
        assert_eq!(workspace.planned_actions(), json!({ address(kind): ["update"] }));
        test_tenant.advance("PT2H");
        workspace.plan_is_empty();
        workspace.destroy();
    }
}

#[test]
fn what_exists_already_is_imported_or_adopted() {
    let test_tenant = TestTenant::new("a_grant_that_exists_already");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    let theirs = test_tenant.workspace(&grant("eligibility", group, user, &WEEK.replace("P7D", "P3D")));
    theirs.apply();
    let workspace = test_tenant.workspace(&grant("eligibility", group, user, WEEK));
    let import = format!("id = \"{group}/member/{user}\"");
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["exists already", "to = aksaccess_pim_group_eligibility.NAME", &import, "adopt_existing"],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    workspace.write(&grant("eligibility", group, user, &format!("{WEEK}\n  adopt_existing = true")));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(actions(&test_tenant, "eligibility", group), ["adminAssign", "adminExtend"]);
    // Two resources for the same grant: the second is refused.
    let twin = grant("eligibility", group, user, &format!("{WEEK}\n  adopt_existing = true")).replace("\"it\"", "\"twin\"");
    workspace.write(&format!("{}{twin}", grant("eligibility", group, user, &format!("{WEEK}\n  adopt_existing = true"))));
    workspace.plan_fails(&["managed by this configuration already"]);
}

#[test]
fn it_begins_later_and_a_start_that_has_passed_is_no_difference() {
    for (kind, _) in KINDS {
        let test_tenant = TestTenant::new(&format!("it_begins_later_{kind}"));
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (group, user) = (&groups[0], &users[0]);
        let now = test_tenant.control("GET", "clock", None)["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let start = (now + jiff::SignedDuration::from_hours(48)).to_string();
        let configuration = grant(kind, group, user, &format!("{WEEK}\n  start = {start:?}"));
        let workspace = test_tenant.workspace(&configuration);
        workspace.apply();
        workspace.plan_is_empty();
        let state = workspace.state(&address(kind));
        assert_eq!((&state["status"], &state["effective_start"]), (&json!("Granted"), &json!(start)));
        assert_eq!(test_tenant.members(group), Vec::<String>::new());
        // What has not begun can be taken back, and is imported with its start.
        let imported = test_tenant.workspace(&configuration);
        imported.succeeds(&["import", "-no-color", &address(kind), &format!("{group}/member/{user}")]);
        imported.plan_is_empty();
        test_tenant.advance("P3D");
        workspace.plan_is_empty();
        assert_eq!(test_tenant.members(group).len(), usize::from(kind == "assignment"));
        workspace.write(&grant(kind, group, user, WEEK));
        workspace.apply();
        assert_eq!(actions(&test_tenant, kind, group), ["adminAssign"], "a start that has passed is not sent");
        destroy(&test_tenant, &workspace);
    }
}

#[test]
fn what_has_not_begun_is_taken_back() {
    let test_tenant = TestTenant::new("what_has_not_begun_is_taken_back");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let now = test_tenant.control("GET", "clock", None)["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let start = (now + jiff::SignedDuration::from_hours(48)).to_string();
    let workspace = test_tenant.workspace(&grant("eligibility", &groups[0], &users[0], &format!("{WEEK}\n  start = {start:?}")));
    workspace.apply();
    destroy(&test_tenant, &workspace);
    assert_eq!(schedules(&test_tenant, "eligibility", &groups[0]), Vec::<Value>::new());
}

#[test]
fn destroying_waits_out_the_five_minutes_and_says_so() {
    let test_tenant = TestTenant::new("destroying_waits_out_the_five_minutes");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let workspace = test_tenant.workspace(&grant("assignment", &groups[0], &users[0], WEEK));
    workspace.apply();
    test_tenant.forget_requests();
    let sent = format!("POST /v1.0{BASE}/assignmentScheduleRequests");
    let mut running = workspace.command(&["destroy", "-auto-approve", "-no-color"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    while test_tenant.requests()[&sent].as_u64().unwrap_or_default() == 0 {
        assert!(running.try_wait().unwrap().is_none(), "it waits");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    test_tenant.advance("PT6M");
    let output = running.wait_with_output().unwrap();
    let said = crate::test_tenant::said(output);
    assert_eq!(said.code, 0, "{}", said.text);
    assert!(flat(&said.text).contains("The removal waited for Privileged Identity Management"), "{}", said.text);
    assert_eq!(schedules(&test_tenant, "assignment", &groups[0]), Vec::<Value>::new());
    // With a shorter timeout the error says when it can be removed.
    workspace.write(&grant("assignment", &groups[0], &users[0], &format!("{WEEK}\n  timeouts {{\n    delete = \"2s\"\n  }}")));
    workspace.apply();
    workspace.fails(&["destroy", "-auto-approve", "-no-color"], &["Could not remove", "Run again after"]);
    assert_eq!(workspace.addresses().len(), 1);
    destroy(&test_tenant, &workspace);
}

#[test]
fn a_request_whose_answer_was_lost_is_recognised() {
    let test_tenant = TestTenant::new("a_lost_answer");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let workspace = test_tenant.workspace(&grant("eligibility", &groups[0], &users[0], WEEK));
    // The answer is lost, and what it did is recognised.
    test_tenant.arm(&format!("1 POST /v1.0{BASE}/eligibilityScheduleRequests status-after=503"));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(actions(&test_tenant, "eligibility", &groups[0]), ["adminAssign"]);
    test_tenant.arm(&format!("1 POST /v1.0{BASE}/eligibilityScheduleRequests reset-after"));
    destroy(&test_tenant, &workspace);
}

#[test]
fn justification_and_ticket_are_read_while_they_can_be_and_then_kept() {
    let test_tenant = TestTenant::new("justification_and_ticket_are_kept");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (group, user) = (&groups[0], &users[0]);
    let lines = "expiration { end = \"END\" }\n  justification = \"on call\"";
    let now = test_tenant.control("GET", "clock", None)["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let end = (now + jiff::SignedDuration::from_hours(24 * 200)).to_string();
    let configuration = grant("eligibility", group, user, &lines.replace("END", &end));
    let workspace = test_tenant.workspace(&configuration);
    workspace.apply();
    test_tenant.advance("P60D");
    assert_eq!(actions(&test_tenant, "eligibility", group), Vec::<String>::new(), "the service has forgotten the request");
    workspace.plan_is_empty();
    let imported = test_tenant.workspace(&configuration);
    imported.succeeds(&["import", "-no-color", &address("eligibility"), &format!("{group}/member/{user}")]);
    assert_eq!(imported.planned_actions(), json!({ address("eligibility"): ["update"] }));
    let said = imported.apply();
    assert!(flat(&said.text).contains("Justification and ticket were only noted"), "{}", said.text);
    imported.plan_is_empty();
    assert_eq!(actions(&test_tenant, "eligibility", group), Vec::<String>::new(), "nothing was sent");
    imported.write(&configuration.replace("on call", "still on call"));
    imported.apply();
    assert_eq!(actions(&test_tenant, "eligibility", group), ["adminUpdate"]);
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_asked() {
    let test_tenant = TestTenant::new("a_wrong_grant_is_refused");
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let workspace = test_tenant.workspace("");
    for (lines, message) in [
        ("expiration {}", "It is not said when the grant ends"),
        ("expiration {\n    permanent = true\n    duration = \"P1D\"\n  }", "It is said more than once when the grant ends"),
        ("expiration { permanent = false }", "`permanent` can only be true"),
        ("expiration { duration = \"P6M\" }", "without months and years"),
        ("expiration { duration = \"PT4M\" }", "of `PT5M` to"),
        ("expiration { duration = \"8 hours\" }", "be a duration such as"),
        ("expiration { end = \"tomorrow\" }", "be an instant such as"),
        ("expiration { end = \"2030-01-01T00:00:00Z\" }\n  start = \"2030-01-02T00:00:00Z\"", "The end is not after the start"),
        ("expiration { end = \"2030-01-01T00:04:00Z\" }\n  start = \"2030-01-01T00:00:00Z\"", "Five minutes are the least"),
        ("expiration { permanent = true }\n  renew_before = \"P1D\"", "Only what has a duration can be renewed"),
        ("expiration { duration = \"P1D\" }\n  renew_before = \"P1D\"", "It would be renewed by every apply"),
        ("expiration { duration = \"P1D\" }\n  access = \"guest\"", "be one of `member`, `owner`"),
    ] {
        workspace.write(&grant("eligibility", &groups[0], &users[0], lines));
        workspace.fails(&["validate", "-no-color"], &[message]);
    }
    workspace.write(&grant("eligibility", &groups[0], &users[0], "expiration { end = \"2020-01-01T00:00:00Z\" }"));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["The end has passed, or is too near"]);
}

#[test]
fn a_plan_of_many_reads_each_group_a_few_times() {
    let test_tenant = TestTenant::new("a_plan_of_many_eligibilities");
    let (users, groups) = test_tenant.populate(10, 20, 0);
    let pairs: serde_json::Map<String, Value> =
        groups.iter().flat_map(|group| users.iter().map(move |user| (format!("{group}/{user}"), json!([group, user])))).collect();
    let workspace = test_tenant.workspace(&format!(
        "locals {{\n  pairs = {}\n}}\nresource \"aksaccess_pim_group_eligibility\" \"it\" {{\n  for_each = local.pairs\n  group_id = each.value[0]\n  principal_id = \
         each.value[1]\n  expiration {{ duration = \"P30D\" }}\n}}\n",
        Value::Object(pairs)
    ));
    workspace.apply();
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert!(test_tenant.all_requests() <= 85, "{} {}", test_tenant.all_requests(), test_tenant.requests());
}

fn warns(workspace: &Workspace<'_>, message: &str, id: &str) {
    let said = workspace.succeeds(&["plan", "-no-color"]);
    let text = flat(&said.text);
    assert!(text.contains(message) && text.contains(&format!("silence_warnings = [\"{id}\"]")), "no {id}: {}", said.text);
}

#[test]
fn risks_and_impossibilities_are_reported_at_plan() {
    let test_tenant = TestTenant::new("risks_of_a_grant");
    let (users, groups) = test_tenant.populate(2, 2, 0);
    let (group, user) = (&groups[0], &users[0]);
    let workspace = test_tenant.workspace("");
    let forever = "expiration { permanent = true }\n  justification = \"x\"";
    for (kind, lines, message) in [
        ("eligibility", forever, "`eligible_assignment.permanent_allowed` is false, and P365D is the longest"),
        (
            "assignment",
            "expiration { duration = \"P200D\" }\n  justification = \"x\"",
            "It would last for P200D, but `active_assignment.maximum_duration` is P180D",
        ),
        (
            "assignment",
            "expiration { duration = \"P20D\" }",
            "`active_assignment.require_justification` is true, and `justification` is not set",
        ),
    ] {
        workspace.write(&grant(kind, group, user, lines));
        warns(&workspace, message, "pim_policy_refuses");
    }
    test_tenant.add_member(group, user);
    workspace.write(&grant("eligibility", group, user, WEEK));
    warns(&workspace, "Who is to be eligible is a member already", "pim_eligible_is_member");
    let nested = test_tenant.group(json!({ "displayName": "nested" }));
    let assignable = test_tenant.group(json!({ "displayName": "assignable", "isAssignableToRole": true }));
    workspace.write(&grant("assignment", &assignable, &nested, WEEK));
    workspace.plan_fails(&["A group cannot be an active member of a role-assignable group"]);
    workspace.write(&grant("eligibility", &assignable, &nested, WEEK));
    workspace.succeeds(&["plan", "-no-color"]);
    workspace.write(&grant("assignment", group, &nested, &format!("{WEEK}\n  access = \"owner\"")));
    workspace.plan_fails(&["Only a user or a service principal can own a group"]);
    workspace.write(&grant("eligibility", user, &nested, WEEK));
    workspace.plan_fails(&["This is not a group"]);
    workspace.write(&grant("eligibility", group, "00000000-0000-4000-8000-00000000dead", WEEK));
    workspace.plan_fails(&["This principal does not exist"]);
    // What lasts for good beside an eligibility.
    let expiration = json!({ "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Assignment", "isExpirationRequired": false });
    let filter = format!("scopeId eq '{}' and scopeType eq 'Group' and roleDefinitionId eq 'member'", groups[1]);
    let policy = test_tenant.graph("GET", &format!("/policies/roleManagementPolicyAssignments?$filter={filter}"), None);
    let policy = policy["value"][0]["policyId"].as_str().unwrap().to_owned();
    test_tenant.graph("PATCH", &format!("/policies/roleManagementPolicies/{policy}"), Some(json!({ "rules": [expiration] })));
    let permanent = grant("assignment", &groups[1], &users[1], forever);
    workspace.write(&permanent);
    workspace.apply();
    workspace.write(&format!("{permanent}{}", grant("eligibility", &groups[1], &users[1], WEEK)));
    warns(&workspace, "An eligibility beside a permanent active assignment", "pim_permanent_beside_eligible");
}

//! What goes wrong on the way to the service, and that nothing is lost or made twice by it.

use serde_json::json;

use crate::test_tenant::TestTenant;

const IT: &str = "aksaccess_group.it";

fn group(lines: &str) -> String {
    format!("resource \"aksaccess_group\" \"it\" {{\n{lines}\n}}\n")
}

/// How many groups there are.
fn groups(test_tenant: &TestTenant) -> usize {
    test_tenant.graph("GET", "/groups?$top=999", None)["value"].as_array().map_or(0, Vec::len)
}

fn arm(test_tenant: &TestTenant, faults: &str) {
    test_tenant.control("POST", "faults", Some(json!({ "faults": faults })));
}

#[test]
fn a_creation_whose_answer_was_lost_is_found_again() {
    let test_tenant = TestTenant::new("a_creation_whose_answer_was_lost_is_found_again");
    for (at, (lines, effect)) in [
        ("display_name = \"a\"", "reset-after"),
        ("display_name = \"b\"\nmail_nickname = \"b\"", "reset-after"),
        ("display_name = \"c\"", "status-after=504"),
        ("display_name = \"d\"", "truncate"),
    ]
    .into_iter()
    .enumerate()
    {
        arm(&test_tenant, &format!("1 POST /v1.0/groups {effect}"));
        let workspace = test_tenant.workspace(&group(lines));
        workspace.apply();
        assert_eq!(groups(&test_tenant), at + 1, "{lines}: made once");
        workspace.plan_is_empty();
    }
}

#[test]
fn whatever_fails_on_the_way_is_tried_again() {
    let test_tenant = TestTenant::new("whatever_fails_on_the_way_is_tried_again");
    let workspace = test_tenant.workspace(&group("display_name = \"first\""));
    arm(&test_tenant, "1 POST /v1.0/groups throttle=1; 1 POST /{tenant}/oauth2/v2.0/token status=503");
    workspace.apply();
    workspace.write(&group("display_name = \"second\""));
    arm(&test_tenant, "1 GET /v1.0/groups/{id} html; 1 PATCH /v1.0/groups/{id} reset-after");
    workspace.apply();
    for effect in ["expired-token", "reset-before", "status=502", "truncate", "throttle"] {
        arm(&test_tenant, &format!("1 GET /v1.0/groups/{{id}} {effect}"));
        workspace.plan_is_empty();
    }
    // The second DELETE finds nothing, because the first did it.
    arm(&test_tenant, "1 DELETE /v1.0/groups/{id} reset-after");
    workspace.destroy();
    assert_eq!(groups(&test_tenant), 0);
}

#[test]
fn a_creation_that_fails_half_way_is_kept_as_tainted() {
    let test_tenant = TestTenant::new("a_creation_that_fails_half_way_is_kept_as_tainted");
    let owners = test_tenant.users(25);
    let workspace = test_tenant.workspace(&group(&format!("display_name = \"g\"\nowners = {}", json!(owners))));
    // The first twenty owners come with the group, the others in a second request, which is refused.
    arm(&test_tenant, "1 PATCH /v1.0/groups/{id} status=403");
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["Could not add 5 owners to the group \"g\"", "403"]);
    assert_eq!(groups(&test_tenant), 1);
    let half = workspace.state(IT)["id"].clone();
    assert_eq!(workspace.planned_actions(), json!({ IT: ["delete", "create"] }), "tainted: made anew");
    workspace.apply();
    workspace.plan_is_empty();
    assert_ne!(workspace.state(IT)["id"], half);
    assert_eq!(groups(&test_tenant), 1);
}

#[test]
fn an_update_that_fails_half_way_keeps_what_was_done() {
    let test_tenant = TestTenant::new("an_update_that_fails_half_way_keeps_what_was_done");
    let [anna, ben]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let workspace = test_tenant.workspace(&group(&format!("display_name = \"before\"\nowners = [{anna:?}]")));
    workspace.apply();
    workspace.write(&group(&format!("display_name = \"after\"\nowners = [{ben:?}]")));
    arm(&test_tenant, "1 DELETE /v1.0/groups/{id}/owners/* status=403");
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["Could not remove the owner"]);
    let state = workspace.state(IT);
    assert_eq!((&state["display_name"], &state["owners"]), (&json!("after"), &json!([anna])), "the name was changed, the owners were not");
    test_tenant.control("DELETE", "faults", None);
    workspace.apply();
    workspace.plan_is_empty();
}

#[cfg(unix)]
#[test]
fn without_a_network_the_error_says_what_could_not_be_reached() {
    let test_tenant = TestTenant::new("without_a_network");
    let mut workspace = test_tenant.workspace(&group("display_name = \"g\"\ntimeouts {\n  create = \"2s\"\n}"));
    // Nobody listens at the port of discard.
    workspace.set("ARM_METADATA_HOSTNAME", "127.0.0.1:9");
    workspace.plan_waits(&["no good answer", "the cloud's metadata host", "127.0.0.1:9", "Connection refused"]);
    assert_eq!(test_tenant.writes(), 0);
    workspace.set("ARM_METADATA_HOSTNAME", test_tenant.host());
    workspace.set("SSL_CERT_FILE", "/dev/null");
    let said = workspace.fails(&["apply", "-auto-approve", "-no-color"], &["The provider could not sign in: "]);
    assert!(said.text.to_lowercase().contains("certificate"), "{}", said.text);
}

#[test]
fn an_adoption_that_fails_leaves_the_group_to_its_owner() {
    let test_tenant = TestTenant::new("an_adoption_that_fails_leaves_the_group");
    let body = json!({ "displayName": "there", "mailNickname": "there", "mailEnabled": false, "securityEnabled": true });
    let there = test_tenant.graph("POST", "/groups", Some(body));
    let workspace = test_tenant.workspace(&group("display_name = \"there\"\ndescription = \"ours\"\nadopt_existing = true"));
    arm(&test_tenant, "1 PATCH /v1.0/groups/{id} status=403");
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["Could not update the group \"there\""]);
    assert_eq!(workspace.addresses(), Vec::<String>::new(), "nothing tainted that the next apply would destroy");
    workspace.apply();
    assert_eq!(workspace.state(IT)["id"], there["id"]);
}

/// A tenant whose replicas lag, as the real one's do: what was written a moment ago is not there, or as it was before.
#[test]
fn lag_loses_nothing_and_shows_no_difference() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, ..Default::default() });
    let configuration =
        |name: &str| format!("resource \"aksaccess_group\" \"it\" {{\n  count = 5\n  display_name = \"{name}${{count.index}}\"\n}}\n");
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace(&configuration("a"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(&configuration("b"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
    test_tenant.holds_again(&before, "");
    test_tenant.advance("PT5M");
    assert_eq!(groups(&test_tenant), 0);
}

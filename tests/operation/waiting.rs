//! Waits of a real run: they end with the operation's time and with an interruption, and say what is waited for.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::test_tenant::{CommandOutput, TestTenant, Workspace, flat, said};

const GROUP: &str =
    "resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n  timeouts {\n    create = \"5m\"\n    read   = \"12s\"\n  }\n}\n";

/// Runs `apply`, interrupts it as soon as the tenant has seen such a request, and gives what was printed and how long it went on.
fn interrupted(test_tenant: &TestTenant, workspace: &Workspace<'_>, request: &str) -> (CommandOutput, Duration) {
    let mut command = workspace.command(&["apply", "-auto-approve", "-no-color"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while test_tenant.requests()[request].as_u64().unwrap_or_default() == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "there is no {request}: {}", test_tenant.requests());
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let at = Instant::now();
    (said(child.wait_with_output().unwrap()), at.elapsed())
}

#[test]
fn a_throttled_read_ends_with_its_timeout() {
    let test_tenant = TestTenant::new("throttled_read");
    let mut workspace = test_tenant.workspace(GROUP);
    workspace.apply();
    test_tenant.arm("1000 GET /v1.0/groups/{id} throttle=150");
    let log = workspace.path().join("log");
    workspace.set("TF_LOG_PROVIDER", "WARN");
    workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    let began = Instant::now();
    let text = flat(&workspace.fails(&["plan", "-no-color"], &["the time for this operation is over"]).text);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(text.contains("429") && text.contains("timeouts"), "{text}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("the service limits the rate; requests wait for their turn"), "{log}");
}

#[test]
fn an_interruption_ends_the_wait_of_a_creation() {
    for fault in ["1000 POST /v1.0/groups throttle=300", "1000 POST /v1.0/groups throttle"] {
        let test_tenant = TestTenant::new("interrupted_wait");
        let workspace = test_tenant.workspace(GROUP);
        test_tenant.arm(fault);
        let (said, lasted) = interrupted(&test_tenant, &workspace, "POST /v1.0/groups");
        assert!(said.code != 0 && lasted < Duration::from_secs(20), "{fault}: {lasted:?}\n{}", said.text);
        assert_eq!(workspace.addresses(), Vec::<String>::new(), "{fault}: {}", said.text);
        test_tenant.control("DELETE", "faults", None);
        workspace.apply();
        workspace.destroy();
    }
}

/// The service made the group and a gateway answered; the search for it begins when Terraform is interrupted.
#[test]
fn an_interruption_does_not_end_the_search_for_what_was_created() {
    let test_tenant = TestTenant::new("interrupted_search");
    let workspace = test_tenant.workspace(GROUP);
    test_tenant.arm("1 GET /v1.0/groups delay=0; 1 POST /v1.0/groups status-after=504; 2 GET /v1.0/groups delay=4");
    let (said, _) = interrupted(&test_tenant, &workspace, "POST /v1.0/groups");
    assert_eq!(workspace.addresses(), ["aksaccess_group.it"], "{}", said.text);
    test_tenant.control("DELETE", "faults", None);
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], serde_json::json!([]));
}

/// The services made what was asked for and gateways answered; Terraform is interrupted before another attempt. What exists is looked for all the same, also where
/// the first look does not show it.
#[test]
fn an_interruption_does_not_lose_what_was_created() {
    let test_tenant = TestTenant::new("interrupted_links");
    let [anna, ben]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let (group, unit) = (test_tenant.group(serde_json::json!({ "displayName": "g" })), test_tenant.unit());
    let user = "user_principal_name = \"new@contoso.com\"\ndisplay_name = \"new\"";
    let rows = [
        ("user", user.to_owned(), "POST /v1.0/users"),
        ("group_member", format!("group_id = {group:?}\nmember_id = {anna:?}"), "POST /v1.0/groups/{id}/members/$ref"),
        ("group_owner", format!("group_id = {group:?}\nowner_id = {anna:?}"), "POST /v1.0/groups/{id}/owners/$ref"),
        (
            "administrative_unit_member",
            format!("administrative_unit_id = {unit:?}\nmember_id = {anna:?}"),
            "POST /v1.0/directory/administrativeUnits/{id}/members/$ref",
        ),
        (
            "pim_group_eligibility",
            format!("group_id = {group:?}\nprincipal_id = {anna:?}\nexpiration {{\n  duration = \"P30D\"\n}}"),
            "POST /v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests",
        ),
    ];
    // The last owner could not be removed.
    test_tenant.add_owner(&group, &ben);
    let before = test_tenant.snapshot();
    for (name, arguments, request) in rows {
        let workspace = test_tenant.workspace(&format!("resource \"aksaccess_{name}\" \"it\" {{\n{arguments}\n}}\n"));
        test_tenant.forget_requests();
        test_tenant.arm(&format!("20 {request} status-after=504; 1 GET /v1.0/users/{{id}} status=404"));
        let (said, _) = interrupted(&test_tenant, &workspace, request);
        assert_eq!(workspace.addresses(), [format!("aksaccess_{name}.it")], "{name}: {}", said.text);
        test_tenant.control("DELETE", "faults", None);
        workspace.plan_is_empty();
        test_tenant.advance("PT10M");
        workspace.destroy();
    }
    test_tenant.holds_again(&before, "what was interrupted");
}

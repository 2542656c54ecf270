//! The passwords of `aksaccess_user`: given, write-only, generated; and that none of them is ever seen.

use serde_json::{Value, json};

use crate::directory::user::{ANNA, IT, applied, id, user};
use crate::test_tenant::{TestTenant, Workspace};

const FIRST: &str = "Correct-Horse-1";
const SECOND: &str = "Battery-Staple-2";

/// Whether this is Anna's password.
fn is_password(test_tenant: &TestTenant, password: &str) -> bool {
    let attempt = json!({ "user_principal_name": "anna@contoso.com", "password": password });
    test_tenant.control("POST", "password", Some(attempt))["right"] == json!(true)
}

/// The profiles sent so far, in the order of sending: whether with a password, and whether it must be changed.
fn sent(test: &str) -> Vec<(bool, bool)> {
    let record = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic").join(format!("{test}.jsonl"));
    let text = std::fs::read_to_string(record).unwrap();
    let profiles = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["request_body"]["passwordProfile"].take());
    let profiles = profiles.filter(|profile| !profile.is_null());
    profiles.map(|profile| (profile["password"].is_string(), profile["forceChangePasswordNextSignIn"] == json!(true))).collect()
}

#[test]
fn a_given_password_is_set_once_and_again_when_it_changes() {
    let test = "a_given_password_is_set_once";
    let test_tenant = TestTenant::new(test);
    let workspace = applied(&test_tenant, &format!("{ANNA}password = {FIRST:?}"));
    workspace.plan_is_empty();
    assert!(is_password(&test_tenant, FIRST));
    workspace.write(&user(&format!("{ANNA}password = {SECOND:?}\nforce_password_change = true")));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(&user(&format!("{ANNA}password = {SECOND:?}\ncity = \"Ulm\"")));
    workspace.apply();
    workspace.write(&user(ANNA));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(sent(test), [(true, false), (true, true), (false, false)], "the last is the flag alone");
    assert!(is_password(&test_tenant, SECOND));
    assert_eq!(workspace.state(IT)["password"], SECOND, "a password that is no longer given stays what it is");
}

#[test]
fn a_generated_password_is_kept_and_known_to_nobody_else() {
    let test = "a_generated_password_is_kept";
    let test_tenant = TestTenant::new(test);
    let workspace = applied(&test_tenant, &format!("{ANNA}force_password_change = true"));
    workspace.plan_is_empty();
    let generated = workspace.state(IT)["password"].as_str().unwrap().to_owned();
    assert_eq!(generated.len(), 24);
    assert_eq!(sent(test), [(true, true)]);
    assert!(is_password(&test_tenant, &generated));
    // Another change leaves it alone.
    workspace.write(&user(&format!("{ANNA}force_password_change = true\ncity = \"Ulm\"")));
    workspace.apply();
    assert_eq!(workspace.state(IT)["password"], json!(generated));
    assert_eq!(sent(test).len(), 1);
    // A user by the side of it has another.
    let other = test_tenant.workspace(&user("user_principal_name = \"ben@contoso.com\"\ndisplay_name = \"Ben\""));
    other.apply();
    assert_ne!(other.state(IT)["password"], json!(generated));
}

#[test]
fn a_write_only_password_is_set_by_its_version_and_stored_nowhere() {
    let test = "a_write_only_password_is_set_by_its_version";
    let test_tenant = TestTenant::new(test);
    let with = |password: &str, version: u32| user(&format!("{ANNA}password_wo = {password:?}\npassword_wo_version = {version}"));
    let workspace = test_tenant.workspace(&with(FIRST, 1));
    workspace.apply();
    workspace.plan_is_empty();
    // Another password in the same version is not seen, as nothing of the old one is stored.
    workspace.write(&with(SECOND, 1));
    workspace.plan_is_empty();
    workspace.write(&with(SECOND, 2));
    workspace.apply();
    workspace.plan_is_empty();
    let state = workspace.state(IT);
    assert_eq!((&state["password"], &state["password_wo"], &state["password_wo_version"]), (&Value::Null, &Value::Null, &json!(2)));
    workspace.write(&user(ANNA));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(sent(test), [(true, false), (true, false)]);
    assert!(is_password(&test_tenant, SECOND));
    assert_eq!(nowhere(&workspace, &[FIRST, SECOND]), Vec::<String>::new());
}

#[test]
fn a_stored_password_goes_when_a_write_only_one_takes_its_place() {
    let test_tenant = TestTenant::new("a_stored_password_goes");
    for before in [ANNA.to_owned(), format!("{ANNA}password = {FIRST:?}")] {
        let workspace = applied(&test_tenant, &before);
        assert!(workspace.state(IT)["password"].is_string());
        workspace.write(&user(&format!("{ANNA}password_wo = {SECOND:?}\npassword_wo_version = 1")));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(workspace.state(IT)["password"], Value::Null);
        assert!(is_password(&test_tenant, SECOND));
        workspace.write(&user(&format!("{ANNA}password = {FIRST:?}")));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(workspace.state(IT)["password"].as_str(), Some(FIRST));
        assert!(is_password(&test_tenant, FIRST));
        workspace.destroy();
    }
}

/// Files of the folder that hold one of these.
fn nowhere(workspace: &Workspace<'_>, secrets: &[&str]) -> Vec<String> {
    let files = std::fs::read_dir(workspace.path()).unwrap().map(|file| file.unwrap().path());
    let kept = files.filter(|file| file.is_file() && file.extension().is_none_or(|extension| extension != "tf"));
    let holds = |text: &[u8]| secrets.iter().any(|secret| text.windows(secret.len()).any(|window| window == secret.as_bytes()));
    kept.filter(|file| holds(&std::fs::read(file).unwrap())).map(|file| file.display().to_string()).collect()
}

#[test]
fn no_password_is_in_a_log_an_error_or_where_it_must_not_be() {
    let test_tenant = TestTenant::new("no_password_is_in_a_log");
    // Given by variables, as Terraform itself logs what a configuration spells out.
    let variables = "variable \"a\" {\n  sensitive = true\n  type = string\n}\nvariable \"b\" {\n  sensitive = true\n  type = string\n}\n";
    let with = |lines: &str| format!("{variables}{}", user(&format!("{ANNA}{lines}")));
    let mut workspace = test_tenant.workspace(&with("password_wo = var.a\npassword_wo_version = 1"));
    workspace.set("TF_VAR_a", FIRST);
    workspace.set("TF_VAR_b", SECOND);
    workspace.set("TF_LOG_PROVIDER", "TRACE");
    let log = workspace.path().join("provider.log");
    workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    workspace.apply();
    // Updates that fail at the service, with every kind of password and error.
    for effect in ["status=400", "status=403", "status=500", "html", "truncate"] {
        test_tenant.control("POST", "faults", Some(json!({ "faults": format!("9 PATCH /v1.0/users/{{id}} {effect}") })));
        workspace.write(&with("password_wo = var.b\npassword_wo_version = 2\ntimeouts {\n  update = \"2s\"\n}"));
        let said = workspace.run(&["apply", "-auto-approve", "-no-color"]);
        assert!(!said.text.contains(SECOND), "{effect}: {}", said.text);
        test_tenant.control("DELETE", "faults", None);
        if said.code != 0 {
            assert_eq!(workspace.state(IT)["password_wo_version"], json!(1), "{effect}: what was not done is tried again");
        }
    }
    workspace.apply();
    workspace.write(&with(""));
    workspace.apply();
    workspace.destroy();
    // A generated one, too.
    workspace.apply();
    let generated = workspace.state(IT)["password"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("terraform-provider-aksaccess"), "the log is the provider's");
    for password in [FIRST, SECOND, &generated] {
        assert!(!text.contains(password), "{}", text.lines().find(|line| line.contains(password)).unwrap_or_default());
    }
    assert_eq!(nowhere(&workspace, &[FIRST, SECOND]), Vec::<String>::new());
    // And one that is kept in state, where it belongs.
    workspace.write(&with("password = var.b"));
    workspace.apply();
    workspace.destroy();
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(!text.contains(SECOND), "{}", text.lines().find(|line| line.contains(SECOND)).unwrap_or_default());
}

#[test]
fn a_password_that_was_not_set_is_tried_again() {
    let test = "a_password_that_was_not_set_is_tried_again";
    let test_tenant = TestTenant::new(test);
    let workspace = applied(&test_tenant, &format!("{ANNA}password = {FIRST:?}"));
    test_tenant.control("POST", "faults", Some(json!({ "faults": "1 PATCH /v1.0/users/{id} status=403" })));
    workspace.write(&user(&format!("{ANNA}password = {SECOND:?}\ncity = \"Ulm\"")));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["Could not update the user \"anna@contoso.com\"", "needs the Microsoft Graph application permission"],
    );
    let state = workspace.state(IT);
    assert_eq!((&state["password"], &state["city"]), (&json!(FIRST), &Value::Null), "what was not done is not in state");
    assert!(is_password(&test_tenant, FIRST));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["password"], json!(SECOND));
    assert!(is_password(&test_tenant, SECOND));
    assert_eq!(sent(test).len(), 3);
    assert_eq!(test_tenant.graph("GET", &format!("/users/{}?$select=city", id(&workspace)), None)["city"], "Ulm");
}

#[test]
fn bad_passwords_are_refused_before_anything_is_asked() {
    let test_tenant = TestTenant::new("bad_passwords_are_refused");
    for (lines, messages) in [
        ("password = \"short1!\"", vec!["The service would refuse this password", "8 to 256 characters"]),
        ("password = \"lettersonly\"", vec!["The service would refuse this password", "three of these kinds"]),
        ("password_wo = \"lettersonly\"\npassword_wo_version = 1", vec!["The service would refuse this password"]),
        ("password_wo = \"Correct-Horse-1\"", vec!["A write-only password needs a version"]),
        ("password_wo_version = 1", vec!["There is no password to this version"]),
        ("password = \"Correct-Horse-1\"\npassword_wo = \"Correct-Horse-1\"\npassword_wo_version = 1", vec!["There is one password"]),
    ] {
        test_tenant.workspace(&user(&format!("{ANNA}{lines}"))).fails(&["validate", "-no-color"], &messages);
    }
    assert_eq!(test_tenant.requests(), json!({}));
    // A rule that only the service knows is reported with its message, at the attribute.
    for line in ["password = \"lettersonly\"", "password_wo_version = 1\npassword_wo = \"lettersonly\""] {
        let workspace = test_tenant.workspace(&user(&format!("{ANNA}disable_strong_password = true\n{line}")));
        let said = workspace.fails(
            &["apply", "-auto-approve", "-no-color"],
            &["Could not create the user \"anna@contoso.com\"", "does not comply with password complexity requirements", "on main.tf line"],
        );
        assert!(said.text.contains(line.lines().last().unwrap()), "Terraform points at the attribute: {}", said.text);
        assert_eq!(workspace.addresses(), Vec::<String>::new());
    }
}

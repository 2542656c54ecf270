//! The real binary as a process: what a human sees, what a log holds, what an interruption leaves.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::test_tenant::{PROVIDER, TestTenant, said};

#[test]
fn run_by_hand_it_explains_itself() {
    let ran = Command::new(PROVIDER).env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.len()), (Some(1), 0));
    assert!(said(ran).text.contains("Terraform"));
    let version = Command::new(PROVIDER).arg("--version").output().unwrap();
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(said(version).text.trim(), format!("terraform-provider-aksaccess {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn terraform_kills_no_process() {
    let test_tenant = TestTenant::new("terraform_kills_no_process");
    let mut workspace = test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n");
    workspace.set("TF_LOG", "TRACE");
    for arguments in [["apply", "-auto-approve", "-no-color"], ["destroy", "-auto-approve", "-no-color"]] {
        let said = workspace.succeeds(&arguments);
        assert!(said.text.contains("plugin process exited"), "the log reports processes");
        assert!(!said.text.contains("plugin failed to exit gracefully"));
    }
}

#[test]
fn without_credentials_it_says_what_to_set() {
    let test_tenant = TestTenant::new("without_credentials_it_says_what_to_set");
    let mut workspace = test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n");
    workspace.set("ARM_CLIENT_SECRET", "");
    workspace.set("ARM_USE_CLI", "false");
    workspace.plan_fails(&["The provider has nothing to sign in with", "neither client_secret (ARM_CLIENT_SECRET) nor"]);
    workspace.set("ARM_CLIENT_SECRET", "wrong");
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["AADSTS7000215", "Invalid client secret provided"]);
}

#[test]
fn a_provider_block_that_is_not_known_yet_is_no_error_in_a_plan() {
    let test_tenant = TestTenant::new("a_provider_block_that_is_not_known_yet");
    let workspace = test_tenant.workspace(
        "resource \"terraform_data\" \"tenant\" {\n  input = \"11111111-1111-4111-8111-111111111111\"\n}\n\
         provider \"aksaccess\" {\n  tenant_id = terraform_data.tenant.output\n}\n\
         resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n",
    );
    workspace.apply();
    workspace.plan_is_empty();
}

/// An interrupted apply keeps what it made, and the next one goes on from there.
#[cfg(unix)]
#[test]
fn an_interrupted_apply_loses_nothing() {
    let test_tenant = TestTenant::new("an_interrupted_apply_loses_nothing");
    let groups = "resource \"aksaccess_group\" \"it\" {\n  count = 30\n  display_name = \"g${count.index}\"\n}\n";
    let workspace = test_tenant.workspace(groups);
    test_tenant.control("POST", "faults", Some(json!({ "faults": "1000 POST /v1.0/groups delay=0.3" })));
    let child = workspace
        .command(&["apply", "-auto-approve", "-no-color"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let made = || test_tenant.graph("GET", "/groups?$top=999", None)["value"].as_array().unwrap().len();
    while made() == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let said = said(child.wait_with_output().unwrap());
    assert_eq!(workspace.addresses().len(), made(), "everything that was made is in state:\n{}", said.text);
    test_tenant.control("DELETE", "faults", None);
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(made(), 30);
}

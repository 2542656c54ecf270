//! `aksaccess_revoke_sign_in_sessions`, triggered by a resource and invoked.

use serde_json::{Value, json};

use crate::project::documentation::example;
use crate::terraform_command::newer_terraform;
use crate::test_tenant::TestTenant;

/// When the sessions of a user were last revoked.
fn revoked(test_tenant: &TestTenant, user: &str) -> Value {
    test_tenant.graph("GET", &format!("/users/{user}?$select=signInSessionsValidFromDateTime"), None)["signInSessionsValidFromDateTime"]
        .clone()
}

#[test]
fn the_sessions_of_all_users_of_a_group_are_revoked_in_batches() {
    let Some(newer) = newer_terraform("the_sessions_of_all_users_of_a_group_are_revoked_in_batches") else { return };
    let test_tenant = TestTenant::new("sessions_of_a_group");
    let (users, groups) = test_tenant.populate(25, 2, 0);
    for user in users.iter().take(24) {
        test_tenant.add_member(&groups[0], user);
    }
    // One through another group, which is no user itself.
    test_tenant.add_member(&groups[0], &groups[1]);
    test_tenant.add_member(&groups[1], &users[24]);
    let before: Vec<Value> = users.iter().map(|user| revoked(&test_tenant, user)).collect();
    test_tenant.advance("PT1H");
    let configuration =
        format!("action \"aksaccess_revoke_sign_in_sessions\" \"it\" {{\n  config {{\n    group_id = {:?}\n  }}\n}}\n", groups[0]);
    let mut workspace = test_tenant.workspace(&configuration);
    workspace.use_terraform(newer);
    test_tenant.forget_requests();
    let said = workspace.succeeds(&["apply", "-auto-approve", "-no-color", "-invoke=action.aksaccess_revoke_sign_in_sessions.it"]);
    assert!(
        said.text.contains("Revoking the sessions of 25 users.") && said.text.contains("Revoked the sessions of 25 of 25."),
        "{}",
        said.text
    );
    assert_eq!(test_tenant.batched()["POST /v1.0/users/{id}/revokeSignInSessions"], json!(25));
    for (user, before) in users.iter().zip(&before) {
        assert_ne!(revoked(&test_tenant, user), *before, "{user}");
    }
    // One who was deleted in the meantime is named, and the others are done.
    test_tenant.arm("1 POST /v1.0/users/{id}/revokeSignInSessions status=404");
    workspace.fails(
        &["apply", "-auto-approve", "-no-color", "-invoke=action.aksaccess_revoke_sign_in_sessions.it"],
        &[
            "Could not revoke the sessions of",
            "The sessions of 24 of 25 users were revoked.",
            "-invoke=action.aksaccess_revoke_sign_in_sessions.NAME",
        ],
    );
}

#[test]
fn the_example_revokes_when_its_policy_changes() {
    let Some(newer) = newer_terraform("the_example_revokes_when_its_policy_changes") else { return };
    let test_tenant = TestTenant::new("example_of_revoking");
    let mut workspace = example(&test_tenant, "examples/actions/aksaccess_revoke_sign_in_sessions");
    workspace.use_terraform(newer);
    let said = workspace.apply();
    assert!(said.text.contains("Actions: 1 invoked."), "{}", said.text);
    workspace.plan_is_empty();
    let user = test_tenant.users(1).remove(0);
    let group = workspace.state("aksaccess_group.operators")["id"].as_str().unwrap().to_owned();
    test_tenant.add_member(&group, &user);
    let before = revoked(&test_tenant, &user);
    test_tenant.advance("PT1H");
    let path = workspace.path().join("action.tf");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("enabledForReportingButNotEnforced", "enabled")).unwrap();
    let said = workspace.apply();
    assert!(said.text.contains("Actions: 1 invoked."), "{}", said.text);
    assert_ne!(revoked(&test_tenant, &user), before);
    workspace.destroy();
}

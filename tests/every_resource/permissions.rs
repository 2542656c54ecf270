//! A missing permission is named, with what the token has.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

/// An application with these permissions; the workspace signs in as it from now on.
fn sign_in_as(test_tenant: &TestTenant, workspace: &mut Workspace<'_>, granted: &[&str]) -> Value {
    let made = test_tenant.control("POST", "applications", Some(json!({ "secret": "s", "permissions": granted })));
    workspace.set("ARM_CLIENT_ID", made["application_id"].as_str().unwrap());
    workspace.set("ARM_CLIENT_SECRET", "s");
    made
}

#[test]
fn a_refusal_names_what_is_missing_and_what_is_there() {
    let test_tenant = TestTenant::new("a_refusal_names_what_is_missing");
    let mut workspace = test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n");
    sign_in_as(&test_tenant, &mut workspace, &["Group.Read.All", "User.Read.All"]);
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[
            "Could not create the group \"g\"",
            "`POST /groups` needs the Microsoft Graph application permission `Group.ReadWrite.All` (or `Directory.ReadWrite.All`, or `Group.Create`",
            "The token has: `Group.Read.All`, `User.Read.All`. Grant it, have an administrator consent, and run again.",
        ],
    );
    // In a batch, too; and with nothing at all.
    sign_in_as(&test_tenant, &mut workspace, &[]);
    workspace.write("data \"aksaccess_users\" \"it\" {\n  user_principal_names = [\"a@contoso.com\", \"b@contoso.com\"]\n}\n");
    workspace.plan_fails(&["needs the Microsoft Graph application permission `User.Read.All`", "The token has: none."]);
    // What is enough for most is not enough for a group that has a role.
    sign_in_as(&test_tenant, &mut workspace, &["Group.ReadWrite.All"]);
    workspace.write("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n  assignable_to_role = true\n}\n");
    workspace
        .fails(&["apply", "-auto-approve", "-no-color"], &["a role-assignable group needs `RoleManagement.ReadWrite.Directory` besides"]);
}

//! Two provider configurations in one run, each for a tenant of its own: nothing that is known of one is believed of the other.

use serde_json::json;

use crate::test_tenant::TestTenant;

/// Objects of one tenant, by its provider configuration. Both tenants get the same names.
fn objects(alias: &str, provider: &str) -> String {
    format!(
        "resource \"aksaccess_group\" \"{alias}\" {{\n  provider = {provider}\n  display_name = \"admins\"\n  prevent_duplicate_names = true\n}}\n\
         resource \"aksaccess_user\" \"{alias}\" {{\n  provider = {provider}\n  user_principal_name = \"anna@contoso.com\"\n  display_name = \"Anna\"\n  \
         password = \"Correct-Horse-1\"\n}}\n\
         resource \"aksaccess_group_member\" \"{alias}\" {{\n  provider = {provider}\n  group_id = aksaccess_group.{alias}.id\n  member_id = aksaccess_user.{alias}.id\n}}\n\
         resource \"aksaccess_conditional_access_policy\" \"{alias}\" {{\n  provider = {provider}\n  display_name = \"mfa\"\n  state = \"enabled\"\n  \
         conditions {{\n    client_app_types = [\"all\"]\n    users {{\n      included_groups = [aksaccess_group.{alias}.id]\n    }}\n    \
         applications {{\n      included_applications = [\"AKS\"]\n    }}\n  }}\n  grant_controls {{\n    operator = \"OR\"\n    built_in_controls = [\"mfa\"]\n  }}\n}}\n"
    )
}

/// What a tenant has of it: members of the group of that name, and policies.
fn held(test_tenant: &TestTenant) -> (usize, usize, Vec<String>) {
    let groups = test_tenant.graph("GET", "/groups?$filter=displayName eq 'admins'", None);
    let groups = groups["value"].as_array().unwrap();
    let policies = test_tenant.graph("GET", "/identity/conditionalAccess/policies", None);
    let members = groups.iter().flat_map(|group| test_tenant.members(group["id"].as_str().unwrap())).collect();
    (groups.len(), policies["value"].as_array().unwrap().len(), members)
}

#[test]
fn two_tenants_are_kept_apart() {
    let (one, other) = (TestTenant::new("two_tenants_one"), TestTenant::new("two_tenants_other"));
    let providers =
        format!("provider \"aksaccess\" {{}}\nprovider \"aksaccess\" {{\n  alias = \"other\"\n  metadata_host = {:?}\n}}\n", other.host());
    let configuration = format!("{providers}{}{}", objects("one", "aksaccess"), objects("other", "aksaccess.other"));
    let workspace = one.workspace(&configuration);
    let said = workspace.apply();
    assert!(said.text.contains("8 added, 0 changed, 0 destroyed"), "{}", said.text);
    workspace.plan_is_empty();
    for (tenant, alias) in [(&one, "one"), (&other, "other")] {
        let user = workspace.state(&format!("aksaccess_user.{alias}"))["id"].as_str().unwrap().to_owned();
        assert_eq!(held(tenant), (1, 1, vec![user]), "{alias}");
    }

    // A change in one tenant is none in the other.
    let group = workspace.state("aksaccess_group.other")["id"].as_str().unwrap().to_owned();
    other.graph("PATCH", &format!("/groups/{group}"), Some(json!({ "description": "elsewhere" })));
    let planned = workspace.planned_actions();
    assert_eq!((&planned["aksaccess_group.other"], &planned["aksaccess_group.one"]), (&json!(["update"]), &json!(["no-op"])));

    // An outage of one leaves the other's objects alone.
    other.arm("100% GET /v1.0/* status=403");
    let said = workspace.run(&["plan", "-no-color"]);
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(said.text.contains("aksaccess_group.other") && !said.text.contains("with aksaccess_group.one"), "{}", said.text);
    other.control("DELETE", "faults", None);

    // Whom one provider protects, the other does not know.
    let emergency = workspace.state("aksaccess_user.one")["id"].as_str().unwrap().to_owned();
    let protecting = configuration
        .replace("provider \"aksaccess\" {}", &format!("provider \"aksaccess\" {{\n  emergency_access_principals = [{emergency:?}]\n}}"));
    workspace.write(&protecting.replace("display_name = \"mfa\"", "display_name = \"all\""));
    let said = workspace.run(&["plan", "-no-color"]);
    assert!(
        said.text.contains("which is for emergencies") && said.text.contains("with aksaccess_conditional_access_policy.one"),
        "{}",
        said.text
    );
    assert!(!said.text.contains("with aksaccess_conditional_access_policy.other"), "{}", said.text);

    workspace.write(&configuration);
    workspace.destroy();
    for tenant in [&one, &other] {
        assert_eq!(held(tenant), (0, 0, Vec::new()));
    }
}

//! Replacing what conditional access policies use: the plan says what to do, and that works.

use serde_json::{Value, json};

use crate::conditional_access::policy::policy;
use crate::test_tenant::{TestTenant, flat};

const LOCATIONS: &str = "/identity/conditionalAccess/namedLocations";
const POLICIES: &str = "/identity/conditionalAccess/policies";
const LIFECYCLE: &str = "  lifecycle {\n    create_before_destroy = true\n  }\n";

fn all(test_tenant: &TestTenant, path: &str) -> Vec<Value> {
    test_tenant.graph("GET", path, None)["value"].as_array().unwrap().clone()
}

#[test]
fn a_location_changes_its_kind_while_a_policy_names_it() {
    let ip = "  ip {\n    ip_ranges = [\"203.0.113.0/24\"]\n    trusted = true\n  }\n";
    let country = "  country { countries_and_regions = [\"NL\"] }\n";
    for (from, to, kind) in [(ip, country, "country"), (country, ip, "ip")] {
        let test_tenant = TestTenant::new(&format!("location_becomes_{kind}"));
        let written = |kind: &str, lifecycle: &str| {
            format!(
                "resource \"aksaccess_named_location\" \"it\" {{\n  display_name = \"office\"\n{kind}{lifecycle}}}\n{}",
                policy(
                    "outside",
                    "enabledForReportingButNotEnforced",
                    "users { included_users = [\"None\"] }\n applications { included_applications = [\"AKS\"] }\n \
                     locations {\n included_locations = [\"All\"]\n excluded_locations = [aksaccess_named_location.it.id]\n }",
                    "  grant_controls { built_in_controls = [\"mfa\"] }",
                )
            )
        };
        let workspace = test_tenant.workspace(&written(from, ""));
        workspace.apply();
        let before = all(&test_tenant, LOCATIONS)[0]["id"].clone();
        workspace.write(&written(to, ""));
        let said = flat(&workspace.succeeds(&["plan", "-no-color"]).text);
        let warning = "Warning: Conditional access policies use the named location \"office\", which is to be replaced";
        for words in [warning, "They are \"outside\"", "Set `create_before_destroy = true` in the `lifecycle` block"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        // Who does not heed it loses nothing.
        workspace
            .fails(&["apply", "-auto-approve", "-no-color"], &["Could not delete the named location \"office\"", "create_before_destroy"]);
        assert_eq!(all(&test_tenant, LOCATIONS)[0]["id"], before);
        workspace.write(&written(to, LIFECYCLE));
        workspace.apply();
        workspace.plan_is_empty();
        let after = all(&test_tenant, LOCATIONS);
        assert_eq!(after.len(), 1, "{after:?}");
        assert_ne!(after[0]["id"], before);
        assert_eq!(all(&test_tenant, POLICIES)[0]["conditions"]["locations"]["excludeLocations"], json!([after[0]["id"]]));
        workspace.destroy();
        assert_eq!((all(&test_tenant, LOCATIONS), all(&test_tenant, POLICIES)), (vec![], vec![]));
        // Nothing is said where no policy names it.
        let alone = |kind: &str| format!("resource \"aksaccess_named_location\" \"it\" {{\n  display_name = \"office\"\n{kind}}}\n");
        let workspace = test_tenant.workspace(&alone(from));
        workspace.apply();
        workspace.write(&alone(to));
        let said = workspace.apply();
        assert!(!said.text.contains("Conditional access policies use"), "{}", said.text);
    }
}

#[test]
fn an_authentication_context_changes_its_id_while_a_policy_protects_it() {
    let test_tenant = TestTenant::new("context_changes_id");
    let written = |id: &str, lifecycle: &str| {
        format!(
            "resource \"aksaccess_authentication_context\" \"it\" {{\n  id = {id:?}\n  display_name = \"admins\"\n{lifecycle}}}\n{}",
            policy(
                "context",
                "enabledForReportingButNotEnforced",
                "users { included_users = [\"None\"] }\n \
                 applications { included_authentication_context_class_references = [aksaccess_authentication_context.it.id] }",
                "  grant_controls { built_in_controls = [\"mfa\"] }",
            )
        )
    };
    let workspace = test_tenant.workspace(&written("c7", ""));
    workspace.apply();
    workspace.write(&written("c8", ""));
    let said = flat(&workspace.succeeds(&["plan", "-no-color"]).text);
    assert!(said.contains("Conditional access policies use the authentication context c7, which is to be replaced"), "{said}");
    workspace.write(&written("c8", LIFECYCLE));
    workspace.apply();
    workspace.plan_is_empty();
    let contexts = all(&test_tenant, "/identity/conditionalAccess/authenticationContextClassReferences");
    assert_eq!(contexts.iter().map(|context| context["id"].clone()).collect::<Vec<_>>(), [json!("c8")]);
    workspace.destroy();
}

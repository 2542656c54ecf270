//! What a run that was killed during a creation left behind is reported by the next plan, for every resource without a unique name.

use serde_json::{Value, json};

use crate::test_tenant::TestTenant;

/// A resource: its configuration, where its objects are, and a change of its content.
struct Row {
    name: &'static str,
    configuration: &'static str,
    collection: &'static str,
    content: (&'static str, &'static str),
}

const ROWS: [Row; 4] = [
    Row {
        name: "group",
        configuration: "display_name = \"same\"\n  description = \"content\"",
        collection: "/groups",
        content: ("\"content\"", "\"other content\""),
    },
    Row {
        name: "named_location",
        configuration: "display_name = \"same\"\n  ip {\n    ip_ranges = [\"203.0.113.0/24\"]\n  }",
        collection: "/identity/conditionalAccess/namedLocations",
        content: ("203.0.113.0/24", "198.51.100.0/24"),
    },
    Row {
        name: "authentication_strength_policy",
        configuration: "display_name = \"same\"\n  allowed_combinations = [\"password,voice\"]",
        collection: "/policies/authenticationStrengthPolicies",
        content: ("password,voice", "password,sms"),
    },
    Row {
        name: "conditional_access_policy",
        configuration: "display_name = \"same\"\n  state = \"disabled\"\n  conditions {\n    users { included_users = [\"None\"] }\n    \
                        applications { included_applications = [\"AKS\"] }\n  }\n  grant_controls {\n    built_in_controls = [\"mfa\"]\n  }",
        collection: "/identity/conditionalAccess/policies",
        content: ("mfa", "compliantDevice"),
    },
];

/// The objects of this name, by ID.
fn ids(test_tenant: &TestTenant, row: &Row) -> Vec<String> {
    let all = test_tenant.graph("GET", row.collection, None);
    let named = all["value"].as_array().unwrap().iter().filter(|object| object["displayName"] == "same");
    named.map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_an_interrupted_creation_left_is_reported_with_its_import() {
    for row in ROWS {
        let test_tenant = TestTenant::new(row.name);
        let file = |configuration: &str| format!("resource \"aksaccess_{}\" \"it\" {{\n  {configuration}\n}}\n", row.name);
        let warning = "An interrupted run may have created";
        // Nothing was left, and nothing is reported; neither of what is in state.
        let workspace = test_tenant.workspace(&file(row.configuration));
        assert!(!workspace.apply().text.contains(warning), "{}", row.name);
        assert!(!workspace.succeeds(&["plan"]).text.contains(warning), "{}", row.name);
        // The process was killed before it could answer: the object is there, and no state has it.
        std::fs::remove_file(workspace.path().join("terraform.tfstate")).unwrap();
        let [left] = ids(&test_tenant, &row).try_into().unwrap();
        let said = workspace.succeeds(&["plan", "-no-color"]).text;
        let import = format!("to = aksaccess_{}.NAME", row.name);
        assert!(said.contains(warning) && said.contains(&left) && said.contains(&import), "{}: {said}", row.name);
        // The advice works.
        let block = format!("import {{\n  to = aksaccess_{}.it\n  id = {left:?}\n}}\n", row.name);
        workspace.write(&format!("{block}{}", file(row.configuration)));
        let said = workspace.apply().text;
        assert!(!said.contains(warning), "{}: {said}", row.name);
        assert_eq!(ids(&test_tenant, &row), std::slice::from_ref(&left), "{}", row.name);
        // Another content, and an object that is older, are somebody else's.
        std::fs::remove_file(workspace.path().join("terraform.tfstate")).unwrap();
        workspace.write(&file(&row.configuration.replace(row.content.0, row.content.1)));
        assert!(!workspace.succeeds(&["plan"]).text.contains(warning), "{}", row.name);
        workspace.write(&file(row.configuration));
        test_tenant.advance("PT61M");
        assert!(!workspace.succeeds(&["plan"]).text.contains(warning), "{}", row.name);
        workspace.apply();
        let both = ids(&test_tenant, &row);
        assert!(both.len() == 2 && both.contains(&left), "{}: {both:?}", row.name);
        workspace.destroy();
        assert_eq!(ids(&test_tenant, &row), [left], "{}", row.name);
    }
}

/// Objects of one content within one configuration are nobody's leftovers.
#[test]
fn a_second_object_of_the_same_content_is_not_reported_while_the_first_is_in_state() {
    let test_tenant = TestTenant::new("second_of_same_content");
    let file = |count: usize| format!("resource \"aksaccess_group\" \"it\" {{\n  count = {count}\n  display_name = \"same\"\n}}\n");
    let workspace = test_tenant.workspace(&file(1));
    workspace.apply();
    workspace.write(&file(3));
    let said = workspace.apply().text;
    assert!(!said.contains("An interrupted run"), "{said}");
    assert_eq!(test_tenant.requests()["GET /v1.0/groups"], json!(2), "one listing for each plan that creates");
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], Value::Array(Vec::new()));
}

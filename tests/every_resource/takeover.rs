//! After a `moved` block or an import the first plan changes nothing that the configuration does not ask for: whatever a service answers where nothing was set, and
//! also for values in another provider's state that no service returns.

use std::collections::BTreeSet;

use aksaccess_provider::Aksaccess;
use framework::Provider;
use framework::schema::{Object, Shape};
use framework::value::Type;
use serde_json::{Value, json};

use crate::every_resource::moved;
use crate::test_tenant::TestTenant;

/// The optional texts of an object, as services spell their names.
fn optional_texts(object: &Object, found: &mut BTreeSet<String>) {
    for attribute in &object.attributes {
        match &attribute.shape {
            Shape::Nested(_, inner) => optional_texts(inner, found),
            Shape::Plain(Type::String) if attribute.optional && !attribute.required => {
                found.insert(camel(&attribute.name));
            }
            Shape::Plain(_) => {}
        }
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn imports(stored: &std::collections::BTreeMap<String, Value>) -> String {
    stored.iter().map(|(address, it)| format!("import {{\n  to = {address}\n  id = {}\n}}\n", it["id"])).collect()
}

#[test]
fn nothing_is_no_difference_however_a_service_writes_it() {
    let test_tenant = TestTenant::new("nothing_however_it_is_written");
    // What no service returns cannot be imported.
    let untold =
        ["  password            = \"Correct-Horse-1\"\n", "  force_password_change = true\n", "  prevent_duplicate_names = true\n"];
    let configuration = untold.iter().fold(moved::configuration(&test_tenant), |configuration, line| {
        assert!(configuration.contains(line), "{line}");
        configuration.replace(line, "")
    });
    let workspace = test_tenant.workspace(&configuration);
    workspace.apply();
    let stored = moved::stored(&moved::state(&workspace));
    let mut names = BTreeSet::new();
    Aksaccess::resources().iter().for_each(|entry| optional_texts(&entry.object, &mut names));
    let names: Vec<String> = names.into_iter().collect();
    for how in ["empty", "absent", "null"] {
        if how != "null" {
            test_tenant.arm(&format!(
                "100% GET * {how}={0}; 100% POST /v1.0/$batch {how}={0}; 100% POST /v1.0/directoryObjects/getByIds {how}={0}",
                names.join(",")
            ));
        }
        if how == "empty" {
            let user = stored["aksaccess_user.anna"]["id"].as_str().unwrap();
            assert_eq!(test_tenant.graph("GET", &format!("/users/{user}?$select=faxNumber"), None)["faxNumber"], json!(""));
            let assignment = stored["aksaccess_role_assignment.readers"]["id"].as_str().unwrap();
            assert_eq!(test_tenant.arm_api("GET", assignment, "2022-04-01", None)["properties"]["description"], json!(""));
        }
        let planned = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
        assert_eq!(planned.code, 0, "{how}: {}", planned.text);
        let imported = test_tenant.workspace(&format!("{configuration}{}", imports(&stored)));
        let planned = imported.succeeds(&["plan", "-no-color"]);
        assert!(planned.text.contains("15 to import, 0 to add, 0 to change, 0 to destroy"), "{how}: {}", planned.text);
        test_tenant.control("DELETE", "faults", None);
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
}

#[test]
fn what_the_service_forgets_is_kept_from_the_other_provider() {
    let test_tenant = TestTenant::new("what_the_service_forgets");
    let configuration = moved::configuration(&test_tenant).replace("P30D", "P90D").replace("P10D", "P80D");
    let mut workspace = test_tenant.workspace(&configuration);
    moved::with_others(&mut workspace);
    workspace.apply();
    let theirs = moved::foreign(moved::state(&workspace));
    // The requests that held justification and duration are gone.
    test_tenant.advance("P60D");
    std::fs::write(workspace.path().join("terraform.tfstate"), theirs.to_string()).unwrap();
    workspace.write(&format!("{configuration}\n{}", moved::moves()));
    let planned = workspace.succeeds(&["plan", "-no-color"]);
    assert!(planned.text.contains("0 to add, 0 to change, 0 to destroy"), "{}", planned.text);
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
}

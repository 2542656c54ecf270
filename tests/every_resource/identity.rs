//! The identity of every resource, as Terraform 1.12 and newer store it: there after a create, a plain refresh and an update, never unknown, and the same for the
//! whole life of the object.

use framework::identity::{attributes, lint_identity};
use serde_json::{Value, json};

use crate::project::documentation::example;
use crate::terraform_command::newer_terraform;
use crate::test_tenant::{TestTenant, Workspace};

#[test]
fn every_resource_declares_an_identity() {
    let table = aksaccess_provider::resources::table();
    let found: Vec<String> = table.iter().flat_map(|entry| lint_identity(entry.name, &entry.object)).collect();
    assert_eq!(found, Vec::<String>::new());
    let data_sources = aksaccess_provider::data_sources::table();
    for entry in &data_sources {
        assert_eq!(attributes(&entry.object).count(), 0, "{}", entry.name);
    }
}

/// The identity of each managed resource of the provider, by its address.
pub(super) fn identities(workspace: &Workspace<'_>) -> Vec<(String, String, Value)> {
    let state = workspace.json(&["show", "-json"]);
    let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let managed = resources.into_iter().filter(|resource| resource["mode"] == "managed");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    managed.map(|resource| (text(&resource["address"]), text(&resource["type"]), resource["identity"].clone())).collect()
}

pub fn is_stored(folder: &str, name: &str) {
    let Some(newer) = newer_terraform(&format!("the identity of {name}")) else { return };
    let test_tenant = TestTenant::new(&format!("identity_of_{name}"));
    let mut workspace = example(&test_tenant, &format!("examples/{folder}/aksaccess_{name}"));
    workspace.use_terraform(newer);
    // Terraform cannot show a plan with an unknown identity; its exit code is 0 all the same.
    let planned = workspace.succeeds(&["plan", "-no-color", "-out=plan"]);
    assert!(planned.text.contains(" to add, 0 to change, 0 to destroy."), "{}", planned.text);
    workspace.succeeds(&["show", "-json", "plan"]);
    workspace.apply();
    let stored = identities(&workspace);
    let table = aksaccess_provider::resources::table();
    for (address, type_name, identity) in &stored {
        let entry = table.iter().find(|entry| type_name.trim_start_matches("aksaccess_") == entry.name).unwrap();
        let object = identity.as_object().unwrap_or_else(|| panic!("{address} has no identity"));
        let mut names: Vec<&str> = attributes(&entry.object).map(|attribute| attribute.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(object.keys().collect::<Vec<_>>(), names, "{address}");
        assert!(object.values().all(|part| part.as_str().is_some_and(|part| !part.is_empty())), "{address}: {identity}");
    }
    assert!(stored.iter().any(|(_, type_name, _)| type_name.trim_start_matches("aksaccess_") == name));
    workspace.plan_is_empty();
    workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
    assert_eq!(identities(&workspace), stored);
    test_tenant.advance("PT6M");
    workspace.destroy();
}

crate::rows::for_each_row!(crate::every_resource::identity::is_stored, resources);

#[test]
fn the_identity_survives_what_happens_to_an_object() {
    let Some(newer) = newer_terraform("the_identity_survives_what_happens_to_an_object") else { return };
    let test_tenant = TestTenant::new("the_identity_survives_what_happens_to_an_object");
    let group = |name: &str, more: &str| {
        format!(
            "resource \"aksaccess_group\" \"g\" {{\n  display_name = {name}\n  mail_nickname = \"g\"\n  security_enabled = true\n{more}}}\n"
        )
    };
    let mut workspace = test_tenant.workspace(&group("\"a\"", ""));
    // A state of a Terraform that knows no identity is completed by a plain apply.
    workspace.apply();
    let address = "aksaccess_group.g";
    let id = workspace.state(address)["id"].clone();
    workspace.use_terraform(newer);
    workspace.plan_is_empty();
    workspace.apply();
    let identity = workspace.identity(address);
    assert_eq!(identity, json!({ "id": id }));
    // An update.
    workspace.write(&group("\"b\"", ""));
    workspace.apply();
    assert_eq!(workspace.identity(address), identity);
    // A change that calls no provider.
    workspace.write(&group("sensitive(\"b\")", ""));
    workspace.apply();
    assert_eq!(workspace.identity(address), identity);
    // An update without a refresh, which fails.
    test_tenant.arm("1 PATCH /v1.0/groups/{id} status=403");
    workspace.write(&group("\"c\"", ""));
    workspace.fails(&["apply", "-auto-approve", "-refresh=false", "-no-color"], &["Could not"]);
    assert_eq!(workspace.identity(address), identity);
    // A deletion that fails.
    test_tenant.arm("1 DELETE /v1.0/groups/{id} status=403");
    workspace.fails(&["destroy", "-auto-approve", "-no-color"], &["Could not"]);
    assert_eq!(workspace.identity(address), identity);
    // Another object has another identity.
    workspace.succeeds(&["taint", address]);
    workspace.apply();
    let other = workspace.identity(address);
    assert!(other != identity && other["id"] == workspace.state(address)["id"], "{other}");
    workspace.destroy();
}

#[test]
fn an_import_by_an_incomplete_identity_is_refused() {
    let Some(newer) = newer_terraform("an_import_by_an_incomplete_identity_is_refused") else { return };
    let test_tenant = TestTenant::new("an_import_by_an_incomplete_identity_is_refused");
    let table = aksaccess_provider::resources::table();
    for entry in &table {
        let names: Vec<&str> = attributes(&entry.object).map(|attribute| attribute.name.as_str()).collect();
        let parts: String = names.iter().map(|name| format!("    {name} = null\n")).collect();
        let type_name = format!("aksaccess_{}", entry.name);
        let mut workspace = test_tenant.workspace(&format!("import {{\n  to = {type_name}.x\n  identity = {{\n{parts}  }}\n}}\n"));
        workspace.use_terraform(newer);
        let lacks = format!("The identity of {type_name} lacks `{}`", names[0]);
        workspace.fails(&["plan", "-no-color", "-generate-config-out=generated.tf"], &[&lacks]);
    }
}

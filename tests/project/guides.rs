//! The guides: their tables say what the schema says, and their examples work.

use std::collections::BTreeSet;
use std::path::Path;

use aksaccess_provider::Aksaccess;
use framework::Provider;
use framework::schema::{Object, Shape};
use serde_json::{Map, Value, json};

use crate::every_resource::hostile_schema::base;
use crate::every_resource::moved::{foreign, state, with_others};
use crate::test_tenant::{TestTenant, Workspace};

const COMING_FROM: &str = "docs/guides/coming-from-azuread-and-azurerm.md";
const MODULES: &str = "docs/guides/optional-settings-in-modules.md";
const EXAMPLE: &str = "examples/optional-settings-in-modules";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One row of a table of names: the other provider's argument, ours, and what is to be said.
struct Row {
    theirs: Vec<String>,
    ours: Vec<String>,
}

/// The other provider's types, our type, and the rows.
struct Section {
    from: Vec<String>,
    to: String,
    rows: Vec<Row>,
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The sections of the guide: a heading with their types and ours, and a table.
fn sections() -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    for line in read(COMING_FROM).lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            let mut types = quoted(heading);
            if let Some(to) = types.pop() {
                found.push(Section { from: types, to, rows: Vec::new() });
            }
        } else if let (Some(section), Some(cells)) = (found.last_mut(), line.strip_prefix("| `")) {
            let cells = format!("| `{cells}");
            let columns: Vec<&str> = cells.split('|').map(str::trim).collect();
            section.rows.push(Row { theirs: quoted(columns[1]), ours: quoted(columns[2]) });
        }
    }
    found
}

fn object_of(type_name: &str) -> Object {
    let entry = aksaccess_provider::resources::table().into_iter().find(|entry| format!("aksaccess_{}", entry.name) == type_name);
    entry.unwrap_or_else(|| panic!("there is no {type_name}")).object
}

/// How many names of a dotted way the schema has.
fn known(object: &Object, way: &[&str]) -> usize {
    let Some((first, rest)) = way.split_first() else { return 0 };
    match object.attribute(first).map(|attribute| &attribute.shape) {
        Some(Shape::Nested(_, inner)) => 1 + known(inner, rest),
        Some(Shape::Plain(_)) => 1,
        None => 0,
    }
}

#[test]
fn every_resource_that_can_be_moved_is_in_the_guide_with_names_that_there_are() {
    let sections = sections();
    let moves: BTreeSet<(&str, &str)> =
        sections.iter().flat_map(|section| section.from.iter().map(|from| (from.as_str(), section.to.as_str()))).collect();
    for entry in Aksaccess::resources() {
        for (_, from) in &entry.moved_from {
            assert!(moves.contains(&(*from, format!("aksaccess_{}", entry.name).as_str())), "{from} to {}", entry.name);
        }
    }
    for section in &sections {
        assert!(!section.rows.is_empty(), "{} has no table", section.to);
        for name in section.rows.iter().flat_map(|row| &row.ours) {
            // A name of another resource begins with its type.
            let (type_name, path) = match name.split_once('.') {
                Some((first, rest)) if first.starts_with("aksaccess_") => (first, rest),
                _ => (section.to.as_str(), name.as_str()),
            };
            let way: Vec<&str> = path.split('.').collect();
            assert_eq!(known(&object_of(type_name), &way), way.len(), "{type_name} has no {path}");
        }
    }
}

/// Puts a value where the way leads, keeping what is beside it.
fn put(object: &mut Map<String, Value>, way: &[&str]) {
    let [first, rest @ ..] = way else { return };
    if rest.is_empty() {
        object.insert((*first).to_owned(), json!("x"));
        return;
    }
    let inner = object.entry((*first).to_owned()).or_insert_with(|| json!({}));
    if !inner.is_object() {
        *inner = json!({});
    }
    put(inner.as_object_mut().unwrap(), rest);
}

#[test]
fn a_name_that_only_the_other_provider_has_is_refused() {
    let test_tenant = TestTenant::new("names_of_other_providers");
    let workspace = test_tenant.workspace("");
    let mut expected = std::collections::BTreeMap::new();
    for section in sections() {
        let object = object_of(&section.to);
        for theirs in section.rows.iter().flat_map(|row| &row.theirs) {
            let way: Vec<&str> = theirs.split('.').collect();
            let known = known(&object, &way);
            // The first name that is not ours is what Terraform refuses.
            let Some(unknown) = way.get(known) else { continue };
            let file = format!("c{}.tf.json", expected.len());
            let name = section.to.trim_start_matches("aksaccess_");
            let mut configured = base("resource", name).as_object().unwrap().clone();
            put(&mut configured, &way[..=known]);
            workspace.file(&file, &json!({ "resource": { &section.to: { format!("c{}", expected.len()): configured } } }).to_string());
            expected.insert(file, (format!("{}.{theirs}", section.to), format!("{unknown:?}")));
        }
    }
    assert!(expected.len() > 30, "{}", expected.len());
    let output = workspace.command(&["validate", "-json"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    for one in said["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error") {
        let (file, detail) = (one["range"]["filename"].as_str().unwrap_or_default(), one["detail"].as_str().unwrap_or_default());
        if expected.get(file).is_some_and(|(_, name)| detail.contains(name)) {
            expected.remove(file);
        }
    }
    assert!(expected.is_empty(), "not refused: {:?}", expected.values());
}

/// The blocks of code of the guide that begin with this comment.
fn code(begin: &str) -> String {
    let text = read(COMING_FROM);
    let found = text.split("```terraform\n").skip(1).filter_map(|rest| rest.split("```").next()).find(|code| code.starts_with(begin));
    found.unwrap_or_else(|| panic!("no example begins with {begin:?}")).to_owned()
}

#[test]
fn both_ways_of_the_guide_work() {
    let test_tenant = TestTenant::new("there_and_back");
    let ours = code("# Here");
    let resource = ours.split("moved {").next().unwrap().to_owned();
    let mut workspace = test_tenant.workspace(&resource);
    with_others(&mut workspace);
    workspace.apply();
    let id = state(&workspace)["resources"][0]["instances"][0]["attributes"]["id"].as_str().unwrap().to_owned();
    workspace.file("terraform.tfstate", &foreign(state(&workspace)).to_string());
    // To us: nothing is changed.
    workspace.write(&ours);
    assert_eq!(workspace.planned_actions()["aksaccess_group.admins"], json!(["no-op"]));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.writes(), 0);
    // And back: the group stays, and is no longer in state.
    workspace.write(&code("# Back"));
    let applied = workspace.apply();
    assert!(applied.text.contains("0 destroyed"), "{}", applied.text);
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    assert_eq!(test_tenant.graph("GET", &format!("/groups/{id}"), None)["displayName"], "admins");
    assert_eq!(test_tenant.writes(), 0);
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_guide_shows_the_modules_that_are_tested() {
    let guide = read(MODULES);
    for file in ["main.tf", "modules/policy/main.tf", "modules/eligibility/main.tf"] {
        assert!(guide.contains(read(&format!("{EXAMPLE}/{file}")).trim_end()), "{file}");
    }
}

fn policies(workspace: &Workspace<'_>, module: &str) -> Value {
    let shown = workspace.json(&["show", "-json"]);
    let modules = shown["values"]["root_module"]["child_modules"].as_array().unwrap();
    let found = modules.iter().find(|one| one["address"] == format!("module.{module}")).unwrap();
    found["resources"][0]["values"].clone()
}

#[test]
fn modules_pass_optional_settings() {
    let test_tenant = TestTenant::new("modules_with_optional_settings");
    let workspace = test_tenant.workspace("");
    std::fs::remove_file(workspace.path().join("main.tf")).unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE), workspace.path());
    workspace.file("provider.tf", "terraform {\n  required_providers {\n    aksaccess = { source = \"aksaccess/aksaccess\" }\n  }\n}\n");
    workspace.succeeds(&["get"]);
    workspace.apply();
    workspace.plan_is_empty();
    let (set, unset) = (policies(&workspace, "admins_policy"), policies(&workspace, "operators_policy"));
    assert_eq!((&set["activation"]["maximum_duration"], &set["activation"]["require_approval"]), (&json!("PT4H"), &json!(true)));
    // What a new group's policy has.
    assert_eq!((&unset["activation"]["maximum_duration"], &unset["activation"]["require_approval"]), (&json!("PT8H"), &json!(false)));
    assert_eq!(policies(&workspace, "operators_become_admins")["ticket"], json!({ "number": "CHG-1042", "system": "Service desk" }));
    assert_eq!(policies(&workspace, "approvers_become_operators")["ticket"], Value::Null);
    // What a caller takes away goes back to the default, and is no longer configured.
    let main = read(&format!("{EXAMPLE}/main.tf"));
    let without = main.replace("    maximum_duration   = \"PT4H\"\n", "");
    assert_ne!(main, without);
    workspace.file("main.tf", &without);
    workspace.apply();
    workspace.plan_is_empty();
    let now = policies(&workspace, "admins_policy");
    assert_eq!((&now["activation"]["maximum_duration"], &now["activation"]["require_approval"]), (&json!("PT8H"), &json!(true)));
    // Privileged Identity Management removes nothing within five minutes of making it.
    test_tenant.advance("PT6M");
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]));
}

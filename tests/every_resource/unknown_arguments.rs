//! An argument that there is not, at every level of every resource, data source and ephemeral resource and of the provider block, by the schema: Terraform
//! must refuse each. Of nested attributes it drops such arguments, which is why configuration is nested in blocks (docs/decisions/0047-nested-configuration-in-blocks.md).

use std::collections::BTreeMap;

use aksaccess_provider::Aksaccess;
use framework::schema::{Object, Shape};
use framework::{Model, Provider};
use serde_json::{Map, Value, json};

use crate::every_resource::hostile_schema::base;
use crate::test_tenant::{TestTenant, Workspace};

/// The argument.
const UNKNOWN: &str = "no_such_argument";

/// The ways to the object itself and to each block inside of it.
fn levels(object: &Object, way: &[String], found: &mut Vec<Vec<String>>) {
    found.push(way.to_vec());
    for attribute in object.attributes.iter().filter(|attribute| attribute.block.is_some()) {
        let Shape::Nested(_, inner) = &attribute.shape else { continue };
        levels(inner, &[way, std::slice::from_ref(&attribute.name)].concat(), found);
    }
}

/// Puts the argument where the way leads, keeping what is there beside it.
fn put(object: &mut Map<String, Value>, way: &[String]) {
    let Some((first, rest)) = way.split_first() else {
        object.insert(UNKNOWN.to_owned(), json!("x"));
        return;
    };
    let inner = object.entry(first.clone()).or_insert_with(|| json!({}));
    if !inner.is_object() {
        *inner = json!({});
    }
    put(inner.as_object_mut().unwrap(), rest);
}

/// The files about which Terraform says that they have the argument.
fn refused(workspace: &Workspace<'_>) -> Vec<String> {
    let output = workspace.command(&["validate", "-json"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = said["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error");
    let about = errors.filter(|one| one["detail"].as_str().is_some_and(|detail| detail.contains(UNKNOWN)));
    about.filter_map(|one| one["range"]["filename"].as_str()).map(str::to_owned).collect()
}

#[test]
fn an_argument_that_there_is_not_is_refused_at_every_level() {
    let test_tenant = TestTenant::new("arguments_that_there_are_not");
    let workspace = test_tenant.workspace("");
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| ("resource", entry.name, entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| ("data", entry.name, entry.object));
    let ephemeral = aksaccess_provider::ephemeral::table().into_iter().map(|entry| ("ephemeral", entry.name, entry.object));
    let mut places = BTreeMap::new();
    for (kind, name, object) in resources.chain(data_sources).chain(ephemeral) {
        let mut ways = Vec::new();
        levels(&object, &[], &mut ways);
        assert!(ways.len() > 1, "{kind} {name} has no timeouts");
        for way in ways {
            let mut configured = base(kind, name).as_object().unwrap().clone();
            put(&mut configured, &way);
            let file = format!("c{}.tf.json", places.len());
            workspace
                .file(&file, &json!({ kind: { format!("aksaccess_{name}"): { format!("c{}", places.len()): configured } } }).to_string());
            places.insert(file, format!("{kind} {name} {}", way.join(".")));
        }
    }
    for file in refused(&workspace) {
        places.remove(&file);
    }
    assert!(places.is_empty(), "not refused: {:?}", places.values());
}

#[test]
fn an_argument_that_there_is_not_is_refused_in_the_provider_block() {
    let test_tenant = TestTenant::new("arguments_of_the_provider_that_there_are_not");
    let mut ways = Vec::new();
    levels(&<Aksaccess as Provider>::Config::object(), &[], &mut ways);
    for way in ways {
        let workspace = test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"it\"\n}\n");
        let mut configured = Map::new();
        put(&mut configured, &way);
        workspace.file("provider.tf.json", &json!({ "provider": { "aksaccess": configured } }).to_string());
        assert_eq!(refused(&workspace), ["provider.tf.json"], "{way:?}");
    }
}

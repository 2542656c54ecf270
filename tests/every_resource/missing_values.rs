//! A value that is missing by mistake is an error, by the schema: every required attribute of every resource, data source and ephemeral resource, nested ones
//! included, as a null that is written, one that a variable holds, and one that is known only in the apply. And nothing is asked of a service for it.

use std::collections::BTreeSet;

use framework::schema::{Attribute, Nesting, Object, Shape};
use serde_json::{Map, Value, json};

use crate::every_resource::hostile_schema::{ID, base};
use crate::test_tenant::{TestTenant, Workspace};

/// A required attribute, and the configuration in which it is null.
struct Case {
    kind: &'static str,
    of: String,
    /// The attribute, as errors write it.
    place: String,
    configured: Value,
}

/// The required attributes that a configuration gives, with the way to each.
fn required<'a>(object: &'a Object, way: &[&'a Attribute], found: &mut Vec<Vec<&'a Attribute>>) {
    for attribute in object.attributes.iter().filter(|attribute| attribute.required || attribute.optional) {
        let way = [way, &[attribute]].concat();
        if let Shape::Nested(_, inside) = &attribute.shape {
            required(inside, &way, found);
        }
        // A block cannot be given as a null.
        if attribute.required && attribute.block.is_none() {
            found.push(way);
        }
    }
}

/// The required blocks, with the way to each.
fn required_blocks(object: &Object, way: &[String], found: &mut Vec<Vec<String>>) {
    for attribute in object.attributes.iter().filter(|attribute| attribute.block.is_some()) {
        let way = [way, std::slice::from_ref(&attribute.name)].concat();
        if let Shape::Nested(_, inside) = &attribute.shape {
            required_blocks(inside, &way, found);
        }
        if attribute.required {
            found.push(way);
        }
    }
}

/// Takes the block away to which the way leads, or has a `dynamic` block make none of it.
fn without_block(object: &mut Map<String, Value>, way: &[String], by_dynamic: bool) {
    let (first, rest) = way.split_first().unwrap();
    if rest.is_empty() {
        let content = object.remove(first).unwrap_or_else(|| json!({}));
        if by_dynamic {
            object.insert("dynamic".to_owned(), json!({ first: { "for_each": [], "content": content } }));
        }
        return;
    }
    let inside = object.entry(first.clone()).or_insert_with(|| json!({}));
    without_block(inside.as_object_mut().unwrap(), rest, by_dynamic);
}

/// Texts of which one passes the checks of any required attribute.
const TEXTS: [&str; 6] = ["x", "include", "b2bCollaborationGuest", "DE", "203.0.113.0/24", "all"];

/// Something that a required attribute can be.
fn anything(attribute: &Attribute) -> Value {
    use framework::value::Type;
    let passes = |text: &&&str| attribute.checks.iter().all(|check| check.whole || check.refusal(&(**text).into()).is_none());
    let text = TEXTS.iter().find(passes).unwrap_or_else(|| panic!("say here what {} can be", attribute.name));
    match &attribute.shape {
        Shape::Plain(Type::Bool) => json!(true),
        Shape::Plain(Type::Number) => json!(1),
        Shape::Plain(Type::List(_) | Type::Set(_)) => json!([text]),
        Shape::Plain(Type::Map(_)) => json!({ "x": "x" }),
        Shape::Plain(_) => json!(text),
        Shape::Nested(nesting, inside) => within(*nesting, whole(inside, Map::new())),
    }
}

/// An object in which everything required is given.
fn whole(object: &Object, mut given: Map<String, Value>) -> Value {
    for attribute in object.attributes.iter().filter(|attribute| attribute.required) {
        given.entry(attribute.name.clone()).or_insert_with(|| anything(attribute));
    }
    Value::Object(given)
}

fn within(nesting: Nesting, object: Value) -> Value {
    match nesting {
        Nesting::Single => object,
        Nesting::List => json!([object]),
        Nesting::Map => json!({ "x": object }),
    }
}

/// Puts an expression where the way leads, keeping what is there beside it; returns the place as errors write it.
fn put(object: &mut Map<String, Value>, way: &[&Attribute], expression: &str) -> String {
    let [first, rest @ ..] = way else { return String::new() };
    if rest.is_empty() {
        object.insert(first.name.clone(), json!(expression));
        return first.name.clone();
    }
    let Shape::Nested(nesting, of) = &first.shape else { panic!("{} has no attributes", first.name) };
    let inside = match object.get(&first.name) {
        Some(Value::Object(inside)) if *nesting == Nesting::Single => inside.clone(),
        _ => Map::new(),
    };
    let Value::Object(mut inside) = whole(of, inside) else { panic!("an object") };
    let place = put(&mut inside, rest, expression);
    object.insert(first.name.clone(), within(*nesting, Value::Object(inside)));
    let step = match nesting {
        Nesting::Single => "",
        Nesting::List => "[0]",
        Nesting::Map => "[\"x\"]",
    };
    format!("{}{step}.{place}", first.name)
}

fn cases(kind: &'static str, expression: &str) -> Vec<Case> {
    let objects: Vec<(&str, Object)> = match kind {
        "resource" => aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name, entry.object)).collect(),
        "data" => aksaccess_provider::data_sources::table().into_iter().map(|entry| (entry.name, entry.object)).collect(),
        _ => aksaccess_provider::ephemeral::table().into_iter().map(|entry| (entry.name, entry.object)).collect(),
    };
    let mut all = Vec::new();
    for (name, object) in &objects {
        let mut ways = Vec::new();
        required(object, &[], &mut ways);
        for way in ways {
            let mut configured = base(kind, name).as_object().unwrap().clone();
            if way[0].name == "country" {
                // A named location is of one kind.
                configured.remove("ip");
            }
            let place = put(&mut configured, &way, expression);
            all.push(Case { kind, of: (*name).to_owned(), place, configured: Value::Object(configured) });
        }
    }
    assert!(!all.is_empty(), "{kind}");
    all
}

/// The files, by name, about which Terraform's errors say that a required argument is null, with the places that they name.
fn refused(workspace: &Workspace<'_>, arguments: &[&str]) -> BTreeSet<(String, String)> {
    let output = workspace.command(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut found = BTreeSet::new();
    for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let document = document.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
        let listed = document["diagnostics"].as_array().cloned().unwrap_or_default();
        for one in listed.iter().chain(document.get("diagnostic")).filter(|one| one["summary"] == "Missing required argument") {
            let file = one["range"]["filename"].as_str().unwrap_or_default().to_owned();
            let place = one["detail"].as_str().unwrap_or_default().split('`').nth(1).unwrap_or_default().to_owned();
            found.insert((file, place));
        }
    }
    found
}

/// Writes each case into a file of its own, and holds what Terraform says against them.
fn each_is_refused(test: &str, kind: &'static str, expression: &str, more: &Value, arguments: &[&str]) {
    let test_tenant = TestTenant::new(test);
    let workspace = test_tenant.workspace("");
    let all = cases(kind, expression);
    // What is referred to exists, and each case has a group and a user of its own, so that plans get as far as the apply.
    let (users, unit) = (test_tenant.users(all.len()), test_tenant.unit());
    for (at, (case, user)) in all.iter().zip(&users).enumerate() {
        let group = test_tenant.group(json!({ "displayName": format!("x{at}") }));
        let configured = json!({ case.kind: { format!("aksaccess_{}", case.of): { format!("c{at}"): case.configured } } });
        let named = |text: String, name: &str, id: &str| text.replace(&format!("{name:?}:{ID:?}"), &format!("{name:?}:{id:?}"));
        let text = named(named(configured.to_string(), "group_id", &group), "administrative_unit_id", &unit).replace(ID, user);
        workspace.file(&format!("c{at}.tf.json"), &text);
    }
    workspace.file("more.tf.json", &more.to_string());
    test_tenant.forget_requests();
    let said = refused(&workspace, arguments);
    let missed: Vec<String> = all
        .iter()
        .enumerate()
        // In a plan Terraform does not say where an ephemeral resource stands.
        .filter(|(at, case)| ![format!("c{at}.tf.json"), String::new()].into_iter().any(|file| said.contains(&(file, case.place.clone()))))
        .map(|(_, case)| format!("{}.{}", case.of, case.place))
        .collect();
    assert_eq!(missed, Vec::<String>::new(), "{said:?}");
    assert_eq!(test_tenant.writes(), 0, "nothing is written");
    if arguments[0] != "apply" {
        assert_eq!((test_tenant.requests(), test_tenant.arm_requests()), (json!({}), json!({})), "nothing is asked of a service");
    }
}

/// Terraform itself looks at blocks, and names them.
#[test]
fn a_required_block_that_is_not_there_is_refused() {
    let test_tenant = TestTenant::new("missing_blocks");
    let workspace = test_tenant.workspace("");
    let mut expected = BTreeSet::new();
    for entry in aksaccess_provider::resources::table() {
        let mut ways = Vec::new();
        required_blocks(&entry.object, &[], &mut ways);
        for (way, by_dynamic) in ways.iter().flat_map(|way| [(way, false), (way, true)]) {
            let mut configured = base("resource", entry.name).as_object().unwrap().clone();
            without_block(&mut configured, way, by_dynamic);
            let file = format!("c{}.tf.json", expected.len());
            let name = format!("c{}", expected.len());
            workspace.file(&file, &json!({ "resource": { format!("aksaccess_{}", entry.name): { name: configured } } }).to_string());
            expected.insert((file, way.last().unwrap().clone()));
        }
    }
    assert!(expected.len() >= 4, "{expected:?}");
    for arguments in [&["validate", "-json"][..], &["plan", "-json", "-input=false"]] {
        let output = workspace.command(arguments).output().unwrap();
        let mut said = String::from_utf8(output.stdout).unwrap();
        said.push_str(&String::from_utf8(output.stderr).unwrap());
        let mut documents = serde_json::Deserializer::from_str(&said).into_iter::<Value>().map_while(Result::ok);
        let all: Vec<Value> = documents
            .by_ref()
            .flat_map(|one| one["diagnostics"].as_array().cloned().unwrap_or_else(|| vec![one["diagnostic"].clone()]))
            .collect();
        let missed: Vec<_> = expected
            .iter()
            .filter(|(file, block)| {
                !all.iter()
                    .any(|one| one["range"]["filename"] == *file && one["severity"] == "error" && one.to_string().contains(block.as_str()))
            })
            .collect();
        assert!(missed.is_empty(), "{arguments:?}: {missed:?}: {said}");
    }
    assert_eq!(test_tenant.writes(), 0);
}

const KINDS: [&str; 3] = ["resource", "data", "ephemeral"];

#[test]
fn a_null_that_is_written_is_refused() {
    for kind in KINDS {
        each_is_refused(&format!("missing_written_{kind}"), kind, "${null}", &json!({}), &["validate", "-json"]);
    }
}

#[test]
fn a_null_that_a_variable_holds_is_refused() {
    let variable = json!({ "variable": { "none": { "default": null } } });
    for kind in KINDS {
        each_is_refused(&format!("missing_variable_{kind}"), kind, "${var.none}", &variable, &["plan", "-json", "-input=false"]);
    }
}

#[test]
fn a_null_that_is_known_only_in_the_apply_is_refused() {
    let late = json!({ "resource": { "terraform_data": { "late": {} } } });
    // Of no type until it is known, so that it fits every attribute.
    let expression = "${jsondecode(terraform_data.late.id == \"\" ? \"1\" : \"null\")}";
    for kind in ["resource", "data"] {
        each_is_refused(&format!("missing_late_{kind}"), kind, expression, &late, &["apply", "-auto-approve", "-json", "-input=false"]);
    }
}

//! An empty text, by the schema: every optional text of every resource, data source and ephemeral resource, nested ones included, means that nothing is set, or is
//! refused with advice to use null. Where empty is a value of its own, the attribute says so.

use std::collections::{BTreeMap, BTreeSet};

use framework::schema::{Attribute, Object, Shape};
use framework::value::Type;
use serde_json::{Map, Value, json};

use crate::every_resource::deleted_references::own_cluster;
use crate::every_resource::hostile_schema::{base, companions, put};
use crate::test_tenant::{TestTenant, Workspace};

/// Attributes whose empty text is a value of the service.
const EMPTY_IS_A_VALUE: [&str; 2] =
    ["pim_group_policy.activation.authentication_context", "pim_role_policy.activation.authentication_context"];

/// What the service's own policy asks for, whatever Terraform sends.
const ASKED_FOR_BY_POLICY: [&str; 2] = ["pim_group_assignment.justification", "pim_role_assignment.justification"];

struct Case {
    place: String,
    of: &'static str,
    empty: Map<String, Value>,
    unset: Map<String, Value>,
}

/// The ways to optional texts.
fn optional_texts<'a>(object: &'a Object, way: &[&'a Attribute], found: &mut Vec<Vec<&'a Attribute>>) {
    for attribute in object.attributes.iter().filter(|attribute| attribute.required || attribute.optional) {
        let way = [way, &[attribute]].concat();
        match &attribute.shape {
            Shape::Plain(Type::String) if attribute.optional => found.push(way),
            Shape::Plain(_) => {}
            Shape::Nested(_, inside) => optional_texts(inside, &way, found),
        }
    }
}

/// The same configuration with a null in the place of the text.
fn unset(value: &Value, way: &[&Attribute]) -> Value {
    let [first, rest @ ..] = way else { return Value::Null };
    match value {
        Value::Object(entries) => {
            let mut entries = entries.clone();
            if let Some(inside) = entries.get(&first.name) {
                let inside = if rest.is_empty() { Value::Null } else { unset(inside, rest) };
                entries.insert(first.name.clone(), inside);
            }
            Value::Object(entries)
        }
        other => other.clone(),
    }
}

fn cases(kind: &str, table: Vec<(&'static str, Object)>) -> Vec<Case> {
    let mut all = Vec::new();
    for (name, object) in &table {
        let mut ways = Vec::new();
        optional_texts(object, &[], &mut ways);
        for way in ways {
            let place = format!("{name}.{}", way.iter().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>().join("."));
            let declared = way.last().unwrap();
            assert_eq!(declared.empty_is_value, EMPTY_IS_A_VALUE.contains(&place.as_str()), "{place}");
            if declared.empty_is_value {
                continue;
            }
            let mut empty = base(kind, name).as_object().unwrap().clone();
            empty.extend(companions(&place).as_object().unwrap().clone());
            put(&mut empty, &way, "");
            let Value::Object(unset) = unset(&json!(empty), &way) else { panic!("an object") };
            all.push(Case { place, of: name, empty, unset });
        }
    }
    assert!(!all.is_empty());
    all
}

fn resources() -> Vec<Case> {
    cases("resource", aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name, entry.object)).collect())
}

/// What Terraform's errors say, by the place that they are about.
fn errors(workspace: &Workspace<'_>, arguments: &[&str], cases: &[Case]) -> BTreeMap<String, String> {
    let output = workspace.command(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut found = BTreeMap::new();
    for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let document = document.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
        let listed = document["diagnostics"].as_array().cloned().unwrap_or_default();
        for one in listed.iter().chain(document.get("diagnostic")).filter(|one| one["severity"] == "error") {
            let file = one["range"]["filename"].as_str().unwrap_or_default();
            let address = one["address"].as_str().unwrap_or_default();
            let at = file.strip_suffix(".tf.json").or_else(|| address.rsplit('.').next()).and_then(|name| name[1..].parse::<usize>().ok());
            let place = at.map_or_else(|| one.to_string(), |at| cases[at].place.clone());
            found.insert(place, format!("{}: {}", one["summary"].as_str().unwrap(), one["detail"].as_str().unwrap_or_default()));
        }
    }
    found
}

/// Writes each case into a file of its own.
fn write(workspace: &Workspace<'_>, kind: &str, cases: &[Case], of: impl Fn(&Case) -> &Map<String, Value>) {
    for (at, case) in cases.iter().enumerate() {
        let configured = json!({ kind: { format!("aksaccess_{}", case.of): { format!("c{at}"): of(case) } } });
        workspace.file(&format!("c{at}.tf.json"), &configured.to_string());
    }
}

/// No check of an attribute refuses an empty text, unless it says what to write instead.
#[test]
fn validation_takes_an_empty_text_for_not_set() {
    let tables: [(&str, Vec<(&'static str, Object)>); 3] = [
        ("resource", aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name, entry.object)).collect()),
        ("data", aksaccess_provider::data_sources::table().into_iter().map(|entry| (entry.name, entry.object)).collect()),
        ("ephemeral", aksaccess_provider::ephemeral::table().into_iter().map(|entry| (entry.name, entry.object)).collect()),
    ];
    for (kind, table) in tables {
        let test_tenant = TestTenant::new(&format!("empty_texts_{kind}"));
        let cases = cases(kind, table);
        let (empty, unset) = (test_tenant.workspace(""), test_tenant.workspace(""));
        write(&empty, kind, &cases, |case| &case.empty);
        write(&unset, kind, &cases, |case| &case.unset);
        let validate = ["validate", "-json"];
        let (empty, unset) = (errors(&empty, &validate, &cases), errors(&unset, &validate, &cases));
        let wrong: Vec<_> = empty.iter().filter(|(place, said)| !unset.contains_key(*place) && !said.contains("null")).collect();
        assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
        // What is refused without it is refused with an empty one, too.
        let accepted: BTreeSet<_> = unset.keys().filter(|place| !empty.contains_key(*place)).collect();
        assert!(accepted.is_empty(), "{kind}: {accepted:?}");
    }
}

/// An apply with empty texts makes what one without them makes.
#[test]
fn an_empty_text_is_applied_as_if_it_were_not_set() {
    let test_tenant = TestTenant::new("empty_texts_are_applied");
    let mut cases = resources();
    for (at, case) in cases.iter_mut().enumerate() {
        let [group, user, unit] = [test_tenant.group(json!({})), test_tenant.users(1).remove(0), test_tenant.unit()];
        if case.of == "group_owner" {
            // The last owner of a group stays when it is destroyed.
            test_tenant.add_owner(&group, &test_tenant.users(1)[0]);
        }
        let cluster = if case.empty.contains_key("cluster_id") { own_cluster(&test_tenant, at).0 } else { String::new() };
        for configured in [&mut case.empty, &mut case.unset] {
            for (name, own) in [
                ("group_id", group.clone()),
                ("principal_id", user.clone()),
                ("member_id", user.clone()),
                ("owner_id", user.clone()),
                ("administrative_unit_id", unit.clone()),
                ("cluster_id", cluster.clone()),
                ("display_name", format!("x{at}")),
                ("user_principal_name", format!("x{at}@contoso.com")),
            ] {
                // What is tried stays as it is.
                if configured.get(name).is_some_and(|value| value.as_str().is_some_and(|text| !text.is_empty())) {
                    configured.insert(name.to_owned(), json!(own));
                }
            }
            if configured.contains_key("members") {
                configured.insert("members".to_owned(), json!([user]));
            }
            if case.of == "authentication_context" {
                configured.insert("id".to_owned(), json!(format!("c{}", at % 90 + 1)));
            }
        }
    }
    let workspace = test_tenant.workspace("");
    // What is refused even when nothing is set is another test's.
    write(&workspace, "resource", &cases, |case| &case.unset);
    let incomplete = errors(&workspace, &["validate", "-json"], &cases);
    cases.retain(|case| !incomplete.contains_key(&case.place) && !ASKED_FOR_BY_POLICY.contains(&case.place.as_str()));
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace("");
    write(&workspace, "resource", &cases, |case| &case.empty);
    workspace.apply();
    workspace.plan_is_empty();
    // Null and empty are the same to the service.
    test_tenant.forget_requests();
    write(&workspace, "resource", &cases, |case| &case.unset);
    workspace.apply();
    let counted = test_tenant.control("GET", "requests", None);
    let reads = |request: &&String| request.starts_with("GET ") || request.ends_with("/getByIds") || request.contains("/oauth2/");
    let written: Vec<&String> = counted["http"].as_object().unwrap().keys().filter(|request| !reads(request)).collect();
    assert_eq!(written, Vec::<&String>::new());
    workspace.plan_is_empty();
    test_tenant.advance("PT6M");
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

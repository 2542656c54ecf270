//! Every text of every resource and data source, by the schema, with values that would mean something else in an address, a filter or a batch if they were
//! put there as they are. What the recorded requests hold of such a value must be all of it, in one piece.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aksaccess_provider::permissions;
use framework::schema::{Attribute, Nesting, Object, Shape};
use framework::value::{Type, Value as Given};
use serde_json::{Map, Value, json};

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::{TestTenant, Workspace};

/// What begins and ends a hostile value, so that every part of one is known again.
const MARK: &str = "zqx";
pub(crate) const ID: &str = "88888888-8888-4888-8888-888888888888";

/// Quotes, slashes, a query, a fragment, an escape, a filter, another line, a mark that turns the direction of writing; a NUL; and what means a folder above.
fn hostile() -> Vec<String> {
    vec![
        format!("{MARK}'/../users?$select=id#x%2f&y=\\\"z' or id ne '\n\u{202e}{MARK}"),
        format!("{MARK}\u{0}{MARK}"),
        "..".to_owned(),
        "../../organization".to_owned(),
    ]
}

/// A configuration that is complete without what is hostile.
pub(crate) fn base(kind: &str, name: &str) -> Value {
    let pim = json!({ "group_id": ID, "principal_id": ID, "expiration": { "duration": "P20D" }, "justification": "x" });
    let role = json!({ "principal_id": ID, "role": "Reader", "cluster_id": cluster(), "expiration": { "duration": "P20D" }, "justification": "x" });
    match (kind, name) {
        ("resource", "administrative_unit_member") => json!({ "administrative_unit_id": ID, "member_id": ID }),
        ("resource", "authentication_context") => json!({ "id": "c12", "display_name": "x" }),
        ("resource", "authentication_strength_policy") => json!({ "display_name": "x", "allowed_combinations": ["fido2"] }),
        ("resource", "cluster_aad_profile") => json!({ "cluster_id": cluster() }),
        ("resource", "conditional_access_policy") => {
            json!({ "display_name": "x", "state": "disabled", "grant_controls": { "built_in_controls": ["mfa"] },
            "conditions": { "users": { "included_users": ["None"] }, "applications": { "included_applications": ["AKS"] } } })
        }
        ("resource", "group") => json!({ "display_name": "x" }),
        ("resource", "group_member") => json!({ "group_id": ID, "member_id": ID }),
        ("resource", "group_members") => json!({ "group_id": ID, "members": [ID] }),
        ("resource", "group_owner") => json!({ "group_id": ID, "owner_id": ID }),
        ("resource", "named_location") => json!({ "display_name": "x", "ip": { "ip_ranges": ["203.0.113.0/24"] } }),
        ("resource", "pim_group_assignment" | "pim_group_eligibility") => pim,
        ("resource", "pim_role_assignment" | "pim_role_eligibility") => role,
        ("resource", "pim_group_policy") => json!({ "group_id": ID }),
        ("resource", "pim_role_policy") => json!({ "role": "Reader", "cluster_id": cluster() }),
        ("resource", "role_assignment") => json!({ "principal_id": ID, "role": "Reader", "cluster_id": cluster() }),
        ("resource", "user") => json!({ "user_principal_name": "x@contoso.com", "display_name": "x" }),
        ("data", "client_config" | "conditional_access_policies" | "sign_ins") => json!({}),
        ("data", "cluster") => json!({ "name": "x", "resource_group_name": "x" }),
        ("data", "cluster_access" | "role_assignments" | "pim_role_assignments" | "pim_role_eligibilities") => {
            json!({ "cluster_id": cluster() })
        }
        ("data", "conditional_access_evaluation") => json!({ "user_id": ID, "applications": ["AKS"] }),
        ("data", "authentication_context" | "authentication_strength_policy" | "named_location" | "group" | "service_principal") => {
            json!({ "display_name": "x" })
        }
        ("data", "groups") => json!({ "display_names": ["x"] }),
        ("data", "pim_activation_requests" | "pim_group_assignments" | "pim_group_eligibilities" | "pim_group_policy") => {
            json!({ "group_id": ID })
        }
        ("data", "pim_role_policy") => json!({ "role": "Reader", "cluster_id": cluster() }),
        ("data", "resource_group") => json!({ "name": "x" }),
        ("data", "role_definition") => json!({ "role": "Reader" }),
        ("data", "user") => json!({ "user_principal_name": "x@contoso.com" }),
        ("data", "users") => json!({ "user_principal_names": ["x@contoso.com"] }),
        ("ephemeral", "cluster_credentials") => json!({ "cluster_id": cluster() }),
        ("ephemeral", "pim_group_activation") => json!({ "group_id": ID, "justification": "x" }),
        _ => panic!("say here how {kind} {name} is configured"),
    }
}

/// What a text needs beside it.
pub(crate) fn companions(place: &str) -> Value {
    let x509 = ["fido2", "x509CertificateSingleFactor", "x509CertificateMultiFactor"];
    let filter = json!({ "mode": "include", "rule": "x" });
    match place {
        place if place.contains("x509_certificate") => json!({ "allowed_combinations": x509 }),
        place if place.contains(".ticket.") => json!({ "ticket": { "number": "x", "system": "x" } }),
        "conditional_access_policy.conditions.applications.filter.rule" => json!({ "conditions": {
            "users": { "included_users": ["None"] }, "applications": { "included_applications": ["AKS"], "filter": filter } } }),
        "conditional_access_policy.conditions.devices.filter.rule" => json!({ "conditions": {
            "users": { "included_users": ["None"] }, "applications": { "included_applications": ["AKS"] }, "devices": { "filter": filter } } }),
        "conditional_access_policy.conditions.client_applications.filter.rule" => {
            json!({ "grant_controls": { "built_in_controls": ["block"] },
            "conditions": { "applications": { "included_applications": ["All"] },
                "client_applications": { "included_service_principals": ["ServicePrincipalsInMyTenant"], "filter": filter } } })
        }
        "group.dynamic_membership.rule" => {
            json!({ "types": ["DynamicMembership"], "dynamic_membership": { "enabled": true, "rule": "x" } })
        }
        "user.password_wo" => json!({ "password_wo_version": 1 }),
        _ => json!({}),
    }
}

/// Texts whose only values are a few words, which another test than that of the attribute itself looks at.
const WORDS: [&str; 2] = ["group.behaviors", "group.provisioning_options"];

/// The texts that a configuration may give, with the way to each.
fn texts<'a>(object: &'a Object, way: &[&'a Attribute], found: &mut Vec<Vec<&'a Attribute>>) {
    for attribute in object.attributes.iter().filter(|attribute| attribute.required || attribute.optional) {
        let way = [way, &[attribute]].concat();
        match &attribute.shape {
            Shape::Plain(Type::String) => found.push(way),
            Shape::Plain(Type::List(of) | Type::Set(of) | Type::Map(of)) if **of == Type::String => found.push(way),
            Shape::Plain(_) => {}
            Shape::Nested(_, inside) => texts(inside, &way, found),
        }
    }
}

/// Puts a text where the way leads, keeping what is there beside it.
pub(crate) fn put(object: &mut Map<String, Value>, way: &[&Attribute], text: &str) {
    let [first, rest @ ..] = way else { return };
    // HCL would take the beginning of a template for one.
    let literal = json!(text.replace("${", "$${").replace("%{", "%%{"));
    let value = match &first.shape {
        Shape::Plain(Type::String) => literal,
        Shape::Plain(Type::Map(_)) => json!({ "x": literal }),
        Shape::Plain(_) => json!([literal]),
        Shape::Nested(nesting, _) => {
            let mut inside = match object.get(&first.name) {
                Some(Value::Object(inside)) => inside.clone(),
                _ => Map::new(),
            };
            put(&mut inside, rest, text);
            match nesting {
                Nesting::Single => Value::Object(inside),
                Nesting::List => json!([inside]),
                Nesting::Map => json!({ "x": inside }),
            }
        }
    };
    object.insert(first.name.clone(), value);
}

/// One configured object: what it is, where the text is, and what it says.
struct Case {
    of: String,
    place: String,
    refused: bool,
    configured: Value,
}

fn cases(kind: &str, name: &str, object: &Object) -> Vec<Case> {
    let mut ways = Vec::new();
    texts(object, &[], &mut ways);
    let base = base(kind, name);
    let mut cases = Vec::new();
    for way in ways {
        let place = format!("{name}.{}", way.iter().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>().join("."));
        for text in hostile() {
            let given = Given::from(text.as_str());
            let checks = way.last().unwrap().checks.iter();
            let refused = checks.filter(|check| !check.whole).any(|check| check.refusal(&given).is_some());
            // Beside the rest; and alone where things are found by one of several texts.
            let alone = json!({});
            for from in std::iter::once(&base).chain((kind == "data").then_some(&alone)) {
                let mut configured = from.as_object().unwrap().clone();
                configured.extend(companions(&place).as_object().unwrap().clone());
                put(&mut configured, &way, &text);
                cases.push(Case { of: name.to_owned(), place: place.clone(), refused, configured: Value::Object(configured) });
            }
        }
    }
    cases
}

/// The file of a case, and its address.
fn named(kind: &str, at: usize, case: &Case) -> (String, String) {
    let address = format!("aksaccess_{}.c{at}", case.of);
    (format!("c{at}.tf.json"), if kind == "data" { format!("data.{address}") } else { address })
}

/// Writes the configuration of these, each into a file of its own.
fn write(workspace: &Workspace<'_>, kind: &str, cases: &BTreeMap<usize, &Case>, group: &str, user: &str) {
    for (at, case) in cases {
        let configured = json!({ kind: { format!("aksaccess_{}", case.of): { format!("c{at}"): case.configured } } });
        // Of what does not exist an apply waits for a while that it comes to be.
        let text = configured.to_string().replace(&format!("\"group_id\":{ID:?}"), &format!("\"group_id\":{group:?}")).replace(ID, user);
        workspace.file(&format!("c{at}.tf.json"), &text);
    }
}

/// Leaves out those about which Terraform has errors.
fn retain(workspace: &Workspace<'_>, kind: &str, arguments: &[&str], cases: &mut BTreeMap<usize, &Case>) {
    let output = workspace.command(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut wrong = BTreeSet::new();
    for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let document = document.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
        let listed = document["diagnostics"].as_array().cloned().unwrap_or_default();
        for one in listed.iter().chain(document.get("diagnostic")).filter(|one| one["severity"] == "error") {
            let about = one["address"].as_str().or_else(|| one["range"]["filename"].as_str());
            wrong.insert(about.unwrap_or_else(|| panic!("an error about nothing: {one}")).to_owned());
        }
    }
    cases.retain(|at, case| {
        let (file, address) = named(kind, *at, case);
        let right = !wrong.contains(&file) && !wrong.contains(&address);
        if !right {
            std::fs::remove_file(workspace.path().join(file)).unwrap();
        }
        right
    });
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// Every part of an address that holds some of a hostile value must hold all of it; in a literal of OData each quote is doubled.
fn is_whole(url: &str) {
    let whole: Vec<String> = hostile().into_iter().flat_map(|value| [value.replace('\'', "''"), value]).collect();
    let path_and_query = url.strip_prefix("https://").map_or(url, |rest| rest.split_once('/').map_or("", |(_, path)| path));
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    assert!(!url.contains('#'), "{url}");
    for part in path.split('/').chain(query.split('&')) {
        let part = decoded(&part.replace('+', " "));
        let rest = whole.iter().fold(part.clone(), |rest, value| if value.contains(MARK) { rest.replace(value, "") } else { rest });
        assert!(!rest.to_lowercase().contains(MARK), "a part of a hostile value is a segment of its own: {part:?} in {url}");
        assert!(part != "..", "{url}");
    }
}

/// Where the requests are recorded: not where the checker of the contract looks, to which a decoded slash is one.
fn record(test: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.jsonl"))
}

/// Looks at everything that was sent: the addresses of requests, and of those in batches.
fn look(test: &str) -> usize {
    let mut with_mark = 0;
    for line in std::fs::read_to_string(record(test)).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let inside = line["request_body"]["requests"].as_array().into_iter().flatten().map(|request| &request["url"]);
        for url in std::iter::once(&line["url"]).chain(inside) {
            let url = url.as_str().unwrap();
            is_whole(url);
            with_mark += usize::from(url.contains(MARK));
        }
    }
    with_mark
}

/// No operation was asked for but those that are known.
fn knows(test_tenant: &TestTenant) {
    let known: BTreeSet<&str> = permissions::RESOURCES
        .iter()
        .chain(permissions::DATA_SOURCES)
        .flat_map(|uses| uses.reads.iter().chain(uses.writes))
        .copied()
        .chain([
            "GET /servicePrincipals",
            "POST /directoryObjects/getByIds",
            "GET /organization",
            "GET /groups",
            "POST /$batch",
            "GET /users",
            "GET /directory/deletedItems/{id}",
            "GET /identity/conditionalAccess/deletedItems/namedLocations/{id}",
        ])
        .collect();
    let counted = test_tenant.control("GET", "requests", None);
    for part in ["http", "batched"] {
        for one in counted[part].as_object().unwrap().keys().filter(|one| one.contains(" /v1.0")) {
            let operation = one.replacen(" /v1.0", " ", 1).replace("  ", " ");
            assert!(known.contains(operation.as_str()), "{operation} was asked for");
        }
    }
}

/// Lets Terraform have all of these, as far as it goes; every text must get as far as to the services unless its check refuses it.
fn tried(test: &str, kind: &str, all: &[Case]) {
    let _ = std::fs::remove_file(record(test));
    let test_tenant = TestTenant::with(emulator::Options { record: Some(record(test)), ..Default::default() });
    let (group, user) = (test_tenant.group(json!({ "displayName": "x" })), test_tenant.users(1).remove(0));
    test_tenant.forget_requests();
    let workspace = test_tenant.workspace("");
    let mut cases: BTreeMap<usize, &Case> = all.iter().enumerate().collect();
    write(&workspace, kind, &cases, &group, &user);
    retain(&workspace, kind, &["validate", "-json"], &mut cases);
    for case in cases.values() {
        assert!(!case.refused, "{}: its check refuses {}, and validate does not", case.place, case.configured);
    }
    assert_eq!(test_tenant.requests(), json!({}), "nothing is asked for to validate");
    let accepted: BTreeSet<&str> = cases.values().map(|case| case.place.as_str()).collect();
    let checked: BTreeSet<&str> = all.iter().filter(|case| case.refused).map(|case| case.place.as_str()).collect();
    let everywhere: BTreeSet<&str> = all.iter().map(|case| case.place.as_str()).collect();
    let is_lost = |place: &&&str| !accepted.contains(**place) && !checked.contains(**place) && !WORDS.contains(place);
    let lost: Vec<_> = everywhere.iter().filter(is_lost).collect();
    assert!(lost.is_empty(), "no configuration with these is valid, though their checks take hostile values: {lost:?}");
    retain(&workspace, kind, &["plan", "-json", "-input=false"], &mut cases);
    if kind == "resource" {
        workspace.run(&["apply", "-auto-approve", "-json", "-input=false"]);
        // Privileged Identity Management removes nothing within five minutes of making it.
        test_tenant.advance("PT6M");
        workspace.run(&["destroy", "-auto-approve", "-json", "-input=false"]);
    }
    knows(&test_tenant);
    let with_mark = look(test);
    assert!(with_mark > 0, "no address held any of the values: nothing was tried");
}

#[test]
fn hostile_texts_of_every_data_source_stay_in_one_piece() {
    let table = aksaccess_provider::data_sources::table();
    let all: Vec<Case> = table.iter().flat_map(|entry| cases("data", entry.name, &entry.object)).collect();
    tried("hostile_data_sources", "data", &all);
}

#[test]
fn hostile_texts_of_every_resource_stay_in_one_piece() {
    let table = aksaccess_provider::resources::table();
    let all: Vec<Case> = table.iter().flat_map(|entry| cases("resource", entry.name, &entry.object)).collect();
    tried("hostile_resources", "resource", &all);
}

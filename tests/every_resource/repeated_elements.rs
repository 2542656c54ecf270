//! Lists that people write, by the schema: in every list without order of every resource an element stands twice, the second time in another spelling where the
//! attribute compares so. It is planned and stored as written, counts once and is sent once; the next plan is empty, and without it nothing is written.

use std::path::{Path, PathBuf};

use framework::schema::{Attribute, Object, Shape};
use serde_json::{Map, Value, json};

use crate::every_resource::deleted_references::own_cluster;
use crate::every_resource::hostile_schema::{ID, base};
use crate::test_tenant::TestTenant;

/// Objects of the tenant that elements name.
struct Tenant {
    user: String,
    group: String,
    unit: String,
    location: String,
}

/// A resource in which one list has an element twice.
struct Case {
    resource: &'static str,
    place: String,
    pair: [String; 2],
    /// The configuration without the list, and the way to it.
    configured: Map<String, Value>,
}

/// The ways to lists without order.
fn lists<'a>(object: &'a Object, way: &[&'a Attribute], found: &mut Vec<Vec<&'a Attribute>>) {
    for attribute in object.attributes.iter().filter(|attribute| !attribute.is_output()) {
        let way = [way, &[attribute]].concat();
        match &attribute.shape {
            Shape::Nested(_, inside) => lists(inside, &way, found),
            Shape::Plain(_) if attribute.unordered => found.push(way),
            Shape::Plain(_) => {}
        }
    }
}

/// An element that the list can have.
fn element(place: &str, tenant: &Tenant) -> String {
    let last = place.rsplit('.').next().unwrap();
    let text = match last {
        "members" | "owners" | "user_ids" | "included_users" | "excluded_users" => &tenant.user,
        "group_ids" | "admin_group_ids" | "included_groups" | "excluded_groups" => &tenant.group,
        "administrative_unit_ids" => &tenant.unit,
        "included_locations" | "excluded_locations" => &tenant.location,
        "included_applications" | "excluded_applications" => "6dae42f8-4368-4678-94ff-3960e28e3630",
        "included_service_principals" => "ServicePrincipalsInMyTenant",
        "excluded_service_principals" => emulator::tenant::SERVICE_PRINCIPAL_ID,
        "types" if place.starts_with("group.") => "Unified",
        "guest_or_external_user_types" => "b2bCollaborationGuest",
        "behaviors" => "HideGroupInOutlook",
        "provisioning_options" => "Team",
        "other_mails" | "additional_recipients" => "anna@contoso.com",
        "ip_ranges" => "2001:db8::/32",
        "countries_and_regions" => "DE",
        "allowed_combinations" => "password,sms",
        "allowed_issuer_skis" => "abcdef",
        "allowed_policy_oids" => "1.2.3",
        "built_in_controls" => "mfa",
        "custom_authentication_factors" => "factor",
        "client_app_types" => "browser",
        "sign_in_risk_levels" | "user_risk_levels" | "service_principal_risk_levels" => "high",
        "included_user_actions" => "urn:user:registerdevice",
        "included_authentication_context_class_references" => "c1",
        "included_platforms" | "excluded_platforms" => "linux",
        "authentication_flow_transfer_methods" => "deviceCodeFlow",
        // Nobody looks whether these exist.
        "included_roles" | "excluded_roles" | "terms_of_use" | "fido2_allowed_aaguids" => "ab1e2d3c-0000-4000-8000-000000000001",
        _ => panic!("say here what {place} can hold"),
    };
    text.to_owned()
}

/// The same element, in another spelling if that is the same to the attribute.
fn other_notation(attribute: &Attribute, text: &str) -> String {
    let others = ["AKS".to_owned(), text.to_uppercase(), text.split(',').rev().collect::<Vec<_>>().join(","), text.to_owned()];
    let key = |text: &str| attribute.element_key(&text.into());
    let passes = |other: &String| attribute.checks.iter().all(|check| check.whole || check.refusal(&other.as_str().into()).is_none());
    others.into_iter().find(|other| key(other) == key(text) && passes(other)).unwrap()
}

/// What a list needs beside it.
fn companions(place: &str) -> Value {
    let conditions = |more: Value| {
        let mut conditions = json!({ "users": { "included_users": ["None"] }, "applications": { "included_applications": ["AKS"] } });
        conditions.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "conditions": conditions })
    };
    match place {
        place if place.starts_with("group.") && ["types", "behaviors", "provisioning_options"].iter().any(|name| place.ends_with(name)) => {
            json!({ "types": ["Unified"], "mail_enabled": true })
        }
        place if place.contains("x509_certificate_multi") => json!({ "allowed_combinations": ["x509CertificateMultiFactor"] }),
        place if place.contains("x509_certificate_single") => json!({ "allowed_combinations": ["x509CertificateSingleFactor"] }),
        place if place.contains("approvers.") => json!({ "activation": { "require_approval": true } }),
        place if place.contains(".client_applications.") || place.ends_with("service_principal_risk_levels") => {
            let client = json!({ "included_service_principals": ["ServicePrincipalsInMyTenant"] });
            json!({ "grant_controls": { "built_in_controls": ["block"] },
                "conditions": { "client_applications": client, "applications": { "included_applications": ["All"] } } })
        }
        place if place.contains(".authentication_flow_") => json!({ "grant_controls": { "built_in_controls": ["block"] } }),
        place if place.contains("guests_or_external_users") => {
            let guests = json!({ "guest_or_external_user_types": ["b2bCollaborationGuest"], "external_tenants": { "membership_kind": "enumerated", "members": [] } });
            let side = if place.contains("included") { "included_guests_or_external_users" } else { "excluded_guests_or_external_users" };
            conditions(
                json!({ "users": if side.starts_with('i') { json!({ side: guests }) } else { json!({ "included_users": ["All"], side: guests }) } }),
            )
        }
        place if place.contains(".users.excluded") => conditions(json!({ "users": { "included_users": ["All"] } })),
        place if place.contains(".users.included") && !place.ends_with("included_users") => conditions(json!({ "users": {} })),
        place if place.ends_with("excluded_applications") => conditions(json!({ "applications": { "included_applications": ["All"] } })),
        place if place.ends_with("included_user_actions") || place.ends_with("context_class_references") => {
            conditions(json!({ "applications": {} }))
        }
        place if place.ends_with("excluded_locations") => conditions(json!({ "locations": { "included_locations": ["All"] } })),
        place if place.ends_with("excluded_platforms") => conditions(json!({ "platforms": { "included_platforms": ["all"] } })),
        "named_location.country.countries_and_regions" => json!({ "ip": null }),
        _ => json!({}),
    }
}

/// The configuration with the list as it is to be.
fn with(mut object: Map<String, Value>, way: &[String], list: Value) -> Map<String, Value> {
    let [first, rest @ ..] = way else { return object };
    let value = match object.get(first) {
        _ if rest.is_empty() => list,
        Some(Value::Object(inside)) => Value::Object(with(inside.clone(), rest, list)),
        _ => Value::Object(with(Map::new(), rest, list)),
    };
    object.insert(first.clone(), value);
    object
}

fn cases(test_tenant: &TestTenant) -> Vec<Case> {
    let range = json!({ "@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24" });
    let location =
        json!({ "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "there", "isTrusted": false, "ipRanges": [range] });
    let id = |answer: Value| answer["id"].as_str().unwrap().to_owned();
    let tenant = Tenant {
        user: test_tenant.users(1).remove(0),
        group: test_tenant.group(json!({})),
        unit: id(test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "u" })))),
        location: id(test_tenant.graph("POST", "/identity/conditionalAccess/namedLocations", Some(location))),
    };
    test_tenant.graph("PATCH", "/identity/conditionalAccess/authenticationContextClassReferences/c1", Some(json!({ "displayName": "x" })));
    let mut all = Vec::new();
    for entry in aksaccess_provider::resources::table() {
        let mut ways = Vec::new();
        lists(&entry.object, &[], &mut ways);
        for way in ways {
            let names: Vec<String> = way.iter().map(|attribute| attribute.name.clone()).collect();
            let place = format!("{}.{}", entry.name, names.join("."));
            let mut configured = base("resource", entry.name).as_object().unwrap().clone();
            configured.extend(companions(&place).as_object().unwrap().clone());
            let at = all.len();
            // Each has objects of its own, as far as they exclude each other.
            if configured.contains_key("display_name") {
                configured.insert("display_name".to_owned(), json!(format!("x{at}")));
            }
            if configured.contains_key("cluster_id") {
                configured.insert("cluster_id".to_owned(), json!(own_cluster(test_tenant, at).0));
            }
            if configured.get("group_id").is_some_and(|group| group == ID) {
                configured.insert("group_id".to_owned(), json!(test_tenant.group(json!({}))));
            }
            if entry.name == "user" {
                configured.insert("user_principal_name".to_owned(), json!(format!("x{at}@contoso.com")));
            }
            let first = element(&place, &tenant);
            let second = other_notation(way.last().unwrap(), &first);
            all.push(Case { resource: entry.name, place, pair: [first, second], configured });
        }
    }
    all
}

impl Case {
    fn way(&self) -> Vec<String> {
        self.place.split('.').skip(1).map(str::to_owned).collect()
    }

    fn block(&self, at: usize, list: Value) -> Value {
        json!({ format!("aksaccess_{}", self.resource): { format!("c{at}"): with(self.configured.clone(), &self.way(), list) } })
    }

    fn stored(&self, state: &Value) -> Value {
        self.way().iter().fold(state.clone(), |value, name| value[name].clone())
    }
}

fn record(test: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic").join(format!("{test}.jsonl"))
}

/// Lists that were sent with an element twice.
fn sent_twice(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            let mut texts: Vec<String> = elements.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
            let count = texts.len();
            texts.sort();
            texts.dedup();
            if texts.len() < count {
                found.push(value.to_string());
            }
            elements.iter().for_each(|element| sent_twice(element, found));
        }
        Value::Object(entries) => entries.values().for_each(|entry| sent_twice(entry, found)),
        _ => {}
    }
}

fn writes(test_tenant: &TestTenant) -> Vec<String> {
    let counted = test_tenant.control("GET", "requests", None);
    let reads = |request: &String| request.starts_with("GET ") || request.ends_with("/getByIds") || request.contains("/oauth2/");
    let of = |kind: &str| counted[kind].as_object().cloned().unwrap_or_default().into_iter().map(|(request, _)| request);
    of("http").chain(of("batched")).filter(|request| !reads(request) && !request.contains("$batch")).collect()
}

#[test]
fn a_repeated_element_counts_once_and_is_sent_once() {
    let test = "a_repeated_element_counts_once";
    let test_tenant = TestTenant::new(test);
    let cases = cases(&test_tenant);
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace("");
    let write = |lists: &dyn Fn(&Case) -> Value| {
        for (at, case) in cases.iter().enumerate() {
            workspace.file(&format!("c{at}.tf.json"), &json!({ "resource": case.block(at, lists(case)) }).to_string());
        }
    };
    write(&|case| json!(case.pair));
    workspace.apply();
    let state = workspace.json(&["show", "-json"]);
    for resource in state["values"]["root_module"]["resources"].as_array().unwrap() {
        let case = &cases[resource["name"].as_str().unwrap()[1..].parse::<usize>().unwrap()];
        assert_eq!(case.stored(&resource["values"]), json!(case.pair), "{} is stored as it was written", case.place);
    }
    workspace.plan_is_empty();
    let mut twice = Vec::new();
    for line in std::fs::read_to_string(record(test)).unwrap().lines() {
        sent_twice(&serde_json::from_str::<Value>(line).unwrap()["request_body"], &mut twice);
    }
    assert_eq!(twice, Vec::<String>::new());
    // One after the other goes; to the service nothing changes.
    for kept in [1, 0] {
        test_tenant.forget_requests();
        write(&|case| json!([case.pair[kept]]));
        workspace.apply();
        assert_eq!(writes(&test_tenant), Vec::<String>::new(), "nothing is written when a repetition goes");
        workspace.plan_is_empty();
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

/// In a test with a mocked provider all computed ids can be equal.
#[test]
fn a_mocked_provider_makes_lists_of_equal_ids() {
    let test_tenant = TestTenant::new("a_mocked_provider_makes_lists");
    let cases: Vec<Case> = cases(&test_tenant).into_iter().filter(|case| uuid::Uuid::parse_str(&case.pair[0]).is_ok()).collect();
    assert!(cases.len() > 10);
    let workspace = test_tenant.workspace(
        "resource \"aksaccess_user\" \"them\" {\n  count = 2\n  display_name = \"x\"\n  user_principal_name = \"them${count.index}@contoso.com\"\n}\n",
    );
    for (at, case) in cases.iter().enumerate() {
        let list = json!(["${aksaccess_user.them[0].id}", "${aksaccess_user.them[1].id}"]);
        workspace.file(&format!("c{at}.tf.json"), &json!({ "resource": case.block(at, list) }).to_string());
    }
    let mocked =
        format!("mock_provider \"aksaccess\" {{\n  mock_resource \"aksaccess_user\" {{\n    defaults = {{ id = {ID:?} }}\n  }}\n}}\n");
    let run = "run \"all\" {\n  assert {\n    condition     = length(aksaccess_group_members.c0.members) == 2\n    error_message = \"as written\"\n  }\n}\n";
    let members = cases.iter().position(|case| case.resource == "group_members").unwrap();
    workspace.file("all.tftest.hcl", &format!("{mocked}{}", run.replace("c0", &format!("c{members}"))));
    test_tenant.forget_requests();
    let said = workspace.succeeds(&["test", "-no-color"]);
    assert!(said.text.contains("1 passed, 0 failed"), "{}", said.text);
    assert_eq!(test_tenant.all_requests(), 0, "{}", test_tenant.requests());
}

//! Every attribute of a conditional access policy: set, changed, removed, and after each planned empty.
//!
//! What is tried comes from a table; that the table leaves out no attribute is checked against the declaration.

use aksaccess_provider::resources::ConditionalAccessPolicy;
use framework::Model;
use framework::schema::{Object, Shape};
use serde_json::{Map, Value, json};

use crate::test_tenant::TestTenant;

const TYPE: &str = "aksaccess_conditional_access_policy";
/// Ids that stand for whatever nobody looks up.
const ONE: &str = "0f1e2d3c-0000-4000-8000-000000000001";
const TWO: &str = "0f1e2d3c-0000-4000-8000-000000000002";
/// Ids that stand for users and groups of the tenant, and for its service principals.
const USERS: [&str; 2] = ["0f1e2d3c-0000-4000-8000-00000000000a", "0f1e2d3c-0000-4000-8000-00000000000b"];
const GROUPS: [&str; 2] = ["0f1e2d3c-0000-4000-8000-00000000001a", "0f1e2d3c-0000-4000-8000-00000000001b"];
const PRINCIPALS: [&str; 2] = ["0f1e2d3c-0000-4000-8000-00000000002a", "0f1e2d3c-0000-4000-8000-00000000002b"];

/// What is tried of one attribute, or of some that go together.
struct Trial {
    at: &'static str,
    /// A policy without it.
    base: Value,
    first: Value,
    second: Value,
}

/// A policy that asks users for something.
fn users() -> Value {
    json!({
        "state": "disabled",
        "conditions": { "users": { "included_users": ["None"] }, "applications": { "included_applications": ["None"] } },
        "grant_controls": { "built_in_controls": ["mfa"] }
    })
}

/// A policy that blocks users.
fn blocked() -> Value {
    with(users(), "grant_controls", json!({ "built_in_controls": ["block"] }))
}

/// A policy that blocks service principals.
fn service_principals() -> Value {
    json!({
        "state": "disabled",
        "conditions": {
            "client_applications": { "included_service_principals": ["ServicePrincipalsInMyTenant"] },
            "applications": { "included_applications": ["All"] }
        },
        "grant_controls": { "built_in_controls": ["block"] }
    })
}

/// The configuration with a value at a place.
fn with(mut configuration: Value, at: &str, value: Value) -> Value {
    let mut place = &mut configuration;
    for name in at.split('.') {
        place = place.as_object_mut().unwrap().entry(name).or_insert(json!({}));
    }
    *place = value;
    configuration
}

fn get<'v>(configuration: &'v Value, at: &str) -> &'v Value {
    at.split('.').fold(configuration, |value, name| &value[name])
}

fn trials() -> Vec<Trial> {
    let user = |at, first, second| Trial { at, base: users(), first, second };
    let block = |at, first, second| Trial { at, base: blocked(), first, second };
    let service = |at, first, second| Trial { at, base: service_principals(), first, second };
    let filter = |mode: &str, rule: &str| json!({ "mode": mode, "rule": rule });
    let guests = |types: &[&str], tenants: Value| json!({ "guest_or_external_user_types": types, "external_tenants": tenants });
    let strength = |last: u8| json!({ "authentication_strength_policy_id": format!("00000000-0000-0000-0000-00000000000{last}") });
    vec![
        user("display_name", json!("one"), json!("another")),
        user("description", json!("why"), json!("why else")),
        user("state", json!("enabledForReportingButNotEnforced"), json!("enabled")),
        user("restore_deleted", json!(true), json!(false)),
        user("on_destroy", json!("purge"), json!("delete")),
        user("conditions.users.included_users", json!([USERS[0]]), json!([USERS[1], "GuestsOrExternalUsers"])),
        user("conditions.users.excluded_users", json!([USERS[0]]), json!([USERS[1], USERS[0]])),
        user("conditions.users.included_groups", json!([GROUPS[0]]), json!([GROUPS[1]])),
        user("conditions.users.excluded_groups", json!([GROUPS[0], GROUPS[1]]), json!([GROUPS[1]])),
        user("conditions.users.included_roles", json!([ONE]), json!([TWO])),
        user("conditions.users.excluded_roles", json!([ONE]), json!([TWO])),
        user(
            "conditions.users.included_guests_or_external_users",
            guests(&["internalGuest", "serviceProvider"], json!({ "membership_kind": "enumerated", "members": [ONE] })),
            guests(&["b2bCollaborationGuest"], Value::Null),
        ),
        user(
            "conditions.users.excluded_guests_or_external_users",
            guests(&["b2bDirectConnectUser"], Value::Null),
            guests(&["b2bCollaborationMember", "otherExternalUser"], json!({ "membership_kind": "enumerated", "members": [TWO, ONE] })),
        ),
        service("conditions.client_applications.included_service_principals", json!([PRINCIPALS[0]]), json!([PRINCIPALS[1]])),
        service("conditions.client_applications.excluded_service_principals", json!([PRINCIPALS[0]]), json!([PRINCIPALS[1]])),
        service("conditions.client_applications.filter", filter("include", "a"), filter("exclude", "b")),
        service("conditions.service_principal_risk_levels", json!(["high"]), json!(["medium", "low"])),
        user("conditions.applications.included_applications", json!(["AKS"]), json!(["Office365", ONE])),
        user("conditions.applications.excluded_applications", json!(["AKS"]), json!(["MicrosoftAdminPortals"])),
        user("conditions.applications.filter", filter("exclude", "a"), filter("include", "b")),
        user(
            "conditions.applications",
            json!({ "included_user_actions": ["urn:user:registerdevice"] }),
            json!({ "included_applications": ["AKS"] }),
        ),
        user(
            "conditions.applications",
            json!({ "included_authentication_context_class_references": ["c1"] }),
            json!({ "included_user_actions": ["urn:user:registersecurityinfo"] }),
        ),
        user("conditions.client_app_types", json!(["browser"]), json!(["exchangeActiveSync", "other"])),
        user("conditions.platforms.included_platforms", json!(["all"]), json!(["iOS", "android"])),
        user(
            "conditions.platforms",
            json!({ "included_platforms": ["all"], "excluded_platforms": ["macOS"] }),
            json!({ "included_platforms": ["all"], "excluded_platforms": ["linux"] }),
        ),
        user("conditions.locations.included_locations", json!(["All"]), json!(["AllTrusted"])),
        user(
            "conditions.locations",
            json!({ "included_locations": ["All"], "excluded_locations": ["AllTrusted"] }),
            json!({ "included_locations": ["All"], "excluded_locations": ["00000000-0000-0000-0000-000000000000"] }),
        ),
        user("conditions.devices.filter", filter("exclude", "device.isCompliant -eq True"), filter("include", "device.model -eq \"x\"")),
        user("conditions.sign_in_risk_levels", json!(["high"]), json!(["medium", "high"])),
        user("conditions.user_risk_levels", json!(["high"]), json!(["low"])),
        user("conditions.insider_risk_levels", json!("elevated"), json!("moderate,minor")),
        block(
            "conditions.authentication_flow_transfer_methods",
            json!(["deviceCodeFlow"]),
            json!(["authenticationTransfer", "deviceCodeFlow"]),
        ),
        user("grant_controls.operator", json!("AND"), json!("OR")),
        user("grant_controls.built_in_controls", json!(["compliantDevice"]), json!(["domainJoinedDevice", "mfa"])),
        user("grant_controls", strength(2), strength(4)),
        user("grant_controls.terms_of_use", json!([ONE]), json!([TWO])),
        user("grant_controls.custom_authentication_factors", json!(["a"]), json!(["b", "c"])),
        user(
            "session_controls",
            json!({ "sign_in_frequency": 4, "sign_in_frequency_period": "hours" }),
            json!({ "sign_in_frequency": 2, "sign_in_frequency_period": "days", "sign_in_frequency_authentication_type": "secondaryAuthentication" }),
        ),
        user(
            "session_controls",
            json!({ "sign_in_frequency_interval": "everyTime" }),
            json!({ "sign_in_frequency": 1, "sign_in_frequency_period": "hours", "sign_in_frequency_interval": "timeBased" }),
        ),
        user("session_controls.persistent_browser_mode", json!("never"), json!("always")),
        user("session_controls.cloud_app_security_policy", json!("monitorOnly"), json!("blockDownloads")),
        user("session_controls.application_enforced_restrictions_enabled", json!(true), json!(false)),
        user("session_controls.disable_resilience_defaults", json!(true), json!(false)),
        user("session_controls.secure_sign_in_session_enabled", json!(true), json!(false)),
    ]
}

/// The places of all attributes that a configuration can give, and that have no attributes of their own.
fn leaves(object: &Object, at: &str, found: &mut Vec<String>) {
    for attribute in object.attributes.iter().filter(|attribute| !attribute.is_output() && attribute.name != "id") {
        let place = if at.is_empty() { attribute.name.clone() } else { format!("{at}.{}", attribute.name) };
        match &attribute.shape {
            Shape::Nested(_, inner) => leaves(inner, &place, found),
            Shape::Plain(_) => found.push(place),
        }
    }
}

#[test]
fn no_attribute_is_left_untried() {
    let mut all = Vec::new();
    leaves(&ConditionalAccessPolicy::object(), "", &mut all);
    let trials = trials();
    let is_tried = |place: &String| {
        trials.iter().any(|trial| {
            let [first, second] = [&trial.first, &trial.second].map(|value| with(trial.base.clone(), trial.at, value.clone()));
            get(&first, place) != get(&second, place) && place.starts_with(trial.at)
        })
    };
    let untried: Vec<&String> = all.iter().filter(|place| !is_tried(place)).collect();
    assert!(untried.is_empty(), "add to the table: {untried:?}");
    assert!(all.len() > 35, "{all:?}");
}

/// The words of each enumeration, as the metadata of Microsoft Graph v1.0 has them (August 2026), without `unknownFutureValue`.
const WORDS: [(&str, &[&str]); 25] = {
    const RISK: &[&str] = &["low", "medium", "high", "hidden", "none"];
    const PLATFORMS: &[&str] = &["android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux"];
    const GUESTS: &[&str] = &[
        "internalGuest",
        "b2bCollaborationGuest",
        "b2bCollaborationMember",
        "b2bDirectConnectUser",
        "otherExternalUser",
        "serviceProvider",
    ];
    const MODES: &[&str] = &["include", "exclude"];
    const CONTROLS: &[&str] = &[
        "block",
        "mfa",
        "compliantDevice",
        "domainJoinedDevice",
        "approvedApplication",
        "compliantApplication",
        "passwordChange",
        "riskRemediation",
    ];
    [
        ("state", &["enabled", "disabled", "enabledForReportingButNotEnforced"]),
        ("on_destroy", &["delete", "purge"]),
        ("conditions.client_app_types", &["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"]),
        ("conditions.sign_in_risk_levels", RISK),
        ("conditions.user_risk_levels", RISK),
        ("conditions.service_principal_risk_levels", RISK),
        ("conditions.insider_risk_levels", &["minor", "moderate", "elevated"]),
        ("conditions.users.included_guests_or_external_users.guest_or_external_user_types", GUESTS),
        ("conditions.users.excluded_guests_or_external_users.guest_or_external_user_types", GUESTS),
        ("conditions.client_applications.filter.mode", MODES),
        ("conditions.applications.filter.mode", MODES),
        ("conditions.applications.included_user_actions", &["urn:user:registersecurityinfo", "urn:user:registerdevice"]),
        ("conditions.platforms.included_platforms", PLATFORMS),
        ("conditions.platforms.excluded_platforms", PLATFORMS),
        ("conditions.devices.filter.mode", MODES),
        ("conditions.authentication_flow_transfer_methods", &["deviceCodeFlow", "authenticationTransfer"]),
        ("grant_controls.operator", &["AND", "OR"]),
        ("grant_controls.built_in_controls", CONTROLS),
        ("session_controls.persistent_browser_mode", &["always", "never"]),
        ("session_controls.cloud_app_security_policy", &["mcasConfigured", "monitorOnly", "blockDownloads"]),
        ("session_controls.sign_in_frequency_authentication_type", &["primaryAndSecondaryAuthentication", "secondaryAuthentication"]),
        ("session_controls.sign_in_frequency_interval", &["timeBased", "everyTime"]),
        ("session_controls.sign_in_frequency_period", &["hours", "days"]),
        ("conditions.users.included_guests_or_external_users.external_tenants.membership_kind", &["all", "enumerated"]),
        ("conditions.users.excluded_guests_or_external_users.external_tenants.membership_kind", &["all", "enumerated"]),
    ]
};

/// What is said about a word at a place, if it is refused there.
fn refused(place: &str, word: &str) -> Option<String> {
    let mut object = ConditionalAccessPolicy::object();
    let mut checks = Vec::new();
    for name in place.split('.') {
        let attribute = object.attribute(name).unwrap_or_else(|| panic!("{place} is no attribute")).clone();
        checks = attribute.checks;
        if let Shape::Nested(_, inner) = attribute.shape {
            object = inner;
        }
    }
    checks.iter().filter(|check| !check.whole).find_map(|check| check.refusal(&word.into()))
}

#[test]
fn every_enumeration_takes_its_words_and_no_others() {
    for (place, words) in WORDS {
        for word in words {
            assert_eq!(refused(place, word), None, "{place}");
        }
        for wrong in ["unknownFutureValue", "nonsense", "", &words[0].to_uppercase().replace("AND", "and")] {
            assert!(refused(place, wrong).is_some_and(|why| why.contains("must be one of `")), "{place}: {wrong:?}");
        }
    }
    let mut all = Vec::new();
    leaves(&ConditionalAccessPolicy::object(), "", &mut all);
    let of_words = |place: &String| refused(place, "nonsense").is_some_and(|why| why.contains("must be one of `"));
    let untried: Vec<&String> = all.iter().filter(|place| of_words(place) && !WORDS.iter().any(|(known, _)| known == place)).collect();
    // An id of `c1` to `c99` is a range, and tested as such.
    assert_eq!(untried, ["conditions.applications.included_authentication_context_class_references"], "add to the table");
    // Ids are ids, or one of the service's words for several.
    for (place, words) in [
        ("conditions.users.included_users", &["All", "None", "GuestsOrExternalUsers"][..]),
        ("conditions.users.excluded_users", &["GuestsOrExternalUsers"]),
        ("conditions.users.included_groups", &[]),
        ("conditions.users.excluded_roles", &[]),
        ("conditions.applications.included_applications", &["All", "None", "Office365", "MicrosoftAdminPortals", "AKS"]),
        ("conditions.locations.included_locations", &["All", "AllTrusted"]),
        ("conditions.client_applications.included_service_principals", &["ServicePrincipalsInMyTenant"]),
        ("grant_controls.authentication_strength_policy_id", &[]),
    ] {
        assert!(words.iter().copied().chain([ONE]).all(|word| refused(place, word).is_none()), "{place}");
        assert!(["admins", "all users", &ONE.replace('-', "")].iter().all(|word| refused(place, word).is_some()), "{place}");
    }
}

/// The bases, each once.
fn bases() -> [Value; 3] {
    [users(), blocked(), service_principals()]
}

/// A configuration with a policy of each trial, and one of each base. All have the same name, so that the name distinguishes nothing.
fn configuration(value: impl Fn(&Trial) -> Option<Value>) -> String {
    let named = |mut policy: Value| {
        policy.as_object_mut().unwrap().entry("display_name").or_insert(json!("policy"));
        policy
    };
    let tried = trials().into_iter().enumerate().map(|(at, trial)| {
        let tried = value(&trial).map_or(trial.base.clone(), |value| with(trial.base.clone(), trial.at, value));
        (format!("tried_{at}"), named(tried))
    });
    let bases = bases().into_iter().enumerate().map(|(at, base)| (format!("base_{at}"), named(base)));
    json!({ "resource": { TYPE: tried.chain(bases).collect::<Map<String, Value>>() } }).to_string()
}

/// A policy as the service keeps it, without its id and times.
fn kept(state: &Value, test_tenant: &TestTenant, name: &str) -> Value {
    let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
    let found = resources.iter().find(|resource| resource["name"] == name).unwrap();
    let id = found["values"]["id"].as_str().unwrap();
    let mut policy = test_tenant.graph("GET", &format!("/identity/conditionalAccess/policies/{id}"), None);
    let grant = policy["grantControls"].as_object_mut().unwrap();
    grant.retain(|name, _| !name.contains("@odata."));
    for name in ["id", "createdDateTime", "modifiedDateTime", "@odata.context"] {
        policy.as_object_mut().unwrap().remove(name);
    }
    policy
}

#[test]
fn every_attribute_is_set_changed_removed_and_planned_empty() {
    let test_tenant = TestTenant::new("every_attribute");
    let workspace = test_tenant.workspace("");
    let principals = test_tenant.graph("GET", "/servicePrincipals?$select=id", None);
    let principals = [0, 1].map(|at| principals["value"][at]["id"].as_str().unwrap().to_owned());
    let real = [test_tenant.users(2), vec![test_tenant.group(json!({})), test_tenant.group(json!({}))], principals.to_vec()].concat();
    let stand_ins = [USERS, GROUPS, PRINCIPALS].concat();
    let configuration = |value: fn(&Trial) -> Option<Value>| {
        stand_ins.iter().zip(&real).fold(configuration(value), |text, (id, real)| text.replace(id, real))
    };
    let is_changed = |actions: &Value, at: usize| actions[format!("{TYPE}.tried_{at}")] == json!(["update"]);
    workspace.file("policies.tf.json", &configuration(|trial| Some(trial.first.clone())));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.file("policies.tf.json", &configuration(|trial| Some(trial.second.clone())));
    let actions = workspace.planned_actions();
    for (at, trial) in trials().iter().enumerate() {
        assert!(is_changed(&actions, at), "{}: {actions}", trial.at);
    }
    workspace.apply();
    workspace.plan_is_empty();
    workspace.file("policies.tf.json", &configuration(|_| None));
    workspace.apply();
    workspace.plan_is_empty();
    let state = workspace.json(&["show", "-json"]);
    for (at, trial) in trials().iter().enumerate() {
        let base = bases().iter().position(|base| *base == trial.base).unwrap();
        let [tried, base] = [format!("tried_{at}"), format!("base_{base}")].map(|name| kept(&state, &test_tenant, &name));
        assert_eq!(tried, base, "{} is cleared at the service", trial.at);
    }
    workspace.destroy();
}

/// Policies as organizations have them: Microsoft's templates, and what is often built beside them.
#[test]
fn everyday_policies_come_back_as_they_went() {
    let test_tenant = TestTenant::new("everyday_policies");
    let (emergency, admins) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
    let pipeline = test_tenant.graph("GET", "/servicePrincipals?$select=id", None)["value"][0]["id"].clone();
    let variables = json!({ "emergency": emergency, "admins": admins, "pipeline": pipeline }).to_string();
    let text = include_str!("../vectors/everyday_policies.tf.json");
    let workspace = test_tenant.workspace("");
    workspace.file("everyday.tf.json", text);
    workspace.file("terraform.tfvars.json", &variables);
    workspace.apply();
    workspace.plan_is_empty();
    let policies: Value = serde_json::from_str(text).unwrap();
    let names: Vec<&String> = policies["resource"][TYPE].as_object().unwrap().keys().collect();
    assert!(names.len() >= 30);
    // Imported by somebody else: the same state, and nothing to do.
    let imports: String = names
        .iter()
        .map(|name| {
            let id = workspace.state(&format!("{TYPE}.{name}"))["id"].clone();
            format!("import {{\n  to = {TYPE}.{name}\n  id = {id}\n}}\n")
        })
        .collect();
    let places = ["aksaccess_named_location.offices", "aksaccess_named_location.blocked", "aksaccess_authentication_context.elevation"];
    let places: String = places.iter().map(|at| format!("import {{\n  to = {at}\n  id = {}\n}}\n", workspace.state(at)["id"])).collect();
    let other = test_tenant.workspace(&format!("{imports}{places}"));
    other.file("everyday.tf.json", text);
    other.file("terraform.tfvars.json", &variables);
    other.apply();
    other.plan_is_empty();
    for name in &names {
        let address = format!("{TYPE}.{name}");
        assert_eq!(other.state(&address), workspace.state(&address), "{name}");
    }
    // What is generated from them plans empty, too.
    let generated = test_tenant.workspace(&imports);
    generated.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    generated.apply();
    generated.plan_is_empty();
    workspace.destroy();
}

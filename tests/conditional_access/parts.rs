//! What conditional access policies name: locations, authentication strengths and contexts, with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::TestTenant;

const LOCATIONS: &str = "/identity/conditionalAccess/namedLocations";
const STRENGTHS: &str = "/policies/authenticationStrengthPolicies";
const CONTEXTS: &str = "/identity/conditionalAccess/authenticationContextClassReferences";

fn resource(kind: &str, body: &str) -> String {
    format!("resource \"aksaccess_{kind}\" \"it\" {{\n{body}\n}}\n")
}

fn ip(ranges: &str, trusted: bool) -> String {
    resource("named_location", &format!("  display_name = \"offices\"\n  ip {{\n    ip_ranges = {ranges}\n    trusted = {trusted}\n  }}"))
}

/// A policy that names something.
fn policy(conditions: &str, grant: &str) -> String {
    format!(
        "resource \"aksaccess_conditional_access_policy\" \"user\" {{\n  display_name = \"user\"\n  state = \"disabled\"\n  conditions {{\n    \
         users {{ included_users = [\"None\"] }}\n    {conditions}\n  }}\n  grant_controls {{ {grant} }}\n}}\n"
    )
}

#[test]
fn a_location_of_addresses_lives_and_dies() {
    let test_tenant = TestTenant::new("location_of_addresses");
    let it = "aksaccess_named_location.it";
    let workspace = test_tenant.workspace(&ip("[\"203.0.113.0/24\", \"2001:DB8:0::/32\"]", true));
    workspace.apply();
    let location = |method: &str| format!("{method} /v1.0/identity/conditionalAccess/namedLocations");
    assert_eq!(
        test_tenant.requests(),
        json!({ location("GET"): 1, location("POST"): 1 }),
        "one listing, for what an interrupted run may have left"
    );
    let made = test_tenant.graph("GET", LOCATIONS, None)["value"][0].clone();
    assert_eq!(made["ipRanges"][1], json!({ "@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32" }));
    workspace.plan_is_empty();
    // Another order and spelling.
    workspace.write(&ip("[\"2001:db8::/32\", \"203.0.113.0/24\"]", true));
    workspace.plan_is_empty();
    workspace.write(&ip("[\"2001:db8::/32\", \"198.51.100.7-198.51.100.9\"]", false));
    assert_eq!(workspace.planned_actions(), json!({ it: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    // Somebody else trusts it.
    test_tenant.advance("PT2M");
    let id = workspace.state(it)["id"].as_str().unwrap().to_owned();
    let mut there = test_tenant.graph("GET", &format!("{LOCATIONS}/{id}"), None);
    there["isTrusted"] = json!(true);
    let body = json!({ "@odata.type": there["@odata.type"], "displayName": "offices", "ipRanges": there["ipRanges"], "isTrusted": true });
    test_tenant.graph("PATCH", &format!("{LOCATIONS}/{id}"), Some(body));
    assert_eq!(workspace.planned_actions(), json!({ it: ["update"] }));
    workspace.write(&ip("[\"2001:db8::/32\", \"198.51.100.7-198.51.100.9\"]", true));
    workspace.plan_is_empty();
    // Imported it is the same.
    let portal = format!("https://entra.microsoft.com/#view/X/namedLocationId/{id}");
    for spelling in [id.clone(), format!("/identity/conditionalAccess/namedLocations/{id}"), portal] {
        let imported = test_tenant.workspace(&ip("[\"2001:db8::/32\", \"198.51.100.7-198.51.100.9\"]", true));
        imported.succeeds(&["import", "-no-color", it, &spelling]);
        imported.plan_is_empty();
    }
    let block = test_tenant.workspace(&format!("import {{\n  to = {it}\n  id = {id:?}\n}}\n"));
    block.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    block.apply();
    block.plan_is_empty();
    // A trusted location is untrusted first.
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", LOCATIONS, None)["value"], json!([]));
}

#[test]
fn a_location_of_countries_is_another_kind() {
    let test_tenant = TestTenant::new("location_of_countries");
    let it = "aksaccess_named_location.it";
    let country = |body: &str| resource("named_location", &format!("  display_name = \"offices\"\n  country {{\n    {body}\n  }}"));
    let workspace = test_tenant.workspace(&country("countries_and_regions = [\"DE\", \"CH\"]"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(&country("countries_and_regions = [\"CH\", \"DE\"]"));
    workspace.plan_is_empty();
    let changed = "countries_and_regions = [\"CH\"]\n    include_unknown_countries_and_regions = true\n    country_lookup_method = \"authenticatorAppGps\"";
    workspace.write(&country(changed));
    workspace.apply();
    workspace.plan_is_empty();
    let there = test_tenant.graph("GET", LOCATIONS, None)["value"][0].clone();
    assert_eq!((&there["countriesAndRegions"], &there["countryLookupMethod"]), (&json!(["CH"]), &json!("authenticatorAppGps")));
    workspace.write(&ip("[\"203.0.113.0/24\"]", false));
    assert_eq!(workspace.planned_actions(), json!({ it: ["delete", "create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    for (body, message) in [
        (ip("[\"203.0.113.9/24\"]", false), "with no bit set behind the prefix"),
        (ip("[\"203.0.113.0\"]", false), "must be a range of IP addresses"),
        (ip("[\"2001:db8::/129\"]", false), "must be a range of IP addresses"),
        (ip("[]", false), "must have at least one range"),
        (
            ip("[for at in setproduct(range(2), range(1001)) : format(\"10.%d.%d.%d/32\", at[0], floor(at[1] / 256), at[1] % 256)]", false),
            "must have at most 2000",
        ),
        (country("countries_and_regions = [\"UK\"]"), "must be a code of ISO 3166-1"),
        (country("countries_and_regions = []"), "or a block `country` with a country"),
        (resource("named_location", "  display_name = \"x\""), "A named location needs addresses or countries"),
    ] {
        test_tenant.workspace(&body).fails(&["validate", "-no-color"], &[message]);
    }
}

#[test]
fn a_deleted_location_comes_back_with_its_id() {
    let test_tenant = TestTenant::new("deleted_location");
    let it = "aksaccess_named_location.it";
    let restoring = |body: &str| body.replace("  display_name", "  restore_deleted = true\n  display_name");
    let workspace = test_tenant.workspace(&restoring(&ip("[\"203.0.113.0/24\"]", true)));
    workspace.apply();
    workspace.plan_is_empty();
    let id = workspace.state(it)["id"].clone();
    workspace.destroy();
    // One of another kind is another location.
    let country = resource("named_location", "  display_name = \"offices\"\n  country { countries_and_regions = [\"DE\"] }");
    let other = test_tenant.workspace(&restoring(&country));
    other.apply();
    assert_ne!(other.state(it)["id"], id);
    // It is made what the configuration says now, and trusted again: it was untrusted to be deleted.
    workspace.write(&restoring(&ip("[\"198.51.100.0/24\"]", true)));
    workspace.apply();
    assert_eq!(workspace.state(it)["id"], id);
    workspace.plan_is_empty();
    let there = test_tenant.graph("GET", &format!("{LOCATIONS}/{}", id.as_str().unwrap()), None);
    assert_eq!((&there["isTrusted"], &there["ipRanges"][0]["cidrAddress"]), (&json!(true), &json!("198.51.100.0/24")));
    // Somebody else deletes it.
    test_tenant.advance("PT2M");
    let body = json!({ "@odata.type": there["@odata.type"], "displayName": "offices", "ipRanges": there["ipRanges"], "isTrusted": false });
    test_tenant.graph("PATCH", &format!("{LOCATIONS}/{}", id.as_str().unwrap()), Some(body));
    test_tenant.graph("DELETE", &format!("{LOCATIONS}/{}", id.as_str().unwrap()), None);
    assert_eq!(workspace.planned_actions(), json!({ it: ["create"] }));
    workspace.apply();
    assert_eq!(workspace.state(it)["id"], id);
    workspace.plan_is_empty();
    // Two with the same properties.
    workspace.destroy();
    let another = test_tenant.workspace(&ip("[\"192.0.2.0/24\"]", false));
    another.apply();
    another.destroy();
    workspace
        .fails(&["apply", "-auto-approve", "-no-color"], &["Several deleted locations are called \"offices\"", "restore_deleted = false"]);
    // Without `restore_deleted` it is made anew.
    workspace.write(&ip("[\"203.0.113.0/24\"]", true));
    workspace.apply();
    assert_ne!(workspace.state(it)["id"], id);
    workspace.plan_is_empty();
}

#[test]
fn what_policies_use_is_not_deleted_and_they_are_named() {
    let test_tenant = TestTenant::new("in_use");
    let parts = [
        (ip("[\"203.0.113.0/24\"]", true), "named_location"),
        (
            resource("authentication_strength_policy", "  display_name = \"keys\"\n  allowed_combinations = [\"fido2\"]"),
            "authentication_strength_policy",
        ),
        (resource("authentication_context", "  id = \"c7\"\n  display_name = \"more\""), "authentication_context"),
    ];
    for (part, kind) in parts {
        let reference = format!("aksaccess_{kind}.it.id");
        let policy = match kind {
            "named_location" => policy(
                &format!("applications {{ included_applications = [\"AKS\"] }}\n locations {{ included_locations = [{reference}] }}"),
                "built_in_controls = [\"mfa\"]",
            ),
            "authentication_context" => policy(
                &format!("applications {{ included_authentication_context_class_references = [{reference}] }}"),
                "built_in_controls = [\"mfa\"]",
            ),
            _ => policy("applications { included_applications = [\"AKS\"] }", &format!("authentication_strength_policy_id = {reference}")),
        };
        let workspace = test_tenant.workspace(&format!("{part}{policy}"));
        workspace.apply();
        workspace.plan_is_empty();
        let id = workspace.state(&format!("aksaccess_{kind}.it"))["id"].as_str().unwrap().to_owned();
        // Somebody else's configuration wants to delete it.
        let other = test_tenant.workspace(&part);
        other.succeeds(&["import", "-no-color", &format!("aksaccess_{kind}.it"), &id]);
        let destroy = ["destroy", "-auto-approve", "-no-color"];
        std::thread::scope(|scope| {
            // A use counts when replicas must know better.
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_secs(4));
                test_tenant.advance("PT31S");
            });
            other.fails(&destroy, &["conditional access policies use it", "\"user\" ("]);
        });
        // Together they go.
        workspace.destroy();
    }
    assert_eq!(test_tenant.graph("GET", LOCATIONS, None)["value"], json!([]));
    assert_eq!(test_tenant.graph("GET", CONTEXTS, None)["value"], json!([]));
}

#[test]
fn a_strength_lives_and_dies() {
    let test_tenant = TestTenant::new("authentication_strength");
    let it = "aksaccess_authentication_strength_policy.it";
    let strength = |name: &str, rest: &str| resource("authentication_strength_policy", &format!("  display_name = {name:?}\n{rest}"));
    let key = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    let plain = strength("keys", "  allowed_combinations = [\"fido2\", \"microsoftAuthenticatorPush,password\"]");
    let workspace = test_tenant.workspace(&plain);
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(&strength("keys", "  allowed_combinations = [\"password, microsoftAuthenticatorPush\", \"fido2\"]"));
    workspace.plan_is_empty();
    // Everything at once: a name, other combinations, and what is asked of them.
    let full = strength(
        "company keys",
        &format!(
            "  description = \"ours\"\n  allowed_combinations = [\"fido2\", \"x509CertificateMultiFactor\"]\n  fido2_allowed_aaguids = [{key:?}]\n  \
             x509_certificate_multi_factor {{\n    allowed_issuer_skis = [\"9a4248c6\"]\n    allowed_policy_oids = [\"1.2.3\"]\n  }}"
        ),
    );
    workspace.write(&full);
    assert_eq!(workspace.planned_actions(), json!({ it: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    let id = workspace.state(it)["id"].as_str().unwrap().to_owned();
    let imported = test_tenant.workspace(&full);
    imported.succeeds(&["import", "-no-color", it, &id]);
    assert_eq!(imported.state(it), workspace.state(it));
    imported.plan_is_empty();
    let block = test_tenant.workspace(&format!("import {{\n  to = {it}\n  id = \"/policies/authenticationStrengthPolicies/{id}\"\n}}\n"));
    block.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    block.apply();
    block.plan_is_empty();
    // Back again: configurations go before their combinations.
    workspace.write(&plain);
    workspace.apply();
    workspace.plan_is_empty();
    let there = test_tenant.graph("GET", &format!("{STRENGTHS}/{id}"), None);
    assert_eq!((&there["combinationConfigurations"], &there["description"]), (&json!([]), &Value::Null));
    test_tenant
        .workspace(&strength("x", "  allowed_combinations = [\"telepathy\"]"))
        .fails(&["validate", "-no-color"], &["must be one of the methods"]);
    let unfit = strength("x", &format!("  allowed_combinations = [\"sms\"]\n  fido2_allowed_aaguids = [{key:?}]"));
    test_tenant.workspace(&unfit).fails(&["validate", "-no-color"], &["about a combination that is not allowed"]);
    workspace.destroy();
    let left = test_tenant.graph("GET", STRENGTHS, None)["value"].as_array().unwrap().len();
    assert_eq!(left, 3, "the built-in ones");
}

#[test]
fn a_context_lives_and_dies() {
    let test_tenant = TestTenant::new("authentication_context");
    let it = "aksaccess_authentication_context.it";
    let context = |id: &str, rest: &str| resource("authentication_context", &format!("  id = {id:?}\n  display_name = \"more\"\n{rest}"));
    let workspace = test_tenant.workspace(&context("c1", "  description = \"why\""));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.write(&context("c1", "  published = false"));
    workspace.apply();
    workspace.plan_is_empty();
    let there = test_tenant.graph("GET", &format!("{CONTEXTS}/c1"), None);
    assert_eq!((&there["isAvailable"], &there["description"]), (&json!(false), &Value::Null));
    for spelling in ["c1", "/identity/conditionalAccess/authenticationContextClassReferences/c1"] {
        let imported = test_tenant.workspace(&context("c1", "  published = false"));
        imported.succeeds(&["import", "-no-color", it, spelling]);
        assert_eq!(imported.state(it), workspace.state(it));
        imported.plan_is_empty();
    }
    // Another id is another context; and one that is there is taken over, with a word about it.
    test_tenant.graph("PATCH", &format!("{CONTEXTS}/c2"), Some(json!({ "displayName": "theirs", "isAvailable": true })));
    workspace.write(&context("c2", ""));
    let said = workspace.succeeds(&["plan", "-no-color"]);
    assert!(
        said.text.contains("The authentication context c2 exists already") && said.text.contains("forces replacement"),
        "{}",
        said.text
    );
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.status(&format!("{CONTEXTS}/c1")), 404);
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", CONTEXTS, None)["value"], json!([]));
    test_tenant.workspace(&context("c100", "")).fails(&["validate", "-no-color"], &["must be one of `c1` to `c99`"]);
}

/// A run that was killed has deleted the policy, and a replica does not know it yet: its answer is waited out.
#[test]
fn a_use_that_ends_while_the_deletion_waits_is_none() {
    let test_tenant = TestTenant::new("stale_use");
    let workspace = test_tenant.workspace(&ip("[\"203.0.113.0/24\"]", false));
    workspace.apply();
    let location = workspace.state("aksaccess_named_location.it")["id"].clone();
    let policy = json!({
        "displayName": "user", "state": "disabled", "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
        "conditions": {
            "users": { "includeUsers": ["None"] }, "applications": { "includeApplications": ["All"] }, "clientAppTypes": ["all"],
            "locations": { "includeLocations": [location] },
        },
    });
    let policy = test_tenant.graph("POST", "/identity/conditionalAccess/policies", Some(policy));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The listing shows it until then.
            let listed = || test_tenant.requests()["GET /v1.0/identity/conditionalAccess/policies"].as_u64().unwrap_or_default();
            test_tenant.forget_requests();
            for _ in 0..600 {
                if listed() >= 2 {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            test_tenant.graph("DELETE", &format!("/identity/conditionalAccess/policies/{}", policy["id"].as_str().unwrap()), None);
        });
        workspace.destroy();
    });
    assert_eq!(test_tenant.graph("GET", LOCATIONS, None)["value"], json!([]));
}

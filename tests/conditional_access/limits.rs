//! Conditional access under its limit of one request a second, with lag, with lost answers, and the guard against locking everybody out.

use serde_json::{Map, Value, json};

use crate::conditional_access::policy::{IT, policy};
use crate::test_tenant::{TestTenant, flat};

const TYPE: &str = "aksaccess_conditional_access_policy";
const POLICIES: &str = "/identity/conditionalAccess/policies";

/// A tenant that answers one request a second.
fn limited() -> TestTenant {
    let switches = emulator::Switches { conditional_access_answers_one_request_a_second: true, ..Default::default() };
    TestTenant::with(emulator::Options { switches, ..Default::default() })
}

fn many(count: usize) -> String {
    format!(
        "resource \"{TYPE}\" \"it\" {{\n  count = {count}\n  display_name = \"policy-${{count.index}}\"\n  state = \"disabled\"\n  conditions {{\n    \
         users {{ included_users = [\"None\"] }}\n    applications {{ included_applications = [\"AKS\"] }}\n  }}\n  \
         grant_controls {{ built_in_controls = [\"mfa\"] }}\n}}\n"
    )
}

/// How many requests of conditional access there were, refused ones included.
fn asked(test_tenant: &TestTenant) -> u64 {
    let requests = test_tenant.requests();
    let of_it = requests.as_object().unwrap().iter().filter(|(template, _)| template.contains("/identity/conditionalAccess/"));
    of_it.filter_map(|(_, count)| count.as_u64()).sum()
}

#[test]
fn ten_policies_are_made_under_the_limit_and_none_fails() {
    let test_tenant = limited();
    let workspace = test_tenant.workspace(&format!(
        "{}\nresource \"aksaccess_named_location\" \"it\" {{\n  display_name = \"x\"\n  ip {{ ip_ranges = [\"203.0.113.0/24\"] }}\n}}\n",
        many(10).replace("  grant_controls", "  timeouts {\n    create = \"5s\"\n  }\n  grant_controls")
    ));
    test_tenant.forget_requests();
    let said = workspace.apply();
    assert_eq!(workspace.addresses().len(), 11);
    assert_eq!(said.text.matches("Conditional access was busy").count(), 1, "reported once: {}", said.text);
    // The first ten go at once, one is let in; the others queue and are not thrown back again, or hardly.
    let made = asked(&test_tenant);
    assert!((11..=24).contains(&made), "{made}: {}", test_tenant.requests());
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert!(asked(&test_tenant) <= 4, "{}", test_tenant.requests());
}

/// Read one by one, 200 policies would take 200 seconds under the limit. A listing has two pages, and the second may come a second too early, once: then it
/// waits for that second.
#[test]
fn two_hundred_policies_are_planned_in_three_requests_under_the_limit() {
    let test_tenant = limited();
    let body = |at: usize| {
        json!({
            "displayName": format!("policy-{at}"), "state": "disabled",
            "conditions": {
                "clientAppTypes": ["all"], "users": {"includeUsers": ["None"]},
                "applications": {"includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"]}
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}
        })
    };
    let make = |at: usize| {
        // A second later, by the tenant's clock.
        test_tenant.advance("PT2S");
        test_tenant.graph("POST", POLICIES, Some(body(at)))
    };
    let made: Vec<Value> = (0..200).map(make).collect();
    test_tenant.advance("PT2S");
    // The state of one that was imported, for all of them.
    let workspace = test_tenant.workspace(&many(1));
    workspace.succeeds(&["import", "-no-color", &format!("{TYPE}.it[0]"), made[0]["id"].as_str().unwrap()]);
    let path = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let like = state["resources"][0]["instances"][0].clone();
    let instance = |(at, policy): (usize, &Value)| {
        let mut instance = like.clone();
        instance["index_key"] = json!(at);
        for (attribute, property) in [("id", "id"), ("display_name", "displayName"), ("created_date_time", "createdDateTime")] {
            instance["attributes"][attribute] = policy[property].clone();
        }
        instance
    };
    state["resources"][0]["instances"] = made.iter().enumerate().map(instance).collect();
    std::fs::write(&path, state.to_string()).unwrap();
    workspace.write(&many(200));
    test_tenant.advance("PT2S");
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert!((2..=3).contains(&asked(&test_tenant)), "{}", test_tenant.requests());
    assert_eq!(test_tenant.all_requests(), asked(&test_tenant) + 2, "with the sign-in and the cloud's endpoints");
}

#[test]
fn replicas_that_lag_make_no_difference() {
    for seed in 1..3 {
        let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed, ..Default::default() });
        let configuration = |range: &str, state: &str| {
            format!(
                "resource \"aksaccess_named_location\" \"it\" {{\n  display_name = \"offices\"\n  ip {{\n    ip_ranges = [{range:?}]\n    trusted = true\n  }}\n}}\n{}",
                policy(
                    "offices",
                    state,
                    "users { included_users = [\"None\"] }\n applications { included_applications = [\"AKS\"] }\n \
                     locations {\n included_locations = [\"All\"]\n excluded_locations = [aksaccess_named_location.it.id]\n }",
                    "  grant_controls { built_in_controls = [\"block\"] }",
                )
            )
        };
        let before = test_tenant.snapshot();
        let workspace = test_tenant.workspace(&configuration("203.0.113.0/24", "enabled"));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.write(&configuration("198.51.100.0/24", "enabledForReportingButNotEnforced"));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.destroy();
        test_tenant.holds_again(&before, "");
    }
}

#[test]
fn a_lost_answer_makes_no_second_policy() {
    let test_tenant = TestTenant::new("policy_lost_answer");
    for fault in ["reset-after", "status-after=503", "truncate"] {
        let workspace = test_tenant.workspace(&many(1));
        test_tenant.arm(&format!("1 POST /v1.0{POLICIES} {fault}"));
        workspace.apply();
        assert_eq!(test_tenant.graph("GET", POLICIES, None)["value"].as_array().unwrap().len(), 1, "{fault}");
        workspace.plan_is_empty();
        workspace.destroy();
    }
    let workspace = test_tenant.workspace(&many(3));
    for fault in ["3 PATCH * status=429", "2 GET * throttle", "1 POST * throttle=1"] {
        test_tenant.arm(fault);
    }
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn who_may_not_list_reads_one_by_one() {
    let test_tenant = TestTenant::new("policy_not_listed");
    let workspace = test_tenant.workspace(&many(3));
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.arm(&format!("1 GET /v1.0{POLICIES} status=403"));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/identity/conditionalAccess/policies": 1, "GET /v1.0/identity/conditionalAccess/policies/{id}": 3 })
    );
}

#[test]
fn a_listing_that_fails_fails_for_all_who_wait_for_it() {
    let test_tenant = TestTenant::new("policy_listing_fails");
    let with_timeout = many(8).replacen("  count = 8\n", "  count = 8\n  timeouts {\n    read = \"8s\"\n  }\n", 1);
    let workspace = test_tenant.workspace(&with_timeout);
    workspace.apply();
    test_tenant.advance("PT2M");
    // The first caller tries until its time is over; the others, who waited for its answer, do not try again.
    test_tenant.arm(&format!("40 GET /v1.0{POLICIES} status=500"));
    test_tenant.forget_requests();
    workspace.fails(
        &["plan", "-no-color", "-parallelism=8"],
        &["Could not read the conditional access policy", "An internal server error occurred"],
    );
    assert!(asked(&test_tenant) <= 8, "{}", test_tenant.requests());
    test_tenant.control("DELETE", "faults", None);
    workspace.plan_is_empty();
}

#[test]
fn security_defaults_are_reported_with_advice() {
    let test_tenant = TestTenant::new("policy_security_defaults");
    test_tenant.graph("PATCH", "/policies/identitySecurityDefaultsEnforcementPolicy", Some(json!({ "isEnabled": true })));
    let on = |state: &str| {
        policy(
            "x",
            state,
            "users { included_users = [\"None\"] }\n applications { included_applications = [\"AKS\"] }",
            "  grant_controls { built_in_controls = [\"mfa\"] }",
        )
    };
    let workspace = test_tenant.workspace(&on("enabled"));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[
            "Security Defaults is enabled in the tenant",
            "set `state` to \"enabledForReportingButNotEnforced\" or \"disabled\"",
            "state = \"enabled\"",
        ],
    );
    workspace.write(&on("enabledForReportingButNotEnforced"));
    workspace.apply();
}

#[test]
fn the_services_own_words_point_at_the_attribute() {
    let test_tenant = TestTenant::new("policy_numbered_errors");
    let unknown = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let workspace = test_tenant.workspace(&policy(
        "x",
        "disabled",
        &format!(
            "users {{ included_users = [\"None\"] }}\n applications {{ included_applications = [\"AKS\"] }}\n user_risk_levels = [\"high\"]\n \
             # {unknown}"
        ),
        "  grant_controls { built_in_controls = [\"mfa\"] }\n  session_controls { sign_in_frequency_interval = \"everyTime\" }",
    ));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["1000: 'signInFrequency' of 'everyTime'", "on main.tf line", "sign_in_frequency"],
    );
}

/// A policy for all users and all applications, changed.
fn all(change: impl Fn(&mut Map<String, Value>)) -> Value {
    let mut it = json!({
        "display_name": "all", "state": "enabled",
        "conditions": { "users": { "included_users": ["All"] }, "applications": { "included_applications": ["All"] } },
        "grant_controls": { "built_in_controls": ["block"] }
    });
    change(it.as_object_mut().unwrap());
    it
}

#[test]
fn nobody_is_locked_out_by_mistake() {
    let test_tenant = TestTenant::new("policy_guard");
    let people = test_tenant.users(2);
    let (glass, other) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
    test_tenant.add_member(&glass, &people[0]);
    let provider = |silenced: &[&str]| json!({ "emergency_access_principals": [people[0]], "silence_warnings": silenced });
    let written = |silenced: &[&str], policy: &Value| {
        json!({ "provider": { "aksaccess": provider(silenced) }, "resource": { TYPE: { "it": policy } } }).to_string()
    };
    let everybody = "This policy would lock everybody out";
    let device = "This policy would lock out everybody without a managed device";
    let blocks = format!("This policy blocks {}, which is for emergencies", people[0]);
    let asks = format!("This policy asks more of {}, which is for emergencies", people[0]);
    let caller = "This policy would keep out the identity that Terraform signs in as";
    let set = |at: &str, value: Value| {
        let (last, path) = at.rsplit_once('.').map_or((at, None), |(path, last)| (last, Some(path)));
        let mut policy = all(|_| {});
        let mut place = &mut policy;
        for name in path.into_iter().flat_map(|path| path.split('.')) {
            place = place.as_object_mut().unwrap().entry(name).or_insert(json!({}));
        }
        place[last] = value;
        policy
    };
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (all(|_| {}), vec![everybody, &blocks]),
        (set("grant_controls", json!({ "built_in_controls": ["compliantDevice"] })), vec![device, &asks]),
        (set("grant_controls", json!({ "built_in_controls": ["compliantDevice", "mfa"] })), vec![&asks]),
        (set("grant_controls", json!({ "operator": "AND", "built_in_controls": ["compliantDevice", "mfa"] })), vec![device, &asks]),
        (set("conditions.users.excluded_users", json!([people[1]])), vec![&blocks]),
        (set("conditions.users.excluded_groups", json!([other])), vec![&blocks]),
        (set("conditions.users.excluded_users", json!([people[0].to_uppercase()])), vec![]),
        (set("conditions.users.excluded_groups", json!([glass])), vec![]),
        (set("conditions.users", json!({ "included_groups": [glass] })), vec![&blocks]),
        (set("conditions.users", json!({ "included_groups": [other] })), vec![]),
        (set("conditions.users", json!({ "included_roles": ["62e90394-69f5-4237-9190-012177145e10"] })), vec![&blocks]),
        (set("state", json!("disabled")), vec![]),
        (
            all(|policy| {
                policy["conditions"] = json!({
                    "client_applications": { "included_service_principals": ["ServicePrincipalsInMyTenant"] },
                    "applications": { "included_applications": ["All"] }
                });
            }),
            vec![caller],
        ),
    ];
    // Circumstances leave a way in: a warning.
    for policy in [
        set("conditions.locations", json!({ "included_locations": ["All"], "excluded_locations": ["AllTrusted"] })),
        set("conditions.platforms", json!({ "included_platforms": ["linux"] })),
        set("conditions.sign_in_risk_levels", json!(["high"])),
    ] {
        let workspace = test_tenant.workspace("");
        workspace.file("policy.tf.json", &written(&[], &policy));
        let said = flat(&workspace.succeeds(&["plan", "-no-color"]).text);
        let may_block = blocks.replace("blocks", "may block");
        assert!(said.contains(&format!("Warning: {may_block}")) && said.contains("depends on `conditions."), "{policy}: {said}");
    }
    // Who is at risk is locked out, Terraform is not.
    let at_risk = all(|policy| {
        policy["conditions"] = json!({
            "client_applications": { "included_service_principals": ["ServicePrincipalsInMyTenant"] },
            "applications": { "included_applications": ["All"] }, "service_principal_risk_levels": ["high"]
        });
    });
    let workspace = test_tenant.workspace("");
    workspace.file("policy.tf.json", &written(&[], &at_risk));
    let said = flat(&workspace.succeeds(&["plan", "-no-color"]).text);
    assert!(said.contains("Warning: This policy may keep out the identity that Terraform signs in as"), "{said}");
    for (policy, messages) in &cases {
        let workspace = test_tenant.workspace("");
        workspace.file("policy.tf.json", &written(&[], policy));
        if messages.is_empty() {
            let said = workspace.succeeds(&["plan", "-no-color"]);
            assert!(!said.text.contains("This policy"), "{policy}: {}", said.text);
            continue;
        }
        workspace.plan_fails(messages);
        // Only a warning where it is only reported.
        let mut reported = policy.clone();
        reported["state"] = json!("enabledForReportingButNotEnforced");
        workspace.file("policy.tf.json", &written(&[], &reported));
        let said = flat(&workspace.succeeds(&["plan", "-no-color"]).text);
        assert!(messages.iter().all(|message| said.contains(&format!("Warning: {message}"))), "{reported}: {said}");
        // And silent where that is asked for.
        let ids = [
            "policy_locks_everybody_out",
            "policy_needs_device_of_everybody",
            "policy_excludes_nobody",
            "policy_catches_emergency_access",
            "policy_catches_signed_in_principal",
        ];
        workspace.file("policy.tf.json", &written(&ids, policy));
        let said = workspace.succeeds(&["plan", "-no-color"]);
        assert!(!said.text.contains("This policy"), "{policy}: {}", said.text);
    }
    // Groups can be for emergencies, too; and whom to protect may be known in the apply walk only.
    let workspace = test_tenant.workspace("");
    let of = |principal: &str, excluded: &Value| {
        let policy = set("conditions.users.excluded_groups", json!([excluded]));
        json!({ "provider": { "aksaccess": [{ "emergency_access_principals": [principal] }, { "alias": "plain" }] }, "resource": { TYPE: { "it": policy } } })
            .to_string()
    };
    workspace.file("policy.tf.json", &of(&other, &json!(glass)));
    workspace.plan_fails(&[&format!("This policy blocks {other}, which is for emergencies")]);
    workspace.file("policy.tf.json", &of(&other, &json!(other)));
    workspace.succeeds(&["plan", "-no-color"]);
    workspace.file("policy.tf.json", &of("${aksaccess_group.new.id}", &json!("${aksaccess_group.new.id}")));
    let group = json!({ "display_name": "new", "provider": "aksaccess.plain" });
    workspace.file("group.tf.json", &json!({ "resource": { "aksaccess_group": { "new": group } } }).to_string());
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    // In the apply walk, where ids become known, it looks again.
    let workspace = test_tenant.workspace("");
    workspace.file("policy.tf.json", &written(&[], &set("conditions.users.excluded_groups", json!(["${aksaccess_group.new.id}"]))));
    workspace.file("group.tf.json", &json!({ "resource": { "aksaccess_group": { "new": { "display_name": "new" } } } }).to_string());
    workspace.succeeds(&["plan", "-no-color"]);
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &[&blocks]);
    assert_eq!(test_tenant.graph("GET", POLICIES, None)["value"], json!([]), "{IT}");
}

/// A run that was killed leaves new objects in state; the next one plans what refers to them while replicas do not show them yet. The service, too, may not
/// know yet what a policy refers to.
#[test]
fn objects_in_state_exist_though_a_replica_does_not_show_them() {
    for seed in 1..=4 {
        let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed, ..Default::default() });
        let objects = "resource \"aksaccess_group\" \"it\" {\n  display_name = \"new\"\n}\n\
             resource \"aksaccess_named_location\" \"it\" {\n  display_name = \"new\"\n  ip { ip_ranges = [\"203.0.113.0/24\"] }\n}\n\
             resource \"aksaccess_authentication_strength_policy\" \"it\" {\n  display_name = \"new\"\n  allowed_combinations = [\"fido2\"]\n}\n";
        let policy = |name: &str, condition: &str, control: &str| {
            format!(
                "resource \"{TYPE}\" {name:?} {{\n  display_name = {name:?}\n  state = \"disabled\"\n  conditions {{\n    \
                 users {{ included_groups = [aksaccess_group.it.id] }}\n    applications {{ included_applications = [\"AKS\"] }}\n    \
                 {condition}\n  }}\n  grant_controls {{ {control} }}\n}}\n"
            )
        };
        let strength = "authentication_strength_policy_id = aksaccess_authentication_strength_policy.it.id";
        let location = "locations { included_locations = [aksaccess_named_location.it.id] }";
        let workspace = test_tenant.workspace(objects);
        let before = test_tenant.snapshot();
        workspace.apply();
        workspace.write(&format!(
            "{objects}{}{}",
            policy("strong", "", strength),
            policy("here", location, "built_in_controls = [\"mfa\"]")
        ));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.destroy();
        test_tenant.holds_again(&before, "a policy beside what it refers to");
    }
}

//! The guard against a lock-out, and the data source that evaluates sign-ins: tables of policies and principals, on which both must give the same answer.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sign_in::credentials::az;
use crate::test_tenant::{TestTenant, Workspace};

const TYPE: &str = "aksaccess_conditional_access_policy";
const DATA: &str = "aksaccess_conditional_access_evaluation";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const ARM: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const WARNINGS: [&str; 5] = [
    "policy_locks_everybody_out",
    "policy_needs_device_of_everybody",
    "policy_excludes_nobody",
    "policy_catches_emergency_access",
    "policy_catches_signed_in_principal",
];

/// By policy: `applies`, `not`, or `open` with the conditions that decide.
type Answers = BTreeMap<String, String>;

/// A severity and a summary, or nothing.
type Finding = Option<(&'static str, &'static str)>;

/// A policy that blocks, for all users and AKS, with these conditions in place of its own.
fn blocking(name: &str, state: &str, conditions: &Value) -> Value {
    let mut all = json!({ "users": { "included_users": ["All"] }, "applications": { "included_applications": ["AKS"] } });
    all.as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    json!({ "display_name": name, "state": state, "conditions": all, "grant_controls": { "built_in_controls": ["block"] } })
}

fn policies(rows: &[(&str, Value)], state: &str) -> Value {
    rows.iter().map(|(name, conditions)| ((*name).to_owned(), blocking(name, state, conditions))).collect::<serde_json::Map<_, _>>().into()
}

/// What a plan says, by resource: severity, summary and detail.
fn plan(workspace: &Workspace<'_>) -> Vec<(String, String, String, String)> {
    let said = workspace.run(&["plan", "-json"]);
    let lines = said.text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines.filter(|line| line["type"] == "diagnostic").map(|line| {
        let of = |name: &str| line["diagnostic"][name].as_str().unwrap_or_default().to_owned();
        (of("address").replace(&format!("{TYPE}."), ""), of("severity"), of("summary"), of("detail"))
    });
    let mut found: Vec<_> = found.collect();
    found.retain(|(_, _, summary, _)| summary != "Provider development overrides are in effect");
    assert!(found.iter().all(|(address, ..)| !address.is_empty()), "something is said of no policy: {found:?}");
    found
}

/// The answer that a finding of the guard gives.
fn answer(severity: &str, detail: &str) -> String {
    if severity == "error" {
        return "applies".to_owned();
    }
    let on = detail.split("depends on ").nth(1).unwrap_or_else(|| panic!("an error, or what it depends on: {detail}"));
    let places: Vec<&str> = on.split('`').filter_map(|text| text.strip_prefix("conditions.")).collect();
    format!("open {}", places.join(" "))
}

/// What the guard says of each policy in a plan that enables it, by the findings whose summary holds this text.
fn guard(workspace: &Workspace<'_>, rows: &[(&str, Value)], provider: &Value, about: &str) -> Answers {
    let configuration = json!({ "provider": { "aksaccess": provider }, "resource": { TYPE: policies(rows, "enabled") } });
    workspace.file("policies.tf.json", &configuration.to_string());
    let mut answers: Answers = rows.iter().map(|(name, _)| ((*name).to_owned(), "not".to_owned())).collect();
    for (row, severity, summary, detail) in plan(workspace) {
        if summary.contains(about) {
            answers.insert(row, answer(&severity, &detail));
        }
    }
    answers
}

/// What the data source says of each policy, for several sign-ins: the most that one of them gives.
fn evaluated(test_tenant: &TestTenant, rows: &[(&str, Value)], sign_ins: &Value) -> BTreeMap<String, Answers> {
    let workspace = test_tenant.workspace("");
    let resources = json!({ "provider": { "aksaccess": { "silence_warnings": WARNINGS } }, "resource": { TYPE: policies(rows, "enabledForReportingButNotEnforced") } });
    workspace.file("policies.tf.json", &resources.to_string());
    workspace.apply();
    let sign_ins = sign_ins.as_object().unwrap();
    let outputs: serde_json::Map<_, _> =
        sign_ins.keys().map(|name| (name.clone(), json!({ "value": format!("${{data.{DATA}.{name}.policies}}") }))).collect();
    workspace.file("data.tf.json", &json!({ "data": { DATA: sign_ins }, "output": outputs }).to_string());
    workspace.apply();
    let answers = sign_ins.keys().map(|name| {
        let of = |policy: &Value| {
            let texts = |place: &str| policy[place].as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
            let answer = match (policy["applies"] == true, texts("reasons")) {
                (true, _) => "applies".to_owned(),
                (false, reasons) if reasons == "notEnoughInformation" => format!("open {}", texts("undetermined_conditions")),
                _ => "not".to_owned(),
            };
            (policy["display_name"].as_str().unwrap().to_owned(), answer)
        };
        (name.clone(), workspace.output(name).as_array().unwrap().iter().map(of).collect())
    });
    let answers = answers.collect();
    workspace.destroy();
    answers
}

fn user(test_tenant: &TestTenant, alias: &str, kind: &str) -> String {
    let (id, _) = test_tenant.person(alias);
    test_tenant.graph("PATCH", &format!("/users/{id}"), Some(json!({ "userType": kind })));
    id
}

fn assign(test_tenant: &TestTenant, role: &str, principal: &str) {
    let role = json!({ "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/" });
    test_tenant.graph("POST", "/roleManagement/directory/roleAssignments", Some(role));
}

fn trusted_location(test_tenant: &TestTenant) {
    let range = json!({ "@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24" });
    let office =
        json!({ "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "office", "isTrusted": true, "ipRanges": [range] });
    test_tenant.graph("POST", "/identity/conditionalAccess/namedLocations", Some(office));
}

#[test]
fn the_guard_and_the_data_source_give_the_same_answer_about_every_principal() {
    let test_tenant = TestTenant::new("guard_principals");
    trusted_location(&test_tenant);
    let (ann, gus, root) = (user(&test_tenant, "ann", "Member"), user(&test_tenant, "gus", "Guest"), user(&test_tenant, "root", "Member"));
    assign(&test_tenant, EXCHANGE_ADMINISTRATOR, &root);
    let (inner, outer) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
    test_tenant.add_member(&inner, &ann);
    test_tenant.add_member(&outer, &inner);
    let users = |users: Value| json!({ "users": users });
    let all_but = |excluded: Value| {
        let mut users = json!({ "included_users": ["All"] });
        users.as_object_mut().unwrap().extend(excluded.as_object().unwrap().clone());
        json!({ "users": users })
    };
    let guests = |types: Value| json!({ "guest_or_external_user_types": types });
    // Of ann, gus and root.
    let (all, none) = (["applies"; 3], ["not"; 3]);
    let (only_ann, only_gus, only_root) = (["applies", "not", "not"], ["not", "applies", "not"], ["not", "not", "applies"]);
    let but_ann = ["not", "applies", "applies"];
    let table: Vec<(&str, Value, [&str; 3])> = vec![
        ("everybody", json!({}), all),
        ("nobody", users(json!({ "included_users": ["None"] })), none),
        ("user", users(json!({ "included_users": [ann] })), only_ann),
        ("user_in_capitals", users(json!({ "included_users": [ann.to_uppercase()] })), only_ann),
        ("user_excluded", all_but(json!({ "excluded_users": [ann] })), but_ann),
        ("group", users(json!({ "included_groups": [inner] })), only_ann),
        ("group_around_a_group", users(json!({ "included_groups": [outer] })), only_ann),
        ("group_excluded", all_but(json!({ "excluded_groups": [outer.to_uppercase()] })), but_ann),
        ("user_included_group_excluded", users(json!({ "included_users": [ann], "excluded_groups": [outer] })), none),
        ("role", users(json!({ "included_roles": [EXCHANGE_ADMINISTRATOR] })), only_root),
        ("role_excluded", all_but(json!({ "excluded_roles": [EXCHANGE_ADMINISTRATOR] })), ["applies", "applies", "not"]),
        ("guests", users(json!({ "included_users": ["GuestsOrExternalUsers"] })), only_gus),
        ("guests_excluded", all_but(json!({ "excluded_users": ["GuestsOrExternalUsers"] })), ["applies", "not", "applies"]),
        ("guest_type", users(json!({ "included_guests_or_external_users": guests(json!(["internalGuest"])) })), only_gus),
        ("other_guest_type", users(json!({ "included_guests_or_external_users": guests(json!(["serviceProvider"])) })), none),
        (
            "guest_type_excluded",
            all_but(json!({ "excluded_guests_or_external_users": guests(json!(["internalGuest"])) })),
            ["applies", "not", "applies"],
        ),
        ("no_application", json!({ "applications": { "included_applications": ["None"] } }), none),
        ("all_applications", json!({ "applications": { "included_applications": ["All"] } }), all),
        ("modern_clients", json!({ "client_app_types": ["mobileAppsAndDesktopClients", "browser"] }), all),
        ("legacy_clients", json!({ "client_app_types": ["exchangeActiveSync", "other"] }), none),
        ("platform", json!({ "platforms": { "included_platforms": ["windows"] } }), ["open platforms"; 3]),
        ("all_platforms", json!({ "platforms": { "included_platforms": ["all"] } }), all),
        (
            "platform_excluded",
            json!({ "platforms": { "included_platforms": ["all"], "excluded_platforms": ["iOS"] } }),
            ["open platforms"; 3],
        ),
        ("all_locations", json!({ "locations": { "included_locations": ["All"] } }), all),
        (
            "trusted_locations_excluded",
            json!({ "locations": { "included_locations": ["All"], "excluded_locations": ["AllTrusted"] } }),
            ["open locations"; 3],
        ),
        ("trusted_locations", json!({ "locations": { "included_locations": ["AllTrusted"] } }), ["open locations"; 3]),
        ("devices", json!({ "devices": { "filter": { "mode": "exclude", "rule": "device.isCompliant -eq True" } } }), ["open devices"; 3]),
        ("sign_in_risk", json!({ "sign_in_risk_levels": ["high", "medium"] }), ["open sign_in_risk_levels"; 3]),
        ("every_user_risk", json!({ "user_risk_levels": ["low", "medium", "high", "hidden", "none"] }), ["risk"; 3]),
        ("user_risk", json!({ "user_risk_levels": ["high"] }), ["open user_risk_levels"; 3]),
        ("insider_risk", json!({ "insider_risk_levels": "elevated" }), ["open insider_risk_levels"; 3]),
        ("flow", json!({ "authentication_flow_transfer_methods": ["deviceCodeFlow"] }), ["open authentication_flow_transfer_methods"; 3]),
        (
            "two_conditions_of_one_user",
            json!({
                "users": { "included_users": [ann] }, "platforms": { "included_platforms": ["linux"] }, "user_risk_levels": ["high"]
            }),
            ["open user_risk_levels platforms", "not", "not"],
        ),
    ];
    let rows: Vec<(&str, Value)> = table.iter().map(|(name, conditions, _)| (*name, conditions.clone())).collect();
    let sign_in = |id: &str| json!({ "user_id": id, "applications": ["AKS"], "client_app_type": "browser" });
    let said = evaluated(&test_tenant, &rows, &json!({ "ann": sign_in(&ann), "gus": sign_in(&gus), "root": sign_in(&root) }));
    for (at, (name, id)) in [("ann", &ann), ("gus", &gus), ("root", &root)].into_iter().enumerate() {
        let guarded = guard(&test_tenant.workspace(""), &rows, &json!({ "emergency_access_principals": [id] }), "is for emergencies");
        for (row, _, expected) in &table {
            // With every level listed the service still needs the level of the sign-in; the guard knows that it makes no difference.
            let (of_guard, of_service) = if expected[at] == "risk" { ("applies", "open ") } else { (expected[at], expected[at]) };
            assert_eq!((&*guarded[*row], &*said[name][*row]), (of_guard, of_service), "the guard and the service about {name} and {row}");
        }
    }
}

#[test]
fn guard_and_data_source_agree_about_the_caller() {
    let test_tenant = TestTenant::new("guard_caller");
    trusted_location(&test_tenant);
    let (me, token) = test_tenant.person("me");
    assign(&test_tenant, GLOBAL_ADMINISTRATOR, &me);
    let (inner, outer) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
    test_tenant.add_member(&inner, &me);
    test_tenant.add_member(&outer, &inner);
    let application = emulator::tenant::SERVICE_PRINCIPAL_ID;
    let to = |included: Value, excluded: Value| json!({ "applications": { "included_applications": included, "excluded_applications": excluded } });
    let graph = |conditions: Value| {
        let mut all = to(json!([GRAPH]), json!([]));
        all.as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        all
    };
    let workload = |principals: Value, conditions: Value| {
        let mut all = json!({ "users": null, "client_applications": principals, "applications": { "included_applications": ["All"] } });
        all.as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        all
    };
    let mine = json!({ "included_service_principals": ["ServicePrincipalsInMyTenant"] });
    // Of a user and of an application that runs Terraform.
    let table: Vec<(&str, Value, [&str; 2])> = vec![
        ("graph", graph(json!({})), ["applies", "not"]),
        ("arm", to(json!([ARM]), json!([])), ["applies", "not"]),
        ("aks", to(json!(["AKS"]), json!([])), ["not", "not"]),
        ("office", to(json!(["Office365"]), json!([])), ["not", "not"]),
        ("all", to(json!(["All"]), json!([])), ["applies", "not"]),
        ("all_but_graph", to(json!(["All"]), json!([GRAPH])), ["applies", "not"]),
        ("all_but_both", to(json!(["All"]), json!([GRAPH, ARM])), ["not", "not"]),
        ("legacy", graph(json!({ "client_app_types": ["exchangeActiveSync", "other"] })), ["not", "not"]),
        ("browser", graph(json!({ "client_app_types": ["browser"] })), ["not", "not"]),
        ("desktop", graph(json!({ "client_app_types": ["mobileAppsAndDesktopClients"] })), ["applies", "not"]),
        ("role", graph(json!({ "users": { "included_roles": [GLOBAL_ADMINISTRATOR] } })), ["applies", "not"]),
        ("other_role", graph(json!({ "users": { "included_roles": [EXCHANGE_ADMINISTRATOR] } })), ["not", "not"]),
        (
            "role_excluded",
            graph(json!({ "users": { "included_users": ["All"], "excluded_roles": [GLOBAL_ADMINISTRATOR] } })),
            ["not", "not"],
        ),
        ("nested_group", graph(json!({ "users": { "included_groups": [outer] } })), ["applies", "not"]),
        ("nested_group_excluded", graph(json!({ "users": { "included_users": [me], "excluded_groups": [outer] } })), ["not", "not"]),
        ("risk", graph(json!({ "user_risk_levels": ["high"] })), ["open user_risk_levels", "not"]),
        (
            "location",
            graph(json!({ "locations": { "included_locations": ["All"], "excluded_locations": ["AllTrusted"] } })),
            ["open locations", "not"],
        ),
        ("workload", workload(mine.clone(), json!({})), ["not", "applies"]),
        ("workload_by_id", workload(json!({ "included_service_principals": [application] }), json!({})), ["not", "applies"]),
        (
            "workload_excluded",
            workload(
                json!({ "included_service_principals": ["ServicePrincipalsInMyTenant"], "excluded_service_principals": [application] }),
                json!({}),
            ),
            ["not", "not"],
        ),
        (
            "workload_risk",
            workload(mine.clone(), json!({ "service_principal_risk_levels": ["high"] })),
            ["not", "open service_principal_risk_levels"],
        ),
        (
            "workload_location",
            workload(mine.clone(), json!({ "locations": { "included_locations": ["All"], "excluded_locations": ["AllTrusted"] } })),
            ["not", "open locations"],
        ),
        ("workload_aks", workload(mine, to(json!(["AKS"]), json!([]))), ["not", "not"]),
    ];
    let rows: Vec<(&str, Value)> = table.iter().map(|(name, conditions, _)| (*name, conditions.clone())).collect();
    let user = |to: &str| json!({ "user_id": me, "applications": [to], "client_app_type": "mobileAppsAndDesktopClients" });
    let service = |to: &str| json!({ "service_principal_id": application, "applications": [to] });
    let sign_ins =
        json!({ "user_graph": user(GRAPH), "user_arm": user(ARM), "application_graph": service(GRAPH), "application_arm": service(ARM) });
    let said = evaluated(&test_tenant, &rows, &sign_ins);
    let about = "keep out the identity that Terraform signs in as";
    let of_application = guard(&test_tenant.workspace(""), &rows, &json!({}), about);
    let cli = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (_folder, path) = az(&format!("cat <<'EOF'\n{cli}\nEOF"));
    let mut as_user = test_tenant.workspace("");
    for (name, value) in [("PATH", &*path), ("ARM_CLIENT_ID", ""), ("ARM_CLIENT_SECRET", "")] {
        as_user.set(name, value);
    }
    let of_user = guard(&as_user, &rows, &json!({}), about);
    for (row, _, expected) in &table {
        for (who, guarded, expected) in [("user", &of_user, expected[0]), ("application", &of_application, expected[1])] {
            let effects = ["graph", "arm"].map(|to| &*said[&format!("{who}_{to}")][*row]);
            let most = ["applies", "open", "not"].iter().find_map(|kind| effects.iter().find(|one| one.starts_with(kind))).unwrap();
            assert_eq!((&*guarded[*row], *most), (expected, expected), "the guard and the service about the {who} and {row}");
        }
    }
}

#[test]
fn every_control_counts_where_nobody_is_excluded() {
    let test_tenant = TestTenant::new("guard_everybody");
    trusted_location(&test_tenant);
    let (member, other) = (user(&test_tenant, "member", "Member"), user(&test_tenant, "other", "Member"));
    let all = json!({ "users": { "included_users": ["All"] }, "applications": { "included_applications": ["All"] } });
    let with = |conditions: Value| {
        let mut changed = all.clone();
        changed.as_object_mut().unwrap().extend(conditions.as_object().unwrap().clone());
        changed
    };
    let controls = |names: Value| json!({ "built_in_controls": names });
    let both = |names: Value| json!({ "operator": "AND", "built_in_controls": names });
    let (block, mfa) = (controls(json!(["block"])), controls(json!(["mfa"])));
    let (out, device) = ("This policy would lock everybody out", "This policy would lock out everybody without a managed device");
    let (application, nobody) =
        ("This policy would lock out everybody without a managed device or application", "This policy excludes nobody");
    let of = |excluded: &str, id: &str| json!({ "users": { "included_users": ["All"], excluded: [id] } });
    let group = test_tenant.group(json!({}));
    let excluding_guests = json!({ "users": { "included_users": ["All"], "excluded_guests_or_external_users": { "guest_or_external_user_types": ["serviceProvider"] } } });
    let table: Vec<(&str, Value, Value, Finding)> = vec![
        ("block", all.clone(), block.clone(), Some(("error", out))),
        ("compliant_device", all.clone(), controls(json!(["compliantDevice"])), Some(("error", device))),
        ("joined_device", all.clone(), controls(json!(["domainJoinedDevice", "compliantDevice"])), Some(("error", device))),
        ("approved_application", all.clone(), controls(json!(["approvedApplication"])), Some(("error", application))),
        ("compliant_application", all.clone(), controls(json!(["compliantApplication", "compliantDevice"])), Some(("error", application))),
        ("device_and_mfa", all.clone(), both(json!(["compliantDevice", "mfa"])), Some(("error", device))),
        ("device_or_mfa", all.clone(), controls(json!(["compliantDevice", "mfa"])), Some(("warning", nobody))),
        ("mfa", all.clone(), mfa.clone(), Some(("warning", nobody))),
        (
            "strength",
            all.clone(),
            json!({ "authentication_strength_policy_id": "00000000-0000-0000-0000-000000000004" }),
            Some(("warning", nobody)),
        ),
        ("terms", all.clone(), json!({ "terms_of_use": ["0f1e2d3c-0000-4000-8000-00000000abcd"] }), Some(("warning", nobody))),
        ("factor", all.clone(), json!({ "custom_authentication_factors": ["RequireDuoMfa"] }), Some(("warning", nobody))),
        ("password", with(json!({ "user_risk_levels": ["high"] })), both(json!(["mfa", "passwordChange"])), Some(("warning", nobody))),
        (
            "one_application",
            with(json!({ "applications": { "included_applications": ["AKS"] } })),
            block.clone(),
            Some(("warning", nobody)),
        ),
        (
            "all_applications_but_one",
            with(json!({ "applications": { "included_applications": ["All"], "excluded_applications": ["AKS"] } })),
            block.clone(),
            Some(("warning", nobody)),
        ),
        ("no_application", with(json!({ "applications": { "included_applications": ["None"] } })), block.clone(), None),
        ("one_client", with(json!({ "client_app_types": ["browser"] })), block.clone(), Some(("warning", nobody))),
        ("legacy", with(json!({ "client_app_types": ["exchangeActiveSync", "other"] })), block.clone(), None),
        (
            "location",
            with(json!({ "locations": { "included_locations": ["All"], "excluded_locations": ["AllTrusted"] } })),
            block.clone(),
            Some(("warning", nobody)),
        ),
        ("all_locations", with(json!({ "locations": { "included_locations": ["All"] } })), block.clone(), Some(("error", out))),
        ("user_excluded", with(of("excluded_users", &member)), block.clone(), None),
        ("group_excluded", with(of("excluded_groups", &group)), block.clone(), None),
        ("role_excluded", with(of("excluded_roles", GLOBAL_ADMINISTRATOR)), block.clone(), None),
        ("guests_excluded", with(excluding_guests), block.clone(), None),
        ("some_users", with(json!({ "users": { "included_users": [other] } })), block.clone(), None),
    ];
    let workspace = test_tenant.workspace("");
    let write = |state: &str, silenced: &[&str]| {
        let mut resources: serde_json::Map<String, Value> = table
            .iter()
            .map(|(name, conditions, controls, _)| {
                ((*name).to_owned(), json!({ "display_name": name, "state": state, "conditions": conditions, "grant_controls": controls }))
            })
            .collect();
        let session =
            json!({ "display_name": "s", "state": state, "conditions": all, "session_controls": { "persistent_browser_mode": "never" } });
        resources.insert("session".to_owned(), session);
        let configuration = json!({ "provider": { "aksaccess": { "silence_warnings": silenced } }, "resource": { TYPE: resources } });
        workspace.file("policies.tf.json", &configuration.to_string());
        plan(&workspace)
    };
    let enabled = write("enabled", &[]);
    let reported = write("enabledForReportingButNotEnforced", &[]);
    for (row, _, _, expected) in &table {
        let of = |all: &[(String, String, String, String)]| {
            let found: Vec<(String, String)> =
                all.iter().filter(|(name, ..)| name == row).map(|(_, severity, summary, _)| (severity.clone(), summary.clone())).collect();
            found
        };
        let expect = |severity: Option<&str>| -> Vec<(String, String)> {
            let finding = expected.map(|(is, summary)| (severity.unwrap_or(is).to_owned(), summary.to_owned()));
            finding.into_iter().collect()
        };
        assert_eq!((of(&enabled), of(&reported)), (expect(None), expect(Some("warning"))), "{row}");
    }
    assert!(!enabled.iter().any(|(name, ..)| name == "session"), "session controls keep nobody out: {enabled:?}");
    assert_eq!(write("enabled", &WARNINGS), [], "each can be silenced");
}

#[test]
fn members_of_emergency_access_groups_count_one_by_one() {
    let test_tenant = TestTenant::new("guard_emergency_groups");
    let (first, second) = (user(&test_tenant, "first", "Member"), user(&test_tenant, "second", "Member"));
    let (emergency, inside, excluded) = (test_tenant.group(json!({})), test_tenant.group(json!({})), test_tenant.group(json!({})));
    test_tenant.add_member(&emergency, &inside);
    for (group, member) in [(&inside, &first), (&emergency, &second), (&excluded, &first), (&excluded, &second)] {
        test_tenant.add_member(group, member);
    }
    let users = |users: Value| json!({ "users": users });
    let table: Vec<(&str, Value, Vec<&String>)> = vec![
        ("all", json!({}), vec![&first, &second]),
        ("one_excluded", users(json!({ "included_users": ["All"], "excluded_users": [first] })), vec![&second]),
        ("both_excluded", users(json!({ "included_users": ["All"], "excluded_users": [first, second] })), vec![]),
        ("the_group_excluded", users(json!({ "included_users": ["All"], "excluded_groups": [emergency] })), vec![]),
        ("the_group_inside_excluded", users(json!({ "included_users": ["All"], "excluded_groups": [inside] })), vec![&second]),
        ("another_group_of_both_excluded", users(json!({ "included_users": ["All"], "excluded_groups": [excluded] })), vec![]),
        ("the_group_inside_included", users(json!({ "included_groups": [inside] })), vec![&first]),
        ("their_role", users(json!({ "included_roles": [GLOBAL_ADMINISTRATOR] })), vec![&first, &second]),
        ("another_role", users(json!({ "included_roles": [EXCHANGE_ADMINISTRATOR] })), vec![]),
    ];
    let rows: Vec<(&str, Value)> = table.iter().map(|(name, conditions, _)| (*name, conditions.clone())).collect();
    let workspace = test_tenant.workspace("");
    let provider = json!({ "emergency_access_principals": [emergency] });
    let configuration = json!({ "provider": { "aksaccess": provider }, "resource": { TYPE: policies(&rows, "enabled") } });
    workspace.file("policies.tf.json", &configuration.to_string());
    let found = plan(&workspace);
    for (row, _, expected) in &table {
        let of_row =
            found.iter().filter(|(name, severity, summary, _)| name == row && severity == "error" && summary.contains("emergencies"));
        let mut caught: Vec<&String> = of_row
            .map(|(_, _, summary, detail)| {
                assert!(detail.contains(&format!("lists the group {emergency}, and it is a member")), "{detail}");
                [&first, &second].into_iter().find(|id| summary.contains(*id)).unwrap()
            })
            .collect();
        caught.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_eq!(caught, expected, "{row}");
    }
    // Who and by which condition.
    let said = found.iter().find(|(name, ..)| name == "the_group_inside_included").unwrap();
    assert!(said.3.contains(&format!("in the group {inside}, which `users.included_groups` lists")), "{}", said.3);
    // What may not be read is not taken for "does not apply".
    test_tenant.arm("99 GET /v1.0/roleManagement/directory/roleAssignments status=403");
    let row = [("role", users(json!({ "included_roles": [EXCHANGE_ADMINISTRATOR] })))];
    let guarded = guard(&test_tenant.workspace(""), &row, &json!({ "emergency_access_principals": [first] }), "is for emergencies");
    assert_eq!(guarded["role"], "open users");
}

/// Who is caught by policies that a plan leaves as they are, because something else changed: by the policy.
#[test]
fn policies_that_do_not_change_are_evaluated_for_emergency_access() {
    let test_tenant = TestTenant::new("guard_unchanged");
    let ann = user(&test_tenant, "ann", "Member");
    let (inner, outer, excluded, protected) =
        (test_tenant.group(json!({})), test_tenant.group(json!({})), test_tenant.group(json!({})), test_tenant.group(json!({})));
    test_tenant.add_member(&outer, &inner);
    test_tenant.add_member(&excluded, &inner);
    let users = |users: Value| json!({ "users": users });
    let table: Vec<(&str, &str, Value)> = vec![
        ("all", "enabled", json!({})),
        ("reported", "enabledForReportingButNotEnforced", json!({})),
        ("disabled", "disabled", json!({})),
        ("included", "enabled", users(json!({ "included_groups": [outer] }))),
        ("left_out", "enabled", users(json!({ "included_users": ["All"], "excluded_groups": [excluded] }))),
        ("excluded_user", "enabled", users(json!({ "included_users": ["All"], "excluded_users": [ann] }))),
        ("platform", "enabled", json!({ "platforms": { "included_platforms": ["windows"] } })),
    ];
    let workspace = test_tenant.workspace("");
    let write = |emergency: &[&String], suffix: &str, silenced: &[&str]| {
        let resources: serde_json::Map<String, Value> = table
            .iter()
            .map(|(name, state, conditions)| ((*name).to_owned(), blocking(&format!("{name}{suffix}"), state, conditions)))
            .collect();
        let provider = json!({ "emergency_access_principals": emergency, "silence_warnings": silenced });
        workspace.file("policies.tf.json", &json!({ "provider": { "aksaccess": provider }, "resource": { TYPE: resources } }).to_string());
    };
    let caught = || {
        let found =
            plan(&workspace).into_iter().filter(|(_, _, summary, _)| summary.contains(&ann) && summary.contains("is for emergencies"));
        let mut found: Vec<(String, String, bool)> =
            found.map(|(policy, severity, _, detail)| (policy, severity, detail.contains("depends on `conditions.platforms`"))).collect();
        found.sort();
        found
    };
    let warned = |policies: &[&str]| -> Vec<(String, String, bool)> {
        policies.iter().map(|name| ((*name).to_owned(), "warning".to_owned(), *name == "platform")).collect()
    };
    write(&[], "", &[]);
    workspace.apply();
    assert_eq!(caught(), [], "nobody is protected yet");

    write(&[&ann], "", &[]);
    assert_eq!(caught(), warned(&["all", "left_out", "platform"]), "the provider block names an account");
    write(&[&ann], "-renamed", &[]);
    assert_eq!(caught(), warned(&["all", "left_out", "platform"]), "the policies get other names only");
    write(&[&ann], "", &["policy_catches_emergency_access"]);
    assert_eq!(caught(), [], "it can be silenced");

    write(&[&ann], "", &[]);
    test_tenant.add_member(&inner, &ann);
    assert_eq!(
        caught(),
        warned(&["all", "included", "platform"]),
        "the account became a member of a group in an included and an excluded group"
    );
    test_tenant.add_member(&protected, &ann);
    write(&[&protected], "", &[]);
    assert_eq!(caught(), warned(&["all", "included", "platform"]), "the account is a member of a named group");
    test_tenant.graph("DELETE", &format!("/groups/{excluded}/members/{inner}/$ref"), None);
    assert_eq!(caught(), warned(&["all", "included", "left_out", "platform"]), "the group left the excluded group");

    // A plan that repairs it is not refused.
    let mut resources: serde_json::Map<String, Value> =
        table.iter().map(|(name, state, conditions)| ((*name).to_owned(), blocking(name, state, conditions))).collect();
    for policy in ["all", "left_out", "included", "platform"] {
        resources[policy]["conditions"]["users"] = json!({ "included_users": ["All"], "excluded_groups": [protected] });
    }
    let provider = json!({ "emergency_access_principals": [protected] });
    workspace.file("policies.tf.json", &json!({ "provider": { "aksaccess": provider }, "resource": { TYPE: resources } }).to_string());
    workspace.apply();
    assert_eq!(caught(), [], "all exclude the group");
    workspace.destroy();
}

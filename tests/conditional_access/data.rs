//! The data sources of conditional access, and the article with its verification, with the real Terraform.

use serde_json::{Value, json};

use crate::conditional_access::policy::policy;
use crate::test_tenant::{TestTenant, Workspace, flat};

const ARTICLE: &str = include_str!("../../examples/conditional-access-for-aks/main.tf");

/// Somebody signs in to a cluster.
fn sign_in(test_tenant: &TestTenant, user: &str, circumstances: Value) -> Value {
    let name = test_tenant.graph("GET", &format!("/users/{user}"), None)["userPrincipalName"].clone();
    test_tenant.control("POST", "sign-ins", Some(json!({ "user_principal_name": name, "circumstances": circumstances })))
}

fn outputs(workspace: &Workspace<'_>) -> Value {
    let text = workspace.succeeds(&["output", "-json"]).text;
    let outputs: Value = serde_json::from_str(text.get(text.find('{').unwrap()..).unwrap()).unwrap();
    outputs.as_object().unwrap().iter().map(|(name, output)| (name.clone(), output["value"].clone())).collect()
}

/// Applies once more, which reads the data sources again and changes nothing.
fn refresh(workspace: &Workspace<'_>) -> String {
    let said = workspace.apply();
    assert!(said.text.contains("0 added, 0 changed, 0 destroyed"), "{}", said.text);
    flat(&said.text)
}

#[test]
fn the_article_is_applied_and_verified() {
    let test_tenant = TestTenant::new("conditional_access_for_aks");
    let people = test_tenant.users(3);
    let names: Vec<Value> =
        people.iter().map(|id| test_tenant.graph("GET", &format!("/users/{id}"), None)["userPrincipalName"].clone()).collect();
    let workspace = test_tenant.workspace("");
    workspace.file("main.tf", ARTICLE);
    let variables = json!({ "administrators": &people[..2], "emergency_access": [people[2]] });
    workspace.file("terraform.tfvars.json", &variables.to_string());
    let said = workspace.apply();
    assert!(!said.text.contains("Check block") && !said.text.contains("This policy would"), "no noise: {}", said.text);
    workspace.plan_is_empty();
    // The first from a device that nobody knows, the second from one that is compliant; the third is not an administrator.
    let blocked = sign_in(&test_tenant, &people[0], json!({ "platform": "windows" }));
    assert_eq!(blocked["status"]["errorCode"], json!(53000));
    sign_in(&test_tenant, &people[1], json!({ "device": { "isCompliant": true } }));
    sign_in(&test_tenant, &people[2], json!({}));
    let said = refresh(&workspace);
    assert!(!said.contains("Check block assertion failed"), "{said}");
    assert_eq!(outputs(&workspace), json!({ "kept_out": [names[0]], "let_in": [names[1]] }));
    // The policy is changed outside of Terraform: the plan reverts it, and the log shows who signed in meanwhile.
    test_tenant.advance("PT2M");
    let id = workspace.state("aksaccess_conditional_access_policy.aks")["id"].as_str().unwrap().to_owned();
    test_tenant.graph("PATCH", &format!("/identity/conditionalAccess/policies/{id}"), Some(json!({ "state": "disabled" })));
    sign_in(&test_tenant, &people[0], json!({ "platform": "windows" }));
    assert_eq!(workspace.planned_actions()["aksaccess_conditional_access_policy.aks"], json!(["update"]));
    let said = flat(&workspace.apply().text);
    assert!(said.contains("An administrator signed in to a cluster, and the policy was not satisfied"), "{said}");
    assert!(!said.contains("The policy does not apply to all administrators"), "{said}");
    workspace.destroy();
}

#[test]
fn an_evaluation_says_who_is_let_in_and_why() {
    let test_tenant = TestTenant::new("conditional_access_evaluation");
    let people = test_tenant.users(2);
    let group = test_tenant.group(json!({}));
    test_tenant.add_member(&group, &people[0]);
    let rules = policy(
        "device",
        "enabled",
        &format!(
            "users {{ included_groups = [{group:?}] }}\n applications {{ included_applications = [\"AKS\"] }}\n \
             platforms {{ included_platforms = [\"windows\"] }}"
        ),
        "  grant_controls { built_in_controls = [\"compliantDevice\", \"mfa\"] }",
    );
    let pipeline = test_tenant.graph("GET", "/servicePrincipals?$select=id", None)["value"][0]["id"].clone();
    let question = |name: &str, body: &str| {
        format!(
            "data \"aksaccess_conditional_access_evaluation\" {name:?} {{\n{body}\n  depends_on = [aksaccess_conditional_access_policy.it]\n}}\noutput {name:?} {{\n  \
             value = data.aksaccess_conditional_access_evaluation.{name}\n}}\n"
        )
    };
    let configuration = [
        question("member", &format!("  user_id = {:?}\n  applications = [\"AKS\"]\n  device_platform = \"windows\"", people[0])),
        question("stranger", &format!("  user_id = {:?}\n  applications = [\"AKS\"]\n  device_platform = \"windows\"", people[1])),
        question("phone", &format!("  user_id = {:?}\n  applications = [\"AKS\"]\n  device_platform = \"iOS\"", people[0])),
        question("silent", &format!("  user_id = {:?}\n  applications = [\"AKS\"]", people[0])),
        question(
            "elsewhere",
            &format!("  user_id = {:?}\n  user_action = \"registerOrJoinDevices\"\n  device {{ is_compliant = false }}", people[0]),
        ),
        question("pipeline", &format!("  service_principal_id = {pipeline}\n  applications = [\"AKS\"]")),
        question(
            "guest",
            "  external_user_type = \"b2bCollaborationGuest\"\n  applications = [\"AKS\"]\n  ip_address = \"203.0.113.7\"\n  country = \"DE\"",
        ),
    ];
    let workspace = test_tenant.workspace(&format!("{rules}{}", configuration.concat()));
    workspace.apply();
    workspace.plan_is_empty();
    let said = outputs(&workspace);
    let id = workspace.state("aksaccess_conditional_access_policy.it")["id"].clone();
    let of = |name: &str| &said[name];
    assert_eq!((&of("member")["applied_policy_ids"], &of("member")["blocked"]), (&json!([id]), &json!(false)));
    assert_eq!(of("member")["grant_controls"], json!(["compliantDevice", "mfa"]));
    for (name, reason) in
        [("stranger", "users"), ("phone", "devicePlatform"), ("silent", "notEnoughInformation"), ("elsewhere", "application")]
    {
        let policy = &of(name)["policies"][0];
        assert_eq!((&policy["applies"], &policy["state"]), (&json!(false), &json!("enabled")), "{name}");
        assert!(policy["reasons"][0].as_str().unwrap().eq_ignore_ascii_case(reason) || name == "elsewhere", "{name}: {policy}");
    }
    assert_eq!(of("guest")["applied_policy_ids"], json!([]));
    assert_eq!(of("pipeline")["policies"][0]["applies"], json!(false));
    // A block is a block.
    workspace.write(&format!("{}{}", rules.replace("\"compliantDevice\", \"mfa\"", "\"block\""), configuration.concat()));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(outputs(&workspace)["member"]["blocked"], json!(true));
    for (body, message) in [
        (format!("  user_id = {:?}", people[0]), "Nothing to look for"),
        ("  applications = [\"AKS\"]".to_owned(), "Nobody signs in"),
        (format!("  user_id = {0:?}\n  service_principal_id = {0:?}\n  applications = [\"AKS\"]", people[0]), "Two sign in at once"),
        (format!("  user_id = {:?}\n  applications = [\"AKS\"]\n  device_platform = \"toaster\"", people[0]), "must be one of `android`"),
    ] {
        test_tenant
            .workspace(&question("wrong", &body).replace("  depends_on = [aksaccess_conditional_access_policy.it]\n", ""))
            .fails(&["validate", "-no-color"], &[message]);
    }
}

#[test]
fn policies_are_listed_in_one_request() {
    let test_tenant = TestTenant::new("conditional_access_policies");
    let of = |name: &str, state: &str, application: &str| {
        policy(
            name,
            state,
            &format!("users {{ included_users = [\"None\"] }}\n applications {{ included_applications = [{application:?}] }}"),
            "  grant_controls { built_in_controls = [\"mfa\"] }",
        )
        .replace("\"it\"", &format!("{name:?}"))
    };
    let policies =
        [of("aks-b", "enabled", "AKS"), of("aks-a", "enabledForReportingButNotEnforced", "AKS"), of("office", "enabled", "Office365")]
            .concat();
    let list = |name: &str, body: &str| {
        format!(
            "data \"aksaccess_conditional_access_policies\" {name:?} {{\n{body}\n}}\noutput {name:?} {{\n  value = data.aksaccess_conditional_access_policies.{name}\n}}\n"
        )
    };
    let made = test_tenant.workspace(&policies);
    made.apply();
    let id = |name: &str| made.state(&format!("aksaccess_conditional_access_policy.{name}"))["id"].clone();
    let lists = [
        list("all", ""),
        list("on", "  state = \"enabled\""),
        list("named", "  display_name_prefix = \"aks-\""),
        list("aks", "  included_application = \"6DAE42F8-4368-4678-94FF-3960E28E3630\"\n  state = \"enabled\""),
    ];
    let workspace = test_tenant.workspace(&lists.concat());
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/identity/conditionalAccess/policies": 1 }));
    let said = outputs(&workspace);
    assert_eq!(said["all"]["ids"], json!([id("aks-a"), id("aks-b"), id("office")]));
    assert_eq!(said["on"]["ids"], json!([id("aks-b"), id("office")]));
    assert_eq!(said["named"]["ids"], json!([id("aks-a"), id("aks-b")]));
    assert_eq!(said["aks"]["ids"], json!([id("aks-b")]));
    let first = &said["all"]["policies"][0];
    assert_eq!(
        (&first["state"], &first["conditions"]["applications"]["included_applications"]),
        (&json!("enabledForReportingButNotEnforced"), &json!(["AKS"]))
    );
}

#[test]
fn sign_ins_are_found_by_what_they_were() {
    let test_tenant = TestTenant::new("sign_ins");
    let people = test_tenant.users(2);
    test_tenant.graph(
        "POST",
        "/identity/conditionalAccess/policies",
        Some(json!({
            "displayName": "report", "state": "enabledForReportingButNotEnforced",
            "conditions": {
                "clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"]}
            },
            "grantControls": {"operator": "OR", "builtInControls": ["compliantDevice"]}
        })),
    );
    sign_in(&test_tenant, &people[0], json!({ "ip_address": "203.0.113.7" }));
    test_tenant.advance("PT1H");
    let later = sign_in(&test_tenant, &people[1], json!({ "device": { "isCompliant": true } }));
    let since = later["createdDateTime"].as_str().unwrap().to_owned();
    let list = |name: &str, body: &str| {
        format!(
            "data \"aksaccess_sign_ins\" {name:?} {{\n{body}\n}}\noutput {name:?} {{\n  value = data.aksaccess_sign_ins.{name}.sign_ins\n}}\n"
        )
    };
    let workspace = test_tenant.workspace(
        &[
            list("all", "  resource_application_id = \"AKS\""),
            list("hers", &format!("  user_id = {:?}", people[0])),
            list("one", "  limit = 1"),
            list("late", &format!("  since = {since:?}")),
            list("none", "  resource_application_id = \"0f1e2d3c-0000-4000-8000-00000000abcd\""),
            list("kept_out", "  conditional_access_status = \"failure\""),
        ]
        .concat(),
    );
    workspace.apply();
    let said = outputs(&workspace);
    let users = |name: &str| said[name].as_array().unwrap().iter().map(|entry| entry["user_id"].clone()).collect::<Vec<_>>();
    assert_eq!(users("all"), [json!(people[1]), json!(people[0])], "the most recent first");
    assert_eq!((users("hers"), users("one")), (vec![json!(people[0])], vec![json!(people[1])]));
    assert_eq!(users("late"), [json!(people[1])]);
    assert_eq!((users("none"), users("kept_out")), (vec![], vec![]));
    let hers = &said["hers"][0];
    assert_eq!((&hers["ip_address"], &hers["status"]["error_code"]), (&json!("203.0.113.7"), &json!(0)));
    assert_eq!(hers["conditional_access_policies"][0]["result"], json!("reportOnlyFailure"));
    test_tenant.workspace(&list("x", "  limit = 0")).fails(&["validate", "-no-color"], &["must be 1 to 1000"]);
}

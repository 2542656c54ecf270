//! `aksaccess_conditional_access_policy` with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

pub const IT: &str = "aksaccess_conditional_access_policy.it";
const POLICIES: &str = "/identity/conditionalAccess/policies";
const AKS: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// A policy with these attributes in its parts, each of them HCL.
pub fn policy(name: &str, state: &str, conditions: &str, rest: &str) -> String {
    format!(
        "resource \"aksaccess_conditional_access_policy\" \"it\" {{\n  display_name = {name:?}\n  state = {state:?}\n  conditions {{\n{conditions}\n  }}\n{rest}\n}}\n"
    )
}

fn article(group: &str) -> String {
    policy(
        "aks-policy",
        "enabled",
        &format!("users {{ included_groups = [{group:?}] }}\n    applications {{ included_applications = [\"AKS\"] }}"),
        "  grant_controls {\n    operator = \"AND\"\n    built_in_controls = [\"compliantDevice\"]\n  }",
    )
}

/// The policies that are there.
fn there(test_tenant: &TestTenant) -> Vec<Value> {
    test_tenant.graph("GET", POLICIES, None)["value"].as_array().unwrap().clone()
}

fn only(test_tenant: &TestTenant) -> Value {
    let mut all = there(test_tenant);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn applied<'a>(test_tenant: &'a TestTenant, configuration: &str) -> Workspace<'a> {
    let workspace = test_tenant.workspace(configuration);
    workspace.apply();
    workspace
}

#[test]
fn the_policy_of_the_article_lives_and_dies() {
    let test_tenant = TestTenant::new("policy_of_the_article");
    let group = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&article(&group));
    test_tenant.forget_requests();
    let said = workspace.apply();
    assert!(!said.text.contains("This policy"), "no noise: {}", said.text);
    assert_eq!(
        test_tenant.requests(),
        json!({
            "POST /v1.0/directoryObjects/getByIds": 1, "GET /v1.0/identity/conditionalAccess/policies": 1, "POST /v1.0/identity/conditionalAccess/policies": 1
        }),
        "the plan looks for the group, and for what an interrupted run may have left"
    );
    let made = only(&test_tenant);
    assert_eq!(made["conditions"]["applications"]["includeApplications"], json!([AKS]));
    assert_eq!(made["conditions"]["clientAppTypes"], json!(["all"]));
    assert_eq!(made["grantControls"]["builtInControls"], json!(["compliantDevice"]));
    assert_eq!((&made["sessionControls"], &made["state"]), (&Value::Null, &json!("enabled")));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/identity/conditionalAccess/policies": 1 }));
    // The id, another case and another order are the same.
    let other_notation = article(&group.to_uppercase()).replace("\"AKS\"", &format!("{:?}", AKS.to_uppercase()));
    workspace.write(&other_notation);
    workspace.plan_is_empty();
    // A rename sends the name and nothing else.
    workspace.write(&article(&group).replace("aks-policy", "aks-admins"));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(test_tenant.requests()["PATCH /v1.0/identity/conditionalAccess/policies/{id}"], json!(1));
    assert_eq!(only(&test_tenant)["displayName"], json!("aks-admins"));
    workspace.plan_is_empty();
    // The case of a name counts.
    workspace.write(&article(&group).replace("aks-policy", "AKS-admins"));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(only(&test_tenant)["displayName"], json!("AKS-admins"));
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(test_tenant.requests()["DELETE /v1.0/identity/conditionalAccess/policies/{id}"], json!(1));
    assert_eq!(there(&test_tenant), Vec::<Value>::new());
}

#[test]
fn an_imported_policy_has_the_state_of_a_created_one() {
    let test_tenant = TestTenant::new("imported_policy");
    let group = test_tenant.group(json!({}));
    let made = applied(&test_tenant, &article(&group));
    let id = made.state(IT)["id"].as_str().unwrap().to_owned();
    let portal = format!("https://entra.microsoft.com/#view/Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/{id}");
    for spelling in [id.clone(), id.to_uppercase(), format!("/identity/conditionalAccess/policies/{id}"), portal] {
        let workspace = test_tenant.workspace(&article(&group));
        workspace.succeeds(&["import", "-no-color", IT, &spelling]);
        assert_eq!(workspace.state(IT), made.state(IT), "{spelling}");
        workspace.plan_is_empty();
    }
    let block = test_tenant.workspace(&format!("import {{\n  to = {IT}\n  id = {id:?}\n}}\n"));
    block.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    block.apply();
    block.plan_is_empty();
    let empty = test_tenant.workspace(&article(&group));
    empty.fails(&["import", "-no-color", IT, "aks-policy"], &["is not the import id of a conditional access policy"]);
    empty.fails(&["import", "-no-color", IT, "0f1e2d3c-0000-4000-8000-00000000abcd"], &["Cannot import non-existent remote object"]);
}

#[test]
fn changes_outside_of_terraform_are_reverted() {
    let test_tenant = TestTenant::new("policy_changed_outside_of_terraform");
    let group = test_tenant.group(json!({}));
    let workspace = applied(&test_tenant, &article(&group));
    let id = workspace.state(IT)["id"].as_str().unwrap().to_owned();
    test_tenant.advance("PT2M");
    let loosened = json!({
        "state": "disabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]},
        "conditions": {"users": {"excludeUsers": ["0f1e2d3c-0000-4000-8000-00000000abcd"]}},
        "sessionControls": {"persistentBrowser": {"isEnabled": true, "mode": "always"}}
    });
    let for_all = json!({"conditions": {"applications": {"includeApplications": ["All"]}}});
    test_tenant.graph("PATCH", &format!("{POLICIES}/{id}"), Some(for_all));
    test_tenant.graph("PATCH", &format!("{POLICIES}/{id}"), Some(loosened));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    let policy = only(&test_tenant);
    assert_eq!(policy["conditions"]["users"]["excludeUsers"], json!([]));
    assert_eq!((&policy["grantControls"]["builtInControls"], &policy["sessionControls"]), (&json!(["compliantDevice"]), &Value::Null));
    // A session control that does nothing is no difference.
    test_tenant.advance("PT2M");
    let nothing = json!({"sessionControls": {"persistentBrowser": {"isEnabled": false, "mode": "always"}}});
    test_tenant.graph("PATCH", &format!("{POLICIES}/{id}"), Some(nothing));
    workspace.plan_is_empty();
}

#[test]
fn a_deleted_policy_comes_back_with_its_id() {
    let test_tenant = TestTenant::new("deleted_policy");
    let group = test_tenant.group(json!({}));
    let workspace = applied(&test_tenant, &article(&group));
    let id = workspace.state(IT)["id"].as_str().unwrap().to_owned();
    workspace.destroy();
    // Imported by its id.
    let imported = test_tenant.workspace(&article(&group));
    imported.succeeds(&["import", "-no-color", IT, &id]);
    assert_eq!(imported.state(IT)["state"], json!("deleted"));
    assert_eq!(there(&test_tenant), Vec::<Value>::new(), "an import changes nothing");
    imported.apply();
    assert_eq!((only(&test_tenant)["id"].clone(), only(&test_tenant)["state"].clone()), (json!(id), json!("enabled")));
    imported.plan_is_empty();
    // Found by its name, and made what the configuration says.
    imported.destroy();
    let restoring = article(&group)
        .replace("  state =", "  restore_deleted = true\n  state =")
        .replace("\"enabled\"", "\"enabledForReportingButNotEnforced\"");
    let restored = applied(&test_tenant, &restoring);
    assert_eq!(restored.state(IT)["id"], json!(id));
    restored.plan_is_empty();
    // Deleted by somebody else.
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("{POLICIES}/{id}"), None);
    assert_eq!(restored.planned_actions(), json!({ IT: ["update"] }));
    restored.apply();
    restored.plan_is_empty();
    assert_eq!(
        (only(&test_tenant)["id"].clone(), only(&test_tenant)["state"].clone()),
        (json!(id), json!("enabledForReportingButNotEnforced"))
    );
    // For good.
    restored.write(&restoring.replace("  state =", "  on_destroy = \"purge\"\n  state ="));
    restored.apply();
    restored.destroy();
    assert_eq!(test_tenant.graph("GET", "/identity/conditionalAccess/deletedItems/policies", None)["value"], json!([]));
    // Without `restore_deleted` a policy that is gone is made anew.
    let plain = applied(&test_tenant, &article(&group));
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("{POLICIES}/{}", plain.state(IT)["id"].as_str().unwrap()), None);
    assert_eq!(plain.planned_actions(), json!({ IT: ["create"] }));
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let test_tenant = TestTenant::new("policy_refusals");
    let users = "users { included_users = [\"All\"] }\n applications { included_applications = [\"AKS\"] }\n";
    let grant = |controls: &str| format!("  grant_controls {{\n{controls}\n}}");
    let mfa = grant("built_in_controls = [\"mfa\"]");
    let cases: Vec<(String, String, &str)> = vec![
        (users.replace("All", "aks-admins"), mfa.clone(), "must be a UUID or `All`, `None`, `GuestsOrExternalUsers`"),
        (users.replace("AKS", "Azure Kubernetes Service"), mfa.clone(), "must be a UUID or `All`, `None`, `Office365`"),
        (users.replace("[\"AKS\"]", "[]"), mfa.clone(), "A policy needs something to protect"),
        (
            users.replace("[\"AKS\"] }", "[\"AKS\"]\n included_user_actions = [\"urn:user:registerdevice\"]\n }").replace("applications {", "applications {\n"),
            mfa.clone(),
            "A policy protects one kind of thing",
        ),
        (
            users.replace("[\"AKS\"]", "[for at in range(251) : format(\"0f1e2d3c-0000-4000-8000-%012d\", at)]"),
            mfa.clone(),
            "must have at most 250",
        ),
        (format!("{users} client_app_types = []"), mfa.clone(), "No client application is no condition"),
        (format!("{users} client_app_types = [\"all\", \"browser\"]"), mfa.clone(), "`all` stands alone"),
        (format!("{users} client_app_types = [\"mobile\"]"), mfa.clone(), "must be one of `all`"),
        (format!("{users} sign_in_risk_levels = [\"extreme\"]"), mfa.clone(), "must be one of `low`"),
        (users.to_owned(), String::new(), "A policy must ask for something"),
        (users.to_owned(), grant("built_in_controls = [\"block\", \"mfa\"]"), "`block` stands alone"),
        (
            users.to_owned(),
            grant("built_in_controls = [\"mfa\"]\n authentication_strength_policy_id = \"00000000-0000-0000-0000-000000000004\""),
            "takes the place of `mfa`",
        ),
        (users.to_owned(), grant("built_in_controls = [\"passwordChange\"]"), "A change of password needs multifactor authentication"),
        (format!("{users} authentication_flow_transfer_methods = [\"deviceCodeFlow\"]"), mfa.clone(), "can only block"),
        (
            users.to_owned(),
            format!("{mfa}\n session_controls {{\n sign_in_frequency = 1\n sign_in_frequency_period = \"hours\"\n sign_in_frequency_interval = \"everyTime\"\n}}"),
            "A sign-in has one frequency",
        ),
        (users.replace("{ included_users = [\"All\"] }", "{}"), mfa.clone(), "A policy needs somebody to apply to"),
        (
            users.replace(
                "{ included_users = [\"All\"] }",
                "{\n included_users = [\"GuestsOrExternalUsers\"]\n included_guests_or_external_users { guest_or_external_user_types = [\"internalGuest\"] }\n }",
            ),
            mfa.clone(),
            "Guests are named in two ways",
        ),
    ];
    for (conditions, rest, message) in cases {
        let workspace = test_tenant.workspace(&policy("refused", "disabled", &conditions, &rest));
        workspace.fails(&["validate", "-no-color"], &[message]);
    }
    assert_eq!(test_tenant.all_requests(), 0);
}

#[test]
fn what_is_named_must_be_there() {
    let test_tenant = TestTenant::new("policy_names");
    let (group, user) = (test_tenant.group(json!({})), test_tenant.users(1).remove(0));
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let of = |users: &str, rest: &str, grant: &str| {
        policy(
            "x",
            "disabled",
            &format!("users {{\n{users}\n}}\n applications {{ included_applications = [\"AKS\"] }}\n {rest}"),
            &format!("  grant_controls {{ {grant} }}"),
        )
    };
    let mfa = "built_in_controls = [\"mfa\"]";
    for (configuration, message) in [
        (of(&format!("included_users = [{user:?}, {nobody:?}]"), "", mfa), "This user does not exist"),
        (of(&format!("included_users = [{group:?}]"), "", mfa), "This user does not exist"),
        (of(&format!("included_groups = [{group:?}]\n excluded_groups = [{nobody:?}]"), "", mfa), "This group does not exist"),
        (
            of("included_users = [\"None\"]", &format!("locations {{ included_locations = [{nobody:?}] }}"), mfa),
            "This named location does not exist",
        ),
        (
            of("included_users = [\"None\"]", "", &format!("authentication_strength_policy_id = {nobody:?}")),
            "This authentication strength does not exist",
        ),
    ] {
        test_tenant.workspace(&configuration).plan_fails(&[message, "Check for a mistyped id"]);
    }
    let there = of(
        &format!("included_users = [{user:?}]\n excluded_groups = [{group:?}]"),
        "locations {\n included_locations = [\"All\"]\n excluded_locations = [\"00000000-0000-0000-0000-000000000000\"]\n }",
        "authentication_strength_policy_id = \"00000000-0000-0000-0000-000000000004\"",
    );
    test_tenant.workspace(&there).apply();
}

/// Settings that only the beta version of Microsoft Graph has: a plan names them, and no update removes them.
#[test]
fn settings_that_cannot_be_expressed_are_named_and_kept() {
    let test_tenant = TestTenant::with(emulator::Options::default());
    let beta = json!({
        "displayName": "strict", "state": "disabled",
        "conditions": {
            "clientAppTypes": ["all"], "users": { "includeUsers": ["All"] },
            "applications": { "includeApplications": ["All"], "globalSecureAccess": { "kind": "internet" } },
            "agentIdRiskLevels": "high", "agents": { "include": ["All"] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
        "sessionControls": {
            "continuousAccessEvaluation": { "mode": "strictEnforcement" },
            "globalSecureAccessFilteringProfile": { "isEnabled": true, "profileId": "p" },
            "persistentBrowser": { "isEnabled": true, "mode": "never" },
        },
    });
    let (status, made) = test_tenant.answer("POST", "/beta/identity/conditionalAccess/policies", Some(&beta));
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let unknown = [
        "conditions.agentIdRiskLevels",
        "conditions.agents",
        "conditions.applications.globalSecureAccess",
        "sessionControls.continuousAccessEvaluation",
        "sessionControls.globalSecureAccessFilteringProfile",
    ];
    let configuration = |lines: &str, applications: &str| {
        format!(
            "import {{\n  to = aksaccess_conditional_access_policy.it\n  id = {id:?}\n}}\nresource \"aksaccess_conditional_access_policy\" \"it\" {{\n  \
             display_name = \"strict\"\n  state = \"disabled\"\n  conditions {{\n    users {{ included_users = [\"All\"] }}\n    \
             applications {{ included_applications = [{applications:?}] }}\n  }}\n  grant_controls {{ built_in_controls = [\"mfa\"] }}\n  {lines}\n}}\n"
        )
    };
    let session = "session_controls { persistent_browser_mode = \"never\" }";
    let workspace = test_tenant.workspace(&configuration(session, "All"));
    let said = crate::test_tenant::flat(&workspace.apply().text);
    for name in unknown {
        assert!(said.contains(name), "{name} is not named: {said}");
    }
    let held = || {
        let (_, policy) = test_tenant.answer("GET", &format!("/beta/identity/conditionalAccess/policies/{id}"), None);
        unknown.map(|name| policy.pointer(&format!("/{}", name.replace('.', "/"))).cloned().unwrap_or_default())
    };
    let before = held();
    assert!(before.iter().all(|value| !value.is_null()), "{before:?}");
    // Another value beside them, a block that leaves the configuration, and both again.
    for (lines, applications) in [(session, "Office365"), ("", "Office365"), ("", "All"), (session, "All")] {
        workspace.write(&configuration(lines, applications));
        workspace.apply();
        assert_eq!(held(), before, "{lines} {applications}");
        workspace.plan_is_empty();
    }
}

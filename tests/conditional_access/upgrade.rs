//! State that an earlier version wrote, in which the configuration of a policy was nested in attributes, with the real Terraform.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

const ONE: &str = "0f1e2d3c-0000-4000-8000-000000000001";

/// Policies that between them have everything whose name, place or value has changed.
fn configuration(group: &str, principal: &str) -> Value {
    let policy = |state: &str, conditions: Value, grant: Value, session: Value| json!({ "display_name": "it", "state": state, "conditions": conditions, "grant_controls": grant, "session_controls": session });
    let aks = json!({ "included_applications": ["AKS"] });
    let mfa = json!({ "operator": "OR", "built_in_controls": ["mfa"] });
    let guests = |tenants: Value| json!({ "guest_or_external_user_types": ["serviceProvider"], "external_tenants": tenants });
    json!({
        "users": policy(
            "enabledForReportingButNotEnforced",
            json!({ "applications": aks, "insider_risk_levels": "elevated,minor", "users": {
                "included_groups": [group], "excluded_groups": [group], "included_roles": [ONE], "excluded_roles": [ONE],
                "included_guests_or_external_users": guests(json!({ "membership_kind": "enumerated", "members": [ONE] })),
                "excluded_guests_or_external_users": guests(Value::Null) } }),
            json!({ "operator": "AND", "built_in_controls": ["mfa"], "terms_of_use": [ONE] }),
            json!({ "application_enforced_restrictions_enabled": true, "cloud_app_security_policy": "monitorOnly", "persistent_browser_mode": "never",
                "secure_sign_in_session_enabled": true, "sign_in_frequency": 4, "sign_in_frequency_period": "hours",
                "sign_in_frequency_authentication_type": "secondaryAuthentication" }),
        ),
        "contexts": policy(
            "enabled",
            json!({ "applications": { "included_authentication_context_class_references": ["c1"] }, "users": { "included_groups": [group] } }),
            mfa,
            json!({ "sign_in_frequency_interval": "everyTime" }),
        ),
        "flows": policy(
            "disabled",
            json!({ "applications": aks, "users": { "included_groups": [group] }, "authentication_flow_transfer_methods": ["deviceCodeFlow"] }),
            json!({ "operator": "OR", "built_in_controls": ["block"] }),
            Value::Null,
        ),
        "pipelines": policy(
            "disabled",
            json!({ "applications": { "included_applications": ["All"] }, "client_applications": { "included_service_principals": [principal] } }),
            json!({ "operator": "OR", "built_in_controls": ["block"] }),
            Value::Null,
        ),
        "days": policy(
            "disabled",
            json!({ "applications": aks, "users": { "included_groups": [group] } }),
            Value::Null,
            json!({ "sign_in_frequency": 2, "sign_in_frequency_period": "days" }),
        ),
    })
}

/// Takes the place of `name` by `old`, if it is there.
fn rename(object: &mut Value, name: &str, old: &str) {
    let object = object.as_object_mut().unwrap();
    if let Some(value) = object.remove(name) {
        object.insert(old.to_owned(), value);
    }
}

/// The attributes of a policy in schema version 0.
fn version_0(attributes: &mut Value) {
    if attributes["state"] == "enabledForReportingButNotEnforced" {
        attributes["state"] = json!("report_only");
    }
    let conditions = &mut attributes["conditions"];
    if conditions["users"].is_object() {
        for side in ["included", "excluded"] {
            let users = &mut conditions["users"];
            rename(users, &format!("{side}_groups"), &format!("{side}_group_ids"));
            rename(users, &format!("{side}_roles"), &format!("{side}_role_ids"));
            let guests = &mut users[format!("{side}_guests_or_external_users")];
            if guests.is_object() {
                rename(guests, "guest_or_external_user_types", "types");
                guests["external_tenant_ids"] = guests["external_tenants"]["members"].clone();
                guests.as_object_mut().unwrap().remove("external_tenants");
            }
        }
    }
    rename(&mut conditions["applications"], "included_authentication_context_class_references", "included_authentication_context_ids");
    if let Some(levels) = conditions["insider_risk_levels"].as_str() {
        conditions["insider_risk_levels"] = json!(levels.split(',').collect::<Vec<_>>());
    }
    let methods = conditions.as_object_mut().unwrap().remove("authentication_flow_transfer_methods").unwrap();
    conditions["authentication_flows"] = if methods.is_null() { Value::Null } else { json!({ "transfer_methods": methods }) };
    if attributes["grant_controls"].is_object() {
        rename(&mut attributes["grant_controls"], "terms_of_use", "terms_of_use_ids");
    }
    let session = &mut attributes["session_controls"];
    if session.is_object() {
        rename(session, "application_enforced_restrictions_enabled", "application_enforced_restrictions");
        rename(session, "cloud_app_security_policy", "cloud_app_security");
        rename(session, "persistent_browser_mode", "persistent_browser");
        rename(session, "secure_sign_in_session_enabled", "secure_sign_in_session");
        let [value, period, interval, kind] = ["", "_period", "_interval", "_authentication_type"]
            .map(|name| session.as_object_mut().unwrap().remove(&format!("sign_in_frequency{name}")).unwrap());
        let every_time = interval == "everyTime";
        let of = |unit: &str| if period == unit { value.clone() } else { Value::Null };
        session["sign_in_frequency"] = if every_time || !value.is_null() {
            json!({ "hours": of("hours"), "days": of("days"), "every_time": every_time, "authentication_type": kind })
        } else {
            Value::Null
        };
    }
}

/// Changes every policy in the workspace's state.
fn change(workspace: &Workspace<'_>, change: impl Fn(&mut Value)) {
    let file = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for resource in state["resources"].as_array_mut().unwrap() {
        assert_eq!(
            (&resource["type"], &resource["instances"][0]["schema_version"]),
            (&json!("aksaccess_conditional_access_policy"), &json!(1))
        );
        resource["instances"][0]["schema_version"] = json!(0);
        change(&mut resource["instances"][0]["attributes"]);
    }
    state["serial"] = json!(100);
    std::fs::write(file, state.to_string()).unwrap();
}

#[test]
fn state_with_nested_attributes_is_taken_over() {
    let test_tenant = TestTenant::new("state_of_version_0");
    let (group, principal) =
        (test_tenant.group(json!({})), test_tenant.graph("GET", "/servicePrincipals?$select=id", None)["value"][0]["id"].clone());
    let configuration =
        json!({ "resource": { "aksaccess_conditional_access_policy": configuration(&group, principal.as_str().unwrap()) } });
    let workspace = test_tenant.workspace("");
    workspace.file("policies.tf.json", &configuration.to_string());
    workspace.apply();
    workspace.plan_is_empty();
    let current = workspace.json(&["show", "-json"]);
    change(&workspace, version_0);
    let writes = test_tenant.writes();
    workspace.succeeds(&["plan", "-no-color", "-detailed-exitcode", "-refresh=false"]);
    workspace.plan_is_empty();
    workspace.apply();
    assert_eq!(workspace.json(&["show", "-json"])["values"], current["values"]);
    assert_eq!(test_tenant.writes(), writes);
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/identity/conditionalAccess/policies", None)["value"], json!([]));
}

#[test]
fn state_that_cannot_be_taken_over_is_refused() {
    let test_tenant = TestTenant::new("state_of_no_version");
    let (group, principal) =
        (test_tenant.group(json!({})), test_tenant.graph("GET", "/servicePrincipals?$select=id", None)["value"][0]["id"].clone());
    let configuration =
        json!({ "resource": { "aksaccess_conditional_access_policy": configuration(&group, principal.as_str().unwrap()) } });
    for (spoil, said) in [
        ((|attributes| attributes["conditions"]["users"]["excluded_people"] = json!([ONE])) as fn(&mut Value), "excluded_people"),
        (|attributes| drop(attributes.as_object_mut().unwrap().remove("conditions")), "The stored state has no `conditions`"),
    ] {
        let workspace = test_tenant.workspace("");
        workspace.file("policies.tf.json", &configuration.to_string());
        workspace.apply();
        change(&workspace, |attributes| {
            version_0(attributes);
            spoil(attributes);
        });
        let output = workspace.fails(&["plan", "-no-color"], &[]);
        assert!(flat(&output.text).contains(said), "{}", output.text);
    }
}

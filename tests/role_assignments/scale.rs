//! How many requests large configurations make: counted exactly, never timed.
//!
//! The states are not made by applying thousands of objects but from what the tenant holds; that the plan is empty shows that they are right.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

/// All groups of the tenant.
fn groups(test_tenant: &TestTenant) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = "/groups?$top=999".to_owned();
    loop {
        let page = test_tenant.graph("GET", &path, None);
        found.extend(page["value"].as_array().unwrap().iter().cloned());
        match page["@odata.nextLink"].as_str() {
            Some(next) => path = next.split_once("/v1.0").unwrap().1.to_owned(),
            None => return found,
        }
    }
}

/// Puts groups of the tenant into state as if they had been applied: copies of the one group that was, with ids and names of their own.
fn put_into_state(workspace: &Workspace<'_>, groups: &[Value], owners: &Value) {
    let path = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let instances = &mut state["resources"][0]["instances"];
    let like = instances[0].clone();
    let instance = |(at, group): (usize, &Value)| {
        let mut instance = like.clone();
        instance["index_key"] = json!(at);
        let properties = [("id", "id"), ("display_name", "displayName"), ("description", "description"), ("mail_nickname", "mailNickname")];
        for (attribute, property) in properties.into_iter().chain([("security_identifier", "securityIdentifier")]) {
            instance["attributes"][attribute] = group[property].clone();
        }
        instance["attributes"]["owners"] = owners.clone();
        instance.as_object_mut().unwrap().remove("private");
        instance
    };
    *instances = groups.iter().enumerate().map(instance).collect();
    std::fs::write(&path, state.to_string()).unwrap();
}

/// The requests of an empty plan of so many groups, in a tenant that has more.
fn plan_of(managed: usize, others: usize, owned: bool) -> u64 {
    let test_tenant = TestTenant::with(emulator::Options::default());
    test_tenant.control("POST", "populate", Some(json!({ "groups": managed + others })));
    let all = groups(&test_tenant);
    // The last of a listing come late: the case that is least kind.
    let ours = &all[all.len() - managed..];
    let owner = &test_tenant.users(1)[0];
    let mut owners = Value::Null;
    if owned {
        owners = json!([owner]);
        for group in ours {
            let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{owner}") });
            test_tenant.graph("POST", &format!("/groups/{}/owners/$ref", group["id"].as_str().unwrap()), Some(reference));
        }
    }
    let lines = if owned { format!("owners = [{owner:?}]") } else { String::new() };
    let configuration = |count: usize| {
        format!(
            "locals {{\n  groups = jsondecode(file(\"groups.json\"))\n}}\nresource \"aksaccess_group\" \"it\" {{\n  count = {count}\n  \
             display_name = local.groups[count.index].displayName\n  description = local.groups[count.index].description\n  {lines}\n}}\n"
        )
    };
    let workspace = test_tenant.workspace(&configuration(1));
    workspace.file("groups.json", &json!(ours).to_string());
    workspace.apply();
    put_into_state(&workspace, ours, &owners);
    workspace.write(&configuration(managed));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    test_tenant.all_requests()
}

#[test]
fn a_thousand_groups_are_listed() {
    let requests = plan_of(1000, 200, false);
    assert!(requests <= 40, "{requests} requests");
}

#[test]
fn a_thousand_groups_are_listed_with_their_owners() {
    let requests = plan_of(1000, 200, true);
    assert!(requests <= 80, "{requests} requests");
}

#[test]
fn ten_groups_never_pay_for_the_tenant() {
    let requests = plan_of(10, 50_000, false);
    assert!(requests <= 15, "{requests} requests");
}

//! `terraform query` for every resource: what exists is found with its identity, and the configuration that Terraform generates of it is imported without a change.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::identity::identities;
use crate::project::documentation::example;
use crate::terraform_command::newer_terraform;
use crate::test_tenant::{TestTenant, Workspace};

#[test]
fn every_resource_can_be_listed() {
    let names = |names: Vec<&'static str>| names.into_iter().collect::<BTreeSet<_>>();
    let lists = names(aksaccess_provider::lists::table().iter().map(|entry| entry.name).collect());
    assert_eq!(lists, names(aksaccess_provider::resources::table().iter().map(|entry| entry.name).collect()));
}

/// The arguments of a list that are attributes of the object that is looked for.
const SCOPES: [(&str, &str); 14] = [
    ("administrative_unit_member", "administrative_unit_id"),
    ("group_member", "group_id"),
    ("group_members", "group_id"),
    ("group_owner", "group_id"),
    ("pim_group_assignment", "group_id"),
    ("pim_group_eligibility", "group_id"),
    ("pim_group_policy", "group_id"),
    ("pim_role_assignment", "scope"),
    ("pim_role_eligibility", "scope"),
    ("pim_role_policy", "scope"),
    ("pim_role_policy", "role"),
    ("role_assignment", "scope"),
    ("group", "display_name_prefix"),
    ("conditional_access_policy", "state"),
];

/// The text of a list block.
fn list(name: &str, more: &str, config: &str) -> String {
    format!("list \"aksaccess_{name}\" \"found\" {{\n  provider = aksaccess\n{more}  config {{\n{config}  }}\n}}\n")
}

/// A workspace without state in the newer Terraform, with this list.
fn querying<'a>(test_tenant: &'a TestTenant, newer: &'static std::path::Path, query: &str) -> Workspace<'a> {
    let mut workspace = test_tenant.workspace("");
    workspace.use_terraform(newer);
    workspace.file("found.tfquery.hcl", query);
    workspace
}

/// What `terraform query -json` found.
fn results(workspace: &Workspace<'_>) -> Vec<Value> {
    let said = workspace.succeeds(&["query", "-json"]);
    let lines = said.text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["type"] == "list_resource_found").map(|line| line["list_resource_found"].clone()).collect()
}

pub fn is_found(folder: &str, name: &str) {
    let Some(newer) = newer_terraform(&format!("the list of {name}")) else { return };
    let test_tenant = TestTenant::new(&format!("list_of_{name}"));
    let mut workspace = example(&test_tenant, &format!("examples/{folder}/aksaccess_{name}"));
    workspace.use_terraform(newer);
    workspace.apply();
    let type_name = format!("aksaccess_{name}");
    let made: Vec<(String, Value)> = identities(&workspace)
        .into_iter()
        .filter(|(_, of, _)| *of == type_name)
        .map(|(address, _, identity)| (address, identity))
        .collect();
    assert!(!made.is_empty());
    for (address, identity) in &made {
        let state = workspace.state(address);
        let config: String = SCOPES
            .iter()
            .filter(|(of, _)| *of == name)
            .map(|(_, argument)| {
                let value = if *argument == "display_name_prefix" { &state["display_name"] } else { &state[*argument] };
                format!("    {argument} = {value}\n")
            })
            .collect();
        let other = querying(&test_tenant, newer, &list(name, "  include_resource = true\n", &config));
        let found = results(&other);
        let ours = found.iter().find(|found| found["identity"] == *identity);
        let ours = ours.unwrap_or_else(|| panic!("{address} {identity} is not among {found:#?}"));
        assert!(!ours["display_name"].as_str().unwrap().is_empty(), "{ours}");
        assert!(ours["resource_object"].is_object(), "{ours}");
        let identities: BTreeSet<String> = found.iter().map(|found| found["identity"].to_string()).collect();
        assert_eq!(identities.len(), found.len(), "an object is listed twice: {found:#?}");
        // The query file is no part of the configuration that is generated.
        other.succeeds(&["query", "-no-color", "-generate-config-out=generated.tf"]);
        let planned = other.succeeds(&["plan", "-no-color"]);
        let expected = format!("Plan: {} to import, 0 to add, 0 to change, 0 to destroy.", found.len());
        let generated = std::fs::read_to_string(other.path().join("generated.tf")).unwrap();
        assert!(planned.text.contains(&expected), "{expected}\n{}\n{generated}", planned.text);
        other.apply();
        other.plan_is_empty();
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
}

crate::rows::for_each_row!(crate::every_resource::listing::is_found, resources);

#[test]
fn a_list_ends_at_its_limit_and_asks_for_one_page_at_a_time() {
    let Some(newer) = newer_terraform("a_list_ends_at_its_limit_and_asks_for_one_page_at_a_time") else { return };
    let test_tenant = TestTenant::new("a_list_ends_at_its_limit");
    test_tenant.users(1500);
    let count = |limit: u64| {
        let workspace = querying(&test_tenant, newer, &list("user", &format!("  limit = {limit}\n"), ""));
        test_tenant.forget_requests();
        (results(&workspace).len(), test_tenant.requests())
    };
    assert_eq!(count(3), (3, json!({ "GET /v1.0/users": 1 })));
    assert_eq!(count(0), (0, json!({})));
    let (all, requests) = count(5000);
    // Those that were made, and whom the tenant has from the beginning.
    assert!(all > 1500, "{all}");
    assert_eq!(requests, json!({ "GET /v1.0/users": 2 }));
}

#[test]
fn a_refusal_in_the_middle_of_a_list_names_the_permission() {
    let Some(newer) = newer_terraform("a_refusal_in_the_middle_of_a_list_names_the_permission") else { return };
    let test_tenant = TestTenant::new("a_refusal_in_the_middle_of_a_list");
    test_tenant.users(1500);
    let workspace = querying(&test_tenant, newer, &list("user", "  limit = 2000\n", ""));
    // The first page is answered.
    test_tenant.arm("1 GET /v1.0/users delay=0; 1 GET /v1.0/users status=403");
    workspace.fails(
        &["query", "-no-color"],
        &["Could not list users", "`GET /users` needs the Microsoft Graph application permission `User.Read.All`"],
    );
}

#[test]
fn what_a_list_cannot_look_for_is_refused_before_anything_is_asked() {
    let Some(newer) = newer_terraform("what_a_list_cannot_look_for_is_refused_before_anything_is_asked") else { return };
    let test_tenant = TestTenant::new("what_a_list_cannot_look_for");
    let refused = [
        ("group_member", "    group_id = \"x\"\n", "must be a UUID"),
        ("role_assignment", "", "The scope is missing"),
        (
            "pim_role_eligibility",
            "    scope = \"/\"\n    cluster_id = \"/subscriptions/6b085460-5f21-477e-ba44-1035046e9101/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c\"\n",
            "The scope is given twice",
        ),
        ("conditional_access_policy", "    state = \"on\"\n", "enabledForReportingButNotEnforced"),
    ];
    for (name, config, message) in refused {
        let workspace = querying(&test_tenant, newer, &list(name, "", config));
        test_tenant.forget_requests();
        workspace.fails(&["validate", "-query", "-no-color"], &[message]);
        assert_eq!(test_tenant.all_requests(), 0, "{name}");
    }
}

//! Values from the configuration that would mean something else if they were not encoded: in an address, a filter, a batch.

use serde_json::{Value, json};

use crate::test_tenant::TestTenant;

/// Names that a filter, a query or a path could take for its own.
const NAMES: [&str; 12] = [
    "it's",
    "' or displayName ne '",
    "a/b",
    "../../users",
    "a?b=c&d",
    "a#b",
    "100% + 1",
    "$filter=x",
    "line\nbreak",
    "\u{202e}gnp.tset",
    "back\\slash \"quoted\"",
    "ä 😀",
];

fn quoted(text: &str) -> String {
    json!(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

#[test]
fn a_hostile_name_is_found_and_nothing_else() {
    let test_tenant = TestTenant::new("a_hostile_name_is_found");
    test_tenant.group(json!({ "displayName": "another" }));
    let ids: Vec<String> = NAMES.iter().map(|name| test_tenant.group(json!({ "displayName": name }))).collect();
    let each: String = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| format!("data \"aksaccess_group\" \"g{at}\" {{\n  display_name = {}\n}}\noutput \"g{at}\" {{\n  value = data.aksaccess_group.g{at}.id\n}}\n", quoted(name)))
        .collect();
    let names = NAMES.map(quoted).join(", ");
    let workspace = test_tenant.workspace(&format!(
        "{each}data \"aksaccess_groups\" \"all\" {{\n  display_names = [{names}]\n}}\noutput \"all\" {{\n  value = data.aksaccess_groups.all.ids\n}}\n"
    ));
    workspace.apply();
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(workspace.output(&format!("g{at}")), json!(id), "{:?}", NAMES[at]);
    }
    // Many at once travel in filters and batches.
    assert_eq!(workspace.output("all"), json!(ids));
}

#[test]
fn a_hostile_name_is_kept_as_it_is() {
    let test_tenant = TestTenant::new("a_hostile_name_is_kept");
    let names = NAMES.map(quoted).join(", ");
    let workspace = test_tenant.workspace(&format!(
        "locals {{\n  names = [{names}]\n}}\nresource \"aksaccess_group\" \"it\" {{\n  count        = length(local.names)\n  display_name = local.names[count.index]\n}}\n"
    ));
    workspace.apply();
    workspace.plan_is_empty();
    let groups = test_tenant.graph("GET", "/groups?$select=displayName&$top=99", None);
    let mut made: Vec<&str> = groups["value"].as_array().unwrap().iter().map(|group| group["displayName"].as_str().unwrap()).collect();
    made.sort_unstable();
    let mut expected = NAMES;
    expected.sort_unstable();
    assert_eq!(made, expected);
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/groups", None)["value"], json!([]));
}

#[test]
fn a_hostile_name_of_a_user_finds_nobody() {
    let test_tenant = TestTenant::new("a_hostile_name_of_a_user");
    test_tenant.person("anna");
    test_tenant.forget_requests();
    for name in ["' or startsWith(userPrincipalName,'a') or '", "anna@contoso.com/../../groups", "anna@contoso.com?$select=id", "x\u{0}y"] {
        let workspace =
            test_tenant.workspace(&format!("data \"aksaccess_user\" \"it\" {{\n  user_principal_name = {}\n}}\n", quoted(name)));
        workspace.fails(&["plan", "-no-color"], &["Error:"]);
    }
    let writes = test_tenant.control("GET", "requests", None);
    let asked: Vec<&String> = writes["http"].as_object().unwrap().keys().filter(|one| one.contains("/v1.0/")).collect();
    assert!(asked.iter().all(|one| *one == "GET /v1.0/users" || *one == "GET /v1.0/users/{id}"), "{asked:?}");
}

/// What a metadata host may say, and a tenant may be called.
#[test]
fn a_hostile_setting_of_the_provider_is_refused_before_anything_is_asked() {
    let test_tenant = TestTenant::new("a_hostile_setting");
    for (name, value, message) in [
        ("ARM_TENANT_ID", "../../x", "signing in with a client secret failed"),
        ("ARM_TENANT_ID", "t/oauth2/v2.0/token?x=", "signing in with a client secret failed"),
        ("ARM_METADATA_HOSTNAME", "user:password@example.com", "metadata_host must be a host name"),
        ("ARM_METADATA_HOSTNAME", "example.com/path?x#y", "metadata_host must be a host name"),
        ("ARM_PARTNER_ID", "x\r\nEvil: 1", "ARM_PARTNER_ID is no GUID"),
    ] {
        let mut workspace = test_tenant.workspace("data \"aksaccess_client_config\" \"it\" {}\n");
        workspace.set(name, value);
        workspace.plan_fails(&[message]);
    }
    let asked: Value = test_tenant.control("GET", "requests", None)["http"].clone();
    assert!(!asked.as_object().unwrap().keys().any(|one| one.contains("token")), "{asked}");
}

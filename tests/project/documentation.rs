//! The registry's pages are what the declarations say, and every example works.
//!
//! `UPDATE_GENERATED=1 cargo test documentation` writes the pages anew.

use std::path::{Path, PathBuf};

use aksaccess_provider::Aksaccess;
use aksaccess_provider::permissions::{self, Uses};
use aksaccess_provider::provider::Config;
use framework::docs::{self, Examples};
use framework::{Model, Provider};

use crate::terraform_command::newer_terraform;
use crate::test_tenant::{TestTenant, Workspace};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a page says about permissions.
fn section(uses: Option<&Uses>) -> String {
    uses.map(Uses::section).unwrap_or_default()
}

/// Every page with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages =
        vec![(root().join("docs/index.md"), docs::index("aksaccess", &Config::object(), &read("examples/provider/provider.tf")))];
    for entry in aksaccess_provider::resources::table() {
        let folder = format!("examples/resources/aksaccess_{}", entry.name);
        let [usage, import_block, import_by_identity, import_command] =
            ["resource.tf", "import.tf", "import-by-identity.tf", "import.sh"].map(|file| read(&format!("{folder}/{file}")));
        let section = section(permissions::of(entry.name));
        let examples = Examples {
            usage: &usage,
            import_block: &import_block,
            import_by_identity: &import_by_identity,
            import_command: &import_command,
            section: &section,
        };
        pages.push((root().join(format!("docs/resources/{}.md", entry.name)), docs::resource("aksaccess", &entry, examples)));
    }
    for entry in aksaccess_provider::data_sources::table() {
        let usage = read(&format!("examples/data-sources/aksaccess_{}/data-source.tf", entry.name));
        pages.push((
            root().join(format!("docs/data-sources/{}.md", entry.name)),
            docs::data_source("aksaccess", &entry, &usage, &section(permissions::of_data_source(entry.name))),
        ));
    }
    for entry in Aksaccess::ephemeral() {
        let usage = read(&format!("examples/ephemeral-resources/aksaccess_{}/ephemeral-resource.tf", entry.name));
        pages.push((
            root().join(format!("docs/ephemeral-resources/{}.md", entry.name)),
            docs::ephemeral("aksaccess", &entry, &usage, &section(permissions::of_ephemeral_resource(entry.name))),
        ));
    }
    for entry in Aksaccess::list_resources() {
        let usage = read(&format!("examples/list-resources/aksaccess_{}/list-resource.tfquery.hcl", entry.name));
        pages.push((
            root().join(format!("docs/list-resources/{}.md", entry.name)),
            docs::list_resource("aksaccess", &entry, &usage, &section(permissions::of_list_resource(entry.name))),
        ));
    }
    for entry in Aksaccess::actions() {
        let usage = read(&format!("examples/actions/aksaccess_{}/action.tf", entry.name));
        pages.push((
            root().join(format!("docs/actions/{}.md", entry.name)),
            docs::action("aksaccess", &entry, &usage, &section(permissions::of_action(entry.name))),
        ));
    }
    for function in Aksaccess::functions() {
        let usage = read(&format!("examples/functions/{}/function.tf", function.name));
        pages.push((root().join(format!("docs/functions/{}.md", function.name)), docs::function("aksaccess", &function, &usage)));
    }
    pages
}

#[test]
fn documentation_is_fresh() {
    for (path, text) in pages() {
        if std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{} is not what the declarations say: run UPDATE_GENERATED=1 cargo test documentation", path.display());
    }
}

#[test]
fn there_is_no_page_of_what_does_not_exist() {
    let known: Vec<PathBuf> = pages().into_iter().map(|(path, _)| path).collect();
    for folder in
        ["docs/resources", "docs/data-sources", "docs/ephemeral-resources", "docs/list-resources", "docs/actions", "docs/functions"]
    {
        // A folder that is not there has no page too many.
        for page in std::fs::read_dir(root().join(folder)).into_iter().flatten() {
            let page = page.unwrap().path();
            assert!(known.contains(&page), "{} belongs to nothing", page.display());
        }
    }
}

/// The administrative unit that examples name.
pub(crate) const UNIT: &str = "00000000-0000-0000-0000-000000000000";

/// A workspace with the configuration of an example.
pub(crate) fn example<'a>(test_tenant: &'a TestTenant, folder: &str) -> Workspace<'a> {
    let unit = test_tenant.unit();
    let workspace = test_tenant.workspace("");
    for file in std::fs::read_dir(root().join(folder)).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        if file.extension().is_some_and(|extension| extension == "tf") && !name.starts_with("import") {
            // What an example does not make is there: an administrative unit.
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(workspace.path().join(name), text.replace(UNIT, &unit)).unwrap();
        }
    }
    if std::fs::read_to_string(workspace.path().join("provider.tf")).is_ok_and(|text| text.contains("required_providers")) {
        std::fs::remove_file(workspace.path().join("main.tf")).unwrap();
    }
    workspace
}

/// Applies an example as it stands, twice, and destroys it.
fn works(name: &str, folder: &str) {
    let test_tenant = TestTenant::new(name);
    let workspace = example(&test_tenant, folder);
    // The tenant has an administrator from the beginning.
    let people = test_tenant.graph("GET", "/users", None);
    let roles = test_tenant.assignments(&crate::role_assignments::role_assignment::cluster());
    workspace.apply();
    workspace.plan_is_empty();
    // Privileged Identity Management removes nothing within five minutes of making it.
    test_tenant.advance("PT6M");
    workspace.destroy();
    let groups = test_tenant.graph("GET", "/groups", None);
    assert_eq!(groups["value"].as_array().unwrap().len(), 0, "{groups}");
    assert_eq!(test_tenant.graph("GET", "/users", None)["value"], people["value"]);
    for collection in ["policies", "namedLocations", "authenticationContextClassReferences"] {
        let left = test_tenant.graph("GET", &format!("/identity/conditionalAccess/{collection}"), None);
        assert_eq!(left["value"], serde_json::json!([]));
    }
    assert_eq!(test_tenant.assignments(&crate::role_assignments::role_assignment::cluster()), roles);
}

pub mod examples {
    use super::works;

    pub fn of(folder: &str, name: &str) {
        works(&format!("example_{folder}_{name}"), &format!("examples/{folder}/aksaccess_{name}"));
    }

    #[test]
    fn the_provider() {
        works("example_provider", "examples/provider");
    }

    #[test]
    fn the_functions() {
        for name in crate::rows::names("functions") {
            works(&format!("example_function_{name}"), &format!("examples/functions/{name}"));
        }
    }

    crate::rows::for_each_row!(crate::project::documentation::examples::of);
}

/// Imports by the two examples of a resource, with these ids in the place of the examples' own.
fn imports(test_tenant: &TestTenant, name: &str, configuration: &str, address: &str, ids: &[(&str, &str)]) {
    let folder = format!("examples/resources/aksaccess_{name}");
    let with_ids = |text: String| ids.iter().fold(text, |text, (example, id)| text.replace(example, id));
    let mut workspace = test_tenant.workspace(configuration);
    workspace.file("import.tf", &with_ids(read(&format!("{folder}/import.tf"))));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.succeeds(&["state", "rm", address]);
    std::fs::remove_file(workspace.path().join("import.tf")).unwrap();
    let command = with_ids(read(&format!("{folder}/import.sh")));
    let arguments: Vec<&str> = command
        .trim()
        .strip_prefix("terraform ")
        .expect("a terraform command")
        .split_whitespace()
        .map(|word| word.trim_matches('\''))
        .collect();
    workspace.succeeds(&arguments);
    workspace.plan_is_empty();
    // A newer Terraform adds the identity to a state that has none, and imports by it.
    let Some(newer) = newer_terraform(&format!("the import by identity of {name}")) else { return };
    workspace.use_terraform(newer);
    workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
    let identity = workspace.identity(address);
    workspace.succeeds(&["state", "rm", address]);
    workspace.file("import.tf", &with_ids(read(&format!("{folder}/import-by-identity.tf"))));
    let applied = workspace.apply();
    assert!(applied.text.contains("Resources: 1 imported, 0 added, 0 changed, 0 destroyed."), "{}", applied.text);
    assert_eq!(workspace.identity(address), identity);
    workspace.plan_is_empty();
}

#[test]
fn the_import_examples_import() {
    let test_tenant = TestTenant::new("the_import_examples_import");
    let group = test_tenant.group(serde_json::json!({ "displayName": "platform-admins" }));
    let anna = test_tenant.users(1).remove(0);
    test_tenant.add_member(&group, &anna);
    let ids = [("00000000-0000-0000-0000-000000000000", group.as_str()), ("11111111-1111-1111-1111-111111111111", anna.as_str())];
    let configuration = "resource \"aksaccess_group\" \"admins\" {\n  display_name = \"platform-admins\"\n}\n";
    imports(&test_tenant, "group", configuration, "aksaccess_group.admins", &ids);
    let configuration = format!("resource \"aksaccess_group_member\" \"anna\" {{\n  group_id = {group:?}\n  member_id = {anna:?}\n}}\n");
    imports(&test_tenant, "group_member", &configuration, "aksaccess_group_member.anna", &ids);
    let configuration =
        format!("resource \"aksaccess_group_members\" \"operators\" {{\n  group_id = {group:?}\n  members = [{anna:?}]\n}}\n");
    imports(&test_tenant, "group_members", &configuration, "aksaccess_group_members.operators", &ids);
    let configuration = format!("resource \"aksaccess_group_owner\" \"anna\" {{\n  group_id = {group:?}\n  owner_id = {anna:?}\n}}\n");
    test_tenant.add_owner(&group, &anna);
    imports(&test_tenant, "group_owner", &configuration, "aksaccess_group_owner.anna", &ids);
    let unit = test_tenant.unit();
    test_tenant.add_to_unit(&unit, &anna);
    let configuration = format!(
        "resource \"aksaccess_administrative_unit_member\" \"anna\" {{\n  administrative_unit_id = {unit:?}\n  member_id = {anna:?}\n}}\n"
    );
    let of_unit = [(UNIT, unit.as_str()), ids[1]];
    imports(&test_tenant, "administrative_unit_member", &configuration, "aksaccess_administrative_unit_member.anna", &of_unit);
    let configuration = format!("resource \"aksaccess_pim_group_policy\" \"admins\" {{\n  group_id = {group:?}\n}}\n");
    imports(&test_tenant, "pim_group_policy", &configuration, "aksaccess_pim_group_policy.admins", &ids);
    for (kind, name) in [("eligibility", "developers"), ("assignment", "anna")] {
        let principal = test_tenant.users(1).remove(0);
        let ids = [ids[0], ("11111111-1111-1111-1111-111111111111", principal.as_str())];
        let body = serde_json::json!({ "action": "adminAssign", "accessId": "member", "groupId": group, "principalId": principal, "justification": "x",
            "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
        test_tenant.graph("POST", &format!("/identityGovernance/privilegedAccess/group/{kind}ScheduleRequests"), Some(body));
        let configuration = format!(
            "resource \"aksaccess_pim_group_{kind}\" {name:?} {{\n  group_id = {group:?}\n  principal_id = {principal:?}\n  \
             expiration {{ duration = \"P20D\" }}\n  justification = \"x\"\n}}\n"
        );
        imports(&test_tenant, &format!("pim_group_{kind}"), &configuration, &format!("aksaccess_pim_group_{kind}.{name}"), &ids);
    }
    let scope = crate::role_assignments::role_assignment::cluster();
    crate::role_assignments::role_assignment::made_elsewhere(
        &test_tenant,
        &scope,
        "00000000-0000-0000-0000-000000000000",
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        &group,
    );
    let configuration = format!(
        "resource \"aksaccess_role_assignment\" \"developers\" {{\n  principal_id = {group:?}\n  role = \"Reader\"\n  cluster_id = {scope:?}\n}}\n"
    );
    imports(&test_tenant, "role_assignment", &configuration, "aksaccess_role_assignment.developers", &[]);
    let configuration = format!(
        "resource \"aksaccess_cluster_aad_profile\" \"production\" {{\n  cluster_id = {scope:?}\n  azure_rbac_enabled = true\n}}\n"
    );
    imports(&test_tenant, "cluster_aad_profile", &configuration, "aksaccess_cluster_aad_profile.production", &[]);
}

#[test]
fn the_import_examples_of_privileged_roles_import() {
    let test_tenant = TestTenant::new("the_import_examples_of_privileged_roles_import");
    let (principal, scope) = (test_tenant.users(1).remove(0), crate::role_assignments::role_assignment::cluster());
    let subscription = crate::role_assignments::role_assignment::subscription();
    let ids = [
        ("/subscriptions/00000000-0000-0000-0000-000000000000", subscription.as_str()),
        ("11111111-1111-1111-1111-111111111111", principal.as_str()),
    ];
    let role = "role = \"Azure Kubernetes Service RBAC Admin\"";
    let configuration = format!("resource \"aksaccess_pim_role_policy\" \"admins\" {{\n  {role}\n  cluster_id = {scope:?}\n}}\n");
    imports(&test_tenant, "pim_role_policy", &configuration, "aksaccess_pim_role_policy.admins", &ids);
    for (kind, arm, name) in [("eligibility", "Eligibility", "developers"), ("assignment", "Assignment", "operators")] {
        let request = uuid::Uuid::new_v4();
        let body = serde_json::json!({ "properties": { "principalId": principal, "requestType": "AdminAssign", "justification": "x",
            "roleDefinitionId": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/3498e952-d568-435e-9b2c-8d77e338d7f7"),
            "scheduleInfo": { "startDateTime": null, "expiration": { "type": "AfterDuration", "duration": "P20D", "endDateTime": null } } } });
        let path = format!("{scope}/providers/Microsoft.Authorization/role{arm}ScheduleRequests/{request}");
        test_tenant.arm_api("PUT", &path, "2020-10-01", Some(body));
        let configuration = format!(
            "resource \"aksaccess_pim_role_{kind}\" {name:?} {{\n  principal_id = {principal:?}\n  {role}\n  cluster_id = {scope:?}\n  \
             expiration {{ duration = \"P20D\" }}\n  justification = \"x\"\n}}\n"
        );
        imports(&test_tenant, &format!("pim_role_{kind}"), &configuration, &format!("aksaccess_pim_role_{kind}.{name}"), &ids);
    }
}

#[test]
fn the_import_examples_of_conditional_access_import() {
    let test_tenant = TestTenant::new("the_import_examples_of_conditional_access_import");
    let made = |path: &str, body: serde_json::Value| test_tenant.graph("POST", path, Some(body))["id"].as_str().unwrap().to_owned();
    let policy = made(
        "/identity/conditionalAccess/policies",
        serde_json::json!({
            "displayName": "aks", "state": "disabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
            "conditions": {
                "clientAppTypes": ["all"], "users": {"includeUsers": ["None"]},
                "applications": {"includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"]}
            }
        }),
    );
    let location = serde_json::json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "offices", "isTrusted": false,
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}]
    });
    let location = made("/identity/conditionalAccess/namedLocations", location);
    let keys = serde_json::json!({ "displayName": "keys", "allowedCombinations": ["fido2"] });
    let strength = made("/policies/authenticationStrengthPolicies", keys);
    let context = serde_json::json!({ "displayName": "elevation", "isAvailable": true });
    test_tenant.graph("PATCH", "/identity/conditionalAccess/authenticationContextClassReferences/c12", Some(context));
    let ids = [
        ("22222222-2222-2222-2222-222222222222", policy.as_str()),
        ("33333333-3333-3333-3333-333333333333", location.as_str()),
        ("44444444-4444-4444-4444-444444444444", strength.as_str()),
    ];
    for (kind, name, body) in [
        (
            "conditional_access_policy",
            "aks",
            "  display_name = \"aks\"\n  state = \"disabled\"\n  conditions {\n    users { included_users = [\"None\"] }\n    \
             applications { included_applications = [\"AKS\"] }\n  }\n  grant_controls { built_in_controls = [\"mfa\"] }",
        ),
        ("named_location", "offices", "  display_name = \"offices\"\n  ip { ip_ranges = [\"203.0.113.0/24\"] }"),
        ("authentication_strength_policy", "keys", "  display_name = \"keys\"\n  allowed_combinations = [\"fido2\"]"),
        ("authentication_context", "elevation", "  id = \"c12\"\n  display_name = \"elevation\""),
    ] {
        let configuration = format!("resource \"aksaccess_{kind}\" {name:?} {{\n{body}\n}}\n");
        imports(&test_tenant, kind, &configuration, &format!("aksaccess_{kind}.{name}"), &ids);
    }
}

/// The others need a user who has signed in; what they say is valid.
#[test]
fn the_examples_of_actions_are_valid() {
    let Some(newer) = newer_terraform("the_examples_of_actions_are_valid") else { return };
    let test_tenant = TestTenant::new("examples_of_actions");
    for name in crate::rows::names("actions") {
        let mut workspace = example(&test_tenant, &format!("examples/actions/aksaccess_{name}"));
        workspace.use_terraform(newer);
        workspace.succeeds(&["validate", "-no-color"]);
    }
}

#[test]
fn the_examples_of_lists_are_valid() {
    let Some(newer) = newer_terraform("the_examples_of_lists_are_valid") else { return };
    let test_tenant = TestTenant::new("examples_of_lists");
    for name in crate::rows::names("list-resources") {
        let mut workspace = test_tenant.workspace("");
        workspace.use_terraform(newer);
        let file = "list-resource.tfquery.hcl";
        let example = format!("examples/list-resources/aksaccess_{name}/{file}");
        workspace.file(file, &read(&example));
        workspace.succeeds(&["validate", "-query", "-no-color"]);
    }
}

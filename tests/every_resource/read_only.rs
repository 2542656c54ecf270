//! A pipeline that only plans needs only what the pages say, of Microsoft Graph and of Azure Resource Manager; and all of that.

use std::collections::BTreeSet;
use std::path::Path;

use aksaccess_provider::permissions::{self, Uses};
use serde_json::{Value, json};

use crate::role_assignments::role_assignment::subscription;
use crate::test_tenant::{TestTenant, Workspace, flat};

/// An example, and what everything in it asks for.
struct Example {
    name: String,
    text: String,
    uses: Vec<&'static Uses>,
}

impl Example {
    fn of(folder: &str, name: &str, file: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{folder}/aksaccess_{name}/{file}"));
        let text = std::fs::read_to_string(path).unwrap();
        let named = |kind: &str| -> BTreeSet<String> {
            text.split(&format!("{kind} \"aksaccess_")).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let known = |name: &String, uses: Option<&'static Uses>| {
            uses.unwrap_or_else(|| panic!("{name} is missing in src/permissions: its page has to say what it needs"))
        };
        let mut uses = Vec::new();
        uses.extend(named("resource").iter().map(|name| known(name, permissions::of(name))));
        uses.extend(named("data").iter().map(|name| known(name, permissions::of_data_source(name))));
        uses.extend(named("ephemeral").iter().map(|name| known(name, permissions::of_ephemeral_resource(name))));
        Self { name: format!("{folder}_{name}"), text, uses }
    }

    fn operations(&self, of: impl Fn(&'static Uses) -> Vec<&'static str>) -> BTreeSet<&'static str> {
        self.uses.iter().flat_map(|uses| of(uses)).collect()
    }
}

/// Signs in as a new application with these permissions, and at the subscription with a role of its own that allows these actions.
fn sign_in(test_tenant: &TestTenant, workspace: &mut Workspace<'_>, granted: &[&str], actions: &[&str]) {
    let made = test_tenant.control("POST", "applications", Some(json!({ "secret": "s", "permissions": granted })));
    if !actions.is_empty() {
        let [role, assignment] = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        let of = |kind: &str, name: uuid::Uuid| format!("{}/providers/Microsoft.Authorization/{kind}/{name}", subscription());
        let body = json!({ "properties": { "roleName": role.to_string(), "assignableScopes": [subscription()], "permissions": [{ "actions": actions }] } });
        test_tenant.arm_api("PUT", &of("roleDefinitions", role), "2022-04-01", Some(body));
        let body = json!({ "properties": { "roleDefinitionId": of("roleDefinitions", role), "principalId": made["object_id"],
            "principalType": "ServicePrincipal" } });
        test_tenant.arm_api("PUT", &of("roleAssignments", assignment), "2022-04-01", Some(body));
    }
    workspace.set("ARM_CLIENT_ID", made["application_id"].as_str().unwrap());
    workspace.set("ARM_CLIENT_SECRET", "s");
}

/// Requests by which a plan looks at referenced objects. A plan works without permission for them.
const LOOK: &str = "POST /directoryObjects/getByIds";

/// The operations of Graph since the last look.
fn asked(test_tenant: &TestTenant) -> BTreeSet<String> {
    let counted = test_tenant.control("GET", "requests", None);
    test_tenant.forget_requests();
    let all = ["http", "batched"].into_iter().flat_map(|part| counted[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    let graph = all.filter(|one| one.contains(" /v1.0/") && !one.ends_with("/$batch"));
    graph.map(|one| one.replacen(" /v1.0/", " /", 1)).filter(|one| one != LOOK).collect()
}

/// The permissions on a page are those that its example needs: with the permissions to plan alone a plan works, and each of them is necessary.
fn is_planned_with_what_its_page_says(example: &Example) {
    let name = &example.name;
    let test_tenant = TestTenant::new(&format!("read_only_{name}"));
    let mut workspace = test_tenant.workspace("");
    workspace.file("example.tf", &example.text.replace(crate::project::documentation::UNIT, &test_tenant.unit()));
    if example.text.contains("variable \"admins\"") {
        workspace.set("TF_VAR_admins", &test_tenant.group(json!({})));
    }
    let reads = example.operations(|uses| uses.reads.to_vec());
    let any = example.operations(|uses| [uses.reads, uses.writes].concat());
    let actions: Vec<&str> = example.operations(|uses| uses.arm_reads.to_vec()).into_iter().collect();
    let granted = permissions::covering(reads.iter().copied(), false);
    assert!(granted.iter().all(|name| !name.contains("Write")) || name.contains("activation"), "{name}: {granted:?}");
    // A plan of what does not exist yet. What may not be looked at beforehand is no reason to refuse.
    sign_in(&test_tenant, &mut workspace, &granted, &actions);
    workspace.succeeds(&["plan", "-no-color"]);
    workspace.set("ARM_CLIENT_ID", emulator::tenant::CLIENT_ID);
    workspace.set("ARM_CLIENT_SECRET", emulator::tenant::CLIENT_SECRET);
    test_tenant.forget_requests();
    workspace.apply();
    let applied = asked(&test_tenant);
    workspace.plan_is_empty();
    let planned = asked(&test_tenant);
    let unknown: Vec<_> = applied.iter().filter(|one| !any.contains(one.as_str())).collect();
    assert!(unknown.is_empty(), "{name}: an apply asks for {unknown:?}, which src/permissions does not know");
    let unknown: Vec<_> = planned.iter().filter(|one| !reads.contains(one.as_str())).collect();
    assert!(unknown.is_empty(), "{name}: a plan asks for {unknown:?}, which src/permissions does not know");
    sign_in(&test_tenant, &mut workspace, &granted, &actions);
    // Not that it is empty: an output may tell who signs in.
    let planned = workspace.planned_actions();
    let changes = |actions: &Value| actions != &json!(["no-op"]);
    assert!(!planned.as_object().unwrap().values().any(changes), "{name}: {planned}");
    let without = |one: &&str, all: &[&'static str]| -> Vec<&'static str> { all.iter().copied().filter(|other| other != one).collect() };
    for missing in &granted {
        sign_in(&test_tenant, &mut workspace, &without(missing, &granted), &actions);
        let said = flat(&workspace.run(&["plan", "-no-color"]).text);
        assert!(said.contains("403 Authorization_RequestDenied"), "{name} is planned without {missing}:\n{said}");
    }
    for missing in &actions {
        sign_in(&test_tenant, &mut workspace, &granted, &without(missing, &actions));
        let said = flat(&workspace.run(&["plan", "-no-color"]).text);
        let denied = said.contains("403 AuthorizationFailed") && said.contains(&format!("to perform action '{missing}'"));
        assert!(denied, "{name} is planned without {missing}:\n{said}");
    }
}

pub fn row(folder: &str, name: &str) {
    // `resource.tf` in `examples/resources`, and so on.
    is_planned_with_what_its_page_says(&Example::of(folder, name, &format!("{}.tf", folder.strip_suffix('s').unwrap())));
}

crate::rows::for_each_row!(crate::every_resource::read_only::row);

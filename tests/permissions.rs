//! A missing permission is named, and a pipeline that only plans needs only what the pages say.

use std::collections::BTreeSet;
use std::path::Path;

use aksaccess_provider::permissions;
use serde_json::{Value, json};

use crate::world::{Workspace, World};

/// An application with these permissions; the workspace signs in as it from now on.
fn sign_in_as(world: &World, workspace: &mut Workspace<'_>, granted: &[&str]) -> Value {
    let made = world.control("POST", "applications", Some(json!({ "secret": "s", "permissions": granted })));
    workspace.set("ARM_CLIENT_ID", made["application_id"].as_str().unwrap());
    workspace.set("ARM_CLIENT_SECRET", "s");
    made
}

/// The operations of Graph since the last look.
fn asked(world: &World) -> BTreeSet<String> {
    let counted = world.control("GET", "requests", None);
    world.forget_requests();
    let all = ["http", "batched"].into_iter().flat_map(|part| counted[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    let graph = all.filter(|one| one.contains(" /v1.0/") && !one.ends_with("/$batch"));
    graph.map(|one| one.replacen(" /v1.0/", " /", 1)).collect()
}

/// The resources in a configuration.
fn resources(configuration: &str) -> BTreeSet<String> {
    configuration.split("resource \"aksaccess_").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_resource_tells_its_permissions() {
    let known: BTreeSet<&str> = permissions::USES.iter().map(|uses| uses.resource).collect();
    for entry in aksaccess_provider::resources::table() {
        assert!(known.contains(entry.name), "{} is missing in src/permissions/uses.rs: its page has to say what it needs", entry.name);
    }
}

/// What a page says is what its example really asks for; and whoever has just the permissions to plan can plan.
#[test]
fn every_example_is_planned_with_what_its_page_says() {
    for entry in aksaccess_provider::resources::table() {
        let Some(own) = permissions::of(entry.name) else { continue };
        let world = World::new(&format!("permissions_{}", entry.name));
        let mut workspace = world.workspace("");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/resources/aksaccess_{}/resource.tf", entry.name));
        let example = std::fs::read_to_string(example).unwrap();
        workspace.file("example.tf", &example);
        let all: Vec<&permissions::Uses> = resources(&example).iter().filter_map(|name| permissions::of(name)).collect();
        let reads: BTreeSet<&str> = all.iter().flat_map(|uses| uses.reads).copied().collect();
        let any: BTreeSet<&str> = all.iter().flat_map(|uses| uses.reads.iter().chain(uses.writes)).copied().collect();
        workspace.apply();
        let applied = asked(&world);
        workspace.plan_is_empty();
        let planned = asked(&world);
        let unknown: Vec<_> = applied.iter().filter(|one| !any.contains(one.as_str())).collect();
        assert!(unknown.is_empty(), "{}: an apply asks for {unknown:?}, which src/permissions/uses.rs does not know", entry.name);
        let unknown: Vec<_> = planned.iter().filter(|one| !reads.contains(one.as_str())).collect();
        assert!(unknown.is_empty(), "{}: a plan asks for {unknown:?}, which src/permissions/uses.rs does not know", entry.name);
        if own.reads.is_empty() {
            continue;
        }
        let granted = permissions::covering(reads.iter().copied(), false);
        assert!(granted.iter().all(|name| !name.contains("Write")), "{}: {granted:?}", entry.name);
        sign_in_as(&world, &mut workspace, &granted);
        workspace.plan_is_empty();
        // And none of them is too many.
        for name in &granted {
            let fewer: Vec<&str> = granted.iter().copied().filter(|other| other != name).collect();
            sign_in_as(&world, &mut workspace, &fewer);
            workspace.plan_fails(&["403 Authorization_RequestDenied", "needs the Microsoft Graph application permission"]);
        }
    }
}

#[test]
fn a_refusal_names_what_is_missing_and_what_is_there() {
    let world = World::new("a_refusal_names_what_is_missing");
    let mut workspace = world.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n");
    sign_in_as(&world, &mut workspace, &["Group.Read.All", "User.Read.All"]);
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[
            "Could not create the group \"g\"",
            "`POST /groups` needs the Microsoft Graph application permission `Group.ReadWrite.All` (or `Directory.ReadWrite.All`, or `Group.Create`",
            "The token has: `Group.Read.All`, `User.Read.All`. Grant it, have an administrator consent, and run again.",
        ],
    );
    // In a batch, too; and with nothing at all.
    sign_in_as(&world, &mut workspace, &[]);
    workspace.write("data \"aksaccess_users\" \"it\" {\n  user_principal_names = [\"a@contoso.com\", \"b@contoso.com\"]\n}\n");
    workspace.plan_fails(&["needs the Microsoft Graph application permission `User.Read.All`", "The token has: none."]);
    // What is enough for most is not enough for a group that has a role.
    sign_in_as(&world, &mut workspace, &["Group.ReadWrite.All"]);
    workspace.write("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n  assignable_to_role = true\n}\n");
    workspace
        .fails(&["apply", "-auto-approve", "-no-color"], &["a role-assignable group needs `RoleManagement.ReadWrite.Directory` besides"]);
}

//! What must hold for every row of the table of resources.

use aksaccess_provider::Aksaccess;
use framework::Provider;
use framework::schema::faults;

use crate::world::World;

#[test]
fn every_declaration_is_without_fault() {
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name, entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| (entry.name, entry.object));
    let ephemeral = Aksaccess::ephemeral().into_iter().map(|entry| (entry.name, entry.object));
    let functions = Aksaccess::functions().into_iter().map(|function| (function.name, function.parameters));
    let all = resources.chain(data_sources).chain(ephemeral).chain(functions);
    let found: Vec<String> = all.flat_map(|(name, object)| faults(name, &object)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_can_be_silenced_is_told_apart_and_explained() {
    for concern in aksaccess_provider::resources::table().iter().flat_map(|entry| entry.concerns) {
        assert!(concern.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", concern.id);
        assert!(concern.about.starts_with(char::is_uppercase) && concern.about.ends_with('.'), "{}", concern.id);
    }
}

#[test]
fn terraform_accepts_the_schema() {
    let world = World::new("terraform_accepts_the_schema");
    let workspace = world.workspace("");
    let schema = workspace.succeeds(&["providers", "schema", "-json"]);
    for entry in aksaccess_provider::resources::table() {
        assert!(schema.text.contains(&format!("\"aksaccess_{}\"", entry.name)), "{}", entry.name);
    }
}

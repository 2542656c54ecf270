//! What must hold for every row of the table of resources.

use framework::schema::faults;

use crate::world::World;

#[test]
fn every_declaration_is_without_fault() {
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name, entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| (entry.name, entry.object));
    let found: Vec<String> = resources.chain(data_sources).flat_map(|(name, object)| faults(name, &object)).collect();
    assert_eq!(found, Vec::<String>::new());
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

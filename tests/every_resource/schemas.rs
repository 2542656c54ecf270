//! What must hold for every row of the table of resources.

use aksaccess_provider::Aksaccess;
use framework::schema::{Object, lint_schema, nested_configuration};
use framework::{Model, Provider};

use crate::test_tenant::TestTenant;

/// What is configured: the provider block, resources, data sources and ephemeral resources.
fn configured() -> Vec<(String, Object)> {
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name.to_owned(), entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| (format!("data {}", entry.name), entry.object));
    let ephemeral = Aksaccess::ephemeral().into_iter().map(|entry| (format!("ephemeral {}", entry.name), entry.object));
    let provider = ("provider".to_owned(), <Aksaccess as Provider>::Config::object());
    std::iter::once(provider).chain(resources).chain(data_sources).chain(ephemeral).collect()
}

#[test]
fn every_declaration_is_without_fault() {
    let functions = Aksaccess::functions().into_iter().map(|function| (function.name.to_owned(), function.parameters));
    let found: Vec<String> = configured().into_iter().chain(functions).flat_map(|(name, object)| lint_schema(&name, &object)).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// Terraform drops arguments that a nested attribute does not have, and refuses those that a block does not have.
#[test]
fn configuration_is_nested_in_blocks() {
    let found: Vec<String> = configured().into_iter().flat_map(|(name, object)| nested_configuration(&name, &object)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn silenceable_warnings_have_distinct_ids_and_descriptions() {
    for warning_kind in aksaccess_provider::resources::table().iter().flat_map(|entry| entry.warning_kinds) {
        assert!(warning_kind.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", warning_kind.id);
        assert!(warning_kind.about.starts_with(char::is_uppercase) && warning_kind.about.ends_with('.'), "{}", warning_kind.id);
    }
}

#[test]
fn terraform_accepts_the_schema() {
    let test_tenant = TestTenant::new("terraform_accepts_the_schema");
    let workspace = test_tenant.workspace("");
    let schema = workspace.succeeds(&["providers", "schema", "-json"]);
    for entry in aksaccess_provider::resources::table() {
        assert!(schema.text.contains(&format!("\"aksaccess_{}\"", entry.name)), "{}", entry.name);
    }
}

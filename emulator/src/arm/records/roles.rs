//! Role definitions: the built-in ones, and those of the tenant's own.

use serde_json::Value;

use super::{
    built_in,
    scope::{Scope, ancestors},
};
use crate::store::{Row, View};

/// The table of custom roles. The key is the role's GUID.
pub const TABLE: &str = "roleDefinitions";

/// Their type.
pub const TYPE: &str = "Microsoft.Authorization/roleDefinitions";

/// A role by its GUID.
pub fn find(view: View<'_>, guid: &str) -> Option<Row> {
    let guid = guid.to_lowercase();
    built_in::find(&guid).or_else(|| view.get(TABLE, &guid))
}

/// The sentence about a role that is not there. The emulator has a part of the built-in roles, so a client that uses another one is not wrong.
pub fn unknown(name: &str) -> String {
    let mut out = format!("The specified role definition with ID '{name}' does not exist.");
    if uuid::Uuid::try_parse(name).is_ok() {
        out += " If it is a built-in role of Azure: the emulator does not know it (emulator/src/arm/records/built_in_roles.json).";
    }
    out
}

/// Every role, built-in or the tenant's own.
pub fn all(view: View<'_>) -> impl Iterator<Item = Row> {
    built_in::all().chain(view.rows(TABLE, None).map(|(_, row)| row))
}

/// The GUID of a built-in role by its name or GUID.
pub fn built_in_named(name: &str) -> Option<String> {
    let found =
        built_in::all().find(|role| text(role, "roleName").eq_ignore_ascii_case(name) || text(role, "name").eq_ignore_ascii_case(name));
    found.map(|role| text(&role, "name").to_owned())
}

/// The GUID at the end of a role definition id in any of its forms, in lower case.
pub fn guid(id: &str) -> Option<String> {
    let (start, name) = id.rsplit_once('/').unwrap_or(("", id));
    let ending = "/providers/microsoft.authorization/roledefinitions";
    let is_id = start.is_empty() || format!("/{start}").to_lowercase().ends_with(ending);
    (is_id && uuid::Uuid::try_parse(name).is_ok()).then(|| name.to_lowercase())
}

/// The id of a role as an answer at a scope shows it: under the scope's subscription, if it has one.
pub fn id_at(scope: &Scope, guid: &str) -> String {
    match scope.subscription() {
        Some(subscription) => format!("/subscriptions/{subscription}/providers/{TYPE}/{guid}"),
        None => format!("/providers/{TYPE}/{guid}"),
    }
}

/// Whether a role may be assigned at a scope.
pub fn is_assignable(view: View<'_>, role: &Row, scope: &Scope) -> bool {
    let line = ancestors(view, scope);
    assignable_scopes(role).any(|assignable| line.iter().any(|above| above == assignable.key()))
}

pub fn assignable_scopes(role: &Row) -> impl Iterator<Item = Scope> {
    role.get("assignableScopes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(Scope::new)
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guid_of_every_form_of_an_id() {
        let role = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        for id in [
            role.to_owned(),
            role.to_uppercase(),
            format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            format!("/subscriptions/s/providers/microsoft.authorization/ROLEDEFINITIONS/{role}"),
            format!("providers/Microsoft.Authorization/roleDefinitions/{role}"),
        ] {
            assert_eq!(guid(&id).as_deref(), Some(role), "{id}");
        }
        for id in ["Reader", "/subscriptions/s", "/providers/Microsoft.Authorization/roleDefinitions/Reader"] {
            assert_eq!(guid(id), None, "{id}");
        }
    }
}

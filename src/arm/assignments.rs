//! Role assignments as Azure Resource Manager writes them, and their names.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::roles::{self, Named};
use super::{AUTHORIZATION, Scope};
use crate::azure::Request;
use crate::client::read_through_cache::Source;

/// The path between a scope and the name of an assignment made at it.
const ASSIGNMENTS: &str = "/providers/Microsoft.Authorization/roleAssignments/";

/// The namespace of the names that are made up here. Chosen once at random; it must never change, or no assignment would be recognised.
const NAMES: Uuid = Uuid::from_u128(0x5f0c_8a52_91f3_4d0b_9c1e_7d2b_64a8_e31f);

/// A role assignment in an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Assignment {
    /// The whole path.
    pub id: String,
    /// The last part of it, a UUID.
    pub name: String,
    /// Its properties.
    pub properties: Properties,
}

/// The properties of a role assignment.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Where. Answers leave nothing out, but the contract does not promise it.
    pub scope: Option<String>,
    /// Which role; under whichever scope the service likes.
    pub role_definition_id: String,
    /// Who.
    pub principal_id: String,
    /// `User`, `Group`, `ServicePrincipal` or another.
    pub principal_type: Option<String>,
    /// Why.
    pub description: Option<String>,
    /// Under which condition.
    pub condition: Option<String>,
    /// The version of the condition's language.
    pub condition_version: Option<String>,
    /// For an identity of another tenant.
    pub delegated_managed_identity_resource_id: Option<String>,
}

impl Assignment {
    /// Whether it gives that role to that principal, whatever the scope.
    pub fn gives(&self, role: Uuid, principal: &str) -> bool {
        roles::guid(&self.properties.role_definition_id) == Some(role) && self.properties.principal_id.eq_ignore_ascii_case(principal)
    }

    /// The id of the role definition: a built-in role's without a subscription.
    pub fn role_definition_id(&self) -> String {
        match roles::named(&self.properties.role_definition_id) {
            Named::BuiltIn(role) => role.id(),
            _ => self.properties.role_definition_id.clone(),
        }
    }
}

/// The id of a role assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentId {
    /// Where it was made.
    pub scope: Scope,
    /// Its name.
    pub name: Uuid,
}

impl AssignmentId {
    /// Reads an id, in any case.
    pub fn parse(id: &str) -> Option<Self> {
        let (scope, name) = roles::split(id, ASSIGNMENTS)?;
        let name = if framework::schema::check::is_uuid(name) { Uuid::try_parse(name).ok()? } else { return None };
        Some(Self { scope: Scope::parse(if scope.is_empty() { "/" } else { scope }).ok()?, name })
    }

    /// The request for it.
    pub fn request(&self) -> Request {
        one(&self.to_string())
    }

    /// The request that makes it, or changes what can be changed of it.
    pub fn put(&self, properties: &Map<String, Value>) -> Request {
        Request::put("/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
            .arm(AUTHORIZATION)
            .with_path("scope", &self.scope.to_string())
            .with("name", self.name.to_string())
            .json(&json!({ "properties": properties }))
    }

    /// The request that deletes it.
    pub fn delete(&self) -> Request {
        Request::delete("/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
            .arm(AUTHORIZATION)
            .with_path("scope", &self.scope.to_string())
            .with("name", self.name.to_string())
    }
}

impl std::fmt::Display for AssignmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scope = self.scope.to_string();
        write!(f, "{}{ASSIGNMENTS}{}", scope.trim_end_matches('/'), self.name)
    }
}

/// The name that the assignment of a role to a principal at a scope has if none is configured: the same in every run, so that a creation whose
/// answer was lost is recognised, and no second one can be made (docs/services/resource-manager.md#role-assignments).
pub fn name_of(scope: &Scope, role: Uuid, principal: Uuid) -> Uuid {
    Uuid::new_v5(&NAMES, format!("{}|{role}|{principal}", scope.key()).as_bytes())
}

/// The request for the assignment of an id.
fn one(id: &str) -> Request {
    let (scope, name) = roles::split(id, ASSIGNMENTS).unwrap_or(("", id));
    Request::get("/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
        .arm(AUTHORIZATION)
        .with_path("scope", scope)
        .with("name", name)
}

/// The request for the assignments at a scope, those that are inherited from above included.
pub(super) fn all(scope: &Scope) -> Request {
    listed(scope).query("$filter", "atScope()")
}

/// The request for the assignments at a scope, those from above and those further below.
pub(super) fn listed(scope: &Scope) -> Request {
    Request::get("/{scope}/providers/Microsoft.Authorization/roleAssignments").arm(AUTHORIZATION).with_path("scope", &scope.to_string())
}

/// How the assignments at a scope are read. One page is all there is, as a rule, so one single read pays for it.
pub(super) fn source(scope: &Scope) -> Source {
    Source { one: Box::new(one), all: all(scope), request_cost: 1 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    const NAME: &str = "0f1e2d3c-0000-4000-8000-00000000abcd";
    const GROUP: &str = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101/resourceGroups/rg";

    #[test]
    fn ids_are_read_in_any_case_and_written_in_one() {
        let written = format!("{GROUP}{ASSIGNMENTS}{NAME}");
        for id in [written.clone(), format!("{GROUP}/PROVIDERS/microsoft.authorization/roleassignments/{}", NAME.to_uppercase())] {
            assert_eq!(AssignmentId::parse(&id).unwrap().to_string(), written);
        }
        let root = format!("{ASSIGNMENTS}{NAME}");
        assert_eq!(AssignmentId::parse(&root).unwrap().to_string(), root);
        for wrong in ["", NAME, GROUP, &format!("{GROUP}{ASSIGNMENTS}x"), &format!("rg{ASSIGNMENTS}{NAME}")] {
            assert_eq!(AssignmentId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_is_the_same_for_every_spelling_and_never_changes() {
        let (role, principal) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let name = |scope: &str| name_of(&Scope::parse(scope).unwrap(), role, principal).to_string();
        assert_eq!(name(GROUP), name(&format!("{}/", GROUP.replace("resourceGroups/rg", "RESOURCEGROUPS/RG"))));
        assert_eq!(name(GROUP), "335dd8b0-f821-564f-9d97-77d412e9c7ed");
        assert_ne!(name(GROUP), name("/"));
    }
}

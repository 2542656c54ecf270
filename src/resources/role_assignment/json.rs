//! A role assignment as Azure Resource Manager writes it, and back.

use serde_json::{Map, Value, json};

use super::RoleAssignment;
use super::checks::condition_key;
use crate::arm::{Assignment, Scope, roles};

impl RoleAssignment {
    /// Applies the properties that Azure Resource Manager returned.
    pub(crate) fn update_from_response(&mut self, answered: &Assignment, role_name: Option<String>) {
        let properties = &answered.properties;
        self.id = answered.id.clone();
        self.name = Some(answered.name.clone());
        self.principal_id = properties.principal_id.clone();
        self.principal_type = properties.principal_type.clone().or(self.principal_type.take());
        self.placement.role_definition_id = answered.role_definition_id();
        let named = |text: &str| roles::are_same(&self.placement.role, text);
        if !named(&self.placement.role_definition_id) && !role_name.as_deref().is_some_and(named) {
            self.placement.role = role_name.clone().unwrap_or_else(|| self.placement.role_definition_id.clone());
        }
        self.placement.role_name = role_name;
        self.condition = properties.condition.clone();
        self.condition_version = properties.condition_version.clone().filter(|_| properties.condition.is_some());
        self.description = properties.description.clone();
        self.delegated_managed_identity_resource_id = properties.delegated_managed_identity_resource_id.clone();
        if let Some(scope) = properties.scope.as_deref().and_then(|scope| Scope::parse(scope).ok()) {
            self.placement.set_scope(&scope);
        }
    }

    /// The body of a creation or a change, which must have every property.
    pub(super) fn properties(&self, role_definition_id: &str) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut set = |property: &str, value: Value| properties.insert(property.to_owned(), value);
        set("roleDefinitionId", json!(role_definition_id));
        set("principalId", json!(self.principal_id));
        let optional = [
            ("principalType", &self.principal_type),
            ("description", &self.description),
            ("condition", &self.condition),
            ("conditionVersion", &self.condition_version),
            ("delegatedManagedIdentityResourceId", &self.delegated_managed_identity_resource_id),
        ];
        for (property, value) in optional.into_iter().filter_map(|(property, value)| Some((property, value.as_ref()?))) {
            set(property, json!(value));
        }
        properties
    }

    /// Whether what can be changed in place is the same.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let condition = |it: &Self| it.condition.as_deref().map(condition_key);
        let said = |it: &Self| [it.description.clone(), condition(it), it.condition_version.clone()].map(Option::unwrap_or_default);
        said(self) == said(other)
    }

    /// Whether an answer shows what was last written.
    pub(super) fn matches_response(&self, answered: &Assignment) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered, self.placement.role_name.clone());
        self.says_the_same(&read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use framework::Model;

    use super::*;
    use crate::attributes::placement::Placement;

    const SUBSCRIPTION: &str = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101";

    fn answered(properties: &[(&str, Value)]) -> Assignment {
        let mut body = json!({
            "roleDefinitionId": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
            "principalId": "0f1e2d3c-0000-4000-8000-00000000abcd", "principalType": "Group", "scope": SUBSCRIPTION,
            "condition": null, "conditionVersion": null, "createdBy": null, "description": null, "delegatedManagedIdentityResourceId": null,
        });
        for (property, value) in properties {
            body[*property] = value.clone();
        }
        let name = "0f1e2d3c-0000-4000-8000-000000000001";
        let id = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/{name}");
        serde_json::from_value(json!({ "id": id, "name": name, "type": "Microsoft.Authorization/roleAssignments", "properties": body }))
            .unwrap()
    }

    #[test]
    fn an_answer_is_taken_over() {
        let mut it = RoleAssignment::absent();
        it.update_from_response(&answered(&[("description", json!("why"))]), Some("Reader".to_owned()));
        assert_eq!((it.placement.role.as_str(), it.placement.role_name.as_deref()), ("Reader", Some("Reader")));
        assert_eq!(
            it.placement.role_definition_id,
            "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
        );
        assert_eq!((it.placement.scope.as_deref(), it.placement.cluster_id), (Some(SUBSCRIPTION), None));
        assert_eq!((it.description.as_deref(), it.condition, it.condition_version), (Some("why"), None, None));
    }

    #[test]
    fn how_the_configuration_names_the_role_stays() {
        for spelling in ["reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"] {
            let mut it =
                RoleAssignment { placement: Placement { role: spelling.to_owned(), ..Placement::absent() }, ..RoleAssignment::absent() };
            it.update_from_response(&answered(&[]), Some("Reader".to_owned()));
            assert_eq!(it.placement.role, spelling);
        }
        let mut it =
            RoleAssignment { placement: Placement { role: "Contributor".to_owned(), ..Placement::absent() }, ..RoleAssignment::absent() };
        it.update_from_response(&answered(&[]), Some("Reader".to_owned()));
        assert_eq!(it.placement.role, "Reader");
        // A custom role whose definition cannot be read is named by its ID.
        let custom = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/0f1e2d3c-0000-4000-8000-00000000abcd");
        let mut it = RoleAssignment::absent();
        it.update_from_response(&answered(&[("roleDefinitionId", json!(custom))]), None);
        assert_eq!((it.placement.role.as_str(), it.placement.role_definition_id.as_str()), (custom.as_str(), custom.as_str()));
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let it = RoleAssignment { principal_id: "p".to_owned(), principal_type: Some("Group".to_owned()), ..RoleAssignment::absent() };
        let expected = json!({ "roleDefinitionId": "r", "principalId": "p", "principalType": "Group" });
        assert_eq!(Value::Object(it.properties("r")), expected);
    }
}

//! Roles of the directory: who has which. Conditional access asks for them.

use serde_json::{Value, json};

use super::in_directory;
use crate::{
    directory::roles,
    graph::model::{
        collection::{Collection, Service},
        context::Context,
        draft::Draft,
        error::GraphError,
        property::{flag, objects, text, texts},
    },
    store::Change,
};

/// Who has a role.
pub static ROLE_ASSIGNMENTS: Collection = Collection {
    path: "roleManagement/directory/roleAssignments",
    table: roles::ASSIGNMENTS,
    kind: "unifiedRoleAssignment",
    label: "RoleAssignment",
    service: Service::Directory,
    indexed: &["principalId", "roleDefinitionId"],
    properties: &[
        text("id").by_service(),
        text("appScopeId").at_creation().filter("eq in"),
        text("condition").at_creation(),
        text("directoryScopeId").at_creation().filter("eq in"),
        text("principalId").required().at_creation().filter("eq in"),
        text("principalOrganizationId").by_service(),
        text("roleDefinitionId").required().at_creation().filter("eq in"),
    ],
    on_create: Some(create),
    deletable: true,
    ..Collection::DEFAULT
};

/// The roles there are.
pub static ROLE_DEFINITIONS: Collection = Collection {
    path: "roleManagement/directory/roleDefinitions",
    table: roles::DEFINITIONS,
    kind: "unifiedRoleDefinition",
    label: "RoleDefinition",
    service: Service::Directory,
    indexed: &["displayName"],
    properties: &[
        text("id").by_service(),
        text("description"),
        text("displayName").filter("eq in"),
        flag("isBuiltIn").by_service().filter("eq in"),
        flag("isEnabled"),
        texts("resourceScopes"),
        objects("rolePermissions"),
        text("templateId"),
        text("version"),
    ],
    ..Collection::DEFAULT
};

/// Some built-in roles: those that policies for administrators name, and those that decide here about what users may do
/// (learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
const ROLES: &[(&str, &str)] = &[
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"),
    ("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
];

/// The id of a role by its name.
pub fn id_of(name: &str) -> Option<&'static str> {
    ROLES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(id, _)| *id)
}

/// The name of a role by its id.
pub fn name_of(id: &str) -> Option<&'static str> {
    ROLES.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

/// An assignment of a role for the whole tenant.
pub fn assignment(principal: &str, role: &str) -> Change {
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{principal} {role}").as_bytes()).to_string();
    let row = json!({"id": id, "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"});
    Change::Put { table: ROLE_ASSIGNMENTS.table, key: id.into(), row: row.as_object().cloned().unwrap_or_default().into() }
}

/// The roles, as changes to an empty table.
pub fn initial() -> impl Iterator<Item = Change> {
    ROLES.iter().filter_map(|(id, name)| {
        let row = json!({
            "id": id, "templateId": id, "displayName": name, "description": name, "isBuiltIn": true, "isEnabled": true,
            "resourceScopes": ["/"], "version": "1",
        });
        let Value::Object(row) = row else { return None };
        Some(Change::Put { table: ROLE_DEFINITIONS.table, key: (*id).into(), row: row.into() })
    })
}

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    let text = |name: &str| draft.values.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let (principal, role) = (text("principalId"), text("roleDefinitionId"));
    if in_directory(context.truth, &principal).is_none() {
        return Err(GraphError::not_found(&principal));
    }
    if context.truth.get(ROLE_DEFINITIONS.table, &role).is_none() {
        return Err(GraphError::not_found(&role));
    }
    if text("directoryScopeId").is_empty() && text("appScopeId").is_empty() {
        return Err(GraphError::value_required("directoryScopeId", ROLE_ASSIGNMENTS.label));
    }
    if roles::roles_of(context.truth, &principal).contains(&role) {
        // Unverified: the text.
        return Err(GraphError::bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ));
    }
    draft.values.insert("principalId".into(), json!(principal));
    draft.values.insert("roleDefinitionId".into(), json!(role));
    Ok(())
}

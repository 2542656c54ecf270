//! `aksaccess_role_definition`: what a role may do.

use framework::{Context, DataSource, Model, Result};

use crate::arm::{Permission as PermissionResponse, roles};
use crate::attributes::placement;
use crate::services::Services;

/// Looks up an Azure role, so that a reader can see what it may do.
#[derive(Clone, Debug, Model)]
pub struct RoleDefinition {
    /// The role: the name of a built-in or custom role in any case, or the ID of a role definition, whole or its last part alone.
    #[attr(check(length(1, 1024)), semantic_equality(roles::same))]
    role: String,
    /// The scope at which it is looked for. A custom role is only found where it can be assigned. The provider's subscription when omitted, or the root.
    #[attr(computed, semantic_equality(placement::same_scope), check(placement::is_scope()))]
    scope: Option<String>,
    /// ID of the role definition.
    #[attr(output)]
    id: Option<String>,
    /// Name of the role.
    #[attr(output)]
    role_name: Option<String>,
    /// `BuiltInRole` or `CustomRole`.
    #[attr(output)]
    r#type: Option<String>,
    /// What it is for.
    #[attr(output)]
    description: Option<String>,
    /// What its holder may do.
    #[attr(output)]
    permissions: Option<Vec<Permission>>,
    /// Where it can be assigned.
    #[attr(output)]
    assignable_scopes: Option<Vec<String>>,
}

/// What the holder of a role may do: the actions, without those that are excepted.
#[derive(Clone, Debug, Model)]
pub struct Permission {
    /// Operations on resources of Azure.
    #[attr(output)]
    actions: Option<Vec<String>>,
    /// Exceptions from `actions`.
    #[attr(output)]
    not_actions: Option<Vec<String>>,
    /// Operations on what is inside of resources, such as the pods of a cluster.
    #[attr(output)]
    data_actions: Option<Vec<String>>,
    /// Exceptions from `data_actions`.
    #[attr(output)]
    not_data_actions: Option<Vec<String>>,
}

impl From<PermissionResponse> for Permission {
    fn from(answered: PermissionResponse) -> Self {
        Permission {
            actions: Some(answered.actions),
            not_actions: Some(answered.not_actions),
            data_actions: Some(answered.data_actions),
            not_data_actions: Some(answered.not_data_actions),
        }
    }
}

impl DataSource for RoleDefinition {
    type Api = Services;
    const NAME: &'static str = "role_definition";
    const SUBCATEGORY: &'static str = "Azure roles";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let own = cx.api.arm().subscription_id().ok().flatten().map_or_else(|| "/".to_owned(), |id| format!("/subscriptions/{id}"));
        let scope = placement::parsed("scope", self.scope.as_deref().unwrap_or(&own))?;
        let found = cx.api.arm().definition(&scope, &self.role).await.map_err(|why| placement::no_role(&self.role, &scope, why))?;
        self.scope = Some(scope.to_string());
        self.id = Some(found.id);
        self.role_name = Some(found.properties.role_name);
        self.r#type = found.properties.kind;
        self.description = found.properties.description;
        self.permissions = Some(found.properties.permissions.into_iter().map(Permission::from).collect());
        self.assignable_scopes = Some(found.properties.assignable_scopes);
        Ok(())
    }
}

//! `aksaccess_service_principal`: the identity of an application in the tenant.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};
use serde::Deserialize;

use super::lookup::{self, Key, LookupTarget};
use crate::azure::Request;
use crate::services::Services;

/// Looks up one service principal, the identity of an application or of a managed identity: by `id`, `client_id` or `display_name`, exactly one of them.
///
/// Access is given to its object ID (`id`), not to the application (client) ID. Names are not unique: when several have it, the error names their ids.
#[derive(Clone, Debug, Model)]
pub struct ServicePrincipal {
    /// Object ID of the service principal.
    #[attr(computed, case_insensitive, check(uuid()))]
    id: Option<String>,
    /// Application (client) ID.
    #[attr(computed, case_insensitive, check(uuid()))]
    client_id: Option<String>,
    /// Name of the service principal.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    display_name: Option<String>,
    /// Whether it can sign in.
    #[attr(output)]
    account_enabled: Option<bool>,
    /// What it is: `Application`, `ManagedIdentity`, `Legacy` or `SocialIdp`.
    #[attr(output)]
    r#type: Option<String>,
    /// Tenant in which the application is registered.
    #[attr(output)]
    application_tenant_id: Option<String>,
    /// Whether only users and groups that were assigned to it can sign in to it.
    #[attr(output)]
    app_role_assignment_required: Option<bool>,
    /// What it is for.
    #[attr(output)]
    description: Option<String>,
    /// Names by which it is identified, such as the client ID.
    #[attr(output)]
    service_principal_names: Option<Vec<String>>,
    /// Resource ID of a managed identity, among others.
    #[attr(output)]
    alternative_names: Option<Vec<String>>,
    /// Who can sign in to the application, such as `AzureADMyOrg`.
    #[attr(output)]
    sign_in_audience: Option<String>,
    /// Tags.
    #[attr(output)]
    tags: Option<Vec<String>>,
}

const SELECT: &str = "id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId,appRoleAssignmentRequired,description,\
servicePrincipalNames,alternativeNames,signInAudience,tags";

/// A service principal in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServicePrincipalResponse {
    id: String,
    app_id: Option<String>,
    display_name: Option<String>,
    account_enabled: Option<bool>,
    service_principal_type: Option<String>,
    app_owner_organization_id: Option<String>,
    app_role_assignment_required: Option<bool>,
    description: Option<String>,
    #[serde(default)]
    service_principal_names: Vec<String>,
    #[serde(default)]
    alternative_names: Vec<String>,
    sign_in_audience: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

impl LookupTarget for ServicePrincipal {
    type Answer = ServicePrincipalResponse;
    const NOUN: &'static str = "service principal";
    const COLLECTION: &'static str = "/servicePrincipals";
    const TYPE: &'static str = "servicePrincipal";

    fn select() -> &'static str {
        SELECT
    }

    fn of(answer: &ServicePrincipalResponse) -> Self {
        ServicePrincipal {
            id: Some(answer.id.clone()),
            client_id: answer.app_id.clone(),
            display_name: answer.display_name.clone(),
            account_enabled: answer.account_enabled,
            r#type: answer.service_principal_type.clone(),
            application_tenant_id: answer.app_owner_organization_id.clone(),
            app_role_assignment_required: answer.app_role_assignment_required,
            description: answer.description.clone(),
            service_principal_names: Some(answer.service_principal_names.clone()),
            alternative_names: Some(answer.alternative_names.clone()),
            sign_in_audience: answer.sign_in_audience.clone(),
            tags: Some(answer.tags.clone()),
        }
    }

    fn key(&self, property: &str) -> Option<&str> {
        match property {
            "id" => self.id.as_deref(),
            "appId" => self.client_id.as_deref(),
            "displayName" => self.display_name.as_deref(),
            _ => None,
        }
    }
}

impl ServicePrincipal {
    /// The id of the one that was found.
    pub(super) fn object_id(self) -> Option<String> {
        self.id
    }
}

/// The request for the service principal of an application.
pub(super) fn of_application(client_id: &str) -> Request {
    Request::get("/servicePrincipals(appId={appId})").with_literal("appId", client_id).query("$select", SELECT)
}

impl DataSource for ServicePrincipal {
    type Api = Services;
    const NAME: &'static str = "service_principal";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let found = if let Some(id) = &self.id {
            let request = Request::get("/servicePrincipals/{id}").with("id", id).query("$select", SELECT);
            lookup::addressed::<Self>(&cx.api, Key { attribute: "id", property: "id" }, id, request).await
        } else if let Some(client_id) = &self.client_id {
            lookup::addressed(&cx.api, Key { attribute: "client_id", property: "appId" }, client_id, of_application(client_id)).await
        } else if let Some(name) = &self.display_name {
            let key = Key { attribute: "display_name", property: "displayName" };
            lookup::single(&cx.api, key, name, Request::get(Self::COLLECTION), None).await
        } else {
            return Ok(());
        };
        *self = found?;
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["id", "client_id", "display_name"], found);
    }
}

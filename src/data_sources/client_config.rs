//! `aksaccess_client_config`: whom Terraform signs in as.

use framework::{Context, DataSource, Model, Result};

use super::lookup::{self, Key};
use super::service_principal::{self, ServicePrincipal};
use crate::azure::Error;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Tells whom Terraform signs in as, and where.
#[derive(Clone, Debug, Model)]
pub struct ClientConfig {
    /// Id of the tenant, also where the provider was given a domain name.
    #[attr(output)]
    tenant_id: Option<String>,
    /// Application (client) ID.
    #[attr(output)]
    client_id: Option<String>,
    /// Object ID of the service principal or user, to which access can be given.
    #[attr(output)]
    object_id: Option<String>,
    /// Subscription of Azure resources that do not name one, if the provider was given one.
    #[attr(output)]
    subscription_id: Option<String>,
}

impl DataSource for ClientConfig {
    type Api = Services;
    const NAME: &'static str = "client_config";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let what = || could_not("find out whom Terraform signs in as");
        let caller = cx.api.client().caller().await.map_err(what())?;
        let client_id = match caller.application_id {
            Some(client_id) => Some(client_id),
            None => cx.api.client().client_id().await.map_err(what())?,
        };
        self.subscription_id = cx.api.arm().subscription_id().map_err(what())?.map(str::to_owned);
        self.tenant_id = match caller.tenant_id {
            Some(tenant_id) => Some(tenant_id),
            None => {
                let organization = cx.api.directory().organization().await.map_err(what())?;
                let hidden = || Error::Invalid("neither the token says which tenant this is, nor may its organization be read".to_owned());
                Some(organization.ok_or_else(hidden).map_err(what())?.tenant_id.clone())
            }
        };
        self.object_id = match caller.object_id {
            Some(object_id) => Some(object_id),
            None => {
                let hidden = || Error::Invalid("the token does not say who signed in, and no client_id was given".to_owned());
                let client_id = client_id.as_deref().ok_or_else(hidden).map_err(what())?;
                let request = service_principal::of_application(client_id);
                let key = Key { attribute: "client_id", property: "appId" };
                lookup::addressed::<ServicePrincipal>(&cx.api, key, client_id, request).await?.object_id()
            }
        };
        self.client_id = client_id;
        Ok(())
    }
}

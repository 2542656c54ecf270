//! `aksaccess_resource_group`: a resource group.

use std::collections::BTreeMap;

use framework::{Context, DataSource, Diagnostic, Model, Result};
use serde::Deserialize;

use super::subscription;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// The version of the resource groups API.
const VERSION: &str = "2024-07-01";

/// Looks up a resource group, for its `id` as a scope.
#[derive(Clone, Debug, Model)]
pub struct ResourceGroup {
    /// Name of the resource group.
    #[attr(case_insensitive, check(length(1, 90)))]
    name: String,
    /// ID of the subscription. The provider's when omitted.
    #[attr(computed, case_insensitive, check(uuid()))]
    subscription_id: Option<String>,
    /// Resource ID of the resource group.
    #[attr(output)]
    id: Option<String>,
    /// Region.
    #[attr(output)]
    location: Option<String>,
    /// Resource ID of what manages the resource group: of the nodes of a cluster, the cluster.
    #[attr(output)]
    managed_by: Option<String>,
    /// Tags.
    #[attr(output)]
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceGroupResponse {
    id: String,
    location: Option<String>,
    managed_by: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

impl DataSource for ResourceGroup {
    type Api = Services;
    const NAME: &'static str = "resource_group";
    const SUBCATEGORY: &'static str = "Azure resources";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let subscription = subscription(self.subscription_id.as_deref(), &cx.api)?;
        let request = Request::get("/subscriptions/{subscription}/resourcegroups/{name}")
            .arm(VERSION)
            .with("subscription", &subscription)
            .with("name", &self.name);
        let answered: ResourceGroupResponse = match cx.api.client().send(request).await.and_then(|answer| answer.json()) {
            Ok(answered) => answered,
            Err(error) if error.is_not_found() => {
                let detail = format!("The subscription {subscription} has no resource group {:?} that can be seen.", self.name);
                return Err(Diagnostic::error("The resource group cannot be found", detail).at_attribute("name"));
            }
            Err(error) => return Err(could_not(format!("look for the resource group {:?}", self.name))(error)),
        };
        self.subscription_id = Some(subscription);
        self.id = Some(answered.id);
        self.location = answered.location;
        self.managed_by = answered.managed_by;
        self.tags = answered.tags;
        Ok(())
    }
}

//! `aksaccess_cluster_aad_profile` in `terraform query`.

use framework::{Context, Diagnostic, ListResource, Model, Result, Results};

use super::collection::list_objects;
use crate::arm::clusters_in;
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::resources::ClusterAadProfile;
use crate::services::Services;

/// Lists the Microsoft Entra profiles of AKS clusters. Clusters without one are left out.
#[derive(Clone, Debug, Model)]
pub(super) struct ClusterAadProfileList {
    /// Subscription of the clusters. Defaults to that of the provider block.
    #[attr(case_insensitive, check(uuid()))]
    subscription_id: Option<String>,
    /// Lists only clusters of this resource group.
    #[attr(case_insensitive, check(length(1, 90)))]
    resource_group_name: Option<String>,
}

impl ListResource for ClusterAadProfileList {
    type Of = ClusterAadProfile;

    async fn list(self, results: &mut Results<ClusterAadProfile>, cx: &mut Context<Services>) -> Result {
        let subscription = match self.subscription_id {
            Some(id) => id,
            None => cx.api.arm().subscription_id().map_err(could_not("list clusters"))?.map(str::to_owned).ok_or_else(|| {
                Diagnostic::error(
                    "The subscription is missing",
                    "Give `subscription_id` here or in the provider block, or set `ARM_SUBSCRIPTION_ID`.",
                )
                .at_attribute("subscription_id")
            })?,
        };
        let scope = match &self.resource_group_name {
            Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
            None => format!("/subscriptions/{subscription}"),
        };
        let request = clusters_in(&placement::parsed("resource_group_name", &scope)?);
        list_objects(request, &format!("the clusters of {scope}"), |_| true, results, cx).await
    }
}

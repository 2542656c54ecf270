//! `aksaccess_pim_group_policy` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use crate::attributes::object_id;
use crate::pim::GrantScope;
use crate::resources::{PimGroupPolicy, list_policies};
use crate::services::Services;

/// Lists the policies of a group in Privileged Identity Management (PIM): one for members and one for owners, once PIM knows the group.
#[derive(Clone, Debug, Model)]
pub(super) struct PimGroupPolicyList {
    /// Object ID of the group.
    #[attr(case_insensitive, check(uuid()))]
    group_id: String,
}

impl ListResource for PimGroupPolicyList {
    type Of = PimGroupPolicy;

    async fn list(self, results: &mut Results<PimGroupPolicy>, cx: &mut Context<Services>) -> Result {
        let area = GrantScope::Group(object_id("group_id", &self.group_id)?);
        list_policies(&area, None, results, cx).await
    }
}

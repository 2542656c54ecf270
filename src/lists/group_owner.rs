//! `aksaccess_group_owner` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{list_members, related};
use crate::directory::GroupRelation;
use crate::resources::GroupOwner;
use crate::services::Services;

/// Lists the owners of a group.
#[derive(Clone, Debug, Model)]
pub(super) struct GroupOwnerList {
    /// Object ID of the group.
    #[attr(case_insensitive, check(uuid()))]
    group_id: String,
}

impl ListResource for GroupOwnerList {
    type Of = GroupOwner;

    async fn list(self, results: &mut Results<GroupOwner>, cx: &mut Context<Services>) -> Result {
        let collections = related(&self.group_id, GroupRelation::Owners);
        list_members(collections, &self.group_id, "the owners", results, cx).await
    }
}

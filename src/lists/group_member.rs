//! `aksaccess_group_member` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{list_members, related};
use crate::directory::GroupRelation;
use crate::resources::GroupMember;
use crate::services::Services;

/// Lists the memberships of a group: one for each direct member.
#[derive(Clone, Debug, Model)]
pub(super) struct GroupMemberList {
    /// Object ID of the group.
    #[attr(case_insensitive, check(uuid()))]
    group_id: String,
}

impl ListResource for GroupMemberList {
    type Of = GroupMember;

    async fn list(self, results: &mut Results<GroupMember>, cx: &mut Context<Services>) -> Result {
        let collections = related(&self.group_id, GroupRelation::Members);
        list_members(collections, &self.group_id, "the members", results, cx).await
    }
}

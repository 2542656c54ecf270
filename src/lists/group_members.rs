//! `aksaccess_group_members` in `terraform query`.

use framework::{Context, Existence, ListResource, Model, Resource, Result, Results};

use super::collection::paged;
use crate::azure::{Listing, Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::resources::{GROUP_SELECT, Group, GroupMembers, Listed};
use crate::services::Services;

/// Lists the groups whose members can be managed as a whole: all but those whose members a rule computes.
///
/// With `include_resource` the members of each group are read.
#[derive(Clone, Debug, Model)]
pub(super) struct GroupMembersList {
    /// Lists only the members of this group, by its object ID.
    #[attr(case_insensitive, check(uuid()))]
    group_id: Option<String>,
    /// Lists only groups whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
}

impl ListResource for GroupMembersList {
    type Of = GroupMembers;

    async fn list(self, results: &mut Results<GroupMembers>, cx: &mut Context<Services>) -> Result {
        let prefix = self.display_name_prefix.as_ref().map(|prefix| format!("startswith(displayName,{})", odata_literal(prefix)));
        let id = self.group_id.as_ref().map(|id| format!("id eq {}", odata_literal(&id.to_lowercase())));
        let filter: Vec<String> = [prefix, id].into_iter().flatten().collect();
        let mut request = paged(Request::get("/groups").query("$select", GROUP_SELECT), results);
        if !filter.is_empty() {
            request = request.query("$filter", filter.join(" and "));
        }
        let mut listing = Listing::new(request);
        while let Some(page) = cx.api.client().next_page(&mut listing).await.map_err(could_not("list groups"))? {
            for (name, group) in page.into_iter().filter_map(Group::from_listing) {
                if group.dynamic_membership.is_some() {
                    continue;
                }
                let mut members = GroupMembers::import(&group.id)?;
                // A group that was deleted in the meantime is left out.
                if results.include_resource() && members.read(cx).await? == Existence::Gone {
                    continue;
                }
                if results.push(name, members).await.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

//! `aksaccess_pim_group_assignment` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use crate::attributes::object_id;
use crate::pim::{ACCESS, GrantKind, GrantScope, Row};
use crate::resources::{PimGroupAssignment, list_grants};
use crate::services::Services;

/// Lists the active assignments of membership or ownership of a group, through Privileged Identity Management (PIM).
///
/// What has ended is left out, and so are activations.
#[derive(Clone, Debug, Model)]
pub(super) struct PimGroupAssignmentList {
    /// Object ID of the group.
    #[attr(case_insensitive, check(uuid()))]
    group_id: String,
    /// Lists only those for this type of access: `member` or `owner`.
    #[attr(check(one_of(ACCESS)))]
    access: Option<String>,
}

impl ListResource for PimGroupAssignmentList {
    type Of = PimGroupAssignment;

    async fn list(self, results: &mut Results<PimGroupAssignment>, cx: &mut Context<Services>) -> Result {
        let area = GrantScope::Group(object_id("group_id", &self.group_id)?);
        let keep = |row: &Row| self.access.as_ref().is_none_or(|access| *access == row.subject);
        list_grants(GrantKind::Assignment, &area, keep, results, cx).await
    }
}
